"""Distributions over vectors."""

from __future__ import annotations

import operator
import warnings
from typing import Any

import numpy as np

from hyperslab._array import Array
from hyperslab._chunks import Chunks
from hyperslab._creation import asarray
from hyperslab._join import stack
from hyperslab._linalg import matmul
from hyperslab._manipulation import broadcast_to
from hyperslab._ops import FUNCTIONS
from hyperslab._random_calls import NOT_NEGATIVE, PROBABILITY, Size, Streams, drawn, sizes
from hyperslab._random_discrete import counts

_exp = FUNCTIONS["exp"]
#: NumPy's limit of what a sample is taken from.
_MOST = 10**9
_VECTOR_DOC = """{summary}

Parameters
----------
{params}size : int or tuple of int, optional
    Shape of the result, without the vectors.
chunks : int, tuple, dict or str
    Chunks along `size`, as in `hyperslab.from_array`. The numbers do not depend on them.

Returns
-------
hyperslab.Array
    Of shape ``size + ({length},)``.

Examples
--------
>>> import hyperslab as da
>>> da.random.default_rng(1).{name}({example}, size=4).shape
{shape}
"""


def _vectors(summary: str, example: str, shape: str, length: str = "k", **params: str) -> Any:
    def decorate(method: Any) -> Any:
        lines = "".join(f"{name} : {text}\n" for name, text in params.items())
        method.__doc__ = _VECTOR_DOC.format(
            summary=summary, params=lines, length=length, name=method.__name__, example=example, shape=shape
        )
        return method

    return decorate


def _known(x: Any, name: str, method: str) -> np.ndarray:
    if isinstance(x, Array):
        raise NotImplementedError(f"{method}: {name} is looked at when the call is made: pass {name}.compute()")
    return np.asarray(x)


class Multivariate:
    """Methods of generators that draw vectors."""

    _streams: Streams

    @_vectors(
        "How often each of some outcomes came in `n` trials.",
        "10, [0.2, 0.3, 0.5]",
        "(4, 3)",
        n="int or array_like\n    Trials.",
        pvals="array_like\n    Probabilities of the outcomes, along the last axis; the last one is what is left of 1.",
    )
    def multinomial(self, n: Any, pvals: Any, size: Size = None, chunks: Chunks = "auto") -> Array:
        name = "multinomial"
        p = PROBABILITY.held(_known(pvals, "pvals", name).astype(float), "pvals", name)
        if p.ndim == 0 or p.shape[-1] == 0:
            raise ValueError(
                f"{name}: pvals must have at least 1 dimension and the last dimension of pvals must be > 0"
            )
        if np.any(p[..., :-1].sum(axis=-1) > 1.0 + 1e-12):
            raise ValueError(f"{name}: sum(pvals[:-1]) > 1.0")
        left: Any = counts(n, "n", name)
        shape = np.broadcast_shapes(np.shape(left), p.shape[:-1])
        if size is not None:
            shape, given = sizes(size), shape
            if np.broadcast_shapes(given, shape) != shape:
                raise ValueError(f"{name}: Output size {shape} is not compatible with broadcast dimensions {given}")
        rest = 1.0 - np.concatenate([np.zeros((*p.shape[:-1], 1)), np.cumsum(p[..., :-1], axis=-1)], axis=-1)
        with np.errstate(all="ignore"):
            chance = np.where(rest > 0, np.clip(p / rest, 0.0, 1.0), 0.0)
        left = asarray(left)
        found = []
        for k in range(p.shape[-1] - 1):
            found.append(drawn(self._streams, "binomial", shape, chunks, left, chance[..., k]))
            left = left - found[-1]
        return _side_by_side(found, left, shape, chunks)

    @_vectors(
        "How many of each color are in a sample without replacement.",
        "[5, 3, 8], 6",
        "(4, 3)",
        colors="array_like of int\n    How many there are of each color.",
        nsample="int\n    How many are taken.",
        method='{"marginals", "count"}\n    Accepted as in NumPy; both are drawn color by color.',
    )
    def multivariate_hypergeometric(
        self, colors: Any, nsample: int, size: Size = None, method: str = "marginals", chunks: Chunks = "auto"
    ) -> Array:
        name = "multivariate_hypergeometric"
        if method not in ("count", "marginals"):
            raise ValueError(f'{name}: method must be "count" or "marginals".')
        there = counts(_known(colors, "colors", name), "colors", name)
        if np.ndim(there) != 1:
            raise ValueError(f"{name}: colors must be a one-dimensional sequence of nonnegative integers")
        total, taken = int(there.sum()), operator.index(nsample)
        if taken < 0 or taken > total:
            raise ValueError(
                f"{name}: nsample > sum(colors)" if taken > total else f"{name}: nsample must be nonnegative"
            )
        if total >= _MOST:
            raise ValueError(f"{name}: sum(colors) must be less than 1000000000")
        shape = () if size is None else sizes(size)
        left: Any = np.int64(taken)
        found = []
        for k in range(len(there) - 1):
            total -= int(there[k])
            found.append(drawn(self._streams, "hypergeometric", shape, chunks, there[k], np.int64(total), left))
            left = left - found[-1]
        return _side_by_side(found, left, shape, chunks)

    @_vectors(
        "Vectors of positive numbers that add up to 1.",
        "[1.0, 2.0, 3.0]",
        "(4, 3)",
        alpha="array_like\n    Concentrations; not negative.",
    )
    def dirichlet(self, alpha: Any, size: Size = None, chunks: Chunks = "auto") -> Array:
        a = NOT_NEGATIVE.held(_known(alpha, "alpha", "dirichlet").astype(float), "alpha", "dirichlet")
        if a.ndim != 1:
            raise ValueError(f"dirichlet: alpha must be a one-dimensional sequence, it has {a.ndim} dimensions")
        shape = (*(() if size is None else sizes(size)), a.size)
        if a.size == 0:
            return asarray(np.zeros(shape))
        if not a.any():
            return asarray(np.broadcast_to(np.float64(0.0), shape).copy())
        # Of logarithms: small concentrations make gamma variates that no float holds.
        logs = drawn(self._streams, "log_gamma", shape, _with_vectors(chunks, shape), a)
        parts = _exp(logs - logs.max(axis=-1, keepdims=True))
        return parts / parts.sum(axis=-1, keepdims=True)

    @_vectors(
        "Normal vectors of a mean and covariance.",
        "[0.0, 1.0], [[1.0, 0.5], [0.5, 2.0]]",
        "(4, 2)",
        length="n",
        mean="array_like\n    Mean, of length n.",
        cov="array_like\n    Covariance, of shape (n, n): symmetric, without negative eigenvalues.",
        check_valid='{"warn", "raise", "ignore"}\n    What to do when it is not.',
        tol="float\n    How far it may be off.",
        method='{"svd", "eigh", "cholesky"}\n    How its root is found.',
    )
    def multivariate_normal(
        self,
        mean: Any,
        cov: Any,
        size: Size = None,
        check_valid: str = "warn",
        tol: float = 1e-8,
        *,
        method: str = "svd",
        chunks: Chunks = "auto",
    ) -> Array:
        center = mean if isinstance(mean, Array) else np.asarray(mean, dtype=float)
        if center.ndim != 1:
            raise ValueError("multivariate_normal: mean must be 1 dimensional")
        root = _root(_known(cov, "cov", "multivariate_normal").astype(float), center.shape[0], check_valid, tol, method)
        shape = (*(() if size is None else sizes(size)), center.shape[0])
        z = drawn(self._streams, "standard_normal", shape, _with_vectors(chunks, shape))
        return matmul(z, root.T) + center


