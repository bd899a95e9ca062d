//! Distinct elements, collected as an array is computed: a sink that keeps each of them once.

use std::sync::{Mutex, PoisonError};

use hyperslab_base::{ArraySink, Block, DType, Error, ErrorKind, Region, Result, View, copy};
use hyperslab_ops::block::distinct::{BYTES, Distinct, TABLE_BYTES};
use hyperslab_ops::block::keys::key_bits;

/// Elements of a cell: many, so that there are few lists to merge, and small beside what may be kept.
const CELL: (u64, u64) = (1 << 12, 1 << 20);
/// Cells of an array, at least, where these are not small: tasks for several threads.
const CELLS: u64 = 4;

/// Takes an array of one dimension and keeps what is distinct in it, as long as that is not too much.
#[derive(Debug)]
pub struct DistinctSink {
    dtype: DType,
    shape: [u64; 1],
    cell: [u64; 1],
    /// Keys that may be kept.
    most: usize,
    kept: Mutex<Kept>,
}

/// Lists that are merged when they are of about one length, so that a key goes through few merges.
#[derive(Debug, Default)]
struct Kept {
    lists: Vec<Distinct>,
    /// Keys of all lists, those that are being merged included.
    keys: usize,
}

impl DistinctSink {
    /// For an array of that length, of which distinct elements may take `bytes`; `None` for a dtype that has no keys.
    pub fn new(dtype: DType, len: u64, bytes: u64) -> Option<Self> {
        key_bits(dtype)?;
        // Lists and what they are merged to.
        let most = (bytes / (2 * BYTES)) as usize;
        let cell = len.div_ceil(CELLS).min(most as u64 / CELLS).clamp(CELL.0, CELL.1);
        Some(DistinctSink { dtype, shape: [len], cell: [cell.min(len).max(1)], most, kept: Mutex::default() })
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A list of about the length of one that is there, to be merged with it.
    fn partner(&self, list: &Distinct) -> Option<Distinct> {
        let mut kept = self.kept();
        let alike = kept.lists.iter().position(|l| l.count() / 2 <= list.count())?;
        Some(kept.lists.swap_remove(alike))
    }

    /// Merges a list with those of its length, and keeps it.
    fn keep(&self, mut list: Distinct) -> Result<()> {
        let mut kept = self.kept();
        kept.keys += list.count();
        if kept.keys > self.most {
            kept.lists = Vec::new();
            let (need, limit) = ((kept.keys as u64) * 2 * BYTES, (self.most as u64) * 2 * BYTES);
            return Err(ErrorKind::Budget { need, limit, op: self.describe() }.into());
        }
        drop(kept);
        while let Some(other) = self.partner(&list) {
            let before = list.count() + other.count();
            list = list.merged(other)?;
            self.kept().keys -= before - list.count();
        }
        self.kept().lists.push(list);
        Ok(())
    }

    /// The distinct elements in ascending order, once all was written: missing ones last, one of them if they are `equal`.
    /// They are at the start of the block, how many is told. `None` where these have bits of several kinds and all are wanted.
    ///
    /// # Errors
    /// `Internal` for a defect.
    pub fn elements(&self, equal: bool) -> Result<Option<(Block, usize)>> {
        let mut lists = std::mem::take(&mut self.kept().lists);
        lists.sort_unstable_by_key(|l| std::cmp::Reverse(l.count()));
        let mut all = Distinct::none()?;
        while lists.len() > 1
            && let Some(next) = lists.pop()
        {
            all = next.merged(all)?;
        }
        let last = lists.pop().ok_or_else(|| Error::internal("distinct elements of nothing"))?;
        all.elements(last, self.dtype, equal)
    }
}

impl ArraySink for DistinctSink {
    fn shape(&self) -> &[u64] {
        &self.shape
    }

    fn dtype(&self) -> DType {
        self.dtype
    }

    fn native_chunks(&self) -> Option<&[u64]> {
        Some(&self.cell)
    }

    fn scratch_bytes(&self, bytes: u64) -> u64 {
        let item = self.dtype.itemsize() as u64;
        // The elements, aligned, and their keys.
        (bytes / item.max(1)).saturating_mul(item + BYTES).saturating_add(TABLE_BYTES)
    }

    fn describe(&self) -> String {
        "distinct elements".into()
    }

    fn write(&self, region: &Region, data: View<'_>) -> Result<()> {
        let Some(place) = region.0.first().filter(|r| r.len > 0) else { return Ok(()) };
        let start = place.start as u64;
        let aligned = data.bytes().filter(|b| (b.as_ptr() as usize).is_multiple_of(self.dtype.itemsize()));
        let list = if let Some(elements) = aligned {
            Distinct::of(self.dtype, elements, start)?
        } else {
            let mut elements = Block::scratch(self.dtype, data.shape())?;
            copy(&data, &mut elements.view_mut());
            Distinct::of(self.dtype, elements.bytes(), start)?
        };
        self.keep(list)
    }
}
