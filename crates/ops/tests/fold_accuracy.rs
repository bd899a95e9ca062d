//! Sums and variances of a million elements against exact ones, and the same bits at every instruction set.

#![allow(clippy::unwrap_used)] // In a test a panic is the report.

mod fold_reference;

use fold_reference::{Rng, Style, element};
use hyperslab_base::{DType, Element, Scalar, f16};
use hyperslab_ops::Rows;
use hyperslab_ops::fold::{FoldParams, TileIndex, find, reducers};

const N: usize = 1 << 20;

/// Sum as the unevaluated sum of two floats: exact to about 106 bits.
fn exact_sum(values: impl Iterator<Item = f64>) -> f64 {
    let (mut hi, mut lo) = (0.0_f64, 0.0_f64);
    for x in values {
        let s = hi + x;
        let back = s - hi;
        lo += (hi - (s - back)) + (x - back);
        hi = s;
    }
    hi + lo
}

/// The result of folding the values by rows or down columns, in tiles of 1024 elements, in two states.
fn reduce<T: Element>(name: &str, values: &[T], by_rows: bool) -> Scalar {
    let r = find(name).unwrap();
    let sig = r.resolve(T::DTYPE, None).unwrap();
    let f = r.fold(sig.input, sig.output, FoldParams::default()).unwrap();
    let mut states = Vec::new();
    for half in values.chunks(values.len() / 2) {
        let mut s = f.new_state(1).unwrap();
        for (i, tile) in half.chunks(1024).enumerate() {
            let (tile, n, before) = (bytemuck::cast_slice(tile), tile.len(), 1024 * i as u64);
            if by_rows {
                f.fold_rows(&mut s, 0, tile, 1, n, before, TileIndex::default());
            } else {
                f.fold_cols(&mut s, 0, Rows::contiguous(tile, n, 1), before, TileIndex::default());
            }
        }
        states.push((s, half.len() as u64));
    }
    let (from, n_from) = states.pop().unwrap();
    let (mut into, n_into) = states.pop().unwrap();
    f.merge(&mut into, n_into, &from, n_from);
    let mut out = vec![0; sig.output.itemsize()];
    f.finish(&into, 0, 1, values.len() as u64, &mut out);
    Scalar::from_bytes(sig.output, &out).unwrap()
}

#[test]
fn sum_of_mixed_magnitudes() {
    let mut rng = Rng(11);
    let x: Vec<f64> = (0..N).map(|_| (rng.unit() - 0.5) * 10_f64.powi(rng.below(16) as i32)).collect();
    let exact = exact_sum(x.iter().copied());
    let size: f64 = x.iter().map(|v| v.abs()).sum();
    for by_rows in [true, false] {
        let error = (reduce("sum", &x, by_rows).to_f64() - exact).abs();
        assert!(error <= 1e-17 * size, "{error:e} of {size:e}");
    }
}

#[test]
fn sum_of_equal_numbers() {
    let x = vec![0.1_f64; N];
    let exact = exact_sum(x.iter().copied());
    assert!((reduce("sum", &x, true).to_f64() - exact).abs() <= exact * 1e-15);
    assert!((reduce("mean", &x, true).to_f64() - 0.1).abs() <= 1e-16);
    assert!(reduce("var", &x, true).to_f64() <= 1e-30);
}

#[test]
fn single_floats_round_once() {
    let mut rng = Rng(12);
    let x: Vec<f32> = (0..N).map(|_| rng.unit() as f32).collect();
    let exact = exact_sum(x.iter().map(|&v| f64::from(v)));
    assert_eq!(reduce("sum", &x, true).get::<f32>(), exact as f32);
    assert_eq!(reduce("sum", &x, false).get::<f32>(), exact as f32);
    assert_eq!(reduce("mean", &x, true).get::<f32>(), (exact / N as f64) as f32);
}

