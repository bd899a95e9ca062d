"""Elementwise functions and summaries that are compositions of the rows of the tables."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from hyperslab import _ops, _outputs
from hyperslab._array import Array
from hyperslab._creation import asarray, full_like, zeros
from hyperslab._join import concatenate
from hyperslab._manipulation import atleast_1d, broadcast_to
from hyperslab._rows import told_as

_ufunc = _ops.apply_ufunc


def given(value: Any) -> bool:
    """Whether an optional argument was given."""
    return value is not None and value is not np._NoValue  # type: ignore[attr-defined]


def _reduce(name: str, a: Any, axis: Any = None, keepdims: bool = False) -> Array:
    return _ops.FUNCTIONS[name](a, axis=axis, keepdims=keepdims)


def where(condition: Any, x: Any = None, y: Any = None, /) -> Any:
    """Elements of `x` where the condition is true, of `y` elsewhere.

    Parameters
    ----------
    condition, x, y : array_like
        Shapes broadcast. Without `x` and `y` the result is ``nonzero(condition)``.

    Raises
    ------
    ValueError
        If only one of `x` and `y` is given.

    Examples
    --------
    >>> import hyperslab as da
    >>> x = da.arange(4)
    >>> da.where(x > 1, x, 0).compute()
    array([0, 0, 2, 3])
    """
    if x is None and y is None:
        return asarray(condition).nonzero()
    if x is None or y is None:
        raise ValueError("either both or neither of x and y should be given")
    x, y = _wrapped(x, y), _wrapped(y, x)
    # A number as the condition counts by its truth, imaginary part included.
    return _ufunc("where", (bool(condition) if isinstance(condition, complex) else condition, x, y))


def _wrapped(value: Any, beside: Any) -> Any:
    """A Python integer beside an array of integers, as an element of it: NumPy's `where` wraps what does not fit."""
    dtype = getattr(beside, "dtype", None)
    if type(value) is not int or dtype is None or dtype.kind not in "iu" or not -(2**63) <= value < 2**64:
        return value
    return np.array(value % 2**64, np.uint64).astype(dtype)


