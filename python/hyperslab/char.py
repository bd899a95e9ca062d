"""``da.char``: the functions of `numpy.char`, lazy where an argument is.

Where NumPy makes strings as wide as the widest value, lazy ones have room for the widest that there can be.

>>> import hyperslab as da
>>> da.char.upper(da.array(["a", "bc"])).compute()
array(['A', 'BC'], dtype='<U2')
"""

from __future__ import annotations

import numpy as np

from hyperslab import _strings
from hyperslab._missing import refuse as _refuse_name

_made = _strings.functions(np.char)
globals().update(_made)

__all__ = sorted(_made)


def __getattr__(name: str) -> object:
    """Names that are not there: the way out, or the nearest name."""
    return _refuse_name(__name__, name, __all__)
