//! NumPy's promotion and casting rules (NEP 50), for native dtypes.

use crate::dtype::{DType, Kind, TimeUnit};
use crate::error::{Error, Result};

use DType::*;

/// Dtype that holds both, as `numpy.result_type` of two dtypes.
///
/// # Errors
/// `DType` when NumPy knows no common dtype (a datetime64 and a float, say).
pub fn result_type(a: DType, b: DType) -> Result<DType> {
    use Kind as K;
    if a == b {
        return Ok(a);
    }
    let fail = || Error::dtype(format!("The DType {} could not be promoted by {}: there is no common dtype", a, b));
    let (lo, hi) = if a.kind() <= b.kind() { (a, b) } else { (b, a) };
    Ok(match (lo.kind(), hi.kind()) {
        (K::Bool, K::DateTime) | (_, K::Opaque) => return Err(fail()),
        (K::Bool, _) => hi,
        (x, y) if x == y && !hi.is_time() => {
            if lo.itemsize() >= hi.itemsize() {
                lo
            } else {
                hi
            }
        }
        (K::UInt, K::Int) => promote_mixed_integers(lo, hi),
        (K::UInt | K::Int, K::Float) => wider_float(float_for_integer(lo), hi),
        (K::UInt | K::Int | K::Float, K::Complex) => {
            let part = if lo.kind() == K::Float { lo } else { float_for_integer(lo) };
            if part.itemsize() > 4 { Complex128 } else { hi }
        }
        (K::UInt | K::Int, K::TimeDelta) if lo != UInt64 => hi,
        (K::TimeDelta, K::TimeDelta) => TimeDelta64(common_unit(a, b)?),
        (K::DateTime, K::DateTime) => DateTime64(common_unit(a, b)?),
        (K::TimeDelta, K::DateTime) => DateTime64(common_unit(a, b)?),
        _ => return Err(fail()),
    })
}

/// Signed and unsigned of any width: the signed type that holds both, or float64.
fn promote_mixed_integers(u: DType, i: DType) -> DType {
    if i.itemsize() > u.itemsize() {
        return i;
    }
    match u {
        UInt8 => Int16,
        UInt16 => Int32,
        UInt32 => Int64,
        _ => Float64,
    }
}

/// Smallest float that NumPy promotes an integer (or bool) to.
fn float_for_integer(d: DType) -> DType {
    match d {
        Bool | Int8 | UInt8 => Float16,
        Int16 | UInt16 => Float32,
        _ => Float64,
    }
}

fn wider_float(a: DType, b: DType) -> DType {
    if a.itemsize() > b.itemsize() { a } else { b }
}

/// The coarsest unit that both divide evenly into.
fn common_unit(a: DType, b: DType) -> Result<TimeUnit> {
    let (Some(x), Some(y)) = (a.unit(), b.unit()) else {
        return Err(Error::internal("units of dtypes that have none"));
    };
    if x.is_generic() {
        return Ok(y);
    }
    if y.is_generic() || x == y {
        return Ok(x);
    }
    let fail = || {
        Error::dtype(format!(
            "Cannot get a common metadata divisor for Numpy datetime metadata {x} and {y} because they have incompatible nonlinear base time units."
        ))
    };
    let months = |u: TimeUnit| match u.name {
        "Y" => Some(12 * u128::from(u.multiple)),
        "M" => Some(u128::from(u.multiple)),
        _ => None,
    };
    // Years and months against units of fixed length: NumPy lets them meet once a datetime is among them.
    let fine = if x.rank() >= y.rank() { x } else { y };
    match (months(x), months(y)) {
        (Some(p), Some(q)) => {
            let g = gcd(p, q);
            let (name, m) = if fine.name == "Y" { ("Y", g / 12) } else { ("M", g) };
            TimeUnit::new(name, u32::try_from(m).map_err(|_| fail())?)
        }
        (None, None) => {
            let one = TimeUnit { multiple: 1, ..fine };
            let (Some(p), Some(q), Some(o)) = (x.attoseconds(), y.attoseconds(), one.attoseconds()) else {
                return Err(fail());
            };
            let g = gcd(p.unsigned_abs(), q.unsigned_abs()) / o.unsigned_abs();
            TimeUnit::new(fine.name, u32::try_from(g).map_err(|_| fail())?)
        }
        _ if a.kind() == Kind::DateTime || b.kind() == Kind::DateTime => Ok(fine),
        _ => Err(fail()),
    }
}

fn gcd(a: u128, b: u128) -> u128 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Whether `from` casts to `to` under a rule of `numpy.can_cast`: `no equiv safe same_kind unsafe`.
pub fn can_cast(from: DType, to: DType, casting: &str) -> bool {
    match casting {
        _ if from.is_opaque() || to.is_opaque() => from == to,
        "unsafe" => true,
        "no" | "equiv" => from == to,
        "same_kind" => {
            let group = |d: DType| match d.kind() {
                Kind::Bool => 0,
                Kind::UInt => 1,
                Kind::Int => 2,
                Kind::Float => 3,
                Kind::Complex => 4,
                Kind::TimeDelta => 5,
                Kind::DateTime => 6,
                Kind::Opaque => 7,
            };
            can_cast(from, to, "safe")
                || (from.kind() == to.kind() && (!from.is_time() || units_meet(from, to)))
                || (!from.is_time() && !to.is_time() && group(from) <= group(to))
                || (from.is_integer() && to.kind() == Kind::TimeDelta)
        }
        _ => from == to || safe(from, to),
    }
}

/// Whether a time converts to the other's unit at all: not to the generic unit, and timedeltas not between months
/// and units of fixed length.
fn units_meet(from: DType, to: DType) -> bool {
    let (Some(x), Some(y)) = (from.unit(), to.unit()) else { return false };
    (x.is_generic() || !y.is_generic()) && (x.is_generic() || common_unit(from, to).is_ok())
}

fn safe(from: DType, to: DType) -> bool {
    match (from.kind(), to.kind()) {
        (Kind::DateTime, Kind::DateTime) | (Kind::TimeDelta, Kind::TimeDelta) => {
            matches!(result_type(from, to), Ok(r) if r == to)
        }
        (Kind::UInt | Kind::Int | Kind::Bool, Kind::TimeDelta) => from != UInt64,
        (_, Kind::TimeDelta | Kind::DateTime) | (Kind::TimeDelta | Kind::DateTime, _) => false,
        // float64 is NumPy's safe target of the 64-bit integers, though it rounds.
        _ => matches!(result_type(from, to), Ok(r) if r == to),
    }
}
