"""Neighbours along an axis: differences, slopes, integrals, convolutions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from hyperslab import _calls, _ops
from hyperslab._array import Array
from hyperslab._convert import is_array
from hyperslab._creation import asarray
from hyperslab._join import concatenate
from hyperslab._manipulation import rechunk
from hyperslab._numeric import diff, where
from hyperslab._padding import pad
from hyperslab._rows import told_as

_ufunc = _ops.apply_ufunc

#: Up to how long kernels are sums of a term for each of their elements; NumPy's function on blocks if longer.
_LONGEST_SUM = 64
#: The same where NumPy's function has a fast loop.
_LONGEST_FLOAT_SUM = 4


def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Array:
    """Differences of neighbours in C order, between given first and last elements.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.ediff1d(da.array([1, 4, 9]), to_end=[0]).compute()
    array([3, 5, 0])
    """
    x = asarray(ary).ravel()
    middle = _ufunc("subtract", (x[1:], x[:-1]))
    ends = []
    for name, given in (("to_begin", to_begin), ("to_end", to_end)):
        part = None if given is None else asarray(given).ravel()
        if part is not None and not np.can_cast(
            part.dtype if is_array(given) else np.asanyarray(given), x.dtype, "same_kind"
        ):
            raise TypeError(f"dtype of `{name}` must be compatible with input `ary` under the `same_kind` rule.")
        ends.append([] if part is None else [part.astype(x.dtype)])
    return concatenate([*ends[0], middle, *ends[1]])


def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """Slopes, from differences of second order within the array and of `edge_order` at its ends.

    Parameters
    ----------
    f : array_like
        Array.
    *varargs : float or 1-d array_like
        Distances of neighbours: one number for all axes, or per axis a number or the coordinates, in memory.
    axis : int or tuple of int, optional
        Axes to go along; all if not given.
    edge_order : {1, 2}
        Order of the differences at the ends.

    Returns
    -------
    Array or tuple of Array
        One array if there is one axis.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.gradient(da.array([1.0, 4.0, 9.0, 16.0])).compute()
    array([3., 4., 6., 7.])
    """
    x = asarray(f)
    axes = tuple(range(x.ndim)) if axis is None else normalize_axis_tuple(axis, x.ndim)
    spacings = _spacings(x, axes, varargs)
    if edge_order > 2:
        raise ValueError("'edge_order' greater than 2 not supported")
    if x.dtype.kind in "iu":
        x = x.astype(np.float64)
    results = tuple(_slopes(x, d, h, edge_order) for d, h in zip(axes, spacings))
    return results[0] if len(results) == 1 else results


def _spacings(x: Array, axes: tuple[int, ...], given: tuple[Any, ...]) -> list[Any]:
    """Per axis a number, or the distances between neighbours."""
    if not given:
        return [1.0] * len(axes)
    if len(given) == 1 and np.ndim(given[0]) == 0:
        return list(given) * len(axes)
    if len(given) != len(axes):
        raise TypeError("invalid number of arguments")
    spacings: list[Any] = []
    for d, distances in zip(axes, given):
        h = np.asarray(distances)
        if h.ndim > 1:
            raise ValueError("distances must be either scalars or 1d")
        if h.ndim == 1:
            if len(h) != x.shape[d]:
                raise ValueError("when 1d, distances must match the length of the corresponding dimension")
            h = np.diff(h.astype(np.float64) if h.dtype.kind in "iu" else h)
            h = h[0] if (h == h[0]).all() else h
        spacings.append(h if h.ndim else distances if np.ndim(distances) == 0 else h[()])
    return spacings


def _slopes(x: Array, axis: int, h: Any, edge_order: int) -> Array:
    n = x.shape[axis]
    if n < edge_order + 1:
        raise ValueError(
            f"Shape of array too small to calculate a numerical gradient: {n} along axis {axis}, "
            "at least (edge_order + 1) elements are required."
        )

    def at(start: int | None, stop: int | None) -> Any:
        return x[(*(slice(None),) * axis, slice(start, stop))]

    def weighed(weights: Any, parts: list[Any]) -> Any:
        a, b, c = (_ufunc("multiply", (w, part)) for w, part in zip(weights, parts))
        return _ufunc("add", (_ufunc("add", (a, b)), c))

    even = np.ndim(h) == 0
    if even:
        inner = _ufunc("divide", (_ufunc("subtract", (at(2, None), at(0, n - 2))), 2.0 * h))
    else:
        column = (-1,) + (1,) * (x.ndim - axis - 1)
        p, q = h[:-1], h[1:]
        weights = (-q / (p * (p + q)), (q - p) / (p * q), p / (q * (p + q)))
        inner = weighed([w.reshape(column) for w in weights], [at(0, n - 2), at(1, n - 1), at(2, None)])
    if edge_order == 1:
        first, last = (h, h) if even else (h[0], h[-1])
        begin = _ufunc("divide", (_ufunc("subtract", (at(1, 2), at(0, 1))), first))
        end = _ufunc("divide", (_ufunc("subtract", (at(n - 1, n), at(n - 2, n - 1))), last))
    else:
        begin = weighed(_edge(h, even, begin=True), [at(0, 1), at(1, 2), at(2, 3)])
        end = weighed(_edge(h, even, begin=False), [at(n - 3, n - 2), at(n - 2, n - 1), at(n - 1, n)])
    return concatenate([begin, inner, end], axis=axis).rechunk(x.chunks)


def _edge(h: Any, even: bool, begin: bool) -> tuple[Any, Any, Any]:
    """Weights of the three elements at an end, for differences of second order."""
    if even:
        return (-1.5 / h, 2.0 / h, -0.5 / h) if begin else (0.5 / h, -2.0 / h, 1.5 / h)
    if begin:
        p, q = h[0], h[1]
        return -(2.0 * p + q) / (p * (p + q)), (p + q) / (p * q), -p / (q * (p + q))
    p, q = h[-2], h[-1]
    return q / (p * (p + q)), -(q + p) / (p * q), (2.0 * q + p) / (q * (p + q))


def trapezoid(y: Any, x: Any = None, dx: float = 1.0, axis: int = -1) -> Array:
    """Integral by the trapezoidal rule.

    Examples
    --------
    >>> import hyperslab as da
    >>> float(da.trapezoid(da.array([1.0, 2.0, 3.0])))
    4.0
    """
    f = asarray(y)
    axis = normalize_axis_index(axis, f.ndim)
    width: Any = dx
    if x is not None:
        places = asarray(x)
        width = diff(places, axis=-1 if places.ndim == 1 else axis)
        if places.ndim == 1:
            width = width.reshape([-1 if d == axis else 1 for d in range(f.ndim)])
    before = (slice(None),) * axis
    pairs = _ufunc("add", (f[(*before, slice(1, None))], f[(*before, slice(None, -1))]))
    return _ops.FUNCTIONS["sum"](_ufunc("divide", (_ufunc("multiply", (width, pairs)), 2.0)), axis=axis)


def unwrap(p: Any, discont: float | None = None, axis: int = -1, *, period: float = 2 * np.pi) -> Array:
    """Jumps of more than half a period between neighbours taken out.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.unwrap(da.array([0, 3, 7, 8]), period=6).compute()
    array([0, 3, 1, 2])
    """
    x = asarray(p)
    axis = normalize_axis_index(axis, x.ndim)
    steps = diff(x, axis=axis)
    jump = period / 2 if discont is None else discont
    dtype = np.result_type(steps.dtype, period)
    whole = dtype.kind in "iu"
    high: Any = period // 2 if whole else period / 2
    ambiguous = period % 2 == 0 if whole else True
    short = _ufunc("add", (_ufunc("remainder", (_ufunc("subtract", (steps, -high)), period)), -high))
    if ambiguous:
        edge = _ufunc("logical_and", (_ufunc("equal", (short, -high)), _ufunc("greater", (steps, 0))))
        short = where(edge, np.asarray(high).astype(short.dtype), short)
    correction = _ufunc("subtract", (short, steps))
    correction = where(_ufunc("less", (_ufunc("absolute", (steps,)), jump)), np.zeros((), correction.dtype), correction)
    before = (slice(None),) * axis
    moved = _ufunc("add", (x[(*before, slice(1, None))], _ops.scan("cumsum", correction, axis)))
    return concatenate([x[(*before, slice(0, 1))].astype(dtype), moved.astype(dtype)], axis=axis)


def convolve(a: Any, v: Any, mode: str = "full") -> Array:
    """Discrete convolution.

    Parameters
    ----------
    a, v : 1-d array_like
        The shorter one is the kernel.
    mode : {"full", "same", "valid"}
        Which positions the result has, as in `numpy.convolve`.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.convolve(da.arange(4), [1, -1]).compute()
    array([ 0,  1,  1,  1, -3])
    """
    x, kernel = asarray(a), asarray(v)
    if x.ndim > 1 or kernel.ndim > 1:
        raise ValueError("object too deep for desired array")
    x, kernel = x.reshape(-1), kernel.reshape(-1)
    if len(x) == 0:
        raise ValueError("a cannot be empty")
    if len(kernel) == 0:
        raise ValueError("v cannot be empty")
    if len(kernel) > len(x):
        x, kernel = kernel, x
    k = len(kernel)
    if mode not in ("full", "same", "valid"):
        raise ValueError(f"mode must be one of 'valid', 'same', or 'full' (got {mode!r})")
    # How many positions before the first complete one the result starts at, and after the last one ends.
    before, after = {"valid": (0, 0), "same": (k // 2, (k - 1) // 2), "full": (k - 1, k - 1)}[mode]
    if mode == "same":
        before, after = (k - 1) // 2 + (k - 1) % 2, (k - 1) // 2
    dtype = np.result_type(x.dtype, kernel.dtype)
    wide = pad(x.astype(dtype), (before, after))
    n = len(wide) - k + 1
    if k > (_LONGEST_FLOAT_SUM if dtype in (np.float32, np.float64) else _LONGEST_SUM):
        parts: list[Any] = [(wide, [("near", [0, 0, k - 1])]), (kernel.astype(dtype), [_calls.WHOLE])]
        lengths = rechunk(wide[:n], x.chunksize).chunks
        return _calls.portions("convolve", lambda near, v: np.convolve(near, v, "valid"), parts, lengths, dtype)
    multiply, add = ("logical_and", "logical_or") if dtype.kind == "b" else ("multiply", "add")
    terms = [_ufunc(multiply, (wide[i : i + n], kernel[k - 1 - i].astype(dtype))) for i in range(k)]
    result = terms[0]
    for term in terms[1:]:
        result = _ufunc(add, (result, term))
    return told_as(result, (wide, kernel))  # NumPy's loop does not look.


def correlate(a: Any, v: Any, mode: str = "valid") -> Array:
    """Cross-correlation; see `convolve`.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.correlate(da.arange(4), [1, 1]).compute()
    array([1, 3, 5])
    """
    x, y = asarray(a), asarray(v)
    if x.ndim > 1 or y.ndim > 1:
        raise ValueError("object too deep for desired array")
    x, y = x.reshape(-1), y.reshape(-1)
    if len(y) and y.dtype.kind == "c":
        y = _ufunc("conjugate", (y,))
    if mode == "same" and len(y) > len(x):
        # NumPy centres on the longer one, turned round.
        return convolve(x[::-1], y, mode)[::-1]
    return convolve(x, y[::-1], mode)
