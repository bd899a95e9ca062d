//! Intermediate arrays in files: blocks one after the other in a file without a name, which the system removes when it
//! is closed, however the process ends.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use hyperslab_base::{
    ArraySink, ArraySource, Block, DType, Dims, Error, Range, Region, Result, View, ViewMut, c_strides, copy,
    element_count,
};

use hyperslab_plan::access::positions_within;

/// Bytes in a file without a name.
#[derive(Debug)]
pub(crate) struct Scratch {
    file: File,
    directory: PathBuf,
}

impl Scratch {
    /// A new file of `directory`.
    pub fn create(directory: &Path) -> Result<Self> {
        let file = std::fs::create_dir_all(directory)
            .and_then(|()| tempfile::tempfile_in(directory))
            .map_err(|e| failed(directory, &e))?;
        Ok(Scratch { file, directory: directory.into() })
    }

    pub fn get(&self, offset: u64, out: &mut [u8]) -> Result<()> {
        read_exact_at(&self.file, offset, out).map_err(|e| failed(&self.directory, &e))
    }

    pub fn put(&self, offset: u64, bytes: &[u8]) -> Result<()> {
        write_all_at(&self.file, offset, bytes).map_err(|e| failed(&self.directory, &e))
    }
}

/// An array in a file of its own.
#[derive(Debug)]
pub(crate) struct SpillFile {
    file: Scratch,
    dtype: DType,
    shape: Dims<u64>,
    block: Dims<u64>,
    /// Blocks along each axis.
    counts: Dims<u64>,
}

/// What a region and a block have in common.
struct Overlap {
    /// Byte at which the block starts in the file.
    offset: u64,
    /// Shape of the block; those at the ends are shorter.
    lens: Dims<u64>,
    /// The common elements, in the block.
    inside: Region,
    /// The same, in the region.
    place: Region,
}

/// A run of elements of a block that holds all those in common, looked at as an array.
struct Hull {
    lens: Dims<u64>,
    inside: Region,
}

impl Overlap {
    /// The shortest run of elements, in C order, with all that are in common, and where in the block it begins.
    fn hull(&self) -> (u64, Hull) {
        let strides = c_strides(&self.lens, 1);
        let (mut first, mut lens, mut inside) = (0, self.lens.clone(), self.inside.clone());
        for d in 0..lens.len() {
            let r = &mut inside.0[d];
            let (low, end) = (r.low(), r.end());
            first += low * strides[d] as u64;
            lens[d] = end - low;
            r.start -= low as i64;
            if lens[d] > 1 {
                break;
            }
        }
        (first, Hull { lens, inside })
    }
}

impl SpillFile {
    /// An array of that shape, in blocks, in a new file of `directory`. Nothing is written yet.
    pub fn create(directory: &Path, dtype: DType, shape: &[u64], block: &[u64]) -> Result<Self> {
        let file = Scratch::create(directory)?;
        let block: Dims<u64> = block.iter().zip(shape).map(|(&b, &n)| b.clamp(1, n.max(1))).collect();
        let counts = shape.iter().zip(&block).map(|(&n, &b)| n.div_ceil(b)).collect();
        Ok(SpillFile { file, dtype, shape: shape.into(), block, counts })
    }

    fn block_bytes(&self) -> u64 {
        self.block.iter().product::<u64>() * self.dtype.itemsize() as u64
    }

    /// Calls `f` for every block that the region touches.
    fn overlaps(&self, region: &Region, mut f: impl FnMut(Overlap) -> Result<()>) -> Result<()> {
        let bounds = region.bounding();
        let first: Dims<u64> = bounds.0.iter().zip(&self.block).map(|(r, &b)| r.low() / b).collect();
        let counts: Dims<u64> =
            bounds.0.iter().zip(&self.block).zip(&first).map(|((r, &b), &f)| r.end().div_ceil(b) - f).collect();
        let (steps, strides) = (c_strides(&counts, 1), c_strides(&self.counts, 1));
        for i in 0..counts.iter().product::<u64>() {
            let mut left = i;
            let mut number = 0;
            let (mut lens, mut inside, mut place) = (Dims::new(), Dims::new(), Dims::new());
            for d in 0..counts.len() {
                let at = first[d] + left / steps[d] as u64;
                left %= steps[d] as u64;
                number += at * strides[d] as u64;
                let (lo, r) = (at * self.block[d], region.0[d]);
                let len = self.block[d].min(self.shape[d] - lo);
                let Some((k, n)) = positions_within(r, lo, lo + len) else { break };
                lens.push(len);
                inside.push(Range { start: r.at(k) - lo as i64, step: r.step, len: n });
                place.push(Range::new(k, n));
            }
            if lens.len() == counts.len() {
                let offset = number * self.block_bytes();
                f(Overlap { offset, lens, inside: Region(inside), place: Region(place) })?;
            }
        }
        Ok(())
    }

    /// Writes part of a block row by row: another task may be writing the rest of it.
    fn write_rows(&self, o: &Overlap, data: &View<'_>) -> Result<()> {
        let item = self.dtype.itemsize() as u64;
        let strides = c_strides(&o.lens, 1);
        let row = o.inside.0.last().map_or(1, |r| r.len);
        let outer = o.inside.0.len().saturating_sub(1);
        let rows: u64 = o.inside.0[..outer].iter().map(|r| r.len).product();
        let mut packed = Block::scratch(self.dtype, data.shape())?;
        copy(data, &mut packed.view_mut());
        for i in 0..rows {
            let (mut left, mut at) = (i, o.inside.0.last().map_or(0, |r| r.start as u64));
            for d in (0..outer).rev() {
                let r = o.inside.0[d];
                at += r.at(left % r.len) as u64 * strides[d] as u64;
                left /= r.len;
            }
            let bytes = &packed.bytes()[(i * row * item) as usize..((i + 1) * row * item) as usize];
            self.file.put(o.offset + at * item, bytes)?;
        }
        Ok(())
    }
}

