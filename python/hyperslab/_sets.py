"""Elements that differ, and sets of them: sorted arrays, and where neighbours in them differ."""

from __future__ import annotations

import operator
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from hyperslab import _creation, _dtypes, _engine, _join, _manipulation, _native, _ops, _rows_as_records, _sorting
from hyperslab._array import Array
from hyperslab._deferred import Call, Deferred, as_set, deferrable
from hyperslab._masks import by_mask, unknown_by_mask


class UniqueAllResult(NamedTuple):
    """What `unique_all` gives."""

    values: Array
    indices: Array
    inverse_indices: Array
    counts: Array


class UniqueCountsResult(NamedTuple):
    """What `unique_counts` gives."""

    values: Array
    counts: Array


class UniqueInverseResult(NamedTuple):
    """What `unique_inverse` gives."""

    values: Array
    inverse_indices: Array


def _sort(x: Array) -> Array:
    return _sorting.in_order(x, False, 0)


def _begins(ordered: Array, equal_nan: bool = True) -> Array:
    """Where a sorted array has another element than before."""
    if ordered.size == 0:
        return ordered.astype(bool)
    one, other = ordered[1:], ordered[:-1]
    differ = one != other
    if equal_nan and ordered.dtype.kind in "fcmM":
        missing = _ops.FUNCTIONS["isnat" if ordered.dtype.kind in "mM" else "isnan"]
        both = _ops.FUNCTIONS["logical_and"](missing(one), missing(other))
        differ = _ops.FUNCTIONS["logical_and"](differ, _ops.FUNCTIONS["logical_not"](both))
    return _join.concatenate([_creation.ones(1, dtype=bool), differ]).rechunk(ordered.chunks)


@deferrable
def _parts(
    x: Array, return_index: bool, return_inverse: bool, return_counts: bool, equal_nan: bool, flat: bool
) -> list[Array]:
    if x.size and not (return_index or return_inverse or return_counts or _dtypes.is_opaque(x.dtype)):
        return [_distinct(x.ravel(), equal_nan)]
    return _by_sorting(x, return_index, return_inverse, return_counts, equal_nan, flat)


def _distinct(x: Array, equal_nan: bool) -> Array:
    """Elements that differ, collected while the array is computed, or sorted where they are too many for that."""
    like: Any = _by_sorting(x, False, False, False, equal_nan, True)[0]
    # As long as what sorting selects: other results of `unique` are.
    return Deferred(Call(_collected, (x, equal_nan), {}, computes=True), like.samples)


def _collected(memory_limit: Any, num_threads: Any, x: Array, equal_nan: bool) -> Array:
    made = _engine.distinct(x._expr, equal_nan, memory_limit, num_threads)
    if made is None:
        return _by_sorting(x, False, False, False, equal_nan, True)[0]
    elements, count = made
    return Array(elements)[:count]  # type: ignore[no-any-return,unused-ignore]


def _by_sorting(
    x: Array, return_index: bool, return_inverse: bool, return_counts: bool, equal_nan: bool, flat: bool
) -> list[Array]:
    shape, x = x.shape, x.ravel()
    positions = _creation.arange(x.size, dtype=np.int64, chunks=x.chunks)
    if return_index:
        order = _sorting.in_order(x, True, 0)._expr
        ordered = Array(_native.take_along(x._expr, order, 0))
    else:
        ordered = _sort(x)
    begins = _begins(ordered, equal_nan)
    values = unknown_by_mask(ordered, begins)
    made = [values]
    if return_index:
        made.append(unknown_by_mask(Array(order), begins))
    if return_inverse:
        made.append(_inverse(values, begins, x, shape if not flat else x.shape))
    if return_counts:
        made.append(_lengths(unknown_by_mask(positions, begins), x.size))
    return made


@deferrable
def _lengths(starts: Array, size: int) -> Array:
    ends = _join.concatenate([starts[1:], _creation.full(1, size, dtype=np.int64)])[: starts.shape[0]]
    return _ops.FUNCTIONS["subtract"](ends, starts)


