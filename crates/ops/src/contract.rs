//! Matrix products of tiles.

#![allow(unsafe_code)] // The one call of `gemm`, whose interface is raw pointers.

use std::borrow::Cow;

use bytemuck::Pod;
use hyperslab_base::{Bool, Complex32, Complex64, DType, Error, Result, f16, result_type};

use crate::fold::lanes::{Strip, for_strips, take};
use crate::simd::vectorize;

/// A matrix in memory: strides are in elements, so a transposed matrix is the same bytes with strides swapped.
#[derive(Clone, Copy, Debug)]
pub struct MatRef<'a> {
    /// The elements.
    pub bytes: &'a [u8],
    /// Elements from a row to the next.
    pub row_stride: usize,
    /// Elements from a column to the next.
    pub col_stride: usize,
}

/// Dtype of the matrix product of two dtypes; operands are cast to it.
///
/// # Errors
/// `DType` for times, of which NumPy has no product either.
pub fn contract_dtype(a: DType, b: DType) -> Result<DType> {
    if a.is_time() || b.is_time() {
        return Err(Error::dtype(format!(
            "ufunc 'matmul' did not contain a loop with signature matching types \
             (<class 'numpy.dtypes.{}'>, <class 'numpy.dtypes.{}'>) -> None",
            class_name(a),
            class_name(b)
        )));
    }
    result_type(a, b)
}

/// Dtype in which a product of that dtype is added up, over all blocks of the summed axis: operands are cast to it, and the
/// sum is rounded once, at the end.
pub fn accumulator(dtype: DType) -> DType {
    match dtype {
        DType::Float16 => DType::Float32,
        other => other,
    }
}

/// Name of NumPy's class of a dtype: `Float64DType`.
fn class_name(d: DType) -> String {
    let name = format!("{d:?}");
    format!("{}DType", name.split('(').next().unwrap_or_default())
}

/// A product of `m × k` times `k × n` elements.
#[derive(Clone, Copy, Debug)]
pub struct Product {
    /// Rows of the result.
    pub m: usize,
    /// Columns of the result.
    pub n: usize,
    /// Elements that are multiplied for each of its elements.
    pub k: usize,
    /// Whether it is added to what is there.
    pub accumulate: bool,
    /// Rows and columns of the blocks of a larger result, of which this one may be a part: the bits of an element depend
    /// on these and on `k`, not on `m` and `n`.
    pub block: (usize, usize),
    /// Whether rows of `a` in such a block are single runs of memory, and columns of `b`. A part of a single row or column
    /// does not show it.
    pub runs: (bool, bool),
}

impl Product {
    /// A product for itself, that is not added to anything.
    pub fn new(m: usize, n: usize, k: usize) -> Self {
        Product { m, n, k, accumulate: false, block: (m, n), runs: (true, true) }
    }

    /// As many rows and columns as it takes for `gemm` to add up as it does for the whole block: it has other ways for
    /// single rows and columns, and for a result of few elements. Blocks are taken to be `least` rows and columns large.
    fn enough(&self, least: usize) -> (usize, usize) {
        const FEW: usize = 256;
        const SIDE: usize = FEW.isqrt() + 1;
        let (rows, cols) = (self.block.0.max(least), self.block.1.max(least));
        let side = if rows * cols > FEW { SIDE } else { 2 };
        let (mut m, mut n) = (self.m.max(rows.min(side)), self.n.max(cols.min(side)));
        if rows * cols > FEW {
            // Where one side is short, the other is long.
            m = m.max((FEW / n + 1).min(rows));
            n = n.max((FEW / m + 1).min(cols));
        }
        (m, n)
    }
}

