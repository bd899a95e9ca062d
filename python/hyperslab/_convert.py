"""From users' objects to expressions."""

from __future__ import annotations

import contextlib
import operator
import uuid
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from hyperslab import _chunks, _dtypes, _location, _locks, _native, _tensorstore, _tiledb, _zarr
from hyperslab._composite import Composite, refuse
from hyperslab._location import library


def is_array(x: Any) -> bool:
    """Whether `x` is a hyperslab array."""
    return isinstance(getattr(x, "_expr", None), _native.Expr)


def is_lazy_source(x: Any) -> bool:
    """Whether `x` slices like an array without being one of NumPy's."""
    return (
        not isinstance(x, np.ndarray | np.generic | Composite)
        and all(hasattr(x, a) for a in ("shape", "dtype", "__getitem__"))
        and not isinstance(x, type)
    )


def expression(
    x: Any, chunks: _chunks.Chunks = "auto", name: str | bool | None = None, lock: Any = None
) -> _native.Expr:
    """The expression that reads `x`, without a copy where there can be one."""
    if is_array(x):
        return x._expr
    if isinstance(x, Composite):
        refuse(x)
    if name is None or name is True:
        return _reading(x, chunks, None, lock)
    if name is False:
        return _reading(x, chunks, None, lock).named(f"array-{uuid.uuid4().hex}")
    if not isinstance(name, str):
        raise TypeError(f"name={name!r}: a name is a string, or a bool")
    return _reading(x, chunks, name, lock).named(name)


def _reading(x: Any, chunks: _chunks.Chunks, name: str | None, lock: Any) -> _native.Expr:
    if is_lazy_source(x):
        return _from_object(x, chunks, name, lock)
    array = np.asanyarray(x)
    if np.ma.is_masked(array):
        refuse(array)
    array = np.asarray(array)
    _dtypes.native(array.dtype)
    if array.ndim == 0 and name is None:
        return constant(array)
    if not array.dtype.isnative or not array.flags.aligned:
        # Regions are converted as they are read.
        return _from_object(array, chunks, name or "numpy", lock)
    return from_memory(array, _chunks.spec(chunks, array.shape))


def from_memory(array: np.ndarray, spec: _chunks.Spec) -> _native.Expr:
    """The expression that reads a NumPy array of a native dtype where it lies."""
    files = [] if array.base is None else _location.mapped_files(array)
    return _native.from_numpy(array, spec, files)


def constant(value: Any, dtype: DTypeLike | None = None, shape: tuple[int, ...] = (), chunks: Any = "auto") -> Any:
    """The expression of one value everywhere."""
    scalar = np.asarray(value)
    wanted = np.dtype(scalar.dtype if dtype is None else dtype)
    if _dtypes.is_opaque(wanted):
        scalar = scalar.astype(wanted)
        spread = np.broadcast_to(scalar.astype(_dtypes.native(scalar.dtype)), shape)
        return from_memory(spread, _chunks.spec(chunks, shape))
    wanted = _dtypes.native(wanted)
    if scalar.dtype != wanted:
        if np.can_cast(scalar.dtype, wanted):  # Nothing to be told of: an error state takes longer than the cast.
            scalar = scalar.astype(wanted)
        else:
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


def native_chunks(x: Any, written: bool = False) -> list[int] | None:
    """Chunks of the storage below an object, when it says so; of one that is written, what one writer must write."""
    chunks = (getattr(x, "shards", None) if written else None) or getattr(x, "chunkshape", None)
    chunks = chunks or getattr(x, "chunks", None) or _tensorstore.chunks(x, written)
    if chunks is None and library(x) == "netCDF4" and isinstance(sizes := x.chunking(), list):
        chunks = sizes
    if not isinstance(chunks, tuple | list) or len(chunks) != len(x.shape):
        return None
    return [int(c) for c in chunks] if all(hasattr(c, "__index__") and c > 0 for c in chunks) else None


def describe(x: Any, name: str | None = None) -> str:
    """Short name of an object, for plans and errors."""
    own = name or getattr(x, "name", None) or getattr(x, "_v_pathname", None)
    kind = library(x) if library(x) in ("h5py", "zarr", "tables", "blosc2", "numpy") else type(x).__name__
    return f"{kind}:{own}" if isinstance(own, str) and own and own != kind else kind


