"""Reductions of users: `reduction`, as a tree of calls on blocks."""

from __future__ import annotations

import functools
import itertools
import math
import operator
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from hyperslab import _calls, _dtypes
from hyperslab._array import Array
from hyperslab._creation import asarray
from hyperslab._functions import takes
from hyperslab._manipulation import broadcast_to

#: How many results are combined by one call, where nothing else is said; a multiple along each axis.
_SPLIT_EVERY = 4

#: Along each axis, how long the arrays are that functions are tried on.
_TINY = 3

#: Along reduced axes, the length of a result for that of a block.
Size = Callable[[int], int]


def reduction(
    x: Any,
    chunk: Callable[..., Any],
    aggregate: Callable[..., Any],
    axis: Any = None,
    keepdims: bool = False,
    dtype: Any = None,
    split_every: int | dict[int, int] | None = None,
    combine: Callable[..., Any] | None = None,
    name: str | None = None,
    out: None = None,
    concatenate: bool = True,
    output_size: int = 1,
    meta: Any = None,
    weights: Any = None,
) -> Array:
    """A reduction of functions: of each block, of several of their results, and of the last ones.

    Parameters
    ----------
    x : array_like
        Array.
    chunk : callable
        Called as ``chunk(block, axis=axis, keepdims=True)``, with ``weights=`` if there are any. It returns an array
        with `output_size` elements along the reduced axes, or any other object.
    aggregate : callable
        Called as ``aggregate(results, axis=axis, keepdims=keepdims)`` on the last results; returns the answer.
    axis : int or tuple of int, optional
        The axes; all if not given.
    keepdims : bool
        Whether reduced axes stay, with `output_size` elements.
    dtype : dtype, optional
        Dtype of the answer; if not given, the functions are called once on tiny arrays to find it. Functions with a
        parameter ``dtype`` are told.
    split_every : int or dict of int to int, optional
        How many results are combined by one call, in all or by axis.
    combine : callable, optional
        Called like `aggregate`, with ``keepdims=True``, on results in between; `aggregate` if not given.
    name : str, optional
        Accepted as in dask; without effect.
    concatenate : bool
        Whether results are handed over as one array; if not, in lists, one level for each reduced axis.
    output_size : int
        Length of results along the reduced axes.
    meta : array_like, optional
        An example of the answer, for its dtype.
    weights : array_like, optional
        Array that broadcasts to `x`, handed over block by block.

    Examples
    --------
    >>> import numpy as np
    >>> import hyperslab as da
    >>> def chunk(block, axis, keepdims):
    ...     return np.square(block).sum(axis=axis, keepdims=keepdims)
    >>> da.reduction(da.arange(6, chunks=2), chunk, np.sum, dtype=int).compute()
    np.int64(55)
    """
    if out is not None:
        raise NotImplementedError("reduction: out= is not supported: use hyperslab.store(result, target)")
    a = asarray(x)
    axes = tuple(sorted(range(a.ndim) if axis is None else normalize_axis_tuple(axis, a.ndim)))
    dtype = _calls.known_dtype(dtype, meta)
    arrays = [a]
    if weights is not None:
        arrays.append(_calls.rechunked(broadcast_to(weights, a.shape), dict(enumerate(a.chunks))))
    return tree(
        arrays,
        (chunk, combine or aggregate, aggregate),
        axes,
        dtype=dtype,
        keepdims=keepdims,
        split_every=split_every,
        concatenate=concatenate,
        size=lambda _: output_size,
    )


