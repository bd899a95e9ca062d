"""Messages of exceptions: they name the operation, and the shapes or values that are wrong."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from types import ModuleType, TracebackType
from typing import Any

import numpy as np

#: What is raised for wrong arguments. Subclasses keep their texts: they hold other things than one.
_PLAIN = (TypeError, ValueError, IndexError, OverflowError, ZeroDivisionError, NotImplementedError, RuntimeError)
_LONGEST = 60
#: Code that is not users'.
_LIBRARIES = frozenset(("hyperslab", "numpy", "inspect", "functools", "contextlib"))


def tell(error: Exception, name: str, args: Iterable[Any], kwargs: dict[str, Any]) -> None:
    """Put into a message what it lacks: the operation, and what that was called with.

    Exceptions of users' functions stay as they are.

    Parameters
    ----------
    error
        The exception, changed in place.
    name
        What users call.
    args, kwargs
        What they call it with.
    """
    if not _raised_here(error.__traceback__):
        return
    if isinstance(error, np.exceptions.AxisError):
        if not _has_word(str(error), name):
            numbers = (error.axis, error.ndim, name) if error.axis is not None else (f"{name}: {error}",)
            error.__init__(*numbers)  # type: ignore[misc]
        return
    if type(error) not in _PLAIN and type(error) is not np.linalg.LinAlgError:
        return
    if len(error.args) != 1 or not isinstance(error.args[0], str):
        return
    text = error.args[0]
    if not _has_word(text, name):
        text = f"{name}: {text}"
    given = [
        x for x in (*args, *kwargs.values()) if hasattr(x, "dtype") or not type(x).__module__.startswith("hyperslab")
    ]
    if given and not any(_mentions(text.replace(name, "", 1), token) for token in _tokens(given)):
        text = f"{text} (called with {_listed(args, kwargs)})"
    error.args = (text,)


def named(function: Callable[..., Any], name: str | None = None) -> Callable[..., Any]:
    """The function, whose exceptions name it."""
    called = name or function.__name__

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except Exception as error:
            tell(error, called, args, kwargs)
            raise

    return call


def name_methods(cls: type, without: Iterable[str] = ()) -> None:
    """Let the exceptions of a class's public methods name them."""
    for name, member in list(vars(cls).items()):
        if inspect.isfunction(member) and not name.startswith("_") and name not in without:
            setattr(cls, name, named(member, name))


def name_functions(module: ModuleType) -> None:
    """Let the exceptions of a module's public functions name them."""
    for name in module.__all__:
        if inspect.isfunction(member := getattr(module, name)):
            setattr(module, name, named(member, name))


def _raised_here(traceback: TracebackType | None) -> bool:
    """Whether an exception went through no code but the package's own and NumPy's."""
    while traceback is not None:
        module = str(traceback.tb_frame.f_globals.get("__name__", ""))
        if module.partition(".")[0] not in _LIBRARIES:
            return False
        traceback = traceback.tb_next
    return True


def _has_word(text: str, word: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None


def _mentions(text: str, token: str) -> bool:
    compact = token.replace(" ", "")
    return any(t and (_has_word(text, t) if t[0].isalnum() else t in text) for t in (token, compact))


def _tokens(given: Iterable[Any], depth: int = 2) -> Iterator[str]:
    """How messages write arguments: shapes and dtypes of arrays, values of all else."""
    for x in given:
        if _is_array(x):
            said = x.shape
            yield from (
                str(tuple(said) if isinstance(said, list) else said),
                str(x.dtype),
                str(getattr(x.dtype, "str", x.dtype)),
            )
        elif isinstance(x, str):
            yield x
        elif isinstance(x, list | tuple) and depth:
            yield from (str(x), *_tokens(x, depth - 1))
        elif x is not None and not isinstance(x, bool) and not callable(x):
            yield repr(x)


def _is_array(x: Any) -> bool:
    """Whether an argument is an array or a scalar of one; classes of them have attributes of these names, too."""
    return hasattr(x, "shape") and hasattr(x, "dtype") and not isinstance(x, type)


def _listed(args: Iterable[Any], kwargs: dict[str, Any]) -> str:
    # Generators and other owners of methods say nothing about what is wrong.
    plain = [x for x in args if hasattr(x, "dtype") or not type(x).__module__.startswith("hyperslab")]
    return ", ".join([*map(_shown, plain), *(f"{key}={_shown(value)}" for key, value in kwargs.items())])


def _shown(x: Any) -> str:
    """One argument in a few words."""
    if _is_array(x):
        return f"{x.dtype} of shape {tuple(x.shape) if isinstance(x.shape, list) else x.shape}"
    if isinstance(x, list | tuple) and any(hasattr(part, "dtype") for part in x):
        few = [_shown(part) for part in x[:3]] + ["…"] * (len(x) > 3)
        return f"[{', '.join(few)}]" if isinstance(x, list) else f"({', '.join(few)})"
    text = repr(x)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
