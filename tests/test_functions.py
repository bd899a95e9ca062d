"""Functions of users on blocks: what they are called with, how often, and what must come back."""

import threading
from collections import Counter

import numpy as np
import pytest

import hyperslab as da

A = np.arange(42.0).reshape(6, 7)
CHUNKS = ((1, 3, 2), (4, 3))


def lazy():
    return da.from_array(A, chunks=CHUNKS)


class Counted:
    """A function that counts its calls by a key of the block."""

    def __init__(self, func, key=lambda b: b.flat[0] if b.size else None):
        self.func, self.key, self.calls, self.lock = func, key, Counter(), threading.Lock()

    def __call__(self, block):
        with self.lock:
            self.calls[self.key(block)] += 1
        return self.func(block)


def test_each_chunk_is_one_call_and_none_before():
    func = Counted(lambda b: b * 2)
    y = da.map_blocks(func, lazy(), dtype=float)
    assert not func.calls
    assert y.chunks == CHUNKS
    np.testing.assert_array_equal(y.compute(), A * 2)
    assert func.calls == Counter([A[i, j] for i in (0, 1, 4) for j in (0, 4)])


def test_finding_the_dtype_calls_once_on_a_tiny_array():
    shapes = []
    y = lazy().map_blocks(lambda b: (shapes.append(b.shape), b > 3)[1])
    assert (y.dtype, shapes) == (np.dtype(bool), [(1, 1)])
    np.testing.assert_array_equal(y.compute(), A > 3)


def test_an_array_of_none_is_tried_where_one_of_one_fails():
    def picky(b):
        if b.shape == (1, 1):
            raise RuntimeError("one")
        return b.astype("i2")

    assert lazy().map_blocks(picky).dtype == np.int16


def test_a_function_that_takes_no_tiny_array_asks_for_a_dtype():
    with pytest.raises(ValueError, match=r"<lambda>.*ZeroDivisionError.*dtype="):
        lazy().map_blocks(lambda b: 1 / 0)


def test_meta_gives_the_dtype():
    y = lazy().map_blocks(lambda b: (b * 2).astype("f4") if len(b) else 1 / 0, meta=np.array((), "f4"))
    assert y.dtype == np.float32


@pytest.mark.parametrize("memory_limit", ["6 MiB", "64 MiB"])
@pytest.mark.parametrize("chunks", [50, 133, ((70, 1, 329), (100, 300))])
def test_composed_with_reductions_and_slices(memory_limit, chunks):
    a = np.arange(160_000.0).reshape(400, 400)
    x = da.from_array(a, chunks=chunks)
    func = Counted(lambda b: b - b[:1, :1], lambda b: (b.shape, b.flat[0]))
    y = (x + 1).map_blocks(func, dtype=float)
    want = a.copy()
    for place in da.core.slices_from_chunks(x.chunks):
        want[place] -= want[place][0, 0]
    np.testing.assert_array_equal(y.sum(axis=0).compute(memory_limit=memory_limit), want.sum(axis=0))
    assert len(func.calls) == x.npartitions
    assert set(func.calls.values()) == {1}
    np.testing.assert_array_equal(y[3:-5:7, ::-3].compute(memory_limit=memory_limit), want[3:-5:7, ::-3])
    assert float((y * 2).max().compute(memory_limit=memory_limit)) == want.max() * 2


def test_a_slice_calls_only_for_its_chunks():
    func = Counted(lambda b: b + 0)
    y = da.map_blocks(func, lazy(), dtype=float)
    np.testing.assert_array_equal(y[2:3, 5:].compute(), A[2:3, 5:])
    assert func.calls == Counter([A[1, 4]])


def test_arrays_are_cut_alike_and_broadcast():
    x, y = da.from_array(A, chunks=(4, 7)), da.from_array(A[:, :1], chunks=(3, 1))
    row = da.from_array(A[0], chunks=5)
    z = da.map_blocks(lambda a, b, c, k: a + b * c + k, x, y, row, 3)
    assert z.chunks == ((3, 1, 2), (5, 2))
    np.testing.assert_array_equal(z.compute(), A + A[:, :1] * A[0] + 3)


