"""Who is measured. An engine is one row of a table: how it is given arrays, and how it is made to compute."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

Shape = tuple[int, ...]
Run = Callable[[], Any]


@dataclass(frozen=True)
class Engine:
    """One library. `xp` is the module whose functions an expression calls."""

    name: str  # as it is installed
    module: str
    wrap: Callable[[Any, np.ndarray, Shape], Any]  # xp, array, chunks -> what an expression is given
    bind: Callable[[Any, Callable[..., Any], list[Any]], Run]  # xp, expression, wrapped arrays -> the work
    prepare: Callable[[], Any] = lambda: None  # before the first use in a process

    def load(self) -> Any:
        """The module, ready for use."""
        self.prepare()
        return importlib.import_module(self.module)

    def runner(self, expression: Callable[..., Any], arrays: list[np.ndarray], chunks: Shape) -> Run:
        """A function that builds the expression, over arrays that are wrapped already, and computes it."""
        xp = self.load()
        return self.bind(xp, expression, [self.wrap(xp, a, fitted(chunks, a.shape)) for a in arrays])

    def installed(self) -> bool:
        return importlib.util.find_spec(self.module.partition(".")[0]) is not None

    def version(self) -> str:
        return importlib.metadata.version(self.name)


def fitted(chunks: Shape, shape: Shape) -> Shape:
    """Chunks for an array that may be smaller or of fewer dimensions."""
    return tuple(min(c, n) for c, n in zip(chunks[-len(shape) :], shape, strict=True))


def lazy_array(xp: Any, array: np.ndarray, chunks: Shape) -> Any:
    return xp.from_array(array, chunks=chunks)


def lazy_run(xp: Any, expression: Callable[..., Any], arrays: list[Any]) -> Run:
    return lambda: expression(xp, *arrays).compute()


def evaluator(numexpr: Any, expression: Callable[..., Any], arrays: list[Any]) -> Run:
    """A workload's `numexpr` is written with a function that evaluates a text over named arrays."""
    return partial(expression, lambda text, **names: numexpr.evaluate(text, local_dict=names), *arrays)


def jax_settings() -> None:
    """Double precision, on the processor whatever else the machine has."""
    import jax

    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_platforms", "cpu")


def jax_run(xp: Any, expression: Callable[..., Any], arrays: list[Any]) -> Run:
    """The whole expression in one program, compiled before the clock starts."""
    import jax

    compiled = jax.jit(partial(expression, xp)).lower(*arrays).compile()
    return lambda: compiled(*arrays).block_until_ready()


def blosc2_array(xp: Any, array: np.ndarray, _chunks: Shape) -> Any:
    """In memory, in chunks of the library's own choice, uncompressed: random numbers would only cost time."""
    return xp.asarray(array, cparams=xp.CParams(clevel=0))


def blosc2_run(xp: Any, expression: Callable[..., Any], arrays: list[Any]) -> Run:
    def run() -> Any:
        answer = expression(xp, *arrays)
        return answer[()] if isinstance(answer, (xp.LazyExpr, xp.NDArray)) else answer

    return run


ENGINES: dict[str, Engine] = {
    engine.name: engine
    for engine in (
        Engine("hyperslab", "hyperslab", lazy_array, lazy_run),
        Engine("numpy", "numpy", lambda _xp, a, _chunks: a, lambda xp, f, arrays: partial(f, xp, *arrays)),
        Engine("dask", "dask.array", lazy_array, lazy_run),
        Engine("numexpr", "numexpr", lambda _xp, a, _chunks: a, evaluator),
        Engine("jax", "jax.numpy", lambda xp, a, _chunks: xp.asarray(a), jax_run, jax_settings),
        Engine("blosc2", "blosc2", blosc2_array, blosc2_run),
    )
}
INSTALLED = tuple(name for name, engine in ENGINES.items() if engine.installed())
