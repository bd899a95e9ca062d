"""Shapes and selections: NumPy's functions as compositions of the native ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from hyperslab import _chunks, _devices, _keywords, _outputs
from hyperslab._array import Array
from hyperslab._chunks import Chunks
from hyperslab._creation import Shape, _shape, asarray


@_keywords.accepts("threshold", "method")
def rechunk(x: Any, chunks: Chunks = "auto", block_size_limit: int | str | None = None, balance: bool = False) -> Array:
    """The same array with other chunks; see `Array.rechunk`."""
    return asarray(x).rechunk(chunks, block_size_limit=block_size_limit, balance=balance)


def transpose(a: Any, axes: Sequence[int] | None = None) -> Array:
    """The dimensions in another order; reversed if `axes` are not given.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.transpose(da.ones((2, 3))).shape
    (3, 2)
    """
    return asarray(a).transpose(axes)


permute_dims = transpose


def swapaxes(a: Any, axis1: int, axis2: int) -> Array:
    """Two dimensions interchanged."""
    return asarray(a).swapaxes(axis1, axis2)


def matrix_transpose(x: Any, /) -> Array:
    """The last two dimensions interchanged."""
    return asarray(x).mT


def moveaxis(a: Any, source: int | Sequence[int], destination: int | Sequence[int]) -> Array:
    """Some dimensions at new places, the others in their order.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.moveaxis(da.ones((2, 3, 4)), 0, -1).shape
    (3, 4, 2)
    """
    x = asarray(a)
    moved = normalize_axis_tuple(source, x.ndim, "source")
    places = normalize_axis_tuple(destination, x.ndim, "destination")
    if len(moved) != len(places):
        raise ValueError("`source` and `destination` arguments must have the same number of elements")
    order = [d for d in range(x.ndim) if d not in moved]
    for place, d in sorted(zip(places, moved)):
        order.insert(place, d)
    return x.transpose(order)


def rollaxis(a: Any, axis: int, start: int = 0) -> Array:
    """One dimension rolled backwards until it lies before `start`."""
    x = asarray(a)
    axis = normalize_axis_index(axis, x.ndim)
    start = start + x.ndim if start < 0 else start
    if not 0 <= start <= x.ndim:
        raise np.exceptions.AxisError(f"'start' arg requires {-x.ndim} <= start < {x.ndim + 1}, but {start} was given")
    return moveaxis(x, axis, start - 1 if axis < start else start)


@_keywords.accepts("merge_chunks", "limit")
def reshape(a: Any, /, shape: Any, order: str = "C", *, copy: bool | None = None) -> Array:
    """The same elements under another shape; see `Array.reshape`.

    Parameters
    ----------
    a : array_like
        Array.
    shape : int or tuple of int
        Shape wanted; one length may be -1.
    order : {"C", "F", "A"}
        Order of the elements; see `Array.reshape`.
    copy : bool, optional
        Accepted as in NumPy, without effect: nothing lies in memory yet that could be copied.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.reshape(da.arange(6), (2, -1)).shape
    (2, 3)
    """
    return asarray(a).reshape(*(shape if isinstance(shape, tuple) else (shape,)), order=order)


def ravel(a: Any, order: str = "C") -> Array:
    """All elements in C order along one dimension."""
    return asarray(a).ravel(order)


@_keywords.accepts("meta")
def broadcast_to(x: Any, shape: Shape, chunks: Chunks = None) -> Array:
    """The array repeated along new dimensions and those of length 1.

    Parameters
    ----------
    x : array_like
        Array.
    shape : int or tuple of int
        Shape wanted.
    chunks : int, tuple, dict or str, optional
        Chunks of the result; those of the array, and one chunk where it repeats, if not given.

    Raises
    ------
    ValueError
        If the shape does not fit.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.broadcast_to(da.arange(3), (2, 3)).compute()
    array([[0, 1, 2],
           [0, 1, 2]])
    """
    sizes = _shape(shape)
    spec = None if chunks is None else _chunks.spec(chunks, sizes)
    return Array(asarray(x)._expr.broadcast_to(list(sizes), spec))


@_keywords.accepts("subok")
def broadcast_arrays(*args: Any) -> tuple[Array, ...]:
    """The arguments repeated to the shape that they broadcast to."""
    parts = [asarray(a) for a in args]
    shape = np.broadcast_shapes(*(p.shape for p in parts))
    return tuple(p if p.shape == shape else broadcast_to(p, shape) for p in parts)


def squeeze(a: Any, axis: int | Sequence[int] | None = None) -> Array:
    """Without dimensions of length 1; see `Array.squeeze`."""
    return asarray(a).squeeze(axis)


def expand_dims(a: Any, axis: int | Sequence[int]) -> Array:
    """With new dimensions of length 1 at the places `axis` of the result.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.expand_dims(da.ones(3), (0, 2)).shape
    (1, 3, 1)
    """
    x = asarray(a)
    axes = axis if isinstance(axis, tuple | list) else (axis,)
    new = normalize_axis_tuple(axes, x.ndim + len(axes))
    return x[tuple(None if d in new else slice(None) for d in range(x.ndim + len(axes)))]


def _atleast(arrays: tuple[Any, ...], grow: Any) -> Any:
    grown = tuple(grow(asarray(a)) for a in arrays)
    return grown[0] if len(grown) == 1 else grown


def atleast_1d(*arys: Any) -> Any:
    """Scalars as arrays of length 1, other arrays as they are."""
    return _atleast(arys, lambda x: x[None] if x.ndim == 0 else x)


def atleast_2d(*arys: Any) -> Any:
    """Scalars and 1-d arrays as one row, other arrays as they are."""
    return _atleast(arys, lambda x: x[(None,) * (2 - x.ndim)] if x.ndim < 2 else x)


def atleast_3d(*arys: Any) -> Any:
    """Arrays of fewer than three dimensions with new ones, as `numpy.atleast_3d` places them."""

    def grow(x: Array) -> Array:
        places = {0: (None, None, None), 1: (None, slice(None), None), 2: (slice(None), slice(None), None)}
        return x[places[x.ndim]] if x.ndim < 3 else x

    return _atleast(arys, grow)


def flip(m: Any, axis: int | Sequence[int] | None = None) -> Array:
    """Elements in reverse order along some axes; along all if not given.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.flip(da.arange(3)).compute()
    array([2, 1, 0])
    """
    x = asarray(m)
    axes = range(x.ndim) if axis is None else normalize_axis_tuple(axis, x.ndim)
    return x[tuple(slice(None, None, -1) if d in axes else slice(None) for d in range(x.ndim))]


def flipud(m: Any) -> Array:
    """Rows in reverse order."""
    x = asarray(m)
    if x.ndim < 1:
        raise ValueError("Input must be >= 1-d.")
    return x[::-1]


def fliplr(m: Any) -> Array:
    """Columns in reverse order."""
    x = asarray(m)
    if x.ndim < 2:
        raise ValueError("Input must be >= 2-d.")
    return x[:, ::-1]


def take(a: Any, indices: Any, axis: int | None = None, out: Any = None, mode: str = "raise") -> Array:
    """Elements at some positions along an axis, or of the flattened array.

    Parameters
    ----------
    a : array_like
        Array.
    indices : int or array_like of int
        Positions; negative ones count from the end.
    axis : int, optional
        Axis to select along.
    out : numpy.ndarray or hyperslab.Array, optional
        Memory to fill, or an array that becomes the result.
    mode : {"raise", "wrap", "clip"}
        What positions out of bounds are: errors, taken modulo the length, or moved to the nearest end.

    Raises
    ------
    IndexError
        If a position is out of bounds.
    TypeError
        If the positions are no integers.
    ValueError
        If there is no such mode.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.take(da.arange(10) * 10, [3, 1, -1]).compute()
    array([30, 10, 90])
    """
    x = asarray(a)
    if axis is None:
        x, axis = x.ravel(), 0
    axis = normalize_axis_index(axis, x.ndim)
    picked = _positions_in(indices, x.shape[axis], mode)
    return _outputs.deliver(x[(slice(None),) * axis + (picked,)], _outputs.single(out), "take")


def _positions_in(indices: Any, n: int, mode: str) -> Any:
    """Positions along an axis of a length, as NumPy's ``take`` reads them."""
    if mode not in ("raise", "wrap", "clip"):
        raise ValueError(f"clipmode must be one of 'clip', 'raise', or 'wrap' (got {mode!r})")
    picked = indices
    if not isinstance(indices, Array):
        # NumPy converts lists and numbers, but casts no arrays of other kinds.
        picked = np.asarray(indices, None if hasattr(indices, "dtype") else np.int64)
    if not np.can_cast(picked.dtype, np.int64, "same_kind"):
        raise TypeError(
            f"Cannot cast array data from dtype('{picked.dtype}') to dtype('int64') according to the rule 'same_kind'"
        )
    if mode != "raise" and n == 0 and picked.size:
        raise IndexError("cannot do a non-empty take from an empty axes.")
    if mode == "wrap":
        picked = picked % max(n, 1)
    elif mode == "clip":
        picked = picked.clip(0, max(n - 1, 0))
    if picked.dtype.kind == "b":
        picked = picked.astype(np.int64)
    return int(picked) if isinstance(picked, np.ndarray | np.generic) and picked.ndim == 0 else picked


def iscomplexobj(x: Any) -> bool:
    """Whether the dtype is complex."""
    return asarray(x).dtype.kind == "c"


def isrealobj(x: Any) -> bool:
    """Whether the dtype is not complex."""
    return not iscomplexobj(x)


def shape(a: Any) -> tuple[int, ...]:
    """Shape of an array, without computing it."""
    return asarray(a).shape


def ndim(a: Any) -> int:
    """Number of dimensions of an array, without computing it."""
    return asarray(a).ndim


def size(a: Any, axis: int | None = None) -> int:
    """Number of elements of an array, or its length along an axis."""
    x = asarray(a)
    return x.size if axis is None else x.shape[normalize_axis_index(axis, x.ndim)]


def astype(x: Any, dtype: Any, /, *, copy: bool = True, device: str | None = None) -> Array:
    """The array in another dtype; see `Array.astype`.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.astype(da.arange(3), da.float32).dtype
    dtype('float32')
    """
    _devices.check(device)
    return asarray(x).astype(dtype, copy=copy)
