"""TileDB: dense arrays of numbers, one attribute at a time, counted from zero wherever their domains begin."""

from __future__ import annotations

from typing import Any

import numpy as np

from hyperslab import _location


class Attribute:
    """One attribute of an open array, which slices as NumPy's arrays do."""

    def __init__(self, array: Any, name: str) -> None:
        schema = array.schema
        dims = [schema.domain.dim(d) for d in range(schema.domain.ndim)]
        if schema.sparse:
            raise ValueError(f"{array.uri}: sparse arrays of TileDB are not supported: read their cells by TileDB")
        if any(dim.dtype.kind not in "iu" or int(dim.domain[0]) < 0 for dim in dims):
            domains = [tuple(dim.domain) for dim in dims]
            raise NotImplementedError(
                f"{array.uri}: its dimensions are {domains}, where integers of zero and up are read: slice others by "
                "TileDB"
            )
        if schema.attr(name).isnullable:
            raise NotImplementedError(f"{array.uri}: attribute {name!r} may be null: read it by TileDB")
        self.array, self.attribute = array, name
        self.begin = [int(dim.domain[0]) for dim in dims]
        self.shape = tuple(int(dim.domain[1]) - begin + 1 for dim, begin in zip(dims, self.begin, strict=True))
        self.chunks = tuple(max(int(dim.tile or n), 1) for dim, n in zip(dims, self.shape, strict=True))
        self.dtype = np.dtype(schema.attr(name).dtype)
        self.name = f"{array.uri}:{name}" if name else str(array.uri)

    def _place(self, key: Any) -> tuple[Any, ...]:
        parts = key if isinstance(key, tuple) else (key,)
        return tuple(
            slice(k.start + begin, k.stop + begin, k.step) if isinstance(k, slice) else int(k) + begin
            for k, begin in zip(parts, self.begin, strict=True)
        )

    def __getitem__(self, key: Any) -> Any:
        found = self.array.query(attrs=[self.attribute])[self._place(key)]
        return found[self.attribute] if isinstance(found, dict) else found

    def __setitem__(self, key: Any, value: np.ndarray) -> None:
        self.array[self._place(key)] = value


def sole_attribute(array: Any, attribute: str | None) -> str:
    """The attribute of that name; the only one where none is named.

    Raises
    ------
    TypeError
        If there are several, and none is named.
    ValueError
        If there is no such.
    """
    names = [array.schema.attr(i).name for i in range(array.schema.nattr)]
    if attribute is None and len(names) > 1:
        raise TypeError(f"{array.uri}: attribute must be one of {names}")
    if attribute is not None and attribute not in names:
        raise ValueError(f"{array.uri}: there is no attribute {attribute!r}, but {names}")
    return names[0] if attribute is None else attribute


def from_zero(x: Any) -> Any:
    """An array of TileDB as one that counts from zero; anything else as it is."""
    if _location.library(x) != "tiledb" or not hasattr(x, "schema"):
        return x
    return Attribute(x, sole_attribute(x, None))
