//! Elementary functions of complex numbers whose parts are neither special nor extreme, as straight-line code; what is
//! special is for [`super::complex`], whose formulas these are.

use std::f64::consts::{LN_2, LOG2_E, LOG10_E};

use hyperslab_base::Complex64 as C;

use super::trig::LIMIT;
use super::{arc, exp as exponential, hyperbolic, log as logarithm, one, roots, trig};

/// Functions of real numbers, one at a time.
macro_rules! real {
    ($($name:ident $f:path;)*) => { $(
        #[inline(always)]
        fn $name(x: f64) -> f64 {
            one($f, x)
        }
    )* };
}

real! {
    real_sin trig::sin;
    real_cos trig::cos;
    real_sinh hyperbolic::sinh;
    real_cosh hyperbolic::cosh;
    real_expm1 exponential::expm1;
    real_log1p logarithm::log1p;
}

#[inline(always)]
fn atan2(y: f64, x: f64) -> f64 {
    let [angle] = arc::atan2([y], [x]);
    angle
}

/// Length of the hypotenuse.
#[inline(always)]
pub(crate) fn hypot(x: f64, y: f64) -> f64 {
    let [length] = roots::hypot([x], [y]);
    length
}

/// Exponentials of it are finite and normal.
const GROWTH: f64 = 700.0;

/// Whether the real part may be the argument of an exponential and the imaginary one of a sine.
#[inline(always)]
pub(crate) fn grows(z: C) -> bool {
    (z.re.abs() < GROWTH) & (z.im.abs() < LIMIT) & (z.re != 0.0) & (z.im != 0.0)
}

/// The same with the parts exchanged.
#[inline(always)]
pub(crate) fn turns(z: C) -> bool {
    grows(C::new(z.im, z.re))
}

/// Whether the modulus is finite and normal.
#[inline(always)]
pub(crate) fn sized(z: C) -> bool {
    let size = if z.re.abs() > z.im.abs() { z.re.abs() } else { z.im.abs() };
    (size > 1e-290) & (size < 1e290) & !z.re.is_nan() & !z.im.is_nan()
}

#[inline(always)]
pub(crate) fn sqrt(z: C) -> C {
    let (x, y) = (z.re, z.im);
    let t = ((x.abs() + hypot(x, y)) * 0.5).sqrt();
    let other = y.abs() / (2.0 * t);
    if x >= 0.0 { C::new(t, other.copysign(y)) } else { C::new(other, t.copysign(y)) }
}

#[inline(always)]
pub(crate) fn exp(z: C) -> C {
    let r = exponential::exp(z.re);
    C::new(r * real_cos(z.im), r * real_sin(z.im))
}

#[inline(always)]
pub(crate) fn exp2(z: C) -> C {
    exp(C::new(z.re * LN_2, z.im * LN_2))
}

#[inline(always)]
pub(crate) fn expm1(z: C) -> C {
    let a = real_sin(z.im / 2.0);
    let (less, r) = (real_expm1(z.re), exponential::exp(z.re));
    C::new(less * real_cos(z.im) - 2.0 * a * a, r * real_sin(z.im))
}

#[inline(always)]
pub(crate) fn log(z: C) -> C {
    let (x, y) = (z.re.abs(), z.im.abs());
    let (a, b) = if x > y { (x, y) } else { (y, x) };
    let modulus = hypot(a, b);
    let (p, q) = (a * a, b * b);
    let rest = a.mul_add(a, -p) + b.mul_add(b, -q);
    let near = 0.5 * real_log1p(((p - 1.0) + q) + rest);
    let far = logarithm::log(modulus);
    C::new(if (0.5..2.0).contains(&modulus) { near } else { far }, atan2(z.im, z.re))
}

#[inline(always)]
pub(crate) fn log2(z: C) -> C {
    let l = log(z);
    C::new(l.re * LOG2_E, l.im * LOG2_E)
}

#[inline(always)]
pub(crate) fn log10(z: C) -> C {
    let l = log(z);
    C::new(l.re * LOG10_E, l.im * LOG10_E)
}

#[inline(always)]
pub(crate) fn sinh(z: C) -> C {
    C::new(real_sinh(z.re) * real_cos(z.im), real_cosh(z.re) * real_sin(z.im))
}

#[inline(always)]
pub(crate) fn cosh(z: C) -> C {
    C::new(real_cosh(z.re) * real_cos(z.im), real_sinh(z.re) * real_sin(z.im))
}

#[inline(always)]
pub(crate) fn sin(z: C) -> C {
    C::new(real_sin(z.re) * real_cosh(z.im), real_cos(z.re) * real_sinh(z.im))
}

#[inline(always)]
pub(crate) fn cos(z: C) -> C {
    C::new(real_cos(z.re) * real_cosh(z.im), -(real_sin(z.re) * real_sinh(z.im)))
}
