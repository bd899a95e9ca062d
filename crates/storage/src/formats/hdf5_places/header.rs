//! What the object header of an HDF5 dataset says of where the index of its chunks is.

use crate::file::ReadAt;
use crate::formats::hdf5_index::Chunking;

/// The address of nothing.
pub const NOWHERE: u64 = u64::MAX;
/// The limit of an axis that has none.
pub const UNLIMITED: u64 = u64::MAX;
/// Kinds of messages in object headers.
const DATASPACE: u16 = 1;
pub const LAYOUT: u16 = 8;
pub const CONTINUATION: u16 = 16;
/// Bytes and blocks of a header from which on it is taken for damaged.
const LONGEST_BLOCK: u64 = 1 << 20;
const MOST_BLOCKS: usize = 64;

/// Bytes from which on what is read at once is taken for damaged.
const LONGEST_READ: u64 = 1 << 26;

/// A kind of index.
#[derive(Clone, Copy)]
pub enum Index {
    /// A B-tree of the first version.
    Tree,
    /// None: all chunks lie one after the other.
    Implicit,
    /// For axes that have limits.
    FixedArray,
    /// For one axis without a limit.
    ExtensibleArray,
    /// A B-tree of the second version, for several axes without limits.
    Tree2,
}

/// Where the index of a dataset is.
pub struct Located {
    pub index: Index,
    pub at: u64,
    /// The largest shape that the dataset may have; nothing where the header does not say it.
    pub limits: Option<Vec<u64>>,
}

/// The `N` bytes at a place.
fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

/// A number at a place.
pub fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    array(bytes, at).map(u16::from_le_bytes)
}

/// A number at a place.
pub fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_le_bytes)
}

/// A number at a place.
pub fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    array(bytes, at).map(u64::from_le_bytes)
}

/// A number of so many bytes, at most 8, at a place.
pub fn uint_at(bytes: &[u8], at: usize, width: usize) -> Option<u64> {
    let mut wide = [0; 8];
    wide.get_mut(..width)?.copy_from_slice(bytes.get(at..)?.get(..width)?);
    Some(u64::from_le_bytes(wide))
}

/// The bytes at a place; nothing where the file has not as many, or they are too many.
pub fn read(file: &impl ReadAt, from: u64, length: u64) -> Option<Vec<u8>> {
    if length > LONGEST_READ {
        return None;
    }
    let mut bytes = vec![0; usize::try_from(length).ok()?];
    file.read_at(from, &mut bytes).ok()?;
    Some(bytes)
}

/// How messages lie in the blocks of an object header.
struct Messages {
    /// Bytes of what precedes a message.
    prefix: usize,
    /// Whether the header is of the second version.
    second: bool,
}

/// The index, by the layout message; its chunks and elements must be those that the library says.
pub fn located(file: &impl ReadAt, header: u64, of: &Chunking) -> Option<Located> {
    let head = read(file, header, 16)?;
    let (messages, first) = if head.starts_with(b"OHDR\x02") {
        let flags = head[5];
        let before = 6 + if flags & 0x20 != 0 { 16 } else { 0 } + if flags & 0x10 != 0 { 4 } else { 0 };
        let width = 1u64 << (flags & 3);
        let length = uint_at(&read(file, header.checked_add(before)?, width)?, 0, width as usize)?;
        let prefix = if flags & 4 != 0 { 6 } else { 4 };
        (Messages { prefix, second: true }, (header + before + width, length))
    } else if head.starts_with(b"\x01\0") {
        (Messages { prefix: 8, second: false }, (header + 16, u64::from(u32_at(&head, 8)?)))
    } else {
        return None;
    };
    let (mut blocks, mut next) = (vec![first], 0);
    let (mut index, mut limits) = (None, None);
    while let Some(&(from, length)) = blocks.get(next) {
        if length > LONGEST_BLOCK || blocks.len() > MOST_BLOCKS {
            return None;
        }
        let mut block = &read(file, from, length)?[..];
        if messages.second && next > 0 {
            block = block.strip_prefix(b"OCHK")?;
            block = &block[..block.len().checked_sub(4)?];
        }
        while let Some((kind, flags, length)) = messages.heading(block) {
            let data = block.get(messages.prefix..messages.prefix + length)?;
            match kind {
                // One that is shared would hold an address.
                LAYOUT if flags & 2 == 0 => index = Some(layout_message(data, of)?),
                DATASPACE if flags & 2 == 0 => limits = dataspace_message(data, of),
                CONTINUATION => blocks.push((u64_at(data, 0)?, u64_at(data, 8)?)),
                _ => {}
            }
            block = &block[messages.prefix + length..];
        }
        if index.is_some() && limits.is_some() {
            break;
        }
        next += 1;
    }
    index.map(|(index, at)| Located { index, at, limits })
}

impl Messages {
    /// Kind, flags and length of the message at the front; nothing where the block ends.
    fn heading(&self, block: &[u8]) -> Option<(u16, u8, usize)> {
        if block.len() < self.prefix {
            return None;
        }
        if self.second {
            Some((u16::from(block[0]), block[3], usize::from(u16_at(block, 1)?)))
        } else {
            Some((u16_at(block, 0)?, block[4], usize::from(u16_at(block, 2)?)))
        }
    }
}

/// The largest shape in a dataspace message, the shape in which must be that which the library says.
fn dataspace_message(data: &[u8], of: &Chunking) -> Option<Vec<u64>> {
    let [version, rank, flags, ..] = *data.first_chunk::<4>()?;
    let from = match version {
        1 => 8,
        2 => 4,
        _ => return None,
    };
    let numbers = |from: usize| (0..usize::from(rank)).map(|d| u64_at(data, from + 8 * d)).collect::<Option<Vec<_>>>();
    let shape = numbers(from).filter(|shape| *shape == of.shape)?;
    if flags & 1 == 0 { Some(shape) } else { numbers(from + 8 * usize::from(rank)) }
}

/// The index in a layout message of the third to fifth version, of chunks, and its address.
fn layout_message(data: &[u8], of: &Chunking) -> Option<(Index, u64)> {
    let rank = of.chunk.len();
    let sizes = of.chunk.iter().chain([&of.itemsize]);
    match *data.first_chunk()? {
        [3, 2, n] if usize::from(n) == rank + 1 => {
            let same = sizes.enumerate().all(|(d, &c)| u32_at(data, 11 + 4 * d).map(u64::from) == Some(c));
            Some((Index::Tree, u64_at(data, 3).filter(|_| same)?))
        }
        // Flags would say that chunks at edges have no filters. In the fifth version entries are wider.
        [4 | 5, 2, 0] => {
            let (n, width) = (usize::from(*data.get(3)?), usize::from(*data.get(4)?));
            let kind = 5 + n * width;
            let stored = |d: usize| uint_at(data, 5 + d * width, width);
            let same = n == rank + 1 && sizes.enumerate().all(|(d, &c)| stored(d) == Some(c));
            // Before the address: how the index was made.
            let (index, before) = match data.get(kind)? {
                2 => (Index::Implicit, 0),
                3 => (Index::FixedArray, 1),
                4 => (Index::ExtensibleArray, 5),
                5 => (Index::Tree2, 6),
                _ => return None,
            };
            Some((index, u64_at(data, kind + 1 + before).filter(|_| same)?))
        }
        _ => None,
    }
}
