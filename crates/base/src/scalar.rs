//! One typed value.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::dtype::{DType, Kind};
use crate::element::{Bool, Complex32, Complex64, Element, f16};
use crate::error::{Error, Result};

/// One value of a dtype, held as its bytes: equality and hash are those of the bits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Scalar {
    dtype: DType,
    bytes: [u8; 16],
}

impl Scalar {
    /// Scalar of a Rust value; its dtype is the element's.
    pub fn new<T: Element>(v: T) -> Self {
        Self::with_dtype(T::DTYPE, v)
    }

    /// Scalar of a Rust value that stores `dtype` (for times: an `i64` and its unit).
    pub fn with_dtype<T: Element>(dtype: DType, v: T) -> Self {
        debug_assert_eq!(dtype.storage(), T::DTYPE);
        let mut bytes = [0; 16];
        bytes[..size_of::<T>()].copy_from_slice(bytemuck::bytes_of(&v));
        Scalar { dtype, bytes }
    }

    /// Scalar from the native-endian bytes of one element.
    ///
    /// # Errors
    /// `Internal` when the number of bytes is not the dtype's.
    pub fn from_bytes(dtype: DType, b: &[u8]) -> Result<Self> {
        if dtype.is_opaque() {
            return Err(Error::unsupported(format!("one value of dtype {dtype} without an array that holds it")));
        }
        if b.len() != dtype.itemsize() {
            return Err(Error::internal(format!("{} bytes for a {dtype} scalar", b.len())));
        }
        let mut bytes = [0; 16];
        bytes[..b.len()].copy_from_slice(b);
        Ok(Scalar { dtype, bytes })
    }

    /// Zero of a dtype (`False`, the epoch).
    pub fn zero(dtype: DType) -> Self {
        Scalar { dtype, bytes: [0; 16] }
    }

    /// A real number in any numeric dtype; integers by truncation.
    pub fn from_f64(dtype: DType, v: f64) -> Self {
        match dtype {
            DType::Bool => Self::new(Bool::from(v != 0.0)),
            DType::Int8 => Self::new(v as i8),
            DType::Int16 => Self::new(v as i16),
            DType::Int32 => Self::new(v as i32),
            DType::Int64 => Self::new(v as i64),
            DType::UInt8 => Self::new(v as u8),
            DType::UInt16 => Self::new(v as u16),
            DType::UInt32 => Self::new(v as u32),
            DType::UInt64 => Self::new(v as u64),
            DType::Float16 => Self::new(f16::from_f64(v)),
            DType::Float32 => Self::new(v as f32),
            DType::Float64 => Self::new(v),
            DType::Complex64 => Self::new(Complex32::new(v as f32, 0.0)),
            DType::Complex128 => Self::new(Complex64::new(v, 0.0)),
            DType::DateTime64(_) | DType::TimeDelta64(_) => Self::with_dtype(dtype, v as i64),
            DType::Opaque(_) => Self::zero(dtype),
        }
    }

    /// The dtype.
    pub const fn dtype(&self) -> DType {
        self.dtype
    }

    /// Native-endian bytes of the value, `itemsize` long.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.dtype.itemsize().min(self.bytes.len())]
    }

    /// The value as the element that stores it.
    ///
    /// # Panics
    /// When `T` does not store the dtype.
    pub fn get<T: Element>(&self) -> T {
        assert_eq!(self.dtype.storage(), T::DTYPE, "scalar read as another dtype");
        bytemuck::pod_read_unaligned(self.bytes())
    }

    /// Real part as `f64`, rounded when it does not fit.
    pub fn to_f64(&self) -> f64 {
        match self.dtype.storage() {
            DType::Bool => f64::from(u8::from(self.get::<Bool>().get())),
            DType::Int8 => f64::from(self.get::<i8>()),
            DType::Int16 => f64::from(self.get::<i16>()),
            DType::Int32 => f64::from(self.get::<i32>()),
            DType::UInt8 => f64::from(self.get::<u8>()),
            DType::UInt16 => f64::from(self.get::<u16>()),
            DType::UInt32 => f64::from(self.get::<u32>()),
            DType::UInt64 => self.get::<u64>() as f64,
            DType::Float16 => f64::from(self.get::<f16>()),
            DType::Float32 => f64::from(self.get::<f32>()),
            DType::Float64 => self.get(),
            DType::Complex64 => f64::from(self.get::<Complex32>().re),
            DType::Complex128 => self.get::<Complex64>().re,
            _ => self.get::<i64>() as f64,
        }
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.dtype.kind(), self.dtype) {
            (Kind::Bool, _) => write!(f, "{}", self.get::<Bool>().get()),
            (_, DType::Complex64) => write!(f, "{}", self.get::<Complex32>()),
            (_, DType::Complex128) => write!(f, "{}", self.get::<Complex64>()),
            (_, DType::UInt64) => write!(f, "{}", self.get::<u64>()),
            (_, d) if d.storage() == DType::Int64 => write!(f, "{}", self.get::<i64>()),
            _ => write!(f, "{}", self.to_f64()),
        }
    }
}

impl fmt::Debug for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}:{}", self.dtype)
    }
}
