//! Filters that stand between elements and the bytes in a file.
//!
//! A pipeline is a list of [`Filter`]s in the order in which writing applies them; reading undoes it from the end.
//! Bit `i` of a chunk's filter mask says that filter `i` was left out when that chunk was written.

mod bitshuffle;
mod blosc;
mod blosclz;
mod encode;
mod fletcher;
mod lz4;
mod lzf;
mod parse;
mod shuffle;
mod swap;
mod zstd;

use std::fmt;

use hyperslab_base::{Error, Result};
use libdeflater::Decompressor;
use serde::{Deserialize, Serialize};
use zstd_safe::DCtx;

pub use bitshuffle::Inner;
pub use blosc::{Blosc, BloscCodec};
pub use encode::encode;
pub use fletcher::fletcher32;
pub use shuffle::{shuffle, unshuffle};
pub use swap::swap_bytes;

/// One step of a filter pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Filter {
    /// Byte `b` of every element together, for each `b`.
    Shuffle {
        /// Bytes of one element.
        elemsize: usize,
    },
    /// A zlib stream.
    Deflate {
        /// Effort of compression, 0 to 9.
        level: u8,
    },
    /// Checksum of four bytes at the end.
    Fletcher32,
    /// LZF as h5py writes it; read, not written.
    Lzf,
    /// A gzip stream.
    Gzip {
        /// Effort of compression, 0 to 9.
        level: u8,
    },
    /// CRC-32C of four bytes at the end.
    Crc32c,
    /// Blocks of LZ4 in HDF5's container.
    Lz4 {
        /// Bytes of a block; 0: as many as the filter chooses.
        block: usize,
    },
    /// One block of LZ4 after its decoded length, as numcodecs writes it.
    Lz4Block,
    /// A Zstandard frame.
    Zstd {
        /// Effort of compression; 0 is the library's default.
        level: i32,
        /// Whether a checksum of the content is written.
        checksum: bool,
    },
    /// Blosc's first format; what is read may have been written in any way, for its header says how.
    Blosc(Blosc),
    /// Bits of elements turned in blocks, which may be compressed; read, not written.
    Bitshuffle {
        /// Bytes of one element.
        elemsize: usize,
        /// Elements of a block; 0: as many as the filter chooses.
        block: usize,
        /// What compresses the blocks.
        inner: Inner,
    },
}

impl Filter {
    /// Filter of the name and parameters that HDF5 knows it by.
    ///
    /// # Errors
    /// `Unsupported` when it is not one of these: the data must be read through the library itself.
    pub fn from_name(name: &str, params: &[u32]) -> Result<Self> {
        match (name, params) {
            ("shuffle", &[n, ..]) if n > 0 => Ok(Filter::Shuffle { elemsize: n as usize }),
            ("deflate", &[level @ 0..=9, ..]) => Ok(Filter::Deflate { level: level as u8 }),
            ("fletcher32", _) => Ok(Filter::Fletcher32),
            ("lzf", _) => Ok(Filter::Lzf),
            ("lz4", params) => Ok(Filter::Lz4 { block: params.first().map_or(0, |b| *b as usize) }),
            ("zstd", params) => Ok(Filter::Zstd { level: params.first().map_or(0, |l| *l as i32), checksum: false }),
            // The seventh parameter is the codec; Snappy's has no decoder here.
            ("blosc", params) if params.get(6) != Some(&3) => Ok(Filter::Blosc(Blosc::from_hdf5(params))),
            ("bitshuffle", &[_, _, elemsize, block, ..]) if elemsize > 0 => {
                let inner = match params.get(4) {
                    None | Some(0) => Inner::Plain,
                    Some(2) => Inner::Lz4,
                    Some(3) => Inner::Zstd,
                    _ => return Err(undecodable(name, params)),
                };
                Ok(Filter::Bitshuffle { elemsize: elemsize as usize, block: block as usize, inner })
            }
            _ => Err(undecodable(name, params)),
        }
    }

