//! From a row of the table and a dtype to the fold that computes it.

use hyperslab_base::{DType, Kind};

use super::arg::Arg;
use super::element::{Flag, NatHigh, Ordered};
use super::half::halves;
use super::logs::log_sum;
use super::ops::{AddInt, AddTime, AddWide, Count, Extremum, MeanInt, MeanWide, MulComplex, MulInt, MulReal, Truths};
use super::single::Single;
use super::sum::FloatSum;
use super::table::Measure;
use super::variance::Variance;
use super::{Boxed, FoldParams};

/// The fold, or nothing where the dtypes are no signature of the reduction.
pub(super) fn build(measure: Measure, skip_nan: bool, input: DType, output: DType, params: FoldParams) -> Boxed {
    let complex = output.kind() == Kind::Complex;
    match measure {
        _ if input == DType::Float16 => {
            let wide = if output == DType::Float16 { DType::Float32 } else { output };
            let sums = match measure {
                Measure::Sum | Measure::Mean if !skip_nan => float_sum(false, false, DType::Float64),
                _ => None,
            };
            halves(build(measure, skip_nan, DType::Float32, wide, params), sums, output)
        }
        _ if widens(measure, input, output) => wide_sum(measure, input),
        Measure::Any => truths::<false>(input),
        Measure::All => truths::<true>(input),
        Measure::CountNonzero => count(input),
        Measure::Min | Measure::Max | Measure::ArgMin | Measure::ArgMax => ordered(measure, skip_nan, input),
        // In the dtype bool a sum is "any", as in NumPy, and so is its share.
        Measure::Sum | Measure::Mean if input == DType::Bool => truths::<false>(input),
        Measure::Prod if input == DType::Bool => truths::<true>(input),
        Measure::Sum if input.is_time() => Some(Single::<AddTime<false>>::boxed()),
        Measure::Mean if input.is_time() => Some(Single::<AddTime<true>>::boxed()),
        Measure::Sum | Measure::Mean if input.is_inexact() => float_sum(measure == Measure::Mean, skip_nan, input),
        Measure::Sum => integer::<Sums>(input),
        Measure::Mean => mean_int(input),
        Measure::Prod if skip_nan && input.is_inexact() => product::<true>(input),
        Measure::Prod if input.is_inexact() => product::<false>(input),
        Measure::Prod => integer::<Products>(input),
        Measure::Var => variance(params, false, complex, skip_nan, input),
        Measure::Std => variance(params, true, complex, skip_nan, input),
        Measure::SumOfLog | Measure::MeanOfLog => sum_of_log(measure == Measure::MeanOfLog, input),
    }
}

fn truths<const ALL: bool>(input: DType) -> Boxed {
    Some(match input.storage() {
        DType::Bool | DType::Int8 | DType::UInt8 => Single::<Truths<u8, ALL>>::boxed(),
        DType::Int16 | DType::UInt16 => Single::<Truths<u16, ALL>>::boxed(),
        DType::Int32 | DType::UInt32 => Single::<Truths<u32, ALL>>::boxed(),
        DType::Float32 => Single::<Truths<f32, ALL>>::boxed(),
        DType::Float64 => Single::<Truths<f64, ALL>>::boxed(),
        DType::Complex64 => Single::<Truths<[f32; 2], ALL>>::boxed(),
        DType::Complex128 => Single::<Truths<[f64; 2], ALL>>::boxed(),
        _ => Single::<Truths<u64, ALL>>::boxed(),
    })
}

fn count(input: DType) -> Boxed {
    Some(match input.storage() {
        DType::Bool | DType::Int8 | DType::UInt8 => Single::<Count<u8>>::boxed(),
        DType::Int16 | DType::UInt16 => Single::<Count<u16>>::boxed(),
        DType::Int32 | DType::UInt32 => Single::<Count<u32>>::boxed(),
        DType::Float32 => Single::<Count<f32>>::boxed(),
        DType::Float64 => Single::<Count<f64>>::boxed(),
        DType::Complex64 => Single::<Count<[f32; 2]>>::boxed(),
        DType::Complex128 => Single::<Count<[f64; 2]>>::boxed(),
        _ => Single::<Count<u64>>::boxed(),
    })
}

/// Integer arithmetic modulo the width: which op it is.
trait Modular {
    fn narrow(size: usize) -> Boxed;
}

