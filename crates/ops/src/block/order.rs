//! NumPy's order of elements: NaN after every number, NaT after every time, zeros of both signs equal.

use std::cmp::Ordering;

use bytemuck::{Pod, Zeroable, cast_slice, cast_slice_mut};
use hyperslab_base::{Bool, DType, Error, Result, f16};
use num_complex::Complex;

/// An expression with the type of elements of a dtype: a real one or a time, one of a list of further types, or another
/// expression for what is left.
macro_rules! with_elements {
    ($dtype:expr, $t:ident => $body:expr, [$($d:ident => $type:ty),*], $others:pat => $otherwise:expr) => {
        $crate::block::order::with_elements!(@ $dtype, $t, $body, $others, $otherwise, $($d => $type,)*
            Bool => hyperslab_base::Bool, Int8 => i8, Int16 => i16, Int32 => i32, Int64 => i64,
            UInt8 => u8, UInt16 => u16, UInt32 => u32, UInt64 => u64,
            Float16 => hyperslab_base::f16, Float32 => f32, Float64 => f64)
    };
    (@ $dtype:expr, $t:ident, $body:expr, $others:pat, $otherwise:expr, $($d:ident => $type:ty),*) => {
        match $dtype {
            $(hyperslab_base::DType::$d => {
                type $t = $type;
                $body
            })*
            hyperslab_base::DType::DateTime64(_) | hyperslab_base::DType::TimeDelta64(_) => {
                type $t = $crate::block::order::Ticks;
                $body
            }
            $others => $otherwise,
        }
    };
}

/// An expression with the type of elements of a dtype that NumPy sorts natively.
macro_rules! with_order {
    ($dtype:expr, $t:ident => $body:expr) => {
        $crate::block::order::with_elements!($dtype, $t => $body,
            [Complex64 => hyperslab_base::Complex32, Complex128 => hyperslab_base::Complex64],
            hyperslab_base::DType::Opaque(_) => Err(hyperslab_base::Error::internal("order of opaque elements")))
    };
}

pub(super) use {with_elements, with_order};

/// Elements that NumPy sorts.
pub trait Ordered: Pod {
    /// NumPy's comparison.
    fn compare(self, other: Self) -> Ordering;

    /// Whether it is NaT, or NaN in any part.
    fn is_missing(self) -> bool;

    /// Writes the elements of `lane` sorted, equal ones in their order; or, with places (in ascending order), so that at
    /// those there is what sorting puts there, nothing larger before it and nothing smaller after it.
    fn arrange(lane: &[Self], to: &mut [Self], places: Option<&[usize]>);

    /// Writes the indices of the elements in such an order.
    fn indices(lane: &[Self], to: &mut [i64], places: Option<&[usize]>);
}

/// Bytes that sorting holds per element, at most, besides elements and results.
pub const ORDER_BYTES: u64 = 16;

/// Writes the elements sorted, equal ones in their order: of sorted runs one after the other, that merges them.
///
/// # Errors
/// `Internal` for a dtype whose elements are not compared natively.
pub fn arrange(dtype: DType, elements: &[u8], to: &mut [u8]) -> Result<()> {
    with_order!(dtype, T => {
        T::arrange(cast_slice(elements), cast_slice_mut(to), None);
        Ok(())
    })
}

/// Writes the indices that do so.
///
/// # Errors
/// As [`arrange`].
pub fn indices(dtype: DType, elements: &[u8], to: &mut [i64]) -> Result<()> {
    with_order!(dtype, T => {
        T::indices(cast_slice(elements), to, None);
        Ok(())
    })
}

/// A datetime or timedelta: its ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(transparent)]
pub struct Ticks(pub i64);

/// Sorts keys, or puts those of `places` in place.
fn arrange_by<K>(keys: &mut [K], places: Option<&[usize]>, compare: impl Fn(&K, &K) -> Ordering) {
    let Some(places) = places else { return keys.sort_unstable_by(compare) };
    let mut first = 0;
    for &k in places {
        if (first..keys.len()).contains(&k) {
            keys[first..].select_nth_unstable_by(k - first, &compare);
            first = k + 1;
        }
    }
}

/// The order of elements from their ranks: integers in as many low bits as an element has.
fn indices_by_rank<T: Copy>(lane: &[T], to: &mut [i64], places: Option<&[usize]>, rank: impl Fn(T) -> u64) {
    // Rank and index in one integer: elements of equal rank are ordered by index.
    if size_of::<T>() <= 4 && u32::try_from(lane.len()).is_ok() {
        let mut keys: Vec<u64> = lane.iter().zip(0u64..).map(|(&x, i)| rank(x) << 32 | i).collect();
        arrange_by(&mut keys, places, u64::cmp);
        to.iter_mut().zip(keys).for_each(|(i, key)| *i = i64::from(key as u32));
    } else {
        let mut keys: Vec<u128> = lane.iter().zip(0u128..).map(|(&x, i)| u128::from(rank(x)) << 64 | i).collect();
        arrange_by(&mut keys, places, u128::cmp);
        to.iter_mut().zip(keys).for_each(|(i, key)| *i = key as i64);
    }
}

