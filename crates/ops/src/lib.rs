//! What each operation means: the op tables and their kernels on contiguous tiles.

#![deny(unsafe_code)]

mod cast;
pub mod contract;
pub mod fold;
pub mod generate;
mod kernels;
mod math;
mod simd;
mod ufunc;

pub use cast::cast_kernel;
pub use ufunc::{Kernel, Operand, Signature, Ufunc, find, ufuncs};
