"""``da.core``: what code written for ``dask.array.core`` takes from there."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from hyperslab import _chunks, _dtypes, _native
from hyperslab._array import Array
from hyperslab._creation import asanyarray, asarray, from_array
from hyperslab._join import block, concatenate, stack
from hyperslab._manipulation import broadcast_arrays, broadcast_to

__all__ = [
    "Array",
    "PerformanceWarning",
    "asanyarray",
    "asarray",
    "block",
    "broadcast_arrays",
    "broadcast_to",
    "concatenate",
    "from_array",
    "normalize_chunks",
    "slices_from_chunks",
    "stack",
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
    previous_chunks : tuple of tuple of int, optional
        What dimensions get that a dict does not name.

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
    dims, target, storage = _chunks.spec(chunks, sizes, missing)
    if limit is not None:
        target = _native.parse_bytes(limit) if isinstance(limit, str) else int(limit)
    kind = np.dtype(np.float64 if dtype is None else dtype)
    zero = np.zeros((), kind)
    return _native.full(list(sizes), _dtypes.name(kind), zero.tobytes(), (dims, target, storage)).chunks


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
