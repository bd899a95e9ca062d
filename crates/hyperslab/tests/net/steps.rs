//! The operations of random plans. What a step does is decided by its word and by the shapes it finds, so that a plan
//! stays one when other steps are dropped.

use hyperslab::*;

use crate::random::Random;
use crate::values::{Named, Value};

/// Elements that an array of a plan may have.
const MOST: u64 = 4000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// Nothing: a step that was dropped.
    Same,
    Slice,
    Transpose,
    Broadcast,
    Reshape,
    Rechunk,
    Cast,
    Unary,
    Binary,
    Constant,
    Choice,
    Concatenate,
    Stack,
    Gather,
    Scan,
    Reduce,
    Matmul,
    Tensordot,
    /// `x - x.mean(axis, keepdims=True)`, or another reduction.
    Center,
    /// `roll(x, 1) + roll(x, -1) + x`.
    Neighbours,
    /// `x[positions] + x`.
    Mix,
    /// `x.T.reshape(x.shape) + x`.
    Turn,
}

/// The step's value, with how it reads; none where it has no meaning for its operands.
pub fn apply(op: Op, word: u64, a: &Named, b: &Named) -> Option<(Value, String)> {
    let mut r = Random::new(word);
    let r = &mut r;
    let made = match op {
        Op::Same => None,
        Op::Slice => sliced(r, a),
        Op::Transpose => transposed(r, a),
        Op::Broadcast => repeated(r, a),
        Op::Reshape => reshaped(r, a),
        Op::Rechunk => {
            let n = 1 + r.below(9);
            let array = a.value.array.rechunk(&ChunkSpec::size(a.value.array.ndim(), n)).ok()?;
            Some((a.value.with(array), format!("{}.rechunk({n})", a.name)))
        }
        Op::Cast => cast(r, a),
        Op::Unary => unary(r, a),
        Op::Binary => binary(r, a, b),
        Op::Constant => constant(r, a),
        Op::Choice => choice(a, b),
        Op::Concatenate | Op::Stack => joined(r, op == Op::Stack, a, b),
        Op::Gather => gathered(r, a),
        Op::Scan => scanned(r, a),
        Op::Reduce => crate::reductions::reduced(r, a),
        Op::Matmul => crate::reductions::matmul(r, a, b),
        Op::Tensordot => crate::reductions::tensordot(r, a, b),
        Op::Center => crate::reductions::centered(r, a),
        Op::Neighbours => neighbours(r, a),
        Op::Mix => mixed(r, a),
        Op::Turn => turned(a),
    };
    let (value, text) = made?;
    let fits = value.array.shape().iter().product::<u64>() <= MOST && value.array.ndim() <= 5;
    let (value, text) = fits.then_some((value, text))?;
    Some(value.settled(text))
}

/// A name and operands, called.
pub fn call(name: &str, a: &Array, b: &Array) -> Option<Array> {
    Array::ufunc(name, &[Operand::Array(a.clone()), Operand::Array(b.clone())], None).ok()
}

fn show(items: &[Index]) -> String {
    let number = |n: &Option<i64>| n.map_or_else(String::new, |n| n.to_string());
    let item = |i: &Index| match i {
        Index::Slice { start, stop, step } => format!("{}:{}:{}", number(start), number(stop), number(step)),
        Index::Int(n) => n.to_string(),
        Index::NewAxis => "None".into(),
        Index::Take(v) if v.len() > 12 => format!("[{} listed, {:?} first]", v.len(), &v[..4]),
        Index::Take(v) => format!("{v:?}"),
        other => format!("{other:?}"),
    };
    items.iter().map(item).collect::<Vec<_>>().join(", ")
}

pub fn indexed(a: &Named, items: &[Index]) -> Option<(Value, String)> {
    let array = a.value.array.index(items).ok()?;
    Some((a.value.with(array), format!("{}[{}]", a.name, show(items))))
}

