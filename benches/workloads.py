"""What is measured. A workload is one row of a table: to add one, add a row.

An expression is written once, in the vocabulary that the engines share: `xp` is `numpy`, `dask.array`, `hyperslab`,
`jax.numpy` or `blosc2`, and the arrays are NumPy's own or theirs, of the same content. numexpr needs a text of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from engines import INSTALLED, Shape


@dataclass(frozen=True)
class Workload:
    """One computation on arrays in memory."""

    name: str
    expression: Callable[..., Any]
    shapes: tuple[Shape, ...] = ((20_000, 5_000),)
    dtype: str = "f8"
    chunks: Shape = (1_000, 1_000)
    numexpr: Callable[..., Any] | None = None  # the same where numexpr can: `ne(text, name=array)` evaluates
    without: tuple[str, ...] = ()  # engines that cannot do it
    slow: tuple[str, ...] = ()  # engines that a quick run leaves out
    nans: bool = False  # one value of 97, in every row and column, is a NaN
    passes: float = 1.0  # times the input must be read
    writes: bool = False  # the result is as large as the input
    flops: float = 0.0  # of a product of matrices, at full size
    compute_bound: bool = False  # arithmetic takes longer than memory: measured with one thread and with two

    def available(self, divisor: int) -> list[str]:
        """The installed engines that do this work."""
        left_out = self.without + (self.slow if divisor > 1 else ())
        return [e for e in INSTALLED if e not in left_out and (e != "numexpr" or self.numexpr)]

    def written_for(self, engine: str) -> Callable[..., Any]:
        return self.numexpr if engine == "numexpr" and self.numexpr else self.expression

    def sizes(self, divisor: int) -> tuple[Shape, ...]:
        """Shapes with every long dimension divided."""
        return tuple(tuple(n // divisor if n >= 400 else n for n in shape) for shape in self.shapes)

    def arrays(self, divisor: int) -> list[np.ndarray]:
        """The input, always the same."""
        rng = np.random.default_rng(7)
        arrays = [uniform(rng, np.dtype(self.dtype), shape) for shape in self.sizes(divisor)]
        for array in arrays if self.nans else []:
            array.reshape(-1)[::97] = np.nan
        return arrays


def uniform(rng: np.random.Generator, dtype: np.dtype[Any], shape: Shape) -> np.ndarray:
    """Numbers of [0, 1), integers of [-50, 50)."""
    if dtype.kind == "i":
        return rng.integers(-50, 50, shape, dtype=dtype)
    if dtype.kind == "c":
        return rng.random((*shape, 2), dtype=f"f{dtype.itemsize // 2}").view(dtype)[..., 0]
    return rng.random(shape, dtype="f8" if dtype.itemsize == 8 else "f4").astype(dtype, copy=False)


def half_of_columns(x: Any) -> np.ndarray:
    """Half of an array's columns, shuffled."""
    return np.random.default_rng(3).permutation(x.shape[1])[: x.shape[1] // 2]


def laplacian(xp: Any, x: Any) -> Any:
    """Largest value of the 5-point stencil, written with slices."""
    inner = x[1:-1, 1:-1]
    return xp.abs(x[2:, 1:-1] + x[:-2, 1:-1] + x[1:-1, 2:] + x[1:-1, :-2] - 4 * inner).max()


def laplacian_numexpr(ne: Any, x: np.ndarray) -> Any:
    views = {"n": x[2:, 1:-1], "s": x[:-2, 1:-1], "e": x[1:-1, 2:], "w": x[1:-1, :-2], "c": x[1:-1, 1:-1]}
    return ne("max(abs(n + s + e + w - 4 * c))", **views)


def chain(x: Any) -> Any:
    """Thirty elementwise operations."""
    y = x
    for _ in range(10):
        y = (y * 0.5 + x) - 0.25
    return y


def chain_text() -> str:
    text = "x"
    for _ in range(10):
        text = f"(({text}) * 0.5 + x) - 0.25"
    return text


def in_columns(x: Any) -> Any:
    """An array whose chunks become tall columns, where the engine has chunks."""
    return x.rechunk((x.shape[0], max(x.shape[1] // 50, 1))) if hasattr(x, "rechunk") else x


def ones(xp: Any, shape: Shape, chunks: Shape) -> Any:
    """Ones, in chunks where the engine has them."""
    return xp.ones(shape, chunks=chunks) if xp.__name__ in {"hyperslab", "dask.array"} else xp.ones(shape)


def of_dtype(dtype: str, numexpr: bool = True) -> list[Workload]:
    """Memory-bound work on one dtype, over rows: the sum of all would not fit a half float."""
    name = np.dtype(dtype).name
    texts: list[Callable[..., Any] | None] = [
        lambda ne, x: ne("sum(x, 1)", x=x),
        lambda ne, x: ne("sum(x + x, 1)", x=x),
        lambda ne, x: ne("sum(x, 1)", x=x) / x.shape[1],
    ]
    sums, doubles, means = texts if numexpr else [None] * 3
    return [
        Workload(f"{name}: `x.sum(1)`", lambda xp, x: x.sum(1), dtype=dtype, numexpr=sums),
        Workload(f"{name}: `(x + x).sum(1)`", lambda xp, x: (x + x).sum(1), dtype=dtype, numexpr=doubles),
        Workload(f"{name}: `x.mean(1)`", lambda xp, x: x.mean(1), dtype=dtype, numexpr=means),
    ]


WORKLOADS: tuple[Workload, ...] = (
    Workload(
        "`log(x + 1).sum(axis=1)`",
        lambda xp, x: xp.log(x + 1).sum(axis=1),
        numexpr=lambda ne, x: ne("sum(log(x + 1), 1)", x=x),
        compute_bound=True,
    ),
    # A sum of logarithms need not compute them; a maximum as it stands does.
    Workload(
        "`log(x + 1).max(axis=1)`",
        lambda xp, x: xp.log(x + 1).max(axis=1),
        numexpr=lambda ne, x: ne("max(log(x + 1), 1)", x=x),
        compute_bound=True,
    ),
    Workload(
        "`(sqrt(a*a + b*b) * exp(-c)).max()`, 3 × 400 MB",
        lambda xp, a, b, c: (xp.sqrt(a * a + b * b) * xp.exp(-c)).max(),
        shapes=((10_000, 5_000),) * 3,
        numexpr=lambda ne, a, b, c: ne("max(sqrt(a*a + b*b) * exp(-c))", a=a, b=b, c=c),
        compute_bound=True,
    ),
    Workload(
        "`(sin(a) * cos(b) + a**2).mean()`, f32, 2 × 400 MB",
        lambda xp, a, b: (xp.sin(a) * xp.cos(b) + a**2).mean(),
        shapes=((20_000, 5_000),) * 2,
        dtype="f4",
        # numexpr sums in f64: in f32 its sum stops growing at 2**24.
        numexpr=lambda ne, a, b: ne("sum((sin(a) * cos(b) + a**2) * 1.0)", a=a, b=b) / a.size,
        without=("blosc2",),  # 4.14 ends the process: double free
        compute_bound=True,
    ),
    Workload(
        "`(x - x.mean(0)) / x.std(0)`, materialised",
        lambda xp, x: (x - x.mean(0)) / x.std(0),
        passes=2,
        writes=True,
    ),
    Workload("`x.var(0)`", lambda xp, x: x.var(0)),
    Workload("`x.sum()`", lambda xp, x: x.sum(), numexpr=lambda ne, x: ne("sum(x)", x=x)),
    Workload("`nanmean(x, 0)`", lambda xp, x: xp.nanmean(x, 0), nans=True, without=("blosc2",)),
    Workload(
        "`where(isnan(x), 0, x).sum()`",
        lambda xp, x: xp.where(xp.isnan(x), 0, x).sum(),
        nans=True,
        numexpr=lambda ne, x: ne("sum(where(x != x, 0, x))", x=x),
    ),
    Workload(
        "`(x + x.T).sum()`, 10000²",
        lambda xp, x: (x + x.T).sum(),
        shapes=((10_000, 10_000),),
        numexpr=lambda ne, x: ne("sum(x + t)", x=x, t=x.T),
    ),
    Workload(
        "`x @ x`, 4000³",
        lambda xp, x: x @ x,
        shapes=((4_000, 4_000),),
        flops=2 * 4_000.0**3,
        compute_bound=True,
    ),
    Workload(
        "`tensordot` (200, 400, 500) × (500, 300)",
        lambda xp, a, b: xp.tensordot(a, b, axes=1),
        shapes=((200, 400, 500), (500, 300)),
        chunks=(100, 200, 250),
        flops=2.0 * 200 * 400 * 500 * 300,
        compute_bound=True,
    ),
    Workload(
        "`x.mean(0)` of (100, 1000, 1000)",
        lambda xp, x: x.mean(0),
        shapes=((100, 1_000, 1_000),),
        chunks=(10, 500, 500),
    ),
    Workload("5-point Laplacian by slices, `abs().max()`", laplacian, numexpr=laplacian_numexpr),
    # Half of the columns have a part in nearly every line of memory.
    Workload(
        "`x[:, half of the columns, shuffled].sum(0)`",
        lambda xp, x: x[:, half_of_columns(x)].sum(0),
    ),
    Workload("`x[:100, 500:100:-2].sum()`", lambda xp, x: x[:100, 500:100:-2].sum(), passes=0),
    Workload("`x[::7, ::-3].sum()`", lambda xp, x: x[::7, ::-3].sum(), passes=1 / 7),
    Workload("`x.argmax(1)`", lambda xp, x: x.argmax(1)),
    Workload("`x.cumsum(0).max()`", lambda xp, x: x.cumsum(0).max(), slow=("dask",), without=("blosc2",)),
    Workload(
        "chunks of rows to columns, then `cumsum(0).max()`",
        lambda xp, x: in_columns(x).cumsum(0).max(),
        chunks=(400, 5_000),
        without=("blosc2",),
    ),
    Workload(
        "a chain of 30 elementwise operations, `.sum()`",
        lambda xp, x: chain(x).sum(),
        numexpr=lambda ne, x: ne(f"sum({chain_text()})", x=x),
        compute_bound=True,
    ),
    Workload(
        "casts f8 → f4 → i4 → f8, `.sum()`",
        lambda xp, x: (x * 1000).astype("f4").astype("i4").astype("f8").sum(),
        without=("blosc2",),
    ),
    *of_dtype("f2", numexpr=False),
    *of_dtype("i1"),
    *of_dtype("i8"),
    *of_dtype("c8"),
    Workload(
        "`ones((5000, 5000), chunks=(10, 10)).sum()`",
        lambda xp: ones(xp, (5_000, 5_000), (10, 10)).sum(),
        shapes=(),
        slow=("dask",),
    ),
    Workload(
        "`((x + 1)*2 - x).mean()`, 40,000 chunks of (10, 10)",
        lambda xp, x: ((x + 1) * 2 - x).mean(),
        shapes=((2_000, 2_000),),
        chunks=(10, 10),
        numexpr=lambda ne, x: ne("sum((x + 1)*2 - x)", x=x) / x.size,
    ),
    Workload(
        "`ones((100_000, 100_000), chunks=(10, 10)).sum()`",
        lambda xp: ones(xp, (100_000, 100_000), (10, 10)).sum(),
        shapes=(),
        without=("numpy", "dask", "jax", "blosc2"),
    ),
)

FIRST_SIX = WORKLOADS[:6]


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
