"""Functions on blocks whose axes are named: what `map_blocks`, `blockwise` and generalised ufuncs are made of."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from hyperslab import _calls
from hyperslab._array import Array
from hyperslab._convert import is_array
from hyperslab._creation import asarray

#: An argument, and the names of its axes; `None` for what is passed as it is.
Argument = tuple[Any, Sequence[Any] | None]


class Operands:
    """The arguments of a function: arrays with named axes, cut alike, and what is passed as it is.

    Arrays without names, and those among the keywords, are handed over whole.
    """

    def __init__(self, what: str, args: Sequence[Argument], kwargs: Mapping[str, Any], align: bool = True) -> None:
        self.args, self.kwargs = [value for value, _ in args], dict(kwargs)
        self.indices: list[tuple[Any, ...] | None] = [None if ind is None else tuple(ind) for _, ind in args]
        named = [(k, asarray(value), tuple(ind)) for k, (value, ind) in enumerate(args) if ind is not None]
        if align:
            self.chunks, cut = _calls.unify([(array, ind) for _, array, ind in named], what)
        else:
            self.chunks, cut = _longest(named, what), [array for _, array, _ in named]
        for (k, _, _), array in zip(named, cut):
            self.args[k] = array

    @property
    def places(self) -> list[int | str]:
        """Where the arrays stand: positions, and keywords."""
        arrays: list[int | str] = [k for k, value in enumerate(self.args) if is_array(value)]
        return arrays + [key for key, value in self.kwargs.items() if is_array(value)]

    def at(self, place: int | str) -> Array:
        """The array at a place."""
        return self.args[place] if isinstance(place, int) else self.kwargs[place]  # type: ignore[no-any-return]

    def names(self, place: int | str) -> tuple[Any, ...] | None:
        """Names of the axes of the array at a place."""
        return self.indices[place] if isinstance(place, int) else None

    def needs(self, place: int | str, out: Sequence[Any]) -> list[_calls.Need]:
        """What a call needs of the array at a place; `out` names the axes of the result."""
        array, names = self.at(place), self.names(place)
        if names is None:
            return [_calls.WHOLE] * array.ndim
        lines = zip(names, array.numblocks)
        return [("chunks", [out.index(n)]) if n in out and blocks > 1 else _calls.WHOLE for n, blocks in lines]

    def filled(self, blocks: Sequence[Any]) -> tuple[list[Any], dict[str, Any]]:
        """The arguments with the arrays replaced."""
        args, kwargs = list(self.args), dict(self.kwargs)
        for place, block in zip(self.places, blocks):
            if isinstance(place, int):
                args[place] = block
            else:
                kwargs[place] = block
        return args, kwargs

    def samples(self, size: int) -> list[np.ndarray]:
        """A tiny array in place of each."""
        arrays = [self.at(place) for place in self.places]
        return [_calls.sample((size,) * a.ndim, a.dtype) for a in arrays]


def _longest(named: Sequence[tuple[int, Array, tuple[Any, ...]]], what: str) -> dict[Any, tuple[int, ...]]:
    """For each name the chunks of the array that has most of them, where arrays are taken as they are cut."""
    found: dict[Any, tuple[int, ...]] = {}
    for _, array, index in named:
        if len(index) != array.ndim:
            raise ValueError(f"{what}: index {index} does not match an array of {array.ndim} dimensions")
        for name, line in zip(index, array.chunks):
            have = found.setdefault(name, line)
            if len(have) != len(line) and 1 not in (len(have), len(line)):
                raise ValueError(f"{what}: {len(have)} and {len(line)} chunks along the same index {name!r}")
            if len(line) > len(have):
                found[name] = line
    return found


def run(
    kind: str,
    func: Callable[..., Any],
    operands: Operands,
    out: Sequence[Any],
    chunks: Sequence[Sequence[int]],
    dtype: Any,
    concatenate: bool = True,
    extra: Callable[[tuple[int, ...]], dict[str, Any]] | None = None,
) -> Array:
    """The array that a function makes of blocks; `extra` gives keywords for the numbers of a block."""
    called = _calls.label(func)
    places = operands.places
    lists = [None if concatenate else _listed(operands, place, out) for place in places]

    def call(block: tuple[int, ...], start: tuple[int, ...], *blocks: np.ndarray) -> Any:
        parts = [b if cut is None else _nested(b, cut) for b, cut in zip(blocks, lists)]
        args, kwargs = operands.filled(parts)
        return func(*args, **kwargs, **(extra(block) if extra else {}))

    if dtype is None:
        first = (0,) * len(out)

        def tiny(size: int) -> Any:
            return np.asarray(call(first, first, *operands.samples(size)))

        dtype = _calls.tried(called, tiny).dtype
    pairs = [(operands.at(place), operands.needs(place, out)) for place in places]
    return _calls.make(kind, called, call, pairs, chunks, dtype)


def _listed(operands: Operands, place: int | str, out: Sequence[Any]) -> list[tuple[int, int, list[int]]] | None:
    """For each axis that the result has not: the axis, how often the block is repeated, and where it is cut."""
    names, array = operands.names(place), operands.at(place)
    gone = [(d, n) for d, n in enumerate(names or ()) if n not in out]
    if not gone:
        return None
    cuts = []
    for d, name in gone:
        edges = list(itertools.accumulate(array.chunks[d]))[:-1]
        cuts.append((d, len(operands.chunks[name]) if not edges else 1, edges))
    return cuts


def _nested(block: np.ndarray, cuts: list[tuple[int, int, list[int]]]) -> Any:
    """A block as lists of blocks, a level for each axis that is cut."""
    if not cuts:
        return block
    (axis, repeated, edges), rest = cuts[0], cuts[1:]
    return [_nested(part, rest) for part in np.split(block, edges, axis=axis) * repeated]
