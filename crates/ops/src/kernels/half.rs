//! Half floats: widened and rounded, by instructions where there are any, else without branches, so that loops over
//! them vectorise.

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::__m256;
use std::cell::RefCell;

use bytemuck::{cast_slice, cast_slice_mut};
use hyperslab_base::f16;
#[cfg(target_arch = "x86_64")]
use pulp::x86::V4;

use super::{Ins, Out};
use crate::simd::vectorize;
#[cfg(target_arch = "x86_64")]
use crate::simd::{F16c, avx512, f16c};
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

/// Half floats that are converted at a time.
pub(crate) const LANES: usize = 16;

/// Conversion of vectors, by the instructions of a processor or without any.
pub(crate) trait Convert: Copy {
    /// Calls `f` compiled for those instructions.
    fn vectorize(self, f: impl FnOnce());
    /// Every element as [`widen`] has it, but for signalling NaNs, which may become quiet.
    fn widen(self, x: &[f16; LANES]) -> [f32; LANES];
    /// Every element as [`narrow`] has it.
    fn narrow(self, x: [f32; LANES]) -> [f16; LANES];
    /// Adds to single floats.
    fn add(self, acc: &mut [f32; LANES], x: &[f16; LANES]);
}

/// Work on vectors of half floats. `with` must be `#[inline(always)]`.
pub(crate) trait Work {
    /// Does it with those conversions.
    fn with(self, c: impl Convert);
}

/// Has it done by the best instructions allowed.
pub(crate) fn converting(work: impl Work) {
    #[inline(always)]
    fn by(c: impl Convert, work: impl Work) {
        c.vectorize(
            #[inline(always)]
            || work.with(c),
        );
    }
    #[cfg(target_arch = "x86_64")]
    if let Some(v4) = avx512() {
        return by(v4, work);
    }
    #[cfg(target_arch = "x86_64")]
    if let Some(v3) = f16c() {
        return by(v3, work);
    }
    by(Portable, work);
}

#[cfg(target_arch = "x86_64")]
impl Convert for V4 {
    #[inline(always)]
    fn vectorize(self, f: impl FnOnce()) {
        V4::vectorize(self, f);
    }

    #[inline(always)]
    fn widen(self, x: &[f16; LANES]) -> [f32; LANES] {
        pulp::cast(self.avx512f._mm512_cvtph_ps(pulp::cast(x.map(f16::to_bits))))
    }

    #[inline(always)]
    fn narrow(self, x: [f32; LANES]) -> [f16; LANES] {
        /// To nearest, ties to even, and no exceptions.
        const NEAREST: i32 = 8;
        let bits: [u16; LANES] = pulp::cast(self.avx512f._mm512_cvtps_ph::<NEAREST>(pulp::cast(x)));
        bits.map(f16::from_bits)
    }

    #[inline(always)]
    fn add(self, acc: &mut [f32; LANES], x: &[f16; LANES]) {
        let x = self.avx512f._mm512_cvtph_ps(pulp::cast(x.map(f16::to_bits)));
        *acc = pulp::cast(self.avx512f._mm512_add_ps(pulp::cast(*acc), x));
    }
}

#[cfg(target_arch = "x86_64")]
impl Convert for F16c {
    #[inline(always)]
    fn vectorize(self, f: impl FnOnce()) {
        F16c::vectorize(self, f);
    }

    #[inline(always)]
    fn widen(self, x: &[f16; LANES]) -> [f32; LANES] {
        let halves: [[u16; 8]; 2] = pulp::cast(x.map(f16::to_bits));
        pulp::cast(halves.map(
            #[inline(always)]
            |half| F16c::widen(self, half),
        ))
    }

    #[inline(always)]
    fn narrow(self, x: [f32; LANES]) -> [f16; LANES] {
        let halves: [[f32; 8]; 2] = pulp::cast(x);
        let bits: [u16; LANES] = pulp::cast(halves.map(
            #[inline(always)]
            |half| F16c::narrow(self, half),
        ));
        bits.map(f16::from_bits)
    }

