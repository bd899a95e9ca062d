"""Histograms and counts."""

from __future__ import annotations

import operator
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from hyperslab import _calls, _ops, _sorting
from hyperslab._array import Array
from hyperslab._convert import is_array
from hyperslab._creation import asarray, zeros
from hyperslab._join import stack

Edges = np.ndarray | Array


def histogram(
    a: Any, bins: Any = 10, range: Any = None, density: bool | None = None, weights: Any = None
) -> tuple[Array, Edges]:
    """How many elements lie in each of the intervals between edges.

    Parameters
    ----------
    a : array_like
        Array of any shape.
    bins : int or 1-d array_like
        Number of intervals of one width, or their edges in order; edges may be lazy.
    range : pair of float, optional
        Where intervals of one width begin and end, lazy or not; at the smallest and largest element if not given.
    density : bool, optional
        Whether the result is a density, whose integral is 1.
    weights : array_like, optional
        How much each element counts.

    Returns
    -------
    Array, numpy.ndarray or Array
        Counts, and edges: lazy where they depend on lazy arrays.

    Raises
    ------
    NotImplementedError
        For ``bins`` that are a string: their number depends on the elements.

    Examples
    --------
    >>> import hyperslab as da
    >>> counts, edges = da.histogram(da.arange(10, chunks=4), bins=[0, 5, 7, 9])
    >>> counts.compute()
    array([5, 2, 3])
    """
    x, w = _weighted(a, weights)
    given, known = _Bins.of(bins, range, x), np.intp if w is None else w.dtype
    if x.size and not given.operands:
        # NumPy's complaints about dtypes.
        np.histogram(np.zeros(1, x.dtype), *given.arguments(()), weights=None if w is None else np.zeros(1, w.dtype))
    arrays = _calls.handy([x] if w is None else [x, w])

    def count(*parts: np.ndarray) -> np.ndarray:
        block, rest = parts[0], parts[len(arrays) :]
        return np.histogram(block, *given.arguments(rest), weights=parts[1] if w is not None else None)[0]

    counts = _totals("histogram", count, arrays, [(given.count,)], known, given.operands)
    edges = given.edges(x.dtype)
    if not density:
        return counts, edges
    widths = _ops.apply_ufunc("subtract", (edges[1:], edges[:-1])).astype(np.float64)
    return counts / widths / counts.sum(), edges


def histogram_bin_edges(a: Any, bins: Any = 10, range: Any = None, weights: Any = None) -> Array:
    """The edges that `histogram` has; parameters as there.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.histogram_bin_edges(da.arange(5), bins=2).compute()
    array([0., 2., 4.])
    """
    x, _ = _weighted(a, weights)
    return asarray(_Bins.of(bins, range, x).edges(x.dtype))


def _weighted(a: Any, weights: Any) -> tuple[Array, Array | None]:
    x, w = asarray(a), None if weights is None else asarray(weights)
    if w is not None and w.shape != x.shape:
        raise ValueError(f"weights should have the same shape as a: {w.shape} and {x.shape}")
    if x.dtype.kind == "b":
        warnings.warn(f"Converting input from {x.dtype} to uint8 for compatibility.", RuntimeWarning, stacklevel=3)
        x = x.astype(np.uint8)
    return x, w


