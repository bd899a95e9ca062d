"""Sorts, partitions and positions against NumPy over dtypes, shapes, axes, chunks and memory limits."""

import numpy as np
import pytest
from against_numpy import DTYPES, TIMES, Counting, agree, grid, outcome, same, values, within

import hyperslab as da

SHAPES = [(7,), (), (0,), (3, 0), (3, 4), (2, 3, 5)]
AXES = [-1, 0, 1, None, 7]


def with_missing(x: np.ndarray) -> np.ndarray:
    """The data with some elements missing, where the dtype has such."""
    x = x.copy()
    if x.dtype.kind in "fcmM" and x.size > 3:
        x.reshape(-1)[::3] = np.nan if x.dtype.kind in "fc" else "NaT"
    return x


def cases():
    for x in grid(SHAPES, [*DTYPES, *TIMES]):
        yield x
        yield with_missing(x)


@pytest.mark.parametrize("axis", AXES)
def test_sort(axis):
    for x in cases():
        agree(lambda m, x: m.sort(x, axis=axis), x)
        agree(lambda m, x: m.argsort(x, axis=axis, kind="stable"), x, note=f"{x.shape} {x.dtype}")
        agree(lambda m, x: m.argsort(x, axis=axis, stable=True), x)


OPTIONS = [{"kind": "quicksort"}, {"kind": "heap"}, {"kind": "nowhere"}, {"kind": 3}, {"order": "f"}]
OPTIONS += [{"kind": "stable", "stable": True}, {"stable": False}]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_options_of_sorts(options):
    x = np.array([3.0, 1.0, 2.0])
    agree(lambda m, x: m.sort(x, **options), x)
    agree(lambda m, x: m.argsort(x, **options), x)


@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("kth", [0, -1, 2, [0, 2], [-1, 0], [2, 2], 9, -9, 1.5, [[0]], True], ids=str)
@pytest.mark.parametrize("name", ["partition", "argpartition"])
def test_partitions(name, kth, axis):
    for x in cases():
        if x.ndim == 0 or x.size == 0:
            continue
        expected, error = outcome(lambda x=x: np.partition(x, kth, axis=axis))
        lazy = da.from_array(x, chunks=2)
        if error is not None or isinstance(kth, bool):
            with pytest.raises((ValueError, TypeError)):
                getattr(da, name)(lazy, kth, axis=axis)
            continue
        got = getattr(np, name)(lazy, kth, axis=axis).compute()
        flat, along = (x.ravel(), 0) if axis is None else (x, axis)
        if name == "argpartition":
            np.testing.assert_array_equal(np.sort(got, axis=along)[..., :1] * 0, np.zeros_like(got[..., :1]))
            got = np.take_along_axis(flat, got, along)
        # What is in place is the same, and each part holds the same elements.
        bounds = sorted({0, *(k % flat.shape[along] + e for k in np.atleast_1d(kth) for e in (0, 1))})
        for start, stop in zip(bounds, [*bounds[1:], flat.shape[along]]):
            ours, numpys = (np.sort(np.take(p, range(start, stop), along), axis=along) for p in (got, expected))
            np.testing.assert_array_equal(ours, numpys)


def test_sort_complex():
    for x in cases():
        agree(lambda m, x: m.sort_complex(x), x, note=str(x.dtype))


@pytest.mark.parametrize("axis", [-1, 0, 1])
def test_lexsort(axis):
    for x in grid([(1, 4), (3, 7), (3, 4, 5), (2, 3, 0)], [*DTYPES, *TIMES]):
        agree(lambda m, x: m.lexsort(x, axis=axis), x, note=f"{x.shape} {x.dtype}")
        agree(lambda m, *keys: m.lexsort(keys, axis=axis), *(x[i] for i in range(len(x))))
    agree(lambda m, x: m.lexsort((x, x[1:]), axis), values((3, 2)))
    agree(lambda m, x: m.lexsort(x), values((4,)))
    agree(lambda m, x: m.lexsort(()), values((4,)), dispatch=False)


@pytest.mark.parametrize("axis", [-1, 0, 1, None])
def test_take_along_axis(axis):
    for x in grid([(7,), (3, 4), (3, 3, 4)], [*DTYPES, *TIMES]):
        if axis == 1 and x.ndim == 1:
            continue
        agree(lambda m, x, i: m.take_along_axis(x, i, axis), x, np.argsort(x, axis=axis, kind="stable"))
        for dtype in ["int8", "uint64", "bool", "float64"]:
            agree(lambda m, x, i: m.take_along_axis(x, i, axis), x, np.zeros_like(x, dtype))
    x = values((3, 4))
    for shape in [(1, 4), (3, 1), (1, 1), (2, 4), (4,), (3, 2), (3, 0)]:
        agree(lambda m, x, i: m.take_along_axis(x, i, axis), x, np.full(shape, -1))