/// `out = a @ b`, or `out += a @ b` when it should accumulate, of elements of `dtype`.
///
/// Integers wrap, truths are "or" of "and". Half floats are multiplied and added in `f32` and rounded once a call:
/// several calls add up in [`accumulator`].
///
/// # Errors
/// `DType` for times; `Internal` when a matrix reaches beyond its bytes.
pub fn matmul(dtype: DType, a: MatRef<'_>, b: MatRef<'_>, out: &mut [u8], product: Product) -> Result<()> {
    contract_dtype(dtype, dtype)?;
    match dtype {
        DType::Float64 => on_elements(a, b, out, product, multiply_float::<f64>),
        DType::Float32 => on_elements(a, b, out, product, multiply_float::<f32>),
        DType::Complex64 => on_elements(a, b, out, product, multiply_float::<Complex32>),
        DType::Complex128 => on_elements(a, b, out, product, multiply_float::<Complex64>),
        DType::Float16 => on_elements(a, b, out, product, multiply_half),
        DType::Bool => on_elements(a, b, out, product, multiply_ring::<Bool>),
        DType::Int8 | DType::UInt8 => on_elements(a, b, out, product, multiply_ring::<u8>),
        DType::Int16 | DType::UInt16 => on_elements(a, b, out, product, multiply_ring::<u16>),
        DType::Int32 | DType::UInt32 => on_elements(a, b, out, product, multiply_ring::<u32>),
        _ => on_elements(a, b, out, product, multiply_ring::<u64>),
    }
}

/// A matrix whose every element is known to be there.
struct Matrix<'a, T: Pod> {
    data: Cow<'a, [T]>,
    row_stride: usize,
    col_stride: usize,
}

impl<'a, T: Pod> Matrix<'a, T> {
    fn new(of: MatRef<'a>, rows: usize, cols: usize) -> Result<Self> {
        let data: Cow<'_, [T]> = match bytemuck::try_cast_slice(of.bytes) {
            Ok(t) => Cow::Borrowed(t),
            Err(_) if of.bytes.len().is_multiple_of(size_of::<T>()) => {
                Cow::Owned(bytemuck::pod_collect_to_vec(of.bytes))
            }
            Err(e) => return Err(Error::internal(format!("matrix of {} bytes: {e}", of.bytes.len()))),
        };
        let (MatRef { row_stride, col_stride, .. }, len) = (of, data.len());
        let last = |n: usize, stride: usize| n.saturating_sub(1).checked_mul(stride);
        let end = last(rows, row_stride).zip(last(cols, col_stride)).and_then(|(r, c)| r.checked_add(c));
        if rows > 0 && cols > 0 && end.is_none_or(|end| end >= len) {
            return Err(Error::internal(format!(
                "{rows}x{cols} matrix with strides {row_stride}, {col_stride} in {len} elements"
            )));
        }
        Ok(Matrix { data, row_stride, col_stride })
    }

    /// A copy with zeros behind its rows and columns, as many as `to` says, each row or each column in one run.
    fn padded(&self, (rows, cols): (usize, usize), to: (usize, usize), by_rows: bool) -> Matrix<'static, T> {
        let (row_stride, col_stride) = if by_rows { (to.1, 1) } else { (1, to.0) };
        let mut data = vec![T::zeroed(); to.0 * to.1];
        for i in 0..rows {
            for j in 0..cols {
                data[i * row_stride + j * col_stride] = self.at(i, j);
            }
        }
        Matrix { data: Cow::Owned(data), row_stride, col_stride }
    }

    #[inline(always)]
    fn at(&self, row: usize, col: usize) -> T {
        self.data[row * self.row_stride + col * self.col_stride]
    }
}

/// Checks the sizes, and calls `f` on elements; through copies where foreign memory is not aligned to them.
fn on_elements<T: Pod>(
    a: MatRef<'_>,
    b: MatRef<'_>,
    out: &mut [u8],
    product: Product,
    f: impl FnOnce(&Matrix<'_, T>, &Matrix<'_, T>, &mut [T], Product),
) -> Result<()> {
    let Product { m, n, k, accumulate, .. } = product;
    let (a, b) = (Matrix::<T>::new(a, m, k)?, Matrix::<T>::new(b, k, n)?);
    let nbytes = m.checked_mul(n).and_then(|mn| mn.checked_mul(size_of::<T>()));
    if nbytes != Some(out.len()) {
        return Err(Error::internal(format!("{m}x{n} matrix in {} bytes", out.len())));
    }
    if k == 0 || m == 0 || n == 0 {
        if !accumulate {
            out.fill(0);
        }
        return Ok(());
    }
    if let Ok(out) = bytemuck::try_cast_slice_mut(out) {
        f(&a, &b, out, product);
    } else {
        let mut aligned: Vec<T> = bytemuck::pod_collect_to_vec(out);
        f(&a, &b, &mut aligned, product);
        out.copy_from_slice(bytemuck::cast_slice(&aligned));
    }
    Ok(())
}

