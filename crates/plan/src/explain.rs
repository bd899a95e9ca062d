//! Plans, printed. The text depends on the plan alone, so that tests may compare it.

use std::fmt::Write;

use hyperslab_base::{DimChunks, show_shape};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::node::{Expr, Kind, MapOp, postorder};
use crate::viewmap::{ViewAxis, ViewMap};

/// Lines of a tree that are printed; the nodes beyond are counted.
const MAX_LINES: usize = 200;
/// Positions of a gather that are printed.
const MAX_POSITIONS: usize = 8;

/// The expressions as a tree: users above what they use, one node a line. A node that several use is printed once,
/// after a label, and afterwards named by the label.
pub fn tree(roots: &[Expr]) -> String {
    let nodes = postorder(roots);
    let shared = used_twice(roots, &nodes);
    let mut labels: FxHashMap<usize, usize> = FxHashMap::default();
    let mut printed: FxHashSet<usize> = FxHashSet::default();
    let mut out = String::new();
    let mut lines = 0;
    let mut stack: Vec<(&Expr, usize)> = roots.iter().rev().map(|e| (e, 0)).collect();
    while let Some((e, depth)) = stack.pop() {
        if lines == MAX_LINES {
            let left = nodes.iter().filter(|n| !printed.contains(&n.id())).count();
            let _ = writeln!(out, "… {left} more nodes");
            break;
        }
        lines += 1;
        let _ = write!(out, "{:indent$}", "", indent = 2 * depth);
        let known = labels.len() + 1;
        if shared.contains(&e.id()) {
            let label = *labels.entry(e.id()).or_insert(known);
            if label != known {
                let _ = writeln!(out, "#{label}");
                continue;
            }
            let _ = write!(out, "#{label} ");
        }
        printed.insert(e.id());
        let _ = writeln!(out, "{} {} {}", operation(e), show_shape(&e.shape), e.dtype);
        stack.extend(e.inputs().iter().rev().map(|i| (i, depth + 1)));
    }
    out.truncate(out.trim_end().len());
    out
}

/// Nodes that are used more than once. Constants are not worth a label.
fn used_twice(roots: &[Expr], nodes: &[Expr]) -> FxHashSet<usize> {
    let mut seen = FxHashSet::default();
    let mut twice = FxHashSet::default();
    for e in roots.iter().chain(nodes.iter().flat_map(|n| n.inputs())) {
        if !matches!(e.kind, Kind::Fill(_)) && !seen.insert(e.id()) {
            twice.insert(e.id());
        }
    }
    twice
}

/// The node's operation with its parameters.
pub(crate) fn operation(e: &Expr) -> String {
    let label = e.kind.label();
    match &e.kind {
        Kind::Source(s) => format!("{label} {}", s.source().describe()),
        Kind::Fill(v) => format!("{label} {v}"),
        Kind::Arange { start, step } => format!("{label} start={start} step={step}"),
        Kind::Map { op: MapOp::Random(draw) } => {
            format!("random {label} seed={:016x} stream={}", draw.stream.key, draw.stream.number)
        }
        Kind::Map { op: MapOp::Ufunc(_) | MapOp::Foreign(_) } | Kind::Reshape => label.to_string(),
        Kind::Map { op: MapOp::Cast } => match e.inputs().first() {
            Some(i) => format!("{label} from {}", i.dtype),
            None => label.to_string(),
        },
        Kind::View { map } => format!("{label} {}", show_map(map, &e.input(0).shape, &e.shape)),
        Kind::Gather { axis, indices, .. } => format!("{label} axis={axis} {}", show_positions(indices)),
        Kind::Concat { axis } => format!("{label} axis={axis} of {}", e.inputs().len()),
        Kind::Reduce { axes, params, .. } => {
            let ddof = if params.ddof() == 0.0 { String::new() } else { format!(" ddof={}", params.ddof()) };
            format!("{label} axis={}{ddof}", show_axes(axes))
        }
        Kind::Scan { axis, .. } => format!("{label} axis={axis}"),
        Kind::Contract { batch, summed, .. } => format!("{label} batch={batch} summed={summed}"),
        Kind::Block { call, .. } => match call.outs().len() {
            1 => label.to_string(),
            _ => format!("{label} output={}", call.output),
        },
        Kind::Rechunk => {
            let dims: Vec<String> = e.chunks.0.iter().map(show_chunks).collect();
            format!("{label} [{}]", dims.join(", "))
        }
    }
}

/// The index that makes the view: slices of the input's axes, then what is done to the axes that are left.
fn show_map(map: &ViewMap, input: &[u64], out: &[u64]) -> String {
    let items: Vec<String> = map.0.iter().zip(input).map(|(a, &n)| show_axis(a, n, out)).collect();
    let mut text = format!("[{}]", items.join(", "));
    let moving: Vec<usize> = map.0.iter().filter_map(|a| a.out).collect();
    if !moving.windows(2).all(|w| w[0] < w[1]) {
        let _ = write!(text, " to axes={}", show_axes(&moving));
    }
    let (new, repeated): (Vec<usize>, Vec<usize>) = map.repeated(out.len()).into_iter().partition(|&d| out[d] == 1);
    if !new.is_empty() {
        let _ = write!(text, " new={}", show_axes(&new));
    }
    if !repeated.is_empty() {
        let _ = write!(text, " repeat={}", show_axes(&repeated));
    }
    text
}

fn show_axis(a: &ViewAxis, n: u64, out: &[u64]) -> String {
    let Some(d) = a.out else { return a.start.to_string() };
    let stop = a.start + a.step * out[d] as i64;
    match a.step {
        1 if a.start == 0 && stop == n as i64 => ":".to_string(),
        1 => format!("{}:{stop}", a.start),
        -1 if a.start == n as i64 - 1 && stop == -1 => "::-1".to_string(),
        s if s < 0 && stop < 0 => format!("{}::{s}", a.start),
        s => format!("{}:{stop}:{s}", a.start),
    }
}

/// Axes as Python prints a tuple.
fn show_axes(axes: &[usize]) -> String {
    let axes: Vec<u64> = axes.iter().map(|&d| d as u64).collect();
    show_shape(&axes)
}

fn show_positions(p: &[u64]) -> String {
    let first: Vec<String> = p.iter().take(MAX_POSITIONS).map(u64::to_string).collect();
    let more = if p.len() > MAX_POSITIONS { format!(", … {} positions", p.len()) } else { String::new() };
    format!("[{}{more}]", first.join(", "))
}

fn show_chunks(c: &DimChunks) -> String {
    match c.uniform() {
        Some(size) => size.to_string(),
        None if c.count() > MAX_POSITIONS as u64 => format!("{} chunks", c.count()),
        None => c.sizes().map(|s| s.to_string()).collect::<Vec<_>>().join("+"),
    }
}
