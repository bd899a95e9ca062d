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

/// The significands that a logarithm is taken of start here: those beside 1 share an entry, and the others have a
/// logarithm above 1/32 or below -1/66, so that the rounding of what is left of them is a quarter of a unit of it.
const FIRST: u64 = 0x3fe7_8400_0000_0000;
/// `1 / c` for a `c` in each sixteenth of `FIRST..2 FIRST`, such that [`LOG`] is exact to 2^-66: Gal, "Computing elementary
/// functions: a new approach for achieving high accuracy and good performance" (1986).
const INVERSE: [f64; 16] = [
    1.3324658417823192,
    1.279200499636248,
    1.2300300289286727,
    1.1844997108477304,
    1.1422197430036627,
    1.1028540657143666,
    1.0661114003513492,
    1.0224948875204143,
    1.0,
    0.9403122134220632,
    0.8881179531477142,
    0.8414133117034249,
    0.7993754878491821,
    0.7613382897106233,
    0.7267565647862164,
    0.6951799046849324,
];
/// `log(c)`, multiples of 2^-43, so that a sum with a multiple of [`LN2_HI`] is exact.
const LOG: [f64; 16] = [
    -0.2870312420443497,
    -0.24623527312246551,
    -0.20703858284946364,
    -0.16932050050331782,
    -0.1329735121663589,
    -0.09790142482211195,
    -0.06401782342743445,
    -0.02224560894228489,
    0.0,
    0.061543316926645275,
    0.11865071468980659,
    0.1726722870530466,
    0.2239244963609508,
    0.2726774867677477,
    0.3191637065103805,
    0.36358461125291797,
];
/// `(log(1 + r) - r) / r^2` for `-0.0294 < r < 0.0323`, to 0.1 units of the logarithm.
const LOG1P: [f64; 8] = [
    -0.499999999999998,
    0.33333333333346876,
    -0.25000000003242706,
    0.19999999898752804,
    -0.1666665326636736,
    0.1428591945213211,
    -0.1252011697640044,
    0.10994595301414478,
];
/// The natural logarithm of 2 in two parts.
const LN2_HI: f64 = 0.6931471805598903;
const LN2_LO: f64 = 5.497923018708371e-14;

/// One pass of `f` over `a`. Returns the lanes that it turned away, a bit for each, of all vectors together. What to do
/// about them comes after: a call in the loop would have it read every constant and table anew.
#[inline(always)]
fn map(v4: V4, a: &[f64], out: &mut [f64], f: impl Fn(__m512d) -> (__m512d, u8) + Copy) -> u8 {
    v4.vectorize(
        #[inline(always)]
        || {
            let (whole, rest) = a.as_chunks::<8>();
            let (out, out_rest) = out.as_chunks_mut::<8>();
            let mut turned_away = 0;
            for (a, o) in whole.iter().zip(out) {
                let (y, away) = f(cast(*a));
                *o = cast(y);
                turned_away |= away;
            }
            if !rest.is_empty() {
                let mut last = [1.0; 8];
                last[..rest.len()].copy_from_slice(rest);
                let (y, away) = f(cast(last));
                let y: [f64; 8] = cast(y);
                out_rest.copy_from_slice(&y[..rest.len()]);
                turned_away |= away;
            }
            turned_away
        },
    )
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

/// Added to the bits of a number, carries from its significand into its exponent where that is to count the next one.
const CARRY: u64 = 0x3ff0_0000_0000_0000 - FIRST;
/// Where that carry leaves the exponents.
const LAST: f64 = f64::from_bits(0x7ff0_0000_0000_0000 - CARRY);

/// Natural logarithm of every element.
pub(crate) fn log(v4: V4, a: &[f64], out: &mut [f64]) {
    let turned_away = map(
        v4,
        a,
        out,
        #[inline(always)]
        |x| log8(v4, x),
    );
    if turned_away != 0 {
        for (a, o) in a.iter().zip(out) {
            if !(f64::MIN_POSITIVE..LAST).contains(a) {
                *o = super::log::log_of_others(*a);
            }
        }
    }
}

/// Turns away what is not positive, normal and below [`LAST`].
#[inline(always)]
fn log8(v4: V4, x: __m512d) -> (__m512d, u8) {
    /// Infinity and NaN.
    const BEYOND: i32 = 0b1000_1001;
    /// Those, zeros, subnormal and negative numbers.
    const NOT_NORMAL: i32 = 0b1111_1111;
    let (f, dq) = (v4.avx512f, v4.avx512dq);
    let shifted = f._mm512_add_epi64(cast(x), bits(v4, CARRY));
    let turned_away = dq._mm512_fpclass_pd_mask::<NOT_NORMAL>(x) | dq._mm512_fpclass_pd_mask::<BEYOND>(cast(shifted));
    let k = f._mm512_getexp_pd(cast(shifted));
    let significand = f._mm512_and_si512(shifted, bits(v4, (1 << 52) - 1));
    let m: __m512d = cast(f._mm512_add_epi64(significand, bits(v4, FIRST)));
    let at = f._mm512_srli_epi64::<48>(shifted);
    let r = f._mm512_fmsub_pd(m, look_up(v4, INVERSE, at), splat(v4, 1.0));
    let hi = f._mm512_fmadd_pd(k, splat(v4, LN2_HI), look_up(v4, LOG, at));
    // `hi` is 0 or no smaller than `r`, but for digits after the leading one: the sum in two parts is exact.
    let sum = f._mm512_add_pd(hi, r);
    let rest = f._mm512_add_pd(f._mm512_sub_pd(hi, sum), r);
    let lo = f._mm512_fmadd_pd(k, splat(v4, LN2_LO), rest);
    let lo = f._mm512_fmadd_pd(f._mm512_mul_pd(r, r), horner(v4, r, LOG1P), lo);
    (f._mm512_add_pd(sum, lo), turned_away)
}
