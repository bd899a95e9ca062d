//! Elementary functions in double precision. All but those of [`library`] are straight-line code that vectorises, within
//! one unit in the last place over the whole domain; those are the C library's. They are of several numbers at a time,
//! which share the coefficients and do not wait for each other.
//!
//! Values that do not fit a double are carried as `hi + lo`, of which `lo` is at most half a unit of `hi`. The
//! coefficients are Chebyshev fits, made in 300 bits.

// More digits than a double holds, and constants of `std` in two parts, are what this is about.
#![allow(clippy::excessive_precision, clippy::approx_constant)]

use std::hint::black_box;

pub(crate) mod arc;
#[cfg(target_arch = "x86_64")]
pub(crate) mod avx512;
pub(crate) mod complex;
pub(crate) mod complex_plain;
pub(crate) mod exp;
pub(crate) mod hyperbolic;
pub(crate) mod library;
pub(crate) mod log;
pub(crate) mod power;
pub(crate) mod roots;
pub(crate) mod trig;

const LN2_HI: f64 = 0.6931471805599453;
const LN2_LO: f64 = 2.3190468138462996e-17;
const LOG2E_HI: f64 = 1.4426950408889634;
const LOG2E_LO: f64 = 2.0355273740931033e-17;
/// Adding it rounds a number below 2^51 to an integer, which the low bits of the sum then hold.
const ROUND: f64 = 6755399441055744.0;

/// A number as hi and lo.
pub(crate) type HiLo = (f64, f64);

/// A function of several numbers, of one.
#[inline(always)]
fn one(f: impl Fn([f64; 1]) -> [f64; 1], x: f64) -> f64 {
    let [y] = f([x]);
    y
}

/// A polynomial of several numbers by Horner's rule, coefficients from the constant up: one load of each serves all.
#[inline(always)]
fn horner<const L: usize, const N: usize>(x: [f64; L], c: [f64; N]) -> [f64; L] {
    let mut sums = [c[N - 1]; L];
    let mut k = N - 1;
    while k > 0 {
        k -= 1;
        let mut l = 0;
        while l < L {
            sums[l] = sums[l].mul_add(x[l], c[k]);
            l += 1;
        }
    }
    sums
}

/// `a + b` as hi and lo, for `|a| >= |b|`.
#[inline(always)]
pub(crate) fn fast_sum(a: f64, b: f64) -> HiLo {
    let s = a + b;
    (s, (a - s) + b)
}

/// `a + b` as hi and lo.
#[inline(always)]
pub(crate) fn sum(a: f64, b: f64) -> HiLo {
    let s = a + b;
    let t = s - a;
    (s, (a - (s - t)) + (b - t))
}

/// Raises the processor's flag of a division by zero.
pub(crate) fn pole() {
    black_box(black_box(1.0) / black_box(0.0));
}

/// Raises the processor's flag of an operation without a result.
pub(crate) fn invalid() {
    black_box(black_box(0.0) / black_box(0.0));
}

/// `a * b` as hi and lo.
#[inline(always)]
pub(crate) fn product(a: f64, b: f64) -> HiLo {
    let p = a * b;
    (p, a.mul_add(b, -p))
}
