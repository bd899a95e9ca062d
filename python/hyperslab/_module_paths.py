"""Paths of dask.array's modules, for code that imports from there: ``from hyperslab.routines import where``."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

#: Modules that hold public names of dask.array, which are names of the package here.
NAMES = (
    "creation",
    "einsumfuncs",
    "gufunc",
    "percentile",
    "rechunk",
    "reshape",
    "routines",
    "slicing",
    "ufunc",
    "wrap",
)


class _Path(ModuleType):
    """A module whose names are those of the package."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(sys.modules[__package__], name)

    def __dir__(self) -> list[str]:
        return dir(sys.modules[__package__])


def register() -> None:
    """Make the paths importable. A name of the package itself, `ufunc` or `reshape`, stays what it is."""
    package = sys.modules[__package__]
    for name in NAMES:
        module = _Path(f"{__package__}.{name}", f"The names of ``dask.array.{name}``, as hyperslab has them.")
        sys.modules[module.__name__] = module
        if name not in vars(package):
            setattr(package, name, module)
