//! Made-up files: all of an array, or nothing of one that is damaged.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::super::header::UNLIMITED;
use super::super::made_up::{Bytes, damage, entry, sum};
use super::*;
use crate::codecs::fuzz::cases;
use crate::formats::hdf5_index::{ChunkPlace, Chunking};

/// Address of the header.
const AT: u64 = 48;

/// How an array is made.
#[derive(Clone, Debug)]
struct Recipe {
    /// Which chunks are stored, by position.
    stored: Vec<bool>,
    filtered: bool,
    /// Entries in the index block.
    first: usize,
    /// Entries of the shortest data blocks, as a power of two.
    shortest_bits: u8,
    /// Addresses that a super block has at least, likewise.
    fewest_bits: u8,
    page_bits: u8,
    bits: u8,
}

fn recipe() -> impl Strategy<Value = Recipe> {
    let stored = prop::collection::vec(prop::bool::weighted(0.3), 1..400);
    (stored, any::<bool>(), 0usize..5, 0u8..3, 1u8..3, 0u8..3, 10u8..18).prop_map(
        |(stored, filtered, first, shortest_bits, fewest_bits, more, bits)| {
            // Data blocks that the index block names have no pages.
            let page_bits = shortest_bits + fewest_bits + more;
            Recipe { stored, filtered, first, shortest_bits, fewest_bits, page_bits, bits }
        },
    )
}

impl Recipe {
    fn kind(&self) -> u8 {
        u8::from(self.filtered)
    }

    /// What a block of a name begins with.
    fn prefix(&self, name: &[u8; 4]) -> Vec<u8> {
        [&name[..], &[0, self.kind()], &AT.to_le_bytes()].concat()
    }

    /// That, with the number of its first entry.
    fn numbered(&self, name: &[u8; 4], slot: usize) -> Vec<u8> {
        let number = (slot - self.first).to_le_bytes();
        [self.prefix(name), number[..usize::from(self.bits.div_ceil(8))].to_vec()].concat()
    }

    /// The file, and what must be found.
    fn build(&self) -> (Bytes, Places) {
        let (mut file, mut found, mut entries) = (vec![0xaa; (AT + HEADER) as usize], Vec::new(), Vec::new());
        for (position, &there) in (0u64..).zip(&self.stored) {
            let (size, mask) = if self.filtered { (position % 5 + 1, (position % 3) as u32) } else { (8, 0) };
            let offset = if there { file.len() as u64 } else { NOWHERE };
            entries.push(entry(self.filtered, offset, size, mask));
            if there {
                found.push((position, ChunkPlace { offset, size, mask }));
                file.extend(vec![0xcc; size as usize]);
            }
        }
        let index = self.index_block(&mut file, &entries);
        let width = entries[0].len() as u8;
        let shape = [self.kind(), width, self.bits, self.first as u8, 1 << self.shortest_bits, 1 << self.fewest_bits];
        let header = [b"EAHD\0", &shape[..], &[self.page_bits], &[0; 48], &index.to_le_bytes()].concat();
        file[AT as usize..][..HEADER as usize].copy_from_slice(&sum(header));
        (Bytes(file), found)
    }

    /// The entries from one on, filled up where the array has no more, and whether any of them is of a chunk.
    fn slots(&self, entries: &[Vec<u8>], from: usize, count: usize) -> (Vec<u8>, bool) {
        let none = entry(self.filtered, NOWHERE, 0, 0);
        let all = (from..from + count).map(|slot| entries.get(slot).unwrap_or(&none));
        let any = self.stored.iter().skip(from).take(count).any(|there| *there);
        (all.flatten().copied().collect(), any)
    }

    fn index_block(&self, file: &mut Vec<u8>, entries: &[Vec<u8>]) -> u64 {
        let mut body = [self.prefix(b"EAIB"), self.slots(entries, 0, self.first).0].concat();
        let mut slot = self.first;
        for k in 0..=u32::from(self.bits - self.shortest_bits) {
            let (blocks, length) = (1usize << (k / 2), 1usize << (u32::from(self.shortest_bits) + k.div_ceil(2)));
            let (mut addresses, mut bits) = (Vec::new(), vec![0u8; blocks * (length >> self.page_bits).div_ceil(8)]);
            if length <= 1 << self.page_bits {
                bits.clear();
            }
            let begin = slot;
            for block in 0..blocks {
                addresses.extend(self.data_block(file, entries, (slot, length), block, &mut bits).to_le_bytes());
                slot += length;
            }
            if k < 2 * u32::from(self.fewest_bits) {
                body.extend(addresses);
            } else if self.slots(entries, begin, slot - begin).1 {
                body.extend((file.len() as u64).to_le_bytes());
                file.extend(sum([self.numbered(b"EASB", begin), bits, addresses].concat()));
            } else {
                body.extend(NOWHERE.to_le_bytes());
            }
        }
        let at = file.len() as u64;
        file.extend(sum(body));
        at
    }

    /// Writes data block number `block` of its super block; notes which of its pages are written.
    fn data_block(
        &self,
        file: &mut Vec<u8>,
        entries: &[Vec<u8>],
        (slot, length): (usize, usize),
        block: usize,
        bits: &mut [u8],
    ) -> u64 {
        let (body, any) = self.slots(entries, slot, length);
        if !any {
            return NOWHERE;
        }
        let (at, head) = (file.len() as u64, self.numbered(b"EADB", slot));
        if bits.is_empty() {
            file.extend(sum([head, body].concat()));
            return at;
        }
        file.extend(sum(head));
        let pages = length >> self.page_bits;
        for page in 0..pages {
            let (body, any) = self.slots(entries, slot + (page << self.page_bits), 1 << self.page_bits);
            let (bit, length) = (block * pages + page, body.len() + SUM as usize);
            bits[bit / 8] |= u8::from(any) * (0x80 >> (bit % 8));
            file.extend(if any { sum(body) } else { vec![0xbb; length] });
        }
        at
    }
}

/// What a file says of a dataset of so many chunks.
fn read(file: &Bytes, chunks: usize) -> Option<Places> {
    let of = Chunking { shape: vec![2 * chunks as u64], chunk: vec![2], itemsize: 4 };
    elements(file, AT, Slots::new(&of, &[UNLIMITED], 0, file.0.len() as u64).unwrap())
}

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn every_chunk_is_found(recipe in recipe()) {
        let (file, expected) = recipe.build();
        prop_assert_eq!(read(&file, recipe.stored.len()), Some(expected));
    }

    #[test]
    fn chunks_past_the_shape_are_left_out(recipe in recipe(), chunks in 1usize..400) {
        let (file, mut expected) = recipe.build();
        expected.retain(|(position, _)| *position < chunks as u64);
        prop_assert_eq!(read(&file, chunks), Some(expected));
    }

    #[test]
    fn damaged_arrays_do_no_harm(
        recipe in recipe(),
        damage in damage(),
    ) {
        let (mut file, expected) = recipe.build();
        damage.hit(&mut file, AT);
        // Checksums tell.
        prop_assert!(read(&file, recipe.stored.len()).is_none_or(|found| found == expected));
    }
}
