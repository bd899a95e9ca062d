"""Names that NumPy and dask.array have and this package has not yet: what to do instead."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import NoReturn

_WAYS = {
    "compute first and use NumPy: numpy.{name}(x.compute())": (
        "argpartition argsort argtopk argwhere asarray_chkfinite bincount common_type digitize flatnonzero "
        "histogram histogram2d histogram_bin_edges histogramdd interp intersect1d isin lexsort median "
        "nanmedian nanpercentile nanquantile nonzero packbits partition percentile polydiv polyfit quantile "
        "ravel_multi_index real_if_close roots searchsorted setdiff1d setxor1d sort sort_complex "
        "take_along_axis topk trim_zeros union1d unique unique_all unique_counts unique_inverse unique_values "
        "unravel_index"
    ),
    "write to an array in memory, or build the result with hyperslab.where(mask, value, x)": (
        "copyto fill_diagonal place put put_along_axis putmask"
    ),
    "compute the blocks and join them: hyperslab.concatenate(f(b.compute()) for b in x.blocks.ravel())": (
        "apply_along_axis apply_gufunc as_gufunc atop blockwise frompyfunc gufunc map_blocks map_overlap "
        "overlap push reduction unify_chunks vectorize"
    ),
    "make the array with NumPy and pass it to hyperslab.from_array": (
        "from_delayed from_dlpack from_npy_stack from_tiledb frombuffer fromfile fromiter fromregex "
        "fromstring genfromtxt geomspace load loadtxt"
    ),
    "store with hyperslab.store, to_hdf5 or to_zarr": ("save savetxt savez savez_compressed to_npy_stack to_tiledb"),
    "fill the masked elements first, x.filled(value), and carry the mask as an array of its own": ("ma"),
    "there is no graph to work on: plans are optimised when they are computed, see hyperslab.explain": (
        "optimize register_chunk_type shuffle"
    ),
}

#: What to do in place of each name.
WAYS = {name: way.replace("{name}", name) for way, names in _WAYS.items() for name in names.split()}


class MissingName(AttributeError, NotImplementedError):
    """A name that is known and not there yet. As an `AttributeError` it leaves `hasattr` working."""


def refuse(module: str, name: str, public: Iterable[str]) -> NoReturn:
    """Raise for a name that a module has not: with the way out if it is known, else with the nearest name."""
    if name in WAYS and module == "hyperslab":
        raise MissingName(f"{module}.{name} is not implemented: {WAYS[name]}", name=name)
    near = [] if name.startswith("_") else difflib.get_close_matches(name, list(public), n=1)
    hint = f": did you mean {near[0]!r}?" if near else ""
    raise AttributeError(f"module {module!r} has no attribute {name!r}{hint}", name=name)
