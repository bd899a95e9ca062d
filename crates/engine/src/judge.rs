//! Which floating-point errors NumPy tells of an operation, by what it was given and what it made.

use hyperslab_base::{DType, f16};
use hyperslab_ops::Link;
use hyperslab_plan::lower::program::{Call, Instr};
use smallvec::SmallVec;

use crate::elements::{Elements, Parts};
use crate::status::{DIVIDE, INVALID, OVERFLOW, UNDERFLOW};

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

/// Operations that meet no errors on floats: they choose, round, or move bits.
const QUIET: &[&str] = &[
    "where",
    "maximum",
    "minimum",
    "fmax",
    "fmin",
    "clip",
    "positive",
    "negative",
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
    "sinh",
    "sin",
    "cos",
    "tan",
    "arcsin",
    "arccos",
    "degrees",
];

/// Operations that divide integers and times.
const DIVISIONS: &[&str] = &["divide", "floor_divide", "remainder", "fmod", "divmod"];

/// Operations whose results may be too small.
const SHRINKING: &[&str] =
    &["multiply", "divide", "square", "reciprocal", "power", "float_power", "exp", "exp2", "ldexp", "cast"];

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
    let real = |d: &DType| matches!(d, DType::Float32 | DType::Float64);
    match i.told.row {
        None => cast_looks(i.told.ins.first().copied().unwrap_or(i.dtype), i.dtype),
        Some(row) if !i.dtype.is_inexact() || i.told.ins.first().is_some_and(is_time) => {
            let divides = DIVISIONS.contains(&row) || row == "reciprocal";
            if divides && i.dtype != DType::Bool { Looks::Values } else { Looks::Not }
        }
        Some(row) if QUIET.contains(&row) => Looks::Not,
        Some("absolute") if i.told.ins.iter().all(|d| !is_complex(d)) => Looks::Not,
        Some(row) if FLAGGED.contains(&row) && real(&i.dtype) && i.told.ins.iter().all(real) => Looks::Flags,
        Some(_) => Looks::Values,
    }
}

fn cast_looks(from: DType, to: DType) -> Looks {
    match to {
        DType::Bool => Looks::Not,
        DType::Float16 if from != DType::Bool => Looks::Values,
        _ if to.is_inexact() && from.is_inexact() && part_bytes(to) < part_bytes(from) => Looks::Flags,
        _ if to.is_integer() && from.is_inexact() => Looks::Values,
        _ => Looks::Not,
    }
}

/// Bytes of a float, or of a part of a complex number.
fn part_bytes(d: DType) -> usize {
    if is_complex(&d) { d.itemsize() / 2 } else { d.itemsize() }
}

fn is_complex(d: &DType) -> bool {
    matches!(d, DType::Complex64 | DType::Complex128)
}

fn is_time(d: &DType) -> bool {
    matches!(d, DType::DateTime64(_) | DType::TimeDelta64(_))
}

/// Whether an operation of a chain may meet errors.
pub(crate) fn raises(link: Link) -> bool {
    !matches!(
        link,
        Link::Negative
            | Link::Absolute
            | Link::Maximum
            | Link::MaximumFrom
            | Link::Minimum
            | Link::MinimumFrom
            | Link::FillNan
    )
}

/// The operation that is left of one with a product when the product is computed.
pub(crate) fn of_sum(link: Link) -> Option<Link> {
    match link {
        Link::AddProduct => Some(Link::Add),
        Link::SubtractProduct => Some(Link::Subtract),
        Link::SubtractFromProduct => Some(Link::SubtractFrom),
        _ => None,
    }
}

/// The row of the table that a link is, whether what came before is its second operand, and how many it has.
pub(crate) fn row_of(link: Link) -> (&'static str, bool, usize) {
    match link {
        Link::Divide => ("divide", false, 2),
        Link::DivideInto => ("divide", true, 2),
        Link::Sqrt => ("sqrt", false, 1),
        Link::Square => ("square", false, 1),
        Link::Multiply => ("multiply", false, 2),
        _ => ("add", false, 2),
    }
}

