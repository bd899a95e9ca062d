"""Beside dask: its collections' protocol, arrays that go there and come from there, its keywords and import lines."""

import importlib
import math

import dask
import dask.array
import dask.threaded
import numpy as np
import pytest
from against_numpy import values

import hyperslab as da
from hyperslab import _engine

DATA = values((5, 4))


def lazy():
    return da.from_array(DATA, chunks=(2, 3)) * 2 + 1


EXPECTED = DATA * 2 + 1


@pytest.mark.parametrize("options", [{}, {"scheduler": "synchronous"}, {"scheduler": "threads"}, {"traverse": False}])
def test_compute_and_persist(options):
    found, total = dask.compute(lazy(), lazy().sum(), **options)
    assert type(found) is np.ndarray and isinstance(total, np.floating)
    np.testing.assert_array_equal(found, EXPECTED)
    assert total == EXPECTED.sum()
    kept, other = dask.persist(lazy(), dask.array.ones(3, chunks=2), **options)
    assert isinstance(kept, da.Array) and kept.chunks == lazy().chunks and isinstance(other, dask.array.Array)
    np.testing.assert_array_equal(kept.compute(), EXPECTED)


def test_collections_that_hold_arrays():
    (found,) = dask.compute({"a": [lazy(), 1], "b": (lazy().mean(), dask.array.ones(2, chunks=1))})
    np.testing.assert_array_equal(found["a"][0], EXPECTED)
    assert found["a"][1] == 1 and found["b"][0] == EXPECTED.mean()
    np.testing.assert_array_equal(found["b"][1], [1, 1])


def test_delayed_functions_get_numpy_arrays():
    def look(x, *more):
        assert type(x) is np.ndarray and all(type(m[0]) is np.ndarray for m in more)
        return x.sum()

    assert dask.delayed(look)(lazy(), [lazy()]).compute() == EXPECTED.sum()


@pytest.mark.parametrize("shape", [(), (0,), (5, 4), (2, 3, 4)], ids=str)
def test_to_dask_and_back(shape):
    data = values(shape)
    x = da.from_array(data, chunks=2) if shape else da.asarray(data)
    theirs = (x + 1).to_dask()
    assert isinstance(theirs, dask.array.Array) and theirs.chunks == x.chunks and theirs.dtype == x.dtype
    np.testing.assert_array_equal(theirs.compute(), data + 1)
    np.testing.assert_array_equal((theirs * 2).sum().compute(), ((data + 1) * 2).sum())
    back = da.from_dask(theirs * 2)
    assert isinstance(back, da.Array) and back.chunks == x.chunks
    np.testing.assert_array_equal((back - 1).compute(), (data + 1) * 2 - 1)


def test_from_dask_refuses():
    with pytest.raises(TypeError, match="ndarray"):
        da.from_dask(DATA)
    unknown = dask.array.from_array(DATA, chunks=2)[dask.array.from_array(DATA, chunks=2) > 0]
    with pytest.raises(ValueError, match="compute_chunk_sizes"):
        da.from_dask(unknown)


def test_to_delayed():
    parts = lazy().to_delayed()
    assert parts.shape == lazy().numblocks
    blocks = dask.compute(*parts.ravel())
    for part, block in zip(blocks, lazy().blocks.ravel()):
        np.testing.assert_array_equal(part, block.compute())


def test_dask_arrays_beside_ours():
    theirs = dask.array.from_array(DATA, chunks=3)
    for made in (lazy() + theirs, theirs + lazy(), np.add(theirs, lazy()), da.concatenate([lazy(), theirs])[:5]):
        assert isinstance(made, da.Array)
    np.testing.assert_array_equal((theirs + lazy()).compute(), DATA + EXPECTED)
    with pytest.warns(UserWarning, match="already a Dask collection"):
        dask.array.from_array(lazy())


def test_stores_that_wait_are_collections():
    out = np.zeros((5, 4))
    assert dask.compute(da.store(lazy(), out, compute=False)) == (None,)
    np.testing.assert_array_equal(out, EXPECTED)
    out[:] = 0
    assert dask.delayed(lambda nothing: nothing)(da.store(lazy(), out, compute=False)).compute() is None
    np.testing.assert_array_equal(out, EXPECTED)


