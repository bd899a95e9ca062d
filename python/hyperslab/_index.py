"""What stands between the brackets of `x[...]`, as the native half takes it."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from hyperslab._composite import Composite, refuse
from hyperslab._convert import is_array

_WRONG = (
    "only integers, slices (`:`), ellipsis (`...`), numpy.newaxis (`None`) and integer or boolean arrays are valid "
    "indices"
)


def native_items(items: Any) -> tuple[Any, ...]:
    """Items of an index: integers, slices, `None`, `...`, and 1-d int64 or bool arrays.

    Raises
    ------
    IndexError
        For what NumPy takes for no index either.
    NotImplementedError
        For selections by arrays of several dimensions and by lazy arrays.
    """
    parts = items if isinstance(items, tuple) else (items,)
    return tuple(_item(part) for part in parts)


def _item(item: Any) -> Any:
    if item is None or item is Ellipsis:
        return item
    if isinstance(item, slice):
        return slice(*(None if part is None else _integer(part) for part in (item.start, item.stop, item.step)))
    if is_array(item):
        return _lazy(item)
    if isinstance(item, Composite):
        refuse(item)
    if isinstance(item, bool | np.bool_):
        raise NotImplementedError("indexing with a single boolean is not supported: use x[None] or x[:0]")
    if isinstance(item, list | tuple | range | np.ndarray) or (
        hasattr(item, "__array__") and not hasattr(item, "__index__")
    ):
        return _selection(np.asarray(item))
    return _integer(item)


def _integer(value: Any) -> int:
    try:
        i = operator.index(value)
    except TypeError:
        raise IndexError(_WRONG) from None
    return max(min(i, 2**63 - 1), -(2**63))


def _selection(array: np.ndarray) -> Any:
    if array.size == 0 and array.dtype.kind == "f":
        array = array.astype(np.int64)
    if array.dtype.kind not in "iub":
        raise IndexError("arrays used as indices must be of integer (or boolean) type")
    if array.ndim == 0 and array.dtype.kind != "b":
        return int(array)
    if array.ndim != 1:
        raise NotImplementedError(
            f"indexing with an array of {array.ndim} dimensions is not supported: select along one axis at a time, "
            "or compute first, x.compute()[index]"
        )
    return np.ascontiguousarray(array, dtype=np.bool_ if array.dtype.kind == "b" else np.int64)


def _lazy(item: Any) -> Any:
    if item.ndim == 0 and item.dtype.kind in "iu":
        return int(item)
    raise NotImplementedError(
        "indexing with a lazy array is not supported, because the shape of the result would not be known: compute the "
        "index first, x[index.compute()], or keep the shape with hyperslab.where(mask, x, fill)"
    )
