//! Fixed arrays of chunks: an entry for each position of the grid, in pages with checksums.
//! Source: HDF5 File Format Specification, version 3.0, VII.C.

use super::hdf5_header::{NOWHERE, read, u32_at, u64_at, uint_at};
use super::hdf5_index::{ChunkPlace, Chunking, Places};
use crate::file::ReadAt;

/// Bytes of a header, and of what stands before the entries of a data block.
const HEADER: u64 = 28;
const PREFIX: u64 = 14;
/// Bytes of a checksum.
const SUM: u64 = 4;

/// The chunks that the array at an address lists.
pub fn elements(file: &impl ReadAt, size: u64, at: u64, of: &Chunking) -> Option<Places> {
    if at == NOWHERE {
        return Some(Vec::new());
    }
    let header = summed(file, at, HEADER)?;
    let [b'F', b'A', b'H', b'D', 0, filtered, width, page_bits] = *header.first_chunk()? else { return None };
    let total = of.shape.iter().zip(&of.chunk).try_fold(1u64, |all, (n, c)| all.checked_mul(n.div_ceil(*c)))?;
    let entry = Entry { filtered: filtered == 1, width: usize::from(width), plain: chunk_bytes(of)?, size };
    // The array is that of the largest shape the dataset may have.
    if u64_at(&header, 8)? != total || filtered > 1 || !entry.fits() || page_bits >= 32 {
        return None;
    }
    let block = u64_at(&header, 16)?;
    if block == NOWHERE {
        return Some(Vec::new());
    }
    total.checked_mul(u64::from(width)).filter(|bytes| *bytes <= size)?;
    let page = 1u64 << page_bits;
    let (pages, bits) = if total > page { (total.div_ceil(page), total.div_ceil(page).div_ceil(8)) } else { (0, 0) };
    let alone = if pages == 0 { total * u64::from(width) } else { 0 };
    let head = summed(file, block, PREFIX + bits + alone + SUM)?;
    if head[..6] != [b'F', b'A', b'D', b'B', 0, filtered] || u64_at(&head, 6)? != at {
        return None;
    }
    let mut found = Vec::new();
    entry.list(&head[PREFIX as usize..][..alone as usize], 0, &mut found)?;
    let mut from = block + PREFIX + bits + SUM;
    for k in 0..pages {
        let entries = page.min(total - k * page);
        let length = entries * u64::from(width) + SUM;
        // Pages that hold nothing yet are not written.
        if head[PREFIX as usize + (k / 8) as usize] & (0x80 >> (k % 8)) != 0 {
            let body = summed(file, from, length)?;
            entry.list(&body[..(length - SUM) as usize], k * page, &mut found)?;
        }
        from = from.checked_add(length)?;
    }
    Some(found)
}

/// Bytes of a whole chunk without filters.
fn chunk_bytes(of: &Chunking) -> Option<u64> {
    of.chunk.iter().try_fold(of.itemsize, |bytes, c| bytes.checked_mul(*c))
}

/// How an entry lies in a page.
struct Entry {
    filtered: bool,
    width: usize,
    /// Bytes of a chunk without filters.
    plain: u64,
    /// Bytes of the file.
    size: u64,
}

impl Entry {
    fn fits(&self) -> bool {
        if self.filtered { (13..=20).contains(&self.width) } else { self.width == 8 }
    }

    /// Takes up the entries of a page whose first is that of a position.
    fn list(&self, body: &[u8], first: u64, found: &mut Places) -> Option<()> {
        for (position, e) in (first..).zip(body.chunks_exact(self.width)) {
            let offset = u64_at(e, 0)?;
            if offset == NOWHERE {
                continue;
            }
            let (size, mask) = match self.filtered {
                true => (uint_at(e, 8, self.width - 12)?, u32_at(e, self.width - 4)?),
                false => (self.plain, 0),
            };
            offset.checked_add(size).filter(|end| size > 0 && *end <= self.size)?;
            found.push((position, ChunkPlace { offset, size, mask }));
        }
        Some(())
    }
}

/// Bytes that end with their checksum; nothing where that is another.
fn summed(file: &impl ReadAt, from: u64, length: u64) -> Option<Vec<u8>> {
    let bytes = read(file, from, length)?;
    let (body, _) = bytes.split_at_checked(bytes.len().checked_sub(SUM as usize)?)?;
    (u32_at(&bytes, body.len())? == lookup3(body)).then_some(bytes)
}

/// Bob Jenkins' hash lookup3, by which HDF5 sums up its metadata.
fn lookup3(bytes: &[u8]) -> u32 {
    let [mut a, mut b, mut c] = [0xdead_beef_u32.wrapping_add(bytes.len() as u32); 3];
    let mut left = bytes;
    while !left.is_empty() {
        let (now, rest) = left.split_at(left.len().min(12));
        let mut words = [[0u8; 4]; 3];
        words.as_flattened_mut()[..now.len()].copy_from_slice(now);
        let [x, y, z] = words.map(u32::from_le_bytes);
        (a, b, c) = (a.wrapping_add(x), b.wrapping_add(y), c.wrapping_add(z));
        left = rest;
        if left.is_empty() {
            c = ended(a, b, c);
        } else {
            (a, b, c) = mixed(a, b, c);
        }
    }
    c
}

fn mixed(a: u32, b: u32, c: u32) -> (u32, u32, u32) {
    let mut s = [a, c, b];
    for turn in [4, 6, 8, 16, 19, 4] {
        s[0] = s[0].wrapping_sub(s[1]) ^ s[1].rotate_left(turn);
        s[1] = s[1].wrapping_add(s[2]);
        s.rotate_right(1);
    }
    (s[0], s[2], s[1])
}

fn ended(a: u32, b: u32, c: u32) -> u32 {
    let mut s = [c, b, a];
    for turn in [14, 11, 25, 16, 4, 14, 24] {
        s[0] = (s[0] ^ s[1]).wrapping_sub(s[1].rotate_left(turn));
        s.rotate_right(1);
    }
    s[1]
}

#[cfg(test)]
mod tests;
