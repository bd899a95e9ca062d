"""Floating-point warnings: what NumPy tells, once for each computation, in the thread that asks for it."""

import itertools
import re
import threading
import warnings

import lazy_calls as calls
import numpy as np
import pytest

import hyperslab as da
from hyperslab import _ops

SPECIAL = [-np.inf, -1e5, -2.5, -1.0, -0.5, -0.0, 0.0, 0.25, 1.0, 1.5, 3.0, 90.0, 710.0, 2e4, np.inf, np.nan]
COMPLEX = [0, 1, -1, 1j, -1j, 0.5 + 0.25j, -2.5 + 3j, 3 - 4j, 2, -3.5]


def special(dtype: str) -> np.ndarray:
    """Values at which operations have poles, overflow, or no result."""
    d = np.dtype(dtype)
    if d.kind in "iu":
        info = np.iinfo(d)
        return np.array([info.min, info.max, 0, 1, 2, 7, *([-1, -7] if d.kind == "i" else [])], d)
    if d.kind == "c":
        return np.array(COMPLEX, d)
    top = float(np.finfo(d).max)
    with np.errstate(all="ignore"):
        return np.array([*SPECIAL, top, -top, top / 4, float(np.finfo(d).tiny)], d)


def told(function, **state) -> set:
    """Category and message of every warning, each of which must come once."""
    with warnings.catch_warnings(record=True) as caught, np.errstate(**{"all": "warn", "under": "ignore", **state}):
        warnings.simplefilter("always")
        function()
    found = [(w.category, str(w.message)) for w in caught]
    return set(found)


def told_here(*arrays, **options) -> set:
    """The same of a computation, in which nothing is told twice."""
    with warnings.catch_warnings(record=True) as caught, np.errstate(all="warn", under="ignore"):
        warnings.simplefilter("always")
        da.compute(*arrays, **options)
    found = [(w.category, str(w.message)) for w in caught]
    assert len(found) == len(set(found)), found
    assert all(w.filename == __file__ for w in caught), [w.filename for w in caught]
    return set(found)


def public(module, name: str):
    """The function of a row; of two results, the function of both."""
    return getattr(module, name.partition(".")[0])


def together(result):
    return result if isinstance(result, tuple) else (result,)


#: Rows of which NumPy tells more than happened: powers of infinite exponents, comparisons with NaN.
UNLIKE = {"power", "float_power", "logaddexp", "logaddexp2", "spacing"}

ROWS = [(name, row["nin"]) for name, row in _ops.UFUNCS.items() if name not in ("where", "clip", "real", "imag")]


def cases(name: str, nin: int, dtype: str):
    """Operands that NumPy takes, of one element each."""
    values = special(dtype)
    for picked in itertools.product(range(len(values)), repeat=nin):
        if name == "ldexp":
            yield values[picked[:1]], np.array([[0, 5, 20000, -3][picked[1] % 4]])
        else:
            yield tuple(values[[k]] for k in picked)


@pytest.mark.parametrize("dtype", ["f4", "f8", "f2", "i4", "i8", "u1", "c16", "c8"])
@pytest.mark.parametrize(("name", "nin"), ROWS)
def test_single_operations(name, nin, dtype):
    wrong = []
    for operands in cases(name, nin, dtype):
        try:
            theirs = told(lambda o=operands: public(np, name)(*o))
        except (TypeError, ValueError):
            continue
        lazy = [da.from_array(np.resize(x, 5), chunks=2) for x in operands]
        ours = told_here(*together(public(da, name)(*lazy)))
        if not (ours <= theirs if name in UNLIKE else ours == theirs):
            wrong.append((*(x[0] for x in operands), {m for _, m in ours}, {m for _, m in theirs}))
    assert not wrong, (len(wrong), wrong[:20])


A = np.array([1.0, 0.0, -3.0, 1e200, 2.5, 0.0, -1.0, 8.0])
B = np.array([2.0, 0.0, 1e300, 0.0, 4.0, 1.0, -1e200, 0.5])

