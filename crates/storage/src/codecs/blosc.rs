//! Blosc's container, of its first format.
//!
//! Sixteen bytes of header: versions, flags, bytes of an element, then the lengths of the data, of a block and of the whole.
//! Unless the data stand as they are, the first byte of each block follows, and the blocks: one stream, or as many as an
//! element has bytes, each after its stored length. A stream that did not shrink stands as it is.

use super::parse::Parser;
use super::{CodecError, Tools, bad, bitshuffle, blosclz, lz4, sized, unshuffle, zstd};

const SHUFFLED: u8 = 1;
const PLAIN: u8 = 2;
const BIT_SHUFFLED: u8 = 4;
const NOT_SPLIT: u8 = 16;

/// What the header says.
struct Header {
    flags: u8,
    elemsize: usize,
    block: usize,
}

/// Decodes a chunk; the number of bytes written.
pub fn decode(data: &[u8], out: &mut [u8], tools: &mut Tools) -> Result<usize, CodecError> {
    let mut parser = Parser(data);
    let [version, _, flags, elemsize] = parser.bytes()?;
    let mut length = || Ok(u32::from_le_bytes(parser.bytes()?) as usize);
    let (total, block, whole) = (length()?, length()?, length()?);
    let fits = (1..=2).contains(&version) && total == out.len() && elemsize > 0 && whole <= data.len();
    if !fits || (block == 0 && total > 0) {
        return bad(format!("holds {total} bytes in blocks of {block} by Blosc's format {version}"));
    }
    if flags & PLAIN != 0 {
        out.copy_from_slice(parser.take(total)?);
        return Ok(total);
    }
    let header = Header { flags, elemsize: usize::from(elemsize), block };
    for target in out.chunks_mut(block.max(1)) {
        let start = u32::from_le_bytes(parser.bytes()?) as usize;
        let Some(stored) = data.get(start..) else { return bad("a block starts behind the end") };
        header.block(stored, target, tools)?;
    }
    Ok(total)
}

impl Header {
    fn block(&self, stored: &[u8], target: &mut [u8], tools: &mut Tools) -> Result<(), CodecError> {
        let bit = self.flags & BIT_SHUFFLED != 0;
        let moved = bit || (self.flags & SHUFFLED != 0 && self.elemsize > 1);
        if !moved {
            return self.streams(stored, target, tools);
        }
        let mut spare = std::mem::take(&mut tools.block);
        let between = sized(&mut spare, target.len());
        let done = self.streams(stored, between, tools).map(|()| self.unmove(bit, between, target));
        tools.block = spare;
        done
    }

    /// Undoes what stands before the compression.
    fn unmove(&self, bit: bool, between: &[u8], target: &mut [u8]) {
        if !bit {
            return unshuffle(self.elemsize, between, target);
        }
        // Only blocks of whole groups of eight elements have their bits turned; what is left stands behind.
        let elements = target.len() / self.elemsize;
        let turned = if elements.is_multiple_of(8) { elements * self.elemsize } else { 0 };
        bitshuffle::unshuffle(self.elemsize, &between[..turned], &mut target[..turned]);
        target[turned..].copy_from_slice(&between[turned..]);
    }

    fn streams(&self, stored: &[u8], out: &mut [u8], tools: &mut Tools) -> Result<(), CodecError> {
        let splits = self.flags & NOT_SPLIT == 0
            && self.elemsize <= 16
            && self.block / self.elemsize >= 128
            && out.len() == self.block;
        let pieces = if splits { self.elemsize } else { 1 };
        let length = out.len() / pieces;
        if length * pieces != out.len() {
            return bad(format!("a block of {} bytes in {pieces} streams", out.len()));
        }
        let mut parser = Parser(stored);
        for target in out.chunks_exact_mut(length.max(1)) {
            let n = u32::from_le_bytes(parser.bytes()?) as usize;
            let stream = parser.take(n)?;
            if n == target.len() {
                target.copy_from_slice(stream);
                continue;
            }
            let got = match self.flags >> 5 {
                0 => blosclz::decompress(stream, target)?,
                1 => lz4::block(stream, target).map(|()| target.len())?,
                3 => tools.inflate(stream, target)?,
                4 => zstd::decompress(tools.zstd(), stream, target)?,
                other => return bad(format!("Blosc's codec {other} has no native decoder")),
            };
            if got != target.len() {
                return bad(format!("a stream decodes to {got} bytes, {} expected", target.len()));
            }
        }
        Ok(())
    }
}
