//! Sums and means of logarithms, as the logarithm of a product: four operations per element instead of a logarithm.
//!
//! The product of the significands is carried with the rounding errors of its multiplications (Ogita, Rump and Oishi,
//! "Accurate sum and dot product", SIAM J. Sci. Comput. 26, 2005), the exponents are added as integers: what comes out
//! is nearer to the sum of the true logarithms than the sum of the rounded ones.

use std::marker::PhantomData;

use bytemuck::cast_slice_mut;
use hyperslab_base::{DType, Result};

use super::element::Real;
use super::lanes::{Lines, Strip, for_strips, take};
use super::{Fold, Rows, State, TileIndex, typed, write};
use crate::math::log::log_of_product;
use crate::math::{self, fast_sum};
use crate::simd::{has_fma, vectorize};

/// Sum of the logarithms of elements, or their mean. `FMA`: where multiply-add is one instruction.
pub(super) struct LogSum<T, const FMA: bool> {
    mean: bool,
    of: PhantomData<fn() -> T>,
}

/// The fold for this machine.
pub(super) fn log_sum<T: Real>(mean: bool) -> Box<dyn Fold> {
    match has_fma() {
        true => Box::new(LogSum::<T, true> { mean, of: PhantomData }),
        false => Box::new(LogSum::<T, false> { mean, of: PhantomData }),
    }
}

/// `a * b + c`, rounded once or twice.
#[inline(always)]
fn multiply_add<const FMA: bool>(a: f64, b: f64, c: f64) -> f64 {
    if FMA { a.mul_add(b, c) } else { a * b + c }
}

/// `a * b` as high and low. Without multiply-add by Dekker, "A floating-point technique for extending the available
/// precision", Numer. Math. 18 (1971).
#[inline(always)]
fn exact_product<const FMA: bool>(a: f64, b: f64) -> (f64, f64) {
    if FMA {
        return math::product(a, b);
    }
    let halves = |x: f64| {
        let shifted = x * 134217729.0;
        let high = shifted - (shifted - x);
        (high, x - high)
    };
    let product = a * b;
    let ((a, a_low), (b, b_low)) = (halves(a), halves(b));
    (product, ((a * b - product) + a * b_low + a_low * b) + a_low * b_low)
}

/// `(high + low) * x`.
#[inline(always)]
fn grown<const FMA: bool>((high, low): (f64, f64), x: f64) -> (f64, f64) {
    let (product, error) = exact_product::<FMA>(high, x);
    (product, multiply_add::<FMA>(low, x, error))
}

/// Products side by side: `(high + low) * 2^exponent`, with `high` between 1 and 2 but for a rounding.
#[derive(Clone, Copy)]
struct Products<const L: usize> {
    high: [f64; L],
    low: [f64; L],
    exponent: [i64; L],
}

const EXPONENT_BITS: u64 = 0x7ff0_0000_0000_0000;
const ONE_BITS: u64 = 0x3ff0_0000_0000_0000;
const BIAS: i64 = 1023;

impl<const L: usize> Products<L> {
    /// The same products, with significands between 1 and 2, of which `low` is a rounding. They may have been anything
    /// positive and normal.
    #[inline(always)]
    fn normalised(mut self) -> Self {
        for j in 0..L {
            let (high, low) = fast_sum(self.high[j], self.low[j]);
            let scale = f64::from_bits(2 * ONE_BITS - (high.to_bits() & EXPONENT_BITS));
            self.exponent[j] += (high.to_bits() >> 52) as i64 - BIAS;
            (self.high[j], self.low[j]) = (high * scale, low * scale);
        }
        self
    }

    /// Products of products. Their significands may grow up to the square of what they were.
    #[inline(always)]
    fn join<const FMA: bool>(mut self, o: Self) -> Self {
        for j in 0..L {
            let (high, low) = grown::<FMA>((self.high[j], self.low[j]), o.high[j]);
            self.low[j] = multiply_add::<FMA>(self.high[j], o.low[j], low);
            self.high[j] = high;
            self.exponent[j] += o.exponent[j];
        }
        self
    }

    /// Every second half joined with the first.
    #[inline(always)]
    fn halved<const H: usize, const FMA: bool>(self) -> Products<H> {
        let half = |at: usize| Products::<H> {
            high: std::array::from_fn(|j| self.high[at + j]),
            low: std::array::from_fn(|j| self.low[at + j]),
            exponent: std::array::from_fn(|j| self.exponent[at + j]),
        };
        half(0).join::<FMA>(half(H))
    }
}

/// Products of a row that grow side by side.
const LANES: usize = 16;

/// Elements that are multiplied before the product is brought back to between 1 and 2.
const MOST: usize = 32;

#[inline(always)]
fn is_regular(x: f64) -> bool {
    (f64::MIN_POSITIVE..=f64::MAX).contains(&x)
}

