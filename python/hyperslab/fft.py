"""Discrete Fourier transforms: ``da.fft``."""

from __future__ import annotations

import operator
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index
from numpy.typing import DTypeLike

from hyperslab import _devices, _native, _ops, _outputs
from hyperslab._array import Array
from hyperslab._chunks import Chunks
from hyperslab._creation import arange, asarray
from hyperslab._join import concatenate, roll
from hyperslab._manipulation import rechunk
from hyperslab._missing import refuse as _refuse_name

__all__ = [
    "fft",
    "fft2",
    "fft_wrap",
    "fftfreq",
    "fftn",
    "fftshift",
    "hfft",
    "ifft",
    "ifft2",
    "ifftn",
    "ifftshift",
    "ihfft",
    "irfft",
    "irfft2",
    "irfftn",
    "rfft",
    "rfft2",
    "rfftfreq",
    "rfftn",
]

#: Which direction divides; the other one's stands at the other end.
_DIRECTIONS = ("backward", "ortho", "forward")


def _norm(norm: str | None) -> str:
    if norm is None:
        return "backward"
    if norm not in _DIRECTIONS:
        raise ValueError(f'Invalid norm value {norm}; should be "backward", "ortho" or "forward".')
    return norm


def _swapped(norm: str | None) -> str:
    """The norm of the transform the other way."""
    return _DIRECTIONS[2 - _DIRECTIONS.index(_norm(norm))]


def _along(name: str, a: Any, n: Any, axis: int, norm: str | None) -> Array:
    """A native transform along one axis; `n` of None: as many points as there are."""
    x = asarray(a)
    along = normalize_axis_index(operator.index(axis), x.ndim)
    divides, points = _norm(norm), None if n is None else operator.index(n)
    if points is not None and points < 1:
        raise ValueError(
            f"Invalid number of FFT data points ({points}) specified: {name} along axis {axis} of shape {x.shape}"
        )
    return Array(_native.fourier(x._expr, name, along, points, divides))


def _conjugate(x: Array) -> Array:
    return _ops.apply_ufunc("conjugate", (x,)) if x.dtype.kind == "c" else x


def _deliver(result: Array, out: Any, name: str) -> Any:
    return _outputs.deliver(result, _outputs.single(out), name)


def fft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None, out: Any = None) -> Array:
    """Discrete Fourier transform along one axis.

    Parameters
    ----------
    a : array_like
        Array; single precision stays single.
    n : int, optional
        Points: what the array has more is cut off, what it lacks is zero. As many as there are if not given.
    axis : int
        Axis to transform. A block holds whole lanes along it, whatever the chunks are.
    norm : {"backward", "ortho", "forward"}, optional
        Which direction divides by the number of points; ``"backward"`` if not given.
    out : numpy.ndarray or Array, optional
        Memory to fill, or an array that becomes the result.

    Raises
    ------
    ValueError
        For fewer than one point, or another norm.
    MemoryError
        When computed, if one lane does not fit the memory limit.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.fft.fft(da.ones(4, chunks=2)).compute().real
    array([4., 0., 0., 0.])
    """
    return _deliver(_along("fft", a, n, axis, norm), out, "fft")


def ifft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None, out: Any = None) -> Array:
    """Inverse of `fft`; parameters as those.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.fft.ifft(da.fft.fft(da.arange(3))).compute().real.round(12)
    array([0., 1., 2.])
    """
    return _deliver(_along("ifft", a, n, axis, norm), out, "ifft")


def rfft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None, out: Any = None) -> Array:
    """Transform of real elements: the half of the spectrum that decides the other. Parameters as those of `fft`.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.fft.rfft(da.ones(6)).shape
    (4,)
    """
    return _deliver(_along("rfft", a, n, axis, norm), out, "rfft")


def irfft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None, out: Any = None) -> Array:
    """Inverse of `rfft`. An odd number of points has to be named; parameters as those of `fft`.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.fft.irfft(da.fft.rfft(da.arange(5)), 5).compute().round(12)
    array([0., 1., 2., 3., 4.])
    """
    return _deliver(_along("irfft", a, n, axis, norm), out, "irfft")


