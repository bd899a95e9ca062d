//! What is kept between stages: arrays that tasks would read from storage again and again are read once, and what does
//! not fit into memory beside the rest lies on disk.

use hyperslab_base::{Dims, Range, Region};

use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use crate::access::Boxes;
use crate::lower::fit::Misfit;
use crate::lower::task::{Make, Step, TaskProgram};
use crate::lower::tuning::Tuning;
use crate::lower::{Plan, Reason, Stage, Work};
use crate::node::{Expr, Kind, postorder};

/// How often before it is worth a way through the disk although all of it is made from memory.
const MANY: f64 = 16.0;
/// Share of an array that must be needed before it is kept whole.
const MOST: f64 = 0.5;

/// How much smaller a result is than what it is made of before that is not held for all of it at once.
const CONDENSED: u64 = 4;
/// Cells of the usual size that it is made of.
const CELLS: u64 = 2;

/// Decisions about one plan.
#[derive(Clone, Debug, Default)]
pub struct Staging {
    /// Arrays that a stage of their own computes, besides the pipeline breakers.
    pub kept: FxHashMap<Expr, Reason>,
    /// Slots that lie on disk.
    pub disk: FxHashSet<Expr>,
}

impl Staging {
    /// What is kept whatever the budget: see [`recomputed`] and [`selected_twice`].
    pub fn new(roots: &[Expr]) -> Self {
        let order = postorder(roots);
        let mut kept = recomputed(roots, &order);
        kept.extend(selected_twice(&order).into_iter().map(|e| (e, Reason::SelectedTwice)));
        Staging { kept, disk: FxHashSet::default() }
    }

    /// Keeps the arrays that tasks would make again and again, where that is worth it; `false` when there are none.
    pub fn keep_evaluated(&mut self, plan: &Plan) -> bool {
        let (tuning, known) = (&plan.limits.tuning, self.kept.len());
        let (reads, saves) = (tuning.kept_reads as f64, tuning.kept_saves as f64);
        let called = called_again(plan);
        for stage in &plan.stages {
            let (evaluations, stored) = (evaluations(stage), stored(&stage.task));
            let mut below: FxHashSet<usize> = FxHashSet::default();
            for (i, s) in stage.task.steps.iter().enumerate().rev() {
                let Evaluations { times, seen, at_once } = evaluations[i];
                let saved = (times - 1.0) * s.expr.nbytes() as f64;
                let large = s.expr.nbytes() > plan.limits.memory / tuning.kept_share;
                let dear = stored[i] || !large || times >= MANY;
                let made = !matches!(s.make, Make::Held(_) | Make::Spilled(_) | Make::Generate);
                let once = in_chunks(&s.make) && (times > 1.01 || called.contains(&s.expr));
                let keep = made && seen >= MOST && times >= reads && saved >= saves && dear && !below.contains(&i);
                let keep = keep || (once && !self.kept.contains_key(&s.expr));
                let condensed = made && seen >= MOST && condenses(s, at_once, tuning);
                let keep = keep || (condensed && !self.kept.contains_key(&s.expr));
                let why = match (once, condensed) {
                    (true, _) => Reason::CalledOnce,
                    (_, true) => Reason::Condensed,
                    _ => Reason::Evaluated(times),
                };
                if keep && self.kept.insert(s.expr.clone(), why).is_none() && large {
                    self.disk.insert(s.expr.clone());
                }
                if keep || below.contains(&i) {
                    below.extend(s.operands.iter().map(|o| o.step));
                }
            }
        }
        self.kept.len() > known
    }

    /// Moves slots that lie in memory during a stage to disk, the largest first, until what does not fit would;
    /// `false` when there are none.
    pub fn spill(&mut self, plan: &Plan, misfit: &Misfit) -> bool {
        let alive = |e: &&Expr| {
            let slot = &plan.slots[plan.slot_of[*e]];
            let during = slot.first_use <= misfit.stage && misfit.stage <= slot.last_use;
            during && slot.disk.is_none() && e.nbytes() > plan.limits.tuning.small_slot
        };
        let mut found: Vec<&Expr> = plan.slot_of.keys().filter(alive).collect();
        found.sort_by_cached_key(|e| std::cmp::Reverse((e.nbytes(), e.name())));
        let (mut freed, known) = (0u64, self.disk.len());
        for e in found {
            if freed > 0 && freed >= misfit.excess {
                break;
            }
            freed = freed.saturating_add(e.nbytes());
            self.disk.insert(e.clone());
        }
        self.disk.len() > known
    }
}

