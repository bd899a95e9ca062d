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
        native = [check(f[str(i)]) for i in range(len(cases))]
    late = libver not in ("earliest", "v108")
    for (limit, _, _), fast in zip(cases, native, strict=True):
        # The library reports other chunks' places where the one unlimited axis is not the first.
        assert fast == (not late or limit.count(None) != 1 or limit[0] is None), limit


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
    with h5py.File(tmp_path / "x.h5", "w", libver="latest") as f:  # Trees of older files are read without the library.
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
            found, listed = _hdf5._tree(d, f, place_of(f), d.dtype), _hdf5._listed(d)
            assert found is not None and listed is not None
            order = np.argsort(listed[0])
            for a, b in zip(found, listed, strict=True):
                np.testing.assert_array_equal(a, b[order])
            assert check(d)


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
            assert _hdf5._tree(f["x"], f, place_of(f), f["x"].dtype) is None
            assert check(f["x"])
