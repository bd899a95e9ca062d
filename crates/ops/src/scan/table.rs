//! The table: one row per scan.

use std::fmt;

use hyperslab_base::{DType, Error, Kind, Result};

use super::{Scan, build::build};
use crate::fold::{self, Reducer};

/// What a scan joins elements by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Joined {
    Sum,
    Product,
    Maximum,
    Minimum,
}

/// One scan.
pub struct Scanner {
    /// Its name: NumPy's function, or method of a ufunc.
    pub name: &'static str,
    /// What it computes, in one sentence.
    pub doc: &'static str,
    /// NumPy's ufunc whose `accumulate` it is, where NaNs are not left out.
    pub ufunc: Option<&'static str>,
    /// Whether NumPy has it as a function.
    pub function: bool,
    /// Whether arrays have it as a method.
    pub method: bool,
    /// What takes the place of NaNs, which are left out; `None` where they count.
    pub nan: Option<f64>,
    by: Joined,
}

impl fmt::Debug for Scanner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<scan {}>", self.name)
    }
}

const fn function(name: &'static str, by: Joined, ufunc: &'static str, doc: &'static str) -> Scanner {
    Scanner { name, doc, ufunc: Some(ufunc), function: true, method: true, nan: None, by }
}

const fn without_nan(name: &'static str, by: Joined, nan: f64, doc: &'static str) -> Scanner {
    Scanner { name, doc, ufunc: None, function: true, method: false, nan: Some(nan), by }
}

const fn accumulate(name: &'static str, by: Joined, ufunc: &'static str, doc: &'static str) -> Scanner {
    Scanner { name, doc, ufunc: Some(ufunc), function: false, method: false, nan: None, by }
}

static SCANNERS: &[Scanner] = &[
    function("cumsum", Joined::Sum, "add", "Sum of the elements up to each one."),
    function("cumprod", Joined::Product, "multiply", "Product of the elements up to each one."),
    without_nan("nancumsum", Joined::Sum, 0.0, "Sum of the elements up to each one, without those that are NaN."),
    without_nan(
        "nancumprod",
        Joined::Product,
        1.0,
        "Product of the elements up to each one, without those that are NaN.",
    ),
    accumulate("maximum.accumulate", Joined::Maximum, "maximum", "Highest element up to each one; NaN after a NaN."),
    accumulate("minimum.accumulate", Joined::Minimum, "minimum", "Lowest element up to each one; NaN after a NaN."),
];

/// Every scan.
pub fn scanners() -> &'static [Scanner] {
    SCANNERS
}

/// The scan of that name.
pub fn find(name: &str) -> Option<&'static Scanner> {
    SCANNERS.iter().find(|s| s.name == name)
}

impl Scanner {
    /// Dtype of elements and results for an input dtype and the user's `dtype` argument, by NumPy's rules.
    ///
    /// # Errors
    /// `DType` where NumPy raises `TypeError`.
    pub fn resolve(&self, input: DType, dtype: Option<DType>) -> Result<DType> {
        let generic = |d: &DType| d.unit().is_some_and(|u| u.is_generic());
        if dtype.is_some_and(|d| d.is_time() && !generic(&d)) {
            return Err(Error::dtype(
                "The `dtype` and `signature` arguments to ufuncs only select the general DType and not details such as \
                 the byte order or time unit.",
            ));
        }
        let arithmetic = matches!(self.by, Joined::Sum | Joined::Product);
        let accumulator = match (dtype.filter(|d| !d.is_time()), input.kind()) {
            // Times have one loop, whatever is asked for.
            (_, Kind::DateTime | Kind::TimeDelta) if arithmetic => input,
            (Some(d), _) => d,
            (None, Kind::Bool | Kind::Int) if arithmetic => DType::Int64,
            (None, Kind::UInt) if arithmetic => DType::UInt64,
            (None, _) => input,
        };
        build(self.by, accumulator).map(|_| accumulator).ok_or_else(|| self.cannot(accumulator))
    }

    fn cannot(&self, d: DType) -> Error {
        let ufunc = if self.by == Joined::Product { "multiply" } else { "add" };
        let code = if d.kind() == Kind::DateTime { "M8" } else { "m8" };
        let unit = d.unit().map(|u| u.to_string()).unwrap_or_default();
        let name = if d.is_opaque() { format!("dtype('{d}')") } else { format!("dtype('<{code}{unit}')") };
        Error::dtype(format!("ufunc '{ufunc}' cannot use operands with types {name} and {name}"))
    }

    /// The scan over a dtype that [`resolve`](Self::resolve) gave.
    ///
    /// # Errors
    /// `DType` for another one.
    pub fn scan(&self, dtype: DType) -> Result<Scan> {
        build(self.by, dtype).ok_or_else(|| self.cannot(dtype))
    }

    /// The reduction that gives the last result of a lane.
    ///
    /// # Errors
    /// `Internal` when the table of reductions has it no more.
    pub fn total(&self) -> Result<&'static Reducer> {
        let name = match self.by {
            Joined::Sum => "sum",
            Joined::Product => "prod",
            Joined::Maximum => "max",
            Joined::Minimum => "min",
        };
        fold::find(name).ok_or_else(|| Error::internal(format!("there is no reduction {name}")))
    }
}
