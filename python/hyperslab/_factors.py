"""Factors of matrices, and what is computed by them. Matrices are the last two axes; each is held whole."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.linalg import LinAlgError

from hyperslab import _ops, _tall
from hyperslab._array import Array
from hyperslab._creation import asarray
from hyperslab._diagonals import tril, triu
from hyperslab._manipulation import flip
from hyperslab._matrices import EighResult, EigResult, QRResult, SlogdetResult, SVDResult, adjoint, conjugate, made
from hyperslab._sorting import argsort, sort, take_along_axis

_ufunc = _ops.apply_ufunc


def inv(a: Any) -> Array:
    """Inverses of square matrices.

    Parameters
    ----------
    a : array_like
        Of shape ``(..., n, n)``. A task holds whole matrices, whatever the chunks are.

    Raises
    ------
    LinAlgError
        If the matrices are not square; when computed, if one is singular.
    MemoryError
        When computed, if one matrix does not fit the memory limit.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.linalg.inv(da.array([[2.0, 0.0], [0.0, 4.0]])).compute()
    array([[0.5 , 0.  ],
           [0.  , 0.25]])
    """
    return made("inv", a)[0]


def solve(a: Any, b: Any) -> Array:
    """Solutions of linear equations.

    Parameters
    ----------
    a : array_like
        Coefficients, of shape ``(..., n, n)``.
    b : array_like
        Right-hand sides: one, of shape ``(n,)``, or of shape ``(..., n, k)``.

    Raises
    ------
    LinAlgError
        If the matrices are not square; when computed, if one is singular.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.linalg.solve(da.array([[2.0, 0.0], [0.0, 4.0]]), [2.0, 2.0]).compute()
    array([1. , 0.5])
    """
    return made("solve", a, b)[0]


def solve_triangular(a: Any, b: Any, lower: bool = False) -> Array:
    """Solutions of linear equations with a triangular matrix, of which the other triangle is not looked at.

    Parameters
    ----------
    a : array_like
        Coefficients, of shape ``(n, n)``.
    b : array_like
        Right-hand sides, of shape ``(n,)`` or ``(n, k)``.
    lower : bool
        Whether the lower triangle is the one.

    Raises
    ------
    LinAlgError
        If the matrix is not square; when computed, if an element of its diagonal is zero.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.linalg.solve_triangular(da.array([[2.0, 0.0], [4.0, 4.0]]), [2.0, 8.0], lower=True).compute()
    array([1., 1.])
    """
    x, y = asarray(a), asarray(b)
    if x.ndim < 2 or y.ndim == 0 or x.shape[-1] != x.shape[-2]:
        raise LinAlgError(f"solve_triangular needs square matrices and right-hand sides: {x.shape} and {y.shape}")
    if not lower:
        return solve(triu(x), y)
    # Turned around, it is an upper triangle: of such elimination exchanges no rows.
    rows = -1 if y.ndim == 1 else -2
    return flip(solve(flip(tril(x), (-2, -1)), flip(y, rows)), rows)


def det(a: Any) -> Array:
    """Determinants of square matrices.

    Examples
    --------
    >>> import hyperslab as da
    >>> round(float(da.linalg.det(da.array([[1.0, 2.0], [3.0, 4.0]]))), 12)
    -2.0
    """
    return made("det", a)[0]


def slogdet(a: Any) -> SlogdetResult:
    """Signs of determinants, and logarithms of their magnitudes.

    Examples
    --------
    >>> import hyperslab as da
    >>> float(da.linalg.slogdet(da.array([[1.0, 2.0], [3.0, 4.0]])).sign)
    -1.0
    """
    return SlogdetResult(*made("slogdet", a))


def cholesky(a: Any, lower: bool | None = None, *, upper: bool = False) -> Array:
    """Cholesky factors of Hermitian, positive definite matrices; only one triangle is read.

    Parameters
    ----------
    a : array_like
        Of shape ``(..., n, n)``.
    lower : bool, optional
        Which factor is made, as dask has it; without it, as NumPy: the lower one.
    upper : bool
        Whether the upper factor is made, of the upper triangle.

    Raises
    ------
    LinAlgError
        If the matrices are not square; when computed, if one is not positive definite.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.linalg.cholesky(da.array([[4.0, 2.0], [2.0, 5.0]])).compute()
    array([[2., 0.],
           [1., 2.]])
    """
    return made("cholesky", a, whole=upper if lower is None else not lower)[0]


def qr(a: Any, mode: str = "reduced") -> Any:
    """Orthonormal columns Q and upper triangles R whose product is the matrix.

    Parameters
    ----------
    a : array_like
        Of shape ``(..., m, n)``.
    mode : {"reduced", "complete", "r"}
        Whether Q has ``min(m, n)`` columns or m; ``"r"`` makes R alone.

    Returns
    -------
    QRResult or Array
        Signs of the columns of Q and rows of R may differ from NumPy's.

    Examples
    --------
    >>> import hyperslab as da
    >>> q, r = da.linalg.qr(da.ones((5, 2)))
    >>> q.shape, r.shape
    ((5, 2), (2, 2))
    """
    if mode == "r":
        x = asarray(a)
        return _tall.triangle(x) if _tall.is_large(x) else made("r", x)[0]
    if mode in ("raw", "economic", "e"):
        raise NotImplementedError(f"qr with mode={mode!r} is not supported: use 'reduced', 'complete' or 'r'")
    if mode not in ("reduced", "complete"):
        raise ValueError(f"Unrecognized mode '{mode}'")
    x = asarray(a)
    if mode == "reduced" and _tall.is_large(x):
        return _tall.tsqr(x)
    return QRResult(*made("qr", x, whole=mode == "complete"))


def svd(a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any:
    """Singular values, descending, and vectors.

    Parameters
    ----------
    a : array_like
        Of shape ``(..., m, n)``.
    full_matrices : bool
        Whether U and Vh are square, or have ``min(m, n)`` columns and rows.
    compute_uv : bool
        Whether vectors are made too.
    hermitian : bool
        Whether matrices are Hermitian: the lower triangle is read alone.

    Returns
    -------
    SVDResult or Array
        Signs of vectors may differ from NumPy's.

    Examples
    --------
    >>> import hyperslab as da
    >>> u, s, vh = da.linalg.svd(da.eye(3)[:, :2], full_matrices=False)
    >>> s.compute()
    array([1., 1.])
    """
    if not compute_uv:
        if not hermitian:
            return svdvals(a)
        return sort(_ufunc("absolute", (eigvalsh(a),)))[..., ::-1]
    if not hermitian:
        return _svd(asarray(a), full_matrices)
    values, vectors = eigh(a)
    sizes = _ufunc("absolute", (values,))
    order = argsort(sizes)[..., ::-1]
    signs = take_along_axis(_ufunc("copysign", (np.ones((), values.dtype), values)), order)
    vectors = take_along_axis(vectors, order[..., None, :])
    turned = conjugate(_ufunc("multiply", (vectors, signs[..., None, :])).mT)
    return SVDResult(vectors, take_along_axis(sizes, order), turned)


def svdvals(x: Any, /) -> Array:
    """Singular values, descending.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.linalg.svdvals(da.array([[0.0, 2.0], [3.0, 0.0]])).compute()
    array([3., 2.])
    """
    a = asarray(x)
    if _tall.is_large(a):
        a = _tall.triangle(a)
    elif a.ndim == 2 and _tall.is_large(a.mT):
        a = _tall.triangle(adjoint(a))
    return made("svdvals", a)[0]


def _svd(x: Array, full_matrices: bool) -> SVDResult:
    if full_matrices or x.ndim != 2:
        return SVDResult(*made("svd", x, whole=full_matrices))
    if _tall.is_large(x):
        return SVDResult(*_tall.tsqr(x, compute_svd=True))
    if _tall.is_large(x.mT):
        u, s, vh = _tall.tsqr(adjoint(x), compute_svd=True)
        return SVDResult(adjoint(vh), s, adjoint(u))
    return SVDResult(*made("svd", x))


def _is_upper(uplo: str) -> bool:
    if uplo.upper() not in ("L", "U"):
        raise ValueError(f"UPLO argument must be 'L' or 'U', not {uplo!r}")
    return uplo.upper() == "U"


def eigh(a: Any, UPLO: str = "L") -> EighResult:
    """Eigenvalues, ascending, and eigenvectors of Hermitian matrices.

    Parameters
    ----------
    a : array_like
        Of shape ``(..., n, n)``.
    UPLO : {"L", "U"}
        Which triangle is read.

    Returns
    -------
    EighResult
        Signs of eigenvectors may differ from NumPy's.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.linalg.eigh(da.array([[2.0, 0.0], [0.0, 1.0]])).eigenvalues.compute()
    array([1., 2.])
    """
    return EighResult(*made("eigh", a, whole=_is_upper(UPLO)))


def eigvalsh(a: Any, UPLO: str = "L") -> Array:
    """Eigenvalues of Hermitian matrices, ascending; parameters as those of `eigh`.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.linalg.eigvalsh(da.array([[2.0, 0.0], [0.0, 1.0]])).compute()
    array([1., 2.])
    """
    return made("eigvalsh", a, whole=_is_upper(UPLO))[0]


def eig(a: Any) -> EigResult:
    """Eigenvalues and eigenvectors of square matrices that need not be symmetric.

    Parameters
    ----------
    a : array_like
        Of shape ``(..., n, n)``. A task holds whole matrices, whatever the chunks are.

    Returns
    -------
    EigResult
        Eigenvalues of shape ``(..., n)`` and eigenvectors, the columns of ``(..., n, n)``, each of length 1. They are
        complex whatever the values are: a dtype is known before anything is computed, whereas NumPy makes real numbers
        of real matrices all of whose eigenvalues are real. Their order may differ from NumPy's, and so may the signs of
        vectors.

    Raises
    ------
    LinAlgError
        If the matrices are not square; when computed, if an element is infinite or NaN.
    MemoryError
        When computed, if one matrix does not fit the memory limit.

    See Also
    --------
    eigh : Of symmetric and Hermitian matrices: in real numbers, in ascending order, and faster.

    Examples
    --------
    >>> import hyperslab as da
    >>> values, vectors = da.linalg.eig(da.array([[0.0, 1.0], [-1.0, 0.0]]))
    >>> values.dtype, sorted(values.imag.compute().tolist())
    (dtype('complex128'), [-1.0, 1.0])
    """
    return EigResult(*made("eig", a))


def eigvals(a: Any) -> Array:
    """Eigenvalues of square matrices, always as complex numbers; parameters as those of `eig`.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.linalg.eigvals(da.array([[2.0, 0.0], [0.0, 2.0]])).compute()
    array([2.+0.j, 2.+0.j])
    """
    return made("eigvals", a)[0]


def lu(a: Any) -> tuple[Array, Array, Array]:
    """Permutation, lower and upper triangle whose product is the matrix: ``a = p @ l @ u``.

    Parameters
    ----------
    a : array_like
        Of shape ``(..., m, n)``. A task holds whole matrices, whatever the chunks are.

    Returns
    -------
    p, l, u : Array
        Of shapes ``(..., m, m)``, ``(..., m, k)`` with ones on the diagonal, and ``(..., k, n)``, where k is the lesser
        of m and n: as `scipy.linalg.lu` has them.

    Raises
    ------
    LinAlgError
        If there are less than two dimensions.
    MemoryError
        When computed, if one matrix does not fit the memory limit.

    Examples
    --------
    >>> import hyperslab as da
    >>> p, l, u = da.linalg.lu(da.array([[1.0, 2.0], [4.0, 4.0]]))
    >>> u.compute()
    array([[4., 4.],
           [0., 1.]])
    >>> (p @ l @ u).compute()
    array([[1., 2.],
           [4., 4.]])
    """
    p, lower, upper = made("lu", a)
    return p, lower, upper
