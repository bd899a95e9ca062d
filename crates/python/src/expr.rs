//! The expression class and its builders.

use hyperslab::ops::random::Stream;
use hyperslab::{Array, DType, Error, ReduceOptions};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};

use crate::convert;
use crate::errors::Outcome;

/// A lazy array of the native engine.
#[pyclass(frozen, module = "hyperslab._native")]
pub struct Expr(pub Array);

fn optional_dtype(name: Option<&str>) -> Outcome<Option<DType>> {
    Ok(name.map(DType::from_name).transpose()?)
}

#[pymethods]
impl Expr {
    /// Shape.
    #[getter]
    fn shape<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.shape())
    }

    /// NumPy's name of the dtype.
    #[getter]
    fn dtype(&self) -> String {
        self.0.dtype().to_string()
    }

    /// Sizes of the chunks, per dimension.
    #[getter]
    fn chunks<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        convert::grid(py, self.0.chunks())
    }

    /// Size of the largest chunk, per dimension.
    #[getter]
    fn chunksize<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.chunks().0.iter().map(|d| d.largest()).collect::<Vec<_>>())
    }

    /// Number of chunks, per dimension.
    #[getter]
    fn numblocks<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.chunks().numblocks())
    }

    /// Content name.
    #[getter]
    fn name(&self) -> String {
        self.0.name()
    }

    /// An expression over a source under that name; others are what they are.
    fn named(&self, name: &str) -> Expr {
        Expr(self.0.named(name))
    }

    /// The same expression, of which floating-point warnings call what lies between it and `inputs` by the name of one
    /// ufunc, or do not tell.
    fn told_as(&self, inputs: Vec<Bound<'_, Expr>>, name: Option<&str>) -> Outcome<Expr> {
        Ok(Expr(self.0.told_as(&convert::arrays(&inputs), name)?))
    }

    /// Start and length of chunk `i` of dimension `dim`.
    fn chunk(&self, dim: usize, i: u64) -> Outcome<(u64, u64)> {
        match self.0.chunks().0.get(dim) {
            Some(d) if i < d.count() => Ok(d.chunk(i)),
            _ => Err(Error::index(format!("no chunk {i} in dimension {dim}")).into()),
        }
    }

    /// Basic slicing and one 1-d selection.
    fn index(&self, items: &Bound<'_, PyTuple>) -> Outcome<Expr> {
        Ok(Expr(self.0.index(&convert::index(items)?)?))
    }

    /// Another dtype, by NumPy's casting rule.
    fn astype(&self, dtype: &str, casting: &str) -> Outcome<Expr> {
        Ok(Expr(self.0.astype(DType::from_name(dtype)?, casting)?))
    }

    /// Dimensions in another order.
    fn transpose(&self, perm: Vec<usize>) -> Outcome<Expr> {
        Ok(Expr(self.0.transpose(&perm)?))
    }

    /// Dimensions from the outermost to the innermost in memory, where that is not C order, and the transposition that
    /// gives this expression back.
    fn in_memory_order(&self) -> Outcome<Option<(Expr, Vec<usize>)>> {
        Ok(self.0.in_memory_order()?.map(|(turned, back)| (Expr(turned), back)))
    }

    /// Repeats along new or length-1 dimensions.
    fn broadcast_to(&self, shape: Vec<u64>, chunks: Option<&Bound<'_, PyAny>>) -> Outcome<Expr> {
        let spec = chunks.map(convert::chunk_spec).transpose()?;
        Ok(Expr(self.0.broadcast_to(&shape, spec.as_ref())?))
    }

    /// Same elements in C order under another shape.
    fn reshape(&self, shape: Vec<i64>) -> Outcome<Expr> {
        Ok(Expr(self.0.reshape(&shape)?))
    }

    /// Another declared grid.
    fn rechunk(&self, chunks: &Bound<'_, PyAny>) -> Outcome<Expr> {
        Ok(Expr(self.0.rechunk(&convert::chunk_spec(chunks)?)?))
    }

    /// A reduction of the table.
    #[pyo3(signature = (name, axes, keepdims, dtype, ddof))]
    fn reduce(
        &self,
        name: &str,
        axes: Option<Vec<i64>>,
        keepdims: bool,
        dtype: Option<&str>,
        ddof: f64,
    ) -> Outcome<Expr> {
        let options = ReduceOptions { axes, keepdims, dtype: optional_dtype(dtype)?, ddof };
        Ok(Expr(self.0.reduce(name, &options)?))
    }
}

