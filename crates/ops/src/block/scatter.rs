//! Elements put at listed positions of an array.

use bytemuck::{Pod, cast_slice, cast_slice_mut};
use hyperslab_base::{Access, AxisAccess, DType, Dims, Error, Grain, Meta, Region, Result, View, ViewMut, copy};
use serde::{Deserialize, Serialize};

use super::lanes::gathered;
use super::{BlockOp, Cell, to_params};

/// Names of the operations.
pub(super) const ROWS: &[&str] = &["scatter"];

/// Operands are an array, positions among its elements in C order, ascending, and as many values of the array's dtype. The
/// result is the array with each value at its position; of several at one position, the last.
///
/// Positions that the array has not are an `Index` error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scatter {
    shape: Vec<u64>,
}

impl Scatter {
    /// Into an array of that shape.
    pub fn new(shape: &[u64]) -> Self {
        Scatter { shape: shape.into() }
    }
}

impl BlockOp for Scatter {
    fn row(&self) -> &'static str {
        ROWS[0]
    }

    fn params(&self) -> Vec<u8> {
        to_params(self)
    }

    fn infer(&self, ins: &[&Meta]) -> Result<Vec<Meta>> {
        match ins {
            [base, positions, values]
                if *base.shape == *self.shape
                    && positions.dtype == DType::Int64
                    && positions.shape.len() == 1
                    && positions.shape == values.shape
                    && values.dtype == base.dtype =>
            {
                Ok(vec![(*base).clone()])
            }
            _ => Err(Error::internal("scatter takes an array, positions and as many values of its dtype")),
        }
    }

    fn access(&self, ins: &[&Meta]) -> Vec<Access> {
        let along = ins.first().map_or(0, |x| x.shape.len());
        let whole = || Access([AxisAccess::Whole].into_iter().collect());
        vec![Access((0..along).map(AxisAccess::with).collect()), whole(), whole()]
    }

    fn grain(&self, ins: &[&Meta]) -> Dims<Grain> {
        std::iter::repeat_n(Grain::Any, ins.first().map_or(0, |x| x.shape.len())).collect()
    }

    fn scratch(&self, ins: &[&Meta], cell: &[u64]) -> u64 {
        let [base, positions, values] = ins else { return 0 };
        let item = base.dtype.itemsize() as u64;
        let lists = positions.shape[0].saturating_mul(8 + values.dtype.itemsize() as u64);
        cell.iter().product::<u64>().saturating_mul(item).saturating_add(lists)
    }

    fn cost(&self) -> f64 {
        2.0
    }

    fn run(&self, at: &Cell<'_>, ins: &[View<'_>], outs: &mut [ViewMut<'_>]) -> Result<()> {
        let ([base, positions, values], [out]) = (ins, outs) else {
            return Err(Error::internal("operands of scatter"));
        };
        match base.dtype().itemsize() {
            1 => self.scatter::<u8>(at, base, positions, values, out),
            2 => self.scatter::<u16>(at, base, positions, values, out),
            4 => self.scatter::<u32>(at, base, positions, values, out),
            8 => self.scatter::<u64>(at, base, positions, values, out),
            16 => self.scatter::<u128>(at, base, positions, values, out),
            n => self.scatter_bytes(n, at, base, positions, values, out),
        }
    }
}

impl Scatter {
    fn scatter<T: Pod>(
        &self,
        at: &Cell<'_>,
        base: &View<'_>,
        positions: &View<'_>,
        values: &View<'_>,
        out: &mut ViewMut<'_>,
    ) -> Result<()> {
        let values = gathered(values)?;
        let values: &[T] = cast_slice(values.bytes());
        self.each_row(at, base, positions, out, |to, first, begin, positions| {
            let to: &mut [T] = cast_slice_mut(to);
            for (&p, &value) in positions.iter().zip(&values[begin..]) {
                to[(p - first) as usize] = value;
            }
        })
    }

    /// The same for elements of `item` bytes.
    fn scatter_bytes(
        &self,
        item: usize,
        at: &Cell<'_>,
        base: &View<'_>,
        positions: &View<'_>,
        values: &View<'_>,
        out: &mut ViewMut<'_>,
    ) -> Result<()> {
        let values = gathered(values)?;
        self.each_row(at, base, positions, out, |to, first, begin, positions| {
            let values = values.bytes()[begin * item..].chunks_exact(item.max(1));
            for (&p, value) in positions.iter().zip(values) {
                to[(p - first) as usize * item..][..item].copy_from_slice(value);
            }
        })
    }

    /// Calls `f` for each row of the cell that positions lie in, which are a run of the list: with the bytes of the row,
    /// its first position, where the run begins in the list, and the run.
    fn each_row(
        &self,
        at: &Cell<'_>,
        base: &View<'_>,
        positions: &View<'_>,
        out: &mut ViewMut<'_>,
        f: impl Fn(&mut [u8], i64, usize, &[i64]),
    ) -> Result<()> {
        let positions = gathered(positions)?;
        let positions: &[i64] = cast_slice(positions.bytes());
        self.check(positions)?;
        let mut made = gathered(base)?;
        let width = at.region.0.last().map_or(1, |r| r.len).max(1);
        let bytes = width as usize * base.dtype().itemsize();
        for (row, to) in made.bytes_mut().chunks_exact_mut(bytes.max(1)).enumerate() {
            let first = self.position(at.region, row as u64) as i64;
            let begin = positions.partition_point(|&p| p < first);
            let run = positions[begin..].partition_point(|&p| p < first + width as i64);
            f(to, first, begin, &positions[begin..begin + run]);
        }
        copy(&made.view(), out);
        Ok(())
    }

    /// Position in the whole array of the first element of a row of the region.
    fn position(&self, region: &Region, mut row: u64) -> u64 {
        let Some(last) = self.shape.len().checked_sub(1) else { return 0 };
        let (mut position, mut stride) = (region.0[last].start as u64, self.shape[last]);
        for d in (0..last).rev() {
            let len = region.0[d].len.max(1);
            position += (region.0[d].start as u64 + row % len) * stride;
            row /= len;
            stride *= self.shape[d];
        }
        position
    }

    fn check(&self, positions: &[i64]) -> Result<()> {
        let size = self.shape.iter().product::<u64>() as i64;
        let ends = [positions.first(), positions.last()];
        match ends.into_iter().flatten().find(|p| !(0..size).contains(*p)) {
            Some(p) => Err(Error::index(format!("position {p} is out of bounds for size {size}"))),
            None => Ok(()),
        }
    }
}
