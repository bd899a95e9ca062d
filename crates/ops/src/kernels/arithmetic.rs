//! Sums, products, signs and roundings of every class of numbers.

use hyperslab_base::Bool;

use super::number::{Complex, Float, Int, Real};
use super::{Ins, Out, each1, each2, half, map1, map2};

// Integers.

pub(crate) fn int_add<T: Int>(i: Ins, o: Out) {
    map2(i, o, T::add);
}
pub(crate) fn int_subtract<T: Int>(i: Ins, o: Out) {
    map2(i, o, T::sub);
}
pub(crate) fn int_multiply<T: Int>(i: Ins, o: Out) {
    map2(i, o, T::mul);
}
pub(crate) fn int_square<T: Int>(i: Ins, o: Out) {
    map1(i, o, |a: T| a.mul(a));
}
pub(crate) fn int_negative<T: Int>(i: Ins, o: Out) {
    map1(i, o, |a: T| T::ZERO.sub(a));
}
pub(crate) fn int_absolute<T: Int>(i: Ins, o: Out) {
    map1(i, o, T::magnitude);
}
pub(crate) fn int_sign<T: Int>(i: Ins, o: Out) {
    map1(i, o, |a: T| {
        let negative = if a < T::ZERO { T::ZERO.sub(T::ONE) } else { T::ZERO };
        if a > T::ZERO { T::ONE } else { negative }
    });
}

/// The element itself: `positive`, `real`, `conjugate` of real numbers.
pub(crate) fn identity(i: Ins, o: Out) {
    o.copy_from_slice(i[0]);
}

/// Zeros: the imaginary part of real numbers.
pub(crate) fn zeros(_: Ins, o: Out) {
    o.fill(0);
}

// Bools, which add by `or` and multiply by `and`.

pub(crate) fn bool_or(i: Ins, o: Out) {
    map2(i, o, |a: Bool, b: Bool| Bool::from(a.get() | b.get()));
}
pub(crate) fn bool_and(i: Ins, o: Out) {
    map2(i, o, |a: Bool, b: Bool| Bool::from(a.get() & b.get()));
}
pub(crate) fn bool_xor(i: Ins, o: Out) {
    map2(i, o, |a: Bool, b: Bool| Bool::from(a.get() ^ b.get()));
}
pub(crate) fn bool_not(i: Ins, o: Out) {
    map1(i, o, |a: Bool| Bool::from(!a.get()));
}

// Floats.

pub(crate) fn real_add<T: Real>(i: Ins, o: Out) {
    map2(i, o, |a: T, b: T| T::down(a.up() + b.up()));
}
pub(crate) fn real_subtract<T: Real>(i: Ins, o: Out) {
    map2(i, o, |a: T, b: T| T::down(a.up() - b.up()));
}
pub(crate) fn real_multiply<T: Real>(i: Ins, o: Out) {
    map2(i, o, |a: T, b: T| T::down(a.up() * b.up()));
}
pub(crate) fn real_divide<T: Real>(i: Ins, o: Out) {
    map2(i, o, |a: T, b: T| T::down(a.up() / b.up()));
}

pub(crate) fn half_add(i: Ins, o: Out) {
    half::arithmetic(
        i,
        o,
        #[inline(always)]
        |a, b| a + b,
    );
}
pub(crate) fn half_subtract(i: Ins, o: Out) {
    half::arithmetic(
        i,
        o,
        #[inline(always)]
        |a, b| a - b,
    );
}
pub(crate) fn half_multiply(i: Ins, o: Out) {
    half::arithmetic(
        i,
        o,
        #[inline(always)]
        |a, b| a * b,
    );
}
pub(crate) fn half_divide(i: Ins, o: Out) {
    half::arithmetic(
        i,
        o,
        #[inline(always)]
        |a, b| a / b,
    );
}

