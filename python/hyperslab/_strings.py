"""Functions of strings and bytes: NumPy's, on blocks. Widths of results are known before their values are."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any, NoReturn

import numpy as np

from hyperslab import _calls
from hyperslab._array import Array
from hyperslab._convert import is_array
from hyperslab._creation import asarray

#: Functions whose results are numbers, bools, or strings of widths that follow from those of the operands.
_PLAIN = """
equal not_equal less less_equal greater greater_equal add isalpha isdigit isspace isalnum islower isupper istitle
isdecimal isnumeric str_len find rfind index rindex count startswith endswith lstrip rstrip strip upper lower swapcase
capitalize title
""".split()  # noqa: SIM905

#: Characters that one may become: in UTF-8, at most.
_UTF8 = 4


def _width(x: Any) -> int:
    """Characters that an element has room for."""
    dtype = x.dtype if hasattr(x, "dtype") else np.asarray(x).dtype
    return int(dtype.itemsize // (4 if dtype.kind == "U" else 1))


def _largest(name: str, x: Any) -> int:
    """The largest of some numbers, which must be in memory."""
    if is_array(x):
        raise NotImplementedError(f"{name}: how wide results are must be known: give numbers in memory, not lazy ones")
    return int(np.max(np.asarray(x), initial=0))


def _repeated(a: Any, i: Any) -> int:
    return _width(a) * max(_largest("multiply", i), 0)


def _justified(a: Any, width: Any, fillchar: Any = " ") -> int:
    return max(_width(a), _largest("center", width))


def _replaced(a: Any, old: Any, new: Any, count: Any = -1) -> int:
    grown = max(_width(new) - 1, 0) if not _empty(old) else _width(new)
    # At most all characters are replaced; of an empty string there is one more place than characters.
    return _width(a) + grown * (_width(a) + 1)


def _empty(old: Any) -> bool:
    return is_array(old) or bool((np.strings.str_len(np.asarray(old)) == 0).any())


#: Functions whose results are as wide as values make them: an upper bound of their width, by operands.
_WIDE: dict[str, Callable[..., int]] = {
    "multiply": _repeated,
    "center": _justified,
    "ljust": _justified,
    "rjust": _justified,
    "zfill": lambda a, width: max(_width(a), _largest("zfill", width)),
    "expandtabs": lambda a, tabsize=8: _width(a) * max(_largest("expandtabs", tabsize), 1),
    "replace": _replaced,
    "translate": lambda a, table, deletechars=None: _width(a) * _UTF8,
    "slice": lambda a, *rest, **named: _width(a),
    "encode": lambda a, encoding=None, errors=None: _width(a) * _UTF8 + _UTF8,
    "decode": lambda a, encoding=None, errors=None: _width(a),
}

#: How many of the first arguments are arrays, where not all of them are.
_OPERANDS = {"center": 2, "ljust": 2, "rjust": 2, "encode": 1, "decode": 1, "translate": 1, "slice": 1, "expandtabs": 1}


def _lazy(args: Any) -> bool:
    return any(is_array(a) for a in args)


def plain(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function whose dtype follows from the dtypes of its operands."""

    def call(*args: Any, **kwargs: Any) -> Any:
        arrays = [asarray(a) for a in args if a is not None]
        named = {k: v for k, v in kwargs.items() if v is not None}
        if _lazy(named.values()):
            raise TypeError(f"{function.__name__}: lazy arrays are given by position")

        def apply(*blocks: np.ndarray) -> Any:
            found = iter(blocks)
            return function(*(None if a is None else next(found) for a in args), **kwargs)

        apply.__name__ = function.__name__
        # An empty string has no position in which something is found.
        positions = function.__name__ in ("index", "rindex")
        dtype = np.dtype(np.int_) if positions else _example(apply, arrays).dtype
        return _calls.elementwise(function.__name__, apply, arrays, dtype)

    return call


def _example(apply: Callable[..., Any], arrays: list[Array]) -> np.ndarray:
    """What NumPy makes of one element."""
    return np.asarray(apply(*(np.zeros((1,) * max(a.ndim, 1), a.dtype) for a in arrays)))


def wide(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function whose results are as wide as values make them: here all have room for the widest there can be."""
    name = function.__name__
    bound = _WIDE[name]

    def call(*args: Any, **kwargs: Any) -> Any:
        count = _OPERANDS.get(name, len(args))
        arrays, rest = [asarray(a) for a in args[:count]], args[count:]
        if _lazy([*rest, *kwargs.values()]):
            raise NotImplementedError(f"{name}: options must be in memory: compute them first, or map_blocks")

        def apply(*blocks: np.ndarray) -> Any:
            return function(*blocks, *rest, **kwargs)

        made = _example(apply, arrays).dtype
        kind = "S" if name == "encode" else "U" if name == "decode" else made.kind
        wanted = np.dtype(f"{kind}{max(bound(*args, **kwargs), 1)}")

        def widened(*blocks: np.ndarray) -> Any:
            return np.asarray(apply(*blocks)).astype(wanted)

        return _calls.elementwise(name, widened, arrays, wanted)

    return call


def parts(function: Callable[..., Any]) -> Callable[..., Any]:
    """`partition` and `rpartition`: what is before a separator, the separator, and what is after it."""
    together = isinstance(function(np.array(["a"]), np.array("b")), np.ndarray)

    def call(a: Any, sep: Any) -> Any:
        arrays = [asarray(a), asarray(sep)]
        wanted = np.dtype(f"{arrays[0].dtype.kind}{max(_width(arrays[0]), _width(arrays[1]))}")

        def part(k: int) -> Array:
            def apply(*blocks: np.ndarray) -> Any:
                made = function(*blocks)
                return np.asarray(made[..., k] if together else made[k]).astype(wanted)

            return _calls.elementwise(function.__name__, apply, arrays, wanted)

        three = part(0), part(1), part(2)
        return np.stack(three, axis=-1) if together else three  # type: ignore[call-overload]

    return call


def refused(function: Callable[..., Any], way: str) -> Callable[..., Any]:
    """A function that makes objects, or whose widths no rule bounds."""

    def call(*args: Any, **kwargs: Any) -> NoReturn:
        raise NotImplementedError(f"{function.__name__} of lazy arrays is not implemented: {way}")

    return call


def functions(module: ModuleType) -> dict[str, Callable[..., Any]]:
    """The functions of `numpy.strings` or `numpy.char`, lazy where an argument is."""
    made: dict[str, Callable[..., Any]] = {}
    for name in module.__all__:
        function = getattr(module, name)
        if isinstance(function, type) or name in ("array", "asarray", "compare_chararrays"):
            continue
        if name in _PLAIN:
            ours = plain(function)
        elif name in _WIDE:
            ours = wide(function)
        elif name in ("partition", "rpartition"):
            ours = parts(function)
        else:
            ours = refused(function, "say the dtype with hyperslab.map_blocks, or compute first")
        made[name] = _either(name, function, ours)
    return made


def _either(name: str, numpys: Callable[..., Any], ours: Callable[..., Any]) -> Callable[..., Any]:
    def function(*args: Any, **kwargs: Any) -> Any:
        lazy = _lazy(args) or _lazy(kwargs.values())
        return (ours if lazy else numpys)(*args, **kwargs)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"NumPy's function of that name, lazy where an argument is; see `numpy.strings.{name}`."
    return function
