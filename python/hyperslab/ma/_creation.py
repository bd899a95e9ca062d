"""Making masked arrays: from data and masks, by conditions, and by shape."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from hyperslab import _creation, _ops
from hyperslab._array import Array
from hyperslab._chunks import Chunks
from hyperslab._convert import is_lazy_source
from hyperslab._creation import full
from hyperslab._manipulation import broadcast_to
from hyperslab.ma._masked import MaskedArray, checked_fill
from hyperslab.ma._reductions import masked
from hyperslab.ma._sources import from_array
from hyperslab.ma._ufuncs import MASKED, union


def _made(data: Any, chunks: Chunks) -> MaskedArray:
    """Anything as a masked array with chunks of its own."""
    if is_lazy_source(data) and not isinstance(data, Array):
        return from_array(data, chunks)
    if not isinstance(data, MASKED) and isinstance(data, list | tuple):
        data = np.ma.array(data) if any(isinstance(v, np.ma.MaskedArray) for v in data) else data
    return from_array(data, chunks)


def _mask_like(mask: Any, data: Array) -> Array:
    """A mask of the shape of the data: one value for all, or one of as many elements."""
    if mask is True or mask is False or mask is None:
        return full(data.shape, bool(mask), bool, data.chunks)
    hidden = masked(mask).data if isinstance(mask, MASKED) else _creation.asarray(mask)
    hidden = hidden if hidden.dtype == bool else hidden.astype(bool)
    if hidden.shape != data.shape:
        if hidden.size == 1:
            hidden = broadcast_to(hidden.reshape(()), data.shape)
        elif hidden.size == data.size:
            hidden = hidden.reshape(data.shape)
        else:
            raise np.ma.MaskError(
                f"Mask and data not compatible: data size is {data.size}, mask size is {hidden.size}: data shape is "
                f"{data.shape}, mask shape is {hidden.shape}."
            )
    return hidden if hidden.chunks == data.chunks else hidden.rechunk(data.chunks)


def masked_array(
    data: Any,
    mask: Any = np.ma.nomask,
    dtype: DTypeLike | None = None,
    copy: bool = False,
    subok: bool = True,
    ndmin: int = 0,
    fill_value: Any = None,
    keep_mask: bool = True,
    hard_mask: bool | None = None,
    shrink: bool = True,
    order: str | None = None,
    *,
    chunks: Chunks = "auto",
) -> MaskedArray:
    """Masked array of data and a mask.

    Parameters
    ----------
    data : array_like
        Data; a source that answers with masked arrays is read as by `from_array`.
    mask : array_like of bool, optional
        True where elements are masked: one value for all, or as many as the data have.
    dtype : dtype, optional
        Dtype of the data.
    fill_value : scalar, optional
        What `filled` puts in the place of masked elements.
    keep_mask : bool
        Whether what is masked in `data` stays masked.
    ndmin : int
        Least number of dimensions.
    copy, subok, hard_mask, shrink, order
        Accepted as in NumPy, without effect: lazy arrays are not assigned to, and a mask that masks nothing stays.
    chunks : int, tuple, dict or str
        As in `hyperslab.from_array`.

    Raises
    ------
    numpy.ma.MaskError
        If the mask has another number of elements.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.ma.masked_array([1, 2, 3], mask=[False, True, False]).mean().compute()
    np.float64(2.0)
    """
    x = _made(data, chunks)
    elements, own = x.data, x._hidden if keep_mask else None
    if dtype is not None and elements.dtype != np.dtype(dtype):
        elements = elements.astype(dtype)
    hidden = own if mask is np.ma.nomask else union([own, _mask_like(mask, elements)], elements)
    fill = checked_fill(x._fill if fill_value is None else fill_value, elements.dtype)
    made = MaskedArray(elements, hidden, fill)
    return made[(None,) * max(ndmin - made.ndim, 0)] if ndmin > made.ndim else made


def array(
    data: Any,
    dtype: DTypeLike | None = None,
    copy: bool = False,
    order: str | None = None,
    mask: Any = np.ma.nomask,
    fill_value: Any = None,
    keep_mask: bool = True,
    hard_mask: bool = False,
    shrink: bool = True,
    subok: bool = True,
    ndmin: int = 0,
    *,
    chunks: Chunks = "auto",
) -> MaskedArray:
    """Masked array of data and a mask; parameters as those of `masked_array`."""
    return masked_array(data, mask, dtype, ndmin=ndmin, fill_value=fill_value, keep_mask=keep_mask, chunks=chunks)


def asarray(
    a: Any, dtype: DTypeLike | None = None, order: str | None = None, *, chunks: Chunks = "auto"
) -> MaskedArray:
    """The argument as a masked array."""
    return masked_array(a, dtype=dtype, chunks=chunks)


asanyarray = asarray


def getdata(a: Any, subok: bool = True) -> Array:
    """All elements, without the mask.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.ma.getdata(da.ma.masked_equal([1, 2], 2)).compute()
    array([1, 2])
    """
    return masked(a).data


def getmaskarray(arr: Any) -> Array:
    """Where elements are masked, nowhere for arrays without a mask.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.ma.getmaskarray(da.ma.masked_equal([1, 2], 2)).compute()
    array([False,  True])
    """
    return masked(arr).mask


getmask = getmaskarray


def filled(a: Any, fill_value: Any = None) -> Array:
    """The data, with a value where elements are masked; see `MaskedArray.filled`."""
    return masked(a).filled(fill_value)


def set_fill_value(a: Any, fill_value: Any) -> None:
    """Change the fill value of a masked array; other arrays stay as they are.

    Examples
    --------
    >>> import hyperslab as da
    >>> x = da.ma.masked_equal([1, 2], 2)
    >>> da.ma.set_fill_value(x, -1)
    >>> x.filled().compute()
    array([ 1, -1])
    """
    if isinstance(a, MASKED):
        a.fill_value = fill_value


def _like(name: str) -> Callable[..., MaskedArray]:
    make = getattr(_creation, f"{name}_like")

    def function(a: Any, dtype: DTypeLike | None = None, shape: Any = None, chunks: Chunks = None) -> MaskedArray:
        x = masked(a)
        data = make(x.data, dtype, shape, chunks)
        hidden = x._hidden if data.shape == x.shape else None
        return MaskedArray(data, union([hidden], data), checked_fill(x._fill, data.dtype))

    function.__name__ = function.__qualname__ = f"{name}_like"
    function.__module__ = __name__
    function.__doc__ = f"{make.__doc__.partition(chr(10))[0]} With its mask and fill value."
    return function


zeros_like, ones_like, empty_like = _like("zeros"), _like("ones"), _like("empty")


def _new(name: str) -> Callable[..., MaskedArray]:
    make = getattr(_creation, name)

    def function(*args: Any, fill_value: Any = None, **kwargs: Any) -> MaskedArray:
        data = make(*args, **kwargs)
        return MaskedArray(data, None, checked_fill(fill_value, data.dtype))

    function.__name__ = function.__qualname__ = name
    function.__module__ = __name__
    function.__doc__ = f"{make.__doc__.partition(chr(10))[0]} Nothing is masked; see `hyperslab.{name}`."
    return function


zeros, ones, empty, arange, identity = (_new(name) for name in ("zeros", "ones", "empty", "arange", "identity"))


def masked_all(shape: Any, dtype: DTypeLike = float, *, chunks: Chunks = "auto") -> MaskedArray:
    """An array in which everything is masked.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.ma.masked_all(3).count().compute()
    np.int64(0)
    """
    data = _creation.empty(shape, dtype, chunks)
    return MaskedArray(data, full(data.shape, True, bool, data.chunks))


def masked_all_like(arr: Any) -> MaskedArray:
    """An array of the shape and dtype of another, in which everything is masked."""
    x = masked(arr)
    made = masked_all(x.shape, x.dtype, chunks=x.chunks)
    return MaskedArray(made.data, made.mask, x._fill)


def mask_or(m1: Any, m2: Any, copy: bool = False, shrink: bool = True) -> Array:
    """Where one of two masks holds.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.ma.mask_or([True, False], [False, False]).compute()
    array([ True, False])
    """
    return _ops.FUNCTIONS["logical_or"](_creation.asarray(m1), _creation.asarray(m2))


def isMaskedArray(x: Any) -> bool:
    """Whether `x` is a masked array, lazy or of NumPy.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.ma.isMaskedArray(da.ma.ones(3)), da.ma.isMaskedArray(da.ones(3))
    (True, False)
    """
    return isinstance(x, MASKED)


isarray = isMA = isMaskedArray
