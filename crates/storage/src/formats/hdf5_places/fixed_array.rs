//! Fixed arrays of chunks: entries in pages with checksums.
//! Source: HDF5 File Format Specification, version 3.0, VII.C.

use super::header::{NOWHERE, u64_at};
use super::slots::Slots;
use super::sums::{SUM, summed};
use crate::file::ReadAt;
use crate::formats::hdf5_index::Places;

/// Bytes of a header, and of what stands before the entries of a data block.
const HEADER: u64 = 28;
const PREFIX: u64 = 14;

/// The chunks that the array at an address lists.
pub fn elements(file: &impl ReadAt, at: u64, slots: Slots) -> Option<Places> {
    let header = summed(file, at, HEADER)?;
    let [b'F', b'A', b'H', b'D', 0, kind, width, page_bits] = *header.first_chunk()? else { return None };
    let (slots, total) = (slots.of_entries(kind, width)?, u64_at(&header, 8)?);
    // The array is that of the largest shape the dataset may have.
    if slots.total()? != total || page_bits >= 32 {
        return None;
    }
    let block = u64_at(&header, 16)?;
    if block == NOWHERE {
        return Some(Vec::new());
    }
    slots.bytes(total)?;
    let page = 1u64 << page_bits;
    let (pages, bits) = if total > page { (total.div_ceil(page), total.div_ceil(page).div_ceil(8)) } else { (0, 0) };
    let alone = if pages == 0 { slots.bytes(total)? } else { 0 };
    let head = summed(file, block, PREFIX + bits + alone + SUM)?;
    if head[..6] != [b'F', b'A', b'D', b'B', 0, kind] || u64_at(&head, 6)? != at {
        return None;
    }
    let mut found = Vec::new();
    slots.list(&head[PREFIX as usize..][..alone as usize], 0, &mut found)?;
    let mut from = block + PREFIX + bits + SUM;
    for k in 0..pages {
        let length = slots.bytes(page.min(total - k * page))?;
        // Pages that hold nothing yet are not written.
        if head[PREFIX as usize + (k / 8) as usize] & (0x80 >> (k % 8)) != 0 {
            let body = summed(file, from, length + SUM)?;
            slots.list(&body[..length as usize], k * page, &mut found)?;
        }
        from = from.checked_add(length + SUM)?;
    }
    Some(found)
}

#[cfg(test)]
mod tests;
