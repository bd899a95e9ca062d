"""Names that NumPy and dask.array have and this package has not yet: what to do instead."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import NoReturn

_WAYS = {
    "compute first and use NumPy: numpy.{name}(x.compute())": (
        "argtopk asarray_chkfinite bincount digitize histogram "
        "histogram2d histogram_bin_edges histogramdd interp packbits polydiv "
        "polyfit ravel_multi_index real_if_close roots topk trim_zeros "
        "unravel_index"
    ),
    "write to an array in memory, or build the result with hyperslab.where(mask, value, x)": ("put_along_axis"),
    "compute the blocks and join them: hyperslab.concatenate(f(b.compute()) for b in x.blocks.ravel())": (
        "apply_along_axis apply_gufunc as_gufunc atop blockwise frompyfunc gufunc map_blocks map_overlap "
        "overlap push reduction unify_chunks vectorize"
    ),
    "make the array with NumPy and pass it to hyperslab.from_array": (
        "from_delayed from_dlpack from_npy_stack from_tiledb frombuffer fromfile fromiter fromregex "
        "fromstring genfromtxt geomspace load loadtxt random"
    ),
    "store with hyperslab.store, to_hdf5 or to_zarr": ("save savetxt savez savez_compressed to_npy_stack to_tiledb"),
    "fill the masked elements first, x.filled(value), and carry the mask as an array of its own": ("ma"),
    "there is no graph to work on: plans are optimised when they are computed, see hyperslab.explain": (
        "optimize register_chunk_type shuffle"
    ),
}

_LINALG = {
    "compute first: numpy.linalg.{name}(x.compute()), or use eigh and eigvalsh for Hermitian matrices": "eig eigvals",
    "compute first: scipy.linalg.lu(x.compute()), or use hyperslab.linalg.solve, inv or det": "lu",
}


def _by_name(ways: dict[str, str]) -> dict[str, str]:
    return {name: way.replace("{name}", name) for way, names in ways.items() for name in names.split()}


#: What to do in place of each name, by module.
WAYS = {"hyperslab": _by_name(_WAYS), "hyperslab.linalg": _by_name(_LINALG)}


class MissingName(AttributeError, NotImplementedError):
    """A name that is known and not there yet. As an `AttributeError` it leaves `hasattr` working."""


def refuse(module: str, name: str, public: Iterable[str]) -> NoReturn:
    """Raise for a name that a module has not: with the way out if it is known, else with the nearest name."""
    way = WAYS.get(module, {}).get(name)
    if way is not None:
        raise MissingName(f"{module}.{name} is not implemented: {way}", name=name)
    near = [] if name.startswith("_") else difflib.get_close_matches(name, list(public), n=1)
    hint = f": did you mean {near[0]!r}?" if near else ""
    raise AttributeError(f"module {module!r} has no attribute {name!r}{hint}", name=name)
