"""Arrays whose lengths depend on values: what is done to them is recorded, and done once the lengths are known.

Each such array carries samples: lazy arrays of zeros that went through the same calls with made-up lengths. What
differs between their shapes is not known.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NoReturn

import numpy as np

from hyperslab import _creation, _engine, _messages, _rows, config
from hyperslab._array import Array
from hyperslab._composite import Composite

#: Made-up lengths are multiples of it, so that they can be cut and reshaped as true ones might be.
_UNIT = 5040
#: Distance of the made-up lengths of the first two samples, in units.
_APART = 1009

#: Arrays of two made-up lengths and of none at all; there is no third one of what fails without elements.
Samples = tuple[Array, Array, Array | None]


class Call:
    """A function, and the arrays that it is called with once their lengths are known.

    Parameters
    ----------
    function : callable
        Gets the values of `needs`, then `args` and `kwargs`.
    args, kwargs
        Arrays, also in lists, tuples and dicts, and anything else.
    needs : tuple of Array
        Arrays whose values decide on lengths.
    computes : bool
        Whether the function computes by itself: then it gets the limits on memory and threads before all else.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        args: Any,
        kwargs: Any,
        needs: tuple[Array, ...] = (),
        computes: bool = False,
    ) -> None:
        self.function, self.needs = function, tuple(_as_it_is(a) for a in needs)
        self.computes = computes
        self.args, self.kwargs = replaced((args, kwargs), _as_it_is, Array)
        self.below = list({id(d): d for d in found((self.args, self.kwargs, self.needs))}.values())
        self.done, self.result = False, None

    @functools.cached_property
    def name(self) -> str:
        """The function and a hash of all that it is called with."""
        digest = hashlib.blake2b(digest_size=16)
        for part in (*self.needs, *_leaves((self.args, self.kwargs))):
            digest.update((part.name if isinstance(part, Array) else repr(part)).encode())
        return f"{getattr(self.function, '__name__', 'call')}-{digest.hexdigest()}"

    def run(self, values: list[Any]) -> None:
        """Calls the function, all below being done."""
        args, kwargs = replaced((self.args, self.kwargs), lambda d: d.settled())
        self.result = self.function(*values, *args, **kwargs)
        self.done, self.args, self.kwargs, self.needs, self.below = True, (), {}, (), []


class Deferred(Array):
    """Lazy array some of whose lengths depend on values: ``x[x > 0]``. They are ``nan`` in `shape` and `chunks`.

    Every function takes it. Computing, storing and converting it find the lengths out first; `compute_chunk_sizes` does
    so at once.
    """

    __slots__ = ("_call", "_path", "_samples", "_selected")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, call: Call, samples: Samples, path: tuple[Any, ...] = (), selected: Any = None):
        self._call, self._samples, self._path = call, samples, path
        self._selected = replaced(selected, _as_it_is, Array)

    @property
    def selected(self) -> tuple[Array, Array, Callable[[Array, Array], Array]] | None:
        """The array, the mask and the function that this is made with, where it is elements selected from an array."""
        return self._selected

    @property
    def known(self) -> bool:
        """Whether all lengths are known by now."""
        if not self._call.done:
            return False
        made = self._own()
        return not isinstance(made, Deferred) or made.known

    def _own(self) -> Any:
        made: Any = self._call.result
        for step in self._path:
            made = made[step]
        return made

    def settled(self) -> Array:
        """The array of known lengths."""
        made: Any = self
        while isinstance(made, Deferred):
            if not made._call.done:
                raise NotImplementedError(
                    "the lengths of this array depend on values: call x.compute_chunk_sizes() first"
                )
            made = made._own()
        return made  # type: ignore[no-any-return]

    @property
    def _expr(self) -> Any:  # type: ignore[override]
        return self.settled()._expr

    @property
    def shape(self) -> tuple[Any, ...]:
        """Length of each dimension; nan where it is not known."""
        if self.known:
            return self.settled().shape
        one, other, none = self._samples
        shapes = zip(one.shape, other.shape, one.shape if none is None else none.shape)
        return tuple(n if n == m == k else math.nan for n, m, k in shapes)

    @property
    def dtype(self) -> np.dtype:
        """Dtype of the elements."""
        return self._samples[0].dtype

    @property
    def ndim(self) -> int:
        """Number of dimensions."""
        return self._samples[0].ndim

    @property
    def size(self) -> Any:
        """Number of elements; nan if it is not known."""
        return math.prod(self.shape)

    @property
    def nbytes(self) -> Any:
        """Bytes of all elements; nan if their number is not known."""
        return self.size * self.itemsize

    @property
    def chunks(self) -> tuple[tuple[Any, ...], ...]:
        """Sizes of the chunks along each dimension; nan where they are not known."""
        if self.known:
            return self.settled().chunks
        sample = self._samples[0]
        return tuple(
            (math.nan,) * len(sizes) if math.isnan(n) else sizes for n, sizes in zip(self.shape, sample.chunks)
        )

    @property
    def chunksize(self) -> tuple[Any, ...]:
        """Size of the largest chunk along each dimension."""
        return tuple(math.nan if math.isnan(max(sizes)) else max(sizes) for sizes in self.chunks)

    @property
    def numblocks(self) -> tuple[int, ...]:
        """Number of chunks along each dimension."""
        return tuple(len(sizes) for sizes in self.chunks)

    @property
    def npartitions(self) -> int:
        """Number of chunks."""
        return math.prod(self.numblocks)

    @property
    def name(self) -> str:
        """The operation and a hash of all that it is called with."""
        return self.settled().name if self.known else "-".join(str(p) for p in (self._call.name, *self._path))

    @property
    def samples(self) -> Samples:
        """What arrays of other lengths became by the same calls."""
        return self._samples

    def compute_chunk_sizes(self) -> Array:
        """Find out all lengths, by computing what they depend on; the array itself knows them from then on."""
        settle([self])
        return self

    def _become(self, other: Array) -> None:
        if not isinstance(other, Deferred):
            call = Call(lambda: other, (), {})
            call.run([])
            other = Deferred(call, (other, other, other))
        self._call, self._samples, self._path = other._call, other._samples, other._path
        self._selected = other._selected

    def __len__(self) -> int:
        if self.ndim == 0:
            raise TypeError("len() of unsized object")
        if math.isnan(n := self.shape[0]):
            raise ValueError("the length is not known: call x.compute_chunk_sizes() first")
        return int(n)

    def __iter__(self) -> Iterator[Array]:
        return (self[i] for i in range(len(self)))

    def __reduce__(self) -> Any:
        if self.known:
            return self.settled().__reduce__()
        raise NotImplementedError("arrays of unknown lengths cannot be pickled: call x.compute_chunk_sizes() first")

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return defer(ufunc if method == "__call__" else getattr(ufunc, method), inputs, kwargs)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if func.__name__ in _ASSIGNING:
            from hyperslab import _assignment

            return assigning(getattr(_assignment, func.__name__))(*args, **kwargs)
        return defer(func, args, kwargs)


