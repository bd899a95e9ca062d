//! Half floats are folded as single ones.

use bytemuck::{cast_slice, cast_slice_mut};
use hyperslab_base::{DType, Result, f16};

use super::{Boxed, Fold, Rows, State, TileIndex, typed};
use crate::kernels::half::{narrow_all, widen_all, with_wide};

/// A fold of single floats, given half ones.
struct Halves {
    single: Box<dyn Fold>,
    /// Whether the results are half floats too.
    rounds: bool,
}

/// The fold of half floats by that of single ones.
pub(super) fn halves(single: Boxed, output: DType) -> Boxed {
    Some(Box::new(Halves { single: single?, rounds: output == DType::Float16 }))
}

/// Results that are rounded at a time.
const RESULTS: usize = 512;

impl Fold for Halves {
    fn planes(&self) -> &[DType] {
        self.single.planes()
    }

    fn new_state(&self, n: usize) -> Result<State> {
        self.single.new_state(n)
    }

    fn fold_rows(
        &self,
        s: &mut State,
        at: usize,
        tile: &[u8],
        rows: usize,
        cols: usize,
        before: u64,
        index: TileIndex,
    ) {
        with_wide(rows * cols, |wide| {
            widen_all(&typed::<f16>(tile, rows, cols), wide);
            self.single.fold_rows(s, at, cast_slice(wide), rows, cols, before, index);
        });
    }

    fn fold_strips(&self, s: &mut State, at: usize, tile: Rows<'_>, before: u64, index: TileIndex) {
        let Rows { rows, cols, step, .. } = tile;
        with_wide(rows * cols, |wide| {
            let lines = tile.typed::<f16>();
            lines.chunks(step).zip(wide.chunks_exact_mut(cols)).for_each(|(x, out)| widen_all(&x[..cols], out));
            self.single.fold_cols(s, at, Rows::contiguous(cast_slice(wide), rows, cols), before, index);
        });
    }

    fn merge(&self, into: &mut State, n_into: u64, from: &State, n_from: u64) {
        self.single.merge(into, n_into, from, n_from);
    }

    fn finish(&self, s: &State, at: usize, len: usize, count: u64, out: &mut [u8]) {
        if !self.rounds {
            return self.single.finish(s, at, len, count, out);
        }
        for (k, out) in out.chunks_mut(RESULTS * size_of::<f16>()).enumerate() {
            let mut half = [f16::ZERO; RESULTS];
            let half = &mut half[..out.len() / size_of::<f16>()];
            with_wide(half.len(), |wide| {
                self.single.finish(s, at + k * RESULTS, wide.len(), count, cast_slice_mut(wide));
                narrow_all(wide, half);
            });
            out.copy_from_slice(cast_slice(half));
        }
    }
}
