//! Block operations: those of the native list by their names, and Python's own functions.

use std::sync::Arc;

use hyperslab::ops::block::{BlockOp, Cell, bounds, fft, matrices, member, quantile, searchsorted, sort, take_along};
use hyperslab::{
    Access, Array, AxisAccess, ChunkGrid, DType, Dims, Error, Grain, Meta, Result, Token, View, ViewMut, show_shape,
};
use numpy::{PyUntypedArray, PyUntypedArrayMethods};
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use serde::{Deserialize, Serialize};

use crate::convert;
use crate::errors::{Fault, Outcome};
use crate::expr::Expr;
use crate::memory;

/// Names that plans print for functions on blocks.
const NAMES: &[&str] = &[
    "apply_along_axis",
    "apply_gufunc",
    "asarray_chkfinite",
    "bincount",
    "blockwise",
    "busday_count",
    "busday_offset",
    "choose",
    "convolve",
    "digitize",
    "from_delayed",
    "frompyfunc",
    "histogram",
    "histogramdd",
    "interp",
    "is_busday",
    "map_blocks",
    "map_overlap",
    "poly",
    "polyfit",
    "push",
    "ravel_multi_index",
    "reduction",
    "sliding_window_view",
    "unravel_index",
    "vectorize",
];

/// What is known of a function.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Outline {
    /// Number of its name in [`NAMES`].
    name: usize,
    /// Functions are told apart by when they were made.
    token: Token,
    out: Meta,
    access: Vec<Access>,
    grain: Dims<Grain>,
}

impl Outline {
    /// The outline as every function has it that does the same.
    pub fn anonymous(&self) -> Self {
        Outline { token: Token::of(&""), ..self.clone() }
    }
}

/// A Python function on blocks: it is called with the numbers of the chunk, where the chunk begins, and a NumPy array for
/// each operand.
#[derive(Debug)]
pub struct Function {
    /// What is called.
    pub call: Py<PyAny>,
    /// What is known of it.
    pub outline: Outline,
}

impl BlockOp for Function {
    fn row(&self) -> &'static str {
        NAMES.get(self.outline.name).copied().unwrap_or("function")
    }

    fn params(&self) -> Vec<u8> {
        self.outline.token.bytes().to_vec()
    }

    fn infer(&self, _: &[&Meta]) -> Result<Vec<Meta>> {
        Ok(vec![self.outline.out.clone()])
    }

    fn access(&self, _: &[&Meta]) -> Vec<Access> {
        self.outline.access.clone()
    }

    fn grain(&self, _: &[&Meta]) -> Dims<Grain> {
        self.outline.grain.clone()
    }

    fn scratch(&self, ins: &[&Meta], cell: &[u64]) -> u64 {
        // What is handed to the function is a copy, and what it hands back another.
        let chunk = |m: &Meta| m.chunks.0.iter().map(|c| c.largest()).product::<u64>() * m.dtype.itemsize() as u64;
        let result = cell.iter().product::<u64>().saturating_mul(self.outline.out.dtype.itemsize() as u64);
        ins.iter().map(|m| chunk(m)).fold(result, u64::saturating_add)
    }

    fn run(&self, at: &Cell<'_>, ins: &[View<'_>], outs: &mut [ViewMut<'_>]) -> Result<()> {
        let [out] = outs else { return Err(Error::internal("a function has one output")) };
        let done = Python::attach(|py| {
            let block = PyTuple::new(py, at.block.unwrap_or_default())?.into_any();
            let start = PyTuple::new(py, at.region.0.iter().map(|r| r.start))?.into_any();
            let mut args = vec![block, start];
            for view in ins {
                args.push(memory::to_numpy(py, view)?.into_any());
            }
            let made = self.call.bind(py).call1(PyTuple::new(py, args)?)?;
            let made = made.cast_into::<PyUntypedArray>().map_err(PyErr::from)?;
            let shape: Vec<u64> = made.shape().iter().map(|&n| n as u64).collect();
            if shape != out.shape() {
                let (got, want) = (show_shape(&shape), show_shape(out.shape()));
                return Err(Fault::from(Error::value(format!("a block of shape {got} was made, expected {want}"))));
            }
            memory::copy_out(py, &made, &hyperslab::Region::full(out.shape()), out.reborrow())
        });
        let block = at.block.unwrap_or_default();
        done.map_err(|f: Fault| Error::from(f).context(format!("{} of block {block:?}", self.row())))
    }
}

/// What a function needs along one axis of an operand: a kind and its numbers.
type Need = (String, Vec<u64>);

fn axis_access((kind, numbers): &Need) -> Outcome<AxisAccess> {
    Ok(match (kind.as_str(), numbers.as_slice()) {
        ("along", &[out]) => AxisAccess::with(out as usize),
        ("chunks", &[out]) => AxisAccess::Chunks { out: out as usize },
        ("near", &[out, before, after]) => AxisAccess::Near { out: out as usize, before, after },
        ("fixed", &[at]) => AxisAccess::Fixed(at),
        ("whole", []) => AxisAccess::Whole,
        _ => return Err(Error::value(format!("{kind} {numbers:?} is no access")).into()),
    })
}

