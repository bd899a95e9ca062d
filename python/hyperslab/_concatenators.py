"""``r_`` and ``c_``: arrays joined by indexing."""

from __future__ import annotations

from typing import Any

import numpy as np

from hyperslab._array import Array
from hyperslab._asarray import array
from hyperslab._creation import arange, linspace
from hyperslab._join import concatenate


class _Joined:
    """Joins what it is indexed with along an axis, as NumPy's object of the same name does."""

    def __init__(self, axis: int, ndmin: int, trans1d: int) -> None:
        self._settings = axis, ndmin, trans1d

    def __getitem__(self, key: Any) -> Array:
        if isinstance(key, str):
            raise NotImplementedError(
                "r_ and c_ of a string make a matrix, which lazy arrays are not: use hyperslab.block"
            )
        axis, ndmin, trans1d = self._settings
        items = key if isinstance(key, tuple) else (key,)
        if items and isinstance(items[0], str):
            axis, ndmin, trans1d = self._directive(items[0])
            items = items[1:]
        parts, kinds = [], []
        for item in items:
            if isinstance(item, str):
                raise ValueError("special directives must be the first entry.")
            scalar = type(item) in np.ScalarType
            parts.append(item if scalar else _part(item, ndmin, trans1d))
            kinds.append(item if scalar else parts[-1].dtype)
        if not parts:
            raise ValueError("need at least one array to concatenate")
        # Scalars do not widen the dtype of arrays.
        dtype = np.result_type(*kinds)
        return concatenate([array(part, dtype=dtype, ndmin=ndmin) for part in parts], axis=axis)

    def _directive(self, text: str) -> tuple[int, int, int]:
        axis, ndmin, trans1d = self._settings
        if text in ("r", "c"):
            raise NotImplementedError(
                f"r_[{text!r}, ...] makes a matrix, which lazy arrays are not: use r_[...][None] or [:, None]"
            )
        try:
            numbers = [int(n) for n in text.split(",")][:3]
        except ValueError as error:
            raise ValueError(f"unknown special directive {text!r}") from error
        return (*numbers, *(axis, ndmin, trans1d)[len(numbers) :])  # type: ignore[return-value]

    def __len__(self) -> int:
        return 0


def _part(item: Any, ndmin: int, trans1d: int) -> Array:
    """A slice or an array with as many dimensions as it has to have."""
    if isinstance(item, slice):
        line = _line(item)
        made = array(line, ndmin=ndmin)
        return made.swapaxes(-1, trans1d) if ndmin > 1 and trans1d != -1 else made
    made = array(item)
    missing = ndmin - made.ndim
    made = array(made, ndmin=ndmin)
    if trans1d == -1 or missing <= 0:
        return made
    first = trans1d + missing + 1 if trans1d < 0 else trans1d
    axes = list(range(ndmin))
    return made.transpose(axes[:first] + axes[missing:] + axes[first:missing])


def _line(item: slice) -> Array:
    """The numbers that a slice stands for; a complex step counts them."""
    start = 0 if item.start is None else item.start
    step = 1 if item.step is None else item.step
    if isinstance(step, complex | np.complexfloating):
        return linspace(start, item.stop, int(abs(complex(step))))
    return arange(start, item.stop, step)


#: Joins along the first axis: ``r_[0:3, 5, x]``.
r_ = _Joined(0, 1, -1)

#: Joins 1-d arrays as columns: ``c_[x, y]``.
c_ = _Joined(-1, 2, 0)
