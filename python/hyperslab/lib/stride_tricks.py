"""``da.lib.stride_tricks``."""

from __future__ import annotations

import operator
from functools import partial
from typing import Any

from numpy.lib.array_utils import normalize_axis_tuple
from numpy.lib.stride_tricks import sliding_window_view as _numpys

from hyperslab import _calls
from hyperslab._array import Array
from hyperslab._creation import asarray, zeros
from hyperslab._join import stack
from hyperslab._manipulation import rechunk

__all__ = ["sliding_window_view"]

#: Up to how long windows are made of a slice of the array for each of their positions; by copies if longer.
_MANY_SLICES = 64


def sliding_window_view(
    x: Any, window_shape: Any, axis: Any = None, *, automatic_rechunk: bool = True, **kwargs: Any
) -> Array:
    """Every window of the array, along new axes at the end.

    Parameters
    ----------
    x : array_like
        Array.
    window_shape : int or tuple of int
        Length of the window along each axis.
    axis : int or tuple of int, optional
        The axes; all if not given.
    automatic_rechunk : bool
        Accepted as in dask, without effect.

    Raises
    ------
    ValueError
        If a window is longer than the array.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.lib.stride_tricks.sliding_window_view(da.arange(4), 3).compute()
    array([[0, 1, 2],
           [1, 2, 3]])
    """
    if kwargs.pop("writeable", False):
        raise ValueError("writeable=True: lazy arrays are not written to")
    a = asarray(x)
    windows = (window_shape,) if hasattr(window_shape, "__index__") else tuple(window_shape)
    windows = tuple(operator.index(n) for n in windows)
    if any(n < 0 for n in windows):
        raise ValueError("`window_shape` cannot contain negative values")
    if axis is None:
        if len(windows) != a.ndim:
            raise ValueError(
                "Since axis is None, must provide window_shape for all dimensions of `x`; got "
                f"{len(windows)} window_shape elements and `x.ndim` is {a.ndim}."
            )
        axes: tuple[int, ...] = tuple(range(a.ndim))
    else:
        axes = normalize_axis_tuple(axis, a.ndim, allow_duplicate=True)
        if len(axes) != len(windows):
            raise ValueError(f"Must provide matching length window_shape and axis; got {len(windows)} and {len(axes)}.")
    for d, n in zip(axes, windows):
        a = _windows(a, d, n)
    return a


def _windows(a: Array, axis: int, n: int) -> Array:
    count = a.shape[axis] - n + 1
    if count < 1:
        raise ValueError("window shape cannot be larger than input array shape")
    before = (slice(None),) * axis
    if n == 0:
        return zeros((*a.shape[:axis], count, *a.shape[axis + 1 :], 0), a.dtype)
    if n > _MANY_SLICES:
        needs: list[Any] = [("near", [d, 0, n - 1]) if d == axis else ("along", [d]) for d in range(a.ndim)]
        lines = [*rechunk(a[(*before, slice(0, count))], a.chunksize).chunks, (n,)]
        grains = ["any"] * a.ndim + ["whole"]
        windows = partial(_numpys, window_shape=n, axis=axis)
        return _calls.portions("sliding_window_view", windows, [(a, needs)], lines, a.dtype, grains)
    return stack([a[(*before, slice(i, i + count))] for i in range(n)], axis=-1)
