"""Files of NumPy's formats: what NumPy and dask read and write, and damage."""

import os
import pickle
import zipfile

import dask.array
import numpy as np
import pytest
from against_numpy import DTYPES, TIMES, Counting, chunkings, grid, values

import hyperslab as da

SHAPES = [(), (0,), (7,), (3, 0), (5, 4), (2, 3, 4)]
ARRAYS = [
    *grid(SHAPES, DTYPES + TIMES),
    np.array([["a", "bcd"], ["", "ä"]]),
    np.array([b"x", b"yz"]),
    np.array([(1, 2.0), (3, 4.0), (5, 6.0)], [("a", "i4"), ("b", "f8")]),
]


@pytest.mark.parametrize("data", ARRAYS, ids=lambda a: f"{a.dtype}{a.shape}")
def test_round_trips(tmp_path, data):
    for i, chunks in enumerate(chunkings(data.shape)):
        x = da.from_array(data, chunks=chunks)
        da.save(tmp_path / f"{i}", x)
        np.save(tmp_path / "numpys", data)
        np.testing.assert_array_equal(np.load(tmp_path / f"{i}.npy"), data)
        assert (tmp_path / f"{i}.npy").read_bytes() == (tmp_path / "numpys.npy").read_bytes()
        back = da.load(tmp_path / f"{i}.npy", chunks=chunks)
        assert back.chunks == x.chunks and back.dtype == data.dtype
        np.testing.assert_array_equal(back.compute(), data)
    assert sorted(os.listdir(tmp_path)) == ["0.npy", *(f"{k}.npy" for k in range(1, i + 1)), "numpys.npy"]


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["<f8", ">f8", ">i2", "<M8[ns]", ">c8"])
def test_files_of_numpy(tmp_path, dtype, order):
    data = np.asarray(np.arange(12).reshape(3, 4).astype(dtype), order=order)
    np.save(tmp_path / "x.npy", data)
    x = da.from_npy(tmp_path / "x.npy", chunks=2)
    assert x.dtype == data.dtype.newbyteorder("=")
    np.testing.assert_array_equal(x[1:, ::2].compute(), data[1:, ::2])
    np.savez(tmp_path / "x.npz", x=data)
    np.testing.assert_array_equal(da.load(tmp_path / "x.npz")["x"][:, 1].compute(), data[:, 1])


def test_files_that_are_no_arrays(tmp_path):
    (tmp_path / "text").write_text("nothing of that kind")
    with pytest.raises(ValueError, match=r"no \.npy or \.npz file"):
        da.load(tmp_path / "text")
    (tmp_path / "pickle").write_bytes(pickle.dumps([1]))
    with pytest.raises(ValueError, match="pickles are not loaded"):
        da.load(tmp_path / "pickle")
    np.save(tmp_path / "objects.npy", np.array([{}, 1], object), allow_pickle=True)
    with pytest.raises(NotImplementedError, match="dtype object is not native"):
        da.load(tmp_path / "objects.npy", allow_pickle=True)
    np.save(tmp_path / "whole.npy", np.arange(100))
    whole = (tmp_path / "whole.npy").read_bytes()
    (tmp_path / "cut.npy").write_bytes(whole[:-50])
    with pytest.raises((ValueError, OSError)):
        da.load(tmp_path / "cut.npy").compute()
    with pytest.raises(FileNotFoundError):
        da.load(tmp_path / "nowhere.npy")
    with pytest.raises(NotImplementedError, match=r"numpy\.load"):
        da.load(tmp_path / "whole.npy", mmap_mode="r+")


def test_file_objects(tmp_path):
    with open(tmp_path / "x", "wb") as f:
        da.save(f, da.arange(5, chunks=2))
        da.save(f, da.ones((2, 2)))
    with open(tmp_path / "x", "rb") as f:
        np.testing.assert_array_equal(da.load(f).compute(), np.arange(5))
        np.testing.assert_array_equal(da.load(f).compute(), np.ones((2, 2)))


