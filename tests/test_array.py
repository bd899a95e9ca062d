"""The array class: attributes, slicing, protocols, creation and manipulation, against NumPy."""

import copy
import math
import operator
from xml.etree import ElementTree

import numpy as np
import pytest

import hyperslab as da

X = np.arange(2 * 7 * 5).reshape(2, 7, 5)


@pytest.fixture
def x():
    return da.from_array(X, chunks=(1, 3, 2))


def same(ours, theirs):
    assert isinstance(ours, da.Array)
    assert ours.shape == np.shape(theirs)
    assert ours.dtype == np.asarray(theirs).dtype
    np.testing.assert_array_equal(ours.compute(), theirs)


def test_attributes(x):
    assert x.shape == (2, 7, 5)
    assert (x.ndim, x.size, x.itemsize, x.nbytes, len(x)) == (3, 70, 8, 560, 2)
    assert x.dtype == np.int64
    assert x.chunks == ((1, 1), (3, 3, 1), (2, 2, 1))
    assert (x.chunksize, x.numblocks, x.npartitions) == ((1, 3, 2), (2, 3, 3), 18)
    assert (x + 1).name == (x + 1).name != x.name


def test_no_copy_of_numpy():
    data = np.zeros(10)
    lazy = da.from_array(data, chunks=5) + 1
    data[:] = 41
    same(lazy, np.full(10, 42.0))


def test_reversed_and_strided_sources():
    for view in (X[::-1], X[:, ::2, ::-1], X.T, np.broadcast_to(X[0, 0], (3, 5)), X.astype(">i4"), X.astype("f2")):
        same(da.from_array(view, chunks=2) + 0, view.astype(view.dtype.newbyteorder("=")))
    packed = np.zeros(4, dtype=[("a", "u1"), ("b", "f8")])["b"]
    same(da.from_array(packed, chunks=3), packed)


INDICES = [
    0,
    -1,
    slice(None),
    slice(1, 6, 2),
    slice(None, None, -1),
    slice(5, 1, -2),
    slice(3, 3),
    slice(100, None),
    slice(-3, None),
    None,
    Ellipsis,
    np.int8(1),
    [0, 1],
    [1, 0, 1, -1],
    np.array([True, False]),
    [],
    (slice(None), 3),
    (slice(None), [6, 0, 3, 3]),
    (0, slice(None), [4, 1]),
    (slice(None), np.array([True, False, True, False, True, False, True])),
    (..., 0),
    (..., None, slice(1, 3)),
    (None, 0, ..., None, slice(None, None, -2)),
    (1, 2, 3),
    (0, ..., [1, 2]),
    (slice(None, None, -1), slice(None, None, 3), slice(4, None, -3)),
    np.arange(7)[:0],
    (slice(None), slice(2, 2), 0),
]


@pytest.mark.parametrize("index", INDICES, ids=str)
def test_getitem(x, index):
    same(x[index], X[index])


@pytest.mark.parametrize(
    "index",
    [2, -3, (0, 7), (0, 0, 0, 0), (..., ...), [2], "a", 1.5, np.array([1.5]), np.ones(3, bool), (0, [9])],
    ids=str,
)
def test_getitem_raises_as_numpy(x, index):
    with pytest.raises(IndexError):
        X[index]
    with pytest.raises(IndexError):
        x[index]


def test_a_step_of_zero(x):
    with pytest.raises(ValueError, match="step"):
        x[::0]


def test_chunks_after_slicing(x):
    assert x[:, 1:].chunks == ((1, 1), (2, 3, 1), (2, 2, 1))
    assert x[:, ::-1].chunks == ((1, 1), (1, 3, 3), (2, 2, 1))


def test_blocks(x):
    assert x.blocks.shape == x.numblocks
    same(x.blocks[0, 1, 2], X[:1, 3:6, 4:])
    same(x.blocks[..., -1], X[..., 4:])
    same(x.blocks[:, ::2], X[:, [0, 1, 2, 6]])
    same(x.blocks[:, [2, 0]], X[:, [6, 0, 1, 2]])
    assert x.blocks[:, 1:].chunks == ((1, 1), (3, 1), (2, 2, 1))
    assert len(x.blocks.ravel()) == x.blocks.size == 18
    with pytest.raises(IndexError):
        x.blocks[2]


