"""How it is measured: every measurement runs in a process of its own, which answers with one line of JSON."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from engines import ENGINES, Run, Shape, fitted, lazy_array
from machine import cores
from workloads import BUILDS, WORKLOADS, Workload, uniform

SLOW = 5.0  # an engine that takes longer than this many seconds runs once
REST = 0.3  # seconds before every run: what the engine before it left to its threads would slow this one down
SHORT = 0.02  # runs are repeated until they have taken so many seconds, and their mean counts
MOST_CHUNKS = 10_000  # of an array given to dask
FLOOR = "floor"  # takes turns with the engines, but has no answer


def memory(key: str) -> int:
    """`VmHWM` (most ever resident) or `VmRSS` (resident now) of this process, in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(key)).split()[1]) * 1024


def reset_peak() -> None:
    """Make `VmHWM` start again from what is resident now."""
    Path("/proc/self/clear_refs").write_text("5")


def runner(work: Workload, engine: str, arrays: list[np.ndarray], chunks: Any = None) -> Run:
    """A function that builds the expression, over arrays that are wrapped already, and computes it."""
    return ENGINES[engine].runner(work.written_for(engine), arrays, chunks or work.chunks)


def same(left: Any, right: Any) -> bool:
    """Whether two answers agree to half the digits of the shorter float; integers exactly."""
    left, right = np.asarray(left), np.asarray(right)
    floats = [a.dtype for a in (left, right) if a.dtype.kind in "fc"]
    close = max((float(np.finfo(d).eps) for d in floats), default=0.0) ** 0.5
    return left.shape == right.shape and bool(np.allclose(left, right, rtol=close, atol=close))


def timed(run: Run) -> tuple[Any, float]:
    """An answer and the seconds that it takes."""
    time.sleep(REST)
    start = time.perf_counter()
    answer = run()
    elapsed = time.perf_counter() - start
    repeats = math.ceil(SHORT / elapsed)
    if repeats > 1:
        start = time.perf_counter()
        for _ in range(repeats):
            run()
        elapsed = (time.perf_counter() - start) / repeats
    return answer, elapsed


def interleaved(runs: dict[str, Run], rounds: int) -> dict[str, list[float]]:
    """Seconds of each engine; engines take turns, and who is first changes from round to round."""
    names, seconds, answers = list(runs), {name: [] for name in runs}, {}
    for turn in range(rounds + 1):  # the first turn warms up and is compared, not counted, unless the engine is slow
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            if seconds[name] and seconds[name][0] > SLOW:
                continue
            answer, elapsed = timed(runs[name])
            if turn == 0 and name != FLOOR:
                answers[name] = answer
            if turn > 0 or elapsed > SLOW:
                seconds[name].append(elapsed)
        if turn == 0:
            (first, expected), *others = answers.items()
            for name, answer in others:
                if not same(expected, answer):
                    raise SystemExit(f"{first} and {name} give different results")
            answers.clear()
    return seconds


def time_workload(index: int, divisor: int, rounds: int) -> dict[str, float]:
    """Median seconds of every engine that does the work, and of what its bytes take in the same turns."""
    work = WORKLOADS[index]
    arrays = work.arrays(divisor)
    runs = {engine: runner(work, engine, arrays) for engine in work.available(divisor)}
    if arrays and work.passes:
        runs[FLOOR] = mover(work, arrays)
    return medians(interleaved(runs, rounds))


