"""Ufuncs over masked arrays: masks of operands join, and what has no result is masked."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from hyperslab import _numeric, _ops
from hyperslab._array import Array
from hyperslab._chunks import spec
from hyperslab._convert import expression, from_memory
from hyperslab._manipulation import broadcast_to
from hyperslab._rows import apply_ufunc, told_as
from hyperslab.ma._masked import MaskedArray

#: What masked arrays are to users: ours and NumPy's.
MASKED = (MaskedArray, np.ma.MaskedArray)


def lifted(x: np.ma.MaskedArray, chunks: Any = "auto") -> MaskedArray:
    """A masked array of NumPy as a lazy one over the same memory."""
    fill = getattr(x, "_fill_value", None)
    data, mask = np.ma.getdata(x, subok=False), np.ma.getmask(x)
    hidden = None if mask is np.ma.nomask else _in_memory(np.asarray(mask), chunks)
    return MaskedArray(_in_memory(data, chunks), hidden, None if fill is None else np.asarray(fill))


def _in_memory(x: np.ndarray, chunks: Any) -> Array:
    plain = x.ndim and x.dtype.isnative and x.flags.aligned
    return Array(from_memory(x, spec(chunks, x.shape)) if plain else expression(x, chunks))


def split(x: Any) -> tuple[Any, Array | None]:
    """The data of an operand, and its mask if it has one."""
    if isinstance(x, np.ma.MaskedArray):
        x = lifted(x)
    return (x.data, x._hidden) if isinstance(x, MaskedArray) else (x, None)


def inherited(operands: Iterable[Any]) -> np.ndarray | None:
    """The fill value of a result: that of the first masked operand."""
    first = next((x for x in operands if isinstance(x, MASKED)), None)
    if first is None:
        return None
    return first._fill if isinstance(first, MaskedArray) else getattr(first, "_fill_value", None)


def union(masks: Iterable[Array | None], like: Array) -> Array | None:
    """Where one of the masks holds, with the shape and chunks of `like`; `None` if there is none."""
    found: Any = None
    for mask in masks:
        if mask is not None:
            found = mask if found is None else apply_ufunc("logical_or", (found, mask))
    if found is None:
        return None
    if found.shape != like.shape:
        found = broadcast_to(found, like.shape)
    return found if found.chunks == like.chunks else found.rechunk(like.chunks)  # type: ignore[no-any-return]


def inverse(mask: Array) -> Array:
    """Where a mask does not hold."""
    return apply_ufunc("logical_not", (mask,))


def _outside(low: float, high: float) -> Callable[..., Array]:
    return lambda x: apply_ufunc("logical_or", (apply_ufunc("greater", (x, high)), apply_ufunc("less", (x, low))))


def _tangent(x: Any) -> Array:
    return apply_ufunc("less", (apply_ufunc("absolute", (apply_ufunc("cos", (x,)),)), 1e-35))


def _unsafe_quotient(a: Any, b: Any) -> Array:
    """Where a quotient overflows, division by zero included."""
    smallest = apply_ufunc("multiply", (apply_ufunc("absolute", (a,)), np.finfo(float).tiny))
    return apply_ufunc("greater_equal", (smallest, apply_ufunc("absolute", (b,))))


def _below(name: str, bound: float) -> Callable[..., Array]:
    return lambda x: apply_ufunc(name, (x, bound))


#: Where ufuncs have no result, as numpy.ma has it.
DOMAINS: dict[str, Callable[..., Array]] = {
    "sqrt": _below("less", 0.0),
    "log": _below("less_equal", 0.0),
    "log2": _below("less_equal", 0.0),
    "log10": _below("less_equal", 0.0),
    "tan": _tangent,
    "arcsin": _outside(-1.0, 1.0),
    "arccos": _outside(-1.0, 1.0),
    "arccosh": _below("less", 1.0),
    "arctanh": _outside(-1.0 + 1e-15, 1.0 - 1e-15),
    "divide": _unsafe_quotient,
    "floor_divide": _unsafe_quotient,
    "remainder": _unsafe_quotient,
    "fmod": _unsafe_quotient,
}


def not_finite(x: Array) -> Array:
    """Where elements are infinite or not a number."""
    return inverse(apply_ufunc("isfinite", (x,)))


def _strong(x: Any) -> Any:
    """A number with a dtype of its own, as the functions of numpy.ma take numbers."""
    return np.asarray(x) if isinstance(x, bool | int | float | complex) else x


def operate(name: str, *operands: Any, **options: Any) -> MaskedArray:
    """A ufunc as numpy.ma's function of that name: what is not finite is masked where the ufunc has a domain."""
    pairs = [split(x) for x in operands]
    data = [_strong(x) for x, _ in pairs]
    # What has no result is masked: nothing is told.
    result = told_as(_ops.FUNCTIONS[name](*data, **options), tuple(data))
    masks = [mask for _, mask in pairs]
    if name in DOMAINS:
        masks += [told_as(DOMAINS[name](*data), tuple(data)), not_finite(result)]
    return MaskedArray(result, union(masks, result), inherited(operands))


def power(a: Any, b: Any, third: None = None) -> MaskedArray:
    """Powers; what is not finite is masked.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.ma.power(da.ma.masked_array([0.0, 2.0]), -1.0).compute()
    masked_array(data=[--, 0.5],
                 mask=[ True, False],
           fill_value=1e+20)
    """
    if third is not None:
        raise np.ma.MaskError("3-argument power not supported.")
    (x, mx), (y, my) = split(a), split(b)
    result = told_as(apply_ufunc("power", (_strong(x), _strong(y))), (x, y))
    mask = union([mx, my, not_finite(result)], result)
    return MaskedArray(result, mask, inherited([a]))


