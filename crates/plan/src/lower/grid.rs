//! Task grids: how a space of indices is cut into tasks.
//!
//! A grid depends on what is computed together (shapes, dtypes, storage chunks, the order of memory), never on threads
//! or budget, so that partial results are always combined in the same order. Only axes that no root reduces may be cut
//! finer to fit a budget.

use hyperslab_base::{Dims, Region};

use crate::lower::scans::Scans;
use crate::lower::tuning::Tuning;
use crate::node::{Expr, Kind};
use crate::viewmap::{ViewAxis, ViewMap};

/// Where storage wants one axis to be cut: at `phase`, `phase + unit`, …
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Align {
    /// Distance of two cuts.
    pub unit: u64,
    /// First cut, below `unit`.
    pub phase: u64,
}

impl Align {
    /// No wish.
    pub const NONE: Align = Align { unit: 1, phase: 0 };
}

/// A regular grid of tasks over a space; the first task of an axis is shorter when storage asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grid {
    /// The space.
    pub space: Dims<u64>,
    /// Length of a task per axis.
    pub extent: Dims<u64>,
    /// Length of the first task, when shorter (0: not).
    pub phase: Dims<u64>,
    /// What storage wants the extent to be a multiple of.
    pub unit: Dims<u64>,
    /// Its axes in the order in which cells are walked, outermost first.
    pub order: Dims<usize>,
}

impl Grid {
    /// Tasks of that extent, walked in C order.
    pub fn of(space: &[u64], extent: Dims<u64>) -> Grid {
        let (phase, unit) = (space.iter().map(|_| 0).collect(), space.iter().map(|_| 1).collect());
        Grid { space: space.into(), extent, phase, unit, order: (0..space.len()).collect() }
    }

    /// Number of tasks per axis.
    pub fn counts(&self) -> Dims<u64> {
        (0..self.space.len()).map(|d| self.axis_count(d)).collect()
    }

    fn axis_count(&self, d: usize) -> u64 {
        let (n, e, p) = (self.space[d], self.extent[d], self.phase[d]);
        u64::from(p > 0) + n.saturating_sub(p).div_ceil(e)
    }

    /// Number of tasks.
    pub fn tasks(&self) -> u64 {
        self.counts().iter().product()
    }

    /// Start and length of cut `i` of axis `d`.
    fn cut(&self, d: usize, i: u64) -> (u64, u64) {
        let (n, e, p) = (self.space[d], self.extent[d], self.phase[d]);
        match (p, i) {
            (0, i) => (i * e, e.min(n - i * e)),
            (p, 0) => (0, p.min(n)),
            (p, i) => (p + (i - 1) * e, e.min(n - p - (i - 1) * e)),
        }
    }

    /// Position of task `i` in the grid.
    pub fn coords(&self, mut i: u64) -> Dims<u64> {
        let counts = self.counts();
        let mut out: Dims<u64> = counts
            .iter()
            .rev()
            .map(|&c| {
                let r = i % c;
                i /= c;
                r
            })
            .collect();
        out.reverse();
        out
    }

    /// Position of task `i` when cells that mirror each other across the diagonal of the last two axes follow each
    /// other; as [`Grid::coords`] has it where these are not cut into as many cells.
    pub fn coords_in_pairs(&self, i: u64) -> Dims<u64> {
        let mut coords = self.coords(i);
        if let ([.., m, n], [.., row, col]) = (self.counts().as_slice(), coords.as_mut_slice())
            && m == n
        {
            (*row, *col) = in_pairs(*n, *row * n + *col);
        }
        coords
    }

    /// Region of the task at a position.
    pub fn region(&self, coords: &[u64]) -> Region {
        Region(
            coords
                .iter()
                .enumerate()
                .map(|(d, &i)| {
                    let (start, len) = self.cut(d, i);
                    hyperslab_base::Range::new(start, len)
                })
                .collect(),
        )
    }