/// Whether it is a function of the user's, which is called once for each chunk.
fn in_chunks(make: &Make) -> bool {
    matches!(make, Make::Call(call) if call.in_chunks())
}

/// Whether a task makes parts of a block operation's result that could be made apart, and holds for them much more than
/// they are: the partial results of a tree, the quantile of each row.
fn condenses(s: &Step, at_once: u64, tuning: &Tuning) -> bool {
    let Make::Call(call) = &s.make else { return false };
    let own = s.expr.nbytes().max(1);
    let held = at_once as f64 / s.expr.size().max(1) as f64 * call.moving_bytes() as f64;
    call.outs().len() == 1
        && call.moving_bytes() / own >= CONDENSED
        && held > (CELLS * tuning.task_bytes) as f64
        && at_once > call.units().iter().product::<u64>()
}

/// Results of user functions that several stages would call for.
fn called_again(plan: &Plan) -> FxHashSet<Expr> {
    let calls = plan.stages.iter().flat_map(|s| s.task.steps.iter().filter(|s| in_chunks(&s.make)));
    let mut seen = FxHashSet::default();
    calls.filter(|s| !seen.insert(&s.expr)).map(|s| s.expr.clone()).collect()
}

/// How often a step's array is made.
#[derive(Clone, Copy, Debug, Default)]
pub struct Evaluations {
    /// Times that each of its elements is made by all tasks of the stage together; of storage, that it is decoded.
    pub times: f64,
    /// The same, of the elements that are asked for: less than one where only a part is needed.
    pub seen: f64,
    /// Elements that a task makes at a time.
    pub at_once: u64,
}

/// How often each step's array is made, going by a task in the middle of the stage.
pub fn evaluations(stage: &Stage) -> Vec<Evaluations> {
    let steps = &stage.task.steps;
    if stage.task.is_held() || stage.grid.tasks() == 0 {
        return vec![Evaluations::default(); steps.len()];
    }
    let middle: Dims<u64> = stage.grid.counts().iter().map(|n| n / 2).collect();
    let cell = stage.grid.region(&middle);
    let (made, parts) = match &stage.work {
        Work::Tiles(w) => {
            let part = stage.parts(&cell).next().unwrap_or_else(|| cell.clone());
            let parts = cell.count() as f64 / part.count().max(1) as f64;
            (stage.task.project(&w.wants(&part)), parts)
        }
        Work::Contract(c) => {
            let parts = c.summed.iter().zip(&c.step).map(|(n, s)| n.div_ceil(*s)).product::<u64>() as f64;
            (stage.task.project(&c.wants(&c.operands(&cell, &c.first()))), parts)
        }
    };
    let share = stage.grid.space.iter().product::<u64>() as f64 / cell.count().max(1) as f64;
    let of = |i: usize| {
        let times = |n: u64| n as f64 * parts * share / steps[i].expr.size().max(1) as f64;
        Evaluations { times: times(made.made[i]), seen: times(made.asked[i]), at_once: made.made[i] }
    };
    (0..steps.len()).map(of).collect()
}

/// Whether making each step reads from storage.
fn stored(task: &TaskProgram) -> Vec<bool> {
    let mut stored: Vec<bool> = Vec::with_capacity(task.steps.len());
    for s in &task.steps {
        // Operands come before their users.
        stored.push(matches!(s.make, Make::Read) || s.operands.iter().any(|o| stored[o.step]));
    }
    stored
}

/// Operations that would be done again, in other stages, from which on it is cheaper to keep their result.
const AGAIN: usize = 24;
/// Stages that are told apart when those that compute an array are counted.
const TOLD_APART: usize = 4;

