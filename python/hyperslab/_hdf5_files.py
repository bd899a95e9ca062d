"""Arrays in HDF5 files, by the names of these."""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from hyperslab import _chunks, _hdf5, _hdf5_overlay, _hdf5_unfinished, _keywords, _location, _native, _objects
from hyperslab._array import Array
from hyperslab._asarray import asarray, from_array
from hyperslab._chunks import Chunks
from hyperslab._store import store


@_keywords.accepts("scheduler", "num_workers", "optimize_graph")
def to_hdf5(
    filename: Any,
    *args: Any,
    chunks: Any = True,
    resume: bool | str = False,
    append_axis: int | None = None,
    **kwargs: Any,
) -> None:
    """Store arrays as new datasets of an HDF5 file, all in one computation.

    The file has all of them or none: a new file gets its name when it is whole, and one that was there is as it was
    until all is written, whatever happens to the process meanwhile.

    Parameters
    ----------
    filename : str or path
        File; made if it is not there.
    *args
        A path in the file and an array, or a dict from paths to arrays.
    chunks : bool or tuple of int
        ``True`` takes the chunks of each array; otherwise as h5py's ``create_dataset`` takes it.
    resume : bool or str
        Whether to go on where the same store was interrupted, as in `hyperslab.store`. The arrays are stored in a file
        of their own first, whose name ends in ``.resume.partial``, and which HDF5 1.10 or newer reads.
    append_axis : int, optional
        Add to the end of this axis of datasets that are there, and that were made with a ``maxshape`` which leaves
        room.
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
    if len(args) == 1 and isinstance(args[0], Mapping):
        wanted = {str(path): asarray(x) for path, x in args[0].items()}
    elif len(args) == 2:
        wanted = {str(args[0]): asarray(args[1])}
    else:
        raise TypeError("to_hdf5 takes a file name, then a path and an array, or a dict from paths to arrays")
    if append_axis is not None:
        if resume or kwargs or chunks is not True:
            raise ValueError("to_hdf5: append_axis= takes no resume=, chunks= or options of new datasets")
        _append(filename, wanted, append_axis)
        return
    options = {
        path: {"shape": x.shape, "dtype": x.dtype, "chunks": (_hdf5_chunks(x) if chunks is True else chunks) or None}
        | kwargs
        for path, x in wanted.items()
    }
    if not resume:
        with _added_to(filename) as file:
            _refuse_known(file, wanted, filename)
            targets = [file.create_dataset(path, **o) for path, o in options.items()]
            store(list(wanted.values()), targets)
        return
    path = os.path.abspath(os.fspath(filename))
    if os.path.exists(path):
        import h5py

        with h5py.File(path, "r") as file:
            _refuse_known(file, wanted, filename)
    partial = _hdf5_unfinished.store(path, wanted, options, resume)
    if os.path.exists(path):
        with _hdf5_overlay.extended(path) as file:
            _hdf5_unfinished.copy(partial, file, list(wanted))
        os.unlink(partial)
    else:
        os.rename(partial, path)
    _hdf5_unfinished.forget(path, len(wanted))


def _append(filename: Any, wanted: Mapping[str, Array], axis: int) -> None:
    """Store behind the end of an axis of every dataset."""
    with _hdf5_overlay.extended(os.path.realpath(os.fsdecode(filename))) as file:
        targets, regions, before = [], [], []
        for name, x in wanted.items():
            dataset = file[name]
            if not -dataset.ndim <= axis < dataset.ndim:
                raise np.exceptions.AxisError(axis, dataset.ndim)
            at = axis % dataset.ndim
            if x.ndim != dataset.ndim or any(d != at and x.shape[d] != n for d, n in enumerate(dataset.shape)):
                raise ValueError(
                    f"to_hdf5: an array of shape {x.shape} does not fit {name} of shape {dataset.shape} along axis {at}"
                )
            room = dataset.maxshape[at]
            if dataset.chunks is None or (room is not None and room < dataset.shape[at] + x.shape[at]):
                raise ValueError(
                    f"to_hdf5: {name} of shape {dataset.shape} has no room for {x.shape[at]} more along axis {at}: its "
                    f"maxshape is {dataset.maxshape}"
                )
            start = dataset.shape[at]
            regions.append(tuple(slice(start if d == at else 0, None) for d in range(x.ndim)))
            targets.append(dataset)
            before.append(dataset.shape)
        try:
            for dataset, x in zip(targets, wanted.values()):
                at = axis % dataset.ndim
                dataset.resize(dataset.shape[at] + x.shape[at], axis=at)
            store(list(wanted.values()), targets, regions=regions)
        except BaseException:
            for dataset, shape in zip(targets, before):
                dataset.resize(shape)
            raise


def _refuse_known(file: Any, wanted: Mapping[str, Array], filename: Any) -> None:
    there = [path for path in wanted if path in file]
    if there:
        raise ValueError(f"to_hdf5: {', '.join(there)} exists already in {filename}: delete it or choose another name")


@contextlib.contextmanager
def _added_to(filename: Any) -> Iterator[Any]:
    """An h5py file to add datasets to; what is added is there when the block ends well."""
    import h5py

    if not isinstance(filename, str | bytes | os.PathLike):
        with h5py.File(filename, mode="a") as file:
            yield file
        return
    path = os.path.realpath(os.fsdecode(filename))
    if os.path.exists(path):
        with _hdf5_overlay.extended(path) as file:
            yield file
        return
    partial = f"{path}.{uuid.uuid4().hex}.partial"
    try:
        with _hdf5_overlay.closing(h5py.File(partial, mode="w")) as file:
            yield file
        if os.path.exists(path):
            raise FileExistsError(f"to_hdf5: {path} came to be meanwhile")
        os.rename(partial, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(partial)
        raise


def _hdf5_chunks(x: Array) -> tuple[int, ...] | bool | None:
    """Chunks of a dataset: those of the array, as far as HDF5 can have them."""
    if x.ndim == 0 or x.size == 0:
        return None
    return x.chunksize if np.prod(x.chunksize, dtype=object) * x.itemsize < 2**32 else True


def from_hdf5(
    filename: Any, datapath: str, chunks: Chunks = "auto", storage_options: Mapping[str, Any] | None = None
) -> Array:
    """Lazy array over a dataset of an HDF5 file.

    The file is opened again when it is read, so that arrays of ten thousand files need no ten thousand descriptors; it
    stays open only where `explain` says that h5py reads.

    Parameters
    ----------
    filename : str or path
        File, or a URL that fsspec opens.
    datapath : str
        Path of the dataset in the file.
    chunks : int, tuple, dict or str
        As in `from_array`.
    storage_options : dict, optional
        Options of a URL's file system, as fsspec names them.

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

    filename = _location.plain(filename)
    if isinstance(filename, str) and "://" in filename:
        return _from_url(filename, datapath, chunks, storage_options)
    if storage_options is not None:
        raise ValueError("from_hdf5: storage_options= is for URLs")
    if isinstance(filename, str | bytes | os.PathLike):
        _hdf5_overlay.recover(os.path.realpath(os.fsdecode(filename)))
    dataset = h5py.File(filename, mode="r")[datapath]
    if not isinstance(dataset, h5py.Dataset):
        raise TypeError(f"{datapath} in {filename} is no dataset")
    return from_array(dataset, chunks)


def _from_url(url: str, datapath: str, chunks: Chunks, options: Mapping[str, Any] | None) -> Array:
    """An array of a file that h5py reads through fsspec; its chunks are read natively where that is possible."""
    import fsspec
    import h5py

    with fsspec.open(url, mode="rb", **(options or {})) as opened:
        file = h5py.File(opened, mode="r")
        dataset = file[datapath]
        if not isinstance(dataset, h5py.Dataset):
            raise TypeError(f"{datapath} in {url} is no dataset")
        place, _ = _objects.of_url(url, options)
        layout = None if place is None else _hdf5.object_layout(dataset, url, place)
        if layout is not None:
            with contextlib.suppress(NotImplementedError):
                native = _native.from_hdf5(layout, _chunks.spec(chunks, dataset.shape))
                file.close()
                return Array(native)
    # One that stays open.
    return from_array(h5py.File(fsspec.open(url, mode="rb", **(options or {})).open(), mode="r")[datapath], chunks)
