//! Variance and standard deviation in one pass over the data: each tile in passes of its own while it is in cache,
//! tiles joined by the update of Chan, Golub and LeVeque. Means are carried as a float and its rounding error, so that
//! the variance keeps its digits when the mean is far from zero.

use std::marker::PhantomData;

use hyperslab_base::{DType, Result};

use super::element::Real;
use super::lanes::{Lines, Strip, fold_row, fold_strip, for_strips, take};
use super::sum::{add, is_nan, load, weight};
use super::{Fold, FoldParams, Rows, State, TileIndex, typed, write};
use crate::math;
use crate::simd::vectorize;

/// Variance of elements of `P` floats each (2: complex), by planes of means, of what rounding left of them, of squared
/// distances from them, and where `NAN` of counts.
pub(super) struct Variance<T, const P: usize, const NAN: bool> {
    ddof: f64,
    root: bool,
    /// The output is complex, though a variance is real: the user asked for that dtype.
    complex: bool,
    planes: [DType; 4],
    of: PhantomData<fn() -> T>,
}

impl<T: Real, const P: usize, const NAN: bool> Variance<T, P, NAN>
where
    [T; P]: bytemuck::Pod,
    [f64; P]: bytemuck::Pod,
{
    pub(super) fn boxed(params: FoldParams, root: bool, complex: bool) -> Box<dyn Fold> {
        let mean = if P == 2 { DType::Complex128 } else { DType::Float64 };
        let planes = [mean, mean, DType::Float64, DType::Float64];
        Box::new(Variance::<T, P, NAN> { ddof: params.ddof(), root, complex, planes, of: PhantomData })
    }
}

/// Moments of `S` results side by side: of `n` elements each, whose mean is `mean + low` and whose squared distances
/// from it add up to `m2`. Every step is a loop over the results, which vectorises.
#[derive(Clone, Copy)]
struct Moments<const P: usize, const S: usize> {
    n: [f64; S],
    mean: [[f64; P]; S],
    low: [[f64; P]; S],
    m2: [f64; S],
}

impl<const P: usize, const S: usize> Moments<P, S> {
    /// From a rough mean, the sum of the distances from it, and the sum of their squares.
    #[inline(always)]
    fn around(n: [f64; S], rough: [[f64; P]; S], off: [[f64; P]; S], far: [f64; S]) -> Self {
        let mut m = Moments { n, mean: rough, low: [[0.0; P]; S], m2: far };
        for j in 0..S {
            let (shift, mut excess) = (divide(off[j], n[j]), 0.0);
            for p in 0..P {
                let (mean, low) = math::sum(rough[j][p], shift[p]);
                (m.mean[j][p], m.low[j][p]) = (mean, low);
                excess += off[j][p] * shift[p];
            }
            // Squares that overflow stay infinite.
            m.m2[j] = if far[j].is_finite() { far[j] - excess } else { far[j] };
        }
        m
    }

    /// Moments of both.
    #[inline(always)]
    fn join(self, o: Self) -> Self {
        let mut m = self;
        for j in 0..S {
            let n = self.n[j] + o.n[j];
            let share = if n == 0.0 { 0.0 } else { o.n[j] / n };
            let mut across = 0.0;
            for p in 0..P {
                let (high, low) = (o.mean[j][p] - self.mean[j][p], o.low[j][p] - self.low[j][p]);
                let (mean, rest) = math::sum(self.mean[j][p], high * share);
                (m.mean[j][p], m.low[j][p]) = (mean, self.low[j][p] + (low * share + rest));
                across += (high + low) * ((high + low) * (self.n[j] * share));
            }
            (m.n[j], m.m2[j]) = (n, self.m2[j] + o.m2[j] + across);
        }
        m
    }
}

/// The planes of a state, or a part of them.
struct Planes<'a, const P: usize> {
    mean: &'a mut [[f64; P]],
    low: &'a mut [[f64; P]],
    m2: &'a mut [f64],
    /// Empty where all results have the same number of elements, which is `before`.
    count: &'a mut [f64],
    before: f64,
}

impl<'a, const P: usize> Planes<'a, P>
where
    [f64; P]: bytemuck::Pod,
{
    fn new(s: &'a mut State, at: usize, len: usize, before: u64) -> Self {
        let (mean, low, m2, count) = s.float_planes_mut::<[f64; P]>();
        let part = at..at + len;
        let count = if count.is_empty() { count } else { &mut count[part.clone()] };
        let (mean, low, m2) = (&mut mean[part.clone()], &mut low[part.clone()], &mut m2[part]);
        Planes { mean, low, m2, count, before: before as f64 }
    }

    /// Results `i .. i + S` take in some more elements.
    #[inline(always)]
    fn join<const S: usize, const NAN: bool>(&mut self, i: usize, more: Moments<P, S>) {
        let n = if NAN { take(self.count, i) } else { [self.before; S] };
        let m = Moments { n, mean: take(self.mean, i), low: take(self.low, i), m2: take(self.m2, i) }.join(more);
        self.mean[i..i + S].copy_from_slice(&m.mean);
        self.low[i..i + S].copy_from_slice(&m.low);
        self.m2[i..i + S].copy_from_slice(&m.m2);
        if NAN {
            self.count[i..i + S].copy_from_slice(&m.n);
        }
    }
}

