//! What only integers have: shifts, common divisors, powers.

use super::number::Int;
use super::{Ins, Out, each2, map1, map2};

/// Counts of the width and more, and negative ones, shift everything out.
pub(crate) fn left_shift<T: Int>(i: Ins, o: Out) {
    map2(i, o, |a: T, b: T| {
        let n = b.count();
        if n < T::BITS { a.shl(n) } else { T::ZERO }
    });
}
pub(crate) fn right_shift<T: Int>(i: Ins, o: Out) {
    map2(i, o, |a: T, b: T| {
        let n = b.count();
        let sign = if a < T::ZERO { T::ZERO.sub(T::ONE) } else { T::ZERO };
        if n < T::BITS { a.shr(n) } else { sign }
    });
}

pub(crate) fn gcd<T: Int>(i: Ins, o: Out) {
    each2(i, o, divisor::<T>);
}
pub(crate) fn lcm<T: Int>(i: Ins, o: Out) {
    each2(i, o, |a: T, b: T| {
        let g = divisor(a, b);
        if g == T::ZERO { T::ZERO } else { a.magnitude().quot(g).mul(b.magnitude()) }
    });
}

fn divisor<T: Int>(a: T, b: T) -> T {
    let (mut a, mut b) = (a.magnitude(), b.magnitude());
    while a != T::ZERO {
        (a, b) = (b.rem(a), a);
    }
    b.magnitude()
}

/// Wraps. A negative exponent, which NumPy turns away, gives the reciprocal truncated: 0 for all but 1 and -1.
pub(crate) fn power<T: Int>(i: Ins, o: Out) {
    each2(i, o, |base: T, exponent: T| {
        let (mut base, mut rest) = (base, exponent);
        if rest < T::ZERO {
            let odd = rest.and(T::ONE) == T::ONE;
            let unit = base == T::ONE || base == T::ZERO.sub(T::ONE);
            return if !unit {
                T::ZERO
            } else if odd {
                base
            } else {
                T::ONE
            };
        }
        let mut power = T::ONE;
        while rest != T::ZERO {
            if rest.and(T::ONE) == T::ONE {
                power = power.mul(base);
            }
            base = base.mul(base);
            rest = rest.shr(1);
        }
        power
    });
}

/// 1 / x: 0 but for 1 and -1; of 0 what C makes of infinity.
pub(crate) fn reciprocal<T: Int>(i: Ins, o: Out) {
    let of_zero = if T::SIGNED && T::BITS >= 32 { T::MIN } else { T::ZERO };
    map1(i, o, |a: T| {
        let unit = a == T::ONE || (T::SIGNED && a == T::ZERO.sub(T::ONE));
        let rest = if a == T::ZERO { of_zero } else { T::ZERO };
        if unit { a } else { rest }
    });
}
