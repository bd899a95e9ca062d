//! Variance and standard deviation in one pass over the data: distances of a tile's elements from the mean so far, tiles
//! joined by the update of Chan, Golub and LeVeque. Means are carried as a float and its rounding error, so that the
//! variance keeps its digits when the mean is far from zero.

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

/// Weights with which `S` results side by side take in more elements.
#[derive(Clone, Copy)]
struct Weights<const S: usize> {
    /// How many elements there are then.
    n: [f64; S],
    /// One by the number of new elements.
    inverse: [f64; S],
    /// Share of the new ones among all.
    share: [f64; S],
    /// That share times the number of those before.
    across: [f64; S],
}

impl<const S: usize> Weights<S> {
    #[inline(always)]
    fn new(before: [f64; S], more: [f64; S]) -> Self {
        let n: [f64; S] = std::array::from_fn(|j| before[j] + more[j]);
        let share: [f64; S] = std::array::from_fn(|j| if n[j] == 0.0 { 0.0 } else { more[j] / n[j] });
        let inverse = more.map(|more| if more == 0.0 { 1.0 } else { 1.0 / more });
        Weights { n, inverse, share, across: std::array::from_fn(|j| before[j] * share[j]) }
    }
}

impl Weights<1> {
    /// Those of results with the same number of elements: divided once.
    fn same(before: u64, more: u64) -> Self {
        Self::new([before as f64], [more as f64])
    }

    #[inline(always)]
    fn repeat<const S: usize>(self) -> Weights<S> {
        let Weights { n: [n], inverse: [inverse], share: [share], across: [across] } = self;
        Weights { n: [n; S], inverse: [inverse; S], share: [share; S], across: [across; S] }
    }
}

/// Moments of `S` results side by side: the mean is `mean + low`, the squared distances from it add up to `m2`. Every
/// step is a loop over the results, which vectorises.
#[derive(Clone, Copy)]
struct Moments<const P: usize, const S: usize> {
    mean: [[f64; P]; S],
    low: [[f64; P]; S],
    m2: [f64; S],
}

impl<const P: usize, const S: usize> Moments<P, S> {
    /// From a rough mean, the sum of the distances from it, and the sum of their squares.
    #[inline(always)]
    fn around(w: &Weights<S>, rough: [[f64; P]; S], off: [[f64; P]; S], far: [f64; S]) -> Self {
        let mut m = Moments { mean: rough, low: [[0.0; P]; S], m2: far };
        for j in 0..S {
            let mut excess = 0.0;
            for p in 0..P {
                let shift = off[j][p] * w.inverse[j];
                let (mean, low) = math::sum(rough[j][p], shift);
                (m.mean[j][p], m.low[j][p]) = (mean, low);
                excess += off[j][p] * shift;
            }
            // Squares that overflow stay infinite.
            m.m2[j] = if far[j].is_finite() { far[j] - excess } else { far[j] };
        }
        m
    }

    /// Moments of both.
    #[inline(always)]
    fn join(self, o: Self, w: &Weights<S>) -> Self {
        let mut m = self;
        for j in 0..S {
            let mut across = 0.0;
            for p in 0..P {
                let (high, low) = (o.mean[j][p] - self.mean[j][p], o.low[j][p] - self.low[j][p]);
                let (mean, rest) = math::sum(self.mean[j][p], high * w.share[j]);
                (m.mean[j][p], m.low[j][p]) = (mean, self.low[j][p] + (low * w.share[j] + rest));
                across += (high + low) * ((high + low) * w.across[j]);
            }
            m.m2[j] = self.m2[j] + o.m2[j] + across;
        }
        m
    }
}

/// The planes of a state, or a part of them.
struct Planes<'a, const P: usize> {
    mean: &'a mut [[f64; P]],
    low: &'a mut [[f64; P]],
    m2: &'a mut [f64],
    /// Empty where all results have the same number of elements.
    count: &'a mut [f64],
}

