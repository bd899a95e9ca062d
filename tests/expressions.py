"""Random expressions, for `test_expressions.py`: a few arrays, and up to eight statements that NumPy can run too.

A statement is a line of Python, ``v3 = m.sum(v1, axis=0)``, so that what fails can be pasted. `m` is the module; the
helpers of `helpers` are what the two libraries spell differently.
"""

from dataclasses import dataclass, field

import hypothesis.extra.numpy as hnp
import numpy as np
from hypothesis import strategies as st

NUMBERS = ["?", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", "c8", "c16"]
OTHERS = ["M8[D]", "m8[s]", "U3", "S2"]
#: Sums of whole numbers up to these are exact in each float.
EXACT = {"e": 2**10, "f": 2**22, "d": 2**50, "F": 2**22, "D": 2**50}


@dataclass
class Value:
    """An array that a statement made: NumPy's, and how sure its bits are."""

    name: str
    array: np.ndarray
    exact: bool = True
    elementwise: bool = True
    sources: frozenset = frozenset()


@dataclass
class Program:
    """Arrays and the statements that go on with them."""

    sources: dict = field(default_factory=dict)
    chunks: dict = field(default_factory=dict)
    lines: list = field(default_factory=list)
    values: dict = field(default_factory=dict)
    wrong: str | None = None
    error: Exception | None = None

    def __repr__(self):
        made = [
            f"{n} = np.array({a.tolist()!r}, {a.dtype.str!r}).reshape({a.shape}, order={'F' if _fortran(a) else 'C'!r})"
            f"  # chunks {self.chunks[n]}"
            for n, a in self.sources.items()
        ]
        return "\n" + "\n".join([*made, *self.lines, *([f"{self.wrong}  # {self.error!r}"] if self.wrong else [])])


def _fortran(a):
    return a.flags.f_contiguous and not a.flags.c_contiguous


def helpers(module):
    """Names that statements use besides arrays."""

    def copied(a):
        return a.copy()

    def rechunk(a, chunks):
        return a if module is np else a.rechunk(chunks)

    def assign(a, index, value):
        made = copied(a)
        made[index] = value
        return made

    return {"m": module, "np": np, "rechunk": rechunk, "assign": assign}


@st.composite
def cuts(draw, shape):
    """Chunks of any sizes that add up to the shape, some of them empty."""

    def sizes(n):
        inner = draw(st.lists(st.integers(0, n), max_size=3))
        edges = [0, *sorted(inner), n]
        return tuple(int(k) for k in np.diff(edges))

    return tuple(sizes(n) for n in shape)


@st.composite
def arrays(draw, shapes, dtypes):
    """Whole numbers that are small, sometimes among special ones."""
    shape, dtype = draw(shapes), np.dtype(draw(dtypes))
    low = 0 if dtype.kind in "ubMUS" else -4
    # Elements are drawn all at once: which they are matters less than shapes, dtypes and chunks.
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    whole = rng.integers(low, 8, shape)
    if dtype.kind in "US":
        made = np.array(["", "a", "b", "ab", "ba", "B", "abc", " a"]).astype(dtype)[whole]
    elif dtype.kind in "mM":
        made = whole.view(dtype).copy()
        if made.size and draw(st.integers(0, 5)) == 0:
            made.flat[rng.integers(made.size)] = "NaT"
    else:
        made = whole.astype(dtype)
        if dtype.kind in "fc" and made.size and draw(st.integers(0, 3)) == 0:
            for value in rng.choice([np.nan, np.inf, -np.inf, -0.0, 0.5, -1.5], rng.integers(1, 4)):
                made.flat[rng.integers(made.size)] = value
        if dtype.kind == "c" and draw(st.booleans()):
            made = made + 1j * rng.integers(-2, 3, shape)
            made = made.astype(dtype)
    made = np.asarray(made)
    return np.asfortranarray(made) if made.ndim and draw(st.integers(0, 3)) == 0 else made


def is_whole(a):
    """Whether sums of the elements are exact."""
    if a.dtype.kind not in "fc":
        return True
    with np.errstate(all="ignore"):
        parts = a.view(a.real.dtype) if a.flags.c_contiguous and a.ndim else np.stack([a.real, a.imag])
        wide = parts.astype("f8")
        return bool(
            np.isfinite(wide).all() and (wide == np.trunc(wide)).all() and np.abs(wide).sum() < EXACT[a.dtype.char]
        )


#: Ufuncs whose bits IEEE 754 or integers decide.
EXACT_UNARY = """
negative positive absolute square sign floor ceil trunc rint isnan isfinite isinf logical_not invert conjugate signbit
real imag bitwise_count isnat
""".split()  # noqa: SIM905
CLOSE_UNARY = "sqrt exp expm1 log1p sin cos tanh arctan cbrt exp2 reciprocal arcsinh".split()  # noqa: SIM905
EXACT_BINARY = """
+ - * // % < <= > >= == != & | ^
""".split()  # noqa: SIM905
EXACT_FUNCTIONS = "maximum minimum fmax fmin logical_and logical_or logical_xor copysign gcd fmod left_shift".split()  # noqa: SIM905
CLOSE_FUNCTIONS = "hypot arctan2 true_divide power logaddexp".split()  # noqa: SIM905
FOLDS = "sum prod max min any all mean std var count_nonzero nansum nanmax nanmin nanmean ptp argmax argmin".split()  # noqa: SIM905
#: Folds whose result is not exact where their elements are.
CLOSE_FOLDS = {"mean", "std", "var", "nanmean"}


class Builder:
    """Draws statements, and runs them on NumPy to know shapes."""

    def __init__(self, draw):
        self.draw, self.program = draw, Program()
        self.scope = helpers(np)
        self.values = []

    def one_of(self, *options):
        return self.draw(st.sampled_from(options))

    def rng(self):
        return np.random.default_rng(self.draw(st.integers(0, 1000)))

    def chance(self, n):
        """True once in `n` times."""
        return self.draw(st.integers(1, n)) == n

    def source(self, shapes=None, dtypes=None):
        shapes = shapes if shapes is not None else hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=6)
        kinds = st.sampled_from(NUMBERS if not self.chance(5) else OTHERS)
        name = f"a{len(self.program.sources)}"
        a = self.draw(arrays(shapes, dtypes if dtypes is not None else kinds))
        self.program.sources[name] = a
        self.program.chunks[name] = self.draw(cuts(a.shape))
        self.scope[name] = a
        value = Value(name, a, sources=frozenset([name]))
        self.values.append(value)
        return value

    def pick(self):
        """A value, rather a late one."""
        if self.chance(2):
            return self.values[-1]
        return self.draw(st.sampled_from(self.values))

    def partner(self, v):
        """A second operand: a number, an array there is, or a new one that broadcasts."""
        how = self.one_of("scalar", "same", "there", "new", "new")
        if how == "scalar":
            if v.array.dtype.kind in "US":
                return repr(self.one_of("a", "b", "")) if v.array.dtype.kind == "U" else "b'a'", True, frozenset()
            if v.array.dtype.kind in "mM":
                return (
                    "np.timedelta64(3, 's')" if v.array.dtype.kind == "m" else "np.timedelta64(2, 'D')",
                    True,
                    frozenset(),
                )
            numbers = [0, 1, 2, 3, 2.0, 0.5, True, *([-1] if v.array.dtype.kind not in "ub" else [])]
            return repr(self.one_of(*numbers)), True, frozenset()
        if how == "same":
            return v.name, v.exact, v.sources
        if how == "there":
            other = self.pick()
            return other.name, other.exact, other.sources
        shape = list(v.array.shape)
        for d in range(len(shape)):
            if self.chance(4):
                shape[d] = 1
        shape = shape[self.draw(st.integers(0, len(shape))) if self.chance(3) else 0 :]
        if shape and self.chance(12):
            shape[-1] += 2  # Does not fit, mostly.
        kinds = st.sampled_from(NUMBERS if v.array.dtype.kind in "biufc" else [v.array.dtype])
        other = self.source(st.just(tuple(shape)), kinds)
        self.values.insert(0, self.values.pop())  # The last value stays the last.
        return other.name, True, other.sources

    def axis(self, ndim, none=False):
        if self.chance(25):
            return ndim + 1
        if ndim == 0:
            return None if none else 0
        return self.one_of(*([None] if none else []), *range(-ndim, ndim))

    def add(self, text, exact, elementwise=False, sources=frozenset()):
        """Run a statement on NumPy; what it raises ends the program."""
        name = f"v{len(self.program.lines)}"
        line = f"{name} = {text}"
        try:
            with np.errstate(all="ignore"):
                made = eval(text, self.scope)
        except Exception as error:
            self.program.wrong, self.program.error = line, error
            return False
        if isinstance(made, np.str_ | np.bytes_):
            return True  # As long as it is, whatever the dtype of the array.
        made = np.asarray(made)
        if made.size > 4096 or made.dtype.kind == "O":
            return True
        self.program.lines.append(line)
        value = Value(name, made, exact, elementwise, sources)
        self.scope[name] = made
        self.program.values[name] = value
        self.values.append(value)
        return True


