"""Operations that one call of a kernel does are those operations, each rounded."""

import itertools
import operator

import numpy as np
import pytest

import hyperslab as da

OPERATORS = [operator.add, operator.sub, operator.mul]
FUNCTIONS = [np.negative, np.abs, np.fabs, np.square, np.sqrt]


@pytest.mark.parametrize("dtype", ["f4", "f8", "f2", "i8", "c8"])
def test_every_pair(dtype):
    rng = np.random.default_rng(5)
    a, b, c = (((rng.random((37, 130)) - 0.5) * 20).astype(dtype) for _ in range(3))
    x, y, z = (da.from_array(v, chunks=(20, 50)) for v in (a, b, c))
    for first, second in itertools.product(OPERATORS, OPERATORS):
        np.testing.assert_array_equal(second(first(x, y), z).compute(), second(first(a, b), c))
        np.testing.assert_array_equal(second(z, first(x, y)).compute(), second(c, first(a, b)))
        # Used twice, it is computed once, by itself.
        np.testing.assert_array_equal(second(first(x, y), first(x, y)).compute(), second(first(a, b), first(a, b)))
        both = da.compute(first(x, y), second(first(x, y), z))
        np.testing.assert_array_equal(both[0], first(a, b))
        np.testing.assert_array_equal(both[1], second(first(a, b), c))


@pytest.mark.parametrize("dtype", ["f4", "f8", "f2"])
def test_every_triple(dtype):
    rng = np.random.default_rng(9)
    a, b, c, d = (((rng.random((7, 130)) - 0.5) * 20).astype(dtype) for _ in range(4))
    x, y, z, w = (da.from_array(v, chunks=(4, 50)) for v in (a, b, c, d))
    for first, second, third in itertools.product(OPERATORS, OPERATORS, OPERATORS):
        for left, last in itertools.product([True, False], [True, False]):

            def written(p, q, r, s, ops=(first, second, third), left=left, last=last):
                between = ops[0](p, q)
                between = ops[1](between, r) if left else ops[1](r, between)
                return ops[2](between, s) if last else ops[2](s, between)

            np.testing.assert_array_equal(written(x, y, z, w).compute(), written(a, b, c, d))
            # What lies between is wanted too.
            pair = first(x, y) * z
            both = da.compute(pair, third(pair, w))
            np.testing.assert_array_equal(both[0], first(a, b) * c)
            np.testing.assert_array_equal(both[1], third(first(a, b) * c, d))


@pytest.mark.parametrize("dtype", ["f4", "f8", "f2", "i8", "c8"])
@np.errstate(invalid="ignore")
def test_every_choice(dtype):
    rng = np.random.default_rng(8)
    a, b, c, d = ((rng.random((37, 130)) * 4).round().astype(dtype) for _ in range(4))
    if a.dtype.kind != "i":
        for v in (a, b, c, d):
            v[rng.random(v.shape) < 0.1] = np.nan
            v[rng.random(v.shape) < 0.1] = np.inf
            v[rng.random(v.shape) < 0.1] = -0.0
    x, y, z, w = (da.from_array(v, chunks=(20, 50)) for v in (a, b, c, d))
    for name in ["isnan", "isfinite", "isinf"]:
        ours, theirs = getattr(da, name)(x), getattr(np, name)(a)
        np.testing.assert_array_equal(da.where(ours, z, w).compute(), np.where(theirs, c, d))
        np.testing.assert_array_equal(da.where(ours, 0, x).compute(), np.where(theirs, a.dtype.type(0), a))
    for name in ["less", "less_equal", "greater", "greater_equal", "equal", "not_equal"]:
        ours, theirs = getattr(da, name)(x, y), getattr(np, name)(a, b)
        np.testing.assert_array_equal(da.where(ours, z, w).compute(), np.where(theirs, c, d))
        # The condition itself is wanted too: it is computed by itself, and once.
        both = da.compute(ours, da.where(ours, x, y))
        np.testing.assert_array_equal(both[0], theirs)
        np.testing.assert_array_equal(both[1], np.where(theirs, a, b))
        # What is compared is of another dtype than what is chosen.
        np.testing.assert_array_equal(
            da.where(ours, z.astype("c16"), w).compute(), np.where(theirs, c.astype("c16"), d)
        )
        mixed = da.where(ours, z.real.astype("f8"), w.real.astype("f8")).compute()
        np.testing.assert_array_equal(mixed, np.where(theirs, c.real.astype("f8"), d.real.astype("f8")))


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@np.errstate(invalid="ignore", divide="ignore")
def test_functions_and_quotients_in_chains(dtype):
    rng = np.random.default_rng(4)
    a, b = (((rng.random((9, 150)) - 0.5) * 20).astype(dtype) for _ in range(2))
    a[::4, ::7], a[1::4, ::5], b[::3, ::3], b[::5, ::2] = np.inf, np.nan, 0, -0.0
    x, y = (da.from_array(v, chunks=(4, 50)) for v in (a, b))
    c = a.dtype.type(0.3)
    for function, op in itertools.product(FUNCTIONS, [*OPERATORS, operator.truediv]):
        for written in (
            lambda p, q, f=function, op=op: f(op(p, q)),
            lambda p, q, f=function, op=op: op(f(p), q),
            lambda p, q, f=function, op=op: op(q, f(p)),
            lambda p, q, f=function, op=op: op(c, f(op(p, c))) / q,
            lambda p, q, f=function, op=op: c / f(op(c, op(p, q)) * q),
        ):
            np.testing.assert_array_equal(written(x, y).compute(), written(a, b))


