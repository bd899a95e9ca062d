"""The largest or smallest elements along an axis: `topk` and `argtopk`."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from hyperslab._array import Array
from hyperslab._calls import rechunked
from hyperslab._creation import arange, asarray
from hyperslab._manipulation import broadcast_to
from hyperslab._reduction import tree

Places = tuple[np.ndarray, np.ndarray]


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

    def candidates(block: np.ndarray, axis: tuple[int, ...], keepdims: bool) -> np.ndarray:
        return _among(block, np.partition, k, axis[0])

    def ranked(block: np.ndarray, axis: tuple[int, ...], keepdims: bool) -> np.ndarray:
        return _along(np.sort(candidates(block, axis, keepdims), axis=axis[0]), axis[0], _ranks(k))

    functions = (candidates, candidates, ranked)
    return tree(
        [x],
        functions,
        (axis,),
        dtype=x.dtype,
        keepdims=True,
        split_every=split_every,
        size=lambda n: min(abs(k), n),
    )


def argtopk(a: Any, k: int, axis: int = -1, split_every: int | dict[int, int] | None = None) -> Array:
    """Where the k largest elements along an axis are; parameters as those of `topk`.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.argtopk(da.array([5, 1, 3, 6], chunks=2), 2).compute()
    array([3, 0])
    """
    x, k, axis = _arguments(a, k, axis)
    line = arange(x.shape[axis], dtype=np.intp).reshape((-1,) + (1,) * (x.ndim - axis - 1))
    where = rechunked(broadcast_to(line, x.shape), dict(enumerate(x.chunks)))

    def chosen(values: np.ndarray, where: np.ndarray, axis: int) -> Places:
        order = _among(values, np.argpartition, k, axis)
        return np.take_along_axis(values, order, axis), np.take_along_axis(where, order, axis)

    def candidates(block: np.ndarray, weights: np.ndarray, axis: tuple[int, ...], keepdims: bool) -> Places:
        return chosen(block, weights, axis[0])

    def combined(results: list[Places], axis: tuple[int, ...], keepdims: bool) -> Places:
        values, where = (np.concatenate(part, axis=axis[0]) for part in zip(*results))
        return chosen(values, where, axis[0])

    def ranked(results: list[Places], axis: tuple[int, ...], keepdims: bool) -> np.ndarray:
        values, where = combined(results, axis, keepdims)
        order = _along(np.argsort(values, axis=axis[0], kind="stable"), axis[0], _ranks(k))
        return np.take_along_axis(where, order, axis[0])

    return tree(
        [x, where],
        (candidates, combined, ranked),
        (axis,),
        dtype=np.intp,
        keepdims=True,
        split_every=split_every,
        concatenate=False,
        size=lambda n: min(abs(k), n),
    )


def _arguments(a: Any, k: int, axis: int) -> tuple[Array, int, int]:
    x = asarray(a)
    return x, operator.index(k), normalize_axis_index(axis, x.ndim)


def _along(block: np.ndarray, axis: int, item: slice) -> np.ndarray:
    return block[(*(slice(None),) * axis, item)]


def _ranks(k: int) -> slice:
    return slice(None, None, -1 if k > 0 else 1)


def _among(block: np.ndarray, partition: Any, k: int, axis: int) -> np.ndarray:
    """What `partition` makes of the k largest, or smallest, in no order."""
    if abs(k) >= block.shape[axis]:
        return block if partition is np.partition else np.argsort(block, axis=axis, kind="stable")
    if k == 0:
        return _along(partition(block, 0, axis=axis), axis, slice(0, 0))
    return _along(partition(block, -k if k > 0 else -k - 1, axis=axis), axis, slice(-k, None) if k > 0 else slice(-k))
