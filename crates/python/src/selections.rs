//! Elements selected by masks, and put at positions.

use std::sync::Arc;

use hyperslab::Array;
use hyperslab::ops::block::{compact::Compact, scatter::Scatter};
use pyo3::prelude::*;

use crate::errors::Outcome;
use crate::expr::Expr;

/// Each chunk of a one-dimensional array with the elements that a mask of the same chunks selects at its start.
#[pyfunction]
pub fn compact(a: &Bound<'_, Expr>, mask: &Bound<'_, Expr>) -> Outcome<Expr> {
    let mut made = Array::block_operation(Arc::new(Compact), &[a.get().0.clone(), mask.get().0.clone()])?;
    Ok(Expr(made.remove(0)))
}

/// An array with values at ascending positions among its elements in C order.
#[pyfunction]
pub fn scatter(a: &Bound<'_, Expr>, positions: &Bound<'_, Expr>, values: &Bound<'_, Expr>) -> Outcome<Expr> {
    let inputs = [a, positions, values].map(|x| x.get().0.clone());
    let op = Scatter::new(inputs[0].shape());
    Ok(Expr(Array::block_operation(Arc::new(op), &inputs)?.remove(0)))
}
