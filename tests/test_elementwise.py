"""Functions applied element by element through NumPy: `vectorize`, positions, business days; fits of polynomials."""

import threading

import numpy as np
import pytest
from against_numpy import DTYPES, Counting, agree, grid, values

import hyperslab as da

SHAPES = [(5,), (0,), (3, 4), (2, 0), (), (3, 4, 5)]
INTEGERS = ["int64", "int8", "uint16"]
CLOSE = 1e-12


def larger(a, b=2):
    return a if a > b else b


@pytest.mark.parametrize("otypes", [["f8"], "d", [int]], ids=str)
def test_vectorize(otypes):
    for x in grid(SHAPES, DTYPES[1:7]):
        agree(lambda m, x: m.vectorize(larger, otypes)(x), x, dispatch=False)
        agree(lambda m, x: m.vectorize(larger, otypes)(x, b=1), x, dispatch=False)
        agree(lambda m, x: m.vectorize(larger, otypes, excluded={"b"})(x, b=-1), x, dispatch=False)
        agree(lambda m, x: m.vectorize(larger, otypes, excluded={1})(x, -1), x, dispatch=False)
    agree(lambda m, x, y: m.vectorize(larger)(x, y), values((3, 1)), values((4,)), dispatch=False)
    agree(lambda m, x, y: m.vectorize(larger)(x, y), values((3, 4)), values((3, 2)), dispatch=False)
    agree(lambda m, x: m.vectorize(divmod)(x, 3), np.arange(5), dispatch=False)
    agree(lambda m, x: m.vectorize(divmod, "ii")(x, 3), np.arange(5), dispatch=False)


def test_vectorize_of_core_dimensions():
    x = values((3, 4, 5))
    agree(lambda m, x: m.vectorize(np.ptp, signature="(n)->()", otypes=[float])(x), x, dispatch=False)
    f = da.vectorize(larger, doc="Says so.")
    assert (f.__doc__, f.__name__) == ("Says so.", "larger")
    with pytest.raises(ValueError, match="dtype="):
        da.vectorize(lambda a: 1 / 0)(da.ones(3))
    with pytest.raises(ValueError, match="no array"):
        da.vectorize(larger)()
    with pytest.raises(TypeError):
        np.vectorize(3, otypes=[[]])
    with pytest.raises(NotImplementedError, match="bind"):
        da.vectorize(larger, signature="(i)->()", excluded={1})(da.ones(3))


def test_elements_are_computed_once_and_only_where_needed():
    calls, lock = [], threading.Lock()

    def seen(v):
        with lock:
            calls.append(v)
        return v + 1

    source = Counting(np.arange(100.0))
    y = da.vectorize(seen, otypes=[float])(da.from_array(source, chunks=10))
    assert not calls and not source.reads
    np.testing.assert_array_equal(y.compute(), np.arange(100) + 1)
    assert sorted(calls) == list(range(100))
    calls.clear()
    np.testing.assert_array_equal((y * 2)[7:9].compute(), [16, 18])
    assert sorted(calls) == [7, 8]

    def bad(v):
        raise KeyError(v)

    with pytest.raises(KeyError) as caught:
        da.vectorize(bad, otypes=[float])(da.ones(3)).compute()
    assert any("vectorize" in note for note in caught.value.__notes__)


def test_frompyfunc():
    f = da.frompyfunc(lambda a, b: (a + b, a < b), 2, 2)
    x = da.from_array(np.arange(6).reshape(2, 3), chunks=2)
    total, less = f(x, [1, 5, 2], dtype=(int, bool))
    np.testing.assert_array_equal(total.compute(), np.add(np.arange(6).reshape(2, 3), [1, 5, 2]))
    np.testing.assert_array_equal(less.compute(), np.arange(6).reshape(2, 3) < [1, 5, 2])
    assert (f.nin, f.nout, f.nargs) == (2, 2, 4)
    with pytest.raises(NotImplementedError, match="dtype="):
        f(x, 1)
    with pytest.raises(TypeError, match="2 arguments"):
        f(x, dtype=int)
    with pytest.raises(ValueError, match="2 results"):
        f(x, x, dtype=[int])
    with pytest.raises(TypeError, match="callable"):
        da.frompyfunc(3, 1, 1)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("shape", [(3, 4), 12, (2, 3, 2), (), (3, 0)], ids=str)
