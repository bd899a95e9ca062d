//! HDF5 datasets that h5py has open: read past the library's lock, and written with chunks compressed in parallel.

use std::path::PathBuf;
use std::sync::Arc;

use hyperslab::storage::codecs::{Filter, encode};
use hyperslab::storage::formats::hdf5::{
    ChunkIndex, ChunkPlace, Chunking, Hdf5Layout, Hdf5Source, Hdf5Storage, ObjectFile, chunk_places,
};
use hyperslab::storage::{FilePlace, FileStamp};
use hyperslab::{
    Array, ArraySink, Block, DType, Error, Location, Range, Region, Result, ResultExt, Scalar, View, copy,
};
use numpy::{PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};

use crate::convert;
use crate::errors::Outcome;
use crate::expr::Expr;
use crate::objects::{Described, Object};
use crate::run::Sink;
use crate::stores::Store;

/// Names and parameters of filters, in the order in which writing applies them.
type FilterList = Vec<(String, Vec<u32>)>;

/// The filters that a list names.
fn filters(list: &FilterList) -> Result<Vec<Filter>> {
    list.iter().map(|(name, params)| Filter::from_name(name, params)).collect()
}

/// A chunked dataset. Whole chunks are encoded here, by as many threads as write, and handed to the library finished;
/// parts of chunks go through the library.
#[derive(Debug)]
struct Hdf5Sink {
    dataset: Object,
    chunk: Vec<u64>,
    filters: Vec<Filter>,
}

impl Hdf5Sink {
    /// Place of every chunk that the region touches.
    fn touched(&self, region: &Region) -> Vec<Vec<u64>> {
        let spans = region.0.iter().zip(&self.chunk).map(|(r, &c)| r.low() / c..r.end().div_ceil(c));
        spans.fold(vec![Vec::new()], |places, span| {
            places.iter().flat_map(|p| span.clone().map(move |k| [&p[..], &[k]].concat())).collect()
        })
    }

    fn write_chunk(&self, place: &[u64], region: &Region, data: &View<'_>) -> Result<()> {
        // The part of the dataset in the chunk, and what of it the region covers.
        let ends =
            place.iter().zip(&self.chunk).zip(self.dataset.shape()).map(|((k, c), n)| (k * c, (k * c + c).min(*n)));
        let ends: Vec<(u64, u64)> = ends.collect();
        let part: Vec<(u64, u64)> =
            ends.iter().zip(&region.0).map(|(&(a, b), r)| (a.max(r.low()), b.min(r.end()))).collect();
        let within = part.iter().zip(&region.0).map(|(&(a, b), r)| Range::new(a - r.low(), b - a)).collect();
        let piece = data.slice(&Region(within));
        // A chunk at the edge is the library's to write: what it holds beyond the dataset shows after a resize.
        if part == ends && piece.shape() == self.chunk {
            let bytes = self.encoded(&piece)?;
            let offset: Vec<u64> = ends.iter().map(|(a, _)| *a).collect();
            return Python::attach(|py| self.hand_over(py, &offset, &bytes)).map_err(Error::from);
        }
        let place = Region(part.iter().map(|&(a, b)| Range::new(a, b - a)).collect());
        Python::attach(|py| self.dataset.assign(py, &place, &piece)).map_err(Error::from)
    }

    /// The bytes of a whole chunk as they stand in the file.
    fn encoded(&self, piece: &View<'_>) -> Result<Vec<u8>> {
        if let Some(bytes) = piece.bytes() {
            return encode(&self.filters, bytes);
        }
        let mut block = Block::zeroed(piece.dtype(), &self.chunk)?;
        copy(piece, &mut block.view_mut());
        encode(&self.filters, block.bytes())
    }

    fn hand_over(&self, py: Python<'_>, offset: &[u64], bytes: &[u8]) -> Outcome<()> {
        let id = self.dataset.value.bind(py).getattr("id")?;
        let args = (PyTuple::new(py, offset)?, PyBytes::new(py, bytes));
        self.dataset.locked(py, || Ok(id.call_method1("write_direct_chunk", args).map(|_| ())?))
    }
}

impl ArraySink for Hdf5Sink {
    fn shape(&self) -> &[u64] {
        self.dataset.shape()
    }

    fn dtype(&self) -> DType {
        self.dataset.dtype()
    }

    fn native_chunks(&self) -> Option<&[u64]> {
        Some(&self.chunk)
    }

    fn scratch_bytes(&self, _: u64) -> u64 {
        // A contiguous chunk, and what each filter makes of it.
        let chunk = self.chunk.iter().product::<u64>() * self.dataset.dtype().itemsize() as u64;
        chunk * (2 + self.filters.len() as u64)
    }

    fn location(&self) -> Option<Location> {
        Some(self.dataset.location())
    }

    fn describe(&self) -> String {
        self.dataset.describe().into()
    }

    fn write(&self, region: &Region, data: View<'_>) -> Result<()> {
        if region.is_empty() {
            return Ok(());
        }
        for place in self.touched(region) {
            self.write_chunk(&place, region, &data)
                .with_context(|| format!("writing chunk {place:?} of {}", self.dataset.describe()))?;
        }
        Ok(())
    }
}

