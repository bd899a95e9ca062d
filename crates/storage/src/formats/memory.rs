//! Arrays in memory, read in place.

use hyperslab_base::{ArraySource, DType, MemoryView, Region, Result, ViewMut, copy};

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

    fn describe(&self) -> String {
        "memory".into()
    }

    fn read(&self, region: &Region, mut out: ViewMut<'_>) -> Result<()> {
        copy(&self.memory.view().slice(region), &mut out);
        Ok(())
    }
}
