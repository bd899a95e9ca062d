"""Arrays made of several expressions, which what works on one expression must not take for a source of data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np


class Composite:
    """Base of lazy arrays that are several arrays together, as masked ones are: data and a mask."""

    __slots__ = ()

    #: What users do where an operation has no form for arrays of this kind.
    way_out = "compute first, x.compute()"

    def parts(self) -> tuple[Any, ...]:
        """The arrays it is made of, the same objects at each call."""
        raise NotImplementedError

    def joined(self, results: tuple[Any, ...]) -> Any:
        """What it is when its parts are computed."""
        raise NotImplementedError

    def over(self, results: tuple[Any, ...]) -> Any:
        """The lazy array over other parts of the same shapes."""
        raise NotImplementedError


def refuse(x: Any) -> NoReturn:
    """Raise for an array of several expressions where one is needed."""
    kind, way = type(x).__name__, getattr(x, "way_out", Composite.way_out)
    if isinstance(x, np.ma.MaskedArray):
        way = "fill what is masked first, x.filled(value)"
    raise NotImplementedError(f"a masked array, {kind}, has no form in this operation: {way}")


_lifts: list[Callable[[np.ma.MaskedArray], Composite]] = []


def register(lift: Callable[[np.ma.MaskedArray], Composite]) -> None:
    """Set what makes masked arrays of NumPy lazy."""
    _lifts.append(lift)


def lifted(x: Any) -> Any:
    """A masked array of NumPy as a lazy one, and anything else as it is."""
    return _lifts[-1](x) if isinstance(x, np.ma.MaskedArray) else x
