//! One chunk between its bytes and its elements.

use std::borrow::Cow;

use hyperslab_base::{Block, Dims, Error, Region, Result, View, ViewMut, copy};

use super::metadata::ZarrLayout;
use crate::codecs::{encode, sized, swap_bytes};
use crate::cuts::is_whole;
use crate::dense::{Dense, ranges};
use crate::file::ReadAt;
use crate::scratch::Scratch;

/// Where the bytes of a chunk are.
#[derive(Clone, Copy)]
pub struct Stored<'a> {
    /// The file.
    pub file: &'a dyn ReadAt,
    /// First byte.
    pub offset: u64,
    /// Bytes.
    pub size: u64,
}

impl ZarrLayout {
    /// Whether bytes in files stand in the other order than in memory.
    fn swaps(&self) -> bool {
        self.dtype.itemsize() > 1 && self.codec.big_endian != cfg!(target_endian = "big")
    }

    /// The shape in which the elements of a chunk are stored.
    fn stored_shape(&self) -> Dims<u64> {
        match &self.codec.order {
            None => self.chunk_shape.iter().copied().collect(),
            Some(order) => order.iter().map(|&d| self.chunk_shape[d]).collect(),
        }
    }

    /// Bytes that a chunk may be stored in, at most: no codec expands one by more.
    pub fn most_stored(&self) -> u64 {
        self.chunk_bytes() + self.chunk_bytes() / 8 + 4096
    }

    /// Places of the bytes of a chunk that is stored as it is in memory, whose parts `inside` selects: ranges that lie
    /// apart by more than `gap`.
    pub fn ranges(&self, inside: &Region, gap: u64) -> Vec<(u64, u64)> {
        let order: Dims<usize> = (0..inside.0.len()).collect();
        let order = self.codec.order.as_deref().unwrap_or(&order);
        let inside = Region(order.iter().map(|&d| inside.0[d]).collect());
        ranges(&inside, &self.stored_shape(), self.dtype.itemsize(), gap)
    }

    /// Reads what `inside` selects of one chunk; a whole chunk that lands in one piece is decoded in its place.
    pub fn read_chunk(
        &self,
        stored: Stored<'_>,
        inside: &Region,
        out: &mut ViewMut<'_>,
        scratch: &mut Scratch,
    ) -> Result<()> {
        let shape = self.stored_shape();
        let Some(order) = &self.codec.order else {
            return self.read_stored(stored, &shape, inside, out, scratch);
        };
        let inside = Region(order.iter().map(|&d| inside.0[d]).collect());
        let dims: Dims<Option<usize>> = order.iter().map(|&d| Some(d)).collect();
        self.read_stored(stored, &shape, &inside, &mut out.reborrow().rearrange(&dims), scratch)
    }

    /// As [`read_chunk`](Self::read_chunk), of a chunk that stands in C order of `shape`.
    fn read_stored(
        &self,
        Stored { file, offset, size }: Stored<'_>,
        shape: &[u64],
        inside: &Region,
        out: &mut ViewMut<'_>,
        scratch: &mut Scratch,
    ) -> Result<()> {
        let bytes = self.chunk_bytes();
        if self.codec.filters.is_empty() {
            if size != bytes {
                return Err(Error::io(file.name(), format!("holds {size} bytes, {bytes} expected")));
            }
            return Dense { file, offset, shape, dtype: self.dtype, swap: self.swaps() }.read(
                inside,
                out,
                &mut scratch.stored,
            );
        }
        if size > self.most_stored() {
            return Err(Error::io(file.name(), format!("holds {size} bytes for a chunk of {bytes}")));
        }
        let Scratch { stored, decoded, decoder } = scratch;
        let stored = match file.in_memory(offset, size) {
            Some(bytes) => bytes,
            None => {
                let stored = sized(stored, size as usize);
                file.read_at(offset, stored)?;
                &*stored
            }
        };
        let mut decode = |into: &mut [u8]| {
            decoder.decode(&self.codec.filters, 0, stored, into).map_err(|e| Error::io(file.name(), e))?;
            if self.swaps() {
                swap_bytes(self.dtype.real().itemsize(), into);
            }
            Ok(())
        };
        if is_whole(inside, shape)
            && let Some(bytes) = out.bytes_mut()
        {
            return decode(bytes);
        }
        let decoded = sized(decoded, bytes as usize);
        decode(decoded)?;
        copy(&View::from_bytes(self.dtype, shape, decoded)?.slice(inside), out);
        Ok(())
    }

    /// The bytes that a whole chunk is stored in.
    pub fn encode_chunk(&self, chunk: &View<'_>) -> Result<Vec<u8>> {
        let stored = match &self.codec.order {
            None => chunk.clone(),
            Some(order) => chunk.transpose(order),
        };
        let mut bytes = match stored.bytes() {
            Some(bytes) => Cow::Borrowed(bytes),
            None => Cow::Owned(contiguous(&stored)?),
        };
        if self.swaps() {
            swap_bytes(self.dtype.real().itemsize(), bytes.to_mut());
        }
        encode(&self.codec.filters, &bytes)
    }
}

/// The bytes of a view in C order.
fn contiguous(view: &View<'_>) -> Result<Vec<u8>> {
    let mut bytes = vec![0; view.count() as usize * view.dtype().itemsize()];
    copy(view, &mut ViewMut::from_bytes(view.dtype(), view.shape(), &mut bytes)?);
    Ok(bytes)
}

/// A chunk that holds `part` at the front of each dimension, and the fill value elsewhere.
pub fn padded(layout: &ZarrLayout, part: &View<'_>, shape: &[u64]) -> Result<Block> {
    let mut block = Block::scratch(layout.dtype, shape)?;
    crate::cuts::fill(&mut block.view_mut(), &layout.fill)?;
    let front = Region::boxed(&vec![0; shape.len()], part.shape());
    copy(part, &mut block.view_mut().slice(&front));
    Ok(block)
}
