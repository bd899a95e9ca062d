"""``da.chunk``: what code written for ``dask.array.chunk`` takes from there: functions on blocks, on NumPy arrays.

They are what `reduction` and `map_blocks` are given: ``da.reduction(x, chunk=da.chunk.sum, aggregate=da.chunk.sum)``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy import (
    all,
    any,
    argmax,
    argmin,
    max,
    mean,
    min,
    nanargmax,
    nanargmin,
    nancumprod,
    nancumsum,
    nanmax,
    nanmean,
    nanmin,
    nanprod,
    nanstd,
    nansum,
    nanvar,
    prod,
    std,
    sum,
    var,
)
from numpy.lib.array_utils import normalize_axis_index

from hyperslab._choice import coarsened
from hyperslab._topk import among

__all__ = [
    "all",
    "any",
    "argmax",
    "argmin",
    "argtopk",
    "astype",
    "coarsen",
    "getitem",
    "keepdims_wrapper",
    "max",
    "mean",
    "min",
    "nanargmax",
    "nanargmin",
    "nancumprod",
    "nancumsum",
    "nanmax",
    "nanmean",
    "nanmin",
    "nanprod",
    "nanstd",
    "nansum",
    "nanvar",
    "prod",
    "std",
    "sum",
    "topk",
    "trim",
    "var",
    "view",
]


def keepdims_wrapper(function: Callable[..., Any]) -> Callable[..., Any]:
    """A reduction ``function(x, axis=...)`` that takes ``keepdims=``, too."""

    @functools.wraps(function)
    def call(x: Any, axis: Any = None, keepdims: bool = False, *args: Any, **kwargs: Any) -> Any:
        made = function(x, *args, axis=axis, **kwargs)
        if not keepdims:
            return made
        axes = range(np.ndim(x)) if axis is None else axis if isinstance(axis, tuple | list) else (axis,)
        return np.expand_dims(made, tuple(axes))

    return call


def coarsen(
    reduction: Callable[..., Any], x: np.ndarray, axes: Mapping[int, int], trim_excess: bool = False, **kwargs: Any
) -> Any:
    """Reduce boxes of a block to one element each.

    Parameters
    ----------
    reduction : callable
        ``reduction(boxes, axis=(...))``: `numpy.sum` and its like.
    x : ndarray
        Block.
    axes : mapping of int to int
        Length of a box along axes; 1 along the others.
    trim_excess : bool
        Whether what is left at the end of an axis is left out.
    **kwargs
        For `reduction`.

    Raises
    ------
    ValueError
        If a length is no multiple of its box's, unless `trim_excess`.

    Examples
    --------
    >>> import numpy as np
    >>> import hyperslab as da
    >>> da.chunk.coarsen(np.sum, np.arange(6), {0: 2})
    array([1, 5, 9])
    """
    return coarsened(reduction, x, axes, trim_excess, kwargs)


def trim(x: np.ndarray, axes: Mapping[int, int] | None = None) -> np.ndarray:
    """A block without `axes[d]` elements at both ends of each axis d, or as many along all axes."""
    depth = dict.fromkeys(range(x.ndim), axes) if isinstance(axes, int) else dict(axes or {})
    return x[tuple(slice(k, n - k) for n, k in ((n, depth.get(d, 0)) for d, n in enumerate(x.shape)))]


def topk(a: np.ndarray, k: int, axis: int, keepdims: bool = True) -> np.ndarray:
    """The `k` largest elements of a block along an axis, or the ``-k`` smallest, in no order."""
    return among(a, np.partition, k, normalize_axis_index(axis, a.ndim))


def argtopk(a: np.ndarray, k: int, axis: int) -> np.ndarray:
    """Positions of what `topk` gives, within the block."""
    return among(a, np.argpartition, k, normalize_axis_index(axis, a.ndim))


def astype(x: np.ndarray, astype_dtype: Any = None, **kwargs: Any) -> np.ndarray:
    """A block in another dtype."""
    return x.astype(astype_dtype, **kwargs)


def view(x: np.ndarray, dtype: Any, order: str = "C") -> np.ndarray:
    """The bytes of a block as elements of another dtype."""
    if order == "C":
        return np.ascontiguousarray(x).view(dtype)
    return np.asfortranarray(x).T.view(dtype).T


def getitem(obj: np.ndarray, index: Any) -> np.ndarray:
    """``obj[index]`` in memory of its own."""
    return obj[index].copy()