def _inverse(values: Array, begins: Array, x: Array, shape: tuple[int, ...]) -> Array:
    """Which value each element is: how many begin up to the place where sorting puts it."""
    order = _sorting.in_order(x, True, 0)._expr
    numbers = _ops.FUNCTIONS["cumsum"](begins, axis=0) - 1 if x.size else _creation.zeros(0, dtype=np.int64)
    # Sorting the permutation gives its inverse.
    back = _native.sorted(order, True, 0, None)
    return Array(_native.take_along(numbers._expr, back, 0)).reshape(shape)


def unique(
    ar: Any,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    *,
    equal_nan: bool = True,
    sorted: bool = True,
) -> Any:
    """Elements that differ, in ascending order.

    Parameters
    ----------
    ar : array_like
        Array of any shape.
    return_index : bool
        Whether to give where each is found first, in C order.
    return_inverse : bool
        Whether to give which of them each element of `ar` is, in the shape of `ar`.
    return_counts : bool
        Whether to give how often each is found.
    axis : int, optional
        Axis whose items are compared as a whole; elements if not given.
    equal_nan : bool
        Whether all nan are one element.
    sorted : bool
        Accepted as in NumPy: they are always sorted.

    Returns
    -------
    hyperslab.Array, or tuple of them
        Their length is not known before they are computed.

    Raises
    ------
    AxisError
        If there is no such axis.

    Examples
    --------
    >>> import hyperslab as da
    >>> values, counts = da.unique(da.array([3, 1, 3, 2]), return_counts=True)
    >>> da.compute(values, counts)
    (array([1, 2, 3]), array([1, 1, 2]))
    """
    x = _creation.asarray(ar)
    wanted = (return_index, return_inverse, return_counts, equal_nan)
    if axis is None or (x.ndim == 1 and axis in (0, -1)):
        made = _parts(x, *wanted, False)
    else:
        made = _items(x, normalize_axis_index(operator.index(axis), x.ndim), *wanted)
    made = as_set(made)
    return made[0] if len(made) == 1 else tuple(made)


def _items(x: Array, axis: int, *wanted: bool) -> list[Array]:
    """What differs along an axis, whose items are compared element by element."""
    turned = _manipulation.moveaxis(x, axis, 0)
    if turned[:1].size == 0:
        raise NotImplementedError(f"unique along axis {axis} of shape {x.shape}, whose items have no elements")
    values, *rest = _parts(_rows_as_records.records(turned), *wanted, False)
    return [_manipulation.moveaxis(_rows_as_records.items(values, x.dtype, turned.shape[1:]), 0, axis), *rest]


def unique_values(x: Any) -> Array:
    """Elements that differ; nan differ from each other.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.unique_values(da.array([3, 1, 3])).compute()
    array([1, 3])
    """
    return unique(x, equal_nan=False)  # type: ignore[no-any-return]


def unique_counts(x: Any) -> UniqueCountsResult:
    """Elements that differ, and how often each is found.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.unique_counts(da.array([3, 1, 3])).counts.compute()
    array([1, 2])
    """
    return UniqueCountsResult(*unique(x, return_counts=True, equal_nan=False))


def unique_inverse(x: Any) -> UniqueInverseResult:
    """Elements that differ, and which of them each element is.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.unique_inverse(da.array([3, 1, 3])).inverse_indices.compute()
    array([1, 0, 1])
    """
    return UniqueInverseResult(*unique(x, return_inverse=True, equal_nan=False))


def unique_all(x: Any) -> UniqueAllResult:
    """Elements that differ, where each is found first, which of them each element is, and how often each is found.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.unique_all(da.array([3, 1, 3])).indices.compute()
    array([1, 0])
    """
    return UniqueAllResult(*unique(x, return_index=True, return_inverse=True, return_counts=True, equal_nan=False))


def union1d(ar1: Any, ar2: Any) -> Array:
    """Elements that are in one of two arrays, in ascending order.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.union1d(da.array([3, 1]), da.array([1, 2])).compute()
    array([1, 2, 3])
    """
    return unique(_both(_creation.asarray(ar1), _creation.asarray(ar2)))  # type: ignore[no-any-return]