impl<'a, const P: usize> Planes<'a, P>
where
    [f64; P]: bytemuck::Pod,
{
    fn new(s: &'a mut State, at: usize, len: usize) -> Self {
        let (mean, low, m2, count) = s.float_planes_mut::<[f64; P]>();
        let part = at..at + len;
        let count = if count.is_empty() { count } else { &mut count[part.clone()] };
        let (mean, low, m2) = (&mut mean[part.clone()], &mut low[part.clone()], &mut m2[part]);
        Planes { mean, low, m2, count }
    }

    /// Results `i .. i + S` take in some more elements.
    #[inline(always)]
    fn join<const S: usize, const NAN: bool>(&mut self, i: usize, more: Moments<P, S>, w: &Weights<S>) {
        let m = Moments { mean: take(self.mean, i), low: take(self.low, i), m2: take(self.m2, i) }.join(more, w);
        self.mean[i..i + S].copy_from_slice(&m.mean);
        self.low[i..i + S].copy_from_slice(&m.low);
        self.m2[i..i + S].copy_from_slice(&m.m2);
        if NAN {
            self.count[i..i + S].copy_from_slice(&w.n);
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
    d[1..].iter().fold(d[0] * d[0], |a, d| a + d * d)
}

/// Weights and moments of one row around its own mean.
#[inline(always)]
fn own_moments<T: Real, const P: usize, const NAN: bool>(row: &[[T; P]], before: f64) -> (Weights<1>, Moments<P, 1>) {
    let n = if NAN { fold_row(row, 0.0, weight, |a, b| a + b) } else { row.len() as f64 };
    let w = Weights::new([before], [n]);
    let rough = fold_row(row, [0.0; P], load::<T, P, NAN>, add).map(|sum| sum * w.inverse[0]);
    let off = fold_row(row, [0.0; P], |x| distance::<T, P, NAN>(x, rough), add);
    let far = fold_row(row, 0.0, |x| square(distance::<T, P, NAN>(x, rough)), |a, b| a + b);
    (w, Moments::around(&w, [rough], [off], [far]))
}

/// Whether distances from rough means overflow: another mean may be nearer. After a NaN, none is.
#[inline(always)]
fn overflow(off: &[f64], rough: &[f64]) -> bool {
    off.iter().zip(rough).map(|(off, rough)| u64::from(!off.is_finite() & !rough.is_nan())).sum::<u64>() > 0
}

/// Parts of elements that are taken together.
const LANES: usize = 16;

/// Moments of one row around a rough mean; nothing where distances from that overflow.
#[inline(always)]
fn row_moments<T: Real, const P: usize>(row: &[[T; P]], rough: [f64; P], w: &Weights<1>) -> Option<Moments<P, 1>> {
    let (chunks, rest) = row.as_flattened().as_chunks::<LANES>();
    let (mut off, mut far) = ([0.0; LANES], [0.0; LANES]);
    for x in chunks {
        for j in 0..LANES {
            let d = x[j].wide() - rough[j % P];
            (off[j], far[j]) = (off[j] + d, far[j] + d * d);
        }
    }
    // Through memory, or the vectoriser starts from the sums of these and makes scalars of the loop.
    let (off, far) = std::hint::black_box((off, far));
    let mut all = ([0.0; P], far.iter().sum::<f64>());
    off.iter().enumerate().for_each(|(j, d)| all.0[j % P] += d);
    for (j, x) in rest.iter().enumerate() {
        let d = x.wide() - rough[j % P];
        all.0[j % P] += d;
        all.1 += d * d;
    }
    (!overflow(&all.0, &rough)).then(|| Moments::around(w, [rough], [all.0], [all.1]))
}

struct Columns<'a, T, const P: usize, const NAN: bool> {
    lines: Lines<'a, [T; P]>,
    planes: Planes<'a, P>,
    /// Whether nothing was folded before.
    fresh: bool,
    /// Of columns without NaNs.
    weights: Weights<1>,
}

impl<T: Real, const P: usize, const NAN: bool> Columns<'_, T, P, NAN> {
    /// Weights and means of the columns from `c` on.
    #[inline(always)]
    fn own<const S: usize>(&self, c: usize) -> (Weights<S>, [[f64; P]; S]) {
        let w = match NAN {
            true => {
                let n = fold_strip(self.lines, c, [0.0; S], |_, a, x| a + weight(x));
                Weights::new(take(self.planes.count, c), n)
            }
            false => self.weights.repeat(),
        };
        let sum = fold_strip(self.lines, c, [[0.0; P]; S], |_, a, x| add(a, load::<T, P, NAN>(x)));
        (w, std::array::from_fn(|j| sum[j].map(|sum| sum * w.inverse[j])))
    }

    /// Weights and rough means of the columns from `c` on.
    #[inline(always)]
    fn rough<const S: usize>(&self, c: usize) -> (Weights<S>, [[f64; P]; S]) {
        let first: [[T; P]; S] = take(self.lines.data, c);
        let rough = if self.fresh { first.map(|x| x.map(T::wide)) } else { take(self.planes.mean, c) };
        (self.weights.repeat(), rough)
    }

    /// Sums of distances from there, and of their squares.
    #[inline(always)]
    fn distances<const S: usize>(&self, c: usize, rough: &[[f64; P]; S]) -> ([[f64; P]; S], [f64; S]) {
        let (mut off, mut far) = ([[0.0; P]; S], [0.0; S]);
        for row in self.lines.each() {
            let x = &row[c..c + S];
            for j in 0..S {
                let d = distance::<T, P, NAN>(x[j], rough[j]);
                (off[j], far[j]) = (add(off[j], d), far[j] + square(d));
            }
        }
        (off, far)
    }
}

