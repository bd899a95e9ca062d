//! Copies between strided views of the same dtype.

use crate::Dims;
use crate::region::{Range, Region};
use crate::turn::turn;
use crate::view::{View, ViewMut};

/// One loop of a copy: length and the byte steps of both sides.
#[derive(Clone, Copy)]
struct Loop {
    n: usize,
    src: isize,
    dst: isize,
}

/// Copies every element of `src` to the same place of `dst`.
///
/// # Panics
/// When shape or itemsize differ.
pub fn copy(src: &View<'_>, dst: &mut ViewMut<'_>) {
    assert_eq!(src.shape(), dst.shape(), "copy between shapes");
    let item = src.dtype().itemsize();
    assert_eq!(item, dst.dtype().itemsize(), "copy between itemsizes");
    if src.count() == 0 {
        return;
    }
    let loops = plan_loops(src, dst, item);
    // SAFETY: the loops visit exactly the elements of both views, which are readable and writable by contract.
    unsafe {
        match item {
            1 => run::<1>(src.as_ptr(), dst.as_mut_ptr(), &loops),
            2 => run::<2>(src.as_ptr(), dst.as_mut_ptr(), &loops),
            4 => run::<4>(src.as_ptr(), dst.as_mut_ptr(), &loops),
            8 => run::<8>(src.as_ptr(), dst.as_mut_ptr(), &loops),
            16 => run::<16>(src.as_ptr(), dst.as_mut_ptr(), &loops),
            // Bytes of an element are the innermost loop.
            _ => run::<1>(src.as_ptr(), dst.as_mut_ptr(), &loops),
        }
    }
}

/// Loops outermost first: ordered by the destination's strides, dimensions that run on merged.
fn plan_loops(src: &View<'_>, dst: &ViewMut<'_>, item: usize) -> Dims<Loop> {
    let mut loops: Dims<Loop> = (0..src.shape().len())
        .filter(|&d| src.shape()[d] != 1)
        .map(|d| Loop { n: src.shape()[d] as usize, src: src.strides()[d], dst: dst.strides()[d] })
        .collect();
    loops.sort_by_key(|l| std::cmp::Reverse(l.dst.unsigned_abs()));
    if !matches!(item, 1 | 2 | 4 | 8 | 16) {
        loops.push(Loop { n: item, src: 1, dst: 1 });
    }
    let mut merged: Dims<Loop> = Dims::new();
    for l in loops {
        match merged.last_mut() {
            Some(p) if p.src == l.src * l.n as isize && p.dst == l.dst * l.n as isize => {
                *p = Loop { n: p.n * l.n, ..l };
            }
            _ => merged.push(l),
        }
    }
    merged
}

/// Side of the square blocks in which a transposing copy walks, so that both sides stay in cache.
const SIDE: usize = 32;

/// # Safety
/// `src` must be readable and `dst` writable at every element that the loops reach.
unsafe fn run<const N: usize>(src: *const u8, dst: *mut u8, loops: &[Loop]) {
    match loops {
        // SAFETY: the one element is within the loops' reach, by the caller's contract.
        [] => unsafe { dst.cast::<[u8; N]>().write_unaligned(src.cast::<[u8; N]>().read_unaligned()) },
        // SAFETY: the caller's contract, passed on.
        [l] => unsafe { run1::<N>(src, dst, *l) },
        // SAFETY: as above.
        [a, b] if transposes(a, b) => unsafe { run_blocked::<N>(src, dst, *a, *b) },
        [l, rest @ ..] => {
            for i in 0..l.n as isize {
                // SAFETY: as above.
                unsafe { run::<N>(src.offset(i * l.src), dst.offset(i * l.dst), rest) }
            }
        }
    }
}

fn transposes(outer: &Loop, inner: &Loop) -> bool {
    outer.src.unsigned_abs() < inner.src.unsigned_abs() && inner.n > SIDE && outer.n > 1
}

/// # Safety
/// As [`run`].
unsafe fn run1<const N: usize>(src: *const u8, dst: *mut u8, l: Loop) {
    let item = N as isize;
    if l.src == item && l.dst == item {
        // SAFETY: both runs are contiguous; they do not overlap because `dst` is exclusive.
        unsafe { std::ptr::copy_nonoverlapping(src, dst, l.n * item as usize) };
        return;
    }
    for i in 0..l.n as isize {
        // SAFETY: as `run`.
        unsafe {
            let v = src.offset(i * l.src).cast::<[u8; N]>().read_unaligned();
            dst.offset(i * l.dst).cast::<[u8; N]>().write_unaligned(v);
        }
    }
}

/// # Safety
/// As [`run`].
unsafe fn run_blocked<const N: usize>(src: *const u8, dst: *mut u8, a: Loop, b: Loop) {
    let turned = (a.src, b.dst) == (N as isize, N as isize);
    for i0 in (0..a.n).step_by(SIDE) {
        for j0 in (0..b.n).step_by(SIDE) {
            let (rows, part) = (SIDE.min(a.n - i0), Loop { n: SIDE.min(b.n - j0), ..b });
            // SAFETY: as `run`.
            unsafe {
                let src = src.offset(i0 as isize * a.src + j0 as isize * b.src);
                let dst = dst.offset(i0 as isize * a.dst + j0 as isize * b.dst);
                if turned {
                    turn::<N>(src, b.src, dst, a.dst, rows, part.n);
                } else {
                    (0..rows as isize).for_each(|i| run1::<N>(src.offset(i * a.src), dst.offset(i * a.dst), part));
                }
            }
        }
    }
}

/// Fills `dst` from `dst`'s own first position along each of `axes`.
///
/// # Panics
/// When an axis is out of bounds.
pub fn broadcast_copy(dst: &mut ViewMut<'_>, axes: &[usize]) {
    for &axis in axes {
        let n = dst.shape()[axis];
        let mut first = Region::full(dst.shape());
        first.0[axis] = Range::new(0, 1);
        let mut done = 1;
        // Copies double what is there, so that the last ones are long.
        while done < n {
            let take = done.min(n - done);
            let mut from = first.clone();
            from.0[axis] = Range::new(0, take);
            let mut to = first.clone();
            to.0[axis] = Range::new(done, take);
            let src = {
                let s = dst.slice(&from);
                let v = s.as_view();
                // SAFETY: `from` and `to` are disjoint along `axis`, so reading one while writing the other is sound.
                unsafe { View::from_raw(v.dtype(), v.as_ptr(), v.shape(), v.strides()) }
            };
            copy(&src, &mut dst.slice(&to));
            done += take;
        }
    }
}
