"""Order along an axis: sorts, partitions, positions, and what is found by them."""

from __future__ import annotations

import functools
import operator
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from hyperslab import _calls, _native, _opaque
from hyperslab._array import Array
from hyperslab._creation import asarray, zeros


def _lanes(a: Any, axis: Any) -> tuple[Array, int]:
    """The array and the axis to go along; flattened if there is none."""
    x = asarray(a)
    if axis is None:
        return x.ravel(), 0
    return x, normalize_axis_index(operator.index(axis), x.ndim)


def _at_least_1d(a: Any) -> Array:
    """A single element has one position, as in NumPy, though no order."""
    x = asarray(a)
    return x if x.ndim else x.reshape(1)


def _check(name: str, kind: Any, stable: Any) -> None:
    """What sorts take and need not: every one is stable."""
    if kind is not None and stable is not None:
        raise ValueError(f"{name}: `kind` and `stable` parameters can't be provided at the same time. Use only one.")
    if kind is None or (isinstance(kind, str) and kind and kind[0].lower() in "qhms"):
        return
    if not isinstance(kind, str):
        raise TypeError(f"{name}: sort kind must be a string, not {type(kind).__name__}")
    raise ValueError(f"{name}: sort kind must be one of 'quick', 'heap', or 'stable' (got {kind!r})")


def _reversed(x: Array, axis: int) -> Array:
    return x[(*(slice(None),) * axis, slice(None, None, -1))]


def sort(
    a: Any,
    axis: int | None = -1,
    kind: str | None = None,
    order: Any = None,
    *,
    stable: Any = None,
    descending: bool = False,
) -> Array:
    """Elements in ascending order along an axis, NaN and NaT last.

    Parameters
    ----------
    a : array_like
        Array.
    axis : int, optional
        Axis to sort along; None sorts all elements as one lane. Lanes are sorted whole, whatever the chunks are.
        An array of one dimension need not fit the memory limit: it is sorted in runs on disk, which are merged wherever
        the result is read. Store such a result, or reduce it.
    kind : {"quicksort", "mergesort", "heapsort", "stable"}, optional
        As in NumPy, without effect: every sort is stable.
    order : str or list of str, optional
        Which fields of records to compare first.
    stable : bool, optional
        Without effect.
    descending : bool
        Whether the largest elements come first, and NaN and NaT before them.

    Raises
    ------
    MemoryError
        When computed, if one lane of several dimensions does not fit the memory limit.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.sort(da.array([[3, 1, 2], [9, 7, 8]])).compute()
    array([[1, 2, 3],
           [7, 8, 9]])
    """
    _check("sort", kind, stable)
    x, along = _lanes(a, axis)
    ordered = in_order(x, False, along, order=order)
    return _reversed(ordered, along) if descending else ordered


def argsort(
    a: Any,
    axis: int | None = -1,
    kind: str | None = None,
    order: Any = None,
    *,
    stable: Any = None,
    descending: bool = False,
) -> Array:
    """The positions that sort an array along an axis; parameters as those of `sort`.

    What is equal keeps its order, also where the largest elements come first.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.argsort(da.array([30, 10, 20])).compute()
    array([1, 2, 0])
    """
    _check("argsort", kind, stable)
    x, along = _lanes(_at_least_1d(a), axis)
    if not descending:
        return in_order(x, True, along, order=order)
    # Turned around before and after, what is equal stands in its order again.
    turned = in_order(_reversed(x, along), True, along, order=order)
    return x.shape[along] - 1 - _reversed(turned, along)  # type: ignore[operator,no-any-return]


def in_order(
    x: Array, positions: bool, axis: int, places: list[int] | None = None, order: str | list[str] | None = None
) -> Array:
    """Elements in order along an axis, or their positions; only `places` in place, where these are given."""
    if x.size == 0 and places is not None:
        places = []  # NumPy checks no positions where there are no elements.
    if order is not None and x.dtype.names is None:
        raise ValueError("Cannot specify order when the array has no fields.")
    if _opaque.is_opaque(x):
        for k in places or ():
            if not -x.shape[axis] <= k < x.shape[axis]:
                raise ValueError(f"kth(={k}) out of bounds ({x.shape[axis]})")
        func = functools.partial(np.argsort if positions else np.sort, kind="stable", order=order)
        return _opaque.along_axis(func, x, axis)
    return Array(_native.sorted(x._expr, positions, axis, places))


def _places(kth: Any) -> list[int]:
    places = np.asarray(kth)
    if places.dtype.kind not in "iu":
        raise TypeError("Partition index must be integer")
    if places.ndim > 1:
        raise ValueError("object too deep for desired array")
    return [int(k) for k in places.reshape(-1)]


def partition(a: Any, kth: Any, axis: int | None = -1, kind: str = "introselect", order: Any = None) -> Array:
    """Elements along an axis with some where sorting puts them, none larger before and none smaller after each.

    Parameters
    ----------
    a : array_like
        Array.
    kth : int or 1-d array_like of int
        Positions to put in place; negative ones count from the end.
    axis : int, optional
        Axis; None takes all elements as one lane.
    kind : {"introselect"}
        As in NumPy.
    order : str or list of str, optional
        Which fields of records to compare first.

    Raises
    ------
    ValueError
        If a position is out of bounds.

    Examples
    --------
    >>> import hyperslab as da
    >>> int(da.partition(da.array([5, 1, 4, 2, 3]), 2)[2])
    3
    """
    return _partitioned("partition", a, kth, axis, kind, order)


