"""What the native road is told of HDF5 datasets, held against the bytes in the file and the library's own reading."""

from __future__ import annotations

import importlib.util
import os
import zlib
from pathlib import Path

import h5py
import numpy as np
import pytest

# By its path: the package needs the compiled module, this part of it does not.
_SPEC = importlib.util.spec_from_file_location("_hdf5", Path(__file__).parents[1] / "python" / "hyperslab" / "_hdf5.py")
assert _SPEC is not None and _SPEC.loader is not None
_hdf5 = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_hdf5)
native_layout, sink_filters = _hdf5.native_layout, _hdf5.sink_filters

RNG = np.random.default_rng(0)


def elements(dtype: np.dtype, shape: tuple[int, ...]) -> np.ndarray:
    """Elements of any native dtype, few of them equal."""
    if dtype.kind == "b":
        return RNG.integers(0, 2, shape).astype(dtype)
    if dtype.kind == "c":
        return (RNG.integers(-99, 99, shape) + 1j * RNG.integers(-99, 99, shape)).astype(dtype)
    return RNG.integers(0, 99, shape).astype(dtype)


def decode(stored: bytes, filters: list, mask: int, itemsize: int) -> bytes:
    """Undoes a pipeline with the standard library."""
    for i in reversed(range(len(filters))):
        name, params = filters[i]
        if mask >> i & 1:
            continue
        if name == "fletcher32":
            stored = stored[:-4]
        elif name == "deflate":
            stored = zlib.decompress(stored)
        else:
            assert (name, params) == ("shuffle", (itemsize,))
            stored = np.frombuffer(stored, np.uint8).reshape(itemsize, -1).T.tobytes()
    return stored


