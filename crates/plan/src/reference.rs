//! The reference evaluator: whole arrays, one node after the other, nothing clever. Rules and the engine are tested
//! against it; it is never used to compute anything for a user.

use hyperslab_base::{Block, DType, Dims, Error, Region, Result, Scalar, View, ViewMut, c_strides, copy};
use hyperslab_ops::block::Cell;
use hyperslab_ops::fold::{self, FoldParams, TileIndex};
use hyperslab_ops::scan::Scan;
use hyperslab_ops::{Rows, cast_kernel};

use rustc_hash::FxHashMap;

use crate::blocks::BlockCall;
use crate::build::kept;
use crate::node::{Expr, Kind, MapOp, postorder};
use crate::viewmap::ViewMap;

/// The whole array, computed node by node.
///
/// # Errors
/// Those of sources, and `Value` where a reduction finds only NaN and has no answer.
pub fn evaluate(e: &Expr) -> Result<Block> {
    let mut done: FxHashMap<Expr, Block> = FxHashMap::default();
    for node in postorder(std::slice::from_ref(e)) {
        let inputs: Vec<&Block> = node.inputs().iter().map(|i| &done[i]).collect();
        let out = evaluate_node(&node, &inputs)?;
        done.insert(node, out);
    }
    done.remove(e).ok_or_else(|| Error::internal("the root was not evaluated"))
}

fn evaluate_node(e: &Expr, inputs: &[&Block]) -> Result<Block> {
    let mut out = Block::zeroed(e.dtype, &e.shape)?;
    match &e.kind {
        Kind::Source(s) => s.source().read(&Region::full(&e.shape), out.view_mut())?,
        Kind::Fill(v) => {
            out.bytes_mut().chunks_exact_mut(e.dtype.itemsize()).for_each(|x| x.copy_from_slice(v.bytes()))
        }
        Kind::Arange { start, step } => hyperslab_ops::generate::arange(e.dtype, *start, *step, 0, 1, out.bytes_mut())?,
        Kind::Map { op, .. } => {
            let dtypes: Dims<DType> = inputs.iter().map(|b| b.dtype()).collect();
            let bytes: Dims<&[u8]> = inputs.iter().map(|b| b.bytes()).collect();
            match op {
                MapOp::Ufunc(u) => u.0.kernel(&dtypes)?(&bytes, out.bytes_mut()),
                MapOp::Foreign(f) => f.0.during(&mut || {
                    f.0.run(&bytes, out.bytes_mut());
                    Ok(())
                })?,
                MapOp::Cast => cast_kernel(dtypes[0], e.dtype)?(&bytes, out.bytes_mut()),
                MapOp::Random(draw) => draw.run(&bytes, out.bytes_mut()),
            }
        }
        Kind::View { map, .. } => pick(inputs[0], &mut out, |at| looked_at(map, at)),
        Kind::Reshape | Kind::Rechunk => out.bytes_mut().copy_from_slice(inputs[0].bytes()),
        Kind::Gather { axis, indices, .. } => pick(inputs[0], &mut out, |at| {
            let mut from: Dims<u64> = at.into();
            from[*axis] = indices[at[*axis] as usize];
            from
        }),
        Kind::Concat { axis, .. } => concat(inputs, *axis, &mut out),
        Kind::Reduce { reducer, axes, params, .. } => {
            let fold = reducer.0.fold(inputs[0].dtype(), e.dtype, *params)?;
            reduce(&*fold, inputs[0], axes, &mut out)?;
            check_found(reducer.0, &out)?;
        }
        Kind::Scan { scanner, axis, .. } => scan(&scanner.0.scan(e.dtype)?, inputs[0], *axis, &mut out)?,
        Kind::Block { call, .. } => run_calls(call, inputs, &mut out)?,
        Kind::Contract { batch, summed, .. } => contract(inputs[0], inputs[1], *batch, *summed, &mut out)?,
    }
    Ok(out)
}

