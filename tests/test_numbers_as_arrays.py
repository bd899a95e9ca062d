"""Shapes, axes, counts and bounds that are arrays of NumPy, or lazy ones, as NumPy takes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import hyperslab as da

X = np.arange(24.0).reshape(2, 3, 4)

#: A call of the module's function on the array, with numbers made by the last argument.
CALLS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "zeros": lambda m, x, n: m.zeros(n([2, 3])),
    "ones": lambda m, x, n: m.ones(n([2, 3])),
    "full": lambda m, x, n: m.full(n([2, 3]), n(1)),
    "indices": lambda m, x, n: m.indices(n([2, 3])),
    "reshape": lambda m, x, n: m.reshape(x, n([4, 6])),
    "reshape method": lambda m, x, n: x.reshape(n([4, 6])),
    "reshape apart": lambda m, x, n: x.reshape(n(4), n(6)),
    "transpose": lambda m, x, n: m.transpose(x, n([2, 0, 1])),
    "transpose method": lambda m, x, n: x.transpose(n([2, 0, 1])),
    "tile": lambda m, x, n: m.tile(x, n([2, 1])),
    "broadcast_to": lambda m, x, n: m.broadcast_to(x, n([2, 2, 3, 4])),
    "resize": lambda m, x, n: m.resize(x, n([5, 6])),
    "roll": lambda m, x, n: m.roll(x, n([1, 2]), (0, 1)),
    "moveaxis": lambda m, x, n: m.moveaxis(x, n([0, 1]), n([1, 2])),
    "expand_dims": lambda m, x, n: m.expand_dims(x, n(2)),
    "flip": lambda m, x, n: m.flip(x, tuple(n([0, 1]))),
    "pad": lambda m, x, n: m.pad(x, n([1, 2])),
    "rot90": lambda m, x, n: m.rot90(x, n(1), n([0, 1])),
    "tensordot": lambda m, x, n: m.tensordot(x, x, axes=(n([0, 1]), n([0, 1]))),
    "tensordot of a number": lambda m, x, n: m.tensordot(x, x.T, axes=n(1)),
    "sum": lambda m, x, n: m.sum(x, axis=n(1)),
    "std": lambda m, x, n: m.std(x, axis=n(1), ddof=n(1)),
    "cumsum": lambda m, x, n: m.cumsum(x, axis=n(1)),
    "squeeze": lambda m, x, n: m.squeeze(x[:1], axis=n(0)),
    "swapaxes": lambda m, x, n: m.swapaxes(x, n(0), n(1)),
    "stack": lambda m, x, n: m.stack([x, x], axis=n(1)),
    "concatenate": lambda m, x, n: m.concatenate([x, x], axis=n(1)),
    "diff": lambda m, x, n: m.diff(x, n=n(2)),
    "eye": lambda m, x, n: m.eye(n(3), k=n(1)),
    "triu": lambda m, x, n: m.triu(x[0], k=n(1)),
    "arange": lambda m, x, n: m.arange(n(2), n(9), n(3)),
    "linspace": lambda m, x, n: m.linspace(n(0), n(1), n(5)),
    "take": lambda m, x, n: m.take(x, n([0, 1]), axis=n(2)),
    "diagonal": lambda m, x, n: m.diagonal(x, n(0), n(1), n(2)),
    "sort": lambda m, x, n: m.sort(x, axis=n(1)),
    "argmax": lambda m, x, n: m.argmax(x, axis=n(1)),
    "round": lambda m, x, n: m.round(x / 3, n(2)),
    "clip": lambda m, x, n: m.clip(x, n(2), n(5)),
    "slices": lambda m, x, n: x[n(0) : n(2), n(1)],
    "gradient": lambda m, x, n: m.gradient(x, n(2.0), axis=n(1)),
    "average": lambda m, x, n: m.average(x, axis=n(1), weights=n([1, 2, 3])),
    "rollaxis": lambda m, x, n: m.rollaxis(x, n(2)),
    "piecewise": lambda m, x, n: m.piecewise(x, [x < 3, x >= 3], [n(-1.0), lambda v: v + 1]),
    "norm": lambda m, x, n: m.linalg.norm(x, axis=tuple(n([0, 1]))),
    "matrix_power": lambda m, x, n: m.linalg.matrix_power(x[0, :3, :3], n(2)),
    "rfft": lambda m, x, n: m.fft.rfft(x, n=n(4), axis=n(1)),
    "apply_along_axis": lambda m, x, n: m.apply_along_axis(np.sum, n(1), x),
}


@pytest.mark.parametrize("made", [np.array, lambda v: da.asarray(np.array(v))], ids=["numpy", "lazy"])
@pytest.mark.parametrize("name", CALLS)
def test_numbers_may_be_arrays(name: str, made: Callable[[Any], Any]) -> None:
    wanted = CALLS[name](np, X, np.array)
    got = CALLS[name](da, da.from_array(X, chunks=2), made)
    assert (got.shape, got.dtype) == (wanted.shape, wanted.dtype)
    np.testing.assert_allclose(got.compute(), wanted, rtol=1e-14)


@pytest.mark.parametrize("made", [np.array, lambda v: da.asarray(np.array(v))], ids=["numpy", "lazy"])
def test_sizes_of_random_numbers_may_be_arrays(made: Callable[[Any], Any]) -> None:
    assert da.random.default_rng(0).random(made([2, 3])).shape == (2, 3)


@pytest.mark.parametrize("wrong", [np.array([2.0, 3.0]), 2.5, "23", [2, None]])
def test_shapes_of_other_than_integers_are_refused(wrong: Any) -> None:
    with pytest.raises(TypeError):
        np.zeros(wrong)
    with pytest.raises(TypeError):
        da.zeros(wrong)
    with pytest.raises(TypeError):
        da.from_array(X).reshape(wrong)
