//! Zarr arrays in folders and object stores, read and written without zarr-python.

use std::path::PathBuf;
use std::sync::Arc;

use hyperslab::storage::Folder;
use hyperslab::storage::formats::zarr::{ZarrLayout, ZarrPlace, ZarrSink, ZarrSource};
use hyperslab::{Array, Result};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::convert;
use crate::errors::Outcome;
use crate::expr::Expr;
use crate::known;
use crate::objects::Whereabouts;
use crate::run::Sink;
use crate::stores::Store;

fn folder(store: Option<Store>, path: PathBuf) -> Result<Folder> {
    match store {
        None => Ok(Folder::Files(path)),
        Some(store) => Ok(Folder::Objects(store.open(&path.to_string_lossy())?)),
    }
}

/// A Zarr array as the Python face describes it.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct Described<'py> {
    store: Option<Store>,
    folder: PathBuf,
    name: String,
    whereabouts: Whereabouts,
    /// Text of its metadata, as zarr-python holds them, or as they were read from there just now.
    metadata: Bound<'py, PyBytes>,
}

impl Described<'_> {
    /// What is read in it, and by whom, in a thread that does not hold the interpreter.
    fn opened<T: Send>(self, py: Python<'_>, f: impl FnOnce(ZarrPlace, ZarrLayout) -> Result<T> + Send) -> Outcome<T> {
        let layout = ZarrLayout::parse(self.metadata.as_bytes())?;
        let (store, path, name, location) = (self.store, self.folder, self.name, self.whereabouts.into());
        Ok(py.detach(|| f(ZarrPlace { folder: folder(store, path)?, name, location }, layout))?)
    }
}

/// An expression over a Zarr array that is read natively; `array` is zarr-python's object, which is one source, or nothing
/// where the metadata were read by `zarr_metadata`.
#[pyfunction]
pub fn from_zarr(array: &Bound<'_, PyAny>, described: &Bound<'_, PyAny>, chunks: &Bound<'_, PyAny>) -> Outcome<Expr> {
    let (py, described): (_, Described<'_>) = (array.py(), described.extract()?);
    let spec = convert::chunk_spec(chunks)?;
    if array.is_none() {
        let source = described.opened(py, ZarrSource::of)?;
        return Ok(Expr(Array::from_source(Arc::new(source), &spec)?));
    }
    let facts = ("zarr", described.metadata.as_bytes().to_vec(), described.name.clone());
    let holder = array.clone().unbind();
    let source = known::source(array, &facts, || Ok(described.opened(py, ZarrSource::new)?.keeping(Arc::new(holder))))?;
    Ok(Expr(Array::from_source(source, &spec)?))
}

/// A sink over a Zarr array that is written natively.
#[pyfunction]
pub fn zarr_sink(py: Python<'_>, described: &Bound<'_, PyAny>, writes_empty: bool) -> Outcome<Sink> {
    let described: Described<'_> = described.extract()?;
    let sink = described.opened(py, |place, layout| ZarrSink::new(place, layout, writes_empty))?;
    Ok(Sink(Arc::new(sink)))
}

/// Text, shape, and shape of the chunks.
type Metadata<'py> = (Bound<'py, PyBytes>, Vec<u64>, Vec<u64>);

/// Text of the metadata of the array at a path of an object store, its shape and the shape of its chunks; nothing where there
/// is no array.
#[pyfunction]
pub fn zarr_metadata(py: Python<'_>, store: Store, path: PathBuf) -> Outcome<Option<Metadata<'_>>> {
    let Some(text) = py.detach(|| ZarrSource::metadata(&folder(Some(store), path)?))? else { return Ok(None) };
    let layout = ZarrLayout::parse(&text)?;
    Ok(Some((PyBytes::new(py, &text), layout.shape, layout.chunk_shape)))
}
