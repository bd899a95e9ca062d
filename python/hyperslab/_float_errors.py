"""Floating-point errors of a computation, told as NumPy's error state asks: once, in the thread that computes."""

from __future__ import annotations

import os
import sys
import warnings
from typing import Any

import numpy as np

#: Kinds: the key of `numpy.geterr`, the bit, and what messages say.
_KINDS = (
    ("divide", 1, "divide by zero"),
    ("over", 2, "overflow"),
    ("under", 4, "underflow"),
    ("invalid", 8, "invalid value"),
)

_PACKAGE = os.path.dirname(__file__) + os.sep


#: NumPy's context variable of error states, each of which is an object of its own: to ask NumPy what one says takes a
#: tenth of the time of a small computation. None where NumPy has no such variable.
_STATES: Any = getattr(sys.modules.get("numpy._core.umath"), "_extobj_contextvar", None)

#: The object seen last, what `numpy.geterr` says of it, and the kinds that it does not ignore.
_last: tuple[Any, dict[str, Any], int] = (None, {}, 0)


def state() -> tuple[dict[str, Any], int]:
    """The error state, as `numpy.geterr` says it, and the kinds that it does not ignore."""
    global _last
    held = None if _STATES is None else _STATES.get()
    last = _last
    if held is None or held is not last[0]:
        said: Any = np.geterr()
        _last = last = (held, said, sum(bit for key, bit, _ in _KINDS if said[key] != "ignore"))
    return last[1:]


def tell(met: list[tuple[str, int]], state: Any) -> None:
    """Do for each operation and kind that it met what the error state says.

    Raises
    ------
    FloatingPointError
        For the first kind whose state is "raise".
    """
    for name, kinds in met:
        for key, bit, words in _KINDS:
            if kinds & bit:
                _one(state[key], words, name, kinds)


def _one(how: str, words: str, name: str, kinds: int) -> None:
    message = f"{words} encountered in {name}"
    if how == "warn":
        warnings.warn(message, RuntimeWarning, stacklevel=_users_line())
    elif how == "raise":
        raise FloatingPointError(message)
    elif how == "print":
        print(f"Warning: {message}", file=sys.stderr)
    elif how in ("call", "log"):
        handler: Any = np.geterrcall()
        if handler is None:
            what = "python callback" if how == "call" else "log"
            missing = "function" if how == "call" else "object with write method"
            raise NameError(f"{what} specified for {words} (in  {name}) but no {missing} found.")
        if how == "call":
            handler(words, kinds)
        else:
            handler.write(f"Warning: {message}\n")


def _users_line() -> int:
    """The stack level, as `_one` counts it, of the first call that is not the package's own."""
    level = 1
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame, level = frame.f_back, level + 1
    return level
