//! Datetimes and timedeltas: ticks in an `i64`, of which the least is NaT.

use hyperslab_base::Bool;

use super::{Ins, Out, each2, map1, map2, map3};

const NAT: i64 = i64::MIN;

/// `v` unless an operand is NaT.
#[inline(always)]
fn unless(nat: bool, v: i64) -> i64 {
    if nat { NAT } else { v }
}

pub(crate) fn add(i: Ins, o: Out) {
    map2(i, o, |a: i64, b: i64| unless((a == NAT) | (b == NAT), a.wrapping_add(b)));
}
pub(crate) fn subtract(i: Ins, o: Out) {
    map2(i, o, |a: i64, b: i64| unless((a == NAT) | (b == NAT), a.wrapping_sub(b)));
}
pub(crate) fn multiply_int(i: Ins, o: Out) {
    map2(i, o, |a: i64, b: i64| unless(a == NAT, a.wrapping_mul(b)));
}
pub(crate) fn multiply_int_left(i: Ins, o: Out) {
    map2(i, o, |a: i64, b: i64| unless(b == NAT, a.wrapping_mul(b)));
}

/// Ticks of a float, towards zero; NaT for what is no number of ticks.
#[inline(always)]
fn ticks(v: f64) -> i64 {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    unless(!(-LIMIT..LIMIT).contains(&v), v as i64)
}

pub(crate) fn multiply_float(i: Ins, o: Out) {
    map2(i, o, |a: i64, b: f64| unless(a == NAT, ticks(a as f64 * b)));
}
pub(crate) fn multiply_float_left(i: Ins, o: Out) {
    map2(i, o, |a: f64, b: i64| unless(b == NAT, ticks(a * b as f64)));
}
pub(crate) fn divide_float(i: Ins, o: Out) {
    map2(i, o, |a: i64, b: f64| unless(a == NAT, ticks(a as f64 / b)));
}
/// Towards zero; NaT where the divisor is 0.
pub(crate) fn divide_int(i: Ins, o: Out) {
    each2(i, o, |a: i64, b: i64| if (a == NAT) | (b == 0) { NAT } else { a.wrapping_div(b) });
}
pub(crate) fn divide(i: Ins, o: Out) {
    map2(i, o, |a: i64, b: i64| if (a == NAT) | (b == NAT) { f64::NAN } else { a as f64 / b as f64 });
}
/// Rounded down; 0 where there is no quotient.
pub(crate) fn floor_divide(i: Ins, o: Out) {
    each2(i, o, |a: i64, b: i64| {
        if a == NAT || b == NAT || b == 0 {
            return 0;
        }
        let q = a.wrapping_div(b);
        if (a < 0) != (b < 0) && q.wrapping_mul(b) != a { q - 1 } else { q }
    });
}
/// With the sign of the divisor.
pub(crate) fn remainder(i: Ins, o: Out) {
    each2(i, o, |a: i64, b: i64| {
        if a == NAT || b == NAT || b == 0 {
            return NAT;
        }
        let r = a.wrapping_rem(b);
        if r != 0 && (r < 0) != (b < 0) { r + b } else { r }
    });
}

pub(crate) fn negative(i: Ins, o: Out) {
    map1(i, o, |a: i64| a.wrapping_neg());
}
pub(crate) fn absolute(i: Ins, o: Out) {
    map1(i, o, |a: i64| a.wrapping_abs());
}
/// Of NaT -1, as in NumPy: it is the least number.
pub(crate) fn sign(i: Ins, o: Out) {
    map1(i, o, |a: i64| i64::from(a > 0) - i64::from(a < 0));
}

pub(crate) fn isnat(i: Ins, o: Out) {
    map1(i, o, |a: i64| Bool::from(a == NAT));
}
pub(crate) fn isfinite(i: Ins, o: Out) {
    map1(i, o, |a: i64| Bool::from(a != NAT));
}

macro_rules! comparisons {
    ($($name:ident $op:tt;)*) => { $(
        pub(crate) fn $name(i: Ins, o: Out) {
            map2(i, o, |a: i64, b: i64| Bool::from((a $op b) & (a != NAT) & (b != NAT)));
        }
    )* };
}

comparisons! {
    equal ==;
    less <;
    less_equal <=;
    greater >;
    greater_equal >=;
}

pub(crate) fn not_equal(i: Ins, o: Out) {
    map2(i, o, |a: i64, b: i64| Bool::from((a != b) | (a == NAT)));
}

#[inline(always)]
fn later(a: i64, b: i64) -> i64 {
    unless((a == NAT) | (b == NAT), if a > b { a } else { b })
}
#[inline(always)]
fn earlier(a: i64, b: i64) -> i64 {
    // NaT is the least number there is.
    if a < b { a } else { b }
}

pub(crate) fn maximum(i: Ins, o: Out) {
    map2(i, o, later);
}
pub(crate) fn minimum(i: Ins, o: Out) {
    map2(i, o, earlier);
}
pub(crate) fn fmax(i: Ins, o: Out) {
    map2(i, o, |a: i64, b: i64| if a > b { a } else { b });
}
pub(crate) fn fmin(i: Ins, o: Out) {
    map2(i, o, |a: i64, b: i64| {
        let least = earlier(a, b);
        let other = if a == NAT { b } else { a };
        if least == NAT { other } else { least }
    });
}
pub(crate) fn clip(i: Ins, o: Out) {
    map3(i, o, |x: i64, lo: i64, hi: i64| earlier(later(x, lo), hi));
}
