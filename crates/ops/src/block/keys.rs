//! Integers that order real elements as NumPy does, and counting by their leading bits: what selection in several passes
//! does with elements.

use bytemuck::cast_slice;
use hyperslab_base::{Bool, DType, Error, Result, f16};

use super::order::{Ordered, Ticks};

/// Real elements, which an order-preserving integer stands for. Zeros differ by their sign.
pub trait Keyed: Ordered {
    /// Bits of a key.
    const KEY_BITS: u32;

    /// The key of an element that is not missing, in the low bits.
    fn key(self) -> u64;

    /// The element of a key.
    fn of_key(key: u64) -> Self;

    /// What orders all elements but times as NumPy does: zeros of both signs have one rank, NaN the highest.
    fn rank(self) -> u64 {
        self.key()
    }
}

macro_rules! keyed_integers {
    ($($t:ty, $uint:ty, $to:expr, $from:expr);* $(;)?) => { $(
        impl Keyed for $t {
            const KEY_BITS: u32 = <$uint>::BITS;

            fn key(self) -> u64 {
                u64::from($to(self))
            }

            fn of_key(key: u64) -> Self {
                $from(key as $uint)
            }
        }
    )* };
}

keyed_integers! {
    Bool, u8, |x: Bool| u8::from(x.get()), |k: u8| Bool::from(k != 0);
    u8, u8, |x: u8| x, |k: u8| k;
    u16, u16, |x: u16| x, |k: u16| k;
    u32, u32, |x: u32| x, |k: u32| k;
    u64, u64, |x: u64| x, |k: u64| k;
    // The lowest number is the lowest key.
    i8, u8, |x: i8| x as u8 ^ 1 << 7, |k: u8| (k ^ 1 << 7) as i8;
    i16, u16, |x: i16| x as u16 ^ 1 << 15, |k: u16| (k ^ 1 << 15) as i16;
    i32, u32, |x: i32| x as u32 ^ 1 << 31, |k: u32| (k ^ 1 << 31) as i32;
    i64, u64, |x: i64| x as u64 ^ 1 << 63, |k: u64| (k ^ 1 << 63) as i64;
    Ticks, u64, |x: Ticks| x.0 as u64 ^ 1 << 63, |k: u64| Ticks((k ^ 1 << 63) as i64);
}

macro_rules! keyed_floats {
    ($($t:ty, $uint:ty);* $(;)?) => { $(
        impl Keyed for $t {
            const KEY_BITS: u32 = <$uint>::BITS;

            fn key(self) -> u64 {
                const SIGN: $uint = 1 << (<$uint>::BITS - 1);
                let bits = self.to_bits();
                u64::from(if bits & SIGN == 0 { bits | SIGN } else { !bits })
            }

            fn of_key(key: u64) -> Self {
                const SIGN: $uint = 1 << (<$uint>::BITS - 1);
                let key = key as $uint;
                <$t>::from_bits(if key & SIGN == 0 { !key } else { key ^ SIGN })
            }

            fn rank(self) -> u64 {
                if self.is_nan() {
                    return u64::MAX;
                }
                if self == <$t>::from_bits(0) { 1 << (<$uint>::BITS - 1) } else { self.key() }
            }
        }
    )* };
}

keyed_floats! {
    f16, u16;
    f32, u32;
    f64, u64;
}

/// An expression with the type of elements of a dtype, where they are real.
macro_rules! with_keys {
    ($dtype:expr, $t:ident => $body:expr, $otherwise:expr) => {
        $crate::block::order::with_elements!($dtype, $t => $body, [],
            hyperslab_base::DType::Complex64 | hyperslab_base::DType::Complex128 | hyperslab_base::DType::Opaque(_)
                => $otherwise)
    };
}

pub(super) use with_keys;

/// Bits of the keys of a dtype; none of complex numbers and what is not compared natively.
pub fn key_bits(dtype: DType) -> Option<u32> {
    with_keys!(dtype, T => Some(T::KEY_BITS), None)
}

/// Keys whose leading bits are one of some prefixes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prefixes {
    /// Bits that follow a prefix.
    pub below: u32,
    /// The prefixes, in ascending order.
    pub of: Vec<u64>,
}

impl Prefixes {
    /// The prefix of a key. Of all bits that follow one, none are left.
    pub fn prefix(&self, key: u64) -> u64 {
        key.checked_shr(self.below).unwrap_or(0)
    }

    /// Which of the prefixes a key has.
    fn find(&self, key: u64) -> Option<usize> {
        let prefix = self.prefix(key);
        match self.of[..] {
            [only] => (only == prefix).then_some(0),
            _ => self.of.binary_search(&prefix).ok(),
        }
    }
}

/// Elements that are NaN or NaT.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Missing {
    /// How many.
    pub count: u64,
    /// Index of the first.
    pub first: Option<usize>,
}

fn not_real(dtype: DType) -> Error {
    Error::internal(format!("keys of {dtype}"))
}

/// Counts the elements whose keys have one of the prefixes by the `bits` that follow it: `counts` has a table of
/// `1 << bits` for each prefix. Missing elements are not among them.
///
/// # Errors
/// `Internal` for complex numbers.
pub fn count_keys(dtype: DType, elements: &[u8], at: &Prefixes, bits: u32, counts: &mut [u64]) -> Result<Missing> {
    let (shift, mask) = (at.below - bits, (1u64 << bits) - 1);
    with_keys!(dtype, T => {
        let mut missing = Missing::default();
        let all = at.below == T::KEY_BITS;
        for (i, &x) in cast_slice::<u8, T>(elements).iter().enumerate() {
            if x.is_missing() {
                missing.count += 1;
                missing.first.get_or_insert(i);
                continue;
            }
            let key = x.key();
            let table = if all { Some(0) } else { at.find(key) };
            if let Some(table) = table {
                counts[table << bits | (key >> shift & mask) as usize] += 1;
            }
        }
        Ok(missing)
    }, Err(not_real(dtype)))
}

/// Adds the keys that have one of the prefixes.
///
/// # Errors
/// `Internal` for complex numbers.
pub fn collect_keys(dtype: DType, elements: &[u8], at: &Prefixes, keys: &mut Vec<u64>) -> Result<()> {
    with_keys!(dtype, T => {
        let known = cast_slice::<u8, T>(elements).iter().filter(|x| !x.is_missing());
        keys.extend(known.map(|x| x.key()).filter(|&key| at.find(key).is_some()));
        Ok(())
    }, Err(not_real(dtype)))
}
