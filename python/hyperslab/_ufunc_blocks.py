"""``reduce``, ``accumulate``, ``reduceat`` and ``at`` of ufuncs that no row of the tables makes: NumPy's, on blocks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from hyperslab import _calls, _outputs
from hyperslab._array import Array
from hyperslab._convert import is_array
from hyperslab._creation import asarray
from hyperslab._manipulation import broadcast_to
from hyperslab._reduction import tree
from hyperslab._rows import apply_ufunc

#: Ufuncs whose reductions may be taken apart: blocks are reduced, and what they give is.
_ASSOCIATIVE = frozenset(
    ("bitwise_and", "bitwise_or", "bitwise_xor", "logical_xor", "gcd", "hypot", "logaddexp", "logaddexp2")
)

_NO_VALUE = np._NoValue  # type: ignore[attr-defined]


def tiny_of(x: Array) -> np.ndarray:
    """An array to learn from what NumPy says of the dtype, axes and empty dimensions."""
    return np.ones([min(n, 1) for n in x.shape], np.int8).astype(x.dtype)


def reduce(ufunc: np.ufunc) -> Callable[..., Any]:
    """``ufunc.reduce`` for lazy arrays."""
    name = ufunc.__name__

    def reduction(
        array: Any,
        axis: Any = 0,
        dtype: Any = None,
        out: Any = None,
        keepdims: bool = False,
        initial: Any = _NO_VALUE,
        where: Any = True,
    ) -> Any:
        x = asarray(array)
        options = {"dtype": dtype, "keepdims": keepdims}
        start = {} if initial is _NO_VALUE else {"initial": initial.compute() if is_array(initial) else initial}
        mask = None if where is True else broadcast_to(_outputs.mask(where), x.shape)
        tiny = tiny_of(x)
        chosen = {} if mask is None else {"where": np.ones(tiny.shape, bool)}
        with np.errstate(all="ignore"):
            found = np.asarray(ufunc.reduce(tiny, axis=axis, **options, **start, **chosen))
        axes = tuple(range(x.ndim)) if axis is None else normalize_axis_tuple(axis, x.ndim) if x.ndim else ()
        if name in _ASSOCIATIVE and axes and x.size:
            made = _in_parts(ufunc, [x] if mask is None else [x, mask], axes, found.dtype, keepdims)
            if start and start["initial"] is not None:
                made = apply_ufunc(name, (made, np.asarray(start["initial"]).astype(made.dtype)))
        else:
            made = _whole(ufunc, [x] if mask is None else [x, mask], axis, axes, found.dtype, {**options, **start})
        return _outputs.deliver(made, _outputs.single(out), name)

    return reduction


def _in_parts(ufunc: np.ufunc, arrays: list[Array], axes: tuple[int, ...], dtype: np.dtype, keepdims: bool) -> Array:
    """The reduction as a tree; where a mask is given, blocks of which nothing is chosen give the ufunc's identity."""

    def chosen(block: np.ndarray, axis: Any, keepdims: bool, weights: Any = True) -> Any:
        return ufunc.reduce(block, axis=axis, keepdims=keepdims, dtype=dtype, where=weights)

    def part(block: np.ndarray, axis: Any, keepdims: bool) -> Any:
        return ufunc.reduce(block, axis=axis, keepdims=keepdims, dtype=dtype)

    cut = _calls.handy(arrays)
    return tree(cut, (chosen, part, part), axes, dtype=dtype, size=lambda _: 1, keepdims=keepdims)


def _whole(
    ufunc: np.ufunc, arrays: list[Array], axis: Any, axes: tuple[int, ...], dtype: np.dtype, options: dict[str, Any]
) -> Array:
    """The reduction of all that lies along the axes in one call."""
    x, keepdims = arrays[0], options["keepdims"]
    kept = [d for d in range(x.ndim) if keepdims or d not in axes]
    needs = [_calls.WHOLE if d in axes else ("along", [kept.index(d)]) for d in range(x.ndim)]

    def call(block: np.ndarray, *mask: np.ndarray) -> Any:
        return ufunc.reduce(block, axis=axis, **options, **({"where": mask[0]} if mask else {}))

    lines = [(1,) if d in axes else x.chunks[d] for d in kept]
    return _calls.portions(f"{ufunc.__name__}.reduce", call, [(a, needs) for a in arrays], lines, dtype)


def _along(x: Array, axis: Any) -> int:
    return normalize_axis_index(axis, x.ndim)


