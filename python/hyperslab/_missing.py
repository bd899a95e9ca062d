"""Names that NumPy and dask.array have and this package has not yet: what to do instead."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import NoReturn

_WAYS = {
    "compute first and use NumPy: numpy.{name}(x.compute())": (
        "argpartition argsort argwhere common_type flatnonzero intersect1d isin lexsort median "
        "nanmedian nanpercentile nanquantile nonzero partition percentile quantile searchsorted setdiff1d setxor1d "
        "sort sort_complex take_along_axis union1d unique unique_all unique_counts unique_inverse unique_values"
    ),
    "write to an array in memory, or build the result with hyperslab.where(mask, value, x)": (
        "copyto fill_diagonal place put put_along_axis putmask"
    ),
    "make the array with NumPy and pass it to hyperslab.from_array": (
        "from_dlpack from_npy_stack from_tiledb frombuffer fromfile fromiter fromregex "
        "fromstring genfromtxt load loadtxt random"
    ),
    "store with hyperslab.store, to_hdf5 or to_zarr": ("save savetxt savez savez_compressed to_npy_stack to_tiledb"),
    "fill the masked elements first, x.filled(value), and carry the mask as an array of its own": ("ma"),
    "there is no graph to work on: plans are optimised when they are computed, see hyperslab.explain": (
        "optimize register_chunk_type"
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