#[test]
fn half_floats_lose_nothing_before_they_round() {
    let mut rng = Rng(15);
    for (scale, n) in [(1e-3, N), (1.0, 1 << 14), (60_000.0, 33)] {
        let x: Vec<f16> = (0..n).map(|_| f16::from_f64((rng.unit() - 0.25) * scale)).collect();
        let exact = exact_sum(x.iter().map(|v| v.to_f64()));
        let size: f64 = x.iter().map(|v| v.to_f64().abs()).sum();
        let nearest = f16::from_f64(exact);
        for got in [true, false].map(|by_rows| reduce("sum", &x, by_rows).to_f64()) {
            let unit = (f16::from_bits(nearest.to_bits() + 1).to_f64() - nearest.to_f64()).abs();
            let error = (got - exact).abs();
            assert!(got == nearest.to_f64() || error <= 0.5 * unit + size * 2_f64.powi(-22), "{error:e} of {unit:e}");
        }
    }
}

#[test]
fn sums_of_narrow_integers_do_not_overflow() {
    fn check<T: Element + Into<i64>>(extremes: [T; 2]) {
        let f = find("sum").unwrap().fold(T::DTYPE, DType::Int64, FoldParams::default()).unwrap();
        for x in extremes {
            let (row, mut out) = (vec![x; 1 << 17], [0; 8]);
            let mut s = f.new_state(1).unwrap();
            f.fold_rows(&mut s, 0, bytemuck::cast_slice(&row), 1, row.len(), 0, TileIndex::default());
            f.finish(&s, 0, 1, row.len() as u64, &mut out);
            assert_eq!(i64::from_le_bytes(out), x.into() << 17);
        }
    }
    check([i8::MIN, i8::MAX]);
    check([i16::MIN, i16::MAX]);
    check([i32::MIN, i32::MAX]);
    check([u8::MIN, u8::MAX]);
    check([u16::MIN, u16::MAX]);
    check([u32::MIN, u32::MAX]);
}

#[test]
fn variance_far_from_zero() {
    let mut rng = Rng(13);
    let offset = 1e9;
    let x: Vec<f64> = (0..N).map(|_| offset + rng.unit()).collect();
    // Subtracting the offset is exact, and leaves a well conditioned problem.
    let mean = exact_sum(x.iter().map(|v| v - offset)) / N as f64;
    let exact = exact_sum(x.iter().map(|v| (v - offset - mean).powi(2))) / N as f64;
    for by_rows in [true, false] {
        let got = reduce("var", &x, by_rows).to_f64();
        assert!((got - exact).abs() <= 1e-12 * exact, "{got} {exact}");
    }
}

/// Every reduction of every dtype, hashed.
fn digest() -> u64 {
    let mut rng = Rng(14);
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for dtype in DType::NUMERIC {
        for style in [Style::Plain, Style::SomeNan] {
            let (rows, cols) = (67, 83);
            let tile: Vec<u8> =
                (0..rows * cols).flat_map(|_| element(dtype, style, &mut rng).bytes().to_vec()).collect();
            for r in reducers() {
                let sig = r.resolve(dtype, None).unwrap();
                if sig.input != dtype {
                    continue;
                }
                let f = r.fold(sig.input, sig.output, FoldParams::default()).unwrap();
                let mut s = f.new_state(rows.max(cols)).unwrap();
                let index = TileIndex { base: 0, row: cols as i64, col: 1 };
                f.fold_rows(&mut s, 0, &tile, rows, cols, 0, index);
                f.fold_cols(&mut s, 0, Rows::contiguous(&tile, rows, cols), cols as u64, index);
                let mut out = vec![0; rows * sig.output.itemsize()];
                f.finish(&s, 0, rows, (rows + cols) as u64, &mut out);
                for chunk in out.chunks_exact(sig.output.itemsize()) {
                    // NaNs are one value: their sign and payload are the processor's.
                    let v = Scalar::from_bytes(sig.output, chunk).unwrap();
                    let nan = fold_reference::value(&v).nan;
                    let bytes = if nan { &[0xff][..] } else { chunk };
                    hash = bytes.iter().fold(hash, |h, &b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
                }
            }
        }
    }
    hash
}

#[test]
fn digest_of_this_level() {
    let d = digest();
    assert_eq!(d, digest());
    println!("digest {d:016x}");
}

#[test]
fn same_bits_at_every_level() {
    let mine = format!("digest {:016x}", digest());
    for level in ["avx2", "baseline"] {
        let out = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "digest_of_this_level", "--nocapture"])
            .env("HYPERSLAB_SIMD", level)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&out.stdout).into_owned();
        assert!(out.status.success() && text.contains(&mine), "{level}: {text}, not {mine}");
    }
}
