//! Cutting expressions at pipeline breakers into stages.

use std::sync::Arc;

use hyperslab_base::{Dims, Error, ErrorKind, Result};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::lower::bytes::Held;
use crate::lower::cuts::{contract_grid, greedy_box, looks_both_ways, meet_target, square_for_turned};
use crate::lower::depth::{deepen, in_steps};
use crate::lower::fit::{Cells, fit};
use crate::lower::folds::{fold_root, walked};
use crate::lower::grid::{Align, Grid, storage_align};
use crate::lower::order::Order;
use crate::lower::program::{Call, Leaf, Program, Scope, Streams, compile};
use crate::lower::scans::{ScanCut, Scans, totals_shape, widen_lanes};
use crate::lower::staging::{Staging, disk_block};
use crate::lower::task::{Make, Operand, Step, Surroundings, TaskProgram, chunk_below, under_views};
use crate::lower::tuning::Tuning;
use crate::lower::{ContractWork, Dest, Limits, Plan, Root, Slot, Stage, TargetInfo, TileWork, Work};
use crate::node::{Expr, Kind, postorder};

/// Stages that compute each root into its target. What is read again and again is kept, what does not fit spilled.
///
/// # Errors
/// `Budget`, naming the operation, the need and the limit, when a stage cannot fit.
pub fn lower(roots: &[Expr], targets: &[TargetInfo], limits: &Limits) -> Result<Plan> {
    let mut staging = Staging::new(roots);
    loop {
        let mut plan = cut(roots, targets, limits, &staging)?;
        match fit(&mut plan, targets, Cells::Worthwhile) {
            Err(misfit) if staging.keep_evaluated(&plan) || staging.spill(&plan, &misfit) => continue,
            Err(_) => fit(&mut plan, targets, Cells::Any).map_err(|misfit| misfit.error)?,
            Ok(()) => {}
        }
        if !staging.keep_evaluated(&plan) {
            lay_out_disk(&mut plan)?;
            return Ok(plan);
        }
    }
}

/// The stages before they are fitted into the budget.
fn cut(roots: &[Expr], targets: &[TargetInfo], limits: &Limits, staging: &Staging) -> Result<Plan> {
    let mut l = Lowering::new(roots, targets, staging, &limits.tuning);
    let jobs = l.jobs(roots, staging);
    let stages = l.group(jobs)?;
    let held = targets.iter().map(|t| t.held_bytes).sum::<u64>().saturating_add(list_bytes(&stages));
    let Lowering { slots, slot_of, scope, .. } = l;
    let limits = limits.clone();
    let mut plan = Plan { stages, slots, slot_of, scans: scope.scans, limits, held_bytes: held };
    set_uses(&mut plan);
    Ok(plan)
}

