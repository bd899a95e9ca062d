//! One file per storage format.

use std::sync::Arc;

use hyperslab_base::{ArraySource, Descriptor, Error, Result, ResultExt};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub mod hdf5;
mod hdf5_index;
mod hdf5_objects;
mod hdf5_places;
pub mod memory;
pub mod npy;
pub mod zarr;

type Open = fn(&[u8]) -> Result<Arc<dyn ArraySource>>;

/// Every format whose sources describe themselves, by its name.
static FORMATS: &[(&str, Open)] =
    &[(hdf5::FORMAT, hdf5::open), (memory::FORMAT, memory::open), (npy::FORMAT, npy::open), (zarr::FORMAT, zarr::open)];

/// What a source is made from again by [`unpack`]; nothing for one that is of no format.
///
/// # Errors
/// What the format cannot encode, a name of a file that is no text say.
pub fn pack(source: &dyn ArraySource) -> Result<Option<Vec<u8>>> {
    let bytes = |d: Descriptor| postcard::to_allocvec(&d).map_err(|e| Error::internal(format!("encoding: {e}")));
    source.descriptor()?.map(bytes).transpose()
}

/// The source that [`pack`] made these bytes of.
///
/// # Errors
/// As [`open`].
pub fn unpack(bytes: &[u8]) -> Result<Arc<dyn ArraySource>> {
    open(&params(bytes)?)
}

/// The source that a descriptor stands for.
///
/// # Errors
/// `Value` for one that is of no format; `Io` when a file is not there any more or not what it was.
pub fn open(descriptor: &Descriptor) -> Result<Arc<dyn ArraySource>> {
    let format = &*descriptor.format;
    let known = FORMATS.iter().find(|(name, _)| *name == format);
    let (_, open) = known.ok_or_else(|| Error::value(format!("there is no storage format {format:?}")))?;
    open(&descriptor.params).with_context(|| format!("an encoded {format} source"))
}

/// The descriptor of a format, with these parameters.
fn descriptor(format: &'static str, params: &impl Serialize) -> Result<Option<Descriptor>> {
    let params = postcard::to_allocvec(params).map_err(|e| Error::unsupported(format!("encoding {format}: {e}")))?;
    Ok(Some(Descriptor { format: format.into(), params }))
}

/// The parameters of a descriptor.
fn params<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    postcard::from_bytes(bytes).map_err(|e| Error::value(e.to_string()))
}
