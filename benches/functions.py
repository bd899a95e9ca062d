"""Print how long each function that scans its input takes beside dask and NumPy. ``make bench-functions``.

A function is one row of a table: to add one, add a row. The engines take turns in one process, each computes the same
expression over the same arrays, and their results are compared before anything is timed. Rows are sorted by how much
longer dask takes than hyperslab; those at the end are slower here.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import dask
import dask.array
import numpy as np
from machine import cores

import hyperslab

ENGINES = {"hyperslab": hyperslab, "dask": dask.array, "numpy": np}
LONG = 4.0  # what takes longer runs once
#: What an engine answers to what it cannot do.
REFUSALS = (AttributeError, NotImplementedError, TypeError, ValueError, IndexError, MemoryError, np.linalg.LinAlgError)

Expression = Callable[[Any, SimpleNamespace], Any]


@dataclass(frozen=True)
class Row:
    """One call of a function, over the arrays that :func:`arrays` makes."""

    name: str
    expression: Expression
    exact: bool = True  # whether the results must be alike: random numbers and approximations need not
    without: tuple[str, ...] = ()  # engines whose result is another one, or that take minutes


def arrays(divisor: int) -> dict[str, tuple[np.ndarray, tuple[int, ...]]]:
    """Every input and its chunks: 32 MB each, but for matrices that are factorised."""
    rng = np.random.default_rng(5)
    rows, cols = 4_000 // divisor, 1_000
    n, side = rows * cols, 1_200 // divisor
    square = rng.random((side, side))
    holed = rng.random((rows, cols))
    holed[rng.random(holed.shape) < 0.1] = np.nan
    found = {
        "x": (rng.random((rows, cols)), (rows // 8, cols // 2)),
        "y": (rng.random((rows, cols)), (rows // 8, cols // 2)),
        "nan": (holed, (rows // 8, cols // 2)),
        "v": (rng.random(n), (n // 16,)),
        "w": (rng.random(n), (n // 16,)),
        "i": (rng.integers(0, 1_000, n), (n // 16,)),
        "few": (rng.integers(0, 4, (rows, cols)), (rows // 8, cols // 2)),
        "m": (rng.random((rows, cols)) < 0.3, (rows // 8, cols // 2)),
        "cube": (rng.random((n // 40_000, 200, 200)), (max(n // 400_000, 1), 100, 200)),
        "tall": (rng.random((n // 20, 20)), (n // 320, 20)),
        "square": (square + side * np.eye(side), (side // 3, side // 3)),
        "spd": (square @ square.T + side * np.eye(side), (side // 3, side // 3)),
        "stack": (rng.random((n // 160, 12, 12)) + 12 * np.eye(12), (n // 1_280, 12, 12)),
        "text": (np.char.add("item ", rng.integers(0, 10**6, n // 8).astype("U7")), (n // 128,)),
    }
    return {name: (a, tuple(max(c, 1) for c in chunks)) for name, (a, chunks) in found.items()}


def along(x: Any, axis: int) -> Any:
    """The array in chunks that are whole along an axis, where the engine has chunks."""
    return x.rechunk({axis: -1}) if hasattr(x, "rechunk") else x


def assigned(x: Any, key: Any, value: Any) -> Any:
    """A copy with new elements."""
    y = x.copy()
    y[key] = value
    return y


def windows(xp: Any, x: Any) -> Any:
    view = xp.lib.stride_tricks.sliding_window_view
    return view(x, 5, axis=0)


def generator(xp: Any) -> tuple[Any, dict[str, Any]]:
    options = {} if xp is np else {"chunks": 250_000}
    return xp.random.default_rng(1), options


def drawn(method: str, *args: Any) -> Expression:
    def expression(xp: Any, a: SimpleNamespace) -> Any:
        rng, options = generator(xp)
        return getattr(rng, method)(*args, size=a.v.shape[0], **options)

    return expression


def blocks(xp: Any, f: Callable[[np.ndarray], np.ndarray], x: Any) -> Any:
    return f(x) if xp is np else xp.map_blocks(f, x, dtype=x.dtype)


def overlapped(xp: Any, x: Any) -> Any:
    def smooth(b: np.ndarray) -> np.ndarray:
        return (np.roll(b, 1, 0) + b + np.roll(b, -1, 0)) / 3

    return smooth(x) if xp is np else xp.map_overlap(smooth, x, depth={0: 1, 1: 0}, boundary="periodic", dtype="f8")


def per_row(xp: Any, x: Any) -> Any:
    if xp is np:
        return np.sort(x, axis=-1).mean(-1)
    return xp.apply_gufunc(lambda b: np.sort(b, axis=-1).mean(-1), "(n)->()", along(x, 1), output_dtypes="f8")


def blockwise(xp: Any, x: Any, y: Any) -> Any:
    return np.hypot(x, y) if xp is np else xp.blockwise(np.hypot, "ij", x, "ij", y, "ij", dtype="f8")


def coarse(xp: Any, x: Any) -> Any:
    if xp is np:
        return x.reshape(x.shape[0] // 4, 4, x.shape[1] // 4, 4).mean((1, 3))
    return xp.coarsen(np.mean, x, {0: 4, 1: 4})


def edges() -> np.ndarray:
    return np.linspace(0, 1, 51)


ROWS: tuple[Row, ...] = (
    # Orders
    Row("sort", lambda xp, a: xp.sort(a.v)),
    Row("sort, axis=1", lambda xp, a: xp.sort(a.x, axis=1)),
    Row("argsort, axis=0", lambda xp, a: xp.argsort(a.x, axis=0)),
    Row("partition, axis=1", lambda xp, a: xp.partition(a.x, 500, axis=1)[:, 500]),
    Row("topk(10)", lambda xp, a: np.sort(a.v)[:-11:-1] if xp is np else xp.topk(a.v, 10)),
    Row("argtopk(10)", lambda xp, a: np.argsort(a.v)[:-11:-1] if xp is np else xp.argtopk(a.v, 10)),
    Row("unique of floats", lambda xp, a: xp.unique(a.v)),
    Row("unique of 1000 integers", lambda xp, a: xp.unique(a.i)),
    Row("unique, counts", lambda xp, a: xp.unique(a.i, return_counts=True)),
    Row("isin", lambda xp, a: xp.isin(a.i, np.arange(0, 1000, 7))),
    Row("searchsorted", lambda xp, a: xp.searchsorted(edges() if xp is np else xp.asarray(edges()), a.v)),
    Row("digitize", lambda xp, a: xp.digitize(a.v, edges())),
    Row("median", lambda xp, a: xp.median(a.v)),
    Row("median, axis=1", lambda xp, a: xp.median(along(a.x, 1), axis=1)),
    Row("nanmedian, axis=1", lambda xp, a: xp.nanmedian(along(a.nan, 1), axis=1)),
    Row("percentile", lambda xp, a: xp.percentile(a.v, [5, 50, 95]), exact=False),
    Row("quantile, axis=0", lambda xp, a: xp.quantile(along(a.x, 0), 0.3, axis=0)),
    Row("nanquantile, axis=1", lambda xp, a: xp.nanquantile(along(a.nan, 1), 0.3, axis=1)),
    # Counts
    Row("histogram", lambda xp, a: xp.histogram(a.v, bins=50, range=(0, 1))[0]),
    Row("histogram, weights", lambda xp, a: xp.histogram(a.v, bins=50, range=(0, 1), weights=a.w)[0]),
    Row("histogram2d", lambda xp, a: xp.histogram2d(a.v, a.w, bins=20, range=((0, 1), (0, 1)))[0]),
    Row("bincount", lambda xp, a: xp.bincount(a.i, minlength=1000)),
    Row("count_nonzero", lambda xp, a: xp.count_nonzero(a.m)),
    Row("count_nonzero, axis=0", lambda xp, a: xp.count_nonzero(a.few, axis=0)),
    # Reductions
    Row("sum", lambda xp, a: xp.sum(a.x)),
    Row("sum of bool", lambda xp, a: xp.sum(a.m)),
    Row("mean, axis=0", lambda xp, a: xp.mean(a.x, axis=0)),
    Row("std, axis=1", lambda xp, a: xp.std(a.x, axis=1)),
    Row("var", lambda xp, a: xp.var(a.x)),
    Row("prod", lambda xp, a: xp.prod(a.x + 0.5)),
    Row("min", lambda xp, a: xp.min(a.x)),
    Row("ptp, axis=0", lambda xp, a: xp.ptp(a.x, axis=0)),
    Row("any", lambda xp, a: xp.any(a.x > 2)),
    Row("all, axis=0", lambda xp, a: xp.all(a.x < 2, axis=0)),
    Row("argmax", lambda xp, a: xp.argmax(a.v)),
    Row("argmin, axis=0", lambda xp, a: xp.argmin(a.x, axis=0)),
    Row("nansum, axis=0", lambda xp, a: xp.nansum(a.nan, axis=0)),
    Row("nanmean, axis=1", lambda xp, a: xp.nanmean(a.nan, axis=1)),
    Row("nanstd, axis=0", lambda xp, a: xp.nanstd(a.nan, axis=0)),
    Row("nanmax", lambda xp, a: xp.nanmax(a.nan)),
    Row("nanargmin, axis=1", lambda xp, a: xp.nanargmin(a.nan, axis=1)),
    Row("average, weights", lambda xp, a: xp.average(a.x, weights=a.y, axis=0)),
    Row("cov", lambda xp, a: xp.cov(a.tall[:, :10].T)),
    Row("corrcoef", lambda xp, a: xp.corrcoef(a.tall[:, :10].T)),
    Row("ma.mean, axis=0", lambda xp, a: xp.ma.masked_greater(a.x, 0.9).mean(axis=0)),
    Row("ma.sum", lambda xp, a: xp.ma.masked_invalid(a.nan).sum()),
    Row("ma.average", lambda xp, a: xp.ma.average(xp.ma.masked_greater(a.x, 0.9), axis=0)),
    # Scans and neighbours
    Row("cumsum", lambda xp, a: xp.cumsum(a.v)),
    Row("cumsum, axis=1", lambda xp, a: xp.cumsum(a.x, axis=1)),
    Row("cumprod, axis=0", lambda xp, a: xp.cumprod(a.x + 0.5, axis=0)),
    Row("nancumsum, axis=0", lambda xp, a: xp.nancumsum(a.nan, axis=0)),
    Row("diff, axis=0", lambda xp, a: xp.diff(a.x, axis=0)),
    Row("diff, n=2, axis=1", lambda xp, a: xp.diff(a.x, n=2, axis=1)),
    Row("gradient, axis=0", lambda xp, a: xp.gradient(a.x, axis=0)),
    Row("ediff1d", lambda xp, a: xp.ediff1d(a.v)),
    Row("convolve", lambda xp, a: xp.convolve(a.v, np.ones(9) / 9, mode="same")),
    Row("correlate", lambda xp, a: xp.correlate(a.v, np.arange(5.0), mode="valid")),
    Row("trapezoid", lambda xp, a: xp.trapezoid(a.x, axis=1)),
    Row("sliding_window_view, mean", lambda xp, a: windows(xp, a.x).mean(-1)),
    Row("sliding_window_view, max", lambda xp, a: windows(xp, a.x).max(-1)),
    Row("map_overlap", lambda xp, a: overlapped(xp, a.x)),
    Row("interp", lambda xp, a: xp.interp(a.v, edges(), edges() ** 2)),
    # Products
    Row("einsum ij,ij->i", lambda xp, a: xp.einsum("ij,ij->i", a.x, a.y)),
    Row("einsum ijk,kl->ijl", lambda xp, a: xp.einsum("ijk,kl->ijl", a.cube, a.cube[0])),
    Row("dot", lambda xp, a: xp.dot(a.v, a.w)),
    Row("matmul", lambda xp, a: a.x @ a.y[:1000]),
    Row("tensordot", lambda xp, a: xp.tensordot(a.x, a.y, axes=((0,), (0,)))),
    Row("outer", lambda xp, a: xp.outer(a.v[:2000], a.w[:2000])),
    Row("vdot", lambda xp, a: xp.vdot(a.x, a.y)),
    # Moves
    Row("transpose", lambda xp, a: xp.transpose(a.x)),
    Row("transpose, 3 axes", lambda xp, a: xp.transpose(a.cube, (2, 0, 1))),
    Row("ravel", lambda xp, a: xp.ravel(a.x)),
    Row("reshape", lambda xp, a: a.x.reshape(-1, 250)),
    Row("reshape, 1 to 2 axes", lambda xp, a: a.v.reshape(-1, 1000)),
    Row("roll, axis=0", lambda xp, a: xp.roll(a.x, 17, axis=0)),
    Row("roll, flat", lambda xp, a: xp.roll(a.v, 12345)),
    Row("flip", lambda xp, a: xp.flip(a.x, axis=1)),
    Row("rot90", lambda xp, a: xp.rot90(a.x)),
    Row("repeat, axis=0", lambda xp, a: xp.repeat(a.x, 2, axis=0)),
    Row("tile", lambda xp, a: xp.tile(a.x, (2, 1))),
    Row("pad, constant", lambda xp, a: xp.pad(a.x, 10, mode="constant")),
    Row("pad, reflect", lambda xp, a: xp.pad(a.x, 10, mode="reflect")),
    Row("pad, edge", lambda xp, a: xp.pad(a.x, 10, mode="edge")),
    Row("concatenate", lambda xp, a: xp.concatenate([a.x, a.y], axis=1)),
    Row("stack", lambda xp, a: xp.stack([a.x, a.y], axis=-1)),
    Row("block", lambda xp, a: xp.block([[a.x, a.y], [a.y, a.x]])),
    Row("broadcast_to, sum", lambda xp, a: xp.broadcast_to(a.x[:200], (20, *a.x[:200].shape)).sum(0)),
    Row("delete", lambda xp, a: xp.delete(a.x, np.arange(10, 20), axis=0)),
    Row("insert", lambda xp, a: xp.insert(a.x, [10, 100], 0.0, axis=0)),
    Row("append", lambda xp, a: xp.append(a.v, a.w)),
    Row("triu", lambda xp, a: xp.triu(a.x)),
    Row("tril", lambda xp, a: xp.tril(a.x)),
    Row("diagonal, sum", lambda xp, a: xp.diagonal(a.cube, axis1=1, axis2=2).sum()),
    Row("rechunk, sum", lambda xp, a: along(a.x, 1).sum(0)),
    # Choices
    Row("where", lambda xp, a: xp.where(a.m, a.x, a.y)),
    Row("choose", lambda xp, a: xp.choose(a.few, [a.x, a.y, 0.0, 1.0])),
    Row("select", lambda xp, a: xp.select([a.x > 0.8, a.x > 0.3], [a.y, -a.y], 0.0)),
    Row("piecewise", lambda xp, a: xp.piecewise(a.x, [a.x < 0.5, a.x >= 0.5], [-1.0, 1.0])),
    Row("take, axis=0", lambda xp, a: xp.take(a.x, np.arange(a.x.shape[0] - 1, 0, -3), axis=0)),
    Row("take, axis=1", lambda xp, a: xp.take(a.x, np.random.default_rng(2).integers(0, 1000, 500), axis=1)),
    Row("take, flat", lambda xp, a: xp.take(a.v, np.random.default_rng(2).integers(0, a.v.shape[0], 100_000))),
    Row("compress", lambda xp, a: xp.compress(np.arange(a.x.shape[0]) % 3 == 0, a.x, axis=0)),
    Row("x[mask]", lambda xp, a: a.x[a.m], without=("dask",)),  # dask's is in the order of its chunks
    Row("v[v > 0.5]", lambda xp, a: a.v[a.v > 0.5]),
    Row("x[mask].sum()", lambda xp, a: a.x[a.m].sum()),
    Row("extract", lambda xp, a: xp.extract(a.v > 0.7, a.v)),
    Row("nonzero", lambda xp, a: xp.nonzero(a.v > 0.7)),
    Row("argwhere", lambda xp, a: xp.argwhere(a.v > 0.9)),
    Row("flatnonzero", lambda xp, a: xp.flatnonzero(a.v > 0.7)),
    Row("x[mask] = 0", lambda xp, a: assigned(a.x, a.x > 0.5, 0.0)),
    Row("x[10:-10, ::2] = y", lambda xp, a: assigned(a.x, (slice(10, -10), slice(None, None, 2)), a.y[10:-10, ::2])),
    Row("x[rows] = 1", lambda xp, a: assigned(a.x, np.arange(0, 900, 3), 1.0)),
    Row("take_along_axis", lambda xp, a: xp.take_along_axis(a.x, xp.argsort(a.y, axis=1), axis=1)),
    Row("x[::2, ::-1]", lambda xp, a: a.x[::2, ::-1]),
    Row("ravel_multi_index", lambda xp, a: xp.ravel_multi_index((a.i, a.i[::-1]), (1000, 1000))),
    Row("unravel_index", lambda xp, a: xp.unravel_index(a.i, (20, 50))),
    # Elementwise
    Row("exp", lambda xp, a: xp.exp(a.x)),
    Row("log1p", lambda xp, a: xp.log1p(a.x)),
    Row("sin", lambda xp, a: xp.sin(a.x)),
    Row("arctan2", lambda xp, a: xp.arctan2(a.x, a.y)),
    Row("power", lambda xp, a: a.x**a.y),
    Row("hypot", lambda xp, a: xp.hypot(a.x, a.y)),
    Row("clip", lambda xp, a: xp.clip(a.x, 0.2, 0.8)),
    Row("round", lambda xp, a: xp.round(a.x, 2)),
    Row("floor_divide", lambda xp, a: a.x // 0.3),
    Row("integers % 7", lambda xp, a: a.i % 7),
    Row("isclose", lambda xp, a: xp.isclose(a.x, a.y)),
    Row("allclose", lambda xp, a: xp.allclose(a.x, a.x + 1e-12)),
    Row("isnan", lambda xp, a: xp.isnan(a.nan)),
    Row("nan_to_num", lambda xp, a: xp.nan_to_num(a.nan)),
    Row("astype f4", lambda xp, a: a.x.astype("f4")),
    Row("angle", lambda xp, a: xp.angle(a.x + 1j * a.y)),
    Row("i0", lambda xp, a: xp.i0(a.x)),
    Row("sinc", lambda xp, a: xp.sinc(a.x)),
    # Functions on blocks
    Row("map_blocks", lambda xp, a: blocks(xp, lambda b: b * 2 + 1, a.x)),
    Row("blockwise", lambda xp, a: blockwise(xp, a.x, a.y)),
    Row("apply_gufunc", lambda xp, a: per_row(xp, a.x)),
    Row("apply_along_axis", lambda xp, a: xp.apply_along_axis(np.ptp, 1, along(a.x, 1))),
    Row("apply_over_axes", lambda xp, a: xp.apply_over_axes(xp.sum, a.cube, [0, 2]), without=("dask",)),  # minutes
    Row("coarsen", lambda xp, a: coarse(xp, a.x)),
    # Transforms and linear algebra
    Row("fft, axis=1", lambda xp, a: xp.fft.fft(along(a.x, 1), axis=1)),
    Row("rfft, axis=0", lambda xp, a: xp.fft.rfft(along(a.x, 0), axis=0)),
    Row("irfft", lambda xp, a: xp.fft.irfft(along(a.x, 1) + 0j, axis=1)),
    Row("fft2", lambda xp, a: xp.fft.fft2(along(along(a.x, 0), 1))),
    Row("fftshift", lambda xp, a: xp.fft.fftshift(a.x)),
    Row("norm", lambda xp, a: xp.linalg.norm(a.x)),
    Row("norm, axis=1", lambda xp, a: xp.linalg.norm(a.x, axis=1)),
    Row("qr of a tall matrix, R", lambda xp, a: abs(xp.linalg.qr(a.tall)[1])),
    Row(
        "svd of a tall matrix, S",
        lambda xp, a: xp.linalg.svd(a.tall, **({} if xp is dask.array else {"full_matrices": False}))[1],
    ),
    Row(
        "lstsq",
        lambda xp, a: xp.linalg.lstsq(a.tall, a.v[: a.tall.shape[0]], **({"rcond": None} if xp is np else {}))[0],
    ),
    Row("inv", lambda xp, a: xp.linalg.inv(a.square)),
    Row("solve", lambda xp, a: xp.linalg.solve(a.square, a.square[:, 0])),
    Row(
        "cholesky",
        lambda xp, a: (
            np.linalg.cholesky(a.spd)
            if xp is np
            else xp.linalg.cholesky(a.spd, lower=True)
            if xp is dask.array
            else xp.linalg.cholesky(a.spd)
        ),
    ),
    Row("eigh", lambda xp, a: xp.linalg.eigh(a.spd)[0]),
    Row("inv of a stack", lambda xp, a: xp.linalg.inv(a.stack)),
    Row("solve of a stack", lambda xp, a: xp.linalg.solve(a.stack, a.stack[:, :, :1])),
    Row("det of a stack", lambda xp, a: xp.linalg.det(a.stack)),
    Row("svd of a stack, S", lambda xp, a: xp.linalg.svd(a.stack)[1]),
    Row("eigh of a stack, w", lambda xp, a: xp.linalg.eigh(a.stack + xp.swapaxes(a.stack, 1, 2))[0]),
    # Random numbers
    Row("random", drawn("random"), exact=False),
    Row("normal", drawn("normal"), exact=False),
    Row("integers", drawn("integers", 0, 1000), exact=False),
    Row("exponential", drawn("exponential"), exact=False),
    Row("gamma(2)", drawn("gamma", 2.0), exact=False),
    Row("poisson(5)", drawn("poisson", 5.0), exact=False),
    Row("binomial(20, 0.3)", drawn("binomial", 20, 0.3), exact=False),
    Row("beta(2, 3)", drawn("beta", 2.0, 3.0), exact=False),
    Row("permutation", lambda xp, a: generator(xp)[0].permutation(a.v), exact=False),
    # Strings
    Row("strings.upper", lambda xp, a: xp.strings.upper(a.text)),
    Row("strings.str_len", lambda xp, a: xp.strings.str_len(a.text)),
    Row("strings.startswith", lambda xp, a: xp.strings.startswith(a.text, "item 9")),
    Row("strings.add", lambda xp, a: xp.strings.add(a.text, "!")),
    Row("strings equal", lambda xp, a: a.text == "item 777"),
    Row("unique of strings", lambda xp, a: xp.unique(a.text)),
)


def computed(xp: Any, answer: Any) -> Any:
    """What an expression comes to: arrays of NumPy, or a list of them."""
    if isinstance(answer, tuple | list):
        answer = list(answer)
        return answer if xp is np else list((dask if xp is dask.array else xp).compute(*answer))
    return answer.compute() if hasattr(answer, "compute") else answer


def same(left: Any, right: Any) -> bool:
    if isinstance(left, list):
        return isinstance(right, list) and len(left) == len(right) and all(map(same, left, right))
    left, right = np.ma.filled(left, 0), np.ma.filled(right, 0)
    if left.shape != right.shape:
        return False
    if left.dtype.kind in "fc":
        eps = max(np.finfo(d.dtype).eps for d in (left, right) if d.dtype.kind in "fc") ** 0.5
        return bool(np.allclose(left, right, rtol=eps, atol=eps, equal_nan=True))
    return bool((left == right).all())


def runs(row: Row, inputs: dict[str, SimpleNamespace]) -> dict[str, Callable[[], Any]]:
    def run(name: str) -> Callable[[], Any]:
        xp = ENGINES[name]
        return lambda: computed(xp, row.expression(xp, inputs[name]))

    return {name: run(name) for name in ENGINES if name not in row.without}


def measured(row: Row, inputs: dict[str, SimpleNamespace], rounds: int) -> tuple[dict[str, float], str]:
    """Seconds of each engine that can do it, the best of its turns, and what is to be said of the row."""
    calls, seconds, note = runs(row, inputs), {}, ""
    answers: dict[str, Any] = {}
    for name in list(calls):
        start = time.perf_counter()
        try:
            answers[name] = calls[name]()
        except REFUSALS as error:
            note = f"hyperslab: {type(error).__name__}: {str(error)[:80]}" if name == "hyperslab" else note
            del calls[name]
            continue
        seconds[name] = time.perf_counter() - start
    if row.exact:
        reference = "numpy" if "numpy" in answers else "dask"
        unlike = [name for name in answers if name != reference and not same(answers[name], answers[reference])]
        note = "; ".join(filter(None, [note, *[f"{name} gives another result than {reference}" for name in unlike]]))
    answers.clear()
    names = [name for name in calls if seconds[name] < LONG]
    for turn in range(rounds):
        for name in names[turn % len(names) :] + names[: turn % len(names)] if names else ():
            start = time.perf_counter()
            calls[name]()
            seconds[name] = min(seconds[name], time.perf_counter() - start)
    return seconds, note


def measurements(only: str, divisor: int, rounds: int) -> Iterator[tuple[str, dict[str, float], str]]:
    made = arrays(divisor)
    inputs = {
        name: SimpleNamespace(**{k: a if xp is np else xp.from_array(a, chunks=c) for k, (a, c) in made.items()})
        for name, xp in ENGINES.items()
    }
    for row in ROWS:
        if only in row.name:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                yield row.name, *measured(row, inputs, rounds)


def cells(name: str, seconds: dict[str, float], note: str) -> list[str]:
    def ratio(engine: str) -> str:
        known = engine in seconds and "hyperslab" in seconds
        return f"{seconds[engine] / seconds['hyperslab']:.2f}×" if known else "–"

    times = [f"{seconds[e] * 1e3:.3g}" if e in seconds else "–" for e in ENGINES]
    return [f"`{name}`", *times, ratio("dask"), ratio("numpy"), note]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a quarter of the data, 2 rounds")
    parser.add_argument("--rounds", type=int, help="runs of each engine after the first (5, or 2 with --quick)")
    parser.add_argument("--only", default="", help="functions whose name has this in it")
    args = parser.parse_args()
    rounds = args.rounds or (2 if args.quick else 5)
    found = []
    for name, seconds, note in measurements(args.only, 4 if args.quick else 1, rounds):
        print(" ".join(cells(name, seconds, note)), file=sys.stderr, flush=True)
        found.append((name, seconds, note))

    def order(row: tuple[str, dict[str, float], str]) -> float:
        seconds = row[1]
        if "hyperslab" not in seconds:
            return 0.0
        return seconds.get("dask", seconds.get("numpy", 0.0)) / seconds["hyperslab"]

    print(f"{cores()} cores; milliseconds, best of {rounds + 1}; inputs of {8 if args.quick else 32} MB.\n")
    head = ["", *ENGINES, "dask / hyperslab", "NumPy / hyperslab", ""]
    print("| " + " | ".join(head) + " |\n|---" + "|---:" * 5 + "|---|")
    for row in sorted(found, key=order, reverse=True):
        print("| " + " | ".join(cells(*row)) + " |")
    return any("hyperslab gives another" in note for _, _, note in found)


if __name__ == "__main__":
    sys.exit(main())
