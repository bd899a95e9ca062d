"""Making arrays."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index
from numpy.typing import DTypeLike

from hyperslab import _chunks, _convert, _devices, _dtypes, _keywords, _native
from hyperslab._array import Array
from hyperslab._asarray import asarray
from hyperslab._chunks import Chunks
from hyperslab._integers import integers

Shape = int | Sequence[int]


def _shape(shape: Shape) -> tuple[int, ...]:
    ints = integers(shape)
    if any(n < 0 for n in ints):
        raise ValueError("negative dimensions are not allowed")
    return ints


@_keywords.accepts("name", "meta", "order", "like")
def full(
    shape: Shape,
    fill_value: Any,
    dtype: DTypeLike | None = None,
    chunks: Chunks = "auto",
    *,
    device: str | None = None,
) -> Array:
    """One value everywhere.

    Parameters
    ----------
    shape : int or tuple of int
        Shape.
    fill_value : scalar or array_like
        The value; an array is broadcast.
    dtype : dtype, optional
        Dtype; that of the value if not given.
    chunks : int, tuple, dict or str
        As in `from_array`.
    device : {"cpu"}, optional
        There is no other one.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.full((2, 2), 7).compute()
    array([[7, 7],
           [7, 7]])
    """
    _devices.check(device)
    sizes = _shape(shape)
    plain = isinstance(fill_value, int | float | complex | np.generic)
    if not plain and (isinstance(fill_value, Array) or np.ndim(fill_value)):
        x = asarray(fill_value, dtype)
        return Array(x._expr.broadcast_to(list(sizes), _chunks.spec(chunks, sizes)))
    if dtype is not None and isinstance(fill_value, int) and np.dtype(dtype).kind in "iu":
        fill_value = np.array(fill_value, dtype)  # An integer out of bounds is an OverflowError, as in NumPy.
    return Array(_convert.constant(fill_value, dtype, sizes, chunks))


@_keywords.accepts("name", "meta", "order", "like")
def ones(shape: Shape, dtype: DTypeLike | None = float, chunks: Chunks = "auto", *, device: str | None = None) -> Array:
    """Ones.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.ones((1000, 1000), chunks=100).sum().compute()
    np.float64(1000000.0)
    """
    return full(shape, 1, float if dtype is None else dtype, chunks, device=device)


def _zero(dtype: DTypeLike) -> Any:
    """What an array of zeros holds: 0 made a string would be "0"."""
    return np.zeros((), dtype)[()]


@_keywords.accepts("name", "meta", "order", "like")
def zeros(
    shape: Shape, dtype: DTypeLike | None = float, chunks: Chunks = "auto", *, device: str | None = None
) -> Array:
    """Zeros.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.zeros(3, dtype=int).compute()
    array([0, 0, 0])
    """
    wanted = np.dtype(float if dtype is None else dtype)
    return full(shape, _zero(wanted), wanted, chunks, device=device)


@_keywords.accepts("name", "meta", "order", "like")
def empty(
    shape: Shape, dtype: DTypeLike | None = float, chunks: Chunks = "auto", *, device: str | None = None
) -> Array:
    """Any values; here zeros, which cost nothing.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.empty((2, 3)).shape
    (2, 3)
    """
    return zeros(shape, dtype, chunks, device=device)


@_keywords.accepts("name", "meta", "order", "like")
def full_like(
    a: Any,
    fill_value: Any,
    dtype: DTypeLike | None = None,
    shape: Shape | None = None,
    chunks: Chunks = None,
    *,
    device: str | None = None,
) -> Array:
    """One value everywhere, with the shape, dtype and chunks of `a` where they are not given.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.full_like(da.arange(4, chunks=2), 5).chunks
    ((2, 2),)
    """
    like = asarray(a)
    if chunks is None:
        chunks = like.chunks if shape is None else "auto"
    wanted = like.dtype if dtype is None else dtype
    return full(like.shape if shape is None else shape, fill_value, wanted, chunks, device=device)


@_keywords.accepts("name", "meta", "order", "like")
def ones_like(
    a: Any,
    dtype: DTypeLike | None = None,
    shape: Shape | None = None,
    chunks: Chunks = None,
    *,
    device: str | None = None,
) -> Array:
    """Ones, like `a`."""
    return full_like(a, 1, dtype, shape, chunks, device=device)


@_keywords.accepts("name", "meta", "order", "like")
def zeros_like(
    a: Any,
    dtype: DTypeLike | None = None,
    shape: Shape | None = None,
    chunks: Chunks = None,
    *,
    device: str | None = None,
) -> Array:
    """Zeros, like `a`; empty strings, like strings."""
    like = asarray(a)
    return full_like(like, _zero(like.dtype if dtype is None else dtype), dtype, shape, chunks, device=device)


@_keywords.accepts("name", "meta", "order", "like")
def empty_like(
    a: Any,
    dtype: DTypeLike | None = None,
    shape: Shape | None = None,
    chunks: Chunks = None,
    *,
    device: str | None = None,
) -> Array:
    """Any values, like `a`; here zeros."""
    return zeros_like(a, dtype, shape, chunks, device=device)


@_keywords.accepts("name", "meta", "order", "like")
def arange(
    start: Any,
    stop: Any = None,
    step: Any = None,
    dtype: DTypeLike | None = None,
    chunks: Chunks = "auto",
    *,
    device: str | None = None,
) -> Array:
    """Evenly spaced values in a half-open interval, as `numpy.arange` gives them.

    Parameters
    ----------
    start, stop, step : number, datetime64 or timedelta64
        ``arange(stop)`` counts from 0.
    dtype : dtype, optional
        As NumPy finds it if not given.
    chunks : int, tuple, dict or str
        As in `from_array`.
    device : {"cpu"}, optional
        There is no other one.

    Examples
    --------
    >>> import hyperslab as da
    >>> import numpy as np
    >>> np.array(da.arange(6, chunks=3) ** 2)
    array([ 0,  1,  4,  9, 16, 25])
    """
    _devices.check(device)
    if stop is None:
        start, stop = 0, start
    step = 1 if step is None else step
    kinds = [np.asarray(v).dtype for v in (start, stop, step)] if dtype is None else [np.dtype(dtype)]
    times = [kind for kind in kinds if kind.kind in "mM"]
    if times:
        return _arange_time(start, stop, step, times, chunks)
    # Empty ranges tell NumPy's dtype without making the values.
    wanted = np.promote_types(*(np.arange(v, v, step, dtype=dtype).dtype for v in (start, stop)))
    wanted = _dtypes.native(wanted)
    length = _length(start, stop, step)
    if wanted.kind == "b":
        # NumPy knows booleans of at most two values only.
        return asarray(np.arange(start, stop, step, dtype=bool), chunks=chunks)
    # NumPy takes the first two values in the dtype and goes on by their difference, which the native half forms
    # itself from a step of its own precision.
    first, second = (np.asarray(value).astype(wanted) for value in (start, start + step))
    exact = wanted.char in "dD"
    return _arange(first, np.asarray(step).astype(wanted) if exact else np.subtract(second, first), length, chunks)


def _length(start: Any, stop: Any, step: Any) -> int:
    if all(isinstance(v, int | np.integer) for v in (start, stop, step)):
        return len(range(int(start), int(stop), int(step)))
    span = (stop - start) / step
    count = min(span.real, span.imag) if np.iscomplexobj(span) else span
    if np.isnan(count):
        raise ValueError("arange: cannot compute length")
    if np.isinf(count):
        raise ValueError("Maximum allowed size exceeded")
    return max(math.ceil(count), 0)


def _arange_time(start: Any, stop: Any, step: Any, times: list[np.dtype], chunks: Chunks) -> Array:
    """Ranges of dates and durations, counted in ticks of the finest unit."""
    finest = np.result_type(*(kind.str.replace("M8", "m8") for kind in times))
    dates = any(kind.kind == "M" for kind in times)
    dtype = _dtypes.native(finest.str.replace("m8", "M8") if dates else finest)
    first = np.asarray(start, dtype=dtype)
    width = np.asarray(step, dtype=finest)
    relative = dates and np.asarray(stop).dtype.kind in "ium"
    end = first + np.asarray(stop, dtype=finest) if relative else np.asarray(stop, dtype=dtype)
    ticks = (int(np.asarray(value).astype(np.int64)) for value in (first, end, width))
    return _arange(first, width, len(range(*ticks)), chunks)


def _arange(first: np.ndarray, delta: np.ndarray, length: int, chunks: Chunks) -> Array:
    spec = _chunks.spec(chunks, (length,))
    step = np.asarray(delta).view(first.dtype).tobytes() if first.dtype.kind in "mM" else delta.tobytes()
    return Array(_native.arange(first.dtype.name, first.tobytes(), step, length, spec))


@_keywords.accepts("name", "meta", "order", "like")
def linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: DTypeLike | None = None,
    axis: int = 0,
    *,
    chunks: Chunks = "auto",
    device: str | None = None,
) -> Any:
    """Evenly spaced numbers over an interval.

    Parameters
    ----------
    start, stop : number or array_like
        First value, and the last one if `endpoint`; of arrays, for each of their elements.
    num : int
        How many.
    endpoint : bool
        Whether `stop` is one of them.
    retstep : bool
        Whether to return the step too.
    dtype : dtype, optional
        By promotion of `start` and `stop`, and at least floating, if not given.
    axis : int
        Where the numbers go along, if `start` or `stop` are arrays.
    chunks : int, tuple, dict or str
        As in `from_array`.
    device : {"cpu"}, optional
        There is no other one.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.linspace(0, 1, 5).compute()
    array([0.  , 0.25, 0.5 , 0.75, 1.  ])
    """
    _devices.check(device)
    num = operator.index(num)
    if num < 0:
        raise ValueError(f"Number of samples, {num}, must be non-negative.")
    wide = _inexact(start, stop)
    lazy = isinstance(start, Array) or isinstance(stop, Array)
    if lazy or np.ndim(start) or np.ndim(stop) or wide != np.float64:
        return _between(asarray(start), asarray(stop), wide, num, endpoint, retstep, dtype, axis, chunks)
    normalize_axis_index(axis, 1)
    wanted = _dtypes.name(float if dtype is None else dtype)
    spec = _chunks.spec(chunks, (num,))
    x = Array(_native.linspace(float(start), float(stop), num, bool(endpoint), wanted, spec))
    parts = num - 1 if endpoint else num
    return (x, (stop - start) / parts if parts > 0 else float("nan")) if retstep else x


def _inexact(*bounds: Any) -> np.dtype:
    """The floating or complex dtype that bounds have in common; those of Python's numbers give way."""
    weak = (bool, int, float, complex)
    common = np.result_type(*(x if isinstance(x, weak) else asarray(x).dtype for x in bounds))
    return common if common.kind in "fc" else np.result_type(common, 1.0)


