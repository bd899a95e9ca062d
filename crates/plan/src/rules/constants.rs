//! Operations on constants.

use hyperslab_base::{DType, Dims, Result, Scalar};

use crate::node::{Expr, Kind, MapOp};
use crate::rules::{Context, Rule, parts};

/// An operation on constants is done once, now.
pub const FOLD_CONSTANTS: Rule = Rule { name: "fold_constants", apply: fold };

/// `where` with a constant condition is one of its branches.
pub const CONSTANT_CHOICE: Rule = Rule { name: "constant_choice", apply: choose };

fn fold(e: &Expr, _: &Context<'_>) -> Result<Option<Expr>> {
    let (Kind::Map { op }, inputs) = e.parts() else { return Ok(None) };
    let values: Option<Vec<Scalar>> = inputs.iter().map(value).collect();
    let Some(values) = values else { return Ok(None) };
    if warns(e, &values) {
        return Ok(None);
    }
    let Some(out) = compute(op, &values, e.dtype)? else { return Ok(None) };
    // NumPy may warn where a result is not finite; that is for the engine to find.
    let silent = !e.dtype.is_inexact() || finite(&out);
    Ok(silent.then(|| parts::fill(out, &e.shape)))
}

fn value(e: &Expr) -> Option<Scalar> {
    match &e.kind {
        Kind::Fill(v) => Some(*v),
        _ => None,
    }
}

/// Division of integers by 0: NumPy warns.
fn warns(e: &Expr, values: &[Scalar]) -> bool {
    let divides = matches!(e.kind.label(), "floor_divide" | "remainder" | "fmod" | "divmod");
    divides && values.last().is_some_and(|v| !v.dtype().is_inexact() && v.to_f64() == 0.0)
}

/// Whether no part of it is infinite or NaN.
pub(super) fn finite(v: &Scalar) -> bool {
    match v.dtype() {
        DType::Complex64 => v.get::<hyperslab_base::Complex32>().is_finite(),
        DType::Complex128 => v.get::<hyperslab_base::Complex64>().is_finite(),
        _ => v.to_f64().is_finite(),
    }
}

/// The kernel of `op` on one element; none for what may raise.
fn compute(op: &MapOp, values: &[Scalar], dtype: DType) -> Result<Option<Scalar>> {
    let dtypes: Dims<DType> = values.iter().map(Scalar::dtype).collect();
    // Kernels read and write aligned elements, which words of 16 bytes are for all dtypes.
    let mut words: Dims<Element> = values.iter().map(|_| Element::default()).collect();
    for (word, v) in words.iter_mut().zip(values) {
        word.bytes_mut()[..v.bytes().len()].copy_from_slice(v.bytes());
    }
    let inputs: Dims<&[u8]> = words.iter().zip(values).map(|(w, v)| &w.bytes()[..v.bytes().len()]).collect();
    let mut out = Element::default();
    let result = &mut out.bytes_mut()[..dtype.itemsize()];
    match op {
        MapOp::Ufunc(u) => u.0.kernel(&dtypes)?(&inputs, result),
        MapOp::Foreign(_) => return Ok(None),
        MapOp::Cast => hyperslab_ops::cast_kernel(dtypes[0], dtype)?(&inputs, result),
        MapOp::Random(draw) => draw.run(&inputs, result),
    }
    Scalar::from_bytes(dtype, &out.bytes()[..dtype.itemsize()]).map(Some)
}

/// Room for one element of any dtype.
#[derive(Default)]
pub(super) struct Element([u64; 2]);

impl Element {
    pub(super) fn bytes(&self) -> &[u8] {
        bytemuck::bytes_of(&self.0)
    }

    pub(super) fn bytes_mut(&mut self) -> &mut [u8] {
        bytemuck::bytes_of_mut(&mut self.0)
    }
}

fn choose(e: &Expr, _: &Context<'_>) -> Result<Option<Expr>> {
    let (Kind::Map { .. }, inputs) = e.parts() else { return Ok(None) };
    if e.kind.label() != "where" {
        return Ok(None);
    }
    let Some(condition) = value(&inputs[0]) else { return Ok(None) };
    let branch = &inputs[if condition.to_f64() != 0.0 { 1 } else { 2 }];
    Ok((branch.dtype == e.dtype).then(|| branch.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::*;

    #[test]
    fn constants_are_computed_now() {
        let e = ufunc("add", &[&constant(1.0, &[3, 2]), &constant(2.5, &[3, 2])]);
        insta::assert_snapshot!(after(FOLD_CONSTANTS, &ufunc("sqrt", &[&e])), @"fill 1.8708286933869707 (3, 2) float64");
    }

    #[test]
    fn what_numpy_warns_of_is_left_to_the_engine() {
        assert!(unchanged(FOLD_CONSTANTS, &ufunc("divide", &[&constant(1.0, &[2]), &constant(0.0, &[2])])));
    }

    #[test]
    fn a_constant_condition_chooses() {
        let (x, y) = (f64s("x", &[4]), f64s("y", &[4]));
        let e = ufunc("where", &[&truth(false, &[4]), &x, &y]);
        insta::assert_snapshot!(after(CONSTANT_CHOICE, &e), @"source y (4,) float64");
    }
}
