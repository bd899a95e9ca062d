"""Methods of `Array` that are functions of the package: compositions, attached here."""

from __future__ import annotations

import operator
from typing import Any

from hyperslab import (
    _assignment,
    _bytes,
    _choice,
    _diagonals,
    _functions,
    _ops,
    _pieces,
    _raw,
    _repr,
    _sorting,
    _statistics,
    _topk,
    overlap,
)
from hyperslab._array import Array
from hyperslab._deferred import deferrable


def choose(a: Any, choices: Any, out: None = None, mode: str = "raise") -> Array:
    """The element of the choice that each element names."""
    return _choice.choose(a, choices, out, mode)


def compress(a: Any, condition: Any, axis: int | None = None, out: None = None) -> Array:
    """Elements at the positions along an axis where a condition holds."""
    return _choice.compress(condition, a, axis, out)


def sort(
    self: Array,
    axis: int = -1,
    kind: str | None = None,
    order: None = None,
    *,
    stable: Any = None,
    descending: bool = False,
) -> None:
    """Sorts in place: the array becomes its elements in order along an axis."""
    ordered = deferrable(_sorting.sort)(self, operator.index(axis), kind, order, stable=stable, descending=descending)
    self._become(ordered)


def partition(self: Array, kth: Any, axis: int = -1, kind: str = "introselect", order: None = None) -> None:
    """Partitions in place: the array becomes its elements with those at `kth` where sorting puts them."""
    self._become(deferrable(_sorting.partition)(self, kth, operator.index(axis), kind, order))


def tobytes(self: Array, order: str = "C") -> bytes:
    """The elements as bytes, computed."""
    return self.compute().tobytes(order)  # type: ignore[no-any-return]


def to_backend(self: Array, backend: str | None = None, **kwargs: Any) -> Array:
    """The array with blocks of another library, of which there is NumPy alone."""
    if backend not in (None, "numpy"):
        raise NotImplementedError(f"to_backend({backend!r}): blocks are NumPy's; x.to_dask().to_backend({backend!r})")
    return self.copy()


def to_dask_dataframe(self: Array, columns: Any = None, index: Any = None, meta: Any = None) -> Any:
    """The columns as a DataFrame of dask, through an array of dask."""
    return self.to_dask().to_dask_dataframe(columns=columns, index=index, meta=meta)  # type: ignore[attr-defined]


def to_svg(self: Array, size: float = 120) -> str:
    """A drawing of the chunks, in SVG: its longer side is `size` wide."""
    if not 1 <= self.ndim <= 3 or not self.size > 0:
        raise NotImplementedError(f"to_svg draws arrays of one to three dimensions with elements, not {self.shape}")
    return _repr.svg(self, size)


def map_blocks(a: Any, func: Any, *args: Any, **kwargs: Any) -> Array:
    """A function applied to each block."""
    return _functions.map_blocks(func, a, *args, **kwargs)


def map_overlap(a: Any, func: Any, depth: Any, boundary: Any = None, trim: bool = True, **kwargs: Any) -> Array:
    """A function applied to each block together with elements of its neighbours."""
    return overlap.map_overlap(func, a, depth=depth, boundary=boundary, trim=trim, **kwargs)


FUNCTIONS = {
    "argpartition": _sorting.argpartition,
    "argsort": _sorting.argsort,
    "argtopk": _topk.argtopk,
    "choose": choose,
    "compress": compress,
    "diagonal": _diagonals.diagonal,
    "map_blocks": map_blocks,
    "map_overlap": map_overlap,
    "moment": _statistics.moment,
    "repeat": _pieces.repeat,
    "searchsorted": _sorting.searchsorted,
    "shuffle": _pieces.shuffle,
    "tobytes": tobytes,
    "topk": _topk.topk,
    "trace": _diagonals.trace,
}

#: The chunks as an array of arrays, by dask's other name.
Array.partitions = Array.blocks  # type: ignore[method-assign]

for _name, _function in FUNCTIONS.items():
    setattr(Array, _name, _ops._as_method(_name, _function))  # type: ignore[attr-defined]

#: Methods that are no functions of the package.
for _method in (
    *(_bytes.byteswap, _bytes.dump, _bytes.dumps, _bytes.fill, _bytes.getfield, _bytes.setfield, _bytes.view),
    *(_assignment.put, partition, sort, to_backend, to_dask_dataframe, to_svg, tobytes, _raw.tofile),
):
    setattr(Array, _method.__name__, _method)
