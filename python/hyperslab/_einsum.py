"""Sums of products by Einstein's notation, as pairs of products along an optimised path."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from hyperslab import _linalg, _ops
from hyperslab._array import Array
from hyperslab._convert import is_array
from hyperslab._creation import asarray
from hyperslab._diagonals import diagonal
from hyperslab._rows import told_as

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

#: An array and the label of each of its axes.
Term = tuple[Array, str]


def einsum(*operands: Any, dtype: Any = None, casting: str = "safe", optimize: Any = True, **kwargs: Any) -> Array:
    """Sums of products of arrays, in Einstein's notation.

    Parameters
    ----------
    *operands
        The subscripts as a string and the arrays; or arrays, each followed by the list of its labels, and the list of
        those of the result.
    dtype : dtype, optional
        Dtype to compute in.
    casting : {"no", "equiv", "safe", "same_kind", "unsafe"}
        Which casts to `dtype` are allowed.
    optimize : bool, str or path
        How the order of the products is found, as in `numpy.einsum_path`; from left to right if false.
    **kwargs
        ``split_every`` of dask, and ``order``, without effect.

    Raises
    ------
    ValueError
        If the subscripts are not valid, or lengths of axes with one label differ.

    Examples
    --------
    >>> import hyperslab as da
    >>> a = da.arange(6).reshape(2, 3)
    >>> da.einsum("ij,kj->ik", a, a).compute()
    array([[ 5, 14],
           [14, 50]])
    """
    if kwargs.pop("out", None) is not None:
        raise NotImplementedError("einsum: out= is not supported: use hyperslab.store(result, target)")
    wrong = set(kwargs) - {"split_every", "order"}
    if wrong:
        raise TypeError(f"einsum() got unexpected keyword arguments {sorted(wrong)}")
    labels, out, arrays = _parse(operands)
    wanted = np.result_type(*(x.dtype for x in arrays)) if dtype is None else np.dtype(dtype)
    terms = [_diagonals(x.astype(wanted, casting=casting), t) for x, t in zip(arrays, labels)]
    _check_lengths(terms)
    for pair in _path(labels, out, arrays, optimize):
        picked = [terms.pop(i) for i in sorted(pair, reverse=True)][::-1]
        while len(picked) > 1:
            rest = set(out).union(*(t for _, t in terms + picked[2:]))
            picked[:2] = [_product(picked[0], picked[1], rest, wanted)]
        terms.append(picked[0])
    x, last = _summed(terms[0], set(out), wanted)
    # NumPy's loop does not look.
    x = told_as(x, tuple(arrays))
    return x.transpose([last.index(label) for label in out]) if last != out else x


def einsum_path(*operands: Any, optimize: Any = "greedy") -> tuple[list[Any], str]:
    """The order of products that `einsum` goes by, and a text about it; see `numpy.einsum_path`.

    Examples
    --------
    >>> import hyperslab as da
    >>> path, text = da.einsum_path("ij,jk", da.ones((2, 3)), da.ones((3, 4)))
    >>> path
    ['einsum_path', (0, 1)]
    """
    return np.einsum_path(*(_shape_only(x) if is_array(x) else x for x in operands), optimize=optimize)


def _shape_only(x: Array) -> np.ndarray:
    """What stands for an array where only its shape is asked for, and takes no memory."""
    return np.broadcast_to(np.zeros((), np.int8), x.shape)


def _parse(operands: Sequence[Any]) -> tuple[list[str], str, list[Array]]:
    """Labels of every operand and of the result, with letters in place of ellipses, and the operands."""
    if not operands:
        raise ValueError("must specify the einstein sum subscripts string and at least one operand")
    if isinstance(operands[0], str):
        text, arrays = operands[0].replace(" ", ""), [asarray(x) for x in operands[1:]]
    else:
        text, arrays = _from_lists(operands)
    inputs, arrow, out = text.partition("->")
    labels = inputs.split(",")
    if len(labels) != len(arrays):
        raise ValueError(f"{len(labels)} subscripts and {len(arrays)} operands: {text!r}")
    spare = [c for c in _LETTERS if c not in text]
    widest = 0
    for i, x in enumerate(arrays):
        if "." in labels[i].replace("...", "", 1):
            raise ValueError(f"einstein sum subscripts string contains a '.' that is not part of an ellipsis: {text!r}")
        count = x.ndim - len(labels[i].replace("...", ""))
        if "..." in labels[i]:
            widest = max(widest, count)
        if count < 0 or (count and "..." not in labels[i]):
            raise ValueError(f"subscripts {labels[i]!r} do not fit operand {i} of {x.ndim} dimensions")
        # Ellipses are matched from the right, as shapes broadcast.
        labels[i] = labels[i].replace("...", "".join(spare[:count][::-1]))
    ellipsis = "".join(spare[:widest][::-1])
    if arrow:
        out = out.replace("...", ellipsis)
    else:
        joined = "".join(labels)
        out = ellipsis + "".join(sorted(c for c in set(joined) if joined.count(c) == 1 and c not in ellipsis))
    bad = [c for c in "".join(labels) + out if c not in _LETTERS]
    if bad:
        raise ValueError(f"invalid subscript {bad[0]!r} in einstein sum subscripts string, subscripts must be letters")
    for c in out:
        if out.count(c) > 1:
            raise ValueError(f"einstein sum subscripts string includes output subscript {c!r} multiple times")
        if c not in "".join(labels):
            raise ValueError(
                f"einstein sum subscripts string included output subscript {c!r} which never appeared in an input"
            )
    return labels, out, arrays


def _from_lists(operands: Sequence[Any]) -> tuple[str, list[Array]]:
    def text(labels: Sequence[Any]) -> str:
        return "".join("..." if label is Ellipsis else _LETTERS[int(label)] for label in labels)

    arrays = [asarray(x) for x in operands[: len(operands) // 2 * 2 : 2]]
    inputs = ",".join(text(labels) for labels in operands[1::2])
    return inputs + ("->" + text(operands[-1]) if len(operands) % 2 else ""), arrays


def _diagonals(x: Array, labels: str) -> Term:
    """With each label once: elements whose indices along axes of one label are the same."""
    for label in sorted(set(labels)):
        while labels.count(label) > 1:
            first = labels.index(label)
            second = labels.index(label, first + 1)
            if x.shape[first] != x.shape[second]:
                raise ValueError(f"axes of subscript {label!r} have lengths {x.shape[first]} and {x.shape[second]}")
            x = diagonal(x, 0, first, second)
            labels = labels.replace(label, "") + label if labels.count(label) == 2 else _without(labels, first, second)
    return x, labels


def _without(labels: str, first: int, second: int) -> str:
    kept = "".join(c for i, c in enumerate(labels) if i not in (first, second))
    return kept + labels[first]


def _check_lengths(terms: list[Term]) -> None:
    lengths: dict[str, int] = {}
    for x, labels in terms:
        for n, label in zip(x.shape, labels):
            if lengths.setdefault(label, n) != n and 1 not in (n, lengths[label]):
                raise ValueError(f"axes of subscript {label!r} have lengths {lengths[label]} and {n}")
            lengths[label] = max(lengths[label], n) if 0 not in (n, lengths[label]) else 0


def _path(labels: list[str], out: str, arrays: list[Array], optimize: Any) -> list[tuple[int, ...]]:
    if len(arrays) == 1:
        return []
    if len(arrays) == 2:
        return [(0, 1)]
    if optimize is False:
        return [(0, 1), *((0, n) for n in range(len(arrays) - 2, 0, -1))]
    text = ",".join(labels) + "->" + out
    strategy = "greedy" if optimize is True else optimize
    return np.einsum_path(text, *(_shape_only(x) for x in arrays), optimize=strategy)[0][1:]


def _summed(term: Term, kept: set[str], dtype: np.dtype) -> Term:
    """Summed over the axes whose label nobody else needs."""
    x, labels = term
    gone = tuple(i for i, c in enumerate(labels) if c not in kept)
    if not gone:
        return term
    options = {} if dtype.kind == "b" else {"dtype": dtype}
    x = _ops.FUNCTIONS["any" if dtype.kind == "b" else "sum"](x, axis=gone, **options)
    return x, "".join(c for c in labels if c in kept)


def _product(left: Term, right: Term, rest: set[str], dtype: np.dtype) -> Term:
    """The product of two terms, summed over labels that nobody else needs."""
    (a, p), (b, q) = (
        _summed(_squeezed(term, other), rest | set(other[1]), dtype) for term, other in ((left, right), (right, left))
    )
    shared = [c for c in p if c in q]
    summed = [c for c in shared if c not in rest]
    kept = [c for c in shared if c in rest]
    free_a, free_b = ([c for c in t if c not in shared] for t in (p, q))
    # Sums of products along whole operands are bound by memory: fused, they read each once.
    if not summed or not (free_a and free_b) or dtype.kind == "b":
        return _elementwise((a, p), (b, q), summed, dtype)
    if not kept:
        axes = ([p.index(c) for c in summed], [q.index(c) for c in summed])
        return _linalg.tensordot(a, b, axes), "".join(free_a + free_b)
    # Labels kept on both sides are a stack of matrices.
    x, y = _ordered((a, p), kept, free_a, summed), _ordered((b, q), kept, summed, free_b)
    lengths = dict(zip(p + q, a.shape + b.shape))
    result = _linalg.matmul(x, y).reshape([lengths[c] for c in (*kept, *free_a, *free_b)])
    return result, "".join([*kept, *free_a, *free_b])


def _squeezed(term: Term, other: Term) -> Term:
    """Without axes of length 1 that the other term repeats: they broadcast."""
    lengths = dict(zip(other[1], other[0].shape))
    gone = [i for i, (n, c) in enumerate(zip(term[0].shape, term[1])) if n == 1 and lengths.get(c, 1) != 1]
    return term[0].squeeze(tuple(gone)), "".join(c for i, c in enumerate(term[1]) if i not in gone)


def _ordered(term: Term, batch: list[str], rows: list[str], columns: list[str]) -> Array:
    """A stack of matrices: each group of labels is one axis, but those of the stack."""
    x, labels = term
    x = x.transpose([labels.index(c) for c in (*batch, *rows, *columns)])
    if len(rows) == len(columns) == 1:
        return x
    n, m = len(batch), len(batch) + len(rows)
    sizes = [int(np.prod(part, dtype=int)) for part in (x.shape[n:m], x.shape[m:])]
    return x.reshape((*x.shape[:n], *sizes))


def _elementwise(left: Term, right: Term, summed: list[str], dtype: np.dtype) -> Term:
    labels = left[1] + "".join(c for c in right[1] if c not in left[1])

    def spread(term: Term) -> Array:
        x, own = term
        x = x.transpose(sorted(range(x.ndim), key=lambda i: labels.index(own[i])))
        return x[tuple(slice(None) if c in own else None for c in labels)]

    product = _ops.apply_ufunc("logical_and" if dtype.kind == "b" else "multiply", (spread(left), spread(right)))
    return _summed((product, labels), set(labels) - set(summed), dtype)
