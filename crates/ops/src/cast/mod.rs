//! Casts between all native dtypes, as `numpy.ndarray.astype` does them.

mod numbers;
mod units;

use bytemuck::{cast_slice, cast_slice_mut};
use hyperslab_base::{Bool, Complex32, Complex64, DType, Error, Result, f16};

use crate::kernels::arithmetic::identity;
use crate::kernels::half::{narrow_all, widen_all};
use crate::ufunc::Kernel;

/// Kernel that converts one register from a dtype to another.
///
/// Floats become integers by truncation; what does not fit becomes what NumPy makes of it on x86. NaN is true.
/// Times keep their ticks beside numbers and between datetimes and timedeltas, and are converted between units of one
/// kind, rounded down.
///
/// # Errors
/// `Overflow` when two time units are too far apart to convert at all.
pub fn cast_kernel(from: DType, to: DType) -> Result<Kernel> {
    if from != to && (from.is_opaque() || to.is_opaque()) {
        return Err(Error::unsupported(format!("elements of dtype {from} as {to}")));
    }
    if from.is_time() && from.kind() == to.kind() {
        return units::kernel(from, to);
    }
    if from.storage() == to.storage() {
        return Ok(identity);
    }
    let to = to.storage();
    Ok(match from.storage() {
        DType::Float16 if to == DType::Float32 => |i, o| widen_all(cast_slice(i[0]), cast_slice_mut(o)),
        DType::Float32 if to == DType::Float16 => |i, o| narrow_all(cast_slice(i[0]), cast_slice_mut(o)),
        DType::Bool => numbers::kernel::<Bool>(to),
        DType::Int8 => numbers::kernel::<i8>(to),
        DType::Int16 => numbers::kernel::<i16>(to),
        DType::Int32 => numbers::kernel::<i32>(to),
        DType::UInt8 => numbers::kernel::<u8>(to),
        DType::UInt16 => numbers::kernel::<u16>(to),
        DType::UInt32 => numbers::kernel::<u32>(to),
        DType::UInt64 => numbers::kernel::<u64>(to),
        DType::Float16 => numbers::kernel::<f16>(to),
        DType::Float32 => numbers::kernel::<f32>(to),
        DType::Float64 => numbers::kernel::<f64>(to),
        DType::Complex64 => numbers::kernel::<Complex32>(to),
        DType::Complex128 => numbers::kernel::<Complex64>(to),
        _ => numbers::kernel::<i64>(to),
    })
}
