//! The fold of an [`Op`]: one plane.

use std::marker::PhantomData;

use hyperslab_base::{DType, Result};

use super::lanes::{Lines, Strip, fold_row, fold_strip, for_strips, take};
use super::ops::Op;
use super::{Fold, Rows, State, TileIndex, typed, write};
use crate::simd::vectorize;

/// Folds with an [`Op`].
pub(super) struct Single<O: Op>(PhantomData<fn() -> O>);

impl<O: Op> Single<O> {
    pub(super) fn boxed() -> Box<dyn Fold> {
        Box::new(Single::<O>(PhantomData))
    }
}

/// The value of one row.
#[inline(always)]
pub(super) fn row_value<O: Op>(row: &[O::In]) -> O::Acc {
    if O::REGROUPS {
        return O::in_order(row);
    }
    let value = fold_row(row, O::identity(), O::load, O::join);
    if O::order_matters(value) { O::in_order(row) } else { value }
}

struct Columns<'a, O: Op> {
    lines: Lines<'a, O::In>,
    acc: &'a mut [O::Acc],
}

impl<O: Op> Strip for Columns<'_, O> {
    #[inline(always)]
    fn strip<const S: usize>(&mut self, c: usize) {
        let acc: [O::Acc; S] = take(self.acc, c);
        let acc = fold_strip(self.lines, c, acc, |_, a, x| O::join(a, O::load(x)));
        self.acc[c..c + S].copy_from_slice(&acc);
    }
}

impl<O: Op> Fold for Single<O> {
    fn planes(&self) -> &[DType] {
        const { &[O::PLANE] }
    }

    fn new_state(&self, n: usize) -> Result<State> {
        let mut s = State::zeroed(self.planes(), n)?;
        s.plane_mut::<O::Acc>(0).fill(O::identity());
        Ok(s)
    }

    fn fold_rows(&self, s: &mut State, at: usize, tile: &[u8], rows: usize, cols: usize, _: u64, _: TileIndex) {
        let tile = typed::<O::In>(tile, rows, cols);
        let acc = &mut s.plane_mut::<O::Acc>(0)[at..at + rows];
        if cols == 0 {
            return;
        }
        vectorize(
            #[inline(always)]
            || {
                for (a, row) in acc.iter_mut().zip(tile.chunks_exact(cols)) {
                    *a = O::join(*a, row_value::<O>(row));
                }
            },
        );
    }

    fn fold_cols(&self, s: &mut State, at: usize, tile: Rows<'_>, _: u64, _: TileIndex) {
        let (data, cols) = (tile.typed::<O::In>(), tile.cols);
        let lines = Lines { data: &data, step: tile.step };
        let acc = &mut s.plane_mut::<O::Acc>(0)[at..at + cols];
        vectorize(
            #[inline(always)]
            || for_strips(&mut Columns::<O> { lines, acc }, cols),
        );
    }

    fn merge(&self, into: &mut State, _: u64, from: &State, _: u64) {
        assert_eq!(into.n, from.n, "states of different results");
        let from = from.plane::<O::Acc>(0);
        vectorize(
            #[inline(always)]
            || {
                for (a, &b) in into.plane_mut::<O::Acc>(0).iter_mut().zip(from) {
                    *a = O::join(*a, b);
                }
            },
        );
    }

    fn finish(&self, s: &State, at: usize, len: usize, count: u64, out: &mut [u8]) {
        let acc = &s.plane::<O::Acc>(0)[at..at + len];
        write(out, len, |i| O::finish(acc[i], count));
    }
}
