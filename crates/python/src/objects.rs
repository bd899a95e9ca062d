//! Any Python object with `shape`, `dtype` and `__getitem__` or `__setitem__`, under the interpreter's lock.

use std::sync::Arc;

use hyperslab::{
    Array, ArraySink, ArraySource, DType, Error, Location, Range, Region, Result, View, ViewMut, show_shape,
};
use numpy::{PyUntypedArray, PyUntypedArrayMethods};
use pyo3::prelude::*;
use pyo3::types::{PySlice, PyTuple};

use crate::convert;
use crate::errors::{Fault, Outcome};
use crate::expr::Expr;
use crate::memory;

/// Where an object's elements lie, as the Python face says it: a name that nothing else has, or addresses.
#[derive(FromPyObject)]
pub enum Whereabouts {
    /// A name.
    Stored(String),
    /// The lowest address and one past the highest.
    Memory((usize, usize)),
}

impl From<Whereabouts> for Location {
    fn from(w: Whereabouts) -> Self {
        match w {
            Whereabouts::Stored(name) => Location::Stored(name),
            Whereabouts::Memory((from, to)) => Location::Memory(from..to),
        }
    }
}

/// What source and sink share: the object, its geometry and the lock that guards it.
#[derive(Debug)]
pub struct Object {
    /// The user's object.
    pub value: Py<PyAny>,
    lock: Option<Py<PyAny>>,
    shape: Vec<u64>,
    dtype: DType,
    chunks: Option<Vec<u64>>,
    name: String,
    location: Location,
}

impl Object {
    /// An object as the Python face describes it.
    #[allow(clippy::too_many_arguments)]
    pub fn new(
        value: Py<PyAny>,
        shape: Vec<u64>,
        dtype: &str,
        lock: Option<Py<PyAny>>,
        chunks: Option<Vec<u64>>,
        name: String,
        whereabouts: Whereabouts,
    ) -> Outcome<Self> {
        let dtype = DType::from_name(dtype)?;
        Ok(Object { value, lock, shape, dtype, chunks, name, location: whereabouts.into() })
    }

    /// Where the elements lie.
    pub fn location(&self) -> Location {
        self.location.clone()
    }

    /// Shape of the whole.
    pub fn shape(&self) -> &[u64] {
        &self.shape
    }

    /// Dtype of the elements.
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// Short name, for plans and errors.
    pub fn describe(&self) -> &str {
        &self.name
    }

    /// Runs `f` holding the user's lock, if there is one.
    pub fn locked<T>(&self, py: Python<'_>, f: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
        let Some(lock) = &self.lock else { return f() };
        lock.call_method0(py, "acquire")?;
        let result = f();
        lock.call_method0(py, "release")?;
        result
    }

    /// `value[region] = data`, of a region with step 1.
    pub fn assign(&self, py: Python<'_>, region: &Region, data: &View<'_>) -> Outcome<()> {
        let array = memory::to_numpy(py, data)?;
        let key = slices(py, region)?;
        self.locked(py, || Ok(self.value.bind(py).set_item(key, array)?))
    }
}

/// Slices of positive step that visit the region's positions, in ascending order.
fn slices<'py>(py: Python<'py>, region: &Region) -> PyResult<Bound<'py, PyTuple>> {
    let one = |r: &Range| PySlice::new(py, r.low() as isize, r.end() as isize, r.step.unsigned_abs() as isize);
    // A slice of step 1 is written without a step: that is what every container understands.
    let plain = |r: &Range| py.get_type::<PySlice>().call1((r.low(), r.end()));
    let items = region.0.iter().map(|r| if r.step.abs() == 1 { plain(r) } else { Ok(one(r).into_any()) });
    PyTuple::new(py, items.collect::<PyResult<Vec<_>>>()?)
}

/// Turns round the dimensions that the region walks downward.
fn turned(region: &Region) -> Region {
    let one = |r: &Range| {
        if r.step > 0 { Range::new(0, r.len) } else { Range { start: r.len as i64 - 1, step: -1, len: r.len } }
    };
    Region(region.0.iter().map(one).collect())
}

/// An object that elements are read from.
#[derive(Debug)]
struct ObjectSource(Object);