macro_rules! ordered_by_rank {
    ($($t:ty, $missing:expr, $rank:expr);* $(;)?) => { $(
        impl Ordered for $t {
            fn compare(self, other: Self) -> Ordering {
                $rank(self).cmp(&$rank(other))
            }

            fn is_missing(self) -> bool {
                $missing(self)
            }

            fn arrange(lane: &[Self], to: &mut [Self], places: Option<&[usize]>) {
                to.copy_from_slice(lane);
                arrange_by(to, places, |&a, &b| a.compare(b));
            }

            fn indices(lane: &[Self], to: &mut [i64], places: Option<&[usize]>) {
                indices_by_rank(lane, to, places, $rank);
            }
        }
    )* };
}

fn never<T>(_: T) -> bool {
    false
}

/// The lowest number is the lowest integer.
const fn shifted(x: i64) -> u64 {
    x as u64 ^ 1 << 63
}

ordered_by_rank! {
    Bool, never, |x: Bool| u64::from(x.get());
    u8, never, |x: u8| u64::from(x);
    u16, never, |x: u16| u64::from(x);
    u32, never, |x: u32| u64::from(x);
    u64, never, |x: u64| x;
    i8, never, |x: i8| u64::from(x as u8 ^ 1 << 7);
    i16, never, |x: i16| u64::from(x as u16 ^ 1 << 15);
    i32, never, |x: i32| u64::from(x as u32 ^ 1 << 31);
    i64, never, shifted;
    // NaT is the lowest integer: one less is the highest.
    Ticks, |x: Ticks| x.0 == i64::MIN, |x: Ticks| shifted(x.0.wrapping_sub(1));
}

macro_rules! ordered_floats {
    ($($t:ty, $int:ty, $uint:ty);* $(;)?) => { $(
        impl Ordered for $t {
            fn compare(self, other: Self) -> Ordering {
                self.partial_cmp(&other).unwrap_or_else(|| self.is_nan().cmp(&other.is_nan()))
            }

            fn is_missing(self) -> bool {
                self.is_nan()
            }

            fn arrange(lane: &[Self], to: &mut [Self], places: Option<&[usize]>) {
                // Signed integers sort as the bits of positive floats do, and with these turned as those of negative ones.
                let turn = |x: $int| x ^ ((x >> (<$int>::BITS - 1)) as $uint >> 1) as $int;
                let numbers = missing_last(lane, to);
                let keys: &mut [$int] = cast_slice_mut(&mut to[..numbers]);
                keys.iter_mut().for_each(|x| *x = turn(*x));
                arrange_by(keys, places, <$int>::cmp);
                keys.iter_mut().for_each(|x| *x = turn(*x));
                let zero = <$t>::from_bits(0);
                if places.is_none() && lane.iter().any(|x| *x == zero && x.is_sign_negative()) {
                    // The bits differ, the zeros are equal: they stay in their order.
                    let first = to[..numbers].partition_point(|x| *x < zero);
                    let zeros = lane.iter().filter(|x| **x == zero);
                    to[first..].iter_mut().zip(zeros).for_each(|(to, x)| *to = *x);
                }
            }

            fn indices(lane: &[Self], to: &mut [i64], places: Option<&[usize]>) {
                indices_by_rank(lane, to, places, |x| {
                    if x.is_nan() {
                        return u64::from(<$uint>::MAX);
                    }
                    let bits = if x == <$t>::from_bits(0) { 0 } else { x.to_bits() };
                    let mask = if bits >> (<$uint>::BITS - 1) == 1 { <$uint>::MAX } else { 1 << (<$uint>::BITS - 1) };
                    u64::from(bits ^ mask)
                });
            }
        }
    )* };
}

ordered_floats! {
    f16, i16, u16;
    f32, i32, u32;
    f64, i64, u64;
}

/// Writes the elements of `lane`, those that are missing last; how many are not.
fn missing_last<T: Ordered>(lane: &[T], to: &mut [T]) -> usize {
    let mut numbers = 0;
    for x in lane.iter().filter(|x| !x.is_missing()) {
        to[numbers] = *x;
        numbers += 1;
    }
    let missing = lane.iter().filter(|x| x.is_missing());
    to[numbers..].iter_mut().zip(missing).for_each(|(to, x)| *to = *x);
    numbers
}

macro_rules! ordered_complex {
    ($($t:ty),*) => { $(
        impl Ordered for Complex<$t> {
            /// By real part, then by imaginary part; a NaN in the real part counts more than one in the other.
            fn compare(self, other: Self) -> Ordering {
                let missing = |x: Self| (x.re.is_nan(), x.im.is_nan());
                missing(self).cmp(&missing(other)).then_with(|| self.re.compare(other.re)).then_with(|| self.im.compare(other.im))
            }

            fn is_missing(self) -> bool {
                self.re.is_nan() || self.im.is_nan()
            }

            fn arrange(lane: &[Self], to: &mut [Self], places: Option<&[usize]>) {
                to.copy_from_slice(lane);
                match places {
                    None => to.sort_by(|a, b| a.compare(*b)),
                    Some(_) => arrange_by(to, places, |a, b| a.compare(*b)),
                }
            }

            fn indices(lane: &[Self], to: &mut [i64], places: Option<&[usize]>) {
                to.iter_mut().zip(0..).for_each(|(to, i)| *to = i);
                arrange_by(to, places, |&i, &j| lane[i as usize].compare(lane[j as usize]).then(i.cmp(&j)));
            }
        }
    )* };
}

ordered_complex!(f32, f64);

/// Whether elements of a dtype are compared natively.
pub(super) fn orderable(dtype: DType) -> Result<()> {
    match dtype.is_opaque() {
        true => Err(Error::unsupported(format!("the order of elements of dtype {dtype}"))),
        false => Ok(()),
    }
}