OPERATORS = [
    operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod, operator.pow,
    operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne,
    operator.and_, operator.or_, operator.xor, operator.lshift, operator.rshift,
]  # fmt: skip


@pytest.mark.parametrize("op", OPERATORS)
def test_operators(x, op):
    same(op(x, 2), op(X, 2))
    same(op(3, x), op(3, X)) if op is not operator.lshift else same(op(1, x % 8), op(1, X % 8))
    same(op(x % 4, X % 4), op(X % 4, X % 4))
    result = op(X % 4, x % 4)
    same(result, op(X % 4, X % 4))


def test_unary_operators(x):
    for op in (operator.neg, operator.pos, operator.abs, operator.invert):
        same(op(x), op(X))
    for ours, theirs in zip(divmod(x, 3), divmod(X, 3)):
        same(ours, theirs)
    same(da.from_array(X) @ da.from_array(X[0].T), X @ X[0].T)


def test_comparison_with_what_is_no_array(x):
    with pytest.raises(TypeError):
        x + {}
    with pytest.raises(TypeError):
        assert x < "a"
    same(x == None, X == None)  # noqa: E711


def test_conversions(x):
    np.testing.assert_array_equal(np.asarray(x), X)
    assert np.asarray(x, dtype="f4").dtype == np.float32
    assert np.array(x, copy=True).flags.writeable
    with pytest.raises(ValueError, match="copy"):
        np.asarray(x, copy=False)
    one = x[1, 2, 3]
    assert float(one) == int(one) == operator.index(one) == one.item() == X[1, 2, 3]
    assert complex(one) == X[1, 2, 3]
    assert bool(one)
    assert one.compute().dtype == np.int64
    assert x[:1, :1, 1:2].item() == 1 and x.item(3) == 3 and x.item(0, 1, 2) == X[0, 1, 2]
    assert x.tolist() == X.tolist()
    assert 69 in x and 70 not in x
    for convert in (float, int, complex, operator.index):
        with pytest.raises(TypeError):
            convert(x)
    with pytest.raises(ValueError, match="ambiguous"):
        bool(x)
    with pytest.raises(TypeError):
        len(one)
    with pytest.raises(TypeError):
        iter(one)
    with pytest.raises(TypeError):
        hash(x)
    assert all(y is not x and y.name == x.name for y in (copy.copy(x), copy.deepcopy(x), x.copy()))


def test_iteration(x):
    for ours, theirs in zip(x, X, strict=True):
        same(ours, theirs)


def test_repr(x):
    assert repr(x.sum(axis=0)) == "hyperslab.array<sum, shape=(7, 5), dtype=int64, chunksize=(3, 2)>"
    for shape in [(), (0,), (9,), (4, 6), (2, 7, 5), (2, 2, 2, 2)]:
        html = da.ones(shape, chunks=2)._repr_html_()
        assert "float64" in html and html.count("<table>") == html.count("</table>") == 2
        assert ("<svg" in html) == (1 <= len(shape) <= 3 and 0 not in shape)
        ElementTree.fromstring(html)
    assert len(da.ones((10**6, 10**6), chunks=10)._repr_html_()) < 50_000


