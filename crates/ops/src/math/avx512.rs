//! Exponential and logarithm of `f64` for AVX-512, which keeps tables of 16 entries in registers and scales by powers
//! of two in one instruction: two thirds of the time of the portable forms.
//!
//! Tang, "Table-driven implementation of the exponential function" and "... of the logarithm function in IEEE
//! floating-point arithmetic", ACM TOMS 15 (1989) and 16 (1990).

use std::arch::x86_64::{__m512d, __m512i};

use pulp::cast;
use pulp::x86::V4;

/// `2^(j/16)`.
const POWER: [f64; 16] = [
    1.0,
    1.0442737824274138,
    1.0905077326652577,
    1.1387886347566916,
    1.189207115002721,
    1.241857812073484,
    1.2968395546510096,
    1.3542555469368927,
    1.4142135623730951,
    1.4768261459394993,
    1.5422108254079407,
    1.6104903319492543,
    1.681792830507429,
    1.7562521603732995,
    1.8340080864093424,
    1.9152065613971474,
];
/// What [`POWER`] lacks.
const POWER_LO: [f64; 16] = [
    0.0,
    8.551889705537965e-17,
    -3.046782079812471e-17,
    8.912812676025408e-17,
    3.982015231465646e-17,
    4.658027591836937e-17,
    2.5382502794888315e-17,
    7.70094837980299e-17,
    -9.667293313452913e-17,
    -3.483994556892796e-17,
    7.949834809697621e-17,
    2.4707192569797888e-17,
    8.199010020581497e-17,
    2.960140695448873e-17,
    3.283107224245627e-17,
    -1.0619946056195963e-16,
];
/// `(exp(r) - 1 - r) / r^2` for `|r| <= ln 2 / 32`.
const EXP: [f64; 5] =
    [0.5000000000000001, 0.16666666665301688, 0.04166666666359547, 0.008333449701291374, 0.0013889063440693241];
/// 16 / ln 2, and its inverse in two parts.
const STEPS: f64 = 23.083120654223414;
const STEP_HI: f64 = 0.04332169878499658;
const STEP_LO: f64 = 1.4494042586539372e-18;

/// The significands that a logarithm is taken of start here, so that those beside 1 share an entry.
const FIRST: u64 = 0x3fe7_8000_0000_0000;
/// `1 / c` for a `c` in each sixteenth of `FIRST..2 FIRST`: eight bits, so that a product with it is exact. Beside 1 the
/// `c` are nearer to 1 than the middle, for there `log(c)` and the rest cancel.
const INVERSE: [f64; 16] = [
    1.3359375, 1.28125, 1.234375, 1.1875, 1.140625, 1.1015625, 1.0703125, 1.0234375, 1.0, 0.9453125, 0.890625, 0.84375,
    0.796875, 0.765625, 0.7265625, 0.6953125,
];
/// `log(c)` in multiples of 2^-42, so that a sum with a multiple of [`LN2_HI`] is exact.
const LOG: [f64; 16] = [
    -0.28963329258294834,
    -0.2478361639045943,
    -0.21056476910735,
    -0.17185025692674571,
    -0.13157635778861732,
    -0.09672962645845473,
    -0.06795066190852594,
    -0.023167059281604452,
    0.0,
    0.05623971832278585,
    0.11583181552509814,
    0.16989903679541385,
    0.22705745063535687,
    0.2670627852489815,
    0.3194307707663029,
    0.36339389418753854,
];
/// What [`LOG`] lacks.
const LOG_LO: [f64; 16] = [
    -9.43339818951269e-14,
    1.3029797173308663e-14,
    3.6507188831790577e-16,
    8.649239607212071e-14,
    -1.0195735223708473e-13,
    -9.638067658552277e-14,
    1.8195060030168815e-14,
    7.007359704310036e-14,
    0.0,
    9.023009281142904e-14,
    2.3568822182038756e-14,
    -1.6376276414097503e-14,
    -1.078736749871691e-14,
    6.371947269815667e-14,
    5.834357420090924e-14,
    -6.120773136055512e-14,
];
/// `(log(1 + r) - r) / r^2` for `|r| < 0.034`.
const LOG1P: [f64; 9] = [
    -0.5,
    0.3333333333333277,
    -0.24999999999998565,
    0.20000000006523008,
    -0.16666666676634467,
    0.1428569389966931,
    -0.12499975771317348,
    0.11134702116375061,
    -0.10024031242116585,
];
const LN2_HI: f64 = 0.6931471805598903;
const LN2_LO: f64 = 5.497923018708371e-14;

/// One pass of `f` over `a`; the lanes that it turns away, a bit for each, are `rare`'s.
#[inline(always)]
fn map(
    v4: V4,
    a: &[f64],
    out: &mut [f64],
    f: impl Fn(__m512d) -> (__m512d, u8) + Copy,
    rare: impl Fn(f64) -> f64 + Copy,
) {
    v4.vectorize(
        #[inline(always)]
        || {
            let (whole, rest) = a.as_chunks::<8>();
            let (out, out_rest) = out.as_chunks_mut::<8>();
            for (a, o) in whole.iter().zip(out) {
                map8(a, o, f, rare);
            }
            if !rest.is_empty() {
                let (mut last, mut y) = ([1.0; 8], [0.0; 8]);
                last[..rest.len()].copy_from_slice(rest);
                map8(&last, &mut y, f, rare);
                out_rest.copy_from_slice(&y[..rest.len()]);
            }
        },
    );
}

