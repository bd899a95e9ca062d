//! Which calls of a program meet floating-point errors, and how they are looked at.

use hyperslab_base::DType;
use hyperslab_plan::lower::program::{Call, Instr};

use crate::elements::is_complex;
use crate::judge::{accumulates, raises};

/// How a call is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Looks {
    /// Not at all: it meets no errors.
    Not,
    /// Where the processor's status says so.
    Flags,
    /// At every result: its kernels raise no flags, or always.
    Values,
}

/// Operations that meet no errors on floats: they choose, round, or move bits. Of magnitudes of complex numbers NumPy tells
/// nothing.
const QUIET: &[&str] = &[
    "where",
    "maximum",
    "minimum",
    "fmax",
    "fmin",
    "clip",
    "positive",
    "negative",
    "absolute",
    "fabs",
    "conjugate",
    "sign",
    "copysign",
    "floor",
    "ceil",
    "trunc",
    "rint",
    "real",
    "imag",
    "spacing",
];

/// Operations whose results are of moderate size for every real number.
const MODERATE: &[&str] = &["cbrt", "arctan", "arctan2", "arcsinh", "tanh", "heaviside"];

/// Operations on float32 and float64 whose kernels raise a flag wherever there is an error; a test holds them to it.
const FLAGGED: &[&str] = &[
    "add",
    "subtract",
    "multiply",
    "divide",
    "floor_divide",
    "remainder",
    "fmod",
    "square",
    "sqrt",
    "reciprocal",
    "hypot",
    "exp",
    "exp2",
    "expm1",
    "log",
    "sinh",
    "sin",
    "cos",
    "tan",
    "arcsin",
    "arccos",
    "degrees",
];

/// Those of them that do with the parts of complex numbers what they do with floats.
const BY_PARTS: &[&str] = &["add", "subtract"];

/// Operations that divide integers and times.
const DIVISIONS: &[&str] = &["divide", "floor_divide", "remainder", "fmod", "divmod"];

/// How a call is looked at for those kinds of errors.
pub(crate) fn looks(i: &Instr, wanted: u8) -> Looks {
    if let Call::Chain(_) = i.call {
        return if i.told.links.iter().any(|l| raises(l.link) && l.name.is_some() || l.product.is_some()) {
            Looks::Flags
        } else {
            Looks::Not
        };
    }
    if i.told.name.is_none() || wanted == 0 {
        return Looks::Not;
    }
    // What flags such a loop leaves is what NumPy tells of it.
    if let Call::Foreign(_) = i.call {
        return Looks::Flags;
    }
    if let Call::Scan { .. } = i.call {
        return if i.told.row.is_some_and(|row| accumulates(row, i.dtype)) { Looks::Flags } else { Looks::Not };
    }
    let real = |d: &DType| matches!(d, DType::Float32 | DType::Float64);
    match i.told.row {
        None => cast_looks(i.told.ins.first().copied().unwrap_or(i.dtype), i.dtype),
        Some(row) if !i.dtype.is_inexact() || i.told.ins.first().is_some_and(is_time) => {
            let divides = DIVISIONS.contains(&row) || row == "reciprocal";
            if divides && i.dtype != DType::Bool { Looks::Values } else { Looks::Not }
        }
        Some(row) if QUIET.contains(&row) => Looks::Not,
        Some(row) if MODERATE.contains(&row) && i.told.ins.iter().all(|d| !is_complex(d)) => Looks::Not,
        Some(row) if FLAGGED.contains(&row) && real(&i.dtype) && i.told.ins.iter().all(real) => Looks::Flags,
        Some(row) if BY_PARTS.contains(&row) && is_complex(&i.dtype) && i.told.ins.iter().all(is_complex) => {
            Looks::Flags
        }
        Some(_) => Looks::Values,
    }
}

fn cast_looks(from: DType, to: DType) -> Looks {
    match to {
        DType::Bool => Looks::Not,
        DType::Float16 if from != DType::Bool => Looks::Values,
        _ if to.is_inexact() && from.is_inexact() && part_bytes(to) < part_bytes(from) => Looks::Flags,
        _ if to.is_integer() && from.is_inexact() => Looks::Flags,
        _ => Looks::Not,
    }
}

/// Bytes of a float, or of a part of a complex number.
fn part_bytes(d: DType) -> usize {
    if is_complex(&d) { d.itemsize() / 2 } else { d.itemsize() }
}

fn is_time(d: &DType) -> bool {
    matches!(d, DType::DateTime64(_) | DType::TimeDelta64(_))
}

#[cfg(test)]
mod tests {
    use hyperslab_ops::find;

    use super::*;
    use crate::elements::{Elements, operands};
    use crate::judge::kinds;
    use crate::status::{self, DIVIDE, INVALID, OVERFLOW};

    const SPECIAL: [f64; 19] = [
        f64::NEG_INFINITY,
        -1e5,
        -2.5,
        -1.0,
        -0.5,
        -0.0,
        0.0,
        0.25,
        1.0,
        1.5,
        90.0,
        710.0,
        2e4,
        f64::INFINITY,
        f64::NAN,
        1e-300,
        f64::MAX,
        1e30,
        3e38,
    ];

    /// The kinds that values show, and whether the kernel raised a flag, for each pair of special values.
    fn pairs(row: &str, dtype: DType, len: usize) -> Vec<(u8, u8)> {
        let ufunc = find(row).unwrap_or_else(|| panic!("{row}"));
        let dtypes = vec![dtype; ufunc.nin];
        let Ok(kernel) = ufunc.kernel(&dtypes) else { return Vec::new() };
        // A complex number has twice the part.
        let repeated = |x: f64| -> Vec<u8> {
            let part = match part_bytes(dtype) {
                4 => (x as f32).to_ne_bytes().to_vec(),
                _ => x.to_ne_bytes().to_vec(),
            };
            part.repeat(len * dtype.itemsize() / part.len())
        };
        let mut found = Vec::new();
        for x in SPECIAL {
            for y in SPECIAL {
                let given = [x, y].map(repeated);
                let ins: Vec<&[u8]> = given.iter().take(ufunc.nin).map(Vec::as_slice).collect();
                let mut result = vec![0; len * dtype.itemsize()];
                status::clear();
                kernel(&ins, &mut result);
                let raised = status::raised();
                let out = Elements { dtype, bytes: &result };
                found.push((kinds(Some(row), &operands(&dtypes, &ins), out, DIVIDE | OVERFLOW | INVALID), raised));
            }
        }
        found
    }

    #[test]
    #[cfg(all(any(target_arch = "x86_64", target_arch = "aarch64"), not(miri)))]
    fn kernels_that_are_looked_at_by_flags_raise_them() {
        let real = FLAGGED.iter().flat_map(|row| [DType::Float32, DType::Float64].map(|dtype| (row, dtype)));
        let complex = BY_PARTS.iter().flat_map(|row| [DType::Complex64, DType::Complex128].map(|dtype| (row, dtype)));
        for (row, dtype) in real.chain(complex) {
            for len in [1, 7, 300] {
                let found = pairs(row, dtype, len);
                assert!(found.iter().any(|(kinds, _)| *kinds != 0), "{row} of {dtype} meets none");
                let silent = found.iter().filter(|(kinds, raised)| kinds & !raised != 0).count();
                assert_eq!(silent, 0, "{row} of {dtype} without a flag");
            }
        }
    }
}
