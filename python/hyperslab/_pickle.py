"""Lazy arrays in pickles: the plan as bytes, and beside it the objects that the plan refers to."""

from __future__ import annotations

import os
import pickle
import threading
from collections.abc import Callable
from typing import Any

from hyperslab import _convert, _locks, _native
from hyperslab._location import library

#: Drivers of h5py under which a dataset is found again by the name of its file.
_FILE_DRIVERS = frozenset({"sec2", "stdio", "direct"})


def dump(expr: _native.Expr) -> tuple[bytes, list[Any]]:
    """An expression as bytes, with what must be pickled beside them."""
    data, carried = _native.encode(expr)
    kinds: dict[str, Callable[..., Any]] = {"numpy": lambda array: array, "object": _Source, "function": _Function}
    return data, [kinds[kind](*parts) for kind, parts in carried]


def load(kind: type, data: bytes, carried: list[Any]) -> Any:
    """The array of class `kind` that `dump` made bytes of."""
    return kind(_native.decode(data, carried))


def dumped(value: Any, what: str) -> bytes:
    """A pickle of its own, so that what cannot be pickled is named; functions by value where cloudpickle is there."""
    try:
        import cloudpickle
    except ImportError:
        dumps: Any = pickle.dumps
    else:
        dumps = cloudpickle.dumps
    try:
        return bytes(dumps(value, protocol=pickle.HIGHEST_PROTOCOL))
    except Exception as error:
        raise TypeError(
            f"the lazy array cannot be pickled, for {what} cannot: {error}; compute it first, x.compute(), or store it "
            "and read it from the file"
        ) from error


class _Function:
    """A function of a user on blocks, on its way into a pickle."""

    def __init__(self, function: Any) -> None:
        self.function = function

    def __reduce__(self) -> tuple[Any, ...]:
        name = getattr(self.function, "__qualname__", None) or repr(self.function)
        return pickle.loads, (dumped(self.function, f"the function {name}"),)


class _Source:
    """An object that elements are read from, on its way into a pickle."""

    def __init__(self, value: Any, lock: Any, name: str) -> None:
        self.value, self.lock, self.name = value, lock, name

    def __reduce__(self) -> tuple[Any, ...]:
        own = self.name.partition(":")[2] or None
        what = f"its source {self.name} ({type(self.value).__module__}.{type(self.value).__qualname__})"
        lock = dumped(_asked(self.lock, library(self.value)), f"the lock of {what}")
        place = _hdf5_place(self.value)
        if place is not None:
            return _open_hdf5, (*place, lock, own)
        return _read, (dumped(self.value, what), lock, own)


def _asked(lock: Any, library: str) -> Any:
    """What a user asked for who has this lock."""
    if isinstance(lock, _locks.Both):
        lock = lock.outer
    if lock is None or lock is _locks.of_library(library):
        return None
    return True if isinstance(lock, type(threading.Lock())) else lock


def _read(value: bytes, lock: bytes, name: str | None) -> _native.Expr:
    return _convert.expression(pickle.loads(value), "auto", name, pickle.loads(lock))


def _hdf5_place(value: Any) -> tuple[str, str] | None:
    """Path and name of an h5py dataset in a file."""
    if library(value) != "h5py" or getattr(value, "name", None) is None or value.file.driver not in _FILE_DRIVERS:
        return None
    return os.path.abspath(value.file.filename), value.name


def _open_hdf5(path: str, dataset: str, lock: bytes, name: str | None) -> _native.Expr:
    import h5py

    # A file that this process has open for writing cannot be opened for reading besides.
    files = h5py.h5f.get_obj_ids(types=h5py.h5f.OBJ_FILE)
    known = [f for f in files if os.path.abspath(os.fsdecode(f.name)) == path]
    file = h5py.File(known[0]) if known else h5py.File(path, "r")
    return _convert.expression(file[dataset], "auto", name, pickle.loads(lock))
