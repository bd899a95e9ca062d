"""Blocks that share elements with their neighbours."""

import threading
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

import hyperslab as da
from hyperslab import overlap

A = np.arange(99.0).reshape(9, 11) ** 1.5 % 17
MODES = {"reflect": "symmetric", "periodic": "wrap", "nearest": "edge"}
CHUNKS = [3, ((5, 4), (4, 4, 3)), ((2, 5, 2), (11,)), ((9,), (3, 3, 5))]


def smooth(b):
    """The mean of the neighbours within two rows and one column; what is wrong at the ends is cut off."""
    return sum(np.roll(b, (i, j), (0, 1)) for i in range(-2, 3) for j in (-1, 0, 1))


def expected(boundary):
    pads = ((2, 2), (1, 1))
    if boundary in MODES:
        return smooth(np.pad(A, pads, MODES[boundary]))[2:-2, 1:-1]
    return smooth(np.pad(A, pads, constant_values=boundary))[2:-2, 1:-1]


@pytest.mark.parametrize("chunks", CHUNKS)
@pytest.mark.parametrize("boundary", ["reflect", "periodic", "nearest", 7])
def test_functions_of_neighbours(chunks, boundary):
    x = da.from_array(A, chunks=chunks)
    y = da.map_overlap(smooth, x, depth={0: 2, 1: 1}, boundary=boundary)
    assert y.chunks == x.chunks
    np.testing.assert_allclose(y.compute(), expected(boundary), rtol=1e-14)
    np.testing.assert_allclose(y[1:7:2, ::-1].compute(), expected(boundary)[1:7:2, ::-1], rtol=1e-14)
    np.testing.assert_allclose(y.sum(axis=0).compute(), expected(boundary).sum(0), rtol=1e-13)
    np.testing.assert_allclose(x.map_overlap(smooth, (2, 1), boundary).compute(), expected(boundary), rtol=1e-14)


@pytest.mark.parametrize("chunks", CHUNKS)
def test_without_a_boundary_blocks_end_where_the_array_does(chunks):
    shapes, lock = Counter(), threading.Lock()

    def func(b):
        with lock:
            shapes[b.shape] += 1
        return np.pad(b, 1, mode="edge")[1:-1, 2:] - b

    x = da.from_array(A, chunks=chunks)
    y = da.map_overlap(func, x, depth=(0, 1), dtype=float)
    assert not shapes
    np.testing.assert_array_equal(y.compute(), np.pad(A, 1, mode="edge")[1:-1, 2:] - A)
    grown = overlap.overlap(x, (0, 1), "none")
    assert shapes == Counter(b.shape for b in grown.blocks.ravel())


def test_each_block_is_one_call():
    starts, lock = Counter(), threading.Lock()

    def func(b, block_id=None):
        with lock:
            starts[block_id] += 1
        return b

    x = da.from_array(A, chunks=(2, 4))
    y = da.map_overlap(func, x + 1, depth=1, boundary="reflect", dtype=float)
    np.testing.assert_array_equal((y * 2).sum(axis=1).compute(memory_limit="4 MiB"), ((A + 1) * 2).sum(1))
    assert set(starts.values()) == {1}
    assert len(starts) == y.npartitions


@pytest.mark.parametrize("chunks", CHUNKS)
@pytest.mark.parametrize("boundary", ["none", None, "reflect", "periodic", "nearest", 0.5, {0: "periodic", 1: 2}])
@pytest.mark.parametrize("depth", [1, (2, 0), {1: 2}, {0: (0, 1), 1: (2, 1)}])
def test_overlap_and_back(chunks, boundary, depth):
    x = da.from_array(A, chunks=chunks)
    grown = overlap.overlap(x, depth, boundary)
    back = overlap.trim_internal(grown, depth, boundary)
    assert back.chunks == x.chunks
    np.testing.assert_array_equal(back.compute(), A)
    np.testing.assert_array_equal(overlap.trim_overlap(grown, depth, boundary).compute(), A)


def test_what_a_grown_block_holds():
    x = da.arange(8, chunks=(3, 3, 2))
    assert overlap.overlap(x, 2, "none").chunks == ((5, 7, 4),)
    np.testing.assert_array_equal(overlap.overlap(x, 2, "periodic").blocks[0].compute(), [6, 7, 0, 1, 2, 3, 4])
    np.testing.assert_array_equal(overlap.overlap(x, 2, "none").blocks[1].compute(), [1, 2, 3, 4, 5, 6, 7])
    np.testing.assert_array_equal(overlap.overlap(x, 1, 9).blocks[-1].compute(), [5, 6, 7, 9])


