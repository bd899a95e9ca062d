"""Elements among edges, and values between points: `digitize` and `interp`."""

from __future__ import annotations

from typing import Any

import numpy as np

from hyperslab import _calls, _sorting
from hyperslab._array import Array
from hyperslab._convert import is_array
from hyperslab._creation import asarray


def digitize(x: Any, bins: Any, right: bool = False) -> Array:
    """The number of the interval between edges in which each element lies.

    Parameters
    ----------
    x : array_like
        Array of any shape.
    bins : 1-d array_like
        Edges, rising or falling; they may be lazy.
    right : bool
        Whether intervals hold their right edge in place of the left one.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.digitize(da.array([0.2, 6.4, 3.0]), [0, 1, 2.5, 4]).compute()
    array([1, 4, 3])
    """
    a = asarray(x)
    if is_array(bins):
        np.digitize(np.empty(0, a.dtype), np.empty((0,) * bins.ndim, bins.dtype))
    else:
        bins = np.asarray(bins)
        np.digitize(np.empty(0, a.dtype), bins, right)
        if {a.dtype.kind, bins.dtype.kind} <= set("iuf") and not np.isnan(bins).any():
            return _between_known(a, bins, "left" if right else "right")
    edges = asarray(bins)
    return _calls.elementwise("digitize", lambda v, e: np.digitize(v, e, right), [a], np.intp, [edges])


def _between_known(a: Array, bins: np.ndarray, side: str) -> Array:
    """`digitize` by edges in memory, which are numbers in order."""
    if len(bins) and bins[0] > bins[-1]:
        return len(bins) - _sorting.places_in(asarray(bins[::-1]), a, side)  # type: ignore[operator,no-any-return]
    return _sorting.places_in(asarray(bins), a, side)


def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: float | None = None) -> Array:
    """Values between given points, on the lines that join them.

    Parameters
    ----------
    x : array_like
        Where to evaluate.
    xp, fp : 1-d array_like
        Places of the points, rising if there is no `period`, and their values; they may be lazy.
    left, right : float, optional
        Values before the first point and after the last one; those of these points if not given.
    period : float, optional
        Period of the places.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.interp(da.array([0.5, 2.5]), [0, 1, 2], [0, 10, 30]).compute()
    array([ 5., 30.])
    """
    a, known = asarray(x), not (is_array(xp) or is_array(fp))
    points: Any = (xp, fp) if known else ([0.0], [0.0])
    numpys: Any = np.interp
    numpys(np.empty(0, a.dtype), *points, left, right, period)
    places, heights = (asarray(p) if is_array(p) else asarray(np.asarray(p)) for p in (xp, fp))
    if places.ndim != 1 or heights.ndim != 1:
        raise ValueError(f"Data points must be 1-D sequences, not of shapes {places.shape} and {heights.shape}")
    if places.shape != heights.shape:
        raise ValueError(f"fp and xp are not of the same length: {heights.shape} and {places.shape}")
    if places.size == 0:
        raise ValueError("array of sample points is empty")
    dtype = np.complex128 if heights.dtype.kind == "c" else np.float64
    return _calls.elementwise(
        "interp", lambda v, p, f: np.interp(v, p, f, left, right, period), [a], dtype, [places, heights]
    )
