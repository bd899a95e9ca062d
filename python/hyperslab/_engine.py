"""Running expressions: the one place that calls the engine."""

from __future__ import annotations

from collections.abc import Callable
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


def evaluate(expr: _native.Expr, memory_limit: int | str | None = None, num_threads: int | None = None) -> np.ndarray:
    """The result of an expression, which lies in memory as NumPy's would."""
    turned = expr.in_memory_order()
    computed = expr if turned is None else turned[0]
    result = np.empty(computed.shape, _dtypes.from_name(computed.dtype))
    run([(computed, result, None)], memory_limit, num_threads)
    return result if turned is None else result.transpose(turned[1])
