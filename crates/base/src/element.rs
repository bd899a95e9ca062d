//! Rust types behind the dtypes.

use bytemuck::{Pod, Zeroable};
pub use half::f16;

use crate::dtype::DType;

/// Complex number of two `f32`: NumPy's `complex64`.
pub type Complex32 = num_complex::Complex<f32>;
/// Complex number of two `f64`: NumPy's `complex128`.
pub type Complex64 = num_complex::Complex<f64>;

/// One byte that is 0 or 1; any other byte counts as true, so foreign memory is never undefined behaviour.
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
#[repr(transparent)]
pub struct Bool(pub u8);

impl Bool {
    /// The truth.
    #[inline(always)]
    pub const fn get(self) -> bool {
        self.0 != 0
    }
}

impl From<bool> for Bool {
    #[inline(always)]
    fn from(b: bool) -> Self {
        Bool(b as u8)
    }
}

impl PartialEq for Bool {
    #[inline(always)]
    fn eq(&self, o: &Self) -> bool {
        self.get() == o.get()
    }
}

impl PartialOrd for Bool {
    #[inline(always)]
    fn partial_cmp(&self, o: &Self) -> Option<std::cmp::Ordering> {
        Some(self.get().cmp(&o.get()))
    }
}

/// A Rust type that stores elements of a dtype. Times are stored as `i64`.
pub trait Element: Pod + Send + Sync + PartialEq + std::fmt::Debug {
    /// The dtype it stores.
    const DTYPE: DType;
}

macro_rules! elements {
    ($($t:ty => $d:ident),* $(,)?) => { $(impl Element for $t { const DTYPE: DType = DType::$d; })* };
}

elements! {
    Bool => Bool,
    i8 => Int8, i16 => Int16, i32 => Int32, i64 => Int64,
    u8 => UInt8, u16 => UInt16, u32 => UInt32, u64 => UInt64,
    f16 => Float16, f32 => Float32, f64 => Float64,
    Complex32 => Complex64, Complex64 => Complex128,
}
