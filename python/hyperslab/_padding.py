"""Arrays with edges around them: `pad` in all of NumPy's modes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from hyperslab import _calls, _ops
from hyperslab._array import Array
from hyperslab._creation import arange, asarray, full
from hyperslab._join import concatenate
from hyperslab._manipulation import broadcast_to
from hyperslab._numeric import where

_OPTIONS = {
    "empty": (),
    "edge": (),
    "wrap": (),
    "constant": ("constant_values",),
    "linear_ramp": ("end_values",),
    "maximum": ("stat_length",),
    "mean": ("stat_length",),
    "median": ("stat_length",),
    "minimum": ("stat_length",),
    "reflect": ("reflect_type",),
    "symmetric": ("reflect_type",),
}

#: Two of something: before and after the array.
Pair = tuple[Any, Any]


def pad(array: Any, pad_width: Any, mode: Any = "constant", **kwargs: Any) -> Array:
    """The array with elements added before and after it along its axes.

    Parameters
    ----------
    array : array_like
        Array of any rank.
    pad_width : int, (int, int), sequence of (int, int) or dict
        How many elements before and after: for all axes, for each, or for the axes that a dict names.
    mode : str or callable
        What the new elements are: ``"constant"``, ``"edge"``, ``"linear_ramp"``, ``"maximum"``, ``"mean"``,
        ``"median"``, ``"minimum"``, ``"reflect"``, ``"symmetric"``, ``"wrap"`` or ``"empty"``, as in `numpy.pad`; or a
        function that is called with each line, its widths, the axis and the options, and fills the ends in place.
    **kwargs
        ``constant_values``, ``end_values``, ``stat_length`` or ``reflect_type``, each with the modes that have it.

    Returns
    -------
    Array
        Its first and last chunks along a padded axis are the new elements.

    Raises
    ------
    ValueError
        For an unknown mode, an option that the mode has not, negative widths, or an empty axis with nothing to repeat.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.pad(da.arange(3), (2, 1)).compute()
    array([0, 0, 0, 1, 2, 0])
    >>> da.pad(da.arange(3), 2, mode="reflect").compute()
    array([2, 1, 0, 1, 2, 1, 0])
    """
    x = asarray(array)
    widths = _widths(pad_width, x.ndim)
    if callable(mode):
        return _filled(x, widths, mode, kwargs)
    if mode not in _OPTIONS:
        raise ValueError(f"mode '{mode}' is not supported")
    wrong = set(kwargs) - set(_OPTIONS[mode])
    if wrong:
        raise ValueError(f"unsupported keyword arguments for mode '{mode}': {wrong}")
    if x.size == 0 and mode not in ("constant", "empty"):
        return _pad_empty(x, widths)
    along = _modes(x, mode, **kwargs)
    for axis, pair in enumerate(widths):
        if pair != (0, 0):
            x = along(x, axis, pair)
    return x


def _pad_empty(x: Array, widths: list[Pair]) -> Array:
    for axis, pair in enumerate(widths):
        if x.shape[axis] == 0 and any(pair):
            raise ValueError(f"can't extend empty axis {axis} using modes other than 'constant' or 'empty'")
    return full([n + a + b for n, (a, b) in zip(x.shape, widths)], 0, x.dtype)


def _filled(x: Array, widths: list[Pair], function: Callable[..., Any], kwargs: dict[str, Any]) -> Array:
    """What a function makes of the array with zeros around it, axis by axis and line by line."""

    def lines(block: np.ndarray, axis: int) -> np.ndarray:
        made = block.copy()
        view = np.moveaxis(made, axis, -1)
        for place in np.ndindex(view.shape[:-1]):
            function(view[(*place, Ellipsis)], widths[axis], axis, kwargs)
        return made

    x = pad(x, widths)
    for axis in range(x.ndim):
        x = _of_lines("pad", partial(lines, axis=axis), x, axis, x.shape[axis], x.dtype)
    return x


def _of_lines(kind: str, func: Callable[[np.ndarray], Any], x: Array, axis: int, length: int, dtype: np.dtype) -> Array:
    """A function of whole lines along an axis, which makes `length` elements of each."""
    needs: list[Any] = [_calls.WHOLE if d == axis else ("along", [d]) for d in range(x.ndim)]
    lines = [(length,) if d == axis else line for d, line in enumerate(x.chunks)]
    grains = ["whole" if d == axis else "any" for d in range(x.ndim)]
    return _calls.portions(kind, func, [(x, needs)], lines, dtype, grains)


def _widths(pad_width: Any, ndim: int) -> list[Pair]:
    if isinstance(pad_width, dict):
        given: list[Any] = [(0, 0)] * ndim
        for axis, width in pad_width.items():
            given[axis] = (width, width) if hasattr(width, "__index__") else tuple(width)
        pad_width = given
    widths = np.asarray(pad_width)
    if widths.dtype.kind != "i":
        raise TypeError("`pad_width` must be of integral type.")
    return [(int(a), int(b)) for a, b in _pairs(widths, ndim, counts=True)]


def _pairs(given: Any, ndim: int, counts: bool = False) -> list[Pair]:
    """One pair per axis, as NumPy broadcasts them: a scalar keeps its dtype, several become Python numbers."""
    if given is None:
        return [(None, None)] * ndim
    x = np.round(given).astype(np.intp) if counts else np.asarray(given)
    if counts and (x < 0).any():
        raise ValueError("index can't contain negative values")
    if x.size == 1 and x.ndim < 3:
        return [(x.ravel()[0], x.ravel()[0])] * ndim
    if x.size == 2 and x.ndim < 3 and x.shape != (2, 1):
        return [(x.ravel()[0], x.ravel()[1])] * ndim
    return [tuple(pair) for pair in np.broadcast_to(x, (ndim, 2)).tolist()]


Along = Callable[[Array, int, Pair], Array]


def _modes(x: Array, mode: str, **kwargs: Any) -> Along:
    """What adds the elements of a mode along one axis."""
    if mode == "empty":
        return _constant([(0, 0)] * x.ndim)
    if mode == "constant":
        return _constant(_pairs(kwargs.get("constant_values", 0), x.ndim))
    if mode == "linear_ramp":
        return _ramps(_pairs(kwargs.get("end_values", 0), x.ndim))
    if mode == "edge":
        return lambda x, axis, pair: _around(x, axis, pair, (_part(x, axis, 0, 1), _part(x, axis, -1, None)))
    if mode == "wrap":
        return _periodic
    if mode in ("reflect", "symmetric"):
        return _reflections(mode == "symmetric", kwargs.get("reflect_type", "even") == "odd")
    return _statistics(mode, _pairs(kwargs.get("stat_length"), x.ndim, counts=True))


def _part(x: Array, axis: int, start: int | None, stop: int | None, step: int | None = None) -> Array:
    return x[(*(slice(None),) * axis, slice(start, stop, step))]


def _around(x: Array, axis: int, pair: Pair, edges: tuple[Array, Array]) -> Array:
    """The array between its edges, each repeated along the axis if it has length 1."""

    def grown(edge: Array, width: int) -> list[Array]:
        if width == 0:
            return []
        shape = (*x.shape[:axis], width, *x.shape[axis + 1 :])
        return [broadcast_to(edge.astype(x.dtype), shape)]

    return concatenate([*grown(edges[0], pair[0]), x, *grown(edges[1], pair[1])], axis=axis)


def _constant(constants: list[Pair]) -> Along:
    def along(x: Array, axis: int, pair: Pair) -> Array:
        before, after = (asarray(np.asarray(value).astype(x.dtype)) for value in constants[axis])
        return _around(x, axis, pair, (before, after))

    return along


def _ramps(ends: list[Pair]) -> Along:
    def ramp(x: Array, axis: int, width: int, end: Any, edge: Array) -> Array:
        """`width` values from `end` on, evenly towards `edge`, which is not one of them: `numpy.linspace`."""
        dtype = np.result_type(end, edge.dtype, 0.0)
        start = np.asarray(end).astype(dtype)
        delta = _ops.apply_ufunc("subtract", (edge.astype(dtype), start))
        count = arange(width).astype(dtype).reshape((-1,) + (1,) * (x.ndim - axis - 1))
        step = _ops.apply_ufunc("divide", (delta, width))
        # Where a step underflows, all are formed in the other order.
        fine = _ops.apply_ufunc("multiply", (_ops.apply_ufunc("divide", (count, width)), delta))
        coarse = _ops.apply_ufunc("multiply", (count, step))
        zero = _ops.FUNCTIONS["any"](_ops.apply_ufunc("equal", (step, 0)))
        y = _ops.apply_ufunc("add", (where(zero, fine, coarse), start))
        return (_ops.apply_ufunc("floor", (y,)) if x.dtype.kind in "iu" else y).astype(x.dtype)

    def along(x: Array, axis: int, pair: Pair) -> Array:
        before = ramp(x, axis, pair[0], ends[axis][0], _part(x, axis, 0, 1)) if pair[0] else x
        after = _part(ramp(x, axis, pair[1], ends[axis][1], _part(x, axis, -1, None)), axis, None, None, -1)
        return _around(x, axis, pair, (before, after if pair[1] else x))

    return along


def _statistics(mode: str, lengths: list[Pair]) -> Along:
    name = {"maximum": "max", "minimum": "min"}.get(mode, mode)

    def fold(part: Array, axis: int, dtype: np.dtype) -> Array:
        if part.shape[axis] == 0 and name in ("max", "min"):
            raise ValueError("stat_length of 0 yields no value for padding")
        if name == "median":
            dtype_of = np.median(np.ones(1, part.dtype)).dtype
            result = _of_lines("pad", partial(np.median, axis=axis, keepdims=True), part, axis, 1, dtype_of)
        else:
            result = _ops.FUNCTIONS[name](part, axis=axis, keepdims=True)
        return _ops.apply_ufunc("rint", (result,)) if dtype.kind in "iu" and result.dtype.kind == "f" else result

    def along(x: Array, axis: int, pair: Pair) -> Array:
        n = x.shape[axis]
        before, after = (n if length is None else min(int(length), n) for length in lengths[axis])
        left = fold(_part(x, axis, 0, before), axis, x.dtype)
        right = left if before == after == n else fold(_part(x, axis, n - after, n), axis, x.dtype)
        return _around(x, axis, pair, (left, right))

    return along


def _periodic(x: Array, axis: int, pair: Pair) -> Array:
    n = x.shape[axis]
    before, after = pair
    copies = [x] * (1 + before // n + after // n)
    return concatenate(
        [*_some(_part(x, axis, n - before % n, n), axis), *copies, *_some(_part(x, axis, 0, after % n), axis)],
        axis=axis,
    )


def _some(part: Array, axis: int) -> list[Array]:
    return [part] if part.shape[axis] else []


def _reflections(include_edge: bool, odd: bool) -> Along:
    def along(x: Array, axis: int, pair: Pair) -> Array:
        if x.shape[axis] == 1:
            return _around(x, axis, pair, (x, x))
        period = x.shape[axis]
        while any(pair):
            x, pair = reflect(x, axis, pair, period)
        return x

    def reflect(x: Array, axis: int, pair: Pair, period: int) -> tuple[Array, Pair]:
        """One reflection at both ends, of at most what is there: whole periods, so that the next one continues it."""
        n = x.shape[axis]
        skip = 0 if include_edge else 1
        whole = n // period * period if include_edge else (n - 1) // (period - 1) * (period - 1)
        before, after = (min(whole, width) for width in pair)
        first = _part(x, axis, skip, skip + before)
        left = _part(first, axis, None, None, -1)
        if odd:
            left = _mirrored(_part(x, axis, 0, 1), left)
        # NumPy takes the left end first, and the right one sees what was added there.
        x = concatenate([*_some(left, axis), x], axis=axis)
        n = x.shape[axis]
        right = _part(_part(x, axis, n - skip - after, n - skip), axis, None, None, -1)
        if odd:
            right = _mirrored(_part(x, axis, -1, None), right)
        return concatenate([x, *_some(right, axis)], axis=axis), (pair[0] - before, pair[1] - after)

    return along


def _mirrored(edge: Array, part: Array) -> Array:
    return _ops.apply_ufunc("subtract", (_ops.apply_ufunc("multiply", (2, edge)), part)).astype(part.dtype)
