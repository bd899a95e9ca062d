"""Running expressions: the one place that calls the engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from hyperslab import _dtypes, _native, _profile, config
from hyperslab.progress import Progress

#: An expression, where it goes, and `(start, length)` per dimension of the place (`None`: all of it).
Pair = tuple[_native.Expr, Any, list[tuple[int, int]] | None]


def run(pairs: list[Pair], memory_limit: int | str | None = None, num_threads: int | None = None) -> None:
    """Compute every expression into its place, all in one computation."""
    listener = config.listener()
    limits = config.limits(memory_limit, num_threads)
    _native.compute_into(pairs, limits, None if listener is None else _told(listener), _profile.active())


def _told(listener: Callable[[Progress], None]) -> Callable[..., None]:
    return lambda *fields: listener(Progress(*fields))


def evaluate(
    exprs: Sequence[_native.Expr], memory_limit: int | str | None = None, num_threads: int | None = None
) -> list[np.ndarray]:
    """Results of all expressions, from one computation.

    A single one is laid out as NumPy would; several are in C order, so that they share what they read.
    """
    turned = exprs[0].in_memory_order() if len(exprs) == 1 else None
    if turned is not None:
        exprs = [turned[0]]
    results = [np.empty(e.shape, _dtypes.from_name(e.dtype)) for e in exprs]
    if exprs:
        run([(e, r, None) for e, r in zip(exprs, results)], memory_limit, num_threads)
    return results if turned is None else [results[0].transpose(turned[1])]
