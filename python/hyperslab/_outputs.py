"""``out=``, ``where=``, ``dtype=`` and ``casting=`` of ufuncs, and ``out=`` of everything else."""

from __future__ import annotations

from typing import Any

import numpy as np

from hyperslab import _engine, _signatures
from hyperslab._array import Array
from hyperslab._convert import expression
from hyperslab._rows import apply_ufunc, told_as


def single(out: Any) -> Any:
    """The one output of an ``out=``, which ufuncs take in a tuple too."""
    if isinstance(out, tuple):
        if len(out) != 1:
            raise ValueError("The 'out' tuple must have exactly one entry per ufunc output")
        return out[0]
    return out


def dtype_of(out: Any) -> np.dtype | None:
    """The dtype that an ``out=`` has results computed in; none of times, which have one loop that no dtype names."""
    dtype = getattr(out, "dtype", None)
    return None if dtype is None or dtype.kind in "mM" else dtype


def mask(where: Any) -> Array:
    """``where=`` as an array of bool, to which only bools cast safely."""
    # NumPy converts lists and numbers, but casts no arrays.
    m = Array(expression(where if hasattr(where, "dtype") else np.asarray(where, dtype=bool)))
    if m.dtype != bool:
        raise TypeError(f"Cannot cast array data from dtype('{m.dtype}') to dtype('bool') according to the rule 'safe'")
    return m


def deliver(result: Array, out: Any, name: str, casting: str = "same_kind", stretch: bool = False) -> Any:
    """The result, put where ``out=`` asks for it: NumPy's memory is filled, a lazy array becomes the result.

    Raises
    ------
    ValueError
        If the shape is another one. `stretch`: if it does not broadcast to that of `out`.
    TypeError
        If `out` is neither, or the result does not cast to its dtype.
    """
    if out is None:
        return result
    if not isinstance(out, Array | np.ndarray):
        raise TypeError(
            f"return arrays must be of ArrayType: {name} into a {type(out).__name__}; "
            "write to files and other stores with hyperslab.store(result, target)"
        )
    if not np.can_cast(result.dtype, out.dtype, casting):  # type: ignore[arg-type]
        raise TypeError(
            f"Cannot cast ufunc '{name}' output from dtype('{result.dtype}') to dtype('{out.dtype}') "
            f"with casting rule '{casting}'"
        )
    if result.shape != out.shape:
        if not stretch or np.broadcast_shapes(result.shape, out.shape) != out.shape:
            raise ValueError(
                f"non-broadcastable output operand with shape {out.shape} doesn't match the broadcast shape "
                f"{result.shape}: {name}"
            )
        result = Array(result._expr.broadcast_to(list(out.shape), None))
    if result.dtype != out.dtype:
        result = Array(result._expr.astype(out.dtype.name, "unsafe"))
    if isinstance(out, Array):
        out._expr = result._expr
    elif out.flags.c_contiguous and out.flags.aligned and out.dtype.isnative and out.flags.writeable:
        _engine.run([(result._expr, out, None)])
    else:
        np.copyto(out, _engine.evaluate(result._expr))
    return out


def _loop(name: str, operands: tuple[Any, ...], dtype: Any, casting: str) -> Array:
    """The ufunc by the loop whose result is of `dtype`."""
    wanted = np.dtype(dtype)
    if wanted.kind in "mM":
        return apply_ufunc(name, operands, dtype)
    try:
        natural = apply_ufunc(name, operands)
    except TypeError:
        natural = None
    if natural is not None and natural.dtype == wanted:
        return natural
    none = f"No loop matching the specified signature and casting was found for ufunc {name}"
    ready = [_cast(name, i, x, wanted, casting) for i, x in enumerate(operands)]
    try:
        result = apply_ufunc(name, tuple(ready))
    except TypeError:
        raise TypeError(none) from None
    if result.dtype != wanted:
        raise TypeError(none)
    return result


def _cast(name: str, i: int, x: Any, to: np.dtype, casting: str) -> Any:
    a = Array(expression(x))
    weak = isinstance(x, int) and to.kind in "iu"
    if not weak and not np.can_cast(a.dtype, to, casting):  # type: ignore[arg-type]
        raise TypeError(
            f"Cannot cast ufunc '{name}' input {i} from dtype('{a.dtype}') to dtype('{to}') with casting rule "
            f"'{casting}'"
        )
    if weak:
        return np.asarray(x, to)  # An integer out of bounds is an OverflowError, as in NumPy.
    return Array(a._expr.astype(to.name, "unsafe"))


def _check_exact(name: str, operands: tuple[Any, ...], casting: str) -> None:
    """With ``casting="no"`` nothing is converted."""
    dtypes = [Array(expression(x)).dtype for x in operands if not isinstance(x, bool | int | float | complex)]
    common = np.result_type(*dtypes) if dtypes else None
    for i, d in enumerate(dtypes):
        if d != common:
            raise TypeError(
                f"Cannot cast ufunc '{name}' input {i} from dtype('{d}') to dtype('{common}') with casting rule "
                f"'{casting}'"
            )


def call(
    name: str,
    operands: tuple[Any, ...],
    out: Any = None,
    where: Any = True,
    dtype: Any = None,
    casting: str = "same_kind",
    order: str = "K",
    subok: bool = True,
    signature: Any = None,
) -> Any:
    """A ufunc with all of its options; `order` and `subok` have no meaning for lazy arrays."""
    if casting not in ("no", "equiv", "safe", "same_kind", "unsafe"):
        raise ValueError(f"casting must be one of 'no', 'equiv', 'safe', 'same_kind', or 'unsafe' (got '{casting}')")
    if order not in ("K", "A", "C", "F"):
        raise ValueError(f"order must be one of 'C', 'F', 'A', or 'K' (got '{order}')")
    out = single(out)
    ufunc = getattr(np, name, None)
    if isinstance(ufunc, np.ufunc):
        wanted = _signatures.parsed(ufunc, signature, dtype)
        plain = wanted is None and casting == "same_kind"
        result = apply_ufunc(name, operands) if plain else _signatures.apply(ufunc, operands, wanted, casting)
    else:
        if casting in ("no", "equiv"):
            _check_exact(name, operands, casting)
        result = apply_ufunc(name, operands) if dtype is None else _loop(name, operands, dtype, casting)
    if where is not True:
        # What is not chosen is computed all the same; NumPy does not look at it.
        quiet = told_as(result, operands)
        result = _where(name, quiet, mask(where), out, casting)
    return deliver(result, out, name, casting, stretch=True)


def _where(name: str, result: Array, chosen: Array, out: Any, casting: str) -> Array:
    """Results where they are wanted; elsewhere what is there already, or zeros where NumPy leaves whatever it finds."""
    if out is None:
        return apply_ufunc("where", (chosen, result, np.zeros((), result.dtype)))
    if isinstance(out, Array | np.ndarray) and np.can_cast(result.dtype, out.dtype, casting):  # type: ignore[arg-type]
        result = Array(result._expr.astype(out.dtype.name, "unsafe"))
        return apply_ufunc("where", (chosen, result, out))
    return deliver(result, out, name, casting)
