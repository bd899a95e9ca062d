//! Elementary functions against a correctly rounded library: within one unit in the last place, everywhere.

#![allow(clippy::unwrap_used)] // A test that unwraps in vain has failed.

use hyperslab_base::{DType, f16};
use hyperslab_ops::find;

/// A name, what it should be, and where arguments are dense.
type Function = (&'static str, fn(f64) -> f64, &'static [(f64, f64)]);

type Function2 = (&'static str, fn(f64, f64) -> f64, &'static [(f64, f64)]);

const FUNCTIONS: [Function; 20] = [
    ("exp", exact_exp, &[(-746.0, 710.0), (-1.0, 1.0)]),
    ("exp2", pxfm::f_exp2, &[(-1076.0, 1025.0), (-1.0, 1.0)]),
    ("expm1", pxfm::f_expm1, &[(-45.0, 711.0), (-1.1, 1.1), (-0.01, 0.01)]),
    ("log", pxfm::f_log, &[(0.0, 10.0), (0.7, 1.5), (0.99, 1.01)]),
    ("log1p", pxfm::f_log1p, &[(-1.0, 1.0), (0.0, 1e3), (-1e-3, 1e-3)]),
    ("log2", pxfm::f_log2, &[(0.0, 10.0), (0.7, 1.5), (0.99, 1.01)]),
    ("log10", pxfm::f_log10, &[(0.0, 10.0), (0.7, 1.5), (0.99, 1.01)]),
    ("cbrt", exact_cbrt, &[(-10.0, 10.0), (1.0, 8.0)]),
    ("arcsin", pxfm::f_asin, &[(-1.0, 1.0), (-0.1, 0.1), (0.99, 1.0)]),
    ("arccos", pxfm::f_acos, &[(-1.0, 1.0), (-0.1, 0.1), (0.99, 1.0)]),
    ("arctan", pxfm::f_atan, &[(-10.0, 10.0), (-0.5, 0.5), (-1e17, 1e17)]),
    ("sinh", |x| pxfm::f_sinh(x.abs()).copysign(x), &[(-715.0, 715.0), (-25.0, 25.0), (-1.0, 1.0)]),
    ("cosh", pxfm::f_cosh, &[(-715.0, 715.0), (-25.0, 25.0), (-1.0, 1.0)]),
    ("arcsinh", pxfm::f_asinh, &[(-1e10, 1e10), (-30.0, 30.0), (-1.0, 1.0)]),
    ("arccosh", pxfm::f_acosh, &[(1.0, 1e10), (1.0, 30.0), (1.0, 1.1)]),
    ("arctanh", pxfm::f_atanh, &[(-1.0, 1.0), (-0.1, 0.1), (0.999, 1.0)]),
    ("tanh", pxfm::f_tanh, &[(-25.0, 25.0), (-1.0, 1.0), (-0.01, 0.01)]),
    ("sin", pxfm::f_sin, &[(-2e6, 2e6), (-7.0, 7.0), (-0.8, 0.8)]),
    ("cos", pxfm::f_cos, &[(-2e6, 2e6), (-7.0, 7.0), (-0.8, 0.8)]),
    ("tan", pxfm::f_tan, &[(-2e6, 2e6), (-7.0, 7.0), (-0.8, 0.8)]),
];

/// Of two arguments, the C library's, which come within 0.6 of a unit.
const PAIRS: [Function2; 3] = [
    ("power", f64::powf, &[(0.0, 10.0), (0.9, 1.1), (-5.0, 300.0)]),
    ("arctan2", f64::atan2, &[(-10.0, 10.0), (-1.0, 1.0), (-1e10, 1e10)]),
    ("hypot", f64::hypot, &[(-10.0, 10.0), (-1.0, 1.0), (-1e160, 1e160)]),
];

/// The oracle is wrong where results are subnormal; there a square rounds once, and far below the last place.
fn exact_exp(x: f64) -> f64 {
    if x < -708.0 { pxfm::f_exp(0.5 * x) * pxfm::f_exp(0.5 * x) } else { pxfm::f_exp(x) }
}

