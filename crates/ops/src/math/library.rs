//! Functions of one element, on top of the C library's.

/// Inverse hyperbolic sine, odd, without cancellation near 0 or overflow far out.
pub(crate) fn asinh(x: f64) -> f64 {
    let a = x.abs();
    let r =
        if a > 1e150 { a.ln() + std::f64::consts::LN_2 } else { (a + a * a / (1.0 + (a * a + 1.0).sqrt())).ln_1p() };
    if a < 1e-150 { x } else { r.copysign(x) }
}

/// Inverse hyperbolic cosine; NaN below 1.
pub(crate) fn acosh(x: f64) -> f64 {
    if x < 1.0 {
        return f64::NAN;
    }
    if x > 1e150 {
        return x.ln() + std::f64::consts::LN_2;
    }
    let t = x - 1.0;
    (t + (2.0 * t + t * t).sqrt()).ln_1p()
}

/// Inverse hyperbolic tangent; NaN beyond 1.
pub(crate) fn atanh(x: f64) -> f64 {
    let a = x.abs();
    let r = 0.5 * (2.0 * a / (1.0 - a)).ln_1p();
    if a < 1e-150 { x } else { r.copysign(x) }
}

/// log(exp(a) + exp(b)).
pub(crate) fn logaddexp(a: f64, b: f64) -> f64 {
    if a == b {
        return a + std::f64::consts::LN_2;
    }
    let d = a - b;
    if d > 0.0 {
        a + (-d).exp().ln_1p()
    } else if d <= 0.0 {
        b + d.exp().ln_1p()
    } else {
        d
    }
}

/// log2(2**a + 2**b).
pub(crate) fn logaddexp2(a: f64, b: f64) -> f64 {
    if a == b {
        return a + 1.0;
    }
    let d = a - b;
    if d > 0.0 {
        a + (-d).exp2().ln_1p() * std::f64::consts::LOG2_E
    } else if d <= 0.0 {
        b + d.exp2().ln_1p() * std::f64::consts::LOG2_E
    } else {
        d
    }
}
