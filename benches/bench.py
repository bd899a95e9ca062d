"""Print the benchmark's tables, as Markdown, from one run. ``make bench``, or ``make bench ARGS=--quick``."""

from __future__ import annotations

import argparse
import math
import platform
import sys
from collections.abc import Callable
from pathlib import Path

from engines import ENGINES, INSTALLED
from measure import FLOOR, in_own_process
from workloads import BUILDS, WORKLOADS

PEERS = [engine for engine in INSTALLED if engine != "hyperslab"]


def show_seconds(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1e3:.3g} ms"


def show_ratio(ratio: float | None) -> str:
    return "–" if ratio is None else f"{ratio:.1f}×" if ratio < 100 else f"{ratio:.0f}×"


def show_megabytes(nbytes: float | None) -> str:
    return "–" if nbytes is None else f"{nbytes / 1e6:.0f}"


def row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def header(cells: list[str]) -> str:
    return row(cells) + "\n" + row(["---"] + ["---:"] * (len(cells) - 1))


def report(line: str) -> None:
    print(line, flush=True)


def cpu_name() -> str:
    info = Path("/proc/cpuinfo")
    names = [line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
    return names[0] if names else platform.machine()


def geometric_mean(values: list[float]) -> float:
    return math.exp(sum(map(math.log, values)) / len(values))


def times_table(divisor: int, rounds: int, floor: dict[str, float], wanted: Callable[[str], bool]) -> None:
    compared = [*PEERS, "best peer"]
    titles = ["workload", "floor", *INSTALLED, "hyperslab / floor", *[f"{peer} / hyperslab" for peer in compared]]
    report(header(titles + [f"MB {engine}" for engine in INSTALLED]))
    ratios: dict[str, list[float]] = {peer: [] for peer in compared}
    for index, work in enumerate(WORKLOADS):
        if not wanted(work.name):
            continue
        seconds = in_own_process("time", index, divisor, rounds)
        peaks = {engine: in_own_process("peak", index, divisor, engine) for engine in work.available(divisor)}
        ours = seconds["hyperslab"]
        least = max(seconds.get(FLOOR, 0.0), work.flops / divisor**3 / floor["gemm"])
        cells = [work.name, show_seconds(least or None), *[show_seconds(seconds.get(e)) for e in INSTALLED]]
        cells.append(show_ratio(ours / least if least else None))
        found = {peer: seconds[peer] / ours for peer in PEERS if peer in seconds}
        if found:
            found["best peer"] = min(found.values())
        for peer, ratio in found.items():
            ratios[peer].append(ratio)
        cells += [show_ratio(found.get(peer)) for peer in compared]
        report(row(cells + [show_megabytes(peaks.get(engine)) for engine in INSTALLED]))
    means = [show_ratio(geometric_mean(ratios[peer]) if ratios[peer] else None) for peer in compared]
    counts = [f"of {len(ratios[peer])} workloads" for peer in compared]
    for title, cells in (("geometric mean", means), ("", counts)):
        report(row([title] + [""] * (len(INSTALLED) + 2) + cells + [""] * len(INSTALLED)))


def threads_table(divisor: int, rounds: int, wanted: Callable[[str], bool]) -> None:
    report(header(["compute-bound", "1 thread", "2 threads", "speed-up"]))
    for index, work in enumerate(WORKLOADS):
        if work.compute_bound and wanted(work.name):
            seconds = in_own_process("threads", index, divisor, rounds)
            one, two = seconds["1"], seconds["2"]
            report(row([work.name, show_seconds(one), show_seconds(two), f"{one / two:.2f}×"]))


def builds_table(wanted: Callable[[str], bool]) -> None:
    report(header(["built, never computed", "engine", "chunks", "operations", "time", "MB"]))
    for index, build in enumerate(BUILDS):
        for engine, (side, steps) in build.sizes.items():
            if engine in INSTALLED and wanted(build.name):
                found = in_own_process("build", index, engine)
                cells = [build.name, engine, f"{side**2:,}", f"{steps:,}", show_seconds(found["seconds"])]
                report(row([*cells, f"{found['bytes'] / 1e6:.1f}"]))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="dimensions divided by 5, 3 rounds")
    parser.add_argument("--rounds", type=int, help="timed runs of each engine (7, or 3 with --quick)")
    parser.add_argument("--only", default="", help="only workloads whose name contains this")
    args = parser.parse_args()
    divisor, rounds = (5 if args.quick else 1), args.rounds or (3 if args.quick else 7)

    floor = in_own_process("machine", divisor)
    versions = {name: ENGINES[name].version() for name in INSTALLED}
    report(
        f"{cpu_name()}, {floor['cores']} cores, Python {platform.python_version()}; "
        + ", ".join(f"{name} {version}" for name, version in versions.items())
    )
    for name in ENGINES:
        if name not in INSTALLED:
            report(f"{name} is not installed and is left out: `pip install -r requirements-bench.txt`.")
    report(
        f"At most: read {floor['read'] / 1e9:.1f} GB/s, copy {floor['copy'] / 1e9:.1f} GB/s, "
        f"product of matrices {floor['gemm'] / 1e9:.0f} GFLOP/s."
    )
    size = "all dimensions divided by 5: a smoke run, not a measurement" if args.quick else "full size"
    report(
        f"Medians of {rounds} interleaved runs after one to warm up ({size}); what takes over 5 s runs once, and what "
        "takes less than 20 ms several times. Floor: what reading the input takes on all cores, with writing where the "
        "result is as large, in the same turns, or the operations of a product. Arrays are wrapped before, expressions "
        "built within what is timed; JAX compiles before. MB: most memory above the input, wrapping (of which JAX and "
        "Blosc2 make a copy), compiling and result included, each engine in a process of its own. Best peer: the "
        "fastest of the others, row by row.\n"
    )
    times_table(divisor, rounds, floor, lambda name: args.only in name)
    report("\nhyperslab alone:\n")
    threads_table(divisor, rounds, lambda name: args.only in name)
    report("\nNot every engine can build what hyperslab builds, so each is given its own size:\n")
    builds_table(lambda name: args.only in name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
