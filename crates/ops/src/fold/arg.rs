//! Positions of extrema. Every comparison looks at the index too, so that any order of folding finds the first.

use std::marker::PhantomData;
use std::ops::Range;

use hyperslab_base::{DType, Result};

use super::element::{Key, Ordered};
use super::lanes::{Lines, Strip, for_strips, take};
use super::ops::Extremum;
use super::single::row_value;
use super::{Fold, Rows, State, TileIndex, typed, write};
use crate::simd::vectorize;

/// Bytes of a row that are looked at twice before the next.
const BLOCK_BYTES: usize = 8 << 10;

/// Index of a result that has no element yet; every real index is lower.
const NONE: i64 = i64::MAX;

/// Position of the lowest element (`MAX`: the highest). The first NaN wins; where `SKIP` NaNs do not count.
pub(super) struct Arg<T, const MAX: bool, const SKIP: bool>(PhantomData<fn() -> T>);

impl<T: Ordered, const MAX: bool, const SKIP: bool> Arg<T, MAX, SKIP> {
    pub(super) fn boxed() -> Box<dyn Fold> {
        Box::new(Arg::<T, MAX, SKIP>(PhantomData))
    }

    /// Value of a result that has no element yet.
    #[inline(always)]
    fn worst() -> T::Key {
        if MAX { T::Key::LOWEST } else { T::Key::HIGHEST }
    }

    /// Whether an element `a` comes before `b` by value.
    #[inline(always)]
    fn beats(a: T::Key, b: T::Key) -> bool {
        let ahead = if MAX { b.below(a) } else { a.below(b) };
        if SKIP { ahead } else { (ahead | a.is_nan()) & !b.is_nan() }
    }

    /// Whether only the index can tell `a` from `b`.
    #[inline(always)]
    fn ties(a: T::Key, b: T::Key) -> bool {
        a.equal(b) | (!SKIP & a.is_nan() & b.is_nan())
    }

    /// Takes in an element `x` with an index.
    #[inline(always)]
    fn step(value: T::Key, index: i64, x: T::Key, i: i64) -> (T::Key, i64) {
        let take = Self::beats(x, value) | (Self::ties(x, value) & (i < index));
        (if take { x } else { value }, if take { i } else { index })
    }

    /// The extremum of a row, and the first block that holds it, or the last.
    #[inline(always)]
    fn best_block(row: &[T], last: bool) -> (T::Key, Range<usize>) {
        let length = BLOCK_BYTES / size_of::<T>();
        let mut best = (Self::worst(), 0);
        for (k, block) in row.chunks(length).enumerate() {
            let value = row_value::<Extremum<T, MAX, SKIP>>(block);
            // A block without a candidate is NaN where NaNs do not count.
            let none = (k == 0) | (SKIP & best.0.is_nan());
            if none | Self::beats(value, best.0) | (last & Self::ties(value, best.0)) {
                best = (value, k * length);
            }
        }
        (best.0, best.1..row.len().min(best.1 + length))
    }

    /// First position in the row of an element that ties with `best`, which is there.
    #[inline(always)]
    fn locate(row: &[T], best: T::Key, backwards: bool) -> usize {
        const BLOCK: usize = 64;
        let hit = |block: &[T]| block.iter().fold(false, |any, x| any | Self::ties(x.key(), best));
        let place = |x: &T| Self::ties(x.key(), best);
        if backwards {
            return row.iter().rposition(place).unwrap_or(0);
        }
        let start = row.chunks(BLOCK).position(hit).unwrap_or(0) * BLOCK;
        start + row[start..].iter().position(place).unwrap_or(0)
    }
}

struct Columns<'a, T: Ordered, const MAX: bool, const SKIP: bool> {
    lines: Lines<'a, T>,
    value: &'a mut [T::Key],
    index: &'a mut [i64],
    place: TileIndex,
}

