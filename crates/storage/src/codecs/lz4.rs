//! LZ4: blocks, and HDF5's container of them.
//!
//! The container has the length of the chunk in eight bytes and that of a block in four, then every block after its stored
//! length, the highest byte first. A block that did not shrink stands as it is.

use hyperslab_base::{Error, Result};

use super::parse::Parser;
use super::{CodecError, bad};

/// Decodes one block, which must fill `out`.
pub fn block(data: &[u8], out: &mut [u8]) -> Result<(), CodecError> {
    match lz4_flex::block::decompress_into(data, out) {
        Ok(n) if n == out.len() => Ok(()),
        Ok(n) => bad(format!("an LZ4 block decodes to {n} bytes, {} expected", out.len())),
        Err(e) => bad(format!("an LZ4 block does not decode: {e}")),
    }
}

/// Decodes a container; the number of bytes written.
pub fn container(data: &[u8], out: &mut [u8]) -> Result<usize, CodecError> {
    let mut parser = Parser(data);
    let total = u64::from_be_bytes(parser.bytes()?);
    let size = u32::from_be_bytes(parser.bytes()?) as usize;
    if total != out.len() as u64 || size == 0 {
        return bad(format!("holds {total} bytes in blocks of {size}, {} expected", out.len()));
    }
    for target in out.chunks_mut(size) {
        let stored = parser.sized()?;
        if stored.len() == target.len() {
            target.copy_from_slice(stored);
        } else {
            block(stored, target)?;
        }
    }
    Ok(out.len())
}

/// What [`container`] decodes, in blocks of so many bytes, or of a gibibyte for 0.
pub fn encode_container(block: usize, data: &[u8]) -> Result<Vec<u8>> {
    let size = if block == 0 { 1 << 30 } else { block }.min(data.len()).max(1);
    let mut out = [&(data.len() as u64).to_be_bytes()[..], &(size as u32).to_be_bytes()].concat();
    for plain in data.chunks(size) {
        let packed = lz4_flex::block::compress(plain);
        let stored = if packed.len() < plain.len() { &packed } else { plain };
        let length = u32::try_from(stored.len())
            .map_err(|_| Error::unsupported("LZ4 of blocks of 4 GiB or more").hint("choose smaller blocks"))?;
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(stored);
    }
    Ok(out)
}

/// Decodes one block that stands after its decoded length of four bytes, the lowest first.
pub fn sized_block(data: &[u8], out: &mut [u8]) -> Result<(), CodecError> {
    let mut parser = Parser(data);
    let total = u32::from_le_bytes(parser.bytes()?);
    if total as usize != out.len() {
        return bad(format!("holds {total} bytes, {} expected", out.len()));
    }
    block(parser.0, out)
}

/// What [`sized_block`] decodes.
pub fn encode_sized(data: &[u8]) -> Result<Vec<u8>> {
    let total = u32::try_from(data.len())
        .map_err(|_| Error::unsupported("LZ4 of chunks of 4 GiB or more").hint("choose smaller chunks"))?;
    Ok([&total.to_le_bytes()[..], &lz4_flex::block::compress(data)].concat())
}
