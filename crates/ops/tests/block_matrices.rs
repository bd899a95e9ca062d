//! Linear algebra on stacks of matrices against what its results are defined by.

#![allow(clippy::unwrap_used)] // In a test a panic is the report.

mod block_support;

use block_support::{block, elements, meta, numbers, run};
use hyperslab_base::{Block, Complex64, DType, ErrorKind, Kind, Result, TimeUnit};
use hyperslab_ops::block::BlockOp;
use hyperslab_ops::block::matrices::{Factor, Matrices};
use hyperslab_ops::inside::for_boxes;

const WORK: [DType; 4] = [DType::Float32, DType::Float64, DType::Complex64, DType::Complex128];

/// One matrix.
#[derive(Clone, Debug)]
struct Matrix {
    rows: usize,
    columns: usize,
    x: Vec<Complex64>,
}

impl Matrix {
    fn new(rows: usize, columns: usize, f: impl Fn(usize, usize) -> Complex64) -> Self {
        let x = (0..rows).flat_map(|i| (0..columns).map(move |j| (i, j))).map(|(i, j)| f(i, j)).collect();
        Matrix { rows, columns, x }
    }

    fn at(&self, i: usize, j: usize) -> Complex64 {
        self.x[i * self.columns + j]
    }

    fn identity(n: usize) -> Self {
        Matrix::new(n, n, |i, j| Complex64::new(if i == j { 1.0 } else { 0.0 }, 0.0))
    }

    fn diagonal(x: &[Complex64]) -> Self {
        Matrix::new(x.len(), x.len(), |i, j| if i == j { x[i] } else { Complex64::default() })
    }

    fn times(&self, o: &Matrix) -> Matrix {
        assert_eq!(self.columns, o.rows);
        Matrix::new(self.rows, o.columns, |i, j| (0..o.rows).map(|k| self.at(i, k) * o.at(k, j)).sum())
    }

    fn adjoint(&self) -> Matrix {
        Matrix::new(self.columns, self.rows, |i, j| self.at(j, i).conj())
    }

    fn norm(&self) -> f64 {
        self.x.iter().map(|x| x.norm_sqr()).sum::<f64>().sqrt()
    }

    #[track_caller]
    fn is(&self, o: &Matrix, tolerance: f64, what: &str) {
        assert_eq!((self.rows, self.columns), (o.rows, o.columns), "{what}");
        let apart = self.x.iter().zip(&o.x).map(|(a, b)| (a - b).norm_sqr()).sum::<f64>().sqrt();
        assert!(apart <= tolerance * (1.0 + self.norm()), "{what}: {apart} apart");
    }

    #[track_caller]
    fn is_orthonormal(&self, tolerance: f64, what: &str) {
        self.adjoint().times(self).is(&Matrix::identity(self.columns), tolerance, what);
    }

    /// By elimination of one column after the other.
    fn determinant(&self) -> Complex64 {
        let (mut a, n) = (self.clone(), self.rows);
        let mut det = Complex64::new(1.0, 0.0);
        for k in 0..n {
            let pivot = (k..n).max_by(|&i, &j| a.at(i, k).norm().total_cmp(&a.at(j, k).norm())).unwrap();
            if pivot != k {
                det = -det;
                (0..n).for_each(|j| a.x.swap(k * n + j, pivot * n + j));
            }
            det *= a.at(k, k);
            for i in k + 1..n {
                let by = a.at(i, k) / a.at(k, k);
                (0..n).for_each(|j| a.x[i * n + j] = a.at(i, j) - by * a.at(k, j));
            }
        }
        det
    }
}

fn tolerance(dtype: DType, n: usize) -> f64 {
    let single = matches!(dtype, DType::Float32 | DType::Complex64);
    (if single { 1e-5 } else { 1e-13 }) * (n as f64 + 3.0)
}

/// The matrices in the last two axes (in the last one where `vectors`).
fn stack(x: &Block, vectors: bool) -> Vec<Matrix> {
    let shape = x.shape();
    let n = *shape.last().unwrap() as usize;
    let m = if vectors { 1 } else { shape[shape.len() - 2] as usize };
    elements::<Complex64>(x).chunks((m * n).max(1)).map(|x| Matrix { rows: m, columns: n, x: x.to_vec() }).collect()
}

