"""Indexing: slices and one list natively, several arrays and arrays of several dimensions as one list of positions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from hyperslab._array import Array


@dataclass
class Layout:
    """How an index with arrays is taken apart: slices first, then positions along the axes that are left whole."""

    #: The index with each axis that an array selects from left whole.
    basic: tuple[Any, ...]
    #: Shape after that.
    shape: tuple[int, ...]
    #: Axes there that arrays select from, and what selects: integers or arrays of them.
    axes: list[int]
    arrays: list[Any]
    #: Shape that the arrays broadcast to.
    picked: tuple[int, ...]
    #: Axis of the result where that shape is inserted.
    at: int

    @property
    def rest(self) -> list[int]:
        """Axes that no array selects from."""
        return [d for d in range(len(self.shape)) if d not in self.axes]

    @property
    def result(self) -> tuple[int, ...]:
        """Shape of the result."""
        rest = [self.shape[d] for d in self.rest]
        return (*rest[: self.at], *self.picked, *rest[self.at :])


def expanded(parts: tuple[Any, ...], ndim: int) -> list[Any]:
    """The items with slices in place of an ellipsis and of what is missing at the end."""
    used = sum(_consumed(p) for p in parts)
    if used > ndim:
        raise IndexError(f"too many indices for array: array is {ndim}-dimensional, but {used} were indexed")
    at = [i for i, p in enumerate(parts) if p is Ellipsis]
    if len(at) > 1:
        raise IndexError("an index can only have a single ellipsis ('...')")
    where = at[0] if at else len(parts)
    return [*parts[:where], *[slice(None)] * (ndim - used), *parts[where + len(at) :]]


def _consumed(part: Any) -> int:
    if part is None or part is Ellipsis:
        return 0
    return part.ndim if hasattr(part, "ndim") and part.dtype.kind == "b" else 1


def layout(parts: tuple[Any, ...], shape: tuple[int, ...], positions: Any) -> Layout:
    """The layout of an index; `positions(mask)` makes a list of positions along each axis of a mask."""
    basic: list[Any] = []
    kept: list[int] = []
    axes: list[int] = []
    arrays: list[Any] = []
    places: list[int] = []
    checked: list[tuple[Any, int, int]] = []
    axis = 0
    for place, part in enumerate(expanded(parts, len(shape))):
        if part is None:
            basic.append(None)
            kept.append(1)
        elif isinstance(part, slice):
            basic.append(part)
            kept.append(len(range(*part.indices(shape[axis]))))
            axis += 1
        else:
            places.append(place)
            if not hasattr(part, "dtype") or part.dtype.kind != "b":
                checked.append((part, shape[axis], axis))
            for found in _picks(part, shape, axis, positions):
                axes.append(len(kept))
                arrays.append(found)
                scalar = getattr(part, "ndim", 1) == 0 and part.dtype.kind == "b"
                basic.append(None if scalar else slice(None))
                kept.append(1 if scalar else shape[axis])
                axis += 0 if scalar else 1
    picked = _broadcast([getattr(a, "shape", ()) for a in arrays])
    for pick, n, along in checked:
        if isinstance(pick, int) or 0 not in picked:  # Arrays that are broadcast away are not looked at.
            _check_bounds(pick, n, along)
    together = places == list(range(places[0], places[0] + len(places)))
    at = axes[0] if together else 0
    return Layout(tuple(basic), tuple(kept), axes, arrays, picked, at)


def _broadcast(shapes: list[tuple[Any, ...]]) -> tuple[Any, ...]:
    """The shape that index arrays broadcast to; lengths that are not known have names, and give way to numbers."""
    lengths: list[Any] = [1] * max((len(s) for s in shapes), default=0)
    for shape in shapes:
        for d, n in enumerate(shape, len(lengths) - len(shape)):
            if lengths[d] == 1 or (isinstance(lengths[d], str) and n != 1):
                lengths[d] = n
            elif n != lengths[d] and n != 1 and not isinstance(n, str):
                listed = " ".join(str(s) for s in shapes)
                text = f"shape mismatch: indexing arrays could not be broadcast together with shapes {listed} "
                raise IndexError(text)
    return tuple(lengths)


def _picks(part: Any, shape: tuple[int, ...], axis: int, positions: Any) -> list[Any]:
    """Positions along each axis that an integer or an array selects from."""
    if not hasattr(part, "dtype") or part.dtype.kind != "b":
        return [part]
    if part.ndim == 0:
        return [positions(part.reshape(1))[0]]
    for d, (n, m) in enumerate(zip(shape[axis:], part.shape)):
        if n != m:
            raise IndexError(
                f"boolean index did not match indexed array along axis {axis + d}; size of axis is {n} but size of "
                f"corresponding boolean axis is {m}"
            )
    return list(positions(part))


def _check_bounds(part: Any, n: int, axis: int) -> None:
    if isinstance(part, int):
        wrong = [] if -n <= part < n else [part]
    elif isinstance(part, np.ndarray) and part.size and not (-n <= part.min() and part.max() < n):
        wrong = part[(part < -n) | (part >= n)][:1].tolist()
    else:
        wrong = []
    if wrong:
        raise IndexError(f"index {wrong[0]} is out of bounds for axis {axis} with size {n}")


def by_arrays(x: Array, parts: tuple[Any, ...]) -> Array:
    """``x[parts]`` with arrays in memory of any dimensions among the parts."""
    found = layout(parts, x.shape, np.nonzero)
    y = Array(x._expr.index(found.basic))
    if len(found.axes) == 1:
        axis, (picks,) = found.axes[0], found.arrays
        whole = (slice(None),) * axis
        flat = np.ascontiguousarray(np.broadcast_to(picks, found.picked)).ravel()
        z = Array(y._expr.index((*whole, flat)))
        return z if len(found.picked) == 1 else z.reshape(found.result)
    sizes = [found.shape[d] for d in found.axes]
    z = y.transpose([*found.axes, *found.rest]).reshape((math.prod(sizes), *(found.shape[d] for d in found.rest)))
    picked = Array(z._expr.index((_linear(found.arrays, sizes, found.picked),)))
    picked = picked.reshape((*found.picked, *picked.shape[1:]))
    first, depth = found.at, len(found.picked)
    order = [*range(depth, depth + first), *range(depth), *range(depth + first, picked.ndim)]
    return picked.transpose(order) if first else picked


def _linear(arrays: list[Any], sizes: list[int], shape: tuple[int, ...]) -> np.ndarray:
    """Positions in C order of the axes together, without dimensions."""
    total = np.zeros(shape, np.int64)
    for picks, n in zip(arrays, sizes):
        total *= n
        total += np.where(np.less(picks, 0), np.add(picks, n), picks)
    return total.ravel()


def select(x: Array, items: Any) -> Any:
    """``x[items]``, all of whose arrays are in memory."""
    parts = items if isinstance(items, tuple) else (items,)
    arrays = [p for p in parts if isinstance(p, np.ndarray)]
    if not arrays or (len(arrays) == 1 and arrays[0].ndim == 1):
        return Array(x._expr.index(parts))
    return by_arrays(x, parts)
