"""``da.lib``: what NumPy keeps in ``numpy.lib``."""

from hyperslab.lib import stride_tricks

__all__ = ["stride_tricks"]