def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Array:
    """Differences of neighbours along an axis, `n` times.

    Parameters
    ----------
    a : array_like
        Array.
    n : int
        How often.
    axis : int
        Axis.
    prepend, append : array_like, optional
        What stands before and after the elements; numbers stand for one position.

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
    if n > 0 and (given(prepend) or given(append)):
        edges = [asarray(v) if given(v) else None for v in (prepend, append)]
        one = (*x.shape[:axis], 1, *x.shape[axis + 1 :])
        first, last = (broadcast_to(e, one) if e is not None and e.ndim == 0 else e for e in edges)
        x = concatenate([part for part in (first, x, last) if part is not None], axis=axis)
    name = "not_equal" if x.dtype == bool else "subtract"
    for _ in range(n):
        x = _ufunc(name, (x[(*before, slice(1, None))], x[(*before, slice(None, -1))]))
    return x


def _cumulative(name: str, x: Any, axis: Any, dtype: Any, out: Any, include_initial: bool, initial: int) -> Array:
    a = atleast_1d(x)
    if axis is None and a.ndim > 1:
        raise ValueError("For arrays which have more than one dimension ``axis`` argument is required.")
    axis = normalize_axis_index(0 if axis is None else axis, a.ndim)
    result = _ops.scan(name, a, axis, dtype)
    if include_initial:
        edge = (*result.shape[:axis], 1, *result.shape[axis + 1 :])
        result = concatenate([full_like(result, initial, shape=edge), result], axis=axis)
    return _outputs.deliver(result, _outputs.single(out), name)


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
    if x.dtype.kind == "b":
        x = x.astype(float)
    a = _ufunc("arctan2", (imag(x), real(x)))
    return a * (180 / np.pi) if deg else a  # type: ignore[operator]


def iscomplex(x: Any) -> Array:
    """Whether the imaginary part of each element is not zero."""
    return _ufunc("not_equal", (imag(x), 0))


def isreal(x: Any) -> Array:
    """Whether the imaginary part of each element is zero."""
    return _ufunc("equal", (imag(x), 0))


def _bound(x: Array, value: Any, lowest: bool) -> Any:
    """A bound; a Python integer beyond what the dtype holds on the side where it bounds nothing is none."""
    if not isinstance(value, int) or x.dtype.kind not in "iu":
        return value
    limits = np.iinfo(x.dtype)
    return None if (value < limits.min if lowest else value > limits.max) else value


def clip(
    a: Any,
    min: Any = None,
    max: Any = None,
    out: Any = None,
    *,
    a_min: Any = None,
    a_max: Any = None,
    where: Any = True,
    dtype: Any = None,
    casting: str = "same_kind",
) -> Array:
    """Elements limited to a range.

    Parameters
    ----------
    a : array_like
        Array.
    min, max : array_like, optional
        Lowest and highest value; either may be left out. Also under NumPy's other names ``a_min`` and ``a_max``.
    out : numpy.ndarray or Array, optional
        Memory to fill, or an array that becomes the result.
    where, dtype, casting
        As those of ufuncs.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.clip(da.arange(6), 1, 4).compute()
    array([1, 1, 2, 3, 4, 4])
    """
    if (min is not None and a_min is not None) or (max is not None and a_max is not None):
        raise ValueError("Passing `min` or `max` keyword argument when `a_min` and `a_max` are provided is forbidden.")
    low, high = (a_min if min is None else min), (a_max if max is None else max)
    x = asarray(a)
    low, high = _bound(x, low, lowest=True), _bound(x, high, lowest=False)
    options = {"out": out, "where": where, "dtype": dtype, "casting": casting}
    if low is not None and high is not None:
        return _outputs.call("clip", (x, low, high), **options)
    if low is not None:
        return _outputs.call("maximum", (x, low), **options)
    if high is not None:
        return _outputs.call("minimum", (x, high), **options)
    return _outputs.call("positive", (x,), **options) if x.dtype.kind != "b" else _outputs.deliver(x, out, "clip")


def round(a: Any, decimals: int = 0, out: Any = None) -> Array:
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
    return _outputs.deliver(_rounded(asarray(a), operator.index(decimals)), _outputs.single(out), "round", "unsafe")


def _rounded(x: Array, places: int) -> Array:
    if x.dtype.kind in "iu":
        if places >= 0:
            return x
        power = 10**-places
        if power > np.iinfo(x.dtype).max:
            return zeros(x.shape, x.dtype, x.chunks)
        tens = _ufunc("rint", (_ufunc("true_divide" if "true_divide" in _ops.UFUNCS else "divide", (x, power)),))
        return _ufunc("multiply", (tens, power)).astype(x.dtype)
    if places == 0:
        return _ufunc("rint", (x,)) if x.dtype.kind != "b" else _ufunc("rint", (x,)).astype(np.float16)
    scale = 10.0 ** abs(places) if abs(places) <= 308 else np.inf
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
    return told_as(close, (x, y))  # Infinities are subtracted, which NumPy keeps to itself.


def allclose(a: Any, b: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Array:
    """Whether all elements are equal within a tolerance; see `isclose`."""
    return _reduce("all", isclose(a, b, rtol, atol, equal_nan))


def array_equal(a1: Any, a2: Any, equal_nan: bool = False) -> Array:
    """Whether two arrays have the same shape and elements."""
    x, y = asarray(a1), asarray(a2)
    if x.shape != y.shape:
        return asarray(False)
    same = x == y
    if equal_nan and all(d.kind in "fcmM" for d in (x.dtype, y.dtype)):
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
        parts = (nan_to_num(part(a), copy, nan, posinf, neginf) for part in (real, imag))
        re, im = (part.astype(a.dtype) for part in parts)
        # A product with the imaginary unit would make NaN of an infinite part.
        turned = _ufunc("where", (_ufunc("isfinite", (im,)), im * 1j, full_like(im, complex(0, np.inf))))
        return re + turned
    if a.dtype.kind != "f":
        return a
    limits = np.finfo(a.dtype)
    high = limits.max if posinf is None else posinf
    low = limits.min if neginf is None else neginf
    fixed = a
    # Each test is of what there was: a replacement may be infinite itself.
    for test, value in (("isnan", nan), (np.inf, high), (-np.inf, low)):
        found = _ufunc("isnan", (a,)) if test == "isnan" else _ufunc("equal", (a, test))
        fixed = where(found, asarray(value).astype(a.dtype), fixed)
    return fixed


def ptp(a: Any, axis: Any = None, out: Any = None, keepdims: bool = False) -> Array:
    """Highest less lowest element.

    Examples
    --------
    >>> import hyperslab as da
    >>> int(da.ptp(da.arange(5)))
    4
    """
    x = asarray(a)
    result = _ufunc("subtract", (_reduce("max", x, axis, keepdims), _reduce("min", x, axis, keepdims)))
    return _outputs.deliver(result, _outputs.single(out), "ptp")


def average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: bool = False) -> Any:
    """Weighted mean.

    Parameters
    ----------
    a : array_like
        Array.
    axis : int or tuple of int, optional
        Axes to average over.
    weights : array_like, optional
        Of the shape of `a`, or of its lengths along `axis`, in the order in which that names them.
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
        axes = normalize_axis_tuple(axis, x.ndim)
        if w.shape != tuple(x.shape[d] for d in axes):
            raise ValueError(f"Shape of weights {w.shape} must be consistent with shape {x.shape} along axis {axis}.")
        w = w.transpose(sorted(range(w.ndim), key=axes.__getitem__))
        w = w[tuple(slice(None) if d in axes else None for d in range(x.ndim))]
        w = _ufunc("multiply", (w, full_like(x, 1, w.dtype)))
    total = _ops.FUNCTIONS["sum"](w, axis=axis, dtype=dtype, keepdims=keepdims)
    weighted = _ufunc("multiply", (x.astype(dtype), w.astype(dtype)))
    mean = _ufunc("divide", (_reduce("sum", weighted, axis, keepdims), total))
    return (mean, total) if returned else mean


