//! NumPy's memory as a source and as an output.

use std::sync::Arc;

use hyperslab::storage::formats::memory::MemorySource;
use hyperslab::{
    Array, ArraySink, ArraySource, DType, Error, Location, MemoryView, Observer, Options, OutputBuffer, Region, Result,
    Target, View, ViewMut,
};
use numpy::npyffi::flags;
use numpy::{PyUntypedArray, PyUntypedArrayMethods};
use pyo3::prelude::*;

use crate::convert;
use crate::errors::Outcome;
use crate::expr::Expr;
use crate::known;

/// Geometry of a NumPy array, in the engine's words.
struct Geometry {
    dtype: DType,
    ptr: *mut u8,
    shape: Vec<u64>,
    strides: Vec<isize>,
}

fn geometry(array: &Bound<'_, PyUntypedArray>) -> Outcome<Geometry> {
    // SAFETY: the pointer is that of a live array object, whose header stays valid while we hold a reference.
    let ptr = unsafe { (*array.as_array_ptr()).fields.data }.cast();
    Ok(Geometry {
        dtype: convert::array_dtype(array)?,
        ptr,
        shape: array.shape().iter().map(|&n| n as u64).collect(),
        strides: array.strides().to_vec(),
    })
}

fn has_flag(array: &Bound<'_, PyUntypedArray>, flag: i32) -> bool {
    // SAFETY: as in `geometry`.
    unsafe { (*array.as_array_ptr()).fields.flags & flag != 0 }
}

/// What keeps an array's memory where it is.
fn owner(array: &Bound<'_, PyUntypedArray>) -> Arc<Py<PyUntypedArray>> {
    Arc::new(array.clone().unbind())
}

/// A NumPy array that is read where it lies.
#[derive(Debug)]
pub struct NumpySource {
    memory: MemorySource,
    array: Arc<Py<PyUntypedArray>>,
    /// Names of the files mapped there.
    files: Vec<String>,
}

impl NumpySource {
    /// The array.
    pub fn array<'py>(&self, py: Python<'py>) -> Bound<'py, PyUntypedArray> {
        self.array.bind(py).clone()
    }
}

impl ArraySource for NumpySource {
    fn shape(&self) -> &[u64] {
        self.memory.shape()
    }

    fn dtype(&self) -> DType {
        self.memory.dtype()
    }

    fn memory(&self) -> Option<MemoryView> {
        self.memory.memory()
    }

    fn location(&self) -> Option<Location> {
        self.memory().map(|m| Location::Memory(m.view().addresses(), self.files.clone()))
    }

    fn describe(&self) -> String {
        self.memory.describe()
    }

    fn read(&self, region: &Region, out: ViewMut<'_>) -> Result<()> {
        self.memory.read(region, out)
    }
}

/// The source over a NumPy array of a native dtype in native byte order; nothing is copied. `files` are the names of those
/// mapped there.
pub fn numpy_source(array: &Bound<'_, PyUntypedArray>, files: Vec<String>) -> Outcome<Arc<dyn ArraySource>> {
    let g = geometry(array)?;
    let facts = (g.dtype, g.ptr as usize, g.shape.clone(), g.strides.clone(), files.clone());
    known::source(array.as_any(), &facts, || {
        let owner = owner(array);
        // SAFETY: the array object keeps its memory where it is for as long as somebody holds a reference; `owner` does.
        let memory = unsafe { MemoryView::from_raw(g.dtype, g.ptr, &g.shape, &g.strides, owner.clone()) };
        Ok(NumpySource { memory: MemorySource::new(memory), array: owner, files })
    })
}

/// An expression over a NumPy array; see [`numpy_source`].
#[pyfunction]
pub fn from_numpy(array: &Bound<'_, PyUntypedArray>, chunks: &Bound<'_, PyAny>, files: Vec<String>) -> Outcome<Expr> {
    let spec = convert::chunk_spec(chunks)?;
    Ok(Expr(Array::from_source(numpy_source(array, files)?, &spec)?))
}

/// Where a result goes.
pub enum Place<'py> {
    /// Into a writable C-contiguous NumPy array of the result's shape and dtype, with the names of the files mapped there.
    Memory(Bound<'py, PyUntypedArray>, Vec<String>),
    /// Into a sink.
    Sink(Target),
}