impl ObjectSource {
    fn fetch<'py>(&self, py: Python<'py>, region: &Region) -> Outcome<Bound<'py, PyUntypedArray>> {
        let o = &self.0;
        let key = slices(py, region)?;
        let got = o.locked(py, || Ok(o.value.bind(py).get_item(&key)?))?;
        let numpy = py.import("numpy")?;
        let array = numpy.getattr("asarray")?.call1((got,))?;
        let array = array.cast_into::<PyUntypedArray>().map_err(PyErr::from)?;
        let shape: Vec<u64> = array.shape().iter().map(|&n| n as u64).collect();
        if shape[..] != region.shape()[..] {
            let m = format!(
                "{} answered {key} with shape {}, expected {}",
                o.name,
                show_shape(&shape),
                show_shape(&region.shape())
            );
            return Err(Error::shape(m).into());
        }
        let wanted = o.dtype.to_string();
        let same: bool = numpy.getattr("can_cast")?.call1((array.dtype(), &wanted, "equiv"))?.extract()?;
        if !same {
            let m = format!("{} answered {key} with dtype {}, its dtype says {wanted}", o.name, array.dtype());
            return Err(Error::dtype(m).into());
        }
        // Only the byte order can differ now: `asarray` copies when it does.
        let array = numpy.getattr("asarray")?.call1((array, &wanted))?;
        Ok(array.cast_into::<PyUntypedArray>().map_err(PyErr::from)?)
    }
}

impl ArraySource for ObjectSource {
    fn shape(&self) -> &[u64] {
        &self.0.shape
    }

    fn dtype(&self) -> DType {
        self.0.dtype
    }

    fn native_chunks(&self) -> Option<&[u64]> {
        self.0.chunks.as_deref()
    }

    fn scratch_bytes(&self, bytes: u64) -> u64 {
        copied_bytes(&self.0, bytes)
    }

    fn location(&self) -> Option<Location> {
        Some(self.0.location())
    }

    fn describe(&self) -> String {
        self.0.name.clone()
    }

    fn read(&self, region: &Region, out: ViewMut<'_>) -> Result<()> {
        if region.is_empty() {
            return Ok(());
        }
        let done = Python::attach(|py| {
            let fetched = self.fetch(py, region)?;
            memory::copy_out(py, &fetched, &turned(region), out)
        });
        done.map_err(|f: Fault| Error::from(f).context(format!("reading {} {region:?}", self.0.name)))
    }
}

/// Bytes that a read or write holds besides the engine's own block: the array that passes between the two, and one chunk
/// of the storage.
fn copied_bytes(o: &Object, bytes: u64) -> u64 {
    let chunk = o.chunks.as_ref().map_or(0, |c| c.iter().product::<u64>() * o.dtype.itemsize() as u64);
    bytes.saturating_add(chunk)
}

/// An object that elements are written to.
#[derive(Debug)]
pub struct ObjectSink(pub Object);

impl ArraySink for ObjectSink {
    fn shape(&self) -> &[u64] {
        &self.0.shape
    }

    fn dtype(&self) -> DType {
        self.0.dtype
    }

    fn native_chunks(&self) -> Option<&[u64]> {
        self.0.chunks.as_deref()
    }

    fn scratch_bytes(&self, bytes: u64) -> u64 {
        copied_bytes(&self.0, bytes)
    }

    fn location(&self) -> Option<Location> {
        Some(self.0.location())
    }

    fn describe(&self) -> String {
        self.0.name.clone()
    }

    fn write(&self, region: &Region, data: View<'_>) -> Result<()> {
        if region.is_empty() {
            return Ok(());
        }
        let done = Python::attach(|py| self.0.assign(py, region, &data));
        done.map_err(|f: Fault| Error::from(f).context(format!("writing {} {region:?}", self.0.name)))
    }
}

/// An expression over any object that slices.
#[pyfunction]
#[allow(clippy::too_many_arguments)]
pub fn from_object(
    value: Py<PyAny>,
    shape: Vec<u64>,
    dtype: &str,
    lock: Option<Py<PyAny>>,
    native_chunks: Option<Vec<u64>>,
    name: String,
    whereabouts: Whereabouts,
    chunks: &Bound<'_, PyAny>,
) -> Outcome<Expr> {
    let source = ObjectSource(Object::new(value, shape, dtype, lock, native_chunks, name, whereabouts)?);
    Ok(Expr(Array::from_source(Arc::new(source), &convert::chunk_spec(chunks)?)?))
}
