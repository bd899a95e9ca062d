//! The shuffle filter: a transposition of bytes.
//!
//! Both directions are made of one step on blocks of 256 bytes. Seen as the bits of a byte's index, interleaving the halves
//! of a block rotates them by one: a block of `256 / S` elements of `S` bytes is transposed by `log2(S)` steps.

/// Bytes that are transposed at a time.
const BLOCK: usize = 256;
type Block = [u8; BLOCK];

/// Collects byte `b` of every element, for each `b`. Bytes behind the last whole element stay at the end.
///
/// # Panics
/// When the lengths differ.
pub fn shuffle(elemsize: usize, data: &[u8], out: &mut [u8]) {
    assert_eq!(data.len(), out.len(), "shuffle between lengths");
    let size = elemsize.max(1);
    let n = data.len() / size;
    let mut done = 0;
    if let Some((row, steps)) = block_of(size) {
        for block in data[..n * size].as_chunks::<BLOCK>().0 {
            let (mut one, mut two) = (*block, [0; BLOCK]);
            let (mut block, mut next) = (&mut one, &mut two);
            for _ in 0..steps {
                part(block, next);
                std::mem::swap(&mut block, &mut next);
            }
            for (b, bytes) in block.chunks_exact(row).enumerate() {
                out[b * n + done..][..row].copy_from_slice(bytes);
            }
            done += row;
        }
    }
    for i in done..n {
        for b in 0..size {
            out[b * n + i] = data[i * size + b];
        }
    }
    out[n * size..].copy_from_slice(&data[n * size..]);
}

/// Undoes [`shuffle`].
///
/// # Panics
/// When the lengths differ.
pub fn unshuffle(elemsize: usize, data: &[u8], out: &mut [u8]) {
    assert_eq!(data.len(), out.len(), "unshuffle between lengths");
    let size = elemsize.max(1);
    let n = data.len() / size;
    let mut done = 0;
    if let Some((row, steps)) = block_of(size) {
        for target in out[..n * size].as_chunks_mut::<BLOCK>().0 {
            let (mut one, mut two) = ([0; BLOCK], [0; BLOCK]);
            let (mut block, mut next) = (&mut one, &mut two);
            for (b, bytes) in block.chunks_exact_mut(row).enumerate() {
                bytes.copy_from_slice(&data[b * n + done..][..row]);
            }
            for _ in 0..steps {
                interleave(block, next);
                std::mem::swap(&mut block, &mut next);
            }
            *target = *block;
            done += row;
        }
    }
    for i in done..n {
        for b in 0..size {
            out[i * size + b] = data[b * n + i];
        }
    }
    out[n * size..].copy_from_slice(&data[n * size..]);
}

/// Elements in a block and steps that transpose it, for the sizes of elements that fill one.
const fn block_of(size: usize) -> Option<(usize, u32)> {
    if size > 1 && size <= 16 && size.is_power_of_two() { Some((BLOCK / size, size.ilog2())) } else { None }
}

/// One byte of the first half, one of the second, and so on.
///
/// Spelt in 16-bit numbers, and kept out of line: so it becomes vector instructions, where pairs of bytes do not.
#[inline(never)]
fn interleave(block: &Block, out: &mut Block) {
    let (a, b) = block.split_at(BLOCK / 2);
    for ((pair, a), b) in out.as_chunks_mut::<2>().0.iter_mut().zip(a).zip(b) {
        *pair = (u16::from(*a) | u16::from(*b) << 8).to_le_bytes();
    }
}

/// Undoes [`interleave`].
#[inline(never)]
fn part(block: &Block, out: &mut Block) {
    let (a, b) = out.split_at_mut(BLOCK / 2);
    for ((pair, a), b) in block.as_chunks::<2>().0.iter().zip(a).zip(b) {
        let pair = u16::from_le_bytes(*pair);
        (*a, *b) = (pair as u8, (pair >> 8) as u8);
    }
}
