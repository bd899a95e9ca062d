"""From users' objects to expressions."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from hyperslab import _chunks, _dtypes, _native

#: Readers and writers of PyTables share this: the library is not safe to call from several threads.
TABLES_LOCK = threading.Lock()


def is_array(x: Any) -> bool:
    """Whether `x` is a hyperslab array."""
    return isinstance(getattr(x, "_expr", None), _native.Expr)


def is_lazy_source(x: Any) -> bool:
    """Whether `x` slices like an array without being one of NumPy's."""
    return (
        not isinstance(x, np.ndarray | np.generic)
        and all(hasattr(x, a) for a in ("shape", "dtype", "__getitem__"))
        and not isinstance(x, type)
    )


def expression(x: Any, chunks: _chunks.Chunks = "auto", name: str | None = None, lock: Any = None) -> _native.Expr:
    """The expression that reads `x`, without a copy where there can be one."""
    if is_array(x):
        return x._expr
    if is_lazy_source(x):
        return _from_object(x, chunks, name, lock)
    array = np.asanyarray(x)
    if isinstance(array, np.ma.MaskedArray):
        raise NotImplementedError("masked arrays are not supported: fill them first, x.filled(value)")
    array = np.asarray(array)
    _dtypes.native(array.dtype)
    if array.ndim == 0:
        return constant(array)
    if not array.dtype.isnative or not array.flags.aligned:
        # Regions are converted as they are read.
        return _from_object(array, chunks, name or "numpy", lock)
    return _native.from_numpy(array, _chunks.spec(chunks, array.shape))


def constant(value: Any, dtype: DTypeLike | None = None, shape: tuple[int, ...] = (), chunks: Any = "auto") -> Any:
    """The expression of one value everywhere."""
    scalar = np.asarray(value)
    wanted = _dtypes.native(scalar.dtype if dtype is None else dtype)
    if scalar.dtype != wanted:
        with np.errstate(all="ignore"):
            scalar = scalar.astype(wanted)
    return _native.full(list(shape), _dtypes.name(wanted), scalar.tobytes(), _chunks.spec(chunks, shape))


def operand(x: Any) -> Any:
    """What a ufunc takes: an expression, or a Python number, whose dtype gives way to those of arrays."""
    if is_array(x):
        return x._expr
    if isinstance(x, bool | int | float | complex) and not isinstance(x, np.generic):
        return x
    return expression(x)


def native_chunks(x: Any) -> list[int] | None:
    """Chunks of the storage below an object, when it says so."""
    chunks = getattr(x, "chunkshape", None) or getattr(x, "chunks", None)
    if not isinstance(chunks, tuple | list) or len(chunks) != len(x.shape):
        return None
    return [int(c) for c in chunks] if all(hasattr(c, "__index__") and c > 0 for c in chunks) else None


def library(x: Any) -> str:
    """Name of the library that an object comes from."""
    return type(x).__module__.partition(".")[0]


def describe(x: Any, name: str | None = None) -> str:
    """Short name of an object, for plans and errors."""
    own = name or getattr(x, "name", None) or getattr(x, "_v_pathname", None)
    kind = library(x) if library(x) in ("h5py", "zarr", "tables", "blosc2", "numpy") else type(x).__name__
    return f"{kind}:{own}" if isinstance(own, str) and own and own != kind else kind


def location(x: Any) -> str | tuple[int, int]:
    """Where an object's elements lie: addresses in memory, or a name that those of no other object have."""
    if isinstance(x, np.ndarray):
        return np.lib.array_utils.byte_bounds(x)
    if library(x) == "h5py" and hasattr(x, "id"):
        import h5py

        # Not what h5o says: that measures the chunk index too, which takes its time and crashes where it is damaged.
        info = h5py.h5g.get_objinfo(x.id)
        return f"h5py:{info.fileno}:{info.objno}"
    path = getattr(x, "store_path", None) if library(x) == "zarr" else None
    return f"{library(x)}:{path or id(x)}"


def chosen_lock(x: Any, lock: Any) -> Any:
    """The lock that guards an object: the user's, or the one its library needs, or none."""
    if lock is None and library(x) == "tables":
        return TABLES_LOCK
    if lock is True:
        return TABLES_LOCK if library(x) == "tables" else threading.Lock()
    if lock in (None, False):
        return None
    if not all(hasattr(lock, method) for method in ("acquire", "release")):
        raise TypeError(f"lock={lock!r}: a lock has acquire() and release()")
    return lock


def _from_object(x: Any, chunks: _chunks.Chunks, name: str | None, lock: Any) -> _native.Expr:
    shape = [int(n) for n in x.shape]
    spec = _chunks.spec(chunks, shape)
    dtype = _dtypes.name(x.dtype)
    fast = _hdf5_source(x, spec) if lock in (None, False) else None
    if fast is not None:
        return fast
    return _native.from_object(
        x, shape, dtype, chosen_lock(x, lock), native_chunks(x), describe(x, name), location(x), spec
    )


def _hdf5_source(x: Any, spec: _chunks.Spec) -> _native.Expr | None:
    """The expression that reads an h5py dataset past the library's lock, when its layout is one we decode."""
    if library(x) != "h5py":
        return None
    from hyperslab import _hdf5

    layout = _hdf5.native_layout(x)
    if layout is None:
        return None
    try:
        return _native.from_hdf5(layout, spec)
    except NotImplementedError:
        return None  # The library reads what the native road refuses.
