//! Where elements belong in a sorted array.

use bytemuck::{cast_slice, cast_slice_mut};
use hyperslab_base::{Access, DType, Dims, Error, Grain, Meta, Result, View, ViewMut, result_type};
use serde::{Deserialize, Serialize};

use super::keys::{Keyed, with_keys};
use super::lanes::batch;
use super::order::{Ordered, with_order};
use super::sorted_lane::{self, for_elements};
use super::{BlockOp, Cell, to_params};

/// Names of the operations.
pub(super) const ROWS: &[&str] = &["searchsorted"];

/// `numpy.searchsorted`: operands are the sorted array and the elements to place in it; both are compared as their common
/// dtype, in the order of `numpy.sort`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchSorted {
    right: bool,
}

impl SearchSorted {
    /// Places before (`left`) or after (`right`) what is equal.
    ///
    /// # Errors
    /// `Value` for another side.
    pub fn new(side: &str) -> Result<Self> {
        match side {
            "left" => Ok(SearchSorted { right: false }),
            "right" => Ok(SearchSorted { right: true }),
            _ => Err(Error::value(format!("search side must be 'left' or 'right' (got '{side}')"))),
        }
    }

    /// By integers, which are searched without branches.
    fn run_by_rank<T: Keyed>(&self, sorted: &[u8], common: DType, values: &View<'_>, out: ViewMut<'_>) -> Result<()> {
        let ranks: Vec<u64> = cast_slice::<u8, T>(sorted).iter().map(|x| x.rank()).collect();
        let place = |key: T| {
            let rank = key.rank();
            if self.right { ranks.partition_point(|&r| r <= rank) } else { ranks.partition_point(|&r| r < rank) }
        };
        for_elements::<T>(common, values, out, &|keys, to| write_places(keys, to, place))
    }

    fn run_in<T: Ordered>(&self, sorted: &[u8], common: DType, values: &View<'_>, out: ViewMut<'_>) -> Result<()> {
        let sorted: &[T] = cast_slice(sorted);
        let place = |key: T| {
            if self.right {
                sorted.partition_point(|x| x.compare(key).is_le())
            } else {
                sorted.partition_point(|x| x.compare(key).is_lt())
            }
        };
        for_elements::<T>(common, values, out, &|keys, to| write_places(keys, to, place))
    }
}

fn write_places<T: Copy>(keys: &[T], to: &mut [u8], place: impl Fn(T) -> usize) {
    for (to, key) in cast_slice_mut::<u8, i64>(to).iter_mut().zip(keys) {
        *to = place(*key) as i64;
    }
}

impl BlockOp for SearchSorted {
    fn row(&self) -> &'static str {
        ROWS[0]
    }

    fn params(&self) -> Vec<u8> {
        to_params(self)
    }

    fn infer(&self, ins: &[&Meta]) -> Result<Vec<Meta>> {
        let [sorted, values] = ins else {
            return Err(Error::internal(format!("{} operands for searchsorted", ins.len())));
        };
        match sorted.shape.len() {
            0 => return Err(Error::shape("object of too small depth for desired array").context("searchsorted")),
            1 => {}
            _ => return Err(Error::shape("object too deep for desired array").context("searchsorted")),
        }
        sorted_lane::common(ROWS[0], sorted.dtype, values.dtype)?;
        Ok(vec![Meta { dtype: DType::Int64, ..(*values).clone() }])
    }

    fn access(&self, ins: &[&Meta]) -> Vec<Access> {
        sorted_lane::access(ins)
    }

    fn grain(&self, ins: &[&Meta]) -> Dims<Grain> {
        sorted_lane::grain(ins)
    }

    fn scratch(&self, ins: &[&Meta], cell: &[u64]) -> u64 {
        let [sorted, values] = ins else { return 0 };
        let Ok(common) = result_type(sorted.dtype, values.dtype) else { return 0 };
        let (item, own, wide) = (sorted.dtype.itemsize(), values.dtype.itemsize(), common.itemsize());
        let together = batch(cell.iter().product(), own.max(8) as u64);
        // The sorted array, converted, and either as it came or its ranks.
        sorted.shape[0] * (item.max(8) + wide) as u64 + together * (own + wide + 8) as u64
    }

    fn cost(&self) -> f64 {
        30.0
    }

    fn run(&self, _: &Cell<'_>, ins: &[View<'_>], outs: &mut [ViewMut<'_>]) -> Result<()> {
        let ([sorted, values], [out]) = (ins, outs) else {
            return Err(Error::internal("operands of searchsorted"));
        };
        let common = result_type(sorted.dtype(), values.dtype())?;
        let keys = sorted_lane::converted(sorted, common)?;
        if !common.is_time() {
            let by_rank = with_keys!(common, T => {
                Some(self.run_by_rank::<T>(keys.bytes(), common, values, out.reborrow()))
            }, None);
            if let Some(done) = by_rank {
                return done;
            }
        }
        with_order!(common, T => self.run_in::<T>(keys.bytes(), common, values, out.reborrow()))
    }
}
