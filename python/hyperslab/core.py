"""``da.core``: what code written for ``dask.array.core`` takes from there."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from hyperslab import _calls, _chunks, _dtypes, _native
from hyperslab._array import Array
from hyperslab._asarray import asanyarray, asarray, from_array
from hyperslab._functions import blockwise, from_delayed, map_blocks, mapped, unify_chunks
from hyperslab._hdf5_files import to_hdf5
from hyperslab._join import block, concatenate, stack
from hyperslab._manipulation import broadcast_arrays, broadcast_to
from hyperslab._missing import refuse as _refuse_name
from hyperslab._npy_stack import from_npy_stack, to_npy_stack
from hyperslab._store import store
from hyperslab._zarr_files import from_zarr, to_zarr

__all__ = [
    "Array",
    "PerformanceWarning",
    "asanyarray",
    "asarray",
    "auto_chunks",
    "block",
    "blockdims_from_blockshape",
    "blockwise",
    "broadcast_arrays",
    "broadcast_chunks",
    "broadcast_to",
    "common_blockdim",
    "concatenate",
    "elemwise",
    "from_array",
    "from_delayed",
    "from_func",
    "from_npy_stack",
    "from_zarr",
    "map_blocks",
    "normalize_chunks",
    "slices_from_chunks",
    "stack",
    "store",
    "to_hdf5",
    "to_npy_stack",
    "to_zarr",
    "unify_chunks",
]


class PerformanceWarning(Warning):
    """Warning of dask about slow operations; kept so that filters which name it go on working."""


def normalize_chunks(
    chunks: Any,
    shape: Any = None,
    limit: int | str | None = None,
    dtype: Any = None,
    previous_chunks: Any = None,
) -> tuple[tuple[int, ...], ...]:
    """What ``chunks=`` stands for: the sizes of all chunks, along each dimension.

    Parameters
    ----------
    chunks : int, tuple, dict or str
        As in `from_array`.
    shape : int or tuple of int, optional
        Shape of the array; not needed if `chunks` hold all sizes.
    limit : int or str, optional
        Bytes of an automatic chunk.
    dtype : dtype, optional
        Dtype that automatic chunks are sized for; float64 if not given.
    previous_chunks : tuple of int or of tuple of int, optional
        What dimensions get that a dict does not name; sizes of automatic chunks are whole multiples of these.

    Raises
    ------
    ValueError
        If the sizes do not add up to the shape.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.core.normalize_chunks((2, -1), shape=(5, 3))
    ((2, 2, 1), (3,))
    """
    if shape is None:
        if not isinstance(chunks, tuple | list) or not all(isinstance(sizes, tuple | list) for sizes in chunks):
            raise ValueError(f"normalize_chunks needs a shape for chunks={chunks!r}, which do not hold all sizes")
        shape = tuple(sum(sizes) for sizes in chunks)
    sizes = (shape,) if hasattr(shape, "__index__") else tuple(shape)
    missing = previous_chunks if isinstance(chunks, dict) else None
    dims, target, _ = _chunks.spec(chunks, sizes, missing, limit)
    kind = np.dtype(np.float64 if dtype is None else dtype)
    zero = np.zeros((), kind)
    return _native.full(
        list(sizes), _dtypes.name(kind), zero.tobytes(), (dims, target, _largest(previous_chunks))
    ).chunks


def _largest(chunks: Any) -> list[int] | None:
    """The largest chunk along each dimension."""
    if chunks is None or isinstance(chunks, str):
        return None
    return [max(line, default=1) or 1 if isinstance(line, tuple | list) else int(line) for line in chunks]


def auto_chunks(chunks: Any, shape: Any, limit: int | str | None, dtype: Any, previous_chunks: Any = None) -> Any:
    """What ``"auto"`` stands for among `chunks`; see `normalize_chunks`.

    Raises
    ------
    TypeError
        If the dtype is not given.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.core.auto_chunks(("auto", 5), (20, 10), 400, "f8")
    ((10, 10), (5, 5))
    """
    if dtype is None:
        raise TypeError("dtype must be known for auto-chunking")
    return normalize_chunks(tuple(chunks), shape, limit, dtype, previous_chunks)


def blockdims_from_blockshape(shape: Any, chunks: Any) -> tuple[tuple[int, ...], ...]:
    """The sizes of all chunks, for the size of one along each dimension.

    Raises
    ------
    TypeError
        If one of them is not given.
    ValueError
        If lengths are not known, or no integers.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.core.blockdims_from_blockshape((10, 10), (4, 3))
    ((4, 4, 2), (3, 3, 3, 1))
    """
    for name, sizes in (("chunks", chunks), ("shape", shape)):
        if sizes is None:
            raise TypeError(f"Must supply {name}= keyword argument")
        if not all(hasattr(n, "__index__") for n in sizes):
            raise ValueError(f"{name} can only contain integers, not {sizes}")
    return normalize_chunks(tuple(max(n, 1) for n in chunks), tuple(shape))


def from_func(
    func: Callable[..., Any], shape: Any, dtype: Any = None, name: str | None = None, args: Any = (), kwargs: Any = None
) -> Array:
    """An array of one chunk that a function makes, ``func(*args, **kwargs)``, when it is needed.

    Examples
    --------
    >>> import numpy as np
    >>> import hyperslab as da
    >>> da.core.from_func(np.arange, (3,), dtype="i8", args=(3,)).compute()
    array([0, 1, 2])
    """
    return from_delayed(functools.partial(func, *args, **(kwargs or {})), shape, dtype, name=name)


def slices_from_chunks(chunks: Sequence[Sequence[int]]) -> list[tuple[slice, ...]]:
    """The slices that select each chunk, in C order.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.core.slices_from_chunks(((2, 2), (3,)))
    [(slice(0, 2, None), slice(0, 3, None)), (slice(2, 4, None), slice(0, 3, None))]
    """
    edges = [[0, *itertools.accumulate(sizes)] for sizes in chunks]
    return list(itertools.product(*([slice(a, b) for a, b in itertools.pairwise(line)] for line in edges)))


def common_blockdim(blockdims: Iterable[Sequence[int]]) -> tuple[int, ...]:
    """Chunks of one dimension whose edges are those of all the others.

    Raises
    ------
    ValueError
        If they are chunks of different lengths.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.core.common_blockdim([(3, 3), (2, 4)])
    (2, 1, 3)
    """
    lines = [tuple(line) for line in blockdims]
    wide = [line for line in lines if line != (1,)]
    return _calls.common(wide or lines[:1], "common_blockdim") if lines else ()


def broadcast_chunks(*chunkss: Sequence[Sequence[int]]) -> tuple[tuple[int, ...], ...]:
    """Chunks of the array that arrays with these chunks broadcast to.

    Raises
    ------
    ValueError
        If dimensions have different lengths, or the same length in different chunks.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.core.broadcast_chunks(((2, 2), (1,)), ((3, 3),))
    ((2, 2), (3, 3))
    """
    made = []
    for lines in itertools.zip_longest(*(tuple(chunks)[::-1] for chunks in chunkss), fillvalue=(1,)):
        wide = {tuple(line) for line in lines if sum(line) != 1} or {(1,)}
        if len({sum(line) for line in wide}) > 1:
            raise ValueError(f"operands could not be broadcast together with chunks {sorted(wide)}")
        if len(wide) > 1:
            raise ValueError(f"At least one common dimension has different chunks: {sorted(wide)}")
        made.append(wide.pop())
    return tuple(made[::-1])


def elemwise(op: Callable[..., Any], *args: Any, out: Any = None, where: Any = True, **kwargs: Any) -> Any:
    """An elementwise function of arrays that are broadcast.

    Parameters
    ----------
    op : callable
        A ufunc of NumPy, which is called as it is, or a function of NumPy arrays, applied to blocks.
    *args : array_like
        Arrays and numbers.
    out, where
        As for ufuncs.
    **kwargs
        ``dtype=`` of the result, and what the function takes.

    Examples
    --------
    >>> import numpy as np
    >>> import hyperslab as da
    >>> da.core.elemwise(np.add, da.arange(3), 1).compute()
    array([1, 2, 3])
    """
    kwargs.pop("name", None)
    if isinstance(op, np.ufunc):
        given = {} if where is True else {"where": where}
        arrays = [asarray(args[0]), *args[1:]]
        return op(*arrays, **kwargs, **given, **({} if out is None else {"out": out}))
    if where is not True or out is not None:
        raise NotImplementedError("elemwise: where= and out= are for ufuncs: use hyperslab.where(mask, result, x)")
    return mapped("elemwise", op, args, kwargs.pop("dtype", None), **kwargs)


def __getattr__(name: str) -> object:
    """Names that are not there: the way out, or the nearest name."""
    return _refuse_name(__name__, name, __all__)
