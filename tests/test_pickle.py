"""Lazy arrays in pickles: every kind of node, every kind of source, here and in another process."""

from __future__ import annotations

import copy
import os
import pickle
import subprocess
import sys
import threading
import time

import cloudpickle
import h5py
import numpy as np
import pytest
import zarr
from against_numpy import DTYPES, TIMES, Counting, ragged, values

import hyperslab as da
from hyperslab import _native


class Slicing:
    """What slices like an array, and pickles."""

    def __init__(self, data):
        self.data, self.shape, self.dtype = data, data.shape, data.dtype

    def __getitem__(self, key):
        return self.data[key]


def twice(block, start, chunk):
    return np.ascontiguousarray(chunk * 2)


def blockwise(function, x):
    """A Python function on the blocks of `x`."""
    n = x.ndim
    need = [[("chunks", [d]) for d in range(n)]]
    return da.Array(
        _native.block_function(
            "map_blocks", function, [x._expr], x.dtype.name, [list(c) for c in x.chunks], need, ["chunks"] * n
        )
    )


def ufuncs():
    """Every ufunc on the first dtype that it takes."""
    for row in _native.ufunc_table():
        for dtype in ("float64", "int64", "bool", *TIMES):
            operands = [da.from_array(values((4, 5), dtype, k), chunks=ragged((4, 5))) for k in range(row["nin"])]
            try:
                yield row["name"], da.Array(_native.ufunc(row["name"], [o._expr for o in operands], None))
            except (TypeError, ValueError, NotImplementedError):
                continue
            break
        else:
            raise AssertionError(row["name"])


def nodes():
    """Arrays over every row of the tables and every kind of node."""
    x = da.from_array(values((6, 5)), chunks=(4, 2))
    square = da.from_array(values((5, 5), seed=1), chunks=2)
    yield from ufuncs()
    for row in _native.reducer_table():
        yield f"{row['name']} 0", da.Array(x._expr.reduce(row["name"], [0], False, None, 0.5))
        if not row["is_arg"]:
            yield row["name"], da.Array(x._expr.reduce(row["name"], None, True, None, 0.0))
    for row in _native.scanner_table():
        yield row["name"], da.Array(_native.scan(row["name"], x._expr, 1, None))
    for dtype in (*DTYPES, *TIMES):
        yield f"source {dtype}", da.from_array(values((3, 4), dtype), chunks=(2, 3))
        yield f"fill {dtype}", da.full((3, 4), values((1,), dtype)[0], chunks=2)
    for dtype in ("int8", "float32", "complex128", "datetime64[s]"):
        yield f"cast {dtype}", da.from_array(values((4,), "int64"), chunks=3).astype(dtype)
    yield "arange", da.arange(3, 30, 2, chunks=4)
    yield "linspace", da.linspace(0, 1, 7, chunks=3)
    yield "slice", x[1::2, ::-1]
    yield "axes", x[None, :, 2].T
    yield "broadcast", da.broadcast_to(x, (3, 6, 5))
    yield "reshape", x.reshape(3, 10)
    yield "gather", x[[3, 0, 5, 3]][:, [4, 1, 2]]
    yield "mask", x[np.arange(6) % 3 != 1]
    yield "concatenate", da.concatenate([x, square, x[:2] * 2])
    yield "stack", da.stack([x, x + 1], axis=1)
    yield "rechunk", x.rechunk(((1, 3, 2), (5,))) if x.chunks else x
    yield "irregular", da.ones((1000, 7), chunks=((999, 1), (2, 3, 2)))[3::7] + 1
    yield "matmul", square @ x.T
    yield "tensordot", da.tensordot(x, square, axes=([1], [0]))
    for name in ("fft", "ifft", "rfft", "irfft"):
        for norm in ("backward", "ortho", "forward"):
            yield f"{name} {norm}", da.Array(_native.fourier(x._expr, name, 1, 6, norm))
    yield "function", blockwise(twice, x)
    yield "empty", x[:0].sum(axis=1)
    yield "0-d", da.asarray(3.5) + x[0, 0]


NODES = dict(nodes())


def same(a, b, name=""):
    assert (a.shape, a.dtype, a.chunks, a.name) == (b.shape, b.dtype, b.chunks, b.name), name
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(np.asarray(a), np.asarray(b), err_msg=name)


@pytest.mark.parametrize("name", list(NODES))
def test_every_node_comes_back(name):
    x = NODES[name]
    for dumps in (pickle.dumps, cloudpickle.dumps):
        same(x, pickle.loads(dumps(x)), name)


