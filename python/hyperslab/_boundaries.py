"""What lies beyond the ends of an array whose blocks share elements, and how much of it is needed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hyperslab import _calls
from hyperslab._array import Array
from hyperslab._creation import asarray
from hyperslab._padding import pad

#: By axis, how many elements of the neighbours before and after a block.
Depths = list[tuple[int, int]]

#: Boundaries, and the modes of `pad` that make them.
_MODES = {"reflect": "symmetric", "periodic": "wrap", "nearest": "edge"}


def _per_axis(given: Any, ndim: int, missing: Any) -> list[Any]:
    """One value per axis, from one for all, one for each, or a dict by axis."""
    if isinstance(given, dict):
        if wrong := [axis for axis in given if not -ndim <= axis < ndim]:
            raise ValueError(f"overlap: no axes {wrong} in an array of {ndim} dimensions")
        by_axis = {axis % ndim: value for axis, value in given.items()}
        return [by_axis.get(d, missing) for d in range(ndim)]
    if isinstance(given, tuple | list):
        if len(given) != ndim:
            raise ValueError(f"overlap: {given} for an array of {ndim} dimensions")
        return list(given)
    return [given] * ndim


def depth_pairs(depth: Any, ndim: int) -> Depths:
    pairs = [(d, d) if hasattr(d, "__index__") else tuple(d) for d in _per_axis(0 if depth is None else depth, ndim, 0)]
    if any(len(pair) != 2 or min(pair) < 0 for pair in pairs):
        raise ValueError(f"overlap: depth={depth!r} must be numbers that are not negative, or pairs of them")
    return [(int(a), int(b)) for a, b in pairs]


def boundary_kinds(boundary: Any, ndim: int) -> list[Any]:
    found = [None if b is None or (isinstance(b, str) and b == "none") else b for b in _per_axis(boundary, ndim, None)]
    for b in found:
        if isinstance(b, str) and b not in _MODES:
            raise ValueError(f"overlap: boundary={b!r} is none of 'none', 'reflect', 'periodic', 'nearest' or a number")
    return found


def wide_enough(x: Array, depths: Depths, allow_rechunk: bool) -> Array:
    """The array with every chunk at least as long as the overlap."""
    sizes = {}
    for axis, (line, pair) in enumerate(zip(x.chunks, depths)):
        depth = max(pair)
        if depth > sum(line):
            raise ValueError(f"The overlapping depth {depth} is larger than your array {sum(line)} along axis {axis}")
        if depth <= min(line):
            continue
        if not allow_rechunk:
            raise ValueError(
                f"The overlapping depth {depth} is larger than the smallest chunk {min(line)} along axis {axis}: "
                "rechunk, or pass allow_rechunk=True"
            )
        sizes[axis] = _merged(line, depth)
    return _calls.rechunked(x, sizes) if sizes else x


def _merged(line: tuple[int, ...], least: int) -> tuple[int, ...]:
    """Neighbouring chunks joined until none is shorter than `least`."""
    joined: list[int] = []
    for n in line:
        if joined and joined[-1] < least:
            joined[-1] += n
        else:
            joined.append(n)
    if len(joined) > 1 and joined[-1] < least:
        joined[-2:] = [sum(joined[-2:])]
    return tuple(joined)


def boundaries(x: Any, depth: Any = None, kind: Any = None) -> Array:
    """The array with what lies beyond its ends; parameters as those of `overlap`.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.overlap.boundaries(da.arange(3), 1, "reflect").compute()
    array([0, 0, 1, 2, 2])
    """
    a = asarray(x)
    return padded(a, depth_pairs(depth, a.ndim), boundary_kinds(kind, a.ndim))


def periodic(x: Any, axis: int, depth: Any) -> Array:
    """The array continued along an axis by its other end."""
    return boundaries(x, {axis: depth}, {axis: "periodic"})


def reflect(x: Any, axis: int, depth: Any) -> Array:
    """The array continued along an axis by its mirror image."""
    return boundaries(x, {axis: depth}, {axis: "reflect"})


def nearest(x: Any, axis: int, depth: Any) -> Array:
    """The array continued along an axis by its last elements."""
    return boundaries(x, {axis: depth}, {axis: "nearest"})


def constant(x: Any, axis: int, depth: Any, value: Any) -> Array:
    """The array continued along an axis by a number."""
    return boundaries(x, {axis: depth}, {axis: value})


def add_dummy_padding(x: Any, depth: Any, boundary: Any) -> Array:
    """The array continued by zeros along the axes that have no boundary; its first and last chunks grow."""
    a = asarray(x)
    for axis, (pair, edge) in enumerate(zip(depth_pairs(depth, a.ndim), boundary_kinds(boundary, a.ndim))):
        if edge is None and pair != (0, 0):
            line = list(a.chunks[axis])
            line[0] += pair[0]
            line[-1] += pair[1]
            a = _calls.rechunked(pad(a, {axis: pair}), {**dict(enumerate(a.chunks)), axis: tuple(line)})
    return a


def coerce_depth(ndim: int, depth: Any) -> dict[int, Any]:
    """How many elements overlap, by axis: a number, or a pair where that is asked for."""
    return {axis: a if a == b else (a, b) for axis, (a, b) in enumerate(depth_pairs(depth, ndim))}


def coerce_depth_type(ndim: int, depth: Any) -> Any:
    """How many elements overlap, by axis, as plain integers: the dict itself is changed.

    Examples
    --------
    >>> import numpy as np
    >>> import hyperslab as da
    >>> da.overlap.coerce_depth_type(2, {0: np.int64(1), 1: (np.int8(2), 3)})
    {0: 1, 1: (2, 3)}
    """
    for axis in range(ndim):
        one = depth[axis]
        depth[axis] = tuple(map(int, one)) if isinstance(one, tuple) else int(one)
    return depth


def coerce_boundary(ndim: int, boundary: Any) -> dict[int, Any]:
    """What lies beyond the ends, by axis."""
    return {axis: "none" if b is None else b for axis, b in enumerate(boundary_kinds(boundary, ndim))}


def ensure_minimum_chunksize(size: int, chunks: Sequence[int]) -> tuple[int, ...]:
    """Chunks of one axis joined until none is shorter than `size`.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.overlap.ensure_minimum_chunksize(3, (1, 1, 3))
    (5,)
    """
    line = tuple(chunks)
    if sum(line) < size:
        raise ValueError(f"The overlapping depth {size} is larger than your array {sum(line)}.")
    return line if size <= min(line) else _merged(line, size)


def padded(x: Array, depths: Depths, boundaries: list[Any]) -> Array:
    """The array with what lies beyond its ends."""
    for axis, (pair, boundary) in enumerate(zip(depths, boundaries)):
        if boundary is None or pair == (0, 0):
            continue
        if isinstance(boundary, str):
            x = pad(x, {axis: pair}, mode=_MODES[boundary])
        else:
            x = pad(x, {axis: pair}, constant_values=boundary)
    return x
