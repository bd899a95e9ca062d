"""Written by ``python -m hyperslab._stubs``: change the tables or the module, not this file."""

from collections.abc import Callable, Sequence
from typing import Any

from numpy.typing import DTypeLike

from hyperslab._array import Array

UFUNCS: dict[str, dict[str, Any]]
REDUCERS: dict[str, dict[str, Any]]
SCANNERS: dict[str, dict[str, Any]]
FUNCTIONS: dict[str, Callable[..., Array]]

def apply_ufunc(name: str, operands: tuple[Any, ...], dtype: Any = None) -> Array: ...
def scan(name: str, a: Any, axis: Any = None, dtype: Any = None) -> Array: ...

__all__ = [
    "abs",
    "absolute",
    "acos",
    "acosh",
    "add",
    "all",
    "amax",
    "amin",
    "any",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "argmax",
    "argmin",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "bitwise_and",
    "bitwise_count",
    "bitwise_invert",
    "bitwise_left_shift",
    "bitwise_not",
    "bitwise_or",
    "bitwise_right_shift",
    "bitwise_xor",
    "cbrt",
    "ceil",
    "conj",
    "conjugate",
    "copysign",
    "cos",
    "cosh",
    "count_nonzero",
    "cumprod",
    "cumsum",
    "deg2rad",
    "degrees",
    "divide",
    "equal",
    "exp",
    "exp2",
    "expm1",
    "fabs",
    "float_power",
    "floor",
    "floor_divide",
    "fmax",
    "fmin",
    "fmod",
    "gcd",
    "greater",
    "greater_equal",
    "heaviside",
    "hypot",
    "invert",
    "isfinite",
    "isinf",
    "isnan",
    "isnat",
    "lcm",
    "ldexp",
    "left_shift",
    "less",
    "less_equal",
    "log",
    "log10",
    "log1p",
    "log2",
    "logaddexp",
    "logaddexp2",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "max",
    "maximum",
    "mean",
    "min",
    "minimum",
    "mod",
    "multiply",
    "nanargmax",
    "nanargmin",
    "nancumprod",
    "nancumsum",
    "nanmax",
    "nanmean",
    "nanmin",
    "nanprod",
    "nanstd",
    "nansum",
    "nanvar",
    "negative",
    "nextafter",
    "not_equal",
    "positive",
    "pow",
    "power",
    "prod",
    "rad2deg",
    "radians",
    "reciprocal",
    "remainder",
    "right_shift",
    "rint",
    "sign",
    "signbit",
    "sin",
    "sinh",
    "spacing",
    "sqrt",
    "square",
    "std",
    "subtract",
    "sum",
    "tan",
    "tanh",
    "true_divide",
    "trunc",
    "var",
]

