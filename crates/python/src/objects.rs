//! Any Python object with `shape`, `dtype` and `__getitem__` or `__setitem__`, under the interpreter's lock.

use hyperslab::{
    Array, ArraySink, ArraySource, DType, Error, Location, Range, Region, Result, View, ViewMut, pieces, show_shape,
};
use numpy::{PyUntypedArray, PyUntypedArrayMethods};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PySlice, PyString, PyTuple};

use crate::convert;
use crate::errors::{Fault, Outcome};
use crate::expr::Expr;
use crate::known;
use crate::memory;

/// Where an object's elements lie, as the Python face says it: addresses with the files mapped there, or names.
#[derive(FromPyObject)]
pub enum Whereabouts {
    /// The lowest address, one past the highest, and the names of files.
    Memory((usize, usize, Vec<String>)),
    /// Names.
    Stored(Vec<String>),
}

impl From<Whereabouts> for Location {
    fn from(w: Whereabouts) -> Self {
        match w {
            Whereabouts::Stored(names) => Location::Stored(names),
            Whereabouts::Memory((from, to, files)) => Location::Memory(from..to, files),
        }
    }
}

/// An object as the Python face describes it.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct Described {
    value: Py<PyAny>,
    shape: Vec<u64>,
    dtype: String,
    /// Held while the object is called.
    lock: Option<Py<PyAny>>,
    /// Held besides while a part of a chunk is written, which the library reads, changes and writes back.
    part_lock: Option<Py<PyAny>>,
    chunks: Option<Vec<u64>>,
    /// Whether the library decodes or encodes all chunks of one call at once.
    batched: bool,
    /// Whether along one axis it takes a slice only, not a tuple of one.
    bare: bool,
    name: String,
    /// Why it is read through its library although there are native readers of its format.
    detour: Option<String>,
    whereabouts: Whereabouts,
}

/// What source and sink share: the object, its geometry and the locks that guard it.
#[derive(Debug)]
pub struct Object {
    /// The user's object.
    pub value: Py<PyAny>,
    lock: Option<Py<PyAny>>,
    part_lock: Option<Py<PyAny>>,
    shape: Vec<u64>,
    dtype: DType,
    chunks: Option<Vec<u64>>,
    batched: bool,
    bare: bool,
    name: String,
    detour: Option<String>,
    location: Location,
}

impl Object {
    /// An object as it is described.
    pub fn new(d: Described) -> Outcome<Self> {
        let dtype = DType::from_name(&d.dtype)?;
        Ok(Object {
            value: d.value,
            lock: d.lock,
            part_lock: d.part_lock,
            shape: d.shape,
            dtype,
            chunks: d.chunks,
            batched: d.batched,
            bare: d.bare,
            name: d.name,
            detour: d.detour,
            location: d.whereabouts.into(),
        })
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

    /// The name, and why it is read through its library where that is known.
    fn describe_way(&self) -> String {
        self.detour.as_ref().map_or_else(|| self.name.clone(), |why| format!("{} ({why})", self.name))
    }

    /// Runs `f` holding the user's lock, if there is one.
    pub fn locked<T>(&self, py: Python<'_>, f: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
        holding(py, self.lock.as_ref(), f)
    }

    /// `value[region] = data`, of a region with step 1.
    pub fn assign(&self, py: Python<'_>, region: &Region, data: &View<'_>) -> Outcome<()> {
        let array = memory::to_numpy(py, data)?;
        let key = self.key(&slices(py, region)?)?;
        let whole = self.chunks.as_ref().is_none_or(|chunks| pieces::is_whole(region, chunks, &self.shape));
        let part_lock = self.part_lock.as_ref().filter(|_| !whole);
        holding(py, part_lock, || self.locked(py, || Ok(self.value.bind(py).set_item(key, array)?)))
    }

    /// What the object is indexed by for slices of its axes.
    fn key<'py>(&self, slices: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyAny>> {
        if self.bare && slices.len() == 1 { slices.get_item(0) } else { Ok(slices.clone().into_any()) }
    }

