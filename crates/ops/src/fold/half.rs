//! Half floats are folded as single ones; in sums, a few are added up before that.

use bytemuck::{cast_slice, cast_slice_mut};
use hyperslab_base::{DType, Result, f16};

use super::lanes::Lines;
use super::{Boxed, Fold, Rows, State, TileIndex, typed};
use crate::kernels::half::{Convert, LANES, Work, converting, narrow_all, widen, widen_all, with_wide};

/// A fold of single floats, given half ones.
struct Halves {
    single: Box<dyn Fold>,
    /// The fold of double floats with the same accumulators, where only the sum of the elements matters.
    sums: Boxed,
    /// Whether the results are half floats too.
    rounds: bool,
}

/// The fold of half floats by that of single ones. `sums` is one of double floats with the same accumulators, to which
/// several elements are the same as their sum.
pub(super) fn halves(single: Boxed, sums: Boxed, output: DType) -> Boxed {
    Some(Box::new(Halves { single: single?, sums, rounds: output == DType::Float16 }))
}

/// Elements that are added up one after the other in single precision, before they go on in double: what is lost is far
/// below the last place of a half float.
const DEPTH: usize = 16;
/// Vectors that are added to side by side: one addition need not wait for the one before.
const SIDE: usize = 8;

/// Sum of a row.
struct RowSum<'a>(&'a [f16], &'a mut f64);

impl Work for RowSum<'_> {
    #[inline(always)]
    fn with(self, c: impl Convert) {
        let (vectors, rest) = self.0.as_chunks::<LANES>();
        let mut lanes = [0.0; LANES];
        for block in vectors.chunks(DEPTH * SIDE) {
            let mut acc = [[0.0; LANES]; SIDE];
            let (groups, rest) = block.as_chunks::<SIDE>();
            for g in groups {
                (0..SIDE).for_each(|k| c.add(&mut acc[k], &g[k]));
            }
            rest.iter().zip(&mut acc).for_each(|(x, acc)| c.add(acc, x));
            // Through memory: what comes before works on whole vectors, and would not if its lanes were taken apart.
            for acc in std::hint::black_box(acc) {
                lanes.iter_mut().zip(acc).for_each(|(lane, x)| *lane += f64::from(x));
            }
        }
        let rest = rest.iter().map(|&x| f64::from(widen(x)));
        *self.1 = lanes.into_iter().chain(rest).sum();
    }
}

/// Sums of the first columns of some lines.
struct ColumnSums<'a>(Lines<'a, f16>, &'a mut [f64]);

impl Work for ColumnSums<'_> {
    #[inline(always)]
    fn with(self, c: impl Convert) {
        let ColumnSums(lines, sums) = self;
        for group in lines.data.chunks(DEPTH * lines.step) {
            let (vectors, last) = sums.as_chunks_mut::<LANES>();
            for (k, sums) in vectors.iter_mut().enumerate() {
                let mut acc = [0.0; LANES];
                for row in group.chunks(lines.step) {
                    if let Some(x) = row[k * LANES..].first_chunk() {
                        c.add(&mut acc, x);
                    }
                }
                sums.iter_mut().zip(std::hint::black_box(acc)).for_each(|(sum, x)| *sum += f64::from(x));
            }
            let done = vectors.len() * LANES;
            for (c, sum) in last.iter_mut().enumerate() {
                *sum += f64::from(group.chunks(lines.step).map(|row| widen(row[done + c])).sum::<f32>());
            }
        }
    }
}

/// Results that are summed or rounded at a time.
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
        if let Some(sums) = &self.sums {
            for (r, row) in typed::<f16>(tile, rows, cols).chunks(cols.max(1)).enumerate() {
                let mut sum = 0.0;
                converting(RowSum(row, &mut sum));
                sums.fold_rows(s, at + r, cast_slice(&[sum]), 1, 1, before, index);
            }
            return;
        }
        with_wide(rows * cols, |wide| {
            widen_all(&typed::<f16>(tile, rows, cols), wide);
            self.single.fold_rows(s, at, cast_slice(wide), rows, cols, before, index);
        });
    }

    fn fold_cols(&self, s: &mut State, at: usize, tile: Rows<'_>, before: u64, index: TileIndex) {
        let Rows { rows, cols, step, .. } = tile;
        if let Some(sums) = &self.sums {
            let data = tile.typed::<f16>();
            for c in (0..cols).step_by(RESULTS) {
                let mut part = [0.0; RESULTS];
                let part = &mut part[..RESULTS.min(cols - c)];
                converting(ColumnSums(Lines { data: &data[c..], step }, part));
                sums.fold_cols(s, at + c, Rows::contiguous(cast_slice(part), 1, part.len()), before, index);
            }
            return;
        }
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
