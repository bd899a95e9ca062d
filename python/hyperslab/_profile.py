"""What computations did: time, bytes and memory of each of their stages."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from hyperslab import _native, _timeline

_NANO = 1e-9
_lock = threading.Lock()
_active: tuple[_native.Profile, ...] = ()


def active() -> tuple[_native.Profile, ...]:
    """The profiles that a computation that begins now is recorded in."""
    return _active


@dataclass(frozen=True)
class Transfer:
    """What sources gave, or sinks took.

    Attributes
    ----------
    bytes : int
        Bytes of the elements, as they are in memory.
    calls : int
        How often.
    seconds : float
        Time that threads spent with it, all together.
    """

    bytes: int
    calls: int
    seconds: float


@dataclass(frozen=True)
class Stage:
    """One stage of a computation.

    Attributes
    ----------
    computation, number : int
        Number of the computation in the profile, and of the stage in the computation.
    label : str
        What the stage computes.
    start, seconds : float
        When it began, from the begin of the profile on, and how long it took.
    tasks, tasks_run : int
        Tasks that it has, and those that ran: fewer when the computation failed.
    workers : int
        Threads that worked at once. The calling thread is one of them until one of the pool takes its place.
    busy : float
        Seconds that its threads spent in tasks, all together.
    bytes : int
        Bytes of inputs that the tasks looked at.
    projected_bytes : int
        Memory that the plan allowed.
    peak_bytes : int
        Most memory that was held at once: results, intermediate arrays and the blocks of tasks.
    read, written : Transfer
        What came from files and other sources, and what went to sinks; data spilled to disk included.
    """

    computation: int
    number: int
    label: str
    start: float
    seconds: float
    tasks: int
    tasks_run: int
    workers: int
    busy: float
    bytes: int
    projected_bytes: int
    peak_bytes: int
    read: Transfer
    written: Transfer

    @property
    def utilisation(self) -> float:
        """Share of the time of its threads that was spent in tasks, from 0 to 1."""
        return self.busy / (self.workers * self.seconds) if self.seconds else 0.0


@dataclass(frozen=True)
class Computation:
    """One computation.

    Attributes
    ----------
    start, seconds : float
        When it began, from the begin of the profile on, and how long it took.
    planning : float
        Seconds before its first stage.
    error : str or None
        Why it failed.
    stages : tuple of Stage
        The stages that were begun.
    """

    start: float
    seconds: float
    planning: float
    error: str | None
    stages: tuple[Stage, ...]


@dataclass(frozen=True)
class Span:
    """Tasks of a stage that one thread ran one after the other: a single one, unless there are very many.

    Attributes
    ----------
    thread : str
        Name of the thread: ``"caller"`` where it has none.
    tasks : int
        How many.
    start, seconds : float
        When the first began, from the begin of the profile on, and how long it took until the last ended.
    busy : float
        Seconds in tasks.
    peak_bytes : int
        Most memory that the computation held at once meanwhile.
    """

    thread: str
    tasks: int
    start: float
    seconds: float
    busy: float
    peak_bytes: int


class Profile:
    """What the computations within a ``with`` block did; see `hyperslab.profile`."""

    def __init__(self) -> None:
        self._native = _native.Profile()
        self._begun = _native.Profile.clock()
        self._ended: int | None = None

    def __enter__(self) -> Profile:
        global _active
        if self._ended is None:
            self._begun = _native.Profile.clock()
        with _lock:
            _active = (*_active, self._native)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        global _active
        self._ended = _native.Profile.clock()
        with _lock:
            kept = list(_active)
            kept.remove(self._native)
            _active = tuple(kept)

    @property
    def seconds(self) -> float:
        """Time from the begin of the ``with`` block to its end, or to now."""
        return ((self._ended or _native.Profile.clock()) - self._begun) * _NANO

    @property
    def computations(self) -> tuple[Computation, ...]:
        """The computations that have ended, also those that failed or were cancelled."""
        return tuple(self._computation(i, row) for i, row in enumerate(self._native.computations()))

    @property
    def stages(self) -> list[Stage]:
        """The stages of all computations."""
        return [stage for computation in self.computations for stage in computation.stages]

    def spans(self, stage: Stage) -> list[Span]:
        """When which thread ran tasks of a stage, in the order in which they ended."""
        rows = self._native.spans(stage.computation, stage.number)
        return [
            Span(thread, tasks, self._time(begun), (ended - begun) * _NANO, busy * _NANO, peak)
            for thread, tasks, begun, ended, busy, peak in rows
        ]

    def to_html(self, path: str | os.PathLike[str]) -> None:
        """Write a page with the table of stages and a timeline; it needs nothing but itself.

        Parameters
        ----------
        path : str or path
            Where to write.
        """
        Path(path).write_text(_timeline.page(self), encoding="utf-8")

    def to_chrome_trace(self, path: str | os.PathLike[str]) -> None:
        """Write all spans in Chrome's trace event format, for https://ui.perfetto.dev or ``chrome://tracing``.

        Parameters
        ----------
        path : str or path
            Where to write; JSON.
        """
        Path(path).write_text(_timeline.chrome_trace(self), encoding="utf-8")

    def __repr__(self) -> str:
        return _timeline.text(self)

    def _repr_html_(self) -> str:
        return _timeline.fragment(self)

    def _time(self, clock: int) -> float:
        return (clock - self._begun) * _NANO

    def _computation(self, number: int, row: dict[str, Any]) -> Computation:
        begun, ended = row["begun"], row["ended"]
        planned = ended if row["planned"] is None else row["planned"]
        stages = tuple(self._stage(number, k, stage) for k, stage in enumerate(row["stages"]))
        return Computation(self._time(begun), (ended - begun) * _NANO, (planned - begun) * _NANO, row["error"], stages)

    def _stage(self, computation: int, number: int, row: dict[str, Any]) -> Stage:
        begun, ended = row.pop("begun"), row.pop("ended")
        for direction in ("read", "written"):
            nbytes, calls, busy = row[direction]
            row[direction] = Transfer(nbytes, calls, busy * _NANO)
        row["busy"] *= _NANO
        times = {"start": self._time(begun), "seconds": (ended - begun) * _NANO}
        return Stage(computation=computation, number=number, **times, **row)


def profile() -> Profile:
    """Record the computations within a ``with`` block, from whatever thread: time, bytes and peak memory per stage.

    Returns
    -------
    Profile
        Shows itself as a table, in notebooks with a timeline; `Profile.to_html` and `Profile.to_chrome_trace` write
        the timeline to files, `Profile.stages` are the numbers.

    Examples
    --------
    >>> import hyperslab as da
    >>> with da.profile() as p:
    ...     total = da.arange(1_000_000, chunks=1000).sum().compute()
    >>> [stage.label for stage in p.stages]
    ['sum']
    """
    return Profile()
