//! Linear algebra on stacks of matrices: the last two axes.

use bytemuck::cast_slice;
use hyperslab_base::{
    Access, AxisAccess, Block, ChunkGrid, Complex32, Complex64, DType, DimChunks, Dims, Error, Grain, Kind, Meta,
    Result, View, ViewMut, broadcast_shapes, show_shape,
};
use serde::{Deserialize, Serialize};

use super::factors::{Entry, factor};
use super::lanes::{batch, for_cores};
use super::{BlockOp, Cell, to_params};
use crate::cast_kernel;

pub use super::factors::Factor;

/// Names of the operations.
pub(super) const ROWS: &[&str] = &[
    "inv", "solve", "det", "slogdet", "cholesky", "qr", "r", "eigh", "eigvalsh", "svd", "svdvals", "eig", "eigvals",
    "lu",
];

/// What the elements of an output are, of the dtype that is computed with.
#[derive(Clone, Copy)]
enum Numbers {
    Same,
    Real,
    Complex,
}

impl Numbers {
    fn dtype(self, work: DType) -> DType {
        match (self, work) {
            (Numbers::Same, _) => work,
            (Numbers::Real, _) => work.real(),
            (Numbers::Complex, DType::Float32) => DType::Complex64,
            (Numbers::Complex, DType::Float64) => DType::Complex128,
            (Numbers::Complex, _) => work,
        }
    }
}

/// A function of `numpy.linalg` on each matrix of a stack.
///
/// What has no such factors is `LinAlg`, with NumPy's message. Signs of eigenvectors, singular vectors and columns of Q
/// may differ from NumPy's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matrices {
    factor: Factor,
}

impl Matrices {
    /// Makes `factor` of every matrix. [`Factor::Solution`] has a second operand: of one dimension the right-hand side of
    /// every matrix, of more dimensions a stack of matrices.
    pub fn new(factor: Factor) -> Self {
        Matrices { factor }
    }

    /// Rows and columns of the matrices.
    fn shape(&self, ins: &[&Meta]) -> Result<(u64, u64)> {
        let operands = if self.factor == Factor::Solution { 2 } else { 1 };
        let Some(a) = ins.first().filter(|_| ins.len() == operands) else {
            return Err(Error::internal(format!("{} operands for {}", ins.len(), self.row())));
        };
        let [.., m, n] = a.shape[..] else {
            let ndim = a.shape.len();
            return Err(Error::linalg(format!(
                "{ndim}-dimensional array given. Array must be at least two-dimensional"
            )));
        };
        let any = matches!(
            self.factor,
            Factor::Qr { .. } | Factor::R | Factor::Svd { .. } | Factor::SingularValues | Factor::Lu
        );
        if m != n && !any {
            return Err(Error::linalg("Last 2 dimensions of the array must be square").context(format!(
                "{} of shape {}",
                self.row(),
                show_shape(&a.shape)
            )));
        }
        Ok((m, n))
    }

