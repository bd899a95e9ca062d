//! One build of a kernel per instruction set, chosen when it runs.

#![allow(unsafe_code)] // The two instructions that `pulp` has no function for.

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{__m256, _mm256_cvtph_ps, _mm256_cvtps_ph};
use std::sync::OnceLock;

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
use pulp::x86::{V3, V4};
use pulp::{Simd, WithSimd};

/// Instruction sets that kernels are compiled for, each with the proof that the processor has it.
#[derive(Clone, Copy, Debug)]
enum Level {
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    Avx512(V4),
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    Avx2(V3),
    /// What every processor of this target has.
    Baseline,
}

impl Level {
    /// The best one that `HYPERSLAB_SIMD` allows: it may name a lower one, `avx2` or `baseline`.
    fn detect() -> Level {
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        match std::env::var("HYPERSLAB_SIMD").unwrap_or_default().as_str() {
            "baseline" => {}
            limit => {
                if let Some(v4) = V4::try_new().filter(|_| limit != "avx2") {
                    return Level::Avx512(v4);
                }
                if let Some(v3) = V3::try_new() {
                    return Level::Avx2(v3);
                }
            }
        }
        Level::Baseline
    }
}

/// The level in use, settled once.
#[inline(always)]
fn level() -> Level {
    static LEVEL: OnceLock<Level> = OnceLock::new();
    *LEVEL.get_or_init(Level::detect)
}

/// Calls `f` compiled for the best instruction set allowed.
///
/// The closure must be written `#[inline(always)] || ...`, and what it calls must be `#[inline(always)]` too: what is
/// not inlined is compiled for the baseline. Rust never contracts or reorders float arithmetic, so the level changes
/// the speed and not one bit of a result; only the elementary functions have forms that differ in the last bit.
#[inline(always)]
pub(crate) fn vectorize<R>(f: impl FnOnce() -> R) -> R {
    match level() {
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        Level::Avx512(v4) => v4.vectorize(f),
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        Level::Avx2(v3) => v3.vectorize(f),
        Level::Baseline => pulp::Scalar::new().vectorize(f),
    }
}

/// Calls an operation on vectors compiled for the best instruction set allowed; single elements are the baseline's.
#[inline(always)]
pub(crate) fn dispatch<R>(op: impl WithSimd<Output = R>) -> R {
    match level() {
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        Level::Avx512(v4) => Simd::vectorize(v4, op),
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        Level::Avx2(v3) => Simd::vectorize(v3, op),
        Level::Baseline => Simd::vectorize(pulp::Scalar::new(), op),
    }
}

/// The proof of AVX-512 when that is the level in use, for loops written for it alone.
#[cfg(target_arch = "x86_64")]
pub(crate) fn avx512() -> Option<V4> {
    match level() {
        Level::Avx512(v4) => Some(v4),
        _ => None,
    }
}

#[cfg(target_arch = "x86_64")]
pulp::simd_type! {
    /// AVX2 with the conversions of half floats, which every processor has that has AVX2.
    #[allow(missing_docs)]
    pub(crate) struct F16c {
        pub avx: "avx",
        pub avx2: "avx2",
        pub fma: "fma",
        pub f16c: "f16c",
    }
}

#[cfg(target_arch = "x86_64")]
impl F16c {
    /// Half floats as single ones.
    #[inline(always)]
    pub(crate) fn widen(self, bits: [u16; 8]) -> __m256 {
        // SAFETY: `self` proves that the processor has the instruction.
        unsafe { _mm256_cvtph_ps(pulp::cast(bits)) }
    }

    /// Single floats as half ones: to nearest, ties to even.
    #[inline(always)]
    pub(crate) fn narrow(self, x: [f32; 8]) -> [u16; 8] {
        // SAFETY: as above.
        pulp::cast(unsafe { _mm256_cvtps_ph::<0>(pulp::cast(x)) })
    }
}

/// The proof of AVX2 and conversions of half floats when that is the level in use.
#[cfg(target_arch = "x86_64")]
pub(crate) fn f16c() -> Option<F16c> {
    match level() {
        Level::Avx2(_) => F16c::try_new(),
        _ => None,
    }
}

/// Whether multiply-add is one instruction at the level in use.
pub(crate) fn has_fma() -> bool {
    match level() {
        Level::Baseline => cfg!(any(target_feature = "fma", target_arch = "aarch64")),
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        _ => true,
    }
}
