//! The table: one row per reduction.

use hyperslab_base::{DType, Error, Kind, Result};

use super::build::{build, widens};
use super::{Fold, FoldParams};

/// What a reduction computes, apart from how it treats NaN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Measure {
    Sum,
    Prod,
    Mean,
    Var,
    Std,
    Min,
    Max,
    Any,
    All,
    ArgMin,
    ArgMax,
    CountNonzero,
    SumOfLog,
    MeanOfLog,
}

/// One reduction.
#[derive(Debug)]
pub struct Reducer {
    /// NumPy's name.
    pub name: &'static str,
    /// What it computes, in one sentence.
    pub doc: &'static str,
    /// Whether it has a `dtype` argument.
    pub takes_dtype: bool,
    /// Whether it has a `ddof` argument.
    pub takes_ddof: bool,
    /// Whether its result is a position.
    pub is_arg: bool,
    /// Whether nothing reduces to something, so that empty input is fine.
    pub identity: bool,
    /// Whether arrays have it as a method.
    pub method: bool,
    pub(super) measure: Measure,
    /// Whether NaNs are left out.
    pub(super) skip_nan: bool,
}

/// Dtypes of a reduction of one dtype.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoldSignature {
    /// Elements are cast to this before they are folded.
    pub input: DType,
    /// Dtype of the result.
    pub output: DType,
}

const fn row(name: &'static str, measure: Measure, skip_nan: bool, doc: &'static str) -> Reducer {
    use Measure as M;
    Reducer {
        name,
        doc,
        takes_dtype: matches!(measure, M::Sum | M::Prod | M::Mean | M::Var | M::Std),
        takes_ddof: matches!(measure, M::Var | M::Std),
        is_arg: matches!(measure, M::ArgMin | M::ArgMax),
        identity: !matches!(measure, M::Min | M::Max | M::ArgMin | M::ArgMax),
        method: !skip_nan && !matches!(measure, M::CountNonzero),
        measure,
        skip_nan,
    }
}

static REDUCERS: &[Reducer] = &[
    row("sum", Measure::Sum, false, "Sum of the elements."),
    row("prod", Measure::Prod, false, "Product of the elements."),
    row("mean", Measure::Mean, false, "Arithmetic mean of the elements."),
    row("var", Measure::Var, false, "Variance: mean squared distance of the elements from their mean."),
    row("std", Measure::Std, false, "Standard deviation: square root of the variance."),
    row("min", Measure::Min, false, "Lowest element; NaN if there is one."),
    row("max", Measure::Max, false, "Highest element; NaN if there is one."),
    row("any", Measure::Any, false, "Whether any element is true."),
    row("all", Measure::All, false, "Whether all elements are true."),
    row("argmin", Measure::ArgMin, false, "Position of the first lowest element, or of the first NaN."),
    row("argmax", Measure::ArgMax, false, "Position of the first highest element, or of the first NaN."),
    row("nansum", Measure::Sum, true, "Sum of the elements that are not NaN."),
    row("nanprod", Measure::Prod, true, "Product of the elements that are not NaN."),
    row("nanmin", Measure::Min, true, "Lowest element that is not NaN; NaN if there is none."),
    row("nanmax", Measure::Max, true, "Highest element that is not NaN; NaN if there is none."),
    row("nanmean", Measure::Mean, true, "Arithmetic mean of the elements that are not NaN."),
    row("nanvar", Measure::Var, true, "Variance of the elements that are not NaN."),
    row("nanstd", Measure::Std, true, "Standard deviation of the elements that are not NaN."),
    row("nanargmin", Measure::ArgMin, true, "Position of the first lowest element that is not NaN."),
    row("nanargmax", Measure::ArgMax, true, "Position of the first highest element that is not NaN."),
    row("count_nonzero", Measure::CountNonzero, false, "Number of elements that are not zero."),
];

// What plans make of reductions of logarithms; no functions of their own.
static SUM_OF_LOG: Reducer = row("sum of log", Measure::SumOfLog, false, "Sum of the elements' logarithms.");
static MEAN_OF_LOG: Reducer =
    row("mean of log", Measure::MeanOfLog, false, "Arithmetic mean of the elements' logarithms.");

/// Every reduction.
pub fn reducers() -> &'static [Reducer] {
    REDUCERS
}

/// The reduction of that name.
pub fn find(name: &str) -> Option<&'static Reducer> {
    REDUCERS.iter().find(|r| r.name == name)
}

impl Reducer {
    /// Dtypes for an input dtype and the user's `dtype` argument, by NumPy's rules.
    ///
    /// # Errors
    /// `DType` where NumPy raises `TypeError`; `Unsupported` for a `dtype` that would truncate every step.
    pub fn resolve(&self, input: DType, dtype: Option<DType>) -> Result<FoldSignature> {
        let same = |output| Ok(FoldSignature { input, output });
        match self.measure {
            _ if !self.takes_dtype && dtype.is_some() => {
                Err(Error::dtype(format!("{}() got an unexpected keyword argument 'dtype'", self.name)))
            }
            _ if input.is_opaque() => Err(Error::unsupported(format!("{} of dtype {input}", self.name))),
            Measure::Any | Measure::All => same(DType::Bool),
            Measure::ArgMin | Measure::ArgMax | Measure::CountNonzero => same(DType::Int64),
            Measure::Min | Measure::Max => same(input),
            _ => self.resolve_arithmetic(input, dtype),
        }
    }