class _Bins:
    """Intervals as they were asked for: how many, and of which arrays they depend."""

    def __init__(self, bins: Any, range: Any, count: int, operands: Sequence[Array]) -> None:
        self.bins, self.range, self.count, self.operands = bins, range, count, list(operands)

    @classmethod
    def of(cls, bins: Any, range: Any, x: Array) -> _Bins:
        """Those of an array, checked as NumPy checks them."""
        if isinstance(bins, str):
            np.histogram_bin_edges(np.zeros(2), bins)  # Raises where there is no such rule.
            raise NotImplementedError(
                f"bins={bins!r}: how many there are depends on the elements: pass a number, or the edges "
                "numpy.histogram_bin_edges(x.compute(), bins)"
            )
        if is_array(bins):
            if bins.ndim > 1:
                raise ValueError(f"`bins` must be 1d, when an array, not of shape {bins.shape}")
            if bins.ndim != 1:
                raise NotImplementedError("bins that are a lazy array must be 1-d, the edges: compute their number")
            if bins.shape[0] < 1:
                raise ValueError("`bins` must have edges")
            return cls(None, None, bins.shape[0] - 1, [bins])
        empty = np.empty(0, x.dtype)
        if np.ndim(bins) == 0 and (is_array(range) or (range is not None and any(is_array(r) for r in range))):
            np.histogram_bin_edges(empty, bins)
            low, high = asarray(range[0]), asarray(range[1])
            return cls(bins, None, operator.index(bins), [low, high])
        edges = np.histogram_bin_edges(empty, bins, range)
        if np.ndim(bins) == 0 and range is None and x.size:
            return cls(bins, None, operator.index(bins), [_ops.FUNCTIONS["min"](x), _ops.FUNCTIONS["max"](x)])
        return cls(bins if np.ndim(bins) == 0 else edges, range, max(len(edges) - 1, 0), [])

    def arguments(self, arrays: Sequence[np.ndarray]) -> tuple[Any, Any]:
        """``bins`` and ``range`` for NumPy, given the computed operands."""
        if not self.operands:
            return self.bins, self.range
        if self.bins is None:
            return arrays[0], None
        return self.bins, (arrays[0][()], arrays[1][()])

    def edges(self, dtype: np.dtype) -> Edges:
        """The edges."""
        empty = np.empty(0, dtype)
        if not self.operands:
            return np.histogram_bin_edges(empty, *self.arguments(()))
        if self.bins is None:
            return self.operands[0]
        sample = [np.zeros((), a.dtype) for a in self.operands]
        made = np.histogram_bin_edges(empty, *self.arguments(sample))

        def call(block: Any, start: Any, *ends: np.ndarray) -> np.ndarray:
            return np.histogram_bin_edges(empty, *self.arguments(ends))

        pairs: list[Any] = [(a, []) for a in self.operands]
        return _calls.make("histogram", "histogram_bin_edges", call, pairs, [(self.count + 1,)], made.dtype)


def _totals(
    kind: str,
    count: Callable[..., np.ndarray],
    arrays: Sequence[Array],
    tail: Sequence[tuple[int, ...]],
    dtype: Any,
    whole: Sequence[Array] = (),
    kept: int = 0,
) -> Array:
    """The sum of what a function makes of each block; of the last `kept` axes it gets all."""
    if arrays[0].size == 0:
        return zeros([n for (n,) in tail], dtype)
    ndim = arrays[0].ndim - kept
    lines = [(1,) * n for n in arrays[0].numblocks[:ndim]]

    def call(block: tuple[int, ...], start: tuple[int, ...], *parts: np.ndarray) -> np.ndarray:
        return count(*parts)[(None,) * ndim]

    needs: list[Any] = [
        (a, [("chunks", [d]) if d < ndim else _calls.WHOLE for d, _ in enumerate(a.shape)]) for a in arrays
    ]
    needs += [(a, [_calls.WHOLE] * a.ndim) for a in whole]
    made = _calls.make(kind, kind, call, needs, [*lines, *tail], dtype)
    if made.dtype.kind == "b":
        return _ops.FUNCTIONS["any"](made, axis=tuple(int(d) for d in np.arange(ndim)))
    return _ops.FUNCTIONS["sum"](made, axis=tuple(int(d) for d in np.arange(ndim)), dtype=made.dtype)


