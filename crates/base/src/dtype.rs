//! What one element is.

use std::collections::HashSet;
use std::fmt;
use std::sync::{LazyLock, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Unit of a datetime64 or timedelta64: NumPy's letters, with a multiplier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TimeUnit {
    /// NumPy's name: `Y M W D h m s ms us ns ps fs as`, or empty for the generic unit.
    pub name: &'static str,
    /// How many of the unit one tick is: 25 for `M8[25s]`.
    pub multiple: u32,
}

/// Units in NumPy's order, coarse to fine; the generic unit last.
const UNIT_NAMES: [&str; 14] = ["Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as", ""];

impl TimeUnit {
    /// Unit of that NumPy name (`""` and `"generic"` are the generic unit).
    ///
    /// # Errors
    /// `Value` for a name NumPy does not know.
    pub fn new(name: &str, multiple: u32) -> Result<Self> {
        let name = if name == "generic" { "" } else { name };
        let known = UNIT_NAMES
            .iter()
            .find(|u| **u == name)
            .ok_or_else(|| Error::value(format!("unknown datetime unit {name:?}")))?;
        Ok(TimeUnit { name: known, multiple })
    }

    /// Position in the list of units from coarse to fine; the generic unit is the last.
    pub fn rank(self) -> usize {
        UNIT_NAMES.iter().position(|u| *u == self.name).unwrap_or(UNIT_NAMES.len())
    }

    /// Whether this is the generic unit.
    pub fn is_generic(self) -> bool {
        self.name.is_empty()
    }

    /// Attoseconds of one tick, for units of fixed length (`None` for years, months and generic).
    pub fn attoseconds(self) -> Option<i128> {
        const S: i128 = 1_000_000_000_000_000_000;
        let one = match self.name {
            "W" => 7 * 86_400 * S,
            "D" => 86_400 * S,
            "h" => 3_600 * S,
            "m" => 60 * S,
            "s" => S,
            "ms" => S / 1_000,
            "us" => S / 1_000_000,
            "ns" => S / 1_000_000_000,
            "ps" => 1_000_000,
            "fs" => 1_000,
            "as" => 1,
            _ => return None,
        };
        Some(one * i128::from(self.multiple))
    }
}

impl fmt::Display for TimeUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.is_generic(), self.multiple) {
            (true, _) => Ok(()),
            (false, 1) => write!(f, "[{}]", self.name),
            (false, m) => write!(f, "[{m}{}]", self.name),
        }
    }
}

impl From<DType> for String {
    fn from(dtype: DType) -> Self {
        dtype.to_string()
    }
}

impl TryFrom<String> for DType {
    type Error = Error;
    fn try_from(name: String) -> Result<Self> {
        DType::from_name(&name)
    }
}

/// Element type, named as NumPy names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[allow(missing_docs)] // The variants are NumPy's type names.
pub enum DType {
    Bool,
    Int8,
    Int16,
    Int32,
    Int64,
    UInt8,
    UInt16,
    UInt32,
    UInt64,
    Float16,
    Float32,
    Float64,
    Complex64,
    Complex128,
    DateTime64(TimeUnit),
    TimeDelta64(TimeUnit),
    Opaque(Opaque),
}

/// A dtype whose elements are moved as bytes and never looked into: strings, bytes, records.
#[derive(Clone, Copy, Debug)]
pub struct Opaque {
    name: &'static str,
    itemsize: usize,
}

impl PartialEq for Opaque {
    fn eq(&self, o: &Self) -> bool {
        self.name == o.name
    }
}

impl Eq for Opaque {}

impl std::hash::Hash for Opaque {
    fn hash<H: std::hash::Hasher>(&self, h: &mut H) {
        self.name.hash(h);
    }
}

/// Names of the opaque dtypes of this process: they are few, and live as long as it does.
static OPAQUE: LazyLock<Mutex<HashSet<&'static str>>> = LazyLock::new(Mutex::default);

