//! Zarr arrays in folders of the file system, of versions 2 and 3 of the format.
//!
//! Chunks are read and decoded by as many threads as ask, with one read each; of shards, the chunks that are wanted. What
//! this cannot read is refused when the source is made, and goes through zarr-python instead.

use std::any::Any;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use hyperslab_base::{
    ArraySource, DType, Descriptor, Dims, Error, Location, Region, Result, ResultExt, ViewMut, show_shape,
};
use serde::{Deserialize, Serialize};

use super::{descriptor, params};
use crate::cuts::{each_chunk, fill};
use crate::dense::{PIECE, check_region};
use crate::file::{FileStamp, PlainFile};
use crate::scratch::{Scratch, with_scratch};

mod chunk;
mod codecs;
mod fill;
mod metadata;
mod shard;
mod sink;

pub use metadata::ZarrLayout;
pub use sink::ZarrSink;

/// Name of the format.
pub(super) const FORMAT: &str = "zarr";

/// Where a Zarr array is, and under which names it is known.
#[derive(Clone, Debug)]
pub struct ZarrPlace {
    /// Its folder.
    pub folder: PathBuf,
    /// Its name, for plans and errors.
    pub name: String,
    /// Where its elements lie, for sources and sinks to tell whether they share them.
    pub location: Location,
}

/// An array as its descriptor holds it.
#[derive(Serialize, Deserialize)]
struct Described {
    folder: PathBuf,
    name: String,
    locations: Vec<String>,
    layout: ZarrLayout,
}

/// The array that [`ArraySource::descriptor`] names.
pub(super) fn open(bytes: &[u8]) -> Result<Arc<dyn ArraySource>> {
    let Described { folder, name, locations, layout } = params(bytes)?;
    let place = ZarrPlace { folder, name, location: Location::Stored(locations) };
    Ok(Arc::new(ZarrSource::new(place, layout)?))
}

/// Source over a Zarr array.
#[derive(Debug)]
pub struct ZarrSource {
    place: ZarrPlace,
    layout: ZarrLayout,
    metadata: Metadata,
    /// What lives as long as this.
    _kept: Option<Kept>,
}

/// An object of whoever made a source.
struct Kept {
    _object: Arc<dyn Any + Send + Sync>,
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }
}

impl ZarrSource {
    /// Source over the array that lies at `place` and is `layout`.
    ///
    /// # Errors
    /// `Io` when there is none, or another one.
    pub fn new(place: ZarrPlace, layout: ZarrLayout) -> Result<Self> {
        Self::with(place, layout, false)
    }

    /// As [`new`](Self::new), of an array that may be going to be longer than its metadata say.
    fn with(place: ZarrPlace, layout: ZarrLayout, longer: bool) -> Result<Self> {
        let metadata = Metadata::read(&place.folder, &layout, longer)?;
        Ok(ZarrSource { place, layout, metadata, _kept: None })
    }

    /// The source, with an object that lives as long.
    #[must_use]
    pub fn keeping(self, object: Arc<dyn Any + Send + Sync>) -> Self {
        ZarrSource { _kept: Some(Kept { _object: object }), ..self }
    }

    /// Source over the array whose metadata lie in a folder.
    ///
    /// # Errors
    /// `Io` when there are none, `Unsupported` when they say what is not read here.
    pub fn open(folder: &Path) -> Result<Self> {
        let (_, text) = Metadata::text(folder)?;
        let name = folder.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        let place = ZarrPlace {
            folder: folder.to_path_buf(),
            location: Location::Stored(vec![format!("path:{}", folder.display())]),
            name,
        };
        Self::new(place, ZarrLayout::parse(&text)?)
    }

    /// What the metadata say.
    pub fn layout(&self) -> &ZarrLayout {
        &self.layout
    }

    fn read_place(
        &self,
        position: &[u64],
        inside: &Region,
        out: &mut ViewMut<'_>,
        scratch: &mut Scratch,
    ) -> Result<()> {
        let layout = &self.layout;
        let Some(shards) = &layout.shards else {
            let path = self.place.folder.join(layout.keys.name(position));
            let Some(file) = PlainFile::open(path)? else { return fill(out, &layout.fill) };
            let stored = chunk::Stored { file: &file, offset: 0, size: file.stamp.size };
            return layout.read_chunk(stored, inside, out, scratch);
        };
        let counts = layout.chunks_per_shard();
        let shard: Dims<u64> = position.iter().zip(&counts).map(|(p, n)| p / n).collect();
        let linear = position.iter().zip(&counts).fold(0, |l, (p, n)| l * n + p % n);
        let open = shard::open(&self.place.folder.join(layout.keys.name(&shard)), layout, shards)?;
        match open.as_ref().and_then(|s| s.chunk(linear)) {
            Some(stored) => layout.read_chunk(stored, inside, out, scratch),
            None => fill(out, &layout.fill),
        }
    }
}

