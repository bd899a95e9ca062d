//! Reductions.

use hyperslab_base::{ChunkGrid, DType, Dims, Error, Result, ResultExt, show_shape};
use hyperslab_ops::fold::{self, FoldParams};

use crate::build::{cast, normalize_axis, view};
use crate::node::{Expr, Kind, ReducerRef};
use crate::viewmap::{ViewAxis, ViewMap};

/// Reduction of `e` along `axes` (all when `None`).
///
/// # Errors
/// As NumPy: `Axis` out of bounds, `Value` for an axis named twice or an empty reduction without identity,
/// `DType` for a dtype it has no meaning for.
pub fn reduce(
    name: &str,
    e: &Expr,
    axes: Option<&[i64]>,
    keepdims: bool,
    dtype: Option<DType>,
    ddof: f64,
) -> Result<Expr> {
    let row = fold::find(name).ok_or_else(|| Error::unsupported(format!("there is no reduction {name:?}")))?;
    let mut dropped: Dims<usize> = match axes {
        // NumPy lets ufuncs and arg reductions name the first axis of an array that has none, and means not, but for
        // those that leave NaNs out.
        Some([0 | -1]) if e.ndim() == 0 && names_first_axis(row, e.dtype) => Dims::new(),
        None => (0..e.ndim()).collect(),
        Some(list) => list.iter().map(|&a| normalize_axis(a, e.ndim())).collect::<Result<_>>()?,
    };
    dropped.sort_unstable();
    if dropped.windows(2).any(|w| w[0] == w[1]) {
        return Err(Error::value("duplicate value in 'axis'").context(name));
    }
    if row.is_arg && axes.is_some_and(|a| a.len() != 1) {
        return Err(Error::dtype(format!("{name}() takes one axis or None, not {} axes", dropped.len())));
    }
    let signature = row.resolve(e.dtype, dtype)?;
    let input = cast(e, signature.input)?;
    let kept_shape: Dims<u64> = kept(&dropped, e.ndim()).map(|d| e.shape[d]).collect();
    let empty = dropped.iter().any(|&d| e.shape[d] == 0);
    if empty && !kept_shape.contains(&0) {
        row.check_empty().with_context(|| format!("{name} over shape {}", show_shape(&e.shape)))?;
    }
    let params = FoldParams { ddof_bits: if row.takes_ddof { ddof.to_bits() } else { 0 } };
    let out = reduce_raw(&input, row, dropped.clone(), params, signature.output).with_context(|| name)?;
    if keepdims { restore_axes(&out, e, &dropped) } else { Ok(out) }
}

fn names_first_axis(row: &fold::Reducer, dtype: DType) -> bool {
    let mean = row.takes_ddof || row.name.ends_with("mean");
    !mean || (row.name.starts_with("nan") && dtype.is_inexact())
}

/// A reduction of an input that already has the dtype the row folds: for rules.
///
/// # Errors
/// `DType` when it has not.
pub fn reduce_raw(
    input: &Expr,
    row: &'static fold::Reducer,
    axes: Dims<usize>,
    params: FoldParams,
    output: DType,
) -> Result<Expr> {
    row.fold(input.dtype, output, params)?;
    let shape: Dims<u64> = kept(&axes, input.ndim()).map(|d| input.shape[d]).collect();
    let chunks = ChunkGrid(kept(&axes, input.ndim()).map(|d| input.chunks.0[d].clone()).collect());
    let kind = Kind::Reduce { reducer: ReducerRef(row), axes, params };
    Ok(Expr::intern(kind, smallvec::smallvec![input.clone()], shape, output, chunks))
}

/// Axes that a reduction along `axes` keeps.
pub(crate) fn kept(axes: &[usize], ndim: usize) -> impl Iterator<Item = usize> + '_ {
    (0..ndim).filter(|d| !axes.contains(d))
}

/// `keepdims`: reduced axes come back with length 1.
fn restore_axes(out: &Expr, e: &Expr, axes: &[usize]) -> Result<Expr> {
    let shape: Dims<u64> = (0..e.ndim()).map(|d| if axes.contains(&d) { 1 } else { e.shape[d] }).collect();
    view(out, ViewMap(kept(axes, e.ndim()).map(ViewAxis::whole).collect()), &shape, None)
}