fn grain(name: &str) -> Outcome<Grain> {
    Ok(match name {
        "any" => Grain::Any,
        "whole" => Grain::Whole,
        "chunks" => Grain::Chunks,
        _ => return Err(Error::value(format!("{name} is no grain")).into()),
    })
}

/// The array that a Python function makes, block by block.
#[pyfunction]
#[allow(clippy::too_many_arguments)]
pub fn block_function(
    name: &str,
    call: Py<PyAny>,
    inputs: Vec<Bound<'_, Expr>>,
    dtype: &str,
    chunks: Vec<Vec<u64>>,
    access: Vec<Vec<Need>>,
    grains: Vec<String>,
) -> Outcome<Expr> {
    let chunks: ChunkGrid = convert::chunk_grid(chunks);
    let out = Meta { shape: chunks.shape().into(), dtype: DType::from_name(dtype)?, chunks };
    let axes = |a: &Vec<Need>| a.iter().map(axis_access).collect::<Outcome<Dims<_>>>().map(Access);
    let outline = Outline {
        name: NAMES.iter().position(|n| *n == name).unwrap_or(NAMES.len()),
        token: Token::fresh(),
        out,
        access: access.iter().map(axes).collect::<Outcome<_>>()?,
        grain: grains.iter().map(|g| grain(g)).collect::<Outcome<_>>()?,
    };
    let function = Function { call, outline };
    let mut made = Array::block_operation(Arc::new(function), &convert::arrays(&inputs))?;
    Ok(Expr(made.remove(0)))
}

/// The outputs of a native operation.
fn made(op: impl BlockOp, inputs: &[Array]) -> Outcome<Vec<Expr>> {
    Ok(Array::block_operation(Arc::new(op), inputs)?.into_iter().map(Expr).collect())
}

/// The one output of a native operation.
fn single(op: impl BlockOp, inputs: &[Array]) -> Outcome<Expr> {
    Ok(made(op, inputs)?.remove(0))
}

/// A discrete Fourier transform along one axis.
#[pyfunction]
pub fn fourier(a: &Bound<'_, Expr>, name: &str, axis: usize, n: Option<u64>, norm: &str) -> Outcome<Expr> {
    let transform = fft::Transform::from_name(name)?;
    single(fft::Fft::new(transform, axis, n, fft::Norm::from_name(norm)?), &[a.get().0.clone()])
}

/// Elements or indices sorted along one axis; only the positions `kth` are put in place where they are given.
#[pyfunction]
#[pyo3(name = "sorted")]
pub fn sorted_lanes(a: &Bound<'_, Expr>, indices: bool, axis: usize, kth: Option<Vec<i64>>) -> Outcome<Expr> {
    let op = match (indices, kth) {
        (false, None) => sort::Sort::sorted(axis),
        (true, None) => sort::Sort::argsort(axis),
        (false, Some(kth)) => sort::Sort::partition(axis, &kth),
        (true, Some(kth)) => sort::Sort::argpartition(axis, &kth),
    };
    single(op, &[a.get().0.clone()])
}

/// Elements at the positions along one axis that another array holds.
#[pyfunction]
#[pyo3(name = "take_along")]
pub fn take_at(a: &Bound<'_, Expr>, indices: &Bound<'_, Expr>, axis: usize) -> Outcome<Expr> {
    single(take_along::TakeAlong::new(axis), &[a.get().0.clone(), indices.get().0.clone()])
}

/// Where elements belong in a sorted array.
#[pyfunction]
#[pyo3(name = "searchsorted")]
pub fn search_sorted(sorted: &Bound<'_, Expr>, values: &Bound<'_, Expr>, side: &str) -> Outcome<Expr> {
    single(searchsorted::SearchSorted::new(side)?, &[sorted.get().0.clone(), values.get().0.clone()])
}

/// Which elements are in a sorted array.
#[pyfunction]
pub fn isin(sorted: &Bound<'_, Expr>, values: &Bound<'_, Expr>) -> Outcome<Expr> {
    single(member::Member, &[sorted.get().0.clone(), values.get().0.clone()])
}

/// Quantiles along one axis, with an axis of them in front.
#[pyfunction]
#[pyo3(name = "quantile")]
pub fn quantiles(
    a: &Bound<'_, Expr>,
    axis: usize,
    q: Vec<f64>,
    method: &str,
    skip_missing: bool,
    weak: bool,
) -> Outcome<Expr> {
    let method = quantile::Method::from_name(method)?;
    single(quantile::Quantile::new(axis, &q, method, skip_missing, weak)?, &[a.get().0.clone()])
}

/// What a factor of matrices is made of: one output for each part.
#[pyfunction]
#[pyo3(name = "matrices")]
pub fn matrix_factors(inputs: Vec<Bound<'_, Expr>>, name: &str, whole: bool) -> Outcome<Vec<Expr>> {
    made(matrices::Matrices::new(matrices::Factor::from_name(name, whole)?), &convert::arrays(&inputs))
}

/// The array, which must lie within bounds; `words` say what is wrong where it does not.
#[pyfunction]
#[pyo3(name = "bounds")]
pub fn within_bounds(
    a: &Bound<'_, Expr>,
    words: &str,
    low: f64,
    high: f64,
    open: (bool, bool),
    nan: bool,
) -> Outcome<Expr> {
    single(bounds::Bounds::new(words, low, high, open, nan), &[a.get().0.clone()])
}
