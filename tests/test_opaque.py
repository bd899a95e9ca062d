"""Strings, bytes and records: moved as they are, computed with by NumPy on blocks; and ufuncs of other libraries."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import scipy.special
from numpy.lib.recfunctions import repack_fields

import hyperslab as da

WORDS = np.array(["a", "bb", "ccc", "", "dd", "ä"] * 4).reshape(6, 4)
RECORDS = np.zeros((6, 4), [("a", "<i4"), ("b", "<f8"), ("c", "<U3")])
RECORDS["a"], RECORDS["b"], RECORDS["c"] = np.arange(24).reshape(6, 4) % 7, 0.5, WORDS
PADDED = np.zeros((6, 4), np.dtype([("x", "i1"), ("y", "f8")], align=True))
PADDED["x"], PADDED["y"] = np.arange(24).reshape(6, 4) % 5, np.arange(24.0).reshape(6, 4)
ARRAYS = {
    "str": WORDS,
    "bytes": np.strings.encode(WORDS, "utf-8"),
    "one byte": np.strings.encode(WORDS, "utf-8").astype("S1"),
    "void": RECORDS["b"].astype("V5"),
    "records": RECORDS,
    "padded": PADDED,
    "big": np.arange(24).reshape(6, 4).astype("U300"),
}
CHUNKS = [-1, 1, (4, 3), ((1, 5), (2, 0, 2))]


def check(got: Any, want: Any) -> None:
    want = np.asarray(want)
    made = got.compute() if isinstance(got, da.Array) else np.asarray(got)
    # Some functions of NumPy take the padding out of records, which ours leave as they are.
    assert repack_fields(made).dtype == repack_fields(want).dtype and made.shape == want.shape
    assert made.tobytes() == want.tobytes() or (made == want).all()


def assigned(x: Any, at: Any, value: Any) -> Any:
    y = x.copy()
    y[at] = value
    return y


MOVES: dict[str, Callable[[Any, Any], Any]] = {
    "identity": lambda m, x: x,
    "slices": lambda m, x: x[1:5:2, ::-1],
    "transpose": lambda m, x: x.T,
    "listed rows": lambda m, x: x[[3, 0, 0, -1]],
    "listed columns": lambda m, x: x[:, [3, 0]],
    "points": lambda m, x: x[[3, 0], [1, 2]],
    "mask": lambda m, x: x[np.arange(6) % 2 == 0],
    "reshape": lambda m, x: x.reshape(3, 8),
    "concatenate": lambda m, x: m.concatenate([x, x[::-1]], axis=1),
    "stack": lambda m, x: m.stack([x, x[::-1]], axis=1),
    "tile": lambda m, x: m.tile(x, (2, 1)),
    "repeat": lambda m, x: m.repeat(x, 2, axis=0),
    "roll": lambda m, x: m.roll(x, 1, axis=0),
    "pad": lambda m, x: m.pad(x, 1, mode="edge"),
    "broadcast": lambda m, x: m.broadcast_to(x[0], (3, 4)),
    "take_along_axis": lambda m, x: m.take_along_axis(x, np.full((6, 1), 2), 1),
    "assign a row": lambda m, x: assigned(x, slice(0, 2), x[3]),
    "assign points": lambda m, x: assigned(x, ([0, 5], [1, 1]), x[2, 2]),
    "no rows": lambda m, x: x[:0],
}

ORDERED = ("str", "bytes", "one byte", "records", "padded")
ORDERS: dict[str, Callable[[Any, Any], Any]] = {
    "sort": lambda m, x: m.sort(x, axis=0),
    "sort all": lambda m, x: m.sort(x, axis=None),
    "argsort": lambda m, x: m.argsort(x, axis=1, kind="stable"),
    "unique": lambda m, x: m.unique(x),
    "unique counts": lambda m, x: m.unique(x, return_counts=True)[1],
    "searchsorted": lambda m, x: m.searchsorted(m.sort(x, axis=None), x[1]),
    "isin": lambda m, x: m.isin(x, x[0, :2]),
    "equal": lambda m, x: x == x[0, 1],
    "not_equal": lambda m, x: x != x[::-1],
    "where": lambda m, x: m.where(np.arange(4) > 1, x, x[::-1]),
    "selected": lambda m, x: x[x == x[0, 1]],
}


@pytest.mark.parametrize("chunks", CHUNKS, ids=str)
@pytest.mark.parametrize("name", ARRAYS)
@pytest.mark.parametrize("move", MOVES)
def test_moves(move: str, name: str, chunks: Any) -> None:
    a = ARRAYS[name]
    check(MOVES[move](da, da.from_array(a, chunks=chunks)), MOVES[move](np, a))


@pytest.mark.parametrize("chunks", CHUNKS, ids=str)
@pytest.mark.parametrize("name", ORDERED)
@pytest.mark.parametrize("function", ORDERS)
def test_order(function: str, name: str, chunks: Any) -> None:
    a = ARRAYS[name]
    check(ORDERS[function](da, da.from_array(a, chunks=chunks)), ORDERS[function](np, a))


@pytest.mark.parametrize("symbol", ["==", "!=", "<", "<=", ">", ">="])
def test_comparisons_of_strings(symbol: str) -> None:
    x = da.from_array(WORDS, chunks=(4, 3))
    for a, b in ((x, "bb"), ("bb", x), (x, WORDS[::-1]), (x, x[::-1])):
        want = (np.asarray(v.compute() if isinstance(v, da.Array) else v) for v in (a, b))
        check(eval(f"a {symbol} b"), eval(f"p {symbol} q", dict(zip("pq", want))))


def test_what_never_equals_is_false_and_has_no_order() -> None:
    x = da.from_array(WORDS, chunks=2)
    check(x == 1, WORDS == 1)
    check(x != np.arange(4), np.arange(4) != WORDS)
    with pytest.raises(TypeError):
        _ = x < 1
    with pytest.raises(TypeError):
        x.max()
    with pytest.raises(TypeError):
        da.sin(x)
    with pytest.raises(TypeError):
        da.fft.fft(x)


def test_fields() -> None:
    x = da.from_array(RECORDS, chunks=(4, 3))
    check(x["a"] + 1, RECORDS["a"] + 1)
    check(x["c"], RECORDS["c"])
    check(x[["a", "c"]], repack_fields(RECORDS[["a", "c"]]))
    check(da.from_array(PADDED, chunks=2)["y"].sum(), PADDED["y"].sum())
    check(da.sort(x, order=["c", "a"]), np.sort(RECORDS, order=["c", "a"]))
    with pytest.raises(ValueError, match="no field of name z"):
        x["z"]
    with pytest.raises(IndexError):
        da.ones(3)["a"]
    with pytest.raises(NotImplementedError, match="map_blocks"):
        da.from_array(np.zeros(3, [("m", "f8", (2, 2))]))["m"]


def test_casts_and_widths() -> None:
    n = np.arange(-3, 9)
    x = da.from_array(n, chunks=5)
    check(x.astype(str), n.astype(str))
    check(x.astype("S3"), n.astype("S3"))
    check(x.astype("U5").astype(float), n.astype(float))
    check(da.from_array(WORDS, chunks=2).astype("U1"), WORDS.astype("U1"))
    wide = np.strings.add(WORDS, "zzz")
    check(da.from_array(WORDS, chunks=2) + "zzz", wide)
    check(da.concatenate([da.from_array(WORDS), da.from_array(wide)]), np.concatenate([WORDS, wide]))
    with pytest.raises(TypeError):
        x.astype("U5", casting="safe").astype(int, casting="safe")
    with pytest.raises(ValueError, match=r"invalid literal|could not convert"):
        da.from_array(WORDS).astype(int).compute()
    with pytest.raises(TypeError, match="returned dtype <U6, expected <U3"):
        da.from_array(WORDS).map_blocks(lambda b: np.strings.add(b, "zzz"), dtype="U3").compute()


def test_constants() -> None:
    check(da.full((3, 2), "xy", chunks=2), np.full((3, 2), "xy"))
    check(da.zeros((2, 2), dtype="U3"), np.zeros((2, 2), "U3"))
    check(da.zeros(3, dtype=RECORDS.dtype), np.zeros(3, RECORDS.dtype))
    check(da.asarray("word"), np.asarray("word"))


def test_what_is_not_native_is_refused() -> None:
    overlapping = np.dtype({"names": ["a", "b"], "formats": ["i4", "i4"], "offsets": [0, 2]})
    for a in (np.array([1, None]), np.zeros(2, [("o", object)]), np.zeros(2, overlapping), np.zeros(2, "g")):
        with pytest.raises(NotImplementedError, match="not native"):
            da.from_array(a)


def test_files(tmp_path: Path) -> None:
    import zarr

    names = ARRAYS["bytes"]
    with h5py.File(tmp_path / "x.h5", "w") as f:
        f["names"], f["records"] = names, RECORDS[["a", "b"]].astype([("a", "i4"), ("b", ">f8")])
        check(da.from_array(f["names"], chunks=2)[::-1], names[::-1])
        check(da.from_array(f["records"], chunks=(4, 3))["b"] * 2, RECORDS["b"] * 2)
        target = f.create_dataset("out", names.shape, names.dtype, chunks=(4, 3))
        da.store(da.from_array(names, chunks=2), target)
        assert (target[...] == names).all()
    da.from_array(WORDS, chunks=2).to_zarr(str(tmp_path / "x.zarr"))
    assert (zarr.open_array(str(tmp_path / "x.zarr"))[...] == WORDS).all()
    check(da.from_zarr(str(tmp_path / "x.zarr")), WORDS)


def test_pickles_and_spills(tmp_path: Path) -> None:
    x = da.from_array(RECORDS, chunks=(4, 3))
    check(pickle.loads(pickle.dumps(x)), RECORDS)
    many = np.arange(200_000).astype("U20")
    order = np.random.default_rng(0).permutation(len(many))
    with h5py.File(tmp_path / "x.h5", "w") as f:
        f.create_dataset("x", data=many.astype("S20"), chunks=(1000,), compression="gzip")
        y = da.from_array(f["x"])[order]
        check(y.compute(memory_limit="12 MiB"), many.astype("S20")[order])


UFUNCS: dict[str, tuple[Any, ...]] = {"erf": (), "gammaln": (), "expit": (), "jv": (1,), "xlogy": (2.0,)}


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("name", UFUNCS)
def test_ufuncs_of_other_libraries(name: str, dtype: str) -> None:
    a = np.linspace(-2, 3, 24).reshape(6, 4).astype(dtype)
    ufunc = getattr(scipy.special, name)
    for chunks in CHUNKS:
        x = da.from_array(a, chunks=chunks)
        check(ufunc(*UFUNCS[name], x * 1) + 1, ufunc(*UFUNCS[name], a) + 1)


def test_options_of_ufuncs_of_other_libraries() -> None:
    a = np.linspace(-2, 2, 24).reshape(6, 4)
    x, out = da.from_array(a, chunks=(4, 3)), np.empty((6, 4))
    for got, want in zip(scipy.special.sici(x), scipy.special.sici(a)):
        check(got, want)
    check(scipy.special.erf(x, where=x > 0), np.where(a > 0, scipy.special.erf(a), 0))
    assert scipy.special.erf(x, out=out) is out
    np.testing.assert_array_equal(out, scipy.special.erf(a))
    with pytest.raises(TypeError):
        scipy.special.erf(da.from_array(WORDS))


def test_strings_without_dimensions_keep_their_length():
    x = da.from_array(np.array("ab"))
    assert (x + x).dtype == "U4" and (x + x).compute() == "abab" and (x + "cde").compute() == "abcde"
    for shape in [(), (2,), (2, 3)]:
        a = np.full(shape, "b")
        same = da.from_array(a, chunks=1 if shape else -1).argmax(keepdims=True)
        assert same.shape == a.argmax(keepdims=True).shape and not same.compute().any()
