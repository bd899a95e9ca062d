//! PyO3 glue over the hyperslab face: conversion, errors, callbacks. No logic.

mod blocks;
mod convert;
mod encode;
mod errors;
mod expr;
mod hdf5;
mod known;
mod memory;
mod objects;
mod profile;
mod run;
mod selections;
mod stores;
mod tables;
mod ufuncs;
mod zarr;

use pyo3::prelude::*;

/// The native half of hyperslab.
#[pymodule]
mod _native {
    #[pymodule_export]
    use crate::blocks::{
        block_function, fourier, isin, matrix_factors, quantiles, search_sorted, sorted_lanes, take_at, within_bounds,
    };
    #[pymodule_export]
    use crate::encode::{decode, encode, fingerprint};
    #[pymodule_export]
    use crate::expr::{
        Expr, arange, concatenate, full, linspace, matmul, parse_bytes, random, scan, show_bytes, stack, tensordot,
        ufunc,
    };
    #[pymodule_export]
    use crate::hdf5::{from_hdf5, hdf5_places, hdf5_sink};
    #[pymodule_export]
    use crate::memory::from_numpy;
    #[pymodule_export]
    use crate::objects::from_object;
    #[pymodule_export]
    use crate::profile::Profile;
    #[pymodule_export]
    use crate::run::{
        Sink, Sorted, compute_into, default_memory_limit, default_num_threads, default_spill_directory, explain,
        is_journal_of, journaled_sink, numpy_sink, object_sink, reads_from, replace_folder,
    };
    #[pymodule_export]
    use crate::selections::{Distinct, compact, scatter};
    #[pymodule_export]
    use crate::tables::{reducer_table, scanner_table, ufunc_table};
    #[pymodule_export]
    use crate::ufuncs::foreign;
    #[pymodule_export]
    use crate::zarr::{from_zarr, zarr_metadata, zarr_sink};
}