impl Opaque {
    /// The dtype that NumPy calls `<U5`, `|S3`, `|V8`, or by the list of its fields: `[('a', '<i4')] of 4 bytes`.
    fn from_name(name: &str) -> Option<Self> {
        let length = |letters: &[&str]| letters.iter().find_map(|l| name.strip_prefix(l)?.parse::<u32>().ok());
        let fields =
            || name.starts_with('[').then_some(name)?.rsplit_once("] of ")?.1.strip_suffix(" bytes")?.parse().ok();
        let native = if cfg!(target_endian = "big") { ">U" } else { "<U" };
        let text = length(&[native]).and_then(|n| n.checked_mul(4));
        let itemsize: u32 = text.or_else(|| length(&["|S", "|V"])).or_else(fields)?;
        let mut known = OPAQUE.lock().unwrap_or_else(PoisonError::into_inner);
        let name = known.get(name).copied().unwrap_or_else(|| Box::leak(name.into()));
        known.insert(name);
        Some(Opaque { name, itemsize: itemsize as usize })
    }
}

/// NumPy's one-letter kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// `b`
    Bool,
    /// `u`
    UInt,
    /// `i`
    Int,
    /// `f`
    Float,
    /// `c`
    Complex,
    /// `m`
    TimeDelta,
    /// `M`
    DateTime,
    /// `U`, `S` and `V`
    Opaque,
}

impl Kind {
    /// The letter.
    pub const fn letter(self) -> u8 {
        match self {
            Kind::Bool => b'b',
            Kind::UInt => b'u',
            Kind::Int => b'i',
            Kind::Float => b'f',
            Kind::Complex => b'c',
            Kind::TimeDelta => b'm',
            Kind::DateTime => b'M',
            Kind::Opaque => b'V',
        }
    }
}

impl DType {
    /// Every dtype without a unit, in NumPy's order.
    pub const NUMERIC: [DType; 14] = [
        DType::Bool,
        DType::Int8,
        DType::UInt8,
        DType::Int16,
        DType::UInt16,
        DType::Int32,
        DType::UInt32,
        DType::Int64,
        DType::UInt64,
        DType::Float16,
        DType::Float32,
        DType::Float64,
        DType::Complex64,
        DType::Complex128,
    ];

    /// Bytes of one element.
    pub const fn itemsize(self) -> usize {
        match self {
            DType::Bool | DType::Int8 | DType::UInt8 => 1,
            DType::Int16 | DType::UInt16 | DType::Float16 => 2,
            DType::Int32 | DType::UInt32 | DType::Float32 => 4,
            DType::Complex128 => 16,
            DType::Opaque(o) => o.itemsize,
            DType::Int64 | DType::UInt64 | DType::Float64 | DType::Complex64 => 8,
            DType::DateTime64(_) | DType::TimeDelta64(_) => 8,
        }
    }

    /// NumPy's kind.
    pub const fn kind(self) -> Kind {
        match self {
            DType::Bool => Kind::Bool,
            DType::Int8 | DType::Int16 | DType::Int32 | DType::Int64 => Kind::Int,
            DType::UInt8 | DType::UInt16 | DType::UInt32 | DType::UInt64 => Kind::UInt,
            DType::Float16 | DType::Float32 | DType::Float64 => Kind::Float,
            DType::Complex64 | DType::Complex128 => Kind::Complex,
            DType::DateTime64(_) => Kind::DateTime,
            DType::TimeDelta64(_) => Kind::TimeDelta,
            DType::Opaque(_) => Kind::Opaque,
        }
    }

