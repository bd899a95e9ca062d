"""Limits of dtypes: NumPy's, also of the dtypes of lazy arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from hyperslab._array import Array


def _dtype(type: Any) -> Any:
    return type.dtype if isinstance(type, Array | np.ndarray) else type


def finfo(type: Any, /) -> np.finfo:
    """Limits of a floating dtype.

    Parameters
    ----------
    type : dtype or array
        A real or complex floating dtype, or an array of one, which is not computed.

    Returns
    -------
    numpy.finfo

    Raises
    ------
    ValueError
        For another dtype.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.finfo(da.ones(3, dtype="float32")).bits
    32
    """
    return np.finfo(_dtype(type))


def iinfo(type: Any, /) -> np.iinfo:
    """Limits of an integer dtype.

    Parameters
    ----------
    type : dtype or array
        An integer dtype, or an array of one, which is not computed.

    Returns
    -------
    numpy.iinfo

    Raises
    ------
    ValueError
        For another dtype.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.iinfo(da.arange(3)).max
    9223372036854775807
    """
    return np.iinfo(_dtype(type))
