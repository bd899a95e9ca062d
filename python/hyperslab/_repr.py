"""How an array shows itself: one line for terminals, a table with a drawing for notebooks."""

from __future__ import annotations

import math
from typing import Any

from hyperslab import _native

_LINES = 20
_SIDE = 120.0
_STYLE = 'style="fill:#ecb172;fill-opacity:{opacity};stroke-width:0"'


def text(x: Any) -> str:
    """One line."""
    kind = x.name.rpartition("-")[0] or x.name
    return f"hyperslab.array<{kind}, shape={x.shape}, dtype={x.dtype}, chunksize={x.chunksize}>"


def html(x: Any) -> str:
    """A table, with a drawing of the chunk grid up to three dimensions."""
    whole, chunk = x.nbytes, x.dtype.itemsize * math.prod(x.chunksize)
    count = "1 chunk" if x.npartitions == 1 else f"{x.npartitions} chunks"
    rows = [
        ("Bytes", *("unknown" if math.isnan(n) else _native.show_bytes(n) for n in (whole, chunk))),
        ("Shape", str(x.shape), str(x.chunksize)),
        ("Count", count, ""),
        ("Type", str(x.dtype), "hyperslab.Array"),
    ]
    body = "".join(f"<tr><th>{a}</th><td>{b}</td><td>{c}</td></tr>" for a, b, c in rows)
    table = f"<table><thead><tr><td></td><th>Array</th><th>Chunk</th></tr></thead><tbody>{body}</tbody></table>"
    return f"<table><tr><td>{table}</td><td>{svg(x)}</td></tr></table>"


def svg(x: Any, side: float = _SIDE) -> str:
    """A drawing of the chunk grid; empty for 0 and for more than three dimensions, and for empty arrays."""
    if not 1 <= x.ndim <= 3 or x.size == 0 or math.isnan(x.size):
        return ""
    sizes = _lengths(x.shape, side)
    cuts = [_cuts(x, d, sizes[d]) for d in range(x.ndim)]
    if x.ndim == 3:
        return _box(x, sizes, cuts)
    width, height = sizes[-1], (sizes[0] if x.ndim == 2 else 24.0)
    rows = cuts[0] if x.ndim == 2 else [0.0, height]
    parts = [*_face((0, 0), (width, 0), (0, height), cuts[-1], rows)]
    parts.append(_label(width / 2, height + 16, x.shape[-1]))
    if x.ndim == 2:
        parts.append(_label(width + 16, height / 2, x.shape[0], turned=True))
    return _drawing(width + 34, height + 26, parts)


def _lengths(shape: tuple[int, ...], side: float) -> list[float]:
    """Lengths in the drawing: long axes longer, short ones still visible."""
    longest = max(shape)
    return [max(side * (n / longest) ** 0.4, side / 10) for n in shape]


def _cuts(x: Any, dim: int, length: float) -> list[float]:
    """Where lines go: every boundary, or evenly thinned when they are too many."""
    n, total = x.numblocks[dim], x.shape[dim]
    step = max(1, -(-n // _LINES))
    starts = [x._expr.chunk(dim, i)[0] for i in range(0, n, step)]
    return [s / total * length for s in starts] + [length]


def _line(a: tuple[float, float], b: tuple[float, float], width: int = 1) -> str:
    return f'<line x1="{a[0]:.1f}" y1="{a[1]:.1f}" x2="{b[0]:.1f}" y2="{b[1]:.1f}" stroke-width="{width}"/>'


def _face(
    corner: tuple[float, float],
    across: tuple[float, float],
    down: tuple[float, float],
    columns: list[float],
    rows: list[float],
    opacity: float = 0.7,
) -> list[str]:
    """A parallelogram with its lines; `columns` are positions along `across`, `rows` along `down`."""

    def at(u: float, v: float) -> tuple[float, float]:
        return corner[0] + u * across[0] + v * down[0], corner[1] + u * across[1] + v * down[1]

    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in (at(0, 0), at(1, 0), at(1, 1), at(0, 1)))
    parts = [f'<polygon points="{points}" {_STYLE.format(opacity=opacity)}/>']
    for k, v in enumerate(rows):
        parts.append(_line(at(0, v / rows[-1]), at(1, v / rows[-1]), 2 if k in (0, len(rows) - 1) else 1))
    for k, u in enumerate(columns):
        parts.append(_line(at(u / columns[-1], 0), at(u / columns[-1], 1), 2 if k in (0, len(columns) - 1) else 1))
    return parts


def _box(x: Any, sizes: list[float], cuts: list[list[float]]) -> str:
    """Three faces of a box: axis 0 runs into the picture, axis 1 down, axis 2 across."""
    depth, height, width = sizes
    slant = (depth * 0.5, depth * 0.35)
    parts = _face((0, 0), (width, 0), slant, cuts[2], cuts[0])
    parts += _face((0, 0), (0, height), slant, cuts[1], cuts[0], 0.5)
    parts += _face(slant, (width, 0), (0, height), cuts[2], cuts[1], 0.8)
    right, bottom = width + slant[0], height + slant[1]
    parts.append(_label(slant[0] + width / 2, bottom + 16, x.shape[2]))
    parts.append(_label(right + 16, slant[1] + height / 2, x.shape[1], turned=True))
    parts.append(_label(max(slant[0] / 2 - 8, 8), height + slant[1] / 2 + 16, x.shape[0]))
    return _drawing(right + 34, bottom + 26, parts)


def _label(x: float, y: float, n: int, turned: bool = False) -> str:
    turn = f' transform="rotate(-90,{x:.1f},{y:.1f})"' if turned else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="12" stroke="none" text-anchor="middle"{turn}>{n}</text>'


def _drawing(width: float, height: float, parts: list[str]) -> str:
    body = "".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="-2 -2 {width:.0f} {height:.0f}" stroke="currentColor" fill="currentColor">{body}</svg>'
    )
