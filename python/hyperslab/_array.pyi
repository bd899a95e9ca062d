"""Written by ``python -m hyperslab._stubs``: change the tables or the module, not this file."""

from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any, NoReturn

import numpy as np
from numpy.typing import DTypeLike

from hyperslab import _chunks, _native
from hyperslab._blocks import BlockView
from hyperslab._flat import flatiter
from hyperslab._vindex import PointView

class Array:
    """Lazy N-dimensional array with NumPy's interface, cut into chunks."""

    __array_priority__: int
    __hash__: None  # type: ignore[assignment]
    _expr: _native.Expr

    def __init__(self, expr: _native.Expr) -> None: ...

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each dimension; setting it reshapes the array."""

    @property
    def dtype(self) -> np.dtype:
        """Dtype of the elements."""

    @property
    def ndim(self) -> int:
        """Number of dimensions."""

    @property
    def size(self) -> int:
        """Number of elements."""

    @property
    def itemsize(self) -> int:
        """Bytes of one element."""

    @property
    def nbytes(self) -> int:
        """Bytes of all elements."""

    @property
    def chunks(self) -> tuple[tuple[int, ...], ...]:
        """Sizes of the chunks along each dimension."""

    @property
    def chunksize(self) -> tuple[int, ...]:
        """Size of the largest chunk along each dimension."""

    @property
    def numblocks(self) -> tuple[int, ...]:
        """Number of chunks along each dimension."""

    @property
    def npartitions(self) -> int:
        """Number of chunks."""

    @property
    def blocks(self) -> BlockView:
        """The chunks as an array of arrays: ``x.blocks[0, 1:3]`` is the array made of these chunks."""

    @property
    def name(self) -> str:
        """The operation and a hash of the whole expression; for a source, what `from_array` was told."""

    @property
    def T(self) -> Array:
        """The array with its dimensions reversed."""

    @property
    def mT(self) -> Array:
        """The array with its last two dimensions swapped."""

    @property
    def real(self) -> Array:
        """Real part."""

    @property
    def imag(self) -> Array:
        """Imaginary part."""

    def compute(self, *, memory_limit: int | str | None = None, num_threads: int | None = None) -> Any:
        """Compute the array."""

    def compute_chunk_sizes(self) -> Array:
        """Find out lengths that are not known, by computing what they depend on; returns the array itself."""

    def persist(self, *, memory_limit: int | str | None = None, num_threads: int | None = None) -> Array:
        """Compute the array and return it as a lazy array over the result, with the same chunks."""

    def explain(self, *, memory_limit: int | str | None = None, num_threads: int | None = None) -> str:
        """The plan as text: as written, optimised, and the stages with the bytes that they need."""

    def store(self, target: Any, **kwargs: Any) -> Any:
        """Store the array into `target`; see `hyperslab.store`."""

    def to_hdf5(self, filename: Any, datapath: str, **kwargs: Any) -> None:
        """Store the array as a new dataset of an HDF5 file; see `hyperslab.to_hdf5`."""

    def to_zarr(self, url: Any, **kwargs: Any) -> Any:
        """Store the array as a Zarr array; see `hyperslab.to_zarr`."""

    def to_tiledb(self, uri: Any, **kwargs: Any) -> Any:
        """Store the array as an array of TileDB; see `hyperslab.to_tiledb`."""

    def rechunk(self, chunks: _chunks.Chunks = 'auto', block_size_limit: int | str | None = None, balance: bool = False) -> Array:
        """The same array with other chunks; no data moves."""

    def astype(self, dtype: DTypeLike, order: str = 'K', casting: str = 'unsafe', copy: bool = True) -> Array:
        """The array in another dtype."""

    def reshape(self, *shape: Any, order: str = 'C') -> Array:
        """The same elements under another shape; one length may be -1."""

    def ravel(self, order: str = 'C') -> Array:
        """All elements along one dimension, in C order or as ``order="F"`` asks."""

    def flatten(self, order: str = 'C') -> Array:
        """All elements along one dimension, in C order or as ``order="F"`` asks."""

    def transpose(self, *axes: Any) -> Array:
        """The dimensions in another order: reversed, or as `axes` say."""

    def swapaxes(self, axis1: int, axis2: int) -> Array:
        """Two dimensions interchanged."""

    def squeeze(self, axis: int | Sequence[int] | None = None) -> Array:
        """Without dimensions of length 1: all of them, or those named."""

    def dot(self, b: Any) -> Array:
        """Dot product; see `hyperslab.dot`."""

    def clip(self, min: Any = None, max: Any = None, out: Any = None, **options: Any) -> Array:
        """Elements limited to a range; see `hyperslab.clip`."""

    def round(self, decimals: int = 0, out: Any = None) -> Array:
        """Elements rounded; see `hyperslab.round`."""

    def take(self, indices: Any, axis: int | None = None, out: Any = None, mode: str = 'raise') -> Array:
        """Elements at some positions; see `hyperslab.take`."""

    def copy(self, order: str = 'C') -> Array:
        """The same array as an object of its own: assigning to one leaves the other as it is."""

    def item(self, *args: Any) -> Any:
        """One element as a Python scalar."""

    def tolist(self) -> Any:
        """The elements as nested lists."""

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> np.ndarray: ...

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any: ...

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any: ...

    def __getattr__(self, name: str) -> NoReturn: ...

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Array]: ...

    def __contains__(self, value: Any) -> bool: ...

    def __bool__(self) -> bool: ...

    def _number(self, kind: str) -> Any: ...

    def __float__(self) -> float: ...

    def __int__(self) -> int: ...

    def __complex__(self) -> complex: ...

    def __index__(self) -> int: ...

    def __matmul__(self, other: Any) -> Array: ...

    def __rmatmul__(self, other: Any) -> Array: ...

    def __divmod__(self, other: Any) -> tuple[Array, Array]: ...

    def __rdivmod__(self, other: Any) -> tuple[Array, Array]: ...

    def __copy__(self) -> Array: ...

    def __deepcopy__(self, memo: Any) -> Array: ...

    def _become(self, other: Array) -> None:
        """Stand for another array of this shape and dtype from now on, after an assignment."""

    def __reduce__(self) -> tuple[Any, ...]: ...

    def __dask_tokenize__(self) -> tuple[Any, ...]: ...

    def __repr__(self) -> str: ...

    def _repr_html_(self) -> str: ...

    def _cast_by_numpy(x: Array, dtype: np.dtype, casting: str = 'unsafe') -> Array:
        """``x.astype(dtype)`` from or to a dtype of strings, bytes or records."""

    def __add__(self, other: Any) -> Any: ...

    def __radd__(self, other: Any) -> Any: ...

    def __sub__(self, other: Any) -> Any: ...

    def __rsub__(self, other: Any) -> Any: ...

    def __mul__(self, other: Any) -> Any: ...

    def __rmul__(self, other: Any) -> Any: ...

    def __pow__(self, other: Any) -> Any: ...

    def __rpow__(self, other: Any) -> Any: ...

    def __truediv__(self, other: Any) -> Any: ...

    def __rtruediv__(self, other: Any) -> Any: ...

    def __floordiv__(self, other: Any) -> Any: ...

    def __rfloordiv__(self, other: Any) -> Any: ...

    def __mod__(self, other: Any) -> Any: ...

    def __rmod__(self, other: Any) -> Any: ...

    def __neg__(self) -> Array: ...

    def __pos__(self) -> Array: ...

    def __abs__(self) -> Array: ...

    def conjugate(self, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
        """Return the complex conjugate, element-wise. See `hyperslab.conjugate`."""

    def conj(self, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
        """Return the complex conjugate, element-wise. See `hyperslab.conjugate`."""

    def __and__(self, other: Any) -> Any: ...

    def __rand__(self, other: Any) -> Any: ...

    def __or__(self, other: Any) -> Any: ...

    def __ror__(self, other: Any) -> Any: ...

    def __xor__(self, other: Any) -> Any: ...

    def __rxor__(self, other: Any) -> Any: ...

    def __invert__(self) -> Array: ...

    def __lshift__(self, other: Any) -> Any: ...

    def __rlshift__(self, other: Any) -> Any: ...

    def __rshift__(self, other: Any) -> Any: ...

    def __rrshift__(self, other: Any) -> Any: ...

    def __eq__(self, other: Any) -> Any: ...

    def __ne__(self, other: Any) -> Any: ...

    def __lt__(self, other: Any) -> Any: ...

    def __le__(self, other: Any) -> Any: ...

    def __gt__(self, other: Any) -> Any: ...

    def __ge__(self, other: Any) -> Any: ...

    def sum(self, axis: int | Sequence[int] | None = None, dtype: DTypeLike | None = None, out: None = None, keepdims: bool = False, *, initial: Any = None, where: Any = True) -> Array:
        """Sum of the elements. See `hyperslab.sum`."""

    def prod(self, axis: int | Sequence[int] | None = None, dtype: DTypeLike | None = None, out: None = None, keepdims: bool = False, *, initial: Any = None, where: Any = True) -> Array:
        """Product of the elements. See `hyperslab.prod`."""

    def mean(self, axis: int | Sequence[int] | None = None, dtype: DTypeLike | None = None, out: None = None, keepdims: bool = False, *, where: Any = True) -> Array:
        """Arithmetic mean of the elements. See `hyperslab.mean`."""

    def var(self, axis: int | Sequence[int] | None = None, dtype: DTypeLike | None = None, out: None = None, ddof: float = 0, keepdims: bool = False, *, where: Any = True, mean: Any = None, correction: float | None = None) -> Array:
        """Variance: mean squared distance of the elements from their mean. See `hyperslab.var`."""

    def std(self, axis: int | Sequence[int] | None = None, dtype: DTypeLike | None = None, out: None = None, ddof: float = 0, keepdims: bool = False, *, where: Any = True, mean: Any = None, correction: float | None = None) -> Array:
        """Standard deviation: square root of the variance. See `hyperslab.std`."""

    def min(self, axis: int | Sequence[int] | None = None, out: None = None, keepdims: bool = False, *, initial: Any = None, where: Any = True) -> Array:
        """Lowest element; NaN if there is one. See `hyperslab.min`."""

    def max(self, axis: int | Sequence[int] | None = None, out: None = None, keepdims: bool = False, *, initial: Any = None, where: Any = True) -> Array:
        """Highest element; NaN if there is one. See `hyperslab.max`."""

    def any(self, axis: int | Sequence[int] | None = None, out: None = None, keepdims: bool = False, *, where: Any = True) -> Array:
        """Whether any element is true. See `hyperslab.any`."""

    def all(self, axis: int | Sequence[int] | None = None, out: None = None, keepdims: bool = False, *, where: Any = True) -> Array:
        """Whether all elements are true. See `hyperslab.all`."""

    def argmin(self, axis: int | Sequence[int] | None = None, out: None = None, *, keepdims: bool = False) -> Array:
        """Position of the first lowest element, or of the first NaN. See `hyperslab.argmin`."""

    def argmax(self, axis: int | Sequence[int] | None = None, out: None = None, *, keepdims: bool = False) -> Array:
        """Position of the first highest element, or of the first NaN. See `hyperslab.argmax`."""

    def cumsum(self, axis: int | Sequence[int] | None = None, dtype: DTypeLike | None = None, out: None = None) -> Array:
        """Sum of the elements up to each one. See `hyperslab.cumsum`."""

    def cumprod(self, axis: int | Sequence[int] | None = None, dtype: DTypeLike | None = None, out: None = None) -> Array:
        """Product of the elements up to each one. See `hyperslab.cumprod`."""

    def __delitem__(x: Array, items: Any) -> None:
        """``del x[items]``, which arrays refuse."""

    def __setitem__(x: Array, items: Any, value: Any) -> None:
        """``x[items] = value``."""

    def __getitem__(x: Array, items: Any) -> Array:
        """``x[items]``, for all that NumPy takes, and lazy arrays; of records also the names of fields."""

    def nonzero(a: Any) -> tuple[Array, ...]:
        """Indices of the elements that are not zero, one array for each axis."""

    @property
    def partitions(self) -> BlockView:
        """The chunks as an array of arrays: ``x.blocks[0, 1:3]`` is the array made of these chunks."""

    def argpartition(self, kth: Any, axis: int | Sequence[int] | None = -1, kind: Any = 'introselect', order: Any = None) -> Array:
        """The positions that `partition` an array; parameters as those. See `hyperslab.argpartition`."""

    def argsort(self, axis: int | Sequence[int] | None = -1, kind: Any = None, order: Any = None, *, stable: Any = None, descending: Any = False) -> Array:
        """The positions that sort an array along an axis; parameters as those of `sort`. See `hyperslab.argsort`."""

    def argtopk(self, k: Any, axis: int | Sequence[int] | None = -1, split_every: Any = None) -> Array:
        """Where the k largest elements along an axis are; parameters as those of `topk`. See `hyperslab.argtopk`."""

    def choose(self, choices: Any, out: None = None, mode: Any = 'raise') -> Array:
        """The element of the choice that each element names. See `hyperslab.choose`."""

    def compress(self, condition: Any, axis: int | Sequence[int] | None = None, out: None = None) -> Array:
        """Elements at the positions along an axis where a condition holds. See `hyperslab.compress`."""

    def diagonal(self, offset: Any = 0, axis1: Any = 0, axis2: Any = 1) -> Array:
        """Elements whose indices along two axes differ by `offset`, along a new last axis. See `hyperslab.diagonal`."""

    def map_blocks(self, func: Any, *args: Any, **kwargs: Any) -> Array:
        """A function applied to each block. See `hyperslab.map_blocks`."""

    def map_overlap(self, func: Any, depth: Any, boundary: Any = None, trim: Any = True, **kwargs: Any) -> Array:
        """A function applied to each block together with elements of its neighbours. See `hyperslab.map_overlap`."""

    def moment(self, order: Any, axis: int | Sequence[int] | None = None, dtype: DTypeLike | None = None, keepdims: bool = False, ddof: float = 0) -> Array:
        """Central moment: the mean of a power of the distances from the mean. See `hyperslab.moment`."""

    def repeat(self, repeats: Any, axis: int | Sequence[int] | None = None) -> Array:
        """Each element several times. See `hyperslab.repeat`."""

    def searchsorted(self, v: Any, side: Any = 'left', sorter: Any = None) -> Array:
        """Where elements belong in a sorted array. See `hyperslab.searchsorted`."""

    def shuffle(self, indexer: Any, axis: int | Sequence[int] | None, chunks: Any = 'auto') -> Array:
        """The positions along an axis in another order, groups of them within one chunk. See `hyperslab.shuffle`."""

    def tobytes(self, order: str = 'C') -> bytes:
        """The elements as bytes, computed."""

    def topk(self, k: Any, axis: int | Sequence[int] | None = -1, split_every: Any = None) -> Array:
        """The k largest elements along an axis, the largest first; the smallest ones, the smallest first, if k is negative. See `hyperslab.topk`."""

    def trace(self, offset: Any = 0, axis1: Any = 0, axis2: Any = 1, dtype: DTypeLike | None = None, out: None = None) -> Array:
        """Sum of the elements of a diagonal. See `hyperslab.trace`."""

    def byteswap(self, inplace: bool = False) -> Array:
        """The elements with their bytes in reverse; in place, the array becomes so."""

    def dump(self, file: Any) -> None:
        """Pickle the elements, computed, to a file: `pickle.load` and `numpy.load` give an array of NumPy."""

    def dumps(self) -> bytes:
        """The elements, computed, as a pickle of NumPy's array."""

    def fill(self, value: Any) -> None:
        """Assign one value to all elements."""

    def getfield(self, dtype: DTypeLike, offset: int = 0) -> Array:
        """Some of the bytes of each element, as elements of another dtype."""

    def setfield(self, val: Any, dtype: DTypeLike, offset: int = 0) -> None:
        """Assign to some of the bytes of each element."""

    def view(self, dtype: DTypeLike | None = None, order: str = 'C') -> Array:
        """The bytes of the elements as elements of another dtype."""

    def put(a: Array, ind: Any, v: Any, mode: str = 'raise') -> None:
        """Assign values at positions in C order; values are repeated as needed."""

    def partition(self, kth: Any, axis: int = -1, kind: str = 'introselect', order: None = None) -> None:
        """Partitions in place: the array becomes its elements with those at `kth` where sorting puts them."""

    def sort(self, axis: int = -1, kind: str | None = None, order: None = None, *, stable: Any = None, descending: bool = False) -> None:
        """Sorts in place: the array becomes its elements in order along an axis."""

    def to_backend(self, backend: str | None = None, **kwargs: Any) -> Array:
        """The array with blocks of another library, of which there is NumPy alone."""

    def to_dask_dataframe(self, columns: Any = None, index: Any = None, meta: Any = None) -> Any:
        """The columns as a DataFrame of dask, through an array of dask."""

    def to_svg(self, size: float = 120) -> str:
        """A drawing of the chunks, in SVG: its longer side is `size` wide."""

    def tofile(self, fid: Any, sep: str = '', format: str = '%s') -> None:
        """Write the elements in C order, raw or as text."""

    @property
    def vindex(self) -> PointView:
        """Elements at points: ``x.vindex[i, j]`` pairs the positions."""

    def __array_namespace__(self, /, *, api_version: str | None = None) -> ModuleType:
        """The namespace of the array API standard that the array belongs to: the package itself."""

    def __dlpack__(self, *, stream: None = None, max_version: tuple[int, int] | None = None, dl_device: tuple[int, int] | None = None, copy: bool | None = None) -> Any:
        """Compute the array, and hand the result over by DLPack."""

    def __dlpack_device__(self, /) -> tuple[int, int]:
        """The device of what `__dlpack__` hands over, as DLPack numbers them: the CPU."""

    def to_device(self, device: str, /, *, stream: None = None) -> Array:
        """The array on a device: the array itself, as there is one device."""

    @property
    def device(self) -> str:
        """The device that the array lies on: there is one, ``"cpu"``."""

    def __dask_graph__(x: Array) -> Any:
        """The graph of an array."""

    def __dask_keys__(x: Array) -> list[str]:
        """The key of what computes the array: all of it in one call of the engine, within its memory limit."""

    def __dask_layers__(x: Array) -> tuple[str, ...]:
        """The name of the only layer of the graph."""

    @property
    def __dask_scheduler__(self) -> Any:
        """Where none is chosen, the scheduler of dask's own arrays, so that both can be computed together."""

    def __dask_postcompute__(x: Array) -> tuple[Any, tuple[()]]:
        """How the result is made of results of tasks."""

    def __dask_postpersist__(x: Array) -> tuple[Any, tuple[Any, ...]]:
        """How an array over the result is made."""

    @property
    def _meta(self) -> np.ndarray:
        """An empty array of the kind that blocks are."""

    def to_dask(x: Array) -> Any:
        """The array as a `dask.array.Array` with the same chunks, each computed by the engine when dask asks for it."""

    def to_delayed(x: Array, optimize_graph: bool = True) -> np.ndarray:
        """An array of `dask.delayed.Delayed` objects, one for each chunk."""

    @property
    def flat(self) -> flatiter:
        """The elements in C order: indexed lazily, assigned to, iterated over."""