def test_arrays_are_saved_to_the_file_that_they_are_read_from(tmp_path):
    np.save(tmp_path / "x.npy", np.arange(1000.0))
    x = da.load(tmp_path / "x.npy", chunks=10)
    da.save(tmp_path / "x.npy", x[::-1] + 1)
    np.testing.assert_array_equal(np.load(tmp_path / "x.npy"), np.arange(1000.0)[::-1] + 1)


class Failing(Counting):
    """A source that fails after some reads."""

    def __getitem__(self, key):
        if self.reads == 3:
            raise OSError("the disk is gone")
        return super().__getitem__(key)


@pytest.mark.parametrize("write", [da.save, lambda path, x: x.tofile(path), da.to_npy_stack, da.savez])
def test_what_is_not_whole_is_not_left(tmp_path, write):
    source = Failing(np.arange(1_000_000.0))
    x = da.from_array(source, chunks=10_000)
    y = da.map_blocks(np.negative, x, dtype="f8")
    if write is da.save:
        (tmp_path / "x.npy").write_bytes(b"old")
    with pytest.raises(OSError, match="the disk is gone"):
        (write(str(tmp_path / "x.npy"), y) if write is not da.to_npy_stack else write(tmp_path, y))
    assert os.listdir(tmp_path) == (["x.npy"] if write is da.save else [])
    if write is da.save:
        assert (tmp_path / "x.npy").read_bytes() == b"old"


def test_saving_needs_no_more_than_the_budget(tmp_path):
    x = da.arange(40_000_000, chunks=1_000_000, dtype="f8")
    da.save(tmp_path / "x.npy", x * 2, memory_limit="64 MiB")
    back = np.load(tmp_path / "x.npy", mmap_mode="r")
    assert back.shape == (40_000_000,) and back[-1] == 2 * 39_999_999.0
    da.to_npy_stack(tmp_path / "stack", x, memory_limit="64 MiB")
    assert da.from_npy_stack(tmp_path / "stack")[-1].compute() == 39_999_999.0


@pytest.mark.parametrize("save", [da.savez, da.savez_compressed, np.savez, np.savez_compressed])
def test_archives(tmp_path, save):
    arrays = {"a": values((5, 4)), "b": values((), "int8"), "none": values((0, 2)), "times": values((3,), TIMES[0])}
    lazy = {name: da.from_array(a, chunks=2) for name, a in arrays.items()}
    save(tmp_path / "x", values((3,)), **(lazy if save in (da.savez, da.savez_compressed) else arrays))
    with np.load(tmp_path / "x.npz") as theirs, da.load(tmp_path / "x.npz", chunks=2) as ours:
        assert sorted(ours) == sorted(ours.files) == sorted(theirs) and len(ours) == 5
        for name in theirs:
            assert isinstance(ours[name], da.Array) and ours[name].dtype == theirs[name].dtype
            np.testing.assert_array_equal(ours[name].compute(), theirs[name])
        assert ours["a"].chunks == ((2, 2, 1), (2, 2)) and ours["a.npy"].shape == (5, 4)
        with pytest.raises(KeyError, match="nothing is not a file"):
            ours["nothing"]
    with pytest.raises(ValueError, match="Cannot use un-named variables and keyword arr_0"):
        da.savez(tmp_path / "y", 1, arr_0=2)


