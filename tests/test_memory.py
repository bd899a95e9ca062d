"""Memory is what was promised: each computation in a process of its own, its peak against the plan's projection."""

import json
import os
import re
import resource
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

import hyperslab as da
from hyperslab import _native, _ops

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="peaks are read from /proc")

BUDGET = 16 << 20
#: What a process needs besides what grows with the data: stacks, and what the allocator keeps.
BASE = 12 << 20
#: The same with the HDF5 library at work: its code, its caches, and the chunks that pass through Python.
HDF5 = 24 << 20
#: What the C library's allocator keeps, per process, of the buffers that a product of matrices takes in every task.
PRODUCT = 16 << 20
#: What functions of Python make besides their results, of blocks of 2 MiB in two threads.
TEMPORARIES = 16 << 20
SHAPE = (1_500, 4_096)


def status(field: str) -> int:
    line = next(x for x in Path("/proc/self/status").read_text().splitlines() if x.startswith(field))
    return int(line.split()[1]) * 1024


def run_measured(function, warm_up=lambda: None) -> int:
    """Calls the function in a child process; returns by how many bytes its resident memory grew at most."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        outcome = {"error": "died"}
        try:
            warm_up()
            Path("/proc/self/clear_refs").write_text("5")
            before = status("VmRSS")
            function()
            outcome = {"peak": status("VmHWM") - before}
        except BaseException as e:
            outcome = {"error": f"{type(e).__name__}: {e}"}
        finally:
            os.write(writer, json.dumps(outcome).encode())
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        outcome = json.loads(pipe.read() or '{"error": "killed"}')
    os.waitpid(child, 0)
    assert "error" not in outcome, outcome["error"]
    return outcome["peak"]


def projected(array: da.Array) -> int:
    """What the plan says that it holds at most."""
    text = array.explain(memory_limit=BUDGET, num_threads=2)
    return _native.parse_bytes(re.search(r"projected peak (.*), budget", text)[1])


def assert_obeyed(array: da.Array, base: int = BASE) -> None:
    """The array's peak keeps to its projection and to the budget."""
    promise = projected(array)
    assert promise <= BUDGET
    peak = run_measured(lambda: array.compute(memory_limit=BUDGET, num_threads=2))
    assert peak <= 1.15 * promise + base, f"peak {peak:,}, projected {promise:,}"


def long_lane(dtype: str = "float64", n: int = 8 << 20) -> da.Array:
    """Numbers in one lane of several times the budget, in chunks that fit it, of which hardly two are equal."""
    places = da.arange(n, chunks=1 << 18)
    return (places * 7_919 % 1_000_003 + places / n).astype(dtype)


def squares(block, axis, keepdims):
    return np.square(block).sum(axis=axis, keepdims=keepdims)


#: What takes a long lane to little, block by block.
CONDENSED = {
    "reduction": lambda: da.reduction(long_lane(), squares, np.sum, dtype="f8"),
    "reduction of a huge source": lambda: da.reduction(generated().rechunk((64, -1)), squares, np.sum, dtype="f8"),
    "reduction along an axis": lambda: da.reduction(generated().rechunk((64, 512)), squares, np.sum, 0, dtype="f8"),
    "bitwise_or": lambda: np.bitwise_or.reduce(long_lane("i8")),
    "bitwise_xor of chosen": lambda: np.bitwise_xor.reduce(long_lane("i8"), where=long_lane() > 9),
    "gcd": lambda: np.gcd.reduce(long_lane("i8")),
    "hypot": lambda: np.hypot.reduce(generated(), axis=0),
    "topk": lambda: da.topk(long_lane(), 100),
    "topk of one chunk": lambda: da.topk(long_lane().rechunk(-1), -100),
    "topk along the first axis": lambda: da.topk(generated().rechunk(-1), 3, axis=0),
    "argtopk": lambda: da.argtopk(long_lane(), 100),
    "argtopk of one chunk": lambda: da.argtopk(long_lane().rechunk(-1), -100),
    "argtopk along the first axis": lambda: da.argtopk(generated().rechunk(-1), 3, axis=0),
    "isin": lambda: da.isin(long_lane(), long_lane(n=1 << 15) + 1).sum(),
    "unique": lambda: da.unique(long_lane()).sum(),
    "unique of few": lambda: da.unique(long_lane() % 100).sum(),
    "isin of one chunk": lambda: da.isin(long_lane().rechunk(-1), [3.0, 4.0]).sum(),
    "weighted median": lambda: da.quantile(long_lane(n=4 << 20), 0.5, weights=np.ones(4 << 20), method="inverted_cdf"),
    "medians of rows, sorted": lambda: da.sort(da.median(generated(shape=(40_000, 200)), axis=1)),
}


