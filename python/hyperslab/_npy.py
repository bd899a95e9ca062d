"""NumPy's files: ``.npy`` and ``.npz``, mapped when they are read and written part by part."""

from __future__ import annotations

import contextlib
import os
import uuid
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from hyperslab import _dtypes, _engine, _location, _native
from hyperslab._array import Array
from hyperslab._asarray import asarray, from_array
from hyperslab._chunks import Chunks
from hyperslab._functions import from_delayed


@contextlib.contextmanager
def replacing(path: str) -> Iterator[str]:
    """A name beside `path` to write to: it takes that name when it is whole, and goes when writing fails."""
    beside = f"{os.path.realpath(path)}.{uuid.uuid4().hex}.partial"
    try:
        yield beside
        os.replace(beside, os.path.realpath(path))
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(beside)
        raise


def into_map(x: Array, target: np.ndarray, memory_limit: Any = None, num_threads: Any = None) -> None:
    """Compute an array into the memory of a file."""
    # As a sink: what is written to a file is no result held in memory.
    sink = _native.numpy_sink(target, _location.mapped_files(target))
    _engine.run([(x._expr, sink, None)], memory_limit, num_threads)


def write_npy(path: str, x: Array, memory_limit: Any = None, num_threads: Any = None) -> None:
    """Write a file of NumPy's format, a part at a time."""
    with replacing(path) as beside:
        if x.size == 0 or x.ndim == 0:
            with open(beside, "wb") as f:
                np.lib.format.write_array(f, np.asarray(_engine.evaluate(x._expr)), allow_pickle=False)
        else:
            into_map(x, np.lib.format.open_memmap(beside, "w+", x.dtype, x.shape), memory_limit, num_threads)


def _named(file: Any, ending: str) -> str | None:
    """The path of a file, with its ending; `None` of what is no path."""
    if not isinstance(file, str | bytes | os.PathLike):
        return None
    path = os.fsdecode(file)
    return path if path.endswith(ending) else path + ending


def save(
    file: Any, arr: Any, allow_pickle: bool = True, *, memory_limit: int | str | None = None, num_threads: Any = None
) -> None:
    """Write an array to a file of NumPy's format ``.npy``.

    Parameters
    ----------
    file : str, path or file object
        Where; ``.npy`` is appended to a path that does not end so. A path is written part by part and replaced when the
        new file is whole, so an array may be computed from the file that it is saved to. For a file object the whole
        array is computed in memory.
    arr : array_like
        Array.
    allow_pickle : bool
        Accepted as in NumPy: lazy arrays hold no objects.
    memory_limit, num_threads
        As in `Array.compute`.

    See Also
    --------
    load, savez, hyperslab.to_npy_stack

    Examples
    --------
    >>> import hyperslab as da
    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "x.npy")
    >>> da.save(path, da.arange(4, chunks=2))
    >>> da.load(path).compute()
    array([0, 1, 2, 3])
    """
    x, path = asarray(arr), _named(file, ".npy")
    if path is None:
        np.save(file, _engine.evaluate(x._expr, memory_limit, num_threads), allow_pickle=False)
    else:
        write_npy(path, x, memory_limit, num_threads)


def to_npy(filename: Any, x: Any, **kwargs: Any) -> None:
    """Write an array to a file of NumPy's format; see `save`.

    Examples
    --------
    >>> import hyperslab as da
    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "x.npy")
    >>> da.to_npy(path, da.arange(4))
    >>> da.from_npy(path, chunks=2).chunks
    ((2, 2),)
    """
    save(filename, x, **kwargs)


def from_npy(filename: Any, chunks: Chunks = "auto") -> Array:
    """Lazy array over a file of NumPy's format, which is mapped.

    Parameters
    ----------
    filename : str or path
        File.
    chunks : int, tuple, dict or str
        As in `from_array`.

    Examples
    --------
    >>> import hyperslab as da
    >>> import numpy as np, os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "x.npy")
    >>> np.save(path, np.eye(2))
    >>> da.from_npy(path).sum().compute()
    np.float64(2.0)
    """
    with open(filename, "rb") as f:
        shape, _, dtype = _header(f)
    _dtypes.native(dtype)
    if 0 in shape or not shape:
        return from_array(np.load(filename, allow_pickle=False), chunks)
    return from_array(np.load(filename, mmap_mode="r", allow_pickle=False), chunks)


