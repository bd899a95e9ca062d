"""Every ufunc of the table with every option and method that NumPy's has, against NumPy."""

import itertools
import warnings

import numpy as np
import pytest
from against_numpy import Counting, chunkings, kind, outcome, same, values

import hyperslab as da
from hyperslab._rows import UFUNCS

NAMES = [n for n in UFUNCS if isinstance(getattr(np, n, None), np.ufunc) and hasattr(da, n)]
DTYPES = ["bool", "int8", "float32", "complex64", "timedelta64[s]"]
#: Which layout of chunks the next call gets.
TURN = itertools.cycle(range(3))
MASK = np.array([[True, False, True, True], [False] * 4, [True] * 4])

OPTIONS = {
    "out of the same dtype": lambda f, *xs: f(*xs, out=np.full((3, 4), 1, f(*xs).dtype)),
    "out of another dtype": lambda f, *xs: f(*xs, out=np.full((3, 4), 7.0)),
    "out of integers": lambda f, *xs: f(*xs, out=np.full((3, 4), 7)),
    "out in a tuple": lambda f, *xs: f(*xs, out=(np.full((3, 4), 7j),)),
    "out by position": lambda f, *xs: f(*xs, np.full((3, 4), 7j)),
    "out that is larger": lambda f, *xs: f(*(x[:1] for x in xs), out=np.zeros((3, 4), "c16")),
    "out of another shape": lambda f, *xs: f(*xs, out=np.zeros((3, 3), "c16")),
    "where": lambda f, *xs: f(*xs, where=MASK, out=np.full((3, 4), 1, f(*xs).dtype)),
    "where into another dtype": lambda f, *xs: f(*xs, where=MASK, out=np.full((3, 4), 1, "c16")),
    "where that is broadcast": lambda f, *xs: f(*xs, where=[True, False, True, False], out=np.full((3, 4), 1j)),
    "where of no bools": lambda f, *xs: f(*xs, where=np.ones((3, 4)), out=np.full((3, 4), 1j)),
    "dtype=f8": lambda f, *xs: f(*xs, dtype="f8"),
    "dtype=f4": lambda f, *xs: f(*xs, dtype="f4"),
    "dtype=i2": lambda f, *xs: f(*xs, dtype="i2"),
    "dtype=c16": lambda f, *xs: f(*xs, dtype="c16"),
    "dtype=bool": lambda f, *xs: f(*xs, dtype=bool),
    "dtype=f4, unsafe": lambda f, *xs: f(*xs, dtype="f4", casting="unsafe"),
    "dtype=i2, unsafe": lambda f, *xs: f(*xs, dtype="i2", casting="unsafe"),
    "casting=no": lambda f, *xs: f(*xs, casting="no"),
    "casting=safe": lambda f, *xs: f(*xs, casting="safe"),
    "casting=nothing": lambda f, *xs: f(*xs, casting="nothing"),
    "order": lambda f, *xs: f(*xs, order="F", subok=False),
    "signature of characters": lambda f, *xs: f(*xs, signature="d" * f.nin + "->d"),
    "signature of dtypes": lambda f, *xs: f(*xs, signature=("f4",) * (f.nin + 1)),
    "signature of the result": lambda f, *xs: f(*xs, signature=(None,) * f.nin + ("f8",)),
    "signature of operands": lambda f, *xs: f(*xs, sig=("f8",) * f.nin + (None,)),
    "signature, unsafe": lambda f, *xs: f(*xs, signature=("i2",) * f.nin + (None,), casting="unsafe"),
    "signature of no dtypes": lambda f, *xs: f(*xs, signature="zz->q"),
    "signature that is too long": lambda f, *xs: f(*xs, signature=("f8",) * 5),
    "signature and dtype": lambda f, *xs: f(*xs, signature=(None,) * f.nin + ("f8",), dtype="f8"),
    "a number": lambda f, *xs: f(xs[0], *(3,) * (f.nin - 1), dtype="f4"),
}

