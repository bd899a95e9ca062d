"""Storing arrays: into anything with ``__setitem__``, HDF5 and Zarr."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hyperslab import _convert, _dtypes, _engine, _native
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


def store(
    sources: Any,
    targets: Any,
    lock: Any = True,
    regions: Any = None,
    compute: bool = True,
    return_stored: bool = False,
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
        A lock to hold while a target is written; ``True`` makes one for all targets.
    regions : tuple of slices or list of them, optional
        Part of the target that each source goes to.
    compute : bool
        Whether to store now; if not, an object with ``compute()`` is returned.
    return_stored : bool
        Whether to return lazy arrays over the targets.
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
    guard = threading.Lock() if lock is True else lock
    pairs = [_pair(a, t, r, guard) for a, t, r in zip(arrays, places, parts)]
    stored = Stored(pairs, places)
    if compute:
        stored.compute(memory_limit=memory_limit, num_threads=num_threads)
    elif not return_stored:
        return stored
    if return_stored:
        if not compute:
            raise NotImplementedError("return_stored=True with compute=False: compute the store, then use from_array")
        loaded = [from_array(t) for t in places]
        return loaded[0] if single else loaded
    return None


def _pair(array: Array, target: Any, region: Any, lock: Any) -> _engine.Pair:
    if isinstance(target, Array):
        raise ValueError("a lazy array is no target: store into a NumPy, h5py, Zarr, PyTables or blosc2 array")
    if not hasattr(target, "__setitem__"):
        raise TypeError(f"store: a {type(target).__name__} has no __setitem__ and cannot be stored into")
    shape = getattr(target, "shape", None)
    expr, corner = array._expr, None
    if region is not None:
        expr, corner = _placed(array, region, shape)
        shape = shape if shape is not None else [start + n for start, n in corner]
    elif shape is not None and tuple(shape) != array.shape:
        raise ValueError(
            f"store: a source of shape {array.shape} does not fit the target {_convert.describe(target)} of shape "
            f"{tuple(int(n) for n in shape)}"
        )
    shape = array.shape if shape is None else tuple(int(n) for n in shape)
    return expr, _place(expr, target, shape, corner, lock), corner


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
            start, stop, step = given if end is None else item.indices(end)
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
        if corner is None and target.flags.c_contiguous and target.dtype.name == expr.dtype:
            return target
        return _native.numpy_sink(target)
    dtype = _dtypes.name(getattr(target, "dtype", expr.dtype))
    guard = _convert.chosen_lock(target, lock or None)
    chunks, name = _convert.native_chunks(target) if hasattr(target, "shape") else None, _convert.describe(target)
    fast = _hdf5_sink(target, guard)
    return fast or _native.object_sink(target, list(shape), dtype, guard, chunks, name, _convert.location(target))


def _hdf5_sink(target: Any, lock: Any) -> _native.Sink | None:
    """The sink that compresses chunks outside the library's lock, when the dataset's filters are ones we have."""
    if _convert.library(target) != "h5py":
        return None
    from hyperslab import _hdf5

    filters = _hdf5.sink_filters(target)
    if filters is None:
        return None
    steps = [(name, list(params)) for name, params in filters]
    dtype = _dtypes.name(target.dtype)
    name, place = _convert.describe(target), _convert.location(target)
    return _native.hdf5_sink(target, dtype, list(target.chunks), steps, lock, name, place)


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
    sizes = tuple(max(n, 1) for n in x.chunksize)
    target = zarr.create_array(
        where, name=component, shape=x.shape, dtype=x.dtype, chunks=sizes, overwrite=overwrite, **kwargs
    )
    return store(x, target, lock=True, compute=compute)


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
