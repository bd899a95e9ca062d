//! Discrete Fourier transforms along one axis.

use std::sync::Arc;

use bytemuck::{Pod, cast_slice, cast_slice_mut};
use hyperslab_base::{
    Access, AxisAccess, Block, ChunkGrid, DType, DimChunks, Dims, Error, ErrorKind, Grain, Kind, Meta, Result, View,
    ViewMut, show_shape,
};
use num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use rustfft::{FftNum, FftPlanner};
use serde::{Deserialize, Serialize};

use super::lanes::{batch, for_lanes};
use super::{BlockOp, Cell, to_params};
use crate::cast_kernel;

/// Names of the transforms.
pub(super) const ROWS: &[&str] = &["fft", "ifft", "rfft", "irfft"];

/// Which transform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Transform {
    /// Any elements to complex ones.
    Forward,
    /// Its inverse.
    Inverse,
    /// Real elements to the half of the spectrum that decides the other.
    RealForward,
    /// Its inverse.
    RealInverse,
}

impl Transform {
    /// The transform of NumPy's name.
    ///
    /// # Errors
    /// `Value` for another name.
    pub fn from_name(name: &str) -> Result<Self> {
        match name {
            "fft" => Ok(Transform::Forward),
            "ifft" => Ok(Transform::Inverse),
            "rfft" => Ok(Transform::RealForward),
            "irfft" => Ok(Transform::RealInverse),
            _ => Err(Error::value(format!("there is no transform {name}"))),
        }
    }
}

/// Which direction divides by the number of points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Norm {
    /// The inverse.
    Backward,
    /// Both, by its square root.
    Ortho,
    /// The forward one.
    Forward,
}

impl Norm {
    /// The norm of NumPy's name.
    ///
    /// # Errors
    /// `Value` for another name.
    pub fn from_name(name: &str) -> Result<Self> {
        match name {
            "backward" => Ok(Norm::Backward),
            "ortho" => Ok(Norm::Ortho),
            "forward" => Ok(Norm::Forward),
            _ => Err(Error::value(format!(
                "Invalid norm value {name}; should be \"backward\", \"ortho\" or \"forward\"."
            ))),
        }
    }
}

/// `numpy.fft.fft`, `ifft`, `rfft` or `irfft` along one axis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fft {
    transform: Transform,
    axis: usize,
    /// Points; the operand's where there is none given.
    points: Option<u64>,
    norm: Norm,
}

impl Fft {
    /// Transform of `points` points along `axis`; what the operand has more is cut off, what it lacks is zero. Without a
    /// number: as many as there are, and for [`Transform::RealInverse`] twice one less than there are.
    pub fn new(transform: Transform, axis: usize, points: Option<u64>, norm: Norm) -> Self {
        Fft { transform, axis, points, norm }
    }

    fn points(&self, operand: u64) -> u64 {
        let natural = match self.transform {
            Transform::RealInverse => 2 * operand.saturating_sub(1),
            _ => operand,
        };
        self.points.unwrap_or(natural)
    }

    /// Positions of a lane that count, of `len`.
    fn taken(&self, len: u64, points: u64) -> u64 {
        match self.transform {
            Transform::RealInverse => len.min(points / 2 + 1),
            _ => len.min(points),
        }
    }

    fn made(&self, points: u64) -> u64 {
        if self.transform == Transform::RealForward { points / 2 + 1 } else { points }
    }

    fn scale(&self, points: u64) -> f64 {
        let forward = matches!(self.transform, Transform::Forward | Transform::RealForward);
        let n = points as f64;
        match self.norm {
            Norm::Ortho => 1.0 / n.sqrt(),
            Norm::Forward if forward => 1.0 / n,
            Norm::Backward if !forward => 1.0 / n,
            _ => 1.0,
        }
    }

    fn dtype(&self, operand: DType) -> Result<DType> {
        let single = matches!(operand, DType::Float16 | DType::Float32 | DType::Complex64);
        match (self.transform, operand.kind()) {
            (_, Kind::DateTime | Kind::TimeDelta | Kind::Opaque) => {
                Err(Error::dtype(format!("{} has no meaning for {operand}", self.row())))
            }
            (Transform::RealForward, Kind::Complex) => Err(Error::dtype(format!(
                "rfft is not supported for the input type {operand}, and it could not be safely coerced to a real one"
            ))
            .hint("take fft, or the real part first")),
            (Transform::RealInverse, _) if operand == DType::Float16 => Ok(operand),
            (Transform::RealInverse, _) => Ok(if single { DType::Float32 } else { DType::Float64 }),
            _ => Ok(if single { DType::Complex64 } else { DType::Complex128 }),
        }
    }

