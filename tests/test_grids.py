"""How work is cut into tasks does not show: cells reach along reduced axes and along memory, and are read in parts."""

import itertools

import h5py
import numpy as np
import pytest

import hyperslab as da

SHAPE = (9, 130, 700)


def in_order(x, order):
    """The same values, in memory with its axes in that order."""
    back = np.argsort(order)
    return np.ascontiguousarray(x.transpose(order)).transpose(back)


def same(found, wanted):
    """Equal but for roundings, and whatever the number of threads."""
    once, again = found.compute(num_threads=1), found.compute(num_threads=2)
    np.testing.assert_array_equal(once, again)
    assert once.dtype == wanted.dtype
    np.testing.assert_allclose(once, wanted, rtol=1e-13, atol=1e-12)


@pytest.fixture(scope="module")
def numbers():
    x = np.random.default_rng(5).standard_normal(SHAPE)
    x[:, ::7, ::11] = np.nan
    return x


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_memory_in_any_order(numbers, order):
    x = in_order(np.nan_to_num(numbers), order)
    a = da.from_array(x, chunks=100)
    for axis in (0, 1, 2, (0, 2), None):
        same(a.sum(axis), x.sum(axis))
        same(a.var(axis), x.var(axis))
        same(a.max(axis), x.max(axis))
        if not isinstance(axis, tuple):
            same(a.argmin(axis), x.argmin(axis))
    for axis in range(3):
        same(a.cumsum(axis), x.cumsum(axis))
    same(2 * a + 1, 2 * x + 1)
    same(a > 0, x > 0)
    same(a - a.mean((0, 1)), x - x.mean((0, 1)))
    same(a[::2, ::-1, 5:600:3] * 2, x[::2, ::-1, 5:600:3] * 2)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_operands_in_different_orders(numbers, order):
    x, y = numbers, in_order(numbers + 1, order)
    a, b = da.from_array(x, chunks=100), da.from_array(y, chunks=100)
    same(a + b, x + y)
    same(da.nansum(a * b, 0), np.nansum(x * y, 0))
    same(da.nanmax(a - b), np.nanmax(x - y))


def test_several_reductions_share_deep_cells(numbers):
    a = da.from_array(numbers, chunks=100)
    together = [da.nansum(a, 0), da.nanmean(a, 1), da.nanmax(a), da.nanargmax(da.nan_to_num(a), 2)]
    plan = da.explain(*together)
    assert plan.count("stage ") <= 2, plan
    for found, alone in zip(da.compute(*together), together, strict=True):
        np.testing.assert_allclose(found, alone.compute(), rtol=1e-13, atol=1e-12)


def test_slabs_of_storage_are_folded_in_parts(tmp_path):
    x = np.random.default_rng(6).integers(-99, 99, (400, 100, 100)).astype("f4")
    x[7, 3], x[399] = 500, -500
    with h5py.File(tmp_path / "slabs.h5", "w") as f:
        f.create_dataset("x", data=x, chunks=(1, 100, 100))
    with h5py.File(tmp_path / "slabs.h5") as f:
        a = da.from_array(f["x"])
        assert "in parts of" in a.sum(0).explain()
        for axis in (0, (0, 2)):
            same(a.sum(axis, dtype="f8"), x.sum(axis, dtype="f8"))
            same(a.var(axis, dtype="f8"), x.var(axis, dtype="f8"))
            same(a.min(axis), x.min(axis))
        same(a.argmax(0), x.argmax(0))
        same(a.argmin(0), x.argmin(0))
        same(da.nanargmax(a, 0), np.nanargmax(x, 0))
        together = da.compute(a.mean(0), a.std(0), a.max(0), a.max())
        for found, wanted in zip(together, (x.mean(0), x.std(0), x.max(0), x.max()), strict=True):
            np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)
