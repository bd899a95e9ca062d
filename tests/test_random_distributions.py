"""The distributions of `da.random` against those of scipy.stats. Seeds are fixed: the same numbers every time."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import hyperslab as da

N = 40_000
#: With fixed seeds a test passes or fails for good; one in a thousand right ones would have to take another seed.
SMALL = 1e-3

CONTINUOUS = {
    "random": [((), stats.uniform())],
    "uniform": [((-2, 3), stats.uniform(-2, 5))],
    "standard_normal": [((), stats.norm())],
    "normal": [((1, 2), stats.norm(1, 2))],
    "lognormal": [((0.5, 0.25), stats.lognorm(0.25, scale=np.exp(0.5)))],
    "standard_exponential": [((), stats.expon())],
    "exponential": [((2,), stats.expon(scale=2))],
    "laplace": [((1, 2), stats.laplace(1, 2))],
    "logistic": [((1, 2), stats.logistic(1, 2))],
    "gumbel": [((1, 2), stats.gumbel_r(1, 2))],
    "rayleigh": [((2,), stats.rayleigh(scale=2))],
    "pareto": [((0.5,), stats.lomax(0.5)), ((3,), stats.lomax(3))],
    "weibull": [((0.5,), stats.weibull_min(0.5)), ((3,), stats.weibull_min(3))],
    "power": [((0.5,), stats.powerlaw(0.5)), ((3,), stats.powerlaw(3))],
    "standard_cauchy": [((), stats.cauchy())],
    "triangular": [((-1, 0.5, 4), stats.triang(0.3, -1, 5)), ((0, 0, 1), stats.triang(0))],
    "standard_gamma": [((a,), stats.gamma(a)) for a in (0.01, 0.7, 1.0, 1.5, 40.0, 1e6)],
    "gamma": [((2, 3), stats.gamma(2, scale=3))],
    "beta": [((a, b), stats.beta(a, b)) for a, b in ((0.05, 0.2), (0.5, 2), (1, 1), (30, 50))],
    "chisquare": [((1,), stats.chi2(1)), ((7,), stats.chi2(7))],
    "noncentral_chisquare": [((0.5, 1.5), stats.ncx2(0.5, 1.5)), ((3, 30), stats.ncx2(3, 30))],
    "f": [((3, 10), stats.f(3, 10))],
    "noncentral_f": [((3, 10, 1.5), stats.ncf(3, 10, 1.5))],
    "standard_t": [((1.5,), stats.t(1.5)), ((20,), stats.t(20))],
    "vonmises": [((0, k), stats.vonmises(k)) for k in (1e-9, 1e-6, 0.1, 4, 500, 1e7)],
    "wald": [((3, 2), stats.invgauss(1.5, scale=2)), ((1, 100), stats.invgauss(0.01, scale=100))],
}

DISCRETE = {
    "poisson": [((m,), stats.poisson(m)) for m in (0.1, 4, 9.9, 10.0, 35, 1000)],
    "binomial": [
        ((n, p), stats.binom(n, p))
        for n, p in ((1, 0.3), (10, 0.5), (25, 0.9), (1000, 0.004), (40, 0.3), (500, 0.25), (2000, 0.8))
    ],
    "negative_binomial": [((3, 0.4), stats.nbinom(3, 0.4)), ((0.5, 0.05), stats.nbinom(0.5, 0.05))],
    "geometric": [((0.3,), stats.geom(0.3)), ((0.01,), stats.geom(0.01)), ((0.9,), stats.geom(0.9))],
    "hypergeometric": [
        ((g, b, n), stats.hypergeom(g + b, g, n))
        for g, b, n in ((5, 3, 4), (50, 70, 30), (70, 50, 100), (200, 1000, 400), (1000, 200, 900), (5, 500, 20))
    ],
    "zipf": [((1.5,), stats.zipf(1.5)), ((4,), stats.zipf(4))],
    "logseries": [((0.1,), stats.logser(0.1)), ((0.6,), stats.logser(0.6)), ((0.99,), stats.logser(0.99))],
    "integers": [((-3, 9), stats.randint(-3, 9)), ((0, 1000), stats.randint(0, 1000))],
    "choice": [((7,), stats.randint(0, 7))],
}


def cases(table):
    return [pytest.param(n, a, d, id=f"{n}{a}") for n, rows in table.items() for a, d in rows]


def drawn(name, args, size=N, seed=91):
    return getattr(da.random.default_rng(seed), name)(*args, size=size).compute()


def agree(values, law):
    """Whether counts of integers are those of a law: the rare ones are put together on either side."""
    low, high = law.ppf(20 / values.size), law.ppf(1 - 20 / values.size)
    edges = np.unique(np.linspace(low, high, min(int(high - low) + 1, 60)).round())
    below = np.array([np.count_nonzero(values <= e) for e in edges])
    seen = np.diff(np.concatenate([[0], below, [values.size]]))
    expected = np.diff(np.concatenate([[0], law.cdf(edges), [1]])) * values.size
    few = expected < 5
    seen, expected = (np.append(x[~few], x[few].sum()) for x in (seen, expected))
    kept = expected > 0
    assert seen[~kept].sum() == 0
    return stats.chisquare(seen[kept], expected[kept] * seen.sum() / expected[kept].sum()).pvalue


@pytest.mark.parametrize(("name", "args", "law"), cases(CONTINUOUS))
def test_real_numbers(name, args, law):
    assert stats.kstest(drawn(name, args), law.cdf).pvalue > SMALL


@pytest.mark.parametrize(("name", "args", "law"), cases(DISCRETE))
def test_integers(name, args, law):
    values = drawn(name, args)
    low, high = law.support()
    assert values.min() >= low and values.max() <= high
    assert agree(values, law) > SMALL


def test_the_tests_can_fail():
    assert stats.kstest(drawn("normal", (1.03, 2)), stats.norm(1, 2).cdf).pvalue < SMALL
    assert agree(drawn("poisson", (4.08,)), stats.poisson(4)) < SMALL


def test_limits_of_parameters():
    rng = da.random.default_rng(1)
    for name, args, value in (
        ("normal", (3, 0), 3),
        ("standard_gamma", (0,), 0),
        ("weibull", (0,), 0),
        ("poisson", (0,), 0),
        ("binomial", (0, 0.5), 0),
        ("binomial", (9, 0), 0),
        ("binomial", (9, 1), 9),
        ("geometric", (1,), 1),
        ("logseries", (0,), 1),
        ("hypergeometric", (5, 0, 3), 3),
        ("hypergeometric", (0, 5, 3), 0),
        ("hypergeometric", (5, 6, 11), 5),
        ("zipf", (2000,), 1),
        ("integers", (4, 5), 4),
    ):
        np.testing.assert_array_equal(getattr(rng, name)(*args, size=5).compute(), value, err_msg=name)
    assert np.isnan(rng.normal(np.nan, 1).compute()) and np.isnan(rng.standard_gamma(np.nan).compute())


def test_every_bit_is_as_often_set_as_not():
    words = da.random.default_rng(3).integers(0, 2**64 - 1, size=N, dtype=np.uint64, endpoint=True).compute()
    ones = np.array([np.count_nonzero(words >> np.uint64(b) & np.uint64(1)) for b in range(64)])
    assert np.abs(ones - N / 2).max() < 4.5 * np.sqrt(N) / 2


@pytest.mark.parametrize("name", ["random", "standard_normal", "standard_gamma", "binomial"])
def test_neighbours_and_streams_are_not_correlated(name):
    args = {"standard_gamma": (2.0,), "binomial": (100, 0.4)}.get(name, ())
    rng = da.random.default_rng(17)
    first, second = (getattr(rng, name)(*args, size=N).compute() for _ in range(2))
    other = getattr(da.random.default_rng(18), name)(*args, size=N).compute()
    pairs = [(first, second), (first, other), *((first[k:], first[:-k]) for k in (1, 2, 31, 32, 33, 64, 128))]
    for a, b in pairs:
        assert stats.pearsonr(a, b).pvalue > SMALL
        assert stats.pearsonr(np.abs(a - a.mean()), np.abs(b - b.mean())).pvalue > SMALL


def test_single_precision_is_uniform_too():
    x = da.random.default_rng(5).random(N, dtype=np.float32).compute()
    assert x.max() < 1 and stats.kstest(x, stats.uniform().cdf).pvalue > SMALL
    assert (
        stats.kstest(da.random.default_rng(5).standard_normal(N, dtype=np.float32).compute(), stats.norm().cdf).pvalue
        > SMALL
    )


def test_choices_with_probabilities():
    p = np.array([0.1, 0.0, 0.5, 0.25, 0.15])
    seen = np.bincount(da.random.default_rng(2).choice(5, N, p=p).compute(), minlength=5)
    assert seen[1] == 0 and stats.chisquare(seen[p > 0], p[p > 0] * N).pvalue > SMALL
    # Two of three without replacement: the first by its probability, the second by what is left.
    q = np.array([0.2, 0.3, 0.5])
    rng = da.random.default_rng(2)
    runs = 2000
    pairs = [tuple(rng.choice(3, 2, replace=False, p=q).compute()) for _ in range(runs)]
    law = {(i, j): q[i] * q[j] / (1 - q[i]) for i in range(3) for j in range(3) if i != j}
    assert set(pairs) == set(law)
    assert stats.chisquare([pairs.count(k) for k in law], [law[k] * runs for k in law]).pvalue > SMALL


def test_choices_from_arrays():
    data = np.arange(60).reshape(3, 20)
    x = da.from_array(data, chunks=(2, 7))
    for axis, size in ((0, 4), (1, (2, 3)), (-1, ())):
        got = da.random.default_rng(4).choice(x, size, axis=axis).compute()
        at = da.random.default_rng(4).choice(data.shape[axis], size).compute()
        np.testing.assert_array_equal(got, np.take(data, at, axis=axis))
        np.testing.assert_array_equal(da.random.default_rng(4).choice(data, size, axis=axis).compute(), got)
    kept = da.random.default_rng(4).choice(x, 20, replace=False, axis=1).compute()
    np.testing.assert_array_equal(np.sort(kept, axis=1), data)


def test_permutations_are_all_alike():
    rng = da.random.default_rng(6)
    runs = 2400
    orders = [tuple(rng.permutation(4).compute()) for _ in range(runs)]
    counts = [orders.count(o) for o in set(orders)]
    assert len(counts) == 24 and stats.chisquare(counts).pvalue > SMALL


def test_long_permutations_take_no_memory():
    rng = da.random.default_rng(6)
    n = 300_007
    whole = rng.permutation(n).compute()
    np.testing.assert_array_equal(np.sort(whole), np.arange(n))
    assert stats.pearsonr(whole, np.arange(n)).pvalue > SMALL
    assert stats.pearsonr(whole[1:], whole[:-1]).pvalue > SMALL
    first = [int(rng.permutation(n)[k].compute()) for k in (0, 1, n - 1) for _ in range(300)]
    assert stats.kstest(np.array(first) / n, stats.uniform().cdf).pvalue > SMALL
    some = rng.permutation(10**17)[10**16 : 10**16 + 1000].compute(memory_limit="1 MiB")
    assert len(set(some.tolist())) == 1000 and some.max() < 10**17
    chosen = rng.choice(10**15, (10, 10), replace=False).compute(memory_limit="1 MiB")
    assert len(np.unique(chosen)) == 100


def test_shuffling_in_place():
    rng = da.random.default_rng(9)
    data = np.arange(40).reshape(10, 4)
    x, plain, items = da.from_array(data.copy(), chunks=3), data.copy(), list(range(30))
    rng.shuffle(x)
    rng.shuffle(plain, axis=1)
    rng.shuffle(items)
    rows = x.compute()
    assert not np.array_equal(rows, data) and not np.array_equal(plain, data) and items != list(range(30))
    np.testing.assert_array_equal(rows[np.argsort(rows[:, 0])], data)
    np.testing.assert_array_equal(np.sort(plain, axis=1), data)
    assert sorted(items) == list(range(30))
    np.testing.assert_array_equal(
        np.sort(rng.permutation(da.from_array(data, chunks=3), axis=1).compute(), axis=1), data
    )


def test_permuted_shuffles_each_lane_by_itself():
    rng = da.random.default_rng(9)
    data = np.tile(np.arange(20), (50, 1))
    rows = rng.permuted(da.from_array(data, chunks=(7, 6)), axis=1).compute()
    np.testing.assert_array_equal(np.sort(rows, axis=1), data)
    assert len({tuple(r) for r in rows}) == 50
    every = rng.permuted(data).compute()
    assert every.shape == data.shape and not np.array_equal(np.sort(every, axis=1), data)
    np.testing.assert_array_equal(np.sort(every.ravel()), np.sort(data.ravel()))


def test_multinomial():
    p = np.array([0.2, 0.3, 0.0, 0.5])
    x = da.random.default_rng(3).multinomial(20, p, size=N).compute()
    assert x.shape == (N, 4) and (x.sum(axis=1) == 20).all() and (x >= 0).all()
    for k in (0, 1, 3):
        assert agree(x[:, k], stats.binom(20, p[k])) > SMALL
    np.testing.assert_allclose(np.cov(x.T), 20 * (np.diag(p) - np.outer(p, p)), atol=0.15)


def test_multivariate_hypergeometric():
    colors = np.array([5, 30, 8, 0])
    x = da.random.default_rng(3).multivariate_hypergeometric(colors, 20, size=N).compute()
    assert (x.sum(axis=1) == 20).all() and (x <= colors).all()
    for k in range(3):
        assert agree(x[:, k], stats.hypergeom(43, colors[k], 20)) > SMALL


@pytest.mark.parametrize("alpha", [[1.0, 2.0, 3.0], [0.02, 0.04, 0.03], [50.0, 0.1, 2.0]])
def test_dirichlet(alpha):
    x = da.random.default_rng(3).dirichlet(alpha, size=N).compute()
    np.testing.assert_allclose(x.sum(axis=1), 1, rtol=1e-14)
    for k, a in enumerate(alpha):
        law = stats.beta(a, sum(alpha) - a)
        # Of small concentrations many parts are 1 but for less than a float tells.
        inner = x[x[:, k] < 0.9, k]
        assert stats.binomtest(inner.size, N, law.cdf(0.9)).pvalue > SMALL
        assert stats.kstest(inner, lambda v, law=law: law.cdf(v) / law.cdf(0.9)).pvalue > SMALL


@pytest.mark.parametrize("method", ["svd", "eigh", "cholesky"])
def test_multivariate_normal(method):
    mean, cov = np.array([1.0, -2.0, 0.5]), np.array([[2.0, 0.6, 0.1], [0.6, 1.0, -0.4], [0.1, -0.4, 3.0]])
    x = da.random.default_rng(3).multivariate_normal(mean, cov, size=N, method=method).compute()
    np.testing.assert_allclose(np.cov(x.T), cov, atol=0.08)
    away = np.einsum("ij,jk,ik->i", x - mean, np.linalg.inv(cov), x - mean)
    assert stats.kstest(away, stats.chi2(3).cdf).pvalue > SMALL
