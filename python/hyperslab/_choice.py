"""Elements chosen by conditions and positions: `select`, `choose`, `compress`, `coarsen` and their kin."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from hyperslab import _calls, _ops
from hyperslab._array import Array
from hyperslab._convert import is_array
from hyperslab._creation import asarray, zeros
from hyperslab._join import concatenate
from hyperslab._manipulation import atleast_1d, broadcast_to, take
from hyperslab._numeric import where


def compress(condition: Any, a: Any, axis: int | None = None, out: None = None) -> Array:
    """Elements at the positions along an axis where a condition holds.

    Parameters
    ----------
    condition : 1-d array of bool
        It may be shorter than the axis. By a lazy one the length of the result is not known before it is computed.
    a : array_like
        Array.
    axis : int, optional
        Axis to go along; the elements in C order if not given.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.compress([True, False, True], da.arange(3)).compute()
    array([0, 2])
    """
    if out is not None:
        raise NotImplementedError("compress: out= is not supported: use hyperslab.store(result, target)")
    x = asarray(a)
    mask: Any = condition.astype(bool) if isinstance(condition, Array) else np.asarray(condition)
    if mask.ndim != 1:
        raise ValueError(f"condition must be a 1-d array, not of {mask.ndim} dimensions")
    if axis is None:
        x, axis = x.ravel(), 0
    axis = normalize_axis_index(axis, x.ndim)
    if not isinstance(mask, Array):
        return take(x, np.flatnonzero(mask), axis)
    before = (slice(None),) * axis
    if mask.shape[0] > x.shape[axis]:
        raise NotImplementedError("compress by a lazy condition longer than the axis: slice it first")
    return x[(*before, slice(0, mask.shape[0]))][(*before, mask)]


def extract(condition: Any, arr: Any) -> Array:
    """Elements in C order where a condition holds; see `compress`.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.extract([[True, False], [False, True]], da.arange(4).reshape(2, 2)).compute()
    array([0, 3])
    """
    return compress(asarray(condition).ravel() if isinstance(condition, Array) else np.ravel(condition), arr)


def select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Array:
    """Elements of the first choice whose condition holds; `default` where none does.

    Parameters
    ----------
    condlist : sequence of array_like of bool
        Conditions.
    choicelist : sequence of array_like
        As many choices.
    default : array_like
        What stands where no condition holds.

    Examples
    --------
    >>> import hyperslab as da
    >>> x = da.arange(5)
    >>> da.select([x < 2, x > 3], [x, x * 10], -1).compute()
    array([ 0,  1, -1, -1, 40])
    """
    if len(condlist) != len(choicelist):
        raise ValueError("list of cases must be same length as list of conditions")
    if len(condlist) == 0:
        raise ValueError("select with an empty condition list is not possible")
    plain = (int, float, complex)
    choices = [c if type(c) in plain else asarray(c) for c in (*choicelist, default)]
    dtype = np.result_type(*(c if type(c) in plain else c.dtype for c in choices))
    conditions = [asarray(c) for c in condlist]
    for i, condition in enumerate(conditions):
        if condition.dtype != bool:
            raise TypeError(f"invalid entry {i} in condlist: should be boolean ndarray")
    ready = [np.asarray(c).astype(dtype) if type(c) in plain else c.astype(dtype) for c in choices]
    result: Any = ready.pop()
    for condition, choice in zip(reversed(conditions), reversed(ready)):
        result = where(condition, choice, result)
    return result


def piecewise(x: Any, condlist: Any, funclist: Sequence[Any], *args: Any, **kw: Any) -> Array:
    """What the function of the last condition that holds makes of each element.

    Parameters
    ----------
    x : array_like
        Array.
    condlist : sequence of array_like of bool
        Conditions.
    funclist : sequence of callable or scalar
        As many elementwise functions or numbers; one more for where no condition holds, or zero stands there. A
        function is called once, with the whole lazy array.
    *args, **kw
        What functions get besides.

    Raises
    ------
    NotImplementedError
        If a function is not elementwise: if what it makes has another shape.

    Examples
    --------
    >>> import hyperslab as da
    >>> x = da.arange(4.0)
    >>> da.piecewise(x, [x < 2], [lambda v: -v, 10]).compute()
    array([-0., -1., 10., 10.])
    """
    a = asarray(x)
    if _is_one_condition(condlist):
        condlist = [condlist]
    conditions = [asarray(c, bool) for c in condlist]
    extra = len(funclist) - len(conditions)
    if extra not in (0, 1):
        raise ValueError(
            f"with {len(conditions)} conditions, as many functions or one more are expected, not {len(funclist)}"
        )

    def made(function: Any) -> Any:
        result = function(a, *args, **kw) if callable(function) else function
        if is_array(result) and result.shape != a.shape and (result.shape or callable(function)):
            raise NotImplementedError(
                f"piecewise: a function of shape {a.shape} gave shape {result.shape}: functions must be elementwise"
            )
        return asarray(result).astype(a.dtype)

    result: Any = made(funclist[-1]) if extra else np.zeros((), a.dtype)
    for condition, function in zip(conditions, funclist):
        result = where(condition, made(function), result)
    return result if is_array(result) and result.shape == a.shape else broadcast_to(result, a.shape)


def _is_one_condition(condlist: Any) -> bool:
    if is_array(condlist):
        return condlist.ndim == 1
    return np.isscalar(condlist) or np.ndim(condlist[0]) == 0


def choose(a: Any, choices: Any, out: None = None, mode: str = "raise") -> Array:
    """The element of the choice that each element of `a` names.

    Parameters
    ----------
    a : array_like of int
        Which choice.
    choices : sequence of array_like
        The choices; shapes broadcast, also with that of `a`.
    mode : {"raise", "wrap", "clip"}
        What becomes of numbers that name no choice.

    Raises
    ------
    ValueError
        If an element names a choice that is not there, with ``mode="raise"``: when it is computed, if `a` is lazy.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.choose(da.array([0, 1, 5]), [[1, 2, 3], [10, 20, 30]], mode="clip").compute()
    array([ 1, 20, 30])
    """
    if out is not None:
        raise NotImplementedError("choose: out= is not supported: use hyperslab.store(result, target)")
    if mode not in ("raise", "wrap", "clip"):
        raise ValueError(f"clipmode must be one of 'clip', 'raise', or 'wrap' (got {mode!r})")
    options = [asarray(c) for c in choices]
    if not options:
        raise ValueError("Need at least one array to choose from")
    x, n = asarray(a), len(options)
    if x.dtype.kind not in "biu":
        raise TypeError(
            f"Cannot cast array data from {x.dtype!r} to {np.dtype(np.intp)!r} according to the rule 'safe'"
        )
    if mode == "raise":
        known = x.dtype.kind == "b" and n >= 2

        def named(numbers: np.ndarray) -> np.ndarray:
            wrong = (numbers < 0) | (numbers >= n)
            if wrong.any():
                raise ValueError(f"invalid entry in choice array: {numbers[wrong][0]} of {n} choices")
            return numbers

        if not is_array(a):
            named(np.asarray(a))
        elif not known:
            x = _calls.elementwise("choose", named, [x], x.dtype)
    elif mode == "wrap":
        x = _ops.apply_ufunc("remainder", (x.astype(np.intp), n))
    dtype = np.result_type(*(c.dtype for c in options))
    result = broadcast_to(options[-1].astype(dtype), np.broadcast_shapes(x.shape, *(c.shape for c in options)))
    for i in range(n - 2, -1, -1):
        result = where(_ops.apply_ufunc("less_equal", (x, i)), options[i].astype(dtype), result)
    return result


def coarsen(
    reduction: Callable[..., Any], x: Any, axes: Mapping[int, int], trim_excess: bool = False, **kwargs: Any
) -> Array:
    """Neighbours along some axes reduced to one element.

    Parameters
    ----------
    reduction : callable
        Takes an array and ``axis=``, a tuple: `hyperslab.sum`, `numpy.mean` and their like.
    x : array_like
        Array.
    axes : dict of int to int
        How many neighbours along each axis make one element.
    trim_excess : bool
        Whether to leave out what is too short for an element at the end.

    Raises
    ------
    ValueError
        If a length is no multiple of the number of neighbours, without `trim_excess`.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.coarsen(da.sum, da.arange(6), {0: 2}).compute()
    array([1, 5, 9])
    """
    a, factors = _aligned(asarray(x), axes, trim_excess)
    result = _reduced(reduction, a, factors, kwargs)
    straddling = any(size % factors.get(axis, 1) for axis, sizes in enumerate(a.chunks) for size in sizes)
    if straddling or result.ndim != a.ndim:
        return result
    return result.rechunk(tuple(tuple(c // factors.get(axis, 1) for c in sizes) for axis, sizes in enumerate(a.chunks)))


def coarsened(
    reduction: Callable[..., Any], block: np.ndarray, axes: Mapping[int, int], trim_excess: bool, kwargs: dict[str, Any]
) -> Any:
    """`coarsen` of a block."""
    return _reduced(reduction, *_aligned(block, axes, trim_excess), kwargs)


def _aligned(a: Any, axes: Mapping[int, int], trim_excess: bool) -> tuple[Any, dict[int, int]]:
    """The array without what is too short for an element, and how many neighbours make one, by axis."""
    factors = {normalize_axis_index(axis, a.ndim): int(n) for axis, n in axes.items()}
    if any(a.shape[axis] % n for axis, n in factors.items()):
        if not trim_excess:
            raise ValueError(
                f"Coarsening factors {dict(axes)} do not align with array shape {a.shape}: use trim_excess=True"
            )
        a = a[tuple(slice(0, n - n % factors.get(axis, 1)) for axis, n in enumerate(a.shape))]
    return a, factors


def _reduced(reduction: Callable[..., Any], a: Any, factors: dict[int, int], kwargs: dict[str, Any]) -> Any:
    """The array in boxes, each reduced to one element."""
    fine: list[int] = []
    folded: list[int] = []
    for axis, n in enumerate(a.shape):
        if axis in factors:
            folded.append(len(fine) + 1)
            fine += [n // factors[axis], factors[axis]]
        else:
            fine.append(n)
    return reduction(a.reshape(fine), axis=tuple(folded), **kwargs)


def apply_over_axes(func: Callable[..., Any], a: Any, axes: int | Sequence[int]) -> Array:
    """A function called with one axis after the other, each time on what it made before.

    Parameters
    ----------
    func : callable
        Takes an array and an axis; keeps the number of dimensions or takes one away.
    a : array_like
        Array.
    axes : int or sequence of int
        The axes.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.apply_over_axes(da.sum, da.ones((2, 3, 4)), (0, 2)).shape
    (1, 3, 1)
    """
    x = asarray(a)
    ndim = x.ndim
    listed: Any = (axes,) if hasattr(axes, "__index__") else axes
    for axis in listed:
        axis = axis + ndim if axis < 0 else axis
        result = func(x, axis)
        if result.ndim != ndim:
            result = result[(*(slice(None),) * axis, None)]
        if result.ndim != ndim:
            raise ValueError("function is not returning an array of the correct shape")
        x = result
    return x


def unpackbits(a: Any, axis: int | None = None, count: int | None = None, bitorder: str = "big") -> Array:
    """The bits of bytes, as bytes of their own.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.unpackbits(da.array([5], dtype="uint8")).compute()
    array([0, 0, 0, 0, 0, 1, 0, 1], dtype=uint8)
    """
    x = asarray(a)
    if x.dtype != np.uint8:
        raise TypeError("Expected an input array of unsigned byte data type")
    x, axis = (x.ravel(), 0) if axis is None else (x, normalize_axis_index(axis, x.ndim))
    wide = x[(*(slice(None),) * (axis + 1), None)]
    shifts = _bit_places(bitorder).reshape((8,) + (1,) * (x.ndim - axis - 1))
    bits = _ops.apply_ufunc("bitwise_and", (_ops.apply_ufunc("right_shift", (wide, shifts)), np.uint8(1)))
    result = bits.reshape((*x.shape[:axis], x.shape[axis] * 8, *x.shape[axis + 1 :]))
    if count is None:
        return result
    if count > result.shape[axis]:
        raise NotImplementedError(f"unpackbits: count={count} of {result.shape[axis]} bits: pad the result with zeros")
    return result[(*(slice(None),) * axis, slice(0, count))]


def _bit_places(bitorder: str) -> np.ndarray:
    if bitorder not in ("big", "little"):
        raise ValueError("'order' must be either 'little' or 'big'")
    return np.arange(8, dtype=np.uint8)[:: -1 if bitorder == "big" else 1]


def packbits(a: Any, /, axis: int | None = None, bitorder: str = "big") -> Array:
    """Bytes whose bits say which elements are not zero.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.packbits(da.array([False, True, True])).compute()
    array([96], dtype=uint8)
    """
    x, places = atleast_1d(a), _bit_places(bitorder)
    if x.dtype.kind not in "biu":
        raise TypeError("Expected an input array of integer or boolean data type")
    x, axis = (x.ravel(), 0) if axis is None else (x, normalize_axis_index(axis, x.ndim))
    short = -x.shape[axis] % 8
    bits = _ops.apply_ufunc("not_equal", (x, 0)).astype(np.uint8)
    if short:
        rest = zeros((*x.shape[:axis], short, *x.shape[axis + 1 :]), np.uint8)
        bits = concatenate([bits, rest], axis=axis)
    wide = bits.reshape((*x.shape[:axis], bits.shape[axis] // 8, 8, *x.shape[axis + 1 :]))
    shifts = places.reshape((8,) + (1,) * (x.ndim - axis - 1))
    return _ops.FUNCTIONS["sum"](_ops.apply_ufunc("left_shift", (wide, shifts)), axis=axis + 1, dtype=np.uint8)
