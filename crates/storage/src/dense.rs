//! Regions of elements that lie in C order in a file.

use hyperslab_base::{DType, Dims, Error, Range, Region, Result, View, ViewMut, c_strides, copy, show_shape};

use crate::codecs::{sized, swap_bytes};
use crate::file::ReadAt;

/// Bytes of one read; also the scratch that a read takes at most.
pub const PIECE: u64 = 1 << 20;

/// Bytes that are cheaper to read than to skip.
pub const GAP: u64 = 16 << 10;

/// An array in C order at a place in a file.
pub struct Dense<'a> {
    /// The file.
    pub file: &'a dyn ReadAt,
    /// Byte of the first element.
    pub offset: u64,
    /// Shape.
    pub shape: &'a [u64],
    /// Dtype of the elements.
    pub dtype: DType,
    /// Whether their bytes stand in the other order.
    pub swap: bool,
}

impl Dense<'_> {
    /// Reads `region`, which must lie within the shape, into `out`.
    ///
    /// # Errors
    /// `Io` when the file ends before or the system fails.
    pub fn read(&self, region: &Region, out: &mut ViewMut<'_>, scratch: &mut Vec<u8>) -> Result<()> {
        if region.is_empty() {
            return Ok(());
        }
        let item = self.dtype.itemsize();
        let strides: Dims<u64> = c_strides(self.shape, item).iter().map(|&s| s as u64).collect();
        let block = block(region, &strides, item, GAP, PIECE);
        each_part(region, &block, |part| {
            let source = within(region, &part);
            self.read_part(&source, &strides, &mut out.slice(&part), scratch)
        })
    }

    /// Reads the bytes from the first to the last element that `source` selects, and takes those from them.
    fn read_part(&self, source: &Region, strides: &[u64], out: &mut ViewMut<'_>, scratch: &mut Vec<u8>) -> Result<()> {
        let item = self.dtype.itemsize();
        let part = self.dtype.real().itemsize();
        let (low, length) = span(source, strides, item);
        let first: u64 = source.0.iter().zip(strides).map(|(r, s)| (r.start as u64 - r.low()) * s).sum();
        // An address that a damaged file gives may be anything: what wraps lies behind every end.
        let from = self.offset.saturating_add(low);
        let forward = source.0.iter().all(|r| r.step > 0 || r.len == 1);
        if forward
            && length == source.count() * item as u64
            && let Some(bytes) = out.bytes_mut()
        {
            self.file.read_at(from, bytes)?;
            if self.swap {
                swap_bytes(part, bytes);
            }
            return Ok(());
        }
        let bytes = sized(scratch, length as usize);
        self.file.read_at(from, bytes)?;
        if self.swap {
            swap_bytes(part, bytes);
        }
        let steps: Dims<isize> = source.0.iter().zip(strides).map(|(r, s)| r.step as isize * *s as isize).collect();
        let all = View::from_bytes(self.dtype, &[length / item as u64], bytes)?;
        copy(&all.restride(first as isize, &source.shape(), &steps), out);
        Ok(())
    }
}

/// How many positions of each dimension one read takes: as many inner dimensions as stand no more than `gap` apart, and
/// not many more bytes than `piece`.
pub fn block(region: &Region, strides: &[u64], item: usize, gap: u64, piece: u64) -> Dims<u64> {
    let mut block: Dims<u64> = region.0.iter().map(|_| 1).collect();
    let mut inner = item as u64;
    for (d, r) in region.0.iter().enumerate().rev() {
        if r.len == 1 {
            continue;
        }
        let pitch = r.step.unsigned_abs() * strides[d];
        if pitch - inner > gap {
            break;
        }
        block[d] = (piece.saturating_sub(inner) / pitch + 1).min(r.len);
        if block[d] < r.len {
            break;
        }
        inner += (r.len - 1) * pitch;
    }
    block
}

/// Calls `f` for the parts of a region that are so large, in C order.
pub fn each_part(region: &Region, block: &[u64], mut f: impl FnMut(Region) -> Result<()>) -> Result<()> {
    let counts: Dims<u64> = region.0.iter().zip(block).map(|(r, b)| r.len.div_ceil(*b)).collect();
    odometer(&counts, |at| {
        let range = |d: usize| {
            let start = at[d] * block[d];
            Range::new(start, block[d].min(region.0[d].len - start))
        };
        f(Region((0..at.len()).map(range).collect()))
    })
}

/// First byte of a region, and bytes from it to the last one.
pub fn span(region: &Region, strides: &[u64], item: usize) -> (u64, u64) {
    let (mut low, mut length) = (0, item as u64);
    for (r, s) in region.0.iter().zip(strides) {
        low += r.low() * s;
        length += (r.span() - 1) * s;
    }
    (low, length)
}

