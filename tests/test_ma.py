"""Functions of `da.ma` against those of `numpy.ma`: every one on every dtype, chunking and kind of mask."""
# ruff: noqa: B023 -- Calls are made in the turn of the loop that makes them.

import operator

import numpy as np
import pytest
from against_numpy import DTYPES, TIMES, values
from against_numpy_ma import CLOSE, MASKS, SINGLE, agree, same

import hyperslab as da

UNARY = (
    "exp conjugate sin cos arctan arcsinh sinh cosh tanh absolute abs fabs negative floor ceil logical_not sqrt log "
    "log2 log10 tan arcsin arccos arccosh arctanh angle around"
)


@pytest.mark.parametrize("name", UNARY.split())
def test_unary_functions(name):
    for dtype in [*DTYPES, *TIMES]:
        agree(lambda m, x: getattr(m, name)(x), values((3, 4), dtype))
    agree(lambda m, x: getattr(m, name)(x), values((5,)) / 8, fill=7)


BINARY = (
    "add subtract multiply arctan2 equal not_equal less_equal greater_equal less greater logical_and logical_or "
    "logical_xor bitwise_and bitwise_or bitwise_xor hypot divide true_divide floor_divide remainder mod fmod maximum "
    "minimum"
)


@pytest.mark.parametrize("name", BINARY.split())
def test_binary_functions(name):
    for dtype in DTYPES:
        x, y = values((3, 4), dtype), values((4,), dtype, seed=1)
        agree(lambda m, x, y: getattr(m, name)(x, y), x, y, fill=1)
    agree(lambda m, x, y: getattr(m, name)(x, y), values((3, 4), "int8"), values((3, 1), "float32"))
    agree(lambda m, x: getattr(m, name)(x, 2), values((3, 4), "float32"))
    agree(lambda m, x: getattr(m, name)(np.arange(4), x), values((3, 4), "int16"))
    agree(lambda m, x: getattr(m, name)(x, np.ma.masked), values((3, 4), "float32"))
    agree(lambda m, x: getattr(m, name)(x, np.ma.array([1, 2, 0, 3], mask=[0, 0, 0, 1])), values((3, 4), "int16"))


OPERATORS = "add sub mul truediv floordiv mod pow lt le eq ne ge gt and_ or_ xor lshift rshift"


@pytest.mark.parametrize("name", OPERATORS.split())
def test_operators(name):
    call = getattr(operator, name)
    for dtype in DTYPES:
        x, y = abs(values((3, 4), dtype)), abs(values((4,), dtype, seed=1))
        agree(lambda m, x, y: call(x, y), x, y, fill=1)
    for other in [2, 2.5, True, np.float32(2), np.arange(4), [1, 2, 3, 4]]:
        agree(lambda m, x: call(x, other), values((3, 4), "float32"))
        agree(lambda m, x: call(other, x), abs(values((3, 4), "int16")))
    agree(lambda m, x: call(x, 2), values((), "int64"))
    with pytest.raises(TypeError):
        operator.add(da.ma.ones(3), object())


@pytest.mark.parametrize("name", ["neg", "pos", "abs", "invert"])
def test_unary_operators(name):
    for dtype in DTYPES:
        agree(lambda m, x: getattr(operator, name)(x), values((3, 4), dtype), fill=1)


def test_divmod():
    agree(lambda m, x, y: divmod(x, y), values((3, 4), "int64"), values((4,), "int64", seed=1))


@pytest.mark.parametrize("name", ["power", "left_shift", "right_shift"])
def test_powers_and_shifts(name):
    for dtype in DTYPES:
        agree(lambda m, x: getattr(m, name)(x, 2), values((3, 4), dtype))
        agree(lambda m, x, y: getattr(m, name)(x, y), values((3, 4), dtype), abs(values((4,), dtype, seed=1)))
    agree(lambda m, x: getattr(m, name)(x, -1.0), values((3, 4)), fill=3)


NUMPYS = "log sqrt tan arccos arctanh exp2 cbrt square sign log1p rint isfinite isnan reciprocal negative"


