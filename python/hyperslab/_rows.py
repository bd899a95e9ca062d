"""The native tables, and one row of them over arrays."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from hyperslab import _dtypes, _native, _opaque
from hyperslab._array import Array
from hyperslab._convert import expression, operand

UFUNCS: dict[str, dict[str, Any]] = {row["name"]: row for row in _native.ufunc_table()}
REDUCERS: dict[str, dict[str, Any]] = {row["name"]: row for row in _native.reducer_table()}
SCANNERS: dict[str, dict[str, Any]] = {row["name"]: row for row in _native.scanner_table()}


def apply_ufunc(name: str, operands: tuple[Any, ...], dtype: Any = None) -> Array:
    """A row of the ufunc table over operands."""
    if any(_opaque.is_opaque(x) for x in operands):
        return _opaque.elementwise(getattr(np, name), operands, dtype)
    ready = [operand(x) for x in operands]
    if not any(isinstance(x, _native.Expr) for x in ready):
        ready = [expression(x) for x in operands]
    return Array(_native.ufunc(name, ready, _dtypes.optional_name(dtype)))


def _axes(axis: Any) -> list[int] | None:
    if axis is None:
        return None
    if isinstance(axis, tuple | list):
        return [operator.index(a) for a in axis]
    return [operator.index(axis)]


def fold(name: str, a: Array, axis: Any = None, keepdims: Any = False, dtype: Any = None, ddof: float = 0) -> Array:
    """A row of the table of reductions over an array."""
    if _dtypes.is_opaque(a.dtype):
        return _opaque.reduced(getattr(np, name), a, _axes(axis), bool(keepdims))
    return Array(a._expr.reduce(name, _axes(axis), bool(keepdims), _dtypes.optional_name(dtype), float(ddof)))


def scan(name: str, a: Any, axis: Any = None, dtype: Any = None) -> Array:
    """A row of the table of scans over an array."""
    axis = None if axis is None else operator.index(axis)
    return Array(_native.scan(name, expression(a), axis, _dtypes.optional_name(dtype)))
