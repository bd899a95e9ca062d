//! What the folds are held against: one element after the other, in NumPy's words.

#![allow(dead_code, missing_docs)] // Shared by test programs that use parts of it.

use hyperslab_base::{Bool, Complex32, Complex64, DType, Kind, Scalar, f16};

/// Numbers that look random and are the same in every run.
pub struct Rng(pub u64);

impl Rng {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    /// Uniform in 0 to 1.
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// What the elements of a test are like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Style {
    /// Any bits for integers, moderate numbers for floats.
    Plain,
    /// Few different values: many ties.
    Ties,
    /// Some are NaN (NaT).
    SomeNan,
    /// All are NaN (NaT).
    AllNan,
}

pub fn element(dtype: DType, style: Style, rng: &mut Rng) -> Scalar {
    let nan = match style {
        Style::SomeNan => rng.below(8) == 0,
        s => s == Style::AllNan,
    };
    let v = match style {
        Style::Ties => rng.below(3) as f64,
        _ => rng.unit() + 0.5,
    };
    let im = if nan && rng.below(2) == 0 { f64::NAN } else { rng.below(3) as f64 };
    let re = if nan && !im.is_nan() { f64::NAN } else { v };
    match dtype.kind() {
        Kind::Float => Scalar::from_f64(dtype, if nan { f64::NAN } else { v }),
        Kind::Complex if dtype == DType::Complex64 => Scalar::new(Complex32::new(re as f32, im as f32)),
        Kind::Complex => Scalar::new(Complex64::new(re, im)),
        Kind::DateTime | Kind::TimeDelta if nan => Scalar::with_dtype(dtype, i64::MIN),
        Kind::DateTime | Kind::TimeDelta => Scalar::with_dtype(dtype, (rng.next() as i64) >> 20),
        Kind::Bool => Scalar::new(Bool::from(rng.below(4) > 0)),
        _ if style == Style::Ties => Scalar::from_f64(dtype, v),
        _ => {
            let bits = rng.next().to_ne_bytes();
            Scalar::from_bytes(dtype, &bits[..dtype.itemsize()]).unwrap()
        }
    }
}

/// One element taken apart.
#[derive(Clone, Copy, Debug)]
pub struct Value {
    pub int: i128,
    pub re: f64,
    pub im: f64,
    pub nan: bool,
}

pub fn value(s: &Scalar) -> Value {
    let (re, im) = match s.dtype() {
        DType::Complex64 => (f64::from(s.get::<Complex32>().re), f64::from(s.get::<Complex32>().im)),
        DType::Complex128 => (s.get::<Complex64>().re, s.get::<Complex64>().im),
        _ => (s.to_f64(), 0.0),
    };
    let int = match s.dtype().storage() {
        DType::UInt64 => i128::from(s.get::<u64>()),
        DType::Int64 => i128::from(s.get::<i64>()),
        d if d.is_inexact() => 0,
        _ => re as i128,
    };
    let nan = re.is_nan() || im.is_nan() || (s.dtype().is_time() && int == i128::from(i64::MIN));
    Value { int, re, im, nan }
}

/// What a reduction should give.
#[derive(Clone, Copy, Debug)]
pub enum Expect {
    /// An integer, time or truth, modulo the width of the output.
    Int(i128),
    /// A float or complex number, to rounding.
    Number(f64, f64),
}

const NAT: Expect = Expect::Int(i64::MIN as i128);

/// Whether `a` comes before `b` in the order of minima.
fn before(a: Value, b: Value, float: bool) -> bool {
    if float { a.re < b.re || (a.re == b.re && a.im < b.im) } else { a.int < b.int }
}

/// Position of the extremum as NumPy has it; nothing when no element counts.
fn place(v: &[Value], max: bool, skip: bool, float: bool) -> Option<usize> {
    let mut best: Option<usize> = None;
    for (i, &x) in v.iter().enumerate() {
        if x.nan {
            match skip {
                true => continue,
                false => return Some(i),
            }
        }
        let better = |b: usize| if max { before(v[b], x, float) } else { before(x, v[b], float) };
        if best.is_none_or(better) {
            best = Some(i);
        }
    }
    best
}

