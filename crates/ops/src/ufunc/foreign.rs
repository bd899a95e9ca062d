//! Elementwise loops that other libraries bring at run time.

use std::any::Any;
use std::fmt::Debug;

use hyperslab_base::{DType, Result};

/// One typed loop of a ufunc that is no row of the table.
pub trait Foreign: Any + Debug + Send + Sync {
    /// Name of the ufunc, for plans.
    fn row(&self) -> &'static str;

    /// What tells it from other loops of that name.
    fn params(&self) -> Vec<u8>;

    /// Dtype of each operand, at most [`OPERANDS`](crate::OPERANDS) of them.
    fn inputs(&self) -> &[DType];

    /// Dtype of the result.
    fn output(&self) -> DType;

    /// Computes one register, as a [`Kernel`](crate::Kernel) does; only within [`during`](Self::during).
    fn run(&self, ins: &[&[u8]], out: &mut [u8]);

    /// Runs `body`, on this thread, which calls loops of the same library.
    ///
    /// # Errors
    /// Those of `body`, and what the loops raised.
    fn during(&self, body: &mut dyn FnMut() -> Result<()>) -> Result<()>;
}
