"""Zarr arrays that tests of object stores serve."""

import numcodecs
import numpy as np
import zarr
from zarr.codecs import BloscCodec, Crc32cCodec, GzipCodec, ZstdCodec

KEYS = {"key": "test", "secret": "hidden"}


def s3(server, **more):
    return {**KEYS, "endpoint_url": server.url, **more}


def numbers(shape, dtype="f4", seed=0):
    return np.random.default_rng(seed).integers(-100, 100, shape).astype(dtype)


def native(x):
    """Whether a lazy array is read without zarr-python."""
    return "zarr" in x.explain() and "through" not in x.explain()


def stored(folder, data, **options):
    """A Zarr array of a folder, some of whose chunks are the fill value alone and are not stored."""
    options = {"chunks": tuple(max(1, n // 3) for n in data.shape), "fill_value": 7, **options}
    z = zarr.create_array(str(folder), shape=data.shape, dtype=data.dtype, **options)
    z[...] = data
    return z


def holey(shape, dtype="f4"):
    data = numbers(shape, dtype)
    data[: shape[0] // 2, : shape[1] // 2] = 7
    return data


SELECTIONS = [
    np.s_[...], np.s_[1:], np.s_[::-2], np.s_[..., 2:5], np.s_[3:4], np.s_[:0], np.s_[7, ::3], np.s_[..., ::-4],
    np.s_[5:6, 8:9], np.s_[-1],
]  # fmt: skip

LAYOUTS = {
    "2 none": {"zarr_format": 2, "compressors": None},
    "2 none F": {"zarr_format": 2, "compressors": None, "order": "F"},
    "2 zlib /": {
        "zarr_format": 2,
        "compressors": numcodecs.Zlib(1),
        "chunk_key_encoding": {"name": "v2", "separator": "/"},
    },
    "2 blosc F": {"zarr_format": 2, "compressors": numcodecs.Blosc("zstd"), "order": "F"},
    "2 zstd": {"zarr_format": 2, "compressors": numcodecs.Zstd(3)},
    "3 none": {"compressors": None},
    "3 zstd": {"compressors": ZstdCodec()},
    "3 gzip v2": {"compressors": GzipCodec(), "chunk_key_encoding": {"name": "v2", "separator": "."}},
    "3 blosc crc": {"compressors": [BloscCodec(cname="lz4"), Crc32cCodec()]},
    "3 shards none": {"compressors": None, "chunks": (5, 3), "shards": (20, 12)},
    "3 shards zstd": {"compressors": ZstdCodec(), "chunks": (5, 3), "shards": (20, 12)},
    "3 shards blosc": {"compressors": BloscCodec(), "chunks": (3, 20), "shards": (21, 20)},
}
