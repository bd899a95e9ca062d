"""The native tables, and one row of them over arrays."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from hyperslab import _calls, _dtypes, _native, _opaque
from hyperslab._array import Array
from hyperslab._convert import expression, operand

UFUNCS: dict[str, dict[str, Any]] = {row["name"]: row for row in _native.ufunc_table()}
REDUCERS: dict[str, dict[str, Any]] = {row["name"]: row for row in _native.reducer_table()}
SCANNERS: dict[str, dict[str, Any]] = {row["name"]: row for row in _native.scanner_table()}


def apply_ufunc(name: str, operands: tuple[Any, ...], dtype: Any = None) -> Array:
    """A row of the ufunc table over operands."""
    if any(_opaque.is_opaque(x) for x in operands):
        return _opaque.elementwise(getattr(np, name), operands, dtype)
    if name == "power" and len(operands) == 2:
        operands = (operands[0], _checked_exponent(*operands, dtype))
    ready = [operand(x) for x in operands]
    if not any(isinstance(x, _native.Expr) for x in ready):
        ready = [expression(x) for x in operands]
    wanted = _dtypes.optional_name(dtype)
    try:
        return Array(_native.ufunc(name, ready, wanted))
    except ValueError:
        # Of wrong shapes and wrong dtypes NumPy names the dtypes first.
        _native.ufunc(
            name,
            [
                _native.full([], x.dtype, bytes(np.dtype(x.dtype).itemsize), ([], None, None))
                if hasattr(x, "dtype")
                else x
                for x in ready
            ],
            wanted,
        )
        raise


def told_as(result: Any, inputs: tuple[Any, ...], name: str | None = None) -> Any:
    """The same array, of which floating-point warnings call what was made of the inputs by that name of a ufunc.

    Without a name they do not tell of it, as where NumPy silences its own.
    """
    if not isinstance(result, Array):
        return result
    return Array(result._expr.told_as([x._expr for x in inputs if isinstance(x, Array)], name))


def _checked_exponent(base: Any, exponent: Any, dtype: Any) -> Any:
    """The exponent; integers that are raised to negative ones are an error when they are met."""
    kinds = [getattr(getattr(x, "dtype", None), "kind", None) for x in (base, exponent)]
    whole = (kinds[0] or ("b" if isinstance(base, bool) else "i" if isinstance(base, int) else "f")) in "biu"
    if (
        kinds[1] != "i"
        or not whole
        or np.ndim(exponent) == 0
        or (dtype is not None and np.dtype(dtype).kind not in "iu")
    ):
        return exponent
    x = Array(expression(exponent))
    return _calls.elementwise("power", _without_negative, [x], x.dtype)


def _without_negative(exponents: np.ndarray) -> np.ndarray:
    if (exponents < 0).any():
        raise ValueError("power: Integers to negative integer powers are not allowed.")
    return exponents


def _axes(axis: Any) -> list[int] | None:
    if axis is None:
        return None
    if isinstance(axis, tuple | list):
        return [operator.index(a) for a in axis]
    return [operator.index(axis)]


#: Reductions that need an element, and what NumPy says of none.
_WITHOUT_IDENTITY = {
    "min": "zero-size array to reduction operation minimum which has no identity",
    "max": "zero-size array to reduction operation maximum which has no identity",
    "nanmin": "zero-size array to reduction operation fmin which has no identity",
    "nanmax": "zero-size array to reduction operation fmax which has no identity",
    "argmin": "attempt to get argmin of an empty sequence",
    "argmax": "attempt to get argmax of an empty sequence",
    "nanargmin": "attempt to get argmin of an empty sequence",
    "nanargmax": "attempt to get argmax of an empty sequence",
}


def _refuse_nothing(name: str, a: Array, axis: Any) -> None:
    """Of no elements there is no largest one, even where the result has no elements either."""
    axes = range(a.ndim) if axis is None else normalize_axis_tuple(_axes(axis) or (), a.ndim, name)
    if any(a.shape[d] == 0 for d in axes):
        raise ValueError(f"{name}: {_WITHOUT_IDENTITY[name]}: shape {a.shape}, axis {axis}")


def fold(name: str, a: Array, axis: Any = None, keepdims: Any = False, dtype: Any = None, ddof: float = 0) -> Array:
    """A row of the table of reductions over an array."""
    if _opaque.is_opaque(a):
        return _opaque.reduced(getattr(np, name), a, _axes(axis), bool(keepdims))
    if 0 in a.shape and name in _WITHOUT_IDENTITY:
        _refuse_nothing(name, a, axis)
    return Array(a._expr.reduce(name, _axes(axis), bool(keepdims), _dtypes.optional_name(dtype), float(ddof)))


def scan(name: str, a: Any, axis: Any = None, dtype: Any = None) -> Array:
    """A row of the table of scans over an array."""
    axis = None if axis is None else operator.index(axis)
    return Array(_native.scan(name, expression(a), axis, _dtypes.optional_name(dtype)))
