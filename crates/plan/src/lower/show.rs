//! Stages, printed.

use std::fmt::Write;

use hyperslab_base::{show_bytes, show_shape};

use crate::lower::staging::{Evaluations, evaluations};
use crate::lower::task::{Make, Step};
use crate::lower::{Dest, FoldRoot, Plan, Reason, Stage, Work};
use crate::node::{Expr, Kind};

/// The stages of a plan, in order, with projected bytes.
pub fn stages(plan: &Plan) -> String {
    let mut out = String::new();
    for (i, s) in plan.stages.iter().enumerate() {
        // Writing to a string cannot fail.
        let _ = write_stage(&mut out, plan, i, s);
    }
    let peak = plan.stages.iter().map(projected).max().unwrap_or(plan.held_bytes);
    let _ = writeln!(
        out,
        "projected peak {}, budget {}, {} thread(s)",
        show_bytes(peak),
        show_bytes(plan.limits.memory),
        plan.limits.threads
    );
    out
}

/// Bytes that a stage holds at most.
pub fn projected(s: &Stage) -> u64 {
    s.fixed_bytes.saturating_add(s.task_bytes.saturating_mul(s.workers as u64))
}

fn write_stage(out: &mut String, plan: &Plan, i: usize, s: &Stage) -> std::fmt::Result {
    writeln!(out, "stage {i}: {}", s.label)?;
    writeln!(
        out,
        "  grid {} in {} task(s) of {}{}, {} at once{}",
        show_shape(&s.grid.space),
        s.grid.tasks(),
        show_shape(&s.grid.extent),
        if s.at_once() == s.grid.extent { String::new() } else { format!(" in parts of {}", show_shape(&s.at_once())) },
        s.workers,
        if s.in_pairs { ", mirror images in turn" } else { "" }
    )?;
    let steps = steps(s);
    match &s.work {
        Work::Tiles(w) => {
            if !w.program.bases.is_empty() {
                writeln!(
                    out,
                    "  reads {}",
                    w.program.bases.iter().map(|b| base(plan, b)).collect::<Vec<_>>().join(", ")
                )?;
            }
            write_steps(out, &steps)?;
            if !w.program.instrs.is_empty() {
                writeln!(out, "  tile program: {}", elided(&w.program.listing()))?;
            }
            for r in &w.roots {
                match &r.fold {
                    Some(FoldRoot { totals: Some(t), name, .. }) => {
                        writeln!(out, "  {name} of each block along axis {} -> {}", t.axis, dests(plan, &r.dests))?;
                    }
                    Some(f) => {
                        writeln!(out, "  {} over axes {:?} -> {}", f.name, f.axes.as_slice(), dests(plan, &r.dests))?
                    }
                    None => writeln!(out, "  write -> {}", dests(plan, &r.dests))?,
                }
            }
        }
        Work::Contract(c) => {
            let [a, b] = [&c.a, &c.b].map(|o| base(plan, &s.task.steps[o.step].expr));
            writeln!(out, "  reads {a}, {b}")?;
            write_steps(out, &steps)?;
            writeln!(out, "  sums {} at once -> {}", show_shape(&c.step), dests(plan, &c.dests))?;
        }
    }
    writeln!(
        out,
        "  projected {} per task + {} held = {}; moves {}",
        show_bytes(s.task_bytes),
        show_bytes(s.fixed_bytes),
        show_bytes(projected(s)),
        show_bytes(s.traffic)
    )
}

/// Steps of a task program that are printed; the others are counted.
const MAX_STEPS: usize = 12;
/// What is made as often is not told to be made more than once: tasks at the edges differ.
const ONCE: f64 = 1.05;

/// The steps that make what tiles look at, each with how often all tasks together make its elements.
fn steps(s: &Stage) -> Vec<String> {
    let made = |(step, e): (&Step, Evaluations)| {
        let what = match &step.make {
            Make::Held(_) => return None,
            Make::Spilled(slot) => format!("load slot {slot}"),
            Make::Read => "read".to_string(),
            Make::Generate => "generate".to_string(),
            Make::Tiles(program) => elided(&program.listing()),
            Make::Concat(_) => "concatenate".to_string(),
            Make::Take { .. } => "take".to_string(),
            Make::Reshape => "reshape".to_string(),
            Make::Scan(_) | Make::Call(_) => step.expr.kind.label().to_string(),
        };
        let often = if e.times > ONCE { format!(", {:.1}×", e.times) } else { String::new() };
        Some(format!("{what} {}{often}", show_shape(&step.expr.shape)))
    };
    s.task.steps.iter().zip(evaluations(s)).filter_map(made).collect()
}

fn write_steps(out: &mut String, steps: &[String]) -> std::fmt::Result {
    match steps.len() {
        0 => Ok(()),
        n if n <= MAX_STEPS => writeln!(out, "  steps: {}", steps.join("; ")),
        n => writeln!(out, "  steps: {}; … {} more", steps[..MAX_STEPS].join("; "), n - MAX_STEPS),
    }
}

/// Long chains are told by their ends.
fn elided(listing: &str) -> String {
    let ops: Vec<&str> = listing.split(' ').collect();
    match ops.len() {
        0..=16 => listing.to_string(),
        n => format!("{} … {} ({n} calls)", ops[..8].join(" "), ops[n - 4..].join(" ")),
    }
}

fn base(plan: &Plan, e: &Expr) -> String {
    match (plan.slot_of.get(e), &e.kind) {
        (Some(s), _) => slot(plan, *s),
        (None, Kind::Source(s)) => s.source().describe(),
        (None, kind) => kind.label().to_string(),
    }
}

/// A slot, with the blocks it lies in on disk.
fn slot(plan: &Plan, s: usize) -> String {
    match &plan.slots[s].disk {
        None => format!("slot {s}"),
        Some(block) => format!("slot {s} on disk in blocks of {}", show_shape(block)),
    }
}

fn dests(plan: &Plan, d: &[Dest]) -> String {
    let one = |d: &Dest| match d {
        Dest::Slot(s) => match plan.slots[*s].kept {
            None => slot(plan, *s),
            Some(why) => format!("{}, kept since {}", slot(plan, *s), reason(why)),
        },
        Dest::Target(t) => format!("result {t}"),
    };
    d.iter().map(one).collect::<Vec<_>>().join(" and ")
}

fn reason(why: Reason) -> String {
    match why {
        Reason::Evaluated(times) => format!("it would be made {times:.1}×"),
        Reason::CalledOnce => "its function is called once for each chunk".to_string(),
        Reason::Condensed => "it is much smaller than what its parts are made of".to_string(),
        Reason::Recomputed(stages) => format!("{stages} stages or more would compute it again"),
        Reason::SelectedTwice => "what selects from it is selected from again".to_string(),
    }
}
