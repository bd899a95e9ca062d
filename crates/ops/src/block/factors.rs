//! Factors of one matrix, in row-major order.

use std::cmp::Ordering;

use bytemuck::{Pod, cast_slice_mut};
use faer::linalg::solvers::{EvdError, PartialPivLu, Qr, SelfAdjointEigen, Solve, Svd};
use faer::traits::{ComplexField, math_utils};
use faer::{Mat, MatRef, Side};
use hyperslab_base::{Error, Result};
use num_complex::{Complex, Complex64};
use serde::{Deserialize, Serialize};

/// What is made of a matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Factor {
    /// `numpy.linalg.inv`.
    Inverse,
    /// `numpy.linalg.solve`: a second operand holds the right-hand sides.
    Solution,
    /// `numpy.linalg.det`.
    Determinant,
    /// `numpy.linalg.slogdet`: sign, and logarithm of the magnitude.
    LogDeterminant,
    /// `numpy.linalg.cholesky`.
    Cholesky {
        /// Whether the upper triangle is read and written.
        upper: bool,
    },
    /// `numpy.linalg.qr`: Q and R.
    Qr {
        /// Whether Q is square.
        complete: bool,
    },
    /// `numpy.linalg.qr` without Q.
    R,
    /// `numpy.linalg.eigh`: eigenvalues and eigenvectors.
    Eigen {
        /// Whether the upper triangle is read.
        upper: bool,
    },
    /// `numpy.linalg.eig`, as complex numbers.
    GeneralEigen,
    /// `numpy.linalg.eigvals`, as complex numbers.
    GeneralEigenvalues,
    /// `scipy.linalg.lu`: P, L and U.
    Lu,
    /// `numpy.linalg.eigvalsh`.
    Eigenvalues {
        /// Whether the upper triangle is read.
        upper: bool,
    },
    /// `numpy.linalg.svd`: U, S and Vh.
    Svd {
        /// Whether U and Vh are square.
        full: bool,
    },
    /// `numpy.linalg.svdvals`.
    SingularValues,
}

impl Factor {
    /// The factor of NumPy's name, and `r` for the second one of `qr` alone. `whole`: the upper triangle where a triangle
    /// is read, square factors where they need not be.
    ///
    /// # Errors
    /// `Value` for another name.
    pub fn from_name(name: &str, whole: bool) -> Result<Self> {
        Ok(match name {
            "inv" => Factor::Inverse,
            "solve" => Factor::Solution,
            "det" => Factor::Determinant,
            "slogdet" => Factor::LogDeterminant,
            "cholesky" => Factor::Cholesky { upper: whole },
            "qr" => Factor::Qr { complete: whole },
            "r" => Factor::R,
            "eigh" => Factor::Eigen { upper: whole },
            "eigvalsh" => Factor::Eigenvalues { upper: whole },
            "eig" => Factor::GeneralEigen,
            "eigvals" => Factor::GeneralEigenvalues,
            "lu" => Factor::Lu,
            "svd" => Factor::Svd { full: whole },
            "svdvals" => Factor::SingularValues,
            _ => return Err(Error::value(format!("there is no factor {name} of matrices"))),
        })
    }
}

/// Elements of matrices.
pub(super) trait Entry: ComplexField<Real: Pod> + Pod {
    fn wide(self) -> Complex64;
    fn narrow(x: Complex64) -> Self;
    fn real(x: f64) -> Self::Real;
}

macro_rules! entries {
    ($($t:ident),*) => { $(
        impl Entry for $t {
            fn wide(self) -> Complex64 {
                Complex::new(f64::from(self), 0.0)
            }

            fn narrow(x: Complex64) -> Self {
                x.re as $t
            }

            fn real(x: f64) -> $t {
                x as $t
            }
        }

        impl Entry for Complex<$t> {
            fn wide(self) -> Complex64 {
                Complex::new(f64::from(self.re), f64::from(self.im))
            }

            fn narrow(x: Complex64) -> Self {
                Complex::new(x.re as $t, x.im as $t)
            }

            fn real(x: f64) -> $t {
                x as $t
            }
        }
    )* };
}

entries!(f32, f64);

