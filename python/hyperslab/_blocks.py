"""Chunks as an array of arrays."""

from __future__ import annotations

import itertools
import math
import operator
from typing import Any

import numpy as np

from hyperslab import _native


class BlockView:
    """The chunks of an array; indexing gives the array made of the chunks selected.

    Integers keep their dimension, so that the result always has the dimensions of the array.

    Examples
    --------
    >>> import hyperslab as da
    >>> x = da.arange(10, chunks=3)
    >>> x.blocks[1].compute()
    array([3, 4, 5])
    >>> x.blocks[-2:].chunks
    ((3, 1),)
    """

    def __init__(self, array: Any) -> None:
        self._array = array

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of chunks along each dimension."""
        return self._array.numblocks

    @property
    def size(self) -> int:
        """Number of chunks."""
        return math.prod(self.shape)

    def __getitem__(self, items: Any) -> Any:
        """The array made of the chunks selected."""
        array = self._array
        for axis, picked in enumerate(self._selections(items)):
            array = type(array)(_pick(array._expr, axis, picked))
        return array

    def _selections(self, items: Any) -> list[list[int]]:
        parts = list(items) if isinstance(items, tuple) else [items]
        if any(part is None for part in parts):
            raise ValueError("Slicing with np.newaxis or None is not supported for blocks")
        if sum(part is Ellipsis for part in parts) > 1:
            raise IndexError("an index can only have a single ellipsis ('...')")
        if sum(isinstance(part, list | np.ndarray) for part in parts) > 1:
            raise ValueError("Can only slice with a single list")
        ndim = len(self.shape)
        if not any(part is Ellipsis for part in parts):
            parts.append(Ellipsis)
        at = next(i for i, part in enumerate(parts) if part is Ellipsis)
        parts[at : at + 1] = [slice(None)] * (ndim - len(parts) + 1)
        if len(parts) > ndim:
            raise IndexError(f"too many indices for blocks: {ndim} dimensions, {len(parts)} were indexed")
        return [_positions(part, n, axis) for axis, (part, n) in enumerate(zip(parts, self.shape))]

    def ravel(self) -> list[Any]:
        """Every chunk as an array of its own, in C order."""
        return [self[place] for place in itertools.product(*(range(n) for n in self.shape))]


def _positions(part: Any, count: int, axis: int) -> list[int]:
    if isinstance(part, slice):
        return list(range(count))[part]
    if isinstance(part, list | np.ndarray):
        return [int(i) for i in np.arange(count)[np.asarray(part, dtype=None if len(part) else np.int64)]]
    i = operator.index(part)
    if not -count <= i < count:
        raise IndexError(f"block {i} is out of bounds for axis {axis} with {count} blocks")
    return [i % count]


def _pick(expr: _native.Expr, axis: int, picked: list[int]) -> _native.Expr:
    """The chunks `picked` along an axis: one slice for each run of neighbours."""
    if picked == list(range(expr.numblocks[axis])):
        return expr
    runs: list[tuple[int, int]] = []
    for i in picked:
        start, length = expr.chunk(axis, i)
        if runs and runs[-1][1] == start:
            runs[-1] = (runs[-1][0], start + length)
        else:
            runs.append((start, start + length))
    before = (slice(None),) * axis
    pieces = [expr.index((*before, slice(a, b, None))) for a, b in runs or [(0, 0)]]
    return pieces[0] if len(pieces) == 1 else _native.concatenate(pieces, axis)
