"""Shapes, joins and choices of masked arrays: what is done to the data is done to the mask."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from hyperslab import _choice, _diagonals, _join, _linalg, _manipulation, _numeric, _ops, _pieces
from hyperslab._array import Array
from hyperslab._creation import asarray, zeros_like
from hyperslab._rows import apply_ufunc
from hyperslab.ma._masked import MaskedArray
from hyperslab.ma._reductions import masked
from hyperslab.ma._ufuncs import FUNCTIONS, inherited, inverse, split, union


def _told(function: Callable[..., Any], like: Callable[..., Any], how: str) -> Callable[..., Any]:
    function.__name__ = function.__qualname__ = like.__name__
    function.__module__ = __name__
    function.__doc__ = f"{(like.__doc__ or '').partition(chr(10))[0]} {how}"
    return function


def _both(like: Callable[..., Any], keeps_fill: bool) -> Callable[..., MaskedArray]:
    """A function of one array, done to data and mask."""

    def function(a: Any, *args: Any, **kwargs: Any) -> MaskedArray:
        x = masked(a)
        parts = tuple(like(part, *args, **kwargs) for part in x.parts())
        return x.over(parts) if keeps_fill else MaskedArray(*parts)

    return _told(function, like, "Of data and mask.")


_KEEPING: dict[str, Callable[..., Any]] = {
    "astype": _manipulation.astype,
    "broadcast_to": _manipulation.broadcast_to,
    "diagonal": _diagonals.diagonal,
    "expand_dims": _manipulation.expand_dims,
    "flip": _manipulation.flip,
    "fliplr": _manipulation.fliplr,
    "flipud": _manipulation.flipud,
    "matrix_transpose": _manipulation.matrix_transpose,
    "moveaxis": _manipulation.moveaxis,
    "permute_dims": _manipulation.permute_dims,
    "ravel": _manipulation.ravel,
    "rechunk": _manipulation.rechunk,
    "repeat": _pieces.repeat,
    "reshape": _manipulation.reshape,
    "roll": _join.roll,
    "rollaxis": _manipulation.rollaxis,
    "rot90": _pieces.rot90,
    "squeeze": _manipulation.squeeze,
    "swapaxes": _manipulation.swapaxes,
    "take": _manipulation.take,
    "transpose": _manipulation.transpose,
}

SHAPES: dict[str, Callable[..., Any]] = {name: _both(like, name != "take") for name, like in _KEEPING.items()}


def compress(condition: Any, a: Any, axis: int | None = None, out: None = None) -> MaskedArray:
    """Elements at the positions along an axis where a condition in memory holds; see `hyperslab.compress`.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.ma.compress([True, False, True], da.ma.masked_equal([1, 2, 3], 3)).compute()
    masked_array(data=[1, --],
                 mask=[False,  True],
           fill_value=3)
    """
    return masked(a).each(lambda part: _choice.compress(condition, part, axis, out))


def compressed(x: Any) -> Array:
    """Not possible before computing: how many elements are not masked is not known."""
    raise NotImplementedError(
        "compressed: how many elements are not masked is not known before computing: compute first, "
        "x.compute().compressed(), or keep the shape with x.filled(value)"
    )


def nonzero(a: Any) -> tuple[Array, ...]:
    """Not possible before computing: how many elements are not zero is not known."""
    raise NotImplementedError(
        "nonzero: how many elements are not zero and not masked is not known before computing: compute first, "
        "x.compute().nonzero(), or keep the shape with x.filled(0) != 0"
    )


def median(a: Any, *args: Any, **kwargs: Any) -> MaskedArray:
    """Not there yet: it needs a sort."""
    raise NotImplementedError("median of masked arrays is not implemented: compute first, numpy.ma.median(x.compute())")


def atleast_1d(*arys: Any) -> Any:
    """Scalars as arrays of length 1, other arrays as they are. Of data and mask."""
    return _grown(_manipulation.atleast_1d, arys)


def atleast_2d(*arys: Any) -> Any:
    """Scalars and 1-d arrays as one row, other arrays as they are. Of data and mask."""
    return _grown(_manipulation.atleast_2d, arys)


def atleast_3d(*arys: Any) -> Any:
    """Arrays of fewer than three dimensions with new ones. Of data and mask."""
    return _grown(_manipulation.atleast_3d, arys)


def _grown(like: Callable[..., Any], arrays: tuple[Any, ...]) -> Any:
    grown = tuple(MaskedArray(*(like(part) for part in masked(a).parts())) for a in arrays)
    return grown[0] if len(grown) == 1 else grown


def _joined(like: Callable[..., Any]) -> Callable[..., MaskedArray]:
    """A function that joins arrays, done to data and masks."""

    def function(arrays: Sequence[Any], *args: Any, **kwargs: Any) -> MaskedArray:
        if kwargs.get("out") is not None:
            raise NotImplementedError(f"{like.__name__}: out= is not supported with masked arrays")
        kwargs.pop("out", None)
        items = [masked(a) for a in arrays]
        data = like([x.data for x in items], *args, **kwargs)
        if not any(x._hidden is not None for x in items):
            return MaskedArray(data)
        kwargs = {key: value for key, value in kwargs.items() if key not in ("dtype", "casting")}
        mask = like([x.mask for x in items], *args, **kwargs)
        return MaskedArray(data, mask if mask.chunks == data.chunks else mask.rechunk(data.chunks))

    return _told(function, like, "Of data and masks.")


JOINS: dict[str, Callable[..., Any]] = {
    f.__name__: _joined(f)
    for f in (_join.concatenate, _join.stack, _join.vstack, _join.hstack, _join.dstack, _pieces.column_stack)
}
JOINS["concat"] = JOINS["concatenate"]


def append(a: Any, b: Any, axis: int | None = None) -> MaskedArray:
    """The elements of `b` after those of `a`.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.ma.append(da.ma.masked_equal([1, 2], 2), [3]).compute()
    masked_array(data=[1, --, 3],
                 mask=[False,  True, False],
           fill_value=999999)
    """
    return JOINS["concatenate"]([a, b], axis)  # type: ignore[no-any-return]


def where(condition: Any, x: Any = None, y: Any = None, /) -> MaskedArray:
    """Elements of `x` where a condition is true, of `y` elsewhere; masked where the condition or what is chosen is.

    Examples
    --------
    >>> import hyperslab as da
    >>> x = da.ma.masked_equal([1, 2, 3], 2)
    >>> da.ma.where(x > 2, x, 0).compute()
    masked_array(data=[0, --, 3],
                 mask=[False,  True, False],
           fill_value=999999)
    """
    if x is None and y is None:
        nonzero(condition)
    if x is None or y is None:
        raise ValueError("Must provide both 'x' and 'y' or neither.")
    test = masked(condition).filled(False)
    (a, ma), (b, mb) = (split(v if hasattr(v, "dtype") else asarray(v)) for v in (x, y))
    if x is np.ma.masked and y is not np.ma.masked:
        a = zeros_like(b, shape=())
    elif y is np.ma.masked and x is not np.ma.masked:
        b = zeros_like(a, shape=())
    data = apply_ufunc("where", (test, a, b))
    hidden = split(condition)[1]
    if ma is not None or mb is not None:
        chosen = apply_ufunc("where", (test, False if ma is None else ma, False if mb is None else mb))
        hidden = union([hidden, chosen], data)
    return MaskedArray(data, union([hidden], data))


def maximum(a: Any, b: Any) -> MaskedArray:
    """The greater of two elements; masked where one of them is.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.ma.maximum(da.ma.masked_equal([1, 9], 9), 3).max().compute()
    np.int64(3)
    """
    return where(FUNCTIONS["greater"](a, b), a, b)


def minimum(a: Any, b: Any) -> MaskedArray:
    """The lesser of two elements; masked where one of them is."""
    return where(FUNCTIONS["less"](a, b), a, b)


def clip(a: Any, a_min: Any = None, a_max: Any = None, **options: Any) -> MaskedArray:
    """Elements limited to a range; see `hyperslab.clip`."""
    bounds = [split(v)[0] for v in (a_min, a_max)]
    masks = [split(v)[1] for v in (a, a_min, a_max)]
    data = _numeric.clip(masked(a).data, *bounds, **options)
    return MaskedArray(data, union(masks, data), inherited([a, a_min, a_max]))


def round(a: Any, decimals: int = 0, out: None = None) -> MaskedArray:
    """Elements rounded to a number of decimals; see `hyperslab.round`."""
    if out is not None:
        raise NotImplementedError("round: out= is not supported with masked arrays: use what is returned")
    x = masked(a)
    return MaskedArray(_numeric.round(x.data, decimals), x._hidden, x._fill)


around = round


def angle(z: Any, deg: bool = False) -> MaskedArray:
    """Angle of complex numbers, in radians or degrees."""
    x = masked(z)
    return MaskedArray(_numeric.angle(x.data, deg), x._hidden, x._fill)


def diff(a: Any, n: int = 1, axis: int = -1) -> MaskedArray:
    """Differences of neighbours along an axis, `n` times; masked where one of them is.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.ma.diff(da.ma.masked_equal([1, 4, 9, 16], 4)).compute()
    masked_array(data=[--, --, 7],
                 mask=[ True,  True, False],
           fill_value=4)
    """
    x = masked(a)
    if n < 0:
        raise ValueError(f"order must be non-negative but got {n!r}")
    if x.ndim == 0:
        raise ValueError("diff requires input that is at least one dimensional")
    before = (slice(None),) * normalize_axis_index(axis, x.ndim)
    name = "not_equal" if x.dtype == bool else "subtract"
    for _ in range(n):
        x = FUNCTIONS[name](x[(*before, slice(1, None))], x[(*before, slice(None, -1))])
    return x


def dot(a: Any, b: Any, strict: bool = False, out: None = None) -> MaskedArray:
    """Dot product in which masked elements count as zero; masked where nothing is left.

    Parameters
    ----------
    a, b : array_like
        Arrays; see `hyperslab.dot`.
    strict : bool
        Whether a row or column with a masked element is masked as a whole.

    Examples
    --------
    >>> import hyperslab as da
    >>> x = da.ma.masked_equal([[1, 2], [3, 99]], 99)
    >>> da.ma.dot(x, x).compute()
    masked_array(
      data=[[7, 2],
            [3, 6]],
      mask=[[False, False],
            [False, False]],
      fill_value=999999)
    """
    if out is not None:
        raise NotImplementedError("dot: out= is not supported with masked arrays: use what is returned")
    x, y = masked(a), masked(b)
    if strict and x.ndim and y.ndim:
        x = _spread_mask(x, x.ndim - 1)
        y = _spread_mask(y, y.ndim - 1 if y.ndim == 1 else y.ndim - 2)
    data = _linalg.dot(x.filled(0), y.filled(0))
    there = _linalg.dot(inverse(x.mask), inverse(y.mask))
    return MaskedArray(data, union([inverse(there)], data))


def _spread_mask(x: MaskedArray, axis: int) -> MaskedArray:
    """Masked along a whole line of the axis where one of its elements is."""
    if x._hidden is None:
        return x
    line = _ops.FUNCTIONS["any"](x._hidden, axis=axis, keepdims=True)
    return MaskedArray(x.data, union([x._hidden, line], x.data), x._fill)


def mask_rowcols(a: Any, axis: int | None = None) -> MaskedArray:
    """Rows and columns of a matrix masked where one of their elements is; `axis` 0 is rows only, 1 columns only.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.ma.mask_rowcols(da.ma.masked_equal([[1, 2], [3, 4]], 4), 0).mask.compute()
    array([[False, False],
           [ True,  True]])
    """
    x = masked(a)
    if x.ndim != 2:
        raise NotImplementedError("mask_rowcols works for 2D arrays only.")
    if x._hidden is None:
        return x
    lines = [
        _ops.FUNCTIONS["any"](x._hidden, axis=d, keepdims=True)
        for d, wanted in ((1, not axis), (0, axis in (None, 1, -1)))
        if wanted
    ]
    return MaskedArray(x.data, union([x._hidden, *lines], x.data), x._fill)


def mask_rows(a: Any) -> MaskedArray:
    """Rows of a matrix masked where one of their elements is; see `mask_rowcols`."""
    return mask_rowcols(a, 0)


def mask_cols(a: Any) -> MaskedArray:
    """Columns of a matrix masked where one of their elements is; see `mask_rowcols`."""
    return mask_rowcols(a, 1)


def _reshape(self: MaskedArray, *shape: Any, order: str = "C") -> MaskedArray:
    """The same elements in C order under another shape."""
    return self.each(lambda part: part.reshape(*shape, order=order))


def _transpose(self: MaskedArray, *axes: Any) -> MaskedArray:
    """The dimensions in another order: reversed, or as `axes` say."""
    return self.each(lambda part: part.transpose(*axes))


def _compress(self: MaskedArray, condition: Any, axis: int | None = None, out: None = None) -> MaskedArray:
    """Elements at the positions along an axis where a condition holds."""
    return compress(condition, self, axis, out)


def _matmul(self: MaskedArray, other: Any) -> MaskedArray:
    """NumPy has no product of masked matrices but `dot`."""
    raise NotImplementedError(
        "products of masked arrays are hyperslab.ma.dot(a, b), in which masked elements count as zero; or fill them "
        "first, x.filled(value) @ y"
    )


def _attach() -> None:
    """Methods of masked arrays that are functions here."""
    methods: dict[str, Any] = {
        name: SHAPES[name] for name in ("diagonal", "ravel", "repeat", "squeeze", "swapaxes", "take")
    }
    methods.update(flatten=SHAPES["ravel"], clip=clip, round=round, dot=dot, nonzero=nonzero, compressed=compressed)
    methods.update(conj=FUNCTIONS["conjugate"], conjugate=FUNCTIONS["conjugate"])
    for name, function in methods.items():
        setattr(MaskedArray, name, _ops._as_method(name, function))  # type: ignore[attr-defined]
    own = {"reshape": _reshape, "transpose": _transpose, "compress": _compress}
    own.update(__matmul__=_matmul, __rmatmul__=_matmul)
    for name, method in own.items():
        method.__name__, method.__qualname__ = name, f"MaskedArray.{name}"
        setattr(MaskedArray, name, method)


_attach()
