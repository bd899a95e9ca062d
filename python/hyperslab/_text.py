"""Files of text, which NumPy reads and writes: what they hold is in memory then."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from hyperslab import _keywords
from hyperslab._array import Array
from hyperslab._asarray import asarray, from_array
from hyperslab._chunks import Chunks


def _lazy(made: Any, chunks: Chunks) -> Any:
    """What NumPy read, as lazy arrays."""
    if isinstance(made, tuple | list):
        return type(made)(from_array(part, chunks) for part in made)
    return from_array(made, chunks)


@_keywords.accepts("like")
def loadtxt(fname: Any, *args: Any, chunks: Chunks = "auto", **kwargs: Any) -> Any:
    """Array of the numbers in a file of text, read at once; see `numpy.loadtxt`.

    Parameters
    ----------
    fname : str, path, file object or list of str
        File, or its lines.
    *args, **kwargs
        As `numpy.loadtxt` takes them.
    chunks : int, tuple, dict or str
        As in `from_array`.

    Returns
    -------
    Array or list of Array
        A list with ``unpack=True`` of columns of several dtypes.

    Raises
    ------
    NotImplementedError
        For objects.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.loadtxt(["1 2", "3 4"]).sum(axis=0).compute()
    array([4., 6.])
    """
    return _lazy(np.loadtxt(fname, *args, **kwargs), chunks)


@_keywords.accepts("like")
def genfromtxt(fname: Any, *args: Any, chunks: Chunks = "auto", **kwargs: Any) -> Any:
    """Array of the values in a file of text, some of which may be missing, read at once; see `numpy.genfromtxt`.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.genfromtxt(["1,,3"], delimiter=",").compute()
    array([ 1., nan,  3.])
    """
    return _lazy(np.genfromtxt(fname, *args, **kwargs), chunks)


def fromregex(file: Any, regexp: Any, dtype: DTypeLike, encoding: str | None = None, chunks: Chunks = "auto") -> Array:
    """Records that a regular expression finds in a file of text, read at once; see `numpy.fromregex`.

    Parameters
    ----------
    file : str, path or file object
        File.
    regexp : str or pattern
        With a group for each column.
    dtype : structured dtype
        Names and dtypes of the columns.
    encoding : str, optional
        Of the file.
    chunks : int, tuple, dict or str
        As in `from_array`.

    Examples
    --------
    >>> import hyperslab as da
    >>> import io
    >>> found = da.fromregex(io.StringIO("a1 b2"), r"[a-z](\\d)", [("n", int)])
    >>> found["n"].compute()
    array([1, 2])
    """
    return from_array(np.fromregex(file, regexp, dtype, encoding), chunks)


@_keywords.accepts("like")
def fromstring(
    string: str, dtype: DTypeLike = float, count: int = -1, *, sep: str = " ", chunks: Chunks = "auto"
) -> Array:
    """Array of the numbers in a string; see `numpy.fromstring`.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.fromstring("1, 2, 3", dtype=int, sep=",").compute()
    array([1, 2, 3])
    """
    return from_array(np.fromstring(string, dtype, count, sep=sep), chunks)


def savetxt(fname: Any, X: Any, *args: Any, **kwargs: Any) -> None:
    """Write an array of one or two dimensions as text; see `numpy.savetxt`. The array is computed in memory.

    Parameters
    ----------
    fname : str, path or file object
        File.
    X : array_like
        Array.
    *args, **kwargs
        As `numpy.savetxt` takes them.

    Examples
    --------
    >>> import hyperslab as da
    >>> import io
    >>> text = io.StringIO()
    >>> da.savetxt(text, da.eye(2), fmt="%d")
    >>> text.getvalue()
    '1 0\\n0 1\\n'
    """
    np.savetxt(fname, asarray(X).compute(), *args, **kwargs)
