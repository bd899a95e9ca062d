//! Evaluates a region of any expression into memory: the region functions of every kind of node.

use hyperslab_base::{
    Block, Dims, Error, Range, Region, Result, ResultExt, Scalar, View, ViewMut, broadcast_copy, c_strides, copy,
};
use hyperslab_ops::generate;
use hyperslab_plan::lower::bytes::{gather_window, linear_span, single_axes};
use hyperslab_plan::{Expr, Kind, ViewMap};

use crate::context::Context;
use crate::loader::hint;
use crate::scan::eval_scan;
use crate::tiles::{Out, run_program};
use crate::walk::LINE;

/// Evaluates `region` of `e` into `dest`, whose shape is the region's. Steps may be negative.
pub(crate) fn eval_into(cx: &Context, e: &Expr, region: &Region, mut dest: ViewMut<'_>) -> Result<()> {
    cx.check()?;
    if region.is_empty() {
        return Ok(());
    }
    if let Some(memory) = cx.memory(e)? {
        copy(&memory.view().slice(region), &mut dest);
        return Ok(());
    }
    if let Some(file) = cx.spilled(e)? {
        return cx.read(file.as_ref(), region, dest);
    }
    compute_into(cx, e, region, dest)
}

/// As [`eval_into`], for an array that an earlier stage has not left anywhere.
pub(crate) fn compute_into(cx: &Context, e: &Expr, region: &Region, mut dest: ViewMut<'_>) -> Result<()> {
    match &e.kind {
        Kind::Source(s) => {
            cx.read(s.0.as_ref(), region, dest).with_context(|| format!("read {} at {region:?}", s.0.describe()))
        }
        Kind::Fill(v) => fill(v, &mut dest),
        Kind::Arange { start, step } => arange(e, *start, *step, region, dest),
        Kind::Map { .. } => {
            let program = cx.plan.programs.get(e).ok_or_else(|| Error::internal(format!("{e:?} was not compiled")))?;
            let order: Dims<usize> = (0..e.ndim()).collect();
            run_program(cx, program, region, &order, &mut [Out::Write(dest, false)])
        }
        Kind::View { input, map } => eval_view(cx, input, map, region, dest),
        Kind::Rechunk { input } => eval_into(cx, input, region, dest),
        Kind::Concat { axis, inputs } => eval_concat(cx, *axis, inputs, region, dest),
        Kind::Gather { input, axis, indices } => eval_gather(cx, input, *axis, indices, region, dest),
        Kind::Reshape { input } => eval_reshape(cx, e, input, region, dest),
        Kind::Scan { .. } => eval_scan(cx, e, region, dest),
        Kind::Reduce { .. } | Kind::Contract { .. } => {
            Err(Error::internal(format!("{} was not computed by an earlier stage", e.kind.label())))
        }
    }
}

fn fill(value: &Scalar, dest: &mut ViewMut<'_>) -> Result<()> {
    if let Some(bytes) = dest.bytes_mut() {
        return generate::fill(value, bytes);
    }
    let one = View::from_bytes(value.dtype(), &[], value.bytes())?;
    let steps: Dims<isize> = dest.shape().iter().map(|_| 0).collect();
    let repeated = one.restride(0, dest.shape(), &steps);
    copy(&repeated, dest);
    Ok(())
}

fn arange(e: &Expr, start: Scalar, step: Scalar, region: &Region, mut dest: ViewMut<'_>) -> Result<()> {
    let r = region.0[0];
    if let Some(bytes) = dest.bytes_mut() {
        return generate::arange(e.dtype, start, step, r.start, r.step, bytes);
    }
    let mut line = Block::scratch(e.dtype, &[r.len])?;
    generate::arange(e.dtype, start, step, r.start, r.step, line.bytes_mut())?;
    copy(&line.view(), &mut dest);
    Ok(())
}

