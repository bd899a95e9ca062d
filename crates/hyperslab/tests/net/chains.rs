//! Long chains: work that grows with the number of steps, no faster, and no chain that overflows the stack. Each runs in
//! a process of its own, with a deadline far beyond what it needs: what grows exponentially would never end.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use hyperslab::*;

use crate::sources::{Counted, Layout, SourceSpec};

/// Seconds that a chain may take.
const DEADLINE: u64 = 60;
/// Set in the process that runs a chain.
const INSIDE: &str = "HYPERSLAB_NET_CHAIN";

/// Runs the body in a process of its own; `name` is the test's.
fn apart(name: &str, body: impl FnOnce()) {
    let name = format!("chains::{name}");
    if std::env::var_os(INSIDE).is_some() {
        return body();
    }
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([&name, "--exact", "--nocapture"])
        .env(INSIDE, "1")
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if start.elapsed() > Duration::from_secs(DEADLINE) {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("{name} did not end within {DEADLINE} s");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    assert!(status.success(), "{name} ended with {status}");
}

fn object(shape: &[u64]) -> (Array, Arc<Counted>) {
    let spec = SourceSpec { word: 3, dtype: DType::Float64, shape: shape.to_vec(), layout: Layout::Object };
    let (array, counter, _) = spec.build(false);
    (array, counter.unwrap())
}

fn op(name: &str, a: &Array, b: &Array) -> Array {
    Array::ufunc(name, &[Operand::Array(a.clone()), Operand::Array(b.clone())], None).unwrap()
}

fn by(name: &str, a: &Array, k: f64) -> Array {
    Array::ufunc(name, &[Operand::Array(a.clone()), Operand::Float(k)], None).unwrap()
}

fn slice(start: Option<i64>, stop: Option<i64>) -> Index {
    Index::Slice { start, stop, step: None }
}

fn roll(x: &Array, by: i64) -> Array {
    let parts = [slice(Some(-by), None), slice(None, Some(-by))].map(|s| x.index(&[Index::Ellipsis, s]).unwrap());
    Array::concatenate(&parts, -1).unwrap()
}

fn reduced(x: &Array, name: &str) -> Array {
    x.reduce(name, &ReduceOptions { axes: Some(vec![-1]), keepdims: true, ..Default::default() }).unwrap()
}

/// Readings of a source, however long the chain over it is: a few stages may each read it for themselves.
const READINGS: u64 = 12;

/// So many steps over an object: the naive values, and the source read as often as a chain of steps needs at most.
fn steps(name: &str, shape: &[u64], count: u64, step: impl Fn(&Array) -> Array) {
    apart(name, || {
        let (mut x, source) = object(shape);
        for _ in 0..count {
            x = step(&x);
        }
        let want = reference(&x).unwrap();
        source.allow(8 * count);
        explain(std::slice::from_ref(&x), &Options::default()).unwrap();
        let got = compute(std::slice::from_ref(&x), &Options::default()).unwrap();
        let numbers = |b: &[u8]| b.as_chunks::<8>().0.iter().map(|n| f64::from_ne_bytes(*n)).collect::<Vec<_>>();
        let (got, want) = (numbers(got[0].view().bytes().unwrap()), numbers(want.bytes()));
        let close = |(a, b): (&f64, &f64)| (a - b).abs() <= 1e-9 * b.abs().max(1.0);
        assert!(got.len() == want.len() && got.iter().zip(&want).all(close), "{name}");
        assert!(source.readings() <= READINGS, "{name}: read {} times", source.readings());
    });
}

#[test]
fn neighbours() {
    steps("neighbours", &[1000], 100, |x| by("divide", &op("add", &op("add", &roll(x, 1), &roll(x, -1)), x), 3.0));
}

#[test]
fn listed_positions() {
    let positions: Vec<i64> = (0..1000).map(|i| (i * 7919 + 13) % 1000).collect();
    steps("listed_positions", &[1000], 100, |x| {
        op("add", &x.index(&[Index::Take(positions.clone())]).unwrap(), &by("multiply", x, 0.5))
    });
}

#[test]
fn turned_and_reshaped() {
    steps("turned_and_reshaped", &[20, 30], 100, |x| {
        op("add", &x.transpose(&[1, 0]).unwrap().reshape(&[20, 30]).unwrap(), &by("multiply", x, 0.5))
    });
}

#[test]
fn shifted_by_concatenation() {
    steps("shifted_by_concatenation", &[10, 60], 100, |x| by("add", &by("multiply", &roll(x, -1), 0.5), 1.0));
}

#[test]
fn scanned_and_reversed() {
    let back = Index::Slice { start: None, stop: None, step: Some(-1) };
    steps("scanned_and_reversed", &[600], 100, |x| {
        let back = by("multiply", &x.index(std::slice::from_ref(&back)).unwrap(), 1e-3);
        op("add", &back.scan("cumsum", Some(0), None).unwrap(), x)
    });
}

#[test]
fn stacked_and_reduced() {
    steps("stacked_and_reduced", &[600], 100, |x| {
        let pair = Array::stack(&[x.clone(), roll(x, 1)], 1).unwrap();
        reduced(&pair, "mean").reshape(&[600]).unwrap()
    });
}

#[test]
fn products() {
    steps("products", &[24, 24], 100, |x| {
        by("multiply", &Array::matmul(x, &x.transpose(&[1, 0]).unwrap()).unwrap(), 1.0 / 64.0)
    });
}

#[test]
fn centered_three_thousand_times() {
    steps("centered_three_thousand_times", &[10, 60], 3000, |x| op("subtract", x, &reduced(x, "mean")));
}

/// So many steps built, planned, computed and dropped, over memory.
fn deep(name: &str, count: u64, step: impl Fn(&Array) -> Array) {
    apart(name, || {
        let spec = SourceSpec { word: 3, dtype: DType::Float64, shape: vec![10, 6], layout: Layout::Rows };
        let mut x = spec.build(false).0;
        for _ in 0..count {
            x = step(&x);
        }
        let want = reference(&x).unwrap();
        let got = compute(std::slice::from_ref(&x), &Options::default()).unwrap();
        assert!(got[0].view().bytes() == Some(want.bytes()), "{name}");
    });
}

#[test]
fn deep_arithmetic() {
    deep("deep_arithmetic", 100_000, |x| by("add", x, 1.0));
}

#[test]
fn deep_turns() {
    deep("deep_turns", 1000, |x| by("add", &x.transpose(&[1, 0]).unwrap().reshape(&[10, 6]).unwrap(), 1.0));
}

#[test]
fn deep_gathers() {
    let rows = vec![3, 1, 4, 1, 5, 9, 2, 6, 5, 3];
    deep("deep_gathers", 1000, |x| by("add", &x.index(&[Index::Take(rows.clone())]).unwrap(), 1.0));
}

#[test]
fn deep_joins() {
    deep("deep_joins", 1000, |x| by("add", &roll(x, 1), 1.0));
}

#[test]
fn deep_scans() {
    deep("deep_scans", 1000, |x| x.scan("maximum.accumulate", Some(0), None).unwrap().transpose(&[1, 0]).unwrap());
}
