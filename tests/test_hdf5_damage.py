"""Damaged HDF5 files: exactly what the library gives, or an error that names file, dataset and chunk."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

import hyperslab as da

FLIPS = int(os.environ.get("HYPERSLAB_FLIPS", "8"))

PIPELINES: dict[str, dict[str, Any]] = {
    "contiguous": {},
    "plain": {"chunks": (4, 5)},
    "gzip": {"chunks": (4, 5), "compression": "gzip"},
    "lzf": {"chunks": (4, 5), "compression": "lzf"},
    "lzf and shuffle": {"chunks": (4, 5), "compression": "lzf", "shuffle": True},
    "gzip, shuffle, fletcher32": {"chunks": (4, 5), "compression": "gzip", "shuffle": True, "fletcher32": True},
    "fletcher32 and lzf": {"chunks": (4, 5), "compression": "lzf", "fletcher32": True},
}
GROWTHS: list[tuple[str, tuple[int | None, ...] | None]] = [
    ("earliest", None),
    ("latest", None),
    ("latest", (12, 10)),
    ("latest", (None, 10)),
    ("latest", (9, None)),
    ("latest", (None, None)),
]


DATA = np.arange(90, dtype="i4").reshape(9, 10) // 7


def small_file(options: dict[str, Any], libver: str, limit: tuple[int | None, ...] | None) -> bytes:
    """Bytes of a file with one dataset, whose chunks compress."""
    memory = io.BytesIO()
    with h5py.File(memory, "w", libver=libver) as f:
        f.create_dataset("x", data=DATA, maxshape=limit if options else None, fillvalue=-1, **options)
    return memory.getvalue()


def outcome(path: Path, read: Any) -> Any:
    """What reading gives: an array or an exception."""
    try:
        with h5py.File(path, "r") as f:
            return read(f["x"])
    except Exception as e:
        return e


def check(path: Path) -> str:
    """Compares with the library: what became of the file."""
    want = outcome(path, lambda d: d[...])
    got = outcome(path, lambda d: da.from_array(d).compute())
    if isinstance(got, Exception):
        if isinstance(want, Exception):
            return "both refuse"
        assert isinstance(got, OSError), got
        assert str(path) in str(got) and "/x" in str(got), got
        return "we refuse"
    if isinstance(want, Exception) and "addr overflow" in str(want):
        # The superblock of the first version has no checksum: the file is said to end before the chunks that are there.
        np.testing.assert_array_equal(got, DATA)
        return "we read what lies behind the end"
    assert not isinstance(want, Exception), f"the library refuses, {want!r}; we read {got!r}"
    if not np.array_equal(got, want):
        # A B-tree of the old kind has no checksum: a damaged key hides a chunk from the library's search, which takes
        # it for one never written, but not from its listing. Then the chunk is read as it was stored.
        np.testing.assert_array_equal(got, DATA)
        return "we read what the library does not find"
    return "both read"


def forked(path: Path) -> str:
    """The outcome of `check` in a process of its own: damage may crash the library, which is not ours to mend."""
    receive, send = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            outcome(path, lambda d: d[...])
            os.write(send, b"library answered\n")
            os.write(send, check(path).encode())
        except BaseException as e:
            os.write(send, f"failed: {e!r}".encode())
        os._exit(0)
    os.close(send)
    with open(receive, "rb") as pipe:
        said = pipe.read().decode()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return "failed: crash" if said else "the library crashes"
    return said.removeprefix("library answered\n")


def flip(folder: Path, pipeline: str, growth: int, flips: int) -> None:
    """Flips bytes of one kind of file; prints how often each outcome came, and every failure."""
    rng = np.random.default_rng([list(PIPELINES).index(pipeline), growth])
    whole = small_file(PIPELINES[pipeline], *GROWTHS[growth])
    used = np.flatnonzero(np.frombuffer(whole, "u1"))
    path = folder / "x.h5"
    path.write_bytes(whole)
    print(forked(path), "\tundamaged")
    for _ in range(flips):
        damaged = bytearray(whole)
        at = int(rng.choice(used) if rng.random() < 0.7 else rng.integers(len(whole)))
        damaged[at] ^= int(rng.integers(1, 256)) if rng.random() < 0.5 else 1 << int(rng.integers(8))
        path.unlink(missing_ok=True)
        path.write_bytes(damaged)
        print(forked(path), f"\tbyte {at} of {len(whole)}: {whole[at]} became {damaged[at]}")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="runs the library in forked processes")
@pytest.mark.parametrize("pipeline", PIPELINES)
def test_flipped_bytes(tmp_path: Path, pipeline: str) -> None:
    command = [sys.executable, __file__, str(tmp_path), pipeline, str(FLIPS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    outcomes = done.stdout.splitlines()
    assert len(outcomes) == (FLIPS + 1) * len(GROWTHS), done.stderr
    assert [o for o in outcomes if o.startswith("failed")] == []
    assert [o for o in outcomes if o.endswith("undamaged")] == ["both read \tundamaged"] * len(GROWTHS)


if __name__ == "__main__":
    for number in range(len(GROWTHS)):
        flip(Path(sys.argv[1]), sys.argv[2], number, int(sys.argv[3]))
