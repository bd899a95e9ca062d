"""NumPy's own functions on lazy arrays: ``np.log(x)`` stays lazy, ``np.sum(x)`` becomes ours."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from hyperslab import (
    _asarray,
    _assignment,
    _calendar,
    _choice,
    _creation,
    _diagonals,
    _einsum,
    _foreign_ufuncs,
    _grids,
    _gufuncs,
    _histograms,
    _intervals,
    _join,
    _linalg,
    _manipulation,
    _masks,
    _messages,
    _neighbours,
    _npy,
    _numeric,
    _ops,
    _outputs,
    _padding,
    _pieces,
    _polynomials,
    _positions,
    _predicates,
    _printing,
    _products,
    _quantiles,
    _sets,
    _sorting,
    _statistics,
    _text,
    _windows,
    emath,
    fft,
    linalg,
)
from hyperslab._array import Array
from hyperslab._composite import Composite, lifted
from hyperslab.lib import stride_tricks

#: Where functions stand that are compositions; their names are NumPy's.
_MODULES = (
    _asarray,
    _assignment,
    _calendar,
    _choice,
    _creation,
    _diagonals,
    _einsum,
    _grids,
    _gufuncs,
    _histograms,
    _intervals,
    _join,
    _linalg,
    _manipulation,
    _masks,
    _neighbours,
    _npy,
    _numeric,
    _padding,
    _pieces,
    _polynomials,
    _positions,
    _predicates,
    _printing,
    _products,
    _sets,
    _quantiles,
    _sorting,
    _statistics,
    _text,
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
    for own, numpys in (
        (linalg, np.linalg),
        (fft, np.fft),
        (emath, np.emath),
        (stride_tricks, np.lib.stride_tricks),
    ):
        public = {n: getattr(own, n) for n in own.__all__ if hasattr(numpys, n)}
        found.update({getattr(numpys, n): f for n, f in public.items() if not isinstance(f, type)})
    return found


FUNCTIONS = _find()

#: What NumPy's functions that make arrays take besides, and means nothing where there is no memory yet.
_LAYOUT = frozenset(("order", "subok"))


def call_ufunc(ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What ``__array_ufunc__`` answers."""
    if any(isinstance(x, Composite) for x in (*inputs, *kwargs.values())):
        return NotImplemented
    if any(isinstance(x, np.ma.MaskedArray) for x in inputs):
        return getattr(ufunc, method)(*(lifted(x) for x in inputs), **kwargs)
    name = ufunc.__name__
    if "out" in kwargs and ufunc.nout == 1:
        kwargs["out"] = _outputs.single(kwargs["out"])
    if method == "__call__" and ufunc in FUNCTIONS:
        return _called(FUNCTIONS[ufunc], name, inputs, kwargs)
    if method in ("reduce", "accumulate", "outer", "reduceat", "at") and ufunc in FUNCTIONS and ufunc.nout == 1:
        return _called(getattr(FUNCTIONS[ufunc], method), f"{name}.{method}", inputs, kwargs)
    if method == "__call__" and ufunc.signature is None:
        return _foreign_ufuncs.call(ufunc, inputs, kwargs)
    if ufunc.signature is None and ufunc.nout == 1:
        return _called(_foreign_ufuncs.method(ufunc, method), f"{name}.{method}", inputs, kwargs)
    call = _library(ufunc) + (name if method == "__call__" else f"{name}.{method}")
    raise NotImplementedError(f"{call} is not implemented for lazy arrays: compute first, {call}(x.compute())")


def _called(function: Callable[..., Any], name: str, args: Any, kwargs: dict[str, Any]) -> Any:
    """The result; exceptions name what was called."""
    try:
        return function(*args, **kwargs)
    except Exception as error:
        _messages.tell(error, name, args, kwargs)
        raise


def _library(ufunc: np.ufunc) -> str:
    """Where a ufunc comes from, as users write it."""
    places = ["numpy", "scipy.special", *sys.modules]
    found = (p for p in places if getattr(sys.modules.get(p), ufunc.__name__, None) is ufunc)
    return next((f"{p}." for p in found if not any(part.startswith("_") for part in p.split("."))), "")


def call_function(func: Any, types: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What ``__array_function__`` answers."""
    if not all(issubclass(t, Array | np.ndarray) for t in types):
        return NotImplemented
    if func in FUNCTIONS:
        ours = FUNCTIONS[func]
        if ours.__module__ in (_asarray.__name__, _creation.__name__):
            kwargs = {key: value for key, value in kwargs.items() if key not in _LAYOUT}
        return _called(ours, func.__name__, args, kwargs)
    if func is np.min_scalar_type:
        return args[0].dtype if args[0].ndim else func(args[0].compute())
    if func in (np.result_type, np.can_cast):
        return func(*(a.dtype if isinstance(a, Array) else a for a in args), **kwargs)
    call = f"{func.__module__}.{func.__name__}"
    raise NotImplementedError(f"{call} is not implemented for lazy arrays: compute first, {call}(x.compute())")
