//! Floats as mantissas and powers of two.

use bytemuck::Pod;
use hyperslab_base::{DType, f16};

use super::number::{Float, Real};
use super::{Ins, Out, each1, each2};
use crate::ufunc::Kernel;

/// An integer exponent; beyond a few thousand all are the same to a float.
pub(crate) trait Exponent: Pod {
    fn clamped(self) -> i32;
}

impl Exponent for i32 {
    fn clamped(self) -> i32 {
        self.clamp(-4200, 4200)
    }
}

impl Exponent for i64 {
    fn clamped(self) -> i32 {
        self.clamp(-4200, 4200) as i32
    }
}

/// Two to a power that is a normal double.
fn power_of_two(n: i32) -> f64 {
    f64::from_bits(((n + 1023) as u64) << 52)
}

/// `x * 2^n`, rounded once: the steps before the last one are exact or overflow.
fn scaled(x: f64, n: i32) -> f64 {
    let (mut x, mut n) = (x, n);
    while n > 1023 {
        (x, n) = (x * power_of_two(1023), n - 1023);
    }
    // Down to a subnormal number in one step; before it, steps that leave 53 bits to spare.
    while n < -1022 {
        (x, n) = (x * power_of_two(-1022 + 53), n + 1022 - 53);
    }
    x * power_of_two(n)
}

pub(crate) fn ldexp<T: Real, E: Exponent>(i: Ins, o: Out) {
    // The product in double precision is exact for narrower floats within its range, and rounded once by `of`.
    each2(i, o, |x: T, n: E| T::down(T::Wide::of(scaled(x.up().wide(), n.clamped()))));
}

/// Mantissa, at least 1/2 and below 1, and exponent; of zero, infinity and NaN the number itself and 0.
fn apart(x: f64) -> (f64, i32) {
    if x == 0.0 || !x.is_finite() {
        return (x, 0);
    }
    let (x, below) = if x.is_subnormal() { (x * power_of_two(54), 54) } else { (x, 0) };
    let bits = x.to_bits();
    let exponent = ((bits >> 52) & 0x7ff) as i32;
    (f64::from_bits((bits & !(0x7ff << 52)) | (1022 << 52)), exponent - 1022 - below)
}

pub(crate) fn mantissa<T: Real>(i: Ins, o: Out) {
    each1(i, o, |x: T| T::down(T::Wide::of(apart(x.up().wide()).0)));
}

fn exponent<T: Real>(i: Ins, o: Out) {
    each1(i, o, |x: T| apart(x.up().wide()).1);
}

/// The kernel that gives exponents of floats of a dtype.
pub(crate) fn exponent_kernel(d: DType) -> Kernel {
    match d {
        DType::Float16 => exponent::<f16>,
        DType::Float32 => exponent::<f32>,
        _ => exponent::<f64>,
    }
}
