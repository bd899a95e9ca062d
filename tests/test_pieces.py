"""Arrays cut and joined, coordinates, diagonals and triangles: compositions against NumPy."""

from itertools import chain

import numpy as np
import pytest
from against_numpy import DTYPES, TIMES, agree, grid, values

import hyperslab as da

SHAPES = [(0,), (7,), (3, 0), (4, 5), (2, 3, 4)]
ALL = DTYPES + TIMES


@pytest.mark.parametrize("axis", [None, 0, -1, 1, 5])
@pytest.mark.parametrize("repeats", [0, 1, 3, [2], [1, 0, 2], -1, 1.5, [[1]]], ids=str)
def test_repeat(axis, repeats):
    for x in grid([*SHAPES, (), (3, 4)], ALL):
        agree(lambda m, x: m.repeat(x, repeats, axis), x)


@pytest.mark.parametrize("shape", [5, (2, 3), (3, 0), (), (40,), (-1,)], ids=str)
def test_resize(shape):
    for x in grid([*SHAPES, ()], ALL):
        agree(lambda m, x: m.resize(x, shape), x)


@pytest.mark.parametrize("axis", [None, 0, -1, 4])
def test_append(axis):
    for x in grid(SHAPES, ALL):
        agree(lambda m, x: m.append(x, x, axis), x)
    agree(lambda m, x, y: m.append(x, y), values((2, 3)), values((4,), "int8"))


WHERE = [0, 2, -1, 9, [0], [1, 1], [2, 0, -1], [], slice(0, 3, 2), slice(3, None, -1), [True, False, True, False], 1.5]


@pytest.mark.parametrize("where", WHERE, ids=str)
@pytest.mark.parametrize("axis", [None, 0, 1, -1])
def test_delete(where, axis):
    for x in grid([(4,), (4, 4), (4, 0, 4), (5, 4, 4)], ALL):
        agree(lambda m, x: m.delete(x, where, axis), x)


@pytest.mark.parametrize("where", WHERE[:-2], ids=str)
@pytest.mark.parametrize("axis", [None, 0, 1, -1])
def test_insert(where, axis):
    for x in grid([(4,), (4, 4), (5, 4, 4)], ALL):
        agree(lambda m, x: m.insert(x, where, np.asarray(7).astype(x.dtype), axis), x)
    agree(lambda m, x: m.insert(x, where, np.arange(4), axis), values((4, 4)))


def test_insert_of_a_lazy_array():
    agree(lambda m, x, y: m.insert(x, [1, 3, 1], y, 0), values((4, 3)), values((3, 3), seed=1))
    agree(lambda m, x, y: m.insert(x, 1, y, 1), values((4, 3)), values((2, 4), seed=1))


@pytest.mark.parametrize("parts", [1, 2, 3, 0, [2], [1, 3], [3, 1, 9], []], ids=str)
@pytest.mark.parametrize("name", ["split", "array_split", "hsplit", "vsplit", "dsplit"])
def test_splits(name, parts):
    if parts == 0 and name != "array_split":
        parts = 5
    for x in grid([(6,), (4, 6), (2, 4, 6), (0, 2, 2)], ALL):
        agree(lambda m, x: getattr(m, name)(x, parts), x)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_split_along(axis):
    agree(lambda m, x: m.split(x, 2, axis), values((4, 6)))
    agree(lambda m, x: m.array_split(x, 4, axis), values((4, 6)))
    agree(lambda m, x: m.unstack(x, axis=axis), values((4, 6)))


@pytest.mark.parametrize("k", [-1, 0, 1, 2, 3, 6])
@pytest.mark.parametrize("axes", [(0, 1), (1, 0), (-1, 0), (0, 0), (0,), (0, 7)], ids=str)
def test_rot90(k, axes):
    for x in grid([(4, 5), (2, 0), (2, 3, 4)], ALL):
        agree(lambda m, x: m.rot90(x, k, axes), x)


