//! Sorting along one axis.

use bytemuck::{cast_slice, cast_slice_mut};
use hyperslab_base::{
    Access, AxisAccess, DType, Dims, Error, ErrorKind, Grain, Meta, Result, View, ViewMut, show_shape,
};
use serde::{Deserialize, Serialize};

use super::lanes::{batch, for_lanes};
use super::order::{ORDER_BYTES, Ordered, orderable, with_order};
use super::{BlockOp, Cell, to_params};

/// Names of the operations.
pub(super) const ROWS: &[&str] = &["sort", "argsort", "partition", "argpartition"];

/// `numpy.sort`, `argsort`, `partition` or `argpartition` along one axis.
///
/// NaN and NaT come last. Sorts are stable: what compares equal stays in its order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sort {
    axis: usize,
    /// Whether it makes indices rather than elements.
    indices: bool,
    /// Positions that are put in place, where not all of them are; negative ones count from the end.
    kth: Option<Vec<i64>>,
}

impl Sort {
    /// The elements along `axis` sorted.
    pub fn sorted(axis: usize) -> Self {
        Sort { axis, indices: false, kth: None }
    }

    /// The indices that sort.
    pub fn argsort(axis: usize) -> Self {
        Sort { axis, indices: true, kth: None }
    }

    /// The elements with those at `kth` where sorting puts them, none larger before and none smaller after them.
    pub fn partition(axis: usize, kth: &[i64]) -> Self {
        Sort { axis, indices: false, kth: Some(kth.into()) }
    }

    /// The indices that do so.
    pub fn argpartition(axis: usize, kth: &[i64]) -> Self {
        Sort { axis, indices: true, kth: Some(kth.into()) }
    }

    /// Positions to put in place, ascending, of `len`.
    fn places(&self, len: u64) -> Result<Option<Vec<usize>>> {
        let Some(kth) = &self.kth else { return Ok(None) };
        let mut places = Vec::with_capacity(kth.len());
        for &k in kth {
            let from_start = if k < 0 { k + len as i64 } else { k };
            if !(0..len as i64).contains(&from_start) {
                return Err(Error::value(format!("kth(={from_start}) out of bounds ({len})")));
            }
            places.push(from_start as usize);
        }
        places.sort_unstable();
        places.dedup();
        Ok(Some(places))
    }

    fn run_in<T: Ordered>(&self, x: &View<'_>, out: &mut ViewMut<'_>) -> Result<()> {
        let len = x.shape()[self.axis];
        let places = self.places(len)?;
        let places = places.as_deref();
        for_lanes(x, out, self.axis, len, &mut |_, elements, to| {
            let lanes = cast_slice::<u8, T>(elements).chunks_exact(len as usize);
            if self.indices {
                rows(lanes, cast_slice_mut(to), |lane, to| T::indices(lane, to, places));
            } else {
                rows(lanes, cast_slice_mut(to), |lane, to| T::arrange(lane, to, places));
            }
            Ok(())
        })
    }
}

/// Calls `f` with each lane and the room for its result, of the same length.
fn rows<'a, T, R>(lanes: std::slice::ChunksExact<'a, T>, mut to: &mut [R], mut f: impl FnMut(&'a [T], &mut [R])) {
    for lane in lanes {
        let (row, rest) = to.split_at_mut(lane.len());
        f(lane, row);
        to = rest;
    }
}

impl BlockOp for Sort {
    fn row(&self) -> &'static str {
        ROWS[usize::from(self.indices) + 2 * usize::from(self.kth.is_some())]
    }

    fn params(&self) -> Vec<u8> {
        to_params(self)
    }

    fn infer(&self, ins: &[&Meta]) -> Result<Vec<Meta>> {
        let [x] = ins else { return Err(Error::internal(format!("{} operands for {}", ins.len(), self.row()))) };
        let Some(&len) = x.shape.get(self.axis) else {
            return Err(ErrorKind::Axis { axis: self.axis as i64, ndim: x.shape.len() }.into());
        };
        orderable(x.dtype).map_err(|e| e.context(self.row()))?;
        self.places(len).map_err(|e| {
            e.context(format!("{} along axis {} of shape {}", self.row(), self.axis, show_shape(&x.shape)))
        })?;
        let dtype = if self.indices { DType::Int64 } else { x.dtype };
        Ok(vec![Meta { dtype, ..(*x).clone() }])
    }

    fn access(&self, ins: &[&Meta]) -> Vec<Access> {
        let axis = |d| if d == self.axis { AxisAccess::Whole } else { AxisAccess::with(d) };
        ins.iter().map(|x| Access((0..x.shape.len()).map(axis).collect())).collect()
    }

    fn grain(&self, ins: &[&Meta]) -> Dims<Grain> {
        let ndim = ins.first().map_or(0, |x| x.shape.len());
        (0..ndim).map(|d| if d == self.axis { Grain::Whole } else { Grain::Any }).collect()
    }

    fn scratch(&self, ins: &[&Meta], cell: &[u64]) -> u64 {
        let Some(x) = ins.first() else { return 0 };
        let len = x.shape[self.axis];
        let lanes = cell.iter().enumerate().filter(|&(d, _)| d != self.axis).map(|(_, &n)| n).product();
        let item = x.dtype.itemsize() as u64;
        let result = if self.indices { 8 } else { item };
        batch(lanes, len * item.max(result)) * len * (item + result) + len * ORDER_BYTES
    }

    fn cost(&self) -> f64 {
        if self.kth.is_some() { 10.0 } else { 40.0 }
    }

    fn run(&self, _: &Cell<'_>, ins: &[View<'_>], outs: &mut [ViewMut<'_>]) -> Result<()> {
        let ([x], [out]) = (ins, outs) else { return Err(Error::internal("operands of a sort")) };
        if x.count() == 0 {
            return Ok(());
        }
        with_order!(x.dtype(), T => self.run_in::<T>(x, out))
    }
}