#[inline(always)]
fn map8(
    a: &[f64; 8],
    out: &mut [f64; 8],
    f: impl Fn(__m512d) -> (__m512d, u8) + Copy,
    rare: impl Fn(f64) -> f64 + Copy,
) {
    let (y, turned_away) = f(cast(*a));
    *out = cast(y);
    if turned_away != 0 {
        for j in (0..8).filter(|j| turned_away >> j & 1 != 0) {
            out[j] = rare(a[j]);
        }
    }
}

#[inline(always)]
fn splat(v4: V4, x: f64) -> __m512d {
    v4.avx512f._mm512_set1_pd(x)
}

#[inline(always)]
fn bits(v4: V4, x: u64) -> __m512i {
    v4.avx512f._mm512_set1_epi64(x as i64)
}

/// Entries of a table at the low four bits of `at`.
#[inline(always)]
fn look_up(v4: V4, table: [f64; 16], at: __m512i) -> __m512d {
    let [low, high]: [__m512d; 2] = cast(table);
    v4.avx512f._mm512_permutex2var_pd(low, at, high)
}

#[inline(always)]
fn horner<const N: usize>(v4: V4, x: __m512d, c: [f64; N]) -> __m512d {
    let mut sum = splat(v4, c[N - 1]);
    for k in (0..N - 1).rev() {
        sum = v4.avx512f._mm512_fmadd_pd(sum, x, splat(v4, c[k]));
    }
    sum
}

/// Exponential of every element.
pub(crate) fn exp(v4: V4, a: &[f64], out: &mut [f64]) {
    map(
        v4,
        a,
        out,
        #[inline(always)]
        |x| (exp8(v4, x), 0),
        super::exp::exp,
    );
}

#[inline(always)]
fn exp8(v4: V4, x: __m512d) -> __m512d {
    let f = v4.avx512f;
    // The second operand is what is returned beside a NaN.
    let x = f._mm512_min_pd(splat(v4, 710.0), f._mm512_max_pd(splat(v4, -746.0), x));
    let shifted = f._mm512_fmadd_pd(x, splat(v4, STEPS), splat(v4, super::ROUND));
    let k = f._mm512_sub_pd(shifted, splat(v4, super::ROUND));
    let r = f._mm512_fnmadd_pd(k, splat(v4, STEP_HI), x);
    let r = f._mm512_fnmadd_pd(k, splat(v4, STEP_LO), r);
    let p = f._mm512_fmadd_pd(f._mm512_mul_pd(r, r), horner(v4, r, EXP), r);
    let at = cast(shifted);
    let t = look_up(v4, POWER, at);
    let y = f._mm512_add_pd(t, f._mm512_fmadd_pd(t, p, look_up(v4, POWER_LO, at)));
    f._mm512_scalef_pd(y, f._mm512_mul_pd(k, splat(v4, 0.0625)))
}

/// Natural logarithm of every element.
pub(crate) fn log(v4: V4, a: &[f64], out: &mut [f64]) {
    map(
        v4,
        a,
        out,
        #[inline(always)]
        |x| log8(v4, x),
        super::log::log,
    );
}

/// Turns away what is not positive, normal and finite.
#[inline(always)]
fn log8(v4: V4, x: __m512d) -> (__m512d, u8) {
    const ONE: u64 = 0x3ff0_0000_0000_0000;
    const INFINITY: u64 = 0x7ff0_0000_0000_0000;
    let f = v4.avx512f;
    let x: __m512i = cast(x);
    let beyond = f._mm512_sub_epi64(x, bits(v4, 1 << 52));
    let turned_away = f._mm512_cmpge_epu64_mask(beyond, bits(v4, INFINITY - (1 << 52)));
    let shifted = f._mm512_add_epi64(x, bits(v4, ONE - FIRST));
    let significand = f._mm512_and_si512(shifted, bits(v4, (1 << 52) - 1));
    let m: __m512d = cast(f._mm512_add_epi64(significand, bits(v4, FIRST)));
    let at = f._mm512_srli_epi64::<48>(shifted);
    // 2^52 with the exponent in its low bits, less 2^52.
    let exponent = f._mm512_or_si512(f._mm512_srli_epi64::<52>(shifted), bits(v4, 0x4330_0000_0000_0000));
    let k = f._mm512_sub_pd(cast(exponent), splat(v4, 4503599627370496.0 + 1023.0));
    let r = f._mm512_fmsub_pd(m, look_up(v4, INVERSE, at), splat(v4, 1.0));
    let hi = f._mm512_fmadd_pd(k, splat(v4, LN2_HI), look_up(v4, LOG, at));
    // `hi` is 0 or no smaller than `r`, but for digits after the leading one: the sum in two parts is exact.
    let sum = f._mm512_add_pd(hi, r);
    let rest = f._mm512_add_pd(f._mm512_sub_pd(hi, sum), r);
    let lo = f._mm512_add_pd(rest, f._mm512_fmadd_pd(k, splat(v4, LN2_LO), look_up(v4, LOG_LO, at)));
    let lo = f._mm512_fmadd_pd(f._mm512_mul_pd(r, r), horner(v4, r, LOG1P), lo);
    (f._mm512_add_pd(sum, lo), turned_away)
}
