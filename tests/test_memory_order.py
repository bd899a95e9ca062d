"""Results of elementwise operations lie in memory as NumPy's do (order ``K``)."""

import itertools

import h5py
import numpy as np
import pytest

import hyperslab as da

OPERATIONS = {
    "itself": lambda m, a: a,
    "one": lambda m, a: -a,
    "two": lambda m, a: a * a + 1,
    "cast": lambda m, a: a.astype("f4"),
    "reversed": lambda m, a: a[::-1] * 2,
    "slices": lambda m, a: a[1:, ::2] + a[:-1, ::2],
    "one index": lambda m, a: a[1] + 1,
    "turned": lambda m, a: (a + 1).T - 1,
    "against": lambda m, a: a + a.T if a.shape == a.T.shape else a,
    "where": lambda m, a: m.where(a > 0.5, a, 0),
    "row": lambda m, a: a + a[0],
    "outer": lambda m, a: a[:, :, None] + a[:, None],
    "mean": lambda m, a: a - a.mean(0),
    "centred": lambda m, a: (a * 2 - (a * 2).mean(1, keepdims=True)) / a.std(),
}


def steps(a):
    return [s for s, n in zip(a.strides, a.shape) if n > 1]


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("shape", [(4, 5, 6), (7, 1, 3), (5, 5), (3, 1), (2, 3, 4, 5)])
def test_results_lie_as_numpys_do(shape, operation):
    f = OPERATIONS[operation]
    base = np.random.default_rng(len(shape)).random(shape)
    for order in itertools.permutations(range(len(shape))):
        # The same array, its memory in that order.
        a = np.ascontiguousarray(base.transpose(order)).transpose(np.argsort(order))
        ours, theirs = f(da, da.from_array(a, chunks=2)).compute(), f(np, a)
        np.testing.assert_allclose(ours, theirs, rtol=1e-14)
        assert steps(ours) == steps(np.array(theirs) if operation == "itself" else theirs)


def test_operands_that_contradict_each_other():
    c, f = np.ones((4, 5)), np.asfortranarray(np.ones((4, 5)))
    for a, b in itertools.product([c, f], [c, f]):
        ours = (da.from_array(a) + da.from_array(b)).compute()
        assert ours.strides == (a + b).strides


def test_what_is_asked_for_in_numpys_words():
    f = np.asfortranarray(np.arange(20.0).reshape(4, 5))
    x = da.from_array(f, chunks=2) + 1
    assert np.asarray(x).flags.f_contiguous
    assert np.ascontiguousarray(x).flags.c_contiguous
    again = x.persist()
    assert again.chunks == x.chunks
    np.testing.assert_array_equal(again.compute(), f + 1)


def test_several_results_share_what_they_read_in_c_order():
    f = np.asfortranarray(np.arange(20.0).reshape(4, 5))
    x = da.from_array(f, chunks=2)
    one, two = da.compute(x + 1, x * 2)
    assert one.flags.c_contiguous and two.flags.c_contiguous
    np.testing.assert_array_equal(one, f + 1)


def test_what_is_read_from_storage_lies_in_c_order(tmp_path):
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["x"] = np.arange(20.0).reshape(4, 5)
        x = da.from_array(file["x"], chunks=2)
        assert (x + 1).compute().flags.c_contiguous
        assert (x.T + 1).compute().flags.f_contiguous