/// Every call of a block operation that the whole of an output needs.
fn run_calls(call: &BlockCall, inputs: &[&Block], out: &mut Block) -> Result<()> {
    let whole = call.rounded(&Region::full(out.shape()));
    for at in call.calls(&whole) {
        let ins: Vec<View<'_>> = inputs.iter().enumerate().map(|(k, b)| b.view().slice(&call.needs(&at, k))).collect();
        let made = |k: usize| Block::zeroed(call.outs()[k].dtype, &call.made(&at, k).shape());
        let mut outs: Vec<Block> = (0..call.outs().len()).map(made).collect::<Result<_>>()?;
        let mut views: Vec<ViewMut<'_>> = outs.iter_mut().map(Block::view_mut).collect();
        call.op().run(&Cell { region: &at.region, block: Some(&at.block) }, &ins, &mut views)?;
        drop(views);
        copy(&outs[call.output].view(), &mut out.view_mut().slice(&call.made(&at, call.output)));
    }
    Ok(())
}

/// Every index of a shape, in C order.
fn indices(shape: &[u64]) -> impl Iterator<Item = Dims<u64>> + '_ {
    let count: u64 = shape.iter().product();
    (0..count).map(move |mut flat| {
        let mut at: Dims<u64> = shape.into();
        for (x, &n) in at.iter_mut().zip(shape).rev() {
            *x = flat % n;
            flat /= n;
        }
        at
    })
}

/// The bytes of one element.
fn element<'b>(b: &'b Block, at: &[u64]) -> &'b [u8] {
    let flat = at.iter().zip(b.shape()).fold(0, |flat, (&x, &n)| flat * n + x) as usize;
    let size = b.dtype().itemsize();
    &b.bytes()[flat * size..][..size]
}

/// Sets each element of `out` to the one of `input` that `from` names.
fn pick(input: &Block, out: &mut Block, from: impl Fn(&[u64]) -> Dims<u64>) {
    let (shape, size): (Dims<u64>, usize) = (out.shape().into(), out.dtype().itemsize());
    for (at, slot) in indices(&shape).zip(out.bytes_mut().chunks_exact_mut(size)) {
        slot.copy_from_slice(element(input, &from(&at)));
    }
}

/// The input's index that a view's output index looks at.
fn looked_at(map: &ViewMap, at: &[u64]) -> Dims<u64> {
    map.0.iter().map(|a| (a.start + a.out.map_or(0, |d| a.step * at[d] as i64)) as u64).collect()
}

fn concat(inputs: &[&Block], axis: usize, out: &mut Block) {
    let (shape, size): (Dims<u64>, usize) = (out.shape().into(), out.dtype().itemsize());
    for (mut at, slot) in indices(&shape).zip(out.bytes_mut().chunks_exact_mut(size)) {
        let mut piece = 0;
        while at[axis] >= inputs[piece].shape()[axis] {
            at[axis] -= inputs[piece].shape()[axis];
            piece += 1;
        }
        slot.copy_from_slice(element(inputs[piece], &at));
    }
}

/// Each result folds its elements as one row, in C order.
fn reduce(fold: &dyn fold::Fold, input: &Block, axes: &[usize], out: &mut Block) -> Result<()> {
    let outer: Dims<u64> = out.shape().into();
    let inner: Dims<u64> = axes.iter().map(|&d| input.shape()[d]).collect();
    let count: u64 = inner.iter().product();
    let mut state = fold.new_state(out.count() as usize)?;
    for (i, result) in indices(&outer).enumerate() {
        let mut row = Block::zeroed(input.dtype(), &inner)?;
        pick(input, &mut row, |within| {
            let mut at: Dims<u64> = input.shape().into();
            kept(axes, at.len()).zip(&result).for_each(|(d, &x)| at[d] = x);
            axes.iter().zip(within).for_each(|(&d, &x)| at[d] = x);
            at
        });
        if count > 0 {
            fold.fold_rows(&mut state, i, row.bytes(), 1, count as usize, 0, TileIndex { base: 0, row: 0, col: 1 });
        }
    }
    let results = out.count() as usize;
    fold.finish(&state, 0, results, count, out.bytes_mut());
    Ok(())
}

