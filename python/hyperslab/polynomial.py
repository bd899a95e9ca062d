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

    return _named(evaluate, function)


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


def _grid(function: Callable[..., Any], count: int) -> Callable[..., Any]:
    """The function that evaluates a series on the grid of points along `count` axes, lazily where they are."""
    name = function.__name__

    def evaluate(*args: Any) -> Any:
        if not any(map(_lazy, args)):
            return function(*args)
        arrays, series = [asarray(x) for x in args[:count]], _coefficients(args[count], name)
        rest = series.shape[count:]
        dtype = function(*(np.empty((0,) * a.ndim, a.dtype) for a in arrays), series).dtype
        needs: list[Any] = []
        chunks: list[tuple[int, ...]] = [(n,) for n in rest]
        for a in arrays:
            needs.append((a, [("along", [len(chunks) + d]) for d in range(a.ndim)]))
            chunks.extend(a.chunks)
        grains = ["whole"] * len(rest) + ["any"] * (len(chunks) - len(rest))
        return _calls.portions(name, lambda *xs: function(*xs, series), needs, chunks, dtype, grains)

    return _named(evaluate, function)


def _vander(function: Callable[..., Any], count: int) -> Callable[..., Any]:
    """The function that makes matrices of the polynomials of each degree in `count` variables, lazy where they are."""
    name = function.__name__

    def vander(*args: Any) -> Any:
        points, degrees = args[:count], args[count:]
        if not any(map(_lazy, points)):
            return function(*args)
        arrays = [asarray(x) for x in points]
        if len({a.shape for a in arrays}) > 1:
            raise ValueError(f"x, y, z are incompatible: {', '.join(str(a.shape) for a in arrays)}")
        # That there is no such degree is told before anything is computed.
        sample = function(*(np.ones(1, a.dtype) for a in arrays), *degrees)
        whole = [a if a.ndim else a[None] for a in arrays]
        needs: list[Any] = [(a, [("along", [d]) for d in range(a.ndim)]) for a in whole]
        chunks = [*whole[0].chunks, (sample.shape[-1],)]
        grains = ["any"] * whole[0].ndim + ["whole"]
        return _calls.portions(name, lambda *xs: function(*xs, *degrees), needs, chunks, sample.dtype, grains)

    return _named(vander, function)


def _named(made: Callable[..., Any], function: Callable[..., Any]) -> Callable[..., Any]:
    """A function under the name and with the documentation of NumPy's."""
    made.__name__ = made.__qualname__ = function.__name__
    made.__module__, made.__doc__ = __name__, function.__doc__
    return made


def _module(name: str) -> types.ModuleType:
    """NumPy's module of that name, with functions of our own in place of those that take points."""
    numpys, prefix = getattr(np.polynomial, name), _PREFIXES[name]
    made = types.ModuleType(f"{__name__}.{name}", numpys.__doc__)
    vars(made).update({n: getattr(numpys, n) for n in numpys.__all__}, __all__=list(numpys.__all__))
    for suffix, form, count in _FORMS:
        if hasattr(numpys, prefix + suffix):
            setattr(made, prefix + suffix, form(getattr(numpys, prefix + suffix), count))
    return made


#: Ends of names of functions that take points, and in how many variables.
_FORMS = (
    ("val", _values, 1),
    ("val2d", _values, 2),
    ("val3d", _values, 3),
    ("valfromroots", _values, 1),
    ("grid2d", _grid, 2),
    ("grid3d", _grid, 3),
    ("vander", _vander, 1),
    ("vander2d", _vander, 2),
    ("vander3d", _vander, 3),
)


chebyshev, hermite, hermite_e, laguerre, legendre, polynomial = (
    _module(name) for name in ("chebyshev", "hermite", "hermite_e", "laguerre", "legendre", "polynomial")
)
