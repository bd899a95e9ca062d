"""Generalised ufuncs and functions of lines."""

import threading

import numpy as np
import pytest

import hyperslab as da

A = np.arange(60.0).reshape(3, 4, 5)


@pytest.fixture(params=[2, (1, 4, 5), ((2, 1), (1, 3), (2, 2, 1))])
def x(request):
    return da.from_array(A, chunks=request.param)


def test_one_output(x):
    np.testing.assert_array_equal(da.apply_gufunc(lambda b: b.mean(-1), "(i)->()", x).compute(), A.mean(-1))
    y = da.apply_gufunc(lambda b: b - b.mean((-1, -2), keepdims=True), "(i,j)->(i,j)", x)
    np.testing.assert_array_equal(y.compute(), A - A.mean((-1, -2), keepdims=True))
    np.testing.assert_array_equal(da.apply_gufunc(np.negative, "()->()", x).compute(), -A)


def test_outputs_of_several_dtypes(x):
    def both(b):
        return b.argmax(-1), b.min(-1) > 3, np.stack([b.min(-1), b.max(-1)], -1)

    a, b, c = da.apply_gufunc(both, "(i)->(),(),(k)", x, output_sizes={"k": 2})
    assert (a.dtype, b.dtype, c.dtype, c.shape) == (np.dtype(int), np.dtype(bool), np.dtype(float), (3, 4, 2))
    a, b, c = da.compute(a, b, c)
    np.testing.assert_array_equal(a, A.argmax(-1))
    np.testing.assert_array_equal(b, A.min(-1) > 3)
    np.testing.assert_array_equal(c, np.stack([A.min(-1), A.max(-1)], -1))
    (only,) = da.apply_gufunc(lambda b: (b,), "()->(),", x)
    np.testing.assert_array_equal(only.compute(), A)


def test_outputs_that_meet_come_of_the_same_calls(x):
    calls, lock = [], threading.Lock()

    def both(b):
        with lock:
            calls.append(b.shape)
        return b.min(-1), b.astype("M8[s]"), b[..., :0], np.float32(b.max(-1)) > 2

    low, times, none, high = da.apply_gufunc(
        both, "(i)->(),(i),(k),()", x, output_sizes={"k": 0}, output_dtypes=[float, "M8[s]", float, bool]
    )
    assert not calls
    np.testing.assert_array_equal((low + high).compute(), A.min(-1) + (A.max(-1) > 2))
    assert len(calls) == low.npartitions
    made = da.compute(low + 1, times, none, high, low[::-1].sum())
    for got, want in zip(made, (A.min(-1) + 1, A.astype("M8[s]"), A[..., :0], A.max(-1) > 2, A.min(-1).sum())):
        np.testing.assert_array_equal(got, want)
        assert got.dtype == want.dtype
    a, _ = da.apply_gufunc(lambda b: (b, b[..., :2]), "(i)->(i),(i)", x, output_dtypes=[float, float])
    with pytest.raises(ValueError, match="returned shape"):
        a.compute()


def test_several_inputs_are_broadcast(x):
    w = da.from_array(np.arange(20.0).reshape(5, 4), chunks=3)
    got = da.apply_gufunc(np.matmul, "(i,j),(j,k)->(i,k)", x, w)
    np.testing.assert_array_equal(got.compute(), A @ np.arange(20.0).reshape(5, 4))
    got = da.apply_gufunc(lambda a, b: a + b[..., None], "(i),()->(i)", x, da.arange(4, chunks=3))
    np.testing.assert_array_equal(got.compute(), A + np.arange(4)[:, None])


def test_vectorize_calls_for_each_element(x):
    calls, lock = [], threading.Lock()

    def line(v, shift):
        with lock:
            calls.append(v.shape)
        return float(v @ v + shift)

    got = da.apply_gufunc(line, "(i),()->()", x, np.arange(4), vectorize=True, output_dtypes=float)
    assert not calls
    np.testing.assert_array_equal(got.compute(), (A * A).sum(-1) + np.arange(4))
    assert calls == [(5,)] * 12
    lows = da.apply_gufunc(lambda v: (v.min(), v.max()), "(i)->(),()", x, vectorize=True)
    np.testing.assert_array_equal(lows[1].compute(), A.max(-1))


def test_axis_axes_keepdims(x):
    total = lambda b: b.sum(-1)  # noqa: E731
    np.testing.assert_array_equal(da.apply_gufunc(total, "(i)->()", x, axis=0).compute(), A.sum(0))
    kept = da.apply_gufunc(total, "(i)->()", x, axis=1, keepdims=True)
    np.testing.assert_array_equal(kept.compute(), A.sum(1, keepdims=True))
    np.testing.assert_array_equal(
        da.apply_gufunc(total, "(i)->()", x, keepdims=True).compute(), A.sum(-1, keepdims=True)
    )
    turned = da.apply_gufunc(lambda b: np.cumsum(b, -1), "(i)->(i)", x, axes=[(0,), (2,)])
    np.testing.assert_array_equal(turned.compute(), np.moveaxis(np.cumsum(A, 0), 0, 2))
    np.testing.assert_array_equal(da.apply_gufunc(total, "(i)->()", x, axes=[1]).compute(), A.sum(1))


