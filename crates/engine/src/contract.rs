//! Tasks of products: one block of the result each, summed over blocks of the shared axes in order.

use hyperslab_base::{Block, DType, Dims, MemoryView, Range, Region, Result, View};
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
        let a = Operand::read(cx, &w.a, [batch, row_axes, &step.0])?;
        let b = Operand::read(cx, &w.b, [batch, &step.0, col_axes])?;
        let k = step.count() as usize;
        multiply(w.dtype, &a, &b, &mut out, Shape { stacks, m, n, k }, !first)?;
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

/// A stack of matrices: in memory where they lie, or read into a block.
struct Operand {
    held: Held,
    /// Elements from a matrix of the stack to the next, from a row to the next, from a column to the next.
    steps: [usize; 3],
}

enum Held {
    Memory(MemoryView, Region),
    Block(Block),
}

impl Operand {
    /// The part of `e` with those ranges of the axes of the stack, of the rows, and of the columns.
    fn read(cx: &Context, e: &Expr, groups: [&[Range]; 3]) -> Result<Self> {
        let region = Region(groups.concat().into());
        if let Some(memory) = cx.memory(e)?
            && let Some(steps) = steps_of(&memory.view().slice(&region), groups.map(<[_]>::len))
        {
            return Ok(Operand { held: Held::Memory(memory, region), steps });
        }
        let mut block = Block::scratch(e.dtype, &region.shape())?;
        eval_into(cx, e, &region, block.view_mut())?;
        let [_, rows, cols] = groups.map(|g| g.iter().map(|r| r.len).product::<u64>() as usize);
        Ok(Operand { held: Held::Block(block), steps: [rows * cols, cols, 1] })
    }

    fn matrix(&self, i: usize, item: usize) -> MatRef<'_> {
        let bytes = match &self.held {
            Held::Memory(memory, region) => memory.view().slice(region).span().unwrap_or_default(),
            Held::Block(block) => block.bytes(),
        };
        let [step, row_stride, col_stride] = self.steps;
        MatRef { bytes: &bytes[i * step * item..], row_stride, col_stride }
    }
}

/// Elements from one index to the next of each group of so many axes; none where a group's axes do not follow each
/// other in memory.
fn steps_of(view: &View<'_>, groups: [usize; 3]) -> Option<[usize; 3]> {
    let item = view.dtype().itemsize();
    if !(view.as_ptr() as usize).is_multiple_of(item.min(8)) || view.span().is_none() {
        return None;
    }
    let mut axes = view.shape().iter().zip(view.strides());
    let mut steps = [0; 3];
    for (step, count) in steps.iter_mut().zip(groups) {
        for (&n, &stride) in axes.by_ref().take(count).filter(|(n, _)| **n != 1) {
            let stride = usize::try_from(stride).ok().filter(|s| *s > 0 && s.is_multiple_of(item))? / item;
            if *step != 0 && *step != stride * n as usize {
                return None;
            }
            *step = stride;
        }
    }
    Some(steps)
}

fn multiply(dtype: DType, a: &Operand, b: &Operand, out: &mut Block, s: Shape, add: bool) -> Result<()> {
    let item = dtype.itemsize();
    let size = s.m * s.n * item;
    for i in 0..s.stacks {
        let out = &mut out.bytes_mut()[i * size..(i + 1) * size];
        matmul(dtype, a.matrix(i, item), b.matrix(i, item), out, s.m, s.n, s.k, add)?;
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
