//! Shards: files of many chunks, with an index of where each is.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use hyperslab_base::{Error, Range, Region, Result, View, show_shape};

use super::chunk::Stored;
use super::metadata::{Shards, ZarrLayout};
use crate::codecs::verify_crc32c;
use crate::dense::odometer;
use crate::file::{FileStamp, PlainFile, ReadAt};

/// Offset and length of a chunk that is not there.
pub const MISSING: u64 = u64::MAX;

/// A shard that is open, with its index.
#[derive(Debug)]
pub struct Shard {
    file: PlainFile,
    /// First byte and length of every chunk, in C order.
    places: Vec<(u64, u64)>,
}

impl Shard {
    /// The bytes of a chunk; `None` when it was never written.
    pub fn chunk(&self, at: u64) -> Option<Stored<'_>> {
        let (offset, size) = *self.places.get(at as usize)?;
        (offset != MISSING || size != MISSING).then_some(Stored { file: &self.file, offset, size })
    }
}

/// Shards that stay open, those read last first. A shard's index is read once while its chunks are read one by one.
static OPEN: Mutex<Vec<Arc<Shard>>> = Mutex::new(Vec::new());

/// Shards, and entries of all their indexes, that stay open at most.
const KEPT: (usize, usize) = (32, 1 << 20);

/// The shard at `path` as it is now; `None` where there is no such file.
///
/// # Errors
/// `Io` when it cannot be read or its index is damaged.
pub fn open(path: &Path, layout: &ZarrLayout, shards: &Shards) -> Result<Option<Arc<Shard>>> {
    let count = layout.chunks_per_shard().iter().product::<u64>() as usize;
    let now = match FileStamp::of(path) {
        Ok(stamp) => stamp,
        Err(_) if matches!(path.try_exists(), Ok(false)) => return Ok(None),
        Err(e) => return Err(e),
    };
    let same = |s: &Arc<Shard>| s.file.stamp == now && s.file.path() == path && s.places.len() == count;
    {
        let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(i) = open.iter().position(same) {
            open[..=i].rotate_right(1);
            return Ok(Some(Arc::clone(&open[0])));
        }
    }
    let Some(file) = PlainFile::open(path.to_path_buf())? else { return Ok(None) };
    let places = read_index(&file, shards, count)?;
    let shard = Arc::new(Shard { file, places });
    let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    open.retain(|s| s.file.path() != path);
    open.insert(0, Arc::clone(&shard));
    let mut entries = 0;
    let kept = open.iter().take(KEPT.0).take_while(|s| {
        entries += s.places.len();
        entries <= KEPT.1
    });
    let kept = kept.count();
    let closed = open.split_off(kept);
    drop(open);
    drop(closed);
    Ok(Some(shard))
}

/// Bytes of an index.
pub fn index_bytes(shards: &Shards, count: usize) -> u64 {
    (16 * count + if shards.checksum { 4 } else { 0 }) as u64
}

fn read_index(file: &PlainFile, shards: &Shards, count: usize) -> Result<Vec<(u64, u64)>> {
    let (size, length) = (file.stamp.size, index_bytes(shards, count));
    let Some(before_end) = size.checked_sub(length) else {
        return Err(Error::io(file.path(), format!("{size} bytes hold no index of {count} chunks")));
    };
    let mut bytes = vec![0; length as usize];
    file.read_at(if shards.index_first { 0 } else { before_end }, &mut bytes)?;
    parse_index(&bytes, shards, count, size, file.path())
}

/// First byte and length of every chunk of a shard of so many bytes, in C order.
///
/// # Errors
/// `Io` when the index is damaged.
pub fn parse_index(bytes: &[u8], shards: &Shards, count: usize, size: u64, name: &Path) -> Result<Vec<(u64, u64)>> {
    let entries = if shards.checksum {
        verify_crc32c(bytes).map_err(|e| Error::io(name, format!("the index of the shard: {e}")))?
    } else {
        bytes
    };
    let number = |b: &[u8; 8]| u64::from_le_bytes(*b);
    let places: Vec<_> =
        entries.as_chunks::<8>().0.as_chunks::<2>().0.iter().map(|[a, b]| (number(a), number(b))).collect();
    if places.len() != count {
        return Err(Error::io(name, format!("an index of {} chunks, {count} expected", places.len())));
    }
    let outside = |&(offset, length): &(u64, u64)| {
        (offset != MISSING || length != MISSING) && offset.checked_add(length).is_none_or(|end| end > size)
    };
    match places.iter().position(outside) {
        None => Ok(places),
        Some(i) => {
            let (offset, length) = places[i];
            Err(Error::io(name, format!("chunk {i} of the shard, {length} bytes at {offset}, leaves the file")))
        }
    }
}

/// The bytes of a whole shard; nothing where none of its chunks is worth being stored, as `stored` tells.
///
/// # Errors
/// Those of encoding.
pub fn encode(
    layout: &ZarrLayout,
    shards: &Shards,
    data: &View<'_>,
    stored: impl Fn(&View<'_>) -> bool,
) -> Result<Option<Vec<u8>>> {
    let counts = layout.chunks_per_shard();
    let index_bytes = counts.iter().product::<u64>() as usize * 16 + if shards.checksum { 4 } else { 0 };
    let mut out = vec![0; if shards.index_first { index_bytes } else { 0 }];
    let (mut index, mut any) = (Vec::with_capacity(index_bytes), false);
    odometer(&counts, |at| {
        let cut = at.iter().zip(&layout.chunk_shape).map(|(k, c)| Range::new(k * c, *c));
        let chunk = data.slice(&Region(cut.collect()));
        let (mut offset, mut length) = (MISSING, MISSING);
        if stored(&chunk) {
            let bytes = layout.encode_chunk(&chunk).map_err(|e| e.context(format!("chunk {}", show_shape(at))))?;
            (offset, length, any) = (out.len() as u64, bytes.len() as u64, true);
            out.extend_from_slice(&bytes);
        }
        index.extend_from_slice(&offset.to_le_bytes());
        index.extend_from_slice(&length.to_le_bytes());
        Ok(())
    })?;
    if shards.checksum {
        index.extend_from_slice(&crc32c::crc32c(&index).to_le_bytes());
    }
    if shards.index_first {
        out[..index_bytes].copy_from_slice(&index);
    } else {
        out.extend_from_slice(&index);
    }
    Ok(any.then_some(out))
}
