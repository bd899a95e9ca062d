"""Stores: masks, packing, shards, locks of libraries, and places that have several names."""

import os
import threading

import h5py
import netCDF4
import numpy as np
import pytest
import zarr

import hyperslab as da


def variable(path, dtype="f8", shape=(6,), **attributes):
    f = netCDF4.Dataset(path, "w")
    for i, n in enumerate(shape):
        f.createDimension(f"d{i}", n)
    v = f.createVariable("v", dtype, tuple(f"d{i}" for i in range(len(shape))), fill_value=attributes.pop("fill", None))
    v.setncatts(attributes)
    return v


class Masking:
    def __init__(self, data):
        self.data, self.shape, self.dtype = data, data.shape, data.dtype

    def __getitem__(self, key):
        return self.data[key]


@pytest.mark.parametrize("dtype", ["f4", "f8", "c16", "i2", "u1", "?", "M8[s]", "m8[D]"])
def test_masked_elements_are_missing_or_refused(dtype):
    data = np.ma.array(np.arange(6).astype(dtype), mask=[0, 1, 0, 0, 0, 1])
    whole = np.ma.array(data.data, mask=np.zeros(6, bool))
    np.testing.assert_array_equal(da.from_array(Masking(whole)).compute(), whole.data)
    if data.dtype.kind in "fcMm":
        got = da.from_array(Masking(data), chunks=2).compute()
        np.testing.assert_array_equal(np.isnat(got) if data.dtype.kind in "mM" else np.isnan(got), data.mask)
        np.testing.assert_array_equal(got[~data.mask], data.compressed())
    else:
        with pytest.raises(NotImplementedError, match="masked"):
            da.from_array(Masking(data), chunks=2).compute()


def test_netcdf4_masks(tmp_path):
    v = variable(tmp_path / "a.nc", "i2", fill=-999)
    v[:] = [1, -999, 3, 4, 5, 6]
    with pytest.raises(NotImplementedError, match="set_auto_mask"):
        da.from_array(v).sum().compute()
    assert da.from_array(v)[2:].sum().compute() == 18
    v.set_auto_mask(False)
    assert da.from_array(v).sum().compute() == -980


def test_packed_variables_take_and_give_values(tmp_path):
    v = variable(tmp_path / "a.nc", "i2", shape=(4,), fill=-1, scale_factor=0.1, add_offset=20.0)
    da.store(da.from_array(np.array([20.5, 21.2, np.nan, 30])), v)
    np.testing.assert_allclose(v[:].filled(np.nan), [20.5, 21.2, np.nan, 30])
    x = da.from_array(v)
    assert x.dtype == "f8"
    np.testing.assert_allclose(x.compute(), [20.5, 21.2, np.nan, 30])


def test_unlimited_axes_grow(tmp_path):
    v = variable(tmp_path / "a.nc", shape=(None, 3))
    x = np.arange(12.0).reshape(4, 3)
    da.store(da.from_array(x), v)
    da.store(da.from_array(x + 100, chunks=1), v, regions=(slice(4, 8), slice(None)))
    np.testing.assert_array_equal(v[:], np.concatenate([x, x + 100]))


def test_two_threads_on_netcdf4(tmp_path):
    v = variable(tmp_path / "a.nc", shape=(400, 50))
    w = variable(tmp_path / "b.nc", shape=(400, 50))
    data = np.random.default_rng(0).random((400, 50))
    v[:] = data
    got = {}

    def work(k):
        for _ in range(5):
            got[k] = da.from_array(v, chunks=(20, 50)).sum(axis=0).compute(num_threads=4)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(3)]
    [t.start() for t in threads]
    da.store(da.from_array(v, chunks=(7, 50)) * 2, w, lock=False)
    [t.join() for t in threads]
    np.testing.assert_array_equal(w[:], data * 2)
    assert len(got) == 3
    assert all(np.allclose(g, data.sum(axis=0)) for g in got.values())


def same_zarr(path):
    """The same Zarr array under other names."""
    from zarr.storage import FsspecStore, LocalStore, LoggingStore

    os.symlink(path, f"{path}-link")
    (path.parent / "sub").mkdir()
    yield "relative", zarr.open_array(os.path.relpath(path), mode="r+")
    yield "symlink", zarr.open_array(f"{path}-link", mode="r+")
    yield "dots", zarr.open_array(f"{path.parent}/sub/../{path.name}", mode="r+")
    yield "url", zarr.open_array(f"file://{path}", mode="r+")
    yield "fsspec", zarr.open_array(FsspecStore.from_url(f"file://{path}"), mode="r+")
    yield "logging", zarr.open_array(LoggingStore(LocalStore(path)), mode="r+")
    yield "group", zarr.open_group(str(path.parent), mode="r+")[path.name]


def test_a_zarr_array_under_another_name(tmp_path):
    data = np.arange(90.0)
    path = tmp_path / "a.zarr"
    zarr.create_group(str(tmp_path))
    zarr.create_array(str(path), shape=(90,), chunks=(20,), dtype="f8")
    for name, other in same_zarr(path):
        zarr.open_array(str(path), mode="r+")[:] = data
        da.store(da.from_zarr(path)[::-1], other)
        np.testing.assert_array_equal(other[:], data[::-1], err_msg=name)


def test_memory_maps_of_one_file(tmp_path):
    data = np.arange(50_000.0)
    data.tofile(tmp_path / "a.bin")
    a, b = (np.memmap(tmp_path / "a.bin", "f8", "r+") for _ in range(2))
    for source, target in [(a, b), (np.asarray(a)[:], b), (a, np.asarray(b)), (a[::-1][::-1], b.astype("f8") * 0)]:
        want = source[::-1].copy()
        da.store(da.from_array(source, chunks=100)[::-1], target)
        np.testing.assert_array_equal(target, want)


