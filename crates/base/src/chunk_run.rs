//! Consecutive chunks whose sizes recur: one periodic pattern of cuts, however many chunks there are.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Chunks between the cuts of a periodic pattern. Regular chunks are a pattern with one cut per period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Pattern", into = "Pattern")]
pub(crate) struct Run {
    total: u64,
    /// Positions after which the cuts recur; at least 1.
    period: u64,
    /// Where position 0 lies in the pattern, which has a cut at 0.
    phase: u64,
    /// The other cuts within a period, ascending.
    inner: Option<Arc<[u64]>>,
}

/// The fields of a run, as they are encoded.
#[derive(Serialize, Deserialize)]
struct Pattern(u64, u64, u64, Vec<u64>);

impl From<Run> for Pattern {
    fn from(run: Run) -> Self {
        Pattern(run.total, run.period, run.phase, run.inner().to_vec())
    }
}

impl TryFrom<Pattern> for Run {
    type Error = Error;
    fn try_from(Pattern(total, period, phase, inner): Pattern) -> Result<Self> {
        let ascending = inner.windows(2).all(|w| w[0] < w[1]) && inner.first().is_none_or(|c| *c > 0);
        let within = phase < period && inner.last().is_none_or(|c| *c < period);
        if !ascending || !within || total.max(period) > i64::MAX as u64 {
            return Err(Error::value("no pattern of chunks"));
        }
        Ok(Run { total, period, phase, inner: (!inner.is_empty()).then(|| inner.into()) })
    }
}

