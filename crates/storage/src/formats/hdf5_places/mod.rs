//! Where the chunks of a dataset are, read from the file itself: every kind of index that HDF5 has for more than one.
//!
//! What is read here is complete, or nothing: whatever is unknown or contradicts itself is the library's to read.

use std::ops::Range;

use super::hdf5_index::{Chunking, Places};
use crate::file::ReadAt;
use header::{Index, located};
use slots::Slots;

mod extensible_array;
mod fixed_array;
mod header;
#[cfg(test)]
mod made_up;
mod slots;
mod sums;
mod tree;
mod tree2;

/// The chunks of the dataset whose object header is at `header`, in a file of `size` bytes without a user block, whose
/// addresses and lengths have eight bytes; `None` where the library must read the index.
pub fn read_places(file: &impl ReadAt, size: u64, header: u64, of: &Chunking) -> Option<Places> {
    let fits = |c: &u64| (1..=u64::from(u32::MAX)).contains(c);
    if of.chunk.len() != of.shape.len() || of.shape.is_empty() || of.shape.len() > 32 || !of.chunk.iter().all(fits) {
        return None;
    }
    let found = located(file, header, of)?;
    if found.at == header::NOWHERE {
        return Some(Vec::new());
    }
    let slots = |slowest: usize| Slots::new(of, found.limits.as_deref()?, slowest, size);
    let mut places = match found.index {
        Index::Tree => tree::walk(file, size, found.at, of)?,
        Index::Implicit => slots(0)?.contiguous(found.at)?,
        Index::FixedArray => fixed_array::elements(file, found.at, slots(0)?)?,
        Index::ExtensibleArray => {
            let growing = found.limits.iter().flatten().position(|limit| *limit == header::UNLIMITED)?;
            extensible_array::elements(file, found.at, slots(growing)?)?
        }
        Index::Tree2 => tree2::records(file, size, found.at, of)?,
    };
    places.sort_unstable_by_key(|(position, _)| *position);
    let once = places.windows(2).all(|w| w[0].0 < w[1].0);
    (once && apart(&places)).then_some(places)
}

/// Whether no byte belongs to two chunks.
fn apart(found: &Places) -> bool {
    let mut spans: Vec<Range<u64>> = found.iter().map(|(_, p)| p.offset..p.offset + p.size).collect();
    spans.sort_unstable_by_key(|s| s.start);
    spans.windows(2).all(|w| w[0].end <= w[1].start)
}
