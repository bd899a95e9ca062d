"""Write docs/coverage.md: which public names of NumPy and dask.array the package has.

Run as ``python tools/coverage.py``. The names to compare with stand in api_names.json beside this file, one list per
namespace; the package is asked what it has.
"""

from __future__ import annotations

import importlib
import json
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "coverage.md"
NAMES = json.loads((Path(__file__).parent / "api_names.json").read_text())

#: Their namespace -> ours.
NAMESPACES = {
    "numpy": "hyperslab",
    "numpy.linalg": "hyperslab.linalg",
    "numpy.fft": "hyperslab.fft",
    "numpy.random": "hyperslab.random",
    "numpy.emath": "hyperslab.emath",
    "numpy.polynomial": "hyperslab.polynomial",
    "numpy.strings": "hyperslab.strings",
    "numpy.char": "hyperslab.char",
    "dask.array": "hyperslab",
    "dask.array.core": "hyperslab.core",
    "dask.array.linalg": "hyperslab.linalg",
    "dask.array.fft": "hyperslab.fft",
    "dask.array.random": "hyperslab.random",
    "dask.array.ma": "hyperslab.ma",
    "dask.array.overlap": "hyperslab.overlap",
    "dask.array.stats": "hyperslab.stats",
    "dask.array.image": "hyperslab.image",
    "dask.array.lib.stride_tricks": "hyperslab.lib.stride_tricks",
    "dask.array.Array": "hyperslab.Array",
    "numpy.ndarray": "hyperslab.Array",
}

HEAD = """# Names of NumPy and dask.array

Written by `python tools/coverage.py`: which public names of NumPy {numpy} and dask.array {dask} are there under the
same name in hyperslab. What is not there says what to use instead when it is asked for, as it stands here.

| Namespace | There | Not there |
|---|---:|---:|
"""


def ours(namespace: str) -> object | None:
    """The module or class of ours that stands for one of theirs, if there is one."""
    path, _, name = NAMESPACES[namespace].rpartition(".")
    if name == "Array":
        return getattr(importlib.import_module(path), name)
    try:
        return importlib.import_module(NAMESPACES[namespace])
    except ModuleNotFoundError:
        return None


def compared(namespace: str, names: list[str]) -> tuple[list[str], list[str]]:
    """Names that are there, and names that are not."""
    place = ours(namespace)
    here = [name for name in names if hasattr(place, name)]
    return here, [name for name in names if name not in here]


def why(namespace: str, name: str) -> str:
    """What stands for a name that is not there."""
    way = importlib.import_module("hyperslab._missing").way_out(NAMESPACES[namespace], name)
    return "" if way is None else f": {way}"


def page() -> str:
    """The whole page."""
    rows, sections = [], []
    for namespace in NAMESPACES:
        here, missing = compared(namespace, NAMES[namespace])
        rows.append(f"| `{namespace}` | {len(here)} | {len(missing)} |\n")
        text = f"\nYes: {', '.join(f'`{n}`' for n in here)}.\n" if here else ""
        if missing:
            text += "\nNo:\n\n" + "".join(f"- `{name}`{why(namespace, name)}\n" for name in missing)
        sections.append(f"\n## {namespace}\n{text}")
    return HEAD.format(**NAMES["versions"]) + "".join(rows) + "".join(sections)


if __name__ == "__main__":
    PAGE.write_text(page())
