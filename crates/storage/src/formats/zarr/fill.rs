//! Fill values as Zarr's metadata write them.

use hyperslab_base::{DType, Error, Result, Scalar};
use serde_json::Value;

/// What NumPy calls "not a time".
const NAT: i64 = i64::MIN;

/// The value that `value` writes for elements of `dtype`; `null` is what zarr-python takes it for: zero, or not a time.
pub fn parse(dtype: DType, value: &Value) -> Result<Scalar> {
    scalar(dtype, value).ok_or_else(|| Error::value(format!("a fill value {value} of {dtype}")))
}

fn scalar(dtype: DType, value: &Value) -> Option<Scalar> {
    match dtype {
        _ if value.is_null() => {
            Some(if dtype.is_time() { Scalar::with_dtype(dtype, NAT) } else { Scalar::zero(dtype) })
        }
        DType::Bool => match (value.as_bool(), value.as_f64()) {
            (Some(b), _) => Some(Scalar::from_f64(dtype, f64::from(u8::from(b)))),
            (None, Some(n)) if n == 0.0 || n == 1.0 => Some(Scalar::from_f64(dtype, n)),
            _ => None,
        },
        DType::DateTime64(_) | DType::TimeDelta64(_) if value.as_str() == Some("NaT") => {
            Some(Scalar::with_dtype(dtype, NAT))
        }
        DType::DateTime64(_) | DType::TimeDelta64(_) => Some(Scalar::with_dtype(dtype, value.as_i64()?)),
        DType::Complex64 | DType::Complex128 => match value.as_array().map(Vec::as_slice) {
            Some([re, im]) => {
                let parts = [scalar(dtype.real(), re)?, scalar(dtype.real(), im)?];
                Scalar::from_bytes(dtype, &parts.map(|p| p.bytes().to_vec()).concat()).ok()
            }
            // Version 2 knows real numbers there, too.
            _ => {
                let parts = [scalar(dtype.real(), value)?, Scalar::zero(dtype.real())];
                Scalar::from_bytes(dtype, &parts.map(|p| p.bytes().to_vec()).concat()).ok()
            }
        },
        _ if dtype.is_integer() => integer(dtype, value),
        _ => match value.as_str() {
            Some("NaN") => Some(Scalar::from_f64(dtype, f64::NAN)),
            Some("Infinity") => Some(Scalar::from_f64(dtype, f64::INFINITY)),
            Some("-Infinity") => Some(Scalar::from_f64(dtype, f64::NEG_INFINITY)),
            Some(text) => bits(dtype, text),
            None => value.as_f64().map(|v| Scalar::from_f64(dtype, v)),
        },
    }
}

/// An integer that the dtype has.
fn integer(dtype: DType, value: &Value) -> Option<Scalar> {
    let whole = |v: f64| (v.fract() == 0.0 && v.abs() < 9e15).then_some(v as i128);
    let n = value.as_i64().map(i128::from).or_else(|| value.as_u64().map(i128::from));
    let n = n.or_else(|| value.as_f64().and_then(whole))?;
    match dtype {
        DType::Int8 => i8::try_from(n).ok().map(Scalar::new),
        DType::Int16 => i16::try_from(n).ok().map(Scalar::new),
        DType::Int32 => i32::try_from(n).ok().map(Scalar::new),
        DType::Int64 => i64::try_from(n).ok().map(Scalar::new),
        DType::UInt8 => u8::try_from(n).ok().map(Scalar::new),
        DType::UInt16 => u16::try_from(n).ok().map(Scalar::new),
        DType::UInt32 => u32::try_from(n).ok().map(Scalar::new),
        DType::UInt64 => u64::try_from(n).ok().map(Scalar::new),
        _ => None,
    }
}

/// A float by its bits: `0x7fc00001`, the highest first.
fn bits(dtype: DType, text: &str) -> Option<Scalar> {
    let digits = text.strip_prefix("0x").filter(|d| d.len() == 2 * dtype.itemsize() && d.is_ascii())?;
    let n = u64::from_str_radix(digits, 16).ok()?;
    let all = n.to_be_bytes();
    let mut bytes = all[8 - dtype.itemsize()..].to_vec();
    if cfg!(target_endian = "little") {
        bytes.reverse();
    }
    Scalar::from_bytes(dtype, &bytes).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn values_are_what_the_specifications_say() {
        let parsed = |dtype, text: &str| parse(DType::from_name(dtype).unwrap(), &serde_json::from_str(text).unwrap());
        let bytes = |dtype, text| parsed(dtype, text).unwrap().bytes().to_vec();
        for (dtype, text, value) in [
            ("float32", "0.1", 0.1f32.to_ne_bytes().to_vec()),
            ("float32", "\"0x7fc00001\"", 0x7fc0_0001u32.to_ne_bytes().to_vec()),
            ("float64", "\"-Infinity\"", f64::NEG_INFINITY.to_ne_bytes().to_vec()),
            ("float64", "0.30000000000000004", 0.300_000_000_000_000_04f64.to_ne_bytes().to_vec()),
            ("uint64", "18446744073709551615", u64::MAX.to_ne_bytes().to_vec()),
            ("int8", "-1.0", vec![255]),
            ("bool", "true", vec![1]),
            ("bool", "0", vec![0]),
            ("complex64", "[1.5, \"Infinity\"]", [1.5f32, f32::INFINITY].map(f32::to_ne_bytes).concat()),
            ("datetime64[ns]", "\"NaT\"", i64::MIN.to_ne_bytes().to_vec()),
            ("datetime64[ns]", "null", i64::MIN.to_ne_bytes().to_vec()),
            ("timedelta64[10s]", "-7", (-7i64).to_ne_bytes().to_vec()),
            ("float16", "null", vec![0, 0]),
        ] {
            assert_eq!(bytes(dtype, text), value, "{dtype} {text}");
        }
        assert!(f32::from_ne_bytes(bytes("float32", "\"NaN\"").try_into().unwrap()).is_nan());
        for (dtype, text) in [
            ("int8", "128"),
            ("int8", "0.5"),
            ("uint8", "-1"),
            ("bool", "2"),
            ("float32", "\"0x7fc0\""),
            ("float64", "\"nan\""),
            ("complex64", "[1]"),
            ("float64", "{}"),
        ] {
            assert!(parsed(dtype, text).is_err(), "{dtype} {text}");
        }
    }
}
