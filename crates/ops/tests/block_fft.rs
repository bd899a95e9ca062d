//! Fourier transforms against their definition, of every dtype, along every axis, cut and padded.

#![allow(clippy::unwrap_used)] // In a test a panic is the report.

use hyperslab_base::{Block, ChunkGrid, Complex64, DType, Kind, Meta, Range, Region, TimeUnit, copy};
use hyperslab_ops::block::fft::{Fft, Norm, Transform};
use hyperslab_ops::block::{BlockOp, Cell, decode};
use hyperslab_ops::cast_kernel;

const TRANSFORMS: [Transform; 4] =
    [Transform::Forward, Transform::Inverse, Transform::RealForward, Transform::RealInverse];

fn meta(dtype: DType, shape: &[u64]) -> Meta {
    Meta { shape: shape.into(), dtype, chunks: ChunkGrid::single(shape) }
}

fn cast(x: &Block, to: DType) -> Block {
    let mut out = Block::zeroed(to, x.shape()).unwrap();
    cast_kernel(x.dtype(), to).unwrap()(&[x.bytes()], out.bytes_mut());
    out
}

fn elements(dtype: DType, shape: &[u64]) -> Block {
    let mut wide = Block::zeroed(DType::Complex128, shape).unwrap();
    let mut state = 11u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 60) as f64 - if dtype.kind() == Kind::UInt { 0.0 } else { 8.0 }
    };
    for x in bytemuck::cast_slice_mut::<u8, Complex64>(wide.bytes_mut()) {
        *x = Complex64::new(next(), next());
    }
    cast(&wide, dtype)
}

/// The transform of one lane, term by term.
fn definition(transform: Transform, lane: &[Complex64], n: usize, scale: f64) -> Vec<Complex64> {
    let at = |i: usize| lane.get(i).copied().unwrap_or_default();
    let real_inverse = transform == Transform::RealInverse;
    let operand: Vec<Complex64> = (0..n)
        .map(|i| match () {
            () if !real_inverse => at(i),
            () if i == 0 || 2 * i == n => Complex64::new(at(i).re, 0.0),
            () if i <= n / 2 => at(i),
            () => at(n - i).conj(),
        })
        .collect();
    let sign = if matches!(transform, Transform::Forward | Transform::RealForward) { -1.0 } else { 1.0 };
    let made = if transform == Transform::RealForward { n / 2 + 1 } else { n };
    let term =
        |k: usize, i: usize| Complex64::from_polar(1.0, sign * std::f64::consts::TAU * ((k * i) % n) as f64 / n as f64);
    (0..made).map(|k| (0..n).map(|i| operand[i] * term(k, i)).sum::<Complex64>() * scale).collect()
}

fn check(op: &Fft, transform: Transform, x: &Block, axis: usize, n: u64, scale: f64) {
    let input = meta(x.dtype(), x.shape());
    let out = op.infer(&[&input]).unwrap().remove(0);
    // Operand and result lie with their axes reversed, so that no lane is contiguous by chance.
    let reversed: Vec<usize> = (0..x.shape().len()).rev().collect();
    let turned_shape: Vec<u64> = x.shape().iter().rev().copied().collect();
    let mut turned = Block::zeroed(x.dtype(), &turned_shape).unwrap();
    copy(&x.view().transpose(&reversed), &mut turned.view_mut());
    let out_shape: Vec<u64> = out.shape.iter().rev().copied().collect();
    let mut result = Block::zeroed(out.dtype, &out_shape).unwrap();
    let named: Vec<Option<usize>> = reversed.iter().map(|&d| Some(d)).collect();
    let region = Region::full(&out.shape);
    let cell = Cell { region: &region, block: None };
    op.run(&cell, &[turned.view().transpose(&reversed)], &mut [result.view_mut().rearrange(&named)]).unwrap();
    let mut straight = Block::zeroed(out.dtype, &out.shape).unwrap();
    copy(&result.view().transpose(&reversed), &mut straight.view_mut());
    let (wide, got) = (cast(x, DType::Complex128), cast(&straight, DType::Complex128));

    let tolerance = match out.dtype {
        DType::Float16 => 2e-2,
        DType::Complex64 | DType::Float32 => 1e-4,
        _ => 1e-11,
    };
    let order: Vec<usize> = (0..x.shape().len()).filter(|&d| d != axis).chain([axis]).collect();
    let lanes = |b: &Block| {
        let shape: Vec<u64> = order.iter().map(|&d| b.shape()[d]).collect();
        let mut last = Block::zeroed(DType::Complex128, &shape).unwrap();
        copy(&b.view().transpose(&order), &mut last.view_mut());
        let all: Vec<Complex64> = bytemuck::cast_slice(last.bytes()).to_vec();
        all.chunks(b.shape()[axis] as usize).map(<[Complex64]>::to_vec).collect::<Vec<_>>()
    };
    for (lane, got) in lanes(&wide).iter().zip(lanes(&got)) {
        let expected = definition(transform, lane, n as usize, scale);
        let size = lane.iter().map(|x| x.norm()).sum::<f64>() * scale.max(1e-9) + 1e-9;
        assert_eq!(expected.len(), got.len());
        for (e, g) in expected.iter().zip(&got) {
            assert!((e - g).norm() <= tolerance * size, "{op:?} of {:?}: {g} for {e}", x.dtype());
        }
    }
}