def elementwise(b):
    v = b.pick()
    kind = b.one_of("unary", "close", "binary", "binary", "function", "close function", "where", "clip")
    if kind == "unary":
        name = b.one_of(*EXACT_UNARY)
        close = name in ("sign", "absolute") and v.array.dtype.kind == "c"
        return b.add(f"m.{name}({v.name})", v.exact and not close, v.elementwise and name != "imag", v.sources)
    if kind == "close":
        return b.add(f"m.{b.one_of(*CLOSE_UNARY)}({v.name})", False, v.elementwise, v.sources)
    other, sure, sources = b.partner(v)
    sure, sources = sure and v.exact, sources | v.sources
    if kind == "where":
        third, also, more = b.partner(v)
        return b.add(f"m.where({v.name}, {other}, {third})", sure and also, v.elementwise, sources | more)
    if kind == "clip":
        third, also, more = b.partner(v)
        return b.add(f"m.clip({v.name}, {other}, {third})", sure and also, v.elementwise, sources | more)
    if kind == "binary":
        sign = b.one_of(*EXACT_BINARY)
        pair = (v.name, other) if b.chance(2) or sign == "/" else (other, v.name)
        if other[0] not in "av":
            pair = (v.name, other)
        close = sign in ("*", "//", "%") and np.iscomplexobj(v.array)
        return b.add(f"{pair[0]} {sign} {pair[1]}", sure and not close, v.elementwise, sources)
    name = b.one_of(*(EXACT_FUNCTIONS if kind == "function" else CLOSE_FUNCTIONS))
    return b.add(f"m.{name}({v.name}, {other})", sure and kind == "function", v.elementwise, sources)


