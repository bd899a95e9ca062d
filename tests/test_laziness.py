"""Building an expression reads nothing: every public function and method, with sources that count how they are read."""

import inspect
import re
import warnings

import lazy_calls as calls
import lazy_calls_of_modules as modules
import numpy as np
import pytest
from against_numpy import Counting

import hyperslab as da

TABLES = ("linalg", "fft", "core", "overlap", "reductions")


def functions(module):
    """Public functions of a module, aliases included."""
    return {n for n in module.__all__ if inspect.isfunction(getattr(module, n))}


def public_names():
    """Everything that has to have a line."""
    names = functions(da) | {"vectorize", "frompyfunc", "gufunc"}
    for module in TABLES:
        names |= {f"{module}.{n}" for n in functions(getattr(da, module))}
    return names - set(da._ops.FUNCTIONS) - set(calls.WITHOUT_ARRAYS) - set(calls.EAGER)


def called(line):
    return re.match(r"m\.((?:linalg|fft|core|overlap|reductions|lib\.stride_tricks)\.)?(\w+)", line).group(0)[2:]


LINES = [*calls.FUNCTIONS, *calls.LINALG, *calls.FFT, *calls.OTHERS, *calls.ABOUT]


def sources():
    counting = {name: Counting(data) for name, data in calls.SOURCES.items()}
    lazy = {name: da.from_array(s, chunks=2 if s.shape[0] > 2 else -1) for name, s in counting.items()}
    return counting, {**lazy, "m": da, "np": np, "g": da.random.default_rng(0)}


def masked_sources():
    counting = {name: Counting(data) for name, data in calls.SOURCES.items()}
    masks = {name: Counting(np.arange(s.data.size).reshape(s.shape) % 3 == 0) for name, s in counting.items()}
    chunks = {name: 2 if s.shape[0] > 2 else -1 for name, s in counting.items()}
    lazy = {
        name: da.ma.masked_array(*(da.from_array(part, chunks=chunks[name]) for part in (s, masks[name])))
        for name, s in counting.items()
        if s.dtype.kind not in "MUS" and name not in "bwih"
    }
    lazy.update({name: da.from_array(counting[name], chunks=2) for name in "bwih"})
    return {**counting, **{f"mask of {name}": s for name, s in masks.items()}}, {**lazy, "m": da.ma, "np": np}


def leaves(item):
    if isinstance(item, list | tuple):
        for part in item:
            yield from leaves(part)
    elif isinstance(item, da.Array | da.ma.MaskedArray):
        yield item