/// By a step of Newton's, with the exact remainder, from the C library's, which may be units off. Not `pxfm`'s: processors
/// without multiply-add compute with that.
fn exact_cbrt(x: f64) -> f64 {
    if x == 0.0 || !x.is_finite() {
        return x;
    }
    // Far from where the remainder would be subnormal, or overflow.
    let shift = match x.abs() {
        a if a < 1e-200 => 200,
        a if a > 1e200 => -200,
        _ => 0,
    };
    let x = x * 2_f64.powi(3 * shift);
    let c = x.cbrt();
    let square = c * c;
    let cube = square * c;
    let rest = (x - cube) - square.mul_add(c, -cube) - c.mul_add(c, -square) * c;
    (c + rest / (3.0 * square)) * 2_f64.powi(-shift)
}

/// Numbers that look random.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn between(&mut self, a: f64, b: f64) -> f64 {
        a + (b - a) * (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

fn arguments(ranges: &[(f64, f64)]) -> Vec<f64> {
    let mut random = Random(7);
    let mut x = vec![0.0, 0.5, 1.0, 2.0, f64::INFINITY, f64::NAN, f64::MIN_POSITIVE, 5e-324, f64::MAX, 1e-300, 1e22];
    x.extend([
        1.0 + f64::EPSILON,
        1.0 - f64::EPSILON / 2.0,
        709.78,
        709.79,
        745.1,
        745.2,
        1074.0,
        1075.0,
        1024.0,
        37.0,
    ]);
    x.extend([std::f64::consts::PI, std::f64::consts::FRAC_PI_2, 1048576.0, 1048577.0]);
    x.extend(x.clone().iter().map(|v| -v));
    x.extend((0..50_000).map(|_| f64::from_bits(random.next())));
    for &(a, b) in ranges {
        x.extend((0..50_000).map(|_| random.between(a, b)));
    }
    x
}

fn run<T: bytemuck::Pod>(name: &str, dtype: DType, x: &[T]) -> Vec<T> {
    let kernel = find(name).unwrap().kernel(&[dtype]).unwrap();
    let mut y = x.to_vec();
    kernel(&[bytemuck::cast_slice(x)], bytemuck::cast_slice_mut(&mut y));
    y
}

/// Units in the last place between two results; infinite when one is a NaN or infinite, or zeros differ in sign.
fn ulps(a: f64, b: f64) -> f64 {
    let order = |v: f64| {
        let bits = v.to_bits() as i64;
        i128::from(if bits < 0 { i64::MIN.wrapping_sub(bits) } else { bits })
    };
    match () {
        _ if a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()) => 0.0,
        _ if a == b || !a.is_finite() || !b.is_finite() => f64::INFINITY,
        _ => (order(a) - order(b)).unsigned_abs() as f64,
    }
}

#[test]
fn doubles_are_within_one_unit() {
    for (name, oracle, ranges) in FUNCTIONS {
        let x = arguments(ranges);
        for (x, y) in x.iter().zip(run(name, DType::Float64, &x)) {
            assert!(ulps(y, oracle(*x)) <= 1.0, "{name}({x:e}) = {y:e}, not {:e}", oracle(*x));
        }
    }
}

#[test]
fn functions_of_two_doubles_are_within_one_unit() {
    let special = arguments(&[]);
    let special: Vec<f64> = special[..special.len() - 50_000].iter().copied().chain([3.0, -3.0, 2.5, -2.5]).collect();
    for (name, oracle, ranges) in PAIRS {
        let mut random = Random(11);
        let mut pairs: Vec<(f64, f64)> = special.iter().flat_map(|&a| special.iter().map(move |&b| (a, b))).collect();
        pairs.extend((0..50_000).map(|_| (f64::from_bits(random.next()), f64::from_bits(random.next()))));
        for &(from, to) in ranges {
            pairs.extend((0..50_000).map(|_| (random.between(from, to), random.between(from, to))));
            pairs.extend((0..50_000).map(|_| (random.between(from, to), random.between(-400.0, 400.0))));
        }
        let (a, b): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
        let kernel = find(name).unwrap().kernel(&[DType::Float64; 2]).unwrap();
        let mut y = a.clone();
        kernel(&[bytemuck::cast_slice(&a), bytemuck::cast_slice(&b)], bytemuck::cast_slice_mut(&mut y));
        for ((&a, &b), &y) in a.iter().zip(&b).zip(&y) {
            let want = oracle(a, b);
            // The largest number and infinity are a unit apart too.
            let near = ulps(y, want) <= 1.0 || (y.is_infinite() && want.abs() == f64::MAX);
            assert!(near, "{name}({a:e}, {b:e}) = {y:e}, not {want:e}");
        }
    }
}