#[test]
fn transforms_are_as_defined() {
    for transform in TRANSFORMS {
        for dtype in DType::NUMERIC {
            if transform == Transform::RealForward && dtype.kind() == Kind::Complex {
                continue;
            }
            for axis in 0..3 {
                let x = elements(dtype, &[4, 5, 6]);
                let len = x.shape()[axis];
                for points in [None, Some(1), Some(2), Some(3), Some(8), Some(17)] {
                    let natural = if transform == Transform::RealInverse { 2 * (len - 1) } else { len };
                    let n = points.unwrap_or(natural);
                    let forward = matches!(transform, Transform::Forward | Transform::RealForward);
                    let norms = [
                        (Norm::Backward, if forward { 1.0 } else { 1.0 / n as f64 }),
                        (Norm::Ortho, 1.0 / (n as f64).sqrt()),
                        (Norm::Forward, if forward { 1.0 / n as f64 } else { 1.0 }),
                    ];
                    for (norm, scale) in norms {
                        check(&Fft::new(transform, axis, points, norm), transform, &x, axis, n, scale);
                    }
                }
            }
        }
    }
}

#[test]
fn lengths_with_large_prime_factors() {
    for n in [97u64, 211, 2 * 503, 1009] {
        for transform in TRANSFORMS {
            let x = elements(DType::Float64, &[n]);
            let op = Fft::new(transform, 0, Some(n), Norm::Ortho);
            check(&op, transform, &x, 0, n, 1.0 / (n as f64).sqrt());
        }
    }
}

#[test]
fn dtypes_and_shapes_are_numpys() {
    let dtype = |transform, dtype| {
        let op = Fft::new(transform, 0, None, Norm::Backward);
        op.infer(&[&meta(dtype, &[8])]).map(|m| (m[0].dtype, m[0].shape[0]))
    };
    for (operand, complex, real) in [
        (DType::Bool, DType::Complex128, DType::Float64),
        (DType::Int64, DType::Complex128, DType::Float64),
        (DType::Float16, DType::Complex64, DType::Float16),
        (DType::Float32, DType::Complex64, DType::Float32),
        (DType::Complex64, DType::Complex64, DType::Float32),
        (DType::Complex128, DType::Complex128, DType::Float64),
    ] {
        assert_eq!(dtype(Transform::Forward, operand).unwrap(), (complex, 8));
        assert_eq!(dtype(Transform::Inverse, operand).unwrap(), (complex, 8));
        assert_eq!(dtype(Transform::RealInverse, operand).unwrap(), (real, 14));
        match dtype(Transform::RealForward, operand) {
            Ok(got) => assert_eq!(got, (complex, 5)),
            Err(_) => assert_eq!(operand.kind(), Kind::Complex),
        }
    }
    let time = DType::TimeDelta64(TimeUnit::new("s", 1).unwrap());
    assert!(dtype(Transform::Forward, time).is_err());
    let none = Fft::new(Transform::RealInverse, 0, None, Norm::Backward).infer(&[&meta(DType::Float64, &[1])]);
    assert!(none.unwrap_err().to_string().contains("Invalid number of FFT data points (0) specified."));
    assert!(Fft::new(Transform::Forward, 1, None, Norm::Backward).infer(&[&meta(DType::Float64, &[4])]).is_err());
}

#[test]
fn names_and_parameters_make_it_again() {
    for transform in TRANSFORMS {
        let op = Fft::new(transform, 1, Some(300), Norm::Ortho);
        let again = decode(op.row(), &op.params()).unwrap();
        assert!(*again == *(&op as &dyn BlockOp));
        assert!(decode("no such", &op.params()).is_err());
        assert!(decode(op.row(), &[255]).is_err());
    }
}

#[test]
fn a_cell_is_its_part_of_the_whole() {
    let x = elements(DType::Float64, &[7, 16]);
    let op = Fft::new(Transform::Forward, 1, None, Norm::Backward);
    let run = |first: u64, rows: u64| {
        let region = Region([Range::new(first, rows), Range::new(0, 16)].into_iter().collect());
        let mut out = Block::zeroed(DType::Complex128, &[rows, 16]).unwrap();
        op.run(&Cell { region: &region, block: None }, &[x.view().slice(&region)], &mut [out.view_mut()]).unwrap();
        out.bytes().to_vec()
    };
    assert_eq!([run(0, 3), run(3, 4)].concat(), run(0, 7));
}
