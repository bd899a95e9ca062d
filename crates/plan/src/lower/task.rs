//! Task programs: the blocks that a task makes before its tiles run, as a flat list of steps.
//!
//! A step makes the regions of one array that later steps, or the task itself, look at. Every array is made at most once
//! per task, over the joined regions that are needed; only listed selections and reshapes that would have to hold much
//! more than they hand out read their operand part by part. Views are no steps: operands are looked at through maps.

use std::sync::Arc;

use hyperslab_base::{Dims, Range, Region, Result};
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use crate::access::{self, Boxes, Window};
use crate::blocks::BlockCall;
use crate::lower::bytes::Held;
use crate::lower::grid::storage_align;
use crate::lower::program::{Leaf, Program};
use crate::lower::scans::ScanCut;
use crate::lower::tuning::Tuning;
use crate::node::{Expr, Kind};
use crate::viewmap::ViewMap;

/// An array that a step looks at.
#[derive(Clone, Debug)]
pub struct Operand {
    /// The step that makes it.
    pub step: usize,
    /// From positions of the operand as the operation knows it to positions of what the step makes.
    pub map: ViewMap,
}

/// How a step makes a region.
#[derive(Clone)]
pub enum Make {
    /// It does not: all of the array lies in memory, in a slot of that number or where its source has it.
    Held(Option<usize>),
    /// Read from the slot of that number, on disk.
    Spilled(usize),
    /// Read from a source.
    Read,
    /// Computed from positions alone.
    Generate,
    /// By a tile program, whose bases are the operands.
    Tiles(Arc<Program>),
    /// Moved from pieces, which begin at these positions of the joined axis; the last entry is its length.
    Concat(Vec<u64>),
    /// Moved from listed positions along an axis, over storage with chunks of that length there.
    Take {
        /// The axis.
        axis: usize,
        /// The positions.
        indices: Arc<[u64]>,
        /// Length of a chunk of the storage below.
        chunk: u64,
    },
    /// Runs of C order, looked at as another shape.
    Reshape,
    /// Scanned from the start of a block.
    Scan(Box<ScanCut>),
    /// By calls of a block operation.
    Call(BlockCall),
}

/// One step.
#[derive(Clone)]
pub struct Step {
    /// The array.
    pub expr: Expr,
    /// How regions of it are made.
    pub make: Make,
    /// What it looks at.
    pub operands: SmallVec<[Operand; 2]>,
    /// Whether regions are made right where the only step that wants them has its own.
    pub inline: bool,
}

/// The steps of a task; operands come before who looks at them.
#[derive(Clone, Default)]
pub struct TaskProgram {
    /// The steps.
    pub steps: Vec<Step>,
    /// Sizes of blocks and windows.
    pub tuning: Tuning,
    of: FxHashMap<Expr, usize>,
}

/// Runs of a reshape that are made as blocks beside each other; more are made one after the other.
const MOST_RUNS: u64 = 4;
/// Steps made in place within each other, at most.
const MOST_INLINE: usize = 8;

/// What compiling a task program needs to know of the plan around it.
pub trait Surroundings {
    /// Where an array lies when the stage begins.
    fn held(&self, e: &Expr) -> Held;
    /// The program of an elementwise operation that is made block by block.
    ///
    /// # Errors
    /// Those of compiling.
    fn program(&mut self, e: &Expr) -> Result<Arc<Program>>;
    /// How a scan is cut.
    fn cut(&self, e: &Expr) -> Option<ScanCut>;
    /// Length of the chunks of the storage below an array, along an axis.
    fn chunk(&self, e: &Expr, axis: usize) -> u64;
}

/// The array that views and rechunks look at, until one that lies somewhere, with the map to it.
pub fn under_views(e: &Expr, held: impl Fn(&Expr) -> Held) -> (Expr, ViewMap) {
    let (mut at, mut map) = (e.clone(), ViewMap::identity(e.ndim()));
    while held(&at) == Held::Not {
        match &at.kind {
            Kind::View { map: inner, .. } => map = inner.compose(&map),
            Kind::Rechunk => {}
            _ => break,
        }
        at = at.input(0).clone();
    }
    (at, map)
}

