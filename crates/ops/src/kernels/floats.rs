//! Elementary functions of real floats. Half and single floats are computed in double precision and rounded.

use super::number::{Float, Real};
use super::{Ins, Out, map1, map2};
use crate::math;
use crate::simd::has_fma;

/// Functions with a form of our own that vectorises, and the library's where multiply-add is not an instruction.
macro_rules! vectorised {
    ($($name:ident $own:path, $library:path;)*) => { $(
        pub(crate) fn $name<T: Real>(i: Ins, o: Out) {
            if has_fma() {
                map1(i, o, #[inline(always)] |a: T| T::down(T::Wide::of($own(a.up().wide()))));
            } else {
                map1(i, o, |a: T| T::down(T::Wide::of($library(a.up().wide()))));
            }
        }
    )* };
}

vectorised! {
    exp math::exp::exp, f64::exp;
    expm1 math::exp::expm1, f64::exp_m1;
    exp2 math::exp::exp2, f64::exp2;
    log math::log::log, f64::ln;
    log1p math::log::log1p, f64::ln_1p;
    log2 math::log::log2, f64::log2;
    log10 math::log::log10, f64::log10;
    tanh math::exp::tanh, f64::tanh;
}

/// Functions of the library, one element after the other.
macro_rules! scalar {
    ($($name:ident $f:path;)*) => { $(
        pub(crate) fn $name<T: Real>(i: Ins, o: Out) {
            map1(i, o, |a: T| T::down(T::Wide::of($f(a.up().wide()))));
        }
    )* };
}

scalar! {
    sin f64::sin;
    cos f64::cos;
    tan f64::tan;
    cbrt f64::cbrt;
    arcsin f64::asin;
    arccos f64::acos;
    arctan f64::atan;
    sinh f64::sinh;
    cosh f64::cosh;
    arcsinh math::library::asinh;
    arccosh math::library::acosh;
    arctanh math::library::atanh;
}

macro_rules! scalar2 {
    ($($name:ident $f:path;)*) => { $(
        pub(crate) fn $name<T: Real>(i: Ins, o: Out) {
            map2(i, o, |a: T, b: T| T::down(T::Wide::of($f(a.up().wide(), b.up().wide()))));
        }
    )* };
}

scalar2! {
    power f64::powf;
    arctan2 f64::atan2;
    hypot f64::hypot;
    logaddexp math::library::logaddexp;
    logaddexp2 math::library::logaddexp2;
}
