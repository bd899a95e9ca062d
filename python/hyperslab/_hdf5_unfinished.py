"""HDF5 files that are not complete: what a process that dies has stored there can be gone on with.

Such a file is written in HDF5's mode for one writer and many readers, which keeps what is in the file consistent at any
time. Journals beside it name the chunks that are finished.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Mapping
from typing import Any

from hyperslab import _engine, _hdf5, _hdf5_overlay, _hdf5_superblock, _native, _resume, _store
from hyperslab._array import Array

#: Without the library's cache of chunks: what is written is in the file.
_MODE = {"libver": "latest", "rdcc_nbytes": 0}


def partial_path(path: str) -> str:
    """The file that becomes the one at `path`, or part of it."""
    return f"{path}.resume.partial"


def _journal(path: str, number: int) -> str:
    return f"{path}.resume.journal-{number}"


def store(path: str, wanted: Mapping[str, Array], options: Mapping[str, dict[str, Any]], resume: bool | str) -> str:
    """Store arrays in a file of their own, going on with one that is there; the name of that file."""
    partial = partial_path(path)
    works = [
        _resume.work_name(x._expr, f"{path} {name} {sorted(options[name].items(), key=str)}", resume)
        for name, x in wanted.items()
    ]
    chunked = {n: work for n, (work, o) in enumerate(zip(works, options.values())) if o["chunks"] is not None}
    file = _continued(path, chunked, list(wanted)) or _begun(partial, options)
    with _hdf5_overlay.closing(file):
        pairs = [_pair(path, n, w, x, file[name]) for n, (w, (name, x)) in enumerate(zip(works, wanted.items()))]
        _engine.run(pairs)
    return partial


def copy(partial: str, file: Any, names: Iterable[str]) -> None:
    """Copy datasets, with their chunks as they are."""
    import h5py

    with h5py.File(partial, "r") as source:
        for name in names:
            source.copy(source[name], file, name=name)


def forget(path: str, count: int) -> None:
    """Remove the journals of `count` datasets."""
    for number in range(count):
        _resume.remove(_journal(path, number))


def _continued(path: str, works: Mapping[int, bytes], names: list[str]) -> Any:
    """The file that was left unfinished, when it is of the same work."""
    import h5py

    partial = partial_path(path)
    if not os.path.exists(partial) or not works:
        return None
    if not all(_native.is_journal_of(_journal(path, n), work) for n, work in works.items()):
        return None
    with open(partial, "r+b") as raw:
        _hdf5_superblock.adopt(raw.fileno())
    with contextlib.suppress(OSError, KeyError, RuntimeError):  # It died before there was anything.
        file = h5py.File(partial, "r+", **_MODE)
        try:
            for name in names:
                file[name].id.get_space()
            file.swmr_mode = True
        except BaseException:
            file.close()
            raise
        return file
    return None


def _begun(partial: str, options: Mapping[str, dict[str, Any]]) -> Any:
    import h5py

    file = h5py.File(partial, "w", **_MODE)
    try:
        for name, option in options.items():
            file.create_dataset(name, **option)
        file.flush()
        file.swmr_mode = True
    except BaseException:
        file.close()
        os.unlink(partial)
        raise
    return file


def _pair(path: str, number: int, work: bytes, x: Array, dataset: Any) -> _engine.Pair:
    """What stores one array; the places of its journal that the file has chunks for are finished."""
    expr, sink, corner = _store.pair(x, dataset, flushing=True)
    if dataset.chunks is None:  # A few numbers, which are stored again.
        return expr, sink, corner
    present = _hdf5.stored_positions(dataset)
    return expr, _resume.journaled(sink, corner, _journal(path, number), work, present)[0], corner
