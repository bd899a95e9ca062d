//! What is known of the values of a plan, and so how a result is compared.

use hyperslab::*;

/// An array of a plan.
#[derive(Clone)]
pub struct Value {
    pub array: Array,
    /// No element is larger than this.
    pub bound: f64,
    /// Whether every element is a whole number that its dtype holds, so that no order of additions can matter.
    pub exact: bool,
    /// Whether nothing is compared with the naive evaluator: elements are any numbers.
    pub any: bool,
    /// Part of the bound by which results that depend on the order of additions may differ.
    pub slack: f64,
}

/// A value with its name in the text of a plan.
#[derive(Clone)]
pub struct Named {
    pub value: Value,
    pub name: String,
}

impl Value {
    pub fn of_source(array: Array, exact: bool) -> Self {
        let slack = slack(array.dtype());
        Value { array, bound: 16.0, exact, any: !exact, slack }
    }

    /// What is known, of an array made of this one.
    pub fn with(&self, array: Array) -> Self {
        let slack = self.slack.max(slack(array.dtype()));
        Value { array, slack, ..self.clone() }
    }

    /// What is known of an array made of both.
    pub fn beside(&self, other: &Value, array: Array, bound: f64) -> Self {
        let both = self.with(array);
        Value { bound, exact: self.exact && other.exact, slack: both.slack.max(other.slack), ..both }
    }

    /// Whether an operation may look at it whose result jumps where its operand does not.
    pub fn may_jump(&self) -> bool {
        self.exact || self.any
    }

    /// Kept small enough for its dtype.
    pub fn settled(mut self, text: String) -> (Value, String) {
        let (dtype, most) = (self.array.dtype(), largest(self.array.dtype()));
        if dtype == DType::Bool {
            (self.bound, self.exact) = (1.0, !self.any);
            return (self, text);
        }
        if dtype.is_integer() {
            self.bound = self.bound.min(most);
        }
        if self.bound * 8.0 <= most || (dtype.is_integer() && self.bound < most / 64.0) {
            return (self, text);
        }
        let complex = matches!(dtype, DType::Complex64 | DType::Complex128);
        if dtype.is_inexact() && self.bound > most {
            self.exact = false;
        }
        let (name, operand, bound) = match self.may_jump() && !complex {
            true => ("remainder", if dtype.is_integer() { Operand::Int(7) } else { Operand::Float(7.0) }, 7.0),
            false if dtype.is_inexact() => {
                let scale = 2f64.powi(-(self.bound.log2().ceil() as i32).clamp(0, 1000));
                self.exact = false;
                // In two steps, since halves hold no smaller number.
                ("multiply", Operand::Float(scale.max(1e-4)), self.bound * scale.max(1e-4))
            }
            false => return (self, text),
        };
        let Ok(array) = Array::ufunc(name, &[Operand::Array(self.array.clone()), operand], None) else {
            return (self, text);
        };
        (Value { array, bound, ..self }, format!("{name}({text}, small)"))
    }
}

/// Up to where every whole number has a value of its own.
pub fn largest(dtype: DType) -> f64 {
    match dtype {
        DType::Bool => 1.0,
        DType::UInt8 => 255.0,
        DType::Float16 => 2048.0,
        DType::Float32 | DType::Complex64 => f64::from(1 << 24),
        DType::Int32 => f64::from(i32::MAX),
        DType::Int64 | DType::UInt64 => i64::MAX as f64,
        _ => 9_007_199_254_740_992.0,
    }
}

fn slack(dtype: DType) -> f64 {
    match dtype {
        DType::Float16 => 3e-2,
        DType::Float32 | DType::Complex64 => 2e-3,
        _ => 1e-6,
    }
}

/// The parts of each element as numbers: two of a complex one.
pub fn numbers(dtype: DType, bytes: &[u8]) -> Vec<f64> {
    let scalar = |b: &[u8]| Scalar::from_bytes(dtype, b).unwrap();
    let parts = |b: &[u8]| match dtype {
        DType::Complex64 => {
            let z: Complex32 = scalar(b).get();
            vec![f64::from(z.re), f64::from(z.im)]
        }
        DType::Complex128 => {
            let z: Complex64 = scalar(b).get();
            vec![z.re, z.im]
        }
        _ => vec![scalar(b).to_f64()],
    };
    bytes.chunks_exact(dtype.itemsize()).flat_map(parts).collect()
}

/// The first element at which a result is wrong.
pub fn difference(v: &Value, got: &[u8], want: &[u8]) -> Option<String> {
    let dtype = v.array.dtype();
    let whole = dtype.is_integer() || dtype == DType::Bool;
    if got == want {
        return None;
    }
    let room = if v.exact || whole { 0.0 } else { v.slack * v.bound.max(1.0) };
    let (got, want) = (numbers(dtype, got), numbers(dtype, want));
    let close = |a: f64, b: f64| a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= room;
    let at = (0..want.len()).find(|&i| !close(got[i], want[i]) || (whole && got[i] != want[i]))?;
    Some(format!("number {at} is {}, should be {} (within {room})", got[at], want[at]))
}
