"""Functions of users on the blocks of arrays: `map_blocks`, `blockwise`, and arrays that a function makes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from hyperslab import _blockwise, _calls
from hyperslab._array import Array
from hyperslab._convert import is_array
from hyperslab._creation import asarray


def takes(func: Any, keyword: str) -> bool:
    """Whether a function has a parameter of that name."""
    try:
        return keyword in inspect.signature(func).parameters
    except (TypeError, ValueError):
        return False


def map_blocks(
    func: Callable[..., Any],
    *args: Any,
    name: str | None = None,
    token: str | None = None,
    dtype: Any = None,
    chunks: Any = None,
    drop_axis: Any = None,
    new_axis: Any = None,
    enforce_ndim: bool = False,
    meta: Any = None,
    **kwargs: Any,
) -> Array:
    """A function applied to each block.

    Parameters
    ----------
    func : callable
        Takes a NumPy array in place of each array and returns one. It is called once for each chunk when the result is
        computed, by several threads. If it has parameters ``block_id`` or ``block_info``, it is told the numbers of the
        block, and where the blocks lie: by position of the argument, and of the result under ``None``.
    *args
        Arrays, cut alike where they are not, and other things, passed as they are. Arrays of fewer dimensions, or with
        dimensions of length 1, are broadcast.
    name, token : str, optional
        Accepted as in dask; without effect.
    dtype : dtype, optional
        Dtype of the result; if not given, the function is called once on a tiny array to find it.
    chunks : tuple, optional
        Sizes of the blocks that the function returns: per dimension a number, or one per block. Those of the arguments
        if not given.
    drop_axis : int or sequence of int, optional
        Dimensions that the result has not; blocks are whole along them.
    new_axis : int or sequence of int, optional
        Dimensions of the result that the arguments have not; of length 1 if `chunks` do not say it.
    enforce_ndim : bool
        Accepted as in dask: blocks of another shape are refused in any case.
    meta : array_like, optional
        An example of the result, for its dtype.
    **kwargs
        Passed to the function; arrays among them are handed over whole.

    Raises
    ------
    ValueError
        If the dtype cannot be found, or, when it is computed, if a block has another shape than declared.
    TypeError
        When it is computed, if a block has a dtype of another kind.

    Examples
    --------
    >>> import hyperslab as da
    >>> x = da.arange(6, chunks=3)
    >>> x.map_blocks(lambda b: b - b.mean()).compute()
    array([-1.,  0.,  1., -1.,  0.,  1.])
    >>> x.map_blocks(lambda b: b[:1], chunks=(1,)).compute()
    array([0, 3])
    """
    if not callable(func):
        raise TypeError(f"First argument must be callable function, not {type(func).__name__}")
    pairs = [(a, tuple(range(a.ndim))[::-1] if is_array(a) else None) for a in args]
    operands = _blockwise.Operands("map_blocks", pairs, kwargs)
    out, sizes = _outline(operands, chunks, drop_axis, new_axis)
    dtype = _calls.known_dtype(dtype, meta)
    told = _Told(func, operands, out, sizes, dtype)
    return _blockwise.run("map_blocks", func, operands, out, sizes, dtype, extra=told if told.keywords else None)


def _outline(operands: Any, chunks: Any, drop_axis: Any, new_axis: Any) -> tuple[list[Any], list[tuple[int, ...]]]:
    """Names of the axes of the result, and its chunks."""
    ndim = max((len(ind) for ind in operands.indices if ind is not None), default=0)
    out: list[Any] = list(range(ndim))[::-1]
    if drop_axis is not None:
        gone = normalize_axis_tuple(drop_axis, ndim, "drop_axis")
        out = [n for d, n in enumerate(out) if d not in gone]
    given = None if chunks is None else _per_axis(chunks)
    if new_axis is None:
        new_axis = range(max(0, len(given) - len(out))) if given is not None else ()
    added = (new_axis,) if hasattr(new_axis, "__index__") else tuple(new_axis)
    for axis in sorted(normalize_axis_tuple(added, len(out) + len(added), "new_axis")):
        out.insert(axis, f"new {axis}")
    own = [operands.chunks.get(n, (1,)) for n in out]
    if given is None:
        return out, own
    if len(given) != len(out):
        raise ValueError(f"map_blocks: chunks={chunks!r} are of {len(given)} dimensions, the result has {len(out)}")
    lines = zip(out, own, given)
    return out, [_declared(n in operands.chunks, len(line), c, d) for d, (n, line, c) in enumerate(lines)]


def _per_axis(chunks: Any) -> list[Any]:
    return [chunks] if hasattr(chunks, "__index__") else list(chunks)


def _declared(cut: bool, blocks: int, sizes: Any, axis: int) -> tuple[int, ...]:
    line = (sizes,) if hasattr(sizes, "__index__") else tuple(sizes)
    if not cut:
        return line
    if len(line) == 1:
        return line * blocks
    if len(line) != blocks:
        raise ValueError(f"map_blocks: dimension {axis} has {blocks} blocks, chunks specified with {len(line)} blocks")
    return line


class _Told:
    """What a function is told of its block by keywords."""

    def __init__(
        self, func: Any, operands: Any, out: Sequence[Any], chunks: Sequence[tuple[int, ...]], dtype: Any
    ) -> None:
        self.keywords = [k for k in ("block_id", "block_info") if takes(func, k) and k not in operands.kwargs]
        self.operands, self.out, self.chunks, self.dtype = operands, list(out), chunks, dtype

    def __call__(self, block: tuple[int, ...]) -> dict[str, Any]:
        facts: dict[str, Any] = {"block_id": block}
        if "block_info" in self.keywords:
            facts["block_info"] = self._info(block)
        return {key: facts[key] for key in self.keywords}

    def _info(self, block: tuple[int, ...]) -> dict[Any, dict[str, Any]]:
        info: dict[Any, dict[str, Any]] = {}
        for place in self.operands.places:
            names = self.operands.names(place)
            if names is not None:
                info[place] = self._of(self.operands.at(place), names, block)
        shape = tuple(line[i] for line, i in zip(self.chunks, block))
        info[None] = _located(self.chunks, block)
        info[None].update({"chunk-shape": shape, "dtype": None if self.dtype is None else np.dtype(self.dtype)})
        return info

    def _of(self, array: Array, names: tuple[Any, ...], block: tuple[int, ...]) -> dict[str, Any]:
        lines, numbers = [], []
        for n, line in zip(names, array.chunks):
            lines.append(line if n in self.out else (sum(line),))
            numbers.append(block[self.out.index(n)] if n in self.out and len(line) > 1 else 0)
        return _located(lines, tuple(numbers))


def _located(chunks: Sequence[tuple[int, ...]], block: tuple[int, ...]) -> dict[str, Any]:
    return {
        "shape": tuple(sum(line) for line in chunks),
        "num-chunks": tuple(len(line) for line in chunks),
        "array-location": [_calls.span(line, i) for line, i in zip(chunks, block)],
        "chunk-location": block,
    }


def blockwise(
    func: Callable[..., Any],
    out_ind: Any,
    *args: Any,
    name: str | None = None,
    token: str | None = None,
    dtype: Any = None,
    adjust_chunks: Any = None,
    new_axes: Any = None,
    align_arrays: bool = True,
    concatenate: bool | None = None,
    meta: Any = None,
    **kwargs: Any,
) -> Array:
    """A function applied to blocks that are matched by the names of their axes.

    Parameters
    ----------
    func : callable
        Takes a block in place of each array and returns one.
    out_ind : str or sequence
        Names of the axes of the result.
    *args
        Pairs of an array and the names of its axes, or of something else and ``None``, which is passed as it is.
    name, token : str, optional
        Accepted as in dask; without effect.
    dtype : dtype, optional
        Dtype of the result; if not given, the function is called once on tiny arrays to find it.
    adjust_chunks : dict, optional
        By name, how long blocks of the result are: a number, one per block, or a function of the length.
    new_axes : dict, optional
        By name, lengths of axes that no array has: a number, or one per block.
    align_arrays : bool
        Whether arrays are cut alike; if not, they must have as many blocks along each name.
    concatenate : bool, optional
        Whether blocks along names that the result has not are handed over as one; if not, in lists.
    meta : array_like, optional
        An example of the result, for its dtype.
    **kwargs
        Passed to the function; arrays among them are handed over whole.

    Examples
    --------
    >>> import numpy as np
    >>> import hyperslab as da
    >>> x, y = da.arange(2, chunks=1), da.arange(3, chunks=2)
    >>> da.blockwise(np.outer, "ij", x, "i", y, "j", dtype=int).compute()
    array([[0, 0, 0],
           [0, 1, 2]])
    """
    if len(args) % 2:
        raise ValueError(f"blockwise: arguments come in pairs of an array and its index, got {len(args)}")
    operands = _blockwise.Operands("blockwise", list(zip(args[::2], args[1::2])), kwargs, align_arrays)
    out, chunks = list(out_ind), dict(operands.chunks)
    for axis, size in (new_axes or {}).items():
        if axis in chunks:
            raise ValueError(f"blockwise: new axis {axis!r} is an axis of an array")
        chunks[axis] = (size,) if hasattr(size, "__index__") else tuple(size)
    if unknown := [n for n in out if n not in chunks]:
        raise ValueError(f"blockwise: no array has the axes {unknown}: give their lengths in new_axes=")
    if len(set(out)) != len(out):
        raise ValueError(f"blockwise: repeated axes in the index {out} of the result")
    for axis, change in (adjust_chunks or {}).items():
        if axis in chunks:
            chunks[axis] = _adjusted(chunks[axis], change, axis)
    sizes = [chunks[n] for n in out]
    return _blockwise.run(
        "blockwise", func, operands, out, sizes, _calls.known_dtype(dtype, meta), concatenate=bool(concatenate)
    )


#: `blockwise` by its old name.
atop = blockwise


def _adjusted(line: tuple[int, ...], change: Any, axis: Any) -> tuple[int, ...]:
    if callable(change):
        return tuple(change(n) for n in line)
    if hasattr(change, "__index__"):
        return (change,) * len(line)
    if len(change) != len(line):
        raise ValueError(
            f"blockwise: dimension {axis!r} has {len(line)} blocks, adjust_chunks specified with {len(change)} blocks"
        )
    return tuple(change)


def unify_chunks(*args: Any, **kwargs: Any) -> tuple[dict[Any, tuple[int, ...]], list[Any]]:
    """Arrays cut alike along axes of the same name.

    Parameters
    ----------
    *args
        Pairs of an array and the names of its axes.
    **kwargs
        Accepted as in dask; without effect.

    Returns
    -------
    dict, list of Array
        Chunks by name, and the arrays.

    Examples
    --------
    >>> import hyperslab as da
    >>> x, y = da.arange(4, chunks=3), da.arange(4, chunks=2)
    >>> da.unify_chunks(x, "i", y, "i")[0]
    {'i': (2, 1, 1)}
    """
    if len(args) % 2:
        raise TypeError(f"unify_chunks: arrays and their indices come in pairs, not {len(args)} arguments")
    operands = _blockwise.Operands("unify_chunks", list(zip(args[::2], args[1::2])), {})
    return operands.chunks, operands.args


def from_delayed(value: Any, shape: Any, dtype: Any = None, meta: Any = None, name: str | None = None) -> Array:
    """An array of one chunk that is made when it is needed.

    Parameters
    ----------
    value : object with a method ``compute``, or callable without arguments
        What makes the NumPy array.
    shape : tuple of int
    dtype : dtype
        What it makes.
    meta : array_like, optional
        An example of it, in place of the dtype.
    name : str, optional
        Accepted as in dask; without effect.

    Examples
    --------
    >>> import numpy as np
    >>> import hyperslab as da
    >>> da.from_delayed(lambda: np.arange(3), shape=(3,), dtype=int).sum().compute()
    np.int64(3)
    """
    make = getattr(value, "compute", None) or value
    if not callable(make):
        raise TypeError(f"from_delayed takes an object with compute(), or a callable, not {type(value).__name__}")
    dtype = _calls.known_dtype(dtype, meta)
    if dtype is None:
        raise ValueError("from_delayed: say what is made with dtype=")
    lengths = (shape,) if hasattr(shape, "__index__") else tuple(shape)
    called = _calls.label(value)
    return _calls.make("from_delayed", called, lambda *_: make(), [], [(n,) for n in lengths], dtype)


def mapped(kind: str, func: Callable[..., Any], args: Sequence[Any], dtype: Any, **kwargs: Any) -> Array:
    """An elementwise function of our own, applied to blocks of arrays that are broadcast."""
    arrays = [asarray(a) for a in args]
    pairs = [(a, tuple(range(a.ndim))[::-1]) for a in arrays]
    operands = _blockwise.Operands(kind, pairs, kwargs)
    out = list(range(max(a.ndim for a in arrays)))[::-1]
    return _blockwise.run(kind, func, operands, out, [operands.chunks[n] for n in out], dtype)
