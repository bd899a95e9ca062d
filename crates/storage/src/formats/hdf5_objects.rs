//! Reading the chunks of HDF5 datasets in object stores, whose places are known.

use hyperslab_base::{Dims, Region, Result, ResultExt, c_strides, show_shape};
use serde::{Deserialize, Serialize};

use crate::dense::{GAP, PIECE, block, each_part, span, within};
use crate::objects::gather::{Fetched, Gather, Parts, window_bytes};
use crate::objects::{ObjectStamp, Objects};

/// A file in an object store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectFile {
    /// Where it is.
    pub objects: Objects,
    /// Its name there.
    pub name: String,
    /// The file as it must still be.
    pub stamp: ObjectStamp,
}

/// Part of a dataset that is read.
pub struct Part {
    /// Place of the chunk in the grid; nothing where there are no chunks.
    pub position: Dims<u64>,
    /// What is read of the chunk, or of the dataset.
    pub inside: Region,
    /// Where that lies in the result.
    pub at: Region,
    /// Which filters were not applied.
    pub mask: u32,
    /// First byte and length in the file.
    pub place: (u64, u64),
}

/// Parts that are asked for together at most.
const BATCH: usize = 1024;

/// Bytes that come at once while so many bytes of a dataset without chunks are read.
pub fn dense_window(bytes: u64) -> u64 {
    window_bytes(bytes / PIECE + 2, PIECE + GAP)
}

/// Reads parts of a file.
///
/// # Errors
/// `Io` when they do not come, or the file has changed.
pub fn read(
    file: &ObjectFile,
    window: u64,
    parts: impl FnOnce(&mut dyn FnMut(Part) -> Result<()>) -> Result<()>,
    take: &mut dyn FnMut(&Part, &Fetched) -> Result<()>,
    dataset: &str,
) -> Result<()> {
    let mut gather = Gather::new(&file.objects, window);
    let mut to = Taking { take, dataset };
    let mut batch = Vec::new();
    parts(&mut |part| {
        batch.push((part.place, part));
        if batch.len() < BATCH {
            return Ok(());
        }
        gather.start_all(&file.name, std::mem::take(&mut batch), Some(&file.stamp), &mut to)
    })?;
    gather.start_all(&file.name, batch, Some(&file.stamp), &mut to)?;
    gather.finish(&mut to)
}

/// The pieces in which a region of a dataset without chunks is read.
///
/// # Errors
/// Those of `f`.
pub fn pieces(
    region: &Region,
    (shape, item, offset): (&[u64], usize, u64),
    f: &mut dyn FnMut(Part) -> Result<()>,
) -> Result<()> {
    let strides: Dims<u64> = c_strides(shape, item).iter().map(|&s| s as u64).collect();
    each_part(region, &block(region, &strides, item, GAP, PIECE), |at| {
        let inside = within(region, &at);
        let (low, length) = span(&inside, &strides, item);
        let place = (offset.saturating_add(low), length);
        f(Part { position: Dims::new(), inside, at, mask: 0, place })
    })
}

struct Taking<'a> {
    take: &'a mut dyn FnMut(&Part, &Fetched) -> Result<()>,
    dataset: &'a str,
}

impl Parts<Part> for Taking<'_> {
    fn take(&mut self, parts: Vec<Part>, from: Option<&Fetched>) -> Result<()> {
        // Parts of a file that is not there any more do not come here.
        let Some(from) = from else { return Ok(()) };
        parts.iter().try_for_each(|p| (self.take)(p, from).with_context(|| self.name(p)))
    }

    fn name(&self, part: &Part) -> String {
        match part.position.len() {
            0 => format!("dataset {}", self.dataset),
            _ => format!("dataset {}, chunk {}", self.dataset, show_shape(&part.position)),
        }
    }
}
