"""The chunk manager by which xarray computes with lazy arrays: ``chunked_array_type="hyperslab"``.

xarray loads it through the entry point ``xarray.chunkmanagers``; nothing else imports it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from xarray.namedarray.parallelcompat import ChunkManagerEntrypoint

import hyperslab
from hyperslab import _dtypes
from hyperslab._convert import is_array
from hyperslab.lib import stride_tricks


def _leave_ours_alone() -> None:
    """Have xarray's manager for dask leave our arrays to ours: it takes all that have dask's protocol for its own.

    xarray keeps operations lazy by that protocol, and accepts one manager for a type of arrays.
    """
    try:
        from xarray.namedarray.daskmanager import DaskManager
    except ImportError:
        return
    before = DaskManager.is_chunked_array
    if before.__module__ == __name__:
        return

    def is_chunked_array(self: DaskManager, data: Any) -> bool:
        return not is_array(data) and before(self, data)

    DaskManager.is_chunked_array = is_chunked_array  # type: ignore[method-assign]


def _index_ours_axis_by_axis() -> None:
    """Have xarray select along one axis after the other where it means an outer selection.

    It does so for dask, which refuses several lists in an index; here they pair positions, as in NumPy.
    """
    try:
        from xarray.core.indexing import DaskIndexingAdapter
    except ImportError:
        return
    before = DaskIndexingAdapter._oindex_get
    if before.__module__ == __name__:
        return

    def outer(self: DaskIndexingAdapter, indexer: Any) -> Any:
        if not is_array(self.array):
            return before(self, indexer)
        value = self.array
        for axis, part in reversed(list(enumerate(indexer.tuple))):
            value = value[(slice(None),) * axis + (part,)]
        return value

    DaskIndexingAdapter._oindex_get = outer  # type: ignore[method-assign]


class _Functions:
    """The functions of the package, and what xarray expects of them besides."""

    sliding_window_view = staticmethod(stride_tricks.sliding_window_view)

    @staticmethod
    def isnan(x: Any, dtype: Any = None) -> Any:
        """Which elements are nan, as booleans or in another dtype."""
        found = hyperslab.isnan(x)
        return found if dtype is None else found.astype(dtype)

    def __getattr__(self, name: str) -> Any:
        return getattr(hyperslab, name)


class HyperslabManager(ChunkManagerEntrypoint[Any]):
    """What xarray asks of a library of chunked arrays, answered by hyperslab."""

    available = True

    def __init__(self) -> None:
        self.array_cls = hyperslab.Array
        _leave_ours_alone()
        _index_ours_axis_by_axis()

    def is_chunked_array(self, data: Any) -> bool:
        """Whether the data are a lazy array of hyperslab."""
        return is_array(data)

    def chunks(self, data: Any) -> Any:
        """Sizes of the chunks along each dimension."""
        return data.chunks

    def normalize_chunks(
        self, chunks: Any, shape: Any = None, limit: Any = None, dtype: Any = None, previous_chunks: Any = None
    ) -> Any:
        """Chunks as sizes along each dimension; automatic ones as whole multiples of `previous_chunks`."""
        return hyperslab.core.normalize_chunks(chunks, shape, limit, dtype, previous_chunks)

    def from_array(self, data: Any, chunks: Any, **kwargs: Any) -> Any:
        """Lazy array over data in memory or in a file; of dtypes that have none, the data as they are."""
        try:
            _dtypes.native(data.dtype)
        except NotImplementedError:
            return getattr(data, "array", data)  # xarray's adapters stay lazy by themselves.
        if isinstance(chunks, tuple) and "auto" in chunks and 0 in data.shape:
            chunks = data.shape
        return hyperslab.from_array(data, chunks, **kwargs)

    def rechunk(self, data: Any, chunks: Any, **kwargs: Any) -> Any:
        """The array with other chunks."""
        return data.rechunk(chunks, **kwargs)

    def compute(self, *data: Any, **kwargs: Any) -> tuple[Any, ...]:
        """All arrays in one computation; other objects as they are."""
        return hyperslab.compute(*data, **kwargs)

    def persist(self, *data: Any, **kwargs: Any) -> tuple[Any, ...]:
        """All arrays computed, as lazy arrays over the results."""
        return hyperslab.persist(*data, **kwargs)

    @property
    def array_api(self) -> Any:
        """The module of functions on these arrays."""
        return _Functions()

    def reduction(
        self,
        arr: Any,
        func: Callable[..., Any],
        combine_func: Callable[..., Any] | None = None,
        aggregate_func: Callable[..., Any] | None = None,
        axis: int | Sequence[int] | None = None,
        dtype: Any = None,
        keepdims: bool = False,
    ) -> Any:
        """A reduction by functions on blocks."""
        return hyperslab.reduction(
            arr, func, aggregate_func or func, axis=axis, keepdims=keepdims, dtype=dtype, combine=combine_func
        )

    def scan(
        self,
        func: Callable[..., Any],
        binop: Callable[..., Any],
        ident: float,
        arr: Any,
        axis: int | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> Any:
        """A scan by functions on blocks."""
        return hyperslab.reductions.cumreduction(func, binop, ident, arr, axis=axis, dtype=dtype, **kwargs)

    def apply_gufunc(self, func: Callable[..., Any], signature: str, *args: Any, **kwargs: Any) -> Any:
        """A function of core dimensions, applied along all others."""
        return hyperslab.apply_gufunc(func, signature, *args, **kwargs)

    def map_blocks(self, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """A function applied to each block."""
        return hyperslab.map_blocks(func, *args, **kwargs)

    def blockwise(self, func: Callable[..., Any], out_ind: Any, *args: Any, **kwargs: Any) -> Any:
        """A function applied to blocks that are matched by the names of their axes."""
        return hyperslab.blockwise(func, out_ind, *args, **kwargs)

    def unify_chunks(self, *args: Any, **kwargs: Any) -> tuple[dict[Any, Any], list[Any]]:
        """Arrays cut alike along axes of the same name."""
        return hyperslab.unify_chunks(*args, **kwargs)

    def store(self, sources: Any, targets: Any, **kwargs: Any) -> Any:
        """Arrays stored into targets, all in one computation."""
        return hyperslab.store(list(sources), list(targets), **kwargs)

    def shuffle(self, x: Any, indexer: list[list[int]], axis: int, chunks: Any) -> Any:
        """The elements along an axis in the order of an index, a chunk for each part of it."""
        return hyperslab.shuffle(x, indexer, axis, "auto" if chunks is None else chunks)

    def get_auto_chunk_size(self) -> int:
        """Bytes that automatic chunks have at most."""
        ((first, *_),) = hyperslab.core.normalize_chunks("auto", (2**40,), dtype="u1")
        return first
