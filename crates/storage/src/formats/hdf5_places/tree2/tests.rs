//! Made-up files: all of a tree, or nothing of one that is damaged.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::super::made_up::{Bytes, damage, entry, sum};
use super::*;
use crate::codecs::fuzz::cases;
use crate::formats::hdf5_index::ChunkPlace;

/// Address of the header.
const AT: u64 = 48;

/// How a tree is made.
#[derive(Clone, Debug)]
struct Recipe {
    of: Chunking,
    /// Which chunks are stored, by position.
    stored: Vec<bool>,
    filtered: bool,
    /// Records of a leaf.
    fan: usize,
}

fn recipe() -> impl Strategy<Value = Recipe> {
    let dims = prop::collection::vec((1u64..9, 1u64..3), 1..4);
    (dims, 2usize..5, any::<bool>(), prop::collection::vec(any::<bool>(), 512)).prop_map(
        |(dims, fan, filtered, stored)| {
            let (shape, chunk) = (dims.iter().map(|d| d.0).collect(), dims.iter().map(|d| d.1).collect());
            Recipe { of: Chunking { shape, chunk, itemsize: 4 }, stored, filtered, fan }
        },
    )
}

/// A node that is written: its address, its records, and those below it too.
struct Written {
    at: u64,
    own: u64,
    all: u64,
}

impl Recipe {
    fn record_bytes(&self) -> usize {
        8 + if self.filtered { 2 + 4 } else { 0 } + 8 * self.of.shape.len()
    }

    /// Bytes of a node: as many as a leaf of `fan` records has, and at least an inner node of one record.
    fn node_bytes(&self) -> usize {
        10 + (self.fan * self.record_bytes()).max(self.record_bytes() + 2 * (8 + 1 + 4))
    }

    /// The file, and what must be found.
    fn build(&self) -> (Bytes, Places) {
        let grid = self.of.grid();
        let (mut file, mut found, mut records) = (vec![0xaa; (AT + HEADER) as usize], Vec::new(), Vec::new());
        let plain = self.of.chunk_bytes().unwrap();
        for position in (0..grid.iter().product::<u64>()).filter(|p| self.stored[*p as usize]) {
            let (size, mask) = if self.filtered { (position % 5 + 1, (position % 3) as u32) } else { (plain, 0) };
            let offset = file.len() as u64;
            let (mut at, mut rest) = (vec![0u64; grid.len()], position);
            for d in (0..grid.len()).rev() {
                (at[d], rest) = (rest % grid[d], rest / grid[d]);
            }
            let mut record = entry(self.filtered, offset, size, mask);
            record.extend(at.iter().flat_map(|k| k.to_le_bytes()));
            records.push(record);
            found.push((position, ChunkPlace { offset, size, mask }));
            file.extend(vec![0xcc; size as usize]);
        }
        let mut depth = 0;
        while self.capacity(depth) < records.len() as u64 {
            depth += 1;
        }
        let root = (!records.is_empty()).then(|| self.node(&mut file, &records, depth));
        let (at, own) = root.map_or((NOWHERE, 0), |root| (root.at, root.own));
        let mut header = [&b"BTHD\0"[..], &[self.kind()]].concat();
        header.extend((self.node_bytes() as u32).to_le_bytes());
        header.extend((self.record_bytes() as u16).to_le_bytes());
        header.extend([depth as u8, 0, 100, 40]);
        header.extend(at.to_le_bytes());
        header.extend((own as u16).to_le_bytes());
        header.extend((records.len() as u64).to_le_bytes());
        file[AT as usize..][..HEADER as usize].copy_from_slice(&sum(header));
        (Bytes(file), found)
    }

    fn kind(&self) -> u8 {
        if self.filtered { 11 } else { 10 }
    }

    fn layers(&self, depth: usize) -> Vec<Layer> {
        layers(self.node_bytes() as u32, self.record_bytes(), depth as u16).unwrap()
    }

    /// Most records of a tree.
    fn capacity(&self, depth: usize) -> u64 {
        let layers = self.layers(depth);
        layers[1..].iter().fold(layers[0].most, |below, layer| (layer.most + 1) * below + layer.most)
    }

    /// Writes the tree over some records, which are as many as it can have or less.
    fn node(&self, file: &mut Vec<u8>, records: &[Vec<u8>], height: usize) -> Written {
        let layers = self.layers(height);
        let mut body = [if height > 0 { &b"BTIN\0"[..] } else { b"BTLF\0" }, &[self.kind()]].concat();
        let mut own = records.len();
        if let Some(below) = height.checked_sub(1) {
            let parts = (records.len() + 1).div_ceil(self.capacity(below) as usize + 1).max(2);
            own = parts - 1;
            let ends: Vec<usize> = (0..=parts).map(|k| k * (records.len() + 1) / parts).collect();
            let children: Vec<Written> =
                ends.windows(2).map(|w| self.node(file, &records[w[0]..w[1] - 1], below)).collect();
            ends[1..parts].iter().for_each(|end| body.extend(&records[end - 1]));
            for child in children {
                body.extend(child.at.to_le_bytes());
                body.extend(&child.own.to_le_bytes()[..width_of(layers[0].most)]);
                body.extend(&child.all.to_le_bytes()[..layers[below].total_width]);
            }
        } else {
            body.extend(records.concat());
        }
        let at = file.len() as u64;
        file.extend(sum(body));
        Written { at, own: own as u64, all: records.len() as u64 }
    }
}

fn read(file: &Bytes, of: &Chunking) -> Option<Places> {
    records(file, file.0.len() as u64, AT, of)
}

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn every_chunk_is_found(recipe in recipe()) {
        let (file, expected) = recipe.build();
        prop_assert_eq!(read(&file, &recipe.of), Some(expected));
    }

    #[test]
    fn damaged_trees_do_no_harm(
        recipe in recipe(),
        damage in damage(),
    ) {
        let (mut file, expected) = recipe.build();
        damage.hit(&mut file, AT);
        // Checksums tell.
        prop_assert!(read(&file, &recipe.of).is_none_or(|found| found == expected));
    }
}
