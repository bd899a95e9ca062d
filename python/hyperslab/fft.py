"""Discrete Fourier transforms: ``da.fft``, as far as it needs no transform."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

from hyperslab import _ops
from hyperslab._array import Array
from hyperslab._chunks import Chunks
from hyperslab._creation import arange, asarray
from hyperslab._join import concatenate, roll
from hyperslab._manipulation import rechunk
from hyperslab._missing import refuse as _refuse_name

__all__ = ["fftfreq", "fftshift", "ifftshift", "rfftfreq"]


def _length(n: Any) -> int:
    try:
        return operator.index(n)
    except TypeError:
        raise ValueError("n should be an integer") from None


def fftfreq(n: int, d: float = 1.0, chunks: Chunks = "auto") -> Array:
    """Frequencies that a transform of length `n` has samples of.

    Parameters
    ----------
    n : int
        Length of the transform.
    d : float
        Distance of samples in time.
    chunks : int, tuple, dict or str
        Chunks of the result.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.fft.fftfreq(4).compute()
    array([ 0.  ,  0.25, -0.5 , -0.25])
    """
    n = _length(n)
    half = (n - 1) // 2 + 1
    counts = rechunk(concatenate([arange(half), arange(-(n // 2), 0)]), chunks)
    return _ops.apply_ufunc("multiply", (counts, 1.0 / (n * d)))


def rfftfreq(n: int, d: float = 1.0, chunks: Chunks = "auto") -> Array:
    """Frequencies that a transform of `n` real samples has; parameters as those of `fftfreq`.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.fft.rfftfreq(4).compute()
    array([0.  , 0.25, 0.5 ])
    """
    n = _length(n)
    return _ops.apply_ufunc("multiply", (arange(n // 2 + 1, chunks=chunks), 1.0 / (n * d)))


def _axes(x: Array, axes: int | Sequence[int] | None) -> tuple[int, ...]:
    if axes is None:
        return tuple(range(x.ndim))
    return (operator.index(axes),) if hasattr(axes, "__index__") else tuple(axes)  # type: ignore[arg-type]


def fftshift(x: Any, axes: int | Sequence[int] | None = None) -> Array:
    """The zero frequency moved to the middle.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.fft.fftshift(da.arange(5)).compute()
    array([3, 4, 0, 1, 2])
    """
    a = asarray(x)
    along = _axes(a, axes)
    return roll(a, [a.shape[d] // 2 for d in along], along)


def ifftshift(x: Any, axes: int | Sequence[int] | None = None) -> Array:
    """The zero frequency moved back from the middle: the inverse of `fftshift`.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.fft.ifftshift(da.fft.fftshift(da.arange(5))).compute()
    array([0, 1, 2, 3, 4])
    """
    a = asarray(x)
    along = _axes(a, axes)
    return roll(a, [-(a.shape[d] // 2) for d in along], along)


def __getattr__(name: str) -> object:
    """Names that are not there: the way out, or the nearest name."""
    return _refuse_name(__name__, name, __all__)
