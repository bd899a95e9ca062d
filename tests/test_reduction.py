"""Reductions of users, and the largest elements along an axis."""

import threading
from collections import Counter
from functools import reduce

import numpy as np
import pytest
from against_numpy import DTYPES, agree, chunkings, grid, values

import hyperslab as da

A = np.arange(60.0).reshape(3, 4, 5) % 7
AXES = [None, 0, -1, (0, 2), (2, 0), (0, 1, 2)]
CHUNKS = [1, 2, 5, ((1, 2), (2, 2), (1, 4))]


def flat(nested):
    """What lists of lists hold."""
    return [item for part in nested for item in flat(part)] if isinstance(nested, list) else [nested]


def merged(results, axis, keepdims):
    assert isinstance(results, list)
    return reduce(lambda p, q: {key: p[key] + q[key] for key in p}, flat(results))


def counted(block, axis, keepdims):
    return {"n": np.ones_like(block).sum(axis, keepdims=keepdims), "total": block.sum(axis, keepdims=keepdims)}


def mean(results, axis, keepdims):
    m = merged(results, axis, True)
    return np.sum(m["total"] / m["n"], axis=axis, keepdims=keepdims)


@pytest.mark.parametrize("chunks", CHUNKS)
@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("every", [None, 2, 100])
def test_arrays_and_objects(chunks, axis, keepdims, every):
    x, options = da.from_array(A, chunks=chunks), {"axis": axis, "keepdims": keepdims, "split_every": every}
    total = da.reduction(x, np.sum, np.sum, dtype=float, **options)
    want = A.sum(axis=axis, keepdims=keepdims)
    assert total.shape == want.shape
    np.testing.assert_array_equal(total.compute(), want)
    average = da.reduction(x, counted, mean, combine=merged, concatenate=False, **options)
    np.testing.assert_allclose(average.compute(), A.mean(axis=axis, keepdims=keepdims), rtol=1e-14)
    np.testing.assert_allclose(
        (average + total)[..., ::-1].compute() if average.ndim else average.compute(),
        (A.mean(axis=axis, keepdims=keepdims) + want)[..., ::-1] if average.ndim else A.mean(),
        rtol=1e-14,
    )


@pytest.mark.parametrize("chunks", CHUNKS)
@pytest.mark.parametrize("axis", AXES)
def test_results_in_lists_lie_as_the_blocks_do(chunks, axis):
    def chunk(block, axis, keepdims):
        return block.max(axis=axis, keepdims=True)

    def aggregate(results, axis, keepdims):
        deep, part = 0, results
        while isinstance(part, list):
            deep, part = deep + 1, part[0]
        assert deep == len(axis)
        return np.block(results).max(axis=axis, keepdims=keepdims) if deep == 3 else joined(results, axis, keepdims)

    def joined(results, axis, keepdims):
        return np.max(flat(results), axis=0).max(axis=axis, keepdims=keepdims)

    x = da.from_array(A, chunks=chunks)
    got = da.reduction(x, chunk, aggregate, axis=axis, dtype=float, concatenate=False, split_every=2)
    np.testing.assert_array_equal(got.compute(), A.max(axis=axis))


def test_objects_are_joined_where_that_is_asked_for():
    def distinct(block, axis, keepdims):
        return np.unique(block).reshape(-1)

    x = da.from_array(A.ravel(), chunks=7)
    got = da.reduction(x, distinct, lambda b, axis, keepdims: np.array(len(np.unique(b))), combine=distinct, dtype=int)
    assert got.compute() == 7


@pytest.mark.parametrize("chunks", CHUNKS)
def test_weights(chunks):
    def chunk(block, weights, axis, keepdims):
        return (block * weights).sum(axis=axis, keepdims=keepdims)

    x = da.from_array(A, chunks=chunks)
    for weights in (np.arange(5), da.arange(20, chunks=3).reshape(4, 5)):
        got = da.reduction(x, chunk, np.sum, axis=(0, 1), dtype=float, weights=weights)
        np.testing.assert_array_equal(got.compute(), (A * np.asarray(weights)).sum((0, 1)))


def test_dtypes_are_told_or_found():
    def chunk(block, axis, keepdims, dtype=None):
        return block.sum(axis=axis, keepdims=keepdims, dtype=dtype)

    x = da.ones((4, 4), dtype="u1", chunks=2)
    assert da.reduction(x, chunk, np.sum, dtype="u1").compute().dtype == np.uint8
    assert da.reduction(x, np.max, np.max).dtype == np.uint8
    assert da.reduction(x, np.max, np.max, meta=np.float32(0)).compute().dtype == np.float32
    with pytest.raises(ValueError, match="dtype="):
        da.reduction(x, lambda b, axis, keepdims: 1 / 0, np.sum)
    with pytest.raises(ValueError, match="split_every"):
        da.reduction(x, np.sum, np.sum, split_every="all")
    with pytest.raises(ValueError, match="at least two"):
        da.reduction(x, np.sum, np.sum, split_every={0: 1})
    with pytest.raises(NotImplementedError, match="store"):
        da.reduction(x, np.sum, np.sum, out=x)


def test_each_block_is_one_call_and_no_call_has_many_results():
    seen, lock = Counter(), threading.Lock()

    def chunk(block, axis, keepdims):
        with lock:
            seen[block.shape] += 1
        return block.sum(axis=axis, keepdims=keepdims)

    def combine(block, axis, keepdims):
        with lock:
            seen["most"] = max(seen["most"], block.size)
        return block.sum(axis=axis, keepdims=keepdims)

    x = da.from_array(np.arange(1000.0), chunks=10)
    got = da.reduction(x + 1, chunk, combine, dtype=float, split_every=3)
    seen.clear()
    assert da.compute(got, got * 2) == (500500.0, 1001000.0)
    assert seen == {(10,): 100, "most": 3}


