"""What is measured. A workload is one row of a table: to add one, add a row.

An expression is written once, in the vocabulary that NumPy, dask.array and hyperslab share: `xp` is one of the three,
and the arrays are NumPy's own, or lazy ones of the same content.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

ALL = ("hyperslab", "numpy", "dask", "numexpr")
Shape = tuple[int, ...]


@dataclass(frozen=True)
class Workload:
    """One computation on arrays in memory."""

    name: str
    expression: Callable[..., Any]
    shapes: tuple[Shape, ...] = ((20_000, 5_000),)
    dtype: str = "f8"
    chunks: Shape = (1_000, 1_000)
    numexpr: str | None = None  # the same, over a, b, c, where numexpr can
    numexpr_mean: bool = False  # numexpr has no mean: its sum is divided by the number of elements
    engines: tuple[str, ...] = ALL
    slow: tuple[str, ...] = ()  # engines that a quick run leaves out
    passes: float = 1.0  # times the input must be read
    writes: bool = False  # the result is as large as the input
    flops: float = 0.0  # of a product of matrices, at full size

    def available(self, divisor: int) -> list[str]:
        """The engines that do this work."""
        left_out = self.slow if divisor > 1 else ()
        return [e for e in self.engines if e not in left_out and (e != "numexpr" or self.numexpr)]

    def sizes(self, divisor: int) -> tuple[Shape, ...]:
        """Shapes with every long dimension divided."""
        return tuple(tuple(n // divisor if n >= 400 else n for n in shape) for shape in self.shapes)

    def arrays(self, divisor: int) -> list[np.ndarray]:
        """The input: uniform in [0, 1), always the same."""
        rng = np.random.default_rng(7)
        return [rng.random(shape, dtype=self.dtype) for shape in self.sizes(divisor)]

    def floor_bytes(self, divisor: int) -> float:
        """Bytes that must cross the memory's bandwidth, whoever does it."""
        read = sum(np.dtype(self.dtype).itemsize * np.prod(shape, dtype=float) for shape in self.sizes(divisor))
        return read * (self.passes + (1 if self.writes else 0))


