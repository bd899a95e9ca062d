//! Where the chunks of a dataset are, read from the file itself: by the object header to the B-tree of the first
//! version, which is what HDF5 and netCDF-4 write unless they are told otherwise.
//!
//! Such trees have no checksums. What is read here is complete and in order, or nothing: other kinds of index, and
//! whatever contradicts itself, are the library's to read.

use std::ops::Range;

use super::hdf5_index::ChunkPlace;
use crate::file::ReadAt;

/// The address of nothing.
const NOWHERE: u64 = u64::MAX;
/// Kinds of messages in object headers.
const LAYOUT: u16 = 8;
const CONTINUATION: u16 = 16;
/// Bytes and blocks of a header from which on it is taken for damaged.
const LONGEST_BLOCK: u64 = 1 << 20;
const MOST_BLOCKS: usize = 64;

/// A chunked dataset as the library describes it.
#[derive(Clone, Debug)]
pub struct Chunking {
    /// Shape of the dataset.
    pub shape: Vec<u64>,
    /// Shape of its chunks.
    pub chunk: Vec<u64>,
    /// Bytes of an element.
    pub itemsize: u64,
}

/// Positions of the stored chunks in the grid, counted in C order and ascending, and where these chunks are.
pub type Places = Vec<(u64, ChunkPlace)>;

/// The chunks of the dataset whose object header is at `header`, in a file of `size` bytes without a user block, whose
/// addresses and lengths have eight bytes; `None` where the library must read the index.
pub fn read_tree(file: &impl ReadAt, size: u64, header: u64, of: &Chunking) -> Option<Places> {
    let fits = |c: &u64| (1..=u64::from(u32::MAX)).contains(c);
    if of.chunk.len() != of.shape.len() || of.shape.is_empty() || of.shape.len() > 32 || !of.chunk.iter().all(fits) {
        return None;
    }
    let root = tree_address(file, header, of)?;
    let mut walk = Walk { file, size, of, found: Vec::new() };
    if root != NOWHERE {
        walk.node(root, None, None)?;
    }
    let Walk { found, .. } = walk;
    apart(&found).then_some(found)
}

/// Whether no byte belongs to two chunks.
fn apart(found: &Places) -> bool {
    let mut spans: Vec<Range<u64>> = found.iter().map(|(_, p)| p.offset..p.offset + p.size).collect();
    spans.sort_unstable_by_key(|s| s.start);
    spans.windows(2).all(|w| w[0].end <= w[1].start)
}

/// The `N` bytes at a place.
fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    array(bytes, at).map(u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    array(bytes, at).map(u64::from_le_bytes)
}

fn read(file: &impl ReadAt, from: u64, length: u64) -> Option<Vec<u8>> {
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

/// Where the root of the tree is, by the layout message; its chunks and elements must be those that the library says.
fn tree_address(file: &impl ReadAt, header: u64, of: &Chunking) -> Option<u64> {
    let head = read(file, header, 16)?;
    let (messages, first) = if head.starts_with(b"OHDR\x02") {
        let flags = head[5];
        let before = 6 + if flags & 0x20 != 0 { 16 } else { 0 } + if flags & 0x10 != 0 { 4 } else { 0 };
        let width = 1u64 << (flags & 3);
        let mut length = [0; 8];
        length[..width as usize].copy_from_slice(&read(file, header.checked_add(before)?, width)?);
        let prefix = if flags & 4 != 0 { 6 } else { 4 };
        (Messages { prefix, second: true }, (header + before + width, u64::from_le_bytes(length)))
    } else if head.starts_with(b"\x01\0") {
        (Messages { prefix: 8, second: false }, (header + 16, u64::from(u32_at(&head, 8)?)))
    } else {
        return None;
    };
    let (mut blocks, mut next) = (vec![first], 0);
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
                LAYOUT if flags & 2 == 0 => return layout_message(data, of),
                CONTINUATION => blocks.push((u64_at(data, 0)?, u64_at(data, 8)?)),
                _ => {}
            }
            block = &block[messages.prefix + length..];
        }
        next += 1;
    }
    None
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

/// The address in a layout message of the third version, of chunks.
fn layout_message(data: &[u8], of: &Chunking) -> Option<u64> {
    let rank = of.chunk.len();
    if data.get(..3)? != [3, 2, rank as u8 + 1] {
        return None;
    }
    let stored = |d: usize| u32_at(data, 11 + 4 * d).map(u64::from);
    let same = (0..rank).all(|d| stored(d) == Some(of.chunk[d])) && stored(rank) == Some(of.itemsize);
    u64_at(data, 3).filter(|_| same)
}

/// The tree, node by node, in the order of its keys.
struct Walk<'a, F> {
    file: &'a F,
    size: u64,
    of: &'a Chunking,
    found: Places,
}

impl<F: ReadAt> Walk<'_, F> {
    /// Takes up what is below a node. Keys ascend within it and lie within those of its parent, so that the library's
    /// search finds all that is listed, and no node is met twice.
    fn node(&mut self, address: u64, level: Option<u8>, within: Option<(&[u64], &[u64])>) -> Option<()> {
        let head = read(self.file, address, 24)?;
        let entries = usize::from(u16_at(&head, 6)?);
        let fits = head.starts_with(b"TREE\x01") && level.is_none_or(|l| l == head[5]);
        if !fits || (entries == 0 && level.is_some()) {
            return None;
        }
        let key = 8 + 8 * (self.of.shape.len() + 1);
        let entry = key + 8;
        let from = address.checked_add(24)?;
        let length = (entries * entry + key) as u64;
        from.checked_add(length).filter(|end| *end <= self.size)?;
        let body = read(self.file, from, length)?;
        let keys: Vec<Vec<u64>> = (0..=entries).map(|i| self.key(&body, i * entry)).collect::<Option<_>>()?;
        let inside = within.is_none_or(|(low, high)| low <= &keys[0][..] && &keys[entries][..] <= high);
        if !inside || !keys.windows(2).all(|w| w[0] < w[1]) {
            return None;
        }
        for i in 0..entries {
            let child = u64_at(&body, i * entry + key)?;
            if let Some(below) = head[5].checked_sub(1) {
                self.node(child, Some(below), Some((&keys[i], &keys[i + 1])))?;
                continue;
            }
            let (size, mask) = (u64::from(u32_at(&body, i * entry)?), u32_at(&body, i * entry + 4)?);
            child.checked_add(size).filter(|end| size > 0 && *end <= self.size)?;
            self.found.push((self.position(&keys[i])?, ChunkPlace { offset: child, size, mask }));
        }
        Some(())
    }

    /// The place that a key names, by elements, with that of a byte in the element.
    fn key(&self, body: &[u8], at: usize) -> Option<Vec<u64>> {
        (0..=self.of.shape.len()).map(|d| u64_at(body, at + 8 + 8 * d)).collect()
    }

    /// Position in the grid of the chunk that starts at a place; `None` where none does.
    fn position(&self, start: &[u64]) -> Option<u64> {
        let (byte, place) = start.split_last()?;
        let mut position = 0u64;
        for ((n, c), p) in self.of.shape.iter().zip(&self.of.chunk).zip(place) {
            if p >= n || p % c != 0 {
                return None;
            }
            position = position.checked_mul(n.div_ceil(*c))?.checked_add(p / c)?;
        }
        (*byte == 0).then_some(position)
    }
}

#[cfg(test)]
mod tests;
