//! Ufuncs and casts.

use std::sync::Arc;

use hyperslab_base::{
    ChunkGrid, Complex32, Complex64, DType, Dims, Error, Result, ResultExt, Scalar, broadcast_shapes, can_cast, f16,
    show_shape,
};
use hyperslab_ops::{Foreign, Ufunc, find};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::build::{broadcast_to, constant, fill};
use crate::node::{Expr, ForeignRef, Inputs, Kind, MapOp, UfuncRef};

/// Operand of a ufunc. Python numbers are weak: they take the dtype of the arrays beside them (NEP 50).
#[derive(Clone, Debug)]
pub enum Operand {
    /// An array.
    Array(Expr),
    /// Python `bool`.
    Bool(bool),
    /// Python `int`.
    Int(i128),
    /// Python `float`.
    Float(f64),
    /// Python `complex`.
    Complex(f64, f64),
}

impl Operand {
    fn kind(&self) -> hyperslab_ops::Operand {
        match self {
            Operand::Array(e) => hyperslab_ops::Operand::Array(e.dtype),
            Operand::Bool(_) => hyperslab_ops::Operand::Array(DType::Bool),
            Operand::Int(_) => hyperslab_ops::Operand::PyInt,
            Operand::Float(_) => hyperslab_ops::Operand::PyFloat,
            Operand::Complex(..) => hyperslab_ops::Operand::PyComplex,
        }
    }

    fn shape(&self) -> &[u64] {
        match self {
            Operand::Array(e) => &e.shape,
            _ => &[],
        }
    }
}

/// A ufunc over operands, broadcast together; `dtype` asks for the loop that computes in it.
///
/// # Errors
/// As NumPy: `DType` without a loop, `Shape` when shapes do not broadcast, `Overflow` for an integer out of bounds.
pub fn ufunc(name: &str, operands: &[Operand], dtype: Option<DType>) -> Result<Expr> {
    let row = find(name).ok_or_else(|| Error::unsupported(format!("there is no ufunc {name:?}")))?;
    if operands.len() != row.nin {
        return Err(Error::dtype(format!("{name}() takes {} operands, {} were given", row.nin, operands.len())));
    }
    let shapes: SmallVec<[&[u64]; 3]> = operands.iter().map(Operand::shape).collect();
    let shape = broadcast_shapes(&shapes).with_context(|| name)?;
    let signature = resolve(row, operands, dtype)?;
    let grids: SmallVec<[&ChunkGrid; 3]> = operands
        .iter()
        .filter_map(|o| match o {
            Operand::Array(e) => Some(&e.chunks),
            _ => None,
        })
        .collect();
    let chunks = ChunkGrid::unify(&shape, &grids);
    if let Some(answer) = beyond_range(row, operands, &signature.inputs) {
        return fill(Scalar::from_f64(DType::Bool, f64::from(u8::from(answer))), &shape, chunks);
    }
    let inputs: SmallVec<[Expr; 3]> = operands
        .iter()
        .zip(&signature.inputs)
        .map(|(o, &d)| match o {
            Operand::Array(e) => broadcast_to(&cast(e, d)?, &shape, None),
            scalar => Ok(constant(weak_scalar(scalar, d)?, &shape)),
        })
        .collect::<Result<_>>()?;
    check_integer_power(row, operands, &signature.inputs)?;
    let op = MapOp::Ufunc(UfuncRef(row, Some(row.name)));
    Ok(Expr::intern(Kind::Map { op }, inputs, shape, signature.output, chunks))
}

/// `dtype=` names the dtype of the loop, as in NumPy: operands are cast to it (same kind), the result is in it.
fn resolve(row: &Ufunc, operands: &[Operand], dtype: Option<DType>) -> Result<hyperslab_ops::Signature> {
    let kinds: SmallVec<[hyperslab_ops::Operand; 3]> = operands.iter().map(Operand::kind).collect();
    let Some(want) = dtype else { return row.resolve(&kinds) };
    let forced: SmallVec<[hyperslab_ops::Operand; 3]> =
        kinds.iter().map(|_| hyperslab_ops::Operand::Array(want)).collect();
    let signature = row.resolve(&forced)?;
    for (i, (o, &to)) in operands.iter().zip(&signature.inputs).enumerate() {
        if let Operand::Array(e) = o
            && !can_cast(e.dtype, to, "same_kind")
        {
            return Err(Error::dtype(format!(
                "Cannot cast ufunc '{}' input{} from dtype('{}') to dtype('{to}') with casting rule 'same_kind'",
                row.name,
                if row.nin > 1 { format!(" {i}") } else { String::new() },
                e.dtype
            )));
        }
    }
    Ok(signature)
}