def _between(
    start: Any, stop: Any, wide: Any, num: int, endpoint: bool, retstep: bool, dtype: Any, axis: int, chunks: Chunks
) -> Any:
    """`linspace` from the elements of an array to those of another, in the dtype `wide`."""
    parts = num - 1 if endpoint else num
    start, stop = start.astype(wide), stop.astype(wide)
    step = (stop - start) / parts if parts > 0 else (stop - start) * np.nan
    steps = arange(num, dtype=wide.type(0).real.dtype, chunks=-1)[(slice(None), *(None,) * step.ndim)]
    x = steps * step + start if parts > 0 else steps * (stop - start) + start
    if endpoint and num > 1:
        x = Array(_native.ufunc("where", [(steps == parts)._expr, (stop + steps * 0)._expr, x._expr], None))
    axis = normalize_axis_index(axis, x.ndim)
    x = x.transpose([*range(1, axis + 1), 0, *range(axis + 1, x.ndim)])
    if dtype is not None and np.dtype(dtype).kind in "iu":
        x = Array(_native.ufunc("floor", [x._expr], None))
    x = x if dtype is None else x.astype(dtype)
    x = x if isinstance(chunks, str) and chunks == "auto" else x.rechunk(chunks)
    return (x, step) if retstep else x


@_keywords.accepts("name", "meta", "order", "like")
def eye(
    N: int,
    M: int | None = None,
    k: int = 0,
    dtype: DTypeLike | None = float,
    chunks: Chunks = "auto",
    *,
    device: str | None = None,
) -> Array:
    """Ones on a diagonal, zeros elsewhere.

    Parameters
    ----------
    N, M : int
        Rows and columns; as many columns as rows if not given.
    k : int
        Which diagonal: positive ones are above the main one.
    dtype : dtype
        Dtype.
    chunks : int, tuple, dict or str
        As in `from_array`.
    device : {"cpu"}, optional
        There is no other one.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.eye(2, chunks=1).compute()
    array([[1., 0.],
           [0., 1.]])
    """
    _devices.check(device)
    rows, columns = operator.index(N), operator.index(N if M is None else M)
    shape = _shape((rows, columns))
    below = arange(rows, chunks=-1)[:, None]
    beside = arange(columns, chunks=-1)[None, :]
    # Beyond the corners there is nothing, however far away.
    diagonal = below + max(min(int(k), columns), -rows) == beside  # type: ignore[operator]
    return Array(diagonal._expr.rechunk(_chunks.spec(chunks, shape))).astype(float if dtype is None else dtype)


def identity(n: int, dtype: DTypeLike = float, chunks: Chunks = "auto") -> Array:
    """The identity matrix.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.identity(3).shape
    (3, 3)
    """
    return eye(n, dtype=dtype, chunks=chunks)
