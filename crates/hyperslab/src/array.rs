//! The array: an expression with NumPy's operations.

use std::sync::Arc;

use hyperslab_base::{ArraySource, ChunkGrid, ChunkSpec, DType, Dims, Error, Result, Scalar, normalize_chunks};
use hyperslab_ops::Foreign;
use hyperslab_ops::block::BlockOp;
use hyperslab_ops::random::Stream;
use hyperslab_plan::{Expr, Kind, build, layout};

/// A lazy array. Cloning is cheap; equal expressions are one expression.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Array(pub(crate) Expr);

/// Operand of a ufunc. Python's numbers are weak: they take the dtype of the arrays beside them (NEP 50).
#[derive(Clone, Debug)]
pub enum Operand {
    /// An array.
    Array(Array),
    /// Python's `bool`.
    Bool(bool),
    /// Python's `int`.
    Int(i128),
    /// Python's `float`.
    Float(f64),
    /// Python's `complex`.
    Complex(f64, f64),
}

impl From<&Operand> for build::Operand {
    fn from(o: &Operand) -> Self {
        match o {
            Operand::Array(a) => build::Operand::Array(a.0.clone()),
            Operand::Bool(b) => build::Operand::Bool(*b),
            Operand::Int(i) => build::Operand::Int(*i),
            Operand::Float(f) => build::Operand::Float(*f),
            Operand::Complex(re, im) => build::Operand::Complex(*re, *im),
        }
    }
}

/// How to reduce.
#[derive(Clone, Debug, Default)]
pub struct ReduceOptions {
    /// Axes, negative ones from the end; all when `None`.
    pub axes: Option<Vec<i64>>,
    /// Whether reduced axes stay, with length 1.
    pub keepdims: bool,
    /// Dtype to fold in.
    pub dtype: Option<DType>,
    /// Degrees of freedom taken off the count, for `var` and `std`.
    pub ddof: f64,
}

impl Array {
    /// Array over a source, cut as `spec` asks.
    ///
    /// # Errors
    /// `Value` when the chunks do not add up to the source's shape.
    pub fn from_source(source: Arc<dyn ArraySource>, spec: &ChunkSpec) -> Result<Array> {
        let align = source.native_chunks().map(<[u64]>::to_vec);
        let spec = ChunkSpec { align: spec.align.clone().or(align), ..spec.clone() };
        let chunks = normalize_chunks(&spec, source.shape(), source.dtype())?;
        build::source(source, chunks).map(Array)
    }

    /// An array over a source under that name, which [`Array::name`] gives; others are what they are.
    #[must_use]
    pub fn named(&self, name: &str) -> Array {
        Array(build::named(&self.0, name))
    }

    /// The source, of an array that is nothing else.
    pub fn source(&self) -> Option<Arc<dyn ArraySource>> {
        match &self.0.kind {
            Kind::Source(s) => Some(s.shared()),
            _ => None,
        }
    }

    /// Array of one value; its dtype is the scalar's.
    ///
    /// # Errors
    /// `Value` when the size overflows or the chunks do not add up.
    pub fn full(shape: &[u64], value: Scalar, spec: &ChunkSpec) -> Result<Array> {
        build::fill(value, shape, normalize_chunks(spec, shape, value.dtype())?).map(Array)
    }

    /// `start + i * step`; both scalars have the result's dtype.
    ///
    /// # Errors
    /// `DType` when the scalars' dtypes differ.
    pub fn arange(start: Scalar, step: Scalar, len: u64, spec: &ChunkSpec) -> Result<Array> {
        build::arange(start, step, len, normalize_chunks(spec, &[len], start.dtype())?).map(Array)
    }

