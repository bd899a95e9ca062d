//! HDF5's checksum.

/// Words that fit 32-bit sums before they must be folded.
const BLOCK: usize = 360;

/// Fletcher's checksum over big-endian 16-bit words, an odd last byte as the high half of a word.
pub fn fletcher32(data: &[u8]) -> u32 {
    let (words, odd) = data.as_chunks::<2>();
    let (mut a, mut b) = (0u32, 0u32);
    for block in words.chunks(BLOCK) {
        for w in block {
            a += u32::from(u16::from_be_bytes(*w));
            b += a;
        }
        (a, b) = (fold(a), fold(b));
    }
    if let [last] = odd {
        a = fold(a + (u32::from(*last) << 8));
        b = fold(b + a);
    }
    fold(b) << 16 | fold(a)
}

/// The sum modulo 65535, except that it stays 65535 instead of becoming 0.
const fn fold(s: u32) -> u32 {
    (s & 0xffff) + (s >> 16)
}
