"""Axes without elements, in every shape of up to three short axes, through everything that has a geometry."""

import itertools
import warnings

import numpy as np
import pytest
from against_numpy import kind, outcome, same

import hyperslab as da

SHAPES = [s for ndim in (1, 2, 3) for s in itertools.product(range(4), repeat=ndim) if 0 in s]

#: What is done to an array: with the module, the array and an axis.
STEPS = {
    "sum": lambda m, x, d: m.sum(x, axis=d),
    "max": lambda m, x, d: m.max(x, axis=d),
    "mean of all": lambda m, x, d: m.mean(x),
    "argmin": lambda m, x, d: m.argmin(x, axis=d),
    "cumsum": lambda m, x, d: m.cumsum(x, axis=d),
    "cumsum of all": lambda m, x, d: m.cumsum(x, axis=None) + 1,
    "diff": lambda m, x, d: m.diff(x, axis=d),
    "sort": lambda m, x, d: m.sort(x, axis=d),
    "median": lambda m, x, d: m.median(x, axis=d),
    "take": lambda m, x, d: m.take(x, [0] * 3 if x.shape[d] else [], axis=d),
    "take nothing": lambda m, x, d: m.take(x, np.array([], int), axis=d),
    "concatenate": lambda m, x, d: m.concatenate([x, x[::-1], x * 2], axis=d),
    "stack": lambda m, x, d: m.stack([x, x + 1], axis=d),
    "roll": lambda m, x, d: m.roll(x, 2, axis=d),
    "flip and turn": lambda m, x, d: m.flip(x, d).T * 2,
    "matmul": lambda m, x, d: x @ m.ones((x.shape[-1], 2)),
    "matmul from the left": lambda m, x, d: m.ones((2, x.shape[-2] if x.ndim > 1 else x.shape[0])) @ x,
    "tensordot": lambda m, x, d: m.tensordot(x, x, ([d], [d])),
    "outer": lambda m, x, d: m.outer(x, m.ones(2)),
    "einsum": lambda m, x, d: m.einsum("...i,...i->...", x, x),
    "less the mean": lambda m, x, d: x - m.mean(x, axis=d, keepdims=True),
    "where": lambda m, x, d: m.where(x > 0, x, x.sum(axis=d, keepdims=True)),
    "repeat": lambda m, x, d: m.repeat(x, 2, axis=d),
    "pad": lambda m, x, d: m.pad(x, 1),
}


def agree(call, a, note):
    """NumPy's answer, or its exception, in every chunking."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        expected, error = outcome(lambda: call(np, a))
        for x in (da.from_array(a), da.from_array(a, chunks=1), da.from_array(a, chunks=2) + 0):
            got, raised = outcome(lambda x=x: call(da, x))
            assert kind(raised) is kind(error), f"{note}: {raised!r} where NumPy has {error!r}"
            if error is None:
                same(got, expected, note=note)


@pytest.mark.parametrize("name", STEPS)
def test_step(name):
    step = STEPS[name]
    for shape in SHAPES:
        a = np.zeros(shape)
        for d in range(a.ndim):
            agree(lambda m, x, d=d: step(m, x, d), a, f"{name} along {d} of {shape}")


@pytest.mark.parametrize("name", STEPS)
def test_step_of_a_reshape(name):
    step = STEPS[name]
    for shape, new in zip(SHAPES, SHAPES[7:] + SHAPES[:7]):
        for d in range(len(new)):
            note = f"{name} along {d} of {shape} as {new}"
            agree(lambda m, x, d=d, new=new: step(m, x.reshape(new), d), np.zeros(shape), note)


def test_reshape():
    for shape, new in itertools.product(SHAPES, SHAPES):
        got = da.from_array(np.zeros(shape), chunks=1).reshape(new)
        assert got.compute().shape == new
        assert (got.T + 1).compute().shape == new[::-1]
