//! Powers, and logarithms of sums of powers.

use super::exp::{clamp, exp_parts, exp2_of, exp2_single};
use super::log::{log_of_sum, reduce};
use super::{LN2_HI, LN2_LO, LOG2E_HI, LOG2E_LO, fast_sum, horner, product, sum};

/// `(2 atanh(s) / s - 2 - 2 s^2 / 3) / s^4` in `s^2`.
const TAIL: [f64; 8] = [
    0.4,
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
const TWO_THIRDS: (f64, f64) = (0.6666666666666666, 3.700743415417188e-17);

/// Logarithm to the base 2 of a positive finite number, as hi and lo, to 2^-64 of it.
#[inline(always)]
fn log2_parts(a: f64) -> (f64, f64) {
    let (k, f) = reduce(a);
    let (d, d_lo) = fast_sum(2.0, f);
    let s = f / d;
    let s_lo = (s.mul_add(-d, f) - s * d_lo) / d;
    let (z, z_lo) = product(s, s);
    let z_lo = (2.0 * s).mul_add(s_lo, z_lo);
    let (t, t_lo) = product(z, TWO_THIRDS.0);
    let t_lo = z.mul_add(TWO_THIRDS.1, z_lo.mul_add(TWO_THIRDS.0, t_lo));
    let (q, q_lo) = fast_sum(t, z * z * horner(z, TAIL));
    let (m, m_lo) = product(s, q);
    let m_lo = s.mul_add(q_lo + t_lo, s_lo.mul_add(q, m_lo));
    let (h, l) = fast_sum(2.0 * s, m);
    let l = l + s_lo.mul_add(2.0, m_lo);
    let (p, p_lo) = product(h, LOG2E_HI);
    let p_lo = h.mul_add(LOG2E_LO, l.mul_add(LOG2E_HI, p_lo));
    let (h, l) = fast_sum(k, p);
    (h, l + p_lo)
}

/// `x` to the power of `y`, with the special values of IEEE 754.
#[inline(always)]
pub(crate) fn pow(x: f64, y: f64) -> f64 {
    let (l, l_lo) = log2_parts(x.abs());
    let (e, e_lo) = product(y, l);
    let far = e.abs() > 1100.0;
    let e_lo = if far { 0.0 } else { y.mul_add(l_lo, e_lo) };
    with_special(x, y, exp2_of(clamp(e, -1100.0, 1100.0), e_lo))
}

/// As [`pow`], near enough for single floats.
#[inline(always)]
pub(crate) fn pow_single(x: f64, y: f64) -> f64 {
    let (k, f) = reduce(x.abs());
    let s = f / (2.0 + f);
    let z = s * s;
    let log = (s * z).mul_add(horner(z, ATANH_SINGLE), 2.0 * s);
    let e = y * log.mul_add(LOG2E_HI, k);
    with_special(x, y, exp2_single(clamp(e, -200.0, 200.0)))
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
pub(crate) fn logaddexp(a: f64, b: f64) -> f64 {
    let (more, (d, d_lo), numbers) = apart(a, b);
    let t = exp_parts(d, d_lo);
    raised(more, log_near_one(t), numbers)
}

/// log2(2**a + 2**b).
#[inline(always)]
pub(crate) fn logaddexp2(a: f64, b: f64) -> f64 {
    let (more, (d, d_lo), numbers) = apart(a, b);
    let (p, p_lo) = product(d, LN2_HI);
    let t = exp_parts(p, d.mul_add(LN2_LO, d_lo.mul_add(LN2_HI, p_lo)));
    let (r, r_lo) = log_near_one(t);
    let (q, q_lo) = product(r, LOG2E_HI);
    let q_lo = r.mul_add(LOG2E_LO, r_lo.mul_add(LOG2E_HI, q_lo));
    let y = raised(more, (q, q_lo), numbers);
    // Exactly so, where it may cancel.
    if a == b { a + 1.0 } else { y }
}

/// Logarithm of `1 + t`, both as hi and lo, for a `t` from 0 to 1.
#[inline(always)]
fn log_near_one(t: (f64, f64)) -> (f64, f64) {
    let (u, rest) = fast_sum(1.0, t.0);
    log_of_sum(u, rest + t.1, t, 0.0)
}
