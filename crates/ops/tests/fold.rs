//! Every reduction on every dtype, cut into tiles and states at random, against a loop over the elements.

#![allow(clippy::unwrap_used)] // In a test a panic is the report.

mod fold_reference;

use fold_reference::{Rng, Style, element, matches, reference, value};
use hyperslab_base::{DType, ErrorKind, Scalar, TimeUnit};
use hyperslab_ops::Rows;
use hyperslab_ops::fold::{Fold, FoldParams, Reducer, State, TileIndex, find, reducers};

fn dtypes() -> Vec<DType> {
    let unit = TimeUnit::new("s", 1).unwrap();
    DType::NUMERIC.into_iter().chain([DType::DateTime64(unit), DType::TimeDelta64(unit)]).collect()
}

/// Rows of a tile moved apart by `gap` elements that are no part of it, and elements from row to row.
fn apart(tile: &[u8], rows: usize, cols: usize, gap: usize) -> (Vec<u8>, usize) {
    let size = tile.len() / rows;
    let rubbish = vec![0xa5; gap * size / cols];
    let mut bytes = tile[..size].to_vec();
    for row in tile.chunks(size).skip(1) {
        bytes.extend(rubbish.iter().chain(row));
    }
    (bytes, cols + gap)
}

/// `results` rows of `n` elements each, row by row.
struct Data {
    dtype: DType,
    results: usize,
    n: usize,
    scalars: Vec<Scalar>,
}

impl Data {
    fn new(dtype: DType, results: usize, n: usize, style: Style, rng: &mut Rng) -> Data {
        let scalars = (0..results * n).map(|_| element(dtype, style, rng)).collect();
        Data { dtype, results, n, scalars }
    }

    /// Bytes of elements `from..to` of each row in `at..at + rows`; by columns when transposed.
    fn tile(&self, at: usize, rows: usize, from: usize, to: usize, transposed: bool) -> Vec<u8> {
        let (outer, inner) = if transposed { (from..to, at..at + rows) } else { (at..at + rows, from..to) };
        let mut bytes = Vec::new();
        for o in outer {
            for i in inner.clone() {
                let (r, c) = if transposed { (i, o) } else { (o, i) };
                bytes.extend_from_slice(self.scalars[r * self.n + c].bytes());
            }
        }
        bytes
    }

    /// Folds elements `from..to` of every row into a new state, in tiles of random shape and direction.
    fn fold(&self, f: &dyn Fold, from: usize, to: usize, rng: &mut Rng) -> State {
        let mut s = f.new_state(self.results).unwrap();
        let mut done = from;
        while done < to {
            let next = (done + 1 + rng.below(to - done)).min(to);
            let mut at = 0;
            while at < self.results {
                let rows = (1 + rng.below(self.results)).min(self.results - at);
                let transposed = rng.below(2) == 0;
                let bytes = self.tile(at, rows, done, next, transposed);
                let (before, base) = ((done - from) as u64, done as i64);
                if transposed {
                    let index = TileIndex { base, row: 1, col: 0 };
                    let (bytes, step) = apart(&bytes, next - done, rows, rng.below(3));
                    f.fold_cols(&mut s, at, Rows { bytes: &bytes, rows: next - done, cols: rows, step }, before, index);
                } else {
                    let index = TileIndex { base, row: 0, col: 1 };
                    f.fold_rows(&mut s, at, &bytes, rows, next - done, before, index);
                }
                at += rows;
            }
            done = next;
        }
        s
    }

    /// Folds parts into states of their own and merges neighbours in a random order.
    fn reduce(&self, f: &dyn Fold, output: DType, rng: &mut Rng) -> Vec<Scalar> {
        let mut cuts: Vec<usize> = (0..rng.below(4)).map(|_| rng.below(self.n + 1)).chain([0, self.n]).collect();
        cuts.sort_unstable();
        let mut parts: Vec<(State, u64)> =
            cuts.windows(2).map(|w| (self.fold(f, w[0], w[1], rng), (w[1] - w[0]) as u64)).collect();
        while parts.len() > 1 {
            let i = rng.below(parts.len() - 1);
            let (from, n_from) = parts.remove(i + 1);
            let (into, n_into) = &mut parts[i];
            f.merge(into, *n_into, &from, n_from);
            *n_into += n_from;
        }
        let (s, count) = parts.pop().unwrap();
        assert_eq!(count, self.n as u64);
        results(f, &s, self.results, count, output)
    }
}

