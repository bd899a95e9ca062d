//! Zstandard.

use zstd_safe::DCtx;

use super::{CodecError, bad};

/// Decodes frames into the front of `out`; the number of bytes written.
pub fn decompress(context: &mut DCtx<'static>, data: &[u8], out: &mut [u8]) -> Result<usize, CodecError> {
    context.decompress(out, data).map_err(|e| CodecError(format!("Zstandard: {}", zstd_safe::get_error_name(e))))
}

/// Decodes frames, which must fill `out`.
pub fn block(context: &mut DCtx<'static>, data: &[u8], out: &mut [u8]) -> Result<(), CodecError> {
    match decompress(context, data, out)? {
        n if n == out.len() => Ok(()),
        n => bad(format!("a Zstandard block decodes to {n} bytes, {} expected", out.len())),
    }
}
