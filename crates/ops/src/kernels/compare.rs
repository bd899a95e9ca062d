//! Comparisons, tests and truth.

use hyperslab_base::Bool;

use super::number::{Complex, Float, Int, Real, Truth};
use super::{Ins, Out, map1, map2};

macro_rules! comparisons {
    ($($real:ident $int:ident $op:tt;)*) => { $(
        pub(crate) fn $real<T: Real>(i: Ins, o: Out) {
            map2(i, o, |a: T, b: T| Bool::from(a.up() $op b.up()));
        }
        pub(crate) fn $int<T: Int>(i: Ins, o: Out) {
            map2(i, o, |a: T, b: T| Bool::from(a $op b));
        }
    )* };
}

comparisons! {
    real_equal int_equal ==;
    real_not_equal int_not_equal !=;
    real_less int_less <;
    real_less_equal int_less_equal <=;
    real_greater int_greater >;
    real_greater_equal int_greater_equal >=;
}

macro_rules! bool_comparisons {
    ($($name:ident $op:tt;)*) => { $(
        pub(crate) fn $name(i: Ins, o: Out) {
            map2(i, o, |a: Bool, b: Bool| Bool::from((a.get() as u8) $op (b.get() as u8)));
        }
    )* };
}

bool_comparisons! {
    bool_equal ==;
    bool_not_equal !=;
    bool_less <;
    bool_less_equal <=;
    bool_greater >;
    bool_greater_equal >=;
}

/// int64 and uint64, either way round, compared exactly: a negative number is below every unsigned one.
macro_rules! mixed_comparisons {
    ($($su:ident $us:ident $op:tt;)*) => { $(
        pub(crate) fn $su(i: Ins, o: Out) {
            map2(i, o, |a: i64, b: u64| {
                let either = (a as u64) $op b;
                Bool::from(if a < 0 { -1 $op 0 } else { either })
            });
        }
        pub(crate) fn $us(i: Ins, o: Out) {
            map2(i, o, |a: u64, b: i64| {
                let either = a $op (b as u64);
                Bool::from(if b < 0 { 0 $op -1 } else { either })
            });
        }
    )* };
}

mixed_comparisons! {
    su_equal us_equal ==;
    su_not_equal us_not_equal !=;
    su_less us_less <;
    su_less_equal us_less_equal <=;
    su_greater us_greater >;
    su_greater_equal us_greater_equal >=;
}

/// Real parts first, then imaginary ones; false where there is a NaN.
#[inline(always)]
pub(crate) fn complex_lt<T: Complex>(a: T, b: T) -> bool {
    let ordered = !a.im().is_nan() & !b.im().is_nan();
    ((a.re() < b.re()) & ordered) | ((a.re() == b.re()) & (a.im() < b.im()))
}
/// As [`complex_lt`], or equal.
#[inline(always)]
pub(crate) fn complex_le<T: Complex>(a: T, b: T) -> bool {
    let ordered = !a.im().is_nan() & !b.im().is_nan();
    ((a.re() < b.re()) & ordered) | ((a.re() == b.re()) & (a.im() <= b.im()))
}

pub(crate) fn complex_equal<T: Complex>(i: Ins, o: Out) {
    map2(i, o, |a: T, b: T| Bool::from((a.re() == b.re()) & (a.im() == b.im())));
}
pub(crate) fn complex_not_equal<T: Complex>(i: Ins, o: Out) {
    map2(i, o, |a: T, b: T| Bool::from((a.re() != b.re()) | (a.im() != b.im())));
}
pub(crate) fn complex_less<T: Complex>(i: Ins, o: Out) {
    map2(i, o, |a: T, b: T| Bool::from(complex_lt(a, b)));
}
pub(crate) fn complex_less_equal<T: Complex>(i: Ins, o: Out) {
    map2(i, o, |a: T, b: T| Bool::from(complex_le(a, b)));
}
pub(crate) fn complex_greater<T: Complex>(i: Ins, o: Out) {
    map2(i, o, |a: T, b: T| Bool::from(complex_lt(b, a)));
}
pub(crate) fn complex_greater_equal<T: Complex>(i: Ins, o: Out) {
    map2(i, o, |a: T, b: T| Bool::from(complex_le(b, a)));
}

pub(crate) fn logical_and<T: Truth>(i: Ins, o: Out) {
    map2(i, o, |a: T, b: T| Bool::from(a.truth() & b.truth()));
}
pub(crate) fn logical_or<T: Truth>(i: Ins, o: Out) {
    map2(i, o, |a: T, b: T| Bool::from(a.truth() | b.truth()));
}
pub(crate) fn logical_xor<T: Truth>(i: Ins, o: Out) {
    map2(i, o, |a: T, b: T| Bool::from(a.truth() ^ b.truth()));
}
pub(crate) fn logical_not<T: Truth>(i: Ins, o: Out) {
    map1(i, o, |a: T| Bool::from(!a.truth()));
}

/// What holds of no element.
pub(crate) fn never(_: Ins, o: Out) {
    o.fill(0);
}
/// What holds of every element.
pub(crate) fn always(_: Ins, o: Out) {
    o.fill(1);
}

pub(crate) fn real_isnan<T: Real>(i: Ins, o: Out) {
    map1(i, o, |a: T| Bool::from(a.up().is_nan()));
}
pub(crate) fn real_isfinite<T: Real>(i: Ins, o: Out) {
    map1(i, o, |a: T| Bool::from(a.up().is_finite()));
}
pub(crate) fn real_isinf<T: Real>(i: Ins, o: Out) {
    map1(i, o, |a: T| Bool::from(infinite(a.up())));
}
pub(crate) fn real_signbit<T: Real>(i: Ins, o: Out) {
    map1(i, o, |a: T| Bool::from(a.up().is_negative()));
}
pub(crate) fn complex_isnan<T: Complex>(i: Ins, o: Out) {
    map1(i, o, |a: T| Bool::from(a.re().is_nan() | a.im().is_nan()));
}
pub(crate) fn complex_isfinite<T: Complex>(i: Ins, o: Out) {
    map1(i, o, |a: T| Bool::from(a.re().is_finite() & a.im().is_finite()));
}
pub(crate) fn complex_isinf<T: Complex>(i: Ins, o: Out) {
    map1(i, o, |a: T| Bool::from(infinite(a.re()) | infinite(a.im())));
}

#[inline(always)]
fn infinite<F: Float>(x: F) -> bool {
    !x.is_finite() & !x.is_nan()
}
