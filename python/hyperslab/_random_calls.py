"""One call of a method that draws: its parameters, its shape, and the streams that it draws from."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from hyperslab import _chunks, _native
from hyperslab._array import Array
from hyperslab._chunks import Chunks
from hyperslab._creation import asarray
from hyperslab._integers import integers

Size = Any
Method = TypeVar("Method", bound=Callable[..., Any])


@dataclass(frozen=True)
class Bounds:
    """What a parameter is held to, and what NumPy says when it is not."""

    words: str
    low: float
    high: float = math.inf
    open: tuple[bool, bool] = (False, False)
    nan: bool = False

    def held(self, x: Any, name: str, method: str) -> Any:
        """The parameter: known values are looked at now, others when they are computed."""
        words = f"{method}: {self.words.format(name)}"
        if isinstance(x, Array):
            return Array(_native.bounds(x._expr, words, self.low, self.high, self.open, self.nan))
        with np.errstate(invalid="ignore"):
            above = x > self.low if self.open[0] else x >= self.low
            below = x < self.high if self.open[1] else x <= self.high
        wrong = ~(above & below | np.isnan(x)) if self.nan else ~(above & below)
        if np.any(wrong):
            raise ValueError(f"{words} (found {np.asarray(x)[wrong].flat[0]})")
        return x


ANY = Bounds("", -math.inf, nan=True)
NOT_NEGATIVE = Bounds("{0} < 0", 0.0, nan=True)
POSITIVE = Bounds("{0} <= 0", 0.0, open=(True, False), nan=True)
PROBABILITY = Bounds("{0} < 0, {0} > 1 or {0} is NaN", 0.0, 1.0)
POSITIVE_PROBABILITY = Bounds("{0} <= 0, {0} > 1 or {0} is NaN", 0.0, 1.0, open=(True, False))
BELOW_ONE = Bounds("{0} < 0, {0} >= 1 or {0} is NaN", 0.0, 1.0, open=(False, True))
ABOVE_ONE = Bounds("{0} <= 1 or {0} is NaN", 1.0, open=(True, False))
#: Larger means have counts that no int64 holds.
MEAN = Bounds("{0} < 0, {0} value too large or {0} is NaN", 0.0, 9.2e18)


def sizes(size: Size) -> tuple[int, ...]:
    """A ``size=`` as a shape."""
    shape = integers(size)
    if any(n < 0 for n in shape):
        raise ValueError(f"negative dimensions are not allowed: size={shape}")
    return shape


def parameter(x: Any, name: str, method: str, dtype: Any = np.float64, casting: Any = "same_kind") -> Any:
    """A parameter as a lazy array of its own dtype, or as NumPy's of `dtype`."""
    kind = x.dtype if isinstance(x, Array) else np.asarray(x).dtype
    if kind.kind not in "biuf" or not np.can_cast(kind, dtype, casting):
        raise TypeError(f"{method}: cannot cast {name} from {kind!r} to {np.dtype(dtype)!r} by the rule {casting!r}")
    return x if isinstance(x, Array) else np.asarray(x, dtype=dtype)[()]


class Streams:
    """A seed and the number of its next stream: every call draws from streams of its own."""

    def __init__(self, seeds: np.random.SeedSequence, number: int = 0) -> None:
        self.seeds = seeds
        self.key = int(seeds.generate_state(1, np.uint64)[0])
        self.number = number
        self._lock = threading.Lock()

    def take(self) -> int:
        """The next stream."""
        with self._lock:
            self.number += 1
            return self.number - 1

    def __getstate__(self) -> dict[str, Any]:
        return {"seeds": self.seeds, "key": self.key, "number": self.number}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _lock=threading.Lock())


class Call:
    """One call: `params` are its parameters, checked; numbers drawn are of `shape`."""

    def __init__(self, streams: Streams, method: str, size: Size, chunks: Chunks, **params: Any) -> None:
        self.streams, self.method = streams, method
        held = [bounds.held(parameter(x, name, method), name, method) for name, (x, bounds) in params.items()]
        self.take(size, chunks, held)

    def take(self, size: Size, chunks: Chunks, params: Sequence[Any]) -> None:
        """Parameters that are checked, of dtypes that rows of the native table have."""
        method, self.params = self.method, list(params)
        given = np.broadcast_shapes(*(np.shape(x) for x in self.params))
        self.shape = given if size is None else sizes(size)
        if size is not None and np.broadcast_shapes(given, self.shape) != self.shape:
            raise ValueError(
                f"{method}: Output size {self.shape} is not compatible with broadcast dimensions of inputs {given}."
            )
        self.chunks = chunks
        if isinstance(chunks, str) and chunks == "auto":
            lazy = (x.chunks for x in self.params if isinstance(x, Array) and x.shape == self.shape)
            self.chunks = next(lazy, chunks)

    def draw(self, row: str, *params: Any) -> Array:
        """Numbers of a row of the native table, from a stream of their own."""
        return drawn(self.streams, row, self.shape, self.chunks, *params)


def drawn(streams: Streams, row: str, shape: tuple[int, ...], chunks: Chunks, *params: Any) -> Array:
    """Numbers of a row of the native table, from the next stream."""
    spec = _chunks.spec(chunks, shape)
    operands = [asarray(x)._expr for x in params]
    return Array(_native.random(row, streams.key, streams.take(), list(shape), operands, spec))


def scaled(x: Array, scale: Any, loc: Any = 0.0) -> Array:
    """``loc + scale * x``, without what changes nothing."""
    if isinstance(scale, Array | np.ndarray) or scale != 1.0:
        x = x * scale
    return x + loc if isinstance(loc, Array | np.ndarray) or loc != 0.0 else x


def precise(x: Array, dtype: Any, method: str) -> Array:
    """Numbers of a ``dtype=`` that NumPy takes: float64 or float32."""
    wanted = np.dtype(dtype)
    if wanted not in (np.float64, np.float32):
        raise TypeError(f"Unsupported dtype {wanted!r} for {method}: float64 and float32 are supported")
    return x if x.dtype == wanted else x.astype(wanted)


def refuse_out(out: Any, method: str) -> None:
    """Numbers are made when they are computed: there is nothing to fill."""
    if out is not None:
        raise NotImplementedError(
            f"{method}(out=...) is not supported: use the array that it returns, or write it with hyperslab.store"
        )


_DOC = """{summary}

Parameters
----------
{params}size : int or tuple of int, optional
    Shape of the result; that of the parameters, broadcast, if not given.
chunks : int, tuple, dict or str
    Chunks of the result, as in `hyperslab.from_array`. The numbers do not depend on them.

Returns
-------
hyperslab.Array
    Numbers that depend on the seed, the number of calls before this one, and their position.

Examples
--------
>>> import hyperslab as da
>>> da.random.{maker}.{name}({example}size=(2, 3)).shape
(2, 3)
"""


def documented(
    summary: str, example: str = "", maker: str = "default_rng(1)", **params: str
) -> Callable[[Method], Method]:
    """Writes the documentation of a method that draws."""

    def decorate(method: Method) -> Method:
        lines = "".join(f"{name} : {text}\n" for name, text in params.items())
        arguments = f"{example}, " if example else ""
        method.__doc__ = _DOC.format(
            summary=summary, params=lines, maker=maker, name=method.__name__, example=arguments
        )
        return method

    return decorate
