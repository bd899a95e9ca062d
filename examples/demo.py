"""The main job: a file larger than the memory budget, read lazily, computed on, stored, checked and measured.

``make demo`` runs it. It exits with 1 when a result differs from h5py + NumPy or when more memory was resident than
the budget and a fixed base allow.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
import station_file

import hyperslab as da

BUDGET = "256 MiB"
BUDGET_BYTES = 256 * 2**20
BASE_BYTES = 200 * 10**6  # interpreter, libraries and the results themselves
CHECKED_STATIONS = slice(1_000, 1_250)
CHECKED_HOURS = (0, 24_321, 49_999)


def peak_resident() -> int:
    """Most bytes this process had in memory at one time."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


@dataclass
class Step:
    """One computation of the demo and what it cost."""

    what: str
    nbytes: int
    seconds: float = 0.0

    def __str__(self) -> str:
        rate = self.nbytes / self.seconds / 1e9
        return f"{self.what:<44} {self.nbytes / 1e9:7.3f} GB  {self.seconds:7.2f} s  {rate:6.2f} GB/s"


@contextmanager
def measured(steps: list[Step], what: str, nbytes: int) -> Iterator[None]:
    """Time one step, with a progress bar, and add it to the list."""
    print(what)
    step = Step(what, nbytes)
    start = time.perf_counter()
    with da.progress.ProgressBar():
        yield
    step.seconds = time.perf_counter() - start
    steps.append(step)


@dataclass
class Results:
    """What the demo computed: two small results in memory, one large one in a file."""

    row_sums: np.ndarray
    mean: np.ndarray
    std: np.ndarray


def compute(source: h5py.Dataset, target: Path, steps: list[Step]) -> Results:
    """The three computations, each of one expression in NumPy's vocabulary; bytes: of the chunks they touch."""
    x = da.from_array(source, chunks=source.chunks)
    print(x)
    first_chunks = source.chunks[0] * source.shape[1] * source.dtype.itemsize
    with measured(steps, "log(x + 1)[:5].sum(axis=1)", first_chunks):
        row_sums = np.log(x + 1)[:5].sum(axis=1).compute()
    with measured(steps, "x.mean(axis=0), x.std(axis=0) in one pass", source.nbytes):
        mean, std = da.compute(x.mean(axis=0), x.std(axis=0))
    anomaly = ((x - mean) / std).astype("f4")
    with measured(steps, "((x - mean) / std) to HDF5", source.nbytes):
        da.to_hdf5(target, "/anomaly", anomaly)
    return Results(row_sums, mean, std)


def check(source: h5py.Dataset, results: Results, target: Path) -> list[str]:
    """Compare a sample with what h5py and NumPy give; returns what differs."""
    faults = []

    def compare(what: str, got: np.ndarray, expected: np.ndarray, rtol: float) -> None:
        same = got.shape == expected.shape and np.allclose(got, expected, rtol=rtol, atol=rtol)
        worst = np.max(np.abs(got - expected)) if got.shape == expected.shape else "another shape"
        print(f"  {what:<42} {'equal' if same else 'DIFFERENT'} (largest difference {worst:.2g})")
        if not same:
            faults.append(what)

    compare("row sums, all", results.row_sums, np.log(source[:5] + 1).sum(axis=1), 1e-12)
    columns = source[:, CHECKED_STATIONS]
    mean, std = columns.mean(axis=0), columns.std(axis=0)
    compare(f"mean, {columns.shape[1]} stations", results.mean[CHECKED_STATIONS], mean, 1e-12)
    compare(f"std, {columns.shape[1]} stations", results.std[CHECKED_STATIONS], std, 1e-9)
    with h5py.File(target, "r") as file:
        stored = file["/anomaly"]
        if stored.shape != source.shape:
            faults.append(f"shape of the stored anomaly: {stored.shape}")
        for hour in CHECKED_HOURS:
            expected = ((columns[hour] - mean) / std).astype("f4")
            compare(f"stored anomaly, hour {hour}", stored[hour, CHECKED_STATIONS], expected, 1e-6)
    return faults


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("demo-data"), help="where the files are written")
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    path, target = folder / "stations.hdf5", folder / "anomaly.hdf5"
    if not station_file.is_complete(path):
        subprocess.run([sys.executable, station_file.__file__, str(path)], check=True)
    target.unlink(missing_ok=True)

    steps: list[Step] = []
    with h5py.File(path, "r") as file, da.config.set(memory_limit=BUDGET):
        source = file[station_file.DATASET]
        print(f"{path}: {path.stat().st_size / 1e9:.2f} GB on disk, {source.nbytes / 1e9:.2f} GB of {source.dtype}")
        print(f"budget {BUDGET}\n")
        results = compute(source, target, steps)
        peak = peak_resident()
        print("\nchecked against h5py + NumPy:")
        faults = check(source, results, target)

    print(f"\n{'computed':<44} {'read':>10}  {'wall':>9}  {'rate':>11}")
    print(*steps, sep="\n")
    allowed = BUDGET_BYTES + BASE_BYTES
    print(
        f"\npeak resident set {peak / 1e6:.0f} MB, allowed {allowed / 1e6:.0f} MB (budget + {BASE_BYTES / 1e6:.0f} MB)"
    )
    if peak > allowed:
        faults.append("peak resident set")
    for fault in faults:
        print(f"FAILED: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
