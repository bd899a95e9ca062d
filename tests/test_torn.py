"""Stores that do not come to their end: killed processes, full disks, files that are in the way.

Chunks are whole, old or new ones; files open; what is resumed equals what was never disturbed, bit for bit.
HYPERSLAB_KILLS sets how many processes of each kind are killed.
"""

import filecmp
import os
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pytest
import zarr

import hyperslab as da

sys.path.insert(0, str(Path(__file__).parent / "tools"))
import stores_killed

KILLS = int(os.environ.get("HYPERSLAB_KILLS", 8))
VALUES = stores_killed.values()


def run(kind, folder, count, seed, kills):
    program = [sys.executable, stores_killed.__file__, kind, str(folder), str(count), str(seed), str(int(kills))]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Error" not in done.stdout, done.stdout


def files(folder):
    """Names of all files below a folder."""
    return sorted(os.path.relpath(os.path.join(at, f), folder) for at, _, names in os.walk(folder) for f in names)


def same_trees(a, b):
    assert files(a) == files(b)
    assert filecmp.cmpfiles(a, b, files(a), shallow=False)[0] == files(a)


def computed(folder, number):
    log = folder / f"{number}.log"
    return log.stat().st_size if log.exists() else 0


@pytest.mark.parametrize(
    "options", [{}, {"shards": (20, 2000)}, {"compressors": None}, {"zarr_format": 2, "order": "F"}], ids=str
)
def test_chunks_of_zarr_are_old_or_new(tmp_path, options):
    for i in range(KILLS):
        z = zarr.create_array(tmp_path / str(i), shape=VALUES.shape, chunks=(10, 1000), dtype="i4", **options)
        z[:] = -VALUES
    run("zarr", tmp_path, KILLS, 1, kills=True)
    unit = options.get("shards", (10, 1000))
    for i in range(KILLS):
        stored = zarr.open_array(tmp_path / str(i), mode="r")[:]
        np.testing.assert_array_equal(da.from_zarr(tmp_path / str(i)).compute(), stored)
        for r in range(0, VALUES.shape[0], unit[0]):
            for c in range(0, VALUES.shape[1], unit[1]):
                part = np.s_[r : r + unit[0], c : c + unit[1]]
                assert (stored[part] == VALUES[part]).all() or (stored[part] == -VALUES[part]).all(), part
    run("zarr", tmp_path, KILLS, 1, kills=False)
    for i in range(KILLS):
        np.testing.assert_array_equal(zarr.open_array(tmp_path / str(i), mode="r")[:], VALUES)


@pytest.mark.parametrize("kind", ["zarr resume", "zarr overwrite"])
def test_zarr_goes_on_where_it_was_killed(tmp_path, kind):
    (tmp_path / "whole").mkdir()
    run(kind, tmp_path / "whole", 1, 0, kills=False)
    if kind == "zarr overwrite":
        for i in range(KILLS):
            da.to_zarr(da.zeros(3, chunks=1), tmp_path / str(i))
    run(kind, tmp_path, KILLS, 2, kills=True)
    if kind == "zarr overwrite":
        for i in range(KILLS):
            if zarr.open_array(tmp_path / str(i), mode="r").shape == (3,):
                np.testing.assert_array_equal(da.from_zarr(tmp_path / str(i)).compute(), np.zeros(3))
    run(kind, tmp_path, KILLS, 3, kills=True)
    for i in range(KILLS):
        (tmp_path / f"{i}.log").unlink(missing_ok=True)
    run(kind, tmp_path, KILLS, 4, kills=False)
    blocks = computed(tmp_path / "whole", 0)
    for i in range(KILLS):
        same_trees(tmp_path / "whole" / "0", tmp_path / str(i))
    assert not [f for f in files(tmp_path) if f.endswith(("partial", "journal"))]
    assert any(computed(tmp_path, i) < blocks for i in range(KILLS))


def test_a_new_hdf5_file_is_there_when_it_is_whole(tmp_path):
    run("hdf5 new", tmp_path, KILLS, 5, kills=True)
    for i in range(KILLS):
        if (tmp_path / str(i)).exists():
            with h5py.File(tmp_path / str(i)) as f:
                np.testing.assert_array_equal(f["x"][:], VALUES)
        else:
            run_one = da.from_array(VALUES, chunks=(50, 4000))
            da.to_hdf5(tmp_path / str(i), "/x", run_one)


