"""Zarr arrays in folders, read and written natively: against zarr-python over codecs, dtypes, layouts and damage."""

import itertools
import json
import os
import shutil

import numcodecs
import numpy as np
import pytest
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st
from zarr.codecs import BloscCodec, BytesCodec, Crc32cCodec, GzipCodec, TransposeCodec, ZstdCodec

import hyperslab as da

DTYPES = ["bool", "i1", "u2", ">i4", "<u8", "f2", "<f4", ">f8", "c8", ">c16", "M8[ns]", "m8[10s]"]

V2_COMPRESSORS = {
    "none": None,
    "zlib": numcodecs.Zlib(level=1),
    "gzip": numcodecs.GZip(level=6),
    "zstd": numcodecs.Zstd(level=3, checksum=True),
    "lz4": numcodecs.LZ4(),
    "blosc lz4": numcodecs.Blosc("lz4", 5, numcodecs.Blosc.SHUFFLE),
    "blosc zstd": numcodecs.Blosc("zstd", 3, numcodecs.Blosc.AUTOSHUFFLE, 512),
    "blosc zlib": numcodecs.Blosc("zlib", 1, numcodecs.Blosc.NOSHUFFLE),
    "blosc lz4hc": numcodecs.Blosc("lz4hc", 5, numcodecs.Blosc.BITSHUFFLE),
    "blosc blosclz": numcodecs.Blosc("blosclz", 9, numcodecs.Blosc.SHUFFLE),
    "blosc level 0": numcodecs.Blosc("lz4", 0),
}

V3_COMPRESSORS = {
    "none": None,
    "gzip": GzipCodec(level=5),
    "zstd": ZstdCodec(level=0, checksum=True),
    "zstd fast": ZstdCodec(level=-3),
    "crc32c": Crc32cCodec(),
    "zstd crc32c": [ZstdCodec(), Crc32cCodec()],
    "blosc lz4": BloscCodec(cname="lz4", shuffle="shuffle"),
    "blosc zstd": BloscCodec(cname="zstd", shuffle="noshuffle", clevel=9),
    "blosc bits": BloscCodec(cname="zstd", shuffle="bitshuffle", typesize=4),
    "blosc lz4hc": BloscCodec(cname="lz4hc", shuffle="bitshuffle", typesize=4),
}


def numbers(shape, dtype, seed=0):
    """Values of all bytes that compress somewhat."""
    dtype = np.dtype(dtype)
    raw = np.random.default_rng(seed).integers(-3, 100, shape)
    if dtype.kind == "c":
        return (raw + 1j * raw[::-1]).astype(dtype)
    return (raw % 2 == 0) if dtype.kind == "b" else raw.astype("i8").astype(dtype)


def native(x):
    """Whether a lazy array over Zarr is read without zarr-python."""
    return "zarr:" in x.explain() and "zarr-python" not in x.explain()


def check_reads(z, data):
    x = da.from_array(z)
    assert native(x), x.explain()
    np.testing.assert_array_equal(x.compute(), data)
    for index in [np.s_[1:], np.s_[::-2], np.s_[..., 2:5], np.s_[3:4], np.s_[:0]]:
        np.testing.assert_array_equal(x[index].compute(), data[index])


@pytest.mark.parametrize("codec", V2_COMPRESSORS)
@pytest.mark.parametrize("order", ["C", "F"])
def test_version_2_is_read(tmp_path, codec, order):
    for i, dtype in enumerate(DTYPES):
        data = numbers((13, 10), dtype)
        z = zarr.create_array(
            tmp_path / str(i),
            shape=data.shape,
            chunks=(4, 6),
            dtype=dtype,
            zarr_format=2,
            compressors=V2_COMPRESSORS[codec],
            order=order,
            filters=numcodecs.Shuffle(data.itemsize) if i % 2 else None,
            chunk_key_encoding={"name": "v2", "separator": "./"[i % 2]},
        )
        z[:] = data
        check_reads(z, data)