/// Each lane is scanned alone, from its first element to its last.
fn scan(scan: &Scan, input: &Block, axis: usize, out: &mut Block) -> Result<()> {
    let (n, size) = (input.shape()[axis], input.dtype().itemsize());
    let mut lanes: Dims<u64> = input.shape().into();
    lanes[axis] = u64::from(n > 0);
    let strides = c_strides(input.shape(), size);
    for at in indices(&lanes) {
        let mut lane = Block::zeroed(input.dtype(), &[n])?;
        pick(input, &mut lane, |k| {
            let mut at = at.clone();
            at[axis] = k[0];
            at
        });
        let (mut results, mut carry) = (Block::zeroed(input.dtype(), &[n])?, Block::zeroed(input.dtype(), &[1])?);
        let row = Rows::contiguous(lane.bytes(), 1, n as usize);
        scan.along(row, results.bytes_mut(), carry.bytes_mut(), true);
        let start: usize = at.iter().zip(&strides).map(|(&x, &s)| x as usize * s as usize).sum();
        for (k, value) in results.bytes().chunks_exact(size).enumerate() {
            out.bytes_mut()[start + k * strides[axis] as usize..][..size].copy_from_slice(value);
        }
    }
    Ok(())
}

/// An arg reduction answers -1 where it found no candidate.
fn check_found(row: &'static fold::Reducer, out: &Block) -> Result<()> {
    let missing = |x: &[u8]| Scalar::from_bytes(DType::Int64, x).is_ok_and(|v| v.get::<i64>() == -1);
    if row.is_arg && out.bytes().chunks_exact(8).any(missing) {
        return Err(row.all_nan());
    }
    Ok(())
}

/// Each result is the sum of the products of a row and a column.
fn contract(a: &Block, b: &Block, batch: usize, summed: usize, out: &mut Block) -> Result<()> {
    let dtype = out.dtype();
    let product = hyperslab_ops::find("multiply").ok_or_else(|| Error::internal("no multiply"))?;
    let multiply = product.kernel(&[dtype, dtype])?;
    let name = if dtype == DType::Bool { "any" } else { "sum" };
    let sum = fold::find(name).ok_or_else(|| Error::internal("no sum"))?;
    let sum = sum.fold(dtype, dtype, FoldParams::default())?;
    let rows = a.shape().len() - summed;
    let (shape, inner): (Dims<u64>, Dims<u64>) = (out.shape().into(), a.shape()[rows..].into());
    for (at, slot) in indices(&shape).zip(out.bytes_mut().chunks_exact_mut(dtype.itemsize())) {
        let mut row = Block::zeroed(dtype, &inner)?;
        pick(a, &mut row, |k| at[..rows].iter().chain(k).copied().collect());
        let mut column = Block::zeroed(dtype, &inner)?;
        pick(b, &mut column, |k| at[..batch].iter().chain(k).chain(&at[rows..]).copied().collect());
        let mut products = Block::zeroed(dtype, &inner)?;
        multiply(&[row.bytes(), column.bytes()], products.bytes_mut());
        reduce_all(&*sum, &products, slot)?;
    }
    Ok(())
}

/// One result of all elements.
fn reduce_all(fold: &dyn fold::Fold, input: &Block, slot: &mut [u8]) -> Result<()> {
    let mut state = fold.new_state(1)?;
    if input.count() > 0 {
        fold.fold_rows(&mut state, 0, input.bytes(), 1, input.count() as usize, 0, TileIndex::default());
    }
    fold.finish(&state, 0, 1, input.count(), slot);
    Ok(())
}