impl ArraySource for SpillFile {
    fn shape(&self) -> &[u64] {
        &self.shape
    }

    fn dtype(&self) -> DType {
        self.dtype
    }

    fn scratch_bytes(&self, _: &Region) -> u64 {
        self.block_bytes()
    }

    fn describe(&self) -> String {
        "spilled".into()
    }

    fn read(&self, region: &Region, mut out: ViewMut<'_>) -> Result<()> {
        let mut scratch = Block::scratch(self.dtype, &self.block)?;
        self.overlaps(region, |o| {
            let (first, hull) = o.hull();
            let item = self.dtype.itemsize();
            let bytes = &mut scratch.bytes_mut()[..element_count(&hull.lens) as usize * item];
            self.file.get(o.offset + first * item as u64, bytes)?;
            let block = View::from_bytes(self.dtype, &hull.lens, bytes)?;
            copy(&block.slice(&hull.inside), &mut out.slice(&o.place));
            Ok(())
        })
    }
}

impl ArraySink for SpillFile {
    fn shape(&self) -> &[u64] {
        &self.shape
    }

    fn dtype(&self) -> DType {
        self.dtype
    }

    fn scratch_bytes(&self, _: u64) -> u64 {
        self.block_bytes()
    }

    fn describe(&self) -> String {
        "spilled".into()
    }

    fn write(&self, region: &Region, data: View<'_>) -> Result<()> {
        let mut scratch = Block::scratch(self.dtype, &self.block)?;
        self.overlaps(region, |o| {
            let part = data.slice(&o.place);
            if o.inside.shape() != o.lens {
                return self.write_rows(&o, &part);
            }
            let bytes = &mut scratch.bytes_mut()[..element_count(&o.lens) as usize * self.dtype.itemsize()];
            copy(&part, &mut ViewMut::from_bytes(self.dtype, &o.lens, bytes)?);
            self.file.put(o.offset, bytes)
        })
    }
}

fn failed(directory: &Path, e: &io::Error) -> Error {
    Error::io(directory, e).context("spill").hint(
        "intermediate data goes to this directory: set spill_directory to one with more room, or raise memory_limit",
    )
}

#[cfg(unix)]
fn read_exact_at(file: &File, offset: u64, out: &mut [u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, out, offset)
}

#[cfg(unix)]
fn write_all_at(file: &File, offset: u64, bytes: &[u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
}

#[cfg(windows)]
fn read_exact_at(file: &File, mut offset: u64, mut out: &mut [u8]) -> io::Result<()> {
    while !out.is_empty() {
        let n = std::os::windows::fs::FileExt::seek_read(file, out, offset)?;
        if n == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        (offset, out) = (offset + n as u64, &mut out[n..]);
    }
    Ok(())
}

#[cfg(windows)]
fn write_all_at(file: &File, mut offset: u64, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        let n = std::os::windows::fs::FileExt::seek_write(file, bytes, offset)?;
        (offset, bytes) = (offset + n as u64, &bytes[n..]);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // A test that unwraps in vain has failed.

    use super::*;

    /// Every element its position in C order.
    fn positions(shape: &[u64]) -> Block {
        let mut b = Block::zeroed(DType::UInt32, shape).unwrap();
        b.bytes_mut().as_chunks_mut::<4>().0.iter_mut().enumerate().for_each(|(i, e)| *e = (i as u32).to_ne_bytes());
        b
    }

    #[test]
    fn what_is_read_is_what_was_written_in_any_cut() {
        let shape = [7u64, 10];
        let whole = positions(&shape);
        for (cut, block) in [([7, 10], [3, 4]), ([2, 3], [2, 3]), ([2, 5], [3, 4]), ([1, 10], [7, 1]), ([5, 4], [9, 9])]
        {
            let file = SpillFile::create(&std::env::temp_dir(), DType::UInt32, &shape, &block).unwrap();
            for i in (0..shape[0]).step_by(cut[0]) {
                for j in (0..shape[1]).step_by(cut[1]) {
                    let at = |s: u64, n: usize, len: u64| Range::new(s, (n as u64).min(len - s));
                    let region = Region(smallvec::smallvec![at(i, cut[0], shape[0]), at(j, cut[1], shape[1])]);
                    file.write(&region, whole.view().slice(&region)).unwrap();
                }
            }
            for (rows, cols) in [((0, 1, 7), (0, 1, 10)), ((6, -2, 4), (1, 3, 3)), ((2, 1, 1), (9, -1, 10))] {
                let range = |(start, step, len)| Range { start, step, len };
                let region = Region(smallvec::smallvec![range(rows), range(cols)]);
                let mut got = Block::zeroed(DType::UInt32, &region.shape()).unwrap();
                file.read(&region, got.view_mut()).unwrap();
                let mut want = Block::zeroed(DType::UInt32, &region.shape()).unwrap();
                copy(&whole.view().slice(&region), &mut want.view_mut());
                assert_eq!(got.bytes(), want.bytes(), "cut {cut:?}, blocks {block:?}, {region:?}");
            }
        }
    }

    #[test]
    fn a_directory_that_cannot_be_is_named() {
        let e = SpillFile::create(Path::new("/dev/null/spill"), DType::Bool, &[1], &[1]).unwrap_err();
        assert!(e.to_string().contains("/dev/null/spill") && e.to_string().contains("spill_directory"), "{e}");
    }
}
