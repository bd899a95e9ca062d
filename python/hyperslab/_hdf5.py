"""What the native reader and writer must know of an h5py dataset, asked of the library once.

Everything here answers ``None`` where the native road might read or write anything but what the library would: the
caller then goes through the library.
"""

from __future__ import annotations

import math
import os
from array import array
from typing import Any

import numpy as np

from hyperslab import _dtypes, _native

#: Filters with a native decoder, by HDF5's numbers.
FILTERS = {
    1: "deflate",
    2: "shuffle",
    3: "fletcher32",
    32000: "lzf",
    32001: "blosc",
    32004: "lz4",
    32008: "bitshuffle",
    32015: "zstd",
}
COMPRESSORS = ("deflate", "lzf", "blosc", "lz4", "bitshuffle", "zstd")
#: What can be written; of blosc some codecs only, which the native half knows.
WRITABLE = ("deflate", "shuffle", "fletcher32", "zstd", "lz4", "blosc")

Filters = list[tuple[str, tuple[int, ...]]]
Stamp = tuple[int, int, int, tuple[int, int]]
#: Positions of stored chunks in the grid, counted in C order, their first bytes, sizes and filter masks.
Index = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def native_layout(dataset: Any) -> dict[str, Any] | None:
    """Everything the native reader needs, or ``None`` where the library must read.

    Always there: ``path``, ``object`` (``None``, or as `object_layout` says), ``name``, ``shape``, ``dtype`` (of the
    elements in the file, with its byte order), ``fill`` (bytes of the fill value in native order), ``stamp`` (size,
    times of modification and of change of state in nanoseconds, device and inode), ``descriptor`` (by which the library
    has the file open), ``filters`` (name and parameters, in the order of writing). A chunked dataset has
    ``chunk_shape`` and ``index``: four arrays with the position of every stored chunk in the grid (counted in C order),
    its first byte, its size and its filter mask. A contiguous one has ``offset``. In one that holds no element yet
    these three are ``None``.

    A closed dataset raises h5py's own exception.
    """
    import h5py

    if not isinstance(dataset, h5py.Dataset):
        return None
    dataset.id.get_type()  # A closed dataset raises here, before anything else is asked.
    file = dataset.file
    if file.mode != "r" or file.swmr_mode or file.driver != "sec2":
        return None
    stamp = _stamp(file)
    if stamp is None:
        return None
    path, descriptor = os.path.abspath(file.filename), file.id.get_vfd_handle()
    return _layout(dataset, {"path": path, "descriptor": descriptor, "stamp": stamp, "object": None}, file)


def object_layout(dataset: Any, url: str, place: dict[str, Any]) -> dict[str, Any] | None:
    """As `native_layout`, of a file in an object store, as `_objects` describes its place.

    The file is ``object``: ``store``, ``folder`` and ``name``. Its ``stamp`` is asked for natively.
    """
    folder, _, name = place["folder"].rpartition("/")
    found = {"store": place["store"], "folder": folder, "name": name}
    return _layout(dataset, {"path": url, "descriptor": None, "stamp": (0, 0, 0, (0, 0)), "object": found})


def _layout(dataset: Any, file: dict[str, Any], opened: Any = None) -> dict[str, Any] | None:
    """What the native reader needs of a dataset of a file that it knows; `opened` where h5py has it from its name."""
    import h5py

    dtype = _dtype(dataset)
    if dtype is None or not dataset.shape:
        return None
    plist = dataset.id.get_create_plist()
    filters, fill = _filters(plist), _fill(dataset, plist, dtype)
    if filters is None or fill is None:
        return None
    layout = {
        **file,
        "name": dataset.name or "(no name)",
        "shape": dataset.shape,
        "dtype": dtype,
        "fill": fill,
        "filters": filters,
        "chunk_shape": None,
        "index": None,
        "offset": None,
    }
    kind = plist.get_layout()
    if kind == h5py.h5d.CHUNKED:
        try:
            index = None if opened is None else _by_file(dataset, opened, file, dtype)
            place = _chunks(dataset, index or _listed(dataset), dtype, filters)
        except (OSError, RuntimeError, ValueError):  # The index is damaged: what can be read still, the library reads.
            place = None
    elif kind == h5py.h5d.CONTIGUOUS:
        place = _contiguous(dataset, plist, dtype)
    else:
        place = None
    return None if place is None else layout | place


