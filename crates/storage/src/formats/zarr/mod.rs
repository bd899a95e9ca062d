//! Zarr arrays in folders of the file system and in object stores, of versions 2 and 3 of the format.
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
use crate::folder::Folder;
use crate::scratch::{Scratch, with_scratch};

mod chunk;
mod codecs;
mod fill;
mod metadata;
mod objects;
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
    pub folder: Folder,
    /// Its name, for plans and errors.
    pub name: String,
    /// Where its elements lie, for sources and sinks to tell whether they share them.
    pub location: Location,
}

/// An array as its descriptor holds it.
#[derive(Serialize, Deserialize)]
struct Described {
    folder: Folder,
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
    /// Of shards in an object store.
    indexes: objects::Indexes,
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

    /// As [`new`](Self::new), of an array whose metadata were read just now by [`metadata`](Self::metadata).
    ///
    /// # Errors
    /// `Io` when a file has changed meanwhile.
    pub fn of(place: ZarrPlace, layout: ZarrLayout) -> Result<Self> {
        if place.folder.path().is_some() {
            return Self::new(place, layout);
        }
        let metadata = Metadata { path: place.folder.place(""), stamp: None };
        Ok(ZarrSource { place, layout, metadata, indexes: objects::Indexes::default(), _kept: None })
    }

    /// The text of the metadata of the array in a folder; nothing where there is none.
    ///
    /// # Errors
    /// `Io` when the folder cannot be read.
    pub fn metadata(folder: &Folder) -> Result<Option<Vec<u8>>> {
        Ok(Metadata::text(folder)?.map(|(_, text)| text))
    }

    /// As [`new`](Self::new), of an array that may be going to be longer than its metadata say.
    fn with(place: ZarrPlace, layout: ZarrLayout, longer: bool) -> Result<Self> {
        let metadata = Metadata::read(&place.folder, &layout, longer)?;
        Ok(ZarrSource { place, layout, metadata, indexes: objects::Indexes::default(), _kept: None })
    }

    /// The source, with an object that lives as long.
    #[must_use]
    pub fn keeping(self, object: Arc<dyn Any + Send + Sync>) -> Self {
        ZarrSource { _kept: Some(Kept { _object: object }), ..self }
    }

    /// Source over the array whose metadata lie in a folder, by its path or in an object store.
    ///
    /// # Errors
    /// `Io` when there are none, `Unsupported` when they say what is not read here.
    pub fn open(folder: impl Into<Folder>) -> Result<Self> {
        let folder = folder.into();
        let text = Self::metadata(&folder)?.ok_or_else(|| Metadata::missing(&folder))?;
        let layout = ZarrLayout::parse(&text).with_context(|| folder.place("").display().to_string())?;
        let path = folder.place("").display().to_string();
        let path = path.trim_end_matches('/');
        let place = ZarrPlace {
            location: Location::Stored(vec![format!("path:{path}")]),
            name: path.rsplit('/').next().unwrap_or_default().into(),
            folder,
        };
        Self::of(place, layout)
    }

    /// What the metadata say.
    pub fn layout(&self) -> &ZarrLayout {
        &self.layout
    }

    /// Reads a region that lies within the array, or the chunks that it reaches into.
    fn read_region(&self, region: &Region, out: &mut ViewMut<'_>) -> Result<()> {
        let folder = match &self.place.folder {
            Folder::Objects(from) => {
                return objects::read(from, (&self.layout, &self.place.name), &self.indexes, region, out);
            }
            Folder::Files(folder) => folder,
        };
        with_scratch(|scratch| {
            each_chunk(region, &self.layout.chunk_shape, |position, inside, at| {
                self.read_place(folder, position, inside, &mut out.slice(at), scratch)
                    .with_context(|| format!("{}, chunk {}", self.place.name, show_shape(position)))
            })
        })
    }

