//! A computation before it runs: its stages, and before them the passes of what is too large for any task.

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use hyperslab_base::{Error, ErrorKind, Region, Result};
use hyperslab_engine::{InPasses, Observer, Pass, Passes, Records, Sorted, Target, in_passes};
use hyperslab_plan::lower::{Limits, Plan, TargetInfo, lower, show};
use hyperslab_plan::{Expr, rules};

/// A plan, and what must be done before it runs.
pub(crate) struct Prepared {
    plan: Plan,
    /// In order.
    algorithms: Vec<Box<dyn Passes>>,
    /// What their passes may use.
    limits: Limits,
    /// The expressions that stages are made of.
    optimised: Vec<Expr>,
    /// Where sorted arrays are left for computations that follow.
    sorted: Option<Arc<Sorted>>,
}

impl Prepared {
    /// Stages that compute the roots into their targets. Where the budget has no room for them, sorts and selections are
    /// made in passes first.
    ///
    /// # Errors
    /// `Budget` when nothing fits, the error of the plan with passes where there are any.
    pub fn new(roots: &[Expr], infos: &[TargetInfo], limits: Limits, sorted: Option<&Arc<Sorted>>) -> Result<Self> {
        let optimised = rules::optimize(roots)?;
        let refused = match lower(&optimised, infos, &limits) {
            Ok(plan) => return Ok(Prepared { plan, algorithms: Vec::new(), limits, optimised, sorted: None }),
            Err(e) if matches!(e.kind, ErrorKind::Budget { .. }) => e,
            Err(e) => return Err(e),
        };
        let results = infos.iter().map(|i| i.held_bytes).fold(0, u64::saturating_add);
        let InPasses { roots, algorithms } = in_passes(&optimised, &limits, results, sorted.map(|s| &**s))?;
        if algorithms.is_empty() {
            return Err(refused);
        }
        let held = algorithms.iter().map(|a| a.held()).fold(0, u64::saturating_add);
        let disk = algorithms.iter().map(|a| a.disk()).fold(0, u64::saturating_add);
        if disk > limits.spill {
            let e: Error = ErrorKind::Budget { need: disk, limit: limits.spill, op: "spill to disk".into() }.into();
            return Err(e.hint("raise spill_limit, or memory_limit so that less is spilled"));
        }
        let optimised = rules::optimize(&roots)?;
        let after = less(&limits, held, disk);
        let plan = lower(&optimised, infos, &after).map_err(|e| {
            let done: Vec<String> = algorithms.iter().map(|a| a.describe()).collect();
            e.context(format!("after {}", done.join(", ")))
        })?;
        let (limits, sorted) = (less(&limits, results.saturating_add(held), disk), sorted.cloned());
        Ok(Prepared { plan, algorithms, limits, optimised, sorted })
    }

    /// Makes all passes, then runs the plan.
    ///
    /// # Errors
    /// The first error of a pass or a stage.
    pub fn run(mut self, targets: Vec<Target>, spill: &Path, records: &Records, observer: &dyn Observer) -> Result<()> {
        for algorithm in &mut self.algorithms {
            while let Some(pass) = algorithm.next(spill)? {
                let (plan, target) = planned(pass, &self.limits).map_err(|e| e.context(algorithm.describe()))?;
                hyperslab_engine::run(plan, vec![target], spill, records.clone(), observer)?;
            }
            if let Some(sorted) = &self.sorted {
                algorithm.leave(sorted);
            }
        }
        hyperslab_engine::run(self.plan, targets, spill, records.clone(), observer)
    }

    /// The optimised expressions.
    pub fn optimised(&self) -> &[Expr] {
        &self.optimised
    }

    /// Passes and stages, printed.
    pub fn show(&self) -> String {
        let mut out = String::new();
        for a in &self.algorithms {
            // Writing to a string cannot fail.
            let _ = writeln!(out, "passes: {}", a.describe());
        }
        out + &show::stages(&self.plan)
    }
}

fn less(limits: &Limits, memory: u64, spill: u64) -> Limits {
    Limits { memory: limits.memory.saturating_sub(memory), spill: limits.spill.saturating_sub(spill), ..limits.clone() }
}

/// The plan of a pass.
fn planned(pass: Pass, limits: &Limits) -> Result<(Plan, Target)> {
    let Pass { operand, sink, held } = pass;
    let region = Region::full(&operand.shape);
    let target = Target::Sink { sink, region };
    let info = target_info(&operand, &target);
    let limits = less(limits, held, 0);
    Ok((lower(&rules::optimize(&[operand])?, &[info], &limits)?, target))
}

/// What lowering must know of a target.
pub(crate) fn target_info(e: &Expr, target: &Target) -> TargetInfo {
    match target {
        Target::Memory(_) => TargetInfo { held_bytes: e.nbytes(), in_place: true, ..TargetInfo::default() },
        Target::Sink { sink, region } => TargetInfo {
            held_bytes: 0,
            in_place: false,
            chunks: sink.native_chunks().map(<[u64]>::to_vec),
            origin: region.0.iter().map(|r| r.start as u64).collect(),
            sink: Some(Arc::clone(sink)),
        },
    }
}
