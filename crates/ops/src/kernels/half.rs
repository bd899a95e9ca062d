//! Half floats: widened and rounded, by instructions where there are any, else without branches, so that loops over
//! them vectorise.

use std::cell::RefCell;

use bytemuck::{cast_slice, cast_slice_mut};
use hyperslab_base::f16;

use super::{Ins, Out};
#[cfg(target_arch = "x86_64")]
use crate::simd::avx512;
use crate::simd::vectorize;
use crate::ufunc::Kernel;

thread_local! {
    /// Memory for what is widened.
    static WIDE: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// Calls `f` with `n` single floats of any content.
///
/// # Panics
/// When `f` asks for the same.
pub(crate) fn with_wide<R>(n: usize, f: impl FnOnce(&mut [f32]) -> R) -> R {
    WIDE.with_borrow_mut(|wide| {
        if wide.len() < n {
            wide.resize(n, 0.0);
        }
        f(&mut wide[..n])
    })
}

/// A loop of half floats by that of single ones, for operations that are computed in single precision and rounded.
pub(crate) fn through(ins: Ins, out: Out, kernel: Kernel) {
    let n = ins[0].len() / size_of::<f16>();
    if n == 0 {
        return;
    }
    with_wide(n * (ins.len() + 1), |wide| {
        let (results, wide) = wide.split_at_mut(n);
        let mut operands: [&[u8]; 3] = [&[]; 3];
        for ((operand, wide), half) in operands.iter_mut().zip(wide.chunks_exact_mut(n)).zip(ins) {
            widen_all(cast_slice(half), wide);
            *operand = cast_slice(wide);
        }
        let operands = &operands[..ins.len()];
        if out.len() == ins[0].len() {
            kernel(operands, cast_slice_mut(results));
            narrow_all(results, cast_slice_mut(out));
        } else {
            kernel(operands, out);
        }
    });
}

/// An operation on vectors of half floats as they are loaded, where instructions widen them, and `otherwise` as
/// [`through`] has it. `f` must be `#[inline(always)]`.
pub(crate) fn arithmetic(ins: Ins, out: Out, f: impl Fn(f32, f32) -> f32 + Copy, otherwise: Kernel) {
    #[cfg(target_arch = "x86_64")]
    if let Some(v4) = avx512() {
        let (a, b): (&[f16], &[f16]) = (cast_slice(ins[0]), cast_slice(ins[1]));
        let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
        let (out, out_rest) = cast_slice_mut::<u8, f16>(out).as_chunks_mut::<LANES>();
        v4.vectorize(
            #[inline(always)]
            || {
                for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
                    let a: [f32; LANES] = pulp::cast(widen_vector(v4, a));
                    let b: [f32; LANES] = pulp::cast(widen_vector(v4, b));
                    *out = narrow_vector(v4, std::array::from_fn(|k| f(a[k], b[k])));
                }
            },
        );
        return out_rest
            .iter_mut()
            .zip(a_rest)
            .zip(b_rest)
            .for_each(|((out, &a), &b)| *out = narrow(f(widen(a), widen(b))));
    }
    through(ins, out, otherwise);
}

