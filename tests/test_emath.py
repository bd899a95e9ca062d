"""`da.emath` and `da.polynomial`."""

import numpy as np
import pytest
from against_numpy import agree, kind, outcome, same, values

import hyperslab as da

ONE = ["sqrt", "log", "log2", "log10", "arccos", "arcsin", "arctanh"]
#: Dtypes all of whose values have a real result.
INSIDE = {name: ("bool", "uint8", "uint64") if name in ("sqrt", "log", "log2", "log10") else ("bool",) for name in ONE}


@pytest.mark.parametrize(
    "dtype", ["bool", "uint8", "uint64", "int8", "float16", "float32", "float64", "complex64", "complex128"]
)
@pytest.mark.parametrize("name", ONE)
def test_lazy_arrays(name, dtype):
    x = values((3, 4), dtype)
    if dtype.startswith("complex") or dtype in INSIDE[name]:
        with np.errstate(all="ignore"):
            agree(lambda m, x: getattr(m.emath, name)(x), x, rtol=1e-12)
        return
    for module in (da, np):
        with pytest.raises(NotImplementedError, match=rf"hyperslab\.{name}\(x\.astype\(complex\)\)"):
            getattr(module.emath, name)(da.from_array(x))


@pytest.mark.parametrize("x", [-1, 2.0, [1, 4], [-1.0, 4], np.float32(-4), [[-1j]]], ids=str)
@pytest.mark.parametrize("name", ONE)
def test_what_is_in_memory(name, x):
    with np.errstate(all="ignore"):
        same(getattr(da.emath, name)(x), getattr(np.emath, name)(x))


@pytest.mark.parametrize(
    "x", [2, -2, 2.5, [1, 2], [-1.0, 2.0], np.array([-1, 3], "i1"), np.array([1, 2], "u1")], ids=str
)
@pytest.mark.parametrize("p", [2, -1, 0.5, [1, 2], [-1, 2], np.array([1, 2], "u1"), [0.5, 1j]], ids=str)
def test_powers(x, p):
    wanted = np.emath.power(x, p)
    same(da.emath.power(x, p), wanted)
    same(da.emath.logn(2.5, x), np.emath.logn(2.5, x))
    for lazy_x, lazy_p in ((True, False), (False, True), (True, True)):
        if (np.asarray(x).dtype.kind in "if" and lazy_x) or (np.asarray(p).dtype.kind == "i" and lazy_p):
            with pytest.raises(NotImplementedError, match=r"emath\.power"):
                da.emath.power(da.array(x) if lazy_x else x, da.array(p) if lazy_p else p)
        else:
            same(da.emath.power(da.array(x) if lazy_x else x, da.array(p) if lazy_p else p), wanted, rtol=1e-13)


SERIES = {
    "polynomial": "poly",
    "chebyshev": "cheb",
    "hermite": "herm",
    "hermite_e": "herme",
    "laguerre": "lag",
    "legendre": "leg",
}


@pytest.mark.parametrize("name", SERIES)
def test_series(name):
    prefix = SERIES[name]
    for x in (
        values((3, 4)),
        values((5,), "int8"),
        values(()),
        values((0,)),
        values((4,), "complex64"),
        values((3,), "f4"),
    ):
        for c in ([1], [1, 2, 3], [1.5, -2], np.arange(6.0).reshape(3, 2), np.arange(12).reshape(2, 3, 2)):
            agree(
                lambda m, x, c=c: getattr(getattr(m.polynomial, name), f"{prefix}val")(x, c),
                x,
                dispatch=False,
                rtol=1e-13,
            )
        for deg in (0, 3, -1):
            agree(
                lambda m, x, deg=deg: getattr(getattr(m.polynomial, name), f"{prefix}vander")(x, deg),
                x,
                dispatch=False,
                rtol=1e-13,
            )
    x, y = values((3, 4)), values((3, 4), seed=1)
    for c in (np.arange(6).reshape(2, 3), np.arange(12.0).reshape(2, 3, 2)):
        agree(
            lambda m, x, y, c=c: getattr(getattr(m.polynomial, name), f"{prefix}val2d")(x, y, c),
            x,
            y,
            dispatch=False,
            rtol=1e-13,
        )
    c = np.arange(12).reshape(2, 3, 2)
    agree(
        lambda m, x, y: getattr(getattr(m.polynomial, name), f"{prefix}val3d")(x, y, x, c),
        x,
        y,
        dispatch=False,
        rtol=1e-13,
    )
    for suffix, degrees in (("vander2d", [1, 2]), ("vander3d", [1, 0, 2])):
        for shape in ((3, 4), (5,), ()):
            points = [values(shape, seed=n) for n in range(len(degrees))]
            agree(
                lambda m, *xs, suffix=suffix, degrees=degrees: getattr(getattr(m.polynomial, name), prefix + suffix)(
                    *xs, degrees
                ),
                *points,
                dispatch=False,
                rtol=1e-13,
            )
    for c in (np.arange(6).reshape(2, 3), np.arange(12.0).reshape(2, 3, 2), np.arange(6.0).reshape(1, 2, 3, 1)):
        for shapes in (((3,), (4,), (2,)), ((3, 2), (), (2, 1)), ((0,), (3,), (1,))):
            for count in (2, 3) if c.ndim > 2 else (2,):
                agree(
                    lambda m, *xs, c=c, count=count: getattr(getattr(m.polynomial, name), f"{prefix}grid{count}d")(
                        *xs, c
                    ),
                    *(values(shape, seed=n) for n, shape in enumerate(shapes[:count])),
                    dispatch=False,
                    rtol=1e-13,
                )
    for degrees in ([1], [1, -2], [1, 2.5]):
        with pytest.raises((ValueError, TypeError)):
            getattr(getattr(da.polynomial, name), f"{prefix}vander2d")(da.ones(3), da.ones(3), degrees)
    with pytest.raises(ValueError, match="incompatible"):
        getattr(getattr(da.polynomial, name), f"{prefix}val2d")(da.ones(3), da.ones(4), [[1]])
    with pytest.raises(NotImplementedError, match="compute them first"):
        getattr(getattr(da.polynomial, name), f"{prefix}val")(da.ones(3), da.ones(4))


@pytest.mark.parametrize("roots", [[1], [1, 2.5], np.arange(6).reshape(3, 2), []], ids=str)
def test_values_from_roots(roots):
    for x in (values((3, 4)), values((5,), "int8"), values(()), values((0,))):
        agree(lambda m, x: m.polynomial.polynomial.polyvalfromroots(x, roots), x, dispatch=False, rtol=1e-13)


@pytest.mark.parametrize("name", da.polynomial.__all__)
def test_classes_and_modules(name):
    ours, theirs = getattr(da.polynomial, name), getattr(np.polynomial, name)
    if not isinstance(theirs, type):
        assert set(getattr(theirs, "__all__", ())) <= set(dir(ours))
        return
    x = np.linspace(-1, 1, 7)
    series = ours([1, 2, 3], domain=[-2, 2])
    same(series(da.from_array(x, chunks=3)), series(x), rtol=1e-14)
    assert kind(outcome(lambda: series(da.ones(3)))[1]) is None
