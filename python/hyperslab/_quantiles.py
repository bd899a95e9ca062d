"""Medians, quantiles and percentiles."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from hyperslab import _native, _ops, _outputs
from hyperslab._array import Array
from hyperslab._creation import arange, asarray
from hyperslab._join import stack
from hyperslab._manipulation import broadcast_to, moveaxis
from hyperslab._numeric import where
from hyperslab._sorting import argsort, take_along_axis

_ufunc = _ops.apply_ufunc


def _mean(x: Array, axis: Any, name: str = "mean") -> Array:
    return _ops.FUNCTIONS[name](x, axis=axis)


def _lanes(x: Array, axis: Any) -> tuple[Array, int, tuple[int, ...]]:
    """The array with the axes joined to one, which one that is, and which they were."""
    if axis is None:
        return x.ravel(), 0, tuple(range(x.ndim))
    axes = normalize_axis_tuple(axis, x.ndim)
    if len(axes) == 1:
        return x, axes[0], axes
    kept = [d for d in range(x.ndim) if d not in axes]
    shape = [x.shape[d] for d in kept]
    joined = moveaxis(x, kept, range(len(kept))).reshape(*shape, math.prod(x.shape[d] for d in axes))
    return joined, len(kept), axes


def _finish(result: Array, x: Array, axes: tuple[int, ...], keepdims: Any, out: Any, name: str) -> Any:
    if keepdims and keepdims is not np._NoValue:  # type: ignore[attr-defined]
        result = result[(..., *(None if d in axes else slice(None) for d in range(x.ndim)))]
    return _outputs.deliver(result, _outputs.single(out), name)


def _quantiles(x: Array, axis: int, q: list[float], method: str, skip: bool = False, weak: bool = True) -> Array:
    return Array(_native.quantile(x._expr, axis, q, method, skip, weak))


def _weights(name: str, x: Array, weights: Any, axis: Any, method: str) -> Array:
    """Weights of all elements, checked as NumPy checks them: that takes their values."""
    if method != "inverted_cdf":
        raise ValueError(f"Only method 'inverted_cdf' supports weights. Got: {method}.")
    if isinstance(weights, Array):
        raise NotImplementedError(
            f"{name}: weights are checked before the plan is made: compute them, weights.compute()"
        )
    w = np.asarray(weights)
    if w.shape != x.shape:
        if axis is None:
            raise TypeError("Axis must be specified when shapes of a and weights differ.")
        axes = normalize_axis_tuple(axis, x.ndim)
        if w.shape != tuple(x.shape[d] for d in axes):
            raise ValueError(
                f"Shape of weights must be consistent with shape of a along specified axis: {w.shape} for axes {axes} "
                f"of {x.shape}"
            )
        w = w.transpose(np.argsort(axes)).reshape([n if d in axes else 1 for d, n in enumerate(x.shape)])
    if np.any(w < 0):
        raise ValueError("Weights must be non-negative.")
    totals = w.sum(None if axis is None else normalize_axis_tuple(axis, x.ndim), np.float64)
    if x.size and not np.all(np.isfinite(totals) & (totals > 0)):
        raise ValueError("Weights included NaN, inf or were all zero.")
    return broadcast_to(asarray(w), x.shape)


def _weighted(lanes: Array, axis: int, weights: Array, levels: np.ndarray, skip: bool) -> Array:
    """Of each lane the first element at which the share of the weights up to it reaches a quantile."""
    count = lanes.shape[axis]
    if count == 0:
        raise IndexError(f"index -1 is out of bounds for axis 0 with size 0: weighted quantiles of shape {lanes.shape}")
    order = argsort(lanes, axis)
    ordered, weights = take_along_axis(lanes, order, axis), take_along_axis(weights, order, axis)
    missing = _ufunc("not_equal", (ordered, ordered))
    if skip:
        weights = where(missing, np.zeros((), weights.dtype), weights)
    sums = _ops.FUNCTIONS["cumsum"](weights, axis=axis, dtype=np.float64)
    total = sums[(slice(None),) * axis + (slice(-1, None),)]
    shares = _ufunc("divide", (sums, total))
    if levels.dtype.kind == "f":
        shares = shares.astype(levels.dtype)
    # An element of no weight before all others is no quantile, that of 0 neither.
    shares = where(_ufunc("equal", (shares, 0)), np.asarray(-1, shares.dtype), shares)
    known: Any = count
    if skip:
        present = _ops.FUNCTIONS["count_nonzero"](~missing, axis=axis, keepdims=True)  # type: ignore[operator]
        known = _ufunc("maximum", (present, 1))
    found = []
    for q in levels.reshape(-1):
        before = _ops.FUNCTIONS["count_nonzero"](_ufunc("less", (shares, q)), axis=axis, keepdims=True)
        found.append(_element(ordered, _ufunc("minimum", (before, _ufunc("subtract", (known, 1)))), axis))
    last = ordered[(slice(None),) * axis + (slice(-1, None),)]
    undefined = _ufunc("equal", (total, 0)) if skip else _ufunc("not_equal", (last, last))
    if lanes.dtype.kind in "fmM":
        found = [where(undefined, last, x) for x in found]
    return stack([x.squeeze(axis) for x in found]) if found else lanes[(slice(None),) * axis + (0,)][None][:0]


def _element(x: Array, place: Array, axis: int) -> Array:
    """Of each lane the element at a place: the largest of those that are there, so that no lane is held whole."""
    line = arange(x.shape[axis], dtype=np.int64).reshape((-1,) + (1,) * (x.ndim - axis - 1))
    low = np.array(False) if x.dtype.kind == "b" else np.array(_lowest(x.dtype), x.dtype)
    return _ops.FUNCTIONS["max"](x, axis=axis, keepdims=True, where=_ufunc("equal", (line, place)), initial=low)


def _lowest(dtype: np.dtype) -> Any:
    if dtype.kind == "f":
        return -np.inf
    # The lowest number of times is none of them.
    return np.iinfo(np.int64).min + 1 if dtype.kind in "mM" else np.iinfo(dtype).min


def _levels(name: str, q: Any, scale: float) -> np.ndarray:
    """Quantiles as an array in memory, between 0 and 1."""
    if isinstance(q, Array):
        raise NotImplementedError(f"{name}: q is needed before the plan is made: compute it first, q.compute()")
    levels = np.asarray(q) if scale == 1 else np.asarray(np.true_divide(q, scale))
    if levels.ndim > 2:
        raise ValueError("q must be a scalar or 1d")
    if levels.dtype.kind == "c" or not (np.all(levels >= 0) and np.all(levels <= 1)):
        what = "Quantiles must be in the range [0, 1]" if scale == 1 else "Percentiles must be in the range [0, 100]"
        raise ValueError(f"{what}, not {q!r}")
    return levels


def _estimate(
    name: str, a: Any, q: Any, scale: float, axis: Any, out: Any, method: str, keepdims: Any, weights: Any
) -> Any:
    x = asarray(a)
    if x.dtype.kind == "c":
        raise TypeError(f"{name}: a must be an array of real numbers, not {x.dtype}")
    levels, skip = _levels(name, q, scale), name.startswith("nan")
    lanes, along, axes = _lanes(x, axis)
    w = None if weights is None else _weights(name, x, weights, axis, method)
    if skip and x.size == 0:
        return _finish(_mean(lanes, along, "nanmean"), x, axes, keepdims, out, name)
    if w is not None:
        shares, _, _ = _lanes(w, axis)
        made = _weighted(lanes, along, shares, levels, skip)
        return _finish(made.reshape(*levels.shape, *made.shape[1:]), x, axes, keepdims, out, name)
    if lanes.shape[along] == 0:
        raise IndexError(f"index -1 is out of bounds for axis 0 with size 0: {name} along {axis} of shape {x.shape}")
    weak = type(q) in (int, float)
    if method == "linear" and levels.dtype.kind in "iub":
        method = "lower"  # The ends are elements, not between any.
    made = _quantiles(lanes, along, [float(v) for v in levels.reshape(-1)], method, skip, weak)
    if not weak and made.dtype == np.float64 and x.dtype.kind == "f" and levels.dtype.kind == "f":
        made = made.astype(np.result_type(x.dtype, levels.dtype))
    made = made.reshape(*levels.shape, *made.shape[1:])
    return _finish(made, x, axes, keepdims, out, name)


def quantile(
    a: Any,
    q: Any,
    axis: Any = None,
    out: Any = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    *,
    weights: Any = None,
) -> Array:
    """Quantiles along axes: what a share `q` of the elements lies below.

    Parameters
    ----------
    a : array_like
        Real numbers or times.
    q : float or array_like of float
        Shares between 0 and 1, in memory. Its axes are the first ones of the result.
    axis : int or tuple of int, optional
        Axes whose elements count together; all if not given. Lanes along them that do not fit the memory limit are
        read several times instead.
    out : numpy.ndarray or Array, optional
        Memory to fill, or an array that becomes the result.
    overwrite_input : bool
        Without effect.
    method : str
        How quantiles between two elements are estimated; the names are those of `numpy.quantile`.
    keepdims : bool
        Whether axes stay, with length 1.
    weights : array_like, optional
        Weights of the elements, in memory: of the array's shape, or of the lengths of `axis`. For the method
        ``"inverted_cdf"`` alone.

    Raises
    ------
    ValueError
        For shares out of bounds, or another method.
    TypeError
        For complex numbers, and booleans that would be interpolated.
    IndexError
        If there are no elements.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.quantile(da.arange(5), [0.25, 0.5]).compute()
    array([1., 2.])
    """
    return _estimate("quantile", a, q, 1, axis, out, method, keepdims, weights)


def percentile(
    a: Any,
    q: Any,
    axis: Any = None,
    out: Any = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    *,
    weights: Any = None,
) -> Array:
    """Percentiles along axes: `quantile` of shares in percent; parameters as those.

    Examples
    --------
    >>> import hyperslab as da
    >>> float(da.percentile(da.arange(5), 25))
    1.0
    """
    return _estimate("percentile", a, q, 100, axis, out, method, keepdims, weights)


def nanquantile(
    a: Any,
    q: Any,
    axis: Any = None,
    out: Any = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    *,
    weights: Any = None,
) -> Array:
    """`quantile` of the elements that are not NaN; parameters as those.

    Examples
    --------
    >>> import hyperslab as da
    >>> float(da.nanquantile(da.array([1.0, float("nan"), 3.0]), 0.5))
    2.0
    """
    return _estimate("nanquantile", a, q, 1, axis, out, method, keepdims, weights)


def nanpercentile(
    a: Any,
    q: Any,
    axis: Any = None,
    out: Any = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    *,
    weights: Any = None,
) -> Array:
    """`percentile` of the elements that are not NaN; parameters as those of `quantile`.

    Examples
    --------
    >>> import hyperslab as da
    >>> float(da.nanpercentile(da.array([1.0, float("nan"), 3.0]), 50))
    2.0
    """
    return _estimate("nanpercentile", a, q, 100, axis, out, method, keepdims, weights)


def median(a: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, keepdims: bool = False) -> Array:
    """Median along axes: the middle element, or the mean of the two; NaN where there is one.

    Parameters
    ----------
    a : array_like
        Array.
    axis : int or tuple of int, optional
        Axes whose elements count together; all if not given. Lanes along them that do not fit the memory limit are
        read several times instead.
    out : numpy.ndarray or Array, optional
        Memory to fill, or an array that becomes the result.
    overwrite_input : bool
        Without effect.
    keepdims : bool
        Whether axes stay, with length 1.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.median(da.array([[1, 2, 9], [4, 6, 5]]), axis=1).compute()
    array([2., 5.])
    """
    x = asarray(a)
    lanes, along, axes = _lanes(x, axis)
    return _finish(_middle(lanes, along), x, axes, keepdims, out, "median")


def _middle(x: Array, axis: int) -> Array:
    """Mean of the one or two elements in the middle of each lane."""
    n = x.shape[axis]
    places = [n // 2] if n % 2 else [n // 2 - 1, n // 2]
    if n == 0:
        return _mean(x, axis)
    if x.dtype.kind == "c":  # Complex numbers are sorted, though they have no quantiles.
        before = (slice(None),) * axis
        ordered = Array(_native.sorted(x._expr, False, axis, [*places, n - 1]))
        last = ordered[(*before, n - 1)]
        middle = _mean(ordered[(*before, slice(places[0], places[-1] + 1))], axis)
        return where(_ufunc("isnan", (last,)), last, middle)
    # The nearest element to such a share is the one at that place, whatever is rounded.
    return _mean(_quantiles(x, axis, [place / max(n - 1, 1) for place in places], "nearest"), 0)


def nanmedian(
    a: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, keepdims: bool = False
) -> Array:
    """Median of the elements that are not NaN; parameters as those of `median`.

    Examples
    --------
    >>> import hyperslab as da
    >>> float(da.nanmedian(da.array([1.0, float("nan"), 3.0])))
    2.0
    """
    x = asarray(a)
    if x.dtype.kind == "c":
        raise NotImplementedError("nanmedian of complex numbers is not supported: numpy.nanmedian(x.compute())")
    lanes, along, axes = _lanes(x, axis)
    if x.size == 0:
        return _finish(_mean(lanes, along, "nanmean"), x, axes, keepdims, out, "nanmedian")
    low, high = (_quantiles(lanes, along, [0.5], method, skip=True)[0] for method in ("lower", "higher"))
    # Of a single middle element no sum is made: that could overflow.
    mean = _mean(stack([low, high]), 0)
    result = where(_ufunc("equal", (low, high)), low.astype(mean.dtype), mean)
    return _finish(result, x, axes, keepdims, out, "nanmedian")
