"""Profiles as text, as HTML with a timeline, and as Chrome's trace events."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from html import escape
from typing import TYPE_CHECKING, Any

from hyperslab._native import show_bytes

if TYPE_CHECKING:
    from hyperslab._profile import Computation, Profile, Span, Stage

_TITLES = ("stage", "time", "share", "tasks", "threads", "busy", "looked at", "read", "written", "peak", "allowed")

_WIDTH, _ROW, _LEFT = 1000.0, 18.0, 130.0
#: Boxes of one stage and thread that lie closer than this, in pixels, are drawn as one.
_CLOSE = 0.5
#: Columns of the drawing of memory.
_COLUMNS = 500
_MEMORY_HEIGHT = 60.0
_COLOURS = ("#4c78a8", "#f58518", "#54a24b", "#b279a2", "#e45756", "#72b7b2", "#9d755d", "#eeca3b")


def show_seconds(seconds: float) -> str:
    """A duration in a unit a person reads."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}" if seconds < 1000 else f"{seconds:.0f} s"
    return f"{seconds * 1e6:.3g} µs"


def _summary(profile: Profile) -> str:
    computations = profile.computations
    stages = sum(len(c.stages) for c in computations)
    planning = sum(c.planning for c in computations)
    return (
        f"{_count(len(computations), 'computation')}, {_count(stages, 'stage')}, {show_seconds(profile.seconds)}; "
        f"planning {show_seconds(planning)}"
    )


def _count(n: int, word: str) -> str:
    return f"{n} {word}" if n == 1 else f"{n} {word}s"


def _failures(computations: Iterable[Computation]) -> list[str]:
    return [f"computation {i} failed: {c.error}" for i, c in enumerate(computations) if c.error is not None]


def _rows(profile: Profile) -> Iterator[tuple[str, ...]]:
    stages = profile.stages
    total = sum(s.seconds for s in stages) or 1.0
    for s in stages:
        yield (
            f"{s.computation}: {s.label}",
            show_seconds(s.seconds),
            f"{s.seconds / total:.0%}",
            f"{s.tasks_run}" if s.tasks_run == s.tasks else f"{s.tasks_run} of {s.tasks}",
            str(s.workers),
            f"{s.utilisation:.0%}",
            *(show_bytes(n) if n else "–" for n in (s.bytes, s.read.bytes, s.written.bytes)),
            show_bytes(s.peak_bytes),
            show_bytes(s.projected_bytes),
        )


def text(profile: Profile) -> str:
    """A table for terminals."""
    rows = [_TITLES, *_rows(profile)]
    widths = [max(len(row[k]) for row in rows) for k in range(len(_TITLES))]
    lines = [
        "  ".join([row[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:]))]) for row in rows
    ]
    return "\n".join([_summary(profile), *lines, *_failures(profile.computations)])


def fragment(profile: Profile) -> str:
    """Table and timeline as HTML."""
    head = "".join(f"<th>{title}</th>" for title in _TITLES)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>\n" for row in _rows(profile))
    failures = "".join(f"<p><b>{escape(line)}</b></p>" for line in _failures(profile.computations))
    return (
        f"<p>{_summary(profile)}</p>\n<table><thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table>\n"
        f"{failures}{svg(profile)}"
    )


def page(profile: Profile) -> str:
    """A whole HTML page that needs nothing but itself."""
    style = (
        "body{font:14px sans-serif;margin:2em}table{border-collapse:collapse;margin-bottom:1.5em}"
        "td,th{padding:2px 10px;text-align:right;border-bottom:1px solid #ddd}"
        "td:first-child,th:first-child{text-align:left}"
    )
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>hyperslab profile</title>'
        f"<style>{style}</style></head>\n<body><h1>hyperslab profile</h1>\n{fragment(profile)}\n</body></html>\n"
    )


