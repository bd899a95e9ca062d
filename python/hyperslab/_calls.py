"""Calls of Python functions, block by block: what is handed over, and what must come back."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from hyperslab import _chunks, _dtypes, _native
from hyperslab._array import Array
from hyperslab._composite import refuse

#: What a call needs along one axis of an operand, as the native half takes it.
Need = tuple[str, list[int]]

WHOLE: Need = ("whole", [])

#: Sizes of the chunks along each dimension.
Grid = tuple[tuple[int, ...], ...]


def grid(sizes: Sequence[Sequence[int]]) -> Grid:
    """Sizes of chunks as plain tuples."""
    return tuple(tuple(int(n) for n in line) for line in sizes)


def label(func: Any) -> str:
    """What errors call a function."""
    inner = getattr(func, "func", func) if type(func).__name__ == "partial" else func
    return str(getattr(inner, "__name__", None) or type(inner).__name__)


def make(
    kind: str,
    called: str,
    call: Callable[..., Any],
    operands: Sequence[tuple[Array, list[Need]]],
    chunks: Sequence[Sequence[int]],
    dtype: Any,
) -> Array:
    """The array that a function makes, a call for each chunk.

    Parameters
    ----------
    kind
        The operation, as plans name it.
    called
        What errors call the function.
    call
        Takes the numbers of the chunk, where it begins, and a block of each operand.
    operands
        Arrays, each with what a call needs along its axes.
    chunks
        Chunks of the result.
    dtype
        Dtype of the result.
    """
    sizes, wanted = grid(chunks), _dtypes.native(dtype)

    def run(block: tuple[int, ...], start: tuple[int, ...], *blocks: np.ndarray) -> np.ndarray:
        try:
            made = call(block, start, *blocks)
        except Exception as error:
            error.add_note(f"hyperslab.{kind}: raised by {called} for block {block}")
            raise
        shape = tuple(line[i] for line, i in zip(sizes, block))
        return conform(made, shape, wanted, f"{kind}: {called} for block {block}")

    needs = [list(access) for _, access in operands]
    grains = ["chunks"] * len(sizes)
    return Array(
        _native.block_function(
            kind,
            run,
            [a._expr for a, _ in operands],
            _dtypes.name(wanted),
            [list(line) for line in sizes],
            needs,
            grains,
        )
    )


def conform(made: Any, shape: tuple[int, ...], dtype: np.dtype, who: str) -> np.ndarray:
    """What a function returned, as an array of the shape and dtype declared.

    Raises
    ------
    ValueError
        If the shape is another.
    TypeError
        If the dtype is of another kind.
    """
    if np.ma.is_masked(made):
        refuse(made)
    result = np.asarray(made)
    if result.shape != shape:
        raise ValueError(
            f"{who} returned shape {result.shape}, expected {shape}: say what it makes with chunks=, drop_axis= or "
            "new_axis="
        )
    if result.dtype != dtype:
        longer = _dtypes.is_opaque(dtype) and result.dtype.itemsize > dtype.itemsize
        if longer or not np.can_cast(result.dtype, dtype, "same_kind"):
            raise TypeError(f"{who} returned dtype {result.dtype}, expected {dtype}: say what it returns with dtype=")
        result = result.astype(dtype)
    return result


def sample(shape: Sequence[int], dtype: np.dtype) -> np.ndarray:
    """Ones, to try a function on."""
    return np.ones(tuple(shape), np.int64).astype(dtype)


def tried(called: str, call: Callable[[int], Any]) -> Any:
    """What a function returns for tiny operands: of one element along each axis, else of none.

    Raises
    ------
    ValueError
        If it takes neither.
    """
    failure: Exception | None = None
    for size in (1, 0):
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return call(size)
        except Exception as error:
            failure = failure or error
    raise ValueError(
        f"the dtype that {called} returns is not known: it was called on a tiny array and raised "
        f"{type(failure).__name__}: {failure}; say what it returns with dtype="
    ) from failure


def known_dtype(dtype: Any, meta: Any) -> Any:
    """The dtype that is named, or that of an example of the result; `None` if there is neither."""
    if dtype is not None or meta is None:
        return dtype
    return getattr(meta, "dtype", None) or np.asarray(meta).dtype


def common(lines: Sequence[tuple[int, ...]], what: str) -> tuple[int, ...]:
    """Chunks whose edges are those of all the lines.

    Raises
    ------
    ValueError
        If they are chunks of different lengths.
    """
    if len({sum(line) for line in lines}) > 1:
        raise ValueError(f"{what}: chunks do not add up to same value: {sorted(set(lines))}")
    if len(set(lines)) == 1:
        return lines[0]
    edges = sorted({edge for line in lines for edge in itertools.accumulate(line, initial=0)})
    return tuple(b - a for a, b in itertools.pairwise(edges))


def unify(pairs: Sequence[tuple[Array, Sequence[Any]]], what: str) -> tuple[dict[Any, tuple[int, ...]], list[Array]]:
    """Chunks of each index, and the arrays cut so; axes of length 1 fit any."""
    lines: dict[Any, list[tuple[int, ...]]] = {}
    for array, index in pairs:
        if len(index) != array.ndim:
            raise ValueError(f"{what}: index {tuple(index)} does not match an array of {array.ndim} dimensions")
        for name, line in zip(index, array.chunks):
            lines.setdefault(name, []).append(line)
    found = {n: common([c for c in given if sum(c) != 1] or [(1,)], what) for n, given in lines.items()}
    cut = []
    for array, index in pairs:
        sizes = tuple(line if sum(line) == 1 else found[n] for n, line in zip(index, array.chunks))
        cut.append(array if sizes == array.chunks else array.rechunk(sizes))
    return found, cut


def span(sizes: Sequence[int], i: int) -> tuple[int, int]:
    """Where a chunk begins and ends."""
    start = sum(sizes[:i])
    return start, start + sizes[i]


def rechunked(x: Array, sizes: dict[int, Any]) -> Array:
    """The array with other chunks along some axes."""
    return Array(x._expr.rechunk(_chunks.spec(sizes, x.shape, x.chunks)))


def elementwise(
    kind: str, func: Callable[..., Any], arrays: Sequence[Array], dtype: Any, whole: Sequence[Array] = ()
) -> Array:
    """An elementwise function of our own on arrays that are broadcast, in portions of any shape.

    Parameters
    ----------
    kind
        The operation, as plans and errors name it.
    func
        Takes a part of each array, all of each of `whole`, and returns an element for each.
    arrays
        At least one array.
    dtype
        What `func` returns.
    whole
        Arrays that every call needs.
    """
    shape = np.broadcast_shapes(*(a.shape for a in arrays))
    ndim = len(shape)
    names = [tuple(range(ndim - a.ndim, ndim)) for a in arrays]
    lines, cut = unify(list(zip(arrays, names)), kind)
    operands: list[tuple[Array, list[Need]]] = [
        (a, [("along", [d]) if a.shape[i] == shape[d] else ("fixed", [0]) for i, d in enumerate(own)])
        for a, own in zip(cut, names)
    ]
    operands += [(a, [WHOLE] * a.ndim) for a in whole]
    return portions(kind, func, operands, [lines[d] for d in range(ndim)], dtype)


def portions(
    kind: str,
    func: Callable[..., Any],
    operands: Sequence[tuple[Array, list[Need]]],
    chunks: Sequence[Sequence[int]],
    dtype: Any,
    grains: Sequence[str] | None = None,
) -> Array:
    """What a function of our own makes in portions of any shape, of the parts of operands that a portion needs.

    `grains` are ``"whole"`` for axes along which it cannot be made in parts.
    """
    wanted = _dtypes.native(dtype)

    def run(block: tuple[int, ...], start: tuple[int, ...], *parts: np.ndarray) -> np.ndarray:
        try:
            made = np.asarray(func(*parts))
        except Exception as error:
            error.add_note(f"hyperslab.{kind}: raised by {label(func)} for elements from {start}")
            raise
        return conform(made, made.shape, wanted, f"{kind}: {label(func)}")

    exprs, needs = [a._expr for a, _ in operands], [need for _, need in operands]
    sizes = [list(line) for line in chunks]
    return Array(
        _native.block_function(
            kind, run, exprs, _dtypes.name(wanted), sizes, needs, list(grains or ["any"] * len(sizes))
        )
    )


#: Blocks that functions of our own work on: what is smaller or larger by far is cut anew.
_SMALL_BLOCK, _BLOCK, _LARGE_BLOCK = 1 << 16, "2 MiB", 1 << 23


def handy(arrays: Sequence[Array]) -> list[Array]:
    """Arrays of one shape cut alike, into blocks that are neither tiny nor huge."""
    first = arrays[0]
    size = int(np.prod(first.chunksize, dtype=float)) * first.dtype.itemsize
    pieces = int(np.prod(first.numblocks, dtype=float))
    if size > _LARGE_BLOCK or (size < _SMALL_BLOCK and pieces > 1):
        first = first.rechunk(_BLOCK)
    if first.size and any(0 in line for line in first.chunks):
        first = first.rechunk(tuple(tuple(filter(None, line)) for line in first.chunks))
    return [first, *(a if a.chunks == first.chunks else a.rechunk(first.chunks) for a in arrays[1:])]
