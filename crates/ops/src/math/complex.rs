//! Elementary functions of complex numbers, with the branch cuts and special values of C's Annex G.

use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, LN_2, LOG2_E, LOG10_E, PI};

use hyperslab_base::Complex64 as C;

const NAN: C = C::new(f64::NAN, f64::NAN);
const INF: f64 = f64::INFINITY;

/// `i z`.
fn turn(z: C) -> C {
    C::new(-z.im, z.re)
}

/// `-i z`.
fn turn_back(z: C) -> C {
    C::new(z.im, -z.re)
}

/// Square root, with the sign of the imaginary part.
pub(crate) fn sqrt(z: C) -> C {
    let (x, y) = (z.re, z.im);
    if x == 0.0 && y == 0.0 {
        return C::new(0.0, y);
    }
    if y.is_infinite() {
        return C::new(INF, y);
    }
    if x.is_infinite() {
        let zero = if y.is_nan() { y } else { 0.0 };
        return if x > 0.0 { C::new(x, zero.copysign(y)) } else { C::new(zero, INF.copysign(y)) };
    }
    let size = x.abs().max(y.abs());
    // Scaled by an even power of two where the modulus would overflow or lose digits.
    let (down, up) = match size {
        s if s > 1e300 => (0.0625, 4.0),
        s if s < 1e-290 => (2_f64.powi(108), 2_f64.powi(-54)),
        _ => (1.0, 1.0),
    };
    let (x, y) = (x * down, y * down);
    let t = ((x.abs() + x.hypot(y)) * 0.5).sqrt();
    if x >= 0.0 { C::new(t * up, y / (2.0 * t) * up) } else { C::new(y.abs() / (2.0 * t) * up, t.copysign(y) * up) }
}

/// `exp(x) * factor`, though `exp(x)` alone may be infinite.
fn exp_times(x: f64, factor: f64) -> f64 {
    if x > 709.0 { (x - 709.0).exp() * factor * 709_f64.exp() } else { x.exp() * factor }
}

pub(crate) fn exp(z: C) -> C {
    let (x, y) = (z.re, z.im);
    if y == 0.0 {
        return C::new(x.exp(), y);
    }
    if y.is_finite() {
        return C::new(exp_times(x, y.cos()), exp_times(x, y.sin()));
    }
    match x {
        x if x == -INF => C::new(0.0, 0.0),
        x if x == INF => C::new(INF, f64::NAN),
        _ => NAN,
    }
}

pub(crate) fn exp2(z: C) -> C {
    exp(z * LN_2)
}

/// `exp(z) - 1`, by parts that do not cancel near 0.
pub(crate) fn expm1(z: C) -> C {
    let a = (z.im / 2.0).sin();
    C::new(z.re.exp_m1() * z.im.cos() - 2.0 * a * a, z.re.exp() * z.im.sin())
}

pub(crate) fn log(z: C) -> C {
    let (a, b) = (z.re.abs().max(z.im.abs()), z.re.abs().min(z.im.abs()));
    let modulus = z.re.hypot(z.im);
    let re = if (0.5..2.0).contains(&modulus) {
        // The square of the modulus less 1, without cancelling.
        let (p, q) = (a * a, b * b);
        let rest = a.mul_add(a, -p) + b.mul_add(b, -q);
        0.5 * (((p - 1.0) + q) + rest).ln_1p()
    } else if modulus.is_infinite() && a.is_finite() {
        (0.5 * a).hypot(0.5 * b).ln() + LN_2
    } else {
        modulus.ln()
    };
    C::new(re, z.im.atan2(z.re))
}

pub(crate) fn log2(z: C) -> C {
    let l = log(z);
    C::new(l.re * LOG2_E, l.im * LOG2_E)
}

pub(crate) fn log10(z: C) -> C {
    let l = log(z);
    C::new(l.re * LOG10_E, l.im * LOG10_E)
}

/// As NumPy has it: the logarithm of the rounded `1 + z`.
pub(crate) fn log1p(z: C) -> C {
    C::new((z.re + 1.0).hypot(z.im).ln(), z.im.atan2(z.re + 1.0))
}