def _several(
    names: tuple[str, str], operands: tuple[Any, ...], out: Any, options: dict[str, Any], told: str | None = None
) -> tuple[Any, Any]:
    """A ufunc of two results: a row for each; warnings call them `told`."""
    outs = (None, None) if out is None else tuple(out)
    if len(outs) != 2:
        raise ValueError("The 'out' tuple must have exactly one entry per ufunc output")
    first, second = (told_as(_outputs.call(name, operands, **options), operands, told) for name in names)
    if "where" in options and out is not None:
        raise NotImplementedError(f"{names}: where= with out= is not supported: use hyperslab.where on each result")
    return tuple(_outputs.deliver(r, o, n, stretch=True) for r, o, n in zip((first, second), outs, names))  # type: ignore[return-value]


def divmod(x1: Any, x2: Any, /, *, out: Any = None, **options: Any) -> tuple[Array, Array]:
    """Floor quotient and remainder.

    Examples
    --------
    >>> import hyperslab as da
    >>> quotient, rest = da.divmod(da.array([7, -7]), 3)
    >>> quotient.compute(), rest.compute()
    (array([ 2, -3]), array([1, 2]))
    """
    return _several(("floor_divide", "remainder"), (x1, x2), out, options, "divmod")


def modf(x: Any, /, *, out: Any = None, **options: Any) -> tuple[Array, Array]:
    """Fractional and integral parts, both with the sign of the element.

    Examples
    --------
    >>> import hyperslab as da
    >>> fraction, whole = da.modf(da.array([-2.5]))
    >>> fraction.compute(), whole.compute()
    (array([-0.5]), array([-2.]))
    """
    return _several(("modf.fraction", "modf.whole"), (x,), out, options)


def frexp(x: Any, /, *, out: Any = None, **options: Any) -> tuple[Array, Array]:
    """Mantissas, at least 1/2 and below 1, and exponents of 2.

    Examples
    --------
    >>> import hyperslab as da
    >>> mantissa, exponent = da.frexp(da.array([12.0]))
    >>> mantissa.compute(), exponent.compute()
    (array([0.75]), array([4], dtype=int32))
    """
    return _several(("frexp.mantissa", "frexp.exponent"), (x,), out, options)
