//! Cutting expressions at pipeline breakers into stages, and fitting these into the budget.

use std::collections::HashMap;
use std::sync::Arc;

use hyperslab_base::{Dims, Error, ErrorKind, Result, checked_nbytes};
use hyperslab_ops::fold::FoldParams;

use crate::lower::bytes::{DISK_SCRATCH, Held, Meter, Programs};
use crate::lower::grid::{Align, Grid, storage_align};
use crate::lower::program::{Call, Leaf, Program, Scope, Streams, compile};
use crate::lower::scans::{MAX_LANES, MIN_LANES, Scans, totals_shape, widen_lanes};
use crate::lower::staging::{Staging, disk_block};
use crate::lower::{ContractWork, Dest, FoldRoot, Limits, Plan, Root, Slot, Stage, TargetInfo, TileWork, Totals, Work};
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
    let mut l = Lowering::new(roots, targets, staging);
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
struct Job {
    /// The breaker itself, the root that is written, or the scan.
    expr: Expr,
    /// Whether it is the totals that are computed.
    totals: bool,
    dests: Vec<Dest>,
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
    slot_of: HashMap<Expr, usize>,
    programs: Programs,
    levels: HashMap<Expr, usize>,
    order: Vec<Expr>,
}

impl<'a> Lowering<'a> {
    fn new(roots: &[Expr], targets: &'a [TargetInfo], staging: &Staging) -> Self {
        let order = postorder(roots);
        let scope = Scope::new(&order, &staging.kept);
        let mut levels: HashMap<Expr, usize> = HashMap::new();
        for e in &order {
            let below = e.kind.inputs().iter().map(|i| levels[*i]).max().unwrap_or(0);
            let waits = usize::from(scope.materialised.contains(e)) + usize::from(in_blocks(&scope.scans, e));
            levels.insert(e.clone(), below + waits);
        }
        Lowering { scope, targets, slots: Vec::new(), slot_of: HashMap::new(), programs: HashMap::new(), levels, order }
    }

