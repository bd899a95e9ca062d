"""Choosing, permuting, shuffling."""

from __future__ import annotations

import math
import operator
from collections.abc import MutableSequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from hyperslab import _engine, _native
from hyperslab._array import Array
from hyperslab._chunks import Chunks
from hyperslab._creation import asarray
from hyperslab._manipulation import reshape
from hyperslab._random_calls import Size, Streams, drawn, refuse_out, sizes

#: Permutations of so many are sorted random keys, all alike; longer ones are computed position by position.
_SORTED = 1 << 16


def permutation_of(streams: Streams, n: int, chunks: Chunks = "auto") -> Array:
    """The numbers from 0 to `n` in a random order."""
    if n <= _SORTED:
        keys = drawn(streams, "bits", (n,), -1)
        return Array(_native.sorted(keys._expr, True, 0, None)).rechunk(chunks)
    return drawn(streams, "permuted", (n,), chunks, np.uint64(n))


def _taken(a: Array, positions: Array, axis: int) -> Array:
    """Elements at positions, of any shape, along an axis."""
    flat = reshape(positions, (-1,))
    lifted = flat[(None,) * axis + (slice(None),) + (None,) * (a.ndim - axis - 1)]
    found = Array(_native.take_along(a._expr, lifted._expr, axis))
    return reshape(found, a.shape[:axis] + positions.shape + a.shape[axis + 1 :])


class Choosing:
    """Methods of generators that take from what is there."""

    _streams: Streams

    def _choice(self, a: Any, size: Size, replace: bool, p: Any, axis: int, chunks: Chunks) -> Array:
        whole = hasattr(a, "__index__") and not (isinstance(a, Array | np.ndarray) and a.ndim)
        shape = () if size is None else sizes(size)
        count = math.prod(shape)
        if whole:
            n = operator.index(a)
            if n <= 0 and count:
                raise ValueError("choice: a must be a positive integer unless no samples are taken")
        else:
            a = asarray(a)
            if a.ndim == 0:
                raise ValueError(f"choice: a must be a sequence or an integer, not a scalar of {a.dtype}")
            axis = normalize_axis_index(operator.index(axis), a.ndim)
            n = a.shape[axis]
            if n == 0 and count:
                raise ValueError("choice: a cannot be empty unless no samples are taken")
        weights = None if p is None else _probabilities(p, n)
        if replace:
            positions = self._with_replacement(n, shape, weights, chunks)
        else:
            positions = self._without_replacement(n, shape, weights, chunks)
        return positions if whole else _taken(a, positions, axis)

    def _with_replacement(self, n: int, shape: tuple[int, ...], p: np.ndarray | None, chunks: Chunks) -> Array:
        if p is None:
            return drawn(self._streams, "below", shape, chunks, np.uint64(n or 1)).astype(np.int64)
        steps = np.cumsum(p)
        at = drawn(self._streams, "unit", shape, chunks)
        return Array(_native.searchsorted(asarray(steps / (steps[-1:] or 1.0))._expr, at._expr, "right"))

    def _without_replacement(self, n: int, shape: tuple[int, ...], p: np.ndarray | None, chunks: Chunks) -> Array:
        count = math.prod(shape)
        if count > n:
            raise ValueError("choice: Cannot take a larger sample than population when replace is False")
        if p is None:
            order = permutation_of(self._streams, n)
        else:
            if np.count_nonzero(p) < count:
                raise ValueError("choice: Fewer non-zero entries in p than size")
            # The first of clocks that run at these rates, then the second, ….
            waits = drawn(self._streams, "standard_exponential", (n,), -1)
            with np.errstate(divide="ignore"):
                order = Array(_native.sorted((waits * (1.0 / p))._expr, True, 0, None))
        return reshape(order[:count], shape).rechunk(chunks)

    def _permutation(self, x: Any, axis: int, chunks: Chunks = "auto") -> Array:
        if hasattr(x, "__index__") and not (isinstance(x, Array | np.ndarray) and x.ndim):
            return permutation_of(self._streams, max(operator.index(x), 0), chunks)
        x = asarray(x)
        along = normalize_axis_index(operator.index(axis), x.ndim)
        order = _engine.evaluate(permutation_of(self._streams, x.shape[along])._expr)
        return x[(slice(None),) * along + (order,)]

    def _permuted(self, x: Any, axis: int | None, out: Any) -> Array:
        refuse_out(out, "permuted")
        x = asarray(x)
        if axis is None:
            return reshape(self._permutation(reshape(x, (-1,)), 0), x.shape).rechunk(x.chunks)
        along = normalize_axis_index(operator.index(axis), x.ndim)
        keys = drawn(self._streams, "bits", x.shape, x.chunks)
        order = _native.sorted(keys._expr, True, along, None)
        return Array(_native.take_along(x._expr, order, along))

    def _shuffle(self, x: Any, axis: int) -> None:
        if isinstance(x, Array):
            x._expr = self._permutation(x, axis)._expr
        elif isinstance(x, np.ndarray):
            along = normalize_axis_index(operator.index(axis), x.ndim)
            order = _engine.evaluate(permutation_of(self._streams, x.shape[along])._expr)
            x[...] = np.take(x, order, axis=along)
        elif isinstance(x, MutableSequence):
            if axis != 0:
                raise NotImplementedError("shuffle: axis is supported for arrays only, not for sequences")
            order = _engine.evaluate(permutation_of(self._streams, len(x))._expr)
            x[:] = [x[int(i)] for i in order]
        else:
            raise TypeError(f"shuffle: {type(x).__name__!r} object does not support item assignment")

    def _bytes(self, length: int) -> bytes:
        n = operator.index(length)
        words = drawn(self._streams, "bits", (-(-n // 8),), "auto")
        return np.asarray(_engine.evaluate(words._expr)).astype("<u8").tobytes()[:n]


def _probabilities(p: Any, n: int) -> np.ndarray:
    """Probabilities of that many, which add up to 1."""
    if isinstance(p, Array):
        raise NotImplementedError("choice: p is looked at when the call is made: pass p.compute()")
    p = np.asarray(p, dtype=float)
    if p.ndim != 1:
        raise ValueError("choice: p must be 1-dimensional")
    if p.size != n:
        raise ValueError(f"choice: a and p must have same size, they have {n} and {p.size}")
    if np.isnan(p).any():
        raise ValueError("choice: Probabilities contain NaN")
    if (p < 0).any():
        raise ValueError("choice: Probabilities are not non-negative")
    if n and abs(math.fsum(p) - 1.0) > math.sqrt(np.finfo(float).eps):
        raise ValueError(f"choice: Probabilities do not sum to 1 but to {math.fsum(p)}")
    return p
