//! HDF5 datasets, read without the library: whoever has it open says once where the chunks are.
//!
//! Chunks are read and decoded by as many threads as ask, outside the library's lock. What this cannot read is refused
//! when the source is made, and goes through the library instead.

use std::sync::{Arc, OnceLock};

use hyperslab_base::{
    ArraySource, DType, Descriptor, Error, Region, Result, ResultExt, Scalar, Token, View, ViewMut, checked_nbytes,
    copy, show_shape,
};
use serde::{Deserialize, Serialize};

pub use super::hdf5_index::{ChunkIndex, ChunkPlace};
pub use super::hdf5_objects::ObjectFile;
use super::hdf5_objects::{self, Part};
use super::hdf5_tree::read_tree;
pub use super::hdf5_tree::{Chunking, Places};
use super::{descriptor, params};
use crate::codecs::{Filter, sized, swap_bytes};
use crate::cuts::{each_chunk, fill, is_whole, touched};
use crate::dense::{Dense, PIECE, check_region};
pub use crate::file::{FilePlace, FileStamp};
use crate::file::{FileRecord, ReadAt, Reader, StampedFile};
use crate::objects::REQUESTS;
use crate::objects::gather::{Fetched, window_bytes};
use crate::scratch::{Scratch, with_scratch};

/// Name of the format.
pub(super) const FORMAT: &str = "hdf5";

/// A dataset as its descriptor holds it.
#[derive(Serialize, Deserialize)]
struct Described {
    file: DescribedFile,
    dataset: String,
    shape: Vec<u64>,
    dtype: DType,
    big_endian: bool,
    storage: Hdf5Storage,
    filters: Vec<Filter>,
    fill: Scalar,
}

/// A file as a descriptor holds it.
#[derive(Serialize, Deserialize)]
enum DescribedFile {
    /// In the file system.
    Local(FileRecord),
    /// In an object store.
    Object(ObjectFile),
}

/// The dataset that [`ArraySource::descriptor`] names.
pub(super) fn open(bytes: &[u8]) -> Result<Arc<dyn ArraySource>> {
    let Described { file, dataset, shape, dtype, big_endian, storage, filters, fill } = params(bytes)?;
    let (stamp, place, object) = match file {
        DescribedFile::Local(file) => (file.find()?, FilePlace::named(file.path()), None),
        DescribedFile::Object(file) => {
            let place = FilePlace::named(&file.objects.url(&file.name));
            (FileStamp::of_size(file.stamp.size()), place, Some(file))
        }
    };
    let layout = Hdf5Layout { object, place, dataset, shape, dtype, big_endian, storage, filters, fill, stamp };
    Ok(Arc::new(Hdf5Source::new(layout)?))
}

/// Where the elements of a dataset are.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Hdf5Storage {
    /// In C order from a byte on.
    Contiguous {
        /// Byte of the first element.
        offset: u64,
    },
    /// In chunks of one shape.
    Chunked {
        /// Shape of every chunk, those at the edges included.
        chunk_shape: Vec<u64>,
        /// Where each chunk is.
        index: ChunkIndex,
    },
    /// Nowhere yet: every element is the fill value.
    Empty,
}

/// A dataset as the library describes it.
#[derive(Clone, Debug)]
pub struct Hdf5Layout {
    /// File.
    pub place: FilePlace,
    /// The file, where it is in an object store.
    pub object: Option<ObjectFile>,
    /// Name of the dataset within it.
    pub dataset: String,
    /// Shape.
    pub shape: Vec<u64>,
    /// Dtype, in native byte order.
    pub dtype: DType,
    /// Whether the file holds the elements with the highest byte first.
    pub big_endian: bool,
    /// Where the elements are.
    pub storage: Hdf5Storage,
    /// Filters in the order in which writing applies them.
    pub filters: Vec<Filter>,
    /// Value of the elements of chunks that were never written.
    pub fill: Scalar,
    /// The file as it was when this description was taken.
    pub stamp: FileStamp,
}

