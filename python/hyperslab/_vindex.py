"""``x.vindex[...]``: elements at points, each given by one position along every indexed axis."""

from __future__ import annotations

from typing import Any

import numpy as np

from hyperslab import _blockwise
from hyperslab._array import Array
from hyperslab._convert import is_array
from hyperslab._manipulation import take


class PointView:
    """What `Array.vindex` gives: index it with arrays of positions, which are broadcast, and slices.

    Dimensions of the positions come first, dimensions of the slices behind them.

    Examples
    --------
    >>> import hyperslab as da
    >>> x = da.arange(9).reshape(3, 3)
    >>> x.vindex[[0, 1, 2], [2, 1, 0]].compute()
    array([2, 4, 6])
    """

    __slots__ = ("_array",)

    def __init__(self, array: Array) -> None:
        self._array = array

    def __getitem__(self, items: Any) -> Array:
        parts = _complete(items if isinstance(items, tuple) else (items,), self._array)
        axes = [d for d, part in enumerate(parts) if not isinstance(part, slice)]
        x = self._array[tuple(part if isinstance(part, slice) else slice(None) for part in parts)]
        if not axes:
            return x
        points = [parts[d] for d in axes]
        order = [*axes, *(d for d in range(x.ndim) if d not in axes)]
        front = x.transpose(order)
        if any(is_array(p) for p in points):
            return _lazily(front, points)
        found = [_positions(p, front.shape[k], axes[k]) for k, p in enumerate(points)]
        try:
            found = list(np.broadcast_arrays(*found))
        except ValueError as error:
            shapes = " ".join(str(p.shape) for p in found)
            raise IndexError(
                f"shape mismatch: indexing arrays could not be broadcast together with shapes {shapes}"
            ) from error
        lengths, rest = front.shape[: len(axes)], front.shape[len(axes) :]
        shape = found[0].shape
        if found[0].size == 0:
            return front[(slice(0, 0),) * len(axes)].reshape(*shape, *rest)
        flat = np.ravel_multi_index([p.ravel() for p in found], lengths)
        chosen = take(front.reshape(int(np.prod(lengths, dtype=np.int64)), *rest), flat, 0)
        return chosen.reshape(*shape, *rest)


def _complete(parts: tuple[Any, ...], x: Array) -> list[Any]:
    """An item for each axis."""
    if any(p is None for p in parts):
        raise IndexError("vindex does not support indexing with None (np.newaxis): index the result")
    dots = [k for k, p in enumerate(parts) if p is Ellipsis]
    if len(dots) > 1:
        raise IndexError("an index can only have a single ellipsis ('...')")
    found: list[Any] = []
    for part in parts:
        if part is Ellipsis or isinstance(part, slice) or is_array(part):
            found.append(part)
            continue
        array = np.asarray(part)
        found += array.nonzero() if array.dtype.kind == "b" and array.ndim else [array]
    count = len(found) - len(dots)
    if count > x.ndim:
        raise IndexError(f"too many indices for array: array is {x.ndim}-dimensional, but {count} were indexed")
    at = next((k for k, p in enumerate(found) if p is Ellipsis), len(found))
    found[at : at + len(dots)] = [slice(None)] * (x.ndim - count)
    return found


def _positions(part: Any, length: int, axis: int) -> np.ndarray:
    array = np.asarray(part)
    if array.size == 0 and array.dtype.kind == "f":
        array = array.astype(np.int64)
    if array.dtype.kind not in "iu":
        raise IndexError("arrays used as indices must be of integer (or boolean) type")
    wrong = array[(array < -length) | (array >= length)]
    if wrong.size:
        raise IndexError(f"index {wrong.flat[0]} is out of bounds for axis {axis} with size {length}")
    return np.where(array < 0, array + length, array).astype(np.int64)


def _lazily(front: Array, points: list[Any]) -> Array:
    """Elements at positions that are not known yet; the array is handed over whole."""
    arrays = [p if is_array(p) else np.asarray(p) for p in points]
    if any(p.dtype.kind not in "iu" for p in arrays):
        raise IndexError("vindex by lazy arrays takes positions: compute a lazy mask first, x[mask.compute()]")
    ndim = max(p.ndim for p in arrays)
    rest = [("rest", d) for d in range(len(arrays), front.ndim)]
    whole = [("whole", d) for d in range(len(arrays))]
    names = [("point", d) for d in range(ndim)]
    pairs: list[_blockwise.Argument] = [(p, names[ndim - p.ndim :]) for p in arrays]
    operands = _blockwise.Operands("vindex", [(front, [*whole, *rest]), *pairs], {})
    out = [*names, *rest]
    lines = [operands.chunks[n] for n in out]
    return _blockwise.run("vindex", _taken, operands, out, lines, front.dtype)


def _taken(block: np.ndarray, *points: np.ndarray) -> np.ndarray:
    return block[points]


def vindex(x: Array) -> PointView:
    """Elements at points: ``x.vindex[i, j]`` pairs the positions."""
    return PointView(x)


Array.vindex = property(vindex)  # type: ignore[attr-defined, assignment, method-assign]
