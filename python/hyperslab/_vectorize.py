"""Functions of single elements, applied to arrays: `vectorize` and `frompyfunc`."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from hyperslab import _calls
from hyperslab._array import Array
from hyperslab._creation import asarray
from hyperslab._gufuncs import apply_gufunc


class vectorize:
    """A function of elements as a function of arrays.

    Parameters
    ----------
    pyfunc : callable
        Takes an element of each array and returns one, or a tuple of them.
    otypes : str or sequence of dtype, optional
        Dtypes of the results; if not given, the function is called with ones to find them.
    doc : str, optional
        Its docstring.
    excluded : set of int or str, optional
        Positions and names of arguments that are passed as they are.
    cache : bool
        Accepted as in NumPy; without effect.
    signature : str, optional
        Core dimensions, as in `apply_gufunc`: the function takes and returns arrays of them.

    Examples
    --------
    >>> import hyperslab as da
    >>> def larger(a, b):
    ...     return a if a > b else b
    >>> da.vectorize(larger)(da.arange(4), 2).compute()
    array([2, 2, 2, 3])
    """

    def __init__(
        self,
        pyfunc: Callable[..., Any],
        otypes: Any = None,
        doc: str | None = None,
        excluded: Iterable[int | str] | None = None,
        cache: bool = False,
        signature: str | None = None,
    ) -> None:
        # NumPy refuses what is wrong with the arguments.
        np.vectorize(pyfunc, otypes, doc, excluded, cache, signature)
        self.pyfunc, self.signature, self.excluded = pyfunc, signature, frozenset(excluded or ())
        self.otypes = None if otypes is None else [np.dtype(t) for t in otypes]
        self.__name__ = _calls.label(pyfunc)
        self.__doc__ = doc or pyfunc.__doc__

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The function applied to arrays, which are broadcast."""
        if self.signature is not None:
            return self._signed(args, kwargs)
        places: list[int | str] = [k for k, _ in enumerate(args) if k not in self.excluded]
        places += [k for k in kwargs if k not in self.excluded]
        if not places:
            raise ValueError(f"vectorize: {self.__name__} was given no array")
        arrays = [asarray(args[p] if isinstance(p, int) else kwargs[p]) for p in places]

        def one(*elements: Any) -> Any:
            full, named = list(args), dict(kwargs)
            for place, element in zip(places, elements):
                if isinstance(place, int):
                    full[place] = element
                else:
                    named[place] = element
            return self.pyfunc(*full, **named)

        one.__name__ = self.__name__
        otypes = self.otypes or _found(one, arrays)
        return _outputs("vectorize", one, arrays, otypes)

    def _signed(self, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        if self.excluded:
            raise NotImplementedError("vectorize with signature= and excluded= is not supported: bind the arguments")
        types = None if self.otypes is None else self.otypes if len(self.otypes) > 1 else self.otypes[0]
        options = {"vectorize": True, "output_dtypes": types}
        return apply_gufunc(self.pyfunc, self.signature, *args, **options, **kwargs)  # type: ignore[arg-type]


def _found(one: Callable[..., Any], arrays: Sequence[Array]) -> list[np.dtype]:
    """Dtypes of what a function of elements returns for ones."""

    def tiny(size: int) -> list[np.dtype]:
        made = one(*(_calls.sample((), a.dtype)[()] for a in arrays))
        return [np.asarray(m).dtype for m in (made if isinstance(made, tuple) else (made,))]

    return _calls.tried(_calls.label(one), tiny)  # type: ignore[no-any-return]


def _outputs(kind: str, one: Callable[..., Any], arrays: Sequence[Array], otypes: Sequence[np.dtype]) -> Any:
    many = np.vectorize(one, otypes=list(otypes))

    def output(k: int) -> Array:
        def call(*blocks: np.ndarray) -> Any:
            made = many(*blocks)
            return made[k] if len(otypes) > 1 else made

        call.__name__ = _calls.label(one)
        return _calls.elementwise(kind, call, arrays, otypes[k])

    made = tuple(output(k) for k, _ in enumerate(otypes))
    return made if len(made) > 1 else made[0]


class frompyfunc:
    """A function of elements as a function of arrays, which is told the dtype of its results.

    Parameters
    ----------
    func : callable
        Takes `nin` elements and returns `nout`.
    nin, nout : int
        How many.
    identity : object, optional
        Accepted as in NumPy.

    Examples
    --------
    >>> import hyperslab as da
    >>> digits = da.frompyfunc(lambda n: len(str(n)), 1, 1)
    >>> digits(da.array([5, 10, 1234]), dtype=int).compute()
    array([1, 2, 4])
    """

    def __init__(self, func: Callable[..., Any], nin: int, nout: int, *, identity: Any = None) -> None:
        if not callable(func):
            raise TypeError("function must be callable")
        self.func, self.nin, self.nout, self.identity = func, operator.index(nin), operator.index(nout), identity
        self.nargs = self.nin + self.nout
        self.__name__ = f"{_calls.label(func)} (vectorized)"
        self.__doc__ = func.__doc__

    def __call__(self, *args: Any, dtype: Any = None) -> Any:
        """The function applied to arrays, which are broadcast.

        Raises
        ------
        NotImplementedError
            Without a dtype: NumPy's results are objects then, which have no native dtype.
        """
        if len(args) != self.nin:
            raise TypeError(f"{self.__name__} takes {self.nin} arguments but {len(args)} were given")
        if dtype is None:
            raise NotImplementedError(f"{self.__name__} returns objects, which are not supported: pass dtype=")
        types = list(dtype) if isinstance(dtype, tuple | list) else [dtype] * self.nout
        if len(types) != self.nout:
            raise ValueError(f"{self.__name__} has {self.nout} results, dtype= names {len(types)}")
        return _outputs("frompyfunc", self.func, [asarray(a) for a in args], [np.dtype(t) for t in types])