/// Places of the stored chunks of a dataset, by the address of its object header; `None` where the library must read the
/// index: what it is, how the file is laid out, or that it is damaged, is more than is known here.
///
/// # Errors
/// `Io` when the file cannot be opened or has changed.
pub fn chunk_places(place: FilePlace, stamp: FileStamp, header: u64, of: &Chunking) -> Result<Option<Places>> {
    let file = StampedFile::open(place, stamp)?;
    let reader = file.reader()?;
    let found = read_tree(&reader, stamp.size, header, of);
    reader.check()?;
    Ok(found)
}

/// Source over a dataset of an HDF5 file that nobody writes.
#[derive(Debug)]
pub struct Hdf5Source {
    layout: Hdf5Layout,
    /// Opened by the first read.
    file: OnceLock<Arc<StampedFile>>,
    /// Bytes of one decoded chunk; 0 when there are no chunks.
    chunk_bytes: usize,
}

impl Hdf5Source {
    /// Source over what `layout` describes.
    ///
    /// # Errors
    /// `Unsupported` when the pipeline cannot be undone here; `Internal` when the description contradicts itself.
    pub fn new(layout: Hdf5Layout) -> Result<Self> {
        checked_nbytes(&layout.shape, layout.dtype)?;
        let mut chunk_bytes = 0;
        if let Hdf5Storage::Chunked { chunk_shape, index } = &layout.storage {
            if chunk_shape.len() != layout.shape.len() || chunk_shape.contains(&0) {
                return Err(Error::internal(format!("chunks {chunk_shape:?} for shape {:?}", layout.shape)));
            }
            let counts = layout.shape.iter().zip(chunk_shape).map(|(n, c)| n.div_ceil(*c));
            let chunks = counts.fold(1u128, |all, n| all.saturating_mul(u128::from(n)));
            if chunks != u128::from(index.total()) {
                return Err(Error::internal(format!("an index of {} chunks for {chunks}", index.total())));
            }
            chunk_bytes = checked_nbytes(chunk_shape, layout.dtype)? as usize;
        }
        if layout.fill.dtype() != layout.dtype {
            return Err(Error::internal(format!("fill value {:?} for {}", layout.fill, layout.dtype)));
        }
        if layout.filters.iter().filter(|f| f.compresses()).count() > 1 || layout.filters.len() > 32 {
            return Err(Error::unsupported("more than one compressing HDF5 filter has no native decoder")
                .hint("read the dataset through h5py itself"));
        }
        Ok(Hdf5Source { layout, file: OnceLock::new(), chunk_bytes })
    }

