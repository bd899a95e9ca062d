//! Moves listed positions along an axis.

use hyperslab_base::{Range, Region, Result, View, ViewMut, copy};

use crate::context::Context;
use crate::loader::hint;
use crate::walk::LINE;

/// Moves rows that lie among those of a window, whose first is the first that is listed, to their places.
pub(crate) fn take_rows(rows: &View<'_>, axis: usize, listed: &[(u64, u64)], dest: &mut ViewMut<'_>) {
    let begin = listed.first().map_or(0, |l| l.0);
    for &(position, k) in listed {
        let mut row = Region::full(rows.shape());
        row.0[axis] = Range::new(position - begin, 1);
        let mut to = Region::full(dest.shape());
        to.0[axis] = Range::new(k, 1);
        copy(&rows.slice(&row), &mut dest.slice(&to));
    }
}

/// Moves `positions` along `axis`, and `region` along the others, of an array in memory.
///
/// # Errors
/// `Cancelled` when the computation was stopped.
pub(crate) fn take_held(
    cx: &Context,
    whole: &View<'_>,
    axis: usize,
    region: &Region,
    positions: &[usize],
    dest: &mut ViewMut<'_>,
) -> Result<()> {
    if axis + 1 == region.0.len() && take_innermost(whole, region, positions, dest) {
        return Ok(());
    }
    for (k, &position) in positions.iter().enumerate() {
        if k % 4096 == 0 {
            cx.check()?;
        }
        let (mut from, mut to) = (region.clone(), Region::full(dest.shape()));
        from.0[axis] = Range::new(position as u64, 1);
        to.0[axis] = Range::new(k as u64, 1);
        copy(&whole.slice(&from), &mut dest.slice(&to));
    }
    Ok(())
}

/// Listed positions of the innermost axis, row by row; `false` when rows do not lie contiguous.
fn take_innermost(m: &View<'_>, region: &Region, positions: &[usize], dest: &mut ViewMut<'_>) -> bool {
    let last = region.0.len() - 1;
    let item = m.dtype().itemsize();
    let whole = Range::new(0, m.shape()[last]);
    if !matches!(item, 1 | 2 | 4 | 8 | 16)
        || m.strides()[last] != item as isize
        || (dest.shape()[last] > 1 && dest.strides()[last] != item as isize)
    {
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