def fold(b):
    v = b.pick()
    name = b.one_of(*FOLDS)
    axis = b.axis(v.array.ndim, none=True)
    if v.array.ndim > 1 and not name.startswith("arg") and b.chance(4):
        axis = tuple(b.draw(st.permutations(range(v.array.ndim)))[:2])
    keep = ", keepdims=True" if b.chance(4) and name != "ptp" else ""
    exact = v.exact and (
        name in ("max", "min", "any", "all", "count_nonzero", "nanmax", "nanmin", "argmax", "argmin", "ptp")
        or (name in ("sum", "nansum") and is_whole(v.array))
        or (name == "prod" and v.array.dtype.kind in "biu")
    )
    return b.add(f"m.{name}({v.name}, axis={axis}{keep})", exact)


def scan(b):
    v = b.pick()
    name = b.one_of("cumsum", "cumprod", "nancumsum", "maximum.accumulate", "cumulative_sum", "diff")
    axis = b.axis(v.array.ndim, none=name in ("cumsum", "cumprod", "nancumsum"))
    if axis is None and name not in ("cumsum", "cumprod", "nancumsum"):
        axis = 0
    extra = ", include_initial=True" if name == "cumulative_sum" and b.chance(2) else ""
    exact = v.exact and (
        name in ("maximum.accumulate", "diff")
        or (is_whole(v.array) and name != "cumprod")
        or v.array.dtype.kind in "biu"
    )
    return b.add(f"m.{name}({v.name}, axis={axis}{extra})", exact)