@pytest.mark.parametrize("name", NUMPYS.split())
def test_numpys_ufuncs(name):
    for dtype in ["int8", "float32", "float64", "complex128"]:
        for module in (np, da):
            call = getattr(module, name)
            agree(lambda m, x: call(x), values((3, 4), dtype), calls=lambda m, x: getattr(np, name)(x), fill=2)


@pytest.mark.parametrize("name", ["divide", "remainder", "power", "maximum", "fmin", "equal", "add", "logical_and"])
def test_numpys_ufuncs_of_two(name):
    for dtype in ["int16", "float32", "float64"]:
        x, y = values((3, 4), dtype), abs(values((4,), dtype, seed=1))
        for module in (np, da):
            call = getattr(module, name)
            agree(lambda m, x, y: call(x, y), x, y, calls=lambda m, x, y: getattr(np, name)(x, y), fill=2)
            agree(lambda m, x: call(x, 2), x, calls=lambda m, x: getattr(np, name)(x, 2))
            if name != "power" or dtype != "int16":  # Of negative exponents.
                agree(lambda m, x: call(y, x), x, calls=lambda m, x: getattr(np, name)(y, x))


REDUCTIONS = "sum prod mean var std min max ptp any all argmin argmax count cumsum cumprod anom average"
AXES = [{}, {"axis": 0}, {"axis": -1}, {"axis": (0, 1)}, {"axis": 1, "keepdims": True}, {"keepdims": True}, {"axis": 5}]


@pytest.mark.parametrize("name", REDUCTIONS.split())
def test_reductions(name):
    for dtype in [*DTYPES, *TIMES]:
        for options in AXES[:3] if dtype in TIMES else AXES:
            if "keepdims" in options and name in ("cumsum", "cumprod", "anom"):
                continue
            if name in ("argmin", "argmax", "cumsum", "cumprod", "anom") and isinstance(options.get("axis"), tuple):
                continue
            if (name == "ptp" and dtype in ("bool", TIMES[0])) or (name == "average" and dtype in TIMES):
                continue
            # Where all is masked, NumPy's dtype without an axis is that of its constant.
            masks = MASKS[:3] if name == "anom" else MASKS
            x = values((3, 4), dtype)
            # NumPy rounds sums to the dtype of the data, also where results are of a wider one.
            given = {"note": str(options), "masks": masks, "rtol": SINGLE.get(dtype, CLOSE)}
            agree(lambda m, x: getattr(m, name)(x, **options), x, fill=1, **given)
            if name != "average":
                agree(lambda m, x: getattr(x, name)(**options), x, **given)


@pytest.mark.parametrize("name", ["sum", "prod", "mean", "var", "std", "cumsum", "cumprod"])
@pytest.mark.parametrize("dtype", ["f4", "f8", "c16"])
def test_reductions_in_a_dtype(name, dtype):
    agree(lambda m, x: getattr(m, name)(x, axis=0, dtype=dtype), values((3, 4), "float32"))


@pytest.mark.parametrize("name", ["var", "std"])
@pytest.mark.parametrize("ddof", [0, 1, 3, 9])
def test_degrees_of_freedom(name, ddof):
    for axis in [None, 0, 1]:
        agree(lambda m, x: getattr(m, name)(x, axis=axis, ddof=ddof), values((3, 4)), masks=MASKS[1:])


@pytest.mark.parametrize("name", ["sum", "mean", "var", "min", "max", "std", "argmax"])
def test_elements_that_are_not_finite(name):
    x = values((3, 4))
    x[1, 2], x[2, 3], x[0, 1] = np.nan, np.inf, -np.inf
    for axis in [None, 0, 1]:
        agree(lambda m, x: getattr(m, name)(x, axis=axis), x)


@pytest.mark.parametrize("dtype", ["bool", "int16", "float32", "float64", "complex128"])
def test_weighted_averages(dtype):
    x = values((3, 4), dtype)
    for axis, weights in [
        (None, values((3, 4))),
        (0, np.array([1, 2, 3])),
        (1, np.ma.array([1, 2, 0, 5.0], mask=[0, 0, 1, 0])),
        ((1, 0), abs(values((4, 3)))),
        (None, np.arange(3)),
        (1, np.arange(3)),
    ]:
        for returned in [False, True]:
            agree(lambda m, x: m.average(x, axis, weights, returned), x, fill=1)
    agree(lambda m, x: m.average(x, 1, keepdims=True), x)