def read_natively(layout: dict) -> np.ndarray:
    """The whole dataset from the bytes of the file, by nothing but its layout."""
    dtype, shape, chunk = layout["dtype"], layout["shape"], layout["chunk_shape"]
    out = np.full(shape, np.frombuffer(layout["fill"], dtype.newbyteorder("="))[0])
    fd = os.open(layout["path"], os.O_RDONLY)
    try:
        stat = os.fstat(fd)
        inode = (stat.st_dev, stat.st_ino)
        assert layout["stamp"] == (stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, inode)
        if chunk is None and layout["offset"] is not None:
            out[...] = np.frombuffer(os.pread(fd, out.nbytes, layout["offset"]), dtype).reshape(shape)
        if chunk is None:
            return out
        grid = [-(-n // c) for n, c in zip(shape, chunk)]
        for position, offset, size, mask in zip(*layout["index"]):
            at = np.unravel_index(int(position), grid)
            stored = os.pread(fd, int(size), int(offset))
            raw = decode(stored, layout["filters"], int(mask), dtype.itemsize)
            place = tuple(slice(i * c, (i + 1) * c) for i, c in zip(at, chunk))
            out[place] = np.frombuffer(raw, dtype).reshape(chunk)[tuple(slice(n) for n in out[place].shape)]
    finally:
        os.close(fd)
    return out


def check(path: Path, name: str = "x") -> dict:
    """The layout of a dataset, after what it leads to was compared with the library's reading."""
    with h5py.File(path, "r") as f:
        layout = native_layout(f[name])
        assert layout is not None
        got, want = read_natively(layout), f[name][...]
    assert got.dtype == want.dtype.newbyteorder("=")
    np.testing.assert_array_equal(got, want)
    assert (layout["path"], layout["name"]) == (str(path), f"/{name}")
    return layout


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data.h5"


NUMERIC = [np.dtype(c) for c in "?bBhHiIlLefdFD"]
DTYPES = [*NUMERIC, *(d.newbyteorder(">") for d in NUMERIC if d.itemsize > 1)]
PIPELINES = [
    {},
    {"compression": "gzip"},
    {"compression": "gzip", "shuffle": True},
    {"compression": "gzip", "compression_opts": 9, "shuffle": True, "fletcher32": True},
    {"fletcher32": True},
]


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("userblock", [0, 512])
def test_every_native_dtype_contiguous_and_chunked(path: Path, dtype: np.dtype, userblock: int) -> None:
    data = elements(dtype, (70, 100))
    with h5py.File(path, "w", userblock_size=userblock) as f:
        f.create_dataset("x", data=data, chunks=(30, 40), compression="gzip", shuffle=True)
        f.create_dataset("flat", data=data)
    layout = check(path)
    assert (layout["shape"], layout["chunk_shape"], layout["offset"]) == ((70, 100), (30, 40), None)
    assert layout["filters"] == [("shuffle", (dtype.itemsize,)), ("deflate", (4,))]
    assert [column.dtype.name for column in layout["index"]] == ["uint64", "uint64", "uint64", "uint32"]
    flat = check(path, "flat")
    assert flat["offset"] > userblock and flat["index"] is None
    assert layout["dtype"] == flat["dtype"] == dtype


@pytest.mark.parametrize("options", PIPELINES, ids=str)
@pytest.mark.parametrize("shape, chunk", [((10,), (4,)), ((8, 6, 5), (3, 2, 5)), ((3, 3), (3, 3))])
@pytest.mark.parametrize("libver", ["earliest", "latest"])
@pytest.mark.parametrize("userblock", [0, 512])
def test_pipelines_and_indices(
    path: Path, options: dict, shape: tuple[int, ...], chunk: tuple[int, ...], libver: str, userblock: int
) -> None:
    data = elements(np.dtype("f8"), shape)
    with h5py.File(path, "w", libver=libver, userblock_size=userblock) as f:
        f.create_dataset("x", data=data, chunks=chunk, **options)
        f.create_dataset("grows", data=data, chunks=chunk, maxshape=(None,) * len(shape), **options)
    assert len(check(path)["index"][0]) == np.prod([-(-n // c) for n, c in zip(shape, chunk)])
    check(path, "grows")


def test_lzf_is_known_for_reading_alone(path: Path) -> None:
    with h5py.File(path, "w") as f:
        f.create_dataset("x", data=np.zeros((8, 8)), chunks=(4, 4), compression="lzf")
        assert sink_filters(f["x"]) is None
    with h5py.File(path, "r") as f:
        layout = native_layout(f["x"])
    assert layout is not None
    assert [name for name, _ in layout["filters"]] == ["lzf"]


def test_chunks_never_written_are_the_fill_value(path: Path) -> None:
    with h5py.File(path, "w") as f:
        for name, dtype, fill in [("x", "f8", 2.5), ("big", ">i4", -7), ("flag", "?", True), ("zero", "f4", None)]:
            d = f.create_dataset(name, (9, 9), dtype, chunks=(2, 4), fillvalue=fill, compression="gzip")
            d[3, 3:6] = 1
            f.create_dataset(f"no_{name}", (9, 9), dtype, chunks=(2, 4), fillvalue=fill)
            f.create_dataset(f"flat_{name}", (9, 9), dtype, fillvalue=fill)
    for name in ("x", "big", "flag", "zero"):
        assert sorted(check(path, name)["index"][0]) == [3, 4]
        assert len(check(path, f"no_{name}")["index"][0]) == 0
        flat = check(path, f"flat_{name}")
        assert (flat["offset"], flat["index"]) == (None, None)


def test_resized_datasets(path: Path) -> None:
    with h5py.File(path, "w") as f:
        d = f.create_dataset("x", data=elements(np.dtype("i4"), (10, 10)), chunks=(3, 3), maxshape=(None, None))
        d.resize((4, 11))
        d.resize((7, 5))
    check(path)


def test_datetimes_are_read_as_they_are(path: Path) -> None:
    with h5py.File(path, "w") as f:
        days = np.arange(10).astype("M8[s]")
        f.create_dataset("x", data=days.astype(h5py.opaque_dtype(days.dtype)), chunks=(3,), compression="gzip")
    assert check(path)["dtype"] == np.dtype("M8[s]")


def test_filters_left_out_of_one_chunk(path: Path) -> None:
    data = elements(np.dtype("i4"), (6, 4))
    with h5py.File(path, "w") as f:
        d = f.create_dataset("x", (6, 4), "i4", chunks=(3, 4), compression="gzip", shuffle=True)
        d.id.write_direct_chunk((0, 0), data[:3].tobytes(), filter_mask=3)
        d[3:] = data[3:]
    layout = check(path)
    assert sorted(layout["index"][3].tolist()) == [0, 3]


def test_edge_chunks_that_may_lack_filters_go_through_the_library(path: Path) -> None:
    data = elements(np.dtype("f8"), (5, 4))
    with h5py.File(path, "w") as f:
        f.create_dataset("x", data=data, chunks=(3, 4), shuffle=True)
        f.create_dataset("whole", data=data[:3], chunks=(3, 4), shuffle=True)
    check(path, "whole")
    with h5py.File(path, "r") as f:
        assert native_layout(f["x"]) is None


def not_native(f: h5py.File) -> dict[str, h5py.Dataset]:
    """Datasets that only the library reads, by what is the matter with them."""
    plain = np.arange(4.0)
    double = h5py.h5t.IEEE_F64LE.copy()
    double.set_ebias(1000)
    space = h5py.h5s.create_simple((4,))
    compact = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    compact.set_layout(h5py.h5d.COMPACT)
    never = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    never.set_chunk((2,))
    never.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
    twelve = h5py.h5t.STD_U16LE.copy()
    twelve.set_precision(12)
    f.create_dataset("base", data=plain)
    layout = h5py.VirtualLayout((4,), "f8")
    layout[:] = h5py.VirtualSource(f["base"])
    return {
        "scalar": f.create_dataset("scalar", data=1.0),
        "null": f.create_dataset("null", data=h5py.Empty("f8")),
        "text": f.create_dataset("text", data=["a", "b"]),
        "bytes": f.create_dataset("bytes", data=np.array([b"a", b"b"])),
        "compound": f.create_dataset("compound", (4,), [("a", "i4"), ("b", "f8")]),
        "vlen": f.create_dataset("vlen", (4,), h5py.vlen_dtype("i4")),
        "reference": f.create_dataset("reference", (4,), h5py.ref_dtype),
        "long double": f.create_dataset("longdouble", (4,), np.longdouble),
        "array elements": f.create_dataset("subarray", (4,), np.dtype(("i4", (3,)))),
        "precision": h5py.Dataset(h5py.h5d.create(f.id, b"precision", twelve, space)),
        "float bias": h5py.Dataset(h5py.h5d.create(f.id, b"double", double, space)),
        "compact": h5py.Dataset(h5py.h5d.create(f.id, b"compact", h5py.h5t.NATIVE_DOUBLE, space, compact)),
        "fill never": h5py.Dataset(h5py.h5d.create(f.id, b"never", h5py.h5t.NATIVE_DOUBLE, space, never)),
        "scaleoffset": f.create_dataset("scaleoffset", data=np.arange(4), chunks=(2,), scaleoffset=0),
        "external": f.create_dataset("external", (4,), "f8", external=[("raw.bin", 0, 32)]),
        "virtual": f.create_virtual_dataset("virtual", layout),
    }


CASES = (
    "scalar,null,text,bytes,compound,vlen,reference,long double,array elements,precision,float bias,compact,fill never,"
    "scaleoffset,external,virtual"
)


@pytest.mark.parametrize("case", CASES.split(","))
def test_what_only_the_library_reads(path: Path, case: str) -> None:
    with h5py.File(path, "w") as f:
        name = not_native(f)[case].name
    with h5py.File(path, "r") as f:
        assert native_layout(f[name]) is None
        assert native_layout(f["base"]) is not None


def test_open_modes_and_drivers_of_the_library(path: Path) -> None:
    with h5py.File(path, "w", libver="latest") as f:
        f["x"] = np.arange(8.0).reshape(2, 4)
        assert native_layout(f["x"]) is None
        f.swmr_mode = True
        assert native_layout(f["x"]) is None
    for options in (
        {"mode": "r+"},
        {"mode": "r", "swmr": True},
        {"mode": "r", "driver": "core"},
        {"mode": "r", "driver": "stdio"},
    ):
        with h5py.File(path, **options) as f:
            assert native_layout(f["x"]) is None, options
    with h5py.File(path, "r+"), h5py.File(path, "r") as f:
        assert native_layout(f["x"]) is None
    with open(path, "rb") as raw, h5py.File(raw, "r") as f:
        assert native_layout(f["x"]) is None


def test_a_file_that_moved_goes_through_the_library(path: Path) -> None:
    with h5py.File(path, "w") as f:
        f["x"] = np.arange(4.0)
    with h5py.File(path, "r") as f:
        path.rename(path.with_suffix(".old"))
        assert native_layout(f["x"]) is None
        path.write_bytes(b"another")
        assert native_layout(f["x"]) is None


def test_closed_datasets_raise_h5pys_exception(path: Path) -> None:
    with h5py.File(path, "w") as f:
        d = f.create_dataset("x", data=np.arange(4.0), chunks=(2,))
    for ask in (native_layout, sink_filters):
        with pytest.raises(ValueError, match="Invalid dataset identifier"):
            ask(d)


def test_other_objects_have_no_layout() -> None:
    assert native_layout(np.arange(3)) is None
    assert sink_filters(np.arange(3)) is None


def test_many_chunks_are_listed(path: Path) -> None:
    with h5py.File(path, "w", libver="latest") as f:
        d = f.create_dataset("x", (50_000,), "i1", chunks=(1,), fillvalue=3)
        d[::5] = 1
    with h5py.File(path, "r") as f:
        layout = native_layout(f["x"])
    assert layout is not None
    assert sorted(layout["index"][0]) == list(range(0, 50_000, 5))


@pytest.mark.parametrize("options", PIPELINES, ids=str)
def test_sinks_take_chunks_that_were_encoded_elsewhere(path: Path, options: dict) -> None:
    data = elements(np.dtype("f4"), (6, 8))
    with h5py.File(path, "w") as f:
        d = f.create_dataset("x", data.shape, "f4", chunks=(3, 4), **options)
        filters = sink_filters(d)
        assert filters is not None
        if all(name != "fletcher32" for name, _ in filters):
            for i in range(0, 6, 3):
                for j in range(0, 8, 4):
                    d.id.write_direct_chunk((i, j), encode(data[i : i + 3, j : j + 4].tobytes(), filters))
            np.testing.assert_array_equal(d[...], data)


def encode(raw: bytes, filters: list) -> bytes:
    for name, params in filters:
        if name == "deflate":
            raw = zlib.compress(raw, params[0])
        else:
            raw = np.frombuffer(raw, np.uint8).reshape(-1, params[0]).T.tobytes()
    return raw


def test_sinks_that_the_library_must_write(path: Path) -> None:
    with h5py.File(path, "w", libver="latest") as f:
        assert sink_filters(f.create_dataset("flat", (4,), "f8")) is None
        assert sink_filters(f.create_dataset("big", (4,), ">f8", chunks=(2,))) is None
        assert sink_filters(f.create_dataset("text", (4,), h5py.string_dtype(), chunks=(2,))) is None
        assert sink_filters(f.create_dataset("offset", (4,), "i4", chunks=(2,), scaleoffset=2)) is None
        x = f.create_dataset("x", (4,), "f8", chunks=(2,))
        assert sink_filters(x) == []
        f.swmr_mode = True
        assert sink_filters(x) is None
    with h5py.File(path, "r") as f:
        assert sink_filters(f["x"]) is None
    with h5py.File(path, "r+", driver="core", backing_store=False) as f:
        assert sink_filters(f["x"]) is None
