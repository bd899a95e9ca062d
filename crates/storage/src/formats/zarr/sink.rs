//! Writing Zarr arrays: whole chunks or shards, each under another name until it is complete.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, PoisonError};

use hyperslab_base::{
    ArraySink, Block, DType, Dims, Error, Location, Range, Region, Result, ResultExt, View, copy, show_shape,
};

use super::metadata::ZarrLayout;
use super::{ZarrPlace, ZarrSource, chunk, shard};
use crate::cuts::each_chunk;
use crate::folder::Folder;

/// Sink over a Zarr array.
#[derive(Debug)]
pub struct ZarrSink {
    /// The array, as far as its last chunks or shards reach: what a part is written to is read through it.
    reaching: ZarrSource,
    layout: ZarrLayout,
    /// Whether chunks are stored that hold nothing but the fill value.
    writes_empty: bool,
}

/// Held while part of a chunk or shard is written, which is read before, by whatever sink writes it.
static PARTS: [Mutex<()>; 64] = [const { Mutex::new(()) }; 64];

impl ZarrSink {
    /// Sink over the array that lies at `place` and is `layout`, or will be when it is made longer.
    ///
    /// # Errors
    /// `Io` when there is none, or another one; `Unsupported` when a codec is only read here.
    pub fn new(place: ZarrPlace, layout: ZarrLayout, writes_empty: bool) -> Result<Self> {
        if let Some(filter) = layout.codec.filters.iter().find(|f| !f.writes()) {
            return Err(super::metadata::unsupported(format!("writing by {filter:?}")));
        }
        if matches!(&place.folder, Folder::Objects(objects) if !objects.writes()) {
            return Err(super::metadata::unsupported("writing to a web server".into()));
        }
        let mut reaching = ZarrSource::with(place, layout.clone(), true)?;
        for (n, c) in reaching.layout.shape.iter_mut().zip(layout.file_shape()) {
            *n = n.next_multiple_of(*c);
        }
        Ok(ZarrSink { reaching, layout, writes_empty })
    }

    /// Writes `data` to what `inside` selects of one chunk or shard.
    fn write_file(&self, position: &[u64], inside: &Region, data: &View<'_>) -> Result<()> {
        let shape = self.layout.file_shape();
        let name = self.layout.keys.name(position);
        // As much of the file's elements as the array has.
        let reach: Dims<u64> =
            position.iter().zip(shape).zip(&self.layout.shape).map(|((p, c), n)| (*c).min(n - p * c)).collect();
        if data.shape() == shape {
            return self.store(&name, data);
        }
        if data.shape() == &reach[..] {
            return self.store(&name, &chunk::padded(&self.layout, data, shape)?.view());
        }
        let mut hasher = DefaultHasher::new();
        self.reaching.place.folder.place(&name).hash(&mut hasher);
        let lock = &PARTS[hasher.finish() as usize % PARTS.len()];
        let _held = lock.lock().unwrap_or_else(PoisonError::into_inner);
        let mut block = Block::scratch(self.layout.dtype, shape)?;
        self.read_file(position, &mut block)?;
        copy(data, &mut block.view_mut().slice(inside));
        self.store(&name, &block.view())
    }

    /// All elements of a chunk or shard, with those beyond the array.
    fn read_file(&self, position: &[u64], block: &mut Block) -> Result<()> {
        let whole = position.iter().zip(self.layout.file_shape()).map(|(p, c)| Range::new(p * c, *c));
        self.reaching.read_region(&Region(whole.collect()), &mut block.view_mut())
    }

    fn store(&self, name: &str, data: &View<'_>) -> Result<()> {
        let stored = |chunk: &View<'_>| self.writes_empty || !is_fill(chunk, self.layout.fill.bytes());
        let bytes = match &self.layout.shards {
            Some(shards) => shard::encode(&self.layout, shards, data, stored)?,
            None if stored(data) => Some(self.layout.encode_chunk(data)?),
            None => None,
        };
        match bytes {
            Some(bytes) => self.reaching.place.folder.write(name, bytes),
            None => self.reaching.place.folder.remove(name),
        }
    }
}

/// Whether every element has these bytes.
fn is_fill(view: &View<'_>, value: &[u8]) -> bool {
    let Some(bytes) = view.bytes() else {
        // Row by row: a chunk within a shard does not lie in one piece.
        let rows = view.shape()[0];
        return (0..rows).all(|i| {
            let row = view.slice(&Region(
                view.shape()
                    .iter()
                    .enumerate()
                    .map(|(d, n)| if d == 0 { Range::new(i, 1) } else { Range::new(0, *n) })
                    .collect(),
            ));
            let inner: Dims<isize> = row.strides()[1..].iter().copied().collect();
            is_fill(&row.restride(0, &row.shape()[1..], &inner), value)
        });
    };
    match value.len() {
        // The first bytes are the value, and every byte is the one that many before it.
        n if bytes.len() >= n => bytes[..n] == *value && bytes[n..] == bytes[..bytes.len() - n],
        _ => true,
    }
}

impl ArraySink for ZarrSink {
    fn shape(&self) -> &[u64] {
        &self.layout.shape
    }

    fn dtype(&self) -> DType {
        self.layout.dtype
    }

    fn native_chunks(&self) -> Option<&[u64]> {
        Some(self.layout.file_shape())
    }

    fn scratch_bytes(&self, _: u64) -> u64 {
        // The file's elements, padded or read before; its bytes; what one chunk goes through.
        let moves = 2 + self.layout.codec.filters.iter().map(|f| f.buffers()).sum::<u64>();
        self.layout.file_bytes() * 2 + self.layout.file_bytes() / 8 + self.layout.most_stored() * moves
    }

    fn at_once(&self) -> usize {
        self.reaching.place.folder.at_once()
    }

    fn location(&self) -> Option<Location> {
        Some(self.reaching.place.location.clone())
    }

    fn describe(&self) -> String {
        self.reaching.place.name.clone()
    }

    fn write(&self, region: &Region, data: View<'_>) -> Result<()> {
        if region.is_empty() {
            return Ok(());
        }
        if region.0.iter().zip(&self.layout.shape).any(|(r, n)| r.end() > *n) || region.shape()[..] != *data.shape() {
            return Err(Error::internal(format!("write of {:?} to {region:?}", data.shape())));
        }
        each_chunk(region, self.layout.file_shape(), |position, inside, at| {
            self.write_file(position, inside, &data.slice(at))
                .with_context(|| format!("{}, chunk {}", self.describe(), show_shape(position)))
        })
    }
}
