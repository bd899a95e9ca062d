"""Distributions over the integers."""

from __future__ import annotations

from typing import Any

import numpy as np

from hyperslab._array import Array
from hyperslab._chunks import Chunks
from hyperslab._creation import asarray
from hyperslab._numeric import clip
from hyperslab._ops import FUNCTIONS
from hyperslab._random_calls import (
    ABOVE_ONE,
    BELOW_ONE,
    MEAN,
    NOT_NEGATIVE,
    POSITIVE,
    POSITIVE_PROBABILITY,
    PROBABILITY,
    Bounds,
    Call,
    Size,
    Streams,
    documented,
    parameter,
)

_ceil, _log1p = FUNCTIONS["ceil"], FUNCTIONS["log1p"]

_REAL = "float or array_like\n    {}"
_COUNT = "int or array_like\n    {}"
_CHANCE = _REAL.format("Probability of a success.")
#: The last float before 2**63.
_LARGEST = float(np.nextafter(2.0**63, 0.0))
#: NumPy's limit of what a sample is taken from.
_MOST = 10**9


class Discrete:
    """Methods of generators that draw integers."""

    _streams: Streams

    @documented("Poisson numbers.", "4.0", lam=_REAL.format("Mean."))
    def poisson(self, lam: Any = 1.0, size: Size = None, chunks: Chunks = "auto") -> Array:
        call = Call(self._streams, "poisson", size, chunks, lam=(lam, MEAN))
        return call.draw("poisson", *call.params)

    @documented("Successes among `n` trials.", "10, 0.3", n=_COUNT.format("Trials."), p=_CHANCE)
    def binomial(self, n: Any, p: Any, size: Size = None, chunks: Chunks = "auto") -> Array:
        n, p = counts(n, "n", "binomial"), parameter(p, "p", "binomial")
        call = shaped(self._streams, "binomial", size, chunks, n, PROBABILITY.held(p, "p", "binomial"))
        return call.draw("binomial", *call.params)

    @documented("Failures before `n` successes.", "3, 0.4", n=_REAL.format("Successes; positive."), p=_CHANCE)
    def negative_binomial(self, n: Any, p: Any, size: Size = None, chunks: Chunks = "auto") -> Array:
        name = "negative_binomial"
        call = Call(self._streams, name, size, chunks, n=(n, POSITIVE), p=(p, POSITIVE_PROBABILITY))
        n, p = call.params
        odds = (1.0 - p) / p
        large = Bounds("n too large or p too small", 0.0, _LARGEST / 10.0)
        if isinstance(n, Array) or isinstance(odds, Array):
            return call.draw("poisson", large.held(call.draw("standard_gamma", n) * odds, "", name))
        large.held(n * odds, "", name)
        return call.draw("poisson", call.draw("standard_gamma", n) * odds)

    @documented("Trials up to the first success.", "0.3", p=_CHANCE)
    def geometric(self, p: Any, size: Size = None, chunks: Chunks = "auto") -> Array:
        call = Call(self._streams, "geometric", size, chunks, p=(p, POSITIVE_PROBABILITY))
        with np.errstate(divide="ignore"):
            rate = -_log1p(-call.params[0]) if isinstance(call.params[0], Array) else -np.log1p(-call.params[0])
        return clip(_ceil(call.draw("standard_exponential") / rate), 1.0, _LARGEST).astype(np.int64)

    @documented(
        "Good ones in a sample without replacement.",
        "15, 10, 8",
        ngood=_COUNT.format("Good ones."),
        nbad=_COUNT.format("Others."),
        nsample=_COUNT.format("How many are taken."),
    )
    def hypergeometric(self, ngood: Any, nbad: Any, nsample: Any, size: Size = None, chunks: Chunks = "auto") -> Array:
        name = "hypergeometric"
        good, bad, sample = (
            counts(x, what, name) for x, what in ((ngood, "ngood"), (nbad, "nbad"), (nsample, "nsample"))
        )
        few = Bounds("both ngood and nbad must be less than 1000000000", 0.0, _MOST, (False, True))
        good, bad = few.held(good, "", name), few.held(bad, "", name)
        rest = Bounds("ngood + nbad < nsample", 0.0).held(good + bad - sample, "", name)
        call = shaped(self._streams, name, size, chunks, good, bad, good + bad - rest)
        return call.draw(name, *call.params)

    @documented("Zipf (zeta) numbers.", "3.0", a=_REAL.format("Exponent; more than 1."))
    def zipf(self, a: Any, size: Size = None, chunks: Chunks = "auto") -> Array:
        call = Call(self._streams, "zipf", size, chunks, a=(a, ABOVE_ONE))
        return call.draw("zipf", *call.params)

    @documented("Numbers of the logarithmic series.", "0.6", p=_REAL.format("Shape, from 0 to below 1."))
    def logseries(self, p: Any, size: Size = None, chunks: Chunks = "auto") -> Array:
        call = Call(self._streams, "logseries", size, chunks, p=(p, BELOW_ONE))
        return call.draw("logseries", *call.params)

    def _integers(
        self, method: str, low: Any, high: Any, size: Size, dtype: Any, endpoint: bool, chunks: Chunks
    ) -> Array:
        """Integers from `low` to `high`, which is one of them if `endpoint`."""
        wanted = np.dtype(dtype)
        if wanted.kind not in "biu":
            raise TypeError(f"Unsupported dtype {wanted!r} for {method}")
        low, high = (0, low) if high is None else (low, high)
        start, count = _range(method, low, high, wanted, bool(endpoint))
        call = shaped(self._streams, method, size, chunks, start, count)
        start, count = call.params
        numbers = call.draw("below", count)
        if isinstance(start, Array) or np.any(start != 0):
            numbers = numbers + start
        return numbers.astype(wanted)


