//! Fixed arrays of chunks: entries in pages with checksums.
//! Source: HDF5 File Format Specification, version 3.0, VII.C.

use super::header::{NOWHERE, u64_at};
use super::slots::{PREFIX, Slots, is_written};
use super::sums::{SUM, summed};
use crate::file::ReadAt;
use crate::formats::hdf5_index::Places;

/// Bytes of a header.
const HEADER: u64 = 28;

/// The chunks that the array at an address lists.
pub fn elements(file: &impl ReadAt, at: u64, slots: Slots<'_>) -> Option<Places> {
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
    let body = slots.block(file, b"FADB", at, block, bits + alone)?;
    let (written, entries) = body.split_at(bits as usize);
    let mut found = Vec::new();
    slots.list(entries, 0, &mut found)?;
    let mut from = block + PREFIX + bits + SUM;
    for k in 0..pages {
        let entries = page.min(total - k * page);
        // Pages that hold nothing yet are not written.
        if is_written(written, k) {
            slots.page(file, from, entries, k * page, &mut found)?;
        }
        from = from.checked_add(slots.bytes(entries)? + SUM)?;
    }
    Some(found)
}

#[cfg(test)]
mod tests;
