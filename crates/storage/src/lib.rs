//! Storage formats and codecs.

#![forbid(unsafe_code)]

pub mod codecs;
mod cuts;
mod dense;
mod file;
mod folder;
pub mod formats;
pub mod journal;
pub mod objects;
mod replace;
mod scratch;

pub use file::{FilePlace, FileStamp};
pub use folder::Folder;
pub use replace::replace_folder;
