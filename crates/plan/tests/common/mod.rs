//! Sources over blocks, for the tests of this crate.

use std::sync::Arc;

use hyperslab_base::{ArraySource, Block, ChunkGrid, DType, MemoryView, Region, Result, ViewMut, copy};
use hyperslab_plan::{Expr, build};

/// Elements of a block, as if from storage or in memory.
#[derive(Debug)]
struct BlockSource {
    shape: Vec<u64>,
    data: MemoryView,
    resident: bool,
}

impl ArraySource for BlockSource {
    fn shape(&self) -> &[u64] {
        &self.shape
    }
    fn dtype(&self) -> DType {
        self.data.view().dtype()
    }
    fn memory(&self) -> Option<MemoryView> {
        self.resident.then(|| self.data.clone())
    }
    fn describe(&self) -> String {
        if self.resident { "memory".to_string() } else { "block".to_string() }
    }
    fn read(&self, region: &Region, mut out: ViewMut<'_>) -> Result<()> {
        copy(&self.data.view().slice(region), &mut out);
        Ok(())
    }
}

/// An array over a block.
pub fn source(block: Block, resident: bool) -> Expr {
    let shape = block.shape().to_vec();
    let grid = ChunkGrid::single(&shape);
    let data = MemoryView::from_block(block);
    build::source(Arc::new(BlockSource { shape, data, resident }), grid).unwrap()
}
