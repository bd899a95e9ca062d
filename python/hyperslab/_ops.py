"""Ufuncs, reductions and scans: functions, methods, operators and their documentation, made from the native tables."""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from hyperslab import _foreign, _keywords, _messages, _native, _opaque, _outputs, _partial, _ufunc_methods
from hyperslab._array import Array
from hyperslab._composite import Composite, lifted
from hyperslab._convert import expression
from hyperslab._rows import REDUCERS, SCANNERS, UFUNCS, apply_ufunc, fold, scan, told_as

#: Rows whose functions take more than operands, or more than one result: they are written out in `hyperslab._numeric`.
BY_HAND = {"where", "clip", "real", "imag", "angle", "divmod"}

_UFUNC_DOC = """{doc}

Parameters
----------
{params}
out : numpy.ndarray or hyperslab.Array, optional
    Memory to fill, or an array that becomes the result.
where : array_like of bool
    Where to compute; elsewhere `out` stays as it is (zeros without one).
dtype : dtype, optional
    Dtype to compute in; by NumPy's promotion rules if not given.
casting : {{"no", "equiv", "safe", "same_kind", "unsafe"}}
    Which casts are allowed.
signature : str or tuple of dtype, optional
    Dtypes of the operands and the result, None where they are free; ``"dd->d"`` for example.

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


def _parameter(name: str, kind: Any, default: Any = inspect.Parameter.empty) -> inspect.Parameter:
    return inspect.Parameter(name, kind, default=default)


def _ufunc_arguments(nin: int) -> list[str]:
    return ["x"] if nin == 1 else [f"x{i + 1}" for i in range(nin)]


def _make_ufunc(row: dict[str, Any]) -> Callable[..., Array]:
    name, nin = row["name"], row["nin"]

    def function(*args: Any, **options: Any) -> Array:
        if len(args) == nin + 1 and "out" not in options:
            args, options["out"] = args[:nin], args[nin]
        if len(args) != nin:
            raise TypeError(f"{name}() takes {nin} positional arguments but {len(args)} were given")
        if not options:
            return apply_ufunc(name, args)
        if "sig" in options:
            options["signature"] = options.pop("sig")
        return _outputs.call(name, args, **options)

    names = _ufunc_arguments(nin)
    keyword = inspect.Parameter.KEYWORD_ONLY
    positional = [_parameter(n, inspect.Parameter.POSITIONAL_ONLY) for n in names]
    options = {"out": None, "where": True, "dtype": None, "casting": "same_kind", "signature": None}
    parameters = [*positional, *(_parameter(key, keyword, default) for key, default in options.items())]
    function.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
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


def _flag(keepdims: Any) -> bool:
    """``keepdims=`` as NumPy's ufuncs read it."""
    return bool(keepdims if isinstance(keepdims, bool | np.bool_) else operator.index(keepdims))


#: Reductions whose results go into ``out=`` of any dtype, in which they are folded where it is given.
_INTO_ANY = frozenset(("any", "all", "min", "max", "nanmin", "nanmax", "sum", "prod", "nansum", "nanprod"))


def _make_reducer(row: dict[str, Any]) -> Callable[..., Array]:
    name, is_arg = row["name"], row["is_arg"]
    signature = _reducer_signature(row)

    @_keywords.accepts("split_every")
    def function(a: Any, axis: Any = None, *args: Any, **kwargs: Any) -> Array:
        bound = signature.bind(a, axis, *args, **kwargs) if args or kwargs else None
        a = Array(expression(a))
        if is_arg and isinstance(axis, tuple | list):
            raise TypeError(f"{name}: axis takes an integer or None, not {axis!r}")
        if bound is None:
            return fold(name, a, axis)
        # What each row takes besides stands in its signature alone.
        given = {k: v for k, v in bound.arguments.items() if v is not np._NoValue}  # type: ignore[attr-defined]
        ddof = given.get("ddof", 0)
        if getattr(ddof, "shape", None) == ():
            ddof = given["ddof"] = np.asarray(ddof)[()]
        if not isinstance(ddof, int | float | np.number):
            raise TypeError(f"{name}: ddof must be a number, not {ddof!r}")
        if given.get("correction") is not None:
            if ddof != 0:
                raise ValueError("ddof and correction can't be provided simultaneously.")
            ddof = given["correction"]
        out, dtype = _outputs.single(given.get("out")), given.get("dtype")
        keepdims = given.get("keepdims", False)
        if out is not None:
            dtype = _dtype_of_out(name, is_arg, a.dtype, dtype, out)
        result = _partial.reduce(name, a, axis, keepdims if is_arg else _flag(keepdims), dtype, ddof, given)
        if out is None:
            return result
        return _outputs.deliver(result, out, name, "unsafe" if name in _INTO_ANY else "same_kind")

    function.__signature__ = signature  # type: ignore[attr-defined]
    function.__doc__ = _reducer_doc(row)
    return _named(function, name)


