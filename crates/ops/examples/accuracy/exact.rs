//! Elementary functions to about 100 bits, which is exact for whoever counts units in the last place of a double.

use std::sync::LazyLock;

use crate::double2::{Double2, scaled};

/// `significand * 2^exponent`: what a double could not hold, too large or too small, is held too.
#[derive(Clone, Copy, Debug)]
pub struct Exact {
    pub significand: Double2,
    pub exponent: i32,
}

impl From<Double2> for Exact {
    fn from(significand: Double2) -> Self {
        Self { significand, exponent: 0 }
    }
}

impl From<f64> for Exact {
    fn from(x: f64) -> Self {
        let exponent = exponent_of(x);
        Self { significand: scaled(x, -exponent).into(), exponent }
    }
}

impl Exact {
    fn times_sign_of(mut self, x: f64) -> Self {
        if x < 0.0 {
            self.significand = -self.significand;
        }
        self
    }
}

/// The exponent of the leading bit; that of zero does not matter.
pub fn exponent_of(x: f64) -> i32 {
    let biased = |x: f64| (x.to_bits() >> 52 & 0x7ff) as i32;
    if x.abs() < f64::MIN_POSITIVE { biased(x * 2_f64.powi(200)) - 1223 } else { biased(x) - 1023 }
}

/// 1/1!, 1/2!, ...
static PER_FACTORIAL: LazyLock<Vec<Double2>> = LazyLock::new(|| {
    let mut last = Double2::ONE;
    (1..=30)
        .map(|n| {
            last = last / Double2::from(f64::from(n));
            last
        })
        .collect()
});
/// Of sine and cosine in the square of the argument: alternating inverse factorials.
static SINE: LazyLock<Vec<Double2>> = LazyLock::new(|| alternating(2));
static COSINE: LazyLock<Vec<Double2>> = LazyLock::new(|| alternating(1));
/// 1/3, 1/5, 1/7, ...
static PER_ODD: LazyLock<Vec<Double2>> =
    LazyLock::new(|| (1..=24).map(|n| Double2::ONE / Double2::from(f64::from(2 * n + 1))).collect());

fn alternating(first: usize) -> Vec<Double2> {
    let terms = PER_FACTORIAL.iter().skip(first).step_by(2).enumerate();
    terms.map(|(i, c)| if i % 2 == 0 { -*c } else { *c }).collect()
}

/// `exp(x) - 1` for `|x| < 0.36`: a short series of x/512, doubled nine times.
fn small_expm1(x: Double2) -> Double2 {
    let mut y = x.scaled(-9).polynomial(&PER_FACTORIAL[..11]);
    for _ in 0..9 {
        y = y.scaled(1) + y * y;
    }
    y
}

/// `k` and the rest of `x / log(2)`, as `x = k log(2) + rest`.
fn halvings(x: Double2) -> (i32, Double2) {
    // log(2) to 40 bits, of which multiples are exact, and what is missing.
    const HIGH: f64 = 0.6931471805592082;
    const LOW: Double2 = Double2 { hi: 7.371002565167799e-13, lo: 1.94704509238075e-31 };
    let k = (x.hi * Double2::PER_LN2.hi).round();
    (k as i32, x - Double2::from(k * HIGH) - LOW * Double2::from(k))
}

pub fn exp(x: Double2) -> Exact {
    if x.hi.abs() > 1e4 {
        return Exact { significand: Double2::ONE, exponent: if x.hi > 0.0 { 20_000 } else { -20_000 } };
    }
    let (exponent, rest) = halvings(x);
    Exact { significand: small_expm1(rest) + Double2::ONE, exponent }
}

pub fn exp2(x: Double2) -> Exact {
    if x.hi.abs() > 1e4 {
        return exp(x);
    }
    let k = x.hi.round();
    let rest = (x - Double2::from(k)) * Double2::LN2;
    Exact { significand: small_expm1(rest) + Double2::ONE, exponent: k as i32 }
}

/// `exp(x) - 1`, for `x` up to 100.
fn expm1_below(x: Double2) -> Double2 {
    if x.hi.abs() < 0.35 {
        return small_expm1(x);
    }
    let e = exp(x);
    e.significand.scaled(e.exponent) - Double2::ONE
}

pub fn expm1(x: f64) -> Exact {
    if x > 100.0 { exp(x.into()) } else { expm1_below(x.into()).into() }
}

/// `log(1 + t)` for `t` between -0.3 and 0.42.
fn small_log1p(t: Double2) -> Double2 {
    let s = t / (t + Double2::from(2.0));
    let s2 = s * s;
    (s + s * s2.polynomial(&PER_ODD)).scaled(1)
}

