"""Lazy, blocked N-dimensional arrays with NumPy's interface, on a native engine.

>>> import hyperslab as da
>>> x = da.ones((1000, 1000), chunks=(100, 100))
>>> float((x + 1).sum())
2000000.0
"""

from numpy import (
    bool_,
    complex64,
    complex128,
    datetime64,
    e,
    euler_gamma,
    float16,
    float32,
    float64,
    inf,
    int8,
    int16,
    int32,
    int64,
    nan,
    newaxis,
    pi,
    result_type,
    timedelta64,
    uint8,
    uint16,
    uint32,
    uint64,
)

from hyperslab import (
    _assignment,
    _deferred,
    _masks,
    _messages,
    _methods,
    _module_paths,
    _vindex,
    char,
    chunk,
    config,
    core,
    emath,
    fft,
    image,
    lib,
    linalg,
    ma,
    overlap,
    polynomial,
    random,
    reductions,
    stats,
    strings,
    utils,
)
from hyperslab._array import Array
from hyperslab._array_api import __array_api_version__, __array_namespace_info__
from hyperslab._asarray import array, asanyarray, asarray, from_array, from_dlpack
from hyperslab._compute import compute, explain, persist
from hyperslab._creation import (
    arange,
    empty,
    empty_like,
    eye,
    full,
    full_like,
    identity,
    linspace,
    ones,
    ones_like,
    zeros,
    zeros_like,
)
from hyperslab._dask import from_dask
from hyperslab._diagonals import (
    diag,
    diag_indices_from,
    diagflat,
    diagonal,
    trace,
    tri,
    tril,
    tril_indices,
    tril_indices_from,
    triu,
    triu_indices,
    triu_indices_from,
)
from hyperslab._grids import fromfunction, geomspace, indices, ix_, logspace, meshgrid, mgrid, ogrid, vander
from hyperslab._join import block, concat, concatenate, dstack, hstack, roll, row_stack, stack, tile, vstack
from hyperslab._linalg import dot, inner, matmul, matvec, outer, tensordot, vdot, vecdot, vecmat
from hyperslab._manipulation import (
    astype,
    atleast_1d,
    atleast_2d,
    atleast_3d,
    broadcast_arrays,
    broadcast_to,
    expand_dims,
    flip,
    fliplr,
    flipud,
    iscomplexobj,
    isrealobj,
    matrix_transpose,
    moveaxis,
    ndim,
    permute_dims,
    ravel,
    rechunk,
    reshape,
    rollaxis,
    shape,
    size,
    squeeze,
    swapaxes,
    take,
    transpose,
)
from hyperslab._numpy_names import *  # noqa: F403
from hyperslab._ops import *  # noqa: F403  The table decides which ufuncs and reductions there are.
from hyperslab._ops import __all__ as _table_names
from hyperslab.core import PerformanceWarning

