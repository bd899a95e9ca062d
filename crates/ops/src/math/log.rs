//! Logarithms.

use std::array::from_fn;

use super::{LN2_HI, LN2_LO, LOG2E_HI, LOG2E_LO, fast_sum, horner, invalid, pole, product, sum};

/// `(2 atanh(s) - 2 s) / s^3` in `s^2`.
const ATANH: [f64; 8] = [
    0.6666666666666666,
    0.4000000000000088,
    0.28571428570801954,
    0.22222222392089008,
    0.18181795600060793,
    0.15386241881938595,
    0.13268714792348096,
    0.1308723619665962,
];

const LOG10E_HI: f64 = 0.4342944819032518;
const LOG10E_LO: f64 = 1.098319650216765e-17;
const LOG10_2_HI: f64 = 0.3010299956639812;
const LOG10_2_LO: f64 = -2.8037281277851704e-18;

/// `x = 2^k (1 + f)` with `1 + f` between the roots of 1/2 and of 2, for a positive finite `x`. `k` as a float.
#[inline(always)]
pub(super) fn reduce(x: f64) -> (f64, f64) {
    let subnormal = x < f64::MIN_POSITIVE;
    parts(if subnormal { x * 18014398509481984.0 } else { x }, if subnormal { BIAS + 54.0 } else { BIAS })
}

/// What exponents are stored with.
const BIAS: f64 = 1023.0;

/// As [`reduce`], of `2^(k + bias - BIAS) (1 + f)`.
#[inline(always)]
fn parts(x: f64, bias: f64) -> (f64, f64) {
    const ROOT_HALF: u64 = 0x3fe6_a09e_667f_3bcd;
    // The exponent goes up by one where the significand is above the root of 2.
    let shifted = x.to_bits().wrapping_add(0x3ff0_0000_0000_0000 - ROOT_HALF);
    let exponent = shifted >> 52;
    let m = f64::from_bits((shifted & 0x000f_ffff_ffff_ffff).wrapping_add(ROOT_HALF));
    // 2^52 with the exponent in its low bits, less 2^52: an integer made a float without a conversion.
    (f64::from_bits(exponent | 0x4330_0000_0000_0000) - (4503599627370496.0 + bias), m - 1.0)
}

/// `log(1 + f)` as hi and lo, and `f / (2 + f)`.
#[inline(always)]
fn log_parts<const L: usize>(f: [f64; L]) -> [(f64, f64, f64); L] {
    let s = f.map(|f| f / (2.0 + f));
    let z = s.map(|s| s * s);
    let atanh = horner(z, ATANH);
    from_fn(|l| {
        let (f, s) = (f[l], s[l]);
        let (half_square, rest) = product(0.5 * f, f);
        let (hi, lo) = fast_sum(f, -half_square);
        let tail = s * z[l].mul_add(atanh[l], half_square);
        (hi, lo - rest + tail, s)
    })
}

/// Zero, negative and infinite arguments and NaN, whose logarithm needs no computing.
#[inline(always)]
fn special(x: f64, y: f64) -> f64 {
    let y = if x > 0.0 { y } else { f64::NAN };
    let y = if x == 0.0 { f64::NEG_INFINITY } else { y };
    if x == f64::INFINITY { x } else { y }
}

/// Natural logarithm.
#[inline(always)]
pub(crate) fn log(x: f64) -> f64 {
    let [y] = log_of_reduced([reduce(x)]);
    special(x, y)
}

/// As [`log`], for numbers that are not [`is_ordinary`]: zeros and negative numbers raise the processor's flags, as
/// libraries have them do.
pub(crate) fn log_of_others(x: f64) -> f64 {
    if x == 0.0 {
        pole();
        f64::NEG_INFINITY
    } else if x < 0.0 {
        invalid();
        f64::NAN
    } else {
        log(x)
    }
}

/// Natural logarithms of numbers that are [`is_ordinary`].
#[inline(always)]
pub(crate) fn log_ordinary<const L: usize>(x: [f64; L]) -> [f64; L] {
    log_of_reduced(x.map(|x| parts(x, BIAS)))
}

/// Positive, finite, and not subnormal.
#[inline(always)]
pub(crate) fn is_ordinary(x: f64) -> bool {
    (f64::MIN_POSITIVE..=f64::MAX).contains(&x)
}