pub fn log(x: Exact) -> Double2 {
    let mut k = exponent_of(x.significand.hi);
    let mut m = x.significand.scaled(-k);
    if m.hi > std::f64::consts::SQRT_2 {
        (m, k) = (m.scaled(-1), k + 1);
    }
    Double2::LN2 * Double2::from(f64::from(k + x.exponent)) + small_log1p(m - Double2::ONE)
}

pub fn log1p(t: Double2) -> Double2 {
    if t.hi > -0.29 && t.hi < 0.41 { small_log1p(t) } else { log((t + Double2::ONE).into()) }
}

/// `log(exp(a) + exp(b))`, or the same in base 2.
pub fn logaddexp(a: f64, b: f64, base2: bool) -> Exact {
    let more = a.max(b);
    let less = -Double2::sum(a, -b).abs();
    let Exact { significand, exponent } = if base2 { exp2(less) } else { exp(less) };
    // A small power is its own logarithm, and may be too small for a double.
    let small = exponent < -300;
    let rest = if small { significand } else { log1p(significand.scaled(exponent)) };
    let rest = if base2 { rest * Double2::PER_LN2 } else { rest };
    match small {
        true if more != 0.0 && exponent_of(more) > exponent + 200 => more.into(),
        true => Exact { significand: Double2::from(scaled(more, -exponent)) + rest, exponent },
        false => (Double2::from(more) + rest).into(),
    }
}

/// `|x|^y` with the sign that an odd `y` takes from `x`.
pub fn power(x: f64, y: f64) -> Exact {
    let l = log(x.abs().into());
    let odd = y.abs() < 2_f64.powi(53) && y % 2.0 != 0.0;
    let e = if (l.hi * y).abs() > 1e4 { exp(Double2::from(l.hi * y)) } else { exp(l * Double2::from(y)) };
    if odd { e.times_sign_of(x) } else { e }
}

pub fn cbrt(x: f64) -> Exact {
    let third = exponent_of(x).div_euclid(3);
    let m = scaled(x, -3 * third);
    let c = Double2::from(m.cbrt());
    let rest = Double2::from(m) - c * c * c;
    Exact { significand: c + Double2::from(rest.hi / (3.0 * c.hi * c.hi)), exponent: third }
}

pub fn hypot(x: f64, y: f64) -> Exact {
    let exponent = exponent_of(x).max(exponent_of(y));
    let [a, b] = [x, y].map(|v| Double2::from(scaled(v, -exponent)));
    Exact { significand: (a * a + b * b).sqrt(), exponent }
}

/// 2/π, 1280 bits.
const PER_HALF_PI: [u64; 20] = [
    0xa2f9_836e_4e44_1529,
    0xfc27_57d1_f534_ddc0,
    0xdb62_9599_3c43_9041,
    0xfe51_63ab_debb_c561,
    0xb724_6e3a_424d_d2e0,
    0x0649_2eea_09d1_921c,
    0xfe1d_eb1c_b129_a73e,
    0xe882_35f5_2ebb_4484,
    0xe99c_7026_b45f_7e41,
    0x3991_d639_8353_39f4,
    0x9c84_5f8b_bdf9_283b,
    0x1ff8_97ff_de05_980f,
    0xef2f_118b_5a0a_6d1f,
    0x6d36_7ecf_27cb_09b7,
    0x4f46_3f66_9e5f_ea2d,
    0x7527_bac7_ebe5_f17b,
    0x3d07_39f7_8a52_92ea,
    0x6bfb_5fb1_1f8d_5d08,
    0x5603_3046_fc7b_6bab,
    0xf0cf_bc20_9af4_361d,
];

/// `x` as a number of quarter turns, modulo 4, and a rest of at most an eighth of a turn.
fn quarter_turns(x: f64) -> (u64, Double2) {
    if x.abs() < 0.78 {
        return (0, x.into());
    }
    // |x| = m 2^e, times the 320 bits of 2/π that matter: those before are multiples of four quarters.
    let e = exponent_of(x) - 52;
    let m = scaled(x.abs(), -e) as u64;
    let start = (e - 2).max(0) as usize;
    let point = (320 - (e - start as i32)) as usize; // bits of the fraction
    let mut product = [0_u64; 6]; // least significant first
    let mut carry = 0_u128;
    for (i, limb) in product.iter_mut().enumerate() {
        let factor = if i < 5 { bits_from(start + 64 * (4 - i)) } else { 0 };
        carry += u128::from(m) * u128::from(factor);
        *limb = carry as u64;
        carry >>= 64;
    }
    let bit = |p: &[u64; 6], i: usize| if i < 384 { p[i / 64] >> (i % 64) & 1 } else { 0 };
    let mut quarters = bit(&product, point) + 2 * bit(&product, point + 1);
    let above_half = bit(&product, point - 1) == 1;
    if above_half {
        quarters += 1;
        let mut carry = true;
        for limb in &mut product {
            (*limb, carry) = (!*limb).overflowing_add(u64::from(carry));
        }
    }
    let top = (0..point).rev().find(|&i| bit(&product, i) == 1).unwrap_or(0);
    let leading = (0..120).fold(0_i128, |v, i| 2 * v + top.checked_sub(i).map_or(0, |i| i128::from(bit(&product, i))));
    let hi = leading as f64;
    let rest = Double2 { hi, lo: (leading - hi as i128) as f64 }.scaled(top as i32 - 119 - point as i32);
    let rest = (if above_half { -rest } else { rest }) * Double2::HALF_PI;
    if x < 0.0 { ((4 - quarters % 4) % 4, -rest) } else { (quarters % 4, rest) }
}

