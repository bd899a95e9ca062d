//! Cube root and hypotenuse.

use std::array::from_fn;

use super::exp::power_of_two;
use super::log::reduce;
use super::{ROUND, fast_sum, horner, product};

/// What the square root `s` of `w + rest` lacks.
#[inline(always)]
pub(super) fn root_rest(s: f64, w: f64, rest: f64) -> f64 {
    let lo = (s.mul_add(-s, w) + rest) * (0.5 / s);
    if s > 0.0 { lo } else { 0.0 }
}

/// `m` to the power of -1/3, to 2^-14, between the roots of 1/2 and of 2.
const INVERSE_ROOT: [f64; 5] =
    [1.8703334336264674, -1.8451749844556589, 1.5369546231175093, -0.6868716763945578, 0.12473026410836184];

/// Cube roots: the inverse of one, from a polynomial and a step of fourth order, then one of Newton's with the exact
/// remainder.
#[inline(always)]
pub(crate) fn cbrt<const L: usize>(x: [f64; L]) -> [f64; L] {
    const THIRD: f64 = 0.3333333333333333;
    let reduced = x.map(|x| {
        let (k, f) = reduce(x.abs());
        (k, 1.0 + f)
    });
    let near = horner(reduced.map(|(_, m)| m), INVERSE_ROOT);
    let steps: [_; L] = from_fn(|l| {
        let (k, m) = reduced[l];
        let q = (k - 1.0).mul_add(THIRD, ROUND) - ROUND;
        let j = 3.0_f64.mul_add(-q, k);
        let (times, by) = if j == 0.0 { (1.0, 1.0) } else { (2.0, 0.7937005259840998) };
        let (times, by) = if j == 2.0 { (4.0, 0.6299605249474366) } else { (times, by) };
        let (m, z) = (m * times, near[l] * by);
        (q, m, z, (z * z * z).mul_add(-m, 1.0))
    });
    let fourth = horner(steps.map(|(.., e)| e), [THIRD, 0.2222222222222222, 0.1728395061728395]);
    from_fn(|l| {
        let (a, (q, m, z, e)) = (x[l].abs(), steps[l]);
        let z = (z * e).mul_add(fourth[l], z);
        let y = m * (z * z);
        let (p, p_lo) = product(y, y);
        let (c, c_lo) = product(p, y);
        let rest = (m - c) - p_lo.mul_add(y, c_lo);
        let y = (rest * (z * z)).mul_add(THIRD, y) * power_of_two(q);
        (if a > 0.0 && a < f64::INFINITY { y } else { a }).copysign(x[l])
    })
}

/// Lengths of hypotenuses. Infinite when a leg is, be the other a NaN.
#[inline(always)]
pub(crate) fn hypot<const L: usize>(x: [f64; L], y: [f64; L]) -> [f64; L] {
    let (up, down) = (power_of_two(600.0), power_of_two(-600.0));
    from_fn(|l| {
        let (x, y) = (x[l].abs(), y[l].abs());
        let (a, b) = if x > y { (x, y) } else { (y, x) };
        let (scale, back) = if a > 1e150 { (down, up) } else { (1.0, 1.0) };
        let (scale, back) = if a < 1e-120 { (up, down) } else { (scale, back) };
        let (a, b) = (a * scale, b * scale);
        let (p, p_lo) = product(a, a);
        let (q, q_lo) = product(b, b);
        let (h, l) = fast_sum(p, q);
        let s = h.sqrt();
        let r = (s + root_rest(s, h, l + (p_lo + q_lo))) * back;
        if (x == f64::INFINITY) | (y == f64::INFINITY) { f64::INFINITY } else { r }
    })
}
