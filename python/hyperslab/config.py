"""Settings of computations: how much memory, how many threads, who hears of the progress.

Examples
--------
>>> import hyperslab as da
>>> with da.config.set(memory_limit="256 MiB", num_threads=2):
...     float(da.ones(10).sum())
10.0
"""

from __future__ import annotations

import builtins
import os
from collections.abc import Callable
from types import TracebackType
from typing import Any

from hyperslab import _native

_settings: dict[str, Any] = dict.fromkeys(
    ("memory_limit", "num_threads", "progress", "spill_directory", "spill_limit", "unknown_lengths")
)

#: What becomes of lengths that depend on values.
_LENGTHS = ("keep", "compute")


def _bytes(value: int | str | None, name: str = "memory_limit", least: int = 1) -> int | None:
    if value is None:
        return None
    try:
        limit = _native.parse_bytes(value) if isinstance(value, str) else int(value)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{name}={value!r}: {error}") from None
    if limit < least:
        raise ValueError(f"{name}={value!r}: a budget is a positive number of bytes")
    return limit


def _spilled(value: int | str | None) -> int | None:
    return _bytes(value, "spill_limit", 0)


def _directory(value: str | os.PathLike[str] | None) -> str | None:
    return None if value is None else os.path.abspath(os.fspath(value))


def _threads(value: int | None) -> int | None:
    if value is None:
        return None
    if not hasattr(value, "__index__"):
        raise TypeError(f"num_threads={value!r}: a number of threads is an integer")
    if value < 1:
        raise ValueError(f"num_threads={value}: a computation needs at least one thread")
    return value


def _listener(value: Callable[..., None] | None) -> Callable[..., None] | None:
    if value is not None and not callable(value):
        raise TypeError("progress takes a callable or None")
    return value


def _lengths(value: str | None) -> str | None:
    if value is not None and value not in _LENGTHS:
        raise ValueError(f"unknown_lengths={value!r}: lengths that depend on values are one of {', '.join(_LENGTHS)}")
    return value


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "memory_limit": _bytes,
    "num_threads": _threads,
    "progress": _listener,
    "spill_directory": _directory,
    "spill_limit": _spilled,
    "unknown_lengths": _lengths,
}


class set:
    """Change settings, for good or within a ``with`` block.

    Parameters
    ----------
    memory_limit : int or str, optional
        Bytes that one computation may hold, ``"256 MiB"`` for example. ``None`` takes the environment variable
        ``HYPERSLAB_MEMORY_LIMIT``, or a share of the machine's memory.
    num_threads : int, optional
        Threads of a computation. ``None`` takes ``HYPERSLAB_NUM_THREADS``, or one per core.
    progress : callable, optional
        Called with a `hyperslab.progress.Progress` about twenty times a second.
    spill_directory : path, optional
        Where intermediate arrays go that do not fit into memory, in files without a name that vanish with the
        computation. ``None`` takes ``HYPERSLAB_SPILL_DIRECTORY``, or the system's directory for temporary files.
    spill_limit : int or str, optional
        Bytes that one computation may take there; 0 forbids it. ``None`` takes ``HYPERSLAB_SPILL_LIMIT``, or what the
        disk has.
    unknown_lengths : {"keep", "compute"}, optional
        What becomes of lengths that depend on values, such as that of ``x[x > 0]``. ``"keep"``: they are not known,
        nan in `Array.shape`, until something is computed. ``"compute"``: they are found out when the array is made, for
        code that needs shapes. ``None`` takes ``HYPERSLAB_UNKNOWN_LENGTHS``, or keeps them.

    Raises
    ------
    TypeError
        For a setting that does not exist.
    ValueError
        For a value that makes no sense.

    Examples
    --------
    >>> import hyperslab as da
    >>> with da.config.set(num_threads=1):
    ...     da.config.get("num_threads")
    1
    """

    def __init__(self, **settings: Any) -> None:
        unknown = sorted(builtins.set(settings) - builtins.set(_settings))
        if unknown:
            raise TypeError(f"no setting {', '.join(unknown)}; there are {', '.join(sorted(_settings))}")
        checked = {key: _CHECKS[key](value) for key, value in settings.items()}
        self._before = {key: _settings[key] for key in checked}
        _settings.update(checked)

    def __enter__(self) -> set:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _settings.update(self._before)


def get(key: str) -> Any:
    """The value of a setting: what was set, else the environment's, else the default.

    Parameters
    ----------
    key : {"memory_limit", "num_threads", "progress", "spill_directory", "spill_limit", "unknown_lengths"}
        Name of the setting.

    Returns
    -------
    int, str, callable or None
        Bytes for the limits; ``None`` for no limit, and for no listener.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.config.get("memory_limit") > 0
    True
    """
    if key not in _settings:
        raise KeyError(f"no setting {key!r}; there are {', '.join(sorted(_settings))}")
    value = _settings[key]
    if value is not None or key == "progress":
        return value
    if key == "spill_directory":
        return os.fspath(_native.default_spill_directory())
    text = os.environ.get(f"HYPERSLAB_{key.upper()}")
    if key == "spill_limit":
        return _spilled(text) if text else None
    if key == "unknown_lengths":
        return _lengths(text) if text else "keep"
    if key == "memory_limit":
        return _bytes(text) if text else _native.default_memory_limit()
    return int(text) if text else _native.default_num_threads()


def limits(
    memory_limit: int | str | None, num_threads: int | None
) -> tuple[int | None, int | None, str | None, int | None]:
    """What a computation may use: the caller's words first, then the settings."""
    limit = _settings["memory_limit"] if memory_limit is None else _bytes(memory_limit)
    threads = _settings["num_threads"] if num_threads is None else _threads(num_threads)
    return limit, threads, _settings["spill_directory"], _settings["spill_limit"]


def listener() -> Callable[..., None] | None:
    """Who hears of the progress."""
    found: Callable[..., None] | None = _settings["progress"]
    return found
