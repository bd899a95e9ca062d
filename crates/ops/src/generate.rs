//! Elements that come from their position alone.

use bytemuck::Pod;
use hyperslab_base::{Bool, DType, Result, Scalar, f16};

/// Fills `out` with elements `first, first + stride, ...` of NumPy's `arange` from `start` by `step`.
///
/// As NumPy does, the first two elements are `start` and `start + step` in the dtype, and every later one is
/// `start + i * delta` where `delta` is the difference of those two. Integers, times and truths wrap.
///
/// # Errors
/// `Internal` when the scalars are not of the dtype (a timedelta step of a datetime is), or the bytes not whole elements.
pub fn arange(dtype: DType, start: Scalar, step: Scalar, first: i64, stride: i64, out: &mut [u8]) -> Result<()> {
    check(dtype, &start, out)?;
    if step.dtype().storage() != dtype.storage() {
        return Err(internal(dtype, step.dtype(), out));
    }
    let range = Range { start, step, first, stride };
    match dtype.storage() {
        DType::Bool => range.fill(out, |s: Bool, d: Bool, i| Bool::from(s.get() ^ (d.get() & (i & 1 == 1)))),
        DType::Int8 => range.fill(out, |s: i8, d: i8, i| s.wrapping_add(d.wrapping_mul(i as i8))),
        DType::UInt8 => range.fill(out, |s: u8, d: u8, i| s.wrapping_add(d.wrapping_mul(i as u8))),
        DType::Int16 => range.fill(out, |s: i16, d: i16, i| s.wrapping_add(d.wrapping_mul(i as i16))),
        DType::UInt16 => range.fill(out, |s: u16, d: u16, i| s.wrapping_add(d.wrapping_mul(i as u16))),
        DType::Int32 => range.fill(out, |s: i32, d: i32, i| s.wrapping_add(d.wrapping_mul(i as i32))),
        DType::UInt32 => range.fill(out, |s: u32, d: u32, i| s.wrapping_add(d.wrapping_mul(i as u32))),
        DType::UInt64 => range.fill(out, |s: u64, d: u64, i| s.wrapping_add(d.wrapping_mul(i as u64))),
        DType::Float16 => range.fill(out, half),
        DType::Float32 => range.fill(out, single),
        DType::Float64 => range.fill(out, double),
        DType::Complex64 => {
            range.fill(out, |s: [f32; 2], d: [f32; 2], i| [single(s[0], d[0], i), single(s[1], d[1], i)])
        }
        DType::Complex128 => {
            range.fill(out, |s: [f64; 2], d: [f64; 2], i| [double(s[0], d[0], i), double(s[1], d[1], i)])
        }
        _ => range.fill(out, |s: i64, d: i64, i| s.wrapping_add(d.wrapping_mul(i))),
    }
    Ok(())
}

/// Fills `out` with one value.
///
/// # Errors
/// `Internal` when the bytes are not whole elements.
pub fn fill(value: &Scalar, out: &mut [u8]) -> Result<()> {
    check(value.dtype(), value, out)?;
    let one = value.bytes();
    if one.iter().all(|b| *b == one[0]) {
        out.fill(one[0]);
        return Ok(());
    }
    // By doubling what is filled: `copy_within` runs at the speed of memory for every size of element.
    let mut done = one.len().min(out.len());
    out[..done].copy_from_slice(&one[..done]);
    while done < out.len() {
        // Copies of a few pages stay in cache.
        let n = done.min(out.len() - done).min(1 << 14);
        out.copy_within(..n, done);
        done += n;
    }
    Ok(())
}

struct Range {
    start: Scalar,
    step: Scalar,
    first: i64,
    stride: i64,
}

impl Range {
    /// Writes element `i` as `f(start, step, i)`.
    fn fill<T: Pod>(&self, out: &mut [u8], f: impl Fn(T, T, i64) -> T) {
        let start: T = bytemuck::pod_read_unaligned(self.start.bytes());
        let step: T = bytemuck::pod_read_unaligned(self.step.bytes());
        let mut i = self.first;
        for slot in out.chunks_exact_mut(size_of::<T>()) {
            slot.copy_from_slice(bytemuck::bytes_of(&f(start, step, i)));
            i = i.wrapping_add(self.stride);
        }
    }
}

/// Element `i` of a range of floats. The first two are exact, which `start + delta` need not be.
fn double(start: f64, step: f64, i: i64) -> f64 {
    let next = start + step;
    match i {
        0 => start,
        1 => next,
        _ => start + i as f64 * (next - start),
    }
}

fn single(start: f32, step: f32, i: i64) -> f32 {
    let next = start + step;
    match i {
        0 => start,
        1 => next,
        _ => start + i as f32 * (next - start),
    }
}

fn half(start: f16, step: f16, i: i64) -> f16 {
    let (s, d) = (start.to_f32(), step.to_f32());
    let next = f16::from_f32(s + d);
    match i {
        0 => start,
        1 => next,
        _ => f16::from_f32(s + i as f32 * (next.to_f32() - s)),
    }
}

fn check(dtype: DType, value: &Scalar, out: &[u8]) -> Result<()> {
    if value.dtype() == dtype && out.len().is_multiple_of(dtype.itemsize()) {
        return Ok(());
    }
    Err(internal(dtype, value.dtype(), out))
}

fn internal(dtype: DType, other: DType, out: &[u8]) -> hyperslab_base::Error {
    hyperslab_base::Error::internal(format!("{} bytes of {dtype} from scalars of {other}", out.len()))
}
