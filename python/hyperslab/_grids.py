"""Coordinates: arrays that say where each element lies."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from hyperslab import _ops
from hyperslab._array import Array
from hyperslab._calls import elementwise
from hyperslab._chunks import Chunks
from hyperslab._creation import Shape, _shape, arange, asarray, linspace, ones
from hyperslab._join import concatenate, stack
from hyperslab._manipulation import broadcast_to, expand_dims, flip, moveaxis
from hyperslab._numeric import where


def meshgrid(*xi: Any, sparse: bool = False, indexing: str = "xy", copy: bool = True) -> tuple[Array, ...]:
    """Coordinate arrays of a grid, from the coordinates along each axis.

    Parameters
    ----------
    *xi : array_like
        Coordinates along each axis.
    sparse : bool
        Whether each array keeps length 1 along the axes that it does not change along.
    indexing : {"xy", "ij"}
        Whether the first two axes are swapped, as plots have them, or not.
    copy : bool
        Accepted as in NumPy, without effect.

    Examples
    --------
    >>> import hyperslab as da
    >>> x, y = da.meshgrid(da.arange(3), da.arange(2))
    >>> y.compute()
    array([[0, 0, 0],
           [1, 1, 1]])
    """
    if indexing not in ("xy", "ij"):
        raise ValueError("Valid values for `indexing` are 'xy' and 'ij'.")
    places = list(range(len(xi)))
    if indexing == "xy" and len(xi) > 1:
        places[:2] = [1, 0]
    thin = [asarray(x).reshape([-1 if d == at else 1 for d in range(len(xi))]) for at, x in zip(places, xi)]
    if sparse:
        return tuple(thin)
    shape = tuple(thin[at].shape[d] for d, at in enumerate(_inverse(places)))
    chunks = tuple(thin[at].chunks[d] for d, at in enumerate(_inverse(places)))
    return tuple(broadcast_to(x, shape, chunks) for x in thin)


def _inverse(places: list[int]) -> list[int]:
    """Which array moves along each axis, of the axis that each array moves along."""
    return [places.index(d) for d in range(len(places))]


def indices(dimensions: Sequence[int], dtype: Any = int, sparse: bool = False, chunks: Chunks = "auto") -> Any:
    """The index of each element of a shape, along each axis.

    Parameters
    ----------
    dimensions : sequence of int
        The shape.
    dtype : dtype
        Dtype of the result.
    sparse : bool
        Whether to give one thin array per axis, in place of one array of them all.
    chunks : int, tuple, dict or str
        Chunks of the shape.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.indices((2, 3)).shape
    (2, 2, 3)
    """
    shape = _shape(dimensions)
    thin = [
        arange(n).astype(dtype).reshape([-1 if d == axis else 1 for d in range(len(shape))])
        for axis, n in enumerate(shape)
    ]
    if sparse:
        return tuple(thin)
    if not thin:
        return asarray(np.empty((0,), dtype))
    return stack([broadcast_to(x, shape, chunks) for x in thin])


def fromfunction(
    function: Callable[..., Any], shape: Shape, *, dtype: Any = float, chunks: Chunks = "auto", **kwargs: Any
) -> Any:
    """What a function makes of the coordinates of a shape.

    Parameters
    ----------
    function : callable
        Called once, with one lazy array of coordinates per axis.
    shape : sequence of int
        The shape.
    dtype : dtype
        Dtype of the coordinates.
    chunks : int, tuple, dict or str
        Chunks of the coordinates.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.fromfunction(lambda i, j: 10 * i + j, (2, 3), dtype=int).compute()
    array([[ 0,  1,  2],
           [10, 11, 12]])
    """
    grid = indices(_shape(shape), dtype, chunks=chunks)
    return function(*grid, **kwargs)


def ix_(*args: Any) -> tuple[Any, ...]:
    """Index arrays along each axis, shaped so that they select a rectangle.

    Examples
    --------
    >>> import hyperslab as da
    >>> [i.shape for i in da.ix_([0, 1], [2, 4, 5])]
    [(2, 1), (1, 3)]
    """
    if not any(isinstance(a, Array) for a in args):
        return np.ix_(*args)
    lists = [asarray(a) for a in args]
    if any(x.ndim != 1 for x in lists):
        raise ValueError("Cross index must be 1 dimensional")
    if any(x.dtype.kind == "b" for x in lists):
        raise NotImplementedError(
            "ix_ of a lazy mask is not supported, because its shape would not be known: compute it first"
        )
    return meshgrid(*lists, sparse=True, indexing="ij")


class _Grid:
    """``mgrid`` and ``ogrid``: slices in brackets become coordinates."""

    def __init__(self, sparse: bool) -> None:
        self._sparse = sparse

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice):
            return self._line(key)
        lines = [self._line(part) for part in key]
        dtype = np.result_type(*(line.dtype for line in lines))
        grid = meshgrid(*(line.astype(dtype) for line in lines), sparse=self._sparse, indexing="ij")
        return grid if self._sparse else stack(grid)

    @staticmethod
    def _line(key: slice) -> Array:
        start = 0 if key.start is None else key.start
        step = 1 if key.step is None else key.step
        if isinstance(step, complex):
            return linspace(start, key.stop, int(abs(step)))
        length = math.ceil((key.stop - start) / step)
        dtype = np.result_type(start, key.stop, step)
        return _ops.apply_ufunc("add", (_ops.apply_ufunc("multiply", (arange(max(length, 0)), step)), start)).astype(
            dtype
        )


#: Coordinates of a grid as one array: ``mgrid[0:2, 0:3]``.
mgrid = _Grid(sparse=False)

#: Coordinates of a grid as thin arrays: ``ogrid[0:2, 0:3]``.
ogrid = _Grid(sparse=True)


def vander(x: Any, N: int | None = None, increasing: bool = False) -> Array:
    """Powers of each element as columns: a Vandermonde matrix.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.vander(da.array([1, 2, 3]), 3).compute()
    array([[1, 1, 1],
           [4, 2, 1],
           [9, 3, 1]])
    """
    v = asarray(x)
    if v.ndim != 1:
        raise ValueError("x must be a one-dimensional array or sequence.")
    columns = len(v) if N is None else int(N)
    v = v.astype(np.promote_types(v.dtype, int))
    first = ones((len(v), min(columns, 1)), v.dtype)
    rest = broadcast_to(v[:, None], (len(v), max(columns - 1, 0)))
    powers = _ops.scan("cumprod", concatenate([first, rest], axis=1), 1, v.dtype)
    return powers if increasing else flip(powers, 1)


def logspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    base: Any = 10.0,
    dtype: Any = None,
    axis: int = 0,
    *,
    chunks: Chunks = "auto",
) -> Array:
    """Powers of a base whose exponents are evenly spaced.

    Parameters
    ----------
    start, stop : number or array_like
        The first exponent, and the last one if `endpoint`; of arrays, for each of their elements.
    num : int
        How many.
    endpoint : bool
        Whether `stop` is one of them.
    base : number or array_like
        The base; arrays broadcast with `start` and `stop`.
    dtype : dtype, optional
        Dtype of the result.
    axis : int
        Where the numbers go along, if there are arrays.
    chunks : int, tuple, dict or str
        Chunks of the result.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.logspace(0, 2, 3).compute()
    array([  1.,  10., 100.])
    """
    if np.ndim(base):
        given = [asarray(x) for x in (start, stop, base)]
        ndim = max(x.ndim for x in given)
        start, stop, base = (x.reshape((1,) * (ndim - x.ndim) + x.shape) for x in given)
        base = expand_dims(base, axis)
    result = _ops.apply_ufunc("power", (base, linspace(start, stop, num, endpoint, axis=axis, chunks=chunks)))
    return result if dtype is None else result.astype(dtype)


def geomspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    dtype: Any = None,
    axis: int = 0,
    *,
    chunks: Chunks = "auto",
) -> Array:
    """Numbers between two others, each the same multiple of the one before.

    Parameters
    ----------
    start, stop : number or array_like
        The first one and the last one, which have one sign; of arrays, for each of their elements.
    num : int
        How many.
    endpoint : bool
        Whether `stop` is the last one; if not, it is the one after that.
    dtype : dtype, optional
        Dtype of the result.
    axis : int
        Where the numbers go along, if `start` or `stop` are arrays.
    chunks : int, tuple, dict or str
        Chunks of the result.

    Raises
    ------
    ValueError
        If an end is zero; when computed, where ends are lazy arrays.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.geomspace(1, 1000, 4).compute()
    array([   1.,   10.,  100., 1000.])
    """
    ends = [_not_zero(end) for end in (start, stop)]
    wide = np.result_type(*(end.dtype for end in ends), float(num), np.zeros((), dtype))
    first, last = (end.astype(wide) for end in ends)
    sign = _ops.apply_ufunc("sign", (first,))
    first, last = (_ops.apply_ufunc("divide", (end, sign)) for end in (first, last))
    low, high = (_ops.apply_ufunc("log10", (end,)) for end in (first, last))
    powers = logspace(low, high, num, endpoint, dtype=wide)
    place = arange(num, chunks=powers.chunks[0]).reshape((-1,) + (1,) * (powers.ndim - 1))
    exact = where(_ops.apply_ufunc("equal", (place, 0)), first, powers)
    if endpoint and num > 1:
        exact = where(_ops.apply_ufunc("equal", (place, num - 1)), last, exact)
    made = moveaxis(_ops.apply_ufunc("multiply", (exact, sign)), 0, axis).astype(wide if dtype is None else dtype)
    return made if isinstance(chunks, str) and chunks == "auto" else made.rechunk(chunks)


def _not_zero(end: Any) -> Array:
    """An end of a geometric sequence, which is checked: now, or when it is computed."""

    def checked(values: np.ndarray) -> np.ndarray:
        if np.any(values == 0):
            raise ValueError("Geometric sequence cannot include zero")
        return values

    if isinstance(end, Array):
        return elementwise("geomspace", checked, [end], end.dtype)
    return asarray(checked(np.asarray(end)))