def test_without_trim_and_with_chunks():
    x = da.arange(6, chunks=3)
    np.testing.assert_array_equal(
        da.map_overlap(lambda b: b[1:-1], x, depth=1, boundary=0, trim=False).compute(), range(6)
    )
    with pytest.raises(ValueError, match=r"returned shape \(5,\), expected \(3,\)"):
        da.map_overlap(lambda b: b, x, depth=1, boundary=0, trim=False).compute()
    y = da.map_overlap(lambda b: b, x, depth=1, boundary="nearest", trim=False, chunks=(5,))
    np.testing.assert_array_equal(y.compute(), [0, 0, 1, 2, 3, 2, 3, 4, 5, 5])
    y = da.map_overlap(lambda b: b[1:] - b[:-1], x, depth=(1,), boundary=0, trim=False, chunks=((4, 4),))
    np.testing.assert_array_equal(y.compute(), [0, 1, 1, 1, 1, 1, 1, -5])
    y = da.map_overlap(lambda b: b.repeat(2), x, depth=2, boundary=0, chunks=(14,))
    assert y.chunks == ((10, 10),)


def test_several_arrays():
    x, y = da.from_array(A, chunks=4), da.from_array(A[0], chunks=3)
    z = da.map_overlap(lambda a, b: a + np.roll(b, 1), x, y, depth=[{1: 1}, 1], boundary=["periodic", "periodic"])
    np.testing.assert_array_equal(z.compute(), A + np.roll(A[0], 1))
    z = da.map_overlap(lambda a, b: a + b.sum(), x, da.ones((1, 1)), depth=[1, 0])
    np.testing.assert_array_equal(z.compute(), A + 1)
    z = da.map_overlap(lambda a, w: a * w, x, depth=1, w=da.ones(()) * 3)
    np.testing.assert_array_equal(z.compute(), A * 3)


def test_short_chunks_are_joined():
    x = da.arange(10, chunks=2)
    y = da.map_overlap(lambda b: sum(np.roll(b, k) for k in range(-3, 4)), x, depth=3, boundary=0)
    assert y.chunks == ((4, 6),)
    np.testing.assert_array_equal(y.compute(), np.convolve(np.arange(10), np.ones(7, int), "same"))
    with pytest.raises(ValueError, match="depth 3 is larger than the smallest chunk 2"):
        da.map_overlap(np.sin, x, depth=3, allow_rechunk=False)


def test_what_is_refused():
    x = da.arange(4, chunks=2)
    for depth, boundary, says in [
        (5, 0, "larger than your array 4"),
        (-1, 0, "not negative"),
        (1, "mirror", "none of"),
    ]:
        with pytest.raises(ValueError, match=says):
            da.map_overlap(np.sin, x, depth=depth, boundary=boundary)
    with pytest.raises(ValueError, match="no axes"):
        overlap.overlap(x, {3: 1}, 0)
    with pytest.raises(TypeError, match="function first"):
        da.map_overlap(x, np.sin, depth=1)
    with pytest.raises(ValueError, match=r"returned shape \(2,\) for a grown block, expected \(4,\)"):
        da.map_overlap(lambda b: b[1:-1], x, depth=1, boundary=0, dtype=int).compute()


@pytest.mark.parametrize("boundary", ["none", "reflect", 3.0])
@pytest.mark.parametrize("depth", [(1, 2), (2, 0), (0, 2), (2, 2)])
def test_chunks_of_many_sizes(boundary, depth):
    lines = [(4,) * 9 + (3,), (2, 3) * 8, (2, 3, 4, 5, 3, 4, 2, 5, 4, 3, 2), (5, 5, 5, 3, 3, 3, 3, 2), (7,)]
    for line in lines:
        a = np.arange(sum(line) * 2.0).reshape(-1, 2)
        x = da.from_array(a, chunks=(line, (2,)))
        grown = overlap.overlap(x, {0: depth}, {0: boundary})
        padded = a
        if boundary != "none":
            options = {"mode": "symmetric"} if boundary == "reflect" else {"constant_values": boundary}
            padded = np.pad(a, (depth, (0, 0)), **options)
        lead, edges = 0 if boundary == "none" else depth[0], np.cumsum((0, *line))
        want = [padded[max(s + lead - depth[0], 0) : e + lead + depth[1]] for s, e in pairwise(edges)]
        assert grown.chunks[0] == tuple(len(w) for w in want)
        np.testing.assert_array_equal(grown.compute(), np.concatenate(want))
        np.testing.assert_array_equal(overlap.trim_internal(grown, {0: depth}, boundary).compute(), a)


