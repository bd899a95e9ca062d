"""tensorstore and what behaves as it does: slices that are lazy and keep their positions, dtypes of its own."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import hyperslab as da

DATA = np.arange(60 * 40, dtype="i4").reshape(60, 40)


class Positioned:
    """Slices as tensorstore's arrays do: nothing is read by it, and the slice's first row is the one that it was."""

    def __init__(
        self, whole: np.ndarray, chunks: tuple[int | None, ...], begin: tuple[int, ...], log: list[Any]
    ) -> None:
        self.whole, self.begin, self.log, self.shape = whole, begin, log, whole.shape
        self.dtype = SimpleNamespace(numpy_dtype=whole.dtype, name=whole.dtype.name)
        self.domain = SimpleNamespace(origin=begin)
        grid = SimpleNamespace(shape=chunks)
        self.chunk_layout = SimpleNamespace(read_chunk=grid, write_chunk=grid)

    @property
    def translate_to(self) -> Any:
        class Translated:
            def __getitem__(_, origin: int) -> Positioned:
                return Positioned(self.whole, self.chunk_layout.read_chunk.shape, (origin,) * len(self.shape), self.log)

        return Translated()

    def _inside(self, key: Any) -> tuple[slice, ...]:
        for part, first, length in zip(key, self.begin, self.shape, strict=True):
            if not first <= part.start <= part.stop <= first + length:
                raise IndexError(f"{part} is outside of what there is")
        return tuple(
            slice(part.start - first, part.stop - first, part.step) for part, first in zip(key, self.begin, strict=True)
        )

    def __getitem__(self, key: tuple[slice, ...]) -> Positioned:
        part = self.whole[self._inside(key)]
        return Positioned(part, self.chunk_layout.read_chunk.shape, tuple(k.start for k in key), self.log)

    def __setitem__(self, key: tuple[slice, ...], value: Any) -> None:
        self.whole[self._inside(key)] = value

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        self.log.append((self.begin, self.shape))
        return np.array(self.whole, dtype)


def check(x: da.Array, data: np.ndarray) -> None:
    assert (x.shape, x.dtype) == (data.shape, data.dtype)
    for index in (
        np.s_[...],
        np.s_[1::2, ::3],
        np.s_[::-1, 5:2:-1],
        np.s_[3],
        np.s_[:0],
        np.s_[[3, 1, 1]],
        np.s_[-1, 2:],
    ):
        np.testing.assert_array_equal(x[index].compute(), data[index])
    np.testing.assert_array_equal(x[data[:, 0] > 100].compute(), data[data[:, 0] > 100])
    np.testing.assert_array_equal(x.sum(axis=0).compute(), data.sum(axis=0))


def test_slices_are_lazy_and_count_from_their_own_positions() -> None:
    log: list[Any] = []
    for begin in ((0, 0), (5, 0), (-7, 1000)):
        check(da.from_array(Positioned(DATA, (20, 16), begin, log)), DATA)
    log.clear()
    x = da.from_array(Positioned(DATA, (20, 16), (5, -7), log)) + 1
    assert not log
    np.testing.assert_array_equal(x[21:23, 3:5].compute(), DATA[21:23, 3:5] + 1)
    assert log == [((21, 3), (2, 2))]


def test_chunks_are_those_of_the_layout() -> None:
    data = np.zeros((3000, 2000))
    for chunks in ((100, 500), (100, None), (None, 250)):
        x = da.from_array(Positioned(data, chunks, (0, 0), []))
        for size, chunk, length in zip(x.chunksize, chunks, data.shape, strict=True):
            assert size % (chunk or length) == 0
    assert da.from_array(Positioned(data, (None, None), (0, 0), [])).shape == data.shape


def test_storing() -> None:
    for begin in ((0, 0), (5, -7)):
        target = Positioned(np.zeros_like(DATA), (20, 16), begin, [])
        da.store(da.from_array(DATA, chunks=7) * 2, target)
        np.testing.assert_array_equal(target.whole, DATA * 2)
        da.store(da.from_array(DATA[:3, :4], chunks=2), target, regions=np.s_[10:13, 30:34])
        np.testing.assert_array_equal(target.whole[10:13, 30:34], DATA[:3, :4])


METADATA = {
    "n5": {"compression": {"type": "gzip"}, "dataType": "int32", "dimensions": [60, 40], "blockSize": [20, 16]},
    "zarr": {"dtype": "<i4", "shape": [60, 40], "chunks": [20, 16], "compressor": None},
    "zarr3": {
        "data_type": "int32",
        "shape": [60, 40],
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [20, 16]}},
    },
}


@pytest.mark.parametrize("driver", METADATA)
def test_arrays_of_tensorstore(tmp_path: Path, driver: str) -> None:
    ts = pytest.importorskip("tensorstore")
    spec = {"driver": driver, "kvstore": {"driver": "file", "path": str(tmp_path)}, "metadata": METADATA[driver]}
    stored = ts.open(spec, create=True).result()
    da.store(da.from_array(DATA, chunks=7), stored)
    np.testing.assert_array_equal(stored.read().result(), DATA)
    check(da.from_array(stored), DATA)
    check(da.from_array(stored[10:50:2, 5:]), DATA[10:50:2, 5:])
    check(da.from_array(stored, chunks=(20, 16)) + 1, DATA + 1)
    da.store(da.from_array(DATA[:3], chunks=2), stored[30:33])
    np.testing.assert_array_equal(stored[30:33].read().result(), DATA[:3])
    # Another array of the same files: what is read must not be what was just written.
    before = stored.read().result()
    da.store(da.from_array(ts.open(spec, open=True).result(), chunks=(20, 16))[::-1], stored)
    np.testing.assert_array_equal(stored.read().result(), before[::-1])


def test_volumes_of_neuroglancer(tmp_path: Path) -> None:
    ts = pytest.importorskip("tensorstore")
    data = np.arange(20 * 12 * 10 * 2, dtype="u2").reshape(20, 12, 10, 2)
    spec = {
        "driver": "neuroglancer_precomputed",
        "kvstore": {"driver": "file", "path": str(tmp_path)},
        "multiscale_metadata": {"type": "image", "data_type": "uint16", "num_channels": 2},
        "scale_metadata": {
            "size": [20, 12, 10], "encoding": "raw", "chunk_size": [8, 8, 8], "resolution": [1, 1, 1],
            "voxel_offset": [100, 200, 300],
        },
    }  # fmt: skip
    stored = ts.open(spec, create=True).result()
    assert stored.domain.origin == (100, 200, 300, 0)
    da.store(da.from_array(data, chunks=7), stored)
    np.testing.assert_array_equal(stored.read().result(), data)
    x = da.from_array(stored)
    np.testing.assert_array_equal(x[3:, ::-1, [1, 0, 2], 1].compute(), data[3:, ::-1, [1, 0, 2], 1])