def _leaves(item: Any) -> Iterator[Any]:
    if type(item) in (list, tuple):
        for part in item:
            yield from _leaves(part)
    elif type(item) is dict:
        yield from _leaves(list(item.items()))
    elif isinstance(item, Composite):
        yield from item.parts()
    else:
        yield item


def found(item: Any) -> list[Deferred]:
    """Arrays of unknown lengths among arguments."""
    return [leaf for leaf in _leaves(item) if isinstance(leaf, Deferred)]


def replaced(item: Any, change: Callable[[Any], Any], kind: type = Deferred) -> Any:
    """The arguments with something else in place of arrays of unknown lengths, or of another kind."""
    if isinstance(item, kind):
        return change(item)
    if type(item) in (list, tuple):
        return type(item)(replaced(part, change, kind) for part in item)
    if type(item) is dict:
        return {key: replaced(value, change, kind) for key, value in item.items()}
    if isinstance(item, Composite) and any(isinstance(part, kind) for part in item.parts()):
        return item.over(tuple(replaced(part, change, kind) for part in item.parts()))
    return item


def _as_it_is(array: Array) -> Array:
    """The array as an object of its own: a call goes by what it was given, whatever is assigned to that later."""
    if isinstance(array, Deferred):
        return Deferred(array._call, array._samples, array._path, array._selected)
    return Array(array._expr) if type(array) is Array else array


_made_up: dict[str, int] = {}


def made_up_lengths(symbol: str) -> tuple[int, int, int]:
    """Lengths for the samples of what has a length of that name."""
    k = _made_up.setdefault(symbol, len(_made_up) + 2)
    return k * _UNIT, (k + _APART) * _UNIT, 0


