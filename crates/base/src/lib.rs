//! Words every room of hyperslab shares.
//!
//! * [`DType`], promotion and [`Scalar`]: what one element is;
//! * [`Region`] and [`ChunkGrid`]: which elements, and how they are declared to be cut;
//! * [`View`], [`ViewMut`] and [`Block`]: elements in memory;
//! * [`ArraySource`] and [`ArraySink`]: where elements come from and go;
//! * [`Error`]: what can go wrong, by kind of fault.

mod access;
mod bytes;
mod chunk_run;
mod chunks;
mod copy;
mod dim_chunks;
mod dtype;
mod element;
mod error;
mod gauge;
mod meta;
mod permits;
pub mod pieces;
mod promote;
mod region;
mod scalar;
mod source;
mod token;
mod turn;
mod view;

pub use access::{Access, AxisAccess, Grain};
pub use bytes::{AlignedBytes, Shelf, Using};
pub use chunks::{ChunkGrid, ChunkSpec, DimSpec, normalize_chunks, parse_bytes};
pub use copy::{broadcast_copy, copy};
pub use dim_chunks::DimChunks;
pub use dtype::{DType, Kind, TimeUnit};
pub use element::{Bool, Complex32, Complex64, Element, f16};
pub use error::{Error, ErrorKind, Result, ResultExt, show_bytes};
pub use gauge::{Counting, Gauge, Held, count_blocks};
pub use meta::Meta;
pub use permits::{Permit, Permits, waiting};
pub use promote::{can_cast, result_type};
pub use region::{Range, Region, broadcast_shapes, c_strides, checked_nbytes, element_count, show_shape};
pub use scalar::Scalar;
pub use source::{ArraySink, ArraySource, Descriptor, Location};
pub use token::Token;
pub use turn::turn;
pub use view::{Block, MemoryView, OutputBuffer, View, ViewMut};

/// Small vector for things there is one of per dimension.
pub type Dims<T> = smallvec::SmallVec<[T; 6]>;