    fn file(&self) -> Result<Reader<'_>> {
        if let Some(file) = self.file.get() {
            return file.reader();
        }
        let opened = StampedFile::open(self.layout.place.clone(), self.layout.stamp)?;
        self.file.get_or_init(|| opened).reader()
    }

    /// Whether bytes in the file stand in the other order than in memory.
    fn swaps(&self) -> bool {
        self.layout.dtype.itemsize() > 1 && self.layout.big_endian != cfg!(target_endian = "big")
    }

    fn dense<'a>(&'a self, file: &'a dyn ReadAt, offset: u64, shape: &'a [u64]) -> Dense<'a> {
        Dense { file, offset, shape, dtype: self.layout.dtype, swap: self.swaps() }
    }

    fn read_chunks(
        &self,
        file: &Reader<'_>,
        (chunk_shape, index): (&[u64], &ChunkIndex),
        region: &Region,
        out: &mut ViewMut<'_>,
        scratch: &mut Scratch,
    ) -> Result<()> {
        each_chunk(region, chunk_shape, |position, inside, at| {
            let mut target = out.slice(at);
            match index.get(self.linear(position, chunk_shape)) {
                None => fill(&mut target, &self.layout.fill),
                Some(place) => self
                    .read_chunk(file, place, chunk_shape, inside, &mut target, scratch)
                    .with_context(|| format!("dataset {}, chunk {}", self.layout.dataset, show_shape(position))),
            }
        })
    }

    /// Reads a region of a file in an object store.
    fn read_object(&self, file: &ObjectFile, region: &Region, out: &mut ViewMut<'_>) -> Result<()> {
        let layout = &self.layout;
        with_scratch(|scratch| match &layout.storage {
            Hdf5Storage::Empty => fill(out, &layout.fill),
            Hdf5Storage::Contiguous { offset } => hdf5_objects::read(
                file,
                hdf5_objects::dense_window(region.count() * layout.dtype.itemsize() as u64),
                |f| hdf5_objects::pieces(region, (&layout.shape, layout.dtype.itemsize(), *offset), f),
                &mut |p: &Part, from: &Fetched| {
                    self.dense(from, *offset, &layout.shape).read(&p.inside, &mut out.slice(&p.at), &mut scratch.stored)
                },
                &layout.dataset,
            ),
            Hdf5Storage::Chunked { chunk_shape, index } => {
                let window = self.window(region, chunk_shape, index);
                let mut missing: Vec<Region> = Vec::new();
                let parts = |f: &mut dyn FnMut(Part) -> Result<()>| {
                    each_chunk(region, chunk_shape, |position, inside, at| {
                        let Some(place) = index.get(self.linear(position, chunk_shape)) else {
                            missing.push(at.clone());
                            return Ok(());
                        };
                        let (position, inside, at) = (position.into(), inside.clone(), at.clone());
                        f(Part { position, inside, at, mask: place.mask, place: (place.offset, place.size) })
                    })
                };
                let mut take = |p: &Part, from: &Fetched| {
                    let place = ChunkPlace { offset: p.place.0, size: p.place.1, mask: p.mask };
                    self.read_chunk(from, place, chunk_shape, &p.inside, &mut out.slice(&p.at), scratch)
                };
                hdf5_objects::read(file, window, parts, &mut take, &layout.dataset)?;
                missing.iter().try_for_each(|at| fill(&mut out.slice(at), &layout.fill))
            }
        })
    }

    /// Bytes that come at once while a region of a file in an object store is read.
    fn window(&self, region: &Region, chunk_shape: &[u64], index: &ChunkIndex) -> u64 {
        window_bytes(touched(region, chunk_shape), index.largest().min(self.layout.stamp.size))
    }

    /// Place of a chunk, counted in C order.
    fn linear(&self, position: &[u64], chunk_shape: &[u64]) -> u64 {
        let grid = self.layout.shape.iter().zip(chunk_shape).map(|(n, c)| n.div_ceil(*c));
        position.iter().zip(grid).fold(0, |l, (p, n)| l * n + p)
    }

    /// Reads what `inside` selects of one chunk; a whole chunk that lands in one piece is decoded in its place.
    fn read_chunk(
        &self,
        file: &dyn ReadAt,
        place: ChunkPlace,
        chunk_shape: &[u64],
        inside: &Region,
        out: &mut ViewMut<'_>,
        scratch: &mut Scratch,
    ) -> Result<()> {
        let filters = &self.layout.filters;
        let unfiltered = (0..filters.len()).all(|i| place.mask & (1 << i) != 0);
        if unfiltered && place.size == self.chunk_bytes as u64 {
            return self.dense(file, place.offset, chunk_shape).read(inside, out, &mut scratch.stored);
        }
        let Scratch { stored, decoded, decoder } = scratch;
        let stored = match file.in_memory(place.offset, place.size) {
            Some(bytes) => bytes,
            None => {
                // A damaged size must not take memory.
                file.check_end(place.offset, place.size)?;
                let stored = sized(stored, place.size as usize);
                file.read_at(place.offset, stored)?;
                &*stored
            }
        };
        let mut decode = |into: &mut [u8]| {
            decoder.decode(filters, place.mask, stored, into).map_err(|e| Error::io(file.name(), e))?;
            if self.swaps() {
                swap_bytes(self.layout.dtype.real().itemsize(), into);
            }
            Ok(())
        };
        if is_whole(inside, chunk_shape)
            && let Some(bytes) = out.bytes_mut()
        {
            return decode(bytes);
        }
        let decoded = sized(decoded, self.chunk_bytes);
        decode(decoded)?;
        copy(&View::from_bytes(self.layout.dtype, chunk_shape, decoded)?.slice(inside), out);
        Ok(())
    }
}