fn random(seed: u64, shape: &[u64]) -> Vec<Complex64> {
    let mut next = numbers(seed);
    let mut one = || (next() % 2001) as f64 / 1000.0 - 1.0;
    (0..shape.iter().product::<u64>()).map(|_| Complex64::new(one(), one())).collect()
}

/// Matrices with a large diagonal, so that they are far from singular.
fn square(dtype: DType, outer: &[u64], n: u64) -> Block {
    let shape: Vec<u64> = outer.iter().copied().chain([n, n]).collect();
    let mut x = random(n, &shape);
    let n = n as usize;
    if dtype.kind() != Kind::Float && dtype.kind() != Kind::Complex {
        x.iter_mut().for_each(|x| *x = (*x * 3.0 + Complex64::new(3.0, 0.0)).re.trunc().into());
    }
    for (k, x) in x.iter_mut().enumerate() {
        if k / n % n == (k % n + 1) % n {
            // Not on the diagonal: rows have to be exchanged.
            *x += 2.0 * (n as f64) * if k % 2 == 0 { 1.0 } else { -1.0 };
        }
    }
    block(dtype, &shape, &x)
}

/// Self-adjoint ones, with eigenvalues of both signs or of one.
fn hermitian(dtype: DType, outer: &[u64], n: u64, positive: bool) -> Block {
    let shape: Vec<u64> = outer.iter().copied().chain([n, n]).collect();
    let raw = block(dtype, &shape, &random(n + 1, &shape));
    let shift = if positive { n as f64 } else { 0.0 };
    let all: Vec<Complex64> = stack(&raw, false)
        .iter()
        .flat_map(|a| {
            let n = a.rows;
            let one = |i, j| a.at(i, j) + a.at(j, i).conj() + if i == j { 2.0 * shift } else { 0.0 };
            Matrix::new(n, n, one).x
        })
        .collect();
    block(dtype, &shape, &all)
}

/// With the triangle that is not to be read spoilt.
fn spoilt(x: &Block, upper: bool) -> Block {
    let all: Vec<Complex64> = stack(x, false)
        .iter()
        .flat_map(|a| {
            let spoil = |i: usize, j: usize| if upper { i > j } else { i < j };
            Matrix::new(a.rows, a.columns, |i, j| if spoil(i, j) { Complex64::new(f64::NAN, 7.0) } else { a.at(i, j) })
                .x
        })
        .collect();
    block(x.dtype(), x.shape(), &all)
}

fn of(factor: Factor, ins: &[&Block]) -> Result<Vec<Block>> {
    run(&Matrices::new(factor), ins)
}

const SIZES: [(&[u64], u64); 7] = [(&[], 1), (&[2, 3], 2), (&[4], 3), (&[], 17), (&[2], 40), (&[], 130), (&[], 200)];

#[test]
fn inverses_solutions_and_determinants() {
    for dtype in WORK.into_iter().chain([DType::Int16, DType::UInt8, DType::Int64]) {
        for (outer, n) in SIZES {
            if dtype == DType::UInt8 && n > 17 {
                continue;
            }
            let a = square(dtype, outer, n);
            let work = if dtype.is_inexact() { dtype } else { DType::Float64 };
            let tolerance = tolerance(work, n as usize);
            let inverse = of(Factor::Inverse, &[&a]).unwrap().remove(0);
            assert_eq!(inverse.dtype(), work);
            for (a, x) in stack(&a, false).iter().zip(stack(&inverse, false)) {
                a.times(&x).is(&Matrix::identity(a.rows), tolerance, "inverse");
            }
            let det = of(Factor::Determinant, &[&a]).unwrap().remove(0);
            let logs = of(Factor::LogDeterminant, &[&a]).unwrap();
            assert_eq!((det.dtype(), logs[0].dtype(), logs[1].dtype()), (work, work, work.real()));
            assert_eq!((det.shape(), logs[0].shape(), logs[1].shape()), (outer, outer, outer));
            let logs: Vec<(Complex64, f64)> =
                elements::<Complex64>(&logs[0]).into_iter().zip(elements::<f64>(&logs[1])).collect();
            for ((a, det), (sign, log)) in stack(&a, false).iter().zip(elements::<Complex64>(&det)).zip(logs) {
                let expected = a.determinant();
                if expected.norm() < 1e30 {
                    assert!((det - expected).norm() <= 10.0 * tolerance * expected.norm(), "{det} for {expected}");
                    assert!((log - expected.norm().ln()).abs() < 10.0 * tolerance * log.abs().max(1.0));
                }
                assert!((sign - expected / expected.norm()).norm() < 10.0 * tolerance || !expected.norm().is_finite());
            }
        }
    }
}

