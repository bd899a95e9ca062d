//! LZF, decoding alone.
//!
//! The stream is a list of literal runs and back references. A control byte below 32 is followed by one literal more than
//! it says. Any other holds a length in its upper three bits (7: one more byte of length follows) and the high bits of a
//! distance in its lower five, whose low byte follows.

use super::{CodecError, bad};

/// Decodes all of `data` into the front of `out`; the number of bytes written.
pub fn decompress(data: &[u8], out: &mut [u8]) -> Result<usize, CodecError> {
    let (mut at, mut rest) = (0, data);
    while let Some((&control, tail)) = rest.split_first() {
        let control = usize::from(control);
        if control < 32 {
            let n = control + 1;
            let Some((literals, tail)) = tail.split_at_checked(n) else { return bad("LZF stream ends in a run") };
            let Some(target) = out.get_mut(at..at + n) else { return bad("LZF stream is longer than the chunk") };
            target.copy_from_slice(literals);
            (at, rest) = (at + n, tail);
            continue;
        }
        let (length, tail) = match (control >> 5, tail) {
            (7, [more, tail @ ..]) => (7 + usize::from(*more), tail),
            (n @ 1..7, tail) => (n, tail),
            _ => return bad("LZF stream ends in a length"),
        };
        let [low, tail @ ..] = tail else { return bad("LZF stream ends in a distance") };
        let distance = ((control & 31) << 8 | usize::from(*low)) + 1;
        let n = length + 2;
        if distance > at || n > out.len() - at {
            return bad("LZF stream refers outside the chunk");
        }
        repeat(out, at, distance, n);
        (at, rest) = (at + n, tail);
    }
    Ok(at)
}

/// Copies `n` bytes from `distance` back; they may overlap what is written, which repeats a pattern.
pub fn repeat(out: &mut [u8], at: usize, distance: usize, n: usize) {
    let start = at - distance;
    if distance >= n {
        out.copy_within(start..start + n, at);
    } else {
        for i in 0..n {
            out[at + i] = out[start + i];
        }
    }
}
