//! Elements that are known to lie within bounds: what parameters of distributions are held to when they are computed.

use bytemuck::cast_slice;
use hyperslab_base::{Access, AxisAccess, Block, DType, Dims, Error, Grain, Meta, Result, View, ViewMut};
use serde::{Deserialize, Serialize};

use super::lanes::{batch, for_cores};
use super::{BlockOp, Cell, to_params};
use crate::cast_kernel;

/// Names of the operations.
pub(super) const ROWS: &[&str] = &["bounds"];

/// Its operand, unless an element lies outside: that is a `Value` error when it is met.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bounds {
    /// What the error says.
    words: String,
    low: f64,
    high: f64,
    /// Whether the bounds themselves lie outside.
    open: (bool, bool),
    /// Whether NaN passes.
    nan: bool,
}

impl Bounds {
    /// From `low` to `high`, without those that are `open`; `words` say what is wrong with others.
    pub fn new(words: &str, low: f64, high: f64, open: (bool, bool), nan: bool) -> Self {
        Bounds { words: words.into(), low, high, open, nan }
    }

    fn holds(&self, x: f64) -> bool {
        let above = if self.open.0 { x > self.low } else { x >= self.low };
        let below = if self.open.1 { x < self.high } else { x <= self.high };
        (above && below) || (self.nan && x.is_nan())
    }
}

impl BlockOp for Bounds {
    fn row(&self) -> &'static str {
        ROWS[0]
    }

    fn params(&self) -> Vec<u8> {
        to_params(self)
    }

    fn infer(&self, ins: &[&Meta]) -> Result<Vec<Meta>> {
        let [x] = ins else { return Err(Error::internal(format!("{} operands for bounds", ins.len()))) };
        cast_kernel(x.dtype, DType::Float64)?;
        Ok(vec![(*x).clone()])
    }

    fn access(&self, ins: &[&Meta]) -> Vec<Access> {
        vec![Access((0..ins.first().map_or(0, |x| x.shape.len())).map(AxisAccess::with).collect())]
    }

    fn grain(&self, ins: &[&Meta]) -> Dims<Grain> {
        std::iter::repeat_n(Grain::Any, ins.first().map_or(0, |x| x.shape.len())).collect()
    }

    fn scratch(&self, ins: &[&Meta], cell: &[u64]) -> u64 {
        let item = ins.first().map_or(8, |x| x.dtype.itemsize()) as u64;
        batch(cell.iter().product(), item.max(8)) * (2 * item + 8)
    }

    fn cost(&self) -> f64 {
        1.0
    }

    fn run(&self, _: &Cell<'_>, ins: &[View<'_>], outs: &mut [ViewMut<'_>]) -> Result<()> {
        let ([x], [out]) = (ins, outs) else { return Err(Error::internal("operands of bounds")) };
        let convert = cast_kernel(x.dtype(), DType::Float64)?;
        for_cores(x.shape(), std::slice::from_ref(x), &mut [out.reborrow()], &mut |count, from, to| {
            let mut values = Block::scratch(DType::Float64, &[count as u64])?;
            convert(&[from[0]], values.bytes_mut());
            let values: &[f64] = cast_slice(values.bytes());
            if let Some(x) = values.iter().find(|x| !self.holds(**x)) {
                return Err(Error::value(format!("{} (found {x})", self.words)));
            }
            to[0].copy_from_slice(from[0]);
            Ok(())
        })
    }
}