def _side_by_side(found: list[Array], left: Any, shape: tuple[int, ...], chunks: Chunks) -> Array:
    """Counts as vectors, of which what is left is the last."""
    last = broadcast_to(asarray(left), shape)
    return stack([*found, last if found else last.rechunk(chunks)], axis=-1)


def _with_vectors(chunks: Chunks, shape: tuple[int, ...]) -> Chunks:
    """Chunks along the size, and whole vectors."""
    if isinstance(chunks, dict):
        return {**chunks, len(shape) - 1: -1}
    if isinstance(chunks, list | tuple):
        return (*chunks, -1) if len(chunks) < len(shape) else tuple(chunks)
    return (*(chunks,) * (len(shape) - 1), -1)


def _root(cov: np.ndarray, n: int, check_valid: str, tol: float, method: str) -> np.ndarray:
    """A matrix whose product with its own transpose is the covariance."""
    if cov.ndim != 2 or cov.shape[0] != cov.shape[1]:
        raise ValueError(f"multivariate_normal: cov must be 2 dimensional and square, its shape is {cov.shape}")
    if cov.shape[0] != n:
        raise ValueError(f"multivariate_normal: mean and cov must have same length, they have {n} and {cov.shape[0]}")
    if method not in ("eigh", "svd", "cholesky"):
        raise ValueError("multivariate_normal: method must be one of {'eigh', 'svd', 'cholesky'}")
    if check_valid not in ("warn", "raise", "ignore"):
        raise ValueError("multivariate_normal: check_valid must equal 'warn', 'raise', or 'ignore'")
    if method == "cholesky":
        return np.linalg.cholesky(cov)
    if method == "eigh":
        s, u = np.linalg.eigh(cov)
        valid = not np.any(s < -tol)
        s = np.abs(s)
    else:
        u, s, v = np.linalg.svd(cov)
        valid = np.allclose((v.T * s) @ v, cov, rtol=tol, atol=tol)
    if not valid and check_valid != "ignore":
        words = "multivariate_normal: covariance is not symmetric positive-semidefinite."
        if check_valid == "raise":
            raise ValueError(words)
        warnings.warn(words, RuntimeWarning, stacklevel=3)
    return u * np.sqrt(s)
