//! Sine, cosine, tangent.

use std::array::from_fn;

use super::{ROUND, fast_sum, horner, product, sum};

/// Largest argument these are for; beyond it the quarter turns are too many to subtract.
pub(super) const LIMIT: f64 = 1_048_576.0;

/// Whether an argument is not beyond [`LIMIT`]; a NaN is not.
#[inline(always)]
pub(crate) fn is_ordinary(x: f64) -> bool {
    (x.abs() <= LIMIT) | x.is_nan()
}

/// A quarter turn, in three parts.
const TURN: [f64; 3] = [1.5707963267948966, 6.123233995736766e-17, -1.4973849048591698e-33];
const PER_TURN: f64 = 0.6366197723675814;

/// `(sin(r) - r) / r^3` in `r^2`.
const SIN: [f64; 7] = [
    -0.16666666666666666,
    0.008333333333333331,
    -0.0001984126984126504,
    2.755731921932058e-06,
    -2.50521062259944e-08,
    1.6058530596645953e-10,
    -7.586636882825159e-13,
];

/// `(cos(r) - 1 + r^2 / 2) / r^4` in `r^2`.
const COS: [f64; 7] = [
    0.041666666666666664,
    -0.0013888888888888887,
    2.4801587301584632e-05,
    -2.755731922139249e-07,
    2.0876755787492604e-09,
    -1.1470460319209511e-11,
    4.745838412531023e-14,
];

/// As [`SIN`] and [`COS`], to 2^-35 of the sine and 2^-39 of the cosine: enough for single floats.
const SIN_SINGLE: [f64; 4] =
    [-0.16666666663853044, 0.008333331873837089, -0.00019840086263755443, 2.7249864655139585e-06];
const COS_SINGLE: [f64; 4] =
    [0.04166666666431933, -0.0013888887671288108, 2.480059998353171e-05, -2.7300908167996537e-07];

/// `x = k quarter turns + r`: the low bits of k, and r as hi and lo.
#[inline(always)]
fn reduce(x: f64) -> (u64, f64, f64) {
    let shifted = x.mul_add(PER_TURN, ROUND);
    let k = shifted - ROUND;
    // Exact: what is left is a multiple of the last bit of x or of a quarter turn.
    let r = k.mul_add(-TURN[0], x);
    let (p, e) = product(k, TURN[1]);
    let (h, l) = sum(r, -p);
    let (hi, lo) = fast_sum(h, l - k.mul_add(TURN[2], e));
    (shifted.to_bits(), hi, lo)
}

/// Sine of `hi + lo`, as a number and what is to be added to it, with the value of [`SIN`].
#[inline(always)]
fn sine(hi: f64, lo: f64, sin: f64) -> (f64, f64) {
    let z = hi * hi;
    let cubic = (z * hi) * sin;
    (hi, cubic + lo * (-0.5_f64).mul_add(z, 1.0))
}

/// Cosine of `hi + lo`, likewise.
#[inline(always)]
fn cosine(hi: f64, lo: f64, cos: f64) -> (f64, f64) {
    let z = hi * hi;
    let half = 0.5 * z;
    let w = 1.0 - half;
    let quartic = (z * z) * cos;
    (w, ((1.0 - w) - half) + (quartic - hi * lo) + 0.5 * hi.mul_add(-hi, z))
}

/// The low bits of the number of quarter turns, and sine and cosine of what is left of an argument, as numbers and what
/// is to be added to them.
type Exact = (u64, (f64, f64), (f64, f64));

#[inline(always)]
fn exact<const L: usize>(x: [f64; L]) -> [Exact; L] {
    let reduced = x.map(reduce);
    let z = reduced.map(|(_, hi, _)| hi * hi);
    let (sin, cos) = (horner(z, SIN), horner(z, COS));
    from_fn(|l| {
        let (bits, hi, lo) = reduced[l];
        (bits, sine(hi, lo, sin[l]), cosine(hi, lo, cos[l]))
    })
}

