//! Reductions: what each one means, and how tiles fold into it.
//!
//! A [`Reducer`] is one row of the table. For an input dtype it makes a [`Fold`], whose [`State`] holds the
//! accumulators of many results side by side. The engine folds tiles into states, merges the states of parts, and
//! finishes. A state does not know how many elements it has seen; whoever folds keeps that count, since it is the
//! same for every result.

mod arg;
mod build;
mod element;
mod half;
pub(crate) mod lanes;
mod logs;
mod ops;
mod single;
mod sum;
mod table;
mod variance;

use bytemuck::{NoUninit, Pod};
use hyperslab_base::{Block, DType, Result};
use serde::{Deserialize, Serialize};

use crate::rows::{Rows, typed};

pub use table::{FoldSignature, Reducer, find, reducers};

/// What a user may set of a reduction, beyond dtype and axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FoldParams {
    /// Bits of `ddof`, which may be fractional as in NumPy.
    pub ddof_bits: u64,
}

impl FoldParams {
    /// Parameters with this `ddof`.
    pub fn with_ddof(ddof: f64) -> Self {
        FoldParams { ddof_bits: ddof.to_bits() }
    }

    /// Delta degrees of freedom of `var` and `std`.
    pub fn ddof(self) -> f64 {
        f64::from_bits(self.ddof_bits)
    }
}

impl Default for FoldParams {
    fn default() -> Self {
        Self::with_ddof(0.0)
    }
}

/// Where the elements of a tile lie: element (r, c) has index `base + r*row + c*col`, along the axis or flat.
/// Only `arg` reductions look at it.
#[derive(Clone, Copy, Debug, Default)]
pub struct TileIndex {
    /// Index of the first element.
    pub base: i64,
    /// Step from a row to the next.
    pub row: i64,
    /// Step from a column to the next.
    pub col: i64,
}

/// Accumulators of `n` results: one plane per accumulator, one element per result.
#[derive(Debug)]
pub struct State {
    /// The planes, in the order of [`Fold::planes`].
    pub planes: Vec<Block>,
    n: usize,
}

impl State {
    fn zeroed(dtypes: &[DType], n: usize) -> Result<Self> {
        let planes = dtypes.iter().map(|&d| Block::zeroed(d, &[n as u64])).collect::<Result<_>>()?;
        Ok(State { planes, n })
    }

    /// Number of results.
    pub fn len(&self) -> usize {
        self.n
    }

    /// Whether it holds no result.
    pub fn is_empty(&self) -> bool {
        self.n == 0
    }

    /// Takes over the accumulators of another state of the same fold and length.
    ///
    /// # Panics
    /// When the other is of another fold or length.
    pub fn copy_from(&mut self, other: &State) {
        assert_eq!(self.planes.len(), other.planes.len(), "a state of another fold");
        for (own, other) in self.planes.iter_mut().zip(&other.planes) {
            own.bytes_mut().copy_from_slice(other.bytes());
        }
    }

    fn plane<T: Pod>(&self, i: usize) -> &[T] {
        bytemuck::cast_slice(self.planes[i].bytes())
    }

    fn plane_mut<T: Pod>(&mut self, i: usize) -> &mut [T] {
        bytemuck::cast_slice_mut(self.planes[i].bytes_mut())
    }

    /// First and second plane at once.
    fn pair_mut<A: Pod, B: Pod>(&mut self) -> (&mut [A], &mut [B]) {
        let (a, b) = self.planes.split_at_mut(1);
        (bytemuck::cast_slice_mut(a[0].bytes_mut()), bytemuck::cast_slice_mut(b[0].bytes_mut()))
    }

    /// The first two planes, and the rest one by one; empty where the fold has no more.
    #[allow(clippy::type_complexity)]
    fn float_planes_mut<A: Pod>(&mut self) -> (&mut [A], &mut [A], &mut [f64], &mut [f64]) {
        let mut planes = self.planes.iter_mut().map(Block::bytes_mut);
        let mut bytes = || planes.next().filter(|b| !b.is_empty());
        (
            bytes().map_or(&mut [], bytemuck::cast_slice_mut),
            bytes().map_or(&mut [], bytemuck::cast_slice_mut),
            bytes().map_or(&mut [], bytemuck::cast_slice_mut),
            bytes().map_or(&mut [], bytemuck::cast_slice_mut),
        )
    }
}

/// A reduction made for one input dtype.
///
/// Any way of cutting the elements into tiles and states gives the same result: exactly for integers, extrema,
/// truths and indices, to a few roundings for floats. Which results share a state never matters. Where the order
/// shows (the payload of a complex NaN), tiles come in order and `merge` appends `from` behind `into`.
///
/// # Panics
/// The methods panic when slices have not the promised lengths, or the state is that of another fold.
pub trait Fold: Send + Sync {
    /// Dtypes of the accumulators of one result.
    fn planes(&self) -> &[DType];

    /// State of `n` results that have seen nothing.
    ///
    /// # Errors
    /// When the memory cannot be had.
    fn new_state(&self, n: usize) -> Result<State>;

    /// Folds each row `r` of a contiguous `rows * cols` tile into result `at + r`.
    /// `before` elements are already folded into each of these results.
    #[allow(clippy::too_many_arguments)]
    fn fold_rows(&self, s: &mut State, at: usize, tile: &[u8], rows: usize, cols: usize, before: u64, index: TileIndex);

    /// Folds each column `c` of a tile into result `at + c`, one row after the other. `before` elements are already folded
    /// into each of these results.
    fn fold_cols(&self, s: &mut State, at: usize, tile: Rows<'_>, before: u64, index: TileIndex);

    /// `into` takes in `from`; `n_into` and `n_from` elements were folded into each of their results.
    fn merge(&self, into: &mut State, n_into: u64, from: &State, n_from: u64);

    /// Writes results `at .. at + len` to `out`, in the output dtype; `count` elements were folded into each.
    /// An `arg` reduction that saw no candidate writes -1: for `nanargmin` and `nanargmax` that is an all-NaN slice,
    /// and the caller raises [`Reducer::all_nan`].
    fn finish(&self, s: &State, at: usize, len: usize, count: u64, out: &mut [u8]);
}

/// A fold, or nothing where there is none.
type Boxed = Option<Box<dyn Fold>>;

/// Writes `len` results to bytes of any alignment.
fn write<T: NoUninit>(out: &mut [u8], len: usize, mut f: impl FnMut(usize) -> T) {
    assert_eq!(out.len(), len * size_of::<T>(), "output of another size");
    for (i, slot) in out.chunks_exact_mut(size_of::<T>()).enumerate() {
        slot.copy_from_slice(bytemuck::bytes_of(&f(i)));
    }
}
