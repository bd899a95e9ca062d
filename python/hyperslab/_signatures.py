"""Which loop of a ufunc runs, where ``dtype=``, ``signature=`` or ``casting=`` say so: as NumPy resolves dtypes."""

from __future__ import annotations

from typing import Any

import numpy as np

from hyperslab import _calls, _dtypes
from hyperslab._array import Array
from hyperslab._convert import expression
from hyperslab._rows import apply_ufunc

#: What NumPy takes for ``signature=``: dtypes of operands and result, None where they are free.
Signature = tuple[Any, ...]


def parsed(ufunc: np.ufunc, signature: Any, dtype: Any) -> Signature | None:
    """A ``signature=`` or ``dtype=`` as one dtype for each operand and the result; `None` if neither is given."""
    free = (None,) * ufunc.nin
    if signature is None:
        return None if dtype is None else (*free, np.dtype(dtype))
    if dtype is not None:
        raise TypeError("cannot specify both 'signature' and 'dtype'")
    if isinstance(signature, str):
        operands, arrow, results = signature.partition("->")
        parts: Signature = (*operands, *results) if arrow else tuple(signature)
        if any(code not in np.typecodes["All"] for code in parts):
            raise ValueError(f"signature={signature!r}: invalid data-type for array")
        if arrow and (len(operands), len(results)) != (ufunc.nin, 1):
            raise ValueError(
                f"signature={signature!r}: a type-string for {ufunc.__name__}, {ufunc.nin} typecode(s) before "
                "and 1 after the ->"
            )
    elif isinstance(signature, tuple):
        parts = signature
    else:
        raise TypeError("the signature object to ufunc must be a string or a tuple.")
    if len(parts) == 1:
        parts = (*free, *parts)
    if len(parts) != ufunc.nin + 1:
        raise ValueError(
            f"{ufunc.__name__}: a signature has {ufunc.nin + 1} dtypes, one for each operand and the result, not "
            f"{len(parts)}"
        )
    return tuple(None if part is None else np.dtype(part) for part in parts)


def apply(ufunc: np.ufunc, operands: tuple[Any, ...], wanted: Signature | None, casting: str) -> Array:
    """The ufunc by the loop that NumPy runs.

    Raises
    ------
    TypeError
        If there is none, or an operand may not be cast to its dtype.
    OverflowError
        If a Python integer is out of bounds of the dtype of its operand.
    """
    weak = [isinstance(x, int | float | complex) and not isinstance(x, bool | np.generic) for x in operands]
    if all(weak):
        weak = [False] * len(weak)
    arrays = [x if w else Array(expression(x)) for x, w in zip(operands, weak)]
    given = [type(x) if w else x.dtype for x, w in zip(arrays, weak)]
    chosen = {} if wanted is None else {"signature": wanted}
    loop = ufunc.resolve_dtypes((*given, None), casting=casting, **chosen)  # type: ignore[arg-type]
    for d in loop:
        _dtypes.native(d)
    ready = [
        Array(expression(np.asarray(x, d))) if w else x if x.dtype == d else Array(x._expr.astype(d.name, "unsafe"))
        for x, w, d in zip(arrays, weak, loop)
    ]
    try:
        made = apply_ufunc(ufunc.__name__, tuple(ready))
        if made.dtype == loop[-1]:
            return made
    except (TypeError, NotImplementedError):
        pass

    def run(*blocks: np.ndarray) -> Any:
        return ufunc(*blocks, signature=loop, casting="unsafe")

    return _calls.elementwise(ufunc.__name__, run, ready, loop[-1])
