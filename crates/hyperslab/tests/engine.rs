//! The engine against the naive evaluator, and its promises: same bits for any number of threads, budgets obeyed or
//! refused, failures that leave the process alive.

#![allow(clippy::unwrap_used)] // What cannot be set up should fail where it stands.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use hyperslab::*;

/// Positions of an array as pseudo-random f64, in storage of 7 × 11 chunks or in memory.
#[derive(Debug)]
struct Noise {
    shape: Vec<u64>,
    chunks: Vec<u64>,
    read: AtomicU64,
    fails_at: Option<u64>,
}

impl Noise {
    fn new(shape: &[u64]) -> Self {
        Noise { shape: shape.into(), chunks: vec![7; shape.len()], read: AtomicU64::new(0), fails_at: None }
    }
}

fn noise(i: u64) -> f64 {
    let h = (i + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    ((h ^ (h >> 29)) >> 11) as f64 / (1u64 << 53) as f64
}

impl ArraySource for Noise {
    fn shape(&self) -> &[u64] {
        &self.shape
    }
    fn dtype(&self) -> DType {
        DType::Float64
    }
    fn native_chunks(&self) -> Option<&[u64]> {
        Some(&self.chunks)
    }
    fn describe(&self) -> String {
        "noise".into()
    }
    fn read(&self, region: &Region, mut out: ViewMut<'_>) -> Result<()> {
        self.read.fetch_add(region.count(), Ordering::Relaxed);
        let mut block = Block::zeroed(DType::Float64, &region.shape())?;
        let strides = c_strides(&self.shape, 1);
        let lens = region.shape();
        for (k, e) in block.bytes_mut().as_chunks_mut::<8>().0.iter_mut().enumerate() {
            let (mut left, mut at) = (k as u64, 0i64);
            for d in (0..lens.len()).rev() {
                at += region.0[d].at(left % lens[d]) * strides[d] as i64;
                left /= lens[d];
            }
            match self.fails_at {
                Some(f) if f == at as u64 => panic!("planted panic"),
                _ => *e = noise(at as u64).to_ne_bytes(),
            }
        }
        copy(&block.view(), &mut out);
        Ok(())
    }
}

fn storage(shape: &[u64]) -> Array {
    Array::from_source(Arc::new(Noise::new(shape)), &ChunkSpec::size(shape.len(), 5)).unwrap()
}

fn memory(shape: &[u64]) -> Array {
    let mut block = Block::zeroed(DType::Float64, shape).unwrap();
    for (i, e) in block.bytes_mut().as_chunks_mut::<8>().0.iter_mut().enumerate() {
        *e = noise(i as u64).to_ne_bytes();
    }
    Array::from(block)
}

fn op(name: &str, a: &Array, b: &Array) -> Array {
    Array::ufunc(name, &[Operand::Array(a.clone()), Operand::Array(b.clone())], None).unwrap()
}

fn reduce(a: &Array, name: &str, axes: Option<Vec<i64>>) -> Array {
    a.reduce(name, &ReduceOptions { axes, ..Default::default() }).unwrap()
}

fn slice(start: Option<i64>, stop: Option<i64>, step: i64) -> Index {
    Index::Slice { start, stop, step: Some(step) }
}

fn numbers(m: &MemoryView) -> Vec<f64> {
    let v = m.view();
    v.bytes().unwrap().as_chunks::<8>().0.iter().map(|b| f64::from_ne_bytes(*b)).collect()
}

fn run(a: &Array, threads: usize) -> Vec<f64> {
    let o = Options { num_threads: Some(threads), memory_limit: None, ..Options::default() };
    numbers(&compute(std::slice::from_ref(a), &o).unwrap()[0])
}

/// Expressions that together use every region function, over both kinds of source.
fn expressions(x: &Array) -> Vec<(&'static str, Array)> {
    let (rows, cols) = (x.shape()[0] as i64, x.shape()[1] as i64);
    let t = x.transpose(&[1, 0]).unwrap();
    let up = x.index(&[slice(Some(1), None, 1), slice(None, None, 1)]).unwrap();
    let down = x.index(&[slice(None, Some(-1), 1), slice(None, None, 1)]).unwrap();
    let log = Array::ufunc("log", &[Operand::Array(op("add", x, x))], None).unwrap();
    let picked = x.index(&[slice(None, None, 1), Index::Take(vec![3, 0, 7, 7, -1])]).unwrap();
    let mean = x.reduce("mean", &ReduceOptions { axes: Some(vec![0]), ..Default::default() }).unwrap();
    let column = x.reduce("sum", &ReduceOptions { axes: Some(vec![1]), keepdims: true, ..Default::default() }).unwrap();
    let square = op(
        "add",
        &x.index(&[slice(None, Some(cols.min(rows)), 1), slice(None, Some(cols.min(rows)), 1)]).unwrap(),
        &t.index(&[slice(None, Some(cols.min(rows)), 1), slice(None, Some(cols.min(rows)), 1)]).unwrap(),
    );
    let down_sums = x.scan("cumsum", Some(0), None).unwrap();
    let along_sums = x.scan("cumsum", Some(1), None).unwrap();
    let across = [slice(None, None, -1), slice(Some(1), None, 2)];
    let stacked = Array::stack(&[x.clone(), log.clone(), x.clone()], 1).unwrap();
    vec![
        ("identity", x.clone()),
        ("scan", down_sums.clone()),
        ("scan of a scan", down_sums.scan("cumsum", Some(1), None).unwrap()),
        ("scans along different axes", op("multiply", &down_sums, &along_sums)),
        ("scan turned", along_sums.index(&across).unwrap().transpose(&[1, 0]).unwrap()),
        ("scan of all in C order", t.scan("cumsum", None, None).unwrap()),
        ("scan listed", along_sums.index(&[slice(None, None, 1), Index::Take(vec![3, 0, 7, 7, -1])]).unwrap()),
        (
            "scan and its rows before",
            op(
                "subtract",
                &down_sums.index(&[slice(Some(1), None, 1)]).unwrap(),
                &down_sums.index(&[slice(None, Some(-1), 1)]).unwrap(),
            ),
        ),
        (
            "reduced scan",
            reduce(&op("multiply", &log, &log).scan("cumsum", Some(0), None).unwrap(), "max", Some(vec![1])),
        ),
        ("difference", op("subtract", &up, &down)),
        (
            "log difference",
            op(
                "subtract",
                &log.index(&[slice(Some(2), None, 1)]).unwrap(),
                &log.index(&[slice(None, Some(-2), 1)]).unwrap(),
            ),
        ),
        ("backwards", log.index(&[slice(Some(40), Some(3), -2), slice(None, None, -3)]).unwrap()),
        ("one row", log.index(&[Index::Int(5)]).unwrap()),
        ("new axis", x.index(&[Index::NewAxis, Index::Ellipsis, Index::Int(-1), Index::NewAxis]).unwrap()),
        ("x + x.T", square),
        ("gather", op("multiply", &picked, &picked)),
        ("gather rows of log", log.index(&[Index::Take(vec![9, 2, 30, 2])]).unwrap()),
        ("anomaly", op("divide", &op("subtract", x, &mean), &column)),
        ("reshape", x.reshape(&[-1]).unwrap().index(&[slice(Some(17), Some(-5), 7)]).unwrap()),
        ("reshape of map", log.reshape(&[cols, rows]).unwrap()),
        ("reshape of slice", t.index(&[slice(None, None, 2)]).unwrap().reshape(&[-1, 2]).unwrap_or_else(|_| x.clone())),
        ("stack", stacked.clone()),
        ("slice of stack", stacked.index(&[slice(None, None, 3), Index::Int(1), slice(None, None, -1)]).unwrap()),
        ("reduce of stack", reduce(&stacked, "sum", Some(vec![0, 1]))),
        (
            "concatenate",
            Array::concatenate(&[x.clone(), up.clone(), mean.index(&[Index::NewAxis]).unwrap()], 0).unwrap(),
        ),
        ("matmul", Array::matmul(x, &t).unwrap()),
        ("matmul then map", op("add", &Array::matmul(&t, x).unwrap(), &mean)),
        ("tensordot", Array::tensordot(&stacked, x, &[0, 2], &[0, 1]).unwrap()),
        ("broadcast", mean.broadcast_to(&[3, 4, mean.shape()[0]], None).unwrap()),
        ("sum", reduce(&log, "sum", None)),
        ("sum 0", reduce(&log, "sum", Some(vec![0]))),
        ("sum 1", reduce(&log, "sum", Some(vec![1]))),
        ("var of transposed", reduce(&t, "var", Some(vec![0]))),
        ("std", reduce(x, "std", Some(vec![-1]))),
        ("max of middle axis", reduce(&stacked, "max", Some(vec![1]))),
        ("sum of sum", reduce(&reduce(&stacked, "sum", Some(vec![0])), "sum", Some(vec![1]))),
    ]
}

fn close(a: f64, b: f64) -> bool {
    a == b || (a - b).abs() <= 1e-12 * a.abs().max(b.abs()).max(1.0) || (a.is_nan() && b.is_nan())
}

fn check_against_reference(x: &Array, threads: usize) {
    for (name, e) in expressions(x) {
        let want = reference(&e);
        let got = run(&e, threads);
        assert_eq!(got.len(), want.len(), "{name}");
        if let Some(i) = (0..got.len()).find(|&i| !close(got[i], want[i])) {
            panic!("{name}: element {i} is {}, should be {}", got[i], want[i]);
        }
    }
}

fn reference(a: &Array) -> Vec<f64> {
    let block = hyperslab::reference(a).unwrap();
    block.bytes().as_chunks::<8>().0.iter().map(|b| f64::from_ne_bytes(*b)).collect()
}

#[test]
fn every_region_function_over_storage() {
    check_against_reference(&storage(&[48, 26]), 2);
}

#[test]
fn every_region_function_over_memory() {
    check_against_reference(&memory(&[48, 26]), 2);
}

#[test]
fn every_region_function_over_a_wide_array() {
    check_against_reference(&memory(&[41, 1100]), 2);
    check_against_reference(&storage(&[41, 1200]), 1);
}

#[test]
fn fortran_order_is_walked_along_its_memory() {
    check_against_reference(&memory(&[1100, 44]).transpose(&[1, 0]).unwrap(), 2);
}

#[test]
fn the_same_bits_for_any_number_of_threads() {
    let x = memory(&[700, 2000]);
    for e in [
        reduce(&x, "sum", None),
        reduce(&x, "sum", Some(vec![0])),
        reduce(&x, "var", Some(vec![0])),
        reduce(&x, "mean", Some(vec![1])),
    ] {
        let bits = |t| run(&e, t).iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        let one = bits(1);
        for t in [2, 3, 8] {
            assert_eq!(one, bits(t), "{t} threads");
        }
    }
}

#[test]
fn the_same_bits_for_any_budget() {
    let x = storage(&[600, 700]);
    let e = reduce(&op("multiply", &x, &x), "sum", Some(vec![0]));
    let bits = |m| {
        let o = Options { num_threads: Some(2), memory_limit: Some(m), ..Options::default() };
        numbers(&compute(std::slice::from_ref(&e), &o).unwrap()[0]).iter().map(|v| v.to_bits()).collect::<Vec<_>>()
    };
    assert_eq!(bits(1 << 30), bits(1 << 20));
}

#[test]
fn scans_in_blocks_have_the_same_bits_for_any_threads_and_budget() {
    for (x, axis) in [(storage(&[20_000, 60]), 0), (memory(&[600_000]), 0), (memory(&[3, 200_000]), 1)] {
        let e = x.scan("cumsum", Some(axis), None).unwrap();
        let plan = explain(std::slice::from_ref(&e), &Options::default()).unwrap();
        assert!(plan.contains("cumsum of blocks"), "{plan}");
        let total = reduce(&e, "sum", None);
        let bits = |num_threads, memory_limit| {
            let o = Options { num_threads: Some(num_threads), memory_limit: Some(memory_limit), ..Default::default() };
            let out = compute(&[e.clone(), total.clone()], &o).unwrap();
            out.iter().flat_map(numbers).map(f64::to_bits).collect::<Vec<_>>()
        };
        let want = bits(1, 1 << 30);
        for (threads, memory) in [(2, 1 << 30), (5, 1 << 30), (2, 13 << 20)] {
            assert!(bits(threads, memory) == want, "{threads} threads, {memory} bytes");
        }
        let naive = reference(&e);
        assert!(want.iter().zip(&naive).all(|(a, b)| close(f64::from_bits(*a), *b)));
    }
}

#[test]
fn a_source_that_several_results_need_is_read_once() {
    let source = Arc::new(Noise::new(&[300, 200]));
    let x = Array::from_source(source.clone(), &ChunkSpec::size(2, 50)).unwrap();
    let wanted = [reduce(&x, "mean", Some(vec![0])), reduce(&x, "std", Some(vec![0])), reduce(&x, "max", None)];
    compute(&wanted, &Options::default()).unwrap();
    assert_eq!(source.read.load(Ordering::Relaxed), 300 * 200);
}

#[test]
fn slices_reach_the_storage() {
    let source = Arc::new(Noise::new(&[300, 200]));
    let x = Array::from_source(source.clone(), &ChunkSpec::size(2, 50)).unwrap();
    let log = Array::ufunc("log", &[Operand::Array(op("add", &x, &x))], None).unwrap();
    let total = reduce(&log.index(&[slice(None, Some(5), 1)]).unwrap(), "sum", Some(vec![1]));
    let sliced_late = reduce(&log, "sum", Some(vec![1])).index(&[slice(None, Some(5), 1)]).unwrap();
    compute(&[total], &Options::default()).unwrap();
    assert_eq!(source.read.load(Ordering::Relaxed), 5 * 200);
    compute(&[sliced_late], &Options::default()).unwrap();
    assert_eq!(source.read.load(Ordering::Relaxed), 2 * 5 * 200);
}

#[test]
fn a_plan_beyond_its_budget_is_refused_with_the_numbers() {
    let x = storage(&[3000, 3000]);
    let o = Options { memory_limit: Some(2 << 20), num_threads: Some(2), ..Options::default() };
    let e = compute(&[op("add", &x, &x)], &o).unwrap_err();
    match &e.kind {
        ErrorKind::Budget { need, limit, op } => {
            assert!(*need > 72_000_000 && *limit == 2 << 20 && op == "add", "{e}");
        }
        _ => panic!("{e}"),
    }
    assert!(e.to_string().contains("largest term"), "{e}");
    assert!(compute(&[reduce(&op("add", &x, &x), "sum", None)], &o).is_ok());
}

#[test]
fn a_panic_in_a_worker_is_an_error_and_the_next_run_works() {
    let bad = Noise { fails_at: Some(12_345), ..Noise::new(&[300, 200]) };
    let x = Array::from_source(Arc::new(bad), &ChunkSpec::size(2, 50)).unwrap();
    let e = compute(&[reduce(&x, "sum", None)], &Options::default()).unwrap_err();
    assert!(matches!(e.kind, ErrorKind::Internal(_)) && e.to_string().contains("planted panic"), "{e}");
    assert_eq!(run(&reduce(&memory(&[10, 10]), "sum", None), 2).len(), 1);
}

struct Stop;

impl Observer for Stop {
    fn tick(&self, _: &Progress) -> Result<()> {
        Err(ErrorKind::Cancelled.into())
    }
}

#[test]
fn an_observer_can_cancel() {
    let x = Array::full(&[100_000, 100_000], Scalar::new(1.0f64), &ChunkSpec::size(2, 10)).unwrap();
    let total = reduce(&Array::ufunc("log", &[Operand::Array(x)], None).unwrap(), "sum", None);
    let (_memory, out) = MemoryView::shared(DType::Float64, &[]).unwrap();
    let e = compute_into(vec![(total, Target::Memory(out))], &Options::default(), &Stop).unwrap_err();
    assert!(matches!(e.kind, ErrorKind::Cancelled), "{e}");
}

#[test]
fn empty_arrays_reduce_to_identities() {
    let x = memory(&[0, 3]);
    assert_eq!(run(&reduce(&x, "sum", Some(vec![0])), 2), [0.0; 3]);
    assert_eq!(run(&reduce(&x, "prod", None), 2), [1.0]);
    assert!(run(&reduce(&x, "mean", Some(vec![0])), 2).iter().all(|v| v.is_nan()));
    assert_eq!(run(&x, 2), Vec::<f64>::new());
    assert_eq!(run(&Array::matmul(&memory(&[2, 0]), &memory(&[0, 3])).unwrap(), 1), [0.0; 6]);
    assert!(x.reduce("max", &ReduceOptions::default()).is_err());
}

#[test]
fn a_deep_chain_of_views_and_maps_runs() {
    let mut x = memory(&[40]);
    for _ in 0..2_000 {
        x = op("multiply", &x.index(&[slice(None, None, -1)]).unwrap(), &x.index(&[slice(None, None, -1)]).unwrap());
    }
    assert_eq!(run(&x, 1).len(), 40);
}
