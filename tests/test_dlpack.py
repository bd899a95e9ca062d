"""Memory shared with other libraries: DLPack and ``copy=``."""

import gc
import weakref

import numpy as np
import pytest
from against_numpy import values

import hyperslab as da

DTYPES = da.__array_namespace_info__().dtypes()
SHAPES = [(), (0,), (5,), (3, 4), (2, 0, 3), (4, 1, 3)]


@pytest.mark.parametrize("dtype", [*DTYPES, "float16"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_dlpack_round_trips(shape, dtype):
    base = np.asarray(values(shape, dtype))
    for chunks in (1, 2, -1):
        x = da.from_array(base, chunks=chunks)
        np.testing.assert_array_equal(np.from_dlpack(x), base, strict=True)
        back = da.from_dlpack(base, chunks=chunks)
        assert back.chunks == x.chunks
        np.testing.assert_array_equal(back, base, strict=True)


def test_dlpack_of_strides_and_of_results():
    base = values((6, 5))
    for view in (base.T, base[::2, ::-1], base[:, 2], np.broadcast_to(base[0], (3, 5)).copy()):
        np.testing.assert_array_equal(da.from_dlpack(view) + 1, view + 1, strict=True)
    x = da.from_array(base, chunks=2)
    np.testing.assert_array_equal(np.from_dlpack((x.T * 2).sum(axis=0)), (base.T * 2).sum(axis=0), strict=True)
    np.testing.assert_array_equal(np.from_dlpack(x[x > 0.5]), base[base > 0.5], strict=True)


def test_dlpack_keeps_memory_alive():
    base = np.arange(1000.0)
    gone = weakref.ref(base)
    x = da.from_dlpack(base)
    assert np.shares_memory(np.from_dlpack(base), base)
    base[0] = 7  # It is looked at where it lies.
    del base
    gc.collect()
    assert gone() is not None
    assert x.sum().compute() == 7 + np.arange(1000.0).sum()
    del x
    gc.collect()
    assert gone() is None


def test_dlpack_hands_over_results_that_outlive_the_array():
    x = da.arange(10_000, chunks=1000) * 2
    made = np.from_dlpack(x)
    del x
    gc.collect()
    np.testing.assert_array_equal(made, np.arange(10_000) * 2)
    made[0] = 5  # It belongs to nobody else.
    assert made[0] == 5


@pytest.mark.parametrize("copy", [True, False, None])
def test_copies_by_dlpack(copy):
    base = np.arange(4.0)
    x = da.from_dlpack(base, copy=copy)
    base[:] = 9
    assert x.compute().tolist() == ([0, 1, 2, 3] if copy else [9, 9, 9, 9])
    for version in (None, (0, 8), (1, 0), (2, 0)):
        assert type(x.__dlpack__(copy=copy, max_version=version, dl_device=(1, 0))).__name__ == "PyCapsule"
    assert x.__dlpack_device__() == (1, 0)


def test_dlpack_of_lazy_arrays_computes_nothing():
    class Refusing:
        shape, dtype = (4,), np.dtype("float64")

        def __getitem__(self, key):
            raise AssertionError("read while building")

    x = da.from_array(Refusing())
    assert da.from_dlpack(x) is x
    assert da.from_dlpack(x, copy=False) is x
    assert da.from_dlpack(x, copy=True) is not x
    assert da.from_dlpack(x, chunks=2).chunks == ((2, 2),)


def test_what_dlpack_refuses():
    times = da.from_array(np.array(["2020-01-01"], dtype="M8[D]"))
    with pytest.raises(BufferError):
        times.__dlpack__()
    with pytest.raises(BufferError, match="device"):
        da.ones(1).__dlpack__(dl_device=(2, 0))
    with pytest.raises(AttributeError):
        da.from_dlpack([1, 2])


# Copies.


def test_asarray_copies():
    base = np.arange(4)
    true, false, none = (da.asarray(base, copy=copy) for copy in (True, False, None))
    base[0] = 9
    assert [int(x[0]) for x in (true, false, none)] == [0, 9, 9]
    x = da.arange(4)
    assert da.asarray(x, copy=False) is x
    y, z = da.asarray(x, copy=True), da.array(x)
    x[0] = 5
    assert [int(a[0]) for a in (x, y, z)] == [5, 0, 0]
    assert da.array(base, copy=False, ndmin=2).shape == (1, 4)


@pytest.mark.parametrize("given, dtype", [([1, 2], None), (3, None), (np.arange(3), "float32"), (da.ones(2), "int8")])
def test_copies_that_cannot_be_avoided(given, dtype):
    for function in (da.asarray, da.array):
        with pytest.raises(ValueError, match="Unable to avoid copy"):
            function(given, dtype=dtype, copy=False)