def test_lengths_that_differ_are_refused():
    with pytest.raises(ValueError, match="do not add up"):
        da.map_blocks(np.add, da.ones(3), da.ones(4), dtype=float)


def test_keywords_and_arrays_among_them():
    z = lazy().map_blocks(lambda b, scale, all_of: b * scale + all_of.sum(), scale=2, all_of=lazy())
    np.testing.assert_array_equal(z.compute(), A * 2 + A.sum())


def test_chunks_drop_axis_new_axis():
    x = lazy()
    np.testing.assert_array_equal(x.map_blocks(lambda b: b.sum(1), drop_axis=1).compute(), A.sum(1))
    np.testing.assert_array_equal(x.map_blocks(lambda b: b.sum(0), drop_axis=-2).compute(), A.sum(0))
    y = x.map_blocks(lambda b: b[None, :, :, None], new_axis=[0, 3])
    assert y.chunks == ((1,), *CHUNKS, (1,))
    np.testing.assert_array_equal(y.compute(), A[None, :, :, None])
    y = x.map_blocks(lambda b: b.sum(keepdims=True), chunks=(1, 1))
    assert y.chunks == ((1, 1, 1), (1, 1))
    assert float(y.sum()) == A.sum()
    y = x.map_blocks(lambda b: np.stack([b.sum(1), b.max(1)], 1), drop_axis=1, new_axis=1, chunks=(CHUNKS[0], 2))
    np.testing.assert_array_equal(y.compute(), np.stack([A.sum(1), A.max(1)], 1))
    y = x.map_blocks(lambda b: np.repeat(b, 2, 1), chunks=(CHUNKS[0], (8, 6)))
    np.testing.assert_array_equal(y.compute(), np.repeat(A, 2, 1))
    y = da.arange(4, chunks=2).map_blocks(lambda b: np.stack([b, b]), chunks=(2, 2))
    assert y.chunks == ((2,), (2, 2))
    with pytest.raises(ValueError, match="3 blocks, chunks specified with 2 blocks"):
        x.map_blocks(lambda b: b, chunks=((3, 3), (4, 3)))
    with pytest.raises(ValueError, match="1 dimensions, the result has 2"):
        x.map_blocks(lambda b: b, chunks=((3, 3),), dtype=float)
    with pytest.raises(np.exceptions.AxisError):
        x.map_blocks(lambda b: b, drop_axis=5)


def test_without_arrays():
    def corner(block_id):
        return np.full((2, 3), 10 * block_id[0] + block_id[1])

    y = da.map_blocks(corner, chunks=((2, 2), (3, 3)), dtype=int)
    np.testing.assert_array_equal(y.compute(), np.kron([[0, 1], [10, 11]], np.ones((2, 3), int)))
    assert da.map_blocks(lambda: 5).compute() == 5


def test_what_a_block_is_told():
    told, lock = {}, threading.Lock()

    def func(a, b, block_info=None, block_id=None):
        with lock:
            told[block_id] = block_info
        return a.sum(1)[:, None] + b

    y = da.from_array(A[:, :1], chunks=((1, 3, 2), 1))
    da.map_blocks(func, lazy(), y, drop_axis=1, new_axis=1, dtype="f8").compute()
    assert set(told) == {(0, 0), (1, 0), (2, 0)}
    info = told[(1, 0)]
    assert info[0] == {
        "shape": (6, 7), "num-chunks": (3, 1), "array-location": [(1, 4), (0, 7)], "chunk-location": (1, 0),
    }  # fmt: skip
    assert info[1] == {
        "shape": (6, 1), "num-chunks": (3, 1), "array-location": [(1, 4), (0, 1)], "chunk-location": (1, 0),
    }  # fmt: skip
    assert info[None] == {
        "shape": (6, 1), "num-chunks": (3, 1), "array-location": [(1, 4), (0, 1)], "chunk-location": (1, 0),
        "chunk-shape": (3, 1), "dtype": np.dtype("f8"),
    }  # fmt: skip


