"""``da.reductions``: what code written for ``dask.array.reductions`` takes from there."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from hyperslab import _blockwise, _calls
from hyperslab._array import Array
from hyperslab._creation import asarray
from hyperslab._reduction import reduction

__all__ = ["cumreduction", "reduction"]


def cumreduction(
    func: Callable[..., Any],
    binop: Callable[..., Any],
    ident: Any,
    x: Any,
    axis: int | None = None,
    dtype: Any = None,
    out: None = None,
    method: str = "sequential",
    preop: Callable[..., Any] | None = None,
) -> Array:
    """A scan by functions: of each chunk, then joined with what the chunks before it came to.

    Parameters
    ----------
    func : callable
        The scan of a block, ``func(block, axis=axis, dtype=dtype)``: `numpy.cumsum` and its like.
    binop : callable
        ``binop(before, block)``: joins what came before with a block that is scanned.
    ident : number
        What comes before the first chunk.
    x : array_like
        Array.
    axis : int, optional
        Axis to go along; the elements in C order if not given.
    dtype : dtype, optional
        Dtype of the result; found on a tiny array if not given.
    method : {"sequential", "blelloch"}
        Accepted as in dask.
    preop : callable, optional
        ``preop(block, axis=axis, keepdims=True)``: what a chunk comes to; the last of its scan if not given.

    Raises
    ------
    NotImplementedError
        For ``out=``.

    Examples
    --------
    >>> import numpy as np
    >>> import hyperslab as da
    >>> da.reductions.cumreduction(np.maximum.accumulate, np.maximum, 0, da.array([1, 3, 2, 4])).compute()
    array([1, 3, 3, 4])
    """
    if method not in ("sequential", "blelloch"):
        raise ValueError(f"Invalid method for cumreduction: expected 'sequential' or 'blelloch', got {method!r}")
    if out is not None:
        raise NotImplementedError("cumreduction: out= is not supported: use hyperslab.store(result, target)")
    a = asarray(x)
    if axis is None:
        a, axis = a.ravel(), 0
    along = normalize_axis_index(axis, a.ndim)
    names = tuple(range(a.ndim))
    scan = partial(func, axis=along, dtype=dtype)
    scanned = _blockwise.run("scan", scan, _blockwise.Operands("scan", [(a, names)], {}), names, a.chunks, dtype)
    if len(a.chunks[along]) < 2:
        return scanned
    total = partial(_total, preop, ident, along)
    source = scanned if preop is None else a
    ones = tuple((1,) * len(line) if d == along else line for d, line in enumerate(a.chunks))
    operands = _blockwise.Operands("scan", [(source, names)], {})
    totals = _blockwise.run("scan", total, operands, names, ones, scanned.dtype)
    before = _before(totals, binop, ident, along)
    pairs = [(_calls.rechunked(before, {along: ones[along]}), names), (scanned, names)]
    operands = _blockwise.Operands("scan", pairs, {}, align=False)
    return _blockwise.run("scan", binop, operands, names, a.chunks, scanned.dtype)


def _total(preop: Callable[..., Any] | None, ident: Any, axis: int, block: np.ndarray) -> Any:
    """What a block comes to."""
    if block.shape[axis] == 0:
        return np.full([1 if d == axis else n for d, n in enumerate(block.shape)], ident)
    return np.take(block, [-1], axis) if preop is None else preop(block, axis=axis, keepdims=True)


def _before(totals: Array, binop: Callable[..., Any], ident: Any, axis: int) -> Array:
    """For each chunk, what the chunks before it came to."""

    def join(block: np.ndarray) -> np.ndarray:
        lines = np.moveaxis(block, axis, 0)
        made = np.empty_like(lines)
        made[0] = ident
        for i in range(1, len(lines)):
            made[i] = binop(made[i - 1], lines[i - 1])
        return np.moveaxis(made, 0, axis)

    names = tuple(range(totals.ndim))
    whole = _calls.rechunked(totals, {axis: -1})
    operands = _blockwise.Operands("scan", [(whole, names)], {})
    return _blockwise.run("scan", join, operands, names, whole.chunks, totals.dtype)