def _header(f: Any) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Shape, whether in Fortran order, and dtype of what a file of NumPy's format holds."""
    version = np.lib.format.read_magic(f)
    if version == (1, 0):
        return np.lib.format.read_array_header_1_0(f)
    if version == (2, 0):
        return np.lib.format.read_array_header_2_0(f)
    return np.lib.format._read_array_header(f, version)  # type: ignore[attr-defined,no-any-return]


def load(
    file: Any,
    mmap_mode: str | None = None,
    allow_pickle: bool = False,
    fix_imports: bool = True,
    encoding: str = "ASCII",
    *,
    max_header_size: int = 10000,
    chunks: Chunks = "auto",
) -> Any:
    """Lazy arrays over a file of NumPy's formats ``.npy`` or ``.npz``.

    Parameters
    ----------
    file : str, path or file object
        File. A ``.npy`` at a path is mapped: regions are read as they are needed. A file object is read at once.
    mmap_mode : {None, "r", "c"}
        Accepted as in NumPy: lazy arrays map the file and never write to it.
    allow_pickle, fix_imports, encoding, max_header_size
        As in NumPy, for file objects; lazy arrays hold no objects, so nothing at a path is unpickled.
    chunks : int, tuple, dict or str
        As in `from_array`.

    Returns
    -------
    Array or mapping of str to Array
        For a ``.npz``, the arrays by their names; what is not compressed is mapped, what is compressed is
        decompressed whole each time it is needed.

    Raises
    ------
    ValueError
        If the file is of neither format.
    NotImplementedError
        If it holds objects.

    Examples
    --------
    >>> import hyperslab as da
    >>> import numpy as np, os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "both.npz")
    >>> np.savez(path, x=np.arange(3), y=np.ones(2))
    >>> with da.load(path) as both:
    ...     float(both["x"].sum() + both["y"].sum())
    5.0
    """
    if mmap_mode not in (None, "r", "c"):
        raise NotImplementedError(
            f"load: mmap_mode={mmap_mode!r} is for writing to the file: use numpy.load, then hyperslab.store into it"
        )
    if not isinstance(file, str | bytes | os.PathLike):
        made = np.load(file, None, allow_pickle, fix_imports, encoding, max_header_size=max_header_size)  # type: ignore[arg-type]
        return made if isinstance(made, np.lib.npyio.NpzFile) else from_array(made, chunks)
    with open(file, "rb") as f:
        start = f.read(6)
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return Npz(os.fsdecode(file), chunks)
    if start != b"\x93NUMPY":
        raise ValueError(
            f"load: {os.fsdecode(file)} is no .npy or .npz file; pickles are not loaded: use numpy.load, then "
            "hyperslab.from_array"
        )
    return from_npy(file, chunks)


class Npz(Mapping[str, Array]):
    """The lazy arrays of a ``.npz`` file, by their names. The file is opened when something is asked for.

    Examples
    --------
    >>> import hyperslab as da
    >>> import numpy as np, os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "one.npz")
    >>> np.savez(path, x=np.arange(3))
    >>> list(da.load(path))
    ['x']
    """

    def __init__(self, path: str, chunks: Chunks = "auto") -> None:
        self.path, self._chunks = path, chunks
        with zipfile.ZipFile(path) as z:
            self._members = {i.filename.removesuffix(".npy"): i for i in z.infolist()}

    @property
    def files(self) -> list[str]:
        """The names."""
        return list(self._members)

    def __getitem__(self, key: str) -> Array:
        info = self._members.get(key) or self._members.get(key.removesuffix(".npy"))
        if info is None:
            raise KeyError(f"{key} is not a file in the archive {self.path}")
        with zipfile.ZipFile(self.path) as z, z.open(info) as f:
            shape, fortran, dtype = _header(f)
            begins = f.tell()
        _dtypes.native(dtype)
        if info.compress_type == zipfile.ZIP_STORED and 0 not in shape and shape:
            offset = _begins(self.path, info) + begins
            order: Any = "F" if fortran else "C"
            return from_array(np.memmap(self.path, dtype, "r", offset, shape, order), self._chunks)
        read = _Compressed(self.path, info.filename)
        whole = from_delayed(read, shape, _dtypes.native(dtype))
        return whole if shape == () else whole.rechunk(self._chunks)

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)

    def __enter__(self) -> Npz:
        return self

    def __exit__(self, *args: Any) -> None:
        self.close()

    def close(self) -> None:
        """Accepted as in NumPy: between reads no file is open."""

    def __repr__(self) -> str:
        return f"hyperslab.Npz {self.path!r} with keys: {', '.join(self._members)}"


