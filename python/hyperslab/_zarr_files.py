"""Arrays in Zarr stores, by the names of these."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hyperslab import _chunks, _keywords, _location, _native, _objects, _resume
from hyperslab._array import Array
from hyperslab._asarray import asarray, from_array
from hyperslab._chunks import Chunks
from hyperslab._store import Longer, store, zarr_sink


@_keywords.accepts("scheduler", "num_workers", "optimize_graph")
def to_zarr(
    arr: Any,
    url: Any,
    component: str | None = None,
    overwrite: bool = False,
    region: Sequence[slice] | None = None,
    compute: bool = True,
    *,
    resume: bool | str = False,
    append_axis: int | None = None,
    storage_options: Mapping[str, Any] | None = None,
    **kwargs: Any,
) -> Any:
    """Store an array as a Zarr array.

    A chunk or shard is there as a whole or not at all, whatever happens to the process meanwhile.

    Parameters
    ----------
    arr : array_like
        Array; its chunks become those of the Zarr array.
    url : str, path, Zarr store or Zarr array
        Where. An array is stored into as it is.
    component : str, optional
        Path within the store.
    overwrite : bool
        Whether to replace an array that is there.
    region : tuple of slices, optional
        Part of a Zarr array to store into.
    compute : bool
        Whether to store now; if not, an object with ``compute()`` is returned.
    resume : bool or str
        Whether to go on where the same store was interrupted, as in `hyperslab.store`. What is stored stays there when
        something goes wrong, with a file ``.hyperslab-journal`` beside it. With ``overwrite=True`` that is another
        folder, whose name ends in ``.resume.partial``.
    append_axis : int, optional
        Add to the end of this axis of an array that is there. It becomes longer when all is stored.
    storage_options : dict, optional
        Options of a URL's file system, by the names that fsspec has for them.
    **kwargs
        Other options of ``zarr.create_array``: ``shards``, ``compressors``, ``attributes``, ``dimension_names``.

    Raises
    ------
    ValueError
        If there is an array already, or one that does not fit what is to be appended.

    Examples
    --------
    >>> import hyperslab as da
    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "data.zarr")
    >>> da.to_zarr(da.arange(10, chunks=5), path)
    >>> da.from_zarr(path).chunks
    ((5, 5),)
    """
    import zarr

    x = asarray(arr)
    given = None if storage_options is None else dict(storage_options)
    if append_axis is not None:
        if region is not None or overwrite or kwargs or not compute:
            raise ValueError(
                "to_zarr: append_axis= takes no region=, overwrite=, compute=False or options of new arrays"
            )
        opened = isinstance(url, zarr.Array)
        target = url if opened else zarr.open_array(url, path=component or "", mode="r+", storage_options=given)
        return _append(x, target, append_axis, resume)
    if isinstance(url, zarr.Array):
        return store(x, url, lock=True, regions=region, compute=compute, resume=resume)
    if region is not None:
        raise ValueError("Cannot use `region` keyword when url is not a `zarr.Array`.")
    where = url if hasattr(url, "supports_writes") else _location.plain(str(url))
    options = {
        "name": component,
        "shape": x.shape,
        "dtype": x.dtype,
        "chunks": tuple(max(n, 1) for n in x.chunksize),
        **({} if given is None else {"storage_options": given}),
        **kwargs,
    }
    if resume:
        if not compute:
            raise ValueError("to_zarr: resume= stores at once: leave compute=False out")
        return _resumed(x, where, options, overwrite, resume)
    return _new_zarr(x, where, options, overwrite, compute)


def _folder(where: Any, component: str | None) -> str | None:
    """Where an array lies in the file system, when it does."""
    root = getattr(where, "root", None) if type(where).__name__ == "LocalStore" else where
    return None if root is None or "://" in str(root) else os.path.join(str(root), component or "")


def _append(x: Array, target: Any, axis: int, resume: bool | str) -> None:
    """Store behind the end of an axis, which becomes longer when all is there."""
    if not -target.ndim <= axis < target.ndim:
        raise np.exceptions.AxisError(axis, target.ndim)
    axis %= target.ndim
    before = target.shape
    others = [n for d, n in enumerate(before) if d != axis]
    if x.ndim != target.ndim or [n for d, n in enumerate(x.shape) if d != axis] != others:
        raise ValueError(f"to_zarr: an array of shape {x.shape} does not fit one of shape {before} along axis {axis}")
    after = tuple(n + (x.shape[axis] if d == axis else 0) for d, n in enumerate(before))
    region = tuple(slice(before[d] if d == axis else 0, n) for d, n in enumerate(after))
    longer = Longer(target, after)
    if zarr_sink(longer)[0] is not None:
        store(x, longer, lock=True, regions=region, resume=resume)
        target.resize(after)
        return
    if resume:
        raise NotImplementedError("to_zarr: append_axis= with resume= is for arrays that are written natively")
    target.resize(after)
    try:
        store(x, target, lock=True, regions=region)
    except BaseException:
        target.resize(before)
        raise


def _resumed(x: Array, where: Any, options: dict[str, Any], overwrite: bool, resume: bool | str) -> None:
    """Store into a Zarr array that is made for it, or was and is not whole."""
    import zarr

    folder = _folder(where, options["name"])
    if folder is None:
        raise NotImplementedError("to_zarr: resume= is for folders of the file system: leave it out, or store there")
    real = os.path.realpath(folder)
    place = f"{real}.resume.partial" if overwrite else real
    if not overwrite and not os.path.exists(os.path.join(place, _resume.JOURNAL)):
        # The library says in its own words what is there already.
        target = _bare(place, options) or zarr.create_array(where, **options)
    elif (found := _unfinished(x, place, resume)) is not None:
        target = found
    elif overwrite:
        shutil.rmtree(place, ignore_errors=True)
        target = zarr.create_array(place, **{**options, "name": None})
    else:
        raise ValueError(
            f"to_zarr: {place} holds part of another array, whose store was interrupted: overwrite=True replaces it"
        )
    store(x, target, lock=True, resume=resume)
    if overwrite:
        _native.replace_folder(real, place)


def _bare(place: str, options: dict[str, Any]) -> Any:
    """The array at a place that was made for this and holds nothing yet."""
    import zarr

    names = {name for _, _, files in os.walk(place) for name in files}
    if not names or names - {"zarr.json", ".zarray", ".zattrs"}:
        return None
    try:
        target = zarr.open_array(place, mode="r+")
    except (FileNotFoundError, ValueError):
        return None
    wanted = zarr.create_array({}, **{**options, "name": None})
    return target if target.metadata.to_dict() == wanted.metadata.to_dict() else None


def _unfinished(x: Array, place: str, resume: bool | str) -> Any:
    """The array at a place that is not whole, when it is what is stored."""
    import zarr

    try:
        target = zarr.open_array(place, mode="r+")
    except (FileNotFoundError, ValueError):
        return None
    if target.shape != x.shape:
        return None
    work = _resume.work_name(x._expr, _resume.layout_of(target, None), resume)
    return target if _native.is_journal_of(os.path.join(place, _resume.JOURNAL), work) else None


def _new_zarr(x: Array, where: Any, options: dict[str, Any], overwrite: bool, compute: bool) -> Any:
    """Store into a Zarr array that is made for it; what was there before goes when the new one is whole."""
    import zarr

    folder = _folder(where, options["name"])
    if overwrite and compute and folder is not None and os.path.lexists(folder):
        real = os.path.realpath(folder)
        beside = f"{real}.{uuid.uuid4().hex}.partial"
        try:
            store(x, zarr.create_array(beside, **{**options, "name": None}), lock=True)
            _native.replace_folder(real, beside)
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            raise
        return None
    if overwrite:
        if folder is not None:
            names = [_location.file(folder)]
        elif isinstance(where, str):
            names = [_objects.location(f"{where}/{options['name'] or ''}", options.get("storage_options"))]
        else:
            names = _location.zarr_names(where, options["name"] or "")
        if names and _native.reads_from(x._expr, names):
            if not compute:
                raise ValueError("to_zarr: overwrite=True deletes what the array is computed from: store elsewhere")
            x = x.persist()
    target = zarr.create_array(where, overwrite=overwrite, **options)
    try:
        return store(x, target, lock=True, compute=compute)
    except BaseException:
        zarr.core.sync.sync(target.store_path.delete_dir())  # What is half written would be taken for whole.
        raise


@_keywords.accepts("inline_array", "name")
def from_zarr(
    url: Any,
    component: str | None = None,
    chunks: Chunks = None,
    storage_options: Mapping[str, Any] | None = None,
    **kwargs: Any,
) -> Array:
    """Lazy array over a Zarr array.

    Parameters
    ----------
    url : str, path, Zarr store or Zarr array
        Where it is: a path, or a URL such as ``s3://bucket/data.zarr``, ``https://host/data.zarr``, ``gs://…``, ``az://…``.
    component : str, optional
        Path within the store.
    chunks : int, tuple, dict or str, optional
        As in `from_array`; the chunks of the Zarr array if not given.
    storage_options : dict, optional
        Options of a URL's file system, by the names that fsspec has for them: ``anon``, ``key``, ``secret``,
        ``endpoint_url``, ``headers``.
    **kwargs
        Other options of ``zarr.open_array``.

    Raises
    ------
    FileNotFoundError
        If there is no array.
    OSError
        If an object store cannot be read.
    """
    url = _location.plain(url)
    if isinstance(url, str) and "://" in url and not kwargs:
        native = _from_store(url.rstrip("/"), (component or "").strip("/"), chunks, storage_options)
        if native is not None:
            return native
    import zarr

    if storage_options is not None:
        kwargs["storage_options"] = dict(storage_options)
    opened = isinstance(url, zarr.Array)
    array = url if opened else zarr.open_array(url, path=component or "", mode="r", **kwargs)
    return from_array(array, array.chunks if chunks is None else chunks)


def _from_store(url: str, component: str, chunks: Chunks, options: Mapping[str, Any] | None) -> Array | None:
    """The array of a URL where zarr-python is not needed for it."""
    place, _ = _objects.of_url(f"{url}/{component}".rstrip("/"), options)
    if place is None:
        return None
    name = f"zarr:{url}/{component}".rstrip("/")
    try:
        found = _native.zarr_metadata(place["store"], place["folder"])
        if found is None:
            raise FileNotFoundError(f"{name.removeprefix('zarr:')} holds no Zarr array: neither zarr.json nor .zarray")
        text, shape, stored = found
        place |= {"name": name, "metadata": text}
        return Array(_native.from_zarr(None, place, _chunks.spec(tuple(stored) if chunks is None else chunks, shape)))
    except (NotImplementedError, ValueError):
        return None  # zarr-python reads it, or says in its own words what it is not.
