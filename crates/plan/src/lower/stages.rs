//! Cutting expressions at pipeline breakers into stages.

use std::sync::Arc;

use hyperslab_base::{Dims, Error, ErrorKind, Result};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::lower::bytes::Programs;
use crate::lower::cuts::{contract_grid, greedy_box, looks_both_ways, meet_target, square_for_turned};
use crate::lower::depth::{deepen, in_steps};
use crate::lower::fit::fit;
use crate::lower::folds::{fold_root, walked};
use crate::lower::grid::{Align, Grid, storage_align};
use crate::lower::order::Order;
use crate::lower::program::{Call, Leaf, Program, Scope, Streams, compile};
use crate::lower::scans::{Scans, totals_shape, widen_lanes};
use crate::lower::staging::{Staging, disk_block};
use crate::lower::tuning::Tuning;
use crate::lower::{ContractWork, Dest, Limits, Plan, Root, Slot, Stage, TargetInfo, TileWork, Work};
use crate::node::{Expr, Kind, postorder};

/// Stages that compute each root into its target. What is read again and again is kept, what does not fit spilled.
///
/// # Errors
/// `Budget`, naming the operation, the need and the limit, when a stage cannot fit.
pub fn lower(roots: &[Expr], targets: &[TargetInfo], limits: &Limits) -> Result<Plan> {
    let mut staging = Staging::default();
    loop {
        let mut plan = cut(roots, targets, limits, &staging)?;
        match fit(&mut plan, targets) {
            Err((stage, e)) if !staging.spill_largest(&plan, stage) => return Err(e),
            Err(_) => {}
            Ok(()) if staging.keep_reread(&plan) => {}
            Ok(()) => {
                lay_out_disk(&mut plan)?;
                return Ok(plan);
            }
        }
    }
}

/// The stages before they are fitted into the budget.
fn cut(roots: &[Expr], targets: &[TargetInfo], limits: &Limits, staging: &Staging) -> Result<Plan> {
    let mut l = Lowering::new(roots, targets, staging, &limits.tuning);
    let jobs = l.jobs(roots, staging);
    let stages = l.group(jobs)?;
    let held = targets.iter().map(|t| t.held_bytes).sum();
    let Lowering { slots, slot_of, programs, scope, .. } = l;
    let limits = limits.clone();
    let mut plan = Plan { stages, slots, slot_of, scans: scope.scans, programs, limits, held_bytes: held };
    set_uses(&mut plan);
    Ok(plan)
}

/// Blocks of the slots on disk, which suit the grids that write and read them.
fn lay_out_disk(plan: &mut Plan) -> Result<()> {
    let on_disk = |(e, &s): (&Expr, &usize)| plan.slots[s].disk.is_some().then(|| (e.clone(), s));
    let found: Vec<(Expr, usize)> = plan.slot_of.iter().filter_map(on_disk).collect();
    let mut most = vec![0u64; plan.stages.len()];
    for (e, s) in found {
        let written = written_lens(&plan.stages[plan.slots[s].first_use], &e);
        plan.slots[s].disk = Some(disk_block(plan, &e, &written));
        let slot = &plan.slots[s];
        most[slot.first_use..=slot.last_use].iter_mut().for_each(|n| *n += e.nbytes());
    }
    let need = most.into_iter().max().unwrap_or(0);
    if need <= plan.limits.spill {
        return Ok(());
    }
    let e: Error = ErrorKind::Budget { need, limit: plan.limits.spill, op: "spill to disk".into() }.into();
    Err(e.hint("raise spill_limit, or memory_limit so that less is spilled"))
}

/// Lengths of what one task writes, along the axes of the result.
fn written_lens(stage: &Stage, e: &Expr) -> Dims<u64> {
    match &e.kind {
        Kind::Reduce { input, axes, .. } => {
            crate::build::kept(axes, input.ndim()).map(|d| stage.grid.extent[d]).collect()
        }
        _ => stage.grid.extent.clone(),
    }
}