@pytest.mark.parametrize("dtype", ["f4", "f8", "f2", "i8", "c8"])
def test_products_in_sums(dtype):
    rng = np.random.default_rng(2)
    a, b, c, d = (((rng.random((9, 150)) - 0.5) * 20).astype(dtype) for _ in range(4))
    x, y, z, w = (da.from_array(v, chunks=(4, 50)) for v in (a, b, c, d))
    two = a.dtype.type(2)
    for first, second in itertools.product(OPERATORS, OPERATORS):
        for written in (
            lambda p, q, r, s, f=first, g=second: f(p * q, r * s),
            lambda p, q, r, s, f=first, g=second: f(g(p, q), r * s),
            lambda p, q, r, s, f=first, g=second: f(two * p, g(q, r)),
            lambda p, q, r, s, f=first, g=second: g(f(p * p, q**2), two * s),
            lambda p, q, r, s, f=first, g=second: g(np.square(p), f(q, r) * two) - two * (q * r),
            # A product that is wanted twice, and one of what it is added to.
            lambda p, q, r, s, f=first, g=second: f(p * q, g(p * q, r)),
            lambda p, q, r, s, f=first, g=second: f(g(p, q), g(p, q) * g(p, q)),
        ):
            np.testing.assert_array_equal(written(x, y, z, w).compute(), written(a, b, c, d))


@pytest.mark.parametrize("dtype", ["f4", "f8", "f2", "i8", "c8"])
@np.errstate(invalid="ignore")
def test_extremes_in_chains(dtype):
    rng = np.random.default_rng(1)
    a, b, c = ((rng.random((9, 150)) * 4 - 2).round().astype(dtype) for _ in range(3))
    if a.dtype.kind != "i":
        for v in (a, b, c):
            v[rng.random(v.shape) < 0.1] = np.nan
            v[rng.random(v.shape) < 0.1] = -0.0
    x, y, z = (da.from_array(v, chunks=(4, 50)) for v in (a, b, c))
    one = a.dtype.type(1)
    for written in (
        lambda p, q, r: np.maximum(p, q),
        lambda p, q, r: np.maximum(p + q, r),
        lambda p, q, r: np.maximum(r, p + q),
        lambda p, q, r: np.minimum(p, 1 - q) * r,
        lambda p, q, r: np.minimum(one, np.maximum(p, -one)),
        lambda p, q, r: np.maximum(np.minimum(p, one), -one) - q,
        lambda p, q, r: np.clip(p, -one, one),
        lambda p, q, r: np.clip(p + q, q, r) - p,
        lambda p, q, r: np.clip(p, q + r, one),
    ):
        ours, theirs = written(x, y, z).compute(), written(a, b, c)
        np.testing.assert_array_equal(ours, theirs)
        if dtype in {"f4", "f8"}:
            number = ~np.isnan(theirs)
            np.testing.assert_array_equal(np.signbit(ours)[number], np.signbit(theirs)[number])
    for value in (0, one, y):
        filled = da.where(da.isnan(x), value, x) + y
        np.testing.assert_array_equal(filled.compute(), np.where(np.isnan(a), b if value is y else value, a) + b)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_chains_of_every_length(dtype):
    """What does not fill a block of vectors is computed as well, with constants and without."""
    a = np.random.default_rng(3).random(1500).astype(dtype)
    for n in [*range(1, 270), *range(500, 530), 1023, 1024, 1025, 1500]:
        v = a[:n]
        x = da.from_array(v, chunks=-1)
        np.testing.assert_array_equal(((x * 2 - x) * x + 0.25).compute(), (v * 2 - v) * v + a.dtype.type(0.25))
        np.testing.assert_array_equal((1 - x[::-1]).compute(), 1 - v[::-1])


def test_chains_of_many_operands():
    """There are more operands than one call takes."""
    arrays = [np.random.default_rng(k).random((30, 40)) for k in range(20)]
    total, expected = da.from_array(arrays[0], chunks=13), arrays[0]
    for k, a in enumerate(arrays[1:]):
        total, expected = (total + da.from_array(a, chunks=17)) * (k + 0.5), (expected + a) * (k + 0.5)
    np.testing.assert_array_equal(total.compute(), expected)


def test_joined_operations_are_seen_in_the_plan():
    x = da.from_array(np.ones((4, 5)), chunks=2)
    assert "multiply+subtract\n" in (x * 2 - 1).explain()
    assert "multiply+subtract+multiply\n" in ((x * 2 - 1) * x).explain()
    assert "multiply+subtract+multiply\n" in (x * (3 - x * 2)).explain()
    assert "multiply+subtract+multiply+add\n" in ((x * 2 - 1) * x + 5).explain()
    assert "multiply+subtract+multiply+add+square+sqrt\n" in np.sqrt(((x * 2 - 1) * x + 5) ** 2).explain()
    assert "negative+absolute+divide\n" in (2 / abs(-x)).explain()
    assert "add log\n" in np.log(x + 1).explain()
    assert "greater+where\n" in da.where(x > 0, x, 0).explain()
    assert "isnan+where+multiply\n" in (da.where(da.isnan(x), 0, x) * x).explain()
    assert "isnan+where multiply\n" in (da.where(da.isnan(x), 0, 1 + x) * x).explain().replace("add ", "")
    assert "multiply+multiply+add+square+add+sqrt\n" in np.sqrt(x * 2 + 3 * x + x**2).explain()
    assert "add+clip+subtract+maximum\n" in np.maximum(x, (x + 1).clip(0, 2) - 1).explain()
    assert "isnan where\n" in da.where(da.isnan(x), x, 1j).explain()


def test_long_chains():
    a = np.random.default_rng(6).random((50, 60))
    x, y = a, da.from_array(a, chunks=17)
    for k in range(40):
        x, y = ((x * 0.75 - a) + k, (y * 0.75 - da.from_array(a, chunks=17)) + k)
    np.testing.assert_array_equal(y.compute(), x)