def hfft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None, out: Any = None) -> Array:
    """Transform of elements with Hermitian symmetry, of which half is given. Parameters as those of `fft`.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.fft.hfft(da.array([1, 2j, 3])).shape
    (4,)
    """
    return _deliver(_along("irfft", _conjugate(asarray(a)), n, axis, _swapped(norm)), out, "hfft")


def ihfft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None, out: Any = None) -> Array:
    """Inverse of `hfft`. Parameters as those of `fft`.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.fft.ihfft(da.ones(6)).shape
    (4,)
    """
    return _deliver(_conjugate(_along("rfft", a, n, axis, _swapped(norm))), out, "ihfft")


def _points(a: Array, s: Any, axes: Any, halved: bool = False) -> tuple[list[Any], list[int]]:
    """Points and axes of a transform of several; `halved`: the last axis holds half a spectrum."""
    if s is None:
        along = list(range(-a.ndim, 0)) if axes is None else [operator.index(d) for d in axes]
        sizes: list[Any] = [a.shape[d] for d in along]
        if halved:
            sizes[-1] = (a.shape[along[-1]] - 1) * 2
        return sizes, along
    sizes = list(s)
    if axes is None:
        text = "`axes` should not be `None` if `s` is not `None`: name the axes that `s` holds the points of"
        warnings.warn(text, DeprecationWarning, stacklevel=4)
    along = list(range(-len(sizes), 0)) if axes is None else [operator.index(d) for d in axes]
    if len(sizes) != len(along):
        raise ValueError(f"Shape and axes have different lengths: s={s} and axes={axes}.")
    if None in sizes:
        text = "`None` values in `s` are deprecated: -1 stands for the length of the axis"
        warnings.warn(text, DeprecationWarning, stacklevel=4)
    return [a.shape[d] if n == -1 else n for n, d in zip(sizes, along)], along


def _along_all(name: str, a: Any, s: Any, axes: Any, norm: str | None) -> Array:
    x = asarray(a)
    for n, d in reversed(list(zip(*_points(x, s, axes)))):
        x = _along(name, x, n, d, norm)
    return x


def fftn(a: Any, s: Any = None, axes: Any = None, norm: str | None = None, out: Any = None) -> Array:
    """Discrete Fourier transform along several axes.

    Parameters
    ----------
    a : array_like
        Array.
    s : sequence of int, optional
        Points along each axis, see `fft`; -1 for as many as there are.
    axes : sequence of int, optional
        Axes, all if not given.
    norm, out
        As those of `fft`.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.fft.fftn(da.ones((2, 3, 4)), axes=(0, 1)).shape
    (2, 3, 4)
    """
    return _deliver(_along_all("fft", a, s, axes, norm), out, "fftn")


def ifftn(a: Any, s: Any = None, axes: Any = None, norm: str | None = None, out: Any = None) -> Array:
    """Inverse of `fftn`; parameters as those.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.fft.ifftn(da.fft.fftn(da.ones((2, 3)))).compute().real.round(12)
    array([[1., 1., 1.],
           [1., 1., 1.]])
    """
    return _deliver(_along_all("ifft", a, s, axes, norm), out, "ifftn")


def rfftn(a: Any, s: Any = None, axes: Any = None, norm: str | None = None, out: Any = None) -> Array:
    """Transform of real elements along several axes: half a spectrum along the last. Parameters as those of `fftn`.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.fft.rfftn(da.ones((4, 6))).shape
    (4, 4)
    """
    x = asarray(a)
    sizes, along = _points(x, s, axes)
    x = _along("rfft", x, sizes[-1], along[-1], norm)
    for n, d in reversed(list(zip(sizes[:-1], along[:-1]))):
        x = _along("fft", x, n, d, norm)
    return _deliver(x, out, "rfftn")


def irfftn(a: Any, s: Any = None, axes: Any = None, norm: str | None = None, out: Any = None) -> Array:
    """Inverse of `rfftn`; parameters as those of `fftn`.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.fft.irfftn(da.fft.rfftn(da.ones((4, 6)))).shape
    (4, 6)
    """
    x = asarray(a)
    sizes, along = _points(x, s, axes, halved=True)
    for n, d in zip(sizes[:-1], along[:-1]):
        x = _along("ifft", x, n, d, norm)
    return _deliver(_along("irfft", x, sizes[-1], along[-1], norm), out, "irfftn")