fn results(f: &dyn Fold, s: &State, n: usize, count: u64, output: DType) -> Vec<Scalar> {
    let size = output.itemsize();
    let mut out = vec![0xaa; n * size];
    let half = n / 2;
    let (a, b) = out.split_at_mut(half * size);
    f.finish(s, 0, half, count, a);
    f.finish(s, half, n - half, count, b);
    out.chunks_exact(size).map(|b| Scalar::from_bytes(output, b).unwrap()).collect()
}

fn check(r: &Reducer, dtype: DType, data: &Data, ddof: f64, rng: &mut Rng) {
    let sig = r.resolve(dtype, None).unwrap();
    if sig.input != dtype {
        return; // The engine casts first; the dtype it casts to is tested too.
    }
    let f = r.fold(sig.input, sig.output, FoldParams::with_ddof(ddof)).unwrap();
    let got = data.reduce(&*f, sig.output, rng);
    for (i, got) in got.iter().enumerate() {
        let values: Vec<_> = data.scalars[i * data.n..][..data.n].iter().map(value).collect();
        let expect = reference(r.name, data.dtype, ddof, &values);
        let loss = 16.0 + 4.0 * data.n as f64;
        assert!(
            matches(expect, got, loss),
            "{} of {dtype}, result {i} of {} x {}: {got:?}, not {expect:?}",
            r.name,
            data.results,
            data.n
        );
    }
}

fn check_all(style: Style, seed: u64) {
    let mut rng = Rng(seed);
    for dtype in dtypes() {
        for round in 0..6 {
            let n = [1, 7, 40, 300, 33, 1 + rng.below(200)][round];
            let results = [45, 9, 8, 3, 33, 1 + rng.below(50)][round];
            let data = Data::new(dtype, results, n, style, &mut rng);
            for r in reducers() {
                if r.resolve(dtype, None).is_ok() {
                    check(r, dtype, &data, [0.0, 1.0, 0.5][round % 3], &mut rng);
                }
            }
        }
    }
}

#[test]
fn plain_elements() {
    check_all(Style::Plain, 1);
}

#[test]
fn ties() {
    check_all(Style::Ties, 2);
}

#[test]
fn some_nans() {
    check_all(Style::SomeNan, 3);
}

#[test]
fn all_nans() {
    check_all(Style::AllNan, 4);
}

/// The one result of folding these as one row.
fn one<T: hyperslab_base::Element>(name: &str, values: &[T]) -> Scalar {
    with_ddof(name, values, 0.0)
}

fn with_ddof<T: hyperslab_base::Element>(name: &str, values: &[T], ddof: f64) -> Scalar {
    let r = find(name).unwrap();
    let sig = r.resolve(T::DTYPE, None).unwrap();
    let f = r.fold(sig.input, sig.output, FoldParams::with_ddof(ddof)).unwrap();
    let mut s = f.new_state(1).unwrap();
    let index = TileIndex { base: 0, row: 0, col: 1 };
    f.fold_rows(&mut s, 0, bytemuck::cast_slice(values), 1, values.len(), 0, index);
    results(&*f, &s, 1, values.len() as u64, sig.output)[0]
}

#[test]
fn nothing() {
    let f = |name: &str| one::<f64>(name, &[]).to_f64();
    assert_eq!((f("sum"), f("prod"), f("nansum"), f("nanprod")), (0.0, 1.0, 0.0, 1.0));
    for name in ["mean", "var", "std", "nanmean", "nanvar", "nanstd"] {
        assert!(f(name).is_nan(), "{name}");
    }
    assert_eq!((f("any"), f("all"), f("count_nonzero")), (0.0, 1.0, 0.0));
    assert_eq!((f("argmin"), f("nanargmax")), (-1.0, -1.0));
    for r in reducers() {
        assert_eq!(r.check_empty().is_ok(), r.identity, "{}", r.name);
    }
    let text = |name: &str| find(name).unwrap().check_empty().unwrap_err().to_string();
    assert_eq!(text("min"), "zero-size array to reduction operation minimum which has no identity");
    assert_eq!(text("nanmax"), "zero-size array to reduction operation fmax which has no identity");
    assert_eq!(text("nanargmin"), "attempt to get argmin of an empty sequence");
}

