//! The loops of every scan.

use bytemuck::{Pod, cast_slice, cast_slice_mut};

use super::Scan;
use crate::simd::vectorize;

/// How two elements become one.
pub(super) trait Join {
    type T: Pod;
    fn join(a: Self::T, b: Self::T) -> Self::T;
}

pub(super) fn scan<J: Join>() -> Scan {
    Scan { down: down::<J>, along: along::<J> }
}

fn down<J: Join>(tile: &[u8], out: &mut [u8], carry: &mut [u8], cols: usize, first: bool) {
    let (tile, out): (&[J::T], &mut [J::T]) = (cast_slice(tile), cast_slice_mut(out));
    let carry: &mut [J::T] = cast_slice_mut(carry);
    assert!(tile.len() == out.len() && carry.len() == cols, "tile of another size");
    if tile.is_empty() {
        return;
    }
    let (mut tile, mut out) = (tile, out);
    if first {
        carry.copy_from_slice(&tile[..cols]);
        out[..cols].copy_from_slice(&tile[..cols]);
        (tile, out) = (&tile[cols..], &mut out[cols..]);
    }
    vectorize(
        #[inline(always)]
        || {
            for (row, out) in tile.chunks_exact(cols).zip(out.chunks_exact_mut(cols)) {
                for ((o, c), &x) in out.iter_mut().zip(carry.iter_mut()).zip(row) {
                    *c = J::join(*c, x);
                    *o = *c;
                }
            }
        },
    );
}

/// A lane is a chain, every step of which waits for the one before: neighbouring rows are scanned together.
fn along<J: Join>(tile: &[u8], out: &mut [u8], carry: &mut [u8], cols: usize, first: bool) {
    let (tile, out): (&[J::T], &mut [J::T]) = (cast_slice(tile), cast_slice_mut(out));
    let carry: &mut [J::T] = cast_slice_mut(carry);
    assert!(tile.len() == out.len() && tile.len() == carry.len() * cols, "tile of another size");
    if tile.is_empty() {
        return;
    }
    let mut r = 0;
    while r + 8 <= carry.len() {
        rows::<J, 8>(&tile[r * cols..][..8 * cols], &mut out[r * cols..][..8 * cols], &mut carry[r..][..8], first);
        r += 8;
    }
    while r < carry.len() {
        rows::<J, 1>(&tile[r * cols..][..cols], &mut out[r * cols..][..cols], &mut carry[r..][..1], first);
        r += 1;
    }
}

#[inline(always)]
fn rows<J: Join, const S: usize>(tile: &[J::T], out: &mut [J::T], carry: &mut [J::T], first: bool) {
    let cols = tile.len() / S;
    let rows: [&[J::T]; S] = std::array::from_fn(|i| &tile[i * cols..][..cols]);
    let mut last: [J::T; S] = std::array::from_fn(|i| carry[i]);
    let mut begin = 0;
    if first {
        last = std::array::from_fn(|i| rows[i][0]);
        (0..S).for_each(|i| out[i * cols] = last[i]);
        begin = 1;
    }
    for c in begin..cols {
        for i in 0..S {
            last[i] = J::join(last[i], rows[i][c]);
            out[i * cols + c] = last[i];
        }
    }
    carry.copy_from_slice(&last);
}
