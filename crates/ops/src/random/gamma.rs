//! Distributions over the reals that reject some of what they draw: a number of draws that has no bound.

use std::f64::consts::PI;

use super::philox::Draws;

/// A gamma variate of that shape, as a factor and a logarithm: below 1 it is `factor * exp(logarithm)`, which may be less
/// than any double (Marsaglia and Tsang; a shape below 1 is reached from the next one by a power of a uniform number).
fn parts(shape: f64, draws: &mut Draws) -> (f64, f64) {
    if shape == 0.0 {
        return (0.0, 0.0);
    }
    if shape < 1.0 {
        let (factor, _) = parts(shape + 1.0, draws);
        return (factor, draws.uniform().ln() / shape);
    }
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let x = draws.normal();
        let v = 1.0 + c * x;
        if v <= 0.0 {
            continue;
        }
        let v = v * v * v;
        let u = draws.uniform();
        if u < 1.0 - 0.0331 * (x * x) * (x * x) || u.ln() < 0.5 * x * x + d * (1.0 - v + v.ln()) {
            return (d * v, 0.0);
        }
    }
}

/// A gamma variate of scale 1.
pub(super) fn gamma(shape: f64, draws: &mut Draws) -> f64 {
    if shape.is_nan() || shape < 0.0 {
        return f64::NAN;
    }
    if shape == f64::INFINITY {
        return f64::INFINITY;
    }
    let (factor, log) = parts(shape, draws);
    factor * log.exp()
}

/// Its logarithm, which small shapes need.
pub(super) fn log_gamma(shape: f64, draws: &mut Draws) -> f64 {
    if shape.is_nan() || shape < 0.0 {
        return f64::NAN;
    }
    if shape == f64::INFINITY {
        return f64::INFINITY;
    }
    let (factor, log) = parts(shape, draws);
    factor.ln() + log
}

/// An angle around 0 by the von Mises distribution (Best and Fisher).
pub(super) fn vonmises(kappa: f64, draws: &mut Draws) -> f64 {
    if kappa.is_nan() || kappa < 0.0 {
        return f64::NAN;
    }
    if kappa < 1e-8 {
        return PI * (2.0 * draws.uniform() - 1.0);
    }
    if kappa > 1e6 {
        // The wrapped normal distribution: for such a kappa it is the same to the last digits.
        let angle = draws.normal() * (1.0 / kappa).sqrt();
        return angle.clamp(-PI, PI);
    }
    let s = if kappa < 1e-5 {
        1.0 / kappa + kappa
    } else {
        let r = 1.0 + (1.0 + 4.0 * kappa * kappa).sqrt();
        let rho = (r - (2.0 * r).sqrt()) / (2.0 * kappa);
        (1.0 + rho * rho) / (2.0 * rho)
    };
    loop {
        let z = (PI * draws.uniform()).cos();
        let w = (1.0 + s * z) / (s + z);
        let y = kappa * (s - w);
        let v = draws.uniform();
        if y * (2.0 - y) - v >= 0.0 || (y / v).ln() + 1.0 - y >= 0.0 {
            let angle = w.clamp(-1.0, 1.0).acos();
            return if draws.word() >> 63 == 0 { angle } else { -angle };
        }
    }
}
