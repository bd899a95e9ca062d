"""Names are hashes of content: no name means two arrays, and equal expressions over one source share theirs."""

from __future__ import annotations

import gc
import time

import h5py
import numpy as np
import pytest
from against_numpy import Counting, values

import hyperslab as da


def over_arrays(k):
    return da.from_array(np.full(4, float(k)))


def over_lists(k):
    return da.array([float(k)] * 4)


def over_objects(k):
    return da.from_array(Counting(np.full(4, float(k))))


def over_other_byte_order(k):
    return da.from_array(np.full(4, k, ">f8"))


def persisted(k):
    return da.full(4, float(k)).persist()


ONE = np.arange(400.0)


def views_of_one(k):
    return da.from_array(ONE[k : k + 4])


@pytest.mark.parametrize(
    "make", [over_arrays, over_lists, over_objects, over_other_byte_order, persisted, views_of_one]
)
def test_no_name_means_two_arrays(make):
    # Each is dropped before the next is made, so that its memory is used again.
    names = []
    for k in range(50):
        names.append((make(k).name, (make(k) * 2 + 1).sum().name))
        gc.collect(0)
    assert len({n for pair in names for n in pair}) == 100


def test_files_are_told_by_their_stamp(tmp_path):
    names = set()
    for k in range(5):
        with h5py.File(tmp_path / "x.h5", "w") as f:
            f["x"] = np.full(4, float(k))
            f["y"] = np.full(4, float(k))
        with h5py.File(tmp_path / "x.h5", "r") as f:
            first, again, other = (da.from_array(f[n]).name for n in "xxy")
        with h5py.File(tmp_path / "x.h5", "r") as f:
            assert first == again == da.from_array(f["x"]).name != other
        names |= {first, other}
        time.sleep(0.01)
    assert len(names) == 10


@pytest.mark.parametrize("wrap", [np.asarray, Counting])
def test_one_object_is_one_source(wrap):
    data = wrap(values((6, 5)))
    x, y = da.from_array(data, chunks=2), da.from_array(data, chunks=2)
    assert x.name == y.name and (x + y.sum()).name == (y + x.sum()).name
    assert x.name != da.from_array(data, chunks=3).name
    assert x.name != da.from_array(wrap(values((6, 5))), chunks=2).name
    assert x.name != da.from_array(data, chunks=2, name=False).name
    assert da.from_array(data, name=False).name != da.from_array(data, name=False).name
    assert x.name == da.from_array(data, chunks=2, name=True).name
    if wrap is Counting:
        (x + y).compute()
        assert data.reads <= 9


def test_names_that_users_give():
    one, two = (da.from_array(np.full(4, k), name="mine") for k in (1.0, 2.0))
    assert one.name == two.name == "mine" == da.from_array(3.0, name="mine").name
    assert (one + 0).name != (two + 0).name
    np.testing.assert_array_equal((one + two).compute(), np.full(4, 3.0))
    np.testing.assert_array_equal(da.stack([one, two, one]).compute()[:, 0], [1, 2, 1])
    with pytest.raises(TypeError, match="name=3"):
        da.from_array(np.ones(3), name=3)


def test_chunks_are_part_of_names():
    x = da.from_array(np.arange(12.0), chunks=-1)
    grids = [(12,), (6, 6), (4, 4, 4), (2, 3, 1, 4, 2), (2, 1, 3, 4, 2), (2, 4, 1, 3, 2), (2, 3, 1, 2, 2, 2)]
    assert len({x.rechunk((g,)).name for g in grids}) == len(grids)
    long = da.ones(10_000, chunks=-1)
    swapped = [[3] * 3000 + [1] * 1000, [3] * 2999 + [1, 3] + [1] * 999, [3] * 1500 + [1] * 1000 + [3] * 1500]
    assert len({long.rechunk((tuple(g),)).name for g in swapped}) == 3
    same = da.ones(100, chunks=7)
    assert same[3:][4:].name == same[7:].name
    assert same.rechunk(((7,) * 14 + (2,),)).name == same.name
