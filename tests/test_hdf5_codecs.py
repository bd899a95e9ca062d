"""Chunks of every codec, dtype and layout: what is decoded here is what the library decodes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import hdf5plugin
import numpy as np
import pytest

import hyperslab as da
from hyperslab import _hdf5

RNG = np.random.default_rng(3)

#: Pipelines by name, and whether they are decoded natively.
NATIVE: dict[str, Any] = {
    "zstd": hdf5plugin.Zstd(),
    "zstd 19": hdf5plugin.Zstd(clevel=19),
    "lz4": hdf5plugin.LZ4(),
    "lz4 in small blocks": hdf5plugin.LZ4(nbytes=1024),
    "bitshuffle": hdf5plugin.Bitshuffle(),
    "bitshuffle zstd": hdf5plugin.Bitshuffle(cname="zstd"),
    "bitshuffle alone": hdf5plugin.Bitshuffle(cname="none"),
    "bitshuffle in blocks of 64": hdf5plugin.Bitshuffle(nelems=64),
    **{
        f"blosc {codec} {shuffle} {level}": hdf5plugin.Blosc(cname=codec, clevel=level, shuffle=shuffle)
        for codec in ("blosclz", "lz4", "lz4hc", "zlib", "zstd")
        for shuffle in (0, 1, 2)
        # Level 9 of zstd is 22 of its own, whose tables take longer to make than all else here.
        for level in (0, 1, 8 if codec == "zstd" else 9)
    },
}
FALLBACK: dict[str, Any] = {
    "blosc snappy": hdf5plugin.Blosc(cname="snappy"),
    "blosc2": hdf5plugin.Blosc2(),
    "blosc2 zstd": hdf5plugin.Blosc2(cname="zstd", filters=hdf5plugin.Blosc2.BITSHUFFLE),
    "scale-offset": {"scaleoffset": 0},
}
DTYPES = ["?", "i1", ">u2", "f4", "i4", ">f8", "D"]
SHAPES = [((50,), (13,)), ((61, 90), (20, 37)), ((5, 70, 80), (2, 64, 64))]


def elements(kind: str, dtype: np.dtype, shape: tuple[int, ...]) -> np.ndarray:
    """Elements that compress well, hardly, or to nothing."""
    if kind == "zeros":
        return np.zeros(shape, dtype)
    count = int(np.prod(shape))
    if kind == "noise":
        noise = RNG.integers(0, 256, count * dtype.itemsize, dtype="u1")
        return (noise & 1).view(dtype).reshape(shape) if dtype.kind == "b" else noise.view(dtype).reshape(shape)
    return (np.arange(count) // 5 % 100).reshape(shape).astype(dtype)


def check(dataset: h5py.Dataset, native: bool) -> None:
    """Compares all of it and a part with the library, and the road with the expected one."""
    array = da.from_array(dataset)
    assert ("source hdf5:" in array.explain()) == native
    part = tuple(slice(1, n, 3) for n in dataset.shape)
    for place in ((...,), part):
        np.testing.assert_array_equal(array[place].compute(), dataset[...][place])


@pytest.mark.parametrize("name", [*NATIVE, *FALLBACK])
def test_every_codec(tmp_path: Path, name: str) -> None:
    options = dict(NATIVE.get(name) or FALLBACK[name])
    dtypes = ["i4", "u1"] if name == "scale-offset" else DTYPES
    cases = [(d, s, k) for d in dtypes for s in SHAPES for k in ("steps", "noise", "zeros")]
    if name == "scale-offset":
        cases = [c for c in cases if c[2] != "noise"]
    with h5py.File(tmp_path / "x.h5", "w", userblock_size=512) as f:
        for i, (dtype, (shape, chunk), kind) in enumerate(cases):
            f.create_dataset(str(i), data=elements(kind, np.dtype(dtype), shape), chunks=chunk, **options)
    with h5py.File(tmp_path / "x.h5", "r") as f, np.errstate(invalid="ignore"):
        for i in range(len(cases)):
            native = name in NATIVE and _hdf5.native_layout(f[str(i)]) is not None
            # A chunk at an edge that is as long as its elements may lack its filters: the library reads those.
            shrunk = cases[i][2] == "steps" and len(cases[i][1][0]) > 1
            assert native or name in FALLBACK or "alone" in name or not shrunk
            check(f[str(i)], native)


@pytest.mark.parametrize("extra", [{"shuffle": True}, {"fletcher32": True}, {"shuffle": True, "fletcher32": True}])
@pytest.mark.parametrize("name", [n for n in NATIVE if n[:5] in ("zstd", "lz4", "bitsh")])
def test_codecs_behind_other_filters(tmp_path: Path, name: str, extra: dict[str, Any]) -> None:
    with h5py.File(tmp_path / "x.h5", "w", libver="latest") as f:
        f.create_dataset(
            "x", data=elements("steps", np.dtype("f8"), (64, 64)), chunks=(16, 32), **NATIVE[name], **extra
        )
    with h5py.File(tmp_path / "x.h5", "r") as f:
        check(f["x"], native=True)


@pytest.mark.parametrize("name", ["zstd", "lz4", "bitshuffle", "bitshuffle zstd", "blosc blosclz 1 9", "blosc lz4 2 9"])
def test_damaged_chunks(tmp_path: Path, name: str) -> None:
    path = tmp_path / "x.h5"
    data = elements("steps", np.dtype("i4"), (64, 64))
    with h5py.File(path, "w") as f:
        place = f.create_dataset("x", data=data, chunks=(64, 64), **NATIVE[name]).id.get_chunk_info(0)
    whole = path.read_bytes()
    refused = 0
    for _ in range(100):
        damaged = bytearray(whole)
        damaged[place.byte_offset + int(RNG.integers(place.size))] ^= int(RNG.integers(1, 256))
        path.unlink()
        path.write_bytes(damaged)
        with h5py.File(path, "r") as f:
            try:
                assert da.from_array(f["x"]).compute().shape == (64, 64)
            except OSError as e:
                refused += 1
                assert str(path) in str(e) and "dataset /x, chunk (0, 0)" in str(e)
    assert refused


@pytest.mark.parametrize("name", [n for n in NATIVE if n[:4] in ("zstd", "lz4", "lz4 ", "blos") and n[-1] not in "89"])
def test_what_is_written_the_library_reads(tmp_path: Path, name: str) -> None:
    cases = [(d, s, k) for d in DTYPES for s in SHAPES for k in ("steps", "noise", "zeros")]
    with h5py.File(tmp_path / "x.h5", "w") as f, np.errstate(invalid="ignore"):
        for i, (dtype, (shape, chunk), kind) in enumerate(cases):
            data = elements(kind, np.dtype(dtype), shape)
            target = f.create_dataset(str(i), shape=shape, dtype=dtype, chunks=chunk, **NATIVE[name])
            da.store(da.from_array(data, chunks=chunk), target)
            np.testing.assert_array_equal(target[...], data)
