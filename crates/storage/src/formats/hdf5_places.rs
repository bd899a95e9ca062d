//! Where the chunks of a dataset are, read from the file itself: B-trees of the first version, which is what HDF5 and
//! netCDF-4 write unless they are told otherwise, and fixed arrays, which newer forms of the file have in their stead.
//!
//! What is read here is complete and in order, or nothing: other kinds of index, and whatever contradicts itself, are
//! the library's to read.

use std::ops::Range;

use super::hdf5_fixed_array::elements;
use super::hdf5_header::{IndexAt, index_at};
use super::hdf5_index::{Chunking, Places};
use super::hdf5_tree::walk;
use crate::file::ReadAt;

/// The chunks of the dataset whose object header is at `header`, in a file of `size` bytes without a user block, whose
/// addresses and lengths have eight bytes; `None` where the library must read the index.
pub fn read_places(file: &impl ReadAt, size: u64, header: u64, of: &Chunking) -> Option<Places> {
    let fits = |c: &u64| (1..=u64::from(u32::MAX)).contains(c);
    if of.chunk.len() != of.shape.len() || of.shape.is_empty() || of.shape.len() > 32 || !of.chunk.iter().all(fits) {
        return None;
    }
    let found = match index_at(file, header, of)? {
        IndexAt::Tree(root) => walk(file, size, root, of)?,
        IndexAt::Array(at) => elements(file, size, at, of)?,
    };
    apart(&found).then_some(found)
}

/// Whether no byte belongs to two chunks.
fn apart(found: &Places) -> bool {
    let mut spans: Vec<Range<u64>> = found.iter().map(|(_, p)| p.offset..p.offset + p.size).collect();
    spans.sort_unstable_by_key(|s| s.start);
    spans.windows(2).all(|w| w[0].end <= w[1].start)
}