struct Sums;
struct Products;

impl Modular for Sums {
    fn narrow(size: usize) -> Boxed {
        Some(match size {
            1 => Single::<AddInt<u8>>::boxed(),
            2 => Single::<AddInt<u16>>::boxed(),
            4 => Single::<AddInt<u32>>::boxed(),
            _ => Single::<AddInt<u64>>::boxed(),
        })
    }
}

impl Modular for Products {
    fn narrow(size: usize) -> Boxed {
        Some(match size {
            1 => Single::<MulInt<u8>>::boxed(),
            2 => Single::<MulInt<u16>>::boxed(),
            4 => Single::<MulInt<u32>>::boxed(),
            _ => Single::<MulInt<u64>>::boxed(),
        })
    }
}

fn integer<M: Modular>(input: DType) -> Boxed {
    if input.is_integer() { M::narrow(input.itemsize()) } else { None }
}

/// Whether a fold of `input` to `output` takes narrow integers as they are, and adds them up in 64 bits.
pub(super) fn widens(measure: Measure, input: DType, output: DType) -> bool {
    let narrow = input == DType::Bool || (input.is_integer() && input.itemsize() < 8);
    match measure {
        Measure::Sum => narrow && matches!(output, DType::Int64 | DType::UInt64),
        Measure::Mean => narrow && output == DType::Float64,
        _ => false,
    }
}

fn wide_sum(measure: Measure, input: DType) -> Boxed {
    let mean = measure == Measure::Mean;
    Some(match input {
        DType::Int8 if mean => Single::<MeanWide<i8>>::boxed(),
        DType::Int16 if mean => Single::<MeanWide<i16>>::boxed(),
        DType::Int32 if mean => Single::<MeanWide<i32>>::boxed(),
        DType::Bool if mean => Single::<MeanWide<Flag>>::boxed(),
        DType::Bool => Single::<Count<u8>>::boxed(),
        DType::UInt8 if mean => Single::<MeanWide<u8>>::boxed(),
        DType::UInt16 if mean => Single::<MeanWide<u16>>::boxed(),
        DType::UInt32 if mean => Single::<MeanWide<u32>>::boxed(),
        DType::Int8 => Single::<AddWide<i8>>::boxed(),
        DType::Int16 => Single::<AddWide<i16>>::boxed(),
        DType::Int32 => Single::<AddWide<i32>>::boxed(),
        DType::UInt8 => Single::<AddWide<u8>>::boxed(),
        DType::UInt16 => Single::<AddWide<u16>>::boxed(),
        DType::UInt32 => Single::<AddWide<u32>>::boxed(),
        _ => return None,
    })
}

fn mean_int(input: DType) -> Boxed {
    Some(match input {
        DType::Int8 => Single::<MeanInt<i8>>::boxed(),
        DType::Int16 => Single::<MeanInt<i16>>::boxed(),
        DType::Int32 => Single::<MeanInt<i32>>::boxed(),
        DType::Int64 => Single::<MeanInt<i64>>::boxed(),
        DType::UInt8 => Single::<MeanInt<u8>>::boxed(),
        DType::UInt16 => Single::<MeanInt<u16>>::boxed(),
        DType::UInt32 => Single::<MeanInt<u32>>::boxed(),
        DType::UInt64 => Single::<MeanInt<u64>>::boxed(),
        _ => return None,
    })
}

fn float_sum(mean: bool, skip_nan: bool, input: DType) -> Boxed {
    Some(match (input, skip_nan) {
        (DType::Float32, false) => FloatSum::<f32, 1, false>::boxed(mean),
        (DType::Float32, true) => FloatSum::<f32, 1, true>::boxed(mean),
        (DType::Float64, false) => FloatSum::<f64, 1, false>::boxed(mean),
        (DType::Float64, true) => FloatSum::<f64, 1, true>::boxed(mean),
        (DType::Complex64, false) => FloatSum::<f32, 2, false>::boxed(mean),
        (DType::Complex64, true) => FloatSum::<f32, 2, true>::boxed(mean),
        (DType::Complex128, false) => FloatSum::<f64, 2, false>::boxed(mean),
        (DType::Complex128, true) => FloatSum::<f64, 2, true>::boxed(mean),
        _ => return None,
    })
}

