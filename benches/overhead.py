"""Print what an expression costs that computes next to nothing, in microseconds. ``make bench-overhead``."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

import dask
import dask.array
import numpy as np

import hyperslab

Expression = Callable[[ModuleType, Any], Any]

#: Expressions of a module and its array of shape (20000, 5000) in memory.
EXPRESSIONS: dict[str, Expression] = {
    "arange(5)": lambda m, x: m.arange(5),
    "(ones(5) + 1).sum()": lambda m, x: (m.ones(5) + 1).sum(),
    "x[7, 9]": lambda m, x: x[7, 9],
    "x[:5, :5] + 1": lambda m, x: x[:5, :5] + 1,
    "sin(x[0, :100]).mean()": lambda m, x: m.sin(x[0, :100]).mean(),
    "x[:100, 500:100:-2].sum()": lambda m, x: x[:100, 500:100:-2].sum(),
    "(x[:9, :9] - x[:9, :9].mean(0)).std()": lambda m, x: (x[:9, :9] - x[:9, :9].mean(0)).std(),
    "x[:8, :8] @ x[:8, :8].T": lambda m, x: x[:8, :8] @ x[:8, :8].T,
    "x[[5, 3, 11], :4]": lambda m, x: x[[5, 3, 11], :4],
    "concatenate([x[0], x[1]])[::500]": lambda m, x: m.concatenate([x[0], x[1]])[::500],
    "x[:4, :4] + ... + 1 (100 times)": lambda m, x: sum([x[:4, :4]] + [1] * 100),
}


def microseconds(call: Callable[[], Any], rounds: int) -> float:
    """The best of some rounds, each long enough for the clock."""
    call()
    begin = time.perf_counter()
    call()
    repeats = max(1, int(0.002 / (time.perf_counter() - begin)))
    best = float("inf")
    for _ in range(rounds):
        begin = time.perf_counter()
        for _ in range(repeats):
            call()
        best = min(best, (time.perf_counter() - begin) / repeats)
    return best * 1e6


def costs(make: Expression, x: hyperslab.Array, data: np.ndarray, d: dask.array.Array, rounds: int) -> list[float]:
    """Building, computing and both here, then NumPy and dask."""
    built = make(hyperslab, x)
    calls = [
        lambda: make(hyperslab, x),
        built.compute,
        lambda: make(hyperslab, x).compute(),
        lambda: make(np, data),
        lambda: make(dask.array, d).compute(),
    ]
    return [microseconds(call, rounds) for call in calls]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=25, help="timed rounds of each expression; the best counts")
    rounds = parser.parse_args().rounds
    data = np.ones((20_000, 5_000))
    print(f"dask {dask.__version__}, NumPy {np.__version__}; microseconds, the best of {rounds} rounds\n")
    x, d = hyperslab.from_array(data), dask.array.from_array(data)
    print("| expression | build | compute | both | NumPy | dask, both |\n| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, make in EXPRESSIONS.items():
        row = " | ".join(f"{value:,.1f}" for value in costs(make, x, data, d, rounds))
        print(f"| `{name}` | {row} |", flush=True)


if __name__ == "__main__":
    main()
