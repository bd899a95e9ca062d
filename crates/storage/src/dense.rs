//! Regions of elements that lie in C order in a file.

use hyperslab_base::{DType, Dims, Error, Range, Region, Result, View, ViewMut, c_strides, copy, show_shape};

use crate::codecs::{sized, swap_bytes};
use crate::file::ReadAt;

/// Bytes of one read; also the scratch that a read takes at most.
pub const PIECE: u64 = 1 << 20;

/// Bytes that are cheaper to read than to skip.
const GAP: u64 = 16 << 10;

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
        let strides: Dims<u64> = c_strides(self.shape, self.dtype.itemsize()).iter().map(|&s| s as u64).collect();
        let block = self.block(region, &strides);
        let counts: Dims<u64> = region.0.iter().zip(&block).map(|(r, b)| r.len.div_ceil(*b)).collect();
        odometer(&counts, |at| {
            let part: Region = Region(
                (0..at.len())
                    .map(|d| {
                        let start = at[d] * block[d];
                        Range::new(start, block[d].min(region.0[d].len - start))
                    })
                    .collect(),
            );
            let source = within(region, &part);
            self.read_part(&source, &strides, &mut out.slice(&part), scratch)
        })
    }

    /// How many positions of each dimension one read takes: as many inner dimensions as stand close together.
    fn block(&self, region: &Region, strides: &[u64]) -> Dims<u64> {
        let mut block: Dims<u64> = region.0.iter().map(|_| 1).collect();
        let mut inner = self.dtype.itemsize() as u64;
        for (d, r) in region.0.iter().enumerate().rev() {
            if r.len == 1 {
                continue;
            }
            let pitch = r.step.unsigned_abs() * strides[d];
            if pitch - inner > GAP {
                break;
            }
            block[d] = ((PIECE.saturating_sub(inner)) / pitch + 1).min(r.len);
            if block[d] < r.len {
                break;
            }
            inner += (r.len - 1) * pitch;
        }
        block
    }

    /// Reads the bytes from the first to the last element that `source` selects, and takes those from them.
    fn read_part(&self, source: &Region, strides: &[u64], out: &mut ViewMut<'_>, scratch: &mut Vec<u8>) -> Result<()> {
        let item = self.dtype.itemsize();
        let part = self.dtype.real().itemsize();
        let (mut low, mut length, mut first) = (0, item as u64, 0);
        for (r, s) in source.0.iter().zip(strides) {
            low += r.low() * s;
            length += (r.span() - 1) * s;
            first += (r.start as u64 - r.low()) * s;
        }
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
