//! Elements at positions along one axis that another array holds.

use bytemuck::{Pod, cast_slice, cast_slice_mut};
use hyperslab_base::{
    Access, AxisAccess, Block, ChunkGrid, DType, Dims, Error, ErrorKind, Grain, Meta, Result, View, ViewMut,
    broadcast_shapes, show_shape,
};
use serde::{Deserialize, Serialize};

use super::lanes::{axis_last, batch, for_cores, turned};
use super::{BlockOp, Cell, to_params};
use crate::cast_kernel;

/// Names of the operations.
pub(super) const ROWS: &[&str] = &["take_along_axis"];

/// `numpy.take_along_axis`: the first operand's elements at the positions along `axis` that the second one holds.
///
/// Along the other axes the two are broadcast. Negative positions count from the end; others that the axis has not are an
/// `Index` error when they are met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakeAlong {
    axis: usize,
}

impl TakeAlong {
    /// Along that axis.
    pub fn new(axis: usize) -> Self {
        TakeAlong { axis }
    }

    fn shape(&self, data: &[u64], indices: &[u64]) -> Result<Dims<u64>> {
        let (mut data_outer, mut outer) = (Dims::from(data), Dims::from(indices));
        (data_outer[self.axis], outer[self.axis]) = (1, 1);
        let mut shape = broadcast_shapes(&[&data_outer, &outer]).map_err(|_| {
            let (data, indices) = (show_shape(&data_outer), show_shape(indices));
            Error::index(format!(
                "shape mismatch: indexing arrays could not be broadcast together with shapes {data} {indices}"
            ))
            .context(format!("take_along_axis along axis {}", self.axis))
        })?;
        shape[self.axis] = indices[self.axis];
        Ok(shape)
    }

    fn run_in<T: Pod>(&self, data: &View<'_>, indices: &View<'_>, out: &mut ViewMut<'_>) -> Result<()> {
        self.each_lane(data, indices, out, |elements, positions, to, len| {
            let (elements, to): (&[T], &mut [T]) = (cast_slice(elements), cast_slice_mut(to));
            for (to, &i) in to.iter_mut().zip(positions) {
                *to = elements[self.found(i, len)?];
            }
            Ok(())
        })
    }

    /// The same for elements of `item` bytes.
    fn run_bytes(&self, item: usize, data: &View<'_>, indices: &View<'_>, out: &mut ViewMut<'_>) -> Result<()> {
        self.each_lane(data, indices, out, |elements, positions, to, len| {
            for (to, &i) in to.chunks_exact_mut(item.max(1)).zip(positions) {
                to.copy_from_slice(&elements[self.found(i, len)? * item..][..item]);
            }
            Ok(())
        })
    }

    /// Calls `f` with the elements of each lane, the positions to take, where these go, and the length of the lane.
    fn each_lane(
        &self,
        data: &View<'_>,
        indices: &View<'_>,
        out: &mut ViewMut<'_>,
        f: impl Fn(&[u8], &[i64], &mut [u8], usize) -> Result<()>,
    ) -> Result<()> {
        let item = data.dtype().itemsize();
        let order = axis_last(data.shape().len(), self.axis);
        let (data, indices) = (data.transpose(&order), indices.transpose(&order));
        let target = turned(out, self.axis);
        let depth = order.len() - 1;
        let outer: Dims<u64> = target.shape()[..depth].into();
        let (len, width) = (data.shape()[depth] as usize, indices.shape()[depth] as usize);
        let widen = cast_kernel(indices.dtype(), DType::Int64)?;
        for_cores(&outer, &[data, indices], &mut [target], &mut |lanes, from, to| {
            let mut positions = Block::scratch(DType::Int64, &[(lanes * width) as u64])?;
            widen(&[from[1]], positions.bytes_mut());
            let positions: &[i64] = cast_slice(positions.bytes());
            for lane in 0..lanes {
                let elements = &from[0][lane * len * item..][..len * item];
                let to = &mut to[0][lane * width * item..][..width * item];
                f(elements, &positions[lane * width..][..width], to, len)?;
            }
            Ok(())
        })
    }

