//! Block operations.

use std::sync::Arc;

use hyperslab_base::{Meta, Result};
use hyperslab_ops::block::BlockOp;

use crate::blocks::BlockCall;
use crate::build::check_chunks;
use crate::node::{Expr, Kind};

/// The outputs of a block operation.
///
/// # Errors
/// What the operation raises for such operands.
pub fn block(op: Arc<dyn BlockOp>, inputs: &[Expr]) -> Result<Vec<Expr>> {
    let meta = |e: &Expr| Meta { shape: e.shape.clone(), dtype: e.dtype, chunks: e.chunks.clone() };
    let calls = BlockCall::outputs(op, inputs.iter().map(meta).collect())?;
    let node = |call: BlockCall| {
        let Meta { shape, dtype, chunks } = call.meta().clone();
        check_chunks(&shape, &chunks)?;
        hyperslab_base::checked_nbytes(&shape, dtype)?;
        Ok(Expr::intern(Kind::Block { call }, inputs.into(), shape, dtype, chunks))
    };
    calls.into_iter().map(node).collect()
}
