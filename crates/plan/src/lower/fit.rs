//! Fitting stages into the budget: bytes of a task, how many run at once, and what is refused.

use hyperslab_base::{Dims, Error, ErrorKind, Region, Result, checked_nbytes};

use crate::lower::bytes::register_bytes;
use crate::lower::grid::Grid;
use crate::lower::task::{Make, Step};
use crate::lower::{ContractWork, Dest, Plan, Slot, Stage, TargetInfo, TileWork, Work};
use crate::node::Kind;

/// How fine cells may be cut.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Cells {
    /// As long as a task is worth its set-up, while intermediate results could go to disk instead.
    Worthwhile,
    /// Down to single elements.
    Any,
}

/// A stage that does not fit.
pub struct Misfit {
    /// Its number.
    pub stage: usize,
    /// Bytes that it needs beyond the budget.
    pub excess: u64,
    /// The refusal, in words.
    pub error: Error,
}

/// Sets bytes and workers of every stage; cuts tasks finer where that is needed and allowed.
pub fn fit(plan: &mut Plan, targets: &[TargetInfo], cells: Cells) -> Result<(), Misfit> {
    for (i, slots) in held_slots(plan)?.into_iter().enumerate() {
        fit_stage(plan, targets, cells, i, slots)?;
    }
    Ok(())
}

/// Cuts that may leave the bytes of a task as they are before a stage is refused.
const PATIENCE: usize = 8;

fn fit_stage(plan: &mut Plan, targets: &[TargetInfo], cells: Cells, i: usize, slots: Slots) -> Result<(), Misfit> {
    let held = plan.held_bytes.saturating_add(slots.bytes);
    let locked = locked_axes(&plan.stages[i]);
    let threads = plan.limits.threads.max(1) as u64;
    let (mut least, mut in_vain) = (u64::MAX, 0);
    loop {
        let (task, partials) = stage_bytes(plan, i, targets);
        let (limit, fixed) = (plan.limits.memory, held.saturating_add(partials));
        let stage = &mut plan.stages[i];
        (stage.task_bytes, stage.fixed_bytes, stage.partial_bytes) = (task, fixed, partials);
        let room = limit.saturating_sub(fixed);
        let fits = task <= room;
        let busy = room / task.max(1) >= threads || task < plan.limits.tuning.worth_cutting;
        if !(fits && busy) && std::mem::take(&mut stage.in_pairs) {
            continue;
        }
        in_vain = if task.saturating_add(partials) < least { 0 } else { in_vain + 1 };
        least = least.min(task.saturating_add(partials));
        let refuse = |stage: &Stage| Misfit {
            stage: i,
            excess: task.saturating_sub(room).max(1),
            error: refusal(stage, task, fixed, limit),
        };
        let coarse = cells == Cells::Any || slots.count == 0 || task >= plan.limits.tuning.worth_cutting;
        // No cut makes room for what lies in memory besides.
        if !fits && (!coarse || in_vain > PATIENCE || held > limit) {
            return Err(refuse(stage));
        }
        let product = matches!(stage.work, Work::Contract(_));
        if product && !(fits && busy) && stage.grid.shrink(&locked, true) {
            continue;
        }
        if fits && (busy || !stage.grid.shrink_aligned(&locked)) {
            let at_once = at_once(stage, targets);
            stage.waits = at_once > 1;
            stage.workers = (room / task.max(1)).clamp(1, threads.max(at_once)) as usize;
            return Ok(());
        }
        if !fits && !stage.grid.shrink_aligned(&locked) && !stage.grid.shrink(&locked, false) {
            return Err(refuse(stage));
        }
    }
}

/// Reads or writes of a stage that are worth having under way at once.
fn at_once(stage: &Stage, targets: &[TargetInfo]) -> u64 {
    let source = |s: &Step| match (&s.make, &s.expr.kind) {
        (Make::Read, Kind::Source(source)) => Some(source.source().at_once()),
        _ => None,
    };
    let sink = |d: &Dest| match d {
        Dest::Target(t) => targets[*t].sink.as_ref().map(|s| s.at_once()),
        Dest::Slot(_) => None,
    };
    let dests = stage.dests();
    stage.task.steps.iter().filter_map(source).chain(dests.iter().filter_map(sink)).max().unwrap_or(1) as u64
}

/// Axes whose cuts decide in which order partial results are combined, or where scans begin.
fn locked_axes(stage: &Stage) -> Vec<bool> {
    let mut locked = vec![false; stage.grid.space.len()];
    if let Work::Tiles(w) = &stage.work {
        for f in w.roots.iter().filter_map(|r| r.fold.as_ref()) {
            f.axes.iter().for_each(|&d| locked[d] = true);
        }
        w.program.cuts.iter().for_each(|c| locked[c.0] = true);
    }
    locked
}

fn refusal(stage: &Stage, task: u64, fixed: u64, limit: u64) -> Error {
    let need = task.saturating_add(fixed);
    let largest = if fixed > task { "results and intermediate arrays held in memory" } else { "one task" };
    let e: Error = ErrorKind::Budget { need, limit, op: stage.label.clone() }.into();
    e.hint(format!(
        "largest term: {largest}, {}; raise memory_limit, or store the result into a file instead of computing it",
        hyperslab_base::show_bytes(task.max(fixed))
    ))
}

/// Slots in memory while a stage runs.
#[derive(Clone, Copy, Default)]
struct Slots {
    count: usize,
    bytes: u64,
}

