//! Whether any of many elements is special, at the speed of memory: what looks for floating-point errors asks here first.

use std::ops::BitOr;

use bytemuck::{Pod, cast_slice};
use hyperslab_base::DType;

use crate::simd::vectorize;

/// What is looked for among results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Signs {
    /// NaN, where operands are numbers.
    pub nan: bool,
    /// Infinities, where operands are finite.
    pub infinite: bool,
    /// Zeros and subnormal numbers.
    pub small: bool,
}

/// The bits of a float.
trait Bits: Pod + BitOr<Output = Self> {
    /// Those of the exponent, all of them set.
    const EXPONENT: Self;
    /// With the highest bit set where adding one to the exponent reaches the sign: of infinities and NaN.
    fn beyond(self) -> Self;
    /// Whether the highest bit is set.
    fn has_highest(self) -> bool;
    /// Infinities and NaN.
    #[inline(always)]
    fn is_beyond(self) -> bool {
        self.beyond().has_highest()
    }
    /// All but the sign.
    fn magnitude(self) -> Self;
    fn is_nan(self) -> bool;
    /// Zeros and subnormal numbers.
    fn is_small(self) -> bool;
}

macro_rules! bits {
    ($($t:ty, $exponent:expr, $one:expr;)*) => { $(
        impl Bits for $t {
            const EXPONENT: Self = $exponent;
            #[inline(always)]
            fn beyond(self) -> Self {
                self.wrapping_add($one) ^ self
            }
            #[inline(always)]
            fn has_highest(self) -> bool {
                self >> (<$t>::BITS - 1) != 0
            }
            #[inline(always)]
            fn magnitude(self) -> Self {
                self & (<$t>::MAX >> 1)
            }
            #[inline(always)]
            fn is_nan(self) -> bool {
                self.magnitude() > Self::EXPONENT
            }
            #[inline(always)]
            fn is_small(self) -> bool {
                self.magnitude() < $one
            }
        }
    )* };
}

bits! {
    u16, 0x7c00, 0x0400;
    u32, 0x7f80_0000, 0x0080_0000;
    u64, 0x7ff0_0000_0000_0000, 0x0010_0000_0000_0000;
}

impl Signs {
    /// Whether a result has one of them, where operands are NaN or more than finite.
    #[inline(always)]
    fn has<T: Bits>(self, x: T, nan: bool, beyond: bool) -> bool {
        (self.nan & x.is_nan() & !nan)
            | (self.infinite & x.is_beyond() & !x.is_nan() & !beyond)
            | (self.small & x.is_small())
    }
}

/// Calls a function of the bits of a float dtype, or of the parts of a complex one.
macro_rules! of_bits {
    ($dtype:expr, $f:ident($($a:expr),*), $otherwise:expr) => {
        match $dtype {
            DType::Float16 => $f::<u16>($($a),*),
            DType::Float32 | DType::Complex64 => $f::<u32>($($a),*),
            DType::Float64 | DType::Complex128 => $f::<u64>($($a),*),
            _ => $otherwise,
        }
    };
}

/// Whether any element is infinite or NaN, or too small to be normal where that is asked for. Of dtypes that are not
/// floats: true.
pub fn any_special(dtype: DType, bytes: &[u8], small: bool) -> bool {
    fn any<T: Bits>(bytes: &[u8], small: bool) -> bool {
        let elements: &[T] = cast_slice(bytes);
        vectorize(
            #[inline(always)]
            || {
                elements.iter().fold(T::zeroed(), |all, x| all | x.beyond()).has_highest()
                    || small && elements.iter().fold(false, |any, x| any | x.is_small())
            },
        )
    }
    of_bits!(dtype, any(bytes, small), true)
}

/// Whether any result has one of the signs, its operands considered: one or two, of its dtype and as many. Without
/// operands results speak for themselves.
pub fn any_sign(dtype: DType, out: &[u8], ins: &[&[u8]], signs: Signs) -> bool {
    fn any<T: Bits>(out: &[u8], ins: &[&[u8]], signs: Signs) -> bool {
        let out: &[T] = cast_slice(out);
        vectorize(
            #[inline(always)]
            || match ins {
                [] => out.iter().fold(false, |any, x| any | signs.has(*x, false, false)),
                [a] => {
                    let a: &[T] = cast_slice(a);
                    out.iter().zip(a).fold(false, |any, (x, a)| any | signs.has(*x, a.is_nan(), a.is_beyond()))
                }
                [a, .., b] => {
                    let (a, b): (&[T], &[T]) = (cast_slice(a), cast_slice(b));
                    out.iter().zip(a).zip(b).fold(false, |any, ((x, a), b)| {
                        any | signs.has(*x, a.is_nan() | b.is_nan(), a.is_beyond() | b.is_beyond())
                    })
                }
            },
        )
    }
    of_bits!(dtype, any(out, ins, signs), true)
}

/// Whether any float is NaN or not between the bounds. Of dtypes that are not floats: true.
pub fn any_outside(dtype: DType, bytes: &[u8], low: f64, high: f64) -> bool {
    macro_rules! any {
        ($t:ty, $bound:ty, $of:expr) => {{
            let elements: &[$t] = cast_slice(bytes);
            let (low, high) = (low as $bound, high as $bound);
            vectorize(
                #[inline(always)]
                || {
                    elements.iter().fold(false, |any, &x| {
                        let x: $bound = $of(x);
                        any | !((x > low) & (x < high))
                    })
                },
            )
        }};
    }
    match dtype {
        DType::Float32 => any!(f32, f32, |x| x),
        DType::Float64 => any!(f64, f64, |x| x),
        _ => true,
    }
}

/// Whether any integer is zero, or -1 where that is asked for.
pub fn any_zero(bytes: &[u8], item: usize, minus_one: bool) -> bool {
    macro_rules! any {
        ($t:ty) => {{
            let elements: &[$t] = cast_slice(bytes);
            vectorize(
                #[inline(always)]
                || elements.iter().fold(false, |any, &x| any | (x == 0) | (minus_one & (x == <$t>::MAX))),
            )
        }};
    }
    match item {
        1 => any!(u8),
        2 => any!(u16),
        4 => any!(u32),
        _ => any!(u64),
    }
}
