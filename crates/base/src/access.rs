//! What operations need of their operands, as data.

use serde::{Deserialize, Serialize};

use crate::Dims;

/// What one operation needs of one operand along one axis of the operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum AxisAccess {
    /// It moves with an axis of the result: position `i` there needs `start + step * i` here.
    Along {
        /// Axis of the result.
        out: usize,
        /// Position that the first one of the result needs.
        start: i64,
        /// From one position to the next.
        step: i64,
    },
    /// One position, whatever part of the result is made.
    Fixed(u64),
    /// All of it, whatever part of the result is made.
    Whole,
    /// The declared chunk of the number that the chunk of the result has.
    Chunks {
        /// Axis of the result.
        out: usize,
    },
    /// It moves with an axis of the result, with neighbours.
    Near {
        /// Axis of the result.
        out: usize,
        /// Positions before the first one.
        before: u64,
        /// Positions after the last one.
        after: u64,
    },
    /// The positions that another operand holds.
    Listed {
        /// Axis of the result.
        out: usize,
        /// The operand that holds them.
        by: usize,
    },
}

impl AxisAccess {
    /// The same positions as along an axis of the result.
    pub const fn with(out: usize) -> Self {
        AxisAccess::Along { out, start: 0, step: 1 }
    }
}

/// What one operation needs of one operand: one entry per axis of the operand.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Access(pub Dims<AxisAccess>);

/// In which portions an operation can make its result along one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Grain {
    /// Any.
    Any,
    /// All of it at once.
    Whole,
    /// Whole declared chunks of the result.
    Chunks,
}
