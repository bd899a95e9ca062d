"""Where the elements of an object lie: names that are equal when the places are, whatever way led there."""

from __future__ import annotations

import mmap
import os
from typing import Any

import numpy as np

#: Attributes under which objects keep what they wrap.
WRAPPED = ("array", "_variable", "variable", "_array", "_data", "_h5ds", "source", "wrapped", "target")


def plain(url: Any) -> Any:
    """A path in place of a URL of the file system."""
    return url.removeprefix("file://") if isinstance(url, str) else url


def library(x: Any) -> str:
    """Name of the library that an object comes from."""
    return type(x).__module__.partition(".")[0]


def whereabouts(x: Any) -> list[str] | tuple[int, int, list[str]]:
    """Names of all that the elements lie in, or addresses with the names of the files mapped there."""
    if isinstance(x, np.ndarray):
        return (*np.lib.array_utils.byte_bounds(x), mapped_files(x))
    return names(x)


def names(x: Any, depth: int = 3) -> list[str]:
    """Names of all that the elements of an object lie in. What lies within a file is named below it."""
    if isinstance(x, np.ndarray):
        return mapped_files(x)
    of = {
        "h5py": _h5py, "zarr": _zarr, "netCDF4": _netcdf4, "tables": _tables, "blosc2": _blosc2,
        "tensorstore": _tensorstore, "tiledb": _tiledb,
    }.get(library(x))  # fmt: skip
    found = of(x) if of is not None else None
    if found:
        return found
    inner = [getattr(x, "__dict__", {}).get(name, None) for name in WRAPPED]
    inner += [getattr(x, name, None) for name in ("_h5ds",) if library(x) == "h5netcdf"]
    seen = [n for i in inner if i is not None and hasattr(i, "__getitem__") and depth for n in names(i, depth - 1)]
    # Below the name of what is wrapped: the elements are there, though maybe not in the same order.
    return [f"{n}/wrapped" for n in seen] or [f"{library(x)}:{id(x)}"]


def file(path: Any) -> str:
    """Name of a file or folder: equal for all paths that lead to it."""
    try:
        at = os.stat(path)
    except (OSError, ValueError):
        return f"path:{os.path.realpath(os.fsdecode(path))}"
    return f"file:{at.st_dev}:{at.st_ino}"


def mapped_files(x: np.ndarray) -> list[str]:
    """Names of the files that the memory of a NumPy array shows."""
    root, path = x, None
    while True:
        if isinstance(root, np.memmap):
            path = getattr(root, "filename", None) or path
        below = root.obj if isinstance(root, memoryview) else getattr(root, "base", None)
        if below is None:
            break
        root = below
    if not isinstance(root, mmap.mmap):
        return [] if path is None else [file(path)]
    low, high = np.lib.array_utils.byte_bounds(x)
    try:
        with open("/proc/self/maps", encoding="utf-8", errors="replace") as maps:
            found = [line.split(None, 5) for line in maps]
    except OSError:
        return [] if path is None else [file(path)]
    inside: list[str] = []
    for where, _, _, device, inode, *_ in found:
        start, end = (int(n, 16) for n in where.split("-"))
        if start < high and low < end and inode != "0":
            major, minor = (int(n, 16) for n in device.split(":"))
            inside.append(f"file:{os.makedev(major, minor)}:{inode}")
    return inside or ([] if path is None else [file(path)])


def _h5py(x: Any) -> list[str] | None:
    import h5py

    if not isinstance(x, h5py.Dataset):
        return None
    # Not what h5o says: that measures the chunk index too, which takes its time and crashes where it is damaged.
    info, plist = h5py.h5g.get_objinfo(x.id), x.id.get_create_plist()
    opened = x.file
    own = _h5py_file(opened)
    found = [f"{own}/{info.objno}"]
    folder = os.path.dirname(os.path.abspath(opened.filename))
    if plist.get_layout() == h5py.h5d.VIRTUAL:
        sources = {s.file_name for s in x.virtual_sources()}
        found += [own if s == "." else file(os.path.join(folder, s)) for s in sources]
    for i in range(plist.get_external_count()):
        found.append(file(os.path.join(folder, os.fsdecode(plist.get_external(i)[0]))))
    return found


def _h5py_file(f: Any) -> str:
    try:
        at = os.fstat(f.id.get_vfd_handle()) if f.driver == "sec2" else os.stat(f.filename)
    except (OSError, ValueError, NotImplementedError):
        return f"h5py:{f.filename}"
    return f"file:{at.st_dev}:{at.st_ino}"


def _netcdf4(x: Any) -> list[str] | None:
    group = getattr(x, "group", None)
    if group is None or not hasattr(x, "filters"):
        return None
    at = group()
    path, inner = at.filepath(), at.path
    return [f"{file(path)}/{inner.strip('/')}/{x.name}".replace("//", "/")]


def _tables(x: Any) -> list[str] | None:
    f = getattr(x, "_v_file", None)
    return None if f is None else [f"{file(f.filename)}{x._v_pathname}"]


def _blosc2(x: Any) -> list[str] | None:
    path = getattr(getattr(x, "schunk", None), "urlpath", None) or getattr(x, "urlpath", None)
    return [file(path)] if path else None


def _tensorstore(x: Any) -> list[str] | None:
    place = getattr(x, "kvstore", None)
    if place is None:
        return None
    spec = place.spec().to_json()
    if spec.get("driver") == "file":
        return [file(spec["path"])]
    try:
        return [f"tensorstore:{place.url}"]
    except ValueError:  # Not all stores have one.
        return [f"tensorstore:{spec}"]


def _tiledb(x: Any) -> list[str] | None:
    place = getattr(x, "uri", None)
    return [file(plain(place))] if place else None


def _zarr(x: Any) -> list[str] | None:
    at = getattr(x, "store_path", None)
    return None if at is None else zarr_names(at.store, at.path)


def zarr_names(store: Any, path: str) -> list[str]:
    """Names of what lies at `path` of a Zarr store."""
    for _ in range(4):  # Stores that log, cache or forbid writing keep the store they wrap.
        store = (
            getattr(store, "_store", None)
            if hasattr(store, "_store")
            and hasattr(store, "_is_open")
            and hasattr(getattr(store, "_store", None), "supports_writes")
            else store
        )
    kind = type(store).__name__
    if kind == "LocalStore":
        return [file(os.path.join(store.root, path))]
    if kind == "ZipStore":
        return [f"{file(store.path)}/{path}"]
    if kind == "MemoryStore":
        return [f"memory:{id(store._store_dict)}/{path}"]
    fs, root = getattr(store, "fs", None), getattr(store, "path", "")
    if fs is not None:
        inner = getattr(fs, "sync_fs", None) or fs
        protocols = inner.protocol if isinstance(inner.protocol, tuple | list) else (inner.protocol,)
        if {"file", "local"} & set(protocols):
            return [file(os.path.join(inner._strip_protocol(root), path))]
        return [f"{protocols[0]}:{str(root).strip('/')}/{path}"]
    prefix = getattr(getattr(store, "store", None), "prefix", None)
    if type(getattr(store, "store", None)).__name__ == "LocalStore" and prefix is not None:
        return [file(os.path.join(str(prefix), path))]
    return [f"zarr:{id(store)}/{path}"]
