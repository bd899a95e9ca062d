"""Ufuncs, reductions and scans: functions, methods, operators and their documentation, made from the native tables."""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from hyperslab import _dtypes, _native
from hyperslab._array import Array
from hyperslab._convert import expression, operand

UFUNCS: dict[str, dict[str, Any]] = {row["name"]: row for row in _native.ufunc_table()}
REDUCERS: dict[str, dict[str, Any]] = {row["name"]: row for row in _native.reducer_table()}
SCANNERS: dict[str, dict[str, Any]] = {row["name"]: row for row in _native.scanner_table()}

#: Rows whose functions take more than operands: they are written out in `hyperslab._numeric`.
BY_HAND = {"where", "clip", "real", "imag", "angle", "divmod"}

_UFUNC_DOC = """{doc}

Parameters
----------
{params}
dtype : dtype, optional
    Dtype to compute in; by NumPy's promotion rules if not given.

Returns
-------
hyperslab.Array
    Of the shape that the arguments broadcast to.

Raises
------
TypeError
    If the operation has no meaning for the dtypes.
ValueError
    If the shapes do not broadcast.

See Also
--------
numpy.{name}

Examples
--------
>>> import hyperslab as da
>>> x = da.ones((2, 3), chunks=(1, 3), dtype="{example}")
>>> y = da.{name}({args})
>>> y.shape, y.dtype
({shape}, {result!r})
"""

_REDUCER_DOC = """{doc}

Parameters
----------
a : array_like
    Array of any shape.
axis : {axes}, optional
    Axes to reduce; all if not given. Negative ones count from the end.
{extra}keepdims : bool
    Whether reduced axes stay, with length 1.

Returns
-------
hyperslab.Array
    The array without the reduced axes, or with them at length 1.

Raises
------
numpy.exceptions.AxisError
    If there is no such axis.
TypeError
    If the reduction has no meaning for the dtype.

See Also
--------
numpy.{name}

Examples
--------
>>> import hyperslab as da
>>> x = da.ones((2, 3), chunks=(1, 3))
>>> y = da.{name}(x, axis=0)
>>> y.shape, y.dtype
((3,), {result!r})
"""

_SCANNER_DOC = """{doc}

Parameters
----------
a : array_like
    Array of any shape.
axis : int, optional
    Axis to go along; the elements in C order if not given. Negative ones count from the end.
dtype : dtype, optional
    Dtype to accumulate in.

Returns
-------
hyperslab.Array
    Of the shape of `a`; with one dimension if no axis is given.

Raises
------
numpy.exceptions.AxisError
    If there is no such axis.
TypeError
    If the operation has no meaning for the dtype.

See Also
--------
numpy.{name}

Examples
--------
>>> import hyperslab as da
>>> da.{name}(da.array([3, 1, 4]), axis=0).compute()
{result!r}
"""


def apply_ufunc(name: str, operands: tuple[Any, ...], dtype: Any = None) -> Array:
    """A row of the ufunc table over operands."""
    ready = [operand(x) for x in operands]
    if not any(isinstance(x, _native.Expr) for x in ready):
        ready = [expression(x) for x in operands]
    return Array(_native.ufunc(name, ready, _dtypes.optional_name(dtype)))


def refuse_ufunc_options(name: str, out: Any = None, where: Any = True, **rest: Any) -> None:
    """Raise for what a lazy ufunc cannot do, naming what does it."""
    if out is not None and out != (None,) and any(o is not None for o in (out if isinstance(out, tuple) else (out,))):
        raise NotImplementedError(
            f"{name}: out= needs a place to write to, and a lazy array has none: use hyperslab.store(result, target)"
        )
    if where is not True:
        raise NotImplementedError(f"{name}: where= is not supported: use hyperslab.where(mask, {name}(...), other)")
    for key, value in rest.items():
        if (key, value) not in {("casting", "same_kind"), ("order", "K"), ("subok", True)}:
            raise NotImplementedError(f"{name}: {key}={value!r} is not supported: cast with astype first")


def _parameter(name: str, kind: Any, default: Any = inspect.Parameter.empty) -> inspect.Parameter:
    return inspect.Parameter(name, kind, default=default)


def _ufunc_arguments(nin: int) -> list[str]:
    return ["x"] if nin == 1 else [f"x{i + 1}" for i in range(nin)]


def _make_ufunc(row: dict[str, Any]) -> Callable[..., Array]:
    name, nin = row["name"], row["nin"]

    def function(*args: Any, out: Any = None, where: Any = True, dtype: Any = None, **kwargs: Any) -> Array:
        if len(args) != nin:
            raise TypeError(f"{name}() takes {nin} positional arguments but {len(args)} were given")
        if out is not None or where is not True or kwargs:
            refuse_ufunc_options(name, out, where, **kwargs)
        return apply_ufunc(name, args, dtype)

    names = _ufunc_arguments(nin)
    positional = [_parameter(n, inspect.Parameter.POSITIONAL_ONLY) for n in names]
    keyword = _parameter("dtype", inspect.Parameter.KEYWORD_ONLY, None)
    function.__signature__ = inspect.Signature([*positional, keyword])  # type: ignore[attr-defined]
    function.__doc__ = _ufunc_doc(row, names)
    return _named(function, name)