impl TaskProgram {
    /// The steps that make the roots, and what they look at.
    ///
    /// # Errors
    /// Those of compiling elementwise operations.
    pub fn compile(roots: &[Expr], around: &mut dyn Surroundings, tuning: &Tuning) -> Result<TaskProgram> {
        let mut task = TaskProgram { tuning: *tuning, ..TaskProgram::default() };
        let mut stack: Vec<(Expr, Option<Step>, Vec<Expr>)> =
            roots.iter().rev().map(|e| (e.clone(), None, vec![])).collect();
        while let Some((e, ready, below)) = stack.pop() {
            if task.of.contains_key(&e) {
                continue;
            }
            if let Some(mut step) = ready {
                step.operands.iter_mut().zip(&below).for_each(|(o, b)| o.step = task.of[b]);
                task.of.insert(e, task.steps.len());
                task.steps.push(step);
                continue;
            }
            let (step, below) = step_of(&e, around)?;
            let open: Vec<Expr> = below.iter().rev().filter(|b| !task.of.contains_key(*b)).cloned().collect();
            stack.push((e, Some(step), below));
            stack.extend(open.into_iter().map(|b| (b, None, vec![])));
        }
        task.mark_inline(roots);
        Ok(task)
    }

    /// The step that makes an array.
    pub fn step(&self, e: &Expr) -> Option<usize> {
        self.of.get(e).copied()
    }

    /// Whether nothing needs to be made: every array lies in memory.
    pub fn is_held(&self) -> bool {
        self.steps.iter().all(|s| matches!(s.make, Make::Held(_)))
    }

    /// Steps whose blocks one move alone looks at are made in its block.
    fn mark_inline(&mut self, roots: &[Expr]) {
        let mut uses = vec![0usize; self.steps.len()];
        roots.iter().filter_map(|r| self.step(r)).for_each(|s| uses[s] += 1);
        self.steps.iter().flat_map(|s| &s.operands).for_each(|o| uses[o.step] += 1);
        let mut depth = vec![0usize; self.steps.len()];
        for i in 0..self.steps.len() {
            let moves = matches!(self.steps[i].make, Make::Concat(_) | Make::Take { .. } | Make::Reshape);
            if !moves {
                continue;
            }
            for o in self.steps[i].operands.clone() {
                let below = &mut self.steps[o.step];
                // Scans and calls are made from the start of a block on, which may be more than is moved.
                let apart = matches!(below.make, Make::Held(_) | Make::Scan(_) | Make::Call(_));
                let fits = uses[o.step] == 1 && !apart && depth[o.step] < MOST_INLINE;
                if fits && matches!(self.steps[i].make, Make::Concat(_)) && !has_diagonal(&o.map) {
                    self.steps[o.step].inline = true;
                    depth[i] = depth[i].max(depth[o.step] + 1);
                }
            }
        }
    }

    /// Regions of every step that must be made for `wants`.
    pub fn demands(&self, wants: &[(usize, Region)]) -> Vec<Boxes> {
        let mut boxes = vec![Boxes::new(); self.steps.len()];
        for (step, region) in wants {
            self.want(*step, region, &mut boxes);
        }
        let top = wants.iter().map(|w| w.0 + 1).max().unwrap_or(0);
        for i in (0..top).rev() {
            if boxes[i].is_empty() {
                continue;
            }
            let made = std::mem::take(&mut boxes[i]);
            match &self.steps[i].make {
                Make::Scan(cut) => made.iter().for_each(|b| access::add(&mut boxes[i], &access::scanned(b, cut))),
                Make::Call(call) => made.iter().for_each(|b| access::add(&mut boxes[i], &call.rounded(b))),
                _ => boxes[i] = made,
            }
            for b in boxes[i].clone() {
                self.needs(i, &b, &mut |step, region| self.want(step, &region, &mut boxes));
            }
        }
        boxes
    }