/// The product of each lane of `rows`, at most [`MOST`] of them; none where an element is so small or large that
/// multiplying them as they are might leave the range.
#[inline(always)]
fn moderate<T: Real, const L: usize, const FMA: bool>(rows: impl Iterator<Item = [T; L]>) -> Option<Products<L>> {
    /// The bits of 2^-28 and 2^28.
    const MODERATE: std::ops::Range<i64> = (BIAS - 28) << 52..(BIAS + 28) << 52;
    let (mut high, mut low) = ([1.0; L], [0.0; L]);
    let (mut least, mut greatest) = ([i64::MAX; L], [i64::MIN; L]);
    for row in rows {
        for j in 0..L {
            let x = row[j].wide();
            let bits = x.to_bits() as i64;
            (least[j], greatest[j]) = (least[j].min(bits), greatest[j].max(bits));
            (high[j], low[j]) = grown::<FMA>((high[j], low[j]), x);
        }
    }
    // Through memory, or the vectoriser starts from what comes after the loop and makes scalars of it.
    let (high, low, least, greatest) = std::hint::black_box((high, low, least, greatest));
    let inside = |bits: [i64; L]| bits.into_iter().fold(true, |all, b| all & MODERATE.contains(&b));
    (inside(least) & inside(greatest)).then(|| Products { high, low, exponent: [0; L] }.normalised())
}

/// As [`moderate`], of any elements, and whether there are some that it leaves out because they are not positive and
/// normal.
#[inline(always)]
fn any_magnitude<T: Real, const L: usize, const FMA: bool>(rows: impl Iterator<Item = [T; L]>) -> (Products<L>, bool) {
    let (mut high, mut low, mut exponent) = ([1.0; L], [0.0; L], [0i64; L]);
    let (mut left_out, mut count) = ([0u64; L], 0);
    for row in rows {
        for j in 0..L {
            let x = row[j].wide();
            left_out[j] |= u64::from(!is_regular(x));
            let bits = if is_regular(x) { x.to_bits() } else { ONE_BITS };
            exponent[j] += (bits >> 52) as i64;
            let m = f64::from_bits((bits & !EXPONENT_BITS) | ONE_BITS);
            (high[j], low[j]) = grown::<FMA>((high[j], low[j]), m);
        }
        count += 1;
    }
    // As above.
    let (high, low, exponent, left_out) = std::hint::black_box((high, low, exponent, left_out));
    let exponent = exponent.map(|e| e - BIAS * count);
    (Products { high, low, exponent }.normalised(), left_out != [0; L])
}

/// The product of each lane of `rows`, and whether there are elements that it leaves out.
#[inline(always)]
fn multiplied<T: Real, const L: usize, const FMA: bool, R: Iterator<Item = [T; L]>>(
    rows: impl Fn() -> R,
) -> (Products<L>, bool) {
    match moderate::<T, L, FMA>(rows()) {
        Some(p) => (p, false),
        None => any_magnitude::<T, L, FMA>(rows()),
    }
}

/// The planes of a state, or a part of them.
struct Planes<'a, const FMA: bool> {
    high: &'a mut [f64],
    low: &'a mut [f64],
    exponent: &'a mut [i64],
    /// Sum of the logarithms that are infinite or NaN.
    special: &'a mut [f64],
}

impl<'a, const FMA: bool> Planes<'a, FMA> {
    fn new(s: &'a mut State, at: usize, len: usize) -> Self {
        let [high, low, exponent, special] = &mut s.planes[..] else { unreachable!("a state of four planes") };
        Planes {
            high: &mut cast_slice_mut(high.bytes_mut())[at..at + len],
            low: &mut cast_slice_mut(low.bytes_mut())[at..at + len],
            exponent: &mut cast_slice_mut(exponent.bytes_mut())[at..at + len],
            special: &mut cast_slice_mut(special.bytes_mut())[at..at + len],
        }
    }

    /// Results `i .. i + L` take in some more factors.
    #[inline(always)]
    fn join<const L: usize>(&mut self, i: usize, more: Products<L>) {
        let here = Products { high: take(self.high, i), low: take(self.low, i), exponent: take(self.exponent, i) };
        let all = here.join::<FMA>(more).normalised();
        self.high[i..i + L].copy_from_slice(&all.high);
        self.low[i..i + L].copy_from_slice(&all.low);
        self.exponent[i..i + L].copy_from_slice(&all.exponent);
    }

    /// Result `i` takes in an element that is not positive and normal. As of a logarithm, zeros and negative numbers raise
    /// the processor's flags.
    fn push(&mut self, i: usize, x: f64) {
        const SUBNORMAL_SCALE: f64 = (1u64 << 54) as f64;
        if x.is_nan() || x < 0.0 {
            if x < 0.0 {
                math::invalid();
            }
            self.special[i] = f64::NAN;
        } else if x == 0.0 || x == f64::INFINITY {
            if x == 0.0 {
                math::pole();
            }
            self.special[i] += if x == 0.0 { f64::NEG_INFINITY } else { x };
        } else {
            self.join(i, Products { high: [x * SUBNORMAL_SCALE], low: [0.0], exponent: [-54] }.normalised());
        }
    }

