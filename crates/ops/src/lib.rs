//! What each operation means: the op tables and their kernels on contiguous tiles.

#![deny(unsafe_code)]

pub mod contract;
pub mod fold;
pub mod generate;
mod simd;