    fn want(&self, step: usize, region: &Region, boxes: &mut [Boxes]) {
        match &self.steps[step] {
            Step { make: Make::Held(_), .. } => {}
            Step { inline: true, .. } => self.needs(step, region, &mut |step, region| self.want(step, &region, boxes)),
            _ => access::add(&mut boxes[step], region),
        }
    }

    /// What must be made before `region` of a step can be made somewhere else than in a block of its own.
    pub fn below(&self, step: usize, region: &Region) -> Vec<(usize, Region)> {
        if let Make::Scan(_) | Make::Call(_) = self.steps[step].make {
            return vec![(step, region.clone())];
        }
        let mut out = Vec::new();
        self.needs(step, region, &mut |step, region| out.push((step, region)));
        out
    }

    /// Calls `f` for each region of an operand that must be whole when `region` of a step is made.
    pub fn needs(&self, step: usize, region: &Region, f: &mut dyn FnMut(usize, Region)) {
        let Step { expr, make, operands, .. } = &self.steps[step];
        match make {
            Make::Held(_) | Make::Spilled(_) | Make::Read | Make::Generate => {}
            Make::Tiles(program) => {
                for leaf in &program.leaves {
                    if let Leaf::Base { base, map } = leaf {
                        f(operands[*base].step, map.apply(region));
                    }
                }
            }
            Make::Concat(starts) => {
                let Kind::Concat { axis, .. } = expr.kind else { return };
                for p in access::pieces(region, axis, starts) {
                    let o = &operands[p.piece];
                    f(o.step, o.map.apply(&p.from));
                }
            }
            Make::Take { axis, .. } => {
                if let Some(part) = self.taken_whole(step, region) {
                    let mut from = region.clone();
                    from.0[*axis] = part;
                    f(operands[0].step, operands[0].map.apply(&from));
                }
            }
            Make::Reshape => {
                if !self.in_runs(step, region) {
                    let input = &expr.input(0).shape;
                    for run in access::runs(&expr.shape, region) {
                        for (_, b) in access::boxes_of_run(input, run.first, run.span) {
                            f(operands[0].step, operands[0].map.apply(&b));
                        }
                    }
                }
            }
            Make::Scan(_) => f(operands[0].step, operands[0].map.apply(region)),
            Make::Call(call) => {
                for at in call.calls(region) {
                    operands.iter().enumerate().for_each(|(k, o)| f(o.step, o.map.apply(&call.needs(&at, k))));
                }
            }
        }
    }

    /// The positions along the axis of a listed selection that are looked at when all of them are made at once; none
    /// where they lie too far apart, and are read window by window.
    pub fn taken_whole(&self, step: usize, region: &Region) -> Option<Range> {
        let Make::Take { axis, indices, .. } = &self.steps[step].make else { return None };
        let r = region.0[*axis];
        let positions = (0..r.len).map(|k| indices[r.at(k) as usize]);
        let (lo, hi) = positions.fold((u64::MAX, 0), |(lo, hi), p| (lo.min(p), hi.max(p)));
        (lo <= hi && hi - lo < self.window(step, region).length).then(|| Range::new(lo, hi + 1 - lo))
    }

    /// Which positions along a gathered axis are read at once for a region.
    pub fn window(&self, step: usize, region: &Region) -> Window {
        let Step { expr, make: Make::Take { axis, chunk, .. }, .. } = &self.steps[step] else { return Window::WHOLE };
        let count = region.0[*axis].len;
        let length = count.saturating_mul(self.tuning.gather_window).max(*chunk).min(expr.input(0).shape[*axis]);
        let row = region.count() / count.max(1) * expr.dtype.itemsize() as u64;
        Window { length: length.max(1), chunk: (*chunk).max(1), gap: self.tuning.gather_gap / row.max(1) }
    }