def argpartition(a: Any, kth: Any, axis: int | None = -1, kind: str = "introselect", order: Any = None) -> Array:
    """The positions that `partition` an array; parameters as those.

    Examples
    --------
    >>> import hyperslab as da
    >>> int(da.argpartition(da.array([5, 1, 4, 2, 3]), 0)[0])
    1
    """
    return _partitioned("argpartition", a, kth, axis, kind, order)


def _partitioned(name: str, a: Any, kth: Any, axis: int | None, kind: str, order: Any) -> Array:
    if kind != "introselect":
        raise ValueError(f"{name}: select kind must be 'introselect' (got {kind!r})")
    x, along = _lanes(_at_least_1d(a) if name == "argpartition" else a, axis)
    return in_order(x, name == "argpartition", along, _places(kth), order)


def sort_complex(a: Any) -> Array:
    """Elements as complex numbers, sorted by real part and then by imaginary part along the last axis.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.sort_complex([2, 1]).compute()
    array([1.+0.j, 2.+0.j])
    """
    ordered = sort(a)
    if ordered.dtype.kind == "c":
        return ordered
    return ordered.astype(np.complex64 if ordered.dtype.char in "bhBH" else np.complex128)


def lexsort(keys: Any, axis: int = -1) -> Array:
    """The positions that sort by several keys, the last one first.

    Parameters
    ----------
    keys : sequence of array_like, or array_like
        Keys of one shape; of an array, the items along its first axis.
    axis : int
        Axis to sort along.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.lexsort((da.array([1, 0, 2]), da.array([5, 5, 4]))).compute()
    array([2, 1, 0])
    """
    items = [asarray(k) for k in keys]
    if not items:
        raise TypeError("need sequence of keys with len > 0 in lexsort")
    if any(k.shape != items[0].shape for k in items):
        raise ValueError(f"all keys need to be the same shape, not {', '.join(str(k.shape) for k in items)}")
    if items[0].ndim == 0:
        return zeros((), np.int64)
    order = argsort(items[0], axis)
    for key in items[1:]:
        order = take_along_axis(order, argsort(take_along_axis(key, order, axis), axis), axis)
    return order


def take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Array:
    """Elements at the positions along an axis that another array holds.

    Parameters
    ----------
    arr : array_like
        Array.
    indices : array_like of int
        Positions, of as many dimensions; both are broadcast along the other axes. Negative ones count from the end.
    axis : int, optional
        Axis; None takes from all elements in C order, and `indices` has one dimension.

    Raises
    ------
    IndexError
        If indices are no integers; when computed, if one is out of bounds.
    ValueError
        If the numbers of dimensions differ.

    Examples
    --------
    >>> import hyperslab as da
    >>> x = da.array([[10, 30, 20], [60, 40, 50]])
    >>> da.take_along_axis(x, da.argsort(x), -1).compute()
    array([[10, 20, 30],
           [40, 50, 60]])
    """
    x, positions = asarray(arr), asarray(indices)
    if axis is None:
        if positions.ndim != 1:
            raise ValueError("when axis=None, `indices` must have a single dimension.")
        return take_along_axis(x.ravel(), positions, 0)
    along = normalize_axis_index(operator.index(axis), x.ndim)
    return Array(_native.take_along(x._expr, positions._expr, along))


def searchsorted(a: Any, v: Any, side: str = "left", sorter: Any = None) -> Array:
    """Where elements belong in a sorted array.

    Parameters
    ----------
    a : 1-d array_like
        Elements in ascending order; held whole by every task.
    v : array_like
        Elements to find a place for.
    side : {"left", "right"}
        Whether places are before or after what is equal.
    sorter : 1-d array_like of int, optional
        Positions that sort `a`.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.searchsorted([10, 20, 30], da.array([5, 20, 99])).compute()
    array([0, 1, 3])
    """
    x, values = asarray(a), asarray(v)
    if sorter is not None:
        order = asarray(sorter)
        if order.dtype.kind not in "iu":
            raise TypeError("sorter must only contain integers")
        if order.ndim != 1:
            raise TypeError(f"could not parse sorter argument: it has {order.ndim} dimensions")
        if x.ndim == 1 and len(order) != len(x):
            raise ValueError(f"sorter.size must equal a.size: sorter of shape {order.shape}, a of shape {x.shape}")
        known = None if isinstance(sorter, Array) else np.asarray(sorter)
        if known is not None and known.size and not (known.min() >= 0 and known.max() < len(known)):
            raise ValueError("Sorter index out of range.")
        x = take_along_axis(x, order, 0)
    return places_in(x, values, side)


def places_in(x: Array, values: Array, side: str = "left") -> Array:
    """Where values belong in a sorted array."""
    if not (_opaque.is_opaque(x) or _opaque.is_opaque(values)):
        return Array(_native.searchsorted(x._expr, values._expr, side))
    if x.ndim != 1:
        raise ValueError(f"object {'too deep' if x.ndim else 'of too small depth'} for desired array: {x.shape}")

    def searchsorted(values: np.ndarray, keys: np.ndarray) -> Any:
        return np.searchsorted(keys, values, side)  # type: ignore[call-overload]

    return _calls.elementwise("searchsorted", searchsorted, [values], np.int64, [x])
