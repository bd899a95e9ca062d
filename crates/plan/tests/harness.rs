//! Every rule alone, and all of them together, against the reference evaluator on random small plans.

#![allow(clippy::unwrap_used)] // A test's helpers may panic, as tests do.

mod common;
#[path = "common/plans.rs"]
mod plans;

use std::collections::{BTreeMap, BTreeSet};

use hyperslab_base::{Block, Complex64, DType, Result, Scalar};
use hyperslab_plan::reference::evaluate;
use hyperslab_plan::rules::{RULES, Rule, optimize, optimize_with};
use hyperslab_plan::{Expr, explain};
use proptest::collection::vec;
use proptest::prelude::any;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngSeed, TestRunner};

fn config(cases: u32) -> Config {
    Config { cases, rng_seed: RngSeed::Fixed(20), failure_persistence: None, ..Config::default() }
}

/// Whether two blocks hold the same bits; any NaN is the same as any other.
fn same(a: &Block, b: &Block) -> bool {
    let size = a.dtype().itemsize();
    let pairs = || a.bytes().chunks_exact(size).zip(b.bytes().chunks_exact(size));
    let part = |x: &[u8], y: &[u8]| x == y || (is_nan(a.dtype(), x) && is_nan(a.dtype(), y));
    a.dtype() == b.dtype() && a.shape() == b.shape() && pairs().all(|(x, y)| part(x, y))
}

fn is_nan(dtype: DType, bytes: &[u8]) -> bool {
    let v = Scalar::from_bytes(dtype, bytes).unwrap();
    match dtype {
        DType::Complex128 => v.get::<Complex64>().is_nan(),
        DType::Float64 | DType::Float32 => v.to_f64().is_nan(),
        _ => false,
    }
}

/// Checks one rewriting of one plan; whether it changed the plan.
fn check(name: &str, rules: &[&Rule], roots: &[Expr], before: &[Result<Block>]) -> bool {
    let after = optimize_with(rules, roots).unwrap();
    for ((old, new), expected) in roots.iter().zip(&after).zip(before) {
        let Ok(expected) = expected else { continue };
        let got = evaluate(new).unwrap();
        assert!(
            same(expected, &got),
            "{name} changes\n{}\ninto\n{}\nfrom {:?}\nto {:?}",
            explain::tree(std::slice::from_ref(old)),
            explain::tree(std::slice::from_ref(new)),
            expected.bytes(),
            got.bytes()
        );
    }
    // Without rules, declared chunks are forgotten all the same.
    after != optimize_with(&[], roots).unwrap()
}

/// Whether a rule does what constructors of nodes do too.
fn merges(name: &str) -> bool {
    name.starts_with("merge_")
}

/// Whether the other rules leave something to do for this one: what is merged when it is built they take apart again.
fn others_need(rule: &Rule, roots: &[Expr]) -> bool {
    let others: Vec<&Rule> = RULES.iter().filter(|r| r.name != rule.name).collect();
    merges(rule.name) && optimize_with(&others, roots).unwrap() != optimize(roots).unwrap()
}

#[test]
fn rules_change_no_bit() {
    let mut runner = TestRunner::new(config(1));
    let tapes = vec(any::<u32>(), 4..120);
    let all: Vec<&Rule> = RULES.iter().collect();
    let mut fired: BTreeMap<&str, u32> = RULES.iter().map(|r| (r.name, 0)).collect();
    let mut seen = BTreeSet::new();
    for _ in 0..3000 {
        let tape = tapes.new_tree(&mut runner).unwrap().current();
        let roots = plans::plan(&tape);
        seen.extend(plans::kinds(&roots));
        let before: Vec<Result<Block>> = roots.iter().map(evaluate).collect();
        for rule in RULES {
            if check(rule.name, &[rule], &roots, &before) || others_need(rule, &roots) {
                *fired.entry(rule.name).or_default() += 1;
            }
        }
        check("the whole list", &all, &roots, &before);
    }
    // Concatenations are flat when they are built; those that rules bring together are tested beside the rule.
    let few = |name: &str| if name == "flatten_concat" { 0 } else { 3 - 2 * u32::from(merges(name)) };
    let idle: Vec<_> = fired.iter().filter(|(name, n)| **n < few(name)).collect();
    assert!(idle.is_empty(), "rules that random plans hardly reach: {idle:?}");
    let kinds = ["source", "fill", "arange", "map", "view", "reshape", "gather", "concatenate", "reduce", "contract"];
    let missing: Vec<_> = kinds.iter().chain(&["scan", "rechunk"]).filter(|k| !seen.contains(*k)).collect();
    assert!(missing.is_empty(), "kinds of node that no plan has: {missing:?}");
}

#[test]
fn optimising_twice_is_optimising_once() {
    let mut runner = TestRunner::new(config(1000));
    runner
        .run(&vec(any::<u32>(), 4..120), |tape| {
            let once = optimize(&plans::plan(&tape)).unwrap();
            assert_eq!(optimize(&once).unwrap(), once);
            Ok(())
        })
        .unwrap();
}
