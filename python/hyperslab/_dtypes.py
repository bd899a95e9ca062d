"""Dtypes between NumPy and the native half, which knows them by name."""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

_NATIVE_KINDS = "biufcmM"
_OPAQUE_KINDS = "USV"
_WIDEST = {"f": 8, "c": 16}

#: Characters of the dtypes that need no unit to be native.
NATIVE = frozenset("?bBhHiIlLqQefdFD")


@lru_cache(maxsize=256)
def from_name(name: str) -> np.dtype:
    """NumPy's dtype of a native name."""
    if not name.startswith("["):
        return np.dtype(name)
    fields, _, _ = name.rpartition(" of ")
    return np.lib.format.descr_to_dtype(ast.literal_eval(fields))


def is_opaque(dtype: Any) -> bool:
    """Whether elements are moved as bytes and computed with by NumPy: strings, bytes and records."""
    return dtype.kind in _OPAQUE_KINDS


def names_opaque(name: str) -> bool:
    """`is_opaque` of a native name, at a fraction of the cost: only native dtypes begin with a letter."""
    return not name[0].isalpha()


def native(dtype: DTypeLike) -> np.dtype:
    """The dtype in native byte order, when the engine knows it.

    Raises
    ------
    NotImplementedError
        For objects and extended-precision dtypes, and records that hold objects or overlap.
    """
    d = np.dtype(dtype)
    if is_opaque(d) and not d.hasobject and d.itemsize and d.subdtype is None and _is_plain(d):
        return d.newbyteorder("=")
    if d.kind not in _NATIVE_KINDS or d.itemsize > _WIDEST.get(d.kind, 16):
        raise NotImplementedError(
            f"dtype {d} is not native to hyperslab: convert the data to a boolean, number, datetime64 or timedelta64 "
            "dtype first, or use NumPy on it"
        )
    return d if d.isnative else d.newbyteorder("=")


@lru_cache(maxsize=256)
def _name(dtype: np.dtype) -> str:
    """The name of a native dtype, which NumPy puts together anew each time it is asked."""
    if dtype.names is not None:
        return f"{np.lib.format.dtype_to_descr(dtype)!r} of {dtype.itemsize} bytes"
    return dtype.str if is_opaque(dtype) else dtype.name


@lru_cache(maxsize=256)
def _is_plain(dtype: np.dtype) -> bool:
    """Whether the list of a record's fields says all of it."""
    if dtype.names is None:
        return True
    try:
        return bool(np.lib.format.descr_to_dtype(np.lib.format.dtype_to_descr(dtype)) == dtype)
    except ValueError:  # Fields that overlap.
        return False


def name(dtype: DTypeLike) -> str:
    """The name by which the engine knows a dtype."""
    return _name(native(dtype))


def optional_name(dtype: DTypeLike | None) -> str | None:
    """`name`, but `None` stays `None` (to NumPy it would mean float64)."""
    return None if dtype is None else name(dtype)