/// A sink over a chunked h5py dataset of native byte order whose filters are ones we have.
#[pyfunction]
pub fn hdf5_sink(described: Described, chunk: Vec<u64>, filter_list: FilterList) -> Outcome<Sink> {
    let dataset = Object::new(described)?;
    let filters = filters(&filter_list)?;
    if let Some(filter) = filters.iter().find(|f| !f.writes()) {
        return Err(Error::unsupported(format!("writing by {filter:?}")).hint("write through h5py").into());
    }
    Ok(Sink(Arc::new(Hdf5Sink { dataset, chunk, filters })))
}

/// Position, first byte, size and filter mask of every stored chunk.
type IndexArrays<'py> =
    (PyReadonlyArray1<'py, u64>, PyReadonlyArray1<'py, u64>, PyReadonlyArray1<'py, u64>, PyReadonlyArray1<'py, u32>);

/// Size, times of modification and of change of state, device and inode of a file.
type Stamp = (u64, i128, i128, (u64, u64));

fn file_stamp((size, mtime_ns, ctime_ns, inode): Stamp) -> FileStamp {
    FileStamp { size, mtime_ns, ctime_ns, inode }.comparable()
}

/// What [`IndexArrays`] are made from.
type NewArrays<'py> =
    (Bound<'py, PyArray1<u64>>, Bound<'py, PyArray1<u64>>, Bound<'py, PyArray1<u64>>, Bound<'py, PyArray1<u32>>);

/// The index of the dataset whose object header is at an address, as the file holds it; `None` where the library must
/// be asked.
#[pyfunction]
pub fn hdf5_tree(
    py: Python<'_>,
    path: PathBuf,
    descriptor: Option<u32>,
    stamp: Stamp,
    header: u64,
    geometry: (Vec<u64>, Vec<u64>, u64),
) -> Outcome<Option<NewArrays<'_>>> {
    let (shape, chunk, itemsize) = geometry;
    let (place, of) = (FilePlace { path, descriptor }, Chunking { shape, chunk, itemsize });
    let found = py.detach(|| chunk_places(place, file_stamp(stamp), header, &of))?;
    Ok(found.map(|places| {
        let list = |f: fn(&(u64, ChunkPlace)) -> u64| PyArray1::from_iter(py, places.iter().map(f));
        let masks = PyArray1::from_iter(py, places.iter().map(|(_, p)| p.mask));
        (list(|p| p.0), list(|p| p.1.offset), list(|p| p.1.size), masks)
    }))
}

/// A file in an object store.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct Remote {
    store: Store,
    folder: String,
    name: String,
}

impl Remote {
    fn opened(self, py: Python<'_>) -> Outcome<ObjectFile> {
        let Remote { store, folder, name } = self;
        let open = || -> Result<ObjectFile> {
            let objects = store.open(&folder)?;
            Ok(ObjectFile { stamp: objects.stamp(&name)?, objects, name })
        };
        Ok(py.detach(open)?)
    }
}

/// The description of a dataset, as the Python face takes it from h5py.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct Layout<'py> {
    path: PathBuf,
    descriptor: Option<u32>,
    object: Option<Remote>,
    name: String,
    shape: Vec<u64>,
    dtype: Bound<'py, PyAny>,
    fill: Bound<'py, PyBytes>,
    stamp: Stamp,
    filters: FilterList,
    chunk_shape: Option<Vec<u64>>,
    index: Option<IndexArrays<'py>>,
    offset: Option<u64>,
}

impl Layout<'_> {
    fn storage(&self) -> Outcome<Hdf5Storage> {
        if let (Some(chunk_shape), Some((positions, offsets, sizes, masks))) = (&self.chunk_shape, &self.index) {
            let total = self.shape.iter().zip(chunk_shape).map(|(n, c)| n.div_ceil(*c)).product();
            let slice = |a: &PyReadonlyArray1<'_, u64>| a.as_array().to_vec();
            let masks = masks.as_array().to_vec();
            let index = ChunkIndex::new(total, &slice(positions), &slice(offsets), &slice(sizes), &masks)?;
            return Ok(Hdf5Storage::Chunked { chunk_shape: chunk_shape.clone(), index });
        }
        Ok(self.offset.map_or(Hdf5Storage::Empty, |offset| Hdf5Storage::Contiguous { offset }))
    }

    fn layout(mut self, py: Python<'_>) -> Outcome<Hdf5Layout> {
        let object = self.object.take().map(|o| o.opened(py)).transpose()?;
        let dtype = DType::from_name(&self.dtype.getattr("name")?.extract::<String>()?)?;
        let stamp = match &object {
            Some(object) => FileStamp::of_size(object.stamp.size()),
            None => file_stamp(self.stamp),
        };
        let native: bool = self.dtype.getattr("isnative")?.extract()?;
        Ok(Hdf5Layout {
            place: FilePlace { path: self.path.clone(), descriptor: self.descriptor },
            dataset: self.name.clone(),
            shape: self.shape.clone(),
            dtype,
            big_endian: native == cfg!(target_endian = "big"),
            storage: self.storage()?,
            filters: filters(&self.filters)?,
            fill: Scalar::from_bytes(dtype, self.fill.as_bytes())?,
            stamp,
            object,
        })
    }
}

/// An expression over a dataset that is read and decoded natively.
#[pyfunction]
pub fn from_hdf5(layout: &Bound<'_, PyAny>, chunks: &Bound<'_, PyAny>) -> Outcome<Expr> {
    let described: Layout<'_> = layout.extract()?;
    let source = Hdf5Source::new(described.layout(layout.py())?)?;
    Ok(Expr(Array::from_source(Arc::new(source), &convert::chunk_spec(chunks)?)?))
}
