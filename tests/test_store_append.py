"""Appending along an axis, to Zarr arrays and HDF5 datasets: values, what does not fit, what is left of a failure."""

import h5py
import numpy as np
import pytest
import zarr
from zarr.codecs import BloscCodec

import hyperslab as da


class Sudden(Exception):
    pass


def failing(x):
    """The array, whose last block cannot be computed."""

    def block(part, block_info=None):
        if block_info[0]["chunk-location"][0] == x.numblocks[0] - 1:
            raise Sudden
        return part

    return x.map_blocks(block, dtype=x.dtype, meta=np.empty((0,) * x.ndim))


def some(shape, seed):
    return np.random.default_rng(seed).integers(1, 1000, shape).astype("i4")


LAYOUTS = [
    {},
    {"shards": (8, 6)},
    {"zarr_format": 2, "order": "F"},
    {"compressors": BloscCodec(cname="lz4hc")},  # Written by zarr-python.
]


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: " ".join(layout) or "plain")
@pytest.mark.parametrize("axis", [0, 1, -1])
def test_zarr(tmp_path, layout, axis):
    parts = [some((7, 5) if n == 5 else ((n, 5) if axis == 0 else (7, n)), n) for n in (5, 1, 9, 4)]
    z = zarr.create_array(tmp_path / "z", shape=(7, 5), chunks=(4, 3), dtype="i4", **layout)
    z[:] = parts[0]
    for i, part in enumerate(parts[1:]):
        x = da.from_array(part, chunks=2)
        if i == 1:
            da.to_zarr(x, tmp_path, component="z", append_axis=axis)
        else:
            x.to_zarr(zarr.open_array(tmp_path / "z"), append_axis=axis)
    whole = np.concatenate(parts, axis)
    np.testing.assert_array_equal(zarr.open_array(tmp_path / "z")[:], whole)
    np.testing.assert_array_equal(da.from_zarr(tmp_path / "z").compute(), whole)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: " ".join(layout) or "plain")
def test_an_append_that_fails(tmp_path, layout):
    before = some((7, 5), 0)
    z = zarr.create_array(tmp_path, shape=(7, 5), chunks=(4, 3), dtype="i4", **layout)
    z[:] = before
    with pytest.raises(Sudden):
        failing(da.from_array(some((20, 5), 1), chunks=(5, 5))).to_zarr(z, append_axis=0)
    np.testing.assert_array_equal(zarr.open_array(tmp_path)[:], before)
    with pytest.raises(ValueError, match=r"shape \(20, 4\) does not fit one of shape \(7, 5\) along axis 0"):
        da.ones((20, 4)).to_zarr(z, append_axis=0)
    with pytest.raises(np.exceptions.AxisError):
        da.ones((20, 5)).to_zarr(z, append_axis=2)
    with pytest.raises(ValueError, match="append_axis="):
        da.ones((20, 5)).to_zarr(z, append_axis=0, overwrite=True)
    with pytest.raises(FileNotFoundError):
        da.ones((20, 5)).to_zarr(tmp_path / "none", append_axis=0)


def test_an_append_goes_on(tmp_path):
    z = zarr.create_array(tmp_path, shape=(7, 5), chunks=(4, 3), dtype="i4")
    z[:] = (before := some((7, 5), 0))
    x = da.from_array((more := some((20, 5), 1)), chunks=(5, 5))
    with pytest.raises(Sudden):
        failing(x).to_zarr(z, append_axis=0, resume="more")
    assert z.shape == (7, 5)
    x.to_zarr(z, append_axis=0, resume="more")
    np.testing.assert_array_equal(zarr.open_array(tmp_path)[:], np.concatenate([before, more]))


@pytest.mark.parametrize("options", [{}, {"compression": "gzip", "shuffle": True}, {"compression": "lzf"}], ids=str)
@pytest.mark.parametrize("libver", ["earliest", "latest"])
def test_hdf5(tmp_path, options, libver):
    path, parts = tmp_path / "x.h5", [some((n, 5), n) for n in (7, 1, 9, 4)]
    with h5py.File(path, "w", libver=libver) as f:
        f.create_dataset("g/x", data=parts[0], chunks=(4, 3), maxshape=(None, 5), **options)
        f.create_dataset("y", data=parts[0], chunks=(4, 3), maxshape=(100, None), **options)
        f.create_dataset("fixed", data=parts[0])
    for part in parts[1:]:
        x = da.from_array(part, chunks=2)
        da.to_hdf5(path, {"g/x": x, "y": x * 2}, append_axis=0)
    da.ones((21, 2), "i4").to_hdf5(path, "y", append_axis=-1)
    with pytest.raises(Sudden):
        failing(da.from_array(parts[2], chunks=(3, 5))).to_hdf5(path, "g/x", append_axis=0)
    for name, x, words in [
        ("fixed", da.ones((2, 5)), "no room for 2 more along axis 0"),
        ("y", da.ones((80, 7)), "no room for 80 more along axis 0"),
        ("g/x", da.ones((2, 6)), r"shape \(2, 6\) does not fit g/x of shape \(21, 5\) along axis 0"),
    ]:
        with pytest.raises(ValueError, match=words):
            x.to_hdf5(path, name, append_axis=0)
    with pytest.raises(KeyError):
        da.ones((2, 5)).to_hdf5(path, "none", append_axis=0)
    whole = np.concatenate(parts)
    with h5py.File(path) as f:
        np.testing.assert_array_equal(f["g/x"][:], whole)
        twice = np.concatenate([whole[:7], 2 * whole[7:]])
        np.testing.assert_array_equal(f["y"][:], np.concatenate([twice, np.ones((21, 2))], axis=1))
        np.testing.assert_array_equal(f["fixed"][:], parts[0])
    assert [p.name for p in tmp_path.iterdir()] == ["x.h5"]


def test_attributes_and_names_of_dimensions(tmp_path):
    x = da.ones((4, 6), chunks=(2, 3))
    names, attributes = ["y", "x"], {"units": "m", "scale": [1, 2.5]}
    da.to_zarr(x, tmp_path / "z", attributes=attributes, dimension_names=names, shards=(4, 6))
    z = zarr.open_array(tmp_path / "z")
    assert (dict(z.attrs), list(z.metadata.dimension_names), z.shards) == (attributes, names, (4, 6))
    x.to_zarr(z, append_axis=0)
    z = zarr.open_array(tmp_path / "z")
    assert (dict(z.attrs), list(z.metadata.dimension_names), z.shape) == (attributes, names, (8, 6))


def test_a_store_that_waits(tmp_path):
    z = zarr.create_array(tmp_path / "z", shape=(6,), chunks=(2,), dtype="f8")
    waiting = da.to_zarr(da.ones(3), z, region=(slice(2, 5),), compute=False)
    assert (z[:] == 0).all()
    waiting.compute()
    np.testing.assert_array_equal(z[:], [0, 0, 1, 1, 1, 0])
    back = da.store(da.full(6, 2.0, chunks=3), z, return_stored=True)
    assert "zarr:" in back.explain() and "zarr-python" not in back.explain()
    np.testing.assert_array_equal(back.compute(), np.full(6, 2.0))
    held = da.store(da.full(6, 3.0, chunks=3), z, return_stored=True, load_stored=True)
    z[:] = 0
    np.testing.assert_array_equal(held.compute(), np.full(6, 3.0))
