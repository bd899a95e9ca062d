//! Runs a plan, stage after stage.

use std::path::Path;
use std::sync::Arc;

use hyperslab_base::{Block, Dims, Error, Range, Region, Result, View};
use hyperslab_plan::lower::grid::Grid;
use hyperslab_plan::lower::{Dest, FoldRoot, Plan, Root, Stage, TileWork, ToldFold, Work};

use crate::blocks::Blocks;
use crate::combine::{Combiner, Partial};
use crate::context::{Context, Records};
use crate::contract::run_contract;
use crate::elements::Elements;
use crate::judge;
use crate::pool::{self, AtOnce, run_tasks};
use crate::progress::Observer;
use crate::scan::finish_totals;
use crate::status;
use crate::target::Target;
use crate::tiles::{Cells, Out, index_steps, kept_in_order, run_program, state_steps};

/// Computes the plan's roots into `targets`. Blocks until all is written, or the first error. Slots that do not fit
/// into memory lie in files of `spill_directory` meanwhile. `records` take down what happens.
///
/// # Errors
/// The first error of a task, of a source or sink, or of the observer, which cancels the rest.
pub fn run(
    plan: Plan,
    targets: Vec<Target>,
    spill_directory: &Path,
    records: Records,
    observer: &dyn Observer,
) -> Result<()> {
    let stages = plan.stages.len();
    let cx = Context::new(plan, targets, records);
    let recorder = cx.recorder.as_deref();
    let _counting = recorder.map(|r| {
        r.planned(&cx.plan);
        r.count()
    });
    for i in 0..stages {
        cx.counters.enter(i);
        if let Some(r) = recorder {
            r.enter(&cx.plan.stages[i]);
        }
        open_slots(&cx, &cx.plan.stages[i], spill_directory)?;
        let stage = Arc::new(StageRun::new(Arc::clone(&cx), i));
        let (tasks, workers) = (cx.plan.stages[i].grid.tasks(), cx.plan.stages[i].workers);
        let computing = cx.plan.stages[i].waits.then_some(cx.plan.limits.threads);
        let tick = || observer.tick(&cx.counters.snapshot(&cx.plan));
        if tasks == 0 {
            stage.finish_empty()?;
        }
        run_tasks(stage, tasks, AtOnce { workers, computing }, &tick);
        if let Some(e) = cx.take_failure() {
            return Err(e);
        }
        finish_totals(&cx, &cx.plan.stages[i].work)?;
        if let Some(r) = recorder {
            r.leave();
        }
        cx.close_slots(i);
    }
    observer.tick(&cx.counters.snapshot(&cx.plan))
}

fn open_slots(cx: &Context, stage: &Stage, spill_directory: &Path) -> Result<()> {
    for d in stage.dests() {
        if let Dest::Slot(s) = d {
            cx.open_slot(s, spill_directory)?;
        }
    }
    Ok(())
}

/// One stage under way.
struct StageRun {
    cx: Arc<Context>,
    stage: usize,
    /// One per root.
    combiners: Vec<Combiner>,
}

impl StageRun {
    fn new(cx: Arc<Context>, stage: usize) -> Self {
        let s = &cx.plan.stages[stage];
        let roots = match &s.work {
            Work::Tiles(w) => w.roots.len(),
            Work::Contract(_) => 0,
        };
        let combiners = (0..roots).map(|_| Combiner::default()).collect();
        StageRun { cx, stage, combiners }
    }

    fn tiles(&self, w: &TileWork, coords: &[u64], region: &Region) -> Result<()> {
        let mut folds: Vec<Option<Partial>> = Vec::new();
        let mut blocks: Vec<Option<Block>> = Vec::new();
        for r in &w.roots {
            folds.push(r.fold.as_ref().map(|f| self.new_partial(f, region)).transpose()?);
            let wants_block =
                r.fold.is_none() && (r.dests.len() > 1 || self.cx.in_place(r.dests[0], region)?.is_none());
            blocks.push(wants_block.then(|| Block::scratch(r.expr.dtype, &region.shape())).transpose()?);
        }
        for part in self.cx.plan.stages[self.stage].parts(region) {
            self.evaluate(w, &part, &mut folds, &mut blocks)?;
            for (f, partial) in w.roots.iter().zip(&mut folds).filter_map(|(r, p)| r.fold.as_ref().zip(p.as_mut())) {
                partial.count += f.axes.iter().map(|&d| part.0[d].len).product::<u64>();
            }
        }
        for (k, r) in w.roots.iter().enumerate() {
            if let Some(block) = &blocks[k] {
                self.cx.write(&r.dests, region, &block.view())?;
            }
            if let (Some(f), Some(partial)) = (&r.fold, folds[k].take()) {
                self.combine(k, r, f, coords, region, partial)?;
            }
        }
        Ok(())
    }

