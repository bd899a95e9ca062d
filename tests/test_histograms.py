"""Histograms, counts, places among edges, interpolation: against NumPy."""

import threading

import numpy as np
import pytest
from against_numpy import DTYPES, TIMES, Counting, agree, chunkings, grid, values

import hyperslab as da

SHAPES = [(40,), (0,), (1,), (6, 7), (3, 0), (), (3, 4, 5)]
REALS = [d for d in DTYPES if "complex" not in d]
EDGES = [[-3, 0, 0.5, 4], [0, 5], [0], np.arange(-4.0, 5), [3, 1], [[1, 2]], []]
CLOSE = 1e-13
pytestmark = pytest.mark.filterwarnings("ignore:Converting input from bool")


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"bins": 1},
        {"bins": 7},
        {"bins": 4, "range": (-2, 3)},
        {"range": (0, 0)},
        {"bins": 0},
        {"bins": 2.5},
        {"range": (3, 1)},
        {"range": (0, np.inf)},
    ],
    ids=str,
)
def test_intervals_of_one_width(options):
    for x in grid(SHAPES, REALS):
        agree(lambda m, x: m.histogram(x, **options), x)
        agree(lambda m, x: m.histogram_bin_edges(x, **options), x)
        if x.size:
            agree(lambda m, x: m.histogram(x, density=True, **options), x, rtol=CLOSE)


@pytest.mark.parametrize("edges", EDGES, ids=str)
def test_edges(edges):
    for x in grid(SHAPES, [*REALS, *TIMES]):
        agree(lambda m, x: m.histogram(x, edges), x)
        agree(lambda m, x: m.histogram_bin_edges(x, edges), x)
    for x in grid([(4, 6)], REALS):
        agree(lambda m, x: m.histogram(x, edges, density=True), x, rtol=CLOSE)


def test_edges_in_time():
    edges = np.array(["1969-12-28", "1970-01-01", "1970-01-08"], "M8[D]")
    for x in grid([(9,), (3, 4)], ["datetime64[D]"]):
        agree(lambda m, x: m.histogram(x, edges)[0], x)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("bins", [3, [-2, 0, 1, 5]], ids=str)
def test_weights(dtype, bins):
    for shape in SHAPES:
        x, w = values(shape), values(shape, dtype, seed=3)
        agree(lambda m, x, w: m.histogram(x, bins, weights=w), x, w, rtol=CLOSE)
    agree(lambda m, x, w: m.histogram(x, bins, (-3, 4), True, w), values((20,)), np.arange(20.0), rtol=CLOSE)
    agree(lambda m, x, w: m.histogram(x, bins, weights=w), values((20,)), values((19,)))


def test_lazy_edges_and_ranges():
    a = values((50,))
    x = da.from_array(a, chunks=7)
    counts, edges = da.histogram(x, da.array([-3, 0, 2, 9]))
    assert isinstance(edges, da.Array)
    np.testing.assert_array_equal(counts.compute(), np.histogram(a, [-3, 0, 2, 9])[0])
    for span in ((x.min() + 1, x.max()), da.stack([x.min() + 1, x.max()])):
        counts, edges = da.histogram(x, 5, span)
        want = np.histogram(a, 5, (a.min() + 1, a.max()))
        np.testing.assert_array_equal(counts.compute(), want[0])
        np.testing.assert_array_equal(edges.compute(), want[1])
    with pytest.raises(ValueError, match="monotonically"):
        da.histogram(x, da.array([3, 1]))[0].compute()
    with pytest.raises(ValueError, match="not finite"):
        da.histogram(da.array([1, np.nan]))[0].compute()
    with pytest.raises(NotImplementedError, match="histogram_bin_edges"):
        da.histogram(x, "auto")
    with pytest.raises(NotImplementedError, match="1-d"):
        da.histogram(x, x.max())


def test_known_edges_are_not_lazy():
    x = da.ones(5)
    for bins, span in [(3, (0, 1)), ([0, 1, 2], None)]:
        assert isinstance(da.histogram(x, bins, span)[1], np.ndarray)


def test_one_reading_of_many_blocks():
    data, lock, sizes = values((4000,)), threading.Lock(), []
    source = Counting(data)
    got = da.histogram(da.from_array(source, chunks=100), 5, (-9, 9))[0]
    assert source.reads == 0
    np.testing.assert_array_equal(got.compute(), np.histogram(data, 5, (-9, 9))[0])
    assert source.reads <= 40
    with lock:
        sizes.append(source.reads)
    big = da.arange(3_000_000, chunks=-1)
    counts = da.histogram(big, 4)[0].compute(memory_limit="160 MiB")
    np.testing.assert_array_equal(counts, [750_000] * 4)


BINS = [
    {},
    {"bins": 3},
    {"bins": (2, 4)},
    {"bins": [[-3, 0, 5], 3]},
    {"bins": [[0, 1, 9], np.arange(-5, 5)]},
    {"bins": 3, "range": ((-2, 2), (0, 5))},
    {"bins": 3, "range": (None, (0, 5))},
    {"bins": (1, 2, 3)},
    {"bins": [[3, 1], 2]},
    {"bins": 0},
    {"range": ((1, 2),)},
    {"bins": 2, "range": ((3, 1), None)},
]


@pytest.mark.parametrize("options", BINS, ids=str)
def test_points(options):
    for sample in grid([(30, 2), (0, 2), (1, 2), (17, 2)], REALS[1:]):
        agree(lambda m, s: m.histogramdd(s, **options), sample)
        if len(sample):
            agree(lambda m, s: m.histogramdd(s, density=True, **options), sample, rtol=CLOSE)
        if sample.dtype == float:
            agree(lambda m, x, y: m.histogram2d(x, y, **options), sample[:, 0], sample[:, 1])
            agree(lambda m, x, y: m.histogramdd((x, y), **options), sample[:, 0], sample[:, 1])