def test_what_was_given_to_dask_does_not_change():
    """The graph holds the array as it was, whatever becomes of the object."""
    x = lazy()
    waiting = [dask.delayed(np.asarray)(x), x.to_dask(), *x.to_delayed()[0, :1]]
    x._expr = (x + 1)._expr
    for made, expected in zip(waiting, (EXPECTED, EXPECTED, EXPECTED[:2, :3])):
        np.testing.assert_array_equal(made.compute(), expected)


def test_the_graph_has_a_task_for_each_block():
    x = lazy()
    graph = x.__dask_graph__()
    keys = [key for key in graph if isinstance(key, tuple)]
    assert len(graph) == x.npartitions + 1 == len(keys) + 1 and not isinstance(graph, dict)
    for key in keys:
        np.testing.assert_array_equal(dask.threaded.get(dict(graph), key), x.blocks[key[1:]].compute())
    for wrong in ("x", (x.name,), (x.name, 0), (x.name, 9, 0), (x.name, -1, 0), (x.name, 0, 0, 0)):
        assert wrong not in graph
    assert dask.base.tokenize(x) == dask.base.tokenize(x) != dask.base.tokenize(x + 1)
    assert x._meta.shape == (0, 0) and x._meta.dtype == x.dtype


#: Calls as code for dask writes them, with keywords that mean nothing here.
CALLS = {
    "compute": lambda: lazy().compute(scheduler="threads", optimize_graph=True, num_workers=2),
    "compute of several": lambda: da.compute(lazy(), scheduler="sync", traverse=False, num_workers=1)[0],
    "persist": lambda: lazy().persist(scheduler="threads", optimize_graph=False),
    "persist of several": lambda: da.persist(lazy(), traverse=True, num_workers=1)[0],
    "from_array": lambda: da.from_array(EXPECTED, 2, True, False, None, True, None, np.empty(0), False),
    "from_array by name": lambda: da.from_array(
        EXPECTED, chunks=2, name=False, lock=False, asarray=True, fancy=False, meta=np.empty(0), inline_array=True
    ),
    "asarray": lambda: da.asarray(EXPECTED, allow_unknown_chunksizes=True, inline_array=True, name="x"),
    "rechunk": lambda: lazy().rechunk(2, threshold=4, block_size_limit=100, balance=True),
    "reshape": lambda: lazy().reshape((20,), merge_chunks=False, limit=8).reshape(5, 4),
    "sum": lambda: lazy() - lazy().sum(split_every=2) + EXPECTED.sum(),
    "nanmean": lambda: da.nanmean(lazy()[None], axis=0, split_every={0: 2}),
    "cumsum": lambda: da.diff(lazy().cumsum(axis=1, method="blelloch"), axis=1, prepend=0),
    "concatenate": lambda: da.concatenate([lazy()[:2], lazy()[2:]], allow_unknown_chunksizes=True),
    "moment": lambda: lazy() + lazy().moment(1, split_every=2),
    "broadcast_arrays": lambda: da.broadcast_arrays(lazy(), 1, subok=True)[0],
    "array": lambda: da.array(EXPECTED, like=lazy()),
    "stack": lambda: da.stack([lazy()], allow_unknown_chunksizes=True)[0],
    "block": lambda: da.block([lazy()[:, :1], lazy()[:, 1:]], allow_unknown_chunksizes=True),
    "zeros": lambda: da.zeros((5, 4), name="z", meta=np.empty(0), order="C") + EXPECTED,
    "full_like": lambda: da.full_like(lazy(), 0, name="z", order="C") + EXPECTED,
    "map_blocks": lambda: da.map_blocks(lambda b: b * 1, lazy(), name="m", token="t", meta=np.empty((0, 0))),
    "blockwise": lambda: da.blockwise(lambda b: b * 1, "ij", lazy(), "ij", name="m", token="t", dtype=float),
    "broadcast_to": lambda: da.broadcast_to(lazy(), (5, 4), meta=np.empty(0)),
}


@pytest.mark.parametrize("name", CALLS)
def test_harmless_keywords(name):
    np.testing.assert_allclose(np.asarray(CALLS[name]()), EXPECTED)


