//! One file per storage format.

pub mod hdf5;
mod hdf5_index;
pub mod memory;
pub mod npy;