fn sliced(r: &mut Random, a: &Named) -> Option<(Value, String)> {
    let mut items = Vec::new();
    for &n in a.value.array.shape() {
        let n = n as i64;
        if r.rarely(12) {
            items.push(Index::NewAxis);
        }
        items.push(match r.below(8) {
            0 if n > 0 && a.value.array.ndim() > 1 => Index::Int(r.within(-n, n - 1)),
            1 => Index::Slice { start: None, stop: None, step: Some(-1) },
            2..4 => Index::Slice { start: None, stop: None, step: None },
            4 => Index::Slice { start: None, stop: None, step: Some(r.one_of(&[2, -2, 3, -3])) },
            5 if n > 3 => Index::Slice { start: Some(n - 1), stop: Some(r.within(0, n / 2)), step: Some(-1) },
            _ => Index::Slice { start: Some(r.within(0, n / 4)), stop: Some(n - r.within(0, n / 4)), step: None },
        });
    }
    indexed(a, &items)
}

fn transposed(r: &mut Random, a: &Named) -> Option<(Value, String)> {
    let mut left: Vec<usize> = (0..a.value.array.ndim()).collect();
    let perm: Vec<usize> = (0..left.len()).map(|_| left.remove(r.index(left.len()))).collect();
    let array = a.value.array.transpose(&perm).ok()?;
    Some((a.value.with(array), format!("{}.transpose({perm:?})", a.name)))
}

fn repeated(r: &mut Random, a: &Named) -> Option<(Value, String)> {
    let mut shape = a.value.array.shape().to_vec();
    for n in shape.iter_mut().filter(|n| **n == 1) {
        *n = 1 + r.below(5);
    }
    if r.rarely(2) {
        shape.insert(0, 1 + r.below(4));
    }
    let array = a.value.array.broadcast_to(&shape, None).ok()?;
    Some((a.value.with(array), format!("broadcast_to({}, {shape:?})", a.name)))
}

fn reshaped(r: &mut Random, a: &Named) -> Option<(Value, String)> {
    let old = a.value.array.shape();
    let total: u64 = old.iter().product();
    let mut shape: Vec<i64> = old.iter().map(|&n| n as i64).collect();
    match r.below(5) {
        0 => shape = vec![-1],
        1 => shape.insert(r.index(shape.len() + 1), 1),
        2 => shape.reverse(),
        3 => {
            let parts: Vec<u64> = (1..=total.min(60)).filter(|n| total.is_multiple_of(*n)).collect();
            shape = vec![r.one_of(if parts.is_empty() { &[1] } else { &parts }) as i64, -1];
        }
        _ if shape.len() > 1 => {
            let d = r.index(shape.len() - 1);
            let both = shape.remove(d);
            shape[d] *= both;
        }
        _ => shape = vec![-1, 1],
    }
    let array = a.value.array.reshape(&shape).ok()?;
    Some((a.value.with(array), format!("{}.reshape({shape:?})", a.name)))
}

pub const DTYPES: [DType; 8] = [
    DType::Float64,
    DType::Float32,
    DType::Int64,
    DType::Int32,
    DType::UInt8,
    DType::Bool,
    DType::Float16,
    DType::Complex64,
];

fn cast(r: &mut Random, a: &Named) -> Option<(Value, String)> {
    let (from, to) = (a.value.array.dtype(), r.one_of(&DTYPES));
    let whole = to.is_integer() || to == DType::Bool;
    // What a float becomes that an integer cannot hold is the processor's choice.
    if from.is_inexact() && whole && (to.kind() == Kind::UInt || a.value.bound > 1e6 || !a.value.may_jump()) {
        return None;
    }
    let array = a.value.array.astype(to, "unsafe").ok()?;
    Some((a.value.with(array), format!("{}.astype({to})", a.name)))
}

fn unary(r: &mut Random, a: &Named) -> Option<(Value, String)> {
    let name = r.pick(&["negative", "absolute", "square", "sign", "exp", "log1p", "isnan"]);
    let v = &a.value;
    if (name == "sign" && !v.may_jump()) || (matches!(name, "exp" | "log1p") && v.bound > 8.0) {
        return None;
    }
    let input = if name == "log1p" {
        Array::ufunc("square", &[Operand::Array(v.array.clone())], None).ok()?
    } else {
        v.array.clone()
    };
    let array = Array::ufunc(name, &[Operand::Array(input)], None).ok()?;
    let mut out = v.with(array);
    match name {
        "square" => out.bound = 2.0 * v.bound * v.bound,
        "exp" => (out.bound, out.exact) = (3000.0, false),
        "log1p" => (out.bound, out.exact) = (8.0, false),
        "absolute" if v.array.dtype() == DType::Complex64 => (out.bound, out.exact) = (2.0 * v.bound, false),
        "sign" if v.array.dtype() == DType::Complex64 => out.exact = false,
        _ => {}
    }
    Some((out, format!("{name}({})", a.name)))
}

