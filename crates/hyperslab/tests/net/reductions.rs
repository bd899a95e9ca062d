//! Steps that sum: reductions and products.

use hyperslab::*;

use crate::random::Random;
use crate::steps::call;
use crate::values::{Named, Value, largest};

fn axes(r: &mut Random, ndim: usize) -> Option<Vec<i64>> {
    match r.below(4) {
        0 => None,
        1 if ndim > 1 => Some(vec![0, -1]),
        _ => Some(vec![r.index(ndim.max(1)) as i64]),
    }
}

pub fn reduced(r: &mut Random, a: &Named) -> Option<(Value, String)> {
    const NAMES: [&str; 14] = [
        "sum",
        "sum",
        "mean",
        "var",
        "std",
        "min",
        "max",
        "any",
        "all",
        "argmax",
        "argmin",
        "nansum",
        "count_nonzero",
        "prod",
    ];
    let name = r.pick(&NAMES);
    let axes = axes(r, a.value.array.ndim());
    let keepdims = r.rarely(3);
    of_kind(name, axes, keepdims, a)
}

fn of_kind(name: &str, axes: Option<Vec<i64>>, keepdims: bool, a: &Named) -> Option<(Value, String)> {
    let v = &a.value;
    let count = v.array.shape().iter().product::<u64>() as f64;
    let complex = v.array.dtype() == DType::Complex64;
    let jumps = matches!(name, "any" | "all" | "argmax" | "argmin" | "count_nonzero" | "std");
    let ordered = matches!(name, "min" | "max" | "argmax" | "argmin");
    // Means of nothing are NaN, and warn.
    if count == 0.0 || (jumps && !v.may_jump()) || (complex && (ordered || matches!(name, "var" | "std"))) {
        return None;
    }
    if name == "prod" && v.array.dtype().is_inexact() {
        return None;
    }
    let o = ReduceOptions { axes: axes.clone(), keepdims, ..Default::default() };
    let array = v.array.reduce(name, &o).ok()?;
    let mut out = v.with(array);
    match name {
        "sum" | "nansum" | "count_nonzero" | "argmax" | "argmin" => out.bound = v.bound.max(1.0) * count,
        "prod" => out.bound = f64::INFINITY,
        "mean" | "std" => out.exact = false,
        "var" => (out.exact, out.bound) = (false, v.bound * v.bound),
        _ => {}
    }
    if out.array.dtype().is_integer() {
        out.bound = out.bound.min(largest(out.array.dtype()));
    }
    let keep = if keepdims { ", keepdims" } else { "" };
    Some((out, format!("{}.{name}(axis={axes:?}{keep})", a.name)))
}

pub fn centered(r: &mut Random, a: &Named) -> Option<(Value, String)> {
    let name = r.pick(&["mean", "sum", "max", "min"]);
    let axis = r.index(a.value.array.ndim().max(1)) as i64;
    let (b, text) = of_kind(name, Some(vec![axis]), true, a)?;
    let array = call("subtract", &a.value.array, &b.array)?;
    Some((a.value.beside(&b, array, a.value.bound + b.bound), format!("{} - {text}", a.name)))
}

/// The operand of a product of that last axis: `b` where it fits, else `a` transposed.
fn right(a: &Named, b: &Named) -> Option<Named> {
    let (n, shape) = (*a.value.array.shape().last()?, b.value.array.shape());
    if shape.len() == 2 && shape[0] == n {
        return Some(b.clone());
    }
    let mut back: Vec<usize> = (0..a.value.array.ndim()).collect();
    let n = back.len();
    if n > 1 {
        back.swap(n - 1, n - 2);
    }
    Some(Named { value: a.value.with(a.value.array.transpose(&back).ok()?), name: format!("{}.mT", a.name) })
}

fn summed(a: &Value, b: &Value, array: Array, count: u64) -> Value {
    a.beside(b, array, 2.0 * a.bound * b.bound * count.max(1) as f64)
}

pub fn matmul(r: &mut Random, a: &Named, b: &Named) -> Option<(Value, String)> {
    let b = right(a, b)?;
    let (a, b) = if r.rarely(4) { (b, a.clone()) } else { (a.clone(), b) };
    let n = *a.value.array.shape().last()?;
    let array = Array::matmul(&a.value.array, &b.value.array).ok()?;
    Some((summed(&a.value, &b.value, array, n), format!("{} @ {}", a.name, b.name)))
}

pub fn tensordot(r: &mut Random, a: &Named, b: &Named) -> Option<(Value, String)> {
    let ndim = a.value.array.ndim();
    let axes: Vec<i64> = match r.below(3) {
        0 if ndim > 1 => vec![0, ndim as i64 - 1],
        1 => vec![ndim as i64 - 1],
        _ => vec![0],
    };
    let lens: u64 = axes.iter().filter_map(|&d| a.value.array.shape().get(d as usize)).product();
    let of = |b: &Named| Array::tensordot(&a.value.array, &b.value.array, &axes, &axes).ok();
    let (array, b) = of(b).map(|array| (array, b)).or_else(|| of(a).map(|array| (array, a)))?;
    Some((summed(&a.value, &b.value, array, lens), format!("tensordot({}, {}, {axes:?})", a.name, b.name)))
}