impl<T: Ordered, const MAX: bool, const SKIP: bool> Strip for Columns<'_, T, MAX, SKIP> {
    #[inline(always)]
    fn strip<const S: usize>(&mut self, c: usize) {
        let mut value: [T::Key; S] = take(self.value, c);
        let mut index: [i64; S] = take(self.index, c);
        let mut start = self.place.base + c as i64 * self.place.col;
        for row in self.lines.each() {
            let x = &row[c..c + S];
            for j in 0..S {
                let i = start + j as i64 * self.place.col;
                (value[j], index[j]) = Arg::<T, MAX, SKIP>::step(value[j], index[j], x[j].key(), i);
            }
            start += self.place.row;
        }
        self.value[c..c + S].copy_from_slice(&value);
        self.index[c..c + S].copy_from_slice(&index);
    }
}

impl<T: Ordered, const MAX: bool, const SKIP: bool> Fold for Arg<T, MAX, SKIP> {
    fn planes(&self) -> &[DType] {
        const { &[<T::Key as Key>::DTYPE, DType::Int64] }
    }

    fn new_state(&self, n: usize) -> Result<State> {
        let mut s = State::zeroed(self.planes(), n)?;
        s.plane_mut::<T::Key>(0).fill(Self::worst());
        s.plane_mut::<i64>(1).fill(NONE);
        Ok(s)
    }

    fn fold_rows(&self, s: &mut State, at: usize, tile: &[u8], rows: usize, cols: usize, _: u64, place: TileIndex) {
        let tile = typed::<T>(tile, rows, cols);
        let (value, index) = s.pair_mut::<T::Key, i64>();
        let (value, index) = (&mut value[at..at + rows], &mut index[at..at + rows]);
        if cols == 0 {
            return;
        }
        // The extremum of a block of the row first, by the fast road; its position only when it matters, while the block
        // is still in the nearest cache.
        vectorize(
            #[inline(always)]
            || {
                for (r, row) in tile.chunks_exact(cols).enumerate() {
                    let (best, block) = Self::best_block(row, place.col < 0);
                    let start = place.base + r as i64 * place.row;
                    let first = start + (cols as i64 - 1) * place.col.min(0);
                    if Self::beats(best, value[r]) || (Self::ties(best, value[r]) && first < index[r]) {
                        let at = block.start + Self::locate(&row[block], best, place.col < 0);
                        let i = start + at as i64 * place.col;
                        (value[r], index[r]) = Self::step(value[r], index[r], best, i);
                    }
                }
            },
        );
    }

    fn fold_cols(&self, s: &mut State, at: usize, tile: Rows<'_>, _: u64, place: TileIndex) {
        let (data, cols) = (tile.typed::<T>(), tile.cols);
        let lines = Lines { data: &data, step: tile.step };
        let (value, index) = s.pair_mut::<T::Key, i64>();
        let (value, index) = (&mut value[at..at + cols], &mut index[at..at + cols]);
        vectorize(
            #[inline(always)]
            || {
                for_strips(&mut Columns::<T, MAX, SKIP> { lines, value, index, place }, cols);
            },
        );
    }

    fn merge(&self, into: &mut State, _: u64, from: &State, _: u64) {
        assert_eq!(into.n, from.n, "states of different results");
        let (value, index) = into.pair_mut::<T::Key, i64>();
        let (value_b, index_b) = (from.plane::<T::Key>(0), from.plane::<i64>(1));
        vectorize(
            #[inline(always)]
            || {
                for i in 0..value.len() {
                    (value[i], index[i]) = Self::step(value[i], index[i], value_b[i], index_b[i]);
                }
            },
        );
    }

    fn finish(&self, s: &State, at: usize, len: usize, _: u64, out: &mut [u8]) {
        let index = &s.plane::<i64>(1)[at..at + len];
        write(out, len, |i| if index[i] == NONE { -1 } else { index[i] });
    }
}
