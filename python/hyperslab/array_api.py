"""The array API standard 2025.12 to the letter: its names and no others, on the arrays of the package.

The package itself follows NumPy, and so the standard but where NumPy differs from it. This view is for code that must
do without what is NumPy's: names, and some values of `expm1`, `floor_divide` and `finfo`.

Examples
--------
>>> import hyperslab.array_api as xp
>>> float(xp.sum(xp.asarray([1.0, 2.0]) ** 2))
5.0
>>> hasattr(xp, "percentile")
False
"""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

import hyperslab
from hyperslab import __array_api_version__, __array_namespace_info__  # noqa: F401

_CONSTANTS = "e inf nan newaxis pi"
_DTYPES = "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float32 float64 complex64 complex128"
_FUNCTIONS = """
abs acos acosh add all any arange argmax argmin argsort asarray asin asinh astype atan atan2 atanh bitwise_and
bitwise_invert bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor broadcast_arrays broadcast_shapes
broadcast_to can_cast ceil clip concat conj copysign cos cosh count_nonzero cumulative_prod cumulative_sum diff divide
empty empty_like equal exp expand_dims eye flip floor from_dlpack full full_like greater greater_equal hypot
iinfo imag isdtype isfinite isin isinf isnan less less_equal linspace log log10 log1p log2 logaddexp logical_and
logical_not logical_or logical_xor matmul matrix_transpose max maximum mean meshgrid min minimum moveaxis multiply
negative nextafter nonzero not_equal ones ones_like permute_dims positive pow prod real reciprocal remainder repeat
reshape result_type roll round searchsorted sign signbit sin sinh sort sqrt square squeeze stack std subtract sum take
take_along_axis tan tanh tensordot tile tril triu trunc unique_all unique_counts unique_inverse unique_values unstack
var vecdot where zeros zeros_like
"""
_LINALG = """
cholesky cross det diagonal eig eigh eigvals eigvalsh inv matmul matrix_norm matrix_power matrix_rank matrix_transpose
outer pinv qr slogdet solve svd svdvals tensordot trace vecdot vector_norm
"""
_FFT = "fft fftfreq fftn fftshift hfft ifft ifftn ifftshift ihfft irfft irfftn rfft rfftfreq rfftn"


def _view(name: str, names: str) -> ModuleType:
    """A module of some names of one of the package's."""
    whole = getattr(hyperslab, name)
    view = ModuleType(f"{__name__}.{name}", f"The standard's names of `hyperslab.{name}`.")
    view.__dict__.update({n: getattr(whole, n) for n in names.split() if hasattr(whole, n)})
    return view


globals().update({n: getattr(hyperslab, n) for n in f"{_CONSTANTS} {_DTYPES} {_FUNCTIONS}".split()})
linalg, fft = _view("linalg", _LINALG), _view("fft", _FFT)


@dataclass(frozen=True)
class FloatInfo:
    """Limits of a floating dtype, as Python's numbers."""

    bits: int
    eps: float
    max: float
    min: float
    smallest_normal: float
    dtype: np.dtype


def finfo(type: Any, /) -> FloatInfo:
    """Limits of a floating dtype, as Python's numbers: those of `numpy.finfo` are of the dtype itself.

    Parameters
    ----------
    type : dtype or array
        A real or complex floating dtype, or an array of one.

    Examples
    --------
    >>> import hyperslab.array_api as xp
    >>> xp.finfo(xp.float32).eps
    1.1920928955078125e-07
    """
    found = hyperslab.finfo(type)
    eps, most, least, normal = (float(x) for x in (found.eps, found.max, found.min, found.smallest_normal))
    return FloatInfo(int(found.bits), eps, most, least, normal, np.dtype(found.dtype))


def expm1(x: Any, /) -> hyperslab.Array:
    """Exponential less one: also of complex numbers with infinite parts, for which NumPy has nan.

    Parameters
    ----------
    x : array or number
        Of a floating dtype.

    Examples
    --------
    >>> import hyperslab.array_api as xp
    >>> xp.expm1(xp.asarray([complex(xp.inf, 0)])).compute()
    array([inf+0.j])
    """
    powers = hyperslab.expm1(x)
    if powers.dtype.kind != "c":
        return powers
    plain = hyperslab.logical_and(hyperslab.isfinite(x), hyperslab.not_equal(x, 0))
    return hyperslab.where(plain, powers, hyperslab.subtract(hyperslab.exp(x), 1))


def floor_divide(x1: Any, x2: Any, /) -> hyperslab.Array:
    """The quotient, rounded down: also where one of the operands is infinite, for which NumPy has nan or -1.

    Parameters
    ----------
    x1, x2 : array or number
        Of real dtypes; shapes broadcast.

    Examples
    --------
    >>> import hyperslab.array_api as xp
    >>> xp.floor_divide(xp.asarray([xp.inf, 5.0]), 2.0).compute()
    array([inf,  2.])
    """
    quotient = hyperslab.floor_divide(x1, x2)
    if quotient.dtype.kind != "f":
        return quotient
    infinite = hyperslab.logical_or(hyperslab.isinf(x1), hyperslab.isinf(x2))
    return hyperslab.where(infinite, hyperslab.floor(hyperslab.divide(x1, x2)), quotient)


__all__ = sorted(
    {
        *f"{_CONSTANTS} {_DTYPES} {_FUNCTIONS}".split(),
        *("expm1", "finfo", "floor_divide", "linalg", "fft", "__array_api_version__", "__array_namespace_info__"),
    }
)


def __dir__() -> list[str]:
    """The standard's names."""
    return __all__