def sample(shape: Iterable[Any], dtype: Any, blocks: int = 1) -> Samples:
    """Samples of a shape, each of whose lengths is a number or the name of one."""
    made = []
    for i in (0, 1, 2):
        lengths = [made_up_lengths(n)[i] if isinstance(n, str) else n for n in shape]
        chunks = tuple(max(-(-m // blocks), 1) if isinstance(n, str) else "auto" for n, m in zip(shape, lengths))
        made.append(_creation.zeros(tuple(lengths), dtype=dtype, chunks=chunks))
    return made[0], made[1], made[2]


def defer(function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """The result of a call with arrays of unknown lengths, as far as it can be known now."""
    if all(d.known for d in found((args, kwargs))):
        args, kwargs = replaced((args, kwargs), lambda d: d.settled())
        return function(*args, **kwargs)
    if not kwargs and _elementwise(function) and (same := _selected_alike(function, args)) is not None:
        return same
    one, other = (_on_samples(function, args, kwargs, i) for i in (0, 1))
    return _taken_apart(Call(function, args, kwargs), one, other, _on_nothing(function, args, kwargs), ())


def _lengths(sample: Array | None) -> list[int]:
    """Made-up lengths of a sample."""
    return [n for n in sample.shape if n >= _UNIT] if sample is not None else []


def _on_samples(function: Callable[..., Any], args: Any, kwargs: Any, which: int) -> Any:
    given, named = replaced((args, kwargs), lambda d: d.samples[which])
    what = getattr(function, "__name__", "the call")
    try:
        with _engine.trying(what):
            return function(*given, **named)
    except (ValueError, IndexError) as e:
        if any(str(m) in str(e) for d in found((args, kwargs)) for m in _lengths(d.samples[which])):
            raise type(e)(
                f"{what}: lengths that depend on values do not fit, or are not known to: call x.compute_chunk_sizes()"
            ) from e
        raise


#: Stands for what a call without elements gave, where it failed.
_FAILED = object()


def _on_nothing(function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """What the call gives where nothing is selected; lengths that follow from that are not known either."""
    if any(d.samples[2] is None for d in found((args, kwargs))):
        return _FAILED
    try:
        return _on_samples(function, args, kwargs, 2)
    except Exception:
        return _FAILED


#: Functions that make each element of their result from the elements at its place.
ELEMENTWISE: set[Any] = set()


def _elementwise(function: Any) -> bool:
    if isinstance(function, np.ufunc):
        return function.signature is None and function.nout == 1
    return function in ELEMENTWISE


def _selected_alike(function: Callable[..., Any], args: Any) -> Any:
    """The call on whole arrays, of which the same elements are selected then; `None` where that is something else."""
    arrays = [a for a in args if isinstance(a, Deferred)]
    if any(a._selected is None for a in arrays) or any(np.ndim(a) > 0 for a in args if not isinstance(a, Deferred)):
        return None
    _, mask, select = arrays[0]._selected
    if any(a._selected[1].name != mask.name for a in arrays):
        return None
    wholes = tuple(a._selected[0] if isinstance(a, Deferred) else a for a in args)
    # What is not selected is computed all the same; NumPy does not look at it.
    return select(_rows.told_as(function(*wholes), wholes), mask)


def _taken_apart(call: Call, one: Any, other: Any, none: Any, path: tuple[Any, ...]) -> Any:
    if isinstance(one, Array):
        same = isinstance(none, Array) and none.ndim == one.ndim
        samples = [x.samples[i] if isinstance(x, Deferred) else x for i, x in enumerate((one, other, none))]
        return Deferred(call, (samples[0], samples[1], samples[2] if same else None), path)  # type: ignore[arg-type]
    if isinstance(one, list | tuple):
        if len(one) != len(other):
            raise NotImplementedError("how many arrays there are depends on lengths: call compute_chunk_sizes() first")
        third = none if isinstance(none, list | tuple) and len(none) == len(one) else [_FAILED] * len(one)
        several = enumerate(zip(one, other, third))
        parts = [_taken_apart(call, a, b, c, (*path, i)) for i, (a, b, c) in several]
        return type(one)(*parts) if hasattr(one, "_fields") else type(one)(parts)
    if _equal(one, other) and (none is _FAILED or _equal(one, none)):
        return one
    raise NotImplementedError("the result depends on lengths that are not known: call compute_chunk_sizes() first")


def _equal(one: Any, other: Any) -> bool:
    """Whether two results that are no lazy arrays are the same; arrays in memory are compared as a whole."""
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other)
    return type(one) is type(other) and bool(one == other)


def settle(arrays: Iterable[Any], memory_limit: Any = None, num_threads: Any = None) -> None:
    """Find out the lengths of all arrays given: what they depend on is computed, level by level."""
    targets = [a for a in arrays if isinstance(a, Deferred)]
    while True:
        calls = _pending(targets)
        if not calls:
            return
        ready = []
        for call in calls:
            if all(d.known for d in call.below):
                if call.needs:
                    ready.append(call)
                else:
                    call.run([memory_limit, num_threads] if call.computes else [])
        _answer(ready, memory_limit, num_threads)


def as_set(made: Any) -> Any:
    """Arrays of unknown lengths as they are, or known ones in their place if the settings ask for it."""
    if _engine.in_trial() or config.get("unknown_lengths") == "keep":
        return made
    settle(found(made))
    return replaced(made, lambda d: d.settled())


def _pending(targets: list[Deferred]) -> list[Call]:
    """Calls that are not done, those below others first."""
    order: list[Call] = []
    seen: set[int] = set()
    stack = [(d, False) for d in reversed(targets)]
    while stack:
        array, below_done = stack.pop()
        call = array._call
        if call.done:
            made = array._own()
            if isinstance(made, Deferred):
                stack.append((made, False))
        elif below_done:
            order.append(call)
        elif id(call) not in seen:
            seen.add(id(call))
            stack.append((array, True))
            stack.extend((d, False) for d in reversed(call.below))
    return order


def _answer(calls: list[Call], memory_limit: Any, num_threads: Any) -> None:
    """Computes what calls need, in one computation, and runs them."""
    needs = {id(a): a for call in calls for a in call.needs}
    places = {key: np.empty(a.shape, a.dtype) for key, a in needs.items()}
    pairs: list[_engine.Pair] = [(a._expr, places[key], None) for key, a in needs.items()]
    if pairs:
        _engine.run(pairs, memory_limit, num_threads)
    for call in calls:
        call.run([places[id(a)] for a in call.needs])


#: Methods that give up being lazy.
TERMINAL = frozenset(
    """
    compute persist explain store to_hdf5 to_zarr to_npy to_npy_stack item tolist tobytes tofile dump dumps save savez
    savez_compressed savetxt array2string array_repr array_str ndenumerate assert_eq to_dask_dataframe to_svg __array__
    __bool__ __float__ __int__ __complex__ __index__ __contains__ __dlpack__
    """.split()  # noqa: SIM905
)
#: Members of the class itself.
_OWN = frozenset(vars(Deferred)) | frozenset(
    """
    __class__ __new__ __init__ __getattribute__ __setattr__ __slots__ __doc__ __module__ __weakref__ __copy__
    __deepcopy__ __setitem__ __repr__ _repr_html_ __init_subclass__ __subclasshook__ __class_getitem__ _number
    sort partition
    """.split()  # noqa: SIM905
)


def deferrable(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, which records calls with arrays of unknown lengths."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            if _any_deferred(args) or (kwargs and _any_deferred(kwargs.values())):
                return defer(function, args, kwargs)
            return function(*args, **kwargs)
        except Exception as error:
            _messages.tell(error, function.__name__, args, kwargs)
            raise

    return call


def settling(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, which finds out unknown lengths of its arguments first."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        open_lengths = found((args, kwargs))
        if not open_lengths:
            return function(*args, **kwargs)
        with _engine.keeping_sorted():
            settle(open_lengths, kwargs.get("memory_limit"), kwargs.get("num_threads"))
            return function(*args, **kwargs)

    return call


#: Functions that give up being lazy.
_TERMINAL_FUNCTIONS = frozenset(name for name in TERMINAL if not name.startswith("_"))
#: Functions that change the array that they are given.
_ASSIGNING = frozenset(["copyto", "fill_diagonal", "place", "put", "put_along_axis", "putmask"])


def assigning(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, which changes its first argument, also where that has unknown lengths."""

    first = next(iter(inspect.signature(function).parameters))
    function = _messages.named(function)

    def changed(a: Array, args: Any, kwargs: Any) -> Array:
        made = a.copy()
        function(made, *args, **kwargs)
        return made

    changed.__name__ = function.__name__

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> None:
        if not found((args, kwargs)):
            function(*args, **kwargs)
            return
        a, *rest = args or (kwargs.pop(first),)
        if not isinstance(a, Deferred):
            refuse_values()
        a._become(defer(changed, (a, rest, kwargs), {}))

    return call


def refuse_values() -> NoReturn:
    """Raise for an assignment to an array of known shape that goes by lengths that are not known."""
    raise NotImplementedError(
        "assigning from or by arrays of unknown lengths: call compute_chunk_sizes() on them first"
    )


@functools.cache
def _wrapping(function: Callable[..., Any]) -> Callable[..., Any]:
    if function.__name__ in _ASSIGNING:
        return assigning(function)
    return settling(function) if function.__name__ in _TERMINAL_FUNCTIONS else deferrable(function)


def wrapped(member: Any) -> Any:
    """What the package exports: functions take arrays of unknown lengths."""
    return _wrapping(member) if inspect.isfunction(member) else member


def _any_deferred(args: Iterable[Any]) -> bool:
    for a in args:
        kind = type(a)
        if kind is Deferred or (kind in (list, tuple) and _any_deferred(a)):
            return True
    return False


def complete() -> None:
    """Gives `Deferred` the methods of `Array`, all of which are there by now."""
    for name, member in list(vars(Array).items()):
        if name in _OWN or name in vars(Deferred):
            continue
        if isinstance(member, property):
            setattr(Deferred, name, property(_recorded(member.fget), doc=member.__doc__))
        elif callable(member):
            setattr(Deferred, name, settling(member) if name in TERMINAL else _recorded(member))


def _recorded(method: Any) -> Callable[..., Any]:
    @functools.wraps(method)
    def call(*args: Any, **kwargs: Any) -> Any:
        return defer(method, args, kwargs)

    return _messages.named(call)
