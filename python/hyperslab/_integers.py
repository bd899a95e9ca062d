"""Shapes, axes and counts as users write them: numbers, sequences of them, arrays."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np


def integers(value: Any) -> tuple[int, ...]:
    """A number as a tuple of itself; what holds several, NumPy's or lazy arrays too, as a tuple of them.

    Raises
    ------
    TypeError
        For what is no integer.
    """
    if getattr(value, "ndim", 0):
        value = np.asarray(value)
    elif hasattr(value, "__index__"):
        return (operator.index(value),)
    return tuple(operator.index(n) for n in value)