@pytest.mark.parametrize("name", CONDENSED)
def test_what_is_condensed(name):
    assert_obeyed(CONDENSED[name](), BASE + TEMPORARIES)


class Nowhere:
    """Takes what is stored and keeps nothing."""

    def __init__(self, shape, dtype):
        self.shape, self.dtype = shape, np.dtype(dtype)

    def __setitem__(self, key, value):
        pass


def assert_store_obeyed(array: da.Array, target, base: int = BASE) -> None:
    peak = run_measured(lambda: da.store(array, target, compute=False).compute(memory_limit=BUDGET, num_threads=2))
    assert peak <= BUDGET + base, f"peak {peak:,}, budget {BUDGET:,}"


def generated(dtype: str = "float64", shape: tuple[int, ...] = SHAPE) -> da.Array:
    """Small whole numbers that no array in memory holds."""
    return (da.arange(int(np.prod(shape)), chunks=-1) & 63).reshape(shape).astype(dtype)


UFUNCS = [(row["name"], row["nin"]) for row in _ops.UFUNCS.values()]


@pytest.mark.parametrize(("name", "nin"), UFUNCS)
def test_ufunc(name, nin):
    x = generated()
    second = (x[::-1] + 1).astype("int32") if name == "ldexp" else x[::-1] + 1
    args = [x, second, x][:nin]
    if name == "where":
        args = [x > 3, x, second]
    function, _, part = name.partition(".")

    def result(*operands):
        made = getattr(da, function)(*operands)
        return made[1 if part in ("whole", "exponent") else 0] if part else made

    try:
        y = result(*args)
    except TypeError:  # A function of integers, or of times.
        kind = "datetime64[s]" if name == "isnat" else "int64"
        y = result(*(a.astype(kind) for a in args))
    assert_obeyed(y.any())
    assert_store_obeyed(y, Nowhere(y.shape, y.dtype))


@pytest.mark.parametrize("axis", [None, 0, 1])
@pytest.mark.parametrize("name", list(_ops.REDUCERS))
def test_reduction(name, axis):
    assert_obeyed(getattr(da, name)(generated(), axis=axis))


STAGES = {
    "transposed": lambda x: x.T,
    "sliced": lambda x: x[::-2, 5:],
    "reshaped": lambda x: x.reshape(-1, 3),
    "gathered": lambda x: x[:, np.random.default_rng(0).permutation(x.shape[1])],
    "gathered rows": lambda x: x[np.random.default_rng(0).permutation(x.shape[0])],
    "concatenated": lambda x: da.concatenate([x, x[::-1]], axis=1),
    "stacked": lambda x: da.stack([x, x + 1], axis=-1),
    "rolling mean": lambda x: sum(x[k : x.shape[0] - 60 + k] for k in range(61)) / 61,
    "anomaly": lambda x: (x - x.mean(0)) / x.std(0),
    "rows less their mean": lambda x: x - x.mean(1, keepdims=True),
    "large slot": lambda x: x.reshape(1_500, 2_048, 2) - x.reshape(1_500, 2_048, 2).mean(2, keepdims=True),
    "product": lambda x: x @ x[:256].T,
}


@pytest.fixture(scope="module")
def in_file(tmp_path_factory):
    """The numbers in an HDF5 file, compressed in chunks of rows."""
    path = tmp_path_factory.mktemp("memory") / "x.h5"
    with h5py.File(path, "w") as f:
        f.create_dataset("x", data=generated().compute(), chunks=(16, SHAPE[1]), compression="gzip", shuffle=True)
    return path


@pytest.mark.parametrize("name", STAGES)
def test_stage(name, in_file, tmp_path):
    for x in (generated(), da.from_array(h5py.File(in_file)["x"])):
        y = STAGES[name](x)
        assert_obeyed(y.sum())
        with h5py.File(tmp_path / "y.h5", "w") as f:
            chunks = tuple(min(n, 256) for n in y.shape)
            assert_store_obeyed(y, f.create_dataset("y", y.shape, y.dtype, chunks=chunks), HDF5)


def test_rows_become_columns(in_file, tmp_path):
    x = da.from_array(h5py.File(in_file)["x"])
    with h5py.File(tmp_path / "y.h5", "w") as f:
        assert_store_obeyed(x, f.create_dataset("y", x.shape, x.dtype, chunks=(SHAPE[0], 4)), HDF5)


