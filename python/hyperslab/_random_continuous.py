"""Distributions over the reals: compositions over the rows of the native table."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from hyperslab._array import Array
from hyperslab._chunks import Chunks
from hyperslab._numeric import where
from hyperslab._ops import FUNCTIONS
from hyperslab._random_calls import (
    ANY,
    NOT_NEGATIVE,
    POSITIVE,
    Bounds,
    Call,
    Size,
    Streams,
    documented,
    precise,
    refuse_out,
    scaled,
)

_exp, _expm1, _floor, _log, _sqrt = (FUNCTIONS[name] for name in ("exp", "expm1", "floor", "log", "sqrt"))

_REAL = "float or array_like\n    {}"
_LOC, _SCALE = _REAL.format("Where it is centred."), _REAL.format("How wide it is; not negative.")
_SHAPE = _REAL.format("Shape; positive.")
_DEGREES = _REAL.format("Degrees of freedom; positive.")


class Continuous:
    """Methods of generators that draw real numbers."""

    _streams: Streams

    def _call(self, method: str, size: Size, chunks: Chunks, **params: Any) -> Call:
        return Call(self._streams, method, size, chunks, **params)

    @documented(
        "Uniform numbers from `low` to `high`, without `high`.",
        "-1, 1",
        low=_REAL.format("Where they start."),
        high=_REAL.format("Where they end."),
    )
    def uniform(self, low: Any = 0.0, high: Any = 1.0, size: Size = None, chunks: Chunks = "auto") -> Array:
        call = self._call("uniform", size, chunks, low=(low, ANY), high=(high, ANY))
        low, high = call.params
        with np.errstate(all="ignore"):
            width = high - low
        if not isinstance(width, Array) and not np.all(np.isfinite(width)):
            raise OverflowError("uniform: high - low range exceeds valid bounds")
        width = Bounds("high - low < 0 or not finite", 0.0, np.finfo(float).max).held(width, "", "uniform")
        return scaled(call.draw("unit"), width, low)

    @documented("Exponential numbers.", "2.0", scale=_SCALE)
    def exponential(self, scale: Any = 1.0, size: Size = None, chunks: Chunks = "auto") -> Array:
        call = self._call("exponential", size, chunks, scale=(scale, NOT_NEGATIVE))
        return scaled(call.draw("standard_exponential"), *call.params)

    @documented("Normal (Gaussian) numbers.", "5.0, 2.0", loc=_LOC, scale=_SCALE)
    def normal(self, loc: Any = 0.0, scale: Any = 1.0, size: Size = None, chunks: Chunks = "auto") -> Array:
        call = self._call("normal", size, chunks, loc=(loc, ANY), scale=(scale, NOT_NEGATIVE))
        loc, scale = call.params
        return scaled(call.draw("standard_normal"), scale, loc)

    @documented("Numbers whose logarithm is normal.", "0.0, 0.5", mean=_LOC, sigma=_SCALE)
    def lognormal(self, mean: Any = 0.0, sigma: Any = 1.0, size: Size = None, chunks: Chunks = "auto") -> Array:
        call = self._call("lognormal", size, chunks, mean=(mean, ANY), sigma=(sigma, NOT_NEGATIVE))
        mean, sigma = call.params
        return _exp(scaled(call.draw("standard_normal"), sigma, mean))

    @documented("Laplace (double exponential) numbers.", "", loc=_LOC, scale=_SCALE)
    def laplace(self, loc: Any = 0.0, scale: Any = 1.0, size: Size = None, chunks: Chunks = "auto") -> Array:
        call = self._call("laplace", size, chunks, loc=(loc, ANY), scale=(scale, NOT_NEGATIVE))
        loc, scale = call.params
        size_of = call.draw("standard_exponential")
        return scaled(where(call.draw("unit") < 0.5, -size_of, size_of), scale, loc)

    @documented("Logistic numbers.", "", loc=_LOC, scale=_SCALE)
    def logistic(self, loc: Any = 0.0, scale: Any = 1.0, size: Size = None, chunks: Chunks = "auto") -> Array:
        call = self._call("logistic", size, chunks, loc=(loc, ANY), scale=(scale, NOT_NEGATIVE))
        loc, scale = call.params
        u = call.draw("open")
        return scaled(_log(u / (1.0 - u)), scale, loc)

    @documented("Gumbel (extreme value) numbers.", "", loc=_LOC, scale=_SCALE)
    def gumbel(self, loc: Any = 0.0, scale: Any = 1.0, size: Size = None, chunks: Chunks = "auto") -> Array:
        call = self._call("gumbel", size, chunks, loc=(loc, ANY), scale=(scale, NOT_NEGATIVE))
        loc, scale = call.params
        return scaled(-_log(call.draw("standard_exponential")), scale, loc)

    @documented("Rayleigh numbers.", "2.0", scale=_SCALE)
    def rayleigh(self, scale: Any = 1.0, size: Size = None, chunks: Chunks = "auto") -> Array:
        call = self._call("rayleigh", size, chunks, scale=(scale, NOT_NEGATIVE))
        return scaled(_sqrt(2.0 * call.draw("standard_exponential")), *call.params)

    @documented("Pareto II (Lomax) numbers.", "3.0", a=_SHAPE)
    def pareto(self, a: Any, size: Size = None, chunks: Chunks = "auto") -> Array:
        call = self._call("pareto", size, chunks, a=(a, POSITIVE))
        return _expm1(call.draw("standard_exponential") / call.params[0])

    @documented("Weibull numbers of scale 1.", "1.5", a=_REAL.format("Shape; not negative."))
    def weibull(self, a: Any, size: Size = None, chunks: Chunks = "auto") -> Array:
        call = self._call("weibull", size, chunks, a=(a, NOT_NEGATIVE))
        a = call.params[0]
        if isinstance(a, Array) or np.any(a == 0.0):
            # The limit of ever smaller shapes.
            return where(a == 0.0, 0.0, call.draw("standard_exponential") ** (1.0 / where(a == 0.0, 1.0, a)))
        return call.draw("standard_exponential") ** (1.0 / a)

    @documented("Numbers in [0, 1] whose distribution is a power.", "2.0", a=_SHAPE)
    def power(self, a: Any, size: Size = None, chunks: Chunks = "auto") -> Array:
        call = self._call("power", size, chunks, a=(a, POSITIVE))
        return (-_expm1(-call.draw("standard_exponential"))) ** (1.0 / call.params[0])

    @documented("Standard Cauchy numbers.")
    def standard_cauchy(self, size: Size = None, chunks: Chunks = "auto") -> Array:
        call = self._call("standard_cauchy", size, chunks)
        return call.draw("standard_normal") / call.draw("standard_normal")

    @documented(
        "Triangular numbers.",
        "0, 1, 4",
        left=_REAL.format("Least number."),
        mode=_REAL.format("Most likely number."),
        right=_REAL.format("Greatest number; not `left`."),
    )
    def triangular(self, left: Any, mode: Any, right: Any, size: Size = None, chunks: Chunks = "auto") -> Array:
        call = self._call("triangular", size, chunks, left=(left, ANY), mode=(mode, ANY), right=(right, ANY))
        left, mode, right = call.params
        below = Bounds("left > mode", 0.0).held(mode - left, "", "triangular")
        above = Bounds("mode > right", 0.0).held(right - mode, "", "triangular")
        width = Bounds("left == right", 0.0, open=(True, False)).held(right - left, "", "triangular")
        u = call.draw("unit")
        return where(u * width <= below, left + _sqrt(u * below * width), right - _sqrt((1.0 - u) * width * above))

    @documented("Gamma numbers.", "2.0, 3.0", shape=_REAL.format("Shape; not negative."), scale=_SCALE)
    def gamma(self, shape: Any, scale: Any = 1.0, size: Size = None, chunks: Chunks = "auto") -> Array:
        call = self._call("gamma", size, chunks, shape=(shape, NOT_NEGATIVE), scale=(scale, NOT_NEGATIVE))
        shape, scale = call.params
        return scaled(call.draw("standard_gamma", shape), scale)

    @documented("Beta numbers.", "2.0, 3.0", a=_SHAPE, b=_SHAPE)
    def beta(self, a: Any, b: Any, size: Size = None, chunks: Chunks = "auto") -> Array:
        call = self._call("beta", size, chunks, a=(a, POSITIVE), b=(b, POSITIVE))
        a, b = call.params
        # Small shapes make gamma variates that no float holds; their logarithms are harmless.
        return 1.0 / (1.0 + _exp(call.draw("log_gamma", b) - call.draw("log_gamma", a)))

    @documented("Chi-square numbers.", "3", df=_DEGREES)
    def chisquare(self, df: Any, size: Size = None, chunks: Chunks = "auto") -> Array:
        call = self._call("chisquare", size, chunks, df=(df, POSITIVE))
        return _chisquare(call, call.params[0])

    @documented(
        "Non-central chi-square numbers.", "3, 1.5", df=_DEGREES, nonc=_REAL.format("Non-centrality; not negative.")
    )
    def noncentral_chisquare(self, df: Any, nonc: Any, size: Size = None, chunks: Chunks = "auto") -> Array:
        call = self._call("noncentral_chisquare", size, chunks, df=(df, POSITIVE), nonc=(nonc, NOT_NEGATIVE))
        return _noncentral_chisquare(call, *call.params)

    @documented("F numbers.", "3, 10", dfnum=_DEGREES, dfden=_DEGREES)
    def f(self, dfnum: Any, dfden: Any, size: Size = None, chunks: Chunks = "auto") -> Array:
        call = self._call("f", size, chunks, dfnum=(dfnum, POSITIVE), dfden=(dfden, POSITIVE))
        dfnum, dfden = call.params
        return (_chisquare(call, dfnum) * dfden) / (_chisquare(call, dfden) * dfnum)

    @documented(
        "Non-central F numbers.",
        "3, 10, 1.5",
        dfnum=_DEGREES,
        dfden=_DEGREES,
        nonc=_REAL.format("Non-centrality; not negative."),
    )
    def noncentral_f(self, dfnum: Any, dfden: Any, nonc: Any, size: Size = None, chunks: Chunks = "auto") -> Array:
        call = self._call(
            "noncentral_f", size, chunks, dfnum=(dfnum, POSITIVE), dfden=(dfden, POSITIVE), nonc=(nonc, NOT_NEGATIVE)
        )
        dfnum, dfden, nonc = call.params
        return (_noncentral_chisquare(call, dfnum, nonc) * dfden) / (_chisquare(call, dfden) * dfnum)

    @documented("Student's t numbers.", "5", df=_DEGREES)
    def standard_t(self, df: Any, size: Size = None, chunks: Chunks = "auto") -> Array:
        call = self._call("standard_t", size, chunks, df=(df, POSITIVE))
        df = call.params[0]
        return call.draw("standard_normal") / _sqrt(call.draw("standard_gamma", df / 2.0) / (df / 2.0))

    @documented(
        "Angles in [-pi, pi] by the von Mises distribution.",
        "0.0, 4.0",
        mu=_LOC,
        kappa=_REAL.format("Concentration; not negative."),
    )
    def vonmises(self, mu: Any, kappa: Any, size: Size = None, chunks: Chunks = "auto") -> Array:
        call = self._call("vonmises", size, chunks, mu=(mu, ANY), kappa=(kappa, NOT_NEGATIVE))
        mu, kappa = call.params
        angle = call.draw("vonmises", kappa)
        if not isinstance(mu, Array) and np.all(mu == 0.0):
            return angle
        turned = angle + mu
        return turned - 2.0 * math.pi * _floor((turned + math.pi) / (2.0 * math.pi))

    @documented("Wald (inverse Gaussian) numbers.", "3.0, 2.0", mean=_SHAPE, scale=_SHAPE)
    def wald(self, mean: Any, scale: Any, size: Size = None, chunks: Chunks = "auto") -> Array:
        call = self._call("wald", size, chunks, mean=(mean, POSITIVE), scale=(scale, POSITIVE))
        mean, scale = call.params
        z = call.draw("standard_normal")
        # The smaller root of the quadratic equation, without a difference of neighbours.
        t = z * z * (mean / (2.0 * scale))
        x = mean / (1.0 + t + _sqrt(t * (t + 2.0)))
        return where(call.draw("unit") <= mean / (mean + x), x, mean * (mean / x))

    def _random(self, method: str, size: Size, dtype: Any, out: Any, chunks: Chunks) -> Array:
        refuse_out(out, method)
        call = self._call(method, size, chunks)
        return precise(call.draw("unit_single" if np.dtype(dtype) == np.float32 else "unit"), dtype, method)

    def _standard(self, method: str, size: Size, dtype: Any, out: Any, chunks: Chunks) -> Array:
        refuse_out(out, method)
        return precise(self._call(method, size, chunks).draw(method), dtype, method)

    def _standard_gamma(self, shape: Any, size: Size, dtype: Any, out: Any, chunks: Chunks) -> Array:
        refuse_out(out, "standard_gamma")
        call = self._call("standard_gamma", size, chunks, shape=(shape, NOT_NEGATIVE))
        return precise(call.draw("standard_gamma", call.params[0]), dtype, "standard_gamma")


def _chisquare(call: Call, df: Any) -> Array:
    return 2.0 * call.draw("standard_gamma", df / 2.0)


def _noncentral_chisquare(call: Call, df: Any, nonc: Any) -> Array:
    """A mixture of central ones over a Poisson number of pairs of further degrees of freedom."""
    return 2.0 * call.draw("standard_gamma", df / 2.0 + call.draw("poisson", nonc / 2.0))
