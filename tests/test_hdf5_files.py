"""HDF5 files as the system sees them: replaced, renamed, unlinked, many at a time."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

import hyperslab as da
from hyperslab import _hdf5

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps open files from being replaced")

LAYOUTS = [{}, {"chunks": (5,)}, {"chunks": (5,), "compression": "gzip"}]


def make(path: Path, data: np.ndarray, options: dict) -> None:
    with h5py.File(path, "w") as f:
        f.create_dataset("x", data=data, **options)


def twins(tmp_path: Path, options: dict) -> tuple[Path, Path]:
    """Two files of equal size and time of modification, with the numbers from 0 and from 100."""
    paths = tmp_path / "a.h5", tmp_path / "b.h5"
    for path, first in zip(paths, (0, 100), strict=True):
        make(path, np.arange(first, first + 10, dtype="i2"), options)
        with open(path, "r+b") as f:
            f.truncate(8192)
        os.utime(path, ns=(10**18, 10**18))
    return paths


@pytest.mark.parametrize("options", LAYOUTS, ids=str)
@pytest.mark.parametrize("way", ["rename", "in place"])
def test_a_file_replaced_by_its_twin(tmp_path: Path, options: dict, way: str) -> None:
    a, b = twins(tmp_path, options)
    with h5py.File(a, "r") as f:
        old = da.from_array(f["x"])
        assert _hdf5.native_layout(f["x"]) is not None
        assert old[3].compute() == 3
        before = old
    if way == "rename":
        b.rename(a)
    else:
        shutil.copyfile(b, a)
        os.utime(a, ns=(10**18, 10**18))
    with h5py.File(a, "r") as f:
        new = da.from_array(f["x"])
        np.testing.assert_array_equal(new.compute(), np.arange(100, 110))
    if way == "rename":  # The old file is there as long as it is open.
        np.testing.assert_array_equal(before.compute(), np.arange(10))
    else:
        with pytest.raises(OSError, match=r"a\.h5: the file has changed since from_array"):
            before.compute()


@pytest.mark.parametrize("options", LAYOUTS, ids=str)
@pytest.mark.parametrize("read_before", [False, True])
@pytest.mark.parametrize("way", ["unlink", "rename", "replace"])
def test_a_file_whose_name_is_gone_while_h5py_has_it_open(
    tmp_path: Path, options: dict, read_before: bool, way: str
) -> None:
    path, data = tmp_path / "x.h5", np.arange(10.0)
    make(path, data, options)
    with h5py.File(path, "r") as f:
        x = da.from_array(f["x"])
        if read_before:
            assert x.sum().compute() == 45
        if way == "unlink":
            path.unlink()
        elif way == "rename":
            path.rename(tmp_path / "y.h5")
        else:
            make(tmp_path / "z.h5", data + 1, options)
            (tmp_path / "z.h5").rename(path)
        np.testing.assert_array_equal(x.compute(), data)
        np.testing.assert_array_equal(da.from_array(f["x"]).compute(), data)


def test_a_file_that_is_gone_and_closed(tmp_path: Path) -> None:
    make(tmp_path / "x.h5", np.arange(10.0), {})
    with h5py.File(tmp_path / "x.h5", "r") as f:
        x = da.from_array(f["x"])
    (tmp_path / "x.h5").unlink()
    with pytest.raises(OSError, match=r"x\.h5"):
        x.compute()


MANY = """
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[2]), int(sys.argv[2])))
import h5py, hyperslab as da
files = [h5py.File(f"{sys.argv[1]}/{i}.h5", "r") for i in range(int(sys.argv[3]))]
arrays = [da.from_array(f["x"]) for f in files]
for _ in range(2):
    assert da.concatenate(arrays).sum().compute() == 45 * len(files)
    assert [int(x.sum().compute()) for x in arrays] == [45] * len(files)
"""


@pytest.mark.parametrize("limit, count", [(256, 150), (128, 100)])
def test_more_files_than_half_the_descriptors(tmp_path: Path, limit: int, count: int) -> None:
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[1] >= limit
    for i in range(count):
        make(tmp_path / f"{i}.h5", np.arange(10), LAYOUTS[i % 3])
    done = subprocess.run(
        [sys.executable, "-c", MANY, str(tmp_path), str(limit), str(count)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="counts what /proc lists")
def test_descriptors_are_given_back(tmp_path: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    for i in range(100):
        make(tmp_path / f"{i}.h5", np.arange(10), {})
    files = [h5py.File(tmp_path / f"{i}.h5", "r") for i in range(100)]
    arrays = [da.from_array(f["x"]) for f in files]
    assert [int(x.sum().compute()) for x in arrays] == [45] * 100
    assert len(os.listdir("/proc/self/fd")) < before + 100 + 70
    for f in files:
        f.close()
    del arrays, f, files
    assert len(os.listdir("/proc/self/fd")) <= before + 4