#[test]
fn infinities() {
    let inf = f64::INFINITY;
    assert_eq!(one("sum", &[1.0, inf, 2.0]).to_f64(), inf);
    assert!(one("sum", &[inf, 1.0, -inf]).to_f64().is_nan());
    assert_eq!(one("mean", &[1e308, 1e308]).to_f64(), inf);
    assert!(one("var", &[1.0, inf]).to_f64().is_nan());
    assert_eq!(one("var", &[1e200, 1.0, 2.0]).to_f64(), inf);
    assert_eq!(one("min", &[1.0, inf]).to_f64(), 1.0);
    assert_eq!(one("min", &[inf, inf]).to_f64(), inf);
    assert_eq!(one("argmin", &[inf, inf]).to_f64(), 0.0);
    assert_eq!(one("argmax", &[-inf, -inf, -inf]).to_f64(), 0.0);
    assert_eq!(one("nanmax", &[-inf, f64::NAN]).to_f64(), -inf);
    assert_eq!(one("nanargmin", &[f64::NAN, inf]).to_f64(), 1.0);
}

#[test]
fn positions_in_long_rows() {
    let (n, nan) = (5000, f64::NAN);
    let sign = |i: usize| if i % 700 == 699 { 1.0 } else { -1.0 };
    let rows: [Vec<f64>; 5] = [
        (0..n).map(|i| (i * 37 % 50) as f64).collect(),
        (0..n).map(|i| if i < 3000 { nan } else { sign(i) }).collect(),
        (0..n).map(|i| if i == 4999 { nan } else { -sign(i) * f64::INFINITY }).collect(),
        vec![f64::NEG_INFINITY; n],
        vec![nan; n],
    ];
    for (name, lowest, skip) in
        [("argmin", true, false), ("argmax", false, false), ("nanargmin", true, true), ("nanargmax", false, true)]
    {
        let f = find(name).unwrap().fold(DType::Float64, DType::Int64, FoldParams::default()).unwrap();
        for (row, forwards) in rows.iter().flat_map(|row| [(row, true), (row, false)]) {
            let index = |i: usize| if forwards { i } else { n - 1 - i };
            let place = TileIndex { base: index(0) as i64, row: 0, col: if forwards { 1 } else { -1 } };
            let mut s = f.new_state(1).unwrap();
            f.fold_rows(&mut s, 0, bytemuck::cast_slice(row), 1, n, 0, place);
            let mut out = [0; 8];
            f.finish(&s, 0, 1, n as u64, &mut out);

            let mut best: Option<(f64, usize)> = None;
            for (x, i) in (0..n).map(|i| (row[index(i)], i)).filter(|(x, _)| !(skip && x.is_nan())) {
                let ahead = |b: f64| if lowest { x < b } else { x > b };
                if best.is_none_or(|(b, _)| !b.is_nan() && (x.is_nan() || ahead(b))) {
                    best = Some((x, i));
                }
            }
            assert_eq!(i64::from_ne_bytes(out), best.map_or(-1, |b| b.1 as i64), "{name} {forwards} {}", row[0]);
        }
    }
}

#[test]
fn differences_that_overflow() {
    let x = [-1.5e308, 1.5e308, 0.0, 1.0];
    assert_eq!(one("var", &x).get::<f64>(), f64::INFINITY);
    assert!(one("var", &[1.0, f64::INFINITY, 2.0]).get::<f64>().is_nan());
    let f = find("var").unwrap().fold(DType::Float64, DType::Float64, FoldParams::default()).unwrap();
    let mut s = f.new_state(2).unwrap();
    let tile: Vec<f64> = x.iter().flat_map(|&x| [x, f64::from(x > 0.5)]).collect();
    f.fold_cols(&mut s, 0, Rows::contiguous(bytemuck::cast_slice(&tile), 4, 2), 0, TileIndex::default());
    let mut out = [0; 16];
    f.finish(&s, 0, 2, 4, &mut out);
    assert_eq!(bytemuck::cast::<_, [f64; 2]>(out), [f64::INFINITY, 0.25]);
}