def test_column_stack():
    agree(lambda m, x, y: m.column_stack([x, y, x]), values((4,)), values((4, 3), "int8"))
    agree(lambda m, x, y: m.column_stack([x, y]), values((4,)), values((3, 3)))


@pytest.mark.parametrize("offset", [-9, -2, -1, 0, 1, 3, 9])
@pytest.mark.parametrize("axes", [(0, 1), (1, 0), (-1, 0), (1, 2), (0, 0), (0, 7)], ids=str)
def test_diagonal(offset, axes):
    for x in grid([(4, 5), (5, 3), (3, 0), (0, 3), (2, 3, 4), (4,), (4, 4, 3)], ALL[:-2]):
        agree(lambda m, x: m.diagonal(x, offset, *axes), x)
        agree(lambda m, x: m.trace(x, offset, *axes), x, rtol=1e-14 if x.dtype.kind in "fc" else 0)


@pytest.mark.parametrize("k", [-9, -2, 0, 1, 9])
@pytest.mark.parametrize("name", ["diag", "diagflat", "tril", "triu"])
def test_triangles_and_diagonal_matrices(name, k):
    for x in grid([*SHAPES, (3, 4, 2), (4, 4)], ALL):
        agree(lambda m, x: getattr(m, name)(x, k), x)
    agree(lambda m, x: getattr(m, name)(x, k), values((5,), "int8"))


@pytest.mark.parametrize("shape", [(3,), (3, 4), (4, 3, 2), (3, -1)], ids=str)
@pytest.mark.parametrize("k", [-2, 0, 1])
def test_tri(shape, k):
    args = (*shape[:2], *(() if len(shape) > 1 else (None,)), k)
    agree(lambda m: m.tri(*args, dtype="int8"))
    for square in [(3, 3), (2, 2, 2), (3, 4), (3,)]:
        agree(lambda m, x: m.diag_indices_from(x), values(square))
    agree(lambda m, x: m.tril_indices_from(x, k), values((3, 4)))
    agree(lambda m, x: m.triu_indices_from(x, k), values((3, 4)))


@pytest.mark.parametrize("n", [0, 1, 5])
@pytest.mark.parametrize("m", [None, 0, 3, 7])
@pytest.mark.parametrize("k", [-2, 0, 1, 9])
def test_indices_of_triangles(n, k, m):
    agree(lambda module: module.tril_indices(n, k, m))
    agree(lambda module: module.triu_indices(n, k, m))


def test_triangles_are_selected_and_assigned_to():
    x = values((5, 5))
    agree(lambda m, x: x[m.tril_indices(5)], x)
    y = da.from_array(x, chunks=2)
    y[da.triu_indices(5, 1)] = 0
    np.testing.assert_array_equal(y.compute(), np.tril(x))


@pytest.mark.parametrize("indexing", ["xy", "ij", "yx"])
@pytest.mark.parametrize("sparse", [False, True])
def test_meshgrid(indexing, sparse):
    for count in range(5):
        data = [values((n + 2,), "int64", n) for n in range(count)]
        agree(lambda m, *xs: tuple(m.meshgrid(*xs, indexing=indexing, sparse=sparse)), *data)
    agree(lambda m, x, y: tuple(m.meshgrid(x, y, indexing=indexing, sparse=sparse)), values((2, 2)), values(()))


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 0, 4), (2, -1)], ids=str)
@pytest.mark.parametrize("dtype", ["int64", "float32"])
def test_indices(shape, dtype):
    agree(lambda m: m.indices(shape, dtype))
    if -1 not in shape:
        agree(lambda m: m.indices(shape, dtype, sparse=True))
    if shape and -1 not in shape:
        agree(lambda m: m.fromfunction(lambda *at: sum(at) * 2 + 1, shape, dtype=dtype))


def test_chunks_of_what_is_put_together():
    x = da.ones((6, 8), chunks=(2, 4))
    assert da.repeat(x, 3, axis=0).chunks[1] == (4, 4)
    assert da.coarsen(da.sum, x, {0: 2, 1: 2}).chunks == ((1, 1, 1), (2, 2))
    assert [g.chunks for g in da.gradient(x)] == [x.chunks] * 2
    assert [g.chunks for g in da.meshgrid(x[0], x[:, 0])] == [x.chunks] * 2


