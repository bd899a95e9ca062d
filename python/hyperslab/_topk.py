"""The largest or smallest elements along an axis: `topk` and `argtopk`."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from hyperslab._array import Array
from hyperslab._calls import rechunked
from hyperslab._creation import arange, asarray
from hyperslab._manipulation import broadcast_to
from hyperslab._reduction import tree
from hyperslab._sorting import in_order

#: Bytes of a block of which candidates are taken, and how much longer it is than they are.
_BLOCK, _LONGER = 1 << 20, 8
#: What is smaller is joined.
_SMALL_BLOCK = 1 << 16


def topk(a: Any, k: int, axis: int = -1, split_every: int | dict[int, int] | None = None) -> Array:
    """The k largest elements along an axis, the largest first; the smallest ones, the smallest first, if k is negative.

    Parameters
    ----------
    a : array_like
        Array.
    k : int
        How many; all there are if they are fewer.
    axis : int
        Axis to go along.
    split_every : int or dict, optional
        How many blocks' candidates are compared by one call.

    Examples
    --------
    >>> import hyperslab as da
    >>> x = da.array([5, 1, 3, 6], chunks=2)
    >>> da.topk(x, 2).compute()
    array([6, 5])
    >>> da.topk(x, -2).compute()
    array([1, 3])
    """
    x, k, axis = _arguments(a, k, axis)
    if _are_many(x, k, axis):
        return _ends(in_order(x, False, axis), k, axis)

    def candidates(block: np.ndarray, axis: tuple[int, ...], keepdims: bool) -> np.ndarray:
        return among(block, np.partition, k, axis[0])

    def ranked(block: np.ndarray, axis: tuple[int, ...], keepdims: bool) -> np.ndarray:
        return _along(np.sort(candidates(block, axis, keepdims), axis=axis[0]), axis[0], _ranks(k))

    made = _by_candidates([_cut(x, k, axis)], (candidates, candidates, ranked), k, axis, x.dtype, split_every)
    return _in_chunks_of(x, made, axis)


def argtopk(a: Any, k: int, axis: int = -1, split_every: int | dict[int, int] | None = None) -> Array:
    """Where the k largest elements along an axis are; parameters as those of `topk`.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.argtopk(da.array([5, 1, 3, 6], chunks=2), 2).compute()
    array([3, 0])
    """
    x, k, axis = _arguments(a, k, axis)
    if _are_many(x, k, axis):
        return _ends(in_order(x, True, axis), k, axis)
    cut = _cut(x, k, axis)
    line = arange(x.shape[axis], dtype=np.intp).reshape((-1,) + (1,) * (x.ndim - axis - 1))
    where = rechunked(broadcast_to(line, x.shape), dict(enumerate(cut.chunks)))
    found = np.dtype([("value", x.dtype), ("place", np.intp)])

    def combined(results: np.ndarray, axis: tuple[int, ...], keepdims: bool) -> np.ndarray:
        order = among(results["value"], np.argpartition, k, axis[0])
        return np.take_along_axis(results, order, axis[0])

    def candidates(block: np.ndarray, weights: np.ndarray, axis: tuple[int, ...], keepdims: bool) -> np.ndarray:
        order = among(block, np.argpartition, k, axis[0])
        pairs = np.empty(order.shape, found)
        pairs["value"], pairs["place"] = (np.take_along_axis(part, order, axis[0]) for part in (block, weights))
        return pairs

    def ranked(results: np.ndarray, axis: tuple[int, ...], keepdims: bool) -> np.ndarray:
        last = combined(results, axis, keepdims)
        order = _along(np.argsort(last["value"], axis=axis[0], kind="stable"), axis[0], _ranks(k))
        return np.take_along_axis(last["place"], order, axis[0])

    made = _by_candidates([cut, where], (candidates, combined, ranked), k, axis, np.intp, split_every)
    return _in_chunks_of(x, made, axis)


def _by_candidates(
    arrays: list[Array], functions: tuple[Any, Any, Any], k: int, axis: int, dtype: Any, split_every: Any
) -> Array:
    """What is ranked of the candidates of all blocks."""
    options = {"dtype": dtype, "keepdims": True, "split_every": split_every}
    return tree(arrays, functions, (axis,), size=lambda n: min(abs(k), n), **options)


def _arguments(a: Any, k: int, axis: int) -> tuple[Array, int, int]:
    x = asarray(a)
    return x, operator.index(k), normalize_axis_index(axis, x.ndim)


def _along(block: Any, axis: int, item: slice) -> Any:
    """Some positions along an axis of a block, or of an array."""
    return block[(*(slice(None),) * axis, item)]


def _ranks(k: int) -> slice:
    return slice(None, None, -1 if k > 0 else 1)


def among(block: np.ndarray, partition: Any, k: int, axis: int) -> np.ndarray:
    """What `partition` makes of the k largest, or smallest, in no order: elements, or where they are."""
    if abs(k) >= block.shape[axis]:
        return block if partition is np.partition else np.argsort(block, axis=axis, kind="stable")
    if k == 0:
        return _along(partition(block, 0, axis=axis), axis, slice(0, 0))
    return _along(partition(block, -k if k > 0 else -k - 1, axis=axis), axis, slice(-k, None) if k > 0 else slice(-k))


def _are_many(x: Array, k: int, axis: int) -> bool:
    """Whether blocks would be hardly longer than their candidates: then all elements are sorted."""
    return min(abs(k), x.shape[axis]) * _LONGER * x.dtype.itemsize > _BLOCK


def _ends(ordered: Array, k: int, axis: int) -> Array:
    if k < 0:
        return _along(ordered, axis, slice(-k))
    return _along(ordered, axis, slice(-1, -k - 1 if k < ordered.shape[axis] else None, -1))


def _cut(x: Array, k: int, axis: int) -> Array:
    """The array in blocks that are several times as long as their candidates, and neither tiny nor huge."""
    size, pieces = math.prod(x.chunksize) * x.dtype.itemsize, math.prod(x.numblocks)
    long = x.numblocks[axis] == 1 or x.chunksize[axis] >= _LONGER * abs(k)
    if x.size == 0 or (long and size <= 2 * _BLOCK and (size >= _SMALL_BLOCK or pieces == 1)):
        return x
    room = max(_BLOCK // x.dtype.itemsize, 1)
    least = min(max(_LONGER * abs(k), 1), x.shape[axis])
    sizes = list(x.shape if size < _SMALL_BLOCK else x.chunksize)
    left = max(room // least, 1)
    for d in reversed([d for d in range(x.ndim) if d != axis]):
        sizes[d] = min(sizes[d], left)
        left = max(left // max(sizes[d], 1), 1)
    others = math.prod(n for d, n in enumerate(sizes) if d != axis)
    sizes[axis] = min(max(room // max(others, 1), least), x.shape[axis])
    return x.rechunk(tuple(sizes))


def _in_chunks_of(x: Array, made: Array, axis: int) -> Array:
    """A result with the chunks of the array along other axes."""
    lines = {d: line for d, line in enumerate(x.chunks) if d != axis and line != made.chunks[d]}
    return rechunked(made, lines) if lines else made
