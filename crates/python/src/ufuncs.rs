//! Loops of ufuncs that other libraries made, called without the GIL.

use std::collections::HashSet;
use std::ffi::{c_char, c_void};
use std::sync::{Arc, Mutex, PoisonError};

use hyperslab::ops::{Foreign, OPERANDS};
use hyperslab::{Array, DType, Error, Result};
use numpy::npyffi::npy_intp;
use numpy::npyffi::objects::PyUFuncObject;
use pyo3::prelude::*;
use pyo3::types::PyString;
use serde::{Deserialize, Serialize};

use crate::convert;
use crate::errors::{Fault, Outcome, carried};
use crate::expr::Expr;

/// What NumPy calls for a run of elements: addresses of the operands and the result, one count, steps in bytes, and what
/// the ufunc's author had it hand over.
type Loop = unsafe extern "C" fn(*mut *mut c_char, *mut npy_intp, *mut npy_intp, *mut c_void);

/// Which loop of a ufunc.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Types {
    /// As in `numpy.ufunc.types`: `dd->d`.
    code: String,
    inputs: Vec<DType>,
    output: DType,
}

/// A loop of a ufunc of one output.
#[derive(Debug)]
pub struct UfuncLoop {
    /// Owns what the loop is made of.
    pub ufunc: Py<PyAny>,
    /// Which loop it is.
    pub types: Types,
    name: &'static str,
    function: Loop,
    data: Data,
}

/// What a loop's author has it handed over.
#[derive(Debug)]
struct Data(*mut c_void);

// SAFETY: NumPy hands it to loops on whichever thread calls the ufunc, several at once: it lets go of the GIL there.
unsafe impl Send for Data {}
// SAFETY: as above.
unsafe impl Sync for Data {}

impl UfuncLoop {
    /// The loop of those types.
    pub fn new(ufunc: &Bound<'_, PyAny>, types: Types) -> Outcome<Self> {
        let class = ufunc.py().import("numpy")?.getattr("ufunc")?;
        // Those of numba hold one, to which they add loops.
        let inner = if ufunc.is_instance(&class)? { ufunc.clone() } else { ufunc.getattr("ufunc")? };
        let name = inner.getattr("__name__")?.cast_into::<PyString>().map_err(PyErr::from)?;
        if !inner.is_instance(&class)? {
            return Err(Error::dtype(format!("{name} is no ufunc")).into());
        }
        let listed: Vec<String> = inner.getattr("types")?.extract()?;
        let none = || Error::dtype(format!("ufunc {name} has no loop {}", types.code));
        let number = listed.iter().position(|t| *t == types.code).ok_or_else(none)?;
        // SAFETY: the object was seen to be a ufunc, whose fields NumPy's C API lays open; the GIL is held.
        let fields = unsafe { &(*inner.as_ptr().cast::<PyUFuncObject>()).fields };
        let counts = (fields.nin as usize, fields.nout, fields.ntypes as usize);
        if counts.0 != types.inputs.len() || counts.1 != 1 || counts.0 > OPERANDS || number >= counts.2 {
            return Err(none().into());
        }
        // SAFETY: there is an entry for each of `ntypes` loops.
        let function = unsafe { *fields.functions.add(number) };
        let nothing = fields.data.is_null();
        // SAFETY: as above, where there is data at all.
        let data = if nothing { std::ptr::null_mut() } else { unsafe { *fields.data.add(number) } };
        let function = function.ok_or_else(none)?;
        let name = kept(name.to_str()?);
        Ok(UfuncLoop { ufunc: ufunc.clone().unbind(), types, name, function, data: Data(data) })
    }
}

/// A name that lives as long as the process; there are as many as ufuncs have names.
fn kept(name: &str) -> &'static str {
    static NAMES: Mutex<Option<HashSet<&'static str>>> = Mutex::new(None);
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    let names = names.get_or_insert_default();
    names.get(name).copied().unwrap_or_else(|| {
        let name: &'static str = Box::leak(name.into());
        names.insert(name);
        name
    })
}

impl Foreign for UfuncLoop {
    fn row(&self) -> &'static str {
        self.name
    }

    fn params(&self) -> Vec<u8> {
        // Ufuncs are told apart as objects, which live while nodes hold them.
        let object = (self.ufunc.as_ptr() as usize).to_le_bytes();
        [&object, self.types.code.as_bytes()].concat()
    }

    fn inputs(&self) -> &[DType] {
        &self.types.inputs
    }

    fn output(&self) -> DType {
        self.types.output
    }

    fn run(&self, ins: &[&[u8]], out: &mut [u8]) {
        let n = out.len() / self.output().itemsize();
        let fits = |(bytes, dtype): (&&[u8], &DType)| bytes.len() == n * dtype.itemsize();
        assert!(ins.len() == self.inputs().len() && ins.iter().zip(self.inputs()).all(fits), "other operands");
        let mut places: [*mut c_char; OPERANDS + 1] = [std::ptr::null_mut(); OPERANDS + 1];
        let mut steps: [npy_intp; OPERANDS + 1] = [0; OPERANDS + 1];
        for (k, (bytes, dtype)) in ins.iter().zip(self.inputs()).enumerate() {
            (places[k], steps[k]) = (bytes.as_ptr().cast_mut().cast(), dtype.itemsize() as npy_intp);
        }
        (places[ins.len()], steps[ins.len()]) = (out.as_mut_ptr().cast(), self.output().itemsize() as npy_intp);
        let mut count = n as npy_intp;
        // SAFETY: operands and result have `n` aligned elements of the loop's dtypes and overlap nowhere; a loop only reads
        // its operands. NumPy calls loops of such dtypes without the GIL too; those that need it take it.
        unsafe { (self.function)(places.as_mut_ptr(), &mut count, steps.as_mut_ptr(), self.data.0) }
    }

    fn during(&self, body: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        // A loop that raises takes the GIL for it, and leaves the exception in the state that Python has of this thread:
        // that state has to last until it is asked for.
        Python::attach(|py| {
            let here = Here(body);
            let done = py.detach(move || here.call());
            match PyErr::take(py) {
                Some(raised) => Err(carried(raised).context(self.name)),
                None => done,
            }
        })
    }
}

/// What is called on the thread that it came from.
struct Here<'a>(&'a mut dyn FnMut() -> Result<()>);

// SAFETY: `Python::detach` asks for it and calls on the same thread.
unsafe impl Send for Here<'_> {}

impl Here<'_> {
    fn call(self) -> Result<()> {
        (self.0)()
    }
}

/// A loop of a ufunc of another library over operands, broadcast together.
#[pyfunction]
pub fn foreign(
    ufunc: &Bound<'_, PyAny>,
    code: String,
    dtypes: Vec<String>,
    inputs: Vec<Bound<'_, Expr>>,
) -> Outcome<Expr> {
    let mut inputs_of = dtypes.iter().map(|d| DType::from_name(d)).collect::<Result<Vec<DType>>>()?;
    let output = inputs_of.pop().ok_or_else(|| Fault::from(Error::dtype("a ufunc has a result")))?;
    let found = UfuncLoop::new(ufunc, Types { code, inputs: inputs_of, output })?;
    Ok(Expr(Array::foreign(Arc::new(found), &convert::arrays(&inputs))?))
}
