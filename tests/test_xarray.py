"""xarray over lazy arrays: the same values as over NumPy's, and lazy wherever it is over dask's."""

import importlib
import pickle
import tomllib
import warnings
from pathlib import Path

import dask.array
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from xarray.namedarray import parallelcompat

import hyperslab as da
from hyperslab._xarray import HyperslabManager

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def manager():
    """The manager as an installed package has it."""
    parallelcompat.list_chunkmanagers().setdefault("hyperslab", HyperslabManager())


def dataset():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(24, 6, 5))
    values[3, 2, 1] = values[10:13, 1, 2] = np.nan
    return xr.Dataset(
        {
            "t": (("time", "y", "x"), values, {"units": "K"}),
            "n": (("y", "x"), rng.integers(0, 9, (6, 5))),
            "w": (("x",), rng.random(5)),
        },
        coords={
            "time": pd.date_range("2001-01-15", periods=24, freq="17D"),
            "y": np.arange(6.0),
            "x": np.arange(5) * 10,
            "label": ("x", list("abbac")),
            "mask": (("y", "x"), rng.random((6, 5)) > 0.5),
        },
    )


CHUNKS = {"time": 7, "y": 4, "x": 3}


def chunked(ds, kind):
    made = ds.chunk(CHUNKS, chunked_array_type=kind)
    return made.assign_coords(label=ds.label)  # Groups must be in memory.


def is_lazy(result):
    """Whether the data of each variable are lazy."""
    ds = result.to_dataset(name="it") if isinstance(result, xr.DataArray) else result
    return [type(v.variable._data).__module__.split(".")[0] in ("hyperslab", "dask") for v in ds.data_vars.values()]


def whole(array, *dims):
    """The array in one chunk along some dimensions, if it has chunks."""
    return array.chunk(dict.fromkeys(dims, -1)) if array.chunks else array


def line(a):
    assert isinstance(a, np.ndarray)
    return a.max(axis=-1)


def two(a):
    return a.min(axis=-1), a.max(axis=-1)


