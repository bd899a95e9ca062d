//! Quotients rounded down, and the remainders that go with them.

use super::number::{Float, Int, Real};
use super::{Ins, Out, each2};

/// Rounded down; 0 where the divisor is 0.
pub(crate) fn int_floor_divide<T: Int>(i: Ins, o: Out) {
    each2(i, o, |a: T, b: T| {
        if b == T::ZERO {
            return T::ZERO;
        }
        let q = a.quot(b);
        let uneven = (a < T::ZERO) != (b < T::ZERO) && q.mul(b) != a;
        if uneven { q.sub(T::ONE) } else { q }
    });
}

/// With the sign of the divisor; 0 where it is 0.
pub(crate) fn int_remainder<T: Int>(i: Ins, o: Out) {
    each2(i, o, |a: T, b: T| {
        if b == T::ZERO {
            return T::ZERO;
        }
        let r = a.rem(b);
        if r != T::ZERO && (r < T::ZERO) != (b < T::ZERO) { r.add(b) } else { r }
    });
}

/// With the sign of the dividend, as in C; 0 where the divisor is 0.
pub(crate) fn int_fmod<T: Int>(i: Ins, o: Out) {
    each2(i, o, |a: T, b: T| if b == T::ZERO { T::ZERO } else { a.rem(b) });
}

pub(crate) fn real_floor_divide<T: Real>(i: Ins, o: Out) {
    each2(i, o, |a: T, b: T| T::down(floor_divide(a.up(), b.up())));
}
pub(crate) fn real_remainder<T: Real>(i: Ins, o: Out) {
    each2(i, o, |a: T, b: T| T::down(remainder(a.up(), b.up())));
}
pub(crate) fn real_fmod<T: Real>(i: Ins, o: Out) {
    each2(i, o, |a: T, b: T| T::down(a.up() % b.up()));
}

/// Python's `//`: near whole quotients the exact remainder decides, not the rounded quotient.
fn floor_divide<F: Float>(a: F, b: F) -> F {
    let zero = F::of(0.0);
    if b == zero {
        return a / b;
    }
    let r = a % b;
    let mut q = (a - r) / b;
    if r != zero && (b < zero) != (r < zero) {
        q = q - F::of(1.0);
    }
    if q == zero {
        return zero.copysign(a / b);
    }
    let whole = q.floor();
    if q - whole > F::of(0.5) { whole + F::of(1.0) } else { whole }
}

/// Python's `%`: the sign of the divisor.
fn remainder<F: Float>(a: F, b: F) -> F {
    let zero = F::of(0.0);
    let r = a % b;
    if b == zero {
        return r;
    }
    if r == zero {
        return zero.copysign(b);
    }
    if (b < zero) != (r < zero) { r + b } else { r }
}
