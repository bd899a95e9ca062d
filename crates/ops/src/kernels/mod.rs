//! The loops: one function per operation and class of dtypes, generic over the dtype.

pub(crate) mod arithmetic;
pub(crate) mod bits;
pub(crate) mod chain;
pub(crate) mod choice;
pub(crate) mod compare;
pub(crate) mod complex;
pub(crate) mod division;
pub(crate) mod floats;
pub(crate) mod half;
pub(crate) mod integers;
pub(crate) mod lane;
pub(crate) mod number;
pub(crate) mod scale;
pub(crate) mod select;
pub(crate) mod times;

use bytemuck::{Pod, cast_slice, cast_slice_mut};

use crate::simd::vectorize;

/// The most operands that a kernel has.
pub const OPERANDS: usize = 8;

/// Inputs of a kernel.
pub(crate) type Ins<'a, 'b> = &'a [&'b [u8]];
/// Output of a kernel.
pub(crate) type Out<'a> = &'a mut [u8];

/// One loop of one operand. `f` must be small or `#[inline(always)]`, to be compiled for each instruction set.
#[inline(always)]
pub(crate) fn map1<A: Pod, O: Pod>(ins: Ins, out: Out, f: impl Fn(A) -> O) {
    let a: &[A] = cast_slice(ins[0]);
    let o: &mut [O] = cast_slice_mut(out);
    vectorize(
        #[inline(always)]
        || {
            for (o, &a) in o.iter_mut().zip(a) {
                *o = f(a);
            }
        },
    );
}

/// As [`map1`], for long functions: the loop computes an element of each half at a time, which share the constants.
#[inline(always)]
pub(crate) fn twice1<A: Pod, O: Pod>(ins: Ins, out: Out, f: impl Fn([A; 2]) -> [O; 2]) {
    let a: &[A] = cast_slice(ins[0]);
    let o: &mut [O] = cast_slice_mut(out);
    vectorize(
        #[inline(always)]
        || {
            let half = a.len() / 2;
            let ((a, b), (o, p)) = (a.split_at(half), o.split_at_mut(half));
            for (((o, p), &a), &b) in o.iter_mut().zip(&mut *p).zip(a).zip(b) {
                [*o, *p] = f([a, b]);
            }
            if let (Some(p), Some(&b)) = (p.get_mut(half), b.get(half)) {
                [*p, _] = f([b, b]);
            }
        },
    );
}

/// One loop of two operands.
#[inline(always)]
pub(crate) fn map2<A: Pod, B: Pod, O: Pod>(ins: Ins, out: Out, f: impl Fn(A, B) -> O) {
    let (a, b): (&[A], &[B]) = (cast_slice(ins[0]), cast_slice(ins[1]));
    let o: &mut [O] = cast_slice_mut(out);
    vectorize(
        #[inline(always)]
        || {
            for ((o, &a), &b) in o.iter_mut().zip(a).zip(b) {
                *o = f(a, b);
            }
        },
    );
}

/// As [`twice1`], of two operands.
#[inline(always)]
pub(crate) fn twice2<A: Pod, O: Pod>(ins: Ins, out: Out, f: impl Fn([A; 2], [A; 2]) -> [O; 2]) {
    let (a, b): (&[A], &[A]) = (cast_slice(ins[0]), cast_slice(ins[1]));
    let o: &mut [O] = cast_slice_mut(out);
    vectorize(
        #[inline(always)]
        || {
            let half = a.len() / 2;
            let ((a, c), (b, d), (o, p)) = (a.split_at(half), b.split_at(half), o.split_at_mut(half));
            for (((((o, p), &a), &c), &b), &d) in o.iter_mut().zip(&mut *p).zip(a).zip(c).zip(b).zip(d) {
                [*o, *p] = f([a, c], [b, d]);
            }
            if let (Some(p), Some(&c), Some(&d)) = (p.get_mut(half), c.get(half), d.get(half)) {
                [*p, _] = f([c, c], [d, d]);
            }
        },
    );
}

/// One loop of three operands.
#[inline(always)]
pub(crate) fn map3<A: Pod, B: Pod, C: Pod, O: Pod>(ins: Ins, out: Out, f: impl Fn(A, B, C) -> O) {
    let (a, b, c): (&[A], &[B], &[C]) = (cast_slice(ins[0]), cast_slice(ins[1]), cast_slice(ins[2]));
    let o: &mut [O] = cast_slice_mut(out);
    vectorize(
        #[inline(always)]
        || {
            for (((o, &a), &b), &c) in o.iter_mut().zip(a).zip(b).zip(c) {
                *o = f(a, b, c);
            }
        },
    );
}

/// One loop of four operands.
#[inline(always)]
pub(crate) fn map4<A: Pod, B: Pod, C: Pod, D: Pod, O: Pod>(ins: Ins, out: Out, f: impl Fn(A, B, C, D) -> O) {
    let (a, b): (&[A], &[B]) = (cast_slice(ins[0]), cast_slice(ins[1]));
    let (c, d): (&[C], &[D]) = (cast_slice(ins[2]), cast_slice(ins[3]));
    let o: &mut [O] = cast_slice_mut(out);
    vectorize(
        #[inline(always)]
        || {
            for ((((o, &a), &b), &c), &d) in o.iter_mut().zip(a).zip(b).zip(c).zip(d) {
                *o = f(a, b, c, d);
            }
        },
    );
}

/// One loop of one operand, for functions that do not vectorise: compiled once.
pub(crate) fn each1<A: Pod, O: Pod>(ins: Ins, out: Out, f: impl Fn(A) -> O) {
    let a: &[A] = cast_slice(ins[0]);
    let o: &mut [O] = cast_slice_mut(out);
    for (o, &a) in o.iter_mut().zip(a) {
        *o = f(a);
    }
}

/// As [`each1`], of two operands.
pub(crate) fn each2<A: Pod, B: Pod, O: Pod>(ins: Ins, out: Out, f: impl Fn(A, B) -> O) {
    let (a, b): (&[A], &[B]) = (cast_slice(ins[0]), cast_slice(ins[1]));
    let o: &mut [O] = cast_slice_mut(out);
    for ((o, &a), &b) in o.iter_mut().zip(a).zip(b) {
        *o = f(a, b);
    }
}

/// A second pass: where there are arguments that `which` names, their results become those of `f`.
#[inline(always)]
pub(crate) fn replace<A: Pod, O: Pod>(ins: Ins, out: Out, which: impl Fn(A) -> bool, f: impl Fn(A) -> O) {
    let a: &[A] = cast_slice(ins[0]);
    let any = vectorize(
        #[inline(always)]
        || a.iter().fold(false, |any, &a| any | which(a)),
    );
    if any {
        let results = cast_slice_mut::<u8, O>(out).iter_mut().zip(a);
        results.filter(|(_, a)| which(**a)).for_each(|(o, &a)| *o = f(a));
    }
}
