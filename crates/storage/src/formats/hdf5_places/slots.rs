//! Arrays that index chunks: an entry for each position of the grid, in an order of their own.

use super::header::{NOWHERE, u32_at, u64_at, uint_at};
use crate::formats::hdf5_index::{ChunkPlace, Chunking, Places};

/// How entries lie in the pages of an array, and which chunks they are of.
pub struct Slots {
    filtered: bool,
    /// Bytes of an entry.
    width: usize,
    /// Bytes of a chunk without filters.
    plain: u64,
    /// Bytes of the file.
    size: u64,
    /// The axes as entries are counted, the slowest first, and how many chunks each has room for.
    axes: Vec<(usize, u64)>,
    /// Chunks along each axis as the dataset is.
    counts: Vec<u64>,
}

impl Slots {
    /// Of a dataset whose axes may grow to `limits`; entries are counted along `slowest` first of all, whatever that is.
    pub fn new(of: &Chunking, limits: &[u64], slowest: usize, size: u64) -> Option<Slots> {
        let along = |(n, c): (&u64, &u64)| n.div_ceil(*c);
        let room: Vec<u64> = limits.iter().zip(&of.chunk).map(along).collect();
        let order = [slowest].into_iter().chain((0..room.len()).filter(|d| *d != slowest));
        let slots = Slots {
            filtered: false,
            width: 8,
            plain: of.chunk.iter().try_fold(of.itemsize, |bytes, c| bytes.checked_mul(*c))?,
            size,
            axes: order.map(|d| Some((d, *room.get(d)?))).collect::<Option<_>>()?,
            counts: of.shape.iter().zip(&of.chunk).map(along).collect(),
        };
        slots.counts.iter().try_fold(1u64, |all, n| all.checked_mul(*n))?;
        Some(slots)
    }

    /// With entries of a kind, 1 that of filtered chunks, and so many bytes; nothing where there is no such kind.
    pub fn of_entries(self, kind: u8, width: u8) -> Option<Slots> {
        let fits = if kind == 1 { (13..=20).contains(&width) } else { kind == 0 && width == 8 };
        fits.then_some(Slots { filtered: kind == 1, width: usize::from(width), ..self })
    }

    /// Entries of the largest shape.
    pub fn total(&self) -> Option<u64> {
        self.axes.iter().try_fold(1u64, |all, (_, n)| all.checked_mul(*n))
    }

    /// Bytes of so many entries; nothing where the file is shorter.
    pub fn bytes(&self, entries: u64) -> Option<u64> {
        entries.checked_mul(self.width as u64).filter(|bytes| *bytes <= self.size)
    }

    /// The chunk that an entry is of: its position in the grid, counted in C order; nothing outside of the shape.
    fn position(&self, slot: u64) -> Option<u64> {
        let (mut rest, mut at) = (slot, vec![0; self.counts.len()]);
        for &(d, room) in self.axes[1..].iter().rev() {
            at[d] = rest % room.max(1);
            rest /= room.max(1);
        }
        at[self.axes[0].0] = rest;
        let inside = at.iter().zip(&self.counts).all(|(k, n)| k < n);
        inside.then(|| at.iter().zip(&self.counts).fold(0, |position, (k, n)| position * n + k))
    }

    /// Takes up the entries in a page whose first is that of `first`.
    pub fn list(&self, page: &[u8], first: u64, found: &mut Places) -> Option<()> {
        for (slot, e) in (first..).zip(page.chunks_exact(self.width)) {
            let offset = u64_at(e, 0)?;
            if offset == NOWHERE {
                continue;
            }
            let (size, mask) = match self.filtered {
                true => (uint_at(e, 8, self.width - 12)?, u32_at(e, self.width - 4)?),
                false => (self.plain, 0),
            };
            offset.checked_add(size).filter(|end| size > 0 && *end <= self.size)?;
            // Chunks may be left from when the dataset was larger.
            if let Some(position) = self.position(slot) {
                found.push((position, ChunkPlace { offset, size, mask }));
            }
        }
        // Chunks that lie apart are not more than the file has bytes.
        (found.len() as u64 <= self.size).then_some(())
    }

    /// All chunks, one after the other from an address on, as they are where there is no index.
    pub fn contiguous(&self, from: u64) -> Option<Places> {
        let total = self.total()?;
        let end = total.checked_mul(self.plain).and_then(|bytes| bytes.checked_add(from));
        end.filter(|end| *end <= self.size)?;
        let place = |slot| ChunkPlace { offset: from + slot * self.plain, size: self.plain, mask: 0 };
        Some((0..total).filter_map(|slot| Some((self.position(slot)?, place(slot)))).collect())
    }
}
