"""Diagonals and triangles of matrices."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from hyperslab import _ops
from hyperslab._array import Array
from hyperslab._chunks import Chunks
from hyperslab._creation import arange, asarray, eye, zeros
from hyperslab._join import concatenate
from hyperslab._manipulation import moveaxis
from hyperslab._numeric import where
from hyperslab._sorting import searchsorted, take_along_axis


def tri(N: int, M: int | None = None, k: int = 0, dtype: Any = float, chunks: Chunks = "auto") -> Array:
    """Ones at and below a diagonal, zeros above it.

    Parameters
    ----------
    N, M : int
        Rows and columns; as many columns as rows if not given.
    k : int
        Which diagonal: positive ones are above the main one.
    dtype : dtype
        Dtype.
    chunks : int, tuple, dict or str
        As in `from_array`.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.tri(3, dtype=int).compute()
    array([[1, 0, 0],
           [1, 1, 0],
           [1, 1, 1]])
    """
    rows, columns = (max(operator.index(n), 0) for n in (N, N if M is None else M))
    k = max(min(k, columns), -rows)
    lower = _ops.apply_ufunc("greater_equal", (arange(rows, chunks=-1)[:, None], arange(-k, columns - k, chunks=-1)))
    return lower.rechunk(chunks).astype(float if dtype is None else dtype)


def _zero(x: Array) -> np.ndarray:
    return np.zeros((), x.dtype)


def tril(m: Any, k: int = 0) -> Array:
    """Lower triangle of matrices, zeros above it.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.tril(da.ones((2, 2))).compute()
    array([[1., 0.],
           [1., 1.]])
    """
    x = asarray(m)
    return where(_lower(x, k), x, _zero(x))


def triu(m: Any, k: int = 0) -> Array:
    """Upper triangle of matrices, zeros below it.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.triu(da.ones((2, 2))).compute()
    array([[1., 1.],
           [0., 1.]])
    """
    x = asarray(m)
    return where(_lower(x, k - 1), _zero(x), x)


def _lower(x: Array, k: int) -> Array:
    """Where the lower triangle of the last two axes is, or that of a square if there is one axis."""
    if x.ndim == 0:
        raise TypeError("triangles need an array of at least one dimension")
    return tri(x.shape[-2:][0], x.shape[-1], k, bool)


def tril_indices(n: int, k: int = 0, m: int | None = None) -> tuple[Array, Array]:
    """Indices of the lower triangle of an ``(n, m)`` array.

    Parameters
    ----------
    n : int
        Rows.
    k : int
        Which diagonal the triangle ends with: 0 is the main one, those above it are positive.
    m : int, optional
        Columns; as many as rows if not given.

    Returns
    -------
    tuple of hyperslab.Array
        Rows and columns, int64.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.compute(*da.tril_indices(2))
    (array([0, 1, 1]), array([0, 0, 1]))
    """
    columns = n if m is None else m
    return _triangle(np.zeros(n, np.int64), np.clip(np.arange(n) + k + 1, 0, columns))


def triu_indices(n: int, k: int = 0, m: int | None = None) -> tuple[Array, Array]:
    """Indices of the upper triangle of an ``(n, m)`` array; see `tril_indices`."""
    columns = n if m is None else m
    first = np.clip(np.arange(n) + k, 0, columns)
    return _triangle(first, columns - first)


def _triangle(first: np.ndarray, counts: np.ndarray) -> tuple[Array, Array]:
    """Rows and columns of `counts` elements of each row, from the column `first` on."""
    ends = np.cumsum(counts)
    position = arange(int(ends[-1]) if len(ends) else 0)
    rows = searchsorted(asarray(ends), position, side="right")
    return rows, position - take_along_axis(asarray(ends - counts - first), rows, 0)


def tril_indices_from(arr: Any, k: int = 0) -> tuple[Array, Array]:
    """Indices of the lower triangle of an array; see `tril_indices`."""
    rows, columns = _plane(arr)
    return tril_indices(rows, k, columns)


def triu_indices_from(arr: Any, k: int = 0) -> tuple[Array, Array]:
    """Indices of the upper triangle of an array; see `tril_indices`."""
    rows, columns = _plane(arr)
    return triu_indices(rows, k, columns)


def diag_indices_from(arr: Any) -> tuple[np.ndarray, ...]:
    """Indices of the main diagonal of an array whose axes are all of one length, as NumPy arrays."""
    shape = asarray(arr).shape
    if len(shape) < 2:
        raise ValueError("input array must be at least 2-d")
    if len(set(shape)) > 1:
        raise ValueError(f"All dimensions of input must be of equal length, not {shape}")
    return np.diag_indices(shape[0], len(shape))


def _plane(arr: Any) -> tuple[int, ...]:
    shape = asarray(arr).shape
    if len(shape) != 2:
        raise ValueError("input array must be 2-d")
    return shape


def diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
    """Elements whose indices along two axes differ by `offset`, along a new last axis.

    Parameters
    ----------
    a : array_like
        Array of at least two dimensions.
    offset : int
        Which diagonal: positive ones are above the main one.
    axis1, axis2 : int
        The two axes.

    Raises
    ------
    ValueError
        If there are fewer than two dimensions, or the axes are the same.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.diagonal(da.arange(9).reshape(3, 3), 1).compute()
    array([1, 5])
    """
    x = asarray(a)
    if x.ndim < 2:
        raise ValueError("diag requires an array of at least two dimensions")
    first, second = normalize_axis_index(axis1, x.ndim), normalize_axis_index(axis2, x.ndim)
    if first == second:
        raise ValueError("axis1 and axis2 cannot be the same")
    x = moveaxis(x, (first, second), (-2, -1))
    rows, columns = x.shape[-2:]
    offset = int(offset)
    length = max(min(rows, columns - offset) if offset >= 0 else min(rows + offset, columns), 0)
    start = offset if offset >= 0 else -offset * columns
    if length == 0:
        return x[..., 0:0, 0] if columns else x[..., 0:0, :].reshape((*x.shape[:-2], 0))
    # Neighbours on a diagonal lie a row and one element apart.
    flat = x.reshape((*x.shape[:-2], rows * columns))
    return flat[..., start : start + (length - 1) * (columns + 1) + 1 : columns + 1]


def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None, out: None = None) -> Array:
    """Sum of the elements of a diagonal.

    Examples
    --------
    >>> import hyperslab as da
    >>> int(da.trace(da.arange(9).reshape(3, 3)))
    12
    """
    return _ops.FUNCTIONS["sum"](diagonal(a, offset, axis1, axis2), axis=-1, dtype=dtype, out=out)


def diag(v: Any, k: int = 0) -> Array:
    """A diagonal of a matrix, or the matrix that has a diagonal.

    Parameters
    ----------
    v : array_like
        Matrix, or the elements of a diagonal.
    k : int
        Which diagonal.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.diag(da.arange(1, 3)).compute()
    array([[1, 0],
           [0, 2]])
    """
    x = asarray(v)
    if x.ndim == 2:
        return diagonal(x, k)
    if x.ndim != 1:
        raise ValueError("Input must be 1- or 2-d.")
    n = len(x) + abs(k)
    gap = [zeros(abs(k), x.dtype)] if k else []
    padded = concatenate([x, *gap])
    # Above the main diagonal, a row holds the element of its own index; below it, a column does.
    across = padded[:, None] if k >= 0 else padded[None, :]
    return where(eye(n, n, k, bool, chunks=-1), across, _zero(x)).rechunk((padded.chunks[0],) * 2)


def diagflat(v: Any, k: int = 0) -> Array:
    """The matrix whose diagonal holds the elements of an array of any shape.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.diagflat([[1, 2], [3, 4]]).shape
    (4, 4)
    """
    return diag(asarray(v).ravel(), k)
