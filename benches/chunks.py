"""Print the time of the first five workloads over very different chunkings. ``make bench-chunks``."""

from __future__ import annotations

import argparse
import sys

from bench import header, report, row, show_ratio, show_seconds
from measure import chunkings, in_own_process
from workloads import FIRST_FIVE


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="dimensions divided by 5, 3 rounds")
    parser.add_argument("--rounds", type=int, help="timed runs of each chunking (5, or 3 with --quick)")
    args = parser.parse_args()
    divisor, rounds = (5 if args.quick else 1), args.rounds or (3 if args.quick else 5)

    names = ["one chunk", *[str(c) for c in chunkings(("rows", "columns"))[1:]]]
    report(header(["workload, chunks of", *[n.replace("'", "") for n in names], "slowest / fastest"]))
    for index, work in enumerate(FIRST_FIVE):
        seconds = in_own_process("chunkings", index, divisor, rounds)
        cells = [show_seconds(s) for s in seconds]
        report(row([work.name, *cells, show_ratio(max(seconds) / min(seconds))]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