/// NumPy refuses negative integer exponents; here that can be known when they are constants.
fn check_integer_power(row: &Ufunc, operands: &[Operand], inputs: &[DType]) -> Result<()> {
    if row.name != "power" || !inputs[0].is_integer() {
        return Ok(());
    }
    let negative = match &operands[1] {
        Operand::Int(i) => *i < 0,
        Operand::Array(e) => matches!(&e.kind, Kind::Fill(v) if v.to_f64() < 0.0),
        _ => false,
    };
    if negative {
        return Err(Error::value("Integers to negative integer powers are not allowed."));
    }
    Ok(())
}

/// A Python number in the dtype of the loop.
fn weak_scalar(o: &Operand, d: DType) -> Result<Scalar> {
    match *o {
        Operand::Bool(b) => Ok(Scalar::from_f64(d, f64::from(u8::from(b)))),
        Operand::Int(i) => integer_scalar(i, d),
        Operand::Float(v) => Ok(Scalar::from_f64(d, v)),
        Operand::Complex(re, im) => Ok(match d {
            DType::Complex64 => Scalar::new(Complex32::new(re as f32, im as f32)),
            _ => Scalar::new(Complex64::new(re, im)),
        }),
        Operand::Array(_) => Err(Error::internal("an array where a Python number was expected")),
    }
}

/// The answer of a comparison with a Python integer that no element of the dtype can equal.
fn beyond_range(row: &Ufunc, operands: &[Operand], inputs: &[DType]) -> Option<bool> {
    // Beside booleans an integer is a C long, and must fit.
    if operands.iter().any(|o| matches!(o, Operand::Array(e) if e.dtype == DType::Bool)) {
        return None;
    }
    let (k, i) = operands.iter().enumerate().find_map(|(k, o)| match o {
        Operand::Int(i) if inputs[k].is_integer() && integer_scalar(*i, inputs[k]).is_err() => Some((k, *i)),
        _ => None,
    })?;
    let right_is_larger = (k == 1) == (i > 0);
    match row.name {
        "equal" => Some(false),
        "not_equal" => Some(true),
        "less" | "less_equal" => Some(right_is_larger),
        "greater" | "greater_equal" => Some(!right_is_larger),
        _ => None,
    }
}

/// A Python integer in dtype `d`.
///
/// # Errors
/// `Overflow`, with NumPy's words, when it does not fit.
fn integer_scalar(i: i128, d: DType) -> Result<Scalar> {
    let out = || Error::overflow(format!("Python integer {i} out of bounds for {d}"));
    macro_rules! fit {
        ($t:ty) => {
            <$t>::try_from(i).map(Scalar::new).map_err(|_| out())
        };
    }
    match d {
        DType::Int8 => fit!(i8),
        DType::Int16 => fit!(i16),
        DType::Int32 => fit!(i32),
        DType::Int64 => fit!(i64),
        DType::UInt8 => fit!(u8),
        DType::UInt16 => fit!(u16),
        DType::UInt32 => fit!(u32),
        DType::UInt64 => fit!(u64),
        DType::DateTime64(_) | DType::TimeDelta64(_) => {
            i64::try_from(i).map(|v| Scalar::with_dtype(d, v)).map_err(|_| out())
        }
        DType::Float16 => Ok(Scalar::new(f16::from_f64(i as f64))),
        DType::Float32 => Ok(Scalar::new(i as f32)),
        _ => Ok(Scalar::from_f64(d, i as f64)),
    }
}

/// The same array, of which floating-point warnings call every ufunc on the way from `inputs` by that name: one NumPy
/// function, as they see it. Without a name they do not tell of any of them, as where NumPy silences its own.
pub fn told_as(e: &Expr, inputs: &[Expr], name: Option<&'static str>) -> Expr {
    let mut done: FxHashMap<Expr, Expr> = inputs.iter().map(|i| (i.clone(), i.clone())).collect();
    let mut stack = vec![(e.clone(), false)];
    while let Some((at, ready)) = stack.pop() {
        if done.contains_key(&at) {
            continue;
        }
        if !ready {
            stack.push((at.clone(), true));
            stack.extend(at.inputs().iter().map(|i| (i.clone(), false)));
            continue;
        }
        let inputs: Inputs = at.inputs().iter().map(|i| done[i].clone()).collect();
        let kind = match &at.kind {
            Kind::Map { op: MapOp::Ufunc(u) } => Kind::Map { op: MapOp::Ufunc(UfuncRef(u.0, name)) },
            kind => kind.clone(),
        };
        let told = Expr::intern(kind, inputs, at.shape.clone(), at.dtype, at.chunks.clone());
        done.insert(at, told);
    }
    done[e].clone()
}

