"""The array API standard: names, signatures, what the namespace says of itself, dtypes, devices, DLPack."""

import inspect
import json
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from against_numpy import values

import hyperslab as da
import hyperslab.array_api as strict

STANDARD = json.loads((Path(__file__).parent / "array_api" / "signatures.json").read_text())
NAMESPACES = {"hyperslab": da, "hyperslab.array_api": strict}
INFO = da.__array_namespace_info__()
DTYPES = INFO.dtypes()
#: What `linalg` does not have yet.
MISSING = {("linalg", name) for name in ("eig", "eigvals") if not hasattr(da.linalg, name)}


def _functions():
    for space in NAMESPACES:
        for part in ("main", "linalg", "fft"):
            for name, text in STANDARD[part].items():
                if (part, name) not in MISSING:
                    yield pytest.param(space, part, name, text, id=f"{space}-{part}.{name}")


def _fits(function, text, method=False):
    """Whether calls by the standard's signature bind; names of arguments by position alone are free."""
    scope = {}
    exec(f"def wanted{text}: pass", scope)
    ours = list(inspect.signature(function).parameters.values())
    wanted = list(inspect.signature(scope["wanted"]).parameters.values())
    ours, wanted = (ours[1:], wanted[1:]) if method else (ours, wanted)
    by_name = {p.name: p for p in ours}
    for place, p in enumerate(wanted):
        if p.kind is p.KEYWORD_ONLY:
            found = by_name.get(p.name)
            assert found is not None, f"{p.name}= is missing: {inspect.signature(function)}"
            assert found.kind in (p.KEYWORD_ONLY, p.POSITIONAL_OR_KEYWORD)
            continue
        at = ours[place] if place < len(ours) else ours[-1]
        if p.kind is p.VAR_POSITIONAL:
            assert at.kind is p.VAR_POSITIONAL
            continue
        assert at.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD, p.VAR_POSITIONAL)
        if p.kind is p.POSITIONAL_OR_KEYWORD:
            assert at.name == p.name, f"{p.name} is called {at.name}: {inspect.signature(function)}"
        if p.default is not p.empty and at.kind is not p.VAR_POSITIONAL:
            assert at.default is not p.empty, f"{p.name} is optional in the standard"


@pytest.mark.parametrize("space, part, name, text", list(_functions()))
def test_signatures_of_functions(space, part, name, text):
    module = NAMESPACES[space] if part == "main" else getattr(NAMESPACES[space], part)
    function = getattr(module, name)
    try:
        inspect.signature(function)
    except ValueError:
        assert function is getattr(np, name)  # NumPy's own function in C, which tells no signature.
        return
    _fits(function, text)


@pytest.mark.parametrize("name", STANDARD["array"])
def test_signatures_of_methods(name):
    member = inspect.getattr_static(da.Array, name)
    if STANDARD["array"][name] == "property":
        assert isinstance(member, property)
    else:
        _fits(member, STANDARD["array"][name], method=True)


@pytest.mark.parametrize("name", STANDARD["info"])
def test_signatures_of_info(name):
    _fits(getattr(type(INFO), name), "(self, " + STANDARD["info"][name][1:], method=True)


def test_strict_names_are_those_of_the_standard():
    own = {"linalg", "fft", "__array_api_version__", "__array_namespace_info__"}
    assert set(strict.__all__) == set(STANDARD["main"]) | set(STANDARD["constants"]) | set(DTYPES) | own
    assert all(hasattr(strict, name) for name in strict.__all__)
    for part in ("linalg", "fft"):
        names = {n for n in vars(getattr(strict, part)) if not n.startswith("__")}
        assert names == set(STANDARD[part]) - {n for p, n in MISSING if p == part}
    assert dir(strict) == strict.__all__
    assert not hasattr(strict, "percentile")


@pytest.mark.parametrize("name", STANDARD["constants"])
def test_constants(name):
    ours, numpys = getattr(da, name), getattr(np, name)
    assert ours is numpys or ours == numpys or (ours != ours and numpys != numpys)


# The namespace of an array.


@pytest.mark.parametrize("version", [None, "2021.12", "2022.12", "2023.12", "2024.12", "2025.12"])
def test_namespace(version):
    x = da.arange(4, chunks=2)
    assert x.__array_namespace__(api_version=version) is da
    assert x[x > 1].__array_namespace__(api_version=version) is da


def test_namespace_of_unknown_versions():
    with pytest.raises(ValueError, match=r"2030\.12.*not supported"):
        da.ones(1).__array_namespace__(api_version="2030.12")