impl Place<'_> {
    fn target(&self) -> Outcome<Target> {
        let (array, files) = match self {
            Place::Sink(target) => return Ok(target.clone()),
            Place::Memory(array, files) => (array, files.clone()),
        };
        if !has_flag(array, flags::NPY_ARRAY_WRITEABLE) || !array.is_c_contiguous() {
            return Err(Error::value("a result needs a writable C-contiguous NumPy array").into());
        }
        let g = geometry(array)?;
        // SAFETY: writable and contiguous, so the elements are distinct, and kept alive by the owner.
        let buffer = unsafe { OutputBuffer::from_raw(g.dtype, g.ptr, &g.shape, &g.strides, owner(array)) };
        Ok(Target::Memory(buffer.mapping(files)))
    }
}

/// Computes arrays into their places, all in one computation, without holding the interpreter.
pub fn compute_into(
    py: Python<'_>,
    jobs: &[(Array, Place<'_>)],
    options: &Options,
    observer: &dyn Observer,
) -> Outcome<()> {
    let pairs = jobs.iter().map(|(array, place)| Ok((array.clone(), place.target()?)));
    let pairs = pairs.collect::<Outcome<Vec<_>>>()?;
    Ok(py.detach(|| hyperslab::compute_into(pairs, options, observer))?)
}

/// A NumPy array of any strides, written where it lies.
#[derive(Debug)]
pub struct NumpySink {
    buffer: OutputBuffer,
    shape: Vec<u64>,
}

impl NumpySink {
    /// A sink over a writable array, where the files of these names are mapped.
    pub fn new(array: &Bound<'_, PyUntypedArray>, files: Vec<String>) -> Outcome<Self> {
        if !has_flag(array, flags::NPY_ARRAY_WRITEABLE) {
            return Err(Error::value("assignment destination is read-only").into());
        }
        let g = geometry(array)?;
        let shared = g.strides.iter().zip(&g.shape).any(|(&s, &n)| s == 0 && n > 1);
        if shared && !g.shape.contains(&0) {
            return Err(Error::value("a target whose elements share memory cannot be stored into").into());
        }
        // SAFETY: writable, and kept alive by the owner. Regions of one computation are disjoint by the engine's contract.
        let buffer = unsafe { OutputBuffer::from_raw(g.dtype, g.ptr, &g.shape, &g.strides, owner(array)) };
        Ok(NumpySink { buffer: buffer.mapping(files), shape: g.shape })
    }
}

impl ArraySink for NumpySink {
    fn shape(&self) -> &[u64] {
        &self.shape
    }

    fn dtype(&self) -> DType {
        self.buffer.dtype()
    }

    fn location(&self) -> Option<Location> {
        Some(Location::Memory(self.buffer.addresses(), self.buffer.files().to_vec()))
    }

    fn describe(&self) -> String {
        "numpy".into()
    }

    fn write(&self, region: &Region, data: View<'_>) -> Result<()> {
        // SAFETY: writes of one computation go to disjoint regions (the trait's contract), and the buffer's owner lives.
        hyperslab::copy(&data, &mut unsafe { self.buffer.region(region) });
        Ok(())
    }
}

/// A new NumPy array holding the elements of `data`.
pub fn to_numpy<'py>(py: Python<'py>, data: &View<'_>) -> Outcome<Bound<'py, PyUntypedArray>> {
    let empty = py.import("numpy")?.getattr("empty")?;
    let array = empty
        .call1((data.shape(), convert::numpy_dtype(py, data.dtype())?))?
        .cast_into::<PyUntypedArray>()
        .map_err(PyErr::from)?;
    // SAFETY: the array was made here, nobody else knows it yet, and it outlives the copy.
    let mut out = unsafe {
        let g = geometry(&array)?;
        ViewMut::from_raw(g.dtype, g.ptr, &g.shape, &g.strides)
    };
    py.detach(|| hyperslab::copy(data, &mut out));
    Ok(array)
}

/// Copies the selection of a fetched array into the engine's block, without holding the interpreter.
pub fn copy_out(
    py: Python<'_>,
    fetched: &Bound<'_, PyUntypedArray>,
    pick: &Region,
    mut out: ViewMut<'_>,
) -> Outcome<()> {
    let g = geometry(fetched)?;
    // SAFETY: `fetched` is alive until this function returns, and the user's code has handed it over.
    let view = unsafe { View::from_raw(g.dtype, g.ptr, &g.shape, &g.strides) }.slice(pick);
    py.detach(|| hyperslab::copy(&view, &mut out));
    Ok(())
}