def compare(name: str, a: Any, b: Any) -> Any:
    """A comparison by its operator; what is masked on either side is masked."""
    (x, mx), (y, my) = split(a), split(b)
    result = getattr(operator, name)(x, _strong(y))
    if not isinstance(result, Array):
        return result
    return MaskedArray(result, union([mx, my], result), inherited([a]))


def through_numpy(name: str, function: Callable[..., Any], operands: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """A ufunc as NumPy's, which masks what is masked in an operand or outside of the domain."""
    for option in ("out", "where"):
        if options.get(option) is not None and options[option] is not True:
            raise NotImplementedError(
                f"{name}: {option}= is not supported with masked arrays: use hyperslab.ma.where on the result"
            )
    options = {key: value for key, value in options.items() if key not in ("out", "where")}
    pairs = [split(x) for x in operands]
    data = [x for x, _ in pairs]
    results = function(*data, **options)
    masks = [mask for _, mask in pairs]
    if name in DOMAINS:
        masks.append(DOMAINS[name](*data))
    fill = inherited(operands)
    if isinstance(results, tuple):
        return tuple(MaskedArray(r, union(masks, r), fill) for r in results)
    return MaskedArray(results, union(masks, results), fill)


def _function(name: str) -> Callable[..., MaskedArray]:
    def function(*args: Any, **options: Any) -> MaskedArray:
        return operate(name, *args, **options)

    function.__name__ = function.__qualname__ = name
    function.__module__ = __name__
    doc = (_ops.FUNCTIONS[name].__doc__ or "").partition("\n")[0]
    also = " or the operation has no finite result" if name in DOMAINS else ""
    function.__doc__ = f"{doc} Masked where an operand is{also}; see `hyperslab.{name}`."
    return function


_NAMES = (
    "exp conjugate sin cos arctan arcsinh sinh cosh tanh absolute fabs negative floor ceil logical_not sqrt log log2 "
    "log10 tan arcsin arccos arccosh arctanh add subtract multiply arctan2 equal not_equal less_equal greater_equal "
    "less greater logical_and logical_or logical_xor bitwise_and bitwise_or bitwise_xor hypot divide floor_divide "
    "remainder fmod"
)

#: Functions of numpy.ma that are ufuncs.
FUNCTIONS: dict[str, Callable[..., Any]] = {name: _function(name) for name in _NAMES.split()}
FUNCTIONS.update(abs=FUNCTIONS["absolute"], true_divide=FUNCTIONS["divide"], mod=FUNCTIONS["remainder"], power=power)


def _shift(name: str) -> Callable[..., MaskedArray]:
    def function(a: Any, n: Any) -> MaskedArray:
        return through_numpy(name, _ops.FUNCTIONS[name], (a, n), {})

    function.__name__ = function.__qualname__ = name
    function.__doc__ = (_ops.FUNCTIONS[name].__doc__ or "").partition("\n")[0] + " Masked where an operand is."
    return function


FUNCTIONS.update({name: _shift(name) for name in ("left_shift", "right_shift")})


#: Operators that are functions of numpy.ma, and those that are NumPy's ufuncs.
_STRICT = {"add": "add", "sub": "subtract", "mul": "multiply", "truediv": "divide", "floordiv": "floor_divide"}
_PLAIN = {
    "mod": "remainder",
    "and": "bitwise_and",
    "or": "bitwise_or",
    "xor": "bitwise_xor",
    "lshift": "left_shift",
    "rshift": "right_shift",
}
_UNARY = {"neg": "negative", "pos": "positive", "abs": "absolute", "invert": "invert"}


def _operand(x: Any) -> bool:
    known = (*MASKED, Array, np.ndarray, np.generic, bool, int, float, complex, list, tuple)
    return isinstance(x, known) or (hasattr(x, "shape") and hasattr(x, "dtype"))


def _binary(call: Callable[..., Any]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    def forward(self: MaskedArray, other: Any) -> Any:
        return call(self, other) if _operand(other) else NotImplemented

    def reflected(self: MaskedArray, other: Any) -> Any:
        return call(other, self) if _operand(other) else NotImplemented

    return forward, reflected


def _plain(name: str) -> Callable[..., Any]:
    return lambda *operands: through_numpy(name, _ops.FUNCTIONS[name], operands, {})


def _one_operand(name: str) -> Callable[..., Any]:
    return lambda self: through_numpy(name, _ops.FUNCTIONS[name], (self,), {})


def _attach() -> None:
    """The operators of masked arrays."""
    calls: dict[str, Callable[..., Any]] = {op: FUNCTIONS[name] for op, name in _STRICT.items()}
    calls.update({op: _plain(name) for op, name in _PLAIN.items()})
    calls["pow"] = power
    calls["divmod"] = lambda *operands: through_numpy("divmod", _numeric.divmod, operands, {})
    for op, call in calls.items():
        forward, reflected = _binary(call)
        setattr(MaskedArray, f"__{op}__", forward)
        setattr(MaskedArray, f"__r{op}__", reflected)
    for op, name in _UNARY.items():
        setattr(MaskedArray, f"__{op}__", _one_operand(name))
    for op in ("eq", "ne", "lt", "le", "gt", "ge"):
        setattr(MaskedArray, f"__{op}__", lambda self, other, op=op: compare(op, self, other))


_attach()