#[test]
fn right_hand_sides_meet_their_matrices() {
    for dtype in WORK {
        for (a_outer, b_outer, columns) in [
            (&[][..], &[][..], Some(3)),
            (&[4], &[4], Some(1)),
            (&[4], &[], Some(2)),
            (&[1, 3], &[2, 1], Some(2)),
            (&[], &[2, 2], Some(5)),
            (&[3], &[], None),
            (&[2, 2], &[], None),
        ] {
            let a = square(dtype, a_outer, 6);
            let b_shape: Vec<u64> = b_outer.iter().copied().chain([6]).chain(columns).collect();
            let b = block(dtype, &b_shape, &random(5, &b_shape));
            let x = of(Factor::Solution, &[&a, &b]).unwrap().remove(0);
            let outer = hyperslab_base::broadcast_shapes(&[a_outer, b_outer]).unwrap();
            let expected: Vec<u64> = outer.iter().copied().chain([6]).chain(columns).collect();
            assert_eq!(x.shape(), expected);
            // Which matrix of a stack belongs to a position of the broadcast one.
            let place = |k: usize, of: &[u64]| {
                let (mut rest, mut at, mut unit) = (k, 0, 1);
                for d in (0..outer.len()).rev() {
                    let i = rest % outer[d] as usize;
                    rest /= outer[d] as usize;
                    if let Some(own) = (d + of.len()).checked_sub(outer.len()) {
                        at += if of[own] == 1 { 0 } else { i * unit };
                        unit *= of[own] as usize;
                    }
                }
                at
            };
            let turn = |m: Matrix| if columns.is_none() { Matrix { rows: m.columns, columns: 1, x: m.x } } else { m };
            let (a, b) = (stack(&a, false), stack(&b, columns.is_none()));
            for (k, x) in stack(&x, columns.is_none()).into_iter().enumerate() {
                let product = a[place(k, a_outer)].times(&turn(x));
                product.is(&turn(b[place(k, b_outer)].clone()), tolerance(dtype, 60), "solution");
            }
        }
    }
}

#[test]
fn triangles_and_eigenvalues_of_self_adjoint_matrices() {
    for dtype in WORK {
        for (outer, n) in SIZES {
            let tolerance = tolerance(dtype, n as usize);
            for upper in [false, true] {
                let a = hermitian(dtype, outer, n, true);
                let l = of(Factor::Cholesky { upper }, &[&spoilt(&a, upper)]).unwrap().remove(0);
                for (a, l) in stack(&a, false).iter().zip(stack(&l, false)) {
                    let lower = if upper { l.adjoint() } else { l };
                    assert!((0..lower.rows).all(|i| (i + 1..lower.rows).all(|j| lower.at(i, j).norm() == 0.0)));
                    assert!((0..lower.rows).all(|i| lower.at(i, i).re > 0.0 && lower.at(i, i).im == 0.0));
                    lower.times(&lower.adjoint()).is(a, tolerance, "Cholesky");
                }
                let a = hermitian(dtype, outer, n, false);
                let pair = of(Factor::Eigen { upper }, &[&spoilt(&a, upper)]).unwrap();
                let alone = of(Factor::Eigenvalues { upper }, &[&spoilt(&a, upper)]).unwrap().remove(0);
                assert_eq!((pair[0].dtype(), pair[1].dtype(), alone.dtype()), (dtype.real(), dtype, dtype.real()));
                let values = stack(&pair[0], true);
                for (w, x) in values.iter().zip(stack(&alone, true)) {
                    w.is(&x, tolerance, "eigenvalues alone");
                }
                for ((a, w), v) in stack(&a, false).iter().zip(&values).zip(stack(&pair[1], false)) {
                    assert!(w.x.windows(2).all(|w| w[0].re <= w[1].re), "{w:?}");
                    v.is_orthonormal(tolerance, "eigenvectors");
                    a.times(&v).is(&v.times(&Matrix::diagonal(&w.x)), tolerance, "eigenvectors");
                }
            }
        }
    }
}

