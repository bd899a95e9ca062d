//! Numbers as the kernels see them.

use std::ops::{Add, Div, Mul, Neg, Rem, Sub};

use bytemuck::Pod;
use hyperslab_base::{Bool, Complex32, Complex64, Element, f16};

use super::half;

/// Integers; arithmetic wraps.
pub(crate) trait Int: Element + Ord {
    const ZERO: Self;
    const ONE: Self;
    const SIGNED: bool;
    const BITS: u32;
    const MIN: Self;
    fn add(self, o: Self) -> Self;
    fn sub(self, o: Self) -> Self;
    fn mul(self, o: Self) -> Self;
    /// Quotient towards zero; the divisor is not zero.
    fn quot(self, o: Self) -> Self;
    /// Remainder of `quot`.
    fn rem(self, o: Self) -> Self;
    fn and(self, o: Self) -> Self;
    fn or(self, o: Self) -> Self;
    fn xor(self, o: Self) -> Self;
    fn not(self) -> Self;
    /// Shifts by less than the width.
    fn shl(self, by: u32) -> Self;
    fn shr(self, by: u32) -> Self;
    /// As the count of a shift: negative and large ones become more than any width.
    fn count(self) -> u32;
    fn magnitude(self) -> Self;
    /// How many bits are 1.
    fn ones(self) -> u8;
}

macro_rules! int {
    ($($t:ident $signed:literal $u:ident $magnitude:expr;)*) => { $(
        impl Int for $t {
            const ZERO: Self = 0;
            const ONE: Self = 1;
            const SIGNED: bool = $signed;
            const BITS: u32 = $t::BITS;
            const MIN: Self = $t::MIN;
            #[inline(always)]
            fn add(self, o: Self) -> Self { self.wrapping_add(o) }
            #[inline(always)]
            fn sub(self, o: Self) -> Self { self.wrapping_sub(o) }
            #[inline(always)]
            fn mul(self, o: Self) -> Self { self.wrapping_mul(o) }
            #[inline(always)]
            fn quot(self, o: Self) -> Self { self.wrapping_div(o) }
            #[inline(always)]
            fn rem(self, o: Self) -> Self { self.wrapping_rem(o) }
            #[inline(always)]
            fn and(self, o: Self) -> Self { self & o }
            #[inline(always)]
            fn or(self, o: Self) -> Self { self | o }
            #[inline(always)]
            fn xor(self, o: Self) -> Self { self ^ o }
            #[inline(always)]
            fn not(self) -> Self { !self }
            #[inline(always)]
            fn shl(self, by: u32) -> Self { self.wrapping_shl(by) }
            #[inline(always)]
            fn shr(self, by: u32) -> Self { self.wrapping_shr(by) }
            #[inline(always)]
            fn count(self) -> u32 {
                let u = self as $u;
                if u < $t::BITS as $u { u as u32 } else { $t::BITS }
            }
            #[inline(always)]
            fn magnitude(self) -> Self { ($magnitude)(self) }
            #[inline(always)]
            fn ones(self) -> u8 { self.count_ones() as u8 }
        }
    )* };
}

int! {
    i8 true u8 i8::wrapping_abs;
    i16 true u16 i16::wrapping_abs;
    i32 true u32 i32::wrapping_abs;
    i64 true u64 i64::wrapping_abs;
    u8 false u8 std::convert::identity;
    u16 false u16 std::convert::identity;
    u32 false u32 std::convert::identity;
    u64 false u64 std::convert::identity;
}

/// Floats that are computed with.
pub(crate) trait Float:
    Pod
    + PartialOrd
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Rem<Output = Self>
    + Neg<Output = Self>
{
    const NAN: Self;
    fn of(v: f64) -> Self;
    fn wide(self) -> f64;
    fn is_nan(self) -> bool;
    fn is_finite(self) -> bool;
    fn is_negative(self) -> bool;
    fn abs(self) -> Self;
    fn copysign(self, o: Self) -> Self;
    fn sqrt(self) -> Self;
    fn floor(self) -> Self;
    fn ceil(self) -> Self;
    fn trunc(self) -> Self;
    fn rint(self) -> Self;
}

