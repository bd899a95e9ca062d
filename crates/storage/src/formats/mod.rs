//! One file per storage format.

pub mod memory;
