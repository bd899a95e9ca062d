"""Assignment: ``x[i] = v`` makes `x` another lazy array; arrays built from it before stay as they are."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from hyperslab import (
    _calls,
    _creation,
    _index,
    _join,
    _manipulation,
    _native,
    _numeric,
    _opaque,
    _ops,
    _selection,
)
from hyperslab._array import Array
from hyperslab._deferred import Deferred, defer, found, refuse_values


def setitem(x: Array, items: Any, value: Any) -> None:
    """``x[items] = value``."""
    if _opaque.names_fields(items):
        np.zeros((), x.dtype)[items]  # Raises where there is no such field.
        raise NotImplementedError(f"assigning to field {items!r} of records: make them anew with map_blocks")
    parts = _index.parsed(items)
    if not isinstance(x, Deferred) and len(parts) == 1 and (made := _by_own_mask(x, parts[0], value)) is not None:
        x._become(made)
    elif found((x, parts, value)):
        if not isinstance(x, Deferred):
            refuse_values()
        x._become(defer(assigned, (x, parts, value), {}))
    else:
        x._become(assigned(x, parts, value))


def _by_own_mask(x: Array, mask: Any, value: Any) -> Array | None:
    """Assignment by a mask of what is selected by that mask, ``x[m] = x[m] + 1``; `None` if it is something else."""
    if not isinstance(value, Deferred) or not isinstance(mask, Array) or value.selected is None:
        return None
    whole, chosen, _ = value.selected
    if isinstance(mask, Deferred) or mask.name != chosen.name or mask.shape != x.shape:
        return None
    return _numeric.where(mask, whole.astype(x.dtype), x).rechunk(x.chunks)


def assigned(x: Array, parts: tuple[Any, ...], value: Any) -> Array:
    """The array that `x` is after an assignment to `parts`."""
    if len(parts) == x.ndim and all(isinstance(p, int) for p in parts) and np.ndim(value):
        # One element takes no array: NumPy's own exception says why.
        np.zeros(1, x.dtype)[0] = np.zeros(value.shape, value.dtype) if hasattr(value, "dtype") else value
    v = _values(value, x.dtype)
    parts = tuple(int(p) if isinstance(p, Array) and p.ndim == 0 and p.dtype.kind != "b" else p for p in parts)
    arrays = [p for p in parts if isinstance(p, Array | np.ndarray)]
    if not arrays:
        return _over_slices(x, parts, v)
    lazy = any(isinstance(p, Array) for p in arrays)
    if lazy and len(parts) == 1 and arrays[0].dtype.kind == "b" and arrays[0].ndim == 0:
        # All elements or none, along a new first axis.
        return _numeric.where(arrays[0], _fitted(v, (1, *x.shape), "indexing result")[0], x).rechunk(x.chunks)
    if len(parts) == 1 and arrays[0].dtype.kind == "b" and arrays[0].ndim > 0:
        made = _over_mask(x, arrays[0], v)
        if made is not None:
            return made
    if lazy and len(arrays) == 1 and arrays[0].dtype.kind == "b":
        return _over_lazy_mask(x, parts, v)
    if lazy:
        return _over_lazy_positions(x, parts, v)
    if len(arrays) == 1 and arrays[0].ndim == 1 and not any(isinstance(p, int) for p in parts):
        return _over_slices(x, parts, v)
    if len(parts) == 1 and arrays[0].dtype.kind == "b" and arrays[0].ndim == x.ndim and v.ndim == 1:
        _check_count(v.shape[0], int(arrays[0].sum()))
    selected = _selection.select(_creation.arange(x.size, dtype=np.int64).reshape(x.shape), parts)
    return _scattered(x, selected.ravel().compute(), _fitted(v, selected.shape, "indexing result").ravel())


def _check_count(given: int, selected: int) -> None:
    if given not in (1, selected):
        raise ValueError(
            f"NumPy boolean array indexing assignment cannot assign {given} input values to the {selected} output "
            "values where the mask is true"
        )


def _values(value: Any, dtype: np.dtype) -> Array:
    """What is assigned, converted as NumPy converts it."""
    if isinstance(value, Array):
        return value.astype(dtype)
    if isinstance(value, np.ndarray) or (hasattr(value, "shape") and hasattr(value, "dtype")):
        return _creation.asarray(value).astype(dtype)
    place = np.empty(np.shape(value), dtype)
    place[...] = value
    return _creation.asarray(place)


def _fitted(v: Array, shape: tuple[int, ...], what: str = "") -> Array:
    """The values, broadcast to the shape that is assigned to."""
    extra = v.ndim - len(shape)
    if extra > 0 and all(n == 1 for n in v.shape[:extra]):
        v = v.reshape(v.shape[extra:])
    try:
        return _manipulation.broadcast_to(v, shape)
    except ValueError:
        given, wanted = (str(s).replace(", ", ",") for s in (v.shape, shape))
        if what:
            text = f"shape mismatch: value array of shape {given} could not be broadcast to {what} of shape {wanted}"
        else:
            text = f"could not broadcast input array from shape {given} into shape {wanted}"
        raise ValueError(text) from None


def _over_slices(x: Array, parts: tuple[Any, ...], v: Array) -> Array:
    """Assignment to slices, and to one list of positions along an axis."""
    listed = any(isinstance(p, np.ndarray) for p in parts)
    v = _fitted(v, x[parts].shape, "indexing result" if listed else "")
    wanted: list[tuple[int, int, int] | np.ndarray] = []
    shape: list[int] = []
    at = axis = 0
    for part in _selection.expanded(parts, x.ndim):
        if part is None:
            v = v[(slice(None),) * at + (0,)]
            continue
        n = x.shape[axis]
        if isinstance(part, slice):
            positions = range(*part.indices(n))
            wanted.append((positions.start, positions.step, len(positions)))
        elif isinstance(part, int):
            wanted.append((part % n, 1, 1))
            v = v[(slice(None),) * at + (None,)]
        else:
            wanted.append(np.flatnonzero(part) if part.dtype.kind == "b" else part % max(n, 1))
        shape.append(v.shape[at])
        axis, at = axis + 1, at + 1
    return x if 0 in shape else _put(x, v, wanted)


def _put(x: Array, v: Array, wanted: list[Any]) -> Array:
    """`x` with `v` at a slice or list of positions along each axis."""
    wanted = list(wanted)
    for axis, where in enumerate(wanted):
        if not isinstance(where, tuple):
            continue
        start, step, count = where if where[2] > 1 else (where[0], 1, 1)
        if step < 0:
            start, step = start + (count - 1) * step, -step
            v = v[(slice(None),) * axis + (slice(None, None, -1),)]
        wanted[axis], end = (0, step, count), start + (count - 1) * step + 1
        if (start, end) == (0, x.shape[axis]):
            continue
        before, middle, after = (
            x[(slice(None),) * axis + (slice(a, b),)] for a, b in ((0, start), (start, end), (end, None))
        )
        joined = [p for p in (before, _put(middle, v, wanted), after) if p.shape[axis]]
        return _join.concatenate(joined, axis).rechunk(x.chunks)
    return _put_apart(x, v, wanted)


def _put_apart(x: Array, v: Array, wanted: list[Any]) -> Array:
    """The same where positions do not lie side by side: values are spread out, and chosen by a mask along each axis."""
    chosen: Any = None
    for axis, where in enumerate(wanted):
        n = x.shape[axis]
        mask: Any
        if isinstance(where, tuple):
            step = where[1]
            if step == 1:
                continue
            v = _spread(v, axis, step, n)
            mask = _ops.FUNCTIONS["equal"](_creation.arange(n, dtype=np.int64, chunks=x.chunks[axis]) % step, 0)  # type: ignore[operator]
        else:
            source, mask = np.zeros(n, np.int64), np.zeros(n, bool)
            source[where], mask[where] = np.arange(len(where)), True
            v = v[(slice(None),) * axis + (source,)]
        along = mask.reshape((n,) + (1,) * (x.ndim - axis - 1))
        chosen = along if chosen is None else _ops.FUNCTIONS["logical_and"](chosen, along)
    return v.rechunk(x.chunks) if chosen is None else _numeric.where(chosen, v, x).rechunk(x.chunks)


def _spread(v: Array, axis: int, step: int, n: int) -> Array:
    """Each element `step` times along an axis, as far as `n`."""
    shape = v.shape
    wide = v.reshape((*shape[: axis + 1], 1, *shape[axis + 1 :]))
    wide = _manipulation.broadcast_to(wide, (*shape[: axis + 1], step, *shape[axis + 1 :]))
    long = wide.reshape((*shape[:axis], shape[axis] * step, *shape[axis + 1 :]))
    return long[(slice(None),) * axis + (slice(0, n),)]


def _over_mask(x: Array, mask: Any, v: Array) -> Array | None:
    """Assignment of values that do not depend on how many elements are selected; `None` if they do."""
    rest = x.shape[mask.ndim :]
    if v.ndim > len(rest):
        extra = v.ndim - len(rest)
        if any(n != 1 for n in v.shape[:extra]):
            return None
        v = v.reshape(v.shape[extra:])
    _selection.layout((mask,), x.shape, lambda m: [m] * m.ndim)
    wide = mask.reshape((*mask.shape, *(1,) * len(rest)))
    return _numeric.where(wide, _fitted(v, rest, "indexing result"), x).rechunk(x.chunks)


def _over_lazy_mask(x: Array, parts: tuple[Any, ...], v: Array) -> Array:
    """Assignment of as many values as a lazy mask selects elements of the whole array."""
    (mask,) = (p for p in parts if isinstance(p, Array))
    _selection.expanded(parts, x.ndim)
    if len(parts) > 1 and v.size == 1 and mask.ndim == 1:
        return _over_crossed_mask(x, parts, mask, v)
    if len(parts) > 1 or mask.ndim != x.ndim or v.ndim != 1:
        raise NotImplementedError(
            f"assigning values of shape {v.shape} by a lazy mask of shape {mask.shape} to an array of shape {x.shape}: "
            "compute the mask first, x[mask.compute()] = v"
        )
    _selection.layout((mask,), x.shape, lambda m: [m] * m.ndim)
    fits = _calls.elementwise("setitem", _Fits(v.shape[0]), [mask.sum()], bool)  # type: ignore[attr-defined]
    before = _ops.FUNCTIONS["cumsum"](mask.ravel(), axis=0) - 1
    position = _numeric.where(fits, _numeric.where(mask.ravel(), before, 0), 0)
    if v.shape[0] == 0:
        v = _creation.zeros(1, dtype=v.dtype)
    spread = Array(_native.take_along(v._expr, position._expr, 0)).reshape(x.shape)
    return _numeric.where(mask, spread, x).rechunk(x.chunks)


class _Fits:
    """Checks, when it is computed, that as many elements are selected as values are given."""

    def __init__(self, given: int) -> None:
        self.given = given

    def __call__(self, count: np.ndarray) -> np.ndarray:
        for selected in count.ravel():
            _check_count(self.given, int(selected))
        return np.ones(count.shape, bool)


def _over_crossed_mask(x: Array, parts: tuple[Any, ...], mask: Array, v: Array) -> Array:
    """Assignment of one value to a lazy mask along one axis, and slices along others."""
    items = _selection.expanded(parts, x.ndim)
    axis = sum(p is not None for p in items[: next(i for i, p in enumerate(items) if p is mask)])
    if mask.shape[0] != x.shape[axis]:
        _selection.layout(parts, x.shape, lambda m: [m] * m.ndim)
    outside = tuple(slice(None) if p is mask else p for p in items if p is not None)
    index = tuple(slice(p, p + 1 or None) if isinstance(p, int) else p for p in outside)
    region = x[index]
    along = mask.reshape((mask.size,) + (1,) * (x.ndim - axis - 1))
    return assigned(x, index, _numeric.where(along, v.reshape(()), region))


def _over_lazy_positions(x: Array, parts: tuple[Any, ...], v: Array) -> Array:
    """Assignment by lazy arrays of integers: to positions in C order that are computed too."""
    if any(p.dtype.kind == "b" for p in parts if isinstance(p, Array)):
        raise NotImplementedError("assigning by a lazy mask and another array: compute the mask first")
    listed = [p.nonzero() if isinstance(p, np.ndarray) and p.dtype.kind == "b" else (p,) for p in parts]
    parts = tuple(p for several in listed for p in several)
    found = _selection.layout(parts, x.shape, np.nonzero)
    depth, after = len(found.picked), len(found.rest) - found.at
    position: Any = np.zeros((), np.int64)
    inside: Any = True
    axis, place = 0, -1
    for part in _selection.expanded(parts, x.ndim):
        place += 0 if part is not None and not isinstance(part, slice) else 1
        if part is None:
            continue
        n = x.shape[axis]
        if isinstance(part, slice):
            taken = range(*part.indices(n))
            here: Any = np.arange(taken.start, taken.stop, taken.step).reshape(
                (-1,) + (1,) * (len(found.rest) - place - 1)
            )
            here = here if place >= found.at else here.reshape((*here.shape, *(1,) * depth))
        else:
            p = _creation.asarray(part).astype(np.int64)
            inside = _ops.FUNCTIONS["logical_and"](inside, _ops.FUNCTIONS["logical_and"](p >= -n, p < n))
            here = _numeric.where(p < 0, p + n, p)
            here = here.reshape((*here.shape, *(1,) * after))
        position = position * n + here
        axis += 1
    inside = inside.reshape((*inside.shape, *(1,) * after))
    position = _manipulation.broadcast_to(_numeric.where(inside, position, x.size), found.result).ravel()
    values = _fitted(v, found.result, "indexing result").ravel()
    order = _native.sorted(position._expr, True, 0, None)
    ascending, values_then = (_native.take_along(a._expr, order, 0) for a in (position, values))
    return Array(_native.scatter(x._expr, ascending, values_then))


def _scattered(x: Array, positions: np.ndarray, v: Array) -> Array:
    """`x` with values at positions in C order that are in memory."""
    if positions.size == 0:
        return x
    order = np.argsort(positions, kind="stable")
    positions = np.ascontiguousarray(positions[order])
    # Of several values for one place the last one counts.
    last = np.append(positions[1:] != positions[:-1], True)
    ascending = _creation.asarray(positions[last])
    return Array(_native.scatter(x._expr, ascending._expr, v[order[last]]._expr))


def put(a: Array, ind: Any, v: Any, mode: str = "raise") -> None:
    """Assign values at positions in C order; values are repeated as needed.

    Examples
    --------
    >>> import hyperslab as da
    >>> x = da.zeros(4)
    >>> da.put(x, [0, 3], [1, 2])
    >>> x.compute()
    array([1., 0., 0., 2.])
    """
    if isinstance(ind, Array):
        raise NotImplementedError("put takes positions in memory: compute them first, or assign x[positions] = values")
    positions = np.asarray(ind).ravel()
    if mode in ("wrap", "clip"):
        positions = positions % max(a.size, 1) if mode == "wrap" else np.clip(positions, 0, a.size - 1)
    elif mode != "raise":
        raise ValueError(f"clipmode must be one of 'clip', 'raise', or 'wrap' (got {mode!r})")
    elif positions.size and not (-a.size <= positions.min() and positions.max() < a.size):
        wrong = positions[(positions < -a.size) | (positions >= a.size)][0]
        raise IndexError(f"index {wrong} is out of bounds for axis 0 with size {a.size}")
    values = _values(v, a.dtype).ravel()
    if values.size and positions.size:
        repeated = values[np.arange(positions.size) % values.size]
        a._become(_scattered(a, positions.astype(np.int64) % a.size, repeated))


def place(arr: Array, mask: Any, vals: Any) -> None:
    """Assign values, repeated as needed, to the elements where a mask in memory holds, in C order.

    Examples
    --------
    >>> import hyperslab as da
    >>> x = da.arange(4)
    >>> da.place(x, [True, False, True, True], [7, 8])
    >>> x.compute()
    array([7, 1, 8, 7])
    """
    if np.size(mask) != arr.size:
        raise ValueError(f"place: mask and data must be the same size, not {np.size(mask)} and {arr.size}")
    if isinstance(mask, Array):
        if np.size(vals) == 0 and arr.size:
            raise ValueError("Cannot insert from an empty array!")
        raise NotImplementedError("place takes a mask in memory: compute it first, or assign x[mask] = value")
    positions = np.flatnonzero(mask)
    values = _values(vals, arr.dtype).ravel()
    if positions.size and not values.size:
        raise ValueError("Cannot insert from an empty array!")
    if positions.size:
        arr._become(_scattered(arr, positions, values[np.arange(positions.size) % values.size]))


def putmask(a: Array, mask: Any, values: Any) -> None:
    """Assign to the elements where a mask holds the value at their place; values are repeated as needed.

    Examples
    --------
    >>> import hyperslab as da
    >>> x = da.arange(5)
    >>> da.putmask(x, x > 2, [-33, -44])
    >>> x.compute()
    array([  0,   1,   2, -44, -33])
    """
    chosen = _creation.asarray(mask).astype(bool)
    if chosen.size != a.size:
        raise ValueError(f"putmask: mask and data must be the same size, not {chosen.size} and {a.size}")
    v = _values(values, a.dtype).ravel()
    if v.size:
        spread = v if v.size == 1 else v[np.arange(a.size) % v.size].reshape(a.shape)
        a._become(_numeric.where(chosen.reshape(a.shape), spread, a).rechunk(a.chunks))


def copyto(dst: Array, src: Any, casting: str = "same_kind", where: Any = True) -> None:
    """Assign an array to another, where a mask holds.

    Examples
    --------
    >>> import hyperslab as da
    >>> x = da.zeros(3)
    >>> da.copyto(x, [1, 2, 3], where=[True, False, True])
    >>> x.compute()
    array([1., 0., 3.])
    """
    source = _creation.asarray(src)
    given = src if isinstance(src, bool | int | float | complex) else source.dtype
    if not _may_cast(given, dst.dtype, casting):
        raise TypeError(
            f"Cannot cast array data from {source.dtype!r} to {dst.dtype!r} according to the rule {casting!r}"
        )
    v = _fitted(_values(src, dst.dtype), dst.shape)
    if where is True:
        dst._become(v.rechunk(dst.chunks))
    else:
        chosen = _manipulation.broadcast_to(_creation.asarray(where), dst.shape)
        dst._become(_numeric.where(chosen, v, dst).rechunk(dst.chunks))


def put_along_axis(arr: Array, indices: Any, values: Any, axis: int | None) -> None:
    """Assign values at the positions along an axis that another array holds.

    Parameters
    ----------
    arr : Array
        Array that is assigned to.
    indices : array_like of int
        Positions, of as many dimensions; broadcast along the other axes. Negative ones count from the end.
    values : array_like
        Values, which are broadcast to the positions.
    axis : int or None
        Axis; None assigns to all elements in C order, and `indices` has one dimension.

    Raises
    ------
    IndexError
        If indices are no integers; if one is out of bounds, when computed where they are lazy.
    ValueError
        If the numbers of dimensions differ.

    Examples
    --------
    >>> import hyperslab as da
    >>> x = da.array([[10, 30, 20], [60, 40, 50]])
    >>> da.put_along_axis(x, da.argmax(x, axis=1, keepdims=True), 99, axis=1)
    >>> x.compute()
    array([[10, 99, 20],
           [99, 40, 50]])
    """
    positions = indices if isinstance(indices, Array) else np.asarray(indices)
    if axis is None:
        if positions.ndim != 1:
            raise ValueError("when axis=None, `indices` must have a single dimension.")
        line = arr.ravel().copy()
        put_along_axis(line, positions, values, 0)
        arr._become(line.reshape(arr.shape).rechunk(arr.chunks))
        return
    along = normalize_axis_index(operator.index(axis), arr.ndim)
    if positions.dtype.kind not in "iu":
        raise IndexError("`indices` must be an integer array")
    if positions.ndim != arr.ndim:
        raise ValueError(f"`indices` and `arr` must have the same number of dimensions: {positions.shape}, {arr.shape}")
    index: list[Any] = [
        np.arange(n).reshape([-1 if d == k else 1 for k in range(arr.ndim)]) for d, n in enumerate(arr.shape)
    ]
    index[along] = positions
    setitem(arr, tuple(index), values)


def _may_cast(given: Any, dtype: np.dtype, casting: str) -> bool:
    if not isinstance(given, np.dtype):
        return bool(np.can_cast(np.result_type(given, dtype), dtype, casting))  # type: ignore[arg-type]
    return bool(np.can_cast(given, dtype, casting))  # type: ignore[arg-type]


def fill_diagonal(a: Array, val: Any, wrap: bool = False) -> None:
    """Assign to the main diagonal of an array of at least two dimensions.

    Examples
    --------
    >>> import hyperslab as da
    >>> x = da.zeros((2, 3))
    >>> da.fill_diagonal(x, 5)
    >>> x.compute()
    array([[5., 0., 0.],
           [0., 5., 0.]])
    """
    if a.ndim < 2:
        raise ValueError("array must be at least 2-d")
    if a.ndim > 2 and len(set(a.shape)) > 1:
        raise ValueError("All dimensions of input must be of equal length")
    columns = a.shape[1]
    step = columns + 1 if a.ndim == 2 else 1 + sum(math.prod(a.shape[d:]) for d in range(1, a.ndim))
    end = a.size if wrap or a.ndim > 2 else min(a.size, columns * columns)
    positions = np.arange(0, end, step)
    values = _values(val, a.dtype).ravel()
    if positions.size:
        a._become(_scattered(a, positions, values[np.arange(positions.size) % values.size]))


def delitem(x: Array, items: Any) -> None:
    """``del x[items]``, which arrays refuse."""
    raise ValueError(f"cannot delete array elements: {items!r} of shape {x.shape}")


Array.__delitem__ = delitem  # type: ignore[attr-defined,method-assign,unused-ignore]
Array.__setitem__ = setitem  # type: ignore[method-assign]
