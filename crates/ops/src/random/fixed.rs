//! Numbers that are made of one word each: no multiply-add and no function of a library, so that every processor makes the
//! same bits.

// More digits than a double holds.
#![allow(clippy::excessive_precision)]

use bytemuck::{cast_slice, cast_slice_mut};

use super::philox::{Draws, Stream};
use crate::simd::vectorize;

/// `(2 atanh(s) - 2 s) / s^3` in `s^2`, as in `math/log.rs`.
const ATANH: [f64; 8] = [
    0.6666666666666666,
    0.4000000000000088,
    0.28571428570801954,
    0.22222222392089008,
    0.18181795600060793,
    0.15386241881938595,
    0.13268714792348096,
    0.1308723619665962,
];
/// `(sin(x) - x) / x^3` in `x^2`, to a quarter of pi.
const SIN: [f64; 6] = [
    -1.66666666666666307295e-1,
    8.33333333332211858878e-3,
    -1.98412698295895385996e-4,
    2.75573136213857245213e-6,
    -2.50507477628578072866e-8,
    1.58962301576546568060e-10,
];
/// `(cos(x) - 1 + x^2 / 2) / x^4` in `x^2`, to a quarter of pi.
const COS: [f64; 6] = [
    4.16666666666665929218e-2,
    -1.38888888888730564116e-3,
    2.48015872888517045348e-5,
    -2.75573141792967388112e-7,
    2.08757008419747316778e-9,
    -1.13585365213876817300e-11,
];

#[inline(always)]
fn horner<const N: usize>(x: f64, c: [f64; N]) -> f64 {
    let mut sum = c[N - 1];
    let mut k = N - 1;
    while k > 0 {
        k -= 1;
        sum = sum * x + c[k];
    }
    sum
}

/// In `[0, 1)`, of 53 bits.
#[inline(always)]
fn unit(word: u64) -> f64 {
    (word >> 11) as f64 * (1.0 / 9007199254740992.0)
}

/// In `(0, 1)`: an odd multiple of `2^-53`.
#[inline(always)]
pub(super) fn open(word: u64) -> f64 {
    ((word >> 11) | 1) as f64 * (1.0 / 9007199254740992.0)
}

/// In `[0, 1)`, of 24 bits.
#[inline(always)]
fn unit_single(word: u64) -> f32 {
    (word >> 40) as u32 as f32 * (1.0 / 16777216.0)
}

/// Natural logarithm of a positive number that is not subnormal.
#[inline(always)]
pub fn log(x: f64) -> f64 {
    const ROOT_HALF: u64 = 0x3fe6_a09e_667f_3bcd;
    let shifted = x.to_bits().wrapping_add(0x3ff0_0000_0000_0000 - ROOT_HALF);
    let m = f64::from_bits((shifted & 0x000f_ffff_ffff_ffff).wrapping_add(ROOT_HALF));
    let k = f64::from_bits((shifted >> 52) | 0x4330_0000_0000_0000) - (4503599627370496.0 + 1023.0);
    let f = m - 1.0;
    let s = f / (2.0 + f);
    let z = s * s;
    k * std::f64::consts::LN_2 + (2.0 * s + s * z * horner(z, ATANH))
}

/// A standard exponential number.
#[inline(always)]
fn exponential(word: u64) -> f64 {
    0.0 - log(open(word))
}

/// Two standard normal numbers: a radius and an angle (Box and Muller).
#[inline(always)]
pub fn normals(a: u64, b: u64) -> [f64; 2] {
    // Adding 2^52 (and 2^51 for a number with a sign) makes a float of an integer without a conversion.
    const INTEGER: u64 = 0x4330_0000_0000_0000;
    const SIGNED: u64 = 0x4338_0000_0000_0000;
    let u = (f64::from_bits(INTEGER + (a >> 12) + 1) - 4503599627370496.0) * (1.0 / 4503599627370496.0);
    let radius = (log(u) * -2.0).sqrt();
    let turn = b >> 11;
    let quarter = (turn + (1 << 50)) >> 51;
    let rest = f64::from_bits(SIGNED.wrapping_add(turn).wrapping_sub(quarter << 51)) - 6755399441055744.0;
    let x = rest * (std::f64::consts::FRAC_PI_2 / 2251799813685248.0);
    let z = x * x;
    let sin = x + x * z * horner(z, SIN);
    let cos = 1.0 - 0.5 * z + z * z * horner(z, COS);
    let (c, s) = if quarter & 1 == 0 { (cos, sin) } else { (sin, cos) };
    // The sign bit where the quarter has it.
    let flip = |v: f64, quarter: u64| f64::from_bits(v.to_bits() ^ ((quarter & 2) << 62));
    [radius * flip(c, quarter + 1), radius * flip(s, quarter)]
}

/// An integer below `count` (0 stands for 2^64), all alike, of a word and more of them where that one does not do (Lemire).
#[inline(always)]
pub fn below(word: u64, count: u64, mut more: impl FnMut() -> u64) -> u64 {
    if count == 0 {
        return word;
    }
    let mut product = u128::from(word) * u128::from(count);
    if (product as u64) < count {
        let least = count.wrapping_neg() % count;
        while (product as u64) < least {
            product = u128::from(more()) * u128::from(count);
        }
    }
    (product >> 64) as u64
}

macro_rules! of_words {
    ($($(#[$doc:meta])* $name:ident: $t:ty = $pair:expr;)*) => {$(
        $(#[$doc])*
        pub(super) fn $name(stream: &Stream, positions: &[u64], _: &[&[u8]], out: &mut [u8]) {
            let out: &mut [$t] = cast_slice_mut(out);
            let stream = *stream;
            vectorize(
                #[inline(always)]
                || stream.pairs(positions, out, #[inline(always)] |a, b| $pair(a, b)),
            );
        }
    )*};
}

of_words! {
    /// Words.
    fill_bits: u64 = |a, b| [a, b];
    /// In `[0, 1)`.
    fill_unit: f64 = |a, b| [unit(a), unit(b)];
    /// In `[0, 1)`, in single precision.
    fill_unit_single: f32 = |a, b| [unit_single(a), unit_single(b)];
    /// In `(0, 1)`.
    fill_open: f64 = |a, b| [open(a), open(b)];
    /// Standard normal numbers.
    fill_normal: f64 = normals;
    /// Standard exponential numbers.
    fill_exponential: f64 = |a, b| [exponential(a), exponential(b)];
}

/// Integers below the parameter.
pub(super) fn fill_below(stream: &Stream, positions: &[u64], params: &[&[u8]], out: &mut [u8]) {
    let (counts, out): (&[u64], &mut [u64]) = (cast_slice(params[0]), cast_slice_mut(out));
    let stream = *stream;
    vectorize(
        #[inline(always)]
        || stream.words(positions, out),
    );
    for ((o, &count), &p) in out.iter_mut().zip(counts).zip(positions) {
        let mut draws = None;
        *o = below(*o, count, || draws.get_or_insert_with(|| Draws::new(stream, p)).word());
    }
}
