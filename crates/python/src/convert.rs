//! Python's values as the face's: dtypes by name, operands, index items, chunks.

use hyperslab::{Array, ChunkGrid, ChunkSpec, DType, DimChunks, DimSpec, Error, Index, Operand, Scalar};
use numpy::{PyArrayDescrMethods, PyReadonlyArray1, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::IntoPyObjectExt;
use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyComplex, PyEllipsis, PyFloat, PyInt, PySlice, PyString, PyTuple};

use crate::errors::Outcome;
use crate::expr::Expr;

/// The dtype of a NumPy array.
pub fn array_dtype(array: &Bound<'_, PyUntypedArray>) -> Outcome<DType> {
    let dtype = array.dtype();
    // NumPy puts names together in Python, which takes longer than many a computation.
    let same = |d: &&DType| (d.kind().letter(), d.itemsize()) == (dtype.kind(), dtype.itemsize());
    match DType::NUMERIC.iter().find(same) {
        Some(known) => Ok(*known),
        None => {
            let name = array.py().import("hyperslab._dtypes")?.call_method1("name", (dtype,))?;
            Ok(DType::from_name(&name.extract::<String>()?)?)
        }
    }
}

/// NumPy's dtype.
pub fn numpy_dtype<'py>(py: Python<'py>, dtype: DType) -> PyResult<Bound<'py, PyAny>> {
    let name = dtype.to_string();
    if dtype.is_opaque() {
        py.import("hyperslab._dtypes")?.call_method1("from_name", (name,))
    } else {
        name.into_bound_py_any(py)
    }
}

/// A value from the bytes of a NumPy scalar.
pub fn scalar(dtype: &str, bytes: &Bound<'_, PyBytes>) -> Outcome<Scalar> {
    Ok(Scalar::from_bytes(DType::from_name(dtype)?, bytes.as_bytes())?)
}

/// An operand of a ufunc: an expression, or a Python scalar, whose dtype gives way (NEP 50).
pub fn operand(value: &Bound<'_, PyAny>) -> Outcome<Operand> {
    if let Ok(e) = value.cast::<Expr>() {
        return Ok(Operand::Array(e.get().0.clone()));
    }
    if let Ok(b) = value.cast::<PyBool>() {
        return Ok(Operand::Bool(b.is_true()));
    }
    if let Ok(i) = value.cast::<PyInt>() {
        let wide = i.extract::<i128>();
        return Ok(Operand::Int(
            wide.map_err(|_| PyOverflowError::new_err("Python integer too large to convert to C long"))?,
        ));
    }
    if let Ok(f) = value.cast::<PyFloat>() {
        return Ok(Operand::Float(f.value()));
    }
    if let Ok(c) = value.cast::<PyComplex>() {
        return Ok(Operand::Complex(c.real(), c.imag()));
    }
    Err(PyTypeError::new_err(format!("{} is neither an array nor a number", value.get_type().name()?)).into())
}

/// One item of an index: an integer, a slice, `None`, `...`, or a 1-d int64 or bool array.
fn index_item(item: &Bound<'_, PyAny>) -> Outcome<Index> {
    if item.is_none() {
        return Ok(Index::NewAxis);
    }
    if item.is_instance_of::<PyEllipsis>() {
        return Ok(Index::Ellipsis);
    }
    if let Ok(s) = item.cast::<PySlice>() {
        let part = |name: &str| s.getattr(name)?.extract::<Option<i64>>();
        return Ok(Index::Slice { start: part("start")?, stop: part("stop")?, step: part("step")? });
    }
    if let Ok(take) = item.extract::<PyReadonlyArray1<'_, i64>>() {
        return Ok(Index::Take(take.as_array().to_vec()));
    }
    if let Ok(mask) = item.extract::<PyReadonlyArray1<'_, bool>>() {
        return Ok(Index::Mask(mask.as_array().to_vec()));
    }
    Ok(Index::Int(item.extract()?))
}

/// The items of an index.
pub fn index(items: &Bound<'_, PyTuple>) -> Outcome<Vec<Index>> {
    items.iter().map(|i| index_item(&i)).collect()
}

/// What the user asks of one dimension: an integer, `-1` or `None`, `"auto"`, or the sizes.
fn dim_spec(item: &Bound<'_, PyAny>) -> Outcome<DimSpec> {
    if item.is_none() {
        return Ok(DimSpec::Full);
    }
    if item.is_instance_of::<PyString>() {
        return Ok(DimSpec::Auto);
    }
    if let Ok(n) = item.extract::<i64>() {
        return match u64::try_from(n) {
            Ok(n) => Ok(DimSpec::Size(n)),
            Err(_) if n == -1 => Ok(DimSpec::Full),
            Err(_) => {
                Err(Error::value(format!("chunks of size {n}: a size is positive, or -1 for the whole dimension"))
                    .into())
            }
        };
    }
    Ok(DimSpec::Sizes(item.extract::<Vec<u64>>()?))
}

/// Chunks as `(per dimension, bytes of an automatic chunk or None, chunks of the storage or None)`.
pub fn chunk_spec(spec: &Bound<'_, PyAny>) -> Outcome<ChunkSpec> {
    let (dims, target, align): (Vec<Bound<'_, PyAny>>, Option<u64>, Option<Vec<u64>>) = spec.extract()?;
    let dims = dims.iter().map(dim_spec).collect::<Outcome<Vec<_>>>()?;
    Ok(ChunkSpec { dims, target: target.unwrap_or(ChunkSpec::DEFAULT_TARGET), align })
}

/// The declared grid as a tuple of tuples of sizes.
pub fn grid<'py>(py: Python<'py>, grid: &ChunkGrid) -> PyResult<Bound<'py, PyTuple>> {
    let dims = grid.0.iter().map(|d| PyTuple::new(py, d.sizes().collect::<Vec<_>>()));
    PyTuple::new(py, dims.collect::<PyResult<Vec<_>>>()?)
}

/// The grid of a shape whose chunks are named.
pub fn chunk_grid(chunks: Vec<Vec<u64>>) -> ChunkGrid {
    ChunkGrid(chunks.iter().map(|sizes| DimChunks::from_sizes(sizes)).collect())
}

/// Arrays out of expressions.
pub fn arrays(exprs: &[Bound<'_, Expr>]) -> Vec<Array> {
    exprs.iter().map(|e| e.get().0.clone()).collect()
}