def test_numpy_functions_dispatch(x):
    for name, args in [
        ("sum", {"axis": 1}), ("mean", {}), ("std", {"axis": (0, 1), "ddof": 1}), ("transpose", {}), ("ravel", {}),
        ("squeeze", {}), ("moveaxis", {"source": 0, "destination": -1}), ("clip", {"a_min": 3, "a_max": 9}),
        ("diff", {"axis": 1}), ("flip", {"axis": 0}), ("roll", {"shift": 2, "axis": 1}), ("round", {"decimals": -1}),
        ("ptp", {"axis": 0}), ("swapaxes", {"axis1": 0, "axis2": 1}), ("reshape", {"shape": (-1, 5)}),
        ("broadcast_to", {"shape": (3, 2, 7, 5)}), ("expand_dims", {"axis": 1}), ("argmax", {"axis": 1}),
        ("nan_to_num", {}), ("tile", {"reps": (2, 1, 1)}), ("count_nonzero", {"axis": 0}), ("isreal", {}),
        ("take", {"indices": [0, 1, 0], "axis": 0}), ("zeros_like", {}), ("full_like", {"fill_value": 3}),
    ]:  # fmt: skip
        theirs = getattr(np, name)(X, **args)
        ours = getattr(np, name)(x, **args)
        assert isinstance(ours, da.Array), name
        assert ours.dtype == theirs.dtype and ours.shape == theirs.shape, name
        np.testing.assert_allclose(ours.compute(), theirs, rtol=1e-13)
    same(np.concatenate([x, X]), np.concatenate([X, X]))
    same(np.stack([X, x], axis=1), np.stack([X, X], axis=1))
    same(np.where(x > 3, x, 0), np.where(X > 3, X, 0))
    assert np.shape(x) == X.shape and np.ndim(x) == 3 and np.size(x) == 70
    assert np.result_type(x, np.float32) == np.float64
    with pytest.raises(IndexError, match="out of bounds for axis 0 with size 2"):
        np.put_along_axis(x, X, 1, 0)


def test_ufunc_protocol(x):
    same(np.add(x, X), X + X)
    same(np.add.reduce(x), np.add.reduce(X))
    same(np.multiply.reduce(x, axis=(0, 1), keepdims=True), np.multiply.reduce(X, axis=(0, 1), keepdims=True))
    same(np.add.accumulate(x, axis=1), np.add.accumulate(X, axis=1))
    same(np.subtract.outer(x[0, 0], X[0]), np.subtract.outer(X[0, 0], X[0]))
    same(np.add(x, 1, dtype="f4"), np.add(X, 1, dtype="f4"))
    same(np.matmul(x, X[0].T), X @ X[0].T)
    np.testing.assert_allclose(np.logaddexp.accumulate(x).compute(), np.logaddexp.accumulate(X))
    np.testing.assert_allclose(np.hypot.reduce(x).compute(), np.hypot.reduce(X))
    same(np.add.reduceat(x, [0, 1]), np.add.reduceat(X, [0, 1]))


def test_reduction_options(x):
    mask = X % 3 == 0
    same(x.sum(where=mask), X.sum(where=mask))
    same(x.max(axis=1, initial=30, where=mask), X.max(axis=1, initial=30, where=mask))
    same(x.sum(axis=0, initial=5), X.sum(axis=0, initial=5))
    same(da.any(x > 60, axis=1, where=mask), np.any(X > 60, axis=1, where=mask))
    np.testing.assert_allclose(x.var(correction=1).compute(), X.var(ddof=1))
    same(x.mean(where=mask), X.mean(where=mask))
    out = np.zeros(())
    assert x.sum(out=out) is out
    assert out == X.sum()
    with pytest.raises(TypeError):
        x.argmin(axis=(0, 1))


CREATION = [
    (np.arange, (5,)), (np.arange, (2, 9)), (np.arange, (9, 2, -2)), (np.arange, (0, 1, 0.1)), (np.arange, (0.5, 7)),
    (np.arange, (5, 2)), (np.arange, (np.float32(0), np.float32(1), np.float32(0.1))), (np.arange, (0, 5, 1.5)),
    (np.arange, (np.datetime64("2000-01-01"), np.datetime64("2000-03-01"), np.timedelta64(7, "D"))),
    (np.arange, (np.datetime64("2000-01-01"), np.datetime64("2000-01-02"), np.timedelta64(6, "h"))),
    (np.arange, (np.datetime64("2000-01-01"), 5)), (np.arange, (np.timedelta64(7, "s"),)),
    (np.linspace, (0, 1, 11)), (np.linspace, (3, -2)), (np.linspace, (0, 1, 1)), (np.linspace, (0, 1, 0)),
    (np.eye, (4,)), (np.eye, (3, 5, 1)), (np.eye, (5, 3, -2)), (np.identity, (3,)),
    (np.ones, ((2, 3),)), (np.zeros, (4, "i2")), (np.full, ((2, 2), 7)), (np.full, (3, 2.5)), (np.full, ((), True)),
    (np.full, ((2, 3), [1, 2, 3])), (np.full, (2, np.datetime64("2000-01-01"))),
]  # fmt: skip


