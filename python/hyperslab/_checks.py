"""Comparisons for tests: dask's `assert_eq`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from hyperslab._array import Array


def _whole(x: Any, shape: bool, chunks: bool) -> tuple[Any, Any]:
    """The elements of an array, which must be what the array said of itself, and the dtype."""
    if not isinstance(x, Array):
        made = x if hasattr(x, "dtype") else np.asarray(x)
        return made, made.dtype
    made = x.compute()
    if made.dtype != x.dtype:
        raise AssertionError(f"an array of dtype {x.dtype} computes to dtype {made.dtype}")
    if shape and not all(math.isnan(n) or n == m for n, m in zip(x.shape, made.shape, strict=True)):
        raise AssertionError(f"an array of shape {x.shape} computes to shape {made.shape}")
    if chunks and any(not math.isnan(sum(line)) and sum(line) != n for line, n in zip(x.chunks, made.shape)):
        raise AssertionError(f"chunks {x.chunks} do not add up to the shape {made.shape}")
    return made, x.dtype


def assert_eq(
    a: Any,
    b: Any,
    check_shape: bool = True,
    check_graph: bool = True,
    check_meta: bool = True,
    check_chunks: bool = True,
    check_ndim: bool = True,
    check_type: bool = True,
    check_dtype: bool = True,
    equal_nan: bool = True,
    scheduler: Any = None,
    **kwargs: Any,
) -> bool:
    """Compare two arrays, lazy or not, by what they compute to; for tests.

    Parameters
    ----------
    a, b : array_like
        Arrays.
    check_shape, check_chunks : bool
        Whether what lazy arrays say of themselves is compared with what they compute to.
    check_type : bool
        Whether results must be of one Python type.
    check_dtype : bool
        Whether dtypes must be equal.
    equal_nan : bool
        Whether nans are equal.
    check_graph, check_meta, check_ndim, scheduler
        Accepted as in dask; without effect.
    **kwargs
        ``rtol`` and ``atol``, as of `numpy.allclose`.

    Returns
    -------
    bool
        True.

    Raises
    ------
    AssertionError
        If they differ.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.assert_eq(da.arange(3, chunks=2) * 2, [0, 2, 4])
    True
    """
    (left, one), (right, other) = (_whole(x, check_shape, check_chunks) for x in (a, b))
    if check_dtype and one != other:
        raise AssertionError(f"a and b have different dtypes: (a: {one}, b: {other})")
    if left.shape != right.shape:
        raise AssertionError(f"a and b have different shapes (a: {left.shape}, b: {right.shape})")
    kinds = [type(x if x.shape else x.item()) for x in (left, right)]
    if check_type and kinds[0] is not kinds[1]:
        raise AssertionError(f"a and b have different types (a: {kinds[0]}, b: {kinds[1]})")
    numbers = all(np.dtype(d).kind in "biufc" for d in (one, other))
    if numbers and not np.allclose(left, right, equal_nan=equal_nan, **kwargs):
        raise AssertionError("found values in 'a' and 'b' which differ by more than the allowed amount")
    if not numbers and not np.array_equal(left, right, equal_nan=equal_nan and np.dtype(one).kind in "mM"):
        raise AssertionError("found values in 'a' and 'b' which differ")
    return True
