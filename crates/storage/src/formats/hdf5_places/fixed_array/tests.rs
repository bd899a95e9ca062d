//! Made-up files: all of an array, or nothing of one that is damaged.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::super::made_up::{Bytes, damage, entry, sum};
use super::*;
use crate::codecs::fuzz::cases;
use crate::formats::hdf5_index::{ChunkPlace, Chunking};

/// A file with an array over `stored.len()` chunks of two elements, the address of its header, and what must be found.
fn build(stored: &[bool], filtered: bool, page_bits: u8) -> (Bytes, u64, Places) {
    let width = if filtered { 8 + 2 + 4 } else { 8 };
    let (mut file, mut found, mut entries) = (vec![0xaa; 48], Vec::new(), Vec::new());
    for (position, &there) in (0u64..).zip(stored) {
        let (size, mask) = if filtered { (position % 5 + 1, (position % 3) as u32) } else { (8, 0) };
        let offset = if there { file.len() as u64 } else { NOWHERE };
        entries.push(entry(filtered, offset, size, mask));
        if there {
            found.push((position, ChunkPlace { offset, size, mask }));
            file.extend(vec![0xcc; size as usize]);
        }
    }
    let (at, block) = (file.len() as u64, file.len() as u64 + HEADER);
    let kinds = [u8::from(filtered), width, page_bits];
    let numbers = [(stored.len() as u64).to_le_bytes(), block.to_le_bytes()].concat();
    file.extend(sum([b"FAHD\0", &kinds[..], &numbers].concat()));
    let mut head = [b"FADB\0", &kinds[..1], &at.to_le_bytes()].concat();
    if stored.len() > 1 << page_bits {
        let pages: Vec<&[Vec<u8>]> = entries.chunks(1 << page_bits).collect();
        let filled = |k: usize| stored.chunks(1 << page_bits).nth(k).is_some_and(|page| page.contains(&true));
        let mut bits = vec![0u8; pages.len().div_ceil(8)];
        (0..pages.len()).filter(|&k| filled(k)).for_each(|k| bits[k / 8] |= 0x80 >> (k % 8));
        head.extend(bits);
        file.extend(sum(head));
        for (k, page) in pages.iter().enumerate() {
            let body = sum(page.concat());
            file.extend(if filled(k) { body } else { vec![0xbb; body.len()] });
        }
    } else {
        head.extend(entries.concat());
        file.extend(sum(head));
    }
    (Bytes(file), at, found)
}

/// What a file says of a dataset of so many chunks.
fn read(file: &Bytes, at: u64, chunks: usize) -> Option<Places> {
    let of = Chunking { shape: vec![2 * chunks as u64], chunk: vec![2], itemsize: 4 };
    elements(file, at, Slots::new(&of, &of.shape, 0, file.0.len() as u64).unwrap())
}

fn arrays() -> impl Strategy<Value = (Vec<bool>, bool, u8)> {
    (prop::collection::vec(any::<bool>(), 1..70), any::<bool>(), 0u8..6)
}

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn every_chunk_is_found((stored, filtered, page_bits) in arrays()) {
        let (file, at, expected) = build(&stored, filtered, page_bits);
        prop_assert_eq!(read(&file, at, stored.len()), Some(expected));
    }

    #[test]
    fn damaged_arrays_do_no_harm(
        (stored, filtered, page_bits) in arrays(),
        damage in damage(),
        others in 1usize..70,
    ) {
        let (mut file, at, expected) = build(&stored, filtered, page_bits);
        damage.hit(&mut file, at);
        let found = read(&file, at, others);
        // Checksums tell.
        prop_assert!(found.is_none_or(|found| found == expected));
    }
}
