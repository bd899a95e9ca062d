"""Writes crates/ops/tests/signatures.txt: the loops that the installed NumPy chooses.

A line ``name first: second=in,in,out ...`` lists all second operands that have a loop with that first one (for one
operand, ``name: first=in,out ...``; ``clip`` is called with its second operand twice); the others raise TypeError.
Lines that begin with ``!`` hold messages: ``! name operands | message``.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

UNARY = """negative positive absolute fabs sign rint floor ceil trunc square sqrt cbrt reciprocal exp exp2 expm1 log
log2 log10 log1p sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh arccosh arctanh degrees radians logical_not
invert isnan isfinite isinf isnat signbit spacing conjugate"""
BINARY = """add subtract multiply divide floor_divide remainder power float_power fmod arctan2 hypot logaddexp
logaddexp2 maximum minimum fmax fmin equal not_equal less less_equal greater greater_equal logical_and logical_or
logical_xor bitwise_and bitwise_or bitwise_xor left_shift right_shift copysign nextafter heaviside gcd lcm"""
CODES = [*"?bBhHiIlLefdFD", "m8[D]", "m8[25s]", "m8[ns]", "m8[M]", "M8[D]", "M8[10ms]", "M8[Y]"]
WEAK = [int, float, complex]
MESSAGES = [("?",), ("M8[ns]",), ("m8[ns]",), ("D",), ("?", "?"), ("M8[ns]", "M8[D]"), ("M8[ns]", "m8[ns]")]
MESSAGES += [("m8[ns]", "M8[ns]"), ("M8[ns]", "m8[Y]"), ("m8[ns]", "m8[M]"), ("M8[ns]", "d"), ("m8[ns]", float)]
MESSAGES += [("m8[ns]", "L"), ("l", "M8[3s]"), ("d", "i"), ("D", complex), ("L", "l"), ("M8[s]", int)]

Operand = str | type


def function(name: str) -> np.ufunc:
    """The ufunc of a name; ``clip`` is hidden behind a function."""
    return np._core.umath.clip if name == "clip" else getattr(np, name)


def show(operand: Operand) -> str:
    """Name of an operand."""
    return operand.__name__ if isinstance(operand, type) else np.dtype(operand).name


def loop(name: str, operands: tuple[Operand, ...]) -> tuple[str, ...]:
    """Names of the dtypes of the loop chosen."""
    given = [o if isinstance(o, type) else np.dtype(o) for o in operands]
    return tuple(d.name for d in function(name).resolve_dtypes((*given, None)))


def cells(name: str, firsts: tuple[Operand, ...]) -> str:
    """All last operands that have a loop with the first ones."""
    found = []
    for last in [*CODES, *WEAK]:
        operands = (*firsts, last) if name != "clip" else (*firsts, last, last)
        # NumPy compares Python integers as objects; here they are int64.
        if all(isinstance(o, type) for o in operands) and len(operands) > 1:
            continue
        try:
            found.append(show(last) + "=" + ",".join(loop(name, operands)))
        except TypeError:
            continue
    return " ".join(found)


def lines() -> Iterator[str]:
    """All lines of the file."""
    for name in UNARY.split():
        yield f"{name}: {cells(name, ())}"
    for name in [*BINARY.split(), "clip"]:
        for first in [*CODES, *WEAK]:
            yield f"{name} {show(first)}: {cells(name, (first,))}"
    for name in [*UNARY.split(), *BINARY.split()]:
        for operands in MESSAGES:
            if len(operands) == function(name).nin:
                try:
                    loop(name, operands)
                except TypeError as e:
                    yield f"! {name} {' '.join(map(show, operands))} | {e}"


def main() -> None:
    """Writes the file."""
    target = Path(__file__).parents[2] / "crates" / "ops" / "tests" / "signatures.txt"
    target.write_text("\n".join(line.rstrip() for line in lines()) + "\n")


if __name__ == "__main__":
    main()
