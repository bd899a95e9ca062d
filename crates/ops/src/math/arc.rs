//! Inverse trigonometric functions.

use super::exp::power_of_two;
use super::roots::root_rest;
use super::{fast_sum, horner, sum};

/// `(atan(r) - r) / r^3` in `r^2`, for `|r| <= tan(pi / 8)`.
const ATAN: [f64; 11] = [
    -0.3333333333333333,
    0.19999999999995438,
    -0.1428571428464918,
    0.1111111101386139,
    -0.09090904521500148,
    0.07692181876696624,
    -0.06664492955081326,
    0.058579884306572266,
    -0.05084610777582189,
    0.0392074453205456,
    -0.01914726376323698,
];

/// `(asin(r) - r) / r^3` in `r^2`, for `|r| <= 1 / 2`.
const ASIN: [f64; 13] = [
    0.16666666666666669,
    0.07499999999998425,
    0.04464285714637338,
    0.030381944137085216,
    0.022372173002005596,
    0.017352391265909227,
    0.013971235301124539,
    0.011478952690257387,
    0.010324318288744113,
    0.00545087818772055,
    0.017419357964884856,
    -0.014881409392818066,
    0.02877844261259304,
];

/// Eighths of a turn, as hi and lo.
const EIGHTHS: [(f64, f64); 5] = [
    (0.0, 0.0),
    (0.7853981633974483, 3.061616997868383e-17),
    (1.5707963267948966, 6.123233995736766e-17),
    (2.356194490192345, 9.184850993605148e-17),
    (3.141592653589793, 1.2246467991473532e-16),
];

/// `base + (main + rest)`, for a base that is zero or the larger.
#[inline(always)]
fn joined(base: (f64, f64), main: f64, rest: f64) -> f64 {
    let (h, l) = fast_sum(base.0, main);
    h + (l + (base.1 + rest))
}

/// How far the angle whose tangent is `n / d` lies from the nearest of 0, 1 and 2 eighths of a turn: as hi and lo, and
/// what they lie from, in the first half of a turn and mirrored in the second.
#[inline(always)]
fn angle(n: f64, d: f64) -> (f64, f64, (f64, f64), (f64, f64)) {
    let (steep, middle) = (n > 2.414213562373095 * d, n > 0.41421356237309503 * d);
    let (less, less_lo) = sum(n, -d);
    let (more, more_lo) = sum(n, d);
    let (num, num_lo) = if middle { (less, less_lo) } else { (n, 0.0) };
    let (num, num_lo) = if steep { (-d, 0.0) } else { (num, num_lo) };
    let (den, den_lo) = if middle { (more, more_lo) } else { (d, 0.0) };
    let (den, den_lo) = if steep { (n, 0.0) } else { (den, den_lo) };
    let r = num / den;
    let lo = (r.mul_add(-den, num) + (num_lo - r * den_lo)) / den;
    let lo = if den < f64::INFINITY { lo } else { 0.0 };
    let z = r * r;
    let rest = (z * r).mul_add(horner(z, ATAN), lo.mul_add(-z, lo));
    let (base, mirrored) = if middle { (EIGHTHS[1], EIGHTHS[3]) } else { (EIGHTHS[0], EIGHTHS[4]) };
    let (base, mirrored) = if steep { (EIGHTHS[2], EIGHTHS[2]) } else { (base, mirrored) };
    (r, rest, base, mirrored)
}

/// Inverse tangent.
#[inline(always)]
pub(crate) fn atan(x: f64) -> f64 {
    let (r, rest, base, _) = angle(x.abs(), 1.0);
    joined(base, r, rest).copysign(x)
}

/// The angle of the point `(x, y)`.
#[inline(always)]
pub(crate) fn atan2(y: f64, x: f64) -> f64 {
    let (n, d) = (y.abs(), x.abs());
    let (n, d) = if (n == f64::INFINITY) & (d == f64::INFINITY) { (1.0, 1.0) } else { (n, d) };
    // Neither sums may overflow nor products vanish.
    let most = if n > d { n } else { d };
    let scale = if most > 1e300 { power_of_two(-200.0) } else { 1.0 };
    let scale = if most < 1e-240 { power_of_two(200.0) } else { scale };
    let (n, d) = (n * scale, if most == 0.0 { 1.0 } else { d * scale });
    let (r, rest, base, mirrored) = angle(n, d);
    let back = x.is_sign_negative();
    let (base, r, rest) = if back { (mirrored, -r, -rest) } else { (base, r, rest) };
    joined(base, r, rest).copysign(y)
}

/// Inverse sine of `a`, of `sqrt((1 - a) / 2)` where `a` is above 1/2: that number, and what is to be added.
#[inline(always)]
fn arc_sine(a: f64) -> (f64, f64) {
    let large = a > 0.5;
    let half = 0.5 * (1.0 - a);
    let z = if large { half } else { a * a };
    let root = half.sqrt();
    let (s, lo) = if large { (root, root_rest(root, half, 0.0)) } else { (a, 0.0) };
    (s, (z * s).mul_add(horner(z, ASIN), lo))
}

/// Inverse sine; NaN beyond 1.
#[inline(always)]
pub(crate) fn asin(x: f64) -> f64 {
    let a = x.abs();
    let (s, rest) = arc_sine(a);
    let y = if a > 0.5 { joined(EIGHTHS[2], -2.0 * s, -2.0 * rest) } else { s + rest };
    y.copysign(x)
}

/// Inverse cosine; NaN beyond 1.
#[inline(always)]
pub(crate) fn acos(x: f64) -> f64 {
    let a = x.abs();
    let (s, rest) = arc_sine(a);
    let factor = if a > 0.5 { 2.0 } else { -1.0 };
    let factor = if x < 0.0 { -factor } else { factor };
    let factor = if x < -0.5 { -2.0 } else { factor };
    let base = if x > 0.5 { EIGHTHS[0] } else { EIGHTHS[2] };
    let base = if x < -0.5 { EIGHTHS[4] } else { base };
    joined(base, factor * s, factor * rest)
}
