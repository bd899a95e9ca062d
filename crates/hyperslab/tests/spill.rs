//! What is kept between stages, in memory or on disk: the same bits, storage read once, nothing left behind.

#![allow(clippy::unwrap_used)] // What cannot be set up should fail where it stands.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use hyperslab::*;

/// Small whole numbers in storage whose chunks are whole rows; counts what is read.
#[derive(Debug)]
struct Rows {
    shape: [u64; 2],
    chunks: [u64; 2],
    read: AtomicU64,
}

impl Rows {
    fn new(rows: u64, cols: u64, chunk: u64) -> Arc<Self> {
        Arc::new(Rows { shape: [rows, cols], chunks: [chunk, cols], read: AtomicU64::new(0) })
    }

    fn array(self: &Arc<Self>) -> Array {
        Array::from_source(Arc::clone(self) as _, &ChunkSpec::size(2, 100)).unwrap()
    }

    /// How often each element was read.
    fn reads(&self) -> f64 {
        self.read.swap(0, Ordering::Relaxed) as f64 / (self.shape[0] * self.shape[1]) as f64
    }
}

impl ArraySource for Rows {
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
        "rows".into()
    }
    fn read(&self, region: &Region, mut out: ViewMut<'_>) -> Result<()> {
        self.read.fetch_add(region.count(), Ordering::Relaxed);
        let mut block = Block::zeroed(DType::Float64, &region.shape())?;
        let (rows, cols) = (region.0[0], region.0[1]);
        for (k, e) in block.bytes_mut().as_chunks_mut::<8>().0.iter_mut().enumerate() {
            let (i, j) = (rows.at(k as u64 / cols.len), cols.at(k as u64 % cols.len));
            *e = (((i * 7 + j * 3) % 11) as f64).to_ne_bytes();
        }
        copy(&block.view(), &mut out);
        Ok(())
    }
}

fn limits(memory: u64) -> Options {
    Options { memory_limit: Some(memory), num_threads: Some(2), ..Options::default() }
}

fn reduce(a: &Array, name: &str, axis: i64) -> Array {
    a.reduce(name, &ReduceOptions { axes: Some(vec![axis]), keepdims: true, ..Default::default() }).unwrap()
}

fn op(name: &str, a: &Array, b: &Array) -> Array {
    Array::ufunc(name, &[Operand::Array(a.clone()), Operand::Array(b.clone())], None).unwrap()
}

fn bits(a: &Array, o: &Options) -> Vec<u8> {
    compute(std::slice::from_ref(a), o).unwrap()[0].view().bytes().unwrap().to_vec()
}

#[test]
fn operands_of_a_product_are_read_from_storage_once() {
    let source = Rows::new(3072, 512, 16);
    let x = source.array();
    let gram = Array::matmul(&x, &x.transpose(&[1, 0]).unwrap()).unwrap();
    let largest = gram.reduce("max", &ReduceOptions::default()).unwrap();
    let want = bits(&largest, &limits(1 << 30));
    assert_eq!(source.reads(), 1.0, "kept in memory");
    let plan = explain(std::slice::from_ref(&largest), &limits(24 << 20)).unwrap();
    assert!(plan.contains("on disk in blocks of"), "{plan}");
    assert_eq!(bits(&largest, &limits(24 << 20)), want);
    assert_eq!(source.reads(), 1.0, "kept on disk");
}

#[test]
fn slots_that_do_not_fit_go_to_disk() {
    let x = Rows::new(1500, 1000, 10).array();
    let pairs = x.reshape(&[1500, 500, 2]).unwrap();
    let scaled = op("subtract", &pairs, &reduce(&pairs, "mean", 2));
    let e = scaled.reduce("std", &ReduceOptions::default()).unwrap();
    let want = bits(&e, &limits(1 << 30));
    let small = limits(2 << 20);
    assert!(explain(std::slice::from_ref(&e), &small).unwrap().contains("slot 0 on disk"));
    assert_eq!(bits(&e, &small), want);
}

#[test]
fn the_disk_has_a_limit_too() {
    let x = Rows::new(1500, 1000, 10).array().reshape(&[1500, 500, 2]).unwrap();
    let e = op("subtract", &x, &reduce(&x, "mean", 2)).reduce("std", &ReduceOptions::default()).unwrap();
    let o = Options { spill_limit: Some(1 << 20), ..limits(2 << 20) };
    let refused = compute(&[e], &o).unwrap_err();
    assert!(matches!(refused.kind, ErrorKind::Budget { need: 6_000_000, limit: 1_048_576, .. }), "{refused}");
    assert!(refused.to_string().contains("spill_limit"), "{refused}");
}

#[test]
fn nothing_is_left_in_the_directory() {
    let directory = std::env::temp_dir().join(format!("hyperslab-spill-{}", std::process::id()));
    let x = Rows::new(1500, 1000, 10).array().reshape(&[1500, 500, 2]).unwrap();
    let e = op("subtract", &x, &reduce(&x, "mean", 2)).reduce("std", &ReduceOptions::default()).unwrap();
    let o = Options { spill_directory: Some(directory.clone()), ..limits(2 << 20) };
    bits(&e, &o);
    assert_eq!(std::fs::read_dir(&directory).unwrap().count(), 0);
    std::fs::remove_dir(&directory).unwrap();
}

#[test]
fn a_reshaped_array_is_read_where_it_is_needed() {
    let source = Rows::new(600, 600, 600);
    let line = source.array().reshape(&[-1]).unwrap();
    let back = line.reshape(&[60, 6000]).unwrap();
    let columns =
        [Index::Slice { start: None, stop: None, step: None }, Index::Slice { start: None, stop: Some(6), step: None }];
    bits(&back.index(&columns).unwrap(), &limits(1 << 30));
    assert!(source.reads() <= 0.01);
}

/// A sink in memory whose chunks are whole columns.
#[derive(Debug)]
struct Columns {
    shape: [u64; 2],
    chunks: [u64; 2],
    data: Mutex<Block>,
}

impl ArraySink for Columns {
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
        "columns".into()
    }
    fn write(&self, region: &Region, data: View<'_>) -> Result<()> {
        copy(&data, &mut self.data.lock().unwrap().view_mut().slice(region));
        Ok(())
    }
}

#[test]
fn rows_become_columns_in_one_reading() {
    let source = Rows::new(2000, 1000, 10);
    let want = bits(&source.array(), &limits(1 << 30));
    source.reads();
    for memory in [1 << 20, 4 << 20, 1 << 30] {
        let data = Mutex::new(Block::zeroed(DType::Float64, &[2000, 1000]).unwrap());
        let sink = Arc::new(Columns { shape: [2000, 1000], chunks: [2000, 2], data });
        let target = Target::Sink { sink: Arc::clone(&sink) as _, region: Region::full(&[2000, 1000]) };
        compute_into(vec![(source.array(), target)], &limits(memory), &Quiet).unwrap();
        assert_eq!(source.reads(), 1.0, "budget {memory}");
        assert_eq!(sink.data.lock().unwrap().bytes(), want);
    }
}