/// Writes what is asked of the matrix `a` of that shape; `sides` are the `columns` of right-hand sides of a solution.
///
/// # Errors
/// `LinAlg` with NumPy's message.
pub(super) fn factor<T: Entry>(
    what: Factor,
    (m, n): (usize, usize),
    a: &[T],
    (sides, columns): (&[T], usize),
    outs: &mut [&mut [u8]],
) -> Result<()> {
    let matrix = MatRef::from_row_major_slice(a, m, n);
    match what {
        Factor::Inverse => write(regular(matrix)?.solve(Mat::<T>::identity(n, n)).as_ref(), outs[0]),
        Factor::Solution => {
            write(regular(matrix)?.solve(MatRef::from_row_major_slice(sides, m, columns)).as_ref(), outs[0]);
        }
        Factor::Determinant => {
            let (sign, log) = log_determinant(matrix);
            cast_slice_mut::<u8, T>(outs[0])[0] = T::narrow(sign * log.exp());
        }
        Factor::LogDeterminant => {
            let (sign, log) = log_determinant(matrix);
            cast_slice_mut::<u8, T>(outs[0])[0] = T::narrow(sign);
            cast_slice_mut::<u8, T::Real>(outs[1])[0] = T::real(log);
        }
        Factor::Cholesky { upper } => cholesky(matrix, upper, outs[0])?,
        Factor::Eigen { upper } | Factor::Eigenvalues { upper } => {
            let a = lower(matrix, upper);
            if !is_finite(a.as_ref()) {
                undefined::<T>(outs);
                return Ok(());
            }
            eigen(&a, outs).map_err(|_| Error::linalg("Eigenvalues did not converge"))?;
        }
        Factor::GeneralEigen | Factor::GeneralEigenvalues => general_eigen(matrix, outs)?,
        Factor::Lu => permuted_triangles(matrix, outs),
        Factor::Svd { .. } | Factor::SingularValues if a.iter().any(|x| x.wide().is_nan()) => {
            return Err(Error::linalg("SVD did not converge"));
        }
        _ if !is_finite(matrix) => undefined::<T>(outs),
        Factor::Qr { complete } => {
            let qr = Qr::new(matrix);
            let (q, r) = if complete { (qr.compute_Q(), qr.R()) } else { (qr.compute_thin_Q(), qr.thin_R()) };
            write(q.as_ref(), outs[0]);
            write(r, outs[1]);
        }
        Factor::R => write(Qr::new(matrix).thin_R(), outs[0]),
        Factor::Svd { full } => {
            let svd = if full { Svd::new(matrix) } else { Svd::new_thin(matrix) };
            let svd = svd.map_err(|_| Error::linalg("SVD did not converge"))?;
            write(svd.U(), outs[0]);
            write_reals(svd.S().column_vector().iter().map(math_utils::real), outs[1]);
            write(svd.V().adjoint().to_owned().as_ref(), outs[2]);
        }
        Factor::SingularValues => {
            let values = matrix.singular_values().map_err(|_| Error::linalg("SVD did not converge"))?;
            write_reals(values.into_iter(), outs[0]);
        }
    }
    Ok(())
}

/// Writes the rows; what there is room for below them is zero.
fn write<T: Entry>(x: MatRef<'_, T>, to: &mut [u8]) {
    let rows = cast_slice_mut::<u8, T>(to).chunks_exact_mut(x.ncols().max(1));
    for (i, row) in rows.enumerate() {
        let element = |j: usize| if i < x.nrows() { x[(i, j)] } else { T::zeroed() };
        row.iter_mut().enumerate().for_each(|(j, to)| *to = element(j));
    }
}

fn write_reals<R: Pod>(x: impl Iterator<Item = R>, to: &mut [u8]) {
    cast_slice_mut::<u8, R>(to).iter_mut().zip(x).for_each(|(to, x)| *to = x);
}

/// Factors with pivots that differ from zero.
fn regular<T: Entry>(a: MatRef<'_, T>) -> Result<PartialPivLu<T>> {
    let lu = PartialPivLu::new(a);
    let zero = T::zeroed();
    let regular = (0..a.nrows()).all(|i| lu.U()[(i, i)] != zero);
    if regular { Ok(lu) } else { Err(Error::linalg("Singular matrix")) }
}

/// Sign, and logarithm of the magnitude.
fn log_determinant<T: Entry>(a: MatRef<'_, T>) -> (Complex64, f64) {
    let Ok(lu) = regular(a) else { return (Complex64::ZERO, f64::NEG_INFINITY) };
    let (forward, _) = lu.P().arrays();
    let mut sign = Complex64::new(if is_odd(forward) { -1.0 } else { 1.0 }, 0.0);
    let mut log = 0.0;
    for i in 0..a.nrows() {
        let pivot = lu.U()[(i, i)].wide();
        let size = if pivot.im == 0.0 { pivot.re.abs() } else { pivot.norm() };
        log += size.ln();
        sign *= match () {
            () if T::IS_REAL => Complex64::new(if pivot.re < 0.0 { -1.0 } else { 1.0 }, 0.0),
            () => pivot / size,
        };
    }
    (sign, log)
}