macro_rules! float {
    ($($t:ident)*) => { $(
        impl Float for $t {
            const NAN: Self = $t::NAN;
            #[inline(always)]
            fn of(v: f64) -> Self { v as $t }
            #[inline(always)]
            fn wide(self) -> f64 { f64::from(self) }
            #[inline(always)]
            fn is_nan(self) -> bool { self != self }
            #[inline(always)]
            fn is_finite(self) -> bool { $t::abs(self) < $t::INFINITY }
            #[inline(always)]
            fn is_negative(self) -> bool { self.is_sign_negative() }
            #[inline(always)]
            fn abs(self) -> Self { $t::abs(self) }
            #[inline(always)]
            fn copysign(self, o: Self) -> Self { $t::copysign(self, o) }
            #[inline(always)]
            fn sqrt(self) -> Self { $t::sqrt(self) }
            #[inline(always)]
            fn floor(self) -> Self { $t::floor(self) }
            #[inline(always)]
            fn ceil(self) -> Self { $t::ceil(self) }
            #[inline(always)]
            fn trunc(self) -> Self { $t::trunc(self) }
            #[inline(always)]
            fn rint(self) -> Self { $t::round_ties_even(self) }
        }
    )* };
}

float! { f32 f64 }

/// Real floats as stored, and the float they are computed in.
pub(crate) trait Real: Element {
    type Wide: Float;
    fn up(self) -> Self::Wide;
    fn down(w: Self::Wide) -> Self;
    /// Whether NumPy's `spacing` is the step up, not the step away from zero: so for halves.
    const SPACING_UP: bool = false;
    /// The next number towards plus infinity, of a finite one.
    fn next_up(self) -> Self;
    /// The next number towards minus infinity.
    fn next_down(self) -> Self;
}

macro_rules! real {
    ($($t:ident)*) => { $(
        impl Real for $t {
            type Wide = $t;
            #[inline(always)]
            fn up(self) -> $t { self }
            #[inline(always)]
            fn down(w: $t) -> $t { w }
            #[inline(always)]
            fn next_up(self) -> $t { $t::next_up(self) }
            #[inline(always)]
            fn next_down(self) -> $t { $t::next_down(self) }
        }
    )* };
}

real! { f32 f64 }

impl Real for f16 {
    type Wide = f32;
    const SPACING_UP: bool = true;
    #[inline(always)]
    fn up(self) -> f32 {
        half::widen(self)
    }
    #[inline(always)]
    fn down(w: f32) -> f16 {
        half::narrow(w)
    }
    fn next_up(self) -> f16 {
        let bits = self.to_bits();
        match bits {
            0x8000 | 0 => f16::from_bits(1),
            0x7c00.. if self.is_nan() || bits == 0x7c00 => self,
            _ if bits & 0x8000 != 0 => f16::from_bits(bits - 1),
            _ => f16::from_bits(bits + 1),
        }
    }
    fn next_down(self) -> f16 {
        -Self::next_up(-self)
    }
}

/// Complex numbers.
pub(crate) trait Complex: Element {
    type Part: Float + Element;
    fn new(re: Self::Part, im: Self::Part) -> Self;
    fn re(self) -> Self::Part;
    fn im(self) -> Self::Part;
    /// In double precision, where the elementary functions of `num_complex` run.
    fn wide(self) -> Complex64;
    fn of(z: Complex64) -> Self;
}

macro_rules! complex {
    ($($t:ident $part:ident)*) => { $(
        impl Complex for $t {
            type Part = $part;
            #[inline(always)]
            fn new(re: $part, im: $part) -> Self { $t::new(re, im) }
            #[inline(always)]
            fn re(self) -> $part { self.re }
            #[inline(always)]
            fn im(self) -> $part { self.im }
            #[inline(always)]
            fn wide(self) -> Complex64 { Complex64::new(f64::from(self.re), f64::from(self.im)) }
            #[inline(always)]
            fn of(z: Complex64) -> Self { $t::new(z.re as $part, z.im as $part) }
        }
    )* };
}

complex! { Complex32 f32 Complex64 f64 }

/// What can be true.
pub(crate) trait Truth: Element {
    fn truth(self) -> bool;
}

macro_rules! truth {
    ($($t:ident)*) => { $(
        impl Truth for $t {
            #[inline(always)]
            fn truth(self) -> bool { self != Self::default() }
        }
    )* };
}

truth! { i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 Complex32 Complex64 }

impl Truth for Bool {
    #[inline(always)]
    fn truth(self) -> bool {
        self.get()
    }
}

impl Truth for f16 {
    #[inline(always)]
    fn truth(self) -> bool {
        self.to_bits() & 0x7fff != 0
    }
}