def test_chunks_of_coordinates():
    assert da.indices((4, 6), chunks=(2, 3)).chunks == ((1, 1), (2, 2), (3, 3))
    assert da.tri(6, chunks=2).chunks == ((2, 2, 2),) * 2


def test_grids_in_brackets():
    for key in [np.s_[0:5], np.s_[1:9:2, -1:2:0.5], np.s_[0:1:5j, 2:4], np.s_[:3, :2, 4:4], np.s_[-1:1:5j]]:
        agree(lambda m, key=key: m.mgrid[key], rtol=1e-15)
        agree(lambda m, key=key: m.ogrid[key], rtol=1e-15)


def test_ix():
    agree(lambda m, x, y: m.ix_(x, y), values((3,), "int64"), values((4,), "int64"))
    agree(lambda m: m.ix_([0, 1], [True, False]))
    agree(lambda m, x: m.ix_(x, x), values((3, 3), "int64"))
    with pytest.raises(NotImplementedError, match="mask"):
        da.ix_(da.ones(3, bool))


@pytest.mark.parametrize("increasing", [False, True])
@pytest.mark.parametrize("n", [None, 0, 1, 4])
def test_vander(n, increasing):
    for x in grid([(0,), (3, 2), (5,)], DTYPES):
        agree(lambda m, x: m.vander(x, n, increasing), x)


def test_logspace():
    agree(lambda m: m.logspace(0, 3, 7), rtol=1e-15)
    agree(lambda m: m.logspace(0, 3, 7, endpoint=False, base=2, dtype="f4"), rtol=1e-7)


@pytest.mark.parametrize("chunks", [4, (2, 3), 8])
def test_shuffle(chunks):
    a = values((8, 6))
    x = da.from_array(a, chunks=chunks)
    for groups in ([[6, 5, 2], [4, 1], [3, 0, 7]], [[0]], [[7, 7, -1], []], [[k] for k in range(6)]):
        for axis in (0, 1, -1):
            if axis and max(map(max, filter(None, groups))) > 5:
                continue
            y = x.shuffle(groups, axis=axis)
            np.testing.assert_array_equal(y.compute(), a.take(list(chain(*groups)), axis))
            edges = set(np.cumsum(y.chunks[axis]))
            assert edges <= set(np.cumsum([len(g) for g in groups]))
    assert da.shuffle(da.arange(8, chunks=4), [[6, 5, 2], [4, 1], [3, 0, 7]], 0).chunks == ((5, 3),)
    with pytest.raises(ValueError, match="lists of positions"):
        x.shuffle([], 0)
    with pytest.raises(IndexError):
        x.shuffle([[9]], 0)


def pushed(x, n):
    """`push` along the last axis, by loops."""
    out = x.copy()
    for line in out.reshape(-1, out.shape[-1]) if out.size else []:
        last, since = None, 0
        for i, v in enumerate(line):
            last, since = (v, 0) if not np.isnan(v) else (last, since + 1)
            if last is not None and (n is None or since <= n):
                line[i] = last
    return out


@pytest.mark.parametrize("n", [None, 0, 1, 3])
@pytest.mark.parametrize("axis", [0, -1])
def test_push(n, axis):
    for shape in [(30,), (5, 12), (0,), (3, 0)]:
        for dtype in ["float64", "float32", "datetime64[s]"]:
            x = values(shape, dtype)
            x[np.random.default_rng(1).random(shape) < 0.6] = "NaT" if dtype[0] == "d" else np.nan
            x = np.ascontiguousarray(x)
            want = pushed(x, n) if x.ndim == 1 or axis == -1 else pushed(x.T.copy(), n).T
            agree(lambda m, x: m.push(x, n, axis), x, dispatch=False, calls=lambda m, x, w=want: w)
