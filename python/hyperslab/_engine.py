"""Running expressions: the one place that calls the engine."""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from hyperslab import _dtypes, _float_errors, _native, _profile, config
from hyperslab.progress import Progress

#: An expression, where it goes, and `(start, length)` per dimension of the place (`None`: all of it).
Pair = tuple[_native.Expr, Any, list[tuple[int, int]] | None]


_trying: contextvars.ContextVar[str | None] = contextvars.ContextVar("trying", default=None)


@contextlib.contextmanager
def trying(what: str) -> Iterator[None]:
    """Meanwhile nothing is computed: a function is tried on arrays that stand for others, with other values."""
    before = _trying.set(what)
    try:
        yield
    finally:
        _trying.reset(before)


def in_trial() -> bool:
    """Whether a function is tried on arrays that stand for others."""
    return _trying.get() is not None


def refuse_in_trials() -> None:
    """Raise where a function that is tried goes by values."""
    if what := _trying.get():
        raise NotImplementedError(
            f"{what} needs values of an array whose lengths are not known: call x.compute_chunk_sizes() first"
        )


_sorted: contextvars.ContextVar[_native.Sorted | None] = contextvars.ContextVar("sorted", default=None)


@contextlib.contextmanager
def keeping_sorted() -> Iterator[None]:
    """Meanwhile what one computation sorts on disk is there for the next ones."""
    before = _sorted.set(_sorted.get() or _native.Sorted())
    try:
        yield
    finally:
        _sorted.reset(before)


#: Which part of the memory distinct elements may take.
_KEPT = 4


def run(pairs: list[Pair], memory_limit: int | str | None = None, num_threads: int | None = None) -> None:
    """Compute every expression into its place, all in one computation."""
    refuse_in_trials()
    listener = config.listener()
    limits = config.limits(memory_limit, num_threads)
    state, wanted = _float_errors.state()
    told = None if listener is None else _told(listener)
    met = _native.compute_into(pairs, limits, told, _profile.active(), _sorted.get(), wanted)
    if met:
        _float_errors.tell(met, state)


def distinct(
    expr: _native.Expr, equal_nan: bool, memory_limit: int | str | None, num_threads: int | None
) -> tuple[_native.Expr, int] | None:
    """What is distinct in an array of one dimension, sorted, at the start of another one, and its length.

    `None` if that takes more than a part of the memory.
    """
    limit = config.limits(memory_limit, num_threads)[0] or _native.default_memory_limit()
    kept = _native.Distinct.of(expr.dtype, expr.shape[0], limit // _KEPT)
    if kept is None:
        return None
    try:
        run([(expr, kept.sink(), None)], limit - limit // _KEPT, num_threads)
    except MemoryError:
        return None
    return kept.elements(equal_nan)


def _told(listener: Callable[[Progress], None]) -> Callable[..., None]:
    return lambda *fields: listener(Progress(*fields))


def evaluate(expr: _native.Expr, memory_limit: int | str | None = None, num_threads: int | None = None) -> np.ndarray:
    """The result of an expression, which lies in memory as NumPy's would."""
    turned = expr.in_memory_order()
    computed = expr if turned is None else turned[0]
    result = np.empty(computed.shape, _dtypes.from_name(computed.dtype))
    run([(computed, result, None)], memory_limit, num_threads)
    return result if turned is None else result.transpose(turned[1])
