//! Fitting stages into the budget: bytes of a task, how many run at once, and what is refused.

use hyperslab_base::{Dims, Error, ErrorKind, Result, checked_nbytes};

use crate::lower::bytes::{Held, Meter};
use crate::lower::grid::Grid;
use crate::lower::program::{Call, Program};
use crate::lower::{ContractWork, Dest, Plan, Slot, Stage, TargetInfo, TileWork, Work};
use crate::node::{Expr, Kind};

/// Sets bytes and workers of every stage; cuts tasks finer where that is needed and allowed. Fails with the stage
/// that cannot fit.
pub fn fit(plan: &mut Plan, targets: &[TargetInfo]) -> Result<(), (usize, Error)> {
    for i in 0..plan.stages.len() {
        let held = fixed_bytes(plan, i).map_err(|e| (i, e))?;
        let locked = locked_axes(&plan.stages[i]);
        let threads = plan.limits.threads.max(1) as u64;
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
            let product = matches!(stage.work, Work::Contract(_));
            if product && !(fits && busy) && stage.grid.shrink(&locked, true) {
                continue;
            }
            if fits && (busy || !stage.grid.shrink_aligned(&locked)) {
                stage.workers = (room / task.max(1)).clamp(1, threads) as usize;
                break;
            }
            if !fits && !stage.grid.shrink_aligned(&locked) && !stage.grid.shrink(&locked, false) {
                return Err((i, refusal(stage, task, fixed, limit)));
            }
        }
    }
    Ok(())
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

/// Results in memory and the slots alive in memory while stage `i` runs.
fn fixed_bytes(plan: &Plan, i: usize) -> Result<u64> {
    let mut total = plan.held_bytes;
    for slot in &plan.slots {
        if slot.first_use <= i && i <= slot.last_use && slot.disk.is_none() {
            total = total.saturating_add(checked_nbytes(&slot.shape, slot.dtype)?);
        }
    }
    Ok(total)
}

/// Bytes of one task, and of partial results that wait to be combined.
fn stage_bytes(plan: &Plan, i: usize, targets: &[TargetInfo]) -> (u64, u64) {
    let stage = &plan.stages[i];
    let place = |e: &Expr| match (plan.slot(e), &e.kind) {
        (Some(slot), _) if slot.first_use < i => {
            if slot.disk.is_some() {
                Held::Disk
            } else {
                Held::Memory
            }
        }
        (_, Kind::Source(s)) if s.0.memory().is_some() => Held::Memory,
        _ => Held::Not,
    };
    let meter = Meter { programs: &plan.programs, scans: &plan.scans, place: &place, tuning: &plan.limits.tuning };
    let sinks = Sinks { targets, slots: &plan.slots, disk_block: plan.limits.tuning.disk_block };
    match &stage.work {
        Work::Tiles(w) => tile_bytes(w, stage, sinks, &meter),
        Work::Contract(c) => (contract_bytes(c, &stage.grid, sinks, &meter), 0),
    }
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

fn tile_bytes(w: &TileWork, stage: &Stage, sinks: Sinks<'_>, meter: &Meter<'_>) -> (u64, u64) {
    let (grid, part) = (&stage.grid, stage.at_once());
    let mut task = meter.program(&w.program, &part).saturating_add(register_bytes(&w.program, &part));
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

fn register_bytes(p: &Program, extent: &[u64]) -> u64 {
    let leaves: usize = p.leaf_dtypes.iter().map(|d| d.itemsize()).sum();
    let room = p.room(extent.iter().product());
    let registers = ((p.registers.iter().sum::<usize>() + leaves) * room) as u64;
    let carries = p.instrs.iter().filter_map(|i| match &i.call {
        Call::Scan { axis, of, .. } => {
            let lanes = crate::build::kept(&[*axis], extent.len()).map(|d| extent[d]).product::<u64>();
            Some(lanes.saturating_mul(of.dtype.itemsize() as u64))
        }
        Call::Kernel(_) | Call::Chain(_) => None,
    });
    carries.fold(registers, u64::saturating_add)
}

fn contract_bytes(c: &ContractWork, grid: &Grid, sinks: Sinks<'_>, meter: &Meter<'_>) -> u64 {
    let (lens_a, lens_b) = contract_lens(c, &grid.extent);
    let item = c.dtype.itemsize() as u64;
    let bytes = |l: &[u64]| l.iter().product::<u64>().saturating_mul(item);
    let out = bytes(&grid.extent);
    // Each operand, and as much again for the order in which the product reads it.
    (bytes(&lens_a).saturating_mul(2))
        .saturating_add(bytes(&lens_b).saturating_mul(2))
        .saturating_add(out)
        .saturating_add(meter.eval(&c.a, &lens_a).max(meter.eval(&c.b, &lens_b)))
        .saturating_add(sinks.bytes(&c.dests, 0))
}

/// Lengths of the operand blocks of a task.
pub fn contract_lens(c: &ContractWork, extent: &[u64]) -> (Dims<u64>, Dims<u64>) {
    let rows = c.a.ndim() - c.summed;
    let a = extent[..rows].iter().chain(&c.step).copied().collect();
    let b = extent[..c.batch].iter().chain(&c.step).chain(&extent[rows..]).copied().collect();
    (a, b)
}
