//! Chunks along one dimension.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::chunk_run::{Digest, Run, Runs};
use crate::error::{Error, Result};

/// How one dimension is cut. What it takes in memory follows from how often the sizes change, not from how many chunks
/// there are: regular chunks are a few numbers, and stay so when they are sliced with any step, joined or merged.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "Vec<Run>", into = "Vec<Run>")]
pub struct DimChunks(Form);

#[derive(Clone, Debug)]
enum Form {
    One(Run),
    Many(Arc<[Placed]>),
}

/// A run, and what is before it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Placed {
    /// Positions before it.
    at: u64,
    /// Chunks before it.
    number: u64,
    run: Run,
}

impl From<Runs> for DimChunks {
    fn from(Runs(mut runs): Runs) -> Self {
        if runs.len() <= 1 {
            return DimChunks(Form::One(runs.pop().unwrap_or_else(|| Run::regular(0, 0))));
        }
        let (mut at, mut number) = (0, 0);
        let placed = runs.into_iter().map(|run| {
            let placed = Placed { at, number, run };
            (at, number) = (at + placed.run.total(), number + placed.run.count());
            placed
        });
        DimChunks(Form::Many(placed.collect()))
    }
}

impl From<DimChunks> for Vec<Run> {
    fn from(chunks: DimChunks) -> Self {
        chunks.runs().map(|(_, _, run)| run.clone()).collect()
    }
}

impl TryFrom<Vec<Run>> for DimChunks {
    type Error = Error;
    fn try_from(runs: Vec<Run>) -> Result<Self> {
        let total = runs.iter().try_fold(0u64, |all, run| all.checked_add(run.total()));
        match total {
            Some(n) if n <= i64::MAX as u64 => Ok(Runs(runs).into()),
            _ => Err(Error::value("chunks of more positions than an array can have")),
        }
    }
}

impl DimChunks {
    /// Chunks of `size` (clamped to `1..=total`), the last one shorter when `size` does not divide `total`.
    pub fn regular(total: u64, size: u64) -> Self {
        DimChunks(Form::One(Run::regular(total, size)))
    }

    /// Chunks of the given sizes.
    pub fn from_sizes(sizes: &[u64]) -> Self {
        let mut runs = Runs::default();
        sizes.iter().for_each(|&n| runs.push(Run::regular(n, n)));
        runs.into()
    }