/// A root or breaker to compute, or the totals of the blocks of a scan.
pub(super) struct Job {
    /// The breaker itself, the root that is written, or the scan.
    pub expr: Expr,
    /// Whether it is the totals that are computed.
    pub totals: bool,
    pub dests: Vec<Dest>,
    /// Number of breakers on the longest way down.
    level: usize,
}

impl Job {
    /// What the job itself computes for later stages, and does not read from a slot.
    fn own(&self) -> &[Expr] {
        let keeps = !self.totals && self.dests.iter().any(|d| matches!(d, Dest::Slot(_)));
        if keeps { std::slice::from_ref(&self.expr) } else { &[] }
    }
}

struct Lowering<'a> {
    scope: Scope,
    targets: &'a [TargetInfo],
    slots: Vec<Slot>,
    slot_of: FxHashMap<Expr, usize>,
    programs: Programs,
    levels: FxHashMap<Expr, usize>,
    order: Vec<Expr>,
}

impl<'a> Lowering<'a> {
    fn new(roots: &[Expr], targets: &'a [TargetInfo], staging: &Staging, tuning: &Tuning) -> Self {
        let order = postorder(roots);
        let scope = Scope::new(&order, &staging.kept, tuning);
        let mut levels: FxHashMap<Expr, usize> = FxHashMap::default();
        for e in &order {
            let below = e.kind.inputs().iter().map(|i| levels[*i]).max().unwrap_or(0);
            let waits = usize::from(scope.materialised.contains(e)) + usize::from(in_blocks(&scope.scans, e));
            levels.insert(e.clone(), below + waits);
        }
        Lowering {
            scope,
            targets,
            slots: Vec::new(),
            slot_of: FxHashMap::default(),
            programs: FxHashMap::default(),
            levels,
            order,
        }
    }

    /// Everything that must be computed, earliest first.
    fn jobs(&mut self, roots: &[Expr], staging: &Staging) -> Vec<Job> {
        let mut wanted: FxHashMap<Expr, Vec<Dest>> = FxHashMap::default();
        for (i, r) in roots.iter().enumerate() {
            wanted.entry(r.clone()).or_default().push(Dest::Target(i));
        }
        let mut read: FxHashSet<Expr> = FxHashSet::default();
        for e in &self.order {
            read.extend(e.kind.inputs().into_iter().cloned());
        }
        let mut jobs = self.totals();
        for e in &self.order {
            let mut dests = wanted.remove(e).unwrap_or_default();
            let kept = staging.kept.contains(e);
            let breaker = self.scope.materialised.contains(e);
            if kept && !dests.is_empty() {
                // What is kept is written from there, in the cut that suits the target.
                let dests = std::mem::take(&mut dests);
                jobs.push(Job { expr: e.clone(), totals: false, dests, level: self.levels[e] + 1 });
            }
            if kept || (breaker && read.contains(e)) {
                let slot = self.slots.len();
                let disk = staging.disk.contains(e).then(Dims::new);
                self.slots.push(Slot { shape: e.shape.clone(), dtype: e.dtype, first_use: 0, last_use: 0, disk });
                self.slot_of.insert(e.clone(), slot);
                dests.push(Dest::Slot(slot));
            }
            if !dests.is_empty() {
                // A root that is no breaker runs after the breakers below it, with those beside it.
                let level = self.levels[e] + usize::from(!breaker);
                jobs.push(Job { expr: e.clone(), totals: false, dests, level });
            }
        }
        jobs.sort_by_key(|j| j.level);
        jobs
    }

    /// The first stages of scans in several blocks.
    fn totals(&mut self) -> Vec<Job> {
        let mut jobs = Vec::new();
        for e in &self.order {
            let blocks = in_blocks(&self.scope.scans, e);
            let Some(cut) = self.scope.scans.get_mut(e).filter(|_| blocks) else { continue };
            let slot = self.slots.len();
            let shape = totals_shape(e, cut.axis, cut.block);
            self.slots.push(Slot { shape, dtype: e.dtype, first_use: 0, last_use: 0, disk: None });
            cut.slot = Some(slot);
            let level = self.levels[e] - usize::from(self.scope.materialised.contains(e));
            jobs.push(Job { expr: e.clone(), totals: true, dests: vec![Dest::Slot(slot)], level });
        }
        jobs
    }

