//! Scans.

use hyperslab_base::{DType, Error, Result, ResultExt, Scalar};
use hyperslab_ops::scan;

use crate::build::{Operand, cast, constant, normalize_axis, reshape, ufunc};
use crate::node::{Expr, Kind, ScannerRef};

/// Scan of `e` along `axis`; of its elements in C order when `None`. An array without dimensions counts as one of
/// length 1.
///
/// # Errors
/// As NumPy: `Axis` out of bounds, `DType` for a dtype it has no meaning for.
pub fn scan(name: &str, e: &Expr, axis: Option<i64>, dtype: Option<DType>) -> Result<Expr> {
    let row = scan::find(name).ok_or_else(|| Error::unsupported(format!("there is no scan {name:?}")))?;
    let lined = if e.ndim() == 0 || axis.is_none() { reshape(e, &[-1])? } else { e.clone() };
    let axis = normalize_axis(axis.unwrap_or(0), lined.ndim()).with_context(|| name)?;
    let dtype = row.resolve(e.dtype, dtype)?;
    let counted = match row.nan {
        Some(instead) if e.dtype.is_inexact() => replace_nan(&lined, instead)?,
        _ => lined,
    };
    Ok(scan_raw(&cast(&counted, dtype)?, ScannerRef(row), axis))
}

fn replace_nan(e: &Expr, instead: f64) -> Result<Expr> {
    let nan = ufunc("isnan", &[Operand::Array(e.clone())], None)?;
    let instead = constant(Scalar::from_f64(e.dtype, instead), &e.shape);
    ufunc("where", &[Operand::Array(nan), Operand::Array(instead), Operand::Array(e.clone())], None)
}

/// A scan of an input that already has the dtype of the results.
fn scan_raw(input: &Expr, scanner: ScannerRef, axis: usize) -> Expr {
    let inputs = smallvec::smallvec![input.clone()];
    Expr::intern(Kind::Scan { scanner, axis }, inputs, input.shape.clone(), input.dtype, input.chunks.clone())
}
