"""`da.linalg`, `da.fft`, `da.lib.stride_tricks` and `da.core`: compositions against NumPy."""

import numpy as np
import pytest
from against_numpy import DTYPES, agree, grid, values

import hyperslab as da

CLOSE = 1e-13
ORDERS = [None, "fro", np.inf, -np.inf, 0, 1, -1, 2, 3, 0.5, "nowhere"]


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("ord", ORDERS, ids=str)
def test_norm(ord, keepdims):
    for x in grid([(5,), (3, 4), (2, 3, 4)], DTYPES):
        for axis in [None, 0, -1, (0, 1), (-1, 0), (0, 0), 7]:
            agree(lambda m, x, axis=axis: m.linalg.norm(x, ord, axis, keepdims), x, rtol=CLOSE)


@pytest.mark.parametrize("axis", [None, 0, (0, 2), (1, 2, 0)], ids=str)
@pytest.mark.parametrize("ord", [2, 1, np.inf, 0, 3])
def test_vector_norm(ord, axis):
    agree(lambda m, x: m.linalg.vector_norm(x, axis=axis, ord=ord), values((2, 3, 4)), rtol=CLOSE)
    agree(lambda m, x: m.linalg.vector_norm(x, axis=axis, ord=ord, keepdims=True), values((2, 3, 4)), rtol=CLOSE)
    if ord in (1, np.inf):
        agree(lambda m, x: m.linalg.matrix_norm(x, ord=ord, keepdims=True), values((2, 3, 4)), rtol=CLOSE)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 6, 1.5, -1, -3])
def test_matrix_power(n):
    for x in [values((3, 3), "int64"), values((2, 3, 3)), values((0, 0)), values((3, 3), "complex64")]:
        agree(lambda m, x: m.linalg.matrix_power(x, n), x, rtol=1e-12)
    agree(lambda m, x: m.linalg.matrix_power(x, n), values((2, 3)))
    agree(lambda m, x: m.linalg.matrix_power(x, n), values((2,)))


CHAINS = [
    ((3,), (3,)),
    ((2, 3), (3, 4), (4, 1)),
    ((3,), (3, 4), (4,)),
    ((2, 3), (3, 4), (4,)),
    ((2, 3), (4, 2)),
    ((2, 3),),
]


@pytest.mark.parametrize("shapes", [*CHAINS, ((2, 2, 2), (2, 2))], ids=str)
def test_multi_dot(shapes):
    agree(lambda m, *xs: m.linalg.multi_dot(xs), *(values(s, seed=i) for i, s in enumerate(shapes)), rtol=CLOSE)


def test_stacks_of_matrices():
    x = values((2, 3, 3))
    agree(lambda m, x: m.linalg.trace(x, offset=1), x, rtol=CLOSE)
    agree(lambda m, x: m.linalg.diagonal(x, offset=-1), x)
    agree(lambda m, x: m.linalg.matrix_transpose(x), x)
    agree(lambda m, x: m.linalg.cross(x, x[::-1], axis=1), x, rtol=CLOSE)
    agree(lambda m, x, y: m.linalg.outer(x, y), values((3,)), values((4,)))
    agree(lambda m, x: m.linalg.outer(x, x), x)
    agree(lambda m, x: m.linalg.matmul(x, x), x, rtol=CLOSE)
    agree(lambda m, x: m.linalg.tensordot(x, x, axes=([1], [2])), x, rtol=CLOSE)
    agree(lambda m, x: m.linalg.vecdot(x, x, axis=0), x, rtol=CLOSE)


@pytest.mark.parametrize("n", [0, 1, 4, 5, 2.5])
@pytest.mark.parametrize("d", [1.0, 0.25])
def test_frequencies(n, d):
    if n == 0:
        with pytest.raises(ZeroDivisionError):
            da.fft.fftfreq(n, d)
        return
    agree(lambda m: m.fft.fftfreq(n, d))
    agree(lambda m: m.fft.rfftfreq(n, d))


@pytest.mark.parametrize("axes", [None, 0, (0, 1), -1, (1, 1), 5], ids=str)
def test_shifts(axes):
    for x in grid([(5,), (4, 3), (0, 3), (3, 4)], DTYPES):
        agree(lambda m, x: m.fft.fftshift(x, axes), x)
        agree(lambda m, x: m.fft.ifftshift(x, axes), x)


WINDOWS = [
    (2, 0),
    (2, None),
    ((2, 3), None),
    ((2, 2), (0, 0)),
    ((1, 2), (1, 0)),
    (9, 0),
    (-1, 0),
    (2, 5),
    ((2, 2), 0),
    (0, 1),
]


@pytest.mark.parametrize(("window", "axis"), WINDOWS, ids=str)
def test_sliding_window_view(window, axis):
    for x in grid([(5,), (4, 5), (3, 4, 2)], DTYPES):
        agree(lambda m, x: m.lib.stride_tricks.sliding_window_view(x, window, axis), x, dispatch=False)


@pytest.mark.parametrize(
    ("window", "axis"), [(65, 0), ((70, 2), None), ((66, 66), (0, 0)), (300, 0), (301, 0)], ids=str
)
def test_long_windows(window, axis):
    for x in grid([(300, 2)], ["float64", "int8"]):
        agree(lambda m, x: m.lib.stride_tricks.sliding_window_view(x, window, axis), x, dispatch=False)
        agree(
            lambda m, x: m.lib.stride_tricks.sliding_window_view(x, 80, 0)[5:9, 1, ::2].sum(-1),
            x,
            dispatch=False,
            rtol=1e-13,
        )


def test_long_windows_fit_where_they_do_not_all_at_once():
    x = da.arange(100_000, chunks=10_000, dtype="f8")
    y = da.lib.stride_tricks.sliding_window_view(x, 1000).max(axis=-1)
    np.testing.assert_array_equal(y.compute(memory_limit="64 MiB"), np.arange(999.0, 100_000))
