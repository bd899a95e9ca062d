"""Storing into and reading from h5py, Zarr, PyTables, blosc2, NumPy and objects of one's own."""

import threading

import h5py
import numpy as np
import pytest

import hyperslab as da

DATA = np.arange(6 * 10, dtype="f8").reshape(6, 10)


@pytest.fixture
def x():
    return da.from_array(DATA, chunks=(2, 5))


class Shelf:
    """The least that can be stored into and read from."""

    def __init__(self, shape, dtype="f8"):
        self.shape, self.dtype = shape, np.dtype(dtype)
        self.data = np.zeros(shape, dtype)
        self.keys = []

    def __getitem__(self, key):
        self.keys.append(key)
        return self.data[key]

    def __setitem__(self, key, value):
        self.keys.append(key)
        self.data[key] = value


def h5_target(path, shape, dtype="f8", **kwargs):
    return h5py.File(path / "t.h5", "w").create_dataset("x", shape=shape, dtype=dtype, **kwargs)


def zarr_target(path, shape, dtype="f8"):
    import zarr

    return zarr.create_array(str(path / "t.zarr"), shape=shape, chunks=(4, 4), dtype=dtype)


@pytest.fixture(autouse=True)
def close_tables():
    import tables

    yield
    for file in list(tables.file._open_files.handlers):
        file.close()


def tables_target(path, shape, dtype="f8"):
    import tables

    file = tables.open_file(str(path / "t.hdf5"), "w")
    return file.create_carray("/", "x", tables.Atom.from_dtype(np.dtype(dtype)), shape=shape, chunkshape=(4, 4))


def blosc2_target(path, shape, dtype="f8"):
    import blosc2

    return blosc2.zeros(shape, dtype=dtype, urlpath=str(path / "t.b2nd"), mode="w", chunks=(4, 4))


def numpy_target(path, shape, dtype="f8"):
    return np.zeros(shape, dtype)


def shelf_target(path, shape, dtype="f8"):
    return Shelf(shape, dtype)


TARGETS = [h5_target, zarr_target, tables_target, blosc2_target, numpy_target, shelf_target]


@pytest.fixture(params=TARGETS, ids=lambda f: f.__name__)
def make(request, tmp_path):
    def made(shape, dtype="f8", **kwargs):
        made.count += 1
        folder = tmp_path / str(made.count)
        folder.mkdir()
        return request.param(folder, shape, dtype, **kwargs)

    made.count = 0
    return made


def test_store_and_read(make, x):
    target = make(DATA.shape)
    assert da.store(x + 1, target) is None
    np.testing.assert_array_equal(target[:], DATA + 1)
    back = da.from_array(target, chunks=(4, 3))
    assert (back.dtype, back.shape) == (DATA.dtype, DATA.shape)
    np.testing.assert_array_equal((back * 2).compute(), (DATA + 1) * 2)
    np.testing.assert_array_equal(back[::-2, 7:2:-3].compute(), (DATA + 1)[::-2, 7:2:-3])
    np.testing.assert_array_equal(back[1:6:2, [8, 0, 3]].compute(), (DATA + 1)[1:6:2][:, [8, 0, 3]])


def test_store_casts(make, x):
    target = make(DATA.shape, "f4")
    x.store(target)
    np.testing.assert_array_equal(target[:], DATA.astype("f4"))


def test_store_lists_and_regions(make, x):
    first, second = make((6, 10)), make((12, 10))
    da.store([x, x * 2], [first, second], regions=[None, (slice(3, 9), slice(None))])
    np.testing.assert_array_equal(first[:], DATA)
    np.testing.assert_array_equal(second[3:9], DATA * 2)
    assert not np.asarray(second[:3]).any() and not np.asarray(second[9:]).any()


def test_store_later(make, x):
    target = make(DATA.shape)
    stored = da.store(x, target, compute=False)
    assert not np.asarray(target[:]).any()
    total, none = da.compute(x.sum(), stored)
    assert (total, none) == (DATA.sum(), None)
    np.testing.assert_array_equal(target[:], DATA)
    again = da.store(x + 1, target, return_stored=True)
    np.testing.assert_array_equal(again.compute(), DATA + 1)


