"""Keywords of dask on functions that dask has too: taken where they mean nothing here, all others refused by name."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

#: How dask runs graphs, and looks for arrays in what it is given.
_SCHEDULING = ("optimize_graph", "traverse", "pool", "get", "sync")

#: Schedulers of dask that run one task at a time.
_ONE_BY_ONE = ("sync", "synchronous", "single-threaded")


def accepts(*names: str) -> Callable[[F], F]:
    """Let a function take keywords that it does without."""
    without = frozenset(names)

    def decorate(function: F) -> F:
        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            if kwargs and not without.isdisjoint(kwargs):
                kwargs = {name: value for name, value in kwargs.items() if name not in without}
            return function(*args, **kwargs)

        return call  # type: ignore[return-value]

    return decorate


def scheduled(function: F) -> F:
    """Let a function that computes take what dask's do: ``num_workers=`` is the number of threads, one where the
    scheduler is ``"synchronous"``; the rest has no meaning."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if not kwargs:
            return function(*args)
        workers, scheduler = kwargs.pop("num_workers", None), kwargs.pop("scheduler", None)
        if isinstance(scheduler, str) and scheduler in _ONE_BY_ONE:
            workers = 1
        if workers is not None and kwargs.get("num_threads") is None:
            kwargs["num_threads"] = workers
        return inner(*args, **kwargs)

    inner = accepts(*_SCHEDULING)(function)
    return call  # type: ignore[return-value]
