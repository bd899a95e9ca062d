"""What tensorstore's arrays say of themselves, for N5, Zarr, neuroglancer's volumes and whatever else it opens."""

from __future__ import annotations

from typing import Any


def from_zero(x: Any) -> Any:
    """The same elements, counted from zero: slices of such arrays keep the positions that they had in the whole."""
    origin = getattr(getattr(x, "domain", None), "origin", ())
    return x.translate_to[0] if hasattr(x, "translate_to") and any(origin) else x


def chunks(x: Any, written: bool) -> list[int] | None:
    """Chunks of the storage, as far as the layout says them; of one that is written, what one writer must write."""
    layout = getattr(x, "chunk_layout", None)
    grid = getattr(layout, "write_chunk" if written else "read_chunk", None)
    sizes = getattr(grid, "shape", None)
    if not sizes or len(sizes) != len(x.shape) or not any(sizes):
        return None
    return [max(int(c or n), 1) for c, n in zip(sizes, x.shape, strict=True)]
