"""Print how a Zarr array in rows becomes one in columns under a budget, beside dask. ``make bench-storage``.

Every engine runs in a process of its own, which counts the bytes that it reads and writes (Linux: ``/proc/self/io``,
whatever lies in the page cache included), the seconds and the most memory above what its libraries take.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import zarr

COLS = 8_192


def source(path: Path, rows: int, chunk: int) -> None:
    """Rows of doubles in chunks of so many bytes, uncompressed, so that bytes can be counted."""
    height = chunk // (COLS * 8)
    x = zarr.create_array(path, shape=(rows, COLS), chunks=(height, COLS), dtype="f8", compressors=None)
    for i in range(0, rows, height):
        x[i : i + height] = np.arange(i * COLS, (i + height) * COLS, dtype="f8").reshape(height, COLS)


def columns(x: Any) -> tuple[int, int]:
    """Chunks of whole columns, as large as those of rows."""
    return (x.shape[0], max(x.chunks[0] * COLS // x.shape[0], 1))


def by_hyperslab(path: str, target: str, limit: int) -> None:
    import hyperslab

    x = zarr.open_array(path, mode="r")
    with hyperslab.config.set(memory_limit=limit):
        hyperslab.to_zarr(hyperslab.from_zarr(x).rechunk(columns(x)), target, compressors=None)


def by_dask(path: str, target: str, limit: int) -> None:
    import dask.array

    x = zarr.open_array(path, mode="r")
    dask.array.from_zarr(x).rechunk(columns(x)).to_zarr(target, compressors=None)


def by_rechunker(path: str, target: str, limit: int) -> None:
    import rechunker

    x = zarr.open_array(path, mode="r")
    plan = rechunker.rechunk(x, columns(x), limit, target, temp_store=target + ".temp")
    plan.execute()


def by_cubed(path: str, target: str, limit: int) -> None:
    import cubed

    spec = cubed.Spec(work_dir=target + ".temp", allowed_mem=limit, reserved_mem=0)
    x = zarr.open_array(path, mode="r")
    cubed.to_zarr(cubed.from_zarr(path, spec=spec).rechunk(columns(x)), store=target)


ENGINES = {"hyperslab": by_hyperslab, "dask": by_dask, "rechunker": by_rechunker, "cubed": by_cubed}


def counters() -> dict[str, int]:
    lines = Path("/proc/self/io").read_text().splitlines()
    return {name: int(value) for name, value in (line.split(": ") for line in lines)}


def memory(key: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(key)).split()[1]) * 1024


def run(engine: str, path: str, target: str, limit: int) -> dict[str, Any]:
    small = f"{target}.small"
    zarr.create_array(f"{small}.in", shape=(64, 64), chunks=(8, 64), dtype="f8", compressors=None)[...] = 1.0
    ENGINES[engine](f"{small}.in", small, limit)  # libraries, threads and tables that exist once per process
    Path("/proc/self/clear_refs").write_text("5")
    base, before, start = memory("VmRSS"), counters(), time.perf_counter()
    ENGINES[engine](path, target, limit)
    seconds, after = time.perf_counter() - start, counters()
    return {
        "seconds": seconds,
        "read": after["rchar"] - before["rchar"],
        "written": after["wchar"] - before["wchar"],
        "peak": memory("VmHWM") - base,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="256 MiB under 64 MiB instead of 8 GiB under 512 MiB")
    parser.add_argument("--gib", type=float, help="size of the array, in GiB")
    parser.add_argument("--limit", type=int, help="budget, in MiB")
    parser.add_argument("--engines", default="hyperslab,dask", help="names, separated by commas")
    args = parser.parse_args()
    nbytes = int((args.gib or (0.25 if args.quick else 8)) * 2**30)
    limit = (args.limit or (64 if args.quick else 512)) << 20
    rows = nbytes // (COLS * 8)
    folder = Path(tempfile.mkdtemp(prefix="hyperslab-bench-", dir=os.environ.get("HYPERSLAB_BENCH_DIR")))
    try:
        path = folder / "rows.zarr"
        source(path, rows, limit // 64)
        print(
            f"\n{nbytes / 2**30:g} GiB in rows to columns, budget {limit >> 20} MiB; bytes in multiples of the array.\n"
        )
        print("| | seconds | read | written | MiB at most |\n|---|---:|---:|---:|---:|")
        for engine in args.engines.split(","):
            target = folder / "columns.zarr"
            command = [sys.executable, __file__, "run", engine, str(path), str(target), str(limit)]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
            if done.returncode:
                print(f"| {engine} | failed | | | |", flush=True)
            else:
                found = json.loads(done.stdout.splitlines()[-1])
                moved = [f"{found[what] / nbytes:.2f}×" for what in ("read", "written")]
                print(
                    f"| {engine} | {found['seconds']:.1f} | {moved[0]} | {moved[1]} | {found['peak'] >> 20} |",
                    flush=True,
                )
                there = zarr.open_array(target, mode="r")
                wanted = np.arange(rows, dtype="f8")[:, None] * COLS + np.arange(2)
                np.testing.assert_array_equal(there[:, :2], wanted)
            for left in folder.glob("columns.zarr*"):
                shutil.rmtree(left)
    finally:
        shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["run"]:
        print(json.dumps(run(sys.argv[2], *sys.argv[3:5], int(sys.argv[5]))))
    else:
        sys.exit(main())