/// Sine and cosine of what is left of an argument after whole quarter turns; the low bits hold their number.
type Parts = (u64, f64, f64);

#[inline(always)]
fn parts<const L: usize>(x: [f64; L]) -> [Parts; L] {
    exact(x).map(|(bits, s, c)| (bits, s.0 + s.1, c.0 + c.1))
}

/// To the precision of single floats.
#[inline(always)]
fn parts_single<const L: usize>(x: [f64; L]) -> [Parts; L] {
    let reduced = x.map(|x| {
        let shifted = x.mul_add(PER_TURN, ROUND);
        let k = shifted - ROUND;
        (shifted.to_bits(), k.mul_add(-TURN[1], k.mul_add(-TURN[0], x)))
    });
    let z = reduced.map(|(_, r)| r * r);
    let (sin, cos) = (horner(z, SIN_SINGLE), horner(z, COS_SINGLE));
    from_fn(|l| {
        let ((bits, r), z) = (reduced[l], z[l]);
        (bits, (z * r).mul_add(sin[l], r), (z * z).mul_add(cos[l], z.mul_add(-0.5, 1.0)))
    })
}

/// The sine of `quarters` more quarter turns.
#[inline(always)]
fn turned((bits, sine, cosine): Parts, quarters: u64) -> f64 {
    let n = bits.wrapping_add(quarters);
    let y = if n & 1 == 0 { sine } else { cosine };
    f64::from_bits(y.to_bits() ^ ((n & 2) << 62))
}

/// `y`, but a zero as it is, with its sign.
#[inline(always)]
fn unless_zero(x: f64, y: f64) -> f64 {
    if x == 0.0 { x } else { y }
}

/// Sines, of arguments that are [`is_ordinary`].
#[inline(always)]
pub(crate) fn sin<const L: usize>(x: [f64; L]) -> [f64; L] {
    let parts = parts(x);
    from_fn(|l| unless_zero(x[l], turned(parts[l], 0)))
}

/// Sines of single floats, likewise.
#[inline(always)]
pub(crate) fn sin_single<const L: usize>(x: [f64; L]) -> [f64; L] {
    let parts = parts_single(x);
    from_fn(|l| unless_zero(x[l], turned(parts[l], 0)))
}

/// Cosines, likewise.
#[inline(always)]
pub(crate) fn cos<const L: usize>(x: [f64; L]) -> [f64; L] {
    parts(x).map(|parts| turned(parts, 1))
}

/// Cosines of single floats, likewise.
#[inline(always)]
pub(crate) fn cos_single<const L: usize>(x: [f64; L]) -> [f64; L] {
    parts_single(x).map(|parts| turned(parts, 1))
}

/// Tangents, likewise.
#[inline(always)]
pub(crate) fn tan<const L: usize>(x: [f64; L]) -> [f64; L] {
    let exact = exact(x);
    from_fn(|l| {
        let (bits, s, c) = exact[l];
        let (s, c) = (fast_sum(s.0, s.1), fast_sum(c.0, c.1));
        let odd = bits & 1 == 1;
        let (n, d) = (if odd { (-c.0, -c.1) } else { s }, if odd { s } else { c });
        let q = n.0 / d.0;
        let y = q + (q.mul_add(-d.0, n.0) + (-q).mul_add(d.1, n.1)) / d.0;
        unless_zero(x[l], y)
    })
}

/// Tangents of single floats, likewise.
#[inline(always)]
pub(crate) fn tan_single<const L: usize>(x: [f64; L]) -> [f64; L] {
    let parts = parts_single(x);
    from_fn(|l| {
        let (bits, sine, cosine) = parts[l];
        let odd = bits & 1 == 1;
        let y = if odd { -cosine } else { sine } / if odd { sine } else { cosine };
        unless_zero(x[l], y)
    })
}