class _Drawing:
    """Boxes over time, one row below the other."""

    def __init__(self, profile: Profile, seconds: float) -> None:
        self.profile = profile
        self.scale = (_WIDTH - _LEFT) / (seconds or 1.0)
        self.seconds = seconds
        self.y = 0.0
        self.parts: list[str] = []

    def x(self, time: float) -> float:
        return _LEFT + time * self.scale

    def heading(self, name: str) -> None:
        """Names the row that the next boxes lie in."""
        self.parts.append(f'<text x="0" y="{self.y + 13:.0f}" font-size="12">{escape(name)}</text>')

    def box(self, start: float, end: float, number: int, title: str, label: str = "") -> None:
        x, width = self.x(start), max((end - start) * self.scale, 0.3)
        colour = _COLOURS[number % len(_COLOURS)]
        self.parts.append(
            f'<rect x="{x:.2f}" y="{self.y:.0f}" width="{width:.2f}" height="{_ROW - 3:.0f}" fill="{colour}">'
            f"<title>{escape(title)}</title></rect>"
        )
        if label and width > 7 * len(label):
            place = f'x="{x + 4:.2f}" y="{self.y + 12:.0f}"'
            self.parts.append(f'<text {place} font-size="11" fill="white" pointer-events="none">{escape(label)}</text>')

    def next_row(self, height: float = _ROW) -> None:
        self.y += height

    def axis(self) -> None:
        for k in range(5):
            time = self.seconds * k / 4
            self.parts.append(
                f'<text x="{self.x(time):.1f}" y="{self.y + 12:.0f}" font-size="11" '
                f'text-anchor="{"end" if k == 4 else "middle" if k else "start"}">{show_seconds(time)}</text>'
            )
        self.next_row()

    def finish(self) -> str:
        body = "\n".join(self.parts)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH:.0f}" height="{self.y:.0f}" '
            f'viewBox="0 0 {_WIDTH:.0f} {self.y:.0f}" font-family="sans-serif" fill="currentColor">\n{body}\n</svg>'
        )


def svg(profile: Profile) -> str:
    """The timeline: stages, what each thread did, and the memory held."""
    stages = profile.stages
    if not stages:
        return ""
    drawing = _Drawing(profile, max([profile.seconds, *(s.start + s.seconds for s in stages)]))
    drawing.axis()
    for k, row in enumerate(_beside(stages)):
        drawing.heading("stages" if k == 0 else "")
        for number in row:
            s = stages[number]
            title = f"{s.computation}: {s.label}, {show_seconds(s.seconds)}, peak {show_bytes(s.peak_bytes)}"
            drawing.box(s.start, s.start + s.seconds, number, title, s.label)
        drawing.next_row()
    spans = [profile.spans(s) for s in stages]
    for thread in sorted({span.thread for own in spans for span in own}):
        drawing.heading(thread)
        for number, own in enumerate(spans):
            mine = [span for span in own if span.thread == thread]
            for start, end, tasks in _joined(mine, _CLOSE / drawing.scale):
                title = f"{stages[number].label}: {_count(tasks, 'task')}, {show_seconds(end - start)}"
                drawing.box(start, end, number, title)
        drawing.next_row()
    _draw_memory(drawing, stages, spans)
    return drawing.finish()


def _beside(stages: list[Stage]) -> list[list[int]]:
    """Numbers of stages in as few rows as needed for stages of different computations at the same time."""
    rows: list[list[int]] = []
    ends: list[float] = []
    for number in sorted(range(len(stages)), key=lambda n: stages[n].start):
        s = stages[number]
        k = next((k for k, end in enumerate(ends) if end <= s.start), len(rows))
        if k == len(rows):
            rows.append([])
            ends.append(0.0)
        rows[k].append(number)
        ends[k] = s.start + s.seconds
    return rows


def _joined(spans: list[Span], gap: float) -> Iterator[tuple[float, float, int]]:
    """Start, end and tasks of the spans of one thread, those that lie close joined."""
    held: tuple[float, float, int] | None = None
    for s in spans:
        if held is not None and s.start - held[1] <= gap:
            held = held[0], s.start + s.seconds, held[2] + s.tasks
            continue
        if held is not None:
            yield held
        held = s.start, s.start + s.seconds, s.tasks
    if held is not None:
        yield held