/// The input is evaluated where the output moves; axes that repeat it are filled from their first position.
fn eval_view(cx: &Context, input: &Expr, map: &ViewMap, region: &Region, mut dest: ViewMut<'_>) -> Result<()> {
    let repeated = map.repeated(region.0.len());
    let mut named: Dims<bool> = smallvec::smallvec![false; region.0.len()];
    let diagonal = map.0.iter().filter_map(|a| a.out).any(|d| std::mem::replace(&mut named[d], true));
    if diagonal {
        return Err(Error::unsupported("diagonals of arrays that are not in memory").hint("compute the array first"));
    }
    let mut first = Region::full(dest.shape());
    repeated.iter().for_each(|&d| first.0[d] = Range::new(0, 1));
    let dims: Dims<Option<usize>> = map.0.iter().map(|a| a.out).collect();
    eval_into(cx, input, &map.apply(region), dest.slice(&first).rearrange(&dims))?;
    broadcast_copy(&mut dest, &repeated);
    Ok(())
}

fn eval_concat(cx: &Context, axis: usize, inputs: &[Expr], region: &Region, mut dest: ViewMut<'_>) -> Result<()> {
    let r = region.0[axis];
    let mut begin = 0u64;
    for input in inputs {
        let n = input.shape[axis];
        if let Some((k0, len)) = positions_within(r, begin, begin + n) {
            let mut from = region.clone();
            from.0[axis] = Range { start: r.at(k0) - begin as i64, step: r.step, len };
            let mut to = Region::full(dest.shape());
            to.0[axis] = Range::new(k0, len);
            eval_into(cx, input, &from, dest.slice(&to))?;
        }
        begin += n;
    }
    Ok(())
}

/// First index and number of the positions of `r` that lie in `lo..hi`.
pub(crate) fn positions_within(r: Range, lo: u64, hi: u64) -> Option<(u64, u64)> {
    let (lo, hi) = (lo as i64, hi as i64);
    // Index range k for which lo <= start + k * step < hi.
    let (a, b) = if r.step > 0 {
        (div_ceil(lo - r.start, r.step), div_ceil(hi - r.start, r.step))
    } else {
        (div_ceil(r.start - (hi - 1), -r.step), div_ceil(r.start - (lo - 1), -r.step))
    };
    let (a, b) = (a.max(0), b.min(r.len as i64));
    (a < b).then_some((a as u64, (b - a) as u64))
}

fn div_ceil(a: i64, b: i64) -> i64 {
    -(-a).div_euclid(b)
}

/// Listed positions are sorted and read in windows, so that storage is read once and in order.
fn eval_gather(
    cx: &Context,
    input: &Expr,
    axis: usize,
    indices: &[u64],
    region: &Region,
    mut dest: ViewMut<'_>,
) -> Result<()> {
    let r = region.0[axis];
    let mut wanted: Vec<(u64, u64)> = (0..r.len).map(|k| (indices[r.at(k) as usize], k)).collect();
    let memory = cx.memory(input)?;
    if let Some(m) = &memory {
        let positions: Vec<usize> = wanted.iter().map(|w| w.0 as usize).collect();
        if axis + 1 == region.0.len() && gather_innermost(&m.view(), region, &positions, &mut dest) {
            return Ok(());
        }
    } else {
        wanted.sort_unstable();
    }
    let window = gather_window(input, axis, r.len, &cx.plan.scans, &cx.plan.limits.tuning);
    let mut i = 0;
    while i < wanted.len() {
        let begin = wanted[i].0;
        let (last, end) = match &memory {
            Some(_) => (i + 1, begin + 1),
            None => {
                let last = i + wanted[i..].partition_point(|w| w.0 < begin + window);
                (last, wanted[last - 1].0 + 1)
            }
        };
        let mut from = region.clone();
        from.0[axis] = Range::new(begin, end - begin);
        let copy_rows = |rows: &View<'_>, dest: &mut ViewMut<'_>| {
            for &(position, k) in &wanted[i..last] {
                let mut row = Region::full(rows.shape());
                row.0[axis] = Range::new(position - begin, 1);
                let mut to = Region::full(dest.shape());
                to.0[axis] = Range::new(k, 1);
                copy(&rows.slice(&row), &mut dest.slice(&to));
            }
        };
        match &memory {
            Some(m) => copy_rows(&m.view().slice(&from), &mut dest),
            None => {
                let mut rows = Block::scratch(input.dtype, &from.shape())?;
                eval_into(cx, input, &from, rows.view_mut())?;
                copy_rows(&rows.view(), &mut dest);
            }
        }
        i = last;
    }
    Ok(())
}