def test_positions_out_of_bounds_are_found():
    for i in [4, -5]:
        with pytest.raises(IndexError, match=f"index {i} is out of bounds for axis 1 with size 4"):
            da.take_along_axis(da.ones((3, 4)), da.full((3, 1), i), 1).compute()


@pytest.mark.parametrize("side", ["left", "right", "nowhere"])
def test_searchsorted(side):
    for dtype in [*DTYPES, *TIMES]:
        a = np.sort(with_missing(values((9,), dtype)))
        for v in [values((4,), dtype, 1), values((), dtype, 2), values((3, 5), dtype, 3), values((0,), dtype)]:
            agree(lambda m, a, v: m.searchsorted(a, v, side), a, v)
            agree(lambda m, a, v: a.searchsorted(v, side), a, v)
    for first in DTYPES:
        for second in DTYPES:
            agree(lambda m, a, v: m.searchsorted(a, v, side), np.sort(values((9,), first)), values((6,), second, 1))
    for number in [3, 300, 2.5, -1, 1j, True]:
        agree(lambda m, a, number=number: m.searchsorted(a, number, side), np.sort(values((9,), "int8")))
    agree(lambda m, a: m.searchsorted(a, 2), values((3, 2)))
    agree(lambda m, a: m.searchsorted(a, 2), values(()))


def test_searchsorted_by_positions():
    x, v = values((9,)), values((5,), seed=1)
    order = np.argsort(x)
    agree(lambda m, x, v, order: m.searchsorted(x, v, sorter=order), x, v, order)
    for wrong in [order[:3], order.astype(float), order[None], order + 5, order - 5]:
        agree(lambda m, x, v, wrong=wrong: m.searchsorted(x, v, sorter=wrong), x, v)


def test_methods():
    x = values((3, 4), "int64")
    agree(lambda m, x: x.argsort(axis=0, kind="stable"), x)
    agree(lambda m, x: x.argpartition(0)[:, :1] * 0, x)


def sorted_in_place(name, x, *args, **kwargs):
    x = +x
    before = x + 0
    assert getattr(x, name)(*args, **kwargs) is None
    return x, before


@pytest.mark.parametrize("axis", [-1, 0, 1, 7, None], ids=str)
def test_methods_that_sort_in_place(axis):
    for x in [values((7,), "int64"), values((3, 4)), values((0, 2)), values(())]:
        agree(lambda m, x: sorted_in_place("sort", x, axis), x, dispatch=False)
        agree(lambda m, x: sorted_in_place("sort", x, axis, kind="stable"), x, dispatch=False)
        ordered = lambda m, x: sorted_in_place("partition", x, range(x.shape[axis] if x.size else 0), axis)  # noqa: E731
        if x.size and axis is not None:
            agree(ordered, x, dispatch=False)
    with pytest.raises(ValueError, match="order"):
        da.ones(3).sort(order="f")


@pytest.mark.parametrize("axis", [0, 1])
def test_small_memory(axis):
    data = values((700, 512))
    x = da.from_array(Counting(data), chunks=(100, 64))
    for call in (lambda m, x: m.sort(x, axis=axis), lambda m, x: m.argsort(x, axis=axis, kind="stable")):
        same(within("4 MiB", call(da, x)), call(np, data))
    same(within("8 MiB", da.lexsort((x, x[::-1]), axis)), np.lexsort((data, data[::-1]), axis))
    with pytest.raises(MemoryError, match="sort"):
        da.sort(x, axis=None).compute(memory_limit="1 MiB")


def test_results_are_operands_and_slices_take_few_lanes():
    data = values((9, 8))
    x = da.from_array(Counting(data), chunks=(3, 3))
    ordered = da.sort(x + 1)
    same(((ordered * 2).sum(axis=0) - 1)[2:5], ((np.sort(data + 1) * 2).sum(axis=0) - 1)[2:5])
    same(da.cumsum(ordered[3:6, ::2], axis=1), np.cumsum(np.sort(data + 1)[3:6, ::2], axis=1))
    for name, array in {"sort": ordered, "argsort": da.argsort(x), "partition": da.partition(x, 2)}.items():
        assert name in array.explain()
    assert "take_along_axis" in da.take_along_axis(x, da.argsort(x)).explain()
    assert "searchsorted" in da.searchsorted(x[0], x).explain()
