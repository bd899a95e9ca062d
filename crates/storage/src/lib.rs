//! Storage formats and codecs.
