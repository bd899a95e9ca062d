"""`da.random`: one stream, whatever the chunks, threads, budgets and slices; recorded values; arguments and errors."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import hyperslab as da

#: The first three numbers of a call of each method for seed 2024: they guard the stream between releases.
#: Numbers that go through an elementary function may differ in the last bit between processors.
RECORDED = {
    "random": [0.19103428240917797, 0.7340221374296093, 0.8529839024737225],
    "uniform": [-1.0448285879541102, 1.6701106871480467, 2.2649195123686123],
    "standard_normal": [0.2967086916257598, 0.03254384406090294, -0.07669125166689562],
    "normal": [1.5934173832515195, 1.0650876881218059, 0.8466174966662088],
    "lognormal": [1.7756688572008898, 1.6621899185855102, 1.6174117511066186],
    "standard_exponential": [1.6553023779884517, 0.3092160908365809, 0.15901460332887865],
    "exponential": [3.3106047559769034, 0.6184321816731618, 0.3180292066577573],
    "laplace": [-2.3106047559769034, 0.38156781832683817, 1.3180292066577572],
    "logistic": [-1.8866072777771303, 3.0302522124934037, 4.51639717577699],
    "gumbel": [-0.007967395747139783, 3.3474298468022288, 4.677518472287339],
    "rayleigh": [3.6390134684976934, 1.5728091831791444, 1.1278815658707386],
    "pareto": [0.7363191809452478, 0.10857125689701311, 0.05443477785947744],
    "weibull": [1.3993238167591044, 0.457272120511537, 0.29351119693085115],
    "power": [0.9186964685834839, 0.5887598644818517, 0.4644574742968475],
    "standard_cauchy": [-0.19950269316188188, 0.1625442240333472, -0.3698094711159831],
    "triangular": [0.19697832815336924, 1.842544879961153, 2.396010689963971],
    "standard_gamma": [0.45102406510093673, 0.2479824989965752, 5.335190912267899],
    "gamma": [3.229881603630699, 3.510858141454825, 19.636158306668527],
    "beta": [0.45184596449593456, 0.1509119302729141, 0.17174982391799543],
    "chisquare": [1.373044188195374, 1.5212771371800615, 11.272608372446687],
    "noncentral_chisquare": [5.803396996713175, 3.4586791594666555, 3.724407023082945],
    "f": [0.526874610864344, 0.632353763965035, 3.157718751013065],
    "noncentral_f": [1.4501497448746108, 0.93707602242593, 4.857451651498364],
    "standard_t": [0.3360583546915206, 0.03912899683809954, -0.06915154407423288],
    "vonmises": [0.5379237056284285, -0.589642208047886, 0.2523509228071703],
    "wald": [2.0900545873806595, 2.882785517910915, 3.2953257095709803],
    "poisson": [26, 24, 24],
    "binomial": [36, 34, 34],
    "negative_binomial": [4, 3, 13],
    "geometric": [5, 1, 1],
    "hypergeometric": [12, 11, 14],
    "zipf": [2, 2, 1],
    "logseries": [1, 1, 6],
    "integers": [186, 732, 852],
    "choice": [1, 5, 5],
    "multinomial": [3, 3, 4],
    "multivariate_hypergeometric": [1, 1, 4],
    "dirichlet": [0.0005355201617511945, 0.12425225531644615, 0.8752122245218027],
    "multivariate_normal": [0.195459656510512, 1.3961568314927575, 0.1399424250282679],
}

CALLS = {
    "random": (),
    "uniform": (-2.0, 3.0),
    "standard_normal": (),
    "normal": (1.0, 2.0),
    "lognormal": (0.5, 0.25),
    "standard_exponential": (),
    "exponential": (2.0,),
    "laplace": (1.0, 2.0),
    "logistic": (1.0, 2.0),
    "gumbel": (1.0, 2.0),
    "rayleigh": (2.0,),
    "pareto": (3.0,),
    "weibull": (1.5,),
    "power": (2.5,),
    "standard_cauchy": (),
    "triangular": (-1.0, 0.5, 4.0),
    "standard_gamma": (0.7,),
    "gamma": (2.0, 3.0),
    "beta": (0.5, 2.0),
    "chisquare": (3.0,),
    "noncentral_chisquare": (3.0, 1.5),
    "f": (3.0, 10.0),
    "noncentral_f": (3.0, 10.0, 1.5),
    "standard_t": (5.0,),
    "vonmises": (0.5, 4.0),
    "wald": (3.0, 2.0),
    "poisson": (20.0,),
    "binomial": (100, 0.3),
    "negative_binomial": (3.0, 0.4),
    "geometric": (0.3,),
    "hypergeometric": (50, 70, 30),
    "zipf": (3.0,),
    "logseries": (0.6,),
    "integers": (-5, 1000),
    "choice": (7,),
    "multinomial": (10, [0.2, 0.3, 0.5]),
    "multivariate_hypergeometric": ([5, 3, 8], 6),
    "dirichlet": ([0.1, 2.0, 3.0],),
    "multivariate_normal": ([0.0, 1.0], [[1.0, 0.5], [0.5, 2.0]]),
}


def drawn(name, size=(30, 50), seed=2024, **options):
    return getattr(da.random.default_rng(seed), name)(*CALLS[name], size=size, **options)


def test_every_method_of_numpy_is_there():
    for theirs, ours in (
        (np.random.Generator, da.random.Generator),
        (np.random.RandomState, da.random.RandomState),
    ):
        missing = [n for n in dir(theirs) if not n.startswith("_") and not hasattr(ours, n)]
        assert missing == []
    assert [n for n in np.random.__all__ if not hasattr(da.random, n)] == []


@pytest.mark.parametrize("name", CALLS)
def test_numbers_are_recorded(name):
    values = drawn(name, size=1000).compute().ravel()[:3]
    np.testing.assert_allclose(values, RECORDED[name], rtol=1e-13, atol=0)


@pytest.mark.parametrize("name", CALLS)
def test_numbers_depend_on_neither_chunks_threads_nor_budget(name):
    expected = drawn(name).compute()
    for chunks in (7, (30, 11), ((1, 9, 20), (50,))):
        x = drawn(name, chunks=chunks)
        assert x.shape[:2] == (30, 50)
        np.testing.assert_array_equal(x.compute(num_threads=2), expected)
    np.testing.assert_array_equal(drawn(name).compute(num_threads=1, memory_limit="2 MiB"), expected)


@pytest.mark.parametrize(
    ("name", "given", "others"),
    [
        ("poisson", (5.0,), (7.5,)),
        ("poisson", (0.3,), (40.0,)),
        ("poisson", (1000.0,), (5.0,)),
        ("binomial", (20, 0.3), (21, 0.3)),
        ("binomial", (20, 0.9), (20, 0.1)),
        ("binomial", (10**6, 0.4), (5, 0.0)),
        ("standard_gamma", (2.0,), (0.4,)),
        ("standard_gamma", (0.4,), (0.0,)),
        ("beta", (2.0, 3.0), (0.2, 0.1)),
    ],
)
def test_numbers_depend_on_their_own_parameters_alone(name, given, others):
    n = 50_000
    alone = getattr(da.random.default_rng(3), name)(*given, size=n).compute()
    own = np.arange(n) % 3 > 0
    mixed = [np.where(own, one, other) for one, other in zip(given, others)]
    among = getattr(da.random.default_rng(3), name)(*mixed).compute()
    np.testing.assert_array_equal(among[own], alone[own])


@pytest.mark.parametrize("name", CALLS)
def test_a_slice_has_the_numbers_of_the_whole(name):
    whole = drawn(name).compute()
    for items in (np.s_[3], np.s_[5:25:3, 40:2:-7], np.s_[::-1], np.s_[:, [4, 4, 1]], np.s_[29:, 49:]):
        np.testing.assert_array_equal(drawn(name)[items].compute(), whole[items])


def test_slices_are_pushed_to_the_positions():
    x = da.random.default_rng(1).normal(size=(10**9, 10**9))
    piece = x[123456789, 10**8 : 10**8 + 4]
    assert piece.compute(memory_limit="1 MiB").shape == (4,)
    np.testing.assert_array_equal(x.T[10**8 : 10**8 + 4, 123456789].compute(), piece.compute())


def test_numbers_are_fused_with_what_uses_them():
    plan = (2 * da.random.default_rng(1).normal(size=(4000, 4000)) + 1).sum().explain()
    assert plan.count("stage ") == 1 and "standard_normal multiply+add" in plan


def test_calls_and_seeds_tell_numbers_apart():
    rng = da.random.default_rng(5)
    first, second = rng.random(100).compute(), rng.random(100).compute()
    again = da.random.default_rng(5)
    np.testing.assert_array_equal(again.random(100).compute(), first)
    np.testing.assert_array_equal(again.random(100).compute(), second)
    other = da.random.default_rng(6).random(100).compute()
    children = [child.random(100).compute() for child in da.random.default_rng(5).spawn(2)]
    fresh = [da.random.default_rng().random(100).compute() for _ in range(2)]
    everything = np.concatenate([first, second, other, *children, *fresh])
    assert len(np.unique(everything)) == everything.size


@pytest.mark.parametrize(
    "seed",
    [
        7,
        [1, 2, 3],
        np.arange(4),
        np.random.SeedSequence(9),
        np.random.PCG64(3),
        np.random.default_rng(4),
        da.random.RandomState(5),
        da.asarray([1, 2]),
    ],
    ids=lambda s: type(s).__name__,
)
def test_seeds_of_every_kind(seed):
    numbers = da.random.default_rng(seed).random(50).compute()
    assert 0 < numbers.std() < 1
    np.testing.assert_array_equal(da.random.Generator(seed).random(50).compute(), numbers)


def test_a_generator_is_not_wrapped_again():
    rng = da.random.default_rng(1)
    assert da.random.default_rng(rng) is rng


def test_state_is_kept_by_pickles_copies_and_setting():
    rng = da.random.default_rng(8)
    rng.random(3)
    state = rng.bit_generator.state
    copies = [pickle.loads(pickle.dumps(rng)), copy.deepcopy(rng)]
    expected = rng.normal(size=5).compute()
    rng.bit_generator.state = state
    for same in (*copies, rng):
        np.testing.assert_array_equal(same.normal(size=5).compute(), expected)
    with pytest.raises(ValueError, match="Philox4x32"):
        rng.bit_generator.state = {"bit_generator": "PCG64"}


def test_the_module_draws_from_one_state():
    da.random.seed(3)
    first = [da.random.normal(size=3).compute(), da.random.rand(3).compute()]
    da.random.seed(3)
    state = da.random.get_state()
    np.testing.assert_array_equal(da.random.normal(size=3).compute(), first[0])
    np.testing.assert_array_equal(da.random.rand(3).compute(), first[1])
    da.random.set_state(state)
    np.testing.assert_array_equal(da.random.normal(size=3).compute(), first[0])
    old = da.random.RandomState(3)
    np.testing.assert_array_equal(old.normal(size=3).compute(), first[0])


def test_names_of_the_older_interface():
    old = da.random.RandomState(11)
    for x in (old.rand(4, 5), old.randn(4, 5), old.random_sample((4, 5)), old.random((4, 5))):
        assert x.shape == (4, 5) and x.dtype == np.float64
    dice = old.random_integers(1, 6, size=2000).compute()
    assert (dice.min(), dice.max()) == (1, 6)
    assert (old.random_integers(3, size=2000).compute().min(), old.randint(3, size=2000).compute().max()) == (1, 2)
    assert old.tomaxint(100).compute().max() > 2**60
    with pytest.raises(ValueError, match="Seed must be between"):
        da.random.RandomState(-1)


PARAMETERS = {
    "normal": [np.arange(5.0), np.arange(1.0, 6.0)],
    "uniform": [np.arange(5.0), np.arange(1.0, 6.0) * 2],
    "standard_gamma": [np.arange(0.0, 5.0)],
    "beta": [np.arange(1.0, 6.0) / 2, np.float64(2.0)],
    "poisson": [np.arange(5) * 7.0],
    "binomial": [np.arange(5) * 9, np.linspace(0, 1, 5)],
    "hypergeometric": [np.arange(5) * 20, np.int64(30), np.int64(25)],
    "geometric": [np.linspace(0.2, 1, 5)],
    "negative_binomial": [np.arange(1.0, 6.0), np.float64(0.5)],
    "triangular": [-np.arange(5.0), np.float64(0.5), np.float64(2.0)],
    "weibull": [np.arange(5.0)],
    "vonmises": [np.arange(5.0), np.arange(5.0)],
    "integers": [np.arange(5) - 3, np.arange(5) * 10 + 1],
}


@pytest.mark.parametrize("name", PARAMETERS)
def test_parameters_may_be_arrays(name):
    """NumPy's, lazy ones, and each value alone draw the same numbers."""
    params = np.broadcast_arrays(*PARAMETERS[name])
    method = getattr(da.random.default_rng(4), name)
    plain = method(*PARAMETERS[name], size=(20, 5)).compute()
    lazy = [da.from_array(np.array(p), chunks=2) for p in params]
    with np.errstate(divide="ignore"):
        np.testing.assert_array_equal(getattr(da.random.default_rng(4), name)(*lazy, size=(20, 5)).compute(), plain)
    for k in range(5):
        single = getattr(da.random.default_rng(4), name)(*(p[k] for p in params), size=(20, 5)).compute()
        np.testing.assert_array_equal(single[:, k], plain[:, k])
    x = getattr(da.random.default_rng(4), name)(*lazy)
    assert x.shape == (5,) and x.chunks == ((2, 2, 1),)


