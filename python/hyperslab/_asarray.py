"""What users have, as arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from hyperslab import _convert, _devices, _keywords
from hyperslab._array import Array
from hyperslab._chunks import Chunks


def from_array(
    x: Any,
    chunks: Chunks = "auto",
    name: str | bool | None = None,
    lock: Any = None,
    asarray: Any = None,
    fancy: bool = True,
    getitem: Any = None,
    meta: Any = None,
    inline_array: bool = False,
) -> Array:
    """Lazy array over something that slices.

    Parameters
    ----------
    x : array_like
        A NumPy array, which is not copied; an h5py, Zarr, PyTables, blosc2 or tensorstore array, or any object with
        ``shape``, ``dtype`` and ``__getitem__``, which is read when needed; or what `numpy.asarray` takes. A
        hyperslab array is returned as it is.
    chunks : int, tuple, dict or str
        Sizes of the chunks: one value for all dimensions, one per dimension, or a dict by axis. A value is an integer,
        ``-1`` or ``None`` for the whole dimension, ``"auto"``, a string of bytes such as ``"64 MiB"``, or a tuple
        of the sizes of all chunks.
    name : str or bool, optional
        The name of the array, as `Array.name` gives it, which plans and errors call the source by; it should be that of
        one source alone, but no result depends on it. Without a name, arrays over one object share a name, as do arrays
        over one dataset of a file that did not change; ``False`` gives each array a name of its own.
    lock : bool or lock, optional
        A lock to hold while `x` is read; ``True`` makes one. Objects of libraries that are not thread-safe (PyTables,
        netCDF4, blosc2) always share one.
    asarray, fancy, meta, inline_array
        Accepted as in dask; without effect.
    getitem : None
        Not supported; give an object whose ``__getitem__`` does it.

    Returns
    -------
    Array
        Of the shape and dtype of `x`.

    Raises
    ------
    NotImplementedError
        For objects, and floating dtypes of extended precision.
    ValueError
        If the chunks do not add up to the shape.

    Examples
    --------
    >>> import hyperslab as da
    >>> import numpy as np
    >>> da.from_array(np.arange(10), chunks=4).chunks
    ((4, 4, 2),)
    """
    if getitem is not None:
        raise NotImplementedError("from_array: getitem= is not supported: give an object whose __getitem__ does it")
    if isinstance(x, Array):
        return x if isinstance(chunks, str) and chunks == "auto" else x.rechunk(chunks)
    return Array(_convert.expression(x, chunks, name, lock))


@_keywords.accepts("allow_unknown_chunksizes", "inline_array", "name", "meta", "order", "like")
def asarray(
    a: Any,
    dtype: DTypeLike | None = None,
    chunks: Chunks = "auto",
    *,
    device: str | None = None,
    copy: bool | None = None,
) -> Array:
    """The argument as an array; arrays are returned as they are.

    Parameters
    ----------
    a : array_like
        An array, numbers, nested lists of them, or what `from_array` takes.
    dtype : dtype, optional
        Dtype of the result; that of `a` if not given.
    chunks : int, tuple, dict or str
        As in `from_array`.
    device : {"cpu"}, optional
        There is no other one.
    copy : bool, optional
        True: later changes to `a` do not show, as with `array`. False: `a` is looked at where it lies, never copied.
        None: it is copied where it has to be.

    Raises
    ------
    ValueError
        With ``copy=False``, if what is given is no array, or of another dtype; for another device.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.asarray([[1, 2], [3, 4]]).shape
    (2, 2)
    """
    _devices.check(device)
    if copy is False:
        return _uncopied(a, dtype, chunks)
    if copy:
        return array(a, dtype, chunks=chunks)
    if dtype is not None and not hasattr(a, "dtype"):
        # The dtype that NumPy finds for numbers may not hold them: [1, 2**64 - 1] would go through float64.
        a = np.asarray(a, dtype)
    x = from_array(a, chunks)
    return x if dtype is None or x.dtype == np.dtype(dtype) else x.astype(dtype)


def _uncopied(a: Any, dtype: DTypeLike | None, chunks: Chunks) -> Array:
    """The array that looks at `a` where it lies."""
    there = isinstance(a, Array | np.ndarray) or _convert.is_lazy_source(a)
    if not there or (dtype is not None and a.dtype != np.dtype(dtype)):
        what = f"of dtype {a.dtype} to {np.dtype(dtype)}" if there and dtype is not None else f"from {type(a).__name__}"
        raise ValueError(f"Unable to avoid copy while creating an array as requested: asarray {what} with copy=False")
    return from_array(a, chunks)


@_keywords.accepts("like")
def array(
    a: Any,
    dtype: DTypeLike | None = None,
    ndmin: int = 0,
    chunks: Chunks = "auto",
    *,
    copy: bool | None = True,
) -> Array:
    """A new array from data; NumPy data are copied, so that later changes to them do not show.

    Parameters
    ----------
    a : array_like
        As in `asarray`.
    dtype : dtype, optional
        Dtype of the result; that of `a` if not given.
    ndmin : int
        Least number of dimensions: as many of length 1 as are missing come first.
    chunks : int, tuple, dict or str
        As in `from_array`.
    copy : bool, optional
        False and None are those of `asarray`.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.array([1, 2, 3], ndmin=2).shape
    (1, 3)
    """
    if not copy:
        return _widened(asarray(a, dtype, chunks, copy=copy), ndmin)
    data = a if isinstance(a, Array) or _convert.is_lazy_source(a) else np.array(a, dtype=dtype)
    x = asarray(data, dtype, chunks)
    return _widened(x.copy(), ndmin)


def _widened(x: Array, ndmin: int) -> Array:
    return x[(None,) * (ndmin - x.ndim)] if ndmin > x.ndim else x


asanyarray = asarray


def from_dlpack(x: Any, /, *, device: str | None = None, copy: bool | None = None, chunks: Chunks = "auto") -> Array:
    """Lazy array over memory of another library, by DLPack.

    Parameters
    ----------
    x : object
        What has ``__dlpack__`` and ``__dlpack_device__``, and lies in the memory of the CPU. It is kept alive, and its
        memory is looked at where it lies. A hyperslab array is returned as it is, without being computed.
    device : {"cpu"}, optional
        There is no other one.
    copy : bool, optional
        True: later changes to `x` do not show. False: the memory is never copied. None: it is copied where it has
        to be.
    chunks : int, tuple, dict or str
        As in `from_array`.

    Raises
    ------
    BufferError
        If the memory cannot be handed over as is asked for.
    AttributeError
        If `x` does not speak DLPack.

    Examples
    --------
    >>> import hyperslab as da
    >>> import numpy as np
    >>> da.from_dlpack(np.arange(6), chunks=3).sum().compute()
    np.int64(15)
    """
    _devices.check(device)
    if isinstance(x, Array):
        return asarray(x, chunks=chunks, copy=copy)
    shared = np.from_dlpack(x, device=device, copy=copy)  # type: ignore[arg-type]
    return from_array(shared, chunks)
