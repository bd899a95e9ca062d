"""Chunk indices of every kind: what is read past the library is what the library reads, or the library reads it."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

import hyperslab as da
from hyperslab import _hdf5

LIBVERS = ["earliest", "v108", "v110", "v112", "latest"]
SHAPES = [((7,), (3,)), ((4, 6), (2, 3)), ((5, 4), (2, 4)), ((4, 6, 5), (2, 3, 2)), ((3, 2, 4, 3), (2, 1, 2, 3))]


def growths(shape: tuple[int, ...]) -> list[tuple[int | None, ...]]:
    """Each axis fixed, with room, or without a limit: all patterns, so that all five kinds of index occur."""
    return list(itertools.product(*[(n, n + 5, None) if len(shape) < 4 else (n, None) for n in shape]))


def written(dataset: h5py.Dataset, amount: str) -> None:
    """Writes all, some or none of the chunks."""
    data = np.arange(dataset.size, dtype=dataset.dtype).reshape(dataset.shape) + 1
    if amount == "all":
        dataset[...] = data
    elif amount == "some":
        for n, place in enumerate(dataset.iter_chunks()):
            if n % 3 != 1:
                dataset[place] = data[place]


def check(dataset: h5py.Dataset) -> bool:
    """Compares with the library; whether the native road read."""
    np.testing.assert_array_equal(da.from_array(dataset).compute(), dataset[...])
    return _hdf5.native_layout(dataset) is not None


@pytest.mark.parametrize("libver", LIBVERS)
@pytest.mark.parametrize("shape, chunk", SHAPES, ids=str)
@pytest.mark.parametrize("options", [{}, {"compression": "gzip"}], ids=["plain", "gzip"])
def test_every_index_and_growth(
    tmp_path: Path, libver: str, shape: tuple[int, ...], chunk: tuple[int, ...], options: dict[str, Any]
) -> None:
    cases = list(itertools.product(growths(shape), ["all", "some", "none"], [False, True]))
    with h5py.File(tmp_path / "x.h5", "w", libver=libver) as f:
        for i, (limit, amount, tracked) in enumerate(cases):
            # The order of attributes is kept by object headers of the second version.
            d = f.create_dataset(
                str(i), shape, "i4", chunks=chunk, maxshape=limit, fillvalue=-1, track_order=tracked, **options
            )
            written(d, amount)
    with h5py.File(tmp_path / "x.h5", "r") as f:
        assert all(check(f[str(i)]) for i in range(len(cases)))


@pytest.mark.parametrize("libver", LIBVERS)
@pytest.mark.parametrize("limit", [(None, 9, 9), (9, None, 9), (9, 9, None), (None, None, 9), (9, 9, 9)])
def test_shapes_that_changed(tmp_path: Path, libver: str, limit: tuple[int | None, ...]) -> None:
    with h5py.File(tmp_path / "x.h5", "w", libver=libver) as f:
        d = f.create_dataset("x", (9, 4, 9), "i4", chunks=(2, 2, 3), maxshape=limit, fillvalue=-1)
        written(d, "all")
        for size in [(3, 4, 7), (9, 9, 9), (5, 6, 4)]:
            d.resize(size)
    with h5py.File(tmp_path / "x.h5", "r") as f:
        check(f["x"])


def fake_iteration(monkeypatch: pytest.MonkeyPatch, change: Any) -> None:
    """Has the library report chunks as `change` makes them of what they are."""
    honest = _hdf5._each_chunk

    def lying(dataset: Any, note: Any) -> None:
        infos: list[Any] = []
        honest(dataset, infos.append)
        for info in change(infos):
            note(info)

    monkeypatch.setattr(_hdf5, "_each_chunk", lying)


@pytest.mark.parametrize(
    "change",
    [
        lambda infos: infos[:-1],
        lambda infos: [*infos, infos[0]],
        lambda infos: [*infos[1:], infos[1]],
        lambda infos: [infos[0]._replace(chunk_offset=(6, 0)), *infos[1:]],
        lambda infos: [infos[0]._replace(chunk_offset=(1, 0)), *infos[1:]],
        lambda infos: [infos[0]._replace(size=infos[0].size + 1), *infos[1:]],
        lambda infos: [infos[0]._replace(byte_offset=infos[1].byte_offset), *infos[1:]],
    ],
    ids=["one missing", "one more", "one twice", "outside", "between", "other size", "same place"],
)
def test_an_index_that_cannot_be_right_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Any
) -> None:
    with h5py.File(tmp_path / "x.h5", "w", userblock_size=512) as f:  # An index that the library alone reads.
        f.create_dataset("x", data=np.arange(24).reshape(4, 6), chunks=(2, 3))
    with h5py.File(tmp_path / "x.h5", "r") as f:
        assert check(f["x"])
        fake_iteration(monkeypatch, change)
        assert not check(f["x"])


def place_of(file: h5py.File) -> dict[str, Any]:
    """What the reader is told of an open file."""
    stamp = _hdf5._stamp(file)
    assert stamp is not None
    return {"path": file.filename, "descriptor": file.id.get_vfd_handle(), "stamp": stamp, "object": None}


@pytest.mark.parametrize("libver", ["earliest", "v108"])
@pytest.mark.parametrize("limit", [None, (None, 9), (None, None)], ids=str)
@pytest.mark.parametrize("options", [{}, {"compression": "gzip", "fletcher32": True}], ids=["plain", "filtered"])
def test_trees_are_read_as_the_library_lists_them(
    tmp_path: Path, libver: str, limit: tuple[int | None, ...] | None, options: dict[str, Any]
) -> None:
    rng = np.random.default_rng(0)
    with h5py.File(tmp_path / "x.h5", "w", libver=libver) as f:
        for name, tracked in [("grown", False), ("shrunk", True)]:
            d = f.create_dataset(
                name, (2500, 9), "i2", chunks=(2, 3), maxshape=limit, track_order=tracked, fillvalue=7, **options
            )
            for i in range(40):  # Attributes move messages to other blocks of the header.
                d.attrs[f"attribute {i}"] = i
            for i in rng.permutation(1250)[:1000]:  # Three levels of nodes, and chunks that were never written.
                d[2 * i : 2 * i + 2, 3 * (i % 3) :] = i
            if name == "shrunk" and limit is not None:
                d.resize((1801, 9))
                d.resize((2501, 9))
        f.create_dataset("empty", (2500, 9), "i2", chunks=(2, 3), **options)
    with h5py.File(tmp_path / "x.h5", "r") as f:
        for d in f.values():
            found, listed = _hdf5._by_file(d, f, place_of(f), d.dtype), _hdf5._listed(d)
            assert found is not None and listed is not None
            order = np.argsort(listed[0])
            for a, b in zip(found, listed, strict=True):
                np.testing.assert_array_equal(a, b[order])
            assert check(d)


def found_as_listed(dataset: h5py.Dataset) -> None:
    """What the file says is what the library lists, where that is right."""
    file = dataset.file
    found, listed = _hdf5._by_file(dataset, file, place_of(file), dataset.dtype), _hdf5._listed(dataset)
    assert found is not None
    for a, b in zip(found, listed or found, strict=True):
        np.testing.assert_array_equal(a, b[np.argsort(listed[0])] if listed else b)


@pytest.mark.parametrize("options", [{}, {"compression": "gzip", "fletcher32": True}], ids=["plain", "filtered"])
@pytest.mark.parametrize("rows", [8, 2500, 5000])
@pytest.mark.parametrize("limit", [(0, 0), (7, 12), (None, 0), (0, None), (None, 12), (7, None), (None, None)], ids=str)
def test_newer_kinds_are_read_as_the_library_lists_them(
    tmp_path: Path, limit: tuple[int | None, int | None], rows: int, options: dict[str, Any]
) -> None:
    """Fixed and extensible arrays and trees of the second version, of axes with as much more room as `limit` says."""
    rng = np.random.default_rng(0)
    room = tuple(None if more is None else n + more for n, more in zip((rows, 9), limit, strict=True))
    with h5py.File(tmp_path / "x.h5", "w", libver="latest") as f:
        shared: dict[str, Any] = {"chunks": (2, 3), "maxshape": room, "fillvalue": 7, **options}
        d = f.create_dataset("some", (rows, 9), "i2", **shared)
        for i in rng.permutation(rows // 2)[: rows // 3]:  # Chunks that were never written, and whole pages of them.
            if not rows // 8 < i < rows // 4:
                d[2 * i : 2 * i + 2, 3 * (i % 3) :] = i
        f.create_dataset("all", data=np.arange(rows * 9).reshape(rows, 9), **shared)
        f.create_dataset("none", (rows, 9), "i2", **shared)
        smaller = f.create_dataset("smaller", data=np.arange(rows * 9).reshape(rows, 9), **shared)
        smaller.resize((rows // 2 + 1, 4))
    with h5py.File(tmp_path / "x.h5", "r") as f:
        for d in f.values():
            found_as_listed(d)
            assert check(d)


def test_arrays_of_many_pages(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    chunks = 300_000
    places = np.unique((chunks ** rng.random(300)).astype(int)) - 1
    with h5py.File(tmp_path / "x.h5", "w", libver="latest") as f:
        for name, limit in [("fixed", chunks), ("extensible", None)]:
            for options in [{}, {"compression": "gzip"}]:
                d = f.create_dataset(f"{name} {options}", (chunks,), "u1", chunks=(1,), maxshape=(limit,), **options)
                for i in places:
                    d[i] = i % 255 + 1
    with h5py.File(tmp_path / "x.h5", "r") as f:
        for d in f.values():
            found_as_listed(d)
            np.testing.assert_array_equal(da.from_array(d)[places].compute(), places % 255 + 1)


def test_chunks_that_lie_in_their_order_without_an_index(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x.h5", "w", libver="latest") as f:
        space, made = h5py.h5s.create_simple((4, 7), (6, 9)), h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        made.set_chunk((2, 3))
        made.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
        h5py.h5d.create(f.id, b"x", h5py.h5t.NATIVE_INT16, space, made)
        f["x"][...] = np.arange(28).reshape(4, 7)
    with h5py.File(tmp_path / "x.h5", "r") as f:
        found_as_listed(f["x"])
        assert check(f["x"])


def test_files_whose_addresses_are_others_are_listed_by_the_library(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x.h5", "w", userblock_size=512) as f:
        f.create_dataset("x", data=np.arange(24).reshape(4, 6), chunks=(2, 3))
    sizes = h5py.h5p.create(h5py.h5p.FILE_CREATE)
    sizes.set_sizes(4, 4)
    narrow = h5py.h5f.create(bytes(tmp_path / "y.h5"), h5py.h5f.ACC_TRUNC, sizes)
    with h5py.File(narrow) as f:
        f.create_dataset("x", data=np.arange(24).reshape(4, 6), chunks=(2, 3))
    for name in ("x.h5", "y.h5"):
        with h5py.File(tmp_path / name, "r") as f:
            assert _hdf5._by_file(f["x"], f, place_of(f), f["x"].dtype) is None
            assert check(f["x"])


def test_what_the_library_lists_wrongly_is_not_believed(tmp_path: Path) -> None:
    """It reports other chunks' places where the one unlimited axis is not the first."""
    with h5py.File(tmp_path / "x.h5", "w", libver="latest", userblock_size=512) as f:
        f.create_dataset("x", data=np.arange(24).reshape(4, 6), chunks=(2, 3), maxshape=(4, None))
    with h5py.File(tmp_path / "x.h5", "r") as f:
        assert not check(f["x"])