    /// Jobs of one level that walk the same grid over the same sources become one stage.
    fn group(&mut self, jobs: Vec<Job>) -> Result<Vec<Stage>> {
        let mut groups: Vec<Group> = Vec::new();
        for job in jobs {
            if let Kind::Contract { .. } = job.expr.kind {
                groups.push(Group::of_product(job, &self.scope.tuning));
                continue;
            }
            let walked = walked(&job, &self.scope);
            let program = compile(std::slice::from_ref(&walked), job.own(), &walked.shape, &self.scope, Streams::Any)?;
            let own = self.own_group(job, &walked, program);
            match groups.iter_mut().find(|g| g.fits(&own)) {
                Some(g) => g.join(own),
                None => groups.push(own),
            }
        }
        groups.into_iter().map(|g| self.stage(g)).collect()
    }

    /// A job alone, with the grid that suits it: `program` computes `e`, the array it walks.
    fn own_group(&self, job: Job, e: &Expr, program: Program) -> Group {
        let tuning = &self.scope.tuning;
        let item = program.bytes_per_element().max(e.dtype.itemsize() as u64);
        let written = !job.totals && !matches!(job.expr.kind, Kind::Reduce { .. });
        let order = Order::of(&program, &e.shape, written);
        let from_storage = program
            .bases
            .iter()
            .flat_map(|b| self.base_align(&program, b, e.ndim()))
            .max_by_key(|(_, bytes)| *bytes)
            .map(|(a, _)| a);
        let mut align = from_storage.unwrap_or_else(|| square_for_turned(&order.inner, e.ndim(), tuning));
        for d in &job.dests {
            if let Dest::Target(t) = d {
                meet_target(&mut align, &self.targets[*t], &job.expr, item, tuning);
            }
        }
        let own = self.scope.scans.get(&job.expr).filter(|_| job.totals).map(|cut| (cut.axis, cut.block));
        // A scan whose blocks cut through the target's chunks is evaluated by region, from the start of its block.
        let chunked = job.dests.iter().any(|d| matches!(d, Dest::Target(t) if self.targets[*t].chunks.is_some()));
        let whole = |&(d, block): &(usize, u64)| {
            !chunked || block >= e.shape[d] || (align[d].phase == 0 && block.is_multiple_of(align[d].unit))
        };
        let cuts: Dims<(usize, u64)> = program.cuts.iter().copied().filter(whole).chain(own).collect();
        let fixed: Dims<usize> = cuts.iter().map(|c| c.0).collect();
        widen_lanes(&mut align, &fixed, tuning);
        cuts.iter().for_each(|&(d, block)| align[d] = Align { unit: block, phase: 0 });
        let mut grid = Grid::natural(&e.shape, &align, item, order.axes, tuning);
        cuts.iter().for_each(|&(d, block)| grid.extent[d] = block);
        let last = e.ndim().wrapping_sub(1);
        let down = !cuts.is_empty() && cuts.iter().all(|c| c.0 != last);
        if down && program.bases.iter().all(|b| self.in_memory(b)) {
            grid.widen(tuning);
        }
        Group { level: job.level, grid, align, fixed, jobs: vec![job], sources: program.bases, contract: false }
    }

    fn in_memory(&self, e: &Expr) -> bool {
        self.scope.materialised.contains(e) || matches!(&e.kind, Kind::Source(s) if s.0.memory().is_some())
    }

    /// Cuts that the storage below a base asks for, through each leaf that looks at it.
    fn base_align(&self, p: &Program, base: &Expr, ndim: usize) -> Option<(Dims<Align>, u64)> {
        // What is kept for the budget's sake is cut as if it were not, or bits would depend on the budget.
        if is_breaker(base) {
            return None;
        }
        let (own, bytes) = storage_align(base, &self.scope.scans)?;
        let at = p.bases.iter().position(|b| b == base)?;
        p.leaves.iter().find_map(|l| match l {
            Leaf::Base { base, map } if *base == at => Some((crate::lower::grid::through_view(&own, map, ndim), bytes)),
            _ => None,
        })
    }