def test_unravel_index(shape, order):
    for x in grid([(7,), (0,), (3, 4), ()], [*INTEGERS, "bool", "float64"]):
        data = abs(x) if x.dtype.kind in "if" else x
        if x.size and np.max(data) >= np.prod(shape):
            continue
        agree(lambda m, x: m.unravel_index(x, shape, order), data)
    for bad in (12, -1):
        lazy = da.unravel_index(da.array([0, bad]), (3, 4))
        with pytest.raises(ValueError, match="out of bounds"):
            lazy[0].compute()


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("mode", ["raise", "wrap", "clip", ("clip", "wrap"), "never"], ids=str)
def test_ravel_multi_index(mode, order):
    for x in grid([(7,), (0,), (3, 4), ()], [*INTEGERS, "float64"]):
        a, b = (abs(x) % 3).astype(x.dtype), (abs(x) % 4).astype(x.dtype)
        agree(lambda m, a, b: m.ravel_multi_index((a, b), (3, 4), mode, order), a, b)
        if mode not in ("raise", "never"):
            agree(lambda m, a, b: m.ravel_multi_index((a, b), (3, 4), mode, order), x, x)
    agree(lambda m, a: m.ravel_multi_index(a, (3, 4), mode, order), np.array([[0, 1, 2], [3, 2, 1]]))
    agree(lambda m, a: m.ravel_multi_index((a,), (3, 4), mode, order), np.arange(3))
    agree(lambda m, a: m.ravel_multi_index((a, a[:2]), (3, 4), mode, order), np.arange(3))
    agree(lambda m, a, b: m.ravel_multi_index((a, b), (3, 4), mode, order), np.arange(3), np.arange(3)[:, None])
    with pytest.raises(ValueError, match="invalid entry"):
        da.ravel_multi_index(da.array([[3], [0]]), (3, 4)).compute()


DAYS = np.arange(np.datetime64("2024-02-20"), np.datetime64("2024-03-15"))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"weekmask": "1010101"},
        {"holidays": ["2024-02-28", "2024-03-01"]},
        {"busdaycal": np.busdaycalendar("Mon Tue", ["2024-02-27"])},
    ],
    ids=lambda options: " ".join(options) or "none",
)
def test_business_days(options):
    for days in (DAYS, DAYS.reshape(4, 6), DAYS[:0], DAYS[3]):
        agree(lambda m, d: m.is_busday(d, **options), days)
        agree(lambda m, d: m.busday_count(d, "2024-03-01", **options), days)
        agree(lambda m, d: m.busday_count(d[..., None], DAYS[:5], **options), days)
        agree(lambda m, d: m.busday_offset(d, 3, roll="forward", **options), days)
        agree(lambda m, d: m.busday_offset(d, [[1], [-2]], "preceding", **options), days)
    agree(lambda m, d: m.is_busday(d), np.arange(3.0))
    agree(lambda m, d: m.busday_offset(d, 1.5, roll="forward"), DAYS)
    with pytest.raises(ValueError, match="Non-business day"):
        da.busday_offset(da.asarray(DAYS), 1).compute()


@pytest.mark.parametrize("deg", [0, 1, 3, -1])
@pytest.mark.parametrize("dtype", ["float64", "float32", "int64", "complex128"])
def test_polyfit(deg, dtype):
    x, y = np.arange(9.0), values((9,), dtype)
    for columns in (y, values((9, 3), dtype), values((9, 3, 1)), y[:4]):
        agree(lambda m, x, y: m.polyfit(x, y, deg), x, columns, rtol=1e-10)
    agree(lambda m, x, y, w: m.polyfit(x, y, deg, w=w), x, y, np.arange(1.0, 10), rtol=1e-10)
    agree(lambda m, x, y, w: m.polyfit(x, y, deg, w=w), x, y, np.arange(3.0), rtol=1e-10)
    for cov in (True, "unscaled"):
        agree(lambda m, x, y, c=cov: m.polyfit(x, y, deg, cov=c), x, y, rtol=1e-9)
        agree(lambda m, x, y, c=cov: m.polyfit(x[:3], y[:3], deg, cov=c), x, y, rtol=1e-8) if deg < 2 else None
    agree(lambda m, x, y: m.polyfit(x, y, deg), x.reshape(3, 3), y)
    agree(lambda m, x, y: m.polyfit(x, y, deg), x[:0], y[:0])
    with pytest.raises(NotImplementedError, match="full=True"):
        da.polyfit(da.ones(3), da.ones(3), 1, full=True)


