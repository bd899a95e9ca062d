"""``reduce``, ``accumulate``, ``reduceat``, ``outer`` and ``at`` of ufuncs, as attributes of their functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from hyperslab import _messages, _outputs, _ufunc_blocks
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
        if initial is None:
            # NumPy raises where there is nothing to begin with.
            getattr(np, name).reduce(_ufunc_blocks.tiny_of(x), axis=axis, initial=None)
        options: dict[str, Any] = {"keepdims": keepdims, "where": where}
        if name in ("logical_and", "logical_or"):
            if dtype is not None and np.dtype(dtype) != bool:
                raise TypeError(f"No loop matching the specified signature and casting was found for ufunc {name}")
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


def outer(function: Callable[..., Any]) -> Callable[..., Any]:
    """``outer`` of the ufunc of that function."""

    def product(A: Any, B: Any, /, **options: Any) -> Any:
        a, b = asarray(A), asarray(B)
        return function(a[(..., *(None,) * b.ndim)], b, **options)

    return product


def _unary(name: str, method: str) -> Callable[..., NoReturn]:
    def refusal(*args: Any, **kwargs: Any) -> NoReturn:
        raise ValueError(f"{name}.{method.split()[0]}: {method} only supported for binary functions")

    return refusal


def attach(functions: dict[str, Callable[..., Any]]) -> None:
    """Give the functions of ufuncs NumPy's attributes of ufuncs."""
    for row in UFUNCS.values():
        name = row["name"]
        function: Any = functions.get(name)
        if function is None:
            continue
        function.nin, function.nout, function.nargs = row["nin"], 1, row["nin"] + 1
        numpys = getattr(np, name, None)
        if not isinstance(numpys, np.ufunc):
            for method in ("reduce", "accumulate", "reduceat", "outer", "at"):
                setattr(
                    function, method, _refuse(name, method, f"it is no ufunc of NumPy, hyperslab.{name} is elementwise")
                )
            continue
        function.at = _ufunc_blocks.at(numpys)
        if row["nin"] != 2:
            for method in ("reduce", "accumulate", "reduceat"):
                setattr(function, method, _unary(name, method))
            function.outer = _unary(name, "outer product")
            continue
        reduction, scanner = _REDUCTIONS.get(name), _ACCUMULATIONS.get(name)
        function.reduce = _reduce(name, functions[reduction]) if reduction else _ufunc_blocks.reduce(numpys)
        function.accumulate = _accumulate(scanner) if scanner else _ufunc_blocks.accumulate(numpys)
        function.reduceat = _ufunc_blocks.reduceat(numpys)
        function.outer = outer(function)
        for method in ("reduce", "accumulate", "reduceat", "outer"):
            getattr(function, method).__qualname__ = f"{name}.{method}"
            setattr(function, method, _messages.named(getattr(function, method), f"{name}.{method}"))
