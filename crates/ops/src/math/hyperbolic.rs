//! Hyperbolic functions and their inverses.

use std::array::from_fn;

use super::exp::{clamp, expm1_parts, power_of_two, reduce};
use super::log::log_of_sum;
use super::roots::root_rest;
use super::{fast_sum, horner, product, sum};

/// `(sinh(r) - r) / r^3` in `r^2`, for `|r| <= ln 2 / 2`.
const SINH: [f64; 5] =
    [0.16666666666666669, 0.008333333333329931, 0.00019841269863700523, 2.7557267459727636e-06, 2.51008589602596e-08];

/// `(cosh(r) - 1 - r^2 / 2) / r^4` in `r^2`, for `|r| <= ln 2 / 2`.
const COSH: [f64; 5] = [
    0.041666666666666664,
    0.0013888888888886459,
    2.480158731760647e-05,
    2.7557282255236775e-07,
    2.0911574740406844e-09,
];

/// An argument `k ln 2 + r`, by the sum and the difference of `2^(k - 1)` and `2^(-k - 1)`, which are the hyperbolic
/// cosine and sine of `k ln 2`, and by those of `r`.
struct Parts {
    plus: (f64, f64),
    minus: (f64, f64),
    sinh: (f64, f64),
    cosh_less_one: f64,
    /// What comes after, where these powers would overflow though the result does not.
    factor: f64,
}

/// Of absolute values.
#[inline(always)]
fn parts<const L: usize>(a: [f64; L]) -> [Parts; L] {
    let reduced = a.map(|a| reduce(clamp(a, 0.0, 711.0)));
    let z = reduced.map(|(_, hi, _)| hi * hi);
    let (sinh, cosh) = (horner(z, SINH), horner(z, COSH));
    from_fn(|l| {
        let ((k, hi, lo), z, large) = (reduced[l], z[l], a[l] > 700.0);
        let up = power_of_two(if large { k - 3.0 } else { k - 1.0 });
        // Beyond 2^100 nothing is seen of it.
        let down = power_of_two(-1.0 - if k > 100.0 { 100.0 } else { k });
        Parts {
            plus: fast_sum(up, down),
            minus: fast_sum(up, -down),
            sinh: (hi, (z * hi).mul_add(sinh[l], lo)),
            cosh_less_one: z * z.mul_add(cosh[l], 0.5),
            factor: if large { 4.0 } else { 1.0 },
        }
    })
}

/// `big (1 + cosh_less_one) + small sinh`, for a `big` that is no smaller, as is that of `sinh` and `cosh`.
#[inline(always)]
fn joined(p: &Parts, big: (f64, f64), small: f64) -> f64 {
    let (q, e) = product(p.sinh.0, small);
    let (h, l) = fast_sum(big.0, q);
    let tail = big.0.mul_add(p.cosh_less_one, p.sinh.1.mul_add(small, e + big.1));
    (h + (l + tail)) * p.factor
}

/// Hyperbolic sines.
#[inline(always)]
pub(crate) fn sinh<const L: usize>(x: [f64; L]) -> [f64; L] {
    let parts = parts(x.map(f64::abs));
    from_fn(|l| joined(&parts[l], parts[l].minus, parts[l].plus.0).copysign(x[l]))
}

/// Hyperbolic cosines.
#[inline(always)]
pub(crate) fn cosh<const L: usize>(x: [f64; L]) -> [f64; L] {
    let parts = parts(x.map(f64::abs));
    from_fn(|l| joined(&parts[l], parts[l].plus, parts[l].minus.0))
}

/// Hyperbolic tangents: `e / (e + 2)` of `e = exp(2 |x|) - 1`.
#[inline(always)]
pub(crate) fn tanh<const L: usize>(x: [f64; L]) -> [f64; L] {
    let a = x.map(|x| clamp(x.abs(), 0.0, 20.0));
    let less = expm1_parts(a.map(|a| 2.0 * a));
    from_fn(|l| {
        let (x, a, (h, l)) = (x[l], a[l], less[l]);
        let (d, e) = sum(h, 2.0);
        let e = e + l;
        let q = h / d;
        let y = q + (q.mul_add(-d, h) + (l - q * e)) / d;
        let y = if a < 1e-100 { a } else { y };
        y.copysign(x)
    })
}

/// Above it, the logarithm of twice an argument is its inverse hyperbolic sine and cosine.
const LARGE: f64 = 1073741824.0;

/// The logarithms of `1 + t`, `t` as hi and lo; that of `2 a` where `a` is large.
#[inline(always)]
fn log_of<const L: usize>(x: [((f64, f64), f64); L]) -> [f64; L] {
    let logs = log_of_sum(x.map(|(t, a)| {
        let (u, rest) = sum(1.0, t.0);
        let large = a > LARGE;
        let (u, rest, doubled) = if large { (a, 0.0, 1.0) } else { (u, rest + t.1, 0.0) };
        (u, rest, t, doubled)
    }));
    logs.map(|(h, l)| h + l)
}

/// Inverse hyperbolic sines: `log(1 + (a + a^2 / (1 + sqrt(a^2 + 1))))`.
#[inline(always)]
pub(crate) fn asinh<const L: usize>(x: [f64; L]) -> [f64; L] {
    let logs = log_of(x.map(|x| {
        let a = x.abs();
        let (q, q_lo) = product(a, a);
        let (w, w_lo) = sum(1.0, q);
        let s = w.sqrt();
        let (d, d_lo) = fast_sum(s, 1.0);
        let d_lo = d_lo + root_rest(s, w, w_lo + q_lo);
        let inverse = 1.0 / d;
        let g = q * inverse;
        let g_lo = (g.mul_add(-d, q) + (q_lo - g * d_lo)) * inverse;
        let (t, t_lo) = fast_sum(a, g);
        ((t, t_lo + g_lo), a)
    }));
    from_fn(|l| {
        let a = x[l].abs();
        (if a < f64::INFINITY { logs[l] } else { a }).copysign(x[l])
    })
}

/// Inverse hyperbolic cosines: `log(1 + (d + sqrt(d (d + 2))))` of `d = x - 1`; NaN below 1.
#[inline(always)]
pub(crate) fn acosh<const L: usize>(x: [f64; L]) -> [f64; L] {
    let logs = log_of(x.map(|x| {
        let d = x - 1.0;
        let (p, p_lo) = fast_sum(x, 1.0);
        let (q, q_lo) = product(d, p);
        let s = q.sqrt();
        let (t, t_lo) = fast_sum(s, d);
        ((t, t_lo + root_rest(s, q, d.mul_add(p_lo, q_lo))), x)
    }));
    from_fn(|l| {
        let y = if x[l] >= 1.0 { logs[l] } else { f64::NAN };
        if x[l] == f64::INFINITY { x[l] } else { y }
    })
}

/// Inverse hyperbolic tangents: half the logarithm of `1 + 2 a / (1 - a)`; NaN beyond 1.
#[inline(always)]
pub(crate) fn atanh<const L: usize>(x: [f64; L]) -> [f64; L] {
    let logs = log_of(x.map(|x| {
        let a = x.abs();
        let (d, d_lo) = fast_sum(1.0, -a);
        let inverse = 1.0 / d;
        let t = 2.0 * a * inverse;
        let t_lo = (t.mul_add(-d, 2.0 * a) - t * d_lo) * inverse;
        ((t, t_lo), 0.0)
    }));
    from_fn(|l| {
        let a = x[l].abs();
        let y = if a < 1.0 { 0.5 * logs[l] } else { f64::NAN };
        (if a == 1.0 { f64::INFINITY } else { y }).copysign(x[l])
    })
}
