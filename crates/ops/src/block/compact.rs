//! Selected elements of each chunk, moved to its start.

use bytemuck::{Pod, cast_slice, cast_slice_mut};
use hyperslab_base::{Access, AxisAccess, Block, DType, Dims, Error, Grain, Meta, Result, View, ViewMut, copy};
use serde::{Deserialize, Serialize};

use super::lanes::gathered;
use super::{BlockOp, Cell, to_params};

/// Names of the operations.
pub(super) const ROWS: &[&str] = &["compact"];

/// Stream compaction: operands are a one-dimensional array and a mask of the same chunks. Each chunk of the result begins
/// with the selected elements of the array's, in order; what follows them is zero.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compact;

impl BlockOp for Compact {
    fn row(&self) -> &'static str {
        ROWS[0]
    }

    fn params(&self) -> Vec<u8> {
        to_params(self)
    }

    fn infer(&self, ins: &[&Meta]) -> Result<Vec<Meta>> {
        match ins {
            [data, mask] if data.shape.len() == 1 && data.chunks == mask.chunks && mask.dtype == DType::Bool => {
                Ok(vec![(*data).clone()])
            }
            _ => Err(Error::internal("compact takes one axis, and a mask of the same chunks")),
        }
    }

    fn access(&self, ins: &[&Meta]) -> Vec<Access> {
        ins.iter().map(|_| Access([AxisAccess::Chunks { out: 0 }].into_iter().collect())).collect()
    }

    fn grain(&self, _: &[&Meta]) -> Dims<Grain> {
        [Grain::Chunks].into_iter().collect()
    }

    fn scratch(&self, ins: &[&Meta], cell: &[u64]) -> u64 {
        let item = ins.first().map_or(0, |x| x.dtype.itemsize() as u64);
        cell.iter().product::<u64>().saturating_mul(2 * item + 1)
    }

    fn cost(&self) -> f64 {
        2.0
    }

    fn run(&self, _: &Cell<'_>, ins: &[View<'_>], outs: &mut [ViewMut<'_>]) -> Result<()> {
        let ([data, mask], [out]) = (ins, outs) else { return Err(Error::internal("operands of compact")) };
        match data.dtype().itemsize() {
            1 => compact::<u8>(data, mask, out),
            2 => compact::<u16>(data, mask, out),
            4 => compact::<u32>(data, mask, out),
            8 => compact::<u64>(data, mask, out),
            16 => compact::<u128>(data, mask, out),
            n => compact_bytes(n, data, mask, out),
        }
    }
}

/// The same for elements of `item` bytes.
fn compact_bytes(item: usize, data: &View<'_>, mask: &View<'_>, out: &mut ViewMut<'_>) -> Result<()> {
    let (data, mask) = (gathered(data)?, gathered(mask)?);
    let mut made = Block::zeroed(out.dtype(), out.shape())?;
    let selected = data.bytes().chunks_exact(item.max(1)).zip(mask.bytes()).filter(|(_, m)| **m != 0);
    made.bytes_mut().chunks_exact_mut(item.max(1)).zip(selected).for_each(|(to, (x, _))| to.copy_from_slice(x));
    copy(&made.view(), out);
    Ok(())
}

fn compact<T: Pod>(data: &View<'_>, mask: &View<'_>, out: &mut ViewMut<'_>) -> Result<()> {
    let (data, mask) = (gathered(data)?, gathered(mask)?);
    let mut made = Block::zeroed(out.dtype(), out.shape())?;
    let (from, to): (&[T], &mut [T]) = (cast_slice(data.bytes()), cast_slice_mut(made.bytes_mut()));
    let mut count = 0;
    // Every element is written and the next one may overwrite it: no branch to mispredict.
    for (&x, &selected) in from.iter().zip(mask.bytes()) {
        to[count] = x;
        count += usize::from(selected != 0);
        if count == to.len() {
            break;
        }
    }
    to[count..].fill(T::zeroed());
    copy(&made.view(), out);
    Ok(())
}
