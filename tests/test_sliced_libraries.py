"""Arrays of other libraries, and objects that only slice, read as their users would."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hyperslab as da

DATA = np.arange(60 * 40, dtype="i4").reshape(60, 40)
RECORDS = np.array([(1, 2.5, b"a"), (2, 3.5, b"bc"), (3, -1.0, b"")], dtype=[("a", "i4"), ("b", "f8"), ("c", "S2")])


def check(x: Any, expected: np.ndarray, **options: Any) -> None:
    """All of it, and a part."""
    found = da.from_array(x, **options)
    assert (found.shape, found.dtype) == (expected.shape, expected.dtype)
    np.testing.assert_array_equal(found.compute(), expected)
    part = (slice(1, None, 2),) * expected.ndim
    np.testing.assert_array_equal(found[part].compute(), expected[part])


@pytest.fixture(scope="module")
def pytables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    tables = pytest.importorskip("tables")
    path = tmp_path_factory.mktemp("tables") / "t.h5"
    with tables.open_file(path, "w") as f:
        f.create_array("/", "array", DATA)
        f.create_carray("/", "carray", obj=DATA, chunkshape=(20, 10), filters=tables.Filters(5, "blosc"))
        f.create_earray("/", "earray", obj=DATA)
        f.create_earray("/", "line", obj=DATA[0])
        f.create_array("/", "scalar", np.float64(2.5))
        f.create_earray("/", "empty", tables.Int32Atom(), (0, 5))
        f.create_array("/", "bytes", np.array([b"ab", b"cde"]))
        f.create_carray("/", "flags", obj=DATA > 5)
        f.create_table("/", "table", obj=RECORDS)
    with tables.open_file(path) as f:
        yield f


@pytest.mark.parametrize("name", ["array", "carray", "earray", "line", "scalar", "empty", "bytes", "flags", "table"])
def test_pytables(pytables: Any, name: str) -> None:
    node = pytables.get_node(f"/{name}")
    check(node, np.asarray(node.read()))
    if node.shape:
        check(node, np.asarray(node.read()), chunks=(7,) * len(node.shape))


def test_columns_of_pytables(pytables: Any) -> None:
    for name in RECORDS.dtype.names:
        check(pytables.root.table.colinstances[name], RECORDS[name])


def test_pytables_are_written(tmp_path: Path) -> None:
    tables = pytest.importorskip("tables")
    with tables.open_file(tmp_path / "t.h5", "w") as f:
        targets = [f.create_carray("/", "x", tables.Int32Atom(), DATA.shape)]
        targets += [f.create_carray("/", "y", tables.Int32Atom(), DATA[0].shape)]
        da.store([da.asarray(DATA), da.asarray(DATA[0])], targets)
        for target, expected in zip(targets, [DATA, DATA[0]], strict=True):
            np.testing.assert_array_equal(target[:], expected)


def test_blosc2(tmp_path: Path) -> None:
    blosc2 = pytest.importorskip("blosc2")
    path = str(tmp_path / "x.b2nd")
    blosc2.asarray(DATA, urlpath=path, chunks=(20, 20), mode="w")
    check(blosc2.asarray(DATA), DATA)
    check(blosc2.open(path), DATA)
    check(blosc2.open(path), DATA, chunks=(7, 40))
    check(blosc2.open(path) + 1, DATA + 1)
    check(blosc2.asarray(np.array(3)), np.array(3))
    check(blosc2.zeros((0, 3)), np.zeros((0, 3)))


def test_netcdf_of_either_library(tmp_path: Path) -> None:
    netcdf4, h5netcdf = pytest.importorskip("netCDF4"), pytest.importorskip("h5netcdf")
    path = tmp_path / "x.nc"
    with netcdf4.Dataset(path, "w") as f:
        f.createDimension("y", 60)
        f.createDimension("x", 40)
        f.createVariable("v", "i4", ("y", "x"), chunksizes=(20, 20), zlib=True)[:] = DATA
        f.createVariable("s", "f8", ())[...] = 4.5
    with netcdf4.Dataset(path) as f:
        check(f["v"], DATA)
        check(f["s"], np.array(4.5))
    with h5netcdf.File(path) as f:
        check(f["v"], DATA)


@pytest.mark.parametrize("library", ["xarray", "pandas", "dask.array"])
def test_arrays_of_others_in_memory(library: str) -> None:
    module = pytest.importorskip(library)
    make = {"xarray": "DataArray", "pandas": "DataFrame", "dask.array": "from_array"}[library]
    check(getattr(module, make)(DATA), DATA)


def test_pages_of_tiff(tmp_path: Path) -> None:
    tifffile = pytest.importorskip("tifffile")
    zarr = importlib.import_module("zarr")
    pages = DATA.reshape(5, 12, 40).astype("u2")
    tifffile.imwrite(tmp_path / "x.tif", pages, photometric="minisblack", tile=(16, 16))
    check(zarr.open_array(tifffile.imread(tmp_path / "x.tif", aszarr=True), mode="r"), pages)
    for i, page in enumerate(pages):
        tifffile.imwrite(tmp_path / f"{i}.tiff", page)
    np.testing.assert_array_equal(da.image.imread(str(tmp_path / "*.tiff"), imread=tifffile.imread).compute(), pages)


class Sliced:
    """What slices like an array, and says what it is told to."""

    def __init__(self, array: np.ndarray, **said: Any) -> None:
        self.array, self.shape, self.dtype = array, array.shape, array.dtype
        vars(self).update(said)

    def __getitem__(self, key: Any) -> Any:
        return self.array[key]


class Listing(Sliced):
    def __getitem__(self, key: Any) -> Any:
        return self.array[key].tolist()


class Swapped(Sliced):
    def __getitem__(self, key: Any) -> Any:
        return self.array[key].astype(self.array.dtype.newbyteorder())


@pytest.mark.parametrize("kind", [Sliced, Listing, Swapped])
@pytest.mark.parametrize("options", [{}, {"lock": True}, {"asarray": False}, {"chunks": 7}, {"name": False}], ids=str)
@pytest.mark.parametrize(
    "array",
    [DATA.astype("i8"), np.array(3.5), np.zeros((0, 4)), DATA[0] > 3],
    ids=["integers", "one number", "nothing", "flags"],
)
def test_objects(kind: type, options: dict[str, Any], array: np.ndarray) -> None:
    check(kind(array), array, **({} if array.ndim == 0 and "chunks" in options else options))


@pytest.mark.parametrize(
    "shape", ["ab", (-1, 3), (None, 3), 5, (2**64, 3), (float("nan"), 3), (2**63, 1), (1.5j,)], ids=str
)
def test_what_is_no_shape(shape: Any) -> None:
    with pytest.raises(ValueError, match="Sliced says that its shape is"):
        da.from_array(Sliced(DATA, shape=shape))


@pytest.mark.parametrize(
    "said, error, words",
    [
        ({"shape": (70, 40)}, ValueError, "answered"),
        ({"shape": (60, 40, 2)}, IndexError, "too many indices"),
        ({"shape": (60,)}, ValueError, "answered"),
        ({"dtype": np.dtype("f8")}, TypeError, "its dtype says float64"),
    ],
    ids=str,
)
def test_what_is_not_as_it_says(said: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        da.from_array(Sliced(DATA, **said)).compute()
