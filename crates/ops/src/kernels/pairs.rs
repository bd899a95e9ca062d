//! Two or three operations on floats in one pass: what lies between them is neither written nor read. Either all are
//! arithmetic, or the first is a test and the second chooses by it.

use hyperslab_base::DType;

use super::number::{Float, Real};
use super::{Ins, Out, map3, map4};
use crate::ufunc::Kernel;

/// An operation that follows others in one kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Then {
    /// NumPy's name.
    pub name: &'static str,
    /// Whether what the others computed is its first operand, not its second.
    pub left: bool,
}

/// One of the operations, of what came before and an operand of its own.
trait Step {
    fn of<T: Real>(before: T, own: T) -> T;
}

struct Add;
struct Subtract;
struct SubtractFrom;
struct Multiply;

impl Step for Add {
    #[inline(always)]
    fn of<T: Real>(before: T, own: T) -> T {
        T::down(before.up() + own.up())
    }
}

impl Step for Subtract {
    #[inline(always)]
    fn of<T: Real>(before: T, own: T) -> T {
        T::down(before.up() - own.up())
    }
}

impl Step for SubtractFrom {
    #[inline(always)]
    fn of<T: Real>(before: T, own: T) -> T {
        T::down(own.up() - before.up())
    }
}

impl Step for Multiply {
    #[inline(always)]
    fn of<T: Real>(before: T, own: T) -> T {
        T::down(before.up() * own.up())
    }
}

fn pair<T: Real, First: Step, Second: Step>(i: Ins, o: Out) {
    map3(i, o, |a: T, b: T, c: T| Second::of(First::of(a, b), c));
}

fn triple<T: Real, First: Step, Second: Step, Third: Step>(i: Ins, o: Out) {
    map4(i, o, |a: T, b: T, c: T, d: T| Third::of(Second::of(First::of(a, b), c), d));
}

fn first<T: Real>(name: &str, then: &[Then]) -> Option<Kernel> {
    match name {
        "add" => second::<T, Add>(then),
        "subtract" => second::<T, Subtract>(then),
        "multiply" => second::<T, Multiply>(then),
        _ => None,
    }
}

fn second<T: Real, First: Step>(then: &[Then]) -> Option<Kernel> {
    let (now, rest) = then.split_first()?;
    match (now.name, now.left) {
        ("add", _) => third::<T, First, Add>(rest),
        ("multiply", _) => third::<T, First, Multiply>(rest),
        ("subtract", true) => third::<T, First, Subtract>(rest),
        ("subtract", false) => third::<T, First, SubtractFrom>(rest),
        _ => None,
    }
}

fn third<T: Real, First: Step, Second: Step>(then: &[Then]) -> Option<Kernel> {
    let now = match then {
        [] => return Some(pair::<T, First, Second>),
        [now] => now,
        _ => return None,
    };
    Some(match (now.name, now.left) {
        ("add", _) => triple::<T, First, Second, Add>,
        ("multiply", _) => triple::<T, First, Second, Multiply>,
        ("subtract", true) => triple::<T, First, Second, Subtract>,
        ("subtract", false) => triple::<T, First, Second, SubtractFrom>,
        _ => return None,
    })
}

/// The kernel that computes `name` and then one or two others, of numbers of that dtype, each operation rounded; where
/// there is one. It takes the operands of the first, then the one that each of the others has of its own.
pub fn chain_kernel(name: &str, then: &[Then], dtype: DType) -> Option<Kernel> {
    match dtype {
        DType::Float32 => first::<f32>(name, then),
        DType::Float64 => first::<f64>(name, then),
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
