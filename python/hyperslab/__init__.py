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

from hyperslab import _methods, config, core, fft, lib, linalg, random
from hyperslab._array import Array
from hyperslab._compute import compute, explain, persist
from hyperslab._creation import (
    arange,
    array,
    asanyarray,
    asarray,
    empty,
    empty_like,
    eye,
    from_array,
    full,
    full_like,
    identity,
    linspace,
    ones,
    ones_like,
    zeros,
    zeros_like,
)
from hyperslab._diagonals import (
    diag,
    diag_indices_from,
    diagflat,
    diagonal,
    trace,
    tri,
    tril,
    tril_indices_from,
    triu,
    triu_indices_from,
)
from hyperslab._grids import fromfunction, indices, ix_, logspace, meshgrid, mgrid, ogrid, vander
from hyperslab._join import block, concat, concatenate, dstack, hstack, roll, stack, tile, vstack
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
from hyperslab._choice import apply_over_axes, choose, coarsen, compress, extract, piecewise, select, unpackbits
from hyperslab._einsum import einsum, einsum_path
from hyperslab._missing import refuse as _refuse_name
from hyperslab._neighbours import convolve, correlate, ediff1d, gradient, trapezoid, unwrap
from hyperslab._padding import pad
from hyperslab._pieces import (
    append,
    array_split,
    column_stack,
    delete,
    dsplit,
    hsplit,
    insert,
    repeat,
    resize,
    rot90,
    split,
    unstack,
    vsplit,
)
from hyperslab._polynomials import polyadd, polyder, polyint, polymul, polysub, polyval
from hyperslab._predicates import (
    ascontiguousarray,
    asfortranarray,
    common_type,
    copy,
    fix,
    isneginf,
    isnull,
    isposinf,
    notnull,
    require,
)
from hyperslab._products import cross, kron
from hyperslab._profile import profile
from hyperslab._statistics import array_equiv, corrcoef, cov, moment
from hyperslab._store import from_hdf5, from_zarr, store, to_hdf5, to_zarr
from hyperslab._windows import bartlett, blackman, hamming, hanning, i0, kaiser, sinc
from hyperslab.progress import ProgressBar

__all__ = sorted({name for name in globals() if not name.startswith("_")} | set(_table_names))


def __getattr__(name: str) -> object:
    """Names that are not there: the way out, or the nearest name."""
    return _refuse_name(__name__, name, __all__)
