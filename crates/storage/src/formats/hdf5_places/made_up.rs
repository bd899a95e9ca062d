//! Files that tests make up.

use std::path::Path;

use hyperslab_base::{Error, Result};

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

/// Bytes with their checksum behind them.
pub fn sum(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.extend(lookup3(&bytes).to_le_bytes());
    bytes
}