    /// The position that an index means.
    fn found(&self, i: i64, len: usize) -> Result<usize> {
        let from_start = if i < 0 { i.wrapping_add(len as i64) } else { i };
        usize::try_from(from_start).ok().filter(|i| *i < len).ok_or_else(|| self.out_of_bounds(i, len))
    }

    fn out_of_bounds(&self, index: i64, len: usize) -> Error {
        Error::index(format!("index {index} is out of bounds for axis {} with size {len}", self.axis))
    }
}

impl BlockOp for TakeAlong {
    fn row(&self) -> &'static str {
        ROWS[0]
    }

    fn params(&self) -> Vec<u8> {
        to_params(self)
    }

    fn infer(&self, ins: &[&Meta]) -> Result<Vec<Meta>> {
        let [data, indices] = ins else {
            return Err(Error::internal(format!("{} operands for take_along_axis", ins.len())));
        };
        let ndim = data.shape.len();
        if !indices.dtype.is_integer() {
            return Err(Error::index("`indices` must be an integer array"));
        }
        if indices.shape.len() != ndim {
            return Err(Error::shape("`indices` and `arr` must have the same number of dimensions").context(format!(
                "take_along_axis of shapes {} and {}",
                show_shape(&indices.shape),
                show_shape(&data.shape)
            )));
        }
        if self.axis >= ndim {
            return Err(ErrorKind::Axis { axis: self.axis as i64, ndim }.into());
        }
        let shape = self.shape(&data.shape, &indices.shape)?;
        let mut outer = data.chunks.clone();
        outer.0[self.axis] = indices.chunks.0[self.axis].clone();
        let chunks = ChunkGrid::unify(&shape, &[&outer, &indices.chunks]);
        Ok(vec![Meta { shape, dtype: data.dtype, chunks }])
    }

    fn access(&self, ins: &[&Meta]) -> Vec<Access> {
        let access = |(i, x): (usize, &&Meta)| {
            let of = |(d, &n): (usize, &u64)| match n {
                _ if d == self.axis => {
                    if i == 0 {
                        AxisAccess::Whole
                    } else {
                        AxisAccess::with(d)
                    }
                }
                1 => AxisAccess::Fixed(0),
                _ => AxisAccess::with(d),
            };
            Access(x.shape.iter().enumerate().map(of).collect())
        };
        ins.iter().enumerate().map(access).collect()
    }

    fn grain(&self, ins: &[&Meta]) -> Dims<Grain> {
        std::iter::repeat_n(Grain::Any, ins.first().map_or(0, |x| x.shape.len())).collect()
    }

    fn scratch(&self, ins: &[&Meta], cell: &[u64]) -> u64 {
        let [data, indices] = ins else { return 0 };
        let (len, width) = (data.shape[self.axis], cell[self.axis]);
        let (item, index) = (data.dtype.itemsize() as u64, indices.dtype.itemsize() as u64);
        let lanes = cell.iter().enumerate().filter(|&(d, _)| d != self.axis).map(|(_, &n)| n).product();
        let largest = (len * item).max(width * item).max(width * index);
        batch(lanes, largest) * (len * item + width * (item + index + 8))
    }

    fn cost(&self) -> f64 {
        4.0
    }

    fn run(&self, _: &Cell<'_>, ins: &[View<'_>], outs: &mut [ViewMut<'_>]) -> Result<()> {
        let ([data, indices], [out]) = (ins, outs) else {
            return Err(Error::internal("operands of take_along_axis"));
        };
        match data.dtype().itemsize() {
            1 => self.run_in::<u8>(data, indices, out),
            2 => self.run_in::<u16>(data, indices, out),
            4 => self.run_in::<u32>(data, indices, out),
            8 => self.run_in::<u64>(data, indices, out),
            16 => self.run_in::<u128>(data, indices, out),
            n => self.run_bytes(n, data, indices, out),
        }
    }
}
