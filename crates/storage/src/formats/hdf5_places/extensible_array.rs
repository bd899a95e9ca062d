//! Extensible arrays of chunks: a few entries in an index block, all others in data blocks, which are the longer and the
//! more the later they come. Super blocks say where most of these are.
//! Source: HDF5 File Format Specification, version 3.0, VII.D; the sizes of blocks are those of the library.

use super::header::{NOWHERE, u64_at};
use super::slots::{PREFIX, Slots, is_written};
use super::sums::{SUM, summed};
use crate::file::ReadAt;
use crate::formats::hdf5_index::Places;

/// Bytes of a header.
const HEADER: u64 = 72;
/// Bytes of an address.
const ADDRESS: u64 = 8;

/// The chunks that the array at an address lists.
pub fn elements(file: &impl ReadAt, at: u64, slots: Slots<'_>) -> Option<Places> {
    let header = summed(file, at, HEADER)?;
    let [b'E', b'A', b'H', b'D', 0, kind, width] = *header.first_chunk()? else { return None };
    let [bits, first, shortest, fewest, page_bits] = *header[7..].first_chunk()?;
    let powers = [shortest, fewest].iter().all(|n| n.is_power_of_two());
    let shortest_bits = shortest.trailing_zeros();
    if !powers || bits > 64 || u32::from(bits) < shortest_bits || page_bits >= 32 || fewest < 2 {
        return None;
    }
    let index = u64_at(&header, 60)?;
    if index == NOWHERE {
        return Some(Vec::new());
    }
    let mut array = Array {
        file,
        at,
        slots: slots.of_entries(kind, width)?,
        shortest: u64::from(shortest),
        page: 1 << page_bits,
        offset: u64::from(bits.div_ceil(8)),
        supers: 1 + u32::from(bits) - shortest_bits,
        found: Vec::new(),
    };
    array.index_block(index, u64::from(first), u64::from(fewest))?;
    Some(array.found)
}

/// An array, and what was found in it so far.
struct Array<'a, F> {
    file: &'a F,
    /// Address of the header.
    at: u64,
    slots: Slots<'a>,
    /// Entries of the shortest data blocks.
    shortest: u64,
    /// Entries of a page; data blocks of as many have no pages.
    page: u64,
    /// Bytes of the number of a block's first entry.
    offset: u64,
    /// Super blocks, those among them that are never written and whose data blocks the index block names.
    supers: u32,
    found: Places,
}

/// The data blocks of a super block.
#[derive(Clone, Copy)]
struct Group {
    /// How many they are.
    blocks: u64,
    /// Entries of each.
    entries: u64,
}

impl<F: ReadAt> Array<'_, F> {
    /// The data blocks of super block `k`.
    fn group(&self, k: u32) -> Option<Group> {
        let entries = self.shortest.checked_mul(1u64.checked_shl(k.div_ceil(2))?)?;
        Some(Group { blocks: 1u64.checked_shl(k / 2)?, entries })
    }

    /// Pages of a data block; none where it has no such.
    fn pages(&self, group: Group) -> u64 {
        if group.entries > self.page { group.entries / self.page } else { 0 }
    }

    /// A block of a name, past its prefix.
    fn block(&self, name: &[u8; 4], from: u64, length: u64) -> Option<Vec<u8>> {
        self.slots.block(self.file, name, self.at, from, length)
    }

    /// Takes up the entries of the index block, and what it says where to find: `first` entries, then the data blocks of
    /// the super blocks that would have less than `fewest` addresses, then the other super blocks.
    fn index_block(&mut self, from: u64, first: u64, fewest: u64) -> Option<()> {
        let groups: Vec<Group> = (0..self.supers).map(|k| self.group(k)).collect::<Option<_>>()?;
        let (direct, others) = groups.split_at(groups.len().min(2 * fewest.trailing_zeros() as usize));
        // Nothing would say which pages of such blocks are written.
        if direct.iter().any(|group| self.pages(*group) > 0) {
            return None;
        }
        let alone = self.slots.bytes(first)?;
        let addresses = direct.iter().map(|group| group.blocks).sum::<u64>() + others.len() as u64;
        let body = self.block(b"EAIB", from, alone + addresses * ADDRESS)?;
        let (entries, addresses) = body.split_at(alone as usize);
        self.slots.list(entries, 0, &mut self.found)?;
        let mut addresses = addresses.chunks_exact(ADDRESS as usize).map(|a| u64_at(a, 0));
        let mut slot = first;
        for group in direct {
            for _ in 0..group.blocks {
                self.data_block(addresses.next()??, *group, slot, |_| true)?;
                slot = slot.checked_add(group.entries)?;
            }
        }
        for group in others {
            let end = slot.checked_add(group.blocks.checked_mul(group.entries)?)?;
            self.super_block(addresses.next()??, *group, slot)?;
            slot = end;
        }
        Some(())
    }

    /// Takes up what a super block says where to find; its first entry is that of `slot`.
    fn super_block(&mut self, from: u64, group: Group, slot: u64) -> Option<()> {
        if from == NOWHERE {
            return Some(());
        }
        let pages = self.pages(group);
        // A bit says whether a page is written.
        let bits = group.blocks.checked_mul(pages.div_ceil(8))?;
        let length = group.blocks.checked_mul(ADDRESS)?.checked_add(bits)?.checked_add(self.offset)?;
        let body = self.block(b"EASB", from, length)?;
        let (written, addresses) = body.get(self.offset as usize..)?.split_at(bits as usize);
        for (k, address) in (0..).zip(addresses.chunks_exact(ADDRESS as usize)) {
            let first = slot.checked_add(k * group.entries)?;
            self.data_block(u64_at(address, 0)?, group, first, |page| is_written(written, k * pages + page))?;
        }
        Some(())
    }

    /// Takes up the entries of a data block, the first of which is that of `slot`, as far as it `has` their pages.
    fn data_block(&mut self, from: u64, group: Group, slot: u64, has: impl Fn(u64) -> bool) -> Option<()> {
        if from == NOWHERE {
            return Some(());
        }
        let pages = self.pages(group);
        if pages == 0 {
            let body = self.block(b"EADB", from, self.offset + self.slots.bytes(group.entries)?)?;
            return self.slots.list(&body[self.offset as usize..], slot, &mut self.found);
        }
        self.block(b"EADB", from, self.offset)?;
        let (first, length) = (from + PREFIX + self.offset + SUM, self.slots.bytes(self.page)?);
        for page in (0..pages).filter(|page| has(*page)) {
            let at = page.checked_mul(length + SUM)?.checked_add(first)?;
            self.slots.page(self.file, at, self.page, slot.checked_add(page * self.page)?, &mut self.found)?;
        }
        Some(())
    }
}

#[cfg(test)]
mod tests;