    fn read_place(
        &self,
        folder: &Path,
        position: &[u64],
        inside: &Region,
        out: &mut ViewMut<'_>,
        scratch: &mut Scratch,
    ) -> Result<()> {
        let layout = &self.layout;
        let Some(shards) = &layout.shards else {
            let Some(file) = PlainFile::open(folder.join(layout.keys.name(position)))? else {
                return fill(out, &layout.fill);
            };
            let stored = chunk::Stored { file: &file, offset: 0, size: file.stamp.size };
            return layout.read_chunk(stored, inside, out, scratch);
        };
        let counts = layout.chunks_per_shard();
        let shard: Dims<u64> = position.iter().zip(&counts).map(|(p, n)| p / n).collect();
        let linear = position.iter().zip(&counts).fold(0, |l, (p, n)| l * n + p % n);
        let open = shard::open(&folder.join(layout.keys.name(&shard)), layout, shards)?;
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

    fn scratch_bytes(&self, region: &Region) -> u64 {
        let layout = &self.layout;
        let index = layout.shards.as_ref().map_or(0, |_| 16 * layout.file_bytes() / layout.chunk_bytes());
        let filters = &layout.codec.filters;
        let moves = filters.iter().map(|f| f.buffers()).sum::<u64>().max(1);
        let (pieces, stored) = match self.place.folder {
            Folder::Files(_) => (PIECE.min(layout.chunk_bytes()), layout.most_stored()),
            Folder::Objects(_) => {
                let window = objects::window_bytes(layout, region);
                (window + PIECE.min(layout.chunk_bytes()), window)
            }
        };
        index + if filters.is_empty() { pieces } else { layout.chunk_bytes() * moves + stored }
    }

    fn at_once(&self) -> usize {
        self.place.folder.at_once()
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
        let done = self.read_region(region, &mut out);
        // Afterwards, so that a change during the read is seen too; it explains whatever else went wrong.
        self.metadata.check(&self.layout).with_context(|| self.place.name.clone())?;
        done
    }
}

/// The file of an array's metadata, which must go on to say the same of what was there. In an object store it is read
/// once, when the array is opened.
#[derive(Debug)]
struct Metadata {
    path: PathBuf,
    /// The file when it last did.
    stamp: Option<Mutex<FileStamp>>,
}

impl Metadata {
    /// Place and contents of the metadata in a folder.
    fn text(folder: &Folder) -> Result<Option<(PathBuf, Vec<u8>)>> {
        for name in ["zarr.json", ".zarray"] {
            if let Some(text) = folder.read(name)? {
                return Ok(Some((folder.place(name), text)));
            }
        }
        Ok(None)
    }

    fn missing(folder: &Folder) -> Error {
        Error::io(folder.place(""), "holds no Zarr array: neither zarr.json nor .zarray is there")
    }

    fn read(folder: &Folder, layout: &ZarrLayout, longer: bool) -> Result<Self> {
        let (path, text) = Self::text(folder)?.ok_or_else(|| Self::missing(folder))?;
        let stamp = folder.path().map(|_| FileStamp::of(&path).map(Mutex::new)).transpose()?;
        match stamp {
            // What the stamp is of.
            Some(_) => Self::same_file(&path, layout, longer)?,
            None => Self::same(&path, &text, layout, longer)?,
        }
        Ok(Metadata { path, stamp })
    }

    fn same_file(path: &Path, layout: &ZarrLayout, longer: bool) -> Result<()> {
        let text = std::fs::read(path).map_err(|e| Error::io(path, e))?;
        Self::same(path, &text, layout, longer)
    }

    /// Whether these metadata describe an array that continues `layout`, or that will when it is `longer`.
    fn same(path: &Path, text: &[u8], layout: &ZarrLayout, longer: bool) -> Result<()> {
        if ZarrLayout::parse(text).is_ok_and(|now| now.continues(layout) || (longer && layout.continues(&now))) {
            return Ok(());
        }
        Err(Error::io(path, "the array is another one than when it was opened").hint("open it again"))
    }

    /// Whether the array is still the one it was. Attributes may change, and it may grow.
    fn check(&self, layout: &ZarrLayout) -> Result<()> {
        let Some(stamp) = &self.stamp else { return Ok(()) };
        let now = FileStamp::of(&self.path)?;
        let known = || stamp.lock().unwrap_or_else(PoisonError::into_inner);
        if *known() == now {
            return Ok(());
        }
        Self::same_file(&self.path, layout, false)?;
        *known() = now;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
