"""Writes crates/base/tests/promotions.txt: what the installed NumPy promotes and casts.

One line per pair: ``a b result_type safe same_kind`` (``-`` where NumPy raises, 1 or 0 for the casts).
"""

from pathlib import Path

import numpy as np

NAMES = ["bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"]
NAMES += ["float16", "float32", "float64", "complex64", "complex128"]
NAMES += ["timedelta64", "timedelta64[D]", "timedelta64[s]", "timedelta64[25s]", "timedelta64[ns]", "timedelta64[M]"]
NAMES += ["datetime64[D]", "datetime64[s]", "datetime64[10ms]", "datetime64[ns]", "datetime64[M]", "datetime64[Y]"]


def promoted(a: np.dtype, b: np.dtype) -> str:
    """Name of the common dtype, or ``-``."""
    try:
        return np.result_type(a, b).name
    except TypeError:
        return "-"


def main() -> None:
    """Writes the table."""
    lines = []
    for a in map(np.dtype, NAMES):
        for b in map(np.dtype, NAMES):
            casts = [str(int(np.can_cast(a, b, rule))) for rule in ("safe", "same_kind")]
            lines.append(" ".join([a.name, b.name, promoted(a, b), *casts]))
    target = Path(__file__).parents[2] / "crates" / "base" / "tests" / "promotions.txt"
    target.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