/// First byte and length of the ranges that a region, which must not be empty, takes of an array in C order, where those
/// that lie no more than `gap` apart are one. A read by [`Dense::read`] needs no other bytes, if its gap is no wider.
pub fn ranges(region: &Region, shape: &[u64], item: usize, gap: u64) -> Vec<(u64, u64)> {
    let strides: Dims<u64> = c_strides(shape, item).iter().map(|&s| s as u64).collect();
    let gap = gap.max(GAP);
    let block = block(region, &strides, item, gap, u64::MAX);
    let mut found = Vec::new();
    // Nothing that is called here fails.
    let _ = each_part(region, &block, |part| {
        found.push(span(&within(region, &part), &strides, item));
        Ok(())
    });
    found.sort_unstable();
    // The end of one row may be near the beginning of the next.
    found.dedup_by(|next, before| {
        let near = next.0 <= before.0 + before.1 + gap;
        if near {
            before.1 = before.1.max(next.0 + next.1 - before.0);
        }
        near
    });
    found
}

/// Whether `region` lies within `shape`, and `out` is made for it.
///
/// # Errors
/// `Internal` when not: it is the caller's mistake.
pub fn check_region(shape: &[u64], dtype: DType, region: &Region, out: &ViewMut<'_>) -> Result<()> {
    let inside = |(r, n): (&Range, &u64)| r.end() <= *n && (r.len == 0 || (r.start >= 0 && r.at(r.len - 1) >= 0));
    let fits = region.0.len() == shape.len() && region.0.iter().zip(shape).all(inside);
    if fits && region.shape().as_slice() == out.shape() && out.dtype().itemsize() == dtype.itemsize() {
        return Ok(());
    }
    Err(Error::internal(format!("read of {region:?} of {} into {:?}", show_shape(shape), out.shape())))
}

/// What `part` of a region selects from what the region selects from.
pub fn within(region: &Region, part: &Region) -> Region {
    let compose = |(r, p): (&Range, &Range)| Range { start: r.at(p.start as u64), step: r.step * p.step, len: p.len };
    Region(region.0.iter().zip(&part.0).map(compose).collect())
}

/// Calls `f` for every index below `counts`, the last dimension fastest.
pub fn odometer(counts: &[u64], mut f: impl FnMut(&[u64]) -> Result<()>) -> Result<()> {
    if counts.contains(&0) {
        return Ok(());
    }
    let mut at: Dims<u64> = counts.iter().map(|_| 0).collect();
    loop {
        f(&at)?;
        let Some(d) = (0..counts.len()).rev().find(|&d| at[d] + 1 < counts[d]) else { return Ok(()) };
        at[d] += 1;
        at[d + 1..].fill(0);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::path::Path;

    use hyperslab_base::Block;
    use proptest::prelude::*;

    use super::*;

    /// A file of which only some ranges are there.
    struct Part(Vec<u8>, Vec<(u64, u64)>);

    impl ReadAt for Part {
        fn read_at(&self, offset: u64, out: &mut [u8]) -> Result<()> {
            let end = offset + out.len() as u64;
            assert!(
                self.1.iter().any(|(first, n)| *first <= offset && end <= first + n),
                "{offset}..{end} of {:?}",
                self.1
            );
            out.copy_from_slice(&self.0[offset as usize..end as usize]);
            Ok(())
        }

        fn name(&self) -> &Path {
            Path::new("part")
        }
    }

    fn axis() -> impl Strategy<Value = (u64, Range)> {
        (1u64..40).prop_flat_map(|n| (Just(n), 0..n, 1..n + 1, 1i64..7, any::<bool>())).prop_map(
            |(n, start, len, step, forward)| {
                let room = if forward { n - start } else { start + 1 };
                let len = len.min(room.div_ceil(step.unsigned_abs())).max(1);
                (n, Range { start: start as i64, step: if forward { step } else { -step }, len })
            },
        )
    }

    proptest! {
        #[test]
        fn a_read_needs_no_more_than_its_ranges(
            axes in prop::collection::vec(axis(), 1..4), item in prop::sample::select(vec![1usize, 8]), gap in 0u64..40_000,
        ) {
            let shape: Vec<u64> = axes.iter().map(|a| a.0).collect();
            let region = Region(axes.iter().map(|a| a.1).collect());
            let count = shape.iter().product::<u64>() as usize;
            let bytes: Vec<u8> = (0..count * item).map(|i| (i * 31 % 251) as u8).collect();
            let dtype = if item == 1 { DType::UInt8 } else { DType::UInt64 };
            let asked = ranges(&region, &shape, item, gap);
            prop_assert!(asked.windows(2).all(|w| w[0].0 + w[0].1 + GAP.max(gap) < w[1].0), "{:?}", asked);
            let file = Part(bytes.clone(), asked);
            let mut block = Block::zeroed(dtype, &region.shape()).unwrap();
            let dense = Dense { file: &file, offset: 0, shape: &shape, dtype, swap: false };
            dense.read(&region, &mut block.view_mut(), &mut Vec::new()).unwrap();
            let mut want = Block::zeroed(dtype, &region.shape()).unwrap();
            copy(&View::from_bytes(dtype, &shape, &bytes).unwrap().slice(&region), &mut want.view_mut());
            prop_assert_eq!(block.bytes(), want.bytes());
        }
    }
}
