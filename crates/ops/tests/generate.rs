//! Ranges as NumPy fills them, and constant blocks.

#![allow(clippy::unwrap_used)] // In a test a panic is the report.

use hyperslab_base::{Bool, Complex64, DType, Element, Scalar, TimeUnit, f16};
use hyperslab_ops::generate::{arange, fill};

fn range<T: Element>(start: T, step: T, first: i64, stride: i64, n: usize) -> Vec<T> {
    let mut out = vec![0; n * size_of::<T>()];
    arange(T::DTYPE, Scalar::new(start), Scalar::new(step), first, stride, &mut out).unwrap();
    bytemuck::pod_collect_to_vec(&out)
}

#[test]
fn floats_have_numpy_roundings() {
    // numpy.arange(0.1, 1, 0.1)[[1, 2, 5, 7]]
    let x = range(0.1, 0.1, 0, 1, 9);
    assert_eq!([x[1], x[2], x[5], x[7]], [0.2, 0.300_000_000_000_000_04, 0.6, 0.8]);
    // A start that swallows most of the step: the second element is exact, and delta is what is left of the step.
    let x = range(1e16, 3.0, 0, 1, 4);
    assert_eq!(x, [1e16, 1e16 + 4.0, 1e16 + 8.0, 1e16 + 12.0]);
    let x = range(f16::from_f32(0.1), f16::from_f32(0.1), 0, 1, 13);
    assert_eq!([x[6].to_bits(), x[12].to_bits()], [0x3999, 0x3d33]);
    let x = range(0.3, 0.7, 0, 1, 20);
    assert_eq!([x[7], x[13]], [5.199_999_999_999_999, 9.4]);
    let x = range(0.3_f32, 0.7, 0, 1, 21);
    assert_eq!([x[7], x[13], x[20]].map(f32::to_bits), [1_084_647_015, 1_091_987_046, 1_097_125_069]);
    assert_eq!(range(0.0_f32, 0.25, 3, 2, 3), [0.75, 1.25, 1.75]);
    let x = range(Complex64::new(1.0, 1.0), Complex64::new(1.5, 0.25), 0, 1, 3);
    assert_eq!(x[2], Complex64::new(4.0, 1.5));
}

#[test]
fn integers_wrap_and_go_backwards() {
    assert_eq!(range(100_i8, 60, 0, 1, 4), [100, -96, -36, 24]);
    assert_eq!(range(10_i64, -3, 4, -1, 5), [-2, 1, 4, 7, 10]);
    assert_eq!(range(u64::MAX, 2, 0, 1, 2), [u64::MAX, 1]);
    assert_eq!(range(Bool(0), Bool(1), 0, 1, 2), [Bool(0), Bool(1)]);
    let day = DType::DateTime64(TimeUnit::new("D", 1).unwrap());
    let (start, step) = (Scalar::with_dtype(day, 10_957_i64), Scalar::new(7_i64));
    let mut out = [0; 16];
    arange(day, start, step, 1, 1, &mut out).unwrap();
    assert_eq!(bytemuck::pod_collect_to_vec::<u8, i64>(&out), [10_964, 10_971]);
}

#[test]
fn parts_are_the_whole() {
    let whole = range(0.3_f64, 0.7, 0, 1, 100);
    for cut in [0, 1, 2, 50, 99] {
        assert_eq!(range(0.3_f64, 0.7, cut as i64, 1, 100 - cut), whole[cut..]);
    }
}

#[test]
fn constants() {
    for n in [0, 1, 2, 5, 4_999] {
        for v in
            [Scalar::new(1.5_f64), Scalar::new(7_u8), Scalar::new(Complex64::new(1.0, 2.0)), Scalar::zero(DType::Int32)]
        {
            let mut out = vec![0xaa; n * v.dtype().itemsize()];
            fill(&v, &mut out).unwrap();
            assert!(out.chunks_exact(v.dtype().itemsize()).all(|c| c == v.bytes()), "{n} of {v:?}");
        }
    }
    assert!(fill(&Scalar::new(1.5_f64), &mut [0; 9]).is_err());
    assert!(arange(DType::Int8, Scalar::new(1_i8), Scalar::new(1_u8), 0, 1, &mut [0; 2]).is_err());
}
