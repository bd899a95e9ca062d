"""Storing arrays: into anything with ``__setitem__``, HDF5 and Zarr."""

from __future__ import annotations

import os
import shutil
import threading
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hyperslab import _convert, _dtypes, _engine, _keywords, _location, _locks, _native, _zarr
from hyperslab._array import Array
from hyperslab._chunks import Chunks
from hyperslab._creation import asarray, from_array


class Stored:
    """A store that waits for its computation; see `store` with ``compute=False``."""

    def __init__(self, pairs: list[_engine.Pair], targets: list[Any]) -> None:
        self.pairs = pairs
        self.targets = targets

    def compute(self, *, memory_limit: int | str | None = None, num_threads: int | None = None) -> None:
        """Store everything, in one computation."""
        _engine.run(self.pairs, memory_limit, num_threads)

    def __repr__(self) -> str:
        return f"hyperslab.Stored<{len(self.pairs)} arrays>"


@_keywords.accepts("flush")
@_keywords.scheduled
def store(
    sources: Any,
    targets: Any,
    lock: Any = True,
    regions: Any = None,
    compute: bool = True,
    return_stored: bool = False,
    load_stored: bool | None = None,
    *,
    memory_limit: int | str | None = None,
    num_threads: int | None = None,
) -> Any:
    """Store arrays into targets, all in one computation.

    Parameters
    ----------
    sources : Array or list of Array
        What to store.
    targets : array_like or list of array_like
        Where: h5py, Zarr, PyTables, blosc2 or NumPy arrays, or anything with ``__setitem__``. Values are cast to the
        dtype of the target. One that is also read is written when its result is whole, as by NumPy's assignment;
        that result is held in memory, unless each element depends on itself alone.
    lock : bool or lock
        A lock to hold while a target is written; ``True`` makes one for all targets, ``False`` lets several threads
        write, each chunk or shard by one at a time. Libraries that are not thread-safe keep their own lock besides.
    regions : tuple of slices or list of them, optional
        Part of the target that each source goes to.
    compute : bool
        Whether to store now; if not, an object with ``compute()`` is returned.
    return_stored : bool
        Whether to return lazy arrays over the targets.
    load_stored : bool, optional
        Whether these hold their values in memory instead of reading the targets.
    memory_limit, num_threads
        As in `hyperslab.compute`.

    Returns
    -------
    None, Stored or list of Array

    Raises
    ------
    ValueError
        If a target or its region has another shape than its source; nothing is written then.

    Examples
    --------
    >>> import hyperslab as da
    >>> import numpy as np
    >>> out = np.zeros(4)
    >>> da.store(da.arange(4, chunks=2) * 2, out)
    >>> out
    array([0., 2., 4., 6.])
    """
    single = not isinstance(sources, list | tuple)
    arrays = [asarray(s) for s in ([sources] if single else sources)]
    places = [targets] if single else list(targets)
    if len(arrays) != len(places):
        raise ValueError(f"Different number of sources [{len(arrays)}] and targets [{len(places)}]")
    parts = regions if isinstance(regions, list) else [regions] * len(arrays)
    if len(parts) != len(arrays):
        raise ValueError(f"Different number of sources [{len(arrays)}] and regions [{len(parts)}]")
    guard = _Guard() if lock is True else lock
    pairs = [_pair(a, t, r, guard) for a, t, r in zip(arrays, places, parts)]
    stored = Stored(pairs, places)
    if compute:
        stored.compute(memory_limit=memory_limit, num_threads=num_threads)
    elif not return_stored:
        return stored
    if return_stored:
        if not compute:
            raise NotImplementedError("return_stored=True with compute=False: compute the store, then use from_array")
        loaded = [from_array(t) if r is None else from_array(t)[r] for t, r in zip(places, parts)]
        if load_stored:
            loaded = [x.persist(memory_limit=memory_limit, num_threads=num_threads) for x in loaded]
        return loaded[0] if single else loaded
    return None


class _Guard:
    """The lock that ``lock=True`` asks for: one for all targets, but those that need none."""

    def __init__(self) -> None:
        lock = threading.Lock()
        self.acquire, self.release = lock.acquire, lock.release