#: Expressions of a module, of two arrays.
EXPRESSIONS = {
    "x * 2 + 1": lambda m, x, y: x * 2 + 1,
    "x / y": lambda m, x, y: x / y,
    "y / 2": lambda m, x, y: y / 2,
    "y * y": lambda m, x, y: y * y,
    "x**-1": lambda m, x, y: x**-1,
    "x**2": lambda m, x, y: y**2,
    "x**2.0": lambda m, x, y: y**2.0,
    "x**0.5": lambda m, x, y: x**0.5,
    "power": lambda m, x, y: m.power(y, 2),
    "power of a reciprocal": lambda m, x, y: m.power(x, -1.0),
    "a quotient by less than one": lambda m, x, y: y / 0.5**40 / 0.5**40,
    "a chain": lambda m, x, y: (x * 2 + 1) / y - 3,
    "a chain that forgets": lambda m, x, y: m.minimum(m.maximum(y * y * x, -1.0), 1.0),
    "a product that is added": lambda m, x, y: x + y * y,
    "a product that is taken from": lambda m, x, y: y * y - x,
    "a difference of infinities": lambda m, x, y: y * y - y * y * 2,
    "sqrt": lambda m, x, y: m.sqrt(m.abs(x) - 2),
    "log": lambda m, x, y: m.log(x) + m.exp(y),
    "log1p": lambda m, x, y: m.log1p(x) * 2,
    "where": lambda m, x, y: m.where(x > 0, 1 / x, y),
    "floor_divide": lambda m, x, y: x // y,
    "remainder": lambda m, x, y: x % y,
    "divmod": lambda m, x, y: m.divmod(x, y)[0] + m.divmod(x, y)[1],
    "casts": lambda m, x, y: y.astype("f4") + x.astype("i4"),
    "integers": lambda m, x, y: x.astype("i8") // 0 + x.astype("i4") % 0,
    "times": lambda m, x, y: x.astype("i8").astype("m8[s]") // m.zeros_like(x, dtype="m8[s]"),
    "complex": lambda m, x, y: (x + 1j * x) / (y - y) + m.log(x + 0j),
    "half floats": lambda m, x, y: x.astype("f2") * 6e4,
    "isclose": lambda m, x, y: m.isclose(1 / (x * 0 + 1), y * np.inf),
    "constants": lambda m, x, y: x + m.zeros_like(x) / 0,
    "views": lambda m, x, y: (x / y)[::-1] * (x / y),
    "comparisons": lambda m, x, y: (x * np.nan > y) & (x * np.nan < y),
}


@pytest.mark.filterwarnings("ignore:divide by zero encountered in scalar")
@pytest.mark.parametrize("dtype", ["f4", "f8", "c16"])
@pytest.mark.parametrize("name", EXPRESSIONS)
def test_expressions(name, dtype):
    expression = EXPRESSIONS[name]
    with np.errstate(all="ignore"):
        x, y = A.astype(dtype), B.astype(dtype)
    try:
        theirs = {w for w in told(lambda: expression(np, x, y)) if w[0] is RuntimeWarning}
    except TypeError:
        pytest.skip("NumPy has no such loop")
    for chunks, threads in [(8, 1), (3, 2), (1, 4)]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ours = expression(da, da.from_array(x, chunks=chunks), da.from_array(y, chunks=chunks))
        found = told_here(ours, num_threads=threads)
        # Of complex numbers with a NaN in one part NumPy tells what happens to the other one, and in comparisons.
        assert found <= theirs if dtype == "c16" else found == theirs, (chunks, threads, found, theirs)


def test_large_arrays_are_looked_at_everywhere():
    x = np.ones(300_000)
    for place in (0, 17, 131_071, 299_999):
        x[place] = 0
        found = told_here(2 / da.from_array(x, chunks=70_000) * 3)
        assert {m for _, m in found} == {"divide by zero encountered in divide"}
        x[place] = 1
    assert told_here(2 / da.from_array(x, chunks=70_000) * 3) == set()


ORDINARY = [(name, nin) for name, nin in ROWS if not name.startswith(("frexp", "modf"))]


@pytest.mark.parametrize("dtype", ["f4", "f8", "f2", "c16", "i4", "u8"])
@pytest.mark.parametrize(("name", "nin"), ORDINARY)
def test_ordinary_numbers_are_not_told_of(name, nin, dtype):
    rng = np.random.default_rng(5)
    operands = [rng.uniform(1, 2, 1000) if dtype[0] in "fc" else rng.integers(1, 5, 1000) for _ in range(nin)]
    operands = [x.astype("i4" if name == "ldexp" and k else dtype) for k, x in enumerate(operands)]
    try:
        theirs = told(lambda: public(np, name)(*operands))
    except TypeError:
        return
    for chunks in (1000, 37):
        ours = public(da, name)(*(da.from_array(x, chunks=chunks) for x in operands))
        assert told_here(*together(ours)) <= theirs