/// Elements that `gemm` multiplies.
trait Float: Pod {
    const ONE: Self;
    /// Rows and columns that a block should have. What `gemm` multiplies with a single vector of complex numbers depends
    /// on the place in the matrix.
    const LEAST: usize = 1;
}

impl Float for f32 {
    const ONE: f32 = 1.0;
}

impl Float for f64 {
    const ONE: f64 = 1.0;
}

impl Float for Complex32 {
    const ONE: Self = Complex32::new(1.0, 0.0);
    const LEAST: usize = 2;
}

impl Float for Complex64 {
    const ONE: Self = Complex64::new(1.0, 0.0);
    const LEAST: usize = 2;
}

fn multiply_float<T: Float>(a: &Matrix<'_, T>, b: &Matrix<'_, T>, out: &mut [T], product: Product) {
    let Product { m, n, k, accumulate, .. } = product;
    assert!(out.len() == m * n, "output of another size");
    let (rows, cols) = product.enough(T::LEAST);
    if (rows, cols) == (m, n) {
        return multiply_in_runs(a, b, out, product);
    }
    let padded_a = (rows > m).then(|| a.padded((m, k), (rows, k), product.runs.0));
    let padded_b = (cols > n).then(|| b.padded((k, n), (k, cols), !product.runs.1));
    let (a, b) = (padded_a.as_ref().unwrap_or(a), padded_b.as_ref().unwrap_or(b));
    let mut wide = vec![T::zeroed(); rows * cols];
    if accumulate {
        wide.chunks_exact_mut(cols).zip(out.chunks_exact(n)).for_each(|(wide, out)| wide[..n].copy_from_slice(out));
    }
    multiply_in_runs(a, b, &mut wide, Product { m: rows, n: cols, ..product });
    out.chunks_exact_mut(n).zip(wide.chunks_exact(cols)).for_each(|(out, wide)| out.copy_from_slice(&wide[..n]));
}

/// Elements along `k` that `gemm` never cuts, whatever the other sides are: it would cut longer runs by their lengths, but
/// for products with a single vector.
const RUN: usize = 512;

fn multiply_in_runs<T: Float>(a: &Matrix<'_, T>, b: &Matrix<'_, T>, out: &mut [T], product: Product) {
    let Product { m, n, k, .. } = product;
    let (a_run, b_run) = (a.col_stride == 1, b.row_stride == 1);
    let vector =
        (n == 1 && (a.row_stride == 1 || (a_run && b_run))) || (m == 1 && (b.col_stride == 1 || (a_run && b_run)));
    let runs = if vector { 1 } else { k.div_ceil(RUN).max(1) };
    let run = k.div_ceil(runs);
    for at in (0..product.k).step_by(run.max(1)) {
        let (part_a, part_b) = (&a.data[at * a.col_stride..], &b.data[at * b.row_stride..]);
        let a = Matrix { data: Cow::Borrowed(part_a), ..*a };
        let b = Matrix { data: Cow::Borrowed(part_b), ..*b };
        let accumulate = product.accumulate || at > 0;
        multiply_run(&a, &b, out, Product { k: run.min(product.k - at), accumulate, ..product });
    }
}