    #[inline(always)]
    fn add(self, acc: &mut [f32; LANES], x: &[f16; LANES]) {
        let halves: [[u16; 8]; 2] = pulp::cast(x.map(f16::to_bits));
        let [low, high]: [__m256; 2] = pulp::cast(*acc);
        let low = self.avx._mm256_add_ps(low, F16c::widen(self, halves[0]));
        let high = self.avx._mm256_add_ps(high, F16c::widen(self, halves[1]));
        *acc = pulp::cast([low, high]);
    }
}

/// Conversion without such instructions, in loops that the compiler makes vectors of.
#[derive(Clone, Copy)]
struct Portable;

impl Convert for Portable {
    #[inline(always)]
    fn vectorize(self, f: impl FnOnce()) {
        vectorize(f);
    }

    #[inline(always)]
    fn widen(self, x: &[f16; LANES]) -> [f32; LANES] {
        x.map(widen)
    }

    #[inline(always)]
    fn narrow(self, x: [f32; LANES]) -> [f16; LANES] {
        x.map(narrow)
    }

    #[inline(always)]
    fn add(self, acc: &mut [f32; LANES], x: &[f16; LANES]) {
        acc.iter_mut().zip(x).for_each(|(acc, &x)| *acc += widen(x));
    }
}

/// An operation on half floats as they are loaded. `f` must be `#[inline(always)]`.
pub(crate) fn arithmetic(ins: Ins, out: Out, f: impl Fn(f32, f32) -> f32 + Copy) {
    struct Arithmetic<'a, F>(&'a [[f16; LANES]], &'a [[f16; LANES]], &'a mut [[f16; LANES]], F);
    impl<F: Fn(f32, f32) -> f32> Work for Arithmetic<'_, F> {
        #[inline(always)]
        fn with(self, c: impl Convert) {
            for ((out, a), b) in self.2.iter_mut().zip(self.0).zip(self.1) {
                let (a, b) = (c.widen(a), c.widen(b));
                *out = c.narrow(std::array::from_fn(
                    #[inline(always)]
                    |k| self.3(a[k], b[k]),
                ));
            }
        }
    }
    let (a, b): (&[f16], &[f16]) = (cast_slice(ins[0]), cast_slice(ins[1]));
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks(), b.as_chunks());
    let (out, out_rest) = cast_slice_mut::<u8, f16>(out).as_chunks_mut();
    converting(Arithmetic(a, b, out, f));
    let rest = out_rest.iter_mut().zip(a_rest).zip(b_rest);
    rest.for_each(|((out, &a), &b)| *out = narrow(f(widen(a), widen(b))));
}

/// Every element as [`widen`] has it, but for signalling NaNs, which may become quiet.
///
/// # Panics
/// When the slices differ in length.
pub(crate) fn widen_all(x: &[f16], out: &mut [f32]) {
    struct Widen<'a>(&'a [[f16; LANES]], &'a mut [[f32; LANES]]);
    impl Work for Widen<'_> {
        #[inline(always)]
        fn with(self, c: impl Convert) {
            self.1.iter_mut().zip(self.0).for_each(|(out, x)| *out = c.widen(x));
        }
    }
    assert_eq!(x.len(), out.len(), "an output of another size");
    let ((x, rest), (out, out_rest)) = (x.as_chunks(), out.as_chunks_mut());
    converting(Widen(x, out));
    out_rest.iter_mut().zip(rest).for_each(|(out, &x)| *out = widen(x));
}

/// Every element as [`narrow`] has it.
///
/// # Panics
/// When the slices differ in length.
pub(crate) fn narrow_all(x: &[f32], out: &mut [f16]) {
    struct Narrow<'a>(&'a [[f32; LANES]], &'a mut [[f16; LANES]]);
    impl Work for Narrow<'_> {
        #[inline(always)]
        fn with(self, c: impl Convert) {
            self.1.iter_mut().zip(self.0).for_each(|(out, x)| *out = c.narrow(*x));
        }
    }
    assert_eq!(x.len(), out.len(), "an output of another size");
    let ((x, rest), (out, out_rest)) = (x.as_chunks(), out.as_chunks_mut());
    converting(Narrow(x, out));
    out_rest.iter_mut().zip(rest).for_each(|(out, &x)| *out = narrow(x));
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