def test_capabilities():
    said = INFO.capabilities()
    assert said == {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": 64}
    x = da.ones((1,) * 64)
    assert x.compute().ndim == 64
    assert da.arange(4)[da.arange(4) > 1].compute().tolist() == [2, 3]
    assert da.__array_api_version__ == "2025.12"


def test_default_dtypes():
    said = INFO.default_dtypes(device="cpu")
    made = {
        "real floating": da.ones(1),
        "complex floating": da.asarray(1j),
        "integral": da.arange(1),
        "indexing": da.argmax(da.ones(1)),
    }
    assert {kind: x.dtype for kind, x in made.items()} == said


KINDS = ["bool", "signed integer", "unsigned integer", "integral", "real floating", "complex floating", "numeric"]


@pytest.mark.parametrize("kind", [None, *KINDS, (), ("bool", "real floating"), ("integral", "signed integer")], ids=str)
def test_dtypes(kind):
    expected = np.__array_namespace_info__().dtypes(kind=kind)
    found = INFO.dtypes(kind=kind)
    assert found == expected
    assert all(isinstance(d, np.dtype) and getattr(da, name) == d for name, d in found.items())


def test_dtypes_of_unknown_kinds():
    with pytest.raises(ValueError, match="unsupported kind: 'words'"):
        INFO.dtypes(kind="words")
    with pytest.raises(ValueError, match="unsupported kind: 'words'"):
        INFO.dtypes(kind=("bool", "words"))


# Devices.

ON_DEVICE = {
    "arange": lambda m, **k: m.arange(3, **k),
    "asarray": lambda m, **k: m.asarray([1, 2], **k),
    "empty": lambda m, **k: m.empty((2, 0), **k),
    "empty_like": lambda m, **k: m.empty_like(m.ones((2, 0)), **k),
    "eye": lambda m, **k: m.eye(2, 3, k=1, **k),
    "full": lambda m, **k: m.full((2, 3), 4, **k),
    "full_like": lambda m, **k: m.full_like(m.ones(3), 4, **k),
    "linspace": lambda m, **k: m.linspace(0, 1, 4, **k),
    "ones": lambda m, **k: m.ones(3, **k),
    "ones_like": lambda m, **k: m.ones_like(m.zeros(3), **k),
    "zeros": lambda m, **k: m.zeros(3, **k),
    "zeros_like": lambda m, **k: m.zeros_like(m.ones(3), **k),
    "astype": lambda m, **k: m.astype(m.arange(3), m.float32, **k),
    "fftfreq": lambda m, **k: m.fft.fftfreq(5, **k),
    "rfftfreq": lambda m, **k: m.fft.rfftfreq(5, **k),
    "from_dlpack": lambda m, **k: m.from_dlpack(np.arange(3), **k),
}


@pytest.mark.parametrize("name", ON_DEVICE)
@pytest.mark.parametrize("device", [None, "cpu"])
def test_devices(name, device):
    x = ON_DEVICE[name](da, device=device)
    assert x.device == "cpu"
    expected = ON_DEVICE[name](np, **({} if name.endswith("freq") else {"device": device}))
    np.testing.assert_array_equal(x, expected, strict=True)


@pytest.mark.parametrize("name", ON_DEVICE)
def test_devices_that_there_are_not(name):
    with pytest.raises(ValueError, match='Only "cpu" is allowed, but received: gpu'):
        ON_DEVICE[name](da, device="gpu")


def test_to_device():
    x = da.arange(4, chunks=2)
    assert x.to_device("cpu") is x
    some = x[x > 1]
    assert some.device == "cpu"
    assert some.to_device("cpu").compute().tolist() == [2, 3]
    with pytest.raises(ValueError, match="gpu"):
        x.to_device("gpu")
    with pytest.raises(ValueError, match="stream"):
        x.to_device("cpu", stream=1)


# Functions where the standard has more than NumPy.


@pytest.mark.parametrize("chunks", [1, 3, -1])
@pytest.mark.parametrize("dtype", ["int8", "uint64", "float32", "float64", "bool", "complex64", "m8[s]"])
def test_descending(dtype, chunks):
    base = (np.arange(21) % 4).reshape(7, 3).astype(dtype)
    for axis in (0, -1, None):
        x = da.from_array(base, chunks=chunks)
        flat = base.ravel() if axis is None else base
        along = -1 if axis is None else axis
        # The key turned around: the stable order of what is largest first.
        places = np.argsort(
            3 - (np.arange(21) % 4).reshape(flat.shape) % (2 if dtype == "bool" else 4), along, stable=True
        )
        if dtype == "bool":
            places = np.argsort(~flat, along, stable=True)
        got = da.argsort(x, axis=axis, descending=True, stable=True)
        np.testing.assert_array_equal(got, places, strict=True)
        np.testing.assert_array_equal(
            da.sort(x, axis=axis, descending=True), np.take_along_axis(flat, places, along), strict=True
        )


def test_descending_with_nan_and_in_place():
    x = da.array([1.0, np.nan, 3.0])
    np.testing.assert_array_equal(da.sort(x, descending=True), [np.nan, 3, 1])
    np.testing.assert_array_equal(da.argsort(x, descending=True), [1, 2, 0])
    x.sort(descending=True)
    np.testing.assert_array_equal(x, [np.nan, 3, 1])
    assert da.argsort(da.ones((0, 3)), axis=0, descending=True).compute().shape == (0, 3)


@pytest.mark.parametrize("n", [1, 2, 5, 8])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", None])
def test_frequencies(n, dtype):
    for name in ("fftfreq", "rfftfreq"):
        expected = getattr(np.fft, name)(n, d=0.25).astype(dtype or "float64")
        np.testing.assert_array_equal(getattr(da.fft, name)(n, d=0.25, dtype=dtype), expected, strict=True)
        with pytest.raises(TypeError, match="real floating dtype, not complex64"):
            getattr(da.fft, name)(n, dtype="complex64")


BOUNDS = [
    (1j, 2),
    (0, 3 - 4j),
    (np.complex64(1 + 1j), 2j),
    (np.float32(0), 1),
    (np.float16(-1), np.float32(1)),
    (np.int8(0), 2.5),
    (np.ones(2, "float32"), 3),
    (np.ones(2, "float32"), np.arange(2)),
    (np.ones(2, "bool"), 3),
    (np.ones((2, 1), "complex64"), np.arange(3, dtype="float32")),
]


@pytest.mark.parametrize("endpoint", [True, False])
@pytest.mark.parametrize("dtype", [None, "complex64", "complex128"])
@pytest.mark.parametrize("num", [0, 1, 2, 7])
def test_dtypes_of_linspace(num, dtype, endpoint):
    for start, stop in BOUNDS:
        expected, step = np.linspace(start, stop, num, endpoint=endpoint, dtype=dtype, retstep=True)
        got, by = da.linspace(start, stop, num, endpoint=endpoint, dtype=dtype, retstep=True)
        assert (got.dtype, got.shape) == (expected.dtype, expected.shape)
        close = {"rtol": 8 * np.finfo(np.result_type(start, stop, 1.0)).eps, "atol": 1e-6}
        np.testing.assert_allclose(got, expected, **close)
        np.testing.assert_allclose(np.asarray(by) + 0 * np.asarray(step), step, **close)


def test_clip_by_either_names():
    x = da.arange(6)
    for options in ({"min": 1, "max": 4}, {"a_min": 1, "a_max": 4}, {"min": 1, "a_max": 4}):
        assert da.clip(x, **options).compute().tolist() == [1, 1, 2, 3, 4, 4]
    with pytest.raises(ValueError, match="forbidden"):
        da.clip(x, min=1, a_min=2)


def test_take_by_lazy_positions_reads_nothing():
    x, positions = da.from_array(values((5, 3)), chunks=2), da.from_array(np.array([[4, 0], [-1, 2]]), chunks=1)
    for axis in (0, 1, None):
        where = positions % 3 if axis == 1 else positions
        np.testing.assert_array_equal(
            da.take(x, where, axis=axis), np.take(values((5, 3)), where.compute(), axis=axis), strict=True
        )

    class Refusing:
        shape, dtype = (4,), np.dtype("int64")

        def __getitem__(self, key):
            raise AssertionError("read while building")

    assert da.take(x, da.from_array(Refusing()), axis=0).shape == (4, 3)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "complex64", "complex128"])
