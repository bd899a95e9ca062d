"""``da.strings``: the functions of `numpy.strings`, lazy where an argument is.

Where NumPy makes strings as wide as the widest value, lazy ones have room for the widest that there can be.

>>> import hyperslab as da
>>> da.strings.upper(da.array(["a", "bc"])).compute()
array(['A', 'BC'], dtype='<U2')
"""

from __future__ import annotations

import numpy as np

from hyperslab import _strings

_made = _strings.functions(np.strings)
globals().update(_made)

__all__ = sorted(_made)
