//! Which elements are among those of a sorted array.

use bytemuck::cast_slice;
use hyperslab_base::{Access, DType, Dims, Error, Grain, Meta, Result, View, ViewMut, result_type};
use serde::{Deserialize, Serialize};

use super::keys::{Keyed, with_keys};
use super::lanes::batch;
use super::order::{Ordered, with_order};
use super::sorted_lane::{self, for_elements};
use super::{BlockOp, Cell, to_params};

/// Names of the operations.
pub(super) const ROWS: &[&str] = &["isin"];

/// Bits of a table, at most, for each of the sorted elements, and beside those.
const SPARSE: u64 = 64;
const SMALL: u64 = 1 << 16;

/// `numpy.isin`: operands are the sorted array and the elements to look for in it; both are compared as their common dtype.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member;

/// Bits of the largest table.
fn most_bits(len: u64) -> u64 {
    len.saturating_mul(SPARSE).saturating_add(SMALL)
}

/// The first of sorted integers and a bit for each integer from there on, where they lie close enough together.
fn table<T: Keyed>(sorted: &[T]) -> Option<(u64, Vec<u64>)> {
    let (first, last) = (sorted.first()?.key(), sorted.last()?.key());
    let span = last.checked_sub(first).filter(|&span| span < most_bits(sorted.len() as u64))?;
    let mut bits = vec![0; (span / 64 + 1) as usize];
    for x in sorted {
        let at = x.key() - first;
        bits[(at / 64) as usize] |= 1 << (at % 64);
    }
    Some((first, bits))
}

/// Marks integers that a table has.
fn look_up<T: Keyed>(first: u64, bits: &[u64], keys: &[T], to: &mut [u8]) {
    for (to, key) in to.iter_mut().zip(keys) {
        let at = key.key().wrapping_sub(first);
        *to = bits.get((at / 64) as usize).map_or(0, |word| (word >> (at % 64)) as u8 & 1);
    }
}

/// Marks elements that a sorted array has; what is not equal to itself is in none.
fn search<T: Ordered>(sorted: &[T], keys: &[T], to: &mut [u8]) {
    for (to, key) in to.iter_mut().zip(keys) {
        let at = sorted.partition_point(|x| x.compare(*key).is_lt());
        *to = u8::from(sorted.get(at).is_some_and(|x| x.compare(*key).is_eq()) && !key.is_missing());
    }
}

/// The same by integers, which are searched without branches.
fn search_ranks<T: Keyed>(ranks: &[u64], keys: &[T], to: &mut [u8]) {
    for (to, key) in to.iter_mut().zip(keys) {
        let rank = key.rank();
        let at = ranks.partition_point(|&r| r < rank);
        *to = u8::from(ranks.get(at) == Some(&rank) && !key.is_missing());
    }
}

impl BlockOp for Member {
    fn row(&self) -> &'static str {
        ROWS[0]
    }

    fn params(&self) -> Vec<u8> {
        to_params(self)
    }

    fn infer(&self, ins: &[&Meta]) -> Result<Vec<Meta>> {
        let [sorted, values] = ins else {
            return Err(Error::internal(format!("{} operands for isin", ins.len())));
        };
        if sorted.shape.len() != 1 {
            return Err(Error::internal("elements to look for that are not one lane"));
        }
        sorted_lane::common(ROWS[0], sorted.dtype, values.dtype)?;
        Ok(vec![Meta { dtype: DType::Bool, ..(*values).clone() }])
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
        let together = batch(cell.iter().product(), own as u64);
        // The sorted array, converted, its ranks or its table.
        let whole =
            sorted.shape[0].saturating_mul((item + wide + 8) as u64).saturating_add(most_bits(sorted.shape[0]) / 8);
        whole.saturating_add(together * (own + wide + 1) as u64)
    }

    fn cost(&self) -> f64 {
        10.0
    }

    fn run(&self, _: &Cell<'_>, ins: &[View<'_>], outs: &mut [ViewMut<'_>]) -> Result<()> {
        let ([sorted, values], [out]) = (ins, outs) else {
            return Err(Error::internal("operands of isin"));
        };
        let common = result_type(sorted.dtype(), values.dtype())?;
        let keys = sorted_lane::converted(sorted, common)?;
        let by_integers = with_keys!(common, T => {
            let sorted: &[T] = cast_slice(keys.bytes());
            let mut mark = |f: &dyn Fn(&[T], &mut [u8])| for_elements::<T>(common, values, out.reborrow(), f);
            match table(sorted).filter(|_| common.is_integer()) {
                Some((first, bits)) => Some(mark(&|keys, to| look_up(first, &bits, keys, to))),
                None if common.is_time() => None,
                None => {
                    let ranks: Vec<u64> = sorted.iter().map(|x| x.rank()).collect();
                    Some(mark(&|keys, to| search_ranks(&ranks, keys, to)))
                }
            }
        }, None);
        if let Some(done) = by_integers {
            return done;
        }
        with_order!(common, T => {
            let sorted: &[T] = cast_slice(keys.bytes());
            for_elements::<T>(common, values, out.reborrow(), &|keys, to| search(sorted, keys, to))
        })
    }
}