def accumulate(ufunc: np.ufunc) -> Callable[..., Any]:
    """``ufunc.accumulate`` for lazy arrays; what lies along the axis is held whole."""
    name = ufunc.__name__

    def accumulation(array: Any, axis: Any = 0, dtype: Any = None, out: Any = None) -> Any:
        x = asarray(array)
        with np.errstate(all="ignore"):
            found = ufunc.accumulate(tiny_of(x), axis=axis, dtype=dtype)
        along = _along(x, 0 if axis is None else axis)
        grains = ["whole" if d == along else "any" for d in range(x.ndim)]
        needs: list[_calls.Need] = [("along", [d]) for d in range(x.ndim)]

        def call(block: np.ndarray) -> Any:
            return ufunc.accumulate(block, axis=along, dtype=dtype)

        made = _calls.portions(f"{name}.accumulate", call, [(x, needs)], x.chunks, found.dtype, grains)
        return _outputs.deliver(made, _outputs.single(out), name)

    return accumulation


def reduceat(ufunc: np.ufunc) -> Callable[..., Any]:
    """``ufunc.reduceat`` for lazy arrays; what lies along the axis is held whole."""
    name = ufunc.__name__

    def reductions(array: Any, indices: Any, axis: int = 0, dtype: Any = None, out: Any = None) -> Any:
        x = asarray(array)
        # As NumPy does, floats are cut to integers.
        places = indices if is_array(indices) else np.asarray(indices).astype(np.intp)
        if places.ndim != 1:
            raise ValueError(f"{name}.reduceat: indices have one dimension, not shape {places.shape}")
        along = _along(x, axis)
        n = x.shape[along]
        if not is_array(indices) and places.size and not (places.min() >= 0 and places.max() < n):
            wrong = places[(places < 0) | (places >= n)][0]
            raise IndexError(f"index {wrong} out-of-bounds in {name}.reduceat [0, {n})")
        found = ufunc.reduceat(tiny_of(x), np.zeros(min(n, 1), np.intp), axis=axis, dtype=dtype)
        needs = [_calls.WHOLE if d == along else ("along", [d]) for d in range(x.ndim)]

        def call(block: np.ndarray, at: np.ndarray) -> Any:
            return ufunc.reduceat(block, at, axis=along, dtype=dtype)

        lines = [(places.shape[0],) if d == along else line for d, line in enumerate(x.chunks)]
        operands = [(x, needs), (asarray(places), [_calls.WHOLE])]
        grains = ["whole" if d == along else "any" for d in range(x.ndim)]
        made = _calls.portions(f"{name}.reduceat", call, operands, lines, found.dtype, grains)
        return _outputs.deliver(made, _outputs.single(out), name)

    return reductions


def at(ufunc: np.ufunc) -> Callable[..., Any]:
    """``ufunc.at``: the lazy array becomes the result. The array, indices and operand are held whole."""
    name = ufunc.__name__

    def change(a: Any, indices: Any, b: Any = None, /) -> None:
        second = () if ufunc.nin == 1 else (b,)
        if not is_array(a):
            computed = [i.compute() if is_array(i) else i for i in _items(indices)]
            key = tuple(computed) if isinstance(indices, tuple) else computed[0]
            ufunc.at(a, key, *(s.compute() if is_array(s) else s for s in second))
            return
        items = _items(indices)
        others = [asarray(s) for s in second]
        _checked(ufunc, a, items, others)
        lazy = [i for i in items if is_array(i)]

        def call(block: np.ndarray, *rest: np.ndarray) -> np.ndarray:
            made, found = block.copy(), iter(rest)
            key = tuple(next(found) if is_array(i) else i for i in items)
            ufunc.at(made, key, *found)
            return made

        whole = [(x, [_calls.WHOLE] * x.ndim) for x in (a, *lazy, *others)]
        made = _calls.portions(f"{name}.at", call, whole, a.chunks, a.dtype, ["whole"] * a.ndim)
        a._become(made.rechunk(a.chunks))

    return change


def _items(indices: Any) -> list[Any]:
    """The parts of an index, lists as arrays."""
    parts = list(indices) if isinstance(indices, tuple) else [indices]
    return [np.asarray(p, None if p else np.intp) if isinstance(p, list) else p for p in parts]


def _checked(ufunc: np.ufunc, a: Array, items: list[Any], others: list[Array]) -> None:
    """Raises what NumPy does for an index or operand that does not fit, as far as that is known."""
    one = np.ones(1, np.int8)
    ufunc.at(one.astype(a.dtype), [0], *(one.astype(x.dtype) for x in others))
    if any(is_array(i) for i in items):
        return
    chosen = np.broadcast_to(np.zeros((), np.int8), a.shape)[tuple(items)].shape
    for x in others:
        try:
            fits = np.broadcast_shapes(x.shape, chosen) == chosen
        except ValueError:
            fits = False
        if not fits:
            raise ValueError(f"array is not broadcastable to correct shape: {x.shape} to {chosen}")