def sink_filters(dataset: Any) -> Filters | None:
    """The pipeline whose finished chunks `dataset` can be handed, or ``None`` where the library must filter them.

    Chunks that the shape cuts at an edge must go through the library all the same: it pads them with the fill value,
    which shows when the dataset grows, and HDF5 can be told to leave them without filters, which h5py cannot ask.

    A closed dataset raises h5py's own exception.
    """
    import h5py

    if not isinstance(dataset, h5py.Dataset):
        return None
    dtype = _dtype(dataset)
    if dtype is None or not dtype.isnative or not dataset.shape:
        return None
    file, plist = dataset.file, dataset.id.get_create_plist()
    if file.mode != "r+" or file.swmr_mode or file.driver not in ("sec2", "fileobj"):
        return None
    if plist.get_layout() != h5py.h5d.CHUNKED:
        return None
    filters = _filters(plist)
    return filters if filters is not None and all(name in WRITABLE for name, _ in filters) else None


def stored_positions(dataset: Any) -> set[int]:
    """Positions in the grid, counted in C order, of the chunks that are stored; none where that cannot be believed."""
    if dataset.chunks is None or _index_is_rotated(dataset):
        return set()
    starts = array("Q")
    _each_chunk(dataset, lambda info: starts.extend(info.chunk_offset))
    positions = _positions(dataset, np.array(starts, np.uint64).reshape(-1, dataset.ndim))
    return set() if positions is None else set(positions.tolist())


def _dtype(dataset: Any) -> np.dtype | None:
    """Dtype of the elements as they lie in the file, when NumPy reads them as they are."""
    import h5py

    stored = dataset.id.get_type()  # A closed dataset raises here, before anything else is asked.
    if dataset.id.get_space().get_simple_extent_type() != h5py.h5s.SIMPLE:
        return None
    dtype = dataset.dtype
    plain = np.dtype(dtype.str) if dtype.kind in "biufcmM" else None
    if plain is None or not (plain.char in _dtypes.NATIVE or plain.kind in "mM"):
        return None
    # Only now is it certain that no bit of the stored type has another meaning: padding, precision, bias.
    return plain if stored.equal(h5py.h5t.py_create(dtype, logical=True)) else None


def _stamp(file: Any) -> Stamp | None:
    """What tells the file that h5py has open from every other and later one, when its name still leads to it."""
    try:
        held = os.fstat(file.id.get_vfd_handle())
        named = os.stat(file.filename)
    except OSError:
        return None
    inode = (held.st_dev, held.st_ino)
    same = inode == (named.st_dev, named.st_ino)
    return (held.st_size, held.st_mtime_ns, held.st_ctime_ns, inode) if same else None


def _filters(plist: Any) -> Filters | None:
    """The pipeline in the order of writing, or ``None`` when a filter in it is not known."""
    found: Filters = []
    for i in range(plist.get_nfilters()):
        code, _, params, _ = plist.get_filter(i)
        if code not in FILTERS:
            return None
        found.append((FILTERS[code], tuple(params)))
    compressors = sum(name in COMPRESSORS for name, _ in found)
    return found if compressors <= 1 else None


def _fill(dataset: Any, plist: Any, dtype: np.dtype) -> bytes | None:
    """The value of elements never written, in native byte order; ``None`` when the library leaves it open."""
    import h5py

    undefined = plist.fill_value_defined() == h5py.h5d.FILL_VALUE_UNDEFINED
    if undefined or plist.get_fill_time() == h5py.h5d.FILL_TIME_NEVER:
        return None
    native = dtype.newbyteorder("=")
    if dtype.kind in "mM":
        # h5py has no fill values for its opaque types: what it reads there is all zero bits.
        default = plist.fill_value_defined() == h5py.h5d.FILL_VALUE_DEFAULT
        return bytes(native.itemsize) if default else None
    return np.asarray(dataset.fillvalue, native).tobytes()