/// Of any shape and rank.
fn rectangular(dtype: DType, outer: &[u64], m: u64, n: u64, rank: u64) -> Block {
    let (left, right) = ([m, rank], [rank, n]);
    let all: Vec<Complex64> = (0..outer.iter().product::<u64>())
        .flat_map(|seed| {
            let part = |s: u64, shape: [u64; 2]| {
                let x = random(s, &shape);
                let real = dtype.kind() != Kind::Complex;
                Matrix::new(shape[0] as usize, shape[1] as usize, |i, j| {
                    let x = x[i * shape[1] as usize + j];
                    if real { x.re.into() } else { x }
                })
            };
            part(seed + 1, left).times(&part(seed + 9, right)).x
        })
        .collect();
    let shape: Vec<u64> = outer.iter().copied().chain([m, n]).collect();
    block(dtype, &shape, &all)
}

const RECTANGLES: [(&[u64], u64, u64); 9] = [
    (&[], 1, 1),
    (&[3], 1, 4),
    (&[3], 4, 1),
    (&[2, 2], 5, 3),
    (&[2], 3, 5),
    (&[], 60, 40),
    (&[], 40, 60),
    (&[], 300, 7),
    (&[], 7, 300),
];

fn each_rectangle(mut f: impl FnMut(DType, &Block, f64)) {
    for dtype in WORK {
        for (outer, m, n) in RECTANGLES.into_iter().chain([(&[][..], 150, 150)]) {
            for rank in [m.min(n), 1, m.min(n) / 2 + 1] {
                let a = rectangular(dtype, outer, m, n, rank);
                f(dtype, &a, tolerance(dtype, m.max(n) as usize));
            }
        }
    }
    // A column of zeros before others, and nothing but zeros.
    for dtype in WORK {
        let x = [0.0, 0.0, 1.0, 0.0, 0.0, 2.0, 0.0, 0.0, 3.0].map(Complex64::from);
        f(dtype, &block(dtype, &[3, 3], &x), tolerance(dtype, 3));
        f(dtype, &block(dtype, &[2, 3], &[Complex64::default(); 6]), tolerance(dtype, 3));
    }
}

#[test]
fn orthogonal_and_triangular_factors() {
    each_rectangle(|dtype, a, tolerance| {
        let alone = of(Factor::R, &[a]).unwrap().remove(0);
        for complete in [false, true] {
            let qr = of(Factor::Qr { complete }, &[a]).unwrap();
            assert_eq!((qr[0].dtype(), qr[1].dtype(), alone.dtype()), (dtype, dtype, dtype));
            let factors = stack(&qr[0], false).into_iter().zip(stack(&qr[1], false));
            for ((a, alone), (q, r)) in stack(a, false).iter().zip(stack(&alone, false)).zip(factors) {
                q.is_orthonormal(tolerance, "Q");
                q.times(&r).is(a, tolerance, "Q R");
                assert_eq!(q.columns, if complete { a.rows } else { a.rows.min(a.columns) });
                assert!((0..r.rows).all(|i| (0..i.min(r.columns)).all(|j| r.at(i, j).norm() == 0.0)), "{r:?}");
                let top = Matrix::new(alone.rows, r.columns, |i, j| r.at(i, j));
                top.is(&alone, tolerance, "R alone");
            }
        }
    });
}

#[test]
fn singular_values_and_vectors() {
    each_rectangle(|dtype, a, tolerance| {
        let alone = of(Factor::SingularValues, &[a]).unwrap().remove(0);
        for full in [false, true] {
            let svd = of(Factor::Svd { full }, &[a]).unwrap();
            assert_eq!((svd[0].dtype(), svd[1].dtype(), svd[2].dtype()), (dtype, dtype.real(), dtype));
            let (us, ss, vs) = (stack(&svd[0], false), stack(&svd[1], true), stack(&svd[2], false));
            for (k, a) in stack(a, false).iter().enumerate() {
                let (u, s, v) = (&us[k], &ss[k], &vs[k]);
                s.is(&stack(&alone, true)[k], tolerance, "singular values alone");
                assert!(s.x.windows(2).all(|w| w[0].re >= w[1].re) && s.x.iter().all(|x| x.re >= 0.0), "{s:?}");
                let few = a.rows.min(a.columns);
                assert_eq!((u.columns, v.rows), if full { (a.rows, a.columns) } else { (few, few) });
                u.is_orthonormal(tolerance, "U");
                v.adjoint().is_orthonormal(tolerance, "V");
                let middle = Matrix::new(u.columns, v.rows, |i, j| if i == j { s.x[i] } else { Complex64::default() });
                u.times(&middle).times(v).is(a, tolerance, "U S Vh");
            }
        }
    });
}