def tree(
    arrays: Sequence[Array],
    functions: Sequence[Callable[..., Any]],
    axes: tuple[int, ...],
    *,
    dtype: Any,
    size: Size,
    keepdims: bool = False,
    split_every: Any = None,
    concatenate: bool = True,
) -> Array:
    """The answer of a function of blocks, one that combines its results and one that aggregates the last of them.

    Parameters
    ----------
    arrays
        The array, and weights if there are any, cut alike.
    functions
        As `chunk`, `combine` and `aggregate` of `reduction`.
    size
        Length of a result along the reduced axes, for that of a block.
    """
    a = arrays[0]
    called = [_calls.label(f) for f in functions]
    chunk, combine, aggregate = (_told(f, dtype) for f in functions)

    def leaf(*blocks: np.ndarray) -> Any:
        return chunk(blocks[0], axis=axes, keepdims=True, **({"weights": blocks[1]} if len(blocks) > 1 else {}))

    shape = tuple(size(_TINY) if d in axes else _TINY for d in range(a.ndim))
    samples = [_counting((_TINY,) * a.ndim, b.dtype) for b in arrays]
    found = _tried(lambda: leaf(*samples))
    again = _tried(lambda: combine(_handed([found], (1,) * len(axes), axes, concatenate), axis=axes, keepdims=True))
    leaves: _Arrays | _Objects
    inner: _Arrays | _Objects
    if _is_native(found, shape) and _is_native(again, shape):
        leaves, inner = (_Arrays(r.dtype, axes, concatenate, size) for r in (found, again))
    else:
        leaves = inner = _Objects(axes, concatenate)
    if dtype is None:
        dtype = _tried(
            lambda: aggregate(_handed([again], (1,) * len(axes), axes, concatenate), axis=axes, keepdims=keepdims)
        )
        if dtype is None:
            raise ValueError("reduction: the dtype of the answer is not known: say it with dtype=")
        dtype = np.asarray(dtype).dtype

    own: list[_calls.Need] = [("chunks", [d]) for d in range(a.ndim)]

    def first(block: tuple[int, ...], start: tuple[int, ...], *blocks: np.ndarray) -> Any:
        return leaves.pack(leaf(*blocks), len(block))

    state = _calls.make("reduction", called[0], first, [(b, own) for b in arrays], leaves.lines(a.chunks), leaves.dtype)
    every, rounds = _rounds(a.numblocks, axes, split_every)
    carried = leaves
    for _ in range(rounds - 1):
        state = _round(state, carried, inner, every, combine, called[1], axes)
        carried = inner
    return _answer(state, carried, a, aggregate, called[2], axes, keepdims, dtype, size)


def _round(
    state: Array,
    carried: _Arrays | _Objects,
    inner: _Arrays | _Objects,
    every: dict[int, int],
    combine: Callable[..., Any],
    called: str,
    axes: tuple[int, ...],
) -> Array:
    """Results that lie beside each other combined."""
    groups = {
        d: [line[i : i + n] for i in range(0, len(line), n)] for d, n in every.items() for line in [state.chunks[d]]
    }
    wide = _calls.rechunked(state, {d: tuple(map(sum, parts)) for d, parts in groups.items()})

    def call(block: tuple[int, ...], start: tuple[int, ...], part: np.ndarray) -> Any:
        results = carried.unpack(part, [groups[d][block[d]] for d in axes])
        return inner.pack(combine(results, axis=axes, keepdims=True), len(block))

    needs: list[_calls.Need] = [("chunks", [d]) for d in range(state.ndim)]
    return _calls.make("reduction", called, call, [(wide, needs)], inner.lines(wide.chunks), inner.dtype)


def _answer(
    state: Array,
    carried: _Arrays | _Objects,
    a: Array,
    aggregate: Callable[..., Any],
    called: str,
    axes: tuple[int, ...],
    keepdims: bool,
    dtype: Any,
    size: Size,
) -> Array:
    """The last results aggregated."""
    pieces = [state.chunks[d] for d in axes]

    def call(block: tuple[int, ...], start: tuple[int, ...], part: np.ndarray) -> Any:
        return aggregate(carried.unpack(part, pieces), axis=axes, keepdims=keepdims)

    kept = [d for d in range(a.ndim) if keepdims or d not in axes]
    needs = [_calls.WHOLE if d in axes else ("chunks", [kept.index(d)]) for d in range(a.ndim)]
    lines = [(size(a.shape[d]),) if d in axes else a.chunks[d] for d in kept]
    return _calls.make("reduction", called, call, [(state, needs)], lines, dtype)


class _Arrays:
    """Results that are arrays: they travel as they are, and may lie on disk in between."""

    def __init__(self, dtype: np.dtype, axes: tuple[int, ...], concatenate: bool, size: Size) -> None:
        self.dtype, self.axes, self.concatenate, self.size = _dtypes.native(dtype), axes, concatenate, size

    def lines(self, chunks: _calls.Grid) -> _calls.Grid:
        """Chunks of the results for those of what they are made of."""
        return tuple(tuple(map(self.size, c)) if d in self.axes else c for d, c in enumerate(chunks))

    def pack(self, made: Any, ndim: int) -> Any:
        """What a call hands back."""
        return made

    def unpack(self, part: np.ndarray, pieces: Sequence[tuple[int, ...]]) -> Any:
        """The results in a block, whose lengths along the reduced axes are given, as functions get them."""
        if self.concatenate:
            return part
        return _split(part, [(d, list(itertools.accumulate(line))[:-1]) for d, line in zip(self.axes, pieces)])


