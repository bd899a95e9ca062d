//! B-trees of the first version over chunks. They have no checksums.

use super::header::{read, u16_at, u32_at, u64_at};
use crate::file::ReadAt;
use crate::formats::hdf5_index::{ChunkPlace, Chunking, Places};

/// The chunks below a root, in the order of their keys.
pub fn walk(file: &impl ReadAt, size: u64, root: u64, of: &Chunking) -> Option<Places> {
    let mut walk = Walk { file, size, of, found: Vec::new() };
    walk.node(root, None, None)?;
    Some(walk.found)
}

/// The tree, node by node, in the order of its keys.
struct Walk<'a, F> {
    file: &'a F,
    size: u64,
    of: &'a Chunking,
    found: Places,
}

impl<F: ReadAt> Walk<'_, F> {
    /// Takes up what is below a node. Keys ascend within it and lie within those of its parent, so that the library's
    /// search finds all that is listed, and no node is met twice.
    fn node(&mut self, address: u64, level: Option<u8>, within: Option<(&[u64], &[u64])>) -> Option<()> {
        let head = read(self.file, address, 24)?;
        let entries = usize::from(u16_at(&head, 6)?);
        let fits = head.starts_with(b"TREE\x01") && level.is_none_or(|l| l == head[5]);
        if !fits || (entries == 0 && level.is_some()) {
            return None;
        }
        let key = 8 + 8 * (self.of.shape.len() + 1);
        let entry = key + 8;
        let from = address.checked_add(24)?;
        let length = (entries * entry + key) as u64;
        from.checked_add(length).filter(|end| *end <= self.size)?;
        let body = read(self.file, from, length)?;
        let keys: Vec<Vec<u64>> = (0..=entries).map(|i| self.key(&body, i * entry)).collect::<Option<_>>()?;
        let inside = within.is_none_or(|(low, high)| low <= &keys[0][..] && &keys[entries][..] <= high);
        if !inside || !keys.windows(2).all(|w| w[0] < w[1]) {
            return None;
        }
        for i in 0..entries {
            let child = u64_at(&body, i * entry + key)?;
            if let Some(below) = head[5].checked_sub(1) {
                self.node(child, Some(below), Some((&keys[i], &keys[i + 1])))?;
                continue;
            }
            let (size, mask) = (u64::from(u32_at(&body, i * entry)?), u32_at(&body, i * entry + 4)?);
            let place = ChunkPlace { offset: child, size, mask }.within(self.size)?;
            self.found.push((self.position(&keys[i])?, place));
        }
        Some(())
    }

    /// The place that a key names, by elements, with that of a byte in the element.
    fn key(&self, body: &[u8], at: usize) -> Option<Vec<u64>> {
        (0..=self.of.shape.len()).map(|d| u64_at(body, at + 8 + 8 * d)).collect()
    }

    /// Position in the grid of the chunk that starts at a place; `None` where none does.
    fn position(&self, start: &[u64]) -> Option<u64> {
        let (byte, place) = start.split_last()?;
        let number = |(p, c): (&u64, &u64)| (p % c == 0).then_some(p / c);
        let numbers: Vec<u64> = place.iter().zip(&self.of.chunk).map(number).collect::<Option<_>>()?;
        let position = self.of.position(&numbers)?;
        (*byte == 0).then_some(position)
    }
}

#[cfg(test)]
mod tests;
