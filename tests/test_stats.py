"""`da.stats` against `scipy.stats`, and against dask's where both agree with it."""

import sys
import warnings

import numpy as np
import pytest
import scipy.stats
from against_numpy import Counting, chunkings, within

import hyperslab as da


def samples(shape, dtype="f8", seed=0):
    rng = np.random.default_rng([seed, *shape])
    data = rng.gamma(2.0, 3.0, shape) + seed
    return (data * 5).astype(dtype) if np.dtype(dtype).kind in "iu" else data.astype(dtype)


def outcome(call):
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return call(), None
        except (TypeError, ValueError) as error:
            return None, error


def agree(call, *data):
    """The same call of scipy's module on memory and of ours on lazy arrays gives the same."""
    theirs, error = outcome(lambda: call(scipy.stats, *data))
    for layout in range(3):
        sources = [Counting(a) for a in data]
        lazy = [da.from_array(s, chunks=(chunkings(s.shape) * 3)[layout]) for s in sources]
        ours, raised = outcome(lambda lazy=lazy: call(da.stats, *lazy))
        assert all(s.reads == 0 for s in sources), "building reads"
        assert type(raised) is type(error), (raised, error)
        if error is not None:
            continue
        pairs = (
            [(ours, theirs)]
            if isinstance(ours, da.Array)
            else [(ours.statistic, theirs.statistic), (ours.pvalue, theirs.pvalue)]
        )
        for mine, wanted in pairs:
            wanted = np.asarray(wanted)
            assert (mine.shape, mine.dtype) == (wanted.shape, wanted.dtype)
            rtol = 2e-4 if wanted.dtype == np.float32 else 1e-9
            with np.errstate(all="ignore"):
                np.testing.assert_allclose(mine.compute(), wanted, rtol=rtol, atol=rtol * 1e-3)


CASES = [((20,), 0), ((9, 4), 0), ((4, 30), -1), ((3, 10, 2), 1), ((3, 4), None)]
DTYPES = ["f8", "f4", "u1"]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("shape", "axis"), CASES)
def test_moments(shape, axis, dtype):
    x = samples(shape, dtype)
    for order in (0, 1, 2, 3, 4, 5, [1, 2, 3]):
        agree(lambda m, x, order=order: m.moment(x, order, axis), x)
    agree(lambda m, x: m.moment(x, 2, axis, center=1.5), x)
    agree(lambda m, x: m.moment(x, 1.5, axis), x)
    for bias in (True, False):
        agree(lambda m, x, bias=bias: m.skew(x, axis, bias), x)
        agree(lambda m, x, bias=bias: m.kurtosis(x, axis, bias=bias), x)
        agree(lambda m, x, bias=bias: m.kurtosis(x, axis, False, bias), x)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("shape", "axis"), CASES)
def test_tests_of_one_sample(shape, axis, dtype):
    x = samples(shape, dtype)
    for alternative in ("two-sided", "less", "greater", "no such"):
        agree(lambda m, x, a=alternative: m.ttest_1samp(x, 6.0, axis, alternative=a), x)
        agree(lambda m, x, a=alternative: m.skewtest(x, axis, alternative=a), x)
        agree(lambda m, x, a=alternative: m.kurtosistest(x, axis, alternative=a), x)
    agree(lambda m, x: m.normaltest(x, axis), x)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("shape", "axis"), CASES)
def test_tests_of_two_samples(shape, axis, dtype):
    x, y = samples(shape, dtype), samples(shape, "f4", seed=1)
    for alternative in ("two-sided", "less", "greater", "no such"):
        agree(lambda m, x, y, a=alternative: m.ttest_rel(x, y, axis, alternative=a), x, y)
        for equal in (True, False):
            agree(
                lambda m, x, y, a=alternative, e=equal: m.ttest_ind(x, y, axis=axis, equal_var=e, alternative=a), x, y
            )
    if axis is not None:
        longer = np.concatenate([y, y], axis)
        agree(lambda m, x, y: m.ttest_ind(x, y, axis=axis), x, longer)
        agree(lambda m, x, y: m.ttest_ind(x, y, axis=axis, equal_var=False), x, longer)
        agree(lambda m, x, y: m.f_oneway(x, y, x, axis=axis), x, longer)
    agree(lambda m, x, y: m.f_oneway(x, y, axis=axis), x, y)


def test_means_that_are_expected():
    x = samples((9, 4))
    agree(lambda m, x: m.ttest_1samp(x, np.arange(4.0)[None]), x)
    agree(lambda m, x: m.ttest_1samp(x, 3), x)


