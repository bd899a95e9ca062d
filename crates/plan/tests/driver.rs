//! The driver of the rules: what it refuses, and how it scales.

#![allow(clippy::unwrap_used)] // A test's helpers may panic, as tests do.

mod common;

use hyperslab_base::{Block, DType, Error, Result};
use hyperslab_plan::build::{self, Index, Operand};
use hyperslab_plan::rules::{Context, Rule, optimize, optimize_with};
use hyperslab_plan::{Expr, Kind, explain};

/// An array of zeros that is not a constant.
fn zeros(dtype: DType, shape: &[u64]) -> Expr {
    common::source(Block::zeroed(dtype, shape).unwrap(), false)
}

fn refused(apply: fn(&Expr, &Context<'_>) -> Result<Option<Expr>>, e: &Expr) -> String {
    let rule = Rule { name: "defective", apply };
    optimize_with(&[&rule], std::slice::from_ref(e)).unwrap_err().to_string()
}

fn negative(e: &Expr) -> Expr {
    build::ufunc("negative", &[Operand::Array(e.clone())], None).unwrap()
}

#[test]
fn a_rule_that_changes_the_shape_is_refused() {
    let flatten = |e: &Expr, _: &Context<'_>| match e.kind {
        Kind::Source(_) => build::reshape(e, &[-1]).map(Some),
        _ => Ok(None),
    };
    let message = refused(flatten, &negative(&zeros(DType::Float64, &[2, 3])));
    assert_eq!(
        message,
        "internal error: rule defective changes source of shape (2, 3) and dtype float64 to shape (6,) and dtype float64"
    );
}

#[test]
fn a_rule_that_changes_the_dtype_is_refused() {
    let widen = |e: &Expr, _: &Context<'_>| match e.dtype {
        DType::Float32 => build::cast(e, DType::Float64).map(Some),
        _ => Ok(None),
    };
    let message = refused(widen, &zeros(DType::Float32, &[2]));
    assert!(message.contains("rule defective changes source") && message.contains("dtype float64"), "{message}");
}

#[test]
fn a_rule_that_grows_its_node_is_refused() {
    let grow = |e: &Expr, _: &Context<'_>| match e.kind {
        Kind::Map { .. } => Ok(Some(negative(&negative(e)))),
        _ => Ok(None),
    };
    let message = refused(grow, &negative(&zeros(DType::Float64, &[2])));
    assert!(message.contains("rule defective keeps firing"), "{message}");
}

#[test]
fn a_rule_that_wraps_its_node_is_refused() {
    let wrap = |e: &Expr, _: &Context<'_>| match e.kind {
        Kind::Source(_) => Ok(Some(negative(e))),
        _ => Ok(None),
    };
    let message = refused(wrap, &negative(&zeros(DType::Float64, &[2])));
    assert!(message.contains("rule defective keeps firing"), "{message}");
}

#[test]
fn errors_of_rules_are_passed_on() {
    let message = refused(|_, _| Err(Error::internal("no such table")), &zeros(DType::Float64, &[2]));
    assert_eq!(message, "internal error: no such table");
}

#[test]
fn deep_plans_are_optimised_without_recursion() {
    const DEPTH: usize = 100_000;
    let x = zeros(DType::Float64, &[10, 10]);
    let mut e = x.clone();
    for _ in 0..DEPTH {
        e = negative(&e);
    }
    let row = build::index(&e, &[Index::Int(3)]).unwrap();
    let out = optimize(&[row]).unwrap();
    assert_eq!(hyperslab_plan::postorder(&out).len(), DEPTH + 2);
    let text = explain::tree(&out);
    assert!(text.ends_with("… 99802 more nodes"), "{}", &text[text.len() - 100..]);
    assert!(!text.contains("view"), "the selection is at the source, far below");
}

#[test]
fn slices_between_operations_meet_in_one() {
    let mut e = zeros(DType::Float64, &[5000, 3]);
    for _ in 0..1000 {
        e = build::index(&negative(&e), &[Index::Slice { start: Some(1), stop: None, step: None }]).unwrap();
    }
    let out = optimize(&[e]).unwrap();
    let views: Vec<Expr> =
        hyperslab_plan::postorder(&out).into_iter().filter(|e| matches!(e.kind, Kind::View { .. })).collect();
    assert_eq!(explain::tree(&views), "view [1000:5000, :] (4000, 3) float64\n  source block (5000, 3) float64");
}

#[test]
fn a_selection_passes_a_thousand_diamonds() {
    let mut e = zeros(DType::Float64, &[64]);
    for _ in 0..1000 {
        let root = build::ufunc("sqrt", &[Operand::Array(e.clone())], None).unwrap();
        e = build::ufunc("add", &[Operand::Array(e), Operand::Array(root)], None).unwrap();
    }
    let out = optimize(&[build::index(&e, &[Index::Int(5)]).unwrap()]).unwrap();
    assert!(hyperslab_plan::postorder(&out).iter().all(|e| e.ndim() == 0 || matches!(e.kind, Kind::Source(_))));
}
