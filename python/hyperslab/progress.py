"""Progress of computations: a bar for terminals and notebooks, and what it is made from.

Examples
--------
>>> import hyperslab as da
>>> seen = []
>>> with da.config.set(progress=seen.append):
...     _ = da.arange(1_000_000, chunks=1000).sum().compute()
>>> seen[-1].fraction
1.0
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Any, TextIO

from hyperslab import _native, config


@dataclass(frozen=True)
class Progress:
    """How far a running computation is.

    Attributes
    ----------
    stage, stages : int
        Number of the stage that runs, from 0, and how many there are.
    label : str
        What the stage computes.
    tasks_done, tasks : int
        Over all stages.
    bytes_done, bytes : int
        Bytes read and written by tasks that are done, and by all.
    """

    stage: int
    stages: int
    label: str
    tasks_done: int
    tasks: int
    bytes_done: int
    bytes: int

    @property
    def fraction(self) -> float:
        """Share of the work that is done, from 0 to 1."""
        if self.bytes:
            return self.bytes_done / self.bytes
        return self.tasks_done / self.tasks if self.tasks else 1.0

    @property
    def finished(self) -> bool:
        """Whether all tasks are done."""
        return self.tasks_done >= self.tasks


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class ProgressBar:
    """Show a bar while computations run within the ``with`` block.

    Parameters
    ----------
    width : int
        Characters of the bar.
    minimum : float
        Seconds that a computation runs before a bar appears.
    out : file, optional
        Where to write; ``sys.stderr`` by default.
    force : bool
        Write even if `out` is no terminal.

    Examples
    --------
    >>> import hyperslab as da
    >>> with da.ProgressBar():
    ...     float(da.ones(10).sum())
    10.0
    """

    def __init__(self, width: int = 32, minimum: float = 0.0, out: TextIO | None = None, force: bool = False) -> None:
        self._width, self._minimum, self._out, self._force = width, minimum, out, force
        self._begun: float | None = None
        self._shown = 0
        self._setting: config.set | None = None
        self._display: Any = None

    def __enter__(self) -> ProgressBar:
        self._stream = self._out or sys.stderr
        self._notebook = self._out is None and _in_notebook()
        terminal = getattr(self._stream, "isatty", lambda: False)()
        if terminal or self._notebook or self._force:
            self._setting = config.set(progress=self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._setting is not None:
            self._setting.__exit__(kind, error, trace)
            self._end()

    def __call__(self, progress: Progress) -> None:
        """Show a snapshot."""
        now = time.monotonic()
        if self._begun is None:
            self._begun = now
        elapsed = now - self._begun
        if elapsed >= self._minimum or self._shown:
            self._show(self._line(progress, elapsed))
        if progress.finished:
            self._end()

    def _line(self, p: Progress, elapsed: float) -> str:
        full = int(p.fraction * self._width)
        bar = "█" * full + "·" * (self._width - full)
        rate = p.bytes_done / elapsed if elapsed else 0.0
        parts = [f"{p.fraction:4.0%} |{bar}|", f"{_native.show_bytes(p.bytes_done)} of {_native.show_bytes(p.bytes)}"]
        parts += [f"{p.tasks_done}/{p.tasks} tasks", f"{rate / 1e9:.2f} GB/s"]
        if p.finished:
            parts.append(f"{_duration(elapsed)} in all")
        elif p.fraction > 0.01:
            parts.append(f"{_duration(elapsed * (1 - p.fraction) / p.fraction)} left")
        if p.stages > 1:
            parts.append(f"stage {min(p.stage + 1, p.stages)}/{p.stages} {p.label}")
        return "  ".join(parts)

    def _show(self, line: str) -> None:
        if self._notebook:
            self._show_notebook(line)
        else:
            self._stream.write("\r" + line.ljust(self._shown))
            self._stream.flush()
        self._shown = max(self._shown, len(line))

    def _show_notebook(self, line: str) -> None:
        from IPython.display import display

        if self._display is None:
            self._display = display({"text/plain": line}, raw=True, display_id=True)
        else:
            self._display.update({"text/plain": line}, raw=True)

    def _end(self) -> None:
        if self._shown and not self._notebook:
            self._stream.write("\n")
            self._stream.flush()
        self._begun, self._shown, self._display = None, 0, None


def _in_notebook() -> bool:
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return type(shell).__name__ == "ZMQInteractiveShell"
