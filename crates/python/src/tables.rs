//! The op tables, for the Python face to make functions, methods, docstrings and tests from.
use pyo3::prelude::*;
/// U.
#[pyfunction]
pub fn ufunc_table() {}
/// R.
#[pyfunction]
pub fn reducer_table() {}
