"""`da.strings` and `da.char` against NumPy."""

import numpy as np
import pytest
from against_numpy import Counting, chunkings, kind, outcome, parts

import hyperslab as da

WORDS = np.array([["abc", "", "A b\t"], ["12", "aXa", " ääh "]])
OTHER = np.array(["a", "b", "12"])

CALLS = {
    **{
        name: (lambda m, x, name=name: getattr(m, name)(x))
        for name in [
            "isalpha",
            "isdigit",
            "isspace",
            "isalnum",
            "islower",
            "isupper",
            "istitle",
            "isdecimal",
            "isnumeric",
            "str_len",
            "lstrip",
            "rstrip",
            "strip",
            "upper",
            "lower",
            "swapcase",
            "capitalize",
            "title",
            "expandtabs",
            "encode",
        ]
    },
    **{
        name: (lambda m, x, name=name: getattr(m, name)(x, OTHER))
        for name in [
            "equal",
            "not_equal",
            "less",
            "less_equal",
            "greater",
            "greater_equal",
            "add",
            "find",
            "rfind",
            "index",
            "count",
            "startswith",
            "endswith",
            "strip",
            "partition",
            "rpartition",
        ]
    },
    "add reversed": lambda m, x: m.add("zz", x),
    "find from": lambda m, x: m.find(x, "a", 1, 3),
    "count all": lambda m, x: m.count(x, "a", start=1),
    "multiply": lambda m, x: m.multiply(x, 3),
    "multiply each": lambda m, x: m.multiply(x, np.array([0, 1, -2])),
    "center": lambda m, x: m.center(x, 8, "*"),
    "ljust": lambda m, x: m.ljust(x, np.array([1, 5, 9])),
    "rjust": lambda m, x: m.rjust(x, 2),
    "zfill": lambda m, x: m.zfill(x, 6),
    "replace": lambda m, x: m.replace(x, "a", "long"),
    "replace one": lambda m, x: m.replace(x, "a", "", 1),
    "replace nothing": lambda m, x: m.replace(x, "", "--"),
    "translate": lambda m, x: m.translate(x, str.maketrans("ab", "cd")),
    "encode latin": lambda m, x: m.encode(x, "latin1"),
    "encode ascii": lambda m, x: m.encode(x, "ascii", "replace"),
    "expandtabs to": lambda m, x: m.expandtabs(x, 3),
    "upper of a number": lambda m, x: m.upper(x, 3, 4),
}


def agree(module, call, data):
    expected, error = outcome(lambda: call(getattr(np, module), data))
    if data.size == 0 and isinstance(error, ValueError):
        return  # Some of NumPy's functions look for the widest of no strings.
    for chunks in chunkings(data.shape):
        source = Counting(data)
        x = da.from_array(source, chunks=chunks)
        got, raised = outcome(lambda x=x: call(getattr(da, module), x))
        assert source.reads == 0
        if raised is None:
            got, raised = outcome(lambda got=got: [p.compute() for p in parts(got)])
        assert kind(raised) is kind(error), (raised, error)
        if error is not None:
            continue
        wanted = parts(expected)
        assert len(got) == len(wanted)
        for mine, numpys in zip(got, wanted):
            assert np.asarray(mine).dtype.kind == numpys.dtype.kind
            np.testing.assert_array_equal(mine, numpys)


@pytest.mark.parametrize("module", ["strings", "char"])
@pytest.mark.parametrize("name", CALLS)
def test_calls(name, module):
    # NumPy cuts off what it replaces in an array of no dimensions.
    for data in (WORDS, WORDS[:0], WORDS[0], *([] if "replace" in name else [np.asarray(WORDS[1, 1])])):
        agree(module, CALLS[name], data)


def test_bytes():
    data = np.strings.encode(WORDS, "utf-8")
    for call in [
        lambda m, x: m.decode(x, "utf-8"),
        lambda m, x: m.upper(x),
        lambda m, x: m.add(x, b"zz"),
        lambda m, x: m.find(x, b"a"),
        lambda m, x: m.decode(x, "ascii"),
    ]:
        agree("strings", call, data)


def test_slices_and_where_strings_are_in_memory():
    agree("strings", lambda m, x: m.slice(x, 1, 3), WORDS)
    agree("strings", lambda m, x: m.slice(x, 2), WORDS)
    assert isinstance(da.strings.upper(WORDS), np.ndarray)
    assert da.strings.str_len(da.array(["abc"])).dtype == int


def test_what_is_refused():
    x = da.array(["a b"])
    for name in ("split", "join", "mod"):
        with pytest.raises(NotImplementedError, match="map_blocks"):
            getattr(da.char, name)(x, x)
    with pytest.raises(NotImplementedError, match="numbers in memory"):
        da.strings.multiply(x, da.array(3))
    with pytest.raises(TypeError):
        da.strings.upper(da.ones(3))
    assert set(np.strings.__all__) <= set(da.strings.__all__)


def test_dates():
    dates = np.array(["2011-07-01T12", "NaT", "1999-01-01T00"], "M8[h]")
    x = da.from_array(dates, chunks=2)
    for options in ({}, {"unit": "s"}, {"unit": "D", "casting": "unsafe"}, {"unit": "auto"}, {"timezone": "UTC"}):
        np.testing.assert_array_equal(
            da.datetime_as_string(x, **options).compute(), np.datetime_as_string(dates, **options)
        )
    with pytest.raises(TypeError):
        da.datetime_as_string(x, unit="D", casting="safe")
    with pytest.raises(TypeError):
        da.datetime_as_string(da.ones(3))
