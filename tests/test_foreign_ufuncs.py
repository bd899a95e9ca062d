"""Ufuncs of other libraries: their loops in tile programs, with NumPy's dtypes, options, methods and exceptions."""

from __future__ import annotations

import pickle
import warnings
from typing import Any

import numba
import numpy as np
import pytest
import scipy.special

import hyperslab as da

CHUNKS: list[Any] = [-1, (3, 2), ((1, 5), (4,))]
A = np.linspace(-2, 3, 24).reshape(6, 4)


@numba.vectorize
def quotient(x: Any, y: Any) -> Any:
    """x / y, not of 0."""
    if y == 0:
        raise ZeroDivisionError("nothing to divide by")
    return x / y


@numba.vectorize(["f4(f4, f4)", "f8(f8, f8)"])
def above(x: Any, y: Any) -> Any:
    return x if x > y else y


@numba.vectorize
def product(x: Any, y: Any) -> Any:
    return x * y


def check(got: Any, want: Any) -> None:
    assert isinstance(got, da.Array)
    assert (got.dtype, got.shape) == (want.dtype, want.shape)
    np.testing.assert_array_equal(got.compute(), want)


def program(x: da.Array) -> str:
    return next(line.split(":")[1].strip() for line in x.explain().splitlines() if "tile program" in line)


def test_they_are_steps_of_tile_programs():
    x = da.from_array(A, chunks=(3, 2))
    assert program(scipy.special.erf(x * 2) + 1) == "multiply erf add"
    assert program((above(x, 0.5) ** 2).sum()) == "above square"
    assert program(scipy.special.expit(scipy.special.erf(x)[:, 1:])) == "erf expit"


@pytest.mark.parametrize("dtype", ["?", "i1", "u8", "f2", "f4", "f8"])
@pytest.mark.parametrize("name", ["erf", "gammaln", "ndtr", "cbrt"])
def test_operands_are_cast_to_the_loop_that_numpy_takes(name: str, dtype: str) -> None:
    a, ufunc = A.astype(dtype), getattr(scipy.special, name)
    for chunks in CHUNKS:
        check(ufunc(da.from_array(a, chunks=chunks)), ufunc(a))


@pytest.mark.parametrize(
    "second", [2, 2.5, True, np.float32(2), np.arange(1, 5), np.arange(1.0, 7)[:, None], [1, 2, 3, 4]]
)
def test_operands_are_broadcast_and_numbers_give_way(second: Any) -> None:
    for a in (A.astype("f4"), A, np.arange(24).reshape(6, 4), A[:, :1].astype("f2")):
        x = da.from_array(a, chunks=(4, 3))
        check(scipy.special.xlogy(x, second), scipy.special.xlogy(a, second))
        check(scipy.special.xlogy(second, x), scipy.special.xlogy(second, a))
        check(quotient(x, second), quotient(a, second))
    with pytest.raises(ValueError, match=r"broadcast"):
        scipy.special.xlogy(da.ones((2, 3)), da.ones(2))


def test_complex_and_empty_and_scalar_operands():
    z = A + 1j * A[::-1]
    check(scipy.special.erf(da.from_array(z, chunks=3)), scipy.special.erf(z))
    check(scipy.special.erf(da.from_array(A[:0])), scipy.special.erf(A[:0]))
    check(scipy.special.erf(da.from_array(A)[2, 3]), np.asarray(scipy.special.erf(A[2, 3])))
    check(scipy.special.erf(da.from_array(np.asfortranarray(A), chunks=3).T), scipy.special.erf(A.T))


def test_views_selections_and_unknown_sizes():
    x = da.from_array(A, chunks=(4, 3))
    check(scipy.special.erf(x)[::-2, [3, 1]], scipy.special.erf(A)[::-2, [3, 1]])
    check(scipy.special.erf(x).T.reshape(3, 8), scipy.special.erf(A).T.reshape(3, 8))
    chosen = scipy.special.erf(x[x > 0])
    assert np.isnan(chosen.shape[0])
    np.testing.assert_array_equal(chosen.compute(), scipy.special.erf(A[A > 0]))


