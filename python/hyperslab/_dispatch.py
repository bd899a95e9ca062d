"""NumPy's own functions on lazy arrays: ``np.log(x)`` stays lazy, ``np.sum(x)`` becomes ours."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from hyperslab import (
    _choice,
    _creation,
    _diagonals,
    _einsum,
    _grids,
    _join,
    _linalg,
    _manipulation,
    _neighbours,
    _numeric,
    _ops,
    _padding,
    _pieces,
    _polynomials,
    _predicates,
    _products,
    _statistics,
    _windows,
    fft,
    linalg,
)
from hyperslab._array import Array
from hyperslab._creation import asarray
from hyperslab.lib import stride_tricks

#: Where functions stand that are compositions; their names are NumPy's.
_MODULES = (
    _choice,
    _creation,
    _diagonals,
    _einsum,
    _grids,
    _join,
    _linalg,
    _manipulation,
    _neighbours,
    _numeric,
    _padding,
    _pieces,
    _polynomials,
    _predicates,
    _products,
    _statistics,
    _windows,
)


def _public(module: ModuleType) -> dict[str, Callable[..., Any]]:
    own = {n: f for n, f in vars(module).items() if not n.startswith("_") and callable(f) and not isinstance(f, type)}
    return {n: f for n, f in own.items() if f.__module__ == module.__name__}


def _find() -> dict[Any, Callable[..., Any]]:
    """NumPy's functions and ufuncs, each with our namesake."""
    ours: dict[str, Callable[..., Any]] = dict(_ops.FUNCTIONS)
    for module in _MODULES:
        ours.update(_public(module))
    found = {getattr(np, n): f for n, f in ours.items() if callable(getattr(np, n, None))}
    for own, numpys in ((linalg, np.linalg), (fft, np.fft), (stride_tricks, np.lib.stride_tricks)):
        found.update(
            {getattr(numpys, n): getattr(own, n) for n in own.__all__ if not isinstance(getattr(own, n), type)}
        )
    return found


FUNCTIONS = _find()

#: Reductions that NumPy's users write as methods of ufuncs.
_REDUCTIONS = {
    np.add: "sum",
    np.multiply: "prod",
    np.minimum: "min",
    np.maximum: "max",
    np.logical_and: "all",
    np.logical_or: "any",
}

#: Scans that are methods of ufuncs.
_ACCUMULATIONS = {getattr(np, row["ufunc"]): name for name, row in _ops.SCANNERS.items() if row["ufunc"]}


def call_ufunc(ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What ``__array_ufunc__`` answers."""
    name = ufunc.__name__
    out = kwargs.get("out")
    if out is not None and any(o is not None for o in out):
        raise NotImplementedError(
            f"numpy.{name} with out= and a lazy array: use hyperslab.store({name}(...), target), or compute first"
        )
    kwargs.pop("out", None)
    if method == "__call__" and ufunc in FUNCTIONS:
        return FUNCTIONS[ufunc](*inputs, **kwargs)
    if method == "reduce" and ufunc in _REDUCTIONS:
        kwargs.setdefault("axis", 0)
        if kwargs.get("initial") is None:
            kwargs.pop("initial", None)
        return _ops.FUNCTIONS[_REDUCTIONS[ufunc]](*inputs, **kwargs)
    if method == "accumulate" and ufunc in _ACCUMULATIONS:
        return _accumulate(_ACCUMULATIONS[ufunc], *inputs, **kwargs)
    if method == "outer" and ufunc in FUNCTIONS and len(inputs) == 2:
        a, b = (asarray(x) for x in inputs)
        return FUNCTIONS[ufunc](a[(..., *(None,) * b.ndim)], b, **kwargs)
    call = f"numpy.{name}" if method == "__call__" else f"numpy.{name}.{method}"
    raise NotImplementedError(f"{call} is not implemented for lazy arrays: compute first, {call}(x.compute())")


def _accumulate(name: str, array: Any, axis: Any = 0, dtype: Any = None) -> Array:
    x = asarray(array)
    if x.ndim == 0:
        if axis not in (None, 0, -1):
            raise np.exceptions.AxisError(axis, 0)
        raise TypeError("cannot accumulate on a scalar")
    if axis is None:
        if x.ndim > 1:
            raise ValueError("accumulate does not allow multiple axes")
        axis = 0
    return _ops.scan(name, x, axis, dtype)


def call_function(func: Any, types: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What ``__array_function__`` answers."""
    if not all(issubclass(t, Array | np.ndarray) for t in types):
        return NotImplemented
    if func in FUNCTIONS:
        return FUNCTIONS[func](*args, **kwargs)
    if func in (np.result_type, np.can_cast, np.min_scalar_type):
        return func(*(a.dtype if isinstance(a, Array) else a for a in args), **kwargs)
    call = f"{func.__module__}.{func.__name__}"
    raise NotImplementedError(f"{call} is not implemented for lazy arrays: compute first, {call}(x.compute())")