/// Listed positions of the innermost axis, row by row; `false` when rows do not lie contiguous.
fn gather_innermost(m: &View<'_>, region: &Region, positions: &[usize], dest: &mut ViewMut<'_>) -> bool {
    let last = region.0.len() - 1;
    let item = m.dtype().itemsize();
    let whole = Range::new(0, m.shape()[last]);
    if m.strides()[last] != item as isize || (dest.shape()[last] > 1 && dest.strides()[last] != item as isize) {
        return false;
    }
    let outer: u64 = region.0[..last].iter().map(|r| r.len).product();
    let (first, end) = positions.iter().fold((usize::MAX, 0), |(a, b), &p| (a.min(p), b.max(p + 1)));
    let source = |row: u64| {
        let (mut from, mut left) = (region.clone(), row);
        for d in (0..last).rev() {
            let r = region.0[d];
            from.0[d] = Range::new(r.at(left % r.len) as u64, 1);
            left /= r.len;
        }
        from.0[last] = whole;
        m.slice(&from).bytes()
    };
    for row in 0..outer {
        let (mut to, mut left) = (Region::full(dest.shape()), row);
        for d in (0..last).rev() {
            to.0[d] = Range::new(left % region.0[d].len, 1);
            left /= region.0[d].len;
        }
        let mut to = dest.slice(&to);
        let (Some(src), Some(dst)) = (source(row), to.bytes_mut()) else { return false };
        // Where about every line is needed anyway, the next row is asked for in order.
        let dense = positions.len() * LINE >= (end - first) * item;
        let next = if dense && row + 1 < outer { source(row + 1) } else { None };
        let next = next.map_or(&[][..], |row| &row[first * item..end * item]);
        match item {
            1 => pick::<1>(src, positions, dst, next),
            2 => pick::<2>(src, positions, dst, next),
            4 => pick::<4>(src, positions, dst, next),
            8 => pick::<8>(src, positions, dst, next),
            _ => pick::<16>(src, positions, dst, next),
        }
    }
    true
}

/// Elements that are picked between two requests for memory.
const PICKED: usize = 64;

/// Elements at listed positions, while the memory of `next` is asked for.
fn pick<const N: usize>(src: &[u8], positions: &[usize], dst: &mut [u8], next: &[u8]) {
    let src = src.as_chunks::<N>().0;
    let share = (next.len() / (positions.len() / PICKED).max(1)).next_multiple_of(LINE).max(LINE);
    let mut next = next.chunks(share);
    for (dst, positions) in dst.as_chunks_mut::<N>().0.chunks_mut(PICKED).zip(positions.chunks(PICKED)) {
        next.next().into_iter().flat_map(|share| share.chunks(LINE)).for_each(|line| hint(line.as_ptr()));
        dst.iter_mut().zip(positions).for_each(|(d, &p)| *d = src[p]);
    }
}

/// Piece by piece, so that little more is evaluated than is needed.
fn eval_reshape(cx: &Context, e: &Expr, input: &Expr, region: &Region, mut dest: ViewMut<'_>) -> Result<()> {
    let single = single_axes(&e.shape, &region.bounding().shape());
    let pieces: u64 = region.0[..single].iter().map(|r| r.len).product();
    for i in 0..pieces {
        let (mut from, mut to, mut left) = (region.clone(), Region::full(dest.shape()), i);
        for d in (0..single).rev() {
            let (k, r) = (left % region.0[d].len, region.0[d]);
            left /= r.len;
            from.0[d] = Range::new(r.at(k) as u64, 1);
            to.0[d] = Range::new(k, 1);
        }
        eval_run(cx, e, input, &from, dest.slice(&to))?;
    }
    Ok(())
}