    /// The natural grid of a space that is walked in that order: aligned cells that move about [`Tuning::task_bytes`] at `item`
    /// bytes per position, of whole rows where possible.
    pub fn natural(space: &[u64], align: &[Align], item: u64, order: Dims<usize>, tuning: &Tuning) -> Grid {
        let total = space.iter().product::<u64>().saturating_mul(item.max(1));
        let target = (total / tuning.min_tasks).clamp(tuning.min_task_bytes, tuning.task_bytes);
        let mut extent: Dims<u64> = space.iter().zip(align).map(|(&n, a)| a.unit.clamp(1, n.max(1))).collect();
        let mut bytes = extent.iter().product::<u64>().saturating_mul(item.max(1));
        for &d in order.iter().rev() {
            let unit = extent[d];
            let fits = (target / bytes.max(1)).max(1);
            let grown = (unit * fits).min(space[d].max(1));
            // Half a row more is cheaper than a ragged second task.
            extent[d] = if grown * 2 > space[d] && grown < space[d] && bytes / unit * space[d] <= target * 2 {
                space[d]
            } else {
                grown
            };
            bytes = bytes / unit * extent[d];
            if extent[d] < space[d] {
                break;
            }
        }
        let phase = (0..space.len()).map(|d| if extent[d] >= space[d] { 0 } else { align[d].phase }).collect();
        let unit = extent.iter().zip(align).map(|(&e, a)| a.unit.clamp(1, e)).collect();
        Grid { space: space.into(), extent, phase, unit, order }
    }

    /// Makes cells longer along the last axis, in steps of [`Tuning::min_lanes`] up to [`Tuning::max_lanes`], while
    /// [`Tuning::wide_tasks`] are left.
    pub fn widen(&mut self, tuning: &Tuning) {
        let (unit, most) = (tuning.min_lanes, tuning.max_lanes);
        let Some(d) = self.space.len().checked_sub(1) else { return };
        let others: u64 = self.counts()[..d].iter().product();
        let share = self.space[d].saturating_mul(others) / tuning.wide_tasks;
        let wide = (share.min(most) / unit * unit).min(self.space[d]);
        if self.phase[d] == 0 && wide > self.extent[d] && wide.is_multiple_of(self.unit[d]) {
            self.extent[d] = wide;
        }
    }

    /// Halves the outermost axis that is longer than its unit and not fixed, so that rows stay long; `false` when
    /// there is none.
    pub fn shrink_aligned(&mut self, fixed: &[bool]) -> bool {
        let Some(&d) = self.order.iter().find(|&&d| !fixed[d] && self.extent[d] > self.unit[d]) else {
            return false;
        };
        self.extent[d] = self.extent[d].div_ceil(2).next_multiple_of(self.unit[d]).min(self.extent[d] - 1);
        true
    }

    /// Halves the outermost axis that is not fixed, across storage chunks: the last resort. Blocks of a product are
    /// cut along their longest side, since what they read is their circumference.
    pub fn shrink(&mut self, fixed: &[bool], product: bool) -> bool {
        let mut axes = self.order.iter().copied().filter(|&d| !fixed[d] && self.extent[d] > 1);
        let found = if product { axes.max_by_key(|&d| self.extent[d]) } else { axes.next() };
        let Some(d) = found else { return false };
        self.extent[d] = self.extent[d].div_ceil(2);
        self.phase[d] = self.phase[d].min(self.extent[d] - 1);
        true
    }
}

/// Cell `i` of a square of `n × n`, whose cells come as the rest of row 0 and of column 0 in turns, then of row 1 and
/// of column 1, and so on.
fn in_pairs(n: u64, i: u64) -> (u64, u64) {
    // The k rows and columns that are left hold k² cells.
    let left = n * n - i;
    let k = left.isqrt() + u64::from(left.isqrt().pow(2) < left);
    let (first, past) = (n - k, k * k - left);
    let other = first + past.div_ceil(2);
    if past.is_multiple_of(2) { (other, first) } else { (first, other) }
}

