"""Print how long it takes to open large files, and many, and to have their first rows. ``make bench-storage``.

A file of 100 GB in 200,000 chunks of one compressed block of zeros takes 110 MB of disk; a Zarr array of a million
chunks takes none; the many files of a collection hold 4 kB each.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import sys
import tempfile
import time
import zlib
from itertools import pairwise
from pathlib import Path
from typing import Any

import dask.array
import h5py
import numpy as np
import zarr

import hyperslab


def large_hdf5(path: Path, chunks: int, libver: str, limit: Any) -> None:
    """A dataset of rows of 12,500 doubles, five to a chunk."""
    zeros = zlib.compress(bytes(5 * 12_500 * 8))
    with h5py.File(path, "w", libver=libver) as file:
        shape = (5 * chunks, 12_500)
        x = file.create_dataset("x", shape, "f8", chunks=(5, 12_500), compression="gzip", maxshape=limit)
        for i in range(chunks):
            x.id.write_direct_chunk((5 * i, 0), zeros)


def first_rows(opened: Any, take: Any) -> tuple[float, float]:
    """Seconds of wall clock and of the processor from opening to the first five rows, the better of three."""
    best = (float("inf"), float("inf"))
    for _ in range(3):
        start, cpu = time.perf_counter(), time.process_time()
        take(opened)
        best = min(best, (time.perf_counter() - start, time.process_time() - cpu))
    return best


def report(what: str, ours: tuple[float, float], library: tuple[float, float], dask_time: tuple[float, float]) -> None:
    cells = [f"{wall * 1e3:.3g} ({cpu * 1e3:.3g})" for wall, cpu in (ours, library, dask_time)]
    print("| " + " | ".join([what, *cells]) + " |", flush=True)


def large(folder: Path, divisor: int) -> None:
    print("First 5 rows, from opening the file on: milliseconds, those of the processor in brackets.\n")
    print("| | hyperslab | library | dask |\n|---|---:|---:|---:|")
    for libver, limit, kind in [
        ("earliest", None, "B-tree"),
        ("latest", None, "fixed array"),
        ("latest", (None, 12_500), "extensible array"),
        ("latest", (None, None), "B-tree of version 2"),
    ]:
        path, chunks = folder / "x.h5", 200_000 // divisor
        large_hdf5(path, chunks, libver, limit)

        def by(read: Any, path: Path = path) -> Any:
            def call(_: Any) -> None:
                with h5py.File(path, "r") as file:
                    read(file["x"])

            return call

        report(
            f"HDF5, {chunks:,} chunks, {kind}",
            first_rows(path, by(lambda x: hyperslab.from_array(x)[:5].compute())),
            first_rows(path, by(lambda x: x[:5])),
            first_rows(path, by(lambda x: dask.array.from_array(x)[:5].compute())),
        )
        path.unlink()
    for version in (2, 3):
        path = folder / "x.zarr"
        rows = 1_000_000 // divisor
        zarr.create_array(path, shape=(rows, 1_000), chunks=(100, 10), dtype="f8", zarr_format=version)
        report(
            f"Zarr {version}, {rows:,} chunks",
            first_rows(path, lambda p: hyperslab.from_zarr(p)[:5].compute()),
            first_rows(path, lambda p: zarr.open_array(p, mode="r")[:5]),
            first_rows(path, lambda p: dask.array.from_zarr(p)[:5].compute()),
        )
        shutil.rmtree(path)


def many(folder: Path, counts: list[int]) -> None:
    """Collections of files, with at most 1024 files open."""
    low, high = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024 if low < 0 else min(1024, low), high))
    files = [str(folder / f"{i}.h5") for i in range(max(counts))]
    for i, name in enumerate(files):
        with h5py.File(name, "w") as file:
            file.create_dataset("x", data=np.full((10, 100), i % 7, "f4"), chunks=(5, 50), compression="gzip")
    print("\nOne array of many files, at most 1024 open: milliseconds of the processor a file.\n")
    print(
        "| files | opened by h5py | from_hdf5, h5py's part included | concatenate | mean |\n|---:|---:|---:|---:|---:|"
    )
    for count in counts:
        clock = [time.process_time()]
        for name in files[:count]:
            with h5py.File(name, "r") as file:
                _ = file["x"].shape
        clock.append(time.process_time())
        parts = [hyperslab.from_hdf5(name, "x") for name in files[:count]]
        clock.append(time.process_time())
        x = hyperslab.concatenate(parts)
        clock.append(time.process_time())
        mean = float(x.mean())
        clock.append(time.process_time())
        assert abs(mean - np.mean([i % 7 for i in range(count)])) < 1e-3
        each = [f"{(b - a) * 1e3 / count:.3g}" for a, b in pairwise(clock)]
        print("| " + " | ".join([f"{count:,}", *each]) + " |", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the chunks and files")
    args = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="hyperslab-bench-", dir=os.environ.get("HYPERSLAB_BENCH_DIR")))
    try:
        large(folder, 10 if args.quick else 1)
        many(folder, [250, 1_000] if args.quick else [2_500, 10_000])
    finally:
        shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
