//! Made-up files: all of a tree, or nothing of one that is damaged.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::super::header::NOWHERE;
use super::super::header::{CONTINUATION, LAYOUT};
use super::super::made_up::Bytes;
use super::super::read_places;
use super::*;
use crate::codecs::fuzz::cases;

/// How a file is made.
#[derive(Clone, Debug)]
struct Recipe {
    of: Chunking,
    /// Which chunks are stored, by position.
    stored: Vec<bool>,
    /// Children of a node.
    fan: usize,
    second: bool,
    /// Whether the layout message stands in a block of its own.
    continued: bool,
}

fn recipe() -> impl Strategy<Value = Recipe> {
    let dims = prop::collection::vec((1u64..7, 1u64..4), 1..4);
    (dims, 2usize..6, any::<bool>(), any::<bool>(), prop::collection::vec(any::<bool>(), 216)).prop_map(
        |(dims, fan, second, continued, stored)| {
            let (shape, chunk) = (dims.iter().map(|d| d.0).collect(), dims.iter().map(|d| d.1).collect());
            Recipe { of: Chunking { shape, chunk, itemsize: 4 }, stored, fan, second, continued }
        },
    )
}

/// A node or chunk that its parent lists: size and mask of a chunk, first byte, address.
struct Child {
    size: u32,
    mask: u32,
    start: Vec<u64>,
    address: u64,
}

impl Recipe {
    /// The file, the address of its object header, and what must be found.
    fn build(&self) -> (Bytes, u64, Places) {
        let mut file = vec![0xaa; 48];
        let grid = self.of.grid();
        let (mut found, mut level) = (Vec::new(), Vec::new());
        for position in 0..grid.iter().product::<u64>() {
            if !self.stored[position as usize] {
                continue;
            }
            let (mut start, mut rest) = (vec![0; grid.len() + 1], position);
            for d in (0..grid.len()).rev() {
                (start[d], rest) = (rest % grid[d] * self.of.chunk[d], rest / grid[d]);
            }
            let (size, mask) = (position % 5 + 1, (position % 3 == 0) as u32);
            found.push((position, ChunkPlace { offset: file.len() as u64, size, mask }));
            level.push(Child { size: size as u32, mask, start, address: file.len() as u64 });
            file.extend(vec![0xcc; size as usize]);
        }
        let mut end = vec![u64::MAX; grid.len() + 1];
        end[grid.len()] = self.of.itemsize;
        let mut depth = 0;
        let root = loop {
            if level.is_empty() {
                break NOWHERE;
            }
            let mut above = Vec::new();
            for first in (0..level.len()).step_by(self.fan) {
                let children = &level[first..level.len().min(first + self.fan)];
                let last = level.get(first + self.fan).map_or(&end, |c| &c.start);
                above.push(Child { size: 0, mask: 0, start: children[0].start.clone(), address: file.len() as u64 });
                file.extend(b"TREE\x01");
                file.push(depth);
                file.extend((children.len() as u16).to_le_bytes());
                file.extend([0xff; 16]);
                for c in children {
                    file.extend([c.size.to_le_bytes(), c.mask.to_le_bytes()].concat());
                    file.extend(c.start.iter().flat_map(|s| s.to_le_bytes()));
                    file.extend(c.address.to_le_bytes());
                }
                file.extend([0; 8]);
                file.extend(last.iter().flat_map(|s| s.to_le_bytes()));
            }
            (level, depth) = (above, depth + 1);
            if level.len() == 1 {
                break level[0].address;
            }
        };
        let mut layout = vec![3, 2, grid.len() as u8 + 1];
        layout.extend(root.to_le_bytes());
        layout.extend(self.of.chunk.iter().chain([&self.of.itemsize]).flat_map(|c| (*c as u32).to_le_bytes()));
        let other = self.message(1, &[7; 24]);
        let layout = self.message(LAYOUT as u8, &layout);
        let block = if self.continued {
            let block = if self.second { [b"OCHK", &layout[..], b"sum."].concat() } else { layout };
            let place = [(file.len() as u64).to_le_bytes(), (block.len() as u64).to_le_bytes()].concat();
            file.extend(block);
            [other, self.message(CONTINUATION as u8, &place)].concat()
        } else {
            [other, layout].concat()
        };
        let header = file.len() as u64;
        if self.second {
            file.extend(b"OHDR\x02\x01");
            file.extend((block.len() as u16).to_le_bytes());
        } else {
            file.extend([1, 0, 2, 0, 1, 0, 0, 0]);
            file.extend((block.len() as u32).to_le_bytes());
            file.extend([0; 4]);
        }
        file.extend(block);
        file.extend([0; 16]);
        (Bytes(file), header, found)
    }

    fn message(&self, kind: u8, data: &[u8]) -> Vec<u8> {
        let length = (data.len() as u16).to_le_bytes();
        if self.second {
            [&[kind, length[0], length[1], 0], data].concat()
        } else {
            [&[kind, 0, length[0], length[1], 0, 0, 0, 0], data].concat()
        }
    }
}

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn every_chunk_is_found(recipe in recipe()) {
        let (file, header, expected) = recipe.build();
        prop_assert_eq!(read_places(&file, file.0.len() as u64, header, &recipe.of), Some(expected));
    }

    #[test]
    fn damaged_trees_do_no_harm(
        recipe in recipe(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), prop_oneof![Just(0u8), Just(1), Just(255), any::<u8>()]), 1..4),
        copied in prop::option::of((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 1usize..40)),
        cut in prop::option::weighted(0.1, any::<prop::sample::Index>()),
    ) {
        let (mut file, header, _) = recipe.build();
        for (at, byte) in damage {
            let at = at.index(file.0.len());
            file.0[at] = byte;
        }
        // What stands elsewhere in the file is likelier to be taken for a node, an address or a key.
        if let Some((from, to, length)) = copied {
            let (from, to) = (from.index(file.0.len()), to.index(file.0.len()));
            let length = length.min(file.0.len() - from.max(to));
            file.0.copy_within(from..from + length, to);
        }
        if let Some(cut) = cut {
            let length = cut.index(file.0.len());
            file.0.truncate(length);
        }
        let size = file.0.len() as u64;
        if let Some(found) = read_places(&file, size, header, &recipe.of) {
            let total: u64 = recipe.of.grid().iter().product();
            prop_assert!(found.windows(2).all(|w| w[0].0 < w[1].0));
            prop_assert!(found.iter().all(|(p, c)| *p < total && c.size > 0 && c.offset + c.size <= size));
        }
    }
}

#[test]
fn a_tree_that_lists_itself_ends() {
    let recipe = Recipe {
        of: Chunking { shape: vec![6], chunk: vec![1], itemsize: 4 },
        stored: vec![true; 6],
        fan: 2,
        second: false,
        continued: false,
    };
    let (file, header, _) = recipe.build();
    let nodes: Vec<usize> = (0..file.0.len()).filter(|&i| file.0[i..].starts_with(b"TREE")).collect();
    for &node in &nodes {
        for &other in &nodes {
            for entry in 0..2 {
                let mut damaged = file.0.clone();
                let at = node + 24 + entry * 32 + 24;
                damaged[at..at + 8].copy_from_slice(&(other as u64).to_le_bytes());
                let same = damaged == file.0;
                let found = read_places(&Bytes(damaged), file.0.len() as u64, header, &recipe.of);
                assert!(found.is_none() || same || file.0[node + 5] == 0, "{node} {other} {entry}");
            }
        }
    }
}
