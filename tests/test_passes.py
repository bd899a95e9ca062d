"""Sorts, sets and quantiles of arrays that are many times the memory limit: bits, memory, threads, errors."""

import itertools

import numpy as np
import pytest
from against_numpy import DTYPES, TIMES, Counting, Filled, same, within
from test_memory import BASE, Nowhere, run_measured

import hyperslab as da

#: Bytes that a computation may hold, and elements that are many times as much.
SMALL, LENGTH = "2 MiB", 700_001
ALL_DTYPES = [*DTYPES, "uint8", "int32", "uint64", *TIMES]


def mixed(dtype: str, length: int = LENGTH) -> np.ndarray:
    """Numbers of all magnitudes with many equal ones among them, zeros of both signs, and what is missing."""
    rng = np.random.default_rng(length)
    kind, item = np.dtype(dtype).kind, np.dtype(dtype).itemsize
    if kind == "b":
        return rng.random(length) < 0.3
    whole = rng.integers(0, 2**63, length).view(np.int64)
    whole[::3] = rng.integers(-5, 6, length)[::3]
    if kind in "iu":
        return whole.astype(dtype)
    if kind in "mM":
        whole[::1000] = np.iinfo(np.int64).min
        return whole.view(dtype)
    part = f"f{item // 2 if kind == 'c' else item}"
    x = (rng.standard_normal(length) * 10.0 ** rng.integers(-3, 4, length)).astype(part)
    x[::4] = np.round(x[::4])
    x[5::1000], x[6::1000], x[7::1000] = np.inf, -np.inf, -0.0
    if kind == "c":
        y = (np.round(rng.standard_normal(length) * 2)).astype(part)
        y[9::2000] = np.nan
        x = (x + 1j * y).astype(dtype)
    x[8::1000] = np.nan
    return x


