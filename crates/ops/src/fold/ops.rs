//! Folds of one accumulator: what is loaded, how two are joined, what comes out.

use std::marker::PhantomData;

use bytemuck::Pod;
use hyperslab_base::DType;

use super::element::{Flag, Key, Ordered, Real, Truth};

/// A fold of one accumulator whose join is associative (for floats: nearly).
pub(super) trait Op: Send + Sync + 'static {
    type In: Pod;
    type Acc: Pod;
    type Out: Pod;
    const PLANE: DType;
    fn identity() -> Self::Acc;
    fn load(x: Self::In) -> Self::Acc;
    fn join(a: Self::Acc, b: Self::Acc) -> Self::Acc;
    fn finish(a: Self::Acc, count: u64) -> Self::Out;
    /// Whether the compiler may regroup the joins by itself, and does so best when left alone.
    const REGROUPS: bool = false;
    /// Folds a row, one element after the other.
    #[inline(always)]
    fn in_order(row: &[Self::In]) -> Self::Acc {
        row.iter().fold(Self::identity(), |a, &x| Self::join(a, Self::load(x)))
    }
    /// Whether a row that folded to `a` must be folded again, one element after the other.
    #[inline(always)]
    fn order_matters(_: Self::Acc) -> bool {
        false
    }
}

/// Type parameters of ops are only names of types.
type Of<T> = PhantomData<fn() -> T>;

/// Sum modulo the width of the integer: signed integers go by their bits.
pub(super) struct AddInt<T>(Of<T>);
/// Product modulo the width of the integer.
pub(super) struct MulInt<T>(Of<T>);
/// Sum of integers divided by their number, towards zero: `mean` with an integer `dtype`.
pub(super) struct MeanInt<T>(Of<T>);

macro_rules! int_ops {
    ($($t:ty => $d:ident),* $(,)?) => { $(
        impl Op for AddInt<$t> {
            type In = $t;
            type Acc = $t;
            type Out = $t;
            const PLANE: DType = DType::$d;
            const REGROUPS: bool = true;
            #[inline(always)]
            fn identity() -> $t { 0 }
            #[inline(always)]
            fn load(x: $t) -> $t { x }
            #[inline(always)]
            fn join(a: $t, b: $t) -> $t { a.wrapping_add(b) }
            #[inline(always)]
            fn finish(a: $t, _: u64) -> $t { a }
        }
        impl Op for MulInt<$t> {
            type In = $t;
            type Acc = $t;
            type Out = $t;
            const PLANE: DType = DType::$d;
            const REGROUPS: bool = true;
            #[inline(always)]
            fn identity() -> $t { 1 }
            #[inline(always)]
            fn load(x: $t) -> $t { x }
            #[inline(always)]
            fn join(a: $t, b: $t) -> $t { a.wrapping_mul(b) }
            #[inline(always)]
            fn finish(a: $t, _: u64) -> $t { a }
        }
    )* };
}

int_ops! { u8 => UInt8, u16 => UInt16, u32 => UInt32, u64 => UInt64 }

macro_rules! int_means {
    ($($t:ty => $d:ident),* $(,)?) => { $(impl Op for MeanInt<$t> {
        type In = $t;
        type Acc = $t;
        type Out = $t;
        const PLANE: DType = DType::$d;
        const REGROUPS: bool = true;
        #[inline(always)]
        fn identity() -> $t { 0 }
        #[inline(always)]
        fn load(x: $t) -> $t { x }
        #[inline(always)]
        fn join(a: $t, b: $t) -> $t { a.wrapping_add(b) }
        #[inline(always)]
        fn finish(a: $t, count: u64) -> $t { (a as f64 / count as f64) as $t }
    })* };
}

int_means! {
    i8 => Int8, i16 => Int16, i32 => Int32, i64 => Int64,
    u8 => UInt8, u16 => UInt16, u32 => UInt32, u64 => UInt64,
}

/// Sum of narrow integers modulo 2^64.
pub(super) struct AddWide<T>(Of<T>);
/// Mean of narrow integers as a float: their sum is exact, up to 2^31 elements of the widest.
pub(super) struct MeanWide<T>(Of<T>);

/// Elements of 16 bits whose sum surely fits into 32: twice as many additions at once as with 64.
const FIT: usize = 1 << 15;

