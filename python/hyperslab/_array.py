"""The lazy array. `hyperslab._ops` adds ufunc and reduction methods and the operators to it, from the tables."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NoReturn

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple
from numpy.typing import DTypeLike

from hyperslab import _chunks, _dtypes, _engine, _keywords, _native, _pickle, _repr
from hyperslab._blocks import BlockView
from hyperslab._integers import integers

#: Lengths that no array goes through one by one while a function is tried on it.
_MANY = 5040


class Array:
    """Lazy N-dimensional array with NumPy's interface, cut into chunks.

    Arrays are made by `hyperslab.from_array`, `hyperslab.ones` and their like, and by operations on arrays. Nothing
    is computed until `compute`, a conversion to NumPy or a store asks for it.

    Attributes
    ----------
    shape : tuple of int
    dtype : numpy.dtype
    chunks : tuple of tuple of int
        Sizes of the chunks along each dimension.
    name : str
        The operation and a hash of the whole expression; equal for equal expressions.

    Examples
    --------
    >>> import hyperslab as da
    >>> x = da.arange(6, chunks=3)
    >>> (x**2).compute()
    array([ 0,  1,  4,  9, 16, 25])
    """

    __slots__ = ("__weakref__", "_expr")
    __array_priority__ = 11
    __hash__ = None  # type: ignore[assignment]  # As in NumPy: == is elementwise.

    #: Casts from and to dtypes that NumPy alone computes with.
    _cast_by_numpy: Callable[..., Array]

    def __init__(self, expr: _native.Expr) -> None:
        if not isinstance(expr, _native.Expr):
            raise TypeError("make arrays with hyperslab.from_array, hyperslab.ones and their like")
        self._expr = expr

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each dimension; setting it reshapes the array."""
        return self._expr.shape

    @shape.setter
    def shape(self, shape: Any) -> None:
        self._become(self.reshape(shape))

    @property
    def dtype(self) -> np.dtype:
        """Dtype of the elements."""
        return _dtypes.from_name(self._expr.dtype)

    @property
    def ndim(self) -> int:
        """Number of dimensions."""
        return len(self._expr.shape)

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self._expr.shape)

    @property
    def itemsize(self) -> int:
        """Bytes of one element."""
        return self.dtype.itemsize

    @property
    def nbytes(self) -> int:
        """Bytes of all elements."""
        return self.size * self.itemsize

    @property
    def chunks(self) -> tuple[tuple[int, ...], ...]:
        """Sizes of the chunks along each dimension."""
        return self._expr.chunks

    @property
    def chunksize(self) -> tuple[int, ...]:
        """Size of the largest chunk along each dimension."""
        return self._expr.chunksize

    @property
    def numblocks(self) -> tuple[int, ...]:
        """Number of chunks along each dimension."""
        return self._expr.numblocks

    @property
    def npartitions(self) -> int:
        """Number of chunks."""
        return math.prod(self._expr.numblocks)

    @property
    def blocks(self) -> BlockView:
        """The chunks as an array of arrays: ``x.blocks[0, 1:3]`` is the array made of these chunks."""
        return BlockView(self)

    @property
    def name(self) -> str:
        """The operation and a hash of the whole expression; for a source, what `from_array` was told."""
        return self._expr.name

    @property
    def T(self) -> Array:
        """The array with its dimensions reversed."""
        return self.transpose()

    @property
    def mT(self) -> Array:
        """The array with its last two dimensions swapped."""
        if self.ndim < 2:
            raise ValueError("matrix transpose with ndim < 2 is undefined")
        return self.swapaxes(-1, -2)

    @property
    def real(self) -> Array:
        """Real part."""
        from hyperslab import _numeric

        return _numeric.real(self)

    @property
    def imag(self) -> Array:
        """Imaginary part."""
        from hyperslab import _numeric

        return _numeric.imag(self)

    @_keywords.scheduled
    def compute(self, *, memory_limit: int | str | None = None, num_threads: int | None = None) -> Any:
        """Compute the array.

        Parameters
        ----------
        memory_limit : int or str, optional
            Bytes that the computation may hold, ``"256 MiB"`` for example; see `hyperslab.config.set`.
        num_threads : int, optional
            Threads of the computation.

        Returns
        -------
        numpy.ndarray or numpy scalar
            A scalar if the array has no dimensions. Elementwise operations on arrays in memory give results that lie as
            those arrays do (order ``K`` of NumPy), all others results in C order.

        Raises
        ------
        MemoryError
            If the plan cannot run within the memory limit.

        Examples
        --------
        >>> import hyperslab as da
        >>> da.ones((2, 2)).sum(axis=0).compute()
        array([2., 2.])
        """
        return _engine.evaluate(self._expr, memory_limit, num_threads)[()]

    def compute_chunk_sizes(self) -> Array:
        """Find out lengths that are not known, by computing what they depend on; returns the array itself."""
        return self

    @_keywords.scheduled
    def persist(self, *, memory_limit: int | str | None = None, num_threads: int | None = None) -> Array:
        """Compute the array and return it as a lazy array over the result, with the same chunks.

        Examples
        --------
        >>> import hyperslab as da
        >>> x = da.arange(10, chunks=5).persist()
        >>> x.chunks
        ((5, 5),)
        """
        result = _engine.evaluate(self._expr, memory_limit, num_threads)
        return Array(_native.from_numpy(result, _chunks.spec(self.chunks, self.shape), []))

    def explain(self, *, memory_limit: int | str | None = None, num_threads: int | None = None) -> str:
        """The plan as text: as written, optimised, and the stages with the bytes that they need.

        Examples
        --------
        >>> import hyperslab as da
        >>> "sum" in da.ones((4, 4)).sum().explain()
        True
        """
        from hyperslab import _compute

        return _compute.explain(self, memory_limit=memory_limit, num_threads=num_threads)

    def store(self, target: Any, **kwargs: Any) -> Any:
        """Store the array into `target`; see `hyperslab.store`."""
        from hyperslab import _store

        return _store.store(self, target, **kwargs)

    def to_hdf5(self, filename: Any, datapath: str, **kwargs: Any) -> None:
        """Store the array as a new dataset of an HDF5 file; see `hyperslab.to_hdf5`."""
        from hyperslab import _hdf5_files

        _hdf5_files.to_hdf5(filename, datapath, self, **kwargs)

    def to_zarr(self, url: Any, **kwargs: Any) -> Any:
        """Store the array as a Zarr array; see `hyperslab.to_zarr`."""
        from hyperslab import _zarr_files

        return _zarr_files.to_zarr(self, url, **kwargs)

    def to_tiledb(self, uri: Any, **kwargs: Any) -> Any:
        """Store the array as an array of TileDB; see `hyperslab.to_tiledb`."""
        from hyperslab import _tiledb_files

        return _tiledb_files.to_tiledb(self, uri, **kwargs)

    @_keywords.accepts("threshold", "method")
    def rechunk(
        self, chunks: _chunks.Chunks = "auto", block_size_limit: int | str | None = None, balance: bool = False
    ) -> Array:
        """The same array with other chunks; no data moves.

        Parameters
        ----------
        chunks : int, tuple, dict or str
            As in `hyperslab.from_array`. Axes that a dict leaves out keep their chunks.
        block_size_limit : int or str, optional
            Bytes of an automatic chunk.
        balance : bool
            Whether chunks are made of nearly equal sizes, about those given, without a small one at the end.

        Examples
        --------
        >>> import hyperslab as da
        >>> da.ones((4, 6), chunks=2).rechunk({1: 3}).chunks
        ((2, 2), (3, 3))
        """
        missing = self.chunks if isinstance(chunks, dict) else None
        made = Array(self._expr.rechunk(_chunks.spec(chunks, self.shape, missing, block_size_limit)))
        return made.rechunk(_chunks.balanced(made.chunks)) if balance else made

    def astype(self, dtype: DTypeLike, order: str = "K", casting: str = "unsafe", copy: bool = True) -> Array:
        """The array in another dtype.

        Parameters
        ----------
        dtype : dtype
            Dtype of the result.
        order, copy
            Accepted as in NumPy, without effect on a lazy array.
        casting : {"no", "equiv", "safe", "same_kind", "unsafe"}
            Which casts are allowed.

        Raises
        ------
        TypeError
            If the casting rule forbids the cast.

        Examples
        --------
        >>> import hyperslab as da
        >>> da.arange(3).astype("float32").compute()
        array([0., 1., 2.], dtype=float32)
        """
        wanted = np.dtype(dtype)
        if _dtypes.is_opaque(wanted) or _dtypes.names_opaque(self._expr.dtype):
            return self._cast_by_numpy(wanted, casting)
        wanted = _dtypes.native(wanted)
        if self.dtype.kind == "c" and wanted.kind not in "cb":
            text = "Casting complex values to real discards the imaginary part"
            warnings.warn(text, np.exceptions.ComplexWarning, stacklevel=2)
        return Array(self._expr.astype(wanted.name, casting))

    @_keywords.accepts("merge_chunks", "limit")
    def reshape(self, *shape: Any, order: str = "C") -> Array:
        """The same elements under another shape; one length may be -1.

        Parameters
        ----------
        *shape : int or tuple of int
            Lengths wanted.
        order : {"C", "F", "A"}
            Which index of an element changes fastest, read and written: the last (``"C"``) or the first (``"F"``).

        Raises
        ------
        ValueError
            If the shape has another number of elements.

        Examples
        --------
        >>> import hyperslab as da
        >>> da.arange(6).reshape(2, -1).shape
        (2, 3)
        """
        if order not in ("C", "F", "A"):
            raise ValueError(f"order must be one of 'C', 'F' or 'A' (got {order!r})")
        sizes = list(integers(shape[0] if len(shape) == 1 else shape))
        if order == "F":
            return self.transpose().reshape(sizes[::-1]).transpose()
        return Array(self._expr.reshape(sizes))

    @_keywords.accepts("merge_chunks")
    def ravel(self, order: str = "C") -> Array:
        """All elements along one dimension, in C order or as ``order="F"`` asks."""
        return self.reshape(-1, order="C" if order == "K" else order)

    flatten = ravel

    def transpose(self, *axes: Any) -> Array:
        """The dimensions in another order: reversed, or as `axes` say.

        Examples
        --------
        >>> import hyperslab as da
        >>> da.ones((2, 3, 4)).transpose(1, 0, 2).shape
        (3, 2, 4)
        """
        if not axes or axes[0] is None:
            return Array(self._expr.transpose(list(range(self.ndim))[::-1]))
        order = integers(axes[0] if len(axes) == 1 else axes)
        if len(order) != self.ndim:
            raise ValueError(f"axes don't match array: {order} for {self.ndim} dimensions")
        return Array(self._expr.transpose(list(normalize_axis_tuple(order, self.ndim, "transpose"))))

    def swapaxes(self, axis1: int, axis2: int) -> Array:
        """Two dimensions interchanged."""
        a, b = normalize_axis_index(axis1, self.ndim, "axis1"), normalize_axis_index(axis2, self.ndim, "axis2")
        perm = list(range(self.ndim))
        perm[a], perm[b] = b, a
        return Array(self._expr.transpose(perm))

    def squeeze(self, axis: int | Sequence[int] | None = None) -> Array:
        """Without dimensions of length 1: all of them, or those named.

        Raises
        ------
        ValueError
            If a dimension named has another length.
        """
        if axis is None:
            gone: tuple[int, ...] = tuple(d for d, n in enumerate(self.shape) if n == 1)
        else:
            gone = normalize_axis_tuple(axis, self.ndim, "axis")
        if any(self.shape[d] != 1 for d in gone):
            raise ValueError(
                f"cannot select an axis to squeeze out which has size not equal to one: axis {axis} of {self.shape}"
            )
        return self[tuple(0 if d in gone else slice(None) for d in range(self.ndim))]

    def dot(self, b: Any) -> Array:
        """Dot product; see `hyperslab.dot`."""
        from hyperslab import _linalg

        return _linalg.dot(self, b)

    def clip(self, min: Any = None, max: Any = None, out: Any = None, **options: Any) -> Array:
        """Elements limited to a range; see `hyperslab.clip`."""
        from hyperslab import _numeric

        return _numeric.clip(self, min, max, out, **options)

    def round(self, decimals: int = 0, out: Any = None) -> Array:
        """Elements rounded; see `hyperslab.round`."""
        from hyperslab import _numeric

        return _numeric.round(self, decimals, out)

    def take(self, indices: Any, axis: int | None = None, out: Any = None, mode: str = "raise") -> Array:
        """Elements at some positions; see `hyperslab.take`."""
        from hyperslab import _manipulation

        return _manipulation.take(self, indices, axis, out, mode)

    def copy(self, order: str = "C") -> Array:
        """The same array as an object of its own: assigning to one leaves the other as it is."""
        return Array(self._expr)

    def item(self, *args: Any) -> Any:
        """One element as a Python scalar."""
        if args and len(args) == self.ndim:
            return self[args].compute().item()
        return self.compute().item(*args)

    def tolist(self) -> Any:
        """The elements as nested lists."""
        return self.compute().tolist()

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> np.ndarray:
        if copy is False:
            raise ValueError("Unable to avoid copy while creating an array as requested: a lazy array is computed")
        result = _engine.evaluate(self._expr)
        return result if dtype is None else result.astype(dtype, copy=False)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        from hyperslab import _dispatch

        return _dispatch.call_ufunc(ufunc, method, inputs, kwargs)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        from hyperslab import _dispatch

        return _dispatch.call_function(func, types, args, kwargs)

    def __getattr__(self, name: str) -> NoReturn:
        from hyperslab import _missing

        _missing.refuse_attribute(self, name)

    def __len__(self) -> int:
        if self.ndim == 0:
            raise TypeError("len() of unsized object")
        return self.shape[0]

    def __iter__(self) -> Iterator[Array]:
        if self.ndim == 0:
            raise TypeError("iteration over a 0-d array")
        if self.shape[0] >= _MANY:
            _engine.refuse_in_trials()
        return (self[i] for i in range(self.shape[0]))

    def __contains__(self, value: Any) -> bool:
        return bool((self == value).any())  # type: ignore[attr-defined]

    def __bool__(self) -> bool:
        if self.size > 1:
            raise ValueError(
                "The truth value of an array with more than one element is ambiguous. Use a.any() or a.all()"
            )
        return bool(self.compute())

    def _number(self, kind: str) -> Any:
        if self.ndim > 0:
            raise TypeError(
                f"only 0-dimensional arrays can be converted to Python scalars, not shape {self.shape}: {kind}"
            )
        return self.compute()

    def __float__(self) -> float:
        return float(self._number("float()"))

    def __int__(self) -> int:
        return int(self._number("int()"))

    def __complex__(self) -> complex:
        return complex(self._number("complex()"))

    def __index__(self) -> int:
        if self.ndim or self.dtype.kind not in "iu":
            raise TypeError("only integer scalar arrays can be converted to a scalar index")
        return int(self.compute())

    def __matmul__(self, other: Any) -> Array:
        from hyperslab import _linalg

        return _linalg.matmul(self, other)

    def __rmatmul__(self, other: Any) -> Array:
        from hyperslab import _linalg

        return _linalg.matmul(other, self)

    def __divmod__(self, other: Any) -> tuple[Array, Array]:
        return self // other, self % other  # type: ignore[operator]

    def __rdivmod__(self, other: Any) -> tuple[Array, Array]:
        return other // self, other % self

    def __copy__(self) -> Array:
        return self.copy()

    def __deepcopy__(self, memo: Any) -> Array:
        return self.copy()

    def _become(self, other: Array) -> None:
        """Stand for another array of this shape and dtype from now on, after an assignment."""
        self._expr = other._expr

    def __reduce__(self) -> tuple[Any, ...]:
        return _pickle.load, (type(self), *_pickle.dump(self._expr))

    def __dask_tokenize__(self) -> tuple[Any, ...]:
        # A name that a user gave says nothing of the chunks.
        return "hyperslab.Array", self.name, self.chunksize, self.numblocks

    def __repr__(self) -> str:
        return _repr.text(self)

    def _repr_html_(self) -> str:
        return _repr.html(self)