/// The slots alive in memory while each stage runs.
fn held_slots(plan: &Plan) -> Result<Vec<Slots>, Misfit> {
    let mut changes = vec![(0i64, 0i128); plan.stages.len() + 1];
    for slot in plan.slots.iter().filter(|s| s.disk.is_none() && s.first_use < plan.stages.len()) {
        let told = |error| Misfit { stage: slot.first_use, excess: u64::MAX, error };
        let bytes = i128::from(checked_nbytes(&slot.shape, slot.dtype).map_err(told)?);
        let (from, to) = (slot.first_use, (slot.last_use + 1).min(plan.stages.len()));
        changes[from] = (changes[from].0 + 1, changes[from].1 + bytes);
        changes[to] = (changes[to].0 - 1, changes[to].1 - bytes);
    }
    let (mut count, mut bytes) = (0, 0);
    let alive = changes.into_iter().take(plan.stages.len()).map(|(more, larger)| {
        (count, bytes) = (count + more, bytes + larger);
        Slots { count: count as usize, bytes: u64::try_from(bytes).unwrap_or(u64::MAX) }
    });
    Ok(alive.collect())
}

/// Bytes of one task, and of partial results that wait to be combined.
fn stage_bytes(plan: &Plan, i: usize, targets: &[TargetInfo]) -> (u64, u64) {
    let stage = &plan.stages[i];
    let sinks = Sinks { targets, slots: &plan.slots, disk_block: plan.limits.tuning.disk_block };
    match &stage.work {
        Work::Tiles(w) => tile_bytes(w, stage, sinks),
        Work::Contract(c) => (contract_bytes(c, stage, sinks), 0),
    }
}

/// Cells of a grid that stand for all: at its corners and in its middle.
fn samples(grid: &Grid) -> impl Iterator<Item = Region> {
    let counts = grid.counts();
    let at = |k: u64| counts.iter().map(|&n| (n.saturating_sub(1) * k).div_ceil(4)).collect::<Dims<u64>>();
    let mut places: Vec<Dims<u64>> = if grid.tasks() == 0 { Vec::new() } else { (0..=4).map(at).collect() };
    places.push(counts.iter().map(|&n| u64::from(n > 1)).collect());
    places.dedup();
    places.retain(|p| grid.tasks() > 0 && p.iter().zip(&counts).all(|(p, n)| p < n));
    places.into_iter().map(|p| grid.region(&p))
}

/// Where results may go.
#[derive(Clone, Copy)]
struct Sinks<'a> {
    targets: &'a [TargetInfo],
    slots: &'a [Slot],
    disk_block: u64,
}

impl Sinks<'_> {
    /// Bytes of a block that must be held before it is written to `dests`, and of the writing.
    fn bytes(&self, dests: &[Dest], block: u64) -> u64 {
        let sinks = dests.iter().filter_map(|d| match d {
            Dest::Target(t) => self.targets[*t].sink.as_ref().map(|s| s.scratch_bytes(block)),
            Dest::Slot(s) if self.slots[*s].disk.is_some() => Some(self.disk_block),
            _ => None,
        });
        sinks.map(|scratch| block.saturating_add(scratch)).max().unwrap_or(0)
    }
}

fn tile_bytes(w: &TileWork, stage: &Stage, sinks: Sinks<'_>) -> (u64, u64) {
    let (grid, part) = (&stage.grid, stage.at_once());
    let made = |cell: Region| {
        let parts = stage.parts(&cell).take(2).collect::<Vec<_>>();
        parts.iter().map(|p| stage.task.project(&w.wants(p)).bytes).max().unwrap_or(0)
    };
    let blocks = if stage.task.is_held() { 0 } else { samples(grid).map(made).max().unwrap_or(0) };
    let mut task = blocks.saturating_add(register_bytes(&w.program, &part));
    let mut partials = 0u64;
    for r in &w.roots {
        match &r.fold {
            None => {
                let block = grid.extent.iter().product::<u64>().saturating_mul(r.expr.dtype.itemsize() as u64);
                task = task.saturating_add(sinks.bytes(&r.dests, block));
            }
            Some(f) => {
                let kept = |lens: &[u64]| f.kept(lens.len()).map(|d| lens[d]).product::<u64>();
                let plane: u64 = f.fold.planes().iter().map(|d| d.itemsize() as u64).sum();
                let state = kept(&grid.extent).saturating_mul(plane);
                let out = kept(&grid.extent).saturating_mul(f.output.itemsize() as u64);
                task = task.saturating_add(state.saturating_mul(2)).saturating_add(out);
                let counts = grid.counts();
                let cells: u64 = f.axes.iter().map(|&d| counts[d]).product();
                // One open branch of the merge tree per level; blocks are finished one after the other when the
                // reduced axes run fastest and cells come row by row, side by side otherwise.
                let depth = u64::from(u64::BITS - cells.leading_zeros());
                let inner = f
                    .axes
                    .iter()
                    .max()
                    .is_some_and(|&m| (m..counts.len()).all(|d| f.axes.contains(&d) || counts[d] == 1));
                let open = if inner && !stage.in_pairs { 1 } else { kept(&counts) };
                if cells > 1 && f.totals.is_none() {
                    partials = partials.saturating_add(state.saturating_mul(depth).saturating_mul(open));
                }
            }
        }
    }
    (task, partials)
}

fn contract_bytes(c: &ContractWork, stage: &Stage, sinks: Sinks<'_>) -> u64 {
    let item = c.dtype.itemsize() as u64;
    let cell = |cell: Region| {
        let operands = c.operands(&cell, &c.first());
        // Each operand in the order in which the product reads it.
        let packed = operands.iter().map(|r| r.count().saturating_mul(2 * item)).fold(0, u64::saturating_add);
        packed.saturating_add(stage.task.project(&c.wants(&operands)).bytes)
    };
    let blocks = samples(&stage.grid).map(cell).max().unwrap_or(0);
    let out = stage.grid.extent.iter().product::<u64>().saturating_mul(item);
    blocks.saturating_add(out).saturating_add(sinks.bytes(&c.dests, 0))
}
