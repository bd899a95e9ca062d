//! Distributions over the integers that draw until something is accepted.

use bytemuck::{cast_slice, cast_slice_mut};

use super::inversion::{Inversion, Masses};
use super::philox::{Draws, Stream};
use super::{alike, each, first_words};

/// Larger means than this have counts that no int64 holds.
const MOST: f64 = 9.2e18;

/// `log(k!)` of a count held as a float.
pub fn log_factorial(k: f64) -> f64 {
    log_gamma_function(k + 1.0)
}

/// The logarithm of the gamma function, for positive numbers: Stirling's series, reached by steps of 1.
fn log_gamma_function(x: f64) -> f64 {
    const SERIES: [f64; 6] = [1.0 / 12.0, -1.0 / 360.0, 1.0 / 1260.0, -1.0 / 1680.0, 1.0 / 1188.0, -691.0 / 360360.0];
    let (mut y, mut below) = (x, 1.0);
    while y < 10.0 {
        below *= y;
        y += 1.0;
    }
    let z = 1.0 / (y * y);
    let tail = SERIES.iter().rev().fold(0.0, |sum, c| sum * z + c) / y;
    (y - 0.5) * y.ln() - y + 0.9189385332046727 + tail - below.ln()
}

/// What Stirling's formula leaves of `log(k!)`.
fn stirling_rest(k: f64) -> f64 {
    log_factorial(k) - ((k + 0.5) * (k + 1.0).ln() - (k + 1.0) + 0.9189385332046727)
}

/// Poisson variates.
pub(super) fn fill_poisson(stream: &Stream, positions: &[u64], params: &[&[u8]], out: &mut [u8]) {
    let (means, out): (&[f64], &mut [i64]) = (cast_slice(params[0]), cast_slice_mut(out));
    match alike(means).map(Poisson::new) {
        Some(Poisson::Few(masses)) => {
            let table = Inversion::new(masses);
            first_words(stream, positions, |i, word| out[i] = table.find(word));
        }
        Some(all) => each(stream, positions, |i, draws| out[i] = all.draw(draws)),
        None => each(stream, positions, |i, draws| out[i] = Poisson::new(means[i]).draw(draws)),
    }
}

/// Binomial variates.
pub(super) fn fill_binomial(stream: &Stream, positions: &[u64], params: &[&[u8]], out: &mut [u8]) {
    let (trials, chances): (&[i64], &[f64]) = (cast_slice(params[0]), cast_slice(params[1]));
    let out: &mut [i64] = cast_slice_mut(out);
    match alike(trials).zip(alike(chances)).map(|(n, p)| Binomial::new(n, p)) {
        Some(Binomial { turned, law: Successes::Few(masses) }) => {
            let table = Inversion::new(masses);
            match turned {
                None => first_words(stream, positions, |i, word| out[i] = table.find(word)),
                Some(n) => first_words(stream, positions, |i, word| out[i] = n - table.find(word)),
            }
        }
        Some(all) => each(stream, positions, |i, draws| out[i] = all.draw(draws)),
        None => each(stream, positions, |i, draws| out[i] = Binomial::new(trials[i], chances[i]).draw(draws)),
    }
}

/// What the Poisson variates of a mean are made with: inversion where it is small, else transformed rejection (Hörmann,
/// PTRS).
enum Poisson {
    Invalid,
    Few(Masses),
    Many { mean: f64, log_mean: f64, a: f64, b: f64, log_inverse_alpha: f64, accepted: f64 },
}

impl Poisson {
    fn new(mean: f64) -> Self {
        if !(0.0..=MOST).contains(&mean) {
            return Poisson::Invalid;
        }
        if mean < 10.0 {
            return Poisson::Few(Masses::poisson(mean));
        }
        let b = 0.931 + 2.53 * mean.sqrt();
        let a = -0.059 + 0.02483 * b;
        let inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
        let accepted = 0.9277 - 3.6224 / (b - 2.0);
        Poisson::Many { mean, log_mean: mean.ln(), a, b, log_inverse_alpha: inverse_alpha.ln(), accepted }
    }

