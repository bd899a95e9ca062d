//! What tests of block operations share: operands, calls in unusual memory orders, and the cells of a result.

#![allow(dead_code, clippy::unwrap_used)] // Every test takes its part of it; in a test a panic is the report.

use hyperslab_base::{
    AxisAccess, Block, ChunkGrid, DType, Grain, Kind, Meta, Range, Region, Result, TimeUnit, View, ViewMut, copy,
};
use hyperslab_ops::block::{BlockOp, Cell, decode};
use hyperslab_ops::cast_kernel;

/// Every dtype, two with units.
pub fn dtypes() -> Vec<DType> {
    let unit = TimeUnit::new("s", 3).unwrap();
    DType::NUMERIC.into_iter().chain([DType::DateTime64(unit), DType::TimeDelta64(unit)]).collect()
}

/// Description in one chunk.
pub fn meta(dtype: DType, shape: &[u64]) -> Meta {
    Meta { shape: shape.into(), dtype, chunks: ChunkGrid::single(shape) }
}

/// Block of the elements `x`, cast.
pub fn block<T: hyperslab_base::Element>(dtype: DType, shape: &[u64], x: &[T]) -> Block {
    let mut wide = Block::zeroed(T::DTYPE, shape).unwrap();
    bytemuck::cast_slice_mut(wide.bytes_mut()).copy_from_slice(x);
    cast(&wide, dtype)
}

/// The elements of a block, cast.
pub fn elements<T: hyperslab_base::Element>(x: &Block) -> Vec<T> {
    bytemuck::cast_slice(cast(x, T::DTYPE).bytes()).to_vec()
}

/// As `astype`.
pub fn cast(x: &Block, to: DType) -> Block {
    let mut out = Block::zeroed(to, x.shape()).unwrap();
    cast_kernel(x.dtype(), to).unwrap()(&[x.bytes()], out.bytes_mut());
    out
}

/// Numbers that look random.
pub fn numbers(seed: u64) -> impl FnMut() -> u64 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    }
}

/// A contiguous copy with the axes in another order.
pub fn transposed(x: &Block, order: &[usize]) -> Block {
    contiguous(&x.view().transpose(order))
}

fn contiguous(x: &View<'_>) -> Block {
    let mut out = Block::zeroed(x.dtype(), x.shape()).unwrap();
    copy(x, &mut out.view_mut());
    out
}

/// What the operation makes of whole operands. Operands and results lie with their axes reversed, so that nothing is
/// contiguous by chance. The same operation decoded again is run on every cell of half the length along each axis that
/// may be cut: its results must be the same bits.
pub fn run(op: &dyn BlockOp, ins: &[&Block]) -> Result<Vec<Block>> {
    let metas: Vec<Meta> = ins.iter().map(|x| meta(x.dtype(), x.shape())).collect();
    let metas: Vec<&Meta> = metas.iter().collect();
    let outs = op.infer(&metas)?;
    let whole = call(op, ins, &metas, &outs, &Region::full(&outs[0].shape))?;
    let again = decode(op.row(), &op.params()).unwrap();
    assert!(*again == *op, "{op:?} decoded is {again:?}");
    let mut pasted: Vec<Block> = outs.iter().map(|m| Block::zeroed(m.dtype, &m.shape).unwrap()).collect();
    let mut cells = vec![Region::full(&outs[0].shape)];
    for (d, grain) in again.grain(&metas).into_iter().enumerate() {
        let n = outs[0].shape[d];
        if grain == Grain::Any && n > 1 {
            let halves = |c: &Region| {
                [Range::new(0, n / 2), Range::new(n / 2, n - n / 2)].map(|r| {
                    let mut part = c.clone();
                    part.0[d] = r;
                    part
                })
            };
            cells = cells.iter().flat_map(halves).collect();
        }
    }
    for cell in &cells {
        let made = call(&*again, ins, &metas, &outs, cell)?;
        for ((made, to), m) in made.iter().zip(&mut pasted).zip(&outs) {
            copy(&made.view(), &mut to.view_mut().slice(&part(cell, &outs[0].shape, &m.shape)));
        }
    }
    for (a, b) in whole.iter().zip(&pasted) {
        assert!(a.bytes() == b.bytes(), "{op:?} in cells");
    }
    Ok(whole)
}

/// The region of an output of `shape` that belongs to a cell of output 0: its axes are the first ones while it is cut.
fn part(cell: &Region, first: &[u64], shape: &[u64]) -> Region {
    let at = |(d, &n): (usize, &u64)| match cell.0.get(d) {
        Some(r) if first[d] == n && r.len < n => *r,
        _ => Range::new(0, n),
    };
    Region(shape.iter().enumerate().map(at).collect())
}

fn call(op: &dyn BlockOp, ins: &[&Block], metas: &[&Meta], outs: &[Meta], cell: &Region) -> Result<Vec<Block>> {
    let needed: Vec<Block> = ins
        .iter()
        .zip(op.access(metas))
        .map(|(x, access)| {
            let range = |(d, a): (usize, &AxisAccess)| match *a {
                AxisAccess::Along { out, start, step } => {
                    let r = cell.0[out];
                    Range { start: start + step * r.start, step: step * r.step, len: r.len }
                }
                AxisAccess::Fixed(i) => Range::new(i, 1),
                // Operands of these tests are in one chunk.
                AxisAccess::Whole | AxisAccess::Chunks { .. } => Range::new(0, x.shape()[d]),
                other => panic!("access {other:?}"),
            };
            let region = Region(access.0.iter().enumerate().map(range).collect());
            let reversed: Vec<usize> = (0..x.shape().len()).rev().collect();
            contiguous(&x.view().slice(&region).transpose(&reversed))
        })
        .collect();
    let shapes: Vec<Vec<u64>> =
        outs.iter().map(|m| part(cell, &outs[0].shape, &m.shape).shape().iter().rev().copied().collect()).collect();
    let mut made: Vec<Block> = outs.iter().zip(&shapes).map(|(m, s)| Block::zeroed(m.dtype, s).unwrap()).collect();
    let turned = |n: usize| (0..n).rev().collect::<Vec<usize>>();
    let views: Vec<View<'_>> = needed.iter().map(|x| x.view().transpose(&turned(x.shape().len()))).collect();
    let mut rooms: Vec<ViewMut<'_>> = made
        .iter_mut()
        .map(|x| {
            let named: Vec<Option<usize>> = turned(x.shape().len()).into_iter().map(Some).collect();
            x.view_mut().rearrange(&named)
        })
        .collect();
    op.run(&Cell { region: cell, block: None }, &views, &mut rooms)?;
    drop(rooms);
    Ok(made.iter().map(|x| transposed(x, &turned(x.shape().len()))).collect())
}

/// Lanes along `axis`, of elements cast to `T`.
pub fn lanes<T: hyperslab_base::Element>(x: &Block, axis: usize) -> Vec<Vec<T>> {
    let ndim = x.shape().len();
    let order: Vec<usize> = (0..ndim).filter(|&d| d != axis).chain([axis]).collect();
    let n = x.shape()[axis] as usize;
    let all = elements::<T>(&transposed(x, &order));
    (0..all.len() / n.max(1)).map(|i| all[i * n..][..n].to_vec()).collect()
}

/// Whether times count: NaT, no NaN.
pub fn is_time(dtype: DType) -> bool {
    matches!(dtype.kind(), Kind::DateTime | Kind::TimeDelta)
}
