"""Least squares of tall matrices, which are solved by the R of matrix and right-hand sides together."""

from __future__ import annotations

import numpy as np
import pytest

import hyperslab as da


@pytest.mark.parametrize("dtype", ["f4", "f8", "c8", "c16", "i4"])
@pytest.mark.parametrize("rank", ["full", "deficient", "zero"])
@pytest.mark.parametrize("sides", [None, 0, 1, 5, 90])
@pytest.mark.parametrize("rows", [83, 700])
def test_lstsq(monkeypatch: pytest.MonkeyPatch, dtype: str, rank: str, sides: int | None, rows: int) -> None:
    monkeypatch.setattr("hyperslab._tall._BLOCK", 1 << 8)
    rng = np.random.default_rng(0)

    def values(*shape: int) -> np.ndarray:
        made = rng.integers(-9, 9, shape)
        return (made + 1j * rng.integers(-9, 9, shape)).astype(dtype) if dtype[0] == "c" else made.astype(dtype)

    a = values(rows, 4) * (rank != "zero")
    if rank == "deficient":
        a[:, 2] = a[:, 0] + a[:, 1]
    b = values(rows) if sides is None else values(rows, sides)
    x, _, found, s = np.linalg.lstsq(a, b, rcond=None)
    left = (np.abs(b - a @ x) ** 2).sum(0, keepdims=b.ndim == 1)
    got = da.compute(*da.linalg.lstsq(da.from_array(a, chunks=(17, 3)), b))
    tolerance = 1e-3 if dtype in ("f4", "c8") else 1e-9
    for mine, theirs in zip(got, (x, left, found, s), strict=True):
        assert mine.shape == np.shape(theirs)
        np.testing.assert_allclose(mine, theirs, rtol=tolerance, atol=tolerance * 100)