fn all_factors() -> Vec<Factor> {
    let mut all = vec![Factor::Inverse, Factor::Determinant, Factor::LogDeterminant, Factor::R, Factor::SingularValues];
    for b in [false, true] {
        all.extend([Factor::Cholesky { upper: b }, Factor::Qr { complete: b }, Factor::Eigen { upper: b }]);
        all.extend([Factor::Eigenvalues { upper: b }, Factor::Svd { full: b }]);
    }
    all
}

#[test]
fn empty_matrices_and_stacks() {
    for factor in all_factors() {
        for shape in [&[0, 0][..], &[0, 3, 3], &[2, 0, 0]] {
            let x = Block::zeroed(DType::Float64, shape).unwrap();
            let made = of(factor, &[&x]).unwrap();
            if matches!(factor, Factor::Determinant) {
                assert!(elements::<f64>(&made[0]).iter().all(|&x| x == 1.0));
            }
            if factor == Factor::LogDeterminant {
                assert!(elements::<f64>(&made[1]).iter().all(|&x| x == 0.0));
            }
        }
    }
    for (m, n) in [(0, 2), (2, 0)] {
        let x = Block::zeroed(DType::Float64, &[m, n]).unwrap();
        let qr = of(Factor::Qr { complete: true }, &[&x]).unwrap();
        stack(&qr[0], false).iter().for_each(|q| q.is_orthonormal(0.0, "Q of nothing"));
        let svd = of(Factor::Svd { full: true }, &[&x]).unwrap();
        for i in [0, 2] {
            stack(&svd[i], false).iter().for_each(|q| q.is_orthonormal(0.0, "vectors of nothing"));
        }
        assert_eq!(of(Factor::Qr { complete: false }, &[&x]).unwrap()[1].shape(), [0, n]);
    }
    let (a, b) = (Block::zeroed(DType::Float64, &[0, 0]).unwrap(), Block::zeroed(DType::Float64, &[0, 2]).unwrap());
    assert_eq!(of(Factor::Solution, &[&a, &b]).unwrap()[0].shape(), [0, 2]);
}

#[test]
fn what_has_no_factors_is_numpys_error() {
    #[track_caller]
    fn fails(factor: Factor, shape: &[u64], x: &[f64], message: &str) {
        let e = of(factor, &[&block(DType::Float64, shape, x)]).unwrap_err();
        assert!(matches!(&e.kind, ErrorKind::LinAlg(m) if m == message), "{e:?}");
    }
    for singular in [[0.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 2.0], [1.0, 2.0, 2.0, 4.0], [0.0, 0.0, 1.0, 1.0]] {
        fails(Factor::Inverse, &[2, 2], &singular, "Singular matrix");
        let x = block(DType::Float64, &[2, 2], &singular);
        let e = of(Factor::Solution, &[&x, &block(DType::Float64, &[2], &[1.0, 2.0])]).unwrap_err();
        assert_eq!(e.kind.to_string(), "Singular matrix");
        assert_eq!(elements::<f64>(&of(Factor::Determinant, &[&x]).unwrap()[0]), [0.0]);
        let logs = of(Factor::LogDeterminant, &[&x]).unwrap();
        assert_eq!((elements::<f64>(&logs[0])[0], elements::<f64>(&logs[1])[0]), (0.0, f64::NEG_INFINITY));
    }
    for bad in [[-1.0, 0.0, 0.0, 1.0], [0.0; 4], [1.0, 2.0, 2.0, 1.0]] {
        for upper in [false, true] {
            fails(Factor::Cholesky { upper }, &[2, 2], &bad, "Matrix is not positive definite");
        }
    }
    let nan = [f64::NAN, 1.0, 1.0, 2.0];
    fails(Factor::Svd { full: true }, &[2, 2], &nan, "SVD did not converge");
    fails(Factor::SingularValues, &[2, 2], &nan, "SVD did not converge");
    // One bad matrix of a stack is enough.
    fails(Factor::Inverse, &[2, 1, 1], &[1.0, 0.0], "Singular matrix");
}

