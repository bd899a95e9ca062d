//! Lazy, blocked N-dimensional arrays on a native engine: the Rust face of hyperslab.
//!
//! An [`Array`] is an expression; nothing is computed until [`compute`], [`compute_into`] or a store asks for it.
//!
//! ```
//! use hyperslab::{Array, ChunkSpec, Operand, Options, ReduceOptions, Scalar, compute};
//!
//! # fn main() -> hyperslab::Result<()> {
//! let x = Array::full(&[1000, 1000], Scalar::new(1.0f64), &ChunkSpec::size(2, 100))?;
//! let y = Array::ufunc("add", &[Operand::Array(x), Operand::Int(1)], None)?;
//! let total = y.reduce("sum", &ReduceOptions::default())?;
//! let out = compute(&[total], &Options::default())?;
//! assert_eq!(out[0].view().bytes(), Some(&2_000_000.0f64.to_ne_bytes()[..]));
//! # Ok(())
//! # }
//! ```

mod array;
mod compute;
mod control_group;
mod encode;
mod limits;
mod overlap;
mod prepared;

pub use array::{Array, Operand, ReduceOptions};
pub use compute::{Options, compute, compute_into, explain, reference};
pub use encode::{decode, decode_with, encode, encode_with};
pub use hyperslab_base::*;
pub use hyperslab_engine::{
    ComputationRecord, DistinctSink, FloatErrors, Observer, Profile, Progress, Quiet, Sorted, StageRecord, Target,
    TaskSpan, Transfer,
};
pub use hyperslab_ops as ops;
pub use hyperslab_plan::build::Index;
pub use hyperslab_plan::encode::{Pack, Unpack};
#[doc(hidden)]
pub use hyperslab_plan::lower::tuning::Tuning;
pub use hyperslab_storage as storage;
pub use limits::{default_memory_limit, default_num_threads, spill_directory};
pub use overlap::reads_from;
