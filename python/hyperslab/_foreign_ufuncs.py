"""Ufuncs that are no rows of the tables, as those of scipy.special and numba: their own loops, on tiles or blocks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from hyperslab import _dtypes, _native, _opaque, _outputs, _ufunc_blocks, _ufunc_methods
from hyperslab._array import Array
from hyperslab._convert import expression, operand
from hyperslab._rows import apply_ufunc


def call(ufunc: np.ufunc, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """``ufunc(*inputs, **kwargs)``, of which some are lazy arrays.

    Raises
    ------
    TypeError
        What the ufunc raises where it has no loop for the dtypes.
    NotImplementedError
        For ``where=`` of a ufunc with several outputs.
    """
    options = dict(kwargs)
    out, where = options.pop("out", None), options.pop("where", True)
    if where is not True and ufunc.nout > 1:
        raise NotImplementedError(f"{ufunc.__name__}: where= with several outputs: choose among each with numpy.where")
    fused = None if options else _fused(ufunc, inputs)
    made = _opaque.elementwise(ufunc, inputs, **options) if fused is None else fused
    if ufunc.nout > 1:
        given = out if isinstance(out, tuple) else (None,) * ufunc.nout
        return tuple(_outputs.deliver(m, o, ufunc.__name__, stretch=True) for m, o in zip(made, given))
    if where is not True:
        other = np.zeros((), made.dtype) if out is None else out
        made = apply_ufunc("where", (_outputs.mask(where), made, other))
    return _outputs.deliver(made, _outputs.single(out), ufunc.__name__, stretch=True)


def method(ufunc: np.ufunc, name: str) -> Callable[..., Any]:
    """``reduce``, ``accumulate``, ``reduceat``, ``outer`` or ``at`` of the ufunc, for lazy arrays."""
    if name != "outer":
        made: Callable[..., Any] = getattr(_ufunc_blocks, name)(ufunc)
        return made
    if ufunc.nin != 2:
        raise ValueError(f"{ufunc.__name__}.outer: outer product only supported for binary functions")
    return _ufunc_methods.outer(lambda *operands, **options: call(ufunc, operands, options))


#: Operands that a call of a tile program takes, at most.
_OPERANDS = 8


def _fused(ufunc: np.ufunc, inputs: tuple[Any, ...]) -> Array | None:
    """The ufunc's loop as a step of tile programs; `None` for several outputs, and for dtypes that only NumPy knows.

    Raises
    ------
    TypeError
        What the ufunc raises where it has no loop for the dtypes.
    """
    if ufunc.nout > 1 or ufunc.nin > _OPERANDS or any(_opaque.is_opaque(x) for x in inputs):
        return None
    ready = [operand(x) for x in inputs]
    given = [_asked(x) for x in ready]
    inner = _with_loops(ufunc, given)
    if inner is None:
        return None
    dtypes = inner.resolve_dtypes((*given, None))
    code = f"{''.join(d.char for d in dtypes[:-1])}->{dtypes[-1].char}"
    if code not in inner.types or not all(d.char in _dtypes.NATIVE and d.isnative for d in dtypes):
        return None
    exprs = [x if isinstance(x, _native.Expr) else expression(np.asarray(x, d)) for x, d in zip(ready, dtypes)]
    return Array(_native.foreign(ufunc, code, [_dtypes.name(d) for d in dtypes], exprs))


def _with_loops(ufunc: Any, given: list[Any]) -> np.ufunc | None:
    """NumPy's ufunc with a loop for such operands. Those of numba hold one, to which a call adds what it lacks."""
    if isinstance(ufunc, np.ufunc):
        return ufunc
    inner = getattr(ufunc, "ufunc", None)
    if isinstance(inner, np.ufunc):
        ufunc(*(np.empty(0, d) if isinstance(d, np.dtype) else d(1) for d in given))
        return inner
    return None


def _asked(x: Any) -> Any:
    """What decides on the loop: a dtype, or the type of a Python number, which gives way to dtypes."""
    if isinstance(x, _native.Expr):
        return _dtypes.from_name(x.dtype)
    return np.dtype(bool) if isinstance(x, bool) else type(x)
