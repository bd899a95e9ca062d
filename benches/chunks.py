"""Print the time of the first six workloads over very different chunkings. ``make bench-chunks``."""

from __future__ import annotations

import argparse
import sys

from bench import header, report, row, show_ratio, show_seconds
from engines import INSTALLED
from measure import MOST_CHUNKS, chunkings, in_own_process
from workloads import FIRST_SIX


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="dimensions divided by 5, 3 rounds")
    parser.add_argument("--rounds", type=int, help="timed runs of each chunking (5, or 3 with --quick)")
    parser.add_argument("--engine", choices=("hyperslab", "dask"), help="one of the two")
    args = parser.parse_args()
    divisor, rounds = (5 if args.quick else 1), args.rounds or (3 if args.quick else 5)

    names = ["one chunk", *[str(c) for c in chunkings(("rows", "columns"))[1:]]]
    engines = [e for e in ("hyperslab", "dask") if e in INSTALLED and args.engine in (None, e)]
    report(f"dask is left out where an array would have more than {MOST_CHUNKS:,} chunks.\n")
    report(header(["workload, chunks of", "engine", *[n.replace("'", "") for n in names], "slowest / fastest"]))
    for index, work in enumerate(FIRST_SIX):
        for engine in engines:
            seconds = in_own_process("chunkings", index, divisor, rounds, engine)
            known = [s for s in seconds if s is not None]
            cells = [work.name, engine, *[show_seconds(s) for s in seconds], show_ratio(max(known) / min(known))]
            report(row(cells))
    return 0


if __name__ == "__main__":
    sys.exit(main())
