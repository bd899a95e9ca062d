"""Medians, quantiles and percentiles against NumPy over dtypes, shapes, axes, methods, chunks and memory limits."""

import warnings

import numpy as np
import pytest
from against_numpy import DTYPES, TIMES, Counting, agree, grid, outcome, same, values, within

import hyperslab as da

pytestmark = pytest.mark.filterwarnings("ignore:.*(slice|NaN|empty|invalid value).*:RuntimeWarning")
SHAPES = [(7,), (), (0,), (3, 0), (3, 4), (2, 3, 5)]
AXES = [None, 0, -1, (0, 1), (-1, 0), (), 7, (0, 0)]
METHODS = ["inverted_cdf", "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf", "hazen"]
METHODS += ["weibull", "linear", "median_unbiased", "normal_unbiased", "lower", "higher", "midpoint", "nearest"]
NAMES = ["quantile", "percentile", "nanquantile", "nanpercentile"]
CLOSE = 1e-15


def with_missing(x: np.ndarray) -> np.ndarray:
    x = x.copy()
    if x.dtype.kind in "fc" and x.size > 3:
        # NumPy takes the dtype of the first lane's result for that of all: it is not without elements.
        x.reshape(-1)[1::4] = np.nan
    return x


def close(x: np.ndarray) -> float:
    return CLOSE if x.dtype.kind in "fc" else 0


def cases(dtypes):
    for x in grid(SHAPES, dtypes):
        yield x
        if x.dtype.kind in "fc":
            yield with_missing(x)


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", AXES, ids=str)
@pytest.mark.parametrize("name", ["median", "nanmedian"])
def test_medians(name, axis, keepdims):
    for x in cases([d for d in DTYPES if name == "median" or not d.startswith("complex")]):
        if axis == () and x.size == 0:
            continue  # NumPy cannot reshape these.
        agree(
            lambda m, x: getattr(m, name)(x, axis=axis, keepdims=keepdims), x, rtol=CLOSE, note=f"{x.shape} {x.dtype}"
        )


def test_medians_of_times():
    for dtype in TIMES:
        agree(lambda m, x: m.median(x, axis=0), values((5, 3), dtype))


def test_medians_of_extremes():
    for dtype in ["float16", "float32", "float64"]:
        big = np.finfo(dtype).max
        for lane in ([big, big, big], [big, np.inf, np.inf, -np.inf], [-np.inf, np.inf], [np.nan] * 3):
            agree(lambda m, x: m.median(x), np.array(lane, dtype))
            agree(lambda m, x: m.nanmedian(x), np.array([*lane, np.nan], dtype))
    with pytest.raises(NotImplementedError, match="nanmedian"):
        da.nanmedian(da.ones(3, dtype="complex64"))


@pytest.mark.parametrize("axis", AXES, ids=str)
@pytest.mark.parametrize("name", NAMES)
def test_quantiles(name, axis):
    scale = 100 if "percentile" in name else 1
    for x in cases([*DTYPES, *TIMES]):
        if axis == () and x.size == 0:
            continue  # NumPy cannot reshape these.
        for q in [0.3 * scale, [0, 0.5 * scale, scale]]:
            for keepdims in [False, True]:
                call = lambda m, x, q=q, keepdims=keepdims: getattr(m, name)(x, q, axis, keepdims=keepdims)  # noqa: E731
                agree(call, x, rtol=close(x), note=f"{x.shape} {x.dtype} {q}")


@pytest.mark.parametrize("method", [*METHODS, "nowhere"])
@pytest.mark.parametrize("name", NAMES)
def test_methods(name, method):
    scale = 100 if "percentile" in name else 1
    q = np.linspace(0, 1, 23) * scale
    for x in cases(["float64", "float32", "float16", "int64", "bool"]):
        if x.size:
            agree(lambda m, x: getattr(m, name)(x, q, -1, method=method), x, rtol=CLOSE, note=str(x.dtype))
            agree(lambda m, x: getattr(m, name)(x, 0.4 * scale, method=method), x, rtol=CLOSE, note=str(x.dtype))


