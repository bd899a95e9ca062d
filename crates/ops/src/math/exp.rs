//! Exponentials.

use std::array::from_fn;

use super::{LN2_HI, LN2_LO, LOG2E_HI, ROUND, fast_sum, horner, product, sum};

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

/// `2^r` for `|r| <= 1/2`, to 2^-39.
const EXP2_SINGLE: [f64; 9] = [
    1.0,
    0.6931471805459335,
    0.2402265069581299,
    0.05550410941205933,
    0.009618129159402558,
    0.0013333450568000645,
    0.00015403455852453838,
    1.5310079402249296e-05,
    1.3255224878668817e-06,
];

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
    let k = x.mul_add(LOG2E_HI, ROUND) - ROUND;
    // Exact: the product cancels most of x.
    let r = k.mul_add(-LN2_HI, x);
    let (hi, lo) = fast_sum(r, -k * LN2_LO);
    (k, hi, lo)
}

/// `exp(hi + lo) - 1` as hi and lo.
#[inline(always)]
fn minus_one<const L: usize>(x: [(f64, f64); L]) -> [(f64, f64); L] {
    let tails = horner(x.map(|(hi, _)| hi), EXP);
    from_fn(|l| {
        let (hi, lo) = x[l];
        fast_sum(hi, (hi * hi).mul_add(tails[l], lo.mul_add(hi, lo)))
    })
}

/// Exponential.
#[inline(always)]
pub(crate) fn exp(x: f64) -> f64 {
    let v = clamp(x, -750.0, 710.0);
    let (k, hi, lo) = reduce(v);
    let [tail] = horner([hi], EXP);
    let tail = (hi * hi).mul_add(tail, lo);
    scale(1.0 + (hi + tail), k)
}

/// Exponentials of numbers that are [`is_ordinary`].
#[inline(always)]
pub(crate) fn exp_ordinary<const L: usize>(x: [f64; L]) -> [f64; L] {
    let reduced = x.map(reduce);
    let tails = horner(reduced.map(|(_, hi, _)| hi), EXP);
    from_fn(|l| {
        let (k, hi, lo) = reduced[l];
        let tail = (hi * hi).mul_add(tails[l], lo);
        (1.0 + (hi + tail)) * power_of_two(k)
    })
}

/// Whether the exponential is neither subnormal nor infinite.
#[inline(always)]
pub(crate) fn is_ordinary(x: f64) -> bool {
    (-708.0..=709.0).contains(&x)
}

/// 2 to the powers of `x`.
#[inline(always)]
pub(crate) fn exp2<const L: usize>(x: [f64; L]) -> [f64; L] {
    exp2_of(x.map(|x| (clamp(x, -1080.0, 1024.0), 0.0)))
}

/// 2 to the powers of `x + rest`, for an `x` of at most 1100.
#[inline(always)]
pub(super) fn exp2_of<const L: usize>(x: [(f64, f64); L]) -> [f64; L] {
    let reduced = x.map(|(x, rest)| {
        let k = (x + ROUND) - ROUND;
        let (r, rest) = sum(x - k, rest);
        let (hi, e) = product(r, LN2_HI);
        (k, hi, r.mul_add(LN2_LO, rest.mul_add(LN2_HI, e)))
    });
    let tails = horner(reduced.map(|(_, hi, _)| hi), EXP);
    from_fn(|l| {
        let (k, hi, lo) = reduced[l];
        let tail = (hi * hi).mul_add(tails[l], lo);
        let (h, rest) = fast_sum(1.0, hi);
        scale(h + (rest + tail), k)
    })
}

/// As [`exp2`], near enough for single floats, for an `x` of at most 1000.
#[inline(always)]
pub(super) fn exp2_single<const L: usize>(x: [f64; L]) -> [f64; L] {
    let k = x.map(|x| (x + ROUND) - ROUND);
    let powers: [_; L] = horner(from_fn(|l| x[l] - k[l]), EXP2_SINGLE);
    from_fn(|l| powers[l] * power_of_two(k[l]))
}

/// Exponentials of `x + rest` as hi and lo, for an `x` from -1100 to 709.
#[inline(always)]
pub(super) fn exp_parts<const L: usize>(x: [(f64, f64); L]) -> [(f64, f64); L] {
    let reduced = x.map(|(x, rest)| {
        let (k, hi, lo) = reduce(x);
        let (hi, rest) = sum(hi, rest);
        (k, hi, lo + rest)
    });
    let less = minus_one(reduced.map(|(_, hi, lo)| (hi, lo)));
    from_fn(|l| {
        let ((k, ..), (p, q)) = (reduced[l], less[l]);
        let (h, l) = fast_sum(1.0, p);
        (scale(h, k), scale(l + q, k))
    })
}

/// Within the bounds; NaN stays.
#[inline(always)]
pub(super) fn clamp(x: f64, lo: f64, hi: f64) -> f64 {
    let x = if x < lo { lo } else { x };
    if x > hi { hi } else { x }
}

/// `exp(x) - 1` as hi and lo, for `x` from -40 to 709.
#[inline(always)]
pub(super) fn expm1_parts<const L: usize>(x: [f64; L]) -> [(f64, f64); L] {
    let reduced = x.map(reduce);
    let less = minus_one(reduced.map(|(_, hi, lo)| (hi, lo)));
    from_fn(|l| {
        let ((k, ..), (p, q)) = (reduced[l], less[l]);
        let two = power_of_two(k);
        let (h, l) = sum(two - 1.0, two * p);
        // Beyond 2^53 the 1 is lost in `two - 1`, as it is in the result.
        fast_sum(h, l + two * q)
    })
}

/// `exp(x) - 1`, exact near 0.
#[inline(always)]
pub(crate) fn expm1<const L: usize>(x: [f64; L]) -> [f64; L] {
    let reduced = x.map(|x| reduce(clamp(x, -40.0, 710.0)));
    let less = minus_one(reduced.map(|(_, hi, lo)| (hi, lo)));
    from_fn(|l| {
        let (x, (k, ..), (p, q)) = (x[l], reduced[l], less[l]);
        // Where 2^k would be infinite though the result is not, a factor of 4 comes after.
        let large = x > 700.0;
        let two = power_of_two(if large { k - 2.0 } else { k });
        let one = if large { 0.25 } else { 1.0 };
        let less = two - one;
        // What the 1 loses beside a large power of two: half a unit just beyond 2^53.
        let lost = (two - less) - one;
        let (h, l) = sum(less, two * p);
        let y = (h + (l + two.mul_add(q, lost))) * if large { 4.0 } else { 1.0 };
        if x == 0.0 { x } else { y }
    })
}