    fn stage(&mut self, mut g: Group) -> Result<Stage> {
        let step = g.deepen(&self.scope.tuning);
        let name = |j: &Job| format!("{}{}", j.expr.kind.label(), if j.totals { " of blocks" } else { "" });
        let label = g.jobs.iter().map(name).collect::<Vec<_>>().join(", ");
        let (work, traffic) = if g.contract {
            let job = g.jobs.into_iter().next().ok_or_else(|| Error::internal("a stage without work"))?;
            let traffic = job.expr.kind.inputs().iter().map(|i| i.nbytes()).sum();
            (Work::Contract(self.contract_work(job)?), traffic)
        } else {
            let work = self.tile_work(g.jobs, &g.grid)?;
            let space: u64 = g.grid.space.iter().product();
            let traffic = work.program.bytes_per_element().saturating_mul(space);
            (Work::Tiles(work), traffic)
        };
        let in_pairs = matches!(&work, Work::Tiles(w) if looks_both_ways(&w.program, g.grid.space.len()));
        let (task_bytes, fixed_bytes, partial_bytes) = (0, 0, 0);
        let grid = g.grid;
        Ok(Stage { work, grid, step, in_pairs, task_bytes, fixed_bytes, partial_bytes, workers: 1, traffic, label })
    }

    fn tile_work(&mut self, jobs: Vec<Job>, grid: &Grid) -> Result<TileWork> {
        let exprs: Vec<Expr> = jobs.iter().map(|j| walked(j, &self.scope)).collect();
        let own: Vec<Expr> = jobs.iter().flat_map(Job::own).cloned().collect();
        let program = compile(&exprs, &own, &grid.space, &self.scope, Streams::On(grid))?;
        self.compile_bases(&program.bases, &own)?;
        let roots = jobs
            .into_iter()
            .zip(exprs)
            .map(|(job, expr)| {
                let fold = fold_root(&job, &expr, &self.scope)?;
                Ok(Root { expr, fold, dests: job.dests })
            })
            .collect::<Result<_>>()?;
        Ok(TileWork { program: Arc::new(program), roots })
    }

    fn contract_work(&mut self, job: Job) -> Result<ContractWork> {
        let Kind::Contract { a, b, batch, summed } = &job.expr.kind else {
            return Err(Error::internal("a product was expected"));
        };
        self.compile_bases(&[a.clone(), b.clone()], &[])?;
        let shape = &a.shape[a.ndim() - summed..];
        let step = greedy_box(shape, self.scope.tuning.product_summed);
        Ok(ContractWork {
            a: a.clone(),
            b: b.clone(),
            batch: *batch,
            summed: *summed,
            step,
            dtype: job.expr.dtype,
            dests: job.dests,
        })
    }

    /// Programs for every map that will be evaluated by region below these arrays; `own` are computed here.
    fn compile_bases(&mut self, bases: &[Expr], own: &[Expr]) -> Result<()> {
        let mut stack: Vec<Expr> = bases.to_vec();
        let mut seen = FxHashSet::default();
        while let Some(e) = stack.pop() {
            if !seen.insert(e.clone()) || (self.scope.materialised.contains(&e) && !own.contains(&e)) {
                continue;
            }
            if let Kind::Map { .. } = e.kind {
                if !self.programs.contains_key(&e) {
                    let p = compile(std::slice::from_ref(&e), &[], &e.shape, &self.scope, Streams::None)?;
                    stack.extend(p.bases.iter().cloned());
                    self.programs.insert(e, Arc::new(p));
                }
            } else {
                stack.extend(e.kind.inputs().into_iter().cloned());
            }
        }
        Ok(())
    }
}

/// Jobs that share a stage.
struct Group {
    level: usize,
    grid: Grid,
    /// Where storage wants each axis to be cut.
    align: Dims<Align>,
    /// Axes whose cuts are those of scans.
    fixed: Dims<usize>,
    jobs: Vec<Job>,
    sources: Vec<Expr>,
    contract: bool,
}