    /// Result `i` takes in at most [`MOST`] chunks of a row.
    #[inline(always)]
    fn chunks<T: Real>(&mut self, i: usize, chunks: &[[T; LANES]]) {
        let (p, left_out) = multiplied::<T, LANES, FMA, _>(|| chunks.iter().copied());
        self.join(i, p.halved::<8, FMA>().halved::<4, FMA>().halved::<2, FMA>().halved::<1, FMA>());
        if left_out {
            let others = chunks.as_flattened().iter().map(|x| x.wide()).filter(|&x| !is_regular(x));
            others.for_each(|x| self.push(i, x));
        }
    }

    /// Result `i` takes in a row.
    #[inline(always)]
    fn row<T: Real>(&mut self, i: usize, row: &[T]) {
        let (whole, rest) = row.as_chunks::<LANES>();
        for chunks in whole.chunks(MOST) {
            self.chunks(i, chunks);
        }
        if !rest.is_empty() {
            let mut last = [T::narrow(1.0); LANES];
            last[..rest.len()].copy_from_slice(rest);
            self.chunks(i, &[last]);
        }
    }
}

struct Columns<'a, T, const FMA: bool> {
    lines: Lines<'a, T>,
    planes: Planes<'a, FMA>,
}

impl<T: Real, const FMA: bool> Strip for Columns<'_, T, FMA> {
    #[inline(always)]
    fn strip<const S: usize>(&mut self, c: usize) {
        for data in self.lines.data.chunks(self.lines.step * MOST) {
            let rows = || Lines { data, ..self.lines }.each().map(|row| take::<T, S>(row, c));
            let (p, left_out) = multiplied::<T, S, FMA, _>(rows);
            self.planes.join(c, p);
            for row in rows().take(if left_out { usize::MAX } else { 0 }) {
                for (j, x) in row.into_iter().map(T::wide).enumerate().filter(|(_, x)| !is_regular(*x)) {
                    self.planes.push(c + j, x);
                }
            }
        }
    }
}

impl<T: Real, const FMA: bool> Fold for LogSum<T, FMA> {
    fn planes(&self) -> &[DType] {
        &[DType::Float64, DType::Float64, DType::Int64, DType::Float64]
    }

    fn new_state(&self, n: usize) -> Result<State> {
        let mut s = State::zeroed(self.planes(), n)?;
        s.plane_mut::<f64>(0).fill(1.0);
        Ok(s)
    }

    fn fold_rows(&self, s: &mut State, at: usize, tile: &[u8], rows: usize, cols: usize, _: u64, _: TileIndex) {
        let tile = typed::<T>(tile, rows, cols);
        let mut planes = Planes::<FMA>::new(s, at, rows);
        if cols == 0 {
            return;
        }
        vectorize(
            #[inline(always)]
            || {
                for (r, row) in tile.chunks_exact(cols).enumerate() {
                    planes.row(r, row);
                }
            },
        );
    }

    fn fold_cols(&self, s: &mut State, at: usize, tile: Rows<'_>, _: u64, _: TileIndex) {
        let (data, cols) = (tile.typed::<T>(), tile.cols);
        let lines = Lines { data: &data, step: tile.step };
        let planes = Planes::<FMA>::new(s, at, cols);
        vectorize(
            #[inline(always)]
            || for_strips(&mut Columns { lines, planes }, cols),
        );
    }

    fn merge(&self, into: &mut State, _: u64, from: &State, _: u64) {
        assert_eq!(into.n, from.n, "states of different results");
        let (high, low, exponent) = (from.plane::<f64>(0), from.plane::<f64>(1), from.plane::<i64>(2));
        let mut planes = Planes::<FMA>::new(into, 0, from.n);
        for i in 0..from.n {
            planes.join(i, Products { high: [high[i]], low: [low[i]], exponent: [exponent[i]] });
            planes.special[i] += from.plane::<f64>(3)[i];
        }
    }

    fn finish(&self, s: &State, at: usize, len: usize, count: u64, out: &mut [u8]) {
        let (high, low, exponent) = (s.plane::<f64>(0), s.plane::<f64>(1), s.plane::<i64>(2));
        write::<T>(out, len, |i| {
            let i = at + i;
            let special = s.plane::<f64>(3)[i];
            // An infinity or a NaN among the logarithms is all of the sum.
            let sum = if special == 0.0 { log_of_product(high[i], low[i], exponent[i] as f64) } else { special };
            T::narrow(if self.mean { sum / count as f64 } else { sum })
        });
    }
}