def test_errors_name_function_and_block():
    def chunk(block, axis, keepdims):
        if block.max() > 5:
            raise KeyError("much")
        return block.sum(axis=axis, keepdims=keepdims)

    x = da.from_array(np.array([1, 2, 9, 1]), chunks=2)
    with pytest.raises(KeyError, match="much") as caught:
        da.reduction(x, chunk, np.sum, dtype=int).compute()
    assert any("raised by chunk for block (1,)" in note for note in caught.value.__notes__)
    with pytest.raises(ValueError, match=r"returned shape \(2,\), expected \(1,\)"):
        da.reduction(x, lambda b, axis, keepdims: b if b[0] == 9 else b[:1], np.sum, dtype=int, output_size=1).compute()


def test_output_size():
    def ends(block, axis, keepdims):
        return np.sort(block, axis=axis[0])[[0, -1]]

    x = da.from_array(np.arange(40).reshape(8, 5) * 7 % 11, chunks=2)
    got = da.reduction(x, ends, ends, axis=0, keepdims=True, dtype=int, output_size=2)
    a = np.asarray(x)
    assert got.shape == (2, 5)
    np.testing.assert_array_equal(got.compute(), [a.min(0), a.max(0)])


def largest(x, k, axis):
    """`topk` by NumPy."""
    s = np.sort(x, axis=axis)
    return np.take(np.flip(s, axis) if k > 0 else s, np.arange(min(abs(k), x.shape[axis])), axis=axis)


@pytest.mark.parametrize("k", [0, 1, 3, 50, -1, -2, -50])
@pytest.mark.parametrize("axis", [0, 1, -1, 4])
def test_topk(k, axis):
    for x in grid([(6,), (0,), (7, 5), (4, 0), (4, 5, 6)], [*DTYPES, "datetime64[D]"]):
        agree(
            lambda m, x: m.topk(x, k, axis),
            x,
            dispatch=False,
            calls=lambda m, x: largest(x, k, np.lib.array_utils.normalize_axis_index(axis, x.ndim)),
        )
        agree(
            lambda m, x: x.topk(k, axis=axis, split_every=2), x, dispatch=False, calls=lambda m, x: largest(x, k, axis)
        )


@pytest.mark.parametrize("k", [0, 1, 3, 50, -1, -2, -50])
@pytest.mark.parametrize("axis", [0, -1])
def test_argtopk(k, axis):
    for a in grid([(6,), (7, 5), (4, 5, 6)], DTYPES):
        for chunks in chunkings(a.shape):
            x, want = da.from_array(a, chunks=chunks), largest(a, k, axis)
            where = x.argtopk(k, axis=axis)
            assert (where.shape, where.dtype) == (want.shape, np.intp)
            np.testing.assert_array_equal(np.take_along_axis(a, where.compute(), axis), want)


def test_missing_values_are_the_largest():
    x = da.from_array(np.array([1, np.nan, 3, 2]), chunks=2)
    np.testing.assert_array_equal(x.topk(2).compute(), [np.nan, 3])
    np.testing.assert_array_equal(x.argtopk(-2).compute(), [0, 3])


def test_candidates_fit_where_the_axis_does_not():
    x = da.from_array(values((200_000,)), chunks=1000)
    got = (x * 2 + da.arange(200_000, chunks=1000)).topk(3).compute(memory_limit="4 MiB")
    np.testing.assert_array_equal(got, largest(values((200_000,)) * 2 + np.arange(200_000), 3, 0))


@pytest.mark.parametrize("shape", [(), (0,), (3, 0), (0, 3), (2, 0, 3)], ids=str)
@pytest.mark.parametrize("keepdims", [False, True])
def test_nothing_and_single_elements(shape, keepdims):
    a = np.ones(shape)
    for axis in [None, *range(a.ndim)]:
        want = a.sum(axis=axis, keepdims=keepdims)
        for source in (da.from_array(a), da.ones(shape), da.from_array(a) * 2 - 1):
            got = da.reduction(source, np.sum, np.sum, axis=axis, keepdims=keepdims, dtype=float)
            np.testing.assert_array_equal(got.compute(), want)
            if not a.ndim:
                continue
            got = da.reduction(source, counted, merged_total, axis, keepdims, float, combine=merged, concatenate=False)
            np.testing.assert_array_equal(got.compute(), want)


def merged_total(results, axis, keepdims):
    return np.sum(merged(results, axis, True)["total"], axis=axis, keepdims=keepdims)


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_means_of_infinite_parts(dtype):
    parts = [1.5, -2.0, np.inf, -np.inf, np.nan]
    a = np.array([[complex(x, y), 1 - 2j] for x in parts for y in parts], dtype)
    for m in ("mean", "nanmean"):
        for axis in (0, 1, None):
            with np.errstate(all="ignore"):
                want = np.asarray(getattr(np, m)(a, axis=axis))
            for chunks in chunkings(a.shape):
                got = np.asarray(getattr(da, m)(da.from_array(a, chunks=chunks), axis=axis).compute())
                np.testing.assert_array_equal(got.real, want.real)
                np.testing.assert_array_equal(got.imag, want.imag)
