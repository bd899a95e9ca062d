//! The bitshuffle filter: bit `i` of every element of a block together, for each `i`; blocks may be compressed.
//!
//! Blocks hold a multiple of eight elements, the last one what is left of them; up to seven elements stand at the end as
//! they are. With compression, the length of the chunk in eight bytes and that of a block in four come first, and every block
//! comes after its stored length, the highest byte first.

use serde::{Deserialize, Serialize};

use super::parse::Parser;
use super::{CodecError, Tools, bad, lz4, sized, zstd};

/// What compresses the blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Inner {
    /// Nothing.
    Plain,
    /// LZ4.
    Lz4,
    /// Zstandard.
    Zstd,
}

/// Elements of a block, a multiple of eight.
pub fn default_block(elemsize: usize) -> usize {
    ((8192 / elemsize.max(1)) / 8 * 8).max(128)
}

/// Decodes a chunk; the number of bytes written.
pub fn decode(
    (elemsize, block, inner): (usize, usize, Inner),
    data: &[u8],
    out: &mut [u8],
    tools: &mut Tools,
) -> Result<usize, CodecError> {
    let mut parser = Parser(data);
    let mut block = if block == 0 { default_block(elemsize) } else { block };
    if inner != Inner::Plain {
        let total = u64::from_be_bytes(parser.bytes()?);
        let bytes = u32::from_be_bytes(parser.bytes()?) as usize;
        if total != out.len() as u64 || bytes < 8 * elemsize {
            return bad(format!("holds {total} bytes in blocks of {bytes}, {} expected", out.len()));
        }
        block = bytes / elemsize;
    }
    let elements = out.len() / elemsize;
    let (shuffled, rest) = out.split_at_mut(elements / 8 * 8 * elemsize);
    let Some(size) = block.checked_mul(elemsize).filter(|s| *s > 0 && block.is_multiple_of(8)) else {
        return bad(format!("blocks of {block} elements"));
    };
    for target in shuffled.chunks_mut(size) {
        if inner == Inner::Plain {
            unshuffle(elemsize, parser.take(target.len())?, target);
            continue;
        }
        let mut spare = std::mem::take(&mut tools.block);
        let (stored, bits) = (parser.sized()?, sized(&mut spare, target.len()));
        match inner {
            Inner::Zstd => zstd::block(tools.zstd(), stored, bits)?,
            _ => lz4::block(stored, bits)?,
        }
        unshuffle(elemsize, bits, target);
        tools.block = spare;
    }
    rest.copy_from_slice(parser.take(rest.len())?);
    Ok(out.len())
}

/// Puts the bits of a multiple of eight elements back together; the lengths are the same.
pub fn unshuffle(elemsize: usize, data: &[u8], out: &mut [u8]) {
    let groups = out.len() / elemsize / 8;
    for byte in 0..elemsize {
        let rows = &data[byte * 8 * groups..][..8 * groups];
        for (g, eight) in out.chunks_exact_mut(8 * elemsize).enumerate() {
            let mut bits = 0;
            for i in 0..8 {
                bits |= u64::from(rows[i * groups + g]) << (8 * i);
            }
            for (e, b) in transposed(bits).to_le_bytes().into_iter().enumerate() {
                eight[e * elemsize + byte] = b;
            }
        }
    }
}

/// Undoes [`unshuffle`].
pub fn shuffle(elemsize: usize, data: &[u8], out: &mut [u8]) {
    let groups = data.len() / elemsize / 8;
    for byte in 0..elemsize {
        let rows = &mut out[byte * 8 * groups..][..8 * groups];
        for (g, eight) in data.chunks_exact(8 * elemsize).enumerate() {
            let mut bytes = [0; 8];
            for (e, b) in bytes.iter_mut().enumerate() {
                *b = eight[e * elemsize + byte];
            }
            for (i, b) in transposed(u64::from_le_bytes(bytes)).to_le_bytes().into_iter().enumerate() {
                rows[i * groups + g] = b;
            }
        }
    }
}

/// The transpose of eight by eight bits.
const fn transposed(mut x: u64) -> u64 {
    let t = (x ^ (x >> 7)) & 0x00aa_00aa_00aa_00aa;
    x ^= t ^ (t << 7);
    let t = (x ^ (x >> 14)) & 0x0000_cccc_0000_cccc;
    x ^= t ^ (t << 14);
    let t = (x ^ (x >> 28)) & 0x0000_0000_f0f0_f0f0;
    x ^ t ^ (t << 28)
}
