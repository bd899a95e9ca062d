"""Masked arrays as objects: sources, computations with others, attributes, and what is refused."""

import json
import operator
from pathlib import Path

import numpy as np
import pytest
from against_numpy import DTYPES, TIMES, Counting, chunkings, values
from against_numpy_ma import MASKS, mask_of, same

import hyperslab as da

NAMES = "shape dtype ndim size itemsize nbytes fill_value"


def test_lazy_and_masked_together():
    x, masked = np.arange(4.0), np.ma.array([1.0, 2, 3, 0], mask=[0, 1, 0, 0])
    lazy, ours = da.from_array(x, chunks=2), da.ma.from_array(masked, chunks=3)
    for call in [operator.add, operator.sub, operator.truediv, operator.lt, operator.eq, np.subtract, da.subtract]:
        numpys = np.subtract if call is da.subtract else call
        expected = numpys(x, masked)
        for other in (masked, ours):
            same(call(lazy, other), expected, 0, str(call))
        same(call(ours, lazy), numpys(masked, x), 0, str(call))
        same(call(ours, x), numpys(masked, x), 0, str(call))
        same(call(x, ours), expected, 0, str(call))


def test_everything_in_one_computation():
    x, source = np.arange(6.0), Counting(np.ma.array(np.arange(6.0), mask=[0, 1, 0, 0, 0, 1]))
    lazy = da.ma.from_array(source, chunks=3)
    got = da.compute({"masked": lazy, "sum": lazy.sum(), "plain": da.from_array(x)}, [lazy.max(), 3])
    assert source.reads == 1
    np.testing.assert_array_equal(got[0]["masked"].filled(-1), source.data.filled(-1))
    assert (got[0]["sum"], got[1]) == (9.0, [4.0, 3])
    kept = lazy.persist()
    assert source.reads == 2
    np.testing.assert_array_equal((kept + 1).compute().filled(-1), (source.data + 1).filled(-1))
    assert source.reads == 2
    assert kept.chunks == lazy.chunks
    assert "stages" in da.explain(lazy, lazy.data) and "stages" in lazy.explain()


@pytest.mark.parametrize("dtype", [*DTYPES, *TIMES])
def test_sources_that_answer_with_masks(dtype):
    for which in MASKS:
        data = np.ma.array(values((5, 7), dtype), mask=mask_of(which, (5, 7)))
        for chunks in chunkings(data.shape):
            source = Counting(data)
            x = da.ma.from_array(source, chunks=chunks)
            assert source.reads == 0 and (x.shape, x.dtype) == (data.shape, data.dtype)
            same(x, data, 0, which)
            assert source.reads == 1
            same(x[1:, ::-2], data[1:, ::-2], 0, which)
            same(da.ma.masked_array(Counting(data), chunks=chunks)[::2].T, data[::2].T, 0, which)


def test_each_part_is_read_once():
    class Large:
        shape, dtype = (2000, 700), np.dtype("f4")

        def __init__(self):
            self.parts = []

        def __getitem__(self, key):
            self.parts.append(key)
            rows, columns = (np.arange(n, dtype="f4")[k] for n, k in zip(self.shape, key))
            both = rows[:, None] + columns
            return np.ma.array(both, mask=both % 3 == 0)

    source = Large()
    x = da.ma.from_array(source, chunks=(300, 300))
    whole = source[:, :]
    for call in [lambda x: x, lambda x: x.mean(axis=0), lambda x: (x - 1).std(), lambda x: x[::-1] * 2]:
        source.parts.clear()
        lazy = call(x)
        assert not source.parts
        expected = call(whole)
        same(lazy, expected, 4e-6, "")
    source.parts.clear()
    da.compute(x, x.sum(0), x.count(0))
    read = np.zeros(source.shape, int)
    for rows, columns in source.parts:
        read[rows, columns] += 1
    assert read.min() == read.max() == 1


def test_netcdf4_variables_keep_their_masks(tmp_path):
    netCDF4 = pytest.importorskip("netCDF4")
    with netCDF4.Dataset(tmp_path / "a.nc", "w") as f:
        f.createDimension("x", 6)
        v = f.createVariable("v", "i2", ("x",), fill_value=-999)
        v[:] = [1, -999, 3, 4, 5, 6]
        packed = f.createVariable("p", "i2", ("x",), fill_value=-1)
        packed.scale_factor, packed.add_offset = 0.1, 20.0
        packed[:] = np.ma.array([20.5, 21, 22, 23, 24, 25], mask=[0, 0, 1, 0, 0, 0])
        x = da.ma.from_array(v, chunks=2)
        same(x, v[:], 0, "")
        assert x.fill_value == -999
        assert x.sum().compute() == 19
        same(da.ma.masked_array(packed) - 20, packed[:] - 20, 0, "packed")