def test_region_with_integers(x):
    target = np.zeros((3, 6, 10))
    da.store(x, target, regions=(1, slice(None), slice(None)))
    da.store(x[0], target, regions=(2, -1))
    np.testing.assert_array_equal(target[1], DATA)
    np.testing.assert_array_equal(target[2, 5], DATA[0])
    assert not target[0].any()


def test_numpy_targets_of_any_layout(x):
    strided = np.zeros((12, 20))[::2, ::-2]
    for target in (np.zeros((10, 6)).T, strided, np.zeros((6, 10), ">f8"), np.zeros((6, 10), "i2")):
        da.store(x, target)
        np.testing.assert_array_equal(target, DATA)
    frozen = np.zeros(DATA.shape)
    frozen.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        da.store(x, frozen)


@pytest.mark.parametrize("start", [0, 8, 56, 3])
def test_targets_larger_than_caches(start):
    """They are written past the caches, whatever their alignment."""
    shape = (1_031, 8_191)
    memory = np.zeros(start + 8 * shape[0] * shape[1] + 64, np.uint8)
    target = memory[start : memory.size - 64].view("f8").reshape(shape)
    assert target.nbytes >= 64 << 20
    x = np.arange(target.size, dtype=float).reshape(shape)
    da.store(da.from_array(x, chunks=(100, 1_000)) * 2, target)
    np.testing.assert_array_equal(target, x * 2)
    assert not memory[:start].any()
    assert not memory[-64:].any()


def test_no_shape_no_dtype(x):
    class Sink:
        def __init__(self):
            self.parts = []

        def __setitem__(self, key, value):
            self.parts.append((key, value.copy()))

    sink, out = Sink(), np.full(DATA.shape, -1.0)
    da.store(x, sink)
    for key, value in sink.parts:
        out[key] = value
    np.testing.assert_array_equal(out, DATA)


def test_lock_is_held(x):
    lock, held = threading.Lock(), []

    class Guarded(Shelf):
        def __setitem__(self, key, value):
            held.append(lock.locked())
            super().__setitem__(key, value)

    da.store(x, Guarded(DATA.shape), lock=lock)
    assert held and all(held) and not lock.locked()


def test_shape_mismatch_is_seen_before_anything_is_written(make, x):
    good, bad = make((6, 10)), make((10, 6))
    with pytest.raises(ValueError, match=r"\(6, 10\).*\(10, 6\)"):
        da.store([x, x], [good, bad])
    with pytest.raises(ValueError, match="region"):
        da.store(x, good, regions=(slice(0, 3), slice(None)))
    with pytest.raises(ValueError, match="Different number"):
        da.store([x, x], [good])
    assert not np.asarray(good[:]).any()


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"chunks": (4, 4)},
        {"chunks": (4, 4), "compression": "gzip", "shuffle": True},
        {"chunks": (6, 3), "compression": "gzip", "fletcher32": True},
        {"chunks": (2, 5), "compression": "lzf"},
        {"chunks": True, "compression": "gzip"},
    ],
    ids=str,
)
@pytest.mark.parametrize("dtype", ["f8", ">f4", "i2", "u1", "c16", "?"])
def test_h5py_filters(tmp_path, options, dtype):
    data = (np.arange(60).reshape(6, 10) % 7).astype(np.dtype(dtype).newbyteorder("="))
    with h5py.File(tmp_path / "a.h5", "w") as f:
        target = f.create_dataset("x", shape=data.shape, dtype=dtype, **options)
        da.store(da.from_array(data, chunks=(4, 5)), target)
        np.testing.assert_array_equal(target[:], data)
        da.store(da.from_array(data[:3, :7], chunks=2), target, regions=(slice(1, 4), slice(2, 9)))
        expected = data.copy()
        expected[1:4, 2:9] = data[:3, :7]
        np.testing.assert_array_equal(target[:], expected)
    with h5py.File(tmp_path / "a.h5") as f:
        back = da.from_array(f["x"], chunks=(5, 4))
        np.testing.assert_array_equal(back.compute(), expected)
        np.testing.assert_array_equal(back[::-1, 1::3].compute(), expected[::-1, 1::3])


