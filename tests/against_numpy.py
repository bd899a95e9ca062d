"""One call with hyperslab and with NumPy, on the same data in every layout: what tests of compositions share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

import hyperslab as da

#: Exceptions as users catch them, the narrower ones first.
KINDS = (TypeError, OverflowError, ZeroDivisionError, IndexError, ValueError)

DTYPES = ["bool", "int8", "uint16", "int64", "float16", "float32", "float64", "complex64", "complex128"]
TIMES = ["datetime64[D]", "timedelta64[s]"]


class Counting:
    """What slices like an array, and counts how often it is read."""

    def __init__(self, data: np.ndarray) -> None:
        self.data, self.shape, self.dtype, self.reads = data, data.shape, data.dtype, 0

    def __getitem__(self, key: Any) -> np.ndarray:
        self.reads += 1
        return self.data[key]


class Filled:
    """Memory of its own that is written like a file, part by part."""

    def __init__(self, x: da.Array) -> None:
        self.data = np.empty(x.shape, x.dtype)
        self.shape, self.dtype = self.data.shape, self.data.dtype

    def __setitem__(self, key: Any, value: Any) -> None:
        self.data[key] = value


def within(memory_limit: str, x: da.Array) -> np.ndarray:
    """The array, computed within a limit that its elements need not fit."""
    target = Filled(x)
    da.store(x, target, compute=False).compute(memory_limit=memory_limit)
    return target.data


def values(shape: tuple[int, ...], dtype: str = "float64", seed: int = 0) -> np.ndarray:
    """Data of a shape and dtype: small numbers of both signs, some of them equal."""
    rng = np.random.default_rng([seed, *shape])
    code = np.dtype(dtype).kind
    if code == "b":
        return rng.random(shape) < 0.5
    whole = rng.integers(0 if code == "u" else -9, 10, shape)
    if code in "mM":
        return whole.astype("i8").view(dtype)
    if code in "iu":
        return whole.astype(dtype)
    data = whole + rng.integers(0, 4, shape) / 4
    return (data + 1j * rng.integers(-5, 5, shape) if code == "c" else data).astype(dtype)


def ragged(shape: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    """Chunks of different sizes along each dimension."""
    return tuple((n,) if n < 3 else (1, 2, n - 3) if n > 3 else (1, 2) for n in shape)


def chunkings(shape: tuple[int, ...]) -> list[Any]:
    """Whole, regular and ragged chunks."""
    return [-1, *([2, ragged(shape)] if shape else [])]


def outcome(call: Callable[[], Any]) -> tuple[Any, Exception | None]:
    """The result, or the exception."""
    with np.errstate(all="ignore"):
        try:
            return call(), None
        except KINDS as error:
            return None, error


def kind(error: Exception | None) -> type[Exception] | None:
    """What users catch an exception as."""
    return None if error is None else next(kind for kind in KINDS if isinstance(error, kind))


def parts(result: Any) -> list[Any]:
    """The arrays of a result that may be a list or tuple of them."""
    return [part for item in result for part in parts(item)] if isinstance(result, tuple | list) else [result]


def same(got: Any, expected: Any, rtol: float = 0, note: str = "") -> None:
    """Shape, dtype and elements agree."""
    want = np.asarray(expected)
    if isinstance(got, da.Array):
        assert all(sum(sizes) == n for sizes, n in zip(got.chunks, got.shape)), note
        assert (got.shape, got.dtype) == (want.shape, want.dtype), note
    have = np.asarray(got.compute() if isinstance(got, da.Array) else got)
    assert (have.shape, have.dtype) == (want.shape, want.dtype), note
    if rtol:
        single = want.dtype.char in "efF"
        rtol = max(rtol, {"e": 4e-3, "f": 4e-6, "F": 4e-6}.get(want.dtype.char, 0)) if single else rtol
        scale = np.max(np.abs(want[np.isfinite(want)]), initial=0) if want.dtype.kind in "fc" else 0
        np.testing.assert_allclose(have, want, rtol=rtol, atol=rtol * float(scale), err_msg=note)
    else:
        np.testing.assert_array_equal(have, want, err_msg=note)


def agree(
    call: Callable[..., Any],
    *data: np.ndarray,
    rtol: float = 0,
    dispatch: bool = True,
    note: str = "",
    calls: Any = None,
) -> None:
    """`call(module, *arrays)` gives with lazy arrays what it gives with NumPy's, and reads nothing until computed.

    Parameters
    ----------
    call
        Function of a module, NumPy or hyperslab, and of arrays.
    data
        The arrays.
    rtol
        How much the elements may differ, relative to the largest one; not at all if 0.
    dispatch
        Whether NumPy's own function, given lazy arrays, has to give the same lazily.
    calls
        What NumPy computes, where it is another call.
    """
    expected, error = outcome(lambda: (calls or call)(np, *data))
    for layout in range(3):
        modules = [da, np] if dispatch and layout == 0 else [da]
        for module in modules:
            sources = [Counting(a) for a in data]
            lazy = [da.from_array(s, chunks=(chunkings(s.shape) * 3)[layout]) for s in sources]
            got, raised = outcome(lambda module=module, lazy=lazy: call(module, *lazy))
            where = f"{note} through {module.__name__}, layout {layout}"
            assert all(s.reads == 0 for s in sources), f"{where}: building reads"
            assert kind(raised) is kind(error), f"{where}: {raised!r} where NumPy has {error!r}"
            if error is None:
                check_parts(got, expected, rtol, where)


def check_parts(got: Any, expected: Any, rtol: float, note: str) -> None:
    """As many arrays, and each the same."""
    ours, theirs = parts(got), parts(expected)
    assert len(ours) == len(theirs), note
    for mine, numpys in zip(ours, theirs):
        same(mine, numpys, rtol, note)


def grid(shapes: Iterable[tuple[int, ...]], dtypes: Iterable[str]) -> Iterator[np.ndarray]:
    """Arrays of every shape in the first dtype, and of one shape in every dtype."""
    shapes, dtypes = list(shapes), list(dtypes)
    yield from (values(shape, dtypes[0]) for shape in shapes)
    yield from (values(shapes[-1], dtype) for dtype in dtypes[1:])
