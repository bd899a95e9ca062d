//! Two operations on floats in one pass: what lies between them is neither written nor read.

use hyperslab_base::DType;

use super::number::Real;
use super::{Ins, Out, map3};
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