/// Distance of an element from a mean; zero for a NaN where `NAN`.
#[inline(always)]
fn distance<T: Real, const P: usize, const NAN: bool>(x: [T; P], mean: [f64; P]) -> [f64; P] {
    let x = x.map(T::wide);
    let d = std::array::from_fn(|p| x[p] - mean[p]);
    if NAN && is_nan(x) { [0.0; P] } else { d }
}

#[inline(always)]
fn square<const P: usize>(d: [f64; P]) -> f64 {
    d.iter().fold(0.0, |a, d| a + d * d)
}

/// Mean of `n` elements with this sum; zero for none.
#[inline(always)]
fn divide<const P: usize>(sum: [f64; P], n: f64) -> [f64; P] {
    let n = if n == 0.0 { 1.0 } else { n };
    sum.map(|s| s / n)
}

/// Moments of one row.
#[inline(always)]
fn row_moments<T: Real, const P: usize, const NAN: bool>(row: &[[T; P]]) -> Moments<P, 1> {
    let sum = fold_row(row, [0.0; P], load::<T, P, NAN>, add);
    let n = if NAN { fold_row(row, 0.0, weight, |a, b| a + b) } else { row.len() as f64 };
    let rough = divide(sum, n);
    let off = fold_row(row, [0.0; P], |x| distance::<T, P, NAN>(x, rough), add);
    let far = fold_row(row, 0.0, |x| square(distance::<T, P, NAN>(x, rough)), |a, b| a + b);
    Moments::around([n], [rough], [off], [far])
}

struct Columns<'a, T, const P: usize, const NAN: bool> {
    lines: Lines<'a, [T; P]>,
    rows: f64,
    planes: Planes<'a, P>,
}

impl<T: Real, const P: usize, const NAN: bool> Strip for Columns<'_, T, P, NAN>
where
    [f64; P]: bytemuck::Pod,
{
    #[inline(always)]
    fn strip<const S: usize>(&mut self, c: usize) {
        let lines = self.lines;
        let sum = fold_strip(lines, c, [[0.0; P]; S], |_, a, x| add(a, load::<T, P, NAN>(x)));
        let n = match NAN {
            true => fold_strip(lines, c, [0.0; S], |_, a, x| a + weight(x)),
            false => [self.rows; S],
        };
        let rough: [[f64; P]; S] = std::array::from_fn(|j| divide(sum[j], n[j]));
        let off = fold_strip(lines, c, [[0.0; P]; S], |j, a, x| add(a, distance::<T, P, NAN>(x, rough[j])));
        let far = fold_strip(lines, c, [0.0; S], |j, a, x| a + square(distance::<T, P, NAN>(x, rough[j])));
        self.planes.join::<S, NAN>(c, Moments::around(n, rough, off, far));
    }
}

impl<T: Real, const P: usize, const NAN: bool> Fold for Variance<T, P, NAN>
where
    [T; P]: bytemuck::Pod,
    [f64; P]: bytemuck::Pod,
{
    fn planes(&self) -> &[DType] {
        &self.planes[..if NAN { 4 } else { 3 }]
    }

    fn new_state(&self, n: usize) -> Result<State> {
        State::zeroed(self.planes(), n)
    }

    fn fold_rows(&self, s: &mut State, at: usize, tile: &[u8], rows: usize, cols: usize, before: u64, _: TileIndex) {
        let tile = typed::<[T; P]>(tile, rows, cols);
        let mut planes = Planes::<P>::new(s, at, rows, before);
        if cols == 0 {
            return;
        }
        vectorize(
            #[inline(always)]
            || {
                for (r, row) in tile.chunks_exact(cols).enumerate() {
                    planes.join::<1, NAN>(r, row_moments::<T, P, NAN>(row));
                }
            },
        );
    }

    fn fold_strips(&self, s: &mut State, at: usize, tile: Rows<'_>, before: u64, _: TileIndex) {
        let (data, cols) = (tile.typed::<[T; P]>(), tile.cols);
        let lines = Lines { data: &data, step: tile.step };
        let planes = Planes::<P>::new(s, at, cols, before);
        let mut columns = Columns::<T, P, NAN> { lines, rows: tile.rows as f64, planes };
        vectorize(
            #[inline(always)]
            || for_strips(&mut columns, cols),
        );
    }

    fn merge(&self, into: &mut State, n_into: u64, from: &State, n_from: u64) {
        assert_eq!(into.n, from.n, "states of different results");
        let len = into.n;
        let mut planes = Planes::<P>::new(into, 0, len, n_into);
        let (mean, low) = (from.plane::<[f64; P]>(0), from.plane::<[f64; P]>(1));
        let m2 = from.plane::<f64>(2);
        let count: &[f64] = if NAN { from.plane(3) } else { &[] };
        vectorize(
            #[inline(always)]
            || {
                for i in 0..len {
                    let n = if NAN { count[i] } else { n_from as f64 };
                    let more = Moments { n: [n], mean: [mean[i]], low: [low[i]], m2: [m2[i]] };
                    planes.join::<1, NAN>(i, more);
                }
            },
        );
    }

    fn finish(&self, s: &State, at: usize, len: usize, count: u64, out: &mut [u8]) {
        let m2 = &s.plane::<f64>(2)[at..at + len];
        let value = |i: usize| {
            let n = if NAN { s.plane::<f64>(3)[at + i] } else { count as f64 };
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
