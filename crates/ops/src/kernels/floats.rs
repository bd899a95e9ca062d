//! Elementary functions of real floats. Single floats are computed in double precision and rounded.

use bytemuck::{cast_slice, cast_slice_mut};

use hyperslab_base::DType;
#[cfg(target_arch = "x86_64")]
use pulp::x86::V4;

use super::number::{Float, Real};
use super::{Ins, Out, each1, each2, replace, twice1, twice2};
use crate::math::{self, exp, log, trig};
#[cfg(target_arch = "x86_64")]
use crate::simd::avx512;
use crate::simd::{has_fma, vectorize};

/// The loop written for AVX-512, where that is in use; other floats than `f64` pass through it in blocks.
#[cfg(target_arch = "x86_64")]
fn wide_loop<T: Real>(ins: Ins, out: Out, f: fn(V4, &[f64], &mut [f64])) -> bool {
    let Some(v4) = avx512() else { return false };
    if T::DTYPE == DType::Float64 {
        f(v4, cast_slice(ins[0]), cast_slice_mut(out));
        return true;
    }
    let (mut a, mut y) = ([0.0; 128], [0.0; 128]);
    for (x, o) in cast_slice::<u8, T>(ins[0]).chunks(128).zip(cast_slice_mut::<u8, T>(out).chunks_mut(128)) {
        let n = x.len();
        v4.vectorize(
            #[inline(always)]
            || a.iter_mut().zip(x).for_each(|(a, x)| *a = x.up().wide()),
        );
        f(v4, &a[..n], &mut y[..n]);
        v4.vectorize(
            #[inline(always)]
            || o.iter_mut().zip(&y).for_each(|(o, &y)| *o = T::down(T::Wide::of(y))),
        );
    }
    true
}

/// Functions with a form of our own that vectorises, and the library's where multiply-add is not an instruction.
macro_rules! vectorised {
    ($($name:ident $own:path, $library:path;)*) => { $(
        pub(crate) fn $name<T: Real>(i: Ins, o: Out) {
            if has_fma() {
                twice1::<T, T>(i, o, #[inline(always)] |a| narrowed($own(widened(a))));
            } else {
                each1(i, o, |a: T| T::down(T::Wide::of($library(a.up().wide()))));
            }
        }
    )* };
}

vectorised! {
    expm1 math::exp::expm1, f64::exp_m1;
    exp2 math::exp::exp2, f64::exp2;
    log1p math::log::log1p, f64::ln_1p;
    log2 math::log::log2, f64::log2;
    log10 math::log::log10, pxfm::f_log10;
    // The C library's may be units off; whether that one is linked, or a better one, depends on the program.
    cbrt math::roots::cbrt, pxfm::f_cbrt;
    arcsin math::arc::asin, f64::asin;
    arccos math::arc::acos, f64::acos;
    arctan math::arc::atan, f64::atan;
    sinh math::hyperbolic::sinh, math::library::sinh;
    cosh math::hyperbolic::cosh, pxfm::f_cosh;
    tanh math::hyperbolic::tanh, pxfm::f_tanh;
    arcsinh math::hyperbolic::asinh, pxfm::f_asinh;
    arccosh math::hyperbolic::acosh, pxfm::f_acosh;
    arctanh math::hyperbolic::atanh, pxfm::f_atanh;
}

/// Functions with a short form for ordinary arguments; where there are others, a second pass replaces their results. A
/// row has the forms for doubles and for narrower floats, what is ordinary, the form for the others, the library's, and
/// a loop for AVX-512 if there is one.
macro_rules! ordinary {
    ($($name:ident $of_double:path, $of_single:path, $is_ordinary:path, $of_others:path, $library:path $(, $wide:path)?;)*) => { $(
        pub(crate) fn $name<T: Real>(i: Ins, o: Out) {
            $(
                #[cfg(target_arch = "x86_64")]
                if wide_loop::<T>(i, o, $wide) {
                    return;
                }
            )?
            if !has_fma() {
                return each1(i, o, |a: T| T::down(T::Wide::of($library(a.up().wide()))));
            }
            if T::DTYPE == DType::Float64 {
                twice1::<T, T>(i, o, #[inline(always)] |a| narrowed($of_double(widened(a))));
            } else {
                twice1::<T, T>(i, o, #[inline(always)] |a| narrowed($of_single(widened(a))));
            }
            replace::<T, T>(
                i,
                o,
                #[inline(always)]
                |a| !$is_ordinary(a.up().wide()),
                |a| T::down(T::Wide::of($of_others(a.up().wide()))),
            );
        }
    )* };
}

ordinary! {
    exp exp::exp_ordinary, exp::exp_ordinary, exp::is_ordinary, exp::exp, f64::exp, math::avx512::exp;
    log log::log_ordinary, log::log_ordinary, log::is_ordinary, log::log_of_others, f64::ln, math::avx512::log;
    sin trig::sin, trig::sin_single, trig::is_ordinary, f64::sin, f64::sin;
    cos trig::cos, trig::cos_single, trig::is_ordinary, f64::cos, f64::cos;
    tan trig::tan, trig::tan_single, trig::is_ordinary, f64::tan, f64::tan;
}

#[inline(always)]
fn widened<T: Real>(x: [T; 2]) -> [f64; 2] {
    x.map(|x| x.up().wide())
}

#[inline(always)]
fn narrowed<T: Real>(x: [f64; 2]) -> [T; 2] {
    x.map(|x| T::down(T::Wide::of(x)))
}

/// As `vectorised`, of two arguments, for some with a shorter form for floats that are not double.
macro_rules! vectorised2 {
    ($($name:ident $own:path, $library:path $(, $short:path)?;)*) => { $(
        pub(crate) fn $name<T: Real>(i: Ins, o: Out) {
            if !has_fma() {
                return each2(i, o, |a: T, b: T| T::down(T::Wide::of($library(a.up().wide(), b.up().wide()))));
            }
            $(
                if T::DTYPE != DType::Float64 {
                    return twice2::<T, T>(i, o, #[inline(always)] |a, b| narrowed($short(widened(a), widened(b))));
                }
            )?
            twice2::<T, T>(i, o, #[inline(always)] |a, b| narrowed($own(widened(a), widened(b))));
        }
    )* };
}

vectorised2! {
    any_power math::power::pow, f64::powf, math::power::pow_single;
    arctan2 math::arc::atan2, f64::atan2;
    hypot math::roots::hypot, f64::hypot;
    logaddexp math::power::logaddexp, math::library::logaddexp;
    logaddexp2 math::power::logaddexp2, math::library::logaddexp2;
}

/// Exponents of which a power is a product, the base or a quotient, rounded once: plans put these in place of a power,
/// and nobody may see it.
#[inline(always)]
fn simple<T: Real>(exponent: T) -> bool {
    let y = exponent.up().wide();
    (y == 2.0) | (y == 1.0) | (y == -1.0)
}

pub(crate) fn power<T: Real>(i: Ins, o: Out) {
    any_power::<T>(i, o);
    let (a, b): (&[T], &[T]) = (cast_slice(i[0]), cast_slice(i[1]));
    let found = vectorize(
        #[inline(always)]
        || b.iter().fold(false, |found, &y| found | simple(y)),
    );
    if found {
        for ((o, &x), &y) in cast_slice_mut::<u8, T>(o).iter_mut().zip(a).zip(b).filter(|(_, y)| simple(**y)) {
            let (x, y) = (x.up(), y.up().wide());
            *o = T::down(match y {
                2.0 => x * x,
                1.0 => x,
                _ => T::Wide::of(1.0) / x,
            });
        }
    }
}