/// Those of the `wanted` kinds of errors that an operation met; a cast has no row.
pub(crate) fn kinds(row: Option<&str>, ins: &[Elements<'_>], out: Elements<'_>, wanted: u8) -> u8 {
    let judge: &dyn Fn(usize) -> u8 = match row {
        None if out.dtype.is_integer() => &|k| cast_to_integer(out.dtype, ins[0].get(k)),
        Some(_) if !ins[0].dtype.is_inexact() && !out.dtype.is_inexact() => {
            let last = ins[ins.len() - 1];
            if last.dtype.is_integer() && ins[0].dtype.is_integer() && !last.has_zero_or_minus_one() {
                return 0;
            }
            &|k| integers(row, ins, k)
        }
        _ => {
            if !out.is_special(wanted & UNDERFLOW != 0) {
                return 0;
            }
            &|k| floats(row.unwrap_or("cast"), ins, out, k)
        }
    };
    let mut found = 0;
    for k in 0..out.len() {
        found |= judge(k) & wanted;
        if found == wanted {
            break;
        }
    }
    found
}

/// Reductions that add or multiply floats: that they overflow is told of `reduce`, as in NumPy. Half
/// floats are folded in wider ones.
pub(crate) fn reduces(name: &str, of: DType) -> bool {
    let full = of.is_inexact() && of != DType::Float16;
    match name {
        "sum" | "mean" | "nansum" | "nanmean" => full,
        "prod" | "nanprod" => full && !is_complex(&of),
        _ => false,
    }
}

/// Whether a reduction overflowed, by the flags raised on the way and its results. Compensated sums of infinities are
/// invalid on the way whatever comes of them: of that nothing is told.
pub(crate) fn reduced(out: Elements<'_>, raised: u8) -> u8 {
    let infinite = |k: usize| out.get(k).iter().any(|part| part.is_infinite());
    if raised & OVERFLOW != 0 && (0..out.len()).any(infinite) { OVERFLOW } else { 0 }
}

/// Float to integer: NumPy's compiled casts go by way of int32 or int64, and what does not fit there is invalid.
fn cast_to_integer(to: DType, [x, _]: Parts) -> u8 {
    const TWO_31: f64 = 2_147_483_648.0;
    const TWO_63: f64 = 9_223_372_036_854_775_808.0;
    let fits = match to {
        DType::Int64 | DType::UInt32 => (-TWO_63..TWO_63).contains(&x),
        DType::UInt64 => (-TWO_63..2.0 * TWO_63).contains(&x),
        _ => x > -TWO_31 - 1.0 && x < TWO_31,
    };
    if fits { 0 } else { INVALID }
}

/// Integers and times among each other.
fn integers(row: Option<&str>, ins: &[Elements<'_>], k: usize) -> u8 {
    let (x, y) = (ins[0].get(k)[0], ins[ins.len() - 1].get(k)[0]);
    match row {
        _ if x.is_nan() || y.is_nan() => {
            if row == Some("floor_divide") {
                INVALID
            } else {
                0
            }
        }
        Some("reciprocal") if y == 0.0 => DIVIDE | INVALID,
        Some("reciprocal") => 0,
        _ if y == 0.0 => DIVIDE,
        Some("floor_divide" | "divmod") if y == -1.0 && Some(x) == ins[0].least() => OVERFLOW,
        _ => 0,
    }
}

/// Floats and complex numbers.
fn floats(row: &str, ins: &[Elements<'_>], out: Elements<'_>, k: usize) -> u8 {
    let result = out.get(k);
    let given: SmallVec<[Parts; 3]> = ins.iter().map(|x| x.get(k)).collect();
    let parts = || given.iter().flatten();
    if parts().any(|x| x.is_nan()) {
        return 0;
    }
    let finite = parts().all(|x| x.is_finite()) || row == "nextafter" && given[0][0].is_finite();
    let of = |part: &f64| match part {
        x if x.is_nan() => INVALID,
        x if !x.is_infinite() || !finite => 0,
        _ if at_pole(row, &given) => DIVIDE,
        // NumPy takes the infinite quotient off its own floor; that of half floats is in a wider dtype.
        _ if row == "floor_divide" && out.dtype != DType::Float16 => OVERFLOW | INVALID,
        _ => OVERFLOW,
    };
    let found = result.iter().fold(0, |found, part| found | of(part));
    if found == 0 && finite && too_small(row, &given, out.dtype, result) { UNDERFLOW } else { found }
}

/// Whether an operation has no finite limit at its operands.
fn at_pole(row: &str, given: &[Parts]) -> bool {
    let [x, y] = [given[0], given[given.len() - 1]];
    match row {
        "divide" | "floor_divide" | "remainder" | "fmod" | "divmod" | "reciprocal" => y == [0.0; 2],
        "log" | "log2" | "log10" => x == [0.0; 2],
        "log1p" => x == [-1.0, 0.0],
        "arctanh" => x[0].abs() == 1.0 && x[1] == 0.0,
        "arctan" => x[0] == 0.0 && x[1].abs() == 1.0,
        "power" | "float_power" => x == [0.0; 2] && y[0] < 0.0,
        _ => false,
    }
}

/// Whether a result that is not exact lies below the normal numbers of its dtype.
fn too_small(row: &str, given: &[Parts], to: DType, result: Parts) -> bool {
    let least = match to {
        DType::Float16 => f16::MIN_POSITIVE.to_f64(),
        DType::Float32 | DType::Complex64 => f64::from(f32::MIN_POSITIVE),
        _ => f64::MIN_POSITIVE,
    };
    let factors = if row.starts_with("exp") {
        &[]
    } else if row == "power" {
        &given[..1]
    } else {
        given
    };
    SHRINKING.contains(&row)
        && result[0].abs() < least
        && result[1].abs() < least
        && factors.iter().all(|x| *x != [0.0; 2])
}

#[cfg(test)]
mod tests {
    use hyperslab_ops::find;

    use super::*;
    use crate::elements::operands;
    use crate::status;

    const SPECIAL: [f64; 18] = [
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
    ];

    /// The kinds that values show, and whether the kernel raised a flag, for each pair of special values.
    fn pairs(row: &str, dtype: DType, len: usize) -> Vec<(u8, u8)> {
        let ufunc = find(row).unwrap_or_else(|| panic!("{row}"));
        let dtypes = vec![dtype; ufunc.nin];
        let Ok(kernel) = ufunc.kernel(&dtypes) else { return Vec::new() };
        let repeated = |x: f64| -> Vec<u8> {
            let one =
                if dtype == DType::Float32 { (x as f32).to_ne_bytes().to_vec() } else { x.to_ne_bytes().to_vec() };
            one.repeat(len)
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
        for row in FLAGGED {
            for dtype in [DType::Float32, DType::Float64] {
                for len in [1, 7, 300] {
                    let silent = pairs(row, dtype, len).iter().filter(|(kinds, raised)| kinds & !raised != 0).count();
                    assert_eq!(silent, 0, "{row} of {dtype} without a flag");
                }
            }
        }
    }
}
