//! Comparisons, logic, tests, and choosing among operands.

use hyperslab_base::{Bool, Complex32, Complex64, DType, f16};

use super::{Kernel, Loop, Rule, Ufunc, complexes, ints, loops, reals, row};
use crate::kernels::{arithmetic as a, compare as c, select as s, times as t};
use crate::ufunc::{DATE, DELTA};

const BOOL: DType = DType::Bool;

pub(super) fn rows() -> Vec<Ufunc> {
    let mut rows = comparisons();
    rows.extend(logic());
    rows.extend(tests());
    rows.extend(extremes());
    rows
}

/// A comparison, with its kernels for bools, int64 beside uint64, uint64 beside int64, and times.
fn comparison(name: &'static str, doc: &'static str, operator: &'static str, kernels: [Kernel; 4]) -> Ufunc {
    let [bools, signed_first, unsigned_first, times] = kernels;
    row(2, name, doc)
        .operator(operator)
        .rule(Rule::Compare)
        .bools(bools)
        .one(&[DType::Int64, DType::UInt64], BOOL, signed_first)
        .one(&[DType::UInt64, DType::Int64], BOOL, unsigned_first)
        .one(&[DATE], BOOL, times)
        .one(&[DELTA], BOOL, times)
}

fn comparisons() -> Vec<Ufunc> {
    vec![
        comparison(
            "equal",
            "Return (x1 == x2) element-wise.",
            "eq",
            [c::bool_equal, c::su_equal, c::us_equal, t::equal],
        )
        .loops(ints!(test c::int_equal))
        .loops(reals!(test c::real_equal))
        .loops(complexes!(test c::complex_equal)),
        comparison(
            "not_equal",
            "Return (x1 != x2) element-wise.",
            "ne",
            [c::bool_not_equal, c::su_not_equal, c::us_not_equal, t::not_equal],
        )
        .loops(ints!(test c::int_not_equal))
        .loops(reals!(test c::real_not_equal))
        .loops(complexes!(test c::complex_not_equal)),
        comparison(
            "less",
            "Return the truth value of (x1 < x2) element-wise.",
            "lt",
            [c::bool_less, c::su_less, c::us_less, t::less],
        )
        .loops(ints!(test c::int_less))
        .loops(reals!(test c::real_less))
        .loops(complexes!(test c::complex_less)),
        comparison(
            "less_equal",
            "Return the truth value of (x1 <= x2) element-wise.",
            "le",
            [c::bool_less_equal, c::su_less_equal, c::us_less_equal, t::less_equal],
        )
        .loops(ints!(test c::int_less_equal))
        .loops(reals!(test c::real_less_equal))
        .loops(complexes!(test c::complex_less_equal)),
        comparison(
            "greater",
            "Return the truth value of (x1 > x2) element-wise.",
            "gt",
            [c::bool_greater, c::su_greater, c::us_greater, t::greater],
        )
        .loops(ints!(test c::int_greater))
        .loops(reals!(test c::real_greater))
        .loops(complexes!(test c::complex_greater)),
        comparison(
            "greater_equal",
            "Return the truth value of (x1 >= x2) element-wise.",
            "ge",
            [c::bool_greater_equal, c::su_greater_equal, c::us_greater_equal, t::greater_equal],
        )
        .loops(ints!(test c::int_greater_equal))
        .loops(reals!(test c::real_greater_equal))
        .loops(complexes!(test c::complex_greater_equal)),
    ]
}

/// Loops of every number and of bool, where 0 is false and all else true.
macro_rules! truths {
    ($f:path) => {
        loops!(test $f; Bool i8 u8 i16 u16 i32 u32 i64 u64 f16 f32 f64 Complex32 Complex64)
    };
}

fn logic() -> Vec<Ufunc> {
    vec![
        row(2, "logical_and", "Compute the truth value of x1 AND x2 element-wise.")
            .rule(Rule::Truth)
            .loops(truths!(c::logical_and)),
        row(2, "logical_or", "Compute the truth value of x1 OR x2 element-wise.")
            .rule(Rule::Truth)
            .loops(truths!(c::logical_or)),
        row(2, "logical_xor", "Compute the truth value of x1 XOR x2, element-wise.")
            .rule(Rule::Truth)
            .loops(truths!(c::logical_xor)),
        row(1, "logical_not", "Compute the truth value of NOT x element-wise.").loops(truths!(c::logical_not)),
    ]
}

