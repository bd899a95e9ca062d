//! Blosc's container, of its first format.
//!
//! Sixteen bytes of header: versions, flags, bytes of an element, then the lengths of the data, of a block and of the whole.
//! Unless the data stand as they are, the first byte of each block follows, and the blocks: one stream, or as many as an
//! element has bytes, each after its stored length. A stream that did not shrink stands as it is.

use hyperslab_base::{Error, Result};
use serde::{Deserialize, Serialize};

use super::encode::Encoders;
use super::parse::Parser;
use super::{CodecError, Tools, bad, bitshuffle, blosclz, lz4, shuffle, sized, unshuffle, zstd};

const SHUFFLED: u8 = 1;
const PLAIN: u8 = 2;
const BIT_SHUFFLED: u8 = 4;
const NOT_SPLIT: u8 = 16;

/// Length of the header.
const HEADER: usize = 16;
/// Bytes of the blocks that we write, near enough: with what a codec makes of them they stay in cache.
const BLOCK: usize = 256 << 10;

/// Codecs within Blosc's container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BloscCodec {
    /// One of those that are only read, or not known until the data are there.
    Other,
    /// LZ4.
    Lz4,
    /// Zlib.
    Zlib,
    /// Zstandard.
    Zstd,
}

/// How data are written in Blosc's container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blosc {
    /// Codec.
    pub codec: BloscCodec,
    /// Effort of compression, 0 to 9.
    pub level: u8,
    /// Whether the bytes of elements are shuffled.
    pub shuffles: bool,
    /// Whether their bits are.
    pub shuffles_bits: bool,
    /// Bytes of an element.
    pub elemsize: usize,
}

impl Blosc {
    /// Read, not written.
    pub const UNKNOWN: Blosc =
        Blosc { codec: BloscCodec::Other, level: 0, shuffles: false, shuffles_bits: false, elemsize: 1 };

    /// What the parameters of HDF5's filter say.
    pub fn from_hdf5(params: &[u32]) -> Self {
        let &[_, _, elemsize, _, level, shuffle, codec, ..] = params else { return Self::UNKNOWN };
        let codec = match codec {
            1 => BloscCodec::Lz4,
            4 => BloscCodec::Zlib,
            5 => BloscCodec::Zstd,
            _ => BloscCodec::Other,
        };
        let level = u8::try_from(level).unwrap_or(9).min(9);
        Blosc { codec, level, shuffles: shuffle == 1, shuffles_bits: shuffle == 2, elemsize: elemsize as usize }
    }

    /// Whether [`encode`] writes it.
    pub fn writes(self) -> bool {
        self.codec != BloscCodec::Other && (1..256).contains(&self.elemsize) && self.level < 10
    }

    /// What stands before the compression.
    fn turn(self, bytes: &[u8], out: &mut [u8]) {
        if !self.shuffles_bits {
            return shuffle(self.elemsize, bytes, out);
        }
        // As when it is undone: whole groups of eight elements only.
        let elements = bytes.len() / self.elemsize;
        let turned = if elements.is_multiple_of(8) { elements * self.elemsize } else { 0 };
        bitshuffle::shuffle(self.elemsize, &bytes[..turned], &mut out[..turned]);
        out[turned..].copy_from_slice(&bytes[turned..]);
    }

    /// The stream of one block; as long as the block where it does not shrink.
    fn stream(self, block: &[u8], tools: &mut Encoders) -> Result<Vec<u8>> {
        let stream = match self.codec {
            BloscCodec::Lz4 => lz4_flex::block::compress(block),
            BloscCodec::Zlib => tools.zlib(self.level, block)?,
            // The library's own table of levels.
            BloscCodec::Zstd => {
                tools.zstd(if self.level < 9 { i32::from(self.level) * 2 - 1 } else { 22 }, false, block)?
            }
            BloscCodec::Other => return Err(Error::internal("a codec of Blosc that is not written")),
        };
        Ok(if stream.len() < block.len() { stream } else { block.to_vec() })
    }
}

/// The container of `data`. Blocks are one stream each.
///
/// # Errors
/// `Unsupported` for 2 GiB or more.
pub fn encode(how: Blosc, data: &[u8], tools: &mut Encoders) -> Result<Vec<u8>> {
    if data.len() > (i32::MAX as usize) - HEADER || !how.writes() {
        return Err(Error::unsupported(format!("{} bytes by {how:?} in Blosc's container", data.len()))
            .hint("choose smaller chunks, or another compressor"));
    }
    let elemsize = how.elemsize;
    // Whole groups of eight elements, as the library has them.
    let block = (BLOCK / (8 * elemsize) * (8 * elemsize)).max(8 * elemsize).min(data.len().max(1));
    let codec = match how.codec {
        BloscCodec::Lz4 => 1,
        BloscCodec::Zlib => 3,
        _ => 4,
    };
    let moves = how.shuffles_bits || (how.shuffles && elemsize > 1);
    let moved_by = if how.shuffles_bits { BIT_SHUFFLED } else { SHUFFLED };
    let flags = codec << 5 | NOT_SPLIT | if moves { moved_by } else { 0 };
    let mut out = header(flags, elemsize, [data.len(), block, 0]);
    let blocks = data.len().div_ceil(block);
    out.resize(HEADER + 4 * blocks, 0);
    let mut moved = vec![0; if moves { block } else { 0 }];
    for (i, bytes) in data.chunks(block).enumerate().take_while(|_| how.level > 0) {
        let stream = if moves {
            let moved = &mut moved[..bytes.len()];
            how.turn(bytes, moved);
            how.stream(moved, tools)?
        } else {
            how.stream(bytes, tools)?
        };
        let start = (out.len() as u32).to_le_bytes();
        out[HEADER + 4 * i..][..4].copy_from_slice(&start);
        out.extend_from_slice(&(stream.len() as u32).to_le_bytes());
        out.extend_from_slice(&stream);
    }
    if how.level == 0 || out.len() >= data.len() + HEADER {
        out = header(flags | PLAIN, elemsize, [data.len(), block, 0]);
        out.extend_from_slice(data);
    }
    let whole = (out.len() as u32).to_le_bytes();
    out[12..HEADER].copy_from_slice(&whole);
    Ok(out)
}

fn header(flags: u8, elemsize: usize, lengths: [usize; 3]) -> Vec<u8> {
    let lengths = lengths.map(|n| (n as u32).to_le_bytes()).concat();
    [&[2, 1, flags, elemsize as u8][..], &lengths].concat()
}

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
