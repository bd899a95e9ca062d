"""Polynomials by their coefficients, the highest power first."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from hyperslab import _ops
from hyperslab._array import Array
from hyperslab._creation import asarray, zeros, zeros_like
from hyperslab._join import concatenate
from hyperslab._manipulation import atleast_1d
from hyperslab._neighbours import convolve

_ufunc = _ops.apply_ufunc


def polyval(p: Any, x: Any) -> Array:
    """A polynomial at every element of `x`.

    Parameters
    ----------
    p : 1-d array_like
        Coefficients, the highest power first.
    x : array_like
        Where to evaluate it.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.polyval([1, 0, 2], da.arange(3)).compute()
    array([2, 3, 6])
    """
    coefficients, at = asarray(p), asarray(x)
    y: Array = zeros_like(at)
    for i in range(len(coefficients)):
        y = _ufunc("add", (_ufunc("multiply", (y, at)), coefficients[i]))
    return y


def _combined(name: str, a1: Any, a2: Any) -> Array:
    a, b = atleast_1d(a1), atleast_1d(a2)
    n = max(len(a), len(b))
    a, b = (x if len(x) == n else concatenate([zeros(n - len(x), x.dtype), x]) for x in (a, b))
    return _ufunc(name, (a, b))


def polyadd(a1: Any, a2: Any) -> Array:
    """Sum of two polynomials.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.polyadd([1, 2], [9, 5, 4]).compute()
    array([9, 6, 6])
    """
    return _combined("add", a1, a2)


def polysub(a1: Any, a2: Any) -> Array:
    """Difference of two polynomials.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.polysub([2, 10, -2], [3, 10, -4]).compute()
    array([-1,  0,  2])
    """
    return _combined("subtract", a1, a2)


def polymul(a1: Any, a2: Any) -> Array:
    """Product of two polynomials; leading zeros stay, unlike in NumPy, as values are not looked at.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.polymul([1, 2], [1, 3]).compute()
    array([1, 5, 6])
    """
    return convolve(atleast_1d(a1), atleast_1d(a2))


def polyint(p: Any, m: int = 1, k: Any = None) -> Array:
    """Antiderivative of a polynomial, `m` times.

    Parameters
    ----------
    p : 1-d array_like
        Coefficients, the highest power first.
    m : int
        How many times.
    k : float or sequence of float, optional
        Constants of integration, one for each time; zero if not given.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.polyint([4, 3, 2]).compute()
    array([1.33333333, 1.5       , 2.        , 0.        ])
    """
    m = operator.index(m)
    if m < 0:
        raise ValueError("Order of integral must be positive (see polyder)")
    constants = np.atleast_1d(np.zeros(m) if k is None else np.asarray(k, float))
    if len(constants) == 1 and m > 1:
        constants = np.full(m, constants[0])
    if len(constants) < m:
        raise ValueError("k must be a scalar or a rank-1 array of length 1 or >m.")
    x = asarray(p)
    for constant in constants[:m]:
        x = concatenate([_ufunc("divide", (x, np.arange(len(x), 0, -1))), [constant]])
    return x


def polyder(p: Any, m: int = 1) -> Array:
    """Derivative of a polynomial, `m` times.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.polyder([1, 1, 1]).compute()
    array([2, 1])
    """
    m = operator.index(m)
    if m < 0:
        raise ValueError("Order of derivative must be positive (see polyint)")
    x = asarray(p)
    for _ in range(m):
        powers = np.arange(len(x) - 1, 0, -1)
        x = _ufunc("multiply", (x[:-1], powers))
    return x