    fn run_in<R: Real>(&self, input: &View<'_>, output: &mut ViewMut<'_>) -> Result<()>
    where
        Complex<R>: Pod,
    {
        let len = input.shape()[self.axis];
        let points = self.points(len);
        let taken = self.taken(len, points) as usize;
        let from_complex = input.dtype().kind() == Kind::Complex || self.transform == Transform::RealInverse;
        let plan = Plan::<R>::new(self.transform, points as usize, from_complex, self.scale(points));
        let (work, result) = (plan.operand(), plan.result());
        let (widen, narrow) = (cast_kernel(input.dtype(), work)?, cast_kernel(result, output.dtype())?);
        let direct = result == output.dtype();
        let mut buffers = plan.buffers();
        for_lanes(input, output, self.axis, taken as u64, &mut |lanes, elements, out| {
            let mut operand = Block::scratch(work, &[(lanes * taken) as u64])?;
            widen(&[elements], operand.bytes_mut());
            let made = self.made(points) as usize;
            let all = |x: &mut [u8], buffers: &mut Buffers<R>| {
                for i in 0..lanes {
                    let lane = &operand.bytes()[i * taken * work.itemsize()..][..taken * work.itemsize()];
                    let row = &mut x[i * made * result.itemsize()..][..made * result.itemsize()];
                    plan.lane(lane, row, buffers)?;
                }
                Ok(())
            };
            if direct {
                return all(out, &mut buffers);
            }
            let mut wide = Block::scratch(result, &[(lanes * made) as u64])?;
            all(wide.bytes_mut(), &mut buffers)?;
            narrow(&[wide.bytes()], out);
            Ok(())
        })
    }
}

impl BlockOp for Fft {
    fn row(&self) -> &'static str {
        ROWS[self.transform as usize]
    }

    fn params(&self) -> Vec<u8> {
        to_params(self)
    }

    fn infer(&self, ins: &[&Meta]) -> Result<Vec<Meta>> {
        let [x] = ins else { return Err(Error::internal(format!("{} operands for {}", ins.len(), self.row()))) };
        let Some(&len) = x.shape.get(self.axis) else {
            return Err(ErrorKind::Axis { axis: self.axis as i64, ndim: x.shape.len() }.into());
        };
        let points = self.points(len);
        if points < 1 {
            let shape = show_shape(&x.shape);
            return Err(Error::value(format!("Invalid number of FFT data points ({points}) specified."))
                .context(format!("{} along axis {} of shape {shape}", self.row(), self.axis)));
        }
        let made = self.made(points);
        let (mut shape, mut chunks) = (x.shape.clone(), x.chunks.0.clone());
        shape[self.axis] = made;
        chunks[self.axis] = DimChunks::regular(made, made);
        Ok(vec![Meta { shape, dtype: self.dtype(x.dtype)?, chunks: ChunkGrid(chunks) }])
    }

    fn access(&self, ins: &[&Meta]) -> Vec<Access> {
        let axis = |d| if d == self.axis { AxisAccess::Whole } else { AxisAccess::with(d) };
        ins.iter().map(|x| Access((0..x.shape.len()).map(axis).collect())).collect()
    }

    fn grain(&self, ins: &[&Meta]) -> Dims<Grain> {
        let ndim = ins.first().map_or(0, |x| x.shape.len());
        (0..ndim).map(|d| if d == self.axis { Grain::Whole } else { Grain::Any }).collect()
    }

    fn scratch(&self, ins: &[&Meta], cell: &[u64]) -> u64 {
        let Some(x) = ins.first() else { return 0 };
        let points = self.points(x.shape[self.axis]);
        let (taken, made) = (self.taken(x.shape[self.axis], points), self.made(points));
        let lanes = cell.iter().enumerate().filter(|&(d, _)| d != self.axis).map(|(_, &n)| n).product();
        let item = x.dtype.itemsize() as u64;
        let (result, complex) = match self.dtype(x.dtype) {
            Ok(d) => (d.itemsize() as u64, if d.itemsize() == 16 || d == DType::Float64 { 16 } else { 8 }),
            Err(_) => (16, 16),
        };
        // Twiddle factors and rooms of a plan: those for lengths with large prime factors take most.
        let plan = PLAN_POINTS * points * complex;
        batch(lanes, (taken * item).max(made * result)) * (taken * (item + complex) + made * (result + complex)) + plan
    }

    fn cost(&self) -> f64 {
        15.0
    }

    fn run(&self, _: &Cell<'_>, ins: &[View<'_>], outs: &mut [ViewMut<'_>]) -> Result<()> {
        let ([x], [out]) = (ins, outs) else { return Err(Error::internal("operands of a Fourier transform")) };
        match x.dtype() {
            DType::Float16 | DType::Float32 | DType::Complex64 => self.run_in::<f32>(x, out),
            _ => self.run_in::<f64>(x, out),
        }
    }
}

/// Complex numbers that a plan and its rooms hold per point, at most.
const PLAN_POINTS: u64 = 16;