/// A ufunc over inputs that already have one shape and the dtypes of a loop: for rules.
///
/// # Errors
/// `DType` when they have not.
pub fn map_raw(op: MapOp, inputs: &[Expr], dtype: DType) -> Result<Expr> {
    let shape: Dims<u64> = inputs.first().map(|e| e.shape.clone()).unwrap_or_default();
    if let Some(e) = inputs.iter().find(|e| e.shape != shape) {
        return Err(Error::internal(format!("map over {} and {}", show_shape(&shape), show_shape(&e.shape))));
    }
    if let MapOp::Ufunc(u) = &op {
        let dtypes: SmallVec<[DType; 3]> = inputs.iter().map(|e| e.dtype).collect();
        u.0.kernel(&dtypes)?;
    }
    let grids: SmallVec<[&ChunkGrid; 3]> = inputs.iter().map(|e| &e.chunks).collect();
    let chunks = ChunkGrid::unify(&shape, &grids);
    Ok(Expr::intern(Kind::Map { op }, inputs.into(), shape, dtype, chunks))
}

/// A loop of another library's ufunc over operands, broadcast together and cast to its dtypes.
///
/// # Errors
/// `Shape` when shapes do not broadcast, `DType` for another number of operands or a pair NumPy does not cast.
pub fn foreign(op: Arc<dyn Foreign>, operands: &[Expr]) -> Result<Expr> {
    let (name, count) = (op.row(), op.inputs().len());
    if operands.len() != count {
        return Err(Error::dtype(format!("{name}() takes {count} operands, {} were given", operands.len())));
    }
    let shapes: SmallVec<[&[u64]; 3]> = operands.iter().map(|e| &*e.shape).collect();
    let shape = broadcast_shapes(&shapes).with_context(|| name)?;
    let grids: SmallVec<[&ChunkGrid; 3]> = operands.iter().map(|e| &e.chunks).collect();
    let chunks = ChunkGrid::unify(&shape, &grids);
    let fit = |(e, &d): (&Expr, &DType)| broadcast_to(&cast(e, d)?, &shape, None);
    let inputs = operands.iter().zip(op.inputs()).map(fit).collect::<Result<Inputs>>()?;
    let dtype = op.output();
    Ok(Expr::intern(Kind::Map { op: MapOp::Foreign(ForeignRef(op)) }, inputs, shape, dtype, chunks))
}

/// The array in another dtype, as an unsafe cast; the array itself when it has it.
///
/// # Errors
/// `DType` for a pair NumPy does not cast.
pub fn cast(e: &Expr, dtype: DType) -> Result<Expr> {
    if e.dtype == dtype {
        return Ok(e.clone());
    }
    let kernel = hyperslab_ops::cast_kernel(e.dtype, dtype)?;
    if let Kind::Fill(v) = &e.kind {
        let mut out = aligned_scalar();
        let mut input = aligned_scalar();
        let (n_in, n_out) = (e.dtype.itemsize(), dtype.itemsize());
        bytemuck::bytes_of_mut(&mut input)[..n_in].copy_from_slice(v.bytes());
        kernel(&[&bytemuck::bytes_of(&input)[..n_in]], &mut bytemuck::bytes_of_mut(&mut out)[..n_out]);
        let value = Scalar::from_bytes(dtype, &bytemuck::bytes_of(&out)[..n_out])?;
        return Ok(Expr::intern(Kind::Fill(value), Inputs::new(), e.shape.clone(), dtype, e.chunks.clone()));
    }
    let inputs = smallvec::smallvec![e.clone()];
    Ok(Expr::intern(Kind::Map { op: MapOp::Cast }, inputs, e.shape.clone(), dtype, e.chunks.clone()))
}

/// Room for any one element, aligned for all of them.
const fn aligned_scalar() -> [u64; 2] {
    [0; 2]
}

/// [`cast`] under a casting rule: `no equiv safe same_kind unsafe`.
///
/// # Errors
/// `DType`, with NumPy's words, when the rule forbids it; `Value` for another rule.
pub fn cast_checked(e: &Expr, dtype: DType, casting: &str) -> Result<Expr> {
    if casting == "same_value" {
        return Err(Error::unsupported("casting='same_value' looks at the values, which are not known yet")
            .hint("compare the array with its cast instead"));
    }
    if !["no", "equiv", "safe", "same_kind", "unsafe"].contains(&casting) {
        return Err(Error::value(format!(
            "casting must be one of 'no', 'equiv', 'safe', 'same_kind', 'unsafe', 'same_value' (got '{casting}')"
        )));
    }
    if !can_cast(e.dtype, dtype, casting) {
        return Err(Error::dtype(format!(
            "Cannot cast array data from dtype('{}') to dtype('{dtype}') according to the rule '{casting}'",
            e.dtype
        )));
    }
    cast(e, dtype)
}
