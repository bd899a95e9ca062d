"""Reductions of some of the elements, and from a start: ``where=``, ``initial=`` and ``mean=`` as compositions."""

from __future__ import annotations

from typing import Any

import numpy as np

from hyperslab._array import Array
from hyperslab._convert import constant
from hyperslab._outputs import mask
from hyperslab._rows import apply_ufunc, fold

#: What takes the place of elements left out.
_NEUTRAL = {"sum": 0, "prod": 1, "any": False, "all": True, "nansum": 0, "nanprod": 1}
#: The ufunc that joins a start to the result.
JOIN = {
    "sum": "add",
    "prod": "multiply",
    "min": "minimum",
    "max": "maximum",
    "nansum": "add",
    "nanprod": "multiply",
    "nanmin": "fmin",
    "nanmax": "fmax",
}


def _scalar(value: Any, dtype: np.dtype) -> np.ndarray:
    """A start in the dtype of the result, as by assignment: an integer out of bounds is an OverflowError."""
    filled = np.empty((), dtype)
    filled[()] = value.compute() if isinstance(value, Array) else value
    return filled


def _chosen(a: Array, where: Any) -> Array:
    return Array(mask(where)._expr.broadcast_to(list(a.shape), None))


def reduce(name: str, a: Array, axis: Any, keepdims: Any, dtype: Any, ddof: float, options: dict[str, Any]) -> Array:
    """A reduction with any of ``where``, ``initial`` and ``mean``."""
    where, initial, mean = options.get("where", True), options.get("initial"), options.get("mean")
    where = True if where is None else where
    if where is True and mean is None:
        return (
            _started(name, a, axis, keepdims, dtype, initial)
            if initial is not None
            else fold(name, a, axis, keepdims, dtype, ddof)
        )
    chosen = _chosen(a, where)
    if name in ("mean", "nanmean"):
        return _mean(name, a, axis, keepdims, dtype, chosen)
    if name in ("var", "std", "nanvar", "nanstd"):
        return _variance(name, a, axis, keepdims, dtype, ddof, chosen, mean)
    if name in _NEUTRAL:
        neutral = np.asarray(_NEUTRAL[name]).astype(a.dtype)
    elif initial is None:
        raise ValueError(
            f"reduction operation '{JOIN[name]}' does not have an identity, so to use a where mask one has to specify "
            "'initial'"
        )
    else:
        neutral = _scalar(initial, a.dtype)
    left = apply_ufunc("where", (chosen, a, neutral))
    return (
        fold(name, left, axis, keepdims, dtype)
        if initial is None
        else _started(name, left, axis, keepdims, dtype, initial)
    )


def _started(name: str, a: Array, axis: Any, keepdims: Any, dtype: Any, initial: Any) -> Array:
    if a.size == 0 and JOIN[name] in ("minimum", "maximum", "fmin", "fmax"):
        shape = fold("any", a, axis, keepdims).shape
        return Array(constant(_scalar(initial, a.dtype), a.dtype, shape))
    result = fold(name, a, axis, keepdims, dtype)
    return apply_ufunc(JOIN[name], (result, _scalar(initial, result.dtype)))


def _wide(a: Array) -> Array:
    """The elements in double precision, in which folds accumulate."""
    return a if a.dtype.kind in "mM" else a.astype("c16" if a.dtype.kind == "c" else "f8")


def _kept(a: Array, chosen: Array) -> Array:
    return apply_ufunc("where", (chosen, a, np.zeros((), a.dtype)))


def _present(name: str, a: Array, chosen: Array) -> Array:
    """The elements that count: those chosen, without NaNs in nan-forms."""
    if not name.startswith("nan") or a.dtype.kind not in "fc":
        return chosen
    return apply_ufunc("logical_and", (chosen, apply_ufunc("logical_not", (apply_ufunc("isnan", (a,)),))))


def _mean(name: str, a: Array, axis: Any, keepdims: Any, dtype: Any, chosen: Array) -> Array:
    natural = fold(name, a, axis, keepdims, dtype).dtype
    chosen = _present(name, a, chosen)
    total = fold("sum", _kept(_wide(a), chosen), axis, keepdims)
    result = apply_ufunc("divide", (total, fold("sum", chosen, axis, keepdims)))
    return Array(result._expr.astype(natural.name, "unsafe"))


def _variance(
    name: str, a: Array, axis: Any, keepdims: Any, dtype: Any, ddof: float, chosen: Array, mean: Any
) -> Array:
    natural = fold(name, a, axis, keepdims, dtype).dtype
    chosen = _present(name, a, chosen)
    x = _wide(a)
    if mean is None:
        mean = apply_ufunc("divide", (fold("sum", _kept(x, chosen), axis, True), fold("sum", chosen, axis, True)))
    away = apply_ufunc("absolute", (apply_ufunc("subtract", (x, mean)),))
    squares = fold("sum", _kept(apply_ufunc("square", (away,)), chosen), axis, keepdims)
    left = apply_ufunc("subtract", (fold("sum", chosen, axis, keepdims).astype("f8"), float(ddof)))
    result = apply_ufunc("divide", (squares, apply_ufunc("maximum", (left, 0.0))))
    if name.startswith("nan"):
        result = apply_ufunc("where", (apply_ufunc("less_equal", (left, 0.0)), np.nan, result))
    if name.endswith("std"):
        result = apply_ufunc("sqrt", (result,))
    return Array(result._expr.astype(natural.name, "unsafe"))
