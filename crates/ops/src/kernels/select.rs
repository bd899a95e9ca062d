//! Choosing among operands: the larger, the smaller, the clipped, the one a condition names.

use bytemuck::Pod;
use hyperslab_base::Bool;

use super::compare::{complex_le, complex_lt};
use super::number::{Complex, Float, Int, Real};
use super::{Ins, Out, map2, map3};

pub(crate) fn int_maximum<T: Int>(i: Ins, o: Out) {
    map2(i, o, |a: T, b: T| if a > b { a } else { b });
}
pub(crate) fn int_minimum<T: Int>(i: Ins, o: Out) {
    map2(i, o, |a: T, b: T| if a < b { a } else { b });
}
pub(crate) fn int_clip<T: Int>(i: Ins, o: Out) {
    map3(i, o, |x: T, lo: T, hi: T| {
        let x = if x < lo { lo } else { x };
        if x > hi { hi } else { x }
    });
}

#[inline(always)]
fn larger<F: Float>(a: F, b: F) -> F {
    if (a > b) | a.is_nan() { a } else { b }
}
#[inline(always)]
fn smaller<F: Float>(a: F, b: F) -> F {
    if (a < b) | a.is_nan() { a } else { b }
}

/// A NaN wins.
pub(crate) fn real_maximum<T: Real>(i: Ins, o: Out) {
    map2(i, o, |a: T, b: T| T::down(larger(a.up(), b.up())));
}
pub(crate) fn real_minimum<T: Real>(i: Ins, o: Out) {
    map2(i, o, |a: T, b: T| T::down(smaller(a.up(), b.up())));
}
/// A NaN loses.
pub(crate) fn real_fmax<T: Real>(i: Ins, o: Out) {
    map2(i, o, |a: T, b: T| {
        let (x, y) = (a.up(), b.up());
        T::down(if (x > y) | y.is_nan() { x } else { y })
    });
}
pub(crate) fn real_fmin<T: Real>(i: Ins, o: Out) {
    map2(i, o, |a: T, b: T| {
        let (x, y) = (a.up(), b.up());
        T::down(if (x < y) | y.is_nan() { x } else { y })
    });
}
pub(crate) fn real_clip<T: Real>(i: Ins, o: Out) {
    map3(i, o, |x: T, lo: T, hi: T| T::down(smaller(larger(x.up(), lo.up()), hi.up())));
}

#[inline(always)]
pub(crate) fn nan<T: Complex>(a: T) -> bool {
    a.re().is_nan() | a.im().is_nan()
}
#[inline(always)]
fn later<T: Complex>(a: T, b: T) -> T {
    if nan(a) | complex_le(b, a) { a } else { b }
}
#[inline(always)]
fn earlier<T: Complex>(a: T, b: T) -> T {
    if nan(a) | complex_le(a, b) { a } else { b }
}

pub(crate) fn complex_maximum<T: Complex>(i: Ins, o: Out) {
    map2(i, o, later::<T>);
}
pub(crate) fn complex_minimum<T: Complex>(i: Ins, o: Out) {
    map2(i, o, earlier::<T>);
}
pub(crate) fn complex_fmax<T: Complex>(i: Ins, o: Out) {
    map2(i, o, |a: T, b: T| if nan(b) | complex_le(b, a) { a } else { b });
}
pub(crate) fn complex_fmin<T: Complex>(i: Ins, o: Out) {
    map2(i, o, |a: T, b: T| if nan(b) | complex_le(a, b) { a } else { b });
}
pub(crate) fn complex_clip<T: Complex>(i: Ins, o: Out) {
    map3(i, o, |x: T, lo: T, hi: T| {
        let x = if nan(x) | complex_lt(lo, x) { x } else { lo };
        if nan(x) | complex_lt(x, hi) { x } else { hi }
    });
}

pub(crate) fn bool_clip(i: Ins, o: Out) {
    map3(i, o, |x: Bool, lo: Bool, hi: Bool| Bool::from((x.get() | lo.get()) & hi.get()));
}

/// `where`, of elements by their bytes.
pub(crate) fn choose<T: Pod>(i: Ins, o: Out) {
    map3(i, o, |c: Bool, a: T, b: T| if c.get() { a } else { b });
}
