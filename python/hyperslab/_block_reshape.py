"""Reshaping each block by itself: `reshape_blockwise`."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from hyperslab import _calls
from hyperslab._array import Array
from hyperslab._creation import Shape, _shape, asarray
from hyperslab._join import concatenate
from hyperslab._manipulation import moveaxis, take

Line = tuple[int, ...]

#: From how many pieces on, elements are listed one by one.
_MANY_PIECES = 32


def reshape_blockwise(x: Any, shape: Shape, chunks: Sequence[Sequence[int]] | None = None) -> Array:
    """Each block reshaped by itself: the order of the elements is that of the blocks, and nothing moves between them.

    Parameters
    ----------
    x : array_like
        Array.
    shape : int or tuple of int
        The new shape, whose dimensions are products of neighbouring ones of the array, or the other way round; one of
        them may be -1.
    chunks : tuple of tuple of int, optional
        Chunks of the result, where it has more dimensions.

    Raises
    ------
    TypeError
        If the result has more dimensions and `chunks` are not given.
    ValueError
        If the blocks do not fit.

    Examples
    --------
    >>> import hyperslab as da
    >>> x = da.arange(8, chunks=4).reshape(2, 4).rechunk((2, 2))
    >>> y = da.reshape_blockwise(x, 8)
    >>> y.compute()
    array([0, 1, 4, 5, 2, 3, 6, 7])
    >>> da.reshape_blockwise(y, (2, 4), chunks=x.chunks).compute()
    array([[0, 1, 2, 3],
           [4, 5, 6, 7]])
    """
    a = asarray(x)
    new = _completed(a, shape)
    if new == a.shape:
        return a
    if len(new) <= a.ndim:
        if chunks is not None:
            raise ValueError("Setting chunks is not allowed when reducing the number of dimensions.")
        for axis, group in enumerate(_groups(a.shape, new)):
            a = _merged(a, axis, group)
        return a
    if chunks is None:
        raise TypeError("Need to specify chunks if expanding dimensions.")
    lines = _calls.grid(chunks)
    if tuple(map(sum, lines)) != new:
        raise ValueError(f"reshape_blockwise: chunks={lines} are not those of an array of shape {new}")
    axis = 0
    for group in _groups(new, a.shape):
        a = _parted(a, axis, lines[axis : axis + group])
        axis += group
    return a


def _completed(a: Array, shape: Shape) -> tuple[int, ...]:
    sizes: list[Any] = [shape] if hasattr(shape, "__index__") else list(shape)  # type: ignore[arg-type]
    if sizes.count(-1) > 1:
        raise ValueError("can only specify one unknown dimension")
    if -1 in sizes:
        rest = math.prod(n for n in sizes if n != -1)
        sizes[sizes.index(-1)] = a.size // rest if rest else 0
    new = _shape(tuple(sizes))
    if math.prod(new) != a.size:
        raise ValueError(f"cannot reshape array of shape {a.shape} into shape {new}")
    return new


def _groups(long: tuple[int, ...], short: tuple[int, ...]) -> list[int]:
    """How many dimensions of the longer shape make each one of the shorter."""
    found, start = [], 0
    for i, n in enumerate(short):
        most = len(long) - (len(short) - i - 1)
        ends = [most] if i == len(short) - 1 else range(start + 1, most + 1)
        end = next((end for end in ends if math.prod(long[start:end]) == n), None)
        if end is None:
            raise ValueError(
                f"reshape_blockwise: the dimensions of {short} are no products of neighbouring ones of {long}"
            )
        found.append(end - start)
        start = end
    return found


def _pieces(lines: Sequence[Line]) -> int:
    return math.prod(sum(1 for _ in itertools.groupby(line)) for line in lines)


def _blocks_in_order(lines: Sequence[Line]) -> np.ndarray:
    """Positions of elements in C order, for the order of blocks."""
    numbers = [np.repeat(np.arange(len(line)), line) for line in lines]
    shape = [len(line) for line in lines]
    return np.argsort(np.ravel_multi_index(np.ix_(*numbers), shape).ravel(), kind="stable")


def _products(lines: Sequence[Line]) -> Line:
    """How many elements each block has, the last axis going fastest."""
    sizes = np.ones(1, np.int64)
    for line in lines:
        sizes = np.multiply.outer(sizes, np.array(line)).ravel()
    return tuple(sizes.tolist())


def _runs(line: Line) -> list[tuple[int, int, int]]:
    """Chunks of one size beside each other: where they begin, their size, how many."""
    runs, start = [], 0
    for size, same in itertools.groupby(line):
        count = len(list(same))
        runs.append((start, size, count))
        start += size * count
    return runs


def _merged(a: Array, axis: int, count: int) -> Array:
    """Neighbouring axes as one, block by block."""
    if count == 1:
        return a
    lines = a.chunks[axis : axis + count]
    chunks = [*a.chunks[:axis], _products(lines), *a.chunks[axis + count :]]
    flat = [sum(line) for line in chunks]
    if _pieces(lines) > _MANY_PIECES:
        made = take(a.reshape(flat), _blocks_in_order(lines), axis)
    else:
        made = _joined(a[(*(slice(None),) * axis, None)], axis, lines, 0).reshape(flat)
    return _calls.rechunked(made, dict(enumerate(chunks)))


def _parted(a: Array, axis: int, lines: Sequence[Line]) -> Array:
    """An axis as several, block by block."""
    if _products(lines) != a.chunks[axis]:
        raise ValueError(
            f"reshape_blockwise: chunk sizes do not match along axis {axis}: blocks have {a.chunks[axis][:5]} "
            f"elements, those that chunks={tuple(lines)} name have {_products(lines)[:5]}"
        )
    chunks = [*a.chunks[:axis], *lines, *a.chunks[axis + 1 :]]
    new = [sum(line) for line in chunks]
    if _pieces(lines) > _MANY_PIECES:
        made = take(a, np.argsort(_blocks_in_order(lines)), axis).reshape(new)
    else:
        made = _divided(a[(*(slice(None),) * axis, None)], axis, lines, []).reshape(new)
    return _calls.rechunked(made, dict(enumerate(chunks)))


def _joined(a: Array, axis: int, lines: Sequence[Line], inner: int) -> Array:
    """Axes as one, in the order of blocks.

    Axis `axis` numbers the blocks of the axes that were gone through; after it stand those of `lines`, and then the
    `inner` ones: positions in single blocks of those that were.
    """
    lead, rest = a.shape[:axis], lines[1:]
    if not lines:
        last = axis + 1 + inner
        return a.reshape((*lead, a.shape[axis], math.prod(a.shape[axis + 1 : last]), *a.shape[last:]))
    pieces = []
    for start, size, count in _runs(lines[0]):
        part = a[(*(slice(None),) * (axis + 1), slice(start, start + size * count))]
        blocks, tail = a.shape[axis], a.shape[axis + 2 :]
        part = part.reshape((*lead, blocks, count, size, *tail))
        part = moveaxis(part, axis + 2, axis + 2 + len(rest) + inner)
        part = part.reshape((*lead, blocks * count, *part.shape[axis + 2 :]))
        made = _joined(part, axis, rest, inner + 1)
        pieces.append(made.reshape((*lead, blocks, count * made.shape[axis + 1], *made.shape[axis + 2 :])))
    return pieces[0] if len(pieces) == 1 else concatenate(pieces, axis=axis + 1)


def _divided(a: Array, axis: int, lines: Sequence[Line], inner: list[int]) -> Array:
    """The way back of `_joined`; `inner` are the lengths of single blocks along axes that were gone through."""
    lead, blocks, tail, rest = a.shape[:axis], a.shape[axis], a.shape[axis + 2 :], lines[1:]
    if not lines:
        return a.reshape((*lead, blocks, *inner, *tail))
    below = math.prod(sum(line) for line in rest) * math.prod(inner)
    pieces = []
    for start, size, count in _runs(lines[0]):
        part = a[(*(slice(None),) * (axis + 1), slice(start * below, (start + size * count) * below))]
        part = part.reshape((*lead, blocks * count, size * below, *tail))
        made = _divided(part, axis, rest, [*inner, size])
        made = made.reshape((*lead, blocks, count, *made.shape[axis + 1 :]))
        made = moveaxis(made, axis + 2 + len(rest) + len(inner), axis + 2)
        pieces.append(made.reshape((*lead, blocks, count * size, *made.shape[axis + 3 :])))
    return pieces[0] if len(pieces) == 1 else concatenate(pieces, axis=axis + 1)
