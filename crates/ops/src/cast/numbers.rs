//! Casts between numbers.

#![allow(unsafe_code)] // Conversions of floats that were seen to fit.

use bytemuck::{cast_slice, cast_slice_mut};
use hyperslab_base::{Bool, Complex32, Complex64, DType, Element, f16};

use crate::kernels::half::{narrow, narrow_f64, widen};
use crate::kernels::{Ins, Out, map1};
use crate::math::invalid;
use crate::simd::vectorize;
use crate::ufunc::Kernel;

/// An element as each of the others.
pub(super) trait To: Element {
    fn to_bool(self) -> Bool;
    fn to_i32(self) -> i32;
    fn to_i64(self) -> i64;
    fn to_u8(self) -> u8;
    fn to_u16(self) -> u16;
    fn to_u32(self) -> u32;
    fn to_u64(self) -> u64;
    fn to_f16(self) -> f16;
    fn to_f32(self) -> f32;
    fn to_f64(self) -> f64;
    /// Whether it has a value among those of `i32`, cut to an integer.
    #[inline(always)]
    fn fits_i32(self) -> bool {
        true
    }
    /// Likewise of `i64`.
    #[inline(always)]
    fn fits_i64(self) -> bool {
        true
    }
    /// Likewise of `i64` or `u64`.
    #[inline(always)]
    fn fits_u64(self) -> bool {
        true
    }
    /// Imaginary part in double precision.
    #[inline(always)]
    fn im(self) -> f64 {
        0.0
    }
}

/// Kernel from `A` to a dtype; times are stored as int64.
pub(super) fn kernel<A: To>(to: DType) -> Kernel {
    match to {
        DType::Bool => |i, o| map1(i, o, A::to_bool),
        DType::Int8 | DType::UInt8 => |i, o| fitting(i, o, A::to_u8, A::fits_i32),
        DType::Int16 | DType::UInt16 => |i, o| fitting(i, o, A::to_u16, A::fits_i32),
        DType::Int32 => |i, o| fitting(i, o, A::to_i32, A::fits_i32),
        DType::Int64 => |i, o| fitting(i, o, A::to_i64, A::fits_i64),
        DType::UInt32 => |i, o| fitting(i, o, A::to_u32, A::fits_i64),
        DType::UInt64 => |i, o| fitting(i, o, A::to_u64, A::fits_u64),
        DType::Float16 => |i, o| map1(i, o, A::to_f16),
        DType::Float32 => |i, o| map1(i, o, A::to_f32),
        DType::Float64 => |i, o| map1(i, o, A::to_f64),
        DType::Complex64 => |i, o| map1(i, o, |a: A| Complex32::new(a.to_f32(), a.im() as f32)),
        DType::Complex128 => |i, o| map1(i, o, |a: A| Complex64::new(a.to_f64(), a.im())),
        _ => |i, o| map1(i, o, A::to_i64),
    }
}

/// As [`map1`]. Where an element does not fit, the processor's flag of an operation without a result is raised: by the
/// conversions alone it would be or not, as they happen to be compiled.
#[inline(always)]
fn fitting<A: To, O: Element>(ins: Ins, out: Out, f: impl Fn(A) -> O, fits: impl Fn(A) -> bool) {
    let a: &[A] = cast_slice(ins[0]);
    let o: &mut [O] = cast_slice_mut(out);
    let all = vectorize(
        #[inline(always)]
        || {
            let mut all = true;
            for (o, &a) in o.iter_mut().zip(a) {
                *o = f(a);
                all &= fits(a);
            }
            all
        },
    );
    if !all {
        invalid();
    }
}

/// One method per target, of the same form.
macro_rules! methods {
    ($($method:ident $t:ty, |$x:ident| $e:expr;)*) => { $(
        #[inline(always)]
        fn $method(self) -> $t {
            let $x = self;
            $e
        }
    )* };
}

macro_rules! from_ints {
    ($($a:ident $to_f64:expr;)*) => { $(
        impl To for $a {
            methods! {
                to_bool Bool, |x| Bool::from(x != 0);
                to_i32 i32, |x| x as i32;
                to_i64 i64, |x| x as i64;
                to_u8 u8, |x| x as u8;
                to_u16 u16, |x| x as u16;
                to_u32 u32, |x| x as u32;
                to_u64 u64, |x| x as u64;
                to_f16 f16, |x| narrow(x as f32);
                to_f32 f32, |x| x as f32;
                to_f64 f64, |x| $to_f64(x);
            }
        }
    )* };
}

