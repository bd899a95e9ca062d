"""Elements as bytes: raw binary files, which are mapped, and buffers."""

from __future__ import annotations

import contextlib
import math
import operator
import os
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from hyperslab import _dtypes, _engine, _keywords
from hyperslab._array import Array
from hyperslab._asarray import from_array
from hyperslab._chunks import Chunks
from hyperslab._creation import zeros
from hyperslab._integers import integers
from hyperslab._npy import into_map, replacing


@_keywords.accepts("like")
def fromfile(
    file: Any, dtype: DTypeLike = float, count: int = -1, sep: str = "", offset: int = 0, chunks: Chunks = "auto"
) -> Array:
    """Lazy array over a file of raw elements, which is mapped.

    Parameters
    ----------
    file : str, path or file object
        File. A file object is read at once, from where it stands.
    dtype : dtype
        What the elements are, byte order included.
    count : int
        How many elements, as far as there are so many; all if -1.
    sep : str
        What stands between numbers in a file of text, which is read at once.
    offset : int
        Bytes before the first element.
    chunks : int, tuple, dict or str
        As in `from_array`.

    See Also
    --------
    memmap, hyperslab.from_npy

    Examples
    --------
    >>> import hyperslab as da
    >>> import numpy as np, os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "raw")
    >>> np.arange(5, dtype=">i2").tofile(path)
    >>> da.fromfile(path, ">i2", offset=4).compute()
    array([2, 3, 4], dtype=int16)
    """
    if sep or not isinstance(file, str | bytes | os.PathLike):
        return from_array(np.fromfile(file, dtype, count, sep, offset=offset), chunks)
    kind = np.dtype(dtype)
    _dtypes.native(kind)
    if offset < 0:
        raise ValueError(f"fromfile: offset={offset} is negative")
    size = os.stat(file).st_size
    if count < 0 and offset > size:
        raise ValueError(f"fromfile: offset={offset} is beyond the end of {os.fsdecode(file)}, {size} bytes")
    there = max(size - offset, 0) // kind.itemsize
    n = there if operator.index(count) < 0 else min(count, there)
    return _mapped(file, kind, offset, (n,), "C", chunks)


def memmap(
    filename: Any,
    dtype: DTypeLike = np.uint8,
    mode: str = "r",
    offset: int = 0,
    shape: int | tuple[int, ...] | None = None,
    order: str = "C",
    chunks: Chunks = "auto",
) -> Array:
    """Lazy array over a file of raw elements, which is mapped; see `numpy.memmap`.

    Parameters
    ----------
    filename : str or path
        File.
    dtype : dtype
        What the elements are, byte order included.
    mode : {"r", "c"}
        Lazy arrays never write to the file, also not where they are assigned to.
    offset : int
        Bytes before the first element.
    shape : int or tuple of int, optional
        Shape; as many elements as there are, along one dimension, if not given.
    order : {"C", "F"}
        How the elements lie.
    chunks : int, tuple, dict or str
        As in `from_array`.

    Raises
    ------
    NotImplementedError
        For modes that write.
    ValueError
        If the file is too short, or its length is no multiple of the size of an element.

    Examples
    --------
    >>> import hyperslab as da
    >>> import numpy as np, os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "raw")
    >>> np.arange(6, dtype="f4").tofile(path)
    >>> da.memmap(path, "f4", shape=(2, 3), order="F").compute()
    array([[0., 2., 4.],
           [1., 3., 5.]], dtype=float32)
    """
    if mode not in ("r", "c", "readonly", "copyonwrite"):
        raise NotImplementedError(
            f"memmap: mode={mode!r} writes to the file, which lazy arrays do not: use numpy.memmap, then "
            "hyperslab.store into it"
        )
    if order not in ("C", "F"):
        raise ValueError(f"order must be 'C' or 'F', not {order!r}")
    kind = np.dtype(dtype)
    _dtypes.native(kind)
    there = os.stat(filename).st_size - offset
    if shape is None:
        if there % kind.itemsize:
            raise ValueError(
                f"Size of available data is not a multiple of the data-type size: {there} bytes, dtype {kind}"
            )
        lengths: tuple[int, ...] = (there // kind.itemsize,)
    else:
        lengths = integers(shape)
    if math.prod(lengths) * kind.itemsize > there:
        raise ValueError(
            f"memmap: {os.fsdecode(filename)} holds {there} bytes from offset {offset}, too few for shape {lengths} of "
            f"dtype {kind}"
        )
    return _mapped(filename, kind, offset, lengths, order, chunks)


def _mapped(path: Any, dtype: np.dtype, offset: int, shape: tuple[int, ...], order: Any, chunks: Chunks) -> Array:
    """The array over a map; what has no elements cannot be mapped."""
    if math.prod(shape) == 0:
        return zeros(shape, _dtypes.native(dtype), chunks)
    return from_array(np.memmap(path, dtype, "r", offset, shape, order), chunks)


@_keywords.accepts("like")
def frombuffer(
    buffer: Any, dtype: DTypeLike = float, count: int = -1, offset: int = 0, chunks: Chunks = "auto"
) -> Array:
    """Lazy array over the memory of an object with the buffer protocol; see `numpy.frombuffer`.

    Parameters
    ----------
    buffer : bytes-like
        Object; its memory is not copied.
    dtype : dtype
        What the elements are.
    count : int
        How many; all if -1.
    offset : int
        Bytes before the first.
    chunks : int, tuple, dict or str
        As in `from_array`.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.frombuffer(b"\\x01\\x02\\x03", dtype="u1", offset=1).compute()
    array([2, 3], dtype=uint8)
    """
    return from_array(np.frombuffer(buffer, dtype, count, offset), chunks)


@_keywords.accepts("like")
def fromiter(iter: Iterable[Any], dtype: DTypeLike, count: int = -1, chunks: Chunks = "auto") -> Array:
    """Array of what an iterable yields, which is gone through at once; see `numpy.fromiter`.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.fromiter((i * i for i in range(4)), int, chunks=2).sum().compute()
    np.int64(14)
    """
    return from_array(np.fromiter(iter, dtype, count), chunks)


def tofile(self: Array, fid: Any, sep: str = "", format: str = "%s") -> None:
    """Write the elements in C order, raw or as text.

    A path is written part by part and replaced when the new file is whole; for a file object, or as text, the whole
    array is computed in memory.
    """
    if sep or not isinstance(fid, str | bytes | os.PathLike):
        _engine.evaluate(self._expr).tofile(fid, sep, format)
        return
    with replacing(os.fsdecode(fid)) as beside:
        if self.size == 0:
            with contextlib.closing(open(beside, "wb")):
                return
        into_map(self, np.memmap(beside, self.dtype, "w+", 0, self.shape or (1,))[...].reshape(self.shape))
