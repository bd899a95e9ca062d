//! What operations have in common that look elements up in a sorted array: operand 0, one lane, which every call needs
//! whole. Operand 1 has the elements; both are compared as their common dtype.

use bytemuck::cast_slice;
use hyperslab_base::{Access, AxisAccess, Block, DType, Dims, Grain, Meta, Result, View, ViewMut, copy, result_type};

use super::lanes::for_cores;
use super::order::{Ordered, orderable};
use crate::cast_kernel;

/// The dtype in which elements are compared.
///
/// # Errors
/// `DType` where there is none that has an order.
pub(super) fn common(row: &'static str, sorted: DType, values: DType) -> Result<DType> {
    let common = result_type(sorted, values)?;
    orderable(common).map_err(|e| e.context(row))?;
    cast_kernel(sorted, common)?;
    cast_kernel(values, common)?;
    Ok(common)
}

/// What a call needs of both operands.
pub(super) fn access(ins: &[&Meta]) -> Vec<Access> {
    let along = ins.get(1).map_or(0, |x| x.shape.len());
    vec![Access([AxisAccess::Whole].into_iter().collect()), Access((0..along).map(AxisAccess::with).collect())]
}

/// Portions of any shape.
pub(super) fn grain(ins: &[&Meta]) -> Dims<Grain> {
    std::iter::repeat_n(Grain::Any, ins.get(1).map_or(0, |x| x.shape.len())).collect()
}

/// The sorted array in the common dtype.
pub(super) fn converted(sorted: &View<'_>, common: DType) -> Result<Block> {
    let mut gathered = Block::scratch(sorted.dtype(), sorted.shape())?;
    copy(sorted, &mut gathered.view_mut());
    let mut keys = Block::scratch(common, sorted.shape())?;
    cast_kernel(sorted.dtype(), common)?(&[gathered.bytes()], keys.bytes_mut());
    Ok(keys)
}

/// Calls `f` with some elements at a time, in the common dtype, and the bytes of their results.
pub(super) fn for_elements<T: Ordered>(
    common: DType,
    values: &View<'_>,
    out: ViewMut<'_>,
    f: &dyn Fn(&[T], &mut [u8]),
) -> Result<()> {
    let convert = cast_kernel(values.dtype(), common)?;
    for_cores(values.shape(), std::slice::from_ref(values), &mut [out], &mut |count, from, to| {
        let mut keys = Block::scratch(common, &[count as u64])?;
        convert(&[from[0]], keys.bytes_mut());
        f(cast_slice(keys.bytes()), to[0]);
        Ok(())
    })
}
