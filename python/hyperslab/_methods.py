"""Methods of `Array` that are functions of the package: compositions, attached here."""

from __future__ import annotations

from typing import Any

from hyperslab import _choice, _diagonals, _functions, _ops, _pieces, _statistics, _topk, overlap
from hyperslab._array import Array


def choose(a: Any, choices: Any, out: None = None, mode: str = "raise") -> Array:
    """The element of the choice that each element names."""
    return _choice.choose(a, choices, out, mode)


def compress(a: Any, condition: Any, axis: int | None = None, out: None = None) -> Array:
    """Elements at the positions along an axis where a condition holds."""
    return _choice.compress(condition, a, axis, out)


def tobytes(a: Any, order: str = "C") -> bytes:
    """The elements as bytes, computed."""
    return a.compute().tobytes(order)  # type: ignore[no-any-return]


def map_blocks(a: Any, func: Any, *args: Any, **kwargs: Any) -> Array:
    """A function applied to each block."""
    return _functions.map_blocks(func, a, *args, **kwargs)


def map_overlap(a: Any, func: Any, depth: Any, boundary: Any = None, trim: bool = True, **kwargs: Any) -> Array:
    """A function applied to each block together with elements of its neighbours."""
    return overlap.map_overlap(func, a, depth=depth, boundary=boundary, trim=trim, **kwargs)


def compute_chunk_sizes(a: Any) -> Array:
    """The array itself: sizes of chunks are always known."""
    return a  # type: ignore[no-any-return]


FUNCTIONS = {
    "argtopk": _topk.argtopk,
    "choose": choose,
    "compress": compress,
    "compute_chunk_sizes": compute_chunk_sizes,
    "diagonal": _diagonals.diagonal,
    "map_blocks": map_blocks,
    "map_overlap": map_overlap,
    "moment": _statistics.moment,
    "repeat": _pieces.repeat,
    "shuffle": _pieces.shuffle,
    "tobytes": tobytes,
    "topk": _topk.topk,
    "trace": _diagonals.trace,
}

#: The chunks as an array of arrays, by dask's other name.
Array.partitions = Array.blocks  # type: ignore[method-assign]

for _name, _function in FUNCTIONS.items():
    setattr(Array, _name, _ops._as_method(_name, _function))  # type: ignore[attr-defined]