def test_decorator_and_class(x):
    @da.as_gufunc("(i)->()", output_dtypes=float)
    def spread(b, factor=1):
        """Says so."""
        return factor * (b.max(-1) - b.min(-1))

    assert isinstance(spread, da.gufunc)
    assert spread.__doc__ == "Says so."
    np.testing.assert_array_equal(spread(x, factor=3).compute(), np.full((3, 4), 12.0))
    np.testing.assert_array_equal(spread(x, allow_rechunk=True)[1:, 2].compute(), np.full(2, 4.0))


@pytest.mark.parametrize(
    ("signature", "args", "options", "says"),
    [
        ("(i->()", [A], {}, "Not a valid gufunc signature"),
        ("(i)", [A], {}, "Not a valid gufunc signature"),
        ("(i),(i)->()", [A], {}, "2 inputs, got 1"),
        ("(i)->(j)", [A], {}, "output_sizes"),
        ("(i),(i)->()", [A, A[..., :3]], {}, "'i' with different lengths"),
        ("(i)->()", [A], {"axis": 0, "axes": [0]}, "Only one of"),
        ("(i,j)->()", [A], {"axis": 0}, "share one core dimension"),
        ("(i)->(i)", [A], {"keepdims": True}, "keepdims"),
        ("(i)->()", [A], {"output_dtypes": [int, int]}, "output_dtypes"),
        ("(i,j)->()", [A[0, 0]], {}, "has not the core dimensions"),
    ],
)
def test_what_is_refused(signature, args, options, says):
    with pytest.raises(ValueError, match=says):
        da.apply_gufunc(lambda *b: b[0].sum(-1), signature, *[da.asarray(a) for a in args], **options)


def test_a_function_of_too_few_outputs(x):
    (a, _) = da.apply_gufunc(lambda b: b, "()->(),()", x, output_dtypes=[float, float])
    with pytest.raises(ValueError, match="2 outputs, <lambda> returned ndarray"):
        a.compute()


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize(
    "func", [np.ptp, np.sort, lambda v: v[:2], lambda v: np.outer(v, v[:3]), lambda v: np.int8(len(v))]
)
def test_lines(x, axis, func):
    got, want = da.apply_along_axis(func, axis, x), np.apply_along_axis(func, axis, A)
    assert (got.shape, got.dtype) == (want.shape, want.dtype)
    np.testing.assert_array_equal(got.compute(), want)
    np.testing.assert_array_equal(np.apply_along_axis(func, axis, x).compute(), want)


def test_lines_with_arguments():
    calls, lock = [], threading.Lock()

    def func(v, k, scale=1):
        with lock:
            calls.append(v.shape)
        return v[k] * scale

    got = da.apply_along_axis(func, 1, da.from_array(A, chunks=2), 2, scale=3, dtype=float, shape=())
    assert not calls
    np.testing.assert_array_equal(got.compute(), A[:, 2] * 3)
    assert set(calls) == {(4,)}
    with pytest.raises(ValueError, match="dtype="):
        da.apply_along_axis(lambda v: 1 / 0, 0, A)


def test_lines_with_lazy_arguments():
    x, w = np.arange(12.0).reshape(3, 4), np.arange(4.0)
    lazy, weights = da.from_array(x, chunks=2), da.from_array(w, chunks=2)
    expected = np.apply_along_axis(np.dot, 1, x, w)
    for options in ({}, {"dtype": float, "shape": ()}):
        np.testing.assert_array_equal(da.apply_along_axis(np.dot, 1, lazy, weights, **options), expected)
        made = da.apply_along_axis(lambda line, by: line @ by, 1, lazy, by=weights, **options)
        np.testing.assert_array_equal(made, expected)


def test_signatures_are_strings_and_lines_must_be_there():
    with pytest.raises(TypeError, match="of type string"):
        da.apply_gufunc(np.sin, 3, da.ones(3))
    with pytest.raises(ValueError, match="iteration dimensions are 0"):
        da.apply_along_axis(np.sum, 1, da.ones((0, 3)))
    with pytest.raises(np.exceptions.AxisError):
        da.apply_along_axis(np.sum, 0, da.asarray(3.0))


@pytest.mark.parametrize("shape", [(), (0,), (3, 0), (0, 3), (2, 0, 3)], ids=str)
@pytest.mark.parametrize("dtype", ["float64", "bool", "int8", "complex64", "datetime64[D]"])
def test_nothing_and_single_elements(shape, dtype):
    a = np.zeros(shape, dtype)
    x = da.from_array(a)
    np.testing.assert_array_equal(da.apply_gufunc(lambda b: b, "()->()", x).compute(), a)
    if a.ndim:
        last = da.apply_gufunc(lambda b: (b == b[..., :1]).sum(-1), "(i)->()", x)
        assert last.shape == a.shape[:-1]
        np.testing.assert_array_equal(last.compute(), (a == a[..., :1]).sum(-1))
        if a.size == 0 and 0 not in a.shape[1:]:
            got = da.apply_along_axis(len, 0, x)
            np.testing.assert_array_equal(got.compute(), np.apply_along_axis(len, 0, a))
