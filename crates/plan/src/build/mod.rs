//! Constructors of nodes. Shape, dtype and chunks are inferred here, and bad input raises here what NumPy raises.

mod block;
mod elementwise;
mod index;
mod infer;
mod linalg;
mod random;
mod reduce;
mod scan;
mod shape;

use std::sync::Arc;

use hyperslab_base::{ArraySource, ChunkGrid, Error, Result, Scalar, checked_nbytes, show_shape};

use crate::node::{Expr, Inputs, Kind};
use crate::source::SourceRef;

pub use crate::node::told_name;
pub use block::block;
pub use elementwise::{Operand, cast, cast_checked, foreign, map_raw, told_as, ufunc};
pub use index::{Index, index};
pub use infer::infer;
pub use linalg::{contract, matmul, tensordot};
pub use random::{positions, random};
pub(crate) use reduce::kept;
pub use reduce::{reduce, reduce_raw};
pub use scan::scan;
pub(crate) use shape::{as_progression, check_view, merged_lists};
pub use shape::{broadcast_to, concat, gather, rechunk, reshape, stack, transpose, view};

/// Largest number of dimensions, as in NumPy.
pub const MAX_DIMS: usize = 64;

/// Array over a source.
///
/// # Errors
/// `Value` when the chunks are those of another shape.
pub fn source(source: Arc<dyn ArraySource>, chunks: ChunkGrid) -> Result<Expr> {
    let shape = source.shape().into();
    check_chunks(source.shape(), &chunks)?;
    let dtype = source.dtype();
    checked_nbytes(source.shape(), dtype)?;
    Ok(Expr::intern(Kind::Source(SourceRef::new(source)), Inputs::new(), shape, dtype, chunks))
}

/// The array of a source under the name that its user gives it; other arrays are what they are.
pub fn named(e: &Expr, name: &str) -> Expr {
    match &e.kind {
        Kind::Source(s) => {
            Expr::intern(Kind::Source(s.named(name)), Inputs::new(), e.shape.clone(), e.dtype, e.chunks.clone())
        }
        _ => e.clone(),
    }
}

/// Array of one value.
///
/// # Errors
/// `Value` when the size overflows or the chunks are those of another shape.
pub fn fill(value: Scalar, shape: &[u64], chunks: ChunkGrid) -> Result<Expr> {
    check_chunks(shape, &chunks)?;
    checked_nbytes(shape, value.dtype())?;
    Ok(Expr::intern(Kind::Fill(value), Inputs::new(), shape.into(), value.dtype(), chunks))
}

/// Array of one value in one chunk: what scalars become in elementwise operations.
pub(crate) fn constant(value: Scalar, shape: &[u64]) -> Expr {
    Expr::intern(Kind::Fill(value), Inputs::new(), shape.into(), value.dtype(), ChunkGrid::single(shape))
}

/// `start + i * step` for `i` in `0..len`; both scalars have the result's dtype.
///
/// # Errors
/// `DType` when the scalars' dtypes differ, `Value` when the chunks are those of another length.
pub fn arange(start: Scalar, step: Scalar, len: u64, chunks: ChunkGrid) -> Result<Expr> {
    if start.dtype().storage() != step.dtype().storage() {
        return Err(Error::dtype(format!("arange: start is {}, step is {}", start.dtype(), step.dtype())));
    }
    check_chunks(&[len], &chunks)?;
    checked_nbytes(&[len], start.dtype())?;
    Ok(Expr::intern(Kind::Arange { start, step }, Inputs::new(), smallvec::smallvec![len], start.dtype(), chunks))
}

pub(crate) fn check_chunks(shape: &[u64], chunks: &ChunkGrid) -> Result<()> {
    if shape.len() > MAX_DIMS {
        return Err(Error::value(format!(
            "maximum supported dimension for an ndarray is currently {MAX_DIMS}, found {}",
            shape.len()
        )));
    }
    if chunks.shape() != shape {
        return Err(Error::value(format!(
            "Chunks do not add up to shape. Got chunks that add up to {} for shape={}",
            show_shape(&chunks.shape()),
            show_shape(shape)
        )));
    }
    Ok(())
}

/// `axis` counted from the front.
///
/// # Errors
/// `Axis` when it is out of bounds.
pub fn normalize_axis(axis: i64, ndim: usize) -> Result<usize> {
    let n = ndim as i64;
    if axis < -n || axis >= n {
        return Err(hyperslab_base::ErrorKind::Axis { axis, ndim }.into());
    }
    Ok(axis.rem_euclid(n) as usize)
}