fn multiply_run<T: Float>(a: &Matrix<'_, T>, b: &Matrix<'_, T>, out: &mut [T], product: Product) {
    let Product { m, n, k, accumulate, .. } = product;
    assert!(out.len() == m * n, "output of another size");
    // SAFETY: every (row, column) of the m x k and k x n operands lies within their slices, as `Matrix::new` has checked of
    // those that these are parts of (from a later column of `a` and row of `b` on, with as much less of `k`), or as they
    // were made in `Matrix::padded`; the m x n output with strides n and 1 is exactly `out`, which nothing else may touch.
    // All three are borrowed for the call, `T` is one of the four types that gemm knows, and strides below 2^63 elements
    // fit `isize` because each reaches an element of an allocation or is multiplied by zero.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            out.as_mut_ptr(),
            1,
            n as isize,
            accumulate,
            a.data.as_ptr(),
            a.col_stride as isize,
            a.row_stride as isize,
            b.data.as_ptr(),
            b.col_stride as isize,
            b.row_stride as isize,
            T::ONE,
            T::ONE,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

fn multiply_half(a: &Matrix<'_, f16>, b: &Matrix<'_, f16>, out: &mut [f16], product: Product) {
    fn widen<'a>(x: &Matrix<'_, f16>) -> Matrix<'a, f32> {
        let data = x.data.iter().map(|v| v.to_f32()).collect();
        Matrix { data: Cow::Owned(data), row_stride: x.row_stride, col_stride: x.col_stride }
    }
    let mut wide: Vec<f32> = out.iter().map(|v| v.to_f32()).collect();
    multiply_float(&widen(a), &widen(b), &mut wide, product);
    for (o, w) in out.iter_mut().zip(wide) {
        *o = f16::from_f32(w);
    }
}

/// Elements with an exact sum and product, so that any order of adding gives the same.
trait Ring: Pod {
    const ZERO: Self;
    fn add_product(self, a: Self, b: Self) -> Self;
}

macro_rules! rings {
    ($($t:ty),*) => { $(impl Ring for $t {
        const ZERO: $t = 0;
        #[inline(always)]
        fn add_product(self, a: $t, b: $t) -> $t { self.wrapping_add(a.wrapping_mul(b)) }
    })* };
}

rings! { u8, u16, u32, u64 }

impl Ring for Bool {
    const ZERO: Bool = Bool(0);
    #[inline(always)]
    fn add_product(self, a: Bool, b: Bool) -> Bool {
        Bool::from(self.get() | (a.get() & b.get()))
    }
}

/// Rows of `b` copied at once, and columns: they stay in cache while all rows of `a` pass.
const PANEL: (usize, usize) = (128, 128);

fn multiply_ring<T: Ring>(a: &Matrix<'_, T>, b: &Matrix<'_, T>, out: &mut [T], product: Product) {
    let Product { m, n, k, accumulate, .. } = product;
    if !accumulate {
        out.fill(T::ZERO);
    }
    let mut panel = vec![T::ZERO; PANEL.0 * PANEL.1];
    let mut row = [T::ZERO; PANEL.0];
    for left in (0..n).step_by(PANEL.1) {
        let cols = PANEL.1.min(n - left);
        for top in (0..k).step_by(PANEL.0) {
            let rows = PANEL.0.min(k - top);
            for (r, line) in panel.chunks_exact_mut(cols).take(rows).enumerate() {
                line.iter_mut().enumerate().for_each(|(c, x)| *x = b.at(top + r, left + c));
            }
            for i in 0..m {
                row.iter_mut().take(rows).enumerate().for_each(|(r, x)| *x = a.at(i, top + r));
                let mut product = RowTimesPanel {
                    row: &row[..rows],
                    panel: &panel[..rows * cols],
                    cols,
                    out: &mut out[i * n + left..][..cols],
                };
                vectorize(
                    #[inline(always)]
                    || for_strips(&mut product, cols),
                );
            }
        }
    }
}

struct RowTimesPanel<'a, T> {
    row: &'a [T],
    panel: &'a [T],
    cols: usize,
    out: &'a mut [T],
}

impl<T: Ring> Strip for RowTimesPanel<'_, T> {
    #[inline(always)]
    fn strip<const S: usize>(&mut self, c: usize) {
        let mut acc: [T; S] = take(self.out, c);
        for (&x, line) in self.row.iter().zip(self.panel.chunks_exact(self.cols)) {
            let line = &line[c..c + S];
            for j in 0..S {
                acc[j] = acc[j].add_product(x, line[j]);
            }
        }
        self.out[c..c + S].copy_from_slice(&acc);
    }
}
