"""Products that sum over shared axes."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from hyperslab import _dtypes, _native, _ops
from hyperslab._array import Array
from hyperslab._creation import asarray
from hyperslab._integers import integers
from hyperslab._rows import told_as


def _check_numbers(name: str, *arrays: Array) -> None:
    """Raises for strings and records, of which there are no products."""
    if any(_dtypes.is_opaque(a.dtype) for a in arrays):
        raise TypeError(f"{name}: there is no loop for dtypes {', '.join(str(a.dtype) for a in arrays)}")


def matmul(x1: Any, x2: Any, /, *, dtype: Any = None) -> Array:
    """Matrix product, broadcast over leading dimensions, as the operator ``@`` gives it.

    Parameters
    ----------
    x1, x2 : array_like
        Of shapes ``(..., n, k)`` and ``(..., k, m)``; 1-d arrays stand for a row and a column.
    dtype : dtype, optional
        Dtype to compute in.

    Raises
    ------
    ValueError
        If the shapes do not fit, or an operand has no dimension.

    Examples
    --------
    >>> import hyperslab as da
    >>> (da.ones((2, 3)) @ da.ones((3, 4))).shape
    (2, 4)
    """
    a, b = asarray(x1), asarray(x2)
    if dtype is not None:
        a, b = a.astype(dtype, casting="same_kind"), b.astype(dtype, casting="same_kind")
    _check_numbers("matmul", a, b)
    return told_as(Array(_native.matmul(a._expr, b._expr)), (a, b), "matmul")


def _axes(axes: Any, a: Array, b: Array) -> tuple[list[int], list[int]]:
    if hasattr(axes, "__index__") and not getattr(axes, "ndim", 0):
        n = operator.index(axes)
        return list(range(-n, 0)), list(range(n))
    first, second = axes
    return list(integers(first)), list(integers(second))


def tensordot(a: Any, b: Any, axes: int | Sequence[Any] = 2) -> Array:
    """Sum of products over pairs of axes.

    Parameters
    ----------
    a, b : array_like
        Arrays.
    axes : int or (list of int, list of int)
        How many axes, the last of `a` with the first of `b`; or the axes of each.

    Raises
    ------
    ValueError
        If lengths of paired axes differ.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.tensordot(da.ones((2, 3, 4)), da.ones((4, 3)), axes=([1, 2], [1, 0])).compute()
    array([12., 12.])
    """
    x, y = asarray(a), asarray(b)
    kinds = {x.dtype.kind, y.dtype.kind}
    if not kinds <= set("biufcm"):
        raise ValueError(f"dot not available for these types: {x.dtype} and {y.dtype}")
    if "m" in kinds:
        raise NotImplementedError(
            f"products of {x.dtype} and {y.dtype} are not supported: convert to numbers first, x.astype('i8')"
        )
    return told_as(Array(_native.tensordot(x._expr, y._expr, *_axes(axes, x, y))), (x, y), "dot")


def dot(a: Any, b: Any) -> Array:
    """Dot product: the last axis of `a` with the second to last of `b`, or its only one.

    Examples
    --------
    >>> import hyperslab as da
    >>> float(da.dot(da.arange(3), da.arange(3)))
    5.0
    """
    x, y = asarray(a), asarray(b)
    if x.ndim == 0 or y.ndim == 0:
        return _ops.apply_ufunc("multiply", (x, y))
    if x.shape[-1] != y.shape[max(y.ndim - 2, 0)]:
        k = max(y.ndim - 2, 0)
        raise ValueError(
            f"shapes {x.shape} and {y.shape} not aligned: {x.shape[-1]} (dim {x.ndim - 1}) != {y.shape[k]} (dim {k})"
        )
    return tensordot(x, y, ([-1], [max(y.ndim - 2, 0)]))


def vdot(a: Any, b: Any, /) -> Array:
    """Dot product of the flattened arrays, the first conjugated.

    Examples
    --------
    >>> import hyperslab as da
    >>> complex(da.vdot([1j, 2], [1j, 2]))
    (5+0j)
    """
    x, y = asarray(a), asarray(b)
    if x.dtype.kind == "c":
        x = _ops.apply_ufunc("conjugate", (x,))
    common = np.result_type(x.dtype, y.dtype)
    if x.shape == y.shape and common.kind in "fc" and common.itemsize > 2:
        # Parts of any shape, where a product of flat arrays would read lines of them.
        return _ops.FUNCTIONS["sum"](_ops.apply_ufunc("multiply", (x, y)))  # type: ignore[no-any-return]
    return dot(x.ravel(), y.ravel())


def inner(a: Any, b: Any, /) -> Array:
    """Sum of products over the last axes.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.inner(da.ones((2, 3)), da.ones((4, 3))).shape
    (2, 4)
    """
    x, y = asarray(a), asarray(b)
    if x.ndim == 0 or y.ndim == 0:
        return _ops.apply_ufunc("multiply", (x, y))
    if x.shape[-1] != y.shape[-1]:
        raise ValueError(f"shapes {x.shape} and {y.shape} not aligned: {x.shape[-1]} != {y.shape[-1]}")
    return tensordot(x, y, ([-1], [-1]))


def outer(a: Any, b: Any) -> Array:
    """Products of all pairs of elements.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.outer(da.arange(2), da.arange(3)).compute()
    array([[0, 0, 0],
           [0, 1, 2]])
    """
    return _ops.apply_ufunc("multiply", (asarray(a).ravel()[:, None], asarray(b).ravel()[None, :]))


def _conjugate(x: Array) -> Array:
    return _ops.apply_ufunc("conjugate", (x,)) if x.dtype.kind == "c" else x


def vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Array:
    """Dot products of vectors along an axis, the first conjugated, broadcast over the others.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.vecdot(da.ones((2, 3)), da.arange(3)).compute()
    array([3., 3.])
    """
    a, b = (_moved_last(asarray(x), axis) for x in (x1, x2))
    if a.shape[-1] != b.shape[-1]:
        raise ValueError(f"vecdot: lengths along axis {axis} differ: {a.shape[-1]} and {b.shape[-1]}")
    return matmul(_conjugate(a)[..., None, :], b[..., :, None])[..., 0, 0]


def _moved_last(x: Array, axis: int) -> Array:
    if x.ndim == 0:
        raise ValueError("vecdot: Input operand does not have enough dimensions (has 0, but 1 are needed)")
    d = normalize_axis_index(axis, x.ndim)
    return x if d == x.ndim - 1 else x.transpose([*(k for k in range(x.ndim) if k != d), d])


def _with_axes(name: str, number: int, x: Any, ndim: int) -> Array:
    a = asarray(x)
    if a.ndim < ndim:
        raise ValueError(
            f"{name}: Input operand {number} does not have enough dimensions (has {a.ndim}, {ndim} are needed)"
        )
    return a


def matvec(x1: Any, x2: Any, /) -> Array:
    """Products of matrices and vectors, broadcast over leading dimensions.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.matvec(da.ones((2, 3)), da.arange(3)).compute()
    array([3., 3.])
    """
    a, b = _with_axes("matvec", 0, x1, 2), _with_axes("matvec", 1, x2, 1)
    return matmul(a, b[..., :, None])[..., 0]


def vecmat(x1: Any, x2: Any, /) -> Array:
    """Products of vectors, conjugated, and matrices, broadcast over leading dimensions.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.vecmat(da.arange(2), da.ones((2, 3))).compute()
    array([1., 1., 1.])
    """
    a, b = _with_axes("vecmat", 0, x1, 1), _with_axes("vecmat", 1, x2, 2)
    return matmul(_conjugate(a)[..., None, :], b)[..., 0, :]
