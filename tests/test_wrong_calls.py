"""What NumPy refuses is refused: with its exception, as early as can be, in words that name operation and values."""

import re
import warnings

import numpy as np
import pytest
import wrong_calls as calls
import wrong_calls_of_modules as more

import hyperslab as da

#: Modules whose exceptions users catch by name; others are private kinds of these.
PUBLIC = ("builtins", "numpy.exceptions", "numpy.linalg")

OPERATORS = {
    "+": "add",
    "-": "subtract|negative",
    "*": "multiply",
    "/": "divide",
    "//": "floor_divide",
    "%": "remainder",
    "**": "power|powers",
    "@": "matmul",
    "<": "less",
    ">=": "greater_equal",
    "==": "equal",
    "&": "bitwise_and",
    "|": "bitwise_or",
    "^": "bitwise_xor",
    "<<": "left_shift",
    "~": "invert",
}
#: Functions that are another one by another name, or hand over to one that users know.
ALIASES = {
    "around": "round",
    "outer": "outer|multiply",
    "max": "max|maximum",
    "einsum": "einsum|multiply",
    "kron": "multiply",
    "sinc": "equal",
    "permute_dims": "transpose",
    "flatten": "reshape|ravel",
    "abs": "absolute",
    "divmod": "floor_divide",
    "vectorize": "decorator|signature",
    "frompyfunc": "function",
    "default_rng": "default_rng|SeedSequence",
    "RandomState": "RandomState|SeedSequence",
    "sfqr": "qr",
    "norm": "norm|absolute|convert",
    "isclose": "isclose|promoted",
}
#: What messages about indices and attributes say.
INDEXING = r"ind[ei][cx]|slice|field|ellipsis|matrix transpose"


class Source:
    shape, dtype = (4, 6), np.dtype("f8")

    def __getitem__(self, key):
        return np.zeros(self.shape)[key]


def chunks(a):
    return tuple(2 if n > 2 else -1 for n in a.shape)


def names(module):
    """What calls are made of."""
    lazy = (lambda a: a) if module is np else (lambda a: da.from_array(a, chunks=chunks(a)))
    made = {name: lazy(a.copy()) for name, a in calls.ARRAYS.items()}
    masks = {"y": np.ma.masked_equal(calls.ARRAYS["x"], 3), "q": np.ma.masked_equal(calls.ARRAYS["v"], 3)}
    made.update({k: a if module is np else da.ma.from_array(a, chunks=chunks(a)) for k, a in masks.items()})
    return {**made, "np": np, "m": module, "Source": Source}


def outcome(run, call, module):
    """The exception of a call, and the result."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return None, run(call, names(module))
        except Exception as error:
            return error, None


def public(error):
    """The kind of an exception that users know."""
    return next(kind for kind in type(error).__mro__ if kind.__module__ in PUBLIC)


def text_of(error):
    return "\n".join([str(error), *getattr(error, "__notes__", [])])


def operation(call):
    """A regular expression of the name of the operation that fails."""
    named = re.findall(r"(?<![\w'])[a-z]\.([\w.]+)\(", call)
    if named:
        # What a generator is asked for comes after the generator.
        method = re.search(r"\)\.(\w+)\(", call)
        name = (method.group(1) if method else named[-1] if named[0] == "dtype" else named[0]).split(".")[-1]
        return rf"\b(?:{ALIASES.get(name, name)})\b"
    builtin = re.match(r"(\w+)\(", call)
    if builtin:
        return ALIASES[builtin.group(1)]
    sign = re.search(r" ([-+*/%@<>=&|^]+) |^([~-])\w$", call)
    return OPERATORS[sign.group(1) or sign.group(2)] if sign else INDEXING


def values_of(call):
    """Shapes, dtypes and literals of a call, as messages write them."""
    used = set(re.findall(r"\b[a-z]\b", call))
    masked = {"y": calls.ARRAYS["x"], "q": calls.ARRAYS["v"]}
    arrays = [a for name, a in {**calls.ARRAYS, **masked}.items() if name in used]
    shapes = [s for a in arrays for s in (str(a.shape), str(a.shape).replace(" ", ""))]
    lengths = [str(n) for a in arrays for n in (a.ndim, *a.shape)]
    dtypes = [s for a in arrays for s in (str(a.dtype), a.dtype.str, type(a.dtype).__name__)]
    literals = re.findall(r"(?<=')[^']+(?=')|-?\d+(?:\.\d+)?|\b\w+(?==)|inf|[a-z]\w+|\[\]", call)
    return [*shapes, *lengths, *dtypes, *literals]


def check_words(error, call, pattern):
    text = text_of(error)
    if pattern:
        assert re.search(pattern, text), text
        return
    assert re.search(operation(call), text), f"no operation in: {text}"
    rest = re.sub(operation(call), "", text)
    assert call.endswith("()") or any(value in rest for value in values_of(call)), f"no value in: {text}"


def evaluate(call, scope):
    return eval(call, scope)


def execute(call, scope):
    exec(call, scope)


def computed(call, scope):
    made = eval(call, scope)
    return [
        part.compute() for part in (made if isinstance(made, list | tuple) else [made]) if isinstance(part, da.Array)
    ]


def parted(line):
    call, _, pattern = line.partition(" ## ")
    return call, pattern


@pytest.mark.parametrize("line", [*calls.EARLY, *more.EARLY, *calls.MASKED])
def test_raised_when_the_expression_is_built(line):
    call, pattern = parted(line)
    expected, _ = outcome(evaluate, call, np)
    assert expected is not None, "NumPy takes it"
    got, made = outcome(evaluate, call, da)
    assert isinstance(got, public(expected)), (got or made, expected)
    check_words(got, call, pattern)


@pytest.mark.parametrize("line", calls.LATE)
def test_raised_when_computed(line):
    call, pattern = parted(line)
    expected, _ = outcome(evaluate, call, np)
    assert expected is not None, "NumPy takes it"
    building, _ = outcome(evaluate, call, da)
    assert building is None, building
    got, _ = outcome(computed, call, da)
    assert isinstance(got, public(expected)), (got, expected)
    check_words(got, call, pattern or r"\w+.*('\w+'|\d|inf|negative|definite)")


@pytest.mark.parametrize("call", calls.ASSIGNMENTS)
def test_assignments(call):
    expected, _ = outcome(execute, call, np)
    assert expected is not None, "NumPy takes it"
    scope = names(da)
    name = re.match(r"(?:del )?(\w)", call).group(1)
    before = scope[name]._expr
    with pytest.raises(public(expected)) as caught:
        exec(call, scope)
    assert scope[name]._expr is before or (scope[name]._expr.name == before.name), "changed by what failed"
    assert re.search(r"\d|'\w+'|\w{4,}", text_of(caught.value))


@pytest.mark.parametrize(("kind", "pattern", "call"), more.OWN, ids=[call for _, _, call in more.OWN])
def test_own(kind, pattern, call):
    with pytest.raises(kind, match=pattern), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        eval(call, names(da))


def test_there_are_enough_of_them():
    lines = [*calls.EARLY, *more.EARLY, *calls.LATE, *calls.MASKED, *calls.ASSIGNMENTS]
    assert len(lines) == len(set(lines)) > 600 and len({call for *_, call in more.OWN}) == len(more.OWN)
