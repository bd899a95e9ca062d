//! Which functions are measured, where their arguments are dense, and how far a result is from the exact one.

use crate::double2::{Double2, scaled};
use crate::exact::{self, Exact, exponent_of};

pub type Range = (f64, f64);

/// One function. Those of one argument ignore the second.
pub struct Function {
    pub name: &'static str,
    pub exact: fn(f64, f64) -> Exact,
    /// The C library's, which says what becomes of infinities, zeros, NaN and arguments outside the domain.
    pub library: fn(f64, f64) -> f64,
    /// The same from `pxfm`, an independent library: a large error of it is an error of ours here.
    pub pxfm: Option<fn(f64, f64) -> f64>,
    pub dense: &'static [Range],
    /// Of the second argument, as many as the first has; none for functions of one argument.
    pub second: &'static [Range],
    /// Whether `f(x)` is `x` next to zero.
    pub identity: bool,
}

const fn unary(
    name: &'static str,
    exact: fn(f64, f64) -> Exact,
    library: fn(f64, f64) -> f64,
    pxfm: fn(f64, f64) -> f64,
    dense: &'static [Range],
) -> Function {
    Function { name, exact, library, pxfm: Some(pxfm), dense, second: &[], identity: false }
}

const fn identity(function: Function) -> Function {
    Function { identity: true, ..function }
}

const AROUND_ONE: &[Range] = &[(0.0, 10.0), (0.7, 1.5), (0.99, 1.01)];
const ANGLES: &[Range] = &[(-2e6, 2e6), (-100.0, 100.0), (-7.0, 7.0), (-0.8, 0.8)];
const UNIT: &[Range] = &[(-1.0, 1.0), (-0.01, 0.01), (0.99, 1.0)];
const GROWTH: &[Range] = &[(-712.0, 712.0), (-25.0, 25.0), (-1.0, 1.0), (-0.01, 0.01)];

