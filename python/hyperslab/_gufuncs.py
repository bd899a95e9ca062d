"""Generalised ufuncs: functions of users on core dimensions, applied along all others."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from hyperslab import _blockwise, _calls, _manipulation
from hyperslab._array import Array
from hyperslab._creation import asarray

Core = tuple[str, ...]

_DIMENSIONS = r"\(\s*(?:\w+\s*(?:,\s*\w+\s*)*,?\s*)?\)"
_SIGNATURE = re.compile(
    rf"\s*(?:{_DIMENSIONS}\s*(?:,\s*{_DIMENSIONS}\s*)*)?->\s*{_DIMENSIONS}\s*(?:,\s*{_DIMENSIONS}\s*)*,?\s*"
)


def _parsed(signature: str) -> tuple[list[Core], list[Core], bool]:
    """Core dimensions of inputs and outputs, and whether the function returns a tuple."""
    if not isinstance(signature, str):
        raise TypeError(f"`signature` has to be of type string, not {type(signature).__name__}")
    if not _SIGNATURE.fullmatch(signature):
        raise ValueError(f"Not a valid gufunc signature: {signature}")
    left, right = ([tuple(re.findall(r"\w+", d)) for d in re.findall(_DIMENSIONS, s)] for s in signature.split("->"))
    return left, right, len(right) > 1 or _ends_with_comma(signature)


def _ends_with_comma(signature: str) -> bool:
    """Whether one output is written as a tuple of one, ``->(i),``."""
    return signature.rstrip().endswith(",")


def apply_gufunc(
    func: Callable[..., Any],
    signature: str,
    *args: Any,
    axes: Any = None,
    axis: int | None = None,
    keepdims: bool = False,
    output_dtypes: Any = None,
    output_sizes: dict[str, int] | None = None,
    vectorize: bool | None = None,
    allow_rechunk: bool = False,
    meta: Any = None,
    **kwargs: Any,
) -> Any:
    """A function of core dimensions, applied along all others.

    Parameters
    ----------
    func : callable
        Takes a block of each array, the core dimensions last and whole, and returns an array, or a tuple of them.
    signature : str
        Core dimensions of inputs and outputs: ``"(i,j),(j)->(i)"``.
    *args : array_like
        Arrays; their other dimensions are broadcast.
    axes : list of tuple of int, optional
        Where the core dimensions stand in each input, and in each output if there are any; last if not given.
    axis : int, optional
        Where the one core dimension stands that all inputs share.
    keepdims : bool
        Whether core dimensions are kept with length 1, where the inputs have as many and the outputs none.
    output_dtypes : dtype or list of dtype, optional
        Dtypes of the outputs; if not given, the function is called once on tiny arrays to find them.
    output_sizes : dict, optional
        Lengths of core dimensions that no input has.
    vectorize : bool, optional
        Whether the function takes core dimensions alone, and is called for each element of the others.
    allow_rechunk : bool
        Accepted as in dask: core dimensions are handed over whole however they are cut.
    meta : array_like or tuple of array_like, optional
        Examples of the outputs, for their dtypes.
    **kwargs
        Passed to the function.

    Returns
    -------
    Array or tuple of Array
        A tuple if the signature has several outputs; those that meet in one result come of the same calls.

    Examples
    --------
    >>> import hyperslab as da
    >>> x = da.arange(6, chunks=3).reshape(2, 3)
    >>> da.apply_gufunc(lambda b: b.mean(axis=-1), "(i)->()", x).compute()
    array([1., 4.])
    >>> low, high = da.apply_gufunc(lambda b: (b.min(-1), b.max(-1)), "(i)->(),()", x)
    >>> high.compute()
    array([2, 5])
    """
    ins, outs, several = _parsed(signature)
    if len(ins) != len(args):
        raise ValueError(f"apply_gufunc: signature {signature} has {len(ins)} inputs, got {len(args)} arguments")
    in_axes, out_axes = _placed(ins, outs, axes, axis, keepdims)
    arrays = [_core_last(asarray(a), core, where) for a, core, where in zip(args, ins, in_axes)]
    pairs = [(a, _names(a, core)) for a, core in zip(arrays, ins)]
    sizes = _lengths(arrays, ins, outs, output_sizes)
    operands = _blockwise.Operands("apply_gufunc", pairs, kwargs)
    loop = list(range(max((a.ndim - len(core) for a, core in zip(arrays, ins)), default=0)))[::-1]
    dtypes = _dtypes(output_dtypes, meta, len(outs))
    unknown = any(d is None for d in dtypes)
    if vectorize:
        otypes = None if unknown else dtypes
        func = np.vectorize(
            func, signature=",".join(_text(c) for c in ins) + "->" + ",".join(_text(c) for c in outs), otypes=otypes
        )
    if unknown:
        dtypes = _tried(func, operands, [len(core) for core in ins], sizes, ins, len(outs))
    lines = [operands.chunks[n] for n in loop]
    cores = [tuple(sizes[n] for n in core) for core in outs]
    if several:
        made = _together(func, operands, loop, lines, [np.dtype(d) for d in dtypes], cores)
    else:
        chunks = [*lines, *((n,) for n in cores[0])]
        made = [_blockwise.run("apply_gufunc", func, operands, [*loop, *outs[0]], chunks, dtypes[0])]
    results = [_core_back(a, core, where, keepdims, ins) for a, core, where in zip(made, outs, out_axes)]
    return tuple(results) if several else results[0]


def _text(core: Core) -> str:
    return f"({','.join(core)})"


def _names(array: Array, core: Core) -> tuple[Any, ...]:
    return (*range(array.ndim - len(core))[::-1], *core)


def _together(
    func: Callable[..., Any],
    operands: _blockwise.Operands,
    loop: list[int],
    lines: list[tuple[int, ...]],
    dtypes: list[np.dtype],
    cores: list[tuple[int, ...]],
) -> list[Array]:
    """Several outputs of one call: they travel as the bytes of one array, from which each is taken."""
    counts = [math.prod(core) for core in cores]
    ends = list(itertools.accumulate(n * d.itemsize for n, d in zip(counts, dtypes)))

    def call(*args: Any, **kwargs: Any) -> np.ndarray:
        made = func(*args, **kwargs)
        if not isinstance(made, tuple | list) or len(made) != len(cores):
            raise ValueError(f"the signature has {len(cores)} outputs, {called} returned {type(made).__name__}")
        return np.concatenate([_bytes(m, core, dtype, called) for m, core, dtype in zip(made, cores, dtypes)], axis=-1)

    called = call.__name__ = _calls.label(func)
    packed = _blockwise.run("apply_gufunc", call, operands, [*loop, "bytes"], [*lines, (ends[-1],)], np.uint8)
    needs: list[_calls.Need] = [*(("along", [d]) for d, _ in enumerate(loop)), _calls.WHOLE]

    def taken(core: tuple[int, ...], dtype: np.dtype, start: int, end: int) -> Array:
        def values(part: np.ndarray) -> np.ndarray:
            # Not sliced before: each slice would be a call of its own.
            return np.frombuffer(part[..., start:end].tobytes(), dtype).reshape(part.shape[:-1] + core)

        grains = ["any"] * len(loop) + ["whole"] * len(core)
        chunks = [*lines, *((n,) for n in core)]
        return _calls.portions("apply_gufunc", values, [(packed, needs)], chunks, dtype, grains)

    return [taken(*of) for of in zip(cores, dtypes, [0, *ends[:-1]], ends)]


def _bytes(made: Any, core: tuple[int, ...], dtype: np.dtype, called: str) -> np.ndarray:
    """One output, the elements of its core dimensions as bytes of the last axis."""
    a = np.asarray(made)
    loop = a.shape[: a.ndim - len(core)]
    a = _calls.conform(a, (*loop, *core), dtype, called)
    flat = np.ascontiguousarray(a).reshape((*loop, math.prod(core)))
    return flat.view(np.uint8) if flat.size else np.empty((*loop, math.prod(core) * dtype.itemsize), np.uint8)


def _placed(
    ins: list[Core], outs: list[Core], axes: Any, axis: int | None, keepdims: bool
) -> tuple[list[Any], list[Any]]:
    """Where the core dimensions stand, of each input and of each output."""
    if axes is not None and axis is not None:
        raise ValueError("Only one of `axis` or `axes` keyword arguments should be given")
    if keepdims and (len({len(c) for c in ins}) > 1 or any(outs)):
        raise ValueError("`keepdims` needs inputs with as many core dimensions and outputs without any")
    if axis is not None:
        if len({c for c in ins if c}) != 1 or any(len(c) > 1 for c in ins):
            raise ValueError("`axis` needs inputs that share one core dimension")
        axes = [(axis,) if core else () for core in ins + outs]
    if axes is None:
        return [tuple(range(-len(c), 0)) for c in ins], [
            tuple(range(-len(c or ins[0] if keepdims else c), 0)) for c in outs
        ]
    given = [(a,) if hasattr(a, "__index__") else tuple(a) for a in axes]
    if len(given) == len(ins) and not any(outs):
        given += [given[0] if keepdims else ()] * len(outs)
    if len(given) != len(ins) + len(outs):
        raise ValueError(f"`axes` name {len(given)} arrays, the signature has {len(ins) + len(outs)}")
    if keepdims:
        given[len(ins) :] = [g or given[0] for g in given[len(ins) :]]
    for core, where in zip(ins + ([] if keepdims else outs), given):
        if len(core) != len(where):
            raise ValueError(f"`axes` give {where} for the core dimensions {_text(core)}")
    return given[: len(ins)], given[len(ins) :]


def _core_last(a: Array, core: Core, where: tuple[int, ...]) -> Array:
    if a.ndim < len(core):
        raise ValueError(f"apply_gufunc: an array of shape {a.shape} has not the core dimensions {_text(core)}")
    if not core:
        return a
    last = tuple(range(-len(core), 0))
    return _calls.rechunked(_manipulation.moveaxis(a, where, last), dict.fromkeys(last, -1))


def _core_back(a: Array, core: Core, where: tuple[int, ...], keepdims: bool, ins: list[Core]) -> Array:
    if keepdims:
        a = a[(..., *(None,) * len(ins[0]))]
    return _manipulation.moveaxis(a, tuple(range(-len(where), 0)), where) if where else a


def _lengths(arrays: list[Array], ins: list[Core], outs: list[Core], given: dict[str, int] | None) -> dict[str, int]:
    """Lengths of the core dimensions."""
    sizes = dict(given or {})
    seen: dict[str, int] = {}
    for a, core in zip(arrays, ins):
        for name, n in zip(core, a.shape[a.ndim - len(core) :]):
            if seen.setdefault(name, n) != n:
                raise ValueError(f"Dimension {name!r} with different lengths in arrays: {seen[name]} and {n}")
    sizes.update(seen)
    for name in (n for core in outs for n in core if n not in sizes):
        raise ValueError(f"Output dimension {name!r} is of no input: give its length in output_sizes=")
    return sizes


def _dtypes(given: Any, meta: Any, count: int) -> list[Any]:
    if given is None and meta is not None:
        metas = meta if isinstance(meta, tuple | list) else [meta]
        given = [_calls.known_dtype(None, m) for m in metas]
    if given is None:
        return [None] * count
    found = list(given) if isinstance(given, tuple | list) else [given] * count
    if len(found) != count:
        raise ValueError(f"output_dtypes name {len(found)} outputs, the signature has {count}")
    return [np.dtype(d) for d in found]


def _tried(
    func: Any, operands: Any, depths: list[int], sizes: dict[str, int], ins: list[Core], count: int
) -> list[Any]:
    """Dtypes of the outputs for core dimensions as they are, once along the others; else for tiny ones."""

    def tiny(size: int) -> list[Any]:
        blocks = []
        for place in operands.places:
            a = operands.at(place)
            core = [min(sizes[n], 2) for n in ins[place]] if isinstance(place, int) and size else []
            blocks.append(_calls.sample((size,) * (a.ndim - len(core)) + tuple(core), a.dtype))
        args, kwargs = operands.filled(blocks)
        made = func(*args, **kwargs)
        return [np.asarray(m).dtype for m in (made if count > 1 else [made])]

    return _calls.tried(_calls.label(func), tiny)  # type: ignore[no-any-return]


class gufunc:
    """A function with a signature, which is called with arrays: `apply_gufunc` kept for later.

    Parameters
    ----------
    pyfunc : callable
    signature : str
    **options
        As in `apply_gufunc`.

    Examples
    --------
    >>> import hyperslab as da
    >>> mean = da.gufunc(lambda b: b.mean(axis=-1), signature="(i)->()")
    >>> mean(da.ones((2, 3))).compute()
    array([1., 1.])
    """

    def __init__(
        self,
        pyfunc: Callable[..., Any],
        *,
        signature: str | None = None,
        vectorize: bool = False,
        axes: Any = None,
        axis: int | None = None,
        keepdims: bool = False,
        output_sizes: dict[str, int] | None = None,
        output_dtypes: Any = None,
        allow_rechunk: bool = False,
        meta: Any = None,
    ) -> None:
        if signature is None:
            raise ValueError("gufunc: write the signature, such as signature='(i)->()'")
        _parsed(signature)
        self.pyfunc, self.signature = pyfunc, signature
        self.options = {
            "vectorize": vectorize,
            "axes": axes,
            "axis": axis,
            "keepdims": keepdims,
            "output_sizes": output_sizes,
            "output_dtypes": output_dtypes,
            "allow_rechunk": allow_rechunk,
            "meta": meta,
        }
        self.__name__ = _calls.label(pyfunc)
        self.__doc__ = pyfunc.__doc__ or type(self).__doc__

    def __call__(self, *args: Any, allow_rechunk: bool = False, **kwargs: Any) -> Any:
        """The function applied to arrays."""
        return apply_gufunc(self.pyfunc, self.signature, *args, **self.options, **kwargs)


def as_gufunc(signature: str | None = None, **options: Any) -> Callable[[Callable[..., Any]], gufunc]:
    """Decorator that makes a `gufunc` of a function; parameters as those of `gufunc`.

    Examples
    --------
    >>> import hyperslab as da
    >>> @da.as_gufunc("(i)->()")
    ... def mean(block):
    ...     return block.mean(axis=-1)
    >>> mean(da.ones((2, 3))).compute()
    array([1., 1.])
    """
    return lambda pyfunc: gufunc(pyfunc, signature=signature, **options)


def apply_along_axis(
    func1d: Callable[..., Any],
    axis: int,
    arr: Any,
    *args: Any,
    dtype: Any = None,
    shape: Sequence[int] | None = None,
    **kwargs: Any,
) -> Array:
    """A function of 1-d arrays, applied to each line along an axis.

    Parameters
    ----------
    func1d : callable
        Takes a 1-d NumPy array and returns a scalar or an array.
    axis : int
        Axis of the lines, which are handed over whole.
    arr : array_like
        Array.
    dtype, shape : dtype and tuple of int, optional
        What the function returns; if one is not given, it is called once on a line of ones to find both.
    *args, **kwargs
        Passed to the function; lazy arrays among them are handed over whole.

    Examples
    --------
    >>> import hyperslab as da
    >>> x = da.arange(6, chunks=3).reshape(2, 3)
    >>> da.apply_along_axis(lambda line: line.max() - line.min(), 1, x).compute()
    array([2, 2])
    """
    x = asarray(arr)
    axis = normalize_axis_index(axis, x.ndim)
    if 0 in (*x.shape[:axis], *x.shape[axis + 1 :]):
        raise ValueError(f"Cannot apply_along_axis when any iteration dimensions are 0: {x.shape}")
    out: list[Any] = list(range(x.ndim))
    operands = _blockwise.Operands("apply_along_axis", [(x, out), *((a, None) for a in args)], kwargs)
    if dtype is None or shape is None:
        line = _calls.sample((x.shape[axis],), x.dtype)
        others = [_calls.sample(a.shape, a.dtype) for a in map(operands.at, operands.places[1:])]

        def tiny(size: int) -> np.ndarray:
            (part, *more), named = operands.filled([line if size else line[:0], *others])
            return np.asarray(func1d(part, *more, **named))

        made = _calls.tried(_calls.label(func1d), tiny)
        dtype, shape = dtype or made.dtype, made.shape if shape is None else shape
    chunks = [*x.chunks[:axis], *((int(n),) for n in shape), *x.chunks[axis + 1 :]]
    names = [*out[:axis], *(f"made {k}" for k in range(len(shape))), *out[axis + 1 :]]

    def lines(block: np.ndarray, *more: Any, **named: Any) -> Any:
        return np.apply_along_axis(func1d, axis, block, *more, **named)

    lines.__name__ = _calls.label(func1d)
    return _blockwise.run("apply_along_axis", lines, operands, names, chunks, dtype)