impl Group {
    fn of_product(job: Job, tuning: &Tuning) -> Group {
        let grid = contract_grid(&job.expr, tuning);
        let (align, fixed) = (Dims::new(), Dims::new());
        Group { level: job.level, grid, align, fixed, jobs: vec![job], sources: Vec::new(), contract: true }
    }

    /// Whether both walk the same grid over some of the same sources.
    fn fits(&self, other: &Group) -> bool {
        let shares = || self.sources.iter().any(|s| other.sources.contains(s));
        !self.contract && self.level == other.level && self.grid == other.grid && shares()
    }

    fn join(&mut self, other: Group) {
        self.jobs.extend(other.jobs);
        self.sources.extend(other.sources);
        self.fixed.extend(other.fixed);
    }

    /// Has cells reach far along the axes that are reduced. Returns the lengths of what a task evaluates at a time.
    fn deepen(&mut self, tuning: &Tuning) -> Dims<u64> {
        let reduced = |job: &'_ Job| match &job.expr.kind {
            Kind::Reduce { axes, .. } => Some(axes.clone()),
            _ => None,
        };
        let folds: Vec<Dims<usize>> = self.jobs.iter().filter_map(reduced).collect();
        let folds: Vec<&[usize]> = folds.iter().map(|axes| axes.as_slice()).collect();
        deepen(&mut self.grid, &self.align, &self.fixed, &folds, tuning);
        match folds.len() == self.jobs.len() {
            true => in_steps(&mut self.grid, &self.fixed, &folds, tuning),
            false => self.grid.extent.clone(),
        }
    }
}

/// Whether a scan is computed in several blocks.
fn in_blocks(scans: &Scans, e: &Expr) -> bool {
    scans.get(e).is_some_and(|cut| cut.block < e.shape[cut.axis] && !e.shape.contains(&0))
}

/// Reductions and products end a stage: all of their input is needed before any of their output is whole.
fn is_breaker(e: &Expr) -> bool {
    matches!(e.kind, Kind::Reduce { .. } | Kind::Contract { .. })
}

fn set_uses(plan: &mut Plan) {
    for i in 0..plan.stages.len() {
        let reads: Vec<Expr> = match &plan.stages[i].work {
            Work::Tiles(w) => w.program.bases.clone(),
            Work::Contract(c) => vec![c.a.clone(), c.b.clone()],
        };
        let written = written_slots(&plan.stages[i]);
        for &s in &written {
            (plan.slots[s].first_use, plan.slots[s].last_use) = (i, i);
        }
        for s in postorder_until_slots(&reads, plan, &written).into_iter().chain(streamed(plan, i)) {
            plan.slots[s].last_use = i;
        }
    }
}

fn written_slots(stage: &Stage) -> Vec<usize> {
    let slot = |d| if let Dest::Slot(s) = d { Some(s) } else { None };
    stage.dests().into_iter().filter_map(slot).collect()
}

/// Slots of totals that scans inside the program of stage `i` start from.
fn streamed(plan: &Plan, i: usize) -> Vec<usize> {
    let Work::Tiles(w) = &plan.stages[i].work else { return Vec::new() };
    let totals = |of: &Expr| plan.scans.get(of).and_then(|cut| cut.slot);
    w.program
        .instrs
        .iter()
        .filter_map(|i| if let Call::Scan { of, .. } = &i.call { totals(of) } else { None })
        .collect()
}

/// Slots that are read when these arrays are evaluated, by a stage that writes those `written`.
fn postorder_until_slots(roots: &[Expr], plan: &Plan, written: &[usize]) -> Vec<usize> {
    let mut out = Vec::new();
    let mut seen = FxHashSet::default();
    let mut stack = roots.to_vec();
    while let Some(e) = stack.pop() {
        if !seen.insert(e.clone()) {
            continue;
        }
        match plan.slot_of.get(&e) {
            Some(s) if !written.contains(s) => out.push(*s),
            _ => {
                stack.extend(e.kind.inputs().into_iter().cloned());
                out.extend(plan.scans.get(&e).and_then(|cut| cut.slot));
            }
        }
    }
    out
}