pub(crate) fn sinh(z: C) -> C {
    let (x, y) = (z.re, z.im);
    if y == 0.0 {
        return C::new(x.sinh(), y);
    }
    if !y.is_finite() {
        let re = match x {
            0.0 => x,
            _ if x.is_infinite() => INF,
            _ => f64::NAN,
        };
        return C::new(re, f64::NAN);
    }
    if x == 0.0 {
        return C::new(x, y.sin());
    }
    if x.abs() > 700.0 {
        return C::new(exp_times(x.abs(), 0.5 * y.cos()).copysign(x * y.cos()), exp_times(x.abs(), 0.5 * y.sin()));
    }
    C::new(x.sinh() * y.cos(), x.cosh() * y.sin())
}

pub(crate) fn cosh(z: C) -> C {
    let (x, y) = (z.re, z.im);
    if y == 0.0 {
        return C::new(x.cosh(), if x.is_sign_negative() { -y } else { y });
    }
    if !y.is_finite() {
        return match x {
            0.0 => C::new(f64::NAN, 0.0),
            x if x.is_infinite() => C::new(INF, f64::NAN),
            _ => NAN,
        };
    }
    if x == 0.0 {
        return C::new(y.cos(), x * y.sin());
    }
    if x.abs() > 700.0 {
        return C::new(exp_times(x.abs(), 0.5 * y.cos()), exp_times(x.abs(), 0.5 * y.sin()).copysign(x * y.sin()));
    }
    C::new(x.cosh() * y.cos(), x.sinh() * y.sin())
}

/// By Kahan's formula, whose parts do not cancel.
pub(crate) fn tanh(z: C) -> C {
    let (x, y) = (z.re, z.im);
    if x.is_infinite() {
        let im = if y.is_finite() { (2.0 * y).sin() } else { 0.0 };
        return C::new(1_f64.copysign(x), 0_f64.copysign(im));
    }
    if x.is_nan() {
        return C::new(x, if y == 0.0 { y } else { f64::NAN });
    }
    if !y.is_finite() {
        return C::new(if x == 0.0 { x } else { f64::NAN }, f64::NAN);
    }
    if x.abs() > 22.0 {
        let e = (-x.abs()).exp();
        return C::new(1_f64.copysign(x), 4.0 * y.sin() * y.cos() * e * e);
    }
    let (t, s) = (y.tan(), x.sinh());
    let b = 1.0 + t * t;
    let d = 1.0 + b * s * s;
    C::new(b * (1.0 + s * s).sqrt() * s / d, t / d)
}

pub(crate) fn sin(z: C) -> C {
    turn_back(sinh(turn(z)))
}

pub(crate) fn cos(z: C) -> C {
    cosh(turn(z))
}

pub(crate) fn tan(z: C) -> C {
    turn_back(tanh(turn(z)))
}

/// Square roots of `1 - z` and `1 + z`, of which Kahan makes the inverse functions.
fn roots(z: C) -> (C, C) {
    (sqrt(C::new(1.0 - z.re, -z.im)), sqrt(C::new(1.0 + z.re, z.im)))
}

/// Modulus beyond which `z * z` would overflow, and 1 is nothing beside it.
const LARGE: f64 = 1e150;

fn is_large(z: C) -> bool {
    z.re.abs() > LARGE || z.im.abs() > LARGE
}

/// `log(2 |z|)`.
fn log_twice(z: C) -> f64 {
    (0.25 * z.re).hypot(0.25 * z.im).ln() + 3.0 * LN_2
}

pub(crate) fn asinh(z: C) -> C {
    let (x, y) = (z.re, z.im);
    if !(x.is_finite() && y.is_finite()) {
        return match (x, y) {
            _ if x.is_infinite() && y.is_infinite() => C::new(x, FRAC_PI_4.copysign(y)),
            _ if x.is_infinite() => C::new(x, if y.is_nan() { y } else { 0_f64.copysign(y) }),
            _ if y.is_infinite() => C::new(INF.copysign(x), if x.is_nan() { x } else { FRAC_PI_2.copysign(y) }),
            _ if y == 0.0 => C::new(x, y),
            _ => NAN,
        };
    }
    if is_large(z) {
        return C::new(log_twice(z).copysign(x), y.atan2(x.abs()));
    }
    // asin(-i z), turned back.
    let w = turn_back(z);
    let (a, b) = roots(w);
    let re = asinh_signed(a.re * b.im - a.im * b.re, -w.im);
    C::new(re, w.re.atan2(a.re * b.re - a.im * b.im))
}

