"""Storing arrays into anything with ``__setitem__``."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from hyperslab import _convert, _dtypes, _engine, _keywords, _location, _locks, _native, _resume, _zarr
from hyperslab._array import Array
from hyperslab._asarray import asarray, from_array


class Stored:
    """A store that waits for its computation; see `store` with ``compute=False``."""

    def __init__(
        self, pairs: list[_engine.Pair], targets: list[Any], journals: Sequence[str] = (), resumes: bool = False
    ) -> None:
        self.pairs = pairs
        self.targets = targets
        self.journals = journals
        self.resumes = resumes

    def compute(self, *, memory_limit: int | str | None = None, num_threads: int | None = None) -> None:
        """Store everything, in one computation."""
        if not self.resumes:
            self._forget()  # What another store has noted would be believed of this one.
        _engine.run(self.pairs, memory_limit, num_threads)
        self._forget()

    def _forget(self) -> None:
        for path in self.journals:
            _resume.remove(path)

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
    resume: bool | str = False,
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
    resume : bool or str
        Whether to go on where the same store was interrupted, by a process that died say: chunks that it finished are
        neither computed nor written again. For Zarr arrays in folders; they hold a file ``.hyperslab-journal`` until
        they are whole. It is the same store if operations, sources and targets are; a string names it instead, for
        sources that have no name that lasts.
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
    pairs = [pair(a, t, r, guard) for a, t, r in zip(arrays, places, parts)]
    if resume:
        pairs = [_resumed(p, t, resume) for p, t in zip(pairs, places)]
    journals = [path for t in places if (path := _resume.journal_of(t))]
    stored = Stored(pairs, places, journals, bool(resume))
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


def _resumed(given: _engine.Pair, target: Any, resume: bool | str) -> _engine.Pair:
    """What goes on where the same store was interrupted."""
    expr, sink, corner = given
    path = _resume.journal_of(target)
    if path is None:
        raise NotImplementedError(
            f"resume: {_convert.describe(target)} is no Zarr array in a folder: store it by to_zarr or to_hdf5 instead"
        )
    if _native.reads_from(expr, _location.names(target)):
        raise ValueError(
            "resume: what is stored is computed from its target, which is not what it was: store elsewhere"
        )
    work = _resume.work_name(expr, _resume.layout_of(target, corner), resume)
    if _native.is_journal_of(path, work):
        _resume.remove_partial(path.removesuffix(_resume.JOURNAL))
    return expr, _resume.journaled(sink, corner, path, work)[0], corner


class _Guard:
    """The lock that ``lock=True`` asks for: one for all targets, but those that need none."""

    def __init__(self) -> None:
        lock = threading.Lock()
        self.acquire, self.release = lock.acquire, lock.release


def pair(array: Array, target: Any, region: Any = None, lock: Any = None, *, flushing: bool = False) -> _engine.Pair:
    """What the engine is given to store an array; `flushing` has an h5py dataset flushed after each write."""
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
    return expr, _place(expr, target, shape, corner, lock, flushing), corner


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


def _place(expr: _native.Expr, target: Any, shape: tuple[int, ...], corner: Any, lock: Any, flushing: bool) -> Any:
    """What the native half writes to."""
    if type(target) in (np.ndarray, np.memmap) and target.dtype.isnative and target.flags.aligned:
        if not target.flags.writeable:
            raise ValueError("assignment destination is read-only")
        files = _location.mapped_files(target)
        if corner is None and target.flags.c_contiguous and target.dtype.name == expr.dtype:
            return target, files
        return _native.numpy_sink(target, files)
    kind = "zarr" if isinstance(target, Longer) else _location.library(target)
    sink, detour = zarr_sink(target) if kind == "zarr" and (not lock or isinstance(lock, _Guard)) else (None, None)
    if sink is not None:
        return sink
    target = _convert.from_zero(target)
    written, dtype = _written(target, expr.dtype)
    described = _convert.described(target, list(shape), dtype, _locks.chosen(lock or None, kind), None, True, detour)
    described["value"] = _Flushing(written) if flushing else written
    filters = _hdf5_filters(target)
    if filters is not None:
        with contextlib.suppress(NotImplementedError):  # The library compresses then.
            return _native.hdf5_sink(described, list(target.chunks), filters)
    return _native.object_sink(described)


class Longer:
    """A Zarr array as it will be when it is made longer: its chunks are stored before its metadata say so."""

    def __init__(self, array: Any, shape: tuple[int, ...]) -> None:
        self.array, self.shape, self.dtype = array, shape, array.dtype
        self.store_path, self.metadata = array.store_path, array.metadata

    def __setitem__(self, key: Any, value: np.ndarray) -> None:
        raise NotImplementedError("zarr-python stores into arrays as they are: make it longer first")


class _Flushing:
    """An h5py dataset that is in the file after each write. It stands for its own identifier, too."""

    def __init__(self, dataset: Any) -> None:
        self.dataset = dataset

    @property
    def id(self) -> _Flushing:
        """What finished chunks are handed to."""
        return self

    def __setitem__(self, key: Any, value: np.ndarray) -> None:
        self.dataset[key] = value
        self.dataset.flush()

    def write_direct_chunk(self, offset: Any, data: bytes) -> None:
        """Store a chunk that is finished."""
        self.dataset.id.write_direct_chunk(offset, data)
        self.dataset.flush()


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
    own = _convert.said_dtype(target) if hasattr(target, "dtype") else None
    if _location.library(target) == "netCDF4" and getattr(target, "scale", False):
        attributes = set(target.ncattrs())
        if attributes & {"scale_factor", "add_offset"}:
            return _Packed(target), dtype
        if "_Unsigned" in attributes and str(target.getncattr("_Unsigned")).lower() == "true":
            own = np.dtype(f"u{np.dtype(own).itemsize}")
    return target, dtype if own is None else _dtypes.name(own)


def zarr_sink(target: Any) -> tuple[Any, str | None]:
    """What writes a Zarr array in a folder, or ``None`` and why zarr-python must."""
    array = target.array if isinstance(target, Longer) else target
    place, detour = _zarr.native_place(array, _convert.describe(array))
    if place is None:
        return None, detour
    if array.store_path.read_only:
        return None, None  # The library says so in its own words.
    if isinstance(target, Longer):
        metadata = json.loads(place["metadata"])
        place["metadata"] = json.dumps({**metadata, "shape": list(target.shape)}).encode()
    try:
        return _native.zarr_sink(place, _zarr.writes_empty_chunks(array)), None
    except (NotImplementedError, OSError, ValueError) as error:
        return None, _zarr.why(error)


def _hdf5_filters(target: Any) -> list[tuple[str, list[int]]] | None:
    """The pipeline of a dataset, when its chunks can be compressed outside the library's lock."""
    if _location.library(target) != "h5py":
        return None
    from hyperslab import _hdf5

    filters = _hdf5.sink_filters(target)
    return None if filters is None else [(name, list(params)) for name, params in filters]
