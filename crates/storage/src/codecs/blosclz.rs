//! BloscLZ, decoding alone.
//!
//! Like LZF a list of literal runs and back references. The length of a reference goes on in as many bytes as are full, and a
//! distance whose bits are all set has two more bytes.

use super::lzf::repeat;
use super::parse::Parser;
use super::{CodecError, bad};

/// Farthest distance that needs no more than the bits beside a length and one byte.
const NEAR: usize = 8192;

/// Decodes all of `data` into the front of `out`; the number of bytes written.
pub fn decompress(data: &[u8], out: &mut [u8]) -> Result<usize, CodecError> {
    let (mut at, mut parser, mut first) = (0, Parser(data), true);
    while !parser.0.is_empty() {
        let [control] = parser.bytes()?;
        // The first byte's upper bits tell levels of the format apart.
        let control = usize::from(if first { control & 31 } else { control });
        first = false;
        if control < 32 {
            let literals = parser.take(control + 1)?;
            let Some(target) = out.get_mut(at..at + literals.len()) else { return bad("BloscLZ stream is too long") };
            target.copy_from_slice(literals);
            at += literals.len();
            continue;
        }
        let mut n = (control >> 5) + 2;
        if control >> 5 == 7 {
            loop {
                let [more] = parser.bytes()?;
                n += usize::from(more);
                if more != 255 {
                    break;
                }
            }
        }
        let [low] = parser.bytes()?;
        let mut distance = ((control & 31) << 8 | usize::from(low)) + 1;
        if distance == NEAR {
            distance += usize::from(u16::from_be_bytes(parser.bytes()?));
        }
        if distance > at || n > out.len() - at {
            return bad("BloscLZ stream refers outside the chunk");
        }
        repeat(out, at, distance, n);
        at += n;
    }
    Ok(at)
}
