//! What each operation means: the op tables and their kernels on contiguous tiles.
//!
//! A row of the ufunc table ([`ufuncs`]) says what an elementwise operation is called and which typed loops it has;
//! [`Ufunc::resolve`] chooses one as NumPy would, [`cast_kernel`] makes the operands fit it. Kernels are bare functions on
//! contiguous registers: no threads, no strides, no failure.

#![deny(unsafe_code)]

#[forbid(unsafe_code)]
pub mod block;
mod cast;
pub mod contract;
pub mod fold;
pub mod generate;
#[forbid(unsafe_code)]
mod kernels;
#[forbid(unsafe_code)]
mod math;
#[forbid(unsafe_code)]
pub mod random;
#[forbid(unsafe_code)]
mod rows;
pub mod scan;
mod simd;
#[forbid(unsafe_code)]
pub mod special;
#[forbid(unsafe_code)]
mod ufunc;

pub use cast::cast_kernel;
pub use kernels::OPERANDS;
pub use kernels::chain::{BLOCK, Chain, Link};
pub use kernels::choice::choice_kernel;
pub use rows::Rows;
pub use ufunc::{Foreign, Kernel, Operand, Signature, Ufunc, find, ufuncs};

/// What the tests beside this crate reach into. Tests inside of it would compile all kernels a second time.
#[doc(hidden)]
pub mod inside {
    pub use crate::block::keys::Keyed;
    pub use crate::block::lanes::for_boxes;
    pub use crate::block::order::Ticks;
    pub use crate::kernels::chain::{Call, Step};
    pub use crate::random::counts::log_factorial;
    pub use crate::random::fixed::{below, log, normals};
    pub use crate::random::permute::Permutation;
}