METHODS = {
    "reduce": lambda f, x: f.reduce(x),
    "reduce the last": lambda f, x: f.reduce(x, axis=-1, keepdims=True),
    "reduce all": lambda f, x: f.reduce(x, axis=None),
    "reduce two": lambda f, x: f.reduce(x, axis=(0, 1), keepdims=True),
    "reduce in a dtype": lambda f, x: f.reduce(x, dtype="f8"),
    "reduce from a start": lambda f, x: f.reduce(x, initial=3),
    "reduce from no start": lambda f, x: f.reduce(x, initial=None),
    "reduce some": lambda f, x: f.reduce(x, where=np.arange(x.shape[-1]) % 2 == 0),
    "reduce some from a start": lambda f, x: f.reduce(x, where=np.arange(x.shape[-1]) % 2 == 0, initial=1),
    "reduce into": lambda f, x: f.reduce(x, out=np.zeros(x.shape[1:], f.reduce(x).dtype)),
    "reduce nowhere": lambda f, x: f.reduce(x, axis=7),
    "accumulate": lambda f, x: f.accumulate(x),
    "accumulate the last": lambda f, x: f.accumulate(x, axis=-1),
    "accumulate in a dtype": lambda f, x: f.accumulate(x, dtype="f8"),
    "accumulate into": lambda f, x: f.accumulate(x, out=np.zeros(x.shape, f.accumulate(x).dtype)),
    "reduceat": lambda f, x: f.reduceat(x, [0, 2, 1]),
    "reduceat the last": lambda f, x: f.reduceat(x, [1, 0], axis=-1),
    "reduceat beyond": lambda f, x: f.reduceat(x, [0, 99]),
    "reduceat by floats": lambda f, x: f.reduceat(x, [0.5]),
    "outer": lambda f, x: f.outer(x, x[:2]),
}

AT = {
    "a list": [0, 1, 0],
    "a slice": slice(0, 2),
    "a mask": np.array([True, False, True]),
    "a tuple": (np.array([0, 2, 0]), [1, 1, 1]),
    "a number": 1,
    "an ellipsis": (..., [0, 0]),
    "beyond": [99],
    "floats": [0.5],
}


def data(f, dtype, shape=(3, 4)):
    """Operands; integers to which negative powers are no error of the values alone."""
    xs = [np.asarray(values(shape, dtype, seed=i)) for i in range(f.nin)]
    return [np.abs(x).astype(dtype) if f is np.power and np.dtype(dtype).kind != "b" else x for x in xs]


def agree(name, call, *xs, note):
    """One call with NumPy's function and with ours on lazy arrays."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        expected, error = outcome(lambda: call(getattr(np, name), *(x.copy() for x in xs)))
        layout = next(TURN)
        lazy = [da.from_array(Counting(x), chunks=(chunkings(x.shape) * 3)[layout]) for x in xs]
        got, raised = outcome(lambda: call(getattr(da, name), *lazy))
        where = f"{name}, {note}, {xs[0].dtype}{xs[0].shape}, layout {layout}"
        assert kind(raised) is kind(error), f"{where}: {raised!r} where NumPy has {error!r}"
        if error is None:
            same(got, expected, 4e-6 if np.asarray(expected).dtype.kind in "fc" else 0, where)


@pytest.mark.parametrize("name", NAMES)
def test_options(name):
    f = getattr(np, name)
    for dtype in DTYPES:
        for note, call in OPTIONS.items():
            agree(name, call, *data(f, dtype), note=note)


@pytest.mark.parametrize("name", NAMES)
def test_methods(name):
    f = getattr(np, name)
    for dtype in DTYPES:
        for note, call in METHODS.items():
            agree(name, call, data(f, dtype)[0], note=note)
    for shape in ((5,), (0, 3), (3, 0)):
        for note, call in METHODS.items():
            agree(name, call, data(f, "int64", shape)[0], note=note)


@pytest.mark.parametrize("indices", AT.values(), ids=AT)
@pytest.mark.parametrize("name", NAMES)
def test_at(name, indices):
    f = getattr(np, name)

    def call(f, x, *rest):
        f.at(x, indices, *rest)
        return x

    for dtype in DTYPES:
        x, *rest = data(f, dtype)
        agree(name, call, x, *(r[0, 0] for r in map(np.asarray, rest)), note="at")
        agree(name, call, x, *(r[:1, :1] for r in rest), note="at")
    agree(name, call, *data(f, "int8"), note="at")


def test_at_lazy_positions():
    data, places = np.zeros(5), np.array([0, 3, 3, -1])
    np.add.at(data, places, [1, 2, 3, 4])
    x, memory = da.zeros(5, chunks=2), np.zeros(5)
    before = x + 1
    da.add.at(x, da.from_array(places, chunks=3), da.array([1, 2, 3, 4]))
    da.add.at(memory, da.from_array(places, chunks=3), da.array([1, 2, 3, 4]))
    same(x, data)
    same(memory, data)
    same(before, np.ones(5))
    assert x.chunks == ((2, 2, 1),)
    y = da.zeros(5)
    np.add.at(y, places, [1, 2, 3, 4])
    same(y, data)
