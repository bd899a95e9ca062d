//! Quantiles against Hyndman and Fan's definitions, and bit for bit against values of NumPy's.

#![allow(clippy::unwrap_used)] // In a test a panic is the report.

mod block_support;

use block_support::{block, dtypes, elements, lanes, meta, numbers, run};
use hyperslab_base::{Block, DType, ErrorKind, Kind, TimeUnit};
use hyperslab_ops::block::BlockOp;
use hyperslab_ops::block::quantile::{Method, Quantile};

/// `numpy.quantile(X, Q, method=...)`.
const NUMPYS: [(&str, [f64; 8]); 13] = [
    ("inverted_cdf", [-4.0, -4.0, 0.1, 1.0, 2.2, 7.0, 12.75, 12.75]),
    ("averaged_inverted_cdf", [-4.0, -2.75, 0.55, 1.0, 2.725, 7.0, 12.75, 12.75]),
    ("closest_observation", [-4.0, -4.0, 0.1, 0.1, 2.2, 7.0, 12.75, 12.75]),
    ("interpolated_inverted_cdf", [-4.0, -4.0, 0.1, 0.3999999999999998, 2.2, 6.550000000000001, 11.325, 12.75]),
    ("hazen", [-4.0, -2.75, 0.55, 0.8499999999999998, 2.725, 7.579999999999998, 12.75, 12.75]),
    ("weibull", [-4.0, -3.75, 0.3699999999999999, 0.6999999999999998, 2.725, 8.363000000000001, 12.75, 12.75]),
    ("linear", [-4.0, -1.75, 0.7299999999999998, 1.0, 2.725, 6.895, 11.467499999999998, 12.75]),
    (
        "median_unbiased",
        [-4.0, -3.083333333333333, 0.4900000000000002, 0.7999999999999999, 2.725, 7.841000000000003, 12.75, 12.75],
    ),
    ("normal_unbiased", [-4.0, -3.0, 0.5050000000000002, 0.8124999999999999, 2.725, 7.77575, 12.75, 12.75]),
    ("lower", [-4.0, -4.0, 0.1, 1.0, 2.2, 5.5, 9.9, 12.75]),
    ("higher", [-4.0, -1.5, 1.0, 1.0, 3.25, 7.0, 12.75, 12.75]),
    ("midpoint", [-4.0, -2.75, 0.55, 1.0, 2.725, 6.25, 11.325, 12.75]),
    ("nearest", [-4.0, -1.5, 1.0, 1.0, 2.2, 7.0, 12.75, 12.75]),
];
const X: [f64; 10] = [3.25, -1.5, 7.0, 0.1, 12.75, 5.5, -4.0, 2.2, 9.9, 1.0];
const Q: [f64; 8] = [0.0, 0.1, 0.3, 1.0 / 3.0, 0.5, 0.77, 0.95, 1.0];

fn of(x: &Block, axis: usize, q: &[f64], method: &str, skip: bool, weak: bool) -> Block {
    let op = Quantile::new(axis, q, Method::from_name(method).unwrap(), skip, weak).unwrap();
    run(&op, &[x]).unwrap().remove(0)
}

#[test]
fn values_are_numpys() {
    for (method, expected) in NUMPYS {
        let made = of(&block(DType::Float64, &[10], &X), 0, &Q, method, false, false);
        assert_eq!(elements::<f64>(&made), expected, "{method}");
    }
    let single = block(DType::Float32, &[10], &X);
    let weak = of(&single, 0, &Q, "linear", false, true);
    assert_eq!(weak.dtype(), DType::Float32);
    assert_eq!(elements::<f32>(&weak), [-4.0, -1.75, 0.73, 1.0, 2.725, 6.895, 11.4675, 12.75f32]);
    let wide = of(&single, 0, &Q, "linear", false, false);
    assert_eq!(
        elements::<f64>(&wide),
        [-4.0, -1.75, 0.7300000071525572, 1.0, 2.725000023841858, 6.895, 11.467499828338621, 12.75]
    );
    let half = of(&block(DType::Float16, &[10], &X), 0, &Q, "hazen", false, true);
    assert_eq!(half.dtype(), DType::Float16);
    let expected = [-4.0, -2.75, 0.5498046875, 0.85009765625, 2.724609375, 7.578125, 12.75, 12.75];
    assert_eq!(elements::<f64>(&half), expected);
    let bytes = of(&block(DType::UInt8, &[6], &[3u8, 200, 7, 100, 12, 5]), 0, &Q, "linear", false, true);
    let expected = [3.0, 4.0, 6.0, 6.333333333333333, 9.5, 86.80000000000001, 175.0, 200.0];
    assert_eq!(elements::<f64>(&bytes), expected);
    for dtype in dtypes().into_iter().filter(|d| d.is_time()) {
        let x = block(dtype, &[6], &[3i64, -20, 7, 1000, 12, 5]);
        for (method, expected) in
            [("linear", [-20, -8, 4, 5, 6, 12, 753, 1000]), ("weibull", [-20, -20, 3, 3, 6, 397, 1000, 1000])]
        {
            let made = of(&x, 0, &Q, method, false, false);
            assert_eq!((made.dtype(), elements::<i64>(&made)), (dtype, expected.to_vec()));
        }
    }
}