/// A scan of the table.
#[pyfunction]
pub fn scan(name: &str, a: &Bound<'_, Expr>, axis: Option<i64>, dtype: Option<&str>) -> Outcome<Expr> {
    Ok(Expr(a.get().0.scan(name, axis, optional_dtype(dtype)?)?))
}

/// A ufunc of the table.
#[pyfunction]
pub fn ufunc(name: &str, operands: Vec<Bound<'_, PyAny>>, dtype: Option<&str>) -> Outcome<Expr> {
    let operands = operands.iter().map(convert::operand).collect::<Outcome<Vec<_>>>()?;
    Ok(Expr(Array::ufunc(name, &operands, optional_dtype(dtype)?)?))
}

/// One value everywhere.
#[pyfunction]
pub fn full(shape: Vec<u64>, dtype: &str, value: &Bound<'_, PyBytes>, chunks: &Bound<'_, PyAny>) -> Outcome<Expr> {
    Ok(Expr(Array::full(&shape, convert::scalar(dtype, value)?, &convert::chunk_spec(chunks)?)?))
}

/// `start + i * step`.
#[pyfunction]
pub fn arange(
    dtype: &str,
    start: &Bound<'_, PyBytes>,
    step: &Bound<'_, PyBytes>,
    len: u64,
    chunks: &Bound<'_, PyAny>,
) -> Outcome<Expr> {
    let (start, step) = (convert::scalar(dtype, start)?, convert::scalar(dtype, step)?);
    Ok(Expr(Array::arange(start, step, len, &convert::chunk_spec(chunks)?)?))
}

/// Evenly spaced numbers.
#[pyfunction]
pub fn linspace(
    start: f64,
    stop: f64,
    num: u64,
    endpoint: bool,
    dtype: &str,
    chunks: &Bound<'_, PyAny>,
) -> Outcome<Expr> {
    let spec = convert::chunk_spec(chunks)?;
    Ok(Expr(Array::linspace(start, stop, num, endpoint, DType::from_name(dtype)?, &spec)?))
}

/// Random numbers of a stream.
#[pyfunction]
pub fn random(
    name: &str,
    key: u64,
    number: u32,
    shape: Vec<u64>,
    params: Vec<Bound<'_, Expr>>,
    chunks: &Bound<'_, PyAny>,
) -> Outcome<Expr> {
    let (stream, spec) = (Stream { key, number }, convert::chunk_spec(chunks)?);
    Ok(Expr(Array::random(name, stream, &shape, &spec, &convert::arrays(&params))?))
}

/// Arrays joined along an axis they have.
#[pyfunction]
pub fn concatenate(arrays: Vec<Bound<'_, Expr>>, axis: i64) -> Outcome<Expr> {
    Ok(Expr(Array::concatenate(&convert::arrays(&arrays), axis)?))
}

/// Arrays joined along a new axis.
#[pyfunction]
pub fn stack(arrays: Vec<Bound<'_, Expr>>, axis: i64) -> Outcome<Expr> {
    Ok(Expr(Array::stack(&convert::arrays(&arrays), axis)?))
}

/// NumPy's matrix product.
#[pyfunction]
pub fn matmul(a: &Bound<'_, Expr>, b: &Bound<'_, Expr>) -> Outcome<Expr> {
    Ok(Expr(Array::matmul(&a.get().0, &b.get().0)?))
}

/// Sum of products over pairs of axes.
#[pyfunction]
pub fn tensordot(a: &Bound<'_, Expr>, b: &Bound<'_, Expr>, axes_a: Vec<i64>, axes_b: Vec<i64>) -> Outcome<Expr> {
    Ok(Expr(Array::tensordot(&a.get().0, &b.get().0, &axes_a, &axes_b)?))
}

/// Bytes named by a string such as `"64 MiB"`.
#[pyfunction]
pub fn parse_bytes(text: &str) -> Outcome<u64> {
    Ok(hyperslab::parse_bytes(text)?)
}

/// Bytes in a unit a person reads.
#[pyfunction]
pub fn show_bytes(n: u64) -> String {
    hyperslab::show_bytes(n)
}
