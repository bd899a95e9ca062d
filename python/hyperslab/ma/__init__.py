"""``da.ma``: masked arrays, some of whose elements are missing or have no meaning, as `numpy.ma` defines them.

>>> import hyperslab as da
>>> x = da.ma.masked_equal(da.from_array([1.0, -999.0, 3.0], chunks=2), -999.0)
>>> x.mean().compute()
np.float64(2.0)
"""

from numpy.ma import (
    MaskError,
    common_fill_value,
    default_fill_value,
    masked,
    maximum_fill_value,
    minimum_fill_value,
    nomask,
)

from hyperslab._missing import refuse as _refuse_name
from hyperslab.ma._conditions import (
    fix_invalid,
    masked_equal,
    masked_greater,
    masked_greater_equal,
    masked_inside,
    masked_invalid,
    masked_less,
    masked_less_equal,
    masked_not_equal,
    masked_outside,
    masked_values,
    masked_where,
)
from hyperslab.ma._creation import (
    arange,
    array,
    asanyarray,
    asarray,
    empty,
    empty_like,
    filled,
    getdata,
    getmask,
    getmaskarray,
    identity,
    isarray,
    isMA,
    isMaskedArray,
    mask_or,
    masked_all,
    masked_all_like,
    masked_array,
    ones,
    ones_like,
    set_fill_value,
    zeros,
    zeros_like,
)
from hyperslab.ma._dispatch import FORMS as _FORMS
from hyperslab.ma._dispatch import taught as _taught
from hyperslab.ma._masked import MaskedArray
from hyperslab.ma._reductions import (
    all,
    allclose,
    allequal,
    anom,
    anomalies,
    any,
    argmax,
    argmin,
    average,
    count,
    cumprod,
    cumsum,
    is_masked,
    max,
    mean,
    min,
    prod,
    ptp,
    std,
    sum,
    var,
)
from hyperslab.ma._shapes import (
    JOINS as _JOINS,
)
from hyperslab.ma._shapes import (
    SHAPES as _SHAPES,
)
from hyperslab.ma._shapes import (
    angle,
    append,
    around,
    atleast_1d,
    atleast_2d,
    atleast_3d,
    clip,
    compress,
    compressed,
    diff,
    dot,
    mask_cols,
    mask_rowcols,
    mask_rows,
    maximum,
    median,
    minimum,
    nonzero,
    round,
    where,
)
from hyperslab.ma._sources import from_array
from hyperslab.ma._ufuncs import FUNCTIONS as _FUNCTIONS

product = prod
row_stack = _JOINS["vstack"]

globals().update({**_FUNCTIONS, **_SHAPES, **_JOINS, "row_stack": row_stack})

__all__ = sorted(name for name in globals() if not name.startswith("_"))


def __getattr__(name: str) -> object:
    """Names that are not there: the way out, or the nearest name."""
    return _refuse_name(__name__, name, __all__)
