"""Linear algebra: ``da.linalg``."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any, NoReturn

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple
from numpy.linalg import LinAlgError

from hyperslab import _diagonals, _einsum, _linalg, _missing, _ops, _products
from hyperslab._array import Array
from hyperslab._creation import asarray, eye
from hyperslab._factors import (
    cholesky,
    det,
    eig,
    eigh,
    eigvals,
    eigvalsh,
    inv,
    lu,
    qr,
    slogdet,
    solve,
    solve_triangular,
    svd,
    svdvals,
)
from hyperslab._least_squares import lstsq, matrix_rank, pinv
from hyperslab._linalg import matmul, tensordot, vecdot
from hyperslab._manipulation import broadcast_to, matrix_transpose, moveaxis
from hyperslab._numeric import where
from hyperslab._rows import told_as
from hyperslab._tall import compression_level, compression_matrix, sfqr, svd_compressed, svd_flip, tsqr

__all__ = [
    "LinAlgError",
    "cholesky",
    "compression_level",
    "compression_matrix",
    "cond",
    "cross",
    "det",
    "diagonal",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "inv",
    "lstsq",
    "lu",
    "matmul",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "matrix_transpose",
    "multi_dot",
    "norm",
    "outer",
    "pinv",
    "qr",
    "sfqr",
    "slogdet",
    "solve",
    "solve_triangular",
    "svd",
    "svd_compressed",
    "svd_flip",
    "svdvals",
    "tensordot",
    "tensorinv",
    "tensorsolve",
    "trace",
    "tsqr",
    "vecdot",
    "vector_norm",
]

_ufunc = _ops.apply_ufunc


def _fold(name: str, x: Any, axis: Any, keepdims: bool = False) -> Array:
    return _ops.FUNCTIONS[name](x, axis=axis, keepdims=keepdims)


def cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Array:
    """Cross products of vectors of three elements along an axis.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.linalg.cross(da.array([1, 0, 0]), da.array([0, 1, 0])).compute()
    array([0, 0, 1])
    """
    return _products.cross(x1, x2, axis=axis)


def diagonal(x: Any, /, *, offset: int = 0) -> Array:
    """Diagonals of stacks of matrices: of the last two axes.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.linalg.diagonal(da.ones((4, 2, 3))).shape
    (4, 2)
    """
    return _diagonals.diagonal(x, offset, axis1=-2, axis2=-1)


def trace(x: Any, /, *, offset: int = 0, dtype: Any = None) -> Array:
    """Sums of diagonals of stacks of matrices: of the last two axes.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.linalg.trace(da.ones((4, 2, 3))).shape
    (4,)
    """
    return _diagonals.trace(x, offset, axis1=-2, axis2=-1, dtype=dtype)


def outer(x1: Any, x2: Any, /) -> Array:
    """Products of all pairs of elements of two 1-d arrays.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.linalg.outer(da.arange(2), da.arange(3)).shape
    (2, 3)
    """
    a, b = asarray(x1), asarray(x2)
    if a.ndim != 1 or b.ndim != 1:
        raise ValueError(f"Input arrays must be one-dimensional, but they are x1.ndim={a.ndim} and x2.ndim={b.ndim}.")
    return _linalg.outer(a, b)


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Array:
    """Norm of vectors or matrices.

    Parameters
    ----------
    x : array_like
        Array; if `axis` is not given, of one or two dimensions, or of any without `ord`.
    ord : {"fro", "nuc", inf, -inf, 1, -1, 2, -2, 0, float}, optional
        Which norm; the 2-norm of vectors and the Frobenius norm of matrices if not given. As in `numpy.linalg.norm`.
    axis : int or (int, int), optional
        Axis of the vectors, or axes of the matrices.
    keepdims : bool
        Whether these axes stay, with length 1.

    Raises
    ------
    ValueError
        For a norm that vectors or matrices have not.
    Examples
    --------
    >>> import hyperslab as da
    >>> float(da.linalg.norm(da.array([3.0, 4.0])))
    5.0
    """
    a = asarray(x)
    if a.dtype.kind not in "fc":
        a = a.astype(np.float64)
    if axis is None and ord is None:
        return _vector_norm(a, tuple(range(a.ndim)), 2, keepdims)
    axes = tuple(range(a.ndim)) if axis is None else axis if isinstance(axis, tuple) else (operator.index(axis),)
    if len(axes) == 1:
        if isinstance(ord, str):
            raise ValueError(f"Invalid norm order '{ord}' for vectors")
        return _vector_norm(a, normalize_axis_index(axes[0], a.ndim), 2 if ord is None else ord, keepdims)
    if len(axes) != 2:
        raise ValueError("Improper number of dimensions to norm.")
    rows, columns = (normalize_axis_index(d, a.ndim) for d in axes)
    if rows == columns:
        raise ValueError("Duplicate axes given.")
    return _matrix_norm(a, rows, columns, "fro" if ord is None else ord, keepdims)


def _squares(a: Array) -> Array:
    if a.dtype.kind != "c":
        return _ufunc("multiply", (a, a))
    return _ufunc("add", (_ufunc("square", (a.real,)), _ufunc("square", (a.imag,))))


def _vector_norm(a: Array, axis: Any, ord: Any, keepdims: bool) -> Array:
    if ord in (np.inf, -np.inf):
        return _fold("max" if ord > 0 else "min", _ufunc("absolute", (a,)), axis, keepdims)
    if ord == 0:
        return _fold("sum", _ufunc("not_equal", (a, 0)).astype(a.real.dtype), axis, keepdims)
    if ord == 1:
        return _fold("sum", _ufunc("absolute", (a,)), axis, keepdims)
    if ord == 2:
        return _ufunc("sqrt", (_fold("sum", _squares(a), axis, keepdims),))
    powers = _ufunc("power", (_ufunc("absolute", (a,)), ord))
    return _ufunc("power", (_fold("sum", powers, axis, keepdims), np.reciprocal(ord, dtype=a.real.dtype)))


def _matrix_norm(a: Array, rows: int, columns: int, ord: Any, keepdims: bool) -> Array:
    if ord in ("fro", "f"):
        return _ufunc("sqrt", (_fold("sum", _squares(a), (rows, columns), keepdims),))
    if ord in (2, -2, "nuc"):
        values = svdvals(moveaxis(a, (rows, columns), (-2, -1)))
        if ord == -2:
            result = _fold("min", values, -1)
        else:
            result = _fold("sum", values, -1) if ord == "nuc" else _ops.FUNCTIONS["max"](values, axis=-1, initial=0)
        kept = tuple(None if d in (rows, columns) else slice(None) for d in range(a.ndim))
        return result[kept] if keepdims else result
    if ord not in (1, -1, np.inf, -np.inf):
        raise ValueError("Invalid norm order for matrices.")
    summed, compared = (rows, columns) if abs(ord) == 1 else (columns, rows)
    sums = _fold("sum", _ufunc("absolute", (a,)), summed, keepdims=True)
    result = _fold("max" if ord > 0 else "min", sums, compared, keepdims=True)
    return result if keepdims else result.squeeze((rows, columns))


def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: float = 2) -> Array:
    """Norm of vectors, along one axis, several, or of all elements.

    Examples
    --------
    >>> import hyperslab as da
    >>> float(da.linalg.vector_norm(da.ones((4, 4)), ord=1))
    16.0
    """
    a = asarray(x)
    if a.dtype.kind not in "fc":
        a = a.astype(np.float64)
    axes = tuple(range(a.ndim)) if axis is None else normalize_axis_tuple(axis, a.ndim)
    return _vector_norm(a, axes, ord, keepdims)


def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Array:
    """Norm of stacks of matrices: of the last two axes; see `norm`.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.linalg.matrix_norm(da.ones((5, 2, 2)))[0].compute()
    np.float64(2.0)
    """
    return norm(x, ord, (-2, -1), keepdims)


def matrix_power(a: Any, n: int) -> Array:
    """Product of a square matrix with itself, `n` times; of its inverse for negative `n`.

    Raises
    ------
    LinAlgError
        If the matrix is not square; when computed, if `n` is negative and it is singular.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.linalg.matrix_power(da.array([[1, 1], [0, 1]]), 5).compute()
    array([[1, 5],
           [0, 1]])
    """
    x = asarray(a)
    if x.ndim < 2:
        raise LinAlgError(f"{x.ndim}-dimensional array given. Array must be at least two-dimensional")
    if x.shape[-1] != x.shape[-2]:
        raise LinAlgError(f"Last 2 dimensions of the array must be square, not {x.shape[-2:]}")
    try:
        n = operator.index(n)
    except TypeError:
        raise TypeError("exponent must be an integer") from None
    if n < 0:
        x, n = inv(x), -n
    if n == 0:
        return broadcast_to(eye(x.shape[-1], dtype=x.dtype), x.shape)
    # Squares of the matrix, of those that the binary digits of n name.
    result, square = None, x
    while n:
        if n & 1:
            result = square if result is None else matmul(result, square)
        n >>= 1
        square = matmul(square, square) if n else square
    assert result is not None
    return result


def multi_dot(arrays: Sequence[Any], *, out: None = None) -> Array:
    """Product of several matrices, in the order that needs the fewest multiplications.

    Parameters
    ----------
    arrays : sequence of array_like
        Matrices; the first may be a row, the last a column, of one dimension.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.linalg.multi_dot([da.ones((2, 50)), da.ones((50, 3)), da.ones(3)]).compute()
    array([150., 150.])
    """
    parts = [asarray(x) for x in arrays]
    if len(parts) < 2:
        raise ValueError("Expecting at least two arrays.")
    if len(parts) == 2:
        return _linalg.dot(*parts)
    for i, x in enumerate(parts):
        ends = i in (0, len(parts) - 1)
        if x.ndim != 2 and not (ends and x.ndim == 1):
            raise LinAlgError(f"{x.ndim}-dimensional array given. Array must be two-dimensional")
    labels: list[Any] = [[i, i + 1] for i in range(len(parts))]
    result = [0, len(parts)]
    if parts[0].ndim == 1:
        labels[0], result = [1], result[1:]
    if parts[-1].ndim == 1:
        labels[-1], result = [len(parts) - 1], result[:-1]
    for left, right, x, y in zip(labels, labels[1:], parts, parts[1:]):
        if x.shape[-1] != y.shape[0]:
            raise ValueError(f"shapes {x.shape} and {y.shape} not aligned: axes {left} and {right}")
    operands = [part for pair in zip(parts, labels) for part in pair]
    return _einsum.einsum(*operands, result, optimize="optimal", out=out)


def cond(x: Any, p: Any = None) -> Array:
    """Condition numbers of matrices: the norm times that of the inverse.

    Parameters
    ----------
    x : array_like
        Of shape ``(..., m, n)``.
    p : {"fro", "nuc", inf, -inf, 1, -1, 2, -2}, optional
        Which norm; 2 if not given. Others than 2 and -2 are of square matrices.

    Returns
    -------
    Array
        Infinite for singular matrices.

    Examples
    --------
    >>> import hyperslab as da
    >>> float(da.linalg.cond(da.array([[1.0, 0.0], [0.0, 4.0]])))
    4.0
    """
    a = asarray(x)
    if a.ndim >= 2 and 0 in a.shape[-2:]:
        raise LinAlgError(f"cond is not defined on empty arrays: shape {a.shape}")
    if p in (None, 2, -2):
        values = svdvals(a)
        ends = (values[..., -1], values[..., 0]) if p == -2 else (values[..., 0], values[..., -1])
        result = _ufunc("divide", ends)
    else:
        # In the place of singular matrices stand such that have an inverse.
        regular = _ufunc("not_equal", (slogdet(a).sign, 0))
        a = a if a.dtype.kind in "fc" else a.astype(np.float64)
        inverse = inv(where(regular[..., None, None], a, eye(a.shape[-1], dtype=a.dtype)))
        result = _ufunc("multiply", (norm(a, p, (-2, -1)), norm(inverse, p, (-2, -1))))
        result = where(regular, result, np.asarray(np.inf, result.dtype))
    if a.dtype.kind not in "fc":
        a = a.astype(np.float64)
    undefined = _ufunc("isnan", (result,)) & ~_fold("any", _ufunc("isnan", (a,)), (-2, -1))  # type: ignore[operator]
    return told_as(where(undefined, np.asarray(np.inf, result.dtype), result), (a,))  # NumPy silences its own.


def tensorinv(a: Any, ind: int = 2) -> Array:
    """Inverse of an array as a mapping: of its last axes to its first `ind` ones.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.linalg.tensorinv(da.eye(6).reshape(2, 3, 6), ind=2).shape
    (6, 2, 3)
    """
    x = asarray(a)
    if ind <= 0:
        raise ValueError("Invalid ind argument.")
    back = (*x.shape[ind:], *x.shape[:ind])
    return inv(x.reshape(math.prod(x.shape[ind:]), -1)).reshape(back)


def tensorsolve(a: Any, b: Any, axes: Sequence[int] | None = None) -> Array:
    """What `tensordot` of `a` with gives `b`.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.linalg.tensorsolve(da.eye(6).reshape(2, 3, 6), da.ones((2, 3))).shape
    (6,)
    """
    x, y = asarray(a), asarray(b)
    if axes is not None:
        last = [operator.index(k) for k in axes]
        x = x.transpose([*(k for k in range(x.ndim) if k not in last), *last])
    shape = x.shape[y.ndim :]
    if math.prod(shape) ** 2 != x.size:
        raise LinAlgError("Input arrays must satisfy the requirement prod(a.shape[b.ndim:]) == prod(a.shape[:b.ndim])")
    return solve(x.reshape(-1, math.prod(shape)), y.ravel()).reshape(shape)


def __getattr__(name: str) -> NoReturn:
    """Names that are not there: the way out, or the nearest name."""
    _missing.refuse(__name__, name, __all__)
