"""Random numbers: ``da.random``.

Numbers come from one published stream, Philox4x32-10, which is indexed by the position of an element: they depend on
the seed and on the number of calls before, and not on chunks, threads, memory or slices. They are not NumPy's numbers
for the same seed.

>>> import hyperslab as da
>>> x = da.random.default_rng(7).normal(size=(1000, 1000), chunks=(100, 1000))
>>> y = da.random.default_rng(7).normal(size=(1000, 1000), chunks=(7, 19))
>>> bool((x[3, 5:10] == y[3, 5:10]).all())
True
"""

from __future__ import annotations

from typing import Any

from numpy.random import MT19937, PCG64, PCG64DXSM, SFC64, Philox, SeedSequence

from hyperslab._random_generator import BitGenerator, Generator
from hyperslab._random_state import RandomState


def default_rng(seed: Any = None) -> Generator:
    """A generator of random numbers.

    Parameters
    ----------
    seed : int, array_like of int, SeedSequence, BitGenerator or Generator, optional
        The seed; from the system if not given. A `Generator` of this module is returned as it is.

    Returns
    -------
    Generator
        Equal seeds make equal numbers.

    Examples
    --------
    >>> import hyperslab as da
    >>> rng = da.random.default_rng(42)
    >>> x = rng.normal(10.0, 2.0, size=(1000, 1000), chunks=(500, 500))
    >>> 9.99 < float(x.mean()) < 10.01
    True
    """
    return seed if isinstance(seed, Generator) else Generator(seed)


#: What the functions of the module draw from.
_shared = RandomState()

_METHODS = [name for name in dir(RandomState) if not name.startswith("_")]
globals().update({name: getattr(_shared, name) for name in _METHODS})
ranf = sample = _shared.random_sample

__all__ = [
    "MT19937",
    "PCG64",
    "PCG64DXSM",
    "SFC64",
    "BitGenerator",
    "Generator",
    "Philox",
    "RandomState",
    "SeedSequence",
    "default_rng",
    "ranf",
    "sample",
    *_METHODS,
]