/// Another operand of its shape: `b` where it fits, else `a` backwards.
fn partner(a: &Named, b: &Named) -> Option<Named> {
    if broadcast_shapes(&[a.value.array.shape(), b.value.array.shape()]).is_ok() {
        return Some(b.clone());
    }
    let back = Index::Slice { start: None, stop: None, step: Some(-1) };
    let (value, name) = indexed(a, &vec![back; a.value.array.ndim()])?;
    Some(Named { value, name })
}

fn binary(r: &mut Random, a: &Named, b: &Named) -> Option<(Value, String)> {
    let b = partner(a, b)?;
    let name = r.pick(&["add", "add", "subtract", "multiply", "maximum", "minimum", "less", "equal", "logical_and"]);
    let jumps = matches!(name, "less" | "equal" | "logical_and");
    if jumps && !(a.value.may_jump() && b.value.may_jump()) {
        return None;
    }
    let complex = a.value.array.dtype() == DType::Complex64 || b.value.array.dtype() == DType::Complex64;
    if complex && matches!(name, "maximum" | "minimum" | "less") {
        return None;
    }
    let array = call(name, &a.value.array, &b.value.array)?;
    let bound = match name {
        "add" | "subtract" => a.value.bound + b.value.bound,
        "multiply" => 2.0 * a.value.bound * b.value.bound,
        _ => a.value.bound.max(b.value.bound),
    };
    Some((a.value.beside(&b.value, array, bound), format!("{name}({}, {})", a.name, b.name)))
}

fn constant(r: &mut Random, a: &Named) -> Option<(Value, String)> {
    let (name, k) = (r.pick(&["multiply", "add", "subtract"]), r.within(1, 4));
    let array = Array::ufunc(name, &[Operand::Array(a.value.array.clone()), Operand::Int(k.into())], None).ok()?;
    let mut out = a.value.with(array);
    out.bound = if name == "multiply" { out.bound * k as f64 } else { out.bound + k as f64 };
    Some((out, format!("{name}({}, {k})", a.name)))
}

fn choice(a: &Named, b: &Named) -> Option<(Value, String)> {
    let b = partner(a, b)?;
    if !a.value.may_jump() || !b.value.may_jump() || a.value.array.dtype() == DType::Complex64 {
        return None;
    }
    let test = Array::ufunc("greater", &[Operand::Array(a.value.array.clone()), Operand::Int(0)], None).ok()?;
    let operands = [test, a.value.array.clone(), b.value.array.clone()].map(Operand::Array);
    let array = Array::ufunc("where", &operands, None).ok()?;
    let bound = a.value.bound.max(b.value.bound);
    Some((a.value.beside(&b.value, array, bound), format!("where({0} > 0, {0}, {1})", a.name, b.name)))
}

fn joined(r: &mut Random, stack: bool, a: &Named, b: &Named) -> Option<(Value, String)> {
    let ndim = a.value.array.ndim();
    let axis = r.index(if stack { ndim + 1 } else { ndim.max(1) });
    let mut parts = vec![a.clone()];
    for _ in 0..1 + r.below(2) {
        let part = match r.below(3) {
            0 => sliced(r, a).map(|(value, name)| Named { value, name }),
            1 => Some(b.clone()),
            _ => None,
        };
        parts.insert(r.index(parts.len() + 1), part.unwrap_or_else(|| a.clone()));
    }
    let join = |parts: &[Named]| {
        let arrays: Vec<Array> = parts.iter().map(|p| p.value.array.clone()).collect();
        if stack { Array::stack(&arrays, axis as i64).ok() } else { Array::concatenate(&arrays, axis as i64).ok() }
    };
    let array = join(&parts).or_else(|| {
        parts = vec![a.clone(), a.clone()];
        join(&parts)
    })?;
    let value = parts.iter().skip(1).fold(parts[0].value.with(array.clone()), |v, p| {
        let bound = v.bound.max(p.value.bound);
        v.beside(&p.value, array.clone(), bound)
    });
    let names: Vec<&str> = parts.iter().map(|p| p.name.as_str()).collect();
    Some((value, format!("{}([{}], {axis})", if stack { "stack" } else { "concatenate" }, names.join(", "))))
}