@pytest.mark.parametrize(
    "call",
    [
        lambda **k: lazy().compute(**k),
        lambda **k: lazy().persist(**k),
        lambda **k: da.compute(lazy(), **k),
        lambda **k: da.from_array(DATA, **k),
        lambda **k: da.asarray(DATA, **k),
        lambda **k: da.ones(3, **k),
        lambda **k: lazy().rechunk(2, **k),
        lambda **k: lazy().sum(**k),
        lambda **k: da.cumsum(lazy(), axis=0, **k),
        lambda **k: da.concatenate([lazy()], **k),
        lambda **k: da.store(lazy(), np.zeros((5, 4)), **k),
    ],
)
def test_wrong_keywords_are_refused_by_name(call):
    with pytest.raises(TypeError, match="nowhere"):
        call(nowhere=1)


def test_workers_are_threads(monkeypatch):
    run, threads = _engine.run, []

    def watched(pairs, memory_limit=None, num_threads=None):
        threads.append(num_threads)
        run(pairs, memory_limit, num_threads)

    monkeypatch.setattr(_engine, "run", watched)
    lazy().compute(num_workers=3)
    lazy().compute(scheduler="synchronous")
    da.compute(lazy(), num_workers=2, scheduler="threads")
    da.store(lazy(), np.zeros((5, 4)), num_workers=4)
    lazy().persist(num_workers=3, num_threads=1)
    assert threads == [3, 1, 2, 4, 1]


@pytest.mark.parametrize(
    "line",
    [
        "core: Array normalize_chunks slices_from_chunks PerformanceWarning from_array asarray asanyarray concatenate",
        "core: stack block blockwise map_blocks elemwise broadcast_to broadcast_arrays unify_chunks from_delayed store",
        "core: to_zarr from_zarr to_hdf5 common_blockdim broadcast_chunks",
        "reductions: reduction cumreduction",
        "overlap: overlap map_overlap trim_internal",
        "lib.stride_tricks: sliding_window_view",
        "linalg: norm",
        "fft: fftfreq fftshift",
    ],
)
def test_import_lines(line):
    module, _, names = line.partition(": ")
    theirs, ours = (importlib.import_module(f"{package}.{module}") for package in ("dask.array", "hyperslab"))
    for name in names.split():
        assert hasattr(theirs, name) and callable(getattr(ours, name))


def test_chunks_of_several_arrays():
    for lines in ([(3, 3), (2, 4)], [(6,), (1, 5)], [(1,), (4,)], [(1,)]):
        assert da.core.common_blockdim(lines) == dask.array.core.common_blockdim(lines)
    assert da.core.common_blockdim([]) == ()
    for chunks in ([((2, 2), (1,)), ((3, 3),)], [((2,),)], [((1,), (4,)), ((5, 5), (1,))]):
        assert da.core.broadcast_chunks(*chunks) == dask.array.core.broadcast_chunks(*chunks)
    for wrong in ([((2, 2),), ((3,),)], [((2, 2),), ((1, 3),)]):
        with pytest.raises(ValueError, match="chunks"):
            da.core.broadcast_chunks(*wrong)


def test_elementwise_functions():
    np.testing.assert_array_equal(da.core.elemwise(np.add, DATA, lazy(), dtype=float), DATA + EXPECTED)
    np.testing.assert_array_equal(da.core.elemwise(lambda a, b: a - b, lazy(), DATA[0]), EXPECTED - DATA[0])
    out = np.zeros((5, 4))
    da.core.elemwise(np.add, lazy(), 1, out=out, where=DATA > 0)
    np.testing.assert_array_equal(out, np.where(DATA > 0, EXPECTED + 1, 0))
    with pytest.raises(NotImplementedError, match=r"hyperslab\.where"):
        da.core.elemwise(lambda a: a, lazy(), where=DATA > 0)


@pytest.mark.parametrize("method", ["sequential", "blelloch"])
@pytest.mark.parametrize("axis", [None, 0, 1, -1])
def test_scans_of_users(axis, method):
    x = da.from_array(DATA, chunks=((2, 2, 1), (1, 3)))
    for func, join, ident in ((np.cumsum, np.add, 0), (np.cumprod, np.multiply, 1)):
        total = {np.cumsum: np.sum, np.cumprod: np.prod}[func] if method == "blelloch" else None
        made = da.reductions.cumreduction(func, join, ident, x, axis=axis, method=method, preop=total)
        np.testing.assert_allclose(made.compute(), func(DATA, axis=axis))
    with pytest.raises(ValueError, match="nowhere"):
        da.reductions.cumreduction(np.cumsum, np.add, 0, x, axis=0, method="nowhere")