def half_of_columns(x: Any) -> np.ndarray:
    """Half of an array's columns, shuffled."""
    return np.random.default_rng(3).permutation(x.shape[1])[: x.shape[1] // 2]


def laplacian(xp: Any, x: Any) -> Any:
    """Largest value of the 5-point stencil, written with slices."""
    inner = x[1:-1, 1:-1]
    return xp.abs(x[2:, 1:-1] + x[:-2, 1:-1] + x[1:-1, 2:] + x[1:-1, :-2] - 4 * inner).max()


def chain(x: Any) -> Any:
    """Thirty elementwise operations."""
    y = x
    for _ in range(10):
        y = (y * 0.5 + x) - 0.25
    return y


WORKLOADS: tuple[Workload, ...] = (
    Workload("`log(x + 1).sum(axis=1)`", lambda xp, x: xp.log(x + 1).sum(axis=1), numexpr="sum(log(a + 1), 1)"),
    Workload(
        "`(sqrt(a*a + b*b) * exp(-c)).max()`, 3 × 400 MB",
        lambda xp, a, b, c: (xp.sqrt(a * a + b * b) * xp.exp(-c)).max(),
        shapes=((10_000, 5_000),) * 3,
        numexpr="max(sqrt(a*a + b*b) * exp(-c))",
    ),
    Workload(
        "`(sin(a) * cos(b) + a**2).mean()`, f32",
        lambda xp, a, b: (xp.sin(a) * xp.cos(b) + a**2).mean(),
        shapes=((20_000, 5_000),) * 2,
        dtype="f4",
        numexpr="sum((sin(a) * cos(b) + a**2) * 1.0)",  # summed in f64: in f32 its sum stops growing at 2**24
        numexpr_mean=True,
    ),
    Workload(
        "`(x - x.mean(0)) / x.std(0)`, materialised",
        lambda xp, x: (x - x.mean(0)) / x.std(0),
        passes=2,
        writes=True,
    ),
    Workload("`x.var(0)`", lambda xp, x: x.var(0)),
    Workload("`x.cumsum(0).max()`", lambda xp, x: x.cumsum(0).max(), slow=("dask",)),
    Workload("`x.sum()`", lambda xp, x: x.sum(), numexpr="sum(a)"),
    Workload(
        "`(x + x.T).sum()`, 10000²", lambda xp, x: (x + x.T).sum(), shapes=((10_000, 10_000),), numexpr="sum(a + b)"
    ),
    Workload("`x @ x`, 4000³", lambda xp, x: x @ x, shapes=((4_000, 4_000),), flops=2 * 4_000.0**3),
    Workload(
        "`tensordot` (200, 400, 500) × (500, 300)",
        lambda xp, a, b: xp.tensordot(a, b, axes=1),
        shapes=((200, 400, 500), (500, 300)),
        chunks=(100, 200, 250),
        flops=2.0 * 200 * 400 * 500 * 300,
    ),
    Workload("5-point Laplacian by slices, `abs().max()`", laplacian),
    Workload(
        "`x[:, half of the columns, shuffled].sum(0)`",
        lambda xp, x: x[:, half_of_columns(x)].sum(0),
        passes=0.5,
    ),
    Workload("`x[:100, 500:100:-2].sum()`", lambda xp, x: x[:100, 500:100:-2].sum(), passes=0),
    Workload("`x[::7, ::-3].sum()`", lambda xp, x: x[::7, ::-3].sum(), passes=1 / 7),
    Workload("`x.argmax(1)`", lambda xp, x: x.argmax(1)),
    Workload("a chain of 30 elementwise operations, `.sum()`", lambda xp, x: chain(x).sum()),
    Workload(
        "`ones((5000, 5000), chunks=(10, 10)).sum()`",
        lambda xp: xp.ones((5_000, 5_000), chunks=(10, 10)).sum(),
        shapes=(),
        engines=("hyperslab", "dask"),
        slow=("dask",),
    ),
    Workload(
        "`((x + 1)*2 - x).mean()`, 40,000 chunks of (10, 10)",
        lambda xp, x: ((x + 1) * 2 - x).mean(),
        shapes=((2_000, 2_000),),
        chunks=(10, 10),
        engines=("hyperslab", "numpy", "dask"),
    ),
    Workload(
        "`ones((100_000, 100_000), chunks=(10, 10)).sum()`",
        lambda xp: xp.ones((100_000, 100_000), chunks=(10, 10)).sum(),
        shapes=(),
        engines=("hyperslab",),
    ),
)

FIRST_FIVE = WORKLOADS[:5]


def add_one(xp: Any, side: int, steps: int) -> Any:
    """A chain of additions on an array of side² chunks."""
    x = xp.ones((side * 10, side * 10), chunks=(10, 10))
    for _ in range(steps):
        x = x + 1
    return x


def shifted_sums(xp: Any, side: int, steps: int) -> Any:
    """A chain that lays slices of itself over each other, which breaks chunks up."""
    x = xp.ones((side * 10, side * 10), chunks=(10, 10))
    for _ in range(steps):
        x = x[1:, 1:] + x[:-1, :-1]
    return x


@dataclass(frozen=True)
class Build:
    """An expression that is only built: how long, and how much memory. Engines may need their own, feasible size."""

    name: str
    expression: Callable[[Any, int, int], Any]
    sizes: dict[str, tuple[int, int]]  # engine -> (chunks along a side, operations)


BUILDS: tuple[Build, ...] = (
    Build("`x = x + 1`, repeated", add_one, {"hyperslab": (10_000, 1_000), "dask": (100, 20)}),
    Build("`x = x[1:, 1:] + x[:-1, :-1]`, repeated", shifted_sums, {"hyperslab": (100, 100), "dask": (10, 10)}),
)
