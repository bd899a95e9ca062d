"""How an array lies in memory does not show: products and reductions take operands where they lie, when they can."""

import numpy as np
import pytest

import hyperslab as da


def layouts(x):
    """The same values, in memory in every way that NumPy can lay them out."""
    shifted = np.empty(x.nbytes + 1, "u1")[1:].view(x.dtype).reshape(x.shape)
    shifted[...] = x
    gaps = np.full([2 * n for n in x.shape], 99, x.dtype)[tuple(slice(None, None, 2) for _ in x.shape)]
    gaps[...] = x
    part = np.full([n + 3 for n in x.shape], 99, x.dtype)[tuple(slice(1, -2) for _ in x.shape)]
    part[...] = x
    return [x, np.asfortranarray(x), shifted, gaps, part, x[::-1].copy()[::-1]]


@pytest.mark.parametrize("dtype", ["f8", "f4", "c16", "i4"])
@pytest.mark.parametrize("shape", [(6, 8), (3, 6, 8)])
def test_products(shape, dtype):
    rng = np.random.default_rng(3)
    a, b = (rng.integers(-9, 9, s).astype(dtype) for s in (shape, (*shape[:-2], 8, 5)))
    for left in layouts(a):
        for right in layouts(b):
            for chunks in (-1, 4):
                product = da.from_array(left, chunks=chunks) @ da.from_array(right, chunks=chunks)
                np.testing.assert_array_equal(product.compute(), a @ b)
    rows = np.broadcast_to(a[..., :1, :], a.shape), np.broadcast_to(b[..., :1, :], b.shape)
    product = da.from_array(rows[0], chunks=4) @ da.from_array(rows[1], chunks=4)
    np.testing.assert_array_equal(product.compute(), rows[0] @ rows[1])


@pytest.mark.parametrize("name", ["sum", "mean", "var", "max", "argmin", "any", "nansum"])
@pytest.mark.parametrize("dtype", ["f8", "f2", "i1", "c8"])
def test_reductions(name, dtype):
    x = np.random.default_rng(4).integers(0, 9, (40, 3, 70)).astype(dtype)
    for y in layouts(x):
        for axis in (0, 1, 2):
            for chunks in (-1, 32):
                found = getattr(da, name)(da.from_array(y, chunks=chunks), axis=axis).compute()
                wanted = getattr(np, name)(x, axis=axis)
                assert found.dtype == wanted.dtype
                np.testing.assert_allclose(found, wanted, rtol=1e-2 if dtype == "f2" else 1e-5)
