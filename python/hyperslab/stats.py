"""``da.stats``: the tests and moments of ``dask.array.stats``, with the values of ``scipy.stats``.

Distribution functions are those of ``scipy.special``, which must be installed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from hyperslab import _calls, _compute, _ops
from hyperslab._array import Array
from hyperslab._creation import asarray
from hyperslab._join import concatenate
from hyperslab._manipulation import broadcast_to, moveaxis
from hyperslab._numeric import where

__all__ = [
    "SignificanceResult",
    "chisquare",
    "f_oneway",
    "kurtosis",
    "kurtosistest",
    "moment",
    "normaltest",
    "power_divergence",
    "skew",
    "skewtest",
    "ttest_1samp",
    "ttest_ind",
    "ttest_rel",
]

#: Samples that are fewer have no skewness or kurtosis to test: the answer is nan.
_FEWEST_SKEW, _FEWEST_KURTOSIS = 8, 5

_LAMBDAS = {
    "pearson": 1,
    "log-likelihood": 0,
    "freeman-tukey": -0.5,
    "mod-log-likelihood": -1,
    "neyman": -2,
    "cressie-read": 2 / 3,
}


class SignificanceResult(NamedTuple):
    """What a test gives: two lazy arrays.

    Attributes
    ----------
    statistic : Array
        The statistic of the test.
    pvalue : Array
        Its p-value.

    Examples
    --------
    >>> import hyperslab as da
    >>> result = da.stats.ttest_1samp(da.array([1.0, 2.0, 3.0]), 2.0)
    >>> float(result.compute().pvalue)
    1.0
    """

    statistic: Array
    pvalue: Array

    def compute(self, **options: Any) -> SignificanceResult:
        """Both as values, in one computation; `options` are those of `hyperslab.compute`."""
        return SignificanceResult(*_compute.compute(self.statistic, self.pvalue, **options))


def _special() -> Any:
    try:
        import scipy.special
    except ImportError as error:
        raise ImportError("hyperslab.stats needs scipy for its distribution functions: install scipy") from error
    return scipy.special


def _fold(name: str, x: Any, axis: Any, **options: Any) -> Any:
    return _ops.FUNCTIONS[name](x, axis=axis, **options)


def _root(x: Any) -> Any:
    return _ops.apply_ufunc("sqrt", (x,))


def _sample(a: Any, axis: int | None, nan_policy: str = "propagate") -> tuple[Any, int, np.dtype]:
    """Elements in double precision, the axis, and the dtype that they had."""
    if nan_policy not in ("propagate", "omit", "raise"):
        raise ValueError(f"nan_policy must be one of 'propagate', 'raise' or 'omit', not {nan_policy!r}")
    if nan_policy != "propagate":
        raise NotImplementedError(
            f"nan_policy={nan_policy!r} is not supported: select what is no nan first, x[~hyperslab.isnan(x)]"
        )
    x = asarray(a)
    if x.dtype.kind not in "biuf":
        raise TypeError(f"statistics of real numbers, not of dtype {x.dtype}")
    wide = x.astype(np.float64)
    return (wide.ravel(), 0, x.dtype) if axis is None else (wide, axis, x.dtype)


def _floating(*dtypes: np.dtype) -> np.dtype:
    """The dtype of results of samples."""
    common = np.result_type(*dtypes)
    return common if common.kind == "f" else np.dtype(np.float64)


def _probability(name: str, func: Callable[..., Any], *arrays: Any) -> Array:
    """An elementwise function of probability theory."""
    return _calls.elementwise(name, func, [asarray(a) for a in arrays], np.float64)


def _tail(name: str, cdf: Callable[..., Any], statistic: Any, alternative: str, *parameters: Any) -> Array:
    """P-values under a symmetric distribution."""
    if alternative not in ("two-sided", "less", "greater"):
        raise ValueError(f"`alternative` must be 'less', 'greater', or 'two-sided', not {alternative!r}.")

    def pvalue(t: np.ndarray, *rest: np.ndarray) -> Any:
        if alternative == "less":
            return cdf(t, *rest)
        return cdf(-t, *rest) if alternative == "greater" else 2 * cdf(-np.abs(t), *rest)

    return _probability(name, pvalue, statistic, *parameters)


def _result(statistic: Any, pvalue: Any, natural: np.dtype) -> SignificanceResult:
    return SignificanceResult(asarray(statistic).astype(natural), asarray(pvalue).astype(natural))


def _student(name: str, difference: Any, error: Any, df: Any, alternative: str, natural: np.dtype) -> Any:
    """The result of a t-test with a difference of means and its standard error."""
    special = _special()
    t = _ops.apply_ufunc("divide", (difference, error))
    return _result(t, _tail(name, lambda x, df: special.stdtr(df, x), t, alternative, df), natural)


def ttest_1samp(
    a: Any, popmean: Any, axis: int | None = 0, nan_policy: str = "propagate", alternative: str = "two-sided"
) -> SignificanceResult:
    """T-test of the mean of one sample; see `scipy.stats.ttest_1samp`.

    Parameters
    ----------
    a : array_like
        Sample.
    popmean : float or array_like
        Mean that is expected; broadcast to the means of `a`.
    axis : int or None
        Axis of the observations; None takes all elements.
    nan_policy : "propagate"
        Others are refused.
    alternative : {"two-sided", "less", "greater"}
        The hypothesis.

    Returns
    -------
    SignificanceResult
        Of the shape of `a` without the axis.

    Examples
    --------
    >>> import hyperslab as da
    >>> result = da.stats.ttest_1samp(da.array([1.0, 2.0, 3.0, 6.0]), 2.0)
    >>> round(float(result.statistic), 6)
    0.92582
    """
    x, axis, natural = _sample(a, axis, nan_policy)
    n = x.shape[axis]
    error = _root(_fold("var", x, axis, ddof=1) / float(n))
    expected = popmean if isinstance(popmean, int | float) else asarray(popmean)
    mean = _fold("mean", x, axis)
    if isinstance(expected, Array) and expected.ndim == mean.ndim + 1 and expected.shape[axis] == 1:
        expected = expected.squeeze(axis)
    return _student("ttest_1samp", mean - expected, error, float(n - 1), alternative, _floating(natural))  # type: ignore[no-any-return]


def ttest_rel(
    a: Any, b: Any, axis: int | None = 0, nan_policy: str = "propagate", alternative: str = "two-sided"
) -> SignificanceResult:
    """T-test of the means of two related samples; see `scipy.stats.ttest_rel`.

    Examples
    --------
    >>> import hyperslab as da
    >>> result = da.stats.ttest_rel(da.array([1.0, 2.0, 4.0]), da.array([1.0, 1.0, 1.0]))
    >>> round(float(result.statistic), 6)
    1.511858
    """
    x, along, one = _sample(a, axis, nan_policy)
    y, _, other = _sample(b, axis, nan_policy)
    if x.shape[along] != y.shape[along]:
        raise ValueError(f"ttest_rel: unequal length arrays: {x.shape} and {y.shape} along axis {axis}")
    n, d = x.shape[along], x - y
    error = _root(_fold("var", d, along, ddof=1) / float(n))
    kind = _floating(one, other)
    return _student("ttest_rel", _fold("mean", d, along), error, float(n - 1), alternative, kind)  # type: ignore[no-any-return]


def ttest_ind(
    a: Any,
    b: Any,
    axis: int | None = 0,
    equal_var: bool = True,
    nan_policy: str = "propagate",
    alternative: str = "two-sided",
) -> SignificanceResult:
    """T-test of the means of two independent samples; see `scipy.stats.ttest_ind`.

    Parameters
    ----------
    a, b : array_like
        Samples, of one shape but for the axis.
    axis : int or None
        Axis of the observations; None takes all elements.
    equal_var : bool
        Whether the populations have one variance; if not, this is Welch's test.
    nan_policy : "propagate"
        Others are refused.
    alternative : {"two-sided", "less", "greater"}
        The hypothesis.

    Examples
    --------
    >>> import hyperslab as da
    >>> result = da.stats.ttest_ind(da.array([1.0, 2.0, 3.0]), da.array([2.0, 4.0, 6.0, 8.0]))
    >>> round(float(result.pvalue), 6)
    0.117188
    """
    x, along, one = _sample(a, axis, nan_policy)
    y, _, other = _sample(b, axis, nan_policy)
    n, m = float(x.shape[along]), float(y.shape[along])
    v, w = _fold("var", x, along, ddof=1), _fold("var", y, along, ddof=1)
    if equal_var:
        df: Any = n + m - 2.0
        # A sample of one has no variance of its own.
        within = (v * (n - 1) if n > 1 else 0.0) + (w * (m - 1) if m > 1 else 0.0)
        error = _root(asarray(within) / df * (1 / n + 1 / m)) if df > 0 and n and m else v * math.nan
    else:
        v, w = v / n, w / m
        df = (v + w) ** 2 / (v**2 / (n - 1) + w**2 / (m - 1)) if n > 1 and m > 1 else v * math.nan
        df = where(_ops.apply_ufunc("isnan", (df,)), 1.0, df)
        error = _root(v + w)
    difference = _fold("mean", x, along) - _fold("mean", y, along)
    return _student("ttest_ind", difference, error, df, alternative, _floating(one, other))  # type: ignore[no-any-return]


def chisquare(
    f_obs: Any, f_exp: Any = None, ddof: int = 0, axis: int | None = 0, *, sum_check: bool = True
) -> SignificanceResult:
    """Pearson's chi-squared test; see `power_divergence`.

    Examples
    --------
    >>> import hyperslab as da
    >>> result = da.stats.chisquare(da.array([16, 18, 16, 14, 12, 12]))
    >>> float(result.statistic)
    2.0
    """
    return _divergence("chisquare", f_obs, f_exp, ddof, axis, 1, sum_check)


def power_divergence(
    f_obs: Any, f_exp: Any = None, ddof: int = 0, axis: int | None = 0, lambda_: float | str | None = None
) -> SignificanceResult:
    """Cressie and Read's test of frequencies; see `scipy.stats.power_divergence`.

    Parameters
    ----------
    f_obs : array_like
        Frequencies that were observed.
    f_exp : array_like, optional
        Frequencies that are expected; equal ones if not given.
    ddof : int
        Taken off the degrees of freedom.
    axis : int or None
        Axis of the categories; None takes all elements.
    lambda_ : float or str, optional
        The power, or the name of one: ``"pearson"``, ``"log-likelihood"``, ``"freeman-tukey"``,
        ``"mod-log-likelihood"``, ``"neyman"``, ``"cressie-read"``; 1 if not given.

    Raises
    ------
    ValueError
        For the name of no power; when computed, if the frequencies do not sum to what is expected.

    Examples
    --------
    >>> import hyperslab as da
    >>> result = da.stats.power_divergence(da.array([16, 18, 16, 14, 12, 12]), lambda_="log-likelihood")
    >>> round(float(result.statistic), 6)
    2.006573
    """
    if isinstance(lambda_, str):
        if lambda_ not in _LAMBDAS:
            names = ", ".join(map(repr, _LAMBDAS))
            raise ValueError(f"invalid string for lambda_: {lambda_!r}. Valid strings are {names}")
        power: float = _LAMBDAS[lambda_]
    else:
        power = 1 if lambda_ is None else lambda_
    return _divergence("power_divergence", f_obs, f_exp, ddof, axis, power, True)


def _divergence(name: str, f_obs: Any, f_exp: Any, ddof: Any, axis: Any, power: float, check: bool) -> Any:
    special = _special()
    observed, along, natural = _sample(f_obs, axis)
    if f_exp is None:
        expected = _fold("mean", observed, along, keepdims=True)
    else:
        expected, _, other = _sample(f_exp, axis)
        natural = np.result_type(natural, other)
        shape = np.broadcast_shapes(observed.shape, expected.shape)
        observed, expected = broadcast_to(observed, shape), broadcast_to(expected, shape)
    natural = _floating(natural)
    statistic = _fold("sum", _terms(special, observed, expected, power), along)
    if f_exp is not None and check:
        sums = _fold("sum", observed, along), _fold("sum", expected, along)
        statistic = _calls.elementwise(name, _agreeing(np.finfo(natural).eps ** 0.5), [statistic, *sums], np.float64)
    df = float(observed.shape[along] - 1) - asarray(ddof)
    return _result(statistic, _probability(name, lambda x, df: special.chdtrc(df, x), statistic, df), natural)


def _terms(special: Any, observed: Any, expected: Any, power: float) -> Any:
    """What is summed up for the statistic."""
    if power == 1:
        return (observed - expected) ** 2 / expected
    if power == 0:
        return 2.0 * _probability("xlogy", special.xlogy, observed, observed / expected)
    if power == -1:
        return 2.0 * _probability("xlogy", special.xlogy, expected, expected / observed)
    return observed * ((observed / expected) ** power - 1) / (0.5 * power * (power + 1))


def _agreeing(rtol: float) -> Callable[..., Any]:
    """The statistic, if the frequencies sum to what is expected."""

    def check(statistic: np.ndarray, observed: np.ndarray, expected: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            off = np.abs(observed - expected) / np.minimum(observed, expected)
        if np.any(off > rtol):
            raise ValueError(
                "For each axis slice, the sum of the observed frequencies must agree with the sum of the expected "
                f"frequencies to a relative tolerance of {rtol}, but the largest relative difference is "
                f"{np.nanmax(off)}"
            )
        return statistic

    return check


def _central(x: Array, axis: int, *powers: int) -> list[Any]:
    """Central moments."""
    away = x - _fold("mean", x, axis, keepdims=True)
    square = away * away
    terms = {2: square, 3: square * away, 4: square * square}
    return [_fold("mean", terms[p], axis) for p in powers]


def _constant(m2: Any, x: Array, axis: int, natural: np.dtype) -> Any:
    """Where samples are constant but for rounding."""
    small = np.finfo(natural).eps * _fold("mean", x, axis)
    return m2 <= small * small


def moment(a: Any, moment: Any = 1, axis: int | None = 0, nan_policy: str = "propagate", *, center: Any = None) -> Any:
    """Moment about the mean, or about `center`; see `scipy.stats.moment`.

    Parameters
    ----------
    a : array_like
        Sample.
    moment : int or sequence of int
        Order; of several orders, the moments along a new first axis.
    axis : int or None
        Axis of the observations; None takes all elements.
    nan_policy : "propagate"
        Others are refused.
    center : float, optional
        What moments are about.

    Examples
    --------
    >>> import hyperslab as da
    >>> float(da.stats.moment(da.array([1.0, 2.0, 3.0]), 2) * 3)
    2.0
    """
    if isinstance(moment, list | tuple | np.ndarray) and np.ndim(moment):
        several = [_ops.apply_ufunc("positive", (_moment(a, k, axis, nan_policy, center),)) for k in moment]
        return concatenate([m[None] for m in several], 0)
    return _moment(a, moment, axis, nan_policy, center)


def _moment(a: Any, order: Any, axis: int | None, nan_policy: str, center: Any) -> Any:
    if order != int(order):
        raise ValueError("All elements of `order` must be integral.")
    x, along, given = _sample(a, axis, nan_policy)
    natural = _floating(given)
    mean = _fold("mean", x, along, keepdims=True)
    if x.shape[along] == 0:
        return mean.squeeze(along).astype(natural)
    if order == 1 and center is None:
        return (_fold("mean", x, along) * 0.0).astype(natural)
    away = x - (mean if center is None else float(center))
    return _fold("mean", away ** int(order), along).astype(natural)


def skew(a: Any, axis: int | None = 0, bias: bool = True, nan_policy: str = "propagate") -> Array:
    """Skewness of samples; nan where all elements are equal. See `scipy.stats.skew`.

    Parameters
    ----------
    a : array_like
        Sample.
    axis : int or None
        Axis of the observations; None takes all elements.
    bias : bool
        If not, the result is corrected for statistical bias.
    nan_policy : "propagate"
        Others are refused.

    Examples
    --------
    >>> import hyperslab as da
    >>> round(float(da.stats.skew(da.array([2, 8, 0, 4, 1, 9, 9, 0]))), 6)
    0.26505
    """
    x, along, given = _sample(a, axis, nan_policy)
    natural = _floating(given)
    n = x.shape[along]
    m2, m3 = _central(x, along, 2, 3)
    constant = _constant(m2, x, along, natural)
    value = m3 / m2**1.5
    if not bias and n > 2:
        value = value * (math.sqrt((n - 1.0) * n) / (n - 2.0))
    return where(constant, math.nan, value).astype(natural)


def kurtosis(
    a: Any, axis: int | None = 0, fisher: bool = True, bias: bool = True, nan_policy: str = "propagate"
) -> Array:
    """Kurtosis of samples; nan where all elements are equal. See `scipy.stats.kurtosis`.

    Parameters
    ----------
    a : array_like
        Sample.
    axis : int or None
        Axis of the observations; None takes all elements.
    fisher : bool
        Whether that of the normal distribution is 0, or 3.
    bias : bool
        If not, the result is corrected for statistical bias.
    nan_policy : "propagate"
        Others are refused.

    Examples
    --------
    >>> import hyperslab as da
    >>> round(float(da.stats.kurtosis(da.array([2, 8, 0, 4, 1, 9, 9, 0]))), 6)
    -1.66601
    """
    x, along, given = _sample(a, axis, nan_policy)
    natural = _floating(given)
    n = x.shape[along]
    m2, m4 = _central(x, along, 2, 4)
    constant = _constant(m2, x, along, natural)
    value = m4 / (m2 * m2)
    if not bias and n > 3:
        value = 1.0 / (n - 2) / (n - 3) * ((n**2 - 1.0) * value - 3 * (n - 1) ** 2.0) + 3.0
    value = value - 3 if fisher else value
    return where(constant, math.nan, value).astype(natural)


def _normal(name: str, z: Any, alternative: str, natural: np.dtype) -> SignificanceResult:
    return _result(z, _tail(name, _special().ndtr, z, alternative), natural)


def skewtest(
    a: Any, axis: int | None = 0, nan_policy: str = "propagate", alternative: str = "two-sided"
) -> SignificanceResult:
    """Test whether the skewness is that of the normal distribution; see `scipy.stats.skewtest`.

    Examples
    --------
    >>> import hyperslab as da
    >>> round(float(da.stats.skewtest(da.arange(8) ** 2).statistic), 6)
    1.108543
    """
    x, along, given = _sample(a, axis, nan_policy)
    natural = _floating(given)
    return _normal("skewtest", _skew_z(x, along), alternative, natural)


def _skew_z(x: Array, axis: int) -> Any:
    value, n = skew(x, axis), float(x.shape[axis])
    if n < _FEWEST_SKEW:
        return value * math.nan
    beta = 3.0 * (n**2 + 27 * n - 70) * (n + 1) * (n + 3) / ((n - 2.0) * (n + 5) * (n + 7) * (n + 9))
    w = -1 + math.sqrt(2 * (beta - 1))
    delta, alpha = 1 / math.sqrt(0.5 * math.log(w)), math.sqrt(2.0 / (w - 1))
    y = value * math.sqrt(((n + 1) * (n + 3)) / (6.0 * (n - 2)))
    y = where(y == 0, 1.0, y) / alpha
    return delta * _ops.apply_ufunc("log", (y + _root(y**2 + 1),))


def kurtosistest(
    a: Any, axis: int | None = 0, nan_policy: str = "propagate", alternative: str = "two-sided"
) -> SignificanceResult:
    """Test whether the kurtosis is that of the normal distribution; see `scipy.stats.kurtosistest`.

    Examples
    --------
    >>> import hyperslab as da
    >>> round(float(da.stats.kurtosistest(da.arange(20)).statistic), 6)
    -1.70581
    """
    x, along, given = _sample(a, axis, nan_policy)
    natural = _floating(given)
    return _normal("kurtosistest", _kurtosis_z(x, along), alternative, natural)


def _kurtosis_z(x: Array, axis: int) -> Any:
    value, n = kurtosis(x, axis, fisher=False), float(x.shape[axis])
    if n < _FEWEST_KURTOSIS:
        return value * math.nan
    expected = 3.0 * (n - 1) / (n + 1)
    variance = 24.0 * n * (n - 2) * (n - 3) / ((n + 1) * (n + 1.0) * (n + 3) * (n + 5))
    beta = 6.0 * (n * n - 5 * n + 2) / ((n + 7) * (n + 9))
    beta *= math.sqrt((6.0 * (n + 3) * (n + 5)) / (n * (n - 2) * (n - 3)))
    a = 6.0 + 8.0 / beta * (2.0 / beta + math.sqrt(1 + 4.0 / (beta**2)))
    denominator = 1 + (value - expected) / math.sqrt(variance) * math.sqrt(2 / (a - 4.0))
    size = _ops.apply_ufunc("absolute", (denominator,))
    term = _ops.apply_ufunc("sign", (denominator,)) * where(
        denominator == 0.0, math.nan, ((1 - 2.0 / a) / size) ** (1 / 3)
    )
    return (1 - 2 / (9.0 * a) - term) / math.sqrt(2 / (9.0 * a))


def normaltest(a: Any, axis: int | None = 0, nan_policy: str = "propagate") -> SignificanceResult:
    """Test whether samples are from a normal distribution; see `scipy.stats.normaltest`.

    Examples
    --------
    >>> import hyperslab as da
    >>> round(float(da.stats.normaltest(da.arange(20)).statistic), 6)
    2.909788
    """
    special = _special()
    x, along, given = _sample(a, axis, nan_policy)
    natural = _floating(given)
    skewed, tailed = _skew_z(x, along), _kurtosis_z(x, along)
    statistic = skewed * skewed + tailed * tailed
    return _result(statistic, _probability("normaltest", lambda x: special.chdtrc(2.0, x), statistic), natural)


def f_oneway(*samples: Any, axis: int | None = 0) -> SignificanceResult:
    """Analysis of variance of several samples; see `scipy.stats.f_oneway`.

    Parameters
    ----------
    *samples : array_like
        Two samples or more, of one shape but for the axis.
    axis : int or None
        Axis of the observations; None takes all elements.

    Examples
    --------
    >>> import hyperslab as da
    >>> result = da.stats.f_oneway(da.array([1.0, 2.0, 3.0]), da.array([2.0, 4.0, 6.0]))
    >>> round(float(result.statistic), 6)
    2.4
    """
    if len(samples) < 2:
        raise TypeError(f"at least two inputs are required; got {len(samples)}.")
    special = _special()
    taken = [_sample(a, axis) for a in samples]
    groups = [moveaxis(x, along, 0) for x, along, _ in taken]
    natural = _floating(*(kind for *_, kind in taken))
    whole = concatenate(groups, 0)
    total, k = whole.shape[0], len(groups)
    offset = _fold("mean", whole, 0, keepdims=True)
    if any(g.shape[0] == 0 for g in groups) or all(g.shape[0] == 1 for g in groups):
        nothing = offset[0] * math.nan
        return _result(nothing, nothing, natural)
    away = whole - offset
    correction = _fold("sum", away, 0) ** 2 / float(total)
    between = sum(_fold("sum", g - offset, 0) ** 2 / float(g.shape[0]) for g in groups) - correction
    within = _fold("sum", away * away, 0) - correction - between
    f = (between / float(k - 1)) / (within / float(total - k))
    f = where(_alike(groups), where(_fold("all", whole == whole[:1], 0), math.nan, math.inf), f)
    p = _probability("f_oneway", lambda x: special.fdtrc(float(k - 1), float(total - k), x), f)
    return _result(f, p, natural)


def _alike(groups: list[Any]) -> Any:
    """Where the elements of each sample are equal."""
    same = [_fold("all", g == g[:1], 0) for g in groups]
    made = same[0]
    for other in same[1:]:
        made = _ops.apply_ufunc("logical_and", (made, other))
    return made
