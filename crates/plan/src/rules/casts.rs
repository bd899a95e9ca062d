//! Casts that need not be made.

use hyperslab_base::{DType, Kind as K, Result};

use crate::node::{Expr, Kind, MapOp};
use crate::rules::{Context, Rule, parts};

/// A cast to the dtype that is there, or of a cast that lost nothing.
pub const DROP_CAST: Rule = Rule { name: "drop_cast", apply };

fn apply(e: &Expr, _: &Context<'_>) -> Result<Option<Expr>> {
    let Some(middle) = cast_input(e) else { return Ok(None) };
    if middle.dtype == e.dtype {
        return Ok(Some(middle.clone()));
    }
    let Some(below) = cast_input(middle) else { return Ok(None) };
    if !same_directly(below.dtype, middle.dtype, e.dtype) {
        return Ok(None);
    }
    if below.dtype == e.dtype {
        return Ok(Some(below.clone()));
    }
    Ok(Some(parts::map(MapOp::Cast, smallvec::smallvec![below.clone()], &e.shape, e.dtype)))
}

fn cast_input(e: &Expr) -> Option<&Expr> {
    match e.parts() {
        (Kind::Map { op: MapOp::Cast }, inputs) => inputs.first(),
        _ => None,
    }
}

/// A sum of integers that were cast to 64 bits, or a mean of them: made of the narrow ones.
pub const SUM_NARROW: Rule = Rule { name: "sum_narrow", apply: sum };

fn sum(e: &Expr, _: &Context<'_>) -> Result<Option<Expr>> {
    let (Kind::Reduce { reducer, axes, params }, [input]) = e.parts() else { return Ok(None) };
    let Some(narrow) = cast_input(input).filter(|n| reducer.0.widens(n.dtype, input.dtype, e.dtype)) else {
        return Ok(None);
    };
    let kind = Kind::Reduce { reducer: *reducer, axes: axes.clone(), params: *params };
    Ok(Some(parts::node(kind, std::slice::from_ref(narrow), &e.shape, e.dtype)))
}

/// Whether `a → b → c` gives the bits of `a → c`.
fn same_directly(a: DType, b: DType, c: DType) -> bool {
    if !exact(a, b) {
        return false;
    }
    let whole = |d: DType| d == DType::Bool || d.is_integer();
    // Wider integers wrap to the same bits and round to the same floats.
    if a == c || exact(a, c) || (whole(a) && whole(b) && !c.is_time()) {
        return true;
    }
    // The value is rounded once either way; but integers meet float16 by way of float32, floats meet it at once.
    c.is_inexact() && (c != DType::Float16 || a.is_inexact())
}

/// Whether every value of `a` is one of `b`.
fn exact(a: DType, b: DType) -> bool {
    let (wa, wb) = (a.itemsize(), b.itemsize());
    match (a.kind(), b.kind()) {
        _ if a.is_time() || b.is_time() => a == b,
        (K::Bool, _) => true,
        (K::UInt, K::UInt) | (K::Int, K::Int) | (K::Float, K::Float) | (K::Complex, K::Complex) => wa <= wb,
        (K::UInt, K::Int) => wa < wb,
        (K::UInt | K::Int, K::Float | K::Complex) => wa < b.real().itemsize(),
        (K::Float, K::Complex) => wa <= b.real().itemsize(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build;
    use crate::rules::testing::*;
    use DType::*;

    #[test]
    fn lossless_detours_are_left_out() {
        let x = source("x", Int16, &[4]);
        let wide = build::cast(&x, Float32).unwrap();
        insta::assert_snapshot!(after(DROP_CAST, &build::cast(&wide, Float64).unwrap()), @r"
        astype from int16 (4,) float64
          source x (4,) int16
        ");
        insta::assert_snapshot!(after(DROP_CAST, &build::cast(&wide, Int16).unwrap()), @"source x (4,) int16");
    }

    #[test]
    fn lossy_detours_stay() {
        let x = source("x", Float64, &[4]);
        let narrow = build::cast(&x, Float32).unwrap();
        assert!(unchanged(DROP_CAST, &build::cast(&narrow, Float64).unwrap()));
        // Out of range, a float to integer conversion depends on the width it starts from.
        let x = source("x", Int32, &[4]);
        let float = build::cast(&x, Float64).unwrap();
        assert!(unchanged(DROP_CAST, &build::cast(&float, Int8).unwrap()));
    }

    #[test]
    fn narrow_integers_are_summed_as_they_are() {
        let x = source("x", Int8, &[4]);
        let sum = build::reduce("sum", &x, None, false, None, 0.0).unwrap();
        insta::assert_snapshot!(after(SUM_NARROW, &sum), @r"
        sum axis=(0,) () int64
          source x (4,) int8
        ");
    }

    #[test]
    fn exactness_is_that_of_the_values() {
        assert!(exact(Int32, Float64) && !exact(Int32, Float32) && !exact(Int64, Float64));
        assert!(exact(UInt8, Float16) && exact(UInt8, Int16) && !exact(UInt8, Int8) && !exact(Int8, UInt64));
        assert!(exact(Float32, Complex64) && !exact(Float64, Complex64) && exact(Int16, Complex64));
    }
}
