//! Which loop the dtypes of operands choose: NumPy's resolution, NEP 50 included.

use hyperslab_base::{DType, Error, Kind, Result, can_cast, result_type};
use smallvec::{SmallVec, smallvec};

use super::{Loop, Operand, Rule, Signature, Ufunc, class};

type DTypes = SmallVec<[DType; 3]>;

pub(super) fn resolve(u: &Ufunc, operands: &[Operand]) -> Result<Signature> {
    let dtypes = strengthen(operands)?;
    if let Some((refused, words)) = u.refuses
        && dtypes.iter().all(|d| refused(*d))
    {
        return Err(Error::dtype(words));
    }
    if let Some(rule) = u.times
        && dtypes.iter().any(|d| d.is_time())
    {
        return rule(u.name, dtypes[0], dtypes[1]);
    }
    match u.rule {
        Rule::Search => search(u, &dtypes),
        Rule::Divide if dtypes.iter().all(|d| !d.is_inexact()) => search(u, &[DType::Float64, DType::Float64]),
        Rule::Divide => search(u, &dtypes),
        Rule::Promote => promote(u, operands, &dtypes),
        Rule::Compare => compare(u, operands, &dtypes),
        Rule::Truth => truth(u, operands, &dtypes),
        Rule::Choose => choose(u, operands),
        Rule::Apart => search(u, &apart(operands)?),
    }
}

/// Dtypes of the operands, Python numbers given the dtype that the arrays beside them call for.
fn strengthen(operands: &[Operand]) -> Result<DTypes> {
    let mut strong: Option<DType> = None;
    for o in operands {
        if let Operand::Array(d) = o {
            // Pairs that do not promote are for the ufunc to turn away, in its own words.
            strong = Some(strong.map_or(*d, |s| result_type(s, *d).unwrap_or(s)));
        }
    }
    Ok(operands
        .iter()
        .map(|o| match o {
            Operand::Array(d) => *d,
            Operand::PyInt => weak_int(strong),
            Operand::PyFloat => weak_float(strong),
            Operand::PyComplex => weak_complex(strong),
        })
        .collect())
}

/// Dtypes of the operands, each for itself.
fn apart(operands: &[Operand]) -> Result<DTypes> {
    operands.iter().map(|o| Ok(strengthen(std::slice::from_ref(o))?[0])).collect()
}

fn weak_int(strong: Option<DType>) -> DType {
    match strong {
        Some(d) if d.is_integer() || d.is_inexact() => d,
        _ => DType::Int64,
    }
}

fn weak_float(strong: Option<DType>) -> DType {
    match strong {
        Some(d) if d.is_inexact() => d,
        _ => DType::Float64,
    }
}

fn weak_complex(strong: Option<DType>) -> DType {
    match strong {
        Some(d) if d.is_inexact() && d.real() != DType::Float64 => DType::Complex64,
        _ => DType::Complex128,
    }
}

/// The first loop all operands cast to safely. Numbers never become times here.
fn search(u: &Ufunc, dtypes: &[DType]) -> Result<Signature> {
    let fits = |d: DType, to: DType| class(d) == to || (!to.is_time() && can_cast(d, to, "safe"));
    let found = u.loops.iter().find(|l| dtypes.iter().zip(l.inputs).all(|(d, to)| fits(*d, to)));
    found.map(|l| signature(l, dtypes)).ok_or_else(|| unsupported(u.name))
}

/// The loop of the operands' common dtype.
fn promote(u: &Ufunc, operands: &[Operand], dtypes: &[DType]) -> Result<Signature> {
    let dates = dtypes.iter().any(|d| d.kind() == Kind::DateTime);
    if dates
        && u.loops.iter().any(|l| l.inputs[0].is_time())
        && let Some(k) = dtypes.iter().position(|d| d.kind() == Kind::TimeDelta)
    {
        let common = common_dtype(dtypes)?;
        return Err(cannot_cast(u.name, k, dtypes[k], common));
    }
    let common = match common_dtype(dtypes) {
        Ok(d) => d,
        Err(e) if dtypes.iter().all(|d| d.is_time()) => return Err(e),
        Err(_) => return Err(no_loop(u.name, operands)),
    };
    let all: DTypes = dtypes.iter().map(|_| common).collect();
    let found = u.find_loop(&all).ok_or_else(|| no_loop(u.name, operands))?;
    Ok(signature(found, &all))
}