    /// What has folded nothing yet.
    fn new_partial(&self, f: &FoldRoot, region: &Region) -> Result<Partial> {
        let results: u64 = f.kept(region.0.len()).map(|d| region.0[d].len).product();
        let told = self.cx.errors.is_some()
            && match f.told {
                ToldFold::Nothing => false,
                ToldFold::Results => judge::reduces(f.name, f.output),
                ToldFold::Logarithms(..) => true,
            };
        Ok(Partial { state: f.fold.new_state(results as usize)?, count: 0, raised: told.then_some(0) })
    }

    /// Fills the folds and blocks of all roots in one pass over a part of a cell.
    fn evaluate(
        &self,
        w: &TileWork,
        region: &Region,
        folds: &mut [Option<Partial>],
        blocks: &mut [Option<Block>],
    ) -> Result<()> {
        let stage = &self.cx.plan.stages[self.stage];
        if let Some(operand) = w.moved() {
            // Nothing is computed: elements move straight to where they go.
            let dest = match &mut blocks[0] {
                Some(b) => Some(b.view_mut()),
                None => self.cx.in_place(w.roots[0].dests[0], region)?,
            };
            let dest = dest.ok_or_else(|| Error::internal("a result without a place"))?;
            let below = stage.task.below(operand.step, &operand.map.apply(region));
            return Blocks::make(&self.cx, &stage.task, &below)?.deliver(&operand, region, dest);
        }
        let made = Blocks::make(&self.cx, &stage.task, &w.wants(region))?;
        let Grid { space, order, .. } = &stage.grid;
        let lens = region.shape();
        let mut outs: Vec<Out<'_>> = Vec::with_capacity(w.roots.len());
        for ((r, fold), block) in w.roots.iter().zip(folds.iter_mut()).zip(blocks.iter_mut()) {
            outs.push(match (&r.fold, fold, block) {
                (Some(f), Some(partial), _) => {
                    let index = index_steps(space, &f.axes);
                    let first = region.0.iter().zip(&index).map(|(r, &s)| r.start * s as i64).sum();
                    let steps = state_steps(&lens, order, &f.axes);
                    let raised = partial.raised.as_mut().zip(self.cx.errors.as_deref());
                    Out::Fold { root: f, state: &mut partial.state, before: partial.count, steps, index, first, raised }
                }
                (_, _, Some(b)) => Out::Write(b.view_mut(), false),
                _ => match self.cx.in_place(r.dests[0], region)? {
                    Some(view) => Out::Write(view, r.expr.nbytes() >= self.cx.plan.limits.tuning.past_cache),
                    None => return Err(Error::internal("a result without a place")),
                },
            });
        }
        let cells = Cells { space, nominal: &stage.step, order };
        run_program(&made, &w.program, &w.bases, region, cells, &mut outs)
    }

    /// Adds a task's partial result to its tree; writes the block of results that becomes complete.
    fn combine(
        &self,
        k: usize,
        r: &Root,
        f: &FoldRoot,
        coords: &[u64],
        region: &Region,
        partial: Partial,
    ) -> Result<()> {
        let place = Region(f.kept(coords.len()).map(|d| region.0[d]).collect());
        if f.totals.is_some() {
            return self.finish(r, f, &place, &partial, coords);
        }
        let grid = &self.cx.plan.stages[self.stage].grid;
        let counts = grid.counts();
        let (mut cell, mut cells) = (0, 1);
        for &d in &f.axes {
            (cell, cells) = (cell * counts[d] + coords[d], cells * counts[d]);
        }
        let block: Dims<u64> = f.kept(coords.len()).map(|d| coords[d]).collect();
        let Some(whole) = self.combiners[k].add(f.fold.as_ref(), &block, cell, cells, partial)? else {
            return Ok(());
        };
        self.finish(r, f, &place, &whole, coords)
    }

