"""What the native reader and writer must know of a Zarr array."""

from __future__ import annotations

import os
from typing import Any

from hyperslab import _location, _objects


def native_place(x: Any, name: str) -> tuple[dict[str, Any] | None, str]:
    """Where a Zarr array lies and what its metadata say, or ``None`` and why zarr-python must read or write it.

    There are ``folder``, ``store`` (an object store, as `_objects` describes them, or ``None`` for the file system),
    ``name`` (for plans and errors), ``whereabouts`` (as `_location` names them) and ``metadata``, the text that
    zarr-python would store for the array as it has it open.
    """
    import zarr

    if not isinstance(x, zarr.Array):
        return None, f"through zarr-python: a {type(x).__name__}"
    at = x.store_path
    place, detour = _folder(at.store, at.path)
    if place is None:
        return None, f"through zarr-python: {detour}"
    texts = _texts(x)
    text = texts.get("zarr.json") or texts.get(".zarray")
    if text is None:
        return None, "through zarr-python: it gives no text of the metadata"
    return {"store": None, **place, "name": name, "whereabouts": _location.names(x), "metadata": text}, ""


def _folder(store: Any, path: str) -> tuple[dict[str, Any] | None, str]:
    """Where a path of a store is, or ``None`` and what it is that is only known to zarr-python."""
    import zarr

    # Stores that wrap others count, cache or forbid what is done to them.
    if type(store) is zarr.storage.LocalStore:
        return {"folder": os.path.abspath(os.path.join(os.fspath(store.root), path))}, ""
    kind = type(store).__name__
    if kind == "ObjectStore" and type(store) is getattr(zarr.storage, "ObjectStore", None):
        place, detour = _objects.of_obstore(store.store, path)
        return place, f"an {kind}, {detour}"
    if kind != "FsspecStore" or type(store) is not getattr(zarr.storage, "FsspecStore", None):
        return None, f"a {kind}"
    if set(store.allowed_exceptions) - {FileNotFoundError, IsADirectoryError, NotADirectoryError}:
        return None, f"a {kind} of its own exceptions"
    place, detour = _objects.of_file_system(store.fs, f"{str(store.path).rstrip('/')}/{path}".rstrip("/"))
    return place, f"a {kind}, {detour}"


def _texts(x: Any) -> dict[str, bytes]:
    try:
        from zarr.core.buffer import default_buffer_prototype

        found = x.metadata.to_buffer_dict(default_buffer_prototype())
        return {key: bytes(value.to_bytes()) for key, value in found.items()}
    except (ImportError, AttributeError, TypeError):  # Another version has other names for it.
        return {}


def writes_empty_chunks(x: Any) -> bool:
    """Whether chunks that hold nothing but the fill value are stored."""
    return bool(getattr(x._async_array.config, "write_empty_chunks", False))


def why(error: Exception) -> str:
    """Why the native half refused, as part of a plan."""
    return f"through zarr-python: {str(error).partition(' (')[0].removeprefix('Zarr: ')}"
