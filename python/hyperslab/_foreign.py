"""Comparisons with what has no native dtype: ``x == None``, ``x < Decimal("0.1")``, ``x == "a"``."""

from __future__ import annotations

import datetime
import decimal
import enum
import math
import numbers
import operator
from fractions import Fraction
from typing import Any

import numpy as np

from hyperslab import _opaque
from hyperslab._array import Array
from hyperslab._composite import Composite, lifted
from hyperslab._convert import constant, is_array, is_lazy_source
from hyperslab._rows import apply_ufunc

_OPERATORS = {
    "equal": operator.eq,
    "not_equal": operator.ne,
    "less": operator.lt,
    "less_equal": operator.le,
    "greater": operator.gt,
    "greater_equal": operator.ge,
}


#: The same comparison with its sides interchanged.
_MIRRORED = {
    "equal": operator.eq,
    "not_equal": operator.ne,
    "less": operator.gt,
    "less_equal": operator.ge,
    "greater": operator.lt,
    "greater_equal": operator.le,
}

#: Beyond all integers of native dtypes.
_HUGE = 2**100


def compare(name: str, x: Array, other: Any) -> Any:
    """``x <name> other``, element by element, as NumPy's operators compare."""
    if getattr(type(other), "__array_ufunc__", "none") is None or isinstance(other, Composite):
        return NotImplemented
    if isinstance(other, np.ma.MaskedArray):
        return _MIRRORED[name](lifted(other), x)
    if _opaque.is_opaque(x) and (_opaque.is_opaque(other) or _opaque.is_opaque(np.asarray(other))):
        return _opaque.elementwise(_OPERATORS[name], (x, other))
    number = isinstance(other, bool | int | float | complex) and not isinstance(other, np.generic | enum.Enum)
    if number or is_array(other) or is_lazy_source(other):
        if _opaque.is_opaque(x) != _opaque.is_opaque(other) and name in ("equal", "not_equal"):
            return _never(name, x, np.broadcast_shapes(x.shape, np.shape(other)))
        return _native(name, x, other)
    array = np.asarray(other)
    if array.dtype.kind in "biufcmM":
        return _native(name, x, array)
    if array.dtype.kind == "V":
        raise TypeError("Cannot compare structured or void to non-void arrays.")
    if array.dtype.kind != "O":
        shape = np.broadcast_shapes(x.shape, array.shape) if name in ("equal", "not_equal") else ()
        return _never(name, x, shape) if name in ("equal", "not_equal") else _no_loop(name, x, array)
    if array.ndim == 0:
        return _object(name, x, array[()])
    return _objects(name, x, array)


def _native(name: str, x: Array, other: Any) -> Array:
    if isinstance(other, int) and abs(other) >= _HUGE:
        other = float(other) if x.dtype.kind in "fc" else _HUGE if other > 0 else -_HUGE
    try:
        return apply_ufunc(name, (x, other))
    except ValueError:
        # That there is no loop comes before that shapes do not fit.
        if name not in ("equal", "not_equal"):
            apply_ufunc(name, (Array(constant(0, x.dtype)), Array(constant(0, other.dtype))))
        raise
    except TypeError:
        # What has no common dtype is unequal to NumPy's operators, and an error to its functions.
        if name not in ("equal", "not_equal"):
            raise
        return _never(name, x, np.broadcast_shapes(x.shape, getattr(other, "shape", ())))


def _never(name: str, x: Array, shape: tuple[int, ...]) -> Array:
    """No element equals."""
    chunks = x.chunks if shape == x.shape else "auto"
    return Array(constant(name == "not_equal", bool, shape, chunks))


def _no_loop(name: str, x: Array, array: np.ndarray) -> Array:
    types = ", ".join(f"<class '{type(d).__module__}.{type(d).__name__}'>" for d in (x.dtype, array.dtype))
    raise TypeError(f"ufunc '{name}' did not contain a loop with signature matching types ({types}) -> None")


def _objects(name: str, x: Array, array: np.ndarray) -> Array:
    """A list such as ``[None, 1, 2]``: numbers, and what equals none."""
    plain = [v for v in array.flat if isinstance(v, bool | int | float) and not isinstance(v, np.generic)]
    wide = any(isinstance(v, float) for v in plain)
    rest = [v for v in array.flat if not isinstance(v, bool | int | float)]
    exact = not wide or x.dtype.kind == "f" or all(abs(v) < 2**53 for v in plain)
    fits = all(isinstance(v, float) or -(2**63) <= v < 2**63 for v in plain)
    if (
        not exact
        or not fits
        or len(plain) + len(rest) != array.size
        or (wide and x.dtype.itemsize == 8 and x.dtype.kind in "iu")
    ):
        raise NotImplementedError(
            f"{name} with an array of dtype object: convert it to numbers first, numpy.asarray(values, float)"
        )
    for v in rest:
        _object(name, x, v)  # Raises where it cannot be compared.
    number = np.reshape([isinstance(v, bool | int | float) for v in array.flat], array.shape)
    values = np.where(number, array, 0).astype("f8" if wide else "i8")
    return apply_ufunc("where", (number, _native(name, x, values), np.bool_(name == "not_equal")))


