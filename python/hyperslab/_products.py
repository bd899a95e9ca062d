"""Products of vectors and matrices beside `matmul`: `cross`, `kron`, `vecdot` and their kin."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from hyperslab import _ops
from hyperslab._array import Array
from hyperslab._creation import asarray
from hyperslab._join import stack
from hyperslab._manipulation import moveaxis

_ufunc = _ops.apply_ufunc


def _moved(x: Any, axis: int) -> Array:
    a = asarray(x)
    if a.ndim == 0:
        raise ValueError("operands of this product need at least one dimension, and a scalar has none")
    return moveaxis(a, normalize_axis_index(axis, a.ndim), -1)


def cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Array:
    """Cross products of vectors of three elements.

    Parameters
    ----------
    a, b : array_like
        Arrays of vectors; the other dimensions broadcast.
    axisa, axisb, axisc : int
        Axis of the vectors in `a`, `b` and the result.
    axis : int, optional
        The same for all three.

    Raises
    ------
    ValueError
        If vectors have not three elements.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.cross(da.array([1, 0, 0]), da.array([0, 1, 0])).compute()
    array([0, 0, 1])
    """
    if axis is not None:
        axisa = axisb = axisc = axis
    x, y = asarray(a), asarray(b)
    if x.ndim < 1 or y.ndim < 1:
        raise ValueError("At least one array has zero dimension")
    x, y = _moved(x, axisa), _moved(y, axisb)
    if x.shape[-1] != 3 or y.shape[-1] != 3:
        raise ValueError(
            "Both input arrays must be (arrays of) 3-dimensional vectors, but they are "
            f"{x.shape[-1]} and {y.shape[-1]} dimensional instead."
        )
    normalize_axis_index(axisc, len(np.broadcast_shapes(x.shape[:-1], y.shape[:-1])) + 1)

    def component(i: int, j: int) -> Array:
        return _ufunc(
            "subtract", (_ufunc("multiply", (x[..., i], y[..., j])), _ufunc("multiply", (x[..., j], y[..., i])))
        )

    return stack([component(1, 2), component(2, 0), component(0, 1)], axis=axisc)


def kron(a: Any, b: Any) -> Array:
    """Every element of the first array times the second one, as blocks: the Kronecker product.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.kron(da.array([1, 10]), da.array([1, 2])).compute()
    array([ 1,  2, 10, 20])
    """
    x, y = asarray(a), asarray(b)
    ndim = max(x.ndim, y.ndim)
    x, y = x[(None,) * (ndim - x.ndim)], y[(None,) * (ndim - y.ndim)]
    outer, inner = (slice(None), None) * ndim, (None, slice(None)) * ndim
    product = _ufunc("multiply", (x[outer], y[inner]))
    return product.reshape([n * m for n, m in zip(x.shape, y.shape)])
