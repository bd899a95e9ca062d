"""Arrays joined: concatenate and its kin."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from hyperslab import _keywords, _native, _opaque, _outputs
from hyperslab._array import Array
from hyperslab._creation import asarray
from hyperslab._manipulation import atleast_1d, atleast_2d, atleast_3d


def _arrays(arrays: Any) -> list[Array]:
    if isinstance(arrays, Array):
        return list(arrays)
    return [asarray(a) for a in arrays]


def _finished(x: Array, name: str, out: Any, dtype: Any, casting: str) -> Array:
    if out is not None and dtype is not None:
        raise TypeError(f"{name}() only takes `out` or `dtype` as an argument, but both were provided.")
    return _outputs.deliver(x, out, name, casting)


def _ready(arrays: Any, dtype: Any, casting: str) -> list[Array]:
    """The arrays, cast as the rule allows."""
    parts = _arrays(arrays)
    if dtype is None and any(_opaque.is_opaque(p) for p in parts):
        dtype = np.result_type(*(p.dtype for p in parts))
    return parts if dtype is None else [p.astype(dtype, casting=casting) for p in parts]


@_keywords.accepts("allow_unknown_chunksizes")
def concatenate(
    arrays: Sequence[Any], axis: int | None = 0, out: Any = None, *, dtype: Any = None, casting: str = "same_kind"
) -> Array:
    """Arrays one after the other along an axis that they have.

    Parameters
    ----------
    arrays : sequence of array_like
        Of the same shape but for `axis`.
    axis : int or None
        ``None`` flattens the arrays first.
    out : numpy.ndarray or Array, optional
        Memory to fill, or an array that becomes the result.
    dtype : dtype, optional
        Dtype of the result; by promotion if not given.
    casting : {"no", "equiv", "safe", "same_kind", "unsafe"}
        Which casts are allowed.

    Raises
    ------
    ValueError
        If other dimensions differ.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.concatenate([da.ones(2), da.zeros(3)]).compute()
    array([1., 1., 0., 0., 0.])
    """
    parts = _ready(arrays, dtype, casting)
    if not parts:
        raise ValueError("need at least one array to concatenate")
    if axis is None:
        parts, axis = [p.ravel() for p in parts], 0
    if any(p.ndim == 0 for p in parts):
        raise ValueError("zero-dimensional arrays cannot be concatenated")
    x = Array(_native.concatenate([p._expr for p in parts], operator.index(axis)))
    return _finished(x, "concatenate", out, dtype, casting)


concat = concatenate


@_keywords.accepts("allow_unknown_chunksizes")
def stack(
    arrays: Sequence[Any], axis: int = 0, out: Any = None, *, dtype: Any = None, casting: str = "same_kind"
) -> Array:
    """Arrays of one shape along a new axis.

    Parameters
    ----------
    arrays : sequence of array_like
        Of the same shape.
    axis : int
        Place of the new axis.

    Raises
    ------
    ValueError
        If the shapes differ.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.stack([da.ones(3), da.zeros(3)], axis=-1).shape
    (3, 2)
    """
    parts = _ready(arrays, dtype, casting)
    if not parts:
        raise ValueError("need at least one array to stack")
    if any(p.shape != parts[0].shape for p in parts):
        raise ValueError(f"all input arrays must have the same shape, not {', '.join(str(p.shape) for p in parts)}")
    x = Array(_native.stack([p._expr for p in parts], operator.index(axis)))
    return _finished(x, "stack", out, dtype, casting)


@_keywords.accepts("allow_unknown_chunksizes")
def vstack(tup: Sequence[Any], *, dtype: Any = None, casting: str = "same_kind") -> Array:
    """Arrays as rows, one below the other.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.vstack([da.ones(3), da.zeros((2, 3))]).shape
    (3, 3)
    """
    return concatenate([atleast_2d(a) for a in _arrays(tup)], axis=0, dtype=dtype, casting=casting)


@_keywords.accepts("allow_unknown_chunksizes")
def hstack(tup: Sequence[Any], *, dtype: Any = None, casting: str = "same_kind") -> Array:
    """Arrays side by side: along the second axis, or the first of 1-d arrays.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.hstack([da.ones((2, 1)), da.zeros((2, 3))]).shape
    (2, 4)
    """
    parts = [atleast_1d(a) for a in _arrays(tup)]
    axis = 0 if parts and parts[0].ndim == 1 else 1
    return concatenate(parts, axis=axis, dtype=dtype, casting=casting)


@_keywords.accepts("allow_unknown_chunksizes")
def dstack(tup: Sequence[Any]) -> Array:
    """Arrays behind each other, along the third axis.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.dstack([da.ones((2, 3)), da.zeros((2, 3))]).shape
    (2, 3, 2)
    """
    return concatenate([atleast_3d(a) for a in _arrays(tup)], axis=2)


@_keywords.accepts("allow_unknown_chunksizes")
def block(arrays: Any) -> Array:
    """An array out of nested lists of blocks, as `numpy.block` does it.

    Parameters
    ----------
    arrays : nested list of array_like
        The innermost lists are joined along the last axis, those around them along the one before, and so on.

    Raises
    ------
    ValueError
        If the depth of the lists differs, or shapes do not fit.

    Examples
    --------
    >>> import hyperslab as da
    >>> a, b = da.ones((2, 2)), da.zeros((2, 1))
    >>> da.block([[a, b], [b, a]]).shape
    (4, 3)
    """
    depth = _depth(arrays)
    leaves = [asarray(leaf) for leaf in _leaves(arrays)]
    ndim = max([depth, *(leaf.ndim for leaf in leaves)])

    def join(item: Any, level: int) -> Array:
        if not isinstance(item, list):
            leaf = asarray(item)
            return leaf[(None,) * (ndim - leaf.ndim)]
        return concatenate([join(part, level + 1) for part in item], axis=level - depth)

    return join(arrays, 0)


def _depth(item: Any) -> int:
    if isinstance(item, tuple):
        raise TypeError("block: only lists can be used to arrange blocks, and np.block does not allow tuples")
    if not isinstance(item, list):
        return 0
    if not item:
        raise ValueError("List at arrays cannot be empty")
    depths = {_depth(part) for part in item}
    if len(depths) > 1:
        raise ValueError(f"List depths are mismatched: {sorted(depths)} in one list")
    return depths.pop() + 1


def _leaves(item: Any) -> list[Any]:
    return [leaf for part in item for leaf in _leaves(part)] if isinstance(item, list) else [item]


def roll(a: Any, shift: int | Sequence[int], axis: int | Sequence[int] | None = None) -> Array:
    """Elements moved along axes; those that fall off the end come back at the start.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.roll(da.arange(5), 2).compute()
    array([3, 4, 0, 1, 2])
    """
    x = asarray(a)
    if axis is None:
        return roll(x.ravel(), shift, 0).reshape(x.shape)
    for by, d in np.broadcast(shift, normalize_axis_tuple(axis, x.ndim, allow_duplicate=True)):
        n = x.shape[int(d)]
        cut = int(by) % n if n else 0
        if cut:
            before = (slice(None),) * int(d)
            x = concatenate([x[(*before, slice(n - cut, None))], x[(*before, slice(None, n - cut))]], axis=int(d))
    return x


def tile(A: Any, reps: int | Sequence[int]) -> Array:
    """The array repeated as often as `reps` say along each dimension.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.tile(da.arange(2), 3).compute()
    array([0, 1, 0, 1, 0, 1])
    """
    x = asarray(A)
    counts = [int(n) for n in np.asarray(reps).ravel()]
    x = x[(None,) * max(len(counts) - x.ndim, 0)]
    counts = [1] * (x.ndim - len(counts)) + counts
    for d, n in enumerate(counts):
        if n == 0:
            x = x[(slice(None),) * d + (slice(0, 0),)]
        elif n != 1:
            x = concatenate([x] * n, axis=d)
    return x


def row_stack(tup: Any, *, dtype: Any = None, casting: str = "same_kind") -> Array:
    """`vstack` by its old name."""
    return vstack(tup, dtype=dtype, casting=casting)
