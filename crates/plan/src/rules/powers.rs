//! Powers and quotients that a cheaper operation gives bit for bit.
//!
//! An exponent of 0.5 is not among them: `power(-inf, 0.5)` is `inf`, `sqrt(-inf)` is NaN. NumPy takes the square root
//! in its operator `**` only, which is where that choice belongs.

use hyperslab_base::{DType, Result, Scalar};

use crate::build::map_raw;
use crate::node::{Expr, Kind, MapOp, UfuncRef};
use crate::rules::{Context, Rule, parts};

/// `power` with a constant exponent of -1, 0, 1 or 2, of real numbers.
pub const CHEAP_POWER: Rule = Rule { name: "cheap_power", apply: power };

/// Division by a constant power of two: its reciprocal is exact, and multiplying is quicker.
pub const DIVIDE_TO_MULTIPLY: Rule = Rule { name: "divide_to_multiply", apply: divide };

/// Both operands of a binary ufunc, the second a constant.
fn with_constant<'e>(e: &'e Expr, name: &str) -> Option<(&'e Expr, Scalar)> {
    match e.parts() {
        (Kind::Map { .. }, [base, by]) if e.kind.label() == name => match &by.kind {
            Kind::Fill(v) => Some((base, *v)),
            _ => None,
        },
        _ => None,
    }
}

/// The operation of that name, which stands for `e`: warnings call it what `e` is called.
fn row(name: &str, inputs: &[Expr], e: &Expr) -> Result<Option<Expr>> {
    let told = match e.kind {
        Kind::Map { op: MapOp::Ufunc(u) } => u.1,
        _ => None,
    };
    match hyperslab_ops::find(name) {
        Some(found) => map_raw(MapOp::Ufunc(UfuncRef(found, told)), inputs, e.dtype).map(Some),
        None => Ok(None),
    }
}

fn power(e: &Expr, _: &Context<'_>) -> Result<Option<Expr>> {
    let Some((x, exponent)) = with_constant(e, "power") else { return Ok(None) };
    let real = matches!(x.dtype, DType::Float32 | DType::Float64);
    if x.dtype != e.dtype || !(real || x.dtype.is_integer()) {
        return Ok(None);
    }
    match exponent.to_f64() {
        2.0 => row("square", std::slice::from_ref(x), e),
        1.0 => Ok(Some(x.clone())),
        0.0 => Ok(Some(parts::fill(Scalar::from_f64(e.dtype, 1.0), &e.shape))),
        -1.0 if real => row("reciprocal", std::slice::from_ref(x), e),
        _ => Ok(None),
    }
}

fn divide(e: &Expr, _: &Context<'_>) -> Result<Option<Expr>> {
    let Some((x, divisor)) = with_constant(e, "divide") else { return Ok(None) };
    let Some(factor) = exact_reciprocal(divisor).filter(|f| f.dtype() == e.dtype && x.dtype == e.dtype) else {
        return Ok(None);
    };
    row("multiply", &[x.clone(), parts::fill(factor, &e.shape)], e)
}

/// `1 / v` when it is exact: a power of two whose reciprocal is one of the dtype's.
fn exact_reciprocal(v: Scalar) -> Option<Scalar> {
    match v.dtype() {
        DType::Float64 => {
            let d: f64 = v.get();
            let r = 1.0 / d;
            (power_of_two(d) && r.is_normal()).then(|| Scalar::new(r))
        }
        DType::Float32 => {
            let d: f32 = v.get();
            let r = 1.0 / d;
            (power_of_two(f64::from(d)) && r.is_normal()).then(|| Scalar::new(r))
        }
        _ => None,
    }
}

fn power_of_two(d: f64) -> bool {
    const MANTISSA: u64 = (1 << 52) - 1;
    d.is_normal() && d.to_bits() & MANTISSA == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::*;

    #[test]
    fn small_exponents() {
        let x = f64s("x", &[4]);
        let to = |p: f64| ufunc("power", &[&x, &constant(p, &[4])]);
        insta::assert_snapshot!(after(CHEAP_POWER, &to(2.0)), @r"
        square (4,) float64
          source x (4,) float64
        ");
        insta::assert_snapshot!(after(CHEAP_POWER, &to(1.0)), @"source x (4,) float64");
        insta::assert_snapshot!(after(CHEAP_POWER, &to(0.0)), @"fill 1 (4,) float64");
        insta::assert_snapshot!(after(CHEAP_POWER, &to(-1.0)), @r"
        reciprocal (4,) float64
          source x (4,) float64
        ");
        assert!(unchanged(CHEAP_POWER, &to(0.5)));
        assert!(unchanged(CHEAP_POWER, &to(3.0)));
    }

    #[test]
    fn divisors_that_are_powers_of_two() {
        let x = f64s("x", &[4]);
        let by = |d: f64| ufunc("divide", &[&x, &constant(d, &[4])]);
        insta::assert_snapshot!(after(DIVIDE_TO_MULTIPLY, &by(-8.0)), @r"
        multiply (4,) float64
          source x (4,) float64
          fill -0.125 (4,) float64
        ");
        assert!(unchanged(DIVIDE_TO_MULTIPLY, &by(3.0)));
        assert!(unchanged(DIVIDE_TO_MULTIPLY, &by(0.0)));
        // The reciprocal of the smallest normal number is beyond the largest.
        assert!(unchanged(DIVIDE_TO_MULTIPLY, &by(f64::INFINITY)));
    }

    #[test]
    fn reciprocals_are_exact() {
        for k in -1021..=1022 {
            let d = 2f64.powi(k);
            let r: f64 = exact_reciprocal(Scalar::new(d)).unwrap().get();
            assert_eq!(r * d, 1.0, "2^{k}");
        }
        assert!(exact_reciprocal(Scalar::new(3.0)).is_none());
        assert!(exact_reciprocal(Scalar::new(2f64.powi(1023))).is_none(), "its reciprocal is subnormal");
    }
}
