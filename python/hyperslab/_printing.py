"""Arrays as text, as NumPy prints them: of large arrays only the elements that are shown are computed."""

from __future__ import annotations

from typing import Any

import numpy as np

from hyperslab._array import Array
from hyperslab._creation import asarray


def _shown(x: Array, threshold: int, edge: int) -> tuple[np.ndarray, bool]:
    """The array, or, if it is summarised, one as long along each axis as is needed to print its ends."""
    if x.size <= threshold:
        return np.asarray(x.compute()), False
    for axis, n in enumerate(x.shape):
        if n > 2 * edge + 1:
            # The middle element stands for all that are not shown.
            picked = [*range(edge), edge, *range(n - edge, n)]
            x = x[(slice(None),) * axis + (picked,)]  # type: ignore[index]
    return np.asarray(x.compute()), True


def array2string(a: Any, *args: Any, **kwargs: Any) -> str:
    """The elements as text; see `numpy.array2string`.

    Parameters
    ----------
    a : array_like
        Array.
    *args, **kwargs
        As `numpy.array2string` takes them.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.array2string(da.arange(3), separator=", ")
    '[0, 1, 2]'
    >>> da.array2string(da.arange(10**12))
    '[           0            1            2 ... 999999999997 999999999998\\n 999999999999]'
    """
    options = np.get_printoptions()
    threshold, edge = (options[key] if kwargs.get(key) is None else kwargs[key] for key in ("threshold", "edgeitems"))
    shown, summarised = _shown(asarray(a), threshold, edge)
    if summarised:
        kwargs["threshold"] = 0
    return np.array2string(shown, *args, **kwargs)


def array_str(
    a: Any, max_line_width: int | None = None, precision: int | None = None, suppress_small: bool | None = None
) -> str:
    """The elements as text, as ``str`` gives them of NumPy's arrays; see `numpy.array_str`.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.array_str(da.arange(3))
    '[0 1 2]'
    """
    x = asarray(a)
    if x.ndim == 0:
        return np.array_str(np.asarray(x.compute()), max_line_width, precision, suppress_small)
    return array2string(x, max_line_width, precision, suppress_small, " ", "")


def array_repr(
    arr: Any, max_line_width: int | None = None, precision: int | None = None, suppress_small: bool | None = None
) -> str:
    """The elements and the dtype as text, as ``repr`` gives them of NumPy's arrays; see `numpy.array_repr`.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.array_repr(da.arange(3, dtype="i1"))
    'array([0, 1, 2], dtype=int8)'
    """
    x, options = asarray(arr), np.get_printoptions()
    if x.size <= options["threshold"]:
        return np.array_repr(np.asarray(x.compute()), max_line_width, precision, suppress_small)
    width = options["linewidth"] if max_line_width is None else max_line_width
    text = "array(" + array2string(x, max_line_width, precision, suppress_small, ", ", "array(", suffix=")") + ","
    dtype = np.array_repr(np.zeros(1, x.dtype)).partition(", dtype=")[2]
    extra = f"shape={x.shape}" + (f", dtype={dtype}" if dtype else ")")
    last = len(text) - (text.rfind("\n") + 1)
    if last + len(extra) + 1 <= width:
        return f"{text} {extra}"
    return text + "\n" + ("" if issubclass(x.dtype.type, np.flexible) else " " * len("array(")) + extra
