"""`pad` against NumPy: every mode, widths within and beyond the array, dtypes, chunks."""

import numpy as np
import pytest
from against_numpy import DTYPES, TIMES, agree, values

import hyperslab as da

WIDTHS = [0, 1, (2, 0), (0, 3), 11]
PLAIN = ["constant", "edge", "maximum", "minimum", "wrap", "reflect", "symmetric"]


@pytest.mark.parametrize("width", WIDTHS, ids=str)
@pytest.mark.parametrize("mode", PLAIN)
@pytest.mark.parametrize("shape", [(5,), (1,), (4, 3), (2, 3, 4)], ids=str)
def test_modes(mode, width, shape):
    agree(lambda m, x: m.pad(x, width, mode=mode), values(shape))


#: NumPy itself rounds no statistics of times, and forms no ramps of booleans.
BY_DTYPE = [
    *((mode, dtype) for mode in PLAIN for dtype in DTYPES),
    *((mode, dtype) for mode in ("constant", "edge", "wrap", "reflect", "symmetric") for dtype in TIMES),
    *((mode, dtype) for mode in ("mean", "linear_ramp") for dtype in DTYPES[1:]),
]


@pytest.mark.parametrize(("mode", "dtype"), BY_DTYPE)
def test_dtypes(mode, dtype):
    width, rtol = ((1, 2), (3, 0)), 1e-12 if mode == "mean" else 0
    agree(lambda m, x: m.pad(x, width, mode=mode), values((4, 5), dtype), rtol=rtol)


@pytest.mark.parametrize("mode", ["reflect", "symmetric"])
@pytest.mark.parametrize("width", [2, (1, 9), (17, 5), 26], ids=str)
@pytest.mark.parametrize("dtype", ["int8", "float64"])
def test_odd_reflections(mode, width, dtype):
    agree(lambda m, x: m.pad(x, width, mode=mode, reflect_type="odd"), values((4, 3), dtype))
    agree(lambda m, x: m.pad(x, width, mode=mode, reflect_type="odd"), values((5,), dtype))


def test_options():
    x = values((4, 3))
    agree(lambda m, x: m.pad(x, 2, constant_values=7.5), x)
    agree(lambda m, x: m.pad(x, ((1, 2), (0, 1)), constant_values=((1, 2), (3, 4))), x)
    agree(lambda m, x: m.pad(x, 2, constant_values=7.5), values((4,), "int8"))
    agree(lambda m, x: m.pad(x, ((3, 2), (0, 4)), "linear_ramp", end_values=((1, 2), (3, 4))), x)
    agree(lambda m, x: m.pad(x, 3, "linear_ramp", end_values=2), values((4, 3), "float32"))
    for mode in ("maximum", "minimum"):
        agree(lambda m, x, mode=mode: m.pad(x, 3, mode, stat_length=2), x)
        agree(lambda m, x, mode=mode: m.pad(x, 3, mode, stat_length=0), x)
    agree(lambda m, x: m.pad(x, 3, "mean", stat_length=((1, 2), (3, 9))), x, rtol=1e-14)
    agree(lambda m, x: m.pad(x, {0: 2, -1: (0, 1)}), x)
    agree(lambda m, x: m.pad(x, [[1], [2]]), x)


def test_ramps_whose_step_underflows():
    tiny = np.array([5e-324, 1e-323, 0.0])
    agree(lambda m, x: m.pad(x, 5, "linear_ramp"), tiny)


def test_empty_axes():
    x = values((0, 3))
    for mode in PLAIN:
        for width in ((1, 0), ((0, 0), (1, 2)), 0):
            agree(lambda m, x, mode=mode, width=width: m.pad(x, width, mode=mode), x)
    assert da.pad(da.ones((0, 3)), 1, mode="empty").shape == (2, 5)


def test_errors():
    x = values((4, 3))
    agree(lambda m, x: m.pad(x, -1), x)
    agree(lambda m, x: m.pad(x, 1.5), x)
    agree(lambda m, x: m.pad(x, ((1, 2), (3, 4), (5, 6))), x)
    agree(lambda m, x: m.pad(x, 1, mode="nowhere"), x)
    agree(lambda m, x: m.pad(x, 1, mode="edge", constant_values=3), x)


def filler(vector, pad_width, axis, kwargs):
    """A mode that a user writes."""
    before, after = pad_width
    vector[:before] = vector[before : len(vector) - after].sum() * kwargs.get("factor", 1)
    vector[len(vector) - after :] = axis


@pytest.mark.parametrize("width", [0, 2, (1, 3), ((2, 0), (0, 1)), ((2, 1), (3, 4))], ids=str)
def test_functions_as_modes(width):
    for dtype in ("float64", "int64", "bool", "complex64"):
        for shape in [(4, 3), (5, 1)]:
            agree(lambda m, x: m.pad(x, width, filler), values(shape, dtype), rtol=1e-6)
            agree(lambda m, x: m.pad(x, width, filler, factor=3), values(shape, dtype), rtol=1e-6)


@pytest.mark.parametrize("width", [0, 2, (1, 3), ((2, 0), (0, 1))], ids=str)
def test_medians(width):
    for dtype in DTYPES[1:]:
        for lengths in (None, 2, ((1, 3), (2, 9))):
            agree(lambda m, x, n=lengths: m.pad(x, width, "median", stat_length=n), values((5, 4), dtype), rtol=1e-13)
    agree(lambda m, x: m.pad(x, 2, "median"), values((7,)))


def test_chunks_of_the_array_stay():
    assert da.pad(da.ones((4, 6), chunks=2), ((1, 0), (2, 3))).chunks == ((1, 2, 2), (2, 2, 2, 2, 3))