    fn draw(&self, draws: &mut Draws) -> i64 {
        let &Poisson::Many { mean, log_mean, a, b, log_inverse_alpha, accepted } = self else {
            return if let Poisson::Few(masses) = self { masses.find(draws.uniform()) as i64 } else { i64::MIN };
        };
        loop {
            let u = draws.uniform() - 0.5;
            let v = draws.uniform();
            let us = 0.5 - u.abs();
            let k = ((2.0 * a / us + b) * u + mean + 0.43).floor();
            if us >= 0.07 && v <= accepted {
                return k as i64;
            }
            if k < 0.0 || (us < 0.013 && v > us) {
                continue;
            }
            if v.ln() + log_inverse_alpha - (a / (us * us) + b).ln() <= -mean + k * log_mean - log_factorial(k) {
                return k as i64;
            }
        }
    }
}

/// What binomial variates are made with.
struct Binomial {
    /// All trials, where what is drawn are failures.
    turned: Option<i64>,
    law: Successes,
}

/// Inversion where few successes are expected, else transformed rejection (Hörmann, BTRS).
enum Successes {
    Invalid,
    Never,
    Few(Masses),
    Many(Rejection),
}

struct Rejection {
    count: f64,
    a: f64,
    b: f64,
    c: f64,
    accepted: f64,
    alpha: f64,
    m: f64,
    r: f64,
    /// What the bound has of `m` alone.
    first: f64,
    rests: [f64; 2],
}

impl Binomial {
    fn new(n: i64, p: f64) -> Self {
        if n < 0 || !(0.0..=1.0).contains(&p) {
            return Binomial { turned: None, law: Successes::Invalid };
        }
        if p > 0.5 {
            return Binomial { turned: Some(n), ..Binomial::new(n, 1.0 - p) };
        }
        let count = n as f64;
        let law = match count * p {
            0.0 => Successes::Never,
            expected if expected < 10.0 => Successes::Few(Masses::binomial(count, p)),
            _ => Successes::Many(Rejection::new(count, p)),
        };
        Binomial { turned: None, law }
    }

    fn draw(&self, draws: &mut Draws) -> i64 {
        let k = match &self.law {
            Successes::Invalid => return i64::MIN,
            Successes::Never => 0,
            Successes::Few(masses) => masses.find(draws.uniform()) as i64,
            Successes::Many(rejection) => rejection.draw(draws),
        };
        self.turned.map_or(k, |n| n - k)
    }
}

impl Rejection {
    fn new(count: f64, p: f64) -> Self {
        let q = 1.0 - p;
        let spq = (count * p * q).sqrt();
        let b = 1.15 + 2.53 * spq;
        let m = ((count + 1.0) * p).floor();
        let r = p / q;
        Rejection {
            count,
            a: -0.0873 + 0.0248 * b + 0.01 * p,
            b,
            c: count * p + 0.5,
            accepted: 0.92 - 4.2 / b,
            alpha: (2.83 + 5.1 / b) * spq,
            m,
            r,
            first: (m + 0.5) * ((m + 1.0) / (r * (count - m + 1.0))).ln(),
            rests: [stirling_rest(m), stirling_rest(count - m)],
        }
    }

    fn draw(&self, draws: &mut Draws) -> i64 {
        let &Rejection { count, a, b, c, accepted, alpha, m, r, first, rests } = self;
        loop {
            let u = draws.uniform() - 0.5;
            let v = draws.uniform();
            let us = 0.5 - u.abs();
            let k = ((2.0 * a / us + b) * u + c).floor();
            if k < 0.0 || k > count {
                continue;
            }
            if us >= 0.07 && v <= accepted {
                return k as i64;
            }
            let bound = first
                + (count + 1.0) * ((count - m + 1.0) / (count - k + 1.0)).ln()
                + (k + 0.5) * (r * (count - k + 1.0) / (k + 1.0)).ln()
                + rests[0]
                + rests[1]
                - stirling_rest(k)
                - stirling_rest(count - k);
            if (v * alpha / (a / (us * us) + b)).ln() <= bound {
                return k as i64;
            }
        }
    }
}