def check(line, made_of=sources):
    """Nothing is read by the call; something is when what it gives is computed, so that the line means something."""
    counting, scope = made_of()
    given = {name: value for name, value in scope.items() if isinstance(value, da.Array)}
    before = {name: value.name for name, value in given.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = eval(line, scope)
        assert not sum(s.reads for s in counting.values()), "building reads"
        changed = [value for name, value in given.items() if value.name != before[name]]
        results = [*leaves(made), *changed]
        if results:
            da.compute(*results)
        elif hasattr(made, "compute"):
            made.compute()
    return results, sum(s.reads for s in counting.values())


#: What is made from the shape and dtype of an array alone, or says nothing of its elements.
FROM_SHAPE = (
    "empty_like",
    "full_like",
    "ones_like",
    "zeros_like",
    "copyto",
    "ix_",
    "histogram_bin_edges",
    "ensure_minimum_chunksize",
)


@pytest.mark.parametrize("line", LINES)
def test_functions(line):
    results, reads = check(line)
    name = called(line).split(".")[-1]
    if line in calls.ABOUT or name in FROM_SHAPE:
        return
    assert reads > 0 or not results


@pytest.mark.parametrize("line", [*calls.METHODS, *calls.RANDOM])
def test_methods(line):
    check(line)


@pytest.mark.parametrize("name", sorted(da._ops.FUNCTIONS))
def test_rows_of_the_tables(name):
    function = getattr(da, name)
    nin = getattr(function, "nin", 1)
    if name in ("where", "imag"):
        return  # Among the functions.
    for operand in calls.OPERANDS:
        line = f"m.{name}({', '.join([operand] * nin)})"
        try:
            _, reads = check(line)
        except TypeError:
            continue
        assert reads > 0
        return
    raise AssertionError(f"no operands for {name}: add some")


def series_lines():
    """Calls of the functions of `da.polynomial`'s modules that take points."""
    lines = []
    for name in ("chebyshev", "hermite", "hermite_e", "laguerre", "legendre", "polynomial"):
        module = getattr(da.polynomial, name)
        prefix = next(n for n in dir(module) if n.endswith("val")).removesuffix("val")
        known = {end: args for end, args in modules.SERIES.items() if hasattr(module, prefix + end)}
        lines.extend(f"m.polynomial.{name}.{prefix}{end}{args}" for end, args in known.items())
    return lines


@pytest.mark.parametrize("line", [*modules.EMATH, *modules.STRINGS, *modules.CHAR, *modules.STATS, *series_lines()])
def test_functions_of_modules(line):
    results, reads = check(line)
    assert reads > 0 and results


def test_every_function_of_modules_has_a_line():
    for name, lines in (
        ("emath", modules.EMATH),
        ("strings", modules.STRINGS),
        ("char", modules.CHAR),
        ("stats", modules.STATS),
    ):
        missing = functions(getattr(da, name)) - {line.split("(")[0].split(".")[-1] for line in lines}
        assert missing <= set(modules.REFUSED), f"add a call of each to lazy_calls_of_modules.py: {sorted(missing)}"


def old_generators():
    counting, scope = sources()
    return counting, {**scope, "g": da.random.RandomState(0)}


@pytest.mark.parametrize(
    "line", [line for line in calls.RANDOM if hasattr(da.random.RandomState, re.match(r"g\.(\w+)", line).group(1))]
)
def test_random_states(line):
    check(line, old_generators)


def masked_lines():
    """Calls of the functions of `da.ma`."""
    own = functions(da.ma)
    rows = {n: getattr(np, n).nin for n in sorted(own) if isinstance(getattr(np, n, None), np.ufunc)}
    lines = {n: f"m.{n}({', '.join(['x'] * nin)})" for n, nin in rows.items()}
    lines.update((called(line), line) for line in calls.FUNCTIONS if called(line) in own)
    lines.update((called(line), line) for line in calls.MASKED)
    return {name: line for name, line in lines.items() if name not in calls.MASKED_REFUSED}


MASKED_LINES = masked_lines()


@pytest.mark.parametrize("line", [*MASKED_LINES.values(), *calls.MASKED_METHODS])
def test_masked_arrays(line):
    check(line, masked_sources)


def test_every_function_of_masked_arrays_has_a_line():
    missing = (
        functions(da.ma) - set(MASKED_LINES) - set(calls.WITHOUT_ARRAYS) - {"masked_all"} - set(calls.MASKED_REFUSED)
    )
    assert not missing, f"add a call of each to lazy_calls.py: {sorted(missing)}"
    public = {n for n, f in inspect.getmembers(da.ma.MaskedArray, inspect.isfunction) if not n.startswith("_")}
    missing = public - {re.match(r"\w\.(\w+)", line).group(1) for line in calls.MASKED_METHODS}
    missing -= set(calls.EAGER) | set(calls.MASKED_REFUSED)
    assert not missing, f"add a call of each to lazy_calls.py: {sorted(missing)}"


def test_every_function_has_a_line():
    missing = public_names() - {called(line) for line in LINES}
    assert not missing, f"add a call of each to lazy_calls.py: {sorted(missing)}"


def test_every_method_has_a_line():
    public = {n for n, f in inspect.getmembers(da.Array, inspect.isfunction) if not n.startswith("_")}
    named = {re.match(r"\w\.(\w+)", line).group(1) for line in calls.METHODS}
    missing = public - named - set(calls.EAGER) - set(da._ops.FUNCTIONS)
    assert not missing, f"add a call of each to lazy_calls.py: {sorted(missing)}"


def test_every_distribution_has_a_line():
    public = {n for n, f in inspect.getmembers(da.random.Generator, inspect.isfunction) if not n.startswith("_")}
    missing = (
        public - {re.match(r"g\.(\w+)", line).group(1) for line in calls.RANDOM} - set(calls.RANDOM_WITHOUT_ARRAYS)
    )
    assert not missing, f"add a call of each to lazy_calls.py: {sorted(missing)}"


def test_every_name_stands_for_something():
    for name in [*calls.WITHOUT_ARRAYS, *calls.EAGER]:
        place, _, last = name.rpartition(".")
        owners = [getattr(da, place)] if place else [da, da.Array, da.ma.MaskedArray]
        assert any(hasattr(owner, last) for owner in owners), name
