//! Lanes along one axis as contiguous rows.

use hyperslab_base::{Block, Dims, Range, Region, Result, View, ViewMut, copy};

/// Bytes of the lanes that are gathered together: they stay in cache.
const BATCH: u64 = 128 << 10;
/// At least as many lanes, where there are: neighbours share cache lines.
const FEWEST: u64 = 8;

/// Lanes that are gathered together, of `lanes` with `bytes` each.
pub(super) fn batch(lanes: u64, bytes: u64) -> u64 {
    (BATCH / bytes.max(1)).max(FEWEST).min(lanes)
}

/// Dimensions in their order, but `axis` last.
fn axis_last(ndim: usize, axis: usize) -> Dims<usize> {
    (0..ndim).filter(|&d| d != axis).chain([axis]).collect()
}

/// What is done to some lanes: their number, their elements, room for their results.
pub(super) type Lanes<'f> = &'f mut dyn FnMut(usize, &[u8], &mut [u8]) -> Result<()>;

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
    let order = axis_last(input.shape().len(), axis);
    let source = input.transpose(&order);
    let named: Dims<Option<usize>> = order.iter().map(|&d| Some(d)).collect();
    let mut target = output.reborrow().rearrange(&named);
    let outer = source.shape().len() - 1;
    let width = target.shape()[outer];
    let outer_shape: Dims<u64> = source.shape()[..outer].into();
    let (item_in, item_out) = (source.dtype().itemsize() as u64, target.dtype().itemsize() as u64);
    let most = batch(outer_shape.iter().product(), (take * item_in).max(width * item_out));
    for_boxes(&outer_shape, most, &mut |outside| {
        let with = |n: u64| Region(outside.0.iter().copied().chain([Range::new(0, n)]).collect());
        let (from, to) = (with(take), with(width));
        let mut gathered = Block::scratch(source.dtype(), &from.shape())?;
        copy(&source.slice(&from), &mut gathered.view_mut());
        let mut made = Block::scratch(target.dtype(), &to.shape())?;
        f(outside.count() as usize, gathered.bytes(), made.bytes_mut())?;
        copy(&made.view(), &mut target.slice(&to));
        Ok(())
    })
}

/// Calls `f` on boxes that cover `shape`, of at most `most` positions each.
fn for_boxes(shape: &[u64], most: u64, f: &mut dyn FnMut(&Region) -> Result<()>) -> Result<()> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_cover_every_position_once() {
        for shape in [&[][..], &[1], &[7], &[3, 4], &[2, 3, 5], &[4, 1, 2, 3]] {
            for most in 1..40 {
                let mut seen = vec![0; shape.iter().product::<u64>() as usize];
                for_boxes(shape, most, &mut |at| {
                    assert!(at.count() <= most, "{at:?} of {shape:?} by {most}");
                    for i in 0..at.count() {
                        let (mut rest, mut place, mut unit) = (i, 0, 1);
                        for (r, n) in at.0.iter().zip(shape).rev() {
                            place += (r.start as u64 + rest % r.len) * unit;
                            (rest, unit) = (rest / r.len, unit * n);
                        }
                        seen[place as usize] += 1;
                    }
                    Ok(())
                })
                .unwrap();
                assert!(seen.iter().all(|&n| n == 1), "{shape:?} by {most}: {seen:?}");
            }
        }
    }
}