/// Whether a permutation is made of an odd number of exchanges.
fn is_odd(permutation: &[usize]) -> bool {
    let mut seen = vec![false; permutation.len()];
    let mut odd = false;
    for start in 0..permutation.len() {
        let (mut at, mut length) = (start, 0);
        while !seen[at] {
            seen[at] = true;
            at = permutation[at];
            length += 1;
        }
        // A cycle is one exchange less than it has members.
        odd ^= length > 0 && length % 2 == 0;
    }
    odd
}

/// Lower triangular, with the elements of that triangle, or the adjoint of the upper one. The diagonal is real.
fn lower<T: Entry>(a: MatRef<'_, T>, upper: bool) -> Mat<T> {
    Mat::from_fn(a.nrows(), a.ncols(), |i, j| match i.cmp(&j) {
        Ordering::Less => T::zeroed(),
        Ordering::Equal => math_utils::from_real(&math_utils::real(&a[(i, i)])),
        Ordering::Greater if upper => math_utils::conj(&a[(j, i)]),
        Ordering::Greater => a[(i, j)],
    })
}

fn is_finite<T: Entry>(a: MatRef<'_, T>) -> bool {
    a.col_iter().all(|column| column.iter().all(|x| x.wide().is_finite()))
}

fn cholesky<T: Entry>(a: MatRef<'_, T>, upper: bool, to: &mut [u8]) -> Result<()> {
    let a = lower(a, upper);
    let l = match is_finite(a.as_ref()) {
        true => a.llt(Side::Lower).ok().map(|llt| lower(llt.L(), false)),
        false => cholesky_by_elements(&a),
    };
    let l = l.ok_or_else(|| Error::linalg("Matrix is not positive definite"))?;
    write(if upper { l.adjoint().to_owned() } else { l }.as_ref(), to);
    Ok(())
}

/// The factor by its definition, which says what becomes of NaN and infinity; none where a pivot is not positive.
fn cholesky_by_elements<T: Entry>(a: &Mat<T>) -> Option<Mat<T>> {
    let n = a.nrows();
    let mut l = Mat::<Complex64>::zeros(n, n);
    for j in 0..n {
        for i in j..n {
            let rest = a[(i, j)].wide() - (0..j).map(|k| l[(i, k)] * l[(j, k)].conj()).sum::<Complex64>();
            if i == j && rest.re <= 0.0 {
                return None;
            }
            l[(i, j)] = if i == j { rest.re.sqrt().into() } else { rest / l[(j, j)].re };
        }
    }
    Some(Mat::from_fn(n, n, |i, j| T::narrow(l[(i, j)])))
}

/// Eigenvalues, and vectors where there is room for them.
fn eigen<T: Entry>(a: &Mat<T>, outs: &mut [&mut [u8]]) -> Result<(), EvdError> {
    if let [values, vectors] = outs {
        let eigen = SelfAdjointEigen::new(a.as_ref(), Side::Lower)?;
        write_reals(eigen.S().column_vector().iter().map(math_utils::real), values);
        write(eigen.U(), vectors);
    } else {
        write_reals(a.self_adjoint_eigenvalues(Side::Lower)?.into_iter(), outs[0]);
    }
    Ok(())
}

/// Eigenvalues of any square matrix, and vectors where there is room for them; in double precision, since each further
/// type of elements costs a minute of compiling.
fn general_eigen<T: Entry>(a: MatRef<'_, T>, outs: &mut [&mut [u8]]) -> Result<()> {
    if !is_finite(a) {
        return Err(Error::linalg("Array must not contain infs or NaNs"));
    }
    let n = a.nrows();
    if n == 0 {
        return Ok(());
    }
    let of = |i: usize, j: usize| a[(i, j)].wide();
    let vectors = outs.len() > 1;
    let found = match T::IS_REAL {
        true => eigen_of(Mat::from_fn(n, n, |i, j| of(i, j).re).as_ref(), vectors),
        false => eigen_of(Mat::from_fn(n, n, of).as_ref(), vectors),
    };
    let (values, of_vectors) = found.map_err(|_| Error::linalg("Eigenvalues did not converge"))?;
    write_complex::<T>(values.into_iter(), outs[0]);
    let (Some(u), [_, vectors]) = (of_vectors, outs) else { return Ok(()) };
    let mut unit = vec![Complex64::ZERO; n * n];
    for j in 0..n {
        let column: Vec<Complex64> = (0..n).map(|i| u[(i, j)]).collect();
        let turn = unit_length(&column);
        column.iter().enumerate().for_each(|(i, x)| unit[i * n + j] = x * turn);
    }
    write_complex::<T>(unit.into_iter(), vectors);
    Ok(())
}

