//! Running: results into NumPy arrays and sinks, with signals and progress.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use hyperslab::storage::journal::{self, JournaledSink};
use hyperslab::{ArraySink, FloatErrors, Location, Observer, Options, Progress, Range, Region, Result, Target};
use numpy::PyUntypedArray;
use pyo3::prelude::*;

use crate::convert;
use crate::errors::{Outcome, carried};
use crate::expr::Expr;
use crate::memory::{self, NumpySink, Place};
use crate::objects::{Described, Object, ObjectSink};
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

/// Arrays that computations sorted on disk, for others that follow them.
#[pyclass(frozen, module = "hyperslab._native")]
#[derive(Default)]
pub struct Sorted(Arc<hyperslab::Sorted>);

#[pymethods]
impl Sorted {
    #[new]
    fn new() -> Self {
        Self::default()
    }
}

/// A sink over a NumPy array of any strides; `files` are the names of those mapped there.
#[pyfunction]
pub fn numpy_sink(array: &Bound<'_, PyUntypedArray>, files: Vec<String>) -> Outcome<Sink> {
    Ok(Sink(Arc::new(NumpySink::new(array, files)?)))
}

/// A sink over any object with `__setitem__`.
#[pyfunction]
pub fn object_sink(described: Described) -> Outcome<Sink> {
    Ok(Sink(Arc::new(ObjectSink(Object::new(described)?))))
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

/// A sink of which the chunks that are finished are noted in a file, for this work; those that are noted there already,
/// and are among the `present` ones where these are given, are not computed again. Also how many these are.
#[pyfunction]
pub fn journaled_sink(
    sink: &Bound<'_, Sink>,
    region: Option<Corner>,
    path: PathBuf,
    work: &[u8],
    present: Option<HashSet<u64>>,
) -> Outcome<(Sink, usize)> {
    let sink = sink.get().0.clone();
    let region = region.map_or_else(|| Region::full(sink.shape()), boxed);
    let journaled = JournaledSink::new(sink, region, path, work, present)?;
    let finished = journaled.finished();
    Ok((Sink(Arc::new(journaled)), finished))
}

/// Whether a file notes the finished chunks of this work.
#[pyfunction]
pub fn is_journal_of(path: PathBuf, work: &[u8]) -> Outcome<bool> {
    Ok(journal::is_journal_of(&path, work)?)
}

/// Gives a complete folder the name of another one, which is removed.
#[pyfunction]
pub fn replace_folder(path: PathBuf, by: PathBuf) -> Outcome<()> {
    Ok(hyperslab::storage::replace_folder(&path, &by)?)
}

fn boxed(corner: Corner) -> Region {
    Region(corner.into_iter().map(|(start, len)| Range::new(start, len)).collect())
}

/// `(start, length)` per dimension.
type Corner = Vec<(u64, u64)>;

fn place<'py>(place: &Bound<'py, PyAny>, region: Option<Corner>) -> Outcome<Place<'py>> {
    if let Ok(sink) = place.cast::<Sink>() {
        let sink = sink.get().0.clone();
        let region = region.map_or_else(|| Region::full(sink.shape()), boxed);
        return Ok(Place::Sink(Target::Sink { sink, region }));
    }
    if let Ok((array, files)) = place.extract::<(Bound<'py, PyUntypedArray>, Vec<String>)>() {
        return Ok(Place::Memory(array, files));
    }
    Ok(Place::Memory(place.cast::<PyUntypedArray>()?.clone(), Vec::new()))
}

/// An expression, the NumPy array or sink it goes to, and the region of the sink.
type Pair<'py> = (Bound<'py, Expr>, Bound<'py, PyAny>, Option<Corner>);

/// Memory in bytes, threads, where to spill, and bytes there; `None` takes the default.
type Limits = (Option<u64>, Option<usize>, Option<PathBuf>, Option<u64>);

fn options((memory_limit, num_threads, spill_directory, spill_limit): Limits) -> Options {
    Options { memory_limit, num_threads, spill_directory, spill_limit, ..Options::default() }
}

/// Computes every expression into its target, all in one computation. Floating-point errors of the `wanted` kinds (bits, as
/// NumPy has them) are looked for; those that were met are returned, by operation.
#[pyfunction]
pub fn compute_into(
    py: Python<'_>,
    pairs: Vec<Pair<'_>>,
    limits: Limits,
    callback: Option<Py<PyAny>>,
    profiles: Vec<Bound<'_, Profile>>,
    sorted: Option<Bound<'_, Sorted>>,
    wanted: u8,
) -> Outcome<Vec<(&'static str, u8)>> {
    let float_errors = (wanted != 0).then(|| Arc::new(FloatErrors::new(wanted)));
    let jobs = pairs.iter().map(|(e, target, region)| Ok((e.get().0.clone(), place(target, region.clone())?)));
    let jobs = jobs.collect::<Outcome<Vec<_>>>()?;
    let profiles = profiles.iter().map(|p| Arc::clone(&p.get().0)).collect();
    let sorted = sorted.map(|s| Arc::clone(&s.get().0));
    let options = Options { profiles, sorted, float_errors: float_errors.clone(), ..options(limits) };
    memory::compute_into(py, &jobs, &options, &Watch { callback })?;
    Ok(float_errors.map_or_else(Vec::new, |errors| errors.met()))
}

/// Whether an expression reads what lies under one of these names.
#[pyfunction]
pub fn reads_from(expr: &Bound<'_, Expr>, names: Vec<String>) -> bool {
    hyperslab::reads_from(&expr.get().0, &Location::Stored(names))
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
