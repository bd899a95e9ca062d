"""Elements chosen by conditions and positions, against NumPy."""

import numpy as np
import pytest
from against_numpy import DTYPES, TIMES, agree, grid, values

import hyperslab as da

ALL = DTYPES + TIMES
MASKS = [[True, False, True, True], [True], [False] * 4, [0, 1, 2, 0], [False] * 9, [True] * 9, [[True]]]


@pytest.mark.parametrize("mask", MASKS, ids=str)
@pytest.mark.parametrize("axis", [None, 0, -1, 3])
def test_compress(mask, axis):
    # Of an empty array NumPy refuses positions along some axes only.
    for x in grid([(4,), (4, 4), *([] if len(mask) > 4 else [(0, 4)]), (4, 5, 4)], ALL):
        agree(lambda m, x: m.compress(mask, x, axis), x)


def test_extract():
    for x in grid([(4,), (2, 3)], ALL):
        agree(lambda m, x: m.extract(np.arange(x.size).reshape(x.shape) % 2, x), x)
    with pytest.raises(NotImplementedError, match="lazy condition"):
        da.compress(da.ones(4, dtype=bool), da.ones(3))


def test_select():
    for x in grid([(5,), (0, 3), (3, 4)], DTYPES[:-2]):
        agree(lambda m, x: m.select([x > 3, x < 1], [x, x * x], 7), x)
        agree(lambda m, x: m.select([x > 3, x < 1], [x, np.int8(3)], 7.5), x)
    x = values((4, 5))
    agree(lambda m, x: m.select([x[0] > 0], [x], x[:, :1]), x)
    agree(lambda m, x: m.select([x], [x]), x)
    agree(lambda m, x: m.select([x > 0], []), x)
    agree(lambda m: m.select([], []))


def test_piecewise():
    for x in grid([(5,), (3, 0), (3, 4)], DTYPES[1:-2]):
        agree(lambda m, x: m.piecewise(x, [x < 0, x >= 4], [lambda v: -v, lambda v, k=2: v * k]), x)
        agree(lambda m, x: m.piecewise(x, [x < 0, x >= 4], [1, 2, lambda v: v + 5]), x)
        agree(lambda m, x: m.piecewise(x, x < 0, [lambda v, a, b: v + a * b, 2], 3, b=2), x)
    agree(lambda m, x: m.piecewise(x, [x < 0], [1, 2, 3]), values((3,)))
    with pytest.raises(NotImplementedError, match="elementwise"):
        da.piecewise(da.ones(3), [da.ones(3) > 0], [lambda v: v.sum()])


@pytest.mark.parametrize("mode", ["wrap", "clip", "nowhere"])
def test_choose(mode):
    for dtype in ["int8", "int64", "uint16", "bool", "float64"]:
        a = values((3, 4), dtype)
        agree(
            lambda m, a, x, y, z: m.choose(a, [x, y[0], z], mode=mode),
            a,
            *(values((3, 4), "int8", s) for s in (1, 2, 3)),
        )
        agree(lambda m, a, x: m.choose(a, x, mode=mode), a, values((5, 1, 4), "float32"))


def test_choose_by_what_may_name_no_choice():
    agree(lambda m, a, x: m.choose(a, [x, -x]), values((3, 4), "bool"), values((3, 4)))
    agree(lambda m, x: m.choose([0, 1, 1, 0], [x, -x]), values((3, 4)))
    agree(lambda m, x: m.choose([0, 2, 1, 0], [x, -x]), values((3, 4)))
    agree(lambda m, a, x: m.choose(a, [x, -x]), values((3, 4), "bool").astype(int), values((3, 4)))
    with pytest.raises(ValueError, match="invalid entry in choice array: 2 of 2 choices"):
        da.choose(da.arange(3), [1, 2]).compute()


@pytest.mark.parametrize("axes", [{0: 2}, {1: 3}, {0: 2, -1: 2}, {}], ids=str)
@pytest.mark.parametrize("name", ["sum", "mean", "max"])
def test_coarsen(axes, name):
    def by_numpy(m, x):
        factors = [{k % x.ndim: n for k, n in axes.items()}.get(d, 1) for d in range(x.ndim)]
        fine = [part for n, f in zip(x.shape, factors) for part in (n // f, f)]
        return getattr(np, name)(x.reshape(fine), axis=tuple(range(1, 2 * x.ndim, 2)))

    for x in [values((4, 6)), values((4, 6), "int8"), values((8, 12, 2), "float32")]:
        call = lambda m, x: m.coarsen(getattr(np, name), x, axes)  # noqa: E731
        agree(call, x, calls=by_numpy, dispatch=False, rtol=1e-14)


def test_coarsen_of_what_does_not_divide():
    x = da.arange(7)
    with pytest.raises(ValueError, match="do not align"):
        da.coarsen(np.sum, x, {0: 2})
    np.testing.assert_array_equal(da.coarsen(np.sum, x, {0: 2}, trim_excess=True), [1, 5, 9])


def test_apply_over_axes():
    for axes in [0, (0, 2), (-1, 0), ()]:
        agree(lambda m, x, axes=axes: m.apply_over_axes(m.sum, x, axes), values((2, 3, 4)), rtol=1e-14)


@pytest.mark.parametrize("order", ["big", "little", "middle"])
@pytest.mark.parametrize("axis", [None, 0, -1])
def test_bits(order, axis):
    for shape in [(3,), (2, 5), (0, 2)]:
        agree(lambda m, x: m.unpackbits(x, axis, bitorder=order), values(shape, "uint8"))
    agree(lambda m, x: m.unpackbits(x, axis, 5), values((2, 3), "uint8"))
    agree(lambda m, x: m.unpackbits(x), values((3,), "int8"))