#[test]
fn degrees_of_freedom() {
    let x = [1.0, 2.0, 3.0];
    assert_eq!(with_ddof("var", &x, 1.0).to_f64(), 1.0);
    assert_eq!(with_ddof("var", &x, 2.5).to_f64(), 4.0);
    assert_eq!(with_ddof("var", &x, -1.0).to_f64(), 0.5);
    assert_eq!(with_ddof("var", &x, 3.0).to_f64(), f64::INFINITY);
    assert_eq!(with_ddof("std", &x, 4.0).to_f64(), f64::INFINITY);
    assert!(with_ddof("var", &[2.0, 2.0], 2.0).to_f64().is_nan());
    assert!(with_ddof("nanvar", &x, 3.0).to_f64().is_nan());
    assert!(with_ddof("var", &x, f64::NAN).to_f64().is_nan());
}

#[test]
fn first_complex_nan_is_the_extremum() {
    use hyperslab_base::Complex64 as C;
    let x = [C::new(5.0, 0.0), C::new(1.0, f64::NAN), C::new(f64::NAN, 2.0)];
    for name in ["min", "max"] {
        let got: C = one(name, &x).get();
        assert!(got.re == 1.0 && got.im.is_nan(), "{name}: {got}");
    }
    let got: C = one("nanmin", &x[1..]).get();
    assert!(got.re.is_nan() && got.im == 0.0);
}

#[test]
fn argument_of_a_backward_row() {
    let f = find("argmax").unwrap().fold(DType::Float64, DType::Int64, FoldParams::default()).unwrap();
    let x = [3.0_f64, 9.0, 1.0, 9.0];
    let mut s = f.new_state(1).unwrap();
    // The tile walks down the axis: its last element has the lowest index.
    f.fold_rows(&mut s, 0, bytemuck::cast_slice(&x), 1, 4, 0, TileIndex { base: 13, row: 0, col: -1 });
    assert_eq!(results(&*f, &s, 1, 4, DType::Int64)[0].get::<i64>(), 10);
}

#[test]
fn unaligned_tiles() {
    let f = find("sum").unwrap().fold(DType::Float64, DType::Float64, FoldParams::default()).unwrap();
    let mut bytes = vec![0_u8; 1 + 8 * 40];
    bytes[1..].copy_from_slice(bytemuck::cast_slice(&[0.5_f64; 40]));
    let mut s = f.new_state(1).unwrap();
    f.fold_rows(&mut s, 0, &bytes[1..], 1, 40, 0, TileIndex::default());
    let mut out = [0_u8; 9];
    f.finish(&s, 0, 1, 40, &mut out[1..]);
    assert_eq!(bytemuck::pod_read_unaligned::<f64>(&out[1..]), 20.0);
}

#[test]
fn dtypes_of_results() {
    let sig = |name: &str, input: &str, dtype: Option<&str>| {
        let parse = |d: &str| DType::from_name(d).unwrap();
        let sig = find(name).unwrap().resolve(parse(input), dtype.map(parse));
        sig.map(|s| format!("{} -> {}", s.input, s.output)).map_err(|e| e.kind)
    };
    let cases = [
        ("sum", "int8", None, "int64 -> int64"),
        ("sum", "uint8", None, "uint64 -> uint64"),
        ("sum", "bool", None, "int64 -> int64"),
        ("prod", "float16", None, "float16 -> float16"),
        ("sum", "float32", Some("float64"), "float64 -> float64"),
        ("sum", "float64", Some("bool"), "bool -> bool"),
        ("mean", "int64", None, "float64 -> float64"),
        ("mean", "int64", Some("int16"), "int16 -> int16"),
        ("mean", "float16", None, "float16 -> float16"),
        ("var", "complex64", None, "complex64 -> float32"),
        ("var", "complex64", Some("complex128"), "complex128 -> complex128"),
        ("std", "uint8", None, "float64 -> float64"),
        ("argmin", "complex64", None, "complex64 -> int64"),
        ("any", "datetime64[s]", None, "datetime64[s] -> bool"),
        ("min", "datetime64[s]", None, "datetime64[s] -> datetime64[s]"),
        ("sum", "timedelta64[s]", None, "timedelta64[s] -> timedelta64[s]"),
        ("mean", "timedelta64[s]", Some("float64"), "timedelta64[s] -> timedelta64[s]"),
    ];
    for (name, input, dtype, expect) in cases {
        assert_eq!(sig(name, input, dtype).unwrap(), expect, "{name} of {input}");
    }
    for (name, input, dtype) in [
        ("sum", "datetime64[s]", None),
        ("prod", "timedelta64[s]", None),
        ("var", "timedelta64[s]", None),
        ("sum", "int32", Some("timedelta64[s]")),
        ("nanmean", "float64", Some("int64")),
        ("min", "float64", Some("float64")),
    ] {
        assert!(matches!(sig(name, input, dtype), Err(ErrorKind::DType(_))), "{name} of {input}");
    }
    assert!(matches!(sig("var", "int32", Some("int32")), Err(ErrorKind::Unsupported(_))));
    let text = find("sum").unwrap().resolve(DType::from_name("datetime64[s]").unwrap(), None).unwrap_err();
    let expect = "ufunc 'add' cannot use operands with types dtype('<M8[s]') and dtype('<M8[s]')";
    assert_eq!(text.to_string(), expect);
}