def test_finfo(dtype):
    x = da.ones(3, dtype=dtype)
    expected = np.finfo(dtype)
    for given in (dtype, np.dtype(dtype), x, x[x == 1], x.compute()):
        found = da.finfo(given)
        assert (found.eps, found.max, found.dtype) == (expected.eps, expected.max, expected.dtype)
        limits = strict.finfo(given)
        assert (limits.bits, limits.dtype) == (expected.bits, expected.dtype)
        for name in ("eps", "max", "min", "smallest_normal"):
            assert type(getattr(limits, name)) is float
            assert getattr(limits, name) == getattr(expected, name)


@pytest.mark.parametrize("dtype", ["int8", "uint64"])
def test_iinfo(dtype):
    for given in (dtype, da.ones(3, dtype=dtype), np.ones(3, dtype=dtype)):
        assert (da.iinfo(given).min, da.iinfo(given).max) == (np.iinfo(dtype).min, np.iinfo(dtype).max)
    with pytest.raises(ValueError):
        da.iinfo(da.ones(1))


QUOTIENTS = [np.inf, -np.inf, np.nan, 5.0, -5.0, 0.0, -0.0, 2.5]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_floor_divide_to_the_letter(dtype):
    x1, x2 = (a.ravel() for a in np.meshgrid(np.array(QUOTIENTS, dtype), np.array(QUOTIENTS, dtype)))
    with np.errstate(all="ignore"):
        got = strict.floor_divide(da.from_array(x1), da.from_array(x2)).compute()
        plain = np.floor_divide(x1, x2)
        expected = np.where(np.isinf(x1) | np.isinf(x2), np.floor(x1 / x2), plain)
    np.testing.assert_array_equal(got, expected, strict=True)
    np.testing.assert_array_equal(np.signbit(got), np.signbit(expected))
    np.testing.assert_array_equal(da.floor_divide(da.from_array(x1), x2), plain, strict=True)
    assert strict.floor_divide(da.arange(5), 2).dtype == np.int64


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_expm1_to_the_letter(dtype):
    parts = [0.0, -0.0, 1.0, -2.0, np.inf, -np.inf, np.nan]
    x = np.array([complex(re, im) for re in parts for im in parts], dtype)
    with np.errstate(all="ignore"):
        got = strict.expm1(da.from_array(x)).compute()
        plain = np.isfinite(x) & (x != 0)
        np.testing.assert_allclose(got[plain], np.expm1(x[plain]), rtol=4 * np.finfo(dtype).eps)
        np.testing.assert_array_equal(got[~plain], np.exp(x[~plain]) - 1)
        np.testing.assert_allclose(da.expm1(da.from_array(x)), np.expm1(x), rtol=4 * np.finfo(dtype).eps)
    cases = [(complex(np.inf, 0), complex(np.inf, 0)), (complex(-np.inf, np.inf), -1), (complex(-np.inf, np.nan), -1)]
    for given, wanted in cases:
        assert complex(strict.expm1(da.asarray(given))) == wanted
    assert strict.expm1(da.ones(1, dtype="float32")).dtype == np.float32


