//! Powers, and logarithms of sums of powers.

use std::array::from_fn;

use super::exp::{clamp, exp_parts, exp2_of, exp2_single};
use super::log::{log_of_sum, reduce};
use super::{LN2_HI, LN2_LO, LOG2E_HI, LOG2E_LO, fast_sum, horner, product, sum};

/// `(2 atanh(s) / s - 2 - 2 s^2 / 3 - 2 s^4 / 5) / s^6` in `s^2`.
const TAIL: [f64; 7] = [
    0.2857142857142937,
    0.22222222221652765,
    0.18181818336099848,
    0.1538459488700718,
    0.1333480879881234,
    0.11706126464563398,
    0.11724327060846747,
];
/// `(2 atanh(s) / s - 2) / s^2` in `s^2`, to 2^-41 of the logarithm.
const ATANH_SINGLE: [f64; 5] =
    [0.6666666666737868, 0.3999999879244169, 0.28571755535032944, 0.22191337428065783, 0.19363884986633198];
const LN2: (f64, f64) = (LN2_HI, LN2_LO);
const LOG2E: (f64, f64) = (LOG2E_HI, LOG2E_LO);
const TWO_THIRDS: (f64, f64) = (0.6666666666666666, 3.700743415417188e-17);
const TWO_FIFTHS: (f64, f64) = (0.4, -2.220446049250313e-17);

/// `a + b` of numbers as hi and lo, for `|a| >= |b|`.
#[inline(always)]
fn plus(a: (f64, f64), b: (f64, f64)) -> (f64, f64) {
    let (h, l) = fast_sum(a.0, b.0);
    (h, l + (a.1 + b.1))
}

/// `a * b` of numbers as hi and lo.
#[inline(always)]
fn times(a: (f64, f64), b: (f64, f64)) -> (f64, f64) {
    let (p, e) = product(a.0, b.0);
    (p, a.0.mul_add(b.1, a.1.mul_add(b.0, e)))
}

/// Logarithms to the base 2 of positive finite numbers, as hi and lo, to 2^-68 of them.
#[inline(always)]
fn log2_parts<const L: usize>(a: [f64; L]) -> [(f64, f64); L] {
    let reduced = a.map(|a| {
        let (k, f) = reduce(a);
        let (d, d_lo) = fast_sum(2.0, f);
        let s = f / d;
        let s_lo = (s.mul_add(-d, f) - s * d_lo) / d;
        let (z, z_lo) = product(s, s);
        (k, (s, s_lo), (z, (2.0 * s).mul_add(s_lo, z_lo)))
    });
    let tails = horner(reduced.map(|(.., z)| z.0), TAIL);
    from_fn(|l| {
        let (k, s, z) = reduced[l];
        let t = (z.0 * tails[l], 0.0);
        let t = times(z, plus(TWO_FIFTHS, t));
        let t = times(z, plus(TWO_THIRDS, t));
        let (m, m_lo) = times(s, t);
        let (h, l) = fast_sum(2.0 * s.0, m);
        let l = l + s.1.mul_add(2.0, m_lo);
        plus((k, 0.0), times((h, l), LOG2E))
    })
}

/// `x` to the powers of `y`, with the special values of IEEE 754.
#[inline(always)]
pub(crate) fn pow<const L: usize>(x: [f64; L], y: [f64; L]) -> [f64; L] {
    let logs = log2_parts(x.map(f64::abs));
    let powers: [_; L] = exp2_of(from_fn(|l| {
        let (y, (l, l_lo)) = (y[l], logs[l]);
        let (e, e_lo) = product(y, l);
        let far = e.abs() > 1100.0;
        (clamp(e, -1100.0, 1100.0), if far { 0.0 } else { y.mul_add(l_lo, e_lo) })
    }));
    from_fn(|l| with_special(x[l], y[l], powers[l]))
}

/// As [`pow`], near enough for single floats.
#[inline(always)]
pub(crate) fn pow_single<const L: usize>(x: [f64; L], y: [f64; L]) -> [f64; L] {
    let reduced = x.map(|x| reduce(x.abs()));
    let s = reduced.map(|(_, f)| f / (2.0 + f));
    let z = s.map(|s| s * s);
    let atanh = horner(z, ATANH_SINGLE);
    let powers: [_; L] = exp2_single(from_fn(|l| {
        let ((k, _), s) = (reduced[l], s[l]);
        let log = (s * z[l]).mul_add(atanh[l], 2.0 * s);
        clamp(y[l] * log.mul_add(LOG2E.0, k), -200.0, 200.0)
    }));
    from_fn(|l| with_special(x[l], y[l], powers[l]))
}

