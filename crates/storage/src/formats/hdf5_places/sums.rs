//! Checksums of an HDF5 file's metadata.

use super::header::{read, u32_at};
use crate::file::ReadAt;

/// Bytes of a checksum.
pub const SUM: u64 = 4;

/// Bytes that end with their checksum, which they keep; nothing where that is another, or the file is shorter.
pub fn summed(file: &impl ReadAt, from: u64, length: u64) -> Option<Vec<u8>> {
    let bytes = read(file, from, length)?;
    let (body, _) = bytes.split_at_checked(bytes.len().checked_sub(SUM as usize)?)?;
    (u32_at(&bytes, body.len())? == lookup3(body)).then_some(bytes)
}

/// Bob Jenkins' hash lookup3, by which HDF5 sums up its metadata.
pub fn lookup3(bytes: &[u8]) -> u32 {
    let [mut a, mut b, mut c] = [0xdead_beef_u32.wrapping_add(bytes.len() as u32); 3];
    let mut left = bytes;
    while !left.is_empty() {
        let (now, rest) = left.split_at(left.len().min(12));
        let mut words = [[0u8; 4]; 3];
        words.as_flattened_mut()[..now.len()].copy_from_slice(now);
        let [x, y, z] = words.map(u32::from_le_bytes);
        (a, b, c) = (a.wrapping_add(x), b.wrapping_add(y), c.wrapping_add(z));
        left = rest;
        if left.is_empty() {
            c = ended(a, b, c);
        } else {
            (a, b, c) = mixed(a, b, c);
        }
    }
    c
}

fn mixed(a: u32, b: u32, c: u32) -> (u32, u32, u32) {
    let mut s = [a, c, b];
    for turn in [4, 6, 8, 16, 19, 4] {
        s[0] = s[0].wrapping_sub(s[1]) ^ s[1].rotate_left(turn);
        s[1] = s[1].wrapping_add(s[2]);
        s.rotate_right(1);
    }
    (s[0], s[2], s[1])
}

fn ended(a: u32, b: u32, c: u32) -> u32 {
    let mut s = [c, b, a];
    for turn in [14, 11, 25, 16, 4, 14, 24] {
        s[0] = (s[0] ^ s[1]).wrapping_sub(s[1].rotate_left(turn));
        s.rotate_right(1);
    }
    s[1]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_the_hash() {
        // Those that its author gives.
        assert_eq!(lookup3(b""), 0xdead_beef);
        assert_eq!(lookup3(b"Four score and seven years ago"), 0x1777_0551);
    }
}
