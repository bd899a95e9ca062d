//! What scans join elements by: the arithmetic of NumPy's `add`, `multiply`, `maximum` and `minimum`.

use std::marker::PhantomData;

use hyperslab_base::Bool;

use super::kernels::Join;
use crate::kernels::number::{Complex, Float, Int, Real};
use crate::kernels::{compare, select};

/// Marks the dtype of a join.
type Of<T> = PhantomData<fn() -> T>;

/// Bools add by `or`; the larger of two likewise.
pub(super) struct Or;
/// Bools multiply by `and`; the smaller of two likewise.
pub(super) struct And;
pub(super) struct AddInt<T>(Of<T>);
pub(super) struct MulInt<T>(Of<T>);
pub(super) struct MaxInt<T>(Of<T>);
pub(super) struct MinInt<T>(Of<T>);
pub(super) struct AddReal<T>(Of<T>);
pub(super) struct MulReal<T>(Of<T>);
/// A NaN wins.
pub(super) struct MaxReal<T>(Of<T>);
/// A NaN wins.
pub(super) struct MinReal<T>(Of<T>);
pub(super) struct AddComplex<T>(Of<T>);
pub(super) struct MulComplex<T>(Of<T>);
pub(super) struct MaxComplex<T>(Of<T>);
pub(super) struct MinComplex<T>(Of<T>);
/// Durations; NaT wins.
pub(super) struct AddTime;
/// Times; NaT wins.
pub(super) struct MaxTime;
/// Times; NaT wins.
pub(super) struct MinTime;

macro_rules! joins {
    ($($name:ident $(<$g:ident: $bound:ident>)? of $t:ty: |$a:ident, $b:ident| $e:expr;)*) => { $(
        impl $(<$g: $bound>)? Join for $name $(<$g>)? {
            type T = $t;
            #[inline(always)]
            fn join($a: $t, $b: $t) -> $t { $e }
        }
    )* };
}

const NAT: i64 = i64::MIN;

joins! {
    Or of Bool: |a, b| Bool::from(a.get() | b.get());
    And of Bool: |a, b| Bool::from(a.get() & b.get());
    AddInt<T: Int> of T: |a, b| a.add(b);
    MulInt<T: Int> of T: |a, b| a.mul(b);
    MaxInt<T: Int> of T: |a, b| if a > b { a } else { b };
    MinInt<T: Int> of T: |a, b| if a < b { a } else { b };
    AddReal<T: Real> of T: |a, b| T::down(a.up() + b.up());
    MulReal<T: Real> of T: |a, b| T::down(a.up() * b.up());
    MaxReal<T: Real> of T: |a, b| { let (x, y) = (a.up(), b.up()); if (x > y) | x.is_nan() { a } else { b } };
    MinReal<T: Real> of T: |a, b| { let (x, y) = (a.up(), b.up()); if (x < y) | x.is_nan() { a } else { b } };
    AddComplex<T: Complex> of T: |a, b| T::new(a.re() + b.re(), a.im() + b.im());
    MulComplex<T: Complex> of T: |a, b| {
        T::new(a.re() * b.re() - a.im() * b.im(), a.re() * b.im() + a.im() * b.re())
    };
    MaxComplex<T: Complex> of T: |a, b| if select::nan(a) | compare::complex_le(b, a) { a } else { b };
    MinComplex<T: Complex> of T: |a, b| if select::nan(a) | compare::complex_le(a, b) { a } else { b };
    AddTime of i64: |a, b| if (a == NAT) | (b == NAT) { NAT } else { a.wrapping_add(b) };
    MaxTime of i64: |a, b| if (a == NAT) | ((a > b) & (b != NAT)) { a } else { b };
    MinTime of i64: |a, b| if a < b { a } else { b };
}
