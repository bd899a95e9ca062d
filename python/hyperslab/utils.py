"""``da.utils``: what code written for ``dask.array.utils`` takes from there."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from hyperslab._checks import assert_eq
from hyperslab.linalg import svd_flip

__all__ = ["assert_eq", "is_arraylike", "meta_from_array", "svd_flip", "validate_axis"]


def meta_from_array(x: Any, ndim: int | None = None, dtype: Any = None) -> np.ndarray:
    """An empty NumPy array that stands for the blocks of an array.

    Parameters
    ----------
    x : array_like or type
        Array, lazy or not; or the class of arrays, of which there is one.
    ndim : int, optional
        Dimensions of the result; those of `x` if not given.
    dtype : dtype, optional
        Its dtype; that of `x` if not given.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.utils.meta_from_array(da.ones((3, 4)), ndim=1)
    array([], dtype=float64)
    """
    array = np.empty(0) if x is None or isinstance(x, type) else x if hasattr(x, "dtype") else np.asarray(x)
    dims = getattr(array, "ndim", 0) if ndim is None else ndim
    return np.empty((0,) * dims, array.dtype if dtype is None else dtype)


def validate_axis(axis: Any, ndim: int) -> Any:
    """An axis, or several, counted from the first one.

    Raises
    ------
    numpy.exceptions.AxisError
        If there is no such axis.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.utils.validate_axis((-1, 0), 3)
    (2, 0)
    """
    if isinstance(axis, tuple | list):
        return tuple(normalize_axis_index(a, ndim) for a in axis)
    return normalize_axis_index(axis, ndim)


def is_arraylike(x: Any) -> bool:
    """Whether an object is an array: it has a shape, a dtype, and NumPy's protocols."""
    described = isinstance(getattr(x, "shape", None), tuple) and hasattr(x, "dtype") and not isinstance(x, type)
    return described and (hasattr(x, "__array_function__") or hasattr(x, "__array_ufunc__"))
