"""Selections that depend on values: lazy masks and indices, `nonzero` and its kin."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from hyperslab import _creation, _index, _join, _native, _opaque, _ops, _selection
from hyperslab._array import Array
from hyperslab._deferred import ELEMENTWISE, Call, Deferred, as_set, defer, found, sample

#: Elements that are selected from at a time.
_BLOCK = 1 << 18
#: Of a mask that selects fewer than one in so many elements, a list of positions is read faster.
_SPARSE = 64


def getitem(x: Array, items: Any) -> Array:
    """``x[items]``, for all that NumPy takes, and lazy arrays; of records also the names of fields."""
    if _opaque.names_fields(items):
        return _opaque.fields(x, items)
    parts = _index.parsed(items)
    lazy = [p for p in parts if isinstance(p, Array)]
    if not lazy:
        mask = parts[0] if len(parts) == 1 else None
        if isinstance(mask, np.ndarray) and mask.dtype.kind == "b" and mask.ndim == x.ndim and mask.size > _BLOCK:
            return _by_known_mask(x, mask)
        return _selection.select(x, parts)  # type: ignore[no-any-return]
    if found((x, lazy)):
        return defer(getitem, (x, parts), {})  # type: ignore[no-any-return]
    mask = lazy[0]
    if len(parts) == 1 and mask.dtype.kind == "b" and mask.ndim == x.ndim > 0:
        return by_mask(x, mask)
    return _by_values(x, parts)


def _by_known_mask(x: Array, mask: np.ndarray) -> Array:
    """The elements where a mask in memory holds; without a list of positions unless that is short."""
    flat, whole = mask.ravel(), mask.size // _BLOCK * _BLOCK
    counts = np.append(flat[:whole].reshape(-1, _BLOCK).sum(axis=1), flat[whole:].sum())
    if counts.sum() < mask.size // _SPARSE:
        return _selection.select(x, (mask,))  # type: ignore[no-any-return]
    _selection.layout((mask,), x.shape, lambda m: [m] * m.ndim)
    return _joined(counts, _packed(x, _creation.asarray(mask)))


def _packed(x: Array, mask: Array) -> Array:
    """Each block of the elements with those selected at its start."""
    flat, chosen = x.ravel().rechunk(_BLOCK), mask.ravel().rechunk(_BLOCK)
    return Array(_native.compact(flat._expr, chosen._expr))


def by_mask(x: Array, mask: Array) -> Array:
    """The elements where a lazy mask of the same shape holds, in C order; how many is as the settings have it."""
    return as_set(unknown_by_mask(x, mask))  # type: ignore[no-any-return]


def unknown_by_mask(x: Array, mask: Array) -> Array:
    """The same, whose length is not known."""
    if found((x, mask)):
        return defer(by_mask, (x, mask), {})  # type: ignore[no-any-return]
    _selection.layout((mask,), x.shape, lambda m: [m] * m.ndim)
    call = Call(_joined, (_packed(x, mask),), {}, (_counts(mask.ravel()),))
    selected = (x, mask, by_mask)
    return Deferred(call, sample((_symbol(mask),), x.dtype, x.npartitions), (), selected)


def _symbol(mask: Array) -> str:
    return f"count of {mask.ravel().name}"


def _counts(mask: Array) -> Array:
    """Selected elements of each block."""
    whole = mask.size // _BLOCK * _BLOCK
    parts = [mask[:whole].reshape(-1, _BLOCK).sum(axis=1), mask[whole:].sum()[None]]  # type: ignore[attr-defined]
    return _join.concatenate(parts)


def _joined(counts: np.ndarray, packed: Array) -> Array:
    """The first elements of each block, as many as were counted."""
    pieces: list[Array] = []
    begin = 0
    while begin < len(counts):
        # Blocks that are selected whole lie side by side.
        end = begin
        while end < len(counts) and counts[end] == _BLOCK:
            end += 1
        stop = end * _BLOCK + (int(counts[end]) if end < len(counts) else 0)
        if stop > begin * _BLOCK:
            pieces.append(packed[begin * _BLOCK : stop])
        begin = end + 1
    return _join.concatenate(pieces) if pieces else packed[:0]


def _by_values(x: Array, parts: tuple[Any, ...]) -> Array:
    """An index some of whose arrays are lazy: they are computed before the rest."""
    lazy = tuple(p for p in parts if isinstance(p, Array))

    def selected(*values: Any) -> Array:
        known = iter(values[:-1])
        array: Array = values[-1]
        return array[tuple(next(known) if isinstance(p, Array) else p for p in parts)]

    shape = _selection.layout(parts, x.shape, _named_positions).result
    call = Call(selected, (x,), {}, lazy)
    return as_set(Deferred(call, sample(shape, x.dtype)))  # type: ignore[no-any-return]


class _Positions:
    """Stands for positions where a mask holds: as many as are named."""

    def __init__(self, name: str) -> None:
        self.shape, self.dtype = (name,), np.dtype(np.int64)


def _named_positions(mask: Any) -> list[Any]:
    if isinstance(mask, np.ndarray):
        return list(np.nonzero(mask))
    return [_Positions(_symbol(mask))] * mask.ndim


def flatnonzero(a: Any) -> Array:
    """Positions in C order of the elements that are not zero.

    Parameters
    ----------
    a : array_like
        Array of any shape.

    Returns
    -------
    hyperslab.Array
        One-dimensional; its length is not known before it is computed.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.flatnonzero(da.array([0, 3, 0, 5])).compute()
    array([1, 3])
    """
    x = _creation.asarray(a).ravel()
    return by_mask(_creation.arange(x.size, dtype=np.int64, chunks=x.chunks), x.astype(bool))


def nonzero(a: Any) -> tuple[Array, ...]:
    """Indices of the elements that are not zero, one array for each axis.

    Parameters
    ----------
    a : array_like
        Array of at least one dimension.

    Returns
    -------
    tuple of hyperslab.Array
        One-dimensional, of one length that is not known before it is computed.

    Raises
    ------
    ValueError
        For an array without dimensions.

    Examples
    --------
    >>> import hyperslab as da
    >>> rows, columns = da.nonzero(da.array([[0, 3], [4, 0]]))
    >>> da.compute(rows, columns)
    (array([0, 1]), array([1, 0]))
    """
    x = _creation.asarray(a)
    if x.ndim == 0:
        raise ValueError("Calling nonzero on 0d arrays is not allowed. Use np.atleast_1d(scalar).nonzero() instead.")
    flat = flatnonzero(x)
    strides = [math.prod(x.shape[d + 1 :]) for d in range(x.ndim)]
    divide, rest = _ops.FUNCTIONS["floor_divide"], _ops.FUNCTIONS["remainder"]
    return tuple(defer(_index_along, (flat, divide, rest, s, n), {}) for s, n in zip(strides, x.shape))


def _index_along(flat: Array, divide: Any, rest: Any, stride: int, length: int) -> Array:
    return rest(divide(flat, max(stride, 1)), max(length, 1))  # type: ignore[no-any-return]


def argwhere(a: Any) -> Array:
    """Indices of the elements that are not zero, one row for each.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.argwhere(da.array([[0, 3], [4, 0]])).compute()
    array([[0, 1],
           [1, 0]])
    """
    x = _creation.asarray(a)
    if x.ndim == 0:
        return defer(_no_columns, (flatnonzero(x),), {})  # type: ignore[no-any-return]
    return defer(_as_columns, nonzero(x), {})  # type: ignore[no-any-return]


def _as_columns(*indices: Array) -> Array:
    return _join.stack(indices, axis=1)


def _no_columns(flat: Array) -> Array:
    return flat[:, None][:, :0]


#: Reductions that can leave elements out: those of a selection need no list of what is selected.
_SKIPPING = ("sum", "prod", "mean", "std", "var", "any", "all")


def _reduction(name: str) -> Any:
    method = getattr(Array, name)

    def reduce(self: Deferred, *args: Any, **kwargs: Any) -> Any:
        axis = args[0] if args else kwargs.get("axis")
        plain = len(args) < 2 and set(kwargs) <= {"axis", "dtype", "ddof"}
        if self.selected is None or self.known or not plain or axis not in (None, 0, -1, (0,)):
            return defer(method, (self, *args), kwargs)
        x, mask, _ = self.selected
        return method(x, **{**kwargs, "axis": None}, where=mask)

    reduce.__name__, reduce.__qualname__, reduce.__doc__ = name, f"Deferred.{name}", method.__doc__
    return reduce


def install() -> None:
    """Indexing for `Array`; for selections, functions and reductions that go by the whole array and the mask."""
    for row in _ops.UFUNCS.values():
        if row["name"] in _ops.FUNCTIONS:
            ELEMENTWISE.add(_ops.FUNCTIONS[row["name"]])
        for prefix in ("", "r"):
            operator = getattr(Array, f"__{prefix}{row['operator']}__", None)
            if operator is not None:
                ELEMENTWISE.add(operator)
    for name in _SKIPPING:
        setattr(Deferred, name, _reduction(name))


Array.__getitem__ = getitem  # type: ignore[method-assign]
Array.nonzero = nonzero  # type: ignore[method-assign,attr-defined,unused-ignore]