def mover(work: Workload, arrays: list[np.ndarray]) -> Run:
    """A function that moves the bytes that the work must move, whoever does it, on all cores, and computes next to
    nothing."""
    count = cores()
    team = ThreadPoolExecutor(count)
    words = [a.reshape(-1).view("u1")[: a.nbytes // 8 * 8].view("i8") for a in arrays]
    targets = [np.zeros_like(w) for w in words] if work.writes else []

    def move(core: int) -> None:
        def part(w: np.ndarray, share: float) -> np.ndarray:
            length = int(w.size * share)
            return w[length * core // count : length * (core + 1) // count]

        left = work.passes - len(targets[:1])  # what is copied is read
        while left > 0:
            for w in words:
                np.add.reduce(part(w, min(left, 1)))
            left -= 1
        for target, w in zip(targets, words, strict=False):
            np.copyto(part(target, 1), part(w, 1))

    return lambda: list(team.map(move, range(count)))


def medians(seconds: dict[str, list[float]]) -> dict[str, float]:
    return {name: float(np.median(found)) for name, found in seconds.items()}


def time_chunkings(index: int, divisor: int, rounds: int, engine: str) -> list[float | None]:
    """Median seconds of an engine for every chunking; none where there are more chunks than dask can handle."""
    work = WORKLOADS[index]
    arrays = work.arrays(divisor)
    runs = {
        str(chunks): runner(work, engine, arrays, chunks)
        for chunks in chunkings(arrays[0].shape)
        if engine != "dask" or chunk_count(arrays[0].shape, chunks) <= MOST_CHUNKS
    }
    found = medians(interleaved(runs, rounds))
    return [found.get(str(chunks)) for chunks in chunkings(arrays[0].shape)]


def chunk_count(shape: Shape, chunks: Shape) -> int:
    return math.prod(-(-n // c) for n, c in zip(shape, chunks, strict=True))


def time_threads(index: int, divisor: int, rounds: int) -> dict[str, float]:
    """Median seconds of hyperslab with one thread and with two."""
    work = WORKLOADS[index]
    arrays = work.arrays(divisor)
    xp = ENGINES["hyperslab"].load()
    lazy = [lazy_array(xp, a, fitted(work.chunks, a.shape)) for a in arrays]
    runs: dict[str, Run] = {
        str(n): lambda n=n: work.expression(xp, *lazy).compute(num_threads=n)  # type: ignore[misc]
        for n in (1, 2)
    }
    return medians(interleaved(runs, rounds))


def chunkings(shape: Shape) -> list[Shape]:
    """One chunk, squares, tall ones, flat ones, tiny ones."""
    return [shape, (1_000, 1_000), (100, 100), (shape[0], 10), (10, shape[1]), (10, 10)]


def peak_of_workload(index: int, divisor: int, engine: str) -> int:
    """Bytes above what input and libraries take; wrapping the input and holding the result included."""
    work = WORKLOADS[index]
    arrays = work.arrays(divisor)
    small = [uniform(np.random.default_rng(1), a.dtype, (4,) * a.ndim) for a in arrays]
    if small:
        runner(work, engine, small)()  # threads and tables that exist once per process
    else:
        ENGINES[engine].load()
    reset_peak()
    before = memory("VmRSS")
    runner(work, engine, arrays)()
    return max(memory("VmHWM") - before, 0)


def build_only(index: int, engine: str) -> dict[str, float]:
    """Seconds and bytes of building an expression that is never computed."""
    build = BUILDS[index]
    xp = ENGINES[engine].load()
    build.expression(xp, 1, 1)
    side, steps = build.sizes[engine]
    before = memory("VmRSS")
    start = time.perf_counter()
    built = build.expression(xp, side, steps)
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "bytes": memory("VmRSS") - before, "ndim": built.ndim}


def best(work: Callable[[int], Any], threads: int, repeats: int = 5) -> float:
    """Seconds of the fastest of several runs of `work(thread)` on all threads at once."""
    fastest = float("inf")
    for _ in range(repeats):
        team = [threading.Thread(target=work, args=(i,)) for i in range(threads)]
        start = time.perf_counter()
        for thread in team:
            thread.start()
        for thread in team:
            thread.join()
        fastest = min(fastest, time.perf_counter() - start)
    return fastest


def machine_floor(divisor: int) -> dict[str, float]:
    """What the machine gives: bytes per second of reading and of copying, operations per second of a product."""
    n = 100_000_000 // divisor**2
    source, target = np.ones(n), np.zeros(n)
    side = 2_000 // divisor
    square = np.ones((side, side))
    reads, copies = [], []
    for threads in sorted({1, cores()}):
        parts = [slice(n * i // threads, n * (i + 1) // threads) for i in range(threads)]
        reads.append(8 * n / best(lambda i, parts=parts: np.maximum.reduce(source[parts[i]]), threads))
        reads.append(8 * n / best(lambda i, parts=parts: np.add.reduce(source[parts[i]]), threads))
        copies.append(16 * n / best(lambda i, parts=parts: np.copyto(target[parts[i]], source[parts[i]]), threads))
    gemm = 2.0 * side**3 / best(lambda _: square @ square, 1)
    return {"read": max(reads), "copy": max(copies), "gemm": gemm, "cores": cores()}


TASKS = {
    "machine": machine_floor,
    "time": time_workload,
    "chunkings": time_chunkings,
    "threads": time_threads,
    "peak": peak_of_workload,
    "build": build_only,
}


def in_own_process(task: str, *args: Any) -> Any:
    """Run one task of this module in a fresh interpreter."""
    command = [sys.executable, __file__, task, json.dumps(args)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()[-1])


if __name__ == "__main__":
    print(json.dumps(TASKS[sys.argv[1]](*json.loads(sys.argv[2]))))
