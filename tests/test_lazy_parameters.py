"""Lazy arrays for parameters that NumPy takes as arrays, besides the first: lazily, or refused with the way out."""

import itertools

import numpy as np
import pytest
from against_numpy import agree

import hyperslab as da

DAYS = np.arange("2011-06-25", "2011-07-25", dtype="M8[D]").reshape(5, 6)
HOLIDAYS = np.array(["2011-07-04", "2011-07-01"], "M8[D]")
WEEKS = [np.array([1, 1, 1, 1, 1, 0, 0]), np.array([False, True, True, True, True, True, False])]


def lazy(a, chunks=1):
    return da.from_array(np.asarray(a), chunks=chunks)


@pytest.mark.parametrize("week", WEEKS, ids=["numbers", "truths"])
def test_business_days(week):
    x, later = lazy(DAYS, 4), lazy(DAYS[::-1], 4)
    for holidays, given in itertools.product((None, HOLIDAYS), (week, lazy(week))):
        free = holidays if holidays is None else lazy(holidays)
        for own in (holidays, free):
            options = {"weekmask": given, "holidays": own}
            plain = {"weekmask": week} | ({} if holidays is None else {"holidays": holidays})
            np.testing.assert_array_equal(da.is_busday(x, **options), np.is_busday(DAYS, **plain))
            np.testing.assert_array_equal(
                da.busday_count(x, later, **options), np.busday_count(DAYS, DAYS[::-1], **plain)
            )
            moved = np.busday_offset(DAYS, 2, "forward", **plain)
            np.testing.assert_array_equal(da.busday_offset(x, 2, "forward", **options), moved)
    got = np.is_busday(DAYS, weekmask=lazy(week))
    assert isinstance(got, da.Array)
    np.testing.assert_array_equal(got, np.is_busday(DAYS, weekmask=week))
    with pytest.raises(ValueError, match="length"):
        da.is_busday(x, weekmask=lazy(week[:5]))


ENDS = {
    "numbers": (2.0, 32.0),
    "whole numbers": (np.int64(1), np.int64(1000)),
    "single": (np.float32([1, 2]), np.float32([9, 8])),
    "arrays": (np.array([1.0, -2.0, 3.0]), np.array([10.0, -200.0, 1.0])),
    "of different shapes": (np.array([[1], [2]]), np.array([4.0, 5.0, 6.0])),
    "complex": (np.array([1 + 1j, 2.0]), np.array([4 + 4j, -8j])),
}


@pytest.mark.parametrize("name", ENDS)
@pytest.mark.parametrize("function", ["linspace", "logspace", "geomspace"])
def test_ends_of_sequences(function, name):
    ends = ENDS[name] if function != "logspace" else tuple(np.asarray(e) / 7 for e in ENDS[name])
    for options in ({}, {"num": 1}, {"num": 0}, {"endpoint": False}, {"dtype": "f4"}, {"axis": -1, "num": 4}):
        if np.iscomplexobj(ends[0]) and "dtype" in options:
            continue
        agree(
            lambda m, a, b, options=options: getattr(m, function)(a, b, **{"num": 7, **options}),
            *map(np.asarray, ends),
            rtol=1e-12 if "dtype" not in options else 1e-6,
            note=f"{function} of {name}, {options}",
        )


def test_bases_of_powers():
    for base in (np.array([2.0, 3.0]), np.array([[2.0], [3.0]]), np.float64(2)):
        agree(lambda m, b: m.logspace(0, 3, 5, base=b), base, rtol=1e-12)
        agree(lambda m, b: m.logspace(np.array([0.0, 1.0]), 3, 5, base=b, axis=-1), base, rtol=1e-12)


def test_geometric_sequences_from_zero():
    with pytest.raises(ValueError, match="cannot include zero"):
        da.geomspace(0, 3)
    with pytest.raises(ValueError, match="cannot include zero"):
        da.geomspace(lazy([1.0, 0.0]), 3).compute()


def test_positions_in_masked_arrays():
    a = np.ma.masked_equal(np.arange(12).reshape(3, 4) % 5, 3)
    x = da.ma.from_array(a, chunks=2)
    where, mask = np.array([2, 0, 2]), np.array([True, False, True])
    for lazily in (where, lazy(where)):
        for axis in (0, 1, None):
            check_masked(da.ma.take(x, lazily, axis=axis), np.ma.MaskedArray.take(a, where, axis=axis))
    for lazily in (mask, lazy(mask)):
        check_masked(da.ma.compress(lazily, x, axis=0), a.compress(mask, axis=0))
        check_masked(da.ma.compress(lazily, x), a.compress(mask))
    chosen = x[lazy(np.arange(3)) > 0]
    check_masked(chosen, a[1:])
    check_masked(da.compute({"a": chosen})[0]["a"], a[1:])
    check_masked(chosen.persist(), a[1:])
    assert chosen.compute_chunk_sizes().shape == (2, 4)


def check_masked(got, want):
    got = got.compute() if hasattr(got, "compute") else got
    assert (got.shape, got.dtype) == (want.shape, want.dtype)
    np.testing.assert_array_equal(np.ma.getmaskarray(got), np.ma.getmaskarray(want))
    np.testing.assert_array_equal(got.filled(-1), want.filled(-1))


RNG = da.random.default_rng(1)
REFUSED = {
    "dirichlet": lambda: RNG.dirichlet(lazy([1.0, 2.0]), 3),
    "multinomial": lambda: RNG.multinomial(10, lazy([0.5, 0.5]), 3),
    "multivariate_hypergeometric": lambda: RNG.multivariate_hypergeometric(lazy([5, 3]), 2),
    "multivariate_normal": lambda: RNG.multivariate_normal([0.0, 1.0], lazy(np.eye(2))),
    "choice": lambda: RNG.choice(4, 3, p=lazy([0.25] * 4)),
    "quantile": lambda: da.quantile(lazy(np.arange(4.0)), lazy([0.5])),
    "weights": lambda: da.quantile(lazy([1.0, 2.0]), 0.5, weights=lazy([1, 2]), method="inverted_cdf"),
    "delete": lambda: da.delete(lazy([1, 2, 3]), lazy([1])),
    "insert": lambda: da.insert(lazy([1, 2, 3]), lazy([1]), 4),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_must_be_known_is_refused_with_the_way_out(name):
    with pytest.raises(NotImplementedError, match=r"compute"):
        REFUSED[name]()