def histogramdd(
    sample: Any, bins: Any = 10, range: Any = None, density: bool | None = None, weights: Any = None
) -> tuple[Array, tuple[Edges, ...]]:
    """How many points lie in each of the boxes between edges along every dimension.

    Parameters
    ----------
    sample : array_like of shape (n, d), or sequence of d arrays of n elements
        The points.
    bins : int, or sequence of int or 1-d array_like
        Number of intervals, or their edges, of all dimensions or of each.
    range : sequence of pair of float or None, optional
        Where intervals begin and end; at the smallest and largest coordinate if not given.
    density : bool, optional
        Whether the result is a density, whose integral is 1.
    weights : array_like, optional
        How much each point counts.

    Returns
    -------
    Array, tuple of numpy.ndarray or Array
        Counts, and edges along each dimension: lazy where they depend on lazy arrays.

    Examples
    --------
    >>> import hyperslab as da
    >>> points = da.array([[0, 0], [1, 3], [1, 3]], chunks=2)
    >>> counts, edges = da.histogramdd(points, bins=(2, 3))
    >>> counts.compute()
    array([[1., 0., 0.],
           [0., 0., 2.]])
    """
    x = _points(sample)
    n, d = x.shape
    w = None if weights is None else asarray(weights)
    if w is not None and w.shape != (n,):
        raise ValueError(f"histogramdd: weights of shape {w.shape} for {n} points")
    listed = list(bins) if np.iterable(bins) else [bins] * d
    if len(listed) != d:
        raise ValueError("The dimension of bins must be equal to the dimension of the sample x.")
    if range is not None and len(range) != d:
        raise ValueError("range argument must have one entry per dimension")
    edges = [_edges(x[:, i], b, r) for i, (b, r) in enumerate(zip(listed, range or [None] * d))]
    # Edges that are computed are checked by NumPy, with the points.
    checked = any(is_array(b) for b in listed) or not all(a.dtype.kind in "iuf" for a in (x, *edges))
    weights = None if w is None else w.astype(np.float64, casting="safe")
    counts = (_boxes_by_numpy if checked else _boxes)(x, edges, weights)
    if density:
        total = counts.sum()
        for i, e in enumerate(edges):
            widths = _ops.apply_ufunc("subtract", (e[1:], e[:-1]))
            counts = counts / widths[(slice(None),) + (None,) * (d - i - 1)]
        counts = counts / total
    return counts, tuple(edges)


def _boxes(x: Array, edges: Sequence[Edges], w: Array | None) -> Array:
    """Points in each box: by the number of the box, where what lies outside has boxes of its own on either side."""
    boxes = [len(e) + 1 for e in edges]
    number: Any = 0
    for i, e in enumerate(edges):
        line, own = asarray(e), x[:, i]
        place: Any = _sorting.places_in(line, own, "right")
        # The last edge belongs to the last interval.
        number = number * boxes[i] + (place - (own == line[-1]))
    arrays = _calls.handy([number] if w is None else [number, w])

    def count(block: np.ndarray, *more: np.ndarray) -> np.ndarray:
        flat = np.bincount(block, *more, minlength=int(np.prod(boxes)))  # type: ignore[misc]
        return flat.reshape(boxes)[(slice(1, -1),) * len(boxes)].astype(np.float64)

    return _totals("histogramdd", count, arrays, [(len(e) - 1,) for e in edges], np.float64)


def _boxes_by_numpy(x: Array, edges: Sequence[Edges], w: Array | None) -> Array:
    """The same by `numpy.histogramdd` on blocks of points."""
    arrays = [_calls.rechunked(_calls.handy([x])[0], {1: -1})]
    if w is not None:
        arrays.append(_calls.rechunked(w, {0: arrays[0].chunks[0]}))
    lazy = [i for i, e in enumerate(edges) if is_array(e)]

    def count(*parts: np.ndarray) -> np.ndarray:
        own: list[Any] = list(edges)
        for i, e in zip(lazy, parts[len(arrays) :]):
            own[i] = e
        return np.histogramdd(parts[0], own, weights=parts[1] if w is not None else None)[0]

    whole: list[Array] = [edges[i] for i in lazy]  # type: ignore[misc]
    return _totals("histogramdd", count, arrays, [(len(e) - 1,) for e in edges], np.float64, whole, kept=1)


def _points(sample: Any) -> Array:
    """Points as the rows of one array."""
    if isinstance(sample, tuple | list) and any(is_array(s) for s in sample):
        arrays = [asarray(s) for s in sample]
        return stack([a.astype(np.result_type(*(b.dtype for b in arrays))) for a in arrays], axis=1)
    if is_array(sample) and sample.ndim == 2:
        return sample
    x = asarray(sample) if is_array(sample) or getattr(sample, "ndim", 0) == 2 else asarray(np.atleast_2d(sample).T)
    if x.ndim > 2:
        raise ValueError(f"histogramdd: points must be a 2-d array, not of shape {x.shape}")
    return x if x.ndim == 2 else x.reshape(-1, 1)