/// `r`, but for what neither logarithm nor product can say.
#[inline(always)]
fn with_special(x: f64, y: f64, r: f64) -> f64 {
    let a = x.abs();
    let r = if a == 1.0 { 1.0 } else { r };
    let (grown, shrunk) = if y < 0.0 { (0.0, f64::INFINITY) } else { (f64::INFINITY, 0.0) };
    let r = if a == 0.0 { shrunk } else { r };
    let r = if a == f64::INFINITY { grown } else { r };
    let whole = y.trunc() == y;
    let half = 0.5 * y;
    let odd = whole & (half.trunc() != half);
    let r = if odd { r.copysign(x) } else { r };
    let r = if (x < 0.0) & (a < f64::INFINITY) & !whole { f64::NAN } else { r };
    let r = if x.is_nan() | y.is_nan() { f64::NAN } else { r };
    if (y == 0.0) | (x == 1.0) { 1.0 } else { r }
}

/// The larger of two numbers, by how much the other is smaller, as hi and lo, and whether these are numbers.
#[inline(always)]
fn apart(a: f64, b: f64) -> (f64, (f64, f64), bool) {
    let (more, less) = if a > b { (a, b) } else { (b, a) };
    let (d, d_lo) = sum(less, -more);
    // An infinite difference has no rest.
    let d_lo = if d > f64::NEG_INFINITY { d_lo } else { 0.0 };
    (more, (clamp(d, -1100.0, 0.0), d_lo), (d <= 0.0) | (a == b))
}

/// `more` and what it is raised by; infinities as they are, and NaN where there were no numbers.
#[inline(always)]
fn raised(more: f64, (r, r_lo): (f64, f64), numbers: bool) -> f64 {
    let (h, l) = sum(more, r);
    let y = if more.abs() < f64::INFINITY { h + (l + r_lo) } else { more };
    if numbers { y } else { f64::NAN }
}

/// log(exp(a) + exp(b)).
#[inline(always)]
pub(crate) fn logaddexp<const L: usize>(a: [f64; L], b: [f64; L]) -> [f64; L] {
    let apart: [_; L] = from_fn(|l| apart(a[l], b[l]));
    let logs = log_near_one(exp_parts(apart.map(|(_, less, _)| less)));
    from_fn(|l| {
        let (more, _, numbers) = apart[l];
        raised(more, logs[l], numbers)
    })
}

/// log2(2**a + 2**b).
#[inline(always)]
pub(crate) fn logaddexp2<const L: usize>(a: [f64; L], b: [f64; L]) -> [f64; L] {
    let apart: [_; L] = from_fn(|l| apart(a[l], b[l]));
    // A power that would lose digits, being subnormal, is raised; it is its own `log(1 + t)`.
    let low = apart.map(|(_, (d, _), _)| d < -600.0);
    let logs: [_; L] = log_near_one(exp_parts(from_fn(|l| {
        let (_, (d, d_lo), _) = apart[l];
        times((d + if low[l] { 400.0 } else { 0.0 }, d_lo), LN2)
    })));
    from_fn(|l| {
        let (more, _, numbers) = apart[l];
        let down = if low[l] { 3.8725919148493183e-121 } else { 1.0 };
        let (q, q_lo) = times(logs[l], LOG2E);
        // So that a subnormal product is rounded once.
        let (q, q_lo) = fast_sum(q, q_lo);
        let y = raised(more, (q * down, q_lo * down), numbers);
        // Exactly so, where it may cancel.
        if a[l] == b[l] { a[l] + 1.0 } else { y }
    })
}

/// Logarithms of `1 + t`, both as hi and lo, for a `t` from 0 to 1.
#[inline(always)]
fn log_near_one<const L: usize>(t: [(f64, f64); L]) -> [(f64, f64); L] {
    log_of_sum(t.map(|t| {
        let (u, rest) = fast_sum(1.0, t.0);
        (u, rest + t.1, t, 0.0)
    }))
}
