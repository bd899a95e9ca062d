//! Exponentials.

use super::{LN2_HI, LN2_LO, ROUND, fast_sum, horner, product, sum};

/// `(exp(r) - 1 - r) / r^2`.
const EXP: [f64; 11] = [
    0.5,
    0.1666666666666667,
    0.04166666666666667,
    0.008333333333326136,
    0.0013888888888883748,
    0.00019841269874820627,
    2.4801587325547743e-05,
    2.7557255400206422e-06,
    2.75572736431103e-07,
    2.5105217004720745e-08,
    2.0914686968086876e-09,
];

const LOG2E: f64 = 1.4426950408889634;

/// `2^k`, of an integer from -1022 to 1023.
#[inline(always)]
pub(super) fn power_of_two(k: f64) -> f64 {
    f64::from_bits((k + (ROUND + 1023.0)).to_bits() << 52)
}

/// `y * 2^k` with one rounding at most, for results from subnormal to infinite.
#[inline(always)]
fn scale(y: f64, k: f64) -> f64 {
    let half = (0.5 * k + ROUND) - ROUND;
    y * power_of_two(half) * power_of_two(k - half)
}

/// `x = k ln 2 + r`, `r` as hi and lo.
#[inline(always)]
pub(super) fn reduce(x: f64) -> (f64, f64, f64) {
    let k = x.mul_add(LOG2E, ROUND) - ROUND;
    // Exact: the product cancels most of x.
    let r = k.mul_add(-LN2_HI, x);
    let (hi, lo) = fast_sum(r, -k * LN2_LO);
    (k, hi, lo)
}

/// `exp(hi + lo) - 1` as hi and lo.
#[inline(always)]
fn minus_one(hi: f64, lo: f64) -> (f64, f64) {
    let tail = (hi * hi).mul_add(horner(hi, EXP), lo.mul_add(hi, lo));
    fast_sum(hi, tail)
}

/// Exponential.
#[inline(always)]
pub(crate) fn exp(x: f64) -> f64 {
    let v = clamp(x, -750.0, 710.0);
    let (k, hi, lo) = reduce(v);
    let tail = (hi * hi).mul_add(horner(hi, EXP), lo);
    scale(1.0 + (hi + tail), k)
}

/// 2 to the power of `x`.
#[inline(always)]
pub(crate) fn exp2(x: f64) -> f64 {
    let v = clamp(x, -1080.0, 1024.0);
    let k = (v + ROUND) - ROUND;
    let r = v - k;
    let (hi, e) = product(r, LN2_HI);
    let lo = r.mul_add(LN2_LO, e);
    let tail = (hi * hi).mul_add(horner(hi, EXP), lo);
    scale(1.0 + (hi + tail), k)
}

/// Within the bounds; NaN stays.
#[inline(always)]
pub(super) fn clamp(x: f64, lo: f64, hi: f64) -> f64 {
    let x = if x < lo { lo } else { x };
    if x > hi { hi } else { x }
}

/// `exp(x) - 1` as hi and lo, for `x` from -40 to 709.
#[inline(always)]
pub(super) fn expm1_parts(x: f64) -> (f64, f64) {
    let (k, hi, lo) = reduce(x);
    let (p, q) = minus_one(hi, lo);
    let two = power_of_two(k);
    let (h, l) = sum(two - 1.0, two * p);
    // Beyond 2^53 the 1 is lost in `two - 1`, as it is in the result.
    fast_sum(h, l + two * q)
}

/// `exp(x) - 1`, exact near 0.
#[inline(always)]
pub(crate) fn expm1(x: f64) -> f64 {
    // Where 2^k would be infinite though the result is not, a factor of 4 comes after.
    let large = x > 700.0;
    let v = clamp(x, -40.0, 710.0);
    let (k, hi, lo) = reduce(v);
    let (p, q) = minus_one(hi, lo);
    let two = power_of_two(if large { k - 2.0 } else { k });
    let one = if large { 0.25 } else { 1.0 };
    let less = two - one;
    // What the 1 loses beside a large power of two: half a unit just beyond 2^53.
    let lost = (two - less) - one;
    let (h, l) = sum(less, two * p);
    let y = (h + (l + two.mul_add(q, lost))) * if large { 4.0 } else { 1.0 };
    if x == 0.0 { x } else { y }
}