def _contiguous(dataset: Any, plist: Any, dtype: np.dtype) -> dict[str, Any] | None:
    offset = dataset.id.get_offset()
    if plist.get_external_count():
        return None
    if offset is None:
        return {}
    whole = dataset.id.get_storage_size() == math.prod(dataset.shape) * dtype.itemsize
    return {"offset": offset} if whole else None


def _chunks(dataset: Any, index: Index | None, dtype: np.dtype, filters: Filters) -> dict[str, Any] | None:
    """Shape of the chunks and their index, when that can be believed."""
    if index is None or _has_raw_edges(dataset, dtype, filters, index):
        return None
    return {"chunk_shape": dataset.chunks, "index": index}


def _by_file(dataset: Any, opened: Any, file: dict[str, Any], dtype: np.dtype) -> Index | None:
    """The index as the file itself holds it, a hundred times faster than the library lists it."""
    import h5py

    if opened.userblock_size or opened.id.get_create_plist().get_sizes() != (8, 8):
        return None
    low, high = h5py.h5g.get_objinfo(dataset.id).objno
    geometry = dataset.shape, dataset.chunks, dtype.itemsize
    header = low | high << 32
    found = _native.hdf5_places(file["path"], file["descriptor"], file["stamp"], header, geometry)
    if found is None or _index_is_rotated(dataset):
        return found
    return found if all(_is_there(dataset, found, i) for i in (0, -1) if len(found[0])) else None