#[test]
fn dtypes_asked_for() {
    let run = |name: &str, dtype: DType, x: &[u8], n: usize| {
        let r = find(name).unwrap();
        let sig = r.resolve(DType::Float64, Some(dtype)).unwrap();
        let f = r.fold(sig.input, sig.output, FoldParams::default()).unwrap();
        let mut s = f.new_state(1).unwrap();
        f.fold_cols(&mut s, 0, Rows::contiguous(x, n, 1), 0, TileIndex::default());
        results(&*f, &s, 1, n as u64, sig.output)[0]
    };
    assert_eq!(run("mean", DType::Int16, bytemuck::cast_slice(&[-1_i16, -2, -4]), 3).get::<i16>(), -2);
    assert_eq!(run("sum", DType::UInt8, &[200, 100], 2).get::<u8>(), 44);
    assert_eq!(run("sum", DType::Bool, &[0, 1, 1], 3).to_f64(), 1.0);
    assert_eq!(run("prod", DType::Bool, &[1, 0], 2).to_f64(), 0.0);
}

/// What is beside a column has no say in the bits of its result, not even where that overflows.
#[test]
fn columns_do_not_see_each_other() {
    let (rows, cols) = (12, 45);
    let mut rng = Rng(7);
    for (name, special) in ["sum", "mean", "var", "std", "prod", "nansum", "nanvar"]
        .into_iter()
        .flat_map(|name| [f64::MAX, f64::INFINITY, f64::NAN, 1e-310].map(|special| (name, special)))
    {
        let r = find(name).unwrap();
        let sig = r.resolve(DType::Float64, None).unwrap();
        let f = r.fold(sig.input, sig.output, FoldParams::default()).unwrap();
        let mut tile: Vec<f64> = (0..rows * cols).map(|_| rng.below(1000) as f64 / 7.0 + 0.1).collect();
        (0..rows).for_each(|i| tile[i * cols + 9] = if i % 2 == 0 { special } else { -special });
        let folded = |tile: &[f64], cols: usize| {
            let mut s = f.new_state(cols).unwrap();
            let rows = Rows::contiguous(bytemuck::cast_slice(tile), rows, cols);
            f.fold_cols(&mut s, 0, rows, 0, TileIndex::default());
            f.fold_cols(&mut s, 0, rows, rows.rows as u64, TileIndex::default());
            results(&*f, &s, cols, 2 * rows.rows as u64, sig.output)
        };
        let together = folded(&tile, cols);
        for (c, beside) in together.iter().enumerate() {
            let alone: Vec<f64> = tile.iter().skip(c).step_by(cols).copied().collect();
            let (alone, beside) = (folded(&alone, 1)[0].to_f64(), beside.to_f64());
            let same = alone.to_bits() == beside.to_bits() || (alone.is_nan() && beside.is_nan());
            assert!(same, "{name} of column {c} beside {special}: {beside}, alone {alone}");
        }
    }
}