/// The size of the inverse hyperbolic sine of a part, with a sign that the part itself may have lost.
fn asinh_signed(part: f64, sign: f64) -> f64 {
    pxfm::f_asinh(part.abs()).copysign(sign)
}

pub(crate) fn asin(z: C) -> C {
    turn_back(asinh(turn(z)))
}

pub(crate) fn acos(z: C) -> C {
    let (x, y) = (z.re, z.im);
    if !(x.is_finite() && y.is_finite()) {
        let im = if x.is_infinite() || y.is_infinite() { INF.copysign(-y) } else { f64::NAN };
        let re = match (x, y) {
            _ if x.is_infinite() && y.is_infinite() => {
                if x > 0.0 {
                    FRAC_PI_4
                } else {
                    3.0 * FRAC_PI_4
                }
            }
            _ if x.is_infinite() && !y.is_nan() => {
                if x > 0.0 {
                    0.0
                } else {
                    PI
                }
            }
            _ if !x.is_nan() && (y.is_infinite() || x == 0.0) => FRAC_PI_2,
            _ => f64::NAN,
        };
        return C::new(re, im);
    }
    if is_large(z) {
        return C::new(y.abs().atan2(x), log_twice(z).copysign(-y));
    }
    let (a, b) = roots(z);
    let re = 2.0 * a.re.atan2(b.re);
    C::new(re, asinh_signed(b.re * a.im - b.im * a.re, -y))
}

pub(crate) fn acosh(z: C) -> C {
    let w = acos(z);
    C::new(w.im.abs(), w.re.copysign(z.im))
}

pub(crate) fn atanh(z: C) -> C {
    let (x, y) = (z.re, z.im);
    if y.is_infinite() || (x.is_infinite() && !y.is_nan()) || is_large(z) && !x.is_nan() && !y.is_nan() {
        // 1 / z, as far as a double goes, and a quarter turn.
        let small = if x.is_finite() && y.is_finite() { x / x.hypot(y) / x.hypot(y) } else { 0.0 };
        return C::new(small.abs().copysign(x), FRAC_PI_2.copysign(y));
    }
    if x.is_nan() || y.is_nan() {
        let re = if x == 0.0 || x.is_infinite() { 0_f64.copysign(x) } else { f64::NAN };
        return C::new(re, f64::NAN);
    }
    let a = x.abs();
    let re = if a == 1.0 && y == 0.0 { INF } else { 0.25 * (4.0 * a / ((1.0 - a) * (1.0 - a) + y * y)).ln_1p() };
    C::new(re.copysign(x), 0.5 * (2.0 * y).atan2((1.0 - a) * (1.0 + a) - y * y))
}

pub(crate) fn atan(z: C) -> C {
    turn_back(atanh(turn(z)))
}

/// Small whole exponents by multiplication and `quotient`, as NumPy, others through the logarithm.
pub(crate) fn pow(a: C, b: C, quotient: impl Fn(C, C) -> C) -> C {
    if b.re == 0.0 && b.im == 0.0 {
        return C::new(1.0, 0.0);
    }
    if a.re == 0.0 && a.im == 0.0 {
        return if b.re > 0.0 { C::new(0.0, 0.0) } else { NAN };
    }
    let n = b.re as i64;
    if b.im == 0.0 && n as f64 == b.re && n.abs() < 100 {
        // A factor of 1 would make NaN of a part beside an infinite one.
        return match n {
            2 => a * a,
            3 => a * (a * a),
            0.. => whole_power(a, n.unsigned_abs()),
            _ => quotient(C::new(1.0, 0.0), whole_power(a, n.unsigned_abs())),
        };
    }
    exp(b * log(a))
}

fn whole_power(mut base: C, mut n: u64) -> C {
    let mut power = if n & 1 == 1 { base } else { C::new(1.0, 0.0) };
    n >>= 1;
    while n > 0 {
        base = base * base;
        if n & 1 == 1 {
            power *= base;
        }
        n >>= 1;
    }
    power
}
