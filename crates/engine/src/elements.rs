//! Elements of operands and results, one at a time, and whether any of them is special.

use hyperslab_base::{Complex32, Complex64, DType, f16};
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

    /// Whether the sum of floats is finite: then all of them are. An addition is all that each costs.
    fn adds_up(&self) -> bool {
        macro_rules! adds_up {
            ($t:ty) => {{
                const LANES: usize = 128 / size_of::<$t>();
                let (chunks, rest) = self.bytes.as_chunks::<{ size_of::<$t>() }>().0.as_chunks::<LANES>();
                let mut sums = [0.0; LANES];
                for chunk in chunks {
                    sums.iter_mut().zip(chunk).for_each(|(sum, x)| *sum += <$t>::from_ne_bytes(*x));
                }
                let rest = rest.iter().map(|x| <$t>::from_ne_bytes(*x));
                sums.into_iter().chain(rest).sum::<$t>().is_finite()
            }};
        }
        match self.dtype {
            DType::Float32 | DType::Complex64 => adds_up!(f32),
            DType::Float64 | DType::Complex128 => adds_up!(f64),
            _ => false,
        }
    }

    /// Whether any element of floats is infinite or NaN, or too small to be normal where that is asked for.
    pub fn is_special(&self, small: bool) -> bool {
        if !small && self.adds_up() {
            return false;
        }
        const MANY: usize = 64;
        macro_rules! any {
            ($t:ty, $exponent:expr) => {{
                let special = |bytes: &[u8; size_of::<$t>()]| {
                    let exponent = <$t>::from_ne_bytes(*bytes) & $exponent;
                    (exponent == $exponent) | (small & (exponent == 0))
                };
                let (chunks, rest) = self.bytes.as_chunks::<{ size_of::<$t>() }>().0.as_chunks::<MANY>();
                chunks.iter().any(|chunk| chunk.iter().fold(false, |any, x| any | special(x)))
                    || rest.iter().any(special)
            }};
        }
        match self.dtype {
            DType::Float16 => any!(u16, 0x7c00),
            DType::Float32 | DType::Complex64 => any!(u32, 0x7f80_0000),
            DType::Float64 | DType::Complex128 => any!(u64, 0x7ff0_0000_0000_0000),
            _ => true,
        }
    }

    /// Whether any element of integers is zero, or -1.
    pub fn has_zero_or_minus_one(&self) -> bool {
        match self.dtype.itemsize() {
            1 => self.bytes.iter().any(|&x| x == 0 || x == u8::MAX),
            2 => self.bytes.as_chunks::<2>().0.iter().any(|x| *x == [0; 2] || *x == [u8::MAX; 2]),
            4 => self.bytes.as_chunks::<4>().0.iter().any(|x| *x == [0; 4] || *x == [u8::MAX; 4]),
            _ => self.bytes.as_chunks::<8>().0.iter().any(|x| *x == [0; 8] || *x == [u8::MAX; 8]),
        }
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