def test_the_same_bits_for_any_number_of_threads_and_any_budget():
    a = np.random.default_rng(3).standard_normal((700, 900))
    made = (scipy.special.erf(da.from_array(a, chunks=(100, 300))) * 2).sum(0)
    wanted = made.compute(num_threads=1)
    for threads, limit in ((2, "64 MiB"), (8, "8 MiB")):
        np.testing.assert_array_equal(made.compute(num_threads=threads, memory_limit=limit), wanted)


def test_what_a_loop_raises_arrives():
    x = da.from_array(np.arange(200_000.0), chunks=10_000)
    for threads in (1, 4):
        with pytest.raises(ZeroDivisionError, match="nothing to divide by"):
            quotient(x + 1, x).compute(num_threads=threads)
        np.testing.assert_array_equal(
            quotient(x, x + 1).compute(num_threads=threads), np.arange(2e5) / np.arange(1, 200_001)
        )
    assert quotient(da.zeros(3), da.zeros(3)).shape == (3,)


def test_options():
    x, out = da.from_array(A, chunks=(4, 3)), np.empty((6, 4))
    check(above(x, 1.0, where=x > 0), np.where(A > 0, above(A, 1.0), 0))
    check(scipy.special.erf(x, dtype="f4"), scipy.special.erf(A, dtype="f4"))
    assert above(x, 0.5, out=out) is out
    np.testing.assert_array_equal(out, above(A, 0.5))
    lazy = da.zeros((6, 4))
    assert scipy.special.erf(x, out=lazy) is lazy
    check(lazy, scipy.special.erf(A))


def test_methods():
    x = da.from_array(A, chunks=(4, 3))
    check(scipy.special.xlogy.outer(x[0], x[:, 1]), scipy.special.xlogy.outer(A[0], A[:, 1]))
    logs = scipy.special.logaddexp if hasattr(scipy.special, "logaddexp") else np.logaddexp
    check(logs.reduce(x, axis=1), logs.reduce(A, axis=1))
    powers = np.arange(1, 7) / 3
    y = da.from_array(powers.copy(), chunks=4)
    np.testing.assert_array_equal(scipy.special.boxcox.reduce(y).compute(), scipy.special.boxcox.reduce(powers))
    check(scipy.special.boxcox.accumulate(y), scipy.special.boxcox.accumulate(powers))
    check(scipy.special.boxcox.reduceat(y, [0, 3]), scipy.special.boxcox.reduceat(powers, [0, 3]))
    scipy.special.boxcox.at(y, [0, 2, 2], 2.0)
    scipy.special.boxcox.at(powers, [0, 2, 2], 2.0)
    check(y, powers)
    with pytest.raises(ValueError, match="outer product only supported for binary functions"):
        scipy.special.erf.outer(x, x)
    with pytest.raises(ValueError, match="only supported for binary functions"):
        scipy.special.erf.reduce(x)


def test_equal_calls_are_equal_and_travel():
    x = da.from_array(A, chunks=(4, 3))
    assert scipy.special.erf(x).name == scipy.special.erf(x).name != scipy.special.erfc(x).name
    for made in (scipy.special.erf(x) + 1, quotient(x, x + 9)):
        check(pickle.loads(pickle.dumps(made)), made.compute())


def test_operands_without_a_loop():
    with pytest.raises(TypeError, match="not supported for the input types"):
        scipy.special.erf(da.from_array(np.array(["a"])))
    with pytest.raises(TypeError, match="not supported for the input types"):
        scipy.special.erf(da.from_array(np.array(["2001-01-01"], "M8[D]")))


def test_what_loops_meet_is_told_as_numpy_tells_it():
    large = da.from_array(np.full(50_000, 1e300), chunks=20_000)
    with pytest.warns(RuntimeWarning, match="overflow encountered in product"):
        product(large, large).compute(num_threads=4)
    with np.errstate(over="raise"), pytest.raises(FloatingPointError, match="overflow encountered in product"):
        product(large, large).compute()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert product(large, 1e-300).sum().compute() == 50_000
        assert np.isinf(scipy.special.gamma(da.zeros(3)).compute()).all()
