"""xarray over lazy arrays: the same values as over NumPy's, and lazy wherever it is over dask's."""

import importlib
import pickle
import tomllib
import warnings
from pathlib import Path

import dask.array
import numpy as np
import pytest
import xarray as xr
from xarray.namedarray import parallelcompat
from xarray_operations import NEEDS, OPERATIONS, dataset

import hyperslab as da
from hyperslab._xarray import HyperslabManager

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def manager():
    """The manager as an installed package has it."""
    parallelcompat.list_chunkmanagers().setdefault("hyperslab", HyperslabManager())


CHUNKS = {"time": 7, "y": 4, "x": 3}


def chunked(ds, kind):
    made = ds.chunk(CHUNKS, chunked_array_type=kind)
    return made.assign_coords(label=ds.label)  # Groups must be in memory.


def is_lazy(result):
    """Whether the data of each variable are lazy."""
    ds = result.to_dataset(name="it") if isinstance(result, xr.DataArray) else result
    return [type(v.variable._data).__module__.split(".")[0] in ("hyperslab", "dask") for v in ds.data_vars.values()]


@pytest.mark.filterwarnings("ignore:All-NaN slice")
@pytest.mark.parametrize("name", OPERATIONS)
def test_operation(name):
    run, ds = OPERATIONS[name], dataset()
    expected, needed = run(ds), NEEDS.get(name, "")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if needed and not hasattr(da.linalg if "." in needed else da, needed.rpartition(".")[2]):
            with pytest.raises(NotImplementedError, match=needed), xr.set_options(chunk_manager="hyperslab"):
                run(chunked(ds, "hyperslab"))
            return
        with xr.set_options(chunk_manager="hyperslab"):
            result = run(chunked(ds, "hyperslab"))
            xr.testing.assert_allclose(result.compute(), expected)
        theirs = run(chunked(ds, "dask"))
    assert all(mine or not their for mine, their in zip(is_lazy(result), is_lazy(theirs))), f"{name} was computed"


def test_the_entry_point_names_the_manager():
    points = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]["xarray.chunkmanagers"]
    module, _, name = points["hyperslab"].partition(":")
    assert getattr(importlib.import_module(module), name) is HyperslabManager


def test_arrays_belong_to_one_manager():
    managers = parallelcompat.list_chunkmanagers()
    lazy, theirs = da.ones(4, chunks=2), dask.array.ones(4, chunks=2)
    assert parallelcompat.get_chunked_array_type(lazy) is managers["hyperslab"]
    assert parallelcompat.get_chunked_array_type(theirs) is managers["dask"]
    assert isinstance(xr.DataArray(lazy).data, da.Array) and xr.DataArray(lazy).chunks == ((2, 2),)
    assert isinstance((xr.DataArray(theirs) + 1).data, dask.array.Array)


def encoded():
    ds = dataset().drop_vars("label")
    ds.t.encoding = {"dtype": "i2", "scale_factor": 0.01, "add_offset": 5.0, "_FillValue": -9999}
    ds["when"] = ("time", ds.time.values + np.timedelta64(1, "h"))
    return ds


@pytest.mark.parametrize("engine", ["netcdf4", "h5netcdf"])
def test_files_are_read_lazily_and_decoded(tmp_path, engine):
    encoded().to_netcdf(tmp_path / "a.nc", engine=engine)
    with xr.open_dataset(tmp_path / "a.nc", engine=engine) as expected:
        opened = xr.open_dataset(tmp_path / "a.nc", engine=engine, chunks={"time": 7}, chunked_array_type="hyperslab")
        assert all(is_lazy(opened)) and opened.t.chunks[0] == (7, 7, 7, 3)
        xr.testing.assert_identical(opened.compute(), expected.load())
        xr.testing.assert_allclose(opened.t.mean("time").compute(), expected.t.mean("time"))
        opened.close()
    many = xr.open_mfdataset([tmp_path / "a.nc"], engine=engine, chunks={}, chunked_array_type="hyperslab")
    assert all(is_lazy(many))
    xr.testing.assert_identical(many.load(), expected)
    many.close()


@pytest.mark.filterwarnings("ignore:Consolidated metadata")
@pytest.mark.parametrize("options", [{}, {"compute": False}], ids=str)
def test_zarr(tmp_path, options):
    lazy = encoded().chunk(CHUNKS, chunked_array_type="hyperslab")
    waiting = lazy.to_zarr(tmp_path / "a.zarr", **options)
    if options:
        waiting.compute()
    opened = xr.open_zarr(tmp_path / "a.zarr", chunked_array_type="hyperslab")
    assert all(is_lazy(opened)) and opened.t.chunks == lazy.t.chunks
    xr.testing.assert_identical(opened.compute(), xr.open_zarr(tmp_path / "a.zarr", chunks=None).load())
    xr.testing.assert_allclose(opened.compute(), encoded(), atol=0.01)


@pytest.mark.parametrize("options", [{"engine": "netcdf4"}, {"engine": "h5netcdf"}, {"engine": "scipy"}], ids=str)
@pytest.mark.parametrize("compute", [True, False])
def test_netcdf(tmp_path, options, compute):
    if options["engine"] == "scipy" and not compute:
        options = {"engine": "netcdf4", "format": "NETCDF3_64BIT"}
    lazy = chunked(dataset(), "hyperslab")
    waiting = lazy.to_netcdf(tmp_path / "a.nc", compute=compute, **options)
    if not compute:
        waiting.compute()
    with xr.open_dataset(tmp_path / "a.nc") as found:
        xr.testing.assert_allclose(found.load(), dataset())


def test_results_in_memory():
    lazy = chunked(dataset(), "hyperslab")
    kept = lazy.persist()
    assert all(is_lazy(kept)) and kept.chunks == lazy.chunks
    loaded = lazy.copy().load()
    assert not any(is_lazy(loaded))
    for found in (kept, loaded, lazy.compute()):
        xr.testing.assert_identical(found.compute(), dataset())
    assert lazy.t.values.shape == (24, 6, 5) and float(lazy.n.sum()) == float(dataset().n.sum())
    assert "hyperslab.array" in repr(lazy) and "<table>" in lazy._repr_html_()
    assert lazy.equals(dataset().chunk(chunked_array_type="hyperslab"))
    back = pickle.loads(pickle.dumps(loaded))
    xr.testing.assert_identical(back, dataset())


class Counting:
    """An array that counts how often it is read."""

    def __init__(self, data):
        self.data, self.shape, self.dtype, self.reads = data, data.shape, data.dtype, 0

    def __getitem__(self, key):
        self.reads += 1
        return self.data[key]


#: Operations that read at once, as they do with dask.
READ_AT_ONCE = {"dropna"}


@pytest.mark.parametrize("name", sorted(set(OPERATIONS) - set(NEEDS) - READ_AT_ONCE))
def test_nothing_is_read(name):
    """Building an operation reads nothing of the data."""
    ds, source = dataset(), Counting(dataset().t.values)
    lazy = chunked(ds, "hyperslab")
    lazy["t"] = lazy.t.copy(data=da.from_array(source, chunks=(7, 4, 3)))
    with warnings.catch_warnings(), xr.set_options(chunk_manager="hyperslab"):
        warnings.simplefilter("ignore")
        OPERATIONS[name](lazy)
    assert source.reads == 0
