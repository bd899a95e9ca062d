//! Matrix products against three nested loops.

#![allow(clippy::unwrap_used)] // In a test a panic is the report.

use hyperslab_base::{Bool, Complex32, Complex64, DType, Element, ErrorKind, f16};
use hyperslab_ops::contract::{MatRef, Product, accumulator, contract_dtype, matmul};

/// Sizes around the edges of panels and strips.
const SIZES: [(usize, usize, usize); 6] = [(1, 1, 1), (3, 5, 2), (17, 33, 130), (2, 300, 7), (40, 1, 129), (5, 9, 0)];

/// Element `i` of an operand: small, so that floats are exact.
fn operand<T>(n: usize, salt: u64, make: impl Fn(i64) -> T) -> Vec<T> {
    (0..n as u64).map(|i| make(((((i + salt) * 2_654_435_761) >> 7) % 13) as i64 - 6)).collect()
}

fn check<T: Element>(make: impl Fn(i64) -> T + Copy, add_product: impl Fn(T, T, T) -> T) {
    for (m, n, k) in SIZES {
        let (a, b) = (operand(m * k, 1, make), operand(k * n, 2, make));
        for transposed in [false, true] {
            let strides = |rows: usize, cols: usize| if transposed { (1, rows) } else { (cols, 1) };
            let ((ar, ac), (br, bc)) = (strides(m, k), strides(k, n));
            let start = operand(m * n, 3, make);
            for accumulate in [false, true] {
                let mut out = start.clone();
                let a_ref = MatRef { bytes: bytemuck::cast_slice(&a), row_stride: ar, col_stride: ac };
                let b_ref = MatRef { bytes: bytemuck::cast_slice(&b), row_stride: br, col_stride: bc };
                let bytes = bytemuck::cast_slice_mut(&mut out);
                matmul(T::DTYPE, a_ref, b_ref, bytes, Product { accumulate, ..Product::new(m, n, k) }).unwrap();
                for i in 0..m {
                    for j in 0..n {
                        let zero: T = bytemuck::Zeroable::zeroed();
                        let first = if accumulate { start[i * n + j] } else { zero };
                        let expect = (0..k).fold(first, |s, p| add_product(s, a[i * ar + p * ac], b[p * br + j * bc]));
                        assert_eq!(out[i * n + j], expect, "{} {m}x{n}x{k} at {i}, {j}", T::DTYPE);
                    }
                }
            }
        }
    }
}

#[test]
fn every_dtype() {
    check(|i| i as f64, |s, a, b| s + a * b);
    check(|i| i as f32, |s, a, b| s + a * b);
    check(|i| Complex32::new(i as f32, 1.0 - i as f32), |s, a, b| s + a * b);
    check(|i| Complex64::new(i as f64, 1.0 - i as f64), |s, a, b| s + a * b);
    check(|i| f16::from_f64(i as f64 / 4.0), |s, a, b| f16::from_f64(s.to_f64() + a.to_f64() * b.to_f64()));
    check(|i| Bool::from(i > 3), |s, a, b| Bool::from(s.get() || (a.get() && b.get())));
    check(|i| (i * 41) as i8, |s, a, b| s.wrapping_add(a.wrapping_mul(b)));
    check(|i| (i * 41) as u8, |s, a, b| s.wrapping_add(a.wrapping_mul(b)));
    check(|i| (i * 9041) as i16, |s, a, b| s.wrapping_add(a.wrapping_mul(b)));
    check(|i| (i * 9041) as u16, |s, a, b| s.wrapping_add(a.wrapping_mul(b)));
    check(|i| (i * 990_000_041) as i32, |s, a, b| s.wrapping_add(a.wrapping_mul(b)));
    check(|i| (i * 990_000_041) as u32, |s, a, b| s.wrapping_add(a.wrapping_mul(b)));
    check(|i| i << 59, |s: i64, a, b| s.wrapping_add(a.wrapping_mul(b)));
    check(|i| (i << 59) as u64 + 3, |s, a, b| s.wrapping_add(a.wrapping_mul(b)));
}

/// Numbers whose sums round differently in every order.
fn noise<T>(n: usize, salt: u64, make: impl Fn(f64, f64) -> T) -> Vec<T> {
    let word =
        |i: u64| (i + salt).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23).wrapping_mul(0xd6e8_feb8_6659_fd93);
    let number = |i: u64| (word(i) >> 11) as f64 / (1_u64 << 53) as f64 - 0.5;
    (0..n as u64).map(|i| make(number(2 * i), number(2 * i + 1))).collect()
}

