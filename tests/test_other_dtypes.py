"""Strings, bytes, records, objects and extended precision: every function gives NumPy's value or refuses in words."""

import warnings

import numpy as np
import pytest
from against_numpy import Counting, parts

import hyperslab as da

OTHERS = {
    "U5": np.array(["b", "a", "b"]),
    "S3": np.array([b"b", b"a", b"b"]),
    "T": np.array(["b", "a", "b"], np.dtypes.StringDType()),
    "numbers as objects": np.array([2, 1, 2], object),
    "strings as objects": np.array(["b", "a", "b"], object),
    "records": np.array([(2, 1.0), (1, 2.0), (2, 1.0)], [("a", "i4"), ("b", "f8")]),
    "void": np.array([b"b", b"a", b"b"]).view("V1"),
    "longdouble": np.array([2, 1, 2], np.longdouble),
    "clongdouble": np.array([2, 1, 2], np.clongdouble),
}

#: Those that lazy arrays hold.
HELD = ("U5", "S3", "records", "void")

#: Functions that print, set something, or write files.
EFFECTS = frozenset(
    [
        "info",
        "show_config",
        "show_runtime",
        "seterrcall",
        "set_printoptions",
        "printoptions",
        "save",
        "savez",
        "savez_compressed",
        "savetxt",
        "setbufsize",
        "seterr",
        "errstate",
        "load",
        "fromfile",
        "memmap",
        "ndenumerate",
    ]
)
#: What NumPy leaves open, elements that were there and the order of values; and what is not about elements.
OPEN = frozenset(["empty_like", "unique_values", "may_share_memory", "shares_memory", "mintypecode"])
NAMES = [n for n in da.__all__ if n not in EFFECTS | OPEN and callable(getattr(np, n, None))]
NAMES = [n for n in NAMES if not isinstance(getattr(da, n), type)]


@pytest.mark.parametrize("x", [x for n, x in OTHERS.items() if n not in HELD], ids=str)
def test_arrays_of_other_dtypes_are_refused(x):
    for call in [
        lambda: da.from_array(x),
        lambda: da.from_array(Counting(x), chunks=2),
        lambda: da.asarray(x),
        lambda: da.array(x),
        lambda: da.zeros(3, x.dtype),
        lambda: da.ones(3).astype(x.dtype),
        lambda: da.concatenate([da.ones(3), x]),
        lambda: da.map_blocks(lambda b: x[: len(b)], da.ones(3), dtype=x.dtype),
    ]:
        with pytest.raises(NotImplementedError, match="not native to hyperslab: convert the data"):
            call()


def attempt(call):
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return parts(call())
        except Exception:
            return None


def computed(function, *args):
    return attempt(lambda: [p.compute() if isinstance(p, da.Array) else p for p in parts(function(*args))])


@pytest.mark.parametrize("name", NAMES)
def test_no_function_gives_a_wrong_value(name):
    ours, theirs, numbers = getattr(da, name), getattr(np, name), np.arange(3)
    for kind, x in OTHERS.items():
        for args in ((x,), (x, x), (numbers, x), (x, numbers)):
            lazy = [da.from_array(a, chunks=2) if a is numbers or kind in HELD else a for a in args]
            wanted = attempt(lambda args=args: theirs(*args))
            got = computed(ours, *lazy)
            if wanted is None or got is None:
                continue
            assert len(got) == len(wanted), (kind, got, wanted)
            for mine, numpys in zip(got, wanted):
                floats = all(np.asarray(a).dtype.kind in "fc" for a in (mine, numpys))
                equal = np.array_equal(np.asarray(mine), np.asarray(numpys), equal_nan=floats)
                assert equal, (kind, got, wanted)


@pytest.mark.parametrize("x", OTHERS.values(), ids=OTHERS)
@pytest.mark.parametrize("operator", ["__eq__", "__ne__", "__lt__", "__add__", "__mul__", "__and__", "__pow__"])
def test_no_operator_gives_a_wrong_value(operator, x):
    numbers = np.array([2, 1, 3])
    wanted = attempt(lambda: getattr(numbers, operator)(x))
    got = attempt(lambda: getattr(da.from_array(numbers, chunks=2), operator)(x).compute())
    if wanted is not None and got is not None:
        np.testing.assert_array_equal(got[0], wanted[0])
