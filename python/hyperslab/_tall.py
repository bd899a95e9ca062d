"""Factors of one matrix that is tall, or wide: of its blocks of rows, joined in a tree, or of its first columns."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.linalg import LinAlgError

from hyperslab._array import Array
from hyperslab._creation import asarray, zeros
from hyperslab._join import concatenate
from hyperslab._linalg import matmul
from hyperslab._matrices import QRResult, SVDResult, adjoint, made
from hyperslab._ops import FUNCTIONS, apply_ufunc

#: Bytes of a block of rows, as long as that is several times as many rows as columns.
_BLOCK = 1 << 21


def _rows(n: int, itemsize: int) -> int:
    """Rows of a block."""
    return max(4 * n, _BLOCK // (itemsize * max(n, 1)), 1)


def is_large(x: Array) -> bool:
    """Whether a matrix is so tall that its blocks are better factored one by one."""
    return x.ndim == 2 and x.shape[1] > 0 and x.shape[0] > 2 * _rows(x.shape[1], x.dtype.itemsize)


def _blocks(x: Array) -> Array:
    """Blocks of rows as a stack; the last one is filled up with zeros, which change no factor R."""
    m, n = x.shape
    rows = _rows(n, x.dtype.itemsize)
    count = -(-m // rows)
    if count * rows != m:
        x = concatenate([x, zeros((count * rows - m, n), x.dtype)])
    return x.reshape(count, rows, n)


def triangle(x: Array) -> Array:
    """R of a tall matrix alone."""
    while is_large(x):
        x = made("r", _blocks(x))[0].reshape(-1, x.shape[1])
    return made("r", x)[0]


def _tree(x: Array) -> QRResult:
    if not is_large(x):
        return QRResult(*made("qr", x))
    m, n = x.shape
    q, r = made("qr", _blocks(x))
    above = _tree(r.reshape(-1, n))
    return QRResult(matmul(q, above.Q.reshape(-1, n, n)).reshape(-1, n)[:m], above.R)


def _matrix(name: str, a: Any) -> Array:
    x = asarray(a)
    if x.ndim != 2:
        raise LinAlgError(f"{name}: {x.ndim}-dimensional array given. Array must be two-dimensional")
    return x


def tsqr(data: Any, compute_svd: bool = False, _max_vchunk_size: Any = None) -> Any:
    """QR factors of one tall and skinny matrix, by a tree of those of its blocks of rows.

    Parameters
    ----------
    data : array_like
        Of shape ``(m, n)``, with any chunks.
    compute_svd : bool
        Whether the singular value decomposition is made, by that of R.

    Returns
    -------
    QRResult or SVDResult
        As `hyperslab.linalg.qr` and `svd` with ``full_matrices=False``.

    Examples
    --------
    >>> import hyperslab as da
    >>> q, r = da.linalg.tsqr(da.ones((1000, 2)))
    >>> q.shape, r.shape
    ((1000, 2), (2, 2))
    """
    factors = _tree(_matrix("tsqr", data))
    if not compute_svd:
        return factors
    u, s, vh = made("svd", factors.R)
    return SVDResult(matmul(factors.Q, u), s, vh)


def sfqr(data: Any, name: Any = None) -> QRResult:
    """QR factors of one short and fat matrix: Q of its first columns, R of all.

    Parameters
    ----------
    data : array_like
        Of shape ``(m, n)``, with any chunks.
    name : object
        Without effect.

    Examples
    --------
    >>> import hyperslab as da
    >>> q, r = da.linalg.sfqr(da.ones((2, 1000)))
    >>> q.shape, r.shape
    ((2, 2), (2, 1000))
    """
    x = _matrix("sfqr", data)
    m, n = x.shape
    q, r = made("qr", x[:, :m])
    return QRResult(q, r if n <= m else concatenate([r, matmul(adjoint(q), x[:, m:])], axis=1))


def svd_flip(u: Any, v: Any, u_based_decision: bool = False) -> tuple[Array, Array]:
    """Singular vectors with their signs chosen: such that those of `v` have a sum that is not negative.

    Parameters
    ----------
    u, v : array_like
        Columns of the first and rows of the second belong together.
    u_based_decision : bool
        Whether vectors of `u` decide.

    Examples
    --------
    >>> import hyperslab as da
    >>> u, v = da.linalg.svd_flip(da.ones((2, 1)), -da.ones((1, 2)))
    >>> v.compute()
    array([[1., 1.]])
    """
    x, y = asarray(u), asarray(v)
    sums = FUNCTIONS["sum"](x, axis=0, keepdims=True) if u_based_decision else _row_sums(y)
    if sums.dtype.kind == "c":
        sums = sums.real
    # Zero goes up.
    ones = np.ones((), sums.dtype)
    signs = apply_ufunc("where", (apply_ufunc("less", (sums, 0)), -ones, ones))
    return apply_ufunc("multiply", (x, signs)), apply_ufunc("multiply", (y, signs.T))


def _row_sums(v: Array) -> Array:
    return FUNCTIONS["sum"](v, axis=1, keepdims=True).T


def compression_level(n: int, q: int, n_oversamples: int = 10, min_subspace_size: int = 20) -> int:
    """Columns that a matrix of `n` is compressed to where `q` singular vectors are wanted.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.linalg.compression_level(100, 5)
    20
    """
    return min(max(min_subspace_size, q + n_oversamples), n)


def compression_matrix(
    data: Any,
    q: int,
    iterator: str = "power",
    n_power_iter: int = 0,
    n_oversamples: int = 10,
    seed: Any = None,
    compute: bool = False,
) -> Array:
    """Orthonormal rows that span nearly what the `q` largest singular vectors of a matrix do, by random projections.

    Parameters
    ----------
    data : array_like
        Of shape ``(m, n)``.
    q : int
        How many singular vectors.
    iterator : {"power", "QR"}
        Whether iterations are made orthonormal after each product: slower, and closer.
    n_power_iter : int
        Iterations. Each is two products with the matrix.
    n_oversamples : int
        Columns beyond `q`.
    seed : int or numpy.random.Generator, optional
        Of the random numbers.
    compute : bool
        Whether iterations are computed at once.

    Returns
    -------
    Array
        Of shape ``(compression_level(min(m, n), q, n_oversamples), m)``.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.linalg.compression_matrix(da.ones((100, 100)), 5, seed=0).shape
    (20, 100)
    """
    x = _matrix("compression_matrix", data)
    if iterator not in ("power", "QR"):
        raise ValueError(f"Iterator must be 'power' or 'QR', not {iterator!r}")
    if x.dtype.kind not in "fc":
        x = x.astype(np.float64)
    columns = compression_level(min(x.shape), q, n_oversamples)
    draws = np.random.default_rng(seed).standard_normal((x.shape[1], columns))
    sampled = matmul(x, draws.astype(x.real.dtype))
    for _ in range(n_power_iter):
        if iterator == "QR":
            sampled = _tree(sampled).Q
        sampled = matmul(adjoint(x), sampled)
        if iterator == "QR":
            sampled = _tree(sampled).Q
        sampled = matmul(x, sampled)
        if compute:
            sampled = asarray(sampled.compute())
    return adjoint(_tree(sampled).Q)


def svd_compressed(
    a: Any,
    k: int,
    iterator: str = "power",
    n_power_iter: int = 0,
    n_oversamples: int = 10,
    seed: Any = None,
    compute: bool = False,
    coerce_signs: bool = True,
) -> SVDResult:
    """The `k` largest singular values and their vectors, nearly, by random projections.

    Parameters
    ----------
    a : array_like
        Of shape ``(m, n)``.
    k : int
        How many.
    iterator, n_power_iter, n_oversamples, seed, compute
        As in `compression_matrix`.
    coerce_signs : bool
        Whether signs are chosen as by `svd_flip`.

    Examples
    --------
    >>> import hyperslab as da
    >>> u, s, v = da.linalg.svd_compressed(da.ones((100, 100)), 1, seed=0)
    >>> s.compute().round(9)
    array([100.])
    """
    x = _matrix("svd_compressed", a)
    compressed = compression_matrix(x, k, iterator, n_power_iter, n_oversamples, seed, compute)
    right, s, left = tsqr(adjoint(matmul(compressed, x)), compute_svd=True)
    u, v = matmul(adjoint(compressed), adjoint(left))[:, :k], adjoint(right)[:k]
    if coerce_signs:
        u, v = svd_flip(u, v)
    return SVDResult(u, s[:k], v)