    /// Everything that must be computed, earliest first.
    fn jobs(&mut self, roots: &[Expr], staging: &Staging) -> Vec<Job> {
        let mut wanted: HashMap<Expr, Vec<Dest>> = HashMap::new();
        for (i, r) in roots.iter().enumerate() {
            wanted.entry(r.clone()).or_default().push(Dest::Target(i));
        }
        let mut read: std::collections::HashSet<Expr> = std::collections::HashSet::new();
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
                let grid = contract_grid(&job.expr);
                groups.push(Group { level: job.level, grid, jobs: vec![job], sources: Vec::new(), contract: true });
                continue;
            }
            let walked = walked(&job);
            let program = compile(std::slice::from_ref(&walked), job.own(), &walked.shape, &self.scope, Streams::Any)?;
            let grid = self.natural_grid(&job, &walked, &program);
            let sources = program.bases;
            let fits = |g: &&mut Group| {
                !g.contract && g.level == job.level && g.grid == grid && g.sources.iter().any(|s| sources.contains(s))
            };
            match groups.iter_mut().find(fits) {
                Some(g) => {
                    g.sources.extend(sources);
                    g.jobs.push(job);
                }
                None => groups.push(Group { level: job.level, grid, jobs: vec![job], sources, contract: false }),
            }
        }
        groups.into_iter().map(|g| self.stage(g)).collect()
    }

    /// The grid that suits a job alone: `program` computes `e`, the array it walks.
    fn natural_grid(&self, job: &Job, e: &Expr, program: &Program) -> Grid {
        let item = program.bytes_per_element().max(e.dtype.itemsize() as u64);
        let from_storage = program
            .bases
            .iter()
            .flat_map(|b| self.base_align(program, b, e.ndim()))
            .max_by_key(|(_, bytes)| *bytes)
            .map(|(a, _)| a);
        let mut align = from_storage.unwrap_or_else(|| square_for_turned(program, e.ndim()));
        for d in &job.dests {
            if let Dest::Target(t) = d {
                meet_target(&mut align, &self.targets[*t], &job.expr, item);
            }
        }
        let own = self.scope.scans.get(&job.expr).filter(|_| job.totals).map(|cut| (cut.axis, cut.block));
        // A scan whose blocks cut through the target's chunks is evaluated by region, from the start of its block.
        let chunked = job.dests.iter().any(|d| matches!(d, Dest::Target(t) if self.targets[*t].chunks.is_some()));
        let whole = |&(d, block): &(usize, u64)| {
            !chunked || block >= e.shape[d] || (align[d].phase == 0 && block.is_multiple_of(align[d].unit))
        };
        let cuts: Dims<(usize, u64)> = program.cuts.iter().copied().filter(whole).chain(own).collect();
        widen_lanes(&mut align, &cuts.iter().map(|c| c.0).collect::<Vec<_>>());
        cuts.iter().for_each(|&(d, block)| align[d] = Align { unit: block, phase: 0 });
        let mut grid = Grid::natural(&e.shape, &align, item);
        cuts.iter().for_each(|&(d, block)| grid.extent[d] = block);
        let last = e.ndim().wrapping_sub(1);
        let down = !cuts.is_empty() && cuts.iter().all(|c| c.0 != last);
        if down && program.bases.iter().all(|b| self.in_memory(b)) {
            grid.widen(MIN_LANES, MAX_LANES);
        }
        grid
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

    fn stage(&mut self, g: Group) -> Result<Stage> {
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
        Ok(Stage { work, grid: g.grid, task_bytes: 0, fixed_bytes: 0, workers: 1, traffic, label })
    }

    fn tile_work(&mut self, jobs: Vec<Job>, grid: &Grid) -> Result<TileWork> {
        let exprs: Vec<Expr> = jobs.iter().map(walked).collect();
        let own: Vec<Expr> = jobs.iter().flat_map(Job::own).cloned().collect();
        let program = compile(&exprs, &own, &grid.space, &self.scope, Streams::On(grid))?;
        self.compile_bases(&program.bases, &own)?;
        let roots = jobs
            .into_iter()
            .zip(exprs)
            .map(|(job, expr)| {
                let fold = fold_root(&job, &expr)?;
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
        let step = greedy_box(shape, CONTRACT_SUMMED);
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
        let mut seen = std::collections::HashSet::new();
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

/// Side of the blocks in which arrays whose memory runs along different axes are walked together: both then use
/// whole cache lines and few pages.
const TURNED_SIDE: u64 = 512;

/// Square cells for a program that looks at arrays along different axes (`x + x.T`); no wish otherwise.
fn square_for_turned(p: &Program, ndim: usize) -> Dims<Align> {
    let innermost = p.leaves.iter().filter_map(|l| match l {
        Leaf::Base { map, .. } => map.0.last().and_then(|a| a.out),
        Leaf::Const(_) => None,
    });
    let mut axes: Vec<usize> = innermost.collect();
    axes.sort_unstable();
    axes.dedup();
    let wish = |d: usize| if axes.len() > 1 && axes.contains(&d) { TURNED_SIDE } else { 1 };
    (0..ndim).map(|d| Align { unit: wish(d), phase: 0 }).collect()
}

/// Jobs that share a stage.
struct Group {
    level: usize,
    grid: Grid,
    jobs: Vec<Job>,
    sources: Vec<Expr>,
    contract: bool,
}

/// The array a stage walks for a job: the input of a reduction or of a scan whose totals are computed, or the written
/// array itself.
fn walked(job: &Job) -> Expr {
    match &job.expr.kind {
        Kind::Reduce { input, .. } => input.clone(),
        Kind::Scan { input, .. } if job.totals => input.clone(),
        _ => job.expr.clone(),
    }
}

/// Whether a scan is computed in several blocks.
fn in_blocks(scans: &Scans, e: &Expr) -> bool {
    scans.get(e).is_some_and(|cut| cut.block < e.shape[cut.axis] && !e.shape.contains(&0))
}

/// How a job reduces what it walks, if it does.
fn fold_root(job: &Job, walked: &Expr) -> Result<Option<FoldRoot>> {
    let (reducer, axes, params, totals) = match (&job.expr.kind, job.dests.first()) {
        (Kind::Reduce { reducer, axes, params, .. }, _) => (reducer.0, axes.clone(), *params, None),
        (Kind::Scan { scanner, axis, .. }, Some(&Dest::Slot(slot))) if job.totals => {
            let totals = Totals { axis: *axis, scan: scanner.0.scan(walked.dtype)?, slot };
            (scanner.0.total()?, smallvec::smallvec![*axis], FoldParams::default(), Some(totals))
        }
        _ => return Ok(None),
    };
    Ok(Some(FoldRoot {
        fold: reducer.fold(walked.dtype, job.expr.dtype, params)?.into(),
        axes,
        output: job.expr.dtype,
        is_arg: reducer.is_arg,
        name: job.expr.kind.label(),
        totals,
        all_nan_raises: reducer.is_arg && reducer.name.starts_with("nan"),
    }))
}

/// Bytes of a box that source and target both cut whole; beyond it, only the target is cut whole.
const COMMON_BYTES: u64 = 16 << 20;

/// Cuts that suit a target as well: the common multiple of both, or the target's own when that is too long. A chunk
/// of the target that two tasks write is read and written twice; one that two tasks read may be kept.
fn meet_target(align: &mut [Align], target: &TargetInfo, e: &Expr, item: u64) {
    let Some(chunks) = &target.chunks else { return };
    let bytes = |align: &[Align]| align.iter().map(|a| a.unit).product::<u64>().saturating_mul(item);
    meet(align, chunks, target, e);
    if bytes(align) > COMMON_BYTES {
        align.fill(Align::NONE);
        meet(align, chunks, target, e);
    }
}

fn meet(align: &mut [Align], chunks: &[u64], target: &TargetInfo, e: &Expr) {
    let axes: Vec<usize> = match &e.kind {
        Kind::Reduce { input, axes, .. } => crate::build::kept(axes, input.ndim()).collect(),
        _ => (0..align.len()).collect(),
    };
    for (&d, (&unit, &origin)) in axes.iter().zip(chunks.iter().zip(&target.origin)) {
        let unit = unit.max(1);
        let phase = (unit - origin % unit) % unit;
        let both = lcm(unit, align[d].unit);
        let agree = align[d].phase == 0 && phase == 0 && both <= 4 * unit.max(align[d].unit);
        align[d] = Align { unit: if agree { both } else { unit }, phase };
    }
}

fn lcm(a: u64, b: u64) -> u64 {
    let (mut x, mut y) = (a, b);
    while y > 0 {
        (x, y) = (y, x % y);
    }
    a / x.max(1) * b
}

/// Rows and columns of a block of a product, and how much is summed at once.
const CONTRACT_SIDE: u64 = 768;
const CONTRACT_SUMMED: u64 = 1024;

fn contract_grid(e: &Expr) -> Grid {
    let Kind::Contract { a, b, batch, summed } = &e.kind else {
        return Grid::natural(&e.shape, &vec![Align::NONE; e.ndim()], 1);
    };
    let rows = a.ndim() - summed;
    let mut extent: Dims<u64> = e.shape[..*batch].iter().map(|_| 1).collect();
    extent.extend(greedy_box(&a.shape[*batch..rows], CONTRACT_SIDE));
    extent.extend(greedy_box(&b.shape[batch + summed..], CONTRACT_SIDE));
    let phase = extent.iter().map(|_| 0).collect();
    Grid { space: e.shape.clone(), phase, unit: extent.iter().map(|_| 1).collect(), extent }
}

/// The box of about `target` elements that is longest in the innermost axes, evenly cut.
fn greedy_box(shape: &[u64], target: u64) -> Dims<u64> {
    let mut left = target;
    let mut out: Dims<u64> = shape
        .iter()
        .rev()
        .map(|&n| {
            let cuts = n.div_ceil(left.max(1)).max(1);
            let l = n.div_ceil(cuts).max(1);
            left = (left / l).max(1);
            l
        })
        .collect();
    out.reverse();
    out
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
    let mut seen = std::collections::HashSet::new();
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

/// Tasks smaller than this are not cut finer to keep all threads busy.
const WORTH_CUTTING: u64 = 256 << 10;

/// Sets bytes and workers of every stage; cuts tasks finer where that is needed and allowed. Fails with the stage
/// that cannot fit.
fn fit(plan: &mut Plan, targets: &[TargetInfo]) -> Result<(), (usize, Error)> {
    for i in 0..plan.stages.len() {
        let held = fixed_bytes(plan, i).map_err(|e| (i, e))?;
        let locked = locked_axes(&plan.stages[i]);
        let threads = plan.limits.threads.max(1) as u64;
        loop {
            let (task, partials) = stage_bytes(plan, i, targets);
            let (limit, fixed) = (plan.limits.memory, held.saturating_add(partials));
            let stage = &mut plan.stages[i];
            (stage.task_bytes, stage.fixed_bytes) = (task, fixed);
            let room = limit.saturating_sub(fixed);
            let fits = task <= room;
            let busy = room / task.max(1) >= threads || task < WORTH_CUTTING;
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
    let meter = Meter { programs: &plan.programs, scans: &plan.scans, place: &place };
    let sinks = Sinks { targets, slots: &plan.slots };
    match &stage.work {
        Work::Tiles(w) => tile_bytes(w, &stage.grid, sinks, &meter),
        Work::Contract(c) => (contract_bytes(c, &stage.grid, sinks, &meter), 0),
    }
}

/// Where results may go.
#[derive(Clone, Copy)]
struct Sinks<'a> {
    targets: &'a [TargetInfo],
    slots: &'a [Slot],
}

impl Sinks<'_> {
    /// Bytes of a block that must be held before it is written to `dests`, and of the writing.
    fn bytes(&self, dests: &[Dest], block: u64) -> u64 {
        let sinks = dests.iter().filter_map(|d| match d {
            Dest::Target(t) => self.targets[*t].sink.as_ref().map(|s| s.scratch_bytes(block)),
            Dest::Slot(s) if self.slots[*s].disk.is_some() => Some(DISK_SCRATCH),
            _ => None,
        });
        sinks.map(|scratch| block.saturating_add(scratch)).max().unwrap_or(0)
    }
}

fn tile_bytes(w: &TileWork, grid: &Grid, sinks: Sinks<'_>, meter: &Meter<'_>) -> (u64, u64) {
    let mut task = meter.program(&w.program, &grid.extent).saturating_add(register_bytes(&w.program, &grid.extent));
    let mut partials = 0u64;
    for r in &w.roots {
        match &r.fold {
            None => {
                let block = grid.extent.iter().product::<u64>().saturating_mul(r.expr.dtype.itemsize() as u64);
                task = task.saturating_add(sinks.bytes(&r.dests, block));
            }
            Some(f) => {
                let kept = |lens: &[u64]| crate::build::kept(&f.axes, lens.len()).map(|d| lens[d]).product::<u64>();
                let plane: u64 = f.fold.planes().iter().map(|d| d.itemsize() as u64).sum();
                let state = kept(&grid.extent).saturating_mul(plane);
                let out = kept(&grid.extent).saturating_mul(f.output.itemsize() as u64);
                task = task.saturating_add(state.saturating_mul(2)).saturating_add(out);
                let counts = grid.counts();
                let cells: u64 = f.axes.iter().map(|&d| counts[d]).product();
                // One open branch of the merge tree per level; blocks are finished one after the other when the
                // reduced axes run fastest, side by side otherwise.
                let depth = u64::from(u64::BITS - cells.leading_zeros());
                let inner = f
                    .axes
                    .iter()
                    .max()
                    .is_some_and(|&m| (m..counts.len()).all(|d| f.axes.contains(&d) || counts[d] == 1));
                let open = if inner { 1 } else { kept(&counts) };
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
    let registers = ((p.registers.iter().sum::<usize>() + leaves) * p.tile()) as u64;
    let carries = p.instrs.iter().filter_map(|i| match &i.call {
        Call::Scan { axis, of, .. } => {
            let lanes = crate::build::kept(&[*axis], extent.len()).map(|d| extent[d]).product::<u64>();
            Some(lanes.saturating_mul(of.dtype.itemsize() as u64))
        }
        Call::Kernel(_) => None,
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
