"""Polynomials by their coefficients, the highest power first."""

from __future__ import annotations

import operator
import warnings
from typing import Any, NoReturn

import numpy as np

from hyperslab import _calls, _ops
from hyperslab._array import Array
from hyperslab._convert import is_array
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
    for coefficient in coefficients:
        y = _ufunc("add", (_ufunc("multiply", (y, at)), coefficient))
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


def polyfit(
    x: Any, y: Any, deg: int, rcond: float | None = None, full: bool = False, w: Any = None, cov: bool | str = False
) -> Any:
    """The polynomial that fits points best, by least squares; one call of NumPy's, which holds all points.

    Parameters
    ----------
    x : 1-d array_like
        Places.
    y : array_like of one or two dimensions
        Values there, one set per column.
    deg : int
        Degree.
    rcond : float, optional
        Relative size below which singular values count as zero.
    full : bool
        Not supported: what it returns has a shape that depends on the values.
    w : 1-d array_like, optional
        Weights.
    cov : bool or "unscaled"
        Whether to return the covariances of the coefficients as well.

    Returns
    -------
    Array, or two of them
        Coefficients, the highest power first, and covariances if `cov`.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.polyfit(da.arange(4), da.array([1, 3, 5, 7]), 1).round(6).compute()
    array([2., 1.])
    """
    if full:
        raise NotImplementedError("polyfit: full=True is not supported: compute first, numpy.polyfit(x.compute(), ...)")
    arrays = [asarray(v) for v in ((x, y) if w is None else (x, y, w))]
    _check_points(int(deg), *arrays)
    if cov and cov != "unscaled" and len(arrays[0]) <= int(deg) + 1:
        raise ValueError("the number of data points must exceed order to scale the covariance matrix")

    def fit(block: Any, start: Any, x: Any, y: Any, w: Any = None) -> Any:
        numpys: Any = np.polyfit
        return numpys(x, y, deg, rcond, w=w, cov=cov)

    few = int(deg) + 3
    tiny = [np.arange(1, few + 1).astype(arrays[0].dtype), *(np.ones((few, *a.shape[1:]), a.dtype) for a in arrays[1:])]
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        made = fit((), (), *tiny)
    pairs: list[Any] = [(a, [_calls.WHOLE] * a.ndim) for a in arrays]

    def part(k: int, example: np.ndarray) -> Array:
        call = (lambda *args: fit(*args)[k]) if cov else fit
        return _calls.make("polyfit", "polyfit", call, pairs, [(n,) for n in example.shape], example.dtype)

    return tuple(part(k, example) for k, example in enumerate(made)) if cov else part(0, made)


def _check_points(deg: int, x: Array, y: Array, w: Array | None = None) -> None:
    if deg < 0:
        raise ValueError("expected deg >= 0")
    if x.ndim != 1:
        raise TypeError("expected 1D vector for x")
    if x.size == 0:
        raise TypeError("expected non-empty vector for x")
    if y.ndim not in (1, 2):
        raise TypeError("expected 1D or 2D array for y")
    if len(x) != len(y):
        raise TypeError(f"expected x and y to have same length: {len(x)} and {len(y)}")
    if w is not None and w.shape != x.shape:
        raise TypeError(f"expected w and y to have the same length: {w.shape} and {len(y)}")


def poly(seq_of_zeros: Any) -> Array:
    """The polynomial of given roots, or that of a matrix whose roots are its eigenvalues.

    Raises
    ------
    NotImplementedError
        For lazy complex roots: whether the coefficients are real depends on them.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.poly(da.array([1, 2])).compute()
    array([ 1., -3.,  2.])
    """
    if not is_array(seq_of_zeros):
        return asarray(np.poly(seq_of_zeros))
    if seq_of_zeros.dtype.kind == "c":
        _depends("poly", "whether the result is real")
    a = asarray(seq_of_zeros)
    if a.ndim == 0:
        raise TypeError("poly: the roots must be a 1-d array, or a square matrix")
    if a.shape == (0,):
        return asarray(1.0)
    made = np.poly(np.ones(a.shape if a.ndim > 1 else (1,), a.dtype))
    call = lambda block, start, zeros: np.poly(zeros)  # noqa: E731
    return _calls.make("poly", "poly", call, [(a, [_calls.WHOLE] * a.ndim)], [(len(a) + 1,)], made.dtype)


def roots(p: Any) -> Array:
    """The roots of a polynomial whose coefficients are in memory.

    Raises
    ------
    NotImplementedError
        For lazy coefficients: how many roots there are depends on which are zero.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.roots([1, -3, 2]).compute()
    array([2., 1.])
    """
    if is_array(p):
        if p.ndim > 1:
            raise ValueError(f"Input must be a rank-1 array, not of shape {p.shape}.")
        _depends("roots", "how many there are")
    return asarray(np.roots(p))


def polydiv(u: Any, v: Any) -> tuple[Array, Array]:
    """Quotient and remainder of polynomials whose coefficients are in memory.

    Raises
    ------
    NotImplementedError
        For lazy coefficients: the degree of the remainder depends on them.

    Examples
    --------
    >>> import hyperslab as da
    >>> quotient, remainder = da.polydiv([3.0, 5.0, 2.0], [2.0, 1.0])
    >>> quotient.compute(), remainder.compute()
    (array([1.5 , 1.75]), array([0.25]))
    """
    if is_array(u) or is_array(v):
        _depends("polydiv", "the degree of the remainder")
    quotient, remainder = np.polydiv(u, v)
    return asarray(quotient), asarray(remainder)


def _depends(name: str, what: str) -> NoReturn:
    raise NotImplementedError(
        f"{name} of a lazy array: {what} depends on its elements: compute first, numpy.{name}(x.compute())"
    )