OPERATIONS = {
    "add": lambda ds: ds.t + ds.n * 2,
    "align": lambda ds: ds.t + ds.t[1:],
    "compare": lambda ds: ds.t > ds.w,
    "logical": lambda ds: ~(ds.t > 0) & ds.mask,
    "in place": lambda ds: ds.t.copy().__iadd__(1),
    "ufunc": lambda ds: np.exp(ds.t),
    "power": lambda ds: abs(ds.t) ** 0.5,
    "arithmetic of datasets": lambda ds: ds[["t", "n"]] - ds[["t", "n"]].mean(),
    "sum": lambda ds: ds.t.sum(),
    "sum of axes": lambda ds: ds.t.sum(["x", "y"]),
    "sum min_count": lambda ds: ds.t.sum("time", min_count=23),
    "mean": lambda ds: ds.mean("time"),
    "mean skipna False": lambda ds: ds.t.mean("time", skipna=False),
    "std": lambda ds: ds.t.std("x", ddof=1),
    "var": lambda ds: ds.t.var(),
    "prod": lambda ds: ds.t.prod("x"),
    "min": lambda ds: ds.t.min("y"),
    "max": lambda ds: ds.t.max(),
    "any": lambda ds: (ds.t > 1).any("x"),
    "all": lambda ds: (ds.t > -9).all(),
    "count": lambda ds: ds.t.count("time"),
    "median": lambda ds: whole(ds.t, "time").median("time"),
    "argmax": lambda ds: ds.t.fillna(0).argmax("x"),
    "argmin": lambda ds: ds.t.argmin("x"),
    "idxmax": lambda ds: ds.t.fillna(0).idxmax("x"),
    "idxmin": lambda ds: whole(ds.t, "x").idxmin("x"),
    "cumsum": lambda ds: ds.t.cumsum("time"),
    "cumprod": lambda ds: ds.t.cumprod("x"),
    "quantile": lambda ds: whole(ds.t, "time").quantile([0.1, 0.5], "time"),
    "rank": lambda ds: whole(ds.t, "x").rank("x"),
    "rolling mean": lambda ds: ds.t.rolling(time=3).mean(),
    "rolling sum centred": lambda ds: ds.t.rolling(time=4, center=True, min_periods=1).sum(),
    "rolling max": lambda ds: ds.t.rolling(y=2).max(),
    "rolling two": lambda ds: ds.t.rolling(y=2, x=3).mean(),
    "rolling construct": lambda ds: ds.t.rolling(time=3).construct("window"),
    "rolling reduce": lambda ds: ds.t.rolling(time=3).reduce(np.nanmax),
    "rolling count": lambda ds: ds.t.rolling(time=3).count(),
    "rolling dataset": lambda ds: ds[["t"]].rolling(time=3).std(),
    "coarsen": lambda ds: ds.t.coarsen(time=4, y=2).mean(),
    "coarsen trim": lambda ds: ds.t.coarsen(time=5, boundary="trim").max(),
    "coarsen pad": lambda ds: ds.t.coarsen(time=5, boundary="pad").sum(),
    "coarsen construct": lambda ds: ds.t.coarsen(time=6).construct(time=("a", "b")),
    "groupby mean": lambda ds: ds.t.groupby("time.month").mean(),
    "groupby sum": lambda ds: ds.groupby("label").sum(),
    "groupby anomaly": lambda ds: ds.t.groupby("time.season") - ds.t.groupby("time.season").mean(),
    "groupby map": lambda ds: ds.t.groupby("label").map(lambda g: g - g.mean("x")),
    "groupby first": lambda ds: ds.t.groupby("time.year").first(),
    "groupby last": lambda ds: ds.t.groupby("time.year").last(),
    "groupby median": lambda ds: whole(ds.t, "time").groupby("time.year").median(),
    "groupby quantile": lambda ds: whole(ds.t, "time").groupby("time.year").quantile(0.5),
    "groupby bins": lambda ds: ds.t.groupby_bins("y", [0, 2, 5]).mean(),
    "resample mean": lambda ds: ds.t.resample(time="QS").mean(),
    "resample max": lambda ds: ds.resample(time="2MS").max(),
    "resample ffill": lambda ds: ds.t.resample(time="10D").ffill(),
    "resample nearest": lambda ds: ds.t.resample(time="5D").nearest(),
    "resample interpolate": lambda ds: whole(ds.t, "time").resample(time="10D").interpolate("linear"),
    "weighted mean": lambda ds: ds.t.weighted(ds.w).mean("x"),
    "weighted sum": lambda ds: ds.t.weighted(ds.w).sum(["x", "y"]),
    "weighted std": lambda ds: ds.t.weighted(ds.w).std(),
    "weighted quantile": lambda ds: whole(ds.t, "x").weighted(whole(ds.w, "x")).quantile(0.5, dim="x"),
    "interp": lambda ds: ds.t.interp(x=[5.0, 12.5]),
    "interp chunked": lambda ds: ds.t.interp(time=ds.time[1:5] + np.timedelta64(3, "D")),
    "interp two": lambda ds: ds.t.interp(y=[0.5, 1.5], x=[5.0, 12.5]),
    "interp points": lambda ds: ds.t.interp(y=("p", [0.5, 1.5]), x=("p", [5.0, 12.5])),
    "interp nearest": lambda ds: ds.t.interp(x=[5.1, 12.5], method="nearest"),
    "interp_like": lambda ds: ds.t.interp_like(xr.DataArray(np.zeros(2), {"y": [1.5, 2.5]}, ["y"])),
    "interpolate_na": lambda ds: whole(ds.t, "time").interpolate_na("time"),
    "apply_ufunc parallelized": lambda ds: xr.apply_ufunc(
        line, whole(ds.t, "x"), input_core_dims=[["x"]], dask="parallelized", output_dtypes=[float]
    ),
    "apply_ufunc several": lambda ds: xr.merge(
        r.rename(f"r{i}")
        for i, r in enumerate(
            xr.apply_ufunc(
                two,
                whole(ds.t, "x"),
                input_core_dims=[["x"]],
                output_core_dims=[[], []],
                dask="parallelized",
                output_dtypes=[float, float],
            )
        )
    ),
    "apply_ufunc vectorize": lambda ds: xr.apply_ufunc(
        lambda v: v.sum(),
        whole(ds.t, "x"),
        input_core_dims=[["x"]],
        vectorize=True,
        dask="parallelized",
        output_dtypes=[float],
    ),
    "apply_ufunc sizes": lambda ds: xr.apply_ufunc(
        lambda a: np.stack([a.min(-1), a.max(-1)], -1),
        whole(ds.t, "x"),
        input_core_dims=[["x"]],
        output_core_dims=[["k"]],
        dask="parallelized",
        output_dtypes=[float],
        dask_gufunc_kwargs={"output_sizes": {"k": 2}},
    ),
    "apply_ufunc allowed": lambda ds: xr.apply_ufunc(np.sin, ds.t, dask="allowed"),
    "map_blocks": lambda ds: xr.map_blocks(lambda b: b * 2 + len(b.x) * 0, ds.t.drop_vars("label")),
    "map_blocks template": lambda ds: xr.map_blocks(
        lambda b: b.sum("x"),
        whole(ds.t, "x").drop_vars(["label", "mask"]),
        template=ds.t.isel(x=0, drop=True).drop_vars(["label", "mask"], errors="ignore"),
    ),
    "map_blocks dataset": lambda ds: ds[["t"]].drop_vars("label").map_blocks(lambda b: b + 1),
    "pad": lambda ds: ds.t.drop_vars("mask").pad(x=(1, 2)),
    "pad edge": lambda ds: ds.t.pad(x=1, y=2, mode="edge"),
    "pad reflect": lambda ds: ds.t.pad(y=2, mode="reflect"),
    "shift": lambda ds: ds.t.shift(time=2),
    "shift fill": lambda ds: ds.n.shift(x=-1, fill_value=0),
    "roll": lambda ds: ds.t.roll(x=2),
    "diff": lambda ds: ds.t.diff("time"),
    "diff twice": lambda ds: ds.t.diff("x", n=2, label="lower"),
    "differentiate": lambda ds: ds.t.differentiate("y"),
    "integrate": lambda ds: ds.t.integrate("y"),
    "cumulative_integrate": lambda ds: ds.t.cumulative_integrate("y"),
    "cumulative": lambda ds: ds.t.cumulative("x").sum(),
    "where": lambda ds: ds.t.where(ds.t > 0),
    "where other": lambda ds: ds.t.where(ds.mask, -1),
    "where drop": lambda ds: ds.t.where(ds.y > 2, drop=True),
    "xr.where": lambda ds: xr.where(ds.t > 0, ds.t, ds.n),
    "clip": lambda ds: ds.t.clip(-1, 1),
    "round": lambda ds: ds.t.round(2),
    "isin": lambda ds: ds.n.isin([1, 2]),
    "isnull": lambda ds: ds.t.isnull(),
    "notnull": lambda ds: ds.notnull(),
    "fillna": lambda ds: ds.t.fillna(0),
    "fillna array": lambda ds: ds.t.fillna(ds.t.mean("time")),
    "combine_first": lambda ds: ds.t.combine_first(ds.t.shift(time=1)),
    "ffill": lambda ds: ds.t.ffill("time"),
    "ffill limit": lambda ds: ds.t.ffill("time", limit=1),
    "bfill": lambda ds: ds.t.bfill("time"),
    "bfill limit": lambda ds: ds.t.bfill("time", limit=10),
    "dropna": lambda ds: ds.t.dropna("time"),
    "concat": lambda ds: xr.concat([ds.t, ds.t + 1], "time"),
    "concat new": lambda ds: xr.concat([ds.t, ds.t + 1], "z"),
    "merge": lambda ds: xr.merge([ds.t, ds.n]),
    "combine": lambda ds: xr.combine_by_coords([ds[["t"]].isel(time=slice(9)), ds[["t"]].isel(time=slice(9, None))]),
    "stack": lambda ds: ds.t.stack(p=("y", "x")),
    "unstack": lambda ds: ds.t.stack(p=("y", "x")).unstack("p"),
    "unstack sparse": lambda ds: ds.t.stack(p=("y", "x")).isel(p=[0, 1, 7, 29]).unstack("p"),
    "to_array": lambda ds: ds[["t", "n"]].to_array(),
    "to_stacked_array": lambda ds: ds[["t", "n"]].to_stacked_array("z", ["y"]),
    "transpose": lambda ds: ds.t.transpose("x", ...),
    "expand_dims": lambda ds: ds.t.expand_dims(z=3),
    "squeeze": lambda ds: ds.t.isel(x=[0]).squeeze(),
    "broadcast": lambda ds: xr.broadcast(ds.w, ds.t)[0],
    "broadcast_like": lambda ds: ds.w.broadcast_like(ds.t),
    "astype": lambda ds: ds.t.astype("f4"),
    "isel": lambda ds: ds.t.isel(time=slice(2, 20, 3), x=-1),
    "isel list": lambda ds: ds.t.isel(time=[5, 1, 1], x=[0, 4]),
    "isel vectorised": lambda ds: ds.t.isel(y=("p", [0, 5, 2]), x=("p", [4, 0, 1])),
    "isel vectorised 2d": lambda ds: ds.t.isel(y=(("a", "b"), [[0, -1], [2, 3]]), x=("b", [4, 0])),
    "isel mask": lambda ds: ds.t.isel(x=np.array([True, False, True, True, False])),
    "sel": lambda ds: ds.t.sel(x=30, time="2001-05"),
    "sel nearest": lambda ds: ds.t.sel(x=[12, 33], method="nearest"),
    "sel vectorised": lambda ds: ds.t.sel(y=xr.DataArray([1.0, 4.0], dims="p"), x=xr.DataArray([0, 40], dims="p")),
    "head": lambda ds: ds.head(2),
    "thin": lambda ds: ds.thin(time=5),
    "reindex": lambda ds: ds.t.reindex(x=[0, 5, 20, 40]),
    "reindex nearest": lambda ds: ds.t.reindex(x=[1, 21], method="nearest"),
    "sortby": lambda ds: ds.t.sortby("label"),
    "drop_sel": lambda ds: ds.t.drop_sel(x=[10]),
    "polyfit": lambda ds: whole(ds.t.fillna(0), "y").polyfit("y", 2),
    "polyfit skipna": lambda ds: whole(ds.t, "time").polyfit("time", 1, skipna=True),
    "polyfit in full rank": lambda ds: whole(ds.t.fillna(0), "time").polyfit("time", 1, skipna=False),
    "polyval": lambda ds: xr.polyval(
        ds.y, ds.t.isel(time=slice(3)).rename(time="degree").assign_coords(degree=[0, 1, 2])
    ),
    "dot": lambda ds: xr.dot(ds.t.fillna(0), ds.w, dim="x"),
    "matmul": lambda ds: ds.t.fillna(0) @ ds.n,
    "dot all": lambda ds: xr.dot(ds.n, ds.n),
    "cov": lambda ds: xr.cov(ds.t, ds.n, dim=["y", "x"]),
    "corr": lambda ds: xr.corr(ds.t, ds.n, dim=["y", "x"]),
    "full_like": lambda ds: xr.full_like(ds.t, 3.0),
    "zeros_like": lambda ds: xr.zeros_like(ds),
    "ones_like": lambda ds: xr.ones_like(ds.t, dtype=int),
    "real": lambda ds: (ds.t * 1j).imag,
    "map": lambda ds: ds[["t", "n"]].map(lambda v: v * 2),
    "assign": lambda ds: ds.assign(u=ds.t * 2)[["u"]],
    "rename": lambda ds: ds.rename(t="u", x="lon")[["u"]],
    "swap_dims": lambda ds: ds.t.assign_coords(k=("x", range(5))).swap_dims(x="k"),
    "chunk": lambda ds: ds.t.chunk(time=-1, x=1),
    "unify_chunks": lambda ds: xr.unify_chunks(ds.t, ds.n.chunk(x=2))[0],
    "copy deep": lambda ds: ds.copy(deep=True),
    "str of a dtype": lambda ds: ds.t.dt.floor("D") if ds.t.dtype.kind == "M" else ds.t,
}


#: Operations that xarray computes by a function of NumPy that may be missing here, and then says so.
NEEDS = {
    "median": "nanmedian",
    "quantile": "nanquantile",
    "groupby median": "nanmedian",
    "groupby quantile": "nanquantile",
    "polyfit in full rank": "linalg.lstsq",
}


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