    /// Whether the size of its output depends on the data.
    pub const fn compresses(self) -> bool {
        match self {
            Filter::Deflate { .. } | Filter::Gzip { .. } | Filter::Lzf | Filter::Lz4 { .. } | Filter::Lz4Block => true,
            Filter::Zstd { .. } | Filter::Blosc(_) => true,
            Filter::Bitshuffle { inner, .. } => !matches!(inner, Inner::Plain),
            Filter::Shuffle { .. } | Filter::Fletcher32 | Filter::Crc32c => false,
        }
    }

    /// Buffers of a chunk's length that undoing it takes, besides its input.
    pub const fn buffers(self) -> u64 {
        match self {
            Filter::Fletcher32 | Filter::Crc32c => 0,
            Filter::Blosc(_) | Filter::Bitshuffle { .. } => 2,
            _ => 1,
        }
    }

    /// Whether [`encode`] can apply it.
    pub fn writes(self) -> bool {
        match self {
            Filter::Lzf | Filter::Bitshuffle { .. } => false,
            Filter::Blosc(blosc) => blosc.writes(),
            _ => true,
        }
    }
}

fn undecodable(name: &str, params: &[u32]) -> Error {
    Error::unsupported(format!("HDF5 filter {name} with parameters {params:?} has no native decoder"))
        .hint("read the dataset through h5py itself")
}

/// Bytes that do not decode; says why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodecError(pub String);

impl fmt::Display for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for CodecError {}

fn bad<T>(why: impl Into<String>) -> Result<T, CodecError> {
    Err(CodecError(why.into()))
}

/// Undoes filter pipelines; holds what may be used again from one chunk to the next.
#[derive(Default)]
pub struct Decoder {
    tools: Tools,
    spare: Vec<Vec<u8>>,
}

/// What codecs use again, made when one first asks.
#[derive(Default)]
struct Tools {
    inflate: Option<Decompressor>,
    zstd: Option<DCtx<'static>>,
    /// A block between two steps of one codec.
    block: Vec<u8>,
}

impl Tools {
    fn inflate(&mut self, data: &[u8], out: &mut [u8]) -> Result<usize, CodecError> {
        let inflate = self.inflate.get_or_insert_with(Decompressor::new);
        inflate.zlib_decompress(data, out).map_err(|e| CodecError(format!("does not inflate: {e}")))
    }

    fn gunzip(&mut self, data: &[u8], out: &mut [u8]) -> Result<usize, CodecError> {
        let inflate = self.inflate.get_or_insert_with(Decompressor::new);
        inflate.gzip_decompress(data, out).map_err(|e| CodecError(format!("does not inflate: {e}")))
    }

    fn zstd(&mut self) -> &mut DCtx<'static> {
        self.zstd.get_or_insert_with(DCtx::create)
    }
}

impl Decoder {
    /// Decodes `stored` into `out`, whose length is that of the decoded chunk. At most one filter may compress.
    ///
    /// # Errors
    /// When the bytes are damaged or decode to another length.
    pub fn decode(&mut self, filters: &[Filter], mask: u32, stored: &[u8], out: &mut [u8]) -> Result<(), CodecError> {
        let masked = |i: usize| i < 32 && mask & (1 << i) != 0;
        let stages: Vec<Filter> = filters.iter().enumerate().filter(|(i, _)| !masked(*i)).map(|(_, f)| *f).collect();
        if self.spare.len() < stages.len() {
            self.spare.resize_with(stages.len(), Vec::new);
        }
        undo(&stages, stored, out, &mut self.tools, &mut self.spare)
    }

    /// Gives back buffers longer than `keep`.
    pub fn trim(&mut self, keep: usize) {
        self.spare.retain(|b| b.capacity() <= keep);
        if self.tools.block.capacity() > keep {
            self.tools.block = Vec::new();
        }
    }
}