    /// The chunks of dimensions one after the other; those that are empty leave none.
    pub fn join<'a>(parts: impl IntoIterator<Item = &'a DimChunks>) -> Self {
        let mut runs = Runs::default();
        for part in parts.into_iter().filter(|p| p.total() > 0) {
            part.runs().for_each(|(_, _, run)| runs.push(run.clone()));
        }
        runs.into()
    }

    /// Runs with the positions and chunks before each.
    fn runs(&self) -> impl DoubleEndedIterator<Item = (u64, u64, &Run)> {
        let (one, many) = match &self.0 {
            Form::One(run) => (Some((0, 0, run)), &[][..]),
            Form::Many(placed) => (None, &placed[..]),
        };
        one.into_iter().chain(many.iter().map(|p| (p.at, p.number, &p.run)))
    }

    /// The last run before which `enough` does not yet hold of positions and chunks.
    fn run_before(&self, enough: impl Fn(u64, u64) -> bool) -> (u64, u64, &Run) {
        match &self.0 {
            Form::One(run) => (0, 0, run),
            Form::Many(placed) => {
                let i = placed.partition_point(|p| !enough(p.at, p.number));
                let p = &placed[i.saturating_sub(1)];
                (p.at, p.number, &p.run)
            }
        }
    }

    /// Numbers that describe the chunks.
    pub fn entries(&self) -> usize {
        self.runs().map(|(_, _, run)| run.entries()).sum()
    }

    /// Positions along the dimension.
    pub fn total(&self) -> u64 {
        let (at, _, run) = self.run_before(|_, _| false);
        at + run.total()
    }

    /// Number of chunks; an empty dimension has one chunk of 0, as in dask.
    pub fn count(&self) -> u64 {
        let (_, number, run) = self.run_before(|_, _| false);
        number + run.count()
    }

    /// Start and length of chunk `i`.
    pub fn chunk(&self, i: u64) -> (u64, u64) {
        let (at, number, run) = self.run_before(|_, number| number > i);
        let (start, len) = run.chunk(i - number);
        (at + start, len)
    }

    /// Index of the chunk that holds `pos`.
    pub fn find(&self, pos: u64) -> u64 {
        let (at, number, run) = self.run_before(|at, _| at > pos);
        number + run.find(pos - at)
    }

    /// Sizes in order.
    pub fn sizes(&self) -> impl Iterator<Item = u64> + '_ {
        self.runs().flat_map(|(_, _, run)| (0..run.count()).map(|i| run.chunk(i).1))
    }

    /// Size of the largest chunk.
    pub fn largest(&self) -> u64 {
        self.runs().map(|(_, _, run)| run.largest()).max().unwrap_or(0)
    }

    /// The size that all chunks but the last have, which is no larger.
    pub fn uniform(&self) -> Option<u64> {
        match &self.0 {
            Form::One(run) => run.uniform(),
            Form::Many(_) => None,
        }
    }

    /// Chunks of what `len` positions from `start` by `step` select, in the order selected.
    pub fn select(&self, start: i64, step: i64, len: u64) -> Self {
        if len == 0 {
            return Self::regular(0, 1);
        }
        let stride = step.unsigned_abs();
        let span = (len - 1) * stride + 1;
        let first = if step > 0 { start as u64 } else { start as u64 - (span - 1) };
        let mut up = Runs::default();
        for (at, _, run) in self.runs().filter(|(at, _, run)| *at < first + span && at + run.total() > first) {
            // The first position selected within the run.
            let from = first + at.saturating_sub(first).div_ceil(stride) * stride - at;
            let to = run.total().min(first + span - at);
            if from < to {
                run.part(from, to - from).every(stride, &mut up);
            }
        }
        if step > 0 {
            return up.into();
        }
        let mut down = Runs::default();
        up.0.iter().rev().for_each(|run| down.push(run.reversed()));
        down.into()
    }

    /// Boundaries of both, which have the same positions; one chunk takes the other's.
    pub(crate) fn meet(&self, other: &DimChunks) -> Self {
        if self == other || other.count() == 1 {
            return self.clone();
        }
        if self.count() == 1 {
            return other.clone();
        }
        let mut met = Runs::default();
        let occupied = |c: &&DimChunks| c.total() > 0;
        let mut others = Some(other).filter(occupied).into_iter().flat_map(|c| c.runs()).filter(|r| r.2.total() > 0);
        let mut beside = others.next();
        for (at, _, run) in self.runs().filter(|r| r.2.total() > 0) {
            let mut from = 0;
            while from < run.total()
                && let Some((start, _, next)) = beside
            {
                let within = at + from - start;
                let len = (run.total() - from).min(next.total() - within);
                run.part(from, len).meet(&next.part(within, len), &mut met);
                from += len;
                if within + len == next.total() {
                    beside = others.next();
                }
            }
        }
        met.into()
    }
}

impl PartialEq for DimChunks {
    fn eq(&self, other: &Self) -> bool {
        let same = match (&self.0, &other.0) {
            (Form::One(a), Form::One(b)) => a == b,
            (Form::Many(a), Form::Many(b)) => a == b,
            _ => false,
        };
        // Different patterns may be the same chunks.
        same || (self.total() == other.total() && self.count() == other.count() && self.sizes().eq(other.sizes()))
    }
}

impl Eq for DimChunks {}

impl Hash for DimChunks {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // Of the sizes alone: different patterns may be the same chunks.
        let all = self.runs().fold(Digest::default(), |before, (_, _, run)| before.then(run.digest()));
        (self.total(), self.count(), all).hash(state);
    }
}