@pytest.mark.parametrize(
    "power",
    [
        None,
        1,
        0,
        -1,
        -0.5,
        2 / 3,
        3,
        "pearson",
        "log-likelihood",
        "freeman-tukey",
        "mod-log-likelihood",
        "neyman",
        "cressie-read",
        "no such",
    ],
)
@pytest.mark.parametrize(("shape", "axis"), CASES)
def test_frequencies(shape, axis, power):
    x = samples(shape, "i8") + 1
    y = np.sum(x, axis=axis, keepdims=True) / (x.size if axis is None else x.shape[axis]) + np.zeros(shape)
    agree(lambda m, x: m.power_divergence(x, axis=axis, lambda_=power), x)
    agree(lambda m, x, y: m.power_divergence(x, y, 1, axis, power), x, y)
    if power == 1:
        agree(lambda m, x, y: m.chisquare(x, y, axis=axis), x, y)
        agree(lambda m, x, y: m.chisquare(x, y * 2, axis=axis, sum_check=False), x, y)


def test_frequencies_that_do_not_sum_up():
    x = da.array([10, 20, 30])
    result = da.stats.chisquare(x, da.array([10.0, 20.0, 31.0]))
    with pytest.raises(ValueError, match="the sum of the observed frequencies must agree"):
        result.compute()


def test_samples_that_tell_nothing():
    constant, one, few = np.full((10, 3), 2.5), samples((1, 3)), samples((4, 3))
    constant[0, 1] = 3
    for x in (constant, one, few, np.full((8, 2), np.nan), samples((9, 0))):
        for call in [
            lambda m, x: m.skew(x),
            lambda m, x: m.kurtosis(x),
            lambda m, x: m.skewtest(x),
            lambda m, x: m.kurtosistest(x),
            lambda m, x: m.normaltest(x),
            lambda m, x: m.ttest_1samp(x, 2.5),
            lambda m, x: m.ttest_rel(x, x),
            lambda m, x: m.ttest_ind(x, x),
        ]:
            agree(call, x)
    same = [np.full(4, 3.0), np.full(5, 3.0)]
    agree(lambda m, *xs: m.f_oneway(*xs), *same)
    agree(lambda m, *xs: m.f_oneway(*xs), same[0], same[1] + 1)
    agree(lambda m, *xs: m.f_oneway(*xs), same[0])


def test_means_far_from_zero_cost_no_accuracy():
    x = 1e8 + samples((1000,))
    near = x - 1e8  # Without rounding, so both have the same moments.
    lazy = da.from_array(x, chunks=100)
    for name in ("skew", "kurtosis"):
        got, wanted = getattr(da.stats, name)(lazy).compute(), getattr(scipy.stats, name)(near)
        np.testing.assert_allclose(got, wanted, rtol=1e-7)
    np.testing.assert_allclose(
        da.stats.ttest_1samp(lazy, 1e8).compute().statistic, scipy.stats.ttest_1samp(near, 0).statistic, rtol=1e-7
    )


def test_results_are_lazy_and_computed_together():
    source = Counting(samples((100, 3)))
    result = da.stats.normaltest(da.from_array(source, chunks=10))
    statistic, pvalue = result
    assert source.reads == 0 and statistic.shape == pvalue.shape == (3,)
    both = result.compute()
    wanted = scipy.stats.normaltest(source.data)
    np.testing.assert_allclose(both.statistic, wanted.statistic)
    np.testing.assert_allclose(both.pvalue, wanted.pvalue)


def test_options_that_are_refused():
    for name in ("skew", "kurtosis", "skewtest", "moment", "normaltest"):
        with pytest.raises(NotImplementedError, match="isnan"):
            getattr(da.stats, name)(da.ones(10), nan_policy="omit")
        with pytest.raises(ValueError, match="nan_policy must be"):
            getattr(da.stats, name)(da.ones(10), nan_policy="nothing")
    with pytest.raises(TypeError, match="complex128"):
        da.stats.skew(da.ones(3, dtype=complex))


def test_without_scipy(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.special", None)
    assert da.stats.skew(da.arange(5) ** 2).compute() > 0
    with pytest.raises(ImportError, match="install scipy"):
        da.stats.skewtest(da.arange(9))


def test_selections_of_unknown_length():
    x = da.from_array(samples((100,)), chunks=30)
    np.testing.assert_allclose(da.stats.skew(x[x > 3]).compute(), scipy.stats.skew(x.compute()[x.compute() > 3]))


def test_samples_larger_than_the_budget():
    x = da.arange(20_000_000, chunks=1_000_000, dtype="f8")
    result = da.stats.kurtosis(x)
    assert abs(float(within("64 MiB", result[None])[0]) + 1.2) < 1e-9
