"""`da.fft`: transforms against NumPy over dtypes, shapes, axes, points, norms, chunks and memory limits."""

from inspect import unwrap

import numpy as np
import pytest
from against_numpy import DTYPES, TIMES, Counting, agree, grid, same, values, within

import hyperslab as da

CLOSE = 1e-13
SHAPES = [(7,), (3, 4), (2, 0), (2, 3, 5)]
ONE = ["fft", "ifft", "rfft", "irfft", "hfft", "ihfft"]
SEVERAL = ["fftn", "ifftn", "rfftn", "irfftn"]
TWO = ["fft2", "ifft2", "rfft2", "irfft2"]


@pytest.mark.parametrize("name", ONE)
def test_along_one_axis(name):
    for x in grid(SHAPES, [*DTYPES, *TIMES]):
        for axis in [-1, 0, 7]:
            # NumPy rounds what it divides half floats by to half precision.
            rtol = 1e-3 if x.dtype == np.float16 else CLOSE
            agree(lambda m, x, axis=axis: getattr(m.fft, name)(x, axis=axis), x, rtol=rtol, note=f"{x.dtype} {axis}")
    agree(lambda m, x: getattr(m.fft, name)(x), values(()))


@pytest.mark.parametrize("norm", [None, "backward", "ortho", "forward", "nowhere"])
@pytest.mark.parametrize("n", [None, 0, 1, 4, 5, 11, 2.5, -3])
@pytest.mark.parametrize("name", ONE)
def test_points_and_norms(name, n, norm):
    for dtype in ["float64", "float32"] + (["complex128"] if name not in ("rfft", "ihfft") else []):
        agree(lambda m, x: getattr(m.fft, name)(x, n, 1, norm), values((3, 5, 2), dtype), rtol=CLOSE)


@pytest.mark.parametrize("options", [{}, {"axes": (0, 1)}, {"axes": (-1, 0)}, {"axes": ()}, {"axes": (0, 0)}], ids=str)
@pytest.mark.parametrize("name", [*SEVERAL, *TWO])
def test_along_several_axes(name, options):
    for x in grid([(7,), (3, 4), (2, 3, 5)], ["float64", "float32", "int16", "complex128"]):
        agree(lambda m, x: getattr(m.fft, name)(x, **options), x, rtol=CLOSE)
    agree(lambda m, x: getattr(m.fft, name)(x, norm="ortho", **options), values((3, 4)), rtol=CLOSE)


POINTS = [
    {"s": (4, 6), "axes": (0, 1)},
    {"s": (-1, 3), "axes": (1, 2)},
    {"s": (3,), "axes": (0, 1)},
    {"s": (0, 2), "axes": (0, 1)},
    {"s": (4,), "axes": (9,)},
    {"axes": (9,)},
    {"axes": 1},
]


@pytest.mark.parametrize("options", POINTS, ids=str)
@pytest.mark.parametrize("name", [*SEVERAL, *TWO])
def test_points_of_several_axes(name, options):
    agree(lambda m, x: getattr(m.fft, name)(x, **options), values((3, 4, 5)), rtol=CLOSE)


def test_points_without_axes_are_deprecated():
    x = values((3, 4, 5))
    for options in [{"s": (4, 6)}, {"s": (None, 6), "axes": (0, 1)}]:
        with pytest.warns(DeprecationWarning):
            agree(lambda m, x, options=options: m.fft.fftn(x, **options), x, rtol=CLOSE)


@pytest.mark.parametrize("name", [*ONE, *SEVERAL])
def test_outputs(name):
    x = values((3, 4))
    expected = getattr(np.fft, name)(x)
    out = np.empty_like(expected)
    assert getattr(da.fft, name)(da.from_array(x, chunks=2), out=out) is out
    same(out, expected, CLOSE)
    with pytest.raises(ValueError, match="shape"):
        getattr(da.fft, name)(da.from_array(x), out=np.empty((2, 2), expected.dtype))


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("name", ONE)
def test_small_memory(name, axis):
    data = values((700, 512))
    x = da.from_array(Counting(data), chunks=(100, 64))
    result = getattr(da.fft, name)(x, axis=axis)
    same(within("4 MiB", result), getattr(np.fft, name)(data, axis=axis), CLOSE)


def test_a_lane_that_does_not_fit_says_so():
    x = da.fft.fft(da.ones(1 << 20, chunks=1000))
    with pytest.raises(MemoryError, match="fft"):
        x.compute(memory_limit="1 MiB")


def test_results_are_operands():
    data = values((6, 8))
    x = da.from_array(data, chunks=(2, 3))
    spectrum = da.fft.fft(x - x.mean(axis=1, keepdims=True))
    power = (spectrum * spectrum.conjugate()).real.sum(axis=0)
    numpys = np.fft.fft(data - data.mean(axis=1, keepdims=True))
    same(power, (numpys * numpys.conj()).real.sum(axis=0), CLOSE)
    same(da.fft.ifft(spectrum * 2)[1:3, ::2].real, 2 * (data - data.mean(axis=1, keepdims=True))[1:3, ::2], CLOSE)
    assert "fft" in spectrum.explain()


class Taking(Counting):
    """Notes which rows are read."""

    rows = ()

    def __getitem__(self, key):
        self.rows = (*self.rows, *range(len(self.data))[key[0]])
        return super().__getitem__(key)


def test_only_wanted_lanes_are_read():
    source = Taking(values((9, 8)))
    x = da.from_array(source, chunks=(3, 4))
    same(da.fft.fft(x)[4], np.fft.fft(source.data)[4], CLOSE)
    assert set(source.rows) <= {3, 4, 5}


def test_wrapped_transforms():
    def rfft(x):
        return x

    x = values((3, 4))
    for name in [*ONE, *SEVERAL, *TWO]:
        assert unwrap(da.fft.fft_wrap(getattr(np.fft, name))) is unwrap(getattr(da.fft, name))
    with pytest.raises(NotImplementedError, match=r"hyperslab.fft.rfft"):
        da.fft.fft_wrap(rfft)
    rfft.__module__ = "scipy.fft"
    assert unwrap(da.fft.fft_wrap(rfft)) is unwrap(da.fft.rfft)
    assert unwrap(da.fft.fft_wrap(np.fft.fft, kind="rfft")) is unwrap(da.fft.rfft)
    same(da.fft.fft_wrap(np.fft.fft, dtype="complex64")(x), np.fft.fft(x).astype("complex64"), CLOSE)
    with pytest.raises(ValueError, match="unknown `kind`"):
        da.fft.fft_wrap(np.fft.fft, kind="dct")
