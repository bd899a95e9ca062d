//! Arrays whose elements are a sum of multiples of their indices: positions, of which random numbers are made.

use hyperslab_base::{DType, Dims};

use crate::node::{Expr, Kind, MapOp};
use crate::viewmap::ViewMap;

/// `start + sum of steps[d] * index[d]`, as uint64, which wraps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lines {
    /// The first element.
    pub start: i64,
    /// What an index of each axis adds.
    pub steps: Dims<i64>,
}

/// Terms of a sum that is looked through, at most.
const DEEPEST: usize = 128;

impl Lines {
    /// What an array of uint64 is through a map of a space, if it is such a sum.
    pub fn of(e: &Expr, map: &ViewMap, ndim: usize) -> Option<Lines> {
        let mut lines = Lines { start: 0, steps: smallvec::smallvec![0; ndim] };
        let mut terms = vec![(e.clone(), map.clone())];
        for _ in 0..DEEPEST {
            let Some((e, map)) = terms.pop() else { return Some(lines) };
            match &e.kind {
                _ if e.dtype != DType::UInt64 => return None,
                Kind::Fill(v) => lines.start = lines.start.wrapping_add(v.get::<u64>() as i64),
                Kind::Arange { start, step } => {
                    let (axis, step) = (map.0.first()?, step.get::<u64>() as i64);
                    let first = (start.get::<u64>() as i64).wrapping_add(step.wrapping_mul(axis.start));
                    lines.start = lines.start.wrapping_add(first);
                    if let Some(d) = axis.out {
                        lines.steps[d] = lines.steps[d].wrapping_add(step.wrapping_mul(axis.step));
                    }
                }
                Kind::Rechunk => terms.push((e.input(0).clone(), map)),
                Kind::View { map: inner } => terms.push((e.input(0).clone(), inner.compose(&map))),
                Kind::Map { op: MapOp::Ufunc(u) } if u.0.name == "add" => {
                    terms.extend(e.inputs().iter().map(|i| (i.clone(), map.clone())));
                }
                _ => return None,
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use hyperslab_base::{ChunkGrid, Scalar};

    use super::*;
    use crate::build::{self, Index};

    #[test]
    fn positions_are_lines_through_every_view() {
        let shape = [3, 4, 5];
        let e = build::positions(&shape, ChunkGrid::single(&shape)).unwrap();
        let whole = Lines::of(&e, &ViewMap::identity(3), 3).unwrap();
        assert_eq!((whole.start, whole.steps.as_slice()), (0, &[20, 5, 1][..]));
        let items = [Index::Int(2), Index::Slice { start: Some(3), stop: None, step: Some(-2) }];
        let part = build::transpose(&build::index(&e, &items).unwrap(), &[1, 0]).unwrap();
        let part = Lines::of(&part, &ViewMap::identity(2), 2).unwrap();
        assert_eq!((part.start, part.steps.as_slice()), (55, &[1, -10][..]));
    }

    #[test]
    fn other_arrays_are_not() {
        let e = build::arange(Scalar::new(0i64), Scalar::new(1i64), 4, ChunkGrid::single(&[4])).unwrap();
        assert_eq!(Lines::of(&e, &ViewMap::identity(1), 1), None);
        let e = build::positions(&[4], ChunkGrid::single(&[4])).unwrap();
        let e = build::ufunc("square", &[build::Operand::Array(e)], None).unwrap();
        assert_eq!(Lines::of(&e, &ViewMap::identity(1), 1), None);
    }
}
