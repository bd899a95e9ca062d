//! A net of random plans: through the whole engine, cut small, in tight budgets and with several threads, against the
//! naive evaluator and against themselves.
//!
//! `HYPERSLAB_FUZZ_PLANS` says how many of each family, `HYPERSLAB_FUZZ_SEED` from which seed on. A plan that fails is
//! told with its seed, as small as it could be made.

#![allow(clippy::unwrap_used)] // What cannot be set up should fail where it stands.

mod bits;
mod chains;
mod check;
mod plans;
mod random;
mod reductions;
mod sources;
mod steps;
mod tunings;
mod values;

use std::sync::Once;

use check::{Counts, check, shrink, tell};
use plans::{Case, Family};
use steps::Op::{self, *};

/// Plans of a family where nobody says.
const PLANS: u64 = 1000;
/// Kinds of faults that are told together.
const FAULTS: usize = 4;

/// Failed plans after which a family gives up.
const ENOUGH_FAILED: u64 = 20;

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

/// Panics of the engine are errors of a plan, and told with it.
fn tell_own_panics_only() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if info.location().is_some_and(|l| l.file().contains("tests/net")) {
                usual(info);
            }
        }));
    });
}

fn net(name: &'static str, ops: &'static [Op], steps: (u64, u64), roots: u64) {
    let family = Family { name, ops, steps, roots, read: name == "shared" };
    let (count, first) =
        (setting("HYPERSLAB_FUZZ_PLANS").unwrap_or(PLANS), setting("HYPERSLAB_FUZZ_SEED").unwrap_or(0));
    tell_own_panics_only();
    let (mut counts, mut faults, mut kinds) = (Counts::default(), String::new(), Vec::new());
    let mut failed = 0;
    for seed in first..first.saturating_add(count) {
        let case = Case::random(&family, seed);
        counts.plans += 1;
        if let Err(fault) = check(&case, &mut counts) {
            failed += 1;
            if failed > ENOUGH_FAILED {
                break;
            }
            if !kinds.contains(&fault.kind) && kinds.len() < FAULTS {
                kinds.push(fault.kind.clone());
                let (case, fault) = shrink(case, fault);
                faults += &tell(&family, &case, &fault);
            }
        }
    }
    assert!(faults.is_empty(), "{failed} plans of {counts:?} failed; the first of each kind:\n{faults}");
    // A net whose plans have one task, or never meet the budget, would catch nothing.
    assert!(count < 100 || (counts.tasks > 3 * counts.runs && counts.refused < counts.runs), "{counts:?}");
}

#[test]
fn views() {
    net(
        "views",
        &[Slice, Slice, Transpose, Transpose, Broadcast, Reshape, Reshape, Rechunk, Binary, Unary],
        (1, 12),
        2,
    );
}

#[test]
fn joins() {
    net("joins", &[Concatenate, Concatenate, Stack, Slice, Transpose, Binary, Constant, Cast, Reduce], (1, 10), 2);
}

#[test]
fn gathers() {
    net("gathers", &[Gather, Gather, Slice, Transpose, Unary, Binary, Concatenate, Reshape, Cast], (1, 10), 2);
}

#[test]
fn scans() {
    net("scans", &[Scan, Scan, Slice, Transpose, Binary, Constant, Reshape, Gather, Reduce], (1, 10), 2);
}

#[test]
fn reduces() {
    net("reduces", &[Reduce, Reduce, Center, Slice, Transpose, Binary, Unary, Choice, Reshape, Cast], (1, 10), 3);
}

#[test]
fn products() {
    net("products", &[Matmul, Matmul, Tensordot, Slice, Transpose, Binary, Unary, Reduce, Reshape, Cast], (1, 8), 2);
}

#[test]
fn shared() {
    net("shared", &[Neighbours, Neighbours, Mix, Mix, Turn, Turn, Center, Binary, Constant], (4, 10), 1);
}

const ALL: &[Op] = &[
    Slice,
    Transpose,
    Broadcast,
    Reshape,
    Rechunk,
    Cast,
    Unary,
    Binary,
    Constant,
    Choice,
    Concatenate,
    Stack,
    Gather,
    Scan,
    Reduce,
    Matmul,
    Tensordot,
    Center,
    Mix,
];

#[test]
fn several_roots() {
    net("several_roots", ALL, (1, 12), 6);
}

#[test]
fn everything() {
    net("everything", ALL, (6, 12), 3);
}