def test_blosc2_opened_twice(tmp_path):
    import blosc2

    path = str(tmp_path / "a.b2nd")
    blosc2.asarray(np.arange(900.0), urlpath=path, chunks=(50,), mode="w")
    da.store(da.from_array(blosc2.open(path, mode="r"))[::-1], target := blosc2.open(path, mode="a"))
    np.testing.assert_array_equal(target[:], np.arange(900.0)[::-1])


def test_wrappers_and_virtual_datasets_over_the_target(tmp_path):
    class Flipped(Masking):
        def __init__(self, d):
            super().__init__(d)
            self.array = d

        def __getitem__(self, key):
            return self.data[...][::-1][key]

    data = np.arange(3_000.0)
    with h5py.File(tmp_path / "a.h5", "w") as f:
        d = f.create_dataset("x", data=data, chunks=(50,))
        layout = h5py.VirtualLayout((3_000,), "f8")
        layout[:] = h5py.VirtualSource(".", "x", (3_000,))[:]
        virtual = f.create_virtual_dataset("v", layout)
        da.store(da.from_array(virtual, chunks=100)[::-1], d)
        np.testing.assert_array_equal(d[:], data[::-1])
        da.store(da.from_array(Flipped(d), chunks=100) + 1, d)  # One by one, of a source in another order.
        np.testing.assert_array_equal(d[:], data + 1)


def test_overwriting_what_is_read(tmp_path):
    p, data = tmp_path / "a.zarr", np.arange(100.0)
    da.to_zarr(da.from_array(data, chunks=10), p)
    da.to_zarr(da.from_zarr(p) * 2 + 1, p, overwrite=True)
    np.testing.assert_array_equal(da.from_zarr(p).compute(), data * 2 + 1)
    store = zarr.storage.MemoryStore()
    da.to_zarr(da.from_array(data, chunks=10), store)
    da.to_zarr(da.from_zarr(store)[::-1], store, overwrite=True)
    np.testing.assert_array_equal(da.from_zarr(store).compute(), data[::-1])
    assert os.listdir(tmp_path) == ["a.zarr"]


def test_to_zarr_leaves_nothing_half_written(tmp_path):
    class Broken:
        shape, dtype = (4,), np.dtype("f8")

        def __getitem__(self, key):
            raise RuntimeError("the disk is on fire")

    p = tmp_path / "a.zarr"
    for _ in range(2):
        with pytest.raises(RuntimeError, match="on fire"):
            da.to_zarr(da.from_array(Broken()), p)
        assert not p.exists() or not os.listdir(p)
    da.to_zarr(da.ones(4), p, overwrite=True)
    with pytest.raises(RuntimeError, match="on fire"):
        da.to_zarr(da.from_array(Broken()), p, overwrite=True)
    np.testing.assert_array_equal(da.from_zarr(p).compute(), np.ones(4))


def test_to_zarr_options(tmp_path):
    da.to_zarr(da.ones((4, 6)), tmp_path / "a.zarr", chunks=(2, 3), dtype="f4", name="n")
    z = zarr.open_array(tmp_path / "a.zarr", path="n")
    assert (z.chunks, z.dtype) == ((2, 3), "f4")


@pytest.mark.parametrize("seed", range(200))
def test_chunks_and_shards_of_any_size(seed):
    rng = np.random.default_rng(seed)
    shape = tuple(int(n) for n in rng.integers(1, 40, rng.integers(1, 4)))
    inner = tuple(int(rng.integers(1, n + 1)) for n in shape)
    shards = tuple(c * int(rng.integers(1, 5)) for c in inner) if seed % 3 else None
    data = rng.random(shape)
    z = zarr.create_array({}, shape=shape, chunks=inner, shards=shards, dtype="f8", compressors=None)
    x = da.from_array(data, chunks=tuple(int(rng.integers(1, n + 1)) for n in shape))
    cut = int(rng.integers(0, shape[0] + 1))
    if seed % 2:
        da.store(x, z, lock=False, num_threads=4)
    else:  # Two writers of one array, which may share a chunk.
        da.store([x[:cut], x[cut:]], [z, z], False, [(slice(0, cut), ...), (slice(cut, None), ...)], num_threads=4)
    np.testing.assert_array_equal(z[...], data)
    np.testing.assert_array_equal(da.from_zarr(z)[::-1].compute(), data[::-1])


@pytest.mark.parametrize("shape", [(0,), (1, 0), (3, 1, 3, 0)])
def test_targets_without_elements(tmp_path, shape):
    x = da.ones(shape)
    with h5py.File(tmp_path / "a.h5", "w") as f:
        f.create_dataset("x", shape, "f8")
        for target in (np.zeros(shape), np.zeros(shape, "f4"), zarr.zeros(shape), f["x"]):
            da.store(x, target)
    da.to_zarr(x, tmp_path / "a.zarr")
    assert da.from_zarr(tmp_path / "a.zarr").compute().shape == shape


def test_locks_are_released_when_a_call_fails():
    lock = threading.Lock()

    class Broken:
        shape, dtype = (4,), np.dtype("f8")

        def __setitem__(self, key, value):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        da.store(da.ones(4), Broken(), lock=lock)
    assert not lock.locked()


def test_stored_arrays_are_returned():
    a, b = np.zeros((4, 6)), np.zeros(4)
    x = da.arange(4) * 2.0
    one, two = da.store([x, x], [a, b], regions=[(slice(None), 2), None], return_stored=True, load_stored=True)
    b[:] = 0
    np.testing.assert_array_equal(one.compute(), [0, 2, 4, 6])
    np.testing.assert_array_equal(two.compute(), [0, 2, 4, 6])
