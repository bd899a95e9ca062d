//! Elements selected by masks, put at positions, or distinct from all others.

use std::sync::Arc;

use hyperslab::ops::block::{compact::Compact, scatter::Scatter};
use hyperslab::storage::formats::memory::MemorySource;
use hyperslab::{Array, ChunkSpec, DType, DistinctSink, MemoryView};
use pyo3::prelude::*;

use crate::errors::Outcome;
use crate::expr::Expr;
use crate::run::Sink;

/// What collects the distinct elements of an array of one dimension that is computed into it.
#[pyclass(frozen, module = "hyperslab._native")]
pub struct Distinct(Arc<DistinctSink>);

#[pymethods]
impl Distinct {
    /// For a dtype and a length, as long as they take no more than some bytes.
    #[staticmethod]
    fn of(dtype: &str, length: u64, bytes: u64) -> Outcome<Option<Self>> {
        Ok(DistinctSink::new(DType::from_name(dtype)?, length, bytes).map(|sink| Distinct(Arc::new(sink))))
    }

    /// Where the array is computed into.
    fn sink(&self) -> Sink {
        Sink(self.0.clone())
    }

    /// An array that begins with the distinct elements in ascending order and missing ones (one if they are equal, else
    /// all), and how many these are; `None` where missing ones have several bit patterns.
    fn elements(&self, equal_nan: bool) -> Outcome<Option<(Expr, usize)>> {
        let Some((block, count)) = self.0.elements(equal_nan)? else { return Ok(None) };
        let source = Arc::new(MemorySource::new(MemoryView::from_block(block)));
        Ok(Some((Expr(Array::from_source(source, &ChunkSpec::auto(1))?), count)))
    }
}

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
