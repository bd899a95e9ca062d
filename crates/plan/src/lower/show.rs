//! Stages, printed.

use std::fmt::Write;

use hyperslab_base::{show_bytes, show_shape};

use crate::lower::{Dest, FoldRoot, Plan, Stage, Work};
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
    match &s.work {
        Work::Tiles(w) => {
            if !w.program.bases.is_empty() {
                writeln!(
                    out,
                    "  reads {}",
                    w.program.bases.iter().map(|b| base(plan, b)).collect::<Vec<_>>().join(", ")
                )?;
            }
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
        Dest::Slot(s) => slot(plan, *s),
        Dest::Target(t) => format!("result {t}"),
    };
    d.iter().map(one).collect::<Vec<_>>().join(" and ")
}
