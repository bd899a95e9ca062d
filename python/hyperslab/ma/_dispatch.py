"""Functions of the package and of NumPy on masked arrays: which form each of them has."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from hyperslab import _ops
from hyperslab._array import Array
from hyperslab._composite import Composite, register
from hyperslab._dispatch import FUNCTIONS as NUMPYS
from hyperslab.ma import _creation, _reductions, _shapes, _sources
from hyperslab.ma._masked import MaskedArray
from hyperslab.ma._ufuncs import MASKED, lifted, through_numpy


def _of_ufunc(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def form(*args: Any, **options: Any) -> Any:
        return through_numpy(name, function, args, options)

    return form


def _elements(a: Any, dtype: Any = None, **options: Any) -> Array:
    """As `numpy.asarray`, which leaves the mask out."""
    x = _creation.getdata(a)
    return x if dtype is None else x.astype(dtype)


def _forms() -> dict[str, Callable[..., Any]]:
    """Name of a function of the package -> what it is on masked arrays."""
    forms = {name: _of_ufunc(name, _ops.FUNCTIONS[name]) for name in _ops.UFUNCS if name in _ops.FUNCTIONS}
    for name in ("divmod", "modf", "frexp"):
        forms[name] = _of_ufunc(name, NUMPYS[getattr(np, name)])
    for row in _ops.UFUNCS.values():
        if row["name"] in forms:
            forms.update(dict.fromkeys(row["aliases"], forms[row["name"]]))
    forms.update({name: f for name, f in _reductions.METHODS.items() if name not in ("count", "anom")})
    forms.update(average=_reductions.average, allclose=_reductions.allclose)
    forms.update(amin=_reductions.min, amax=_reductions.max)
    forms.update(_shapes.SHAPES)
    forms.update(_shapes.JOINS)
    names = (
        "atleast_1d",
        "atleast_2d",
        "atleast_3d",
        "append",
        "where",
        "clip",
        "round",
        "around",
        "angle",
        "diff",
        "dot",
    )
    forms.update({name: getattr(_shapes, name) for name in names})
    forms.update(compress=_shapes.compress, nonzero=_shapes.nonzero, median=_shapes.median)
    forms.update({name: getattr(_creation, name) for name in ("zeros_like", "ones_like", "empty_like")})
    forms.update(from_array=_sources.from_array, asanyarray=_creation.asanyarray, array=_creation.array)
    forms.update(asarray=_elements)
    forms.update(shape=lambda a: a.shape, ndim=lambda a: a.ndim, size=_size)
    return forms


def _size(a: Any, axis: int | None = None) -> int:
    return a.size if axis is None else a.shape[axis]  # type: ignore[no-any-return]


FORMS = _forms()

#: Functions that take a sequence of arrays.
_SEQUENCES = frozenset(_shapes.JOINS)


def _has_masked(args: Any, deep: bool) -> bool:
    return any(isinstance(a, MASKED) or (deep and isinstance(a, list | tuple) and _has_masked(a, False)) for a in args)


def taught(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of the package that knows masked arrays."""
    form, deep = FORMS[name], name in _SEQUENCES

    @functools.wraps(function)
    def either(*args: Any, **kwargs: Any) -> Any:
        masked = _has_masked(args, deep) or (bool(kwargs) and _has_masked(kwargs.values(), deep))
        return (form if masked else function)(*args, **kwargs)

    return either


def _call_ufunc(self: MaskedArray, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
    name = ufunc.__name__
    if method != "__call__" or name not in FORMS or NUMPYS.get(ufunc) is None:
        call = name if method == "__call__" else f"{name}.{method}"
        raise NotImplementedError(
            f"numpy.{call} is not implemented for lazy masked arrays: use hyperslab.ma, or compute first, x.compute()"
        )
    return FORMS[name](*inputs, **kwargs)


#: NumPy's functions that have a form under another name than the package's own.
_NUMPYS = {f: FORMS[name] for name in FORMS if callable(f := getattr(np, name, None)) and not isinstance(f, type)}


def _call_function(self: MaskedArray, func: Any, types: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if not all(issubclass(t, Array | np.ndarray | Composite) for t in types):
        return NotImplemented
    if func in _NUMPYS:
        return _NUMPYS[func](*args, **kwargs)
    if func in (np.may_share_memory, np.shares_memory):
        return False  # What a lazy array computes lies in memory of its own.
    if func is np.min_scalar_type and args[0].ndim:
        return args[0].dtype
    if func in (np.result_type, np.can_cast):
        return func(*(a.dtype if isinstance(a, Array | MaskedArray) else a for a in args), **kwargs)
    call = f"{func.__module__}.{func.__name__}"
    raise NotImplementedError(
        f"{call} is not implemented for lazy masked arrays: fill them first, x.filled(value), or compute first, "
        f"{call}(x.compute())"
    )


MaskedArray.__array_ufunc__ = _call_ufunc  # type: ignore[attr-defined]
MaskedArray.__array_function__ = _call_function  # type: ignore[attr-defined]
register(lifted)
