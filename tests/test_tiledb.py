"""Arrays of TileDB: what is stored is read back, by TileDB and lazily, wherever domains begin."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hyperslab as da

with np.printoptions():  # Which are others once it is imported.
    tiledb = pytest.importorskip("tiledb")

DATA = np.arange(70, dtype="f4").reshape(10, 7)


def made(path: Path, begin: tuple[int, ...], attributes: dict[str, Any], **options: Any) -> str:
    """An array of several attributes whose domain begins somewhere; below zero, where TileDB's slices fail, without
    elements."""
    shape = next(iter(attributes.values())).shape
    dims = [tiledb.Dim(domain=(b, b + n - 1), tile=min(4, n), dtype="i4") for b, n in zip(begin, shape, strict=True)]
    attrs = [tiledb.Attr(name, dtype=a.dtype, **options) for name, a in attributes.items()]
    tiledb.Array.create(str(path), tiledb.ArraySchema(domain=tiledb.Domain(*dims), attrs=attrs))
    with tiledb.open(str(path), "w") as array:
        if min(begin) < 0:
            return str(path)
        array[tuple(slice(b, b + n) for b, n in zip(begin, shape, strict=True))] = attributes
    return str(path)


@pytest.mark.parametrize("dtype", ["?", "i1", "u8", "f4", "f8", "c8", "c16", "M8[ns]", "m8[s]", "S5"])
def test_every_dtype(tmp_path: Path, dtype: str) -> None:
    data = (DATA % 2).astype("?") if dtype == "?" else DATA.astype("i8").astype(dtype)
    x = da.from_array(data, chunks=(4, 3))
    assert da.to_tiledb(x, tmp_path / "x") is None
    with tiledb.open(str(tmp_path / "x")) as array:
        np.testing.assert_array_equal(array[:], data)
        assert [array.schema.domain.dim(d).tile for d in range(2)] == [4, 3]
    y = da.from_tiledb(str(tmp_path / "x"))
    assert (y.dtype, y.chunks) == (data.dtype, x.chunks)
    np.testing.assert_array_equal(y.compute(), data)


@pytest.mark.parametrize("begin", [(0, 0), (3, 1)])
def test_attributes_and_domains(tmp_path: Path, begin: tuple[int, ...]) -> None:
    uri = made(tmp_path / "x", begin, {"a": DATA, "b": DATA.astype("i4") * 2})
    x = da.from_tiledb(uri, "b")
    np.testing.assert_array_equal(x.compute(), DATA.astype("i4") * 2)
    for key in itertools.product([slice(2, 9, 3), slice(None, None, -2), 4, [5, 0, 5]], [slice(1, 2), slice(6, 1, -1)]):
        np.testing.assert_array_equal(x[key].compute(), (DATA.astype("i4") * 2)[key])
    assert (x.sum(axis=0) + da.from_tiledb(uri, attribute="a", chunks=5)[0]).compute().shape == (7,)
    with pytest.raises(TypeError, match=r"attribute must be one of \['a', 'b'\]"):
        da.from_tiledb(uri)
    with pytest.raises(ValueError, match="no attribute 'c'"):
        da.from_tiledb(uri, "c")


def test_open_arrays_are_sources_and_targets(tmp_path: Path) -> None:
    uri = made(tmp_path / "x", (2, 5), {"": DATA})
    with tiledb.open(uri) as array:
        np.testing.assert_array_equal(da.from_array(array).compute(), DATA)
        np.testing.assert_array_equal(da.from_tiledb(array)[1:].compute(), DATA[1:])
        with pytest.raises(ValueError, match="not open for writing"):
            da.to_tiledb(da.ones((10, 7)), array)
    with tiledb.open(uri, "w") as array:
        da.store(da.from_array(DATA, chunks=3) * 2, array)
        with pytest.raises(ValueError, match="open it for reading"):
            da.from_tiledb(array)
    with tiledb.open(uri, "w") as array:
        da.to_tiledb(da.from_array(DATA[:4], chunks=3) * 3, array, regions=(slice(6, 10), slice(None)))
    np.testing.assert_array_equal(da.from_tiledb(uri).compute(), np.vstack([DATA[:6] * 2, DATA[:4] * 3]))


def test_ways_of_storing(tmp_path: Path) -> None:
    x = da.from_array(DATA, chunks=((4, 5, 1), 7))
    y = x.to_tiledb(tmp_path / "x", return_stored=True, storage_options={"sm.compute_concurrency_level": "2"})
    assert y.chunks == ((5, 5), (7,))
    np.testing.assert_array_equal(y.compute(), DATA)
    later = da.to_tiledb(x + 1, str(tmp_path / "y"), compute=False)
    later.compute()
    np.testing.assert_array_equal(da.from_tiledb(f"file://{tmp_path}/y").compute(), DATA + 1)
    with pytest.raises(tiledb.TileDBError, match="already exists"):
        da.to_tiledb(x, tmp_path / "x")
    np.testing.assert_array_equal(y.compute(), DATA)
    with pytest.raises(ValueError, match=r"\(0, 3\)"):
        da.to_tiledb(da.ones((0, 3)), tmp_path / "z")
    with pytest.raises(NotImplementedError, match="from_tiledb"):
        da.to_tiledb(x, tmp_path / "z", compute=False, return_stored=True)


def test_encrypted_arrays(tmp_path: Path) -> None:
    key = "0123456789abcdef" * 2
    x = da.from_array(DATA, chunks=4).to_tiledb(tmp_path / "x", key=key, return_stored=True)
    np.testing.assert_array_equal(x.compute(), DATA)
    np.testing.assert_array_equal(da.from_tiledb(tmp_path / "x", storage_options={"key": key}).compute(), DATA)
    y = (x + 1).to_tiledb(tmp_path / "y", storage_options={"key": key}, return_stored=True)
    np.testing.assert_array_equal(y.compute(), DATA + 1)
    with pytest.raises(tiledb.TileDBError):
        da.from_tiledb(tmp_path / "x").compute()


def test_a_failed_store_leaves_nothing(tmp_path: Path) -> None:
    def fail(block: np.ndarray) -> np.ndarray:
        raise ArithmeticError("told to")

    with pytest.raises(ArithmeticError, match="told to"):
        da.map_blocks(fail, da.ones((8, 8), chunks=4), dtype="f8").to_tiledb(tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotImplementedError, match=r"integers of zero and up"):
        da.from_tiledb(made(tmp_path / "negative", (-3,), {"": DATA[0]}))
    with pytest.raises(NotImplementedError, match="may be null"):
        nullable = tiledb.ArraySchema(
            domain=tiledb.Domain(tiledb.Dim(domain=(0, 3), tile=2, dtype="i4")),
            attrs=[tiledb.Attr("a", dtype="f8", nullable=True)],
        )
        tiledb.Array.create(str(tmp_path / "null"), nullable)
        da.from_tiledb(tmp_path / "null")
    with pytest.raises(ValueError, match="sparse"):
        schema = tiledb.ArraySchema(
            domain=tiledb.Domain(tiledb.Dim(domain=(0, 3), tile=2, dtype="i4")),
            attrs=[tiledb.Attr("a", dtype="f8")],
            sparse=True,
        )
        tiledb.Array.create(str(tmp_path / "sparse"), schema)
        da.from_tiledb(tmp_path / "sparse")
    with pytest.raises(tiledb.TileDBError, match="does not exist"):
        da.from_tiledb(tmp_path / "nowhere")
