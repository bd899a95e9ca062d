//! Rectangular selections.

use std::fmt;

use crate::Dims;
use crate::dtype::DType;
use crate::error::{Error, Result};

/// `len` positions `start, start + step, …` along one dimension; `step` may be negative, never 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Range {
    /// First position.
    pub start: i64,
    /// Distance of two positions.
    pub step: i64,
    /// How many positions.
    pub len: u64,
}

impl Range {
    /// `len` positions from `start` on.
    pub const fn new(start: u64, len: u64) -> Self {
        Range { start: start as i64, step: 1, len }
    }

    /// Lowest position (0 when empty).
    pub fn low(self) -> u64 {
        if self.len == 0 {
            return 0;
        }
        self.start.min(self.at(self.len - 1)) as u64
    }

    /// One past the highest position (0 when empty).
    pub fn end(self) -> u64 {
        if self.len == 0 {
            return 0;
        }
        self.start.max(self.at(self.len - 1)) as u64 + 1
    }

    /// Position number `k`.
    pub const fn at(self, k: u64) -> i64 {
        self.start + self.step * k as i64
    }

    /// Positions between the lowest and the highest, both counted.
    pub fn span(self) -> u64 {
        self.end() - self.low()
    }
}

/// One [`Range`] per dimension.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Region(pub Dims<Range>);

impl Region {
    /// The whole of `shape`.
    pub fn full(shape: &[u64]) -> Self {
        Region(shape.iter().map(|&n| Range::new(0, n)).collect())
    }

    /// `len[d]` positions from `start[d]` on.
    pub fn boxed(start: &[u64], len: &[u64]) -> Self {
        Region(start.iter().zip(len).map(|(&s, &n)| Range::new(s, n)).collect())
    }

    /// Lengths per dimension.
    pub fn shape(&self) -> Dims<u64> {
        self.0.iter().map(|r| r.len).collect()
    }

    /// Number of elements.
    pub fn count(&self) -> u64 {
        self.0.iter().map(|r| r.len).product()
    }

    /// Whether nothing is selected.
    pub fn is_empty(&self) -> bool {
        self.0.iter().any(|r| r.len == 0)
    }

    /// The box of step 1 around the selection.
    pub fn bounding(&self) -> Region {
        Region(self.0.iter().map(|r| Range::new(r.low(), r.span())).collect())
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        for (d, r) in self.0.iter().enumerate() {
            let sep = if d > 0 { ", " } else { "" };
            let stop = r.start + r.step * r.len as i64;
            match r.step {
                1 => write!(f, "{sep}{}:{stop}", r.start)?,
                s => write!(f, "{sep}{}:{stop}:{s}", r.start)?,
            }
        }
        f.write_str("]")
    }
}

/// Number of elements of a shape.
pub fn element_count(shape: &[u64]) -> u64 {
    shape.iter().product()
}

/// Bytes of an array, or an error when its size cannot be addressed.
///
/// # Errors
/// `Value`, with NumPy's words, when the size overflows.
pub fn checked_nbytes(shape: &[u64], dtype: DType) -> Result<u64> {
    let nonzero = shape.iter().filter(|&&n| n > 0);
    nonzero
        .clone()
        .try_fold(dtype.itemsize() as u64, |n, &d| n.checked_mul(d))
        .filter(|&n| i64::try_from(n).is_ok())
        .map(|n| if shape.contains(&0) { 0 } else { n })
        .ok_or_else(|| Error::value(format!("array is too big: shape {} of {dtype}", show_shape(shape))))
}

/// Byte strides of a C-contiguous array.
pub fn c_strides(shape: &[u64], itemsize: usize) -> Dims<isize> {
    let mut s = itemsize as isize;
    let mut out: Dims<isize> = shape
        .iter()
        .rev()
        .map(|&n| {
            let this = s;
            s *= n.max(1) as isize;
            this
        })
        .collect();
    out.reverse();
    out
}

/// A shape as Python prints a tuple: `()`, `(3,)`, `(3, 4)`.
pub fn show_shape(shape: &[u64]) -> String {
    let items: Vec<String> = shape.iter().map(u64::to_string).collect();
    match items.len() {
        1 => format!("({},)", items[0]),
        _ => format!("({})", items.join(", ")),
    }
}

/// The shape that all of `shapes` broadcast to.
///
/// # Errors
/// `Shape`, with NumPy's words, when they do not fit.
pub fn broadcast_shapes(shapes: &[&[u64]]) -> Result<Dims<u64>> {
    let ndim = shapes.iter().map(|s| s.len()).max().unwrap_or(0);
    let mut out: Dims<u64> = smallvec::smallvec![1; ndim];
    for s in shapes {
        for (o, &n) in out[ndim - s.len()..].iter_mut().zip(*s) {
            if *o == 1 {
                *o = n;
            } else if n != 1 && n != *o {
                let all: Vec<String> = shapes.iter().map(|s| show_shape(s).replace(", ", ",")).collect();
                return Err(Error::shape(format!(
                    "operands could not be broadcast together with shapes {}",
                    all.join(" ")
                )));
            }
        }
    }
    Ok(out)
}