def _pair(array: Array, target: Any, region: Any, lock: Any) -> _engine.Pair:
    if isinstance(target, Array):
        raise ValueError("a lazy array is no target: store into a NumPy, h5py, Zarr, PyTables or blosc2 array")
    if not hasattr(target, "__setitem__"):
        raise TypeError(f"store: a {type(target).__name__} has no __setitem__ and cannot be stored into")
    shape = getattr(target, "shape", None)
    expr, corner = array._expr, None
    grows = _growing(target)
    if region is None and shape is not None and any(g and n == 0 for g, n in zip(grows, shape)):
        shape = tuple(m if g and n == 0 else n for g, n, m in zip(grows, shape, array.shape))
    if region is not None:
        ends = [None if g else n for g, n in zip(grows, shape or ())] if any(grows) else shape
        expr, corner = _placed(array, region, ends)
        reach = [start + n for start, n in corner]
        shape = (
            reach
            if shape is None
            else [max(n, r) if g else n for n, r, g in zip(shape, reach, grows or [False] * len(reach))]
        )
    elif shape is not None and tuple(shape) != array.shape:
        raise ValueError(
            f"store: a source of shape {array.shape} does not fit the target {_convert.describe(target)} of shape "
            f"{tuple(int(n) for n in shape)}"
        )
    shape = array.shape if shape is None else tuple(int(n) for n in shape)
    return expr, _place(expr, target, shape, corner, lock), corner


def _growing(target: Any) -> list[bool]:
    """For each axis of a netCDF4 variable, whether assignment beyond its end makes it longer."""
    return [d.isunlimited() for d in target.get_dims()] if _location.library(target) == "netCDF4" else []


def _placed(array: Array, region: Any, shape: Any) -> tuple[_native.Expr, list[tuple[int, int]]]:
    """The source with the dimensions of the target, and `(start, length)` for each."""
    items = list(region) if isinstance(region, tuple) else [region]
    lengths = iter(array.shape)
    if shape is not None:
        if sum(i is Ellipsis for i in items) > 1 or len([i for i in items if i is not Ellipsis]) > len(shape):
            raise ValueError(f"store: region {region} has too many items for a target of shape {tuple(shape)}")
        at = next((k for k, i in enumerate(items) if i is Ellipsis), len(items))
        rest = [slice(None)] * (len(shape) - len(items) + (at < len(items)))
        items[at : at + 1] = rest
    ends = list(shape) if shape is not None else [None] * len(items)
    corner: list[tuple[int, int]] = []
    index: list[slice | None] = []
    for item, end in zip(items, ends):
        if isinstance(item, slice):
            given = item.start or 0, item.stop, item.step or 1
            start, stop, step = given if end is None else item.indices(int(end))
            if min(start, stop or 0) < 0:
                raise IndexError(f"store: region {region} counts from an end that is not known")
            if step != 1:
                raise NotImplementedError(f"store: region {region} has a step: store into a region without one")
            if stop is None:
                stop = start + next(lengths, 0)
            corner.append((start, max(stop - start, 0)))
            index.append(slice(None))
        else:
            i = int(item.__index__())
            if end is not None and not -end <= i < end:
                raise IndexError(f"store: region {region} is out of bounds for a target of shape {tuple(shape)}")
            corner.append((i % end if end else i, 1))
            index.append(None)
    kept = tuple(n for (_, n), i in zip(corner, index) if i is not None)
    if kept != array.shape:
        raise ValueError(f"store: a source of shape {array.shape} does not fit the region {region} of shape {kept}")
    return array._expr.index(tuple(index)), corner


def _place(expr: _native.Expr, target: Any, shape: tuple[int, ...], corner: Any, lock: Any) -> Any:
    """What the native half writes to."""
    if type(target) in (np.ndarray, np.memmap) and target.dtype.isnative and target.flags.aligned:
        if not target.flags.writeable:
            raise ValueError("assignment destination is read-only")
        files = _location.mapped_files(target)
        if corner is None and target.flags.c_contiguous and target.dtype.name == expr.dtype:
            return target, files
        return _native.numpy_sink(target, files)
    kind = _location.library(target)
    sink, detour = _zarr_sink(target) if kind == "zarr" and (not lock or isinstance(lock, _Guard)) else (None, None)
    if sink is not None:
        return sink
    written, dtype = _written(target, expr.dtype)
    described = _convert.described(target, list(shape), dtype, _locks.chosen(lock or None, kind), None, True, detour)
    described["value"] = written
    filters = _hdf5_filters(target)
    if filters is not None:
        return _native.hdf5_sink(described, list(target.chunks), filters)
    return _native.object_sink(described)