def _object(name: str, x: Array, value: Any) -> Array:
    kind = x.dtype.kind
    if isinstance(value, decimal.Decimal | numbers.Rational) and kind in "biufc":
        return _rational(name, x, value)
    if isinstance(value, datetime.date | datetime.timedelta) and kind in "mM":
        return _calendar(name, x, value)
    samples = _samples(x.dtype)
    if kind in "mM" and isinstance(samples[0], int):
        return _object(name, Array(x._expr.astype("int64", "unsafe")), value)  # So are its elements to Python.
    if name in ("equal", "not_equal"):
        if all(_strangers(value, s) and _strangers(s, value) for s in samples):
            return _never(name, x, x.shape)
    elif x.size == 0:
        return _never(name, x, x.shape)
    else:
        _OPERATORS[name](samples[0], value)  # Raises Python's own TypeError where there is no such order.
    raise NotImplementedError(
        f"{name} of a lazy array and a {type(value).__name__}, which has comparisons of its own: compare with a "
        "number, or compute first"
    )


def _samples(dtype: np.dtype) -> list[Any]:
    """Elements as Python's objects, which is how NumPy compares them with objects."""
    return [np.array(v).astype(dtype).item() for v in (1, 0)]


def _strangers(a: Any, b: Any) -> bool:
    """Whether `a` leaves it to `b` to say if they are equal."""
    equal: Any = type(a).__eq__
    return equal(a, b) is NotImplemented


def _rational(name: str, x: Array, value: Any) -> Array:
    """An exact number beside integers or floats: by the greatest of their values that is not above it."""
    if x.dtype.kind == "c":
        if name not in ("equal", "not_equal"):
            _OPERATORS[name](0j, value)  # type: ignore[arg-type]
        real = Array(x._expr.astype(np.zeros((), x.dtype).real.dtype.name, "unsafe"))
        join, zero = ("logical_and", "equal") if name == "equal" else ("logical_or", "not_equal")
        return apply_ufunc(join, (_rational(name, real, value), apply_ufunc(zero, (apply_ufunc("imag", (x,)), 0))))
    if isinstance(value, decimal.Decimal) and not value.is_finite():
        if value.is_nan():
            _OPERATORS[name](1, value)
            return _never(name, x, x.shape)
        return apply_ufunc(name, (x, float(value)))
    exact = Fraction(value)
    if x.dtype.kind == "b":
        x = x.astype("i8")
    if x.dtype.kind in "iu" and abs(exact) > _HUGE:
        return apply_ufunc(name, (x, _HUGE if exact > 0 else -_HUGE))
    below: Any = math.floor(exact) if x.dtype.kind in "iu" else _float_below(exact, x.dtype)
    if math.isfinite(below) and Fraction(below) == exact:
        return apply_ufunc(name, (x, below))
    if name in ("equal", "not_equal"):
        return _never(name, x, x.shape)
    return apply_ufunc("less_equal" if name.startswith("less") else "greater", (x, below))


def _float_below(exact: Fraction, dtype: np.dtype) -> float:
    largest = np.finfo(dtype).max
    if abs(exact) > Fraction(float(largest)):
        return float(largest) if exact > 0 else -math.inf
    with np.errstate(all="ignore"):
        near = np.asarray(float(exact), dtype)[()]
    if not math.isfinite(near) or Fraction(float(near)) > exact:
        near = np.nextafter(near, dtype.type(-math.inf))
    return float(near)


def _calendar(name: str, x: Array, value: datetime.date | datetime.timedelta) -> Array:
    """Dates and durations, which have an order among their own kind."""
    sample = _samples(x.dtype)[0]
    moment = isinstance(value, datetime.datetime)
    if isinstance(sample, datetime.datetime):
        fits = moment and value.tzinfo is None  # type: ignore[union-attr]
    elif isinstance(sample, datetime.date):
        fits = isinstance(value, datetime.date) and not moment
    else:
        fits = isinstance(sample, datetime.timedelta) and isinstance(value, datetime.timedelta)
    if fits:
        native = np.timedelta64(value) if isinstance(value, datetime.timedelta) else np.datetime64(value)
        return apply_ufunc(name, (x, native))
    if name not in ("equal", "not_equal") and x.size:
        _OPERATORS[name](sample, value)
    return _never(name, x, x.shape)
