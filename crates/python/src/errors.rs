//! The engine's errors as Python's exceptions, and back.

use std::sync::Arc;

use hyperslab::{Error, ErrorKind};
use pyo3::exceptions::{
    PyIndexError, PyKeyboardInterrupt, PyMemoryError, PyNotImplementedError, PyOSError, PyOverflowError,
    PyRuntimeError, PyTypeError, PyValueError,
};
use pyo3::prelude::*;

/// What a call of the glue can fail with.
pub enum Fault {
    /// The engine's own error.
    Engine(Error),
    /// A Python exception.
    Python(PyErr),
}

/// Result of the glue.
pub type Outcome<T> = Result<T, Fault>;

impl From<Error> for Fault {
    fn from(e: Error) -> Self {
        Fault::Engine(e)
    }
}

impl From<PyErr> for Fault {
    fn from(e: PyErr) -> Self {
        Fault::Python(e)
    }
}

impl<'a, 'py> From<pyo3::CastError<'a, 'py>> for Fault {
    fn from(e: pyo3::CastError<'a, 'py>) -> Self {
        Fault::Python(e.into())
    }
}

impl From<Fault> for PyErr {
    fn from(f: Fault) -> Self {
        match f {
            Fault::Python(e) => e,
            Fault::Engine(e) => Python::attach(|py| exception(py, &e)),
        }
    }
}

impl From<Fault> for Error {
    fn from(f: Fault) -> Self {
        match f {
            Fault::Engine(e) => e,
            Fault::Python(e) => carried(e),
        }
    }
}

/// A Python exception on its way through the engine. Ctrl-C is one wherever it arrives, in user code too.
pub fn carried(e: PyErr) -> Error {
    if Python::attach(|py| e.is_instance_of::<PyKeyboardInterrupt>(py)) {
        return ErrorKind::Cancelled.into();
    }
    ErrorKind::Callback { message: e.to_string(), payload: Arc::new(e) }.into()
}

/// The one table from kinds of fault to exception types.
fn exception(py: Python<'_>, e: &Error) -> PyErr {
    let text = e.to_string();
    match &e.kind {
        ErrorKind::Shape(_) | ErrorKind::Value(_) => PyValueError::new_err(text),
        ErrorKind::DType(_) => PyTypeError::new_err(text),
        ErrorKind::Index(_) => PyIndexError::new_err(text),
        ErrorKind::Axis { axis, ndim } => axis_error(py, *axis, *ndim, e),
        ErrorKind::Overflow(_) => PyOverflowError::new_err(text),
        ErrorKind::LinAlg(_) => linalg_error(py, text),
        ErrorKind::Unsupported(_) => PyNotImplementedError::new_err(text),
        ErrorKind::Io { .. } => PyOSError::new_err(text),
        ErrorKind::Budget { .. } => PyMemoryError::new_err(text),
        ErrorKind::Callback { payload, .. } => match payload.downcast_ref::<PyErr>() {
            Some(original) => with_note(py, original.clone_ref(py), e),
            None => PyRuntimeError::new_err(text),
        },
        ErrorKind::Cancelled => PyKeyboardInterrupt::new_err(text),
        ErrorKind::Internal(_) => PyRuntimeError::new_err(text),
    }
}

fn axis_error(py: Python<'_>, axis: i64, ndim: usize, e: &Error) -> PyErr {
    let prefix = (!e.context.is_empty()).then(|| e.context.iter().rev().cloned().collect::<Vec<_>>().join(": "));
    let made = py
        .import("numpy.exceptions")
        .and_then(|m| m.getattr("AxisError"))
        .and_then(|class| class.call1((axis, ndim, prefix)));
    match made {
        Ok(instance) => PyErr::from_value(instance),
        Err(failed) => failed,
    }
}

fn linalg_error(py: Python<'_>, text: String) -> PyErr {
    let made = py.import("numpy.linalg").and_then(|m| m.getattr("LinAlgError")).and_then(|class| class.call1((text,)));
    match made {
        Ok(instance) => PyErr::from_value(instance),
        Err(failed) => failed,
    }
}

/// The original exception, with where it happened as a note below its traceback.
fn with_note(py: Python<'_>, original: PyErr, e: &Error) -> PyErr {
    if !e.context.is_empty() {
        let place = e.context.iter().rev().cloned().collect::<Vec<_>>().join(": ");
        // A note is a courtesy: an exception type that refuses it is raised without.
        let _ = original.value(py).call_method1("add_note", (format!("while computing {place}"),));
    }
    original
}