/// `x mod m` as an offset in a period.
fn modulo(x: u128, m: u64) -> u64 {
    (x % u128::from(m)) as u64
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

impl Run {
    /// Chunks of `size` (clamped to `1..=total`), the last one shorter when `size` does not divide `total`.
    pub(crate) fn regular(total: u64, size: u64) -> Self {
        Run { total, period: size.clamp(1, total.max(1)), phase: 0, inner: None }
    }

    /// The pattern that recurs every `period` positions with cuts at `cuts` (not empty, below `period`).
    fn from_cuts(total: u64, period: u64, mut cuts: Vec<u64>) -> Self {
        cuts.sort_unstable();
        cuts.dedup();
        let first = cuts[0];
        cuts.iter_mut().for_each(|c| *c -= first);
        let n = cuts.len();
        let size = |i: usize| cuts.get(i + 1).unwrap_or(&period) - cuts[i];
        let shortest = (1..=n).find(|d| n.is_multiple_of(*d) && (*d..n).all(|i| size(i) == size(i - d))).unwrap_or(n);
        let period = cuts.get(shortest).copied().unwrap_or(period);
        let inner = (shortest > 1).then(|| cuts[1..shortest].into());
        Run { total, period, phase: modulo(u128::from(period) * 2 - u128::from(first % period), period), inner }
            .simple()
    }

    /// One or two chunks need no pattern.
    fn simple(self) -> Self {
        match self.count() {
            1 => Run::regular(self.total, self.total),
            2 => {
                let (a, b) = (self.chunk(0).1, self.chunk(1).1);
                Run { total: self.total, period: a.max(b), phase: b.saturating_sub(a), inner: None }
            }
            _ => self,
        }
    }

    fn inner(&self) -> &[u64] {
        self.inner.as_deref().unwrap_or_default()
    }

    /// Cuts of one period.
    fn cuts(&self) -> impl Iterator<Item = u64> + Clone + '_ {
        std::iter::once(0).chain(self.inner().iter().copied())
    }

    /// Numbers that describe it.
    pub(crate) fn entries(&self) -> usize {
        3 + self.inner().len()
    }

    /// Number of the pattern's chunk that holds place `x` of it.
    fn number(&self, x: u64) -> u64 {
        let place = x % self.period;
        let before = self.inner().partition_point(|&c| c <= place);
        x / self.period * (self.inner().len() as u64 + 1) + before as u64
    }

    /// Place of the pattern where its chunk of that number begins.
    fn begin(&self, number: u64) -> u64 {
        let n = self.inner().len() as u64 + 1;
        let within = match number % n {
            0 => 0,
            i => self.inner()[i as usize - 1],
        };
        number / n * self.period + within
    }

    fn has_cut(&self, place: u64) -> bool {
        place == 0 || self.inner().binary_search(&place).is_ok()
    }

    /// Positions.
    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    /// Number of chunks; no positions are one chunk.
    pub(crate) fn count(&self) -> u64 {
        match self.total {
            0 => 1,
            n => self.number(self.phase + n - 1) - self.number(self.phase) + 1,
        }
    }

    /// Start and length of chunk `i`.
    pub(crate) fn chunk(&self, i: u64) -> (u64, u64) {
        if self.total == 0 {
            return (0, 0);
        }
        let number = self.number(self.phase) + i;
        let from = self.begin(number).max(self.phase);
        let to = self.begin(number + 1).min(self.phase + self.total);
        (from - self.phase, to - from)
    }

    /// Chunk that holds `pos`.
    pub(crate) fn find(&self, pos: u64) -> u64 {
        self.number(self.phase + pos) - self.number(self.phase)
    }

    /// Size of the largest chunk.
    pub(crate) fn largest(&self) -> u64 {
        if self.total / 2 >= self.period {
            // Every chunk of the pattern is there whole.
            let ends = self.inner().iter().copied().chain([self.period]);
            return self.cuts().zip(ends).map(|(from, to)| to - from).max().unwrap_or(0);
        }
        (0..self.count()).map(|i| self.chunk(i).1).max().unwrap_or(0)
    }

    /// The size that all chunks but the last have.
    pub(crate) fn uniform(&self) -> Option<u64> {
        (self.phase == 0 && self.inner.is_none()).then_some(self.period)
    }

    /// `len` positions from `start`.
    pub(crate) fn part(&self, start: u64, len: u64) -> Self {
        let phase = modulo(u128::from(self.phase) + u128::from(start), self.period);
        Run { total: len, phase, period: self.period, inner: self.inner.clone() }.simple()
    }

    /// The chunks from the last to the first.
    pub(crate) fn reversed(&self) -> Self {
        let end = u128::from(self.total) + u128::from(self.phase) + u128::from(self.period);
        let cuts = self.cuts().map(|c| modulo(end - u128::from(c), self.period)).collect();
        Run::from_cuts(self.total, self.period, cuts)
    }

    /// Every `step`th of its positions, from the first: the runs that its chunks become.
    pub(crate) fn every(&self, step: u64, out: &mut Runs) {
        let len = self.total.div_ceil(step);
        if step == 1 || self.count() == 1 {
            return out.push(Run { total: len, ..self.clone() }.simple());
        }
        if step >= self.largest() {
            return out.push(Run::regular(len, 1));
        }
        let repeats = step / gcd(step, self.period);
        let cuts = (self.inner().len() as u64 + 1).checked_mul(repeats);
        match (cuts, self.period.checked_mul(repeats)) {
            (Some(n), Some(common)) if n <= self.count() => {
                let period = common / step;
                let first = |c: u64| {
                    let ahead = u128::from(c) + u128::from(common) - u128::from(self.phase);
                    modulo(ahead.div_ceil(u128::from(step)), period)
                };
                let all = (0..repeats).flat_map(|r| self.cuts().map(move |c| r * self.period + c));
                out.push(Run::from_cuts(len, period, all.map(first).collect()));
            }
            _ => {
                // It ends before the pattern of both recurs.
                for (start, n) in (0..self.count()).map(|i| self.chunk(i)) {
                    let size = (start + n).div_ceil(step) - start.div_ceil(step);
                    if size > 0 {
                        out.push(Run::regular(size, size));
                    }
                }
            }
        }
    }

    /// The boundaries of two runs of the same length.
    pub(crate) fn meet(&self, other: &Run, out: &mut Runs) {
        let (coarse, fine) = if self.count() < other.count() { (self, other) } else { (other, self) };
        if coarse.count() == 1 || coarse == fine {
            return out.push(fine.clone());
        }
        if coarse.inner.is_none()
            && fine.inner.is_none()
            && coarse.period.is_multiple_of(fine.period)
            && coarse.phase % fine.period == fine.phase
        {
            return out.push(fine.clone());
        }
        let repeats = coarse.period / gcd(coarse.period, fine.period);
        let period = fine.period.checked_mul(repeats);
        if let Some(period) = period.filter(|p| fine.cuts_in(*p).saturating_add(coarse.cuts_in(*p)) <= coarse.count()) {
            let cuts = fine.cuts_of(period).chain(coarse.cuts_of(period)).collect();
            return out.push(Run::from_cuts(self.total, period, cuts));
        }
        for (start, len) in (0..coarse.count()).map(|i| coarse.chunk(i)) {
            out.push(fine.part(start, len));
        }
    }

    fn cuts_in(&self, period: u64) -> u64 {
        (period / self.period).saturating_mul(self.inner().len() as u64 + 1)
    }

    /// Positions of the cuts in a period that is a multiple of its own.
    fn cuts_of(&self, period: u64) -> impl Iterator<Item = u64> + '_ {
        let back = u128::from(period) - u128::from(self.phase);
        let all = (0..period / self.period).flat_map(move |r| self.cuts().map(move |c| r * self.period + c));
        all.map(move |c| modulo(u128::from(c) + back, period))
    }

    /// One run for both, the other one after this one, where one pattern has the cuts of both.
    fn followed_by(&self, next: &Run) -> Option<Run> {
        if self.total == 0 || next.total == 0 {
            return None;
        }
        let total = self.total + next.total;
        let end = modulo(u128::from(self.phase) + u128::from(self.total), self.period);
        if self.has_cut(end) {
            let number = self.number(end);
            let goes_on = self.period == next.period && self.inner == next.inner && end == next.phase;
            let ends = next.count() == 1 && next.total <= self.begin(number + 1) - self.begin(number);
            if goes_on || ends {
                return Some(Run { total, ..self.clone() }.simple());
            }
        }
        if self.count() == 1 && next.has_cut(next.phase) {
            let begin = next.phase + next.period;
            if self.total <= begin - next.begin(next.number(begin) - 1) {
                return Some(Run { total, phase: (begin - self.total) % next.period, ..next.clone() }.simple());
            }
        }
        None
    }
}