def _grid(dataset: Any) -> list[int]:
    """Chunks along each dimension."""
    return [-(-n // c) for n, c in zip(dataset.shape, dataset.chunks)]


def _is_there(dataset: Any, index: Index, i: int) -> bool:
    """Whether the library finds a chunk of an index at the same place."""
    place = np.unravel_index(int(index[0][i]), _grid(dataset))
    info = dataset.id.get_chunk_info_by_coord(tuple(int(p) * c for p, c in zip(place, dataset.chunks)))
    return (info.byte_offset, info.size, info.filter_mask) == tuple(int(a[i]) for a in index[1:])


def _listed(dataset: Any) -> Index | None:
    """The index in one pass over the library's."""
    if _index_is_rotated(dataset):
        return None
    starts, offsets, sizes, masks = array("Q"), array("Q"), array("Q"), array("I")

    def note(info: Any) -> None:
        if info.byte_offset is not None:
            starts.extend(info.chunk_offset)
            offsets.append(info.byte_offset)
            sizes.append(info.size)
            masks.append(info.filter_mask)

    _each_chunk(dataset, note)
    place = np.array(starts, np.uint64).reshape(-1, dataset.ndim)
    first, size, mask = np.array(offsets, np.uint64), np.array(sizes, np.uint64), np.array(masks, np.uint32)
    position = _positions(dataset, place)
    if position is None or not _is_whole(dataset, position, first, size):
        return None
    if len(place):
        base = _base(dataset, place[0], int(first[0]), int(size[0]))
        if base is None or int(first.max()) + base >= 1 << 64:
            return None
        first = first + np.uint64(base)
    return position, first, size, mask


def _positions(dataset: Any, place: np.ndarray) -> np.ndarray | None:
    """Positions in the grid, in C order, of chunks that start at `place`; ``None`` when one is not of the grid."""
    chunk, shape = np.array(dataset.chunks, np.uint64), np.array(dataset.shape, np.uint64)
    if (place >= shape).any() or (place % chunk).any():
        return None
    position: np.ndarray = np.zeros(len(place), np.uint64)
    for d, (n, c) in enumerate(zip(_grid(dataset), dataset.chunks)):
        position = position * np.uint64(n) + place[:, d] // np.uint64(c)
    return position


def _is_whole(dataset: Any, position: np.ndarray, first: np.ndarray, size: np.ndarray) -> bool:
    """Whether every stored chunk is listed once, by the library's own count of chunks and bytes."""
    once = len(np.unique(position)) == len(np.unique(first)) == len(position)
    counted = dataset.id.get_num_chunks() == len(position)
    return once and counted and dataset.id.get_storage_size() == sum(size.tolist())


def _index_is_rotated(dataset: Any) -> bool:
    """Whether the library may report chunks at other chunks' places.

    With one unlimited axis the index is an extensible array, in which that axis comes first, and what iterates over it
    forgets that. Files written for HDF5 before 1.10 have a B-tree there instead: their layout message is of version 3.
    """
    if dataset.maxshape.count(None) != 1 or dataset.maxshape[0] is None:
        return False
    return _layout_version(dataset) != 3


def _layout_version(dataset: Any) -> int | None:
    """Version of the data layout message in the dataset's object header; ``None`` when it is not found."""
    import h5py

    low, high = h5py.h5g.get_objinfo(dataset.id).objno
    address = low | high << 32
    with open(dataset.file.filename, "rb") as file:
        for base in {0, dataset.file.userblock_size}:  # Addresses count from either.
            file.seek(address + base)
            head = file.read(6)
            if head[:5] == b"OHDR\x02":
                break
            if base == dataset.file.userblock_size and head[:2] == b"\x01\x00":
                return 3  # Headers of the first version are never written with later messages.
        else:
            return None
        flags = head[5]
        file.seek((16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0), os.SEEK_CUR)
        messages = file.read(int.from_bytes(file.read(1 << (flags & 3)), "little"))
    at, prefix = 0, 6 if flags & 4 else 4
    while at + prefix < len(messages):
        if messages[at] == 8:
            return messages[at + prefix]
        at += prefix + int.from_bytes(messages[at + 1 : at + 3], "little")
    return None


def _each_chunk(dataset: Any, note: Any) -> None:
    if hasattr(dataset.id, "chunk_iter"):
        dataset.id.chunk_iter(note)
    else:  # HDF5 before 1.12.3: slow where there are many chunks.
        for i in range(dataset.id.get_num_chunks()):
            note(dataset.id.get_chunk_info(i))


def _base(dataset: Any, start: np.ndarray, offset: int, size: int) -> int | None:
    """What to add to the library's addresses: some versions count from the end of the user block.

    The library is asked for one chunk, and the place whose bytes are that chunk tells.
    """
    block = dataset.file.userblock_size
    if not block:
        return 0
    _, stored = dataset.id.read_direct_chunk(tuple(int(s) for s in start))
    with open(dataset.file.filename, "rb") as file:

        def holds(base: int) -> bool:
            file.seek(offset + base)
            return file.read(size) == stored

        fits = [base for base in (0, block) if holds(base)]
    return fits[0] if len(fits) == 1 else None


def _has_partial_chunks(dataset: Any) -> bool:
    return any(n % c for n, c in zip(dataset.shape, dataset.chunks))


def _has_raw_edges(dataset: Any, dtype: np.dtype, filters: Filters, index: Index) -> bool:
    """Whether a chunk at an edge may be stored without filters although its mask does not say so.

    HDF5 can be told to do that, and keeps it to itself: the size of such a chunk is that of its elements.
    """
    if not filters or not _has_partial_chunks(dataset):
        return False
    positions, _, sizes, masks = index
    raw = sizes == math.prod(dataset.chunks) * dtype.itemsize
    unmasked = masks != (1 << len(filters)) - 1
    doubtful = positions[raw & unmasked].astype(np.int64)
    places = np.unravel_index(doubtful, _grid(dataset)) if len(doubtful) else ()
    return any((p + 1 > n // c).any() for p, n, c in zip(places, dataset.shape, dataset.chunks))
