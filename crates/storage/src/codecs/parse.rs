//! Numbers at the front of bytes.

use super::{CodecError, bad};

/// Bytes that are taken from the front.
pub struct Parser<'a>(pub &'a [u8]);

impl<'a> Parser<'a> {
    /// The next `n` bytes.
    pub fn take(&mut self, n: usize) -> Result<&'a [u8], CodecError> {
        let Some((front, rest)) = self.0.split_at_checked(n) else {
            return bad(format!("the stream ends {} bytes early", n - self.0.len()));
        };
        self.0 = rest;
        Ok(front)
    }

    /// The next bytes of a number.
    pub fn bytes<const N: usize>(&mut self) -> Result<[u8; N], CodecError> {
        let Some((front, rest)) = self.0.split_first_chunk::<N>() else { return bad("the stream ends in a number") };
        self.0 = rest;
        Ok(*front)
    }

    /// The next bytes, as many as a number of four bytes before them says, the highest first.
    pub fn sized(&mut self) -> Result<&'a [u8], CodecError> {
        let n = u32::from_be_bytes(self.bytes()?);
        self.take(n as usize)
    }
}
