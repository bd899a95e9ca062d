//! Elementary functions of complex numbers whose parts are neither special nor extreme, as straight-line code; what is
//! special is for [`super::complex`], whose formulas these are.

use std::f64::consts::{LN_2, LOG2_E, LOG10_E};

use hyperslab_base::Complex64 as C;

use super::arc::atan2;
use super::hyperbolic::{cosh as real_cosh, sinh as real_sinh};
use super::log::{log as real_log, log1p as real_log1p};
use super::roots::hypot;
use super::trig::{self, LIMIT};

#[inline(always)]
fn real_sin(x: f64) -> f64 {
    let [y] = trig::sin([x]);
    y
}

#[inline(always)]
fn real_cos(x: f64) -> f64 {
    let [y] = trig::cos([x]);
    y
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
    let r = super::exp::exp(z.re);
    C::new(r * real_cos(z.im), r * real_sin(z.im))
}

#[inline(always)]
pub(crate) fn exp2(z: C) -> C {
    exp(C::new(z.re * LN_2, z.im * LN_2))
}

#[inline(always)]
pub(crate) fn expm1(z: C) -> C {
    let a = real_sin(z.im / 2.0);
    let (less, r) = (super::exp::expm1(z.re), super::exp::exp(z.re));
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
    let far = real_log(modulus);
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