    /// Whether a region of a reshape is made run by run.
    pub fn in_runs(&self, step: usize, region: &Region) -> bool {
        access::run_count(&self.steps[step].expr.shape, region) > MOST_RUNS
    }

    /// Listed positions of a region of a selection, sorted, each with its place in the region.
    pub fn listed(&self, step: usize, region: &Region) -> Vec<(u64, u64)> {
        let Make::Take { axis, indices, .. } = &self.steps[step].make else { return Vec::new() };
        let r = region.0[*axis];
        let mut listed: Vec<(u64, u64)> = (0..r.len).map(|k| (indices[r.at(k) as usize], k)).collect();
        listed.sort_unstable();
        listed
    }

    /// Distinct lists of positions that the steps go by.
    pub fn lists(&self) -> FxHashSet<(*const u64, usize)> {
        let list = |s: &Step| match &s.make {
            Make::Take { indices, .. } => Some((indices.as_ptr(), indices.len())),
            _ => None,
        };
        self.steps.iter().filter_map(list).collect()
    }
}

fn has_diagonal(map: &ViewMap) -> bool {
    let moving: Dims<usize> = map.0.iter().filter_map(|a| a.out).collect();
    moving.iter().enumerate().any(|(k, d)| moving[..k].contains(d))
}

/// A step with its operands, whose numbers are still to be found, and the arrays these are.
fn step_of(e: &Expr, around: &mut dyn Surroundings) -> Result<(Step, Vec<Expr>)> {
    let mut operands: SmallVec<[Operand; 2]> = SmallVec::new();
    let mut below = Vec::new();
    let make = match around.held(e) {
        Held::Memory(slot) => Make::Held(slot),
        Held::Disk(slot) => Make::Spilled(slot),
        Held::Not => match &e.kind {
            Kind::Source(_) => Make::Read,
            Kind::Fill(_) | Kind::Arange { .. } => Make::Generate,
            Kind::Map { .. } => Make::Tiles(around.program(e)?),
            Kind::Concat { axis, .. } => Make::Concat(starts(e, *axis)),
            Kind::Gather { axis, indices, .. } => {
                Make::Take { axis: *axis, indices: Arc::clone(indices), chunk: around.chunk(e.input(0), *axis) }
            }
            Kind::Reshape => Make::Reshape,
            Kind::Block { call, .. } => Make::Call(call.clone()),
            Kind::Scan { .. } => match around.cut(e) {
                Some(cut) => Make::Scan(Box::new(cut)),
                None => return Err(hyperslab_base::Error::internal(format!("{e:?} was not cut"))),
            },
            Kind::View { .. } | Kind::Rechunk | Kind::Reduce { .. } | Kind::Contract { .. } => {
                return Err(hyperslab_base::Error::internal(format!("{} is no step of a task", e.kind.label())));
            }
        },
    };
    match &make {
        Make::Held(_) | Make::Spilled(_) | Make::Read | Make::Generate => {}
        Make::Tiles(program) => {
            below.extend(program.bases.iter().cloned());
            let map = |b: &Expr| Operand { step: 0, map: ViewMap::identity(b.ndim()) };
            operands.extend(program.bases.iter().map(map));
        }
        _ => {
            for i in e.inputs() {
                let (base, map) = under_views(i, |e| around.held(e));
                operands.push(Operand { step: 0, map });
                below.push(base);
            }
        }
    }
    Ok((Step { expr: e.clone(), make, operands, inline: false }, below))
}

/// Where each piece of a concatenation begins, and where the last ends.
fn starts(e: &Expr, axis: usize) -> Vec<u64> {
    let mut at = 0;
    let mut out = vec![0];
    out.extend(e.inputs().iter().map(|i| {
        at += i.shape[axis];
        at
    }));
    out
}

/// Length of the chunks of the storage below an array, along an axis.
pub fn chunk_below(e: &Expr, axis: usize, scans: &crate::lower::scans::Scans) -> u64 {
    storage_align(e, scans).map_or(1, |(a, _)| a[axis].unit)
}