impl<T: Real, const P: usize, const NAN: bool> Columns<'_, T, P, NAN>
where
    [f64; P]: bytemuck::Pod,
{
    /// Takes in the columns from `c` on, some of which overflow: those go by their own means, and no other, for what is
    /// beside a column has no say in its result.
    #[cold]
    #[inline(never)]
    fn overflowing<const S: usize>(&mut self, c: usize) {
        let ((w, mut rough), (_, own)) = (self.rough::<S>(c), self.own::<S>(c));
        let ((mut off, mut far), (own_off, own_far)) = (self.distances(c, &rough), self.distances(c, &own));
        for j in 0..S {
            if overflow(&off[j], &rough[j]) {
                (rough[j], off[j], far[j]) = (own[j], own_off[j], own_far[j]);
            }
        }
        self.planes.join::<S, NAN>(c, Moments::around(&w, rough, off, far), &w);
    }
}

impl<T: Real, const P: usize, const NAN: bool> Strip for Columns<'_, T, P, NAN>
where
    [f64; P]: bytemuck::Pod,
{
    #[inline(always)]
    fn strip<const S: usize>(&mut self, c: usize) {
        let (w, rough) = if NAN { self.own::<S>(c) } else { self.rough::<S>(c) };
        let (off, far) = self.distances(c, &rough);
        if !NAN && overflow(off.as_flattened(), rough.as_flattened()) {
            return self.overflowing::<S>(c);
        }
        self.planes.join::<S, NAN>(c, Moments::around(&w, rough, off, far), &w);
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
        let mut planes = Planes::<P>::new(s, at, rows);
        if cols == 0 {
            return;
        }
        let w = Weights::same(before, cols as u64);
        vectorize(
            #[inline(always)]
            || {
                for (r, row) in tile.chunks_exact(cols).enumerate() {
                    let quick = match NAN {
                        true => None,
                        false if before == 0 => row_moments(row, row[0].map(T::wide), &w),
                        false => row_moments(row, planes.mean[r], &w),
                    };
                    let own = || own_moments::<T, P, NAN>(row, if NAN { planes.count[r] } else { before as f64 });
                    let (w, moments) = quick.map_or_else(own, |m| (w, m));
                    planes.join::<1, NAN>(r, moments, &w);
                }
            },
        );
    }

    fn fold_cols(&self, s: &mut State, at: usize, tile: Rows<'_>, before: u64, _: TileIndex) {
        let (data, cols) = (tile.typed::<[T; P]>(), tile.cols);
        let lines = Lines { data: &data, step: tile.step };
        let (planes, weights) = (Planes::<P>::new(s, at, cols), Weights::same(before, tile.rows as u64));
        let mut columns = Columns::<T, P, NAN> { lines, planes, fresh: before == 0, weights };
        vectorize(
            #[inline(always)]
            || for_strips(&mut columns, cols),
        );
    }

    fn merge(&self, into: &mut State, n_into: u64, from: &State, n_from: u64) {
        assert_eq!(into.n, from.n, "states of different results");
        let len = into.n;
        let mut planes = Planes::<P>::new(into, 0, len);
        let (mean, low) = (from.plane::<[f64; P]>(0), from.plane::<[f64; P]>(1));
        let m2 = from.plane::<f64>(2);
        let count: &[f64] = if NAN { from.plane(3) } else { &[] };
        let same = Weights::same(n_into, n_from);
        vectorize(
            #[inline(always)]
            || {
                for i in 0..len {
                    let w = if NAN { Weights::new([planes.count[i]], [count[i]]) } else { same };
                    let more = Moments { mean: [mean[i]], low: [low[i]], m2: [m2[i]] };
                    planes.join::<1, NAN>(i, more, &w);
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
