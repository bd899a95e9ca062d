//! Arrays as bytes, for other processes.

use std::sync::Arc;

use hyperslab_base::{ArraySource, Error, Result};
use hyperslab_ops::block::BlockOp;
use hyperslab_plan::encode::{self as plan, Pack, Unpack};
use hyperslab_storage::formats;

use crate::Array;

/// Sources as their formats describe them, and no operations but those of the list.
struct Described;

impl Pack for Described {
    fn source(&mut self, source: &Arc<dyn ArraySource>) -> Result<Vec<u8>> {
        let none = || Error::unsupported(format!("{} cannot be made again elsewhere", source.describe()));
        formats::pack(&**source)?.ok_or_else(none)
    }

    fn operation(&mut self, op: &Arc<dyn BlockOp>) -> Result<Vec<u8>> {
        Err(Error::unsupported(format!("{} cannot be made again elsewhere", op.row())))
    }
}

impl Unpack for Described {
    fn source(&mut self, packed: &[u8]) -> Result<Arc<dyn ArraySource>> {
        formats::unpack(packed)
    }

    fn operation(&mut self, _: &[u8]) -> Result<Arc<dyn BlockOp>> {
        Err(Error::value("an operation that is in no list"))
    }
}

/// Arrays as bytes: files by their names, what lies in memory with its elements.
///
/// ```
/// use hyperslab::{Array, ChunkSpec, Operand, Scalar, decode, encode};
///
/// # fn main() -> hyperslab::Result<()> {
/// let x = Array::full(&[4], Scalar::new(1.0f64), &ChunkSpec::size(1, 2))?;
/// let y = Array::ufunc("add", &[Operand::Array(x), Operand::Int(1)], None)?;
/// assert_eq!(decode(&encode(&[y.clone()])?)?, [y]);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// `Unsupported` for sources that are neither in memory nor of a format.
pub fn encode(arrays: &[Array]) -> Result<Vec<u8>> {
    encode_with(arrays, &mut Described)
}

/// The arrays that bytes stand for.
///
/// # Errors
/// `Value` for bytes that are no arrays; `Io` for a file that is not there any more, or not as it was.
pub fn decode(bytes: &[u8]) -> Result<Vec<Array>> {
    decode_with(bytes, &mut Described)
}

/// [`encode`] with sources and operations of the caller's own.
///
/// # Errors
/// What `pack` fails with.
pub fn encode_with(arrays: &[Array], pack: &mut dyn Pack) -> Result<Vec<u8>> {
    plan::encode(&arrays.iter().map(|a| a.0.clone()).collect::<Vec<_>>(), pack)
}

/// [`decode`] with sources and operations of the caller's own.
///
/// # Errors
/// `Value` for bytes that are no arrays; what `unpack` fails with.
pub fn decode_with(bytes: &[u8], unpack: &mut dyn Unpack) -> Result<Vec<Array>> {
    Ok(plan::decode(bytes, unpack)?.into_iter().map(Array).collect())
}
