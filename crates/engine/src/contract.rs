//! Tasks of products: one block of the result each, summed over blocks of the shared axes in order.

use hyperslab_base::{Block, Dims, Range, Region, Result};
use hyperslab_ops::contract::{MatRef, matmul};
use hyperslab_plan::Expr;
use hyperslab_plan::lower::ContractWork;

use crate::context::Context;
use crate::eval::eval_into;

/// Computes `region` of the product and writes it.
pub(crate) fn run_contract(cx: &Context, w: &ContractWork, region: &Region) -> Result<()> {
    let mut out = Block::zeroed(w.dtype, &region.shape())?;
    let rows = w.a.ndim() - w.summed;
    let (batch, row_axes, col_axes) = (&region.0[..w.batch], &region.0[w.batch..rows], &region.0[rows..]);
    let size = |r: &[Range]| r.iter().map(|r| r.len).product::<u64>() as usize;
    let (stacks, m, n) = (size(batch), size(row_axes), size(col_axes));
    let summed_shape: Dims<u64> = w.a.shape[rows..].into();
    let mut first = true;
    for step in steps(&summed_shape, &w.step) {
        cx.check()?;
        let join = |x: &[Range], y: &[Range], z: &[Range]| Region(x.iter().chain(y).chain(z).copied().collect());
        let a = read(cx, &w.a, &join(batch, row_axes, &step.0))?;
        let b = read(cx, &w.b, &join(batch, &step.0, col_axes))?;
        let k = step.count() as usize;
        multiply(w, &a, &b, &mut out, Shape { stacks, m, n, k }, !first)?;
        first = false;
    }
    cx.write(&w.dests, region, &out.view())
}

/// Stacks of `m × k` times `k × n`.
#[derive(Clone, Copy)]
struct Shape {
    stacks: usize,
    m: usize,
    n: usize,
    k: usize,
}

fn read(cx: &Context, e: &Expr, region: &Region) -> Result<Block> {
    let mut block = Block::scratch(e.dtype, &region.shape())?;
    eval_into(cx, e, region, block.view_mut())?;
    Ok(block)
}

fn multiply(w: &ContractWork, a: &Block, b: &Block, out: &mut Block, s: Shape, add: bool) -> Result<()> {
    let item = w.dtype.itemsize();
    let (size_a, size_b, size_out) = (s.m * s.k * item, s.k * s.n * item, s.m * s.n * item);
    for i in 0..s.stacks {
        let a = MatRef { bytes: &a.bytes()[i * size_a..(i + 1) * size_a], row_stride: s.k, col_stride: 1 };
        let b = MatRef { bytes: &b.bytes()[i * size_b..(i + 1) * size_b], row_stride: s.n, col_stride: 1 };
        let out = &mut out.bytes_mut()[i * size_out..(i + 1) * size_out];
        matmul(w.dtype, a, b, out, s.m, s.n, s.k, add)?;
    }
    Ok(())
}

/// Boxes of length `step` that cover `shape`, in C order. None when an axis is empty: an empty sum is 0.
fn steps(shape: &[u64], step: &[u64]) -> Vec<Region> {
    let mut out = vec![Region(Dims::new())];
    for (&n, &s) in shape.iter().zip(step) {
        out = out
            .iter()
            .flat_map(|r| {
                (0..n).step_by(s.max(1) as usize).map(|at| {
                    let mut r = r.clone();
                    r.0.push(Range::new(at, s.min(n - at)));
                    r
                })
            })
            .collect();
    }
    out
}
