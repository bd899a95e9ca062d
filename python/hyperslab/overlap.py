"""Blocks that share elements with their neighbours: ``da.overlap``."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from hyperslab import _blockwise, _calls
from hyperslab._array import Array
from hyperslab._boundaries import (
    Depths,
    add_dummy_padding,
    boundaries,
    boundary_kinds,
    coerce_boundary,
    coerce_depth,
    coerce_depth_type,
    constant,
    depth_pairs,
    ensure_minimum_chunksize,
    nearest,
    padded,
    periodic,
    reflect,
    wide_enough,
)
from hyperslab._creation import asarray
from hyperslab._functions import map_blocks, takes
from hyperslab._join import concatenate
from hyperslab._manipulation import take

__all__ = [
    "add_dummy_padding",
    "boundaries",
    "coerce_boundary",
    "coerce_depth",
    "coerce_depth_type",
    "constant",
    "ensure_minimum_chunksize",
    "map_overlap",
    "nearest",
    "overlap",
    "overlap_internal",
    "periodic",
    "reflect",
    "trim_internal",
    "trim_overlap",
]

#: From how many runs of chunks of one size on, positions are listed one by one.
_MANY_RUNS = 8


def _windows(x: Array, axis: int, line: tuple[int, ...], lead: int, ends: list[tuple[int, int]]) -> Array:
    """A range of the axis for each chunk of `line`, which begin at `lead`, one after the other, each a chunk.

    `ends` say where the ranges begin and end, relative to the start of their chunk; they may overlap.
    """
    runs: list[tuple[int, int, int, int, int]] = []
    base = lead
    for (size, (low, high)), group in itertools.groupby(zip(line, ends)):
        count = len(list(group))
        runs.append((base, size, count, low, high))
        base += size * count
    if len(runs) > _MANY_RUNS:
        joined = _gathered(x, axis, line, lead, ends)
    else:
        pieces = [_run(x, axis, *run) for run in runs]
        joined = pieces[0] if len(pieces) == 1 else concatenate(pieces, axis=axis)
    sizes = {**dict(enumerate(x.chunks)), axis: tuple(high - low for low, high in ends)}
    return _calls.rechunked(joined, sizes)


def _run(x: Array, axis: int, base: int, step: int, count: int, low: int, high: int) -> Array:
    """Ranges of chunks of one size: the chunks as rows, with what lies before and after them beside them."""
    before = (slice(None),) * axis
    if count == 1:
        return x[(*before, slice(base + low, base + high))]
    rows = _folded(x[(*before, slice(base, base + count * step))], axis, count)
    parts = [rows[(*before, slice(None), slice(max(low, 0), min(high, step)))]]
    starts = base + step * np.arange(count)[:, None]
    if low < 0:
        parts.insert(0, _folded(take(x, (starts + np.arange(low, 0)).ravel(), axis), axis, count))
    if high > step:
        parts.append(_folded(take(x, (starts + np.arange(step, high)).ravel(), axis), axis, count))
    wide = parts[0] if len(parts) == 1 else concatenate(parts, axis=axis + 1)
    return wide.reshape((*x.shape[:axis], count * (high - low), *x.shape[axis + 1 :]))


def _folded(x: Array, axis: int, count: int) -> Array:
    """An axis as that many rows."""
    return x.reshape((*x.shape[:axis], count, x.shape[axis] // count, *x.shape[axis + 1 :]))


def _gathered(x: Array, axis: int, line: tuple[int, ...], lead: int, ends: list[tuple[int, int]]) -> Array:
    """Ranges of chunks of many sizes, by their positions."""
    sizes, (low, high) = np.array(line), np.array(ends).T
    starts = lead + np.cumsum(sizes) - sizes + low
    lengths = high - low
    shifts = starts - (np.cumsum(lengths) - lengths)
    return take(x, np.arange(lengths.sum()) + np.repeat(shifts, lengths), axis)


def overlap(x: Any, depth: Any, boundary: Any, *, allow_rechunk: bool = True) -> Array:
    """The array with every chunk grown by elements of its neighbours.

    Parameters
    ----------
    x : array_like
        Array.
    depth : int, tuple or dict
        How many elements of each neighbour: for all axes, for each, or by axis; a pair is before and after.
    boundary : str, number, None, tuple or dict
        What lies beyond the ends: ``"none"`` (nothing), ``"reflect"``, ``"periodic"``, ``"nearest"`` or a number.
    allow_rechunk : bool
        Whether chunks shorter than the overlap are joined.

    Examples
    --------
    >>> import hyperslab as da
    >>> x = da.arange(6, chunks=3)
    >>> da.overlap.overlap(x, depth=1, boundary="reflect").compute()
    array([0, 0, 1, 2, 3, 2, 3, 4, 5, 5])
    """
    a = asarray(x)
    depths, boundaries = depth_pairs(depth, a.ndim), boundary_kinds(boundary, a.ndim)
    a = wide_enough(a, depths, allow_rechunk)
    grown = padded(a, depths, boundaries)
    for axis, ((before, after), edge) in enumerate(zip(depths, boundaries)):
        if (before, after) == (0, 0):
            continue
        line, lead = a.chunks[axis], 0 if edge is None else before
        ends = [(-before, n + after) for n in line]
        if edge is None:
            ends[0] = (0, ends[0][1])
            ends[-1] = (ends[-1][0], line[-1])
        grown = _windows(grown, axis, line, lead, ends)
    return grown


def overlap_internal(x: Any, axes: Any) -> Array:
    """`overlap` where nothing lies beyond the ends.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.overlap.overlap_internal(da.arange(4, chunks=2), {0: 1}).compute()
    array([0, 1, 2, 1, 2, 3])
    """
    return overlap(x, axes, "none")


def trim_internal(x: Any, axes: Any, boundary: Any = None) -> Array:
    """The array with every chunk cut back: what `overlap` has added is taken off.

    Parameters
    ----------
    x : array_like
        Array whose chunks overlap.
    axes : int, tuple or dict
        How many elements are taken off, as `depth` of `overlap`.
    boundary : str, number, None, tuple or dict
        That of `overlap`: without one, the first and the last chunk were grown on one side alone.

    Examples
    --------
    >>> import hyperslab as da
    >>> x = da.overlap.overlap(da.arange(6, chunks=3), depth=1, boundary=0)
    >>> da.overlap.trim_internal(x, {0: 1}, boundary=0).compute()
    array([0, 1, 2, 3, 4, 5])
    """
    a = asarray(x)
    for axis, (pair, edge) in enumerate(zip(depth_pairs(axes, a.ndim), boundary_kinds(boundary, a.ndim))):
        if pair == (0, 0):
            continue
        line, (before, after) = a.chunks[axis], pair
        ends = [(before, max(n - after, before)) for n in line]
        if edge is None:
            ends[0] = (0, max(line[0] - after, 0))
            ends[-1] = (before if len(line) > 1 else 0, line[-1])
        a = _windows(a, axis, line, 0, ends)
    return a


def trim_overlap(x: Any, depth: Any, boundary: Any = None) -> Array:
    """`trim_internal` by its other name."""
    return trim_internal(x, depth, boundary)


def map_overlap(
    func: Callable[..., Any],
    *args: Any,
    depth: Any = None,
    boundary: Any = None,
    trim: bool = True,
    align_arrays: bool = True,
    allow_rechunk: bool = True,
    **kwargs: Any,
) -> Array:
    """A function applied to each block together with elements of its neighbours.

    Parameters
    ----------
    func : callable
        Takes the grown blocks and returns one.
    *args : array_like
        Arrays, cut alike where they are not and broadcast.
    depth : int, tuple, dict or list of them
        How many elements of each neighbour, as in `overlap`; a list is one for each array.
    boundary : str, number, None, tuple, dict or list of them
        What lies beyond the ends, as in `overlap`.
    trim : bool
        Whether what was added is taken off the blocks that the function returns. If not, it returns blocks of the
        size of the array's own, or of that of ``chunks``.
    align_arrays : bool
        Whether arrays are cut alike.
    allow_rechunk : bool
        Whether chunks shorter than the overlap are joined.
    **kwargs
        ``dtype``, ``chunks`` and other parameters of `map_blocks`, and those of the function.

    Examples
    --------
    >>> import hyperslab as da
    >>> x = da.array([1, 1, 2, 3, 3, 3, 2, 1, 1], chunks=5)
    >>> def slope(block):
    ...     return block - np.roll(block, 1)
    >>> import numpy as np
    >>> da.map_overlap(slope, x, depth=1, boundary=0).compute()
    array([ 1,  0,  1,  1,  0,  0, -1, -1,  0])
    """
    if not callable(func):
        # The order of the method: the array first.
        raise TypeError(f"map_overlap takes a function first, not {type(func).__name__}")
    arrays = [asarray(a) for a in args]
    if not arrays:
        raise ValueError("map_overlap needs at least one array")
    depths = [depth_pairs(d, a.ndim) for d, a in zip(_each(depth, arrays), arrays)]
    edges = [boundary_kinds(b, a.ndim) for b, a in zip(_each(boundary, arrays), arrays)]
    names = [tuple(range(a.ndim))[::-1] for a in arrays]
    if align_arrays:
        arrays = _calls.unify(list(zip(arrays, names)), "map_overlap")[1]
    arrays = [wide_enough(a, d, allow_rechunk) for a, d in zip(arrays, depths)]
    if align_arrays:
        arrays = _calls.unify(list(zip(arrays, names)), "map_overlap")[1]
    main = max(range(len(arrays)), key=lambda k: arrays[k].ndim)
    changes = {key for key in ("chunks", "drop_axis", "new_axis") if kwargs.get(key) is not None}
    if align_arrays and not changes and not takes(func, "block_info"):
        return _near(func, arrays, depths, edges, main, trim, kwargs)
    grown = [overlap(a, dict(enumerate(d)), dict(enumerate(b))) for a, d, b in zip(arrays, depths, edges)]
    if not trim:
        if kwargs.get("chunks") is None:
            kwargs["chunks"] = _carried(arrays[main].chunks, (1,), arrays[main].ndim, kwargs)
        return map_blocks(func, *grown, **kwargs)
    made = map_blocks(func, *grown, **kwargs)
    ndim = arrays[main].ndim
    return trim_internal(
        made,
        dict(enumerate(_carried(depths[main], (0, 0), ndim, kwargs))),
        dict(enumerate(_carried(edges[main], None, ndim, kwargs))),
    )


def _carried(values: Sequence[Any], new: Any, ndim: int, kwargs: dict[str, Any]) -> tuple[Any, ...]:
    """Values by axis of the result, from those of the array: without dropped axes, with `new` for new ones."""
    dropped, added = kwargs.get("drop_axis"), kwargs.get("new_axis")
    gone = () if dropped is None else normalize_axis_tuple(dropped, ndim, "drop_axis")
    kept = [value for axis, value in enumerate(values) if axis not in gone]
    if added is not None:
        count = 1 if hasattr(added, "__index__") else len(added)
        for axis in sorted(normalize_axis_tuple(added, len(kept) + count, "new_axis")):
            kept.insert(axis, new)
    return tuple(kept)


def _each(given: Any, arrays: list[Array]) -> list[Any]:
    """One value for each array."""
    if not isinstance(given, list):
        return [given] * len(arrays)
    if len(given) != len(arrays):
        raise ValueError(f"map_overlap: {len(given)} values for {len(arrays)} arrays: {given}")
    return given


def _near(
    func: Callable[..., Any],
    arrays: list[Array],
    depths: list[Depths],
    edges: list[list[Any]],
    main: int,
    trim: bool,
    kwargs: Any,
) -> Array:
    """The function on windows of the padded arrays, what it returns cut back at once: nothing is joined."""
    kwargs = {
        k: v for k, v in kwargs.items() if k not in ("name", "token", "enforce_ndim", "chunks", "drop_axis", "new_axis")
    }
    dtype = _calls.known_dtype(kwargs.pop("dtype", None), kwargs.pop("meta", None))
    told = takes(func, "block_id") and "block_id" not in kwargs
    index = [tuple(range(a.ndim))[::-1] for a in arrays]
    operands = _blockwise.Operands("map_overlap", list(zip(arrays, index)), kwargs)
    ndim, called = arrays[main].ndim, _calls.label(func)
    chunks = [operands.chunks[n] for n in reversed(range(ndim))]

    def call(block: tuple[int, ...], start: tuple[int, ...], *blocks: np.ndarray) -> Any:
        args, keywords = operands.filled(blocks)
        made = np.asanyarray(func(*args, **keywords, **({"block_id": block} if told else {})))
        if not trim:
            return made
        ends = [_ends(depths[main][d], edges[main][d], start[d], chunks[d], block[d]) for d in range(ndim)]
        want = tuple(a + line[i] + b for (a, b), line, i in zip(ends, chunks, block))
        if made.shape != want:
            raise ValueError(f"{called} returned shape {made.shape} for a grown block, expected {want}")
        return made[tuple(slice(a, n - b) for (a, b), n in zip(ends, want))]

    if dtype is None:
        first = (0,) * ndim

        def tiny(size: int) -> Any:
            shapes = [[size * (1 + a + b) for a, b in pairs] for pairs in depths]
            blocks = [_calls.sample(s, a.dtype) for s, a in zip(shapes, arrays)]
            rest = operands.samples(size)[len(arrays) :]
            args, keywords = operands.filled([*blocks, *rest])
            return np.asarray(func(*args, **keywords, **({"block_id": first} if told else {})))

        dtype = _calls.tried(called, tiny).dtype
    pairs = []
    for place in operands.places:
        a = operands.at(place)
        if not isinstance(place, int):
            pairs.append((a, [_calls.WHOLE] * a.ndim))
            continue
        needs = [_need(a, d, ndim, depths[place][d], edges[place][d], chunks) for d in range(a.ndim)]
        pairs.append((padded(a, depths[place], edges[place]), needs))
    return _calls.make("map_overlap", called, call, pairs, chunks, dtype)


def _need(a: Array, d: int, ndim: int, pair: tuple[int, int], edge: Any, chunks: Any) -> _calls.Need:
    out = ndim - a.ndim + d
    if a.numblocks[d] == 1 and len(chunks[out]) > 1:
        return _calls.WHOLE
    before, after = pair
    return ("near", [out, before, after] if edge is None else [out, 0, before + after])


def _ends(pair: tuple[int, int], edge: Any, start: int, line: tuple[int, ...], i: int) -> tuple[int, int]:
    """How much a block was grown before and after."""
    before, after = pair
    return pair if edge is not None else (min(before, start), min(after, sum(line) - start - line[i]))
