"""Reductions with `where=`, `initial=`, `dtype=`, `ddof=` against NumPy, over dtypes and axes."""

import warnings

import numpy as np
import pytest

import hyperslab as da

NAMES = [
    "sum",
    "prod",
    "min",
    "max",
    "any",
    "all",
    "mean",
    "var",
    "std",
    "nansum",
    "nanprod",
    "nanmin",
    "nanmax",
    "nanmean",
    "nanvar",
    "nanstd",
]
DTYPES = ["?", "i1", "u1", "i4", "i8", "u8", "f2", "f4", "f8", "c8", "c16", "m8[s]", "M8[D]"]
RNG = np.random.default_rng(0)
MASK = RNG.integers(0, 2, (3, 4)).astype(bool)
OPTIONS = [
    {},
    {"where": MASK},
    {"where": MASK[0]},
    {"where": False},
    {"where": False, "initial": 3},
    {"initial": 1},
    {"initial": 1.5},
    {"where": MASK, "initial": 2},
    {"keepdims": True, "where": MASK},
    {"dtype": "f4", "where": MASK},
    {"ddof": 1, "where": MASK},
    {"correction": 1},
]


def outcome(call):
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return np.asarray(call())
        except Exception as error:
            return error


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NAMES)
def test_reduction(name, dtype):
    data = RNG.integers(0, 2 if dtype == "?" else 5, (3, 4)).astype(dtype)
    if data.dtype.kind in "fc":
        data[0, 1] = np.nan
    lazy = da.from_array(data, chunks=2)
    for axis in (None, 0, (0, 1)):
        for options in OPTIONS:
            want = outcome(lambda: getattr(np, name)(data, axis=axis, **options))  # noqa: B023
            got = outcome(lambda: getattr(da, name)(lazy, axis=axis, **options))  # noqa: B023
            if isinstance(want, Exception):
                assert isinstance(got, Exception), (axis, options, want, got)
                continue
            if isinstance(got, NotImplementedError):
                # A complex variance in a real dtype.
                assert data.dtype.kind == "c" and "dtype" in options, (axis, options, got)
                continue
            assert not isinstance(got, Exception), (axis, options, want, got)
            assert (got.dtype, got.shape) == (want.dtype, want.shape), (axis, options)
            if want.dtype.kind == "M":
                np.testing.assert_array_equal(got, want)
                continue
            np.testing.assert_allclose(got, want, rtol=1e-2 if dtype == "f2" else 1e-4, err_msg=f"{axis} {options}")
