"""Several arrays in one computation."""

from __future__ import annotations

from typing import Any

import numpy as np

from hyperslab import _chunks, _dtypes, _engine, _keywords, _native, config
from hyperslab._array import Array
from hyperslab._composite import Composite
from hyperslab._store import Stored


def _map_leaves(item: Any, change: Any) -> Any:
    """The collection with every array and store replaced, and each part of arrays that are several together."""
    if isinstance(item, Array | Stored):
        return change(item)
    if isinstance(item, Composite):
        return change(item, tuple(change(part) for part in item.parts()))
    if isinstance(item, dict):
        return {key: _map_leaves(value, change) for key, value in item.items()}
    if isinstance(item, tuple) and hasattr(item, "_fields"):
        return type(item)(*(_map_leaves(part, change) for part in item))
    if type(item) in (list, tuple, set, frozenset):
        return type(item)(_map_leaves(part, change) for part in item)
    return item


def _run_all(
    args: tuple[Any, ...], memory_limit: int | str | None, num_threads: int | None
) -> dict[int, np.ndarray | None]:
    """Results of all arrays and stores in the collections, by identity, from one computation."""
    results: dict[int, np.ndarray | None] = {}
    pairs: list[_engine.Pair] = []

    def collect(leaf: Any, parts: Any = None) -> Any:
        if parts is None and id(leaf) not in results:
            if isinstance(leaf, Stored):
                results[id(leaf)] = None
                pairs.extend(leaf.pairs)
            else:
                place = np.empty(leaf.shape, _dtypes.from_name(leaf._expr.dtype))
                results[id(leaf)] = place
                pairs.append((leaf._expr, place, None))
        return None

    _map_leaves([*args], collect)
    if pairs:
        _engine.run(pairs, memory_limit, num_threads)
    return results


@_keywords.scheduled
def compute(*args: Any, memory_limit: int | str | None = None, num_threads: int | None = None) -> tuple[Any, ...]:
    """Compute several arrays in one computation: what they share is read and computed once.

    Parameters
    ----------
    *args
        Arrays, stores made with ``compute=False``, and lists, tuples and dicts of them. Other things are passed
        through.
    memory_limit : int or str, optional
        Bytes that the computation may hold; see `hyperslab.config.set`.
    num_threads : int, optional
        Threads of the computation.

    Returns
    -------
    tuple
        One result per argument, in C order: results of one computation share what they read.

    Examples
    --------
    >>> import hyperslab as da
    >>> x = da.arange(10, chunks=5)
    >>> da.compute(x.sum(), {"mean": x.mean()})
    (np.int64(45), {'mean': np.float64(4.5)})
    """
    results = _run_all(args, memory_limit, num_threads)

    def result(leaf: Any, parts: Any = None) -> Any:
        if parts is not None:
            return leaf.joined(parts)
        found = results[id(leaf)]
        return None if found is None else found[()]

    return tuple(_map_leaves(arg, result) for arg in args)


@_keywords.scheduled
def persist(*args: Any, memory_limit: int | str | None = None, num_threads: int | None = None) -> tuple[Any, ...]:
    """Compute several arrays in one computation and return them as lazy arrays over the results.

    Examples
    --------
    >>> import hyperslab as da
    >>> (x,) = da.persist(da.arange(4, chunks=2) + 1)
    >>> x.chunks
    ((2, 2),)
    """
    results = _run_all(args, memory_limit, num_threads)

    def lazy(leaf: Any, parts: Any = None) -> Any:
        if parts is not None:
            return leaf.over(parts)
        found = results[id(leaf)]
        return None if found is None else Array(_native.from_numpy(found, _chunks.spec(leaf.chunks, leaf.shape), []))

    return tuple(_map_leaves(arg, lazy) for arg in args)


def explain(*args: Any, memory_limit: int | str | None = None, num_threads: int | None = None) -> str:
    """The plan of a computation as text: as written, optimised, and the stages with the bytes that they need.

    Examples
    --------
    >>> import hyperslab as da
    >>> "stages" in da.explain(da.ones(3).sum())
    True
    """
    arrays = [part for a in args for part in (a.parts() if isinstance(a, Composite) else (a,))]
    return _native.explain([a._expr for a in arrays], config.limits(memory_limit, num_threads))
