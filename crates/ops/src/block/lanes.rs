//! Lanes along one axis, and other parts of views, as contiguous rows.

use hyperslab_base::{Block, DType, Dims, Range, Region, Result, View, ViewMut, copy};

/// Bytes of the lanes that are gathered together: they stay in cache.
const BATCH: u64 = 128 << 10;
/// At least as many lanes, where there are: neighbours share cache lines.
const FEWEST: u64 = 8;

/// Lanes that are gathered together, of `lanes` with `bytes` each.
pub(super) fn batch(lanes: u64, bytes: u64) -> u64 {
    (BATCH / bytes.max(1)).max(FEWEST).min(lanes)
}

/// A copy whose elements lie together, in C order.
pub(super) fn gathered(view: &View<'_>) -> Result<Block> {
    let mut block = Block::scratch(view.dtype(), view.shape())?;
    copy(view, &mut block.view_mut());
    Ok(block)
}

/// Dimensions in their order, but `axis` last.
pub(super) fn axis_last(ndim: usize, axis: usize) -> Dims<usize> {
    (0..ndim).filter(|&d| d != axis).chain([axis]).collect()
}

/// The output with `axis` last.
pub(super) fn turned<'a>(output: &'a mut ViewMut<'_>, axis: usize) -> ViewMut<'a> {
    let named: Dims<Option<usize>> = axis_last(output.shape().len(), axis).iter().map(|&d| Some(d)).collect();
    output.reborrow().rearrange(&named)
}

/// What is done to some lanes: their number, their elements, room for their results.
pub(super) type Lanes<'f> = &'f mut dyn FnMut(usize, &[u8], &mut [u8]) -> Result<()>;

/// What is done to some positions: their number, the elements of each input, room for those of each output.
pub(super) type Cores<'f> = &'f mut dyn FnMut(usize, &[&[u8]], &mut [&mut [u8]]) -> Result<()>;

/// Calls `f` on the lanes of `input` and `output` along `axis`, some at a time: their number, the elements of the first
/// `take` positions of each input lane, row by row, and room for those of the output. The axis may have another length in
/// the output, the others have the same.
pub(super) fn for_lanes(
    input: &View<'_>,
    output: &mut ViewMut<'_>,
    axis: usize,
    take: u64,
    f: Lanes<'_>,
) -> Result<()> {
    let source = input.transpose(&axis_last(input.shape().len(), axis));
    let target = turned(output, axis);
    let outer: Dims<u64> = source.shape()[..source.shape().len() - 1].into();
    let taken = source.slice(&Region::full(&with_core(&outer, &[take])));
    for_cores(&outer, &[taken], &mut [target], &mut |lanes, from, to| f(lanes, from[0], to[0]))
}

fn with_core(outer: &[u64], core: &[u64]) -> Dims<u64> {
    outer.iter().chain(core).copied().collect()
}

/// Calls `f` on the positions of `outer`, the first dimensions of every view, some at a time; the rest of a view's
/// dimensions lie together. An input of length 1 along a dimension of `outer` is repeated.
pub(super) fn for_cores(outer: &[u64], ins: &[View<'_>], outs: &mut [ViewMut<'_>], f: Cores<'_>) -> Result<()> {
    let depth = outer.len();
    let core = |shape: &[u64], dtype: DType| shape[depth..].iter().product::<u64>() * dtype.itemsize() as u64;
    let sizes = ins.iter().map(|x| core(x.shape(), x.dtype())).chain(outs.iter().map(|x| core(x.shape(), x.dtype())));
    let most = batch(outer.iter().product(), sizes.max().unwrap_or(1));
    let sources: Vec<View<'_>> = ins.iter().map(|x| repeated(x, outer)).collect();
    for_boxes(outer, most, &mut |outside| {
        let within = |shape: &[u64]| {
            let inside = shape[depth..].iter().map(|&n| Range::new(0, n));
            Region(outside.0.iter().copied().chain(inside).collect())
        };
        let mut gathered = Vec::with_capacity(sources.len());
        for x in &sources {
            let part = within(x.shape());
            let mut block = Block::scratch(x.dtype(), &part.shape())?;
            copy(&x.slice(&part), &mut block.view_mut());
            gathered.push(block);
        }
        let mut made = Vec::with_capacity(outs.len());
        for x in outs.iter() {
            made.push(Block::scratch(x.dtype(), &within(x.shape()).shape())?);
        }
        let from: Vec<&[u8]> = gathered.iter().map(Block::bytes).collect();
        let mut to: Vec<&mut [u8]> = made.iter_mut().map(Block::bytes_mut).collect();
        f(outside.count() as usize, &from, &mut to)?;
        for (block, x) in made.iter().zip(outs.iter_mut()) {
            let part = within(x.shape());
            copy(&block.view(), &mut x.slice(&part));
        }
        Ok(())
    })
}

/// The view with the first lengths of `outer`; what has length 1 there is repeated.
fn repeated<'a>(x: &View<'a>, outer: &[u64]) -> View<'a> {
    let mut strides: Dims<isize> = x.strides().into();
    for (d, &n) in outer.iter().enumerate() {
        if x.shape()[d] == 1 && n != 1 {
            strides[d] = 0;
        }
    }
    x.restride(0, &with_core(outer, &x.shape()[outer.len()..]), &strides)
}

/// Calls `f` on boxes that cover `shape`, of at most `most` positions each.
pub fn for_boxes(shape: &[u64], most: u64, f: &mut dyn FnMut(&Region) -> Result<()>) -> Result<()> {
    if shape.contains(&0) {
        return Ok(());
    }
    let most = most.max(1);
    // The dimensions from `cut + 1` on are taken whole, `cut` in parts, those before it position by position.
    let (mut cut, mut inner) = (shape.len(), 1);
    while cut > 0 && inner * shape[cut - 1] <= most {
        cut -= 1;
        inner *= shape[cut];
    }
    let Some(cut) = cut.checked_sub(1) else { return f(&Region::full(shape)) };
    let step = (most / inner).max(1);
    let mut at = Region::full(shape);
    at.0[..cut].iter_mut().for_each(|r| r.len = 1);
    loop {
        for start in (0..shape[cut]).step_by(step as usize) {
            at.0[cut] = Range::new(start, step.min(shape[cut] - start));
            f(&at)?;
        }
        let next = (0..cut).rev().find(|&d| at.0[d].start as u64 + 1 < shape[d]);
        let Some(next) = next else { return Ok(()) };
        at.0[next].start += 1;
        at.0[next + 1..cut].iter_mut().for_each(|r| r.start = 0);
    }
}