def test_to_hdf5(tmp_path, x):
    path = tmp_path / "out.h5"
    da.to_hdf5(path, "/x", x, compression="gzip", shuffle=True)
    da.to_hdf5(path, {"/g/y": x.sum(axis=0), "/z": x.mean()})
    x.to_hdf5(path, "w", chunks=(3, 3))
    with h5py.File(path) as f:
        np.testing.assert_array_equal(f["x"][:], DATA)
        np.testing.assert_array_equal(f["g/y"][:], DATA.sum(axis=0))
        assert f["z"][()] == DATA.mean()
        assert (f["x"].chunks, f["x"].compression, f["w"].chunks) == ((2, 5), "gzip", (3, 3))
    np.testing.assert_array_equal(da.from_hdf5(path, "x").compute(), DATA)
    with pytest.raises(ValueError, match="exists already"):
        da.to_hdf5(path, {"/new": x, "/x": x})
    with h5py.File(path) as f:
        assert "new" not in f
    with pytest.raises(TypeError):
        da.to_hdf5(path, x)


def test_to_hdf5_leaves_nothing_half_written(tmp_path):
    class Broken:
        shape, dtype = (4,), np.dtype("f8")

        def __getitem__(self, key):
            raise RuntimeError("the disk is on fire")

    with pytest.raises(RuntimeError, match="on fire"):
        da.to_hdf5(tmp_path / "a.h5", {"/x": da.ones(4), "/y": da.from_array(Broken())})
    assert list(tmp_path.iterdir()) == []


def test_zarr(tmp_path, x):
    import zarr

    path = tmp_path / "out.zarr"
    x.to_zarr(path, component="g/x")
    back = da.from_zarr(path, component="g/x")
    assert back.chunks == x.chunks
    np.testing.assert_array_equal(back.compute(), DATA)
    with pytest.raises((ValueError, FileExistsError)):
        da.to_zarr(x, path, component="g/x")
    da.to_zarr(x + 1, path, component="g/x", overwrite=True)
    target = zarr.open_array(str(path), path="g/x")
    da.to_zarr(x[:2], target, region=(slice(2, 4), slice(None)))
    np.testing.assert_array_equal(target[2:4], DATA[:2])


def test_closed_file(tmp_path, x):
    f = h5py.File(tmp_path / "a.h5", "w")
    dataset = f.create_dataset("x", data=DATA, chunks=(2, 5))
    lazy = da.from_array(dataset) + 1
    f.close()
    with pytest.raises(Exception) as own:
        dataset[:]
    for call in (lambda: da.from_array(dataset), lambda: da.store(x, dataset), lazy.compute):
        with pytest.raises((ValueError, own.type)):
            call()


def test_reads_are_regions(x):
    shelf = Shelf((1000, 10))
    da.from_array(shelf, chunks=(10, 10))[3:5].sum().compute()
    rows = [key[0] for key in shelf.keys]
    assert all(r.start >= 3 and r.stop <= 5 for r in rows)


def test_stack_over_files(tmp_path):
    for i in range(4):
        with h5py.File(tmp_path / f"{i}.h5", "w") as f:
            f.create_dataset("/data", data=DATA + i, chunks=(2, 5))
    datasets = [h5py.File(tmp_path / f"{i}.h5")["/data"] for i in range(4)]
    x = da.stack([da.from_array(d, chunks=(3, 5)) for d in datasets])
    y = np.log(x + 1)[:5].sum(axis=1)
    np.testing.assert_allclose(y.compute(), np.log(np.stack([DATA + i for i in range(4)]) + 1)[:5].sum(axis=1))
    da.to_hdf5(tmp_path / "y.h5", "/y", y)
    with h5py.File(tmp_path / "y.h5") as f:
        np.testing.assert_allclose(f["y"][:], y.compute())


def lazily(a, chunks=7):
    return da.from_array(a, chunks=chunks)