fn gathered(r: &mut Random, a: &Named) -> Option<(Value, String)> {
    let axis = r.index(a.value.array.ndim().max(1));
    let n = *a.value.array.shape().get(axis).filter(|n| **n > 0)? as i64;
    let count = r.one_of(&[1, 3, n, 2 * n]).min(300);
    let mut positions: Vec<i64> = (0..count).map(|_| r.within(-n, n - 1)).collect();
    if r.rarely(3) {
        positions.sort_unstable_by_key(|p| p.rem_euclid(n));
    }
    let all = Index::Slice { start: None, stop: None, step: None };
    let mut items = vec![all; axis];
    items.push(Index::Take(positions));
    indexed(a, &items)
}

fn scanned(r: &mut Random, a: &Named) -> Option<(Value, String)> {
    let name = r.pick(&["cumsum", "cumsum", "maximum.accumulate", "minimum.accumulate", "nancumsum", "cumprod"]);
    let axis = if r.rarely(4) { None } else { Some(r.index(a.value.array.ndim().max(1)) as i64) };
    let v = &a.value;
    if name == "cumprod" && v.array.dtype().is_inexact() {
        return None;
    }
    let array = v.array.scan(name, axis, None).ok()?;
    let mut out = v.with(array);
    match name {
        "cumsum" | "nancumsum" => out.bound *= out.array.shape().iter().product::<u64>() as f64,
        // Whatever is left of products that overflow.
        "cumprod" => out.bound = f64::INFINITY,
        _ => {}
    }
    Some((out, format!("{}.{name}(axis={axis:?})", a.name)))
}

fn neighbours(r: &mut Random, a: &Named) -> Option<(Value, String)> {
    let axis = r.index(a.value.array.ndim().max(1));
    let roll = |by: i64| {
        let part = |start, stop| {
            let mut items = vec![Index::Slice { start: None, stop: None, step: None }; axis];
            items.push(Index::Slice { start, stop, step: None });
            a.value.array.index(&items).ok()
        };
        Array::concatenate(&[part(Some(by), None)?, part(None, Some(by))?], axis as i64).ok()
    };
    let sum = call("add", &call("add", &roll(1)?, &roll(-1)?)?, &a.value.array)?;
    let mut out = a.value.with(sum);
    out.bound *= 3.0;
    Some((out, format!("roll({0}, 1, {axis}) + roll({0}, -1, {axis}) + {0}", a.name)))
}

fn mixed(r: &mut Random, a: &Named) -> Option<(Value, String)> {
    let axis = r.index(a.value.array.ndim().max(1));
    let n = *a.value.array.shape().get(axis).filter(|n| **n > 0)? as i64;
    let positions: Vec<i64> = (0..n).map(|_| r.within(0, n - 1)).collect();
    let mut items = vec![Index::Slice { start: None, stop: None, step: None }; axis];
    items.push(Index::Take(positions));
    let (listed, name) = indexed(a, &items)?;
    let mut out = a.value.with(call("add", &listed.array, &a.value.array)?);
    out.bound *= 2.0;
    Some((out, format!("{name} + {}", a.name)))
}

fn turned(a: &Named) -> Option<(Value, String)> {
    let v = &a.value;
    let shape: Vec<i64> = v.array.shape().iter().map(|&n| n as i64).collect();
    let back: Vec<usize> = (0..shape.len()).rev().collect();
    let other = v.array.transpose(&back).ok()?.reshape(&shape).ok()?;
    let mut out = v.with(call("add", &other, &v.array)?);
    out.bound *= 2.0;
    Some((out, format!("{0}.T.reshape({shape:?}) + {0}", a.name)))
}
