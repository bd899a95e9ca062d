//! What each operation means: the op tables and their kernels on contiguous tiles.

pub mod fold;
mod simd;
