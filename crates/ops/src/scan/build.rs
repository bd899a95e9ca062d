//! From a row of the table and a dtype to the scan that computes it.

use hyperslab_base::{Complex32, Complex64, DType, f16};

use super::Scan;
use super::joins::{
    AddComplex, AddInt, AddReal, AddTime, And, MaxComplex, MaxInt, MaxReal, MaxTime, MinComplex, MinInt, MinReal,
    MinTime, MulComplex, MulInt, MulReal, Or,
};
use super::kernels::{Join, scan};
use super::table::Joined;

/// The scan, or nothing where the operation has no meaning for the dtype.
pub(super) fn build(by: Joined, dtype: DType) -> Option<Scan> {
    Some(match by {
        Joined::Sum => sum(dtype)?,
        Joined::Product => product(dtype)?,
        Joined::Maximum => maximum(dtype)?,
        Joined::Minimum => minimum(dtype)?,
    })
}

fn of<J: Join>() -> Option<Scan> {
    Some(scan::<J>())
}

fn sum(dtype: DType) -> Option<Scan> {
    match dtype {
        DType::Bool => of::<Or>(),
        DType::Int8 | DType::UInt8 => of::<AddInt<u8>>(),
        DType::Int16 | DType::UInt16 => of::<AddInt<u16>>(),
        DType::Int32 | DType::UInt32 => of::<AddInt<u32>>(),
        DType::Int64 | DType::UInt64 => of::<AddInt<u64>>(),
        DType::Float16 => of::<AddReal<f16>>(),
        DType::Float32 => of::<AddReal<f32>>(),
        DType::Float64 => of::<AddReal<f64>>(),
        DType::Complex64 => of::<AddComplex<Complex32>>(),
        DType::Complex128 => of::<AddComplex<Complex64>>(),
        DType::TimeDelta64(_) => of::<AddTime>(),
        DType::DateTime64(_) | DType::Opaque(_) => None,
    }
}

fn product(dtype: DType) -> Option<Scan> {
    match dtype {
        DType::Bool => of::<And>(),
        DType::Int8 | DType::UInt8 => of::<MulInt<u8>>(),
        DType::Int16 | DType::UInt16 => of::<MulInt<u16>>(),
        DType::Int32 | DType::UInt32 => of::<MulInt<u32>>(),
        DType::Int64 | DType::UInt64 => of::<MulInt<u64>>(),
        DType::Float16 => of::<MulReal<f16>>(),
        DType::Float32 => of::<MulReal<f32>>(),
        DType::Float64 => of::<MulReal<f64>>(),
        DType::Complex64 => of::<MulComplex<Complex32>>(),
        DType::Complex128 => of::<MulComplex<Complex64>>(),
        DType::TimeDelta64(_) | DType::DateTime64(_) | DType::Opaque(_) => None,
    }
}

fn maximum(dtype: DType) -> Option<Scan> {
    Some(match dtype {
        DType::Bool => scan::<Or>(),
        DType::Int8 => scan::<MaxInt<i8>>(),
        DType::Int16 => scan::<MaxInt<i16>>(),
        DType::Int32 => scan::<MaxInt<i32>>(),
        DType::Int64 => scan::<MaxInt<i64>>(),
        DType::UInt8 => scan::<MaxInt<u8>>(),
        DType::UInt16 => scan::<MaxInt<u16>>(),
        DType::UInt32 => scan::<MaxInt<u32>>(),
        DType::UInt64 => scan::<MaxInt<u64>>(),
        DType::Float16 => scan::<MaxReal<f16>>(),
        DType::Float32 => scan::<MaxReal<f32>>(),
        DType::Float64 => scan::<MaxReal<f64>>(),
        DType::Complex64 => scan::<MaxComplex<Complex32>>(),
        DType::Complex128 => scan::<MaxComplex<Complex64>>(),
        DType::TimeDelta64(_) | DType::DateTime64(_) => scan::<MaxTime>(),
        DType::Opaque(_) => return None,
    })
}

fn minimum(dtype: DType) -> Option<Scan> {
    Some(match dtype {
        DType::Bool => scan::<And>(),
        DType::Int8 => scan::<MinInt<i8>>(),
        DType::Int16 => scan::<MinInt<i16>>(),
        DType::Int32 => scan::<MinInt<i32>>(),
        DType::Int64 => scan::<MinInt<i64>>(),
        DType::UInt8 => scan::<MinInt<u8>>(),
        DType::UInt16 => scan::<MinInt<u16>>(),
        DType::UInt32 => scan::<MinInt<u32>>(),
        DType::UInt64 => scan::<MinInt<u64>>(),
        DType::Float16 => scan::<MinReal<f16>>(),
        DType::Float32 => scan::<MinReal<f32>>(),
        DType::Float64 => scan::<MinReal<f64>>(),
        DType::Complex64 => scan::<MinComplex<Complex32>>(),
        DType::Complex128 => scan::<MinComplex<Complex64>>(),
        DType::TimeDelta64(_) | DType::DateTime64(_) => scan::<MinTime>(),
        DType::Opaque(_) => return None,
    })
}