def _dtype_of_out(name: str, is_arg: bool, given: np.dtype, dtype: Any, out: Any) -> Any:
    """The dtype to accumulate in, which is that of ``out=`` where nothing else is said."""
    own = getattr(out, "dtype", None)
    if is_arg and own is not None and not np.can_cast(own, np.intp, "safe"):
        raise TypeError(f"Cannot cast array data from {own!r} to {np.dtype(np.intp)!r} according to the rule 'safe'")
    if dtype is None and name in ("sum", "prod", "nansum", "nanprod"):
        return _outputs.dtype_of(out)
    accumulates = name in ("mean", "nanmean")
    if dtype is None and accumulates and own is not None and own.kind in "fc" and np.can_cast(given, own, "safe"):
        return own
    return dtype


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
    if name in _partial.JOIN:
        params.append(_parameter("initial", keyword, None))
    if not row["is_arg"]:
        params.append(_parameter("where", keyword, True))
    if row["takes_ddof"]:
        params += [_parameter("mean", keyword, None), _parameter("correction", keyword, None)]
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


def _make_scanner(row: dict[str, Any]) -> Callable[..., Array]:
    name = row["name"]

    @_keywords.accepts("method")
    def function(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Array:
        out = _outputs.single(out)
        wanted = _outputs.dtype_of(out) if dtype is None else dtype
        return _outputs.deliver(scan(name, a, axis, wanted), out, name, "unsafe")

    plain = inspect.Parameter.POSITIONAL_OR_KEYWORD
    options = [_parameter(n, plain, None) for n in ("axis", "dtype", "out")]
    function.__signature__ = inspect.Signature([_parameter("a", plain), *options])  # type: ignore[attr-defined]
    result = getattr(np, name)([3, 1, 4])
    function.__doc__ = _SCANNER_DOC.format(doc=row["doc"], name=name, result=result)
    return _named(function, name)


def _understood(x: Any) -> bool:
    known = Array | np.ndarray | np.generic | bool | int | float | complex | list | tuple | range
    return isinstance(x, known) or (not isinstance(x, Composite) and hasattr(x, "shape") and hasattr(x, "dtype"))


def _make_comparison(name: str) -> Callable[..., Any]:
    def method(self: Array, other: Any) -> Any:
        return _foreign.compare(name, self, other)

    return method


#: What NumPy's operator ``**`` calls in place of `power`, for these exponents: its warnings have that name.
_POWERS = {(int, 2): "square", (int, -1): "reciprocal", (float, 0.5): "sqrt"}


def _make_operator(row: dict[str, Any], reflected: bool) -> Callable[..., Any]:
    name = row["name"]
    if row["nin"] == 1:
        return lambda self: apply_ufunc(name, (self,))

    turned = f"__{'' if reflected else 'r'}{row['operator']}__"

    def method(self: Array, other: Any) -> Any:
        if isinstance(other, np.ma.MaskedArray):
            return getattr(lifted(other), turned)(self)
        if not _understood(other) and not _opaque.is_opaque(other):
            return NotImplemented
        operands = (other, self) if reflected else (self, other)
        try:
            result = apply_ufunc(name, operands)
        except Exception as error:
            _messages.tell(error, name, operands, {})
            raise
        told = _POWERS.get((type(other), other)) if operands[1] is other and type(other) in (int, float) else None
        return told_as(result, (self,), told) if told and name == "power" else result

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
        if "." in row["name"]:
            continue
        function = _make_ufunc(row)
        for name in (row["name"], *row["aliases"]):
            made[name] = function
            if row["method"] and hasattr(np.ndarray, name) and not hasattr(Array, name):
                setattr(Array, name, _as_method(name, function))
        if row["operator"]:
            compares = row["operator"] in ("eq", "ne", "lt", "le", "gt", "ge")
            method = _make_comparison(row["name"]) if compares else _make_operator(row, reflected=False)
            _attach(f"__{row['operator']}__", method)
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
_ufunc_methods.attach(FUNCTIONS)
FUNCTIONS["amin"], FUNCTIONS["amax"] = FUNCTIONS["min"], FUNCTIONS["max"]
__all__ = sorted(set(FUNCTIONS) - BY_HAND)


def __getattr__(name: str) -> Any:
    """The functions as names of this module; as globals they would hide builtins from the code above."""
    try:
        return FUNCTIONS[name]
    except KeyError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
