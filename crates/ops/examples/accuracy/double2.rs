//! Numbers of 106 bits: the sum of two doubles, of which the second is at most half a unit of the first.

use std::ops::{Add, Div, Mul, Neg, Sub};

/// `hi + lo`.
#[derive(Clone, Copy, Debug)]
pub struct Double2 {
    pub hi: f64,
    pub lo: f64,
}

impl Double2 {
    pub const ONE: Self = Self { hi: 1.0, lo: 0.0 };
    pub const LN2: Self = Self { hi: std::f64::consts::LN_2, lo: 2.3190468138462996e-17 };
    pub const PER_LN2: Self = Self { hi: std::f64::consts::LOG2_E, lo: 2.0355273740931033e-17 };
    pub const PER_LN10: Self = Self { hi: std::f64::consts::LOG10_E, lo: 1.098319650216765e-17 };
    pub const HALF_PI: Self = Self { hi: std::f64::consts::FRAC_PI_2, lo: 6.123233995736766e-17 };

    /// The sum of two doubles, exactly.
    pub fn sum(a: f64, b: f64) -> Self {
        let hi = a + b;
        let t = hi - a;
        Self { hi, lo: (a - (hi - t)) + (b - t) }
    }

    /// The same for `|a| >= |b|`.
    fn quick_sum(a: f64, b: f64) -> Self {
        let hi = a + b;
        Self { hi, lo: (a - hi) + b }
    }

    pub fn sqrt(self) -> Self {
        if self.hi == 0.0 {
            return self;
        }
        let root = self.hi.sqrt();
        let rest = self - Self::from(root) * Self::from(root);
        Self::quick_sum(root, rest.hi / (2.0 * root))
    }

    pub fn abs(self) -> Self {
        if self.hi < 0.0 { -self } else { self }
    }

    /// Times a power of two.
    pub fn scaled(self, exponent: i32) -> Self {
        Self { hi: scaled(self.hi, exponent), lo: scaled(self.lo, exponent) }
    }

    /// A polynomial without a constant: `x (c[0] + x (c[1] + ...))`.
    pub fn polynomial(self, coefficients: &[Self]) -> Self {
        coefficients.iter().rev().fold(Self::from(0.0), |sum, c| (sum + *c) * self)
    }
}

/// `x * 2^exponent`, rounded once at most.
pub fn scaled(mut x: f64, mut exponent: i32) -> f64 {
    while exponent.abs() > 1000 && x != 0.0 && x.is_finite() {
        let step = 1000 * exponent.signum();
        x *= power_of_two(step);
        exponent -= step;
    }
    if exponent.abs() > 1000 { x } else { x * power_of_two(exponent) }
}

fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(((1023 + exponent) as u64) << 52)
}

impl From<f64> for Double2 {
    fn from(hi: f64) -> Self {
        Self { hi, lo: 0.0 }
    }
}

impl Neg for Double2 {
    type Output = Self;
    fn neg(self) -> Self {
        Self { hi: -self.hi, lo: -self.lo }
    }
}

impl Add for Double2 {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        let high = Self::sum(self.hi, other.hi);
        let low = Self::sum(self.lo, other.lo);
        let first = Self::quick_sum(high.hi, high.lo + low.hi);
        Self::quick_sum(first.hi, first.lo + low.lo)
    }
}

impl Sub for Double2 {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Double2 {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let p = self.hi * other.hi;
        let rest = self.hi.mul_add(other.hi, -p) + (self.hi * other.lo + self.lo * other.hi);
        Self::quick_sum(p, rest)
    }
}

impl Div for Double2 {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        let first = self.hi / other.hi;
        let rest = self - other * Self::from(first);
        let second = rest.hi / other.hi;
        let third = (rest - other * Self::from(second)).hi / other.hi;
        Self::quick_sum(first, second) + Self::from(third)
    }
}
