//! Tiles as folds and scans see them.

use std::borrow::Cow;

use bytemuck::{AnyBitPattern, NoUninit};

/// A tile whose rows may lie apart: `cols` elements each, `step` elements from the start of one to that of the next.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    /// From the first element of the first row to the last of the last.
    pub bytes: &'a [u8],
    /// Number of rows, at least 1.
    pub rows: usize,
    /// Elements of a row, at least 1.
    pub cols: usize,
    /// At least `cols`.
    pub step: usize,
}

impl<'a> Rows<'a> {
    /// Rows that follow each other.
    pub fn contiguous(bytes: &'a [u8], rows: usize, cols: usize) -> Self {
        Rows { bytes, rows, cols, step: cols }
    }

    /// Whether they do.
    pub fn are_contiguous(&self) -> bool {
        self.step == self.cols
    }

    /// Row `r`, of elements of `item` bytes.
    pub fn row(&self, r: usize, item: usize) -> Rows<'a> {
        Rows::contiguous(&self.bytes[r * self.step * item..][..self.cols * item], 1, self.cols)
    }

    /// The elements, from the first of the first row to the last of the last.
    pub(crate) fn typed<T: NoUninit + AnyBitPattern>(&self) -> Cow<'a, [T]> {
        assert!(self.rows > 0 && (1..=self.step).contains(&self.cols), "an empty tile");
        typed(self.bytes, 1, (self.rows - 1) * self.step + self.cols)
    }
}

/// The tile as elements, copied only when foreign memory is not aligned to them.
pub(crate) fn typed<T: NoUninit + AnyBitPattern>(tile: &[u8], rows: usize, cols: usize) -> Cow<'_, [T]> {
    let t = match bytemuck::try_cast_slice(tile) {
        Ok(t) => Cow::Borrowed(t),
        Err(_) => Cow::Owned(bytemuck::pod_collect_to_vec(tile)),
    };
    assert_eq!(t.len(), rows * cols, "tile of another size");
    t
}