impl ArraySource for ZarrSource {
    fn shape(&self) -> &[u64] {
        &self.layout.shape
    }

    fn dtype(&self) -> DType {
        self.layout.dtype
    }

    fn native_chunks(&self) -> Option<&[u64]> {
        Some(&self.layout.chunk_shape)
    }

    fn scratch_bytes(&self, _: u64) -> u64 {
        let index =
            self.layout.shards.as_ref().map_or(0, |_| 16 * self.layout.file_bytes() / self.layout.chunk_bytes());
        let filters = &self.layout.codec.filters;
        if filters.is_empty() {
            return index + PIECE.min(self.layout.chunk_bytes());
        }
        let moves = filters.iter().map(|f| f.buffers()).sum::<u64>().max(1);
        index + self.layout.chunk_bytes() * moves + self.layout.most_stored()
    }

    fn location(&self) -> Option<Location> {
        Some(self.place.location.clone())
    }

    fn descriptor(&self) -> Result<Option<Descriptor>> {
        let Location::Stored(locations) = self.place.location.clone() else { return Ok(None) };
        let ZarrPlace { folder, name, .. } = self.place.clone();
        descriptor(FORMAT, &Described { folder, name, locations, layout: self.layout.clone() })
    }

    fn describe(&self) -> String {
        self.place.name.clone()
    }

    fn read(&self, region: &Region, mut out: ViewMut<'_>) -> Result<()> {
        check_region(&self.layout.shape, self.layout.dtype, region, &out)?;
        if region.is_empty() {
            return Ok(());
        }
        let done = with_scratch(|scratch| {
            each_chunk(region, &self.layout.chunk_shape, |position, inside, at| {
                self.read_place(position, inside, &mut out.slice(at), scratch)
                    .with_context(|| format!("{}, chunk {}", self.place.name, show_shape(position)))
            })
        });
        // Afterwards, so that a change during the read is seen too; it explains whatever else went wrong.
        self.metadata.check(&self.layout).with_context(|| self.place.name.clone())?;
        done
    }
}

/// The file of an array's metadata, which must go on to say the same of what was there.
#[derive(Debug)]
struct Metadata {
    path: PathBuf,
    /// The file when it last did.
    stamp: Mutex<FileStamp>,
}

impl Metadata {
    /// Path and contents of the metadata in a folder.
    fn text(folder: &Path) -> Result<(PathBuf, Vec<u8>)> {
        let names = ["zarr.json", ".zarray"].map(|name| folder.join(name));
        let found = names.iter().find(|path| path.exists());
        let path =
            found.ok_or_else(|| Error::io(folder, "holds no Zarr array: neither zarr.json nor .zarray is there"))?;
        let text = std::fs::read(path).map_err(|e| Error::io(path, e))?;
        Ok((path.clone(), text))
    }

    fn read(folder: &Path, layout: &ZarrLayout, longer: bool) -> Result<Self> {
        let (path, _) = Self::text(folder)?;
        let stamp = FileStamp::of(&path)?;
        Self::same(&path, layout, longer)?;
        Ok(Metadata { path, stamp: Mutex::new(stamp) })
    }

    /// Whether the file, read anew, describes an array that continues `layout`, or that will when it is `longer`.
    fn same(path: &Path, layout: &ZarrLayout, longer: bool) -> Result<()> {
        let text = std::fs::read(path).map_err(|e| Error::io(path, e))?;
        if ZarrLayout::parse(&text).is_ok_and(|now| now.continues(layout) || (longer && layout.continues(&now))) {
            return Ok(());
        }
        Err(Error::io(path, "the array is another one than when it was opened").hint("open it again"))
    }

    /// Whether the array is still the one it was. Attributes may change, and it may grow.
    fn check(&self, layout: &ZarrLayout) -> Result<()> {
        let now = FileStamp::of(&self.path)?;
        let known = || self.stamp.lock().unwrap_or_else(PoisonError::into_inner);
        if *known() == now {
            return Ok(());
        }
        Self::same(&self.path, layout, false)?;
        *known() = now;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