from_ints! {
    i8 f64::from;
    i16 f64::from;
    i32 f64::from;
    i64 nearest_i64;
    u8 f64::from;
    u16 f64::from;
    u32 f64::from;
    u64 nearest_u64;
}

/// Both halves as doubles by their bits, and one rounded sum: what `as` does, and vectorises everywhere.
#[inline(always)]
fn nearest_u64(x: u64) -> f64 {
    let low = f64::from_bits((x & 0xffff_ffff) | TWO_52.to_bits());
    let high = f64::from_bits((x >> 32) | TWO_84.to_bits());
    (high - (TWO_84 + TWO_52)) + low
}

/// Likewise; the sign bit counts as 2^63, which is taken off again.
#[inline(always)]
fn nearest_i64(x: i64) -> f64 {
    let x = x as u64 ^ (1 << 63);
    let low = f64::from_bits((x & 0xffff_ffff) | TWO_52.to_bits());
    let high = f64::from_bits((x >> 32) | TWO_84.to_bits());
    (high - (TWO_84 + TWO_63 + TWO_52)) + low
}

const TWO_52: f64 = 4503599627370496.0;
const TWO_63: f64 = 9223372036854775808.0;
const TWO_84: f64 = 19342813113834066795298816.0;

/// As the x86 instructions do it, with which compilers build C's casts: what does not fit an i32 or i64 is its least
/// value, narrower integers are cut from an i32, the upper half of the unsigned ones is reached by subtraction.
macro_rules! from_floats {
    ($($a:ident $narrow:path;)*) => { $(
        impl To for $a {
            methods! {
                to_bool Bool, |x| Bool::from(x != 0.0);
                to_i32 i32, |x| {
                    // SAFETY: it fits. `as` would check again, in a way that does not vectorise.
                    if x.fits_i32() { unsafe { x.to_int_unchecked() } } else { i32::MIN }
                };
                to_i64 i64, |x| {
                    // SAFETY: as above.
                    if x.fits_i64() { unsafe { x.to_int_unchecked() } } else { i64::MIN }
                };
                to_u8 u8, |x| x.to_i32() as u8;
                to_u16 u16, |x| x.to_i32() as u16;
                to_u32 u32, |x| {
                    let upper = x >= 2147483648.0;
                    let low = if upper { x - 2147483648.0 } else { x }.to_i32() as u32;
                    low ^ (u32::from(upper) << 31)
                };
                to_u64 u64, |x| {
                    let upper = x >= 9223372036854775808.0;
                    let low = if upper { x - 9223372036854775808.0 } else { x }.to_i64() as u64;
                    low ^ (u64::from(upper) << 63)
                };
                to_f16 f16, |x| $narrow(x);
                to_f32 f32, |x| x as f32;
                to_f64 f64, |x| f64::from(x);
                fits_i32 bool, |x| (-2147483648.0..2147483648.0).contains(&x);
                fits_i64 bool, |x| (-9223372036854775808.0..9223372036854775808.0).contains(&x);
                fits_u64 bool, |x| (-9223372036854775808.0..18446744073709551616.0).contains(&x);
            }
        }
    )* };
}

from_floats! {
    f32 narrow;
    f64 narrow_f64;
}

/// Elements that convert as another does.
macro_rules! from_others {
    ($($a:ident, |$x:ident| $e:expr, $bool:expr $(, $im:expr)?;)*) => { $(
        impl To for $a {
            methods! {
                to_bool Bool, |$x| Bool::from($bool);
                to_i32 i32, |$x| $e.to_i32();
                to_i64 i64, |$x| $e.to_i64();
                to_u8 u8, |$x| $e.to_u8();
                to_u16 u16, |$x| $e.to_u16();
                to_u32 u32, |$x| $e.to_u32();
                to_u64 u64, |$x| $e.to_u64();
                to_f16 f16, |$x| $e.to_f16();
                to_f32 f32, |$x| $e.to_f32();
                to_f64 f64, |$x| $e.to_f64();
                fits_i32 bool, |$x| $e.fits_i32();
                fits_i64 bool, |$x| $e.fits_i64();
                fits_u64 bool, |$x| $e.fits_u64();
                $(im f64, |$x| $im;)?
            }
        }
    )* };
}

from_others! {
    Bool, |x| u8::from(x.get()), x.get();
    f16, |x| widen(x), x.to_bits() & 0x7fff != 0;
    Complex32, |x| x.re, (x.re != 0.0) | (x.im != 0.0), f64::from(x.im);
    Complex64, |x| x.re, (x.re != 0.0) | (x.im != 0.0), x.im;
}