    /// Bytes of one chunk of the storage.
    fn chunk_bytes(&self) -> u64 {
        let chunk = |c: &Vec<u64>| c.iter().product::<u64>().saturating_mul(self.dtype.itemsize() as u64);
        self.chunks.as_ref().map_or(0, chunk)
    }

    /// Bytes of the chunks that one call may touch, when the library has them all in memory at once, for `bytes` of
    /// elements.
    fn batch_bytes(&self, bytes: u64) -> u64 {
        let all = self.shape.iter().product::<u64>().saturating_mul(self.dtype.itemsize() as u64);
        self.chunk_bytes().max(bytes).max(BATCH_BYTES.min(all))
    }

    /// Calls `f` with parts of the region that one call of the library may touch, and where they lie in the region.
    fn each_batch(
        &self,
        region: &Region,
        bytes: u64,
        f: &mut dyn FnMut(&Region, &Region) -> Outcome<()>,
    ) -> Outcome<()> {
        match &self.chunks {
            Some(chunks) if self.batched => {
                let most = self.batch_bytes(bytes) / self.chunk_bytes().max(1);
                pieces::for_each(region, chunks, most.max(1), f)
            }
            _ => f(region, &Region::full(&region.shape())),
        }
    }
}

/// Bytes of chunks that are asked of the library in one call even where fewer are wanted: a call has a cost of its own.
const BATCH_BYTES: u64 = 1 << 20;

/// A Python lock that is held; released whatever happens.
struct Held<'a, 'py>(Option<&'a Bound<'py, PyAny>>);

impl Held<'_, '_> {
    fn release(mut self) -> PyResult<()> {
        self.0.take().map_or(Ok(()), |lock| lock.call_method0("release").map(drop))
    }
}

impl Drop for Held<'_, '_> {
    fn drop(&mut self) {
        if let Some(lock) = self.0.take() {
            // Reached by a panic only, which must not leave others waiting; there is nobody to tell of a second fault.
            let _ = lock.call_method0("release");
        }
    }
}

/// Runs `f` holding `lock`, if there is one. What `f` fails with comes before what releasing fails with.
fn holding<T>(py: Python<'_>, lock: Option<&Py<PyAny>>, f: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    let Some(lock) = lock.map(|l| l.bind(py)) else { return f() };
    let acquired = lock.call_method0("acquire")?;
    if acquired.cast::<PyBool>().is_ok_and(|b| !b.is_true()) {
        return Err(Error::value(format!("{}: acquire() gave False, so the lock is not held", lock.repr()?)).into());
    }
    let held = Held(Some(lock));
    let result = f();
    let released = held.release();
    let value = result?;
    released?;
    Ok(value)
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
pub struct ObjectSource(Object);

impl ObjectSource {
    /// What it is made from again: the object, the lock around it, and its name.
    pub fn parts<'py>(&self, py: Python<'py>) -> Vec<Bound<'py, PyAny>> {
        let o = &self.0;
        let lock = o.lock.as_ref().map_or_else(|| py.None(), |l| l.clone_ref(py)).into_bound(py);
        vec![o.value.bind(py).clone(), lock, PyString::new(py, &o.name).into_any()]
    }

    fn fetch<'py>(&self, py: Python<'py>, region: &Region) -> Outcome<Bound<'py, PyUntypedArray>> {
        let o = &self.0;
        let key = slices(py, region)?;
        let got = o.locked(py, || Ok(o.value.bind(py).get_item(o.key(&key)?)?))?;
        let numpy = py.import("numpy")?;
        let array = numpy.getattr("asarray")?.call1((self.unmasked(&key, got)?,))?;
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
        let wanted = convert::numpy_dtype(key.py(), o.dtype)?;
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

