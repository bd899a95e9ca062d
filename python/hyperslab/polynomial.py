"""``da.polynomial``: NumPy's polynomials, whose values at lazy arrays are lazy.

The classes are NumPy's; so are all functions but those that evaluate a series and those that make Vandermonde matrices.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.polynomial import (
    Chebyshev,
    Hermite,
    HermiteE,
    Laguerre,
    Legendre,
    Polynomial,
    set_default_printstyle,
)

from hyperslab import _calls
from hyperslab._array import Array
from hyperslab._convert import is_array, is_lazy_source
from hyperslab._creation import asarray

__all__ = [
    "Chebyshev",
    "Hermite",
    "HermiteE",
    "Laguerre",
    "Legendre",
    "Polynomial",
    "chebyshev",
    "hermite",
    "hermite_e",
    "laguerre",
    "legendre",
    "polynomial",
    "set_default_printstyle",
]

#: The modules, each with the prefix of its functions.
_PREFIXES = {
    "polynomial": "poly",
    "chebyshev": "cheb",
    "hermite": "herm",
    "hermite_e": "herme",
    "laguerre": "lag",
    "legendre": "leg",
}


def _lazy(x: Any) -> bool:
    return is_array(x) or is_lazy_source(x)


def _coefficients(c: Any, name: str) -> np.ndarray:
    """Coefficients, in memory."""
    if _lazy(c):
        raise NotImplementedError(f"{name}: coefficients must be in memory: compute them first, c.compute()")
    made = np.array(c, ndmin=1)
    return made.astype(np.double) if made.dtype.char in "?bBhHiIlLqQpP" else made


def _values(function: Callable[..., Any], count: int) -> Callable[..., Any]:
    """The function that evaluates a series in `count` variables, lazily where they are."""
    name = function.__name__

    def evaluate(*args: Any, **kwargs: Any) -> Any:
        if not any(map(_lazy, args)):
            return function(*args, **kwargs)
        points, series, rest = args[:count], _coefficients(args[count], name), args[count + 1 :]
        tensor = kwargs.get("tensor", rest[0] if rest else True)
        arrays = [asarray(x) for x in points]
        if len({a.shape for a in arrays}) > 1:
            raise ValueError(f"x, y, z are incompatible: {', '.join(str(a.shape) for a in arrays)}")
        if series.ndim <= count:
            return _elementwise(function, arrays, series)
        if not tensor:
            raise NotImplementedError(f"{name}: tensor=False is not supported: evaluate each series alone")
        return _several(function, arrays, series, count)

    evaluate.__name__ = evaluate.__qualname__ = name
    evaluate.__module__, evaluate.__doc__ = __name__, function.__doc__
    return evaluate


def _elementwise(function: Callable[..., Any], arrays: list[Array], series: np.ndarray) -> Array:
    dtype = function(*(np.empty(0, a.dtype) for a in arrays), series).dtype
    return _calls.elementwise(function.__name__, lambda *xs: function(*xs, series), arrays, dtype)


def _several(function: Callable[..., Any], arrays: list[Array], series: np.ndarray, count: int) -> Array:
    """The values of several series: their axes come before those of the points."""
    rest = series.shape[count:]
    dtype = function(*(np.empty(0, a.dtype) for a in arrays), series).dtype
    depth = len(rest)
    needs = [(a, [("along", [depth + d]) for d in range(a.ndim)]) for a in arrays]
    chunks = [*((n,) for n in rest), *arrays[0].chunks]
    grains = ["whole"] * depth + ["any"] * arrays[0].ndim
    return _calls.portions(function.__name__, lambda *xs: function(*xs, series), needs, chunks, dtype, grains)


def _vander(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function that makes a matrix of the polynomials of each degree, lazily of lazy points."""
    name = function.__name__

    def vander(x: Any, deg: int) -> Any:
        if not _lazy(x):
            return function(x, deg)
        a = asarray(x)
        # That there is no such degree is told before anything is computed.
        sample = function(np.empty(0, a.dtype), deg)
        whole = a if a.ndim else a[None]
        needs: list[Any] = [(whole, [("along", [d]) for d in range(whole.ndim)])]
        chunks = [*whole.chunks, (sample.shape[-1],)]
        grains = ["any"] * whole.ndim + ["whole"]
        return _calls.portions(name, lambda block: function(block, deg), needs, chunks, sample.dtype, grains)

    vander.__name__ = vander.__qualname__ = name
    vander.__module__, vander.__doc__ = __name__, function.__doc__
    return vander


def _module(name: str) -> types.ModuleType:
    """NumPy's module of that name, with functions of our own in place of those that take points."""
    numpys, prefix = getattr(np.polynomial, name), _PREFIXES[name]
    made = types.ModuleType(f"{__name__}.{name}", numpys.__doc__)
    vars(made).update({n: getattr(numpys, n) for n in numpys.__all__}, __all__=list(numpys.__all__))
    for suffix, count in (("val", 1), ("val2d", 2), ("val3d", 3)):
        setattr(made, prefix + suffix, _values(getattr(numpys, prefix + suffix), count))
    setattr(made, f"{prefix}vander", _vander(getattr(numpys, f"{prefix}vander")))
    return made


chebyshev, hermite, hermite_e, laguerre, legendre, polynomial = (
    _module(name) for name in ("chebyshev", "hermite", "hermite_e", "laguerre", "legendre", "polynomial")
)