def _outcome(line: str, module, arrays: dict) -> set | None:
    """RuntimeWarnings of a call and of computing what it gives; `None` where it raises."""
    with warnings.catch_warnings(record=True) as caught, np.errstate(all="warn", under="ignore"):
        warnings.simplefilter("always")
        try:
            da.compute(eval(line, {"m": module, "np": np, **arrays}))
        except Exception:
            return None
    return {str(w.message) for w in caught if w.category is RuntimeWarning and "encountered" in str(w.message)}


def _with_special_values(x: np.ndarray) -> np.ndarray:
    if x.dtype.kind not in "fc":
        return x
    x = x.copy()
    x.flat[::3], x.flat[1::5], x.flat[2::7] = np.nan, np.inf, 0
    return x


@pytest.mark.parametrize("special", [False, True])
@pytest.mark.parametrize("line", [*calls.FUNCTIONS, *calls.LINALG, *calls.FFT])
def test_compositions_tell_no_more_than_numpy(line, special):
    data = {name: _with_special_values(x) if special else x for name, x in calls.SOURCES.items()}
    theirs = _outcome(line, np, data)
    if theirs is None and special:
        return
    ours = _outcome(line, da, {name: da.from_array(x, chunks=2) for name, x in data.items()})
    told = {re.sub("encountered in scalar ", "encountered in ", message) for message in theirs or ()}
    assert ours is None or ours <= told, (ours, theirs)