/// Bytes of the lists of positions that selections go by.
fn list_bytes(stages: &[Stage]) -> u64 {
    let lists: FxHashSet<(*const u64, usize)> = stages.iter().flat_map(|s| s.task.lists()).collect();
    lists.into_iter().map(|(_, n)| 8 * n as u64).sum()
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
        Kind::Reduce { axes, .. } => {
            crate::build::kept(axes, e.input(0).ndim()).map(|d| stage.grid.extent[d]).collect()
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
    programs: FxHashMap<Expr, Arc<Program>>,
    levels: FxHashMap<Expr, usize>,
    order: Vec<Expr>,
}

impl<'a> Lowering<'a> {
    fn new(roots: &[Expr], targets: &'a [TargetInfo], staging: &Staging, tuning: &Tuning) -> Self {
        let order = postorder(roots);
        let scope = Scope::new(roots, &order, &staging.kept, tuning);
        let mut levels: FxHashMap<Expr, usize> = FxHashMap::default();
        for e in &order {
            let below = e.inputs().iter().map(|i| levels[i]).max().unwrap_or(0);
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
            read.extend(e.inputs().iter().cloned());
        }
        let mut jobs = self.totals();
        for e in &self.order {
            let mut dests = wanted.remove(e).unwrap_or_default();
            let kept = staging.kept.get(e).copied();
            let breaker = self.scope.materialised.contains(e);
            if kept.is_some() && !dests.is_empty() {
                // What is kept is written from there, in the cut that suits the target.
                let dests = std::mem::take(&mut dests);
                jobs.push(Job { expr: e.clone(), totals: false, dests, level: self.levels[e] + 1 });
            }
            if kept.is_some() || (breaker && read.contains(e)) {
                let slot = self.slots.len();
                let disk = staging.disk.contains(e).then(Dims::new);
                self.slots.push(Slot { shape: e.shape.clone(), dtype: e.dtype, first_use: 0, last_use: 0, disk, kept });
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
            self.slots.push(Slot { shape, dtype: e.dtype, first_use: 0, last_use: 0, disk: None, kept: None });
            cut.slot = Some(slot);
            let level = self.levels[e] - usize::from(self.scope.materialised.contains(e));
            jobs.push(Job { expr: e.clone(), totals: true, dests: vec![Dest::Slot(slot)], level });
        }
        jobs
    }

    /// Jobs of one level that walk the same grid over the same sources become one stage.
    fn group(&mut self, jobs: Vec<Job>) -> Result<Vec<Stage>> {
        let mut groups: Vec<Group> = Vec::new();
        // Only groups of one level can join.
        let mut levels: FxHashMap<usize, Vec<usize>> = FxHashMap::default();
        for job in jobs {
            if let Kind::Contract { .. } = job.expr.kind {
                groups.push(Group::of_product(job, &self.scope.tuning));
                continue;
            }
            let walked = walked(&job, &self.scope);
            let program = compile(std::slice::from_ref(&walked), job.own(), &walked.shape, &self.scope, Streams::Any)?;
            let own = self.own_group(job, &walked, program);
            let beside = levels.entry(own.level).or_default();
            match beside.iter().find(|g| groups[**g].fits(&own)) {
                Some(g) => groups[*g].join(own),
                None => {
                    beside.push(groups.len());
                    groups.push(own);
                }
            }
        }
        groups.into_iter().map(|g| self.stage(g)).collect()
    }

    /// A job alone, with the grid that suits it: `program` computes `e`, the array it walks.
    fn own_group(&self, job: Job, e: &Expr, program: Program) -> Group {
        let tuning = &self.scope.tuning;
        let called = program.bases.iter().map(called_bytes).max().unwrap_or(0) / e.size().max(1);
        let item = program.bytes_per_element().max(e.dtype.itemsize() as u64).max(called);
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
        self.scope.materialised.contains(e) || matches!(&e.kind, Kind::Source(s) if s.source().memory().is_some())
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
        let (work, task, traffic) = if g.contract {
            let job = g.jobs.into_iter().next().ok_or_else(|| Error::internal("a stage without work"))?;
            let traffic = job.expr.inputs().iter().map(|i| i.nbytes()).sum();
            let (work, task) = self.contract_work(job, &g.grid)?;
            (Work::Contract(Box::new(work)), task, traffic)
        } else {
            let (work, task) = self.tile_work(g.jobs, &g.grid)?;
            let space: u64 = g.grid.space.iter().product();
            let traffic = work.program.bytes_per_element().saturating_mul(space);
            (Work::Tiles(work), task, traffic)
        };
        let in_pairs = matches!(&work, Work::Tiles(w) if looks_both_ways(&w.program, g.grid.space.len()));
        let (task_bytes, fixed_bytes, partial_bytes) = (0, 0, 0);
        let grid = g.grid;
        Ok(Stage {
            work,
            task,
            grid,
            step,
            in_pairs,
            task_bytes,
            fixed_bytes,
            partial_bytes,
            workers: 1,
            waits: false,
            traffic,
            label,
        })
    }

    fn tile_work(&mut self, jobs: Vec<Job>, grid: &Grid) -> Result<(TileWork, TaskProgram)> {
        let exprs: Vec<Expr> = jobs.iter().map(|j| walked(j, &self.scope)).collect();
        let own: Vec<Expr> = jobs.iter().flat_map(Job::own).cloned().collect();
        let tuning = self.scope.tuning;
        let program = compile(&exprs, &own, &grid.space, &self.scope, Streams::On(grid))?;
        let task = TaskProgram::compile(&program.bases, &mut Around { lowering: self, own: &own }, &tuning)?;
        let roots = jobs
            .into_iter()
            .zip(exprs)
            .map(|(job, expr)| {
                let fold = fold_root(&job, &expr, &self.scope)?;
                Ok(Root { expr, fold, dests: job.dests })
            })
            .collect::<Result<_>>()?;
        let bases = program.bases.iter().filter_map(|b| task.step(b)).collect();
        Ok((TileWork { program: Arc::new(program), bases, roots }, task))
    }

    fn contract_work(&mut self, job: Job, grid: &Grid) -> Result<(ContractWork, TaskProgram)> {
        let (Kind::Contract { batch, summed }, [a, b]) = job.expr.parts() else {
            return Err(Error::internal("a product was expected"));
        };
        let (batch, summed) = (*batch, *summed);
        let tuning = self.scope.tuning;
        let mut around = Around { lowering: self, own: &[] };
        let below = [a, b].map(|e| under_views(e, |e| around.held(e)));
        let task = TaskProgram::compile(&below.each_ref().map(|(e, _)| e.clone()), &mut around, &tuning)?;
        let [a_operand, b_operand] = below.map(|(e, map)| Operand { step: task.step(&e).unwrap_or_default(), map });
        let rows = a.ndim() - summed;
        let summed: Dims<u64> = a.shape[rows..].into();
        let step = greedy_box(&summed, tuning.product_summed);
        let (block, dtype, dests) = (grid.extent.clone(), job.expr.dtype, job.dests);
        Ok((ContractWork { a: a_operand, b: b_operand, batch, rows, summed, step, block, dtype, dests }, task))
    }
}

/// The plan as task programs see it while a stage is compiled.
struct Around<'l, 'a> {
    lowering: &'l mut Lowering<'a>,
    /// What the stage computes itself, for others to read.
    own: &'l [Expr],
}

impl Surroundings for Around<'_, '_> {
    fn held(&self, e: &Expr) -> Held {
        let l = &self.lowering;
        match (&e.kind, l.slot_of.get(e)) {
            (_, Some(&slot)) if !self.own.contains(e) => {
                if l.slots[slot].disk.is_some() {
                    Held::Disk(slot)
                } else {
                    Held::Memory(Some(slot))
                }
            }
            (Kind::Source(s), _) if s.source().memory().is_some() => Held::Memory(None),
            _ => Held::Not,
        }
    }

    fn program(&mut self, e: &Expr) -> Result<Arc<Program>> {
        if let Some(known) = self.lowering.programs.get(e) {
            return Ok(Arc::clone(known));
        }
        let own = std::slice::from_ref(e);
        let program = Arc::new(compile(own, own, &e.shape, &self.lowering.scope, Streams::None)?);
        self.lowering.programs.insert(e.clone(), Arc::clone(&program));
        Ok(program)
    }

    fn cut(&self, e: &Expr) -> Option<ScanCut> {
        self.lowering.scope.scans.get(e).cloned()
    }

    fn chunk(&self, e: &Expr, axis: usize) -> u64 {
        // The blocks of a slot on disk are those that its readers ask for.
        if let Held::Disk(_) = self.held(&under_views(e, |e| self.held(e)).0) {
            return 1;
        }
        chunk_below(e, axis, &self.lowering.scope.scans)
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

/// Bytes that calls of a block operation go through to make an array: as many where it is kept, or bits would depend on the
/// budget.
fn called_bytes(e: &Expr) -> u64 {
    if let Kind::Block { call, .. } = &e.kind { call.moving_bytes() } else { 0 }
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
        let stage = &plan.stages[i];
        let written: Vec<usize> =
            stage.dests().into_iter().filter_map(|d| if let Dest::Slot(s) = d { Some(s) } else { None }).collect();
        let slot = |s: &Step| match &s.make {
            Make::Held(slot) => *slot,
            Make::Spilled(slot) => Some(*slot),
            Make::Scan(cut) => cut.slot,
            _ => None,
        };
        let read: Vec<usize> = stage.task.steps.iter().filter_map(slot).chain(streamed(plan, i)).collect();
        written.iter().for_each(|&s| (plan.slots[s].first_use, plan.slots[s].last_use) = (i, i));
        read.into_iter().for_each(|s| plan.slots[s].last_use = i);
    }
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