/// The definitions: y(k) is the k-th of n sorted elements, counted from 1 and those at the ends beyond.
fn definition(sorted: &[f64], q: f64, method: &str) -> f64 {
    let n = sorted.len() as f64;
    let y = |k: f64| sorted[(k.max(1.0).min(n) - 1.0) as usize];
    let (alpha, beta) = match method {
        "interpolated_inverted_cdf" => (0.0, 1.0),
        "hazen" => (0.5, 0.5),
        "weibull" => (0.0, 0.0),
        "median_unbiased" => (1.0 / 3.0, 1.0 / 3.0),
        "normal_unbiased" => (0.375, 0.375),
        _ => (1.0, 1.0),
    };
    // Hyndman and Fan's first three have a g of steps: p n + m = j + g'.
    let step = match method {
        "inverted_cdf" | "averaged_inverted_cdf" => Some(n * q),
        "closest_observation" => Some(n * q - 0.5),
        _ => None,
    };
    let at = step.unwrap_or(q * (n - alpha - beta + 1.0) + alpha);
    let (j, rest) = (at.floor(), at - at.floor());
    let some = if rest > 0.0 { 1.0 } else { 0.0 };
    let g = match method {
        "inverted_cdf" | "higher" => some,
        "averaged_inverted_cdf" => 0.5 + 0.5 * some,
        "closest_observation" => {
            if rest == 0.0 && j % 2.0 == 0.0 {
                0.0
            } else {
                1.0
            }
        }
        "lower" => 0.0,
        "midpoint" => 0.5 * some,
        // Halves go to the even index, counted from 0.
        "nearest" => {
            if rest > 0.5 || (rest == 0.5 && (j - 1.0) % 2.0 == 1.0) {
                1.0
            } else {
                0.0
            }
        }
        _ => rest,
    };
    (1.0 - g) * y(j) + g * y(j + 1.0)
}

fn operand(dtype: DType, shape: &[u64], holes: bool) -> Block {
    let mut next = numbers(shape[0]);
    let shift = if dtype.kind() == Kind::UInt { 0.0 } else { 50.0 };
    let x: Vec<f64> = (0..shape.iter().product::<u64>())
        .map(|_| next() % 100)
        .map(|i| if holes && i < 30 { f64::NAN } else { i as f64 - shift })
        .collect();
    if dtype.is_time() {
        let ticks: Vec<i64> = x.iter().map(|x| if x.is_nan() { i64::MIN } else { 840 * *x as i64 }).collect();
        return block(dtype, shape, &ticks);
    }
    block(dtype, shape, &x)
}