def test_points_of_other_dimensions():
    agree(lambda m, s: m.histogramdd(s, 3), values((20, 3)))
    agree(lambda m, s: m.histogramdd(s, 3), values((20, 1)))
    agree(lambda m, s: m.histogramdd(s, 3), values((20,)))
    agree(lambda m, s: m.histogramdd([s, s, s], 2), values((20,)))
    agree(lambda m, s: m.histogram2d(s, s, [0, 1, 2, 3]), values((20,)))
    agree(lambda m, x, y: m.histogram2d(x, y), values((20,)), values((19,)))


@pytest.mark.parametrize("dtype", DTYPES)
def test_weighted_points(dtype):
    agree(lambda m, s, w: m.histogramdd(s, 3, weights=w), values((20, 2)), values((20,), dtype, 5), rtol=CLOSE)
    agree(lambda m, s, w: m.histogramdd(s, [[0, 1, 4], 2], None, True, w), values((20, 2)), np.arange(20), rtol=CLOSE)
    agree(lambda m, s, w: m.histogram2d(s, -s, 3, weights=w), values((9,)), values((9,), dtype, 5), rtol=CLOSE)


def test_points_on_edges_outside_and_not_numbers():
    line = np.array(
        [-np.inf, -1.0, np.nextafter(0, -1), -0.0, 0.1, 0.3, 0.7, 1.0, np.nextafter(1, 2), 7.0, np.inf, np.nan]
    )
    points = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
    for bins in (10, [10, [0, 0.1, 0.1, 0.3, 1.0]], [[0.7], [0.1, 0.3]], [7, 3]):
        for dtype in ("f8", "f4"):
            agree(lambda m, s, bins=bins: m.histogramdd(s, bins, ((0, 1), (0, 1))), points.astype(dtype))
    whole = np.arange(20).reshape(10, 2)
    for dtype in ("i1", "u8"):
        agree(lambda m, s: m.histogramdd(s, [[0, 2, 18], [1, 3, 19]], weights=s[:, 0]), whole.astype(dtype))


def test_lazy_edges_of_points():
    p = values((20, 2))
    got, edges = da.histogramdd(da.from_array(p, chunks=3), [da.array([-4, 0, 5]), 3])
    np.testing.assert_array_equal(got.compute(), np.histogramdd(p, [[-4, 0, 5], 3])[0])
    np.testing.assert_array_equal(edges[0], [-4, 0, 5])


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint16", "int64", "float64"])
def test_bincount(dtype):
    for shape in [(30,), (0,), (1,), (2, 3), ()]:
        x = abs(values(shape, dtype)) if dtype != "bool" else values(shape, dtype)
        agree(lambda m, x: m.bincount(x, minlength=12), x)
        for weights in ("int64", "float32", "float64", "bool"):
            agree(lambda m, x, w: m.bincount(x, w, minlength=12), x, values(shape, weights), rtol=CLOSE)
    agree(lambda m, x, w: m.bincount(x, w, 5), np.arange(3), np.arange(4))
    agree(lambda m, x: m.bincount(x, minlength=-1), np.arange(3))


def test_lengths_of_counts():
    np.testing.assert_array_equal(da.bincount([1, 5, 1]).compute(), np.bincount([1, 5, 1]))
    x = da.array([1, 5, 1], chunks=2)
    with pytest.raises(NotImplementedError, match="minlength"):
        da.bincount(x)
    with pytest.raises(ValueError, match="5 is not below minlength=4"):
        da.bincount(x, minlength=4).compute()
    with pytest.raises(ValueError, match="negative"):
        da.bincount(x - 2, minlength=4).compute()


@pytest.mark.parametrize("right", [False, True])
@pytest.mark.parametrize("bins", [*EDGES, [4, 1, 0, -3]], ids=str)
def test_digitize(bins, right):
    for x in grid(SHAPES, DTYPES):
        agree(lambda m, x: m.digitize(x, bins, right), x)
    for chunks in chunkings((3, 4)):
        x = da.from_array(values((3, 4)), chunks=chunks)
        if np.ndim(bins) == 1 and len(bins) > 1:
            lazy = da.digitize(x, da.asarray(np.array(bins)), right)
            np.testing.assert_array_equal(lazy.compute(), np.digitize(values((3, 4)), bins, right))
            np.testing.assert_array_equal(lazy[::-2, 1:].compute(), np.digitize(values((3, 4)), bins, right)[::-2, 1:])


@pytest.mark.parametrize("options", [{}, {"left": -1, "right": 99.5}, {"period": 7}, {"period": 0}], ids=str)
@pytest.mark.parametrize("fp", [[1, 3, 2, 5], [1.5, -2, 0.1, 7], [1 + 1j, 2, 3j, 4], [1, 2, 3]], ids=str)
def test_interp(options, fp):
    xp = [-3, 0, 0.5, 6]
    for x in grid(SHAPES, DTYPES):
        agree(lambda m, x: m.interp(x, xp, fp, **options), x)
    if len(fp) == 4:
        agree(lambda m, x, xp, fp: m.interp(x, xp, fp, **options), values((3, 4)), np.array(xp), np.array(fp))


def test_interp_of_wrong_points():
    agree(lambda m, x: m.interp(x, [], []), values((3,)))
    agree(lambda m, x: m.interp(x, [[1, 2]], [[1, 2]]), values((3,)))
    agree(lambda m, x: m.interp(x, 1, 2), values((3,)))