/// Undoes `stages`, the last first; every intermediate result goes to a buffer of its own.
fn undo(
    stages: &[Filter],
    data: &[u8],
    out: &mut [u8],
    tools: &mut Tools,
    spare: &mut [Vec<u8>],
) -> Result<(), CodecError> {
    let Some((last, rest)) = stages.split_last() else {
        if data.len() != out.len() {
            return bad(format!("holds {} bytes, {} expected", data.len(), out.len()));
        }
        out.copy_from_slice(data);
        return Ok(());
    };
    match last {
        Filter::Fletcher32 => return undo(rest, verify(data)?, out, tools, spare),
        Filter::Crc32c => return undo(rest, verify_crc32c(data)?, out, tools, spare),
        _ => {}
    }
    let Some((buffer, spare)) = spare.split_first_mut().filter(|_| !rest.is_empty()) else {
        return undo_one(*last, data, out, tools);
    };
    // What was compressed is as long as the chunk with its checksums; a shuffle keeps whatever length it meets.
    let checksums = rest.iter().filter(|f| matches!(f, Filter::Fletcher32 | Filter::Crc32c)).count();
    let length = if last.compresses() { out.len() + 4 * checksums } else { data.len() };
    let between = sized(buffer, length);
    undo_one(*last, data, between, tools)?;
    undo(rest, between, out, tools, spare)
}

fn undo_one(filter: Filter, data: &[u8], out: &mut [u8], tools: &mut Tools) -> Result<(), CodecError> {
    let got = match filter {
        Filter::Deflate { .. } => tools.inflate(data, out)?,
        Filter::Lzf => lzf::decompress(data, out)?,
        Filter::Lz4 { .. } => lz4::container(data, out)?,
        Filter::Gzip { .. } => tools.gunzip(data, out)?,
        Filter::Lz4Block => lz4::sized_block(data, out).map(|()| out.len())?,
        Filter::Zstd { .. } => zstd::decompress(tools.zstd(), data, out)?,
        Filter::Blosc(_) => blosc::decode(data, out, tools)?,
        Filter::Bitshuffle { elemsize, block, inner } => {
            bitshuffle::decode((elemsize, block, inner), data, out, tools)?
        }
        Filter::Shuffle { elemsize } if data.len() == out.len() => {
            unshuffle(elemsize, data, out);
            out.len()
        }
        Filter::Shuffle { .. } => data.len(),
        Filter::Fletcher32 => verify(data)?.len(),
        Filter::Crc32c => verify_crc32c(data)?.len(),
    };
    if got == out.len() { Ok(()) } else { bad(format!("decodes to {got} bytes, {} expected", out.len())) }
}

/// The data before the checksum, when the checksum is theirs.
fn verify(data: &[u8]) -> Result<&[u8], CodecError> {
    let Some((body, sum)) = data.split_last_chunk::<4>() else {
        return bad(format!("{} bytes hold no checksum", data.len()));
    };
    let (stored, computed) = (u32::from_le_bytes(*sum), fletcher32(body));
    // HDF5 before 1.6.3 wrote the halves of the sum with their bytes swapped, and reads such files still.
    let old = (stored & 0x00ff_00ff) << 8 | (stored >> 8) & 0x00ff_00ff;
    if computed == stored || computed == old {
        return Ok(body);
    }
    bad(format!("checksum is {computed:08x}, {stored:08x} is stored"))
}

/// The data before the CRC-32C, when that is theirs.
pub fn verify_crc32c(data: &[u8]) -> Result<&[u8], CodecError> {
    let Some((body, sum)) = data.split_last_chunk::<4>() else {
        return bad(format!("{} bytes hold no checksum", data.len()));
    };
    match (u32::from_le_bytes(*sum), crc32c::crc32c(body)) {
        (stored, computed) if stored == computed => Ok(body),
        (stored, computed) => bad(format!("CRC-32C is {computed:08x}, {stored:08x} is stored")),
    }
}

/// The first `n` bytes of a buffer that never shrinks.
pub(crate) fn sized(buffer: &mut Vec<u8>, n: usize) -> &mut [u8] {
    if buffer.len() < n {
        buffer.resize(n, 0);
    }
    &mut buffer[..n]
}

#[cfg(test)]
pub(crate) mod fuzz;
#[cfg(test)]
mod tests;
