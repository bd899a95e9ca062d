"""dask's stacks of ``.npy`` files: a folder of ``0.npy``, ``1.npy``, ... and ``info``, which says how they join."""

from __future__ import annotations

import bisect
import io
import itertools
import math
import operator
import os
import pickle
import shutil
import threading
import uuid
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from hyperslab import _calls, _dtypes
from hyperslab._array import Array
from hyperslab._asarray import asarray, from_array
from hyperslab._store import store


class _Plain(pickle.Unpickler):
    """Unpickles containers, numbers, strings and dtypes, and nothing that runs code."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("numpy", "dtype"):
            return np.dtype
        if module in ("numpy.core.multiarray", "numpy._core.multiarray") and name == "scalar":
            return _integer
        if (module, name) == ("_codecs", "encode"):
            return _latin1  # So old protocols keep bytes.
        raise pickle.UnpicklingError(f"{module}.{name} is no part of a plain description of arrays")


def _integer(dtype: Any, data: Any = b"") -> int:
    """A scalar of NumPy, of which descriptions of arrays hold integers alone."""
    if not isinstance(dtype, np.dtype) or dtype.kind not in "iu" or len(data) != dtype.itemsize:
        raise pickle.UnpicklingError("a scalar that is no integer is no part of a plain description of arrays")
    return int(np.frombuffer(data, dtype)[0])


def _latin1(text: str, encoding: str) -> bytes:
    return text.encode("latin1")


def _described(folder: str) -> tuple[tuple[tuple[int, ...], ...], np.dtype, int]:
    """Chunks, dtype and axis that ``info`` tells."""
    path = os.path.join(folder, "info")
    with open(path, "rb") as f:
        text = f.read()
    try:
        info = _Plain(io.BytesIO(text)).load()
        chunks = _calls.grid(info["chunks"])
        dtype, axis = np.dtype(info["dtype"]), operator.index(info["axis"])
        axis = normalize_axis_index(axis, len(chunks))
    except Exception as error:
        raise ValueError(f"{path} does not describe a stack of .npy files: {error}") from error
    if any(n < 0 for line in chunks for n in line) or any(len(c) != 1 for d, c in enumerate(chunks) if d != axis):
        raise ValueError(f"{path} does not describe a stack of .npy files: chunks {chunks} along axis {axis}")
    return chunks, dtype, axis


class _Stack:
    """The files of a stack as one array: regions are read from those that hold them."""

    def __init__(self, folder: str, chunks: Any, dtype: np.dtype, axis: int, mapped: bool = True) -> None:
        self.folder, self.axis, self.mapped = folder, axis, mapped
        self.lengths = tuple(chunks[axis])
        self.edges = [0, *itertools.accumulate(self.lengths)]
        self.shape, self.dtype = tuple(sum(line) for line in chunks), dtype

    def path(self, i: int) -> str:
        """The file with that number."""
        return os.path.join(self.folder, f"{i}.npy")

    def _touched(self, key: Any) -> Iterator[tuple[int, tuple[slice, ...], tuple[slice, ...]]]:
        """Files with elements of a region: the number, the slices of the file, those of the region."""
        items = list(key if isinstance(key, tuple) else (key,))
        ranges = [range(*k.indices(n)) for k, n in zip(items + [slice(None)] * len(self.shape), self.shape)]
        wanted = ranges[self.axis]
        if not all(ranges):
            return
        start, step = wanted.start, wanted.step
        first, last = bisect.bisect_right(self.edges, start) - 1, bisect.bisect_left(self.edges, wanted[-1] + 1)
        for i in range(first, last):
            low, high = self.edges[i], self.edges[i + 1]
            k = max(0, -(-(low - start) // step))
            stop = min(len(wanted), -(-(high - start) // step))
            if k >= stop:
                continue
            inner = slice(start + k * step - low, start + (stop - 1) * step - low + 1, step)
            own = [slice(r.start, r[-1] + 1, r.step) for r in ranges]
            own[self.axis] = inner
            place = [slice(None)] * len(ranges)
            place[self.axis] = slice(k, stop)
            yield i, tuple(own), tuple(place)

    def __getitem__(self, key: Any) -> np.ndarray:
        items = key if isinstance(key, tuple) else (key,)
        wide = [*items, *[slice(None)] * (len(self.shape) - len(items))]
        out = np.empty([len(range(*k.indices(n))) for k, n in zip(wide, self.shape)], self.dtype)
        for i, own, place in self._touched(key):
            out[place] = self._opened(i)[own]
        return out

    def _opened(self, i: int) -> np.ndarray:
        """The elements of a file."""
        shape = tuple(self.lengths[i] if d == self.axis else n for d, n in enumerate(self.shape))
        mode: Any = "r" if self.mapped and math.prod(shape) else None
        made = np.load(self.path(i), mmap_mode=mode, allow_pickle=False)
        if made.shape != shape or made.dtype.newbyteorder("=") != self.dtype:
            raise ValueError(
                f"{self.path(i)} holds an array of shape {made.shape}, dtype {made.dtype}; the stack says {shape}, "
                f"{self.dtype}"
            )
        return made  # type: ignore[no-any-return]


class _Written(_Stack):
    """The same for writing: files are made when their first elements come."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.lock = threading.Lock()

    def __setitem__(self, key: Any, value: np.ndarray) -> None:
        for i, own, place in self._touched(key):
            self.made(i)[own] = value[place]

    def made(self, i: int) -> np.ndarray:
        """The map of a file, which is there from now on."""
        with self.lock:
            if os.path.exists(self.path(i)):
                return np.load(self.path(i), mmap_mode="r+")  # type: ignore[no-any-return]
            shape = tuple(self.lengths[i] if d == self.axis else n for d, n in enumerate(self.shape))
            if math.prod(shape) == 0:
                np.save(self.path(i), np.empty(shape, self.dtype))
                return np.empty(shape, self.dtype)
            return np.lib.format.open_memmap(self.path(i), "w+", self.dtype, shape)


