"""Strings, bytes and records: moved by the native half, computed with by NumPy, block by block."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.recfunctions import repack_fields

from hyperslab import _calls, _dtypes
from hyperslab._array import Array
from hyperslab._convert import expression


def is_opaque(x: Any) -> bool:
    """Whether `x` is a string, bytes, or an array of such or of records."""
    if isinstance(x, Array):
        return _dtypes.names_opaque(x._expr.dtype)
    if isinstance(x, str | bytes):
        return True
    dtype = getattr(x, "dtype", None)
    return isinstance(dtype, np.dtype) and _dtypes.is_opaque(dtype)


def elementwise(func: Callable[..., Any], operands: Sequence[Any], dtype: Any = None, **options: Any) -> Any:
    """What an elementwise function of NumPy makes of operands, for which there is no native loop.

    Parameters
    ----------
    func
        Takes blocks of NumPy, and gives an element for each, or a tuple of such.
    operands
        Arrays, at least one of which is lazy; numbers and strings stay as they are.
    dtype, **options
        Passed on.

    Raises
    ------
    TypeError
        What NumPy raises where it has no loop for them.
    """
    if dtype is not None:
        options["dtype"] = np.dtype(dtype)
    plain = [
        isinstance(x, bool | int | float | complex | str | bytes) and not isinstance(x, np.generic) for x in operands
    ]
    arrays = [x if isinstance(x, Array) else Array(expression(x)) for x, p in zip(operands, plain) if not p]

    def apply(*blocks: np.ndarray) -> Any:
        given = iter(blocks)
        return func(*(x if p else next(given) for x, p in zip(operands, plain)), **options)

    apply.__name__ = _calls.label(func)
    example = _example(apply, arrays)
    if isinstance(example, tuple):
        return tuple(_output(apply, arrays, k, made.dtype) for k, made in enumerate(example))
    return _calls.elementwise(apply.__name__, apply, arrays, example.dtype)


def _example(apply: Callable[..., Any], arrays: Sequence[Array]) -> Any:
    with np.errstate(all="ignore"):
        # One dimension at least: of scalars NumPy makes strings as short as they are.
        made = apply(*(np.zeros((1,) * max(a.ndim, 1), a.dtype) for a in arrays))
    return tuple(np.asarray(m) for m in made) if isinstance(made, tuple) else np.asarray(made)


def _output(apply: Callable[..., Any], arrays: Sequence[Array], k: int, dtype: np.dtype) -> Array:
    def one(*blocks: np.ndarray) -> Any:
        return apply(*blocks)[k]

    one.__name__ = apply.__name__
    return _calls.elementwise(one.__name__, one, arrays, dtype)


def cast(x: Array, dtype: np.dtype, casting: str = "unsafe") -> Array:
    """``x.astype(dtype)`` from or to a dtype of strings, bytes or records.

    Raises
    ------
    TypeError
        If the casting rule forbids the cast.
    """
    if x.dtype == dtype:
        return x
    np.zeros((0,), x.dtype).astype(dtype, "K", casting)  # type: ignore[call-overload]

    def astype(block: np.ndarray) -> np.ndarray:
        return block.astype(dtype, "K", casting)  # type: ignore[call-overload,no-any-return]

    # The width of strings that have none yet follows from what they are made of.
    wanted = dtype if dtype.itemsize else np.zeros((1,), x.dtype).astype(dtype).dtype
    return _calls.elementwise("astype", astype, [x], wanted)


def names_fields(items: Any) -> bool:
    """Whether an index is the name of a field of a record, or a list of them."""
    return isinstance(items, str) or (
        isinstance(items, list) and items != [] and all(isinstance(i, str) for i in items)
    )


def fields(x: Array, names: Any) -> Array:
    """``x["a"]``, ``x[["a", "b"]]``: a field of each record, or records of some of the fields.

    Raises
    ------
    ValueError
        If there is no such field.
    IndexError
        If the elements are no records.
    """
    empty = np.zeros((1,) * x.ndim, x.dtype)
    example = empty[names]
    if example.ndim != x.ndim:
        raise NotImplementedError(
            f"field {names!r} of {x.dtype} holds arrays of shape {example.shape[x.ndim :]}: take it with map_blocks"
        )

    def field(block: np.ndarray) -> Any:
        return repack_fields(block[names]) if isinstance(names, list) else block[names]

    return _calls.elementwise("field", field, [x], field(empty).dtype)


def along_axis(func: Callable[..., Any], x: Array, axis: int, dtype: Any = None) -> Array:
    """A function of NumPy that takes ``axis=`` and keeps the shape: `sort`, `argsort`, `cumsum`."""

    def apply(block: np.ndarray) -> Any:
        return func(block, axis=axis)

    apply.__name__ = _calls.label(func)
    wanted = apply(np.zeros((1,) * x.ndim, x.dtype)).dtype if dtype is None else dtype
    needs = [_calls.WHOLE if d == axis else ("along", [d]) for d in range(x.ndim)]
    grains = ["whole" if d == axis else "any" for d in range(x.ndim)]
    return _calls.portions(apply.__name__, apply, [(x, needs)], x.chunks, wanted, grains)


def reduced(func: Callable[..., Any], x: Array, axes: list[int] | None, keepdims: bool) -> Array:
    """A reduction of NumPy along axes that are held whole.

    Raises
    ------
    TypeError
        What NumPy raises where it has no loop for them.
    """
    along = tuple(np.lib.array_utils.normalize_axis_tuple(range(x.ndim) if axes is None else axes, x.ndim))
    axis: Any = along if len(along) != 1 else along[0]
    single = [1 if d in along else n for d, n in enumerate(x.shape)]
    if func in (np.argmin, np.argmax) and len(along) != 1:
        x, along, axis = x.reshape(-1), (0,), 0
    kept = [d for d in range(x.ndim) if d not in along]

    def apply(block: np.ndarray) -> Any:
        return np.asarray(func(block, axis=axis))

    apply.__name__ = _calls.label(func)
    if any(x.shape[d] == 0 for d in along):
        apply(np.zeros(tuple(0 if d in along else 1 for d in range(x.ndim)), x.dtype))
    wanted = apply(np.zeros((1,) * x.ndim, x.dtype)).dtype
    place = {d: k for k, d in enumerate(kept)}
    needs = [_calls.WHOLE if d in along else ("along", [place[d]]) for d in range(x.ndim)]
    made = _calls.portions(apply.__name__, apply, [(x, needs)], [x.chunks[d] for d in kept], wanted)
    return made.reshape(single) if keepdims else made


Array._cast_by_numpy = cast  # type: ignore[method-assign,attr-defined,unused-ignore]
