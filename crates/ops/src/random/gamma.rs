//! Distributions over the reals that reject some of what they draw: a number of draws that has no bound.

use std::f64::consts::PI;

use bytemuck::{cast_slice, cast_slice_mut};

use super::BATCH;
use super::fixed::{log, normals, open};
use super::philox::{Draws, Stream};
use crate::simd::vectorize;

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
        if u < 1.0 - 0.0331 * (x * x) * (x * x) || log(u) < 0.5 * x * x + d * (1.0 - v + log(v)) {
            return (d * v, 0.0);
        }
    }
}

/// Shapes whose variates are finite by far: those of [`first_attempts`].
const LARGEST: f64 = 1e300;

/// The first attempts of elements, straight-line code: what [`parts`] gives, or NaN where an attempt is rejected.
#[inline(always)]
fn first_attempts(stream: Stream, positions: &[u64], shapes: &[f64], factors: &mut [f64], logs: &mut [f64]) {
    for (((factor, rest), &p), &shape) in factors.iter_mut().zip(logs).zip(positions).zip(shapes) {
        let [a, b] = stream.block(p, 1);
        let [x, _] = normals(a, b);
        let [a, b] = stream.block(p, 2);
        let (small, u) = (shape < 1.0, open(a));
        let d = if small { shape + 1.0 } else { shape } - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        let v = 1.0 + c * x;
        let cube = v * v * v;
        let accepted = (u < 1.0 - 0.0331 * (x * x) * (x * x)) | (log(u) < 0.5 * x * x + d * (1.0 - cube + log(cube)));
        let accepted = accepted & (v > 0.0) & (shape > 0.0) & (shape < LARGEST);
        *factor = if accepted { d * cube } else { f64::NAN };
        *rest = if small { log(open(b)) / shape } else { 0.0 };
    }
}

/// Gamma variates of scale 1.
pub(super) fn fill(stream: &Stream, positions: &[u64], params: &[&[u8]], out: &mut [u8]) {
    let (shapes, out): (&[f64], &mut [f64]) = (cast_slice(params[0]), cast_slice_mut(out));
    let (stream, mut logs) = (*stream, [0.0; BATCH]);
    for ((positions, shapes), out) in positions.chunks(BATCH).zip(shapes.chunks(BATCH)).zip(out.chunks_mut(BATCH)) {
        vectorize(
            #[inline(always)]
            || first_attempts(stream, positions, shapes, out, &mut logs[..positions.len()]),
        );
        for (((o, &log), &at), &shape) in out.iter_mut().zip(&logs).zip(positions).zip(shapes) {
            if o.is_nan() {
                *o = gamma(shape, &mut Draws::new(stream, at));
            } else if log != 0.0 {
                *o *= log.exp();
            }
        }
    }
}

/// Their logarithms, which small shapes need.
pub(super) fn fill_log(stream: &Stream, positions: &[u64], params: &[&[u8]], out: &mut [u8]) {
    let (shapes, out): (&[f64], &mut [f64]) = (cast_slice(params[0]), cast_slice_mut(out));
    let (stream, mut logs) = (*stream, [0.0; BATCH]);
    for ((positions, shapes), out) in positions.chunks(BATCH).zip(shapes.chunks(BATCH)).zip(out.chunks_mut(BATCH)) {
        vectorize(
            #[inline(always)]
            || {
                let logs = &mut logs[..positions.len()];
                first_attempts(stream, positions, shapes, out, logs);
                for (o, rest) in out.iter_mut().zip(logs) {
                    *o = if o.is_nan() { *o } else { log(*o) + *rest };
                }
            },
        );
        for ((o, &at), &shape) in out.iter_mut().zip(positions).zip(shapes) {
            if o.is_nan() {
                *o = log_gamma(shape, &mut Draws::new(stream, at));
            }
        }
    }
}

/// A gamma variate of scale 1.
fn gamma(shape: f64, draws: &mut Draws) -> f64 {
    if shape.is_nan() || shape < 0.0 {
        return f64::NAN;
    }
    if shape == f64::INFINITY {
        return f64::INFINITY;
    }
    let (factor, log) = parts(shape, draws);
    factor * log.exp()
}

/// Its logarithm.
fn log_gamma(shape: f64, draws: &mut Draws) -> f64 {
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
