"""The older interface: `RandomState`."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from numpy.random import SeedSequence

from hyperslab._array import Array
from hyperslab._chunks import Chunks
from hyperslab._random_calls import Size, Streams, documented
from hyperslab._random_generator import BitGenerator, Distributions, seeds_of

#: How examples make the older kind of generator.
_OLD = "RandomState(1)"


class RandomState(Distributions):
    """The methods of `numpy.random.RandomState`, over the same streams as `Generator`.

    Parameters
    ----------
    seed : int, array_like of int, SeedSequence or BitGenerator, optional
        The seed; from the system if not given.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.random.RandomState(3).randint(10, size=4).shape
    (4,)
    """

    def __init__(self, seed: Any = None) -> None:
        super().__init__(_legacy(seed))

    def seed(self, seed: Any = None) -> None:
        """Start again from a seed.

        Parameters
        ----------
        seed : int, array_like of int, optional
            The seed; from the system if not given.

        Examples
        --------
        >>> import hyperslab as da
        >>> da.random.seed(3)
        """
        self._streams = Streams(_legacy(seed))

    def get_state(self, legacy: bool = False) -> dict[str, Any]:
        """Key and number of the next stream, which `set_state` takes."""
        return BitGenerator(self._streams).state

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from where `get_state` was called."""
        BitGenerator(self._streams).state = state

    @documented("Uniform numbers in [0, 1).", maker=_OLD)
    def random_sample(self, size: Size = None, chunks: Chunks = "auto") -> Array:
        return self._random("random_sample", size, np.float64, None, chunks)

    random = random_sample

    @documented("Normal numbers of mean 0 and deviation 1.", maker=_OLD)
    def standard_normal(self, size: Size = None, chunks: Chunks = "auto") -> Array:
        return self._standard("standard_normal", size, np.float64, None, chunks)

    @documented("Exponential numbers of scale 1.", maker=_OLD)
    def standard_exponential(self, size: Size = None, chunks: Chunks = "auto") -> Array:
        return self._standard("standard_exponential", size, np.float64, None, chunks)

    @documented("Gamma numbers of scale 1.", "2.0", maker=_OLD, shape="float or array_like\n    Shape; not negative.")
    def standard_gamma(self, shape: Any, size: Size = None, chunks: Chunks = "auto") -> Array:
        return self._standard_gamma(shape, size, np.float64, None, chunks)

    @documented(
        "Integers from `low` to `high`, without `high`.",
        "0, 10",
        maker=_OLD,
        low="int or array_like\n    Least integer; 0 if it is the only one given.",
        high="int or array_like, optional\n    The end.",
        dtype="dtype\n    Integers or bool.",
    )
    def randint(
        self, low: Any, high: Any = None, size: Size = None, chunks: Chunks = "auto", dtype: Any = int
    ) -> Array:
        return self._integers("randint", low, high, size, dtype, False, chunks)

    @documented(
        "Integers from `low` to `high`; from 1 if only one of them is given.",
        "1, 6",
        maker=_OLD,
        low="int\n    Least integer.",
        high="int, optional\n    Greatest integer.",
    )
    def random_integers(self, low: Any, high: Any = None, size: Size = None, chunks: Chunks = "auto") -> Array:
        low, high = (1, low) if high is None else (low, high)
        return self._integers("random_integers", low, high, size, np.int64, True, chunks)

    @documented("Integers from 0 to the largest one.", maker=_OLD)
    def tomaxint(self, size: Size = None, chunks: Chunks = "auto") -> Array:
        return self._integers("tomaxint", 0, np.iinfo(np.int64).max, size, np.int64, True, chunks)

    @documented(
        "Elements of an array, or numbers below `a`.",
        "5",
        maker=_OLD,
        a="int or array_like\n    What is chosen from.",
        replace="bool\n    Whether something may be chosen twice.",
        p="array_like, optional\n    Probabilities; all alike if not given.",
    )
    def choice(self, a: Any, size: Size = None, replace: bool = True, p: Any = None, chunks: Chunks = "auto") -> Array:
        return self._choice(a, size, replace, p, 0, chunks)

    def rand(self, *shape: int, chunks: Chunks = "auto") -> Array:
        """Uniform numbers in [0, 1), of a shape given as arguments.

        Examples
        --------
        >>> import hyperslab as da
        >>> da.random.rand(2, 3).shape
        (2, 3)
        """
        return self._random("rand", shape, np.float64, None, chunks)

    def randn(self, *shape: int, chunks: Chunks = "auto") -> Array:
        """Normal numbers of mean 0 and deviation 1, of a shape given as arguments.

        Examples
        --------
        >>> import hyperslab as da
        >>> da.random.randn(2, 3).shape
        (2, 3)
        """
        return self._standard("standard_normal", shape, np.float64, None, chunks)


def _legacy(seed: Any) -> SeedSequence:
    """A seed that `numpy.random.RandomState` takes."""
    whole = hasattr(seed, "__index__") and not np.ndim(seed)
    if whole and not 0 <= operator.index(seed) < 2**32:
        raise ValueError("Seed must be between 0 and 2**32 - 1")
    return seeds_of(seed)