pub const FUNCTIONS: &[Function] = &[
    unary("sqrt", |x, _| exact_sqrt(x), |x, _| x.sqrt(), |x, _| x.sqrt(), &[(0.0, 10.0)]),
    unary("cbrt", |x, _| exact::cbrt(x), |x, _| x.cbrt(), |x, _| pxfm::f_cbrt(x), &[(-10.0, 10.0), (1.0, 8.0)]),
    unary(
        "exp",
        |x, _| exact::exp(x.into()),
        |x, _| x.exp(),
        |x, _| pxfm::f_exp(x),
        &[(-746.0, 710.0), (-25.0, 25.0), (-1.0, 1.0)],
    ),
    unary(
        "exp2",
        |x, _| exact::exp2(x.into()),
        |x, _| x.exp2(),
        |x, _| pxfm::f_exp2(x),
        &[(-1076.0, 1025.0), (-25.0, 25.0), (-1.0, 1.0)],
    ),
    identity(unary(
        "expm1",
        |x, _| exact::expm1(x),
        |x, _| x.exp_m1(),
        |x, _| pxfm::f_expm1(x),
        &[(-45.0, 711.0), (-1.1, 1.1), (-0.01, 0.01)],
    )),
    unary("log", |x, _| exact::log(x.into()).into(), |x, _| x.ln(), |x, _| pxfm::f_log(x), AROUND_ONE),
    unary(
        "log2",
        |x, _| (exact::log(x.into()) * Double2::PER_LN2).into(),
        |x, _| x.log2(),
        |x, _| pxfm::f_log2(x),
        AROUND_ONE,
    ),
    unary(
        "log10",
        |x, _| (exact::log(x.into()) * Double2::PER_LN10).into(),
        |x, _| x.log10(),
        |x, _| pxfm::f_log10(x),
        AROUND_ONE,
    ),
    identity(unary(
        "log1p",
        |x, _| exact::log1p(x.into()).into(),
        |x, _| x.ln_1p(),
        |x, _| pxfm::f_log1p(x),
        &[(-1.0, 1.0), (0.0, 1e3), (-1e-3, 1e-3)],
    )),
    identity(unary("sin", |x, _| exact::sin_cos(x).0.into(), |x, _| x.sin(), |x, _| pxfm::f_sin(x), ANGLES)),
    unary("cos", |x, _| exact::sin_cos(x).1.into(), |x, _| x.cos(), |x, _| pxfm::f_cos(x), ANGLES),
    identity(unary("tan", |x, _| exact_tan(x), |x, _| x.tan(), |x, _| pxfm::f_tan(x), ANGLES)),
    identity(unary("arcsin", |x, _| exact::arcsin(x), |x, _| x.asin(), |x, _| pxfm::f_asin(x), UNIT)),
    unary("arccos", |x, _| exact::arccos(x), |x, _| x.acos(), |x, _| pxfm::f_acos(x), UNIT),
    identity(unary(
        "arctan",
        |x, _| exact::arctan2(x, 1.0),
        |x, _| x.atan(),
        |x, _| pxfm::f_atan(x),
        &[(-100.0, 100.0), (-2.0, 2.0), (-0.01, 0.01)],
    )),
    identity(unary("sinh", |x, _| exact::sinh(x), |x, _| x.sinh(), |x, _| pxfm::f_sinh(x), GROWTH)),
    unary("cosh", |x, _| exact::cosh(x), |x, _| x.cosh(), |x, _| pxfm::f_cosh(x), GROWTH),
    identity(unary("tanh", |x, _| exact::tanh(x), |x, _| x.tanh(), |x, _| pxfm::f_tanh(x), &GROWTH_OF_TANH)),
    identity(unary(
        "arcsinh",
        |x, _| exact::arcsinh(x),
        |x, _| x.asinh(),
        |x, _| pxfm::f_asinh(x),
        &[(-1e4, 1e4), (-2.0, 2.0), (-0.01, 0.01)],
    )),
    unary(
        "arccosh",
        |x, _| exact::arccosh(x),
        |x, _| x.acosh(),
        |x, _| pxfm::f_acosh(x),
        &[(1.0, 1e4), (1.0, 2.0), (1.0, 1.01)],
    ),
    identity(unary("arctanh", |x, _| exact::arctanh(x), |x, _| x.atanh(), |x, _| pxfm::f_atanh(x), UNIT)),
    Function {
        name: "power",
        exact: exact::power,
        library: f64::powf,
        pxfm: Some(pxfm::f_pow),
        dense: &[(0.0, 10.0), (0.9, 1.1), (-50.0, 50.0), (0.0, 1e6), (1.38, 1.45)],
        second: &[(-50.0, 50.0), (-5000.0, 5000.0), (0.0, 3.0), (-2.0, 2.0), (-2100.0, 2100.0)],
        identity: false,
    },
    Function {
        name: "hypot",
        exact: exact::hypot,
        library: f64::hypot,
        pxfm: Some(pxfm::f_hypot),
        dense: &[(-1.0, 1.0), (0.0, 1e6)],
        second: &[(-1.0, 1.0), (0.0, 1.0)],
        identity: false,
    },
    Function {
        name: "arctan2",
        exact: exact::arctan2,
        library: f64::atan2,
        pxfm: Some(pxfm::f_atan2),
        dense: &[(-1.0, 1.0), (-1.0, 1.0), (-1e-3, 1e-3)],
        second: &[(-1.0, 1.0), (-1e3, 1e3), (-1.0, 1.0)],
        identity: false,
    },
    Function {
        name: "logaddexp",
        exact: |a, b| exact::logaddexp(a, b, false),
        library: logaddexp_at_edges,
        pxfm: None,
        dense: &[(0.0, 100.0), (-1.0, 1.0), (-800.0, 800.0), (0.0, 1e-308)],
        second: &[(0.0, 100.0), (-1.0, 1.0), (-800.0, 800.0), (-1080.0, -700.0)],
        identity: false,
    },
    Function {
        name: "logaddexp2",
        exact: |a, b| exact::logaddexp(a, b, true),
        library: logaddexp_at_edges,
        pxfm: None,
        dense: &[(0.0, 100.0), (-1.0, 1.0), (-800.0, 800.0), (0.0, 1e-308)],
        second: &[(0.0, 100.0), (-1.0, 1.0), (-800.0, 800.0), (-1080.0, -700.0)],
        identity: false,
    },
];

const GROWTH_OF_TANH: [Range; 3] = [(-25.0, 25.0), (-1.0, 1.0), (-0.01, 0.01)];

