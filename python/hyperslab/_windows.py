"""Window functions, and the special functions that they need."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from hyperslab import _ops
from hyperslab._array import Array
from hyperslab._chunks import Chunks
from hyperslab._creation import arange, asarray, ones, zeros
from hyperslab._numeric import where
from hyperslab._rows import told_as

_ufunc = _ops.apply_ufunc

# Chebyshev coefficients of exp(-x) I0(x) on [0, 8], and of exp(-x) sqrt(x) I0(x) on [8, inf), from Cephes.
_I0_NEAR = (
    -4.41534164647933937950e-18, 3.33079451882223809783e-17, -2.43127984654795469359e-16, 1.71539128555513303061e-15,
    -1.16853328779934516808e-14, 7.67618549860493561688e-14, -4.85644678311192946090e-13, 2.95505266312963983461e-12,
    -1.72682629144155570723e-11, 9.67580903537323691224e-11, -5.18979560163526290666e-10, 2.65982372468238665035e-9,
    -1.30002500998624804212e-8, 6.04699502254191894932e-8, -2.67079385394061173391e-7, 1.11738753912010371815e-6,
    -4.41673835845875056359e-6, 1.64484480707288970893e-5, -5.75419501008210370398e-5, 1.88502885095841655729e-4,
    -5.76375574538582365885e-4, 1.63947561694133579842e-3, -4.32430999505057594430e-3, 1.05464603945949983183e-2,
    -2.37374148058994688156e-2, 4.93052842396707084878e-2, -9.49010970480476444210e-2, 1.71620901522208775349e-1,
    -3.04682672343198398683e-1, 6.76795274409476084995e-1,
)  # fmt: skip
_I0_FAR = (
    -7.23318048787475395456e-18, -4.83050448594418207126e-18, 4.46562142029675999901e-17, 3.46122286769746109310e-17,
    -2.82762398051658348494e-16, -3.42548561967721913462e-16, 1.77256013305652638360e-15, 3.81168066935262242075e-15,
    -9.55484669882830764870e-15, -4.15056934728722208663e-14, 1.54008621752140982691e-14, 3.85277838274214270114e-13,
    7.18012445138366623367e-13, -1.79417853150680611778e-12, -1.32158118404477131188e-11, -3.14991652796324136454e-11,
    1.18891471078464383424e-11, 4.94060238822496958910e-10, 3.39623202570838634515e-9, 2.26666899049817806459e-8,
    2.04891858946906374183e-7, 2.89137052083475648297e-6, 6.88975834691682398426e-5, 3.36911647825569408990e-3,
    8.04490411014108831608e-1,
)  # fmt: skip


def _chebyshev(x: Array, coefficients: tuple[float, ...]) -> Array:
    """Clenshaw's recurrence."""
    b0: Any = coefficients[0]
    b1: Any = 0.0
    b2: Any = 0.0
    for c in coefficients[1:]:
        b2, b1 = b1, b0
        b0 = x * b1 - b2 + c  # type: ignore[operator]
    return 0.5 * (b0 - b2)  # type: ignore[return-value]


def i0(x: Any) -> Array:
    """Modified Bessel function of the first kind, of order zero.

    Examples
    --------
    >>> import hyperslab as da
    >>> float(da.i0(0.0))
    1.0
    """
    a = asarray(x)
    if a.dtype.kind == "c":
        raise TypeError("i0 not supported for complex values")
    if a.dtype.kind != "f":
        a = a.astype(np.float64)
    a = _ufunc("absolute", (a,))
    safe = _ufunc("maximum", (a, 8.0))
    near = _chebyshev(_ufunc("subtract", (_ufunc("divide", (a, 2.0)), 2.0)), _I0_NEAR)
    far = _chebyshev(_ufunc("subtract", (_ufunc("divide", (32.0, safe)), 2.0)), _I0_FAR)
    inner = where(_ufunc("less_equal", (a, 8.0)), near, _ufunc("divide", (far, _ufunc("sqrt", (safe,)))))
    # Both approximations are computed everywhere.
    return told_as(_ufunc("multiply", (_ufunc("exp", (a,)), inner)), (a,))


def sinc(x: Any) -> Array:
    """The sine of pi times x, divided by pi times x; 1 where x is zero.

    Examples
    --------
    >>> import hyperslab as da
    >>> float(da.sinc(0.0))
    1.0
    """
    a = asarray(x)
    if a.dtype.kind in "biu":
        a = a.astype(np.float64)
    tiny = np.finfo(a.dtype).eps if a.dtype.char in "e" else 1.0e-20
    y = _ufunc(
        "multiply", (np.asarray(np.pi, a.real.dtype), where(_ufunc("equal", (a, 0)), np.asarray(tiny, a.dtype), a))
    )
    return _ufunc("divide", (_ufunc("sin", (y,)), y))


def _window(M: Any, chunks: Chunks, shape: Callable[[Array, float], Array]) -> Array:
    """A window of M values, from the positions ``1 - M, 3 - M, … M - 1`` and M - 1."""
    if M < 1:
        return zeros(0)
    if M == 1:
        return ones(1)
    return shape(arange(1 - float(M), float(M), 2.0, chunks=chunks), float(M) - 1)


def _cosines(n: Array, width: float, *weights: float) -> Array:
    """Cosines of multiples of the position, weighed."""
    result: Any = weights[0]
    for k, weight in enumerate(weights[1:], 1):
        angle = _ufunc("divide", (_ufunc("multiply", (k * np.pi, n)), width))
        result = _ufunc("add", (result, _ufunc("multiply", (weight, _ufunc("cos", (angle,))))))
    return result  # type: ignore[no-any-return]


def hanning(M: int, chunks: Chunks = "auto") -> Array:
    """Hann's window.

    Parameters
    ----------
    M : int
        How many values.
    chunks : int, tuple or str
        Chunks of the result.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.hanning(3).compute()
    array([0., 1., 0.])
    """
    return _window(M, chunks, lambda n, width: _cosines(n, width, 0.5, 0.5))


def hamming(M: int, chunks: Chunks = "auto") -> Array:
    """Hamming's window; parameters as those of `hanning`."""
    return _window(M, chunks, lambda n, width: _cosines(n, width, 0.54, 0.46))


def blackman(M: int, chunks: Chunks = "auto") -> Array:
    """Blackman's window; parameters as those of `hanning`."""
    return _window(M, chunks, lambda n, width: _cosines(n, width, 0.42, 0.5, 0.08))


def bartlett(M: int, chunks: Chunks = "auto") -> Array:
    """Bartlett's window, a triangle; parameters as those of `hanning`."""

    def triangle(n: Array, width: float) -> Array:
        slope = _ufunc("divide", (n, width))
        return where(_ufunc("less_equal", (n, 0)), _ufunc("add", (1, slope)), _ufunc("subtract", (1, slope)))

    return _window(M, chunks, triangle)


def kaiser(M: int, beta: float, chunks: Chunks = "auto") -> Array:
    """Kaiser's window.

    Parameters
    ----------
    M : int
        How many values.
    beta : float
        Its shape: 0 is a rectangle.
    chunks : int, tuple or str
        Chunks of the result.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.kaiser(3, 0.0).compute()
    array([1., 1., 1.])
    """

    def bessel(n: Array, width: float) -> Array:
        half = _ufunc("square", (_ufunc("divide", (n, width)),))
        return _ufunc(
            "divide", (i0(_ufunc("multiply", (beta, _ufunc("sqrt", (_ufunc("subtract", (1, half)),))))), i0(beta))
        )

    return _window(M, chunks, bessel)