class _Compressed:
    """A member of a zip file that is decompressed when it is called."""

    def __init__(self, path: str, member: str) -> None:
        self.path, self.member = path, member

    def __call__(self) -> np.ndarray:
        with zipfile.ZipFile(self.path) as z, z.open(self.member) as f:
            made: np.ndarray = np.lib.format.read_array(f, allow_pickle=False)
        return made.astype(made.dtype.newbyteorder("="), copy=False)


#: Bytes of a local header before the name, as the format of zip files says.
_LOCAL_HEADER = 30


def _begins(path: str, info: zipfile.ZipInfo) -> int:
    """Where the data of a member begin in the file."""
    with open(path, "rb") as f:
        f.seek(info.header_offset)
        head = f.read(_LOCAL_HEADER)
    if len(head) != _LOCAL_HEADER or head[:4] != b"PK\x03\x04":
        raise zipfile.BadZipFile(f"Bad magic number for file header of {info.filename} in {path}")
    lengths = int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little")
    return info.header_offset + _LOCAL_HEADER + lengths


def savez(file: Any, *args: Any, allow_pickle: bool = True, **kwds: Any) -> None:
    """Write several arrays to one file of NumPy's format ``.npz``, without compression.

    Parameters
    ----------
    file : str, path or file object
        Where; ``.npz`` is appended to a path that does not end so. A path is replaced when the new file is whole.
    *args, **kwds
        Arrays, each of which is computed in memory as its turn comes; those without a name are called ``arr_0`` and so
        on.
    allow_pickle : bool
        Accepted as in NumPy: lazy arrays hold no objects.

    Examples
    --------
    >>> import hyperslab as da
    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "both.npz")
    >>> da.savez(path, da.arange(3), twice=da.arange(3) * 2)
    >>> sorted(da.load(path))
    ['arr_0', 'twice']
    """
    _save_all(file, args, kwds, zipfile.ZIP_STORED)


def savez_compressed(file: Any, *args: Any, allow_pickle: bool = True, **kwds: Any) -> None:
    """Write several arrays to one compressed file of NumPy's format ``.npz``; see `savez`.

    Examples
    --------
    >>> import hyperslab as da
    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "ones.npz")
    >>> da.savez_compressed(path, x=da.ones(1000))
    >>> os.path.getsize(path) < 1000
    True
    """
    _save_all(file, args, kwds, zipfile.ZIP_DEFLATED)


def _save_all(file: Any, args: tuple[Any, ...], kwds: dict[str, Any], compression: int) -> None:
    arrays = {name: asarray(a) for name, a in kwds.items()}
    for i, a in enumerate(args):
        if f"arr_{i}" in arrays:
            raise ValueError(f"Cannot use un-named variables and keyword arr_{i}")
        arrays[f"arr_{i}"] = asarray(a)
    path = _named(file, ".npz")
    if path is None:
        _write_all(file, arrays, compression)
        return
    with replacing(path) as beside:
        _write_all(beside, arrays, compression)


def _write_all(file: Any, arrays: dict[str, Array], compression: int) -> None:
    with zipfile.ZipFile(file, "w", compression, allowZip64=True) as z:
        for name, a in arrays.items():
            with z.open(f"{name}.npy", "w", force_zip64=True) as f:
                np.lib.format.write_array(f, np.asarray(_engine.evaluate(a._expr)), allow_pickle=False)
