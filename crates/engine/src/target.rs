//! Where results go.

use std::sync::Arc;

use hyperslab_base::{ArraySink, Block, Location, OutputBuffer, Range, Region, Result, ResultExt, View, ViewMut, copy};

/// Where one result goes.
#[derive(Clone, Debug)]
pub enum Target {
    /// Into memory, in place.
    Memory(OutputBuffer),
    /// Into a region of a sink.
    Sink {
        /// The sink.
        sink: Arc<dyn ArraySink>,
        /// The region, of step 1, of the result's shape.
        region: Region,
    },
}

impl Target {
    /// A view to write `region` of the result in place, when the target is memory.
    pub(crate) fn in_place(&self, region: &Region) -> Option<ViewMut<'static>> {
        match self {
            // SAFETY: the buffer keeps its memory alive, and every task keeps the buffer, also one that the run no longer
            // waits for; each task writes its own cell of the grid only, and
            // cells are disjoint.
            Target::Memory(buffer) => Some(unsafe { buffer.region(region) }),
            Target::Sink { .. } => None,
        }
    }

    /// Where the elements lie, when a source could lie there too.
    pub fn location(&self) -> Option<Location> {
        match self {
            Target::Memory(buffer) => Some(Location::Memory(buffer.addresses(), buffer.files().to_vec())),
            Target::Sink { sink, .. } => sink.location(),
        }
    }

    /// Whether `region` of the result is there already.
    pub fn is_written(&self, region: &Region) -> bool {
        match self {
            Target::Memory(_) => false,
            Target::Sink { sink, region: whole } => sink.is_written(&placed(region, whole)),
        }
    }

    /// Writes `data` to `region` of the result.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn write(&self, region: &Region, data: &View<'_>) -> Result<()> {
        match self {
            Target::Memory(_) => {
                if let Some(mut out) = self.in_place(region) {
                    copy(data, &mut out);
                }
                Ok(())
            }
            Target::Sink { sink, region: whole } => {
                let place = placed(region, whole);
                let wrote = if data.is_contiguous() {
                    sink.write(&place, data.clone())
                } else {
                    let mut block = Block::scratch(data.dtype(), data.shape())?;
                    copy(data, &mut block.view_mut());
                    sink.write(&place, block.view())
                };
                wrote.with_context(|| format!("store into {} at {place:?}", sink.describe()))
            }
        }
    }
}

/// Where `region` of a result lies that goes to `whole`.
fn placed(region: &Region, whole: &Region) -> Region {
    let shifted = region.0.iter().zip(&whole.0).map(|(r, w)| Range { start: w.start + r.start, step: 1, len: r.len });
    Region(shifted.collect())
}
