//! What is kept between stages: arrays that tasks would read from storage again and again are read once, and what does
//! not fit into memory beside the rest lies on disk.

use hyperslab_base::Dims;

use rustc_hash::FxHashSet;

use crate::lower::grid::{Grid, storage_align, through_view};
use crate::lower::program::{Leaf, Program};
use crate::lower::tuning::Tuning;
use crate::lower::{ContractWork, Plan, Stage, TileWork, Work, contract_lens};
use crate::node::{Expr, Kind, postorder};
use crate::viewmap::{ViewAxis, ViewMap};

/// Decisions about one plan.
#[derive(Clone, Debug, Default)]
pub struct Staging {
    /// Arrays that a stage of their own computes, besides the pipeline breakers.
    pub kept: FxHashSet<Expr>,
    /// Slots that lie on disk.
    pub disk: FxHashSet<Expr>,
}

impl Staging {
    /// Keeps the array whose rereading costs most, if any is worth it; `false` otherwise.
    pub fn keep_reread(&mut self, plan: &Plan) -> bool {
        let tuning = &plan.limits.tuning;
        let (reads, saves) = (tuning.kept_reads as f64, tuning.kept_saves as f64);
        let saved = |(e, reads): &(Expr, f64)| (reads - 1.0) * e.nbytes() as f64;
        let worth = |r: &(Expr, f64)| r.1 >= reads && saved(r) >= saves && !self.kept.contains(&r.0);
        let all = plan.stages.iter().flat_map(|s| rereads(plan, s)).filter(worth);
        let Some((e, _)) = all.max_by(|a, b| saved(a).total_cmp(&saved(b))) else { return false };
        if e.nbytes() > plan.limits.memory / tuning.kept_share {
            self.disk.insert(e.clone());
        }
        self.kept.insert(e);
        true
    }

    /// Moves the largest slot that lies in memory during a stage to disk; `false` when there is none.
    pub fn spill_largest(&mut self, plan: &Plan, stage: usize) -> bool {
        let alive = |e: &&Expr| {
            let slot = &plan.slots[plan.slot_of[*e]];
            slot.first_use <= stage
                && stage <= slot.last_use
                && slot.disk.is_none()
                && e.nbytes() > plan.limits.tuning.small_slot
        };
        let largest = plan.slot_of.keys().filter(alive).max_by_key(|e| (e.nbytes(), e.name()));
        largest.is_some_and(|e| self.disk.insert(e.clone()))
    }
}

/// Arrays from storage that a stage reads, and how often it reads each of their bytes.
fn rereads(plan: &Plan, stage: &Stage) -> Vec<(Expr, f64)> {
    match &stage.work {
        Work::Tiles(w) => tile_rereads(plan, w, &stage.grid),
        Work::Contract(c) => contract_rereads(plan, c, &stage.grid),
    }
}

fn tile_rereads(plan: &Plan, w: &TileWork, grid: &Grid) -> Vec<(Expr, f64)> {
    let mut out = Vec::new();
    for leaf in &w.program.leaves {
        let Leaf::Base { base, map } = leaf else { continue };
        let base = &w.program.bases[*base];
        let share = |(a, &n): (&ViewAxis, &u64)| seen_share(a.out.map(|d| grid.space[d]), a.step, n);
        let seen: f64 = map.0.iter().zip(&base.shape).map(share).product();
        if plan.slot_of.contains_key(base) || seen < 0.5 {
            continue;
        }
        if let Some((own, _)) = storage_align(base, &plan.scans) {
            let cuts = through_view(&own, map, grid.space.len());
            let repeated = map.repeated(grid.space.len());
            let reads = |d: usize| match repeated.contains(&d) {
                true => grid.counts()[d] as f64,
                false => axis_reads(grid.space[d], grid.extent[d], cuts[d].unit),
            };
            out.push((base.clone(), (0..grid.space.len()).map(reads).product()));
        }
    }
    out
}

/// Share of an axis of length `n` that a view of `len` positions covers.
fn seen_share(len: Option<u64>, step: i64, n: u64) -> f64 {
    len.unwrap_or(1) as f64 * step.unsigned_abs() as f64 / n.max(1) as f64
}

/// How often each storage chunk of length `unit` is read by tasks of length `extent`.
fn axis_reads(n: u64, extent: u64, unit: u64) -> f64 {
    if extent >= n || extent.is_multiple_of(unit) {
        return 1.0;
    }
    let touched = if unit.is_multiple_of(extent) { 1.0 } else { 1.0 + (extent - 1) as f64 / unit as f64 };
    n.div_ceil(extent) as f64 * touched * unit as f64 / n as f64
}

