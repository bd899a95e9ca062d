//! Variance and standard deviation in one pass over the data: each tile in two passes while it is in cache, tiles
//! joined by the update of Chan, Golub and LeVeque, which loses nothing when the mean is far from zero.

use std::marker::PhantomData;

use hyperslab_base::{DType, Result};

use super::element::Real;
use super::lanes::{Strip, fold_row, fold_strip, for_strips};
use super::sum::{add, is_nan, load, weight};
use super::{Fold, FoldParams, State, TileIndex, typed, write};
use crate::simd::vectorize;

/// Variance of elements of `P` floats each (2: complex), by planes of means, of squared distances from them,
/// and where `NAN` of counts.
pub(super) struct Moments<T, const P: usize, const NAN: bool> {
    ddof: f64,
    root: bool,
    /// The output is complex, though a variance is real: the user asked for that dtype.
    complex: bool,
    planes: [DType; 3],
    of: PhantomData<fn() -> T>,
}

impl<T: Real, const P: usize, const NAN: bool> Moments<T, P, NAN>
where
    [T; P]: bytemuck::Pod,
    [f64; P]: bytemuck::Pod,
{
    pub(super) fn boxed(params: FoldParams, root: bool, complex: bool) -> Box<dyn Fold> {
        let mean = if P == 2 { DType::Complex128 } else { DType::Float64 };
        let planes = [mean, DType::Float64, DType::Float64];
        Box::new(Moments::<T, P, NAN> { ddof: params.ddof(), root, complex, planes, of: PhantomData })
    }
}

/// Squared distance of an element from a mean; zero for a NaN where `NAN`.
#[inline(always)]
fn spread<T: Real, const P: usize, const NAN: bool>(x: [T; P], mean: [f64; P]) -> f64 {
    let x = x.map(T::wide);
    let mut d2 = 0.0;
    for p in 0..P {
        let d = x[p] - mean[p];
        d2 += d * d;
    }
    if NAN && is_nan(x) { 0.0 } else { d2 }
}

/// Moments (`mean`, `m2`) of `na` elements take in those of `nb` more.
#[inline(always)]
fn join<const P: usize>(mean: &mut [f64; P], m2: &mut f64, na: f64, mean_b: [f64; P], m2_b: f64, nb: f64) {
    let n = na + nb;
    let share = if n == 0.0 { 0.0 } else { nb / n };
    let mut across = 0.0;
    for p in 0..P {
        let d = mean_b[p] - mean[p];
        mean[p] += d * share;
        across += d * (d * (na * share));
    }
    *m2 += m2_b + across;
}

/// Mean of `n` elements with this sum; zero for none.
#[inline(always)]
fn divide<const P: usize>(sum: [f64; P], n: f64) -> [f64; P] {
    let n = if n == 0.0 { 1.0 } else { n };
    sum.map(|s| s / n)
}

struct Columns<'a, T, const P: usize, const NAN: bool> {
    tile: &'a [[T; P]],
    rows: f64,
    cols: usize,
    before: f64,
    mean: &'a mut [[f64; P]],
    m2: &'a mut [f64],
    count: &'a mut [f64],
}

impl<T: Real, const P: usize, const NAN: bool> Strip for Columns<'_, T, P, NAN> {
    #[inline(always)]
    fn strip<const S: usize>(&mut self, c: usize) {
        let (tile, cols) = (self.tile, self.cols);
        let sum = fold_strip(tile, cols, c, [[0.0; P]; S], |_, a, x| add(a, load::<T, P, NAN>(x)));
        let n = match NAN {
            true => fold_strip(tile, cols, c, [0.0; S], |_, a, x| a + weight(x)),
            false => [self.rows; S],
        };
        let near: [[f64; P]; S] = std::array::from_fn(|j| divide(sum[j], n[j]));
        let far = fold_strip(tile, cols, c, [0.0; S], |j, a, x| a + spread::<T, P, NAN>(x, near[j]));
        let (mean, m2) = (&mut self.mean[c..c + S], &mut self.m2[c..c + S]);
        for j in 0..S {
            let before = if NAN { self.count[c + j] } else { self.before };
            join(&mut mean[j], &mut m2[j], before, near[j], far[j], n[j]);
        }
        if NAN {
            (0..S).for_each(|j| self.count[c + j] += n[j]);
        }
    }
}

