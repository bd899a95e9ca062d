//! Expressions as bytes and Python objects that travel beside them.

use std::any::Any;
use std::sync::Arc;

use hyperslab::ops::Foreign;
use hyperslab::ops::block::BlockOp;
use hyperslab::storage::formats;
use hyperslab::{ArraySource, Error, Pack, Result, Unpack, decode_with, encode_with};
use numpy::PyUntypedArray;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use serde::{Deserialize, Serialize};

use crate::blocks::{Function, Outline};
use crate::errors::{Fault, Outcome};
use crate::expr::Expr;
use crate::memory::{self, NumpySource};
use crate::objects::ObjectSource;
use crate::ufuncs::{Types, UfuncLoop};

/// A source in the bytes: one of a storage format, or the object of that number beside them.
#[derive(Serialize, Deserialize)]
enum Packed {
    Format(Vec<u8>),
    Carried(usize),
}

/// A function in the bytes: the number of its object, and what is known of it.
#[derive(Serialize, Deserialize)]
struct PackedFunction(usize, Outline);

/// A loop in the bytes: the number of its ufunc, and which one it is.
#[derive(Serialize, Deserialize)]
struct PackedLoop(usize, Types);

fn to_bytes(value: &impl Serialize) -> Result<Vec<u8>> {
    postcard::to_allocvec(value).map_err(|e| Error::internal(format!("encoding: {e}")))
}

fn from_bytes<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T> {
    postcard::from_bytes(bytes).map_err(|e| Error::value(e.to_string()))
}

/// An object that travels: what it is to the plan, and its parts.
type Carried<'py> = (&'static str, Vec<Bound<'py, PyAny>>);

/// Collects the objects that a plan refers to.
struct Packer<'py> {
    py: Python<'py>,
    carried: Vec<Carried<'py>>,
    /// Whether files are named by what tells their contents, not by what finds them in another process.
    by_token: bool,
}

impl Pack for Packer<'_> {
    fn source(&mut self, source: &Arc<dyn ArraySource>) -> Result<Vec<u8>> {
        let any: &dyn Any = &**source;
        if self.by_token
            && let Some(token) = source.token()
        {
            return Ok(token.bytes().to_vec());
        }
        let carried = if let Some(s) = any.downcast_ref::<NumpySource>() {
            ("numpy", vec![s.array(self.py).into_any()])
        } else if let Some(s) = any.downcast_ref::<ObjectSource>() {
            ("object", s.parts(self.py))
        } else {
            let none = || Error::unsupported(format!("{} cannot be made again elsewhere", source.describe()));
            return to_bytes(&Packed::Format(formats::pack(&**source)?.ok_or_else(none)?));
        };
        self.carried.push(carried);
        to_bytes(&Packed::Carried(self.carried.len() - 1))
    }

    fn keeps_identity(&self) -> bool {
        !self.by_token
    }

    fn foreign(&mut self, op: &Arc<dyn Foreign>) -> Result<Vec<u8>> {
        let any: &dyn Any = &**op;
        let none = || Error::unsupported(format!("{} cannot be found again elsewhere", op.row()));
        let found = any.downcast_ref::<UfuncLoop>().ok_or_else(none)?;
        self.carried.push(("function", vec![found.ufunc.bind(self.py).clone()]));
        to_bytes(&PackedLoop(self.carried.len() - 1, found.types.clone()))
    }

    fn operation(&mut self, op: &Arc<dyn BlockOp>) -> Result<Vec<u8>> {
        let any: &dyn Any = &**op;
        let none = || Error::unsupported(format!("{} cannot be made again elsewhere", op.row()));
        let function = any.downcast_ref::<Function>().ok_or_else(none)?;
        self.carried.push(("function", vec![function.call.bind(self.py).clone()]));
        let outline = if self.by_token { function.outline.anonymous() } else { function.outline.clone() };
        to_bytes(&PackedFunction(self.carried.len() - 1, outline))
    }
}

/// Looks up the objects that came with a plan.
struct Unpacker<'a, 'py>(&'a [Bound<'py, PyAny>]);

impl<'py> Unpacker<'_, 'py> {
    fn object(&self, number: usize) -> Result<&Bound<'py, PyAny>> {
        self.0.get(number).ok_or_else(|| Error::value(format!("object {number} did not come with the plan")))
    }
}

impl Unpack for Unpacker<'_, '_> {
    fn source(&mut self, packed: &[u8]) -> Result<Arc<dyn ArraySource>> {
        let number = match from_bytes(packed)? {
            Packed::Format(bytes) => return formats::unpack(&bytes),
            Packed::Carried(number) => number,
        };
        let object = self.object(number)?;
        if let Ok(array) = object.cast::<PyUntypedArray>() {
            return memory::numpy_source(array, Vec::new()).map_err(Error::from);
        }
        let source = object.cast::<Expr>().ok().and_then(|e| e.get().0.source());
        source.ok_or_else(|| Error::value(format!("object {number} of a plan is no source")))
    }

    fn operation(&mut self, packed: &[u8]) -> Result<Arc<dyn BlockOp>> {
        let PackedFunction(number, outline) = from_bytes(packed)?;
        Ok(Arc::new(Function { call: self.object(number)?.clone().unbind(), outline }))
    }

    fn foreign(&mut self, packed: &[u8]) -> Result<Arc<dyn Foreign>> {
        let PackedLoop(number, types) = from_bytes(packed)?;
        Ok(Arc::new(UfuncLoop::new(self.object(number)?, types).map_err(Error::from)?))
    }
}

/// An expression as bytes, and the objects that must travel with them.
#[pyfunction]
pub fn encode<'py>(py: Python<'py>, expr: &Bound<'py, Expr>) -> Outcome<(Bound<'py, PyBytes>, Vec<Carried<'py>>)> {
    let mut packer = Packer { py, carried: Vec::new(), by_token: false };
    let bytes = encode_with(&[expr.get().0.clone()], &mut packer)?;
    Ok((PyBytes::new(py, &bytes), packer.carried))
}

/// Bytes that are the same for the same expression in every process, and the objects that it depends on besides.
#[pyfunction]
pub fn fingerprint<'py>(py: Python<'py>, expr: &Bound<'py, Expr>) -> Outcome<(Bound<'py, PyBytes>, Vec<Carried<'py>>)> {
    let mut packer = Packer { py, carried: Vec::new(), by_token: true };
    let bytes = encode_with(&[expr.get().0.clone()], &mut packer)?;
    Ok((PyBytes::new(py, &bytes), packer.carried))
}

/// The expression of these bytes. Of the objects that came with them, sources are NumPy arrays or expressions.
#[pyfunction]
pub fn decode(bytes: &Bound<'_, PyBytes>, carried: Vec<Bound<'_, PyAny>>) -> Outcome<Expr> {
    let mut arrays = decode_with(bytes.as_bytes(), &mut Unpacker(&carried))?;
    match arrays.pop() {
        Some(array) if arrays.is_empty() => Ok(Expr(array)),
        _ => Err(Fault::from(Error::value("these bytes are not one array"))),
    }
}