/// 64 bits of 2/π from bit `start` after the point on.
fn bits_from(start: usize) -> u64 {
    let limb = |i: usize| PER_HALF_PI.get(i).copied().unwrap_or(0);
    let (i, shift) = (start / 64, start % 64);
    if shift == 0 { limb(i) } else { limb(i) << shift | limb(i + 1) >> (64 - shift) }
}

/// Sine and cosine.
pub fn sin_cos(x: f64) -> (Double2, Double2) {
    let (quarters, r) = quarter_turns(x);
    let r2 = r * r;
    let (s, c) = (r + r * r2.polynomial(&SINE), r2.polynomial(&COSINE) + Double2::ONE);
    match quarters {
        0 => (s, c),
        1 => (c, -s),
        2 => (-s, -c),
        _ => (-c, s),
    }
}

/// The angle of a point: that of the nearest double, and what turning the point back by it leaves.
fn angle(y: Double2, x: Double2) -> Double2 {
    let near = y.hi.atan2(x.hi);
    let (s, c) = sin_cos(near);
    Double2::from(near) + (y * c - x * s) / (x * c + y * s)
}

pub fn arctan2(y: f64, x: f64) -> Exact {
    let (ey, ex) = (exponent_of(y), exponent_of(x));
    if x > 0.0 && ey - ex < -300 {
        return Exact { significand: Double2::from(scaled(y, -ey)) / Double2::from(scaled(x, -ex)), exponent: ey - ex };
    }
    let e = ey.max(ex);
    angle(scaled(y, -e).into(), scaled(x, -e).into()).into()
}

/// The other leg of a right triangle with hypotenuse 1.
fn other_leg(x: f64) -> Double2 {
    (Double2::sum(1.0, -x) * Double2::sum(1.0, x)).sqrt()
}

pub fn arcsin(x: f64) -> Exact {
    angle(x.into(), other_leg(x)).into()
}

pub fn arccos(x: f64) -> Exact {
    angle(other_leg(x), x.into()).into()
}

pub fn sinh(x: f64) -> Exact {
    let a = x.abs();
    if a > 40.0 {
        return half(exp(a.into())).times_sign_of(x);
    }
    let e = expm1_below(a.into());
    Exact::from((e + e / (e + Double2::ONE)).scaled(-1)).times_sign_of(x)
}

pub fn cosh(x: f64) -> Exact {
    let a = x.abs();
    if a > 40.0 {
        return half(exp(a.into()));
    }
    let e = exp(a.into());
    let e = e.significand.scaled(e.exponent);
    (e + Double2::ONE / e).scaled(-1).into()
}

fn half(x: Exact) -> Exact {
    Exact { exponent: x.exponent - 1, ..x }
}

pub fn tanh(x: f64) -> Exact {
    let a = x.abs();
    let y = if a > 40.0 {
        Double2 { hi: 1.0, lo: -2.0 * (-2.0 * a).exp() }
    } else {
        let e = expm1_below((2.0 * a).into());
        e / (e + Double2::from(2.0))
    };
    Exact::from(y).times_sign_of(x)
}

pub fn arcsinh(x: f64) -> Exact {
    let a = Double2::from(x.abs());
    let y = if a.hi > 1e100 {
        log(a.hi.into()) + Double2::LN2
    } else {
        let a2 = a * a;
        log1p(a + a2 / (Double2::ONE + (Double2::ONE + a2).sqrt()))
    };
    Exact::from(y).times_sign_of(x)
}

pub fn arccosh(x: f64) -> Exact {
    if x > 1e100 {
        return (log(x.into()) + Double2::LN2).into();
    }
    let t = Double2::sum(x, -1.0);
    log1p(t + (t.scaled(1) + t * t).sqrt()).into()
}

pub fn arctanh(x: f64) -> Exact {
    let a = x.abs();
    let y = log1p(Double2::from(2.0 * a) / Double2::sum(1.0, -a)).scaled(-1);
    Exact::from(y).times_sign_of(x)
}
