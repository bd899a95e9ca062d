"""Print how fast HDF5 and Zarr are read and written, beside their libraries and dask. ``make bench-storage``.

Every cell is megabytes of elements per second, the best of a few rounds in which the engines take turns; files lie in
the page cache. Peers that are not installed have no column: hidefix reads HDF5, zarrs is a pipeline of codecs for
zarr-python.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dask
import dask.array
import h5py
import numpy as np
import zarr
from machine import cores
from zarr.codecs import BloscCodec, GzipCodec, ZstdCodec

import hyperslab

Call = Callable[[], Any]


def installed(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


@dataclass(frozen=True)
class Layout:
    """How an array is stored."""

    name: str
    format: str
    options: dict[str, Any]
    chunks: tuple[int, int] = (500, 500)

    def create(self, path: Path, shape: tuple[int, int], dtype: np.dtype) -> Any:
        """A new array at `path`."""
        chunks = tuple(min(c, n) for c, n in zip(self.chunks, shape))
        if self.format == "zarr":
            return zarr.create_array(path, shape=shape, chunks=chunks, dtype=dtype, **self.options)
        file = h5py.File(path, "w")
        return file.create_dataset("x", shape=shape, dtype=dtype, chunks=chunks, **self.options)


def layouts() -> list[Layout]:
    found = [
        Layout("HDF5 gzip+shuffle", "hdf5", {"compression": "gzip", "shuffle": True}),
        Layout("HDF5 uncompressed", "hdf5", {}),
    ]
    if installed("hdf5plugin"):
        import hdf5plugin

        found += [
            Layout("HDF5 zstd", "hdf5", dict(hdf5plugin.Zstd())),
            Layout("HDF5 blosc", "hdf5", dict(hdf5plugin.Blosc())),
            Layout("HDF5 lz4", "hdf5", dict(hdf5plugin.LZ4())),
        ]
    shards = {"shards": (2000, 2000)}
    return [
        *found,
        Layout("Zarr v3 zstd", "zarr", {"compressors": ZstdCodec(level=0)}),
        Layout("Zarr v3 blosc", "zarr", {"compressors": BloscCodec(cname="lz4", shuffle="shuffle")}),
        Layout("Zarr v3 gzip", "zarr", {"compressors": GzipCodec(level=5)}),
        Layout("Zarr v3 uncompressed", "zarr", {"compressors": None}),
        Layout("Zarr v3 zstd, shards", "zarr", {"compressors": ZstdCodec(level=0), **shards}),
        Layout("Zarr v3 blosc, shards", "zarr", {"compressors": BloscCodec(cname="lz4", shuffle="shuffle"), **shards}),
        Layout("Zarr v2 zstd", "zarr", {"zarr_format": 2, "compressors": __import__("numcodecs").Zstd(0)}),
        Layout("Zarr v3 zstd, small chunks", "zarr", {"compressors": ZstdCodec(level=0)}, (100, 100)),
    ]


def readers(layout: Layout, path: Path, threads: int) -> dict[str, Call]:
    """Calls that read the whole array, by engine."""
    if layout.format == "hdf5":

        def opened(read: Callable[[Any], Any]) -> Call:
            def call() -> Any:
                with h5py.File(path, "r") as file:
                    return read(file["x"])

            return call

        calls = {
            "hyperslab": opened(lambda x: hyperslab.from_array(x).compute(num_threads=threads)),
            "library": opened(lambda x: x[:]),
            "dask": opened(lambda x: dask.array.from_array(x).compute(num_workers=threads)),
        }
        if installed("hidefix"):
            import hidefix

            found = hidefix.Index(str(path)).dataset("x")
            if found is not None:  # It knows gzip and shuffle alone, and not every kind of file.
                calls["hidefix"] = lambda: hidefix.Index(str(path)).dataset("x")[:]
        return calls
    calls = {
        "hyperslab": lambda: hyperslab.from_zarr(path).compute(num_threads=threads),
        "library": lambda: zarr.open_array(path, mode="r")[:],
        "dask": lambda: dask.array.from_zarr(path).compute(num_workers=threads),
    }
    if installed("zarrs"):

        def by_zarrs() -> Any:
            with zarr.config.set({"codec_pipeline.path": "zarrs.ZarrsCodecPipeline"}):
                return zarr.open_array(path, mode="r")[:]

        calls["zarrs"] = by_zarrs
    return calls


def writers(layout: Layout, folder: Path, data: np.ndarray, threads: int) -> dict[str, Call]:
    """Calls that write a new array, by engine."""
    shards = layout.options.get("shards")
    blocks = shards or layout.chunks

    def fresh(write: Callable[[Any], Any]) -> Call:
        def call() -> None:
            path = folder / "out"
            if path.is_dir():
                shutil.rmtree(path)
            path.unlink(missing_ok=True)
            target = layout.create(path, data.shape, data.dtype)
            write(target)
            if layout.format == "hdf5":
                target.file.close()

        return call

    def whole(target: Any) -> None:
        target[:] = data

    # dask stores block by block: blocks are whole chunks or shards, for it would tear them otherwise.
    calls = {
        "hyperslab": fresh(
            lambda t: hyperslab.store(hyperslab.from_array(data, chunks=blocks), t, num_threads=threads)
        ),
        "library": fresh(whole),
        "dask": fresh(lambda t: dask.array.from_array(data, chunks=blocks).store(t, num_workers=threads)),
    }
    if layout.format == "zarr" and installed("zarrs"):

        def by_zarrs() -> None:
            with zarr.config.set({"codec_pipeline.path": "zarrs.ZarrsCodecPipeline"}):
                fresh(whole)()

        calls["zarrs"] = by_zarrs
    return calls


def best(calls: dict[str, Call], rounds: int, check: np.ndarray | None) -> dict[str, float]:
    """Seconds of each call, the engines taking turns."""
    seconds = dict.fromkeys(calls, float("inf"))
    for _ in range(rounds):
        for name, call in calls.items():
            start = time.perf_counter()
            answer = call()
            seconds[name] = min(seconds[name], time.perf_counter() - start)
            if check is not None:
                np.testing.assert_array_equal(answer, check)
    return seconds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a sixteenth of the data, 2 rounds")
    parser.add_argument("--rounds", type=int, help="runs of each cell (5, or 2 with --quick)")
    parser.add_argument("--only", default="", help="layouts whose name has this in it")
    args = parser.parse_args()
    side, rounds = (1500 if args.quick else 6000), args.rounds or (2 if args.quick else 5)
    threads = cores()

    rng = np.random.default_rng(0)
    smooth = np.cumsum(rng.normal(size=(side, side)), axis=1)
    data = (np.round(smooth * 16) / 16).astype("f4")
    engines = ["hyperslab", "library", "dask", *[e for e in ("hidefix", "zarrs") if installed(e)]]
    print(f"{data.nbytes / 1e6:.0f} MB of float32, {threads} threads; MB/s, best of {rounds}.\n")
    head = ["", *engines, "hyperslab / library"]
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    folder = Path(tempfile.mkdtemp(prefix="hyperslab-bench-", dir=os.environ.get("HYPERSLAB_BENCH_DIR")))
    try:
        for layout in [la for la in layouts() if args.only in la.name]:
            path = folder / "data"
            target = layout.create(path, data.shape, data.dtype)
            target[:] = data
            if layout.format == "hdf5":
                target.file.close()
            for what, calls, check in [
                ("read", readers(layout, path, threads), data),
                ("write", writers(layout, folder, data, threads), None),
            ]:
                seconds = best(calls, rounds, check)
                speeds = [f"{data.nbytes / 1e6 / seconds[e]:.0f}" if e in seconds else "" for e in engines]
                ratio = seconds["library"] / seconds["hyperslab"]
                print("| " + " | ".join([f"{what} {layout.name}", *speeds, f"{ratio:.1f}×"]) + " |", flush=True)
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    finally:
        shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
