"""Einstein sums and products of vectors and matrices, against NumPy."""

import numpy as np
import pytest
from against_numpy import DTYPES, agree, grid, values

import hyperslab as da

CLOSE = 1e-13

EINSUMS = [
    ("i->i", (5,)),
    ("i->", (5,)),
    ("ii", (4, 4)),
    ("ii->i", (4, 4)),
    ("iii->i", (3, 3, 3)),
    ("iijj->ij", (3, 3, 2, 2)),
    ("ij->ji", (3, 4)),
    ("ji", (3, 4)),
    ("ij,jk", (3, 4), (4, 5)),
    ("ij,jk->ki", (3, 4), (4, 5)),
    ("ij,ij->", (3, 4), (3, 4)),
    ("ij,ij->i", (3, 4), (3, 4)),
    ("ij,ik->ijk", (3, 4), (3, 5)),
    ("i,j", (3,), (4,)),
    ("bij,bjk->bik", (2, 3, 4), (2, 4, 5)),
    ("bijc,bjck->bik", (2, 3, 4, 2), (2, 4, 2, 5)),
    ("bi,bj->b", (2, 3), (2, 4)),
    ("...ij,...jk", (2, 3, 4), (4, 5)),
    ("...i,...i->...", (2, 1, 3), (4, 3)),
    ("i...->...", (3, 4, 2)),
    ("ij...,jk...->ik...", (3, 4, 2), (4, 5, 1)),
    ("ij,jk,kl->il", (2, 3), (3, 4), (4, 5)),
    ("ij,jk,kl,lm->im", (2, 3), (3, 4), (4, 5), (5, 2)),
    ("a,ab,abc->abc", (2,), (2, 3), (2, 3, 4)),
    ("ea,fb,abcd,gc,hd->efgh", (2, 3), (2, 3), (3, 3, 2, 2), (2, 2), (2, 2)),
    ("ii,jj->", (3, 3), (4, 4)),
    (" i j , j k -> i k ", (3, 4), (4, 5)),
    ("ij,j", (3, 0), (0,)),
    ("ij,jk->ik", (3, 1), (4, 5)),
    (",i", (), (3,)),
]


@pytest.mark.parametrize("case", EINSUMS, ids=str)
@pytest.mark.parametrize("optimize", [True, False, "optimal"])
def test_einsum(case, optimize):
    subscripts, *shapes = case
    data = [values(shape, seed=i) for i, shape in enumerate(shapes)]
    agree(lambda m, *xs: m.einsum(subscripts, *xs, optimize=optimize), *data, rtol=CLOSE)


@pytest.mark.parametrize("dtype", DTYPES)
def test_einsum_of_every_dtype(dtype):
    for subscripts, *shapes in EINSUMS[::2]:
        data = [values(shape, dtype, i) for i, shape in enumerate(shapes)]
        agree(lambda m, *xs, s=subscripts: m.einsum(s, *xs), *data, rtol=5e-3 if dtype == "float16" else CLOSE)


WRONG = ["ij,jk", "ij->ik", "ij->ii", "i", "ijk", "i!", "ij,", "ij->j->i", "ii", "i...j...", "...", "->", "ij->j..."]


@pytest.mark.parametrize("subscripts", WRONG)
def test_wrong_subscripts(subscripts):
    agree(lambda m, x: m.einsum(subscripts, x), values((3, 4)))


def test_einsum_by_lists_and_options():
    x, y = values((3, 4)), values((4, 5))
    agree(lambda m, x, y: m.einsum(x, [0, 1], y, [1, 2], [0, 2]), x, y, rtol=CLOSE)
    agree(lambda m, x, y: m.einsum(x, [0, 1], y, [1, 2]), x, y, rtol=CLOSE)
    agree(lambda m, x: m.einsum(x, [..., 0], [...]), x, rtol=CLOSE)
    agree(lambda m, x, y: m.einsum("ij,jk", x, y, dtype="c16"), x, y, rtol=CLOSE)
    agree(lambda m, x, y: m.einsum("ij,jk", x, y, dtype="f4"), x, y, rtol=CLOSE)
    agree(lambda m, x, y: m.einsum("ij,jk", x, y, dtype="f4", casting="same_kind"), x, y, rtol=CLOSE)
    agree(lambda m, x, y: m.einsum("ij,jk", x, y), values((3, 4), "int8"), y, rtol=CLOSE)
    agree(lambda m, x, y: m.einsum("ij,jk", x, y), x, values((3, 5)))
    agree(lambda m, x, y: m.einsum_path("ij,jk", x, y)[0][1], x, y)


SHAPES = [((3,), (3,)), ((4, 3), (3,)), ((2, 4, 3), (4, 3)), ((0, 3), (3,)), ((3,), (4,)), ((), (3,)), ((2, 3), (3, 3))]


@pytest.mark.parametrize("shapes", SHAPES, ids=str)
@pytest.mark.parametrize("name", ["vecdot", "cross", "matvec", "vecmat", "kron", "inner", "outer", "vdot"])
def test_products(name, shapes):
    for dtype in ["int64", "float32", "float64", "complex128", "int8"]:
        a, b = values(shapes[0], dtype), values(shapes[1], dtype, 1)
        agree(lambda m, x, y: getattr(m, name)(x, y), a, b, rtol=CLOSE, note=name)
        agree(lambda m, x, y: getattr(m, name)(y, x), a, b, rtol=CLOSE, note=name)


def test_axes_of_products():
    a, b = values((3, 4)), values((3, 4), seed=1)
    agree(lambda m, x, y: m.cross(x, y, axis=0), a, b, rtol=CLOSE)
    agree(lambda m, x, y: m.cross(x, y.T, axisa=0, axisc=0), a, b, rtol=CLOSE)
    agree(lambda m, x, y: m.cross(x, y, axis=1), a, b)
    agree(lambda m, x, y: m.cross(x, y, axis=7), a, b)
    agree(lambda m, x, y: m.vecdot(x, y, axis=0), a, b, rtol=CLOSE)
    agree(lambda m, x, y: m.vecdot(x, y, axis=7), a, b)


def test_kron_of_every_dtype():
    for x in grid([(0,), (3,), (2, 3), (2, 3, 2)], DTYPES):
        agree(lambda m, x: m.kron(x, x), x)
        agree(lambda m, x, y: m.kron(x, y), x, np.ones((2, 1), x.dtype))


@pytest.mark.parametrize("chunks", [4096, 512, (64, 1000)])
def test_half_floats_are_rounded_once(chunks):
    """Products are added up in single precision over all blocks, as NumPy's."""
    rng = np.random.default_rng(7)
    a, b = (rng.random(shape).astype("float16") for shape in ((64, 4096), (4096, 64)))
    x, y = da.from_array(a, chunks=chunks), da.from_array(b, chunks=chunks)
    exact = a.astype("float64") @ b.astype("float64")
    pairs = [(x @ y, a @ b, exact), (da.tensordot(x, y, 1), a @ b, exact), (x[0] @ y, a[0] @ b, exact[0])]
    for lazy, numpys, want in pairs:
        got = lazy.compute()
        assert got.dtype == np.float16
        assert np.abs(got - want).max() <= np.abs(numpys - want).max()
    assert (x[0] @ y[:, 0]).compute() == exact[0, 0].astype("float16")
