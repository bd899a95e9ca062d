//! B-trees of the second version over chunks, which have checksums.
//! Source: HDF5 File Format Specification, version 3.0, III.A.2, and VIII.A of records of types 10 and 11.

use super::header::{NOWHERE, u16_at, u32_at, u64_at, uint_at};
use super::slots::stored;
use super::sums::{SUM, summed};
use crate::file::ReadAt;
use crate::formats::hdf5_index::{Chunking, Places};

/// Bytes of a header, and of what stands before the records of a node: a name, a version, a kind.
const HEADER: u64 = 38;
const PREFIX: usize = 6;
/// Bytes of a coordinate of a record.
const COORDINATE: usize = 8;

/// The chunks that the tree at an address lists, in the order of its records.
pub fn records(file: &impl ReadAt, size: u64, at: u64, of: &Chunking) -> Option<Places> {
    let header = summed(file, at, HEADER)?;
    let [b'B', b'T', b'H', b'D', 0, kind] = *header.first_chunk()? else { return None };
    let record = usize::from(u16_at(&header, 10)?);
    // Behind the address, of chunks with filters: size and mask.
    let width = record.checked_sub(8 + COORDINATE * of.shape.len())?;
    let fits = if kind == 11 { (5..=12).contains(&width) } else { kind == 10 && width == 0 };
    let depth = u16_at(&header, 12)?;
    let (root, total) = (u64_at(&header, 16)?, u64_at(&header, 26)?);
    if !fits || total.checked_mul(record as u64)? > size {
        return None;
    }
    let layers = layers(u32_at(&header, 6)?, record, depth)?;
    let plain = of.chunk_bytes()?;
    let mut tree = Tree { file, size, of, kind, record, width, plain, layers, last: None, found: Vec::new() };
    if root != NOWHERE {
        tree.node(root, usize::from(depth), usize::from(u16_at(&header, 24)?))?;
    }
    (tree.found.len() as u64 == total).then_some(tree.found)
}

/// The nodes of one height above the leaves.
struct Layer {
    /// Most records of a node.
    most: u64,
    /// Bytes of the number of records below a node of this layer, itself included; none are written of leaves.
    total_width: usize,
}

/// Layers from the leaves to the root, of nodes of so many bytes.
fn layers(node: u32, record: usize, depth: u16) -> Option<Vec<Layer>> {
    let room = u64::from(node).checked_sub(PREFIX as u64 + SUM)?;
    let most = room / record as u64;
    let mut layers = vec![Layer { most, total_width: 0 }];
    let mut total = most;
    for _ in 0..depth {
        let pointer = 8 + width_of(layers[0].most) as u64 + layers[layers.len() - 1].total_width as u64;
        let most = room.checked_sub(pointer)? / (record as u64 + pointer);
        total = most.checked_add(1)?.checked_mul(total)?.checked_add(most)?;
        layers.push(Layer { most, total_width: width_of(total) });
    }
    layers.iter().all(|layer| layer.most > 0).then_some(layers)
}

/// Bytes that numbers up to one take.
fn width_of(most: u64) -> usize {
    most.checked_ilog2().map_or(1, |bit| bit as usize / 8 + 1)
}

/// A tree, node by node, in the order of its records.
struct Tree<'a, F> {
    file: &'a F,
    size: u64,
    of: &'a Chunking,
    kind: u8,
    /// Bytes of a record, and of its size and mask.
    record: usize,
    width: usize,
    /// Bytes of a chunk without filters.
    plain: u64,
    layers: Vec<Layer>,
    /// Coordinates of the record that was taken up last. Others ascend, so that no node is met twice.
    last: Option<Vec<u64>>,
    found: Places,
}

impl<F: ReadAt> Tree<'_, F> {
    /// Takes up the `count` records of a node `height` layers above the leaves, and what is below them.
    fn node(&mut self, from: u64, height: usize, count: usize) -> Option<()> {
        let (leaves, most) = (self.layers[0].most, self.layers[height].most);
        if count as u64 > most {
            return None;
        }
        let number = width_of(leaves);
        let (name, pointer) = match height.checked_sub(1) {
            None => (b"BTLF\0", 0),
            Some(below) => (b"BTIN\0", 8 + number + self.layers[below].total_width),
        };
        let pointers = PREFIX + count * self.record;
        let length = pointers + if height > 0 { (count + 1) * pointer } else { 0 };
        let node = summed(self.file, from, length as u64 + SUM)?;
        if !node.starts_with(name) || node[5] != self.kind {
            return None;
        }
        for k in 0..=count {
            if height > 0 {
                let at = pointers + k * pointer;
                let below = usize::try_from(uint_at(&node, at + 8, number)?).ok()?;
                self.node(u64_at(&node, at)?, height - 1, below)?;
            }
            if k < count {
                self.take_up(&node[PREFIX + k * self.record..][..self.record])?;
            }
        }
        Some(())
    }

    /// Takes up a record.
    fn take_up(&mut self, record: &[u8]) -> Option<()> {
        let (entry, rest) = record.split_at_checked(8 + self.width)?;
        let place = stored(entry, self.plain)?.within(self.size)?;
        let numbers: Vec<u64> = rest.chunks_exact(COORDINATE).map(|c| u64_at(c, 0)).collect::<Option<_>>()?;
        if self.last.as_ref().is_some_and(|last| *last >= numbers) {
            return None;
        }
        self.found.push((self.of.position(&numbers)?, place));
        self.last = Some(numbers);
        Some(())
    }
}

#[cfg(test)]
mod tests;