@pytest.mark.parametrize("mode", [{}, {"libver": "latest"}, {"userblock_size": 512}], ids=str)
def test_an_hdf5_file_that_is_added_to(tmp_path, mode):
    for i in range(KILLS):
        with h5py.File(tmp_path / str(i), "w", **mode) as f:
            f.create_dataset("old", data=-VALUES, chunks=(10, 4000), compression="gzip")
            f.create_group("many").attrs.update({f"a{k}": k for k in range(50)})
    run("hdf5 add", tmp_path, KILLS, 6, kills=True)
    for i in range(KILLS):
        with h5py.File(tmp_path / str(i)) as f:
            np.testing.assert_array_equal(f["old"][:], -VALUES)
            assert len(f["many"].attrs) == 50
            if "x" in f:
                np.testing.assert_array_equal(f["x"][:], VALUES)
                continue
        da.to_hdf5(tmp_path / str(i), "/x", da.from_array(VALUES, chunks=(50, 4000)))
        with h5py.File(tmp_path / str(i)) as f:
            np.testing.assert_array_equal(f["old"][:], -VALUES)
            np.testing.assert_array_equal(f["x"][:], VALUES)
            assert sorted(f) == ["many", "old", "x"]


@pytest.mark.parametrize("there", [False, True])
def test_hdf5_goes_on_where_it_was_killed(tmp_path, there):
    for i in range(KILLS) if there else ():
        with h5py.File(tmp_path / str(i), "w") as f:
            f["old"] = -VALUES
    run("hdf5 resume", tmp_path, KILLS, 7, kills=True)
    run("hdf5 resume", tmp_path, KILLS, 8, kills=True)
    unfinished = [i for i in range(KILLS) if list(tmp_path.glob(f"{i}.resume*"))]
    before = {i: computed(tmp_path, i) for i in unfinished}
    for i in unfinished:
        run_to_end(tmp_path, i)
    for i in range(KILLS):
        with h5py.File(tmp_path / str(i)) as f:
            if "g" in f:
                np.testing.assert_array_equal(f["g/x"][:], VALUES)
                assert f["g/x"].chunks == (10, 1000)
            assert not there or (f["old"][:] == -VALUES).all()
    assert not list(tmp_path.glob("*.resume*"))
    assert before and any(computed(tmp_path, i) - n < 20 for i, n in before.items())


def run_to_end(folder, number):
    """One store in a process of its own."""
    code = f"import sys; sys.path.insert(0, {str(Path(stores_killed.__file__).parent)!r}); import stores_killed as s; "
    code += f"s.store('hdf5 resume', {str(folder)!r}, {number})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


class Sudden(Exception):
    pass


def counted(data, stop_after):
    """An array whose blocks are counted, and end in an exception after some."""
    seen = []

    def block(part):
        if len(seen) >= stop_after:
            raise Sudden
        seen.append(1)
        return part * 2

    return da.from_array(data, chunks=(150, 150)).map_blocks(block, dtype=data.dtype, meta=np.empty((0, 0))), seen


@pytest.mark.parametrize("stop", [0, 1, 37, 99])
def test_what_is_finished_is_not_computed_again(tmp_path, stop):
    data = np.random.default_rng(0).normal(size=(1500, 1500))
    x, seen = counted(data, stop)
    with pytest.raises(Sudden):
        x.to_zarr(tmp_path / "z", resume="it")
    journal = tmp_path / "z" / ".hyperslab-journal"
    done = (journal.stat().st_size - 56) // 12
    assert stop - 2 * os.cpu_count() <= done <= stop
    x, seen = counted(data, 1000)
    x.to_zarr(tmp_path / "z", resume="it")
    assert len(seen) <= 100 - done
    np.testing.assert_array_equal(da.from_zarr(tmp_path / "z").compute(), data * 2)
    assert not journal.exists()
    with pytest.raises(Exception, match="exists"):
        x.to_zarr(tmp_path / "z", resume="it")


def test_other_work_does_not_go_on(tmp_path):
    data = np.arange(400_000.0).reshape(2000, 200)
    z = zarr.create_array(tmp_path / "z", shape=(2000, 200), chunks=(500, 200), dtype="f8")

    def broken(part):
        if part[0, 0] >= 200_000:
            raise Sudden
        return part

    def attempt(x, **options):
        with pytest.raises(Sudden):
            da.store(x.map_blocks(broken, dtype="f8", meta=np.empty((0, 0))), z, num_threads=1, **options)

    journal = tmp_path / "z" / ".hyperslab-journal"
    x = da.from_array(data, chunks=(500, 200))
    attempt(x, resume=True)
    first = journal.read_bytes()
    assert len(first) > 56
    attempt(x, resume=True)
    assert journal.read_bytes()[:56] == first[:56]
    attempt(x * 0.5 + 110_000, resume=True)
    assert journal.read_bytes()[:56] != first[:56]
    # A store that is not resumed forgets it.
    da.store(x, z)
    assert not journal.exists()
    with pytest.raises(ValueError, match="computed from its target"):
        da.store(da.from_array(z)[::-1], z, resume=True)
    with pytest.raises(NotImplementedError, match="no Zarr array in a folder"):
        da.store(x, np.zeros((2000, 200)), resume=True)
    held = zarr.create_array({}, shape=(2000, 200), chunks=(500, 200), dtype="f8")
    with pytest.raises(NotImplementedError, match="known to this process alone"):
        da.store(da.from_array(held), z, resume=True)
    da.store(da.from_array(held), z, resume="named")