fn exact_sqrt(x: f64) -> Exact {
    let half = exponent_of(x).div_euclid(2);
    Exact { significand: Double2::from(scaled(x, -2 * half)).sqrt(), exponent: half }
}

fn exact_tan(x: f64) -> Exact {
    let (s, c) = exact::sin_cos(x);
    (s / c).into()
}

/// What NumPy gives where an argument is no number or infinite; elsewhere not used.
fn logaddexp_at_edges(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { a.max(b) + 0.0 }
}

/// What a result should be.
pub enum Answer {
    /// NaN, an infinity or a zero, which leave no room for an error; or a number that a double holds.
    Special(f64),
    Value(Exact),
}

impl Function {
    pub fn arity(&self) -> usize {
        if self.second.is_empty() { 1 } else { 2 }
    }

    /// The exact result.
    pub fn answer(&self, x: f64, y: f64) -> Answer {
        if self.arity() == 2 { self.answer_of_two(x, y) } else { self.answer_of_one(x) }
    }

    fn answer_of_one(&self, x: f64) -> Answer {
        let library = (self.library)(x, 0.0);
        let edge = x == 0.0 || x.abs() == 1.0 || x.is_infinite();
        if library.is_nan() || (edge && (library == 0.0 || library.is_infinite())) {
            return Answer::Special(library);
        }
        if self.identity && x.abs() < 1e-200 {
            return Answer::Value(x.into());
        }
        // A limit at infinity is reached long before.
        Answer::Value((self.exact)(x.clamp(-f64::MAX, f64::MAX), 0.0))
    }

    fn answer_of_two(&self, x: f64, y: f64) -> Answer {
        let library = (self.library)(x, y);
        let zeros_matter = !self.name.starts_with("logaddexp");
        let edge = |v: f64| !v.is_finite() || (v == 0.0 && zeros_matter);
        if !(edge(x) || edge(y) || library.is_nan()) {
            return Answer::Value((self.exact)(x, y));
        }
        if self.name == "arctan2" && library != 0.0 && library.is_finite() {
            // A multiple of an eighth of a turn.
            let eighths = (library / std::f64::consts::FRAC_PI_4).round();
            return Answer::Value((Double2::HALF_PI.scaled(-1) * Double2::from(eighths)).into());
        }
        Answer::Special(library)
    }
}

/// A format of floats: bits of the significand, and the exponents of the smallest normal number and of the largest.
#[derive(Clone, Copy)]
pub struct Format {
    pub precision: i32,
    pub smallest: i32,
    pub largest: i32,
}

/// How many units in the last place of the exact result a result is away; infinite where a special one is missed.
pub fn error(result: f64, answer: &Answer, format: Format) -> f64 {
    match answer {
        Answer::Special(s) if s.is_nan() => {
            if result.is_nan() {
                0.0
            } else {
                f64::INFINITY
            }
        }
        Answer::Special(s) => {
            if result.to_bits() == s.to_bits() {
                0.0
            } else {
                f64::INFINITY
            }
        }
        Answer::Value(value) => error_of_value(result, value, format),
    }
}

fn error_of_value(result: f64, value: &Exact, format: Format) -> f64 {
    let Double2 { hi, lo } = value.significand;
    if result.is_nan() || !hi.is_finite() {
        return f64::INFINITY;
    }
    if hi == 0.0 {
        return if result == 0.0 { 0.0 } else { f64::INFINITY };
    }
    let power_of_two = hi.to_bits() << 12 == 0;
    let exponent = exponent_of(hi) + value.exponent - i32::from(power_of_two && (lo < 0.0) != (hi < 0.0) && lo != 0.0);
    if exponent > format.largest && result.is_infinite() && (result < 0.0) == (hi < 0.0) {
        return 0.0;
    }
    let unit = exponent.clamp(format.smallest, format.largest) - (format.precision - 1);
    // An infinity stands where the next number would.
    let result = if result.is_infinite() {
        scaled(1.0_f64.copysign(result), format.largest + 1 - unit)
    } else {
        scaled(result, -unit)
    };
    let shift = value.exponent - unit;
    ((result - scaled(hi, shift)) - scaled(lo, shift)).abs()
}