LEVELS = [0, 1, True, 0.5, -0.1, 1.1, np.nan, [], [0.2], [[0.2, 0.4]], [[[0.2]]], np.float32(0.3), np.float64(0.3)]
LEVELS += [np.array([0.1, 0.7], "f4"), np.array([0.1, 0.7], "f2"), [0, 1], np.array([0, 1], "i1"), np.array(0.5)]


@pytest.mark.parametrize("q", LEVELS, ids=repr)
@pytest.mark.parametrize("name", ["quantile", "nanquantile"])
def test_levels(name, q):
    for dtype in ["float64", "float32", "float16", "int64"]:
        # NumPy computes positions in the precision of q.
        rtol = 1e-2 if getattr(q, "dtype", None) == np.float16 else 1e-7
        agree(lambda m, x: getattr(m, name)(x, q, 0), values((7, 3), dtype), rtol=rtol, note=dtype)


def test_refusals():
    x = da.ones((3, 4))
    with pytest.raises(NotImplementedError, match="compute them"):
        da.quantile(x, 0.5, weights=x, method="inverted_cdf")
    with pytest.raises(NotImplementedError, match="compute it first"):
        da.quantile(x, da.array([0.5]))


@pytest.mark.parametrize("axis", [None, 0, -1, (0, 1), (-1, 0)], ids=str)
@pytest.mark.parametrize("name", NAMES)
def test_weights(name, axis):
    scale = 100 if "percentile" in name else 1
    for x in cases(["float64", "float32", "float16", "int64", "bool", *TIMES]):
        if x.ndim == 0 or (axis in ((0, 1), (-1, 0)) and x.ndim == 1):
            continue
        weights = np.random.default_rng(3).integers(0, 4, x.shape)
        weights[..., -1:] = 2
        for q in [[0, 0.3 * scale, 0.5 * scale, scale], np.float32(0.7 * scale), 0]:
            for w in [weights * 0.25]:
                call = lambda m, x, q=q, w=w: getattr(m, name)(  # noqa: E731
                    x, q, axis, weights=w, method="inverted_cdf", keepdims=True
                )
                _, error = outcome(lambda x=x, call=call: call(np, x))
                if error is None or x.size == 0 or "Weights" not in str(error):
                    agree(call, x, note=f"{x.shape} {x.dtype} {q}")


@pytest.mark.parametrize(
    "weights", [[1, 2, 3, 4], [1, 2, 3], [0, 0, 0], [1, -1, 1], [np.nan, 1, 1], np.ones((4, 3))], ids=str
)
def test_weights_along_axes(weights):
    x = values((3, 4))
    for axis in [None, 0, 1, (1, 0), (0, 1)]:
        for method in ["inverted_cdf", "linear"]:
            call = lambda m, x, a=axis, method=method: m.quantile(x, 0.4, a, weights=weights, method=method)  # noqa: E731
            agree(call, x, note=f"{axis}")


def test_outputs():
    data = values((3, 4))
    for name in ["median", "nanmedian"]:
        out = np.empty(4)
        assert getattr(da, name)(da.from_array(data), axis=0, out=out) is out
        same(out, np.median(data, axis=0))
    out = np.empty((2, 4))
    da.percentile(da.from_array(data), [10, 20], axis=0, out=out)
    same(out, np.percentile(data, [10, 20], axis=0))


@pytest.mark.parametrize("axis", [0, 1])
def test_small_memory(axis):
    data = with_missing(values((700, 512)))
    x = da.from_array(Counting(data), chunks=(100, 64))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for call in (
            lambda m, x: m.nanmedian(x, axis=axis),
            lambda m, x: m.median(x, axis=axis),
            lambda m, x: m.nanpercentile(x, [5, 50, 95], axis=axis),
        ):
            same(within("4 MiB", call(da, x)), call(np, data), CLOSE)
    # All elements as one lane, by counting.
    same(within("1 MiB", da.median(x)), np.median(data), CLOSE)


def test_results_are_operands():
    data = values((6, 8))
    x = da.from_array(data, chunks=(4, 3))
    spread = abs(x - da.median(x, axis=1, keepdims=True))
    same(da.median(spread, axis=1)[2:4], np.median(abs(data - np.median(data, axis=1, keepdims=True)), axis=1)[2:4])
    assert "quantile" in da.median(x, axis=0).explain()
