"""Arrays of TileDB, lazily opened and stored."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from hyperslab import _location
from hyperslab._array import Array
from hyperslab._asarray import asarray, from_array
from hyperslab._chunks import Chunks
from hyperslab._store import store
from hyperslab._tiledb import Attribute, sole_attribute


def _library() -> Any:
    """TileDB, which sets as it is imported how NumPy prints: that stays as it was."""
    with np.printoptions():
        return importlib.import_module("tiledb")


def _plain(uri: Any) -> Any:
    return _location.plain(os.fspath(uri) if isinstance(uri, os.PathLike) else uri)


def _options(storage_options: Mapping[str, Any] | None, key: Any) -> dict[str, Any]:
    config = dict(storage_options or {})
    secret = config.pop("key", None)
    return {"config": config or None, "key": secret if key is None else key}


def from_tiledb(
    uri: Any,
    attribute: str | None = None,
    chunks: Chunks = None,
    storage_options: Mapping[str, Any] | None = None,
    **kwargs: Any,
) -> Array:
    """Lazy array over a dense array of TileDB.

    Parameters
    ----------
    uri : str, path or tiledb.Array
        Where it is, or the array, open for reading.
    attribute : str, optional
        Which of its attributes; needed where there are several.
    chunks : int, tuple, dict or str, optional
        As in `from_array`; the tiles if not given.
    storage_options : dict, optional
        TileDB's configuration; ``key`` is the key of encrypted arrays.
    **kwargs
        Other options of ``tiledb.open``.

    Raises
    ------
    TypeError
        If there are several attributes, and none is named.
    ValueError
        If the array is sparse, has no such attribute, or is open for writing.
    NotImplementedError
        If its dimensions are no integers of zero and up, or elements may be null.

    Examples
    --------
    >>> import tempfile
    >>> import hyperslab as da
    >>> uri = tempfile.mkdtemp() + "/x"
    >>> da.arange(6, chunks=2).to_tiledb(uri)
    >>> da.from_tiledb(uri).sum().compute()
    np.int64(15)
    """
    tiledb = _library()

    uri = _plain(uri)
    array = uri if isinstance(uri, tiledb.Array) else tiledb.open(uri, **_options(storage_options, None), **kwargs)
    if array.iswritable:
        raise ValueError(f"{array.uri}: the array is open for writing; open it for reading")
    source = Attribute(array, sole_attribute(array, attribute))
    return from_array(source, source.chunks if chunks is None else chunks, lock=False)


def to_tiledb(
    darray: Any,
    uri: Any,
    compute: bool = True,
    return_stored: bool = False,
    storage_options: Mapping[str, Any] | None = None,
    key: Any = None,
    **kwargs: Any,
) -> Any:
    """Store an array as a dense array of TileDB.

    Parameters
    ----------
    darray : array_like
        What to store, of at least one dimension and element.
    uri : str, path or tiledb.Array
        Where to make the array, of tiles as large as the largest chunks; or an array of the same shape, open for
        writing.
    compute : bool
        Whether to store now; if not, an object with ``compute()`` is returned.
    return_stored : bool
        Whether to return a lazy array over what was stored.
    storage_options : dict, optional
        TileDB's configuration.
    key : optional
        Key of an encrypted array.
    **kwargs
        As in `hyperslab.store`.

    Returns
    -------
    None, Stored or Array

    Raises
    ------
    ValueError
        If there is nothing to store, or the array that is given is not open for writing or has another shape.
    tiledb.TileDBError
        If there is an array already.

    Examples
    --------
    >>> import tempfile
    >>> import hyperslab as da
    >>> x = da.ones((4, 4), chunks=2)
    >>> da.to_tiledb(x, tempfile.mkdtemp() + "/x", return_stored=True).chunks
    ((2, 2), (2, 2))
    """
    tiledb = _library()

    x, uri = asarray(darray), _plain(uri)
    if return_stored and not compute:
        raise NotImplementedError(
            "to_tiledb: return_stored= needs compute=True: read it by from_tiledb once it is there"
        )
    if isinstance(uri, tiledb.Array):
        if not (uri.isopen and uri.iswritable):
            raise ValueError(f"{uri.uri}: the array is not open for writing")
        stored = store(x, uri, lock=False, compute=compute, **kwargs)
        return from_tiledb(uri.uri, storage_options=storage_options) if return_stored else stored
    if not x.size:
        raise ValueError(
            f"to_tiledb: arrays of TileDB have at least one dimension and element, this one has shape {x.shape}"
        )
    options = _options(storage_options, key)
    tiles = tuple(max(sizes) for sizes in x.chunks)
    target = tiledb.empty_like(uri, np.broadcast_to(np.empty((), x.dtype), x.shape), tile=tiles, **options)
    if not compute:
        return store(x, target, lock=False, compute=False, **kwargs)
    try:
        with target:
            store(x, target, lock=False, **kwargs)
    except BaseException:
        tiledb.remove(uri, ctx=target.ctx)  # What is half written would be taken for whole.
        raise
    return (
        from_tiledb(uri, storage_options={**(storage_options or {}), "key": options["key"]}) if return_stored else None
    )