def basic(b, shape):
    """The text of an index of slices and integers."""
    index = b.draw(hnp.basic_indices(shape, min_dims=0, allow_newaxis=True, allow_ellipsis=True))
    return repr(index).replace("Ellipsis", "...")


def listed(b, n):
    if n == 0:
        return "np.array([], int)"
    more = 3 if b.chance(25) else 0
    rng = b.rng()
    return f"np.array({rng.integers(-n, n + more, rng.integers(0, 7)).tolist()}, int)"


def mask_text(b, shape):
    """A mask in memory."""
    mask = b.rng().random(shape) < 0.5
    return f"np.array({mask.tolist()}, bool).reshape({mask.shape})"


def index(b):
    v = b.pick()
    shape, ndim = v.array.shape, v.array.ndim
    kind = b.one_of("basic", "basic", "list", "lists", "mask", "lazy mask", "take", "lazy list", "along")
    if kind == "basic" or ndim == 0:
        return b.add(f"{v.name}[{basic(b, shape)}]", v.exact)
    axis = b.draw(st.integers(0, ndim - 1))
    before = "".join(":, " for _ in range(axis))
    picks = listed(b, shape[axis])
    if kind == "lists" and ndim > 1:
        parts = [b.one_of(":", f"{listed(b, n)}[:, None]", f"{listed(b, n)}[:1]", "None", "0") for n in shape]
        return b.add(f"{v.name}[{', '.join(parts)}]", v.exact)
    if kind == "mask":
        if b.chance(3):
            return b.add(f"{v.name}[{mask_text(b, shape)}]", v.exact)
        return b.add(f"{v.name}[{before}{mask_text(b, shape[axis])}]", v.exact)
    if kind == "lazy mask":
        test = f"> {b.one_of(0, 1, 2)}"
        if v.array.dtype.kind in "mMUS":
            test = f"== {v.name}.min()" if v.array.dtype.kind in "mM" and v.array.size else f"== {v.name}"
        return b.add(f"{v.name}[{v.name} {test}]", v.exact)
    if kind == "lazy list" and shape[axis]:
        other = b.source(st.tuples(st.integers(0, 5)), st.sampled_from(["i8", "u1"]))
        return b.add(f"m.take({v.name}, {other.name} % {shape[axis]}, axis={axis})", v.exact)
    if kind == "along" and v.array.dtype.kind not in "USc":
        return b.add(
            f"m.take_along_axis({v.name}, m.argsort({v.name}, axis={axis}, stable=True), axis={axis})", v.exact
        )
    if kind == "take":
        mode = b.one_of("", ", mode='wrap'", ", mode='clip'")
        return b.add(f"m.take({v.name}, {picks}, axis={axis}{mode})", v.exact)
    return b.add(f"{v.name}[{before}{picks}]", v.exact)


