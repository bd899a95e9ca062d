//! Regions cut along the chunks of a storage whose library decodes or encodes all chunks of one call at once.

use crate::{Range, Region};

/// How many positions of `range` come before the chunk boundary nearest to its middle.
fn middle(range: &Range, chunk: u64) -> u64 {
    let (low, step) = (range.low(), range.step.unsigned_abs());
    let first = low / chunk;
    let border = (first + 1 + ((range.end() - 1) / chunk - first) / 2) * chunk;
    let below = (border - low).div_ceil(step);
    if range.step > 0 { below } else { range.len - below.min(range.len) }
}

/// Chunks that a range touches.
pub fn touched(range: &Range, chunk: u64) -> u64 {
    if range.len == 0 { 0 } else { ((range.end() - 1) / chunk - range.low() / chunk + 1).min(range.len) }
}

/// The parts of `range` before and after its first `k` positions.
fn halves(range: &Range, k: u64) -> (Range, Range) {
    (Range { len: k, ..*range }, Range { start: range.at(k), len: range.len - k, ..*range })
}

/// Calls `f` with parts of `region` (which is not empty) that touch `most` chunks each, or one, and with where each part
/// lies in the region.
pub fn for_each<E>(
    region: &Region,
    chunks: &[u64],
    most: u64,
    f: &mut dyn FnMut(&Region, &Region) -> Result<(), E>,
) -> Result<(), E> {
    cut(region.clone(), Region::full(&region.shape()), chunks, most, f)
}

fn cut<E>(
    region: Region,
    within: Region,
    chunks: &[u64],
    most: u64,
    f: &mut dyn FnMut(&Region, &Region) -> Result<(), E>,
) -> Result<(), E> {
    let counts = region.0.iter().zip(chunks).map(|(r, &c)| touched(r, c));
    let many = counts.clone().position(|n| n > 1).filter(|_| counts.product::<u64>() > most);
    let Some(d) = many else { return f(&region, &within) };
    let k = middle(&region.0[d], chunks[d]).clamp(1, region.0[d].len - 1);
    let (mut first, mut first_within) = (region.clone(), within.clone());
    let (mut second, mut second_within) = (region, within);
    (first.0[d], second.0[d]) = halves(&first.0[d], k);
    (first_within.0[d], second_within.0[d]) = halves(&first_within.0[d], k);
    cut(first, first_within, chunks, most, f)?;
    cut(second, second_within, chunks, most, f)
}

/// Whether a region of step 1 covers every chunk that it touches, as far as the chunk lies in `shape`.
pub fn is_whole(region: &Region, chunks: &[u64], shape: &[u64]) -> bool {
    let mut dims = region.0.iter().zip(chunks).zip(shape);
    dims.all(|((r, &c), &n)| {
        let (low, end) = (r.low(), r.end());
        low.is_multiple_of(c) && (end.is_multiple_of(c) || end == n)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::{Range, Region, for_each, is_whole, touched};

    #[test]
    fn parts_visit_every_position_once_and_few_chunks() {
        for start in [0, 3, 19] {
            for step in [1, 2, 7, -1, -3, -11] {
                for (chunk, most) in [(1, 1), (4, 1), (4, 2), (5, 3), (50, 1)] {
                    let reach = if step > 0 { (40 - start) / step } else { start / -step } as u64 + 1;
                    let row = Range { start, step, len: reach };
                    let region = Region([row, Range::new(2, 9)].into_iter().collect());
                    let mut seen = HashMap::new();
                    let note = &mut |part: &Region, within: &Region| -> Result<(), ()> {
                        let chunks: u64 = part.0.iter().map(|r| touched(r, chunk)).product();
                        assert!(chunks <= most, "{part:?} touches {chunks} chunks of {chunk}");
                        for i in 0..part.0[0].len {
                            for j in 0..part.0[1].len {
                                let at = (within.0[0].at(i), within.0[1].at(j));
                                let before = seen.insert(at, (part.0[0].at(i), part.0[1].at(j)));
                                assert_eq!(before, None);
                            }
                        }
                        Ok(())
                    };
                    assert_eq!(for_each(&region, &[chunk, chunk], most, note), Ok(()));
                    assert_eq!(seen.len() as u64, region.count());
                    for ((i, j), place) in seen {
                        assert_eq!(place, (region.0[0].at(i as u64), region.0[1].at(j as u64)));
                    }
                }
            }
        }
    }

    #[test]
    fn whole_chunks_end_at_borders_or_with_the_array() {
        let whole = |start, len| is_whole(&Region::boxed(&[start], &[len]), &[4], &[10]);
        assert!(whole(0, 10) && whole(4, 4) && whole(8, 2) && whole(4, 6));
        assert!(!whole(0, 3) && !whole(1, 3) && !whole(8, 1) && !whole(3, 5));
    }
}