def _named(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    function.__name__ = function.__qualname__ = name
    function.__module__ = __name__
    return function


def _ufunc_doc(row: dict[str, Any], names: list[str]) -> str:
    nin = row["nin"]
    one = {"float64": "1.0", "int64": "1", "bool": "True", "timedelta64[s]": "1", "datetime64[s]": "1"}
    for example in one:
        try:
            x = _native.full([2, 3], example, np.ones((), example).tobytes(), ([1, 3], None, None))
            result = _native.ufunc(row["name"], [x] * nin, None)
        except (TypeError, NotImplementedError):
            continue
        params = f"{', '.join(names)} : array_like\n    Arrays or numbers; shapes broadcast."
        args, dtype = ", ".join(["x"] * nin), np.dtype(result.dtype)
        fields = {"example": example, "args": args, "shape": result.shape, "result": dtype}
        return _UFUNC_DOC.format(doc=row["doc"], name=row["name"], params=params, **fields)
    return row["doc"]


def _axes(axis: Any) -> list[int] | None:
    if axis is None:
        return None
    if isinstance(axis, tuple | list):
        return [operator.index(a) for a in axis]
    return [operator.index(axis)]


#: What `where=` puts in place of elements left out, and the ufunc that joins `initial=` to the result.
_NEUTRAL = {"sum": 0, "prod": 1, "any": False, "all": True, "nansum": 0, "nanprod": 1, "count_nonzero": 0}
_JOIN = {"sum": "add", "prod": "multiply", "min": "minimum", "max": "maximum", "nansum": "add", "nanprod": "multiply"}


def _masked(name: str, a: Array, where: Any, initial: Any) -> Array:
    if where is True:
        return a
    if name in ("min", "max") and initial is not None:
        return apply_ufunc("where", (where, a, np.asarray(initial).astype(a.dtype)))
    if name not in _NEUTRAL:
        way = "give initial=" if name in ("min", "max") else f"use nan{name}(where(mask, x, nan))"
        raise NotImplementedError(f"{name}: where= is not supported here: {way}")
    return apply_ufunc("where", (where, a, np.asarray(_NEUTRAL[name]).astype(a.dtype)))


def _make_reducer(row: dict[str, Any]) -> Callable[..., Array]:
    name, is_arg = row["name"], row["is_arg"]
    signature = _reducer_signature(row)

    def function(a: Any, axis: Any = None, *args: Any, **kwargs: Any) -> Array:
        # What each row takes besides stands in its signature alone.
        given = signature.bind(a, axis, *args, **kwargs).arguments if args or kwargs else {}
        if given.get("out") is not None:
            raise NotImplementedError(f"{name}: out= needs a place to write to: use hyperslab.store(result, target)")
        a = Array(expression(a))
        initial, where = given.get("initial"), given.get("where", True)
        if where is None:
            where = True
        a = _masked(name, a, where, initial)
        if is_arg and isinstance(axis, tuple | list):
            raise TypeError(f"{name}: axis takes an integer or None, not {axis!r}")
        ddof = given.get("ddof", 0)
        if given.get("correction") is not None:
            if ddof != 0:
                raise ValueError("ddof and correction can't be provided simultaneously.")
            ddof = given["correction"]
        dtype = _dtypes.optional_name(given.get("dtype"))
        result = Array(a._expr.reduce(name, _axes(axis), bool(given.get("keepdims", False)), dtype, float(ddof)))
        return result if initial is None else apply_ufunc(_JOIN[name], (result, initial))

    function.__signature__ = signature  # type: ignore[attr-defined]
    function.__doc__ = _reducer_doc(row)
    return _named(function, name)


def _reducer_signature(row: dict[str, Any]) -> inspect.Signature:
    plain, keyword = inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY
    name = row["name"]
    params = [_parameter("a", plain), _parameter("axis", plain, None)]
    if row["takes_dtype"]:
        params.append(_parameter("dtype", plain, None))
    if name == "count_nonzero":
        return inspect.Signature([*params, _parameter("keepdims", keyword, False)])
    params.append(_parameter("out", plain, None))
    if row["takes_ddof"]:
        params.append(_parameter("ddof", plain, 0))
    # NumPy takes keepdims of positions by name only.
    params.append(_parameter("keepdims", keyword if row["is_arg"] else plain, False))
    if name in _JOIN:
        params.append(_parameter("initial", keyword, None))
    if not row["is_arg"]:
        params.append(_parameter("where", keyword, True))
    if row["takes_ddof"]:
        params.append(_parameter("correction", keyword, None))
    return inspect.Signature(params)


def _reducer_doc(row: dict[str, Any]) -> str:
    extra = ""
    if row["takes_dtype"]:
        extra += "dtype : dtype, optional\n    Dtype to accumulate in.\n"
    if row["takes_ddof"]:
        extra += "ddof : float\n    Degrees of freedom taken off the number of elements.\n"
    x = _native.full([2, 3], "float64", np.ones(()).tobytes(), ([1, 3], None, None))
    result = np.dtype(x.reduce(row["name"], [0], False, None, 0.0).dtype)
    axes = "int" if row["is_arg"] else "int or tuple of int"
    return _REDUCER_DOC.format(doc=row["doc"], name=row["name"], axes=axes, extra=extra, result=result)


def scan(name: str, a: Any, axis: Any = None, dtype: Any = None) -> Array:
    """A row of the table of scans over an array."""
    axis = None if axis is None else operator.index(axis)
    return Array(_native.scan(name, expression(a), axis, _dtypes.optional_name(dtype)))


def _make_scanner(row: dict[str, Any]) -> Callable[..., Array]:
    name = row["name"]

    def function(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Array:
        if out is not None:
            raise NotImplementedError(f"{name}: out= needs a place to write to: use hyperslab.store(result, target)")
        return scan(name, a, axis, dtype)

    plain = inspect.Parameter.POSITIONAL_OR_KEYWORD
    options = [_parameter(n, plain, None) for n in ("axis", "dtype", "out")]
    function.__signature__ = inspect.Signature([_parameter("a", plain), *options])  # type: ignore[attr-defined]
    result = getattr(np, name)([3, 1, 4])
    function.__doc__ = _SCANNER_DOC.format(doc=row["doc"], name=name, result=result)
    return _named(function, name)


def _understood(x: Any) -> bool:
    return isinstance(x, Array | np.ndarray | np.generic | bool | int | float | complex | list | tuple) or (
        hasattr(x, "shape") and hasattr(x, "dtype")
    )


def _make_operator(row: dict[str, Any], reflected: bool) -> Callable[..., Any]:
    name = row["name"]
    if row["nin"] == 1:
        return lambda self: apply_ufunc(name, (self,))

    def method(self: Array, other: Any) -> Any:
        if not _understood(other):
            return NotImplemented
        return apply_ufunc(name, (other, self) if reflected else (self, other))

    return method


def _as_method(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with the array as its first argument, under a name of its own."""

    def method(self: Array, *args: Any, **kwargs: Any) -> Array:
        return function(self, *args, **kwargs)

    own = list(inspect.signature(function).parameters.values())[1:]
    first = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    if any(p.kind is inspect.Parameter.POSITIONAL_ONLY for p in own):
        first = first.replace(kind=inspect.Parameter.POSITIONAL_ONLY)
    method.__signature__ = inspect.Signature([first, *own])  # type: ignore[attr-defined]
    method.__doc__ = (function.__doc__ or "").partition("\n")[0] + f" See `hyperslab.{function.__name__}`."
    method.__name__, method.__qualname__ = name, f"Array.{name}"
    return method


def _install() -> dict[str, Callable[..., Any]]:
    """Every function by name, aliases included; methods and operators go to `Array`."""
    made: dict[str, Callable[..., Any]] = {}
    for row in UFUNCS.values():
        function = _make_ufunc(row)
        for name in (row["name"], *row["aliases"]):
            made[name] = function
            if row["method"] and hasattr(np.ndarray, name) and not hasattr(Array, name):
                setattr(Array, name, _as_method(name, function))
        if row["operator"]:
            _attach(f"__{row['operator']}__", _make_operator(row, reflected=False))
        if row["reflected"]:
            _attach(f"__r{row['operator']}__", _make_operator(row, reflected=True))
    for row in REDUCERS.values():
        made[row["name"]] = _make_reducer(row)
        if row["method"]:
            setattr(Array, row["name"], _as_method(row["name"], made[row["name"]]))
    for row in SCANNERS.values():
        if row["function"]:
            made[row["name"]] = _make_scanner(row)
        if row["method"]:
            setattr(Array, row["name"], _as_method(row["name"], made[row["name"]]))
    return made


def _attach(name: str, method: Callable[..., Any]) -> None:
    method.__name__, method.__qualname__ = name, f"Array.{name}"
    setattr(Array, name, method)


FUNCTIONS = _install()
FUNCTIONS["amin"], FUNCTIONS["amax"] = FUNCTIONS["min"], FUNCTIONS["max"]
__all__ = sorted(set(FUNCTIONS) - BY_HAND)


def __getattr__(name: str) -> Any:
    """The functions as names of this module; as globals they would hide builtins from the code above."""
    try:
        return FUNCTIONS[name]
    except KeyError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
