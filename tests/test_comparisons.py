"""Comparisons of lazy arrays with operands that have no native dtype, against NumPy's operators."""

import datetime
import decimal
import enum
import operator
import pathlib
import uuid
from fractions import Fraction

import numpy as np
import pytest

import hyperslab as da

UTC = datetime.UTC
OPERATORS = [operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge]


class Level(enum.IntEnum):
    ONE = 1


class Color(enum.Enum):
    RED = 1


OPERANDS = [
    None,
    ...,
    NotImplemented,
    "a",
    "1",
    b"x",
    np.str_("a"),
    np.array("a"),
    set(),
    {1},
    {"a": 1},
    object(),
    slice(1),
    int,
    datetime,
    bytearray(b"abc"),
    pathlib.PurePosixPath("a"),
    uuid.UUID(int=1),
    Color.RED,
    Level.ONE,
    range(3),
    (0, 1, 2),
    [None, 1, 2],
    ["a", 1, 2],
    [1, 2],
    range(2),
    np.array(["a", "b", "c"]),
    np.array(["a", "b"]),
    decimal.Decimal(1),
    decimal.Decimal("0.1"),
    decimal.Decimal("1.5"),
    decimal.Decimal("-1e500"),
    decimal.Decimal("1e500"),
    decimal.Decimal("Infinity"),
    decimal.Decimal(2**63),
    decimal.Decimal(2**53 + 1),
    Fraction(1, 2),
    Fraction(1, 3),
    Fraction(-7, 2),
    Fraction(2**53 + 1),
    Fraction(1, 10),
    Fraction(300),
    datetime.date(2020, 1, 1),
    datetime.datetime(2020, 1, 1),
    datetime.datetime(2020, 1, 1, 0, 0, 1),
    datetime.datetime(2020, 1, 1, tzinfo=UTC),
    datetime.time(1),
    datetime.timedelta(1),
    datetime.timedelta(microseconds=1),
    np.datetime64("2020-01-01"),
    np.timedelta64(1),
    np.timedelta64(1, "s"),
    np.void(b"a"),
    2**70,
    [2**70, 1, 2],
    [1.5, None, 1],
]

ARRAYS = [
    np.array([True, False, True]),
    *(np.array([1, 0, 100], dtype=t) for t in ("i1", "u1", "i2", "i4", "i8", "u8")),
    np.array([2**53, 2**53 + 1, -1]),
    np.array([2**63, 2**64 - 1, 1], dtype="u8"),
    *(np.array([0.1, 0.5, np.inf], dtype=t) for t in ("f2", "f4", "f8")),
    np.array([-np.inf, 1.5, -3.5]),
    *(np.array([1, 0.5 + 1j, 0.1], dtype=t) for t in ("c8", "c16")),
    *(np.array(["2020-01-01", "2020-01-02", "1969-12-31"], dtype=f"M8[{u}]") for u in "YMWDhmsn"[:-1]),
    *(np.array(["2020-01-01", "2020-01-02", "1969-12-31"], dtype=f"M8[{u}]") for u in ("ms", "us", "ns")),
    *(np.array([1, 2, 86400], dtype=f"m8[{u}]") for u in ("W", "D", "h", "s", "ms", "us", "ns")),
    np.array([], dtype="i8"),
    np.array([], dtype="f8"),
    np.array(3),
]


def outcome(op, x, other):
    try:
        result = op(x, other)
    except Exception as error:
        return type(error)
    return np.asarray(result)


@pytest.mark.parametrize("array", ARRAYS, ids=lambda a: f"{a.dtype}-{a.shape}")
@pytest.mark.parametrize("op", OPERATORS, ids=lambda op: op.__name__)
def test_operators_are_numpys(op, array):
    x = da.from_array(array, chunks=2)
    for other in OPERANDS:
        for swapped in (False, True):
            if swapped and isinstance(other, np.ndarray | np.generic | bytearray):
                continue  # Their own operators decide there.
            call = (lambda a, b: op(b, a)) if swapped else op
            want, got = outcome(call, array, other), outcome(call, x, other)
            if got is NotImplementedError:
                # Numbers within objects whose order is exact to Python and not to a float.
                assert isinstance(other, list), (op, array, other)
                continue
            if isinstance(want, type):
                assert isinstance(got, type), (op, array, other, want, got)
                assert issubclass(got, want) or issubclass(want, got), (op, array, other, want, got)
            else:
                assert not isinstance(got, type), (op, array, other, want, got)
                assert got.dtype == want.dtype and got.shape == want.shape, (op, array, other, want, got)
                assert (got == want).all(), (op, array, other, want, got)


def test_comparisons_stay_lazy():
    class Counting:
        shape, dtype, reads = (4,), np.dtype("f8"), 0

        def __getitem__(self, index):
            self.reads += 1
            return np.arange(4.0)[index]

    source = Counting()
    x = da.from_array(source, chunks=2)
    compared = [x == None, x != "a", x < Fraction(3, 2), x == [None, 1, 2, 3]]  # noqa: E711
    assert source.reads == 0
    assert [c.compute().tolist() for c in compared] == [
        [False] * 4,
        [True] * 4,
        [True, True, False, False],
        [False, True, True, True],
    ]


@pytest.mark.parametrize("item", [None, "a", 1, 5, 1.5, Fraction(1), decimal.Decimal("0.5"), [0, 1, 2], object()])
def test_contains(item):
    array = np.arange(3)
    assert (item in da.from_array(array, chunks=2)) is (item in array)


def test_nan_decimals_have_no_order():
    x = da.from_array(np.arange(3), chunks=2)
    nan = decimal.Decimal("nan")
    assert not (x == nan).any().compute()
    with pytest.raises(decimal.InvalidOperation):
        x < nan  # noqa: B015


def test_objects_with_comparisons_of_their_own_are_refused():
    class Odd:
        def __eq__(self, other):
            return other == 1

        __hash__ = None

    with pytest.raises(NotImplementedError, match="Odd, which has comparisons of its own"):
        da.arange(3) == Odd()  # noqa: B015


def test_an_operand_that_opts_out_decides():
    class Unit:
        __array_ufunc__ = None

        def __eq__(self, other):
            return "mine"

        __hash__ = None

    assert (da.arange(3) == Unit()) == "mine"
