"""Locks around libraries that must not be called from several threads, and around chunks with several writers."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any
from weakref import WeakValueDictionary

#: Library -> the lock that all its objects share. Libraries over HDF5 share one: they may share that library too.
SHARED = {
    "tables": "hdf5",
    "netCDF4": "hdf5",
    "pyhdf": "hdf4",
    "blosc2": "blosc2",
    "rasterio": "gdal",
    "osgeo": "gdal",
    "rioxarray": "gdal",
}

_guard = threading.Lock()
_locks: dict[str, Any] = {}
_parts: WeakValueDictionary[str, Any] = WeakValueDictionary()


class Both:
    """Two locks taken as one, in this order."""

    def __init__(self, outer: Any, inner: Any) -> None:
        self.outer, self.inner = outer, inner

    def acquire(self) -> bool:
        """Wait for both."""
        if self.outer.acquire() is False:
            return False
        try:
            taken = self.inner.acquire()
        except BaseException:
            self.outer.release()
            raise
        if taken is False:
            self.outer.release()
            return False
        return True

    def release(self) -> None:
        """Let both go."""
        try:
            self.inner.release()
        finally:
            self.outer.release()


def of_library(name: str) -> Any:
    """The lock of a library that needs one, or ``None``."""
    kind = SHARED.get(name)
    if kind is None:
        return None
    with _guard:
        if kind not in _locks:
            _locks[kind] = _h5py_lock() if kind == "hdf5" else threading.RLock()
        return _locks[kind]


def _h5py_lock() -> Any:
    """The lock inside h5py, which may have the same HDF5 below it."""
    try:
        from h5py._objects import phil
    except ImportError:
        return threading.RLock()
    return phil


def chosen(lock: Any, library: str) -> Any:
    """The lock that guards an object: what the user asks for, inside what its library needs."""
    own = of_library(library)
    if lock is True:
        return own or threading.Lock()
    if lock in (None, False):
        return own
    if not all(hasattr(lock, method) for method in ("acquire", "release")):
        raise TypeError(f"lock={lock!r}: a lock has acquire() and release()")
    return lock if own is None or lock is own else Both(lock, own)


def of_parts(names: Iterable[str]) -> Any:
    """The lock that writers of parts of chunks share, for everything that lies under one name."""
    key = next(iter(names), "")
    with _guard:
        lock = _parts.get(key)
        if lock is None:
            _parts[key] = lock = threading.Lock()
        return lock
