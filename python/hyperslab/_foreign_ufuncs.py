"""Ufuncs that are no rows of the tables, such as those of scipy.special and numba: their own loops, block by block."""

from __future__ import annotations

from typing import Any

import numpy as np

from hyperslab import _opaque, _outputs
from hyperslab._rows import apply_ufunc


def call(ufunc: np.ufunc, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """``ufunc(*inputs, **kwargs)``, of which some are lazy arrays.

    Raises
    ------
    TypeError
        What the ufunc raises where it has no loop for the dtypes.
    NotImplementedError
        For ``where=`` of a ufunc with several outputs.
    """
    options = dict(kwargs)
    out, where = options.pop("out", None), options.pop("where", True)
    if where is not True and ufunc.nout > 1:
        raise NotImplementedError(f"{ufunc.__name__}: where= with several outputs: choose among each with numpy.where")
    made = _opaque.elementwise(ufunc, inputs, **options)
    if ufunc.nout > 1:
        given = out if isinstance(out, tuple) else (None,) * ufunc.nout
        return tuple(_outputs.deliver(m, o, ufunc.__name__, stretch=True) for m, o in zip(made, given))
    if where is not True:
        other = np.zeros((), made.dtype) if out is None else out
        made = apply_ufunc("where", (_outputs.mask(where), made, other))
    return _outputs.deliver(made, _outputs.single(out), ufunc.__name__, stretch=True)
