//! Sums and means of floats, carried in `f64` with the rounding error of every addition of tiles.

use std::marker::PhantomData;

use hyperslab_base::{DType, Result};

use super::element::Real;
use super::lanes::{Lines, Strip, fold_parts, fold_row, fold_strip, for_strips, take};
use super::{Fold, Rows, State, TileIndex, typed, write};
use crate::math;
use crate::simd::vectorize;

/// Sum of elements of `P` floats each (2: complex). `NAN`: without the NaNs, and for a mean with a plane of counts.
pub(super) struct FloatSum<T, const P: usize, const NAN: bool> {
    mean: bool,
    planes: [DType; 3],
    of: PhantomData<fn() -> T>,
}

impl<T: Real, const P: usize, const NAN: bool> FloatSum<T, P, NAN> {
    pub(super) fn boxed(mean: bool) -> Box<dyn Fold>
    where
        [T; P]: bytemuck::Pod,
        [f64; P]: bytemuck::Pod,
    {
        let plane = if P == 2 { DType::Complex128 } else { DType::Float64 };
        Box::new(FloatSum::<T, P, NAN> { mean, planes: [plane, plane, DType::Float64], of: PhantomData })
    }

    fn counted(&self) -> bool {
        NAN && self.mean
    }
}

/// The parts widened; zero for an element with a NaN where `NAN`.
#[inline(always)]
pub(super) fn load<T: Real, const P: usize, const NAN: bool>(x: [T; P]) -> [f64; P] {
    let x = x.map(T::wide);
    if NAN && is_nan(x) { [0.0; P] } else { x }
}

#[inline(always)]
pub(super) fn is_nan<const P: usize>(x: [f64; P]) -> bool {
    x.iter().fold(false, |nan, v| nan | v.is_nan())
}

/// 1 for an element that counts.
#[inline(always)]
pub(super) fn weight<T: Real, const P: usize>(x: [T; P]) -> f64 {
    if is_nan(x.map(T::wide)) { 0.0 } else { 1.0 }
}

#[inline(always)]
pub(super) fn add<const P: usize>(a: [f64; P], b: [f64; P]) -> [f64; P] {
    std::array::from_fn(|p| a[p] + b[p])
}

/// Adds `x` to a sum and the error of doing so to its compensation.
#[inline(always)]
fn add_exactly<const P: usize>(sum: &mut [f64; P], comp: &mut [f64; P], x: [f64; P]) {
    for p in 0..P {
        let (s, error) = math::sum(sum[p], x[p]);
        (sum[p], comp[p]) = (s, comp[p] + error);
    }
}

/// Once a sum is infinite or NaN its compensation means nothing.
#[inline(always)]
fn total(sum: f64, comp: f64) -> f64 {
    let t = sum + comp;
    if t.is_finite() { t } else { sum }
}

struct Columns<'a, T, const P: usize, const NAN: bool> {
    lines: Lines<'a, [T; P]>,
    sum: &'a mut [[f64; P]],
    comp: &'a mut [[f64; P]],
    count: &'a mut [f64],
}

impl<T: Real, const P: usize, const NAN: bool> Strip for Columns<'_, T, P, NAN> {
    #[inline(always)]
    fn strip<const S: usize>(&mut self, c: usize) {
        let t = fold_strip(self.lines, c, [[0.0; P]; S], |_, a, x| add(a, load::<T, P, NAN>(x)));
        let (sum, comp) = (&mut self.sum[c..c + S], &mut self.comp[c..c + S]);
        for j in 0..S {
            add_exactly(&mut sum[j], &mut comp[j], t[j]);
        }
        if NAN && !self.count.is_empty() {
            let n: [f64; S] = take(self.count, c);
            let n = fold_strip(self.lines, c, n, |_, a, x| a + weight(x));
            self.count[c..c + S].copy_from_slice(&n);
        }
    }
}

impl<T: Real, const P: usize, const NAN: bool> Fold for FloatSum<T, P, NAN>
where
    [T; P]: bytemuck::Pod,
    [f64; P]: bytemuck::Pod,
{
    fn planes(&self) -> &[DType] {
        &self.planes[..if self.counted() { 3 } else { 2 }]
    }

    fn new_state(&self, n: usize) -> Result<State> {
        State::zeroed(self.planes(), n)
    }

    fn fold_rows(&self, s: &mut State, at: usize, tile: &[u8], rows: usize, cols: usize, _: u64, _: TileIndex) {
        let tile = typed::<[T; P]>(tile, rows, cols);
        let (sum, comp, count, _) = s.float_planes_mut::<[f64; P]>();
        let (sum, comp) = (&mut sum[at..at + rows], &mut comp[at..at + rows]);
        if cols == 0 {
            return;
        }
        vectorize(
            #[inline(always)]
            || {
                for (r, row) in tile.chunks_exact(cols).enumerate() {
                    let t = match NAN {
                        true => fold_row(row, [0.0; P], load::<T, P, NAN>, add),
                        // Parts side by side as they lie: nothing need be taken apart.
                        false => fold_parts(row.as_flattened(), 0.0, T::wide, |a, b| a + b),
                    };
                    add_exactly(&mut sum[r], &mut comp[r], t);
                    if NAN && !count.is_empty() {
                        count[at + r] += fold_row(row, 0.0, weight, |a, b| a + b);
                    }
                }
            },
        );
    }

    fn fold_cols(&self, s: &mut State, at: usize, tile: Rows<'_>, _: u64, _: TileIndex) {
        let (data, cols) = (tile.typed::<[T; P]>(), tile.cols);
        let lines = Lines { data: &data, step: tile.step };
        let (sum, comp, count, _) = s.float_planes_mut::<[f64; P]>();
        let (sum, comp) = (&mut sum[at..at + cols], &mut comp[at..at + cols]);
        let count = if self.counted() { &mut count[at..at + cols] } else { &mut [] };
        vectorize(
            #[inline(always)]
            || for_strips(&mut Columns::<T, P, NAN> { lines, sum, comp, count }, cols),
        );
    }

    fn merge(&self, into: &mut State, _: u64, from: &State, _: u64) {
        assert_eq!(into.n, from.n, "states of different results");
        let (sum, comp, count, _) = into.float_planes_mut::<[f64; P]>();
        let (sum_b, comp_b) = (from.plane::<[f64; P]>(0), from.plane::<[f64; P]>(1));
        vectorize(
            #[inline(always)]
            || {
                for i in 0..sum.len() {
                    add_exactly(&mut sum[i], &mut comp[i], sum_b[i]);
                    comp[i] = add(comp[i], comp_b[i]);
                }
            },
        );
        if self.counted() {
            count.iter_mut().zip(from.plane::<f64>(2)).for_each(|(a, b)| *a += b);
        }
    }

    fn finish(&self, s: &State, at: usize, len: usize, count: u64, out: &mut [u8]) {
        let (sum, comp) = (s.plane::<[f64; P]>(0), s.plane::<[f64; P]>(1));
        write::<[T; P]>(out, len, |i| {
            let i = at + i;
            let n = if self.counted() { s.plane::<f64>(2)[i] } else { count as f64 };
            let t: [f64; P] = std::array::from_fn(|p| total(sum[i][p], comp[i][p]));
            std::array::from_fn(|p| {
                // Divided by a complex number, a part meets zero times the other one.
                let apart = P == 1 || t[P - 1 - p].is_finite() || n == 0.0;
                T::narrow(match self.mean {
                    true if !apart => f64::NAN,
                    true => t[p] / n,
                    false => t[p],
                })
            })
        });
    }
}