    /// Name without the unit: `float64`, `datetime64`.
    pub const fn base_name(self) -> &'static str {
        match self {
            DType::Bool => "bool",
            DType::Int8 => "int8",
            DType::Int16 => "int16",
            DType::Int32 => "int32",
            DType::Int64 => "int64",
            DType::UInt8 => "uint8",
            DType::UInt16 => "uint16",
            DType::UInt32 => "uint32",
            DType::UInt64 => "uint64",
            DType::Float16 => "float16",
            DType::Float32 => "float32",
            DType::Float64 => "float64",
            DType::Complex64 => "complex64",
            DType::Complex128 => "complex128",
            DType::DateTime64(_) => "datetime64",
            DType::TimeDelta64(_) => "timedelta64",
            DType::Opaque(o) => o.name,
        }
    }

    /// Dtype of NumPy's name, as [`Display`](fmt::Display) prints it: `float64`, `datetime64[25s]`.
    ///
    /// # Errors
    /// `Unsupported` for a name that is not a native dtype.
    pub fn from_name(name: &str) -> Result<Self> {
        if let Some(d) = Self::NUMERIC.iter().find(|d| d.base_name() == name) {
            return Ok(*d);
        }
        let (base, unit) = name.split_once('[').unwrap_or((name, "]"));
        let unit = unit.trim_end_matches(']');
        let digits = unit.find(|c: char| !c.is_ascii_digit()).unwrap_or(unit.len());
        let multiple = unit[..digits].parse().unwrap_or(1);
        match base {
            "datetime64" => Ok(DType::DateTime64(TimeUnit::new(&unit[digits..], multiple)?)),
            "timedelta64" => Ok(DType::TimeDelta64(TimeUnit::new(&unit[digits..], multiple)?)),
            _ => Opaque::from_name(name).map(DType::Opaque).ok_or_else(|| {
                Error::unsupported(format!("dtype {name} is not native to hyperslab"))
                    .hint("convert it to a boolean, number, datetime64 or timedelta64 dtype first")
            }),
        }
    }

    /// The unit of a datetime64 or timedelta64.
    pub const fn unit(self) -> Option<TimeUnit> {
        match self {
            DType::DateTime64(u) | DType::TimeDelta64(u) => Some(u),
            _ => None,
        }
    }

    /// Whether its elements are moved as bytes and never looked into.
    pub const fn is_opaque(self) -> bool {
        matches!(self, DType::Opaque(_))
    }

    /// Bytes that the address of an element is a multiple of, where kernels look at it in place.
    pub const fn align(self) -> usize {
        match self {
            DType::Opaque(_) => 1,
            d if d.itemsize() > 8 => 8,
            d => d.itemsize(),
        }
    }

    /// Whether it is a float or a complex number.
    pub const fn is_inexact(self) -> bool {
        matches!(self.kind(), Kind::Float | Kind::Complex)
    }

    /// Whether it is a signed or unsigned integer (not bool).
    pub const fn is_integer(self) -> bool {
        matches!(self.kind(), Kind::Int | Kind::UInt)
    }

    /// Whether it is a datetime64 or timedelta64.
    pub const fn is_time(self) -> bool {
        matches!(self.kind(), Kind::DateTime | Kind::TimeDelta)
    }

    /// The dtype the bytes are computed with: times are `int64`, the rest themselves.
    pub const fn storage(self) -> DType {
        match self {
            DType::DateTime64(_) | DType::TimeDelta64(_) => DType::Int64,
            d => d,
        }
    }

    /// Real dtype of the parts of a complex dtype; other dtypes themselves.
    pub const fn real(self) -> DType {
        match self {
            DType::Complex64 => DType::Float32,
            DType::Complex128 => DType::Float64,
            d => d,
        }
    }
}

impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.base_name())?;
        self.unit().map_or(Ok(()), |u| write!(f, "{u}"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // A test that unwraps in vain has failed.

    use super::*;

    #[test]
    fn opaque_dtypes_are_their_names() {
        for (name, itemsize) in [("<U5", 20), ("|S3", 3), ("|V8", 8), ("[('a', '<i4'), ('', '|V4')] of 8 bytes", 8)] {
            let dtype = DType::from_name(name).unwrap();
            assert_eq!((dtype.itemsize(), dtype.kind(), dtype.align()), (itemsize, Kind::Opaque, 1));
            assert_eq!(dtype.to_string(), name);
            assert_eq!(DType::from_name(name).unwrap(), dtype);
        }
        for name in ["object", ">U5", "<U", "|S-1", "[('a', '<i4')]", "float128", "<U2000000000"] {
            assert!(DType::from_name(name).is_err(), "{name}");
        }
    }
}
