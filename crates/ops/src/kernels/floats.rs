//! Elementary functions of real floats. Single floats are computed in double precision and rounded.

use bytemuck::{cast_slice, cast_slice_mut};

use hyperslab_base::DType;
#[cfg(target_arch = "x86_64")]
use pulp::x86::V4;

use super::number::{Float, Real};
use super::{Ins, Out, each1, each2, map1, map2};
use crate::math;
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
                map1(i, o, #[inline(always)] |a: T| T::down(T::Wide::of($own(a.up().wide()))));
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
    cbrt math::roots::cbrt, f64::cbrt;
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

/// As `vectorised`, with a loop for AVX-512 besides, and with a shorter form for ordinary arguments: where there are
/// others, a second pass replaces their results.
macro_rules! ordinary {
    ($($name:ident $own:path, $short:path, $is_ordinary:path, $library:path, $wide:path;)*) => { $(
        pub(crate) fn $name<T: Real>(i: Ins, o: Out) {
            #[cfg(target_arch = "x86_64")]
            if wide_loop::<T>(i, o, $wide) {
                return;
            }
            if !has_fma() {
                return each1(i, o, |a: T| T::down(T::Wide::of($library(a.up().wide()))));
            }
            let (x, y): (&[T], &mut [T]) = (cast_slice(i[0]), cast_slice_mut(o));
            let others = vectorize(
                #[inline(always)]
                || {
                    y.iter_mut().zip(x).fold(false, |others, (y, x)| {
                        let x = x.up().wide();
                        *y = T::down(T::Wide::of($short(x)));
                        others | !$is_ordinary(x)
                    })
                },
            );
            if others {
                replace::<T>(i, o, |x| !$is_ordinary(x), $own);
            }
        }
    )* };
}

ordinary! {
    exp math::exp::exp, math::exp::exp_ordinary, math::exp::is_ordinary, f64::exp, math::avx512::exp;
    log math::log::log, math::log::log_ordinary, math::log::is_ordinary, f64::ln, math::avx512::log;
}

/// As `vectorised`, with a shorter form for floats that are not double, but for arguments beyond a limit, which few are:
/// the library's second pass replaces those results.
macro_rules! limited {
    ($($name:ident $own:path, $short:path, $library:path;)*) => { $(
        pub(crate) fn $name<T: Real>(i: Ins, o: Out) {
            if !has_fma() {
                return each1(i, o, |a: T| T::down(T::Wide::of($library(a.up().wide()))));
            }
            if T::DTYPE == DType::Float64 {
                map1(i, o, #[inline(always)] |a: T| T::down(T::Wide::of($own(a.up().wide()))));
            } else {
                map1(i, o, #[inline(always)] |a: T| T::down(T::Wide::of($short(a.up().wide()))));
            }
            if reaches_far::<T>(i) {
                replace::<T>(i, o, is_far, $library);
            }
        }
    )* };
}

limited! {
    sin math::trig::sin, math::trig::sin_single, f64::sin;
    cos math::trig::cos, math::trig::cos_single, f64::cos;
    tan math::trig::tan, math::trig::tan_single, f64::tan;
}

#[inline(always)]
fn is_far(a: f64) -> bool {
    a.abs() > math::trig::LIMIT
}

fn reaches_far<T: Real>(ins: Ins) -> bool {
    let a: &[T] = cast_slice(ins[0]);
    vectorize(
        #[inline(always)]
        || a.iter().fold(false, |far, &a| far | is_far(a.up().wide())),
    )
}

/// The second pass: results of some arguments are those of `f`.
fn replace<T: Real>(ins: Ins, out: Out, which: impl Fn(f64) -> bool, f: impl Fn(f64) -> f64) {
    let a: &[T] = cast_slice(ins[0]);
    let o: &mut [T] = cast_slice_mut(out);
    for (o, a) in o.iter_mut().zip(a) {
        let a = a.up().wide();
        if which(a) {
            *o = T::down(T::Wide::of(f(a)));
        }
    }
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
                    return map2(
                        i,
                        o,
                        #[inline(always)]
                        |a: T, b: T| T::down(T::Wide::of($short(a.up().wide(), b.up().wide()))),
                    );
                }
            )?
            map2(i, o, #[inline(always)] |a: T, b: T| T::down(T::Wide::of($own(a.up().wide(), b.up().wide()))));
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
