//! Running: results into NumPy arrays and sinks, with signals and progress.

use std::path::PathBuf;
use std::sync::Arc;

use hyperslab::{ArraySink, Observer, Options, Progress, Range, Region, Result, Target};
use numpy::PyUntypedArray;
use pyo3::prelude::*;

use crate::convert;
use crate::errors::{Outcome, carried};
use crate::expr::Expr;
use crate::memory::{self, NumpySink, Place};
use crate::objects::{Object, ObjectSink, Whereabouts};
use crate::profile::Profile;

/// Where a stored array goes.
#[pyclass(frozen, module = "hyperslab._native")]
pub struct Sink(pub Arc<dyn ArraySink>);

#[pymethods]
impl Sink {
    /// Shape of the target.
    #[getter]
    fn shape(&self) -> Vec<u64> {
        self.0.shape().to_vec()
    }

    /// NumPy's name of the dtype that the target takes.
    #[getter]
    fn dtype(&self) -> String {
        self.0.dtype().to_string()
    }
}

/// A sink over a NumPy array of any strides.
#[pyfunction]
pub fn numpy_sink(array: &Bound<'_, PyUntypedArray>) -> Outcome<Sink> {
    Ok(Sink(Arc::new(NumpySink::new(array)?)))
}

/// A sink over any object with `__setitem__`.
#[pyfunction]
pub fn object_sink(
    value: Py<PyAny>,
    shape: Vec<u64>,
    dtype: &str,
    lock: Option<Py<PyAny>>,
    native_chunks: Option<Vec<u64>>,
    name: String,
    whereabouts: Whereabouts,
) -> Outcome<Sink> {
    Ok(Sink(Arc::new(ObjectSink(Object::new(value, shape, dtype, lock, native_chunks, name, whereabouts)?))))
}

/// Looks for signals and tells the user's callback how far the computation is.
struct Watch {
    callback: Option<Py<PyAny>>,
}

impl Observer for Watch {
    fn tick(&self, p: &Progress) -> Result<()> {
        let told = Python::attach(|py| {
            py.check_signals()?;
            if let Some(callback) = &self.callback {
                let args = (p.stage, p.stages, &p.label, p.tasks_done, p.tasks, p.bytes_done, p.bytes);
                callback.call1(py, args)?;
            }
            Ok(())
        });
        told.map_err(carried)
    }
}

/// `(start, length)` per dimension.
type Corner = Vec<(u64, u64)>;

fn place<'py>(place: &Bound<'py, PyAny>, region: Option<Corner>) -> Outcome<Place<'py>> {
    if let Ok(sink) = place.cast::<Sink>() {
        let sink = sink.get().0.clone();
        let boxed = |r: Corner| Region(r.into_iter().map(|(start, len)| Range::new(start, len)).collect());
        let region = region.map_or_else(|| Region::full(sink.shape()), boxed);
        return Ok(Place::Sink(Target::Sink { sink, region }));
    }
    Ok(Place::Memory(place.cast::<PyUntypedArray>()?.clone()))
}

/// An expression, the NumPy array or sink it goes to, and the region of the sink.
type Pair<'py> = (Bound<'py, Expr>, Bound<'py, PyAny>, Option<Corner>);

/// Memory in bytes, threads, where to spill, and bytes there; `None` takes the default.
type Limits = (Option<u64>, Option<usize>, Option<PathBuf>, Option<u64>);

fn options((memory_limit, num_threads, spill_directory, spill_limit): Limits) -> Options {
    Options { memory_limit, num_threads, spill_directory, spill_limit, ..Options::default() }
}

/// Computes every expression into its target, all in one computation.
#[pyfunction]
pub fn compute_into(
    py: Python<'_>,
    pairs: Vec<Pair<'_>>,
    limits: Limits,
    callback: Option<Py<PyAny>>,
    profiles: Vec<Bound<'_, Profile>>,
) -> Outcome<()> {
    let jobs = pairs.iter().map(|(e, target, region)| Ok((e.get().0.clone(), place(target, region.clone())?)));
    let jobs = jobs.collect::<Outcome<Vec<_>>>()?;
    let profiles = profiles.iter().map(|p| Arc::clone(&p.get().0)).collect();
    memory::compute_into(py, &jobs, &Options { profiles, ..options(limits) }, &Watch { callback })
}

/// The plan of a computation, as text.
#[pyfunction]
pub fn explain(exprs: Vec<Bound<'_, Expr>>, limits: Limits) -> Outcome<String> {
    Ok(hyperslab::explain(&convert::arrays(&exprs), &options(limits))?)
}

/// Bytes a computation may hold when nobody says otherwise.
#[pyfunction]
pub fn default_memory_limit() -> u64 {
    hyperslab::default_memory_limit()
}

/// Where intermediate arrays go when nobody says otherwise.
#[pyfunction]
pub fn default_spill_directory() -> PathBuf {
    hyperslab::spill_directory(None)
}

/// Threads a computation uses when nobody says otherwise.
#[pyfunction]
pub fn default_num_threads() -> usize {
    hyperslab::default_num_threads()
}
