"""Window functions, Bessel and sinc, polynomials: against NumPy."""

import numpy as np
import pytest
from against_numpy import DTYPES, agree, grid, values

import hyperslab as da

CLOSE = 1e-14


@pytest.mark.parametrize("size", [-1, 0, 1, 2, 7, 12])
@pytest.mark.parametrize("name", ["bartlett", "blackman", "hamming", "hanning"])
def test_windows(name, size):
    agree(lambda m: getattr(m, name)(size), rtol=CLOSE)


@pytest.mark.parametrize("beta", [0.0, 2.5, 14.0])
@pytest.mark.parametrize("size", [0, 1, 2, 7])
def test_kaiser(size, beta):
    agree(lambda m: m.kaiser(size, beta), rtol=CLOSE)


def test_chunks_of_windows():
    assert da.hanning(10, chunks=4).chunks == ((4, 4, 2),)


def test_i0():
    x = np.array([-30.0, -8.0, -7.9, -1.0, -0.0, 0.0, 0.5, 8.0, 8.1, 100.0, np.nan, 700.0])
    agree(lambda m, x: m.i0(x), x.reshape(3, 4)[:2], rtol=CLOSE)
    for value in x:
        agree(lambda m, x: m.i0(x), np.full((2,), value), rtol=CLOSE)
    agree(lambda m, x: m.i0(x), values((3,), "int64"), rtol=CLOSE)
    agree(lambda m, x: m.i0(x), values((3,), "complex128"))


def test_sinc():
    for x in grid([(0,), (5,), (3, 4)], [d for d in DTYPES if d not in ("float16", "bool")]):
        agree(lambda m, x: m.sinc(x / 4), x, rtol=CLOSE)


@pytest.mark.parametrize("p", [[], [3], [1, -2, 0.5], [1, 2, 3, 4]], ids=str)
def test_polyval(p):
    for x in grid([(0,), (5,), (3, 4), ()], DTYPES[1:]):
        agree(lambda m, x: m.polyval(p, x), x, rtol=CLOSE)
    agree(lambda m, p, x: m.polyval(p, x), values((3,)), values((4,)), rtol=CLOSE)


@pytest.mark.parametrize("name", ["polyadd", "polysub", "polymul"])
@pytest.mark.parametrize("sizes", [(3, 3), (1, 4), (4, 2)], ids=str)
def test_polynomials(name, sizes):
    for dtype in DTYPES[1:]:
        a, b = (values((n,), dtype, n) + 1 for n in sizes)
        # NumPy drops leading zeros, which are values.
        a[0] = b[0] = 2
        agree(lambda m, a, b: getattr(m, name)(a, b), a, b, rtol=1e-3 if dtype == "float16" else CLOSE)


@pytest.mark.parametrize("m", [0, 1, 2, 3, -1])
@pytest.mark.parametrize("k", [None, 2.5, [1, 2, 3]], ids=str)
def test_polyint(m, k):
    for dtype in ["int64", "float64", "complex128"]:
        if m or dtype != "int64":
            agree(lambda module, p: module.polyint(p, m, k), values((4,), dtype), rtol=CLOSE)


@pytest.mark.parametrize("m", [0, 1, 2, 3, 5, -1])
def test_polyder(m):
    for dtype in ["int64", "float64", "complex128"]:
        agree(lambda module, p: module.polyder(p, m), values((4,), dtype), rtol=CLOSE)
