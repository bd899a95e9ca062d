//! HDF5 datasets that h5py has open: read past the library's lock, and written with chunks compressed in parallel.

use std::sync::Arc;

use hyperslab::storage::codecs::{Filter, encode, swap_bytes};
use hyperslab::{ArraySink, Block, DType, Error, Range, Region, Result, ResultExt, View, copy};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};

use crate::errors::{Fault, Outcome};
use crate::objects::Object;
use crate::run::Sink;

/// Names and parameters of filters, in the order in which writing applies them.
pub type FilterList = Vec<(String, Vec<u32>)>;

/// The filters that a list names.
pub fn filters(list: &FilterList) -> Result<Vec<Filter>> {
    list.iter().map(|(name, params)| Filter::from_name(name, params)).collect()
}

/// A chunked dataset. Whole chunks are encoded here, by as many threads as write, and handed to the library finished;
/// parts of chunks go through the library.
#[derive(Debug)]
struct Hdf5Sink {
    dataset: Object,
    chunk: Vec<u64>,
    filters: Vec<Filter>,
    big_endian: bool,
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
        if part == ends {
            let bytes = self.encoded(&piece)?;
            let offset: Vec<u64> = ends.iter().map(|(a, _)| *a).collect();
            return Python::attach(|py| self.hand_over(py, &offset, &bytes)).map_err(Error::from);
        }
        let place = Region(part.iter().map(|&(a, b)| Range::new(a, b - a)).collect());
        Python::attach(|py| self.dataset.assign(py, &place, &piece)).map_err(Error::from)
    }

    /// The bytes of a chunk as they stand in the file; what a chunk at the edge has beyond the dataset is zero.
    fn encoded(&self, piece: &View<'_>) -> Result<Vec<u8>> {
        let swap = self.big_endian != cfg!(target_endian = "big");
        if let (Some(bytes), true, false) = (piece.bytes(), piece.shape() == self.chunk, swap) {
            return encode(&self.filters, bytes);
        }
        let mut block = Block::zeroed(piece.dtype(), &self.chunk)?;
        let corner = Region(piece.shape().iter().map(|&n| Range::new(0, n)).collect());
        copy(piece, &mut block.view_mut().slice(&corner));
        if swap {
            swap_bytes(piece.dtype().real().itemsize(), block.bytes_mut());
        }
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

    fn scratch_bytes(&self) -> u64 {
        // A padded chunk, and what each filter makes of it.
        let chunk = self.chunk.iter().product::<u64>() * self.dataset.dtype().itemsize() as u64;
        chunk * (2 + self.filters.len() as u64)
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

/// A sink over a chunked h5py dataset whose filters are ones we have.
#[pyfunction]
#[pyo3(signature = (dataset, dtype, chunk, filter_list, big_endian, lock, name))]
pub fn hdf5_sink(
    dataset: &Bound<'_, PyAny>,
    dtype: &str,
    chunk: Vec<u64>,
    filter_list: FilterList,
    big_endian: bool,
    lock: Option<Py<PyAny>>,
    name: String,
) -> Result<Sink, Fault> {
    let shape = dataset.getattr("shape")?.extract()?;
    let object = Object::new(dataset.clone().unbind(), shape, dtype, lock, Some(chunk.clone()), name)?;
    let sink = Hdf5Sink { dataset: object, chunk, filters: filters(&filter_list)?, big_endian };
    Ok(Sink(Arc::new(sink)))
}
