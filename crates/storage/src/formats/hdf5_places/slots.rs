//! Arrays that index chunks: an entry for each position of the grid, in an order of their own.

use super::header::{NOWHERE, u32_at, u64_at, uint_at};
use super::sums::{SUM, summed};
use crate::file::ReadAt;
use crate::formats::hdf5_index::{ChunkPlace, Chunking, Places};

/// Bytes that every block of an array begins with: a name, a version, a kind, the header's address.
pub const PREFIX: u64 = 14;

/// How entries lie in the pages of an array, and which chunks they are of.
pub struct Slots<'a> {
    of: &'a Chunking,
    filtered: bool,
    /// Bytes of an entry.
    width: usize,
    /// Bytes of a chunk without filters.
    plain: u64,
    /// Bytes of the file.
    size: u64,
    /// The axes as entries are counted, the slowest first, and how many chunks each has room for.
    axes: Vec<(usize, u64)>,
}

impl<'a> Slots<'a> {
    /// Of a dataset whose axes may grow to `limits`; entries are counted along `slowest` first of all, whatever that is.
    pub fn new(of: &'a Chunking, limits: &[u64], slowest: usize, size: u64) -> Option<Self> {
        let room = |d: usize| Some((d, limits.get(d)?.div_ceil(*of.chunk.get(d)?)));
        let order = [slowest].into_iter().chain((0..limits.len()).filter(|d| *d != slowest));
        let axes = order.map(room).collect::<Option<_>>()?;
        Some(Slots { of, filtered: false, width: 8, plain: of.chunk_bytes()?, size, axes })
    }

    /// With entries of a kind, 1 that of filtered chunks, and so many bytes; nothing where there is no such kind.
    pub fn of_entries(self, kind: u8, width: u8) -> Option<Self> {
        let fits = if kind == 1 { (13..=20).contains(&width) } else { kind == 0 && width == 8 };
        fits.then_some(Slots { filtered: kind == 1, width: usize::from(width), ..self })
    }

    /// Entries of the largest shape.
    pub fn total(&self) -> Option<u64> {
        self.axes.iter().try_fold(1u64, |all, (_, n)| all.checked_mul(*n))
    }

    /// Bytes of so many entries; nothing where the file is shorter.
    pub fn bytes(&self, entries: u64) -> Option<u64> {
        entries.checked_mul(self.width as u64).filter(|bytes| *bytes <= self.size)
    }

    /// A block of a name, past its prefix, of the array whose header is at `owner`.
    pub fn block(&self, file: &impl ReadAt, name: &[u8; 4], owner: u64, from: u64, length: u64) -> Option<Vec<u8>> {
        let mut bytes = summed(file, from, PREFIX.checked_add(length)?.checked_add(SUM)?)?;
        let kind = u8::from(self.filtered);
        let fits = bytes.starts_with(name) && bytes[4..6] == [0, kind] && u64_at(&bytes, 6)? == owner;
        bytes.truncate(bytes.len() - SUM as usize);
        fits.then(|| bytes.split_off(PREFIX as usize))
    }

    /// Takes up the entries of the page at an address, the first of which is that of `slot`.
    pub fn page(&self, file: &impl ReadAt, at: u64, entries: u64, slot: u64, found: &mut Places) -> Option<()> {
        let length = self.bytes(entries)?;
        let page = summed(file, at, length + SUM)?;
        self.list(&page[..length as usize], slot, found)
    }

    /// The chunk that an entry is of: its position in the grid, counted in C order; nothing outside of the shape.
    fn position(&self, slot: u64) -> Option<u64> {
        let (mut rest, mut numbers) = (slot, vec![0; self.axes.len()]);
        for &(d, room) in self.axes[1..].iter().rev() {
            numbers[d] = rest % room.max(1);
            rest /= room.max(1);
        }
        numbers[self.axes[0].0] = rest;
        self.of.position(&numbers)
    }

    /// Takes up entries, the first of which is that of `first`.
    pub fn list(&self, entries: &[u8], first: u64, found: &mut Places) -> Option<()> {
        for (slot, entry) in (first..).zip(entries.chunks_exact(self.width)) {
            if u64_at(entry, 0)? == NOWHERE {
                continue;
            }
            let place = stored(entry, self.plain)?.within(self.size)?;
            // Chunks may be left from when the dataset was larger.
            if let Some(position) = self.position(slot) {
                found.push((position, place));
            }
        }
        // Chunks that lie apart are not more than the file has bytes.
        (found.len() as u64 <= self.size).then_some(())
    }

    /// All chunks, one after the other from an address on, as they are where there is no index.
    pub fn contiguous(&self, from: u64) -> Option<Places> {
        let total = self.total()?;
        let end = total.checked_mul(self.plain).and_then(|bytes| bytes.checked_add(from));
        end.filter(|end| *end <= self.size)?;
        let place = |slot| ChunkPlace { offset: from + slot * self.plain, size: self.plain, mask: 0 };
        Some((0..total).filter_map(|slot| Some((self.position(slot)?, place(slot)))).collect())
    }
}

/// What an entry or a record says of its chunk: an address; then, of filtered ones, a size and a mask of four bytes.
pub fn stored(entry: &[u8], plain: u64) -> Option<ChunkPlace> {
    let offset = u64_at(entry, 0)?;
    let (size, mask) = match entry.len() {
        8 => (plain, 0),
        width => (uint_at(entry, 8, width.checked_sub(12)?)?, u32_at(entry, width - 4)?),
    };
    Some(ChunkPlace { offset, size, mask })
}

/// Whether a bit says that a page is written.
pub fn is_written(bits: &[u8], page: u64) -> bool {
    bits[(page / 8) as usize] & (0x80 >> (page % 8)) != 0
}