    /// Lengths of the right-hand sides behind the stack's.
    fn sides<'m>(&self, b: &'m Meta, m: u64) -> Result<&'m [u64]> {
        let core = &b.shape[b.shape.len() - b.shape.len().min(2)..];
        let (signature, name) =
            if core.len() == 1 { ("(m,m),(m)->(m)", "solve1") } else { ("(m,m),(m,n)->(m,n)", "solve") };
        match core.first() {
            Some(&rows) if rows == m => Ok(core),
            Some(rows) => Err(Error::shape(format!(
                "{name}: Input operand 1 has a mismatch in its core dimension 0, with gufunc signature {signature} (size {rows} is different from {m})"
            ))),
            None => Err(Error::shape(format!(
                "{name}: Input operand 1 does not have enough dimensions (has 0, gufunc core with signature {signature} requires 2)"
            ))),
        }
    }

    /// Lengths of each output behind the stack's, and what its numbers are.
    fn cores(&self, ins: &[&Meta]) -> Result<Vec<(Dims<u64>, Numbers)>> {
        use Numbers::{Complex, Real, Same};
        let (m, n) = self.shape(ins)?;
        let k = m.min(n);
        let dims = |x: &[u64]| -> Dims<u64> { x.into() };
        Ok(match self.factor {
            Factor::Inverse | Factor::Cholesky { .. } => vec![(dims(&[m, n]), Same)],
            Factor::Solution => vec![(dims(self.sides(ins[1], m)?), Same)],
            Factor::Determinant => vec![(dims(&[]), Same)],
            Factor::LogDeterminant => vec![(dims(&[]), Same), (dims(&[]), Real)],
            Factor::Qr { complete: true } => vec![(dims(&[m, m]), Same), (dims(&[m, n]), Same)],
            Factor::Qr { complete: false } => vec![(dims(&[m, k]), Same), (dims(&[k, n]), Same)],
            Factor::R => vec![(dims(&[k, n]), Same)],
            Factor::Eigen { .. } => vec![(dims(&[n]), Real), (dims(&[n, n]), Same)],
            Factor::Eigenvalues { .. } => vec![(dims(&[n]), Real)],
            Factor::Svd { full } => {
                let (u, v) = if full { (m, n) } else { (k, k) };
                vec![(dims(&[m, u]), Same), (dims(&[k]), Real), (dims(&[v, n]), Same)]
            }
            Factor::GeneralEigen => vec![(dims(&[n]), Complex), (dims(&[n, n]), Complex)],
            Factor::GeneralEigenvalues => vec![(dims(&[n]), Complex)],
            Factor::Lu => vec![(dims(&[m, m]), Real), (dims(&[m, k]), Same), (dims(&[k, n]), Same)],
            Factor::SingularValues => vec![(dims(&[k]), Real)],
        })
    }

    /// Dimensions of the stack that an operand has.
    fn outer<'m>(&self, i: usize, x: &'m Meta) -> &'m [u64] {
        let core = if i == 0 { 2 } else { x.shape.len().min(2) };
        &x.shape[..x.shape.len() - core]
    }

    /// The stack's lengths.
    fn stack(&self, ins: &[&Meta]) -> Result<Dims<u64>> {
        let shapes: Vec<&[u64]> = ins.iter().enumerate().map(|(i, x)| self.outer(i, x)).collect();
        broadcast_shapes(&shapes).map_err(|e| e.context(format!("stacks of {}", self.row())))
    }

    /// Dtype of the elements that are computed with.
    fn work(&self, ins: &[&Meta]) -> Result<DType> {
        let (mut complex, mut double) = (false, false);
        for x in ins {
            match (x.dtype, x.dtype.kind()) {
                (DType::Float16, _) => return Err(Error::dtype("array type float16 is unsupported in linalg")),
                (d, Kind::DateTime | Kind::TimeDelta | Kind::Opaque) => {
                    let message = format!("Cannot cast ufunc '{}' input from {d} to float64", self.row());
                    return Err(Error::dtype(message));
                }
                (d, _) => {
                    complex |= d.kind() == Kind::Complex;
                    double |= !matches!(d, DType::Float32 | DType::Complex64);
                }
            }
        }
        Ok(match (complex, double) {
            (false, false) => DType::Float32,
            (false, true) => DType::Float64,
            (true, false) => DType::Complex64,
            (true, true) => DType::Complex128,
        })
    }

    fn run_in<T: Entry>(&self, work: DType, ins: &[View<'_>], outs: &mut [ViewMut<'_>]) -> Result<()> {
        let metas: Vec<Meta> = ins.iter().map(described).collect();
        let metas: Vec<&Meta> = metas.iter().collect();
        let (m, n) = self.shape(&metas)?;
        let outer = self.stack(&metas)?;
        let aligned: Vec<View<'_>> = ins
            .iter()
            .zip(metas.iter().enumerate())
            .map(|(x, (i, meta))| deepened(x, outer.len() - self.outer(i, meta).len()))
            .collect();
        let (m, n) = (m as usize, n as usize);
        let sizes: Vec<usize> = aligned.iter().map(|x| elements(&x.shape()[outer.len()..])).collect();
        let columns = sizes.get(1).map_or(0, |&sides| sides.checked_div(m).unwrap_or(0));
        let rooms: Vec<usize> =
            outs.iter().map(|x| elements(&x.shape()[outer.len()..]) * x.dtype().itemsize()).collect();
        for_cores(&outer, &aligned, outs, &mut |count, from, to| {
            let wide = from.iter().zip(ins).map(|(bytes, x)| in_dtype(bytes, x.dtype(), work));
            let wide: Vec<Block> = wide.collect::<Result<_>>()?;
            let part = |i: usize, k: usize| -> &[T] {
                wide.get(i).map_or(&[], |x| &cast_slice(x.bytes())[k * sizes[i]..][..sizes[i]])
            };
            for k in 0..count {
                let mut made: Vec<&mut [u8]> =
                    to.iter_mut().zip(&rooms).map(|(to, &size)| &mut to[k * size..][..size]).collect();
                factor(self.factor, (m, n), part(0, k), (part(1, k), columns), &mut made)?;
            }
            Ok(())
        })
    }
}

fn elements(shape: &[u64]) -> usize {
    shape.iter().product::<u64>() as usize
}

fn described(x: &View<'_>) -> Meta {
    Meta { shape: x.shape().into(), dtype: x.dtype(), chunks: ChunkGrid::single(x.shape()) }
}

fn in_dtype(bytes: &[u8], from: DType, to: DType) -> Result<Block> {
    let mut wide = Block::scratch(to, &[(bytes.len() / from.itemsize()) as u64])?;
    cast_kernel(from, to)?(&[bytes], wide.bytes_mut());
    Ok(wide)
}

/// The view with that many axes of length 1 before its own.
fn deepened<'a>(x: &View<'a>, by: usize) -> View<'a> {
    let shape: Dims<u64> = std::iter::repeat_n(1, by).chain(x.shape().iter().copied()).collect();
    let strides: Dims<isize> = std::iter::repeat_n(0, by).chain(x.strides().iter().copied()).collect();
    x.restride(0, &shape, &strides)
}

