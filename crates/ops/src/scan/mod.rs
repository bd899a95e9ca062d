//! Scans: running sums and their like, and how tiles continue them.
//!
//! A [`Scanner`] is one row of the table. For a dtype it makes a [`Scan`]: two loops over contiguous tiles, each of which
//! goes on from the last results so far, the *carry*, one element per lane. Elements are joined one after the other,
//! as NumPy's `accumulate` joins them.

mod build;
mod joins;
mod kernels;
mod table;

use crate::rows::Rows;

pub use table::{Scanner, find, scanners};

/// Goes on with a scan: `out` takes the results for `tile`, row after row, and `carry` the last result of each lane. Where
/// `first`, the tile begins its lanes, and what `carry` held is not looked at.
type Step = fn(tile: Rows<'_>, out: &mut [u8], carry: &mut [u8], first: bool);

/// A scan made for one dtype, which elements, results and carry share.
///
/// # Panics
/// The methods panic when slices have not the promised lengths.
#[derive(Clone, Copy)]
pub struct Scan {
    down: Step,
    along: Step,
}

impl Scan {
    /// Every column is a lane: `carry` has as many elements as a row.
    pub fn down(&self, tile: Rows<'_>, out: &mut [u8], carry: &mut [u8], first: bool) {
        (self.down)(tile, out, carry, first);
    }

    /// Every row is a lane: `carry` has as many elements as the tile has rows.
    pub fn along(&self, tile: Rows<'_>, out: &mut [u8], carry: &mut [u8], first: bool) {
        (self.along)(tile, out, carry, first);
    }

    /// Scans the middle axis of `outer × n × inner` elements of `item` bytes; `carry` has `outer × inner` elements.
    #[allow(clippy::too_many_arguments)]
    pub fn middle(
        &self,
        tile: &[u8],
        out: &mut [u8],
        carry: &mut [u8],
        n: usize,
        inner: usize,
        item: usize,
        first: bool,
    ) {
        if tile.is_empty() {
            return;
        }
        if inner == 1 {
            return self.along(Rows::contiguous(tile, carry.len() / item, n), out, carry, first);
        }
        let (slab, lanes) = (n * inner * item, inner * item);
        for ((t, o), c) in tile.chunks_exact(slab).zip(out.chunks_exact_mut(slab)).zip(carry.chunks_exact_mut(lanes)) {
            self.down(Rows::contiguous(t, n, inner), o, c, first);
        }
    }
}
