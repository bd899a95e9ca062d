//! Arithmetic with datetimes and timedeltas: which dtypes NumPy lets meet.

use hyperslab_base::{DType, Kind, Result, can_cast, result_type};
use smallvec::smallvec;

use super::Signature;
use super::resolve::{cannot_cast, cannot_use};

/// Signature of a binary ufunc of which one operand at least is a time.
pub(super) type TimeRule = fn(name: &'static str, a: DType, b: DType) -> Result<Signature>;

fn sig(a: DType, b: DType, output: DType) -> Result<Signature> {
    Ok(Signature { inputs: smallvec![a, b], output })
}

/// What counts as a number of ticks beside a time.
fn is_count(d: DType) -> bool {
    d.is_integer() || d == DType::Bool
}

/// The timedelta of a unit that a datetime has.
fn delta_of(date: DType) -> DType {
    date.unit().map_or(date, DType::TimeDelta64)
}

/// Both as timedeltas of their common unit.
fn deltas(a: DType, b: DType) -> Result<DType> {
    if is_count(a) {
        return Ok(b);
    }
    if is_count(b) { Ok(a) } else { result_type(a, b) }
}

/// A datetime and the timedelta or count that is operand `k`: the datetime's dtype in their common unit.
fn shifted(name: &str, date: DType, step: DType, k: usize) -> Result<(DType, DType)> {
    if is_count(step) {
        return Ok((date, delta_of(date)));
    }
    let common = result_type(date, step)?;
    let delta = delta_of(common);
    if can_cast(step, delta, "same_kind") { Ok((common, delta)) } else { Err(cannot_cast(name, k, step, delta)) }
}

pub(super) fn add(name: &'static str, a: DType, b: DType) -> Result<Signature> {
    match (a.kind(), b.kind()) {
        (Kind::TimeDelta, Kind::TimeDelta) => deltas(a, b).and_then(|d| sig(d, d, d)),
        (Kind::TimeDelta, _) if is_count(b) => sig(a, a, a),
        (_, Kind::TimeDelta) if is_count(a) => sig(b, b, b),
        (Kind::DateTime, Kind::TimeDelta) => shifted(name, a, b, 1).and_then(|(m, d)| sig(m, d, m)),
        (Kind::DateTime, _) if is_count(b) => shifted(name, a, b, 1).and_then(|(m, d)| sig(m, d, m)),
        (Kind::TimeDelta, Kind::DateTime) => shifted(name, b, a, 0).and_then(|(m, d)| sig(d, m, m)),
        (_, Kind::DateTime) if is_count(a) => shifted(name, b, a, 0).and_then(|(m, d)| sig(d, m, m)),
        _ => Err(cannot_use(name, a, b)),
    }
}

pub(super) fn subtract(name: &'static str, a: DType, b: DType) -> Result<Signature> {
    match (a.kind(), b.kind()) {
        (Kind::DateTime, Kind::DateTime) => result_type(a, b).and_then(|m| sig(m, m, delta_of(m))),
        (_, Kind::DateTime) => Err(cannot_use(name, a, b)),
        _ => add(name, a, b),
    }
}

pub(super) fn multiply(name: &'static str, a: DType, b: DType) -> Result<Signature> {
    match (a, b) {
        (DType::TimeDelta64(_), n) if is_count(n) => sig(a, DType::Int64, a),
        (n, DType::TimeDelta64(_)) if is_count(n) => sig(DType::Int64, b, b),
        (DType::TimeDelta64(_), n) if n.kind() == Kind::Float => sig(a, DType::Float64, a),
        (n, DType::TimeDelta64(_)) if n.kind() == Kind::Float => sig(DType::Float64, b, b),
        _ => Err(cannot_use(name, a, b)),
    }
}

/// `divide` and `floor_divide`, which differ in the ratio of two timedeltas.
fn quotient(name: &'static str, a: DType, b: DType, ratio: DType) -> Result<Signature> {
    match (a.kind(), b.kind()) {
        (Kind::TimeDelta, Kind::TimeDelta) => deltas(a, b).and_then(|d| sig(d, d, ratio)),
        (Kind::TimeDelta, _) if b.is_integer() => sig(a, DType::Int64, a),
        (Kind::TimeDelta, Kind::Float) => sig(a, DType::Float64, a),
        _ => Err(cannot_use(name, a, b)),
    }
}

pub(super) fn divide(name: &'static str, a: DType, b: DType) -> Result<Signature> {
    quotient(name, a, b, DType::Float64)
}

pub(super) fn floor_divide(name: &'static str, a: DType, b: DType) -> Result<Signature> {
    quotient(name, a, b, DType::Int64)
}

pub(super) fn remainder(name: &'static str, a: DType, b: DType) -> Result<Signature> {
    match (a.kind(), b.kind()) {
        (Kind::TimeDelta, Kind::TimeDelta) => deltas(a, b).and_then(|d| sig(d, d, d)),
        _ => Err(cannot_use(name, a, b)),
    }
}