class _Packed:
    """A netCDF4 variable that packs what it is given: nan goes there as a masked element, which it has a value for."""

    def __init__(self, variable: Any) -> None:
        self.variable = variable

    def __setitem__(self, key: Any, value: np.ndarray) -> None:
        missing = np.isnan(value) if value.dtype.kind == "f" else None
        if missing is not None and missing.any():
            value = np.ma.array(np.where(missing, 0, value), mask=missing)
        self.variable[key] = value


def _written(target: Any, dtype: str) -> tuple[Any, str]:
    """What values are assigned to, and their dtype: the target's, but where the library packs them."""
    own = getattr(target, "dtype", None)
    if _location.library(target) == "netCDF4" and getattr(target, "scale", False):
        attributes = set(target.ncattrs())
        if attributes & {"scale_factor", "add_offset"}:
            return _Packed(target), dtype
        if "_Unsigned" in attributes and str(target.getncattr("_Unsigned")).lower() == "true":
            own = np.dtype(f"u{np.dtype(own).itemsize}")
    return target, dtype if own is None else _dtypes.name(own)


def _zarr_sink(target: Any) -> tuple[Any, str | None]:
    """What writes a Zarr array in a folder, or ``None`` and why zarr-python must."""
    place, detour = _zarr.native_place(target, _convert.describe(target))
    if place is None:
        return None, detour
    if target.store_path.read_only:
        return None, None  # The library says so in its own words.
    try:
        return _native.zarr_sink(place, _zarr.writes_empty_chunks(target)), None
    except (NotImplementedError, OSError, ValueError) as error:
        return None, _zarr.why(error)


def _hdf5_filters(target: Any) -> list[tuple[str, list[int]]] | None:
    """The pipeline of a dataset, when its chunks can be compressed outside the library's lock."""
    if _location.library(target) != "h5py":
        return None
    from hyperslab import _hdf5

    filters = _hdf5.sink_filters(target)
    return None if filters is None else [(name, list(params)) for name, params in filters]


@_keywords.accepts("scheduler", "num_workers", "optimize_graph")
def to_hdf5(filename: Any, *args: Any, chunks: Any = True, **kwargs: Any) -> None:
    """Store arrays as new datasets of an HDF5 file, all in one computation.

    Parameters
    ----------
    filename : str or path
        File; made if it is not there.
    *args
        A path in the file and an array, or a dict from paths to arrays.
    chunks : bool or tuple of int
        ``True`` takes the chunks of each array; otherwise as h5py's ``create_dataset`` takes it.
    **kwargs
        Other options of ``create_dataset``, ``compression="gzip"`` for example.

    Raises
    ------
    ValueError
        If a dataset exists already; nothing is written then.

    Examples
    --------
    >>> import hyperslab as da
    >>> import h5py, os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "data.h5")
    >>> x = da.arange(10, chunks=5)
    >>> da.to_hdf5(path, {"/x": x, "/y": x + 1}, compression="gzip")
    >>> with h5py.File(path) as f:
    ...     f["y"].chunks, int(f["y"][-1])
    ((5,), 10)
    """
    import h5py

    if len(args) == 1 and isinstance(args[0], Mapping):
        wanted = {str(path): asarray(x) for path, x in args[0].items()}
    elif len(args) == 2:
        wanted = {str(args[0]): asarray(args[1])}
    else:
        raise TypeError("to_hdf5 takes a file name, then a path and an array, or a dict from paths to arrays")
    with h5py.File(filename, mode="a") as f:
        there = [path for path in wanted if path in f]
        if there:
            raise ValueError(
                f"to_hdf5: {', '.join(there)} exists already in {filename}: delete it or choose another name"
            )
        made: list[str] = []
        try:
            targets = []
            for path, x in wanted.items():
                size = _hdf5_chunks(x) if chunks is True else chunks
                targets.append(f.create_dataset(path, shape=x.shape, dtype=x.dtype, chunks=size or None, **kwargs))
                made.append(path)
            store(list(wanted.values()), targets)
        except BaseException:
            for path in made:  # What is half written would be taken for whole.
                del f[path]
            raise


def _hdf5_chunks(x: Array) -> tuple[int, ...] | bool | None:
    """Chunks of a dataset: those of the array, as far as HDF5 can have them."""
    if x.ndim == 0 or x.size == 0:
        return None
    return x.chunksize if np.prod(x.chunksize, dtype=object) * x.itemsize < 2**32 else True