def test_what_numpy_keeps_to_itself():
    x = da.from_array(A, chunks=3)
    assert told_here(da.divide(1, x, where=x != 0)) == set()
    assert told_here(da.log(x, where=x > 0)) == set()
    assert told_here(da.isclose(x * np.inf, x * np.inf)) == {(RuntimeWarning, "invalid value encountered in multiply")}
    assert told_here(np.log(x[x > 0]).sum(), 1 / x[x != 0]) == set()
    chosen = da.from_array(A, chunks=3)
    chosen[chosen > 0] = np.sqrt(chosen[chosen > 0]) + 1
    zeros = da.zeros((6, 3), chunks=2)
    assert told_here(chosen, *da.linalg.lstsq(zeros, np.ones(6)), da.linalg.pinv(zeros), da.linalg.cond(zeros)) == set()
    masked = da.ma.masked_equal(x, 0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (1 / masked).compute()
        da.ma.log(masked).compute()
        da.ma.power(masked, -1.0).compute()


def test_states():
    x = da.from_array(A, chunks=2)
    with np.errstate(divide="raise"), pytest.raises(FloatingPointError, match="divide by zero encountered in divide"):
        (1 / x).compute()
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("error")
        (1 / x).compute()
    with np.errstate(divide="warn", all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("error")
        np.sqrt(x - 5).compute()


def test_calls_and_logs():
    x = da.from_array(A, chunks=2)
    called = []

    class Log:
        def write(self, text):
            called.append(text)

    with np.errstate(all="call", call=lambda kind, flag: called.append((kind, flag))):
        (1 / x).compute()
    with np.errstate(all="log", call=Log()):
        (1 / x).compute()
    assert called == [("divide by zero", 1), "Warning: divide by zero encountered in divide\n"]
    with np.errstate(all="call"), pytest.raises(NameError):
        (1 / x).compute()


def test_print(capfd):
    with np.errstate(all="print"):
        (1 / da.from_array(A, chunks=2)).compute()
    assert capfd.readouterr().err == "Warning: divide by zero encountered in divide\n"


def test_the_state_is_that_of_the_thread_that_computes():
    x, found = 1 / da.from_array(A, chunks=2), []

    def elsewhere():
        with np.errstate(divide="raise"):
            try:
                x.compute()
            except FloatingPointError as e:
                found.append(str(e))

    with np.errstate(all="ignore"):
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
        x.compute()
    assert found == ["divide by zero encountered in divide"]


def test_every_way_to_compute(tmp_path):
    x = 1 / da.from_array(A, chunks=2)
    ways = {
        "compute": lambda: x.compute(),
        "together": lambda: da.compute(x, x + 1),
        "asarray": lambda: np.asarray(x),
        "store": lambda: da.store(x, np.empty(8), compute=True),
        "persist": lambda: x.persist(),
        "out": lambda: da.add(x, 1, out=np.empty(8)),
        "npy": lambda: da.to_npy(tmp_path / "x.npy", x) if hasattr(da, "to_npy") else x.compute(),
        "float": lambda: float(x.sum()),
    }
    for name, way in ways.items():
        with warnings.catch_warnings(record=True) as caught, np.errstate(all="warn", under="ignore"):
            warnings.simplefilter("always")
            way()
        messages = [str(w.message) for w in caught if w.category is RuntimeWarning]
        assert messages == ["divide by zero encountered in divide"], (name, messages)
        assert caught[0].filename == __file__, name


def test_underflow_where_it_is_asked_for():
    x = da.from_array(np.array([1e-200, 1.0]), chunks=1)
    for name, function in {
        "multiply": lambda: x * x,
        "exp": lambda: da.exp(-1e3 * (x + 1)),
        "square": lambda: x**2,
    }.items():
        with np.errstate(under="raise"), pytest.raises(FloatingPointError, match=f"underflow encountered in {name}"):
            function().compute()
        with np.errstate(under="raise"):
            (x * 0).compute()
            (x + x).compute()


def test_functions_on_blocks_warn_as_numpy_does():
    x = da.from_array(A, chunks=8).map_blocks(lambda block: 1 / block, dtype="f8")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        x.compute()
    assert [str(w.message) for w in caught] == ["divide by zero encountered in divide"]


def test_names_survive_pickling():
    import pickle

    x = pickle.loads(pickle.dumps(da.divmod(da.from_array(A, chunks=2), 0.0)[0]))
    assert {m for _, m in told_here(x)} == {
        "divide by zero encountered in divmod",
        "invalid value encountered in divmod",
    }


@pytest.mark.parametrize("name", ["sum", "prod", "nansum", "nanprod"])
@pytest.mark.parametrize("chunks", [1000, 7])
def test_reductions_that_overflow(name, chunks):
    for dtype in ("f4", "f8"):
        ordinary = np.linspace(1, 1.01, 1000).astype(dtype)
        mixed = np.where(np.arange(1000) % 7 == 0, np.nan, np.where(np.arange(1000) % 5 == 0, np.inf, 1)).astype(dtype)
        huge = np.full(1000, np.finfo(dtype).max / 4, dtype)
        for x, told_of in [(ordinary, False), (mixed, False), (huge, True)]:
            found = told_here(getattr(da, name)(da.from_array(x, chunks=chunks)))
            assert found == ({(RuntimeWarning, "overflow encountered in reduce")} if told_of else set())


#: Expressions of a module and of an array of 1000 elements that are not computed as they are written.
SUMMED = {
    "sum of logarithms": lambda m, x: m.log(x).sum(),
    "mean of logarithms": lambda m, x: m.log(x.reshape(10, 100)).mean(axis=0),
    "cumsum": lambda m, x: m.cumsum(x, axis=0),
    "cumprod": lambda m, x: m.cumprod(x, axis=0),
    "nancumsum": lambda m, x: m.nancumsum(x.reshape(100, 10), axis=0),
    "einsum": lambda m, x: m.einsum("i,i->", x, x),
}


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("name", SUMMED)
def test_what_sums_are_made_of(name, dtype):
    ordinary = np.linspace(0.99, 1.01, 1000).astype(dtype)
    for places in [{}, {3: 0}, {999: -1}, {500: np.nan}, {40: 0, 700: -2}, {5: np.inf, 6: np.nan}, {0: -np.inf}]:
        x = ordinary.copy()
        x[list(places)] = list(places.values())
        theirs = told(lambda x=x: SUMMED[name](np, x))
        for chunks in (1000, 70):
            assert told_here(SUMMED[name](da, da.from_array(x, chunks=chunks))) == theirs, (places, chunks)


@pytest.mark.parametrize("name", ["cumsum", "cumprod"])
def test_running_results_that_overflow(name):
    for x in [np.full(1000, 1e308), np.where(np.arange(1000) % 2, np.inf, -np.inf), np.full((1000, 3), 3e38, "f4")]:
        theirs = told(lambda x=x: getattr(np, name)(x, axis=0))
        for chunks in (1000, 70):
            assert told_here(getattr(da, name)(da.from_array(x, chunks=chunks), axis=0)) == theirs


def test_casts_to_integers_by_their_bounds():
    for dtype in ("f2", "f4", "f8"):
        # Of uint32 what NumPy tells depends on how many elements there are.
        for to in ("i1", "u2", "i4", "i8", "u8"):
            for x in (-1.0, -(2.0**31), -(2.0**31) - 1, 2.0**31, 2.0**32, -(2.0**63), 2.0**63, 2.0**64, np.nan, np.inf):
                with np.errstate(all="ignore"):
                    data = np.full(100, 7, dtype)
                    data[61] = x
                theirs = told(lambda data=data, to=to: data.astype(to))
                assert told_here(da.from_array(data, chunks=70).astype(to)) == theirs, (dtype, to, x)