def shape(b):
    v = b.pick()
    n, x = v.array.ndim, v.name
    size = v.array.size
    divisors = [d for d in range(1, size + 1) if size % d == 0] or [1]
    axis = b.axis(n)
    second = b.axis(n)
    perm = tuple(b.draw(st.permutations(range(n))))
    some = b.draw(st.integers(-3, 5))
    places = b.draw(st.integers(0, 3))
    text = b.one_of(
        f"m.reshape({x}, ({b.one_of(*divisors)}, -1))",
        f"m.reshape({x}, (-1,), order={b.one_of('C', 'F')!r})",
        f"{x}.T",
        f"m.transpose({x}, {perm})",
        f"m.swapaxes({x}, {axis}, {second})",
        f"m.moveaxis({x}, {axis}, {second})",
        f"m.squeeze({x})",
        f"m.expand_dims({x}, {b.one_of(0, -1, n, (0, 1))})",
        f"m.flip({x}, {b.axis(n, none=True)})",
        f"m.roll({x}, {some}, axis={b.axis(n, none=True)})",
        f"m.broadcast_to({x}, {(2, *v.array.shape)})",
        f"m.tile({x}, {b.one_of(2, (2, 1), (1, 2), 0)})",
        f"m.repeat({x}, {places}, axis={b.axis(n, none=True)})",
        f"m.pad({x}, {b.one_of(1, 0, (2, 1))}, mode={b.one_of('constant', 'edge', 'wrap', 'reflect', 'symmetric')!r})",
        f"m.rot90({x}, {some})",
        f"m.tril({x}, {some})",
        f"m.triu({x}, {some})",
        f"m.diagonal({x}, {some})",
        f"m.diag({x}, {some})",
        f"m.atleast_2d({x})",
        f"m.ravel({x})",
        f"m.delete({x}, {places}, axis={axis})",
        f"m.insert({x}, {places}, {x}[..., :1].ravel()[:1] if {n} else {x}, axis={axis})",
        f"rechunk({x}, {b.draw(cuts(v.array.shape))})",
        f"rechunk({x}, {b.draw(cuts(v.array.shape))})",
    )
    return b.add(text, v.exact)


def join(b):
    v = b.pick()
    n, x = v.array.ndim, v.name
    shape = list(v.array.shape)
    axis = b.axis(n)
    if shape and isinstance(axis, int) and -n <= axis < n:
        shape[axis] = b.draw(st.integers(0, 3))
    if shape and b.chance(15):
        shape[-1] += 1
    kinds = st.sampled_from(NUMBERS if v.array.dtype.kind in "biufc" else [v.array.dtype])
    other = b.source(st.just(tuple(shape)), kinds) if b.chance(2) else v
    text = b.one_of(
        f"m.concatenate([{x}, {other.name}, {x}], axis={axis})",
        f"m.stack([{x}, {x}], axis={b.axis(n + 1)})",
        f"m.vstack([{x}, {other.name}])",
        f"m.hstack([{x}, {other.name}])",
        f"m.append({x}, {other.name}, axis={axis})",
        f"m.split({x}, {b.one_of(1, 2, [1, 3])}, axis={axis if axis is not None else 0})[0]",
        f"m.block([{x}, {other.name}])",
        f"m.column_stack([{x}, {other.name}])",
    )
    return b.add(text, v.exact)


def order(b):
    v = b.pick()
    axis = b.axis(v.array.ndim, none=True)
    axis = 0 if axis is None and v.array.ndim == 0 else axis
    x = v.name
    text = b.one_of(
        f"m.sort({x}, axis={axis})",
        f"m.argsort({x}, axis={axis}, stable=True)",
        f"m.unique({x})",
        f"m.searchsorted(m.sort({x}, axis=None), {x})",
        f"m.median({x}, axis={axis})",
        f"m.isin({x}, {x}[..., :2] if {v.array.ndim} else {x})",
        f"m.nonzero({x})[0]",
        f"m.flatnonzero({x})",
        f"m.partition({x}, {b.draw(st.integers(0, 2))}, axis={axis})[..., :0]",
        f"m.digitize({x}, np.array([0, 2, 5]))",
        f"m.histogram({x}, bins=3, range=(-4, 8))[0]",
        f"m.quantile({x}, 0.3, axis={axis})",
    )
    return b.add(text, v.exact and "median" not in text and "quantile" not in text)


