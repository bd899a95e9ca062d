"""Scans where their axis is cut into blocks, fused with what uses them, and within a budget."""

import subprocess
import sys

import h5py
import numpy as np
import pytest

import hyperslab as da
from hyperslab import _ops

#: Arrays whose cells are too large to hold a whole axis, with that axis.
LONG = [((2_300_000,), 0), ((1_200_000, 2), 0), ((2, 1_200_000), 1), ((40_000, 3, 19), 0)]


def whole_numbers(shape, dtype="f8"):
    return np.random.default_rng(5).integers(-3, 4, shape).astype(dtype)


def numpy_scan(name):
    ufunc, _, method = name.partition(".")
    return getattr(getattr(np, ufunc), method) if method else getattr(np, name)


@pytest.mark.parametrize(("shape", "axis"), LONG)
def test_blocks(shape, axis):
    x = whole_numbers(shape)
    ours, theirs = da.from_array(x).cumsum(axis), x.cumsum(axis)
    assert "cumsum of blocks" in ours.explain()
    np.testing.assert_array_equal(ours.compute(), theirs)
    assert ours.max() == theirs.max()
    before = (slice(None),) * axis
    for index in (slice(None, None, -7), slice(1_000_001 % shape[axis], None), slice(-1, 5, -999), [5, -1, 5, 20_001]):
        np.testing.assert_array_equal(ours[(*before, index)].compute(), theirs[(*before, index)])
    late = (ours[(*before, slice(10, None))] - ours[(*before, slice(None, -10))]).sum()
    assert late == (theirs[(*before, slice(10, None))] - theirs[(*before, slice(None, -10))]).sum()