def fft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: str | None = None, out: Any = None) -> Array:
    """`fftn` along the last two axes."""
    return fftn(a, s, axes, norm, out)


def ifft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: str | None = None, out: Any = None) -> Array:
    """`ifftn` along the last two axes."""
    return ifftn(a, s, axes, norm, out)


def rfft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: str | None = None, out: Any = None) -> Array:
    """`rfftn` along the last two axes."""
    return rfftn(a, s, axes, norm, out)


def irfft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: str | None = None, out: Any = None) -> Array:
    """`irfftn` along the last two axes."""
    return irfftn(a, s, axes, norm, out)


def fft_wrap(fft_func: Callable[..., Any], kind: str | None = None, dtype: Any = None) -> Callable[..., Any]:
    """The transform of this module that does what a function of `numpy.fft` or `scipy.fft` does.

    Its name is that of the function, or `kind`; results are cast to `dtype` if that is given.

    Raises
    ------
    ValueError
        For a kind that there is not.
    NotImplementedError
        For functions of other libraries.

    Examples
    --------
    >>> import hyperslab as da
    >>> import numpy as np
    >>> da.fft.fft_wrap(np.fft.rfft)(da.ones(6)).shape
    (4,)
    """
    name = fft_func.__name__ if kind is None else kind
    if name not in _KINDS:
        raise ValueError(f"Given unknown `kind` {name}: one of {', '.join(_KINDS)} is.")
    library = fft_func.__module__ or ""
    if not library.startswith(("numpy", "scipy.fft.")) and library != "scipy.fft":
        raise NotImplementedError(
            f"transforms of {library or 'another library'} are not supported: call hyperslab.fft.{name}, or "
            f"hyperslab.from_array({name}(x.compute()))"
        )
    transform = _KINDS[name]
    return transform if dtype is None else lambda *args, **kwargs: transform(*args, **kwargs).astype(dtype)


_KINDS: dict[str, Callable[..., Array]] = {
    f.__name__: f for f in (fft, fft2, fftn, ifft, ifft2, ifftn, rfft, rfft2, rfftn, irfft, irfft2, irfftn, hfft, ihfft)
}


def _length(n: Any) -> int:
    try:
        return operator.index(n)
    except TypeError:
        raise ValueError("n should be an integer") from None


def fftfreq(
    n: int, d: float = 1.0, chunks: Chunks = "auto", *, dtype: DTypeLike | None = None, device: str | None = None
) -> Array:
    """Frequencies that a transform of length `n` has samples of.

    Parameters
    ----------
    n : int
        Length of the transform.
    d : float
        Distance of samples in time.
    chunks : int, tuple, dict or str
        Chunks of the result.
    dtype : dtype, optional
        A real floating dtype; float64 if not given.
    device : {"cpu"}, optional
        There is no other one.

    Raises
    ------
    TypeError
        For another dtype than a real floating one.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.fft.fftfreq(4).compute()
    array([ 0.  ,  0.25, -0.5 , -0.25])
    """
    n = _length(n)
    half = (n - 1) // 2 + 1
    counts = rechunk(concatenate([arange(half), arange(-(n // 2), 0)]), chunks)
    return _frequencies("fftfreq", counts, n * d, dtype, device)


def _frequencies(name: str, counts: Array, span: float, dtype: DTypeLike | None, device: str | None) -> Array:
    _devices.check(device)
    wanted = np.dtype(np.float64 if dtype is None else dtype)
    if wanted.kind != "f":
        raise TypeError(f"{name}: frequencies are of a real floating dtype, not {wanted}")
    return _ops.apply_ufunc("multiply", (counts, 1.0 / span)).astype(wanted)


def rfftfreq(
    n: int, d: float = 1.0, chunks: Chunks = "auto", *, dtype: DTypeLike | None = None, device: str | None = None
) -> Array:
    """Frequencies that a transform of `n` real samples has; parameters as those of `fftfreq`.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.fft.rfftfreq(4).compute()
    array([0.  , 0.25, 0.5 ])
    """
    n = _length(n)
    return _frequencies("rfftfreq", arange(n // 2 + 1, chunks=chunks), n * d, dtype, device)


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
