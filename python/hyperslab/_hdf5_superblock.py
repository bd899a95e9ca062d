"""The first bytes of an HDF5 file: where its data end, and whether a writer that died has it open still."""

from __future__ import annotations

import os

_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_MASK = 0xFFFFFFFF


def _superblock(file: int) -> tuple[int, bytes] | None:
    """Position and bytes of the superblock; user blocks of 512 bytes, or twice as many each time, may come before."""
    at, size = 0, os.fstat(file).st_size
    while at < size:
        os.lseek(file, at, os.SEEK_SET)
        head = os.read(file, 128)
        if head.startswith(_SIGNATURE) and len(head) >= 48 and head[8] <= 3:
            return at, head
        at = at * 2 or 512
    return None


def end_of_data(file: int) -> int | None:
    """One past the last byte that an HDF5 file uses; ``None`` for what is no such file."""
    found = _superblock(file)
    if found is None:
        return None
    _, head = found
    width = head[13] if head[8] < 2 else head[9]
    addresses = {0: 24, 1: 28}.get(head[8], 12)
    return int.from_bytes(head[addresses + 2 * width : addresses + 3 * width], "little")


def adopt(file: int) -> None:
    """Make a file openable that a writer left which flushed its metadata but did not close it.

    The marks of the writer go, and what it wrote last is said to belong to the file.
    """
    found = _superblock(file)
    if found is None or found[1][8] < 2:
        return
    at, head = found
    width = head[9]
    end = os.fstat(file).st_size.to_bytes(width, "little")
    front = head[:11] + b"\0" + head[12 : 12 + 2 * width] + end + head[12 + 3 * width : 12 + 4 * width]
    os.lseek(file, at, os.SEEK_SET)
    os.write(file, front + lookup3(front).to_bytes(4, "little"))


def _rotated(x: int, k: int) -> int:
    return (x << k | x >> (32 - k)) & _MASK


def lookup3(data: bytes) -> int:
    """Jenkins' hash of bytes, by which HDF5 checks its metadata."""
    a = b = c = 0xDEADBEEF + len(data) & _MASK
    while len(data) > 12:
        a, b, c = (x + int.from_bytes(data[i : i + 4], "little") & _MASK for x, i in ((a, 0), (b, 4), (c, 8)))
        data = data[12:]
        for k in (4, 6, 8, 16, 19, 4):
            a = (a - c & _MASK) ^ _rotated(c, k)
            c = c + b & _MASK
            a, b, c = b, c, a
    if not data:
        return c
    data = data.ljust(12, b"\0")
    a, b, c = (x + int.from_bytes(data[i : i + 4], "little") & _MASK for x, i in ((a, 0), (b, 4), (c, 8)))
    for k in (14, 11, 25, 16, 4, 14, 24):
        c = (c ^ b) - _rotated(b, k) & _MASK
        a, b, c = b, c, a
    return b
