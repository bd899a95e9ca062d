"""Questions about elements and dtypes, and conversions that change nothing of a lazy array."""

from __future__ import annotations

from typing import Any

import numpy as np

from hyperslab import _calls, _ops
from hyperslab._array import Array
from hyperslab._convert import is_array
from hyperslab._creation import asarray
from hyperslab._manipulation import atleast_1d

_ufunc = _ops.apply_ufunc


def _signed_infinity(name: str, x: Any, test: str) -> Array:
    a = asarray(x)
    if a.dtype.kind not in "biuf":
        raise TypeError(f"{name} is not defined for {a.dtype} values")
    return _ufunc("logical_and", (_ufunc("isinf", (a,)), _ufunc(test, (a, 0))))


def isposinf(x: Any) -> Array:
    """Whether each element is positive infinity.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.isposinf(da.array([1.0, float("inf")])).compute()
    array([False,  True])
    """
    return _signed_infinity("isposinf", x, "greater")


def isneginf(x: Any) -> Array:
    """Whether each element is negative infinity.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.isneginf(da.array([1.0, -float("inf")])).compute()
    array([False,  True])
    """
    return _signed_infinity("isneginf", x, "less")


def fix(x: Any) -> Array:
    """Each element rounded towards zero.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.fix(da.array([1.7, -1.7])).compute()
    array([ 1., -1.])
    """
    return _ufunc("trunc", (x,))


def isnull(values: Any) -> Array:
    """Whether each element is NaN or NaT.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.isnull(da.array([1.0, float("nan")])).compute()
    array([False,  True])
    """
    a = asarray(values)
    return _ufunc("isnat" if a.dtype.kind in "mM" else "isnan", (a,))


def notnull(values: Any) -> Array:
    """Whether each element is neither NaN nor NaT.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.notnull(da.array([1.0, float("nan")])).compute()
    array([ True, False])
    """
    return _ufunc("logical_not", (isnull(values),))


def common_type(*arrays: Any) -> type:
    """The floating or complex type that all arrays can be cast to.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.common_type(da.ones(2, dtype="f4"), da.arange(2))
    <class 'numpy.float64'>
    """
    return np.common_type(*(np.empty(0, asarray(a).dtype) for a in arrays))


def copy(a: Any, order: str = "K", subok: bool = False) -> Array:
    """The array itself: lazy arrays never change. NumPy data are copied.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.copy(da.arange(3)).compute()
    array([0, 1, 2])
    """
    return a if isinstance(a, Array) else asarray(np.array(a))


def ascontiguousarray(a: Any, dtype: Any = None) -> Array:
    """The argument as an array of at least one dimension; how it lies in memory is decided when it is computed."""
    return atleast_1d(asarray(a, dtype))


def asfortranarray(a: Any, dtype: Any = None) -> Array:
    """The argument as an array of at least one dimension; how it lies in memory is decided when it is computed."""
    return atleast_1d(asarray(a, dtype))


def require(a: Any, dtype: Any = None, requirements: Any = None) -> Array:
    """The argument as an array of a dtype; what is required of its memory has no meaning for a lazy array."""
    return asarray(a, dtype)


def real_if_close(a: Any, tol: float = 100) -> Array:
    """The array itself if it is real; of complex data in memory, the real part if the others are close to zero.

    Raises
    ------
    NotImplementedError
        For a lazy complex array: the dtype of the result depends on its elements.
    """
    x = asarray(a)
    if x.dtype.kind != "c":
        return x
    if is_array(a):
        raise NotImplementedError(
            "real_if_close of a lazy array: the dtype of the result depends on its elements: use hyperslab.real"
        )
    return asarray(np.real_if_close(a, tol))


def asarray_chkfinite(a: Any, dtype: Any = None, order: str | None = None) -> Array:
    """The argument as an array that raises when it is computed, if an element is infinite or missing.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.asarray_chkfinite([1.0, 2.0]).compute()
    array([1., 2.])
    """
    x = asarray(a, dtype)
    if x.dtype.kind not in "fc":
        return x
    return _calls.elementwise("asarray_chkfinite", np.asarray_chkfinite, [x], x.dtype)


def isfortran(a: Any) -> bool:
    """Whether the array, computed, lies in memory with the first axis fastest, and not also in C order.

    Examples
    --------
    >>> import hyperslab as da
    >>> import numpy as np
    >>> da.isfortran(da.from_array(np.ones((2, 3), order="F")) + 1), da.isfortran(da.ones((2, 3)))
    (True, False)
    """
    x = asarray(a)
    turned = x._expr.in_memory_order()
    if turned is None:
        return False
    return np.empty(turned[0].shape).transpose(turned[1]).flags.fnc


def may_share_memory(a: Any, b: Any, max_work: int | None = None) -> bool:
    """Whether two arrays may lie in the same memory: what lazy arrays compute lies in memory of its own.

    Examples
    --------
    >>> import hyperslab as da
    >>> x = da.ones(3)
    >>> da.may_share_memory(x, x)
    False
    """
    lazy = any(isinstance(x, Array) for x in (a, b))
    return False if lazy else np.may_share_memory(a, b, max_work)  # type: ignore[arg-type]


def shares_memory(a: Any, b: Any, max_work: int | None = None) -> bool:
    """Whether two arrays lie in the same memory: what lazy arrays compute lies in memory of its own.

    Examples
    --------
    >>> import hyperslab as da
    >>> x = da.ones(3)
    >>> da.shares_memory(x, x[1:])
    False
    """
    lazy = any(isinstance(x, Array) for x in (a, b))
    return False if lazy else np.shares_memory(a, b, max_work)  # type: ignore[arg-type]