/// Every element as [`widen`] has it, but for signalling NaNs, which may become quiet.
///
/// # Panics
/// When the slices differ in length.
pub(crate) fn widen_all(x: &[f16], out: &mut [f32]) {
    assert_eq!(x.len(), out.len(), "an output of another size");
    #[cfg(target_arch = "x86_64")]
    if let Some(v4) = avx512() {
        let (blocks, rest) = (x.as_chunks::<LANES>(), out.as_chunks_mut::<LANES>());
        v4.vectorize(
            #[inline(always)]
            || blocks.0.iter().zip(rest.0).for_each(|(x, out)| *out = pulp::cast(widen_vector(v4, x))),
        );
        return blocks.1.iter().zip(rest.1).for_each(|(&x, out)| *out = widen(x));
    }
    vectorize(
        #[inline(always)]
        || x.iter().zip(out).for_each(|(&x, out)| *out = widen(x)),
    );
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn widen_vector(v4: pulp::x86::V4, x: &[f16; LANES]) -> std::arch::x86_64::__m512 {
    v4.avx512f._mm512_cvtph_ps(pulp::cast(x.map(f16::to_bits)))
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn narrow_vector(v4: pulp::x86::V4, x: [f32; LANES]) -> [f16; LANES] {
    /// To nearest, ties to even, and no exceptions.
    const NEAREST: i32 = 8;
    let bits: [u16; LANES] = pulp::cast(v4.avx512f._mm512_cvtps_ph::<NEAREST>(pulp::cast(x)));
    bits.map(f16::from_bits)
}

/// Half floats that the longest vector holds when they are widened.
pub(crate) const LANES: usize = 16;

/// Work that adds vectors of half floats to single ones.
pub(crate) trait Adding {
    /// Does it with `add`, lane by lane; must be `#[inline(always)]`.
    fn with(self, add: impl Fn(&mut [f32; LANES], &[f16; LANES]) + Copy);
}

/// Has it done by the best instructions allowed.
pub(crate) fn adding(work: impl Adding) {
    #[cfg(target_arch = "x86_64")]
    if let Some(v4) = avx512() {
        return v4.vectorize(
            #[inline(always)]
            || {
                work.with(
                    #[inline(always)]
                    |acc, x| *acc = pulp::cast(v4.avx512f._mm512_add_ps(pulp::cast(*acc), widen_vector(v4, x))),
                )
            },
        );
    }
    vectorize(
        #[inline(always)]
        || {
            work.with(
                #[inline(always)]
                |acc, x| acc.iter_mut().zip(x).for_each(|(acc, &x)| *acc += widen(x)),
            )
        },
    );
}

/// Every element as [`narrow`] has it.
///
/// # Panics
/// When the slices differ in length.
pub(crate) fn narrow_all(x: &[f32], out: &mut [f16]) {
    assert_eq!(x.len(), out.len(), "an output of another size");
    #[cfg(target_arch = "x86_64")]
    if let Some(v4) = avx512() {
        let (blocks, rest) = (x.as_chunks::<LANES>(), out.as_chunks_mut::<LANES>());
        v4.vectorize(
            #[inline(always)]
            || blocks.0.iter().zip(rest.0).for_each(|(x, out)| *out = narrow_vector(v4, *x)),
        );
        return blocks.1.iter().zip(rest.1).for_each(|(&x, out)| *out = narrow(x));
    }
    vectorize(
        #[inline(always)]
        || x.iter().zip(out).for_each(|(&x, out)| *out = narrow(x)),
    );
}

/// Exact.
#[inline(always)]
pub(crate) fn widen(h: f16) -> f32 {
    // Bias of f32 less that of f16, as a factor: it makes normal numbers of subnormal ones too.
    const REBIAS: f32 = f32::from_bits((127 + 112) << 23);
    let bits = h.to_bits();
    let magnitude = u32::from(bits & 0x7fff);
    let finite = (f32::from_bits(magnitude << 13) * REBIAS).to_bits();
    let special = 0x7f80_0000 | (magnitude << 13);
    let r = if magnitude >= 0x7c00 { special } else { finite };
    f32::from_bits(r | (u32::from(bits & 0x8000) << 16))
}

/// To nearest, ties to even.
#[inline(always)]
pub(crate) fn narrow(x: f32) -> f16 {
    let bits = x.to_bits();
    let magnitude = bits & 0x7fff_ffff;
    // The carry of rounding moves into the exponent, and from the largest number to infinity, as it should.
    let normal = (magnitude.wrapping_sub(112 << 23) + 0xfff + ((magnitude >> 13) & 1)) >> 13;
    // Adding 0.5 aligns the last bit of a subnormal half with that of the f32.
    let subnormal = (f32::from_bits(magnitude) + 0.5).to_bits().wrapping_sub(0.5_f32.to_bits());
    let nan = 0x7e00 | ((magnitude >> 13) & 0x3ff);
    let finite = if magnitude < (113 << 23) { subnormal } else { normal };
    let large = if magnitude > 0x7f80_0000 { nan } else { 0x7c00 };
    let r = if magnitude >= (143 << 23) { large } else { finite };
    f16::from_bits(r as u16 | (bits >> 16) as u16 & 0x8000)
}

/// To nearest, rounded once: through the f32 that remembers in its last bit that there was more.
#[inline(always)]
pub(crate) fn narrow_f64(x: f64) -> f16 {
    let near = x as f32;
    let back = f64::from(near);
    let towards_zero = near.to_bits() - u32::from(back.abs() > x.abs());
    let exact = back == x || x.is_nan();
    narrow(f32::from_bits(if exact { near.to_bits() } else { towards_zero | 1 }))
}