/// Hash of a list of sizes, which is put together from those of its parts: a polynomial modulo a Mersenne prime.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Digest {
    value: u64,
    /// The base to the power of the number of sizes.
    shift: u64,
}

impl Default for Digest {
    fn default() -> Self {
        Digest { value: 0, shift: 1 }
    }
}

impl Digest {
    const PRIME: u64 = (1 << 61) - 1;
    const BASE: u64 = 0x12c3_9d5a_77b4_e18f;

    fn of(size: u64) -> Self {
        // No size is 0 modulo the prime but that of a chunk without positions.
        Digest { value: (size + 1) % Self::PRIME, shift: Self::BASE }
    }

    /// Of the sizes of both, one after the other.
    pub(crate) fn then(self, next: Digest) -> Self {
        let times = |a: u64, b: u64| modulo(u128::from(a) * u128::from(b), Self::PRIME);
        let value = (times(self.value, next.shift) + next.value) % Self::PRIME;
        Digest { value, shift: times(self.shift, next.shift) }
    }

    /// Of the sizes so many times.
    fn repeated(self, mut times: u64) -> Self {
        let (mut all, mut power) = (Digest::default(), self);
        while times > 0 {
            if times & 1 == 1 {
                all = all.then(power);
            }
            power = power.then(power);
            times >>= 1;
        }
        all
    }
}

impl Run {
    /// Of the sizes of its chunks.
    pub(crate) fn digest(&self) -> Digest {
        let (n, period) = (self.count(), self.inner().len() as u64 + 1);
        let sizes =
            |from: u64, to: u64| (from..to).map(|i| Digest::of(self.chunk(i).1)).fold(Digest::default(), Digest::then);
        // The first and the last chunk may be cut short.
        let periods = n.saturating_sub(2) / period;
        if periods < 2 {
            return sizes(0, n);
        }
        let middle = sizes(1, 1 + period).repeated(periods);
        sizes(0, 1).then(middle).then(sizes(1 + periods * period, n))
    }
}

/// Runs one after the other, as few as their patterns allow.
#[derive(Default)]
pub(crate) struct Runs(pub(crate) Vec<Run>);

impl Runs {
    pub(crate) fn push(&mut self, run: Run) {
        match self.0.last_mut() {
            Some(last) => match last.followed_by(&run) {
                Some(both) => *last = both,
                None => self.0.push(run),
            },
            None => self.0.push(run),
        }
    }
}