LIMITED = """
import resource, sys
import numpy as np
import hyperslab as da
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
x = da.from_array(np.random.default_rng(0).integers(0, 2**60, (100, 100)), chunks=(50, 50))
x = da.concatenate([x[:50] * 0 + 7, x[50:]]).rechunk((50, 50))
try:
    exec(sys.argv[2])
except OSError as error:
    print(error)
"""


def limited(code, size=12000):
    """What a process prints whose files must not be larger."""
    program = [sys.executable, "-c", LIMITED, str(size), code]
    done = subprocess.run(program, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_disk_that_is_full(tmp_path):
    z = zarr.create_array(tmp_path / "z", shape=(100, 100), chunks=(50, 50), dtype="i8")
    z[:] = -1
    code = f"import zarr; da.store(x, zarr.open_array({str(tmp_path / 'z')!r}), num_threads=1)"
    told = limited(code)
    assert "File too large" in told and "chunk (1, " in told and str(tmp_path / "z" / "c" / "1") in told
    stored = z[:]
    assert (stored[50:] == -1).all() and set(np.unique(stored[:50])) <= {7, -1}
    assert not [f for f in files(tmp_path) if f.endswith("partial")]
    limited(f"da.to_zarr(x, {str(tmp_path / 'new')!r})")
    assert not (tmp_path / "new").exists()
    told = limited(f"da.to_hdf5({str(tmp_path / 'new.h5')!r}, '/x', x)")
    assert "x" in told and not list(tmp_path.glob("new.h5*"))
    with h5py.File(tmp_path / "old.h5", "w") as f:
        f["old"] = np.arange(500)
    before = (tmp_path / "old.h5").read_bytes()
    assert limited(f"da.to_hdf5({str(tmp_path / 'old.h5')!r}, '/x', x)")
    assert (tmp_path / "old.h5").read_bytes() == before
    # With room again it goes on.
    told = limited(f"da.to_zarr(x, {str(tmp_path / 'on')!r}, resume=True)")
    assert "File too large" in told
    limited(f"da.to_zarr(x, {str(tmp_path / 'on')!r}, resume=True)", 10**8)
    assert (da.from_zarr(tmp_path / "on")[:50].compute() == 7).all()
    assert not (tmp_path / "on" / ".hyperslab-journal").exists()


def test_what_is_in_the_way(tmp_path):
    x = da.from_array(VALUES, chunks=(100, 2000))
    z = zarr.create_array(tmp_path, shape=VALUES.shape, chunks=(100, 2000), dtype="i4")
    (tmp_path / "c" / "1" / "0").mkdir(parents=True)
    with pytest.raises(OSError, match=r"zarr:/, chunk \(1, 0\)"):
        da.store(x, z)
    (tmp_path / "c" / "1" / "0").rmdir()
    da.store(x, z)
    np.testing.assert_array_equal(z[:], VALUES)


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_folders_that_must_not_be_written(tmp_path):
    z = zarr.create_array(tmp_path / "z", shape=VALUES.shape, chunks=(100, 2000), dtype="i4")
    z[:] = -VALUES
    for folder in ("c/0", "c/1"):
        (tmp_path / "z" / folder).chmod(0o500)
    with pytest.raises(OSError, match="Permission denied"):
        da.store(da.from_array(VALUES), z)
    np.testing.assert_array_equal(z[:], -VALUES)


def test_stores_of_one_array_from_several_processes(tmp_path):
    z = zarr.create_array(tmp_path, shape=VALUES.shape, chunks=(10, 1000), dtype="i4")
    code = "import sys, zarr, hyperslab as da; sys.path.insert(0, sys.argv[2]); import stores_killed as s; "
    code += "[da.store(da.from_array(s.values() * int(sys.argv[3])), zarr.open_array(sys.argv[1])) for _ in range(5)]"
    tools = str(Path(stores_killed.__file__).parent)
    running = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path), tools, str(k)]) for k in (1, 2, 3)]
    while any(p.poll() is None for p in running):
        stored = da.from_array(z).compute()
        ratios = np.unique(stored // VALUES)
        assert set(ratios) <= {0, 1, 2, 3} and (stored % VALUES == 0).all()
        time.sleep(0.01)
    assert all(p.returncode == 0 for p in running)
    parts = (z[:] // VALUES).reshape(20, 10, 4, 1000).transpose(0, 2, 1, 3).reshape(80, -1)
    assert (parts == parts[:, :1]).all()
