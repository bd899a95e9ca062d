//! Conversions between the units of datetimes, and of timedeltas.

use std::sync::OnceLock;

use hyperslab_base::{DType, Error, Kind, Result, TimeUnit};

use crate::kernels::arithmetic::identity;
use crate::kernels::{Ins, Out, map1};
use crate::ufunc::Kernel;

const NAT: i64 = i64::MIN;
const DAY: i128 = 86_400_000_000_000_000_000_000;
/// Days of the 4800 months of the calendar's cycle.
const CYCLE_DAYS: i128 = 146_097;

/// Multiplication and division of ticks, rounded down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ratio {
    num: i64,
    den: i64,
}

impl Ratio {
    #[inline(always)]
    fn apply(self, v: i64) -> i64 {
        v.wrapping_mul(self.num).div_euclid(self.den)
    }
}

/// How ticks of one unit become ticks of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Conversion {
    /// Between units of a fixed ratio.
    Linear(Ratio),
    /// From months to the days they begin with, and on.
    FromMonths { months: i64, days: Ratio },
    /// To days, and the month they are in.
    ToMonths { days: Ratio, months: i64 },
}

/// Kernel between two datetimes or two timedeltas.
pub(super) fn kernel(from: DType, to: DType) -> Result<Kernel> {
    let (Some(a), Some(b)) = (from.unit(), to.unit()) else {
        return Err(Error::internal(format!("units of {from} and {to}")));
    };
    // Ticks of the generic unit are ticks of any.
    if a == b || a.is_generic() || b.is_generic() {
        return Ok(identity);
    }
    let conversion = if from.kind() == Kind::DateTime { of_dates(a, b)? } else { Conversion::Linear(of_deltas(a, b)?) };
    if conversion == Conversion::Linear(Ratio { num: 1, den: 1 }) {
        return Ok(identity);
    }
    reserve(conversion)
}

/// Months of one tick of a calendar unit.
fn months(u: TimeUnit) -> Option<i64> {
    match u.name {
        "Y" => Some(12 * i64::from(u.multiple)),
        "M" => Some(i64::from(u.multiple)),
        _ => None,
    }
}

fn of_dates(a: TimeUnit, b: TimeUnit) -> Result<Conversion> {
    let too_far = || too_far(a, b);
    Ok(match (months(a), months(b)) {
        (Some(months), None) => {
            let days = b.attoseconds().and_then(|n| ratio(DAY, n)).ok_or_else(too_far)?;
            Conversion::FromMonths { months, days }
        }
        (None, Some(months)) => {
            let days = a.attoseconds().and_then(|n| ratio(n, DAY)).ok_or_else(too_far)?;
            Conversion::ToMonths { days, months }
        }
        _ => Conversion::Linear(of_deltas(a, b)?),
    })
}

/// A month beside units of fixed length is the mean month of the calendar.
fn of_deltas(a: TimeUnit, b: TimeUnit) -> Result<Ratio> {
    const MEAN_MONTH: (i128, i128) = (CYCLE_DAYS * DAY, 4800);
    let length = |u: TimeUnit| match (months(u), u.attoseconds()) {
        (Some(m), _) => Some((i128::from(m) * MEAN_MONTH.0, MEAN_MONTH.1)),
        (None, n) => n.map(|n| (n, 1)),
    };
    let both = length(a).zip(length(b));
    let cross = both.and_then(|((n, d), (p, q))| n.checked_mul(q).zip(p.checked_mul(d)));
    cross.and_then(|(n, d)| ratio(n, d)).ok_or_else(|| too_far(a, b))
}

fn ratio(num: i128, den: i128) -> Option<Ratio> {
    let (mut g, mut rest) = (num, den);
    while rest != 0 {
        (g, rest) = (rest, g % rest);
    }
    Some(Ratio { num: i64::try_from(num / g).ok()?, den: i64::try_from(den / g).ok()? })
}

fn too_far(a: TimeUnit, b: TimeUnit) -> Error {
    Error::overflow(format!(
        "Integer overflow while computing the conversion factor between NumPy datetime units {} and {}",
        a.name, b.name
    ))
}

/// First day of a month, both counted from January 1970.
fn first_day(month: i64) -> i64 {
    // Years that begin in March put the leap day last.
    let shifted = month.wrapping_sub(2);
    let year = shifted.div_euclid(12).wrapping_add(1970);
    let day_of_year = (153 * shifted.rem_euclid(12) + 2) / 5;
    let (cycle, y) = (year.div_euclid(400), year.rem_euclid(400));
    cycle.wrapping_mul(146_097).wrapping_add(y * 365 + y / 4 - y / 100 + day_of_year - 719_468)
}

/// Month that a day is in, both counted from January 1970.
fn month_of(day: i64) -> i64 {
    let z = day.wrapping_add(719_468);
    let (cycle, d) = (z.div_euclid(146_097), z.rem_euclid(146_097));
    let y = (d - d / 1460 + d / 36_524 - d / 146_096) / 365;
    let day_of_year = d - (365 * y + y / 4 - y / 100);
    let month = (5 * day_of_year + 2) / 153;
    cycle.wrapping_mul(4800).wrapping_add(y * 12 + month + 2 - 1970 * 12)
}

impl Conversion {
    #[inline(never)]
    fn run(self, i: Ins, o: Out) {
        let unless_nat = |a: i64, v: i64| if a == NAT { NAT } else { v };
        match self {
            Conversion::Linear(r) if r.den == 1 => map1(i, o, |a: i64| unless_nat(a, a.wrapping_mul(r.num))),
            Conversion::Linear(r) => map1(i, o, |a: i64| unless_nat(a, r.apply(a))),
            Conversion::FromMonths { months, days } => {
                map1(i, o, |a: i64| unless_nat(a, days.apply(first_day(a.wrapping_mul(months)))));
            }
            Conversion::ToMonths { days, months } => {
                map1(i, o, |a: i64| unless_nat(a, month_of(days.apply(a)).div_euclid(months)));
            }
        }
    }
}

const SLOTS: usize = 256;
/// A kernel is a bare function: its conversion is in the slot that belongs to it.
static TAKEN: [OnceLock<Conversion>; SLOTS] = [const { OnceLock::new() }; SLOTS];

fn slot<const N: usize>(i: Ins, o: Out) {
    if let Some(conversion) = TAKEN[N].get() {
        conversion.run(i, o);
    }
}

macro_rules! slots {
    ($($n:literal)*) => {
        [$(slot::<$n>),*, $(slot::<{ $n + 64 }>),*, $(slot::<{ $n + 128 }>),*, $(slot::<{ $n + 192 }>),*]
    };
}

const KERNELS: [Kernel; SLOTS] = slots![
    0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31
    32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63
];

/// The kernel of a conversion: the one it had before, or the next free one.
fn reserve(conversion: Conversion) -> Result<Kernel> {
    let at = TAKEN.iter().position(|slot| *slot.get_or_init(|| conversion) == conversion);
    at.map(|k| KERNELS[k]).ok_or_else(|| {
        Error::unsupported(format!("more than {SLOTS} different conversions between time units in one process"))
            .hint("convert to a common unit with NumPy first")
    })
}
