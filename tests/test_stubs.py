"""Stubs and documentation that are made from the tables."""

import doctest
import inspect

import pytest

import hyperslab as da
from hyperslab import _stubs


def test_committed_stubs_are_current():
    for path, text in _stubs.render().items():
        assert path.read_text() == text, f"{path.name} is old: run python -m hyperslab._stubs"


OBJECTS = {name: getattr(da, name) for name in da.__all__} | {
    "config": da.config,
    "config.set": da.config.set,
    "config.get": da.config.get,
    "progress": da.progress,
    "package": da,
}
OBJECTS |= {f"ma.{name}": getattr(da.ma, name) for name in da.ma.__all__}
METHODS = {
    f"{kind.__name__}.{n}": m
    for kind in (da.Array, da.ma.MaskedArray)
    for n, m in vars(kind).items()
    if inspect.isfunction(m) and not n.startswith("_")
}


@pytest.mark.parametrize("name", sorted(OBJECTS | METHODS))
def test_examples(name):
    thing = (OBJECTS | METHODS)[name]
    text = getattr(thing, "__doc__", None) or ""
    if not getattr(thing, "__module__", getattr(thing, "__name__", "hyperslab")).startswith("hyperslab"):
        return  # NumPy's own names.
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    test = doctest.DocTestParser().get_doctest(text, {}, name, None, None)
    failed, _ = doctest.DocTestRunner(optionflags=flags).run(test)
    assert not failed
