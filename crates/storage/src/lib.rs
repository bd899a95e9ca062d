//! Storage formats and codecs.

pub mod formats;