    fn resolve_arithmetic(&self, input: DType, dtype: Option<DType>) -> Result<FoldSignature> {
        if let Some(t) = dtype.filter(|t| t.is_time()) {
            // A generic timedelta64 asks for what durations do anyway.
            if !t.unit().is_some_and(|u| u.is_generic()) || t.kind() != input.kind() {
                return Err(Error::dtype(
                    "The `dtype` and `signature` arguments to ufuncs only select the general DType and not details \
                     such as the byte order or time unit.",
                ));
            }
        }
        if input.is_time() {
            return self.resolve_time(input);
        }
        let spread = matches!(self.measure, Measure::Var | Measure::Std);
        let Some(t) = dtype else {
            let input = match (self.measure, input.kind()) {
                (Measure::Sum | Measure::Prod, Kind::Bool | Kind::Int) => DType::Int64,
                (Measure::Sum | Measure::Prod, Kind::UInt) => DType::UInt64,
                (_, Kind::Bool | Kind::Int | Kind::UInt) => DType::Float64,
                _ => input,
            };
            return Ok(FoldSignature { input, output: if spread { input.real() } else { input } });
        };
        if self.skip_nan && input.is_inexact() && !t.is_inexact() {
            return Err(match self.measure {
                Measure::Sum | Measure::Prod => Error::unsupported(format!("{} of {input} with dtype {t}", self.name))
                    .hint("replace the NaNs with `where` and cast with `astype` first"),
                _ => Error::dtype("If a is inexact, then dtype must be inexact"),
            });
        }
        if spread && (!t.is_inexact() || (input.kind() == Kind::Complex && t.kind() == Kind::Float)) {
            return Err(Error::unsupported(format!("{} of {input} with dtype {t}", self.name))
                .hint("give a float dtype for real input and a complex one for complex input, and cast the result"));
        }
        Ok(FoldSignature { input: t, output: t })
    }

    /// Times: durations have a sum and a mean, dates neither.
    fn resolve_time(&self, input: DType) -> Result<FoldSignature> {
        let code = if input.kind() == Kind::DateTime { "M8" } else { "m8" };
        let unit = input.unit().map(|u| u.to_string()).unwrap_or_default();
        let cannot = |ufunc: &str| {
            Error::dtype(format!(
                "ufunc '{ufunc}' cannot use operands with types dtype('<{code}{unit}') and dtype('<{code}{unit}')"
            ))
        };
        match (self.measure, input.kind()) {
            (Measure::Prod, _) => Err(cannot("multiply")),
            (_, Kind::DateTime) => Err(cannot("add")),
            (Measure::Sum | Measure::Mean, _) => Ok(FoldSignature { input, output: input }),
            _ => Err(Error::dtype(
                "ufunc 'square' not supported for the input types, and the inputs could not be safely coerced to any \
                 supported types according to the casting rule ''safe''",
            )),
        }
    }

    /// The fold of a signature that [`resolve`](Self::resolve) gave.
    ///
    /// # Errors
    /// `Internal` for dtypes that are no such signature.
    pub fn fold(&self, input: DType, output: DType, params: FoldParams) -> Result<Box<dyn Fold>> {
        build(self.measure, self.skip_nan, input, output, params)
            .ok_or_else(|| Error::internal(format!("{} of {input} to {output} has no fold", self.name)))
    }

    /// Whether there is a fold of `narrow` to `output` that gives what that of the elements cast to `wide` gives.
    pub fn widens(&self, narrow: DType, wide: DType, output: DType) -> bool {
        wide == output && widens(self.measure, narrow, output)
    }

    /// The reduction that takes elements of this dtype and gives what this one gives of their logarithms, nearer to the
    /// truth and at a fraction of the cost.
    pub fn of_logs(&self, dtype: DType) -> Option<&'static Reducer> {
        let of = match self.measure {
            Measure::Sum => &SUM_OF_LOG,
            Measure::Mean => &MEAN_OF_LOG,
            _ => return None,
        };
        (!self.skip_nan && dtype.kind() == Kind::Float).then_some(of)
    }

    /// Whether nothing can be reduced.
    ///
    /// # Errors
    /// NumPy's `ValueError` when there is no identity.
    pub fn check_empty(&self) -> Result<()> {
        let ufunc = match (self.measure, self.skip_nan) {
            (Measure::ArgMin, _) => return Err(Error::value("attempt to get argmin of an empty sequence")),
            (Measure::ArgMax, _) => return Err(Error::value("attempt to get argmax of an empty sequence")),
            (Measure::Min, false) => "minimum",
            (Measure::Max, false) => "maximum",
            (Measure::Min, true) => "fmin",
            (Measure::Max, true) => "fmax",
            _ => return Ok(()),
        };
        Err(Error::value(format!("zero-size array to reduction operation {ufunc} which has no identity")))
    }

    /// NumPy's error for a position of -1 among the results of `nanargmin` and `nanargmax`.
    pub fn all_nan(&self) -> Error {
        Error::value("All-NaN slice encountered")
    }
}
