//! A test on floats, and `where` that chooses by it, in one pass: the truth values are neither written nor read.

use hyperslab_base::DType;

use super::number::Float;
use super::{Ins, Out, map3, map4};
use crate::ufunc::Kernel;

/// The test of one operand that a choice goes by.
fn choice1<T: Float>(test: &str) -> Option<Kernel> {
    fn by<T: Float, const OF: u8>(i: Ins, o: Out) {
        map3(i, o, |x: T, yes: T, no: T| {
            let holds = match OF {
                0 => x.is_nan(),
                1 => x.is_finite(),
                _ => !x.is_finite() & !x.is_nan(),
            };
            if holds { yes } else { no }
        });
    }
    Some(match test {
        "isnan" => by::<T, 0>,
        "isfinite" => by::<T, 1>,
        "isinf" => by::<T, 2>,
        _ => return None,
    })
}

/// The comparison that a choice goes by.
fn choice2<T: Float>(test: &str) -> Option<Kernel> {
    fn by<T: Float, const OF: u8>(i: Ins, o: Out) {
        map4(i, o, |x: T, y: T, yes: T, no: T| {
            let holds = match OF {
                0 => x < y,
                1 => x <= y,
                2 => x > y,
                3 => x >= y,
                4 => x == y,
                _ => x != y,
            };
            if holds { yes } else { no }
        });
    }
    Some(match test {
        "less" => by::<T, 0>,
        "less_equal" => by::<T, 1>,
        "greater" => by::<T, 2>,
        "greater_equal" => by::<T, 3>,
        "equal" => by::<T, 4>,
        "not_equal" => by::<T, 5>,
        _ => return None,
    })
}

/// The kernel that computes `where(test(operands), a, b)`, all of them numbers of that dtype: the operands of the test
/// come first. For some tests and dtypes there is one.
pub fn choice_kernel(test: &str, dtype: DType) -> Option<Kernel> {
    match dtype {
        DType::Float32 => choice1::<f32>(test).or_else(|| choice2::<f32>(test)),
        DType::Float64 => choice1::<f64>(test).or_else(|| choice2::<f64>(test)),
        _ => None,
    }
}
