//! Functions of one element on top of libraries', for processors without multiply-add.

/// Hyperbolic sine; `pxfm` loses the sign of zero.
pub(crate) fn sinh(x: f64) -> f64 {
    pxfm::f_sinh(x.abs()).copysign(x)
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
