"""Sets of elements: `unique` of few and of many, `isin` by tables and by searches."""

from __future__ import annotations

import numpy as np
import pytest

import hyperslab as da


def bits(a):
    return a.view(f"u{a.itemsize}")


@pytest.mark.parametrize("kinds", [3, 9_000, 10**9], ids=["few", "many", "most"])
@pytest.mark.parametrize("dtype", ["i1", "u2", "i8", "u8", "f2", "f4", "f8", "M8[s]", "m8[ns]"])
def test_unique_of_few_many_and_most(dtype, kinds):
    rng = np.random.default_rng(kinds)
    with np.errstate(over="ignore"):
        a = (rng.integers(0, kinds, 300_000) - kinds // 2).astype(dtype)
    if a.dtype.kind == "f":
        a[rng.random(a.size) < 0.2] *= a.dtype.type(0)
        a[rng.random(a.size) < 0.001] = np.nan
    elif a.dtype.kind in "mM":
        a[5] = a[-5] = "NaT"
    else:
        a[[7, 99]] = np.iinfo(dtype).max
    x = da.from_array(a, chunks=70_000)
    options = [{}, {"num_threads": 1}, {"memory_limit": "12 MiB"}]
    want = np.unique(a)
    for how in options:
        got = da.unique(x).compute(**how)
        np.testing.assert_array_equal(got, want)
        assert got.dtype == a.dtype
    # Of equal elements the first one is given, whose sign a zero shows.
    if a.dtype.kind == "f":
        for how in options:
            got = da.unique(x).compute(**how)
            np.testing.assert_array_equal(np.signbit(got[got == 0]), np.signbit(a[a == 0][:1]))


def test_unique_keeps_every_nan_that_differs():
    a = np.array([np.nan, 1.0, np.nan, -np.nan, 1.0])
    a[3] = np.copysign(np.nan, -1.0)
    x = da.from_array(a, chunks=2)
    got = da.unique(x, equal_nan=False).compute()
    np.testing.assert_array_equal(bits(got), bits(np.array([1.0, *a[[0, 2, 3]]])))
    assert da.unique(x).compute().shape == (2,)
    np.testing.assert_array_equal(da.unique(x[:3], equal_nan=False).compute(), [1.0, np.nan, np.nan])


def test_lengths_of_sets_are_known_to_be_the_same():
    x = da.array([3, 1, 3, 2], chunks=2)
    values, counts = da.unique(x), da.unique(x, return_counts=True)[1]
    np.testing.assert_array_equal((values * counts).compute(), [1, 2, 6])


@pytest.mark.parametrize("dtype", ["bool", "i1", "u2", "i4", "u8", "i8", "f2", "f4", "f8", "c8", "M8[s]", "m8[s]"])
@pytest.mark.parametrize("spread", [1, 10**4, 10**12], ids=["dense", "sparse", "far"])
def test_isin_of_tables_and_searches(dtype, spread):
    rng = np.random.default_rng(spread % 7)
    a, among = ((rng.integers(-40, 40, n) * spread).astype("i8").astype(dtype) for n in (1000, 23))
    if a.dtype.kind in "iu":
        a[:2], among[0] = (np.iinfo(dtype).min, np.iinfo(dtype).max), np.iinfo(dtype).max
    elif a.dtype.kind in "fc":
        a[:3], among[:2] = (np.nan, -0.0, 0.0), (np.nan, -0.0)
    elif a.dtype.kind in "mM":
        a[0], among[0] = "NaT", "NaT"
    x, y = da.from_array(a.reshape(50, 20), chunks=(7, 9)), da.from_array(among, chunks=5)
    found, first = (np.isin(a, b).reshape(50, 20) for b in (among, among[:1]))
    np.testing.assert_array_equal(da.isin(x, y).compute(), found)
    np.testing.assert_array_equal(da.isin(x[::-2, 3:], y[:1]).compute(), first[::-2, 3:])
    np.testing.assert_array_equal(da.isin(x, y, invert=True).compute(memory_limit="1 MiB"), ~found)
