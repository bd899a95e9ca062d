"""What stands between the brackets of `x[...]`."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from hyperslab._array import Array
from hyperslab._composite import Composite, refuse

_WRONG = (
    "only integers, slices (`:`), ellipsis (`...`), numpy.newaxis (`None`) and integer or boolean arrays are valid "
    "indices"
)


def parsed(items: Any) -> tuple[Any, ...]:
    """Items of an index: integers, slices of integers, `None`, `...`, arrays of int64 or bool, and lazy arrays.

    Raises
    ------
    IndexError
        For what NumPy takes for no index either.
    """
    parts = items if isinstance(items, tuple) else (items,)
    return tuple(_item(part) for part in parts)


def _item(item: Any) -> Any:
    if item is None or item is Ellipsis:
        return item
    if isinstance(item, slice):
        return slice(_limit(item.start), _limit(item.stop), _limit(item.step))
    if isinstance(item, Array):
        return _lazy(item)
    if isinstance(item, Composite):
        refuse(item)
    if isinstance(item, bool | np.bool_):
        return np.array(item)
    if isinstance(item, list | tuple | range | np.ndarray) or (
        hasattr(item, "__array__") and not hasattr(item, "__index__")
    ):
        return _array(np.asarray(item))
    return _integer(item)


def _shown(value: Any) -> str:
    """What is no index, in a few words."""
    text = repr(value)
    return text if len(text) < 60 else type(value).__name__


def _limit(value: Any) -> int | None:
    if value is None:
        return None
    if not hasattr(value, "__index__"):
        raise TypeError(f"slice indices must be integers or None or have an __index__ method, not {_shown(value)}")
    return _integer(value)


def _integer(value: Any) -> int:
    try:
        i = operator.index(value)
    except TypeError:
        raise IndexError(f"{_WRONG}, not {_shown(value)}") from None
    return max(min(i, 2**63 - 1), -(2**63))


def _array(array: np.ndarray) -> Any:
    if array.size == 0 and array.dtype.kind == "f":
        array = array.astype(np.int64)
    if array.dtype.kind not in "iub":
        raise IndexError(f"arrays used as indices must be of integer (or boolean) type, not {array.dtype}")
    if array.ndim == 0 and array.dtype.kind != "b":
        return int(array)
    return np.ascontiguousarray(array, dtype=np.bool_ if array.dtype.kind == "b" else np.int64).reshape(array.shape)


def _lazy(item: Any) -> Any:
    if item.dtype.kind not in "iub":
        raise IndexError(f"arrays used as indices must be of integer (or boolean) type, not {item.dtype}")
    return item