ELSEWHERE = """
import pickle, sys
import numpy as np
sys.path.insert(0, {tests!r})
with open({path!r}, "rb") as f:
    arrays = pickle.load(f)
with np.errstate(all="ignore"):
    out = {{k: (x.name, x.chunks, np.asarray(x)) for k, x in arrays.items()}}
with open({path!r} + ".out", "wb") as f:
    pickle.dump(out, f)
"""


def elsewhere(arrays, folder):
    """Names, chunks and values of arrays as another process has them."""
    path = os.path.join(folder, "arrays.pickle")
    with open(path, "wb") as f:
        cloudpickle.dump(arrays, f)
    code = ELSEWHERE.format(tests=os.path.dirname(__file__), path=path)
    subprocess.run([sys.executable, "-c", code], check=True)
    with open(path + ".out", "rb") as f:
        return pickle.load(f)


def test_every_node_in_another_process(tmp_path):
    got = elsewhere(NODES, tmp_path)
    assert got.keys() == NODES.keys()
    for key, x in NODES.items():
        name, chunks, result = got[key]
        assert (name, chunks) == (x.name, x.chunks), key
        with np.errstate(all="ignore"):
            np.testing.assert_array_equal(result, np.asarray(x), err_msg=key)


def sources(folder):
    """An array over every kind of source, with its values."""
    data = values((9, 8))
    yield "numpy", da.from_array(data, chunks=4), data
    yield "strided", da.from_array(data[::2, ::-3], chunks=2), data[::2, ::-3]
    yield "fortran", da.from_array(np.asfortranarray(data), chunks=3), data
    yield "other byte order", da.from_array(data.astype(">f8"), chunks=3), data
    np.save(folder / "x.npy", data)
    yield "mapped", da.from_array(np.load(folder / "x.npy", mmap_mode="r"), chunks=3), data
    yield "object", da.from_array(Slicing(data), chunks=3, lock=True), data
    group = zarr.create_array(folder / "x.zarr", shape=data.shape, chunks=(3, 3), dtype="f8")
    group[:] = data
    yield "zarr", da.from_array(group), data
    held = zarr.create_array({}, shape=data.shape, chunks=(3, 3), dtype="f8")
    held[:] = data
    yield "zarr in memory", da.from_array(held), data
    with h5py.File(folder / "x.h5", "w") as f:
        f.create_dataset("g/gzip", data=data, chunks=(3, 3), compression="gzip", shuffle=True)
        f.create_dataset("plain", data=data)
        f.create_dataset("big", data=data.astype(">f8"), chunks=(4, 8))
        f.create_dataset("scaled", data=data.astype("f4"), chunks=(4, 8), scaleoffset=3)
        f.create_dataset("sparse", shape=data.shape, dtype="f8", chunks=(1, 1), fillvalue=7)[2, 3] = 1
    f = h5py.File(folder / "x.h5", "r")
    for name in ("g/gzip", "plain", "big", "scaled", "sparse"):
        yield f"hdf5 {name}", da.from_array(f[name]), f[name][:]


def test_every_source_comes_back(tmp_path):
    cases = {name: (x, want) for name, x, want in sources(tmp_path)}
    sums = {name: (x * 2 + x[:, ::-1]).sum(axis=1) for name, (x, _) in cases.items()}
    got = elsewhere({name: (x) for name, (x, _) in cases.items()} | {f"{n} sum": s for n, s in sums.items()}, tmp_path)
    for name, (x, want) in cases.items():
        back = pickle.loads(pickle.dumps(x))
        assert (back.shape, back.dtype, back.chunks, back.name) == (x.shape, x.dtype, x.chunks, x.name), name
        np.testing.assert_array_equal(back.compute(), want, err_msg=name)
        assert got[name][:2] == (x.name, x.chunks), name
        np.testing.assert_array_equal(got[name][2], want, err_msg=name)
        np.testing.assert_array_equal(got[f"{name} sum"][2], sums[name].compute(), err_msg=name)


def test_hdf5_open_for_writing_is_found_in_this_process(tmp_path):
    with h5py.File(tmp_path / "x.h5", "w") as f:
        f["x"] = values((4, 4))
        x = da.from_array(f["x"], chunks=2)
        back = pickle.loads(pickle.dumps(x))
        assert back.name == x.name
        np.testing.assert_array_equal(back.compute(), f["x"][:])


def test_a_file_that_changed_or_went_is_told(tmp_path):
    path = tmp_path / "x.h5"

    def write(value):
        with h5py.File(path, "w") as f:
            f["x"] = np.full((4, 4), value)

    write(1.0)
    with h5py.File(path, "r") as f:
        data = pickle.dumps(da.from_array(f["x"]))
    time.sleep(0.01)
    write(2.0)
    with pytest.raises(OSError, match="changed"):
        pickle.loads(data)
    path.unlink()
    with pytest.raises(OSError, match=r"x\.h5"):
        pickle.loads(data)


