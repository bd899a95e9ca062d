"""Properties that hold for every array: chunks never change a result, slicing commutes with elementwise."""

import hypothesis.extra.numpy as hnp
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import hyperslab as da

settings.register_profile("suite", deadline=None, max_examples=60)
settings.load_profile("suite")

DTYPES = st.sampled_from(["?", "i1", "u2", "i4", "i8", "f4", "f8", "c16"])
SHAPES = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=7)


@st.composite
def cuts(draw, shape):
    """Chunks of any sizes that add up to the shape."""

    def sizes(n):
        if n == 0:
            return (0,)
        inner = draw(st.sets(st.integers(1, n - 1), max_size=3)) if n > 1 else set()
        edges = [0, *sorted(inner), n]
        return tuple(int(n) for n in np.diff(edges))

    return tuple(sizes(n) for n in shape)


@st.composite
def chunked(draw, shapes=SHAPES, dtypes=DTYPES):
    """An array of small whole numbers, and the same one lazily, cut at random."""
    shape, dtype = draw(shapes), draw(dtypes)
    data = draw(hnp.arrays("i1", shape, elements=st.integers(0, 7))).astype(dtype)
    return data, da.from_array(data, chunks=draw(cuts(shape)))


@st.composite
def basic_index(draw, shape):
    return draw(hnp.basic_indices(shape, min_dims=0, allow_newaxis=True, allow_ellipsis=True))


def same(ours, theirs):
    assert (ours.shape, ours.dtype) == (np.shape(theirs), np.asarray(theirs).dtype)
    np.testing.assert_array_equal(ours.compute(), theirs)


@given(chunked(), st.data())
def test_chunks_never_change_a_result(pair, data):
    x, lazy = pair
    other = lazy.rechunk(data.draw(cuts(x.shape)))
    same(lazy + other * 2, x + x * 2)
    axis = data.draw(st.sampled_from([None, *range(x.ndim)]))
    same(other.sum(axis=axis), x.sum(axis=axis))
    same((lazy == other).all(axis=axis, keepdims=True), np.ones_like(x, bool).all(axis=axis, keepdims=True))
    if x.size:
        same(lazy.max(axis=axis), x.max(axis=axis))
        same(other.argmax(axis=axis), x.argmax(axis=axis))


@given(chunked(), st.data())
def test_slicing(pair, data):
    x, lazy = pair
    index = data.draw(basic_index(x.shape))
    same(lazy[index], x[index])
    same((lazy + 1)[index], (lazy[index] + 1).compute())
    again = data.draw(basic_index(np.shape(x[index])))
    same(lazy[index][again], x[index][again])


@given(chunked(), st.data())
def test_views_compose(pair, data):
    x, lazy = pair
    perm = data.draw(st.permutations(range(x.ndim)))
    x, lazy = x.transpose(perm), lazy.transpose(perm)
    index = data.draw(basic_index(x.shape))
    x, lazy = x[index], lazy[index]
    same(lazy.reshape(-1), x.reshape(-1))
    same(lazy.T[..., None] + lazy.T[..., None], x.T[..., None] + x.T[..., None])


@given(chunked(hnp.array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=6)), st.data())
def test_selection_along_an_axis(pair, data):
    x, lazy = pair
    axis = data.draw(st.integers(0, x.ndim - 1))
    n = x.shape[axis]
    picked = np.array(data.draw(st.lists(st.integers(-n, n - 1), max_size=9)), dtype=int)
    before = (slice(None),) * axis
    same(lazy[(*before, picked)], x[(*before, picked)])
    same(lazy[(*before, picked)].sum(axis=axis), x[(*before, picked)].sum(axis=axis))
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)), dtype=bool)
    same(lazy[(*before, mask)] * 2, x[(*before, mask)] * 2)