def to_npy_stack(
    dirname: Any, x: Any, axis: int = 0, *, memory_limit: int | str | None = None, num_threads: int | None = None
) -> None:
    """Write an array to a folder of ``.npy`` files, one for each chunk along an axis, as dask does.

    Parameters
    ----------
    dirname : str or path
        Folder; made if it is not there. Files take the places of those of the same names when all are whole.
    x : array_like
        Array of at least one dimension.
    axis : int
        The axis that is cut.
    memory_limit, num_threads
        As in `Array.compute`.

    Raises
    ------
    numpy.exceptions.AxisError
        If there is no such axis.

    See Also
    --------
    from_npy_stack

    Examples
    --------
    >>> import hyperslab as da
    >>> import os, tempfile
    >>> folder = os.path.join(tempfile.mkdtemp(), "stack")
    >>> da.to_npy_stack(folder, da.ones((5, 10), chunks=(2, 4)))
    >>> sorted(os.listdir(folder))
    ['0.npy', '1.npy', '2.npy', 'info']
    """
    a = asarray(x)
    along = normalize_axis_index(operator.index(axis), a.ndim)
    chunks = tuple(line if d == along else (sum(line),) for d, line in enumerate(a.chunks))
    folder = os.fsdecode(dirname)
    os.makedirs(folder, exist_ok=True)
    inside = os.path.join(folder, f".{uuid.uuid4().hex}.partial")
    os.mkdir(inside)
    try:
        target = _Written(inside, chunks, a.dtype, along)
        store(a, target, lock=False, memory_limit=memory_limit, num_threads=num_threads)
        for i in range(len(target.lengths)):
            target.made(i)  # Those without elements, to which nothing was written.
        with open(os.path.join(inside, "info"), "wb") as f:
            pickle.dump({"chunks": chunks, "dtype": a.dtype, "axis": along}, f)
        for name in sorted(os.listdir(inside), key=lambda name: name == "info"):
            os.replace(os.path.join(inside, name), os.path.join(folder, name))
    finally:
        shutil.rmtree(inside, ignore_errors=True)


def from_npy_stack(dirname: Any, mmap_mode: str | None = "r") -> Array:
    """Lazy array over a folder of ``.npy`` files that `to_npy_stack`, of dask too, wrote.

    Parameters
    ----------
    dirname : str or path
        Folder. Its ``info`` is a pickle, of which nothing is loaded but containers, integers and dtypes.
    mmap_mode : {"r", None}
        Whether files are mapped, so that only what is needed is read, or read whole.

    Raises
    ------
    ValueError
        If ``info`` is no description of a stack; when computed, if a file has another shape or dtype.

    Examples
    --------
    >>> import hyperslab as da
    >>> import os, tempfile
    >>> folder = os.path.join(tempfile.mkdtemp(), "stack")
    >>> da.to_npy_stack(folder, da.arange(6, chunks=4))
    >>> da.from_npy_stack(folder).chunks
    ((4, 2),)
    """
    if mmap_mode not in (None, "r"):
        raise ValueError(f"from_npy_stack: mmap_mode must be 'r' or None, not {mmap_mode!r}")
    folder = os.fsdecode(dirname)
    chunks, dtype, axis = _described(folder)
    return from_array(_Stack(os.path.abspath(folder), chunks, _dtypes.native(dtype), axis, mmap_mode == "r"), chunks)