/// Precision of a transform.
trait Real: FftNum + Pod {
    const REAL: DType;
    const COMPLEX: DType;
    fn of(x: f64) -> Self;
}

impl Real for f32 {
    const REAL: DType = DType::Float32;
    const COMPLEX: DType = DType::Complex64;
    fn of(x: f64) -> f32 {
        x as f32
    }
}

impl Real for f64 {
    const REAL: DType = DType::Float64;
    const COMPLEX: DType = DType::Complex128;
    fn of(x: f64) -> f64 {
        x
    }
}

/// What a transform calls for one lane.
enum Steps<R: Real> {
    Complex(Arc<dyn rustfft::Fft<R>>),
    /// Half of a spectrum, of real elements. The other half is filled in where it is wanted.
    Half(Arc<dyn RealToComplex<R>>),
    Real(Arc<dyn ComplexToReal<R>>),
}

struct Plan<R: Real> {
    steps: Steps<R>,
    transform: Transform,
    points: usize,
    scale: R,
}

/// Rooms for one lane.
struct Buffers<R> {
    real: Vec<R>,
    half: Vec<Complex<R>>,
    scratch: Vec<Complex<R>>,
}

impl<R: Real> Plan<R>
where
    Complex<R>: Pod,
{
    fn new(transform: Transform, points: usize, from_complex: bool, scale: f64) -> Self {
        let steps = match transform {
            Transform::RealInverse => Steps::Real(RealFftPlanner::new().plan_fft_inverse(points)),
            _ if !from_complex => Steps::Half(RealFftPlanner::new().plan_fft_forward(points)),
            Transform::Inverse => Steps::Complex(FftPlanner::new().plan_fft_inverse(points)),
            _ => Steps::Complex(FftPlanner::new().plan_fft_forward(points)),
        };
        Plan { steps, transform, points, scale: R::of(scale) }
    }

    fn operand(&self) -> DType {
        if matches!(self.steps, Steps::Half(_)) { R::REAL } else { R::COMPLEX }
    }

    fn result(&self) -> DType {
        if matches!(self.steps, Steps::Real(_)) { R::REAL } else { R::COMPLEX }
    }

    fn buffers(&self) -> Buffers<R> {
        let zero = Complex::new(R::zero(), R::zero());
        let (real, half, scratch) = match &self.steps {
            Steps::Complex(fft) => (0, 0, fft.get_inplace_scratch_len()),
            Steps::Half(fft) => (self.points, self.points / 2 + 1, fft.get_scratch_len()),
            Steps::Real(fft) => (0, self.points / 2 + 1, fft.get_scratch_len()),
        };
        Buffers { real: vec![R::zero(); real], half: vec![zero; half], scratch: vec![zero; scratch] }
    }

    /// Transforms the elements of one lane.
    fn lane(&self, lane: &[u8], row: &mut [u8], rooms: &mut Buffers<R>) -> Result<()> {
        let wrong = |e: realfft::FftError| Error::internal(format!("Fourier transform: {e}"));
        let zero = Complex::new(R::zero(), R::zero());
        match &self.steps {
            Steps::Complex(fft) => {
                let row: &mut [Complex<R>] = cast_slice_mut(row);
                padded(cast_slice(lane), row, zero);
                fft.process_with_scratch(row, &mut rooms.scratch);
                row.iter_mut().for_each(|x| *x = x.scale(self.scale));
            }
            Steps::Half(fft) => {
                padded(cast_slice(lane), &mut rooms.real, R::zero());
                fft.process_with_scratch(&mut rooms.real, &mut rooms.half, &mut rooms.scratch).map_err(wrong)?;
                let row: &mut [Complex<R>] = cast_slice_mut(row);
                let inverse = self.transform == Transform::Inverse;
                for (x, h) in row.iter_mut().zip(&rooms.half) {
                    *x = (if inverse { h.conj() } else { *h }).scale(self.scale);
                }
                // Spectra of real elements are symmetric.
                for k in rooms.half.len()..row.len() {
                    row[k] = row[self.points - k].conj();
                }
            }
            Steps::Real(fft) => {
                padded(cast_slice(lane), &mut rooms.half, zero);
                // Of elements that have no mirror image only the real part counts.
                rooms.half[0].im = R::zero();
                if self.points.is_multiple_of(2) {
                    rooms.half[self.points / 2].im = R::zero();
                }
                let row: &mut [R] = cast_slice_mut(row);
                fft.process_with_scratch(&mut rooms.half, row, &mut rooms.scratch).map_err(wrong)?;
                row.iter_mut().for_each(|x| *x = *x * self.scale);
            }
        }
        Ok(())
    }
}

/// Copies a lane, and fills the rest.
fn padded<T: Copy>(lane: &[T], to: &mut [T], fill: T) {
    to[..lane.len()].copy_from_slice(lane);
    to[lane.len()..].fill(fill);
}
