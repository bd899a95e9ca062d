"""Sources that answer with masked arrays: data and mask as one expression, so that each part is read once."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np

from hyperslab import _chunks, _convert, _dtypes, _locks, _native
from hyperslab._array import Array
from hyperslab._chunks import Chunks
from hyperslab._location import library
from hyperslab.ma._masked import MaskedArray, checked_fill
from hyperslab.ma._reductions import masked
from hyperslab.ma._ufuncs import lifted


class _DataAndMask:
    """What slices as an array with one more axis of two: the data, and ones where they are masked."""

    def __init__(self, source: Any, dtype: np.dtype) -> None:
        self.source, self.dtype = source, dtype
        self.shape = (*source.shape, 2)

    def __getitem__(self, key: tuple[slice, ...]) -> np.ndarray:
        got = self.source[key[:-1]]
        data = np.ma.getdata(got, subok=False)
        if not np.can_cast(data.dtype, self.dtype, "equiv"):
            raise TypeError(f"{_convert.describe(self.source)} answered with dtype {data.dtype}, not {self.dtype}")
        both = np.empty((*data.shape, 2), self.dtype)
        both[..., 0] = data
        mask = np.ma.getmaskarray(got)
        both[..., 1] = mask.astype("i8").view(self.dtype) if self.dtype.kind in "mM" else mask
        return both[..., key[-1]]


def from_array(
    x: Any, chunks: Chunks = "auto", name: str | None = None, lock: Any = None, fill_value: Any = None
) -> MaskedArray:
    """Lazy masked array over something that slices and answers with masked arrays.

    Each part of the source is read once for its data and its mask together, into a buffer of twice the size of the
    data, which counts as what the computation holds.

    Parameters
    ----------
    x : array_like
        A masked array of NumPy, which is not copied; a netCDF4 variable, or any object with ``shape``, ``dtype`` and
        ``__getitem__``; or what `hyperslab.from_array` takes, in which nothing is masked.
    chunks : int, tuple, dict or str
        As in `hyperslab.from_array`.
    name : str, optional
        How plans and errors call the source.
    lock : bool or lock, optional
        As in `hyperslab.from_array`.
    fill_value : scalar, optional
        What `filled` puts in the place of masked elements; that of `x`, or the default of its dtype, if not given.

    Raises
    ------
    NotImplementedError
        For strings, objects and structured dtypes.

    Examples
    --------
    >>> import hyperslab as da
    >>> import numpy as np
    >>> da.ma.from_array(np.ma.masked_equal([1, 2, 3], 2), chunks=2).sum().compute()
    np.int64(4)
    """
    if isinstance(x, np.ma.MaskedArray):
        made = lifted(x, chunks)
    elif isinstance(x, MaskedArray | Array) or not _convert.is_lazy_source(x):
        made = masked(x)
        made = made.copy() if isinstance(chunks, str) and chunks == "auto" else made.rechunk(chunks)
    else:
        made = _over_source(x, chunks, name, lock)
        fill_value = _own_fill(x) if fill_value is None else fill_value
    return made if fill_value is None else MaskedArray(made.data, made._hidden, checked_fill(fill_value, made.dtype))


def _own_fill(x: Any) -> Any:
    """The fill value of a netCDF4 variable."""
    named = library(x) == "netCDF4" and "_FillValue" in x.ncattrs()
    return x.getncattr("_FillValue") if named else None


def _over_source(x: Any, chunks: Chunks, name: str | None, lock: Any) -> MaskedArray:
    kind = library(x)
    with _locks.of_library(kind) or contextlib.nullcontext():
        shape = [int(n) for n in x.shape]
        dims, target, storage = _chunks.spec(chunks, shape)
        dtype = _dtypes.name(_convert._answered_dtype(x))
        described = _convert.described(x, shape, dtype, _locks.chosen(lock, kind), name, False)
    stored = described["chunks"]
    described.update(
        value=_DataAndMask(x, _dtypes.from_name(dtype)),
        shape=[*shape, 2],
        chunks=None if stored is None else [*stored, 2],
    )
    both = Array(_native.from_object(described, ([*dims, -1], target, storage)))
    data, flags = both[..., 0], both[..., 1]
    if flags.dtype.kind in "mM":
        flags = flags.astype("i8")
    return MaskedArray(data, flags if flags.dtype == bool else flags != 0)