impl ObjectSource {
    /// What was answered without a mask: masked floats are nan, masked dates NaT, and others have no value for it.
    fn unmasked<'py>(&self, key: &Bound<'py, PyTuple>, got: Bound<'py, PyAny>) -> Outcome<Bound<'py, PyAny>> {
        let (py, o) = (got.py(), &self.0);
        let ma = py.import("numpy.ma")?;
        if !got.is_instance(&ma.getattr("MaskedArray")?)?
            || !ma.call_method1("is_masked", (&got,))?.extract::<bool>()?
        {
            return Ok(got);
        }
        let dtype = got.getattr("dtype")?;
        let numpy = py.import("numpy")?;
        let missing = match dtype.getattr("kind")?.extract::<String>()?.as_str() {
            "f" | "c" => PyFloat::new(py, f64::NAN).into_any(),
            "M" => numpy.getattr("datetime64")?.call1(("NaT",))?,
            "m" => numpy.getattr("timedelta64")?.call1(("NaT",))?,
            _ => {
                let m =
                    format!("{} answered {key} with masked elements of {dtype}, which has no value for them", o.name);
                let hint = "read floats instead, or the stored values: a netCDF4 variable gives them after \
                    variable.set_auto_mask(False)";
                return Err(Error::unsupported(m).hint(hint).into());
            }
        };
        Ok(got.call_method1("filled", (missing,))?)
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

    fn scratch_bytes(&self, region: &Region) -> u64 {
        read_bytes(&self.0, region.count().saturating_mul(self.0.dtype.itemsize() as u64))
    }

    fn location(&self) -> Option<Location> {
        Some(self.0.location())
    }

    fn describe(&self) -> String {
        self.0.describe_way()
    }

    fn read(&self, region: &Region, mut out: ViewMut<'_>) -> Result<()> {
        if region.is_empty() {
            return Ok(());
        }
        let bytes = region.count() * self.0.dtype.itemsize() as u64;
        let done = Python::attach(|py| {
            self.0.each_batch(region, bytes, &mut |part, within| {
                let fetched = self.fetch(py, part)?;
                memory::copy_out(py, &fetched, &turned(part), out.slice(within))
            })
        });
        done.map_err(|f: Fault| Error::from(f).context(format!("reading {} {region:?}", self.0.name)))
    }
}

/// Bytes that a read holds besides the engine's own block: the array that passes between the two, and the chunks of the
/// storage that are decoded at once, with what they are decoded from.
fn read_bytes(o: &Object, bytes: u64) -> u64 {
    let chunks = if o.batched { o.batch_bytes(bytes).saturating_mul(2) } else { o.chunk_bytes() };
    bytes.saturating_add(chunks)
}

/// Bytes that a write holds besides the engine's own block: the array that passes between the two, and the chunks of the
/// storage that are encoded at once, in each of the forms that they go through.
fn write_bytes(o: &Object, bytes: u64) -> u64 {
    if o.batched {
        return o.batch_bytes(0).saturating_mul(1 + ENCODING_COPIES);
    }
    bytes.saturating_add(o.chunk_bytes())
}

/// Copies of a chunk or shard that zarr-python holds while it writes one: the elements in the shard's own buffer, its
/// encoded chunks, and these joined for the store.
const ENCODING_COPIES: u64 = 3;

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
        write_bytes(&self.0, bytes)
    }

    fn location(&self) -> Option<Location> {
        Some(self.0.location())
    }

    fn describe(&self) -> String {
        self.0.describe_way()
    }

    fn write(&self, region: &Region, data: View<'_>) -> Result<()> {
        if region.is_empty() {
            return Ok(());
        }
        let done = Python::attach(|py| {
            self.0.each_batch(region, 0, &mut |part, within| self.0.assign(py, part, &data.slice(within)))
        });
        done.map_err(|f: Fault| Error::from(f).context(format!("writing {} {region:?}", self.0.name)))
    }
}

/// An expression over any object that slices.
#[pyfunction]
pub fn from_object(py: Python<'_>, described: Described, chunks: &Bound<'_, PyAny>) -> Outcome<Expr> {
    let spec = convert::chunk_spec(chunks)?;
    let value = described.value.bind(py).clone();
    let address = |lock: &Option<Py<PyAny>>| lock.as_ref().map(|l| l.as_ptr() as usize);
    let facts = (described.shape.clone(), described.dtype.clone(), address(&described.lock), described.name.clone());
    let source = known::source(&value, &facts, || Ok(ObjectSource(Object::new(described)?)))?;
    Ok(Expr(Array::from_source(source, &spec)?))
}
