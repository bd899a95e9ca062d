//! The op tables, from which the Python face makes functions, methods, operators, docstrings, stubs and tests.

use hyperslab::ops;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

/// Every ufunc, as a dict per row.
#[pyfunction]
pub fn ufunc_table(py: Python<'_>) -> PyResult<Bound<'_, PyList>> {
    let rows = ops::ufuncs().iter().map(|row| {
        let d = PyDict::new(py);
        d.set_item("name", row.name)?;
        d.set_item("doc", row.doc)?;
        d.set_item("nin", row.nin)?;
        d.set_item("aliases", row.aliases)?;
        d.set_item("operator", row.operator)?;
        d.set_item("reflected", row.reflected)?;
        d.set_item("method", row.method)?;
        Ok(d)
    });
    PyList::new(py, rows.collect::<PyResult<Vec<_>>>()?)
}

/// Every reduction, as a dict per row.
#[pyfunction]
pub fn reducer_table(py: Python<'_>) -> PyResult<Bound<'_, PyList>> {
    let rows = ops::fold::reducers().iter().map(|row| {
        let d = PyDict::new(py);
        d.set_item("name", row.name)?;
        d.set_item("doc", row.doc)?;
        d.set_item("takes_dtype", row.takes_dtype)?;
        d.set_item("takes_ddof", row.takes_ddof)?;
        d.set_item("is_arg", row.is_arg)?;
        d.set_item("method", row.method)?;
        Ok(d)
    });
    PyList::new(py, rows.collect::<PyResult<Vec<_>>>()?)
}

/// Every scan, as a dict per row.
#[pyfunction]
pub fn scanner_table(py: Python<'_>) -> PyResult<Bound<'_, PyList>> {
    let rows = ops::scan::scanners().iter().map(|row| {
        let d = PyDict::new(py);
        d.set_item("name", row.name)?;
        d.set_item("doc", row.doc)?;
        d.set_item("ufunc", row.ufunc)?;
        d.set_item("function", row.function)?;
        d.set_item("method", row.method)?;
        Ok(d)
    });
    PyList::new(py, rows.collect::<PyResult<Vec<_>>>()?)
}