fn contract_rereads(plan: &Plan, c: &ContractWork, grid: &Grid) -> Vec<(Expr, f64)> {
    let rows = c.a.ndim() - c.summed;
    let counts = grid.counts();
    let times = |axes: &[u64]| axes.iter().product::<u64>() as f64;
    let operands = [(&c.a, times(&counts[rows..])), (&c.b, times(&counts[c.batch..rows]))];
    let kept = operands.into_iter().map(|(e, reads)| (under_views(e).0, reads));
    kept.filter(|(e, _)| reads_storage(plan, e)).collect()
}

/// The array that views look at, if they look at most of it, with the map to it.
fn under_views(e: &Expr) -> (Expr, ViewMap) {
    let (mut at, mut map) = (e.clone(), ViewMap::identity(e.ndim()));
    loop {
        let next = match &at.kind {
            Kind::View { input, map: inner } => (input.clone(), inner.compose(&map)),
            Kind::Rechunk { input } => (input.clone(), map.clone()),
            _ => return (at, map),
        };
        if next.0.nbytes() > 2 * e.nbytes() {
            return (at, map);
        }
        (at, map) = next;
    }
}

/// Whether evaluating `e` reads from storage.
fn reads_storage(plan: &Plan, e: &Expr) -> bool {
    let stored = |e: &Expr| plan.slot_of.contains_key(e);
    !stored(e)
        && postorder(std::slice::from_ref(e))
            .iter()
            .any(|e| matches!(&e.kind, Kind::Source(s) if s.0.memory().is_none()) && !stored(e))
}

/// Blocks that suit both who writes a slot and who reads it, as lengths along its axes.
pub fn disk_block(plan: &Plan, e: &Expr, written: &[u64]) -> Dims<u64> {
    let mut wish: Dims<u64> = written.iter().zip(&e.shape).map(|(&w, &n)| w.clamp(1, n.max(1))).collect();
    for s in &plan.stages {
        for lens in read_lens(s, e) {
            wish.iter_mut().zip(&lens).for_each(|(w, &l)| *w = (*w).min(l.max(1)));
        }
    }
    let mut block: Dims<u64> = wish.iter().zip(written).map(|(&w, &n)| even_part(n, w)).collect();
    let item = e.dtype.itemsize() as u64;
    let bytes = |b: &[u64]| b.iter().product::<u64>().saturating_mul(item);
    let Tuning { disk_block, min_disk_block, .. } = plan.limits.tuning;
    for d in (0..block.len()).rev() {
        let short = min_disk_block.div_ceil(bytes(&block).max(1));
        block[d] = (block[d] * short).clamp(1, written[d].clamp(block[d], e.shape[d].max(1)));
    }
    while bytes(&block) > disk_block {
        let Some(d) = (0..block.len()).find(|&d| block[d] > 1) else { break };
        block[d] = block[d].div_ceil(2);
    }
    block
}

/// The largest divisor of `n` that is at most `wish`, unless it is much smaller.
fn even_part(n: u64, wish: u64) -> u64 {
    (wish.div_ceil(2)..=wish).rev().find(|&w| w > 0 && n.is_multiple_of(w)).unwrap_or(wish)
}

/// Lengths of the regions of `e` that the tasks of a stage read.
fn read_lens(s: &Stage, e: &Expr) -> Vec<Dims<u64>> {
    let through = |map: &ViewMap, lens: &[u64]| {
        map.0.iter().map(|a| a.out.map_or(1, |d| lens[d] * a.step.unsigned_abs())).collect()
    };
    let of_program = |p: &Program| {
        let look = |l: &Leaf| match l {
            Leaf::Base { base, map } if p.bases[*base] == *e => Some(through(map, &s.grid.extent)),
            _ => None,
        };
        p.leaves.iter().filter_map(look).collect()
    };
    match &s.work {
        Work::Tiles(w) => of_program(&w.program),
        Work::Contract(c) => {
            let (a, b) = contract_lens(c, &s.grid.extent);
            let look = |(operand, lens): (&Expr, Dims<u64>)| {
                let (below, map) = under_views(operand);
                (below == *e).then(|| through(&map, &lens))
            };
            [(&c.a, a), (&c.b, b)].into_iter().filter_map(look).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_cut_through_are_read_more_than_once() {
        assert_eq!(axis_reads(100, 100, 30), 1.0);
        assert_eq!(axis_reads(100, 20, 10), 1.0);
        assert_eq!(axis_reads(100, 10, 100), 10.0);
        assert!(axis_reads(1000, 15, 10) > 1.5);
    }

    #[test]
    fn blocks_divide_what_is_written() {
        assert_eq!(even_part(48, 20), 16);
        assert_eq!(even_part(47, 20), 20);
        assert_eq!(even_part(8, 8), 8);
    }
}
