//! Nodes as rules make them: inputs already fit, and chunks no longer matter.

use std::sync::Arc;

use hyperslab_base::{ChunkGrid, DType, Dims, Result, Scalar};

use crate::build;
use crate::node::{Expr, Inputs, Kind, MapOp};
use crate::viewmap::{ViewAxis, ViewMap};

/// A node in one chunk.
pub fn node(kind: Kind, inputs: &[Expr], shape: &[u64], dtype: DType) -> Expr {
    Expr::intern(kind, inputs.into(), shape.into(), dtype, ChunkGrid::single(shape))
}

/// One value everywhere.
pub fn fill(value: Scalar, shape: &[u64]) -> Expr {
    node(Kind::Fill(value), &[], shape, value.dtype())
}

/// A view; the input itself when the map changes nothing, and the same value of a constant.
pub fn view(input: &Expr, map: ViewMap, shape: &[u64]) -> Result<Expr> {
    if map.is_identity(&input.shape, shape) {
        return Ok(input.clone());
    }
    if let Kind::Fill(value) = input.kind {
        return Ok(fill(value, shape));
    }
    build::view(input, map, shape, Some(ChunkGrid::single(shape)))
}

/// An elementwise operation over inputs of shape `shape`.
pub fn map(op: MapOp, inputs: Inputs, shape: &[u64], dtype: DType) -> Expr {
    node(Kind::Map { op }, &inputs, shape, dtype)
}

/// A reshape; the input itself when it has the shape.
pub fn reshape(input: &Expr, shape: &[u64]) -> Expr {
    if *input.shape == *shape {
        return input.clone();
    }
    node(Kind::Reshape, std::slice::from_ref(input), shape, input.dtype)
}

/// Listed positions along an axis, as a view where a slice can name them.
pub fn gather(input: &Expr, axis: usize, indices: Arc<[u64]>) -> Result<Expr> {
    let mut shape = input.shape.clone();
    shape[axis] = indices.len() as u64;
    match build::as_progression(&indices) {
        Some((start, step)) => {
            let mut map = ViewMap::identity(input.ndim());
            map.0[axis] = ViewAxis { out: Some(axis), start, step };
            view(input, map, &shape)
        }
        None => Ok(node(Kind::Gather { axis, indices }, std::slice::from_ref(input), &shape, input.dtype)),
    }
}

/// Arrays one after the other; the array itself when there is one.
pub fn concat(axis: usize, inputs: Vec<Expr>) -> Expr {
    if inputs.len() == 1 {
        return inputs[0].clone();
    }
    let mut shape = inputs[0].shape.clone();
    shape[axis] = inputs.iter().map(|e| e.shape[axis]).sum();
    let dtype = inputs[0].dtype;
    node(Kind::Concat { axis }, &inputs, &shape, dtype)
}

/// Whether a view shows some element more than once.
pub fn repeats(map: &ViewMap, out: &[u64]) -> bool {
    let moves = |d: usize| map.0.iter().any(|a| a.out == Some(d) && a.step != 0);
    out.iter().enumerate().any(|(d, &n)| n > 1 && !moves(d))
}

/// Input axes of the view that move along output axis `out`.
pub fn moving(map: &ViewMap, out: usize) -> Dims<usize> {
    map.0.iter().enumerate().filter(|(_, a): &(usize, &ViewAxis)| a.out == Some(out)).map(|(i, _)| i).collect()
}
