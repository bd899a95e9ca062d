//! Small counts by inversion: how many masses a uniform number passes.

use super::fixed::open;

/// Masses of the counts 0, 1, …
#[derive(Clone, Copy)]
pub(super) struct Masses {
    first: f64,
    law: Law,
    /// No count is larger.
    most: f64,
}

#[derive(Clone, Copy)]
enum Law {
    Poisson { mean: f64 },
    Binomial { count: f64, odds: f64 },
}

impl Masses {
    /// Of events with that mean.
    pub(super) fn poisson(mean: f64) -> Self {
        Masses { first: (-mean).exp(), law: Law::Poisson { mean }, most: 200.0 }
    }

    /// Of successes among `count` trials.
    pub(super) fn binomial(count: f64, p: f64) -> Self {
        let law = Law::Binomial { count, odds: p / (1.0 - p) };
        Masses { first: (count * (-p).ln_1p()).exp(), law, most: count.min(200.0) }
    }

    /// The mass of the count after `k`.
    fn after(&self, k: f64, mass: f64) -> f64 {
        match self.law {
            Law::Poisson { mean } => mass * (mean / (k + 1.0)),
            Law::Binomial { count, odds } => mass * (odds * (count - k) / (k + 1.0)),
        }
    }

    /// The count at which the masses exceed a number.
    pub(super) fn find(&self, u: f64) -> f64 {
        let (mut left, mut mass, mut k) = (u, self.first, 0.0);
        while left > mass && k < self.most {
            left -= mass;
            mass = self.after(k, mass);
            k += 1.0;
        }
        k
    }
}

/// Equal parts of `[0, 1)`, told apart by the leading bits of a word.
const PARTS: usize = 256;
/// Numbers that are as near to a sum are compared as [`Masses::find`] does, whose sums are rounded otherwise.
const NEAR: f64 = 1e-12;
/// Stands for parts in which there are several counts.
const SEVERAL: u8 = u8::MAX;

/// A table of the sums of masses, which gives the very counts of [`Masses::find`].
pub(super) struct Inversion {
    masses: Masses,
    sums: Vec<f64>,
    /// The first count that a part may have.
    begins: [u8; PARTS],
    /// The only count that a part has.
    counts: [u8; PARTS],
}

impl Inversion {
    pub(super) fn new(masses: Masses) -> Self {
        let (mut sums, mut sum, mut mass, mut k) = (Vec::with_capacity(64), 0.0, masses.first, 0.0);
        while k < masses.most && sum < 1.0 - NEAR {
            sum += mass;
            sums.push(sum);
            mass = masses.after(k, mass);
            k += 1.0;
        }
        let (mut begins, mut counts, mut k) = ([0; PARTS], [SEVERAL; PARTS], 0u8);
        for part in 0..PARTS {
            let [start, end] = [part, part + 1].map(|p| p as f64 / PARTS as f64);
            while sums.get(usize::from(k)).is_some_and(|&s| s + NEAR < start) {
                k += 1;
            }
            begins[part] = k;
            if sums.get(usize::from(k)).is_some_and(|&s| s - NEAR > end) {
                counts[part] = k;
            }
        }
        Inversion { masses, sums, begins, counts }
    }

    /// The count for the number in `(0, 1)` that a word stands for.
    #[inline(always)]
    pub(super) fn find(&self, word: u64) -> i64 {
        match self.counts[(word >> 56) as usize] {
            SEVERAL => self.search(word),
            count => i64::from(count),
        }
    }

    #[inline(never)]
    fn search(&self, word: u64) -> i64 {
        let u = open(word);
        let mut k = usize::from(self.begins[(word >> 56) as usize]);
        while self.sums.get(k).is_some_and(|&s| s + NEAR < u) {
            k += 1;
        }
        // What passes every sum by far is left to the masses too.
        match self.sums.get(k) {
            Some(&sum) if sum - NEAR > u => k as i64,
            _ => self.masses.find(u) as i64,
        }
    }
}
