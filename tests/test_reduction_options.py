"""Every reduction and scan of the tables with every option that NumPy's has, against NumPy."""

import inspect
import itertools
import warnings

import numpy as np
import pytest
from against_numpy import Counting, chunkings, kind, outcome, same, values

import hyperslab as da
from hyperslab._rows import REDUCERS, SCANNERS

DTYPES = ["bool", "int8", "uint16", "float16", "float32", "float64", "complex64", "timedelta64[s]"]
MASK = np.array([[True, False, True, True], [False] * 4, [True] * 4])
TURN = itertools.cycle(range(3))

#: By the parameters that a function must have.
OPTIONS = {
    "axis": [
        lambda f, x: f(x),
        lambda f, x: f(x, axis=1),
        lambda f, x: f(x, axis=-3),
        lambda f, x: f(x, axis=0, **({"keepdims": True} if "cum" not in f.__name__ else {})),
    ],
    "out": [
        lambda f, x: f(x, axis=0, out=np.zeros(f(x, axis=0).shape, f(x, axis=0).dtype)),
        lambda f, x: f(x, axis=0, out=np.zeros(7, f(x, axis=0).dtype)),
    ],
    "where": [
        lambda f, x: f(x, axis=0, where=MASK),
        lambda f, x: f(x, axis=1, where=MASK),
        lambda f, x: f(x, axis=0, where=[True, False, True, False]),
        lambda f, x: f(x, axis=1, where=np.ones((3, 4))),
    ],
    "initial": [
        lambda f, x: f(x, axis=0, initial=3),
        lambda f, x: f(x, axis=0, initial=2.5),
        lambda f, x: f(x, axis=0, initial=-1),
        lambda f, x: f(x, axis=0, initial=1, where=MASK),
    ],
    "dtype": [
        lambda f, x: f(x, axis=0, dtype="f4"),
        lambda f, x: f(x, axis=0, dtype="f8"),
        lambda f, x: f(x, axis=0, dtype="c16"),
    ],
    "ddof": [
        lambda f, x: f(x, axis=0, ddof=1),
        lambda f, x: f(x, axis=0, ddof=1, where=MASK),
        lambda f, x: f(x, axis=0, correction=1),
        lambda f, x: f(x, axis=0, ddof=1, correction=1),
    ],
}
NAMES = [n for n in [*REDUCERS, *SCANNERS] if callable(getattr(np, n, None)) and hasattr(da, n)]


def agree(name, call, x):
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        expected, error = outcome(lambda: call(getattr(np, name), x.copy()))
        layout = next(TURN)
        lazy = da.from_array(Counting(x), chunks=(chunkings(x.shape) * 3)[layout])
        note = f"{name} of {x.dtype}, layout {layout}: {inspect.getsource(call).strip()}"
        try:
            got, raised = outcome(lambda: call(getattr(da, name), lazy))
        except NotImplementedError:
            assert x.dtype.kind == "c" and "dtype=" in note, note
            return
        assert kind(raised) is kind(error), f"{note}: {raised!r} where NumPy has {error!r}"
        if error is None:
            tolerance = {"e": 4e-3, "f": 4e-6, "F": 4e-6}.get(x.dtype.char, 1e-12)
            if "f4" in note:
                tolerance = max(tolerance, 4e-6)
            same(got, expected, tolerance if np.asarray(expected).dtype.kind in "fc" else 0, note)


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("name", NAMES)
def test_options(name, option):
    parameters = inspect.signature(getattr(np, name)).parameters
    if option not in parameters:
        with pytest.raises(TypeError):
            getattr(da, name)(da.ones(3), **{option: 1})
        return
    for dtype in DTYPES:
        for call in OPTIONS[option]:
            agree(name, call, values((3, 4), dtype))


def test_sums_are_added_up_in_the_dtype_of_what_they_go_to():
    data = np.full(10, 2**62, np.uint64)
    for out in (np.zeros((), "f8"), np.zeros((), "c16")):
        same(da.from_array(data, chunks=3).sum(out=out), np.sum(data, out=out.copy()))
    single = np.full(3, 1 / 3, np.float32)
    same(da.from_array(single).sum(out=np.zeros(())), np.sum(single, out=np.zeros(())), rtol=1e-15)


@pytest.mark.parametrize("name", ["argmin", "argmax", "nanargmin", "nanargmax"])
def test_positions_go_to_integers(name):
    x = values((3, 4))
    for out in (np.zeros(4), np.zeros(4, complex)):
        for module in (da, np):
            with pytest.raises(TypeError, match="Cannot cast"):
                getattr(module, name)(da.from_array(x) if module is da else x, axis=0, out=out)