    /// `num` evenly spaced values from `start` to `stop`, which is the last of them when `endpoint`.
    ///
    /// # Errors
    /// `DType` when float64 does not cast to `dtype`.
    pub fn linspace(start: f64, stop: f64, num: u64, endpoint: bool, dtype: DType, spec: &ChunkSpec) -> Result<Array> {
        let parts = if endpoint { num.saturating_sub(1) } else { num };
        let step = if parts == 0 { 0.0 } else { (stop - start) / parts as f64 };
        let number = |v: f64| Operand::Float(v);
        let grid = normalize_chunks(spec, &[num], dtype)?;
        let i = Array(build::arange(Scalar::new(0.0f64), Scalar::new(1.0f64), num, grid)?);
        let scaled = if step == 0.0 && parts > 0 {
            // As NumPy does when the step underflows: divide first.
            let unit = Array::ufunc("divide", &[Operand::Array(i.clone()), number(parts as f64)], None)?;
            Array::ufunc("multiply", &[Operand::Array(unit), number(stop - start)], None)?
        } else {
            Array::ufunc("multiply", &[Operand::Array(i.clone()), number(step)], None)?
        };
        let mut out = Array::ufunc("add", &[Operand::Array(scaled), number(start)], None)?;
        if endpoint && num > 1 {
            let last = Array::ufunc("equal", &[Operand::Array(i), number(parts as f64)], None)?;
            out = Array::ufunc("where", &[Operand::Array(last), number(stop), Operand::Array(out)], None)?;
        }
        if dtype.is_integer() {
            out = Array::ufunc("floor", &[Operand::Array(out)], None)?;
        }
        out.astype(dtype, "unsafe")
    }

    /// Random numbers of a row of the table of distributions, of parameters that broadcast to the shape.
    ///
    /// # Errors
    /// `Shape` when a parameter does not broadcast, `Value` when the chunks do not add up, `Unsupported` for a name that is
    /// not in the table.
    pub fn random(name: &str, stream: Stream, shape: &[u64], spec: &ChunkSpec, params: &[Array]) -> Result<Array> {
        let row = hyperslab_ops::random::find(name)?;
        build::random(name, stream, shape, normalize_chunks(spec, shape, row.output)?, &exprs(params)).map(Array)
    }

    /// Shape.
    pub fn shape(&self) -> &[u64] {
        &self.0.shape
    }

    /// Dtype.
    pub fn dtype(&self) -> DType {
        self.0.dtype
    }

    /// Declared chunks.
    pub fn chunks(&self) -> &ChunkGrid {
        &self.0.chunks
    }

    /// Number of dimensions.
    pub fn ndim(&self) -> usize {
        self.0.ndim()
    }

    /// Operation and a hash of the whole expression: equal for equal expressions.
    pub fn name(&self) -> String {
        self.0.name()
    }

    /// A ufunc over operands, broadcast together; `dtype` asks for the loop that computes in it.
    ///
    /// # Errors
    /// As NumPy: no loop for the dtypes, shapes that do not broadcast, an integer out of bounds.
    pub fn ufunc(name: &str, operands: &[Operand], dtype: Option<DType>) -> Result<Array> {
        let operands: Vec<build::Operand> = operands.iter().map(Into::into).collect();
        build::ufunc(name, &operands, dtype).map(Array)
    }

    /// The same array, of which floating-point warnings call every ufunc on the way from `inputs` by the name of that
    /// ufunc, or do not tell where there is none.
    ///
    /// # Errors
    /// `Unsupported` for a name that no ufunc has.
    pub fn told_as(&self, inputs: &[Array], name: Option<&str>) -> Result<Array> {
        let name = name.map(build::told_name).transpose()?;
        Ok(Array(build::told_as(&self.0, &exprs(inputs), name)))
    }

    /// The array in another dtype.
    ///
    /// # Errors
    /// `DType` when the casting rule forbids it.
    pub fn astype(&self, dtype: DType, casting: &str) -> Result<Array> {
        build::cast_checked(&self.0, dtype, casting).map(Array)
    }

    /// A reduction, by its name in the table.
    ///
    /// # Errors
    /// As NumPy: an axis out of bounds or named twice, an empty reduction without identity, a dtype without meaning.
    pub fn reduce(&self, name: &str, o: &ReduceOptions) -> Result<Array> {
        build::reduce(name, &self.0, o.axes.as_deref(), o.keepdims, o.dtype, o.ddof).map(Array)
    }

    /// A scan, by its name in the table: along `axis`, or of the elements in C order.
    ///
    /// # Errors
    /// As NumPy: an axis out of bounds, a dtype without meaning.
    pub fn scan(&self, name: &str, axis: Option<i64>, dtype: Option<DType>) -> Result<Array> {
        build::scan(name, &self.0, axis, dtype).map(Array)
    }

    /// `x[items]`.
    ///
    /// # Errors
    /// As NumPy; `Unsupported` for lists along more than one axis.
    pub fn index(&self, items: &[build::Index]) -> Result<Array> {
        build::index(&self.0, items).map(Array)
    }

    /// Dimensions in another order.
    ///
    /// # Errors
    /// `Value` when `perm` is no permutation.
    pub fn transpose(&self, perm: &[usize]) -> Result<Array> {
        let perm: Vec<i64> = perm.iter().map(|&p| p as i64).collect();
        build::transpose(&self.0, &perm).map(Array)
    }