def test_masked_arrays_are_not_stored(tmp_path):
    x = da.ma.masked_array([1.0, 2.0], mask=[False, True])
    target = np.zeros(2)
    for store in [
        lambda: da.store(x, target),
        lambda: da.store([da.ones(2), x], [np.zeros(2), target]),
        lambda: x.store(target),
        lambda: da.to_hdf5(tmp_path / "a.h5", "/x", x),
        lambda: x.to_hdf5(tmp_path / "a.h5", "/x"),
        lambda: da.to_zarr(x, tmp_path / "a.zarr"),
        lambda: x.to_zarr(tmp_path / "a.zarr"),
        lambda: da.store(np.ma.array([1, 2], mask=[0, 1]), target),
    ]:
        with pytest.raises(NotImplementedError, match=r"filled\(value\)"):
            store()
    assert not target.any()
    da.store(x.filled(7), target)
    np.testing.assert_array_equal(target, [1, 7])


REFUSED = {
    "numpy.ma's function": (lambda x: np.ma.log(x), "hyperslab.ma"),
    "numpy.ma's array": (lambda x: np.ma.array(x), "hyperslab.ma"),
    "numpy.ma's operator": (lambda x: np.ma.array([1, 2]) + x, "hyperslab.ma"),
    "numpy.ma's mask": (lambda x: np.ma.getmaskarray(x), "hyperslab.ma"),
    "without a form": (lambda x: da.fft.fftshift(x), "filled"),
    "NumPy's without a form": (lambda x: np.cov(x), "filled"),
    "product": (lambda x: x @ x, "dot"),
    "product with an array": (lambda x: da.ones(2) @ x, "filled"),
    "index": (lambda x: da.ones(2)[x > 1], "filled"),
    "assignment": (lambda x: x.__setitem__(0, 1), "where"),
    "nonzero": (lambda x: da.ma.nonzero(x), "x.compute"),
    "where of one": (lambda x: da.ma.where(x), "x.compute"),
    "compressed": (lambda x: x.compressed(), "x.compute"),
    "median": (lambda x: da.ma.median(x), "x.compute"),
    "out": (lambda x: np.add(x, x, out=x), "where"),
    "where": (lambda x: np.add(x, x, where=[True, False]), "where"),
    "reduce": (lambda x: np.add.reduce(x), "hyperslab.ma"),
    "out of a reduction": (lambda x: x.sum(out=np.zeros(())), "out="),
}


@pytest.mark.parametrize("name", list(REFUSED))
def test_what_is_refused_names_the_way_out(name):
    call, way = REFUSED[name]
    with pytest.raises(NotImplementedError, match=way):
        call(da.ma.masked_array([1.0, 2.0], mask=[False, True]))


def test_attributes():
    data = np.ma.array(np.arange(12, dtype="i2").reshape(3, 4), mask=mask_of("some", (3, 4)), fill_value=5)
    x = da.ma.from_array(data, chunks=2)
    for name in NAMES.split():
        assert getattr(x, name) == getattr(data, name), name
    assert (x.chunks, x.chunksize, x.numblocks, x.npartitions) == (((2, 1), (2, 2)), (2, 2), (2, 2), 4)
    assert x.rechunk((3, 1)).chunks == x.rechunk((3, 1)).mask.chunks == ((3,), (1, 1, 1, 1))
    np.testing.assert_array_equal(np.asarray(x), np.asarray(data))
    np.testing.assert_array_equal(x.data.compute(), data.data)
    np.testing.assert_array_equal(x.mask.compute(), data.mask)
    assert not da.ma.ones(3).mask.compute().any()
    assert (x.tolist(), len(x), len(list(x))) == (data.tolist(), 3, 3)
    assert (float(x[0, 1]) if not data.mask[0, 1] else None) == (None if data.mask[0, 1] else float(data[0, 1]))
    assert x[0, 0].item() is None and x[0, 0].compute() is np.ma.masked
    assert "hyperslab.ma" in repr(x) and x.name == x.copy().name != x[1:].name
    y = x.copy()
    y.fill_value = 6
    assert (x.fill_value, y.fill_value) == (5, 6)
    da.ma.set_fill_value(y, 7)
    assert y.fill_value == 7
    with pytest.raises(TypeError, match="fill value"):
        y.fill_value = "a"
    with pytest.raises(ValueError, match="one value"):
        y.fill_value = [1, 2]
    with pytest.raises(ValueError, match="ambiguous"):
        bool(x)
    assert bool(da.ma.is_masked(x)) and not bool(da.ma.is_masked(da.ones(3)))


def test_names():
    names = json.loads((Path(__file__).parents[1] / "tools" / "api_names.json").read_text())
    there = set(names["dask.array.ma"]) & set(vars(np.ma))
    assert len(there) > 15 and not [name for name in there if not callable(getattr(da.ma, name))]
    missing = [name for name in da.ma.__all__ if not hasattr(np.ma, name) and not hasattr(np, name)]
    assert set(missing) <= {"from_array", "rechunk"}
