//! Zarr arrays in folders, read and written without zarr-python.

use std::path::PathBuf;
use std::sync::Arc;

use hyperslab::Array;
use hyperslab::storage::formats::zarr::{ZarrLayout, ZarrPlace, ZarrSink, ZarrSource};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::convert;
use crate::errors::Outcome;
use crate::expr::Expr;
use crate::known;
use crate::objects::Whereabouts;
use crate::run::Sink;

/// A Zarr array as the Python face describes it.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct Described<'py> {
    folder: PathBuf,
    name: String,
    whereabouts: Whereabouts,
    /// Text of its metadata, as zarr-python holds them.
    metadata: Bound<'py, PyBytes>,
}

impl Described<'_> {
    fn opened(self) -> Outcome<(ZarrPlace, ZarrLayout)> {
        let layout = ZarrLayout::parse(self.metadata.as_bytes())?;
        Ok((ZarrPlace { folder: self.folder, name: self.name, location: self.whereabouts.into() }, layout))
    }
}

/// An expression over a Zarr array that is read natively; `array` is zarr-python's object, which is one source.
#[pyfunction]
pub fn from_zarr(array: &Bound<'_, PyAny>, described: &Bound<'_, PyAny>, chunks: &Bound<'_, PyAny>) -> Outcome<Expr> {
    let described: Described<'_> = described.extract()?;
    let facts = ("zarr", described.metadata.as_bytes().to_vec(), described.name.clone());
    let holder = array.clone().unbind();
    let source = known::source(array, &facts, || {
        let (place, layout) = described.opened()?;
        Ok(ZarrSource::new(place, layout)?.keeping(Arc::new(holder)))
    })?;
    Ok(Expr(Array::from_source(source, &convert::chunk_spec(chunks)?)?))
}

/// A sink over a Zarr array that is written natively.
#[pyfunction]
pub fn zarr_sink(described: &Bound<'_, PyAny>, writes_empty: bool) -> Outcome<Sink> {
    let (place, layout) = described.extract::<Described<'_>>()?.opened()?;
    Ok(Sink(Arc::new(ZarrSink::new(place, layout, writes_empty)?)))
}
