"""Raw files, buffers, text and images."""

import io
import os
import sys
import types

import numpy as np
import pytest
from against_numpy import DTYPES, agree, chunkings, kind, outcome, same, values

import hyperslab as da


@pytest.mark.parametrize("dtype", [*DTYPES, ">f4", ">i2", "M8[s]"])
@pytest.mark.parametrize("count", [-1, 0, 3, 100])
@pytest.mark.parametrize("offset", [0, 8, 24, 1000])
def test_fromfile(tmp_path, dtype, count, offset):
    path = tmp_path / "raw"
    path.write_bytes(bytes(range(1, 200)) if dtype != "bool" else bytes([0, 1] * 100))
    theirs, error = outcome(lambda: np.fromfile(path, dtype, count, offset=offset))
    for chunks in (2, -1):
        ours, raised = outcome(lambda chunks=chunks: da.fromfile(path, dtype, count, offset=offset, chunks=chunks))
        assert kind(raised) is kind(error)
        if error is None:
            same(ours, theirs.astype(theirs.dtype.newbyteorder("=")))


def test_fromfile_of_text_and_of_open_files(tmp_path):
    path = tmp_path / "text"
    path.write_text("1, 2, 3")
    same(da.fromfile(path, sep=", "), np.array([1.0, 2, 3]))
    np.arange(5).tofile(path)
    with open(path, "rb") as f:
        f.seek(16)
        same(da.fromfile(f, int, 1), np.array([2]))
        same(da.fromfile(f, int), np.array([3, 4]))
    with pytest.raises(ValueError, match="negative"):
        da.fromfile(path, offset=-1)
    with pytest.raises(NotImplementedError, match="not native"):
        da.fromfile(path, "g")


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("shape", [None, 4, (2, 3), (0, 3), (2, 2, 2), (100,)])
def test_memmap(tmp_path, shape, order):
    path = tmp_path / "raw"
    np.arange(10, dtype="f4").tofile(path)
    calls = (lambda: np.memmap(path, "f4", "r", 8, shape, order), lambda: da.memmap(path, "f4", "r", 8, shape, order))
    (theirs, error), (ours, raised) = map(outcome, calls)
    if shape == (0, 3):
        assert ours.shape == (0, 3)
        return
    assert kind(error) is kind(raised)
    if error is None:
        same(ours, np.asarray(theirs))
    with pytest.raises(NotImplementedError, match="writes to the file"):
        da.memmap(path, "f4", "r+")
    with pytest.raises(ValueError, match="multiple of the data-type size"):
        da.memmap(path, "f4", offset=1)


def test_a_file_that_is_mapped_stays_as_it_is(tmp_path):
    path = tmp_path / "raw"
    np.arange(4).tofile(path)
    x = da.memmap(path, int)
    x[0] = 9
    assert x.compute()[0] == 9 and np.fromfile(path, int)[0] == 0


@pytest.mark.parametrize("shape", [(), (0,), (5,), (3, 4), (0, 2)])
@pytest.mark.parametrize("dtype", ["f8", "bool", "M8[D]"])
def test_tofile(tmp_path, shape, dtype):
    data = values(shape, dtype)
    data.tofile(tmp_path / "theirs")
    for chunks in chunkings(shape):
        da.from_array(data, chunks=chunks).tofile(tmp_path / "ours")
        assert (tmp_path / "ours").read_bytes() == (tmp_path / "theirs").read_bytes()
    if dtype == "f8" and shape:
        data.tofile(tmp_path / "theirs", sep="; ", format="%.2f")
        da.from_array(data).tofile(tmp_path / "ours", sep="; ", format="%.2f")
        assert (tmp_path / "ours").read_bytes() == (tmp_path / "theirs").read_bytes()
    with open(tmp_path / "open", "wb") as f:
        da.from_array(data).tofile(f)
    assert (tmp_path / "open").read_bytes() == data.tobytes()


def test_buffers_and_iterables():
    buffer = bytearray(range(16))
    for call in [
        lambda m: m.frombuffer(buffer, "i4"),
        lambda m: m.frombuffer(buffer, "u1", 3, 2),
        lambda m: m.frombuffer(buffer, "f8", 5),
        lambda m: m.frombuffer(b"123", "f8"),
        lambda m: m.fromiter((i * i for i in range(5)), "f4"),
        lambda m: m.fromiter(range(5), int, 3),
        lambda m: m.fromiter(range(2), int, 3),
        lambda m: m.fromstring("1 2 3", sep=" "),
        lambda m: m.fromstring("1,2", int, 1, sep=","),
    ]:
        agree(call, dispatch=False)


TEXT = "# a head\n1, 2, 3\n4, , 6\n"