SHAPES = {
    "T": lambda m, x: x.T,
    "reshape": lambda m, x: x.reshape(4, -1),
    "reshape function": lambda m, x: m.reshape(x, (2, 6)),
    "ravel": lambda m, x: x.ravel(),
    "flatten": lambda m, x: x.flatten(),
    "transpose": lambda m, x: x.transpose(1, 0),
    "transpose function": lambda m, x: m.transpose(x),
    "swapaxes": lambda m, x: x.swapaxes(0, 1),
    "squeeze": lambda m, x: x[:1].squeeze(),
    "expand_dims": lambda m, x: m.expand_dims(x, 1),
    "diagonal": lambda m, x: x.diagonal(1),
    "repeat": lambda m, x: x.repeat(2, axis=1),
    "take": lambda m, x: x.take([2, 0], axis=1),
    "compress": lambda m, x: x.compress([True, False, True], axis=0),
    "row": lambda m, x: x[1],
    "element": lambda m, x: x[1, 2],
    "slices": lambda m, x: x[::-1, 1:3],
    "ellipsis": lambda m, x: x[..., None, 0],
    "list": lambda m, x: x[[2, 0]],
    "bool": lambda m, x: x[np.array([True, False, True])],
    "out of bounds": lambda m, x: x[7],
    "astype": lambda m, x: x.astype("f8"),
    "astype i1": lambda m, x: x.astype("i1"),
    "copy": lambda m, x: x.copy(),
    "real": lambda m, x: x.real,
    "imag": lambda m, x: x.imag,
    "round": lambda m, x: x.round(1),
    "clip": lambda m, x: x.clip(1, 3),
    "filled": lambda m, x: x.filled(),
    "filled with": lambda m, x: x.filled(1),
    "getdata": lambda m, x: m.filled(m.array(m.getdata(x)), 1),
    "getmaskarray": lambda m, x: m.getmaskarray(x),
    "concatenate": lambda m, x: m.concatenate([x, x[:1]]),
    "concatenate flat": lambda m, x: m.concatenate([x, x[:1]], axis=None),
    "concatenate plain": lambda m, x: m.concatenate([np.ones((1, 4), x.dtype), x]),
    "stack": lambda m, x: m.stack([x, x], axis=1),
    "vstack": lambda m, x: m.vstack([x, x]),
    "hstack": lambda m, x: m.hstack([x, x]),
    "dstack": lambda m, x: m.dstack([x, x]),
    "column_stack": lambda m, x: m.column_stack([x, x]),
    "append": lambda m, x: m.append(x, x[0]),
    "atleast_3d": lambda m, x: m.atleast_3d(x),
    "where": lambda m, x: m.where(x > 1, x, 0),
    "where masked": lambda m, x: m.where(x > 1, x, np.ma.masked),
    "where data": lambda m, x: m.where(np.arange(4) > 1, x, -x[0]),
    "diff": lambda m, x: m.diff(x),
    "diff twice": lambda m, x: m.diff(x, 2, axis=0),
    "dot": lambda m, x: m.dot(x, x.T),
    "dot strict": lambda m, x: m.dot(x, x.T, strict=True),
    "mask_rowcols": lambda m, x: m.mask_rowcols(m.array(x)),
    "mask_rows": lambda m, x: m.mask_rows(m.array(x)),
    "mask_cols": lambda m, x: m.mask_cols(m.array(x)),
    "zeros_like": lambda m, x: m.zeros_like(x),
    "ones_like": lambda m, x: m.ones_like(x, dtype="i4"),
    "masked_all_like": lambda m, x: m.masked_all_like(x),
    "allequal": lambda m, x: m.allequal(x, x + 0),
    "allequal not": lambda m, x: m.allequal(x, x[:1], fill_value=False),
    "allclose": lambda m, x: m.allclose(x, x * 1.0000001),
    "allclose not": lambda m, x: m.allclose(x, x[::-1], masked_equal=False),
}