def abs(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Calculate the absolute value element-wise."""

def absolute(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Calculate the absolute value element-wise."""

def acos(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Trigonometric inverse cosine, element-wise."""

def acosh(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Inverse hyperbolic cosine, element-wise."""

def add(x1: Any, x2: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Add arguments element-wise."""

def all(a: Any, axis: int | Sequence[int] | None = None, out: None = None, keepdims: bool = False, *, where: Any = True) -> Array:
    """Whether all elements are true."""

def amax(a: Any, axis: int | Sequence[int] | None = None, out: None = None, keepdims: bool = False, *, initial: Any = None, where: Any = True) -> Array:
    """Highest element; NaN if there is one."""

def amin(a: Any, axis: int | Sequence[int] | None = None, out: None = None, keepdims: bool = False, *, initial: Any = None, where: Any = True) -> Array:
    """Lowest element; NaN if there is one."""

def any(a: Any, axis: int | Sequence[int] | None = None, out: None = None, keepdims: bool = False, *, where: Any = True) -> Array:
    """Whether any element is true."""

def arccos(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Trigonometric inverse cosine, element-wise."""

def arccosh(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Inverse hyperbolic cosine, element-wise."""

def arcsin(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Inverse sine, element-wise."""

def arcsinh(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Inverse hyperbolic sine element-wise."""

def arctan(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Trigonometric inverse tangent, element-wise."""

def arctan2(x1: Any, x2: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Element-wise arc tangent of x1/x2 choosing the quadrant correctly."""

def arctanh(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Inverse hyperbolic tangent element-wise."""

def argmax(a: Any, axis: int | Sequence[int] | None = None, out: None = None, *, keepdims: bool = False) -> Array:
    """Position of the first highest element, or of the first NaN."""

def argmin(a: Any, axis: int | Sequence[int] | None = None, out: None = None, *, keepdims: bool = False) -> Array:
    """Position of the first lowest element, or of the first NaN."""

def asin(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Inverse sine, element-wise."""

def asinh(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Inverse hyperbolic sine element-wise."""

def atan(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Trigonometric inverse tangent, element-wise."""

def atan2(x1: Any, x2: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Element-wise arc tangent of x1/x2 choosing the quadrant correctly."""

def atanh(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Inverse hyperbolic tangent element-wise."""

def bitwise_and(x1: Any, x2: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Compute the bit-wise AND of two arrays element-wise."""

def bitwise_count(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Computes the number of 1-bits in the absolute value of each element."""

def bitwise_invert(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Compute bit-wise inversion, or bit-wise NOT, element-wise."""

def bitwise_left_shift(x1: Any, x2: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Shift the bits of an integer to the left."""

def bitwise_not(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Compute bit-wise inversion, or bit-wise NOT, element-wise."""

def bitwise_or(x1: Any, x2: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Compute the bit-wise OR of two arrays element-wise."""

def bitwise_right_shift(x1: Any, x2: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Shift the bits of an integer to the right."""

def bitwise_xor(x1: Any, x2: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Compute the bit-wise XOR of two arrays element-wise."""

def cbrt(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Return the cube-root of an array, element-wise."""

def ceil(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Return the ceiling of the input, element-wise."""

def conj(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Return the complex conjugate, element-wise."""

def conjugate(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Return the complex conjugate, element-wise."""

def copysign(x1: Any, x2: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Change the sign of the first argument to that of the second, element-wise."""

def cos(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Cosine element-wise."""

def cosh(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Hyperbolic cosine, element-wise."""

def count_nonzero(a: Any, axis: int | Sequence[int] | None = None, *, keepdims: bool = False) -> Array:
    """Number of elements that are not zero."""

def cumprod(a: Any, axis: int | Sequence[int] | None = None, dtype: DTypeLike | None = None, out: None = None) -> Array:
    """Product of the elements up to each one."""

def cumsum(a: Any, axis: int | Sequence[int] | None = None, dtype: DTypeLike | None = None, out: None = None) -> Array:
    """Sum of the elements up to each one."""

def deg2rad(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Convert angles from degrees to radians."""

def degrees(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Convert angles from radians to degrees."""

def divide(x1: Any, x2: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Divide arguments element-wise."""

def equal(x1: Any, x2: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Return (x1 == x2) element-wise."""

def exp(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Calculate the exponential of all elements in the input array."""

def exp2(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Calculate 2**p for all p in the input array."""

def expm1(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Calculate exp(x) - 1 for all elements in the array."""

def fabs(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Compute the absolute values element-wise, of real numbers as floats."""

def float_power(x1: Any, x2: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """First array elements raised to powers from second array, in float64 or complex128."""

def floor(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Return the floor of the input, element-wise."""

def floor_divide(x1: Any, x2: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Return the largest integer smaller or equal to the division of the inputs."""

def fmax(x1: Any, x2: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Element-wise maximum of array elements; a NaN loses."""

def fmin(x1: Any, x2: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Element-wise minimum of array elements; a NaN loses."""

def fmod(x1: Any, x2: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Return the element-wise remainder of division, with the sign of the dividend."""

def gcd(x1: Any, x2: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Return the greatest common divisor of the absolute values of the arguments."""

def greater(x1: Any, x2: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Return the truth value of (x1 > x2) element-wise."""

def greater_equal(x1: Any, x2: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Return the truth value of (x1 >= x2) element-wise."""

def heaviside(x1: Any, x2: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Compute the Heaviside step function; the second argument is its value at 0."""

def hypot(x1: Any, x2: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Given the "legs" of a right triangle, return its hypotenuse."""

def invert(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Compute bit-wise inversion, or bit-wise NOT, element-wise."""

def isfinite(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Test element-wise for finiteness (not infinity and not Not a Number)."""

def isinf(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Test element-wise for positive or negative infinity."""

def isnan(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Test element-wise for NaN and return result as a boolean array."""

def isnat(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Test element-wise for NaT (not a time) and return result as a boolean array."""

def lcm(x1: Any, x2: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Return the lowest common multiple of the absolute values of the arguments."""

def ldexp(x1: Any, x2: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Returns x1 * 2**x2, element-wise."""

def left_shift(x1: Any, x2: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Shift the bits of an integer to the left."""

def less(x1: Any, x2: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Return the truth value of (x1 < x2) element-wise."""

def less_equal(x1: Any, x2: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Return the truth value of (x1 <= x2) element-wise."""

def log(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Natural logarithm, element-wise."""

def log10(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Return the base 10 logarithm of the input array, element-wise."""

def log1p(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Return the natural logarithm of one plus the input array, element-wise."""

def log2(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Base-2 logarithm of x."""

def logaddexp(x1: Any, x2: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Logarithm of the sum of exponentiations of the inputs."""

def logaddexp2(x1: Any, x2: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Logarithm of the sum of exponentiations of the inputs in base-2."""

def logical_and(x1: Any, x2: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Compute the truth value of x1 AND x2 element-wise."""

def logical_not(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Compute the truth value of NOT x element-wise."""

def logical_or(x1: Any, x2: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Compute the truth value of x1 OR x2 element-wise."""

def logical_xor(x1: Any, x2: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Compute the truth value of x1 XOR x2, element-wise."""

def max(a: Any, axis: int | Sequence[int] | None = None, out: None = None, keepdims: bool = False, *, initial: Any = None, where: Any = True) -> Array:
    """Highest element; NaN if there is one."""

def maximum(x1: Any, x2: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Element-wise maximum of array elements; a NaN wins."""

def mean(a: Any, axis: int | Sequence[int] | None = None, dtype: DTypeLike | None = None, out: None = None, keepdims: bool = False, *, where: Any = True) -> Array:
    """Arithmetic mean of the elements."""

def min(a: Any, axis: int | Sequence[int] | None = None, out: None = None, keepdims: bool = False, *, initial: Any = None, where: Any = True) -> Array:
    """Lowest element; NaN if there is one."""

def minimum(x1: Any, x2: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Element-wise minimum of array elements; a NaN wins."""

def mod(x1: Any, x2: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Return the element-wise remainder of division, with the sign of the divisor."""

def multiply(x1: Any, x2: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Multiply arguments element-wise."""

def nanargmax(a: Any, axis: int | Sequence[int] | None = None, out: None = None, *, keepdims: bool = False) -> Array:
    """Position of the first highest element that is not NaN."""

def nanargmin(a: Any, axis: int | Sequence[int] | None = None, out: None = None, *, keepdims: bool = False) -> Array:
    """Position of the first lowest element that is not NaN."""

def nancumprod(a: Any, axis: int | Sequence[int] | None = None, dtype: DTypeLike | None = None, out: None = None) -> Array:
    """Product of the elements up to each one, without those that are NaN."""

def nancumsum(a: Any, axis: int | Sequence[int] | None = None, dtype: DTypeLike | None = None, out: None = None) -> Array:
    """Sum of the elements up to each one, without those that are NaN."""

def nanmax(a: Any, axis: int | Sequence[int] | None = None, out: None = None, keepdims: bool = False, *, initial: Any = None, where: Any = True) -> Array:
    """Highest element that is not NaN; NaN if there is none."""

def nanmean(a: Any, axis: int | Sequence[int] | None = None, dtype: DTypeLike | None = None, out: None = None, keepdims: bool = False, *, where: Any = True) -> Array:
    """Arithmetic mean of the elements that are not NaN."""

def nanmin(a: Any, axis: int | Sequence[int] | None = None, out: None = None, keepdims: bool = False, *, initial: Any = None, where: Any = True) -> Array:
    """Lowest element that is not NaN; NaN if there is none."""

def nanprod(a: Any, axis: int | Sequence[int] | None = None, dtype: DTypeLike | None = None, out: None = None, keepdims: bool = False, *, initial: Any = None, where: Any = True) -> Array:
    """Product of the elements that are not NaN."""

def nanstd(a: Any, axis: int | Sequence[int] | None = None, dtype: DTypeLike | None = None, out: None = None, ddof: float = 0, keepdims: bool = False, *, where: Any = True, mean: Any = None, correction: float | None = None) -> Array:
    """Standard deviation of the elements that are not NaN."""

def nansum(a: Any, axis: int | Sequence[int] | None = None, dtype: DTypeLike | None = None, out: None = None, keepdims: bool = False, *, initial: Any = None, where: Any = True) -> Array:
    """Sum of the elements that are not NaN."""

def nanvar(a: Any, axis: int | Sequence[int] | None = None, dtype: DTypeLike | None = None, out: None = None, ddof: float = 0, keepdims: bool = False, *, where: Any = True, mean: Any = None, correction: float | None = None) -> Array:
    """Variance of the elements that are not NaN."""

def negative(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Numerical negative, element-wise."""

def nextafter(x1: Any, x2: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Return the next floating-point value after the first argument towards the second."""

def not_equal(x1: Any, x2: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Return (x1 != x2) element-wise."""

def positive(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Numerical positive, element-wise."""

def pow(x1: Any, x2: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """First array elements raised to powers from second array, element-wise."""

def power(x1: Any, x2: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """First array elements raised to powers from second array, element-wise."""

def prod(a: Any, axis: int | Sequence[int] | None = None, dtype: DTypeLike | None = None, out: None = None, keepdims: bool = False, *, initial: Any = None, where: Any = True) -> Array:
    """Product of the elements."""

def rad2deg(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Convert angles from radians to degrees."""

def radians(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Convert angles from degrees to radians."""

def reciprocal(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Return the reciprocal of the argument, element-wise."""

def remainder(x1: Any, x2: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Return the element-wise remainder of division, with the sign of the divisor."""

def right_shift(x1: Any, x2: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Shift the bits of an integer to the right."""

def rint(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Round elements of the array to the nearest integer, ties to even."""

def sign(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Return an element-wise indication of the sign of a number."""

def signbit(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Return element-wise True where signbit is set (less than zero)."""

def sin(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Trigonometric sine, element-wise."""

def sinh(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Hyperbolic sine, element-wise."""

def spacing(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Return the distance between each number and the nearest adjacent number."""

def sqrt(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Return the non-negative square-root of an array, element-wise."""

def square(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Return the element-wise square of the input."""

def std(a: Any, axis: int | Sequence[int] | None = None, dtype: DTypeLike | None = None, out: None = None, ddof: float = 0, keepdims: bool = False, *, where: Any = True, mean: Any = None, correction: float | None = None) -> Array:
    """Standard deviation: square root of the variance."""

def subtract(x1: Any, x2: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Subtract arguments, element-wise."""

def sum(a: Any, axis: int | Sequence[int] | None = None, dtype: DTypeLike | None = None, out: None = None, keepdims: bool = False, *, initial: Any = None, where: Any = True) -> Array:
    """Sum of the elements."""

def tan(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Compute tangent element-wise."""

def tanh(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Compute hyperbolic tangent element-wise."""

def true_divide(x1: Any, x2: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Divide arguments element-wise."""

def trunc(x: Any, /, *, out: None = None, where: Any = True, dtype: DTypeLike | None = None, casting: Any = 'same_kind', signature: Any = None) -> Array:
    """Return the truncated value of the input, element-wise."""

def var(a: Any, axis: int | Sequence[int] | None = None, dtype: DTypeLike | None = None, out: None = None, ddof: float = 0, keepdims: bool = False, *, where: Any = True, mean: Any = None, correction: float | None = None) -> Array:
    """Variance: mean squared distance of the elements from their mean."""
