"""Rows of an array as records, which compare element by element, and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from hyperslab import _calls
from hyperslab._array import Array
from hyperslab._deferred import deferrable


def records(x: Array) -> Array:
    """Each item along the first axis as one record, of shape ``(len(x),)``."""
    width = x.size // max(len(x), 1)
    rows = x.reshape(len(x), width)
    dtype = np.dtype([(f"f{i}", x.dtype) for i in range(width)])

    def record(block: np.ndarray) -> Any:
        return np.ascontiguousarray(block).view(dtype).reshape(len(block))

    return _calls.portions("records", record, [(rows, [("along", [0]), _calls.WHOLE])], [x.chunks[0]], dtype)


@deferrable
def items(rows: Array, dtype: np.dtype, shape: tuple[int, ...]) -> Array:
    """Records as items of a shape, the other way round."""
    width = rows.dtype.itemsize // dtype.itemsize

    def item(block: np.ndarray) -> Any:
        return np.ascontiguousarray(block).view(dtype).reshape(len(block), width)

    lines, whole = [rows.chunks[0], (width,)], ["any", "whole"]
    made = _calls.portions("items", item, [(rows, [("along", [0])])], lines, dtype, whole)
    return made.reshape((len(rows), *shape))