fn compare(u: &Ufunc, operands: &[Operand], dtypes: &[DType]) -> Result<Signature> {
    let exact = |d: DType| if d.kind() == Kind::UInt { DType::UInt64 } else { DType::Int64 };
    let (a, b) = (dtypes[0], dtypes[1]);
    match (a.kind(), b.kind()) {
        (Kind::UInt, Kind::Int) | (Kind::Int, Kind::UInt) if result_type(a, b)? == DType::Float64 => {
            let inputs: DTypes = smallvec![exact(a), exact(b)];
            let found = u.find_loop(&inputs).ok_or_else(|| no_loop(u.name, operands))?;
            Ok(signature(found, &inputs))
        }
        (Kind::DateTime, Kind::TimeDelta) | (Kind::TimeDelta, Kind::DateTime) => Err(cannot_use(u.name, a, b)),
        _ => promote(u, operands, dtypes),
    }
}

fn truth(u: &Ufunc, operands: &[Operand], dtypes: &[DType]) -> Result<Signature> {
    let arrays = operands.iter().all(|o| matches!(o, Operand::Array(_)));
    let same = arrays && dtypes.iter().all(|d| *d == dtypes[0]);
    let inputs: DTypes = dtypes.iter().map(|d| if same && !d.is_time() { *d } else { DType::Bool }).collect();
    let found = u.find_loop(&inputs).ok_or_else(|| unsupported(u.name))?;
    Ok(signature(found, &inputs))
}

fn choose(u: &Ufunc, operands: &[Operand]) -> Result<Signature> {
    let common = common_dtype(&strengthen(&operands[1..])?)?;
    let inputs: DTypes = smallvec![DType::Bool, common, common];
    let found = u.find_loop(&inputs).ok_or_else(|| unsupported(u.name))?;
    Ok(signature(found, &inputs))
}

fn common_dtype(dtypes: &[DType]) -> Result<DType> {
    dtypes.iter().skip(1).try_fold(dtypes[0], |a, b| result_type(a, *b))
}

/// The loop's dtypes, with the units of the operands where it has times.
fn signature(l: &Loop, dtypes: &[DType]) -> Signature {
    let unit = dtypes.iter().find_map(|d| d.unit());
    let with_unit = |d: DType| match (d, unit) {
        (DType::DateTime64(_), Some(u)) => DType::DateTime64(u),
        (DType::TimeDelta64(_), Some(u)) => DType::TimeDelta64(u),
        (d, _) => d,
    };
    Signature { inputs: dtypes.iter().zip(l.inputs).map(|(_, d)| with_unit(d)).collect(), output: with_unit(l.output) }
}

/// How NumPy shows a dtype in these messages.
fn show(d: DType) -> String {
    match d {
        DType::DateTime64(u) => format!("dtype('<M8{u}')"),
        DType::TimeDelta64(u) => format!("dtype('<m8{u}')"),
        d => format!("dtype('{d}')"),
    }
}

pub(super) fn unsupported(name: &str) -> Error {
    Error::dtype(format!(
        "ufunc '{name}' not supported for the input types, and the inputs could not be safely coerced to any \
         supported types according to the casting rule ''safe''"
    ))
}

pub(super) fn cannot_use(name: &str, a: DType, b: DType) -> Error {
    Error::dtype(format!("ufunc '{name}' cannot use operands with types {} and {}", show(a), show(b)))
}

pub(super) fn cannot_cast(name: &str, k: usize, from: DType, to: DType) -> Error {
    Error::dtype(format!(
        "Cannot cast ufunc '{name}' input {k} from {} to {} with casting rule 'same_kind'",
        show(from),
        show(to)
    ))
}

fn no_loop(name: &str, operands: &[Operand]) -> Error {
    let classes: Vec<String> = operands.iter().map(|o| format!("<class 'numpy.dtypes.{}'>", class_name(*o))).collect();
    let types = if classes.len() == 1 { classes[0].clone() } else { format!("({})", classes.join(", ")) };
    Error::dtype(format!("ufunc '{name}' did not contain a loop with signature matching types {types} -> None"))
}

/// Name of NumPy's class of dtypes.
fn class_name(o: Operand) -> String {
    match o {
        Operand::PyInt => "_PyLongDType".into(),
        Operand::PyFloat => "_PyFloatDType".into(),
        Operand::PyComplex => "_PyComplexDType".into(),
        Operand::Array(d) => match d.base_name() {
            "uint8" => "UInt8DType".into(),
            "uint16" => "UInt16DType".into(),
            "uint32" => "UInt32DType".into(),
            "uint64" => "UInt64DType".into(),
            "datetime64" => "DateTime64DType".into(),
            "timedelta64" => "TimeDelta64DType".into(),
            name => format!("{}{}DType", name[..1].to_uppercase(), &name[1..]),
        },
    }
}
