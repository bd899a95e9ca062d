"""Generators of random numbers: `Generator`, and what `RandomState` shares with it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import SeedSequence

from hyperslab._array import Array
from hyperslab._chunks import Chunks
from hyperslab._random_calls import Size, Streams, documented
from hyperslab._random_choice import Choosing
from hyperslab._random_continuous import Continuous
from hyperslab._random_discrete import Discrete
from hyperslab._random_multivariate import Multivariate


class BitGenerator:
    """Where the bits come from: Philox4x32 with ten rounds, a key from the seed, and the number of the next stream.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.random.default_rng(1).bit_generator.state["stream"]
    0
    """

    def __init__(self, streams: Streams) -> None:
        self._streams = streams

    @property
    def seed_seq(self) -> SeedSequence:
        """The seed, as NumPy has it."""
        return self._streams.seeds

    @property
    def state(self) -> dict[str, Any]:
        """Key and number of the next stream; it can be set to what it was."""
        return {"bit_generator": "Philox4x32", "key": self._streams.key, "stream": self._streams.number}

    @state.setter
    def state(self, state: dict[str, Any]) -> None:
        if not isinstance(state, dict) or state.get("bit_generator") != "Philox4x32":
            raise ValueError(f"state must be for a Philox4x32 RNG, as bit_generator.state gives it, got {state!r}")
        self._streams.key, self._streams.number = int(state["key"]), int(state["stream"])


def seeds_of(seed: Any) -> SeedSequence:
    """The seed of any kind that NumPy takes."""
    if isinstance(seed, SeedSequence):
        return seed
    if isinstance(seed, Distributions):
        return seed._streams.seeds
    if isinstance(seed, np.random.Generator):
        seed = seed.bit_generator
    if isinstance(seed, np.random.BitGenerator | BitGenerator):
        return seed.seed_seq  # type: ignore[return-value]
    return SeedSequence(seed.compute() if isinstance(seed, Array) else seed)


class Distributions(Continuous, Discrete, Multivariate, Choosing):
    """What `Generator` and `RandomState` share."""

    def __init__(self, seed: Any) -> None:
        self._streams = seed if isinstance(seed, Streams) else Streams(seeds_of(seed))

    def shuffle(self, x: Any, axis: int = 0) -> None:
        """Bring what is along an axis into a random order, in place.

        Parameters
        ----------
        x : hyperslab.Array, numpy.ndarray or list
            What is shuffled. A lazy array becomes the shuffled one.
        axis : int
            The axis.

        Examples
        --------
        >>> import hyperslab as da
        >>> x = da.arange(5)
        >>> da.random.default_rng(1).shuffle(x)
        >>> sorted(x.compute().tolist())
        [0, 1, 2, 3, 4]
        """
        self._shuffle(x, axis)

    def permutation(self, x: Any, axis: int = 0, chunks: Chunks = "auto") -> Array:
        """The numbers below `x`, or what is along an axis of `x`, in a random order.

        Parameters
        ----------
        x : int or array_like
            How many numbers, which take no memory; or the array, whose new order is drawn when this is called.
        axis : int
            The axis.
        chunks : int, tuple, dict or str
            Chunks of the numbers, as in `hyperslab.from_array`.

        Examples
        --------
        >>> import hyperslab as da
        >>> sorted(da.random.default_rng(1).permutation(4).compute().tolist())
        [0, 1, 2, 3]
        >>> da.random.default_rng(1).permutation(10**15)[:3].shape
        (3,)
        """
        return self._permutation(x, axis, chunks)

    def bytes(self, length: int) -> bytes:
        """Random bytes.

        Parameters
        ----------
        length : int
            How many.

        Examples
        --------
        >>> import hyperslab as da
        >>> len(da.random.default_rng(1).bytes(10))
        10
        """
        return self._bytes(length)


class Generator(Distributions):
    """Distributions over streams of random bits, with the methods of `numpy.random.Generator`.

    Parameters
    ----------
    bit_generator : BitGenerator, numpy.random.BitGenerator or seed
        Whose seed is taken.

    Examples
    --------
    >>> import hyperslab as da
    >>> rng = da.random.Generator(da.random.PCG64(5))
    >>> rng.normal(size=(2, 3)).shape
    (2, 3)
    """

    def __repr__(self) -> str:
        return f"Generator(Philox4x32, key={self._streams.key:#x}, stream={self._streams.number})"

    @property
    def bit_generator(self) -> BitGenerator:
        """Where the bits come from."""
        return BitGenerator(self._streams)

    def spawn(self, n_children: int) -> list[Generator]:
        """Generators of their own seeds, which are made of this one's.

        Parameters
        ----------
        n_children : int
            How many.

        Examples
        --------
        >>> import hyperslab as da
        >>> len(da.random.default_rng(1).spawn(2))
        2
        """
        return [type(self)(seeds) for seeds in self._streams.seeds.spawn(n_children)]

    @documented("Uniform numbers in [0, 1).", dtype="dtype\n    float64 or float32.")
    def random(self, size: Size = None, dtype: Any = np.float64, out: Any = None, chunks: Chunks = "auto") -> Array:
        return self._random("random", size, dtype, out, chunks)

    @documented("Normal numbers of mean 0 and deviation 1.", dtype="dtype\n    float64 or float32.")
    def standard_normal(
        self, size: Size = None, dtype: Any = np.float64, out: Any = None, chunks: Chunks = "auto"
    ) -> Array:
        return self._standard("standard_normal", size, dtype, out, chunks)

    @documented(
        "Exponential numbers of scale 1.",
        dtype="dtype\n    float64 or float32.",
        method='{"zig", "inv"}\n    Accepted as in NumPy; both are the inverse.',
    )
    def standard_exponential(
        self,
        size: Size = None,
        dtype: Any = np.float64,
        method: str = "zig",
        out: Any = None,
        chunks: Chunks = "auto",
    ) -> Array:
        return self._standard("standard_exponential", size, dtype, out, chunks)

    @documented("Gamma numbers of scale 1.", "2.0", shape="float or array_like\n    Shape; not negative.")
    def standard_gamma(
        self, shape: Any, size: Size = None, dtype: Any = np.float64, out: Any = None, chunks: Chunks = "auto"
    ) -> Array:
        return self._standard_gamma(shape, size, dtype, out, chunks)

    @documented(
        "Integers from `low` to `high`, all alike.",
        "0, 10",
        low="int or array_like\n    Least integer; 0 if it is the only one given.",
        high="int or array_like, optional\n    The end.",
        dtype="dtype\n    Integers or bool.",
        endpoint="bool\n    Whether `high` is one of them.",
    )
    def integers(
        self,
        low: Any,
        high: Any = None,
        size: Size = None,
        dtype: Any = np.int64,
        endpoint: bool = False,
        chunks: Chunks = "auto",
    ) -> Array:
        return self._integers("integers", low, high, size, dtype, endpoint, chunks)

    @documented(
        "Elements of an array, or numbers below `a`.",
        "5",
        a="int or array_like\n    What is chosen from.",
        replace="bool\n    Whether something may be chosen twice.",
        p="array_like, optional\n    Probabilities; all alike if not given.",
        axis="int\n    Along which axis of `a`.",
        shuffle="bool\n    Accepted as in NumPy; the order is always random.",
    )
    def choice(
        self,
        a: Any,
        size: Size = None,
        replace: bool = True,
        p: Any = None,
        axis: int = 0,
        shuffle: bool = True,
        chunks: Chunks = "auto",
    ) -> Array:
        return self._choice(a, size, replace, p, axis, chunks)

    def permuted(self, x: Any, axis: int | None = None, out: Any = None) -> Array:
        """Each lane along an axis in a random order of its own; all elements if no axis is given.

        Parameters
        ----------
        x : array_like
            The array.
        axis : int, optional
            The axis.
        out : None
            Not supported.

        Examples
        --------
        >>> import hyperslab as da
        >>> da.random.default_rng(1).permuted(da.ones((2, 3)), axis=1).shape
        (2, 3)
        """
        return self._permuted(x, axis, out)
