//! Records of computations, for Python to show.

use std::sync::Arc;

use hyperslab::{ComputationRecord, Error, StageRecord, Transfer};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::errors::Outcome;

/// Collects records of computations. Times are nanoseconds on `Profile.clock()`.
#[pyclass(frozen, module = "hyperslab._native")]
pub struct Profile(pub Arc<hyperslab::Profile>);

/// Bytes, calls, nanoseconds.
fn transfer(t: &Transfer) -> (u64, u64, u64) {
    (t.bytes, t.calls, t.busy)
}

fn stage<'py>(py: Python<'py>, s: &StageRecord) -> PyResult<Bound<'py, PyDict>> {
    let d = PyDict::new(py);
    d.set_item("label", &s.label)?;
    d.set_item("begun", s.begun)?;
    d.set_item("ended", s.ended)?;
    d.set_item("tasks", s.tasks)?;
    d.set_item("tasks_run", s.tasks_run)?;
    d.set_item("workers", s.workers)?;
    d.set_item("busy", s.busy)?;
    d.set_item("bytes", s.bytes)?;
    d.set_item("projected_bytes", s.projected_bytes)?;
    d.set_item("peak_bytes", s.peak_bytes)?;
    d.set_item("read", transfer(&s.read))?;
    d.set_item("written", transfer(&s.written))?;
    Ok(d)
}

fn computation<'py>(py: Python<'py>, c: &ComputationRecord) -> PyResult<Bound<'py, PyDict>> {
    let d = PyDict::new(py);
    d.set_item("begun", c.begun)?;
    d.set_item("planned", c.planned)?;
    d.set_item("ended", c.ended)?;
    d.set_item("error", c.error.as_deref())?;
    let stages = c.stages.iter().map(|s| stage(py, s)).collect::<PyResult<Vec<_>>>()?;
    d.set_item("stages", PyList::new(py, stages)?)?;
    Ok(d)
}

/// Thread, tasks, begin, end, nanoseconds in tasks, most bytes held.
type Span = (String, u64, u64, u64, u64, u64);

#[pymethods]
impl Profile {
    /// An empty profile.
    #[new]
    fn new() -> Self {
        Profile(Arc::default())
    }

    /// Now.
    #[staticmethod]
    fn clock() -> u64 {
        hyperslab::Profile::clock()
    }

    /// Every computation that has ended, as a dict each.
    fn computations<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyDict>>> {
        self.0.computations().iter().map(|c| computation(py, c)).collect()
    }

    /// When which thread ran tasks of a stage.
    fn spans(&self, computation: usize, stage: usize) -> Outcome<Vec<Span>> {
        let all = self.0.computations();
        let found = all.get(computation).and_then(|c| Some((c, c.stages.get(stage)?)));
        let (c, s) = found.ok_or_else(|| Error::index(format!("no stage {stage} of computation {computation}")))?;
        let row =
            |t: &hyperslab::TaskSpan| (c.threads[t.thread].clone(), t.tasks, t.begun, t.ended, t.busy, t.peak_bytes);
        Ok(s.spans.iter().map(row).collect())
    }
}