/// Sum of the elements, each no wider than 16 bits.
#[inline(always)]
fn narrow_sum<T: Copy>(row: &[T], part: impl Fn(T) -> i32 + Copy) -> i64 {
    row.chunks(FIT).map(|few| i64::from(few.iter().fold(0, |a, &x| a + part(x)))).sum()
}

macro_rules! wide_sums {
    ($($name:ident => $out:ty, |$a:ident, $count:ident| $finish:expr, of $($t:ty)*;)*) => { $($(
        impl Op for $name<$t> {
            type In = $t;
            type Acc = i64;
            type Out = $out;
            const PLANE: DType = DType::Int64;
            const REGROUPS: bool = true;
            #[inline(always)]
            fn identity() -> i64 { 0 }
            #[inline(always)]
            fn load(x: $t) -> i64 { i64::from(x) }
            #[inline(always)]
            fn join(a: i64, b: i64) -> i64 { a.wrapping_add(b) }
            #[inline(always)]
            fn in_order(row: &[$t]) -> i64 {
                match size_of::<$t>() {
                    ..=2 => narrow_sum(row, |x| x as i32),
                    _ => row.iter().fold(0, |a: i64, &x| a.wrapping_add(i64::from(x))),
                }
            }
            #[inline(always)]
            fn finish($a: i64, $count: u64) -> $out { $finish }
        }
    )*)* };
}

wide_sums! {
    AddWide => i64, |a, _count| a, of i8 i16 i32 u8 u16 u32;
    MeanWide => f64, |a, count| a as f64 / count as f64, of i8 i16 i32 u8 u16 u32;
}

/// Share of truths: any byte but 0 is one.
impl Op for MeanWide<Flag> {
    type In = Flag;
    type Acc = i64;
    type Out = f64;
    const PLANE: DType = DType::Int64;
    const REGROUPS: bool = true;
    #[inline(always)]
    fn identity() -> i64 {
        0
    }
    #[inline(always)]
    fn load(x: Flag) -> i64 {
        i64::from(x.key())
    }
    #[inline(always)]
    fn join(a: i64, b: i64) -> i64 {
        a + b
    }
    #[inline(always)]
    fn in_order(row: &[Flag]) -> i64 {
        narrow_sum(row, |x| i32::from(x.key()))
    }
    #[inline(always)]
    fn finish(a: i64, count: u64) -> f64 {
        a as f64 / count as f64
    }
}

/// NumPy's "not a time".
const NAT: i64 = i64::MIN;

/// Sum of durations, or their mean; NaT once seen stays.
pub(super) struct AddTime<const MEAN: bool>;

impl<const MEAN: bool> Op for AddTime<MEAN> {
    type In = i64;
    type Acc = i64;
    type Out = i64;
    const PLANE: DType = DType::Int64;
    #[inline(always)]
    fn identity() -> i64 {
        0
    }
    #[inline(always)]
    fn load(x: i64) -> i64 {
        x
    }
    #[inline(always)]
    fn join(a: i64, b: i64) -> i64 {
        if (a == NAT) | (b == NAT) { NAT } else { a.wrapping_add(b) }
    }
    #[inline(always)]
    fn finish(a: i64, count: u64) -> i64 {
        match (MEAN, i64::try_from(count)) {
            (false, _) => a,
            (true, Ok(n)) if n > 0 && a != NAT => a / n,
            _ => NAT,
        }
    }
}

/// Product of floats; a NaN counts as 1 where `NAN`.
pub(super) struct MulReal<T, const NAN: bool>(Of<T>);

impl<T: Real, const NAN: bool> Op for MulReal<T, NAN> {
    type In = T;
    type Acc = f64;
    type Out = T;
    const PLANE: DType = DType::Float64;
    #[inline(always)]
    fn identity() -> f64 {
        1.0
    }
    #[inline(always)]
    fn load(x: T) -> f64 {
        let x = x.wide();
        if NAN && x.is_nan() { 1.0 } else { x }
    }
    #[inline(always)]
    fn join(a: f64, b: f64) -> f64 {
        a * b
    }
    #[inline(always)]
    fn finish(a: f64, _: u64) -> T {
        T::narrow(a)
    }
}

/// Product of complex numbers; a NaN counts as 1 where `NAN`.
pub(super) struct MulComplex<T, const NAN: bool>(Of<T>);

