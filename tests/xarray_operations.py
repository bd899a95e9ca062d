"""Operations of xarray, for tests that compare lazy arrays with NumPy's and dask's."""

import numpy as np
import pandas as pd
import xarray as xr


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


def whole(array, *dims):
    """The array in one chunk along some dimensions, if it has chunks."""
    return array.chunk(dict.fromkeys(dims, -1)) if array.chunks else array


def when(ds):
    """Times, cut like the data."""
    return (ds.time + xr.zeros_like(ds.t[:, 0, 0]).astype("m8[ns]")).drop_vars(
        ["x", "y", "label", "mask"], errors="ignore"
    )


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
    "isel lists of one length": lambda ds: ds.t.isel(time=[5, 1], y=[0, 4], x=1),
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
    "dt of lazy times": lambda ds: when(ds).dt.month,
    "dt floor": lambda ds: when(ds).dt.floor("D"),
    "dt is_leap_year": lambda ds: when(ds).dt.is_leap_year,
    "time differences": lambda ds: when(ds) - when(ds)[0],
    "mean of times": lambda ds: when(ds).mean(),
    "extremes of times": lambda ds: xr.merge([when(ds).min().rename("a"), when(ds).max().rename("b")]),
    "differences in days": lambda ds: (when(ds) - np.datetime64("2001-01-01")) / np.timedelta64(1, "D"),
    "isnull of times": lambda ds: when(ds).shift(time=1).isnull(),
    "groupby var": lambda ds: ds.t.groupby("time.month").var(),
    "groupby count": lambda ds: ds.t.groupby("label").count(),
    "groupby all": lambda ds: (ds.t > -9).groupby("label").all(),
    "groupby cumsum": lambda ds: ds.t.groupby("time.year").cumsum(),
    "groupby fillna": lambda ds: ds.t.groupby("time.year").fillna(ds.t.groupby("time.year").mean()),
    "groupby where": lambda ds: ds.t.groupby("label").where(ds.w > 0.5),
    "groupby assign": lambda ds: ds.t.groupby("label").assign_coords(k=1),
    "groupby reduce": lambda ds: ds.t.groupby("label").reduce(np.sum),
    "groupby two": lambda ds: ds.n.groupby(["x", "y"]).mean(),
    "groupby shuffle": lambda ds: ds.t.groupby("label").shuffle_to_chunks() if ds.t.chunks else ds.t.sortby("label"),
    "resample asfreq": lambda ds: ds.t.resample(time="17D").asfreq(),
    "resample bfill": lambda ds: ds.t.resample(time="10D").bfill(),
    "resample count": lambda ds: ds.t.resample(time="YS").count(),
    "resample map": lambda ds: ds.t.resample(time="YS").map(lambda g: g - g.mean()),
    "argmax of several": lambda ds: xr.merge(v.rename(str(k)) for k, v in ds.n.argmax(["y", "x"]).items()),
    "cross": lambda ds: xr.cross(ds.t[..., :3], ds.w[:3], dim="x"),
    "curvefit": lambda ds: (
        whole(ds.t.fillna(0), "time")
        .curvefit("time", lambda x, a: a + 0 * x, kwargs={"maxfev": 50})
        .curvefit_coefficients
    ),
    "reduce": lambda ds: ds.t.reduce(np.nansum, "x"),
    "skew by hand": lambda ds: ((ds.t - ds.t.mean("x")) ** 3).mean("x") / ds.t.std("x") ** 3,
    "combine_nested": lambda ds: xr.combine_nested([[ds[["n"]], ds[["n"]]]], ["a", "b"]),
    "stack datasets": lambda ds: ds[["t", "n"]].stack(p=("y", "x")),
    "unstack datasets": lambda ds: ds[["t"]].stack(p=("y", "x")).unstack(),
    "to_unstacked_dataset": lambda ds: (
        ds[["t", "n"]].drop_vars(["label", "mask"]).to_stacked_array("z", ["y"]).to_unstacked_dataset("z")
    ),
    "drop_duplicates": lambda ds: ds.t.assign_coords(x=[0, 0, 1, 1, 2]).drop_duplicates("x"),
    "convert_calendar": lambda ds: ds[["t"]].convert_calendar("noleap"),
    "pad linear_ramp": lambda ds: ds.t.drop_vars("mask").pad(x=2, mode="linear_ramp", end_values=1),
    "pad mean": lambda ds: ds.n.drop_vars("mask").pad(x=2, mode="maximum"),
    "pad wrap": lambda ds: ds.n.pad(x=2, mode="wrap"),
    "pad symmetric": lambda ds: ds.n.pad(y=2, mode="symmetric"),
    "pad integers": lambda ds: ds.n.drop_vars("mask").pad(y=2, constant_values=-1),
    "rolling exp": lambda ds: ds.t.rolling(time=2, center=True).construct("w", stride=2).mean("w"),
    "rolling argmax": lambda ds: ds.t.fillna(0).rolling(time=3).argmax(),
    "rolling median": lambda ds: ds.t.rolling(time=3).median(),
    "rolling stride": lambda ds: ds.t.rolling(x=2).construct(x="w", stride=2),
    "coarsen std": lambda ds: ds.t.drop_vars("label").coarsen(time=6, x=5).std(),
    "coarsen reduce": lambda ds: ds.t.coarsen(y=3).reduce(np.nanmax),
    "weighted var": lambda ds: ds.t.weighted(ds.w).var("x"),
    "sum_of_weights": lambda ds: ds.t.weighted(ds.w).sum_of_weights("x"),
    "weighted dataset": lambda ds: ds[["t", "n"]].weighted(ds.w).mean("x"),
    "modulo": lambda ds: ds.n % 3 + ds.n // 2 - (-ds.n) ** 2,
    "bits": lambda ds: (ds.n & 3) | (ds.n << 1),
    "arctan2": lambda ds: xr.ufuncs.arctan2(ds.t, ds.n),
    "maximum": lambda ds: np.maximum(ds.t, ds.w),
    "isfinite": lambda ds: np.isfinite(ds.t),
    "conj": lambda ds: (ds.t + 1j).conj(),
    "searching": lambda ds: ds.t.where(ds.t == ds.t.max()).count(),
    "sel slice": lambda ds: ds.t.sel(x=slice(10, 30), time=slice("2001-03", "2001-08")),
    "loc": lambda ds: ds.t.loc[:, 2.0, [0, 40]],
    "newaxis": lambda ds: ds.t.expand_dims("z", 1).isel(z=0),
    "reset_index": lambda ds: ds.t.stack(p=("y", "x")).reset_index("p"),
    "set_index": lambda ds: ds.w.swap_dims(x="label").reset_coords(drop=True),
    "to_dataset": lambda ds: ds.t.rename(None).to_dataset("x"),
    "from_dict": lambda ds: xr.Dataset({"t": ds.t, "s": ds.t.sum("x")}),
    "update": lambda ds: ds.merge({"t": ds.t + 1}, overwrite_vars="t")[["t"]],
}


#: Operations that xarray computes by a function of NumPy that may be missing here, and then says so.
NEEDS = {
    "median": "nanmedian",
    "quantile": "nanquantile",
    "groupby median": "nanmedian",
    "groupby quantile": "nanquantile",
    "rolling median": "nanmedian",
    "argmax of several": "unravel_index",
    "polyfit in full rank": "linalg.lstsq",
}