def product(b):
    v = b.pick()
    shape = v.array.shape
    if v.array.dtype.kind in "mMUS":
        return True
    kinds = st.sampled_from(NUMBERS)
    text = b.one_of(
        "{x} @ {y}",
        "m.dot({x}, {y})",
        "m.tensordot({x}, {y}, 1)",
        "m.outer({x}, {y})",
        "m.inner({x}, {y})",
        "m.einsum('i...,i...->...', {x}, {y})",
    )
    wanted = (shape[-1], 2) if shape else (2,)
    wanted = shape if "inner" in text or "einsum" in text else wanted
    if b.chance(15):
        wanted = (*wanted, 3)
    other = b.source(st.just(tuple(wanted)), kinds)
    if not shape and not np.isfinite(other.array).all():
        return True  # NumPy's products with a number leave a zero as it is, whatever it is multiplied by.
    exact = (
        v.exact
        and is_whole(v.array)
        and is_whole(other.array)
        and not {v.array.dtype.char, other.array.dtype.char} & set("e")
    )
    if exact and v.array.dtype.kind in "fc" and np.abs(v.array).sum() * 8 >= EXACT[v.array.dtype.char]:
        exact = False
    return b.add(text.format(x=v.name, y=other.name), exact)


def cast(b):
    v = b.pick()
    to = b.one_of(*NUMBERS, "U4", "S3", "M8[s]", "m8[ms]")
    a, kind = v.array, np.dtype(to).kind
    if a.dtype.kind in "fc" and kind in "iumM":
        with np.errstate(all="ignore"):
            parts = np.abs(a.astype("c16"))
            low = 0 if kind == "u" else -100
            if not (np.isfinite(parts).all() and (parts < 100).all() and (a.real >= low).all()):
                return True
        if not v.exact:
            return True
    if a.dtype.kind in "US" or (kind in "US" and (a.dtype.kind in "fc" or not v.exact)):
        return True
    return b.add(f"{v.name}.astype({to!r})", v.exact, v.elementwise, v.sources)


def assignment(b):
    v = b.pick()
    shape, ndim = v.array.shape, v.array.ndim
    if v.array.dtype.kind in "US":
        value = repr("z" if v.array.dtype.kind == "U" else b"z")
    elif v.array.dtype.kind in "mM":
        value = f"np.array(5, {v.array.dtype.str!r})"
    else:
        value = b.one_of("1", "0", f"{v.name}.ravel()[:1]" if ndim else "1")
    where = b.one_of("basic", "list", "mask", "lazy mask") if ndim else "basic"
    if where == "basic":
        place = basic(b, shape)
    elif where == "list":
        place = listed(b, shape[0])
    elif where == "mask":
        place = mask_text(b, shape[0])
    else:
        place = f"{v.name} == {v.name}.ravel()[0]" if v.array.size else f"{v.name} == {v.name}"
    if where == "lazy mask" and not v.exact:
        return True
    return b.add(f"assign({v.name}, {place}, {value})", v.exact)


#: Statements, and whether they may follow what is not exact to the last bit: a small difference stays small.
STEPS = [
    (elementwise, False),
    (elementwise, False),
    (fold, False),
    (scan, True),
    (index, False),
    (index, False),
    (shape, True),
    (shape, True),
    (join, True),
    (order, False),
    (product, True),
    (cast, True),
    (assignment, True),
]


@st.composite
def programs(draw, most=8):
    """An expression of one to eight operations."""
    b = Builder(draw)
    b.source()
    for _ in range(draw(st.integers(1, most))):
        allowed = [step for step, smooth in STEPS if smooth or b.values[-1].exact]
        if not draw(st.sampled_from(allowed))(b):
            break
        if not b.values[-1].exact:
            # Comparisons, floors and orders of what is not exact would tell differences that do not matter.
            b.values = [v for v in b.values if v.exact] + [b.values[-1]]
    return b.program
