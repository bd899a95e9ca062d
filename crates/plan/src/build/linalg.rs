//! Products that sum over shared axes.

use hyperslab_base::{ChunkGrid, DType, Dims, Error, Result, show_shape};
use hyperslab_ops::contract::{accumulator, contract_dtype};

use crate::build::{Operand, broadcast_to, cast, normalize_axis, reduce, transpose, ufunc, view};
use crate::node::{Expr, Kind};
use crate::viewmap::{ViewAxis, ViewMap};

/// Batched product `(batch…, rows…, summed…) × (batch…, summed…, columns…)`, of one dtype.
///
/// # Errors
/// `Shape` when batch or summed axes differ.
pub fn contract(a: &Expr, b: &Expr, batch: usize, summed: usize) -> Result<Expr> {
    let dtype = contract_dtype(a.dtype, b.dtype)?;
    let summed_in = accumulator(dtype);
    let (a, b) = (cast(a, summed_in)?, cast(b, summed_in)?);
    let rows = a.ndim() - summed;
    if a.shape[..batch] != b.shape[..batch] || a.shape[rows..] != b.shape[batch..batch + summed] {
        return Err(Error::shape(format!(
            "shape-mismatch for sum: {} and {}",
            show_shape(&a.shape),
            show_shape(&b.shape)
        )));
    }
    let shape: Dims<u64> = a.shape[..rows].iter().chain(&b.shape[batch + summed..]).copied().collect();
    let mut chunks = ChunkGrid::unify(&a.shape[..batch], &[&head(&a.chunks, batch), &head(&b.chunks, batch)]);
    chunks.0.extend(a.chunks.0[batch..rows].iter().cloned());
    chunks.0.extend(b.chunks.0[batch + summed..].iter().cloned());
    cast(&Expr::intern(Kind::Contract { batch, summed }, smallvec::smallvec![a, b], shape, summed_in, chunks), dtype)
}

fn head(c: &ChunkGrid, n: usize) -> ChunkGrid {
    ChunkGrid(c.0[..n].to_vec())
}

/// `numpy.matmul`.
///
/// # Errors
/// `Value`, with NumPy's words, for 0-d operands and shapes that do not fit.
pub fn matmul(a: &Expr, b: &Expr) -> Result<Expr> {
    for (i, e) in [a, b].into_iter().enumerate() {
        if e.ndim() == 0 {
            return Err(Error::value(format!(
                "matmul: Input operand {i} does not have enough dimensions (has 0, gufunc core with signature (n?,k),(k,m?)->(n?,m?) requires 1)"
            )));
        }
    }
    let (ka, kb) = (a.shape[a.ndim() - 1], b.shape[b.ndim().saturating_sub(2)]);
    if ka != kb {
        return Err(Error::value(format!(
            "matmul: Input operand 1 has a mismatch in its core dimension 0, with gufunc signature (n?,k),(k,m?)->(n?,m?) (size {kb} is different from {ka}); shapes {} and {}",
            show_shape(&a.shape),
            show_shape(&b.shape)
        )));
    }
    if a.ndim() == 1 || b.ndim() == 1 {
        return matmul_vector(a, b);
    }
    let lead_a = &a.shape[..a.ndim() - 2];
    let lead_b = &b.shape[..b.ndim() - 2];
    let lead = hyperslab_base::broadcast_shapes(&[lead_a, lead_b]).map_err(|e| e.context("matmul"))?;
    let full = |e: &Expr| -> Result<Expr> {
        let shape: Dims<u64> = lead.iter().chain(&e.shape[e.ndim() - 2..]).copied().collect();
        broadcast_to(e, &shape, None)
    };
    contract(&full(a)?, &full(b)?, lead.len(), 1)
}

/// One operand is a vector: multiply and add, which fuses and moves each element once.
fn matmul_vector(a: &Expr, b: &Expr) -> Result<Expr> {
    let b = if b.ndim() >= 2 { swap_last(b)? } else { b.clone() };
    // (k) × (…, m, k): the sum is over the last axis of both.
    sum_products(a, &b)
}

/// Sum over the last axis of the products, in the dtype of a matrix product.
fn sum_products(a: &Expr, b: &Expr) -> Result<Expr> {
    let dtype = contract_dtype(a.dtype, b.dtype)?;
    let summed_in = accumulator(dtype);
    let operands = [Operand::Array(cast(a, summed_in)?), Operand::Array(cast(b, summed_in)?)];
    let product = ufunc("multiply", &operands, None)?;
    if dtype == DType::Bool {
        return reduce("any", &product, Some(&[-1]), false, None, 0.0);
    }
    cast(&reduce("sum", &product, Some(&[-1]), false, Some(summed_in), 0.0)?, dtype)
}

fn swap_last(e: &Expr) -> Result<Expr> {
    let mut perm: Vec<i64> = (0..e.ndim() as i64).collect();
    perm.swap(e.ndim() - 1, e.ndim() - 2);
    transpose(e, &perm)
}

/// `numpy.tensordot` over lists of axes.
///
/// # Errors
/// `Value`, with NumPy's words, when the axes do not fit.
pub fn tensordot(a: &Expr, b: &Expr, axes_a: &[i64], axes_b: &[i64]) -> Result<Expr> {
    let norm = |e: &Expr, axes: &[i64]| axes.iter().map(|&x| normalize_axis(x, e.ndim())).collect::<Result<Vec<_>>>();
    let (xa, xb) = (norm(a, axes_a)?, norm(b, axes_b)?);
    let twice = |v: &[usize]| v.iter().enumerate().any(|(i, x)| v[..i].contains(x));
    let fits = xa.len() == xb.len() && xa.iter().zip(&xb).all(|(&i, &j)| a.shape[i] == b.shape[j]);
    if !fits || twice(&xa) || twice(&xb) {
        return Err(Error::value(format!(
            "shape-mismatch for sum: tensordot of shapes {} and {} over axes {axes_a:?} and {axes_b:?}",
            show_shape(&a.shape),
            show_shape(&b.shape)
        )));
    }
    let free = |e: &Expr, x: &[usize]| (0..e.ndim()).filter(|d| !x.contains(d)).collect::<Vec<_>>();
    let (fa, fb) = (free(a, &xa), free(b, &xb));
    let order = |v: &[usize], w: &[usize]| v.iter().chain(w).map(|&d| d as i64).collect::<Vec<_>>();
    let a2 = transpose(a, &order(&fa, &xa))?;
    let b2 = transpose(b, &order(&xb, &fb))?;
    if xa.is_empty() {
        return outer(&a2, &b2);
    }
    contract(&a2, &b2, 0, xa.len())
}

/// No axis is summed over: every product.
fn outer(a: &Expr, b: &Expr) -> Result<Expr> {
    let dtype = contract_dtype(a.dtype, b.dtype)?;
    let mut shape: Dims<u64> = a.shape.clone();
    shape.extend(std::iter::repeat_n(1, b.ndim()));
    let tall = view(a, ViewMap((0..a.ndim()).map(ViewAxis::whole).collect()), &shape, None)?;
    ufunc("multiply", &[Operand::Array(cast(&tall, dtype)?), Operand::Array(cast(b, dtype)?)], None)
}