INDEXES = [
    ([0, 4, -1], [3, 0, -2]),
    ([[0, 1], [2, 3]], [1, 2]),
    (np.array([1, 2, 2]),),
    (slice(1, 4), [0, 3]),
    ([2, 0], slice(None, None, 2)),
    (..., [1, 1]),
    (3, [0, 1]),
    (np.zeros((0,), int), np.zeros((0,), int)),
    ([[1]], -1),
]


@pytest.mark.parametrize("index", INDEXES, ids=str)
def test_points(index):
    x = da.from_array(DATA, chunks=(2, 3))
    np.testing.assert_array_equal(x.vindex[index].compute(), dask.array.from_array(DATA, chunks=(2, 3)).vindex[index])


def test_points_that_dask_has_not():
    x = da.from_array(DATA, chunks=(2, 3))
    mask = DATA[:, 0] > 0
    np.testing.assert_array_equal(x.vindex[mask].compute(), DATA[mask])
    np.testing.assert_array_equal(x.vindex[DATA > 0].compute(), DATA[DATA > 0])
    np.testing.assert_array_equal(x.vindex[1:3, ::2].compute(), DATA[1:3, ::2])


def test_points_that_are_lazy():
    x, at = da.from_array(DATA, chunks=(2, 3)), da.asarray([[0, -1], [2, 3]])
    np.testing.assert_array_equal(x.vindex[at, [0, 1]].compute(), DATA[[[0, -1], [2, 3]], [0, 1]])
    np.testing.assert_array_equal(x.vindex[:, at[0]].compute(), DATA[:, [0, -1]].T)
    np.testing.assert_array_equal(x.vindex[at].compute(), DATA[[[0, -1], [2, 3]]])


@pytest.mark.parametrize(
    ("index", "words"),
    [
        ((None, [0]), "newaxis"),
        (([0], [0], [0]), "too many indices"),
        (([5],), "out of bounds for axis 0 with size 5"),
        (([0, 1], [0, 1, 2]), "shape mismatch"),
        (([0.5],), "integer"),
        ((..., ..., [0]), "single ellipsis"),
    ],
    ids=str,
)
def test_points_that_are_not_there(index, words):
    with pytest.raises(IndexError, match=words):
        da.from_array(DATA, chunks=2).vindex[index]


@pytest.mark.parametrize("invert", [False, True])
def test_isin(invert):
    x = np.array([[1, 5, 2], [7, 1, 0]])
    for others in ([1, 2], 5, np.array([[0], [7]]), []):
        made = da.isin(da.from_array(x, chunks=2), others, invert=invert)
        assert made.dtype == bool
        np.testing.assert_array_equal(made.compute(), np.isin(x, others, invert=invert))
    np.testing.assert_array_equal(np.isin(da.from_array(x, chunks=2), da.asarray([1, 2])), np.isin(x, [1, 2]))


def test_automatic_chunks_are_multiples_of_what_was():
    normalize = da.core.normalize_chunks
    for previous in (((300,) * 33 + (100,), (70,) * 142 + (60,)), (300, 70)):
        rows, columns = normalize("auto", (10_000, 10_000), "4 MiB", "f8", previous)
        assert rows[0] % 300 == 0 and columns[0] % 70 == 0 and rows[0] * columns[0] * 8 <= 2**22
        assert normalize(("auto", 500), (10_000, 10_000), "4 MiB", "f8", previous)[0][0] % 300 == 0
    assert normalize("auto", (0, 5), previous_chunks=((0,), (5,))) == ((0,), (5,))


def test_rechunk_balances_and_limits():
    x = da.ones((60, 40))
    assert x.rechunk(17, balance=True).chunks == ((15,) * 4, (20, 20))
    assert da.rechunk(da.ones(1000), 300, balance=True).chunks == ((334, 334, 332),)
    assert da.ones((0, 3)).rechunk((2, 5), balance=True).chunks == ((0,), (3,))
    for limit in (800, "800 B"):
        assert math.prod(x.rechunk("auto", block_size_limit=limit).chunksize) * x.itemsize <= 800
    for n in range(1, 40):
        for c in range(1, n + 1):
            (line,) = da.ones(n).rechunk(c, balance=True).chunks
            assert sum(line) == n and max(line) - min(line) < len(line) and 2 * c >= max(line) >= c // 2
