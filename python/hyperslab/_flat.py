"""Arrays element by element: ``x.flat``, `ndenumerate`, and what `broadcast` tells."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from hyperslab import _assignment
from hyperslab._array import Array
from hyperslab._creation import asarray


class flatiter:
    """The elements of an array in C order, as ``x.flat`` gives them.

    Indexing is lazy, ``x.flat[2:4]``; assigning changes the array; iterating computes it.

    Examples
    --------
    >>> import hyperslab as da
    >>> x = da.zeros((2, 3))
    >>> x.flat[4] = 7
    >>> x.compute()
    array([[0., 0., 0.],
           [0., 7., 0.]])
    >>> x.flat[3:].compute()
    array([0., 7., 0.])
    """

    def __init__(self, base: Array) -> None:
        self._base, self._index = base, 0
        self._elements: Any = None

    @property
    def base(self) -> Array:
        """The array."""
        return self._base

    @property
    def index(self) -> int:
        """How many elements `next` has given."""
        return self._index

    @property
    def coords(self) -> tuple[int, ...]:
        """Position in the array of the element that `next` gives."""
        return tuple(map(int, np.unravel_index(self._index, self._base.shape)))

    def copy(self) -> Array:
        """The elements along one dimension."""
        return self._base.ravel()

    def __len__(self) -> int:
        return self._base.size

    def __getitem__(self, key: Any) -> Array:
        return self._base.ravel()[key]  # type: ignore[no-any-return, index]

    def __setitem__(self, key: Any, value: Any) -> None:
        line = self._base.ravel().copy()
        values = asarray(value).ravel()
        chosen = line[key]  # type: ignore[index]
        if isinstance(key, int | np.integer):
            if values.size != 1:
                raise ValueError(f"Error setting single item of array: {values.size} values")
        elif values.size == 0:
            return
        if values.size not in (1, chosen.size):
            values = values[np.arange(chosen.size) % values.size]
        values = values.reshape(() if values.size == 1 else chosen.shape)
        _assignment.setitem(line, key, values)
        self._base._become(line.reshape(self._base.shape).rechunk(self._base.chunks))

    def __iter__(self) -> flatiter:
        return self

    def __next__(self) -> Any:
        if self._elements is None:
            self._elements = self._base.compute().ravel() if self._base.ndim else np.reshape(self._base.compute(), 1)
        if self._index >= len(self._elements):
            raise StopIteration
        self._index += 1
        return self._elements[self._index - 1]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return self._base.ravel().__array__(dtype, copy)

    def __eq__(self, other: Any) -> Any:
        return self._base.ravel() == (other.copy() if isinstance(other, flatiter) else other)

    def __ne__(self, other: Any) -> Any:
        return self._base.ravel() != (other.copy() if isinstance(other, flatiter) else other)

    __hash__ = None  # type: ignore[assignment]


def _flat(self: Array) -> flatiter:
    """The elements in C order: indexed lazily, assigned to, iterated over."""
    return flatiter(self)


def _set_flat(self: Array, value: Any) -> None:
    flatiter(self)[:] = value


Array.flat = property(_flat, _set_flat, doc=_flat.__doc__)  # type: ignore[attr-defined, method-assign, assignment, unused-ignore]


def ndenumerate(arr: Any) -> np.ndenumerate[Any]:
    """Positions and elements, in C order; the array is computed. See `numpy.ndenumerate`.

    Examples
    --------
    >>> import hyperslab as da
    >>> [(place, int(value)) for place, value in da.ndenumerate(da.array([[1, 2]]))]
    [((0, 0), 1), ((0, 1), 2)]
    """
    return np.ndenumerate(asarray(arr).compute())


class broadcast:
    """What arrays broadcast to, and, iterated over, their elements at each place; see `numpy.broadcast`.

    Parameters
    ----------
    *args : array_like
        Arrays, lazy ones among them; they are computed when they are iterated over.

    Attributes
    ----------
    shape : tuple of int
    size : int
    nd, ndim : int
        Number of dimensions.
    numiter : int
        Number of arrays.

    Raises
    ------
    ValueError
        If the shapes do not broadcast.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.broadcast(da.ones((3, 1)), da.ones(4)).shape
    (3, 4)
    """

    def __init__(self, *args: Any) -> None:
        self._arrays = [asarray(a) for a in args]
        self.shape = np.broadcast_shapes(*(a.shape for a in self._arrays))
        self.nd = self.ndim = len(self.shape)
        self.size, self.numiter = math.prod(self.shape), len(args)
        self.index = 0
        self._computed: Any = None

    def reset(self) -> None:
        """Begin again with the first place."""
        self.index, self._computed = 0, None

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return self

    def __next__(self) -> tuple[Any, ...]:
        if self._computed is None:
            whole = [np.broadcast_to(a.compute(), self.shape) for a in self._arrays]
            self._computed = iter(np.broadcast(*whole)) if whole else iter(())
        elements: tuple[Any, ...] = next(self._computed)
        self.index += 1
        return elements
