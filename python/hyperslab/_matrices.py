"""Native factorisations of matrices, and the tuples that their parts are handed over in."""

from __future__ import annotations

from typing import Any, NamedTuple

from hyperslab import _native, _ops
from hyperslab._array import Array
from hyperslab._creation import asarray


class QRResult(NamedTuple):
    Q: Array
    R: Array


class SVDResult(NamedTuple):
    U: Array
    S: Array
    Vh: Array


class EigResult(NamedTuple):
    eigenvalues: Array
    eigenvectors: Array


class EighResult(NamedTuple):
    eigenvalues: Array
    eigenvectors: Array


class SlogdetResult(NamedTuple):
    sign: Array
    logabsdet: Array


def made(name: str, *operands: Any, whole: bool = False) -> list[Array]:
    """The parts of a native factorisation; `whole` as the engine has it."""
    return [Array(e) for e in _native.matrices([asarray(x)._expr for x in operands], name, whole)]


def conjugate(x: Array) -> Array:
    """Complex conjugates; of real numbers themselves."""
    return _ops.apply_ufunc("conjugate", (x,)) if x.dtype.kind == "c" else x


def adjoint(x: Array) -> Array:
    """Conjugate transposes."""
    return conjugate(x.mT)
