"""``da.emath``: functions whose results are complex where real numbers have none.

NumPy decides by the values whether a result is complex. The dtype of a lazy array is known before its values are, so
arrays of real numbers that may be outside the domain are refused, with the way out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from hyperslab import _ops
from hyperslab._array import Array
from hyperslab._convert import is_array, is_lazy_source
from hyperslab._creation import asarray

__all__ = ["arccos", "arcsin", "arctanh", "log", "log2", "log10", "logn", "power", "sqrt"]


def _refuse(name: str, x: Array) -> NoReturn:
    raise NotImplementedError(
        f"emath.{name} of {x.dtype}: whether the result is complex depends on the values. Say which: "
        f"hyperslab.{name}(x.astype(complex)) is always complex, hyperslab.{name}(x) always real"
    )


def _known(name: str, x: Any, inside: str) -> Any:
    """The argument, if the dtype of the result follows from its dtype: `inside` are kinds whose values all have one."""
    if not (is_array(x) or is_lazy_source(x)):
        return None
    a = asarray(x)
    if a.dtype.kind != "c" and a.dtype.kind not in inside:
        _refuse(name, a)
    return a


def _either(name: str, x: Any, inside: str) -> Array:
    """Ours for lazy arrays, NumPy's for what is in memory."""
    a = _known(name, x, inside)
    if a is None:
        return asarray(getattr(np.emath, name)(x))
    function: Callable[..., Array] = _ops.FUNCTIONS[name]
    return function(a)


def _complex(x: np.ndarray) -> np.ndarray:
    """Real numbers as NumPy's functions of this kind make them complex."""
    return x.astype(np.complex64 if x.dtype.char in "fbh" else np.complex128)


def sqrt(x: Any) -> Array:
    """Square root, complex for negative numbers; see `numpy.emath.sqrt`.

    Parameters
    ----------
    x : array_like
        Of lazy arrays: complex, bool or unsigned ones.

    Raises
    ------
    NotImplementedError
        For lazy arrays of numbers that may be negative.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.emath.sqrt([-1, 4]).compute()
    array([0.+1.j, 2.+0.j])
    """
    return _either("sqrt", x, "bu")


def log(x: Any) -> Array:
    """Natural logarithm, complex for negative numbers; see `sqrt` and `numpy.emath.log`.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.emath.log(-1.0).compute()
    np.complex128(3.141592653589793j)
    """
    return _either("log", x, "bu")


def log2(x: Any) -> Array:
    """Logarithm to base 2, complex for negative numbers; see `sqrt` and `numpy.emath.log2`.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.emath.log2(8).compute()
    np.float64(3.0)
    """
    return _either("log2", x, "bu")


def log10(x: Any) -> Array:
    """Logarithm to base 10, complex for negative numbers; see `sqrt` and `numpy.emath.log10`.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.emath.log10(100).compute()
    np.float64(2.0)
    """
    return _either("log10", x, "bu")


def logn(n: Any, x: Any) -> Array:
    """Logarithm to base `n`, complex where a number is negative; see `sqrt` and `numpy.emath.logn`.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.emath.logn(2, [4, 8]).compute()
    array([2., 3.])
    """
    return log(x) / log(n)  # type: ignore[operator, no-any-return]


def power(x: Any, p: Any) -> Array:
    """Power, complex for negative bases; see `sqrt` and `numpy.emath.power`.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.emath.power([2, 4], 2).compute()
    array([ 4, 16])
    """
    base, exponent = _known("power", x, "bu"), _known("power", p, "buf")
    if base is None and exponent is None:
        return asarray(np.emath.power(x, p))
    if base is None:
        numbers = np.asarray(x)
        negative = numbers.dtype.kind in "if" and bool((numbers < 0).any())
        base = asarray(_complex(numbers) if negative else numbers)
    if exponent is None:
        numbers = np.asarray(p)
        exponent = numbers * 1.0 if numbers.dtype.kind == "i" and (numbers < 0).any() else numbers
    return _ops.apply_ufunc("power", (base, exponent))


def arccos(x: Any) -> Array:
    """Inverse cosine, complex outside of [-1, 1]; see `numpy.emath.arccos`.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.emath.arccos(1).compute()
    np.float64(0.0)
    """
    return _either("arccos", x, "b")


def arcsin(x: Any) -> Array:
    """Inverse sine, complex outside of [-1, 1]; see `numpy.emath.arcsin`.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.emath.arcsin(0).compute()
    np.float64(0.0)
    """
    return _either("arcsin", x, "b")


def arctanh(x: Any) -> Array:
    """Inverse hyperbolic tangent, complex outside of (-1, 1); see `numpy.emath.arctanh`.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.emath.arctanh([0.0]).compute()
    array([0.])
    """
    return _either("arctanh", x, "b")