fn sum_of_log(mean: bool, input: DType) -> Boxed {
    Some(match input {
        DType::Float32 => log_sum::<f32>(mean),
        DType::Float64 => log_sum::<f64>(mean),
        _ => return None,
    })
}

fn product<const NAN: bool>(input: DType) -> Boxed {
    Some(match input {
        DType::Float32 => Single::<MulReal<f32, NAN>>::boxed(),
        DType::Float64 => Single::<MulReal<f64, NAN>>::boxed(),
        DType::Complex64 => Single::<MulComplex<f32, NAN>>::boxed(),
        DType::Complex128 => Single::<MulComplex<f64, NAN>>::boxed(),
        _ => return None,
    })
}

fn variance(params: FoldParams, root: bool, complex: bool, skip_nan: bool, input: DType) -> Boxed {
    Some(match (input, skip_nan) {
        (DType::Float32, false) => Variance::<f32, 1, false>::boxed(params, root, complex),
        (DType::Float32, true) => Variance::<f32, 1, true>::boxed(params, root, complex),
        (DType::Float64, false) => Variance::<f64, 1, false>::boxed(params, root, complex),
        (DType::Float64, true) => Variance::<f64, 1, true>::boxed(params, root, complex),
        (DType::Complex64, false) => Variance::<f32, 2, false>::boxed(params, root, complex),
        (DType::Complex64, true) => Variance::<f32, 2, true>::boxed(params, root, complex),
        (DType::Complex128, false) => Variance::<f64, 2, false>::boxed(params, root, complex),
        (DType::Complex128, true) => Variance::<f64, 2, true>::boxed(params, root, complex),
        _ => return None,
    })
}

/// Extrema and their positions.
fn ordered(measure: Measure, skip_nan: bool, input: DType) -> Boxed {
    Some(match input {
        DType::Bool => extremum::<Flag, false>(measure)?,
        DType::Int8 => extremum::<i8, false>(measure)?,
        DType::Int16 => extremum::<i16, false>(measure)?,
        DType::Int32 => extremum::<i32, false>(measure)?,
        DType::Int64 => extremum::<i64, false>(measure)?,
        DType::UInt8 => extremum::<u8, false>(measure)?,
        DType::UInt16 => extremum::<u16, false>(measure)?,
        DType::UInt32 => extremum::<u32, false>(measure)?,
        DType::UInt64 => extremum::<u64, false>(measure)?,
        DType::Float32 if skip_nan => extremum::<f32, true>(measure)?,
        DType::Float64 if skip_nan => extremum::<f64, true>(measure)?,
        DType::Complex64 if skip_nan => extremum::<[f32; 2], true>(measure)?,
        DType::Complex128 if skip_nan => extremum::<[f64; 2], true>(measure)?,
        DType::Float32 => extremum::<f32, false>(measure)?,
        DType::Float64 => extremum::<f64, false>(measure)?,
        DType::Complex64 => extremum::<[f32; 2], false>(measure)?,
        DType::Complex128 => extremum::<[f64; 2], false>(measure)?,
        DType::DateTime64(_) | DType::TimeDelta64(_) => return time(measure, skip_nan),
        DType::Float16 | DType::Opaque(_) => return None,
    })
}

fn extremum<T: Ordered, const SKIP: bool>(measure: Measure) -> Boxed {
    Some(match measure {
        Measure::Min => Single::<Extremum<T, false, SKIP>>::boxed(),
        Measure::Max => Single::<Extremum<T, true, SKIP>>::boxed(),
        Measure::ArgMin => Arg::<T, false, SKIP>::boxed(),
        Measure::ArgMax => Arg::<T, true, SKIP>::boxed(),
        _ => return None,
    })
}

/// NaT is the lowest `i64`, so it wins a minimum and loses a maximum; shifted by one it is the highest.
/// NumPy's `nanargmin` and `nanargmax` do not skip NaT, though `nanmin` and `nanmax` do.
fn time(measure: Measure, skip_nan: bool) -> Boxed {
    let nat_high = match measure {
        Measure::Min => skip_nan,
        Measure::Max => !skip_nan,
        m => m == Measure::ArgMax,
    };
    if nat_high { extremum::<NatHigh, false>(measure) } else { extremum::<i64, false>(measure) }
}
