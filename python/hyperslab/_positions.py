"""Positions in an array as one number and as one number per axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from hyperslab import _calls
from hyperslab._array import Array
from hyperslab._convert import is_array
from hyperslab._creation import asarray


def unravel_index(indices: Any, shape: int | Sequence[int], order: str = "C") -> tuple[Array, ...]:
    """The position along each axis, of positions in the flattened array.

    Parameters
    ----------
    indices : array_like of int
        Positions in an array of that shape, flattened.
    shape : int or tuple of int
        The shape.
    order : {"C", "F"}
        How it was flattened.

    Raises
    ------
    ValueError
        When computed, if a position is not in the array.

    Examples
    --------
    >>> import hyperslab as da
    >>> rows, columns = da.unravel_index(da.array([5, 2]), (2, 3))
    >>> rows.compute(), columns.compute()
    (array([1, 0]), array([2, 2]))
    """
    a = asarray(indices)
    known = np.unravel_index(np.zeros([min(n, 1) for n in a.shape], a.dtype), shape, order)  # type: ignore[call-overload]

    def along(k: int) -> Array:
        def position(block: np.ndarray) -> Any:
            return np.unravel_index(block, shape, order)[k]  # type: ignore[call-overload]

        return _calls.elementwise("unravel_index", position, [a], np.intp)

    return tuple(along(k) for k, _ in enumerate(known))


def ravel_multi_index(multi_index: Any, dims: int | Sequence[int], mode: Any = "raise", order: str = "C") -> Array:
    """Positions in the flattened array, of positions along each axis.

    Parameters
    ----------
    multi_index : sequence of array_like of int
        Positions along each axis; they are broadcast.
    dims : int or tuple of int
        Shape of the array.
    mode : {"raise", "wrap", "clip"} or tuple of them
        What becomes of positions that are not in the array.
    order : {"C", "F"}
        How it is flattened.

    Raises
    ------
    ValueError
        When computed, if a position is not in the array and `mode` is ``"raise"``.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.ravel_multi_index((da.array([1, 0]), da.array([2, 2])), (2, 3)).compute()
    array([5, 2])
    """
    arrays = list(multi_index) if is_array(multi_index) else [asarray(m) for m in multi_index]
    empty = tuple(np.zeros(0, a.dtype) for a in arrays)
    np.ravel_multi_index(empty, dims, mode, order)  # type: ignore[call-overload]

    def position(*blocks: np.ndarray) -> Any:
        return np.ravel_multi_index(blocks, dims, mode, order)  # type: ignore[call-overload]

    return _calls.elementwise("ravel_multi_index", position, arrays, np.intp)