#[test]
fn quantiles_are_as_defined() {
    let q = [0.5, 0.0, 0.125, 0.25, 0.375, 0.75, 0.875, 1.0];
    for dtype in dtypes().into_iter().filter(|d| !matches!(d.kind(), Kind::Complex | Kind::Bool)) {
        let has_missing = matches!(dtype.kind(), Kind::Float | Kind::DateTime | Kind::TimeDelta);
        for (shape, axis) in [(&[1][..], 0), (&[8], 0), (&[9, 3], 0), (&[3, 16, 2], 1), (&[2, 3, 10], 2)] {
            for (method, _) in NUMPYS {
                for (holes, skip) in [(false, false), (true, true), (true, false)] {
                    if holes && !has_missing {
                        continue;
                    }
                    let x = operand(dtype, shape, holes);
                    let made = of(&x, axis, &q, method, skip, true);
                    let kept: Vec<u64> = (0..shape.len()).filter(|&d| d != axis).map(|d| shape[d]).collect();
                    assert_eq!(made.shape(), [&[q.len() as u64][..], &kept].concat());
                    // Ticks are looked at as the numbers they are.
                    let number = |x: i64| if x == i64::MIN { f64::NAN } else { x as f64 };
                    let numbers = |x: &Block, axis: usize| -> Vec<Vec<f64>> {
                        let ticks = || lanes::<i64>(x, axis).into_iter().map(|l| l.into_iter().map(number).collect());
                        if x.dtype().is_time() { ticks().collect() } else { lanes::<f64>(x, axis) }
                    };
                    for (lane, got) in numbers(&x, axis).into_iter().zip(numbers(&made, 0)) {
                        let mut known: Vec<f64> = lane.iter().copied().filter(|x| !x.is_nan()).collect();
                        known.sort_by(f64::total_cmp);
                        let undefined = if skip { known.is_empty() } else { known.len() < lane.len() };
                        for (&q, got) in q.iter().zip(got) {
                            if undefined {
                                assert!(got.is_nan(), "{method} of {dtype}");
                                continue;
                            }
                            let expected = definition(&known, q, method);
                            // Ticks are cut off, and float16 has ten bits.
                            let tolerance = match dtype {
                                DType::Float16 => 0.1,
                                DType::Float32 => 1e-4,
                                d if d.is_time() => 1.0 + 1e-9,
                                _ => 1e-9,
                            };
                            assert!(
                                (got - expected).abs() <= tolerance,
                                "{method} of {dtype} at {q}: {got}, {expected}"
                            );
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn many_quantiles_of_a_long_lane() {
    let x = operand(DType::Float64, &[3, 1001], true);
    let q: Vec<f64> = (0..=64).map(|i| f64::from(i) / 64.0).collect();
    let made = of(&x, 1, &q, "linear", true, false);
    for (lane, got) in lanes::<f64>(&x, 1).into_iter().zip(lanes::<f64>(&made, 0)) {
        let mut known: Vec<f64> = lane.into_iter().filter(|x| !x.is_nan()).collect();
        known.sort_by(f64::total_cmp);
        for (&q, got) in q.iter().zip(got) {
            assert!((got - definition(&known, q, "linear")).abs() < 1e-9);
        }
    }
}

#[test]
fn extremes_do_not_wrap() {
    let small = of(&block(DType::Int8, &[2], &[-128i8, 127]), 0, &[0.5, 1.0], "linear", false, false);
    assert_eq!(elements::<f64>(&small), [-0.5, 127.0]);
    let large = of(&block(DType::UInt64, &[2], &[0u64, u64::MAX]), 0, &[0.25], "linear", false, false);
    assert_eq!(elements::<f64>(&large), [u64::MAX as f64 / 4.0]);
    let infinite = of(&block(DType::Float64, &[2], &[1.0, f64::INFINITY]), 0, &[0.0, 0.3, 1.0], "linear", false, false);
    let infinite = elements::<f64>(&infinite);
    assert!(infinite[0].is_nan() && infinite[1] == f64::INFINITY && infinite[2].is_nan(), "{infinite:?}");
}

#[test]
fn dtypes_and_errors_are_numpys() {
    let dtype = |d, method, weak| {
        let op = Quantile::new(0, &[0.5], Method::from_name(method).unwrap(), false, weak).unwrap();
        op.infer(&[&meta(d, &[3])]).map(|m| m[0].dtype)
    };
    for d in dtypes() {
        match d.kind() {
            Kind::Complex => assert!(dtype(d, "lower", false).is_err() && dtype(d, "linear", true).is_err()),
            Kind::Bool => {
                assert_eq!(dtype(d, "nearest", false).unwrap(), d);
                assert!(matches!(dtype(d, "linear", true).unwrap_err().kind, ErrorKind::DType(_)));
                let x = block(d, &[4], &[1.0, 0.0, 1.0, 1.0]);
                assert_eq!(elements::<f64>(&of(&x, 0, &[0.0, 0.5], "lower", false, false)), [0.0, 1.0]);
            }
            kind => {
                assert_eq!(dtype(d, "higher", false).unwrap(), d);
                let weak = if matches!(kind, Kind::Int | Kind::UInt) { DType::Float64 } else { d };
                assert_eq!(dtype(d, "hazen", true).unwrap(), weak);
                let time = d.is_time();
                assert_eq!(dtype(d, "hazen", false).unwrap(), if time { d } else { DType::Float64 });
            }
        }
    }
    for bad in [-0.1, 1.5, f64::NAN] {
        let e = Quantile::new(0, &[0.5, bad], Method::Linear, false, false).unwrap_err();
        assert_eq!(e.to_string(), "Quantiles must be in the range [0, 1]");
    }
    assert!(Method::from_name("foo").unwrap_err().to_string().starts_with("'foo' is not a valid method."));
    let infer = |axis, skip, d, shape: &[u64]| {
        Quantile::new(axis, &[0.5], Method::Linear, skip, false).unwrap().infer(&[&meta(d, shape)])
    };
    assert!(matches!(infer(1, false, DType::Int8, &[3]).unwrap_err().kind, ErrorKind::Axis { axis: 1, ndim: 1 }));
    for (skip, d) in [(false, DType::Float64), (true, DType::Int8)] {
        let e = infer(0, skip, d, &[0, 2]).unwrap_err();
        assert_eq!(e.kind.to_string(), "index -1 is out of bounds for axis 0 with size 0");
    }
    let none = of(&Block::zeroed(DType::Float64, &[0, 2]).unwrap(), 0, &[0.5], "linear", true, false);
    assert!(none.shape() == [1, 2] && elements::<f64>(&none).iter().all(|x| x.is_nan()));
    let time = DType::DateTime64(TimeUnit::new("s", 1).unwrap());
    let none = of(&Block::zeroed(time, &[0]).unwrap(), 0, &[0.5], "linear", true, false);
    assert_eq!(elements::<i64>(&none), [i64::MIN]);
    assert_eq!(of(&Block::zeroed(time, &[3, 0]).unwrap(), 0, &[0.5], "linear", false, false).shape(), [1, 0]);
    assert_eq!(of(&Block::zeroed(time, &[3, 2]).unwrap(), 0, &[], "linear", false, false).shape(), [0, 2]);
}
