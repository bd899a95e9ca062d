//! Tasks of products: one block of the result each, summed over blocks of the shared axes in order.

use hyperslab_base::{Block, DType, Dims, Range, Region, Result, View, copy};
use hyperslab_ops::contract::{MatRef, Product, matmul};
use hyperslab_plan::lower::ContractWork;
use hyperslab_plan::lower::task::{Operand, TaskProgram};

use crate::blocks::Blocks;
use crate::context::Context;

/// Computes `region` of the product and writes it.
pub(crate) fn run_contract(cx: &Context, task: &TaskProgram, w: &ContractWork, region: &Region) -> Result<()> {
    let mut out = Block::zeroed(w.dtype, &region.shape())?;
    let (batch, row_axes, col_axes) = (&region.0[..w.batch], &region.0[w.batch..w.rows], &region.0[w.rows..]);
    let size = |r: &[Range]| r.iter().map(|r| r.len).product::<u64>() as usize;
    let (stacks, m, n) = (size(batch), size(row_axes), size(col_axes));
    let mut first = true;
    for step in steps(&w.summed, &w.step) {
        cx.check()?;
        let operands = w.operands(region, &step);
        let blocks = Blocks::make(cx, task, &w.wants(&operands))?;
        let product = Product { m, n, accumulate: !first, ..nominal(&blocks, w, &step) };
        let (a, b) = (blocks.look(&w.a, &operands[0])?, blocks.look(&w.b, &operands[1])?);
        let a = Matrices::of(a, [batch, row_axes, &step.0], (2, product.runs.0))?;
        let b = Matrices::of(b, [batch, &step.0, col_axes], (1, product.runs.1))?;
        multiply(w.dtype, &a, &b, &mut out, stacks, product)?;
        first = false;
    }
    cx.write(&w.dests, region, &out.view())
}

/// The product of a whole block along a part of the summed axes, as the plan has it before cells are cut to fit a budget.
fn nominal(blocks: &Blocks<'_>, w: &ContractWork, summed: &Region) -> Product {
    let size = |lens: &[u64]| lens.iter().product::<u64>() as usize;
    let (batch, block) = (w.batch, Region::full(&w.block));
    let (m, n, k) = (size(&w.block[batch..w.rows]), size(&w.block[w.rows..]), summed.count() as usize);
    let [a, b] = w.operands(&block, summed);
    let (rows, cols, summed) = (w.rows - batch, w.block.len() - w.rows, summed.0.len());
    let steps = |o: &Operand, region: &Region, groups| {
        let strides = blocks.nominal_steps(o.step, &o.map, region);
        steps_along(&region.shape(), &strides, w.dtype.itemsize(), groups)
    };
    // What must be copied lies in C order then.
    let a = steps(&w.a, &a, [batch, rows, summed]).unwrap_or([m * k, k, 1]);
    let b = steps(&w.b, &b, [batch, summed, cols]).unwrap_or([k * n, n, 1]);
    Product { block: (m, n), runs: (a[2] == 1, b[1] == 1), ..Product::new(m, n, k) }
}

/// A stack of matrices: where they lie, or copied where the axes of a group do not follow each other there.
struct Matrices<'a> {
    held: Held<'a>,
    /// Elements from a matrix of the stack to the next, from a row to the next, from a column to the next.
    steps: [usize; 3],
}

enum Held<'a> {
    Lying(View<'a>),
    Copied(Block),
}

impl<'a> Matrices<'a> {
    /// The view as a stack of matrices, by the ranges of the axes of the stack, of the rows, and of the columns. It is
    /// `summed` along that group of axes, which is a single run of memory for each of the other where that says so.
    fn of(view: View<'a>, groups: [&[Range]; 3], (summed, runs): (usize, bool)) -> Result<Self> {
        let sizes = groups.map(|g| g.iter().map(|r| r.len).product::<u64>() as usize);
        let [_, rows, cols] = sizes;
        let suits = |steps: &[usize; 3]| sizes[3 - summed] == 1 || (steps[summed] == 1) == runs;
        if let Some(steps) = steps_of(&view, groups.map(<[_]>::len)).filter(suits) {
            return Ok(Matrices { held: Held::Lying(view), steps });
        }
        if runs == (summed == 2) {
            let mut block = Block::scratch(view.dtype(), view.shape())?;
            copy(&view, &mut block.view_mut());
            return Ok(Matrices { held: Held::Copied(block), steps: [rows * cols, cols, 1] });
        }
        let [first, second, third] = groups.map(<[_]>::len);
        let turned: Dims<usize> =
            (0..first).chain(first + second..first + second + third).chain(first..first + second).collect();
        let view = view.transpose(&turned);
        let mut block = Block::scratch(view.dtype(), view.shape())?;
        copy(&view, &mut block.view_mut());
        Ok(Matrices { held: Held::Copied(block), steps: [rows * cols, 1, rows] })
    }

    fn matrix(&self, i: usize, item: usize) -> MatRef<'_> {
        let bytes = match &self.held {
            Held::Lying(view) => view.span().unwrap_or_default(),
            Held::Copied(block) => block.bytes(),
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
    steps_along(view.shape(), view.strides(), item, groups)
}

/// As [`steps_of`], of any memory with those strides.
fn steps_along(shape: &[u64], strides: &[isize], item: usize, groups: [usize; 3]) -> Option<[usize; 3]> {
    let mut axes = shape.iter().zip(strides);
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

fn multiply(
    dtype: DType,
    a: &Matrices<'_>,
    b: &Matrices<'_>,
    out: &mut Block,
    stacks: usize,
    product: Product,
) -> Result<()> {
    let item = dtype.itemsize();
    let size = product.m * product.n * item;
    for i in 0..stacks {
        let out = &mut out.bytes_mut()[i * size..(i + 1) * size];
        matmul(dtype, a.matrix(i, item), b.matrix(i, item), out, product)?;
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