def test_text(tmp_path):
    whole = TEXT.replace(" ,", "5,")
    for call in [
        lambda m: m.loadtxt(io.StringIO(whole), delimiter=","),
        lambda m: m.loadtxt(io.StringIO(whole), int, delimiter=",", usecols=1, ndmin=2),
        lambda m: m.loadtxt(io.StringIO(whole), delimiter=",", unpack=True, skiprows=2),
        lambda m: m.loadtxt(io.StringIO(TEXT), delimiter=","),
        lambda m: m.genfromtxt(io.StringIO(TEXT), delimiter=","),
        lambda m: m.genfromtxt(io.StringIO(TEXT), delimiter=",", filling_values=-1, dtype=int),
    ]:
        agree(call, dispatch=False)
    for columns in (da.loadtxt(io.StringIO("1 2\n3 4"), "i4,f8", unpack=True, chunks=1),):
        same(columns[0], np.array([1, 3], "i4"))
        same(columns[1], np.array([2.0, 4.0]))
    agree(lambda m: m.loadtxt(io.StringIO("a bc"), "U3"), dispatch=False)
    with pytest.raises(NotImplementedError, match="not native"):
        da.loadtxt(io.StringIO("1 2"), object)
    pattern = r"x(\d+) y([\d.]+)", [("x", int), ("y", float)]
    agree(lambda m: m.fromregex(io.StringIO("x1 y2.5\nx3 y4"), *pattern), dispatch=False)


@pytest.mark.parametrize("module", [da, np])
def test_savetxt(tmp_path, module):
    data = values((3, 2))
    np.savetxt(tmp_path / "theirs", data, "%.3f", ";", header="a;b", footer="end")
    module.savetxt(tmp_path / "ours", da.from_array(data, chunks=1), "%.3f", ";", header="a;b", footer="end")
    assert (tmp_path / "ours").read_text() == (tmp_path / "theirs").read_text()
    with pytest.raises(ValueError, match="1D or 2D"):
        module.savetxt(tmp_path / "ours", da.ones((2, 2, 2)))


def frames(folder, n=4, shape=(3, 5)):
    data = values((n, *shape), "int16")
    for i, frame in enumerate(data):
        np.save(folder / f"frame{i:02}.npy", frame)
    return data


class Reader:
    """Counts how often files are read."""

    def __init__(self):
        self.names = []

    def __call__(self, name):
        self.names.append(os.path.basename(name))
        return np.load(name)


def test_images(tmp_path):
    data, read = frames(tmp_path), Reader()
    x = da.image.imread(str(tmp_path / "*.npy"), imread=read)
    assert read.names == ["frame00.npy"]
    assert x.chunks == ((1, 1, 1, 1), (3,), (5,)) and x.dtype == data.dtype
    same(x, data)
    same(x[::-2, 1:, ::2], data[::-2, 1:, ::2])
    read.names.clear()
    same(x[2].sum(), data[2].sum())
    assert read.names == ["frame02.npy"]
    read.names.clear()
    assert int((x + 1).sum()) == int((data + 1).sum()) and sorted(read.names) == [f"frame{i:02}.npy" for i in range(4)]
    same(da.image.imread(str(tmp_path / "*.npy"), np.load, lambda a: a[..., None] / 2), data[..., None] / 2)
    same(da.image.imread([tmp_path / "frame01.npy", tmp_path / "frame00.npy"], np.load), data[[1, 0]])


def test_images_that_are_not_alike(tmp_path):
    with pytest.raises(ValueError, match="No files found under name"):
        da.image.imread(str(tmp_path / "*.png"))
    frames(tmp_path)
    np.save(tmp_path / "frame01.npy", np.ones((2, 2), "i2"))
    np.save(tmp_path / "frame02.npy", np.ones((3, 5), "f8"))
    x = da.image.imread(str(tmp_path / "*.npy"), np.load)
    assert x[0].compute().shape == (3, 5)
    with pytest.raises(ValueError, match=r"frame01\.npy has shape \(2, 2\)"):
        x[1].compute()
    with pytest.raises(TypeError, match=r"frame02\.npy has dtype float64"):
        x[2].compute()


class Picture:
    """What Pillow opens: a context that is an image."""

    def __init__(self, name):
        self.name = name

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.name = None

    def __array__(self, dtype=None, copy=None):
        return np.load(self.name)


LIBRARIES = ["skimage", "skimage.io", "imageio", "imageio.v3", "tifffile", "PIL", "PIL.Image"]


@pytest.mark.parametrize("installed", [None, "skimage.io", "imageio.v3", "tifffile", "PIL.Image"])
def test_images_are_read_by_what_is_installed(tmp_path, monkeypatch, installed):
    data = frames(tmp_path)
    for name in LIBRARIES:
        monkeypatch.setitem(sys.modules, name, None)
    if installed is None:
        with pytest.raises(ImportError, match="scikit-image, imageio, tifffile or Pillow"):
            da.image.imread(str(tmp_path / "*.npy"))
        return
    made = types.ModuleType(installed)
    made.imread = np.load
    made.open = Picture
    monkeypatch.setitem(sys.modules, installed, made)
    monkeypatch.setitem(sys.modules, installed.partition(".")[0], made)
    same(da.image.imread(str(tmp_path / "*.npy")).compute(), data)
