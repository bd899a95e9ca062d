//! What is known of an array before it is computed.

use serde::{Deserialize, Serialize};

use crate::Dims;
use crate::chunks::ChunkGrid;
use crate::dtype::DType;

/// Shape, dtype and declared chunks of an array.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Meta {
    /// Shape.
    pub shape: Dims<u64>,
    /// Dtype of the elements.
    pub dtype: DType,
    /// Declared chunks.
    pub chunks: ChunkGrid,
}