@pytest.mark.parametrize(("function", "args"), CREATION)
def test_creation(function, args):
    ours = getattr(da, function.__name__)(*args, chunks=2)
    same(ours, function(*args))
    assert all(c <= 2 for dim in ours.chunks for c in dim)


def test_creation_options():
    same(da.arange(0, 5, 1.5, dtype=int), np.arange(0, 5, 1.5, dtype=int))
    same(da.arange(10, dtype="f4"), np.arange(10, dtype="f4"))
    same(da.arange("2000-01", "2000-05", dtype="M8[M]"), np.arange("2000-01", "2000-05", dtype="M8[M]"))
    same(da.linspace(0, 10, 7, endpoint=False, dtype=int), np.linspace(0, 10, 7, endpoint=False, dtype=int))
    ours, step = da.linspace(0, 1, 5, retstep=True)
    assert step == 0.25
    like = da.ones_like(da.zeros((4, 6), chunks=(2, 3), dtype="i2"))
    assert (like.dtype, like.chunks) == (np.int16, ((2, 2), (3, 3)))
    assert da.zeros_like(X, shape=(3,), dtype=float).shape == (3,)
    assert da.asarray(ours) is ours and da.from_array(ours) is ours
    same(da.array([[1, 2], [3, 4]], dtype=float, ndmin=3), np.array([[1, 2], [3, 4]], dtype=float, ndmin=3))
    same(da.from_array([1.5, 2]), np.array([1.5, 2]))
    same(da.from_array(3), np.array(3))
    data = np.arange(3)
    held = da.array(data)
    data[:] = 9
    same(held, np.arange(3))


CHUNKS = [
    (3, (3, 3, 3, 1), (3, 2)),
    (-1, (10,), (5,)),
    (None, (10,), (5,)),
    ((4, 2), (4, 4, 2), (2, 2, 1)),
    ((4, -1), (4, 4, 2), (5,)),
    ((None, 3), (10,), (3, 2)),
    (((1, 9), (2, 3)), (1, 9), (2, 3)),
    ({0: 5}, (5, 5), (5,)),
    ({-1: 2, 0: (3, 7)}, (3, 7), (2, 2, 1)),
    ("auto", (10,), (5,)),
    ("80 B", (3, 3, 3, 1), (3, 2)),
    ((2, "auto"), (2, 2, 2, 2, 2), (5,)),
    (("40 B", 1), (5, 5), (1, 1, 1, 1, 1)),
]


@pytest.mark.parametrize(("chunks", "rows", "columns"), CHUNKS, ids=str)
def test_chunks(chunks, rows, columns):
    assert da.ones((10, 5), chunks=chunks).chunks == (rows, columns)
    again = {1: -1, **chunks} if isinstance(chunks, dict) else chunks
    assert da.ones((10, 5), chunks=1).rechunk(again).chunks == (rows, columns)


def test_rechunk():
    x = da.from_array(X, chunks=(1, 3, 2))
    assert x.rechunk({1: -1}).chunks == ((1, 1), (7,), (2, 2, 1))
    same(x.rechunk((2, 2, -1)), X)
    assert da.arange(6, chunks=(3, 3)).chunks == ((3, 3),)


