"""``reduce``, ``accumulate`` and ``outer`` of ufuncs, as attributes of their functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from hyperslab import _messages, _outputs
from hyperslab._array import Array
from hyperslab._creation import asarray
from hyperslab._rows import SCANNERS, UFUNCS, apply_ufunc, scan

#: Reductions that NumPy's users write as methods of ufuncs.
_REDUCTIONS = {
    "add": "sum",
    "multiply": "prod",
    "minimum": "min",
    "maximum": "max",
    "fmin": "nanmin",
    "fmax": "nanmax",
    "logical_and": "all",
    "logical_or": "any",
}

#: Scans that are methods of ufuncs.
_ACCUMULATIONS = {row["ufunc"]: name for name, row in SCANNERS.items() if row["ufunc"] and "nan" not in name}


def _refuse(name: str, method: str, way: str) -> Callable[..., NoReturn]:
    def refusal(*args: Any, **kwargs: Any) -> NoReturn:
        raise NotImplementedError(f"{name}.{method} is not implemented for lazy arrays: {way}")

    return refusal


def _refuse_folding(name: str, method: str, way: str) -> Callable[..., NoReturn]:
    """``reduce`` or ``accumulate`` that has no native form: NumPy's own errors, found on one element, come first."""

    def refusal(array: Any, axis: Any = 0, dtype: Any = None, **kwargs: Any) -> NoReturn:
        x = asarray(array)
        with np.errstate(all="ignore"):
            getattr(getattr(np, name), method)(np.ones((1,) * x.ndim, np.int8).astype(x.dtype), axis, dtype)
        raise NotImplementedError(f"{name}.{method} is not implemented for lazy arrays: {way}")

    return refusal


def _no_outer(*args: Any, **kwargs: Any) -> NoReturn:
    raise ValueError(f"outer product only supported for binary functions, called with {len(args)} operands")


def _reduce(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    takes_dtype = name in ("add", "multiply")

    def reduce(
        array: Any,
        axis: Any = 0,
        dtype: Any = None,
        out: Any = None,
        keepdims: bool = False,
        initial: Any = np._NoValue,  # type: ignore[attr-defined]
        where: Any = True,
    ) -> Array:
        x = asarray(array)
        if x.ndim == 0 and axis in (0, -1):
            axis = None
        options: dict[str, Any] = {"keepdims": keepdims, "where": where}
        if name in ("logical_and", "logical_or"):
            x = x.astype(bool)
            if initial not in (np._NoValue, None):  # type: ignore[attr-defined]
                joined = apply_ufunc(name, (function(x, axis=axis, **options), bool(initial)))
                return _outputs.deliver(joined, _outputs.single(out), name)
        elif initial is not None:
            options["initial"] = initial
        if takes_dtype:
            options["dtype"] = dtype
        elif dtype is not None:
            x = x.astype(dtype)
        return function(x, axis=axis, out=out, **options)

    return reduce


def _accumulate(name: str) -> Callable[..., Any]:
    def accumulate(array: Any, axis: Any = 0, dtype: Any = None, out: Any = None) -> Any:
        x = asarray(array)
        if x.ndim == 0:
            if axis not in (None, 0, -1):
                raise np.exceptions.AxisError(axis, 0)
            raise TypeError("cannot accumulate on a scalar")
        if axis is None:
            if x.ndim > 1:
                raise ValueError("accumulate does not allow multiple axes")
            axis = 0
        return _outputs.deliver(scan(name, x, axis, dtype), _outputs.single(out), name)

    return accumulate


def _outer(function: Callable[..., Any]) -> Callable[..., Any]:
    def outer(A: Any, B: Any, /, **options: Any) -> Any:
        a, b = asarray(A), asarray(B)
        return function(a[(..., *(None,) * b.ndim)], b, **options)

    return outer


def attach(functions: dict[str, Callable[..., Any]]) -> None:
    """Give the functions of ufuncs NumPy's attributes of ufuncs."""
    for row in UFUNCS.values():
        name = row["name"]
        function: Any = functions.get(name)
        if function is None:
            continue
        function.nin, function.nout, function.nargs = row["nin"], 1, row["nin"] + 1
        reduction = _REDUCTIONS.get(name)
        first = f"compute first, numpy.{name}.{{}}(x.compute(), ...)"
        function.reduce = (
            _reduce(name, functions[reduction])
            if reduction
            else _refuse_folding(name, "reduce", first.format("reduce"))
        )
        scanner = _ACCUMULATIONS.get(name)
        function.accumulate = (
            _accumulate(scanner) if scanner else _refuse_folding(name, "accumulate", first.format("accumulate"))
        )
        function.outer = _outer(function) if row["nin"] == 2 else _no_outer
        for method in ("reduce", "accumulate", "outer"):
            getattr(function, method).__qualname__ = f"{name}.{method}"
            setattr(function, method, _messages.named(getattr(function, method), f"{name}.{method}"))
        function.reduceat = _refuse(name, "reduceat", first.format("reduceat") + ", or reduce each slice and stack")
        function.at = _refuse(name, "at", first.format("at") + "; lazy arrays are not changed in place")