/// Good ones in a sample without replacement.
pub(super) fn hypergeometric(good: i64, bad: i64, sample: i64, draws: &mut Draws) -> i64 {
    let Some(total) = good.checked_add(bad).filter(|total| good >= 0 && bad >= 0 && (0..=*total).contains(&sample))
    else {
        return i64::MIN;
    };
    // A sample and what it leaves are alike.
    let fewer = sample.min(total - sample);
    let found = if fewer < 10 { one_by_one(good, total, fewer, draws) } else { ratio(good, bad, fewer, draws) };
    if fewer < sample { good - found } else { found }
}

fn one_by_one(good: i64, total: i64, sample: i64, draws: &mut Draws) -> i64 {
    let mut left = good;
    for taken in 0..sample {
        if (draws.below((total - taken) as u64) as i64) < left {
            left -= 1;
        }
    }
    good - left
}

/// By the ratio of uniforms (Stadlober, HRUA).
fn ratio(good: i64, bad: i64, sample: i64, draws: &mut Draws) -> i64 {
    const D1: f64 = 1.7155277699214135;
    const D2: f64 = 0.8989161620588988;
    let (less, more) = (good.min(bad) as f64, good.max(bad) as f64);
    let (total, n) = (less + more, sample as f64);
    let (p, q) = (less / total, more / total);
    let a = n * p + 0.5;
    let c = ((total - n) * n * p * q / (total - 1.0) + 0.5).sqrt();
    let h = D1 * c + D2;
    let m = ((n + 1.0) * (less + 1.0) / (total + 2.0)).floor();
    let mass = |k: f64| log_factorial(k) + log_factorial(less - k) + log_factorial(n - k) + log_factorial(more - n + k);
    let g = mass(m);
    let b = (n.min(less) + 1.0).min((a + 16.0 * c).floor());
    loop {
        let u = draws.uniform();
        let x = a + h * (draws.uniform() - 0.5) / u;
        if x < 0.0 || x >= b {
            continue;
        }
        let k = x.floor();
        let t = g - mass(k);
        if u * (4.0 - u) - 3.0 <= t || (u * (u - t) < 1.0 && 2.0 * u.ln() <= t) {
            return if good > bad { sample - k as i64 } else { k as i64 };
        }
    }
}

/// A variate of the zeta distribution (Devroye), below 2^63.
pub(super) fn zipf(a: f64, draws: &mut Draws) -> i64 {
    if a.is_nan() || a <= 1.0 {
        return i64::MIN;
    }
    if a >= 1025.0 {
        return 1;
    }
    let (power, b) = (a - 1.0, 2f64.powf(a - 1.0));
    let least = MOST.powf(-power);
    loop {
        let u = draws.uniform();
        let u = u * least + (1.0 - u);
        let v = draws.uniform();
        let x = u.powf(-1.0 / power).floor();
        if !(1.0..=MOST).contains(&x) {
            continue;
        }
        let t = (1.0 + 1.0 / x).powf(power);
        if v * x * (t - 1.0) / (b - 1.0) <= t / b {
            return x as i64;
        }
    }
}

/// A variate of the logarithmic distribution (Kemp).
pub(super) fn logseries(p: f64, draws: &mut Draws) -> i64 {
    if !(0.0..1.0).contains(&p) {
        return i64::MIN;
    }
    let r = (-p).ln_1p();
    loop {
        let v = draws.uniform();
        if v >= p {
            return 1;
        }
        let q = -(r * draws.uniform()).exp_m1();
        if v <= q * q {
            let k = (1.0 + v.ln() / q.ln()).floor();
            if k >= 1.0 {
                return if k < MOST { k as i64 } else { i64::MAX };
            }
            continue;
        }
        return if v >= q { 1 } else { 2 };
    }
}
