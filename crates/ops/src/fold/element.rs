//! Elements as the folds see them: how each is widened, ordered and tested.

use bytemuck::{Pod, Zeroable};
use hyperslab_base::DType;

/// Floats, and how they widen to `f64` and round back.
pub(super) trait Real: Pod + Send + Sync {
    fn wide(self) -> f64;
    fn narrow(v: f64) -> Self;
}

impl Real for f64 {
    #[inline(always)]
    fn wide(self) -> f64 {
        self
    }
    #[inline(always)]
    fn narrow(v: f64) -> f64 {
        v
    }
}

impl Real for f32 {
    #[inline(always)]
    fn wide(self) -> f64 {
        f64::from(self)
    }
    #[inline(always)]
    fn narrow(v: f64) -> f32 {
        v as f32
    }
}

/// Elements that are true or false.
pub(super) trait Truth: Pod + Send + Sync {
    fn truth(self) -> bool;
}

macro_rules! truths {
    ($($t:ty: $x:ident => $e:expr),* $(,)?) => { $(impl Truth for $t {
        #[inline(always)]
        fn truth(self) -> bool { let $x = self; $e }
    })* };
}

truths! {
    u8: x => x != 0, u16: x => x != 0, u32: x => x != 0, u64: x => x != 0,
    f32: x => x != 0.0, f64: x => x != 0.0,
    [f32; 2]: x => x[0] != 0.0 || x[1] != 0.0, [f64; 2]: x => x[0] != 0.0 || x[1] != 0.0,
}

/// What extrema compare: a total order, but for NaN, which is neither below nor above anything.
pub(super) trait Key: Pod + Send + Sync {
    const DTYPE: DType;
    /// Nothing is below it, and it is no NaN.
    const LOWEST: Self;
    /// Nothing is above it, and it is no NaN.
    const HIGHEST: Self;
    /// A NaN, where the type has one.
    const NAN: Option<Self>;
    fn below(self, o: Self) -> bool;
    fn equal(self, o: Self) -> bool;
    fn is_nan(self) -> bool;
}

macro_rules! int_keys {
    ($($t:ty => $d:ident),* $(,)?) => { $(impl Key for $t {
        const DTYPE: DType = DType::$d;
        const LOWEST: $t = <$t>::MIN;
        const HIGHEST: $t = <$t>::MAX;
        const NAN: Option<$t> = None;
        #[inline(always)]
        fn below(self, o: $t) -> bool { self < o }
        #[inline(always)]
        fn equal(self, o: $t) -> bool { self == o }
        #[inline(always)]
        fn is_nan(self) -> bool { false }
    })* };
}

int_keys! {
    i8 => Int8, i16 => Int16, i32 => Int32, i64 => Int64,
    u8 => UInt8, u16 => UInt16, u32 => UInt32, u64 => UInt64,
}

macro_rules! float_keys {
    ($($t:ty => $d:ident, $c:ident),* $(,)?) => { $(
        impl Key for $t {
            const DTYPE: DType = DType::$d;
            const LOWEST: $t = <$t>::NEG_INFINITY;
            const HIGHEST: $t = <$t>::INFINITY;
            const NAN: Option<$t> = Some(<$t>::NAN);
            #[inline(always)]
            fn below(self, o: $t) -> bool { self < o }
            #[inline(always)]
            fn equal(self, o: $t) -> bool { self == o }
            #[inline(always)]
            fn is_nan(self) -> bool { self != self }
        }
        /// Complex numbers: by real part, then by imaginary part; NaN if either part is.
        impl Key for [$t; 2] {
            const DTYPE: DType = DType::$c;
            const LOWEST: Self = [<$t>::NEG_INFINITY; 2];
            const HIGHEST: Self = [<$t>::INFINITY; 2];
            const NAN: Option<Self> = Some([<$t>::NAN, 0.0]);
            #[inline(always)]
            fn below(self, o: Self) -> bool {
                let ahead = (self[0] < o[0]) | ((self[0] == o[0]) & (self[1] < o[1]));
                ahead & !self.is_nan() & !o.is_nan()
            }
            #[inline(always)]
            fn equal(self, o: Self) -> bool { self == o }
            #[inline(always)]
            fn is_nan(self) -> bool { self[0] != self[0] || self[1] != self[1] }
        }
    )* };
}

float_keys! { f32 => Float32, Complex64, f64 => Float64, Complex128 }

/// Elements with an order: each is compared by a key, and can be had back from it.
pub(super) trait Ordered: Pod + Send + Sync {
    type Key: Key;
    fn key(self) -> Self::Key;
    fn from_key(k: Self::Key) -> Self;
}

macro_rules! own_keys {
    ($($t:ty),* $(,)?) => { $(impl Ordered for $t {
        type Key = $t;
        #[inline(always)]
        fn key(self) -> $t { self }
        #[inline(always)]
        fn from_key(k: $t) -> $t { k }
    })* };
}

own_keys! { i8, i16, i32, i64, u8, u16, u32, u64, f32, f64, [f32; 2], [f64; 2] }

/// A truth value; any byte but 0 is true.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(transparent)]
pub(super) struct Flag(u8);

impl Ordered for Flag {
    type Key = u8;
    #[inline(always)]
    fn key(self) -> u8 {
        u8::from(self.0 != 0)
    }
    #[inline(always)]
    fn from_key(k: u8) -> Self {
        Flag(u8::from(k != 0))
    }
}

/// A time whose NaT is above all others, as plain `i64` times have it below: one of the two makes NaT win.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(transparent)]
pub(super) struct NatHigh(i64);

impl Ordered for NatHigh {
    type Key = i64;
    #[inline(always)]
    fn key(self) -> i64 {
        self.0.wrapping_sub(1)
    }
    #[inline(always)]
    fn from_key(k: i64) -> Self {
        NatHigh(k.wrapping_add(1))
    }
}