def test_exceptions_keep_type_and_traceback_and_name_the_block():
    class Own(Exception):
        pass

    def func(b):
        if b.size and b.flat[0] == A[4, 4]:
            raise Own("here")
        return b

    with pytest.raises(Own, match="here") as caught:
        lazy().map_blocks(func, dtype=float).compute()
    assert any("func for block (2, 1)" in note for note in caught.value.__notes__)
    assert caught.traceback[-1].name == "func"


@pytest.mark.parametrize("made", [7, [[7]], np.int16(7), np.ma.masked_array([[7]])])
def test_scalars_and_lists_become_arrays(made):
    shape = np.shape(made)
    y = da.map_blocks(lambda: made, chunks=tuple((n,) for n in shape), dtype=float)
    np.testing.assert_array_equal(y.compute(), np.full(shape, 7.0))


def test_what_comes_back_wrong_is_refused():
    with pytest.raises(ValueError, match=r"block \(0, 0\) returned shape \(\), expected \(1, 4\)"):
        lazy()[:1, :4].map_blocks(lambda b: b.sum(), dtype=float).compute()
    with pytest.raises(TypeError, match=r"returned dtype float64, expected int64.*dtype="):
        lazy().map_blocks(lambda b: b, dtype=int).compute()
    with pytest.raises(NotImplementedError, match="dtype object"):
        lazy().map_blocks(lambda b: b.astype(object))
    with pytest.raises(TypeError, match="callable"):
        da.map_blocks(lazy(), lambda b: b)


def test_blocks_may_be_written_into():
    def func(b):
        b += 1
        return b

    np.testing.assert_array_equal(lazy().map_blocks(func).compute(), A + 1)
    assert A[0, 0] == 0


@pytest.mark.parametrize("dtype", ["?", "u1", "i8", "f2", "c16", "M8[D]", "m8[ns]"])
def test_dtypes(dtype):
    a = np.arange(6).astype(dtype)
    x = da.from_array(a, chunks=(4,))
    np.testing.assert_array_equal(x.map_blocks(lambda b: b[::-1]).compute(), np.r_[a[3::-1], a[:3:-1]])


def test_empty_arrays_and_no_dimensions():
    assert da.ones((0, 3)).map_blocks(lambda b: b + 1).compute().shape == (0, 3)
    assert da.ones(()).map_blocks(lambda b: b + 1).compute() == 2


def test_blockwise_products():
    x, y = da.arange(5, chunks=2), da.arange(4, chunks=3)
    z = da.blockwise(np.multiply.outer, "ij", x, "i", y, "j")
    assert z.chunks == ((2, 2, 1), (3, 1))
    np.testing.assert_array_equal(z.compute(), np.multiply.outer(np.arange(5), np.arange(4)))
    np.testing.assert_array_equal(da.blockwise(np.transpose, "ji", lazy(), "ij").compute(), A.T)
    product = da.blockwise(lambda a, b: a @ b.T, "ik", lazy(), "ij", lazy(), "kj", concatenate=True)
    np.testing.assert_array_equal(product.compute(), A @ A.T)


def test_blockwise_hands_over_lists_of_what_is_contracted():
    def func(parts):
        assert isinstance(parts, list)
        return sum(p.sum(1) for p in parts)

    lengths = []
    z = da.blockwise(lambda p: (lengths.append(len(p)), func(p))[1], "i", lazy(), "ij", dtype=float)
    np.testing.assert_array_equal(z.compute(), A.sum(1))
    assert lengths == [2, 2, 2]
    z = da.blockwise(lambda p: sum(b.sum() for row in p for b in row), "", lazy(), "ij")
    assert float(z) == A.sum()


