"""Arrays cut into pieces and put together again: split, insert, delete, repeat and their kin."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from hyperslab import _calls
from hyperslab._array import Array
from hyperslab._convert import is_array
from hyperslab._creation import Shape, asarray, zeros
from hyperslab._deferred import Call, Deferred, as_set, sample
from hyperslab._integers import integers
from hyperslab._join import concatenate
from hyperslab._manipulation import broadcast_to, flip, moveaxis, take


def _along(x: Array, axis: int, item: Any) -> Array:
    return x[(*(slice(None),) * axis, item)]


def repeat(a: Any, repeats: Any, axis: int | None = None) -> Array:
    """Each element several times.

    Parameters
    ----------
    a : array_like
        Array.
    repeats : int or sequence of int
        How often each element comes: all the same, or one number for each position along the axis. Where they are a
        lazy array, the length of the result is not known before they are computed.
    axis : int, optional
        Axis to go along; the elements in C order if not given.

    Raises
    ------
    ValueError
        For negative numbers, or a wrong number of them.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.repeat(da.arange(3), 2).compute()
    array([0, 0, 1, 1, 2, 2])
    """
    x = asarray(a)
    x, axis = (x.ravel(), 0) if axis is None else (x if x.ndim else x[None], axis)
    counts: Any = repeats if is_array(repeats) else np.asarray(repeats)
    typed = isinstance(repeats, np.ndarray) or is_array(repeats)
    if typed and not np.can_cast(counts.dtype, np.intp, "safe"):
        raise TypeError(f"Cannot cast array data from {counts.dtype!r} to {np.dtype(np.intp)!r} according to 'safe'")
    if counts.ndim > 1:
        raise ValueError(f"repeats must be an integer or a sequence of integers, not of shape {counts.shape}")
    axis = normalize_axis_index(axis, x.ndim)
    if counts.size not in (1, x.shape[axis]):
        raise ValueError(
            f"operands could not be broadcast together with shape ({x.shape[axis]},) ({counts.size},): repeat along "
            f"axis {axis} of shape {x.shape}"
        )
    if is_array(repeats):
        call = Call(_repeated, (x, axis), {}, (counts,))
        name = f"{x.shape[axis]} repeated by {counts.name}"
        shape = (*x.shape[:axis], name, *x.shape[axis + 1 :])
        return as_set(Deferred(call, sample(shape, x.dtype)))  # type: ignore[no-any-return]
    return _repeated(counts, x, axis)


def _repeated(counts: np.ndarray, x: Array, axis: int) -> Array:
    """The positions along an axis as often as numbers in memory say."""
    counts = counts.astype(np.intp)
    if x.shape[axis] and (counts < 0).any():
        raise ValueError("repeats may not contain negative values.")
    if counts.size != 1:
        return take(x, np.repeat(np.arange(x.shape[axis]), counts), axis)
    n = max(int(counts.ravel()[0]), 0)
    shape = (*x.shape[: axis + 1], n, *x.shape[axis + 1 :])
    wide = broadcast_to(x[(*(slice(None),) * (axis + 1), None)], shape)
    flat = wide.reshape((*x.shape[:axis], x.shape[axis] * n, *x.shape[axis + 1 :]))
    return flat.rechunk({d: sizes for d, sizes in enumerate(x.chunks) if d != axis})


def resize(a: Any, new_shape: Shape) -> Array:
    """The elements in C order under another shape, from the start again when they end.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.resize(da.arange(3), (2, 2)).compute()
    array([[0, 1],
           [2, 0]])
    """
    shape, x = integers(new_shape), asarray(a).ravel()
    if any(n < 0 for n in shape):
        raise ValueError("all elements of `new_shape` must be non-negative")
    size = int(np.prod(shape, dtype=object))
    if x.size == 0 or size == 0:
        return zeros(shape, x.dtype)
    copies = -(-size // x.size)
    return broadcast_to(x, (copies, x.size)).ravel()[:size].reshape(shape)


def append(arr: Any, values: Any, axis: int | None = None) -> Array:
    """Values after the end of an array, along an axis or of both flattened.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.append(da.arange(2), [5, 6]).compute()
    array([0, 1, 5, 6])
    """
    return concatenate([arr, values], axis=axis)


def _positions(obj: Any, n: int, axis: int, ends: bool) -> np.ndarray:
    """The positions that `obj` names along an axis of length `n`, from the start; with `ends`, `n` is one of them."""
    if is_array(obj):
        raise NotImplementedError("positions that are a lazy array are not supported here: compute them")
    where = np.arange(n)[obj] if isinstance(obj, slice) else np.asarray(obj)
    if where.size == 0 and not isinstance(obj, np.ndarray):
        where = where.astype(np.intp)
    if where.dtype == bool:
        if where.ndim != 1 or (len(where) != n and not ends):
            raise ValueError(f"boolean positions must be one per element of axis {axis}, which has {n}: {where.shape}")
        where = np.flatnonzero(where)
    if where.dtype.kind not in "iu":
        raise IndexError("arrays used as indices must be of integer (or boolean) type")
    if where.ndim > 1:
        raise ValueError("index array must be one dimensional or scalar")
    high = n if ends else n - 1
    if ((where < -n) | (where > high)).any():
        bad = where[(where < -n) | (where > high)].ravel()[0]
        raise IndexError(f"index {bad} is out of bounds for axis {axis} with size {n}")
    return np.where(where < 0, where + n, where)


def _flat_or_axis(arr: Any, axis: int | None) -> tuple[Array, int]:
    x = asarray(arr)
    return (x.ravel(), 0) if axis is None else (x, normalize_axis_index(axis, x.ndim))


def insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Array:
    """Values put in before some positions.

    Parameters
    ----------
    arr : array_like
        Array.
    obj : int, slice or sequence of int
        Positions in `arr`.
    values : array_like
        What to put in; cast to the dtype of `arr`.
    axis : int, optional
        Axis to go along; the flattened array if not given.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.insert(da.arange(4), 1, 9).compute()
    array([0, 9, 1, 2, 3])
    """
    x, axis = _flat_or_axis(arr, axis)
    places = _positions(obj, x.shape[axis], axis, ends=True)
    new = asarray(values).astype(x.dtype)
    if places.size == 1:
        new = new[(None,) * (x.ndim - new.ndim)]
        if places.ndim == 0:
            new = moveaxis(new, 0, axis)
        count = new.shape[axis]
        places = np.full(count, places.item())
    count = len(places)
    new = broadcast_to(new, (*x.shape[:axis], count, *x.shape[axis + 1 :]))
    order = np.argsort(places, kind="stable")
    if (order != np.arange(count)).any():
        new = take(new, order, axis)
    cuts, starts = np.unique(places[order], return_index=True)
    pieces, before = [], 0
    for cut, start, stop in zip(cuts, starts, [*starts[1:], count]):
        pieces += [_along(x, axis, slice(before, int(cut))), _along(new, axis, slice(int(start), int(stop)))]
        before = int(cut)
    return concatenate([*pieces, _along(x, axis, slice(before, None))], axis=axis)


def delete(arr: Any, obj: Any, axis: int | None = None) -> Array:
    """The array without some positions.

    Parameters
    ----------
    arr : array_like
        Array.
    obj : int, slice or sequence of int
        Positions to leave out.
    axis : int, optional
        Axis to go along; the flattened array if not given.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.delete(da.arange(4), [1, 2]).compute()
    array([0, 3])
    """
    x, axis = _flat_or_axis(arr, axis)
    n = x.shape[axis]
    if hasattr(obj, "__index__") and not isinstance(obj, np.ndarray | bool):
        at = int(_positions(obj, n, axis, ends=False))
        return concatenate([_along(x, axis, slice(0, at)), _along(x, axis, slice(at + 1, None))], axis=axis)
    if isinstance(obj, slice):
        gone = range(n)[obj]
        if len(gone) and abs(gone.step) == 1:
            low, high = min(gone[0], gone[-1]), max(gone[0], gone[-1])
            return concatenate([_along(x, axis, slice(0, low)), _along(x, axis, slice(high + 1, None))], axis=axis)
    keep = np.ones(n, dtype=bool)
    keep[_positions(obj, n, axis, ends=False)] = False
    return x if keep.all() else _along(x, axis, keep)


def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Array]:
    """Pieces along an axis: about as many of the same length, or between positions.

    Examples
    --------
    >>> import hyperslab as da
    >>> [x.shape for x in da.array_split(da.arange(8), 3)]
    [(3,), (3,), (2,)]
    """
    x = asarray(ary)
    n = x.shape[axis]
    axis = normalize_axis_index(axis, x.ndim)
    if np.ndim(indices_or_sections):
        cuts = [0, *(operator.index(i) for i in indices_or_sections), n]
    else:
        parts = int(indices_or_sections)
        if parts <= 0:
            raise ValueError("number sections must be larger than 0.")
        each, extra = divmod(n, parts)
        cuts = [part * each + min(part, extra) for part in range(parts + 1)]
    return [_along(x, axis, slice(a, b)) for a, b in itertools.pairwise(cuts)]


def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Array]:
    """Pieces of the same length along an axis, or between positions.

    Raises
    ------
    ValueError
        If the pieces would not have the same length.

    Examples
    --------
    >>> import hyperslab as da
    >>> [x.shape for x in da.split(da.arange(8), [3, 5])]
    [(3,), (2,), (3,)]
    """
    x = asarray(ary)
    if not np.ndim(indices_or_sections) and x.shape[axis] % int(indices_or_sections):
        raise ValueError(
            f"array split does not result in an equal division: {x.shape[axis]} elements in {indices_or_sections} parts"
        )
    return array_split(x, indices_or_sections, axis)


def hsplit(ary: Any, indices_or_sections: Any) -> list[Array]:
    """Pieces side by side: along the second axis, or the only one."""
    x = asarray(ary)
    if x.ndim == 0:
        raise ValueError("hsplit only works on arrays of 1 or more dimensions")
    return split(x, indices_or_sections, 1 if x.ndim > 1 else 0)


def vsplit(ary: Any, indices_or_sections: Any) -> list[Array]:
    """Pieces below each other: along the first axis."""
    x = asarray(ary)
    if x.ndim < 2:
        raise ValueError("vsplit only works on arrays of 2 or more dimensions")
    return split(x, indices_or_sections, 0)


def dsplit(ary: Any, indices_or_sections: Any) -> list[Array]:
    """Pieces behind each other: along the third axis."""
    x = asarray(ary)
    if x.ndim < 3:
        raise ValueError("dsplit only works on arrays of 3 or more dimensions")
    return split(x, indices_or_sections, 2)


def unstack(x: Any, /, *, axis: int = 0) -> tuple[Array, ...]:
    """The arrays at each position along an axis.

    Examples
    --------
    >>> import hyperslab as da
    >>> len(da.unstack(da.ones((3, 2))))
    3
    """
    a = asarray(x)
    if a.ndim == 0:
        raise ValueError("Input array must be at least 1-d.")
    return tuple(moveaxis(a, axis, 0))


def column_stack(tup: Sequence[Any]) -> Array:
    """Arrays side by side; 1-d ones are columns.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.column_stack([da.ones(3), da.zeros((3, 2))]).shape
    (3, 3)
    """
    columns = [asarray(a) for a in tup]
    return concatenate([x.reshape(-1, 1) if x.ndim < 2 else x for x in columns], axis=1)


def rot90(m: Any, k: int = 1, axes: Sequence[int] = (0, 1)) -> Array:
    """The array turned by right angles in the plane of two axes.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.rot90(da.arange(4).reshape(2, 2)).compute()
    array([[1, 3],
           [0, 2]])
    """
    x = asarray(m)
    plane = tuple(axes)
    if len(plane) != 2:
        raise ValueError("len(axes) must be 2.")
    if any(not -x.ndim <= a < x.ndim for a in plane):
        raise ValueError(f"Axes={plane} out of range for array of ndim={x.ndim}.")
    if plane[0] % x.ndim == plane[1] % x.ndim:
        raise ValueError("Axes must be different.")
    turns = k % 4
    if turns == 2:
        return flip(x, plane)
    if turns == 1:
        return flip(x, plane[1]).swapaxes(*plane)
    return flip(x.swapaxes(*plane), plane[1]) if turns else x


def shuffle(x: Any, indexer: Sequence[Sequence[int]], axis: int, chunks: str = "auto") -> Array:
    """The positions along an axis in another order, groups of them within one chunk.

    Parameters
    ----------
    x : array_like
        Array.
    indexer : sequence of sequences of int
        Groups of positions. A chunk of the result holds one or several of them, up to the length that chunks have now
        and a quarter.
    axis : int
        Axis to go along.
    chunks : "auto"
        Accepted as in dask; without effect.

    Examples
    --------
    >>> import hyperslab as da
    >>> y = da.shuffle(da.arange(8, chunks=4), [[6, 5, 2], [4, 1], [3, 0, 7]], axis=0)
    >>> y.compute(), y.chunks
    (array([6, 5, 2, 4, 1, 3, 0, 7]), ((5, 3),))
    """
    a = asarray(x)
    axis = normalize_axis_index(axis, a.ndim)
    groups = [np.asarray(g, np.intp) for g in indexer]
    if not groups or any(g.ndim != 1 for g in groups):
        raise ValueError(f"shuffle: indexer={indexer!r} must be lists of positions")
    most = max(1.25 * max(a.chunks[axis]), 1)
    sizes: list[int] = []
    for length in map(len, groups):
        if sizes and sizes[-1] + length <= most:
            sizes[-1] += length
        else:
            sizes.append(length)
    made = take(a, np.concatenate(groups), axis)
    return made.rechunk(tuple(tuple(sizes) if d == axis else line for d, line in enumerate(a.chunks)))


def push(array: Any, n: int | None, axis: int) -> Array:
    """Missing values replaced by the last value before them along an axis.

    Parameters
    ----------
    array : array_like
        Array of floats or times.
    n : int, optional
        How many missing values in a row are replaced; all if not given.
    axis : int
        Axis to go along, which is handed over whole.

    Examples
    --------
    >>> import numpy as np
    >>> import hyperslab as da
    >>> da.push(da.array([np.nan, 1.0, np.nan, np.nan, 2.0]), 1, 0).compute()
    array([nan,  1.,  1., nan,  2.])
    """
    a = asarray(array)
    axis = normalize_axis_index(axis, a.ndim)
    if a.dtype.kind not in "fcmM":
        return a
    needs: list[Any] = [_calls.WHOLE if d == axis else ("along", [d]) for d in range(a.ndim)]
    grains = ["whole" if d == axis else "any" for d in range(a.ndim)]

    def filled(block: np.ndarray) -> np.ndarray:
        here = np.arange(block.shape[axis]).reshape((-1,) + (1,) * (block.ndim - axis - 1))
        last = np.maximum.accumulate(np.where(np.isnan(block), -1, here), axis=axis)
        reached = last >= 0 if n is None else (last >= 0) & (here - last <= n)
        return np.where(reached, np.take_along_axis(block, np.maximum(last, 0), axis), block)

    return _calls.portions("push", filled, [(a, needs)], a.chunks, a.dtype, grains)


def trim_zeros(filt: Any, trim: Any = "fb", axis: Any = None) -> Array:
    """An array in memory without the zeros at its ends; see `numpy.trim_zeros`.

    Raises
    ------
    NotImplementedError
        For a lazy array: the shape of the result depends on its elements.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.trim_zeros([0, 0, 1, 2, 0]).compute()
    array([1, 2])
    """
    if is_array(filt):
        np.trim_zeros(np.zeros((0,) * filt.ndim), trim, axis)  # Raises for wrong sides and axes.
        raise NotImplementedError(
            "trim_zeros of a lazy array: the shape of the result depends on its elements: compute first"
        )
    return asarray(np.trim_zeros(np.asarray(filt), trim, axis))
