//! Random numbers.

use hyperslab_base::{ChunkGrid, Error, Result, Scalar, c_strides, checked_nbytes, show_shape};
use hyperslab_ops::random::{Draw, Stream, find};
use smallvec::{SmallVec, smallvec};

use crate::build::{Index, Operand, arange, broadcast_to, cast, check_chunks, constant, index, rechunk, ufunc};
use crate::node::{Expr, Kind, MapOp};

/// Numbers of a distribution and a stream; parameters are broadcast to the shape and cast to the dtypes of the row.
///
/// # Errors
/// `Shape` when a parameter does not broadcast, `Value` when the size overflows or the chunks are those of another shape,
/// `DType` for another number of parameters, `Unsupported` for a name that is not in the table.
pub fn random(name: &str, stream: Stream, shape: &[u64], chunks: ChunkGrid, params: &[Expr]) -> Result<Expr> {
    let row = find(name)?;
    if params.len() != row.params.len() {
        return Err(Error::dtype(format!("{name} has {} parameters, {} were given", row.params.len(), params.len())));
    }
    checked_nbytes(shape, row.output)?;
    let mut inputs: SmallVec<[Expr; 3]> = smallvec![positions(shape, chunks.clone())?];
    for (param, dtype) in params.iter().zip(row.params) {
        inputs.push(broadcast_to(&cast(param, *dtype)?, shape, None)?);
    }
    let op = MapOp::Random(Draw { row, stream });
    Ok(Expr::intern(Kind::Map { op }, inputs, shape.into(), row.output, chunks))
}

/// The position of each element in C order, as uint64.
///
/// # Errors
/// `Value` when the chunks are those of another shape.
pub fn positions(shape: &[u64], chunks: ChunkGrid) -> Result<Expr> {
    check_chunks(shape, &chunks)?;
    let strides = c_strides(shape, 1);
    let mut sum: Option<Expr> = None;
    for (d, &n) in shape.iter().enumerate().filter(|(_, n)| **n > 1) {
        let step = Scalar::new(strides[d] as u64);
        let line = arange(Scalar::new(0u64), step, n, ChunkGrid(vec![chunks.0[d].clone()]))?;
        let mut lifted = vec![Index::Slice { start: None, stop: None, step: None }];
        lifted.resize(shape.len() - d, Index::NewAxis);
        let line = index(&line, &lifted)?;
        sum = Some(match sum {
            None => line,
            Some(sum) => ufunc("add", &[Operand::Array(sum), Operand::Array(line)], None)?,
        });
    }
    match sum {
        Some(sum) => rechunk(&broadcast_to(&sum, shape, None)?, chunks),
        None if shape.contains(&0) || shape.iter().all(|&n| n == 1) => Ok(constant(Scalar::new(0u64), shape)),
        None => Err(Error::internal(format!("positions of {}", show_shape(shape)))),
    }
}
