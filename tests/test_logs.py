"""Sums and means of logarithms, which are computed as the logarithm of a product."""

import decimal
import functools
import math

import numpy as np
import pytest

import hyperslab as da


def values(kind, shape):
    rng = np.random.default_rng(7)
    return {
        "usual": lambda: rng.random(shape) * 1000,
        "beside one": lambda: 1 + (rng.random(shape) - 0.5) * 1e-9,
        "any magnitude": lambda: 10.0 ** rng.uniform(-300, 300, shape),
        "subnormal among others": lambda: np.where(rng.random(shape) < 0.1, 5e-324, rng.random(shape)),
    }[kind]()


@functools.cache
def exact_sums(kind, shape, axis):
    """Sums of logarithms, to 50 digits."""
    x = values(kind, shape)
    lanes = {None: x.reshape(1, -1), 0: x.T, 1: x}[axis]
    context = decimal.Context(prec=50, Emin=decimal.MIN_EMIN, Emax=decimal.MAX_EMAX)
    with decimal.localcontext(context):
        return [math.prod(map(decimal.Decimal, lane.tolist()), start=decimal.Decimal(1)).ln() for lane in lanes]


@pytest.mark.parametrize("kind", ["usual", "beside one", "any magnitude", "subnormal among others"])
@pytest.mark.parametrize("axis", [None, 0, 1])
@pytest.mark.parametrize("chunks", [-1, (7, 300)])
def test_only_the_result_is_rounded(kind, axis, chunks):
    shape = (203, 1037)
    y = np.log(da.from_array(values(kind, shape), chunks=chunks))
    sums = exact_sums(kind, shape, axis)
    for name, count, roundings in (("sum", 1, "1.01"), ("mean", math.prod(shape) // len(sums), "2.01")):
        got = np.atleast_1d(getattr(y, name)(axis=axis).compute())
        for found, true in zip(got, sums, strict=True):
            error = abs(decimal.Decimal(float(found)) - true / count)
            assert error <= decimal.Decimal(roundings) * decimal.Decimal(float(np.spacing(abs(found))))


@pytest.mark.parametrize("dtype", ["f2", "f4"])
def test_narrow_floats(dtype):
    x = (np.random.default_rng(8).random((50, 70)) * 9 + 0.01).astype(dtype)
    got = np.log(da.from_array(x, chunks=13)).sum(axis=1).compute()
    assert got.dtype == dtype
    # Rounded once, where NumPy rounds every logarithm.
    np.testing.assert_array_equal(got, np.log(x.astype("f8")).sum(axis=1).astype(dtype))


SPECIAL = [0.0, -0.0, np.inf, -np.inf, np.nan, -1.0, -1e-310, 1e-310, 1.0]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("axis", [0, 1])
def test_zeros_infinities_and_nans(axis):
    n = len(SPECIAL)
    x = np.full((n * n, 40), 2.5)
    x[:, 3] = np.repeat(SPECIAL, n)
    x[:, 39] = np.tile(SPECIAL, n)
    x = x if axis == 1 else x.T.copy()
    for chunks in (-1, 11):
        y = np.log(da.from_array(x, chunks=chunks))
        np.testing.assert_allclose(y.sum(axis=axis).compute(), np.log(x).sum(axis=axis), rtol=1e-14)
        np.testing.assert_allclose(y.mean(axis=axis).compute(), np.log(x).mean(axis=axis), rtol=1e-14)
        np.testing.assert_allclose(da.nansum(y, axis=axis).compute(), np.nansum(np.log(x), axis=axis), rtol=1e-14)


def test_what_cancels_is_exact():
    x = np.array([3.0, 0.5, 2.0, 1e200, 2.0**-700, 2.0**700])
    assert np.log(da.from_array(x[1:3])).sum().compute() == 0.0
    assert np.log(da.from_array(np.tile(x[1:3], 100_000))).sum().compute() == 0.0
    assert np.log(da.from_array(x)).sum().compute() == pytest.approx(math.log(3) + 200 * math.log(10), rel=1e-15)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_nothing_to_take_logarithms_of():
    empty = np.log(da.zeros((0, 3)))
    np.testing.assert_array_equal(empty.sum(axis=0).compute(), np.zeros(3))
    assert np.isnan(empty.mean(axis=0).compute()).all()


def test_logarithms_that_are_asked_for_are_computed():
    x = np.random.default_rng(9).random((30, 40))
    logs = np.log(da.from_array(x, chunks=10))
    whole, total, top = da.compute(logs, logs.sum(axis=0), logs.max())
    np.testing.assert_allclose(whole, np.log(x), rtol=1e-15)
    np.testing.assert_allclose(total, np.log(x).sum(axis=0), rtol=1e-13)
    assert top == whole.max()
    held = logs.persist()
    np.testing.assert_allclose(held.sum(axis=0).compute(), total, rtol=1e-13)