#: How many times as large the work below is: `make test-large` makes it 8 GiB under 256 MiB.
SCALE = int(os.environ.get("HYPERSLAB_TEST_SCALE", "1"))
LARGE = (8_192, 4_096 * SCALE)
SMALL_BUDGET = SCALE * 8 << 20
#: The work of a product grows with their square.
PRODUCT_ROWS = 2_048 if SCALE == 1 else LARGE[0]

#: Arrays of 32 times the budget, and what they are written into: shape of the target's chunks.
LARGE_WORK = {
    "anomaly": (lambda x: (x - x.mean(0)) / x.std(0), (256, 256)),
    "transpose": (lambda x: x.T, (256, 256)),
    "rows to columns": (lambda x: x, (LARGE[0], 8)),
    "product": (lambda x: x[:PRODUCT_ROWS] @ x[:PRODUCT_ROWS].T, (256, 256)),
    "cumsum": (lambda x: x.cumsum(0), (256, 256)),
    "rolling mean": (lambda x: sum(x[k : x.shape[0] - 60 + k] for k in range(61)) / 61, (256, 256)),
}


@pytest.fixture(scope="module")
def large_file(tmp_path_factory):
    """An HDF5 file of 32 times the budget, compressed in chunks of rows."""
    path = tmp_path_factory.mktemp("memory") / "large.h5"
    with h5py.File(path, "w") as f:
        da.store(generated(shape=LARGE), f.create_dataset("x", LARGE, "f8", chunks=(16, 4_096), compression=1))
    return path


@pytest.mark.parametrize("source", ["generated", "file"])
@pytest.mark.parametrize("name", LARGE_WORK)
def test_32_times_the_budget(name, source, large_file, tmp_path):
    x = generated(shape=LARGE) if source == "generated" else da.from_array(h5py.File(large_file)["x"])
    assert x.nbytes >= 32 * SMALL_BUDGET
    work, chunks = LARGE_WORK[name]
    y = work(x)

    def store():
        with h5py.File(tmp_path / "y.h5", "w") as f:
            target = f.create_dataset("y", y.shape, y.dtype, chunks=chunks)
            da.store(y, target, compute=False).compute(memory_limit=SMALL_BUDGET, num_threads=2)

    assert run_measured(store) <= SMALL_BUDGET + HDF5 + (PRODUCT if name == "product" else 0)
    rows = slice(1_900, 1_910)
    with h5py.File(tmp_path / "y.h5") as f:
        np.testing.assert_allclose(f["y"][rows], y[rows].compute(), rtol=1e-12)
    (tmp_path / "y.h5").unlink()


def test_reductions_of_32_times_the_budget(large_file):
    x = da.from_array(h5py.File(large_file)["x"])
    results = [x.mean(0), x.std(0), x.cumsum(0).max()]
    assert run_measured(lambda: da.compute(*results, memory_limit=SMALL_BUDGET, num_threads=2)) <= SMALL_BUDGET + BASE


def test_a_full_disk_is_an_error_and_the_target_stays_as_it_was(in_file, tmp_path):
    target = np.zeros((SHAPE[0], 256))

    def fill_the_disk():
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
        x = da.from_array(h5py.File(in_file)["x"])
        da.config.set(spill_directory=tmp_path, memory_limit=BUDGET)
        with pytest.raises(OSError, match=f"{tmp_path}.*spill_directory"):
            da.store(x @ x[:256].T, target)
        assert not target.any()

    run_measured(fill_the_disk)
    assert not list(tmp_path.iterdir())


def test_many_small_computes_leave_memory_where_it_was():
    x = da.from_array(np.arange(100.0), chunks=10)
    total = (x * 2).sum()

    def repeat(times):
        for _ in range(times):
            total.compute()

    assert run_measured(lambda: repeat(10_000), warm_up=lambda: repeat(1_000)) < 1 << 20


def test_cancelled_computes_leave_memory_where_it_was():
    class Stopped(Exception):
        pass

    def stop(_):
        raise Stopped

    x = generated(shape=(400, 4_096))

    def repeat(times):
        for _ in range(times):
            with pytest.raises(Stopped), da.config.set(progress=stop):
                da.store(x, Nowhere(x.shape, x.dtype))

    assert run_measured(lambda: repeat(1_000), warm_up=lambda: repeat(50)) < 4 << 20
