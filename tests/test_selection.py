"""Indexing by arrays of any rank, and selections that depend on values, against NumPy."""

import itertools
import pickle

import numpy as np
import pytest
from against_numpy import Counting
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import hyperslab as da

A = np.arange(120).reshape(2, 3, 4, 5)

INDICES = [
    ([0, 1], slice(None), [1, 2]),
    (slice(None), [0, 1], [1, 2]),
    ([0, 1], slice(None), 0, [1, 2]),
    (slice(None), 0, None, [1, 2]),
    A > 50,
    A[:, :, :, 0] > 50,
    (0, 1, A[0, 0] > 7),
    (slice(None), A[0, :, :, 0] > 30),
    (0, slice(None), [[1, 2], [0, 3]]),
    ([[0], [1]], [0, 1, 2]),
    ([[0], [1]], slice(None), [0, 1, 2], slice(1, 3)),
    (Ellipsis, [[0, 1], [2, -1]]),
    (np.array([[[0]]]),),
    (None, [0, 1, 0], None, [0, 2, 1]),
    True,
    False,
    (True, 0),
    ([], slice(None), []),
    (np.zeros((2, 0), int),),
    (slice(None), [True, False, True], 0),
    ([1, 0], [True, False, True]),
]


@pytest.mark.parametrize("chunks", [2, (1, 3, 2, 5), (2, 1, 3, 4)])
def test_every_index(chunks):
    x = da.from_array(A, chunks=chunks)
    for index in INDICES:
        want, lazy = A[index], x[index]
        assert lazy.shape == want.shape, index
        np.testing.assert_array_equal(lazy.compute(), want, err_msg=str(index))
        parts = index if isinstance(index, tuple) else (index,)
        asked = tuple(
            da.from_array(np.asarray(p), chunks=1) if isinstance(p, list | np.ndarray) and np.size(p) else p
            for p in parts
        )
        made = x[asked]
        np.testing.assert_array_equal(made.compute(), want, err_msg=str(index))
        assert made.shape == want.shape


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_random_indices(data):
    shape = data.draw(hnp.array_shapes(min_dims=1, max_dims=4, max_side=5))
    a = np.arange(np.prod(shape)).reshape(shape)
    x = da.from_array(a, chunks=data.draw(st.integers(1, 3)))
    advanced = hnp.integer_array_indices(shape, result_shape=hnp.array_shapes(max_dims=3, max_side=3))
    basic = hnp.basic_indices(shape, allow_newaxis=True)
    index = data.draw(st.one_of(basic, advanced, hnp.arrays(bool, shape)))
    np.testing.assert_array_equal(x[index].compute(), a[index])


@pytest.mark.parametrize(
    "index", [([0, 1], [0, 1, 2]), ([0, 5], [0, 1]), np.ones((3, 3), bool), (0,) * 5, (A > 5, 0)], ids=str
)
def test_errors_are_numpys(index):
    with pytest.raises(IndexError) as want:
        A[index]
    with pytest.raises(IndexError) as got:
        da.from_array(A, chunks=2)[index]
    assert str(got.value).split("(")[0] == str(want.value).split("(")[0]


@pytest.mark.parametrize("shape", [(1, 2, 0), (3, 4), (2, 0), (3, 4, 5)], ids=str)
def test_bounds_of_indices_that_select_nothing(shape):
    a = np.zeros(shape)
    x = da.from_array(a, chunks=2)
    apart, nothing = np.array([0, 5])[:, None], np.array([], int)
    parts = [apart, nothing, np.array([9]), 7, apart % 2, slice(0), slice(None), None, np.zeros((2, 0), int)]
    for index in itertools.chain(*(itertools.product(parts, repeat=n) for n in (1, 2, 3))):
        try:
            wanted = a[index].shape
        except IndexError:
            with pytest.raises(IndexError):
                x[index].compute()
        else:
            assert x[index].compute().shape == wanted, index


def test_points():
    x = da.from_array(A, chunks=2)
    np.testing.assert_array_equal(x.vindex[[0, 1], :, [2, 3]].compute(), A[[0, 1], :, [2, 3]])
    np.testing.assert_array_equal(x.vindex[:, [0, 1], [2, 3]].compute(), np.moveaxis(A[:, [0, 1], [2, 3]], 1, 0))
    np.testing.assert_array_equal(x.vindex[0, [1, 2]].compute(), A[0, [1, 2]])
    np.testing.assert_array_equal(x.vindex[[0, 1], 1:2].compute(), A[[0, 1], 1:2])


V = np.array([[3, 0, 5, 0], [0, 1, 0, 2], [7, 0, 0, 0]])


@pytest.fixture
def v():
    return da.from_array(V, chunks=2)


