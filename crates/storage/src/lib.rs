//! Storage formats and codecs.

#![forbid(unsafe_code)]

pub mod codecs;
mod cuts;
mod dense;
mod file;
pub mod formats;
pub mod journal;
mod replace;
mod scratch;

pub use file::{FilePlace, FileStamp};
pub use replace::replace_folder;