def test_shapes(x):
    same(x.T, X.T)
    same(x.mT, X.mT)
    same(x.transpose(2, 0, 1), X.transpose(2, 0, 1))
    same(x.transpose((-1, 0, 1)), X.transpose((-1, 0, 1)))
    same(x.swapaxes(0, -1), X.swapaxes(0, -1))
    same(da.rollaxis(x, 2), np.rollaxis(X, 2))
    same(da.moveaxis(x, [0, 1], [-1, 0]), np.moveaxis(X, [0, 1], [-1, 0]))
    for shape in [(70,), (7, 10), (-1, 2), (2, 35, 1), (1, 2, 7, 5)]:
        same(x.reshape(shape), X.reshape(shape))
        same(x.reshape(*shape), X.reshape(*shape))
        same(x.reshape(shape, order="F"), X.reshape(shape, order="F"))
    same(x.ravel(), X.ravel())
    same(x.T.flatten(), X.T.flatten())
    same(x[:1, :, 2:3].squeeze(), X[:1, :, 2:3].squeeze())
    same(x[:1].squeeze(0), X[0])
    same(da.expand_dims(x, (0, -1)), np.expand_dims(X, (0, -1)))
    for ours, theirs in zip(da.broadcast_arrays(x, X[0]), np.broadcast_arrays(X, X[0])):
        same(ours, theirs)
    for name in ("atleast_1d", "atleast_2d", "atleast_3d"):
        for value in (3, X[0, 0], X[0], X):
            same(getattr(da, name)(value), getattr(np, name)(value))
    for name in ("flipud", "fliplr"):
        same(getattr(da, name)(x), getattr(np, name)(X))
    same(da.roll(x, 3), np.roll(X, 3))
    same(da.roll(x, (1, -2), (0, 2)), np.roll(X, (1, -2), (0, 2)))
    same(da.take(x, [3, 0, -1]), np.take(X, [3, 0, -1]))
    same(da.diff(x, 2, axis=0), np.diff(X, 2, axis=0))


def test_joins(x):
    for axis in (0, 1, 2, -1):
        same(da.concatenate([x, x[:, :, :]], axis=axis), np.concatenate([X, X], axis=axis))
    for axis in (0, 1, 3, -1, -4):
        same(da.stack([x, x + 1], axis=axis), np.stack([X, X + 1], axis=axis))
    same(da.concatenate([x, X * 0.5], axis=None), np.concatenate([X, X * 0.5], axis=None))
    same(da.vstack([x[0, 0], x[0]]), np.vstack([X[0, 0], X[0]]))
    same(da.hstack([x[0, 0], x[1, 1]]), np.hstack([X[0, 0], X[1, 1]]))
    same(da.dstack([x[0], x[1]]), np.dstack([X[0], X[1]]))
    a, b = X[0, :2, :2], X[0, :2, :3]
    same(da.block([[a, b], [b, a]]), np.block([[a, b], [b, a]]))
    same(da.block([1, 2, 3]), np.block([1, 2, 3]))
    same(da.block([[x], [x]]), np.block([[X], [X]]))
    same(da.tile(x[0], (2, 1, 3)), np.tile(X[0], (2, 1, 3)))


def test_products():
    a, b = np.arange(12.0).reshape(3, 4), np.arange(20.0).reshape(4, 5)
    s, t = np.arange(24.0).reshape(2, 3, 4), np.arange(40.0).reshape(2, 4, 5)
    for x, y in [(a, b), (s, t), (a, t), (s, b), (a, b[:, 0]), (a[0], b), (a[0], b[:, 0]), (s, t[:1])]:
        lazy = da.from_array(x, chunks=2), da.from_array(y, chunks=3)
        np.testing.assert_allclose((lazy[0] @ lazy[1]).compute(), x @ y)
        np.testing.assert_allclose(da.dot(*lazy).compute(), np.dot(x, y))
    for axes in (0, 1, ([2, 1], [0, 1]), (2, 0), (-1, -2)):
        x = np.arange(24).reshape(2, 3, 4)
        y = np.arange(24).reshape(4, 3, 2)
        if axes == (-1, -2):
            y = y.reshape(2, 4, 3)
        same(da.tensordot(da.from_array(x, chunks=2), y, axes), np.tensordot(x, y, axes))
    same(da.outer(a, b[0]), np.outer(a, b[0]))
    same(da.inner(a, a[:2]), np.inner(a, a[:2]))
    same(da.vdot(a * 1j, a), np.vdot(a * 1j, a))
    same(da.dot(3, da.asarray(a)), 3 * a)