#[test]
fn nan_and_infinity_are_told() {
    let finite = |x: &Block| elements::<f64>(x).iter().all(|x| x.is_finite());
    for bad in [f64::NAN, f64::INFINITY] {
        let x = block(DType::Float64, &[2, 2], &[bad, 1.0, 1.0, 2.0]);
        for factor in all_factors() {
            match of(factor, &[&x]) {
                Err(_) => assert!(bad.is_nan() && matches!(factor, Factor::Svd { .. } | Factor::SingularValues)),
                // An infinite element has an inverse.
                Ok(made) => {
                    let known = factor == Factor::Inverse && bad.is_infinite();
                    assert!(known || !made.iter().all(finite), "{factor:?} of {bad}");
                }
            }
        }
    }
    let inverse = of(Factor::Inverse, &[&block(DType::Float64, &[2, 2], &[f64::INFINITY, 1.0, 1.0, 2.0])]).unwrap();
    assert_eq!(elements::<f64>(&inverse[0]), [0.0, 0.0, 0.0, 0.5]);
    let cholesky = |x: [f64; 4]| {
        let x = block(DType::Float64, &[2, 2], &x);
        of(Factor::Cholesky { upper: false }, &[&x]).map(|l| elements::<f64>(&l[0]))
    };
    assert_eq!(cholesky([f64::INFINITY, 1.0, 1.0, 4.0]).unwrap(), [f64::INFINITY, 0.0, 0.0, 2.0]);
    assert_eq!(cholesky([4.0, 2.0, 2.0, f64::INFINITY]).unwrap(), [2.0, 0.0, 1.0, f64::INFINITY]);
    assert!(cholesky([2.0, f64::INFINITY, f64::INFINITY, 1.0]).is_err());
    assert!(cholesky([0.0, f64::NAN, 0.0, 1.0]).is_err());
    let part = cholesky([4.0, 2.0, 2.0, f64::NAN]).unwrap();
    assert!(part[..3] == [2.0, 0.0, 1.0] && part[3].is_nan());
}

#[test]
fn operands_are_checked_as_numpy_does() {
    let message = |factor, dtype, shape: &[u64]| {
        Matrices::new(factor).infer(&[&meta(dtype, shape)]).unwrap_err().kind.to_string()
    };
    for factor in all_factors() {
        assert_eq!(
            message(factor, DType::Float64, &[3]),
            "1-dimensional array given. Array must be at least two-dimensional"
        );
        assert_eq!(message(factor, DType::Float16, &[3, 3]), "array type float16 is unsupported in linalg");
        let time = DType::TimeDelta64(TimeUnit::new("s", 1).unwrap());
        assert!(message(factor, time, &[3, 3]).starts_with("Cannot cast ufunc"));
    }
    for factor in [Factor::Inverse, Factor::Determinant, Factor::Eigen { upper: true }] {
        assert_eq!(message(factor, DType::Float64, &[2, 3]), "Last 2 dimensions of the array must be square");
    }
    let solve = |b: &[u64]| {
        let (a, b) = (meta(DType::Float32, &[3, 2, 2]), meta(DType::Complex64, b));
        Matrices::new(Factor::Solution).infer(&[&a, &b]).map(|m| m[0].dtype)
    };
    assert_eq!(solve(&[2]).unwrap(), DType::Complex64);
    assert!(solve(&[3]).unwrap_err().to_string().contains("solve1: Input operand 1 has a mismatch"));
    assert!(solve(&[3, 1]).unwrap_err().to_string().contains("(size 3 is different from 2)"));
    assert!(matches!(solve(&[4, 2, 2]).unwrap_err().kind, ErrorKind::Shape(_)));
    assert!(matches!(solve(&[]).unwrap_err().kind, ErrorKind::Shape(_)));
}

#[test]
fn boxes_cover_every_position_once() {
    for shape in [&[][..], &[1], &[7], &[3, 4], &[2, 3, 5], &[4, 1, 2, 3]] {
        for most in 1..40 {
            let mut seen = vec![0; shape.iter().product::<u64>() as usize];
            for_boxes(shape, most, &mut |at| {
                assert!(at.count() <= most, "{at:?} of {shape:?} by {most}");
                for i in 0..at.count() {
                    let (mut rest, mut place, mut unit) = (i, 0, 1);
                    for (r, n) in at.0.iter().zip(shape).rev() {
                        place += (r.start as u64 + rest % r.len) * unit;
                        (rest, unit) = (rest / r.len, unit * n);
                    }
                    seen[place as usize] += 1;
                }
                Ok(())
            })
            .unwrap();
            assert!(seen.iter().all(|&n| n == 1), "{shape:?} by {most}: {seen:?}");
        }
    }
}
