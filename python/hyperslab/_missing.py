"""Names that NumPy and dask.array have and this package has not yet: what to do instead."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any, NoReturn

import numpy as np


def _each(ways: dict[str, str]) -> dict[str, str]:
    return {name: way.replace("{name}", name) for way, names in ways.items() for name in names.split()}


_WAYS = {
    "write to an array in memory, or build the result with hyperslab.where(mask, value, x)": ("put_along_axis"),
    "make the array with NumPy and pass it to hyperslab.from_array": (
        "from_dlpack from_npy_stack from_tiledb frombuffer fromfile fromiter fromregex "
        "fromstring genfromtxt load loadtxt"
    ),
    "store with hyperslab.store, to_hdf5 or to_zarr": ("save savetxt savez savez_compressed to_npy_stack to_tiledb"),
    "there is no graph to work on: plans are optimised when they are computed, see hyperslab.explain": (
        "optimize register_chunk_type"
    ),
}

#: What to do in place of each name.
WAYS = _each(_WAYS)


_ATTRIBUTE_WAYS = {
    "compute first: x.compute().{name}": ("byteswap dump dumps flat getfield newbyteorder tofile view"),
    "a lazy array has no memory to look at: x.compute().{name}": "base ctypes data flags strides",
    "lazy arrays do not change: use hyperslab.where(mask, value, x), or an array in memory": (
        "fill put resize setfield setflags"
    ),
    "there is no graph to look at: plans are shown by x.explain()": "dask visualize",
    "go through dask: x.to_dask().{name}": "to_backend to_dask_dataframe to_svg to_tiledb",
}

_CORE_WAYS = {
    "there is no graph: make arrays with hyperslab.from_array, hyperslab.map_blocks or hyperslab.blockwise": (
        "blockdims_from_blockshape finalize from_func getter getter_inline getter_nofancy graph_from_arraylike"
    ),
    "use hyperslab.core.normalize_chunks with 'auto'": "auto_chunks round_to",
    "make the array with NumPy, or store with hyperslab.store, to_hdf5 or to_zarr": "from_npy_stack to_npy_stack",
}


#: What to do in place of each attribute of an array, and of each name of `hyperslab.core`.
ATTRIBUTE_WAYS, CORE_WAYS = _each(_ATTRIBUTE_WAYS), _each(_CORE_WAYS)


class MissingName(AttributeError, NotImplementedError):
    """A name that is known and not there yet. As an `AttributeError` it leaves `hasattr` working."""


#: Modules of NumPy whose functions stand in a module of ours.
_NUMPYS = {"hyperslab.linalg": np.linalg, "hyperslab.fft": np.fft}


def _way(module: str, name: str) -> str | None:
    """What to do in place of a name that is known."""
    ways = {"hyperslab": WAYS, "hyperslab.core": CORE_WAYS}.get(module, {})
    if name in ways:
        return ways[name]
    numpys = _NUMPYS.get(module)
    if numpys is None or name.startswith("_") or not callable(getattr(numpys, name, None)):
        return None
    return f"compute first and use NumPy: {numpys.__name__}.{name}(x.compute())"


def refuse(module: str, name: str, public: Iterable[str]) -> NoReturn:
    """Raise for a name that a module has not: with the way out if it is known, else with the nearest name."""
    way = _way(module, name)
    if way is not None:
        raise MissingName(f"{module}.{name} is not implemented: {way}", name=name)
    near = [] if name.startswith("_") else difflib.get_close_matches(name, list(public), n=1)
    hint = f": did you mean {near[0]!r}?" if near else ""
    raise AttributeError(f"module {module!r} has no attribute {name!r}{hint}", name=name)


def refuse_attribute(array: Any, name: str) -> NoReturn:
    """Raise for an attribute that arrays have not, with the way out if it is known; Python suggests the nearest."""
    if name in ATTRIBUTE_WAYS:
        raise MissingName(f"Array.{name} is not implemented: {ATTRIBUTE_WAYS[name]}", name=name, obj=array)
    raise AttributeError(f"{type(array).__name__!r} object has no attribute {name!r}", name=name, obj=array)