def described(
    x: Any, shape: list[int], dtype: str, lock: Any, name: str | None, part: bool, detour: str | None = None
) -> dict[str, Any]:
    """What the native half must know of an object; `part` says that it is written, maybe in parts of chunks.

    `detour` is why it goes through its library although the native half knows its format.
    """
    kind, where = library(x), _location.whereabouts(x)
    chunks = native_chunks(x, part) if hasattr(x, "shape") else None
    return {
        "value": x,
        "shape": shape,
        "dtype": dtype,
        "lock": lock,
        "part_lock": _locks.of_parts(where) if part and kind == "zarr" and isinstance(where, list) else None,
        "chunks": chunks,
        "batched": kind == "zarr",
        "bare": kind == "tables",
        "name": describe(x, name),
        "detour": detour,
        "whereabouts": where,
    }


def from_zero(x: Any) -> Any:
    """The same elements, counted from zero, of arrays that may be counted otherwise."""
    return _tiledb.from_zero(_tensorstore.from_zero(x))


def _from_object(x: Any, chunks: _chunks.Chunks, name: str | None, lock: Any) -> _native.Expr:
    x = from_zero(x)
    with _locks.of_library(library(x)) or contextlib.nullcontext():
        shape = _said_shape(x)
        spec = _chunks.spec(chunks, shape)
        fast, detour = _native_source(x, spec, name) if lock in (None, False) else (None, None)
        if fast is not None:
            return fast
        dtype = _dtypes.name(_answered_dtype(x))
        held = _locks.chosen(lock, library(x))
        return _native.from_object(described(x, shape, dtype, held, name, False, detour), spec)


def _said_shape(x: Any) -> list[int]:
    """The shape that an object says it has, when that is one."""
    said = x.shape
    try:
        shape = [operator.index(n) if hasattr(n, "__index__") else int(n) for n in said]
        sound = all(0 <= n < 1 << 63 for n in shape)
    except (TypeError, ValueError, OverflowError):
        sound = False
    if not sound:
        raise ValueError(f"{describe(x)} says that its shape is {said!r}, which is no shape of an array")
    return shape


def said_dtype(x: Any) -> Any:
    """The dtype of an object; libraries whose dtypes are their own name NumPy's beside them."""
    return getattr(x.dtype, "numpy_dtype", x.dtype)


def _answered_dtype(x: Any) -> Any:
    """Dtype of what an object answers: netCDF4 unpacks values, and then says the dtype of the packed ones."""
    if library(x) != "netCDF4" or not getattr(x, "scale", False):
        return said_dtype(x)
    packed = np.dtype(x.dtype)
    attributes = set(x.ncattrs())
    if str(getattr(x, "_Unsigned", "")).lower() == "true" and "_Unsigned" in attributes and packed.kind == "i":
        packed = np.dtype(f"u{packed.itemsize}")
    factors = [np.asarray(x.getncattr(a)).dtype for a in ("scale_factor", "add_offset") if a in attributes]
    return x[(slice(0, 1),) * len(x.shape)].dtype if factors and 0 not in x.shape else np.result_type(packed, *factors)


def _native_source(x: Any, spec: _chunks.Spec, name: str | None) -> tuple[_native.Expr | None, str | None]:
    """The expression that reads an object past its library, or ``None`` and why that is not so where it is known."""
    kind = library(x)
    if kind == "h5py":
        return _hdf5_source(x, spec), None
    return _zarr_source(x, spec, name) if kind == "zarr" else (None, None)


def _hdf5_source(x: Any, spec: _chunks.Spec) -> _native.Expr | None:
    """The expression that reads an h5py dataset past the library's lock, when its layout is one we decode."""
    from hyperslab import _hdf5

    layout = _hdf5.native_layout(x)
    if layout is None:
        return None
    try:
        return _native.from_hdf5(layout, spec)
    except NotImplementedError:
        return None  # The library reads what the native road refuses.


def _zarr_source(x: Any, spec: _chunks.Spec, name: str | None) -> tuple[_native.Expr | None, str | None]:
    """The expression that reads a Zarr array in a folder, or ``None`` and why zarr-python must."""
    place, detour = _zarr.native_place(x, describe(x, name))
    if place is None:
        return None, detour
    try:
        return _native.from_zarr(x, place, spec), None
    except (NotImplementedError, OSError, ValueError) as error:
        return None, _zarr.why(error)