#[test]
fn the_last_rounding_is_the_only_large_one() {
    // Points where others came to more than a unit; the C library, which computes where multiply-add is no instruction,
    // may be one away.
    let limit = if std::env::var("HYPERSLAB_SIMD").is_ok_and(|level| level == "baseline") { 1.0 } else { 0.0 };
    for (name, oracle, x) in
        [("log", pxfm::f_log as fn(f64) -> f64, 1.0921004842959277), ("expm1", pxfm::f_expm1, 37.243199580593)]
    {
        let y = run(name, DType::Float64, &[x])[0];
        assert!(ulps(y, oracle(x)) <= limit, "{name}({x:e}) = {y:e}, not {:e}", oracle(x));
    }
}

#[test]
fn powers_near_the_ends_of_the_range() {
    // Logarithms far larger than the result's last place; powers that are subnormal before their logarithm is scaled.
    let limit = if std::env::var("HYPERSLAB_SIMD").is_ok_and(|level| level == "baseline") { 1.0 } else { 0.0 };
    for (name, a, b, want) in [
        ("power", 1.4114941108765457, -1916.8449000892788, 1.2258492596060667e-287),
        ("power", 0.7033005471977375, 1912.2473453958314, 4.962466383016116e-293),
        ("power", 1.3926323575281463, 2143.066804776444, 1.7831556243628826e308),
        ("logaddexp2", 0.0, -1022.0927771387946, 3.010164770545913e-308),
    ] {
        let kernel = find(name).unwrap().kernel(&[DType::Float64; 2]).unwrap();
        let mut y = [0.0];
        kernel(&[bytemuck::bytes_of(&a), bytemuck::bytes_of(&b)], bytemuck::cast_slice_mut(&mut y));
        assert!(ulps(y[0], want) <= limit, "{name}({a:e}, {b:e}) = {:e}, not {want:e}", y[0]);
    }
}

#[test]
fn singles_are_the_nearest_of_doubles() {
    for (name, oracle, ranges) in FUNCTIONS {
        let x: Vec<f32> = arguments(ranges).iter().map(|v| *v as f32).collect();
        for (x, y) in x.iter().zip(run(name, DType::Float32, &x)) {
            let want = oracle(f64::from(*x)) as f32;
            let near = y == want.next_up() || y == want.next_down() || y.to_bits() == want.to_bits();
            assert!(near || (y.is_nan() && want.is_nan()), "{name}({x:e}) = {y:e}, not {want:e}");
        }
    }
}

#[test]
fn every_half() {
    let x: Vec<f16> = (0..=u16::MAX).map(f16::from_bits).collect();
    for (name, oracle, _) in FUNCTIONS {
        for (x, y) in x.iter().zip(run(name, DType::Float16, &x)) {
            let want = f16::from_f32(oracle(x.to_f64()) as f32);
            assert!(
                y.to_bits().abs_diff(want.to_bits()) <= 1 || (y.is_nan() && want.is_nan()),
                "{name}({x}) = {y}, not {want}"
            );
        }
    }
}

#[test]
fn lower_levels_are_as_accurate() {
    if std::env::var("HYPERSLAB_SIMD").is_ok() {
        return; // A level is being tested.
    }
    for level in ["avx2", "baseline"] {
        let run =
            std::process::Command::new(std::env::current_exe().unwrap()).env("HYPERSLAB_SIMD", level).output().unwrap();
        assert!(run.status.success(), "{level}: {}", String::from_utf8_lossy(&run.stdout));
    }
}