def test_a_selection_of_unknown_length(v):
    s = v[v > 0]
    assert np.isnan(s.shape[0])
    assert (s.ndim, s.dtype) == (1, V.dtype)
    assert np.isnan(s.chunks[0]).all()
    assert isinstance(s, da.Array)
    assert "nan" in repr(s)
    assert "unknown" in s._repr_html_()
    with pytest.raises(ValueError, match="compute_chunk_sizes"):
        len(s)
    np.testing.assert_array_equal(s.compute(), V[V > 0])
    t = v[v > 1]
    assert t.compute_chunk_sizes() is t
    assert (t.shape, len(t), sum(t.chunks[0])) == ((4,), 4, 4)


FUNCTIONS = [
    lambda x, m: x * 2 + 1,
    lambda x, m: (x + x)[::-1],
    lambda x, m: m.concatenate([x, x[:2], x]),
    lambda x, m: m.sqrt(x.astype(float)).sum(),
    lambda x, m: x.mean(),
    lambda x, m: x.std(),
    lambda x, m: x.max() - x.min(),
    lambda x, m: m.stack([x, -x]).T,
    lambda x, m: x.reshape(5, -1),
    lambda x, m: x[x > 2],
    lambda x, m: x[x > 2].sum(),
    lambda x, m: m.where(x > 2, x, 0),
    lambda x, m: np.add(x, 1),
    lambda x, m: np.flip(x),
    lambda x, m: m.outer(x, x) @ x,
    lambda x, m: m.cumsum(x, axis=0),
    lambda x, m: x[m.argmax(x)],
    lambda x, m: m.unique(x % 3),
    lambda x, m: m.divmod(x, 2)[1],
    lambda x, m: (x == 5).any(),
    lambda x, m: x[None, :, None] + m.arange(2),
]


@pytest.mark.parametrize("chunks", [1, 2, (3, 4)])
def test_functions_of_unknown_lengths(chunks):
    for i, function in enumerate(FUNCTIONS):
        x = da.from_array(V, chunks=chunks)
        got, want = function(x[x > 0], da), function(V[V > 0], np)
        assert got.ndim == np.ndim(want), i
        assert got.dtype == np.asarray(want).dtype, i
        np.testing.assert_allclose(got.compute(), want, err_msg=str(i))


def test_lengths_that_a_selection_may_be_shorter_than_are_not_known(v):
    s = v[v > 5]
    nan = np.nan
    for got, want in [
        (s[:3], (nan,)),
        (s[-2:], (nan,)),
        (da.topk(s, 3), (nan,)),
        (da.stack([s[:2], s[:2]]), (2, nan)),
        (s[:3].reshape(3, 1), (3, 1)),
        (s[:3].sum(keepdims=True), (1,)),
        (s[0], ()),
    ]:
        np.testing.assert_array_equal(got.shape, want)
    np.testing.assert_array_equal(s[:3].compute(), V[V > 5][:3])
    with pytest.raises(ValueError, match="compute_chunk_sizes"):
        len(v[v > 6][:3])
    with pytest.raises(IndexError, match="compute_chunk_sizes"):
        v[v > 6][10**9]


def test_results_of_which_some_lie_in_memory(v):
    for bins in (5, [-5, 0, 2, 5]):
        options = {"bins": bins} if isinstance(bins, list) else {"bins": bins, "range": (-5, 5)}
        for got, want in zip(da.histogram(v[v > 0], **options), np.histogram(V[V > 0], **options)):
            np.testing.assert_array_equal(got, want)


def test_what_is_known_by_now_is_pickled(v):
    s = v[v > 0]
    with pytest.raises(NotImplementedError, match="compute_chunk_sizes"):
        pickle.dumps(s)
    s.compute_chunk_sizes()
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(s)).compute(), V[V > 0])


@pytest.mark.parametrize(
    "call",
    [
        lambda s, v: da.polyval(s, s),
        lambda s, v: np.broadcast_shapes(s),
        lambda s, v: da.blockwise(np.add, "i", s, s),
    ],
)
def test_what_goes_by_values_is_refused_before_it_is_computed(v, call):
    with pytest.raises((NotImplementedError, TypeError), match=r"compute_chunk_sizes|integer"):
        call(v[v > 0], v)


def test_several_of_one_mask_fit(v):
    w = da.from_array(V * 10, chunks=(1, 4))
    np.testing.assert_array_equal((v[v > 0] + w[v > 0]).compute(), V[V > 0] * 11)
    with pytest.raises(ValueError, match="compute_chunk_sizes"):
        v[v > 0] + w[v > 1]
    a, b = v[v > 0], w[w > 0]
    a.compute_chunk_sizes(), b.compute_chunk_sizes()
    np.testing.assert_array_equal((a + b).compute(), V[V > 0] * 11)
    for got, want in zip(da.compute(v[v > 0], v[v > 2], v.sum()), (V[V > 0], V[V > 2], V.sum())):
        np.testing.assert_array_equal(got, want)