/// Where the storage below `e` wants `e`'s axes to be cut, with the bytes that speak for it. A scan wants its axis cut
/// between its blocks, whatever the storage says.
pub fn storage_align(e: &Expr, scans: &Scans) -> Option<(Dims<Align>, u64)> {
    let ndim = e.ndim();
    let mut map = ViewMap::identity(ndim);
    let mut e = e.clone();
    let mut blocks: Option<(Dims<Align>, u64)> = None;
    // Looks through views and along first inputs; a loop, for expressions may be deep.
    loop {
        let next = match &e.kind {
            Kind::Source(s) => s.source().native_chunks().map(|chunks| {
                let own: Dims<Align> = chunks.iter().map(|&unit| Align { unit: unit.max(1), phase: 0 }).collect();
                (through_view(&own, &map, ndim), e.nbytes())
            }),
            _ => None,
        };
        if next.is_some() {
            return match (next, blocks) {
                (Some((storage, n)), Some((blocks, m))) => Some((joined(&blocks, &storage), n.max(m))),
                (next, _) => next,
            };
        }
        if let (Kind::Scan { .. }, Some(cut)) = (&e.kind, scans.get(&e)) {
            let own = through_view(&cut.align(&e), &map, ndim);
            blocks = Some(match blocks {
                Some((above, n)) => (joined(&above, &own), n.max(e.nbytes())),
                None => (own, e.nbytes()),
            });
        }
        if let Kind::Block { call, .. } = &e.kind {
            let own: Dims<Align> = call.units().iter().map(|&unit| Align { unit, phase: 0 }).collect();
            let own = through_view(&own, &map, ndim);
            blocks = Some(match blocks {
                Some((above, n)) => (joined(&above, &own), n.max(e.nbytes())),
                None => (own, e.nbytes()),
            });
            // Axes that are made in any portions are cut as the storage of an operand is.
            let Some((k, inner)) = call.along() else { return blocks };
            map = inner.compose(&map);
            e = e.input(k).clone();
            continue;
        }
        let Some(below) = first_below(&e, &mut map) else { return blocks };
        e = below;
    }
}

/// The first input, with the map to its positions.
fn first_below(e: &Expr, map: &mut ViewMap) -> Option<Expr> {
    match e.parts() {
        (Kind::View { map: inner }, [input]) => {
            *map = inner.compose(map);
            Some(input.clone())
        }
        (Kind::Rechunk | Kind::Scan { .. }, [input]) => Some(input.clone()),
        (Kind::Map { .. }, inputs) => {
            inputs.iter().find(|i| !matches!(i.kind, Kind::Fill(_))).or(inputs.first()).cloned()
        }
        (Kind::Concat { axis }, inputs) => {
            map.0[*axis] = ViewAxis::fixed(0);
            inputs.first().cloned()
        }
        (Kind::Gather { axis, .. }, [input]) => {
            map.0[*axis] = ViewAxis::fixed(0);
            Some(input.clone())
        }
        _ => None,
    }
}

/// The first wish of each axis, the second where the first has none.
fn joined(first: &[Align], second: &[Align]) -> Dims<Align> {
    first.iter().zip(second).map(|(a, b)| if *a == Align::NONE { *b } else { *a }).collect()
}

/// Cuts of a base, seen through a map, in the space the map starts from.
pub fn through_view(base: &[Align], map: &ViewMap, ndim: usize) -> Dims<Align> {
    let mut out: Dims<Align> = smallvec::smallvec![Align::NONE; ndim];
    for (a, axis) in base.iter().zip(&map.0) {
        if let Some(d) = axis.out {
            let unit = a.unit as i64;
            out[d] = match axis.step {
                // Cuts lie where start + i is a multiple of the unit.
                1 => Align { unit: a.unit, phase: (a.phase as i64 - axis.start).rem_euclid(unit) as u64 },
                -1 => Align { unit: a.unit, phase: (axis.start + 1 - a.phase as i64).rem_euclid(unit) as u64 },
                // Cuts that no step hits: about as far from each other.
                s => Align { unit: if a.unit > 1 { a.unit.div_ceil(s.unsigned_abs().max(1)) } else { 1 }, phase: 0 },
            };
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_follow_their_mirror_images() {
        for n in 1..6 {
            let cells: Vec<(u64, u64)> = (0..n * n).map(|i| in_pairs(n, i)).collect();
            let mut sorted = cells.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..n).flat_map(|r| (0..n).map(move |c| (r, c))).collect::<Vec<_>>());
            for pair in cells.windows(2).filter(|pair| pair[0].0 < pair[0].1) {
                assert_eq!(pair[1], (pair[0].1, pair[0].0));
            }
        }
    }

    #[test]
    fn only_squares_come_in_pairs() {
        let grid = |space: [u64; 3]| {
            Grid::natural(&space, &[Align { unit: 2, phase: 0 }; 3], 1 << 18, (0..3).collect(), &Tuning::default())
        };
        let at = |grid: Grid| -> Vec<Dims<u64>> { (0..grid.tasks()).map(|i| grid.coords_in_pairs(i)).collect() };
        let square = at(grid([4, 4, 4]));
        assert_eq!(
            (square[1].as_slice(), square[2].as_slice(), square[5].as_slice()),
            (&[0, 0, 1][..], &[0, 1, 0][..], &[1, 0, 1][..])
        );
        assert_eq!(at(grid([2, 4, 6]))[3].as_slice(), [0, 1, 0]);
    }
}
