"""Elements one by one and by their bytes: `flat`, `broadcast`, `put_along_axis`, `view` and their kin."""

import pickle

import numpy as np
import pytest
from against_numpy import DTYPES, TIMES, Counting, agree, chunkings, grid, kind, outcome, same, values

import hyperslab as da

KEYS = [0, -1, 3, 99, slice(1, None, 2), slice(None, None, -1), [0, 2, -1], [], ..., np.arange(12) % 2 == 0, "a"]


def changed(change, data):
    """What a change in place leaves, with NumPy and with ours in every layout."""
    data = np.asarray(data)
    theirs = data.copy()
    _, error = outcome(lambda: change(np, theirs))
    for chunks in chunkings(data.shape):
        source = Counting(data)
        ours = da.from_array(source, chunks=chunks)
        before, cut = ours.copy(), ours.chunks
        _, raised = outcome(lambda ours=ours: change(da, ours))
        assert source.reads == 0, "building reads"
        assert kind(raised) is kind(error), (raised, error)
        if error is None:
            same(ours, theirs)
            same(before, data)
            assert ours.chunks == cut


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_flat(key):
    x = values((3, 4))
    agree(lambda m, x: x.flat[key], x, dispatch=False)
    for value in (5, [7, 8], [1, 2, 3], np.arange(12), values((3, 4), seed=1), *([] if isinstance(key, str) else [[]])):
        changed(lambda m, x, value=value: x.flat.__setitem__(key, value), x)


def test_flat_as_a_whole():
    data = values((3, 4))
    x = da.from_array(data, chunks=2)
    flat, theirs = x.flat, data.flat
    assert len(flat) == 12 and flat.base is x and flat.coords == (0, 0)
    assert [next(flat) for _ in range(6)] == [next(theirs) for _ in range(6)]
    assert (flat.index, flat.coords) == (theirs.index, theirs.coords)
    assert list(flat) == list(theirs)
    same(flat.copy(), data.ravel())
    same(flat == data.ravel(), np.ones(12, bool))
    same(flat != x.flat, np.zeros(12, bool))
    same(np.asarray(flat), data.ravel())
    x.flat = [1, 2]
    data.flat = [1, 2]
    same(x, data)
    assert list(da.array(3).flat) == [3]
    assert isinstance(x.flat, da.flatiter)


def test_elements_with_their_places():
    for data in (values((2, 3)), values(()), values((0, 2))):
        assert list(da.ndenumerate(da.from_array(data, chunks=1))) == list(np.ndenumerate(data))


def test_broadcast():
    arrays = values((3, 1)), values((4,)), np.array(2.0)
    ours, theirs = da.broadcast(*map(da.array, arrays)), np.broadcast(*arrays)
    for name in ("shape", "nd", "ndim", "size", "numiter", "index"):
        assert getattr(ours, name) == getattr(theirs, name)
    assert list(ours) == list(theirs) and ours.index == theirs.index == 12
    ours.reset()
    assert ours.index == 0 and next(ours) == (arrays[0][0, 0], arrays[1][0], 2.0)
    source = Counting(np.ones(3))
    assert da.broadcast(da.from_array(source), 1).shape == (3,) and source.reads == 0
    with pytest.raises(ValueError, match=r"could not be broadcast|shape mismatch"):
        da.broadcast(da.ones(2), da.ones(3))


INDICES = [
    (np.array([[0, 2]]), 1),
    (np.array([[0], [1], [-1]]), 1),
    (np.array([[0], [1], [9]]), 1),
    (np.array([[2, 1, 0, 0]]), 0),
    (np.array([[2, 1, 0, 0]]), -2),
    (np.array([0, 5, -1]), None),
    (np.array([[0]]), None),
    (np.array([0]), 1),
    (np.array([[0.5]]), 1),
    (np.array([[0]]), 5),
]


@pytest.mark.parametrize(("indices", "axis"), INDICES, ids=str)
def test_put_along_axis(indices, axis):
    for data in (values((3, 4)), values((3, 4), "int8")):
        for value in (7, np.arange(indices.size).reshape(indices.shape)):
            changed(lambda m, x, value=value: m.put_along_axis(x, indices, value, axis), data)
    changed(lambda m, x: np.put_along_axis(x, indices, 7, axis), values((3, 4)))


