"""Arrays as dask sees them: the protocol of its collections, and arrays that go there and come from there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from hyperslab._array import Array
from hyperslab._asarray import from_array
from hyperslab._store import Stored

#: Numbers of a block.
Block = tuple[int, ...]


def _as_it_is(array: Array) -> Array:
    """The array, in an object that stays so whatever becomes of the one that a user has."""
    return Array(array._expr) if type(array) is Array else array.copy()


class Task:
    """What dask runs: a block of an array, or all of it, computed by the engine."""

    __slots__ = ("array", "block")

    def __init__(self, array: Array, block: Block | None = None) -> None:
        self.array = _as_it_is(array)
        self.block = block

    def __call__(self) -> np.ndarray:
        part = self.array if self.block is None else self.array.blocks[self.block]
        return np.asarray(part)

    def __dask_tokenize__(self) -> tuple[Any, ...]:
        return type(self).__name__, token(self.array), self.block


class Graph(Mapping[Any, Any]):
    """The graph of an array: a task for each block, and one for the whole array, which blocks need not be asked for.

    Tasks are made when they are asked for, so that the graph costs nothing, however many blocks there are.
    """

    def __init__(self, array: Array) -> None:
        self.array = _as_it_is(array)

    @property
    def whole(self) -> str:
        """The key of the whole array; names that users gave say nothing of the chunks."""
        return f"whole-{self.array.name}-{self.array.chunksize}-{self.array.numblocks}"

    def __getitem__(self, key: Any) -> Any:
        if key == self.whole:
            return (Task(self.array),)
        if not isinstance(key, tuple) or key[:1] != (self.array.name,) or len(key) != self.array.ndim + 1:
            raise KeyError(key)
        block = key[1:]
        if not all(0 <= i < n for i, n in zip(block, self.array.numblocks)):
            raise KeyError(key)
        return (Task(self.array, block),)

    def __iter__(self) -> Iterator[Any]:
        yield self.whole
        for block in np.ndindex(self.array.numblocks):
            yield self.array.name, *block

    def __len__(self) -> int:
        return self.array.npartitions + 1


def graph(x: Array) -> Any:
    """The graph of an array."""
    return Graph(x)


def keys(x: Array) -> list[str]:
    """The key of what computes the array: all of it in one call of the engine, within its memory limit."""
    return [Graph(x).whole]


def layers(x: Array) -> tuple[str, ...]:
    """The name of the only layer of the graph."""
    return (x.name,)


def token(x: Array) -> tuple[Any, ...]:
    """What tells the array from others."""
    return "hyperslab.Array", Graph(x).whole


def optimize(dsk: Any, keys: Any, **kwargs: Any) -> Any:
    """The tasks that are wanted, and what they need."""
    from dask.core import flatten
    from dask.optimization import cull

    return cull(dsk, list(flatten(keys)))[0]


def scheduler(collection: Any) -> Any:
    """Where none is chosen, the scheduler of dask's own arrays, so that both can be computed together."""
    from dask.threaded import get

    return get


def postcompute(x: Array) -> tuple[Any, tuple[()]]:
    """How the result is made of results of tasks."""
    return _result, ()


def _result(results: list[np.ndarray]) -> Any:
    return np.asarray(results[0])[()]


def postpersist(x: Array) -> tuple[Any, tuple[Any, ...]]:
    """How an array over the result is made."""
    return _rebuilt, (x.chunks,)


def _rebuilt(dsk: Mapping[Any, Any], chunks: Any, rename: Any = None) -> Array:
    (result,) = dsk.values()
    return from_array(np.asarray(result), chunks)


def to_dask(x: Array) -> Any:
    """The array as a `dask.array.Array` with the same chunks, each computed by the engine when dask asks for it.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.arange(6, chunks=3).to_dask().chunks
    ((3, 3),)
    """
    import dask.array

    tasks = {key: task for key, task in Graph(x).items() if isinstance(key, tuple)}
    return dask.array.Array(tasks, x.name, x.chunks, dtype=x.dtype)


def to_delayed(x: Array, optimize_graph: bool = True) -> np.ndarray:
    """An array of `dask.delayed.Delayed` objects, one for each chunk.

    Parameters
    ----------
    optimize_graph : bool
        Accepted as in dask; without effect.
    """
    from dask.delayed import delayed

    made = np.empty(x.numblocks, dtype=object)
    for block in np.ndindex(x.numblocks):
        made[block] = delayed(Task(x, block), pure=True)()
    return made


class _FromDask:
    """A dask array as something that slices: each slice is computed by dask, in the thread that asks for it."""

    def __init__(self, array: Any) -> None:
        self.array, self.shape, self.dtype = array, array.shape, array.dtype

    def __getitem__(self, items: Any) -> np.ndarray:
        return np.asarray(self.array[items].compute(scheduler="synchronous"))


def from_dask(x: Any) -> Array:
    """Lazy array over a dask array, with the same chunks; dask computes what is read.

    Parameters
    ----------
    x : dask.array.Array
        Array; sizes of its chunks must be known.

    Raises
    ------
    TypeError
        If it is no dask array.
    ValueError
        If sizes of chunks are not known.

    Examples
    --------
    >>> import hyperslab as da
    >>> import dask.array
    >>> da.from_dask(dask.array.ones(4, chunks=2)).chunks
    ((2, 2),)
    """
    import dask.array

    if not isinstance(x, dask.array.Array):
        raise TypeError(f"from_dask takes a dask array, not {type(x).__name__}")
    if any(np.isnan(n) for line in x.chunks for n in line):
        raise ValueError("from_dask: sizes of chunks are not known: call compute_chunk_sizes() of the dask array first")
    return from_array(_FromDask(x), x.chunks, name=f"dask:{x.name}")


def _meta(x: Array) -> np.ndarray:
    """An empty array of the kind that blocks are."""
    return np.empty((0,) * x.ndim, x.dtype)


_PROTOCOL: dict[str, Any] = {
    "__dask_graph__": graph,
    "__dask_keys__": keys,
    "__dask_layers__": layers,
    "__dask_optimize__": staticmethod(optimize),
    "__dask_scheduler__": property(scheduler),
    "__dask_postcompute__": postcompute,
    "__dask_postpersist__": postpersist,
    "_meta": property(_meta),
    "to_dask": to_dask,
    "to_delayed": to_delayed,
}

for _name, _function in _PROTOCOL.items():
    setattr(Array, _name, _function)


def _store_graph(stored: Stored) -> dict[str, Any]:
    """The graph of a store that waits: one task."""
    return {f"store-{id(stored)}": (stored.compute,)}


_STORE_PROTOCOL: dict[str, Any] = {
    "__dask_graph__": _store_graph,
    "__dask_keys__": lambda stored: list(_store_graph(stored)),
    "__dask_tokenize__": lambda stored: list(_store_graph(stored)),
    "__dask_optimize__": staticmethod(optimize),
    "__dask_scheduler__": property(scheduler),
    "__dask_postcompute__": lambda stored: (_nothing, ()),
    "__dask_postpersist__": lambda stored: (_nothing, ()),
}

for _name, _function in _STORE_PROTOCOL.items():
    setattr(Stored, _name, _function)


def _nothing(*results: Any, **kwargs: Any) -> None:
    """What a store gives when it is done."""