def test_numeric_compositions(x):
    f = np.array([-1.55, 0.25, 2.675, np.nan, np.inf, 123.456])
    lazy = da.from_array(f, chunks=2)
    for decimals in (-1, 0, 1, 2):
        same(da.round(lazy, decimals), np.round(f, decimals))
        same(x.round(decimals), X.round(decimals))
    same(da.clip(lazy, 0, None), np.clip(f, 0, None))
    same(lazy.clip(max=1), f.clip(max=1))
    same(lazy.clip(0, 1), f.clip(0, 1))
    same(da.isclose(lazy, f + 1e-9, equal_nan=True), np.isclose(f, f + 1e-9, equal_nan=True))
    assert bool(da.allclose(x, X)) and not bool(da.allclose(x, X + 1))
    assert bool(da.array_equal(x, X)) and not bool(da.array_equal(x, X[0]))
    z = np.array([1 + 2j, -3j, 4])
    for name in ("real", "imag", "angle", "iscomplex", "isreal"):
        np.testing.assert_allclose(getattr(da, name)(da.from_array(z)).compute(), getattr(np, name)(z))
    same(da.from_array(z).real, z.real)
    same(x.imag, X.imag)
    weights = np.arange(1, 8)
    np.testing.assert_allclose(da.average(x, 1, weights).compute(), np.average(X, 1, weights))
    ours, theirs = da.average(x, 0, returned=True), np.average(X, 0, returned=True)
    for a, b in zip(ours, theirs):
        same(a, b)
    same(da.where(x > 5, x, -1.5), np.where(X > 5, X, -1.5))
    for made, wanted in zip(da.where(x > 5), np.where(X > 5), strict=True):
        np.testing.assert_array_equal(made.compute(), wanted)


def test_astype(x):
    same(x.astype("f4"), X.astype("f4"))
    same(x.astype(bool), X.astype(bool))
    with pytest.raises(TypeError):
        x.astype("i4", casting="safe")
    with pytest.warns(np.exceptions.ComplexWarning):
        da.ones(3, dtype=complex).astype(float)


def test_compute_together(x):
    total, rest = da.compute(x.sum(), {"a": [x[0], 5], "b": (x.mean(),)})
    assert total == X.sum() and rest["a"][1] == 5 and rest["b"][0] == X.mean()
    np.testing.assert_array_equal(rest["a"][0], X[0])
    assert da.compute(1, "a") == (1, "a")
    (kept,) = da.persist(x + 1)
    same(kept, X + 1)
    assert kept.chunks == x.chunks
    assert "sum" in x.sum().explain()


def test_many_chunks_cost_nothing():
    big = da.ones((100_000, 100_000), chunks=(10, 10))
    y = big
    for _ in range(1000):
        y = y + 1
    assert y.npartitions == 10**8
    assert big[:7, :3].sum().compute() == 21
    assert da.full(big.shape, 0.5, chunks=10).sum().compute() == 5e9


def test_same_bits_for_any_number_of_threads():
    data = np.random.default_rng(0).standard_normal((101, 307))
    x = da.from_array(data, chunks=(13, 50))
    for y in (x.sum(), x.mean(axis=0), x.std(), (x @ x.T)):
        assert np.array_equal(y.compute(num_threads=1), y.compute(num_threads=2))


def test_public_names_have_docs():
    for owner in (da, da.Array):
        for name in dir(owner):
            if not name.startswith("_") and callable(getattr(owner, name)):
                assert getattr(owner, name).__doc__, name
    assert math.isclose(da.pi, math.pi)