impl ArraySource for Hdf5Source {
    fn shape(&self) -> &[u64] {
        &self.layout.shape
    }

    fn dtype(&self) -> DType {
        self.layout.dtype
    }

    fn native_chunks(&self) -> Option<&[u64]> {
        match &self.layout.storage {
            Hdf5Storage::Chunked { chunk_shape, .. } => Some(chunk_shape),
            _ => None,
        }
    }

    fn scratch_bytes(&self, region: &Region) -> u64 {
        let remote = self.layout.object.is_some();
        match &self.layout.storage {
            Hdf5Storage::Empty => 0,
            Hdf5Storage::Contiguous { .. } if remote => {
                PIECE + hdf5_objects::dense_window(region.count().saturating_mul(self.layout.dtype.itemsize() as u64))
            }
            Hdf5Storage::Contiguous { .. } => PIECE,
            Hdf5Storage::Chunked { index, chunk_shape } => {
                // Every filter but a checksum and the last to be undone writes to a buffer of its own.
                let moves = self.layout.filters.iter().map(|f| f.buffers()).sum::<u64>().max(1);
                let stored = index.largest().min(self.layout.stamp.size).max(PIECE.min(self.chunk_bytes as u64));
                let stored = if remote { stored.max(self.window(region, chunk_shape, index)) } else { stored };
                (self.chunk_bytes as u64).saturating_mul(moves).saturating_add(stored)
            }
        }
    }

    fn at_once(&self) -> usize {
        if self.layout.object.is_some() { REQUESTS } else { 1 }
    }

    fn token(&self) -> Option<Token> {
        let l = &self.layout;
        let object = l.object.as_ref().map(|o| &o.stamp);
        Some(Token::of(&(FORMAT, &l.place.path, &l.dataset, l.stamp, object)))
    }

    fn descriptor(&self) -> Result<Option<Descriptor>> {
        let l = self.layout.clone();
        let described = Described {
            file: match l.object {
                Some(object) => DescribedFile::Object(object),
                None => DescribedFile::Local(FileRecord::of(&l.place.path, l.stamp)),
            },
            dataset: l.dataset,
            shape: l.shape,
            dtype: l.dtype,
            big_endian: l.big_endian,
            storage: l.storage,
            filters: l.filters,
            fill: l.fill,
        };
        descriptor(FORMAT, &described)
    }

    fn describe(&self) -> String {
        format!("hdf5:{}", self.layout.dataset)
    }

    fn read(&self, region: &Region, mut out: ViewMut<'_>) -> Result<()> {
        check_region(&self.layout.shape, self.layout.dtype, region, &out)?;
        if region.is_empty() {
            return Ok(());
        }
        if let Some(file) = &self.layout.object {
            return self.read_object(file, region, &mut out);
        }
        let file = &self.file()?;
        let done = with_scratch(|scratch| match &self.layout.storage {
            Hdf5Storage::Empty => fill(&mut out, &self.layout.fill),
            Hdf5Storage::Contiguous { offset } => self
                .dense(file, *offset, &self.layout.shape)
                .read(region, &mut out, &mut scratch.stored)
                .with_context(|| format!("dataset {}", self.layout.dataset)),
            Hdf5Storage::Chunked { chunk_shape, index } => {
                self.read_chunks(file, (chunk_shape, index), region, &mut out, scratch)
            }
        });
        // Afterwards, so that a change during the read is seen too; it explains whatever else went wrong.
        file.check()?;
        done
    }
}

#[cfg(test)]
mod tests;