def _edges(x: Array, bins: Any, span: Any) -> Edges:
    """Edges along one dimension, of which the coordinates are given."""
    if is_array(bins):
        return bins
    empty = np.empty((0, 1), x.dtype)
    made = np.histogramdd(empty, [bins], None if span is None else [span])[1][0]
    if np.ndim(bins) or span is not None or x.size == 0:
        return made

    def call(block: Any, start: Any, low: np.ndarray, high: np.ndarray) -> np.ndarray:
        return np.histogramdd(np.stack([low, high])[:, None], [bins])[1][0]

    dtype = call(None, None, *np.arange(2).astype(x.dtype)).dtype
    pairs: list[Any] = [(_ops.FUNCTIONS[name](x), []) for name in ("min", "max")]
    return _calls.make("histogramdd", "linspace", call, pairs, [(len(made),)], dtype)


def histogram2d(
    x: Any, y: Any, bins: Any = 10, range: Any = None, density: bool | None = None, weights: Any = None
) -> tuple[Array, Edges, Edges]:
    """How many points of a plane lie in each of the boxes between edges; see `histogramdd`.

    Examples
    --------
    >>> import hyperslab as da
    >>> counts, xedges, yedges = da.histogram2d(da.array([1, 2, 2]), da.array([1, 3, 3]), bins=2)
    >>> counts.compute()
    array([[1., 0.],
           [0., 2.]])
    """
    a, b = asarray(x), asarray(y)
    if len(a) != len(b):
        raise ValueError(f"x and y must have the same length: {len(a)} and {len(b)}")
    if hasattr(bins, "__len__") and len(bins) not in (1, 2):
        bins = [bins, bins]
    counts, edges = histogramdd([a, b], bins, range, density, weights)
    return counts, edges[0], edges[1]


def bincount(x: Any, weights: Any = None, minlength: int = 0, split_every: int | None = None) -> Array:
    """How often each number comes.

    Parameters
    ----------
    x : 1-d array_like of int
        Numbers that are not negative.
    weights : array_like, optional
        How much each of them counts.
    minlength : int
        Length of the result, which must be given for lazy arrays; larger numbers are refused when it is computed.
    split_every : int, optional
        Accepted as in dask; without effect.

    Raises
    ------
    NotImplementedError
        For lazy numbers without `minlength`: the length of the result would not be known.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.bincount(da.array([1, 3, 1]), minlength=4).compute()
    array([0, 2, 0, 1])
    """
    n = operator.index(minlength)
    a, w = asarray(x), None if weights is None else asarray(weights)
    if a.ndim != 1:
        raise ValueError(f"bincount: the numbers must be a 1-d array, not of shape {a.shape}")
    if w is not None and w.shape != a.shape:
        raise ValueError(f"The weights and list don't have the same length: {w.shape} and {a.shape}")
    if w is not None and not np.can_cast(w.dtype, np.float64):
        raise TypeError(
            f"Cannot cast array data from dtype('{w.dtype}') to dtype('float64') according to the rule 'safe'"
        )
    empty = np.bincount(np.empty(0, a.dtype), None if w is None else np.empty(0, w.dtype), n)
    if a.size == 0:
        return asarray(empty)
    if not is_array(x):
        # What lies in memory can be asked for its largest number.
        n = max(n, int(np.max(np.asarray(x))) + 1)
    elif n == 0:
        raise NotImplementedError(
            "bincount of a lazy array: its length would not be known: pass minlength=, more than the largest number"
        )

    def count(block: np.ndarray, *more: np.ndarray) -> np.ndarray:
        made = np.bincount(block, *more, minlength=n)  # type: ignore[misc]
        if len(made) > n:
            raise ValueError(f"bincount: {len(made) - 1} is not below minlength={n}, the length of the result")
        return made

    arrays = _calls.handy([a] if w is None else [a, w])
    return _totals("bincount", count, arrays, [(n,)], np.intp if w is None else np.float64)