class Measured:
    shape, dtype, ndim = (64, 100), np.dtype("i8"), 2

    def __init__(self):
        self.read = 0

    def __getitem__(self, key):
        found = np.arange(6400).reshape(64, 100)[key]
        self.read += found.size
        return found


def test_a_reduction_of_a_selection_reads_once_and_building_reads_nothing():
    source = Measured()
    x = da.from_array(source, chunks=(8, 100))
    s = x[x % 7 == 3]
    total = (s * 2).sum()
    built = [s.mean(), s[::2], da.nonzero(x), da.unique(x), da.isin(x, [3]), s[s > 5]]
    assert source.read == 0
    assert built
    want = np.arange(6400)
    assert total.compute() == (want[want % 7 == 3] * 2).sum()
    assert source.read == 6400


def test_compress_and_extract(v):
    mask = np.array([True, False, True])
    for m in (mask, da.from_array(mask, chunks=2)):
        np.testing.assert_array_equal(da.compress(m, v, axis=0).compute(), np.compress(mask, V, axis=0))
        np.testing.assert_array_equal(da.compress(m, v, axis=1).compute(), np.compress(mask, V, axis=1))
        np.testing.assert_array_equal(v.compress(m).compute(), V.compress(mask))
    np.testing.assert_array_equal(da.extract(v > 1, v).compute(), np.extract(V > 1, V))
    np.testing.assert_array_equal(da.extract(V > 1, v).compute(), np.extract(V > 1, V))


def test_sorting_in_place(v):
    x = v[v > 0]
    x.sort()
    np.testing.assert_array_equal(x.compute(), np.sort(V[V > 0]))


def test_assigning_changes_no_selection_made_before():
    x = da.from_array(V, chunks=2)
    i = da.from_array(np.array([2, 0]), chunks=1)
    s, t, r, y = x[x > 0], x[i], x[x > 0].sum(), x[x > 0]
    doubled = y * 2
    counted = da.unique(y)
    y.sort()
    x[0] = 9
    i[0] = 1
    y[0] = -1
    want = np.sort(V[V > 0])
    want[0] = -1
    np.testing.assert_array_equal(s.compute(), V[V > 0])
    np.testing.assert_array_equal(t.compute(), V[[2, 0]])
    assert r.compute() == V.sum()
    np.testing.assert_array_equal(y.compute(), want)
    np.testing.assert_array_equal(doubled.compute(), V[V > 0] * 2)
    np.testing.assert_array_equal(counted.compute(), np.unique(V[V > 0]))


def test_an_empty_selection():
    x = da.arange(10, chunks=3)
    s = x[x > 100]
    assert s.compute().shape == (0,)
    assert x[x > 100].sum().compute() == 0
    with pytest.raises(ValueError, match=r"identity|zero-size"):
        x[x > 100].max().compute()


def test_blocks_that_are_selected_whole_or_not_at_all(monkeypatch):
    monkeypatch.setattr(da._masks, "_BLOCK", 4)
    rng = np.random.default_rng(3)
    for n in (0, 1, 4, 5, 37, 64):
        a = np.arange(n)
        for mask in (rng.random(n) < 0.5, np.ones(n, bool), np.zeros(n, bool), a % 8 < 4):
            x, m = da.from_array(a, chunks=5), da.from_array(mask, chunks=3)
            np.testing.assert_array_equal(x[m].compute(), a[mask])
            np.testing.assert_array_equal(x[m].compute(memory_limit="1 MiB"), a[mask])