# Lengths that depend on values.

DEPENDING = {
    "mask": lambda m, x: x[x > 1],
    "rows": lambda m, x: x[(x > 1).any(axis=1)],
    "nonzero": lambda m, x: m.nonzero(x > 1)[1],
    "flatnonzero": lambda m, x: m.flatnonzero(x),
    "argwhere": lambda m, x: m.argwhere(x),
    "unique_values": lambda m, x: m.sort(m.unique_values(x)),
    "unique_counts": lambda m, x: m.unique_counts(x).counts,
    "unique_inverse": lambda m, x: m.unique_inverse(x).values,
    "unique_all": lambda m, x: m.unique_all(x).indices,
    "compress": lambda m, x: m.compress(x[:, 0] > 1, x, axis=0),
    "chain": lambda m, x: m.sort(x[x > 1] * 2)[1:],
}


@pytest.mark.parametrize("name", DEPENDING)
def test_lengths_are_computed_where_the_settings_ask_for_it(name):
    base = np.arange(12).reshape(4, 3) % 5
    expected = DEPENDING[name](np, base)
    for chunks in (1, 2, -1):
        x = da.from_array(base, chunks=chunks)
        assert any(n != n for n in DEPENDING[name](da, x).shape)
        with da.config.set(unknown_lengths="compute"):
            made = DEPENDING[name](da, x)
        assert made.shape == expected.shape
        np.testing.assert_array_equal(made, expected, strict=True)


def test_setting_of_lengths(monkeypatch):
    assert da.config.get("unknown_lengths") == "keep"
    monkeypatch.setenv("HYPERSLAB_UNKNOWN_LENGTHS", "compute")
    assert da.config.get("unknown_lengths") == "compute"
    with da.config.set(unknown_lengths="keep"):
        assert da.config.get("unknown_lengths") == "keep"
    with pytest.raises(ValueError, match="unknown_lengths='often'"):
        da.config.set(unknown_lengths="often")


def test_lengths_that_are_computed_take_one_computation():
    reads = []

    class Counting:
        shape, dtype, ndim = (100,), np.dtype("int64"), 1

        def __getitem__(self, key):
            reads.append(key)
            return (np.arange(100) % 7)[key]

    with da.config.set(unknown_lengths="compute"):
        made = da.unique_all(da.from_array(Counting(), chunks=-1))
    assert len(reads) == 1
    assert made.counts.shape == (7,)


