//! Half floats widened and rounded without branches, so that loops over them vectorise.

use hyperslab_base::f16;

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