/// The factor that makes a vector one of length 1 whose largest element is real, as LAPACK does.
fn unit_length(x: &[Complex64]) -> Complex64 {
    let scale = x.iter().map(|x| x.norm()).fold(0.0, f64::max);
    let Some(largest) = x.iter().find(|x| x.norm() == scale && scale > 0.0) else { return Complex64::ONE };
    let length = scale * x.iter().map(|x| (x / scale).norm_sqr()).sum::<f64>().sqrt();
    // Real vectors keep their sign.
    let turn = if x.iter().all(|x| x.im == 0.0) { Complex64::ONE } else { largest.conj() / scale };
    turn / length
}

/// Eigenvalues, and vectors as columns where they are wanted.
fn eigen_of<T: ComplexField<Real = f64>>(
    a: MatRef<'_, T>,
    vectors: bool,
) -> std::result::Result<(Vec<Complex64>, Option<Mat<Complex64>>), EvdError> {
    if !vectors {
        return Ok((a.eigenvalues()?, None));
    }
    let eigen = a.eigen()?;
    Ok((eigen.S().column_vector().iter().copied().collect(), Some(eigen.U().to_owned())))
}

fn write_complex<T: Entry>(x: impl Iterator<Item = Complex64>, to: &mut [u8]) {
    write_reals(x.flat_map(|x| [T::real(x.re), T::real(x.im)]), to);
}

/// P, L and U whose product is the matrix.
fn permuted_triangles<T: Entry>(a: MatRef<'_, T>, outs: &mut [&mut [u8]]) {
    let lu = PartialPivLu::new(a);
    let singular = is_finite(a) && !(is_finite(lu.L()) && is_finite(lu.U()));
    let (rows, lower, upper) = match singular {
        true => eliminated(a),
        false => (lu.P().arrays().0.to_vec(), lu.L().to_owned(), lu.U().to_owned()),
    };
    let permutation: &mut [T::Real] = cast_slice_mut(outs[0]);
    permutation.fill(T::real(0.0));
    rows.iter().enumerate().for_each(|(to, &from)| permutation[from * a.nrows() + to] = T::real(1.0));
    write(lower.as_ref(), outs[1]);
    write(upper.as_ref(), outs[2]);
}

/// Rows in the order of the pivots, L and U by Gaussian elimination that leaves out columns without a pivot, as LAPACK
/// does: a blocked factorisation divides by zero there.
fn eliminated<T: Entry>(a: MatRef<'_, T>) -> (Vec<usize>, Mat<T>, Mat<T>) {
    let (m, n) = (a.nrows(), a.ncols());
    let mut left = Mat::from_fn(m, n, |i, j| a[(i, j)].wide());
    let mut rows: Vec<usize> = (0..m).collect();
    for k in 0..m.min(n) {
        let pivot = (k..m).fold(k, |best, i| if left[(i, k)].norm() > left[(best, k)].norm() { i } else { best });
        if left[(pivot, k)] == Complex64::ZERO {
            continue;
        }
        rows.swap(k, pivot);
        for j in 0..n {
            let (x, y) = (left[(k, j)], left[(pivot, j)]);
            (left[(k, j)], left[(pivot, j)]) = (y, x);
        }
        for i in k + 1..m {
            let factor = left[(i, k)] / left[(k, k)];
            left[(i, k)] = factor;
            for j in k + 1..n {
                let above = left[(k, j)];
                left[(i, j)] -= factor * above;
            }
        }
    }
    let part = |i: usize, j: usize| T::narrow(left[(i, j)]);
    let zero = || T::narrow(Complex64::ZERO);
    let lower = Mat::from_fn(m, m.min(n), |i, j| match i.cmp(&j) {
        std::cmp::Ordering::Greater => part(i, j),
        std::cmp::Ordering::Equal => T::narrow(Complex64::ONE),
        std::cmp::Ordering::Less => zero(),
    });
    let upper = Mat::from_fn(m.min(n), n, |i, j| if i <= j { part(i, j) } else { zero() });
    (rows, lower, upper)
}

/// What is made of NaN and infinity.
fn undefined<T: Entry>(outs: &mut [&mut [u8]]) {
    // Real numbers fill complex ones too: every part is NaN.
    outs.iter_mut().for_each(|to| cast_slice_mut::<u8, T::Real>(to).fill(T::real(f64::NAN)));
}