def test_archives_are_made_in_any_order(tmp_path):
    path = tmp_path / "x.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as z:
        z.comment = b"PK\x01\x02 and more"
        for i in range(3):
            with z.open(f"{'n' * i}{i}.npy", "w") as f:
                np.lib.format.write_array(f, np.full(5, i))
    opened = da.load(path)
    assert [int(opened[name].sum()) for name in opened] == [0, 5, 10]


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("shape", [(7,), (5, 4), (2, 3, 4), (0, 3), (3, 0)])
def test_stacks_are_those_of_dask(tmp_path, shape, axis):
    if not -len(shape) <= axis < len(shape):
        with pytest.raises(np.exceptions.AxisError):
            da.to_npy_stack(tmp_path, da.ones(shape), axis)
        return
    data = values(shape)
    for chunks in chunkings(shape):
        ours, theirs = tmp_path / f"ours{chunks}", tmp_path / f"theirs{chunks}"
        x = da.from_array(data, chunks=chunks)
        da.to_npy_stack(ours, x, axis)
        dask.array.to_npy_stack(theirs, dask.array.from_array(data, chunks=x.chunks), axis % len(shape))
        assert sorted(os.listdir(ours)) == sorted(os.listdir(theirs))
        for folder in (ours, theirs):
            back = da.from_npy_stack(folder)
            assert back.chunks[axis] == x.chunks[axis] and back.dtype == data.dtype
            np.testing.assert_array_equal(back.compute(), data)
            np.testing.assert_array_equal(back[..., 1::2].compute(), data[..., 1::2])
            np.testing.assert_array_equal(back[::-2].compute(), data[::-2])
            np.testing.assert_array_equal(da.from_npy_stack(folder, mmap_mode=None).compute(), data)
            np.testing.assert_array_equal(dask.array.from_npy_stack(folder).compute(), data)


def test_stacks_of_very_many_files_need_no_open_ones(tmp_path):
    x = da.arange(3000, chunks=1)
    da.to_npy_stack(tmp_path, x)
    y = da.from_npy_stack(tmp_path)
    assert y.numblocks == (3000,)
    np.testing.assert_array_equal((y + 1).compute(), np.arange(3000) + 1)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(y)).compute(), np.arange(3000))


def test_a_stack_is_written_where_it_is_read_from(tmp_path):
    da.to_npy_stack(tmp_path, da.arange(12, chunks=3))
    da.to_npy_stack(tmp_path, da.from_npy_stack(tmp_path)[::-1] * 2)
    np.testing.assert_array_equal(da.from_npy_stack(tmp_path).compute(), np.arange(12)[::-1] * 2)


class Danger:
    """What runs code when it is unpickled."""

    def __reduce__(self):
        return os.mkdir, ("danger",)


def info(**changes):
    return {"chunks": ((2,),), "dtype": np.dtype("f8"), "axis": 0} | changes


def test_nothing_is_run_that_a_description_holds(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.save("0.npy", np.ones(2))
    wrong = [Danger(), info(axis=Danger()), info(dtype=Danger()), info(chunks=Danger()), [], info(axis=1)]
    wrong += [info(chunks=((2,), (1, 1))), info(chunks=((-2,),)), info(dtype=np.float64(3)), {"axis": 0}]
    for description in wrong:
        with open("info", "wb") as f:
            pickle.dump(description, f)
        with pytest.raises(ValueError, match="does not describe a stack"):
            da.from_npy_stack(".")
    assert not os.path.exists("danger")
    with open("info", "wb") as f:
        f.write(b"no pickle at all")
    with pytest.raises(ValueError, match="does not describe a stack"):
        da.from_npy_stack(".")
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with open("info", "wb") as f:
            pickle.dump(info(chunks=((np.int64(2),),), axis=np.int8(0)), f, protocol)
        assert da.from_npy_stack(".").sum().compute() == 2


def test_stacks_that_do_not_fit_their_description(tmp_path):
    da.to_npy_stack(tmp_path, da.ones((4, 3), chunks=2))
    np.save(tmp_path / "1.npy", np.ones((2, 4)))
    with pytest.raises(ValueError, match=r"1\.npy holds an array of shape \(2, 4\)"):
        da.from_npy_stack(tmp_path).compute()
    np.save(tmp_path / "1.npy", np.ones((2, 3), "f4"))
    with pytest.raises(ValueError, match="dtype float32"):
        da.from_npy_stack(tmp_path).compute()
    os.remove(tmp_path / "1.npy")
    x = da.from_npy_stack(tmp_path)
    assert x[:2].sum().compute() == 6
    with pytest.raises(FileNotFoundError):
        x.compute()