@pytest.mark.parametrize("name", list(SHAPES))
def test_shapes_joins_and_choices(name):
    for dtype in ["int64", "float64", "complex64", "uint8"]:
        agree(SHAPES[name], values((3, 4), dtype), fill=1)
    agree(SHAPES[name], values((3, 4), "float32"))


CONDITIONS = {
    "masked_where": lambda m, x: m.masked_where(m.getdata(x) > 1, x),
    "masked_where masked": lambda m, x: m.masked_where(x > 1, x),
    "masked_where shape": lambda m, x: m.masked_where(np.ones(3, bool), x),
    "masked_equal": lambda m, x: m.masked_equal(x, 2),
    "masked_not_equal": lambda m, x: m.masked_not_equal(x, 2),
    "masked_greater": lambda m, x: m.masked_greater(x, 2),
    "masked_greater_equal": lambda m, x: m.masked_greater_equal(x, 2),
    "masked_less": lambda m, x: m.masked_less(x, 2),
    "masked_less array": lambda m, x: m.masked_less(x, np.arange(4)),
    "masked_less_equal": lambda m, x: m.masked_less_equal(x, 2),
    "masked_inside": lambda m, x: m.masked_inside(x, 3, 0),
    "masked_outside": lambda m, x: m.masked_outside(x, 0, 3),
    "masked_values": lambda m, x: m.masked_values(x, 2),
    "masked_invalid": lambda m, x: m.masked_invalid(x),
    "fix_invalid": lambda m, x: m.fix_invalid(m.array(x, copy=True)),
    "masked_array": lambda m, x: m.masked_array(x, mask=[True, False, False, True] * 3),
    "masked_array true": lambda m, x: m.masked_array(x, mask=True),
    "masked_array dtype": lambda m, x: m.masked_array(x, dtype="f4", fill_value=3),
    "masked_array forgetting": lambda m, x: m.masked_array(x, mask=False, keep_mask=False),
    "masked_array sizes": lambda m, x: m.masked_array(x, mask=[True, False]),
    "masked_array fill": lambda m, x: m.masked_array(x, fill_value="a"),
    "masked_array ndmin": lambda m, x: m.masked_array(x, ndmin=3),
    "masked_array raveled mask": lambda m, x: m.masked_array(x, mask=np.arange(12) % 2),
    "asarray": lambda m, x: m.asarray(x),
}


@pytest.mark.parametrize("name", list(CONDITIONS))
def test_masking_by_conditions(name):
    for dtype in ["int64", "float32", "float64", "uint8"]:
        x = values((3, 4), dtype)
        agree(CONDITIONS[name], x, fill=1)
        if x.dtype.kind == "f":
            x[0, 1], x[2, 2] = np.nan, np.inf
            agree(CONDITIONS[name], x)


@pytest.mark.parametrize("name", list(CONDITIONS)[3:14])
def test_plain_arrays_are_masked_too(name):
    x = values((3, 4))
    same(CONDITIONS[name](da.ma, da.from_array(x, chunks=2)), CONDITIONS[name](np.ma, x), 0, name)
    same(CONDITIONS[name](da.ma, x), CONDITIONS[name](np.ma, x), 0, name)


FUNCTIONS = "sum mean std var min max any all argmin cumsum ravel transpose concatenate stack where average reshape"
CALLS = {
    "concatenate": lambda f, x: f([x, x]),
    "stack": lambda f, x: f([x, x]),
    "where": lambda f, x: f(x > 1, x, 0),
    "reshape": lambda f, x: f(x, (4, 3)),
}


@pytest.mark.parametrize("name", FUNCTIONS.split())
@pytest.mark.parametrize("module", [da, np], ids=["hyperslab", "numpy"])
def test_functions_of_the_main_namespace(name, module):
    call = CALLS.get(name, lambda f, x: f(x))
    agree(lambda m, x: call(getattr(module, name), x), values((3, 4)), calls=lambda m, x: call(getattr(m, name), x))