def test_put_along_axis_by_lazy_positions():
    data = values((4, 5))
    x = da.from_array(data, chunks=2)
    da.put_along_axis(x, da.argmax(x, axis=1, keepdims=True), 99, 1)
    np.put_along_axis(data, np.argmax(data, axis=1, keepdims=True), 99, 1)
    same(x, data)


VIEWS = [
    ("f8", "i8"),
    ("f8", "u1"),
    ("c16", "f8"),
    ("c8", "u8"),
    ("i4", "f2"),
    ("bool", "i1"),
    ("M8[s]", "i8"),
    ("u1", "f8"),
    ("i2", "c16"),
    ("f4", "i8"),
    ("f8", "c16"),
    ("f8", "bool"),
]


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize(("dtype", "wanted"), VIEWS)
def test_view(dtype, wanted, order):
    for shape in [(), (16,), (3, 16), (16, 3), (2, 3, 8), (0, 16), (3, 0)]:
        data = np.ones(shape, dtype) if wanted == "bool" else values(shape, dtype)
        agree(
            lambda m, x: x.view(wanted) if m is np else x.view(wanted, order) if order == "F" else x.view(wanted),
            data,
            calls=lambda m, x: x.T.copy().view(wanted).T if order == "F" else x.view(wanted),
            dispatch=False,
        )
    x = da.from_array(values((4,), dtype))
    same(x.view(), values((4,), dtype))
    with pytest.raises(NotImplementedError, match="not native"):
        x.view(object)
    with pytest.raises(NotImplementedError, match="no other class"):
        x.view(np.ndarray)


@pytest.mark.parametrize("dtype", [*DTYPES, *TIMES])
def test_bytes_of_elements(dtype):
    for data in grid([(), (7,), (3, 4), (0, 2)], [dtype]):
        agree(lambda m, x: x.byteswap(), data, dispatch=False)
        agree(lambda m, x: x.getfield("u1", 0), data, dispatch=False)
        agree(lambda m, x: x.getfield("i2", 2), data, dispatch=False)
        changed(lambda m, x: x.byteswap(inplace=True), data)
        changed(lambda m, x: x.setfield(1, "u1"), data)
        changed(lambda m, x: x.setfield(3, "i4", 4), data)
        value = values((), dtype)[()]
        changed(lambda m, x, value=value: x.fill(value), data)
        lazy = da.from_array(data, chunks=1)
        np.testing.assert_array_equal(pickle.loads(lazy.dumps()), data)


def test_putting_and_dumping(tmp_path):
    changed(lambda m, x: x.put([0, -1, 2], [5, 6]), values((3, 4)))
    changed(lambda m, x: x.put([99], 1), values((3, 4)))
    changed(lambda m, x: x.put([99, -50], 1, mode="wrap"), values((3, 4)))
    changed(lambda m, x: x.fill([1, 2]), values((2,)))
    da.arange(3).dump(tmp_path / "x")
    same(np.load(tmp_path / "x", allow_pickle=True), np.arange(3))


def test_memory():
    x = da.from_array(np.ones((2, 3), order="F"))
    assert da.isfortran(x) and da.isfortran(x + 1) and not da.isfortran(x.T) and not da.isfortran(da.ones(3))
    assert np.isfortran((x + 1).compute())
    for module in (da, np):
        assert not module.may_share_memory(x, x) and not module.shares_memory(x, np.ones(3))
    memory = np.ones(4)
    assert da.may_share_memory(memory, memory[1:]) and da.shares_memory(memory, memory[1:])


def test_dasks_methods():
    x = da.arange(10, chunks=3)
    same(x.to_backend().compute(), np.arange(10))
    with pytest.raises(NotImplementedError, match="cupy"):
        x.to_backend("cupy")
    drawing, larger = da.ones((4, 6), chunks=2).to_svg(), da.ones((4, 6), chunks=2).to_svg(size=300)
    assert drawing.startswith("<svg") and 'width="154"' in drawing and 'width="334"' in larger
    with pytest.raises(NotImplementedError, match="one to three dimensions"):
        da.array(1).to_svg()


def test_columns_of_a_dataframe():
    import pandas  # noqa: F401  dask needs it.

    dataframe = pytest.importorskip("dask.dataframe")
    frame = da.ones((4, 2), chunks=2).to_dask_dataframe(columns=["a", "b"])
    assert isinstance(frame, dataframe.DataFrame)
    assert frame.compute().to_numpy().tolist() == [[1, 1]] * 4
