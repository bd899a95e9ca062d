//! Storage formats and codecs.

#![forbid(unsafe_code)]

pub mod codecs;
mod dense;
mod file;
pub mod formats;
mod scratch;

pub use file::{FilePlace, FileStamp};