def test_a_selection_larger_than_the_budget():
    x = da.arange(6_000_000, chunks=1_000_000) * 1.0
    out = np.zeros(3_000_000)
    s = x[x % 2 == 1]
    s.compute_chunk_sizes()
    da.store(s, out, memory_limit="48 MiB")
    np.testing.assert_array_equal(out, np.arange(1, 6_000_000, 2))


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint64", "float32", "complex128", "datetime64[s]"])
def test_where_elements_are_not_zero(dtype):
    a = (np.arange(24).reshape(4, 6) % 3).astype("i8").astype(dtype)
    x = da.from_array(a, chunks=(2, 4))
    for got, want in zip(da.nonzero(x), np.nonzero(a)):
        np.testing.assert_array_equal(got.compute(), want)
    np.testing.assert_array_equal(np.flatnonzero(x).compute(), np.flatnonzero(a))
    np.testing.assert_array_equal(np.argwhere(x).compute(), np.argwhere(a))
    for found in (da.where(x), np.where(x)):
        assert len(found) == a.ndim
        for made, wanted in zip(found, np.where(a)):
            np.testing.assert_array_equal(made.compute(), wanted)
    assert da.argwhere(da.array(5)).compute().shape == np.argwhere(5).shape
    with pytest.raises(ValueError, match="0d"):
        da.nonzero(da.array(5))


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint64", "float64", "complex64", "datetime64[s]"])
@pytest.mark.parametrize("size", [0, 1, 40])
def test_unique_and_sets(dtype, size):
    rng = np.random.default_rng(size)
    a, b = ((rng.integers(0, 12, size) * 1.0).astype("i8").astype(dtype) for _ in range(2))
    if np.dtype(dtype).kind in "fcM" and size:
        a[:3] = np.array("NaT" if np.dtype(dtype).kind == "M" else np.nan, dtype)
    x, y = da.from_array(a, chunks=7), da.from_array(b, chunks=9)
    options = {"return_index": True, "return_inverse": True, "return_counts": True}
    for got, want in zip(da.unique(x, **options), np.unique(a, **options)):
        assert got.dtype == want.dtype
        np.testing.assert_array_equal(got.compute(), want)
    np.testing.assert_array_equal(np.unique(x).compute(), np.unique(a))
    for name in ("union1d", "intersect1d", "setdiff1d", "setxor1d", "isin"):
        np.testing.assert_array_equal(getattr(da, name)(x, y).compute(), getattr(np, name)(a, b), err_msg=name)
    for name in ("unique_all", "unique_counts", "unique_inverse"):
        got, want = getattr(da, name)(x), getattr(np, name)(a)
        assert got._fields == want._fields
        for field, g, w in zip(want._fields, got, want):
            if field == "inverse_indices":  # NumPy orders nan as it happens.
                g, w = got.values.compute()[g.compute()], a
            np.testing.assert_array_equal(np.asarray(g), w, err_msg=name)
    shaped = x.reshape(size, 1)
    assert da.unique(shaped, return_inverse=True)[1].compute().shape == (size, 1)


LAZY_POSITIONS = {
    "row": lambda x, i, j: x[i],
    "column": lambda x, i, j: x[..., j],
    "element": lambda x, i, j: x[i, j, 0],
    "apart": lambda x, i, j: x[i, :, j],
    "beside a list": lambda x, i, j: x[i, [0, 1]],
    "apart from a list": lambda x, i, j: x[i, :, [0, 1]],
    "new axis": lambda x, i, j: x[i, None],
    "counted from the end": lambda x, i, j: x[-i - 1],
}


@pytest.mark.parametrize("chunks", [1, 2, -1])
@pytest.mark.parametrize("index", LAZY_POSITIONS)
def test_lazy_positions(index, chunks):
    a = np.arange(60).reshape(3, 4, 5)
    source = Counting(a)
    x = da.from_array(source, chunks=chunks)
    got = LAZY_POSITIONS[index](x, x.argmax() % 3, da.asarray(np.array(2)) + 0)
    assert source.reads == 0
    want = LAZY_POSITIONS[index](a, int(a.argmax() % 3), 2)
    assert got.shape == want.shape
    np.testing.assert_array_equal(got.compute(), want)
    np.testing.assert_array_equal((got + 1).sum().compute(), (want + 1).sum())


def test_a_lazy_position_out_of_bounds():
    with pytest.raises(IndexError, match="index 5 is out of bounds for axis 0 with size 3"):
        da.arange(3)[da.asarray(np.array(4)) + 1].compute()


@pytest.mark.parametrize("chunks", [2, -1, (3, 1, 4)], ids=str)
@pytest.mark.parametrize("dtype", ["i4", "f8", "c8", "?", "U2"])
def test_unique_along_an_axis(dtype, chunks):
    a = np.random.default_rng(0).integers(0, 2, (7, 3, 4)).astype(dtype)
    a[3], a[:, 2] = a[1], a[:, 0]
    x = da.from_array(a, chunks=chunks)
    everything = {"return_index": True, "return_inverse": True, "return_counts": True}
    for axis in (0, 1, -1):
        for got, want in zip(da.unique(x, axis=axis, **everything), np.unique(a, axis=axis, **everything)):
            made = got.compute()
            assert made.dtype == want.dtype
            np.testing.assert_array_equal(made, want)
    with pytest.raises(np.exceptions.AxisError, match="axis 3 is out of bounds"):
        da.unique(x, axis=3)


def test_where_common_elements_are_first():
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 20, 30), rng.integers(10, 30, (5, 6))
    for got, want in zip(
        da.intersect1d(da.from_array(a, chunks=7), b, return_indices=True), np.intersect1d(a, b, return_indices=True)
    ):
        np.testing.assert_array_equal(got.compute(), want)
