//! Arrays in memory, read in place.

use std::sync::Arc;

use hyperslab_base::{ArraySource, Block, DType, Descriptor, Error, MemoryView, Region, Result, ViewMut, copy};

use super::{descriptor, params};

/// Name of the format.
pub(super) const FORMAT: &str = "memory";

/// The elements that [`ArraySource::descriptor`] holds.
pub(super) fn open(bytes: &[u8]) -> Result<Arc<dyn ArraySource>> {
    let (dtype, shape, elements): (DType, Vec<u64>, Vec<u8>) = params(bytes)?;
    if hyperslab_base::checked_nbytes(&shape, dtype)? != elements.len() as u64 {
        return Err(Error::value(format!("{} bytes for shape {shape:?} of {dtype}", elements.len())));
    }
    let mut block = Block::zeroed(dtype, &shape)?;
    block.bytes_mut().copy_from_slice(&elements);
    Ok(Arc::new(MemorySource::new(MemoryView::from_block(block))))
}

/// Source over memory that somebody keeps alive: a NumPy array, a block, an earlier result.
#[derive(Debug)]
pub struct MemorySource {
    memory: MemoryView,
    shape: Vec<u64>,
}

impl MemorySource {
    /// Source over all of `memory`.
    pub fn new(memory: MemoryView) -> Self {
        let shape = memory.view().shape().to_vec();
        MemorySource { memory, shape }
    }
}

impl ArraySource for MemorySource {
    fn shape(&self) -> &[u64] {
        &self.shape
    }

    fn dtype(&self) -> DType {
        self.memory.view().dtype()
    }

    fn memory(&self) -> Option<MemoryView> {
        Some(self.memory.clone())
    }

    fn descriptor(&self) -> Result<Option<Descriptor>> {
        let mut block = Block::zeroed(self.dtype(), &self.shape)?;
        copy(&self.memory.view(), &mut block.view_mut());
        descriptor(FORMAT, &(self.dtype(), &self.shape, block.bytes()))
    }

    fn describe(&self) -> String {
        "memory".into()
    }

    fn read(&self, region: &Region, mut out: ViewMut<'_>) -> Result<()> {
        copy(&self.memory.view().slice(region), &mut out);
        Ok(())
    }
}
