"""Every row of the op tables against NumPy: dtype, shape, value, and the type of the exception where NumPy raises."""

import itertools

import numpy as np
import pytest

import hyperslab as da
from hyperslab import _ops

INTEGERS = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"]
NUMERIC = ["bool", *INTEGERS, "float16", "float32", "float64", "complex64", "complex128"]
TIMES = ["datetime64[D]", "timedelta64[s]"]
DTYPES = NUMERIC + TIMES
SHAPES = [(), (0,), (13,), (3, 0, 2), (4, 5, 6)]
AXES = [None, 0, -1, (0, 2), (), 3]

#: Rows whose values may differ from NumPy's by rounding, in units of the last place.
ROUNDED = {
    "exp exp2 expm1 log log2 log10 log1p sqrt cbrt sin cos tan arcsin arccos arctan arctan2 sinh cosh tanh arcsinh",
    "arccosh arctanh hypot power float_power logaddexp logaddexp2 square reciprocal divide true_divide multiply",
    "absolute abs degrees radians deg2rad rad2deg sinc angle sign conjugate",
}
ROUNDED_NAMES = {name for line in ROUNDED for name in line.split()}
ULP = 4

#: What NumPy calls rows that are no ufuncs of its own.


def precise_power(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """NumPy's power; of complex64 in double, since its own single precision is off by more than is allowed here."""
    wide = [x.astype("c16") if x.dtype == "c8" else x for x in (a, b)]
    return np.power(*wide).astype(np.result_type(a, b)) if "c8" in (a.dtype, b.dtype) else np.power(a, b)


ORACLES = {"where": np.where, "clip": np.clip, "real": np.real, "imag": np.imag, "power": precise_power}

FLOATS = [-np.inf, -1e5, -2.5, -1.0, -0.5, -0.0, 0.0, 0.25, 0.5, 1.0, 1.5, 3.0, np.inf, np.nan, 700.0, 1e-4]
COMPLEX = [0, 1, -1, 1j, -1j, 0.5 + 0.25j, -2.5 + 3j, 3 - 4j, -0.75 - 0.5j, 1e-3 + 2j, 2, -3.5]


def values(dtype: str, size: int, second: bool = False, name: str = "") -> np.ndarray:
    """Test data with the corners of the dtype; the second operand avoids what NumPy leaves undefined."""
    d = np.dtype(dtype)
    if d.kind == "b":
        base = np.array([True, False, False, True, True])
    elif d.kind in "iu" and second and name in ("power", "left_shift", "right_shift", "ldexp"):
        base = np.array([0, 1, 2, 3, 5, 7], d)
    elif d.kind in "iu":
        info = np.iinfo(d)
        low = [-1, -7, info.min] if d.kind == "i" else [5, 9, 11]
        base = np.array([*low, 0, 1, 2, 3, 7, 100, info.max, info.max - 1], d)
    elif d.kind == "f":
        base = np.array(FLOATS, d)
    elif d.kind == "c":
        base = np.array(COMPLEX, d)
    else:
        base = np.array([-5, 0, 1, 3, 1000, np.iinfo("i8").min], "i8").view(d)
    return np.roll(np.resize(base, size), 3 if second else 0)


def ragged(shape: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    """Chunks of different sizes along each dimension."""
    return tuple((n,) if n < 3 else (1, 2, n - 3) if n > 3 else (1, 2) for n in shape)


def chunkings(shape: tuple[int, ...]) -> list[tuple]:
    return [tuple(-1 for _ in shape), ragged(shape)]


def outcome(function):
    """The result, or the exception's type as users catch it."""
    kinds = (TypeError, OverflowError, ZeroDivisionError, IndexError, np.exceptions.AxisError, ValueError)
    with np.errstate(all="ignore"):
        try:
            return function(), None
        except kinds as e:
            return None, next(k for k in kinds if isinstance(e, k))


#: Which of two zeros is the larger is left open; NumPy's own answer depends on the length of the array.
UNSIGNED_ZEROS = {"maximum", "minimum", "fmax", "fmin", "clip"}


def assert_same(ours, theirs, rounded: bool, scale=None, name: str = "") -> None:
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.dtype == theirs.dtype
    assert ours.shape == theirs.shape
    if theirs.dtype.kind in "fc" and (rounded or scale is not None):
        real = np.dtype(theirs.dtype.type(0).real.dtype)
        with np.errstate(all="ignore"):
            size = np.maximum(np.abs(theirs), np.abs(ours)) if scale is None else np.broadcast_to(scale, theirs.shape)
            unit = np.spacing(np.minimum(np.nan_to_num(size.astype(real)), np.finfo(real).max).astype(real))
            off = np.abs(ours.astype("c16") - theirs.astype("c16")) > ULP * unit.astype("f8")
            off &= ~((ours == theirs) | (np.isnan(ours) & np.isnan(theirs)))
            off |= np.isnan(ours) != np.isnan(theirs)
        assert not off.any(), (ours[off][:5], theirs[off][:5])
    else:
        np.testing.assert_array_equal(ours, theirs)
        if theirs.dtype.kind == "f" and name not in UNSIGNED_ZEROS:
            zeros = theirs == 0
            np.testing.assert_array_equal(np.signbit(ours[zeros]), np.signbit(theirs[zeros]))


#: Rows that are one of two results.
HALVES = {"modf.fraction": 0, "modf.whole": 1, "frexp.mantissa": 0, "frexp.exponent": 1}


def public(module, name: str):
    """The function by which users call a row."""
    if name in HALVES:
        return lambda *args: getattr(module, name.partition(".")[0])(*args)[HALVES[name]]
    return getattr(module, name)


def oracle(name: str):
    return ORACLES.get(name) or public(np, name)


def check_ufunc(name: str, dtypes: tuple[str, ...]) -> None:
    pending, expected = [], []
    for shape in SHAPES:
        data = [values(d, int(np.prod(shape)), k > 0, name).reshape(shape) for k, d in enumerate(dtypes)]
        if name == "where":
            data[0] = data[0].astype(bool)
        theirs, failure = outcome(lambda data=data: oracle(name)(*data))
        for chunks in chunkings(shape):
            lazy = [da.from_array(x, chunks=chunks) for x in data]
            ours, raised = outcome(lambda lazy=lazy: public(da, name)(*lazy))
            if failure is not None:
                assert raised is failure, f"NumPy raises {failure.__name__} for {dtypes}, here: {raised or ours}"
                continue
            assert raised is None, f"{raised} where NumPy gives {theirs.dtype} for {dtypes}"
            assert (ours.shape, ours.dtype) == (theirs.shape, theirs.dtype)
            pending.append(ours)
            expected.append(theirs)
    for ours, theirs in zip(da.compute(*pending), expected, strict=True):
        assert_same(ours, theirs, name in ROUNDED_NAMES, name=name)


UFUNCS = [(row["name"], row["nin"]) for row in _ops.UFUNCS.values()]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("name", "nin"), UFUNCS)
def test_ufunc(name, nin, dtype):
    if name == "ldexp":
        check_ufunc(name, (dtype, "int32"))
    else:
        check_ufunc(name, (dtype,) * nin)


@pytest.mark.parametrize(("one", "other"), list(itertools.permutations(NUMERIC, 2)))
def test_mixed_dtypes(one, other):
    for name in ("add", "multiply", "less", "maximum"):
        check_ufunc(name, (one, other))


@pytest.mark.parametrize("dtype", NUMERIC)
@pytest.mark.parametrize("scalar", [True, 0, 3, -1, 300, 2**40, 2**70, 0.5, 2 + 1j, np.float32(0.1), np.int8(7)])
def test_scalars_give_way(dtype, scalar):
    """NEP 50: Python's numbers take the dtype of the array, NumPy's scalars do not."""
    x = values(dtype, 13)
    for name in ("add", "subtract", "multiply", "less", "maximum", "divide", "equal"):
        for flip in (False, True):
            theirs, failure = outcome(lambda n=name, f=flip: getattr(np, n)(*((scalar, x) if f else (x, scalar))))
            lazy = da.from_array(x, chunks=4)
            ours, raised = outcome(lambda n=name, f=flip, y=lazy: getattr(da, n)(*((scalar, y) if f else (y, scalar))))
            assert raised is failure, (name, dtype, scalar, raised, failure)
            if failure is None:
                assert_same(ours.compute(), theirs, name in ROUNDED_NAMES, name=name)


TIME_PAIRS = [
    ("datetime64[D]", "datetime64[h]"),
    ("datetime64[D]", "timedelta64[h]"),
    ("timedelta64[s]", "timedelta64[ms]"),
    ("timedelta64[s]", "int64"),
    ("timedelta64[s]", "float64"),
    ("int64", "timedelta64[s]"),
    ("datetime64[D]", "int64"),
    ("timedelta64[Y]", "timedelta64[D]"),
]


@pytest.mark.parametrize("dtypes", TIME_PAIRS)
@pytest.mark.parametrize("name", ["add", "subtract", "multiply", "less", "equal", "maximum", "divide"])
def test_times(name, dtypes):
    ticks, numbers = np.array([-5, 0, 1, 3, 1000], "i8"), np.array([1, 2, 3, 4, 5])
    data = [ticks.view(d) if d[0] in "dt" else numbers.astype(d) for d in dtypes]
    theirs, failure = outcome(lambda: getattr(np, name)(*data))
    ours, raised = outcome(lambda: getattr(da, name)(*(da.from_array(x, chunks=2) for x in data)))
    assert raised is failure
    if failure is None:
        assert_same(ours.compute(), theirs, rounded=True)


def reduction_cases(row: dict, dtype: str):
    for axis, keepdims in itertools.product(AXES, (False, True)):
        if row["is_arg"] and isinstance(axis, tuple):
            continue
        yield {"axis": axis, "keepdims": keepdims}
    if row["takes_ddof"]:
        yield {"axis": 0, "ddof": 1}
        yield {"axis": None, "ddof": 2.5}
    if row["takes_dtype"]:
        if not dtype.startswith("complex"):  # NumPy drops imaginary parts with a warning.
            yield {"axis": -1, "dtype": "float64"}
        yield {"axis": None, "dtype": "complex128"}


#: Finite data only: sums of infinities and of NaN are NaN whatever the order, which the ufunc tests cover.
def reducible(dtype: str, shape: tuple[int, ...], name: str) -> np.ndarray:
    size = int(np.prod(shape))
    x = values(dtype, size)
    d = np.dtype(dtype)
    if d.kind == "f":
        x = np.resize(np.array([-2.5, -1.0, 0.5, 1.5, 3.0, 0.25, -0.75], d), size)
        if name.startswith("nan") or name in ("min", "max", "argmin", "argmax"):
            x[::11] = np.nan
    if d.kind == "m":
        x = np.resize(np.array([-5, 0, 1, 3, 1000], "i8"), size).view(d)
    return x.reshape(shape)


def summed_scale(name: str, data: np.ndarray, kwargs: dict):
    """What rounding errors of a sum are measured against: the sum of the magnitudes."""
    axes = {k: v for k, v in kwargs.items() if k in ("axis", "keepdims")}
    with np.errstate(all="ignore"):
        size = np.abs(data.astype("c16"))
        measure = name.removeprefix("nan")
        if measure == "prod":
            return np.abs(np.nanprod(data.astype("c16"), **axes)) * max(data.size, 1)
        if measure in ("var", "std"):
            return np.nan_to_num(np.nansum(size**2, **axes)) + np.nan_to_num(np.nansum(size, **axes))
        return np.nansum(size, **axes)


NAN_FREE = [d for d in DTYPES if d not in TIMES]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", list(_ops.REDUCERS))
def test_reduction(name, dtype):
    if name.startswith("nan") and dtype in TIMES:
        dtype = "float64"  # NumPy's nan-reductions do not know NaT; the fold is that of float64.
    row, pending, expected = _ops.REDUCERS[name], [], []
    for shape in SHAPES:
        data = reducible(dtype, shape, name)
        for kwargs in reduction_cases(row, dtype):
            known = data
            if name in ("nanvar", "nanstd") and "dtype" in kwargs and data.dtype.kind in "fc":
                known = data.astype(kwargs["dtype"])  # NumPy takes the mean off in the dtype of the data.
            theirs, failure = outcome(lambda data=known, k=kwargs: getattr(np, name)(data, **k))
            for chunks in chunkings(shape):
                lazy = da.from_array(data, chunks=chunks)
                ours, raised = outcome(lambda lazy=lazy, k=kwargs: getattr(da, name)(lazy, **k))
                case = (shape, kwargs)
                if failure is not None:
                    if raised is None:  # What depends on values is only known then: slices of nothing but NaN.
                        raised = outcome(ours.compute)[1]
                    assert raised is failure, (case, failure, raised)
                    continue
                assert raised is None, (case, raised)
                pending.append(ours)
                expected.append((case, theirs, summed_scale(name, data, kwargs)))
    sums = name.removeprefix("nan") in ("sum", "prod", "mean", "var", "std")
    for ours, (case, theirs, scale) in zip(da.compute(*pending), expected, strict=True):
        try:
            inexact = sums and np.asarray(theirs).dtype.kind in "fc"
            assert_same(ours, theirs, rounded=False, scale=scale if inexact else None)
        except AssertionError as e:
            raise AssertionError(f"{name} of {dtype} {case}: {e}") from None


def scan_cases(dtype: str):
    for axis in (None, 0, -1, 1, 3):
        yield {"axis": axis}
    for accumulator in ("int8", "bool", "float16", "float64", "complex128"):
        if not dtype.startswith("complex") or accumulator.startswith("complex"):
            yield {"axis": 0, "dtype": accumulator}


def numpy_scan(name: str):
    """NumPy's function, or its method of a ufunc."""
    ufunc, _, method = name.partition(".")
    return getattr(getattr(np, ufunc), method) if method else getattr(np, name)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", list(_ops.SCANNERS))
def test_scan(name, dtype):
    """In one block of its axis a scan has NumPy's very bits, infinities and NaNs included."""
    function, pending, expected = numpy_scan(name), [], []
    for shape in SHAPES:
        data = values(dtype, int(np.prod(shape))).reshape(shape)
        for kwargs in scan_cases(dtype):
            if dtype.startswith("float") and kwargs.get("dtype") in ("int8", "bool"):
                data = np.nan_to_num(data, posinf=3, neginf=-3).clip(-100, 100)
            theirs, failure = outcome(lambda data=data, k=kwargs: function(data, **k))
            for chunks in chunkings(shape):
                lazy = da.from_array(data, chunks=chunks)
                ours, raised = outcome(lambda lazy=lazy, k=kwargs: (getattr(da, name, None) or function)(lazy, **k))
                assert raised is failure, (shape, kwargs, raised, failure)
                if failure is None:
                    pending.append(ours)
                    expected.append((shape, kwargs, theirs))
    for ours, (shape, kwargs, theirs) in zip(da.compute(*pending), expected, strict=True):
        try:
            assert_same(ours, theirs, rounded=False, name=name.removesuffix(".accumulate"))
        except AssertionError as e:
            raise AssertionError(f"{name} of {dtype} {shape} {kwargs}: {e}") from None


def test_every_row_is_public():
    functions = [name for name, row in _ops.SCANNERS.items() if row["function"]]
    for name in [*(name.partition(".")[0] for name in _ops.UFUNCS), *_ops.REDUCERS, *functions]:
        function = getattr(da, name)
        assert function.__name__ == name or name in da._numeric.__dict__
        assert "Examples" in (function.__doc__ or ""), name


def test_numpy_names_stay_lazy():
    x = da.arange(6, chunks=4).astype(float)
    for row in _ops.UFUNCS.values():
        ufunc = getattr(np, row["name"], None)
        if not isinstance(ufunc, np.ufunc) or row["nin"] != 1:
            continue
        theirs, failure = outcome(lambda u=ufunc: u(np.arange(6.0)))
        if failure is None:
            ours = ufunc(x)
            assert isinstance(ours, da.Array)
            assert_same(ours.compute(), theirs, rounded=True)
