//! Inverse trigonometric functions.

use std::array::from_fn;

use super::exp::power_of_two;
use super::roots::root_rest;
use super::{HiLo, fast_sum, horner, sum};

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

/// A quotient as numerator and denominator, each with what it lacks, and what [`EIGHTHS`] its angle lies from: in the
/// first half of a turn, and mirrored in the second.
type Reduced = (HiLo, HiLo, HiLo, HiLo);

/// `n / d`, by the tangent of what its angle lies from the nearest of 0, 1 and 2 eighths of a turn.
#[inline(always)]
fn reduce((n, d): (f64, f64)) -> Reduced {
    let (steep, middle) = (n > 2.414213562373095 * d, n > 0.41421356237309503 * d);
    let num = if middle { sum(n, -d) } else { (n, 0.0) };
    let num = if steep { (-d, 0.0) } else { num };
    let den = if middle { sum(n, d) } else { (d, 0.0) };
    let den = if steep { (n, 0.0) } else { den };
    let (base, mirrored) = if middle { (EIGHTHS[1], EIGHTHS[3]) } else { (EIGHTHS[0], EIGHTHS[4]) };
    let (base, mirrored) = if steep { (EIGHTHS[2], EIGHTHS[2]) } else { (base, mirrored) };
    (num, den, base, mirrored)
}

/// How far an angle lies from the nearest of 0, 1 and 2 eighths of a turn, as hi and lo, and what it lies from, in the
/// first half of a turn and mirrored in the second.
type Angle = (f64, f64, HiLo, HiLo);

/// The angles whose tangents are `n / d`.
#[inline(always)]
fn angle<const L: usize>(x: [(f64, f64); L]) -> [Angle; L] {
    let reduced = x.map(reduce);
    let r = reduced.map(|(num, den, ..)| num.0 / den.0);
    let atan = horner(r.map(|r| r * r), ATAN);
    from_fn(|l| {
        let (r, (num, den, base, mirrored)) = (r[l], reduced[l]);
        let lo = (r.mul_add(-den.0, num.0) + (num.1 - r * den.1)) / den.0;
        let lo = if den.0 < f64::INFINITY { lo } else { 0.0 };
        let z = r * r;
        let rest = (z * r).mul_add(atan[l], lo.mul_add(-z, lo));
        (r, rest, base, mirrored)
    })
}

/// Inverse tangents.
#[inline(always)]
pub(crate) fn atan<const L: usize>(x: [f64; L]) -> [f64; L] {
    let angles = angle(x.map(|x| (x.abs(), 1.0)));
    from_fn(|l| {
        let (r, rest, base, _) = angles[l];
        joined(base, r, rest).copysign(x[l])
    })
}

/// The angles of the points `(x, y)`.
#[inline(always)]
pub(crate) fn atan2<const L: usize>(y: [f64; L], x: [f64; L]) -> [f64; L] {
    let angles: [_; L] = angle(from_fn(|l| {
        let (n, d) = (y[l].abs(), x[l].abs());
        let (n, d) = if (n == f64::INFINITY) & (d == f64::INFINITY) { (1.0, 1.0) } else { (n, d) };
        // Neither sums may overflow nor products vanish.
        let most = if n > d { n } else { d };
        let scale = if most > 1e300 { power_of_two(-200.0) } else { 1.0 };
        let scale = if most < 1e-240 { power_of_two(200.0) } else { scale };
        (n * scale, if most == 0.0 { 1.0 } else { d * scale })
    }));
    from_fn(|l| {
        let (r, rest, base, mirrored) = angles[l];
        let back = x[l].is_sign_negative();
        let (base, r, rest) = if back { (mirrored, -r, -rest) } else { (base, r, rest) };
        joined(base, r, rest).copysign(y[l])
    })
}

/// Inverse sines of `a`, of `sqrt((1 - a) / 2)` where `a` is above 1/2: that number, and what is to be added.
#[inline(always)]
fn arc_sine<const L: usize>(a: [f64; L]) -> [(f64, f64); L] {
    let half = a.map(|a| 0.5 * (1.0 - a));
    let z: [f64; L] = from_fn(|l| if a[l] > 0.5 { half[l] } else { a[l] * a[l] });
    let asin = horner(z, ASIN);
    from_fn(|l| {
        let (a, half, z) = (a[l], half[l], z[l]);
        let root = half.sqrt();
        let (s, lo) = if a > 0.5 { (root, root_rest(root, half, 0.0)) } else { (a, 0.0) };
        (s, (z * s).mul_add(asin[l], lo))
    })
}

/// Inverse sines; NaN beyond 1.
#[inline(always)]
pub(crate) fn asin<const L: usize>(x: [f64; L]) -> [f64; L] {
    let arcs = arc_sine(x.map(f64::abs));
    from_fn(|l| {
        let (s, rest) = arcs[l];
        let y = if x[l].abs() > 0.5 { joined(EIGHTHS[2], -2.0 * s, -2.0 * rest) } else { s + rest };
        y.copysign(x[l])
    })
}

/// Inverse cosines; NaN beyond 1.
#[inline(always)]
pub(crate) fn acos<const L: usize>(x: [f64; L]) -> [f64; L] {
    let arcs = arc_sine(x.map(f64::abs));
    from_fn(|l| {
        let (x, (s, rest)) = (x[l], arcs[l]);
        let factor = if x.abs() > 0.5 { 2.0 } else { -1.0 };
        let factor = if x < 0.0 { -factor } else { factor };
        let factor = if x < -0.5 { -2.0 } else { factor };
        let base = if x > 0.5 { EIGHTHS[0] } else { EIGHTHS[2] };
        let base = if x < -0.5 { EIGHTHS[4] } else { base };
        joined(base, factor * s, factor * rest)
    })
}
