//! What tests of rules and of lowering are written with.

use std::sync::Arc;

use hyperslab_base::{
    ArraySource, Block, Bool, ChunkGrid, DType, DimChunks, MemoryView, Region, Result, Scalar, ViewMut, copy,
};

use crate::build::{self, Index, Operand};
use crate::explain;
use crate::node::Expr;
use crate::rules::{Rule, optimize_with};

/// Zeros that pretend to come from storage, or from memory.
#[derive(Debug)]
struct Named {
    name: &'static str,
    shape: Vec<u64>,
    zeros: MemoryView,
    resident: bool,
}

impl ArraySource for Named {
    fn shape(&self) -> &[u64] {
        &self.shape
    }
    fn dtype(&self) -> DType {
        self.zeros.view().dtype()
    }
    fn memory(&self) -> Option<MemoryView> {
        self.resident.then(|| self.zeros.clone())
    }
    fn describe(&self) -> String {
        self.name.to_string()
    }
    fn read(&self, region: &Region, mut out: ViewMut<'_>) -> Result<()> {
        copy(&self.zeros.view().slice(region), &mut out);
        Ok(())
    }
}

fn named(name: &'static str, dtype: DType, shape: &[u64], resident: bool) -> Expr {
    let zeros = MemoryView::from_block(Block::zeroed(dtype, shape).unwrap());
    build::source(Arc::new(Named { name, shape: shape.to_vec(), zeros, resident }), ChunkGrid::single(shape)).unwrap()
}

/// A source of that name, dtype and shape.
pub fn source(name: &'static str, dtype: DType, shape: &[u64]) -> Expr {
    named(name, dtype, shape, false)
}

/// A float64 source.
pub fn f64s(name: &'static str, shape: &[u64]) -> Expr {
    source(name, DType::Float64, shape)
}

/// A float64 source in memory.
pub fn in_memory(name: &'static str, shape: &[u64]) -> Expr {
    named(name, DType::Float64, shape, true)
}

/// A constant.
pub fn constant(v: f64, shape: &[u64]) -> Expr {
    build::fill(Scalar::new(v), shape, ChunkGrid::single(shape)).unwrap()
}

/// A constant truth.
pub fn truth(b: bool, shape: &[u64]) -> Expr {
    build::fill(Scalar::new(Bool::from(b)), shape, ChunkGrid::single(shape)).unwrap()
}

/// A ufunc over arrays.
pub fn ufunc(name: &str, operands: &[&Expr]) -> Expr {
    let operands: Vec<Operand> = operands.iter().map(|e| Operand::Array((*e).clone())).collect();
    build::ufunc(name, &operands, None).unwrap()
}

/// `e[items]`.
pub fn index(e: &Expr, items: &[Index]) -> Expr {
    build::index(e, items).unwrap()
}

/// `start:stop:step`.
pub fn slice(start: i64, stop: i64, step: i64) -> Index {
    Index::Slice { start: Some(start), stop: Some(stop), step: Some(step) }
}

/// `::-1`.
pub fn reversed() -> Index {
    Index::Slice { start: None, stop: None, step: Some(-1) }
}

/// One position.
pub fn at(i: i64) -> Index {
    Index::Int(i)
}

/// Regular chunks.
pub fn chunks(total: u64, size: u64) -> DimChunks {
    DimChunks::regular(total, size)
}

/// The plan after one rule, printed.
pub fn after(rule: Rule, e: &Expr) -> String {
    optimized(&[rule], e)
}

/// The plan after some rules, printed.
pub fn optimized(rules: &[Rule], e: &Expr) -> String {
    let rules: Vec<&Rule> = rules.iter().collect();
    explain::tree(&optimize_with(&rules, std::slice::from_ref(e)).unwrap())
}

/// Whether a rule leaves the plan alone.
pub fn unchanged(rule: Rule, e: &Expr) -> bool {
    after(rule, e) == explain::tree(std::slice::from_ref(e))
}