fn check_parts<T: Element>(make: impl Fn(f64, f64) -> T + Copy) {
    for (m, n, k) in [
        (300, 60, 1030),
        (70, 400, 513),
        (16, 16, 700),
        (100, 1, 90),
        (301, 1, 700),
        (1, 300, 1),
        (3, 700, 2),
        (40, 7, 64),
    ] {
        let (a, b) = (noise(m * k, 1, make), noise(k * n, 2, make));
        let of = |x: &[T], at: usize, row_stride, col_stride| {
            let bytes = bytemuck::cast_slice::<T, u8>(&x[at..]).to_vec();
            (bytes, row_stride, col_stride)
        };
        for (a_turned, b_turned) in [(false, false), (true, false), (false, true), (true, true)] {
            let (ar, ac) = if a_turned { (1, m) } else { (k, 1) };
            let (br, bc) = if b_turned { (1, k) } else { (n, 1) };
            // A side of one part of a matrix is a side without a stride, as the engine has it.
            let multiply = |i: usize, j: usize, rows: usize, cols: usize| {
                let (left, left_row, left_col) = of(&a, i * ar, if rows > 1 { ar } else { 0 }, ac);
                let (right, right_row, right_col) = of(&b, j * bc, br, if cols > 1 { bc } else { 0 });
                let left = MatRef { bytes: &left, row_stride: left_row, col_stride: left_col };
                let right = MatRef { bytes: &right, row_stride: right_row, col_stride: right_col };
                let mut out = vec![T::zeroed(); rows * cols];
                let part = Product { block: (m, n), runs: (ac == 1, br == 1), ..Product::new(rows, cols, k) };
                matmul(T::DTYPE, left, right, bytemuck::cast_slice_mut(&mut out), part).unwrap();
                out
            };
            let whole = multiply(0, 0, m, n);
            for (rows, cols) in [
                (m, 1),
                (1, n),
                (1, 1),
                (m, 5),
                (5, n),
                (5, 5),
                (2, 3),
                (16, 16),
                (17, 50),
                (150, 30),
                (m - m / 3, n - n / 3),
            ] {
                let (rows, cols) = (rows.min(m), cols.min(n));
                for (i, j) in [(0, 0), (m - rows, n - cols), ((m - rows) / 2, (n - cols) / 3)] {
                    let part = multiply(i, j, rows, cols);
                    let same = |r: usize| part[r * cols..][..cols] == whole[(i + r) * n + j..][..cols];
                    let at = format!("{} {rows}x{cols} at {i}, {j} of {m}x{n}x{k}, {a_turned} {b_turned}", T::DTYPE);
                    assert!((0..rows).all(same), "{at}");
                }
            }
        }
    }
}

#[test]
fn parts_of_a_block_have_its_bits() {
    check_parts(|x, _| x);
    check_parts(|x, _| x as f32);
    check_parts(|x, y| Complex32::new(x as f32, y as f32));
    check_parts(Complex64::new);
    check_parts(|x, _| f16::from_f64(x));
}

#[test]
fn unaligned_bytes() {
    let mut a = [0_u8; 33];
    a[1..].copy_from_slice(bytemuck::cast_slice(&[1.0_f64, 2.0, 3.0, 4.0]));
    let m = MatRef { bytes: &a[1..], row_stride: 2, col_stride: 1 };
    let mut out = [0_u8; 33];
    matmul(DType::Float64, m, m, &mut out[1..], Product::new(2, 2, 2)).unwrap();
    assert_eq!(bytemuck::pod_collect_to_vec::<u8, f64>(&out[1..]), [7.0, 10.0, 15.0, 22.0]);
}

#[test]
fn matrices_that_leave_their_bytes() {
    let a = [0_u8; 64];
    let fits = MatRef { bytes: &a, row_stride: 4, col_stride: 1 };
    let mut out = [0_u8; 32];
    let mut run = |x, y| matmul(DType::Float64, x, y, &mut out, Product::new(2, 2, 2));
    run(fits, fits).unwrap();
    for (row_stride, col_stride) in [(7, 1), (1, 7), (usize::MAX, 1), (usize::MAX / 2, usize::MAX)] {
        let leaves = MatRef { bytes: &a, row_stride, col_stride };
        assert!(matches!(run(fits, leaves).unwrap_err().kind, ErrorKind::Internal(_)));
        assert!(matches!(run(leaves, fits).unwrap_err().kind, ErrorKind::Internal(_)));
    }
    let ragged = MatRef { bytes: &a[..63], row_stride: 1, col_stride: 1 };
    assert!(run(fits, ragged).is_err());
    assert!(matmul(DType::Float64, fits, fits, &mut [0; 31], Product::new(2, 2, 2)).is_err());
}

#[test]
fn dtypes_of_products() {
    assert_eq!(contract_dtype(DType::Int8, DType::UInt64).unwrap(), DType::Float64);
    assert_eq!(contract_dtype(DType::Bool, DType::Bool).unwrap(), DType::Bool);
    assert_eq!(contract_dtype(DType::Float16, DType::Int8).unwrap(), DType::Float16);
    let e = contract_dtype(DType::from_name("timedelta64[s]").unwrap(), DType::Float64).unwrap_err();
    assert!(matches!(e.kind, ErrorKind::DType(_)));
    assert_eq!(
        e.to_string(),
        "ufunc 'matmul' did not contain a loop with signature matching types (<class \
         'numpy.dtypes.TimeDelta64DType'>, <class 'numpy.dtypes.Float64DType'>) -> None"
    );
}

/// A sum of half floats over many blocks is as good as over one: of 1 + 4095 products too small for a half beside it.
#[test]
fn blocks_add_up_in_the_accumulator() {
    let dtype = accumulator(DType::Float16);
    let mut sum = [0f32];
    for block in 0..16 {
        let a: Vec<f32> = (0..256).map(|i| if block == 0 && i == 0 { 1.0 } else { 2f32.powi(-12) }).collect();
        let b = vec![1f32; 256];
        let a = MatRef { bytes: bytemuck::cast_slice(&a), row_stride: 256, col_stride: 1 };
        let b = MatRef { bytes: bytemuck::cast_slice(&b), row_stride: 1, col_stride: 1 };
        let product = Product { accumulate: block > 0, ..Product::new(1, 1, 256) };
        matmul(dtype, a, b, bytemuck::cast_slice_mut(&mut sum), product).unwrap();
    }
    assert_eq!(f16::from_f32(sum[0]), f16::from_f64(1.0 + 4095.0 / 4096.0));
    for other in [DType::Float32, DType::Float64, DType::Complex64, DType::Int8, DType::Bool] {
        assert_eq!(accumulator(other), other);
    }
}
