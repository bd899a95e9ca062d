//! Two operations on floats in one pass: what lies between them is neither written nor read. Either both are arithmetic,
//! or the first is a test and the second chooses by it.

use hyperslab_base::DType;

use super::number::{Float, Real};
use super::{Ins, Out, map3, map4};
use crate::ufunc::Kernel;

/// One of the two operations.
trait Step {
    fn of<T: Real>(a: T, b: T) -> T;
}

struct Add;
struct Subtract;
struct Multiply;

impl Step for Add {
    #[inline(always)]
    fn of<T: Real>(a: T, b: T) -> T {
        T::down(a.up() + b.up())
    }
}

impl Step for Subtract {
    #[inline(always)]
    fn of<T: Real>(a: T, b: T) -> T {
        T::down(a.up() - b.up())
    }
}

impl Step for Multiply {
    #[inline(always)]
    fn of<T: Real>(a: T, b: T) -> T {
        T::down(a.up() * b.up())
    }
}

/// `second(first(a, b), c)`; the other way round where not `LEFT`.
fn pair<T: Real, First: Step, Second: Step, const LEFT: bool>(i: Ins, o: Out) {
    map3(i, o, |a: T, b: T, c: T| {
        let between = First::of(a, b);
        if LEFT { Second::of(between, c) } else { Second::of(c, between) }
    });
}

fn after<T: Real, First: Step>(second: &str, left: bool) -> Option<Kernel> {
    Some(match (second, left) {
        ("add", _) => pair::<T, First, Add, true>,
        ("multiply", _) => pair::<T, First, Multiply, true>,
        ("subtract", true) => pair::<T, First, Subtract, true>,
        ("subtract", false) => pair::<T, First, Subtract, false>,
        _ => return None,
    })
}

fn of<T: Real>(first: &str, second: &str, left: bool) -> Option<Kernel> {
    match first {
        "add" => after::<T, Add>(second, left),
        "subtract" => after::<T, Subtract>(second, left),
        "multiply" => after::<T, Multiply>(second, left),
        _ => None,
    }
}

/// The kernel of three operands that computes `second(first(a, b), c)`, or where not `left` `second(c, first(a, b))`,
/// of numbers of that dtype, each operation rounded; where there is one.
pub fn pair_kernel(first: &str, second: &str, left: bool, dtype: DType) -> Option<Kernel> {
    match dtype {
        DType::Float32 => of::<f32>(first, second, left),
        DType::Float64 => of::<f64>(first, second, left),
        _ => None,
    }
}

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
