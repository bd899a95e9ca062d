//! Complex numbers: what does not go part by part.

use super::number::{Complex, Float};
use super::{Ins, Out, each1, each2, map1, map2, replace};
use crate::math::{complex as math, complex_plain as plain};
use crate::simd::has_fma;

/// By Smith's method, which NumPy uses: no square of a part is formed, so none overflows.
#[inline(always)]
fn quotient<T: Complex>(a: T, b: T) -> T {
    let zero = T::Part::of(0.0);
    let one = T::Part::of(1.0);
    let (re, im) = (b.re().abs(), b.im().abs());
    if re >= im {
        if re == zero && im == zero {
            return T::new(a.re() / re, a.im() / re);
        }
        let ratio = b.im() / b.re();
        let scale = one / (b.re() + b.im() * ratio);
        T::new((a.re() + a.im() * ratio) * scale, (a.im() - a.re() * ratio) * scale)
    } else {
        let ratio = b.re() / b.im();
        let scale = one / (b.im() + b.re() * ratio);
        T::new((a.re() * ratio + a.im()) * scale, (a.im() * ratio - a.re()) * scale)
    }
}

pub(crate) fn divide<T: Complex>(i: Ins, o: Out) {
    map2(i, o, quotient::<T>);
}

pub(crate) fn reciprocal<T: Complex>(i: Ins, o: Out) {
    map1(i, o, |z: T| {
        let one = T::Part::of(1.0);
        if z.re().abs() >= z.im().abs() {
            let r = z.im() / z.re();
            let d = z.re() + z.im() * r;
            T::new(one / d, -r / d)
        } else {
            let r = z.re() / z.im();
            let d = z.re() * r + z.im();
            T::new(r / d, -one / d)
        }
    });
}

/// Where multiply-add is no instruction, the library's.
#[inline(always)]
fn modulus<T: Complex, const FMA: bool>(z: T) -> f64 {
    let (re, im) = (z.re().wide(), z.im().wide());
    if FMA { plain::hypot(re, im) } else { re.hypot(im) }
}

pub(crate) fn absolute<T: Complex>(i: Ins, o: Out) {
    if has_fma() {
        map1(
            i,
            o,
            #[inline(always)]
            |z: T| T::Part::of(modulus::<T, true>(z)),
        );
    } else {
        each1(i, o, |z: T| T::Part::of(modulus::<T, false>(z)));
    }
}

/// z / |z|; of an infinite part, where it points.
#[inline(always)]
fn direction<T: Complex, const FMA: bool>(z: T) -> T {
    let (re, im) = (z.re().wide(), z.im().wide());
    let size = modulus::<T, FMA>(z);
    let (x, y) = if size == 0.0 { (0.0, 0.0) } else { (re / size, im / size) };
    let (right, up) = (re.abs() == f64::INFINITY, im.abs() == f64::INFINITY);
    let (x, y) = if right { (1_f64.copysign(re), 0.0) } else { (x, y) };
    let (x, y) = if up { (0.0, 1_f64.copysign(im)) } else { (x, y) };
    let (x, y) = if (right & up) | size.is_nan() { (f64::NAN, f64::NAN) } else { (x, y) };
    T::new(T::Part::of(x), T::Part::of(y))
}

pub(crate) fn sign<T: Complex>(i: Ins, o: Out) {
    if has_fma() {
        map1(i, o, direction::<T, true>);
    } else {
        each1(i, o, direction::<T, false>);
    }
}

/// Functions with a form that vectorises, for arguments that pass a test; the others come in a second pass.
macro_rules! plain {
    ($($name:ident $test:path;)*) => { $(
        pub(crate) fn $name<T: Complex>(i: Ins, o: Out) {
            if !has_fma() {
                return each1(i, o, |z: T| T::of(math::$name(z.wide())));
            }
            map1(i, o, #[inline(always)] |z: T| T::of(plain::$name(z.wide())));
            replace::<T, T>(
                i,
                o,
                #[inline(always)]
                |z| !$test(z.wide()),
                |z| T::of(math::$name(z.wide())),
            );
        }
    )* };
}

plain! {
    sqrt plain::sized;
    exp plain::grows;
    exp2 plain::grows;
    expm1 plain::grows;
    log plain::sized;
    log2 plain::sized;
    log10 plain::sized;
    sin plain::turns;
    cos plain::turns;
    sinh plain::grows;
    cosh plain::grows;
}

macro_rules! functions {
    ($($name:ident $f:path;)*) => { $(
        pub(crate) fn $name<T: Complex>(i: Ins, o: Out) {
            each1(i, o, |z: T| T::of($f(z.wide())));
        }
    )* };
}

functions! {
    log1p math::log1p;
    tan math::tan;
    arcsin math::asin;
    arccos math::acos;
    arctan math::atan;
    tanh math::tanh;
    arcsinh math::asinh;
    arccosh math::acosh;
    arctanh math::atanh;
}

pub(crate) fn power<T: Complex>(i: Ins, o: Out) {
    each2(i, o, |a: T, b: T| T::of(math::pow(a.wide(), b.wide(), quotient)));
}