def test_polynomials_of_roots():
    for x in grid([(3,), (0,), (1,), (), (3, 3), (2, 3)], ["float64", "int64", "float32"]):
        agree(lambda m, x: m.poly(x), x, rtol=CLOSE)
    for p in ([1, -3, 2], [0, 1, 0], [0.0], [1j, 2, 3]):
        agree(lambda m, p=p: m.roots(p), dispatch=False, rtol=CLOSE)
    agree(lambda m: m.polydiv([3.0, 5.0, 2.0], [2.0, 1.0]), dispatch=False)
    lazy = da.array([1, 2, 1])
    for call in (
        da.roots,
        lambda p: da.polydiv(p, [1, 2]),
        lambda p: da.poly(p * 1j),
        da.trim_zeros,
        lambda p: da.real_if_close(p * 1j),
    ):
        with pytest.raises(NotImplementedError, match="depends on"):
            call(lazy)


def test_what_is_made_of_bits():
    for x in grid([(9,), (0,), (8,), (3, 10), (2, 0, 3), ()], ["int64", "bool", "uint8", "int8", "float64"]):
        for axis in (None, 0, -1, 1):
            for order in ("big", "little", "none"):
                agree(lambda m, x, a=axis, o=order: m.packbits(x, axis=a, bitorder=o), x)


@pytest.mark.parametrize("ends", [(1, 1000), (1000, 1), (-2, -50.5), (3, 3), (1e-3, 7)], ids=str)
@pytest.mark.parametrize("num", [0, 1, 2, 7])
@pytest.mark.parametrize("endpoint", [True, False])
def test_geomspace(ends, num, endpoint):
    for dtype in (None, int, "f4"):
        agree(lambda m, d=dtype: m.geomspace(*ends, num, endpoint, d), dispatch=False, rtol=1e-12)


def test_others():
    agree(lambda m: m.geomspace(0, 3), dispatch=False)
    agree(lambda m, x: m.row_stack([x, x]), values((3,))) if hasattr(np, "row_stack") else None
    agree(lambda m, x: m.real_if_close(x), values((3,)))
    agree(lambda m: m.real_if_close([1 + 1e-15j, 2]), dispatch=False)
    agree(lambda m: m.trim_zeros(np.array([0, 0, 1, 0]), "f"), dispatch=False)
    for x in grid([(3, 4), (0,), ()], DTYPES):
        agree(lambda m, x: m.asarray_chkfinite(x), x, dispatch=False)
    with pytest.raises(ValueError, match="infs or NaNs"):
        da.asarray_chkfinite(da.array([1, np.inf])).compute()


@pytest.mark.parametrize("dtype", ["i1", "i8", "u2", "?"])
def test_integers_are_not_raised_to_negative_ones(dtype):
    base, whole = np.array([2, 1, 3]).astype(dtype), np.array([1, -1, 2], "i8")
    if dtype != "u8":
        with pytest.raises(ValueError, match="negative integer powers"):
            base**whole
    y = da.from_array(base, chunks=2) ** da.from_array(whole, chunks=2)
    with pytest.raises(ValueError, match=r"power.*negative integer powers"):
        y.compute()
    np.testing.assert_array_equal(
        (da.from_array(base, chunks=2) ** abs(whole)).compute(), base ** abs(whole), strict=True
    )
    np.testing.assert_array_equal((base * 0.5 ** da.from_array(whole)).compute(), base * 0.5**whole)