@pytest.mark.parametrize("codec", V3_COMPRESSORS)
@pytest.mark.parametrize("shards", [None, (8, 12)])
@pytest.mark.parametrize("moved", [False, True])
def test_version_3_is_read(tmp_path, codec, shards, moved):
    for i, dtype in enumerate(DTYPES):
        data = numbers((13, 10), dtype)
        endian = "big" if i % 2 else "little"
        z = zarr.create_array(
            tmp_path / str(i),
            shape=data.shape,
            chunks=(4, 6),
            shards=shards,
            dtype=dtype,
            compressors=V3_COMPRESSORS[codec],
            filters=TransposeCodec(order=(1, 0)) if moved else None,
            serializer=BytesCodec(endian=endian) if data.itemsize > 1 else "auto",
            chunk_key_encoding={"name": ["default", "v2"][i // 2 % 2], "separator": "./"[i % 2]},
        )
        z[:] = data
        check_reads(z, data)


@pytest.mark.parametrize("codec", V2_COMPRESSORS)
def test_version_2_is_written(tmp_path, codec):
    for i, dtype in enumerate(DTYPES):
        data = numbers((13, 10), dtype)
        z = zarr.create_array(
            tmp_path / str(i),
            shape=data.shape,
            chunks=(4, 6),
            dtype=dtype,
            zarr_format=2,
            compressors=V2_COMPRESSORS[codec],
            order="CF"[i % 2],
            chunk_key_encoding={"name": "v2", "separator": "./"[i % 2]},
        )
        da.store(da.from_array(data, chunks=(5, 5)), z)
        np.testing.assert_array_equal(z[:], data)
        da.store(da.from_array(data[:4, 3:8], chunks=3), z, regions=np.s_[7:11, 1:6])
        data[7:11, 1:6] = data[:4, 3:8]
        np.testing.assert_array_equal(z[:], data)


@pytest.mark.parametrize("codec", V3_COMPRESSORS)
@pytest.mark.parametrize("shards", [None, (8, 12)])
def test_version_3_is_written(tmp_path, codec, shards):
    for i, dtype in enumerate(DTYPES):
        data = numbers((13, 10), dtype)
        z = zarr.create_array(
            tmp_path / str(i),
            shape=data.shape,
            chunks=(4, 6),
            shards=shards,
            dtype=dtype,
            compressors=V3_COMPRESSORS[codec],
            filters=TransposeCodec(order=(1, 0)) if i % 3 == 0 else None,
            serializer=BytesCodec(endian="big") if data.itemsize > 1 else "auto",
        )
        da.store(da.from_array(data, chunks=(5, 5)), z)
        np.testing.assert_array_equal(z[:], data)
        da.store(da.from_array(data[:4, 3:8], chunks=3), z, regions=np.s_[7:11, 1:6])
        data[7:11, 1:6] = data[:4, 3:8]
        np.testing.assert_array_equal(z[:], data)
        assert not [f for _, _, names in os.walk(tmp_path) for f in names if f.endswith("partial")]


def test_an_index_at_the_start(tmp_path):
    from zarr.codecs import ShardingCodec

    data = numbers((20, 20), "i4")
    sharding = ShardingCodec(chunk_shape=(3, 5), codecs=[BytesCodec(), ZstdCodec()], index_location="start")
    z = zarr.create_array(tmp_path, shape=data.shape, chunks=(6, 10), dtype="i4", serializer=sharding, compressors=None)
    z[:] = data
    check_reads(z, data)
    da.store(da.from_array(data[::-1], chunks=7), z)
    np.testing.assert_array_equal(z[:], data[::-1])
    check_reads(z, data[::-1])


@pytest.mark.parametrize("value", [0.0, -0.0, 7.5, np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("shards", [None, (4,)])
def test_missing_chunks_are_the_fill_value(tmp_path, value, version, shards):
    if shards and version == 2:
        pytest.skip("version 2 has no shards")
    z = zarr.create_array(
        tmp_path, shape=(11,), chunks=(2,), shards=shards, dtype="f4", fill_value=value, zarr_format=version
    )
    z[3:5] = 1
    data = z[:]
    check_reads_1d(z, data)
    assert np.signbit(da.from_array(z)[:1].compute()[0]) == np.signbit(np.float32(value))
    # What holds nothing else is not stored, and what is stored goes when it does.
    files = stored(tmp_path)
    da.store(da.full(11, value, "f4", chunks=3), z)
    assert stored(tmp_path) == set()
    np.testing.assert_array_equal(z[:], np.full(11, value, "f4"))
    da.store(da.from_array(data, chunks=4), z)
    assert stored(tmp_path) == files


def check_reads_1d(z, data):
    x = da.from_array(z)
    assert native(x)
    for index in [np.s_[:], np.s_[::-1], np.s_[2:9:3], np.s_[10:]]:
        np.testing.assert_array_equal(x[index].compute(), data[index])


def stored(folder):
    """Names of the files of chunks."""
    names = {os.path.relpath(os.path.join(at, f), folder) for at, _, files in os.walk(folder) for f in files}
    return names - {"zarr.json", ".zarray", ".zattrs"}


def test_empty_chunks_are_stored_where_that_is_asked_for(tmp_path):
    z = zarr.create_array(tmp_path, shape=(4,), chunks=(2,), dtype="i4", config={"write_empty_chunks": True})
    da.store(da.zeros(4, "i4", chunks=2), z)
    assert stored(tmp_path) == {"c/0", "c/1"}


@pytest.mark.parametrize("shape", [(), (0,), (3, 0), (1,)])
@pytest.mark.parametrize("version", [2, 3])
def test_small_shapes(tmp_path, shape, version):
    chunks = tuple(max(n, 1) for n in shape)
    z = zarr.create_array(tmp_path, shape=shape, chunks=chunks, dtype="f8", zarr_format=version)
    data = np.full(shape, 2.5)
    da.store(da.from_array(data), z)
    np.testing.assert_array_equal(z[...], data)
    x = da.from_array(z)
    assert native(x)
    np.testing.assert_array_equal(x.compute(), data)


#: What goes through zarr-python, and a word of the reason that the plan gives.
DETOURS = {
    "delta": {"zarr_format": 2, "filters": numcodecs.Delta("i4")},
    "fixedscaleoffset": {"zarr_format": 2, "filters": numcodecs.FixedScaleOffset(0, 1, "i4")},
    "bz2": {"zarr_format": 2, "compressors": numcodecs.BZ2()},
    "more than one compressor": {"compressors": [ZstdCodec(), GzipCodec()]},
}


@pytest.mark.parametrize("word", DETOURS)
def test_what_is_not_native_is_read_and_written_by_the_library(tmp_path, word):
    data = numbers((9, 7), "i4")
    z = zarr.create_array(tmp_path, shape=data.shape, chunks=(4, 4), dtype="i4", **DETOURS[word])
    da.store(da.from_array(data, chunks=3), z)
    x = da.from_array(z)
    np.testing.assert_array_equal(x.compute(), data)
    assert "through zarr-python" in x.explain() and word in x.explain()


def test_other_stores_are_read_by_the_library(tmp_path):
    data = numbers((9, 7), "i4")
    for store, word in [({}, "MemoryStore"), (zarr.storage.ZipStore(tmp_path / "x.zip", mode="w"), "ZipStore")]:
        z = zarr.create_array(store, shape=data.shape, chunks=(4, 4), dtype="i4")
        z[:] = data
        x = da.from_array(z)
        np.testing.assert_array_equal(x.compute(), data)
        assert f"through zarr-python: a {word}" in x.explain()


def test_ways_to_an_array_in_a_folder(tmp_path):
    data = numbers((6, 6), "f8")
    group = zarr.create_group(tmp_path / "g")
    z = group.create_array("a/b", shape=data.shape, chunks=(2, 3), dtype="f8", attributes={"x": float("nan")})
    z[:] = data
    store = zarr.storage.LocalStore(tmp_path / "g")
    os.symlink(tmp_path / "g", tmp_path / "link")
    zarr.consolidate_metadata(store)
    for x in [
        da.from_zarr(tmp_path / "g", component="a/b"),
        da.from_zarr(str(tmp_path / "g" / "a" / "b")),
        da.from_zarr(tmp_path / "link" / "a" / "b"),
        da.from_zarr(z),
        da.from_zarr(group["a/b"]),
        da.from_zarr(zarr.open_group(store, use_consolidated=True)["a/b"]),
        da.from_zarr(store, component="a/b"),
        da.asarray(z),
    ]:
        assert native(x), x.explain()
        np.testing.assert_array_equal(x.compute(), data)
    assert da.from_zarr(z).chunks == ((2, 2, 2), (3, 3))
    assert da.from_array(z).name == da.from_array(z).name
    with pytest.raises(FileNotFoundError):
        da.from_zarr(tmp_path / "none")


def test_an_array_that_changes(tmp_path):
    z = zarr.create_array(tmp_path / "x", shape=(6,), chunks=(2,), dtype="i4")
    z[:] = np.arange(6)
    x = da.from_array(z)
    z.attrs["units"] = "m"
    np.testing.assert_array_equal(x.compute(), np.arange(6))
    z.resize((8,))
    z[5:] = 9
    np.testing.assert_array_equal(x.compute(), [0, 1, 2, 3, 4, 9])
    z.resize((4,))
    with pytest.raises(OSError, match="another one than when it was opened"):
        x.compute()
    zarr.create_array(tmp_path / "x", shape=(6,), chunks=(2,), dtype="f4", overwrite=True)
    with pytest.raises(OSError, match="another one than when it was opened"):
        x.compute()
    shutil.rmtree(tmp_path / "x")
    with pytest.raises(OSError, match="No such file"):
        x.compute()


@pytest.mark.parametrize("shards", [None, (8, 8)])
@pytest.mark.parametrize(
    "compressors", [None, ZstdCodec(checksum=True), BloscCodec(), GzipCodec()], ids=lambda codec: type(codec).__name__
)
def test_damage_is_told_by_file_array_and_chunk(tmp_path, shards, compressors):
    data = numbers((16, 16), "f8")
    z = zarr.create_array(
        tmp_path, shape=data.shape, chunks=(4, 4), shards=shards, dtype="f8", compressors=compressors, name="x"
    )
    z[:] = data
    path = tmp_path / "x" / "c" / "1" / "0"
    whole = path.read_bytes()
    x = da.from_array(z)
    for damaged in [whole[:-1], whole[: len(whole) // 2], b"", *([whole + b"\0"] if compressors is None else [])]:
        path.write_bytes(damaged)
        first = 8 if shards else 4
        with pytest.raises(OSError) as caught:
            x[first : first + 4, :4].compute()
        assert str(path) in str(caught.value) and "zarr:/x, chunk (" in str(caught.value)
        # The others are unharmed.
        np.testing.assert_array_equal(x[:first].compute(), data[:first])
        np.testing.assert_array_equal(x[:, 8:].compute(), data[:, 8:])
    path.write_bytes(whole)
    np.testing.assert_array_equal(x.compute(), data)


def test_flipped_bits_of_checked_chunks(tmp_path):
    z = zarr.create_array(tmp_path, shape=(64,), chunks=(16,), shards=(32,), dtype="i4", compressors=Crc32cCodec())
    z[:] = np.arange(64)
    path = tmp_path / "c" / "0"
    whole = path.read_bytes()
    for at in range(0, len(whole), 7):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
        with pytest.raises(OSError, match="CRC-32C"):
            da.from_array(z)[:32].compute()
    np.testing.assert_array_equal(da.from_array(z)[32:].compute(), np.arange(32, 64))


@st.composite
def layouts(draw):
    """Shape, chunks, shards or none, and chunks of the source."""
    ndim = draw(st.integers(1, 3))
    shape = tuple(draw(st.integers(1, 17)) for _ in range(ndim))
    chunks = tuple(draw(st.integers(1, 6)) for _ in range(ndim))
    shards = tuple(c * draw(st.integers(1, 4)) for c in chunks) if draw(st.booleans()) else None
    blocks = []
    for n in shape:
        cuts = sorted({0, n, *draw(st.lists(st.integers(0, n), max_size=3))})
        blocks.append(tuple(b - a for a, b in itertools.pairwise(cuts)))
    return shape, chunks, shards, tuple(blocks)


@settings(max_examples=int(os.environ.get("HYPERSLAB_ZARR_LAYOUTS", 150)), deadline=None)
@given(layout=layouts(), threads=st.integers(1, 4), data=st.data())
def test_any_blocks_into_any_chunks(tmp_path_factory, layout, threads, data):
    shape, chunks, shards, blocks = layout
    values = np.arange(1, np.prod(shape) + 1, dtype="i4").reshape(shape)
    folder = tmp_path_factory.mktemp("z")
    z = zarr.create_array(folder, shape=shape, chunks=chunks, shards=shards, dtype="i4", fill_value=-1)
    da.store(da.from_array(values, chunks=blocks) * 1, z, num_threads=threads)
    np.testing.assert_array_equal(z[:], values)
    np.testing.assert_array_equal(da.from_array(z).rechunk(blocks).compute(num_threads=threads), values)
    region = tuple(slice(*sorted(data.draw(st.tuples(st.integers(0, n), st.integers(0, n))))) for n in shape)
    part = -values[region]
    if part.size:
        da.store(da.from_array(part, chunks=2), z, regions=region, num_threads=threads)
        values[region] = part
        np.testing.assert_array_equal(z[:], values)
        np.testing.assert_array_equal(da.from_array(z).compute(), values)
    shutil.rmtree(folder)


def test_metadata_of_no_array(tmp_path):
    z = zarr.create_array(tmp_path, shape=(4,), chunks=(2,), dtype="i4")
    z[:] = 1
    text = json.loads((tmp_path / "zarr.json").read_text())
    x = da.from_array(z)
    for field, value in [("zarr_format", 4), ("shape", [2]), ("codecs", []), ("fill_value", 7), ("data_type", "u4")]:
        (tmp_path / "zarr.json").write_text(json.dumps({**text, field: value}))
        with pytest.raises(OSError, match="another one than when it was opened"):
            x.compute()
    (tmp_path / "zarr.json").write_text("{")
    with pytest.raises(OSError, match="another one than when it was opened"):
        x.compute()
