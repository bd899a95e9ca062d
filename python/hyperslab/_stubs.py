"""Stubs for what is made from the tables: ``python -m hyperslab._stubs`` writes them beside their modules."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

from hyperslab import _ops
from hyperslab._array import Array

_HEADER = '"""Written by ``python -m hyperslab._stubs``: change the tables or the module, not this file."""\n\n'

#: Types of the parameters that functions from the tables have.
_TYPES = {
    "a": "Any",
    "axis": "int | Sequence[int] | None",
    "dtype": "DTypeLike | None",
    "out": "None",
    "ddof": "float",
    "keepdims": "bool",
    "initial": "Any",
    "where": "Any",
    "correction": "float | None",
}


def _parameters(function: Any, typed: bool) -> str:
    """The parameters as they stand in a stub; those of functions from the tables get their types here."""
    parts, star, slash = [], False, False
    for p in inspect.signature(function).parameters.values():
        if slash and p.kind is not p.POSITIONAL_ONLY:
            parts.append("/")
        slash = p.kind is p.POSITIONAL_ONLY
        if p.kind is p.KEYWORD_ONLY and not star:
            parts.append("*")
        star = star or p.kind in (p.KEYWORD_ONLY, p.VAR_POSITIONAL)
        parts.append(_parameter(p, typed))
    return ", ".join([*parts, *(["/"] if slash else [])])


def _parameter(p: inspect.Parameter, typed: bool) -> str:
    prefix = "*" if p.kind is p.VAR_POSITIONAL else "**" if p.kind is p.VAR_KEYWORD else ""
    kind = _TYPES.get(p.name, "Any") if typed else p.annotation
    if p.name == "self" or kind is p.empty:
        return prefix + p.name
    default = "" if p.default is p.empty else f" = {p.default!r}"
    return f"{prefix}{p.name}: {kind}{default}"


def _function(name: str, function: Any, typed: bool, indent: str = "") -> str:
    returns = "Array" if typed else inspect.signature(function).return_annotation
    answer = f" -> {returns}" if isinstance(returns, str) else ""
    doc = (function.__doc__ or "").partition("\n")[0]
    head = f"{indent}def {name}({_parameters(function, typed)}){answer}:"
    return f'{head}\n{indent}    """{doc}"""\n' if doc else f"{head} ...\n"


def ops_stub() -> str:
    """The stub of `hyperslab._ops`."""
    head = _HEADER + (
        "from collections.abc import Callable, Sequence\nfrom typing import Any\n\n"
        "from numpy.typing import DTypeLike\n\nfrom hyperslab._array import Array\n\n"
        "UFUNCS: dict[str, dict[str, Any]]\nREDUCERS: dict[str, dict[str, Any]]\n"
        "SCANNERS: dict[str, dict[str, Any]]\n"
        "FUNCTIONS: dict[str, Callable[..., Array]]\n\n"
        "def apply_ufunc(name: str, operands: tuple[Any, ...], dtype: Any = None) -> Array: ...\n"
        "def scan(name: str, a: Any, axis: Any = None, dtype: Any = None) -> Array: ...\n"
    )
    names = "".join(f'    "{name}",\n' for name in _ops.__all__)
    made = "".join("\n" + _function(name, _ops.FUNCTIONS[name], typed=True) for name in _ops.__all__)
    return f"{head}\n__all__ = [\n{names}]\n{made}"


def array_stub() -> str:
    """The stub of `hyperslab._array`, with the methods and operators that the tables give."""
    head = _HEADER + (
        "from collections.abc import Iterator, Sequence\nfrom types import ModuleType\n"
        "from typing import Any, NoReturn\n\n"
        "import numpy as np\nfrom numpy.typing import DTypeLike\n\n"
        "from hyperslab import _chunks, _native\nfrom hyperslab._blocks import BlockView\n"
        "from hyperslab._flat import flatiter\nfrom hyperslab._vindex import PointView\n\n"
    )
    body = ["    __array_priority__: int\n    __hash__: None  # type: ignore[assignment]\n    _expr: _native.Expr\n"]
    for name, member in vars(Array).items():
        if isinstance(member, property):
            returns = inspect.signature(member.fget).return_annotation  # type: ignore[arg-type]
            body.append(f'    @property\n    def {name}(self) -> {returns}:\n        """{member.__doc__}"""\n')
        elif inspect.isfunction(member):
            body.append(_member(name, member))
    doc = (Array.__doc__ or "").partition("\n")[0]
    return f'{head}class Array:\n    """{doc}"""\n\n' + "\n".join(body)


def _member(name: str, member: Any) -> str:
    if "Any" in str(inspect.signature(member)) or "->" in str(inspect.signature(member)):
        annotated = inspect.signature(member).return_annotation is not inspect.Signature.empty
        if annotated:
            text = _function(name, member, typed=False, indent="    ")
            return text.replace(":\n", ":  # type: ignore[override]\n", 1) if name in ("__eq__", "__ne__") else text
    return _function(name, member, typed=True, indent="    ")


def render() -> dict[Path, str]:
    """Every stub by its path."""
    here = Path(__file__).parent
    return {here / "_ops.pyi": ops_stub(), here / "_array.pyi": array_stub()}


if __name__ == "__main__":
    for path, text in render().items():
        path.write_text(text, encoding="utf-8")
