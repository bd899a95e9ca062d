"""The masked array: two lazy arrays, data and mask, and a fill value. Its operators and methods are attached to it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NoReturn

import numpy as np
from numpy.typing import DTypeLike

from hyperslab import _compute
from hyperslab._array import Array
from hyperslab._chunks import Chunks
from hyperslab._composite import Composite
from hyperslab._creation import zeros
from hyperslab._deferred import settle
from hyperslab._rows import apply_ufunc


def checked_fill(value: Any, dtype: np.dtype) -> np.ndarray | None:
    """A fill value as an array of a dtype, as NumPy checks it: a `TypeError` if it cannot be one."""
    if value is None:
        return None
    if np.ndim(value):
        raise ValueError(f"a fill value is one value, not an array of shape {np.shape(value)}")
    with np.errstate(all="ignore"):
        checked: Any = np.ma.MaskedArray(np.empty(0, dtype), fill_value=value).fill_value
    return np.asarray(checked)


def _cast_fill(value: np.ndarray, dtype: np.dtype) -> np.ndarray | None:
    """A fill value in the dtype of a result; the default where it has no meaning there."""
    try:
        return checked_fill(value, dtype)
    except (TypeError, ValueError):
        return None


class MaskedArray(Composite):
    """Lazy array some of whose elements are masked: missing, or of no meaning.

    Made by `hyperslab.ma.masked_array`, `masked_where`, `from_array` and their like. Elementwise operations mask what
    is masked in one of their operands, and what has no result (`numpy.ma`'s domains); reductions skip what is masked.

    Attributes
    ----------
    data : Array
        All elements; those under the mask have any value after an operation.
    mask : Array of bool
        True where an element is masked.
    fill_value : scalar
        What `filled` puts in the place of masked elements.

    Examples
    --------
    >>> import hyperslab as da
    >>> x = da.ma.masked_array(da.arange(4, chunks=2), mask=[0, 1, 0, 0])
    >>> (x * 2).compute()
    masked_array(data=[0, --, 4, 6],
                 mask=[False,  True, False, False],
           fill_value=999999)
    >>> int(x.sum().compute())
    5
    """

    __slots__ = ("__weakref__", "_elements", "_fill", "_hidden")
    __array_priority__ = 16
    __hash__ = None  # type: ignore[assignment]  # As in NumPy: == is elementwise.
    way_out = "fill what is masked first, x.filled(value), or take x.data and x.mask"

    def __init__(self, data: Array, mask: Array | None = None, fill: np.ndarray | None = None) -> None:
        if not isinstance(data, Array):
            raise TypeError("make masked arrays with hyperslab.ma.masked_array and its like")
        self._elements = data
        self._hidden = mask
        self._fill = fill if fill is None or fill.dtype == data.dtype else _cast_fill(fill, data.dtype)

    def parts(self) -> tuple[Array, ...]:
        """Data, and the mask if there is one."""
        return (self._elements,) if self._hidden is None else (self._elements, self._hidden)

    def joined(self, results: tuple[Any, ...]) -> Any:
        """The masked array of NumPy; a scalar, or `numpy.ma.masked`, if there are no dimensions."""
        data = results[0]
        if np.ndim(data) == 0:
            return np.ma.masked if len(results) > 1 and results[1] else data
        made = np.ma.MaskedArray(data, mask=results[1] if len(results) > 1 else np.ma.nomask)
        fill: Any = self._fill
        if fill is not None:
            made.fill_value = fill
        return made

    def over(self, results: tuple[Any, ...]) -> MaskedArray:
        """The same over other data and another mask."""
        return MaskedArray(results[0], results[1] if len(results) > 1 else None, self._fill)

    @property
    def data(self) -> Array:
        """All elements, without the mask."""
        return self._elements

    @property
    def mask(self) -> Array:
        """Where elements are masked; an array in any case, where NumPy may have ``nomask``."""
        x = self._elements
        return zeros(x.shape, bool, x.chunks) if self._hidden is None else self._hidden

    def _to_numpy(self) -> NoReturn:
        raise NotImplementedError(
            "functions and arrays of numpy.ma compute at once and do not take lazy masked arrays: use those of "
            "hyperslab.ma (hyperslab.ma.from_array for an array), or compute first, x.compute()"
        )

    #: Where numpy.ma looks for data and mask.
    _data = property(_to_numpy)
    _mask = property(_to_numpy)

    @property
    def fill_value(self) -> Any:
        """What `filled` puts in the place of masked elements."""
        if self._fill is not None:
            return self._fill[()]
        return np.ma.MaskedArray(np.empty(0, self.dtype)).fill_value

    @fill_value.setter
    def fill_value(self, value: Any) -> None:
        self._fill = checked_fill(value, self.dtype)

    def set_fill_value(self, value: Any = None) -> None:
        """Change the fill value of this array; `None` is the default of the dtype."""
        self.fill_value = value

    def get_fill_value(self) -> Any:
        """The fill value."""
        return self.fill_value

    def filled(self, fill_value: Any = None) -> Array:
        """The data, with a value where elements are masked.

        Parameters
        ----------
        fill_value : scalar, optional
            The value; `fill_value` of the array if not given.

        Examples
        --------
        >>> import hyperslab as da
        >>> da.ma.masked_array([1, 2], mask=[False, True]).filled(-1).compute()
        array([ 1, -1])
        """
        if self._hidden is None:
            return self._elements
        value = self.fill_value if fill_value is None else checked_fill(fill_value, self.dtype)
        with np.errstate(all="ignore"):
            cast = np.asarray(value).astype(self.dtype)
        return apply_ufunc("where", (self._hidden, cast, self._elements))

    @property
    def dtype(self) -> np.dtype:
        """Dtype of the elements."""
        return self._elements.dtype

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each dimension."""
        return self._elements.shape

    @property
    def ndim(self) -> int:
        """Number of dimensions."""
        return self._elements.ndim

    @property
    def size(self) -> int:
        """Number of elements, masked ones included."""
        return math.prod(self.shape)

    @property
    def itemsize(self) -> int:
        """Bytes of one element."""
        return self.dtype.itemsize

    @property
    def nbytes(self) -> int:
        """Bytes of the data."""
        return self._elements.nbytes

    @property
    def chunks(self) -> tuple[tuple[int, ...], ...]:
        """Sizes of the chunks along each dimension, of data and mask."""
        return self._elements.chunks

    @property
    def chunksize(self) -> tuple[int, ...]:
        """Size of the largest chunk along each dimension."""
        return self._elements.chunksize

    @property
    def numblocks(self) -> tuple[int, ...]:
        """Number of chunks along each dimension."""
        return self._elements.numblocks

    @property
    def npartitions(self) -> int:
        """Number of chunks."""
        return self._elements.npartitions

    @property
    def name(self) -> str:
        """Names of the data and the mask."""
        return "ma-" + "-".join(part.name for part in self.parts())

    @property
    def T(self) -> MaskedArray:
        """The array with its dimensions reversed."""
        return self.each(lambda x: x.T)

    @property
    def mT(self) -> MaskedArray:
        """The array with its last two dimensions swapped."""
        return self.each(lambda x: x.mT)

    @property
    def real(self) -> MaskedArray:
        """Real part."""
        return MaskedArray(self._elements.real, self._hidden)

    @property
    def imag(self) -> MaskedArray:
        """Imaginary part."""
        return MaskedArray(self._elements.imag, self._hidden)

    def each(self, change: Any) -> MaskedArray:
        """The same done to data and mask."""
        return self.over(tuple(change(part) for part in self.parts()))

    def rechunk(self, chunks: Chunks = "auto") -> MaskedArray:
        """The same array with other chunks; no data moves."""
        return self.each(lambda x: x.rechunk(chunks))

    def astype(self, dtype: DTypeLike, order: str = "K", casting: str = "unsafe", copy: bool = True) -> MaskedArray:
        """The array in another dtype; its fill value is cast too, if it was given."""
        data = self._elements.astype(dtype, order, casting, copy)
        return MaskedArray(data, self._hidden, checked_fill(self._fill, data.dtype))

    def copy(self, order: str = "C") -> MaskedArray:
        """A masked array of its own: setting its fill value leaves this one as it is."""
        return self.over(self.parts())

    def compute(self, *, memory_limit: int | str | None = None, num_threads: int | None = None) -> Any:
        """Compute data and mask, in one computation.

        Returns
        -------
        numpy.ma.MaskedArray, scalar or numpy.ma.masked
            Without dimensions, a scalar or `numpy.ma.masked`.

        Examples
        --------
        >>> import hyperslab as da
        >>> da.ma.masked_equal(da.arange(3), 1).max().compute()
        np.int64(2)
        """
        settle(self.parts(), memory_limit, num_threads)
        return _compute.compute(self, memory_limit=memory_limit, num_threads=num_threads)[0]

    def compute_chunk_sizes(self) -> MaskedArray:
        """Find out all lengths that depend on values; the array itself knows them from then on."""
        settle(self.parts())
        return self

    def persist(self, *, memory_limit: int | str | None = None, num_threads: int | None = None) -> MaskedArray:
        """Compute the array and return it as a lazy array over the results, with the same chunks."""
        settle(self.parts(), memory_limit, num_threads)
        return _compute.persist(self, memory_limit=memory_limit, num_threads=num_threads)[0]  # type: ignore[no-any-return]

    def explain(self, *, memory_limit: int | str | None = None, num_threads: int | None = None) -> str:
        """The plan of data and mask as text; see `hyperslab.explain`."""
        settle(self.parts(), memory_limit, num_threads)
        return _compute.explain(*self.parts(), memory_limit=memory_limit, num_threads=num_threads)

    def _store(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Arrays and files hold no masks: store ``x.filled(value)``, and ``x.mask`` beside it."""
        raise NotImplementedError(
            "a masked array cannot be stored, as targets hold no masks: store x.filled(value), and x.mask beside it if "
            "it is needed"
        )

    store = to_hdf5 = to_zarr = _store

    def item(self, *args: Any) -> Any:
        """One element as a Python scalar; `None` if it is masked."""
        got = self[args].compute() if args else self.compute()
        return None if got is np.ma.masked else np.ma.getdata(got).item()

    def tolist(self, fill_value: Any = None) -> Any:
        """The elements as nested lists, `None` where they are masked if no fill value is given."""
        got = self.compute()
        return None if got is np.ma.masked else got.tolist(fill_value) if np.ndim(got) else got.tolist()

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> np.ndarray:
        return self._elements.__array__(dtype, copy)

    def __getitem__(self, items: Any) -> MaskedArray:
        return self.each(lambda x: x[items])

    def __setitem__(self, items: Any, value: Any) -> NoReturn:
        raise NotImplementedError(
            "a lazy masked array cannot be assigned to: build the array wanted with hyperslab.ma.where, masked_where "
            "or masked_array"
        )

    def __len__(self) -> int:
        return len(self._elements)

    def __iter__(self) -> Iterator[MaskedArray]:
        if self.ndim == 0:
            raise TypeError("iteration over a 0-d array")
        return (self[i] for i in range(self.shape[0]))

    def __bool__(self) -> bool:
        if self.size > 1:
            raise ValueError(
                "The truth value of an array with more than one element is ambiguous. Use a.any() or a.all()"
            )
        return bool(self.compute())

    def _number(self, kind: type) -> Any:
        if self.ndim:
            raise TypeError(f"only 0-dimensional arrays can be converted to Python scalars, not shape {self.shape}")
        return kind(self.compute())

    def __float__(self) -> float:
        return float(self._number(float))

    def __int__(self) -> int:
        return int(self._number(int))

    def __complex__(self) -> complex:
        return complex(self._number(complex))

    def __copy__(self) -> MaskedArray:
        return self.copy()

    def __deepcopy__(self, memo: Any) -> MaskedArray:
        return self.copy()

    def __repr__(self) -> str:
        return f"hyperslab.ma<shape={self.shape}, dtype={self.dtype}, chunksize={self.chunksize}>"
