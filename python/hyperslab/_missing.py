"""Names that NumPy and dask.array have and this package has not yet: what to do instead."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any, NoReturn

import numpy as np


def _each(ways: dict[str, str]) -> dict[str, str]:
    return {name: way.replace("{name}", name) for way, names in ways.items() for name in names.split()}


_WAYS = {
    "there is no graph to work on: plans are optimised when they are computed, see hyperslab.explain": "optimize",
    "there are no kinds of chunks: what computes is native; other arrays go through hyperslab.map_blocks": (
        "register_chunk_type"
    ),
    "there is one kind of expressions, which are always optimised": "array_expr_enabled",
    "lazy arrays are no matrices: use 2-d arrays, hyperslab.block and @": "asmatrix bmat matrix",
    "records are plain arrays here: hyperslab.array(records, dtype) and x['field']; numpy.{name} is in memory": "rec",
    "lazy arrays have no memory to point to: compute first, numpy.{name} takes x.compute()": "ctypeslib",
    "elements are not gone through one by one: compute first, numpy.{name}(x.compute()), or use functions of whole "
    "arrays or hyperslab.map_blocks": "nditer nested_iters",
    "lazy arrays are of class hyperslab.Array; what x.compute() gives is of class numpy.ndarray": "ndarray",
}

_LINALG_WAYS = {
    "there are no lists of blocks to multiply: use hyperslab.matmul, or hyperslab.tensordot": "dotmany",
}

#: What to do in place of each name.
WAYS = _each(_WAYS)


_ATTRIBUTE_WAYS = {
    "compute first: x.compute().{name}": "newbyteorder",
    "a lazy array has no memory to look at: x.compute().{name}": "base ctypes data flags strides",
    "lazy arrays have no memory of their own: hyperslab.resize(x, shape) makes another array": "resize",
    "arrays lie in the memory of the processor, on no other device": "device to_device",
    "lazy arrays have no memory whose use could be restricted": "setflags",
    "there is no graph to look at: plans are shown by x.explain()": "dask visualize",
}

_MA_WAYS = {
    "it tells dask's cache what a masked array of NumPy holds: arrays here have names of their own, x.name": (
        "normalize_masked_array"
    ),
}

_CHAR_WAYS = {
    "arrays of strings are plain arrays: hyperslab.array(strings)": "array asarray chararray",
    "use the operators, or hyperslab.char.equal, less and their like": "compare_chararrays",
}

_CORE_WAYS = {
    "there is no graph: make arrays with hyperslab.from_array, hyperslab.map_blocks or hyperslab.blockwise": (
        "finalize getter getter_inline getter_nofancy graph_from_arraylike"
    ),
    "use hyperslab.core.normalize_chunks with 'auto'": "round_to",
}


#: What to do in place of each attribute of an array, and of each name of `hyperslab.core`.
ATTRIBUTE_WAYS, CORE_WAYS = _each(_ATTRIBUTE_WAYS), _each(_CORE_WAYS)
#: The same of `hyperslab.linalg` and `hyperslab.ma`.
LINALG_WAYS, MA_WAYS = _each(_LINALG_WAYS), _each(_MA_WAYS)


class MissingName(AttributeError, NotImplementedError):
    """A name that is known and not there yet. As an `AttributeError` it leaves `hasattr` working."""


#: Modules of NumPy whose functions stand in a module of ours.
_NUMPYS = {"hyperslab.linalg": np.linalg, "hyperslab.fft": np.fft, "hyperslab.ma": np.ma}


_ALL_WAYS = {
    "hyperslab": WAYS,
    "hyperslab.Array": ATTRIBUTE_WAYS,
    "hyperslab.char": _each(_CHAR_WAYS),
    "hyperslab.core": CORE_WAYS,
    "hyperslab.linalg": LINALG_WAYS,
    "hyperslab.ma": MA_WAYS,
}


def way_out(module: str, name: str) -> str | None:
    """What to do in place of a name that a module, or `Array`, has not, if that is known."""
    return _way(module, name)


def _way(module: str, name: str) -> str | None:
    """What to do in place of a name that is known."""
    ways = _ALL_WAYS.get(module, {})
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