impl<T: Real, const P: usize, const NAN: bool> Fold for Moments<T, P, NAN>
where
    [T; P]: bytemuck::Pod,
    [f64; P]: bytemuck::Pod,
{
    fn planes(&self) -> &[DType] {
        &self.planes[..if NAN { 3 } else { 2 }]
    }

    fn new_state(&self, n: usize) -> Result<State> {
        State::zeroed(self.planes(), n)
    }

    fn fold_rows(&self, s: &mut State, at: usize, tile: &[u8], rows: usize, cols: usize, before: u64, _: TileIndex) {
        let tile = typed::<[T; P]>(tile, rows, cols);
        let (mean, m2, count) = s.triple_mut::<[f64; P], f64, f64>();
        let (mean, m2) = (&mut mean[at..at + rows], &mut m2[at..at + rows]);
        if cols == 0 {
            return;
        }
        vectorize(
            #[inline(always)]
            || {
                for (r, row) in tile.chunks_exact(cols).enumerate() {
                    let sum = fold_row(row, [0.0; P], load::<T, P, NAN>, add);
                    let n = if NAN { fold_row(row, 0.0, weight, |a, b| a + b) } else { cols as f64 };
                    let near = divide(sum, n);
                    let far = fold_row(row, 0.0, |x| spread::<T, P, NAN>(x, near), |a, b| a + b);
                    let before = if NAN { count[at + r] } else { before as f64 };
                    join(&mut mean[r], &mut m2[r], before, near, far, n);
                    if NAN {
                        count[at + r] += n;
                    }
                }
            },
        );
    }

    fn fold_cols(
        &self,
        s: &mut State,
        at: usize,
        tile: &[u8],
        rows: usize,
        cols: usize,
        before: u64,
        place: TileIndex,
    ) {
        if cols == 1 {
            return self.fold_rows(s, at, tile, 1, rows, before, place.transposed());
        }
        let tile = typed::<[T; P]>(tile, rows, cols);
        let (mean, m2, count) = s.triple_mut::<[f64; P], f64, f64>();
        let (mean, m2) = (&mut mean[at..at + cols], &mut m2[at..at + cols]);
        let count = if NAN { &mut count[at..at + cols] } else { count };
        let (rows, before) = (rows as f64, before as f64);
        vectorize(
            #[inline(always)]
            || {
                for_strips(&mut Columns::<T, P, NAN> { tile: &tile, rows, cols, before, mean, m2, count }, cols);
            },
        );
    }

    fn merge(&self, into: &mut State, n_into: u64, from: &State, n_from: u64) {
        assert_eq!(into.n, from.n, "states of different results");
        let (mean, m2, count) = into.triple_mut::<[f64; P], f64, f64>();
        let (mean_b, m2_b) = (from.plane::<[f64; P]>(0), from.plane::<f64>(1));
        vectorize(
            #[inline(always)]
            || {
                for i in 0..mean.len() {
                    let (na, nb) =
                        if NAN { (count[i], from.plane::<f64>(2)[i]) } else { (n_into as f64, n_from as f64) };
                    join(&mut mean[i], &mut m2[i], na, mean_b[i], m2_b[i], nb);
                    if NAN {
                        count[i] += nb;
                    }
                }
            },
        );
    }

    fn finish(&self, s: &State, at: usize, len: usize, count: u64, out: &mut [u8]) {
        let m2 = &s.plane::<f64>(1)[at..at + len];
        let value = |i: usize| {
            let n = if NAN { s.plane::<f64>(2)[at + i] } else { count as f64 };
            let free = n - self.ddof;
            // NumPy divides by zero where no freedom is left, and its nan* functions say NaN.
            let var = match free > 0.0 {
                true => m2[i] / free,
                false if NAN || free.is_nan() => f64::NAN,
                false => m2[i] / 0.0,
            };
            T::narrow(if self.root { var.sqrt() } else { var })
        };
        if self.complex {
            write::<[T; 2]>(out, len, |i| [value(i), T::narrow(0.0)]);
        } else {
            write::<T>(out, len, value);
        }
    }
}
