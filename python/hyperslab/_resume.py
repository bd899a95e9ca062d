"""Stores that go on where they were interrupted: what the work is called, and where its finished chunks are noted."""

from __future__ import annotations

import contextlib
import hashlib
import os
from typing import Any

import numpy as np

from hyperslab import _convert, _location, _native, _pickle

#: File in the folder of a Zarr array that names its finished chunks until it is whole.
JOURNAL = ".hyperslab-journal"


def work_name(expr: _native.Expr, target: str, resume: bool | str) -> bytes:
    """What is the same in every process that stores the same values to the same place, and in no other.

    Parameters
    ----------
    expr
        What is stored.
    target
        Where, and how it is laid out there.
    resume
        ``True`` has the expression named by its operations and its sources, a string names it.

    Raises
    ------
    NotImplementedError
        Where a source has no name that lasts.
    """
    name = hashlib.blake2b(target.encode(), digest_size=32)
    if isinstance(resume, str):
        name.update(resume.encode())
        return name.digest()
    data, carried = _native.fingerprint(expr)
    name.update(data)
    for kind, parts in carried:
        name.update(kind.encode())
        if kind == "numpy":
            array = np.ascontiguousarray(parts[0])
            name.update(f"{array.dtype.str} {array.shape}".encode())
            name.update(array.reshape(-1).view(np.uint8).data if array.size else b"")
        elif kind == "object":
            name.update(_lasting(parts[0]).encode())
        else:
            name.update(_pickle.dumped(parts[0], f"the function {parts[0]!r}"))
    return name.digest()


def _lasting(x: Any) -> str:
    """What tells an object from others in any process."""
    names = _location.names(x)
    if any(n.startswith((f"{_location.library(x)}:{id(x)}", "memory:", "zarr:")) or "/wrapped" in n for n in names):
        raise NotImplementedError(
            f"resume: {_convert.describe(x)} is known to this process alone: name the work yourself, resume='a name'"
        )
    return f"{_convert.describe(x)} {x.shape} {x.dtype} {sorted(names)}"


def journaled(
    sink: Any, corner: Any, path: str, work: bytes, present: set[int] | None = None
) -> tuple[_native.Sink, int]:
    """A sink that notes what is finished in a file, and how much that file says already is.

    Raises
    ------
    NotImplementedError
        For what has no chunks.
    """
    if not isinstance(sink, _native.Sink):
        raise NotImplementedError("resume: memory does not outlive the process: store without resume")
    return _native.journaled_sink(sink, corner, path, work, present)


def journal_of(target: Any) -> str | None:
    """Where the finished chunks of a target are noted, for those that are folders."""
    if not hasattr(target, "store_path") or type(target.store_path.store).__name__ != "LocalStore":
        return None
    return os.path.join(str(target.store_path.store.root), target.store_path.path, JOURNAL)


def layout_of(target: Any, corner: Any) -> str:
    """Where a Zarr array lies and how it is laid out, with the part of it that is stored to."""
    metadata = target.metadata.to_dict()
    metadata.pop("attributes", None)
    return f"{_location.names(target)} {corner} {sorted(metadata.items(), key=str)}"


def remove(path: str) -> None:
    """Remove a journal that may not be there."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)


def remove_partial(folder: str) -> None:
    """Remove what writers that died left half written below a folder."""
    for at, _, names in os.walk(folder):
        for name in names:
            if name.endswith(".partial"):
                remove(os.path.join(at, name))