    /// Whether all that a task would leave is where it goes already.
    fn is_written(&self, region: &Region) -> bool {
        let stage = &self.cx.plan.stages[self.stage];
        let whole = |w: &TileWork| w.roots.iter().all(|r| r.fold.is_none());
        let separate = match &stage.work {
            Work::Tiles(w) => whole(w),
            Work::Contract(_) => true,
        };
        let written = |d: &Dest| matches!(d, Dest::Target(t) if self.cx.targets[*t].is_written(region));
        separate && stage.dests().iter().all(written)
    }

    /// Results of reductions over nothing: their identities.
    fn finish_empty(&self) -> Result<()> {
        let stage = &self.cx.plan.stages[self.stage];
        let Work::Tiles(w) = &stage.work else { return Ok(()) };
        for r in &w.roots {
            if let Some(f) = &r.fold {
                let kept = f.kept(stage.grid.space.len());
                let place = Region::full(&kept.map(|d| stage.grid.space[d]).collect::<Dims<u64>>());
                let state = f.fold.new_state(place.count() as usize)?;
                self.finish(r, f, &place, &Partial { state, count: 0, raised: None }, &[])?;
            }
        }
        Ok(())
    }

    /// Writes results for the kept positions `place`; totals of a block to where the cell at `coords` has its own.
    fn finish(&self, r: &Root, f: &FoldRoot, place: &Region, whole: &Partial, coords: &[u64]) -> Result<()> {
        let order = &self.cx.plan.stages[self.stage].grid.order;
        let in_order = kept_in_order(order, &f.axes);
        let c_order: Dims<usize> = f.kept(order.len()).collect();
        let position = |d: &usize| c_order.iter().position(|c| c == d).unwrap_or(0);
        let shape: Dims<u64> = in_order.iter().map(|d| place.0[position(d)].len).collect();
        let mut block = Block::scratch(f.output, &shape)?;
        let count = block.count() as usize;
        let mut finish = || f.fold.finish(&whole.state, 0, count, whole.count, block.bytes_mut());
        match (&self.cx.errors, whole.raised) {
            (Some(errors), Some(raised)) if f.told == ToldFold::Results => {
                let raised = raised | status::during(finish).1;
                errors.reduced(Elements { dtype: f.output, bytes: block.bytes() }, raised);
            }
            _ => finish(),
        }
        if f.all_nan_raises && bytemuck_i64(block.bytes()).any(|i| i < 0) {
            return Err(Error::value("All-NaN slice encountered").context(f.name));
        }
        let back: Vec<usize> = c_order.iter().map(|d| in_order.iter().position(|o| o == d).unwrap_or(0)).collect();
        let view: View<'_> = block.view().transpose(&back);
        let Some(t) = &f.totals else { return self.cx.write(&r.dests, place, &view) };
        let (mut place, mut shape, mut steps): (Region, Dims<u64>, Dims<isize>) =
            (place.clone(), view.shape().into(), view.strides().into());
        place.0.insert(t.axis, Range::new(coords[t.axis], 1));
        shape.insert(t.axis, 1);
        steps.insert(t.axis, 0);
        self.cx.write(&r.dests, &place, &view.restride(0, &shape, &steps))
    }
}

fn bytemuck_i64(bytes: &[u8]) -> impl Iterator<Item = i64> + '_ {
    bytes.as_chunks::<8>().0.iter().map(|b| i64::from_ne_bytes(*b))
}

impl pool::Work for StageRun {
    fn run(&self, task: u64) -> Result<()> {
        let stage = &self.cx.plan.stages[self.stage];
        let _timer = self.cx.recorder.as_ref().map(|r| r.task());
        let coords = stage.coords(task);
        let region = stage.grid.region(&coords);
        if self.is_written(&region) {
            self.cx.counters.task_done(stage.traffic / stage.grid.tasks().max(1));
            return Ok(());
        }
        match &stage.work {
            Work::Tiles(w) => self.tiles(w, &coords, &region),
            Work::Contract(c) => run_contract(&self.cx, &stage.task, c, &region),
        }
        .map_err(|e| if e.context.is_empty() { e.context(stage.label.clone()) } else { e })?;
        self.cx.counters.task_done(stage.traffic / stage.grid.tasks().max(1));
        Ok(())
    }

    fn stopped(&self) -> bool {
        self.cx.is_cancelled()
    }

    fn fail(&self, e: Error) {
        self.cx.fail(e);
    }

    fn bytes_at_once(&self) -> u64 {
        let stage = &self.cx.plan.stages[self.stage];
        stage.task_bytes.saturating_mul(stage.workers as u64).saturating_add(stage.partial_bytes)
    }
}