impl<T: Real, const NAN: bool> Op for MulComplex<T, NAN> {
    type In = [T; 2];
    type Acc = [f64; 2];
    type Out = [T; 2];
    const PLANE: DType = DType::Complex128;
    #[inline(always)]
    fn identity() -> [f64; 2] {
        [1.0, 0.0]
    }
    #[inline(always)]
    fn load(x: [T; 2]) -> [f64; 2] {
        let x = x.map(T::wide);
        if NAN && Key::is_nan(x) { [1.0, 0.0] } else { x }
    }
    #[inline(always)]
    fn join(a: [f64; 2], b: [f64; 2]) -> [f64; 2] {
        [a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]]
    }
    #[inline(always)]
    fn finish(a: [f64; 2], _: u64) -> [T; 2] {
        a.map(T::narrow)
    }
}

/// Whether any element is true (`ALL`: whether none is false).
pub(super) struct Truths<T, const ALL: bool>(Of<T>);

impl<T: Truth, const ALL: bool> Op for Truths<T, ALL> {
    type In = T;
    type Acc = u8;
    type Out = u8;
    const PLANE: DType = DType::Bool;
    const REGROUPS: bool = true;
    #[inline(always)]
    fn identity() -> u8 {
        u8::from(ALL)
    }
    #[inline(always)]
    fn load(x: T) -> u8 {
        u8::from(x.truth())
    }
    #[inline(always)]
    fn join(a: u8, b: u8) -> u8 {
        if ALL { a & b } else { a | b }
    }
    #[inline(always)]
    fn finish(a: u8, _: u64) -> u8 {
        a
    }
}

/// How many elements are true.
pub(super) struct Count<T>(Of<T>);

impl<T: Truth> Op for Count<T> {
    type In = T;
    type Acc = i64;
    type Out = i64;
    const PLANE: DType = DType::Int64;
    const REGROUPS: bool = true;
    #[inline(always)]
    fn identity() -> i64 {
        0
    }
    #[inline(always)]
    fn load(x: T) -> i64 {
        i64::from(x.truth())
    }
    #[inline(always)]
    fn join(a: i64, b: i64) -> i64 {
        a + b
    }
    #[inline(always)]
    fn in_order(row: &[T]) -> i64 {
        narrow_sum(row, |x| i32::from(x.truth()))
    }
    #[inline(always)]
    fn finish(a: i64, _: u64) -> i64 {
        a
    }
}

/// The lowest element (`MAX`: the highest). A NaN wins, the first one; where `SKIP` it wins against nothing.
pub(super) struct Extremum<T, const MAX: bool, const SKIP: bool>(Of<T>);

impl<T: Ordered, const MAX: bool, const SKIP: bool> Op for Extremum<T, MAX, SKIP> {
    type In = T;
    type Acc = T::Key;
    type Out = T;
    const PLANE: DType = <T::Key as Key>::DTYPE;
    const REGROUPS: bool = T::Key::NAN.is_none();
    #[inline(always)]
    fn identity() -> T::Key {
        match T::Key::NAN {
            Some(nan) if SKIP => nan,
            _ if MAX => T::Key::LOWEST,
            _ => T::Key::HIGHEST,
        }
    }
    #[inline(always)]
    fn load(x: T) -> T::Key {
        x.key()
    }
    #[inline(always)]
    fn join(a: T::Key, b: T::Key) -> T::Key {
        let (ahead, behind) = if MAX { (b.below(a), a.below(b)) } else { (a.below(b), b.below(a)) };
        let keep = if SKIP { !(behind | a.is_nan()) } else { ahead | a.is_nan() };
        if keep { a } else { b }
    }
    #[inline(always)]
    fn order_matters(a: T::Key) -> bool {
        // Complex NaNs differ, and the first of them is the result.
        !SKIP && matches!(Self::PLANE, DType::Complex64 | DType::Complex128) && a.is_nan()
    }
    #[inline(always)]
    fn finish(a: T::Key, _: u64) -> T {
        match T::Key::NAN {
            // NumPy's all-NaN complex slice has no imaginary part.
            Some(nan) if SKIP && a.is_nan() => T::from_key(nan),
            _ => T::from_key(a),
        }
    }
}