@deferrable
def _both(one: Array, other: Array) -> Array:
    return _join.concatenate([one.ravel(), other.ravel()])


@deferrable
def _found(elements: Array, among: Array) -> Array:
    """Which elements are in a one-dimensional array."""
    if among.size == 0:
        return _creation.zeros(elements.shape, dtype=bool, chunks=elements.chunks)
    common = np.result_type(elements.dtype, among.dtype)
    x, ordered = elements.astype(common), _sort(among.astype(common))
    if not _dtypes.is_opaque(common):
        # Elementwise, so that only the sorted array is held whole.
        return Array(_native.isin(ordered._expr, x._expr))
    first, past = (_sorting.places_in(ordered, x, side) for side in ("left", "right"))
    # What is not equal to itself stands among its like.
    return (first < past) & (x == x)  # type: ignore[no-any-return,operator]


def isin(
    element: Any,
    test_elements: Any,
    assume_unique: bool = False,
    invert: bool = False,
    *,
    kind: str | None = None,
) -> Array:
    """Which elements are in another array.

    Parameters
    ----------
    element, test_elements : array_like
        Arrays of any shapes.
    assume_unique, kind
        Accepted as in NumPy, without effect.
    invert : bool
        Whether to give which elements are not.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.isin(da.arange(4), [1, 3]).compute()
    array([False,  True, False,  True])
    """
    if kind not in (None, "sort", "table"):
        raise ValueError(f"Invalid kind: '{kind}'. Please use None, 'sort' or 'table'.")
    among = _creation.asarray(np.asarray(test_elements) if isinstance(test_elements, list | tuple) else test_elements)
    one = _creation.asarray(element)
    if kind == "table" and not {one.dtype.kind, among.dtype.kind} <= set("biu"):
        raise ValueError(
            "The 'table' method is only supported for boolean or integer arrays, not for "
            f"{one.dtype} and {among.dtype}. Please select 'sort' or None for kind."
        )
    if _dtypes.is_opaque(one.dtype) != _dtypes.is_opaque(among.dtype):
        # No number equals a string, whatever it looks like.
        return _creation.full_like(one, invert, bool)
    made = _found(one, among.ravel())
    return ~made if invert else made  # type: ignore[operator,no-any-return]


def intersect1d(ar1: Any, ar2: Any, assume_unique: bool = False, return_indices: bool = False) -> Any:
    """Elements that are in both arrays, in ascending order.

    Parameters
    ----------
    ar1, ar2 : array_like
        Arrays of any shape.
    assume_unique : bool
        Accepted as in NumPy: elements that are found twice are given once.
    return_indices : bool
        Whether to give where each is found first in either array, in C order.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.intersect1d(da.array([3, 1, 3]), da.array([3, 4])).compute()
    array([3])
    """
    one, other = _creation.asarray(ar1).ravel(), _creation.asarray(ar2).ravel()
    common = np.result_type(one.dtype, other.dtype)
    one, other = one.astype(common), other.astype(common)
    if return_indices:
        (values, first), (others, second) = unique(one, return_index=True), unique(other, return_index=True)
        both = _found(values, others)
        return _kept(values, both), _kept(first, both), _kept(second, _found(others, values))
    values = unique(one)
    return _kept(values, _found(values, other))


@deferrable
def _kept(values: Array, mask: Array) -> Array:
    return by_mask(values, mask)


def setdiff1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Array:
    """Elements of one array that are not in another, in ascending order.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.setdiff1d(da.array([3, 1, 2]), da.array([3, 4])).compute()
    array([1, 2])
    """
    one = _creation.asarray(ar1).ravel()
    values = one if assume_unique else unique(one)
    return _kept(values, isin(values, ar2, invert=True))  # type: ignore[no-any-return]


def setxor1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Array:
    """Elements that are in one of two arrays and not in the other, in ascending order.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.setxor1d(da.array([3, 1, 2]), da.array([3, 4])).compute()
    array([1, 2, 4])
    """
    one, other = _creation.asarray(ar1).ravel(), _creation.asarray(ar2).ravel()
    return union1d(setdiff1d(one, other), setdiff1d(other, one))
