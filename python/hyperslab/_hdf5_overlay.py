"""HDF5 files that keep what they held until what is added to them is whole.

HDF5 adds data at the end of a file, and changes in place only a few pages of metadata. These are held back, so that a
process that dies leaves the file as it was, with bytes at its end that nobody knows of. When all is written they go to
a redo log beside the file, and from there to their places; after a crash the next opening here replays it.
"""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
import zlib
from collections.abc import Iterator
from typing import Any

from hyperslab import _hdf5_superblock

_PAGE = 4096
_MAGIC = b"hyperslab redo 1"
#: Name of the file beside it, after that of the file.
_SUFFIX = ".hyperslab-redo"


class Overlay(io.RawIOBase):
    """A file whose first bytes, `kept` of them, are changed by `commit` alone. What h5py takes for a file."""

    def __init__(self, path: str, kept: int) -> None:
        self.path, self.kept = path, kept
        self.fd = os.open(path, os.O_RDWR)
        self.pages: dict[int, bytearray] = {}
        self.at = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def writable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a byte."""
        before = {os.SEEK_SET: 0, os.SEEK_CUR: self.at}.get(whence)
        self.at = offset + (os.fstat(self.fd).st_size if before is None else before)
        return self.at

    def tell(self) -> int:
        """The byte that is next."""
        return self.at

    def readinto(self, buffer: Any) -> int:
        """Read on."""
        view = memoryview(buffer).cast("B")
        got = os.preadv(self.fd, [view], self.at)
        for page in range(self.at // _PAGE, -(-(self.at + got) // _PAGE)) if self.at < self.kept else ():
            held = self.pages.get(page)
            if held is not None:
                low = max(page * _PAGE, self.at)
                high = min(page * _PAGE + len(held), self.at + got)
                view[low - self.at : high - self.at] = held[low - page * _PAGE : high - page * _PAGE]
        self.at += got
        return got

    def write(self, data: Any) -> int:
        """Write on."""
        view = memoryview(data).cast("B")
        start, total = self.at, len(view)
        while self.at < min(start + total, self.kept):
            page = self.at // _PAGE
            first = page * _PAGE
            if page not in self.pages:
                self.pages[page] = bytearray(os.pread(self.fd, min(_PAGE, self.kept - first), first))
            held = self.pages[page]
            part = view[self.at - start :][: first + len(held) - self.at]
            held[self.at - first : self.at - first + len(part)] = part
            self.at += len(part)
        while self.at < start + total:
            self.at += os.pwrite(self.fd, view[self.at - start :], self.at)
        return total

    def truncate(self, size: int | None = None) -> int:
        """Cut the file off, or make it longer; what it held stays."""
        size = self.at if size is None else size
        os.ftruncate(self.fd, max(size, self.kept))
        return size

    def flush(self) -> None:
        """Nothing: what is held back waits for `commit`."""

    def commit(self) -> None:
        """Write what was held back, so that all of it is there or can be."""
        os.fsync(self.fd)
        records = [p.to_bytes(8, "little") + len(b).to_bytes(8, "little") + b for p, b in sorted(self.pages.items())]
        body = _MAGIC + os.fstat(self.fd).st_ino.to_bytes(8, "little") + b"".join(records)
        folder, name = os.path.split(self.path + _SUFFIX)
        redo = tempfile.NamedTemporaryFile(dir=folder, prefix=name, suffix=".partial", delete=False)
        try:
            with redo:
                redo.write(body + zlib.crc32(body).to_bytes(4, "little"))
                redo.flush()
                os.fsync(redo.fileno())
            os.replace(redo.name, self.path + _SUFFIX)
        except BaseException:
            os.unlink(redo.name)
            os.ftruncate(self.fd, self.kept)
            raise
        recover(self.path)

    def close(self) -> None:
        """Let the file go."""
        if not self.closed:
            os.close(self.fd)
        super().close()


def recover(path: str) -> None:
    """Write what a process that died left to be written to the file at `path`."""
    try:
        with open(path + _SUFFIX, "rb") as redo:
            body = redo.read()
    except FileNotFoundError:
        return
    body, checksum = body[:-4], body[-4:]
    file = os.open(path, os.O_RDWR)
    try:
        own = os.fstat(file).st_ino.to_bytes(8, "little")
        if zlib.crc32(body).to_bytes(4, "little") == checksum and body.startswith(_MAGIC + own):
            at = len(_MAGIC) + 8
            while at < len(body):
                page, length = (int.from_bytes(body[at + k : at + k + 8], "little") for k in (0, 8))
                os.pwrite(file, body[at + 16 : at + 16 + length], page * _PAGE)
                at += 16 + length
            os.fsync(file)
    finally:
        os.close(file)
    os.unlink(path + _SUFFIX)


def is_open(path: str) -> bool:
    """Whether h5py has a file open in this process."""
    import h5py

    own = os.stat(path)
    for file in h5py.h5f.get_obj_ids(types=h5py.h5f.OBJ_FILE):
        try:
            if os.path.samestat(os.stat(os.fsdecode(file.name)), own):
                return True
        except (OSError, ValueError):
            continue
    return False


@contextlib.contextmanager
def closing(file: Any) -> Iterator[Any]:
    """An h5py file that is closed at the end: with an `OSError` where that fails, unless something went wrong before."""
    try:
        yield file
    except BaseException:
        with contextlib.suppress(Exception):
            file.close()
        raise
    try:
        file.close()
    except RuntimeError as error:  # So h5py says that the disk is full.
        raise OSError(f"closing {file!r}: {error}") from error


@contextlib.contextmanager
def extended(path: str) -> Iterator[Any]:
    """An h5py file that exists, to add to; it is as it was unless the block ends well.

    Files that this process has open besides, and what this knows no end of, are opened by the library as they are; so
    are all where the system has no reads at given places.
    """
    import h5py

    recover(path)
    if is_open(path) or not hasattr(os, "preadv"):
        with h5py.File(path, "a") as file:
            yield file
        return
    with open(path, "rb") as plain:
        kept = _hdf5_superblock.end_of_data(plain.fileno())
        size = os.fstat(plain.fileno()).st_size
    if kept is None or not 0 < kept <= size:
        with h5py.File(path, "a") as file:
            yield file
        return
    overlay = Overlay(path, kept)
    try:
        _lock(overlay.fd, path)
        os.ftruncate(overlay.fd, kept)  # What a process that died has left.
        try:
            with closing(h5py.File(overlay, "r+")) as file:
                yield file
        except BaseException:
            os.ftruncate(overlay.fd, kept)
            raise
        overlay.commit()
    finally:
        overlay.close()


def _lock(file: int, path: str) -> None:
    """Take the lock that HDF5 takes of files that are written, where the system has such locks."""
    try:
        import fcntl
    except ImportError:
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise BlockingIOError(error.errno, "another process has the file open", path) from None
    except OSError:  # The file system has no locks.
        return