@pytest.mark.parametrize("n", [10, 500])
def test_targets_that_are_read_too(n):
    """As NumPy's assignment: the right side is computed first, wherever it lies."""

    def fresh():
        return np.arange(float(n * n)).reshape(n, n)

    cases = {
        "itself": (lambda a: lazily(a) + 1, lambda a: a + 1, lambda a: a),
        "reversed": (lambda a: lazily(a)[::-1], lambda a: a[::-1], lambda a: a),
        "transposed": (lambda a: lazily(a).T * 2, lambda a: a.T * 2, lambda a: a),
        "transposed target": (lambda a: lazily(a) * 2, lambda a: a * 2, lambda a: a.T),
        "shifted": (lambda a: lazily(a)[1:] - 1, lambda a: a[1:] - 1, lambda a: a[:-1]),
        "shifted back": (lambda a: lazily(a)[:-1] - 1, lambda a: a[:-1] - 1, lambda a: a[1:]),
        "reduced": (lambda a: lazily(a) - lazily(a).mean(0), lambda a: a - a.mean(0), lambda a: a),
        "summed up": (lambda a: lazily(a).cumsum(0), lambda a: a.cumsum(0), lambda a: a),
        "product": (lambda a: lazily(a) @ lazily(a), lambda a: a @ a, lambda a: a),
        "cast": (lambda a: lazily(a[:, : n // 2])[::-1] * 0.5, lambda a: a[::-1, : n // 2] * 0.5, lambda a: a[:, 1::2]),
        "bytes": (lambda a: lazily(a)[:, ::-1], lambda a: a[:, ::-1], lambda a: a.view("i8")),
    }
    for name, (ours, theirs, target) in cases.items():
        a, want = fresh(), fresh()
        part = target(want)
        part[...] = theirs(want)
        da.store(ours(a), target(a))
        np.testing.assert_allclose(a, want, rtol=1e-13, err_msg=name)
    a, b = fresh(), fresh() * 2
    da.store([lazily(b), lazily(a)], [a, b])
    np.testing.assert_array_equal(a, fresh() * 2)
    np.testing.assert_array_equal(b, fresh())


def test_a_store_that_fails_leaves_a_target_that_is_read_too():
    a = np.arange(3_000_000.0)
    want = a[::-1] * 2
    with pytest.raises(MemoryError):
        da.store(da.from_array(a, chunks=1000)[::-1] * 2, a, memory_limit="8 MiB")
    np.testing.assert_array_equal(a, want[::-1] / 2)
    da.store(da.from_array(a, chunks=1000)[::-1] * 2, a, memory_limit="64 MiB")
    np.testing.assert_array_equal(a, want)


@pytest.mark.parametrize("options", [{}, {"chunks": (50, 40)}, {"chunks": (50, 40), "compression": "gzip"}])
def test_datasets_that_are_read_too(tmp_path, options):
    data = np.arange(120.0 * 90).reshape(120, 90)
    with h5py.File(tmp_path / "x.h5", "w") as f:
        d = f.create_dataset("x", data=data, **options)
        f["alias"] = d
        da.store(da.from_array(d) + 1, d)
        np.testing.assert_array_equal(d[...], data + 1)
        da.store(da.from_array(f["alias"])[::-1], d)
        np.testing.assert_array_equal(d[...], (data + 1)[::-1])
        da.store(da.from_array(d)[:60], d, regions=(slice(60, 120), slice(None)))
        np.testing.assert_array_equal(d[...], np.concatenate([(data + 1)[:59:-1]] * 2))


def test_foreign_bytes_that_are_read_too():
    a = np.arange(5_000, dtype=">f8")
    da.store(da.from_array(a, chunks=100)[::-1], a)
    np.testing.assert_array_equal(a, np.arange(5_000)[::-1])


def test_a_zarr_array_that_is_read_too(tmp_path):
    import zarr

    z = zarr.create_array(str(tmp_path / "z"), shape=(90,), chunks=(20,), dtype="f8")
    z[:] = np.arange(90)
    da.store(da.from_array(zarr.open_array(str(tmp_path / "z")))[::-1], z)
    np.testing.assert_array_equal(z[:], np.arange(90)[::-1])
