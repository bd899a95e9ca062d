"""Reductions and scans that skip masked elements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from hyperslab import _ops
from hyperslab._array import Array
from hyperslab._convert import constant
from hyperslab._creation import asarray, full
from hyperslab._manipulation import broadcast_to
from hyperslab._rows import apply_ufunc, scan, told_as
from hyperslab.ma._masked import MaskedArray
from hyperslab.ma._ufuncs import FUNCTIONS, inverse, lifted, split, through_numpy, union

_NO = np._NoValue  # type: ignore[attr-defined]


def masked(x: Any) -> MaskedArray:
    """Anything as a masked array."""
    if isinstance(x, MaskedArray):
        return x
    return lifted(x) if isinstance(x, np.ma.MaskedArray) else MaskedArray(asarray(x))


def _fold(name: str, x: Array, axis: Any, keepdims: Any, **options: Any) -> Array:
    return _ops.FUNCTIONS[name](x, axis=axis, keepdims=False if keepdims is _NO else bool(keepdims), **options)


def _hidden(a: MaskedArray, axis: Any, keepdims: Any) -> Array | None:
    """Where everything that is reduced to one element is masked."""
    return None if a._hidden is None else _fold("all", a._hidden, axis, keepdims)


def _no_out(name: str, out: Any) -> None:
    if out is not None:
        raise NotImplementedError(f"{name}: out= is not supported with masked arrays: use what is returned")


def _extreme(name: str, dtype: np.dtype) -> Any:
    """What takes the place of masked elements, and is no minimum or maximum."""
    return np.ma.minimum_fill_value(dtype) if name.endswith("min") else np.ma.maximum_fill_value(dtype)


def _filling(name: str, neutral: Any, takes_dtype: bool) -> Callable[..., MaskedArray]:
    """A reduction of the data filled with its neutral element."""

    def reduce(a: Any, axis: Any, dtype: Any, out: Any, keepdims: Any) -> MaskedArray:
        _no_out(name, out)
        x = masked(a)
        options = {"dtype": dtype} if takes_dtype else {}
        return MaskedArray(_fold(name, x.filled(neutral), axis, keepdims, **options), _hidden(x, axis, keepdims))

    def with_dtype(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False) -> MaskedArray:
        return reduce(a, axis, dtype, out, keepdims)

    def plain(a: Any, axis: Any = None, out: Any = None, keepdims: Any = False) -> MaskedArray:
        return reduce(a, axis, None, out, keepdims)

    return _told(with_dtype if takes_dtype else plain, name)


def _told(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    function.__name__ = function.__qualname__ = name
    function.__module__ = __name__
    function.__doc__ = (_ops.FUNCTIONS[name].__doc__ or "").partition("\n")[0] + " Masked elements are left out."
    return function


sum, prod = _filling("sum", 0, True), _filling("prod", 1, True)
any, all = _filling("any", False, False), _filling("all", True, False)


def _extremum(name: str) -> Callable[..., MaskedArray]:
    def reduce(a: Any, axis: Any = None, out: Any = None, fill_value: Any = None, keepdims: Any = False) -> MaskedArray:
        _no_out(name, out)
        x = masked(a)
        value = _extreme(name, x.dtype) if fill_value is None else fill_value
        return MaskedArray(_fold(name, x.filled(value), axis, keepdims), _hidden(x, axis, keepdims))

    return _told(reduce, name)


min, max = _extremum("min"), _extremum("max")


def _position(name: str) -> Callable[..., Array]:
    def reduce(a: Any, axis: Any = None, fill_value: Any = None, out: Any = None, *, keepdims: Any = False) -> Array:
        _no_out(name, out)
        x = masked(a)
        return _fold(name, x.filled(_extreme(name, x.dtype) if fill_value is None else fill_value), axis, keepdims)

    return _told(reduce, name)


argmin, argmax = _position("argmin"), _position("argmax")


def ptp(a: Any, axis: Any = None, out: Any = None, fill_value: Any = None, keepdims: Any = False) -> MaskedArray:
    """Highest less lowest element that is not masked.

    Examples
    --------
    >>> import hyperslab as da
    >>> int(da.ma.ptp(da.ma.masked_equal([1, 5, 99], 99)).compute())
    4
    """
    _no_out("ptp", out)
    high, low = (f(a, axis, None, fill_value, keepdims) for f in (max, min))
    return MaskedArray(apply_ufunc("subtract", (high.data, low.data)), high._hidden)


def count(a: Any, axis: Any = None, keepdims: Any = False) -> Array:
    """How many elements are not masked.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.ma.count(da.ma.masked_array([1, 2, 3], mask=[0, 1, 0])).compute()
    np.int64(2)
    """
    x = masked(a)
    if x.ndim == 0 and x._hidden is None and axis == 0:
        axis = None
    shown = full(x.shape, True, chunks=x.chunks) if x._hidden is None else inverse(x._hidden)
    return _fold("sum", shown, axis, keepdims, dtype=np.intp)


def _scan(name: str, neutral: int) -> Callable[..., MaskedArray]:
    def accumulate(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> MaskedArray:
        _no_out(name, out)
        x = masked(a)
        result = scan(name, x.filled(neutral), axis, dtype)
        hidden = x._hidden
        return MaskedArray(result, hidden.ravel() if hidden is not None and axis is None else hidden)

    return _told(accumulate, name)


cumsum, cumprod = _scan("cumsum", 0), _scan("cumprod", 1)


def mean(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False) -> MaskedArray:
    """Mean of the elements that are not masked.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.ma.masked_equal([1.0, 99.0, 2.0], 99).mean().compute()
    np.float64(1.5)
    """
    _no_out("mean", out)
    x = masked(a)
    if x._hidden is None:
        plain = _fold("mean", x.data, axis, keepdims, dtype=dtype)
        return MaskedArray(plain, _infinite(plain), x._fill)
    half = dtype is None and x.dtype == np.float16
    if dtype is None and (half or x.dtype.kind in "biu"):
        dtype = np.dtype("f4" if half else "f8")
    total, number = sum(x, axis, dtype, keepdims=keepdims), count(x, axis, keepdims)
    result: MaskedArray
    if total.ndim:
        result = FUNCTIONS["divide"](FUNCTIONS["multiply"](total, 1.0), number)
    else:
        none = apply_ufunc("equal", (number, 0))
        scaled = apply_ufunc("multiply", (total.data, 1.0))
        result = MaskedArray(told_as(apply_ufunc("divide", (scaled, number)), (scaled, number)), none)
    return result.astype(np.float16) if half else result


def _infinite(x: Array) -> Array | None:
    """Where the quotient of a sum and a count is infinite: outside of the domain of division."""
    return apply_ufunc("isinf", (x,)) if x.ndim and x.dtype.kind in "fc" else None


def anom(a: Any, axis: Any = None, dtype: Any = None) -> MaskedArray:
    """Distances from the mean along an axis.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.ma.anom(da.ma.masked_equal([1.0, 9.0, 3.0], 9)).compute()
    masked_array(data=[-1.0, --, 1.0],
                 mask=[False,  True, False],
           fill_value=9.0)
    """
    x = masked(a)
    m = mean(x, axis, dtype)
    if not axis:
        return x - m  # type: ignore[operator, no-any-return]
    return x - mean(x, axis, dtype, keepdims=True)  # type: ignore[operator, no-any-return]


anomalies = anom


def var(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: float = 0,
    keepdims: Any = False,
    mean: Any = _NO,
) -> MaskedArray:
    """Variance of the elements that are not masked; masked where `ddof` leaves none.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.ma.masked_equal([1.0, 99.0, 3.0], 99).var().compute()
    np.float64(1.0)
    """
    _no_out("var", out)
    x = masked(a)
    if x._hidden is None:
        given = {} if mean is _NO else {"mean": split(mean)[0]}
        plain = _fold("var", x.data, axis, keepdims, dtype=dtype, ddof=ddof, **given)
        centre = _fold("mean", x.data, axis, keepdims) if mean is _NO else plain
        fill = None if x.dtype.kind in "bc" else x._fill
        return MaskedArray(plain, union([_infinite(centre), _infinite(plain)], plain), fill)
    left = apply_ufunc("subtract", (count(x, axis, keepdims), ddof))
    away = x - (_MEAN(x, axis, dtype, keepdims=True) if mean is _NO else mean)  # type: ignore[operator]
    squares = _squared(away, x.dtype.kind == "c")
    result = FUNCTIONS["divide"](sum(squares, axis, keepdims=keepdims), left)
    if result.ndim:
        none = union([_hidden(x, axis, keepdims), apply_ufunc("less_equal", (left, 0))], result.data)
        return MaskedArray(result.data, none, x._fill)
    return result  # type: ignore[no-any-return]


def _squared(away: MaskedArray, absolute: bool) -> MaskedArray:
    """Squares in the same dtype, or those of absolute values."""
    if not absolute:
        return FUNCTIONS["multiply"](away, away).astype(away.dtype)  # type: ignore[no-any-return]
    size = through_numpy("absolute", _ops.FUNCTIONS["absolute"], (away,), {})
    return size**2  # type: ignore[no-any-return]


_MEAN = mean


def std(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: float = 0,
    keepdims: Any = False,
    mean: Any = _NO,
) -> MaskedArray:
    """Standard deviation of the elements that are not masked; parameters as those of `var`."""
    return FUNCTIONS["sqrt"](var(a, axis, dtype, out, ddof, keepdims))  # type: ignore[no-any-return]


def average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: Any = False) -> Any:
    """Weighted mean of the elements that are not masked.

    Parameters
    ----------
    a : array_like
        Array.
    axis : int or tuple of int, optional
        Axes to average over.
    weights : array_like, optional
        Of the shape of `a`, or of its lengths along `axis`.
    returned : bool
        Whether to return the sum of the weights too.

    Examples
    --------
    >>> import hyperslab as da
    >>> x = da.ma.masked_equal([1.0, 2.0, 99.0], 99)
    >>> da.ma.average(x, weights=[3, 1, 5]).compute()
    np.float64(1.25)
    """
    x = masked(a)
    axes = None if axis is None else normalize_axis_tuple(axis, x.ndim, argname="axis")
    if weights is None:
        result = mean(x, axes, keepdims=keepdims)
        total = MaskedArray(count(x, axes, keepdims).astype(result.dtype))
    else:
        w = _spread(masked(weights), x, axes)
        dtype = np.result_type(x.dtype, w.dtype, *(["f8"] if x.dtype.kind in "biu" else []))
        if x._hidden is not None:
            w = w * inverse(x._hidden)  # type: ignore[operator]
            w = MaskedArray(w.data, union([w._hidden, x._hidden], w.data))
        total = sum(w, axes, dtype, keepdims=keepdims)
        weighted = through_numpy("multiply", _ops.FUNCTIONS["multiply"], (x, w), {"dtype": dtype})
        result = _quotient(sum(weighted, axes, keepdims=keepdims), total)
    if not returned:
        return result
    if total.shape != result.shape:
        total = total.each(lambda part: broadcast_to(part, result.shape))
    return result, total


def _quotient(a: MaskedArray, b: MaskedArray) -> MaskedArray:
    if a.ndim:
        return FUNCTIONS["divide"](a, b)  # type: ignore[no-any-return]
    result = apply_ufunc("divide", (a.data, b.data))
    return MaskedArray(result, union([a._hidden, b._hidden], result))


def _spread(w: MaskedArray, x: MaskedArray, axes: tuple[int, ...] | None) -> MaskedArray:
    """Weights of some axes, beside the others."""
    if w.shape == x.shape:
        return w
    if axes is None:
        raise TypeError("Axis must be specified when shapes of a and weights differ.")
    if w.shape != tuple(x.shape[d] for d in axes):
        raise ValueError(f"Shape of weights {w.shape} must be consistent with shape {x.shape} along axis {axes}.")
    turned = w.each(lambda part: part.transpose(sorted(range(w.ndim), key=axes.__getitem__)))
    return turned[tuple(slice(None) if d in axes else None for d in range(x.ndim))]


def is_masked(x: Any) -> Array:
    """Whether any element is masked.

    Examples
    --------
    >>> import hyperslab as da
    >>> bool(da.ma.is_masked(da.ma.masked_array([1, 2], mask=[False, True])))
    True
    """
    hidden = split(x)[1]
    return Array(constant(False)) if hidden is None else _ops.FUNCTIONS["any"](hidden)


def allequal(a: Any, b: Any, fill_value: bool = True) -> Array:
    """Whether all elements are equal; `fill_value` says whether masked ones count as equal.

    Examples
    --------
    >>> import hyperslab as da
    >>> bool(da.ma.allequal(da.ma.masked_array([1, 2], mask=[False, True]), [1, 3]))
    True
    """
    (x, mx), (y, my) = split(a), split(b)
    same = apply_ufunc("equal", (asarray(x), asarray(y)))
    hidden = union([mx, my], same)
    if hidden is None:
        return _fold("all", same, None, False)
    if not fill_value:
        return Array(constant(False))
    return _fold("all", apply_ufunc("logical_or", (hidden, same)), None, False)


def allclose(a: Any, b: Any, masked_equal: bool = True, rtol: float = 1e-5, atol: float = 1e-8) -> Array:
    """Whether all elements are equal within a tolerance; `masked_equal` says whether masked ones count as equal.

    Examples
    --------
    >>> import hyperslab as da
    >>> bool(da.ma.allclose(da.ma.masked_array([1.0, 2.0], mask=[False, True]), [1.0, 3.0]))
    True
    """
    (x, mx), (y, my) = split(a), split(b)
    x, y = asarray(x), asarray(y)
    if y.dtype.kind != "m":
        y = y.astype(np.result_type(y.dtype, 1.0))
    away = apply_ufunc("absolute", (apply_ufunc("subtract", (x, y)),))
    bound = apply_ufunc("add", (apply_ufunc("multiply", (apply_ufunc("absolute", (y,)), rtol)), atol))
    hidden = union([mx, my], away)
    infinite, other = (MaskedArray(apply_ufunc("isinf", (v,)), m) for v, m in ((x, hidden), (y, my)))
    places = apply_ufunc("equal", (infinite.filled(False), other.filled(False)))
    near = apply_ufunc("less_equal", (away, bound))
    close = apply_ufunc("where", (infinite.filled(False), apply_ufunc("equal", (x, y)), near))
    close = MaskedArray(close, hidden).filled(masked_equal)
    return _fold("all", apply_ufunc("logical_and", (places, close)), None, False)


METHODS = {
    f.__name__: f
    for f in (sum, prod, any, all, min, max, ptp, argmin, argmax, count, cumsum, cumprod, mean, var, std, anom)
}

for _name, _function in METHODS.items():
    setattr(MaskedArray, _name, _ops._as_method(_name, _function))  # type: ignore[attr-defined]
