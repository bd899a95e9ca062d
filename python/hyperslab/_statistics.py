"""Statistics of whole arrays: covariances, correlations, moments."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from hyperslab import _keywords, _linalg, _ops
from hyperslab._array import Array
from hyperslab._creation import asarray
from hyperslab._join import concatenate
from hyperslab._manipulation import broadcast_to
from hyperslab._numeric import average, imag, real

_ufunc = _ops.apply_ufunc


def _sum(x: Any, axis: Any = None, **kwargs: Any) -> Array:
    return _ops.FUNCTIONS["sum"](x, axis=axis, **kwargs)


def cov(
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: Any = None,
    aweights: Any = None,
    *,
    dtype: Any = None,
) -> Array:
    """Covariances of variables.

    Parameters
    ----------
    m : array_like
        Variables as rows, observations as columns; one variable if 1-d.
    y : array_like, optional
        More variables.
    rowvar : bool
        Whether variables are rows.
    bias : bool
        Whether to divide by the number of observations, in place of one less.
    ddof : int, optional
        What is taken off that number, in place of `bias`.
    fweights, aweights : 1-d array_like, optional
        How often each observation counts, and how much; in memory.
    dtype : dtype, optional
        Dtype of the result; at least float64 if not given.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.cov(da.array([[0, 1, 2], [2, 1, 0]])).compute()
    array([[ 1., -1.],
           [-1.,  1.]])
    """
    if ddof is not None and ddof != int(ddof):
        raise ValueError("ddof must be integer")
    given = [asarray(v) for v in ([m] if y is None else [m, y])]
    if any(v.ndim > 2 for v in given):
        raise ValueError("m has more than 2 dimensions" if given[0].ndim > 2 else "y has more than 2 dimensions")
    dtype = np.result_type(*(v.dtype for v in given), np.float64) if dtype is None else np.dtype(dtype)
    rows = [v[None] if v.ndim < 2 else v if rowvar else v.T for v in given]
    if rows[0].shape[0] == 0:
        return asarray(np.empty((0, 0)))
    if len(given) == 2 and given[1].ndim == 2 and given[1].shape[0] == 1:
        rows[1] = given[1]  # One row is one variable in any case.
    x = rows[0].astype(dtype) if len(rows) == 1 else concatenate([r.astype(dtype) for r in rows])
    weights = _weights(x.shape[1], fweights, aweights)
    ddof = (0 if bias else 1) if ddof is None else ddof
    if weights is None:
        factor = x.shape[1] - ddof
        centred = _ufunc("subtract", (x, _ops.FUNCTIONS["mean"](x, axis=1, keepdims=True)))
        other = centred
    else:
        total = weights.sum()
        extra = weights if aweights is None else weights * np.asarray(aweights, float)
        factor = total - ddof if ddof == 0 or aweights is None else total - ddof * extra.sum() / total
        centred = _ufunc("subtract", (x, average(x, axis=1, weights=weights)[:, None]))
        other = _ufunc("multiply", (centred, weights))
    if factor <= 0:
        warnings.warn("Degrees of freedom <= 0 for slice", RuntimeWarning, stacklevel=2)
    conjugate = _ufunc("conjugate", (other.T,)) if dtype.kind == "c" else other.T
    product = _linalg.matmul(centred, conjugate)
    return _ufunc("multiply", (product, np.true_divide(1, max(factor, 0)))).astype(dtype).squeeze()


def _weights(n: int, fweights: Any, aweights: Any) -> np.ndarray | None:
    weights = None
    for name, given in (("fweights", fweights), ("aweights", aweights)):
        if given is None:
            continue
        w = np.asarray(given, dtype=float)
        if name == "fweights" and not np.all(w == np.around(w)):
            raise TypeError("fweights must be integer")
        if w.ndim > 1:
            raise RuntimeError(f"cannot handle multidimensional {name}")
        if w.shape[0] != n:
            raise RuntimeError(f"incompatible numbers of samples and {name}")
        if (w < 0).any():
            raise ValueError(f"{name} cannot be negative")
        weights = w if weights is None else weights * w
    return weights


def corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Array:
    """Correlations of variables; parameters as those of `cov`.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.corrcoef(da.array([[0, 1, 2], [2, 1, 0]])).compute()
    array([[ 1., -1.],
           [-1.,  1.]])
    """
    c = cov(x, y, rowvar, dtype=dtype)
    if c.ndim == 0:
        return _ufunc("divide", (c, c))
    spread = _ufunc("sqrt", (real(c.reshape(-1)[:: c.shape[0] + 1]),))
    c = _ufunc("divide", (_ufunc("divide", (c, spread[:, None])), spread[None, :]))
    if c.dtype.kind != "c":
        return c.clip(-1, 1)
    return _ufunc("add", (real(c).clip(-1, 1), _ufunc("multiply", (imag(c).clip(-1, 1), 1j))))


@_keywords.accepts("split_every")
def moment(a: Any, order: int, axis: Any = None, dtype: Any = None, keepdims: bool = False, ddof: int = 0) -> Array:
    """Central moment: the mean of a power of the distances from the mean.

    Examples
    --------
    >>> import hyperslab as da
    >>> float(da.moment(da.array([1.0, 2.0, 6.0]), 3))
    6.0
    """
    if int(order) != order or order < 0:
        raise ValueError("Order must be an integer >= 0")
    x = asarray(a)
    x = x.astype(dtype if dtype is not None else np.result_type(x.dtype, "f8") if x.dtype.kind in "biu" else x.dtype)
    mean = _ops.FUNCTIONS["mean"](x, axis=axis, keepdims=True)
    if order < 2:
        return _ops.FUNCTIONS["mean"](_ufunc("multiply", (x, 0)), axis=axis, keepdims=keepdims) + (1 - order)  # type: ignore[operator]
    power = _ufunc("power", (_ufunc("subtract", (x, mean)), int(order)))
    total = _sum(power, axis=axis, keepdims=keepdims)
    return _ufunc("divide", (total, x.size // max(mean.size, 1) - ddof))


def array_equiv(a1: Any, a2: Any) -> Array:
    """Whether two arrays have the same elements, as far as they broadcast.

    Examples
    --------
    >>> import hyperslab as da
    >>> bool(da.array_equiv([1, 2], da.array([[1, 2], [1, 2]])))
    True
    """
    x, y = asarray(a1), asarray(a2)
    try:
        shape = np.broadcast_shapes(x.shape, y.shape)
    except ValueError:
        return asarray(False)
    return _ops.FUNCTIONS["all"](_ufunc("equal", (broadcast_to(x, shape), y)))