    /// The array with its axes from the outermost to the innermost of the layout that NumPy gives such results (order
    /// `K`), and the transposition that gives it back; none where that layout is C order.
    ///
    /// # Errors
    /// Those of transposing.
    pub fn in_memory_order(&self) -> Result<Option<(Array, Vec<usize>)>> {
        Ok(layout::in_memory_order(&self.0)?.map(|(turned, back)| (Array(turned), back.to_vec())))
    }

    /// The array repeated to `shape`; `chunks` cut the repeated axes.
    ///
    /// # Errors
    /// `Shape` when it does not broadcast.
    pub fn broadcast_to(&self, shape: &[u64], chunks: Option<&ChunkSpec>) -> Result<Array> {
        let grid = chunks.map(|c| normalize_chunks(c, shape, self.dtype())).transpose()?;
        build::broadcast_to(&self.0, shape, grid).map(Array)
    }

    /// Same elements in C order; one `-1` stands for what is left.
    ///
    /// # Errors
    /// `Value` when the sizes differ.
    pub fn reshape(&self, shape: &[i64]) -> Result<Array> {
        build::reshape(&self.0, shape).map(Array)
    }

    /// Arrays one after the other along `axis`.
    ///
    /// # Errors
    /// `Value` when other dimensions differ.
    pub fn concatenate(arrays: &[Array], axis: i64) -> Result<Array> {
        build::concat(&exprs(arrays), axis).map(Array)
    }

    /// Arrays of one shape along a new axis.
    ///
    /// # Errors
    /// `Value` when shapes differ.
    pub fn stack(arrays: &[Array], axis: i64) -> Result<Array> {
        build::stack(&exprs(arrays), axis).map(Array)
    }

    /// `numpy.matmul`.
    ///
    /// # Errors
    /// `Value` when shapes do not fit.
    pub fn matmul(a: &Array, b: &Array) -> Result<Array> {
        build::matmul(&a.0, &b.0).map(Array)
    }

    /// `numpy.tensordot` over lists of axes.
    ///
    /// # Errors
    /// `Value` when the axes do not fit.
    pub fn tensordot(a: &Array, b: &Array, axes_a: &[i64], axes_b: &[i64]) -> Result<Array> {
        build::tensordot(&a.0, &b.0, axes_a, axes_b).map(Array)
    }

    /// The outputs of a block operation over arrays.
    ///
    /// # Errors
    /// What the operation raises for such operands.
    pub fn block_operation(op: Arc<dyn BlockOp>, arrays: &[Array]) -> Result<Vec<Array>> {
        Ok(build::block(op, &exprs(arrays))?.into_iter().map(Array).collect())
    }

    /// A loop of another library's ufunc over operands, broadcast together and cast to its dtypes.
    ///
    /// # Errors
    /// `Shape` when shapes do not broadcast, `DType` for another number of operands or a pair NumPy does not cast.
    pub fn foreign(op: Arc<dyn Foreign>, operands: &[Array]) -> Result<Array> {
        build::foreign(op, &exprs(operands)).map(Array)
    }

    /// The same array with other declared chunks.
    ///
    /// # Errors
    /// `Value` when they do not add up to the shape.
    pub fn rechunk(&self, spec: &ChunkSpec) -> Result<Array> {
        let grid = normalize_chunks(spec, self.shape(), self.dtype())?;
        build::rechunk(&self.0, grid).map(Array)
    }

    /// One block of the declared chunks, by its place in the grid.
    ///
    /// # Errors
    /// `Index` when there is no such block.
    pub fn block(&self, place: &[u64]) -> Result<Array> {
        let counts = self.chunks().numblocks();
        if place.len() != counts.len() || place.iter().zip(&counts).any(|(p, n)| p >= n) {
            return Err(Error::index(format!("block {place:?} of a grid of {counts:?} blocks")));
        }
        let items: Dims<build::Index> = self
            .chunks()
            .0
            .iter()
            .zip(place)
            .map(|(c, &p)| {
                let (start, n) = c.chunk(p);
                build::Index::Slice { start: Some(start as i64), stop: Some((start + n) as i64), step: None }
            })
            .collect();
        self.index(&items)
    }
}

pub(crate) fn exprs(arrays: &[Array]) -> Vec<Expr> {
    arrays.iter().map(|a| a.0.clone()).collect()
}
