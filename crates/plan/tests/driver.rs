//! The driver of the rules: what it refuses, and how it scales.

#![allow(clippy::unwrap_used)] // A test's helpers may panic, as tests do.

mod common;

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use hyperslab_base::{Block, ChunkGrid, DType, DimChunks, Error, Result};
use hyperslab_ops::block::fft;
use hyperslab_plan::build::{self, Index, Operand};
use hyperslab_plan::rules::{Context, RULES, Rule, optimize, optimize_with};
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

/// Operations of a chain that must neither overflow the stack nor take more than linear work.
const LONG: usize = 10_000;

/// How often a node was tried.
static TRIED: AtomicUsize = AtomicUsize::new(0);

const TRIES: Rule = Rule {
    name: "tries",
    apply: |_, _| {
        TRIED.fetch_add(1, Relaxed);
        Ok(None)
    },
};

/// Nodes of the chain, of its optimised plan, and how often a rule was tried.
fn counts(x: &Expr, step: &dyn Fn(Expr, usize) -> Result<Expr>) -> Result<(usize, usize, usize)> {
    let mut e = x.clone();
    for i in 0..LONG {
        e = step(e, i)?;
    }
    let built = hyperslab_plan::postorder(std::slice::from_ref(&e)).len();
    assert!(!e.name().is_empty() && !explain::tree(std::slice::from_ref(&e)).is_empty());
    TRIED.store(0, Relaxed);
    let rules: Vec<&Rule> = std::iter::once(&TRIES).chain(RULES).collect();
    let out = optimize_with(&rules, &[e])?;
    assert!(!explain::tree(&out).is_empty());
    Ok((built, hyperslab_plan::postorder(&out).len(), TRIED.load(Relaxed)))
}

#[test]
fn long_chains_of_every_operation() -> Result<()> {
    type Step = Box<dyn Fn(Expr, usize) -> Result<Expr>>;
    let tail = || Index::Slice { start: Some(1), stop: None, step: None };
    let row = zeros(DType::Float64, &[LONG as u64 + 10]);
    let square = zeros(DType::Float64, &[3, 3]);
    let pieces = |n: u64, i: usize| ChunkGrid(vec![DimChunks::regular(n, 2 + (i % 2) as u64)]);
    let six = zeros(DType::Float64, &[2, 3]);
    let other = zeros(DType::Float64, &[1]);
    let last = zeros(DType::Float64, &[3, 3]);
    let few = zeros(DType::Float64, &[7]);
    let apart = |e: Expr| build::rechunk(&e, ChunkGrid(e.shape.iter().map(|&n| DimChunks::regular(n, 2)).collect()));
    // The operation, where the chain begins, most nodes as written and as optimised.
    let chains: Vec<(&str, &Expr, usize, usize, Step)> = vec![
        ("slice", &row, 2, 2, Box::new(move |e, _| build::index(&e, &[tail()]))),
        (
            "flip",
            &few,
            2,
            2,
            Box::new(|e, _| build::index(&e, &[Index::Slice { start: None, stop: None, step: Some(-1) }])),
        ),
        ("transpose", &square, 2, 2, Box::new(|e, _| build::transpose(&e, &[1, 0]))),
        ("rechunk", &few, 2, 1, Box::new(move |e, i| build::rechunk(&e, pieces(7, i)))),
        ("gather", &few, 2, 2, Box::new(|e, _| build::index(&e, &[Index::Take(vec![3, 0, 1, 6, 2, 5, 4])]))),
        ("reshape", &six, 2, 2, Box::new(|e, i| build::reshape(&e, &[[3, 2], [6, 1], [1, 6]][i % 3]))),
        ("slice and rechunk", &row, 3, 2, Box::new(move |e, _| apart(build::index(&e, &[tail()])?))),
        (
            "gather and rechunk",
            &few,
            3,
            2,
            Box::new(move |e, i| {
                let e = build::index(&e, &[Index::Take(vec![3, 0, 1, 6, 2, 5, 4])])?;
                build::rechunk(&e, pieces(7, i))
            }),
        ),
        (
            "reshape and rechunk",
            &six,
            3,
            2,
            Box::new(move |e, i| apart(build::reshape(&e, &[[3, 2], [6, 1], [1, 6]][i % 3])?)),
        ),
        ("cast", &few, LONG + 1, LONG + 1, Box::new(|e, i| build::cast(&e, [DType::Float32, DType::Float64][i % 2]))),
        ("concatenate", &few, LONG + 2, 3, Box::new(move |e, _| build::concat(&[e, other.clone()], 0))),
        ("negative", &few, LONG + 1, LONG + 1, Box::new(|e, _| Ok(negative(&e)))),
        ("cumsum", &few, LONG + 1, LONG + 1, Box::new(|e, _| build::scan("cumsum", &e, Some(0), None))),
        ("matmul", &square, LONG + 2, LONG + 2, Box::new(move |e, _| build::matmul(&e, &last))),
        (
            "sum",
            &square,
            LONG * 2 + 1,
            LONG * 2 + 1,
            Box::new(|e, _| build::reduce("sum", &e, Some(&[0]), true, None, 0.0)),
        ),
        (
            "fft",
            &few,
            LONG + 1,
            LONG + 1,
            Box::new(|e, _| {
                let op = fft::Fft::new(fft::Transform::from_name("fft")?, 0, None, fft::Norm::from_name("backward")?);
                Ok(build::block(std::sync::Arc::new(op), &[e])?.remove(0))
            }),
        ),
    ];
    for (name, from, most_built, most_left, step) in chains {
        let (built, left, tried) = counts(from, &*step)?;
        assert!(built <= most_built && left <= most_left, "{name}: {built} nodes, {left} optimised");
        assert!(tried <= 8 * LONG, "{name}: rules tried {tried} times");
    }
    Ok(())
}
