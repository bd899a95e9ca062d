//! Elements of operands and results, one at a time, and whether any of them is special.

use std::ops::Range;

use hyperslab_base::{Complex32, Complex64, DType, f16};
use hyperslab_ops::special;
use smallvec::SmallVec;

/// An operand or a result, of as many elements as the result or of one.
#[derive(Clone, Copy)]
pub(crate) struct Elements<'a> {
    pub dtype: DType,
    pub bytes: &'a [u8],
}

/// Operands of those dtypes.
pub(crate) fn operands<'a>(dtypes: &[DType], ins: &[&'a [u8]]) -> SmallVec<[Elements<'a>; 3]> {
    dtypes.iter().zip(ins).map(|(&dtype, &bytes)| Elements { dtype, bytes }).collect()
}

/// Real and imaginary part.
pub(crate) type Parts = [f64; 2];

impl Elements<'_> {
    pub fn len(&self) -> usize {
        self.bytes.len() / self.dtype.itemsize().max(1)
    }

    /// An element, as far as errors go: NaT is NaN.
    pub fn get(&self, k: usize) -> Parts {
        let item = self.dtype.itemsize();
        let at = if self.bytes.len() == item { 0 } else { k * item };
        let bytes = &self.bytes[at..at + item];
        let real = match self.dtype {
            DType::Complex64 => {
                let z: Complex32 = bytemuck::pod_read_unaligned(bytes);
                return [f64::from(z.re), f64::from(z.im)];
            }
            DType::Complex128 => {
                let z: Complex64 = bytemuck::pod_read_unaligned(bytes);
                return [z.re, z.im];
            }
            DType::Bool | DType::UInt8 => f64::from(bytes[0]),
            DType::Int8 => f64::from(bytes[0] as i8),
            DType::Int16 => f64::from(bytemuck::pod_read_unaligned::<i16>(bytes)),
            DType::UInt16 => f64::from(bytemuck::pod_read_unaligned::<u16>(bytes)),
            DType::Int32 => f64::from(bytemuck::pod_read_unaligned::<i32>(bytes)),
            DType::UInt32 => f64::from(bytemuck::pod_read_unaligned::<u32>(bytes)),
            DType::Int64 => bytemuck::pod_read_unaligned::<i64>(bytes) as f64,
            DType::UInt64 => bytemuck::pod_read_unaligned::<u64>(bytes) as f64,
            DType::Float16 => bytemuck::pod_read_unaligned::<f16>(bytes).to_f64(),
            DType::Float32 => f64::from(bytemuck::pod_read_unaligned::<f32>(bytes)),
            DType::Float64 => bytemuck::pod_read_unaligned(bytes),
            DType::DateTime64(_) | DType::TimeDelta64(_) => match bytemuck::pod_read_unaligned::<i64>(bytes) {
                i64::MIN => f64::NAN,
                time => time as f64,
            },
            _ => 0.0,
        };
        [real, 0.0]
    }

    /// Those of these numbers; all of them where there is one for all.
    pub fn part(&self, places: &Range<usize>) -> Self {
        let item = self.dtype.itemsize();
        if self.bytes.len() == item {
            return *self;
        }
        Elements { bytes: &self.bytes[places.start * item..places.end * item], ..*self }
    }

    /// Whether any element of floats is infinite or NaN, or too small to be normal where that is asked for.
    pub fn is_special(&self, small: bool) -> bool {
        special::any_special(self.dtype, self.bytes, small)
    }

    /// Whether any element of integers is zero, or -1 where that is asked for.
    pub fn has_zero(&self, minus_one: bool) -> bool {
        special::any_zero(self.bytes, self.dtype.itemsize(), minus_one)
    }

    /// Whether any element of floats is NaN or not between the bounds.
    pub fn leaves(&self, low: f64, high: f64) -> bool {
        special::any_outside(self.dtype, self.bytes, low, high)
    }

    /// The least element of a signed integer dtype.
    pub fn least(&self) -> Option<f64> {
        match self.dtype {
            DType::Int8 => Some(f64::from(i8::MIN)),
            DType::Int16 => Some(f64::from(i16::MIN)),
            DType::Int32 => Some(f64::from(i32::MIN)),
            DType::Int64 => Some(i64::MIN as f64),
            _ => None,
        }
    }
}

/// Whether elements have two parts.
pub(crate) fn is_complex(d: &DType) -> bool {
    matches!(d, DType::Complex64 | DType::Complex128)
}
