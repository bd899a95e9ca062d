"""Differences, slopes, integrals, convolutions, covariances: compositions against NumPy."""

import numpy as np
import pytest
from against_numpy import DTYPES, TIMES, agree, grid, values

import hyperslab as da

CLOSE = 1e-13
NUMBERS = DTYPES[1:]


@pytest.mark.parametrize("ends", [{}, {"to_end": 3}, {"to_begin": [1, 2], "to_end": [[0]]}, {"to_end": 1.5}], ids=str)
def test_ediff1d(ends):
    for x in grid([(0,), (1,), (6,), (3, 4)], NUMBERS):
        agree(lambda m, x: m.ediff1d(x, **ends), x)


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("axis", [None, 0, -1, (0, 1), 5], ids=str)
def test_gradient(order, axis):
    for x in grid([(7,), (3, 4), (2, 5), (3, 4, 3)], DTYPES[1:]):
        agree(lambda m, x: m.gradient(x, axis=axis, edge_order=order), x, rtol=CLOSE)
        agree(lambda m, x: m.gradient(x, 0.5, axis=axis, edge_order=order), x, rtol=CLOSE)
    places = [np.array([0.0, 1.0, 1.5, 4.0]), np.arange(5) * 2, np.array([0, 1, 3, 4, 9])]
    for p in places:
        for q in places:
            call = lambda m, x, p=p, q=q: m.gradient(x, p, q, axis=(0, 1), edge_order=order)  # noqa: E731
            agree(call, values((4, 5)), rtol=CLOSE)


def test_gradient_of_times_and_wrong_spacings():
    for dtype in TIMES:
        agree(lambda m, x: m.gradient(x, 0.5), values((5,), dtype))
        agree(lambda m, x: m.gradient(x), values((5, 4), dtype))
    agree(lambda m, x: m.gradient(x, 1, 2, 3), values((5,)))
    agree(lambda m, x: m.gradient(x, np.arange(4)), values((5,)))
    agree(lambda m, x: m.gradient(x, np.ones((2, 2))), values((5,)))


@pytest.mark.parametrize("axis", [-1, 0, 2])
def test_trapezoid(axis):
    for x in grid([(6,), (3, 4), (2, 0), (3, 4, 5)], DTYPES[1:]):
        agree(lambda m, x: m.trapezoid(x, axis=axis), x, rtol=CLOSE)
        agree(lambda m, x: m.trapezoid(x, dx=0.25, axis=axis), x, rtol=CLOSE)
    agree(lambda m, y, x: m.trapezoid(y, x), values((3, 5)), np.array([0.0, 1, 1.5, 4, 9]), rtol=CLOSE)
    agree(lambda m, y, x: m.trapezoid(y, x, axis=0), values((3, 5)), values((3, 5), seed=2), rtol=CLOSE)


@pytest.mark.parametrize("period", [2 * np.pi, 6, 5, 6.5])
@pytest.mark.parametrize("axis", [-1, 0])
def test_unwrap(period, axis):
    for dtype in ["float64", "float32", "int64"]:
        x = values((6, 7), dtype) * 2
        agree(lambda m, x: m.unwrap(x, axis=axis, period=period), x, rtol=CLOSE)
        agree(lambda m, x: m.unwrap(x, 4, axis, period=period), x, rtol=CLOSE)


@pytest.mark.parametrize("mode", ["full", "same", "valid", "nowhere"])
@pytest.mark.parametrize("sizes", [(9, 1), (9, 2), (9, 3), (3, 9), (2, 9), (5, 5), (4, 4), (0, 2), (2, 0)], ids=str)
@pytest.mark.parametrize("name", ["convolve", "correlate"])
def test_convolutions(name, sizes, mode):
    for dtype in DTYPES:
        x, v = values((sizes[0],), dtype), values((sizes[1],), dtype, 1)
        agree(lambda m, x, v: getattr(m, name)(x, v, mode), x, v, rtol=CLOSE)
        agree(lambda m, x, v=v: getattr(m, name)(x, v, mode), x, rtol=CLOSE, dispatch=False)


@pytest.mark.parametrize("mode", ["full", "same", "valid", "nowhere"])
@pytest.mark.parametrize("sizes", [(300, 65), (300, 66), (90, 300), (80, 80)], ids=str)
@pytest.mark.parametrize("name", ["convolve", "correlate"])
def test_long_kernels(name, sizes, mode):
    for dtype in ["float64", "int64", "bool", "complex64", "float32"]:
        x, v = values((sizes[0],), dtype), values((sizes[1],), dtype, 1)
        agree(lambda m, x, v: getattr(m, name)(x, v, mode), x, v, rtol=1e-12)


def test_long_kernels_fit_where_the_array_does_not():
    x = da.arange(1_000_000, chunks=50_000) % 7
    y = da.convolve(x, np.ones(1000, int), "valid")
    assert y.max().compute(memory_limit="8 MiB") == np.convolve(np.arange(2000) % 7, np.ones(1000, int), "valid").max()


@pytest.mark.parametrize("dtype", ["int64", "float32", "float64", "complex64", "complex128", "bool"])
@pytest.mark.parametrize("name", ["cov", "corrcoef"])
def test_covariances(name, dtype):
    for x in [values((3, 8), dtype), values((8,), dtype), values((2, 0, 3), dtype)]:
        agree(lambda m, x: getattr(m, name)(x), x, rtol=1e-12)
        agree(lambda m, x: getattr(m, name)(x, rowvar=False), x, rtol=1e-12)
        agree(lambda m, x, y: getattr(m, name)(x, y), x, x[..., ::-1].copy(), rtol=1e-12)
        agree(lambda m, x, y: getattr(m, name)(x, y, rowvar=False), x, x[::-1].copy(), rtol=1e-12)


WEIGHTS = [
    {"bias": True},
    {"ddof": 2},
    {"fweights": [1, 2, 0, 1, 3]},
    {"aweights": [1, 0.5, 2, 1, 3]},
    {"fweights": [1, 2, 0, 1, 3], "aweights": [1, 0.5, 2, 1, 3]},
    {"aweights": [1, 0.5, 2, 1, 3], "ddof": 0},
    {"dtype": "float32"},
    {"ddof": 1.5},
    {"fweights": [1.5] * 5},
    {"fweights": [-1] * 5},
]


@pytest.mark.parametrize("options", WEIGHTS, ids=str)
def test_weighted_covariances(options):
    agree(lambda m, x: m.cov(x, **options), values((3, 5)), rtol=1e-12)


@pytest.mark.parametrize("order", [0, 2, 3, 4])
@pytest.mark.parametrize("axis", [None, 0, (0, 1)], ids=str)
def test_moment(order, axis):
    def by_numpy(m, x):
        return ((x - x.mean(axis=axis, keepdims=True)) ** order).mean(axis=axis)

    x = values((5, 6))
    agree(lambda m, x: m.moment(x, order, axis=axis), x, calls=by_numpy, dispatch=False, rtol=1e-12)


def test_array_equiv():
    x = values((3, 4))
    for y in [x, x[:1], np.broadcast_to(x[:1], (3, 4)).copy(), x[:2], values(())]:
        agree(lambda m, x, y: m.array_equiv(x, y), x, y)
        agree(lambda m, x, y: m.array_equiv(y, x), np.broadcast_to(x[:1], (3, 4)).copy(), y)


def test_the_first_moment_is_exactly_zero():
    np.testing.assert_array_equal(da.moment(da.from_array(values((5, 6))), 1, axis=0), np.zeros(6))


def test_integrals_of_times():
    agree(lambda m, x: m.trapezoid(x), values((5,), "timedelta64[s]"))