from hyperslab._numeric import (  # isort: skip  These take the place of rows of the same name.
    allclose,
    angle,
    around,
    array_equal,
    average,
    clip,
    cumulative_prod,
    cumulative_sum,
    diff,
    divmod,
    frexp,
    imag,
    isclose,
    iscomplex,
    isreal,
    modf,
    nan_to_num,
    ptp,
    real,
    round,
    where,
)
from hyperslab._assignment import copyto, fill_diagonal, place, put, put_along_axis, putmask
from hyperslab._block_reshape import reshape_blockwise
from hyperslab._calendar import busday_count, busday_offset, datetime_as_string, is_busday
from hyperslab._checks import assert_eq
from hyperslab._choice import (
    apply_over_axes,
    choose,
    coarsen,
    compress,
    extract,
    packbits,
    piecewise,
    select,
    unpackbits,
)
from hyperslab._concatenators import c_, r_
from hyperslab._einsum import einsum, einsum_path
from hyperslab._flat import broadcast, flatiter, ndenumerate
from hyperslab._functions import atop, blockwise, from_delayed, map_blocks, unify_chunks
from hyperslab._gufuncs import apply_along_axis, apply_gufunc, as_gufunc, gufunc
from hyperslab._hdf5_files import from_hdf5, to_hdf5
from hyperslab._histograms import bincount, histogram, histogram2d, histogram_bin_edges, histogramdd
from hyperslab._intervals import digitize, interp
from hyperslab._masks import argwhere, flatnonzero, nonzero
from hyperslab._missing import refuse as _refuse_name
from hyperslab._neighbours import convolve, correlate, ediff1d, gradient, trapezoid, unwrap
from hyperslab._npy import from_npy, load, save, savez, savez_compressed, to_npy
from hyperslab._npy_stack import from_npy_stack, to_npy_stack
from hyperslab._padding import pad
from hyperslab._pieces import (
    append,
    array_split,
    column_stack,
    delete,
    dsplit,
    hsplit,
    insert,
    push,
    repeat,
    resize,
    rot90,
    shuffle,
    split,
    trim_zeros,
    unstack,
    vsplit,
)
from hyperslab._polynomials import poly, polyadd, polyder, polydiv, polyfit, polyint, polymul, polysub, polyval, roots
from hyperslab._positions import ravel_multi_index, unravel_index
from hyperslab._predicates import (
    asarray_chkfinite,
    ascontiguousarray,
    asfortranarray,
    common_type,
    copy,
    fix,
    isfortran,
    isneginf,
    isnull,
    isposinf,
    may_share_memory,
    notnull,
    real_if_close,
    require,
    shares_memory,
)
from hyperslab._printing import array2string, array_repr, array_str
from hyperslab._products import cross, kron
from hyperslab._profile import profile
from hyperslab._quantiles import median, nanmedian, nanpercentile, nanquantile, percentile, quantile
from hyperslab._raw import frombuffer, fromfile, fromiter, memmap
from hyperslab._reduction import reduction
from hyperslab._sets import (
    intersect1d,
    isin,
    setdiff1d,
    setxor1d,
    union1d,
    unique,
    unique_all,
    unique_counts,
    unique_inverse,
    unique_values,
)
from hyperslab._sorting import (
    argpartition,
    argsort,
    lexsort,
    partition,
    searchsorted,
    sort,
    sort_complex,
    take_along_axis,
)
from hyperslab._statistics import array_equiv, corrcoef, cov, moment
from hyperslab._store import store
from hyperslab._text import fromregex, fromstring, genfromtxt, loadtxt, savetxt
from hyperslab._tiledb_files import from_tiledb, to_tiledb
from hyperslab._topk import argtopk, topk
from hyperslab._type_info import finfo, iinfo
from hyperslab._vectorize import frompyfunc, vectorize
from hyperslab._windows import bartlett, blackman, hamming, hanning, i0, kaiser, sinc
from hyperslab._zarr_files import from_zarr, to_zarr
from hyperslab.overlap import map_overlap
from hyperslab.progress import ProgressBar

globals().update({name: ma._taught(name, _f) for name in ma._FORMS if (_f := globals().get(name)) is not None})

__all__ = sorted({name for name in globals() if not name.startswith("_")} | set(_table_names))

_masks.install()
_deferred.complete()
for _name in __all__:
    globals()[_name] = _deferred.wrapped(globals()[_name])
for _module in (char, emath, fft, image, linalg, random, stats, strings):
    for _name in _module.__all__:
        setattr(_module, _name, _deferred.wrapped(getattr(_module, _name)))
_messages.name_methods(Array, without=_deferred.TERMINAL)
for _class in (random.Generator, random.RandomState, ma.MaskedArray):
    for _base in _class.__mro__[:-1]:
        _messages.name_methods(_base, without=_deferred.TERMINAL)
for _module in (core, lib.stride_tricks, ma, overlap, reductions, utils):
    _messages.name_functions(_module)
_module_paths.register()


def __getattr__(name: str) -> object:
    """Names that are not there: the way out, or the nearest name."""
    return _refuse_name(__name__, name, __all__)
