"""What is solved by singular values: pseudo-inverses, ranks, least squares."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.linalg import LinAlgError

from hyperslab import _ops, _tall
from hyperslab._array import Array
from hyperslab._creation import asarray, zeros
from hyperslab._factors import svd
from hyperslab._join import concatenate
from hyperslab._linalg import matmul
from hyperslab._matrices import conjugate
from hyperslab._numeric import where
from hyperslab._rows import told_as

_ufunc = _ops.apply_ufunc
#: Right-hand sides, in multiples of the matrix's columns, that are factored together with it.
_SIDES = 4


def _tolerances(tolerance: Any) -> Array:
    return asarray(tolerance)[..., None]


def pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = np._NoValue) -> Array:  # type: ignore[attr-defined]
    """Pseudo-inverses, by singular values.

    Parameters
    ----------
    a : array_like
        Of shape ``(..., m, n)``.
    rcond : array_like of float, optional
        Singular values not larger than this times the largest one count as zero; 1e-15 if not given.
    hermitian : bool
        Whether matrices are Hermitian.
    rtol : array_like of float, optional
        The same; None stands for ``max(m, n)`` times the spacing of numbers around 1.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.linalg.pinv(da.array([[2.0, 0.0]])).compute().round(12)
    array([[0.5],
           [0. ]])
    """
    x, given = asarray(a), rtol is not np._NoValue  # type: ignore[attr-defined]
    if rcond is not None and given:
        raise ValueError("`rtol` and `rcond` can't be both set.")
    if rcond is None:
        rcond = 1e-15 if not given else max(x.shape[-2:]) * np.finfo(x.dtype).eps if rtol is None else rtol
    if x.ndim >= 2 and 0 in x.shape[-2:]:
        return zeros((*x.shape[:-2], x.shape[-1], x.shape[-2]), x.dtype)
    u, s, vh = svd(conjugate(x), full_matrices=False, hermitian=hermitian)
    large = _ufunc("greater", (s, _ufunc("multiply", (_tolerances(rcond), _highest(s)))))
    inverse = where(large, told_as(_ufunc("divide", (1, s)), (s,)), np.zeros((), s.dtype))
    return matmul(vh.mT, _ufunc("multiply", (inverse[..., None], u.mT)))


def _highest(s: Array) -> Array:
    return _ops.FUNCTIONS["max"](s, axis=-1, keepdims=True, initial=0)


def matrix_rank(A: Any, tol: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Array:
    """Ranks of matrices: how many singular values are larger than a tolerance.

    Parameters
    ----------
    A : array_like
        Of shape ``(..., m, n)``; of fewer dimensions the rank is 1 unless all elements are zero.
    tol : array_like of float, optional
        The tolerance.
    hermitian : bool
        Whether matrices are Hermitian.
    rtol : array_like of float, optional
        The tolerance as a share of the largest singular value; ``max(m, n)`` times the spacing of numbers around 1 if
        not given.

    Examples
    --------
    >>> import hyperslab as da
    >>> int(da.linalg.matrix_rank(da.ones((3, 3))))
    1
    """
    if rtol is not None and tol is not None:
        raise ValueError("`tol` and `rtol` can't be both set.")
    x = asarray(A)
    if x.ndim < 2:
        return _ops.FUNCTIONS["any"](_ufunc("not_equal", (x, 0))).astype(np.int64)
    s = svd(x, compute_uv=False, hermitian=hermitian)
    if tol is None:
        share = max(x.shape[-2:]) * np.finfo(s.dtype).eps if rtol is None else _tolerances(rtol)
        limit = _ufunc("multiply", (_highest(s), share))
    else:
        limit = _tolerances(tol)
    return _ops.FUNCTIONS["count_nonzero"](_ufunc("greater", (s, limit)), axis=-1)


def lstsq(a: Any, b: Any, rcond: float | None = None) -> tuple[Array, Array, Array, Array]:
    """Least-squares solutions of linear equations, by singular values.

    Parameters
    ----------
    a : array_like
        Coefficients, of shape ``(m, n)``.
    b : array_like
        Right-hand sides, of shape ``(m,)`` or ``(m, k)``.
    rcond : float, optional
        Singular values not larger than this times the largest one count as zero; ``max(m, n)`` times the spacing of
        numbers around 1 if not given.

    Returns
    -------
    tuple of Array
        Solutions, sums of squared residuals, rank and singular values. There are residuals where ``m > n``, of
        matrices without full rank too: that is not known before computing.

    Examples
    --------
    >>> import hyperslab as da
    >>> x, residuals, rank, s = da.linalg.lstsq(da.array([[1.0, 0], [1, 1], [1, 2]]), [1.0, 3, 5])
    >>> x.compute().round(12)
    array([1., 2.])
    """
    x, y = asarray(a), asarray(b)
    sides = y[:, None] if y.ndim == 1 else y
    for part in (x, sides):
        if part.ndim != 2:
            raise LinAlgError(f"{part.ndim}-dimensional array given. Array must be two-dimensional")
    (m, n), dtype = x.shape, _common(x, sides)
    if sides.shape[0] != m:
        raise LinAlgError(f"Incompatible dimensions: lstsq of shapes {x.shape} and {y.shape}")
    x, sides = x.astype(dtype), sides.astype(dtype)
    if sides.shape[1] <= _SIDES * max(n, _SIDES) and _tall.is_large(both := concatenate([x, sides], axis=1)):
        # The factor Q of both together changes no distance: R is all that must be solved, made in one reading.
        r = _tall.triangle(both)
        x, sides = r[:, :n], r[:, n:]
    u, s, vh = svd(x, full_matrices=False)
    share = max(m, n) * np.finfo(dtype).eps if rcond is None else rcond
    large = _ufunc("greater", (s, _ufunc("multiply", (_highest(s), share))))
    inverse = where(large, told_as(_ufunc("divide", (1, s)), (s,)), np.zeros((), s.dtype))
    solution = matmul(conjugate(vh.mT), _ufunc("multiply", (inverse[:, None], matmul(conjugate(u.mT), sides))))
    left = _ufunc("absolute", (_ufunc("subtract", (sides, matmul(x, solution))),))
    residuals = _ops.FUNCTIONS["sum"](_ufunc("square", (left,)), axis=0) if m > n else zeros((0,), s.dtype)
    rank = _ops.FUNCTIONS["count_nonzero"](large)
    return solution[:, 0] if y.ndim == 1 else solution, residuals, rank, s


def _common(*operands: Array) -> np.dtype:
    """Dtype that linear algebra on such operands is made in."""
    return np.result_type(*(x.dtype if x.dtype.kind in "fc" else np.dtype(np.float64) for x in operands))