impl BlockOp for Matrices {
    fn row(&self) -> &'static str {
        ROWS[match self.factor {
            Factor::Inverse => 0,
            Factor::Solution => 1,
            Factor::Determinant => 2,
            Factor::LogDeterminant => 3,
            Factor::Cholesky { .. } => 4,
            Factor::Qr { .. } => 5,
            Factor::R => 6,
            Factor::Eigen { .. } => 7,
            Factor::Eigenvalues { .. } => 8,
            Factor::Svd { .. } => 9,
            Factor::SingularValues => 10,
            Factor::GeneralEigen => 11,
            Factor::GeneralEigenvalues => 12,
            Factor::Lu => 13,
        }]
    }

    fn params(&self) -> Vec<u8> {
        to_params(self)
    }

    fn infer(&self, ins: &[&Meta]) -> Result<Vec<Meta>> {
        let cores = self.cores(ins)?;
        let work = self.work(ins)?;
        let stack = self.stack(ins)?;
        let grids: Vec<ChunkGrid> =
            ins.iter().enumerate().map(|(i, x)| ChunkGrid(x.chunks.0[..self.outer(i, x).len()].to_vec())).collect();
        let outer = ChunkGrid::unify(&stack, &grids.iter().collect::<Vec<_>>());
        let meta = |(core, numbers): (Dims<u64>, Numbers)| {
            let mut chunks = outer.0.clone();
            chunks.extend(core.iter().map(|&n| DimChunks::regular(n, n)));
            let shape = stack.iter().chain(&core).copied().collect();
            Meta { shape, dtype: numbers.dtype(work), chunks: ChunkGrid(chunks) }
        };
        Ok(cores.into_iter().map(meta).collect())
    }

    fn access(&self, ins: &[&Meta]) -> Vec<Access> {
        let depth = self.stack(ins).map_or(0, |s| s.len());
        let access = |(i, x): (usize, &&Meta)| {
            let outer = self.outer(i, x);
            let of = |d: usize| match outer.get(d) {
                Some(1) => AxisAccess::Fixed(0),
                Some(_) => AxisAccess::with(d + depth - outer.len()),
                None => AxisAccess::Whole,
            };
            Access((0..x.shape.len()).map(of).collect())
        };
        ins.iter().enumerate().map(access).collect()
    }

    fn grain(&self, ins: &[&Meta]) -> Dims<Grain> {
        let depth = self.stack(ins).map_or(0, |s| s.len());
        let core = self.cores(ins).map_or(0, |c| c[0].0.len());
        std::iter::repeat_n(Grain::Any, depth).chain(std::iter::repeat_n(Grain::Whole, core)).collect()
    }

    fn scratch(&self, ins: &[&Meta], cell: &[u64]) -> u64 {
        let (Ok((m, n)), Ok(cores), Ok(work)) = (self.shape(ins), self.cores(ins), self.work(ins)) else { return 0 };
        let item = work.itemsize() as u64;
        let count = |shape: &[u64]| shape.iter().product::<u64>();
        let operands: Dims<u64> =
            ins.iter().enumerate().map(|(i, x)| count(&x.shape[self.outer(i, x).len()..])).collect();
        let results: u64 = cores.iter().map(|(core, _)| count(core)).sum();
        let largest = operands.iter().copied().chain(cores.iter().map(|(core, _)| count(core))).max().unwrap_or(1);
        let depth = self.stack(ins).map_or(0, |s| s.len());
        let matrices = batch(count(&cell[..depth]), largest * item);
        // A factorisation holds copies of its operand and results, and blocks of columns.
        let k = m.min(n);
        let inside = 6 * m * n + 8 * k * k + 4 * results + 512 * (m + n);
        // Those of general matrices are made in double precision.
        let general = matches!(self.factor, Factor::GeneralEigen | Factor::GeneralEigenvalues);
        let inside = if general { inside * 16 / item.max(1) } else { inside };
        (matrices * (2 * operands.iter().sum::<u64>() + results) + inside) * item
    }

    fn cost(&self) -> f64 {
        100.0
    }

    fn run(&self, _: &Cell<'_>, ins: &[View<'_>], outs: &mut [ViewMut<'_>]) -> Result<()> {
        let metas: Vec<Meta> = ins.iter().map(described).collect();
        let metas: Vec<&Meta> = metas.iter().collect();
        if outs.len() != self.cores(&metas)?.len() {
            return Err(Error::internal(format!("{} outputs of {}", outs.len(), self.row())));
        }
        match self.work(&metas)? {
            DType::Float32 => self.run_in::<f32>(DType::Float32, ins, outs),
            DType::Complex64 => self.run_in::<Complex32>(DType::Complex64, ins, outs),
            DType::Complex128 => self.run_in::<Complex64>(DType::Complex128, ins, outs),
            work => self.run_in::<f64>(work, ins, outs),
        }
    }
}
