//! Where the chunks of a dataset are: a table of hundreds of thousands of entries that stays small.

use hyperslab_base::{Error, Result};
use serde::{Deserialize, Serialize};

/// A chunked dataset as the library describes it.
#[derive(Clone, Debug)]
pub struct Chunking {
    /// Shape of the dataset.
    pub shape: Vec<u64>,
    /// Shape of its chunks.
    pub chunk: Vec<u64>,
    /// Bytes of an element.
    pub itemsize: u64,
}

impl Chunking {
    /// Chunks along each axis.
    pub fn grid(&self) -> Vec<u64> {
        self.shape.iter().zip(&self.chunk).map(|(n, c)| n.div_ceil(*c)).collect()
    }

    /// Position in the grid, counted in C order, of a chunk by its numbers along the axes; nothing outside.
    pub fn position(&self, numbers: &[u64]) -> Option<u64> {
        self.shape.iter().zip(&self.chunk).zip(numbers).try_fold(0u64, |position, ((n, c), k)| {
            let along = n.div_ceil(*c);
            position.checked_mul(along)?.checked_add(*k).filter(|_| *k < along)
        })
    }

    /// Bytes of a whole chunk without filters.
    pub fn chunk_bytes(&self) -> Option<u64> {
        self.chunk.iter().try_fold(self.itemsize, |bytes, c| bytes.checked_mul(*c))
    }
}

/// Positions of the stored chunks in the grid, counted in C order and ascending, and where these chunks are.
pub type Places = Vec<(u64, ChunkPlace)>;

/// Where one chunk is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChunkPlace {
    /// First byte in the file.
    pub offset: u64,
    /// Bytes stored.
    pub size: u64,
    /// Bit `i`: filter `i` was not applied.
    pub mask: u32,
}

impl ChunkPlace {
    /// The place, if it has bytes and ends within a file of `size`.
    pub fn within(self, size: u64) -> Option<ChunkPlace> {
        let end = self.offset.checked_add(self.size)?;
        (self.size > 0 && end <= size).then_some(self)
    }
}

/// Offset of a chunk that is not there; no byte of a file has this position.
const MISSING: u64 = u64::MAX;

/// Places of the stored chunks by their position in the grid, counted in C order.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "Lists", into = "Lists")]
pub struct ChunkIndex {
    total: u64,
    /// Positions in order, when fewer than half of the chunks are stored; else entry `i` is position `i`.
    positions: Option<Vec<u64>>,
    offsets: Vec<u64>,
    sizes: Vec<u32>,
    /// Empty when no chunk leaves a filter out.
    masks: Vec<u32>,
}

/// The fields of an index, as they are encoded.
#[derive(Serialize, Deserialize)]
struct Lists(u64, Option<Vec<u64>>, Vec<u64>, Vec<u32>, Vec<u32>);

impl From<ChunkIndex> for Lists {
    fn from(i: ChunkIndex) -> Self {
        Lists(i.total, i.positions, i.offsets, i.sizes, i.masks)
    }
}

impl TryFrom<Lists> for ChunkIndex {
    type Error = Error;
    fn try_from(Lists(total, positions, offsets, sizes, masks): Lists) -> Result<Self> {
        let entries = positions.as_ref().map_or(total, |p| p.len() as u64);
        let long = |n: usize| n as u64 == entries;
        let ascending = |p: &Vec<u64>| p.windows(2).all(|w| w[0] < w[1]) && p.last().is_none_or(|l| *l < total);
        let alike = long(offsets.len()) && long(sizes.len()) && (masks.is_empty() || long(masks.len()));
        if !alike || !positions.as_ref().is_none_or(ascending) {
            return Err(Error::value("lists of a chunk index contradict each other"));
        }
        Ok(ChunkIndex { total, positions, offsets, sizes, masks })
    }
}