/// The run of C order between the first and the last element needed is evaluated, then looked at as the output.
fn eval_run(cx: &Context, e: &Expr, input: &Expr, region: &Region, mut dest: ViewMut<'_>) -> Result<()> {
    let strides = c_strides(&e.shape, 1);
    let bounds = region.bounding();
    let first: u64 = bounds.0.iter().zip(&strides).map(|(r, &s)| r.low() * s as u64).sum();
    let span = linear_span(&e.shape, &bounds.shape());
    let mut line = Block::scratch(e.dtype, &[span])?;
    for (start, boxed) in boxes_of_run(&input.shape, first, span) {
        let count = boxed.count();
        let mut whole = line.view_mut();
        let mut part = whole.slice(&Region(smallvec::smallvec![Range::new(start - first, count)]));
        let bytes = part.bytes_mut().ok_or_else(|| Error::internal("a run of a block is contiguous"))?;
        eval_into(cx, input, &boxed, ViewMut::from_bytes(e.dtype, &boxed.shape(), bytes)?)?;
    }
    let item = e.dtype.itemsize() as isize;
    let mut offset = 0i64;
    let mut steps: Dims<isize> = Dims::new();
    for ((r, b), &s) in region.0.iter().zip(&bounds.0).zip(&strides) {
        offset += (r.start - b.start) * s as i64;
        steps.push(r.step as isize * s * item);
    }
    copy(&line.view().restride(offset as isize * item, &region.shape(), &steps), &mut dest);
    Ok(())
}

/// Boxes of `shape` that together are the elements `first..first + span` in C order, each with its first element.
fn boxes_of_run(shape: &[u64], first: u64, span: u64) -> Vec<(u64, Region)> {
    let mut inner: Dims<u64> = smallvec::smallvec![1; shape.len()];
    for d in (0..shape.len().saturating_sub(1)).rev() {
        inner[d] = inner[d + 1] * shape[d + 1];
    }
    let mut out = Vec::new();
    let (mut at, end) = (first, first + span);
    while at < end {
        // The outermost axis whose rows fit whole between `at` and `end`.
        let fits = |d: usize| at % inner[d] == 0 && at + inner[d] <= end;
        let d = (0..shape.len()).find(|&d| fits(d)).unwrap_or(shape.len());
        let mut boxed = Region(smallvec::smallvec![Range::new(0, 1); shape.len()]);
        let mut left = at;
        for k in 0..shape.len() {
            boxed.0[k] = Range::new(left / inner[k], 1);
            left %= inner[k];
        }
        let mut count = 1;
        if d < shape.len() {
            let rows = ((end - at) / inner[d]).min(shape[d] - boxed.0[d].start as u64);
            boxed.0[d].len = rows;
            (d + 1..shape.len()).for_each(|k| boxed.0[k] = Range::new(0, shape[k]));
            count = rows * inner[d];
        }
        out.push((at, boxed));
        at += count;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_covered_once_by_their_boxes() {
        for shape in [&[3u64, 4, 5][..], &[60], &[2, 1, 30], &[1, 1]] {
            let total: u64 = shape.iter().product();
            let strides = c_strides(shape, 1);
            for first in 0..total {
                for span in 1..=total - first {
                    let mut next = first;
                    for (start, b) in boxes_of_run(shape, first, span) {
                        let at: u64 = b.0.iter().zip(&strides).map(|(r, &s)| r.start as u64 * s as u64).sum();
                        assert_eq!((start, at), (next, next));
                        next += b.count();
                    }
                    assert_eq!(next, first + span);
                }
            }
        }
    }

    #[test]
    fn positions_within_a_piece() {
        for start in 0..7i64 {
            for step in [-3i64, -1, 1, 2] {
                for len in 1..5u64 {
                    let r = Range { start, step, len };
                    for lo in 0..6 {
                        for hi in lo..8 {
                            let want: Vec<u64> =
                                (0..len).filter(|&k| (lo as i64..hi as i64).contains(&r.at(k))).collect();
                            let got = positions_within(r, lo, hi);
                            assert_eq!(got, want.first().map(|&f| (f, want.len() as u64)));
                        }
                    }
                }
            }
        }
    }
}
