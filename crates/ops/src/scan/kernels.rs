//! The loops of every scan.

use bytemuck::{Pod, cast_slice_mut};

use super::Scan;
use crate::rows::Rows;
use crate::simd::vectorize;

/// How two elements become one.
pub(super) trait Join {
    type T: Pod;
    fn join(a: Self::T, b: Self::T) -> Self::T;
}

pub(super) fn scan<J: Join>() -> Scan {
    Scan { down: down::<J>, along: along::<J> }
}

fn down<J: Join>(tile: Rows<'_>, out: &mut [u8], carry: &mut [u8], first: bool) {
    let data = tile.typed::<J::T>();
    let (out, carry): (&mut [J::T], &mut [J::T]) = (cast_slice_mut(out), cast_slice_mut(carry));
    let Rows { rows, cols, step, .. } = tile;
    assert!(out.len() == rows * cols && carry.len() == cols, "tile of another size");
    let mut begin = 0;
    if first {
        carry.copy_from_slice(&data[..cols]);
        out[..cols].copy_from_slice(&data[..cols]);
        begin = 1;
    }
    let (data, out) = (&data[(begin * step).min(data.len())..], &mut out[begin * cols..]);
    vectorize(
        #[inline(always)]
        || {
            let whole = cols / LANES * LANES;
            for at in (0..whole).step_by(LANES) {
                lanes::<J, LANES>((data, step), (out, cols), carry, at);
            }
            for at in whole..cols {
                lanes::<J, 1>((data, step), (out, cols), carry, at);
            }
        },
    );
}

/// Neighbouring columns whose last results stay in registers.
const LANES: usize = 32;

/// Columns from `at` on; operands come with the elements from row to row.
#[inline(always)]
fn lanes<J: Join, const N: usize>(
    (data, step): (&[J::T], usize),
    (out, cols): (&mut [J::T], usize),
    carry: &mut [J::T],
    at: usize,
) {
    let carry = &mut carry[at..at + N];
    let mut last: [J::T; N] = std::array::from_fn(|k| carry[k]);
    for (row, out) in data.chunks(step).zip(out.chunks_exact_mut(cols)) {
        let (row, out) = (row[at..].first_chunk::<N>(), out[at..].first_chunk_mut::<N>());
        let (Some(row), Some(out)) = (row, out) else { return };
        // All that is read before anything is written: else the loop does not vectorise.
        let row = *row;
        last.iter_mut().zip(row).for_each(|(last, x)| *last = J::join(*last, x));
        *out = last;
    }
    carry.copy_from_slice(&last);
}

/// A lane is a chain, every step of which waits for the one before: neighbouring rows are scanned together.
fn along<J: Join>(tile: Rows<'_>, out: &mut [u8], carry: &mut [u8], first: bool) {
    let data = tile.typed::<J::T>();
    let (out, carry): (&mut [J::T], &mut [J::T]) = (cast_slice_mut(out), cast_slice_mut(carry));
    let Rows { rows, cols, step, .. } = tile;
    assert!(out.len() == rows * cols && carry.len() == rows, "tile of another size");
    let mut r = 0;
    while r + 8 <= rows {
        chains::<J, 8>(
            (&data[r * step..], step),
            (&mut out[r * cols..][..8 * cols], cols),
            &mut carry[r..][..8],
            first,
        );
        r += 8;
    }
    while r < rows {
        chains::<J, 1>((&data[r * step..], step), (&mut out[r * cols..][..cols], cols), &mut carry[r..][..1], first);
        r += 1;
    }
}

#[inline(always)]
fn chains<J: Join, const S: usize>(
    (data, step): (&[J::T], usize),
    (out, cols): (&mut [J::T], usize),
    carry: &mut [J::T],
    first: bool,
) {
    let rows: [&[J::T]; S] = std::array::from_fn(|i| &data[i * step..][..cols]);
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