def test_a_pickle_is_of_then():
    data = np.arange(5.0)
    x = da.from_array(data)
    pickled = pickle.dumps(x)
    data[:] = -1
    first = pickle.loads(pickled)
    np.testing.assert_array_equal(first.compute(), np.arange(5.0))
    np.testing.assert_array_equal((x + first).compute(), np.arange(5.0) - 1)
    data[:] = -2
    np.testing.assert_array_equal(first.compute(), np.arange(5.0))


def test_arrays_of_one_pickle_share_their_sources():
    x = da.from_array(np.arange(100_000.0), chunks=1000)
    alone, both = pickle.dumps(x), pickle.dumps([x, x + 1, x.sum()])
    assert len(both) < 1.1 * len(alone)
    a, b, _ = pickle.loads(both)
    assert (a + 1).name == b.name and (a + 1)._expr.name == (x + 1).name
    buffers = []
    pickle.dumps(x, protocol=5, buffer_callback=buffers.append)
    assert len(buffers) == 1


def test_a_plan_is_no_larger_than_its_operations():
    x = da.ones((1_000_000, 1_000_000), chunks=(10, 10))
    for _ in range(3):
        x = x[1:, 1:] + 1
    assert len(pickle.dumps(x)) < 2000


def test_shared_parts_and_long_chains():
    x = da.from_array(values((7,)), chunks=3)
    for _ in range(200):
        x = x + x[::-1] * 0.5
    same(x, pickle.loads(pickle.dumps(x)))
    for _ in range(100_000):
        x = x + 1
    back = pickle.loads(pickle.dumps(x))
    assert back.name == x.name


class Locked:
    """A lock that pickles."""

    def acquire(self):
        return True

    def release(self):
        pass


@pytest.mark.parametrize("lock", [None, True, threading.Lock(), Locked()])
def test_locks(lock):
    data = values((4, 4))
    back = pickle.loads(pickle.dumps(da.from_array(Slicing(data), lock=lock)))
    np.testing.assert_array_equal(back.compute(), data)


class Unpicklable(Counting):
    def __reduce__(self):
        raise RuntimeError("not me")


def test_what_cannot_be_pickled_is_named():
    with pytest.raises(TypeError, match=r"(?s)source Unpicklable:mine.*not me.*compute"):
        pickle.dumps(da.from_array(Unpicklable(values((3,))), name="mine") + 1)
    guard = threading.Condition()
    with pytest.raises(TypeError, match="source Slicing"):
        pickle.dumps(da.from_array(Slicing(values((3,))), lock=guard))

    def closure(block, start, chunk):
        with guard:
            return chunk

    with pytest.raises(TypeError, match=r"function .*closure"):
        pickle.dumps(blockwise(closure, da.ones((4,), chunks=2)))


def test_functions_travel_by_value(tmp_path):
    scale = 3

    def scaled(block, start, chunk):
        return chunk * scale

    x = blockwise(scaled, da.arange(6, chunks=2)) + 1
    name, chunks, result = elsewhere({"x": x}, tmp_path)["x"]
    assert (name, chunks) == (x.name, x.chunks)
    np.testing.assert_array_equal(result, np.arange(6) * 3 + 1)


def test_names_travel():
    x = da.from_array(values((4,)), name="mine")
    back = pickle.loads(pickle.dumps(x))
    assert x.name == back.name == "mine"


def test_broken_bytes_are_refused():
    data, carried = _native.encode((da.from_array(values((4, 5)), chunks=2)[1:, [0, 3, 1]].sum(axis=0) + 1)._expr)
    objects = [parts[0] for _, parts in carried]
    assert _native.decode(data, objects).shape == (3,)
    with pytest.raises(ValueError, match="plan"):
        _native.decode(data, [])
    refused = 0
    for cut in range(len(data)):
        with pytest.raises(ValueError):
            _native.decode(data[:cut], objects)
    for at in range(len(data)):
        for bit in range(8):
            broken = bytearray(data)
            broken[at] ^= 1 << bit
            try:
                x = da.Array(_native.decode(bytes(broken), objects))
                x.explain()
            except (ValueError, TypeError, IndexError, RuntimeError, OSError, NotImplementedError, MemoryError):
                refused += 1
    assert refused > len(data)


def test_copies_and_tokens():
    dask = pytest.importorskip("dask.base")
    x = da.from_array(values((4, 4)), chunks=2) + 1
    assert all(y is not x and y.name == x.name for y in (copy.copy(x), copy.deepcopy(x), copy.deepcopy([x])[0]))
    back = pickle.loads(pickle.dumps(x))
    assert dask.tokenize(x) == dask.tokenize(back) != dask.tokenize(x + 1)
    assert dask.tokenize(x) != dask.tokenize(x.rechunk(3))