pub(crate) fn real_square<T: Real>(i: Ins, o: Out) {
    map1(i, o, |a: T| T::down(a.up() * a.up()));
}
pub(crate) fn real_reciprocal<T: Real>(i: Ins, o: Out) {
    map1(i, o, |a: T| T::down(T::Wide::of(1.0) / a.up()));
}
pub(crate) fn real_negative<T: Real>(i: Ins, o: Out) {
    map1(i, o, |a: T| T::down(-a.up()));
}
pub(crate) fn real_absolute<T: Real>(i: Ins, o: Out) {
    map1(i, o, |a: T| T::down(a.up().abs()));
}
pub(crate) fn real_sqrt<T: Real>(i: Ins, o: Out) {
    map1(i, o, |a: T| T::down(a.up().sqrt()));
}
pub(crate) fn real_floor<T: Real>(i: Ins, o: Out) {
    map1(i, o, |a: T| T::down(a.up().floor()));
}
pub(crate) fn real_ceil<T: Real>(i: Ins, o: Out) {
    map1(i, o, |a: T| T::down(a.up().ceil()));
}
/// What `trunc` takes off, with the sign of the element; of infinity nothing.
pub(crate) fn real_fraction<T: Real>(i: Ins, o: Out) {
    map1(i, o, |a: T| {
        let x = a.up();
        let rest = if x.is_finite() | x.is_nan() { x - x.trunc() } else { T::Wide::of(0.0) };
        T::down(rest.copysign(x))
    });
}
pub(crate) fn real_trunc<T: Real>(i: Ins, o: Out) {
    map1(i, o, |a: T| T::down(a.up().trunc()));
}
pub(crate) fn real_rint<T: Real>(i: Ins, o: Out) {
    map1(i, o, |a: T| T::down(a.up().rint()));
}
pub(crate) fn real_sign<T: Real>(i: Ins, o: Out) {
    map1(i, o, |a: T| {
        let (x, one, zero) = (a.up(), T::Wide::of(1.0), T::Wide::of(0.0));
        let negative = if x < zero { -one } else { x + zero };
        T::down(if x > zero { one } else { negative })
    });
}
pub(crate) fn real_copysign<T: Real>(i: Ins, o: Out) {
    map2(i, o, |a: T, b: T| T::down(a.up().copysign(b.up())));
}
pub(crate) fn real_degrees<T: Real>(i: Ins, o: Out) {
    map1(i, o, |a: T| T::down(a.up() * T::Wide::of(180.0 / std::f64::consts::PI)));
}
pub(crate) fn real_radians<T: Real>(i: Ins, o: Out) {
    map1(i, o, |a: T| T::down(a.up() * T::Wide::of(std::f64::consts::PI / 180.0)));
}
pub(crate) fn real_heaviside<T: Real>(i: Ins, o: Out) {
    map2(i, o, |a: T, h: T| {
        let (x, zero, one) = (a.up(), T::Wide::of(0.0), T::Wide::of(1.0));
        let at_zero = if x == zero { h.up() } else { x };
        let below = if x < zero { zero } else { at_zero };
        T::down(if x > zero { one } else { below })
    });
}

/// Towards the second operand by one step.
pub(crate) fn real_nextafter<T: Real>(i: Ins, o: Out) {
    each2(i, o, |a: T, b: T| {
        let (x, y) = (a.up(), b.up());
        if x.is_nan() || y.is_nan() {
            T::down(x + y)
        } else if x == y {
            b
        } else if x < y {
            a.next_up()
        } else {
            a.next_down()
        }
    });
}

/// Distance to the next number away from zero.
pub(crate) fn real_spacing<T: Real>(i: Ins, o: Out) {
    each1(i, o, |a: T| {
        let x = a.up();
        if !x.is_finite() {
            return T::down(T::Wide::NAN);
        }
        let next = if x < T::Wide::of(0.0) && !T::SPACING_UP { a.next_down() } else { a.next_up() };
        T::down(next.up() - x)
    });
}

// Complex numbers, part by part.

pub(crate) fn complex_add<T: Complex>(i: Ins, o: Out) {
    map2(i, o, |a: T, b: T| T::new(a.re() + b.re(), a.im() + b.im()));
}
pub(crate) fn complex_subtract<T: Complex>(i: Ins, o: Out) {
    map2(i, o, |a: T, b: T| T::new(a.re() - b.re(), a.im() - b.im()));
}
pub(crate) fn complex_multiply<T: Complex>(i: Ins, o: Out) {
    map2(i, o, |a: T, b: T| T::new(a.re() * b.re() - a.im() * b.im(), a.re() * b.im() + a.im() * b.re()));
}
pub(crate) fn complex_square<T: Complex>(i: Ins, o: Out) {
    map1(i, o, |a: T| T::new(a.re() * a.re() - a.im() * a.im(), a.re() * a.im() + a.im() * a.re()));
}
pub(crate) fn complex_negative<T: Complex>(i: Ins, o: Out) {
    map1(i, o, |a: T| T::new(-a.re(), -a.im()));
}
pub(crate) fn complex_conjugate<T: Complex>(i: Ins, o: Out) {
    map1(i, o, |a: T| T::new(a.re(), -a.im()));
}
pub(crate) fn complex_rint<T: Complex>(i: Ins, o: Out) {
    map1(i, o, |a: T| T::new(a.re().rint(), a.im().rint()));
}
pub(crate) fn complex_real<T: Complex>(i: Ins, o: Out) {
    map1(i, o, T::re);
}
pub(crate) fn complex_imag<T: Complex>(i: Ins, o: Out) {
    map1(i, o, T::im);
}
