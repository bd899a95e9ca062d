//! Files that tests make up.

use std::path::Path;

use hyperslab_base::{Error, Result};
use proptest::prelude::*;
use proptest::sample::Index;

use super::sums::lookup3;
use crate::file::ReadAt;

/// A file in memory.
pub struct Bytes(pub Vec<u8>);

impl ReadAt for Bytes {
    fn read_at(&self, offset: u64, out: &mut [u8]) -> Result<()> {
        let there = usize::try_from(offset).ok().and_then(|o| self.0.get(o..)?.get(..out.len()));
        out.copy_from_slice(there.ok_or_else(|| Error::value("the file ends"))?);
        Ok(())
    }

    fn name(&self) -> &Path {
        Path::new("made up")
    }
}

/// What an entry or a record says of a chunk.
pub fn entry(filtered: bool, offset: u64, size: u64, mask: u32) -> Vec<u8> {
    let address = offset.to_le_bytes();
    if !filtered {
        return address.to_vec();
    }
    [&address[..], &(size as u16).to_le_bytes(), &mask.to_le_bytes()].concat()
}

/// Bytes that are changed, and maybe an end that comes too early.
#[derive(Debug)]
pub struct Damage {
    bytes: Vec<(Index, u8)>,
    cut: Option<Index>,
}

/// One to three bytes; every fifth file is cut, too.
pub fn damage() -> impl Strategy<Value = Damage> {
    let bytes = prop::collection::vec((any::<Index>(), any::<u8>()), 1..4);
    (bytes, prop::option::weighted(0.2, any::<Index>())).prop_map(|(bytes, cut)| Damage { bytes, cut })
}

impl Damage {
    /// Does it to a file, from an address on.
    pub fn hit(&self, file: &mut Bytes, from: u64) {
        let from = from as usize;
        for (place, byte) in &self.bytes {
            let place = from + place.index(file.0.len() - from);
            file.0[place] = *byte;
        }
        if let Some(cut) = self.cut {
            file.0.truncate(cut.index(file.0.len()));
        }
    }
}

/// Bytes with their checksum behind them.
pub fn sum(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.extend(lookup3(&bytes).to_le_bytes());
    bytes
}