@given(chunked(), st.data())
def test_joins(pair, data):
    x, lazy = pair
    axis = data.draw(st.integers(-x.ndim - 1, x.ndim))
    same(da.stack([lazy, lazy + 1], axis=axis), np.stack([x, x + 1], axis=axis))
    if x.ndim:
        axis = data.draw(st.integers(-x.ndim, x.ndim - 1))
        joined, expected = da.concatenate([lazy, lazy + 1, lazy], axis=axis), np.concatenate([x, x + 1, x], axis=axis)
        same(joined, expected)
        index = data.draw(basic_index(expected.shape))
        same(joined[index], expected[index])
        same(joined.sum(axis=axis), expected.sum(axis=axis))


@given(hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=5), st.data())
def test_broadcasting(shapes, data):
    (x, a), (y, b) = (data.draw(chunked(st.just(s))) for s in shapes.input_shapes)
    same(a * b, x * y)
    same(da.where(a > 2, b, a), np.where(x > 2, y, x))
    same((a * b).sum(), (x * y).sum())


@given(chunked(hnp.array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=8)), st.data())
def test_reshape(pair, data):
    x, lazy = pair
    divisors = [d for d in range(1, x.size + 1) if x.size % d == 0]
    shape = (data.draw(st.sampled_from(divisors)), -1)
    same(lazy.reshape(shape), x.reshape(shape))
    same(lazy.T.reshape(shape).sum(axis=0), x.T.reshape(shape).sum(axis=0))


@given(st.integers(1, 6), st.integers(1, 6), st.integers(1, 6), st.data())
def test_matmul(n, k, m, data):
    x, a = data.draw(chunked(st.just((n, k)), st.sampled_from(["i8", "f8"])))
    y, b = data.draw(chunked(st.just((k, m)), st.sampled_from(["i8", "f4"])))
    same(a @ b, x @ y)
    axes = ([0, 1], [0, 1]) if m == n else ([1], [1])
    same(da.tensordot(a, b.T, axes), np.tensordot(x, y.T, axes))


@given(chunked(), st.data())
def test_store_into_any_chunks(pair, data):
    x, lazy = pair
    target = np.zeros(x.shape, x.dtype)
    da.store(lazy.rechunk(data.draw(cuts(x.shape))), target)
    np.testing.assert_array_equal(target, x)


@given(chunked(), st.integers(1, 3))
def test_bits_do_not_depend_on_threads_or_budget(pair, threads):
    _, lazy = pair
    y = (lazy * 0.1).sum()
    bits = {y.compute(num_threads=n, memory_limit=limit).tobytes() for n in (1, threads) for limit in ("64 MiB", None)}
    assert len(bits) == 1


@given(chunked(hnp.array_shapes(max_dims=3, max_side=7)), st.data(), st.sampled_from(["sum", "max", "argmin", "prod"]))
def test_reductions_of_what_is_picked(pair, data, name):
    x, lazy = pair
    axis, along = (data.draw(st.integers(0, x.ndim - 1)) for _ in range(2))
    n = x.shape[axis]
    picked = np.array(data.draw(st.lists(st.integers(0, n - 1), max_size=2 * n)), dtype=int)
    ours, theirs = lazy.take(picked, axis=axis), x.take(picked, axis=axis)
    if theirs.shape[along]:
        same(getattr(ours, name)(axis=along), getattr(theirs, name)(axis=along))
        same(getattr(ours + 1, name)(axis=along), getattr(theirs + 1, name)(axis=along))


@given(chunked(), st.data())
def test_scans(pair, data):
    x, lazy = pair
    axis = data.draw(st.sampled_from([None, *range(x.ndim)]))
    other = lazy.rechunk(data.draw(cuts(x.shape)))
    ours, theirs = other.cumsum(axis=axis), x.cumsum(axis=axis)
    same(ours, theirs)
    index = data.draw(basic_index(theirs.shape))
    same(ours[index], theirs[index])
    same(ours + ours[..., ::-1], theirs + theirs[..., ::-1])
    other = data.draw(st.integers(0, theirs.ndim - 1))
    same(ours.cumsum(axis=other), theirs.cumsum(axis=other))
    same(ours.sum(axis=other), theirs.sum(axis=other))
    picked = np.array(data.draw(st.lists(st.integers(0, 6), max_size=5)), dtype=int)
    n = theirs.shape[other]
    if n:
        same(ours.take(picked % n, axis=other), theirs.take(picked % n, axis=other))
