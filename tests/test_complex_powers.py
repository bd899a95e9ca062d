"""Whole powers of complex numbers, the largest and smallest among them."""

import numpy as np
import pytest

import hyperslab as da

BASES = np.array(
    [1e300, -1e300, 1e300 + 1e300j, 1e300j, 1 + 1j, 0, 1e-300, 1e300 - 1j, 2, 0.5j, 1e200 + 1e100j, -3e-200j, 7 - 4j]
)


@pytest.mark.parametrize("exponent", [-100, -99, -7, -3, -2, -1, 0, 1, 2, 3, 4, 5, 31, 99, 100])
def test_whole_powers(exponent):
    with np.errstate(all="ignore"):
        wanted = BASES ** np.complex128(exponent)
        got = (da.from_array(BASES, chunks=5) ** np.complex128(exponent)).compute()
    np.testing.assert_allclose(got.real, wanted.real, rtol=1e-12)
    np.testing.assert_allclose(got.imag, wanted.imag, rtol=1e-12)