def counts(x: Any, name: str, method: str) -> Any:
    """A parameter that counts something, as int64."""
    if isinstance(x, Array):
        if x.dtype.kind not in "biuf":
            raise TypeError(f"{method}: cannot cast {name} from {x.dtype!r} to int64")
        return NOT_NEGATIVE.held(x, name, method).astype(np.int64)
    return parameter(NOT_NEGATIVE.held(np.asarray(x)[()], name, method), name, method, np.int64, "unsafe")


def shaped(streams: Streams, method: str, size: Size, chunks: Chunks, *params: Any) -> Call:
    """A call whose parameters are checked already, in dtypes of their own."""
    call = Call(streams, method, size, chunks)
    call.take(size, chunks, params)
    return call


def _range(method: str, low: Any, high: Any, dtype: np.dtype, endpoint: bool) -> tuple[Any, Any]:
    """The first integers and how many there are (0 stands for 2**64), as uint64 that wraps."""
    words = "low > high" if endpoint else "low >= high"
    if isinstance(low, Array) or isinstance(high, Array):
        low, high = (_wide(x, method) for x in (low, high))
        span = Bounds(words, 0.0, 2.0**63, (not endpoint, False)).held(high - low, "", method)
        return low.astype(np.uint64), span.astype(np.uint64) + np.uint64(endpoint)
    least, most = (0, 1) if dtype.kind == "b" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
    lows, highs = (_exact(x, method) for x in (low, high))
    if any(x < least for x in lows.flat):
        raise ValueError(f"{method}: low is out of bounds for {dtype.name}")
    if any(x > most + (not endpoint) for x in highs.flat):
        raise ValueError(f"{method}: high is out of bounds for {dtype.name}")
    spans = np.asarray(highs - lows + int(endpoint), dtype=object)
    if any(x <= 0 for x in spans.flat):
        raise ValueError(f"{method}: {words}")
    wrap = np.frompyfunc(lambda x: x % 2**64, 1, 1)
    return tuple(np.asarray(wrap(x)).astype(np.uint64)[()] for x in (lows, spans))  # type: ignore[return-value]


def _exact(x: Any, method: str) -> np.ndarray:
    """Bounds as Python's integers, which do not overflow; floats lose their fraction, as in NumPy."""
    given = np.asarray(x)
    if given.dtype.kind not in "biufO":
        raise TypeError(f"{method}: cannot cast bounds from {given.dtype!r} to integers")
    whole = np.frompyfunc(int, 1, 1)
    return np.asarray(whole(given.astype(object)), dtype=object)


def _wide(x: Any, method: str) -> Array:
    """Lazy bounds as int64."""
    kind = x.dtype if isinstance(x, Array) else np.asarray(x).dtype
    if kind.kind not in "bi" and not (kind.kind == "u" and kind.itemsize < 8):
        raise NotImplementedError(
            f"{method}: lazy bounds beside bounds of dtype {kind}: convert all of them to int64 first"
        )
    return asarray(x).astype(np.int64)