def test_the_size_of_a_plan_does_not_depend_on_the_number_of_chunks():
    lengths = []
    for n in (100, 100_000):
        x = da.ones(n * 10, chunks=10)
        lengths.append(len(da.explain(overlap.overlap(x, 2, "reflect")[:40]).splitlines()))
        assert overlap.overlap(x, 2, "reflect").numblocks == (n,)
    assert lengths[0] == lengths[1]


@pytest.mark.parametrize("chunks", CHUNKS)
def test_axes_that_come_and_go(chunks):
    x = da.from_array(A, chunks=chunks)
    options = {"depth": {0: 1, 1: 2}, "boundary": {0: "reflect", 1: "none"}}
    y = da.map_overlap(lambda b: b.max(axis=1), x, drop_axis=1, dtype=float, **options)
    np.testing.assert_array_equal(y.compute(), A.max(axis=1))
    y = da.map_overlap(lambda b: b[:, None], x, new_axis=1, dtype=float, **options)
    np.testing.assert_array_equal(y.compute(), A[:, None])
    y = da.map_overlap(lambda b: b.sum(axis=0)[..., None], x, drop_axis=0, new_axis=[1], dtype=float, depth={1: 1})
    np.testing.assert_allclose(y.compute(), A.sum(axis=0)[:, None], rtol=1e-14)
    y = da.map_overlap(lambda b: b[1:-1].max(axis=1), x, drop_axis=1, dtype=float, trim=False, depth={0: 1}, boundary=0)
    np.testing.assert_array_equal(y.compute(), A.max(axis=1))


def test_what_lies_beyond_the_ends():
    x = da.from_array(A, chunks=4)
    for func, mode in [(overlap.reflect, "symmetric"), (overlap.periodic, "wrap"), (overlap.nearest, "edge")]:
        np.testing.assert_array_equal(func(x, 1, 3).compute(), np.pad(A, ((0, 0), (3, 3)), mode))
    np.testing.assert_array_equal(
        overlap.constant(x, 0, (1, 2), 7).compute(), np.pad(A, ((1, 2), (0, 0)), constant_values=7)
    )
    got = overlap.boundaries(x, {0: 1, 1: 2}, {0: "none", 1: 5})
    np.testing.assert_array_equal(got.compute(), np.pad(A, ((0, 0), (2, 2)), constant_values=5))
    dummy = overlap.add_dummy_padding(x, {0: 1, 1: (2, 1)}, {0: "none", 1: "reflect"})
    assert dummy.chunks == ((5, 4, 2), (4, 4, 3))
    np.testing.assert_array_equal(dummy[1:-1].compute(), A)
    np.testing.assert_array_equal(overlap.overlap_internal(x, {1: 1}).compute(), overlap.overlap(x, {1: 1}, "none"))


def test_what_depths_and_boundaries_mean():
    assert overlap.coerce_depth(2, 3) == {0: 3, 1: 3}
    assert overlap.coerce_depth(2, {1: (1, 2)}) == {0: 0, 1: (1, 2)}
    assert overlap.coerce_depth(2, (1, 2)) == {0: 1, 1: 2}
    assert overlap.coerce_boundary(2, None) == {0: "none", 1: "none"}
    assert overlap.coerce_boundary(2, {1: "reflect"}) == {0: "none", 1: "reflect"}
    assert overlap.ensure_minimum_chunksize(3, (1, 1, 3)) == (5,)
    assert overlap.ensure_minimum_chunksize(3, (4, 3)) == (4, 3)
    for line in [(20, 20, 1), (1,) * 7, (3, 1, 9, 1, 1)]:
        got = overlap.ensure_minimum_chunksize(4, line)
        assert (sum(got), min(got) >= 4) == (sum(line), True)
    with pytest.raises(ValueError, match="larger than your array 2"):
        overlap.ensure_minimum_chunksize(3, (1, 1))