def _draw_memory(drawing: _Drawing, stages: list[Stage], spans: list[list[Span]]) -> None:
    """Bytes held over time; computations at the same time add up."""
    columns: dict[int, list[int]] = {}
    per_second = _COLUMNS / drawing.seconds if drawing.seconds else 0.0
    for stage, own in zip(stages, spans):
        held = columns.setdefault(stage.computation, [0] * (_COLUMNS + 1))
        for span in own:
            last = int((span.start + span.seconds) * per_second)
            for k in range(int(span.start * per_second), min(last, _COLUMNS) + 1):
                held[k] = max(held[k], span.peak_bytes)
    total = [sum(column) for column in zip(*columns.values())]
    most = max(total) or 1
    low = drawing.y + _MEMORY_HEIGHT
    points = [f"{_LEFT:.1f},{low:.1f}"]
    for k, n in enumerate(total):
        y = low - n / most * (_MEMORY_HEIGHT - 8)
        points += [f"{drawing.x((k + edge) / per_second):.1f},{y:.1f}" for edge in (0, 1)] if per_second else []
    points.append(f"{_WIDTH:.1f},{low:.1f}")
    drawing.heading("memory")
    drawing.parts.append(f'<polygon points="{" ".join(points)}" fill="#8886"><title>bytes held</title></polygon>')
    drawing.parts.append(f'<text x="0" y="{drawing.y + 28:.0f}" font-size="11">most {show_bytes(most)}</text>')
    drawing.next_row(_MEMORY_HEIGHT + 4)


def chrome_trace(profile: Profile) -> str:
    """Chrome's trace events: a process per computation with a thread of stages and its own threads."""
    events: list[dict[str, Any]] = []
    for number, computation in enumerate(profile.computations):
        events += _computation_events(profile, number, computation)
    return json.dumps({"traceEvents": events, "displayTimeUnit": "ms"})


def _computation_events(profile: Profile, number: int, c: Computation) -> Iterator[dict[str, Any]]:
    pid = number + 1
    threads = {"stages": 0}
    label = c.stages[-1].label if c.stages else "refused"
    yield _named("process_name", pid, 0, f"computation {number}: {label}")
    yield _named("thread_name", pid, 0, "stages")
    error = {} if c.error is None else {"error": c.error}
    yield _complete("plan", pid, 0, c.start, c.planning, error)
    for stage in c.stages:
        args = {
            "tasks": stage.tasks_run,
            "bytes": stage.bytes,
            "peak_bytes": stage.peak_bytes,
            "projected_bytes": stage.projected_bytes,
            "read_bytes": stage.read.bytes,
            "written_bytes": stage.written.bytes,
        }
        yield _complete(stage.label, pid, 0, stage.start, stage.seconds, args)
        for span in profile.spans(stage):
            if span.thread not in threads:
                threads[span.thread] = len(threads)
                yield _named("thread_name", pid, threads[span.thread], span.thread)
            yield _complete(stage.label, pid, threads[span.thread], span.start, span.seconds, {"tasks": span.tasks})
            end = (span.start + span.seconds) * 1e6
            yield {"name": "held", "ph": "C", "pid": pid, "ts": end, "args": {"bytes": span.peak_bytes}}


def _complete(name: str, pid: int, tid: int, start: float, seconds: float, args: dict[str, Any]) -> dict[str, Any]:
    times = {"ts": start * 1e6, "dur": seconds * 1e6}
    return {"name": name, "ph": "X", "cat": "hyperslab", "pid": pid, "tid": tid, **times, "args": args}


def _named(kind: str, pid: int, tid: int, name: str) -> dict[str, Any]:
    return {"name": kind, "ph": "M", "pid": pid, "tid": tid, "args": {"name": name}}