/// Long chains of elementwise operations that several stages need: `x = x - x.mean(1)` again and again. Without these
/// the work is that of the square of the number of operations.
fn recomputed(roots: &[Expr], order: &[Expr]) -> FxHashMap<Expr, Reason> {
    let mut stages: FxHashMap<&Expr, SmallVec<[usize; TOLD_APART]>> = FxHashMap::default();
    roots.iter().for_each(|r| stages.entry(r).or_default().push(usize::MAX));
    for (at, e) in order.iter().enumerate().rev() {
        let own: SmallVec<[usize; TOLD_APART]> = match e.kind {
            Kind::Reduce { .. } | Kind::Contract { .. } => smallvec::smallvec![at],
            _ => stages.get(e).cloned().unwrap_or_default(),
        };
        for i in e.inputs() {
            let known = stages.entry(i).or_default();
            let new = own.iter().filter(|s| !known.contains(s)).copied().collect::<SmallVec<[usize; TOLD_APART]>>();
            known.extend(new.into_iter().take(TOLD_APART.saturating_sub(known.len())));
        }
    }
    let mut kept = FxHashMap::default();
    let mut depth: FxHashMap<&Expr, usize> = FxHashMap::default();
    for e in order {
        let below = e.inputs().iter().map(|i| depth[i]).max().unwrap_or(0);
        let here = match e.kind {
            Kind::Map { .. } | Kind::Scan { .. } => below + 1,
            Kind::View { .. } | Kind::Rechunk | Kind::Concat { .. } | Kind::Gather { .. } | Kind::Reshape => below,
            _ => 0,
        };
        let users = stages.get(e).map_or(0, |s| s.len());
        let again = here * users.saturating_sub(1);
        let keep = again >= AGAIN && matches!(e.kind, Kind::Map { .. } | Kind::Scan { .. });
        if keep {
            kept.insert(e.clone(), Reason::Recomputed(users));
        }
        depth.insert(e, if keep { 0 } else { here });
    }
    kept
}

/// Results of operations on listed selections and reshapes that are selected or reshaped again: those read their operand
/// part by part, and each part would read the one below part by part once more.
fn selected_twice(order: &[Expr]) -> FxHashSet<Expr> {
    let mut kept = FxHashSet::default();
    let mut selects: FxHashSet<&Expr> = FxHashSet::default();
    for e in order {
        let mut below = e.inputs().iter().any(|i| selects.contains(i));
        if let (Kind::Gather { .. } | Kind::Reshape, [input]) = e.parts() {
            let mut base = input;
            while let Kind::View { .. } | Kind::Rechunk = base.kind {
                base = base.input(0);
            }
            if below && matches!(base.kind, Kind::Map { .. } | Kind::Scan { .. } | Kind::Concat { .. }) {
                kept.insert(base.clone());
            }
            below = true;
        }
        if below && !matches!(e.kind, Kind::Reduce { .. } | Kind::Contract { .. }) && !kept.contains(e) {
            selects.insert(e);
        }
    }
    kept
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

/// Lengths of the regions of `e` that the tasks of a stage read, going by the first.
fn read_lens(s: &Stage, e: &Expr) -> Vec<Dims<u64>> {
    let Some(step) = s.task.step(e).filter(|_| s.grid.tasks() > 0) else { return Vec::new() };
    let cell = s.grid.region(&s.grid.coords(0));
    let wants: Vec<(usize, Region)> = match &s.work {
        Work::Tiles(w) => w.wants(&cell),
        Work::Contract(c) => c.wants(&c.operands(&cell, &c.first())).to_vec(),
    };
    let demands = s.task.demands(&wants);
    let mut lens: Vec<Dims<u64>> = demands[step].iter().map(|b| b.bounding().shape()).collect();
    lens.extend(listed_lens(s, step, &demands));
    lens
}

/// Lengths of the regions of a step that selections read, whose positions lie too far apart to be read at once.
fn listed_lens(s: &Stage, step: usize, demands: &[Boxes]) -> Vec<Dims<u64>> {
    let mut lens = Vec::new();
    for (i, at) in s.task.steps.iter().enumerate() {
        let (Make::Take { axis, .. }, Some(o)) = (&at.make, at.operands.first()) else { continue };
        let apart = |b: &&Region| o.step == step && s.task.taken_whole(i, b).is_none();
        lens.extend(demands[i].iter().filter(apart).map(|b| {
            let mut row = b.clone();
            row.0[*axis] = Range::new(0, 1);
            o.map.apply(&row).bounding().shape()
        }));
    }
    lens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_divide_what_is_written() {
        assert_eq!(even_part(48, 20), 16);
        assert_eq!(even_part(47, 20), 20);
        assert_eq!(even_part(8, 8), 8);
    }
}
