"""Blocks reshaped each by itself, against NumPy on the blocks."""

import itertools

import numpy as np
import pytest

import hyperslab as da

CASES = [
    ((4, 6), (24,)),
    ((2, 3, 4), (24,)),
    ((2, 3, 4), (6, 4)),
    ((2, 3, 4), (2, 12)),
    ((2, 3, 4, 5), (2, 12, 5)),
    ((2, 3, 4, 5), (6, 20)),
    ((1, 2, 3, 4), (1, 6, 4)),
    ((3, 1, 4), (3, 4)),
    ((0, 3), (0,)),
    ((5,), (5,)),
]
RAGGED = {1: (1,), 2: (1, 1), 3: (1, 2), 4: (2, 1, 1), 5: (2, 2, 1), 6: (1, 3, 2), 0: (0,)}


def chunkings(shape):
    yield -1
    yield 2
    yield tuple(RAGGED[n] for n in shape)


def blocks_of(a, chunks):
    """Blocks in C order of their numbers."""
    edges = [np.cumsum((0, *line)) for line in chunks]
    spans = [[slice(s, e) for s, e in itertools.pairwise(edge)] for edge in edges]
    return {k: a[tuple(line[i] for line, i in zip(spans, k))] for k in np.ndindex(*(len(s) for s in spans))}


@pytest.mark.parametrize(("shape", "new"), CASES, ids=str)
def test_there_and_back(shape, new):
    a = np.arange(np.prod(shape)).reshape(shape)
    for chunks in chunkings(shape):
        x = da.from_array(a, chunks=chunks)
        y = da.reshape_blockwise(x, new)
        assert y.shape == new
        assert y.npartitions == x.npartitions
        ours = list(blocks_of(y.compute(), y.chunks).values())
        theirs = list(blocks_of(a, x.chunks).values())
        for mine, block in zip(ours, theirs):
            np.testing.assert_array_equal(mine, block.reshape(mine.shape))
        if len(new) < len(shape):
            back = da.reshape_blockwise(y, shape, chunks=x.chunks)
            assert back.chunks == x.chunks
            np.testing.assert_array_equal(back.compute(), a)


def test_chunks_of_many_sizes():
    line = tuple(1 + k % 7 for k in range(30))
    a = np.arange(sum(line) * 12).reshape(-1, 12)
    x = da.from_array(a, chunks=(line, (5, 4, 3)))
    y = da.reshape_blockwise(x, -1)
    want = np.concatenate([b.ravel() for b in blocks_of(a, x.chunks).values()])
    np.testing.assert_array_equal(y.compute(), want)
    np.testing.assert_array_equal(da.reshape_blockwise(y, a.shape, x.chunks).compute(), a)


def test_what_is_refused():
    x = da.ones((4, 6), chunks=2)
    with pytest.raises(TypeError, match="specify chunks"):
        da.reshape_blockwise(x, (4, 2, 3))
    with pytest.raises(ValueError, match="not allowed"):
        da.reshape_blockwise(x, 24, chunks=((24,),))
    with pytest.raises(ValueError, match="products"):
        da.reshape_blockwise(x, (6, 4))
    with pytest.raises(ValueError, match="cannot reshape"):
        da.reshape_blockwise(x, (5, 5))
    with pytest.raises(ValueError, match="do not match along axis 1"):
        da.reshape_blockwise(x, (4, 2, 3), chunks=((2, 2), (2,), (1, 2)))
    with pytest.raises(ValueError, match="one unknown"):
        da.reshape_blockwise(x, (-1, -1))
    with pytest.raises(ValueError, match="not those of"):
        da.reshape_blockwise(x, (4, 2, 3), chunks=((2, 2), (2,), (3, 3)))
