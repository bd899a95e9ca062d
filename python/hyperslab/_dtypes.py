"""Dtypes between NumPy and the native half, which knows them by name."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import DTypeLike

_NATIVE_KINDS = "biufcmM"
_WIDEST = {"f": 8, "c": 16}


@lru_cache(maxsize=256)
def from_name(name: str) -> np.dtype:
    """NumPy's dtype of a native name."""
    return np.dtype(name)


def native(dtype: DTypeLike) -> np.dtype:
    """The dtype in native byte order, when the engine knows it.

    Raises
    ------
    NotImplementedError
        For strings, objects, structured and extended-precision dtypes.
    """
    d = np.dtype(dtype)
    if d.kind not in _NATIVE_KINDS or d.itemsize > _WIDEST.get(d.kind, 16):
        raise NotImplementedError(
            f"dtype {d} is not native to hyperslab: convert the data to a boolean, number, datetime64 or timedelta64 "
            "dtype first, or use NumPy on it"
        )
    return d.newbyteorder("=")


@lru_cache(maxsize=256)
def _name(dtype: np.dtype) -> str:
    """The name of a native dtype, which NumPy puts together anew each time it is asked."""
    return dtype.name


def name(dtype: DTypeLike) -> str:
    """The name by which the engine knows a dtype."""
    return _name(native(dtype))


def optional_name(dtype: DTypeLike | None) -> str | None:
    """`name`, but `None` stays `None` (to NumPy it would mean float64)."""
    return None if dtype is None else name(dtype)