/// A test whose answer is the same for all integers and bools.
fn test(name: &'static str, doc: &'static str, whole: Kernel) -> Ufunc {
    let exact = DType::NUMERIC.iter().filter(|d| !d.is_inexact());
    row(1, name, doc).loops(exact.map(|d| Loop::of([*d; 3], BOOL, whole)).collect::<Vec<_>>())
}

fn tests() -> Vec<Ufunc> {
    vec![
        test("isnan", "Test element-wise for NaN and return result as a boolean array.", c::never)
            .loops(reals!(test c::real_isnan))
            .loops(complexes!(test c::complex_isnan))
            .one(&[DELTA], BOOL, t::isnat)
            .one(&[DATE], BOOL, t::isnat),
        test("isfinite", "Test element-wise for finiteness (not infinity and not Not a Number).", c::always)
            .loops(reals!(test c::real_isfinite))
            .loops(complexes!(test c::complex_isfinite))
            .one(&[DELTA], BOOL, t::isfinite)
            .one(&[DATE], BOOL, t::isfinite),
        test("isinf", "Test element-wise for positive or negative infinity.", c::never)
            .loops(reals!(test c::real_isinf))
            .loops(complexes!(test c::complex_isinf))
            .one(&[DELTA], BOOL, c::never)
            .one(&[DATE], BOOL, c::never),
        row(1, "isnat", "Test element-wise for NaT (not a time) and return result as a boolean array.")
            .refuses(|d| !d.is_time(), "ufunc 'isnat' is only defined for np.datetime64 and np.timedelta64.")
            .one(&[DATE], BOOL, t::isnat)
            .one(&[DELTA], BOOL, t::isnat),
        row(1, "signbit", "Return element-wise True where signbit is set (less than zero).")
            .loops(reals!(test c::real_signbit)),
    ]
}

/// A choice between operands of one dtype, with its kernels for bools and times.
fn extreme(nin: usize, name: &'static str, doc: &'static str, bools: Kernel, times: Kernel) -> Ufunc {
    row(nin, name, doc).rule(Rule::Promote).bools(bools).one(&[DATE], DATE, times).one(&[DELTA], DELTA, times)
}

/// `where` moves bytes: one kernel per size and alignment.
fn choice(d: DType) -> Kernel {
    match d.itemsize() {
        _ if d == DType::Complex64 => s::choose::<[u32; 2]>,
        1 => s::choose::<u8>,
        2 => s::choose::<u16>,
        4 => s::choose::<u32>,
        8 => s::choose::<u64>,
        _ => s::choose::<[u64; 2]>,
    }
}

fn extremes() -> Vec<Ufunc> {
    vec![
        extreme(2, "maximum", "Element-wise maximum of array elements; a NaN wins.", a::bool_or, t::maximum)
            .loops(ints!(same s::int_maximum))
            .loops(reals!(same s::real_maximum))
            .loops(complexes!(same s::complex_maximum)),
        extreme(2, "minimum", "Element-wise minimum of array elements; a NaN wins.", a::bool_and, t::minimum)
            .loops(ints!(same s::int_minimum))
            .loops(reals!(same s::real_minimum))
            .loops(complexes!(same s::complex_minimum)),
        extreme(2, "fmax", "Element-wise maximum of array elements; a NaN loses.", a::bool_or, t::fmax)
            .loops(ints!(same s::int_maximum))
            .loops(reals!(same s::real_fmax))
            .loops(complexes!(same s::complex_fmax)),
        extreme(2, "fmin", "Element-wise minimum of array elements; a NaN loses.", a::bool_and, t::fmin)
            .loops(ints!(same s::int_minimum))
            .loops(reals!(same s::real_fmin))
            .loops(complexes!(same s::complex_fmin)),
        extreme(3, "clip", "Clip (limit) the values in an array.", s::bool_clip, t::clip)
            .method()
            .loops(ints!(same s::int_clip))
            .loops(reals!(same s::real_clip))
            .loops(complexes!(same s::complex_clip)),
        row(3, "where", "Return elements chosen from the second or third argument depending on the first.")
            .rule(Rule::Choose)
            .loops(DType::NUMERIC.iter().chain([&DATE, &DELTA]).map(|d| Loop::of([BOOL, *d, *d], *d, choice(*d)))),
    ]
}
