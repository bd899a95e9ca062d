"""Elementwise functions and summaries that are compositions of the rows of the tables."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from hyperslab import _ops
from hyperslab._array import Array
from hyperslab._creation import asarray, full_like, zeros
from hyperslab._join import concatenate
from hyperslab._manipulation import atleast_1d

_ufunc = _ops.apply_ufunc


def _reduce(name: str, a: Any, axis: Any = None, keepdims: bool = False) -> Array:
    return _ops.FUNCTIONS[name](a, axis=axis, keepdims=keepdims)


def where(condition: Any, x: Any = None, y: Any = None, /) -> Array:
    """Elements of `x` where the condition is true, of `y` elsewhere.

    Parameters
    ----------
    condition, x, y : array_like
        Shapes broadcast.

    Raises
    ------
    NotImplementedError
        Without `x` and `y`: how many positions there are is not known before computing.

    Examples
    --------
    >>> import hyperslab as da
    >>> x = da.arange(4)
    >>> da.where(x > 1, x, 0).compute()
    array([0, 0, 2, 3])
    """
    if x is None and y is None:
        raise NotImplementedError(
            "where with one argument gives arrays whose shape is not known before computing: use "
            "numpy.where(condition.compute())"
        )
    if x is None or y is None:
        raise ValueError("either both or neither of x and y should be given")
    return _ufunc("where", (condition, x, y))


def diff(a: Any, n: int = 1, axis: int = -1) -> Array:
    """Differences of neighbours along an axis, `n` times.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.diff(da.array([1, 4, 9, 16])).compute()
    array([3, 5, 7])
    """
    x = asarray(a)
    if n < 0:
        raise ValueError(f"order must be non-negative but got {n!r}")
    if x.ndim == 0:
        raise ValueError("diff requires input that is at least one dimensional")
    axis = normalize_axis_index(axis, x.ndim)
    before = (slice(None),) * axis
    name = "not_equal" if x.dtype == bool else "subtract"
    for _ in range(n):
        x = _ufunc(name, (x[(*before, slice(1, None))], x[(*before, slice(None, -1))]))
    return x


def _cumulative(name: str, x: Any, axis: Any, dtype: Any, out: Any, include_initial: bool, initial: int) -> Array:
    if out is not None:
        raise NotImplementedError(f"{name}: out= needs a place to write to: use hyperslab.store(result, target)")
    a = atleast_1d(x)
    if axis is None and a.ndim > 1:
        raise ValueError("For arrays which have more than one dimension ``axis`` argument is required.")
    axis = normalize_axis_index(0 if axis is None else axis, a.ndim)
    result = _ops.scan(name, a, axis, dtype)
    if not include_initial:
        return result
    edge = (*result.shape[:axis], 1, *result.shape[axis + 1 :])
    return concatenate([full_like(result, initial, shape=edge), result], axis=axis)


def cumulative_sum(
    x: Any, /, *, axis: int | None = None, dtype: Any = None, out: None = None, include_initial: bool = False
) -> Array:
    """Sum of the elements up to each one.

    Parameters
    ----------
    x : array_like
        Array.
    axis : int, optional
        Axis to go along; may be left out if there is one only.
    dtype : dtype, optional
        Dtype to accumulate in.
    include_initial : bool
        Whether results start with the sum of nothing, and are one more.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.cumulative_sum(da.array([3, 1, 4]), include_initial=True).compute()
    array([0, 3, 4, 8])
    """
    return _cumulative("cumsum", x, axis, dtype, out, include_initial, 0)


def cumulative_prod(
    x: Any, /, *, axis: int | None = None, dtype: Any = None, out: None = None, include_initial: bool = False
) -> Array:
    """Product of the elements up to each one; parameters as those of `cumulative_sum`.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.cumulative_prod(da.array([3, 1, 4])).compute()
    array([ 3,  3, 12])
    """
    return _cumulative("cumprod", x, axis, dtype, out, include_initial, 1)


def real(val: Any) -> Array:
    """Real part.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.real(da.array([1 + 2j])).compute()
    array([1.])
    """
    x = asarray(val)
    return x if x.dtype.kind != "c" else Array(x._expr.astype(x.dtype.type(0).real.dtype.name, "unsafe"))


def imag(val: Any) -> Array:
    """Imaginary part.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.imag(da.array([1 + 2j])).compute()
    array([2.])
    """
    x = asarray(val)
    return zeros(x.shape, x.dtype, x.chunks) if x.dtype.kind != "c" else _ufunc("imag", (x,))


def angle(z: Any, deg: bool = False) -> Array:
    """Angle of complex numbers, in radians or degrees."""
    x = asarray(z)
    a = _ufunc("arctan2", (imag(x), real(x)))
    return a * (180 / np.pi) if deg else a  # type: ignore[operator]


def iscomplex(x: Any) -> Array:
    """Whether the imaginary part of each element is not zero."""
    return _ufunc("not_equal", (imag(x), 0))


def isreal(x: Any) -> Array:
    """Whether the imaginary part of each element is zero."""
    return _ufunc("equal", (imag(x), 0))


def clip(a: Any, a_min: Any = None, a_max: Any = None, out: None = None, *, min: Any = None, max: Any = None) -> Array:
    """Elements limited to a range.

    Parameters
    ----------
    a : array_like
        Array.
    a_min, a_max : array_like, optional
        Lowest and highest value; either may be left out. Also under NumPy's names ``min`` and ``max``.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.clip(da.arange(6), 1, 4).compute()
    array([1, 1, 2, 3, 4, 4])
    """
    if out is not None:
        raise NotImplementedError("clip: out= is not supported: use hyperslab.store(result, target)")
    if (min is not None and a_min is not None) or (max is not None and a_max is not None):
        raise ValueError("Passing `min` or `max` keyword argument when `a_min` and `a_max` are provided is forbidden.")
    low, high = (a_min if min is None else min), (a_max if max is None else max)
    x = asarray(a)
    if low is not None and high is not None and "clip" in _ops.UFUNCS:
        return _ufunc("clip", (x, low, high))
    if low is not None:
        x = _ufunc("maximum", (x, low))
    return x if high is None else _ufunc("minimum", (x, high))


def round(a: Any, decimals: int = 0, out: None = None) -> Array:
    """Elements rounded to a number of decimals, halves to even.

    Parameters
    ----------
    a : array_like
        Array.
    decimals : int
        Decimals to keep; negative ones round to tens, hundreds and so on.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.round(da.array([1.234, 5.678]), 1).compute()
    array([1.2, 5.7])
    """
    if out is not None:
        raise NotImplementedError("round: out= is not supported: use hyperslab.store(result, target)")
    x, places = asarray(a), int(decimals.__index__())
    if x.dtype.kind in "iu":
        if places >= 0:
            return x
        power = 10**-places
        tens = _ufunc("rint", (_ufunc("true_divide" if "true_divide" in _ops.UFUNCS else "divide", (x, power)),))
        return _ufunc("multiply", (tens, power)).astype(x.dtype)
    if places == 0:
        return _ufunc("rint", (x,)) if x.dtype.kind != "b" else _ufunc("rint", (x,)).astype(np.float16)
    scale = 10.0 ** abs(places)
    there, back = ("multiply", "divide") if places > 0 else ("divide", "multiply")
    return _ufunc(back, (_ufunc("rint", (_ufunc(there, (x, scale)),)), scale))


around = round


def isclose(a: Any, b: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Array:
    """Whether elements are equal within a tolerance: ``abs(a - b) <= atol + rtol * abs(b)``.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.isclose(da.array([1.0, 2.0]), [1.0, 2.1]).compute()
    array([ True, False])
    """
    x, y = asarray(a), asarray(b)
    if y.dtype.kind != "m":
        y = y.astype(np.result_type(y.dtype, 1.0))
    near = _ufunc("less_equal", (abs(x - y), atol + rtol * abs(y)))  # type: ignore[operator, arg-type]
    close = (near & _ufunc("isfinite", (y,))) | (x == y)  # type: ignore[operator]
    if equal_nan:
        close = close | (_ufunc("isnan", (x,)) & _ufunc("isnan", (y,)))
    return close


def allclose(a: Any, b: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Array:
    """Whether all elements are equal within a tolerance; see `isclose`."""
    return _reduce("all", isclose(a, b, rtol, atol, equal_nan))


def array_equal(a1: Any, a2: Any, equal_nan: bool = False) -> Array:
    """Whether two arrays have the same shape and elements."""
    x, y = asarray(a1), asarray(a2)
    if x.shape != y.shape:
        return asarray(False)
    same = _ufunc("equal", (x, y))
    if equal_nan and "f" in x.dtype.kind + y.dtype.kind:
        same = same | (_ufunc("isnan", (x,)) & _ufunc("isnan", (y,)))  # type: ignore[operator]
    return _reduce("all", same)


def nan_to_num(
    x: Any, copy: bool = True, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None
) -> Array:
    """NaN and infinities replaced by numbers: zero and the largest ones if not given.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.nan_to_num(da.array([float("nan"), 1.0])).compute()
    array([0., 1.])
    """
    a = asarray(x)
    if a.dtype.kind == "c":
        raise NotImplementedError("nan_to_num of complex numbers is not supported: treat .real and .imag apart")
    if a.dtype.kind != "f":
        return a
    limits = np.finfo(a.dtype)
    high = limits.max if posinf is None else posinf
    low = limits.min if neginf is None else neginf
    a = where(_ufunc("isnan", (a,)), np.asarray(nan, a.dtype), a)
    a = where(_ufunc("equal", (a, np.inf)), np.asarray(high, a.dtype), a)
    return where(_ufunc("equal", (a, -np.inf)), np.asarray(low, a.dtype), a)


def ptp(a: Any, axis: Any = None, out: None = None, keepdims: bool = False) -> Array:
    """Highest less lowest element.

    Examples
    --------
    >>> import hyperslab as da
    >>> int(da.ptp(da.arange(5)))
    4
    """
    if out is not None:
        raise NotImplementedError("ptp: out= is not supported: use hyperslab.store(result, target)")
    x = asarray(a)
    return _ufunc("subtract", (_reduce("max", x, axis, keepdims), _reduce("min", x, axis, keepdims)))


def average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: bool = False) -> Any:
    """Weighted mean.

    Parameters
    ----------
    a : array_like
        Array.
    axis : int or tuple of int, optional
        Axes to average over.
    weights : array_like, optional
        Of the shape of `a`, or one per position along an `axis`.
    returned : bool
        Whether to return the sum of the weights too.

    Examples
    --------
    >>> import hyperslab as da
    >>> float(da.average(da.arange(4), weights=[1, 1, 1, 5]))
    2.25
    """
    x = asarray(a)
    if weights is None:
        mean = _reduce("mean", x, axis, keepdims)
        count = x.size // max(mean.size, 1)
        return (mean, full_like(mean, count)) if returned else mean
    w = asarray(weights)
    dtype = np.result_type(x.dtype, w.dtype, *(["f8"] if x.dtype.kind in "biu" else []))
    if w.shape != x.shape:
        if axis is None:
            raise TypeError("Axis must be specified when shapes of a and weights differ.")
        if w.ndim != 1 or isinstance(axis, tuple) or w.shape[0] != x.shape[normalize_axis_index(axis, x.ndim)]:
            raise ValueError(f"Shape of weights {w.shape} must be consistent with shape {x.shape} along axis {axis}.")
        w = w[tuple(slice(None) if d == axis % x.ndim else None for d in range(x.ndim))]
        w = _ufunc("multiply", (w, full_like(x, 1, w.dtype)))
    total = _ops.FUNCTIONS["sum"](w, axis=axis, dtype=dtype, keepdims=keepdims)
    weighted = _ufunc("multiply", (x.astype(dtype), w.astype(dtype)))
    mean = _ufunc("divide", (_reduce("sum", weighted, axis, keepdims), total))
    return (mean, total) if returned else mean


def divmod(x1: Any, x2: Any, /) -> tuple[Array, Array]:
    """Floor quotient and remainder."""
    return _ufunc("floor_divide", (x1, x2)), _ufunc("remainder", (x1, x2))
