//! One build of a kernel per instruction set, chosen when it runs.

use std::sync::OnceLock;

use pulp::{Arch, Simd};

/// Instruction sets that kernels are compiled for.
#[derive(Clone, Copy, Debug)]
enum Level {
    /// The best that this processor has.
    Best(Arch),
    /// AVX2 and FMA, though the processor has more.
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    V3(pulp::x86::V3),
    /// What every processor of this target has.
    Baseline,
}

/// `HYPERSLAB_SIMD` may name a lower level than the processor's: `avx2` or `baseline`.
fn level() -> Level {
    static LEVEL: OnceLock<Level> = OnceLock::new();
    *LEVEL.get_or_init(|| match std::env::var("HYPERSLAB_SIMD").as_deref() {
        Ok("baseline") => Level::Baseline,
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        Ok("avx2") => pulp::x86::V3::try_new().map_or(Level::Baseline, Level::V3),
        _ => Level::Best(Arch::new()),
    })
}

/// Calls `f` compiled for the best instruction set allowed.
///
/// What `f` calls must be `#[inline(always)]` to be compiled with it. Rust never contracts or reorders
/// float arithmetic, so the level changes the speed and not one bit of a result.
#[inline(always)]
pub(crate) fn vectorize<R>(f: impl FnOnce() -> R) -> R {
    match level() {
        Level::Best(arch) => arch.dispatch(f),
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        Level::V3(v3) => v3.vectorize(f),
        Level::Baseline => pulp::Scalar::new().vectorize(f),
    }
}