WRONG = {
    "normal": [(0, -1)],
    "uniform": [(2, 1)],
    "exponential": [(-1,)],
    "gamma": [(-1, 1), (1, -1)],
    "beta": [(0, 1), (1, -1)],
    "chisquare": [(0,)],
    "f": [(0, 1), (1, 0)],
    "noncentral_chisquare": [(0, 1), (1, -1)],
    "noncentral_f": [(1, 1, -1)],
    "standard_t": [(0,)],
    "vonmises": [(0, -1)],
    "pareto": [(0,)],
    "weibull": [(-1,)],
    "power": [(0,)],
    "laplace": [(0, -1)],
    "gumbel": [(0, -1)],
    "logistic": [(0, -1)],
    "lognormal": [(0, -1)],
    "rayleigh": [(-1,)],
    "wald": [(0, 1), (1, 0)],
    "triangular": [(1, 0, 2), (0, 3, 2), (1, 1, 1)],
    "binomial": [(-1, 0.5), (5, 1.5), (5, np.nan)],
    "negative_binomial": [(0, 0.5), (1, 0.0), (1e18, 1e-9)],
    "poisson": [(-1,), (1e19,), (np.nan,)],
    "zipf": [(1,), (np.nan,)],
    "geometric": [(0,), (1.5,)],
    "hypergeometric": [(5, 5, 11), (-1, 5, 2), (2 * 10**9, 5, 1)],
    "logseries": [(1.0,), (-0.1,)],
    "integers": [(5, 5), (2, 1)],
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_parameters_are_refused_with_their_values(name):
    for values in WRONG[name]:
        with pytest.raises(ValueError, match=name):
            getattr(da.random.default_rng(1), name)(*values)
        kinds = [da.from_array(np.array([v, v])) for v in values]
        x = getattr(da.random.default_rng(1), name)(*kinds)
        with pytest.raises(ValueError, match=f"{name}: .*found"):
            x.compute()


def test_other_wrong_calls():
    rng = da.random.default_rng(1)
    for call, kind, words in (
        (lambda: rng.normal([1, 2], size=3), ValueError, "shape mismatch|not compatible"),
        (lambda: rng.normal(size=-1), ValueError, "negative dimensions"),
        (lambda: rng.normal(1j), TypeError, "cast loc"),
        (lambda: rng.normal("a"), TypeError, "cast loc"),
        (lambda: rng.random(dtype="float16"), TypeError, "Unsupported dtype"),
        (lambda: rng.random(out=np.ones(3)), NotImplementedError, "store"),
        (lambda: rng.uniform(0, np.inf), OverflowError, "range exceeds"),
        (lambda: rng.integers(0, 300, dtype=np.int8), ValueError, "high is out of bounds for int8"),
        (lambda: rng.integers(-1, 5, dtype=np.uint8), ValueError, "low is out of bounds for uint8"),
        (lambda: rng.integers(0, 5, dtype=float), TypeError, "Unsupported dtype"),
        (lambda: rng.choice(0, 3), ValueError, "positive integer"),
        (lambda: rng.choice([], 2), ValueError, "cannot be empty"),
        (lambda: rng.choice(3, 5, replace=False), ValueError, "larger sample"),
        (lambda: rng.choice(3, p=[0.5, 0.5]), ValueError, "same size"),
        (lambda: rng.choice(3, p=[0.5, 0.5, 0.5]), ValueError, "do not sum to 1"),
        (lambda: rng.choice(3, p=[-0.5, 1, 0.5]), ValueError, "not non-negative"),
        (lambda: rng.choice(3, 2, replace=False, p=[1, 0, 0]), ValueError, "Fewer non-zero"),
        (lambda: rng.multinomial(5, [0.9, 0.9, 0.1]), ValueError, "sum"),
        (lambda: rng.multinomial(-1, [0.5, 0.5]), ValueError, "n < 0"),
        (lambda: rng.multivariate_hypergeometric([3, 4], 8), ValueError, "nsample > sum"),
        (lambda: rng.dirichlet([-1, 2]), ValueError, "alpha < 0"),
        (lambda: rng.multivariate_normal([0, 0], [[1, 0]]), ValueError, "square"),
        (lambda: rng.multivariate_normal([0, 0], [[1, 2], [2, 1]], check_valid="raise"), ValueError, "semidefinite"),
        (lambda: rng.multivariate_normal([0, 0], da.ones((2, 2))), NotImplementedError, "compute"),
        (lambda: rng.shuffle((1, 2)), TypeError, "item assignment"),
        (lambda: rng.permutation(da.ones((2, 2)), axis=2), np.exceptions.AxisError, "axis 2"),
    ):
        with pytest.raises(kind, match=words):
            call()


def test_shapes_and_dtypes():
    rng = da.random.default_rng(1)
    assert rng.normal().shape == () and rng.normal(np.zeros((2, 1)), np.ones(3)).shape == (2, 3)
    assert rng.normal(size=(0, 3)).compute().shape == (0, 3) and rng.normal(size=(1, 1)).compute().shape == (1, 1)
    assert rng.multinomial([5, 6], [0.5, 0.5]).shape == (2, 2) and rng.dirichlet([1, 2]).shape == (2,)
    for dtype in ("float32", "float64"):
        for name in ("random", "standard_normal", "standard_exponential"):
            assert getattr(rng, name)(size=3, dtype=dtype).compute().dtype == dtype
        assert rng.standard_gamma(2.0, size=3, dtype=dtype).compute().dtype == dtype
    for dtype in ("bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"):
        x = rng.integers(0, 2, size=100, dtype=dtype).compute()
        assert x.dtype == dtype and set(x.tolist()) == {0, 1}


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int64", "uint64"])
def test_integers_reach_both_ends(dtype):
    info = np.iinfo(dtype)
    x = da.random.default_rng(2).integers(info.min, info.max, size=10000, dtype=dtype, endpoint=True).compute()
    width = int(info.max) - int(info.min)
    shares = np.array([(int(v) - int(info.min)) / width for v in x])
    assert abs(shares.mean() - 0.5) < 0.02 and shares.min() < 0.01 and shares.max() > 0.99
    top = da.random.default_rng(2).integers(info.max - 1, info.max, size=200, dtype=dtype, endpoint=True).compute()
    assert set(top.tolist()) == {info.max - 1, info.max}


def test_positions_are_counted_and_not_read():
    """Whole arrays, transposes and slices make positions tile by tile: no range is read, no sum computed."""
    x = da.random.default_rng(1).random((3000, 2000))
    for y in (x, x.T, x[::-3, 5:], x[7], x[None, :, 3]):
        stages = y.sum().explain().split("stages")[1]
        assert "reads" not in stages and "tile program: unit\n" in stages
