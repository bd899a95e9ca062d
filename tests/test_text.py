"""Arrays as text, and joined by indexing."""

import io

import numpy as np
import pytest
from against_numpy import DTYPES, TIMES, Counting, agree, chunkings, grid, values

import hyperslab as da

SHAPES = [(), (0,), (0, 3), (1,), (5,), (3, 4), (2, 3, 4), (1001,), (40, 50), (7, 200), (3, 7, 80), (2000, 1, 1)]


@pytest.mark.parametrize("dtype", DTYPES + TIMES)
def test_text(dtype):
    for data in map(np.asarray, grid(SHAPES, [dtype])):
        for x in (da.from_array(data, chunks=c) for c in chunkings(data.shape)):
            for module in (da, np):
                assert module.array_repr(x) == np.array_repr(data)
                assert module.array_str(x) == np.array_str(data)
                assert module.array2string(x) == np.array2string(data)
            assert da.array_repr(x, 40, 3, True) == np.array_repr(data, 40, 3, True)
            assert da.array_str(x, 40, 3, True) == np.array_str(data, 40, 3, True)
            options = {"separator": "; ", "prefix": "x = ", "threshold": 10, "edgeitems": 2, "max_line_width": 30}
            assert da.array2string(x, **options) == np.array2string(data, **options)


def test_text_by_the_options_of_numpy():
    data = np.arange(100) / 7
    with da.printoptions(threshold=10, edgeitems=1, precision=2, linewidth=20):
        assert da.get_printoptions()["edgeitems"] == 1
        assert da.array_repr(da.from_array(data, chunks=9)) == np.array_repr(data)
        assert da.array_str(da.from_array(data, chunks=9)) == np.array_str(data)


def test_of_large_arrays_little_is_read():
    source = Counting(np.arange(10**6))
    text = da.array_repr(da.from_array(source, chunks=1000))
    assert text == np.array_repr(source.data) and source.reads < 20
    assert "shape=(1000000000000,)" in da.array_repr(da.arange(10**12))


JOINS = [
    lambda m, x: m.r_[0:5],
    lambda m, x: m.r_[1:10:3, 7, x],
    lambda m, x: m.r_[-1:1:5j],
    lambda m, x: m.r_[x, 0, x[:2]],
    lambda m, x: m.r_["0,2", x, x],
    lambda m, x: m.r_["1,2,0", x, x],
    lambda m, x: m.r_["0,3,-1", x],
    lambda m, x: m.r_["-1", x, x],
    lambda m, x: m.r_["0,2,0", 0:3, x],
    lambda m, x: m.r_["nothing", x],
    lambda m, x: m.r_[x, "0"],
    lambda m, x: m.r_[()],
    lambda m, x: m.r_["0,2", x, [[1, 2, 3, 4, 5]]],
    lambda m, x: m.c_[x, x],
    lambda m, x: m.c_[0:5, x, 1:6],
    lambda m, x: m.c_[[[1, 2]], [[3, 4]]],
    lambda m, x: m.c_[x, x[:2]],
    lambda m, x: m.r_[True, False],
    lambda m, x: m.r_[np.float32(2), x],
]


@pytest.mark.parametrize("join", JOINS, ids=range(len(JOINS)))
@pytest.mark.parametrize("dtype", ["int8", "float32", "complex128", "bool"])
def test_joins_by_indexing(join, dtype):
    agree(join, values((5,), dtype), dispatch=False)


def test_matrices_are_refused():
    for call in (lambda: da.r_["1 2; 3 4"], lambda: da.r_["r", [1]], lambda: da.c_["c", [1]]):
        with pytest.raises(NotImplementedError, match="matrix"):
            call()
    for name in ("matrix", "bmat", "asmatrix"):
        with pytest.raises(NotImplementedError, match=r"hyperslab\.block"):
            getattr(da, name)


def test_names_that_are_numpys():
    for name in ("poly1d", "recarray", "record", "testing", "typing", "datetime_data"):
        assert getattr(da, name) is getattr(np, name)
    x = da.arange(5, chunks=2)
    da.testing.assert_array_equal(x, np.arange(5))
    with pytest.raises(AssertionError):
        da.testing.assert_allclose(x, np.arange(5) + 1)
    assert isinstance(da.poly1d([1, 2, 3])(x), da.Array)
    np.testing.assert_array_equal(da.poly1d([1, 2, 3])(x).compute(), np.poly1d([1, 2, 3])(np.arange(5)))
    da.info(da.poly1d, output=(text := io.StringIO()))
    assert "polynomial" in text.getvalue()


def test_arrays_are_compared():
    assert da.assert_eq(da.arange(3, chunks=1), np.arange(3))
    assert da.assert_eq(da.array([np.nan, 1]), [np.nan, 1])
    assert da.assert_eq(da.ones(3), da.ones(3) + 1e-12) and da.assert_eq(
        da.array(["NaT"] * 2, "M8[s]"), np.array(["NaT"] * 2, "M8[s]")
    )
    assert da.assert_eq((x := da.arange(9, chunks=2))[x > 3], np.arange(4, 9))
    wrong = [
        (da.arange(3), np.arange(4)),
        (da.arange(3), np.arange(3.0)),
        (da.arange(3), np.arange(3) + 1),
        (da.array([np.nan]), np.array([1.0])),
        (da.array(["2001"], "M8[Y]"), np.array(["2002"], "M8[Y]")),
        (da.ones(3), da.ones(3) + 1e-3),
    ]
    for a, b in wrong:
        with pytest.raises(AssertionError):
            da.assert_eq(a, b)
    with pytest.raises(AssertionError):
        da.assert_eq(da.array([np.nan]), np.array([np.nan]), equal_nan=False)
    assert da.assert_eq(da.arange(3), np.arange(3.0), check_dtype=False)
    assert da.assert_eq(da.ones(3), da.ones(3) + 1e-3, rtol=1e-2)