@pytest.mark.parametrize("dtype", ["?", "i1", "u4", "f2", "f4", "c8", "c16", "m8[s]"])
@pytest.mark.parametrize("name", list(_ops.SCANNERS))
def test_rows_in_blocks(name, dtype):
    x = np.random.default_rng(6).integers(0, 2, 20_000_000 // np.dtype(dtype).itemsize).astype(dtype)
    if name.endswith("prod") and dtype == "m8[s]":
        with pytest.raises(TypeError):
            da.cumprod(x)
        return
    if name.endswith("sum") and dtype == "f2":  # 2048 + 1 is 2048.
        x[1000:] = 0
    function = numpy_scan(name)
    ours = getattr(da, name, function)(da.from_array(x))
    assert "of blocks" in ours.explain() or ours.dtype != x.dtype
    np.testing.assert_array_equal(ours.compute(), function(x))


def test_rounding_is_no_worse_than_numpys():
    x = np.random.default_rng(7).random(3_000_000).astype("f4")
    exact = x.astype("f8").cumsum()
    ours, theirs = (np.abs(y.astype("f8") - exact).max() for y in (da.from_array(x).cumsum().compute(), x.cumsum()))
    assert ours <= theirs


def test_the_same_bits_for_any_threads_and_budget():
    x = da.from_array(np.random.default_rng(8).random((3_000, 800)), chunks=100)
    y = da.from_array(np.random.default_rng(8).random(3_000_000), chunks=10_000)
    for a in (x.cumsum(0), x.cumsum(1), x.cumsum(0).cumsum(1), y.cumsum()):
        total = (a * 0.1).max() - a[::3].sum()
        bits = {
            total.compute(num_threads=n, memory_limit=limit).tobytes() for n in (1, 2, 3) for limit in (None, "64 MiB")
        }
        assert len(bits) == 1


def test_a_scan_is_never_held():
    x = da.zeros((20_000, 5_000), chunks=(20_000, 10))
    plan = x.cumsum(axis=0).max().explain(memory_limit="64 MiB")
    assert "stage 1" not in plan
    peak = plan.split("projected peak ")[1].split(",")[0]
    assert peak.endswith("KiB"), plan


def test_scans_along_different_axes_meet(tmp_path):
    x = whole_numbers((3_000, 2_500))
    with h5py.File(stored(tmp_path / "x.h5", x, chunks=(200, 300)), "r") as f:
        product = da.from_array(f["x"]).cumsum(0) * da.from_array(f["x"]).cumsum(1)
        assert product.max().compute(memory_limit="32 MiB") == (x.cumsum(0) * x.cumsum(1)).max()
    lazy = da.from_array(x)
    product = lazy.cumsum(0) * lazy.cumsum(1)
    np.testing.assert_array_equal(product.compute(), x.cumsum(0) * x.cumsum(1))
    np.testing.assert_array_equal(lazy.cumsum(0).cumsum(1).compute(), x.cumsum(0).cumsum(1))


def stored(path, x, **options):
    with h5py.File(path, "w") as f:
        f.create_dataset("x", data=x, **options)
    return path


@pytest.mark.parametrize("chunks", [(100, 100), (7, 1_000), (1_200, 3), None])
def test_hdf5(tmp_path, chunks):
    x = whole_numbers((1_200, 1_000))
    with h5py.File(stored(tmp_path / "x.h5", x, chunks=chunks), "r") as f:
        lazy = da.from_array(f["x"])
        for axis in (0, 1):
            for limit in ("64 MiB", "2 MiB"):
                assert lazy.cumsum(axis).max().compute(memory_limit=limit) == x.cumsum(axis).max()
        with h5py.File(tmp_path / "y.h5", "w") as g:
            y = g.create_dataset("y", x.shape, "f8", chunks=(90, 110), compression="gzip")
            da.store(lazy.cumsum(0)[::-1], y)
            np.testing.assert_array_equal(y[:], x.cumsum(0)[::-1])
            da.store(lazy.cumsum(1), y)
            np.testing.assert_array_equal(y[:], x.cumsum(1))


def test_targets_whose_chunks_no_block_suits(tmp_path):
    x = whole_numbers((2_200_000,))
    with h5py.File(tmp_path / "y.h5", "w") as g:
        y = g.create_dataset("y", x.shape, "f8", chunks=(30_011,))
        da.store(da.from_array(x).cumsum(), y)
        np.testing.assert_array_equal(y[:], x.cumsum())
        z = g.create_dataset("z", (1_100, 1_800), "f8", chunks=(90, 1_100))
        w = x[: z.size].reshape(z.shape)
        da.store(da.from_array(w).cumsum(0).cumsum(1), z)
        np.testing.assert_array_equal(z[:], w.cumsum(0).cumsum(1))


MEASURED = """
import sys, h5py, hyperslab as da

def peak():
    with open("/proc/self/status") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmHWM"))

with h5py.File(sys.argv[1], "r") as f:
    x = da.from_array(f["x"])
    x.max().compute(memory_limit="16 MiB", num_threads=2)
    before = peak()
    answers = [float(x.cumsum(axis).max().compute(memory_limit="16 MiB", num_threads=2)) for axis in (0, 1)]
    print(answers[0], answers[1], peak() - before)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="peak memory is read from /proc")
def test_budget_is_obeyed(tmp_path):
    x = whole_numbers((8_000, 2_000))
    path = stored(tmp_path / "x.h5", x, chunks=(500, 100))
    run = subprocess.run([sys.executable, "-c", MEASURED, str(path)], capture_output=True, text=True, check=True)
    down, along, grown = run.stdout.split()
    assert (float(down), float(along)) == (x.cumsum(0).max(), x.cumsum(1).max())
    assert int(grown) < 40 << 10, f"{grown} KiB more for a budget of 16 MiB, of an array of 122 MiB"


def test_arguments():
    x = da.ones((3, 4))
    with pytest.raises(np.exceptions.AxisError):
        x.cumsum(2)
    with pytest.raises(TypeError):
        x.cumsum((0, 1))
    out = np.empty(12)
    assert np.cumsum(x, out=out) is out
    assert out[-1] == 12
    with pytest.raises(ValueError, match="axis"):
        da.cumulative_sum(x)
    with pytest.raises(TypeError, match="scalar"):
        np.add.accumulate(da.asarray(3))
    with pytest.raises(ValueError, match="multiple axes"):
        np.add.accumulate(x, axis=None)


@pytest.mark.parametrize("initial", [False, True])
@pytest.mark.parametrize("name", ["cumulative_sum", "cumulative_prod"])
def test_cumulative(name, initial):
    for x in (np.arange(7, dtype="i1"), whole_numbers((4, 3)), np.array(5.0)):
        for axis in range(x.ndim) if x.ndim else [None]:
            ours = getattr(da, name)(da.from_array(x, chunks=2), axis=axis, include_initial=initial)
            theirs = getattr(np, name)(x, axis=axis, include_initial=initial)
            assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape)
            np.testing.assert_array_equal(ours.compute(), theirs)