/// Logarithms of `2^k (1 + f)`.
#[inline(always)]
fn log_of_reduced<const L: usize>(x: [(f64, f64); L]) -> [f64; L] {
    // With few enough digits that the product with k is exact.
    const HI: f64 = 0.6931471805592082;
    const LO: f64 = 7.371002565167799e-13;
    let s = x.map(|(_, f)| f / (2.0 + f));
    let z = s.map(|s| s * s);
    let atanh = horner(z, ATANH);
    from_fn(|l| {
        let ((k, f), s, z) = (x[l], s[l], z[l]);
        let half = 0.5 * f;
        let tail = s * z.mul_add(atanh[l], half * f);
        let small = half.mul_add(-f, k.mul_add(LO, tail));
        k.mul_add(HI, f + small)
    })
}

/// Natural logarithm of `(high + low) * 2^exponent`, for `high` from 1 to 2.
pub(crate) fn log_of_product(high: f64, low: f64, exponent: f64) -> f64 {
    let (carry, f) = reduce(high);
    let [(hi, lo, _)] = log_parts([f]);
    let k = exponent + carry;
    let (p, e) = product(k, LN2_HI);
    let (h, l) = sum(p, hi);
    h + (l + (lo + (low / high + k.mul_add(LN2_LO, e))))
}

/// What [`log_of_sum`] is taken of: `u`, `rest`, `small`, `doubled`.
pub(super) type Sum = (f64, f64, (f64, f64), f64);

/// Logarithms, as hi and lo, of `2^doubled (u + rest)`, for a positive finite sum that near 1 is `1 + small.0 + small.1`.
#[inline(always)]
pub(super) fn log_of_sum<const L: usize>(x: [Sum; L]) -> [(f64, f64); L] {
    let reduced = x.map(|(u, rest, small, _)| {
        let (k, f) = reduce(u);
        // The rest as part of the significand.
        let scale = f64::from_bits(((1023.0 - k) + 4503599627370496.0).to_bits() << 52);
        let (f, c) = if k == 0.0 { small } else { (f, if k > 64.0 { 0.0 } else { rest * scale }) };
        (k, f, c)
    });
    let parts = log_parts(reduced.map(|(_, f, _)| f));
    from_fn(|l| {
        let ((k, _, c), (hi, lo, s), (.., doubled)) = (reduced[l], parts[l], x[l]);
        let k = k + doubled;
        let (p, e) = product(k, LN2_HI);
        let (h, l) = fast_sum(p, hi);
        // c / (1 + f), as far as it matters.
        let c = c * (2.0 * s).mul_add(s - 1.0, 1.0);
        (h, l + (lo + (c + k.mul_add(LN2_LO, e))))
    })
}

/// Logarithms of `1 + x`.
#[inline(always)]
pub(crate) fn log1p<const L: usize>(x: [f64; L]) -> [f64; L] {
    let logs = log_of_sum(x.map(|x| {
        let (u, rest) = sum(1.0, x);
        (u, rest, (x, 0.0), 0.0)
    }));
    from_fn(|l| {
        let (x, (h, l)) = (x[l], logs[l]);
        let y = h + l;
        let y = if x > -1.0 { y } else { f64::NAN };
        let y = if x == -1.0 { f64::NEG_INFINITY } else { y };
        if x == f64::INFINITY || x == 0.0 { x } else { y }
    })
}

/// `k * step + log(1 + f) * unit`.
#[inline(always)]
fn in_base<const L: usize>(x: [f64; L], step: (f64, f64), unit: (f64, f64)) -> [f64; L] {
    let reduced = x.map(reduce);
    let parts = log_parts(reduced.map(|(_, f)| f));
    from_fn(|l| {
        let ((k, _), (hi, lo, _)) = (reduced[l], parts[l]);
        let (a, b) = fast_sum(hi, lo);
        let (q, r) = product(a, unit.0);
        let r = a.mul_add(unit.1, b.mul_add(unit.0, r));
        let (p, e) = product(k, step.0);
        let (h, rest) = sum(p, q);
        special(x[l], h + (rest + (r + k.mul_add(step.1, e))))
    })
}

/// Logarithms to the base 2.
#[inline(always)]
pub(crate) fn log2<const L: usize>(x: [f64; L]) -> [f64; L] {
    in_base(x, (1.0, 0.0), (LOG2E_HI, LOG2E_LO))
}

/// Logarithms to the base 10.
#[inline(always)]
pub(crate) fn log10<const L: usize>(x: [f64; L]) -> [f64; L] {
    in_base(x, (LOG10_2_HI, LOG10_2_LO), (LOG10E_HI, LOG10E_LO))
}
