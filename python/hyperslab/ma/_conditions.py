"""Elements masked by what they are: compared with values, not finite."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from hyperslab import _numeric
from hyperslab._array import Array
from hyperslab._rows import apply_ufunc
from hyperslab.ma._creation import filled, masked_array
from hyperslab.ma._masked import MaskedArray
from hyperslab.ma._reductions import masked
from hyperslab.ma._ufuncs import compare, not_finite, union


def fix_invalid(a: Any, mask: Any = np.ma.nomask, copy: bool = True, fill_value: Any = None) -> MaskedArray:
    """What is not finite masked, and the fill value in its place.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.ma.fix_invalid([1.0, float("nan")], fill_value=0).data.compute()
    array([1., 0.])
    """
    x = masked_array(a, mask=mask)
    bad = not_finite(x.data)
    value = np.asarray(x.fill_value if fill_value is None else fill_value).astype(x.dtype)
    return MaskedArray(apply_ufunc("where", (bad, value, x.data)), union([x._hidden, bad], x.data), x._fill)


def masked_where(condition: Any, a: Any, copy: bool = True) -> MaskedArray:
    """Elements masked where a condition holds.

    Parameters
    ----------
    condition : array_like of bool
        Of the shape of `a`; what is masked in it is not masked by it.
    a : array_like
        Array.
    copy : bool
        Accepted as in NumPy, without effect.

    Raises
    ------
    IndexError
        If the shapes differ.

    Examples
    --------
    >>> import hyperslab as da
    >>> x = da.arange(4)
    >>> da.ma.masked_where(x > 2, x).sum().compute()
    np.int64(3)
    """
    x = masked(a)
    test = masked(condition)
    if test.shape not in ((), x.shape):
        raise IndexError(f"Inconsistent shape between the condition and the input (got {test.shape} and {x.shape})")
    bad = test.filled(False)
    return MaskedArray(x.data, union([x._hidden, bad if bad.dtype == bool else bad.astype(bool)], x.data), x._fill)


def _by_comparison(name: str, text: str, words: str) -> Callable[..., MaskedArray]:
    def function(x: Any, value: Any, copy: bool = True) -> MaskedArray:
        a = masked(x)
        return masked_where(_compared(name, a, value), a)

    function.__name__ = function.__qualname__ = f"masked_{text}"
    function.__module__ = __name__
    how = repr(getattr(np.ma, f"masked_{text}")(np.arange(3), 1)).replace("\n", "\n    ")
    function.__doc__ = f"""Elements masked where they are {words} a value.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.ma.masked_{text}(da.arange(3), 1).compute()
    {how}
    """
    return function


def _compared(name: str, a: MaskedArray, value: Any) -> Any:
    """The comparison, with values that broadcast to the array."""
    test = compare(name, a, value)
    return test if test.shape == a.shape or not a.ndim else MaskedArray(test.data, test._hidden)


masked_greater = _by_comparison("gt", "greater", "greater than")
masked_greater_equal = _by_comparison("ge", "greater_equal", "greater than or equal to")
masked_less = _by_comparison("lt", "less", "less than")
masked_less_equal = _by_comparison("le", "less_equal", "less than or equal to")
masked_not_equal = _by_comparison("ne", "not_equal", "not equal to")


def masked_equal(x: Any, value: Any, copy: bool = True) -> MaskedArray:
    """Elements masked where they equal a value, which becomes the fill value.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.ma.masked_equal(da.arange(3), 1).compute()
    masked_array(data=[0, --, 2],
                 mask=[False,  True, False],
           fill_value=1)
    """
    if np.ndim(value):
        raise ValueError("masked_equal doesn't support array values: use masked_where(x == value, x)")
    a = masked(x)
    made = masked_where(_compared("eq", a, value), a)
    made.fill_value = value
    return made


def _range(x: Any, v1: Any, v2: Any) -> tuple[MaskedArray, Array, Any, Any]:
    a = masked(x)
    low, high = (v2, v1) if v2 < v1 else (v1, v2)
    return a, a.filled(), low, high


def masked_inside(x: Any, v1: Any, v2: Any, copy: bool = True) -> MaskedArray:
    """Elements masked where they lie between two values, these included.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.ma.masked_inside(da.arange(5), 1, 3).sum().compute()
    np.int64(4)
    """
    a, data, low, high = _range(x, v1, v2)
    return masked_where((data >= low) & (data <= high), a)  # type: ignore[operator]


def masked_outside(x: Any, v1: Any, v2: Any, copy: bool = True) -> MaskedArray:
    """Elements masked where they do not lie between two values.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.ma.masked_outside(da.arange(5), 1, 3).sum().compute()
    np.int64(6)
    """
    a, data, low, high = _range(x, v1, v2)
    return masked_where((data < low) | (data > high), a)  # type: ignore[operator]


def masked_values(
    x: Any, value: Any, rtol: float = 1e-5, atol: float = 1e-8, copy: bool = True, shrink: bool = True
) -> MaskedArray:
    """Floats masked where they are close to a value, others where they equal it; it becomes the fill value.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.ma.masked_values([1.0, 1.1], 1.1).sum().compute()
    np.float64(1.0)
    """
    if np.ndim(value):
        raise ValueError("masked_values doesn't support array values: use masked_where(condition, x)")
    data = filled(x, value)
    near = _numeric.isclose(data, value, rtol, atol) if data.dtype.kind == "f" else data == value
    return masked_array(data, mask=near, fill_value=value)


def masked_invalid(a: Any, copy: bool = True) -> MaskedArray:
    """Elements masked where they are infinite or not a number.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.ma.masked_invalid([1.0, float("nan"), 2.0]).mean().compute()
    np.float64(1.5)
    """
    x = masked(a)
    return masked_where(MaskedArray(not_finite(x.data), x._hidden), x)
