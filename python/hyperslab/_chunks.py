"""What users write for ``chunks=``, as the native half takes it."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hyperslab import _native

#: What ``chunks=`` takes: one value for all dimensions, one per dimension, or a dict by axis.
Chunks = int | str | None | Sequence[Any] | Mapping[int, Any]

#: Per dimension: a size, ``-1``, ``"auto"`` or the sizes; then the bytes of an automatic chunk, and storage chunks.
Spec = tuple[list[int | str | tuple[int, ...]], int | None, None]


def spec(
    chunks: Chunks, shape: Sequence[int], missing: Sequence[Any] | None = None, limit: int | str | None = None
) -> Spec:
    """What the native half takes.

    Parameters
    ----------
    chunks
        As the user wrote it.
    shape
        Shape of the array.
    missing
        What dimensions get that a dict does not name; whole dimensions if not given.
    limit
        Bytes of an automatic chunk, whatever `chunks` say of them.

    Raises
    ------
    TypeError
        For something that is no size.
    ValueError
        For negative sizes, strings that name no bytes, and axes that do not exist.
    """
    targets: list[int] = []
    dims = [_dimension(c, targets) for c in _per_dimension(chunks, len(shape), missing)]
    if limit is not None:
        targets = [_native.parse_bytes(limit) if isinstance(limit, str) else operator.index(limit)]
    return dims, min(targets, default=None), None


def _per_dimension(chunks: Chunks, ndim: int, missing: Sequence[Any] | None) -> list[Any]:
    if isinstance(chunks, Mapping):
        dims = list(missing) if missing is not None else [-1] * ndim
        for axis, value in chunks.items():
            if not -ndim <= operator.index(axis) < ndim:
                raise ValueError(f"chunks={dict(chunks)} name axis {axis}, the array has {ndim} dimensions")
            dims[axis] = value
        return dims
    if chunks is None or isinstance(chunks, str) or hasattr(chunks, "__index__"):
        return [chunks] * ndim
    if not isinstance(chunks, Iterable):
        raise TypeError(
            f"chunks={chunks!r}: write integers, -1, 'auto', a string such as '64 MiB', or one per dimension"
        )
    dims = list(chunks)
    if ndim == 1 and len(dims) > 1 and all(hasattr(c, "__index__") for c in dims):
        return [dims]
    return dims


def _dimension(value: Any, targets: list[int]) -> int | str | tuple[int, ...]:
    if value is None:
        return -1
    if isinstance(value, str):
        if value != "auto":
            targets.append(_native.parse_bytes(value))
        return "auto"
    if hasattr(value, "__index__") and not isinstance(value, bool):
        return operator.index(value)
    try:
        sizes = tuple(operator.index(size) for size in value)
    except TypeError:
        raise TypeError(
            f"chunks hold {value!r}: per dimension write an integer, -1, None, 'auto', a string such as '64 MiB', "
            "or the sizes of all chunks"
        ) from None
    if any(size < 0 for size in sizes):
        raise ValueError(f"chunks hold negative sizes: {sizes}")
    return sizes


def balanced(chunks: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    """Lengths of chunks that are nearly equal along each dimension, about as long as most of these."""
    return tuple(_balanced(line) for line in chunks)


def _balanced(line: tuple[int, ...]) -> int:
    total, usual = sum(line), sorted(line)[len(line) // 2]
    count = max(1, round(total / usual)) if usual else 1
    return max(1, -(-total // count))