@pytest.mark.parametrize("dtype", ["bool", "int8", "int64", "uint32"])
@pytest.mark.parametrize("axis", [None, 0, 1, -1])
def test_repeat_by_lazy_counts(axis, dtype):
    base = values((4, 3))
    n = base.size if axis is None else base.shape[axis]
    for counts in (np.arange(n) % 3, np.zeros(n), np.ones(1) * 2, np.array(2), np.array([0])):
        counts = counts.astype(dtype)
        expected = np.repeat(base, counts, axis)
        for chunks in (1, 2, -1):
            got = da.repeat(da.from_array(base, chunks=chunks), da.from_array(counts, chunks=chunks), axis)
            along = 0 if axis is None else axis
            assert math.isnan(got.shape[along])
            assert (got.dtype, got.ndim) == (expected.dtype, expected.ndim)
            np.testing.assert_array_equal(got, expected, strict=True)
            np.testing.assert_array_equal((got * 2).sum(), (expected * 2).sum())
    with da.config.set(unknown_lengths="compute"):
        assert da.repeat(da.arange(3), da.array([1, 0, 2])).shape == (3,)


@pytest.mark.parametrize("counts", [[1, 2], [1, -1, 2], [[1, 1, 1]], np.array([1, 1, 1], "uint64")], ids=str)
def test_what_repeat_refuses(counts):
    with pytest.raises((ValueError, TypeError)) as told:
        np.repeat(np.arange(3), counts)
    for lazy in (counts, da.asarray(counts)):
        with pytest.raises(told.type):
            da.repeat(da.arange(3), lazy).compute()


@pytest.mark.parametrize("mask", [True, False])
@pytest.mark.parametrize("shape", [(), (3,), (2, 3)])
def test_assignment_by_masks_without_dimensions(shape, mask):
    for value in (7, np.full(shape, 7.0), np.full((1, *shape), 7.0)):
        expected = np.zeros(shape)
        expected[np.asarray(mask)] = value
        x = da.zeros(shape, chunks=2)
        x[da.asarray(mask)] = value
        np.testing.assert_array_equal(x, expected, strict=True)
    with pytest.raises(ValueError, match="could not be broadcast"):
        da.zeros(shape)[da.asarray(mask)] = np.ones(5)


def test_with_scipy():
    pytest.importorskip("scipy")
    script = Path(__file__).parent / "array_api" / "with_scipy.py"
    # SciPy asks for the variable when it is imported.
    done = subprocess.run(
        [sys.executable, str(script)], env={**os.environ, "SCIPY_ARRAY_API": "1"}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("k", [0, 1, -2, 3, 4, -5, 2**62, -(2**63), 2**63, 10**30, -(10**30)])
def test_diagonals_far_away(k):
    near = max(min(k, 9), -9)
    for shape in [(3, 4), (4, 3), (0, 2), (1, 1)]:
        np.testing.assert_array_equal(da.eye(*shape, k=k), np.eye(*shape, k=near), strict=True)
        x = values(shape)
        for name in ("tril", "triu"):
            got = getattr(da, name)(da.from_array(x, chunks=2), k=k)
            np.testing.assert_array_equal(got, getattr(np, name)(x, k=near), strict=True)


GIVEN = [
    ([1, 2**64 - 1], "uint64"),
    ([0, 2**63 + 1], "uint64"),
    (2**64 - 1, "uint64"),
    ([2**53 + 1, 0.5], "int64"),
    (["2020-01-01", "2021-05-06"], "M8[D]"),
    ([True, 2], "complex64"),
    ([300], "uint8"),
    (-1, "uint64"),
    ([np.nan], "int64"),
    ([1j], "float64"),
    ([[1], [2, 3]], "int64"),
]


@pytest.mark.parametrize("given, dtype", GIVEN, ids=str)
def test_numbers_as_arrays_of_a_dtype(given, dtype):
    for function in ("asarray", "array"):
        try:
            expected = getattr(np, function)(given, dtype=dtype)
        except (ValueError, TypeError) as e:
            with pytest.raises(type(e)):
                getattr(da, function)(given, dtype=dtype)
        except OverflowError:
            with pytest.raises(OverflowError):
                getattr(da, function)(given, dtype=dtype)
        else:
            np.testing.assert_array_equal(getattr(da, function)(given, dtype=dtype), expected, strict=True)