impl ChunkIndex {
    /// Index of a grid of `total` chunks from four equally long lists.
    ///
    /// # Errors
    /// `Unsupported` for a stored chunk of 4 GiB or more; `Internal` for lists that contradict each other or the grid.
    pub fn new(total: u64, positions: &[u64], offsets: &[u64], sizes: &[u64], masks: &[u32]) -> Result<Self> {
        let n = positions.len();
        if [offsets.len(), sizes.len(), masks.len()] != [n; 3] {
            return Err(Error::internal("lists of a chunk index differ in length"));
        }
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_unstable_by_key(|&i| positions[i]);
        let twice = order.windows(2).any(|w| positions[w[0]] == positions[w[1]]);
        if twice || order.last().is_some_and(|&i| positions[i] >= total) || offsets.contains(&MISSING) {
            return Err(Error::internal("a chunk index names a chunk twice, or one that is not in the grid"));
        }
        let size = |i: usize| {
            u32::try_from(sizes[i]).map_err(|_| {
                Error::unsupported("stored chunks of 4 GiB or more have no native decoder")
                    .hint("read the dataset through h5py itself")
            })
        };
        let dense = n as u64 >= total / 2;
        let entries = if dense { total as usize } else { n };
        let mut index = ChunkIndex {
            total,
            positions: (!dense).then(|| order.iter().map(|&i| positions[i]).collect()),
            offsets: vec![MISSING; entries],
            sizes: vec![0; entries],
            masks: if masks.iter().any(|m| *m != 0) { vec![0; entries] } else { Vec::new() },
        };
        for (k, &i) in order.iter().enumerate() {
            let at = if dense { positions[i] as usize } else { k };
            (index.offsets[at], index.sizes[at]) = (offsets[i], size(i)?);
            if let Some(mask) = index.masks.get_mut(at) {
                *mask = masks[i];
            }
        }
        Ok(index)
    }

    /// Chunks in the grid, stored or not.
    pub const fn total(&self) -> u64 {
        self.total
    }

    /// Where a chunk is; `None` when it was never written.
    pub fn get(&self, position: u64) -> Option<ChunkPlace> {
        let at = match &self.positions {
            Some(p) => p.binary_search(&position).ok()?,
            None => position as usize,
        };
        let offset = *self.offsets.get(at).filter(|o| **o != MISSING)?;
        Some(ChunkPlace { offset, size: u64::from(self.sizes[at]), mask: self.masks.get(at).copied().unwrap_or(0) })
    }

    /// Bytes of the largest stored chunk.
    pub fn largest(&self) -> u64 {
        self.sizes.iter().max().map_or(0, |s| u64::from(*s))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;
    use crate::codecs::fuzz::cases;

    proptest! {
        #![proptest_config(cases(3_000))]

        #[test]
        fn damaged_encodings_do_no_harm(
            total in 1u64..60,
            chunks in prop::collection::btree_map(0u64..60, (any::<u64>(), any::<u32>(), 0u32..3), 0..40),
            damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
            at in any::<u64>(),
        ) {
            let chunks: Vec<_> = chunks.into_iter().filter(|(p, c)| *p < total && c.0 != MISSING).collect();
            let positions: Vec<u64> = chunks.iter().map(|(p, _)| *p).collect();
            let offsets: Vec<u64> = chunks.iter().map(|(_, c)| c.0).collect();
            let sizes: Vec<u64> = chunks.iter().map(|(_, c)| u64::from(c.1)).collect();
            let masks: Vec<u32> = chunks.iter().map(|(_, c)| c.2).collect();
            let index = ChunkIndex::new(total, &positions, &offsets, &sizes, &masks).unwrap();
            let mut bytes = postcard::to_allocvec(&index).unwrap();
            let whole: ChunkIndex = postcard::from_bytes(&bytes).unwrap();
            for p in 0..total {
                let place = chunks.iter().find(|(q, _)| *q == p).map(|(_, c)| c);
                let wanted = place.map(|c| ChunkPlace { offset: c.0, size: u64::from(c.1), mask: c.2 });
                prop_assert_eq!((index.get(p), whole.get(p)), (wanted, wanted));
            }
            for (at, byte) in damage {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            if let Ok(index) = postcard::from_bytes::<ChunkIndex>(&bytes) {
                let _ = (index.get(at), index.get(at % index.total().max(1)), index.largest());
            }
        }
    }
}