def from_hdf5(filename: Any, datapath: str, chunks: Chunks = "auto") -> Array:
    """Lazy array over a dataset of an HDF5 file, which stays open for reading while the array lives.

    Parameters
    ----------
    filename : str or path
        File.
    datapath : str
        Path of the dataset in the file.
    chunks : int, tuple, dict or str
        As in `from_array`.

    Examples
    --------
    >>> import hyperslab as da
    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "data.h5")
    >>> da.arange(4).to_hdf5(path, "/x")
    >>> int(da.from_hdf5(path, "/x").sum())
    6
    """
    import h5py

    dataset = h5py.File(filename, mode="r")[datapath]
    if not isinstance(dataset, h5py.Dataset):
        raise TypeError(f"{datapath} in {filename} is no dataset")
    return from_array(dataset, chunks)


@_keywords.accepts("scheduler", "num_workers", "optimize_graph")
def to_zarr(
    arr: Any,
    url: Any,
    component: str | None = None,
    overwrite: bool = False,
    region: Sequence[slice] | None = None,
    compute: bool = True,
    **kwargs: Any,
) -> Any:
    """Store an array as a Zarr array.

    Parameters
    ----------
    arr : array_like
        Array; its chunks become those of the Zarr array.
    url : str, path, Zarr store or Zarr array
        Where. An array is stored into as it is.
    component : str, optional
        Path within the store.
    overwrite : bool
        Whether to replace an array that is there.
    region : tuple of slices, optional
        Part of a Zarr array to store into.
    compute : bool
        Whether to store now; if not, an object with ``compute()`` is returned.
    **kwargs
        Other options of ``zarr.create_array``.

    Examples
    --------
    >>> import hyperslab as da
    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "data.zarr")
    >>> da.to_zarr(da.arange(10, chunks=5), path)
    >>> da.from_zarr(path).chunks
    ((5, 5),)
    """
    import zarr

    x = asarray(arr)
    if isinstance(url, zarr.Array):
        return store(x, url, lock=True, regions=region, compute=compute)
    if region is not None:
        raise ValueError("Cannot use `region` keyword when url is not a `zarr.Array`.")
    where = url if hasattr(url, "supports_writes") else str(url)
    options = {
        "name": component,
        "shape": x.shape,
        "dtype": x.dtype,
        "chunks": tuple(max(n, 1) for n in x.chunksize),
        **kwargs,
    }
    return _new_zarr(x, where, options, overwrite, compute)


def _new_zarr(x: Array, where: Any, options: dict[str, Any], overwrite: bool, compute: bool) -> Any:
    """Store into a Zarr array that is made for it; what was there before goes when the new one is whole."""
    import zarr

    root = getattr(where, "root", None) if type(where).__name__ == "LocalStore" else where
    folder = None if root is None or "://" in str(root) else os.path.join(str(root), options["name"] or "")
    if overwrite and compute and folder is not None and os.path.lexists(folder):
        real = os.path.realpath(folder)
        beside = f"{real}.{uuid.uuid4().hex}.partial"
        try:
            store(x, zarr.create_array(beside, **{**options, "name": None}), lock=True)
            shutil.rmtree(real)
            os.rename(beside, real)
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            raise
        return None
    if overwrite:
        local = [_location.file(folder)] if folder is not None else []
        names = local if isinstance(where, str) else _location.zarr_names(where, options["name"] or "")
        if names and _native.reads_from(x._expr, names):
            if not compute:
                raise ValueError("to_zarr: overwrite=True deletes what the array is computed from: store elsewhere")
            x = x.persist()
    target = zarr.create_array(where, overwrite=overwrite, **options)
    try:
        return store(x, target, lock=True, compute=compute)
    except BaseException:
        zarr.core.sync.sync(target.store_path.delete_dir())  # What is half written would be taken for whole.
        raise


@_keywords.accepts("inline_array", "name")
def from_zarr(url: Any, component: str | None = None, chunks: Chunks = None, **kwargs: Any) -> Array:
    """Lazy array over a Zarr array.

    Parameters
    ----------
    url : str, path, Zarr store or Zarr array
        Where it is.
    component : str, optional
        Path within the store.
    chunks : int, tuple, dict or str, optional
        As in `from_array`; the chunks of the Zarr array if not given.
    **kwargs
        Other options of ``zarr.open_array``.
    """
    import zarr

    opened = isinstance(url, zarr.Array)
    array = url if opened else zarr.open_array(url, path=component or "", mode="r", **kwargs)
    return from_array(array, array.chunks if chunks is None else chunks)
