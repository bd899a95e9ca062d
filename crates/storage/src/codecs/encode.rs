//! Encoding of whole chunks.

use std::borrow::Cow;
use std::cell::RefCell;

use hyperslab_base::{Error, Result};
use libdeflater::{CompressionLvl, Compressor};
use zstd_safe::{CCtx, CParameter};

use super::{Filter, blosc, fletcher32, lz4, shuffle};

/// What compresses, used again by one thread: making it costs more than a small chunk.
#[derive(Default)]
pub struct Encoders {
    /// With its level.
    deflate: Option<(u8, Compressor)>,
    zstd: Option<CCtx<'static>>,
}

thread_local! {
    static ENCODERS: RefCell<Encoders> = RefCell::default();
}

impl Encoders {
    fn deflater(&mut self, level: u8) -> Result<&mut Compressor> {
        if self.deflate.as_ref().is_some_and(|(made, _)| *made != level) {
            self.deflate = None;
        }
        let lvl =
            CompressionLvl::new(i32::from(level)).map_err(|_| Error::value(format!("no compression level {level}")))?;
        Ok(&mut self.deflate.get_or_insert_with(|| (level, Compressor::new(lvl))).1)
    }

    /// A zlib stream.
    pub fn zlib(&mut self, level: u8, data: &[u8]) -> Result<Vec<u8>> {
        let compressor = self.deflater(level)?;
        let mut out = vec![0; compressor.zlib_compress_bound(data.len())];
        let n = compressor.zlib_compress(data, &mut out).map_err(|e| Error::internal(format!("deflate: {e}")))?;
        out.truncate(n);
        Ok(out)
    }

    fn gzip(&mut self, level: u8, data: &[u8]) -> Result<Vec<u8>> {
        let compressor = self.deflater(level)?;
        let mut out = vec![0; compressor.gzip_compress_bound(data.len())];
        let n = compressor.gzip_compress(data, &mut out).map_err(|e| Error::internal(format!("gzip: {e}")))?;
        out.truncate(n);
        Ok(out)
    }

    /// A Zstandard frame.
    pub fn zstd(&mut self, level: i32, checksum: bool, data: &[u8]) -> Result<Vec<u8>> {
        let context = self.zstd.get_or_insert_with(CCtx::create);
        let failed = |e| Error::internal(format!("Zstandard: {}", zstd_safe::get_error_name(e)));
        context.set_parameter(CParameter::CompressionLevel(level)).map_err(failed)?;
        context.set_parameter(CParameter::ChecksumFlag(checksum)).map_err(failed)?;
        let mut out = vec![0; zstd_safe::compress_bound(data.len())];
        let n = context.compress2(&mut out[..], data).map_err(failed)?;
        out.truncate(n);
        Ok(out)
    }
}

/// Encodes one chunk through every filter of the pipeline.
///
/// # Errors
/// `Unsupported` for a filter that is only read.
pub fn encode(filters: &[Filter], bytes: &[u8]) -> Result<Vec<u8>> {
    ENCODERS.with_borrow_mut(|tools| {
        let data = filters.iter().try_fold(Cow::Borrowed(bytes), |data, filter| apply(*filter, data, tools));
        let mut data = data?.into_owned();
        data.shrink_to_fit();
        Ok(data)
    })
}

fn apply<'a>(filter: Filter, data: Cow<'a, [u8]>, tools: &mut Encoders) -> Result<Cow<'a, [u8]>> {
    let out = match filter {
        Filter::Shuffle { elemsize } => {
            let mut out = vec![0; data.len()];
            shuffle(elemsize, &data, &mut out);
            out
        }
        Filter::Deflate { level } => tools.zlib(level, &data)?,
        Filter::Gzip { level } => tools.gzip(level, &data)?,
        Filter::Lz4Block => lz4::encode_sized(&data)?,
        Filter::Zstd { level, checksum } => tools.zstd(level, checksum, &data)?,
        Filter::Blosc(how) => blosc::encode(how, &data, tools)?,
        Filter::Fletcher32 => with_sum(fletcher32(&data), data),
        Filter::Crc32c => with_sum(crc32c::crc32c(&data), data),
        Filter::Lz4 { block } => lz4::encode_container(block, &data)?,
        Filter::Lzf | Filter::Bitshuffle { .. } => {
            return Err(Error::unsupported(format!("{filter:?} is read, not written, by the native road"))
                .hint("write the dataset through its own library"));
        }
    };
    Ok(out.into())
}

fn with_sum(sum: u32, data: Cow<'_, [u8]>) -> Vec<u8> {
    let mut out = data.into_owned();
    out.extend_from_slice(&sum.to_le_bytes());
    out
}
