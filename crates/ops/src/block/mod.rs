//! Block operations: what computes a whole part of its result at once, from parts of its operands.
//!
//! An operation is one file here, and one line in [`ROWS`]. It says what its results are ([`BlockOp::infer`]), which
//! parts of its operands a part of them needs ([`BlockOp::access`]), and computes such a part ([`BlockOp::run`]); the
//! rest follows from that.

pub mod bounds;
pub mod compact;
pub mod distinct;
mod factors;
pub mod fft;
pub mod keys;
pub(crate) mod lanes;
pub mod matrices;
pub mod member;
pub mod order;
pub mod quantile;
mod quantile_method;
pub mod scatter;
pub mod searchsorted;
pub mod sort;
mod sorted_lane;
pub mod take_along;

use std::any::Any;
use std::fmt::Debug;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use hyperslab_base::{Access, Dims, Error, Grain, Meta, Region, Result, View, ViewMut};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The part of the result that one call makes.
#[derive(Clone, Copy, Debug)]
pub struct Cell<'a> {
    /// Region of output 0, of step 1.
    pub region: &'a Region,
    /// Which declared chunk it is, where the grain is [`Grain::Chunks`].
    pub block: Option<&'a [u64]>,
}

/// One operation with its parameters.
///
/// Accesses and grain speak of the axes of output 0. Further outputs have its axes of grain [`Grain::Any`] as their first
/// ones, and are whole along the others.
pub trait BlockOp: Any + Debug + Send + Sync {
    /// Its name, for plans and encoding.
    fn row(&self) -> &'static str;

    /// Its parameters as bytes: with the name, what it is equal by, and what [`decode`] makes it from again.
    fn params(&self) -> Vec<u8>;

    /// One description per output.
    ///
    /// # Errors
    /// What NumPy raises for such operands.
    fn infer(&self, ins: &[&Meta]) -> Result<Vec<Meta>>;

    /// What it needs of each operand.
    fn access(&self, ins: &[&Meta]) -> Vec<Access>;

    /// In which portions it can make its result, per axis of output 0.
    fn grain(&self, ins: &[&Meta]) -> Dims<Grain>;

    /// Bytes that one call holds while it makes a cell of that shape, beside its views.
    fn scratch(&self, ins: &[&Meta], cell: &[u64]) -> u64;

    /// Nanoseconds per element of the result, roughly.
    fn cost(&self) -> f64 {
        8.0
    }

    /// Makes one cell of every output, of what [`access`](Self::access) says. Views may have any strides.
    ///
    /// # Errors
    /// What NumPy raises for such values; `Internal` where views are not what the operation asked for.
    fn run(&self, at: &Cell<'_>, ins: &[View<'_>], outs: &mut [ViewMut<'_>]) -> Result<()>;
}

impl PartialEq for dyn BlockOp {
    fn eq(&self, other: &Self) -> bool {
        self.row() == other.row() && self.params() == other.params()
    }
}

impl Eq for dyn BlockOp {}

impl Hash for dyn BlockOp {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.row().hash(state);
        self.params().hash(state);
    }
}

type Decode = fn(&[u8]) -> Result<Arc<dyn BlockOp>>;

/// Every operation by its names.
static ROWS: &[(&[&str], Decode)] = &[
    (bounds::ROWS, from_params::<bounds::Bounds>),
    (compact::ROWS, from_params::<compact::Compact>),
    (fft::ROWS, from_params::<fft::Fft>),
    (matrices::ROWS, from_params::<matrices::Matrices>),
    (member::ROWS, from_params::<member::Member>),
    (quantile::ROWS, from_params::<quantile::Quantile>),
    (scatter::ROWS, from_params::<scatter::Scatter>),
    (searchsorted::ROWS, from_params::<searchsorted::SearchSorted>),
    (sort::ROWS, from_params::<sort::Sort>),
    (take_along::ROWS, from_params::<take_along::TakeAlong>),
];

/// Whether an operation of that name is in the list, so that [`decode`] makes it from its parameters.
pub fn is_listed(row: &str) -> bool {
    ROWS.iter().any(|(names, _)| names.contains(&row))
}

/// The operation of a name and its parameters, as [`BlockOp::row`] and [`BlockOp::params`] gave them.
///
/// # Errors
/// `Value` for a name that is not in the list, or bytes that are no parameters of it.
pub fn decode(row: &str, params: &[u8]) -> Result<Arc<dyn BlockOp>> {
    let known = ROWS.iter().find(|(names, _)| names.contains(&row));
    let (_, decode) = known.ok_or_else(|| Error::value(format!("there is no block operation {row:?}")))?;
    let op = decode(params).map_err(|e| e.context(format!("parameters of {row}")))?;
    if op.row() == row { Ok(op) } else { Err(Error::value(format!("parameters of {}, not of {row}", op.row()))) }
}

fn from_params<T: BlockOp + DeserializeOwned>(params: &[u8]) -> Result<Arc<dyn BlockOp>> {
    let op: T = postcard::from_bytes(params).map_err(|e| Error::value(e.to_string()))?;
    Ok(Arc::new(op))
}

/// Parameters as bytes.
fn to_params<T: Serialize>(op: &T) -> Vec<u8> {
    // Plain numbers and lists of them are encoded into memory that grows: nothing can fail.
    postcard::to_allocvec(op).unwrap_or_default()
}
