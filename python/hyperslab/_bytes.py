"""Elements by their bytes: `Array.view`, `byteswap`, `getfield` and their kin, which NumPy does to blocks."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from hyperslab import _assignment, _calls, _dtypes, _engine
from hyperslab._array import Array
from hyperslab._creation import asarray
from hyperslab._manipulation import broadcast_to


def view(self: Array, dtype: DTypeLike | None = None, order: str = "C") -> Array:
    """The bytes of the elements as elements of another dtype.

    Of a dtype of another size, the last dimension becomes longer or shorter; the first one for ``order="F"``. Assigning
    to the result leaves the array as it is.
    """
    if dtype is None:
        return self.copy()
    if isinstance(dtype, type) and issubclass(dtype, np.ndarray | Array):
        raise NotImplementedError(f"Array.view({dtype.__name__}): lazy arrays have no other class: compute first")
    if order not in ("C", "F"):
        raise ValueError(f"order must be 'C' or 'F', not {order!r}")
    wanted = _dtypes.native(dtype)
    if wanted.itemsize == self.itemsize:
        return _calls.elementwise("view", lambda block: block.view(wanted), [self], wanted)
    if self.ndim == 0:
        raise ValueError("Changing the dtype of a 0d array is only supported if the itemsize is unchanged")
    if order == "F":
        return view(self.T, wanted).T
    return _split(self, wanted) if wanted.itemsize < self.itemsize else _joined(self, wanted)


def _reading(x: Array, lines: list[Any], wanted: np.dtype) -> Array:
    needs: list[_calls.Need] = [("chunks", [d]) for d in range(x.ndim)]

    def call(block: Any, start: Any, part: np.ndarray) -> np.ndarray:
        return np.ascontiguousarray(part).view(wanted)

    return _calls.make("view", "ndarray.view", call, [(x, needs)], lines, wanted)


def _split(x: Array, wanted: np.dtype) -> Array:
    """Each element as several."""
    if x.itemsize % wanted.itemsize:
        raise ValueError(
            "When changing to a smaller dtype, its size must be a divisor of the size of original dtype: "
            f"{x.dtype} as {wanted}"
        )
    times = x.itemsize // wanted.itemsize
    return _reading(x, [*x.chunks[:-1], [n * times for n in x.chunks[-1]]], wanted)


def _joined(x: Array, wanted: np.dtype) -> Array:
    """Several elements as one."""
    if x.shape[-1] * x.itemsize % wanted.itemsize:
        raise ValueError(
            "When changing to a larger dtype, its size must be a divisor of the total size in bytes of the last axis "
            f"of the array: {x.shape[-1]} elements of {x.dtype} as {wanted}"
        )
    if wanted.itemsize % x.itemsize:
        return _joined(_split(x, np.dtype("u1")), wanted)
    times = wanted.itemsize // x.itemsize
    if any(n % times for n in x.chunks[-1]):
        x = _calls.rechunked(x, {x.ndim - 1: max(max(x.chunks[-1]) // times, 1) * times})
    return _reading(x, [*x.chunks[:-1], [n // times for n in x.chunks[-1]]], wanted)


def byteswap(self: Array, inplace: bool = False) -> Array:
    """The elements with their bytes in reverse; in place, the array becomes so."""
    made = _calls.elementwise("byteswap", lambda block: block.byteswap(), [self], self.dtype)
    if inplace:
        self._become(made)
        return self
    return made


def _field(x: Array, dtype: DTypeLike, offset: int) -> np.dtype:
    """The dtype of a field, if the elements have room for it."""
    wanted = _dtypes.native(dtype)
    np.empty(0, x.dtype).getfield(wanted, offset)
    return wanted


def getfield(self: Array, dtype: DTypeLike, offset: int = 0) -> Array:
    """Some of the bytes of each element, as elements of another dtype."""
    wanted = _field(self, dtype, offset)
    return _calls.elementwise("getfield", lambda block: block.getfield(wanted, offset), [self], wanted)


def setfield(self: Array, val: Any, dtype: DTypeLike, offset: int = 0) -> None:
    """Assign to some of the bytes of each element."""
    wanted = _field(self, dtype, offset)
    values = broadcast_to(asarray(val).astype(wanted), self.shape)

    def put(block: np.ndarray, value: np.ndarray) -> np.ndarray:
        made = block.copy()
        made.setfield(value, wanted, offset)
        return made

    self._become(_calls.elementwise("setfield", put, [self, values], self.dtype).rechunk(self.chunks))


def fill(self: Array, value: Any) -> None:
    """Assign one value to all elements."""
    if np.ndim(value):
        raise ValueError(f"fill takes one value, not an array of shape {np.shape(value)}")
    _assignment.setitem(self, ..., value)


def dump(self: Array, file: Any) -> None:
    """Pickle the elements, computed, to a file: `pickle.load` and `numpy.load` give an array of NumPy."""
    np.asarray(_engine.evaluate(self._expr)).dump(file)


def dumps(self: Array) -> bytes:
    """The elements, computed, as a pickle of NumPy's array."""
    return np.asarray(_engine.evaluate(self._expr)).dumps()