pub fn reference(name: &str, input: DType, ddof: f64, v: &[Value]) -> Expect {
    let (skip, measure) = match name.strip_prefix("nan") {
        Some(m) => (true, m),
        None => (false, name),
    };
    let float = input.is_inexact();
    let max = measure.ends_with("max");
    match measure {
        "any" => return Expect::Int(v.iter().any(|x| x.nan || x.int != 0 || x.re != 0.0 || x.im != 0.0).into()),
        "all" => return Expect::Int(v.iter().all(|x| x.nan || x.int != 0 || x.re != 0.0 || x.im != 0.0).into()),
        "count_nonzero" => {
            return Expect::Int(v.iter().filter(|x| x.nan || x.int != 0 || x.re != 0.0 || x.im != 0.0).count() as i128);
        }
        // NumPy skips NaT for the value, and not for the position.
        "argmin" | "argmax" => {
            let at = place(v, max, skip && float, float);
            return Expect::Int(at.map_or(-1, |i| i as i128));
        }
        "min" | "max" => {
            return match place(v, max, skip, float) {
                Some(i) if float => Expect::Number(v[i].re, v[i].im),
                Some(i) => Expect::Int(v[i].int),
                None if float => Expect::Number(f64::NAN, 0.0),
                None => NAT,
            };
        }
        _ => {}
    }
    if float { float_reference(measure, input, skip, ddof, v) } else { int_reference(measure, input, v) }
}

fn int_reference(measure: &str, input: DType, v: &[Value]) -> Expect {
    if input.is_time() && v.iter().any(|x| x.nan) {
        return NAT;
    }
    let sum = v.iter().fold(0_i128, |a, x| a.wrapping_add(x.int));
    match measure {
        "sum" => Expect::Int(sum),
        "prod" => Expect::Int(v.iter().fold(1_i128, |a, x| a.wrapping_mul(x.int))),
        "mean" if v.is_empty() => NAT,
        _ => Expect::Int(sum / v.len() as i128),
    }
}

fn float_reference(measure: &str, input: DType, skip: bool, ddof: f64, v: &[Value]) -> Expect {
    let v: Vec<Value> = v.iter().filter(|x| !(skip && x.nan)).copied().collect();
    let n = v.len() as f64;
    let sum = v.iter().fold((0.0, 0.0), |a, x| (a.0 + x.re, a.1 + x.im));
    match measure {
        "sum" => Expect::Number(sum.0, sum.1),
        // A complex sum is divided by a complex number.
        "mean" if input.kind() == Kind::Complex && !(sum.0.is_finite() && sum.1.is_finite()) => {
            let part = |own: f64, other: f64| if other.is_finite() { own / n } else { f64::NAN };
            Expect::Number(part(sum.0, sum.1), part(sum.1, sum.0))
        }
        "mean" => Expect::Number(sum.0 / n, sum.1 / n),
        "prod" => {
            let p = v.iter().fold(Complex64::new(1.0, 0.0), |a, x| a * Complex64::new(x.re, x.im));
            Expect::Number(p.re, p.im)
        }
        _ => {
            let mean = (sum.0 / n, sum.1 / n);
            let m2: f64 = v.iter().map(|x| (x.re - mean.0).powi(2) + (x.im - mean.1).powi(2)).sum();
            let free = n - ddof;
            let var = if skip && free <= 0.0 { f64::NAN } else { m2 / free.max(0.0) };
            Expect::Number(if measure == "std" { var.sqrt() } else { var }, 0.0)
        }
    }
}

/// Whether an output is what was expected; `loss` scales the tolerance of floats.
pub fn matches(expect: Expect, got: &Scalar, loss: f64) -> bool {
    let g = value(got);
    match expect {
        Expect::Int(i) => {
            let shift = 128 - 8 * got.dtype().itemsize() as u32;
            (i << shift) == (g.int << shift)
        }
        Expect::Number(re, im) => {
            let eps = match got.dtype().real() {
                DType::Float16 => f64::from(f16::EPSILON),
                DType::Float32 => f64::from(f32::EPSILON),
                _ => f64::EPSILON,
            };
            let size = if re.is_finite() && im.is_finite() { re.hypot(im) } else { 0.0 };
            let rounded = |a: f64| match got.dtype().real() {
                DType::Float16 => f64::from(f16::from_f64(a)),
                DType::Float32 => f64::from(a as f32),
                _ => a,
            };
            let close = |a: f64, b: f64| {
                (a.is_nan() && b.is_nan()) || rounded(a) == b || (a - b).abs() <= eps * (1.0 + size) * loss
            };
            close(re, g.re) && (close(im, g.im) || got.dtype().kind() != Kind::Complex)
        }
    }
}