def test_blockwise_new_axes_and_adjusted_chunks():
    x = da.arange(4, chunks=2)
    z = da.blockwise(lambda b: np.stack([b] * 3, 1), "ia", x, "i", new_axes={"a": 3})
    np.testing.assert_array_equal(z.compute(), np.stack([np.arange(4)] * 3, 1))
    z = da.blockwise(lambda b: np.repeat(b, 2), "i", x, "i", adjust_chunks={"i": lambda n: 2 * n})
    np.testing.assert_array_equal(z.compute(), np.repeat(np.arange(4), 2))
    assert da.blockwise(lambda b: b[:1], "i", x, "i", adjust_chunks={"i": 1}).chunks == ((1, 1),)
    assert da.blockwise(lambda b, k: b + k, "i", x, "i", 5, None).compute().tolist() == [5, 6, 7, 8]
    with pytest.raises(ValueError, match="no array has the axes"):
        da.blockwise(np.add, "ij", x, "i", 1, None)
    with pytest.raises(ValueError, match="pairs"):
        da.blockwise(np.add, "i", x)
    with pytest.raises(ValueError, match="2 blocks, adjust_chunks specified with 3"):
        da.blockwise(np.sin, "i", x, "i", adjust_chunks={"i": (1, 1, 1)})


def test_arrays_that_are_not_aligned_are_taken_as_they_are_cut():
    x, y = da.arange(4, chunks=2), da.arange(2, chunks=1)
    z = da.blockwise(lambda a, b: a * b, "i", x, "i", y, "i", align_arrays=False)
    np.testing.assert_array_equal(z.compute(), [0, 0, 2, 3])
    with pytest.raises(ValueError, match="2 and 3 chunks"):
        da.blockwise(np.add, "i", x, "i", da.arange(3, chunks=1), "i", align_arrays=False)


def test_unify_chunks():
    chunks, (x, y) = da.unify_chunks(lazy(), "ij", da.ones(7, chunks=2), "j")
    assert chunks == {"i": (1, 3, 2), "j": (2, 2, 2, 1)}
    assert (x.chunks, y.chunks) == (((1, 3, 2), (2, 2, 2, 1)), ((2, 2, 2, 1),))


def test_from_delayed():
    class Delayed:
        calls = 0

        def compute(self):
            type(self).calls += 1
            return np.arange(4)

    x = da.from_delayed(Delayed(), (4,), dtype=int)
    assert Delayed.calls == 0
    np.testing.assert_array_equal(da.concatenate([x, x + 1]).compute(), [0, 1, 2, 3, 1, 2, 3, 4])
    assert float(da.from_delayed(lambda: 2.5, (), float)) == 2.5
    with pytest.raises(ValueError, match="expected \\(3,\\)"):
        da.from_delayed(lambda: np.ones(2), 3, float).compute()
    with pytest.raises(ValueError, match="dtype="):
        da.from_delayed(lambda: 1, ())
    with pytest.raises(TypeError, match="from_delayed takes"):
        da.from_delayed(3, (), int)


def test_an_old_name():
    assert da.atop is da.blockwise


@pytest.mark.parametrize("shape", [(0,), (0, 4), (4, 0)], ids=str)
def test_functions_of_nothing_that_make_something(shape):
    for x in (da.ones(shape), da.from_array(np.ones(shape)), da.ones(shape) + 1):
        counts = da.map_blocks(lambda b: np.full((1,) * b.ndim, b.size), x, chunks=(1,) * x.ndim, dtype=int)
        np.testing.assert_array_equal(counts.compute(), np.zeros((1,) * x.ndim))
        assert (counts + 1).sum().compute() == 1
        whole = da.blockwise(
            lambda b: np.array([len(b)]), "k", x, "ij"[: x.ndim], new_axes={"k": 1}, concatenate=True, dtype=int
        )
        np.testing.assert_array_equal(whole.compute(), [shape[0]])