def bits(x: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(x).view(np.uint8)


def same_bits(mine: np.ndarray, theirs: np.ndarray) -> None:
    assert (mine.dtype, mine.shape) == (theirs.dtype, theirs.shape)
    assert np.array_equal(bits(mine), bits(theirs))


def lazy(data: np.ndarray, chunks=100_000) -> da.Array:
    return da.from_array(Counting(data), chunks=chunks)


@pytest.mark.parametrize("dtype", ALL_DTYPES)
def test_sorts_have_the_bits_of_those_in_memory(dtype):
    data = mixed(dtype)
    x = lazy(data)
    order = np.argsort(data, kind="stable")
    same_bits(within(SMALL, da.argsort(x)), order)
    ordered = within(SMALL, da.sort(x))
    same_bits(ordered, data[order])
    same_bits(ordered, da.sort(x).compute())
    np.testing.assert_array_equal(ordered, np.sort(data))


def test_what_runs_in_passes_is_shown():
    x = da.random.default_rng(0).random(1_000_000, chunks=100_000)
    text = da.sort(x)[::2].sum().explain(memory_limit=SMALL)
    assert "passes: sort 1000000 of float64: " in text and "run(s)" in text and "on disk" in text
    assert "passes: " not in da.sort(x)[::2].sum().explain(memory_limit="1 GiB")
    assert "passes: select among 1000000" in da.median(x).explain(memory_limit=SMALL)


@pytest.mark.parametrize("order", ["ascending", "descending", "alike", "two", "sawtooth"])
def test_orders_that_runs_do_not_like(order):
    data = {
        "ascending": np.arange(300_000),
        "descending": np.arange(300_000)[::-1],
        "alike": np.full(300_000, 7),
        "two": np.arange(300_000) % 2,
        "sawtooth": np.arange(300_000) % 1_001,
    }[order].astype("f8")
    x = lazy(data, 10_000)
    same_bits(within(SMALL, da.sort(x)), np.sort(data))
    same_bits(within(SMALL, da.argsort(x)), np.argsort(data, kind="stable"))
    same_bits(within(SMALL, da.quantile(x, [0, 0.1, 0.5, 1])), np.quantile(data, [0, 0.1, 0.5, 1]))


@pytest.mark.parametrize(
    "selection",
    [
        slice(None, None, -1),
        slice(5, 50),
        slice(-3, None),
        slice(1, None, 99_991),
        slice(400_000, 100, -7),
        [0, 3, 699_999],
    ],
    ids=str,
)
def test_slices_of_sorted_arrays(selection):
    data = mixed("float64")
    expected = np.argsort(data, kind="stable")
    same_bits(within(SMALL, da.argsort(lazy(data))[selection]), expected[selection])
    same_bits(within(SMALL, da.sort(lazy(data))[selection]), data[expected][selection])


def test_sorted_arrays_are_operands():
    data = mixed("int64")
    x = lazy(data)
    ordered = da.sort(x)
    same(da.compute(ordered.max() - ordered[5], (ordered % 10).sum(), memory_limit=SMALL)[1], (data % 10).sum())
    assert da.all(ordered[1:] >= ordered[:-1]).compute(memory_limit=SMALL)
    same_bits(within(SMALL, da.cumsum(ordered % 5)), np.cumsum(np.sort(data) % 5))
    same_bits(within(SMALL, da.sort(da.sort(x)[::-1])), np.sort(data))
    rows = data[: 7 * (len(data) // 7)].reshape(7, -1)
    same_bits(within(SMALL, da.sort(da.from_array(rows), axis=None)), np.sort(rows, axis=None))


def test_arrays_taken_in_the_order_of_others():
    data, keys = mixed("float32"), mixed("int64") % 1000
    x, k = lazy(data), lazy(keys, 70_000)
    order = np.argsort(keys, kind="stable")
    same_bits(within(SMALL, da.take_along_axis(x, da.argsort(k))), data[order])
    same_bits(within(SMALL, da.take_along_axis(x, da.argsort(x))), data[np.argsort(data, kind="stable")])
    same_bits(within(SMALL, da.take_along_axis(da.cumsum(da.sort(k)), da.argsort(k))), np.cumsum(np.sort(keys))[order])
    same_bits(within(SMALL, da.lexsort((x, k))), np.lexsort((data, keys)))


@pytest.mark.parametrize("kth", [0, 350_000, [5, 699_999]], ids=str)
def test_partitions(kth):
    data = mixed("int64")
    places = np.atleast_1d(kth)
    made = within(SMALL, da.partition(lazy(data), kth))
    np.testing.assert_array_equal(made[places], np.sort(data)[places])
    for k in places:
        assert made[:k].max(initial=made[k]) <= made[k] <= made[k:].min()
    found = within(SMALL, da.argpartition(lazy(data), kth))
    np.testing.assert_array_equal(data[found][places], np.sort(data)[places])
    assert np.array_equal(np.sort(found), np.arange(LENGTH))


@pytest.mark.parametrize("dtype", ["int64", "float32"])
def test_sets(dtype):
    data = mixed(dtype, 3_000_001)
    data[::5] = data[:600_001]
    mine = da.unique(lazy(data, 500_000), return_index=True, return_inverse=True, return_counts=True)
    with da.config.set(memory_limit="32 MiB"):
        mine[0].compute_chunk_sizes()
        assert "passes: sort" in mine[0].explain()
        made = [part.compute(memory_limit="32 MiB") for part in mine]
    for ours, theirs in zip(made, np.unique(data, return_index=True, return_inverse=True, return_counts=True)):
        np.testing.assert_array_equal(ours, theirs)


class Elements(Counting):
    """Counts elements, too."""

    read = 0

    def __getitem__(self, key):
        part = super().__getitem__(key)
        self.read += part.size
        return part


@pytest.mark.parametrize("call", [da.unique, da.unique_counts], ids=["unique", "unique_counts"])
def test_lengths_and_elements_need_one_sort(call):
    data = mixed("int64", 3_000_001)
    x = Elements(data)
    made = call(da.from_array(x, chunks=500_000))
    (got,) = da.compute(made[0] if isinstance(made, tuple) else made, memory_limit="32 MiB")
    np.testing.assert_array_equal(got, np.unique(data))
    # Distinct elements are collected first, as long as they take no more than a part of the memory.
    assert x.read == data.size if call is da.unique_counts else x.read < 2 * data.size


METHODS = [
    "inverted_cdf",
    "averaged_inverted_cdf",
    "closest_observation",
    "interpolated_inverted_cdf",
    "hazen",
    "weibull",
    "linear",
    "median_unbiased",
    "normal_unbiased",
    "lower",
    "higher",
    "midpoint",
    "nearest",
]
LEVELS = [0, 0.001, 0.25, 0.3, 1 / 3, 0.5, 0.75, 0.9999, 1]


@pytest.mark.parametrize("method", METHODS)
def test_quantiles_by_every_method(method):
    for dtype in ["float64", "int32"]:
        data = np.nan_to_num(mixed(dtype))
        for q in (LEVELS, 0.5, 0.123):
            expected = np.quantile(data, q, method=method)
            np.testing.assert_array_equal(
                np.asarray(da.quantile(lazy(data), q, method=method).compute(memory_limit=SMALL)), expected
            )


@pytest.mark.parametrize("dtype", [d for d in ALL_DTYPES if d[:4] != "comp"])
def test_quantiles_of_every_dtype(dtype):
    data = mixed(dtype)
    x = lazy(data)
    calls = [
        lambda m, x: m.quantile(x, LEVELS, method="nearest"),
        lambda m, x: m.nanquantile(x, [0.1, 0.7], method="lower"),
    ]
    if dtype != "bool" and dtype[:4] != "date":
        calls += [lambda m, x: m.percentile(x, 30), lambda m, x: m.nanpercentile(x, [1, 99]), lambda m, x: m.median(x)]
    for call in calls:
        mine = np.asarray(call(da, x).compute(memory_limit=SMALL))
        np.testing.assert_array_equal(mine, np.asarray(call(da, x).compute()))
        if mine.dtype.kind not in "mM":
            with np.errstate(all="ignore"):
                same(mine, call(np, data), 1e-13)


def test_medians_of_complex_numbers():
    data = np.nan_to_num(mixed("complex128"))
    same(da.median(lazy(data)).compute(memory_limit=SMALL), np.median(data))


@pytest.mark.parametrize(
    ("shape", "axis"), [((3, 200_001), 1), ((200_001, 3), 0), ((2, 150_000, 3), (0, 1)), ((2, 300_000), None)]
)
def test_quantiles_along_axes(shape, axis):
    data = mixed("float64", int(np.prod(shape))).reshape(shape)
    data[..., : shape[-1] // 2] = np.nan_to_num(data[..., : shape[-1] // 2])
    chunks = tuple(max(n // 3, 1) for n in shape)
    for call in (
        lambda m, x: m.median(x, axis=axis),
        lambda m, x: m.nanmedian(x, axis=axis),
        lambda m, x: m.quantile(x, [0.2, 0.9], axis=axis),
        lambda m, x: m.nanpercentile(x, 12.5, axis=axis, keepdims=True),
    ):
        mine = np.asarray(call(da, lazy(data, chunks)).compute(memory_limit=SMALL))
        np.testing.assert_array_equal(mine, np.asarray(call(da, lazy(data, chunks)).compute()))
        same(mine, call(np, data), 1e-14)


def test_quantiles_where_nothing_is_known():
    data = np.full((2, 200_000), np.nan)
    data[1] = np.arange(200_000)
    got = da.quantile(lazy(data), [0.5, 1], axis=1).compute(memory_limit=SMALL)
    np.testing.assert_array_equal(got, [[np.nan, 99_999.5], [np.nan, 199_999]])
    got = da.nanquantile(lazy(data), 0.5, axis=1).compute(memory_limit=SMALL)
    np.testing.assert_array_equal(got, [np.nan, 99_999.5])
    assert np.isnan(da.nanmedian(lazy(data[0])).compute(memory_limit=SMALL))


def test_bits_do_not_depend_on_threads_or_budget():
    x = da.random.default_rng(3).standard_normal(700_000, chunks=100_000)
    x = da.where(x > 0.5, da.round(x, 1), x)
    results = []
    for threads, limit in itertools.product([1, 3], ["3 MiB", "1 GiB"]):
        target, places = Filled(x), Filled(x.astype("i8"))
        with da.config.set(num_threads=threads, memory_limit=limit):
            da.store([da.sort(x), da.argsort(x)], [target, places])
            made = [np.asarray(m) for m in da.compute(da.quantile(x, LEVELS), da.nanmedian(x), da.unique(x[::9]).sum())]
        results.append([target.data.tobytes(), places.data.tobytes(), *(m.tobytes() for m in made[:2])])
    assert all(r == results[0] for r in results)


class Failing:
    """Slices like an array, and breaks after so many reads."""

    def __init__(self, length: int, reads: int) -> None:
        self.shape, self.dtype, self.left = (length,), np.dtype("f8"), reads

    def __getitem__(self, key):
        self.left -= 1
        if self.left < 0:
            raise LookupError("the tape is torn")
        return np.sin(np.arange(self.shape[0], dtype="f8")[key])


@pytest.mark.parametrize("reads", [0, 9, 25])
@pytest.mark.parametrize("call", [da.sort, da.argsort, da.median], ids=["sort", "argsort", "median"])
def test_a_source_that_fails_leaves_nothing_behind(call, reads, tmp_path):
    with da.config.set(spill_directory=tmp_path, memory_limit=SMALL, num_threads=2):
        x = da.from_array(Failing(800_000, reads), chunks=80_000)
        with pytest.raises(LookupError, match="torn"):
            da.store(call(x).reshape(-1), Filled(call(x).reshape(-1)))
            da.store(call(x).reshape(-1), Filled(call(x).reshape(-1)))
            da.store(call(x).reshape(-1), Filled(call(x).reshape(-1)))
        assert not list(tmp_path.iterdir())
        assert float(da.median(da.arange(800_000.0, chunks=80_000))) == 399_999.5


def test_an_interrupt_ends_passes(tmp_path):
    class Stopped(Exception):
        pass

    ticks = itertools.count()

    def stop(_):
        if next(ticks) >= 3:
            raise Stopped

    x = da.random.default_rng(0).standard_normal(60_000_000, chunks=1_000_000)
    with da.config.set(spill_directory=tmp_path, memory_limit="8 MiB", progress=stop), pytest.raises(Stopped):
        da.sort(x)[::1000].sum().compute()
    assert not list(tmp_path.iterdir())


def test_a_source_that_changes_is_an_error():
    class Changing(Counting):
        def __getitem__(self, key):
            return super().__getitem__(key) + (1000.0 * (self.reads // 12))

    x = da.from_array(Changing(np.linspace(0, 1, 1_000_000)), chunks=100_000)
    with pytest.raises(ValueError, match="change from one reading to the next"):
        da.median(x).compute(memory_limit=SMALL, num_threads=1)


def test_limits_are_obeyed_or_said(tmp_path):
    x = da.random.default_rng(0).random(1_000_000, chunks=100_000)
    with pytest.raises(MemoryError, match=r"sort 1000000 of float64.*needs .* budget"):
        da.sort(x).compute(memory_limit=SMALL)
    with da.config.set(spill_limit="4 MiB"), pytest.raises(MemoryError, match="spill_limit"):
        within(SMALL, da.sort(x))
    with da.config.set(spill_directory="/dev/null/nowhere"), pytest.raises(OSError, match="spill_directory"):
        within(SMALL, da.sort(x))


#: Work on arrays of many times the budget: what is stored somewhere, and the budget.
BIG = {
    "sort": (lambda x: da.sort(x), 16),
    "sort in little memory": (lambda x: da.sort(x), 8),
    "argsort": (lambda x: da.argsort(x), 32),
    "in the order of another": (lambda x: da.take_along_axis(x, da.argsort(da.sin(x))), 32),
    "every thousandth": (lambda x: da.sort(x)[::1000], 16),
    "median": (lambda x: da.median(x)[None], 8),
    "quantiles": (lambda x: da.quantile(x, np.linspace(0, 1, 101)), 8),
    "along a long axis": (lambda x: da.nanmedian(x.reshape(4, -1), axis=1), 8),
}


@pytest.mark.parametrize("name", BIG)
def test_memory_is_what_was_promised(name):
    work, mib = BIG[name]
    x = da.random.default_rng(1).standard_normal(20_000_000, chunks=1_000_000)
    y = work(x)
    run = lambda: da.store(y, Nowhere(y.shape, y.dtype), compute=False).compute(memory_limit=mib << 20, num_threads=2)  # noqa: E731
    peak = run_measured(run)
    assert peak <= (mib << 20) + BASE, f"peak {peak:,}, budget {mib << 20:,}"
