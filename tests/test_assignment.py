"""Assignment to lazy arrays, against NumPy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import hyperslab as da

A = np.arange(24).reshape(4, 6)
CHUNKS = [(2, 3), (1, 6), (4, 2)]

CASES = [
    (0, 5),
    ((0, 1), 7),
    (slice(1, 3), [1, 2, 3, 4, 5, 6]),
    ((slice(None), slice(None, None, 2)), 1),
    ((slice(None, None, -1), slice(4, 0, -2)), np.arange(8).reshape(4, 2)),
    ((slice(None, None, -1), slice(None, None, -1)), np.arange(24).reshape(4, 6)),
    (Ellipsis, 9),
    ((None, 0, slice(None)), np.arange(6)),
    ((slice(None), None, 2, None), np.arange(4).reshape(4, 1, 1)),
    ((slice(None), [1, 3, 1]), np.arange(12).reshape(4, 3)),
    ([0, 2], np.arange(6)),
    (([0, 1], [2, 3]), [7, 8]),
    (([[0], [1]], [2, 3]), 5),
    (A > 5, 0),
    (A > 5, np.arange(18)),
    (A[:, 0] > 5, 1),
    (A[:, 0] > 5, np.arange(6)),
    ((slice(None), A[0] > 2), np.arange(3)),
    ((slice(None), A[0] > 2), 8),
    ((slice(None, None, 2), [1, 2]), [[1, 2], [3, 4]]),
    ((0, [1, 2]), [8, 9]),
    (([1, 2], 0), [8, 9]),
    ((slice(0, 3), [5, 0]), np.arange(6).reshape(3, 2)),
    (slice(0, 0), 5),
    (np.array([[0, 1], [2, 3]]), np.arange(6)),
    ((-1, -2), 3.7),
    ((slice(1, 2), slice(2, 5)), np.ones((1, 1, 1))),
    (True, 4),
    (False, 4),
    ([], 3),
    (([1, 1, 1], [2, 2, 2]), [5, 6, 7]),
    (np.zeros((4, 6), bool), 3),
]


@pytest.mark.parametrize("dtype", ["int64", "float32", "uint8", "complex128", "bool"])
@pytest.mark.parametrize("chunks", CHUNKS)
def test_every_index(chunks, dtype):
    for index, value in CASES:
        want, x = A.astype(dtype), da.from_array(A.astype(dtype), chunks=chunks)
        declared, same, before = x.chunks, x, x + 1
        copied = x.copy()
        want[index] = value
        x[index] = value
        got = x.compute()
        assert (got.dtype, x.chunks) == (want.dtype, declared), index
        np.testing.assert_array_equal(got, want, err_msg=str(index))
        np.testing.assert_array_equal(before.compute(), A.astype(dtype) + 1)
        np.testing.assert_array_equal(copied.compute(), A.astype(dtype))
        assert same is x


@pytest.mark.parametrize("values", [False, True])
def test_lazy_indices_and_values(values):
    refused = 0
    for index, value in CASES:
        parts = index if isinstance(index, tuple) else (index,)
        arrays = [isinstance(p, list | np.ndarray) for p in parts]
        lazy = tuple(da.from_array(np.asarray(p), chunks=2) if a and np.size(p) else p for p, a in zip(parts, arrays))
        want, x = A.copy(), da.from_array(A.copy(), chunks=(2, 3))
        want[index] = value
        v = da.from_array(np.asarray(value), chunks=1) if values and np.ndim(value) else value
        try:
            x[lazy] = v
        except NotImplementedError as e:
            assert "compute" in str(e)
            refused += 1
            continue
        np.testing.assert_array_equal(x.compute(), want, err_msg=str(index))
    assert refused <= 3


def test_assignment_reads_nothing():
    class Source:
        shape, dtype, ndim = (8, 8), np.dtype("f8"), 2
        reads = 0

        def __getitem__(self, key):
            Source.reads += 1
            return np.ones(self.shape)[key]

    x = da.from_array(Source(), chunks=4)
    x[x > 2] = x.mean()
    x[1:3, ::2] = x[0, 0]
    x[[1, 2], [3, 4]] = x[:2, 0]
    x[(x[0] * 0).astype(int)[:3]] = 7
    assert Source.reads == 0
    want = np.ones((8, 8))
    want[0] = 7
    np.testing.assert_array_equal(x.compute(), want)


WRONG = [
    (9, 1),
    ((0, 0, 0), 1),
    (slice(0, 2), [1, 2, 3]),
    ([0, 1], np.ones((3, 6))),
    (([0, 9], [0, 1]), 1),
    (A > 5, np.arange(3)),
    ((0, 0), 300),
    ((0, 0), "a"),
    ((0, 0), None),
    ((0, 0), np.nan),
    ((0, 0), 1j),
    ("a", 1),
    (A[0] > 1, 3),
    (([0, 1], [0, 1, 2]), 1),
    ((Ellipsis, Ellipsis), 1),
]


@pytest.mark.parametrize(("index", "value"), WRONG, ids=str)
def test_errors_are_numpys(index, value):
    for dtype in ("uint8", "int64"):
        want, x = A.astype(dtype), da.from_array(A.astype(dtype), chunks=2)
        try:
            want[index] = value
        except Exception as e:
            with pytest.raises(type(e)) as caught:
                x[index] = value
            assert str(caught.value) == str(e)
        else:
            x[index] = value
            np.testing.assert_array_equal(x.compute(), want)


def test_a_lazy_mask_needs_as_many_values_as_it_selects():
    x = da.from_array(A.copy(), chunks=2)
    x[x > 5] = np.arange(17)
    with pytest.raises(ValueError, match="cannot assign 17 input values to the 18 output values"):
        x.compute()


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_random_assignments(data):
    shape = data.draw(hnp.array_shapes(min_dims=1, max_dims=3, max_side=6))
    want = np.arange(np.prod(shape)).reshape(shape)
    x = da.from_array(want.copy(), chunks=data.draw(st.integers(1, 4)))
    for _ in range(data.draw(st.integers(1, 3))):
        basic = hnp.basic_indices(shape, allow_newaxis=True)
        index = data.draw(st.one_of(basic, hnp.integer_array_indices(shape), hnp.arrays(bool, shape)))
        selected = want[index]
        value = np.copy(data.draw(st.sampled_from([-1, selected[::-1] if selected.ndim else selected, -selected])))
        want[index] = value
        x[index] = value
        np.testing.assert_array_equal(x.compute(), want)


def test_many_assignments_to_one_array():
    x = da.zeros(500, chunks=100)
    y = da.zeros((50, 40), chunks=20)
    for i in range(500):
        x[i] = i
    for i in range(1, 50):
        y[i] = y[i - 1] + 1
    np.testing.assert_array_equal(x.compute(), np.arange(500))
    np.testing.assert_array_equal(y[:, 3].compute(), np.arange(50))


@pytest.mark.parametrize("step", [2, 3, 7, -1, -2, -5, 100])
def test_steps(step):
    for start, stop in [(None, None), (5, None), (3, 20), (20, 3), (-4, None), (-4, 2)]:
        index = slice(start, stop, step)
        for shape, at in [((23,), (index,)), ((4, 23), (slice(None, None, -2), index)), ((23, 4), (index, [3, 0]))]:
            want = np.arange(float(np.prod(shape))).reshape(shape)
            x = da.from_array(want.copy(), chunks=5)
            with_values = -np.arange(float(want[at].size)).reshape(want[at].shape)
            want[at], x[at] = with_values, with_values
            want[at], x[at] = want[at][::-1].copy(), x[at][::-1]
            np.testing.assert_array_equal(x.compute(), want)


def test_functions_that_assign():
    for name, args in [
        ("put", ([0, -1, 7], [1, 2])),
        ("put", ([30, -40], [1], "wrap")),
        ("put", ([30, -40], [1], "clip")),
        ("place", (A % 3 == 0, [1, 2, 3])),
        ("putmask", (A > 5, [-33, -44])),
        ("putmask", (A > 5, A**2)),
        ("copyto", (A[::-1],)),
        ("copyto", (5,)),
        ("fill_diagonal", (7,)),
        ("fill_diagonal", ([7, 8],)),
    ]:
        want, x = A.copy(), da.from_array(A.copy(), chunks=(2, 3))
        getattr(np, name)(want, *args)
        getattr(np, name)(x, *args)
        np.testing.assert_array_equal(x.compute(), want, err_msg=name)
    want, x = np.zeros((9, 3)), da.zeros((9, 3), chunks=2)
    np.fill_diagonal(want, 1, wrap=True)
    da.fill_diagonal(x, 1, wrap=True)
    np.testing.assert_array_equal(x.compute(), want)
    with pytest.raises(TypeError, match="Cannot cast"):
        da.copyto(da.zeros(3, dtype=int), np.ones(3))


V = np.array([3, -1, 4, -1, 5, -9, 2, 6.0])


def in_place(x, i, v):
    x[i] = v


ASSIGNMENTS = [
    lambda s, m: in_place(s, 0, 100),
    lambda s, m: in_place(s, slice(1, None), s[:-1]),
    lambda s, m: in_place(s, slice(None, None, -1), s),
    lambda s, m: in_place(s, s > 4, 0),
    lambda s, m: in_place(s, s > 4, s.mean()),
    lambda s, m: in_place(s, s > 4, s[s > 4] * 2),
    lambda s, m: s.sort(),
    lambda s, m: s.partition(2),
    lambda s, m: m.put(s, [0, 1], [7, 8]),
    lambda s, m: m.putmask(s, s > 4, [7, 8]),
    lambda s, m: m.copyto(s, 3.0),
    lambda s, m: m.copyto(dst=s, src=s[::-1], where=s > 4),
]


@pytest.mark.parametrize("module", [da, np])
def test_assignment_to_an_array_of_unknown_length(module):
    for i, change in enumerate(ASSIGNMENTS):
        want, s = V[V > 0], (x := da.from_array(V.copy(), chunks=3))[x > 0]
        before, total, copied, same = s * 2, s.sum(), s.copy(), s
        change(want, np)
        change(s, module)
        after = s.sum()
        np.testing.assert_array_equal(s.compute(), want, err_msg=str(i))
        assert (after.compute(), total.compute()) == (want.sum(), V[V > 0].sum()), i
        np.testing.assert_array_equal(before.compute(), V[V > 0] * 2)
        np.testing.assert_array_equal(copied.compute(), V[V > 0])
        assert same is s


def test_calls_go_by_what_they_were_given():
    x, i = da.from_array(V.copy(), chunks=3), da.arange(3)
    mask = x > 0
    s = x[mask]
    built = [s + 1, s.sum(), s[:2] + x[:2], x[i], da.concatenate([s, x]), da.isin(s, x)]
    x[:], i[:], mask[:] = 0, 5, False
    wanted = [V[V > 0] + 1, 20.0, [6, 3], V[:3], [*V[V > 0], *V], np.ones(5, bool)]
    for got, want in zip(da.compute(*built), wanted):
        np.testing.assert_array_equal(got, want)


def test_values_selected_by_the_mask_that_is_assigned_to():
    want, x = V.copy(), da.from_array(V.copy(), chunks=3)
    for a in (want, x):
        a[a > 0] *= 2
        a[a > 4] = np.sqrt(a[a > 4]) + 1
        a[a < 0] -= a[a < 0] + 3
    np.testing.assert_allclose(x.compute(), want)
    for call in (lambda: in_place(x, x > 0, x[x > 1]), lambda: da.copyto(x, x[x > 1]), lambda: np.copyto(x, x[x > 1])):
        with pytest.raises(NotImplementedError, match="compute_chunk_sizes"):
            call()
    for call in (lambda: da.put(x, da.arange(2), 1), lambda: da.place(x, x > 0, 1)):
        with pytest.raises(NotImplementedError, match="in memory"):
            call()


def test_one_element_takes_no_array():
    for value in (np.array([5]), da.array([5]), [1, 2]):
        x, numpys = da.zeros((2, 3)), np.zeros((2, 3))
        with pytest.raises(ValueError):
            numpys[0, 1] = np.asarray(value)
        with pytest.raises(ValueError):
            x[0, 1] = value
        assert not x.compute().any()


def test_shapes_are_set():
    x = da.arange(6, chunks=2)
    y = x
    x.shape = (2, -1)
    assert y.shape == (2, 3) and y[1, 0].compute() == 3
    with pytest.raises(ValueError, match=r"reshape.*6.*\(4,\)"):
        x.shape = (4,)
    with pytest.raises(ValueError, match="delete"):
        del x[0]
