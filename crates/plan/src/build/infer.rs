//! What follows from an operation and its inputs: for nodes that no constructor of ours has made.

use hyperslab_base::{DType, Dims, Error, Meta, Result, element_count};

use crate::build;
use crate::node::{Expr, Kind, MapOp};

/// Shape and dtype of what an operation makes of inputs. What it leaves open, the shape of a constant, a reshape or a view
/// that repeats, the dtype of a cast, is as `wanted` says.
///
/// # Errors
/// `Value` when it takes no such inputs; those of the operation's constructor.
pub fn infer(kind: &Kind, inputs: &[Expr], wanted: &Meta) -> Result<(Dims<u64>, DType)> {
    let of = |e: Expr| (e.shape.clone(), e.dtype);
    let axis_in = |axis: usize, e: &Expr| if axis < e.ndim() { Ok(axis) } else { Err(contradiction("no such axis")) };
    Ok(match (kind, inputs) {
        (Kind::Source(s), []) => (s.source().shape().into(), s.source().dtype()),
        (Kind::Fill(value), []) => (wanted.shape.clone(), value.dtype()),
        (Kind::Arange { start, step }, []) if wanted.shape.len() == 1 && start.dtype() == wanted.dtype => {
            of(build::arange(*start, *step, wanted.shape[0], wanted.chunks.clone())?)
        }
        (Kind::Map { op: op @ MapOp::Ufunc(_) }, [_, ..]) => of(build::map_raw(op.clone(), inputs, wanted.dtype)?),
        (Kind::Map { op: MapOp::Foreign(f) }, [first, ..]) => {
            if !inputs.iter().map(|e| e.dtype).eq(f.0.inputs().iter().copied()) {
                return Err(contradiction("operands of other dtypes than its loop takes"));
            }
            (first.shape.clone(), f.0.output())
        }
        (Kind::Map { op: MapOp::Cast }, [e]) => {
            hyperslab_ops::cast_kernel(e.dtype, wanted.dtype)?;
            of(build::map_raw(MapOp::Cast, inputs, wanted.dtype)?)
        }
        (Kind::Map { op: MapOp::Random(draw) }, [positions, params @ ..]) => {
            let dtypes = std::iter::once(DType::UInt64).chain(draw.row.params.iter().copied());
            if params.len() != draw.row.params.len() || !inputs.iter().map(|e| e.dtype).eq(dtypes) {
                return Err(contradiction("other parameters than its distribution has"));
            }
            if params.iter().any(|p| p.shape != positions.shape) {
                return Err(contradiction("parameters of other shapes"));
            }
            (positions.shape.clone(), draw.row.output)
        }
        (Kind::View { map }, [e]) => {
            build::check_view(e, map, &wanted.shape)?;
            (wanted.shape.clone(), e.dtype)
        }
        (Kind::Reshape, [e]) if element_count(&e.shape) == element_count(&wanted.shape) => {
            (wanted.shape.clone(), e.dtype)
        }
        (Kind::Gather { axis, indices }, [e]) => {
            let mut shape = e.shape.clone();
            let n = std::mem::replace(&mut shape[axis_in(*axis, e)?], indices.len() as u64);
            if indices.iter().any(|i| *i >= n) {
                return Err(contradiction("positions that its input has not"));
            }
            (shape, e.dtype)
        }
        (Kind::Concat { axis }, [e, ..]) if inputs.iter().all(|i| i.dtype == e.dtype) => {
            of(build::concat(inputs, axis_in(*axis, e)? as i64)?)
        }
        (Kind::Reduce { reducer, axes, params }, [e]) => {
            let sorted = axes.windows(2).all(|w| w[0] < w[1]) && axes.last().is_none_or(|a| *a < e.ndim());
            if !sorted {
                return Err(contradiction("axes out of order"));
            }
            of(build::reduce_raw(e, reducer.0, axes.clone(), *params, wanted.dtype)?)
        }
        (Kind::Scan { scanner, axis }, [e]) => {
            scanner.0.scan(e.dtype)?;
            axis_in(*axis, e)?;
            (e.shape.clone(), e.dtype)
        }
        (Kind::Contract { batch, summed }, [a, b]) => {
            if a.dtype != b.dtype || batch + summed > a.ndim().min(b.ndim()) {
                return Err(contradiction("factors that do not fit"));
            }
            of(build::contract(a, b, *batch, *summed)?)
        }
        (Kind::Block { call }, _) => {
            let fits =
                |(m, e): (&Meta, &Expr)| (&m.shape, m.dtype) == (&e.shape, e.dtype) && m.chunks.shape() == *m.shape;
            if call.ins().len() != inputs.len() || !call.ins().iter().zip(inputs).all(fits) {
                return Err(contradiction("operands of other shapes"));
            }
            let Meta { shape, dtype, .. } = call.meta();
            (shape.clone(), *dtype)
        }
        (Kind::Rechunk, [e]) => (e.shape.clone(), e.dtype),
        _ => return Err(contradiction("other inputs than its operation takes")),
    })
}

fn contradiction(what: &str) -> Error {
    Error::value(format!("a node has {what}"))
}