class _Objects:
    """Results that are any objects: what travels are their numbers, and they leave with the call that uses them."""

    dtype = np.dtype(np.uint64)

    def __init__(self, axes: tuple[int, ...], concatenate: bool) -> None:
        self.axes, self.concatenate = axes, concatenate
        self.held: dict[int, Any] = {}
        self.numbers = itertools.count()

    def lines(self, chunks: _calls.Grid) -> _calls.Grid:
        """Chunks of the results for those of what they are made of: one element each."""
        return tuple((1,) * len(line) for line in chunks)

    def pack(self, made: Any, ndim: int) -> Any:
        """What a call hands back."""
        number = next(self.numbers)
        self.held[number] = made
        return np.full((1,) * ndim, number, self.dtype)

    def unpack(self, part: np.ndarray, pieces: Sequence[tuple[int, ...]]) -> Any:
        """The results in a block, as functions get them."""
        results = [self.held.pop(int(number)) for number in part.ravel()]
        return _handed(results, [len(line) for line in pieces], self.axes, self.concatenate)


def _told(func: Callable[..., Any], dtype: Any) -> Callable[..., Any]:
    """The function, told the dtype if it asks for it."""
    return functools.partial(func, dtype=dtype) if dtype is not None and takes(func, "dtype") else func


def _counting(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    return np.arange(math.prod(shape)).reshape(shape).astype(dtype)


def _tried(call: Callable[[], Any]) -> Any:
    """What a call returns for tiny arrays; `None` if it raises."""
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return call()
    except Exception:
        return None


def _is_native(made: Any, shape: tuple[int, ...]) -> bool:
    if not isinstance(made, np.ndarray | np.generic) or isinstance(made, np.ma.MaskedArray) or made.shape != shape:
        return False
    try:
        _dtypes.native(made.dtype)
    except NotImplementedError:
        return False
    return True


def _handed(results: list[Any], counts: Sequence[int], axes: tuple[int, ...], concatenate: bool) -> Any:
    """Results in lists, a level for each reduced axis; or as one array."""
    nested: Any = results
    for n in reversed(counts[1:]):
        nested = [nested[i : i + n] for i in range(0, len(nested), n)]
    if not counts:
        nested = results[0]
    return _joined(nested, sorted(axes)) if concatenate else nested


def _joined(nested: Any, axes: Sequence[int]) -> Any:
    if not axes:
        return np.asanyarray(nested)
    return np.concatenate([_joined(part, axes[1:]) for part in nested], axis=axes[0])


def _split(part: np.ndarray, cuts: Sequence[tuple[int, list[int]]]) -> Any:
    if not cuts:
        return part
    (axis, edges), rest = cuts[0], cuts[1:]
    return [_split(piece, rest) for piece in np.split(part, edges, axis=axis)]


def _rounds(numblocks: Sequence[int], axes: tuple[int, ...], split_every: Any) -> tuple[dict[int, int], int]:
    """How many results are combined along each axis, and how often until they are few enough."""
    if isinstance(split_every, Mapping):
        every = {d: split_every.get(d, 2) for d in axes}
    elif split_every is None or hasattr(split_every, "__index__"):
        each = max(int((split_every or _SPLIT_EVERY) ** (1 / (len(axes) or 1))), 2)
        every = dict.fromkeys(axes, each)
    else:
        raise ValueError(f"split_every must be a int or a dict, not {type(split_every).__name__}")
    if any(operator.index(n) < 2 and numblocks[d] > 1 for d, n in every.items()):
        raise ValueError(f"split_every={split_every!r}: at least two results must be combined")
    rounds = 1
    for d, n in every.items():
        left, depth = numblocks[d], 0
        while left > 1:
            left, depth = -(-left // n), depth + 1
        rounds = max(rounds, depth)
    return every, rounds
