//! Which floating-point errors NumPy tells of an operation, by what it was given and what it made.

use hyperslab_base::{DType, f16};
use hyperslab_ops::Link;
use hyperslab_ops::special::{self, Signs};
use smallvec::SmallVec;

use crate::elements::{Elements, Parts, is_complex};
use crate::status::{DIVIDE, INVALID, OVERFLOW, UNDERFLOW};

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
    /// Elements that are looked over together before each is judged.
    const MANY: usize = 64;
    let kind = Kind::of(ins, out);
    let ordinary = || match kind {
        // Which operands explain what is special is found out where something is.
        Kind::Floats => !out.is_special(wanted & UNDERFLOW != 0),
        _ => !kind.is_suspicious(row, ins, out, wanted),
    };
    if wanted == 0 || ordinary() {
        return 0;
    }
    let mut found = 0;
    for start in (0..out.len()).step_by(MANY) {
        let places = start..out.len().min(start + MANY);
        let part: SmallVec<[_; 3]> = ins.iter().map(|x| x.part(&places)).collect();
        if !kind.is_suspicious(row, &part, out.part(&places), wanted & !found) {
            continue;
        }
        for k in places {
            found |= kind.judge(row, ins, out, k) & wanted;
            if found == wanted {
                return found;
            }
        }
    }
    found
}

/// What is judged alike.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    CastToInteger,
    /// Integers and times among each other.
    Integers,
    /// Floats and complex numbers.
    Floats,
}

impl Kind {
    fn of(ins: &[Elements<'_>], out: Elements<'_>) -> Kind {
        match (ins[0].dtype.is_inexact(), out.dtype.is_inexact()) {
            (true, false) if out.dtype.is_integer() => Kind::CastToInteger,
            (false, false) => Kind::Integers,
            _ => Kind::Floats,
        }
    }

    /// Whether any of these elements may have met one of those kinds of errors.
    fn is_suspicious(self, row: Option<&str>, ins: &[Elements<'_>], out: Elements<'_>, open: u8) -> bool {
        match self {
            // What is half of a float fits, but for infinities and NaN.
            Kind::CastToInteger if ins[0].dtype == DType::Float16 => ins[0].is_special(false),
            Kind::CastToInteger => {
                let (low, high) = bounds(out.dtype);
                ins[0].leaves(low, high)
            }
            Kind::Integers => {
                let last = ins[ins.len() - 1];
                let overflows = open & OVERFLOW != 0 && ins[0].least().is_some();
                ins.iter().any(|x| !x.dtype.is_integer()) || last.has_zero(overflows)
            }
            Kind::Floats => {
                let of_infinity = DIVIDE | OVERFLOW | if row == Some("floor_divide") { INVALID } else { 0 };
                let signs =
                    Signs { nan: open & INVALID != 0, infinite: open & of_infinity != 0, small: open & UNDERFLOW != 0 };
                // The infinite operand of `nextafter` may be the one that is not reached.
                let alike = |x: &&Elements<'_>| {
                    row != Some("nextafter") && x.dtype == out.dtype && x.bytes.len() == out.bytes.len()
                };
                let ins: SmallVec<[&[u8]; 3]> = ins.iter().filter(alike).map(|x| x.bytes).collect();
                special::any_sign(out.dtype, out.bytes, &ins, signs)
            }
        }
    }

    /// The kinds of errors that element `k` met.
    fn judge(self, row: Option<&str>, ins: &[Elements<'_>], out: Elements<'_>, k: usize) -> u8 {
        match self {
            Kind::CastToInteger => cast_to_integer(out.dtype, ins[0].get(k)),
            Kind::Integers => integers(row, ins, k),
            Kind::Floats => floats(row.unwrap_or("cast"), ins, out, k),
        }
    }
}

/// The kinds of errors that an operation can meet.
pub(crate) fn possible(row: Option<&str>, dtype: DType) -> u8 {
    match row {
        None if dtype.is_integer() => INVALID,
        Some("add" | "subtract") if dtype.is_inexact() => OVERFLOW | INVALID,
        Some("multiply" | "square") if dtype.is_inexact() => OVERFLOW | UNDERFLOW | INVALID,
        Some("sqrt" | "sin" | "cos" | "arcsin" | "arccos" | "arccosh") if !is_complex(&dtype) => INVALID,
        Some("log" | "log2" | "log10" | "log1p" | "arctanh") if !is_complex(&dtype) => OF_LOG,
        Some("exp" | "exp2" | "expm1" | "sinh" | "cosh") if !is_complex(&dtype) => OVERFLOW | UNDERFLOW,
        _ => DIVIDE | OVERFLOW | UNDERFLOW | INVALID,
    }
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

/// Scans that add or multiply floats one after the other, as NumPy does, so that flags are those of their results.
pub(crate) fn accumulates(name: &str, of: DType) -> bool {
    of.is_inexact() && of != DType::Float16 && matches!(name, "cumsum" | "cumprod" | "nancumsum" | "nancumprod")
}

/// What results of a scan show that raised those flags.
pub(crate) fn accumulated(out: Elements<'_>, raised: u8) -> u8 {
    let of = |part: &f64| match part {
        x if x.is_nan() => INVALID,
        x if x.is_infinite() => OVERFLOW,
        _ => 0,
    };
    raised & (0..out.len()).fold(0, |found, k| found | out.get(k).iter().fold(0, |found, part| found | of(part)))
}

/// The kinds of errors that logarithms of real floats meet.
pub(crate) const OF_LOG: u8 = DIVIDE | INVALID;

/// Those that the logarithms of some elements meet.
pub(crate) fn logarithms(x: Elements<'_>) -> u8 {
    let of = |x: f64| if x == 0.0 { DIVIDE } else { INVALID };
    (0..x.len()).map(|k| x.get(k)[0]).filter(|x| *x <= 0.0).fold(0, |found, x| found | of(x))
}

/// What floats must lie between to be cast to an integer dtype: NumPy's compiled casts go by way of int32 or int64, and
/// what does not fit there is invalid.
fn bounds(to: DType) -> (f64, f64) {
    const TWO_31: f64 = 2_147_483_648.0;
    const TWO_63: f64 = 9_223_372_036_854_775_808.0;
    // The next number below -2^63.
    const BELOW: f64 = -9_223_372_036_854_777_856.0;
    match to {
        DType::Int64 | DType::UInt32 => (BELOW, TWO_63),
        DType::UInt64 => (BELOW, 2.0 * TWO_63),
        _ => (-TWO_31 - 1.0, TWO_31),
    }
}

fn cast_to_integer(to: DType, [x, _]: Parts) -> u8 {
    let (low, high) = bounds(to);
    if x > low && x < high { 0 } else { INVALID }
}

/// Integers and times among each other.
fn integers(row: Option<&str>, ins: &[Elements<'_>], k: usize) -> u8 {
    let (x, y) = (ins[0].get(k)[0], ins[ins.len() - 1].get(k)[0]);
    match row {
        Some("floor_divide") if x.is_nan() || y.is_nan() => INVALID,
        _ if x.is_nan() || y.is_nan() => 0,
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

/// Operations whose results may be too small.
const SHRINKING: &[&str] =
    &["multiply", "divide", "square", "reciprocal", "power", "float_power", "exp", "exp2", "ldexp", "cast"];

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
